"""Nothing typed is lost: to a full disk, a busy vault, a fault of the program, or a slip of keys."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from conftest import Run
from reintegrate_cli.kept import settings

LONG = "The bus home passes the place that is not safe; another line is asked for. " * 2
STILL_HERE = "what you typed is still here; try again"
TERMS = pytest.mark.parametrize("term", ["xterm", "dumb"])
Start = Callable[..., "pexpect.spawn[str]"]

FULL_DISK = """
import errno
from reintegrate_cli.vault import files
real = files.write_all
def write_all(*given):
    if marker.exists():
        marker.unlink()
        raise OSError(errno.ENOSPC, "full")
    return real(*given)
files.write_all = write_all
"""
CRASH = """
from reintegrate_cli.kept import session
from reintegrate_cli.line import shapes
real = shapes.Work.new
def new(*given, **more):
    if marker.exists() and not session.current.rehearsing:
        marker.unlink()
        raise RuntimeError("a fault", given)
    return real(*given, **more)
shapes.Work.new = new
"""
FAULT_IN_A_QUESTION = """
from reintegrate_cli.line.questions import Question
real = Question.settle
def settle(question, text):
    if marker.exists() and len(text) > 80:
        marker.unlink()
        raise RuntimeError("a fault", text)
    return real(question, text)
Question.settle = settle
"""
CTRL_C_BETWEEN = """
from reintegrate_cli.line import interview
real = interview.question_of
calls = []
def question_of(*given, **more):
    calls.append(given)
    if len(calls) == 2:
        raise KeyboardInterrupt
    return real(*given, **more)
interview.question_of = question_of
"""


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a command in which something goes wrong once."""

    def begin(patch: str, *line: str, term: str = "xterm") -> "pexpect.spawn[str]":
        marker, program = tmp_path / "once", tmp_path / "program.py"
        marker.touch()
        program.write_text(
            f"from pathlib import Path\nmarker = Path({str(marker)!r})\n{patch}\n"
            "from reintegrate_cli.cli import run\nrun()\n"
        )
        return pexpect.spawn(
            sys.executable,
            [str(program), *line],
            env={**os.environ, "TERM": term},
            encoding="utf-8",
            timeout=30,
        )

    return begin


def ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def notes(district: Run, ref: str) -> list[str]:
    return [one["text"] for one in district("case", "show", ref, "--json").json["notes"]]


@TERMS
@pytest.mark.parametrize(
    ("patch", "said"),
    [
        (FULL_DISK, "the disk is full; nothing was saved"),
        (CRASH, "this is a fault in reintegrate; nothing was half saved"),
        (FAULT_IN_A_QUESTION, "this is a fault in reintegrate; nothing was half saved"),
    ],
    ids=["full disk", "crash", "fault in a question"],
)
def test_a_text_outlives_what_goes_wrong(
    district: Run, case: str, tmp_path: Path, start: Start, patch: str, said: str, term: str
) -> None:
    child = start(patch, "case", "note", case, term=term)
    child.expect("ends it")
    child.send(f"{LONG}\r\rAnd that is all.\x04")
    child.expect(said)
    child.expect(STILL_HERE)
    child.send("\r")
    if patch is FAULT_IN_A_QUESTION:
        child.expect("And that is all")  # it is there again, and goes on at its end
        child.send(" Really.\x04")
    child.expect("N1")
    assert ended(child) == 0
    more = " Really." if patch is FAULT_IN_A_QUESTION else ""
    assert notes(district, case) == [f"{LONG}\n\nAnd that is all.{more}"]
    vault = settings.vault_path(None)
    typed = b"place that is not safe"
    for file in tmp_path.rglob("*"):
        if file.is_file() and file != vault:
            assert typed not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("patch", "code"), [(FULL_DISK, 9), (CRASH, 1)], ids=["full disk", "crash"]
)
def test_who_does_not_try_again_is_told_once_and_nothing_is_saved(
    district: Run, case: str, start: Start, patch: str, code: int
) -> None:
    child = start(patch, "case", "note", case)
    child.expect("ends it")
    child.send(f"{LONG}\x04")
    child.expect(STILL_HERE)
    child.send("n\r")
    child.expect(pexpect.EOF)
    assert "the disk is full" not in child.before
    assert "this is a fault" not in child.before
    assert ended(child) == code
    assert notes(district, case) == []


def test_an_answer_is_changed_before_the_next_try(district: Run, case: str, start: Start) -> None:
    child = start(FULL_DISK, "case", "note", case)
    child.expect("ends it")
    child.send(f"{LONG}\x04")
    child.expect(STILL_HERE)
    child.send("change\r")
    child.expect("which answer do you want to change")
    child.send("text\r")
    child.expect("another line is asked for")
    child.send("It was late.\x04")
    assert ended(child) == 0
    assert notes(district, case) == [f"{LONG}It was late."]


