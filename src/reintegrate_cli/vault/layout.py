"""Which tables a vault has, who opens each, and where a record stands in one.

Names and numbers are fixed in ``catalogue``. There is none in the file, which a thief of a
narrow key could empty.

A record's place (TinyDB's document id) follows from its key, so that one record, or all of
one case, is found without opening the table: the case's code in the upper bits, the number
of its id in the lower ones; a slug's letters where the key is a slug.
"""

from collections.abc import Sequence

from reintegrate_cli.catalogue import IN_CASE, OF_A_CASE, SCHEMA, TABLES
from reintegrate_cli.core.records import CASE_ALPHABET, split_id
from reintegrate_cli.keys import APPENDING

_NUMBER_BITS = 32
_CASE_LETTERS = 5
_SLUG_LETTERS = 31
_UID_DIGITS = 32
_BASE = len(CASE_ALPHABET) + 1


NAMES = {table.number: name for name, table in TABLES.items()}

NARROW = tuple(name for name, table in TABLES.items() if table.group != "full")
"""The tables that a narrow key opens: what stands there has to say who wrote it."""
NOTED = tuple(name for name in NARROW if TABLES[name].grows and TABLES[name].group in APPENDING)
"""The tables that a narrow key may append to."""


def numbers(schema: int) -> set[int]:
    """Give the numbers of the tables that a file of a schema has, each of them."""
    return {table.number for table in TABLES.values() if table.since <= schema}


def place(name: str, key: Sequence[str]) -> int:
    """Give the place of a record in its table.

    Args:
        name: the table.
        key: the values of its key's fields, in their order.

    Raises:
        ValueError: they are not a ref, a slug or an id of this table; that of another noun
            finds nothing here, whatever its number.
    """
    found = 0
    for field, value in zip(TABLES[name].key, key, strict=True):
        if field == "slug":
            found = _slug(value)
        elif field == "id":
            found |= _number(name, value)
        elif field == "uid":
            digits = value.replace("-", "")  # uuid itself takes long to load
            if len(digits) != _UID_DIGITS:
                raise ValueError
            found = int(digits, 16)
        else:
            found = _case(value) << _NUMBER_BITS
    return found


def span(name: str, case: str) -> tuple[int, int]:
    """Give the first and last place of what belongs to one case.

    Raises:
        ValueError: it has not the form of a ref, or the table is not kept by cases.
    """
    if name not in OF_A_CASE:
        raise ValueError(name)
    return of_case(_case(case) << _NUMBER_BITS)


def in_cases(name: str) -> bool:
    """Say whether a table keeps several records of a case, each by its id."""
    return TABLES[name].key == IN_CASE


def of_case(at: int) -> tuple[int, int]:
    """Give the first and last place of the case that a place of such a table belongs to."""
    first = at >> _NUMBER_BITS << _NUMBER_BITS
    return first, first + (1 << _NUMBER_BITS) - 1


def _case(ref: str) -> int:
    letters = ref.upper()
    if not 1 <= len(letters) <= _CASE_LETTERS:
        raise ValueError
    found = 0
    for at in range(_CASE_LETTERS):
        digit = CASE_ALPHABET.index(letters[at]) + 1 if at < len(letters) else 0
        found = found * _BASE + digit
    return found


def _number(name: str, id_: str) -> int:
    letters, number = split_id(id_)
    if letters != TABLES[name].id or not 0 < number < 1 << _NUMBER_BITS:
        raise ValueError
    return number


def _slug(text: str) -> int:
    letters = text.casefold().encode("ascii")
    if not 1 <= len(letters) <= _SLUG_LETTERS:
        raise ValueError
    return int.from_bytes(letters.ljust(_SLUG_LETTERS, b"\0"), "big")


__all__ = [
    "NAMES",
    "OF_A_CASE",
    "SCHEMA",
    "TABLES",
    "in_cases",
    "numbers",
    "of_case",
    "place",
    "span",
]
