"""The dated items that every program of the comparison gets, the same for all.

Of N items, ``OVERDUE`` fell due on the weekdays before the week of ``today``, ``IN_WEEK``
fall on its weekdays, and all the others are spread evenly over the weekdays of the ``YEARS``
after it. So what a week shows stays as it is while the district plans ever more: a program
that finds the week without going through all the rest costs the same at every size.

``today`` is a Monday, so that nothing of the week is late yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

OVERDUE = 5
IN_WEEK = 20
YEARS = 10
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Item:
    """Something to do by a day. The text is what a task or an entry says."""

    number: int
    due_on: date

    @property
    def text(self) -> str:
        """About 60 characters, none of them a comma or a colon, which some formats escape."""
        return f"item {self.number:06d} ask how the week went and what would help"


def weekday_after(monday: date, number: int) -> date:
    """Give a weekday counted from a Monday; weekends are passed over, also backwards."""
    weeks, day = divmod(number, 5)
    return monday + timedelta(days=weeks * WEEK_DAYS + day)


def items(count: int, today: date) -> Iterator[Item]:
    """Give the items, those that are overdue first, then by day.

    Args:
        count: how many; more than the overdue ones and those of the week together.
        today: a Monday.
    """
    assert today.weekday() == 0, "the week begins today"
    later = count - OVERDUE - IN_WEEK
    assert later > 0, f"at least {OVERDUE + IN_WEEK + 1} items"
    for number in range(OVERDUE):
        yield Item(number, weekday_after(today, number - OVERDUE))
    for number in range(IN_WEEK):
        yield Item(OVERDUE + number, weekday_after(today, number % 5))
    ahead = YEARS * 52 * 5
    for number in range(later):
        day = weekday_after(today, 5 + number * ahead // later)
        yield Item(OVERDUE + IN_WEEK + number, day)
