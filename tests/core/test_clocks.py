"""No age is judged by one reading of the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reintegrate_cli.core.clocks import UNWITNESSED, StepBack, believed, is_anomaly, steps_back

START = datetime(2026, 10, 1, 9, tzinfo=UTC)
AHEAD = datetime(2036, 1, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)

moments = st.integers(0, 33_000).map(lambda days: datetime(1970, 1, 1, tzinfo=UTC) + days * DAY)


def on(*days: int) -> list[datetime]:
    return [START + number * DAY for number in days]


@pytest.mark.parametrize(
    ("now", "readings", "expected"),
    [
        # Work every day, a weekend, and a week away: the clock is believed.
        (START + DAY, on(0), START + DAY),
        (START + 3 * DAY, on(0), START + 3 * DAY),
        (START + 7 * DAY, on(0), START + 7 * DAY),
        # After a summer: as far as a week after the last entry; the day after, all of it.
        (START + 70 * DAY, on(0), START + 7 * DAY),
        (START + 70 * DAY, on(0, 70, 70), START + 7 * DAY),
        (START + 71 * DAY, on(0, 70), START + 71 * DAY),
        # Work every ten days goes on to be believed, one entry behind.
        (START + 30 * DAY, on(0, 10, 20), START + 27 * DAY),
        # A clock that is ahead, however often it is asked that day.
        (AHEAD, on(0, 1), START + 8 * DAY),
        (AHEAD + timedelta(hours=5), [*on(0, 1), AHEAD, AHEAD], START + 8 * DAY),
        # Put right again: what was written meanwhile says nothing.
        (START + 2 * DAY, [*on(0, 1), AHEAD, AHEAD], START + 2 * DAY),
        (START + 3 * DAY, [*on(0, 1), AHEAD, AHEAD, *on(2)], START + 3 * DAY),
        # A clock at 1970, and put right: a day later all is as before.
        (datetime(1970, 1, 1, tzinfo=UTC), on(0, 1), datetime(1970, 1, 1, tzinfo=UTC)),
        (
            START + 2 * DAY,
            [*on(0, 1), datetime(1970, 1, 1, tzinfo=UTC)],
            datetime(1970, 1, 8, tzinfo=UTC),
        ),
        (START + 3 * DAY, [*on(0, 1), datetime(1970, 1, 1, tzinfo=UTC), *on(2)], START + 3 * DAY),
        # A vault of today.
        (START, [], START),
    ],
)
def test_the_clock_is_believed_as_far_as_the_entries_bear_it_out(
    now: datetime, readings: list[datetime], expected: datetime
) -> None:
    assert believed(now, readings) == expected


@given(moments, st.lists(moments, max_size=12))
def test_nothing_is_ever_older_than_this_clock_says(
    now: datetime, readings: list[datetime]
) -> None:
    assert believed(now, readings) <= now


@given(st.lists(st.integers(0, 7), max_size=20), moments)
def test_one_wrong_day_takes_time_on_by_no_more_than_a_week(
    gaps: list[int], wrong: datetime
) -> None:
    days = [sum(gaps[: at + 1]) for at in range(len(gaps))]
    readings = [START, *on(*days)]
    assert believed(wrong, [*readings, wrong]) <= readings[-1] + UNWITNESSED
    after = readings[-1] + 2 * DAY
    if wrong > after + DAY:
        assert believed(after, [*readings, wrong, wrong]) == after
        assert believed(after + DAY, [*readings, wrong, after]) == after + DAY


def test_what_no_right_clock_can_have_dated_is_an_anomaly() -> None:
    today = date(2026, 10, 1)
    for dated, last, anomaly in [
        (today, today, False),
        (today, date(2026, 9, 30), False),
        (today, date(2026, 9, 29), True),
        (date(2026, 10, 2), today, True),
        (date(2036, 1, 1), None, True),
        (today, None, False),
        (date(1999, 1, 1), today, False),
    ]:
        assert is_anomaly(dated, now=today, last=last) == anomaly
    # The clock itself is ahead: what is dated by it is an anomaly while the vault is behind.
    assert is_anomaly(AHEAD, now=AHEAD, last=START)


def test_where_the_clock_went_back_is_named() -> None:
    assert steps_back([*on(0, 1), AHEAD, *on(2, 3)]) == [StepBack(3, (AHEAD - on(2)[0]).days)]
    assert steps_back([START, START - timedelta(hours=20)]) == []
    assert steps_back([]) == []
