"""The connection to a database, against a real server: what it reads, keeps, and believes."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reintegrate_cli.core.errors import Busy, Locked, Problem, Settings, Unconfirmed, Usage
from reintegrate_cli.server import address, schema, trouble, wire
from reintegrate_cli.server.wire import Conflict, Wire
from servers import Server, pooling, serving

pytestmark = pytest.mark.needs("postgres")

SECRET = "correct-horse"


@pytest.fixture
def marbles(server: Server, database: str) -> str:
    """A database with a table in it."""
    server.run("CREATE TABLE public.marbles (id bigint PRIMARY KEY, body bytea)", url=database)
    return database


@pytest.fixture
def one(marbles: str) -> Iterator[Wire]:
    """A connection to it."""
    connection = Wire(marbles)
    yield connection
    connection.close()


def keep(connection: Wire, number: int, body: bytes | None = None, entry: str = "H1") -> None:
    connection.begin(write=True)
    connection.query("INSERT INTO public.marbles VALUES (%s, %s)", (number, body))
    connection.commit(entry)


def bodies(server: Server, url: str) -> dict[int, bytes | None]:
    rows = server.run("SELECT id, body FROM marbles ORDER BY id", url=url)
    return {number: None if body is None else bytes(body) for number, body in rows}


# What it reads and keeps.


def test_what_is_committed_is_there_and_nothing_else(
    server: Server, one: Wire, marbles: str
) -> None:
    every = bytes(range(256))
    keep(one, 1, every)
    one.begin(write=True)
    one.query("INSERT INTO public.marbles VALUES (2, %s)", (b"",))
    assert one.query("SELECT * FROM public.marbles ORDER BY id") == [(1, every), (2, b"")]
    one.rollback()
    one.rollback()  # there is none any more
    one.begin(write=True)
    one.query("INSERT INTO public.marbles VALUES (3, NULL)")
    one.close()
    assert bodies(server, marbles) == {1: every}
    keep(one, 4)  # it connects anew
    assert bodies(server, marbles) == {1: every, 4: None}


def test_values_come_back_as_they_went(one: Wire) -> None:
    one.begin(write=False)
    values = (b"\x00\\'%s", 2**63 - 1, -(2**63), "o'Brien \\ %s \u00e9", None, [b"\xff", b""], [1])
    sql = "SELECT %s, %s, %s, %s, %s, %s, %s::bigint[]"
    assert one.query(sql, values) == [values]
    assert one.query("SELECT '%s'") == [("%s",)]  # without values it is a sign like any other
    assert one.query("SELECT %s = ANY(%s)", (b"a", [b"a", b"b"])) == [(True,)]
    assert one.query("SELECT 1 WHERE false") == []


def test_many_rows_go_in_few_statements(one: Wire) -> None:
    count = 2 * wire.PAGE + 1
    one.begin(write=True)
    rows = [(number, number.to_bytes(3, "big")) for number in range(count)]
    sql = "INSERT INTO public.marbles (id, body) VALUES %s RETURNING id"
    assert one.fill(sql, rows) == [(number,) for number in range(count)]
    assert one.fill(sql, []) == []
    one.commit("H1")
    one.begin(write=False)
    assert one.query("SELECT * FROM public.marbles ORDER BY id") == rows


def test_who_reads_has_one_moment_before_the_eyes(one: Wire, marbles: str) -> None:
    other = Wire(marbles)
    one.begin(write=False)
    assert one.query("SELECT * FROM public.marbles") == []
    keep(other, 1)
    assert one.query("SELECT * FROM public.marbles") == []
    one.rollback()
    one.begin(write=False)
    assert one.query("SELECT * FROM public.marbles") == [(1, None)]
    other.close()


def test_the_second_writer_waits_then_says_so_and_sees_what_the_first_wrote(
    one: Wire, marbles: str
) -> None:
    keep(one, 1)
    other = Wire(marbles)
    one.begin(write=True)
    one.query("SELECT FROM public.marbles WHERE id = 1 FOR UPDATE")
    other.begin(write=True, lock_timeout=0)
    with pytest.raises(Busy, match=r"^somebody else is writing to the vault$") as raised:
        other.query("SELECT FROM public.marbles WHERE id = 1 FOR UPDATE")
    assert type(raised.value) is Busy
    other.rollback()
    other.begin(write=True)
    commit = threading.Timer(0.1, one.commit, ["H2"])
    one.query("UPDATE public.marbles SET body = '\\x01' WHERE id = 1")
    commit.start()
    asked = "SELECT body FROM public.marbles WHERE id = 1 FOR UPDATE"
    assert other.query(asked) == [(b"\x01",)]
    commit.join()
    other.close()


def test_nothing_that_a_role_was_given_beforehand_weakens_a_transaction(
    server: Server, one: Wire, marbles: str
) -> None:
    name = marbles.rpartition("/")[2]
    for setting in (
        "client_min_messages = error",
        "synchronous_commit = off",
        "search_path = public",
        "bytea_output = escape",
        "default_transaction_read_only = off",
        "DateStyle = 'SQL, DMY'",
    ):
        server.run(f"ALTER DATABASE {name} SET {setting}")
    server.run("INSERT INTO public.marbles VALUES (1, '\\xff00')", url=marbles)
    asked = ("client_min_messages", "synchronous_commit", "search_path", "lock_timeout")
    listed = ", ".join(f"current_setting('{setting}')" for setting in asked)
    one.begin(write=True, lock_timeout=1.5)
    assert one.query(f"SELECT {listed}") == [("warning", "on", "pg_catalog, pg_temp", "1500ms")]
    assert one.query("SELECT body FROM public.marbles") == [(b"\xff\x00",)]
    with pytest.raises(Settings, match="there is no vault here yet"):
        one.query("SELECT * FROM marbles")  # which schema's would it be
    one.rollback()


def test_a_setting_that_asks_for_more_than_the_program_does_stays(
    server: Server, one: Wire, marbles: str
) -> None:
    name = marbles.rpartition("/")[2]
    server.run(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    one.begin(write=True)
    assert one.query("SHOW synchronous_commit") == [("remote_apply",)]


def test_the_order_of_the_calls_is_held(one: Wire) -> None:
    for call in (lambda: one.query("SELECT 1"), lambda: one.commit("H1")):
        with pytest.raises(RuntimeError):
            call()
    one.begin(write=False)
    with pytest.raises(RuntimeError):
        one.begin(write=False)


# What a server answers.


def raised_by(connection: Wire, sql: str, *, write: bool = True) -> Problem:
    connection.begin(write=write)
    with pytest.raises(Problem) as raised:
        connection.query(sql)
    connection.rollback()
    return raised.value


def test_what_a_server_answers_is_told_without_a_word_of_it(one: Wire) -> None:
    keep(one, 1)
    told = {
        sql: raised_by(one, sql)
        for sql in (
            "INSERT INTO public.marbles VALUES (1)",
            "SELECT * FROM nowhere.marbles",
            "DO $$ BEGIN RAISE 'correct-horse' USING ERRCODE = '42501'; END $$",
            "DO $$ BEGIN RAISE 'correct-horse' USING ERRCODE = '53100'; END $$",
            "DO $$ BEGIN RAISE 'correct-horse' USING ERRCODE = 'XX001'; END $$",
            "DO $$ BEGIN RAISE 'correct-horse' USING ERRCODE = '40001'; END $$",
        )
    }
    assert [type(problem).__name__ for problem in told.values()] == [
        "Conflict",
        "NoVault",
        "Locked",
        "Settings",
        "Damaged",
        "Conflict",
    ]
    for problem in told.values():
        assert SECRET not in f"{problem.message} {problem.hint}"
        assert "marbles" not in f"{problem.message} {problem.hint}"
        assert problem.hint
        assert problem.is_known
    assert [problem.message for problem in told.values()][3] == (
        "the disk of the database is full; nothing was saved"
    )
    read = raised_by(one, "SELECT * FROM nowhere.marbles", write=False)
    assert read.message == "there is no vault here yet"


def test_a_statement_that_is_wrong_is_a_fault_that_names_its_code_alone(one: Wire) -> None:
    one.begin(write=True)
    with pytest.raises(RuntimeError) as raised:
        one.query(f"SELEKT '{SECRET}'")
    assert str(raised.value) == "the database answered with SQLSTATE 42601"
    assert raised.value.__suppress_context__
    with pytest.raises(Settings, match=r"^the database refused a part of it; nothing was saved$"):
        one.commit("H1")
    keep(one, 1)  # and the connection is as good as before


def test_a_value_that_the_driver_does_not_know_is_no_lost_connection(one: Wire) -> None:
    one.begin(write=True)
    with pytest.raises(RuntimeError, match="does not take the statement or a value"):
        one.query("SELECT %s", (object(),))
    assert one.query("SELECT 1") == [(1,)]


def test_two_who_wait_for_each_other_do_not_wait_for_ever(one: Wire, marbles: str) -> None:
    for number in (1, 2):
        keep(one, number)
    other = Wire(marbles)
    lock = "SELECT FROM public.marbles WHERE id = %s FOR UPDATE"
    for connection, number in ((one, 1), (other, 2)):
        connection.begin(write=True, lock_timeout=5)
        connection.query(lock, (number,))
    ended: list[str] = []

    def cross(connection: Wire, number: int) -> None:
        try:
            connection.query(lock, (number,))
            ended.append("held")
        except Conflict:
            connection.rollback()
            ended.append("conflict")

    both = [threading.Thread(target=cross, args=each) for each in ((one, 2), (other, 1))]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(ended) == ["conflict", "held"]
    other.close()


def test_a_role_without_the_right_is_told_so(server: Server, marbles: str) -> None:
    server.run("DROP ROLE IF EXISTS passerby")
    server.run("CREATE ROLE passerby LOGIN")
    problem = raised_by(Wire(marbles.replace("postgres@", "passerby@")), "TABLE public.marbles")
    assert isinstance(problem, Locked)
    assert problem.code == 3


# Connections that end.


def backend(connection: Wire) -> int:
    pid: int = connection.query("SELECT pg_backend_pid()")[0][0]
    return pid


def test_a_connection_that_is_lost_before_the_commit_saved_nothing(
    server: Server, one: Wire, marbles: str
) -> None:
    one.begin(write=True)
    one.query("INSERT INTO public.marbles VALUES (1)")
    server.cut(backend(one))
    with pytest.raises(Settings, match=r"^the connection to the database was lost; nothing was"):
        one.query("SELECT 1")
    with pytest.raises(Settings, match="nothing was saved"):
        one.commit("H1")
    one.rollback()
    one.begin(write=False)
    server.cut(backend(one))
    with pytest.raises(Settings, match=r"^the connection to the database was lost$"):
        one.query("SELECT 1")
    one.rollback()
    assert bodies(server, marbles) == {}


def test_a_connection_that_was_lost_between_transactions_is_made_anew(
    server: Server, one: Wire, marbles: str
) -> None:
    one.begin(write=True)
    pid = backend(one)
    one.commit("H1")
    server.cut(pid)
    keep(one, 1)
    assert bodies(server, marbles) == {1: None}


def test_a_connection_that_is_lost_at_the_commit_is_not_known(
    server: Server, one: Wire, marbles: str
) -> None:
    one.begin(write=True)
    one.query("INSERT INTO public.marbles VALUES (1)")
    server.cut(backend(one))
    with pytest.raises(Unconfirmed) as raised:
        one.commit("H42")
    assert raised.value.code == 6
    assert raised.value.message == (
        "the connection to the database was lost; it is not known whether it was saved, as H42"
    )
    assert raised.value.hint == "look for it with reintegrate history before trying again"
    assert not raised.value.is_known
    one.rollback()
    assert bodies(server, marbles) == {}


def test_a_connection_that_is_lost_at_the_end_of_reading_leaves_nothing_in_doubt(
    server: Server, one: Wire
) -> None:
    one.begin(write=False)
    server.cut(backend(one))
    with pytest.raises(Settings, match=r"^the connection to the database was lost$"):
        one.commit("")


def test_what_has_no_entry_is_looked_for_with_a_list(server: Server, one: Wire) -> None:
    one.begin(write=True)
    server.cut(backend(one))
    with pytest.raises(Unconfirmed, match=r"it is not known whether it was saved$") as raised:
        one.commit("")
    assert raised.value.hint == "look with a list command before trying again"


def test_what_a_server_refuses_at_the_commit_is_known(
    server: Server, one: Wire, marbles: str
) -> None:
    server.run(
        "ALTER TABLE marbles ADD CONSTRAINT one_body UNIQUE (body) DEFERRABLE INITIALLY DEFERRED",
        url=marbles,
    )
    keep(one, 1, b"a")
    with pytest.raises(Conflict, match="somebody else changed the vault first"):
        keep(one, 2, b"a")
    keep(one, 3, b"b")
    assert bodies(server, marbles) == {1: b"a", 3: b"b"}


def test_a_notice_at_the_commit_is_not_known(server: Server, one: Wire, marbles: str) -> None:
    server.run(
        "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE WARNING 'x'; RETURN NULL; END $$",
        url=marbles,
    )
    server.run(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON marbles DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW WHEN (new.id > 1) EXECUTE FUNCTION warn()",
        url=marbles,
    )
    keep(one, 1)
    with pytest.raises(Unconfirmed, match="did not wait for its copy; it is not known whether"):
        keep(one, 2)


def test_a_warning_before_the_commit_is_none_at_the_commit(one: Wire, marbles: str) -> None:
    one.begin(write=True)
    one.query("INSERT INTO public.marbles VALUES (1)")
    one.query("DO $$ BEGIN RAISE WARNING 'x'; END $$")
    one.commit("H1")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that a test can wait for."""
    monkeypatch.setattr(wire, "DEADLINE", 0.3)
    monkeypatch.setattr(wire, "CONNECTING", 0.3)
    monkeypatch.setattr(wire, "GRACE", 0.3)
    monkeypatch.setattr(wire, "AFTER_LOCK", 0.3)


