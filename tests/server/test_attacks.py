"""Nothing that whoever runs the server can do shows anything as right that was not kept."""

import re
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any, NamedTuple

import pytest

from attacker import KEPT, REFUSED, SHAPES, Forged, changed, furnish, seen, work
from narrow import NARROWED
from reintegrate_cli import keys
from reintegrate_cli.catalogue import IN_CASE
from reintegrate_cli.catalogue.shape import Row
from reintegrate_cli.keys import Bundle
from reintegrate_cli.server import heads, moment, said, sealing
from reintegrate_cli.server.engine import ServerEngine
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.wire import Wire
from servers import Server
from thoroughness import LONG

Attack = Callable[[Wire], None]

KINDS = ("full", *NARROWED)


class Room(NamedTuple):
    """A vault in a database, who may read what of it, and what each of them sees."""

    wire: Wire
    bundles: dict[str, Bundle]
    honest: dict[str, dict[str, Any]]

    def attacked(self, attack: Attack, kind: str) -> dict[str, Any]:
        """Read everything after an attack, which leaves no trace."""
        self.wire.begin(write=True)
        try:
            attack(self.wire)
            return seen(self.wire.query, self.bundles[kind])
        finally:
            self.wire.rollback()

    def believed(self, attack: Attack, kind: str) -> list[str]:
        """Name what is shown as right after an attack, and was not kept."""
        found = self.attacked(attack, kind)
        return [
            name for name, what in found.items() if what not in (REFUSED, self.honest[kind][name])
        ]


@pytest.fixture(scope="module")
def room(postgres: Server) -> Iterator[Room]:
    """A vault with something in every kind of table, and what it was before all of it changed."""
    url = postgres.database()
    engine, full, store_id = ServerEngine(url), keys.new_bundle("okafor"), keys.new_store_id()
    slots = [
        keys.make_slot("file", bytes(range(number, 32 + number)), full, store_id)
        for number in (1, 2)
    ]
    engine.create(full, slots, store_id=store_id)
    work(engine, full, lambda shelf: furnish(shelf, 1))
    wire = Wire(url)
    wire.begin(write=True)
    wire.query("CREATE TABLE public.old_record AS SELECT * FROM reintegrate.record")
    wire.query("CREATE TABLE public.old_head AS SELECT * FROM reintegrate.head")
    wire.query("CREATE TABLE public.old_vault AS SELECT * FROM reintegrate.vault")
    wire.commit("")
    work(engine, full, changed)
    with engine.lock():
        shelf, rack = engine.open(full)
        rack.renew(slots=slots[:1])
        shelf.commit()
        shared = rack.to_share("okafor")
        shelf.close()
    bundles = {"full": full, **{kind: narrowed(shared) for kind, narrowed in NARROWED.items()}}
    made = Room(wire, bundles, {})
    for kind in KINDS:
        made.honest[kind] = made.attacked(lambda _: None, kind)
    yield made
    wire.close()
    postgres.drop(url)


NAMES = {
    "RECORD": "reintegrate.record",
    "HEAD": "reintegrate.head",
    "VAULT": "reintegrate.vault",
    "OLD_ROWS": "public.old_record",
    "OLD_HEADS": "public.old_head",
    "OLD_VAULT": "public.old_vault",
    "ONE": "(SELECT ctid FROM reintegrate.record WHERE tab = TAB ORDER BY key LIMIT 1)",
    "ANOTHER": "(SELECT ctid FROM reintegrate.record WHERE tab = TAB ORDER BY key OFFSET 1 LIMIT 1)",
    "EDITED": "(SELECT a.key FROM reintegrate.record a JOIN public.old_record b USING (tab, key)"
    " WHERE tab = TAB AND a.body <> b.body ORDER BY 1 LIMIT 1)",
}


UNBOUND = """DO $$ DECLARE c record; BEGIN
    DROP INDEX reintegrate.record_label;
    FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
        WHERE connamespace = 'reintegrate'::regnamespace AND conrelid > 0 LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', c.t, c.conname);
    END LOOP;
END $$"""
"""Takes away what the tables require of their rows."""


