"""What a vault on a server holds at one moment: read a part at a time, and each part checked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from reintegrate_cli.catalogue import SCHEMA, TABLES
from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.migrations import carrier
from reintegrate_cli.core.values import decode
from reintegrate_cli.keys import COMMON, Bundle
from reintegrate_cli.server import ledger
from reintegrate_cli.server.answers import taken
from reintegrate_cli.server.heads import NARROW, Entry, Mark, bin_of, damaged, mark_of, number_in
from reintegrate_cli.server.labels import Labels, as_asked, bins_of, is_mark
from reintegrate_cli.server.said import Summed
from reintegrate_cli.server.sealing import (
    LABEL,
    LEDGER,
    OFFICE,
    STRETCH,
    Folded,
    Sealed,
    at_of,
    case_of,
    in_cases,
    number_of,
)
from reintegrate_cli.server.sheets import Query

_FEW = 1000
"""A table with no more rows than this is read whole for any one of them, with one question."""
_NAMES = {table.number: name for name, table in TABLES.items()}
_KEYED = "SELECT * FROM reintegrate.keyed(%s::smallint, %s::bytea[])"
_PARTS = "SELECT * FROM reintegrate.parts(%s::bytea[])"
_MARKS = (
    "SELECT tab, key, scope, part, NULL::bigint, turn, digest"
    " FROM reintegrate.labels(%s::bytea[], %s::bigint[])"
)


class Moment(Labels):
    """What the vault holds, as one transaction sees it.

    Args:
        query: asks the server, in one transaction.
        bundle: what the key at hand opens.

    Raises:
        Damaged: what the server gives does not hold together.
        Settings: there is no vault, or a newer program wrote it.
    """

    def __init__(self, query: Query, bundle: Bundle) -> None:
        super().__init__(query, bundle)
        self._rows: dict[str, dict[Folded, tuple[Sealed, bytes]]] = defaultdict(dict)
        self._whole: set[str] = set()
        self._parts: set[bytes] = set()
        self._ranges: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._back: tuple[int, dict[str, Any]] | None = None
        self._scopes: set[tuple[str, bytes]] = set()
        self._absent: set[tuple[str, Folded]] = set()

    def last(self, table: str, case: str | None, staged: Collection[int] = ()) -> int:
        """Return the last number that was given in a table, or in a case.

        Args:
            table: the table.
            case: the case, where its numbers are given by cases.
            staged: those that the unit of work gave.
        """
        return max(self._last(table, case), *staged, 0)

    def _last(self, table: str, case: str | None) -> int:
        number = str(TABLES[table].number)
        if table == ledger.NAME:
            return self.ledger.last()
        if case is None and in_cases(table):
            return max((number_of(table, key) or 0 for key in self.whole(table)), default=0)
        if case is None:
            return max((sums.head.last.get(number, 0) for _, sums in self._all_sums()), default=0)
        self.read_cases([case])
        label = self._labels.get(self.seals.case(case))
        return label[1].last.get(number, 0) if label else 0

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return len(self.ledger.rows()) if table == ledger.NAME else super().count(table)

    def is_used(self, table: str) -> bool:
        """Return whether anything was ever in a table."""
        return bool(self.ledger.rows()) if table == ledger.NAME else super().is_used(table)

    remembered: Sequence[bytes] = ()

    @property
    def begun(self) -> int:
        """The number before the first one in the ledger."""
        return self.ledger.begun

    def noted(self) -> int:
        """Return the last number in the ledger, as far as it follows on what is said of all."""
        return self.ledger.noted()

    def follows(self, entry: Entry) -> bool:
        """Return whether the history goes on from an entry that was the last one before.

        What came since is read, and each entry of it found bound to the one before.
        """
        last = self.entry()
        if entry.number >= last.number or not (entry.chain and last.chain):
            return entry.number <= last.number and entry.chain in ("", last.chain)
        self.ranged("history", entry.number + 1, last.number)
        row = decode(self._rows["history"][f"H{entry.number}",][1])
        return bool(row["chain"] == entry.chain)

    # Rows.

    def body(self, table: str, key: Folded) -> bytes | None:
        """Return a row as JSON."""
        found = self.row(table, key)
        return None if found is None else found[1]

    def row(self, table: str, key: Folded) -> tuple[Sealed, bytes] | None:
        """Return a row, as the server has it and as JSON."""
        if not (table in self._whole or key in self._rows[table] or self._is_new(table, key)):
            case = case_of(table, key)
            if case is not None:
                self.read_cases([case])
            elif (at := at_of(table, key)) is not None:
                self.ranged(table, at, at)
            else:
                self.read_few(table, [key])
        return self._rows[table].get(key)

    def _is_new(self, table: str, key: Folded) -> bool:
        """Return whether there is no such row for certain: none was given its number yet."""
        number = None if in_cases(table) else number_of(table, key)
        is_beyond = number is not None and number > self.last(table, None)
        return is_beyond or (table, key) in self._absent

    def read_few(self, table: str, keys: Sequence[Folded]) -> None:
        """Read some rows of a table that is not kept by cases: with all of it, if it is small."""
        keys = [key for key in keys if not self._is_new(table, key)]
        if keys and (self.count(table) <= _FEW or not self.seals.bundle.full):
            self.whole(table)
            return
        self.read_together((), {table: keys})
        # A number that was given: whether its row went, or is kept back, all of them together say.
        is_said = self.top.shares
        if not is_said and any(number_of(table, k) and k not in self._rows[table] for k in keys):
            self.whole(table)

    def read_together(self, cases: Iterable[str], rows: Mapping[str, Iterable[Folded]]) -> None:
        """Read all that is of some cases, and some rows of no case; check each by its label.

        A vault of an older program has no label for what is of no case: there each row is
        checked by itself, and one that was sealed at its place before, and changed since, is
        believed until the whole of its table is read. The next unit of work labels them all.

        Args:
            cases: the refs of the cases.
            rows: by table, the keys of the rows; others than those of no case are left out.
        """
        shares: dict[bytes, dict[Folded, str]] = defaultdict(dict)
        names: dict[int, dict[bytes, Folded]] = defaultdict(dict)
        for table, keys in rows.items():
            for key in keys:
                if (share := self.seals.share(table, key)) is None:
                    continue
                shares[share][key] = table
                if key not in self._rows[table] and table not in self._whole:
                    names[TABLES[table].number][self.seals.key_of(table, key)] = key
        parts: dict[bytes, bytes | None] = {self.seals.case(case): None for case in cases}
        if self.top.shares:
            parts |= dict.fromkeys(shares, OFFICE)
        parts = {part: scope for part, scope in parts.items() if part not in self._parts}
        found = self._read_checked(parts, names)
        alone = {names[row.tab][row.key]: row for row in found if row.key in names.get(row.tab, ())}
        for share, own in shares.items() if self.top.shares else ():
            there = {key: alone.get(key) or self._sealed(table, key) for key, table in own.items()}
            self._check_share(share, there)
            self._absent |= {(own[key], key) for key, row in there.items() if row is None}
        self._take(found)

    def _sealed(self, table: str, key: Folded) -> Sealed | None:
        known = self._rows[table].get(key)
        return known and known[0]

    def _read_checked(
        self, parts: Mapping[bytes, bytes | None], names: Mapping[int, Collection[bytes]]
    ) -> list[Sealed]:
        """Return the rows of some parts, found right by their labels, and some rows by their names.

        Args:
            parts: the parts, each with the scope that its label has to be of, if there is but one.
            names: by the number of a table, what the server calls the rows.
        """
        asks: list[tuple[str, list[Any]]] = [(_KEYED, [tab, [*own]]) for tab, own in names.items()]
        if parts:
            asks.append((_PARTS, [[*parts]]))
        bins = bins_of(parts)
        if bins:
            asks.append((_MARKS, as_asked(bins)))
        if not asks:
            return []
        answered = self._query(
            " UNION ALL ".join(ask for ask, _ in asks), *(one for _, own in asks for one in own)
        )
        found = [row for row in answered if not is_mark(row)]
        marks = [
            Mark(row.tab, row.key, row.scope, row.part, row.turn, row.body)
            for row in answered
            if is_mark(row)
        ]
        by_part: dict[bytes, list[Sealed]] = defaultdict(list)
        for row in found:
            if row.part not in parts and row.key not in names.get(row.tab, ()):
                raise damaged()
            by_part[row.part].append(row)
        if len({(row.tab, row.key) for row in found}) < len(found):
            raise damaged()
        self._take(row for row in found if row.tab == LABEL)
        for part in parts:
            self._check_part(part, [row for row in by_part[part] if row.tab != LABEL])
        if parts:
            self._check_labels(parts, marks if bins else None)
        self._parts |= parts.keys()
        return [row for row in found if row.tab != LABEL]

    def whole(self, table: str) -> dict[Folded, bytes]:
        """Return a table."""
        if table == ledger.NAME:
            self._rows[table] = self.ledger.rows()
        elif table not in self._whole:
            rows = self._query(
                "SELECT * FROM reintegrate.whole(%s::smallint[])", [TABLES[table].number]
            )
            self._agree(rows, self._names_of(TABLES[table].number))
            self._take(rows)
            self._whole.add(table)
        return {key: body for key, (_, body) in self._rows[table].items()}

    def sealed(self, table: str) -> dict[Folded, Sealed]:
        """Return a table as the server has it."""
        if self.is_used(table):
            self.whole(table)
        return {key: row for key, (row, _) in self._rows[table].items()}

    def of_scope(self, table: str, scope: bytes) -> dict[Folded, bytes]:
        """Return the rows of a table that are of one scope."""
        if table not in self._whole and (table, scope) not in self._scopes:
            tab = TABLES[table].number
            rows = self._query("SELECT * FROM reintegrate.scoped(%s::smallint, %s)", tab, scope)
            self._agree(rows, [one for one in self._names_of(tab) if one[0] == scope])
            self._take(rows)
            self._scopes.add((table, scope))
        own = self._rows[table].items()
        return {key: body for key, (sealed, body) in own if sealed.scope == scope}

    def all_rows(self) -> dict[str, dict[Folded, tuple[Sealed, bytes]]]:
        """Return everything that the key at hand opens, each sum of it and each label right."""
        opens = self.seals.bundle.opens
        tabs = [t.number for t in TABLES.values() if opens(t.group) and t.number != ledger.TAB]
        if self.seals.bundle.full:
            tabs.append(LABEL)
        rows = self._query("SELECT * FROM reintegrate.whole(%s::smallint[])", tabs)
        self._agree(rows, [name for tab in tabs for name in self._names_of(tab)])
        self._take(rows)
        if self.seals.opens(LEDGER):
            self.whole(ledger.NAME)
        if self.seals.bundle.full:
            self._check_every_label()
        self._whole |= {_NAMES[tab] for tab in tabs if tab != LABEL}
        return self._rows

    def _check_every_label(self) -> None:
        """Require that each row is where it belongs, and that labels say what there is of it."""
        by_part: dict[bytes, list[Sealed]] = defaultdict(list)
        by_share: dict[bytes, dict[Folded, Sealed]] = defaultdict(dict)
        for table, rows in self._rows.items():
            for key, (row, _) in rows.items():
                if row.part != self.seals.part_of(table, key, row.at):
                    raise damaged()
                share = self.seals.share(table, key)
                if share is not None:
                    by_share[share][key] = row
                elif case_of(table, key) is not None:
                    by_part[row.part].append(row)
        if not self.top.shares:
            by_share.clear()
        for part in by_part.keys() | by_share.keys() | self._labels.keys():
            self._check_part(part, by_part[part])
            self._check_whole_share(part, by_share[part])

    def rows_in(self, scope: bytes) -> list[Sealed]:
        """Return all rows of a scope, with the labels there."""
        every: list[Mapping[Any, tuple[Sealed, Any]]] = [*self.all_rows().values(), self._labels]
        return [row for own in every for row, _ in own.values() if row.scope == scope]

    def last_numbers(self) -> dict[bytes, dict[str, int]]:
        """Return by scope the last numbers that were given in the tables of no case."""
        scopes = [scope for scope in (OFFICE, COMMON, *NARROW) if scope in self.heads]
        numbers = {scope: {**self.sums(scope).head.last} for scope in scopes}
        return {**numbers, LEDGER: {str(ledger.TAB): self.ledger.last()}}

    def all_given(self) -> dict[str, dict[str, int]]:
        """Return by case the last numbers that were given in it, once everything was read."""
        keys = [(table, key) for table, rows in self._rows.items() for key in rows]
        cases = {case for table, key in keys if (case := case_of(table, key)) is not None}
        return {case: self.given_in(case) for case in cases}

    def ranged(self, table: str, first: int, last: int) -> dict[Folded, bytes | None]:
        """Return the rows of a table that goes by number or by day, from the first to the last."""
        known = any(begin <= first and last <= end for begin, end in self._ranges[table])
        if table not in self._whole and not known:
            number = TABLES[table].number
            if number in STRETCH:
                self._read_stretches(number, first >> STRETCH[number], last >> STRETCH[number])
            elif table == "history" and self.entry().chain:
                self._read_back_to(max(first, 1))
            else:
                self.whole(table)
        return {
            key: body
            for key, (sealed, body) in self._rows[table].items()
            if first <= (sealed.at or 0) <= last
        }

    def _read_stretches(self, tab: int, first: int, last: int) -> None:
        """Read a table from one of its stretches to another, each with a sum of its own."""
        bits = STRETCH[tab]
        begin, end = first << bits, ((last + 1) << bits) - 1
        rows = self._query_range(tab, begin, end)
        names = self._names_of(tab)
        self._agree(rows, [one for one in names if first <= number_in(one[1]) <= last])
        self._take(rows)
        self._ranges[_NAMES[tab]].append((begin, end))

    def read_where(self, table: str, places: Mapping[Folded, bytes]) -> None:
        """Read the stretches where some rows belong, each of one scope, and what is there of them.

        Args:
            table: a table that is read in stretches.
            places: by the keys of the rows, which there may be or not, their scopes.
        """
        if table in self._whole or not places:
            return
        tab = TABLES[table].number
        bits = STRETCH[tab]
        wanted = sorted(
            {(scope, (at_of(table, key) or 0) >> bits) for key, scope in places.items()}
        )
        rows = self._query(
            "SELECT * FROM reintegrate.stretches"
            "(%s::smallint, %s::bytea[], %s::bigint[], %s::bigint[])",
            *(tab, [scope for scope, _ in wanted]),
            *([at << bits for _, at in wanted], [((at + 1) << bits) - 1 for _, at in wanted]),
        )
        self._agree(rows, [(scope, f"{tab}:{at}") for scope, at in wanted])
        self._take(rows)
        self._absent |= {(table, key) for key in places if key not in self._rows[table]}

    def _read_back_to(self, first: int) -> None:
        """Read the history from its end back to an entry.

        It has no sum for a stretch: its last chain value is in its head, and every entry is bound
        to the one before it.
        """
        last = self.entry()
        number, above = self._back or (last.number + 1, {})
        begin = max(first - 1, 1)  # what an entry says is bound by the one before it
        if begin < number:
            self._take(self._query_range(TABLES["history"].number, begin, number - 1))
        while number > begin:
            number -= 1
            found = self._rows["history"].get((f"H{number}",))
            row = decode(found[1]) if found else {}
            said = str(row.get("chain", ""))
            is_right = chain_value(said, above) == above["chain"] if above else said == last.chain
            if found is None or not is_right:
                raise damaged()
            above = row
        if number == 1 and above and chain_value("", above) != above["chain"]:
            raise damaged()
        self._back = (number, above)
        self._ranges["history"] = [(first, 1 << 63)]

    def of_case(self, table: str, case: str) -> dict[Folded, bytes]:
        """Return the rows of a case in a table."""
        if table not in self._whole:
            self.read_cases([case])
        rows = self._rows[table].items()
        return {key: body for key, (_, body) in rows if key[0] == case}

    def read_cases(self, cases: Sequence[str]) -> None:
        """Read all that is of some cases, and check that it is all, and the last there was."""
        self.read_together(cases, {})

    # Checking and opening.

    def _query(self, statement: str, *params: Any) -> list[Sealed]:
        return taken(Sealed, self._ask(statement, params))

    def _query_range(self, tab: int, first: int, last: int) -> list[Sealed]:
        rows = self._query(
            "SELECT * FROM reintegrate.ranged(%s::smallint, %s, %s)", tab, first, last
        )
        if any(row.tab != tab or not first <= (row.at or 0) <= last for row in rows):
            raise damaged()
        return rows

    def _agree(self, rows: Iterable[Sealed], wanted: Iterable[Summed]) -> None:
        self._agree_marks([(bin_of(row), mark_of(row)) for row in rows], wanted)

    def _take(self, rows: Iterable[Sealed]) -> None:
        carriers: dict[str, Any] = {}
        for row in rows:
            if row.tab == LABEL:
                self._take_label(row)
                continue
            name = _NAMES.get(row.tab, "")
            opened = self.seals.open(name, row) if name else None
            if opened is None:
                raise damaged()
            key, body = opened
            if self.schema < SCHEMA:
                carry = carriers.setdefault(name, carrier(name, self.schema))
                body = carry(body) if carry is not None else body
            self._rows[name][key] = (row, body)
