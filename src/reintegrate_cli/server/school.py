"""What a vault on a server holds for somebody with a key for one school."""

from collections.abc import Iterable, Sequence

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.keys import Bundle
from reintegrate_cli.server.heads import Mark, Sums, damaged, mark_of
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sealing import LABEL, Folded, Sealed
from reintegrate_cli.server.sheets import Query


class SchoolMoment(Moment):
    """The cases of one school and what is common, read at once and found whole.

    That is all that the key opens, and little enough. Which cases somebody looks at is asked for
    besides, so that the server has it in its entries.
    """

    def __init__(self, query: Query, bundle: Bundle) -> None:
        super().__init__(query, bundle)
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
        return self._rows

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
