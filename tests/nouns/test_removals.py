"""Each removal rests on a review of its own, of this incident and lately (H1); what follows (G7)."""

from datetime import date
from typing import Any

import pytest

from conftest import Run
from reintegrate_cli.nouns.incident import record as incidents
from reintegrate_cli.nouns.incident.record import Incident, Removal, Review
from test_incident import FOUND, SEEN

DAY = date(2026, 10, 5)


def rows(run: Run, today: str, *line: str) -> list[tuple[str, str, int]]:
    found = run("agenda", *line, "--kind", "incident", "--json", today=today).json["items"]
    return [(row["id"], row["state"], row["days_late"]) for row in found]


def ended(run: Run, ref: str, verb: str, *line: str, today: str, **given: str) -> Any:
    made = run(
        "incident", verb, ref, *line, "--json", today=today, **({"given": given} if given else {})
    )
    assert made.code == 0, made.err
    return made.json


@pytest.fixture
def seen(district: Run, case: str) -> str:
    """A case with one incident, on 1 October."""
    assert district("incident", "add", case, given=SEEN).code == 0
    return case


def test_a_review_of_august_opens_no_gate_in_december(district: Run, case: str) -> None:
    seen = {**SEEN, "on": "2026-08-20"}
    assert district("incident", "add", case, given=seen).code == 0
    ended(
        district, case, "review", "--by", "lee", "--on", "2026-08-21", today="2026-08-21", **FOUND
    )
    for named in ([], ["I1"]):
        line = ("incident", "removal", case, *named, "--days", "2", "--proposed", "--json")
        refused = district(*line, today="2026-12-01")
        assert (refused.code, refused.error["rule"]) == (4, "H1")
        assert "2026-08-21" in refused.error["hint"]
    ended(district, case, "review", "I1", "--by", "lee", today="2026-12-01", **FOUND)
    ended(district, case, "removal", "I1", "--days", "2", "--proposed", today="2026-12-01")


def test_a_review_of_another_incident_opens_no_gate(district: Run, seen: str) -> None:
    ended(district, seen, "review", "I1", "--by", "lee", today="2026-10-02", **FOUND)
    assert district("incident", "add", seen, given=SEEN, today="2026-10-05").code == 0
    line = ("incident", "removal", seen, "--days", "2", "--proposed", "--json")
    refused = district(*line, today="2026-10-05")
    assert (refused.code, refused.error["rule"]) == (4, "H1")
    assert f"review {seen} I2" in refused.error["hint"]


def test_each_removal_has_its_own_review_due_that_day_and_late_after(
    district: Run, seen: str
) -> None:
    ended(district, seen, "removal", "--days", "1", today="2026-10-05")
    assert rows(district, "2026-10-05", "--day") == [(f"{seen}/I1@2026-10-05", "due", 0)]
    assert rows(district, "2026-10-07", "--day") == [(f"{seen}/I1@2026-10-05", "overdue", 2)]
    ended(district, seen, "review", "--by", "lee", today="2026-10-07", **FOUND)
    assert rows(district, "2026-10-07", "--day") == []
    row = ended(district, seen, "removal", "--days", "1", today="2026-10-08")
    assert row["review_status"] == "due"
    assert rows(district, "2026-10-09", "--day") == [(f"{seen}/I1.2@2026-10-08", "overdue", 1)]
    ended(district, seen, "review", "I1.2", "--by", "lee", today="2026-10-09", **FOUND)
    assert rows(district, "2026-10-09", "--day") == []
    # A third needs a third, whatever was looked at before.
    line = ("incident", "removal", seen, "--days", "1", "--proposed", "--json")
    assert district(*line, today="2026-10-09").error["rule"] == "H1"


