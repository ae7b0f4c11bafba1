"""What was worked out from the records is proven against them, and made anew where it differs."""

import shutil
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli import vault
from reintegrate_cli.core.filing import ALONE
from reintegrate_cli.kept import session
from reintegrate_cli.vault import VaultDB
from reintegrate_cli.vault.engine import FileEngine

VAULTS = Path(__file__).parents[1] / "vaults"


@pytest.fixture
def overdue(district: Run, case: str) -> None:
    """Something that cron has to see."""
    for line in (["task", "add", "--case", case, "--due", "2026-10-01"], ["staff", "list"]):
        given = {"text": "call"} if line[0] == "task" else None
        assert district(*line, given=given).code == 0


def emptied(table: str) -> None:
    """Take out of a table what a full key put there, as a fault of the program could."""
    engine = session.current.engine
    if not isinstance(engine, FileEngine):
        with engine.lock():
            shelf, keeping = engine.open(session.current.bundle)
            for key in keeping.moment.whole(table):
                if key != tuple(ALONE):
                    shelf.delete(table, key)
            shelf.commit()
            shelf.close()
        return
    db = VaultDB(engine.path, session.current.bundle)
    with db.transaction():
        for place, _ in list(db.vault.everything(table)):
            if place:
                db.vault.delete(table, place)
    db.close()


def rows(table: str) -> list[object]:
    with session.reading() as store:
        stamp = store.shelf.get(table, ALONE) if table != "wakes" else None
        return [row for row in store.shelf.rows(table) if row != stamp]


@pytest.mark.both_shelves
@pytest.mark.parametrize("table", ["due", "wakes", "units"])
@pytest.mark.parametrize("command", ["vault verify", "doctor"])
def test_an_index_that_does_not_follow_from_the_records_is_said_and_made_anew(
    district: Run, overdue: None, command: str, table: str
) -> None:
    there = len(rows(table))
    emptied(table)
    assert len(rows(table)) < there
    told = district(*command.split())
    assert "did not follow from the records" in told.out + told.err
    assert len(rows(table)) == there
    again = district(*command.split())
    assert "did not follow" not in again.out + again.err
    assert district("agenda", "--overdue", "--json", today="2026-10-05").json["items"]
    assert district("history", "--json").json["items"][-1]["command"] == command
    index = district("vault", "verify", "--json").json["index"]
    assert index == "whole"


def test_a_copy_says_so_and_is_not_changed_and_putting_it_back_makes_the_index_anew(
    district: Run, overdue: None, tmp_path: Path
) -> None:
    there = len(rows("due"))
    emptied("due")
    copy = Path(district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"])
    before = copy.read_bytes()
    told = district("vault", "verify", str(copy))
    assert (told.code, "restoring the copy rebuilds it" in told.err) == (0, True)
    assert copy.read_bytes() == before
    assert district("vault", "verify", str(copy), "--json").json["index"] == "different"
    assert district("vault", "restore", str(copy), "--replace").code == 0
    assert len(rows("due")) == there


def test_where_it_cannot_be_made_anew_that_is_said(
    district: Run, overdue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied("due")
    monkeypatch.setattr(FileEngine, "lock", lambda engine: vault.lock(engine.path, wait=0))
    with vault.lock(session.current.engine.path):
        told = district("vault", "verify")
    assert told.code == 0
    assert "it could not be rebuilt" in told.err
    assert rows("due") == []


def test_another_calendar_makes_the_index_older_and_the_next_change_makes_it_anew(
    district: Run, overdue: None, tmp_path: Path
) -> None:
    config = tmp_path / "district.toml"
    config.write_text(config.read_text().replace('"2026-10-12", ', ""))
    told = district("vault", "verify")
    assert "the next change rebuilds it" in told.err
    found = {row["check"]: row["state"] for row in district("doctor", "--json").json["items"]}
    assert found["index"] == "look"
    assert district("task", "add", "--due", "2026-10-09", given={"text": "x"}).code == 0
    assert district("vault", "verify", "--json").json["index"] == "whole"


def test_what_an_older_format_told_cron_is_made_anew_when_it_is_carried_over(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("format2.vault", "format2.key"):
        shutil.copy(VAULTS / name, tmp_path / name)
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("REINTEGRATE_VAULT", str(tmp_path / "format2.vault"))
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "format2.key"))
    states = {row["check"]: row for row in district("doctor", "--json").json["items"]}
    assert states["format"]["state"] == "look"
    assert district("staff", "list").code == 0
    former = rows("due")
    assert district("vault", "backup", str(tmp_path / "copies")).code == 0
    assert vault.read_header(tmp_path / "format2.vault").proven
    made = rows("due")
    assert len(made) == len(former)
    assert not [row for row in made if row in former]  # every one of them is signed and new
    assert "format" not in {row["check"] for row in district("doctor", "--json").json["items"]}


def test_a_copy_of_the_older_format_keeps_the_signing_key_of_the_vault_that_it_replaces(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("format2.vault", "format2.key", "format2.reminder-key"):
        shutil.copy(VAULTS / name, tmp_path / name)
        (tmp_path / name).chmod(0o600)
    copy = shutil.copy(tmp_path / "format2.vault", tmp_path / "copy.vault")
    monkeypatch.setenv("REINTEGRATE_VAULT", str(tmp_path / "format2.vault"))
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "format2.key"))
    cron = tmp_path / "format2.reminder-key"
    assert district("remind", "setup", "--reminder-key", str(cron)).code == 0
    assert district("vault", "restore", str(copy), "--replace").code == 0
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(cron))
    assert district("remind", "status").code == 0


def test_doctor_says_what_a_thief_of_cron_s_key_could_do(district: Run, tmp_path: Path) -> None:
    district(
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "cron"),
        "--host",
        "h",
        "--from-address",
        "a@b.example",
        "--to",
        "a@b.example",
    )
    found = {row["check"]: row for row in district("doctor", "--json").json["items"]}
    assert "could silence the mail" in found["cron key"]["found"]
    assert "--reminder-key NEW --revoke ID" in found["cron key"]["remedy"]