@pytest.mark.usefixtures("short")
def test_a_server_that_stands_still_is_given_up_each_time_with_what_is_known() -> None:
    with serving() as own:
        own.run("CREATE TABLE marbles (id bigint)")
        reader, writer, keeper = (Wire(own.url()) for _ in range(3))
        reader.begin(write=False, lock_timeout=0)
        for one in (writer, keeper):
            one.begin(write=True, lock_timeout=0)
            one.query("INSERT INTO public.marbles VALUES (1)")
        own.freeze()
        with pytest.raises(Settings, match=r"^the database did not answer for \d+ seconds$"):
            reader.query("SELECT 1")
        with pytest.raises(Settings, match=r"seconds; nothing was saved$"):
            writer.query("SELECT 1")
        with pytest.raises(Unconfirmed, match="does not say that it is saved; it is not known"):
            keeper.commit("H1")
        with pytest.raises(Settings, match=r"^the database was reached, and let nobody in for"):
            Wire(own.url()).begin(write=False)
        own.thaw()


def test_a_statement_may_take_longer_where_its_caller_says_so(one: Wire, short: None) -> None:
    one.begin(write=True, lock_timeout=0)
    assert one.query("SELECT 1 FROM pg_sleep(0.6)", seconds=30) == [(1,)]
    with pytest.raises(Settings, match="did not answer"):
        one.query("SELECT 1 FROM pg_sleep(30)")


