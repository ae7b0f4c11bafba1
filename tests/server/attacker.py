"""Whoever runs the server: may read and change every byte of it, and has no key.

What they do is done in a transaction that is rolled back in the end; the vault is read in it, by
all ways there are. Every reading either shows what was kept, or is refused.
"""

from collections.abc import Callable, Iterator
from typing import Any

from reintegrate_cli.catalogue import OF_A_CASE, TABLES
from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.errors import Damaged, Settings
from reintegrate_cli.keys import Bundle, Signer
from reintegrate_cli.server.engine import ServerEngine
from reintegrate_cli.server.heads import Top, bin_of, digest_of, mark_of, seal_head, seal_top
from reintegrate_cli.server.labels import Pair, relabeled
from reintegrate_cli.server.moment import Moment, Query
from reintegrate_cli.server.sealing import HISTORY, Sealed, at_of
from reintegrate_cli.server.shelf import ServerShelf

CASES = {"HX4T": "ridgeline", "K7QM": "larkspur", "R3WN": ""}
REFUSED = "refused"
_GO_ON = (HISTORY,)
SHAPES = {
    (row.group, row.key, row.grows, bool(row.case_field)): name
    for name, row in reversed(TABLES.items())
}
"""By what tells how a table is kept, the first that is kept so."""
KEPT = {name: TABLES[name] for name in SHAPES.values()}

Reading = Callable[[ServerShelf], Any]


def key_of(table: str, case: str, number: int) -> list[str]:
    """Give a key of a table."""
    row = TABLES[table]
    made = {
        "case": case,
        "ref": case,
        "id": f"{row.id}{number}",
        "slug": f"slug{number}",
        "uid": f"{number:032x}",
        "only": "",
        "day": str(739900 + number),
        "unit": case,
        "item": f"item{number}",
    }
    return [made[field] for field in row.key]


def written(table: str, case: str, number: int, version: int) -> dict[str, Any]:
    """Give a row of a table."""
    row = TABLES[table]
    said: dict[str, Any] = {"version": version, "of": case}
    said |= dict(zip(row.key, key_of(table, case, number), strict=True))
    if table == "cases":
        said["school"] = CASES[case]
    if row.case_field:
        said[row.case_field] = case
    return said


def work(engine: ServerEngine, bundle: Bundle, do: Callable[[ServerShelf], None]) -> None:
    """Do one unit of work, with an entry of the history."""
    with engine.lock():
        shelf, keeping = engine.open(bundle)
        try:
            do(shelf)
            if bundle.full:
                _enter(shelf)
            keeping.commit()
        finally:
            shelf.close()


def _enter(shelf: ServerShelf) -> None:
    last = shelf.last_id("history")
    former = shelf.get("history", [f"H{last}"]) if last else None
    entry = {"id": f"H{last + 1}", "command": "case add", "chain": ""}
    entry["chain"] = chain_value(former["chain"] if former else "", entry)
    shelf.append("history", entry)
    shelf.append("values", {"id": entry["id"], "entry": entry["chain"]})


def furnish(shelf: ServerShelf, version: int) -> None:
    """Put something in every table, for every case, at a school or not."""
    for table, row in KEPT.items():
        for number, case in enumerate(CASES, start=1):
            if row.grows:
                continue
            shelf.put(table, key_of(table, case, number), written(table, case, number, version))
    shelf.append("ledger", {"state": "sent", "version": version})


def changed(shelf: ServerShelf) -> None:
    """Change everything, take one row out of every table, and add one."""
    for table, row in KEPT.items():
        if row.grows or row.key == ("only",):
            continue
        for number, case in enumerate(CASES, start=1):
            shelf.put(table, key_of(table, case, number), written(table, case, number, 2))
        if "id" in row.key:
            shelf.put(table, key_of(table, "HX4T", 9), written(table, "HX4T", 9, 2))
            shelf.delete(table, key_of(table, "K7QM", 2))
    shelf.put("mail", [""], written("mail", "", 0, 2))
    shelf.append("ledger", {"state": "sent", "version": 2})


# Every way to read.


def readings(bundle: Bundle) -> Iterator[tuple[str, Reading]]:
    """Give every way in which a key reads, each by its name."""
    for table, row in KEPT.items():
        if not bundle.opens(row.group):
            continue
        yield f"{table}: all", lambda shelf, table=table: [*shelf.rows(table)]
        yield f"{table}: count", lambda shelf, table=table: shelf.count(table)
        if "id" in row.key or row.grows:
            yield f"{table}: last", lambda shelf, table=table: shelf.last_id(table)
        for number, case in enumerate(CASES, start=1):
            yield from _of_case(table, case, number)
        if row.grows or row.key[:1] == ("day",):
            for first, last in ((0, 1 << 40), (1, 1), (2, 3), (739900, 739902)):
                yield (
                    f"{table}: {first} to {last}",
                    lambda shelf, table=table, first=first, last=last: [
                        *shelf.between(table, first, last)
                    ],
                )
    yield "everything", _everything


