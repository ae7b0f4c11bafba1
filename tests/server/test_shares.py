"""One row of a big table, read alone, is the last there was: whatever the server's people put back."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from attacker import key_of, shelf_of, work
from reintegrate_cli import keys
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.keys import Bundle, Signer
from reintegrate_cli.server import founding, keeping, working_out
from reintegrate_cli.server.engine import ServerEngine
from reintegrate_cli.server.heads import Top, seal_top
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sealing import LABEL, STRETCH, Seals, case_of, is_shared
from reintegrate_cli.server.shelf import ServerShelf
from reintegrate_cli.server.wire import Wire
from servers import Server

MANY, TASKS = 1050, 2000
"""Rows of each table, and of the tasks: more than are read whole for one of them."""
EDITED, OTHER, DELETED, MOVED, FAR = 70, 71, 72, 75, 1040
"""All but the last are of one share, where there is a number. One was deleted, and one went from
no case to one of a school, where a case is named."""

SHARED = {
    (row.group, row.key, row.common, bool(row.case_field)): name
    for name, row in reversed(TABLES.items())
    if is_shared(name) and row.key != ("only",)
}
"""By what tells how a table is kept, the first of those whose rows are read one by one."""


def key_in(table: str, number: int) -> list[str]:
    """Give the key of a row; what the index calls a record of no case begins so."""
    return [f"/T{number}"] if table == "units" else key_of(table, "", number)


def furnish(shelf: ServerShelf) -> None:
    """Put a few cases, and many rows of no case in every kind of table: of no school, and of two."""
    for case, school in {"HX4T": "ridgeline", "K7QM": "larkspur", "R3WN": ""}.items():
        shelf.put("cases", [case], {"ref": case, "school": school})
    for table in SHARED.values():
        for number in range(1, (TASKS if table == "tasks" else MANY) + 1):
            shelf.put(table, key_in(table, number), said(table, number, "first"))


def said(table: str, number: int, what: str) -> dict[str, Any]:
    row = {"number": number, "said": what}
    if field := TABLES[table].case_field:
        row[field] = ("HX4T", "K7QM", "R3WN", None)[number % 4]
    return row


def moved(table: str) -> dict[str, Any]:
    return said(table, 4 * MOVED, "second")


def changed(shelf: ServerShelf) -> None:
    """Change one row of each table, and take another out."""
    for table in SHARED.values():
        shelf.put(table, key_in(table, EDITED), said(table, EDITED, "second"))
        shelf.put(table, key_in(table, MOVED), moved(table))
        shelf.delete(table, key_in(table, DELETED))


def filled(postgres: Server) -> tuple[ServerEngine, Bundle]:
    """Make a vault with big tables; keep aside what was there before a row of each changed."""
    url = postgres.database()
    engine, full, store_id = ServerEngine(url), keys.new_bundle("okafor"), keys.new_store_id()
    slot = keys.make_slot("file", bytes(range(32)), full, store_id)
    engine.create(full, [slot], store_id=store_id)
    work(engine, full, furnish)
    postgres.run("CREATE TABLE public.old_record AS SELECT * FROM reintegrate.record", url=url)
    work(engine, full, changed)
    engine.let_go()
    return engine, full


class Room(NamedTuple):
    """A vault with big tables, and what was kept aside before a row of each was changed."""

    engine: ServerEngine
    bundle: Bundle
    wire: Wire
    seals: Seals

    def read(self, table: str, number: int) -> Any:
        """Read one row as the first thing that is read."""
        return shelf_of(self.wire.query, self.bundle).get(table, key_in(table, number))

    def name(self, table: str, number: int) -> bytes:
        return self.seals.key_of(table, tuple(key_in(table, number)))

    def label(self, table: str, number: int) -> bytes:
        """Return what the server calls the label of a row's share."""
        share = self.seals.share(table, tuple(key_in(table, number)))
        assert share is not None
        return self.seals.label(share)


def looked_at(engine: ServerEngine, bundle: Bundle) -> Room:
    """Give a vault with a transaction in which it can be looked at and changed."""
    wire = Wire(engine.url)
    wire.begin(write=True)
    return Room(engine, bundle, wire, Moment(wire.query, bundle).seals)


