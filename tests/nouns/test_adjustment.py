"""Adjustments: temporary, agreed, and told to teachers without a reason (clause 35, rule E7)."""

import os
import sys
from datetime import date, timedelta
from pathlib import Path

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.nouns.adjustment import record as adjustments
from reintegrate_cli.nouns.adjustment.record import STATUSES, Adjustment, Extension
from reintegrate_cli.nouns.case.record import Case

LESS = ("--course", "algebra", "--course", "biology", "--change", "reduced-load", "--load", "60")
TOLD = {
    "reason": "canary reason",
    "support": "canary support",
    "step_down": "canary step, 80 then 100 percent",
    "teacher_words": "may leave for the quiet room without asking",
}


def made(run: Run, ref: str, *line: str, agreed: str = "yes", ends: str = "2026-10-15") -> str:
    ended = run(
        "adjustment",
        "add",
        ref,
        *LESS,
        "--ends-on",
        ends,
        "--agreed-by-student",
        agreed,
        *line,
        "--json",
        given=TOLD,
    )
    assert ended.code == 0, ended.err
    id_: str = ended.json["id"]
    return id_


def rows(run: Run, today: str, *line: str) -> list[tuple[str, str, str]]:
    found = run("agenda", *line, "--json", today=today).json["items"]
    return [
        (one["due_on"], one["state"], one["command"])
        for one in found
        if one["kind"] == "adjustment"
    ]


def status(run: Run, today: str) -> str:
    found: str = run("adjustment", "list", "--json", today=today).json["items"][0]["status"]
    return found


def test_an_end_is_required(district: Run, case: str) -> None:
    line = ("adjustment", "add", case, *LESS, "--agreed-by-student", "yes", "--json")
    ended = district(*line)
    assert (ended.code, ended.error["fields"]) == (2, ["ends_on"])
    assert district("adjustment", "list", "--json").json["items"] == []
    for more in (["--ends-on", "2026-10-15"], ["--ends", "2026-10-15"]):
        assert district(*line, *more).json["ends_on"] == "2026-10-15"
    for key in ("ends_on", "ends"):
        assert district(*line, given={key: "2026-10-15"}).code == 0
    both = district("adjustment", "add", case, "--json", given=TOLD)
    assert both.error["fields"] == ["change", "ends_on", "agreed_by_student"]


def test_that_the_student_agrees_may_be_said_by_naming_it(district: Run, case: str) -> None:
    line = (
        "adjustment",
        "add",
        case,
        "--agreed-by-student",
        "--change",
        "quiet-exit",
        "--ends",
        "+1w",
    )
    assert district(*line, "--json").json["status"] == "active"
    last = ("adjustment", "add", case, *LESS, "--ends", "+1w", "--agreed-by-student")
    assert district(*last, "--json").json["status"] == "active"
    assert district(*last).code == 0
    assert district(*last, "no", "--json").json["status"] == "proposed"
    assert district(*last, "perhaps").code == 2


def test_what_scripts_rely_on(district: Run, case: str) -> None:
    made(district, case, "--teacher", "lee", "--protect-grades")
    row = district("adjustment", "list", "--json").json["items"][0]
    assert {
        key: row[key]
        for key in (
            "id",
            "case",
            "courses",
            "change",
            "load",
            "support",
            "starts_on",
            "ends_on",
            "status",
            "teachers",
        )
    } == {
        "id": "A1",
        "case": case,
        "courses": ["algebra", "biology"],
        "change": "reduced_load",
        "load": 60,
        "support": "[private]",
        "starts_on": "2026-10-01",
        "ends_on": "2026-10-15",
        "status": "active",
        "teachers": ["lee"],
    }
    kept = district("case", "show", case, "--json").json["adjustments"][0]
    assert kept["reason"] == TOLD["reason"]
    assert TOLD["step_down"] in " ".join(district("case", "show", case).out.split())


