"""Several lines at once are one answer to the question that waits, however the terminal sends them."""

import os
import sys
import time
from pathlib import Path

import pexpect
import pytest

from conftest import Run
from reintegrate_cli.line import pasting
from reintegrate_cli.line.pasting import TOLD, goes_on
from windows import GnuScreen, Tmux, Window, window

PROGRAM = f"{sys.executable} -m reintegrate_cli"
LINES = ("call the registrar of the old school", "", "touch escaped", "and ask for the transcript")
KEPT = "call the registrar of the old school  touch escaped and ask for the transcript"
TERMINALS = pytest.mark.parametrize(
    ("kind", "term", "size"),
    [
        (Tmux, "xterm-256color", (24, 80)),
        (Tmux, "linux", (40, 100)),
        (Tmux, "dumb", (24, 80)),
        (GnuScreen, "screen", (24, 80)),
        (GnuScreen, "dumb", (40, 100)),
    ],
)


def press(at: Window, key: str) -> None:
    """Press a key as a person does: later than what belongs to a paste."""
    time.sleep(3 * pasting._TOGETHER)
    at.key(key)


@pytest.mark.needs("tmux", "screen")
@TERMINALS
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_lines_pasted_into_one_line_are_one_answer(
    district: Run, tmp_path: Path, kind: type[Window], term: str, size: tuple[int, int], end: str
) -> None:
    with window(kind, tmp_path, size) as at:
        at.type(f"cd {tmp_path}; TERM={term} {PROGRAM} task add --due fri; echo ended $?\n")
        assert at.shows("what is to be done")
        at.paste(end.join((*LINES, "")))
        assert at.shows("the transcript")
        assert at.shows(TOLD[:40])
        press(at, "Enter")
        assert at.shows("ended 0")
        assert at.is_ready()
    assert not (tmp_path / "escaped").exists()
    (kept,) = district("task", "list", "--json").json["items"]
    shown = district("task", "show", kept["id"], "--json").json
    assert " ".join(shown["text"].split()) == " ".join(KEPT.split())


@pytest.mark.needs("tmux", "screen")
@TERMINALS
def test_lines_pasted_at_a_list_answer_no_other_question(
    district: Run, case: str, tmp_path: Path, kind: type[Window], term: str, size: tuple[int, int]
) -> None:
    with window(kind, tmp_path, size) as at:
        at.type(f"TERM={term} {PROGRAM} wish add {case}; echo ended $?\n")
        assert at.shows("1 of 3")
        at.paste("schedule\nlee\nNot on Mondays.\n.\n")
        assert at.shows(TOLD[:40])
        assert "2 of 3" not in at.text()
        press(at, "C-u")
        at.type("schedule\n")
        assert at.shows("2 of 3")
        at.key("C-c")
        assert at.shows("ended 130")
    assert district("wish", "list", "--json").json["items"] == []


@pytest.mark.needs("tmux")
@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
def test_a_line_with_a_dot_inside_of_a_paste_ends_nothing(
    district: Run, case: str, tmp_path: Path, term: str
) -> None:
    text = "First.\n.\nThen a long line that was pasted with it.\nAnd the last."
    with window(Tmux, tmp_path) as at:
        at.type(f"TERM={term} {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows("a single dot, ends it")
        at.paste(text)
        assert at.shows("And the last.")
        at.key("C-d")
        assert at.shows("ended 0")
    (kept,) = district("case", "show", case, "--json").json["notes"]
    assert kept["text"] == text


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_each_return_that_is_typed_answers_its_own_question(
    district: Run, case: str, term: str
) -> None:
    """Also where the line is so slow that a few keys come together with it."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "wish", "add", case],
        env={**os.environ, "TERM": term},
        encoding="utf-8",
        timeout=30,
    )
    child.expect("1 of 3")
    child.send("schedule\rle")
    child.expect("2 of 3")
    child.send("e\r")
    child.expect("3 of 3")
    child.send("Not on Mondays.\r.\r")
    child.expect("heard by +lee")
    child.expect(pexpect.EOF)


def test_what_comes_together_with_a_return() -> None:
    for typed in ("", "\n", "\r\r", "le", "\nlee", "  \r\n \r"):
        assert not goes_on(typed), typed
    for pasted in ("lee\r", "\r\nlee\r\n", "\nNot on Mondays", "\n\n.\n"):
        assert goes_on(pasted), pasted
