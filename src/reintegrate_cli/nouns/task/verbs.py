"""``task``: something to do by a day."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Sensitivity, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, narrowed, verb
from reintegrate_cli.nouns.contact import knowing
from reintegrate_cli.nouns.task.forms import DoneTask, EditTask, NewTask
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("id", lambda one: one.id),
    Column("case", lambda one: one.case),
    Column("due", lambda one: one.due_on),
    Column("owner", lambda one: one.owner),
    Column("status", lambda one: one.status),
)


@verb("task", "add")
def add(given: NewTask) -> None:
    """Add a task; what it is about is asked for, and stays out of lists.

    Example: reintegrate task add --due fri --case HX4T
    """
    with session.writing("task add") as store:
        case = store.cases.get(given.case).ref if given.case else None
        owner = store.staff.get(given.owner).slug if given.owner else store.by
        if case is not None and given.owner:
            knowing.warn(store, case, owner)
        task = Task(
            id=store.tasks.next_id(),
            case=case,
            due_on=given.due_on,
            owner=owner,  # type: ignore[arg-type]
            text=given.text,
        )
        task = store.tasks.put(task)
    show(task)


@verb("task", "show")
def show_(id_: IdArg) -> None:
    """Show one task with what it is about; of a case, that it was read goes into the history.

    Example: reintegrate task show T1
    """
    with session.writing("task show") as store:
        task = _task(store, id_)
        if task.case is not None:
            store.touch(task.case)
            store.touch(task.id)
    show(task, upto=Sensitivity.PRIVATE)


def _task(store: "Store", id_: str) -> Task:
    return store.tasks.get(check_id(id_.rpartition("/")[2]))


@verb("task", "edit", edits=(Task,))
def edit(id_: IdArg, given: EditTask) -> None:
    """Change a task: what is given replaces what stands; the history keeps the former.

    Example: reintegrate task edit T1 --due +1w --owner lee
    """
    with session.writing("task edit") as store:
        former = _task(store, id_)
        if former.done_on is not None:
            raise Usage(f"task {former.id} was done on {former.done_on.isoformat()} already")
        task = cleared(former, given)
        case = store.cases.get(given.case).ref if given.case else task.case
        owner = store.staff.get(given.owner).slug if given.owner else task.owner
        if case is not None and (case, owner) != (former.case, former.owner):
            knowing.warn(store, case, owner)
        task = replace(
            task,
            case=case,
            due_on=given.due_on or task.due_on,
            owner=owner,
            text=given.text or task.text,
        )
        task = store.tasks.put(task)
    show(task)


@verb("task", "done")
def done(id_: IdArg, given: DoneTask) -> None:
    """Record that a task is done.

    Example: reintegrate task done T1
    """
    with session.writing("task done") as store:
        task = _task(store, id_)
        by = store.staff.get(given.by).slug if given.by else store.by
        done = replace(task, done_on=given.on or session.today(), done_by=by)
        if task.done_on is None:
            task = store.tasks.put(done)
        elif (given.on or given.by) and (task.done_on, task.done_by) != (done.done_on, by):
            raise Usage(f"task {task.id} was done on {task.done_on.isoformat()} already")
        else:
            say(f"task {task.id} was done already")
    show(task)


@verb("task", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the tasks that are open; --status done lists the others.

    Example: reintegrate task list --owner okafor
    """
    with session.reading() as store:
        tasks = store.tasks.all()
        if filters.status is None:
            tasks = [task for task in tasks if task.status == "open"]
        tasks = narrowed(
            tasks, filters, store, statuses=("open", "done"), owners=lambda row: (row.owner,)
        )
    show(tasks, COLUMNS, empty="no task is open", kind=Task)
