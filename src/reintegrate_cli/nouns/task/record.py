"""Plain tasks: something to do by a day, with or without a case."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.records import WORK, Private, Public, Record, Ref, Slug
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

RETURN = "return"
"""What a task is about that brings a student back to the placement (G7)."""


class Task(Record, frozen=True, kw_only=True):
    """Something to do. What it is about is narrative, so lists show the id and the day."""

    id: Ref[str]
    case: Ref[str | None] = None
    due_on: Public[date]
    owner: Annotated[Ref[Slug], WORK]
    text: Private[str]
    done_on: Public[date | None] = None
    done_by: Ref[str] = ""
    about: Public[str | None] = None
    """What it is for, where a command made it: ``labor/Juniper`` is a search for a partner."""

    dated = "due_on"

    @property
    def status(self) -> str:
        """Return whether it is still to be done."""
        return "done" if self.done_on else "open"


def dates(task: Task, world: World) -> Iterator[Dated]:
    """Yield the day of a task that is still open."""
    if task.done_on is None:
        yield world.row(
            task.case,
            task.id,
            label=f"task {task.id}",
            command=f"reintegrate task done {task.id}",
            due_on=task.due_on,
            kind="task",
            owner=task.owner,
        )


def events(task: Task) -> Iterator[Event]:
    """Yield when a task was done."""
    if task.done_on and task.case:
        yield event_of(task, "task", task.done_on, "done", by=task.done_by, text=task.text)
