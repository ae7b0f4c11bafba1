"""Several processes that write to one database at once: nothing is lost, and nothing is twice."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.kept import session
from thoroughness import LONG

pytestmark = pytest.mark.needs("postgres")

WRITERS = 4
UNITS = 150 if LONG else 10
COMMANDS = 8
PROGRAM = Path(__file__).parent / "shelf_writer.py"


@pytest.fixture
def vault_named(database: str) -> str:
    return database


def test_what_is_acknowledged_is_there_once_and_no_id_is_given_twice(
    district: Run, case: str
) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, str(PROGRAM), str(number), str(UNITS), case],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    told = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * WRITERS, told
    lines = [line.split() for out, _ in told for line in out.splitlines()]
    assert len(lines) == WRITERS * UNITS
    kept = {name: ids for name, *ids in lines if ids != ["busy"]}
    assert len(kept) >= UNITS
    session.begin(None, None)
    with session.reading() as store:
        notes, tasks = store.notes.all(case=case), store.tasks.all()
        grade = store.cases.get(case).grade
    assert {note.text: note.id for note in notes} == {name: ids[0] for name, ids in kept.items()}
    assert {task.text: task.id for task in tasks} == {name: ids[1] for name, ids in kept.items()}
    assert len(notes) == len(tasks) == len(kept)
    for place in (0, 1):
        assert max(Counter(ids[place] for ids in kept.values()).values()) == 1
    # Each added one to what stood there: had anybody written over another's, it would be less.
    assert grade == str(len(kept))
    assert district("vault", "verify").code == 0


def test_commands_at_once_wait_for_each_other(district: Run) -> None:
    line = [sys.executable, "-m", "reintegrate_cli", "task", "add", "--due", "fri", "--json"]
    processes = [
        subprocess.Popen(
            [*line, "--from", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(COMMANDS)
    ]
    for number, process in enumerate(processes):
        assert process.stdin is not None
        process.stdin.write(json.dumps({"text": f"task {number}"}))
        process.stdin.close()
        process.stdin = None
    told = [process.communicate() for process in processes]
    codes = [process.returncode for process in processes]
    assert set(codes) <= {0, 6}, told  # 6: it was the others' turn for 5 seconds
    given = {
        f"task {number}": json.loads(out)["id"]
        for number, (code, (out, _)) in enumerate(zip(codes, told, strict=True))
        if code == 0
    }
    session.begin(None, None)
    with session.reading() as store:
        assert {task.text: task.id for task in store.tasks.all()} == given
    assert len({*given.values()}) == len(given) > 0
