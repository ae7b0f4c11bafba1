"""Tasks that a command makes: each once for what it is about, for who is still here."""

from datetime import date

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.line.shapes import Work
from reintegrate_cli.nouns.task.record import Task


def make(work: Work, about: str, text: str, due_on: date, owner: str = "") -> None:
    """Add a task to the case of a command, and tell of it; nothing if it is there already.

    Args:
        work: the run of the command.
        about: what it is for.
        text: what is to be done.
        due_on: its day.
        owner: whose it is; the case's owner if left out.
    """
    tasks = work.store.tasks
    if about in {task.about for task in tasks.all(case=work.ref)}:
        return
    owner = owner or work.store.cases.get(work.ref).owner
    task = Task(
        id=tasks.next_id(),
        case=work.ref,
        due_on=due_on,
        owner=work.store.takes_on(owner, work.today),
        text=text,
        about=about,
    )
    work.say(f"{tasks.put(task).id}, due {explain_date(due_on, work.today)}: {text}")
