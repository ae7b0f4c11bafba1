"""What became of records from one schema to the next: numbered, pure, never changed again.

A vault of an older schema is carried over as it is read, and written in the present one at
the next change by a person. A file of every released schema stays in ``tests/vaults``.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import msgspec.json

from reintegrate_cli.vault.header import damaged
from reintegrate_cli.vault.layout import SCHEMA, TABLES

Document = dict[str, Any]
Step = Callable[[Document], Document]


def carrier(name: str, schema: int) -> Callable[[bytes], bytes] | None:
    """Return what carries over the bodies of a table; nothing where none changed."""
    steps = _steps(name, schema)
    if not steps:
        return None
    return lambda body: msgspec.json.encode(_carry(msgspec.json.decode(body), steps))


def _steps(name: str, schema: int) -> list[Step]:
    numbers = range(schema, SCHEMA)
    return [step for number in numbers if (step := _MIGRATIONS.get(number, {}).get(name))]


def _carry(document: Document, steps: list[Step]) -> Document:
    try:
        return reduce(lambda carried, step: step(carried), steps, document)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise damaged() from None


def _letters_of_a_hold(document: Document) -> Document:
    """From schema 3: a legal hold is LH1, since L1 is a release."""
    return {**document, "id": TABLES["legal_holds"].id + document["id"].removeprefix("L")}


_MIGRATIONS: Mapping[int, Mapping[str, Step]] = {3: {"legal_holds": _letters_of_a_hold}}
"""By the schema that is left behind, what becomes of a document of each table."""
