"""Goals: what a student wants to reach, in their words, and the steps there (clause 23).

A goal is the student's own: there is no field for whose it is. What staff have to offer stands
among the options offered, beside the one that the student chose. How far it came is told by its
steps, one by one; nothing is scored.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Told, Value, row_of
from reintegrate_cli.core.rows import Undated

Horizon = Literal["short", "long"]
Status = Literal["open", "reached", "ended"]
STATUSES: tuple[Status, ...] = ("open", "reached", "ended")
# Why a goal is laid down; none of these says that anybody failed.
EndReason = Literal["another_goal", "not_now", "no_longer_wanted", "things_changed", "other"]


class Step(Value, frozen=True, kw_only=True):
    """One step toward a goal: its number in the goal, what it is, and the day it was done."""

    number: Public[int]
    text: Private[str]
    on: Public[date]
    by: Ref[str]
    done_on: Public[date | None] = None


class Goal(Record, frozen=True, kw_only=True):
    """What a student wants to reach, in their words; ``heard_by`` is who wrote it down.

    ``offered`` are the options that were laid before the student, ``chosen`` is the one taken.
    ``for_safety`` says that it has to do with being safe, ``safety`` how. ``end_words`` is what
    the student said where it ended.
    """

    case: Ref[str]
    id: Ref[str]
    horizon: Told[Public[Horizon]]
    set_on: Told[Public[date]]
    heard_by: Ref[str]
    words: Told[Private[str]]
    offered: Private[tuple[str, ...]] = ()
    chosen: Private[str] = ""
    for_safety: Public[bool] = False
    safety: Private[str] = ""
    steps: Public[tuple[Step, ...]] = ()
    reached_on: Told[Public[date | None]] = None
    ended_on: Public[date | None] = None
    reason: Public[EndReason | None] = None
    end_words: Private[str] = ""

    dated = "set_on"

    @property
    def status(self) -> Status:
        """Return whether it is still aimed at."""
        return "reached" if self.reached_on else "ended" if self.ended_on else "open"


class GoalRow(Value, frozen=True, kw_only=True):
    """A goal as lists and writes show it."""

    id: Ref[str]
    case: Ref[str]
    horizon: Public[Horizon]
    status: Public[Status]
    set_on: Public[date]
    heard_by: Ref[str]
    for_safety: Public[bool]
    steps: Public[int]
    steps_done: Public[int]
    last_step_on: Public[date | None]
    reached_on: Public[date | None]
    ended_on: Public[date | None]
    reason: Public[EndReason | None]
    words: Private[str]

    dated = "set_on"


def row(goal: Goal, today: date) -> GoalRow:
    """Return a goal with how many of its steps are done."""
    done = [step.done_on for step in goal.steps if step.done_on]
    return row_of(
        GoalRow,
        goal,
        steps=len(goal.steps),
        steps_done=len(done),
        last_step_on=max(done, default=None),
    )


def check_choice(offered: tuple[str, ...], chosen: str) -> None:
    """Require the option that the student took, where options are recorded (clause 23).

    Raises:
        Usage: it is not said which was chosen.
    """
    if offered and not chosen:
        raise Usage(
            "say which of the options the student chose",
            fields=["chosen"],
            hint="give the key chosen beside offered; it may be something that nobody offered",
        )


def with_step(goal: Goal, text: str, *, on: date, by: str) -> Goal:
    """Add a step to a goal, with the next number.

    Raises:
        Usage: the goal is reached or ended, or was set later.
    """
    check_open(goal)
    check_after(on, goal.set_on, "the goal was set")
    step = Step(number=len(goal.steps) + 1, text=text, on=on, by=by)
    return replace(goal, steps=(*goal.steps, step))


def step_done(goal: Goal, number: int, on: date) -> Goal:
    """Record that one step of a goal is done.

    Raises:
        Missing: there is no such step.
        Usage: it is done already, or the goal is no longer open.
    """
    check_open(goal)
    check_after(on, goal.set_on, "the goal was set")
    found = next((step for step in goal.steps if step.number == number), None)
    if found is None:
        raise Missing(
            f"goal {goal.case}/{goal.id} does not have that step",
            hint=f"reintegrate case show {goal.case} tells its steps",
        )
    if found.done_on is not None:
        raise Usage(f"that step of {goal.case}/{goal.id} is done already", fields=["step"])
    done = replace(found, done_on=on)
    return replace(
        goal, steps=tuple(done if step.number == number else step for step in goal.steps)
    )


def reached(goal: Goal, on: date) -> Goal:
    """Record that a goal is reached; steps that turned out not to be needed stay as they are.

    Raises:
        Usage: it is no longer open, or that day lies before it was set.
    """
    check_open(goal)
    check_after(on, goal.set_on, "the goal was set")
    return replace(goal, reached_on=on)


def ended(goal: Goal, on: date, reason: EndReason, words: str) -> Goal:
    """Lay a goal down, with the reason and what the student said.

    Raises:
        Usage: it is no longer open, or that day lies before it was set.
    """
    check_open(goal)
    check_after(on, goal.set_on, "the goal was set")
    return replace(goal, ended_on=on, reason=reason, end_words=words)


def check_open(goal: Goal) -> None:
    """Require a goal that is still worked on.

    Raises:
        Usage: it was reached, or ended.
    """
    if goal.status != "open":
        raise Usage(
            f"goal {goal.case}/{goal.id} is {goal.status} already",
            hint="add a goal that is taken up again as a new one; the old one stays",
        )


def left_open(goal: Goal, _today: date) -> Iterator[Undated]:
    """Yield a goal that is still aimed at."""
    if goal.status == "open":
        yield Undated("goal", f"goal, {goal.horizon} term")


def events(goal: Goal) -> Iterator[Event]:
    """Yield when a goal was set, which steps were done, and how it went on."""
    event = partial(event_of, goal, "goal")
    yield event(goal.set_on, f"set, {goal.horizon} term", by=goal.heard_by, text=goal.words)
    for step in goal.steps:
        if step.done_on:
            yield event(step.done_on, f"step {step.number} done", by=step.by, text=step.text)
    if goal.reached_on:
        yield event(goal.reached_on, "reached")
    if goal.ended_on:
        reason = label(goal.reason)
        yield event(goal.ended_on, f"ended: {reason}", text=goal.end_words)
