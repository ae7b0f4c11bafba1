"""The month as weeks of days, each with the number of things that are due on it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from reintegrate_cli.core.calendar import Calendar, week_of
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.rows import Item


class Day(msgspec.Struct, frozen=True):
    """One day of a month, and how many things wait on it."""

    day: date
    due: int = 0
    late: int = 0
    is_today: bool = False
    is_closed: bool = False


Week = tuple[Day | None, ...]
"""Monday to Sunday; nothing if the day belongs to another month."""


def weeks(rows: Iterable[Item], first: date, today: date, calendar: Calendar) -> list[Week]:
    """Lay out the month that begins with ``first``, Monday first.

    Args:
        rows: the agenda; what stands on a day of another month is not counted.
        first: the first day of the month.
        today: the day that is marked.
        calendar: says which days are closed.
    """
    late: Counter[date] = Counter()
    due: Counter[date] = Counter()
    for row in rows:
        (late if row.state == "overdue" else due)[row.due_on] += 1

    def one(day: date) -> Day | None:
        if (day.year, day.month) != (first.year, first.month):
            return None
        return Day(day, due[day], late[day], day == today, calendar.is_closed(day))

    monday, lines = week_of(first)[0], []
    while monday <= first or monday.month == first.month:
        lines.append(tuple(one(monday + timedelta(days=place)) for place in range(7)))
        monday += timedelta(days=7)
    return lines
