"""A shelf in a PostgreSQL database; ``core.shelf`` says what each method does."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from reintegrate_cli.catalogue import OF_A_CASE, TABLES, called
from reintegrate_cli.core.errors import Locked, Usage
from reintegrate_cli.core.filing import Key, Row, folded
from reintegrate_cli.core.slips import Put
from reintegrate_cli.core.values import decode, encode
from reintegrate_cli.server import ledger
from reintegrate_cli.server.heads import damaged
from reintegrate_cli.server.keeping import Keeping
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.school import SchoolMoment
from reintegrate_cli.server.sealing import LEDGER, Folded, at_of, case_of, number_of, order_of
from reintegrate_cli.server.slips import Slips


class _Numbers:
    """The numbers in the staged rows of a table: these are added to, or are others altogether."""

    def __init__(self, rows: Mapping[Folded, Any]) -> None:
        self.rows, self.seen = rows, 0
        self.given: list[int] = []


class ServerShelf:
    """The rows of a vault, as one unit of work sees them.

    Args:
        keeping: what the vault holds, and what keeps a unit of work in it.
    """

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._staged = keeping.staged
        self._numbers: dict[tuple[str, str | None], _Numbers] = {}
        self.commit, self.close, self.rewrite = keeping.commit, keeping.close, keeping.rewrite
        self.tray = Slips(keeping)

    @property
    def _moment(self) -> Moment:
        return self._keeping.moment

    @property
    def store_id(self) -> str:
        return self._moment.header.store_id

    def opens(self, table: str) -> bool:
        return self._moment.seals.reads(table)

    def expect(self, cases: Collection[str] = (), **rows: Collection[str]) -> None:
        self._moment.read_cases([ref for ref in map(_ref, cases) if ref is not None])
        for table, ids in rows.items():
            self._demand(table)
            self._moment.read_few(table, [folded(table, [id_]) for id_ in ids])

    def get(self, table: str, key: Key) -> Row | None:
        body = self._body(table, self._folded(table, key))
        return None if body is None else decode(body)

    def rows(self, table: str, case: str | None = None) -> Iterable[Row]:
        self._demand(table)
        ref = _ref(case) if case is not None and table in OF_A_CASE else None
        if case is not None and ref is None:  # it could be no ref, or these are not kept by cases
            return (row for row in self.rows(table) if row.get("case") == case)
        return map(decode, self._bodies(table, ref))

    def between(self, table: str, first: int, last: int) -> Iterator[Row]:
        self._demand(table)
        found = self._moment.ranged(table, first, last)
        for key, body in self._staged.get(table, {}).items():
            if first <= (at_of(table, key) or 0) <= last:
                found[key] = body
        return (decode(body) for _, body in _in_order(table, found) if body is not None)

    def bodies(self, table: str) -> Iterator[bytes]:
        self._demand(table)
        return iter(self._bodies(table, None))

    def count(self, table: str) -> int:
        self._demand(table)
        staged = self._staged.get(table, {})
        change = sum(
            (body is not None) - (self._moment.body(table, key) is not None)
            for key, body in staged.items()
        )
        return self._moment.count(table) + change

    def is_used(self, table: str) -> bool:
        self._demand(table)
        return bool(self._staged.get(table)) or self._moment.is_used(table)

    def last_id(self, table: str, case: str | None = None) -> int:
        self._demand(table)
        ref = None if case is None else _ref(case)
        if case is not None and ref is None:
            raise ValueError(case)
        return self._moment.last(table, ref, self._given(table, ref))

    def _given(self, table: str, case: str | None) -> Collection[int]:
        """Return the numbers that this unit of work gave; what was looked at before is known."""
        rows = self._staged.get(table, {})
        known = self._numbers.get((table, case))
        if known is None or known.rows is not rows:
            known = self._numbers[table, case] = _Numbers(rows)
        keys = islice(rows, known.seen, None)
        known.given += [
            number_of(table, key) or 0 for key in keys if case is None or key[0] == case
        ]
        known.seen = len(rows)
        return known.given

    def put(self, table: str, key: Key, row: Mapping[str, Any]) -> None:
        self._demand(table, grows=False)
        self._stage(table, self._folded(table, key), encode(row))

    def delete(self, table: str, key: Key) -> None:
        self._demand(table, grows=False)
        self._stage(table, self._folded(table, key), None)

    def clear(self, table: str) -> None:
        self._demand(table, grows=False)
        for key in [*self._moment.whole(table), *self._staged.get(table, {})]:
            self._stage(table, key, None)

    def append(self, table: str, row: Mapping[str, Any], number: int | None = None) -> int:
        self._demand(table, grows=True)
        last = self.last_id(table)
        if number is not None and number <= last:
            raise Usage(f"the table {table} only grows")
        number = number or last + 1
        letters = TABLES[table].id
        self._stage(
            table, (f"{letters}{number}" if TABLES[table].key else str(number),), encode(row)
        )
        return number

    def strangers(self, table: str) -> int:
        self._demand(table)
        if table != ledger.NAME:
            return 0
        self._moment.whole(table)
        return self._moment.ledger.strangers

    def mend(self, table: str) -> bool:
        if table != ledger.NAME:
            return False
        is_anew = self._moment.ledger.mend()
        if self._moment.ledger.is_mended:
            self._staged[table] = {**self._moment.whole(table)}
        return is_anew

    def begin(self) -> None:
        """Begin a unit of work; the lock, if it is to be kept, was taken before."""

    # What is known, with what is staged over it.

    def _body(self, table: str, key: Folded) -> bytes | None:
        self._demand(table)
        staged = self._staged.get(table, {})
        body = staged[key] if key in staged else self._moment.body(table, key)
        if body is None and key not in staged and TABLES[table].name == "history":
            self._must_not_be_missing(table, key)
        return body

    def _must_not_be_missing(self, table: str, key: Folded) -> None:
        """Nothing is taken out of the history."""
        if (number_of(table, key) or 0) <= self._moment.last(table, None):
            raise damaged()

    def _bodies(self, table: str, case: str | None) -> list[bytes]:
        known = self._moment.whole(table) if case is None else self._moment.of_case(table, case)
        found: dict[Folded, bytes | None] = {**known}
        for key, body in self._staged.get(table, {}).items():
            if case is None or case_of(table, key) == case:
                found[key] = body
        return [body for _, body in _in_order(table, found) if body is not None]

    def _stage(self, table: str, key: Folded, body: bytes | None) -> None:
        moment, bundle = self._moment, self._moment.seals.bundle
        if isinstance(moment, SchoolMoment):
            _demand_own(moment, Put(table, key, None if body is None else decode(body)))
            self._staged.setdefault(table, {})[key] = body
            return
        if not bundle.full and self._moment.seals.scope_of(table, None) != LEDGER:
            bundle.demand_full(f"the table {table} to write to it")
        self._staged.setdefault(table, {})[key] = body

    def _folded(self, table: str, key: Key) -> Folded:
        self._demand(table)
        if TABLES[table].key:
            return folded(table, key)
        (number,) = key
        return (str(int(number)),)

    def _demand(self, table: str, *, grows: bool | None = None) -> None:
        row = TABLES[table]
        if not self.opens(table):
            self._moment.seals.bundle.demand(row.group, f"the table {table}")
        if grows is not None and row.grows is not grows:
            only = "only grows" if row.grows else "does not merely grow"
            raise Usage(f"the table {table} {only}")


def _demand_own(moment: SchoolMoment, put: Put) -> None:
    """Refuse what somebody with a key for one school may not write.

    Raises:
        Locked: it is of no case of theirs, or their key cannot prove who writes.
    """
    if not moment.seals.bundle.tray_key:
        raise Locked(
            "this key was made by an older version, which let it read alone",
            hint="reintegrate vault key add --school CODE --key-file FILE --for SLUG, by somebody"
            " with a key that opens everything, makes another",
        )
    if not moment.may_change(put):
        is_case = put.table == "cases"
        what = "to open a case, or to move it," if is_case else f"any other {called(put.table)}"
        raise Locked(
            f"this key changes the cases of one school; {what} takes a key that opens everything",
            hint="ask somebody in the district's office to enter it",
        )


def _ref(case: str) -> str | None:
    try:
        (ref,) = folded("cases", [case])
    except ValueError:
        return None
    return ref


def _in_order(table: str, rows: Mapping[Folded, bytes | None]) -> list[tuple[Folded, bytes | None]]:
    return sorted(rows.items(), key=lambda item: order_of(table, item[0]))
