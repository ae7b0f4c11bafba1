"""How rows are filed: a key tells each from every other of its table, on whatever shelf.

A key holds the values of the fields that the catalogue names for its table, in their order. The
tables that the program works out for itself have keys of their own: a unit of the index by its
name, a day of it by day and unit, what cron may know by its random id.
"""

from collections.abc import Callable, Sequence
from typing import Any

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.records import CASE_ALPHABET, split_id

Key = Sequence[str]
Row = dict[str, Any]
Change = Callable[[Row], Row | None]
"""Gives what is left of a row, or nothing where it goes."""

ALONE: Key = ("",)
"""The key of what a table has one of: the settings for mail, the stamp of the index."""


_CASE_LETTERS, _SLUG_LETTERS, _UID_DIGITS, _NUMBERS = 5, 31, 32, 1 << 32


def folded(table: str, key: Key) -> tuple[str, ...]:
    """Return a key in the one spelling that tells its row from every other of the table.

    Raises:
        ValueError: it is no ref, slug or id of this table; that of another noun is none here.
    """
    pairs = zip(TABLES[table].key, key, strict=True)
    return tuple(_FOLDED.get(field, _ref)(table, value) for field, value in pairs)


def _ref(_: str, text: str) -> str:
    ref = text.upper()
    if not 1 <= len(ref) <= _CASE_LETTERS or set(ref) - set(CASE_ALPHABET):
        raise ValueError
    return ref


def _id(table: str, text: str) -> str:
    letters, number = split_id(text)
    if letters != TABLES[table].id or number >= _NUMBERS:
        raise ValueError
    return text


def _slug(_: str, text: str) -> str:
    slug = text.casefold()
    if not 1 <= len(slug.encode("ascii")) <= _SLUG_LETTERS:
        raise ValueError
    return slug


def _uid(_: str, text: str) -> str:
    digits = text.replace("-", "")  # uuid itself takes long to load
    if len(digits) != _UID_DIGITS:
        raise ValueError
    return f"{int(digits, 16):032x}"


def _same(_: str, text: str) -> str:
    return text


_FOLDED: dict[str, Callable[[str, str], str]] = {
    "id": _id,
    "slug": _slug,
    "uid": _uid,
    **dict.fromkeys(("day", "unit", "item", "only"), _same),
}
"""By the field, how a part of a key is spelled; any other field is the ref of a case."""