@pytest.fixture(scope="module")
def kept(postgres: Server) -> Iterator[Room]:
    made = filled(postgres)
    room = looked_at(*made)
    room.wire.rollback()
    yield room
    room.wire.close()
    postgres.drop(room.engine.url)


@pytest.fixture
def room(kept: Room) -> Iterator[Room]:
    """The same for each test: what it does is taken back."""
    kept.wire.begin(write=True)
    yield kept
    kept.wire.rollback()


Attack = Callable[[Room, str], int]
"""Does something to a row of a table; gives the number of the row that it was done to."""

_PUT_BACK = """INSERT INTO reintegrate.record SELECT * FROM public.old_record
    WHERE (tab, key) = (%s, %s)
    ON CONFLICT (tab, key, scope) DO UPDATE SET turn = excluded.turn, body = excluded.body"""
_DELETE = "DELETE FROM reintegrate.record WHERE (tab, key) = (%s, %s)"


def put_back(room: Room, tab: int, name: bytes) -> None:
    """Put back what a row was."""
    room.wire.query(_PUT_BACK, (tab, name))


def as_it_was(room: Room, table: str) -> int:
    put_back(room, TABLES[table].number, room.name(table, EDITED))
    return EDITED


def back_again(room: Room, table: str) -> int:
    put_back(room, TABLES[table].number, room.name(table, DELETED))
    return DELETED


def as_before_it_moved(room: Room, table: str) -> int:
    room.wire.query(_DELETE, (TABLES[table].number, room.name(table, MOVED)))
    put_back(room, TABLES[table].number, room.name(table, MOVED))
    return MOVED


def both_before_and_after_it_moved(room: Room, table: str) -> int:
    """Two rows of one name; where it did not move, the older one."""
    put_back(room, TABLES[table].number, room.name(table, MOVED))
    return MOVED


def dropped(room: Room, table: str) -> int:
    room.wire.query(_DELETE, (TABLES[table].number, room.name(table, EDITED)))
    return EDITED


def with_its_label(room: Room, table: str) -> int:
    put_back(room, LABEL, room.label(table, EDITED))
    return as_it_was(room, table)


def back_with_its_label(room: Room, table: str) -> int:
    put_back(room, LABEL, room.label(table, DELETED))
    return back_again(room, table)


def without_its_label(room: Room, table: str) -> int:
    room.wire.query(_DELETE, (LABEL, room.label(table, EDITED)))
    return EDITED


def dropped_with_its_label(room: Room, table: str) -> int:
    without_its_label(room, table)
    return dropped(room, table)


def another_label(room: Room, table: str) -> int:
    """The label of another share in its place, named like it."""
    mine, other = room.label(table, EDITED), room.label(table, FAR)
    room.wire.query(
        "UPDATE reintegrate.record r SET body = o.body, turn = o.turn FROM reintegrate.record o"
        " WHERE (r.tab, r.key, o.tab, o.key) = (0, %s, 0, %s)",
        (mine, other),
    )
    return EDITED


def exchanged(room: Room, table: str) -> int:
    """The row in another's place, and the other way round."""
    names = room.name(table, EDITED), room.name(table, OTHER)
    room.wire.query(
        "UPDATE reintegrate.record r SET body = o.body, turn = o.turn, scope = o.scope"
        " FROM reintegrate.record o WHERE r.tab = %s AND o.tab = r.tab AND r.key = ANY (%s)"
        " AND o.key = ANY (%s) AND o.key <> r.key",
        (TABLES[table].number, [*names], [*names]),
    )
    return EDITED


def for_another(room: Room, table: str) -> int:
    """The function answers with another row, which is whole, in an older version."""
    other, mine = room.name(table, OTHER), room.name(table, EDITED)
    put_back(room, TABLES[table].number, mine)
    ((there,),) = room.wire.query(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = 'keyed'"
        " AND pronamespace = 'reintegrate'::regnamespace"
    )
    room.wire.query("DROP FUNCTION " + there)
    room.wire.query("CREATE TABLE public.answer (key bytea)")
    room.wire.query("INSERT INTO public.answer VALUES (%s), (%s)", (other, mine))
    lies = (
        " RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint,"
        " body bytea) LANGUAGE sql AS $$ SELECT r.* FROM reintegrate.record r"
        " JOIN public.answer USING (key) WHERE r.tab = $1 $$"
    )
    room.wire.query(f"CREATE FUNCTION {there}" + lies)
    return OTHER


