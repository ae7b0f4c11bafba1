"""What has a date, and which nouns have any.

A *source* is a function ``dates(record, world)``: it gives the ``Dated`` rows of one record. It
stands beside its noun and joins the agenda by its row in the catalogue; its module is loaded
where a record of its table was found, and nowhere else.

A source is not told what day it is; one without an end gives the first of its dates, and the later
ones of the days that the world is asked about. A row therefore has one date, and nothing about it
changes because a day went by; what a day makes of it (``upcoming``, ``due``, ``overdue``, or at
rest) is worked out in ``agenda``, for all rows alike.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from reintegrate_cli.catalogue import KINDS, ROWS, TABLES, Sort, rules_of
from reintegrate_cli.core.calendar import Span
from reintegrate_cli.core.records import Public, Ref, Value

if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[KINDS]
"""A kind of row, of those in the catalogue."""
State = Literal["overdue", "due", "upcoming"]

BEFORE_OFF = ", before you are off"
"""What the label of a deadline ends with, if whose it is does not work on that day."""
CHOSEN_BY_THEM = ("student", "caregiver")
"""Whose choice no working days move."""

SOURCES = {name: rules_of(name) for name, table in TABLES.items() if table.dated}
"""Each table with dates, and the module with the function ``dates`` for a record of it."""


class Item(Value, frozen=True, kw_only=True):
    """One row of the agenda. Codes and dates only, so that a passer-by reads nothing."""

    id: Ref[str] = ""
    due_on: Public[date]
    state: Public[State] = "upcoming"
    days_late: Public[int] = 0
    case: Ref[str | None] = None
    kind: Public[Kind]
    label: Ref[str] = ""
    """What happens on the day, in codes and kinds alone: ``MOU ends``."""
    with_: Public[str | None] = None
    who: Ref[str | None] = None
    mode: Public[str | None] = None
    at: Public[str | None] = None
    window: Public[int] = 0
    chosen_by: Ref[str | None] = None
    owner: Ref[str] = ""
    was_on: Public[date | None] = None
    """The day on which it was due, if it was moved to another, or nobody works on it."""
    lead: Ref[str | None] = None
    school: Public[str | None] = None
    source: Ref[str]
    """What it is a date of: ``HX4T/S1``, or ``M1`` where there is no case."""
    command: Ref[str]

    dated = "due_on"

    @property
    def status(self) -> str:
        """The state, under the name that filters use."""
        return self.state


class Unworkable(Item, frozen=True, kw_only=True):
    """What stands in for the rows of a record from which no date can be worked out."""


class Dated(Item, frozen=True, kw_only=True):
    """A date of one record, before the day of the agenda gives it a state."""

    announced_on: Public[date | None] = None
    """The first day on which it is spoken of; the first of its window if left out."""
    until: Public[date | None] = None
    """The last day of what settles itself by ending, such as a release."""
    sort: Public[Sort | None] = None
    """Where it is not that of its kind."""
    asks: Public[bool] = False
    """It merely asks, whatever its kind, and is never late."""
    review: Public[bool | None] = None
    """Whether it is a review, where that is not so of its kind."""
    alone: Ref[tuple[str, ...]] = ()
    """Who sees it, and nobody else: the first of them who is here and not away."""
    broken: Public[bool] = False
    """No date can be worked out of the record, which is all that the row says."""
    rests: Public[tuple[Span, ...]] = ()
    """The days on which it rests, besides those of its case."""
    nth: Public[int] = 0
    """Which it is, where one record has several."""
    origin: Public[date | None] = None
    """The date that followed from the terms, whatever day it was given since; ``None`` if
    the source has one date alone."""
    first: Public[bool] = True
    """Whether it is the earliest unsettled date of its source. The later ones are on the agenda
    of their own days alone, and none of them is overdue before it is the first."""

    @property
    def name(self) -> str:
        """What it is a date of, and which of them."""
        return f"{self.source}.{self.nth}" if self.nth else self.source

    @property
    def falls_under(self) -> Sort:
        """Its sort: its own, or that of its kind."""
        return self.sort or ROWS[self.kind].sort

    @property
    def merely_asks(self) -> bool:
        """Return whether nobody promised it and no law demands it, so that it is never late."""
        return self.asks or self.broken or ROWS[self.kind].asks

    @property
    def rolls(self) -> bool:
        """Return whether it goes forward to a day on which those who see to it work.

        So do contacts and reviews; but nothing that a student or a caregiver chose, no date that
        law sets, and nothing that merely asks.
        """
        if self.merely_asks or self.falls_under == "law" or self.chosen_by in CHOSEN_BY_THEM:
            return False
        review = ROWS[self.kind].reviews if self.review is None else self.review
        return review or self.falls_under == "contact"

    @property
    def opens_on(self) -> date:
        """The first day on which it is spoken of, were it never at rest."""
        if self.announced_on is None:
            return self.due_on - timedelta(days=self.window)
        return min(self.announced_on, self.due_on)


class Undated(NamedTuple):
    """Something that is open although no date tells it: what one is called, and this one."""

    called: str
    label: str


def first_alert(ends_on: date, days_before: Sequence[int]) -> date:
    """Return the day from which an end is announced: the first of its alert days.

    Args:
        ends_on: the day that is announced.
        days_before: how many days ahead.
    """
    return ends_on - timedelta(days=max(days_before))
