"""Run commands to their end, and keep what they cost."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from programs import Question, open_or_nothing

FEWEST_ROUNDS = 3


class Failed(Exception):
    """A command failed, or gave another answer than all must give."""


class Measured(NamedTuple):
    """What was measured, and on how many items."""

    what: str
    size: int


@dataclass
class Spent:
    """What the rounds of one command cost."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    failed: str = ""
    """Why there are no more rounds."""

    def median(self, *, peak: bool) -> float:
        """Give the seconds of CPU time, or the MiB of peak memory."""
        return statistics.median(self.peak if peak else self.cpu)


Ask = Callable[[int], Question]
"""Gives the command line of a round."""


@dataclass
class Bench:
    """The rounds of this run, and what they cost."""

    rounds: int
    seconds: float
    found: dict[Measured, Spent] = field(default_factory=dict)

    def measure(self, group: dict[Measured, Ask]) -> None:
        """Run a group of commands in turns, so that a busy moment falls on all alike.

        A command that has used up its seconds rests, once it ran a few times.
        """
        for turn in range(-1, self.rounds):  # the first is not counted: it warms the disk
            for name, ask in group.items():
                spent = self.found.setdefault(name, Spent())
                enough = len(spent.wall) >= FEWEST_ROUNDS and sum(spent.wall) > self.seconds
                if enough or spent.failed:
                    continue
                try:
                    cpu, wall, peak = spend(ask(turn + 1))
                except Failed as reason:
                    spent.failed = str(reason)
                    continue
                if turn >= 0:
                    spent.cpu.append(cpu)
                    spent.wall.append(wall)
                    spent.peak.append(peak)


def spend(question: Question) -> tuple[float, float, float]:
    """Run one command to its end; give its CPU time, its wall time and its peak in MiB.

    All that it started and waited for is counted with it.

    Raises:
        Failed: it ended with an error, or its answer is not the one that all must give.
    """
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        open_or_nothing(question.stdin) as given,
    ):
        start = time.perf_counter()
        process = subprocess.Popen(
            question.line,
            env=question.env,
            stdin=given,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said = out.read().decode(errors="replace")
        if process.returncode:
            last = err.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise Failed(f"exit {process.returncode}: {last[:200]}")
    listed = question.count(said)
    if listed != question.expected:
        raise Failed(f"it lists {listed} items, not {question.expected}")
    bytes_of = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * bytes_of / 2**20
