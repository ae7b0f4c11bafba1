"""``task``: something to do by a day."""

import dataclasses

from reintegrate_cli import session
from reintegrate_cli.commands import knowing
from reintegrate_cli.commands.verbs import Filters, IdArg, narrowed, verb
from reintegrate_cli.errors import Usage
from reintegrate_cli.forms.task import DoneTask, NewTask
from reintegrate_cli.output import Column, say, show
from reintegrate_cli.records import check_id
from reintegrate_cli.tasks import Task

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


@verb("task", "done")
def done(id_: IdArg, given: DoneTask) -> None:
    """Record that a task is done.

    Example: reintegrate task done T1
    """
    with session.writing("task done") as store:
        task = store.tasks.get(check_id(id_.rpartition("/")[2]))
        by = store.staff.get(given.by).slug if given.by else store.by
        done = dataclasses.replace(task, done_on=given.on or session.today(), done_by=by)
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