def sql(*statements: str, **words: object) -> Attack:
    """Give the attack of running statements; what stands for a name is written out."""

    def run(wire: Wire) -> None:
        for statement in statements:
            for word, meant in [*NAMES.items(), *words.items()]:
                statement = re.sub(rf"\b{word}\b", str(meant).replace("\\", ""), statement)
            wire.query(statement)

    return run


def row_attacks(tab: int, row: Row | None) -> Iterator[tuple[str, Attack]]:
    """Give all that can be done to one row, or to those of one table.

    Args:
        tab: the number of the table.
        row: the table; none for the labels.
    """
    yield "a row deleted", sql("DELETE FROM RECORD WHERE ctid = ONE", TAB=tab)
    yield "all rows deleted", sql("DELETE FROM RECORD WHERE tab = TAB", TAB=tab)
    old = "INSERT INTO RECORD SELECT * FROM OLD_ROWS WHERE tab = TAB"
    yield "all rows as they were", sql("DELETE FROM RECORD WHERE tab = TAB", old, TAB=tab)
    for told, change in {
        "with another scope": "scope = 'office2'",
        "with another part": "part = decode(repeat('ab', 16), 'hex')",
        "at another day": "at = coalesce(at, 0) + 1",
        "of another turn": "turn = turn - 1",
        "with another key": "key = decode(repeat('cd', 16), 'hex')",
        "of another table": "tab = tab + 100",
        "with a byte changed": "body = set_byte(body, 20, get_byte(body, 20) # 1)",
        "with nothing in it": "body = ''",
        "cut short": "body = substr(body, 1, 13)",
        "without end": "body = body || convert_to(repeat('x', 1000000), 'UTF8')",
        "with no part": "part = ''",
        "with no key": "key = ''",
        "with a scope without end": "scope = convert_to(repeat('x', 1000), 'UTF8')",
    }.items():
        change_it = "UPDATE RECORD SET CHANGE WHERE ctid = ONE"
        yield f"a row {told}", sql(UNBOUND, change_it, CHANGE=change, TAB=tab)
    yield (
        "a row twice",
        sql(
            "INSERT INTO RECORD SELECT tab, decode(repeat('ef', 16), 'hex'), scope, part, at, turn,"
            " body FROM RECORD WHERE ctid = ONE",
            TAB=tab,
        ),
    )
    if row is None or row.key != ("only",):
        yield (
            "the bodies of two rows exchanged",
            sql(
                "UPDATE RECORD r SET body = o.body FROM RECORD o WHERE (r.ctid = ONE AND"
                " o.ctid = ANOTHER) OR (o.ctid = ONE AND r.ctid = ANOTHER)",
                TAB=tab,
            ),
        )
    if row is None or not row.grows:
        yield (
            "a row as it was",
            sql(
                "UPDATE RECORD r SET scope = o.scope, part = o.part, at = o.at, turn = o.turn,"
                " body = o.body FROM OLD_ROWS o WHERE r.tab = TAB AND o.tab = r.tab"
                " AND o.key = r.key AND r.key = EDITED",
                TAB=tab,
            ),
        )
    if row is not None and "id" in row.key and not row.grows:
        yield "rows that went", sql(old + " ON CONFLICT DO NOTHING", TAB=tab)


SCOPES = {
    "the office's": "scope = 'office'",
    "a school's": "scope = (SELECT scope FROM OLD_HEADS WHERE length(scope) = 16 ORDER BY 1 LIMIT 1)",
    "cron's": "scope = 'reminder'",
    "the reviewer's": "scope = 'history'",
    "the ledger's": "scope = 'ledger'",
}
HEADLESS = ("the ledger's",)


