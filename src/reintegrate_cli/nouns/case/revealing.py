"""What ``case reveal`` shows: who the student is, and every secret that is not for contact alone.

A field says itself that it is secret; no list of nouns has to be kept. What is told where a student
is reached has rules of its own and is marked so (``PLANNED``).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reintegrate_cli.catalogue import OF_A_CASE, RECORDS
from reintegrate_cli.core.records import PLANNED, FieldSpec, Sensitivity, walk

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_OWN = "identities"
"""The table that is shown whole, before all else."""


def is_revealed(spec: FieldSpec) -> bool:
    """Return whether a field is a secret that ``case reveal`` shows."""
    return spec.sensitivity is Sensitivity.SECRET and PLANNED not in spec.notes


def secrets(store: "Store", ref: str) -> Iterator[tuple[str, Any]]:
    """Yield each secret that the records of a case hold, beside who the student is.

    Each is called by its field, and by the record if there may be several.
    """
    for table in OF_A_CASE:
        if table == _OWN or table not in RECORDS or not store.keeps(table, ref):
            continue
        for record in store.table(table).all(case=ref):
            name = getattr(record, "id", "")
            for spec, value in walk(record):
                if value and is_revealed(spec):
                    called = spec.key.replace("_", " ")
                    yield f"{called}, {name}" if name else called, value
