"""Cadences that never drift, closed days and school days."""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reintegrate_cli.core.calendar import (
    LONGEST_CLOSED,
    Cadence,
    Calendar,
    Unit,
    month_day,
    parse_cadence,
    parse_closures,
)
from reintegrate_cli.core.errors import Settings, Usage

ALDER_CREEK = Calendar(
    parse_closures(["2026-10-12", "2026-10-30", "2026-11-11", "2026-11-26..2026-11-27"])
)
SATURDAY, SUNDAY = 5, 6

near_days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
late_days = near_days.map(
    lambda day: day.replace(day=months.monthrange(day.year, day.month)[1])
)  # the ends of months, where drift happens
anchors = near_days | late_days
most = {"d": 366, "w": 104, "m": 48}
cadences = st.sampled_from(get_args(Unit)).flatmap(
    lambda unit: st.builds(Cadence, st.integers(1, most[unit]), st.just(unit))
)


def counted_months(anchor: date, count: int, wanted: int) -> date:
    """Turn the calendar's page ``count`` times, then look for the day or the last there is."""
    year, month = anchor.year, anchor.month
    for _ in range(abs(count)):
        month += 1 if count > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        elif month == 0:
            year, month = year - 1, 12
    return date(year, month, min(wanted, months.monthrange(year, month)[1]))


@pytest.mark.parametrize("text", ["1d", "3d", "366d", "1w", "2w", "104w", "1m", "3m", "48m"])
def test_a_cadence_is_written_as_it_is_typed(text: str) -> None:
    assert str(parse_cadence(text)) == text
    assert parse_cadence(f" {text.upper()} ") == parse_cadence(text)


def test_none_is_no_cadence_at_all() -> None:
    assert parse_cadence("none") is None
    assert parse_cadence(" None ") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0d",
        "0w",
        "0m",
        "367d",
        "105w",
        "49m",
        "1000d",
        "-1d",
        "+1d",
        "1y",
        "d",
        "1",
        "1 d",
        "1d2w",
        "1dd",
        "1.5w",
        "weekly",
        "null",
        "\uff11d",
        "\u0661w",
        "99999999999999999999d",
    ],
)
def test_what_is_no_cadence_is_refused(text: str) -> None:
    with pytest.raises(Usage, match="that is not a cadence"):
        parse_cadence(text)


@given(text=st.text() | st.from_regex(r"[0-9]{1,4}[dwmy]", fullmatch=True))
def test_any_text_is_a_cadence_or_is_refused_without_an_echo(text: str) -> None:
    refused: list[str] = []
    try:
        cadence = parse_cadence(text)
    except Usage as problem:
        refused = [problem.message, problem.hint]
    if refused:
        with pytest.raises(Usage) as other:
            parse_cadence("qqq")
        assert refused == [other.value.message, other.value.hint]
    else:
        assert (str(cadence) if cadence else "none") == text.strip().lower()


@pytest.mark.parametrize(("n", "unit"), [(0, "d"), (-1, "w"), (367, "d"), (49, "m"), (1, "y")])
def test_a_cadence_cannot_be_built_outside_its_limits_either(n: int, unit: Any) -> None:
    with pytest.raises(Usage):
        Cadence(n, unit)


def test_a_cadence_is_a_frozen_value() -> None:
    cadence = Cadence(2, "w")
    assert cadence == Cadence(2, "w")
    assert not hasattr(cadence, "__dict__")
    name = "n"  # as a variable, or the type checker refuses what is tested here
    with pytest.raises(AttributeError):
        setattr(cadence, name, 3)


def test_the_rough_length_counts_a_month_as_30_days() -> None:
    assert [Cadence(3, "d").days, Cadence(2, "w").days, Cadence(3, "m").days] == [3, 14, 90]


