"""What was done stays known; the last of it can be taken back."""

from pathlib import Path

import msgspec
import pytest

from conftest import Run
from reintegrate_cli import keys, session, vault
from reintegrate_cli.errors import Damaged
from reintegrate_cli.history import chain_value


def commands(run: Run) -> list[str]:
    return [row["command"] for row in run("history", "--json").json["items"]]


def test_every_unit_of_work_and_every_reading_of_a_case_is_an_entry(
    district: Run, case: str
) -> None:
    district("case", "note", case, given={"text": "canary words"})
    district("case", "show", case)
    district("case", "list")
    district("agenda")
    district("case", "note", "ZZZZ", given={"text": "nothing"})
    assert commands(district) == ["init", "staff add", "case add", "case note", "case show"]
    told = district("history", "--case", case, "--json")
    assert "canary" not in told.out
    assert told.json["items"][-1]["refs"] == [case]
    assert [row["changed"] for row in told.json["items"]][1:] == [[f"notes/{case}/N1"], []]
    read = district("history", "--status", "read", "--owner", "okafor", "--json")
    assert [row["command"] for row in read.json["items"]] == ["case show"]


def test_undo_takes_back_the_last_and_then_the_one_before(district: Run, case: str) -> None:
    district("case", "edit", case, "--grade", "10")
    district("case", "edit", case, "--grade", "11")
    district("case", "show", case)
    for grade in ("10", None):
        assert district("undo").code == 0
        assert district("case", "list", "--json").json["items"][0]["grade"] == grade
    assert district("undo").code == 0
    assert district("case", "list", "--json").json["items"] == []
    assert commands(district)[-3:] == ["undo", "undo", "undo"]


@pytest.mark.parametrize("anew", ["", "rotate", "anew", "twice", "elsewhere"])
def test_an_id_that_was_taken_back_is_never_given_to_something_else(
    district: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: str
) -> None:
    other = district("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"]

    def note(ref: str) -> str:
        made: str = district("case", "note", ref, "--json", given={"text": "x"}).json["id"]
        return made

    assert [note(case), note(case), note(other)] == ["N1", "N2", "N1"]
    for _ in range(2):
        district("undo")
    district("care", "add", other, "--role", "mentor")
    district("undo")
    district("task", "add", "--due", "fri", given={"text": "x"})
    district("undo")
    if anew == "rotate":
        assert district("vault", "key", "rotate").code == 0
    elif anew in ("anew", "twice"):
        for _ in range(2 if anew == "twice" else 1):
            with vault.lock(session.current.path), session.reading() as store:
                store.vault.write_anew()
    elif anew == "elsewhere":
        words, key = tmp_path / "words", tmp_path / "key2"
        keys.create_private(words, "lantern orchard velvet nine boats")
        archive = [str(tmp_path / "a.age"), "--passphrase-file", str(words)]
        assert district("vault", "export", *archive).code == 0
        monkeypatch.setenv("REINTEGRATE_VAULT", str(tmp_path / "elsewhere" / "v.vault"))
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(key))
        district("init", "--user", "okafor", "--no-keyring", "--key-file", str(key))
        assert district("vault", "import", *archive).code == 0
    assert [note(case), note(case), note(other)] == ["N3", "N4", "N2"]
    member = district("care", "add", other, "--role", "mentor", "--json")
    assert member.json["id"] == "K2"
    task = district("task", "add", "--due", "fri", "--json", given={"text": "x"})
    assert task.json["id"] == "T2"
    given = [name for row in district("history", "--json").json["items"]
             if row["command"] in ("case note", "care add", "task add") for name in row["changed"]]  # fmt: skip
    assert len(given) == len(set(given)) == 10
    assert district("vault", "verify").code == 0


def test_what_was_undone_leaves_the_agenda_and_the_reminders(district: Run, case: str) -> None:
    district("checkin", "schedule", case, "--with", "student", "--every", "1w", "--mode", "phone",
             "--chosen-by", "student", "--chosen-on", "today", "--starts", "2026-09-30")  # fmt: skip
    assert district("agenda", "--overdue", "--json").json["items"]
    district("checkin", "done", case)
    assert district("agenda", "--overdue", "--json").json["items"] == []
    district("undo")
    assert district("agenda", "--overdue", "--json").json["items"]
    assert "1 item" in district("remind", "preview").out


def test_only_ones_own_work_is_undone_and_not_what_opens_the_vault(
    district: Run, tmp_path: Path
) -> None:
    assert district("undo").code == 0  # the member of staff that the district added
    refused = district("undo", "--json")
    assert (refused.code, refused.error["rule"]) == (4, "history")


def test_what_somebody_changed_since_is_not_lost(district: Run, case: str) -> None:
    district("case", "edit", case, "--grade", "10")
    with session.writing("case edit") as store:
        store.by = "hale"
        kept = store.cases.get(case)
        import dataclasses

        store.cases.put(dataclasses.replace(kept, grade="12"))
    busy = district("undo")
    assert busy.code == 6
    assert district("case", "list", "--json").json["items"][0]["grade"] == "12"


def test_an_entry_that_was_changed_is_seen(district: Run, case: str) -> None:
    with session.reading() as store:
        rows = store.vault.rows("history")
        rows[1]["by"] = "somebody"
        store.vault.rows = lambda _name: rows  # type: ignore[method-assign]
        with pytest.raises(Damaged):
            store.history()
        del rows[1]
        with pytest.raises(Damaged):
            store.history()


def test_a_reviewer_who_writes_the_history_anew_is_found_out(district: Run, case: str) -> None:
    district("case", "edit", case, "--grade", "11")
    with session.writing("forged") as store:
        rows = dict(store.vault.everything("history"))
        chain = ""
        for place, row in rows.items():  # a reviewer knows these keys, and the chain's
            row["by"] = "somebody"
            row["chain"] = chain = chain_value(chain, row)
            store.vault._stage("history", place, msgspec.json.encode(row))
        store.vault.commit()
    assert district("history").code == 0
    assert district("vault", "verify").code == 7
