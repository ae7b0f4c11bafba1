"""What a unit of work does to a database: sealed and summed, before anything is sent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.filing import Change
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.values import decode, encode
from reintegrate_cli.server import ledger
from reintegrate_cli.server.heads import (
    Head,
    Mark,
    Sum,
    Sums,
    Top,
    bin_of,
    digest_of,
    mark_of,
    seal_head,
)
from reintegrate_cli.server.labels import Label, Pair, label_row, relabeled
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sealing import (
    HISTORY,
    LEDGER,
    SET_ASIDE,
    STRETCH,
    Folded,
    Sealed,
    Seals,
    at_of,
    case_of,
    in_cases,
    number_of,
)
from reintegrate_cli.server.sheets import Sheets

Staged = dict[str, dict[Folded, bytes | None]]

_LEDGERS = str(ledger.TAB)
_BY_CASE = (("case",), ("ref",), ("unit",))


class Sent(NamedTuple):
    """What goes to the server for one unit of work."""

    put: list[Sealed]
    gone: list[Sealed]
    heads: list[tuple[bytes, int, bytes]]
    top: Top | None


class Known(Protocol):
    """What a unit of work has to know of the vault as it is."""

    seals: Seals
    turn: int
    top: Top
    sheets: Sheets

    @property
    def remembered(self) -> Sequence[bytes]:
        """The scopes that a head speaks of, though no row of them may be left."""

    def body(self, table: str, key: Folded) -> bytes | None:
        """Return a row as JSON."""

    def row(self, table: str, key: Folded) -> tuple[Sealed, bytes] | None:
        """Return a row, as the server has it and as JSON."""

    def of_scope(self, table: str, scope: bytes) -> dict[Folded, bytes]:
        """Return the rows of a table that are of one scope."""

    def of_case(self, table: str, case: str) -> dict[Folded, bytes]:
        """Return the rows of a case in a table."""

    def is_used(self, table: str) -> bool:
        """Return whether anything was ever in a table."""

    def read_together(self, cases: Iterable[str], rows: Mapping[str, Iterable[Folded]]) -> None:
        """Read all that is of some cases, and some rows of no case, with their labels."""

    def read_where(self, table: str, places: Mapping[Folded, bytes]) -> None:
        """Read the stretches where some rows belong, each of one scope."""

    def label(self, part: bytes) -> tuple[Sealed, Label] | None:
        """Return the label of the rows of a case, or of a share."""

    def sealed(self, table: str) -> Mapping[Folded, Sealed]:
        """Return a table as the server has it."""

    def given_in(self, case: str) -> dict[str, int]:
        """Return by the number of a table the last number that was given in a case."""

    def sums(self, scope: bytes) -> Sums:
        """Return the sums of a scope."""

    @property
    def begun(self) -> int:
        """The number before the first one in the ledger."""

    def noted(self) -> int:
        """Return the last number in the ledger."""


class Emptied:
    """What is known of a vault that is written anew: what was given, and not one row.

    Args:
        seals: what seals it from now on.
        turn: its turn until then.
        sheets: the scopes that are to have a sheet.
        last: by scope, the last numbers that were given.
        given: by case, the last numbers that were given in it.
    """

    def __init__(
        self,
        seals: Seals,
        turn: int,
        sheets: Sequence[bytes],
        last: Mapping[bytes, Mapping[str, int]],
        given: Mapping[str, Mapping[str, int]],
    ) -> None:
        self.seals, self.turn, self._last, self._given = seals, turn, last, given
        self.top = Top(turn, shares=True)
        self.sheets = Sheets(seals, self.top)
        for scope in sheets:
            self.sheets.begin(scope, ())
        self.remembered = [scope for scope in last if scope != LEDGER]
        self.begun = 0
        self._made: dict[bytes, Sums] = {}

    def body(self, table: str, key: Folded) -> bytes | None:
        return None

    def row(self, table: str, key: Folded) -> tuple[Sealed, bytes] | None:
        return None

    def of_scope(self, table: str, scope: bytes) -> dict[Folded, bytes]:
        return {}

    def of_case(self, table: str, case: str) -> dict[Folded, bytes]:
        return {}

    def is_used(self, table: str) -> bool:
        return False

    def read_together(self, cases: Iterable[str], rows: Mapping[str, Iterable[Folded]]) -> None:
        pass

    def read_where(self, table: str, places: Mapping[Folded, bytes]) -> None:
        pass

    def label(self, part: bytes) -> tuple[Sealed, Label] | None:
        return None

    def sealed(self, table: str) -> Mapping[Folded, Sealed]:
        return {}

    def given_in(self, case: str) -> dict[str, int]:
        return {**self._given.get(case, {})}

    def noted(self) -> int:
        return self._last.get(LEDGER, {}).get(_LEDGERS, 0)

    def sums(self, scope: bytes) -> Sums:
        if scope not in self._made:
            last = {**self._last.get(scope, {})}
            self._made[scope] = Sums(self.seals, scope, Head(last=last))
        return self._made[scope]


def whole_vault(moment: Moment, staged: Staged, changes: Mapping[str, Change]) -> Staged:
    """Return all rows of a vault as they are after a unit of work that writes it anew.

    What goes in it is not named any more.

    Args:
        moment: what it holds; every sum of it is found right, or nothing is returned.
        staged: what the unit of work changes.
        changes: for each table, what becomes of its rows; the others stay as they are.

    Raises:
        Damaged: it is not whole.
    """
    rows, known = Staged(), moment.all_rows()
    for table in known.keys() | staged.keys():
        own: dict[Folded, bytes | None] = {key: body for key, (_, body) in known[table].items()}
        own |= staged.get(table, {})
        change = changes.get(table)
        left = {
            key: _changed(body, change) if change else body
            for key, body in own.items()
            if body is not None
        }
        rows[table] = {key: body for key, body in left.items() if body is not None}
    return rows


def _changed(body: bytes, change: Change) -> bytes | None:
    left = change(decode(body))
    return None if left is None else encode(left)


class Schools:
    """Which school the rows of a case belong to, as a unit of work leaves it."""

    def __init__(self, moment: Known, staged: Staged) -> None:
        self._moment = moment
        self._staged = staged
        self._known: dict[str, str | None] = {}

    def of(self, case: str) -> str | None:
        """Return the school of a case; nothing if there is no such case, or it has none."""
        if case not in self._known:
            key, staged = (case,), self._staged.get("cases", {})
            # Of a case that goes, what it was: rows of it may stay for good.
            body = staged.get(key) or self._moment.body("cases", key)
            self._known[case] = None if body is None else decode(body).get("school") or None
        return self._known[case]

    def of_row(self, table: str, key: Folded, body: bytes) -> str | None:
        """Return the school that a row belongs to."""
        case = case_of(table, key)
        if case is None and (field := _field_of(table)):
            case = decode(body).get(field)
        return None if case is None or case.startswith("/") else self.of(case)


def seal_rows(
    seals: Seals, schools: Schools, turn: int, rows: Mapping[str, Mapping[Folded, bytes]]
) -> list[Sealed]:
    """Seal rows for a turn, each in the scope of its school."""
    sealed = []
    for table, own in rows.items():
        number = TABLES[table].number
        for key, body in own.items():
            at = at_of(table, key)
            scope = seals.scope_of(table, schools.of_row(table, key, body))
            place = Sealed(
                number,
                seals.key_of(table, key),
                scope,
                seals.part_of(table, key, at),
                at,
                turn,
                b"",
            )
            sealed.append(seals.seal(table, place, key, body))
    return sealed


class Work:
    """One unit of work, worked out: what goes, what comes, and what the heads say then.

    Args:
        moment: what the vault holds.
        staged: what is to change.
    """

    def __init__(self, moment: Known, staged: Staged) -> None:
        self._moment = moment
        self._seals = moment.seals
        self._staged = staged
        self._schools = Schools(moment, staged)
        self._turn = moment.turn + 1
        self._changed: dict[bytes, Sums] = {}

    def worked_out(self) -> Sent:
        """Return what is to be sent."""
        self._move_with_their_cases()
        self._read_what_goes()
        comes: dict[str, dict[Folded, bytes]] = defaultdict(dict)
        goes: dict[tuple[int, bytes], Sealed] = {}
        for table, rows in self._staged.items():
            for key, body in rows.items():
                known = self._moment.row(table, key)
                if known is not None:
                    goes[known[0].tab, known[0].key] = known[0]
                if body is not None:
                    comes[table][key] = body
        put = seal_rows(self._seals, self._schools, self._turn, comes)
        pairs: list[Pair] = [(goes.pop((row.tab, row.key), None), row) for row in put]
        gone = [*goes.values()]
        pairs += [(row, None) for row in gone]
        labels = self._labelled(pairs) if self._seals.bundle.full else []
        if self._seals.bundle.full:
            labels += relabeled(self._moment, self._staged, put)
        pairs += labels
        put += [label for _, label in labels if label is not None]
        gone += [went for went, came in pairs if went and came and went.scope != came.scope]
        self._sum_up(pairs)
        self._set_numbers_aside()
        self._changed |= self._moment.sheets.changed
        heads = sent_heads(self._seals, self._changed, self._turn)
        return Sent(put, gone, heads, self._top(heads) if heads else None)

    def _top(self, heads: Sequence[tuple[bytes, int, bytes]]) -> Top:
        """Return what is said of all then: the last of every head, and how far the ledger is."""
        moment = self._moment
        names = {scope.hex(): digest_of(body) for scope, _, body in heads}
        numbers = [number_of(ledger.NAME, key) or 0 for key in self._staged.get(ledger.NAME, {})]
        noted = max(moment.noted(), *numbers, 0)
        return replace(
            moment.top,
            turn=self._turn,
            heads={**moment.top.heads, **names},
            noted=noted,
            shares=True,
            begun=moment.begun,
        )

    def _move_with_their_cases(self) -> None:
        """Seal all rows of a case anew where it goes to another school."""
        moment = self._moment
        for key in [*self._staged.get("cases", {})]:
            known = moment.body("cases", key)
            if known is None or self._staged["cases"][key] is None:
                continue
            former = decode(known).get("school") or None
            if former == self._schools.of(key[0]):
                continue
            for table, row in TABLES.items():
                if row.group == "full" and table != "cases" and moment.is_used(table):
                    own = self._staged.setdefault(table, {})
                    for its, body in self._of_case(table, key[0], former).items():
                        own.setdefault(its, body)

    def _of_case(self, table: str, case: str, school: str | None) -> dict[Folded, bytes]:
        """Return the rows of a table that belong to a case of a school."""
        row, moment = TABLES[table], self._moment
        if field := _field_of(table):
            rows = moment.of_scope(table, self._seals.scope_of(table, school)).items()
            return {key: body for key, body in rows if decode(body).get(field) == case}
        return moment.of_case(table, case) if row.key[:1] in _BY_CASE else {}

    def _read_what_goes(self) -> None:
        """Read together what each change takes the place of."""
        keys = [(table, key) for table, rows in self._staged.items() for key in rows]
        cases = {case for table, key in keys if (case := case_of(table, key)) is not None}
        self._moment.read_together(sorted(cases), self._staged)
        for table, rows in self._staged.items():
            if TABLES[table].number in STRETCH and not TABLES[table].grows:
                self._moment.read_where(table, {key: self._scope(table, key) for key in rows})

    def _scope(self, table: str, key: Folded) -> bytes:
        """Return the scope of a day of the index, whose key says of which unit it is."""
        unit = key[-1]
        school = None if unit.startswith("/") else self._schools.of(unit)
        return self._seals.scope_of(table, school)

    def _labelled(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Return the labels of every case that changes, with those that they take the place of."""
        cases: dict[bytes, str] = {}
        given: dict[bytes, dict[str, int]] = defaultdict(dict)
        for table, rows in self._staged.items():
            for key in rows:
                case = case_of(table, key)
                if case is None:
                    continue
                part, name = self._seals.case(case), str(TABLES[table].number)
                cases[part] = case
                given[part][name] = max(given[part].get(name, 0), number_of(table, key) or 0)
        changes: dict[bytes, list[Pair]] = defaultdict(list)
        for gone, come in pairs:
            one = come or gone
            if one is not None and one.part in cases:
                changes[one.part].append((gone, come))
        return [self._label(case, changes[part], given[part]) for part, case in cases.items()]

    def _label(self, case: str, changes: Sequence[Pair], given: Mapping[str, int]) -> Pair:
        part = self._seals.case(case)
        scope = self._seals.scope_of("cases", self._schools.of(case))
        known, said = self._moment.label(part) or (None, Label(Sum()))
        stays = known is not None and known.scope == scope
        sums = Sums(self._seals, scope, Head(sums={"": said.sum if stays else Sum()}))
        for gone, come in changes:
            sums.change("", _mark(gone) if stays else None, _mark(come))
        last = self._moment.given_in(case)
        for name, number in given.items():
            last[name] = max(last.get(name, 0), number)
        label = Label(sums.head.sums[""], last)
        return known, label_row(self._seals, part, scope, self._turn, (case,), label)

    def _sum_up(self, pairs: Sequence[Pair]) -> None:
        """Bring the sums of every scope up to date."""
        for gone, come in pairs:
            if gone is not None:
                self._count(gone, mark_of(gone), None)
            if come is not None:
                self._count(come, None, mark_of(come))
        for scope in self._moment.remembered:
            self._sums(scope)
        for table, rows in self._staged.items():
            numbers = [] if in_cases(table) else [number_of(table, key) or 0 for key in rows]
            most = max(numbers, default=0)
            if most and table != ledger.NAME:
                last = self._sums(self._seals.scope_of(table, None)).head.last
                name = str(TABLES[table].number)
                last[name] = max(last.get(name, 0), most)
            if most and table == "history":
                latest = decode(rows[(f"H{most}",)] or b"{}")
                self._sums(HISTORY).head.chain = latest.get("chain", "")

    def _set_numbers_aside(self) -> None:
        """Let schools have numbers of their own, where no case says which is the next."""
        for table in SET_ASIDE if self._moment.sheets.changed else ():
            name, scope = str(TABLES[table].number), self._seals.scope_of(table, None)
            used = {number_of(table, key) or 0 for key in self._staged.get(table, {})}
            last = self._moment.sums(scope).head.last.get(name, 0)
            most = self._moment.sheets.restock(name, used, last)
            if most > last:
                self._sums(scope).head.last[name] = most

    def _count(self, row: Sealed, gone: Mark | None, come: Mark | None) -> None:
        if row.scope == LEDGER:
            return
        self._sums(row.scope).change(bin_of(row), gone, come)
        sheet = self._moment.sheets.of(row.scope) if self._seals.bundle.full else None
        if sheet is not None:
            sheet.change(str(row.tab), gone, come)

    def _sums(self, scope: bytes) -> Sums:
        return self._changed.setdefault(scope, self._moment.sums(scope))


def _field_of(table: str) -> str:
    """Return the field that names the case of a row whose key does not."""
    row = TABLES[table]
    return row.case_field or ("of" if row.key[:1] == ("day",) else "")


def _mark(row: Sealed | None) -> Mark | None:
    return None if row is None else mark_of(row)


def sent_heads(
    seals: Seals, changed: Mapping[bytes, Sums], turn: int
) -> list[tuple[bytes, int, bytes]]:
    """Seal the heads of the scopes that changed."""
    heads = []
    for scope, sums in changed.items():
        sums.settle()
        sums.head.turn = turn
        heads.append((scope, turn, seal_head(seals, scope, sums.head)))
    return heads
