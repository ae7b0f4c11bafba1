"""Laws of what is due, against an oracle that walks day by day."""

import calendar as months
import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reintegrate_cli.core.calendar import Calendar, Span
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import index as wakes
from reintegrate_cli.mail.reminders import DueItem, past_due
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.checkin.occurrences import Ground, occurrences
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule, Terms

GROUND = Ground(Calendar())
START = date(2024, 1, 1)
DAYS = st.integers(0, 1000).map(lambda ahead: START + timedelta(days=ahead))
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def schedule(terms: Terms, window: int | None = None) -> Schedule:
    return Schedule(
        case="HX4T",
        id="S1",
        with_="student",
        terms=replace(terms, window=window),
        mode="phone",
        chosen_by="student",
        chosen_on=START,
    )


def contact(number: int, day: date) -> CheckIn:
    return CheckIn(case="HX4T", id=f"E{number}", schedule="S1", outcome="done", happened_on=day)


def monthly_by_walking(starts: date, every: int, day: int, upto: date) -> list[date]:
    found: list[date] = []
    walked, first = starts, None
    while walked <= upto:
        last = months.monthrange(walked.year, walked.month)[1]
        if walked.day == min(day, last):
            number = walked.year * 12 + walked.month
            first = number if first is None else first
            if (number - first) % every == 0:
                found.append(walked)
        walked += timedelta(days=1)
    return found


def weekly_by_walking(starts: date, every: int, weekday: int, upto: date) -> list[date]:
    days = [starts + timedelta(days=ahead) for ahead in range((upto - starts).days + 1)]
    return [day for day in days if day.weekday() == weekday][::every]


@given(DAYS, st.integers(1, 6), st.integers(1, 31), st.integers(0, 900))
def test_months_never_drift(starts: date, every: int, day: int, ahead: int) -> None:
    upto = starts + timedelta(days=ahead)
    terms = Terms(every=f"{every}m", day=str(day), anchor="calendar", starts=starts)
    found = [one.due_on for one in occurrences(schedule(terms), [], GROUND, upto=upto)]
    assert [one for one in found if one <= upto] == monthly_by_walking(starts, every, day, upto)


@given(DAYS, st.integers(1, 8), st.integers(0, 6), st.integers(0, 900))
def test_weeks_never_drift(starts: date, every: int, weekday: int, ahead: int) -> None:
    upto = starts + timedelta(days=ahead)
    terms = Terms(every=f"{every}w", day=WEEKDAYS[weekday], anchor="calendar", starts=starts)
    found = [one.due_on for one in occurrences(schedule(terms), [], GROUND, upto=upto)]
    assert [one for one in found if one <= upto] == weekly_by_walking(starts, every, weekday, upto)


CADENCES = st.sampled_from(["3d", "1w", "2w", "1m"])


@settings(deadline=None)
@given(
    CADENCES,
    st.sampled_from(["calendar", "last"]),
    st.lists(st.integers(0, 120), max_size=8),
    st.integers(0, 2**32),
)
def test_the_order_of_entry_does_not_matter(
    every: str, anchor: str, contacts: list[int], seed: int
) -> None:
    terms = Terms(every=every, anchor=anchor, starts=START)  # type: ignore[arg-type]
    days = [START + timedelta(days=ahead) for ahead in contacts]
    shuffled = list(days)
    random.Random(seed).shuffle(shuffled)
    one = occurrences(
        schedule(terms),
        [contact(n, day) for n, day in enumerate(days)],
        GROUND,
        upto=START + timedelta(days=150),
    )
    other = occurrences(
        schedule(terms),
        [contact(n, day) for n, day in enumerate(shuffled)],
        GROUND,
        upto=START + timedelta(days=150),
    )
    assert one == other


@settings(deadline=None)
@given(CADENCES, st.lists(st.integers(0, 120), max_size=8))
def test_a_contact_leaves_nothing_unsettled_before_it(every: str, contacts: list[int]) -> None:
    terms = Terms(every=every, anchor="last", starts=START)
    days = [START + timedelta(days=ahead) for ahead in contacts]
    found = occurrences(
        schedule(terms),
        [contact(n, day) for n, day in enumerate(days)],
        GROUND,
        upto=START + timedelta(days=150),
    )
    unsettled = [one.due_on for one in found if not one.settled]
    assert unsettled
    assert not days or unsettled[0] > max(days)
    assert unsettled == sorted(set(unsettled))


