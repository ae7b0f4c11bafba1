"""Incidents: facts apart from readings, a review before any removal, and days that count.

Clauses 14 and 36, rules H1, H2, G7, G8.
"""

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
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.nouns.case.record import Case, Disability
from reintegrate_cli.nouns.incident import discipline
from reintegrate_cli.nouns.incident import record as incidents
from reintegrate_cli.nouns.incident.record import Incident, Removal, Review

SEEN = {
    "before": "the bell rang early",
    "observed": "a chair was pushed near; left the table shouting",
    "said": "leave me alone",
    "likely_need": "escape",
    "whose_view": "counselor",
    "response": "gave space, walked along",
    "helped": "the quiet room",
}
FOUND = {"finding": "startled; the way out was blocked"}
ALDER = Calendar(
    closures=frozenset({date(2026, 10, 12), date(2026, 10, 30)}),
    school_year=(date(2026, 8, 24), date(2027, 6, 11)),
)


@pytest.fixture
def idea(district: Run, tmp_path: Path) -> str:
    """A student with an IEP, in a school year that the district gave."""
    with (tmp_path / "district.toml").open("a") as config:
        config.write('school_year = "2026-08-24..2027-06-11"\n')
    made = district(
        "case",
        "add",
        "--school",
        "Ridgeline",
        "--setting",
        "home_supports",
        "--disability",
        "idea",
        "--json",
    )
    ref: str = made.json["ref"]
    return ref


def removed(run: Run, ref: str, *line: str, today: str = "2026-10-08") -> dict[str, object]:
    ended = run("incident", "removal", ref, *line, "--json", today=today)
    assert ended.code == 0, ended.err
    row: dict[str, object] = ended.json
    return row


def kinds(run: Run, today: str, *line: str) -> list[tuple[str, str, str]]:
    rows = run("agenda", *line, "--json", today=today).json["items"]
    return [
        (row["due_on"], row["source"], row["state"]) for row in rows if row["kind"] == "incident"
    ]


def test_facts_words_and_whose_reading_are_kept_apart(district: Run, case: str) -> None:
    made = district("incident", "add", case, "--place", "cafeteria", "--json", given=SEEN)
    assert (made.code, made.json["id"], made.json["on"]) == (0, "I1", "2026-10-01")
    assert made.json["observed"] == "[private]"
    kept = district("case", "show", case, "--json").json["incidents"][0]
    assert {key: kept[key] for key in SEEN} == SEEN
    shown = district("case", "show", case).out
    assert "I1 helped" in shown
    assert "escape, as counselor sees it" in shown


@pytest.mark.parametrize("missing", ["observed", "likely_need", "response", "helped"])
def test_what_is_needed_is_named(district: Run, case: str, missing: str) -> None:
    rest = {key: value for key, value in SEEN.items() if key != missing}
    ended = district("incident", "add", case, "--json", given=rest)
    assert (ended.code, ended.error["fields"]) == (2, [missing])
    assert district("incident", "add", case, given={**SEEN, "likely_need": "attention"}).code == 2


def test_event_14_and_15_at_a_terminal(district: Run, case: str) -> None:
    """Each part is asked for by itself; a word that judges may be changed."""
    line = ["-m", "reintegrate_cli", "incident", "add", case, "--place", "cafeteria"]
    child = pexpect.spawn(
        sys.executable, line, env={**os.environ, "COLUMNS": "200"}, encoding="utf-8", timeout=20
    )
    for asked, answers in (
        ("just before", ["the bell", "."]),
        ("as a camera", ["manipulative as ever", "."]),
        ("exact words", ["."]),
        ("likely for", ["attention", "\x15escape"]),
        ("whose reading", ["lee"]),
        ("what the adults did", ["walked along", "."]),
        ("what helped", ["quiet room", "."]),
        ("what the student says", ["."]),
        ("how it was repaired", ["."]),
        ("change it", ["yes"]),
        ("as a camera", ["\x15left the table shouting", "."]),
    ):
        child.expect(asked)
        for answer in answers:
            child.sendline(answer)
    child.expect("I1")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    kept = district("case", "show", case, "--json").json["incidents"][0]
    assert (kept["observed"], kept["likely_need"]) == ("left the table shouting", "escape")


