"""What people type for days and times, and what is refused."""

from __future__ import annotations

import calendar as months
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reintegrate_cli.core import dates
from reintegrate_cli.core.errors import Settings, Usage

MONDAY = date(2026, 10, 5)
REFUSALS = {"that is not a date as dates are typed here", "there is no such date"}

days = st.dates()
near_days = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-05", date(2026, 10, 5)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-W41", date(2026, 10, 5)),
        ("2026-w53", date(2026, 12, 28)),
        ("2026-W01", date(2025, 12, 29)),
        ("today", MONDAY),
        ("tomorrow", date(2026, 10, 6)),
        ("yesterday", date(2026, 10, 4)),
        ("mon", date(2026, 10, 12)),
        ("tue", date(2026, 10, 6)),
        ("sunday", date(2026, 10, 11)),
        ("next monday", date(2026, 10, 12)),
        ("next fri", date(2026, 10, 9)),
        ("+3d", date(2026, 10, 8)),
        ("3d", date(2026, 10, 8)),
        ("+2w", date(2026, 10, 19)),
        ("2w", date(2026, 10, 19)),
        ("1m", date(2026, 11, 5)),
        ("in 2 weeks", date(2026, 10, 19)),
        ("in 1 day", date(2026, 10, 6)),
        ("in 3 months", date(2027, 1, 5)),
        ("sow", date(2026, 10, 5)),
        ("eow", date(2026, 10, 11)),
        ("som", date(2026, 10, 1)),
        ("eom", date(2026, 10, 31)),
        ("eoq", date(2026, 12, 31)),
        ("30 nov", date(2026, 11, 30)),
        ("nov 30", date(2026, 11, 30)),
        ("30 november", date(2026, 11, 30)),
        ("5 oct", date(2026, 10, 5)),
        ("4 oct", date(2027, 10, 4)),
        ("1 may", date(2027, 5, 1)),
        ("29 feb", date(2028, 2, 29)),
        ("  Next \t MONDAY \n", date(2026, 10, 12)),
        ("IN  2   Weeks", date(2026, 10, 19)),
    ],
)
def test_each_phrase_of_the_language_is_one_day(text: str, expected: date) -> None:
    assert dates.parse_date(text, MONDAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 nov", date(2025, 11, 30)),
        ("nov 30", date(2025, 11, 30)),
        ("5 oct", date(2026, 10, 5)),
        ("6 oct", date(2025, 10, 6)),
        ("29 feb", date(2024, 2, 29)),
        ("yesterday", date(2026, 10, 4)),
        ("tue", date(2026, 10, 6)),
        ("3d", date(2026, 10, 8)),
    ],
)
def test_of_what_happened_a_day_and_month_is_the_latest_one_and_no_other_phrase_changes(
    text: str, expected: date
) -> None:
    assert dates.parse_date(text, MONDAY, past=True) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "14",
        "may",
        "nov",
        "2026",
        "2026-W49x",
        "blurgh",
        "2026-13-01",
        "2026-02-30",
        "2026-W60",
        "2026-W00",
        "2025-W53",
        "0000-01-01",
        "2026-1-5",
        "20261005",
        "2026-W41-1",
        "2026-10-05T10:00",
        "2026-10-05 x",
        "3d 4d",
        "+ 3d",
        "3 d",
        "3",
        "3y",
        "in 3d",
        "in two weeks",
        "2 weeks",
        "next",
        "next next monday",
        "next week",
        "next today",
        "mond",
        "0 nov",
        "31 nov",
        "30 feb",
        "32 jan",
        "30 novem",
        "30 nov 2026",
        "30nov",
        "30-nov",
        "nov 30th",
        "mon 30 nov",
        "99999d",
        "9999999w",
        "9999w 9999w",
        "\uff13d",
        "\uff12\uff10\uff12\uff16-10-05",
        "2026-10-0\u0665",
        "\u00b3d",
        "\u017fow",
        "in 2 wee\u212as",
        "\u00a0today",
        "today\u2028",
        "to\0day",
        "30\nnov",
        "today;",
    ],
)
@pytest.mark.parametrize("past", [False, True])
def test_whatever_is_left_over_or_not_understood_is_refused(text: str, past: bool) -> None:
    with pytest.raises(Usage) as caught:
        dates.parse_date(text, MONDAY, past=past)
    assert caught.value.code == 2
    assert caught.value.message in REFUSALS
    assert caught.value.hint == dates.UNDERSTOOD


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("last thu", "2026-10-01"),
        ("last Monday", "2026-09-28"),
        ("last sun", "2026-10-04"),
        ("-2d", "2026-10-03"),
        ("-1w", "2026-09-28"),
        ("-1m", "2026-09-05"),
        ("3 days ago", "2026-10-02"),
        ("1 week ago", "2026-09-28"),
        ("0 days ago", "2026-10-05"),
    ],
)
@pytest.mark.parametrize("past", [False, True])
def test_a_day_is_counted_back_from_today(text: str, day: str, past: bool) -> None:
    assert dates.parse_date(text, MONDAY, past=past).isoformat() == day