def scope_attacks(scope: str, *, has_head: bool) -> Iterator[tuple[str, Attack]]:
    """Give all that can be done to a scope and its head, if it has one."""
    no_rows, no_head = "DELETE FROM RECORD WHERE THESE", "DELETE FROM HEAD WHERE THESE"
    old_rows = "INSERT INTO RECORD SELECT * FROM OLD_ROWS WHERE THESE"
    old_head = "INSERT INTO HEAD SELECT * FROM OLD_HEADS WHERE THESE"
    for told, statements in {
        "rows gone": (no_rows,),
        "head gone": (no_head,),
        "rows and head gone": (no_rows, no_head),
        "head as it was": (no_head, old_head),
        "rows as they were": (no_rows, old_rows),
        "rows and head as they were": (no_rows, old_rows, no_head, old_head),
    }.items():
        if has_head or "head" not in told:
            yield told, written_out(*statements, THESE=scope)
    for told, change in {
        "head of another turn": "turn = turn + 1",
        "head changed": "body = set_byte(body, 30, get_byte(body, 30) # 1)",
        "head empty": "body = ''",
        "head with another's body": "body = (SELECT body FROM HEAD WHERE NOT THESE LIMIT 1)",
        "head without end": "body = convert_to(repeat('x', 1000000), 'UTF8')",
    }.items():
        if has_head:
            update = "UPDATE HEAD SET CHANGE WHERE THESE"
            yield told, written_out(update, CHANGE=change, THESE=scope)


def written_out(*statements: str, **words: str) -> Attack:
    """Give the attack of running statements in which words stand for others with names in them."""
    meant = [reduce(lambda s, w: s.replace(*w), words.items(), one) for one in statements]
    return sql(*meant)


def whole_attacks() -> Iterator[tuple[str, Attack]]:
    """Give all that can be done to what is said of everything."""
    rows = ("DELETE FROM RECORD", "INSERT INTO RECORD SELECT * FROM OLD_ROWS")
    heads = ("DELETE FROM HEAD", "INSERT INTO HEAD SELECT * FROM OLD_HEADS")
    older = "UPDATE VAULT v SET WHAT FROM OLD_VAULT o"
    top = "head = o.head, turn = o.turn"
    yield "all rows as they were", sql(*rows)
    yield "all heads as they were", sql(*heads)
    yield "rows and heads as they were", sql(*rows, *heads)
    yield "all as it was, of this turn", sql(*rows, *heads, older, WHAT="head = o.head")
    yield "heads and the top as they were", sql(*heads, older, WHAT=top)
    yield "the header as it was", sql(older, WHAT="header = o.header")
    yield "header and top as they were", sql(older, WHAT="header = o.header, " + top)
    yield "everything gone", sql("DELETE FROM RECORD", "DELETE FROM HEAD")
    yield "no vault", sql("DELETE FROM VAULT")
    for told, change in {
        "another turn": "turn = turn + 1",
        "a former turn": "turn = turn - 1",
        "a turn below nought": "turn = -turn",
        "the last of all turns": f"turn = {(1 << 63) - 1}",
        "the top changed": "head = set_byte(head, 40, get_byte(head, 40) # 1)",
        "the tag changed": "head = set_byte(head, length(head) - 1, get_byte(head, 5) # 1)",
        "no top": "head = ''",
        "the header changed": "header = set_byte(header, 200, get_byte(header, 200) # 1)",
        "an empty header": "header = ''",
        "a header without end": "header = header || convert_to(repeat('x', 1000000), 'UTF8')",
        "an older schema": "schema = schema - 1",
        "a schema below nought": "schema = -1",
        "a newer schema": "schema = schema + 1",
    }.items():
        yield told, sql("UPDATE VAULT SET WHAT", WHAT=change)
    for told, number in {"a newer format": 99, "an older format": 1}.items():
        yield told, lie("format", "int", f"RETURN {number};")


def lie(name: str, returns: str, body: str) -> Attack:
    """Give the attack of putting another function in a function's place."""

    def run(wire: Wire) -> None:
        ((there,),) = wire.query(
            "SELECT oid::regprocedure::text FROM pg_proc"
            " WHERE proname = %s AND pronamespace = 'reintegrate'::regnamespace",
            (name,),
        )
        wire.query("DROP FUNCTION " + there)
        begins = f"CREATE FUNCTION {there} RETURNS {returns} LANGUAGE plpgsql AS"
        wire.query(f"{begins} $f$ BEGIN {body} END $f$")

    return run