def test_a_removal_is_not_proposed_before_a_review(district: Run, case: str) -> None:
    line = ("incident", "removal", case, "--days", "3", "--proposed", "--json")
    refused = district(*line)
    assert (refused.code, refused.error["rule"]) == (4, "H1")
    district("incident", "add", case, given=SEEN)
    for more in ((), ("I1",)):
        refused = district(*line[:3], *more, *line[3:])
        assert (refused.code, refused.error["rule"]) == (4, "H1")
    assert district("incident", "list", "--json").json["items"][0]["removals"] == []
    assert district("incident", "review", case, "I1", "--by", "lee", given=FOUND).code == 0
    proposed = district(*line)
    assert (proposed.json["proposed_days"], proposed.json["removal_days"]) == (3, 0)
    assert proposed.json["total_removal_days"] == 0
    dropped = district("incident", "removal", case, "I1", "--days", "0", "--json")
    assert (dropped.json["proposed_days"], dropped.json["review_status"]) == (0, "done")
    assert district("incident", "removal", case, "I1", "--days", "0").code == 2


def test_a_review_that_came_after_a_proposal_does_not_cover_it(district: Run, case: str) -> None:
    district("incident", "add", case, "--on", "2026-09-20", given=SEEN)
    district("incident", "review", case, "I1", "--by", "lee", "--on", "2026-09-28", given=FOUND)
    line = ("incident", "removal", case, "--days", "3", "--proposed", "--json", "--decision-date")
    refused = district(*line, "2026-09-27")
    assert (refused.code, refused.error["rule"]) == (4, "H1")
    assert district(*line, "2026-09-28").code == 0


def test_a_review_that_determines_nothing_leaves_the_deadline(district: Run, idea: str) -> None:
    removed(district, idea, "--days", "11")
    reviewed = [("2026-10-08", f"{idea}/I1", "overdue")]
    for said in ([], ["--manifestation", "no", "--on", "2026-10-08"]):
        assert kinds(district, "2026-10-24", "--overdue") == [
            *reviewed,
            ("2026-10-23", f"{idea}/I1", "overdue"),
        ]
        reviewed = []
        done = district(
            "incident",
            "review",
            idea,
            "I1",
            "--by",
            "lee",
            *said,
            "--json",
            given=FOUND,
            today="2026-10-09",
        )
        assert done.json["manifestation"] is (False if said else None)
    assert kinds(district, "2026-10-24", "--overdue") == []
    # A later removal is a decision of its own.
    again = removed(district, idea, "--days", "1", today="2026-10-21")
    assert again["manifestation_due_on"] == "2026-11-05"


def test_what_was_imposed_is_always_recorded_and_its_review_is_asked_for_that_day(
    district: Run, idea: str
) -> None:
    district("incident", "add", idea, given=SEEN, today="2026-10-05")
    row = removed(district, idea, "--days", "2", today="2026-10-05")
    assert (row["removal_days"], row["review_status"]) == (2, "due")
    assert kinds(district, "2026-10-05", "--day") == [("2026-10-05", f"{idea}/I1", "due")]
    # It is late from the next day on, and stays until it is done.
    assert kinds(district, "2026-10-09", "--day") == [("2026-10-05", f"{idea}/I1", "overdue")]
    assert district("incident", "review", idea, "I1", "--by", "nobody", given=FOUND).code == 5
    done = district(
        "incident", "review", idea, "I1", "--by", "lee", "--json", given=FOUND, today="2026-10-09"
    )
    assert (done.json["review_status"], done.json["reviewed_on"]) == ("done", "2026-10-09")
    assert kinds(district, "2026-10-09", "--day") == []


def test_the_october_count(district: Run, idea: str) -> None:
    """Six days before October, two on the 5th, five on the 8th; 12 Oct is closed (G7)."""
    first = removed(district, idea, "--days", "6", "--decision-date", "2026-09-15")
    assert (first["id"], first["on"], first["total_removal_days"]) == ("I1", "2026-09-15", 6)
    district("incident", "add", idea, given=SEEN, today="2026-10-05")
    warned = district("incident", "removal", idea, "--days", "2", today="2026-10-05")
    assert "8 removal days in this school year" in warned.err
    district("incident", "add", idea, given=SEEN, today="2026-10-08")
    last = removed(district, idea, "--days", "5", "--decision-date", "2026-10-08")
    assert (last["id"], last["removal_days"], last["total_removal_days"]) == ("I3", 5, 13)
    assert (last["manifestation_due_on"], last["warning"]) == ("2026-10-23", "above_limit")
    rows = kinds(district, "2026-10-08", "--days", "20")
    assert ("2026-10-23", f"{idea}/I3", "due") in rows
    reviews = [("2026-09-15", f"{idea}/I1", "overdue"), ("2026-10-05", f"{idea}/I2", "overdue")]
    assert kinds(district, "2026-10-24", "--overdue") == [
        *reviews,
        ("2026-10-08", f"{idea}/I3", "overdue"),
        ("2026-10-23", f"{idea}/I3", "overdue"),
    ]
    listed = district("incident", "list", "--case", idea, "--json").json["items"]
    assert [one["manifestation_due_on"] for one in listed] == [None, None, "2026-10-23"]
    done = district(
        "incident",
        "review",
        idea,
        "I3",
        "--by",
        "lee",
        "--manifestation",
        "yes",
        given=FOUND,
        today="2026-10-20",
    )
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        "T1, due Wed 21 Oct 2026, tomorrow",
        "T2, due Wed 4 Nov 2026, in 15 days",
        "T3, due Wed 4 Nov 2026, in 15 days",
    ]
    assert kinds(district, "2026-10-24", "--overdue") == reviews


