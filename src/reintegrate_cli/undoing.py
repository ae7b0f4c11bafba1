"""Undoing: the inverse of a unit of work, as one of its own; nothing that was done since is lost."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.errors import Refused
from reintegrate_cli.history import Entry, Values
from reintegrate_cli.records import Sensitivity, number_of, walk

if TYPE_CHECKING:
    from reintegrate_cli.store import Store


def revert(store: "Store", entry: Entry) -> None:
    """Put back what a unit of work changed, as a change of its own.

    Raises:
        Busy: a record was changed again since, and that would be lost.
        Refused: its former values were purged, or other records name what it added.
    """
    from reintegrate_cli.store import KINDS, decoded

    store.touch(entry.id)
    found = store.vault.get("values", number_of(entry.id))
    if found is None:
        raise Refused(f"{entry.id} cannot be undone: its values were purged", rule="history")
    values = decoded(found, Values)
    for name, after in values.after.items():
        table, *key = name.split("/")
        store.table(table).put_back(tuple(key), values.before[name], after)
    gone = [name.split("/") for name in values.after if values.before[name] is None]
    gone = [name for name in gone if TABLES[name[0]].key != catalogue.ONE_IN_CASE]
    if not gone or store.vault.last_place("history") == number_of(entry.id):
        return
    for table in KINDS:
        if store.vault.last_place(table):
            for record in store.table(table).all():
                if any(_is_named(record, *key) for _, *key in gone):
                    raise Refused(
                        f"{entry.id} cannot be undone: a {catalogue.called(table)} that was entered"
                        " since names what it added",
                        rule="history",
                        hint="undo what came after it first",
                    )


def _is_named(record: Any, *key: str) -> bool:
    """Say whether a record names another by its ref, its slug, or its id in the same case."""
    *case, id_ = (part.casefold() for part in key)
    own = (getattr(record, "case", None) or "").casefold()
    for said in _codes(record):
        same_case = not case or own == case[0]
        if (said == id_ and same_case) or (case and said == f"{case[0]}/{id_}"):
            return True
    return False


def _codes(record: Any) -> Iterator[str]:
    """Give the codes in a record that stand for other records."""
    for spec, value in walk(record):
        if spec.sensitivity is Sensitivity.REF and spec.name != "entered_by":
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, str):
                    yield one.casefold()