@pytest.mark.parametrize(
    "wrong",
    [
        ["--ends-on", "2026-09-30"],
        ["--ends-on", "+2w", "--load", "101"],
        ["--ends-on", "+2w", "--review", "2026-11-30"],
        ["--ends-on", "+2w", "--starts", "+3w"],
    ],
)
def test_days_and_shares_that_cannot_be_are_two(district: Run, case: str, wrong: list[str]) -> None:
    line = ["adjustment", "add", case, "--change", "incomplete", "--agreed-by-student", "yes"]
    assert district(*line, *wrong).code == 2
    nobody = district(*line, "--ends-on", "+2w", "--teacher", "nobody")
    assert nobody.code == 5


def test_the_end_is_announced_and_asked_for(district: Run, case: str) -> None:
    made(district, case)
    settle = f"reintegrate adjustment end {case} A1"
    assert rows(district, "2026-10-14", "--day") == []
    assert rows(district, "2026-10-01", "--days", "14") == [("2026-10-15", "upcoming", settle)]
    assert rows(district, "2026-10-15", "--day") == [("2026-10-15", "due", settle)]
    assert rows(district, "2026-10-16", "--overdue") == [("2026-10-15", "overdue", settle)]
    assert (status(district, "2026-10-15"), status(district, "2026-10-16")) == ("active", "lapsed")
    ended = district(
        "adjustment",
        "end",
        case,
        "A1",
        "--on",
        "2026-10-15",
        "--result",
        "helped",
        "--json",
        today="2026-10-19",
    )
    assert (ended.json["status"], ended.json["result"]) == ("ended", "helped")
    assert rows(district, "2026-10-19", "--days", "60") == []
    assert district("adjustment", "end", case, "A1", today="2026-10-19").code == 2
    later = ("adjustment", "extend", case, "A1", "--ends-on", "2026-11-30")
    assert district(*later, given={"reason": "x"}, today="2026-10-19").code == 2


def test_it_goes_on_with_a_reason_alone(district: Run, case: str) -> None:
    made(district, case)
    line = ("adjustment", "extend", case, "A1", "--ends", "2026-10-29", "--json")
    bare = district(*line)
    assert (bare.code, bare.error["fields"]) == (2, ["reason"])
    ended = district(*line, given={"reason": "the hearing moved"}, today="2026-10-20")
    assert (ended.json["status"], ended.json["ends_on"]) == ("extended", "2026-10-29")
    assert [(one["former"], one["to"]) for one in ended.json["extensions"]] == [
        ("2026-10-15", "2026-10-29")
    ]
    again = district(*line, given={"reason": "x"}, today="2026-10-20")
    assert again.code == 2  # no later day
    assert rows(district, "2026-10-20", "--overdue") == []
    late = district(
        "adjustment",
        "extend",
        case,
        "A1",
        "--ends",
        "2026-11-01",
        given={"reason": "x"},
        today="2026-11-05",
    )
    assert late.code == 2  # in the past


def test_it_is_proposed_until_the_student_agrees(district: Run, case: str) -> None:
    made(district, case, agreed="no")
    assert status(district, "2026-10-02") == "proposed"
    slip = district("adjustment", "slip", case, "A1")
    assert "has not agreed" in slip.err
    agreed = district("adjustment", "accept", case, "A1", "--json")
    assert (agreed.json["status"], agreed.json["agreed_on"]) == ("active", "2026-10-01")
    assert district("adjustment", "accept", case, "A1").code == 2
    assert district("adjustment", "accept", case, "A7").code == 5


def test_the_slip_has_no_reason_and_no_name(district: Run) -> None:
    opened = district(
        "case",
        "add",
        "--school",
        "R",
        "--setting",
        "home",
        "--json",
        given={"safe_name": "canary name", "legal_name": "canary legal"},
    )
    ref = opened.json["ref"]
    made(district, ref, "--protect-grades")
    for form in ([], ["--json"]):
        slip = district("adjustment", "slip", ref, "A1", *form)
        assert slip.code == 0
        assert "canary" not in slip.out + slip.err
        assert TOLD["teacher_words"] in slip.out
        assert "okafor" in slip.out
    told = district("adjustment", "slip", ref, "A1").out
    for words in (
        f"the student you were told of ({ref})",
        "algebra, biology",
        "reduced load, 60 percent of the usual work",
        "Thu 15 Oct 2026",
        "not lowered",
    ):
        assert words in told
    entries = district("history", "--json").json["items"]
    assert sum(one["command"] == "adjustment slip" for one in entries) == 3
    assert district("adjustment", "slip", ref, "A1", "--reveal").code == 2
    district("adjustment", "end", ref, "A1")
    assert district("adjustment", "slip", ref, "A1").code == 2