def test_the_hint_lists_phrases_that_are_really_understood() -> None:
    phrases = dates.UNDERSTOOD.removeprefix("dates are typed as ").replace(" or ", ", ")
    for phrase in phrases.replace(" to ", ", ").split(", "):
        dates.parse_date(phrase, MONDAY)


@pytest.mark.parametrize("text", ["tomorrow", "eow", "mon", "1d", "1m", "in 9999 months", "1 jan"])
def test_a_day_past_the_year_9999_is_refused_and_does_not_crash(text: str) -> None:
    with pytest.raises(Usage, match="there is no such date"):
        dates.parse_date(text, date.max)


def test_a_day_before_the_year_1_is_refused_and_does_not_crash() -> None:
    with pytest.raises(Usage, match="there is no such date"):
        dates.parse_date("yesterday", date.min)
    with pytest.raises(Usage, match="there is no such date"):
        dates.parse_date("2 jan", date.min, past=True)


@pytest.mark.parametrize(
    ("today", "past", "expected"),
    [
        (date(1897, 1, 1), False, date(1904, 2, 29)),
        (date(2103, 12, 31), True, date(2096, 2, 29)),
        (date(2024, 2, 29), False, date(2024, 2, 29)),
        (date(2024, 2, 29), True, date(2024, 2, 29)),
        (date(2024, 3, 1), False, date(2028, 2, 29)),
        (date(2024, 2, 28), True, date(2020, 2, 29)),
    ],
)
def test_29_feb_is_found_over_a_century_without_a_leap_day(
    today: date, past: bool, expected: date
) -> None:
    assert dates.parse_date("29 feb", today, past=past) == expected


# What is typed is mostly near the language, where a lenient reader goes wrong.
fragments = st.lists(
    st.sampled_from(
        [
            "in",
            "next",
            "mon",
            "sunday",
            "30",
            "feb",
            "nov",
            "+",
            "-",
            "3",
            "d",
            "w",
            "m",
            "2w",
            "days",
            "weeks",
            "2026",
            "-W",
            "-10-05",
            "eom",
            " ",
            "  ",
            "\t",
            "T",
            "0",
            "99999",
        ]
    ),
    max_size=6,
)
typed = st.text() | fragments.map("".join) | fragments.map(" ".join)


@given(text=typed, today=days, past=st.booleans())
def test_any_text_is_a_day_or_is_refused_in_words_that_do_not_depend_on_it(
    text: str, today: date, past: bool
) -> None:
    try:
        found: date | Usage = dates.parse_date(text, today, past=past)
    except Usage as problem:
        found = problem
    if isinstance(found, Usage):
        assert found.message in REFUSALS
        assert found.hint == dates.UNDERSTOOD
        # Not in the traceback's chain either: a crash report would print it.
        assert found.__suppress_context__ or found.__context__ is None
    else:
        assert type(found) is date


@given(text=typed)
def test_any_other_text_is_read_or_refused_without_an_echo(text: str) -> None:
    readers: list[Callable[[str], Any]] = [
        dates.parse_time,
        dates.minutes,
        dates.parse_weekdays,
        dates.parse_day,
        dates.parse_moment,
    ]
    for reader in readers:
        refused: list[str] = []
        try:
            reader(text)
        except Usage as problem:
            refused = [problem.message, problem.hint]
        if refused:
            with pytest.raises(Usage) as other:
                reader("qqq")
            assert refused == [other.value.message, other.value.hint]


@given(today=near_days, day=near_days)
def test_a_day_written_as_iso_is_read_back(today: date, day: date) -> None:
    assert dates.parse_date(day.isoformat(), today) == day
    year, week, _ = day.isocalendar()
    assert dates.parse_date(f"{year:04d}-W{week:02d}", today) == dates.week_of(day)[0]


