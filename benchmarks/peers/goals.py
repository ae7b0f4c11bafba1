"""What is to hold, and the lines that say whether it does."""

import statistics
from dataclasses import dataclass

from measure import Measured, Spent


@dataclass(frozen=True)
class Goal:
    """A ratio that holds, or does not."""

    ours: Measured
    to: Measured
    at_most: float | None
    """Nothing where only the ratio is told."""
    peak: bool = False
    """Whether the peak memory is compared, not the CPU time."""

    def __str__(self) -> str:
        """Say it in one line."""
        (what, size), (other, base) = self.ours, self.to
        against = "its own" if what == other else other
        bound = f"at most {self.at_most:g} x" if self.at_most else "no goal, to"
        if self.at_most == 1:
            bound = "below"
        kind = "peak of " if self.peak else ""
        return f"{kind}{what} at {size:,}: {bound} {against} at {base:,}"


PEERS = ("khal", "remind", "taskwarrior", "todoman", "jrnl")
HURRIED = "jrnl, hurried"
"""Told that there is no keychain; the goal is set against it as it is installed."""
AGENDA, DONE, TASK, NOTE = "agenda", "checkin done", "task add", "case note"
WITH_FILE, UNLOCKED = "agenda, key file", "agenda, unlocked"
GOALS = (
    Goal(Measured(AGENDA, 100), Measured("jrnl", 100), 0.5),
    Goal(Measured(AGENDA, 100), Measured(HURRIED, 100), None),
    Goal(Measured(AGENDA, 10_000), Measured(AGENDA, 100), 1.15),
    Goal(Measured(AGENDA, 10_000), Measured("taskwarrior", 10_000), 1),
    Goal(Measured(AGENDA, 100_000), Measured(AGENDA, 100), 1.6),
    *(Goal(Measured(AGENDA, 100_000), Measured(peer, 100_000), 1) for peer in PEERS),
    Goal(Measured(AGENDA, 100_000), Measured(AGENDA, 100), 3, peak=True),
    Goal(Measured(DONE, 100_000), Measured(DONE, 100), 1.2),
    Goal(Measured(TASK, 1_000_000), Measured(TASK, 1_000), 1.5),
    Goal(Measured(NOTE, 1_000_000), Measured(NOTE, 1_000), 1.5),
    Goal(Measured(UNLOCKED, 100), Measured(WITH_FILE, 100), 1.2),
)


def table(found: dict[Measured, Spent]) -> None:
    """Print what every command cost, and its CPU time to that of its own smallest size."""
    smallest: dict[str, float] = {}
    print(f"\n{'':18}{'items':>10}{'CPU ms':>10}{'to own':>8}{'wall ms':>10}{'MiB':>8}{'runs':>6}")
    for name, spent in sorted(found.items(), key=lambda pair: _place(pair[0])):
        if spent.failed:
            print(f"{name.what:18}{name.size:10,}  failed: {spent.failed}")
            continue
        cpu = spent.median(peak=False)
        base = smallest.setdefault(name.what, cpu)
        print(
            f"{name.what:18}{name.size:10,}{cpu * 1000:10.1f}{cpu / base:8.2f}"
            f"{statistics.median(spent.wall) * 1000:10.1f}{spent.median(peak=True):8.1f}"
            f"{len(spent.cpu):6}"
        )


def _place(name: Measured) -> tuple[int, int]:
    order = (AGENDA, *PEERS, HURRIED, WITH_FILE, UNLOCKED, DONE, TASK, NOTE)
    return order.index(name.what), name.size


def verdicts(found: dict[Measured, Spent]) -> bool:
    """Print every goal with its ratio; say whether all that were measured hold."""
    print()
    fine = True
    for goal in GOALS:
        over, under = found.get(goal.ours), found.get(goal.to)
        if over is not None and over.failed:
            print(f"   -    FAILS         {goal}: {over.failed}")
            fine = False
            continue
        if over is None or under is None or under.failed:
            print(f"   -    not measured  {goal}")
            continue
        ratio = over.median(peak=goal.peak) / under.median(peak=goal.peak)
        if goal.at_most is None:
            print(f"{ratio:6.2f}  {'':12}  {goal}")
            continue
        # "Below" and the peak are strict.
        holds = ratio < goal.at_most if goal.peak or goal.at_most == 1 else ratio <= goal.at_most
        fine = fine and holds
        print(f"{ratio:6.2f}  {'holds' if holds else 'FAILS':12}  {goal}")
    return fine
