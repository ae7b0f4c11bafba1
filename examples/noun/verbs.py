"""``permit``: passes and papers that somebody has to ask for."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.nouns.permit.record import STATUSES, Permit, Sort, receive

from reintegrate_cli.core.hints import PAST, PROSE, TODAY
from reintegrate_cli.core.records import Form, Private, Public
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.nouns.case.sections import Section

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewPermit(Form, kw_only=True):
    """What ``permit add`` takes."""

    sort: Annotated[Public[Sort], "what it is"]
    asked_on: Annotated[Public[date], PAST, TODAY, "the day it was asked for"]
    note: Annotated[Private[str], PROSE, "where, and what they want to see"] = ""


class Received(Form, kw_only=True):
    """What ``permit receive`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day it came"]
    expires_on: Annotated[Public[date | None], "its last day"] = None


COLUMNS = (
    Column("case", lambda permit: permit.case),
    Column("id", lambda permit: permit.id),
    Column("what", lambda permit: permit.sort.replace("_", " "), True),
    Column("asked", lambda permit: permit.asked_on),
    Column("received", lambda permit: permit.received_on),
    Column("last day", lambda permit: permit.expires_on),
)


@adds("permit")
def add(work: Work, given: NewPermit) -> Permit:
    """Note that a permit was asked for; the agenda says when to ask again.

    Example: reintegrate permit add HX4T --sort bus-pass
    """
    return work.new(Permit, given)


@changes("permit", "receive")
def receive_(work: Work, permit: Permit, given: Received) -> Permit:
    """Record that a permit came, and its last day.

    Example: reintegrate permit receive HX4T PM1 --expires-on 2027-06-30
    """
    return receive(permit, given.on, given.expires_on)


@lists("permit", COLUMNS, STATUSES)
def list_(work: Work, permits: list[Permit]) -> list[Permit]:
    """List permits, and when they end.

    Example: reintegrate permit list --status asked
    """
    return permits


def section(store: "Store", ref: str) -> Section:
    """The permits of one case."""
    permits = store.of(Permit).all(case=ref)
    pairs = [(permit.id, permit.note) for permit in permits if permit.note]
    heading = "permits" if permits else ""
    return Section({"permits": permits}, pairs, heading, permits, COLUMNS[1:])
