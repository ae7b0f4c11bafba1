"""The whole of October 2026 in one run: one district, one vault, one clock that goes forward.

The events stand in ``tests/stories/october``, a file for each week, by their numbers. At the end
of the run the whole of it is looked at: whatever was typed in confidence is nowhere, the
disclosure log has every entry, and nobody was booked whom nobody asked.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clocked import clock
from conftest import Ended, Run
from reintegrate_cli.kept import session
from telling import Step, Teller, steps
from test_remind import server
from windows import Tmux, patiently, window

__all__ = ["server"]

WEEKS = sorted((Path(__file__).parent / "stories" / "october").glob("*.txt"))
STEPS = [step for path in WEEKS for step in steps(path.read_text(encoding="utf-8"))]
ZONE = ZoneInfo("America/New_York")


LEFT_OUT = {
    "access request": {"13", "17", "80"},
    "Title IX": {"45"},
    "subpoena": {"59"},
    "security incident": {"79"},
    "amendment": {"90"},
}
"""What the program has no record of, and the events that are about it."""
BOOKED = ("checkin", "conferral", "partner_checkin")
DISCLOSED = [
    ("V3NP", "2026-10-08", "disclosure", "VSAS", "consent", None),
    ("V3NP", "2026-10-09", "request", "VSAS", "consent", None),
    ("V3NP", "2026-10-09", "refusal", "VSAS", "consent", "A5"),
    ("Q7ZC", "2026-10-15", "request", "police", "health_safety", None),
    ("Q7ZC", "2026-10-15", "refusal", "police", "health_safety", "B3"),
    ("Q7ZC", "2026-10-15", "disclosure", "police", "health_safety", None),
    ("HX4T", "2026-10-20", "notice", "student", "subpoena", None),
    ("HX4T", "2026-10-27", "request", "MERID", "consent", None),
    ("HX4T", "2026-10-27", "refusal", "MERID", "consent", "W1"),
    ("P3RM", "2026-10-27", "disclosure", "police", "health_safety", None),
    ("HX4T", "2026-11-02", "request", "MERID", "consent", None),
    ("HX4T", "2026-11-02", "refusal", "MERID", "consent", "A5"),
]
"""Before and at events 32, 49, 65, 85, 87 and 99."""


def texts(value: Any) -> Iterator[str]:
    """Yield every text of what was given to a command."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def canaries() -> set[str]:
    """Return what was typed in confidence: names, numbers and sentences, and no listed value."""
    typed = [text for step in STEPS if step.line[0] != "%" for text in _typed_in(step)]
    lines = " ".join(step.line for step in STEPS)
    ours = {text for text in typed if re.search(r"[A-Z][a-z]| ", text) and text not in lines}
    return {text.casefold() for text in ours}


def _typed_in(step: Step) -> Iterator[str]:
    if step.given:
        yield from texts(json.loads(step.given))
    for _, answer in step.answers:
        yield from (part for part in answer.split("<Enter>") if len(part) > 1)


def on_disk(folder: Path, wanted: set[str]) -> list[tuple[str, str]]:
    """List what stands in a file below a folder, with the name of the file."""
    files = [path for path in folder.rglob("*") if path.is_file() and "window" not in path.parts]
    found = []
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace").casefold()
        found += [(path.name, one) for one in wanted if one in text]
    return found


def below(folder: Path, wanted: set[str]) -> list[str]:
    """List the files below a folder of another program's, however large, that hold one of these."""
    line = ["grep", "-raliF", "-f", "-", str(folder)]
    found = subprocess.run(
        line, input="\n".join(wanted), text=True, capture_output=True, check=False
    )
    return found.stdout.splitlines()


