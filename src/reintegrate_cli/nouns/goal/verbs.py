"""``goal``: what a student wants to reach, in their words, step by step."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.goal import record as goals
from reintegrate_cli.nouns.goal.forms import DoneGoal, EndGoal, NewGoal, NewStep
from reintegrate_cli.nouns.goal.record import Goal, GoalRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("horizon", lambda one: one.horizon),
    Column("set", lambda one: one.set_on),
    Column("steps", lambda one: _progress(one.steps_done, one.steps), True),
    Column("last step", lambda one: one.last_step_on),
    Column("status", lambda one: one.status),
)


@verb("goal", "add")
def add(ref: RefArg, given: NewGoal) -> None:
    """Keep a goal in the student's own words, with the options offered beside the one chosen.

    Example: reintegrate goal add HX4T --horizon short
    """
    ref = check_case_ref(ref)
    goals.check_choice(given.offered, given.chosen)
    with session.writing("goal add") as store:
        store.cases.get(ref)
        kept = store.of(Goal)
        goal = Goal(
            case=ref,
            id=kept.next_id(ref),
            horizon=given.horizon,
            set_on=given.set_on or session.today(),
            heard_by=store.person(given.heard_by) if given.heard_by else store.by,
            words=given.words,
            offered=given.offered,
            chosen=given.chosen,
            for_safety=bool(given.for_safety or given.safety),
            safety=given.safety,
        )
        goal = kept.put(goal)
    show(goals.row(goal))


def _change(ref: str, id_: str, command: str, change: "Callable[[Store, Goal], Goal]") -> None:
    ref = check_case_ref(ref)
    with session.writing(command) as store:
        store.cases.get(ref)
        goal = store.of(Goal).get(ref, check_id(id_, ref))
        goal = store.of(Goal).put(change(store, goal))
    show(goals.row(goal))


@verb("goal", "step")
def step(ref: RefArg, id_: IdArg, given: NewStep) -> None:
    """Add a step toward a goal; it gets the next number.

    Example: reintegrate goal step HX4T G1
    """
    on = given.on or session.today()
    _change(
        ref,
        id_,
        "goal step",
        lambda store, goal: goals.with_step(goal, given.text, on=on, by=store.by),
    )


@verb("goal", "done")
def done(ref: RefArg, id_: IdArg, given: DoneGoal) -> None:
    """Record that a step is done, or that the goal itself is reached.

    Example: reintegrate goal done HX4T G1 --step 2
    """
    on = given.on or session.today()

    def change(_: "Store", goal: Goal) -> Goal:
        if given.step is None:
            return goals.reached(goal, on)
        return goals.step_done(goal, given.step, on)

    _change(ref, id_, "goal done", change)


@verb("goal", "end")
def end(ref: RefArg, id_: IdArg, given: EndGoal) -> None:
    """Lay a goal down, with the reason; what was done stays in the record.

    Example: reintegrate goal end HX4T G1 --reason another_goal
    """
    on = given.on or session.today()
    _change(ref, id_, "goal end", lambda _, goal: goals.ended(goal, on, given.reason, given.words))


@verb("goal", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List goals and how many steps are done; the words stand in case show.

    Example: reintegrate goal list --status open
    """
    with session.reading() as store:
        found = store.of(Goal).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        rows = [goals.row(one) for one in found]
        rows = narrowed(rows, filters, store, statuses=goals.STATUSES)
    show(rows, COLUMNS, empty="no goal is on record", kind=GoalRow)


def section(store: "Store", ref: str) -> Section:
    """The goals of one case, those still aimed at first."""
    found = sorted(store.of(Goal).all(case=ref), key=lambda one: one.status != "open")
    pairs = [pair for goal in found for pair in _told(goal)]
    return Section({"goals": found}, pairs=pairs, first=True)


def _told(goal: Goal) -> Iterator[tuple[str, str]]:
    now = "" if goal.status == "open" else f", {goal.status}"
    yield f"{goal.id} {goal.horizon} term{now}, {short_date(goal.set_on)}", goal.words
    if goal.offered:
        yield "  offered", "; ".join(goal.offered)
        yield "  chosen", goal.chosen
    if goal.for_safety:
        yield "  for safety", goal.safety or "yes"
    for one in goal.steps:
        done = f", done {short_date(one.done_on)}" if one.done_on else ""
        yield f"  step {one.number}{done}", one.text
    if goal.ended_on:
        yield "  laid down", f"{(goal.reason or '').replace('_', ' ')}. {goal.end_words}".strip()


def _progress(done: int, steps: int) -> str:
    return f"{done} of {steps} done" if steps else "none yet"