def test_a_name_shows_on_a_slip_after_the_code_is_typed_and_is_taken_away(
    district: Run, tmp_path: Path
) -> None:
    opened = district(
        "case",
        "add",
        "--school",
        "R",
        "--setting",
        "home",
        "--json",
        given={"safe_name": "canary-safe"},
    )
    ref = opened.json["ref"]
    made(district, ref)
    line = ["-m", "reintegrate_cli", "adjustment", "slip", ref, "A1", "--reveal"]
    child = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    child.expect("passphrase or recovery code")
    child.sendline((tmp_path / "recovery").read_text().strip())
    child.expect("canary-safe")
    assert "canary reason" not in child.before
    child.sendline("")
    child.expect_exact("\x1b[?1049l")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    entries = district("history", "--json").json["items"]
    assert "adjustment slip --reveal" in [one["command"] for one in entries]


def test_a_live_wish_about_it_is_heeded(district: Run, case: str) -> None:
    district(
        "wish",
        "add",
        case,
        "--about",
        "adjustment",
        "--heard-by",
        "lee",
        given={"words": "no more worksheets instead of class"},
    )
    add = ("adjustment", "add", case, *LESS, "--ends-on", "+2w", "--agreed-by-student", "yes")
    refused = district(*add, "--json", given=TOLD)
    assert (refused.code, refused.error["rule"]) == (4, "W1")
    assert district("adjustment", "list", "--json").json["items"] == []
    assert district(*add, "--despite", "W1", given=TOLD).code == 0
    extend = ("adjustment", "extend", case, "A1", "--ends-on", "+3w")
    assert district(*extend, given={"reason": "x"}).code == 4
    assert district(*extend, "--despite", "W1", given={"reason": "x"}).code == 0
    kept = district("case", "show", case, "--json").json["wishes"][0]["set_aside"]
    assert [one["command"] for one in kept] == ["adjustment add", "adjustment extend"]


def test_a_closing_names_what_still_runs(district: Run, case: str) -> None:
    made(district, case)
    closed = district("case", "close", case, "--reason", "moved")
    assert "still open: 1 adjustment" in closed.err
    assert rows(district, "2026-10-20", "--overdue") == []


def test_the_timeline_tells_how_long_it_lasts(district: Run, case: str) -> None:
    made(district, case)
    told = district("case", "timeline", case, "--status", "adjustment", "--json").json["items"]
    assert [(one["on"], one["upto"], one["what"]) for one in told] == [
        ("2026-10-01", "2026-10-15", "reduced load to 60 percent")
    ]
    district("adjustment", "end", case, "A1", today="2026-10-09")
    told = district("case", "timeline", case, "--status", "adjustment", "--json").json["items"]
    assert [(one["on"], one["upto"]) for one in told] == [
        ("2026-10-01", "2026-10-09"),
        ("2026-10-09", None),
    ]


def test_what_was_only_proposed_lasted_no_day(district: Run, case: str) -> None:
    made(district, case, agreed="no")
    told = district("case", "timeline", case, "--status", "adjustment", "--json").json["items"]
    assert [(one["upto"], one["what"]) for one in told] == [
        (None, "proposed: reduced load to 60 percent")
    ]


def test_a_review_on_a_closed_day_is_kept_as_typed_and_told(district: Run, case: str) -> None:
    line = ("adjustment", "add", case, *LESS, "--ends", "2026-11-20", "--agreed-by-student", "yes")
    made_ = district(*line, "--review", "2026-10-12")
    assert "Mon 12 Oct 2026, in 11 days is a closed day; it was kept as you gave it" in made_.err
    assert district("adjustment", "list", "--json").json["items"][0]["review_on"] == "2026-10-12"


