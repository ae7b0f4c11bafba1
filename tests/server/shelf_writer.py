"""A writer of test_writers: units of work through the shelf, one after another.

    python shelf_writer.py WRITER COUNT CASE

Each keeps a note in the case, a task, and a record that everybody changes. What was acknowledged is
told on a line: the ids that were given. Somebody else's turn for 5 s is told as ``busy``; anything
else ends it.
"""

import sys
from datetime import date

from reintegrate_cli.core.errors import Busy
from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept import session
from reintegrate_cli.nouns.case.record import Note
from reintegrate_cli.nouns.task.record import Task

DAY = date(2026, 10, 1)


def write(name: str, case: str) -> str:
    """Do one unit of work; return what was given, or that it was somebody else's turn."""
    session.begin(None, None)
    try:
        with session.writing("case note") as store:
            note = Note(case=case, id=store.notes.next_id(case), on=DAY, text=name)
            store.notes.put(note)
            task = Task(id=store.tasks.next_id(), case=case, due_on=DAY, owner="okafor", text=name)
            store.tasks.put(task)
            shared = store.cases.get(case)
            store.cases.put(replace(shared, grade=str(int(shared.grade or "0") + 1)))
    except Busy:
        return "busy"
    return f"{note.id} {task.id}"


def main() -> None:
    """Write so many times."""
    writer, count, case = sys.argv[1:]
    for number in range(int(count)):
        print(f"{writer}.{number}", write(f"{writer}.{number}", case), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
