"""What is shown for a while leaves nothing, and nothing that is typed is left for the shell."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from conftest import Run
from reintegrate_cli.core import signals
from reintegrate_cli.line import terminal
from windows import GnuScreen, GnuScreenWithAnother, Tmux, Window, patiently, window

PROGRAM = f"{sys.executable} -m reintegrate_cli"
WINDOWS = [Tmux, GnuScreen, GnuScreenWithAnother]
CANARY = "canary-safe"


@pytest.fixture
def named(district: Run) -> str:
    """A case with a name; its ref."""
    ref: str = district(
        "case",
        "add",
        "--school",
        "Ridgeline",
        "--setting",
        "home",
        "--json",
        given={"safe_name": CANARY},
    ).json["ref"]
    return ref


def reveal(window: Window, ref: str, tmp_path: Path, label: str = "ended") -> None:
    """Type what shows the name, and wait for it."""
    code = (tmp_path / "recovery").read_text().strip()
    asked = window.text().count("passphrase or recovery code")
    window.type(f"echo before; {PROGRAM} case reveal {ref}; echo {label} $?\n")
    assert patiently(lambda: window.text().count("passphrase or recovery code") > asked)
    window.type(f"{code}\n")
    assert window.shows(CANARY)


def process_of(ref: str) -> int:
    """Find the process that shows the name."""
    wanted = ["case", "reveal", ref]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if line[-4:-1] == wanted:
                return int(entry.name)
    raise AssertionError("no process shows it")


@pytest.mark.parametrize("kind", WINDOWS)
def test_at_enter_nothing_is_left_of_a_name(named: str, tmp_path: Path, kind: type[Window]) -> None:
    with window(kind, tmp_path) as at:
        reveal(at, named, tmp_path)
        at.type("\n")
        assert at.shows("ended 0")
        assert at.is_rid_of(CANARY)
        assert "before" in at.text()


SIGNALS = [
    signal.SIGQUIT,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGXCPU,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGSEGV,
    signal.SIGABRT,
    signal.SIGPROF,
    signal.SIGVTALRM,
]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc to find it in")
@pytest.mark.parametrize("kind", [Tmux, GnuScreen])
def test_no_signal_leaves_a_name(named: str, tmp_path: Path, kind: type[Window]) -> None:
    with window(kind, tmp_path) as at:
        for number in SIGNALS:
            reveal(at, named, tmp_path, f"{number.name}-ended")
            os.kill(process_of(named), number)
            faulty = number in signals.faults()
            assert at.shows(f"{number.name}-ended {128 + number if faulty else 130}"), number
            assert at.is_rid_of(CANARY), number


def test_every_signal_that_ends_a_process_is_answered() -> None:
    left = set(signal.valid_signals()) - signals.ending() - signals.faults()
    names = {signal.Signals(number).name for number in left}
    assert names <= {
        "SIGKILL",
        "SIGSTOP",
        "SIGCHLD",
        "SIGCONT",
        "SIGURG",
        "SIGWINCH",
        "SIGTSTP",
        "SIGTTIN",
        "SIGTTOU",
        "SIGINFO",
    }


@pytest.mark.parametrize("key", ["\x1c", "\x03", "\x04", "\x1a\n", "\x13\x03"])
def test_no_key_leaves_a_name(named: str, tmp_path: Path, key: str) -> None:
    with window(Tmux, tmp_path) as at:
        reveal(at, named, tmp_path)
        at.type(key)
        assert at.is_ready()
        assert at.is_rid_of(CANARY)


@pytest.mark.parametrize("kind", WINDOWS)
def test_a_window_that_gets_smaller_keeps_no_name(
    named: str, tmp_path: Path, kind: type[Window]
) -> None:
    with window(kind, tmp_path) as at:
        reveal(at, named, tmp_path)
        at.resize(5, 40)
        assert at.is_ready()
        assert at.is_rid_of(CANARY)
        at.resize(24, 80)
        assert CANARY not in at.text()


def spawned(*line: str, **env: str) -> "pexpect.spawn[str]":
    return pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        env={**os.environ, **env},
        encoding="utf-8",
        timeout=30,
    )


@pytest.mark.parametrize("term", ["dumb", "", "no-such-terminal"])
def test_a_terminal_that_cannot_erase_is_shown_no_name(named: str, term: str) -> None:
    child = spawned("case", "reveal", named, TERM=term)
    child.expect("cannot take away what it shows")
    child.expect("hint: ")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 9
    assert CANARY not in (child.before or "")


@pytest.mark.parametrize("term", ["dumb", "", "no-such-terminal"])
def test_nor_is_a_recovery_code_shown_on_one(
    run: Run, tmp_path: Path, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    child = spawned("init", "--user", "okafor", "--no-keyring", TERM=term)
    child.expect("--recovery-to FILE")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 9
    assert not (tmp_path / "vault" / "caseload.vault").exists()


def test_a_small_window_is_shown_no_name(named: str, tmp_path: Path) -> None:
    child = spawned("case", "reveal", named)
    child.setwinsize(3, 80)
    child.expect("passphrase or recovery code")
    child.sendline((tmp_path / "recovery").read_text().strip())
    child.expect("too small")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 9


def test_a_terminal_that_is_closed_is_no_fault(named: str, tmp_path: Path) -> None:
    log = tmp_path / "code"
    line = f"{PROGRAM} case reveal {named}; echo $? > {log}"
    shell = pexpect.spawn(
        "bash",
        ["--norc", "-c", f"trap '' HUP; {line}"],
        env=dict(os.environ),
        encoding="utf-8",
        timeout=30,
    )
    shell.expect("passphrase or recovery code")
    shell.sendline((tmp_path / "recovery").read_text().strip())
    shell.expect(CANARY)
    os.close(shell.fileno())
    assert patiently(lambda: log.exists() and bool(log.read_text()))
    assert not (tmp_path / "xdg_state_home" / "reintegrate" / "crash.txt").exists()
    assert log.read_text().strip() in ("0", "130")


@pytest.mark.parametrize(
    ("kind", "term", "left"),
    [
        (Tmux, "", ""),
        (GnuScreen, "", "what scrolled off the screen"),
        (Tmux, "dumb", "the screen and what scrolled off it"),
    ],
)
def test_lock_clears_what_it_can_and_says_what_it_could_not(
    district: Run, tmp_path: Path, kind: type[Window], term: str, left: str
) -> None:
    with window(kind, tmp_path) as at:
        if term:
            at.type(f"export TERM={term}\n")
        at.type("for i in $(seq 60); do echo scrolled-$((1000+i)); done\n")
        assert at.shows("scrolled-1060")
        at.type(f"{PROGRAM} lock\n")
        assert at.shows("locked")
        assert at.is_ready()
        assert ("not cleared: " + left in at.text()) == bool(left)
        assert ("scrolled-1001" in at.text()) == bool(left)
        assert ("scrolled-1060" in at.text()) == bool(term)


def notes(district: Run, ref: str) -> list[str]:
    return [one["text"] for one in district("case", "show", ref, "--json").json["notes"]]


PASTED = "First.\n\ntouch escaped\nand the last of it\n"


@pytest.mark.parametrize("kind", [Tmux, GnuScreen])
@pytest.mark.parametrize("pasted", [PASTED, PASTED.replace("\n", "\r\n")], ids=["lf", "crlf"])
def test_what_is_pasted_at_a_prompt_is_the_note_and_nothing_runs(
    district: Run, case: str, tmp_path: Path, kind: type[Window], pasted: str
) -> None:
    with window(kind, tmp_path, HISTFILE=str(tmp_path / "history")) as at:
        at.type(f"cd {tmp_path}; {PROGRAM} case note {case}; echo ended $?\n")
        assert at.shows("a single dot, ends it")
        at.paste(pasted)
        assert at.shows("and the last of it")
        at.type("\x04")
        assert at.shows("ended 0")
        assert at.is_ready()
        at.type("history -w; echo $((40 + 2))\n")
        assert at.shows("42")
    assert not (tmp_path / "escaped").exists()
    assert notes(district, case) == ["First.\n\ntouch escaped\nand the last of it"]
    kept = (tmp_path / "history").read_text()
    assert "escaped" not in kept
    assert "last of it" not in kept


@pytest.fixture
def shell() -> Iterator["pexpect.spawn[str]"]:
    made = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile"],
        env={**os.environ, "PS1": "ready> "},
        encoding="utf-8",
        timeout=30,
    )
    made.expect("ready> ")
    yield made
    made.close(force=True)


def answers(shell: "pexpect.spawn[str]") -> None:
    """Demand that the shell runs what is typed now."""
    shell.expect("ready> ")
    shell.sendline("echo $((40 + 2))")
    shell.expect("42")


@pytest.mark.parametrize("rest", ["", "--no-such-option", "ZZZZ --no-input"])
def test_what_was_pasted_for_a_command_that_was_refused_is_thrown_away(
    district: Run, tmp_path: Path, shell: "pexpect.spawn[str]", rest: str
) -> None:
    escaped = tmp_path / "escaped"
    shell.send(f"{PROGRAM} case note {rest}\rFirst.\r\rtouch {escaped}\rand half a line")
    shell.expect("hint: ")
    answers(shell)
    assert not escaped.exists()


def test_a_long_paste_into_a_command_that_stops_is_thrown_away(
    district: Run, case: str, tmp_path: Path, shell: "pexpect.spawn[str]"
) -> None:
    escaped = tmp_path / "escaped"
    shell.sendline(f"{PROGRAM} disclose {case} --to nobody --basis consent --out {tmp_path}/x")
    pasted = f"touch {escaped}\r" * 400
    for at in range(0, len(pasted), 1_000):
        shell.send(pasted[at : at + 1_000])
    answers(shell)
    assert not escaped.exists()


def test_what_is_typed_ahead_of_a_command_that_asks_nothing_is_for_the_next_one(
    district: Run, shell: "pexpect.spawn[str]"
) -> None:
    shell.send(f"{PROGRAM} case list\recho $((40 + 2))\r")
    shell.expect("no case is open")
    shell.expect("42")


@pytest.mark.parametrize(
    ("text", "columns", "parts"),
    [
        ("", 4, [""]),
        ("abcd", 4, ["abcd"]),
        ("abcde", 4, ["abcd", "e"]),
        ("名前です", 4, ["名前", "です"]),
        ("aé", 2, ["a", "é"]),
    ],
)
def test_no_part_of_a_line_is_wider_than_the_window(
    text: str, columns: int, parts: list[str]
) -> None:
    assert list(terminal._folded(text, columns)) == parts
