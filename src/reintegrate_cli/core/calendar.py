"""The district's calendar: cadences, closed days and school days.

Nothing here reads a file or a clock: the calendar comes from ``district.toml`` through
settings, and every day is passed in. What people type is read in ``dates``; its names are
offered here as well, so that a noun needs one import for all that has to do with days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, Literal, cast

from reintegrate_cli.core.dates import (
    FIRST_DAY,
    LAST_DAY,
    MONTHS,
    WEEKDAYS,
    explain,
    explain_date,
    explain_day,
    explain_time,
    minutes,
    months_after,
    next_weekday,
    parse_closures,
    parse_date,
    parse_day,
    parse_moment,
    parse_time,
    parse_weekdays,
    read_date,
    read_moment,
    short_date,
    week_of,
    within,
)
from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.core.lean import msgspec

__all__ = [
    "FIRST_DAY",
    "FOR_GOOD",
    "LAST_DAY",
    "LONGEST_CLOSED",
    "MONTHS",
    "SCHOOL_HOURS",
    "WEEKDAYS",
    "Cadence",
    "Calendar",
    "Span",
    "Unit",
    "explain",
    "explain_date",
    "explain_day",
    "explain_time",
    "how_often",
    "minutes",
    "month_day",
    "months_after",
    "next_weekday",
    "parse_cadence",
    "parse_closures",
    "parse_date",
    "parse_day",
    "parse_moment",
    "parse_time",
    "parse_weekdays",
    "read_date",
    "read_moment",
    "short_date",
    "week_of",
    "within",
]

Unit = Literal["d", "w", "m"]

SCHOOL_HOURS: Final = ("08:00", "15:30")
"""The hours of a school day, where ``district.toml`` does not say others."""

LONGEST_CLOSED: Final = 366
"""Days in a row without an open day before the calendar itself is taken to be wrong."""

FOR_GOOD: Final = date.max
"""The end of a span that has none."""

_ROUGH_DAYS: Final[dict[str, int]] = {"d": 1, "w": 7, "m": 30}
_MOST: Final[dict[str, int]] = {"d": 366, "w": 104, "m": 48}
_CADENCE: Final = r"([1-9][0-9]{0,2})([dwm])"
_SATURDAY: Final = 5


class Span(msgspec.Struct, frozen=True):
    """Days from ``start`` up to, not including, ``end``; open-ended where that is ``None``."""

    start: date
    end: date | None

    def __contains__(self, day: date) -> bool:
        """Return whether a day lies in the span."""
        return self.start <= day and (self.end is None or day < self.end)


class Cadence(msgspec.Struct, frozen=True):
    """How often: every ``n`` days (to 366), weeks (to 104) or months (to 48).

    Raises:
        Usage: ``n`` is outside those limits, or the unit is none of ``d w m``.
    """

    n: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.n <= _MOST.get(self.unit, 0):
            raise _not_a_cadence()

    def __str__(self) -> str:
        return f"{self.n}{self.unit}"

    @property
    def days(self) -> int:
        """Rough length in days, a month being 30: for half the interval, never for dates."""
        return self.n * _ROUGH_DAYS[self.unit]

    def after(self, anchor: date, k: int) -> date:
        """Return the anchor plus ``k`` steps (minus, where ``k`` is negative).

        Always counted from the anchor and never from the step before: 31 Jan is followed
        by 28 Feb and 31 Mar, where a chain would stay on the 28th for good.

        Raises:
            Usage: the day lies outside the years 1 to 9999.
        """
        try:
            if self.unit == "m":
                return months_after(anchor, k * self.n)
            return anchor + timedelta(days=k * self.days)
        except (ValueError, OverflowError):
            raise _off_the_calendar() from None


def parse_cadence(text: str) -> Cadence | None:
    """Read ``3d``, ``2w``, ``1m``, or ``none``, which is no cadence at all.

    Raises:
        Usage: anything else, or a number outside the limits of ``Cadence``.
    """
    phrase = text.strip(" \t\r\n").lower()
    if phrase == "none":
        return None
    found = re.fullmatch(_CADENCE, phrase)
    if not found:
        raise _not_a_cadence()
    return Cadence(int(found[1]), cast(Unit, found[2]))


def month_day(anchor: date, k: int, day: int | str) -> date:
    """Return a day of the ``k``-th month after the anchor's month.

    Args:
        k: 0 is the anchor's own month, whatever day of it the anchor is.
        day: 1 to 31, clamped to the month's end; or ``last``, its last day.

    Raises:
        Usage: the day is neither, or the month lies outside the years 1 to 9999.
    """
    number = 31 if day == "last" else day
    if not isinstance(number, int) or not 1 <= number <= 31:
        raise Usage("that is not a day of the month", hint="a day is 1 to 31, or last")
    try:
        return months_after(anchor, k, day=number)
    except (ValueError, OverflowError):
        raise _off_the_calendar() from None


class Calendar(msgspec.Struct, frozen=True):
    """The days on which the district is shut, and the school year where one is given.

    With neither, weekends are closed and every weekday is a school day.

    Args:
        closures: every closed day, ranges written out (see ``parse_closures``).
        school_year: its first and last day, both included.
        school_years: more of them; they add up, so that the days of a year that is over still
            count when the next is written down.

    Raises:
        Settings: a school year ends before it starts.
    """

    closures: frozenset[date] = frozenset()
    school_year: tuple[date, date] | None = None
    school_years: tuple[tuple[date, date], ...] = ()

    def __post_init__(self) -> None:
        if any(last < first for first, last in self.years):
            alone = self.school_year is not None and self.school_year[1] < self.school_year[0]
            name = "school_year" if alone else "school_years"
            raise Settings(
                f"{name} ends before it starts",
                hint="write the first and the last day in district.toml",
                fields=(name,),
            )

    @property
    def years(self) -> tuple[tuple[date, date], ...]:
        """The school years that are known."""
        return (
            self.school_years
            if self.school_year is None
            else (self.school_year, *self.school_years)
        )

    def year_of(self, day: date) -> tuple[date, date] | None:
        """Return the school year that a day lies in, if it is known."""
        return next((one for one in self.years if one[0] <= day <= one[1]), None)

    def is_closed(self, day: date, *, chosen_weekday: int | None = None) -> bool:
        """Return whether nothing should be booked on a day (E2).

        A weekend is closed unless the student chose that very weekday (Monday is 0); a
        closure is closed to everybody, since nobody is there to meet.
        """
        if day in self.closures:
            return True
        return day.weekday() >= _SATURDAY and day.weekday() != chosen_weekday

    def is_school_day(self, day: date) -> bool:
        """Return whether a day counts toward a deadline in school days (G7)."""
        if self.years and self.year_of(day) is None:
            return False
        return not self.is_closed(day)

    def nearest_open(
        self, day: date, after: date = date.min, *, chosen_weekday: int | None = None
    ) -> tuple[date, ...]:
        """Offer the nearest open day before and the nearest after, in that order (E2).

        The day itself is never among them. A side without an open day within
        ``LONGEST_CLOSED`` days is left out.

        Args:
            day: the day that is closed.
            after: the last day that can no longer be promised.
            chosen_weekday: a weekday that is open, since somebody chose it.

        Raises:
            Settings: neither side has one.
        """
        sides = (_walk(day, -1), _walk(max(day, after), +1))
        found = [
            next((d for d in side if not self.is_closed(d, chosen_weekday=chosen_weekday)), None)
            for side in sides
        ]
        offered = tuple(d for d in found if d is not None and d > after)
        if not offered:
            raise Settings(
                "no day is open within a year of that date",
                hint="look at closures in district.toml",
                fields=("closures",),
            )
        return offered

    def school_days_after(self, day: date, n: int) -> date:
        """Return the ``n``-th school day after a day; the first is the next school day (G7).

        Raises:
            Settings: ``LONGEST_CLOSED`` days pass without a school day, as when the school
                year is over and the next is not in ``district.toml`` yet. A deadline in
                law is not to be guessed.
            ValueError: ``n`` is below 1.
        """
        if n < 1:
            raise ValueError("school days are counted from 1")
        for _ in range(n):
            found = next((d for d in _walk(day, +1) if self.is_school_day(d)), None)
            if found is None:
                raise Settings(
                    "the calendar has too few school days to count that deadline",
                    hint="bring closures and school_years in district.toml up to date",
                    fields=("closures", "school_year"),
                )
            day = found
        return day


def _walk(day: date, step: Literal[-1, 1]) -> Iterator[date]:
    """Yield the days on one side, nearest first; stop after a year or where dates end."""
    edge = date.max if step > 0 else date.min
    for distance in range(1, min(LONGEST_CLOSED, abs((edge - day).days)) + 1):
        yield day + timedelta(days=step * distance)


def _not_a_cadence() -> Usage:
    return Usage(
        "that is not a cadence",
        hint="a cadence is 3d, 1w, 2w, 1m, 3m or none: up to 366 days, 104 weeks or 48 months",
    )


def _off_the_calendar() -> Usage:
    return Usage("that date is outside the years 1 to 9999", hint="choose a nearer date")


_UNITS: Final = {"d": "day", "w": "week", "m": "month"}
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def how_often(every: str, day: str | None) -> str:
    """Return a cadence in words: ``every 2 weeks on Tuesday``."""
    if every == "none":
        text = "when a date is chosen"
    else:
        number, unit = int(every[:-1]), _UNITS[every[-1]]
        text = f"every {unit}" if number == 1 else f"every {number} {unit}s"
    if day is None:
        return text
    if day in WEEKDAYS:
        return f"{text} on {_DAYS[WEEKDAYS.index(day)]}"
    return f"{text} on {'the last day' if day == 'last' else f'day {day}'}"
