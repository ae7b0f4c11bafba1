"""Working days: what staff dated goes to a day on which somebody works; nothing else moves."""

from collections import Counter
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given as explored
from hypothesis import settings
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.catalogue import BY_NAME, NOUN_OF, ROWS, TABLES, module_of
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.owning import answering
from reintegrate_cli.core.records import fields_of, is_form
from reintegrate_cli.core.rows import Dated, Item
from reintegrate_cli.core.working import placed
from reintegrate_cli.core.world import FARTHEST, World
from reintegrate_cli.due import agenda
from reintegrate_cli.line import glance
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.checkin.record import Schedule, Terms
from reintegrate_cli.nouns.checkin.scheduled import line_of
from reintegrate_cli.nouns.cover.record import Cover
from reintegrate_cli.nouns.safety.record import SafetyPlan
from reintegrate_cli.nouns.staff.record import WEEKDAYS, Staff
from reintegrate_cli.nouns.task.record import Task
from thoroughness import LONG

DAY = timedelta(days=1)
START = date(2026, 10, 5)
PEOPLE = ("okafor", "hale", "lee")


def schedule(id_: str, with_: str, who: str | None, chosen_by: str, every: str, **more: Any) -> Any:
    return Schedule(
        case="HX4T",
        id=id_,
        with_=with_,  # type: ignore[arg-type]
        who=who,
        terms=Terms(every=every, starts=START, anchor="calendar", **more),
        mode="phone",
        chosen_by=chosen_by,  # type: ignore[arg-type]
        chosen_on=START,
    )


SCHEDULES = (
    schedule("S1", "student", None, "student", "3d"),
    schedule("S2", "partner", "HARBOR", "staff", "3d"),
    schedule("S3", "staff", "lee", "staff", "1w", day="wed"),
    schedule("S4", "student", None, "staff", "1m", day="31"),
)


def world(
    days: dict[str, tuple[Any, ...]],
    covers: list[Cover],
    left: dict[str, date] | None = None,
    closures: frozenset[date] = frozenset(),
    **tables: Any,
) -> World:
    people = [
        Staff(slug=slug, role="other", days=days.get(slug, ()), ended_on=(left or {}).get(slug))  # type: ignore[arg-type]
        for slug in PEOPLE
    ]
    case = Case(ref="HX4T", school="Ridgeline", setting="home", opened_on=START, owner="okafor")  # type: ignore[arg-type]
    plan = SafetyPlan(
        case="HX4T", made_on=START, with_student=True, goals="x", proposed_on=START + 9 * DAY
    )
    task = Task(id="T1", case="HX4T", due_on=START + 10 * DAY, owner="okafor", text="x")  # type: ignore[arg-type]
    return World(
        Calendar(closures),
        {
            "cases": [case],
            "staff": people,
            "covers": covers,
            "schedules": list(SCHEDULES),
            "safety": [plan],
            "tasks": [task],
            **tables,
        },
    )


def view(world: World, day: date) -> list[Item]:
    """The agenda of a day, as it is read on it."""
    return agenda.items(world, day, day, day)


def finder(world: World) -> Any:
    return lambda slug: world.find("staff", slug)


def works(person: Staff, day: date) -> bool:
    if person.ended_on is not None and day >= person.ended_on:
        return False
    return WEEKDAYS[day.weekday()] in (person.days or WEEKDAYS[:5])


PATTERNS = st.lists(
    st.tuples(
        st.permutations(PEOPLE).map(lambda each: each[:2]), st.integers(-5, 40), st.integers(0, 30)
    ).map(lambda each: (*each[0], *each[1:])),
    max_size=5,
)
WEEKS = st.dictionaries(
    st.sampled_from(PEOPLE), st.lists(st.sampled_from(WEEKDAYS), unique=True, max_size=4).map(tuple)
)