def _of_case(table: str, case: str, number: int) -> Iterator[tuple[str, Reading]]:
    if TABLES[table].key:
        for each in (number, 9):
            key = key_of(table, case, each)
            yield f"{table}: {key}", lambda shelf, key=key: shelf.get(table, key)
    if table in OF_A_CASE:
        yield f"{table}: of {case}", lambda shelf: [*shelf.rows(table, case)]
        if TABLES[table].key[-1] == "id":
            yield f"{table}: last of {case}", lambda shelf: shelf.last_id(table, case)


def _everything(shelf: ServerShelf) -> Any:
    rows = shelf._moment.all_rows()
    return {
        table: sorted((key, body) for key, (_, body) in own.items()) for table, own in rows.items()
    }


class _Only:
    """As much of a keeping as it takes to read."""

    commit = close = rewrite = None

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.staged: dict[str, Any] = {}


def shelf_of(query: Query, bundle: Bundle) -> ServerShelf:
    """Give a shelf that reads what a transaction sees."""
    return ServerShelf(_Only(Moment(query, bundle)))  # type: ignore[arg-type]


def seen(query: Query, bundle: Bundle) -> dict[str, Any]:
    """Read in every way, each time as the first thing that is read; refusals are named so."""
    found: dict[str, Any] = {}
    query("SAVEPOINT whole")
    for name, reading in readings(bundle):
        try:
            found[name] = reading(shelf_of(query, bundle))
        except (Damaged, Settings):
            found[name] = REFUSED
            query("ROLLBACK TO whole")
    return found


class Forged:
    """What somebody writes who runs the server, and has a key.

    Args:
        query: asks the server.
        bundle: what their key opens. With a full one, all that they write is right.
    """

    def __init__(self, query: Query, bundle: Bundle) -> None:
        self._query, self._bundle = query, bundle
        self._moment = Moment(query, bundle)
        self._heads = dict(self._moment.top.heads)
        self._noted = self._moment.top.noted
        header, store_id = self._moment.header, self._moment.header.store_id
        self._signer = (
            Signer.opened(header.signer, bundle, store_id) if bundle.full else Signer.new()
        )
        self._pairs: list[Pair] = []

    def put(self) -> "Forged":
        """Put something in the place of where mail goes, or of an entry of the history.

        With a full key, the label of it as well.
        """
        seals, moment = self._moment.seals, self._moment
        table, key = ("mail", ("",)) if self._bundle.opens("reminder") else ("history", ("H1",))
        at = at_of(table, key)
        place = Sealed(
            TABLES[table].number,
            seals.key_of(table, key),
            seals.scope_of(table, None),
            seals.part_of(table, key, at),
            at,
            moment.turn,
            b"",
        )
        former = moment.row(table, key)
        assert former is not None
        said = former[1].replace(b"case add", b"case see").replace(b'"version":2', b'"version":6')
        row = seals.seal(table, place, key, said)
        self._pairs = [(former[0], row)]
        if self._bundle.full:
            moment.read_together((), {table: [key]})
            self._pairs += relabeled(moment, {table: [key]}, [row])
        for _, come in self._pairs:
            assert come is not None
            self._query(
                "UPDATE reintegrate.record SET turn = %s, body = %s WHERE tab = %s AND key = %s",
                (come.turn, come.body, come.tab, come.key),
            )
        return self

    def head(self) -> "Forged":
        """Bring the heads up to date for what was put."""
        assert self._pairs
        for gone, come in self._pairs:
            assert gone is not None
            assert come is not None
            sums = self._moment.sums(come.scope)
            sums.change(bin_of(come), mark_of(gone), mark_of(come))
            sums.settle()
            body = seal_head(self._moment.seals, come.scope, sums.head)
            self._heads[come.scope.hex()] = digest_of(body)
            self._query(
                "UPDATE reintegrate.head SET body = %s WHERE scope = %s", (body, come.scope)
            )
        return self

    def older(self, *, alone: bool = True) -> "Forged":
        """Put the office back to what it was, alone or with all but what was done and mailed."""
        scopes = (
            [b"office"] if alone else [scope for scope in self._moment.heads if scope not in _GO_ON]
        )
        self._query("DELETE FROM reintegrate.record WHERE scope = ANY (%s)", (scopes,))
        self._query(
            "INSERT INTO reintegrate.record SELECT * FROM public.old_record WHERE scope = ANY (%s)",
            (scopes,),
        )
        for scope, body in self._query(
            "UPDATE reintegrate.head h SET turn = o.turn, body = o.body"
            " FROM public.old_head o WHERE h.scope = o.scope AND h.scope = ANY (%s)"
            " RETURNING h.scope, h.body",
            (scopes,),
        ):
            self._heads[scope.hex()] = digest_of(body)
        return self

    def forgot(self) -> "Forged":
        """Let the ledger say that no mail ever went."""
        self._query("DELETE FROM reintegrate.record WHERE scope = 'ledger'")
        self._noted = 0
        return self

    def top(self) -> None:
        """Say of all heads what they are now."""
        moment = self._moment
        top = Top(moment.turn, moment.top.header, self._heads, self._noted, moment.top.shares)
        self._query(
            "UPDATE reintegrate.vault SET head = %s", (seal_top(moment.seals, top, self._signer),)
        )
