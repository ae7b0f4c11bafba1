"""The laws: what holds for every noun, verb and field, so that what comes next cannot forget it.

Each law is a test that loops over the catalogue, named ``test_law_N_...``; it stands beside what
it tries. ``pytest -k law_7`` runs one of them.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from reintegrate_cli.core.errors import Problem
from reintegrate_cli.kept import pieces, tables
from reintegrate_cli.keys import age, agefile, recovery
from reintegrate_cli.line import reading
from reintegrate_cli.vault import format as frames

pytestmark = pytest.mark.both_shelves

LAWS = {
    1: "Id letters are unique, and an id of another noun is missing (5), whatever verb asks.",
    2: "Every dated table has dates, and the reverse; the index equals what all of them give.",
    3: "A row of the agenda never goes away by itself and never walks.",
    4: "A record from which nothing can be worked out is a row that says so; nothing fails.",
    5: "Every list takes the filters, and tells what a filter hid from what is not there.",
    6: "Every field that may be absent can be cleared by the edit of its noun.",
    7: "Every verb that changes what a wish may be about names the subject, and heeds it.",
    8: "Every slug and ref is looked up before anything is asked; nothing new goes to who left.",
    9: "Every date is within 1900 to 2199, and nothing is worked out day by day over centuries.",
    10: "Every way out goes through one cleaner, and shows no canary that it may not.",
    11: "Every wait has an end; every loop over bytes from outside has a budget.",
    12: "Two readers of the same line, the same name or the same word agree.",
}
HERE = Path(__file__).parent


def test_each_law_has_its_test() -> None:
    named = {
        int(number)
        for file in HERE.rglob("test_*.py")
        for number in re.findall(r"^def test_law_(\d+)_", file.read_text(encoding="utf-8"), re.M)
    }
    assert named == set(LAWS)


# Law 11: what a reader does grows as its input does. Lines that run are counted, and no clock read.


def steps(read: Callable[[Any], object], given: object) -> int:
    """Count the lines of Python that run while a reader looks at what it is given."""
    count = 0

    def line(_frame: FrameType, event: str, _of: object) -> Any:
        nonlocal count
        count += event == "line"
        return line

    former = sys.gettrace()
    sys.settrace(line)
    try:
        read(given)
    except (Problem, ValueError):
        pass  # refused: how long it took counts all the same
    finally:
        sys.settrace(former)
    return count


def rows_of(data: bytes) -> list[tuple[int, list[str]]]:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        with tables.reading(file.name, (), ()) as table:
            return list(table.rows)


CHAIN = b"c" * 32
HOSTILE: dict[str, tuple[Callable[[Any], object], Callable[[int], object]]] = {
    "stanzas of an age file": (
        agefile.parse,
        lambda size: age.START + b"-> X25519 YQ\nYQ\n" * size + b"--- YQ\n" + b"x" * 64,
    ),
    "one stanza without an end": (
        agefile.parse,
        lambda size: age.START + b"-> X25519 YQ\n" + (b"Y" * 64 + b"\n") * size + b"--- YQ\n",
    ),
    "objects of an archive": (
        lambda text: list(pieces.objects(text, 1000)),
        lambda size: b"[" + b",".join([b'{"a":1}'] * size) + b"]",
    ),
    "an array without an end": (
        lambda text: list(pieces.objects(text, 1000)),
        lambda size: b"[" + b'{"a":[' * size,
    ),
    "what looks like frames behind the last": (
        lambda data: frames.follows(memoryview(data), 1, CHAIN, CHAIN),
        lambda size: b"\x00\x00\x00\x50\xff\xff\xff\xaf\x00\x00\x00\x00" * size,
    ),
    "keys of a document": (
        reading.parse_document,
        lambda size: "{" + ",".join(f'"k{at}":1' for at in range(size)) + "}",
    ),
    "a table with a quote that is open": (
        lambda data: rows_of(data),
        lambda size: b'person,level,completed_on\n"' + b"ann,basic\n" * size,
    ),
    "a table of rows": (
        lambda data: rows_of(data),
        lambda size: b"person,level,completed_on\n" + b"ann,basic,2026-09-20\n" * size,
    ),
    "a recovery code": (recovery.parse_recovery_code, lambda size: "B" * size),
    "an archive of age's own words": (
        lambda data: agefile.parse(data),
        lambda size: age.START + b"-> scrypt YQ 18\n" * size + b"\n--- YQ\n" + b"x" * 64,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_law_11_what_a_reader_does_grows_no_faster_than_what_it_reads(name: str) -> None:
    read, made = HOSTILE[name]
    few, many = steps(read, made(100)), steps(read, made(800))
    assert few > 0
    assert many <= 16 * few  # eight times as much is read; what looks again takes 64 times


def test_the_counter_sees_a_loop_that_looks_at_everything_again() -> None:
    def again(text: str) -> int:
        seen = 0
        for at in range(len(text)):
            for _ in text[at:]:
                seen += 1
        return seen

    assert steps(again, "x" * 800) > 16 * steps(again, "x" * 100)
