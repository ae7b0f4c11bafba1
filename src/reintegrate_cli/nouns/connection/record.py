"""Connections: the adults, peers and activities that hold a student, and what a move would cost.

Leaving the building often means leaving healthy peers and adults behind (clause 12). So what
there is now is on record, in the student's view of it, and what a move would take away can be
told before anybody decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Annotated, Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    WORK,
    Private,
    Public,
    Record,
    Ref,
    School,
    row_of,
    same_slug,
)
from reintegrate_cli.nouns.case.record import Setting

Kind = Literal["adult", "peer", "activity"]
Place = Literal["school", "home", "community", "online"]
Status = Literal["active", "ended"]
STATUSES: tuple[Status, ...] = ("active", "ended")
EndReason = Literal["student_choice", "they_left", "student_moved", "it_ended", "other"]
_IN_THE_BUILDING: tuple[Setting, ...] = ("home", "home_supports", "school_of_origin")
_NO_BUILDING: tuple[Setting, ...] = ("independent", "online", "ged", "out_of_school")


class ConnectionFacts(Record, frozen=True, kw_only=True):
    """What lists show of a connection, too.

    ``place`` is where it lives, with the ``school`` if that is one. ``replaces`` names the
    connection that this one stands for.
    """

    case: Ref[str]
    id: Ref[str]
    kind: Public[Kind]
    place: Public[Place]
    school: Public[School | None] = None
    who: Annotated[Ref[str | None], WORK] = None
    on: Public[date]
    replaces: Ref[str | None] = None
    name: Private[str] = ""
    ended_on: Public[date | None] = None
    reason: Public[EndReason | None] = None

    dated = "on"


class Connection(ConnectionFacts, frozen=True, kw_only=True):
    """Somebody a student trusts or is friends with, or something the student takes part in.

    ``place`` is where it lives, with the ``school`` if that is one. ``plan`` says what would
    take its place after a move, and ``replaces`` names the connection that this one stands for.
    """

    note: Private[str] = ""
    plan: Private[str] = ""

    @property
    def status(self) -> Status:
        """Return whether it is there today."""
        return "ended" if self.ended_on else "active"


class ConnectionRow(ConnectionFacts, frozen=True, kw_only=True):
    """A connection as lists and writes show it.

    ``replaced_by`` names the connections that stand for it; ``planned`` says that there is a
    plan for it, which case show tells.
    """

    replaced_by: Ref[tuple[str, ...]]
    planned: Public[bool]
    status: Public[Status]


def rows(shown: Iterable[Connection], among: Iterable[Connection]) -> list[ConnectionRow]:
    """Return the rows of connections, each with those that stand for it.

    Args:
        shown: the ones to show.
        among: all there are, since what stands for one may not be shown itself.
    """
    standing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for connection in among:
        if connection.replaces and connection.status == "active":
            standing[connection.case, connection.replaces].append(connection.id)
    return [
        row_of(
            ConnectionRow,
            connection,
            replaced_by=tuple(standing[connection.case, connection.id]),
            planned=bool(connection.plan),
        )
        for connection in shown
    ]


def lost_by_move(
    connections: Iterable[Connection], option: Setting, school: str | None = None
) -> list[Connection]:
    """Return what a student would lose by a move to another setting (clause 12).

    What lives at home, in the community or online is kept. What lives in a school is lost where
    the setting has no building, and kept where the student stays in that same school.

    Args:
        connections: those of one case, ended ones too.
        option: the setting that is thought of.
        school: the school it would be in; where it is not said, a setting that stays in the
            building stays in the same one, and any other is somewhere else.
    """

    def is_lost(connection: Connection) -> bool:
        if connection.place != "school" or connection.status != "active":
            return False
        if option in _NO_BUILDING or school is None or connection.school is None:
            return option not in _IN_THE_BUILDING
        return not same_slug(connection.school, school)

    return list(filter(is_lost, connections))


def check_place(place: Place, school: str | None) -> None:
    """Require that a school is named only for what lives in one.

    Raises:
        Usage: it is named for something else.
    """
    if school is not None and place != "school":
        raise Usage(
            "--school is for what lives in a school",
            fields=["school"],
            hint="leave it out, or say --place school",
        )


def check_adult(kind: Kind, staff: str | None, care: str | None) -> None:
    """Require that a person is named only for an adult, and only one.

    Raises:
        Usage: both are named, or one for a peer or an activity.
    """
    if staff and care:
        raise Usage("one connection is with one person", fields=["staff", "care"])
    if kind != "adult" and (staff or care):
        raise Usage(
            "--staff and --care are for an adult",
            fields=["staff", "care"],
            hint="name a peer or an activity with the key name",
        )


def check_open(connection: Connection) -> None:
    """Require a connection that has not ended.

    Raises:
        Usage: it has.
    """
    if connection.ended_on is not None:
        raise Usage(f"connection {connection.case}/{connection.id} has ended already")


def ended(connection: Connection, on: date, reason: EndReason) -> Connection:
    """Return a connection that is no longer there.

    Raises:
        Usage: it ended already, or that was before it was named.
    """
    check_open(connection)
    check_after(on, connection.on, "the connection was named")
    return replace(connection, ended_on=on, reason=reason)


def events(connection: Connection) -> Iterator[Event]:
    """Yield when a connection was named, and when it was lost."""
    event = partial(event_of, connection, "connection")
    text = "; ".join(part for part in (connection.name, connection.note) if part)
    what = f"{connection.kind}, {connection.place}"
    yield event(connection.on, what, by=connection.who, text=text)
    if connection.ended_on:
        reason = label(connection.reason)
        yield event(connection.ended_on, f"{connection.kind} ended: {reason}", text=connection.name)
