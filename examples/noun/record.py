"""Permits: passes and papers that somebody has to ask for, and that end."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Sort = Literal["bus_pass", "library_card", "other"]
Status = Literal["asked", "held"]
STATUSES: tuple[Status, ...] = ("asked", "held")
ASK_AGAIN = timedelta(days=14)


class Permit(Record, frozen=True, kw_only=True):
    """A permit: when it was asked for, when it came, and its last day."""

    case: Ref[str]
    id: Ref[str]
    sort: Public[Sort]
    asked_on: Public[date]
    received_on: Public[date | None] = None
    expires_on: Public[date | None] = None
    note: Private[str] = ""

    dated = "asked_on"

    @property
    def status(self) -> Status:
        """Tell whether the student has it."""
        return "asked" if self.received_on is None else "held"


def receive(permit: Permit, on: date, expires_on: date | None) -> Permit:
    """Record that a permit came, and its last day.

    Raises:
        Usage: it came before it was asked for, or ends before it came.
    """
    if on < permit.asked_on:
        raise Usage("that is before it was asked for", fields=["on"])
    if expires_on is not None and expires_on < on:
        raise Usage("it ends before it came", fields=["expires_on"])
    return replace(permit, received_on=on, expires_on=expires_on)


def dates(permit: Permit, world: World) -> Iterator[Dated]:
    """Give the day to ask again, and the last day of a permit that came."""
    waiting = permit.received_on is None
    due_on = permit.asked_on + ASK_AGAIN if waiting else permit.expires_on
    if due_on is not None:
        name = permit.sort.replace("_", " ")
        yield world.row(
            permit.case,
            permit.id,
            label=f"ask again for the {name}" if waiting else f"the {name} ends",
            command=f"reintegrate permit receive {permit.case} {permit.id}",
            due_on=due_on,
            kind="permit",
        )


def events(permit: Permit) -> Iterator[Event]:
    """Tell when it was asked for, and when it came."""
    for on, what in ((permit.asked_on, "asked for"), (permit.received_on, "came")):
        if on is not None:
            yield Event(on=on, kind="permit", what=what, case=permit.case, id=permit.id)
