"""The date language: what people type for days, times and weekdays, and how it is read back.

Everything is understood exactly or refused; nothing is guessed, and no remainder is
dropped. Tools that guess read ``14`` as the year 14 and ``2026-W49`` as today, and a
student then waits on the wrong day. Refusals are fixed sentences: what was typed may be a
student's words in the wrong place, so it is never echoed.

Today is always passed in. Names are English whatever the locale of the machine is, so that
what is printed can be typed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from reintegrate_cli.core.errors import Settings, Usage

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of ``date.weekday()``: Monday is 0."""
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
UNDERSTOOD: Final = (
    "dates are typed as 2026-10-05, 2026-W41, today, tomorrow, yesterday, mon to sunday, "
    "next monday, +3d, 2w, 1m, in 2 weeks, sow, eow, som, eom, eoq, 30 nov, nov 30, "
    "last thu, -2d or 3 days ago"
)
"""The hint of every refusal, which is the whole language."""
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""Every date that is read, and every date that is kept, lies within these."""
MOST_CLOSURES: Final = 4000
"""Days that ``closures`` may come to once ranges are written out: some ten years' worth."""

_LONG_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_LONG_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAY: Final = {
    name: index for names in (WEEKDAYS, _LONG_WEEKDAYS) for index, name in enumerate(names)
}
_MONTH: Final = {
    name: index for names in (MONTHS, _LONG_MONTHS) for index, name in enumerate(names, start=1)
}
# Leap days are at most eight years apart (1896 and 1904).
_YEARS_TO_TRY: Final = 9

# Kept as text, since compiling all of them takes 2 ms and a command needs one or two.
# [0-9] and not \d, which also takes the digits of every other script.
_ISO: Final = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_ISO_WEEK: Final = r"([0-9]{4})-w([0-9]{2})"
_STEP: Final = r"\+?([0-9]{1,4})([dwm])|in ([0-9]{1,4}) (day|week|month)s?"
_BACK: Final = r"-([0-9]{1,4})([dwm])|([0-9]{1,4}) (day|week|month)s? ago"
_DAY_MONTH: Final = r"([0-9]{1,2}) ([a-z]+)|([a-z]+) ([0-9]{1,2})"
_TIME: Final = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
_MONTH_DAY: Final = r"[1-9]|[12][0-9]|3[01]"
_MOMENT: Final = r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}))?"


def parse_date(text: str, today: date, *, past: bool = False) -> date:
    """Read a day as a person types it; ``UNDERSTOOD`` lists all that is read.

    Args:
        text: what was typed; case, space around it and runs of blanks do not matter.
        today: the day that relative phrases count from.
        past: the day is one on which something happened, so that ``30 nov`` is the latest
            such day up to today; otherwise it is the next one from today on. No other
            phrase changes its meaning, and a day after today is not refused here.

    Raises:
        Usage: anything else, or a day that does not exist or lies past the year 9999.
    """
    if not text.isascii():
        raise _not_understood()
    phrase = re.sub(r"[ \t]+", " ", text.strip(" \t\r\n")).lower()
    try:
        for reader in (_iso, _named, _stepped, _ago):
            if (day := reader(phrase, today)) is not None:
                return day
        day = _of_a_month(phrase, today, past=past)
    except (ValueError, OverflowError):
        raise Usage("there is no such date", hint=UNDERSTOOD) from None
    if day is None:
        raise _not_understood()
    return day


def read_date(text: str, today: date, *, past: bool = False) -> date:
    """Read a day that is to be kept, or that rules are to be applied to; see ``parse_date``.

    Raises:
        Usage: it is not understood, or lies outside of the years that are kept.
    """
    return within(parse_date(text, today, past=past))


def within(day: date, least: date = FIRST_DAY, most: date = LAST_DAY) -> date:
    """Require that a day lies within bounds, both included; those of every date if left out.

    Raises:
        Usage: it does not. The day is not echoed.
    """
    if least <= day <= most:
        return day
    raise Usage(
        f"that date is outside the years {FIRST_DAY.year} to {LAST_DAY.year}"
        if (least, most) == (FIRST_DAY, LAST_DAY)
        else f"takes a date from {explain_day(least)} to {explain_day(most)}",
        hint="look at the year",
    )


def check_after(on: date, first: date, what: str) -> None:
    """Require that something did not happen before what it belongs to.

    Args:
        on: the day on which it happened.
        first: the first day on which it could.
        what: what was on that day, as a message has it.

    Raises:
        Usage: it did.
    """
    if on < first:
        raise Usage(f"that is before {what}", fields=["on"])


def _not_understood() -> Usage:
    return Usage("that is not a date as dates are typed here", hint=UNDERSTOOD)


def _iso(phrase: str, _today: date) -> date | None:
    if found := re.fullmatch(_ISO, phrase):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(_ISO_WEEK, phrase):
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return None


def _named(phrase: str, today: date) -> date | None:
    if phrase in _NAMED:
        return _NAMED[phrase](today)
    weekday = _WEEKDAY.get(phrase.removeprefix("next "))
    return None if weekday is None else next_weekday(today, weekday)