def test_months_from_31_jan_come_back_to_the_31st() -> None:
    monthly = Cadence(1, "m")
    assert [monthly.after(date(2026, 1, 31), k) for k in range(4)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert monthly.after(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert Cadence(12, "m").after(date(2024, 2, 29), 4) == date(2028, 2, 29)


@given(cadence=cadences, anchor=anchors, k=st.integers(-40, 40))
def test_a_cadence_never_drifts_from_its_anchor(cadence: Cadence, anchor: date, k: int) -> None:
    found = cadence.after(anchor, k)
    if cadence.unit == "m":
        assert found == counted_months(anchor, cadence.n * k, anchor.day)
    else:
        length = cadence.n if cadence.unit == "d" else 7 * cadence.n
        assert found.toordinal() - anchor.toordinal() == length * k


@given(cadence=cadences, anchor=anchors, k=st.integers(0, 40))
def test_steps_of_a_cadence_go_forward(cadence: Cadence, anchor: date, k: int) -> None:
    assert cadence.after(anchor, 0) == anchor
    assert cadence.after(anchor, k) < cadence.after(anchor, k + 1)


@pytest.mark.parametrize("unit", get_args(Unit))
@pytest.mark.parametrize("k", [1, 10**6, 10**30, -(10**6), -(10**30)])
def test_a_step_off_the_calendar_is_refused_and_does_not_crash(unit: Unit, k: int) -> None:
    anchor = date.max if k > 0 else date.min
    with pytest.raises(Usage, match="outside the years 1 to 9999"):
        Cadence(1, unit).after(anchor, k)


def test_the_last_month_there_is_can_be_reached() -> None:
    assert Cadence(1, "m").after(date(9999, 11, 30), 1) == date(9999, 12, 30)
    assert month_day(date(9999, 12, 1), 0, "last") == date.max


def test_a_day_of_the_month_is_kept_and_clamped_where_the_month_is_shorter() -> None:
    anchor = date(2026, 1, 15)
    assert [month_day(anchor, k, 31) for k in range(3)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
    ]
    assert month_day(anchor, 1, "last") == date(2026, 2, 28)
    assert month_day(anchor, 25, 30) == date(2028, 2, 29)
    assert month_day(anchor, 0, 1) == date(2026, 1, 1)


@given(anchor=anchors, k=st.integers(-500, 500), day=st.integers(1, 31) | st.just("last"))
def test_a_day_of_the_month_agrees_with_turning_pages(anchor: date, k: int, day: int | str) -> None:
    wanted = 31 if isinstance(day, str) else day
    assert month_day(anchor, k, day) == counted_months(anchor, k, wanted)


@pytest.mark.parametrize("day", [0, 32, -1, "first", "mon", "", "1"])
def test_what_is_no_day_of_a_month_is_refused(day: int | str) -> None:
    with pytest.raises(Usage, match="not a day of the month"):
        month_day(date(2026, 1, 15), 0, day)


@pytest.mark.parametrize("k", [1, 10**6, 10**30])
def test_a_month_off_the_calendar_is_refused_and_does_not_crash(k: int) -> None:
    with pytest.raises(Usage, match="outside the years 1 to 9999"):
        month_day(date.max, k, "last")
    with pytest.raises(Usage, match="outside the years 1 to 9999"):
        month_day(date.min, -k, 1)


def test_without_a_file_weekends_are_closed_and_every_weekday_is_a_school_day() -> None:
    plain = Calendar()
    week = [date(2026, 10, 12) + timedelta(days=n) for n in range(7)]
    assert [plain.is_closed(day) for day in week] == [False] * 5 + [True] * 2
    assert [plain.is_school_day(day) for day in week] == [True] * 5 + [False] * 2


def test_a_weekend_day_is_open_to_the_student_who_chose_that_weekday_alone() -> None:
    saturday = date(2026, 10, 10)
    assert ALDER_CREEK.is_closed(saturday)
    assert not ALDER_CREEK.is_closed(saturday, chosen_weekday=SATURDAY)
    assert ALDER_CREEK.is_closed(saturday, chosen_weekday=SUNDAY)
    assert ALDER_CREEK.is_closed(saturday, chosen_weekday=0)
    assert not ALDER_CREEK.is_school_day(saturday)


def test_a_closure_is_closed_whoever_chose_its_weekday() -> None:
    assert ALDER_CREEK.is_closed(date(2026, 10, 12), chosen_weekday=0)
    shut_saturday = Calendar(frozenset({date(2026, 10, 10)}))
    assert shut_saturday.is_closed(date(2026, 10, 10), chosen_weekday=SATURDAY)


def test_a_school_day_lies_inside_the_school_year_though_closed_days_do_not_end_with_it() -> None:
    year = Calendar(school_year=(date(2026, 8, 24), date(2027, 6, 11)))
    assert not year.is_school_day(date(2026, 8, 21))
    assert year.is_school_day(date(2026, 8, 24))
    assert year.is_school_day(date(2027, 6, 11))
    assert not year.is_school_day(date(2027, 6, 14))
    assert not year.is_closed(date(2027, 6, 14))


def test_a_school_year_that_ends_before_it_starts_is_a_fault_of_the_settings() -> None:
    with pytest.raises(Settings) as caught:
        Calendar(school_year=(date(2027, 6, 11), date(2026, 8, 24)))
    assert caught.value.fields == ("school_year",)


def test_the_nearest_open_days_are_the_one_before_and_the_one_after() -> None:
    assert ALDER_CREEK.nearest_open(date(2026, 10, 30)) == (date(2026, 10, 29), date(2026, 11, 2))
    assert ALDER_CREEK.nearest_open(date(2026, 11, 1)) == (date(2026, 10, 29), date(2026, 11, 2))
    assert ALDER_CREEK.nearest_open(date(2026, 10, 12)) == (date(2026, 10, 9), date(2026, 10, 13))
    assert ALDER_CREEK.nearest_open(date(2026, 10, 12), chosen_weekday=SUNDAY) == (
        date(2026, 10, 11),
        date(2026, 10, 13),
    )


def test_only_one_side_is_offered_where_the_other_is_closed_for_a_year() -> None:
    shut = Calendar(parse_closures(["2027-01-01..2028-12-31"]))
    assert shut.nearest_open(date(2027, 1, 1)) == (date(2026, 12, 31),)
    assert shut.nearest_open(date(2028, 12, 31)) == (date(2029, 1, 1),)


def test_an_open_day_that_can_no_longer_be_promised_is_not_offered() -> None:
    monday = date(2026, 11, 2)
    sunday, friday = date(2026, 11, 1), date(2026, 10, 30)
    assert ALDER_CREEK.nearest_open(sunday, after=date(2026, 10, 28))[0] == date(2026, 10, 29)
    assert ALDER_CREEK.nearest_open(sunday, after=date(2026, 10, 29)) == (monday,)
    assert ALDER_CREEK.nearest_open(friday, after=date(2026, 11, 10)) == (date(2026, 11, 12),)


def test_at_either_end_of_all_dates_only_one_side_is_offered() -> None:
    assert Calendar().nearest_open(date.max) == (date(9999, 12, 30),)
    assert Calendar().nearest_open(date.min) == (date(1, 1, 2),)


def test_a_calendar_closed_for_years_is_a_fault_of_the_settings_and_no_endless_loop() -> None:
    shut = Calendar(parse_closures(["2026-01-01..2034-12-31"]))
    with pytest.raises(Settings) as caught:
        shut.nearest_open(date(2030, 6, 1))
    assert caught.value.fields == ("closures",)
    with pytest.raises(Settings) as caught:
        shut.school_days_after(date(2030, 6, 1), 10)
    assert caught.value.fields == ("closures", "school_year")


def test_ten_school_days_from_8_oct_2026_end_on_the_23rd() -> None:
    assert ALDER_CREEK.school_days_after(date(2026, 10, 8), 10) == date(2026, 10, 23)
    assert Calendar().school_days_after(date(2026, 10, 8), 10) == date(2026, 10, 22)


def test_the_first_school_day_is_the_next_one_even_from_a_closed_day() -> None:
    assert ALDER_CREEK.school_days_after(date(2026, 10, 9), 1) == date(2026, 10, 13)
    assert ALDER_CREEK.school_days_after(date(2026, 10, 11), 1) == date(2026, 10, 13)
    assert ALDER_CREEK.school_days_after(date(2026, 10, 13), 1) == date(2026, 10, 14)


def test_a_count_that_starts_in_the_summer_waits_for_the_school_year() -> None:
    year = Calendar(school_year=(date(2026, 8, 24), date(2027, 6, 11)))
    assert year.school_days_after(date(2026, 6, 20), 1) == date(2026, 8, 24)


def test_a_deadline_past_the_known_school_year_is_not_guessed() -> None:
    year = Calendar(school_year=(date(2026, 8, 24), date(2027, 6, 11)))
    assert year.school_days_after(date(2027, 6, 9), 2) == date(2027, 6, 11)
    with pytest.raises(Settings, match="too few school days"):
        year.school_days_after(date(2027, 6, 9), 3)
    with pytest.raises(Settings, match="too few school days"):
        Calendar().school_days_after(date.max, 1)


@pytest.mark.parametrize("n", [0, -1])
def test_school_days_are_counted_from_1(n: int) -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        Calendar().school_days_after(date(2026, 10, 8), n)


# Small worlds: closures close to the day, so that they matter.
centre = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[date, Calendar]:
    day = draw(centre)
    offsets = draw(st.frozensets(st.integers(-30, 30), max_size=40))
    year = draw(st.none() | st.tuples(st.integers(-60, 0), st.integers(1, 200)))
    return day, Calendar(
        frozenset(date.fromordinal(day.toordinal() + n) for n in offsets),
        year and (day + timedelta(days=year[0]), day + timedelta(days=year[1])),
    )


@given(world=worlds(), chosen=st.none() | st.integers(0, 6))
def test_offered_days_are_really_open_and_none_nearer_is(
    world: tuple[date, Calendar], chosen: int | None
) -> None:
    day, district = world
    before, after = district.nearest_open(day, chosen_weekday=chosen)
    assert before < day < after
    for number in range(before.toordinal(), after.toordinal() + 1):
        near = date.fromordinal(number)
        weekend = near.isoweekday() in (6, 7) and near.isoweekday() - 1 != chosen
        open_ = not weekend and near not in district.closures
        if near != day:
            assert open_ == (near in (before, after))


@given(world=worlds(), n=st.integers(1, 60))
def test_school_days_agree_with_crossing_days_off_a_wall_calendar(
    world: tuple[date, Calendar], n: int
) -> None:
    day, district = world
    first, last = district.school_year or (date(1990, 1, 1), date(2100, 1, 1))
    horizon = [date.fromordinal(day.toordinal() + ahead) for ahead in range(1, 300)]
    held = [
        later
        for later in horizon
        if first <= later <= last
        and later.isoweekday() not in (6, 7)
        and later not in district.closures
    ]
    if len(held) >= n:
        assert district.school_days_after(day, n) == held[n - 1]
    else:
        assume(district.school_year is not None)
        with pytest.raises(Settings):
            district.school_days_after(day, n)


def test_a_closure_of_just_under_a_year_is_still_walked_over() -> None:
    first = date(2026, 1, 5)
    shut = Calendar(frozenset(first + timedelta(days=n) for n in range(LONGEST_CLOSED - 1)))
    after = first + timedelta(days=LONGEST_CLOSED - 1)
    assert after.weekday() < SATURDAY
    assert shut.school_days_after(date(2026, 1, 4), 1) == after