def test_on_its_review_day_it_is_asked_whether_it_helps_before_anything_is_extended(
    district: Run, case: str
) -> None:
    made(district, case, "--review", "2026-10-06", ends="2026-11-20")
    ask = f"reintegrate adjustment review {case} A1"
    assert rows(district, "2026-10-05", "--day") == []
    for today, state in (("2026-10-06", "due"), ("2026-10-30", "overdue")):
        assert rows(district, today, "--day") == [("2026-10-06", state, ask)]
    line = (*ask.split()[1:], "--result", "helped", "--json")
    late = district(*line, "--review", "2026-11-21", today="2026-10-30")
    assert (late.code, late.error["fields"]) == (2, ["review_on"])
    said = district(*line, given={"note": "a quiet hour is enough"}, today="2026-10-30")
    assert (said.json["review_on"], said.json["answers"][0]["result"]) == (None, "helped")
    assert rows(district, "2026-10-30", "--day") == []
    told = district("case", "timeline", case, "--status", "adjustment", "--json").json["items"]
    assert [(one["what"], one["text"]) for one in told][1:] == [
        ("reviewed, helped", "a quiet hour is enough")
    ]
    again = district(*line[:-1], "--review", "2026-11-10", today="2026-10-30")
    assert f"adjustment extend {case} A1" in again.err
    assert rows(district, "2026-11-10", "--day") == [("2026-11-10", "due", ask)]


def test_what_the_student_refused_is_never_late(district: Run, case: str) -> None:
    made(district, case, agreed="no")
    for today in ("2026-10-02", "2026-10-20", "2026-12-01"):
        assert rows(district, today, "--overdue") == []


START = date(2026, 10, 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 15)),
        st.tuples(st.just("extend"), st.integers(-5, 30)),
        st.tuples(st.just("end"), st.integers(0, 9)),
        st.tuples(st.just("accept"), st.just(0)),
    ),
    max_size=12,
)


def extended(adjustment: Adjustment, to: date, today: date) -> Adjustment:
    extension = Extension(on=today, by="lee", former=adjustment.ends_on, to=to, reason="x")
    return adjustments.extend(adjustment, extension, None, today)


@explored(length=st.integers(0, 30), agreed=st.booleans(), steps=STEPS)
def test_whatever_is_done_it_has_an_end_that_the_agenda_holds_until_somebody_settles_it(
    length: int, agreed: bool, steps: list[tuple[str, int]]
) -> None:
    case = Case(ref="HX4T", opened_on=START, school="R", setting="home")  # type: ignore[arg-type]
    one = Adjustment(
        case="HX4T",
        id="A1",
        change="incomplete",
        agreed_by_student=agreed,
        starts_on=START,
        ends_on=START + timedelta(days=length),
    )
    today, ended = START, False
    for what, number in steps:
        before = one
        try:
            if what == "wait":
                today += timedelta(days=number)
            elif what == "extend":
                one = extended(one, today + timedelta(days=number), today)
                assert one.ends_on > before.ends_on
                assert not ended
                assert one.extensions[-1].reason
            elif what == "end":
                one = adjustments.end(one, today - timedelta(days=number), None)
                ended = True
            else:
                one = adjustments.accept(one, today)
                agreed = True
        except Usage:
            assert one is before
        now = adjustments.status(one, today)
        assert now in STATUSES
        assert (now == "ended") == ended
        assert (now == "lapsed") == (not ended and today > one.ends_on)
        assert (now == "proposed") == (not ended and today <= one.ends_on and not agreed)
        assert (now == "extended") == (
            not ended and today <= one.ends_on and agreed and bool(one.extensions)
        )
        world = World(Calendar(), {"cases": [case], "adjustments": [one]})
        shown = agenda.items(world, today, today, max(today, one.ends_on))
        told = [(row.command.split()[2], row.due_on, row.state == "overdue") for row in shown]
        if ended:
            assert told == []
            continue
        # What nobody agreed to is asked about, and late for nobody.
        asked = ("end", one.ends_on, now == "lapsed") if agreed else ("accept", START, False)
        assert told == [asked]
        with pytest.raises(Usage):
            extended(one, one.ends_on, today)
