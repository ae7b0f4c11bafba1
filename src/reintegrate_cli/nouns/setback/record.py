"""Setbacks: ordinary events on a way that follows no neat line (guidance clause 34, rule E7).

A setback says what happened, what was added, and when the student had recovered. It lowers nothing
anywhere: no status, no count, no date follows from one.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref

Status = Literal["recovering", "recovered"]
STATUSES: tuple[Status, ...] = ("recovering", "recovered")


class Setback(Record, frozen=True, kw_only=True):
    """One setback: what led to it, the support that was added, and what helped."""

    case: Ref[str]
    id: Ref[str]
    on: Public[date]
    recovered_on: Public[date | None] = None
    trigger: Private[str] = ""
    support: Private[str] = ""
    helped: Private[str] = ""

    dated = "on"

    @property
    def status(self) -> Status:
        """Return whether the student has recovered from it."""
        return "recovering" if self.recovered_on is None else "recovered"


def check_open(setback: Setback) -> None:
    """Require a setback from which no recovery is recorded.

    Raises:
        Usage: one is.
    """
    if setback.recovered_on is not None:
        raise Usage(f"{setback.case}/{setback.id} is recovered from already")


def recover(setback: Setback, on: date, helped: str, support: str) -> Setback:
    """Record that a student recovered, and what helped.

    Raises:
        Usage: that was recorded already, or lies before the setback.
    """
    check_open(setback)
    check_after(on, setback.on, "the setback")
    return replace(
        setback,
        recovered_on=on,
        helped=helped or setback.helped,
        support=support or setback.support,
    )


def events(setback: Setback) -> Iterator[Event]:
    """Yield when it was, and when the student had recovered."""
    tell = partial(event_of, setback, "setback")
    yield tell(setback.on, "happened", by=setback.entered_by, text=setback.trigger)
    if setback.recovered_on is not None:
        yield tell(setback.recovered_on, "recovered", text=setback.helped)