@given(today=near_days, ahead=st.integers(-9999, 9999))
def test_how_far_a_day_is_explained_to_be_is_read_back(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    full, away = dates.explain_date(day, today).split(", ")
    assert full == f"{dates.short_date(day)} {day.year}"
    if away.endswith(" days ago"):
        assert int(away.removesuffix(" days ago")) == -ahead
    else:
        assert dates.parse_date(away, today) == day


@given(today=near_days, ahead=st.integers(0, 365))
def test_a_short_date_typed_again_is_the_day_it_was(today: date, ahead: int) -> None:
    for day, past in ((today + timedelta(ahead), False), (today - timedelta(ahead), True)):
        typed_again = dates.short_date(day).split(" ", 1)[1]
        found = dates.parse_date(typed_again, today, past=past)
        # Where the anniversary is nearer than the day, the day was a whole year away.
        assert found == day or (found == today and ahead == 365)


@given(today=near_days, past=st.booleans(), number=st.integers(1, 31), month=st.integers(1, 12))
def test_a_day_of_a_month_is_the_first_met_when_walking_day_by_day(
    today: date, past: bool, number: int, month: int
) -> None:
    text = f"{number} {dates.MONTHS[month - 1]}"
    if number > months.monthrange(2024, month)[1]:
        with pytest.raises(Usage):
            dates.parse_date(text, today, past=past)
        return
    day = today
    while (day.day, day.month) != (number, month):
        day = date.fromordinal(day.toordinal() + (-1 if past else 1))
    assert dates.parse_date(text, today, past=past) == day


@given(today=near_days, weekday=st.integers(0, 6))
def test_a_weekday_is_the_first_met_after_today(today: date, weekday: int) -> None:
    day = date.fromordinal(today.toordinal() + 1)
    while day.weekday() != weekday:
        day = date.fromordinal(day.toordinal() + 1)
    name = months.day_name[weekday]
    for text in (name, name[:3], f"next {name}"):
        assert dates.parse_date(text, today) == day
    assert dates.next_weekday(today, weekday) == day


@given(today=near_days)
def test_edges_of_week_month_and_quarter_are_met_when_walking_day_by_day(today: date) -> None:
    def walk(step: int, arrived: Callable[[date], bool]) -> date:
        day = today
        while not arrived(day):
            day = date.fromordinal(day.toordinal() + step)
        return day

    def ends_month(day: date) -> bool:
        return day.day == months.monthrange(day.year, day.month)[1]

    read = {name: dates.parse_date(name, today) for name in ("sow", "eow", "som", "eom", "eoq")}
    assert read["sow"] == walk(-1, lambda day: day.weekday() == 0)
    assert read["eow"] == walk(1, lambda day: day.weekday() == 6)
    assert read["som"] == walk(-1, lambda day: day.day == 1)
    assert read["eom"] == walk(1, ends_month)
    assert read["eoq"] == walk(1, lambda day: ends_month(day) and day.month in (3, 6, 9, 12))
    assert dates.week_of(today) == (read["sow"], read["eow"])


def test_months_typed_from_the_31st_are_clamped() -> None:
    assert dates.parse_date("1m", date(2026, 1, 31)) == date(2026, 2, 28)
    assert dates.parse_date("in 1 month", date(2028, 1, 31)) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 30), "Mon 30 Nov 2026, in 7 days"),
        (date(2026, 11, 23), "Mon 23 Nov 2026, today"),
        (date(2026, 11, 24), "Tue 24 Nov 2026, tomorrow"),
        (date(2026, 11, 22), "Sun 22 Nov 2026, yesterday"),
        (date(2026, 11, 20), "Fri 20 Nov 2026, 3 days ago"),
        (date(2026, 11, 25), "Wed 25 Nov 2026, in 2 days"),
    ],
)
def test_what_was_understood_is_said_in_full(day: date, expected: str) -> None:
    assert dates.explain_date(day, date(2026, 11, 23)) == expected


def test_a_short_date_has_the_weekday_and_no_year() -> None:
    assert dates.short_date(date(2026, 11, 30)) == "Mon 30 Nov"
    assert dates.short_date(date(2026, 10, 5)) == "Mon 5 Oct"


def test_the_last_week_there_is_ends_where_dates_end() -> None:
    assert dates.week_of(date.max) == (date(9999, 12, 27), date.max)
    assert dates.week_of(date.min) == (date.min, date(1, 1, 7))


@pytest.mark.parametrize(
    ("text", "expected", "count"),
    [
        ("15:30", "15:30", 930),
        ("9:05", "09:05", 545),
        ("00:00", "00:00", 0),
        ("0:00", "00:00", 0),
        (" 23:59 ", "23:59", 1439),
    ],
)
def test_a_time_is_written_with_two_digits_and_counted_in_minutes(
    text: str, expected: str, count: int
) -> None:
    assert dates.parse_time(text) == expected
    assert dates.minutes(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15",
        "1530",
        "24:00",
        "15:60",
        "15:3",
        "3pm",
        "3:30 pm",
        "15:30:00",
        "015:30",
        "-1:30",
        "15.30",
        "\uff11\uff15:30",
        "15:30x",
    ],
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(Usage):
        dates.parse_time(text)