INTERRUPTED = """
import sys
from reintegrate_cli.core.errors import Unconfirmed
from reintegrate_cli.server import wire
wire.GRACE = float(sys.argv[2])
one = wire.Wire(sys.argv[1])
one.begin(write=True)
try:
    one.query(sys.argv[3])
    one.commit("H1")
    print("saved")
except (KeyboardInterrupt, Unconfirmed) as fault:
    print(type(fault).__name__)
one.close()
"""


def interrupted(server: Server, url: str, statement: str, *, grace: float) -> str:
    """Press Ctrl-C once a process sleeps in the server; return what it says."""
    line = [sys.executable, "-c", INTERRUPTED, url, str(grace), statement]
    asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = %s"
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        while not server.run(asleep, url.rpartition("/")[2]):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=60)
        assert process.returncode == 0
    return told.strip()


def test_control_c_ends_a_wait(server: Server, marbles: str) -> None:
    told = interrupted(server, marbles, "SELECT pg_sleep(60)", grace=60)
    assert told == "KeyboardInterrupt"


@pytest.mark.parametrize(("seconds", "grace", "told"), [(1, 60, "saved"), (60, 0.1, "Unconfirmed")])
def test_control_c_at_a_commit_waits_for_its_answer_a_moment_longer(
    server: Server, marbles: str, seconds: int, grace: float, told: str
) -> None:
    server.run(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$",
        url=marbles,
    )
    server.run(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON marbles DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION slow()",
        url=marbles,
    )
    statement = "INSERT INTO public.marbles VALUES (1)"
    assert interrupted(server, marbles, statement, grace=grace) == told
    assert bodies(server, marbles) == ({1: None} if told == "saved" else {})