_NAMED: Final[dict[str, Callable[[date], date]]] = {
    "today": lambda today: today,
    "tomorrow": lambda today: today + timedelta(days=1),
    "yesterday": lambda today: today - timedelta(days=1),
    "sow": lambda today: today - timedelta(days=today.weekday()),
    "eow": lambda today: today + timedelta(days=6 - today.weekday()),
    "som": lambda today: today.replace(day=1),
    "eom": lambda today: months_after(today, 0, day=31),
    "eoq": lambda today: months_after(today, -today.month % 3, day=31),
}


def _stepped(phrase: str, today: date) -> date | None:
    found = re.fullmatch(_STEP, phrase)
    if not found:
        return None
    number, unit = int(found[1] or found[3]), (found[2] or found[4])[0]
    if unit == "m":
        return months_after(today, number)
    return today + timedelta(days=number * (7 if unit == "w" else 1))


def _ago(phrase: str, today: date) -> date | None:
    """Read a day that is counted back from today: ``last thu``, ``-2d``, ``3 days ago``."""
    weekday = _WEEKDAY.get(phrase.removeprefix("last ")) if phrase.startswith("last ") else None
    if weekday is not None:
        return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    found = re.fullmatch(_BACK, phrase)
    if not found:
        return None
    number, unit = int(found[1] or found[3]), (found[2] or found[4])[0]
    if unit == "m":
        return months_after(today, -number)
    return today - timedelta(days=number * (7 if unit == "w" else 1))


def _of_a_month(phrase: str, today: date, *, past: bool) -> date | None:
    found = re.fullmatch(_DAY_MONTH, phrase)
    if not found or (month := _MONTH.get(found[2] or found[3])) is None:
        return None
    number = int(found[1] or found[4])
    for years in range(_YEARS_TO_TRY):
        try:
            day = date(today.year + (-years if past else years), month, number)
        except ValueError:
            continue  # 29 Feb in a common year; what never exists runs out of years
        if day <= today if past else day >= today:
            return day
    raise ValueError("no such day of that month")


def months_after(anchor: date, months: int, *, day: int | None = None) -> date:
    """Count months from the anchor, clamped to the end of a shorter month.

    Args:
        months: how many, forwards or (negative) backwards.
        day: the day of the month wanted, 1 to 31; by default the anchor's.

    Raises:
        ValueError: the month lies outside the years 1 to 9999.
        OverflowError: so far outside that it cannot be counted.
    """
    # Imported here because dateutil takes some 3 ms, and most commands count no month.
    from dateutil.relativedelta import relativedelta

    return anchor + relativedelta(months=months, day=day)


def days_after(day: date, days: int) -> date:
    """Return the day so many days after another, or the last there is."""
    return day + timedelta(days=min(days, (date.max - day).days))


def next_weekday(after: date, weekday: int) -> date:
    """Find the first such weekday (Monday is 0) after a day, never that day itself.

    Raises:
        OverflowError: it lies past the year 9999.
    """
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


def week_of(day: date) -> tuple[date, date]:
    """Return the Monday and the Sunday of the day's week; the last week there is ends early."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=min(6, (date.max - monday).days))


def short_date(day: date) -> str:
    """Write a day for a narrow column: ``Mon 30 Nov``."""
    return f"{WEEKDAYS[day.weekday()].title()} {day.day} {MONTHS[day.month - 1].title()}"


def explain_day(day: date) -> str:
    """Write a day in full: ``Mon 30 Nov 2026``."""
    return f"{short_date(day)} {day.year:04d}"


def explain_date(day: date, today: date) -> str:
    """Echo in full what was understood: ``Mon 30 Nov 2026, in 7 days``."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    away = near.get(days, f"in {days} days" if days > 0 else f"{-days} days ago")
    return f"{explain_day(day)}, {away}"


def explain(when: date | str, today: date) -> str:
    """Return in full how a day or a time of day was understood."""
    if not isinstance(when, str):
        return explain_date(when, today)
    day, mark, time = when.rpartition("T")
    on = f"{explain_date(date.fromisoformat(day), today)}, " if mark else ""
    return on + explain_time(time)


def explain_time(time: str) -> str:
    """Echo a time of day as people say it, so that 3:30 is not taken for the afternoon."""
    hour, minute = (int(part) for part in time.split(":"))
    half = "morning" if hour < 12 else "afternoon"
    return f"{hour % 12 or 12}:{minute:02d} in the {half}"


def parse_time(text: str) -> str:
    """Read a time of day on the 24-hour clock and give it as ``HH:MM``.

    Raises:
        Usage: anything but ``15:30`` or ``9:05``; there is no 24:00.
    """
    found = re.fullmatch(_TIME, text.strip(" \t\r\n"))
    if not found:
        raise Usage("that is not a time of day", hint="times are typed as 15:30 or 9:05")
    return f"{int(found[1]):02d}:{found[2]}"


