"""``task``: something to do by a day."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import PAST, Option
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    CaseRef,
    Form,
    Private,
    Public,
    Ref,
    Sensitivity,
    Staffer,
    Worker,
    check_id,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists
from reintegrate_cli.line.verbs import IdArg, verb
from reintegrate_cli.nouns.contact import knowing
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewTask(Form, kw_only=True):
    """What ``task add`` takes."""

    due_on: Annotated[Public[date], Option("--due"), "the day it is to be done by"]
    case: Annotated[Ref[CaseRef | None], "the case it belongs to"] = None
    owner: Annotated[Ref[Worker | None], "who does it; you if left out"] = None
    text: Annotated[Private[str], "what is to be done"]


class EditTask(Form, kw_only=True):
    """What ``task edit`` takes: what is given replaces what was there."""

    asks_when_bare: ClassVar[bool] = True

    due_on: Annotated[Public[date | None], Option("--due"), "the day it is to be done by"] = None
    case: Annotated[Ref[CaseRef | None], "the case it belongs to"] = None
    owner: Annotated[Ref[Worker | None], "who does it"] = None
    text: Annotated[Private[str], "what is to be done"] = ""


class DoneTask(Form, kw_only=True):
    """What ``task done`` takes."""

    on: Annotated[Public[date | None], PAST, "the day it was done; today if left out"] = None
    by: Annotated[Ref[Staffer | None], "who did it; you if left out"] = None


COLUMNS = (
    Column("id", lambda task: task.id),
    Column("case", lambda task: task.case),
    Column("due", lambda task: task.due_on),
    Column("owner", lambda task: task.owner),
    Column("status", lambda task: task.status),
)


@adds("task")
def add(work: Work, given: NewTask) -> Task:
    """Add a task; what it is about is asked for, and stays out of lists.

    Example: reintegrate task add --due fri --case HX4T
    """
    if given.case and given.owner:
        knowing.warn(work.store, given.case, given.owner)
    return work.new(Task, given, owner=given.owner or work.you)


@verb("task", "show")
def show_(id_: IdArg) -> None:
    """Show one task with what it is about; of a case, that it was read goes into the history.

    Example: reintegrate task show T1
    """
    with session.writing() as store:
        task = _task(store, id_)
        if task.case is not None:
            store.touch(task.case)
            store.touch(task.id)
    show(task, upto=Sensitivity.PRIVATE)


def _task(store: "Store", id_: str) -> Task:
    return store.tasks.get(check_id(id_.rpartition("/")[2]))


def _done_already(task: Task) -> Usage:
    return Usage(f"task {task.id} was done on {task.done_on} already")


@changes("task", "edit", edits=(Task,))
def edit(work: Work, task: Task, given: EditTask) -> Task:
    """Change a task: what you give replaces what was there; the history keeps the former.

    Example: reintegrate task edit T1 --due +1w --owner lee
    """
    if task.done_on is not None:
        raise _done_already(task)
    changed = edited(task, given)
    if changed.case is not None and (changed.case, changed.owner) != (task.case, task.owner):
        knowing.warn(work.store, changed.case, changed.owner)
    return changed


@verb("task", "done")
def done(id_: IdArg, given: DoneTask) -> None:
    """Record that a task is done.

    Example: reintegrate task done T1
    """
    with session.writing() as store:
        task = _task(store, id_)
        done = replace(task, done_on=given.on or session.today(), done_by=given.by or store.by)
        if task.done_on is None:
            task = store.tasks.put(done)
        elif (given.on or given.by) and (task.done_on, task.done_by) != (
            done.done_on,
            done.done_by,
        ):
            raise _done_already(task)
        else:
            say(f"task {task.id} was done already")
    show(task)


@lists(
    "task",
    COLUMNS,
    ("open", "done"),
    hides="done",
    empty="no task is open",
    narrow={"owners": lambda task: (task.owner,), "covered": True},
)
def list_(work: Work, tasks: list[Task]) -> list[Task]:
    """List the tasks that are open; --status done lists the others.

    Example: reintegrate task list --owner okafor
    """
    return tasks
