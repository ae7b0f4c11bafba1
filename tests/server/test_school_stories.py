"""The stories, told by somebody at the school of the case: with a key for it, where that is enough.

What the key does not open is done by the office, as it would be in life. What is shown at every
step is what the story says, whoever did the one before.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from conftest import Ended, Run
from servers import Server
from telling import Teller, steps
from test_remind import server
from test_stories import STORIES

__all__ = ["server"]

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.parametrize("shelf", ["server"], indirect=True),
]
LOCKED = 3
REF = re.compile(r"[0-9A-Z]{4}(/|$)")
DISTRICTS = ("report", "roster", "separation")
"""Nouns that are about all schools, or need what is known of all."""
OWN = [path for path in STORIES if path.stem not in ("partners", "training")]
"""In the others a school has nothing to do."""


class AtSchool:
    """Runs a command with the school's key, and with the office's where that one is too narrow."""

    def __init__(self, run: Run, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._run, self._url, self._folder, self._monkeypatch = run, url, folder, monkeypatch
        self.by_school: list[tuple[str, ...]] = []
        self.by_office: list[tuple[str, ...]] = []

    def __call__(self, *line: str, given: Any = None) -> Ended:
        if self._is_theirs(line):
            ended = self._as("school.key", "r_5d20", line, given)
            if ended.code != LOCKED:
                self.by_school.append(line)
                return ended
        self.by_office.append(line)
        return self._as("key", "postgres", line, given)

    def _is_theirs(self, line: tuple[str, ...]) -> bool:
        """Return whether a command is about a case of the school, and not of all schools."""
        refs = {word.partition("/")[0] for word in line if REF.match(word)}
        if not refs or any(noun in line for noun in DISTRICTS):
            return False
        listed = self._as("school.key", "r_5d20", ("case", "list", "--json"), None)
        return refs <= {row["ref"] for row in listed.json["items"]}

    def _as(self, key: str, login: str, line: tuple[str, ...], given: Any) -> Ended:
        self._monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(self._folder / key))
        vault = self._url.replace("postgres@", f"{login}@")
        self._monkeypatch.setenv("REINTEGRATE_VAULT", vault)
        return self._run(*line, given=given)


@pytest.fixture
def at_school(
    district: Run, postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AtSchool:
    if not postgres.run("SELECT 1 FROM pg_roles WHERE rolname = 'r_5d20'"):
        postgres.run("CREATE ROLE r_5d20 LOGIN")
    key = ("vault", "key", "add", "--school", "ridgeline", "--for", "okafor", "--key-file")
    seat = ("vault", "seat", "give", "r_5d20", "--as", "school", "--school", "Ridgeline")
    for line in ((*key, str(tmp_path / "school.key")), seat):
        done = district(*line)
        assert done.code == 0, done.err
    return AtSchool(district, database, tmp_path, monkeypatch)


@pytest.mark.parametrize("path", OWN, ids=[path.stem for path in OWN])
def test_story(
    path: Path, at_school: AtSchool, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    teller = Teller(at_school, server, tmp_path)
    for step in steps(path.read_text(encoding="utf-8")):
        teller.tell(step)
    assert at_school.by_school, "what is of the case is done with the key of its school"
    assert at_school("vault", "verify").code == 0