def minutes(text: str) -> int:
    """Count the minutes from midnight to a time of day, 0 to 1439, so that times compare.

    Raises:
        Usage: the text is not a time.
    """
    hour, minute = parse_time(text).split(":")
    return int(hour) * 60 + int(minute)


def parse_weekdays(text: str) -> tuple[str, ...]:
    """Read ``mon,tue`` (long names too) and give short names in week order, each once.

    Raises:
        Usage: it is empty, or a part is not a weekday.
    """
    names = [part.strip(" \t\r\n").lower() for part in text.split(",")]
    if not all(name in _WEEKDAY for name in names):
        raise Usage(
            "that is not a list of weekdays", hint="weekdays are typed as mon,tue,wed or monday"
        )
    return tuple(WEEKDAYS[index] for index in sorted({_WEEKDAY[name] for name in names}))


def parse_day(text: str) -> int | str:
    """Read the day of a schedule: ``mon`` to ``sun``, a day of the month, or ``last``.

    Returns:
        The short name of a weekday, ``last``, or a number from 1 to 31.

    Raises:
        Usage: anything else.
    """
    phrase = text.strip(" \t\r\n").lower()
    if phrase in _WEEKDAY:
        return WEEKDAYS[_WEEKDAY[phrase]]
    if phrase == "last":
        return phrase
    if re.fullmatch(_MONTH_DAY, phrase):
        return int(phrase)
    raise Usage(
        "that is not a day of the week or month",
        hint="a day is mon to sun, 1 to 31, or last (the last day of the month)",
    )


def parse_moment(text: str) -> tuple[date, str | None]:
    """Read what stands in for the clock: a day, or a day and a time of day.

    No phrases: there is no today yet for them to count from.

    Raises:
        Usage: it is neither ``2026-10-05`` nor ``2026-10-05T15:30``, or does not exist.
    """
    found = re.fullmatch(_MOMENT, text)
    try:
        if found:
            return within(date.fromisoformat(found[1])), parse_time(found[2]) if found[2] else None
    except (ValueError, Usage):
        pass  # refused below, in the same words whatever was wrong
    raise Usage(
        "that is not a date, or a date and time", hint="write 2026-10-05 or 2026-10-05T15:30"
    )


def read_moment(text: str, today: date) -> str:
    """Read a day and a time as a person types them, and give them as ``2026-10-14T13:10``.

    Args:
        text: ``13:10``, which is today's, or a day and a time: ``yesterday 13:10``,
            ``2026-10-14T13:10``, ``2026-10-14@13:10``.
        today: the day that phrases count from.

    Raises:
        Usage: it is no such thing.
    """
    typed = text.strip(" \t\r\n")
    day = time = ""
    for mark in "T@ ":
        day, _, time = typed.rpartition(mark)
        if re.fullmatch(_TIME, time):
            break
    if not re.fullmatch(_TIME, time):
        raise Usage(
            "that is not a day and a time", hint="write 13:10, yesterday@13:10 or 2026-10-14T13:10"
        )
    on = read_date(day, today, past=True) if day else today
    return f"{on.isoformat()}T{parse_time(time)}"


def parse_closures(items: Sequence[str | date]) -> frozenset[date]:
    """Read the ``closures`` of ``district.toml`` and write every range out as its days.

    An item is a date of TOML's own, ``2026-10-12``, or a range with both ends included:
    ``2026-11-26..2026-11-27`` or ``2026-11-26/2026-11-27``.

    Raises:
        Settings: an item is something else (named by its place, not its text), a range
            runs backwards, or there are more than ``MOST_CLOSURES`` days.
    """
    if isinstance(items, str) or not isinstance(items, Sequence):
        raise _bad_closures("closures is not a list")
    closures: set[date] = set()
    for place, item in enumerate(items, start=1):
        try:
            first, last = _ends(item)
        except ValueError:
            raise _bad_closures(f"entry {place} of closures is not a date or a range") from None
        if last < first:
            raise _bad_closures(f"entry {place} of closures ends before it starts")
        days = (last - first).days + 1
        # Before writing it out: a mistyped year would otherwise fill the memory.
        if len(closures) + days > MOST_CLOSURES:
            raise _bad_closures(f"closures comes to more than {MOST_CLOSURES} days")
        closures.update(first + timedelta(days=n) for n in range(days))
    return frozenset(closures)


def _ends(item: object) -> tuple[date, date]:
    if isinstance(item, date) and not isinstance(item, datetime):
        return item, item
    if not isinstance(item, str):
        raise ValueError("not text or a date")
    ends = [_iso_day(part.strip()) for part in re.split(r"\.\.|/", item)]
    if len(ends) > 2:
        raise ValueError("more than two ends")
    return ends[0], ends[-1]


def _iso_day(text: str) -> date:
    # date.fromisoformat also takes 20261012 and 2026-W41-1, which are not promised.
    if not re.fullmatch(_ISO, text):
        raise ValueError("not an ISO date")
    return date.fromisoformat(text)


def _bad_closures(message: str) -> Settings:
    return Settings(
        message,
        hint="write each as 2026-10-12, or 2026-11-26..2026-11-27 for a range",
        fields=("closures",),
    )