class Month(Teller):
    """Tells the month: sets the clock, and has a terminal for what is typed at one."""

    def __init__(
        self, run: Run, server: Any, folder: Path, stack: ExitStack, clock_file: Path, store: str
    ) -> None:
        super().__init__(run, server, folder, "W6HB")
        self.store = store
        self.stack, self.clock_file = stack, clock_file
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.window: Tmux | None = None
        self.lines = 0

    def tell(self, step: Step) -> None:
        if step.event is not None:
            _, local = step.event
            hours = (local.replace(tzinfo=ZONE, fold=fold).astimezone(UTC) for fold in (0, 1))
            at = next((at for at in hours if at > self.at), None)
            assert at is not None, f"the clock goes forward: {step.line}"
            self.tick(at)
        elif step.left_out is None:
            self.tick(self.at + timedelta(seconds=1))
            super().tell(step)

    def renamed(self, text: str) -> str:
        """Return a text with what the case and the copies are called in this run."""
        return super().renamed(text).replace("STORE", self.store)

    def tick(self, at: datetime) -> None:
        self.at = at
        self.clock_file.write_text(at.isoformat(), encoding="utf-8")

    def ended(self, step: Step, line: str) -> Ended:
        if not step.at_terminal:
            with pytest.MonkeyPatch.context() as at:
                while (setting := re.match(r"([A-Z_]+)=(\S*) ", line)) is not None:
                    at.setenv(setting[1], setting[2])
                    line = line[setting.end() :]
                return super().ended(step, line)
        if self.window is None:
            folder = self.folder / "window"
            folder.mkdir()
            self.window = opened = self.stack.enter_context(window(Tmux, folder))
            opened.tmux("pipe-pane", f"cat >> {folder / 'raw'}")
        return self._at_terminal(self.window, step, line)

    def _at_terminal(self, at: Tmux, step: Step, line: str) -> Ended:
        self.lines += 1
        mark = f"line {self.lines} begins\n"

        def shown() -> str:
            return at.text().rpartition(mark)[2]  # all of it, if the screen was cleared

        at.type(f"echo line {self.lines} begins\n")
        assert patiently(lambda: f"\n{mark}" in f"\n{at.text()}")
        at.type(f"{line}; echo {self.lines} ended $?\n")
        for question, answer in step.answers:
            assert patiently(lambda question=question: question in shown()), (question, shown())
            text, enter, more = answer.partition("<Enter>")
            at.type(text)
            if len(text) > 1:  # it is typed, and not even sent yet
                assert not on_disk(self.folder, {text.casefold()})
            at.type(f"{enter}{more}".replace("<Enter>", "\n"))
        end = re.compile(rf"^{self.lines} ended (\d+)$", re.M)
        assert patiently(lambda: end.search(shown()) is not None), shown()
        told = shown()
        found = end.search(told)
        assert found is not None, told
        return Ended(int(found[1]), told[: found.start()], "")