ATTACKS: tuple[Attack, ...] = (
    as_it_was,
    back_again,
    as_before_it_moved,
    both_before_and_after_it_moved,
    dropped,
    with_its_label,
    back_with_its_label,
    without_its_label,
    dropped_with_its_label,
    another_label,
    exchanged,
    for_another,
)


@pytest.mark.parametrize("table", SHARED.values())
def test_one_row_that_was_kept_is_read(room: Room, table: str) -> None:
    assert room.read(table, EDITED) == said(table, EDITED, "second")
    assert room.read(table, OTHER) == said(table, OTHER, "first")
    assert room.read(table, DELETED) is None
    assert room.read(table, MOVED) == moved(table)
    assert room.read(table, FAR) == said(table, FAR, "first")
    assert room.read(table, TASKS + 1) is None


@pytest.mark.parametrize("table", SHARED.values())
@pytest.mark.parametrize("attack", ATTACKS)
def test_one_row_that_was_not_is_refused(room: Room, table: str, attack: Attack) -> None:
    number = attack(room, table)
    with pytest.raises(Damaged):
        room.read(table, number)


@pytest.mark.parametrize("table", SHARED.values())
@pytest.mark.parametrize("attack", [as_it_was, back_again, dropped, without_its_label])
def test_nothing_is_written_over_it(room: Room, table: str, attack: Attack) -> None:
    number = attack(room, table)
    moment = Moment(room.wire.query, room.bundle)
    staged = {table: {tuple(key_in(table, number)): b"{}"}}
    with pytest.raises(Damaged):
        working_out.Work(moment, staged).worked_out()


def test_it_takes_a_few_rows_however_many_there_are(room: Room) -> None:
    sent = [0]

    def query(statement: str, params: Any = ()) -> list[tuple[Any, ...]]:
        rows = room.wire.query(statement, params)
        sent[0] += len(rows)
        return rows

    shelf = shelf_of(query, room.bundle)
    of_heads, sent[0] = sent[0], 0
    assert shelf.get("tasks", key_in("tasks", EDITED)) == said("tasks", EDITED, "second")
    labels = room.wire.query("SELECT count(*) FROM reintegrate.record WHERE tab = 0")[0][0]
    assert of_heads < 10
    assert sent[0] <= 2 + labels / 16  # of 64 bins, one was asked for


# What an older program wrote.


def as_then(seals: Seals, top: Top, signer: Signer) -> bytes:
    return seal_top(seals, replace(top, shares=False), signer)


