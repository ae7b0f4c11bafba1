"""``history`` and ``undo``: what was done, and taking the last of it back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from reintegrate_cli.catalogue import BY_NAME, called
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import Public, Ref, Value, check_id
from reintegrate_cli.kept import hiding, history, session, undoing
from reintegrate_cli.kept.history import HistoryRow
from reintegrate_cli.line.output import Column, draw, draws, say, show
from reintegrate_cli.line.plain import Argument, Option
from reintegrate_cli.line.typed import verbs_of
from reintegrate_cli.line.verbs import Filters, narrowed, verb

COLUMNS = (
    Column("id", lambda row: row.id),
    Column("at (UTC)", lambda row: row.at[:16].replace("T", " ")),
    Column("by", lambda row: row.by),
    Column("command", lambda row: row.command),
    Column("records", lambda row: _refs(row.refs), True),
)
_SHOWN = 7
"""How many records of one unit of work a table on a terminal names."""


def _refs(refs: Sequence[str]) -> str:
    more = len(refs) - _SHOWN if draws() else 0
    if more <= 1:
        return " ".join(refs)
    return f"{' '.join(refs[:_SHOWN])} and {more} more"


@verb("history", "history", is_list=True, for_reviewer=True, statuses=("changed", "read"))
def history_(
    filters: Filters,
    looked: Annotated[
        bool, Option("--looked", help="What a database noted itself: who looked at what.")
    ] = False,
) -> None:
    """List who did what to which records, and who read which case; no values.

    Example: reintegrate history --case HX4T --since som
    """
    if looked:
        _list_looked(filters)
        return
    with session.reading() as store:
        read = [history.row(entry, session.current.zone) for entry in history.read(store.shelf)]
        rows = hiding.entries(store, read)
        rows = narrowed(rows, filters, store, cases=history.cases_of, owners=lambda row: (row.by,))
    show(rows, COLUMNS, empty="nothing has been done yet", what="entry", kind=HistoryRow)


class LookedRow(Value, frozen=True, kw_only=True):
    """What a login looked at within a minute, as the server noted it."""

    at: Public[str]
    on: Public[date]
    login: Public[str]
    refs: Ref[tuple[str, ...]]
    tables: Public[tuple[str, ...]]

    dated = "on"


LOOKED = (
    Column("at (UTC)", lambda row: row.at[:16].replace("T", " ")),
    Column("login", lambda row: row.login),
    Column("cases", lambda row: _refs(row.refs), True),
    Column("lists", lambda row: _refs(row.tables), True),
)


def _list_looked(filters: Filters) -> None:
    """List who looked at what, where a server notes it.

    Raises:
        Usage: the vault is a file.
    """
    with session.reading() as store:
        seats = store.rack.seats
        if seats is None:
            raise Usage(
                "in a file nobody notes it but the history itself",
                fields=["looked"],
                hint="reintegrate history lists who read which case",
            )
        refs = [case.ref for case in store.cases.all()] if store.shelf.opens("cases") else []
        zone = session.current.zone
        rows = [
            LookedRow(
                at=look.at,
                on=datetime.fromisoformat(look.at).astimezone(zone).date(),
                login=look.login,
                refs=look.cases,
                tables=look.tables,
            )
            for look in seats.looked(refs)
        ]
        rows = narrowed(
            rows, filters, store, cases=lambda row: {*row.refs}, owners=lambda row: (row.login,)
        )
    show(rows, LOOKED, empty="nobody has looked yet", what="entry", kind=LookedRow)


@verb("undo", "undo")
def undo(
    id_: Annotated[
        str | None,
        Argument(metavar="[ID]", help="The unit of work, as history lists it; your last."),
    ] = None,
) -> None:
    """Undo your last unit of work, or the one that is named; the history keeps both.

    Example: reintegrate undo H42
    """
    wanted = None if id_ is None else check_id(id_)
    with session.writing("undo") as store:
        entry = history.to_undo(history.lately(store.shelf), store.by, wanted, _is_final)
        undoing.revert(store, entry)
        row = history.row(entry, session.current.zone)
    say(f"undone: {row.command}, {', '.join(map(_named, row.changed))}")
    if draws():
        draw(row, without=("changed", "refs"))
    else:
        show(row)


def _named(record: str) -> str:
    """Return what a person calls a record that the history names by its table and its key."""
    table, _, key = record.partition("/")
    return f"{called(table)} {key}"


def _is_final(command: str) -> bool:
    """Return whether what a command did cannot be undone; of an unknown one, nobody knows."""
    noun, *rest = (word for word in command.split() if not word.startswith("--"))
    if noun not in BY_NAME or BY_NAME[noun].final:
        return True
    done = verbs_of(noun).get(rest[0] if rest else noun)
    return done is None or done.final