@pytest.mark.parametrize(
    ("disability", "due"),
    [
        ("idea", "2026-10-23"),
        ("504", "2026-10-23"),
        ("suspected", "2026-10-23"),
        (None, "2026-10-23"),
        ("none", None),
    ],
)
def test_it_is_determined_for_all_but_those_known_to_have_no_disability(
    district: Run, disability: str | None, due: str | None
) -> None:
    known = ["--disability", disability] if disability else []
    made = district("case", "add", "--school", "R", "--setting", "home", "--json", *known)
    ref = made.json["ref"]
    spoken = district("incident", "removal", ref, "--days", "10.5", today="2026-10-08")
    assert ("child-find" in spoken.err) == (disability is None)
    row = district("incident", "list", "--json").json["items"][0]
    assert (row["total_removal_days"], row["manifestation_due_on"]) == (10.5, due)
    assert (due is not None) == any(
        day == due for day, *_ in kinds(district, "2026-10-08", "--days", "30")
    )


def test_ten_days_are_not_above_ten_and_days_come_in_halves(district: Run, idea: str) -> None:
    assert removed(district, idea, "--days", "9.5")["manifestation_due_on"] is None
    assert removed(district, idea, "--days", "0.5")["manifestation_due_on"] is None
    above = removed(district, idea, "--days", "0.5")
    assert (above["removal_days"], above["manifestation_due_on"]) == (10.5, "2026-10-23")
    for wrong in ("0.25", "-1", "1.", "two", "1e1", "1000"):
        assert district("incident", "removal", idea, f"--days={wrong}").code == 2, wrong
    given = {"days": 1.5, "decision_date": "2026-10-01"}
    assert district("incident", "removal", idea, "--json", given=given).json["removal_days"] == 1.5


def test_a_removal_decided_in_the_future_is_two(district: Run, idea: str) -> None:
    ended = district(
        "incident",
        "removal",
        idea,
        "--days",
        "1",
        "--decision-date",
        "2026-10-09",
        "--json",
        today="2026-10-08",
    )
    assert (ended.code, ended.error["fields"]) == (2, ["decision_date"])


def test_days_of_another_school_year_do_not_count(district: Run, idea: str) -> None:
    before = removed(district, idea, "--days", "9", "--decision-date", "2026-05-20")
    assert before["total_removal_days"] == 9
    now = removed(district, idea, "--days", "3", "--decision-date", "2026-10-08")
    # Without an id it belongs to the latest incident by then: the one that holds a removal alone.
    assert (now["id"], now["removal_days"], now["total_removal_days"]) == ("I1", 12, 3)
    assert now["manifestation_due_on"] is None


def test_days_before_the_first_day_of_school_do_not_count(district: Run, idea: str) -> None:
    removed(district, idea, "--days", "9", "--decision-date", "2026-08-10")
    assert removed(district, idea, "--days", "3")["total_removal_days"] == 3


def test_without_an_id_it_belongs_to_the_latest_incident_by_then(district: Run, case: str) -> None:
    for day in ("2026-09-10", "2026-09-20"):
        district("incident", "add", case, "--on", day, given=SEEN)
    assert removed(district, case, "--days", "1", "--decision-date", "2026-09-15")["id"] == "I1"
    assert removed(district, case, "--days", "1")["id"] == "I2"
    assert removed(district, case, f"{case}/i1", "--days", "1")["id"] == "I1"
    assert district("incident", "removal", case, "I9", "--days", "1").code == 5
    reviewed = district("incident", "review", case, "--by", "lee", "--json", given=FOUND)
    assert reviewed.json["id"] == "I2"
    assert district("incident", "review", case, "I9", "--by", "lee", given=FOUND).code == 5