@settings(max_examples=400 if LONG else 60)
@explored(
    WEEKS,
    PATTERNS,
    st.dictionaries(
        st.sampled_from(PEOPLE), st.integers(0, 60).map(lambda days: START + days * DAY)
    ),
    st.sets(st.integers(0, 40).map(lambda days: START + days * DAY), max_size=4),
)
def test_dates_land_where_somebody_works_and_none_is_lost_or_doubled(
    days: dict[str, tuple[Any, ...]],
    pattern: list[tuple[str, str, int, int]],
    left: dict[str, date],
    closed: set[date],
) -> None:
    covers = [
        Cover(
            id=f"CV{nth}",
            staff=staff,  # type: ignore[arg-type]
            by=by,  # type: ignore[arg-type]
            starts_on=START + first * DAY,
            ends_on=START + (first + more) * DAY,
        )
        for nth, (staff, by, first, more) in enumerate(pattern, 1)
    ]
    there = world(days, covers, left, frozenset(closed))
    plain = world({}, [], None, frozenset(closed))
    last = START + 60 * DAY
    rows = agenda.named(there, START, last)
    for name, row in rows.items():
        if row.was_on is None:
            continue
        if row.kind == "schedule":  # a closed day, which somebody works on: it asks for another
            assert there.calendar.is_closed(row.due_on)
            continue
        assert row.chosen_by != "student"
        assert row.kind != "task"
        assert row.was_on < row.due_on <= row.was_on + FARTHEST
        (owner,) = (each.owner for each in view(there, row.due_on) if each.id == row.id)
        met = row.who if row.kind == "conferral" else None
        slugs = (
            [owner] if met is None else [owner, answering(covers, finder(there), met, row.due_on)]
        )
        at_work = [works(finder(there)(slug), row.due_on) for slug in slugs]
        # Two who never work on one day meet on a day of the one who is met.
        assert all(at_work) or (met is not None and at_work[1]), name
    # Nothing that the student chose moves, whoever works and whoever is away.
    theirs = SCHEDULES[0]
    promised = line_of(plain, theirs).between(START, last)
    assert line_of(there, theirs).between(START, last) == promised
    # Each date that follows from the terms is there once, on its day or a later one.
    for one in SCHEDULES:
        wanted = [each.nominal for each in line_of(plain, one).between(START, last)]
        found = line_of(there, one).between(START, last + FARTHEST)
        names = Counter(name for each in found for name in each.names)
        assert [names[name] for name in wanted] == [1] * len(wanted)
        assert len({each.due_on for each in found}) == len(found)
    # One plan has one review, and a task one date.
    for source, kind in (("HX4T/safety", "safety"), ("HX4T/T1", "task")):
        assert [row.kind for row in rows.values() if row.source == source] == [kind]
    # Who is away moves no date for good: a year later it is as if there were no covers.
    later = last + 300 * DAY
    for one in SCHEDULES:
        home = line_of(world(days, [], left), one).between(later, later + 40 * DAY)
        assert line_of(there, one).between(later, later + 40 * DAY) == home


# What moves is said in the catalogue, by kind.


STAYING = {
    "adjustment": "an adjustment that stands was agreed with the student, and so was its review",
    "care": "it merely asks",
    "concern": "its reviews are due within days that a rule counts (H4)",
    "mou": "MOUs never move",
}
"""Nouns with reviews whose rows stay on their day, on purpose."""


def names(kind: type) -> set[str]:
    """The fields of a record, and of what stands inside of it."""
    found: set[str] = set()
    for spec in fields_of(kind):
        found.add(spec.name)
        for part in get_args(spec.type):
            if is_form(part):
                found |= names(part)
    return found


@pytest.mark.parametrize("table", [name for name, row in TABLES.items() if row.dated])
def test_law_3_a_noun_with_a_review_says_so_in_the_catalogue(table: str) -> None:
    kind = getattr(load(module_of(table)), TABLES[table].kind)
    if names(kind) & {"review_on", "revisit_on"}:
        noun = NOUN_OF[table]
        assert any(row.reviews for row in BY_NAME[noun].rows) != (noun in STAYING), (
            f"Row(..., reviews=True) says that the reviews of {noun} move to working days"
        )


