"""``goal``: what a student wants to reach, in their words, step by step."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.hints import FLAG, PAST, PROSE, TODAY, YOU, Option, Within
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Form, Person, Private, Public, Ref
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.goal import record as rules
from reintegrate_cli.nouns.goal.record import STATUSES, EndReason, Goal, GoalRow, Horizon

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewGoal(Form, kw_only=True):
    """What ``goal add`` takes."""

    horizon: Annotated[Public[Horizon], "short or long term"]
    heard_by: Annotated[Ref[Person], YOU, "who wrote it down"]
    set_on: Annotated[Public[date], PAST, TODAY, Option("--on"), "the day it was said"]
    for_safety: Annotated[Public[bool | None], FLAG, "it has to do with being safe"] = None
    words: Annotated[Private[str], PROSE, "what the student wants to reach, word for word"]
    offered: Annotated[
        Private[tuple[str, ...]], PROSE, "the options that were offered, one a line"
    ] = ()
    chosen: Annotated[Private[str], "the option that the student chose, if any were offered"] = ""
    safety: Annotated[Private[str], "how it makes the student safer"] = ""


class NewStep(Form, kw_only=True):
    """What ``goal step`` takes."""

    text: Annotated[Private[str], "the step, as the student puts it"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was agreed"]


class DoneGoal(Form, kw_only=True):
    """What ``goal done`` takes."""

    step: Annotated[
        Public[int | None], Within(1, 999), "the number of a step; the whole goal if left out"
    ] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it was done"]


class EndGoal(Form, kw_only=True):
    """What ``goal end`` takes."""

    reason: Annotated[Public[EndReason], "why it ended"]
    on: Annotated[Public[date], PAST, TODAY, "the day it ended"]
    words: Annotated[Private[str], PROSE, "what the student said about it"] = ""


COLUMNS = (
    Column("case", lambda goal: goal.case),
    Column("id", lambda goal: goal.id),
    Column("horizon", lambda goal: goal.horizon),
    Column("set", lambda goal: goal.set_on),
    Column("steps", lambda goal: _progress(goal.steps_done, goal.steps), True),
    Column("last step", lambda goal: goal.last_step_on),
    Column("status", lambda goal: goal.status),
)


@adds("goal", row=rules.row, then=("goal step {ref} {id}",))
def add(work: Work, given: NewGoal) -> Goal:
    """Keep a goal in the student's own words, with the options offered beside the one chosen.

    Example: reintegrate goal add HX4T --horizon short
    """
    rules.check_choice(given.offered, given.chosen)
    return work.new(Goal, given, for_safety=bool(given.for_safety or given.safety))


@changes("goal", "step", row=rules.row)
def step(work: Work, goal: Goal, given: NewStep) -> Goal:
    """Add a step toward a goal; it gets the next number.

    Example: reintegrate goal step HX4T G1
    """
    return rules.with_step(goal, given.text, on=given.on, by=work.you)


@changes("goal", "done", row=rules.row)
def done(work: Work, goal: Goal, given: DoneGoal) -> Goal:
    """Record that a step is done, or that the goal itself is reached.

    Example: reintegrate goal done HX4T G1 --step 2
    """
    if given.step is None:
        return rules.reached(goal, given.on)
    return rules.step_done(goal, given.step, given.on)


@changes("goal", "end", row=rules.row)
def end(work: Work, goal: Goal, given: EndGoal) -> Goal:
    """End a goal, with the reason; what was done stays in the record.

    Example: reintegrate goal end HX4T G1 --reason another_goal
    """
    return rules.ended(goal, given.on, given.reason, given.words)


@lists("goal", COLUMNS, STATUSES)
def list_(work: Work, goals: list[Goal]) -> list[GoalRow]:
    """List goals and how many steps are done; the words are in case show.

    Example: reintegrate goal list --status open
    """
    return [rules.row(goal, work.today) for goal in goals]


def section(store: "Store", ref: str) -> Section:
    """The goals of one case, those still aimed at first."""
    goals = sorted(store.of(Goal).all(case=ref), key=lambda goal: goal.status != "open")
    pairs = [pair for goal in goals for pair in _told(goal)]
    return Section({"goals": goals}, heading="goals", pairs=pairs)


def _told(goal: Goal) -> Iterator[tuple[str, str]]:
    now = "" if goal.status == "open" else f", {goal.status}"
    yield f"{goal.id} {goal.horizon} term{now}, {short_date(goal.set_on)}", goal.words
    if goal.offered:
        yield "  offered", "; ".join(goal.offered)
        yield "  chosen", goal.chosen
    if goal.for_safety:
        yield "  for safety", goal.safety or "yes"
    for step in goal.steps:
        done = f", done {short_date(step.done_on)}" if step.done_on else ""
        yield f"  step {step.number}{done}", step.text
    if goal.ended_on:
        yield "  ended", f"{label(goal.reason)}. {goal.end_words}".strip()


def _progress(done: int, steps: int) -> str:
    return f"{done} of {steps} done" if steps else "none yet"
