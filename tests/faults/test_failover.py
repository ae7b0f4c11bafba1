"""A primary with a standby that commits wait for: cut off, killed, promoted, and come back.

What is acknowledged is there afterwards, once; what is not there was never acknowledged.
"""

import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import Run
from reintegrate_cli.core.errors import Unconfirmed
from reintegrate_cli.server import wire
from reintegrate_cli.server.wire import Wire
from servers import Server, serving
from thoroughness import LONG

pytestmark = pytest.mark.needs("postgres")

ROWS = 1500 if LONG else 200
CASES = 60 if LONG else 20
WRITERS = 4
PROGRAM = Path(__file__).parent / "writer.py"


class Pair(NamedTuple):
    """A primary, and the standby that its commits wait for."""

    primary: Server
    standby: Server

    @property
    def url(self) -> str:
        return Server.joint_url([self.primary, self.standby], user="clerk")


@contextmanager
def paired(*, is_durable: bool) -> Iterator[Pair]:
    with serving(is_durable=is_durable) as primary:
        primary.run("CREATE ROLE clerk LOGIN")
        primary.run("CREATE TABLE vault AS SELECT true AS only")
        primary.run("CREATE TABLE written (name text)")
        primary.run("GRANT ALL ON vault, written TO clerk")
        yield Pair(primary, primary.standby())


@pytest.fixture
def pair() -> Iterator[Pair]:
    with paired(is_durable=False) as both:
        yield both


def written(server: Server) -> list[str]:
    return [row[0] for row in server.run("SELECT name FROM written ORDER BY length(name), name")]


# Commits that wait for a standby that is gone.


def keep(connection: Wire, number: int) -> None:
    connection.begin(write=True)
    connection.query("INSERT INTO public.written VALUES (%s)", (str(number),))
    connection.commit(f"H{number}")


def meanwhile(server: Server, act: str) -> threading.Thread:
    """Do something to the process that waits for the standby, as soon as there is one."""

    def wait_and_act() -> None:
        asked = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        until = time.monotonic() + 30
        while not (waiting := server.run(asked)) and time.monotonic() < until:
            time.sleep(0.02)
        server.run(f"SELECT {act}(%s)", *waiting[0])

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def test_a_commit_whose_wait_for_the_standby_is_ended_is_never_a_success(pair: Pair) -> None:
    silent = "ALTER ROLE clerk SET client_min_messages = error"
    number = 1
    for act in ("pg_cancel_backend", "pg_terminate_backend"):
        for setting in ("ALTER ROLE clerk RESET ALL", silent):
            pair.primary.run(setting)
            connection = Wire(pair.url)
            keep(connection, number)
            pair.standby.stop()
            acting = meanwhile(pair.primary, act)
            with pytest.raises(Unconfirmed, match=f"not known .* saved, as H{number + 1}$"):
                keep(connection, number + 1)
            acting.join()
            # It is on the primary, and would be gone with it.
            assert str(number + 1) in written(pair.primary)
            pair.standby.start()
            pair.primary.await_synchronous()
            keep(connection, number + 2)
            connection.close()
            number += 3
    pair.primary.kill()
    pair.standby.promote()
    assert written(pair.standby) == [str(each) for each in range(1, number)]


def test_a_commit_that_waits_for_the_standby_has_a_deadline_and_is_not_known(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "DEADLINE", 0.5)
    monkeypatch.setattr(wire, "AFTER_LOCK", 0.5)
    pair.primary.run("ALTER ROLE clerk SET synchronous_commit = local")
    connection = Wire(pair.url)
    pair.standby.freeze()
    connection.begin(write=True, lock_timeout=0)
    connection.query("INSERT INTO public.written VALUES ('1')")
    with pytest.raises(Unconfirmed, match="does not say that it is saved; it is not known"):
        connection.commit("H1")
    pair.standby.thaw()
    connection.close()


# The primary gone, and come back.


class Writer:
    """A process that writes, and what it said of each thing."""

    def __init__(self, what: str, url: str, number: int, acknowledged: Callable[[], None]) -> None:
        self.said: dict[str, list[str]] = {"+": [], "?": [], "-": []}
        self._acknowledged = acknowledged
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), what, url, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            became, _, name = line.rstrip().partition(" ")
            self.said[became].append(name)
            if became == "+":
                self._acknowledged()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(60) == 0
        self._reading.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


