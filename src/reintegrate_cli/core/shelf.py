"""The shelf: the one seam between the records and where their bytes lie.

Everything above speaks of tables, keys and rows. How a key becomes a place in a file, or a row
of a database, is the business of the shelf alone. The vault's file is one (``vault.shelf``);
another engine is another class with these methods, and nothing above it changes.

A key holds the values of the fields that the catalogue names for its table, in their order. The
tables that the program works out for itself have keys of their own: a unit of the index by its
name, a day of it by day and unit, what cron may know by its random id.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

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


class Shelf(Protocol):
    """Where the rows of every table lie, as one unit of work sees them.

    Every row given out is a copy of its own. What is put, deleted or appended is seen at once by
    who did it, and by everybody else after ``commit``, whole or not at all.

    Every method that names a table may raise ``Locked``: the key at hand does not open it.
    """

    @property
    def store_id(self) -> str:
        """The random id of the vault."""

    def opens(self, table: str) -> bool:
        """Say whether the key at hand opens a table."""

    def get(self, table: str, key: Key) -> Row | None:
        """Return the row with a key, without reading the rest of the table.

        Raises:
            ValueError: it does not have the form of a key of this table.
        """

    def rows(self, table: str, case: str | None = None) -> Iterable[Row]:
        """Yield the rows of a table in the order of their keys, or those of one case."""

    def between(self, table: str, first: int, last: int) -> Iterator[Row]:
        """Yield the rows of a table that goes by number or by day, from the first to the last."""

    def bodies(self, table: str) -> Iterator[bytes]:
        """Yield the rows of a table as JSON, keeping none of them."""

    def count(self, table: str) -> int:
        """Count the rows of a table without reading them."""

    def is_used(self, table: str) -> bool:
        """Say whether anything was ever in a table, at the least cost."""

    def last_id(self, table: str, case: str | None = None) -> int:
        """Return the last number that was ever given in a table, or in one case; nought for none.

        That of a row which is gone counts: no id is given twice.
        """

    def put(self, table: str, key: Key, row: Mapping[str, Any]) -> None:
        """Put a row in its place, whatever is there.

        Raises:
            ValueError: it does not have the form of a key of this table.
            Usage: a value cannot be kept, or the table merely grows.
        """

    def delete(self, table: str, key: Key) -> None:
        """Take a row out; its number is never given again, even if it was not there."""

    def clear(self, table: str) -> None:
        """Take out every row of a table."""

    def append(self, table: str, row: Mapping[str, Any], number: int | None = None) -> int:
        """Add a row to a table that only grows, and return its number.

        Args:
            table: the table.
            row: the row.
            number: one after the last; the next if left out.
        """

    def rewrite(self, changes: Mapping[str, Change]) -> None:
        """Write everything anew under another data key at ``commit``, so that nothing is left.

        Args:
            changes: for each table, what becomes of its rows; the others stay as they are.
        """

    def begin(self) -> None:
        """Begin a unit of work that ends with ``commit``, or is forgotten at ``close``."""

    def commit(self) -> None:
        """Keep the unit of work, whole or not at all.

        Raises:
            Busy: somebody else wrote since it began.
            Settings: it could not be kept, or nobody knows whether it was.
        """

    def close(self) -> None:
        """Forget what was not committed, and let go of what is open."""
