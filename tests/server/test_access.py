"""Who may do what in a database, tried with SQL as each role: what is refused, and what it tells."""

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg2
import pytest
from psycopg2 import errors

from conftest import Run
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.keys import APPENDING
from servers import Server

pytestmark = pytest.mark.needs("postgres")

NARROW = ("school", "auditor", "cron")
SEATS = ("specialist", "reader", *NARROW)
SEATLESS = ("seatless", "stranger")
"""A member of the role in another database of the server, and one who is not even that."""
READS = {"auditor": {b"history"}, "cron": {b"reminder", b"ledger"}}
FORBIDDEN = errors.InsufficientPrivilege

EVERY_TAB = [0, *(table.number for table in TABLES.values())]
READING: dict[str, tuple[Any, ...]] = {
    "heads": (),
    "whole": (EVERY_TAB,),
    "parts": ([b"\1" * 16],),
    "keyed": (3, [b"\1" * 16]),
    "ranged": (48, 0, 10**12),
    "scoped": (3, b"\1" * 16),
    "stretches": (14, [b"\1" * 16], [0], [10**9]),
    "labels": ([b"\1" * 16], [0]),
    "sheets": ([hashlib.sha256(b"sheetcommon").digest()[:15]],),
}
"""Every function that gives rows, with values that ask for as many as they can."""

UNNOTED = ("heads", "sheets", "labels")
"""Of these the sums, and no row; without a seat there are none."""

ROW = ([66], [b"\2" * 16], [b"ledger"], [b"\3" * 16], [1], [b"new"], 7)
HEAD = ([b"office"], [7], [b"new"])
MAILED = (b"\2" * 16, b"\3" * 16, 1, 7, b"new", b"")
"""A step of a mail, for another vault than the one that is there."""
DOING: dict[str, tuple[tuple[Any, ...], set[str]]] = {
    "hold": ((), {"specialist", "school"}),
    "alone": ((), {"specialist", "cron"}),
    "rows_of": (ROW, {"specialist"}),
    "heads_of": (HEAD, {"specialist"}),
    "mailed": (MAILED, {"specialist", "cron"}),
    "mailed_since": ((0,), {"specialist", "cron"}),
    "mails_forgotten": ((), {"specialist"}),
    "stilled": ((), {"specialist"}),
    "renamed": (([b"\1" * 16], [b"\2" * 16]), {"specialist"}),
    "looks": ((), {"specialist", "auditor"}),
    "looks_forgotten": (("2000-01-01",), {"specialist"}),
    "gone": (([3], [b"\1" * 16]), {"specialist"}),
    "turned": ((10**9, b"new"), {"specialist"}),
    "renewed": ((10**6, b"new"), {"specialist"}),
    "written_anew": ((5, b"new", 10**9, b"new", "aside"), {"specialist"}),
    "asides_forgotten": ((), {"specialist"}),
    "founded": ((5, b"new", b"new"), {"specialist"}),
    "left_in_tray": ((b"\1" * 16, 1, b"new"), {"specialist"}),
    "tray_taken": (([b"\1" * 16], [1], [], []), {"specialist"}),
    "tray_of": ((False,), {"specialist", "reader", "school"}),
    "seats": ((), {"specialist"}),
    "seated": (("stranger", "specialist", b""), {"specialist"}),
    "unseated": (("reader",), {"specialist"}),
    "reseated": (([b"\1" * 16], [b"\2" * 16]), {"specialist"}),
    "audit": (("2000-01-01",), {"specialist", "auditor"}),
    "opening": ((), set(SEATS)),
    "my_seat": ((), set(SEATS)),
    "format": ((), {*SEATS, "seatless"}),
}
"""Every other function, and who may run it."""
TYPES = {
    "rows_of": "smallint[],bytea[],bytea[],bytea[],bigint[],bytea[],bigint",
    "heads_of": "bytea[],bigint[],bytea[]",
    "gone": "smallint[],bytea[]",
    "whole": "smallint[]",
    "parts": "bytea[]",
    "keyed": "smallint,bytea[]",
    "ranged": "smallint,bigint,bigint",
    "scoped": "smallint,bytea",
    "stretches": "smallint,bytea[],bigint[],bigint[]",
    "labels": "bytea[],bigint[]",
    "sheets": "bytea[]",
    "reseated": "bytea[],bytea[]",
    "renamed": "bytea[],bytea[]",
    "left_in_tray": "bytea,bigint,bytea",
    "tray_taken": "bytea[],bigint[],bytea[],bigint[]",
}


