"""What is asked at a terminal of 80 by 24 is drawn as it stands in ``tests/screens``.

``python tests/dialogs.py`` draws the dialogs anew, for somebody to look at.
"""

from collections.abc import Callable

import pytest

from dialogs import DIALOGS, RULE, SCREENS, played
from windows import patiently


def test_every_dialog_stands_there() -> None:
    assert {path.stem for path in SCREENS.iterdir()} == set(DIALOGS)


@pytest.mark.needs("tmux")
@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog_is_drawn_as_it_stands(name: str) -> None:
    screens = (SCREENS / f"{name}.txt").read_text(encoding="utf-8").split(RULE)

    def settled(read: Callable[[], str], number: int) -> str:
        told = screens[number].rpartition("\n> ")[0] or screens[number].rstrip("\n")
        patiently(lambda: read() == told, 15)
        return read()

    for screen, kept in zip(played(name, settled), screens, strict=True):
        assert screen == kept