def test_weekdays_come_in_week_order_and_once_each() -> None:
    assert dates.parse_weekdays("mon,tue") == ("mon", "tue")
    assert dates.parse_weekdays(" Fri , monday,mon ") == ("mon", "fri")


@pytest.mark.parametrize("text", ["", ",", "mon,", "mon,,tue", "mon tue", "mo", "mon;tue", "1"])
def test_what_is_no_list_of_weekdays_is_refused(text: str) -> None:
    with pytest.raises(Usage):
        dates.parse_weekdays(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon", "mon"),
        ("Sunday", "sun"),
        ("1", 1),
        ("9", 9),
        ("10", 10),
        ("31", 31),
        ("LAST", "last"),
    ],
)
def test_the_day_of_a_schedule_is_a_weekday_a_number_or_last(
    text: str, expected: int | str
) -> None:
    assert dates.parse_day(text) == expected


@pytest.mark.parametrize(
    "text", ["", "0", "32", "-1", "+1", "1.0", "first", "next mon", "\u0661", "100", "1 2"]
)
def test_what_is_no_day_of_a_schedule_is_refused(text: str) -> None:
    with pytest.raises(Usage):
        dates.parse_day(text)


def test_a_moment_is_a_day_or_a_day_and_a_time() -> None:
    assert dates.parse_moment("2026-10-05") == (MONDAY, None)
    assert dates.parse_moment("2026-10-05T15:30") == (MONDAY, "15:30")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-W41",
        "2026-02-30",
        "2026-10-05T",
        "2026-10-05T9:05",
        "2026-10-05T24:00",
        "2026-10-05 15:30",
        "2026-10-05T15:30:00",
        "2026-10-05T15:30Z",
        "2026-10-05t15:30",
        "20261005",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Usage):
        dates.parse_moment(text)


def test_closures_are_days_and_ranges_with_both_ends() -> None:
    written: list[str | date] = [
        "2026-10-12",
        date(2026, 10, 30),
        "2026-11-26..2026-11-27",
        "2026-12-24/2026-12-25",
    ]
    assert dates.parse_closures(written) == {
        date(2026, 10, 12),
        date(2026, 10, 30),
        date(2026, 11, 26),
        date(2026, 11, 27),
        date(2026, 12, 24),
        date(2026, 12, 25),
    }
    assert dates.parse_closures([]) == frozenset()
    assert dates.parse_closures(["2026-10-12 .. 2026-10-12"]) == {date(2026, 10, 12)}
    assert dates.parse_closures(["9999-12-31"]) == {date.max}


@pytest.mark.parametrize(
    "item",
    [
        "",
        "12 oct",
        "2026-02-30",
        "20261012",
        "2026-10-12..",
        "..2026-10-12",
        "2026-10-12...2026-10-13",
        "2026-10-12..2026-10-13..2026-10-14",
        "2026-10-13..2026-10-12",
        "0001-01-01..9999-12-31",
        "2026-10-12 2026-10-13",
        20261012,
        None,
        True,
        ["2026-10-12"],
        datetime(2026, 10, 12, tzinfo=UTC),
    ],
)
def test_a_closure_that_is_no_day_is_a_fault_of_the_settings(item: Any) -> None:
    with pytest.raises(Settings) as caught:
        dates.parse_closures(["2026-10-12", item])
    assert caught.value.fields == ("closures",)
    assert caught.value.code == 9
    assert "closures" in caught.value.message
    if isinstance(item, str) and item:
        assert item not in caught.value.message


@pytest.mark.parametrize("items", ["2026-10-12", 5, None, {"a": 1}])
def test_closures_that_are_no_list_are_a_fault_of_the_settings(items: Any) -> None:
    with pytest.raises(Settings, match="closures is not a list"):
        dates.parse_closures(items)


def test_many_ranges_together_stay_bounded_too() -> None:
    dates.parse_closures(["2020-01-01..2029-12-31"])
    with pytest.raises(Settings, match="more than"):
        dates.parse_closures([f"{year}-01-01..{year}-12-31" for year in range(2020, 2032)])


@given(first=near_days, length=st.integers(0, 400))
def test_a_range_of_closures_holds_each_day_met_from_one_end_to_the_other(
    first: date, length: int
) -> None:
    last = date.fromordinal(first.toordinal() + length)
    found = dates.parse_closures([f"{first}..{last}"])
    assert sorted(found) == [date.fromordinal(first.toordinal() + n) for n in range(length + 1)]
