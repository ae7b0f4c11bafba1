"""Which tables a vault has, who opens each, and where a record stands in one.

Names and numbers are fixed in ``catalogue``. There is none in the file, which a thief of a
narrow key could empty.

A record's place (TinyDB's document id) follows from its key, so that one record, or all of
one case, is found without opening the table: the case's code in the upper bits, the number
of its id in the lower ones; a slug's letters where the key is a slug. In the index of dates a
unit is at its case's place, or, below all of those, at that of a record of no case.
"""

from collections.abc import Callable, Sequence

from reintegrate_cli.catalogue import BY_ID, IN_CASE, OF_A_CASE, SCHEMA, TABLES
from reintegrate_cli.core.filing import folded
from reintegrate_cli.core.records import CASE_ALPHABET, number_of, split_id
from reintegrate_cli.keys import APPENDING

EVERYWHERE = (0, 1 << 256)

_NUMBER_BITS = 32
_UNIT_BITS = 64
_CASE_LETTERS = 5
_SLUG_LETTERS = 31
_BASE = len(CASE_ALPHABET) + 1


NAMES = {table.number: name for name, table in TABLES.items()}

NARROW = tuple(name for name, table in TABLES.items() if table.group != "full")
"""The tables that a narrow key opens: what stands there has to say who wrote it."""
NOTED = tuple(name for name in NARROW if TABLES[name].grows and TABLES[name].group in APPENDING)
"""The tables that a narrow key may append to."""


def numbers(schema: int) -> set[int]:
    """Return the numbers of the tables that a file of a schema has, each of them."""
    return {table.number for table in TABLES.values() if table.since <= schema}


def place(name: str, key: Sequence[str]) -> int:
    """Return the place of a row in its table.

    Args:
        name: the table.
        key: the values of its key's fields, in their order; see ``core.filing``.

    Raises:
        ValueError: they are not a ref, a slug or an id of this table; that of another noun
            finds nothing here, whatever its number.
    """
    at = 0
    for field, part in zip(TABLES[name].key, folded(name, key), strict=True):
        at |= _PARTS.get(field, _case)(part)
    return at


def span(name: str, case: str | None) -> tuple[int, int]:
    """Return the first and last place of a table, or of what belongs to one case in it.

    Raises:
        ValueError: it does not have the form of a ref, or the table is not kept by cases.
    """
    if case is None:
        return EVERYWHERE
    if name not in OF_A_CASE:
        raise ValueError(name)
    (ref,) = folded("cases", [case])
    return of_case(_case(ref))


def run(name: str, first: int, last: int) -> tuple[int, int]:
    """Return the first and last place of a run of numbers, or of days in the index."""
    if TABLES[name].key[:1] != ("day",):
        return first, last
    return first << _UNIT_BITS, ((last + 1) << _UNIT_BITS) - 1


def in_cases(name: str) -> bool:
    """Return whether a table keeps several records of a case, each by its id."""
    return TABLES[name].key == IN_CASE


def of_case(at: int) -> tuple[int, int]:
    """Return the first and last place of the case that a place of such a table belongs to."""
    first = at >> _NUMBER_BITS << _NUMBER_BITS
    return first, first + (1 << _NUMBER_BITS) - 1


def _case(ref: str) -> int:
    at = 0
    for letter in ref.ljust(_CASE_LETTERS):
        at = at * _BASE + CASE_ALPHABET.find(letter) + 1
    return at << _NUMBER_BITS


def _unit(unit: str) -> int:
    if not unit:
        return 0  # what the index says of itself
    if not unit.startswith("/"):  # T234 could be either
        return place("cases", [unit])
    id_ = unit.removeprefix("/")
    name = _BY_LETTERS[split_id(id_)[0]]
    return TABLES[name].number << _NUMBER_BITS | place(name, [id_])


_BY_LETTERS = {table.id: name for name, table in TABLES.items() if table.key == BY_ID}
_PARTS: dict[str, Callable[[str], int]] = {
    "id": number_of,
    "slug": lambda slug: int.from_bytes(slug.encode().ljust(_SLUG_LETTERS, b"\0"), "big"),
    "uid": lambda digits: int(digits, 16),
    "day": lambda day: int(day) << _UNIT_BITS,
    "unit": _unit,
    "item": lambda digits: int(digits or "0", 16),
    "only": lambda _: 1,
}
"""By the field, what a part of a key adds to a place; any other field is the ref of a case."""

__all__ = [
    "EVERYWHERE",
    "NAMES",
    "OF_A_CASE",
    "SCHEMA",
    "TABLES",
    "in_cases",
    "numbers",
    "of_case",
    "place",
    "run",
    "span",
]
