"""What is purged from a database: in none of its tables, under any key, and in none of its files."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from conftest import Run, set_clock
from reintegrate_cli.kept import session
from reintegrate_cli.server.sealing import Seals
from servers import Server

CANARY = "an utterance nobody else made"
LATER = "2034-01-15"
Clock = Callable[[str], None]


@pytest.fixture
def vault_named(database: str) -> str:
    return database


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    def set_(day: str) -> None:
        at = datetime.combine(datetime.fromisoformat(day).date(), time(15, 0), UTC)
        set_clock(monkeypatch, at)

    return set_


@pytest.fixture
def closed(district: Run, case: str, tmp_path: Path) -> str:
    """A case with a note, which is closed; how long it is kept is known."""
    with (tmp_path / "district.toml").open("a") as config:
        config.write('retention = { case = "7y" }\n')
    assert district("case", "note", case, given={"text": CANARY}).code == 0
    ended = district("case", "close", case, "--reason", "goals_met", given={"note": CANARY})
    assert ended.code == 0, ended.err
    return case


def _bodies(postgres: Server, database: str) -> set[bytes]:
    """Everything sealed that there is in the tables of a vault."""
    columns = postgres.run(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c"
        " WHERE c.table_schema = 'reintegrate' AND c.data_type IN ('bytea', 'ARRAY')",
        url=database,
    )
    found = set[bytes]()
    for table, column in columns:
        query = f"SELECT {column} FROM reintegrate.{table}"  # noqa: S608 - the server's own names
        for (value,) in postgres.run(query, url=database):
            values = value if isinstance(value, list) else [value]
            found |= {bytes(one) for one in values if isinstance(one, memoryview)}
    return found


def _files(postgres: Server) -> Iterator[bytes]:
    """The files of every table of the server, as they are on its disk."""
    postgres.run("CHECKPOINT")
    for file in (postgres.data / "base").rglob("*"):
        if file.is_file():
            yield file.read_bytes()


def _pieces(postgres: Server, bodies: set[bytes]) -> int:
    """Count which of these are in a file, by a piece in their midst, which no other has."""
    pieces = {body[len(body) // 2 :][:24] for body in bodies if len(body) >= 60}
    left = set(pieces)
    for content in _files(postgres):
        left = {piece for piece in left if piece not in content}
    return len(pieces) - len(left)


def test_what_is_purged_is_in_no_table_and_in_no_file(
    district: Run, closed: str, clock: Clock, database: str, postgres: Server, tmp_path: Path
) -> None:
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    assert district("vault", "restore", copy, "--replace").code == 0
    other = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json").json
    header, bundle = session.current.engine.header(), session.current.bundle
    former = Seals(bundle, header.store_id, header.salt)
    before = _bodies(postgres, database)
    assert former.case(closed) in before
    assert _pieces(postgres, before) > 20
    clock(LATER)
    made = district("vault", "purge", "--yes", today=LATER)
    assert made.code == 0, made.err
    assert "1 former vault" in made.out + made.err
    assert "a year is assumed" in made.out + made.err
    (certificate,) = district("vault", "purge", "list", "--json").json["items"]
    days = certificate["copies_until"], certificate["server_until"]
    assert days == ("2034-04-15", "2035-01-15")
    now = _bodies(postgres, database)
    header, bundle = session.current.engine.header(), session.current.bundle
    seals = Seals(bundle, header.store_id, header.salt)
    assert seals.case(other["ref"]) in now
    for one in (former, seals):
        assert one.case(closed) not in now
        assert one.label(one.case(closed)) not in now
    assert not {one for one in before & now if len(one) > len("reminder")}  # all but scopes
    assert _pieces(postgres, before) == 0
    assert district("vault", "verify").code == 0
    assert district("case", "show", closed).code == 5
    assert session.current.engine.forget_asides() == 0


def test_the_district_says_how_long_its_server_keeps_copies(
    district: Run, closed: str, clock: Clock, tmp_path: Path
) -> None:
    with (tmp_path / "district.toml").open("a") as config:
        config.write('server = { backups = "35d" }\n')
    clock(LATER)
    made = district("vault", "purge", "--yes", today=LATER)
    assert made.code == 0, made.err
    assert "a year" not in made.out + made.err
    (certificate,) = district("vault", "purge", "list", "--json").json["items"]
    assert certificate["server_until"] == "2034-02-19"
