"""The shelf: the one seam between the records and where their bytes lie.

Everything above speaks of tables, keys and rows (``core.filing``). How a key becomes a place in a
file, or a row of a database, is the business of the shelf alone. The vault's file is one
(``vault.shelf``); another engine is another class with these methods, and nothing above it changes.

What is said here is for the reader and the type checker: no command loads it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from reintegrate_cli.core.filing import Change, Key, Row
from reintegrate_cli.core.slips import Left

R = TypeVar("R")


class Shelf(Protocol):
    """Where the rows of every table lie, as one unit of work sees them.

    Every row given out is a copy of its own. What is put, deleted or appended is seen at once by
    who did it, and by everybody else after ``commit``, whole or not at all.

    Every method that names a table may raise ``Locked``: the key at hand does not open it.
    """

    @property
    def store_id(self) -> str:
        """The random id of the vault."""

    @property
    def tray(self) -> "Tray | None":
        """Where units of work lie that a full key has to take over; none if there is no such."""

    def opens(self, table: str) -> bool:
        """Return whether the key at hand opens a table."""

    def expect(self, cases: Collection[str] = (), **rows: Collection[str]) -> None:
        """Take note of what will be read next: a shelf that is far away fetches it all at once.

        Nothing else follows from it: what is not there is no mistake.

        Args:
            cases: all that is kept of these cases.
            rows: by a table, the ids of some of its rows; of one whose key is the id alone.
        """

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
        """Return whether anything was ever in a table, at the least cost."""

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

    def strangers(self, table: str) -> int:
        """Count what is in the place of a table's rows, and was put there without any key.

        It is in no list: who may add a row where they keep no key adds nothing that is believed.
        """

    def mend(self, table: str) -> bool:
        """Take out, in this unit of work, what was put in a table without any key.

        Returns:
            Whether a row of it is lost, so that the table is begun anew and is empty now.
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


class Tray(Protocol):
    """Where those leave their units of work whose keys write no history."""

    def waiting(self) -> Sequence[Left]:
        """Return what waits and does not lie over the vault yet, in order; with a full key."""

    def aside(self, left: Left, table: str) -> set[int]:
        """Return the numbers of a table that the school has for what it adds, and nobody else."""

    def tried(self) -> AbstractContextManager[None]:
        """Do what is done within, whole or, if anything raises, not at all."""

    def laid_over(self, refused: Collection[Left]) -> None:
        """Note that all that waits lies over the vault, and is taken over at ``commit``.

        Args:
            refused: what does not, and is put aside.
        """

    def leave(self, *, by: str, at: str, command: str, refs: tuple[str, ...]) -> None:
        """Leave this unit of work there at ``commit``; the arguments are as in the history."""


class Eyes(Protocol):
    """Who at the keyboard sees which records of a table that is closed."""

    def sees(self, record: Any) -> bool:
        """Return whether they see a record where things are listed."""

    def may_see(self, record: Any) -> bool:
        """Return whether a record is with them, be it over or not."""

    def may_name(self, record: Any) -> bool:
        """Return whether they may name a record on a line."""


class Witness(Protocol):
    """What remembers which records a command read before it was to change any."""

    def note(self, table: str, key: Key, row: Row | None) -> None:
        """Remember what was read, as it was read first."""


class Work(Protocol):
    """What the records need of the unit of work that they are part of."""

    @property
    def shelf(self) -> Shelf:
        """Where the rows lie."""

    def stamp(self, record: R) -> R:
        """Write on a record who enters it, and when."""

    def fix(self, table: str, record: Any) -> None:
        """Fix what is settled before a record is kept that could change it."""

    def eyes(self, table: str) -> Eyes | None:
        """Return what says who sees a record of a table; nothing if everybody does."""

    def note_read(self, table: str, key: Key, row: Row | None) -> None:
        """Remember what a record said, if a person is about to answer by it."""

    def note_change(
        self, table: str, key: Key, before: Any, after: Any, *, restored: bool = False
    ) -> None:
        """Remember a change for the history; ``restored`` says that it was so before."""