@pytest.mark.parametrize("kind", ROWS)
def test_deadlines_never_move(kind: str) -> None:
    row = Dated(source="HX4T/X1", command="", due_on=START, kind=kind)
    deadlines = "funding mandated hearing release mou paper task birthday need credit conference"
    contacts = "checkin conferral partner_checkin"
    assert row.rolls == (kind in contacts.split() or ROWS[kind].reviews)
    assert not (row.rolls and (kind in deadlines.split() or ROWS[kind].asks))
    for one in (
        {"sort": "law"},
        {"asks": True},
        {"chosen_by": "student"},
        {"chosen_by": "caregiver"},
    ):
        assert not Dated(source="HX4T/X1", command="", due_on=START, kind=kind, **one).rolls  # type: ignore[arg-type]


# As it is typed.


@pytest.fixture
def part_time(district: Run, case: str) -> str:
    """A case of okafor, who works on Monday, Tuesday and Thursday; lee works on Wednesday alone."""
    assert district("staff", "edit", "okafor", "--days", "mon,tue,thu").code == 0
    assert district("staff", "edit", "lee", "--days", "wed").code == 0
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    return case


def rows(run: Run, today: str, *line: str) -> dict[str, tuple[str, str | None, str]]:
    items = run("agenda", "--days", "13", *line, "--json", today=today).json["items"]
    return {row["id"]: (row["due_on"], row["was_on"], row["owner"]) for row in items}


def test_what_staff_dated_goes_forward_and_keeps_the_day_it_was_on(
    district: Run, part_time: str
) -> None:
    ref = part_time
    line = ("checkin", "schedule", ref, "--with", "partner", "--who", "HARBOR", "--mode", "phone")
    assert district("partner", "add", "HARBOR", "--kind", "other", "--regime", "none").code == 0
    assert district(*line, "--every", "1w", "--day", "wed", "--starts", "2026-10-07").code == 0
    theirs = ("--chosen-by", "student", "--chosen-on", "today", "--every", "1w", "--day", "wed")
    line = ("checkin", "schedule", ref, "--with", "student", "--mode", "phone", *theirs)
    assert district(*line, "--starts", "2026-10-07").code == 0
    assert rows(district, "2026-10-05", "--case", ref) == {
        f"{ref}/S1@2026-10-08": ("2026-10-08", "2026-10-07", "okafor"),
        f"{ref}/S1@2026-10-15": ("2026-10-15", "2026-10-14", "okafor"),
        f"{ref}/S2@2026-10-07": ("2026-10-07", None, "okafor"),
        f"{ref}/S2@2026-10-14": ("2026-10-14", None, "okafor"),
    }
    # Who covers works every weekday: the date is where it was, and settles by either id.
    dates = ("--starts", "2026-10-05", "--ends", "2026-10-09")
    assert district("cover", "add", "okafor", "--by", "hale", *dates, today="2026-10-05").code == 0
    covered = rows(district, "2026-10-05", "--case", ref)
    assert covered[f"{ref}/S1@2026-10-07"] == ("2026-10-07", None, "hale")
    assert covered[f"{ref}/S1@2026-10-15"] == ("2026-10-15", "2026-10-14", "okafor")
    assert district("cover", "end", "CV1", "--on", "2026-10-05", today="2026-10-05").code == 0
    settled = district("settle", f"{ref}/S1@2026-10-07", "--mode", "phone", today="2026-10-08")
    assert settled.code == 0, settled.err
    left = rows(district, "2026-10-08", "--case", ref)
    assert [id_ for id_ in left if "/S1@" in id_] == [
        f"{ref}/S1@2026-10-15",
        f"{ref}/S1@2026-10-21",
    ] or [id_ for id_ in left if "/S1@" in id_] == [f"{ref}/S1@2026-10-15"]