def test_where_several_wait_the_id_says_which(district: Run, seen: str) -> None:
    for day in ("2026-10-05", "2026-10-08"):
        ended(district, seen, "removal", "--days", "1", today=day)
    assert rows(district, "2026-10-08", "--day") == [
        (f"{seen}/I1.1@2026-10-05", "overdue", 3),
        (f"{seen}/I1.2@2026-10-08", "due", 0),
    ]
    line = ("incident", "review", seen, "--by", "lee", "--json")
    unsaid = district(*line, today="2026-10-08", given=FOUND)
    assert (unsaid.code, unsaid.error["fields"]) == (2, ["removal"])
    assert f"{seen}/I1.1 or {seen}/I1.2" in unsaid.error["hint"]
    for wrong in ("I1.3", "I1.0", "I1.x", "I1.", "I9.1"):
        ids = (*line[:3], wrong, *line[3:])
        assert district(*ids, today="2026-10-08", given=FOUND).code == 5, wrong
    ended(district, seen, "review", f"{seen}/i1.2", "--by", "lee", today="2026-10-08", **FOUND)
    assert rows(district, "2026-10-08", "--day") == [(f"{seen}/I1.1@2026-10-05", "overdue", 3)]
    ended(district, seen, "review", "I1", "--by", "lee", today="2026-10-08", **FOUND)
    assert rows(district, "2026-10-08", "--day") == []


def test_the_command_of_a_row_settles_it(district: Run, seen: str) -> None:
    for day in ("2026-10-05", "2026-10-08"):
        ended(district, seen, "removal", "--days", "1", today=day)
    for left in (1, 0):
        found = district("agenda", "--day", "--kind", "incident", "--json", today="2026-10-08")
        command = found.json["items"][0]["command"].replace("SLUG", "lee").split()[1:]
        assert district(*command, today="2026-10-08", given=FOUND).code == 0
        assert len(rows(district, "2026-10-08", "--day")) == left


def test_what_was_proposed_and_then_decided_rests_on_one_review(district: Run, seen: str) -> None:
    ended(district, seen, "review", "--by", "lee", today="2026-10-05", **FOUND)
    for days in ("3", "5"):  # the second is another word about the same
        ended(district, seen, "removal", "--days", days, "--proposed", today="2026-10-05")
    row = ended(district, seen, "removal", "--days", "4", today="2026-10-06")
    assert (row["review_status"], row["removal_days"], row["proposed_days"]) == ("done", 4, 0)
    assert rows(district, "2026-10-06", "--day") == []


def test_a_pause_and_a_closing_leave_the_review_of_a_removal(district: Run, seen: str) -> None:
    ended(district, seen, "removal", "--days", "1", today="2026-10-05")
    for line in (["pause"], ["close", "--reason", "moved"]):
        assert district("case", line[0], seen, *line[1:], today="2026-10-05").code == 0
        assert rows(district, "2026-10-06", "--day") == [(f"{seen}/I1@2026-10-05", "overdue", 1)]


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        ((), None),
        ((Review(on=date(2026, 10, 4), by="lee", finding="x"),), None),  # before it happened
        ((Review(on=date(2026, 10, 6), by="lee", finding="x"),), date(2026, 10, 6)),
        ((Review(on=date(2026, 11, 4), by="lee", finding="x"),), date(2026, 11, 4)),
        # Made for the second, so not for the first.
        ((Review(on=date(2026, 10, 6), by="lee", finding="x", removal=2),), None),
    ],
)
def test_which_review_a_removal_rests_on(
    reviews: tuple[Review, ...], expected: date | None
) -> None:
    removals = tuple(Removal(decided_on=date(2026, 10, day), half_days=2) for day in (7, 8))
    one = Incident(case="HX4T", id="I1", on=DAY, reviews=reviews, removals=removals)
    first = incidents.decisions(one)[0].review
    assert (first.on if first else None) == expected


# What follows from a disability (G7).