def liars() -> Iterator[tuple[str, Attack]]:
    """Give functions that say anything but what there is."""
    nothing = "RETURN;"
    row = "TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)"
    shapes = {
        "nothing": (row, nothing),
        "nulls": (
            row,
            "RETURN QUERY SELECT NULL::smallint, NULL::bytea, NULL::bytea, NULL::bytea,"
            " NULL::bigint, NULL::bigint, NULL::bytea;",
        ),
        "text": (
            "TABLE (tab text, key text, scope text, part text, at text, turn text, body text)",
            "RETURN QUERY SELECT 'x', 'x', 'x', 'x', 'x', 'x', 'x';",
        ),
        "one column": ("TABLE (x int)", "RETURN QUERY SELECT 1;"),
        "many rows": (
            row,
            "RETURN QUERY SELECT 1::smallint, 'k'::bytea, 'office'::bytea, 'p'::bytea,"
            " NULL::bigint, 1::bigint, ''::bytea FROM generate_series(1, 300);",
        ),
        "dates that are none": (
            "TABLE (a date, b date, c date, d date, e date, f date, g date)",
            "RETURN QUERY SELECT 'infinity'::date, 'infinity'::date, 'infinity'::date,"
            " 'infinity'::date, 'infinity'::date, 'infinity'::date, 'infinity'::date;",
        ),
        "numbers without end": (
            "TABLE (a numeric, b bytea, c bytea, d bytea, e numeric, f numeric, g bytea)",
            "RETURN QUERY SELECT 1e300, ''::bytea, ''::bytea, ''::bytea, 1e300, 1e300, ''::bytea;",
        ),
        "an error of its own": (row, "RAISE EXCEPTION 'x' USING ERRCODE = 'ABCDE';"),
        "a division by nought": (row, "PERFORM 1/0;"),
        "a void": ("void", nothing),
    }
    for function in ("opening", "heads", "whole", "parts", "keyed", "ranged", "labels"):
        for told, (returns, body) in shapes.items():
            yield f"{function} answers {told}", lie(function, returns, body)


def all_attacks() -> dict[str, Attack]:
    """Give every attack by its name."""
    found = {}
    for name, row in {"labels": None, **KEPT}.items():
        tab = row.number if row else sealing.LABEL
        found |= {f"{name}: {told}": attack for told, attack in row_attacks(tab, row)}
    for whose, scope in SCOPES.items():
        attacks = scope_attacks(scope, has_head=whose not in HEADLESS)
        found |= {f"{whose} {told}": attack for told, attack in attacks}
    return found | dict(whole_attacks())


LEFT_OUT = ("ledger: a row twice",)
"""What cron's login could do without a key: it is no damage, and nobody sees it."""
ATTACKS, LIES = all_attacks(), dict(liars())
STEP = 1 if LONG else 8
"""Of so many attacks one is tried: so that each kind of them meets another table."""
PICKED = [(name, "full") for name in [*ATTACKS][::STEP]]
PICKED += [(name, kind) for kind in NARROWED for name in [*ATTACKS][:: STEP * 3]]


def test_every_kind_of_table_has_something_in_it(room: Room) -> None:
    honest = room.honest["full"]
    assert REFUSED not in honest.values()
    assert all(honest[f"{name}: all"] for name in SHAPES.values())
    assert honest["history: count"] == 2


@pytest.mark.parametrize(("name", "kind"), PICKED)
def test_what_was_not_kept_is_never_shown(room: Room, name: str, kind: str) -> None:
    found = room.attacked(ATTACKS[name], kind)
    assert [
        key for key, what in found.items() if what not in (REFUSED, room.honest[kind][key])
    ] == []
    if kind == "full":
        assert found["everything"] == (
            room.honest[kind]["everything"] if name in LEFT_OUT else REFUSED
        )