@settings(deadline=None)
@given(CADENCES, st.integers(0, 90), st.integers(1, 60), st.integers(0, 150))
def test_a_pause_takes_out_its_own_days_and_moves_no_other(
    every: str, start: int, length: int, ahead: int
) -> None:
    upto = START + timedelta(days=ahead)
    terms = Terms(every=every, anchor="calendar", starts=START)
    begins = START + timedelta(days=start)
    rest = Span(begins, begins + timedelta(days=length))
    plain = [one.due_on for one in occurrences(schedule(terms), [], GROUND, upto=upto)]
    rested = [
        one.due_on
        for one in occurrences(schedule(terms), [], Ground(Calendar(), rests=(rest,)), upto=upto)
    ]
    assert [day for day in rested if day <= upto] == [
        day for day in plain if day <= upto and day not in rest
    ]


def cron_knows(world: World, today: date) -> list[DueItem]:
    """Give the rows that cron would have, worked out on a day."""
    return [
        DueItem(id="x", due_on=due_on, overdue_on=overdue_on, kind="item", rests=rests)
        for unit in wakes.units_of(world, today).values()
        for due_on, overdue_on, rests in unit.due
    ]


@settings(deadline=None)
@given(
    st.lists(st.tuples(CADENCES, st.sampled_from(["calendar", "last"])), min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.integers(0, 100),
            st.sampled_from(["done", "missed", "attempted", "declined", "cancelled"]),
        ),
        max_size=12,
    ),
    st.integers(0, 130),
)
def test_a_schedule_has_at_most_one_overdue_row_and_cron_counts_the_same(
    agreed: list[tuple[str, str]], happened: list[tuple[int, int, str]], ahead: int
) -> None:
    day = START + timedelta(days=ahead)
    case = Case(ref="HX4T", opened_on=START, school="R", setting="home")  # type: ignore[arg-type]
    world = World(
        Calendar(),
        {
            "cases": [case],
            "schedules": [
                replace(schedule(Terms(every=every, anchor=anchor, starts=START)), id=f"S{number}")  # type: ignore[arg-type]
                for number, (every, anchor) in enumerate(agreed, 1)
            ],
            "contacts": [
                replace(
                    contact(number, START + timedelta(days=on)),
                    schedule=f"S{which}",
                    outcome=outcome,
                )  # type: ignore[arg-type]
                for number, (which, on, outcome) in enumerate(happened)
            ],
        },
    )
    rows = agenda.items(world, day, day, day + timedelta(days=30))
    late = [row.source for row in rows if row.state == "overdue"]
    assert len(late) == len(set(late))
    # What asks for another date is never late; what was promised after it is.
    promised = [row for row in rows if row.kind != "schedule"]
    assert [row.due_on < day for row in promised] == [row.state == "overdue" for row in promised]
    known = cron_knows(world, START)
    if ahead <= agenda.HORIZON_DAYS and not any(
        START + timedelta(days=on) > START for _, on, _ in happened
    ):
        assert past_due(known, day)[0] == len(late)
    assert past_due(cron_knows(world, day), day)[0] == len(late)


def test_the_earlier_date_is_settled_on_a_tie() -> None:
    terms = Terms(every="2d", anchor="calendar", starts=START)
    found = occurrences(
        schedule(terms, window=1),
        [contact(1, START + timedelta(days=3))],
        GROUND,
        upto=START + timedelta(days=6),
    )
    assert [one.outcome for one in found[:3]] == ["unrecorded", "done", None]


def test_the_31st_comes_back_after_february() -> None:
    terms = Terms(every="1m", day="31", anchor="calendar", starts=date(2026, 1, 31))
    found = occurrences(schedule(terms), [], GROUND, upto=date(2026, 3, 31))
    assert [one.due_on for one in found[:3]] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
    ]