def test_yes_makes_three_tasks_once_and_the_return_is_settled_by_what_the_student_agrees_to(
    district: Run, seen: str
) -> None:
    ended(district, seen, "removal", "--days", "11", today="2026-10-08")
    line = ("I1", "--by", "lee", "--manifestation", "yes")
    for _ in range(2):
        ended(district, seen, "review", *line, today="2026-10-20", **FOUND)
    tasks = district("task", "list", "--json", today="2026-10-20").json["items"]
    assert [(one["id"], one["due_on"], one["about"], one["owner"]) for one in tasks] == [
        ("T1", "2026-10-21", "return/I1", "okafor"),
        ("T2", "2026-11-04", "assessment/I1", "okafor"),
        ("T3", "2026-11-04", "behavior_plan/I1", "okafor"),
    ]
    add = ("adjustment", "add", seen, "--change", "reduced_load", "--ends", "+2w")
    assert district(*add, "--agreed-by-student", "no", today="2026-10-20").code == 0
    assert len(district("task", "list", "--json").json["items"]) == 3
    assert district("adjustment", "accept", seen, "A1", today="2026-10-20").code == 0
    left = district("task", "list", "--json").json["items"]
    assert [one["id"] for one in left] == ["T2", "T3"]
    again = district("task", "done", "T1", today="2026-10-21")  # said again, it stays as it is
    assert (again.code, "done already" in again.err) == (0, True)
    assert district("task", "done", "T1", "--on", "2026-10-21", today="2026-10-22").code == 2


def test_no_makes_none_and_a_short_calendar_lets_each_be_due_at_once(
    district: Run, seen: str, tmp_path: Any
) -> None:
    ended(district, seen, "removal", "--days", "11", today="2026-10-08")
    ended(
        district,
        seen,
        "review",
        "I1",
        "--by",
        "lee",
        "--manifestation",
        "no",
        today="2026-10-09",
        **FOUND,
    )
    assert district("task", "list", "--json").json["items"] == []
    with (tmp_path / "district.toml").open("a") as config:
        config.write('school_year = "2026-08-24..2026-10-09"\n')
    ended(
        district,
        seen,
        "review",
        "I1",
        "--by",
        "lee",
        "--manifestation",
        "yes",
        today="2026-10-09",
        **FOUND,
    )
    tasks = district("task", "list", "--json").json["items"]
    assert {one["due_on"] for one in tasks} == {"2026-10-09"}


# Before the disclosure (clause 14).


def test_what_lies_before_the_disclosure_is_a_row_fourteen_days_after_that_was_entered(
    district: Run, case: str
) -> None:
    for day in ("2026-03-02", "2026-09-20"):
        assert district("incident", "add", case, "--on", day, given=SEEN).code == 0
    assert rows(district, "2026-10-01", "--days", "60") == []
    edit = ("case", "edit", case, "--identified-on")
    assert district(*edit, "2026-09-01", today="2026-10-05").code == 0
    expected = [(f"{case}/I1@2026-10-19", "upcoming", 0)]
    assert rows(district, "2026-10-05", "--days", "14") == expected
    # What is written beside it leaves the date alone.
    assert district("case", "edit", case, "--grade", "11", today="2026-10-08").code == 0
    assert district(*edit, "2026-09-01", today="2026-10-08").code == 0
    ended(
        district,
        case,
        "removal",
        "I1",
        "--days",
        "1",
        "--decision-date",
        "2026-03-03",
        today="2026-10-08",
    )
    assert rows(district, "2026-10-21", "--overdue")[1] == (f"{case}/I1@2026-10-19", "overdue", 2)
    # One that is entered later still is looked at fourteen days after that.
    assert (
        district("incident", "add", case, "--on", "2026-04-02", given=SEEN, today="2026-10-20").code
        == 0
    )
    assert (f"{case}/I3@2026-11-03", "upcoming", 0) in rows(district, "2026-10-21", "--days", "30")
    # Work rests while the case is closed; a review since the disclosure settles it.
    ended(district, case, "review", "I3", "--by", "lee", today="2026-10-21", **FOUND)
    ended(district, case, "review", "I1", "--by", "lee", today="2026-10-21", **FOUND)
    assert rows(district, "2026-10-21", "--days", "60") == []