# URLs, and who is let in.


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://okafor:{SECRET}@127.0.0.1/alder",
        f"postgres://okafor:{SECRET}@127.0.0.1/alder",
        f"postgresql://okafor@127.0.0.1/alder?password={SECRET}",
        f"postgresql://okafor@127.0.0.1/alder?%70assword={SECRET}",
        f"postgresql://okafor@127.0.0.1/alder?sslpassword={SECRET}",
        f"postgresql://okafor:{SECRET}/x@127.0.0.1/alder",
        f"postgresql://okafor:{SECRET}@[127.0.0.1/alder",
        f"postgresql://okafor@127.0.0.1/alder?pasword={SECRET}",
        f"postgresql://okafor@127.0.0.1/alder?options=-c%20x.y%3D{SECRET}",
        f"postgresql://okafor@a,b,c:1,2/alder?application_name={SECRET}",
        f"sqlite://okafor:{SECRET}@host/alder",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Usage) as raised:
        Wire(url)
    assert raised.value.code == 2
    assert SECRET not in f"{raised.value.message} {raised.value.hint}"
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def hosts(environment: dict[str, str] | None = None, **options: str) -> list[address.Host]:
    return address.hosts_of(options, environment or {}, takes_writes=True)


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ({}, {"host": "db.example.org"}),
        ({}, {"host": "localhost,db.example.org"}),
        ({}, {"host": "localhost", "hostaddr": "192.0.2.1"}),
        ({}, {"host": "db.example.org", "hostaddr": "127.0.0.1"}),
        ({}, {"host": "127.example.org"}),
        ({}, {"host": "localhost", "service": "alder"}),
        ({"PGSERVICE": "alder"}, {}),
        ({"PGHOST": "db.example.org"}, {}),
        ({"PGHOSTADDR": "192.0.2.1"}, {"host": "localhost"}),
    ],
)
def test_another_machine_proves_who_it_is(
    environment: dict[str, str], options: dict[str, str]
) -> None:
    assert {one["sslmode"] for one in hosts(environment, **options)} == {"verify-full"}
    for weaker in ("disable", "allow", "prefer", "require", "verify-ca"):
        with pytest.raises(Settings, match="is always checked"):
            hosts(environment, **options, sslmode=weaker)


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ({}, {}),
        ({}, {"host": "/run/postgresql"}),
        ({}, {"host": "localhost,127.0.0.1,::1,/tmp"}),
        ({"PGHOST": "db.example.org"}, {"host": "localhost"}),
        ({"PGHOSTADDR": "127.0.0.1"}, {"host": "localhost"}),
    ],
)
def test_this_machine_need_not(environment: dict[str, str], options: dict[str, str]) -> None:
    assert all("sslmode" not in one for one in hosts(environment, **options))
    assert all(one["sslmode"] == "disable" for one in hosts({}, **options, sslmode="disable"))


