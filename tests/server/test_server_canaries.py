"""Nothing that was typed is anywhere in what a server keeps, shows or writes down.

The load is a record of every kind with something in each of its fields, the cast of the reference
month, some of its stories, and cron. Whoever runs the server then reads all that there is of it.
"""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import people
import programs
from conftest import Run
from reintegrate_cli.kept import session
from reintegrate_cli.server.wire import Wire
from servers import Server, serving
from telling import Teller, steps
from test_canaries import stuff
from test_remind import server as mail

__all__ = ["mail"]

STORIES = [
    Path(__file__).parents[1] / "stories" / f"{name}.txt"
    for name in ("safe-contact", "wish", "incidents", "separations")
]
ADDRESSES = ("office@alder.example", "okafor@alder.example")
NAMES = ("canary", "okafor", "counselor", "whisper", *ADDRESSES)
SCHOOLS = tuple({school for school, _ in people.CASES.values()})
REFS = tuple(people.CASES)
TRACE = "a-trace-of-somebody"


@pytest.fixture
def shelf() -> str:
    """What the vault of these tests lies on."""
    return "server"


@pytest.fixture
def cluster() -> Iterator[Server]:
    """A server that writes down all that it may."""
    with serving(
        log_statement="all",
        log_parameter_max_length="-1",
        log_parameter_max_length_on_error="-1",
        log_min_duration_statement="0",
        log_connections="on",
        track_activity_query_size="1MB",
    ) as one:
        yield one


@pytest.fixture
def vault_named(cluster: Server) -> str:
    """The vault."""
    return cluster.url()


def told(value: Any) -> Iterator[str]:
    """Give every text of some length that a form holds."""
    if isinstance(value, str) and len(value) > 9 and not re.fullmatch(r"[\d:T-]+", value):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from told(each)


def spellings(word: str) -> Iterator[bytes]:
    """Give a word as it is, as a wider text, in hexadecimal digits and in base 64."""
    plain = word.encode()
    for data in (plain, word.encode("utf-16-le")):
        yield data
        yield data.hex().encode()
        yield data.hex().upper().encode()
        for shift in range(3):
            # Only the letters that depend on nothing beside the word.
            first, end = -(-8 * shift // 6), 8 * (shift + len(data)) // 6
            yield base64.b64encode(b"\0" * shift + data + b"\0\0")[first:end]


def found_in(data: bytes, words: tuple[str, ...]) -> set[str]:
    """Name the words that are in some bytes, however they are spelled."""
    return {word for word in words if any(one in data for one in spellings(word))}


def everything_of(server: Server) -> dict[str, bytes]:
    """Give all that who runs a server can read of it; it is stopped for that in the end."""
    tables = server.run(
        "SELECT table_to_xml(oid, true, false, '')::text FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace::regnamespace::text IN ('reintegrate', 'public')"
    )
    dump = subprocess.run(
        [str(programs.path_of("pg_dumpall")), "-d", server.url()], capture_output=True, check=True
    ).stdout
    server.run("CHECKPOINT")
    segments = sorted(server.data.glob("pg_wal/" + "?" * 24))
    shown = b""
    for segment in segments:
        line = [str(programs.path_of("pg_waldump")), str(segment)]
        shown += subprocess.run(line, capture_output=True, check=False).stdout
    server.stop()
    files = {f"the file {one.name}": one for one in server.data.rglob("*") if one.is_file()}
    return {
        "a table": "\n".join(text for (text,) in tables).encode(),
        "a dump": dump,
        "the log": server.log().encode(),
        "what a tool says of the WAL": shown,
        "the WAL": b"".join(segment.read_bytes() for segment in segments),
        "its files": b"".join(one.read_bytes() for one in files.values()),
    }


@pytest.mark.needs("postgres")
def test_nothing_that_was_typed_is_anywhere_on_a_server(
    cluster: Server, district: Run, mail: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: set[str] = set()
    query = Wire.query

    def watched(wire: Wire, *args: Any, **more: Any) -> Any:
        answer = query(wire, *args, **more)
        shown.update(str(row) for row in cluster.run("SELECT a FROM pg_stat_activity a"))
        return answer

    typed: set[str] = set()
    session.begin(None, None)
    with session.writing("cast") as store:
        people.arrive(store)
    monkeypatch.chdir(tmp_path)
    teller = Teller(district, mail, tmp_path)
    teller.ref = "HX4T"
    for step in (step for path in STORIES for step in steps(path.read_text("utf-8"))):
        if step.line.startswith("reintegrate "):
            typed |= {*told(json.loads(step.given))} if step.given else set()
            # What one story leaves is in the way of another's words, and in the database.
            teller.ended(step, teller.renamed(step.line))
    stuff()
    monkeypatch.setattr(Wire, "query", watched)
    cron = str(tmp_path / "cron-key")
    for line in (
        ("case", "show", "HX4T"),
        ("agenda", "--week"),
        ("history",),
        ("vault", "key", "rotate"),
        (
            *("remind", "setup", "--reminder-key", cron, "--host", "127.0.0.1"),
            *("--port", str(mail.port), "--insecure-loopback", "--from-address", ADDRESSES[0]),
            *("--to", ADDRESSES[1]),
        ),
    ):
        assert district(*line).code == 0, line
    assert district("task", "add", "--due", "2026-10-02", given={"text": "whisper"}).code == 0
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", cron)
    assert district("remind").code == 0
    monkeypatch.undo()
    words = (*NAMES, *SCHOOLS, *typed)
    assert len(typed) > 5
    there = {"a session": "\n".join(shown).encode(), **everything_of(cluster)}
    assert {where: found_in(data, words) for where, data in there.items()} == {
        where: set() for where in there
    }
    # A ref is short: what is random has four letters like it, now and then.
    for where in ("a session", "a table", "a dump", "the log"):
        assert not any(re.search(rf"\b{ref}\b".encode(), there[where]) for ref in REFS), where


@pytest.mark.needs("postgres")
def test_the_search_finds_a_trace(cluster: Server) -> None:
    cluster.run("CREATE TABLE public.traces (t text)")
    cluster.run("INSERT INTO public.traces VALUES (%s)", TRACE)
    there = everything_of(cluster)
    del there["what a tool says of the WAL"]
    assert {where for where, data in there.items() if found_in(data, (TRACE,))} == set(there)
    for trace in spellings(TRACE):
        assert found_in(b"\x00" + trace + b"\x00", (TRACE,)) == {TRACE}
