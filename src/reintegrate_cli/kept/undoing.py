"""Undoing: the inverse of a unit of work, as one of its own; nothing done since is lost."""

from typing import TYPE_CHECKING

from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.records import number_of
from reintegrate_cli.kept import naming
from reintegrate_cli.kept.history import Entry, Values
from reintegrate_cli.kept.records import decode

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def revert(store: "Store", entry: Entry) -> None:
    """Put back what a unit of work changed, as a change of its own.

    Raises:
        Busy: a record was changed again since, and that would be lost.
        Refused: its former values were purged, or other records name what it added.
    """
    store.touch(entry.id)
    row = store.shelf.get("values", [entry.id])
    if row is None:
        raise Refused(f"{entry.id} cannot be undone: its values were purged", rule="history")
    values = decode(row, Values)
    for name, after in values.after.items():
        table, *key = name.split("/")
        store.table(table).put_back(tuple(key), values.before[name], after)
    gone = [name.split("/") for name in values.after if values.before[name] is None]
    gone = [name for name in gone if TABLES[name[0]].key != catalogue.ONE_IN_CASE]
    if not gone or store.shelf.last_id("history") == number_of(entry.id):
        return
    since = naming.naming(store, [key for _, *key in gone])
    if since is not None:
        raise Refused(
            f"{entry.id} cannot be undone: a {catalogue.called(since)} that was entered since names"
            " what it added",
            rule="history",
            hint="undo what came after it first",
        )
