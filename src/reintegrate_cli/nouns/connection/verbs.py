"""``connection``: the adults, peers and activities of a student, and what a move would cost."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import PAST, PROSE, TODAY
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    CareId,
    ConnectionId,
    Form,
    Private,
    Public,
    Ref,
    School,
    Worker,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.narrowing import Filters, case_of, narrowed
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.shapes import Work, adds, changes, edited
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.case.record import Setting
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.connection import record as rules
from reintegrate_cli.nouns.connection.record import (
    STATUSES,
    Connection,
    ConnectionRow,
    EndReason,
    Kind,
    Place,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewConnection(Form, kw_only=True):
    """What ``connection add`` takes."""

    kind: Annotated[Public[Kind], "an adult the student trusts, a peer, or an activity"]
    place: Annotated[Public[Place], "where it lives"]
    school: Annotated[Public[School | None], "which school; the case's own if left out"] = None
    staff: Annotated[Ref[Worker | None], "the member of staff, for an adult"] = None
    care: Annotated[Ref[CareId | None], "the person on the care team, for an adult"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day the student named it"]
    replaces: Annotated[Ref[ConnectionId | None], "the connection that it replaces"] = None
    name: Annotated[Private[str], "who or what it is, as the student calls it"] = ""
    note: Annotated[Private[str], PROSE, "what it means to the student"] = ""
    plan: Annotated[Private[str], PROSE, "what would take its place after a move"] = ""

    def __post_init__(self) -> None:
        """Require that the school and the person fit the kind of connection."""
        rules.check_place(self.place, self.school)
        rules.check_adult(self.kind, self.staff, self.care)


class EndConnection(Form, kw_only=True):
    """What ``connection end`` takes."""

    reason: Annotated[Public[EndReason], "why it is no longer there"]
    on: Annotated[Public[date], PAST, TODAY, "the last day"]


class EditConnection(Form, kw_only=True):
    """What ``connection edit`` takes: what is given replaces what was there."""

    asks_when_bare: ClassVar[bool] = True

    replaces: Annotated[Ref[ConnectionId | None], "the connection that it replaces"] = None
    name: Annotated[Private[str], "who or what it is, as the student calls it"] = ""
    note: Annotated[Private[str], PROSE, "what it means to the student"] = ""
    plan: Annotated[Private[str], PROSE, "what would take its place after a move"] = ""


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("kind", lambda row: row.kind),
    Column("where", lambda row: row.school or row.place, True),
    Column("who", lambda row: row.who, True),
    Column("since", lambda row: row.on),
    Column("status", lambda row: row.status),
    Column("in its place", lambda row: _replaced(row), True),
)


class ConnectionFilters(Filters, kw_only=True):
    """What narrows connections: the filters of every list, and a move that is thought of."""

    moving: Annotated[
        Public[Setting | None], "only what a move to this setting would take away"
    ] = None
    school: Annotated[
        Public[School | None], "only cases of this school; with --moving, where it would be"
    ] = None


def _row(work: Work, connection: Connection) -> ConnectionRow:
    return rules.rows([connection], work.store.of(Connection).all(case=connection.case))[0]


@adds("connection", view=_row)
def add(work: Work, given: NewConnection) -> Connection:
    """Record an adult the student trusts, a peer, or an activity; names stay out of lists.

    Example: reintegrate connection add HX4T --kind adult --place school --staff lee
    """
    school = given.school or work.store.cases.get(work.ref).school
    return work.new(
        Connection,
        given,
        school=school if given.place == "school" else None,
        who=given.staff or given.care,
    )


@changes("connection", "edit", view=_row, edits=(Connection,), ended=True)
def edit(work: Work, connection: Connection, given: EditConnection) -> Connection:
    """Say what would take the place of a connection, or which one it replaces.

    Example: reintegrate connection edit HX4T X3 --replaces X1
    """
    if given.replaces == connection.id:
        raise Usage("a connection cannot replace itself", fields=["replaces"])
    return edited(connection, given)


@changes("connection", "end", view=_row)
def end(work: Work, connection: Connection, given: EndConnection) -> Connection:
    """Record that a connection is no longer there; it stays in the record.

    Example: reintegrate connection end HX4T X1 --reason they_left
    """
    return rules.ended(connection, given.on, given.reason)


@verb("connection", "list", is_list=True, statuses=STATUSES)
def list_(filters: ConnectionFilters) -> None:
    """List connections; with --moving, those that a move to a setting would take away.

    Example: reintegrate connection list --case HX4T --moving ged
    """
    with session.reading() as store:
        among = store.of(Connection).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        # With a move, the school is that of the place that is thought of, and narrows nothing.
        asked = replace(filters, moving=None, school=None) if filters.moving else filters
        rows = narrowed(rules.rows(among, among), asked, store)
    if not filters.moving:
        show(rows, COLUMNS, empty="no connection is on record", kind=ConnectionRow)
        return
    lost = rules.lost_by_move(among, filters.moving, filters.school)
    ids = {(connection.case, connection.id) for connection in lost}
    rows = [row for row in rows if (row.case, row.id) in ids]
    show(rows, COLUMNS, empty="no connection on record would be lost", kind=ConnectionRow)
    bare = sum(not (row.replaced_by or row.planned) for row in rows)
    if bare:
        say(
            f"nothing is planned in place of {bare} of them; ask the student, then "
            "reintegrate connection edit REF ID keeps the plan"
        )


def _replaced(row: ConnectionRow) -> str:
    return ", ".join(row.replaced_by) or ("planned" if row.planned else "")


def section(store: "Store", ref: str) -> Section:
    """Return the connections of one case, those of today first."""
    connections = sorted(store.of(Connection).all(case=ref), key=lambda each: each.status)
    pairs = [
        (f"{each.id}{name}", "; ".join(part for part in parts if part))
        for each in connections
        for name, parts in (("", (each.name, each.note)), (" plan", (each.plan,)))
    ]
    return Section(
        {"connections": connections},
        pairs=pairs,
        heading="connections",
        rows=rules.rows(connections, connections),
        columns=COLUMNS[1:],
    )
