"""Who looked at what, as the server notes it: how long it stays, and that new keys keep it."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from servers import Server

pytestmark = pytest.mark.needs("postgres")

KEPT = 'server = { looked = "3y" }\n'


@pytest.fixture
def shelf() -> str:
    """What the vault of these tests lies on."""
    return "server"


def looked(run: Run, *more: str) -> list[Any]:
    ended = run("history", "--looked", *more, "--json")
    assert ended.code == 0, ended.err
    return list(ended.json["items"])


def note(postgres: Server, database: str, years: int) -> None:
    """Let somebody have looked, so many years ago."""
    for table in ("seen", "seen_before"):
        postgres.run(
            f"INSERT INTO reintegrate.{table} (on_time, login, tabs, parts)"  # noqa: S608
            " VALUES (now() - %s * interval '1 year' - interval '1 day', %s, '{3}', '{}')",
            years,
            f"r_{years}",
            url=database,
        )


def logins(run: Run) -> set[str]:
    return {row["login"] for row in looked(run) if row["login"].startswith("r_")}


def test_who_looked_at_a_case_is_known_under_new_keys(
    district: Run, case: str, postgres: Server, database: str, tmp_path: Path
) -> None:
    assert district("case", "show", case).code == 0
    yesterday = "UPDATE reintegrate.seen SET on_time = on_time - interval '1 day'"
    postgres.run(yesterday, url=database)
    before = looked(district, "--case", case)
    assert before
    parts = "SELECT count(*) FROM reintegrate.seen_before WHERE parts <> '{}'"
    for _ in range(2):
        assert district("vault", "key", "rotate").code == 0
        after = looked(district, "--case", case)
        assert after[: len(before)] == before
        assert postgres.run(parts, url=database) > [(0,)]
    copies = tmp_path / "copies"
    assert district("vault", "backup", str(copies)).code == 0
    (copy,) = copies.iterdir()
    assert district("vault", "restore", str(copy), "--replace").code == 0
    assert looked(district, "--case", case)[: len(before)] == before


def test_nobody_but_the_district_says_that_it_goes(
    district: Run, postgres: Server, database: str, tmp_path: Path
) -> None:
    note(postgres, database, 9)
    assert district("vault", "backup", str(tmp_path / "copies")).code == 0
    assert logins(district) == {"r_9"}


def test_what_is_older_than_the_district_keeps_goes_with_a_backup_and_that_is_said(
    district: Run, postgres: Server, database: str, tmp_path: Path
) -> None:
    for years in (2, 3, 9):
        note(postgres, database, years)
    with (tmp_path / "district.toml").open("a") as config:
        config.write(KEPT)
    hold = district("vault", "hold", "add", "--json", given={"reason": "x"})
    assert hold.code == 0, hold.err
    made = district("vault", "backup", str(tmp_path / "copies"))
    assert "who looked at what" not in made.err
    assert logins(district) == {"r_2", "r_3", "r_9"}
    ended = district("vault", "hold", "release", hold.json["id"], given={"reason": "x"})
    assert ended.code == 0, ended.err
    made = district("vault", "backup", str(tmp_path / "copies"))
    assert made.code == 0, made.err
    assert "4 notes of who looked at what, older than district.toml keeps them: removed" in made.err
    assert logins(district) == {"r_2"}
    entries = district("history", "--json").json["items"]
    assert ["vault", "looked"] in [entry["refs"] for entry in entries]
    again = district("vault", "backup", str(tmp_path / "copies"))
    assert "who looked at what" not in again.err


def test_nobody_removes_what_is_younger_than_a_year(
    district: Run, postgres: Server, database: str
) -> None:
    for years in (0, 1, 2):
        note(postgres, database, years)
    asked = "SELECT reintegrate.looks_forgotten('infinity')"
    assert postgres.run(asked, url=database) == [(4,)]
    assert logins(district) == {"r_0"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('{ looked = "11m" }', "kept for a year at least"),
        ('{ looked = "364d" }', "kept for a year at least"),
        ("{ looked = 3 }", "server takes backups and looked"),
        ('{ seen = "3y" }', "server takes backups and looked"),
        ("{}", "server takes backups and looked"),
        ("3", "server takes backups and looked"),
    ],
)
def test_a_period_that_is_none_or_too_short_is_refused(
    district: Run, tmp_path: Path, said: str, told: str
) -> None:
    with (tmp_path / "district.toml").open("a") as config:
        config.write(f"server = {said}\n")
    ended = district("agenda")
    assert ended.code == 9
    assert told in ended.err


def test_doctor_says_how_much_there_is(district: Run, postgres: Server, database: str) -> None:
    note(postgres, database, 2)
    found = {row["check"]: row for row in district("doctor", "--json").json["items"]}
    assert found["looked"]["state"] == "fine"
    assert "notes of who looked at what, since 20" in found["looked"]["found"]