@pytest.fixture(scope="module")
def older(postgres: Server) -> Iterator[tuple[ServerEngine, Bundle]]:
    """A vault that was written by a program which knew of no shares."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working_out, "relabeled", lambda *_: [])
        for module in (founding, keeping):
            patch.setattr(module, "seal_top", as_then)
        engine, full = filled(postgres)
    yield engine, full
    postgres.drop(engine.url)


@pytest.fixture
def old(postgres: Server, older: tuple[ServerEngine, Bundle]) -> Iterator[Room]:
    """One like it, for one test."""
    engine, full = older
    url = postgres.database(template=engine.url.rpartition("/")[2])
    room = looked_at(ServerEngine(url), full)
    yield room
    room.wire.close()
    room.engine.let_go()
    postgres.drop(url)


def labels_in(room: Room) -> int:
    return int(room.wire.query("SELECT count(*) FROM reintegrate.record WHERE tab = 0")[0][0])


def is_refused(room: Room, table: str, number: int, *, whole: bool = False) -> bool:
    """Return whether a row, or all of its table, is refused once it was put back for a moment."""
    room.wire.query("SAVEPOINT whole")
    put_back(room, TABLES[table].number, room.name(table, number))
    try:
        if whole:
            shelf_of(room.wire.query, room.bundle).rows(table)
        else:
            room.read(table, number)
    except Damaged:
        return True
    finally:
        room.wire.query("ROLLBACK TO whole")
    return False


def test_what_names_no_shares_is_an_older_one() -> None:
    assert not msgspec.json.decode(b'{"turn":3,"header":"","heads":{},"noted":0}', type=Top).shares


def test_a_vault_of_an_older_program_is_read_and_labeled_when_it_is_written(old: Room) -> None:
    assert labels_in(old) == 3, "the cases"
    before = everything(old)
    read_alone(old)
    for table in SHARED.values():  # as far as a whole table says
        assert is_refused(old, table, EDITED, whole=True)
    old.wire.commit("")
    work(old.engine, old.bundle, lambda it: it.put("tasks", ["T5"], said("tasks", 5, "third")))
    old.wire.begin(write=True)
    assert labels_in(old) > 3 + 2 * MANY // 64
    read_alone(old)
    assert old.read("tasks", 5) == said("tasks", 5, "third")
    after = everything(old)
    assert (before.pop("tasks")[4], after.pop("tasks")[4]) == (
        said("tasks", 5, "first"),
        said("tasks", 5, "third"),
    )
    for grown in ("history", "values"):
        assert after.pop(grown)[:-1] == before.pop(grown)
    assert after == before
    for table in SHARED.values():
        for number in (EDITED, DELETED):
            assert is_refused(old, table, number)


def test_a_vault_of_an_older_program_that_was_tampered_with_is_not_labeled(old: Room) -> None:
    as_it_was(old, "tasks")
    old.wire.commit("")
    with pytest.raises(Damaged):
        work(old.engine, old.bundle, lambda shelf: shelf.put("staff", ["lee"], {"slug": "lee"}))
    old.wire.begin(write=False)
    assert labels_in(old) == 3


def test_one_that_is_written_anew_has_them_at_once(old: Room) -> None:
    old.wire.commit("")
    with old.engine.lock():
        shelf, rack = old.engine.open(old.bundle)
        shelf.rewrite({})
        shelf.commit()
        bundle = rack.bundle
        shelf.close()
    old.wire.begin(write=True)
    anew = old._replace(bundle=bundle)
    read_alone(anew)
    assert everything(anew)
    assert labels_in(old) > 3 + 2 * MANY // 64


def read_alone(room: Room) -> None:
    for table in SHARED.values():
        assert room.read(table, EDITED) == said(table, EDITED, "second")
        assert room.read(table, DELETED) is None
        assert room.read(table, FAR) == said(table, FAR, "first")


def everything(room: Room) -> dict[str, list[Any]]:
    """Read all there is, each sum and each label of it right."""
    shelf = shelf_of(room.wire.query, room.bundle)
    shelf._moment.all_rows()
    return {table: [*shelf.rows(table)] for table in TABLES}


# The law.


def test_each_row_of_each_table_is_checked_in_one_way() -> None:
    """A row is in the label of its case or of its share, in a stretch, or in a chain."""
    seals = Seals(keys.new_bundle("okafor"), "store", "salt")
    for table, row in TABLES.items():
        key = tuple(key_of(table, "HX4T", 3)) if row.key else ("3",)
        ways = [
            case_of(table, key) is not None,
            seals.share(table, key) is not None,
            row.number in STRETCH,
            row.group != "full" and row.grows,  # the history's chain, and cron's ledger
        ]
        assert ways.count(True) == 1, table


def test_a_share_has_64_numbers_and_the_names_are_spread() -> None:
    seals = Seals(keys.new_bundle("okafor"), "store", "salt")
    shares = [seals.share("tasks", (f"T{number}",)) for number in (1, 63, 64, 127, 128)]
    assert shares[0] == shares[1] != shares[2] == shares[3] != shares[4]
    assert seals.share("units", ("/T1",)) == seals.share("units", ("/T63",))
    assert seals.share("units", ("/T1",)) != shares[0]
    assert seals.share("units", ("/C1",)) != seals.share("units", ("/T1",))
    spread = {seals.share("partners", (f"partner-{number}",)) for number in range(2000)}
    assert 1000 < len(spread) <= 2048
