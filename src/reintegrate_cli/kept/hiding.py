"""The history without what it says of records that are with somebody else alone."""

from collections.abc import Iterator
from functools import cache, partial
from typing import TYPE_CHECKING

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import RECORD_ID, same_slug, split_id

if TYPE_CHECKING:
    from reintegrate_cli.kept.history import HistoryRow
    from reintegrate_cli.kept.store import Store

CLOSED = {table.id: name for name, table in TABLES.items() if table.closed}
"""Each closed table, by the letters of its ids."""
HIDDEN = "[with somebody else]"
"""What stands for a command on a record that is with somebody else alone."""


def entries(store: "Store", rows: "list[HistoryRow]") -> "list[HistoryRow]":
    """Return entries of the history without what they say of records that are with others alone.

    That somebody worked then stays; so does all of it for who did the work, and for a reviewer.
    """
    if not any(store.shelf.opens(name) and store.shelf.is_used(name) for name in CLOSED.values()):
        return rows
    look = cache(partial(_may_see, store))

    def hides(row: "HistoryRow") -> bool:
        return not same_slug(row.by, store.by) and any(not look(*key) for key in set(_named(row)))

    return [
        replace(row, command=HIDDEN, refs=(), changed=()) if hides(row) else row for row in rows
    ]


def _named(row: "HistoryRow") -> Iterator[tuple[str, str]]:
    """Yield the records of closed tables that an entry names, each by its table and key."""
    for name in row.changed:
        table, _, key = name.partition("/")
        if table in CLOSED.values():
            yield table, key
    for ref in row.refs:
        case, slash, id_ = ref.partition("/")
        if slash and RECORD_ID.fullmatch(id_) and (letters := split_id(id_)[0]) in CLOSED:
            yield CLOSED[letters], f"{case}/{id_}"


def _may_see(store: "Store", table: str, key: str) -> bool:
    """Return whether a record is with who is at the keyboard; what was purged is with nobody."""
    if not store.shelf.opens(table):
        return True
    record, eyes = store.table(table).find_any(*key.split("/")), store.eyes(table)
    return record is not None and (eyes is None or eyes.may_see(record))
