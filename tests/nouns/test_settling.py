"""What a contact settles, in whichever order things are entered, and what nothing changes later."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.calendar import Calendar, Span
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.working import Hands
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import index as wakes
from reintegrate_cli.kept import session
from reintegrate_cli.kept.store import Store
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.case.record import Case, Change, Identity
from reintegrate_cli.nouns.checkin.occurrences import Ground, Line, Occurrence
from reintegrate_cli.nouns.checkin.record import CheckIn, Outcome, Pause, Schedule, Terms
from reintegrate_cli.nouns.checkin.rhythm import Run as Run_
from reintegrate_cli.nouns.checkin.rhythm import rhythms
from reintegrate_cli.nouns.checkin.scheduled import ground_of, line_of
from reintegrate_cli.nouns.contact.record import SafeContact
from reintegrate_cli.nouns.cover.record import Cover
from reintegrate_cli.nouns.staff.record import Staff
from reintegrate_cli.nouns.team.record import Chosen, Seat, Team
from test_wakes import District
from thoroughness import LONG

START = date(2026, 10, 6)
GROUND = Ground(Calendar())
PART_TIME = World(
    Calendar(),
    {"staff": [Staff(slug="lee", role="school_counselor", days=("tue", "thu"))]},  # type: ignore[arg-type]
)
FAR = timedelta(days=400)


def on(days: int) -> date:
    return START + timedelta(days=days)


def agreed(every: str, anchor: str, window: int | None = None, **more: Any) -> Schedule:
    terms = Terms(every=every, anchor=anchor, starts=START, window=window)  # type: ignore[arg-type]
    return Schedule(
        case="HX4T",
        id="S1",
        with_="student",
        terms=terms,
        mode="phone",
        chosen_by="student",
        chosen_on=START,
        **more,
    )


def entry(number: int, outcome: Outcome, day: int, due: int | None = None) -> CheckIn:
    return CheckIn(
        case="HX4T",
        id=f"E{number}",
        schedule="S1",
        outcome=outcome,
        happened_on=on(day),
        due_on=None if due is None else on(due),
    )


def moved(number: int, due: int, to: int) -> CheckIn:
    return CheckIn(
        case="HX4T",
        id=f"E{number}",
        schedule="S1",
        outcome="moved",
        happened_on=START,
        due_on=on(due),
        to=on(to),
    )


Row = tuple[date, str | None, date | None]


def rows(found: Sequence[Occurrence]) -> list[Row]:
    return [(one.due_on, one.outcome, one.happened_on) for one in found]


def record(line: Line, upto: int = 200) -> list[Row]:
    first = line.first()
    return rows(line.settled() + ([] if first is None else line.between(first.due_on, on(upto))))


SCHEDULES = st.builds(
    agreed,
    st.sampled_from(["3d", "1w", "2w", "1m"]),
    st.sampled_from(["calendar", "last"]),
    st.sampled_from([None, None, 0, 1, 5, 9]),
)
SETTLING = ("done", "declined", "cancelled")
OUTCOMES = st.sampled_from(["done", "done", "declined", "cancelled", "attempted", "missed"])
ENTRIES = st.lists(st.tuples(OUTCOMES, st.integers(-10, 90)), max_size=7)


def entered(found: Sequence[tuple[Any, ...]]) -> list[CheckIn]:
    return [entry(number, *one) for number, one in enumerate(found, 1)]


@given(SCHEDULES, ENTRIES, st.randoms(use_true_random=False))
def test_in_any_order_of_entry_the_record_is_the_same(
    schedule: Schedule, happened: list[tuple[Any, ...]], random: Any
) -> None:
    shuffled = list(happened)
    random.shuffle(shuffled)
    one = record(Line(schedule, entered(happened), GROUND))
    assert one == record(Line(schedule, entered(shuffled), GROUND))
    assert len({day for day, _, _ in one}) == len(one)


@given(
    st.sampled_from(["3d", "1w", "2w"]),
    st.lists(st.tuples(OUTCOMES, st.integers(-10, 60), st.none() | st.integers(0, 8)), max_size=6),
    st.randoms(use_true_random=False),
)
@example("1w", [("done", 7, None), ("done", 8, 0)], None)
@example("1w", [("done", 0, None), ("done", 7, 1)], None)
@example("1w", [("missed", 7, 0), ("done", 7, None)], None)
def test_a_date_that_is_named_is_met_in_any_order_of_entry(
    every: str, said: list[tuple[str, int, int | None]], random: Any
) -> None:
    schedule = agreed(every, "calendar")
    length = int(every[0]) * (1 if every[1] == "d" else 7)
    named = [nth for outcome, _, nth in said if nth is not None and outcome in SETTLING]
    assume(len(named) == len(set(named)))
    happened = [(outcome, day, None if nth is None else nth * length) for outcome, day, nth in said]
    shuffled = list(reversed(happened))
    if random is not None:
        random.shuffle(shuffled)
    line = Line(schedule, entered(happened), GROUND)
    assert record(line) == record(Line(schedule, entered(shuffled), GROUND))
    met = {day: (outcome, when) for day, outcome, when in record(line)}
    for outcome, day, due in happened:
        if due is not None and outcome in SETTLING:
            assert met[on(due)] == (outcome, on(day))


@given(SCHEDULES, ENTRIES)
def test_what_is_fixed_says_what_was_settled(
    schedule: Schedule, happened: list[tuple[Any, ...]]
) -> None:
    line = Line(schedule, entered(happened), GROUND)
    again = Line(schedule, line.fixed(), GROUND)
    assert record(again) == record(line)
    assert again.fixed() == []


@st.composite
def changes(draw: st.DrawFn) -> tuple[dict[str, Any], Ground, list[CheckIn]]:
    """Draw something that is written later: terms, a pause, an end, a rest, moves and contacts."""
    more: dict[str, Any] = {}
    ground = GROUND
    what = draw(st.sampled_from(["pause", "edit", "end", "rest", "move", "none"]))
    day = draw(st.integers(-5, 90))
    if what == "pause":
        until = draw(st.none() | st.integers(day + 1, day + 60))
        more["pauses"] = (Pause(on=on(day), until=None if until is None else on(until)),)
    elif what == "edit":
        every = draw(st.sampled_from(["3d", "1w", "1m", "none"]))
        anchor = draw(st.sampled_from(["calendar", "last"]))
        more["terms"] = Terms(every=every, anchor=anchor, starts=on(day), began_on=on(day))  # type: ignore[arg-type]
        more["former"] = True
    elif what == "end":
        more["ended_on"] = on(day)
    elif what == "rest":
        ground = Ground(
            Calendar(),
            rests=(Span(on(day), on(day + draw(st.integers(1, 60)))),),
            hands=Hands(PART_TIME, "checkin", None, home="lee"),
        )
    later = [entry(50 + nth, *one) for nth, one in enumerate(draw(ENTRIES))]
    if what == "move":
        to = draw(st.integers(0, 120))
        later = [moved(40, day, to), *later]
    return more, ground, later


@given(SCHEDULES, ENTRIES, changes())
def test_no_change_and_nothing_after_it_alters_what_was_settled(
    schedule: Schedule,
    happened: list[tuple[Any, ...]],
    change: tuple[dict[str, Any], Ground, list[CheckIn]],
) -> None:
    more, ground, later = change
    line = Line(schedule, entered(happened), GROUND)
    settled = rows(line.settled())
    # A day on which something was settled is not promised once more.
    assume(not {event.to for event in later} & {day for day, _, _ in settled})
    if more.pop("former", False):
        more["former"] = (replace(schedule.terms, ended_on=more["terms"].starts),)
    changed = Line(replace(schedule, **more), [*line.fixed(), *later], ground)
    found = rows(changed.settled())
    assert [row for row in found if row in settled] == settled
    assert len({day for day, _, _ in found}) == len(found)
    first = changed.first()
    reopened = [] if first is None else changed.between(first.due_on, on(200))
    again = {one.due_on for one in reopened if not one.booked}
    assert not again & {day for day, _, _ in settled}


# Dates are found from the anchor.


@given(
    st.sampled_from(["1d", "3d", "1w", "2w", "1m", "5m"]),
    st.sampled_from(["", "wed", "31", "last"]),
    st.dates(date(1900, 1, 1), date(2030, 1, 1)),
    st.integers(0, 80_000),
    st.integers(0, 400),
)
def test_the_dates_around_a_day_are_those_of_a_walk_from_the_start(
    every: str, day: str, starts: date, ahead: int, length: int
) -> None:
    assume(not day or ((day == "wed") == (every[-1] == "w") and every[-1] != "d"))
    terms = Terms(every=every, day=day or None, anchor="calendar", starts=starts)
    (rhythm,) = rhythms(terms)
    since = starts + timedelta(days=ahead)
    upto = since + timedelta(days=length)
    walked = []
    for step in range(200_000):
        found = rhythm.at(step)
        if found is None or found > upto:
            break
        if found >= since:
            walked.append(found)
    near = []
    for found in rhythm.since(since):
        if found > upto:
            break
        near.append(found)
    assert near == walked
    back = []
    for found in rhythm.until(upto):
        if found < since:
            break
        back.append(found)
    assert back == walked[::-1]


def test_a_start_long_ago_costs_no_more_than_one_of_last_week(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[date] = []
    due = Run_._due

    def counted(self: Run_, nominal: date) -> date:
        looked.append(nominal)
        return due(self, nominal)

    monkeypatch.setattr(Run_, "_due", counted)
    counts = []
    for starts in (date(1900, 1, 1), date(2026, 9, 29)):
        schedule = agreed("1d", "calendar")
        schedule = replace(schedule, terms=replace(schedule.terms, starts=starts))
        world = World(
            Calendar(),
            {
                "cases": [Case(ref="HX4T", opened_on=START, school="R", setting="home")],  # type: ignore[arg-type]
                "schedules": [schedule],
                "contacts": [entry(1, "declined", -1), entry(2, "done", 0)],
            },
        )
        looked.clear()
        items = agenda.items(world, START, START, on(6))
        assert [one.due_on for one in items] == [on(1), on(2), on(3), on(4), on(5), on(6)]
        counts.append(len(looked))
    assert counts[0] == counts[1] < 100


def test_however_many_dates_pass_unrecorded_they_are_kept_in_few_words() -> None:
    schedule = agreed("1d", "calendar")
    schedule = replace(schedule, terms=replace(schedule.terms, starts=date(1900, 1, 1)))
    (event,) = Line(schedule, [entry(1, "done", 0)], GROUND).fixed()
    assert event.fixed is not None
    assert [(one.outcome, one.times) for one in event.fixed] == [
        ("done", 1),
        ("unrecorded", (START - date(1900, 1, 1)).days),
    ]
    again = Line(schedule, [event], GROUND)
    assert rows(again.settled(on(-2), on(0))) == [
        (on(-2), "unrecorded", None),
        (on(-1), "unrecorded", None),
        (on(0), "done", on(0)),
    ]


# What a person sees of it.


TUESDAYS = ("--every", "1w", "--day", "tue", "--starts", "2026-10-06", "--at", "15:45")


def agree(run: Run, ref: str, *options: str, today: str = "2026-10-01") -> None:
    made = run(
        "checkin",
        "schedule",
        ref,
        "--with",
        "student",
        "--mode",
        "in-person",
        "--chosen-by",
        "student",
        "--chosen-on",
        "2026-09-01",
        *(options or TUESDAYS),
        today=today,
    )
    assert made.code == 0, made.err


def listed(
    run: Run, ref: str, *more: str, today: str = "2026-10-28"
) -> list[tuple[str, str | None]]:
    items = run("checkin", "list", "--case", ref, *more, "--json", today=today).json["items"]
    return [(one["due_on"], one["outcome"]) for one in items]


def settled(run: Run, ref: str) -> list[tuple[str, str, str | None]]:
    items = run("checkin", "list", "--case", ref, "--json", today="2026-10-28").json["items"]
    return [
        (one["due_on"], one["outcome"], one["happened_on"])
        for one in items
        if one["outcome"] not in (None, "missed", "attempted")
    ]


def said(run: Run, ref: str, outcome: str, *more: str, today: str) -> Any:
    ended = run("checkin", outcome, ref, *more, today=today)
    assert ended.code == 0, ended.err
    return ended


CHANGES: list[tuple[list[str], dict[str, Any]]] = [
    (["checkin", "pause", "REF", "S1", "--on", "2026-10-01", "--asked-by", "student"], {}),
    (["checkin", "edit", "REF", "S1", "--every", "2w", "--chosen-by", "student"], {}),
    (
        [
            "checkin",
            "edit",
            "REF",
            "S1",
            "--starts",
            "2026-10-06",
            "--every",
            "3d",
            "--chosen-by",
            "student",
        ],
        {},
    ),
    (["checkin", "end", "REF", "S1", "--on", "2026-10-02", "--asked-by", "student"], {}),
    (
        [
            "checkin",
            "move",
            "REF",
            "--on",
            "2026-10-27",
            "--to",
            "2026-10-28",
            "--asked-by",
            "student",
        ],
        {},
    ),
    (["case", "pause", "REF", "--on", "2026-10-01"], {}),
    (["case", "close", "REF", "--on", "2026-10-01", "--reason", "moved"], {}),
    (["contact", "set", "REF"], {"mode": "student_initiates", "on": "2026-10-01"}),
    (
        ["contact", "set", "REF"],
        {"mode": "we_contact", "on": "2026-10-01", "pause_until": "2026-12-01"},
    ),
]


@pytest.mark.parametrize(("line", "fields"), CHANGES, ids=[" ".join(one[0]) for one in CHANGES])
def test_every_change_first_fixes_what_is_settled(
    district: Run, case: str, line: list[str], fields: dict[str, Any]
) -> None:
    agree(district, case)
    said(district, case, "decline", "--on", "2026-10-07", today="2026-10-22")
    said(district, case, "done", "--on", "2026-10-21", today="2026-10-22")
    before = settled(district, case)
    assert before == [
        ("2026-10-06", "declined", "2026-10-07"),
        ("2026-10-13", "unrecorded", None),
        ("2026-10-20", "done", "2026-10-21"),
    ]
    words = [word.replace("REF", case) for word in line]
    changed = district(*words, "--json", given=fields, today="2026-10-22")
    assert changed.code == 0, changed.err
    assert settled(district, case) == before
    # Whatever is entered after it: the date that was passed over stays one that was.
    if "end" not in line:
        late = said(district, case, "done", "--on", "2026-10-13", today="2026-10-23")
        assert "settles no date" in late.err
        assert [row for row in settled(district, case) if row in before] == before
    kept = district("case", "timeline", case, "--status", "checkin", "--json").json["items"]
    assert {row["by"] for row in kept} <= {"okafor", "student"}


def test_undoing_the_change_frees_what_it_fixed(district: Run, case: str) -> None:
    agree(district, case)
    said(district, case, "done", "--on", "2026-10-13", today="2026-10-14")
    district("case", "pause", case, today="2026-10-14")
    assert district("undo", today="2026-10-14").code == 0
    said(district, case, "done", "--on", "2026-10-06", today="2026-10-14")
    assert listed(district, case)[:2] == [("2026-10-06", "done"), ("2026-10-13", "done")]


def test_who_entered_a_contact_stays_who_entered_it(district: Run, case: str) -> None:
    agree(district, case)
    said(district, case, "done", today="2026-10-06")
    session.begin(None, None)
    with session.reading() as store:
        (entered_,) = store.checkins.all(case=case)
    district("checkin", "pause", case, "S1", "--asked-by", "student", today="2026-10-07")
    session.begin(None, None)
    with session.reading() as store:
        (kept,) = store.checkins.all(case=case)
    assert (kept.entered_at, kept.entered_by) == (entered_.entered_at, entered_.entered_by)
    assert kept.fixed is not None


def test_a_decline_before_a_pause_stays_what_it_declined(district: Run, case: str) -> None:
    agree(district, case, "--every", "2w", "--day", "tue", "--starts", "2026-11-10")
    said(district, case, "decline", today="2026-11-10")
    district("case", "pause", case, "--until", "2026-11-24", today="2026-11-10")
    items = district("checkin", "list", "--json", today="2026-11-24").json["items"]
    assert [(one["due_on"], one["outcome"]) for one in items] == [
        ("2026-11-10", "declined"),
        ("2026-11-24", None),
    ]


@pytest.mark.parametrize("window", [(), ("--window", "7d"), ("--window", "2w")])
@pytest.mark.parametrize("more", [(), ("--on", "2026-11-03")])
def test_a_miss_after_a_contact_marks_no_day_to_come(
    district: Run, case: str, window: tuple[str, ...], more: tuple[str, ...]
) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-11-03", *window)
    said(district, case, "done", today="2026-11-03")
    told = said(district, case, "miss", *more, today="2026-11-03")
    assert "noted at no date" in told.err
    assert listed(district, case, "--until", "2026-11-10", today="2026-11-03") == [
        ("2026-11-03", "done"),
        ("2026-11-10", None),
    ]
    refused = district("checkin", "miss", case, "--due", "2026-11-10", "--json", today="2026-11-03")
    assert (refused.code, refused.error["fields"]) == (2, ["due"])


def test_due_names_the_date_that_is_meant(district: Run, case: str) -> None:
    agree(district, case)
    said(district, case, "done", "--due", "2026-10-06", today="2026-10-14")
    assert listed(district, case, today="2026-10-14") == [
        ("2026-10-06", "done"),
        ("2026-10-13", None),
    ]
    said(district, case, "done", today="2026-10-20")
    said(district, case, "miss", "--due", "2026-10-13", today="2026-10-20")
    said(district, case, "cancel", "--due", "2026-11-03", today="2026-10-20")
    assert listed(district, case) == [
        ("2026-10-06", "done"),
        ("2026-10-13", "missed"),
        ("2026-10-20", "done"),
        ("2026-10-27", None),
        ("2026-11-03", "cancelled"),
    ]
    gone = district("checkin", "done", case, "--due", "2026-10-15", "--json", today="2026-10-20")
    assert (gone.code, gone.error["hint"]) == (
        5,
        "the next dates are 2026-10-27, 2026-11-10, 2026-11-17",
    )
    taken = district("checkin", "decline", case, "--due", "2026-10-20", today="2026-10-20")
    assert taken.code == 5


@pytest.mark.parametrize(
    ("outcome", "on_", "says"),
    [
        ("done", "2026-10-01", "none was due yet"),
        ("decline", "2026-10-01", "near enough"),
        ("cancel", "2026-10-10", ""),
        ("attempt", "2026-10-02", "near enough"),
        ("miss", "2026-10-05", "near enough"),
        ("done", "2026-10-17", ""),
        ("decline", "2026-10-17", ""),
    ],
)
def test_what_settles_nothing_says_so(
    district: Run, case: str, outcome: str, on_: str, says: str
) -> None:
    agree(district, case)
    told = said(district, case, outcome, "--on", on_, today="2026-10-17")
    assert (says or "no date") in told.err if says else "no date" not in told.err


def test_a_date_gets_another_time_and_the_rhythm_stays(district: Run, case: str) -> None:
    agree(district, case)
    line = (
        "checkin",
        "move",
        case,
        "--on",
        "2026-10-13",
        "--to",
        "2026-10-13",
        "--at",
        "9:05",
        "--asked-by",
        "student",
    )
    ended = district(*line, today="2026-10-06")
    assert ended.code == 0, ended.err
    assert "at: 9:05 in the morning" in ended.err
    shown = district("agenda", "--days", "14", "--json", today="2026-10-06").json["items"]
    assert [(one["due_on"], one["at"]) for one in shown] == [
        ("2026-10-06", "15:45"),
        ("2026-10-13", "09:05"),
        ("2026-10-20", "15:45"),
    ]


def test_days_on_which_a_caregiver_was_not_to_be_contacted_do_not_come_back(
    district: Run, case: str
) -> None:
    district("care", "add", case, "--role", "caregiver")

    def decided(answer: str, today: str) -> None:
        district(
            "care",
            "family",
            case,
            "K1",
            "--appropriate",
            answer,
            "--decided-by",
            "student",
            today=today,
        )

    decided("yes", "2026-10-01")
    made = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "caregiver",
        "--who",
        "K1",
        "--mode",
        "phone",
        "--chosen-by",
        "caregiver",
        "--chosen-on",
        "today",
        *TUESDAYS,
    )
    assert made.code == 0, made.err
    said(district, case, "done", today="2026-10-06")
    decided("no", "2026-10-07")
    decided("no", "2026-10-21")
    decided("yes", "2026-11-04")
    rows_ = district("agenda", "--days", "7", "--json", today="2026-11-11").json["items"]
    assert [(one["due_on"], one["state"]) for one in rows_ if one["kind"] == "checkin"] == [
        ("2026-11-10", "overdue"),
        ("2026-11-17", "upcoming"),
    ]


def test_a_person_reads_that_nothing_was_recorded(district: Run, case: str) -> None:
    agree(district, case)
    said(district, case, "done", today="2026-10-13")
    shown = district("checkin", "list", today="2026-10-13").out
    assert "nothing recorded" in shown
    assert "missed" not in shown


def test_behind_a_closed_date_the_first_that_was_promised_is_announced_and_late(
    district: Run, case: str
) -> None:
    agree(district, case, "--every", "1m", "--day", "30", "--starts", "2026-09-30")
    said(district, case, "done", today="2026-10-01")
    rows_ = [
        [
            (one["due_on"], one["kind"], one["state"], one["days_late"])
            for one in district("agenda", "--day", "--json", today=today).json["items"]
        ]
        for today in ("2026-11-14", "2026-11-15", "2026-12-01")
    ]
    asked = ("2026-10-30", "schedule", "due", 0)
    assert rows_ == [
        [asked],
        [("2026-11-30", "checkin", "due", 0), asked],
        [("2026-11-30", "checkin", "overdue", 1), asked],
    ]


# What dates rest on.


class Seen(World):
    """A world that notes which tables are looked at."""

    def records(self, table: str) -> Sequence[Any]:
        self.__dict__.setdefault("tables", set()).add(table)
        return super().records(table)


@pytest.mark.parametrize("with_", ["student", "caregiver", "staff", "partner"])
def test_whatever_dates_rest_on_fixes_them_before_it_changes(with_: str) -> None:
    case = Case(ref="HX4T", opened_on=START, school="R", setting="home")  # type: ignore[arg-type]
    part_time = Staff(slug="lee", role="other", days=("mon",))  # type: ignore[arg-type]
    seen = Seen(Calendar(), {"cases": [replace(case, owner="lee")], "staff": [part_time]})
    schedule = replace(agreed("1w", "calendar"), with_=with_, who="K1", chosen_by="caregiver")  # type: ignore[arg-type]
    ground_of(seen, schedule)
    tables = vars(seen)["tables"]
    assert (
        {"cases", "staff", "covers", "teams"}
        <= tables
        <= {name for name, row in TABLES.items() if row.grounds}
    )


# The same through the store: whatever is kept, in any order, alters nothing that was settled.


DAY = st.integers(-10, 60)
REST = st.none() | st.integers(1, 40)
ACTS = st.one_of(
    st.tuples(st.just("entry"), st.integers(1, 3), OUTCOMES, DAY),
    st.tuples(st.just("entry"), st.integers(1, 3), OUTCOMES, DAY),
    st.tuples(st.just("entry"), st.integers(1, 3), st.just("done"), DAY),
    st.tuples(st.just("move"), st.integers(1, 3), st.integers(0, 9), st.integers(61, 120)),
    st.tuples(st.just("pause"), st.integers(1, 3), DAY, REST),
    st.tuples(
        st.just("edit"),
        st.integers(1, 3),
        DAY,
        st.sampled_from(["3d", "1w", "1m", "none"]),
        st.sampled_from(["calendar", "last"]),
    ),
    st.tuples(st.just("end"), st.integers(1, 3), DAY),
    st.tuples(
        st.just("turn"), st.sampled_from(["paused", "resumed", "closed", "reopened"]), DAY, REST
    ),
    st.tuples(st.just("contact"), st.sampled_from(["student_initiates", "we_contact"]), DAY, REST),
    st.tuples(st.just("care"), st.booleans(), DAY),
    st.tuples(st.just("born"), DAY),
    st.tuples(
        st.just("staff"),
        st.sampled_from(["lee", "okafor"]),
        st.sampled_from([(), ("mon",), ("tue", "thu")]),
        st.none() | DAY,
    ),
    st.tuples(
        st.just("cover"),
        st.integers(1, 2),
        st.sampled_from([("lee", "okafor"), ("okafor", "lee"), ("lee", "hale")]),
        DAY,
        st.integers(0, 20),
    ),
    st.tuples(
        st.just("team"),
        st.sampled_from(["school_team", "specialist"]),
        st.sampled_from(["lee", "hale"]),
    ),
    st.tuples(st.just("owner"), st.sampled_from(["lee", "okafor"])),
)
WITH = (("student", None, "student"), ("caregiver", "K1", "caregiver"), ("staff", "lee", "staff"))


def begin(store: Store) -> None:
    store.staff.put(Staff(slug="lee", role="school_counselor"))  # type: ignore[arg-type]
    store.cases.put(Case(ref="HX4T", opened_on=START, school="R", setting="home", owner="lee"))  # type: ignore[arg-type]
    store.care.put(CareMember(case="HX4T", id="K1", role="caregiver", appropriate="yes"))
    for number, (with_, who, chosen_by) in enumerate(WITH, 1):
        schedule = agreed("1w" if number < 3 else "3d", "calendar" if number < 3 else "last")
        store.schedules.put(
            replace(
                schedule,
                id=f"S{number}",
                with_=with_,
                who=who,  # type: ignore[arg-type]
                chosen_by=chosen_by,
            )
        )


def do(store: Store, act: tuple[Any, ...], line: Callable[[str], Line]) -> None:
    """Keep one thing, as commands do."""
    what, *rest = act
    case = store.cases.get("HX4T")
    if what in ("entry", "move", "pause", "edit", "end"):
        schedule = store.schedules.get("HX4T", f"S{rest[0]}")
    if what == "entry":
        _, outcome, day = rest
        store.checkins.put(
            replace(entry(1, outcome, day), id=store.checkins.next_id("HX4T"), schedule=schedule.id)
        )
    elif what == "move":
        _, nth, to = rest
        first = line(schedule.id).first()
        coming = [] if first is None else line(schedule.id).between(first.due_on, on(90))
        if nth < len(coming):
            made = replace(
                moved(1, 0, to),
                id=store.checkins.next_id("HX4T"),
                schedule=schedule.id,
                due_on=coming[nth].nominal,
            )
            store.checkins.put(made)
    elif what == "pause":
        _, day, length = rest
        pause = Pause(on=on(day), until=None if length is None else on(day + length))
        store.schedules.put(replace(schedule, pauses=(*schedule.pauses, pause)))
    elif what == "edit":
        _, day, every, anchor = rest
        terms = Terms(every=every, anchor=anchor, starts=on(day), began_on=on(day))
        store.schedules.put(
            replace(
                schedule,
                terms=terms,
                former=(*schedule.former, replace(schedule.terms, ended_on=on(day))),
            )
        )
    elif what == "end":
        store.schedules.put(replace(schedule, ended_on=on(rest[1])))
    elif what == "turn":
        kind, day, length = rest
        change = Change(
            on=on(day), kind=kind, until=on(day + length) if length and kind == "paused" else None
        )
        store.cases.put(replace(case, changes=(*case.changes, change)))
    elif what == "contact":
        mode, day, length = rest
        store.contact.put(
            SafeContact(
                case="HX4T",
                mode=mode,
                set_on=on(day),
                pause_until=on(day + length) if length else None,
            )
        )
    elif what == "care":
        yes, day = rest
        member = store.care.get("HX4T", "K1")
        store.care.put(
            replace(member, appropriate="yes" if yes else "no", closed_on=None if yes else on(day))
        )
    elif what == "born":
        day = on(rest[0])
        store.identities.put(Identity(case="HX4T", birth_date=day.replace(year=day.year - 18)))
    elif what == "staff":
        slug, days, left = rest
        ended_on = None if left is None else on(left)
        store.staff.put(Staff(slug=slug, role="school_counselor", days=days, ended_on=ended_on))
    elif what == "cover":
        number, (staff, by), day, length = rest
        store.of(Cover).put(
            Cover(id=f"CV{number}", staff=staff, by=by, starts_on=on(day), ends_on=on(day + length))
        )
    elif what == "team":
        chosen = (Chosen(on=START, model=rest[0]),)
        seats = (Seat(role="school_counselor", staff=rest[1]),)
        store.of(Team).put(Team(id="TM1", school="R", models=chosen, seats=seats))  # type: ignore[arg-type]
    elif what == "owner":
        store.cases.put(replace(case, owner=rest[0]))


@settings(
    max_examples=300 if LONG else 40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(ACTS, min_size=4, max_size=12))
def test_whatever_is_kept_alters_nothing_that_was_settled_before(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[Any, ...]]
) -> None:
    district = District(tmp_path_factory.mktemp("settling"))
    with district.writing() as store:
        begin(store)
    for act in acts:
        with district.writing() as store:

            def line(id_: str, store: Store = store) -> Line:
                return line_of(wakes.world(store, Calendar()), store.schedules.get("HX4T", id_))

            ids = [one.id for one in store.schedules.all(case="HX4T")]
            before = {id_: rows(line(id_).settled()) for id_ in ids}
            do(store, act, line)
            for id_ in ids:
                now = rows(line(id_).settled())
                if act[0] != "entry":  # a contact settles more; in any order, says another law
                    assert [row for row in now if row in before[id_]] == before[id_], act
                assert kept_of(store, id_) <= {(day, outcome) for day, outcome, _ in now}, act


def kept_of(store: Store, schedule: str) -> set[tuple[date, str]]:
    """What check-ins say that they settled."""
    return {
        (fact.due_on, fact.outcome)
        for event in store.checkins.all(case="HX4T")
        if event.schedule == schedule and event.outcome in SETTLING
        for fact in event.fixed or ()
    }
