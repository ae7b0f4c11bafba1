"""Transcripts that run: each story is a test, a snapshot and an example at once.

A line that begins with ``$`` is typed; what follows is what comes back, stdout first, then
stderr. ``...`` alone stands for any lines, ``[...]`` for the rest of one. ``< {...}`` gives
``--from -`` its object, ``? N`` demands an exit code (0 where there is none), and ``@``
demands a mail with that first line, or ``@ none``. ``REF`` is the ref of the case that the
story opened; ``% cast`` lets the people of the reference month arrive, and ``% file NAME`` writes
a file of the ``<`` lines after it. Lines that begin with ``#`` tell the story.
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

import people
from conftest import Run
from reintegrate_cli.kept import session
from test_remind import Mailbox, free_port

pytestmark = pytest.mark.both_shelves

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


@dataclass
class Step:
    line: str
    given: str = ""
    code: int = 0
    expected: list[str] = field(default_factory=list)
    mail: str | None = None


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:]))
        elif line.startswith("% "):
            found.append(Step(line))
        elif line.startswith("< "):
            found[-1].given += ("\n" if found[-1].given else "") + line[2:]
        elif line.startswith("? "):
            found[-1].code = int(line[2:])
        elif line.startswith("@ "):
            found[-1].mail = line[2:]
        elif line.strip() and not line.startswith("#"):
            found[-1].expected.append(line.rstrip())
    return found


def pattern(expected: list[str]) -> str:
    """Turn expected lines into one pattern; runs of blanks count as one."""
    parts = []
    for line in expected:
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*?")
            continue
        folded = " ".join(line.split())
        parts.append(".*".join(re.escape(part) for part in folded.split("[...]")) + r"\n")
    return "".join(parts)


@pytest.fixture
def server() -> Iterator[Controller]:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def first_line(message: bytes) -> str:
    return message.partition(b"\r\n\r\n")[2].partition(b"\r\n")[0].decode()


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_story(
    path: Path, district: Run, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, mails = "", 0
    monkeypatch.chdir(tmp_path)
    for step in steps(path.read_text(encoding="utf-8")):
        if step.line == "% cast":
            session.begin(None, None)
            with session.writing("cast") as store:
                people.arrive(store)
            continue
        if step.line.startswith("% file "):
            file = tmp_path / step.line.removeprefix("% file ")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{step.given}\n", encoding="utf-8")
            continue
        words = shlex.split(
            step.line.replace("REF", ref or "REF").replace("PORT", str(server.port))
        )
        assert words[0] == "reintegrate"
        given = json.loads(step.given) if step.given else None
        ended = district(*words[1:], given=given)
        lines = [" ".join(one.split()) for one in (ended.out + ended.err).splitlines()]
        shown = "".join(f"{one}\n" for one in lines if one)
        if not ref and (opened := re.search(r"^ref (\S{4})$", shown, re.M)):
            ref = opened[1]
        told = f"{path.name}: {step.line}\n{shown}"
        assert ended.code == step.code, told
        wanted = [line.replace("REF", ref or "REF") for line in step.expected]
        assert re.fullmatch(pattern(wanted), shown), told
        if step.mail is not None:
            new = server.handler.messages[mails:]
            assert [first_line(one) for one in new] == ([] if step.mail == "none" else [step.mail])
        mails = len(server.handler.messages)


def test_there_are_stories() -> None:
    assert len(STORIES) >= 2
