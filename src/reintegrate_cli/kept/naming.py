"""Which records name which: by the codes in their fields, so that a new noun is known at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.records import Sensitivity, walk
from reintegrate_cli.kept.records import KINDS

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def codes(record: Any) -> Iterator[str]:
    """Yield the codes in a record that stand for other records: refs, slugs and ids.

    They are folded, since slugs match in any case.
    """
    for spec, value in walk(record):
        if spec.sensitivity is Sensitivity.REF and spec.name != "entered_by":
            for code in value if isinstance(value, tuple) else (value,):
                if isinstance(code, str):
                    yield code.casefold()


def is_named(record: Any, *key: str) -> bool:
    """Return whether a record names another by its ref, its slug, or its id in the same case."""
    *case, id_ = (part.casefold() for part in key)
    own = (getattr(record, "case", None) or "").casefold()
    for code in codes(record):
        same_case = not case or own == case[0]
        if (code == id_ and same_case) or (case and code == f"{case[0]}/{id_}"):
            return True
    return False


def naming(store: "Store", keys: "list[list[str]]") -> str | None:
    """Return the table of a record that names one of several, if there is any."""
    for table in KINDS:
        if store.shelf.is_used(table):
            for record in store.table(table).everything():
                if any(is_named(record, *key) for key in keys):
                    return table
    return None


def named_in(store: "Store", case: str) -> set[str]:
    """Return the codes, folded, that the records of a case name: its people and partners.

    What names a case by a field of its own, such as a task or a conference, belongs to it too.
    """
    names: set[str] = set()
    for name in KINDS:
        row = TABLES[name]
        inside = row.key in (catalogue.IN_CASE, catalogue.ONE_IN_CASE)
        beside = row.key == catalogue.BY_REF or row.case_field or row.shared_by
        if row.searched and (inside or beside) and store.shelf.is_used(name):
            for record in store.table(name).all(**({"case": case} if inside else {})):
                named = set(codes(record))
                if inside or case.casefold() in named:
                    names |= named
    return names