class Place(NamedTuple):
    """A database with a vault, two schools' cases in it, and a login for each seat."""

    server: Server
    url: str
    own: bytes
    """The scope of the school whose login it is."""
    other: bytes

    def connect(self, login: str) -> Any:
        return psycopg2.connect(self.url.replace("postgres@", f"{login}@"), options="")

    def ask(
        self, login: str, statement: str, *values: Any, keep: bool = False
    ) -> list[tuple[Any, ...]]:
        with self.within(login, keep=keep) as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def within(self, login: str, *, keep: bool = False) -> Iterator[Any]:
        """Give a cursor of a role; what is done with it is taken back, if it is not to be kept."""
        connection = self.connect(login)
        try:
            with connection.cursor() as cursor:
                yield cursor
            if keep:
                connection.commit()
        finally:
            connection.close()

    def call(self, login: str, name: str, *values: Any, keep: bool = False) -> list[Any]:
        return self.ask(login, call_of(name, values), *values, keep=keep)

    def truth(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.server.run(statement, *values, url=self.url)

    def everything(self) -> list[Any]:
        """Return all that the tables hold, but for the entries of who looked."""
        return [
            self.truth(f"SELECT t::text FROM reintegrate.{table} t ORDER BY 1")  # noqa: S608
            for table in ("record", "head", "vault", "member", "running")
        ]


def call_of(name: str, values: tuple[Any, ...]) -> str:
    kinds = TYPES.get(name, "").split(",")
    marks = [f"%s::{kind}" if kind else "%s" for kind in kinds] if values else []
    marks += ["%s"] * (len(values) - len(marks))
    return f"SELECT * FROM reintegrate.{name}({', '.join(marks)})"  # noqa: S608


_places: list[Place] = []


@pytest.fixture
def place(
    request: pytest.FixtureRequest, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """The one place of these tests: whatever they do to it is taken back."""
    if not _places:
        url = postgres.database()
        monkeypatch.setenv("REINTEGRATE_VAULT", url)
        _places.append(first_place(postgres, url, request.getfixturevalue("district")))
    return _places[0]


def first_place(server: Server, url: str, district: Run) -> Place:
    for login in (*SEATS, *SEATLESS):
        if not server.run("SELECT 1 FROM pg_roles WHERE rolname = %s", login):
            server.run(f"CREATE ROLE {login} LOGIN")
    schools = ("Ridgeline", "Cascade", "Cascade")
    for school in schools:
        added = district("case", "add", "--school", school, "--setting", "home", "--json")
        assert added.code == 0, added.err
    rows = server.run(
        "SELECT scope FROM reintegrate.record WHERE tab = %s GROUP BY scope ORDER BY count(*)",
        TABLES["cases"].number,
        url=url,
    )
    own, other = [bytes(scope) for (scope,) in rows]
    place = Place(server, url, own, other)
    for seat in SEATS:
        scope = own if seat == "school" else b""
        place.call("postgres", "seated", seat, seat, scope, keep=True)
    server.run("GRANT reintegrate_member TO seatless")
    return place


def of_every_scope(place: Place) -> dict[str, tuple[Any, ...]]:
    """Return values for the functions that are told scopes: all there are, and all of each."""
    asked = "SELECT DISTINCT scope FROM reintegrate.record ORDER BY 1"
    scopes = [bytes(scope) for (scope,) in place.truth(asked)]
    return {
        "scoped": (TABLES["cases"].number, place.other),
        "stretches": (TABLES["wakes"].number, scopes, [0] * len(scopes), [10**9] * len(scopes)),
        "labels": ([scope for scope in scopes for _ in range(64)], [*range(64)] * len(scopes)),
    }


def scopes_of(rows: list[tuple[Any, ...]], at: int) -> set[bytes]:
    return {bytes(row[at]) for row in rows}


# What stands written down.


def test_every_function_is_tried_here_and_each_is_pinned(place: Place) -> None:
    rows = place.truth(
        "SELECT proname, prosecdef, rolname, rolcanlogin OR rolsuper OR rolbypassrls, proconfig,"
        " has_function_privilege('reintegrate_member', p.oid, 'EXECUTE'),"
        " has_function_privilege('stranger', p.oid, 'EXECUTE')"
        " FROM pg_proc p JOIN pg_roles r ON r.oid = proowner"
        " WHERE pronamespace = 'reintegrate'::regnamespace"
    )
    granted = {name for name, *_, may, _ in rows if may}
    assert granted == READING.keys() | DOING.keys()
    for name, is_definer, owner, is_more, settings, may, everybody_may in rows:
        assert (is_definer, owner, is_more) == (True, "reintegrate_owner", False)
        assert not everybody_may
        assert may is not name.startswith("_")
        assert "search_path=pg_catalog, pg_temp" in settings
        for what in ("plan", "parse", "rewritten"):
            assert f"debug_print_{what}=off" in settings


def test_nobody_has_a_right_on_a_table(place: Place) -> None:
    tables = place.truth(
        "SELECT c.oid::regclass::text, c.relkind FROM pg_class c"
        " WHERE relnamespace = 'reintegrate'::regnamespace AND relkind NOT IN ('i', 'c')"
    )
    assert [kind for _, kind in tables] == ["r"] * 15
    for login in (*SEATS, *SEATLESS, "public", "reintegrate_member"):
        for table, _ in tables:
            rights = place.truth(
                "SELECT has_any_column_privilege(%s, %s, 'SELECT, INSERT, UPDATE, REFERENCES'),"
                " has_table_privilege(%s, %s, 'DELETE, TRUNCATE, TRIGGER')",
                *(login, table, login, table),
            )
            assert rights == [(False, False)]
    for login in ("stranger", "public"):
        asked = "SELECT has_schema_privilege(%s, 'reintegrate', 'USAGE')"
        assert place.truth(asked, login) == [(False,)]


@pytest.mark.parametrize("login", [*SEATS, *SEATLESS])
def test_no_statement_reaches_a_table(place: Place, login: str) -> None:
    before = place.everything()
    tables = ("record", "head", "vault", "member", "seen", "running", "aside_record")
    tables += ("tray", "tray_last", "tray_refused", "aside_tray")
    for table, statement in itertools.product(
        tables,
        (
            "SELECT count(*) FROM {}",
            "TABLE {}",
            "COPY {} TO STDOUT",
            "SELECT * FROM {} FOR UPDATE",
            "DELETE FROM {}",
            "TRUNCATE {}",
            "LOCK TABLE {}",
            "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
            "CREATE POLICY mine ON {} USING (true)",
            "GRANT ALL ON {} TO PUBLIC",
            "CREATE TEMP VIEW mine AS SELECT * FROM {}; TABLE mine",
            "CREATE INDEX ON {} ((true))",
            "CREATE STATISTICS mine ON tableoid, xmin FROM {}",
            "DROP TABLE {}",
        ),
    ):
        with pytest.raises((FORBIDDEN, errors.FeatureNotSupported)):
            place.ask(login, statement.format(f"reintegrate.{table}"))
    assert place.everything() == before
    assert place.ask(login, "SELECT * FROM pg_stats WHERE schemaname = 'reintegrate'") == []


# What each seat reads.


@pytest.mark.parametrize("login", SEATS)
@pytest.mark.parametrize("name", READING)
def test_a_seat_reads_its_scopes_and_no_other(place: Place, login: str, name: str) -> None:
    at = 0 if name in UNNOTED[:2] else 2
    table = "head" if name in UNNOTED[:2] else "record"
    parts = [bytes(part) for (part,) in place.truth("SELECT DISTINCT part FROM reintegrate.record")]
    keys = place.truth("SELECT tab, key FROM reintegrate.record")
    every = scopes_of(place.truth(f"SELECT scope FROM reintegrate.{table}"), 0)  # noqa: S608
    assert {b"office", b"history", place.own, place.other} <= every
    if name == "keyed":
        rows = [one for key in keys for one in place.call(login, name, key[0], [bytes(key[1])])]
    else:
        told = {**READING, "parts": (parts,), **of_every_scope(place)}
        rows = place.call(login, name, *told[name])
    may = {**READS, "school": {place.own, b"common"}}.get(login, every)
    assert scopes_of(rows, at) <= may & every
    if name in ("whole", "parts", "keyed"):
        assert scopes_of(rows, at) == may & every


@pytest.mark.parametrize("login", SEATLESS)
def test_without_a_seat_there_is_nothing(place: Place, login: str) -> None:
    before = place.truth("SELECT count(*) FROM reintegrate.seen")
    for name, values in READING.items():
        if name in UNNOTED and login == "seatless":
            assert place.call(login, name, *values, keep=True) == []
        else:
            with pytest.raises(FORBIDDEN):
                place.call(login, name, *values)
    assert place.truth("SELECT count(*) FROM reintegrate.seen") == before


@pytest.mark.parametrize("login", [*SEATS, *SEATLESS])
@pytest.mark.parametrize("name", DOING)
def test_who_may_not_do_a_thing_changes_nothing(place: Place, login: str, name: str) -> None:
    values, may = DOING[name]
    before = place.everything()
    if login in may:
        with contextlib.suppress(errors.SerializationFailure, errors.UniqueViolation):
            place.call(login, name, *values)
    else:
        with pytest.raises(FORBIDDEN) as refused:
            place.call(login, name, *values)
        assert "reintegrate" not in str(refused.value).partition("CONTEXT")[0] or login in SEATLESS
        assert place.everything() == before


# A role that tries to be another.


TRICKS = (
    "SET ROLE reintegrate_owner",
    "SET ROLE specialist",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION specialist",
    "SELECT set_config('role', 'specialist', false)",
    "SELECT set_config('session_authorization', 'specialist', false)",
    "GRANT reintegrate_owner TO current_user",
    "CREATE FUNCTION reintegrate.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION reintegrate._seat() RETURNS reintegrate.seat"
    " LANGUAGE sql AS $$ SELECT 'specialist'::reintegrate.seat $$",
    "ALTER FUNCTION reintegrate._seat() RESET search_path",
    "ALTER TYPE reintegrate.seat ADD VALUE 'mine'",
    "SELECT reintegrate._seat()",
    "SELECT reintegrate._noted('{}', '{}')",
    "SELECT reintegrate._scopes()",
)


@pytest.mark.parametrize("login", [*NARROW, "reader", *SEATLESS])
def test_nobody_becomes_another(place: Place, login: str) -> None:
    for trick in TRICKS:
        with pytest.raises((FORBIDDEN, errors.InvalidParameterValue)):
            place.ask(login, trick)


OWN_NAMES = """
CREATE SCHEMA {login};
CREATE FUNCTION {login}._seat() RETURNS text LANGUAGE sql AS $$ SELECT 'specialist' $$;
CREATE FUNCTION {login}.coalesce_(boolean, boolean) RETURNS boolean
    LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION {login}.always(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR {login}.= (LEFTARG = name, RIGHTARG = name, PROCEDURE = {login}.always);
CREATE FUNCTION {login}.always(bytea, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR {login}.= (LEFTARG = bytea, RIGHTARG = bytea, PROCEDURE = {login}.always);
CREATE FUNCTION {login}.get_byte(bytea, int) RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN RAISE WARNING 'seen %', $1; RETURN 0; END $$;
CREATE TEMP TABLE member (login name, seat text, scope bytea);
INSERT INTO member VALUES (session_user, 'specialist', '');
CREATE TEMP TABLE pg_roles (rolname name, rolcanlogin boolean);
SET search_path = {login}, pg_temp, reintegrate, pg_catalog;
"""


@pytest.mark.parametrize("login", NARROW)
def test_own_names_for_our_names_change_nothing(place: Place, login: str) -> None:
    place.truth(f"GRANT CREATE ON DATABASE {place.url.rpartition('/')[2]} TO {login}")
    before = place.call(login, "whole", EVERY_TAB)
    told = of_every_scope(place)["labels"]
    labels = place.call(login, "labels", *told)
    connection = place.connect(login)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(OWN_NAMES.format(login=login))
            cursor.execute(call_of("whole", (1,)), (EVERY_TAB,))
            assert cursor.fetchall() == before
            cursor.execute(call_of("labels", told), told)
            assert cursor.fetchall() == labels
            with pytest.raises(FORBIDDEN):
                cursor.execute("SELECT reintegrate.asides_forgotten()")
        assert not connection.notices
    finally:
        connection.close()


@pytest.mark.parametrize("login", NARROW)
def test_switching_the_policies_off_is_an_error_and_no_way_in(place: Place, login: str) -> None:
    with place.within(login) as cursor:
        cursor.execute("SET row_security = off")
        with pytest.raises(FORBIDDEN):
            cursor.execute(call_of("whole", (1,)), (EVERY_TAB,))


# Counting what may not be read.

PLANNERS = (
    "SET enable_seqscan = off",
    "SET enable_seqscan = off; SET enable_bitmapscan = off",
    "SET enable_seqscan = off; SET enable_indexscan = off",
)


def visited(place: Place, login: str, planner: str, calls: dict[str, tuple[Any, ...]]) -> Any:
    """Return how many rows the server says that each call visited, in each table."""
    counts = {}
    for name, values in calls.items():
        with place.within(login) as cursor:
            cursor.execute(planner)
            cursor.execute(call_of(name, values), values)
            cursor.execute(
                "SELECT relname, idx_tup_fetch FROM pg_stat_xact_all_tables"
                " WHERE schemaname = 'reintegrate' AND relname = 'record'"
            )
            counts[name] = cursor.fetchall()
    return counts


@pytest.mark.parametrize("login", NARROW)
@pytest.mark.parametrize("planner", PLANNERS)
def test_nobody_counts_the_rows_of_another_school(place: Place, login: str, planner: str) -> None:
    asked = "SELECT tab, key, part FROM reintegrate.record WHERE scope = %s"
    theirs = place.truth(asked, place.other)
    calls = {
        **READING,
        "parts": ([bytes(part) for *_, part in theirs],),
        "keyed": (TABLES["cases"].number, [bytes(key) for _, key, _ in theirs]),
        "ranged": (TABLES["wakes"].number, 0, 10**9),
        **of_every_scope(place),
    }
    before = visited(place, login, planner, calls)
    for _ in range(3):
        place.truth(
            "INSERT INTO reintegrate.record SELECT tab,"
            " substr(sha256(random()::text::bytea || key), 1, 16), scope, part, at, turn, body"
            " FROM reintegrate.record WHERE scope = %s",
            place.other,
        )
    try:
        assert visited(place, login, planner, calls) == before
        assert visited(place, "specialist", planner, calls) != before
    finally:
        place.truth(
            "DELETE FROM reintegrate.record WHERE scope = %s AND NOT key = ANY(%s)",
            place.other,
            [bytes(key) for _, key, _ in theirs],
        )


def test_no_plan_is_printed(place: Place) -> None:
    with place.within("school") as cursor:
        for setting in ("plan", "parse", "rewritten"):
            cursor.execute(f"SET debug_print_{setting} = on")
        cursor.execute("SET client_min_messages = log")
        for name, values in READING.items():
            cursor.execute(call_of(name, values), values)
        plans = [told for told in cursor.connection.notices if told.startswith("LOG:  plan:")]
    assert len(plans) == len(READING), "those of the statements that were typed"


WRITING: dict[str, Callable[[bytes, bytes], tuple[Any, ...]]] = {
    "rows_of": lambda key, scope: ([3], [key], [scope], [b"\3" * 16], [None], [b"new"], 7),
    "heads_of": lambda _, scope: ([scope], [7], [b"new"]),
    "gone": lambda key, _: ([3], [key]),
}


@pytest.mark.parametrize("login", NARROW)
@pytest.mark.parametrize("name", WRITING)
def test_a_refusal_tells_nothing_of_what_is_there(place: Place, login: str, name: str) -> None:
    asked = "SELECT key FROM reintegrate.record WHERE tab = %s AND scope = %s"
    ((key,), *_) = place.truth(asked, TABLES["cases"].number, place.other)
    before = place.everything()
    told = set()
    for tried in (bytes(key), b"\1" * 16):
        for scope in (place.other, b"\1" * 16, place.own, b"office", b"history"):
            with pytest.raises(FORBIDDEN) as refused:
                place.call(login, name, *WRITING[name](tried, scope))
            told.add(str(refused.value))
    assert len(told) == 1
    assert place.everything() == before


def test_cron_adds_to_the_ledger_and_does_nothing_else_there(place: Place) -> None:
    growing = {t.number for t in TABLES.values() if t.group in APPENDING and t.grows}
    assert growing == {ROW[0][0]}, "the CHECK of the table has the number"
    ((header,),) = place.truth("SELECT sha256(header) FROM reintegrate.vault")
    step = (*MAILED[:-1], bytes(header))
    for other, error in (
        (step, errors.UniqueViolation),  # it is there now, and to change it is nobody's
        ((b"\4" * 16, *step[1:-1], b""), errors.SerializationFailure),
        ((b"\4" * 15, *step[1:]), errors.CheckViolation),
        ((b"\4" * 16, b"", *step[2:]), errors.CheckViolation),
        ((b"\4" * 16, step[1], 0, *step[3:]), errors.CheckViolation),
        ((b"\4" * 16, *step[1:4], b"x" * 2049, step[5]), errors.CheckViolation),
    ):
        with place.within("cron") as cursor:
            cursor.execute(call_of("mailed", step), step)
            with pytest.raises(error):
                cursor.execute(call_of("mailed", other), other)


def test_cron_does_not_fill_the_disk_with_its_ledger(place: Place) -> None:
    ((header,),) = place.truth("SELECT sha256(header) FROM reintegrate.vault")
    step = (*MAILED[:-1], bytes(header))
    place.truth(
        "INSERT INTO reintegrate.record SELECT 66, substr(sha256(n::text::bytea), 1, 16),"
        " 'ledger', %s, n, 1, '' FROM generate_series(1, 50000) n",
        MAILED[1],
    )
    try:
        with pytest.raises(errors.ConfigurationLimitExceeded):
            place.call("cron", "mailed", *step)
    finally:
        place.truth("DELETE FROM reintegrate.record WHERE tab = 66")


@pytest.mark.parametrize("login", SEATS)
def test_what_somebody_asks_with_is_bounded_and_has_a_shape(place: Place, login: str) -> None:
    limit, nothing = errors.ProgramLimitExceeded, errors.NullValueNotAllowed
    before = place.truth("SELECT count(*) FROM reintegrate.seen")
    for asked, error in (
        ("whole(ARRAY[NULL]::smallint[])", nothing),
        ("whole(NULL)", limit),
        ("whole(ARRAY[ARRAY[1], ARRAY[2]]::smallint[])", limit),
        ("whole(array_fill(1::smallint, ARRAY[5000]))", limit),
        ("parts(ARRAY[NULL]::bytea[])", nothing),
        ("parts(ARRAY[ARRAY['x'], ARRAY['y']]::bytea[])", limit),
        ("parts(ARRAY[convert_to(repeat('x', 34000000), 'UTF8')])", limit),
        ("keyed(NULL, '{}')", nothing),
        ("ranged(NULL, 0, 1)", nothing),
        ("scoped(NULL, '')", nothing),
        ("stretches(NULL, '{}', '{}', '{}')", nothing),
    ):
        with pytest.raises(error):
            place.ask(login, f"SELECT * FROM reintegrate.{asked}", keep=True)  # noqa: S608
    if login in NARROW:
        with pytest.raises(limit):
            place.call(login, "parts", [bytes(16)] * 20_000, keep=True)
    assert place.truth("SELECT count(*) FROM reintegrate.seen") == before


def test_what_an_older_version_let_somebody_note_is_listed_all_the_same(place: Place) -> None:
    place.truth(
        "INSERT INTO reintegrate.seen (login, tabs, parts) VALUES"
        " ('cron', '{NULL, 3}', ARRAY[NULL, '\\x01']::bytea[]),"
        " ('cron', ARRAY[ARRAY[3], ARRAY[4]], ARRAY[ARRAY['\\x01'], ARRAY['\\x02']]::bytea[])"
    )
    try:
        rows = [row for row in place.call("auditor", "audit", "2000-01-01") if row[1] == "cron"]
        assert [(tabs, [bytes(part) for part in parts]) for _, _, tabs, parts in rows] == [
            ([3, 4], [b"\1", b"\2"])
        ]
    finally:
        place.truth("DELETE FROM reintegrate.seen")


# Who looked.


@pytest.mark.parametrize("login", SEATS)
def test_every_reading_leaves_an_entry(place: Place, login: str) -> None:
    for name, values in READING.items():
        place.call(login, name, *values, keep=True)
    asked = "SELECT tabs, parts FROM reintegrate.seen WHERE login = %s ORDER BY on_time"
    seen = [(tabs, [bytes(part) for part in parts]) for tabs, parts in place.truth(asked, login)]
    assert seen == [
        (EVERY_TAB, []),
        ([], [b"\1" * 16]),
        ([3], [b"\1" * 16]),
        ([48], []),
        ([3], []),
        ([14], []),
    ]
    place.truth("TRUNCATE reintegrate.seen")


def test_who_takes_a_reading_back_is_in_the_log_of_the_server(place: Place) -> None:
    with pytest.raises(FORBIDDEN):
        place.ask("school", "SET log_min_messages = fatal")
    with contextlib.suppress(ZeroDivisionError), place.within("school") as cursor:
        cursor.execute("SET client_min_messages = error")
        cursor.execute(call_of("parts", (1,)), ([b"\5" * 16],))
        raise ZeroDivisionError
    assert "school" not in {row[1] for row in place.call("auditor", "audit", "2000-01-01")}
    assert "reintegrate: school looked at tables {}" in place.server.log()
    with place.within("reader") as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        with pytest.raises(errors.ReadOnlySqlTransaction):
            cursor.execute(call_of("parts", (1,)), ([b"\5" * 16],))


# Seats.


def test_a_specialist_gives_a_seat_and_takes_it_away(place: Place) -> None:
    place.call("specialist", "seated", "stranger", "auditor", b"", keep=True)
    assert scopes_of(place.call("stranger", "whole", EVERY_TAB), 2) == {b"history"}
    place.call("specialist", "seated", "stranger", "school", place.other, keep=True)
    assert scopes_of(place.call("stranger", "whole", EVERY_TAB), 2) == {place.other, b"common"}
    place.call("specialist", "unseated", "stranger", keep=True)
    with pytest.raises(FORBIDDEN):
        place.call("stranger", "whole", EVERY_TAB)
    assert "stranger" not in {row[0] for row in place.call("specialist", "seats")}
    place.truth("REVOKE reintegrate_member FROM stranger")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (("nobody", "reader", b""), errors.UndefinedObject),
        (("reintegrate_owner", "specialist", b""), errors.UndefinedObject),
        (("specialist", "reader", b""), errors.ObjectInUse),
        (("stranger", "school", b""), errors.CheckViolation),
        (("stranger", "school", b"ledger"), errors.CheckViolation),
        (("stranger", "auditor", b"\1" * 16), errors.CheckViolation),
        (("stranger", "owner", b""), errors.InvalidTextRepresentation),
    ],
)
def test_a_seat_that_makes_no_sense_is_refused(place: Place, values: Any, error: Any) -> None:
    before = place.everything()
    with pytest.raises(error):
        place.call("specialist", "seated", *values)
    with pytest.raises((errors.ObjectInUse, errors.UndefinedObject)):
        place.call("specialist", "unseated", "specialist" if values[2] else "nobody")
    assert place.everything() == before