def test_what_lies_before_the_disclosure_is_offered_for_review(district: Run, case: str) -> None:
    district("incident", "add", case, "--on", "2026-03-02", given=SEEN)
    district("incident", "review", case, "I1", "--by", "lee", "--on", "2026-03-03", given=FOUND)
    edited = district("case", "edit", case, "--identified-on", "2026-09-01")
    assert f"incident list --status revisit --case {case}" in edited.err
    row = district("incident", "list", "--status", "revisit", "--json").json["items"][0]
    assert (row["id"], row["before_disclosure"], row["review_status"]) == ("I1", True, "revisit")
    assert "1 incident was before" in district("incident", "list").err
    again = district("incident", "review", case, "I1", "--by", "lee", "--json", given=FOUND)
    assert (again.json["review_status"], again.json["before_disclosure"]) == ("done", True)
    assert district("incident", "list").err == ""
    assert (
        "1 incident was" not in district("case", "edit", case, "--identified-on", "2026-09-01").err
    )


def test_where_the_calendar_is_too_short_nothing_is_guessed_and_nothing_is_lost(
    district: Run, case: str, tmp_path: Path
) -> None:
    with (tmp_path / "district.toml").open("a") as config:
        config.write('school_year = "2026-08-24..2026-10-09"\n')
    spoken = district("incident", "removal", case, "--days", "11", today="2026-10-08")
    assert spoken.code == 0
    assert "too few school days" in spoken.err
    assert len(kinds(district, "2026-10-08", "--day")) == 2
    assert district("incident", "list", "--json").json["items"][0]["manifestation_due_on"] is None


def test_a_clock_once_set_by_law_stays_when_the_next_year_is_written_down(
    district: Run, case: str, tmp_path: Path
) -> None:
    config = tmp_path / "district.toml"
    former = config.read_text()
    config.write_text(former + 'school_year = "2025-08-25..2026-06-11"\n')
    row = removed(
        district, case, "--days", "11", "--decision-date", "2026-05-04", today="2026-05-04"
    )
    assert row["manifestation_due_on"] == "2026-05-18"
    for now in (
        'school_year = "2026-08-24..2027-06-11"\n',
        'school_years = ["2025-08-25..2026-05-08", "2026-08-24..2027-06-11"]\n',
        "",
    ):
        config.write_text(former + now)
        listed = district("incident", "list", "--json").json["items"]
        assert listed[0]["manifestation_due_on"] == "2026-05-18", now
        late = [day for day, *_ in kinds(district, "2026-06-01", "--overdue")]
        assert late == ["2026-05-04", "2026-05-18"], now


def test_school_years_add_up(district: Run, case: str, tmp_path: Path) -> None:
    with (tmp_path / "district.toml").open("a") as config:
        config.write('school_year = "2026-08-24..2027-06-11"\n')
        config.write('school_years = ["2025-08-25..2026-06-11"]\n')
    early = removed(
        district, case, "--days", "11", "--decision-date", "2026-05-04", today="2026-10-01"
    )
    assert early["manifestation_due_on"] == "2026-05-18"
    late = removed(district, case, "--days", "11", today="2026-10-08")
    assert late["total_removal_days"] == 11
    assert "2026-10-23" in [day for day, *_ in kinds(district, "2026-10-08", "--days", "30")]


def test_the_timeline_tells_it(district: Run, case: str) -> None:
    district("incident", "add", case, "--place", "bus", given=SEEN)
    district("incident", "review", case, "I1", "--by", "lee", given=FOUND)
    district("incident", "removal", case, "--days", "0.5")
    told = district("case", "timeline", case, "--status", "incident", "--json").json["items"]
    assert [one["what"] for one in told] == ["at bus", "reviewed", "removed: 0.5 days"]


START = date(2026, 10, 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 9)),
        st.tuples(
            st.just("review"), st.integers(0, 1), st.integers(0, 9), st.none() | st.booleans()
        ),
        st.tuples(
            st.just("remove"),
            st.none() | st.integers(0, 1),
            st.integers(0, 9),
            st.integers(0, 12),
            st.booleans(),
        ),
        st.tuples(st.just("wait"), st.integers(1, 9)),
    ),
    max_size=14,
)


