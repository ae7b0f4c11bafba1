"""Questions in real terminals: what is typed is kept whole, and mended where it is wrong."""

import os
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from conftest import Run
from reintegrate_cli import vault
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.kept import settings
from reintegrate_cli.line import asking, keyboard
from reintegrate_cli.line.questions import Question, one_of
from windows import GnuScreen, Tmux, Window, patiently, window

PROGRAM = f"{sys.executable} -m reintegrate_cli"
ENDS = "a single dot, ends it"
LONG = "The bus home passes the place that is not safe; another line is asked for. " * 2
PASTED = "First.\n\ntouch escaped\n\nand the last of it"


def notes(district: Run, ref: str) -> list[str]:
    return [one["text"] for one in district("case", "show", ref, "--json").json["notes"]]


def spawn(*line: str, **env: str) -> "pexpect.spawn[str]":
    return pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        env={**os.environ, **env},
        encoding="utf-8",
        timeout=30,
    )


def ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.needs("tmux", "screen")
@pytest.mark.parametrize(
    ("kind", "term", "size", "brackets", "end"),
    [
        (Tmux, "xterm-256color", (24, 80), True, "\r\n"),
        (Tmux, "xterm-256color", (40, 100), False, "\r\n"),
        (Tmux, "linux", (24, 80), True, "\n"),
        (Tmux, "dumb", (40, 100), False, "\r\n"),
        (GnuScreen, "screen", (40, 100), False, "\r\n"),
        (GnuScreen, "dumb", (24, 80), False, "\n"),
    ],
)
def test_a_paste_is_kept_whole_and_nothing_of_it_reaches_the_shell(
    district: Run,
    case: str,
    tmp_path: Path,
    kind: type[Window],
    term: str,
    size: tuple[int, int],
    brackets: bool,
    end: str,
) -> None:
    history = tmp_path / "history"
    with window(kind, tmp_path, size, HISTFILE=str(history)) as at:
        at.type(f"cd {tmp_path}; TERM={term} {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows(ENDS)
        at.paste(PASTED.replace("\n", end), brackets=brackets)
        assert at.shows("and the last of it")
        at.key("C-d")
        assert at.shows("ended 0")
        assert at.is_ready()
        at.type("history -w\n")
        assert patiently(history.exists)
    assert notes(district, case) == [PASTED]
    assert not (tmp_path / "escaped").exists()
    assert "escaped" not in history.read_text()


# GNU screen loses some of so much by itself, whichever program reads it.
@pytest.mark.needs("tmux")
@pytest.mark.parametrize(
    ("term", "size", "brackets"),
    [("xterm-256color", (24, 80), True), ("linux", (40, 100), False), ("dumb", (24, 80), False)],
)
def test_twenty_thousand_characters_in_one_line_are_kept(
    district: Run, case: str, tmp_path: Path, term: str, size: tuple[int, int], brackets: bool
) -> None:
    text = ("quiet " * 4_000)[:19_993] + " so far"
    with window(Tmux, tmp_path, size) as at:
        at.type(f"TERM={term} {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows(ENDS)
        at.paste(text, brackets=brackets)
        assert at.shows("so far")
        at.key("C-d")
        assert at.shows("ended 0")
    assert notes(district, case) == [text]


@pytest.mark.needs("tmux")
@pytest.mark.parametrize("term", ["xterm-256color", "linux", "dumb"])
def test_arrow_keys_move_and_are_never_a_part_of_what_is_kept(
    district: Run, case: str, tmp_path: Path, term: str
) -> None:
    with window(Tmux, tmp_path) as at:
        at.type(f"TERM={term} {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows(ENDS)
        at.type("quietroom")
        at.key("Left", "Left", "Left", "Left", "Up", "Home", "End", "F5", "DC")
        if term != "dumb":
            at.key("Left", "Left", "Left", "Left", "Space")
        at.key("Enter", ".", "Enter")
        if term != "dumb":
            at.key("C-d")
        assert at.shows("ended 0")
    kept = notes(district, case)[0]
    assert kept.isprintable() or "\n" in kept
    assert kept.replace("\n", "").startswith("quietroom" if term == "dumb" else "quiet ")


@pytest.mark.needs("tmux")
def test_a_list_is_chosen_from_by_arrow_number_or_beginning(
    district: Run, case: str, tmp_path: Path
) -> None:
    with window(Tmux, tmp_path) as at:
        for keys, about in (
            (("Down", "Down"), "schedule"),
            (("Up",), "other"),
            (("3",), "contact"),
            (("r", "e"), "release"),
            (("s", "e"), "separation"),
        ):
            at.type(f"clear; {PROGRAM} wish add {case} --heard-by lee; echo ended $?\n")
            assert at.shows("arrow keys, a number, or the first letters")
            at.key(*keys, "Enter")
            assert at.shows(f"what it is about: {about}")
            at.key("C-c")
            assert at.shows("ended 130")


def test_one_that_is_listed_is_known_by_its_name_its_number_or_its_beginning() -> None:
    listed = ("home", "home_supports", "school_of_origin", "ged")
    assert one_of("home", listed) == "home"
    assert one_of("Home-S", listed) == one_of("home s", listed) == "home_supports"
    assert (one_of("3", listed), one_of("g", listed)) == ("school_of_origin", "ged")
    for wrong in ("ho", "5", "0", "jail"):
        with pytest.raises(Usage):
            one_of(wrong, listed)
    many = Question("which", choices=listed, many=True)
    assert many.settle("1, g,home") == ("home,ged", "")


@pytest.mark.parametrize(
    "line",
    [
        ("wish", "add", "ZZZZ"),
        ("release", "add", "CASE", "--partner", "nowhere"),
        ("checkin", "schedule", "CASE", "--with", "staff", "--who", "nobody"),
        ("task", "done", "T9"),
    ],
)
def test_what_is_named_is_looked_up_before_the_first_question(
    district: Run, case: str, line: tuple[str, ...]
) -> None:
    child = spawn(*(case if word == "CASE" else word for word in line))
    assert ended(child) == 5
    assert "there is no " in child.before
    assert "1 of" not in child.before


@pytest.mark.needs("tmux", "screen")
@pytest.mark.parametrize(
    ("kind", "term", "size"),
    [
        (Tmux, "xterm-256color", (24, 80)),
        (Tmux, "linux", (40, 100)),
        (Tmux, "dumb", (40, 100)),
        (GnuScreen, "screen", (24, 80)),
    ],
)
def test_a_mistyped_ref_answers_before_a_question_in_every_terminal(
    district: Run, case: str, tmp_path: Path, kind: type[Window], term: str, size: tuple[int, int]
) -> None:
    with window(kind, tmp_path, size) as at:
        at.type(f"TERM={term} {PROGRAM} wish add ZZZZ; echo ended $?\n")
        assert at.shows("ended 5")
        assert "there is no case ZZZZ" in at.text()
        assert "1 of" not in at.text()
        at.type(f"clear; TERM={term} {PROGRAM} wish add {case} --heard-by nobody; echo ended $?\n")
        assert at.shows("ended 5")
        assert "1 of" not in at.text()


def test_what_was_over_already_is_said_before_the_first_question(
    district: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made, given in (
        (("goal", "add", case, "--horizon", "short"), {"words": "x"}),
        (("goal", "end", case, "G1", "--reason", "other"), {"words": "x"}),
        (("need", "add", case, "--area", "transport", "--every", "1d"), {"what": "x"}),
        (("need", "end", case, "U1", "--reason", "moved"), None),
        (("setback", "log", case), {"trigger": "x", "support": "x"}),
        (("setback", "recover", case, "B1"), {"helped": "x"}),
    ):
        done = district(*made, given=given)
        assert done.code == 0, done.err

    def asked(*_: object, **__: object) -> str:
        raise AssertionError("a question was asked")

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(asking, "answer", asked)
    for line in (
        ("goal", "step", case, "G1"),
        ("goal", "end", case, "G1"),
        ("need", "end", case, "U1"),
        ("setback", "recover", case, "B1"),
    ):
        ended = district(*line)
        assert ended.code == 2, line
        assert " already" in ended.err or "has ended" in ended.err, line


def test_a_slug_is_looked_up_as_soon_as_it_is_typed(district: Run, case: str) -> None:
    child = spawn("wish", "add", case, "--about", "contact")
    child.expect("1 of 2  who heard it")
    child.send("nobody\r")
    child.expect("there is no member of staff nobody")
    child.send("\x15LE\r")
    child.expect("who heard it")
    child.expect("2 of 2  what the student said")
    child.send("I want to be called.\x04")
    child.expect("heard by +lee")
    assert ended(child) == 0


def test_days_and_times_are_said_back_as_they_are_understood(district: Run, case: str) -> None:
    line = ("--with", "student", "--every", "1w", "--mode", "in-person", "--chosen-by", "student")
    days = ("--chosen-on", "2026-09-30", "--starts", "2026-10-05")
    made = district("checkin", "schedule", case, *line, *days)
    assert made.code == 0, made.err
    child = spawn("checkin", "move", case, "--asked-by", "student", "--on", "2026-10-05")
    child.expect("the new date")
    child.send("mon")
    child.expect("Mon 5 Oct 2026, in 4 days")
    child.send("\x03")
    assert ended(child) == 130


@pytest.mark.needs("tmux", "screen")
@pytest.mark.parametrize(
    ("kind", "term"),
    [(Tmux, "xterm-256color"), (Tmux, "linux"), (Tmux, "dumb"), (GnuScreen, "screen")],
)
def test_a_window_that_changes_its_size_keeps_what_was_typed(
    district: Run, case: str, tmp_path: Path, kind: type[Window], term: str
) -> None:
    with window(kind, tmp_path) as at:
        at.type(f"TERM={term} {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows(ENDS)
        at.paste(LONG + "\nsecond line", brackets=kind is Tmux and term != "dumb")
        assert at.shows("second line")
        for rows, columns in ((8, 30), (40, 100), (24, 80)):
            at.resize(rows, columns)
            at.type("x")
            assert at.shows("x" * (1 + [8, 40, 24].index(rows)))
        at.key("C-d")
        assert at.shows("ended 0")
    assert notes(district, case) == [f"{LONG}\nsecond linexxx"]


@pytest.mark.needs("tmux", "screen")
@pytest.mark.parametrize("kind", [Tmux, GnuScreen])
@pytest.mark.parametrize("smaller", [(8, 80), (24, 30)])
def test_a_window_that_gets_smaller_keeps_nothing_above_it_or_says_so(
    district: Run, case: str, tmp_path: Path, kind: type[Window], smaller: tuple[int, int]
) -> None:
    with window(kind, tmp_path) as at:
        at.type(f"clear; {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows(ENDS)
        at.type("".join(f"canary-{number} is as wide as this window\n" for number in range(14)))
        assert at.shows("canary-13")
        at.resize(*smaller)
        at.type("now it is smaller")
        assert at.shows("now it is")
        at.key("C-d")
        assert at.shows("ended 0")
        at.resize(24, 80)
        assert at.is_ready()
        if "canary" in at.text():
            assert kind is GnuScreen  # which clears no scrollback for anybody
            assert "maystillbeabove" in "".join(at.text().split())


@pytest.mark.needs("tmux", "screen")
@pytest.mark.parametrize("kind", [Tmux, GnuScreen])
@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.parametrize("before", ["clear", "for i in $(seq 30); do echo; done"])
def test_what_only_the_case_may_hold_is_not_left_on_the_screen(
    district: Run, case: str, tmp_path: Path, kind: type[Window], saved: bool, before: str
) -> None:
    with window(kind, tmp_path) as at:
        # Where a question begins at the top, or scrolls what is above it.
        at.type(f"{before}; {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows(ENDS)
        at.type("canary-one\ncanary-two\n")
        assert at.shows("canary-two")
        at.key("C-d" if saved else "C-c")
        if not saved:
            assert at.shows("throw away what you typed")
            assert "canary" not in at.text()
            at.type("yes\n")
        assert at.shows("ended 0" if saved else "ended 130")
        assert at.is_ready()
        assert "canary" not in at.text()


def test_ctrl_c_asks_once_before_more_than_a_line_is_thrown_away(district: Run, case: str) -> None:
    child = spawn("case", "note", case)
    child.expect(ENDS)
    child.send(LONG + "\x03")
    child.expect("throw away what you typed")
    child.send("n\r")
    child.expect(ENDS)
    child.send("And that is all.\x04")
    assert ended(child) == 0
    assert notes(district, case) == [f"{LONG}And that is all."]
    again = spawn("case", "note", case)
    again.expect(ENDS)
    again.send(LONG + "\x03")
    again.expect("throw away what you typed")
    again.send("\x03")
    assert ended(again) == 130
    assert len(notes(district, case)) == 1


def test_what_is_refused_or_demanded_is_asked_again_at_once_and_nothing_else(
    district: Run, case: str
) -> None:
    line = ("--mode", "in-person", "--every", "1w", "--day", "thu", "--at", "12:15")
    child = spawn("checkin", "schedule", case, *line)
    child.expect("1 of 4  who is met")
    child.send("student\r")
    child.expect("2 of 4  who chose this")
    child.send("staff\r")
    child.expect("rule: E1")
    child.expect("2 of 4  who chose this")
    child.send("student\r")
    child.expect("3 of 4  the day they chose it")
    child.send("\r")
    child.expect("rule: E1")
    child.expect("3 of 4  the day they chose it")
    child.send("yesterday\r")
    child.expect("4 of 4  how they put it")
    child.send("Thursdays, at lunch.\x04")
    child.expect("chosen by +student")
    assert ended(child) == 0
    kept: dict[str, Any] = district("case", "show", case, "--json").json["agreed"][0]
    assert (kept["words"], kept["chosen_on"]) == ("Thursdays, at lunch.", "2026-09-30")


def test_a_date_that_a_rule_refuses_is_asked_again_though_the_line_gave_it(
    district: Run, case: str
) -> None:
    line = ("--every", "1w", "--mode", "in-person", "--chosen-by", "student")
    child = spawn(
        *("checkin", "schedule", case, *line, "--chosen-on", "today", "--starts", "2026-10-12")
    )
    for asked, answer in (("who is met", "student"), ("which day", "")):
        child.expect(asked)
        child.send(f"{answer}\r")
    child.expect("rule: E2")  # as soon as it is known
    child.expect("the first date")
    child.send("\x1513 oct\r")
    child.expect("time of day")
    child.send("\r")
    child.expect("how they put it")
    child.send("Mondays.\x04")
    child.expect("next on +2026-10-13")
    assert ended(child) == 0
    (kept,) = district("case", "show", case, "--json").json["agreed"]
    assert kept["words"] == "Mondays."


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_busy_vault_is_tried_again_with_the_text_at_hand(
    district: Run, case: str, term: str
) -> None:
    script = (
        "import sys\nfrom reintegrate_cli.vault import engine, locking\n"
        "engine.FileEngine.lock = lambda self: locking.Lock(self.path, 0.1)\n"
        "from reintegrate_cli.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    child = pexpect.spawn(
        sys.executable,
        ["-c", script, "case", "note", case],
        env={**os.environ, "TERM": term},
        encoding="utf-8",
        timeout=30,
    )
    child.expect(ENDS)
    with vault.lock(settings.vault_path(None)):
        child.send("Asked for a quiet place.\x04")
        child.expect("somebody else is writing to the vault")
        child.expect("what you typed is still here; try again")
    child.send("\r")
    child.expect("N1")
    assert ended(child) == 0
    assert notes(district, case) == ["Asked for a quiet place."]


@pytest.mark.parametrize(
    "script",
    [
        "os.kill(os.getpid(), signal.SIGTERM)",
        "os.kill(os.getpid(), signal.SIGHUP)",
        "raise RuntimeError(text)",
    ],
)
@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_the_terminal_is_as_it_was_after_a_signal_and_after_a_fault(
    district: Run, case: str, script: str, term: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import os, signal, sys\n"
        "from reintegrate_cli.line import questions\n"
        f"def settle(question, text):\n    {script}\n"
        "questions.Question.settle = settle\n"
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
    shell.sendline(f"bind 'set enable-bracketed-paste off'; stty -a > {tmp_path}/before")
    shell.expect("ready> ")
    shell.sendline(f"{sys.executable} {program} case note {case}; stty -a > {tmp_path}/after")
    shell.expect(ENDS)
    shell.send("canary-text\x04")
    shell.expect("ready> ")
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()
    told = shell.before or ""
    assert term == "dumb" or told.rindex("\x1b[?2004l") > told.rfind("\x1b[?2004h")
    assert "Traceback" not in told
    assert notes(district, case) == []
    crash = tmp_path / "xdg_state_home" / "reintegrate" / "crash.txt"
    assert crash.exists() == ("raise" in script)
    if crash.exists():
        assert "canary" not in crash.read_text()
    shell.close(force=True)


@pytest.mark.parametrize(
    "env", [{"REINTEGRATE_PLAIN": "1"}, {"TERM": "dumb"}, {"TERM": ""}], ids=str
)
def test_plain_lines_where_nothing_can_be_drawn(
    district: Run, case: str, env: dict[str, str]
) -> None:
    child = spawn("wish", "add", case, **env)
    child.expect("2 schedule\r\n")
    child.expect("1 of 3  what it is about .*: ")
    child.send("sch\r")
    child.expect("2 of 3  who heard it")
    child.send("nobod\x7f\x7f\x7f\x7f\x7flee\r")
    child.expect("3 of 3  what the student said")
    child.send("Not on \x1b[D\x1b[3~Mondays.\r\n\r\nNor late.\r\n.\r\n")
    child.expect("heard by +lee")
    assert ended(child) == 0
    assert "\x1b" not in child.before
    kept = district("case", "show", case, "--json").json["wishes"][0]
    assert (kept["about"], kept["words"]) == ("schedule", "Not on Mondays.\n\nNor late.")


def test_what_is_typed_ahead_answers_the_questions_to_come(district: Run, case: str) -> None:
    child = spawn("wish", "add", case)
    child.send("schedule\rlee\rNot on Mondays.\r\rNor late.\r.\r")  # before any of them is asked
    child.expect("heard by +lee")
    assert ended(child) == 0
    kept = district("case", "show", case, "--json").json["wishes"][0]
    assert kept["words"] == "Not on Mondays.\n\nNor late."


def test_the_terminal_is_never_asked_where_its_cursor_is(district: Run, case: str) -> None:
    child = spawn("wish", "add", case)
    child.expect("first letters")
    assert "\x1b[6n" not in (child.before or "")
    child.send("\x03")
    assert ended(child) == 130
    assert "\x1b[6n" not in child.before


def test_a_question_is_no_line_of_the_terminal_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for term, plain in (("dumb", True), ("", True), ("linux", False), ("xterm", False)):
        monkeypatch.setenv("TERM", term)
        assert keyboard.is_plain() is plain
    monkeypatch.setenv("REINTEGRATE_PLAIN", "1")
    assert keyboard.is_plain()
