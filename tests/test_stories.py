"""Transcripts that run: each story is a test, a snapshot and an example at once.

A line that begins with ``$`` is typed; what follows is what comes back, stdout first, then
stderr. ``[...]`` stands for the rest of a line. ``< {...}`` gives ``--from -`` its object,
``? N`` demands an exit code (0 where there is none), and ``REF`` is the ref of the case
that the story opened. Lines that begin with ``#`` tell the story.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conftest import Run

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


@dataclass
class Step:
    line: str
    given: str = ""
    code: int = 0
    expected: list[str] = field(default_factory=list)


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:]))
        elif line.startswith("< "):
            found[-1].given = line[2:]
        elif line.startswith("? "):
            found[-1].code = int(line[2:])
        elif line.strip() and not line.startswith("#"):
            found[-1].expected.append(line.rstrip())
    return found


def matches(expected: str, actual: str) -> bool:
    # A random ref changes no width, yet a column may; runs of blanks count as one.
    folded = " ".join(expected.split())
    pattern = ".*".join(re.escape(part) for part in folded.split("[...]"))
    return re.fullmatch(pattern, " ".join(actual.split())) is not None


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_story(path: Path, district: Run) -> None:
    ref = ""
    for step in steps(path.read_text(encoding="utf-8")):
        words = shlex.split(step.line.replace("REF", ref))
        assert words[0] == "reintegrate"
        given = json.loads(step.given) if step.given else None
        ended = district(*words[1:], given=given)
        shown = [line.rstrip() for line in (ended.out + ended.err).splitlines() if line.strip()]
        if not ref and (opened := re.search(r"^ref +(\S{4})$", ended.out, re.M)):
            ref = opened[1]
        told = f"{path.name}: {step.line}\n" + "\n".join(shown)
        assert ended.code == step.code, told
        wanted = [line.replace("REF", ref) for line in step.expected]
        assert len(wanted) == len(shown), told
        for line, actual in zip(wanted, shown, strict=True):
            assert matches(line, actual), f"{told}\nwanted: {line}"


def test_there_are_stories() -> None:
    assert STORIES
