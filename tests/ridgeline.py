"""A vault in a database with somebody at a school, who has a login and a key of their own."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conftest import Run
from reintegrate_cli import keys
from reintegrate_cli.keys import Bundle
from reintegrate_cli.keys.header import Header, decode_header
from reintegrate_cli.server.sealing import Sealed
from servers import Server


class Place(NamedTuple):
    """A vault in a database, and somebody at Ridgeline with a login and a key of their own."""

    run: Run
    server: Server
    url: str
    key: Path
    own_key: Path
    monkeypatch: pytest.MonkeyPatch
    mine: str
    """A case at Ridgeline."""
    other: str
    """A case at Cascade."""

    def school(self, *line: str, login: str = "r_5d20", given: Any = None) -> Any:
        return self._run(self.own_key, login, line, given)

    def office(self, *line: str, login: str = "postgres", given: Any = None) -> Any:
        return self._run(self.key, login, line, given)

    def _run(self, key: Path, login: str, line: Any, given: Any) -> Any:
        self.monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(key))
        self.monkeypatch.setenv("REINTEGRATE_VAULT", self.url.replace("postgres@", f"{login}@"))
        return self.run(*line, given=given)

    def truth(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.server.run(statement, *values, url=self.url)

    def opened(self) -> tuple[Bundle, Header]:
        ((start,),) = self.truth("SELECT header FROM reintegrate.vault")
        header = decode_header(bytes(start))[0]
        file = keys.read_key_or_identities(self.own_key)
        return keys.open_with_file(header, file), header

    def rows(self) -> list[Sealed]:
        rows = self.truth("SELECT tab, key, scope, part, at, turn, body FROM reintegrate.record")
        return [
            Sealed(tab, bytes(key), bytes(scope), bytes(part), at, turn, bytes(body))
            for tab, key, scope, part, at, turn, body in rows
        ]


def made(
    district: Run, postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """Make a vault with a case at two schools, a key for one of them, and seats.

    Args:
        district: runs a command in a vault that lies in the database.
        postgres: the server.
        database: the URL of the database.
        tmp_path: where the key is put.
        monkeypatch: sets which key and which login is used.
    """
    refs = []
    for school in ("Ridgeline", "Cascade"):
        added = district("case", "add", "--school", school, "--setting", "home", "--json")
        refs.append(added.json["ref"])
        scheduled = district(
            *("checkin", "schedule", refs[-1], "--with", "student", "--every", "1w", "--mode"),
            *("in_person", "--chosen-by", "student", "--chosen-on", "2026-09-28"),
            given={"words": f"words of {school}"},
        )
        assert scheduled.code == 0, scheduled.err
    for login in ("r_5d20", "r_9a11"):
        if not postgres.run("SELECT 1 FROM pg_roles WHERE rolname = %s", login):
            postgres.run(f"CREATE ROLE {login} LOGIN")
    own_key = tmp_path / "school.key"
    place = Place(
        district, postgres, database, tmp_path / "key", own_key, monkeypatch, refs[0], refs[1]
    )
    key = ("vault", "key", "add", "--school", "ridgeline", "--key-file", str(own_key))
    for line in (
        (*key, "--for", "lee"),
        ("vault", "seat", "give", "r_5d20", "--as", "school", "--school", "Ridgeline"),
        ("vault", "seat", "give", "r_9a11", "--as", "reader"),
    ):
        done = place.office(*line)
        assert done.code == 0, done.err
    return place
