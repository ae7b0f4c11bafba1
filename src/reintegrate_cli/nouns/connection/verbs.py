"""``connection``: the adults, peers and activities of a student, and what a move would cost."""

from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Word, check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.record import Setting
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.connection import record as connections
from reintegrate_cli.nouns.connection.forms import EditConnection, EndConnection, NewConnection
from reintegrate_cli.nouns.connection.record import Connection, ConnectionRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("kind", lambda one: one.kind),
    Column("where", lambda one: one.school or one.place, True),
    Column("who", lambda one: one.who, True),
    Column("since", lambda one: one.on),
    Column("status", lambda one: one.status),
    Column("in its place", lambda one: _replaced(one), True),
)


class ConnectionFilters(Filters, kw_only=True):
    """What narrows connections: the filters of every list, and a move that is thought of."""

    moving: Annotated[
        Public[Setting | None], "only what a move to this setting would take away"
    ] = None
    school: Annotated[
        Public[Word | None], "only cases of this school; with --moving, where it would be"
    ] = None


@verb("connection", "add")
def add(ref: RefArg, given: NewConnection) -> None:
    """Keep an adult whom the student trusts, a peer, or an activity; names stay out of lists.

    Example: reintegrate connection add HX4T --kind adult --place school --staff lee
    """
    ref = check_case_ref(ref)
    connections.check_place(given.place, given.school)
    if given.staff and given.care:
        raise Usage("one connection is with one person", fields=["staff", "care"])
    if given.kind != "adult" and (given.staff or given.care):
        raise Usage(
            "--staff and --care are for an adult",
            fields=["staff", "care"],
            hint="name a peer or an activity with the key name",
        )
    with session.writing("connection add") as store:
        case = store.cases.get(ref)
        kept = store.of(Connection)
        who: str | None = store.staff.get(given.staff).slug if given.staff else None
        if given.care:
            who = store.care.get(ref, check_id(given.care, ref)).id
        connection = Connection(
            case=ref,
            id=kept.next_id(ref),
            kind=given.kind,
            place=given.place,
            school=given.school or case.school if given.place == "school" else None,
            who=who,
            on=given.on or session.today(),
            replaces=_replaces(store, ref, given.replaces),
            name=given.name,
            note=given.note,
            plan=given.plan,
        )
        connection = kept.put(connection)
        row = _row(store, connection)
    show(row)


@verb("connection", "edit", edits=(Connection,))
def edit(ref: RefArg, id_: IdArg, given: EditConnection) -> None:
    """Say what would take the place of a connection, or which one it stands for.

    Example: reintegrate connection edit HX4T X3 --replaces X1
    """
    ref = check_case_ref(ref)
    with session.writing("connection edit") as store:
        store.cases.get(ref)
        former = cleared(store.of(Connection).get(ref, check_id(id_, ref)), given)
        replaces = _replaces(store, ref, given.replaces)
        if replaces == former.id:
            raise Usage("a connection does not stand for itself", fields=["replaces"])
        connection = store.of(Connection).put(
            replace(
                former,
                replaces=replaces or former.replaces,
                name=given.name or former.name,
                note=given.note or former.note,
                plan=given.plan or former.plan,
            )
        )
        row = _row(store, connection)
    show(row)


@verb("connection", "end")
def end(ref: RefArg, id_: IdArg, given: EndConnection) -> None:
    """Record that a connection is no longer there; it stays in the record.

    Example: reintegrate connection end HX4T X1 --reason they_left
    """
    ref = check_case_ref(ref)
    with session.writing("connection end") as store:
        store.cases.get(ref)
        found = store.of(Connection).get(ref, check_id(id_, ref))
        found = connections.ended(found, given.on or session.today(), given.reason)
        row = _row(store, store.of(Connection).put(found))
    show(row)


@verb("connection", "list", is_list=True)
def list_(filters: ConnectionFilters) -> None:
    """List connections; with --moving, those that a move to a setting would take away.

    Example: reintegrate connection list --case HX4T --moving ged
    """
    with session.reading() as store:
        among = store.of(Connection).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        # With a move, the school is that of the place that is thought of, and narrows nothing.
        asked = replace(filters, moving=None, school=None) if filters.moving else filters
        rows = narrowed(connections.rows(among, among), asked, store, statuses=connections.STATUSES)
    if not filters.moving:
        show(rows, COLUMNS, empty="no connection is on record", kind=ConnectionRow)
        return
    lost = connections.lost_by_move(among, filters.moving, filters.school)
    ids = {(one.case, one.id) for one in lost}
    rows = [row for row in rows if (row.case, row.id) in ids]
    show(rows, COLUMNS, empty="no connection on record would be lost", kind=ConnectionRow)
    bare = sum(not (row.replaced_by or row.planned) for row in rows)
    if bare:
        say(
            f"nothing is planned in place of {bare} of them; ask the student, then "
            "reintegrate connection edit REF ID keeps the plan"
        )


def _replaces(store: "Store", ref: str, typed: str | None) -> str | None:
    return store.of(Connection).get(ref, check_id(typed, ref)).id if typed else None


def _row(store: "Store", connection: Connection) -> ConnectionRow:
    return connections.rows([connection], store.of(Connection).all(case=connection.case))[0]


def _replaced(row: ConnectionRow) -> str:
    return ", ".join(row.replaced_by) or ("planned" if row.planned else "")


def section(store: "Store", ref: str) -> Section:
    """The connections of one case, those of today first."""
    found = sorted(store.of(Connection).all(case=ref), key=lambda one: one.status)
    pairs = [
        (f"{one.id}{name}", "; ".join(part for part in parts if part))
        for one in found
        for name, parts in (("", (one.name, one.note)), (" plan", (one.plan,)))
    ]
    return Section(
        {"connections": found},
        pairs=pairs,
        heading="connections",
        rows=connections.rows(found, found),
        columns=COLUMNS[1:],
    )