@pytest.mark.parametrize("name", [*LIES][:: (STEP + 1) // 2])
def test_a_function_that_lies_is_not_believed(room: Room, name: str) -> None:
    assert room.believed(LIES[name], "full") == []


@pytest.mark.parametrize(
    "how", ["a row deleted", "all rows deleted", "a row as it was", "all rows as they were"]
)
@pytest.mark.parametrize(
    "table",
    [name for name, row in KEPT.items() if sealing.is_shared(name) and row.key != ("only",)],
)
def test_a_row_of_a_big_table_is_the_last_there_was(
    room: Room, monkeypatch: pytest.MonkeyPatch, table: str, how: str
) -> None:
    monkeypatch.setattr(moment, "_FEW", 0)
    assert room.believed(ATTACKS[f"{table}: {how}"], "full") == []
    assert room.attacked(lambda _: None, "full") == room.honest["full"]


# Whoever has a narrow key as well: it seals what it opens.


def forged(room: Room, thief: str, forgery: Callable[[Forged], object]) -> Attack:
    """Give the attack of somebody who has a key, and writes all that it can seal."""
    return lambda wire: forgery(Forged(wire.query, room.bundles[thief]))


FORGERIES: dict[str, Callable[[Forged], object]] = {
    "a row": lambda thief: thief.put(),
    "a row, and the head": lambda thief: thief.put().head(),
    "a row, the head and the top": lambda thief: thief.put().head().top(),
    "an older office": lambda thief: thief.older().top(),
    "all older but what was done": lambda thief: thief.older(alone=False).top(),
    "a ledger that forgot": lambda thief: thief.forgot().top(),
    "a top of their own": lambda thief: thief.top(),
}


@pytest.mark.parametrize("reader", KINDS)
@pytest.mark.parametrize("thief", list(NARROWED))
@pytest.mark.parametrize("name", FORGERIES)
def test_a_narrow_key_forges_nothing(room: Room, name: str, thief: str, reader: str) -> None:
    attack = forged(room, thief, FORGERIES[name])
    assert room.believed(attack, reader) == []
    if reader in ("full", thief):
        assert REFUSED in room.attacked(attack, reader).values()


@pytest.mark.parametrize("name", [name for name in [*FORGERIES][2:] if name != "an older office"])
def test_the_same_is_believed_of_who_may_write(room: Room, name: str) -> None:
    found = room.attacked(forged(room, "full", FORGERIES[name]), "full")
    assert found["everything"] != REFUSED


# What each check is for.


class _Like(str):
    """Text that is like any other."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def _yes(*_: object, **__: object) -> bool:
    return True


def _no(*_: object, **__: object) -> None:
    return None


OF_A_CASE = SHAPES["full", IN_CASE, False, False]
TAKEN_OUT: dict[str, tuple[object, str, Any, str]] = {
    "sums": (heads.Sums, "agree", _yes, "tasks: a row deleted"),
    "marks in labels": (Moment, "_check_share", _no, "a task as it was, in a big table"),
    "sums of cases": (Moment, "_check_part", _no, "a row of a case as it was"),
    "labels": (Moment, "_check_labels", _no, "notes and labels as they were"),
    "what names the heads": (
        said,
        "digest_of",
        lambda _: _Like(),
        "the office's rows and head as they were",
    ),
    "the chain": (moment, "chain_value", lambda *_: _Like(), "an entry of a reviewer"),
    "who says what all heads are": (heads, "is_proven", _yes, "an older office of a thief"),
    "the last of the ledger": (heads.Top, "noted", 0, "the ledger's rows as they were"),
}


@pytest.mark.parametrize("check", TAKEN_OUT)
def test_each_check_is_for_something(
    room: Room, monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    where, name, otherwise, attack = TAKEN_OUT[check]
    monkeypatch.setattr(where, name, otherwise)
    if check == "marks in labels":
        monkeypatch.setattr(moment, "_FEW", 0)
    attacks = {
        **ATTACKS,
        "a task as it was, in a big table": ATTACKS["tasks: a row as it was"],
        "notes and labels as they were": sql(
            "DELETE FROM RECORD WHERE part IN (SELECT part FROM OLD_ROWS WHERE tab = 0)",
            "INSERT INTO RECORD SELECT * FROM OLD_ROWS WHERE part IN"
            " (SELECT part FROM OLD_ROWS WHERE tab = 0)",
        ),
        "a row of a case as it was": ATTACKS[OF_A_CASE + ": a row as it was"],
        "an entry of a reviewer": forged(room, "reviewer", FORGERIES["a row"]),
        "an older office of a thief": forged(room, "reminder", FORGERIES["an older office"]),
    }
    assert room.believed(attacks[attack], "full") != []