def failed_over(pair: Pair, what: str, url: str, count: int) -> dict[str, list[str]]:
    """Kill the primary under load, and promote the standby; return what the writers said."""
    before, after = threading.Semaphore(0), threading.Semaphore(0)
    tally = before
    writers = [Writer(what, url, number, lambda: tally.release()) for number in range(WRITERS)]
    try:
        await_all(before, count // 2)
        pair.primary.kill()
        pair.standby.promote()
        tally = after
        await_all(after, count // 2)
    finally:
        for writer in writers:
            writer.end()
    return {became: [name for one in writers for name in one.said[became]] for became in "+?-"}


def test_the_primary_killed_under_load_loses_nothing_that_was_acknowledged() -> None:
    with paired(is_durable=True) as pair:
        said = failed_over(pair, "rows", pair.url, ROWS)
        there = written(pair.standby)
    assert len(said["+"]) >= ROWS
    assert set(said["+"]) - set(there) == set()
    assert len(there) == len(set(there))
    assert set(there) <= {*said["+"], *said["?"]}


def test_no_command_loses_a_case_that_it_said_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    with paired(is_durable=True) as pair:
        url = init(pair, run, tmp_path, monkeypatch)
        said = failed_over(pair, "cases", url, CASES)
        shown = run("case", "list", "--json")
        assert shown.code == 0, shown.err
        there = [row["ref"] for row in shown.json["items"]]
        entries = run("history", "--json").json["items"]
    assert len(said["+"]) >= CASES
    assert set(said["+"]) - set(there) == set()
    assert len(there) == len(set(there))
    assert len(there) - len(said["+"]) <= len(said["?"])
    opened = [ref for entry in entries if entry["command"] == "case add" for ref in entry["refs"]]
    assert sorted(opened) == sorted(there)
    # The others waited for too long, or came while there was nobody.
    assert [one for one in said["-"] if one[:2] not in ("6:", "9:")] == []


def init(pair: Pair, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a vault on both of a pair; return its URL."""
    name = pair.primary.database().rpartition("/")[2]
    url = Server.joint_url([pair.primary, pair.standby], name)
    monkeypatch.setenv("REINTEGRATE_VAULT", url)
    kept = ("--key-file", str(folder / "key"), "--recovery-to", str(folder / "recovery"))
    made = run("init", "--user", "okafor", "--no-keyring", *kept)
    assert made.code == 0, made.err
    return url


@pytest.mark.parametrize("act", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_command_whose_wait_for_the_standby_is_ended_says_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, pair: Pair, act: str
) -> None:
    init(pair, run, tmp_path, monkeypatch)
    pair.standby.stop()
    acting = meanwhile(pair.primary, act)
    opened = run("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
    acting.join()
    assert opened.code == 6
    assert opened.error["message"].endswith("it is not known whether it was saved, as H2")
    assert opened.error["hint"] == "look for it with reintegrate history before trying again"
    entries = run("history", "--json").json["items"]
    assert [entry["id"] for entry in entries] == ["H1", "H2"]
    pair.primary.kill()
    pair.standby.start()
    pair.standby.promote()
    lost = run("case", "list", "--json")  # what was seen here is gone, and that is said
    assert (lost.code, lost.error["kind"]) == (7, "damaged")
    Path(shlex.split(lost.error["hint"].rpartition(": ")[2])[1]).unlink()
    assert run("case", "list", "--json").json["items"] == []


def await_all(semaphore: threading.Semaphore, count: int) -> None:
    for _ in range(count):
        assert semaphore.acquire(timeout=60)


def test_the_old_primary_that_comes_back_is_told_apart_by_its_timeline(pair: Pair) -> None:
    connection = Wire(pair.url)
    keep(connection, 1)
    connection.begin(write=False)
    before, standing = connection.identity(), connection.standing()
    connection.rollback()
    assert before is not None
    assert (standing.port, standing.is_standby, standing.followers) == (
        str(pair.primary.port),
        False,
        1,
    )
    pair.primary.kill()
    with pytest.raises(Exception, match="no host of the database takes writes now"):
        connection.begin(write=True)
    pair.standby.promote()
    keep(connection, 2)
    connection.begin(write=False)
    after = connection.identity()
    assert after == (before.system, before.timeline + 1)
    assert connection.standing().port == str(pair.standby.port)
    connection.close()
    pair.primary.start()
    again = Wire(pair.url)
    again.begin(write=False)
    assert again.identity() == before  # the first of the URL, and no longer the one to believe
    assert again.query("SELECT name FROM public.written") == [("1",)]
    again.close()


def test_a_standby_tells_how_far_it_is_behind(pair: Pair) -> None:
    connection = Wire(pair.standby.url(user="clerk"), any_host=True)
    connection.begin(write=False)
    standing = connection.standing()
    assert standing.is_standby
    assert standing.behind is not None
    assert standing.behind >= 0
    connection.close()
    with pytest.raises(Exception, match="no host of the database takes writes now"):
        Wire(pair.standby.url(user="clerk")).begin(write=False)
