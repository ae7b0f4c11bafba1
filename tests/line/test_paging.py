"""What does not fit on the screen goes through a pager, on a terminal alone."""

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

import people
from conftest import Run
from reintegrate_cli.kept import session
from reintegrate_cli.line.paging import DEFAULT
from windows import Tmux, window

LINE = ["-m", "reintegrate_cli", "--today", "2026-10-01"]
LONG = ("agenda", "--days", "60")
READ = [
    LONG,
    ("checkin", "list", "--until", "2026-11-30"),
    ("case", "show", "HX4T"),
    ("case", "timeline", "HX4T"),
]


@pytest.fixture
def cast(district: Run) -> None:
    """Keep the cast of the reference month, with a month of notes about one of them."""
    session.begin(None, None)
    with session.writing("cast") as store:
        people.arrive(store)
    for day in range(1, 25):
        noted = district("case", "note", "HX4T", given={"text": f"Seen in period {day}."})
        assert noted.code == 0, noted.err


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """Write a pager that keeps what it is given, and what it is told, beside itself."""
    script = tmp_path / "pager"
    script.write_text(f'#!/bin/sh\nenv > "{tmp_path}/told"\ncat > "{tmp_path}/paged"\n')
    script.chmod(0o700)
    return script


def shown(*words: str, rows: int = 24, **env: str) -> str:
    """Run a command in a terminal, and return what it shows."""
    child = pexpect.spawn(
        sys.executable,
        [*LINE, *words],
        env={**os.environ, "TERM": "xterm-256color", **env},
        encoding="utf-8",
        dimensions=(rows, 80),
        timeout=60,
    )
    text: str = child.read()
    child.close()
    assert child.exitstatus == 0, text
    return text


@pytest.mark.parametrize("words", READ, ids=" ".join)
def test_what_is_longer_than_the_screen_goes_through_the_pager(
    cast: None, pager: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LESSOPEN", "|touch nothing %s")
    said = shown(*words, PAGER=str(pager)).splitlines()
    assert [line for line in said if line and not line.startswith("until: ")] == []
    assert len((pager.parent / "paged").read_text().splitlines()) >= 24
    told = (pager.parent / "told").read_text().splitlines()
    assert {"LESSSECURE=1", "LESSHISTFILE=-"} <= set(told)
    assert not any(line.startswith("LESSOPEN") for line in told)


@pytest.mark.parametrize(
    ("words", "env", "rows"),
    [
        (LONG, {}, 200),
        ((*LONG, "--json"), {}, 24),
        ((*LONG, "--csv"), {}, 24),
        ((*LONG, "--no-input"), {}, 24),
        (LONG, {"TERM": "dumb"}, 24),
        (LONG, {"REINTEGRATE_PLAIN": "1"}, 24),
    ],
    ids=["it fits", "JSON", "CSV", "no input", "a dumb terminal", "plain lines"],
)
def test_nothing_else_does(
    cast: None, pager: Path, words: tuple[str, ...], env: dict[str, str], rows: int
) -> None:
    assert "M2KD" in shown(*words, rows=rows, PAGER=str(pager), **env)
    assert not (pager.parent / "paged").exists()


def test_a_pipe_is_never_paged(cast: None, pager: Path) -> None:
    done = subprocess.run(
        [sys.executable, *LINE, *LONG],
        env={**os.environ, "PAGER": str(pager), "TERM": "xterm"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "M2KD" in done.stdout
    assert not (pager.parent / "paged").exists()


@pytest.mark.parametrize("name", ["", "cat", "/nowhere/pager", "'"])
def test_without_a_pager_everything_is_shown_at_once(cast: None, name: str) -> None:
    if name == "'":  # cannot be read as a command: the default is taken, which waits for a key
        child = pexpect.spawn(
            sys.executable, [*LINE, *LONG], env={**os.environ, "PAGER": name}, dimensions=(24, 80)
        )
        child.expect_exact(":")
        child.send("q")
        child.expect(pexpect.EOF)
        return
    assert "V3NP" in shown(*LONG, PAGER=name)


def test_what_is_said_comes_after_the_rows(tmp_path: Path, pager: Path) -> None:
    text = shown("demo", rows=8, PAGER=f"{pager}", TMPDIR=str(tmp_path))
    assert text.startswith("everyone here is fictional")
    assert "HX4T" in (tmp_path / "paged").read_text()
    assert "deleted" in shown("demo", "--remove", TMPDIR=str(tmp_path))


def test_less_is_left_early_and_leaves_nothing(cast: None, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    with window(Tmux, tmp_path, PAGER=DEFAULT, HOME=str(home), TERM="xterm-256color") as screen:
        before = {path for path in tmp_path.rglob("*") if path.is_file()}
        screen.type(f"{sys.executable} {' '.join([*LINE, *LONG])}\n")
        assert screen.shows("Overdue")
        assert screen.shows("\n:")
        screen.type("/V3NP\n")  # what is searched for would go into a history
        screen.type("q")
        assert screen.is_ready()
        screen.type("echo ended $?\n")
        assert screen.shows("ended 0")
        after = {path for path in tmp_path.rglob("*") if path.is_file()}
        assert after - before == set()