def test_a_conferral_is_on_a_day_of_both_or_else_of_whom_it_is_with(
    district: Run, part_time: str
) -> None:
    line = ("checkin", "schedule", part_time, "--with", "staff", "--who", "lee")
    more = ("--mode", "in_person", "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    assert district(*line, *more).code == 0
    (first, *_) = rows(district, "2026-10-05", "--kind", "conferral").values()
    assert first == ("2026-10-07", "2026-10-06", "okafor")  # no day is both's: lee's Wednesday
    assert district("staff", "edit", "lee", "--days", "wed,thu").code == 0
    (first, *_) = rows(district, "2026-10-05", "--kind", "conferral").values()
    assert first == ("2026-10-08", "2026-10-06", "okafor")


def test_a_deadline_stays_and_says_so_from_the_last_working_day(
    district: Run, part_time: str
) -> None:
    line = ("task", "add", "--case", part_time, "--owner", "okafor", "--due")
    for day in ("2026-10-09", "2026-10-08"):
        assert district(*line, day, given={"text": "x"}).code == 0
    assert not rows(district, "2026-10-07", "--status", "due")
    due = district("today", "--json", today="2026-10-08").json["items"]
    assert {(row["id"].split("@")[0], row["label"], row["state"]) for row in due} == {
        (f"{part_time}/T2", "task T2 Thu 8 Oct", "due"),
        (f"{part_time}/T1", "task T1, before you are off Fri 9 Oct", "due"),
    }
    assert "task T1, before you are off" in district("agenda", today="2026-10-08").out
    # Hale covers on that Friday, and works then.
    dates = ("--starts", "2026-10-09", "--ends", "2026-10-09")
    assert district("cover", "add", "okafor", "--by", "hale", *dates).code == 0
    assert [
        row["label"] for row in district("today", "--json", today="2026-10-08").json["items"]
    ] == ["task T2 Thu 8 Oct"]


def test_the_mail_counts_what_the_agenda_has_late(district: Run, part_time: str) -> None:
    line = ("checkin", "schedule", part_time, "--with", "partner", "--who", "HARBOR", "--mode")
    assert district("partner", "add", "HARBOR", "--kind", "other", "--regime", "none").code == 0
    more = ("phone", "--every", "1w", "--day", "wed", "--starts", "2026-10-07")
    assert district(*line, *more).code == 0
    for day, late in (("2026-10-08", 0), ("2026-10-09", 1)):
        found = district("agenda", "--overdue", "--json", today=day).json["items"]
        assert len(found) == late
        assert district("case", "list", "--json", today=day).json["items"][0]["overdue"] == late
    assert district("doctor", today="2026-10-09").err.count("index") == 0


@pytest.mark.parametrize(("until", "moved"), [(None, True), (5, True), (2, False)])
def test_nothing_goes_past_the_day_on_which_it_ends_by_itself(
    until: int | None, moved: bool
) -> None:
    friday = date(2026, 10, 9)
    there = world({"okafor": ("mon",)}, [])
    last = None if until is None else friday + until * DAY
    row = Dated(source="HX4T/X1", command="", label="x", due_on=friday, kind="safety", until=last)
    found = placed(there, row, "okafor")
    assert (found.was_on, found.due_on) == ((friday, friday + 3 * DAY) if moved else (None, friday))
    assert found.label.endswith("before you are off") != moved


def test_on_a_full_line_what_a_row_is_about_is_cut_and_never_that_it_is_before_you_are_off(
    capsys: pytest.CaptureFixture[str],
) -> None:
    friday = date(2026, 10, 9)
    there = world({"okafor": ("mon",)}, [])
    long = "a task with a label that is far too long for a line"
    row = Dated(source="HX4T/T1", command="", label=long, due_on=friday, kind="task", case="HX4T")
    found = placed(there, row, "okafor")
    item = Item(
        **{
            name: getattr(found, name)
            for name in Item.__struct_fields__
            if name not in ("id", "label")
        },
        id="HX4T/T1@2026-10-09",
        label=f"{found.label} Fri 9 Oct",
    )
    glance.agenda([item], friday - 4 * DAY)
    (_, line) = capsys.readouterr().out.splitlines()
    assert len(line) <= 80
    assert "before you are off" in line
    assert "a task with a label" in line
