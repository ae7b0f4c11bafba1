"""The whole program with pgbouncer before the server, in transaction mode.

Each transaction may have another connection to the server, and a connection whatever the one
before left in it. ``REINTEGRATE_TEST_SHELF=pool`` runs any test so.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from conftest import Run
from reintegrate_cli.server import wire
from reintegrate_cli.server.transaction import Transaction
from reintegrate_cli.server.wire import Wire
from servers import PATIENCE, Pool, Server, pooling

pytestmark = pytest.mark.needs("postgres", "pgbouncer")

# What a pool sets itself, to what the client that has the connection said at its beginning.
CLIENTS_OWN = {"application_name", "client_encoding", "DateStyle", "TimeZone"}
LEFT = (
    "SELECT name FROM pg_settings WHERE source = 'session'"
    " UNION ALL SELECT 'prepared: ' || name FROM pg_prepared_statements"
    " UNION ALL SELECT 'cursor: ' || name FROM pg_cursors WHERE is_holdable"
    " UNION ALL SELECT 'listens: ' || pg_listening_channels()"
    " UNION ALL SELECT 'lock: ' || locktype FROM pg_locks"
    " WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    " UNION ALL SELECT 'temporary: ' || pg_my_temp_schema() WHERE pg_my_temp_schema() <> 0"
    " UNION ALL SELECT 'role: ' || current_user WHERE current_user <> session_user"
)


@pytest.fixture
def shelf() -> str:
    """What the vault of these tests lies on."""
    return "pool"


@pytest.fixture
def pool(postgres: Server) -> Iterator[Pool]:
    """A pool of this test's own; two connections to the server are all there are."""
    with pooling(postgres, size=2) as one:
        yield one


def done(run: Run, *line: str, given: dict[str, str] | None = None) -> Any:
    """Run a command that has to succeed; return what it tells a program."""
    ended = run(*line, "--json", given=given)
    assert ended.code == 0, (line, ended.err)
    return ended.json if ended.out else None


def _story(run: Run, case: str, folder: Path) -> None:
    """A day's work, of all kinds: reading, writing, keys, copies, and what is put back."""
    plan = ("--every", "1m", "--day", "30", "--mode", "in_person", "--chosen-by", "student")
    dates = ("--chosen-on", "2026-09-01", "--starts", "2026-09-30")
    done(run, "checkin", "schedule", case, "--with", "student", *plan, *dates)
    done(run, "checkin", "done", case, "--on", "2026-10-01", given={"note": "a good week"})
    task = done(run, "task", "add", "--due", "fri", "--case", case, given={"text": "call"})["id"]
    done(run, "task", "edit", task, given={"text": "call the agency"})
    done(run, "task", "done", task)
    done(run, "undo")
    assert done(run, "agenda")["items"]
    assert done(run, "case", "show", case)
    assert done(run, "history")["items"]
    assert done(run, "history", "--looked")["items"]
    assert done(run, "find", given={"text": "agency"})["items"]
    school = ("--school", "Ridgeline", "--key-file", str(folder / "lee.key"), "--for", "lee")
    done(run, "vault", "key", "add", *school)
    done(run, "vault", "key", "rotate")
    copy = done(run, "vault", "backup", str(folder / "copies"))["file"]
    done(run, "vault", "verify", copy)
    done(run, "vault", "restore", copy, "--replace")
    done(run, "vault", "verify")
    assert [each["ref"] for each in done(run, "case", "list")["items"]] == [case]
    assert done(run, "doctor")


def test_a_story_goes_through_it_and_leaves_nothing_in_a_connection(
    pool: Pool, database: str, district: Run, case: str, tmp_path: Path
) -> None:
    _story(district, case, tmp_path)
    both = [psycopg2.connect(pool.url(database), options="") for _ in range(2)]
    for connection in both:  # and there are no others
        with connection.cursor() as cursor:
            cursor.execute(LEFT)
            assert {name for (name,) in cursor.fetchall()} <= CLIENTS_OWN
    for connection in both:
        connection.close()
    assert district("--vault", database, "vault", "verify").code == 0  # without it, too


@contextmanager
def somebody(url: str) -> Iterator[None]:
    """Somebody else, at another machine, who has the vault and does not go on."""
    other = Transaction(url)
    other.begin_use()
    other.hold()
    try:
        yield
    finally:
        other.close()


def test_two_at_once_wait_for_each_other_and_the_second_is_told(
    pool: Pool, database: str, district: Run
) -> None:
    line = ("task", "add", "--due", "fri")
    with somebody(pool.url(database)):
        late = district(*line, given={"text": "late"})
        assert (late.code, "somebody else is writing to the vault" in late.err) == (6, True)
        assert district("agenda").code == 0
    assert district(*line, given={"text": "again"}).code == 0


def waiting(server: Server, database: str) -> bool:
    """Return whether a commit waits for a server that is to have a copy of it."""
    name = database.rpartition("/")[2]
    statement = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event = 'SyncRep'"
    return bool(server.run(statement, name))


def test_a_pool_that_is_killed_while_a_commit_is_under_way_leaves_a_doubt_and_no_success(
    postgres: Server, pool: Pool, database: str, district: Run
) -> None:
    line = [sys.executable, "-m", "reintegrate_cli", "task", "add", "--due", "fri", "--from", "-"]
    postgres.set(synchronous_standby_names="nowhere")
    try:
        writer = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert writer.stdin is not None
        writer.stdin.write('{"text": "was it saved"}')
        writer.stdin.close()
        writer.stdin = None
        until = time.monotonic() + PATIENCE
        while not waiting(postgres, database):
            assert time.monotonic() < until
            assert writer.poll() is None
            time.sleep(0.01)
        pool.kill()
        out, err = writer.communicate(timeout=PATIENCE)
    finally:
        postgres.set(synchronous_standby_names="")
    assert (writer.returncode, out) == (6, "")
    assert "it is not known whether it was saved, as H" in err
    pool.start()
    entry = re.search(r"saved, as (H\d+)", err)
    assert entry is not None
    listed = {each["id"] for each in done(district, "history")["items"]}
    tasks = done(district, "task", "list")["items"]
    assert (entry[1] in listed) == (len(tasks) == 1)  # it is there whole, or not at all
    assert district("task", "add", "--due", "fri", given={"text": "once more"}).code == 0
    assert district("vault", "verify").code == 0


def test_a_pool_that_is_killed_between_two_commands_is_told_and_nothing_else_happens(
    pool: Pool, district: Run
) -> None:
    pool.kill()
    ended = district("task", "add", "--due", "fri", given={"text": "call"})
    assert (ended.code, "the database cannot be reached" in ended.err) == (9, True)
    pool.start()
    assert done(district, "task", "list")["items"] == []


def test_where_every_connection_is_somebody_elses_one_is_told_in_time(
    pool: Pool, database: str, district: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "DEADLINE", 1.0)
    monkeypatch.setattr(wire, "AFTER_LOCK", -4.0)
    both = [Wire(pool.url(database)), Wire(pool.url(database))]
    for one in both:
        one.begin(write=False)
    ended = district("agenda")
    for one in both:
        one.close()
    assert ended.code == 9
    assert "the database did not answer for 1 seconds" in ended.err
    assert "the database, or a pool before it, may be busy" in ended.err
    assert done(district, "agenda")["items"] == []
