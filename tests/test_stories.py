"""The stories of parts of the program; the whole month is told in ``test_october``."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from telling import Teller, steps
from test_remind import server

__all__ = ["server"]

pytestmark = pytest.mark.both_shelves

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_story(
    path: Path, district: Run, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    teller = Teller(district, server, tmp_path)
    for step in steps(path.read_text(encoding="utf-8")):
        teller.tell(step)


def test_there_are_stories() -> None:
    assert len(STORIES) >= 2
