"""The bounds of every number and day that is read, and how a number is read.

They follow from what a field declares (see ``hints``), or else from its type, and are what
``reintegrate schema`` prints.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from reintegrate_cli.core.dates import FIRST_DAY, LAST_DAY, months_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import Aged, Within
from reintegrate_cli.core.records import Cents, HalfDays, Hundredths, Sessions

MOST: dict[Any, tuple[int, int]] = {
    int: (9_999, 1),
    HalfDays: (366, 2),
    Hundredths: (9_999, 100),
    Cents: (99_999_999, 100),
    Sessions: (9_999, 2),
}
"""Of each kind of number: the most that it may be where a field says nothing else, and the parts
of one that are counted where it is kept. None is below nought."""


def days(within: Within | Aged | None, today: date, *, past: bool) -> tuple[date, date]:
    """Return the first and the last day that a field takes.

    Args:
        within: what it declares.
        today: the day from which an age counts.
        past: whether it is of something that happened.
    """
    if isinstance(within, Aged):
        oldest = months_after(today, -12 * (within.most + 1))
        return oldest + timedelta(days=1), months_after(today, -12 * within.least)
    return FIRST_DAY, today if past else LAST_DAY


def numbers(kind: Any, within: Within | Aged | None) -> tuple[int, int]:
    """Return the least and the most of a number of some kind that a field takes."""
    return (within.least, within.most) if isinstance(within, Within) else (0, MOST[kind][0])


def years_between(day: date, today: date) -> int:
    """Count the whole years from a day to today."""
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def read_number(kind: Any, value: Any, within: Within | Aged | None) -> int:
    """Read a number, as it is kept.

    Raises:
        Usage: it is none of that kind, or lies outside of its bounds.
    """
    number = _READERS[kind](value)
    least, most = numbers(kind, within)
    parts = MOST[kind][1]
    if not least * parts <= number <= most * parts:
        raise Usage(f"takes {least} to {most}")
    return number


def money(cents: int) -> str:
    """Write an amount: ``600.00``."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _whole_number(value: Any) -> int:
    digits = str(value).strip()
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Usage("takes a whole number")
    return int(digits)


def _hundredths(value: Any) -> int:
    whole, _, part = str(value).strip().partition(".")
    digits = whole + part
    fits = digits.isascii() and digits.isdigit() and bool(whole) and len(part) < 3
    if isinstance(value, bool) or not fits or len(whole) > 9:
        raise Usage("takes a number with at most two decimals", hint="for example 0.5")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _cents(value: Any) -> int:
    try:
        return _hundredths(value)
    except Usage:
        raise Usage("takes an amount of money", hint="for example 600.00") from None


def _halves(value: Any, of: str = "days") -> int:
    whole, dot, half = str(value).strip().partition(".")
    fits = whole.isascii() and whole.isdigit() and len(whole) < 5
    if isinstance(value, bool) or not fits or half not in (("0", "5") if dot else ("",)):
        raise Usage(f"takes {of}, whole or with a half: 2 or 0.5")
    return 2 * int(whole) + (half == "5")


_READERS: dict[Any, Callable[[Any], int]] = {
    int: _whole_number,
    Hundredths: _hundredths,
    HalfDays: _halves,
    Cents: _cents,
    Sessions: partial(_halves, of="sessions"),
}
