"""What was done stays known; the last of it can be taken back."""

from pathlib import Path

import msgspec
import pytest

from conftest import Run
from reintegrate_cli import keys, vault
from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept import history, session
from test_release import signed


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
            with vault.lock(session.current.engine.path), session.reading() as store:
                store.shelf.vault.write_anew()
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
    given = [
        name
        for row in district("history", "--json").json["items"]
        if row["command"] in ("case note", "care add", "task add")
        for name in row["changed"]
    ]
    assert len(given) == len(set(given)) == 10
    assert district("vault", "verify").code == 0


def test_what_was_undone_leaves_the_agenda_and_the_reminders(district: Run, case: str) -> None:
    district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
        "--starts",
        "2026-09-30",
    )
    assert district("agenda", "--overdue", "--json").json["items"]
    district("checkin", "done", case)
    assert district("agenda", "--overdue", "--json").json["items"] == []
    district("undo")
    assert district("agenda", "--overdue", "--json").json["items"]
    assert "1 item" in district("remind", "preview").out


def ids(run: Run) -> dict[str, str]:
    """Give the id of the last unit of work of each command."""
    return {row["command"]: row["id"] for row in run("history", "--json").json["items"]}


def test_a_unit_that_is_named_is_undone_though_others_came_after_it(
    district: Run, case: str
) -> None:
    district("case", "edit", case, "--grade", "10")
    edited = ids(district)["case edit"]
    district("task", "add", "--due", "fri", given={"text": "call the registrar"})
    district("case", "note", case, given={"text": "x"})
    undone = district("undo", edited.lower())
    assert undone.code == 0, undone.err
    assert district("case", "list", "--json").json["items"][0]["grade"] is None
    assert len(district("task", "list", "--json").json["items"]) == 1
    again = district("undo", edited, "--json")
    assert (again.code, again.error["rule"]) == (4, "history")
    assert district("undo", ids(district)["undo"]).code == 0  # and done again
    assert district("case", "list", "--json").json["items"][0]["grade"] == "10"
    assert district("undo", edited).code == 0
    assert district("case", "list", "--json").json["items"][0]["grade"] is None


def test_an_entry_says_what_went_past_a_wish_and_can_be_undone_all_the_same(
    district: Run, case: str
) -> None:
    wish = ("wish", "add", case, "--about", "schedule", "--heard-by", "lee")
    assert district(*wish, given={"words": "not before spring"}).code == 0
    agreed = ("--with", "staff", "--who", "lee", "--every", "2w", "--mode", "phone")
    past = district("checkin", "schedule", case, *agreed, "--despite", "W1", given={"reason": "x"})
    assert past.code == 0, past.err
    (last,) = district("history", "--json").json["items"][-1:]
    assert last["command"] == "checkin schedule --despite"
    assert district("undo", last["id"]).code == 0
    assert district("checkin", "schedules", "--json").json["items"] == []


def test_what_was_added_and_undone_can_be_had_back(district: Run, case: str) -> None:
    district("case", "note", case, given={"text": "the quiet room helped"})
    assert district("undo").code == 0
    assert district("case", "show", case, "--json").json["notes"] == []
    assert district("undo", ids(district)["undo"]).code == 0
    (note,) = district("case", "show", case, "--json").json["notes"]
    assert note["text"] == "the quiet room helped"


def test_a_unit_is_not_undone_once_one_of_its_records_changed(district: Run, case: str) -> None:
    district("case", "edit", case, "--grade", "10")
    first = ids(district)["case edit"]
    district("case", "edit", case, "--school", "Juniper")
    assert district("undo", first).code == 6
    assert district("case", "list", "--json").json["items"][0]["grade"] == "10"


def test_what_other_records_name_is_not_taken_away_from_under_them(
    district: Run, case: str
) -> None:
    made = ids(district)
    line = (
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    assert district(*line).code == 0
    scheduled = ids(district)["checkin schedule"]
    assert district("checkin", "done", case).code == 0
    assert district("task", "add", "--due", "fri", "--owner", "lee", given={"text": "x"}).code == 0
    for unit in (made["case add"], made["staff add"], scheduled):
        refused = district("undo", unit, "--json")
        assert (refused.code, refused.error["rule"]) == (4, "history")
    assert district("undo", ids(district)["checkin done"]).code == 0
    assert district("undo", scheduled).code == 0
    assert district("undo", made["case add"]).code == 0
    assert district("case", "list", "--json").json["items"] == []


def test_what_reached_somebody_else_is_not_undone_nor_what_only_reads(
    district: Run, case: str, tmp_path: Path
) -> None:
    for line in (
        ["partner", "add", "MERID", "--kind", "mental_health", "--regime", "hipaa"],
        ["vault", "backup", str(tmp_path / "copies")],
        ["case", "show", case],
    ):
        assert district(*line).code == 0
    assert district("disclose", case, "--to", "MERID").code == 4  # and it is logged
    signed(district, case)
    assert district("release", "revoke", case, "L1", "--by", "student", "--how", "oral").code == 0
    known = ids(district)
    for command in ("init", "disclose", "release revoke", "vault backup", "case show"):
        refused = district("undo", known[command], "--json")
        assert (refused.code, refused.error["rule"]) == (4, "history"), command
    for unknown in ("H99", "N1", "HX4T", "L1"):
        assert district("undo", unknown).code == 5
    words = district("undo", "the last one", "--json")
    assert (words.code, words.error["rule"]) == (4, "argv")


def test_somebody_elses_work_is_theirs_to_undo(district: Run, case: str) -> None:
    with session.writing("case edit") as store:
        store.by = "hale"
        store.cases.put(replace(store.cases.get(case), grade="12"))
    refused = district("undo", ids(district)["case edit"], "--json")
    assert (refused.code, refused.error["rule"]) == (4, "history")


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
        store.cases.put(replace(kept, grade="12"))
    busy = district("undo")
    assert busy.code == 6
    assert district("case", "list", "--json").json["items"][0]["grade"] == "12"


def test_an_entry_that_was_changed_is_seen(district: Run, case: str) -> None:
    with session.reading() as store:
        rows = list(store.shelf.rows("history"))
        rows[1]["by"] = "somebody"
        store.shelf.rows = lambda _name: rows  # type: ignore[method-assign]
        with pytest.raises(Damaged):
            history.read(store.shelf)
        del rows[1]
        with pytest.raises(Damaged):
            history.read(store.shelf)


def test_a_reviewer_who_writes_the_history_anew_is_found_out(district: Run, case: str) -> None:
    district("case", "edit", case, "--grade", "11")
    with session.writing("forged") as store:
        rows = dict(store.shelf.vault.everything("history"))
        chain = ""
        for place, row in rows.items():  # a reviewer knows these keys, and the chain's
            row["by"] = "somebody"
            row["chain"] = chain = chain_value(chain, row)
            store.shelf.vault._stage("history", place, msgspec.json.encode(row))
        store.shelf.vault.commit()
    assert district("history").code == 0
    assert district("vault", "verify").code == 7
