"""Two people on one record: who answered by what was there before is told, and loses nothing."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from conftest import Ended, Run
from reintegrate_cli.core.errors import Busy
from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept import session

STILL_HERE = "what you typed is still here; try again"
TERMS = pytest.mark.parametrize("term", ["xterm", "dumb"])
Other = Callable[..., Ended]


@pytest.fixture
def lee(district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Other:
    """Run a command as Lee, who has a key of their own."""
    key = str(tmp_path / "lee")
    assert district("vault", "key", "add", "--for", "lee", "--key-file", key).code == 0

    def run(*line: str, **more: Any) -> Ended:
        with monkeypatch.context() as patch:
            patch.setenv("REINTEGRATE_KEY_FILE", key)
            patch.setattr(session, "current", session.current)
            ended = district(*line, **more)
        assert ended.code == 0, ended.err
        return ended

    return run


def spawn(*line: str, term: str = "xterm") -> "pexpect.spawn[str]":
    return pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        env={**os.environ, "TERM": term, "COLUMNS": "200"},
        encoding="utf-8",
        timeout=10,
    )


TOLD = "a way home that is quiet"


@pytest.fixture
def task(district: Run, case: str) -> str:
    """A task about a case; its id."""
    line = ("task", "add", "--case", case, "--due", "2026-10-09", "--json")
    id_: str = district(*line, given={"text": "x"}, today="2026-10-05").json["id"]
    return id_


def answering(task: str, term: str = "xterm") -> "pexpect.spawn[str]":
    """Begin to change what a task says, and stop before the end of the answer."""
    child = spawn("task", "edit", task, term=term)
    child.expect("Enter leaves it out")
    return child


def answered(child: "pexpect.spawn[str]") -> None:
    child.send(f"Find {TOLD}.\r")


def moved(lee: Other, task: str, *line: str) -> None:
    lee("task", "edit", task, *line, today="2026-10-05")


def ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def kept(task: str) -> tuple[str, str, bool]:
    """Give what a task says by now: its day, its owner, and whether the answer is in it."""
    session.begin(None, None)
    with session.reading() as store:
        record = store.tasks.get(task)
    return str(record.due_on), record.owner, TOLD in record.text


@TERMS
def test_who_is_second_is_told_what_changed_and_by_whom_and_goes_on(
    lee: Other, task: str, term: str
) -> None:
    child = answering(task, term)
    moved(lee, task, "--due", "2026-10-13")
    answered(child)
    child.expect(f"lee changed the task {task} with task edit while you answered: due on")
    child.expect("reintegrate task list shows them")
    child.expect(STILL_HERE)
    child.send("\r")
    assert ended(child) == 0
    assert kept(task) == ("2026-10-13", "okafor", True)


def test_who_does_not_go_on_has_changed_nothing(lee: Other, task: str) -> None:
    child = answering(task)
    moved(lee, task, "--due", "2026-10-13")
    answered(child)
    child.expect(STILL_HERE)
    child.send("n\r")
    assert ended(child) == 6
    assert kept(task) == ("2026-10-13", "okafor", False)


def test_what_changed_again_is_told_again(lee: Other, task: str) -> None:
    child = answering(task)
    moved(lee, task, "--due", "2026-10-13")
    answered(child)
    child.expect("while you answered: due on")
    child.expect(STILL_HERE)
    moved(lee, task, "--due", "2026-10-14", "--owner", "lee")
    child.send("\r")
    child.expect("while you answered: due on, owner")
    child.expect(STILL_HERE)
    child.send("\r")
    assert ended(child) == 0
    assert kept(task) == ("2026-10-14", "lee", True)


def test_work_on_other_records_of_the_case_is_nobodys_business(
    lee: Other, case: str, task: str
) -> None:
    child = answering(task)
    lee("case", "note", case, given={"text": "Asked for a quiet place."})
    lee("case", "edit", case, "--grade", "10")
    lee("task", "add", "--case", case, "--due", "fri", given={"text": "x"})
    answered(child)
    assert ended(child) == 0
    assert kept(task) == ("2026-10-09", "okafor", True)


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch, district: Run, case: str) -> Callable[[], Any]:
    """Begin a command of one's own that has looked at a case; take it up again, later."""
    session.begin(None, None)
    session.current.watch()
    with session.reading() as store:
        store.cases.get(case.lower())
        store.staff.find("Hale")
    own = session.current

    @contextmanager
    def again() -> Iterator[Any]:
        with monkeypatch.context() as patch:
            patch.setattr(session, "current", own)
            with session.writing("case edit") as store:
                yield store

    return again


def regraded(store: Any, case: str, grade: str) -> None:
    store.cases.put(replace(store.cases.get(case), grade=grade))


def test_one_that_others_only_read_is_written(mine: Any, lee: Other, case: str) -> None:
    lee("case", "show", case)
    with mine() as store:
        regraded(store, case, "9")
    with mine() as store:  # a second unit of work of the same command is no stranger's
        regraded(store, case, "10")


def test_a_record_that_was_added_or_is_gone_is_told_too(mine: Any, lee: Other, case: str) -> None:
    lee("staff", "add", "hale", "--role", "school_nurse")
    with pytest.raises(Busy) as told, mine() as store:
        store.staff.put(replace(store.staff.get("hale"), role="teacher"))
    assert (
        told.value.message == "lee added the member of staff hale with staff add while you answered"
    )
    session.begin(None, None)
    with session.writing("case edit") as store:
        store.shelf.delete("cases", [case])
        store.note_change("cases", [case], {"ref": case}, None)
    with pytest.raises(Busy) as told, mine() as store:
        store.note_change("cases", [case], None, None)
    assert told.value.message == f"okafor removed the case {case} with case edit while you answered"


def test_each_record_is_told_once(mine: Any, lee: Other, case: str) -> None:
    lee("case", "edit", case, "--grade", "10", "--school", "Foothill", "--disability", "idea")
    with pytest.raises(Busy) as told, mine() as store:
        regraded(store, case, "9")
    assert told.value.message == (
        f"lee changed the case {case} with case edit while you answered: disability, grade, school"
    )
    assert told.value.code == 6
    with mine() as store:
        regraded(store, case, "9")
        assert store.cases.get(case).school == "Foothill"


def test_a_line_that_asks_nothing_has_no_witness(district: Run, case: str) -> None:
    assert district("case", "edit", case, "--grade", "10").code == 0
    assert session.current.witness is None
