"""Write what commands show into the pages: ``python docs/screens.py`` types every one of them anew.

A fenced block marked ``console`` is a terminal: after ``$`` stands what is typed, below it what
comes back at 80 columns. ``<!-- terminal: KIND DAY -->`` opens a new one in a home of its own:

- ``demo``: the fictional district of ``reintegrate demo``, as if its line had been read;
- ``home``: a new account, in which nothing was made;
- ``office``: a vault that a key file opens, with two colleagues and a partner.

``<!-- answers: one | two -->`` before a block answers what its commands ask. ``tests/test_pages.py``
fails where a page does not show what it would show now.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pexpect
import pyte

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WIDTH, HEIGHT, LONGEST = 80, 24, 400
PIECE = re.compile(
    r"<!-- terminal: (?P<kind>\w+) (?P<day>\S+) -->"
    r"|<!-- answers: (?P<answers>.*?) -->"
    r"|(?<=^```console\n)(?P<block>.*?)(?=^```$)",
    re.DOTALL | re.MULTILINE,
)
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")
ASKING = (":", "?", ">")
CURSOR = "\x1b[?25h"
"""A line that can be edited shows its cursor last."""
OTHER_SCREEN = re.compile(r"\x1b\[\?1049h(.*?)(?:\x1b\[\?1049l|\Z)", re.DOTALL)
LAST_GROUP = re.compile(r"-([0-9A-Z]{7})\s")
PATIENCE = 60
CALLED = ("K7WM", "T4QX", "B6ZR")
"""What the pages call the cases that they open: a ref is drawn by chance."""
CHANCE = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "4f9c" * 16),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00"), "{day}T14:30:00+00:00"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "{day} 14:30"),
    (re.compile(r"\b\d{8}T\d{6}Z"), "20261006T143000Z"),
    (re.compile(r"^bytes( +)\d+$", re.MULTILINE), r"bytes\g<1>64000"),
    (re.compile(r"\bage1[a-z0-9]{58}"), f"age1{'q' * 58}"),
    (re.compile(r"\b[0-9a-f]{32}(?=\.age)"), "2681fcfb" * 4),
    (re.compile(r"reintegrate-demo-\d+"), "reintegrate-demo-1000"),
)
"""What differs from one writing to the next, and how it reads on the pages."""
KEY_ID = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{8}\b")
OFFICE = """
cp examples/district.toml district.toml
reintegrate init --user okafor --no-keyring --key-file office.key --recovery-to recovery.txt
reintegrate staff add lee --role school_counselor --no-input
reintegrate staff add hale --role school_counselor --no-input
reintegrate partner add HARBOR --kind trafficking_specialist --specialty sex --specialty labor --no-input
"""


class Terminal:
    """A terminal in a home of its own, thrown away at the end."""

    def __init__(self, kind: str, day: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pages-"))
        (self.home / "tmp").mkdir()
        shutil.copytree(ROOT / "examples", self.home / "examples")
        self.day, self.code = day[:10], 0
        self.refs: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.env = {
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "NO_COLOR": "1",
            "PAGER": "cat",
            "TZ": "America/New_York",
            "REINTEGRATE_TODAY": day,
        }
        if kind == "demo":
            self.run("reintegrate demo", [])
            (folder,) = (self.home / "tmp").glob("reintegrate-demo-*")
            self._set((folder / "env").read_text(encoding="utf-8"))
        elif kind == "office":
            self.env["REINTEGRATE_CONFIG"] = str(self.home / "district.toml")
            self.env["REINTEGRATE_KEY_FILE"] = str(self.home / "office.key")
            for line in OFFICE.strip().splitlines():
                shown = self.run(line, [])
                if self.code:
                    raise ValueError(f"{line}: {shown}")

    def close(self) -> None:
        """Throw the home away."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _set(self, text: str) -> None:
        for name, value in re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE):
            self.env[name] = value.strip("'\"").replace("~", str(self.home))

    def run(self, line: str, answers: list[str]) -> str:
        """Type a line, answer what it asks, and return what the screen shows then.

        Raises:
            TimeoutError: it asked something to which there is no answer.
        """
        self._set(line)
        for called, real in (*self.refs.items(), *((new, old) for old, new in self.keys.items())):
            line = line.replace(called, real)
        child = pexpect.spawn(
            "bash",
            ["--norc", "-c", line],
            env=self.env,
            cwd=self.home,
            encoding="utf-8",
            dimensions=(HEIGHT, WIDTH),
            codec_errors="replace",
        )  # fmt
        got, waited, answered = "", 0, 0
        while True:
            try:
                got += child.read_nonblocking(65536, timeout=0.4)
                waited = 0
            except pexpect.EOF:
                break
            except pexpect.TIMEOUT:
                waited += 1
                if answers and _asks(got[answered:]):
                    answer = answers.pop(0)
                    if answer == "LAST GROUP":
                        answer = LAST_GROUP.findall(got)[-1]
                    child.send("" if answer == "EMPTY" else answer)
                    child.send("\r")
                    answered = len(got)
                elif waited > PATIENCE:
                    child.close(force=True)
                    raise TimeoutError(f"{line}: {got[-300:]}") from None
        self.code = child.wait()
        child.close()
        return self._plain(_shown(got), opens="case add" in line)

    def _plain(self, text: str, *, opens: bool) -> str:
        """Return what was shown, with what is drawn by chance called by its name on the pages."""
        if opens and (found := re.search(r"^ref +(\S{4})$", text, re.MULTILINE)):
            self.refs[CALLED[len(self.refs)]] = found[1]
        for called, ref in self.refs.items():
            text = text.replace(ref, called)
        for folder, called in ((self.home / "tmp", "/tmp"), (self.home, "/home/okafor")):  # noqa: S108
            text = text.replace(str(folder), called)
        for pattern, instead in CHANCE:
            text = pattern.sub(instead.format(day=self.day), text)
        for found in KEY_ID.findall(text):
            self.keys.setdefault(found, f"{0x3A7C01 + len(self.keys):08x}")
        for key, called in self.keys.items():
            text = text.replace(key, called)
        # In the evening the district still has the day that UTC has left.
        for zone in (UTC, ZoneInfo("America/New_York")):
            text = text.replace(datetime.now(zone).date().isoformat(), self.day)
        return text