@TERMS
def test_ctrl_c_between_two_questions_asks_once_and_goes_on_where_it_was(
    district: Run, case: str, start: Start, term: str
) -> None:
    child = start(CTRL_C_BETWEEN, "incident", "add", case, term=term)
    child.expect("1 of ")
    child.send(f"{LONG}\x04")
    child.expect("throw away what you typed")
    child.send("no\r")
    child.expect("2 of ")
    child.send("\x03")
    child.expect("throw away what you typed")
    child.send("yes\r")
    assert ended(child) == 130


@pytest.mark.parametrize(("kind", "code"), [("Unknown", 9), ("Unconfirmed", 6)])
def test_where_nobody_knows_whether_it_was_saved_one_looks_first(
    district: Run, case: str, start: Start, kind: str, code: int
) -> None:
    patch = "from reintegrate_cli.core import errors" + FULL_DISK.replace(
        'raise OSError(errno.ENOSPC, "full")',
        f'raise errors.{kind}("it is not known whether it was saved")',
    )
    child = start(patch, "case", "note", case)
    child.expect("ends it")
    child.send(f"{LONG}\x04")
    child.expect(r"try again \[no\]|> 3 no")
    child.send("\r")
    assert ended(child) == code


def test_in_plain_lines_a_former_answer_is_kept_by_an_empty_one(district: Run, case: str) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "checkin", "schedule", case, "--mode", "in-person"],
        env={**os.environ, "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    for asked, answer in (
        ("who is met", "student"),
        ("how often", "1w"),
        ("which day", "thu"),
        ("time of day", "12:15"),
        ("who chose this", "staff"),
    ):
        child.expect(asked)
        child.send(f"{answer}\r")
    child.expect("rule: E1")
    child.expect(r"who chose this \[staff\]")
    child.send("student\r")
    child.expect("the day they chose it")
    child.send("yesterday\r")
    child.expect("how they put it")
    child.send("Thursdays.\r.\r")
    assert ended(child) == 0
    kept: dict[str, Any] = district("case", "show", case, "--json").json["agreed"][0]
    assert (kept["words"], kept["chosen_by"]) == ("Thursdays.", "student")


@TERMS
def test_a_second_busy_vault_loses_no_text_of_the_verb_s_own(
    district: Run, case: str, start: Start, term: str
) -> None:
    """What a verb asks for besides its form is given again, however often it is tried."""
    words = {"words": "not on Mondays"}
    added = district("wish", "add", case, "--about", "schedule", "--heard-by", "lee", given=words)
    assert added.code == 0
    line = ("--with", "student", "--every", "1w", "--mode", "in-person", "--chosen-by", "student")
    made = district(
        "checkin", "schedule", case, *line, "--chosen-on", "2026-09-30", "--honors", "W1"
    )
    assert made.code == 0, made.err
    twice = FULL_DISK.replace(
        "marker.unlink()", "tries.append(1) or (len(tries) == 2 and marker.unlink())"
    )
    child = start(f"tries = []\n{twice}", "case", "step-down", case, term=term)
    child.expect("not on Mondays")
    child.expect("does this honor it, or go against it")
    child.send("despite\r")
    child.expect("why, in a sentence that the student may read")
    child.send(f"{LONG}\x04")
    for _ in range(2):
        child.expect("the disk is full")
        child.expect(STILL_HERE)
        child.send("\r")
        child.expect("does this honor it")
        child.send("despite\r")
    child.expect("step down")
    assert ended(child) == 0


@pytest.mark.parametrize(
    ("term", "place"),
    [
        ("xterm", "prompts._Asking._fitted"),
        ("xterm", "prompts._Asking._told"),
        ("xterm", "prompts._Asking._changed"),
        ("xterm", "prompts._Asking._drew"),
        ("xterm", "prompts._Asking._take"),
        ("xterm", "prompts.summed_up"),
        ("linux", "prompts._Asking._list"),
        ("dumb", "keyboard._edited"),
        ("dumb", "keyboard.shown"),
        ("dumb", "questions.Question.settle"),
    ],
)
def test_a_fault_anywhere_in_a_question_leaves_the_terminal_as_it_was(
    district: Run, case: str, tmp_path: Path, term: str, place: str
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from reintegrate_cli.line import keyboard, prompts, questions\n"
        "def fault(*given, **more):\n    raise RuntimeError(given)\n"
        f"{place} = fault\n"
        "from reintegrate_cli.cli import run\nrun()\n"
    )
    shell = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile"],
        env={**os.environ, "PS1": "ready> ", "TERM": term},
        encoding="utf-8",
        timeout=30,
    )
    shell.expect("ready> ")
    shell.sendline(f"cd {tmp_path}; bind 'set enable-bracketed-paste off'; stty -a > before")
    shell.expect("ready> ")
    shell.sendline(f"{sys.executable} {program} wish add {case}; stty -a > after; echo gone")
    shell.expect("wish add")
    shell.send("schedule\rlee\rtouch escaped\rtouch escaped\r\x04")
    shell.expect(r"this is a fault in reintegrate; nothing was half saved")
    shell.expect("\r\ngone")
    shell.expect("ready> ")
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()
    assert not (tmp_path / "escaped").exists()
    shell.close(force=True)
    assert district("case", "show", case, "--json").json["wishes"] == []
