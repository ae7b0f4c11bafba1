"""Copies of a vault in a database, from the command line."""

from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.kept import session
from servers import Server


@pytest.fixture
def vault_named(database: str) -> str:
    return database


@pytest.fixture
def copy(district: Run, case: str, tmp_path: Path) -> Path:
    """A copy of a vault with a note and a task."""
    assert district("case", "note", case, given={"text": "canary words"}).code == 0
    words = {"text": "call the counselor"}
    assert district("task", "add", "--due", "fri", "--case", case, given=words).code == 0
    made = district("vault", "backup", str(tmp_path / "copies"), "--json")
    assert made.code == 0, made.err
    return Path(made.json["file"])


def test_a_copy_is_a_file_that_opens_with_the_same_keys(
    district: Run, case: str, copy: Path, database: str, postgres: Server
) -> None:
    assert copy.suffix == ".vault"
    assert b"canary" not in copy.read_bytes()
    assert district("vault", "verify", str(copy)).code == 0
    shown = district("case", "show", case, "--json").json
    postgres.run("DROP SCHEMA reintegrate CASCADE", url=database)
    there = district("--vault", str(copy), "case", "show", case, "--json")
    assert there.code == 0, there.err
    assert there.json == shown
    agenda = district("--vault", str(copy), "agenda", "--json")
    assert agenda.code == 0, agenda.err
    back = district("vault", "restore", str(copy), "--json")
    assert back.code == 0, back.err
    assert district("case", "show", case, "--json").json == shown
    assert district("vault", "verify").code == 0


def test_no_number_is_given_twice_after_a_copy_went_there_and_back(
    district: Run, case: str, copy: Path, tmp_path: Path
) -> None:
    added = district("case", "note", case, "--json", given={"text": "more"}).json["id"]
    assert district("undo").code == 0
    made = district("vault", "backup", str(tmp_path / "more"), "--json").json["file"]
    in_the_copy = district("--vault", made, "case", "note", case, "--json", given={"text": "x"})
    assert in_the_copy.json["id"] == _next(added)
    assert district("vault", "restore", made, "--replace").code == 0
    again = district("case", "note", case, "--json", given={"text": "x"})
    assert again.json["id"] == _next(_next(added))
    assert district("vault", "verify").code == 0


def _next(id_: str) -> str:
    return f"{id_[0]}{int(id_[1:]) + 1}"


def test_what_a_copy_replaces_is_set_aside_where_nobody_may_read_it(
    district: Run, case: str, copy: Path, database: str, postgres: Server
) -> None:
    district("case", "edit", case, "--grade", "12")
    assert district("vault", "restore", str(copy)).code == 2
    back = district("vault", "restore", str(copy), "--replace")
    assert back.code == 0, back.err
    assert "before-" in back.err + back.out
    assert district("case", "list", "--json").json["items"][0]["grade"] is None
    count = "SELECT count(*) FROM reintegrate.aside_record"
    assert postgres.run(count, url=database)[0][0] > 0
    postgres.run("CREATE ROLE hale LOGIN IN ROLE reintegrate_member", url=database)
    rights = "SELECT has_table_privilege('hale', 'reintegrate.aside_record', 'SELECT')"
    assert postgres.run(rights, url=database) == [(False,)]
    assert session.current.engine.forget_asides() == 1
    assert postgres.run(count, url=database) == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reintegrate.vault SET header = 'x'",
        "UPDATE reintegrate.vault SET head = 'x'",
        "DELETE FROM reintegrate.head",
        "DELETE FROM reintegrate.vault",
    ],
)
def test_a_copy_takes_the_place_of_a_vault_that_cannot_be_read(
    district: Run, case: str, copy: Path, database: str, postgres: Server, statement: str
) -> None:
    shown = district("case", "show", case, "--json").json
    postgres.run(statement, url=database)
    back = district("vault", "restore", str(copy), "--replace")
    assert back.code == 0, back.err
    assert district("case", "show", case, "--json").json == shown
    assert district("vault", "verify").code == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reintegrate.record WHERE tab = 0",
        "DELETE FROM reintegrate.record WHERE tab = 3",
        "UPDATE reintegrate.record SET body = body || 'x' WHERE tab = 0",
        "UPDATE reintegrate.record SET at = at + 1 WHERE tab = 14",
        "UPDATE reintegrate.head SET body = body || 'x' WHERE scope = 'history'",
        "INSERT INTO reintegrate.record SELECT 0, substr(key || key, 9, 16), scope, part, NULL,"
        " turn, body FROM reintegrate.record WHERE tab = 0",
    ],
)
def test_whatever_is_not_as_it_was_kept_is_seven(
    district: Run, copy: Path, database: str, postgres: Server, statement: str, tmp_path: Path
) -> None:
    assert district("vault", "verify").code == 0
    postgres.run(statement, url=database)
    assert district("vault", "verify").code == 7
    assert district("vault", "backup", str(tmp_path / "none")).code == 7
    assert not (tmp_path / "none").exists()


def test_copies_age_out_and_the_newest_stays(district: Run, case: str, tmp_path: Path) -> None:
    from datetime import timedelta

    engine, bundle, now = session.current.engine, session.current.bundle, session.now()
    for days in (200, 100, 91, 89):
        engine.back_up(bundle, tmp_path / "copies", now - timedelta(days=days))
    assert len(engine.expire(tmp_path / "copies", now)) == 3
    assert len(engine.expire(tmp_path / "copies", now + timedelta(days=400))) == 0
    assert len(list((tmp_path / "copies").iterdir())) == 1
