"""Which tables a vault has, who opens each, and where a record stands in one.

Table names and numbers are fixed here. There is no catalogue in the file that a thief of a
narrow key could empty.

A record's place (TinyDB's document id) follows from its key, so that one record, or all of
one case, is found without opening the table: the case's code in the upper bits, the number
of its id in the lower ones; a slug's letters where the key is a slug.
"""

from collections.abc import Sequence
from typing import NamedTuple

from reintegrate_cli.keys import Group
from reintegrate_cli.records import CASE_ALPHABET

SCHEMA = 3
"""Raised with every change of a record's shape; an older program refuses a newer file."""

_NUMBER_BITS = 32
_CASE_LETTERS = 5
_SLUG_LETTERS = 31
_UID_DIGITS = 32
_BASE = len(CASE_ALPHABET) + 1


class Table(NamedTuple):
    """A table: its number in the file, who opens it, its key, and whether it only grows.

    ``key`` names the fields that make a record's place; without one, places are given.
    ``since`` is the schema that brought it: a file of an older one has no part of it.
    """

    number: int
    group: Group
    key: tuple[str, ...] = ()
    grows: bool = False
    since: int = 2


_IN_CASE = ("case", "id")

# Numbers are never used again for another name; 34 to 47, 49 to 63 and 67 on are free.
TABLES: dict[str, Table] = {
    "cases": Table(1, "full", ("ref",)),
    "identities": Table(2, "full", ("case",)),
    "notes": Table(3, "full", _IN_CASE),
    "schedules": Table(4, "full", _IN_CASE),
    "contacts": Table(5, "full", _IN_CASE),
    "care": Table(6, "full", _IN_CASE),
    "contact": Table(7, "full", ("case",)),
    "staff": Table(8, "full", ("slug",)),
    "partners": Table(9, "full", ("slug",)),
    "tasks": Table(10, "full", ("id",)),
    "holds": Table(12, "full", ("uid",)),
    "values": Table(13, "full", ("id",), grows=True),
    "wakes": Table(14, "full"),
    "units": Table(15, "full"),
    "legal_holds": Table(16, "full", ("id",)),
    "certificates": Table(17, "full", ("id",)),
    "wishes": Table(18, "full", _IN_CASE, since=3),
    "goals": Table(19, "full", _IN_CASE, since=3),
    "needs": Table(20, "full", _IN_CASE, since=3),
    "connections": Table(21, "full", _IN_CASE, since=3),
    "credits": Table(22, "full", _IN_CASE, since=3),
    "schooling": Table(23, "full", ("case",), since=3),
    "safety": Table(24, "full", ("case",), since=3),
    "setbacks": Table(25, "full", _IN_CASE, since=3),
    "adjustments": Table(26, "full", _IN_CASE, since=3),
    "incidents": Table(27, "full", _IN_CASE, since=3),
    "attendance": Table(28, "full", _IN_CASE, since=3),
    "mous": Table(29, "full", ("id",), since=3),
    "referrals": Table(30, "full", _IN_CASE, since=3),
    "releases": Table(31, "full", _IN_CASE, since=3),
    "disclosures": Table(32, "full", _IN_CASE, since=3),
    "conferences": Table(33, "full", ("id",), since=3),
    "history": Table(48, "history", ("id",), grows=True),
    "due": Table(64, "reminder"),
    "mail": Table(65, "reminder"),
    "ledger": Table(66, "reminder", grows=True),
}
NAMES = {table.number: name for name, table in TABLES.items()}
OF_A_CASE = tuple(name for name, table in TABLES.items() if table.key[:1] in (("case",), ("ref",)))
"""The tables whose records belong to one case, and go with it."""


def numbers(schema: int) -> set[int]:
    """Give the numbers of the tables that a file of a schema has, each of them."""
    return {table.number for table in TABLES.values() if table.since <= schema}


def place(name: str, key: Sequence[str]) -> int:
    """Give the place of a record in its table.

    Args:
        name: the table.
        key: the values of its key's fields, in their order.

    Raises:
        ValueError: they have not the form of a ref, an id or a slug.
    """
    found = 0
    for field, value in zip(TABLES[name].key, key, strict=True):
        if field == "slug":
            found = _slug(value)
        elif field == "id":
            found |= _number(value)
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
    return TABLES[name].key == _IN_CASE


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


def _number(text: str) -> int:
    number = int(text[1:])
    if not 0 < number < 1 << _NUMBER_BITS or text[1:] != str(number):
        raise ValueError
    return number


def _slug(text: str) -> int:
    letters = text.casefold().encode("ascii")
    if not 1 <= len(letters) <= _SLUG_LETTERS:
        raise ValueError
    return int.from_bytes(letters.ljust(_SLUG_LETTERS, b"\0"), "big")