def test_each_host_is_tried_with_its_own() -> None:
    given = {"host": "localhost,127.0.0.1", "port": "1,2", "user": "okafor"}
    assert [(one["host"], one["port"], one["user"]) for one in hosts(**given)] == [
        ("localhost", "1", "okafor"),
        ("127.0.0.1", "2", "okafor"),
    ]
    assert [one["port"] for one in hosts(host="localhost,127.0.0.1", port="7")] == ["7", "7"]
    for wrong in ({"port": "1,2"}, {"host": "localhost", "hostaddr": "::1,::1"}):
        with pytest.raises(Usage, match="as many ports"):
            hosts(**wrong)
    assert hosts()[0]["target_session_attrs"] == "read-write"


def problem_at(url: str) -> Settings:
    connection = Wire(url)
    with pytest.raises(Settings) as raised:
        connection.begin(write=False)
    assert raised.value.code == 9
    assert raised.value.hint
    return raised.value


def test_who_is_not_let_in_is_told_why_in_plain_words(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert problem_at(server.url(user="nobody_of_that_name")).message.endswith("let this user in")
    assert problem_at(server.url("nowhere")).message == "there is no database of that name"
    assert problem_at(f"postgresql:///x?host={tmp_path}").message.endswith("cannot be reached")
    nobody = problem_at("postgresql://127.0.0.1:1/x")
    assert nobody.message == "the database cannot be reached"
    several = f"postgresql:///x?host={tmp_path},{server.folder}&port={server.port},{server.port}"
    assert problem_at(several).message != nobody.message
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "none"))
    assert problem_at("postgresql:///?service=alder").message.startswith("the service that the")


