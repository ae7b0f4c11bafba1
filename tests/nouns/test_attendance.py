"""Attendance: who noticed, what stood in the way, and a letter that is held (clause 45, rule G2)."""

import os
import sys
from datetime import date

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.nouns.attendance import record as attendance
from reintegrate_cli.nouns.attendance.record import Flag


def waiting(run: Run, today: str) -> list[tuple[str, str, int]]:
    rows = run("agenda", "--day", "--json", today=today).json["items"]
    return [
        (row["due_on"], row["state"], row["days_late"])
        for row in rows
        if row["kind"] == "attendance"
    ]


def test_what_was_noticed_waits_on_the_agenda_and_is_never_late(district: Run, case: str) -> None:
    made = district(
        "attendance",
        "flag",
        case,
        "--noticed-by",
        "lee",
        "--date",
        "2026-09-30",
        "--date",
        "2026-09-28",
        "--json",
    )
    assert {key: made.json[key] for key in ("id", "case", "noticed_by", "barriers_checked")} == {
        "id": "F1",
        "case": case,
        "noticed_by": "lee",
        "barriers_checked": False,
    }
    assert made.json["dates"] == ["2026-09-28", "2026-09-30"]
    assert waiting(district, "2026-10-01") == [("2026-10-01", "due", 0)]
    assert waiting(district, "2026-11-20") == [("2026-10-01", "due", 0)]
    assert district("agenda", "--overdue", "--json", today="2026-11-20").json["items"] == []


@pytest.mark.parametrize("outcome", ["settled", "barrier-removed", "continuing", "concern"])
def test_barriers_are_looked_at_first(district: Run, case: str, outcome: str) -> None:
    flagged = district("attendance", "flag", case)
    assert "what gets in the way" in flagged.err
    line = ("attendance", "resolve", case, "F1", "--outcome", outcome, "--json")
    refused = district(*line)
    assert (refused.code, refused.error["rule"]) == (4, "G2")
    assert refused.error["fields"] == ["barriers_checked"]
    assert district(*line, "--barriers-checked", "no", "--barrier", "court").code == 4
    assert waiting(district, "2026-10-01")
    done = district(*line, "--barriers-checked", "yes")
    assert (done.json["barriers_checked"], done.json["outcome"]) == (
        True,
        outcome.replace("-", "_"),
    )
    assert waiting(district, "2026-10-01") == []
    assert district(*line, "--barriers-checked", "yes").code == 2


def test_what_is_simply_explained_needs_no_more(district: Run, case: str) -> None:
    district("attendance", "flag", case)
    done = district("attendance", "resolve", case, "F1", "--outcome", "explained", "--json")
    assert (done.json["resolved_by"], done.json["barriers_checked"]) == ("okafor", False)


def test_a_barrier_that_was_found_was_looked_for(district: Run, case: str) -> None:
    district("attendance", "flag", case, "--barrier", "transport")
    done = district("attendance", "resolve", case, "F1", "--barrier", "safety", "--json")
    assert (done.code, done.json["barriers"]) == (0, ["transport", "safety"])


def test_the_letter_home_is_held(district: Run, case: str) -> None:
    assert "--hold-letter yes" in district("attendance", "flag", case).err
    held = district("attendance", "flag", case, "--hold-letter", "yes")
    assert "hold the automated letter home" in held.err
    rows = district("attendance", "list", "--json").json["items"]
    assert [row["hold_letter"] for row in rows] == [False, True]
    done = district("attendance", "resolve", case, "F2", "--barriers-checked", "yes", "--json")
    assert done.json["hold_letter"] is True


def test_event_39_at_a_terminal_both_are_asked(district: Run, case: str) -> None:
    line = ["-m", "reintegrate_cli", "attendance", "flag", case]
    child = pexpect.spawn(
        sys.executable, line, env={**os.environ, "COLUMNS": "200"}, encoding="utf-8", timeout=20
    )
    child.expect("gets in the way of coming")
    child.sendline("no")
    child.expect("automated letter home")
    child.sendline("yes")
    child.expect("hold letter +yes")
    child.expect("look first at what gets in the way")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_days_that_cannot_be_are_two(district: Run, case: str) -> None:
    assert district("attendance", "flag", case, "--date", "2026-10-02").code == 2
    district("attendance", "flag", case)
    early = district(
        "attendance", "resolve", case, "F1", "--outcome", "explained", "--on", "2026-09-30"
    )
    assert early.code == 2
    assert district("attendance", "flag", case, "--noticed-by", "nobody").code == 5


@explored(
    flagged=st.booleans(),
    said=st.none() | st.booleans(),
    found=st.lists(st.sampled_from(["court", "safety"]), max_size=2),
    outcome=st.sampled_from(["settled", "barrier_removed", "explained", "continuing", "concern"]),
)
def test_nothing_but_an_explanation_goes_without_a_look_at_the_barriers(
    flagged: bool, said: bool | None, found: list[attendance.Barrier], outcome: attendance.Outcome
) -> None:
    day = date(2026, 10, 1)
    flag = Flag(case="HX4T", id="F1", on=day, noticed_by="lee", barriers_checked=flagged)

    def resolved() -> Flag:
        return attendance.resolve(
            flag,
            outcome=outcome,
            by="lee",
            on=day,
            barriers_checked=said,
            barriers=tuple(found),
            hold_letter=None,
        )

    looked = said if said is not None else flagged or bool(found)
    if not looked and outcome != "explained":
        with pytest.raises(Refused):
            resolved()
        return
    assert resolved().barriers_checked == looked


@pytest.mark.parametrize("known_by", ["foster", "caseworker", "nobody"])
def test_the_caseworker_of_a_student_in_care_is_told_the_same_day(
    district: Run, case: str, known_by: str
) -> None:
    if known_by == "foster":
        assert district("case", "edit", case, given={"foster": True}).code == 0
    elif known_by == "caseworker":
        worker = ("care", "add", case, "--role", "child_welfare_worker")
        assert district(*worker, "--no-input", given={"name": "a caseworker"}).code == 0
    line = ("attendance", "flag", case, "--noticed-by", "lee", "--pattern")
    listed = ("task", "list", "--case", case, "--json")
    before = district(*listed).json["items"]
    assert district(*line, "late").code == 0
    assert district(*listed).json["items"] == before
    flagged = district(*line, "stopped_coming")
    assert flagged.code == 0, flagged.err
    tasks = [task for task in district(*listed).json["items"] if task not in before]
    assert ("child welfare caseworker" in flagged.err) == (known_by != "nobody")
    assert [task["due_on"] for task in tasks] == ([] if known_by == "nobody" else ["2026-10-01"])