def told(kept: list[Incident], case: Case, today: date) -> list[tuple[str, date, str, bool]]:
    world = World(ALDER, {"cases": [case], "incidents": kept})
    rows = agenda.items(world, today, today, today + timedelta(days=60))
    return [(row.source, row.due_on, row.state, "--manifestation" in row.command) for row in rows]


@explored(steps=STEPS, disability=st.sampled_from(["idea", "504", "suspected", "none", None]))
def test_no_proposal_comes_before_a_review_and_no_removal_goes_without_one_on_the_agenda(
    steps: list[tuple],
    disability: Disability | None,  # type: ignore[type-arg]
) -> None:
    case = Case(ref="HX4T", opened_on=START, school="R", setting="home", disability=disability)  # type: ignore[arg-type]
    kept = [Incident(case="HX4T", id="I1", on=START - timedelta(days=30), observed="x")]
    today = START
    for what, *rest in steps:
        if what == "wait":
            today += timedelta(days=rest[0])
        elif what == "add":
            on = today - timedelta(days=rest[0])
            kept.append(Incident(case="HX4T", id=f"I{len(kept) + 1}", on=on, observed="x"))
        elif what == "review" and rest[0] < len(kept):
            number, back, manifestation = rest
            made = Review(
                on=today - timedelta(days=back), by="lee", finding="x", manifestation=manifestation
            )
            waiting = incidents.due_reviews(kept[number])
            try:
                kept[number] = incidents.review(kept[number], made)
            except Usage:
                assert made.on < kept[number].on or len(waiting) > 1
            else:
                assert len(incidents.due_reviews(kept[number])) == max(0, len(waiting) - 1)
        elif what == "remove":
            number, back, halves, proposed = rest
            removal = Removal(
                decided_on=today - timedelta(days=back), half_days=halves, proposed=proposed
            )
            found = incidents.latest(kept, removal.decided_on) if number is None else None
            if number is not None and number < len(kept):
                found = kept[number]
            if found is None:
                continue
            used = [one.review for one in incidents.decisions(found)]
            first = max(found.on, removal.decided_on - timedelta(days=30))
            stood = bool(found.proposed) or any(
                first <= one.on <= removal.decided_on for one in found.reviews if one not in used
            )
            at = kept.index(found)
            try:
                kept[at] = incidents.remove(found, removal)
            except Refused:
                assert proposed
                assert not stood
            except Usage:
                assert halves == 0
            else:
                assert stood or not proposed
        # Whatever was done, in whatever order:
        rows = told(kept, case, today)
        for one in kept:
            decided = incidents.decisions(one)
            rests_on = [each.review for each in decided if each.review is not None]
            assert len(rests_on) == len(set(map(id, rests_on)))  # each has a review of its own
            assert all(review.on >= one.on for review in rests_on)
            assert all(each.review for each in decided if one.removals[each.first - 1].proposed)
            asked = sorted(row[1:3] for row in rows if row[0] == f"HX4T/{one.id}" and not row[3])
            waiting = [
                each.decided_on
                for each in decided
                if each.is_imposed and each.days and each.review is None
            ]
            assert asked == sorted((day, "due" if day == today else "overdue") for day in waiting)
        total = sum(removal.half_days for one in kept for removal in one.imposed)
        shown = [discipline.row(one, kept, case, ALDER) for one in kept]
        assert all(row.total_removal_days == total / 2 for row in shown if row.removal_days)
        needed = [row for row in shown if row.manifestation_due_on is not None]
        assert bool(needed) == (total > 20 and disability != "none")
        for row in needed:
            open_ = [day for source, day, _, due in rows if due and source == f"HX4T/{row.id}"]
            assert (row.manifestation_due_on in open_) == bool(open_)
            assert open_ or row.manifestation is not None
            assert row.manifestation_due_on is not None
            assert ALDER.is_school_day(row.manifestation_due_on)


@explored(day=st.dates(date(2026, 8, 24), date(2027, 5, 1)))
def test_the_tenth_school_day_has_nine_school_days_before_it(day: date) -> None:
    one = Incident(case="HX4T", id="I1", on=day, removals=(Removal(decided_on=day, half_days=21),))
    case = Case(ref="HX4T", opened_on=day, school="R", setting="home")  # type: ignore[arg-type]
    due = discipline.row(one, [one], case, ALDER).manifestation_due_on
    assert due is not None
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(ALDER.is_school_day(each) for each in between) == 10
    assert ALDER.is_school_day(due)
    none = replace(case, disability="none")
    assert discipline.row(one, [one], none, ALDER).manifestation_due_on is None