def test_a_password_comes_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as own:
        own.run(
            "SET password_encryption = 'scram-sha-256';"
            f" CREATE ROLE okafor LOGIN PASSWORD '{SECRET}'"
        )
        own.admit("local all okafor scram-sha-256")
        url = own.url(user="okafor")
        file = tmp_path / "pgpass"
        monkeypatch.setenv("PGPASSFILE", str(file))
        for content in ("", f"*:*:*:okafor:not-{SECRET}\n"):
            file.write_text(content)
            file.chmod(0o600)
            problem = problem_at(url)
            assert problem.message == "the database does not let this user in"
            assert SECRET not in f"{problem.message} {problem.hint}"
        file.write_text(f"*:*:*:okafor:{SECRET}\n")
        connection = Wire(url)
        connection.begin(write=False)
        assert connection.query("SELECT session_user::text") == [("okafor",)]
        connection.close()


def test_another_machine_is_spoken_to_with_tls_and_a_checked_certificate(tmp_path: Path) -> None:
    import trustme

    authority, stranger = trustme.CA(), trustme.CA()
    leaf = authority.issue_cert("db.example.org")
    for name, ca in (("good", authority), ("bad", stranger)):
        ca.cert_pem.write_to_path(tmp_path / name)
    with serving(listen_addresses="127.0.0.1") as own:
        there = f"port={own.port}&hostaddr=127.0.0.1&user=postgres&dbname=postgres"

        def at(name: str, root: str = "good") -> str:
            return f"postgresql://?host={name}&{there}&sslrootcert={tmp_path / root}"

        own.admit("host all all 127.0.0.1/32 trust")
        assert problem_at(at("db.example.org")).message.endswith("does not encrypt the connection")
        own.keep("server.crt", b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
        own.keep("server.key", leaf.private_key_pem.bytes())
        own.set(ssl="on")
        connection = Wire(at("db.example.org"))
        connection.begin(write=False)
        assert connection.standing().is_encrypted
        connection.close()
        unproven = "the host of the database could not prove who it is"
        assert problem_at(at("other.example.org")).message == unproven
        assert problem_at(at("db.example.org", "bad")).message == unproven
        nothing = problem_at(at("db.example.org", "none"))
        assert nothing.message.startswith("there is nothing to check the certificate")


def test_no_setting_of_the_environment_goes_along(
    marbles: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    monkeypatch.setenv("PGAPPNAME", SECRET)
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    connection = Wire(marbles)
    connection.begin(write=False)
    asked = "SELECT current_setting('statement_timeout'), current_setting('application_name')"
    assert connection.query(asked) == [("0", f"reintegrate {schema.latest()}")]
    assert connection.query("SELECT %s || chr(8364)", ("\u20ac",)) == [("\u20ac\u20ac",)]
    connection.close()


# Which server.


def test_every_role_may_ask_which_server_it_is(server: Server, marbles: str) -> None:
    server.run("DROP ROLE IF EXISTS reader")
    server.run("CREATE ROLE reader LOGIN")
    connection = Wire(marbles.replace("postgres@", "reader@"))
    connection.begin(write=False)
    system = server.run("SELECT system_identifier FROM pg_control_system()")[0][0]
    assert connection.identity() == (system, 1)
    standing = connection.standing()
    assert (standing.host, standing.port) == (str(server.folder), str(server.port))
    assert standing.version // 10000 >= 13
    assert (standing.is_standby, standing.followers, standing.synchronous) == (False, 0, 0)
    assert not standing.is_encrypted
    assert standing.behind is None
    connection.rollback()
    server.run("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", url=marbles)
    connection.begin(write=False)
    assert connection.identity() is None
    assert connection.query("SELECT 1") == [(1,)]  # and nothing is broken by having asked
    connection.close()


# A pool between.


@pytest.mark.needs("pgbouncer")
def test_through_a_pool_that_gives_each_transaction_any_connection(
    server: Server, marbles: str
) -> None:
    with pooling(server) as pool:
        url = pool.url(marbles)
        one, other = Wire(url), Wire(url)
        for number in range(1, 5):
            keep((one, other)[number % 2], number, b"x")
        one.begin(write=True)
        one.query("SELECT FROM public.marbles WHERE id = 1 FOR UPDATE")
        other.begin(write=True, lock_timeout=0.1)
        with pytest.raises(Busy):
            other.query("SELECT FROM public.marbles WHERE id = 1 FOR UPDATE")
        other.rollback()
        one.rollback()
        other.begin(write=False)
        assert len(other.query("SELECT * FROM public.marbles")) == 4
        settings = other.query("SHOW lock_timeout") + other.query("SHOW search_path")
        assert settings == [("5s",), ("pg_catalog, pg_temp",)]
        assert other.identity() is not None
        one.close()
        other.close()
        missing = problem_at(f"postgresql://postgres@{pool.middle}/nowhere")
        assert missing.message == "there is no database of that name"
    import psycopg2

    after = psycopg2.connect(marbles)  # nothing stayed in what the pool had
    after.close()


# The driver.


def test_without_the_driver_one_is_told_what_to_install() -> None:
    script = (
        "import sys\nsys.modules['psycopg2'] = None\n"
        "from reintegrate_cli.core.errors import Settings\n"
        "try:\n    import reintegrate_cli.server.wire\n"
        "except Settings as problem:\n    print(problem.code, problem.hint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "9 pip install 'reintegrate-cli[postgres]'\n"


def test_each_sentence_has_a_hint_and_no_full_stop() -> None:
    told = [
        *(kind(sentence, hint=hint) for _, kind, sentence, hint in trouble._ANSWERS),
        *(Settings(sentence, hint=hint) for _, sentence, hint in trouble._CONNECTING),
        trouble.lost(is_writing=True),
        trouble.undone(),
        trouble.unconfirmed("x", "H1"),
        trouble.unreached(),
        trouble.silent(5),
    ]
    assert [one for one in told if not one.hint or one.message.endswith(".")] == []
