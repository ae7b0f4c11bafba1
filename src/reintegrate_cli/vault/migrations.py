"""What became of records from one schema to the next: numbered, pure, never changed again.

A vault of an older schema is read whole, carried over in memory, and written in the present
one at the next change. A file of every released schema stays in ``tests/vaults``.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from reintegrate_cli.vault.format import damaged
from reintegrate_cli.vault.layout import SCHEMA, TABLES, place

Documents = dict[str, dict[int, dict[str, Any]]]
"""Every table's documents by their places."""


def carry_over(found: Documents, schema: int) -> Documents:
    """Bring documents of an older schema into the present one.

    Args:
        found: what the key at hand opened.
        schema: the schema that they were written in.

    Raises:
        Damaged: a document has not the shape of its schema.
    """
    try:
        for number in range(schema, SCHEMA):
            found = _MIGRATIONS[number](found)
    except (KeyError, ValueError, TypeError, AttributeError, AssertionError):
        raise damaged() from None
    return found


def _places_and_values(found: Documents) -> Documents:
    """From schema 1: places follow from keys, and an entry's values stand apart from it."""
    kept: Documents = {}
    for name, documents in found.items():
        key = TABLES[name].key
        if not key or name == "history":
            kept[name] = dict(documents)
            continue
        kept[name] = {
            place(name, [document[field] for field in key]): document
            for document in documents.values()
        }
    kept.pop("due", None)  # worked out again at the next change
    entries, values = {}, {}
    chain = ""
    for at, document in sorted(kept.pop("history", {}).items()):
        entry = dict(document)
        values[at] = {
            "id": entry["id"],
            "before": entry.pop("before", {}),
            "after": entry.pop("after", {}),
        }
        entry["changed"] = sorted(values[at]["after"])
        chain = _chain_of_schema_2(chain, entry)
        entries[at] = {**entry, "chain": chain}
        values[at]["entry"] = chain
    return {**kept, "history": entries, "values": values}


def _chain_of_schema_2(previous: str, entry: Mapping[str, Any]) -> str:
    said = {name: value for name, value in entry.items() if name != "chain"}
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous.encode() + body.encode()).hexdigest()


def _more_tables(found: Documents) -> Documents:
    """From schema 2: nothing that stood there changed; tables were added."""
    return found


_MIGRATIONS: dict[int, Callable[[Documents], Documents]] = {1: _places_and_values, 2: _more_tables}
