"""What has a date, and which nouns have any.

A *source* is a function from the ``World`` to ``Dated`` rows. It stands beside its noun, as
``dates``, and joins the agenda by its row in the catalogue; its module is loaded where a record
of its tables was found, and nowhere else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from reintegrate_cli.catalogue import TABLES, rules_of

Kind = Literal[
    "checkin",
    "conferral",
    "partner_checkin",
    "mou",
    "release",
    "adjustment",
    "wish",
    "safety",
    "placement",
    "concern",
    "mitigation",
    "funding",
    "training",
    "protocol",
    "referral",
    "attendance",
    "task",
    "birthday",
    "contact",
    "schedule",
    "paper",
    "mandated",
    "incident",
    "hearing",
    "need",
    "credit",
    "conference",
]
# Kinds whose nouns are still to come are listed, so that a script may ask for them now.

_BY_THE_AGENDA = ("schedules", "tasks")
_DATED = tuple(name for name, table in TABLES.items() if table.dated and name not in _BY_THE_AGENDA)

SOURCES = {
    f"reintegrate_cli.{module}": tuple(name for name in _DATED if rules_of(name) == module)
    for module in dict.fromkeys(map(rules_of, _DATED))
}
"""Each module with a function ``dates``, and the tables that it works its dates out from."""

DATED_TABLES = _DATED

ONLY_WITH = {name: TABLES[name].dated_with for name in _DATED if TABLES[name].dated_with}
"""Of these tables only the records with something in that field have dates."""

STANDS_DAYS = 7
"""An alert is shown this long, so that whoever comes in once a week sees it."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Dated:
    """A date from one source, before the day of the agenda gives it a state."""

    source: str
    command: str
    due_on: date
    kind: Kind
    case: str | None = None
    with_: str | None = None
    who: str | None = None
    mode: str | None = None
    at: str | None = None
    window: int = 0
    chosen_by: str | None = None
    owner: str = ""
    school: str | None = None
    origin: date | None = None
    """The date that followed from the terms, whatever day it was given since; ``None`` where
    the source has one date alone."""
    first: bool = True
    """Whether it is the earliest unsettled date of its source; only that is ever overdue."""
    quiet_until: date | None = None
    """It rests until that day, and cannot be overdue before."""
    never_late: bool = False
    """It asks for attention each day from its date on, and is never overdue."""
    counts_to: date | None = None
    """The day that it announces, where the agenda shows the days left to it and no date."""
    shown_from: date | None = None
    """It is in no agenda before that day, however far that looks ahead: a date that would tell
    what may not be told, such as a birthday."""


def alerts(ends_on: date, days_before: Sequence[int], today: date) -> Iterator[date]:
    """Give the days on which an end is announced: those to come, and the one that still stands.

    Args:
        ends_on: the day that is announced.
        days_before: how many days ahead, the most first.
        today: the day of the agenda. Each alert stands for ``STANDS_DAYS``, so that a day
            without a look at the agenda loses nothing.
    """
    for days in days_before:
        day = ends_on - timedelta(days=days)
        if today < day + timedelta(days=STANDS_DAYS) and day < ends_on:
            yield day
