"""What a key for one school relies on: the sheet of its scope, and that of what is common.

A head has sums under a key that no school has: who opens the rows of a school could bring the
same sum about with others. So a school reads another account of the same rows: a head in the form
that narrow keys read (``heads``), whose digest is in the signed head over all. A scope has a sheet
while there is a key for it, and is kept up by each writer.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from reintegrate_cli.keys import COMMON, Bundle, Slot, school_name, school_of, scope_of
from reintegrate_cli.server.answers import HeadRow, taken
from reintegrate_cli.server.heads import Head, Sums, Top, damaged, digest_of, mark_of, open_head
from reintegrate_cli.server.sealing import Sealed, Seals

Query = Callable[..., list[tuple[Any, ...]]]
"""Takes a statement and its values, and gives rows."""


_OF_SCHOOL = "first let a specialist look whether key and seat are for the same school"


class Sheets:
    """The sheets of a vault.

    Args:
        seals: what opens them.
        top: what names the last of each.
        query: asks the server for them; nothing is there yet if left out.
    """

    def __init__(self, seals: Seals, top: Top, query: Query | None = None) -> None:
        self._seals, self._top, self._query = seals, top, query
        self.changed: dict[bytes, Sums] = {}
        """By name, those that a unit of work brings up to date."""

    def has(self, scope: bytes) -> bool:
        """Return whether a scope has one."""
        name = self._seals.sheet(scope)
        return name in self.changed or name.hex() in self._top.heads

    def of(self, scope: bytes) -> Sums | None:
        """Return the sheet of a scope, to be brought up to date, if it has one."""
        name = self._seals.sheet(scope)
        if name not in self.changed and name.hex() in self._top.heads:
            self.changed[name] = self.read([scope])[scope]
        return self.changed.get(name)

    def read(self, scopes: Sequence[bytes]) -> dict[bytes, Sums]:
        """Return the sheets of some scopes as they are.

        Raises:
            Damaged: one is missing, or is not the last there was.
        """
        names = {self._seals.sheet(scope): scope for scope in scopes}
        rows = [] if self._query is None else self._query(_SHEETS, ([*names],))
        found = {}
        for name, turn, body in taken(HeadRow, rows):
            if name not in names or self._top.heads.get(name.hex()) != digest_of(body):
                raise damaged()
            head = open_head(self._seals, name, turn, body)
            found[names[name]] = Sums(self._seals, name, head)
        if found.keys() != {*scopes}:
            raise damaged(_OF_SCHOOL if not self._seals.bundle.full else "")
        return found

    def begin(self, scope: bytes, rows: Iterable[Sealed]) -> None:
        """Begin the sheet of a scope.

        Args:
            scope: the scope.
            rows: all that there is in it.
        """
        name = self._seals.sheet(scope)
        sums = self.changed[name] = Sums(self._seals, name, Head())
        for row in rows:
            sums.change(str(row.tab), None, mark_of(row))

    def restock(self, table: str, used: Collection[int], last: int) -> int:
        """Set numbers aside, in the sheets that a unit of work changes, for what schools add.

        Args:
            table: the number of a table whose numbers are not given by cases.
            used: those that the unit of work uses.
            last: the last that was given in it, or set aside.

        Returns:
            The last one then.
        """
        for name, sums in self.changed.items():
            if name == self._seals.sheet(COMMON):
                continue
            former = sums.head.aside.get(table, [])
            free = [number for number in former if number not in used]
            if len(free) < _FEW:
                free += range(last + 1, last + 1 + _MANY)
                last += _MANY
            sums.head.aside[table] = free
        return last


_FEW, _MANY = 25, 50
"""Numbers that a school has at least, and that it gets at a time."""
_SHEETS = "SELECT * FROM reintegrate.sheets(%s::bytea[])"


class School(NamedTuple):
    """A school that there is a key for, as its database calls it under a data key."""

    code: str
    scope: bytes


def schools_of(slots: Iterable[Slot], bundle: Bundle, store_id: str) -> list[School]:
    """Return the schools that there are keys for."""
    codes = {school_of(slot, bundle, store_id) for slot in slots if slot.kind == "school"}
    return [
        School(code, scope_of(school_name(bundle.data_key, code)))
        for code in sorted(code for code in codes if code)
    ]


def scopes_of(schools: Iterable[School]) -> list[bytes]:
    """Return the scopes that have a sheet where there are keys for these schools."""
    scopes = [school.scope for school in schools]
    return [*scopes, COMMON] if scopes else []
