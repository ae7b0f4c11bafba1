"""Connections: the adults, peers and activities that hold a student, and what a move would cost.

Leaving the building often means leaving healthy peers and adults behind (clause 12). So what
there is now is on record, in the student's view of it, and what a move would take away can be
told before anybody decides.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Literal

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import WORK, Private, Public, Record, Ref, Value, Word
from reintegrate_cli.nouns.case.record import Setting

Kind = Literal["adult", "peer", "activity"]
Place = Literal["school", "home", "community", "online"]
Status = Literal["active", "ended"]
STATUSES: tuple[Status, ...] = ("active", "ended")
EndReason = Literal["student_choice", "they_left", "student_moved", "it_ended", "other"]
_IN_THE_BUILDING: tuple[Setting, ...] = ("home", "home_supports", "school_of_origin")
_NO_BUILDING: tuple[Setting, ...] = ("independent", "online", "ged", "out_of_school")


class Connection(Record, frozen=True, kw_only=True):
    """Somebody a student trusts or is friends with, or something the student takes part in.

    ``place`` is where it lives, with the ``school`` if that is one. ``plan`` says what would
    take its place after a move, and ``replaces`` names the connection that this one stands for.
    """

    case: Ref[str]
    id: Ref[str]
    kind: Public[Kind]
    place: Public[Place]
    school: Public[Word | None] = None
    who: Annotated[Ref[str | None], WORK] = None
    on: Public[date]
    replaces: Ref[str | None] = None
    name: Private[str] = ""
    note: Private[str] = ""
    plan: Private[str] = ""
    ended_on: Public[date | None] = None
    reason: Public[EndReason | None] = None

    dated = "on"

    @property
    def status(self) -> Status:
        """Tell whether it is there today."""
        return "ended" if self.ended_on else "active"


class ConnectionRow(Value, frozen=True, kw_only=True):
    """A connection as lists and writes show it.

    ``replaced_by`` names the connections that stand for it; ``planned`` says that there is a
    plan for it, which case show tells.
    """

    id: Ref[str]
    case: Ref[str]
    kind: Public[Kind]
    place: Public[Place]
    school: Public[str | None]
    who: Ref[str | None]
    on: Public[date]
    replaces: Ref[str | None]
    replaced_by: Ref[tuple[str, ...]]
    planned: Public[bool]
    status: Public[Status]
    ended_on: Public[date | None]
    reason: Public[EndReason | None]
    name: Private[str]

    dated = "on"


def rows(found: Iterable[Connection], among: Iterable[Connection]) -> list[ConnectionRow]:
    """Show connections, each with those that stand for it.

    Args:
        found: the ones to show.
        among: all there are, since what stands for one may not be shown itself.
    """
    standing: dict[tuple[str, str], list[str]] = {}
    for one in among:
        if one.replaces and one.status == "active":
            standing.setdefault((one.case, one.replaces), []).append(one.id)
    return [
        ConnectionRow(
            id=one.id,
            case=one.case,
            kind=one.kind,
            place=one.place,
            school=one.school,
            who=one.who,
            on=one.on,
            replaces=one.replaces,
            replaced_by=tuple(standing.get((one.case, one.id), ())),
            planned=bool(one.plan),
            status=one.status,
            ended_on=one.ended_on,
            reason=one.reason,
            name=one.name,
        )
        for one in found
    ]


def lost_by_move(
    connections: Iterable[Connection], option: Setting, school: str | None = None
) -> list[Connection]:
    """List what a student would lose by a move to another setting (clause 12).

    What lives at home, in the community or online is kept. What lives in a school is lost where
    the setting has no building, and kept where the student stays in that same school.

    Args:
        connections: those of one case, ended ones too.
        option: the setting that is thought of.
        school: the school it would be in; where it is not said, a setting that stays in the
            building stays in the same one, and any other is somewhere else.
    """

    def is_kept(one: Connection) -> bool:
        if one.place != "school":
            return True
        if option in _NO_BUILDING:
            return False
        if school is None or one.school is None:
            return option in _IN_THE_BUILDING
        return one.school.casefold() == school.casefold()

    return [one for one in connections if one.status == "active" and not is_kept(one)]


def check_place(place: Place, school: str | None) -> None:
    """Demand that a school is named only for what lives in one.

    Raises:
        Usage: it is named for something else.
    """
    if school is not None and place != "school":
        raise Usage(
            "--school is for what lives in a school",
            fields=["school"],
            hint="leave it out, or say --place school",
        )


def ended(connection: Connection, on: date, reason: EndReason) -> Connection:
    """Record that a connection is no longer there.

    Raises:
        Usage: it ended already, or that was before it was named.
    """
    if connection.ended_on is not None:
        raise Usage(f"connection {connection.case}/{connection.id} has ended already")
    if on < connection.on:
        raise Usage("that is before the connection was named", fields=["on"])
    return replace(connection, ended_on=on, reason=reason)


def events(connection: Connection) -> Iterator[Event]:
    """Tell when a connection was named, and when it was lost."""
    one = connection
    text = "; ".join(part for part in (one.name, one.note) if part)
    yield Event(
        on=one.on,
        kind="connection",
        what=f"{one.kind}, {one.place}",
        case=one.case,
        id=one.id,
        by=one.who,
        text=text or None,
    )
    if one.ended_on:
        reason = (one.reason or "").replace("_", " ")
        yield Event(
            on=one.ended_on,
            kind="connection",
            what=f"{one.kind} ended: {reason}",
            case=one.case,
            id=one.id,
            text=one.name or None,
        )
