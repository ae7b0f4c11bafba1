"""A server that does not stop, or hardly begins: no wait and no answer is without an end."""

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import liar
from conftest import Run
from reintegrate_cli.core.errors import Damaged, Problem, Settings, Unconfirmed
from reintegrate_cli.server import waiting, wire
from reintegrate_cli.server.wire import Strange, Wire
from servers import Server

pytestmark = pytest.mark.needs("postgres")

LITTLE = 0.2
"""Seconds of patience, so that a test need not have much."""
PATTERN = "SELECT 'what is asked'"


def drops(content: bytes) -> Iterator[bytes]:
    """Answer with a byte now and then, more often than anybody loses patience."""
    for byte in itertools.cycle(content):
        yield bytes([byte])
        time.sleep(LITTLE / 4)


def drops_of_an_answer() -> Iterator[bytes]:
    yield liar.columns()
    yield from drops(liar.row(b"x" * 50))


def drops_of_notices() -> Iterator[bytes]:
    yield from drops(liar.NOTICE)


def nothing_more() -> Iterator[bytes]:
    yield liar.columns() + liar.row(b"x") + liar.DONE


def rows_without_end() -> Iterator[bytes]:
    yield liar.columns()
    yield from itertools.repeat(liar.row(b"x" * 1000) * 60)


def small_rows_without_end() -> Iterator[bytes]:
    yield liar.columns()
    yield from itertools.repeat(liar.row(b"") * 6000)


def a_value_without_end() -> Iterator[bytes]:
    yield liar.columns()
    yield b"D\x3f\xff\xff\xff\0\1\x3f\xff\xff\xf0"
    yield from itertools.repeat(bytes(60_000))


def notices_without_end() -> Iterator[bytes]:
    yield from itertools.repeat(liar.NOTICE * 100)


def calls_without_end() -> Iterator[bytes]:
    yield from itertools.repeat(liar.NOTIFIED * 1000)


def many_columns() -> Iterator[bytes]:
    yield liar.columns(1000) + liar.row(*[b"x"] * 1000) + liar.DONE + liar.READY


def many_rows() -> Iterator[bytes]:
    yield liar.columns() + liar.row(b"x") * 12 + liar.DONE + liar.READY


SLOW = (drops_of_an_answer, drops_of_notices, nothing_more)
ENDLESS = (
    rows_without_end,
    small_rows_without_end,
    a_value_without_end,
    notices_without_end,
    calls_without_end,
    many_columns,
    many_rows,
)
Answering = Callable[[], Iterator[bytes]]


@pytest.fixture
def folder(server: Server) -> Path:
    """A folder with a path that is short enough for a socket."""
    return server.folder


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LARGEST", 64 * 1024**2)
    monkeypatch.setattr(wire, "MOST_ROWS", 10)


def problem_with(one: Wire) -> Problem:
    one.begin(write=False)
    one._patience = LITTLE
    with pytest.raises(Problem) as raised:
        one.query(PATTERN)
    with pytest.raises(Settings):  # the connection is given up
        one.query("SELECT 1")
    one.rollback()
    return raised.value


@pytest.mark.parametrize("answer", SLOW)
def test_an_answer_that_does_not_end_is_not_waited_for(
    server: Server, database: str, folder: Path, answer: Answering
) -> None:
    with liar.lying(server, folder, answer) as before:
        one = Wire(before(database))
        problem = problem_with(one)
        assert problem.message.startswith(
            ("the database has not finished its answer within", "the database did not answer for")
        )
        assert problem.hint
        one.begin(write=False)  # and a new one is as good as ever
        assert one.query("SELECT 1") == [(1,)]
        one.close()


@pytest.mark.parametrize("answer", ENDLESS)
def test_an_answer_without_end_is_not_taken_in(
    server: Server, database: str, folder: Path, answer: Answering
) -> None:
    with liar.lying(server, folder, answer) as before:
        one = Wire(before(database))
        one.begin(write=False)
        with pytest.raises(Strange, match="more than anybody asked for") as raised:
            one.query(PATTERN)
        assert raised.value.code == 7
        assert isinstance(raised.value, Damaged)
        one.close()


@pytest.mark.parametrize("answer", [drops_of_notices, notices_without_end, calls_without_end])
def test_a_commit_that_is_answered_so_is_not_known(
    server: Server, database: str, folder: Path, answer: Answering
) -> None:
    server.run("CREATE TABLE public.marbles (id int)", url=database)
    with liar.lying(server, folder, answer, b"COMMIT\0") as before:
        one = Wire(before(database))
        one.begin(write=True)
        one.query("INSERT INTO public.marbles VALUES (1)")
        one._patience = LITTLE
        with pytest.raises(Unconfirmed, match="not known whether it was saved, as H7"):
            one.commit("H7")
        one.close()


def test_an_answer_that_is_long_in_coming_is_taken(
    server: Server, database: str, folder: Path
) -> None:
    def in_pieces() -> Iterator[bytes]:
        whole = liar.columns() + liar.row(b"x" * 40_000) + liar.DONE + liar.READY
        for at in range(0, len(whole), 4000):
            yield whole[at : at + 4000]
            time.sleep(LITTLE / 2)

    with liar.lying(server, folder, in_pieces) as before:
        one = Wire(before(database))
        one.begin(write=False)
        one._patience = LITTLE
        assert one.query(PATTERN) == [("x" * 40_000,)]
        one.close()


@pytest.mark.parametrize("shelf", ["server"], indirect=True)
@pytest.mark.parametrize("asked", [b"reintegrate.opening()", b"reintegrate.heads()"])
def test_a_command_says_it_in_a_sentence_and_ends(
    district: Run,
    server: Server,
    database: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: bytes,
) -> None:
    with liar.lying(server, folder, rows_without_end, asked) as before:
        monkeypatch.setenv("REINTEGRATE_VAULT", before(database))
        ended = district("case", "list")
    assert ended.code == 7
    assert "the database answered with more than anybody asked for" in ended.err
    assert "look at the last backup" in ended.err


# Names.

FAR = "postgresql://okafor@db.example.org:1/alder"


def test_a_name_that_nobody_answers_for_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: never.wait() and [])
    monkeypatch.setattr(wire, "CONNECTING", LITTLE)
    with pytest.raises(Settings, match="address of the database's host was not found within"):
        Wire(FAR).begin(write=False)
    never.set()


def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    every = [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.1", "127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: every)
    found = [*waiting.addresses_of({"host": "db.example.org"}, 5)]
    assert [one["hostaddr"] for one in found] == ["127.0.0.1", "127.0.0.2"]
    assert {one["host"] for one in found} == {"db.example.org"}
    with pytest.raises(Settings, match="cannot be reached"):
        Wire(FAR).begin(write=False)


def test_a_name_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Settings, match="cannot be reached"):
        Wire(FAR).begin(write=False)


@pytest.mark.parametrize(
    ("host", "environment"),
    [
        ({}, {}),
        ({"host": "/tmp"}, {}),
        ({"host": "localhost"}, {}),
        ({"host": "db.example.org", "hostaddr": "192.0.2.1"}, {}),
        ({"service": "alder"}, {"PGHOST": "db.example.org"}),
        ({"host": "db.example.org"}, {"PGHOSTADDR": "192.0.2.1"}),
    ],
)
def test_what_has_no_name_or_is_libpq_s_to_read_is_left_to_it(
    host: dict[str, str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert [*waiting.addresses_of(host, 5)] == [host]
    assert os.environ.items() >= environment.items()
