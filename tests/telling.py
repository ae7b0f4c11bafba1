"""Transcripts that run: each story is a test, a snapshot and an example at once.

A line that begins with ``$`` is typed; what follows is what comes back, stdout first, then
stderr. ``...`` alone stands for any lines, ``[...]`` for the rest of one. ``< {...}`` gives
``--from -`` its object, ``? N`` demands an exit code (0 where there is none), and ``@``
demands a mail with that first line, or ``@ none``. ``REF`` is the ref of the case that the
story opened; ``% cast`` lets the people of the reference month arrive, and ``% file NAME`` writes
a file of the ``<`` lines after it. Lines that begin with ``#`` tell the story.

In a story with a clock, ``= 6. Thu 1 Oct 11:00. Told so`` is an event with its number, or without
one; the machine's clock stands there from then on. ``~ 13. kind: told so`` is one that is left
out. ``> question | answer`` makes the command before it one at a terminal: the answer is typed
once the question is there; ``>`` alone, that nothing is asked there.
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import people
from conftest import Ended, Run
from reintegrate_cli.kept import session

YEAR = 2026
EVENT = re.compile(r"= (?:(?P<number>\d+a?)\. )?(?P<at>\w{3} \d+ \w{3} \d\d:\d\d)\. .+")
LEFT_OUT = re.compile(r"~ (?P<number>\d+)\. (?P<kind>[\w ]+): .+")


@dataclass
class Step:
    """A line of a story that does something, and what has to come of it."""

    line: str
    given: str = ""
    code: int = 0
    expected: list[str] = field(default_factory=list)
    mail: str | None = None
    at_terminal: bool = False
    answers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def event(self) -> tuple[str, datetime] | None:
        """The number of an event, empty if it has none, and its moment."""
        if (found := EVENT.fullmatch(self.line)) is None:
            return None
        at = datetime.strptime(f"{found['at']} {YEAR}", "%a %d %b %H:%M %Y")  # noqa: DTZ007
        assert f"{at:%a}" == found["at"][:3], f"{self.line}: that day is a {at:%A}"
        return found["number"] or "", at

    @property
    def left_out(self) -> tuple[str, str] | None:
        """The number of an event that does not run, and the kind of it."""
        found = LEFT_OUT.fullmatch(self.line)
        return (found["number"], found["kind"]) if found is not None else None


def steps(text: str) -> Iterator[Step]:
    """Read the steps of a story."""
    step: Step | None = None
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind in ("$", "%", "=", "~"):
            if step is not None:
                yield step
            step = Step(rest if kind == "$" else line)
        elif not line.strip() or line.startswith("#"):
            continue
        else:
            assert step is not None, f"nothing was typed yet: {line}"
            if kind == "<":
                step.given += ("\n" if step.given else "") + rest
            elif kind == "?":
                step.code = int(rest)
            elif kind == "@":
                step.mail = rest
            elif kind == ">":
                step.at_terminal = True
                question, asked, answer = rest.partition(" | ")
                step.answers += [(question, answer)] if asked else []
            else:
                step.expected.append(line.rstrip())
    if step is not None:
        yield step


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


def first_line(message: bytes) -> str:
    """Read the first line of a mail."""
    return message.partition(b"\r\n\r\n")[2].partition(b"\r\n")[0].decode()


class Teller:
    """Tells stories: types what they type, and looks at what comes back.

    Args:
        run: what runs a command.
        server: the office's mail server.
        folder: where the files of the story are.
        named: how the story calls the case that it opens.
    """

    def __init__(self, run: Run, server: Any, folder: Path, named: str = "REF") -> None:
        self.run, self.server, self.folder, self.named = run, server, folder, named
        self.ref = ""
        self.mails = 0

    def tell(self, step: Step) -> None:
        """Do one step of a story, and require what it expects."""
        if step.line == "% cast":
            session.begin(None, None)
            with session.writing("cast") as store:
                people.arrive(store)
        elif step.line.startswith("% file "):
            file = self.folder / step.line.removeprefix("% file ")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{step.given}\n", encoding="utf-8")
        else:
            self._typed(step)

    def _typed(self, step: Step) -> None:
        line = self.renamed(step.line)
        ended = self.ended(step, line)
        lines = [" ".join(one.split()) for one in (ended.out + ended.err).splitlines()]
        shown = "".join(f"{one}\n" for one in lines if one)
        if (
            " case add " in line
            and not self.ref
            and (opened := re.search(r"^ref (\S{4})$", shown, re.M))
        ):
            self.ref = opened[1]
        told = f"{step.line}\n{shown}"
        assert ended.code == step.code, told
        wanted = [self.renamed(one) for one in step.expected]
        assert re.fullmatch(pattern(wanted), shown), told
        if step.mail is not None:
            new = self.server.handler.messages[self.mails :]
            assert [first_line(one) for one in new] == ([] if step.mail == "none" else [step.mail])
        self.mails = len(self.server.handler.messages)

    def renamed(self, text: str) -> str:
        """Return a text with the ref that the case has in this run."""
        return text.replace(self.named, self.ref or self.named)

    def ended(self, step: Step, line: str) -> Ended:
        """Run the command of a step; return how it ended."""
        assert not step.at_terminal, "this story has no terminal"
        words = shlex.split(line.replace("PORT", str(self.server.port)))
        assert words[0] == "reintegrate"
        given = json.loads(self.renamed(step.given)) if step.given else None
        return self.run(*words[1:], given=given)