def _asks(got: str) -> bool:
    """Say whether what came since the last answer ends in a question."""
    return got.endswith(CURSOR) or CONTROL.sub("", got).rstrip().endswith(ASKING)


def _shown(got: str) -> str:
    """Return the screen as it is at the end; what was on the other screen is gone."""
    screen = pyte.Screen(WIDTH, LONGEST)
    pyte.Stream(screen).feed(OTHER_SCREEN.sub("", got))
    return "\n".join(line.rstrip() for line in screen.display).strip("\n")


def written(page: str) -> str:
    """Return a page with every command typed anew."""
    terminal: Terminal | None = None
    answers: list[str] = []
    made, place = [], 0
    try:
        for piece in PIECE.finditer(page):
            made.append(page[place : piece.start()])
            place = piece.end()
            if piece["kind"]:
                if terminal:
                    terminal.close()
                terminal, answers = Terminal(piece["kind"], piece["day"]), []
                made.append(piece[0])
            elif piece["answers"] is not None:
                answers = [one.strip() for one in piece["answers"].split(" | ")]
                made.append(piece[0])
            else:
                if terminal is None:
                    raise ValueError("a console without a terminal")
                made.append("".join(_typed(terminal, piece["block"], answers)))
                if answers:
                    raise ValueError(f"nobody asked for {answers}: {made[-1]}")
    finally:
        if terminal:
            terminal.close()
    return "".join([*made, page[place:]])


def _typed(terminal: Terminal, block: str, answers: list[str]) -> Iterator[str]:
    """Yield the lines of a block with what each of its commands shows now."""
    for line in commands(block):
        yield f"$ {line}\n"
        shown = terminal.run(line, answers)
        yield f"{shown}\n" if shown else ""


def commands(block: str) -> list[str]:
    """List what is typed in a block; a line that ends in a backslash goes on."""
    found: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(line[2:])
        elif found and found[-1].endswith("\\"):
            found[-1] += f"\n{line}"
    return found


if __name__ == "__main__":
    for path in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
        text = path.read_text(encoding="utf-8")
        new = written(text) if "```console" in text else text
        if new != text:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(ROOT))  # noqa: T201