@pytest.fixture
def month(
    run: Run, server: Any, vault_named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Month]:
    """A machine without a vault, whose clock and folders are the month's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REINTEGRATE_TODAY")
    file = tmp_path / "clock"
    monkeypatch.setenv("CLOCK", str(file))
    monkeypatch.setattr(session, "now", clock)
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(tmp_path / "district.toml"))
    for name, folder in (("XDG_RUNTIME_DIR", "runtime"), ("TMPDIR", "tmp"), ("PATH", "bin")):
        (tmp_path / folder).mkdir(mode=0o700)
        if name != "PATH":
            monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    program = tmp_path / "bin" / "reintegrate"
    clocked = Path(__file__).with_name("clocked.py")
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {clocked} "$@"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("HISTFILE", str(tmp_path / "shell-history"))
    with ExitStack() as stack:
        yield Month(run, server, tmp_path, stack, file, Path(vault_named).stem)


def test_every_event_of_the_month_runs_or_is_left_out_for_a_reason() -> None:
    runs: dict[str, int] = {}
    left_out: dict[str, set[str]] = {}
    number = ""
    for step in STEPS:
        if step.event is not None:
            number = step.event[0]
            runs.setdefault(number, 0)
        elif step.left_out is not None:
            left_out.setdefault(step.left_out[1], set()).add(step.left_out[0])
        else:
            assert step.line[0] not in "=~", step.line
            runs[number] += step.line.startswith("reintegrate") or " reintegrate " in step.line
    assert left_out == LEFT_OUT
    del runs[""]
    assert [number for number, commands in runs.items() if not commands] == []
    assert not runs.keys() & set().union(*left_out.values())
    expected = {*map(str, range(1, 101)), "45a"}
    assert runs.keys() | set().union(*left_out.values()) == expected
    assert list(runs) == sorted(runs, key=lambda one: (int(one.rstrip("a")), one))


@pytest.mark.both_shelves
@pytest.mark.needs("tmux", "bash")
def test_the_whole_of_october(month: Month, shelf: str, request: pytest.FixtureRequest) -> None:
    for path in WEEKS:
        for step in steps(path.read_text(encoding="utf-8")):
            month.tell(step)
        check_nobody_is_booked_unasked(month)
    check_every_disclosure_is_logged(month)
    check_nothing_is_left_of_what_was_typed(month)
    if shelf == "server":
        cluster = request.getfixturevalue("postgres").folder
        assert below(cluster, {"reintegrate"}) != []
        # A server's own dictionaries have single words, such as the name of a language.
        assert below(cluster, {one for one in canaries() if " " in one}) == []


def listed(month: Month, *line: str) -> list[dict[str, Any]]:
    """Read the rows of a list."""
    items: list[dict[str, Any]] = month.run(*line, "--json").json["items"]
    return items


def check_nobody_is_booked_unasked(month: Month) -> None:
    """Check that whatever is due with somebody was chosen by somebody, on a day."""
    rows = [row for row in listed(month, "agenda", "--days", "90") if row["kind"] in BOOKED]
    assert len(rows) > 10
    assert [row for row in rows if not row["chosen_by"]] == []
    schedules = listed(month, "checkin", "schedules")
    assert len(schedules) >= 7
    assert [row for row in schedules if not (row["chosen_by"] and row["chosen_on"])] == []
    with session.reading() as store:
        moved = [one for one in store.checkins.all() if one.outcome == "moved"]
    assert [one.id for one in moved if not one.by] == []


def check_every_disclosure_is_logged(month: Month) -> None:
    """Check that the log has every request, refusal and disclosure, and that it is whole."""
    keys = ("case", "on", "kind", "to", "basis", "rule")
    rows = listed(month, "disclosure", "list")
    assert sorted(tuple(map(str, map(row.get, keys))) for row in rows) == sorted(
        tuple(map(str, row)) for row in DISCLOSED
    )
    assert month.run("disclosure", "verify", "--json").json["whole"] is True
    assert month.run("vault", "verify", "--json").json["whole"] is True


def check_nothing_is_left_of_what_was_typed(month: Month) -> None:
    """Check that no name and no sentence is on disk, in the mail, the title or on the screen."""
    typed = canaries()
    assert len(typed) > 150
    assert month.window is not None
    at = month.window
    assert at.is_rid_of("Ilse")
    screen = at.text().casefold()
    assert [one for one in typed if one in screen] == []
    at.type("history -a\n")
    history = month.folder / "shell-history"
    assert patiently(history.exists)
    assert "reintegrate case add" in history.read_text(encoding="utf-8")
    assert on_disk(month.folder, {"reintegrate case add"}) == [
        ("shell-history", "reintegrate case add")
    ]
    assert on_disk(month.folder, typed) == []
    refs = {row["ref"] for row in listed(month, "case", "list")}
    assert len(refs) == 12
    mails = [mail.decode() for mail in month.server.handler.messages]
    assert len(mails) == 4
    for mail in mails:
        assert [one for one in typed if one in mail.casefold()] == []
        assert [ref for ref in refs if ref in mail] == []
    raw = (month.folder / "window" / "raw").read_text(encoding="utf-8", errors="replace")
    assert "the name that is safe to use" in raw  # it is what a terminal was told
    titles = re.findall(r"\x1b(?:\][012];|k)([^\x07\x1b]*)", raw)
    titles.append(at.tmux("display-message", "-p", "#{pane_title} #{window_name}"))
    assert [one for one in (*typed, *refs) if any(one in title for title in titles)] == []
