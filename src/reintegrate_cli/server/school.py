"""What a vault on a server holds for somebody with a key for one school."""

from collections.abc import Collection, Iterable, Sequence

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Busy
from reintegrate_cli.core.slips import Put, Slip, is_of_cases
from reintegrate_cli.core.values import decode, encode
from reintegrate_cli.keys import Bundle, scope_of
from reintegrate_cli.server.heads import Mark, Sums, damaged, mark_of
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sealing import (
    LABEL,
    SET_ASIDE,
    Folded,
    Sealed,
    at_of,
    case_of,
    in_cases,
    number_of,
)
from reintegrate_cli.server.sheets import Query


class SchoolMoment(Moment):
    """The cases of one school and what is common, read at once and found whole.

    That is all that the key opens, and little enough. Which cases somebody looks at is asked for
    besides, so that the server has it in its entries. What the school wrote since lies over it.
    """

    def __init__(self, query: Query, bundle: Bundle) -> None:
        super().__init__(query, bundle)
        self._given: dict[tuple[str, str], list[int]] = {}
        """By a table and a case, the numbers that were given there since."""
        self.all_rows()

    def _heads(self) -> dict[bytes, tuple[int, bytes]]:
        return {}

    def all_rows(self) -> dict[str, dict[Folded, tuple[Sealed, bytes]]]:
        """Return everything that the key at hand opens, each sum of it found right."""
        if self._whole:
            return self._rows
        tabs = [table.number for table in TABLES.values() if table.group == "full"]
        self._sums = self.sheets.read([*self.seals.roots])
        found: dict[bytes, dict[str, list[Mark]]] = {
            scope: {name: [] for name in sums.head.sums} for scope, sums in self._sums.items()
        }
        # Somebody with another seat is sent the rows of others, too; this key opens none of them.
        asked = self._query("SELECT * FROM reintegrate.whole(%s::smallint[])", [LABEL, *tabs])
        rows = [row for row in asked if row.scope in found]
        for row in rows:
            found[row.scope].setdefault(str(row.tab), []).append(mark_of(row))
        for scope, names in found.items():
            if not all(self._sums[scope].agree(name, own) for name, own in names.items()):
                raise damaged()
        self._take(rows)
        self._whole |= {name for name, table in TABLES.items() if table.group == "full"}
        for _, _, slip in self.tray.found:
            if slip is not None:
                self._lay_over(slip)
        return self._rows

    def _lay_over(self, slip: Slip) -> None:
        if not all(self.may_change(put) for put in slip.puts):
            return  # no full key will take it over, either
        for table, key, row in ((put.table, put.key, put.row) for put in slip.puts):
            if case_of(table, key) is not None and in_cases(table):
                given = self._given.setdefault((table, key[0]), [])
                given.append(number_of(table, key) or 0)
            if row is None:
                self._rows[table].pop(key, None)
                continue
            scope, at = scope_of(self.seals.bundle.school), at_of(table, key)
            place = Sealed(TABLES[table].number, b"", scope, b"", at, self.turn, b"")
            former = self._rows[table].get(key)
            self._rows[table][key] = (former[0] if former else place, encode(row))

    def may_change(self, put: Put) -> bool:
        """Return whether a key for this school may write a change."""
        former = self._rows[put.table].get(put.key)
        known = None if former is None else decode(former[1])
        return is_of_cases(put, known, lambda case: (case,) in self._rows["cases"])

    def last(self, table: str, case: str | None, staged: Collection[int] = ()) -> int:
        """Return the last number that was given, so that the next one is the school's to give."""
        if table not in SET_ASIDE:
            number = str(TABLES[table].number)
            given = self._given.get((table, case or ""), [])
            return max(self.given_in(case or "").get(number, 0), *given, *staged, 0)
        own = self._sums[scope_of(self.seals.bundle.school)].head.aside
        used = {number_of(table, key) for key in self._rows[table]} | {*staged}
        free = [number for number in own.get(str(TABLES[table].number), []) if number not in used]
        if not free:
            raise Busy(
                "the numbers that were set aside for your school are used up",
                hint="there are more after the next change by somebody with a key that opens"
                " everything",
            )
        return free[0] - 1

    def given_in(self, case: str) -> dict[str, int]:
        """Return by the number of a table the last number that a full key gave in a case."""
        row = self._rows["cases"].get((case,))
        label = self._labels.get(row[0].part) if row is not None else None
        return {**label[1].last} if label is not None else {}

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return len(self._rows[table])

    def is_used(self, table: str) -> bool:
        """Return whether anything is in a table, or was."""
        return bool(self._rows[table]) or super().is_used(table)

    def _all_sums(self) -> Iterable[tuple[bytes, Sums]]:
        return self._sums.items()

    def of_case(self, table: str, case: str) -> dict[Folded, bytes]:
        """Return the rows of a case in a table."""
        self.read_cases([case])
        return super().of_case(table, case)

    def read_cases(self, cases: Sequence[str]) -> None:
        """Let the server note that somebody looks at some cases, each of them once."""
        known = self._rows["cases"]
        named = dict.fromkeys(known[case,][0].part for case in cases if (case,) in known)
        parts = [part for part in named if part not in self._parts]
        self._parts |= {*parts}
        if parts:
            self._query("SELECT * FROM reintegrate.parts(%s::bytea[])", parts)
