"""Dialogs as a person sees them, 80 columns by 24 lines; run as a script, this writes them anew.

Each stands in ``tests/screens``: every question as it is drawn, what is typed there (``>``), and
what is left on the screen in the end. ``tests/line/test_screens.py`` holds them.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from windows import PROMPT, Tmux, Window, window

SCREENS = Path(__file__).parent / "screens"
REF = "HX4T"
RULE = "\n" + "-" * 72 + "\n"
_KEYS = re.compile(r"<([A-Za-z-]+)>")


class Dialog(NamedTuple):
    """A command, and what is typed at each of its questions; ``<Down>`` is a key."""

    line: str
    typed: Sequence[str]
    env: str = ""


_ENTER = "<Enter>"
DIALOGS = {
    "case-add": Dialog(
        "case add",
        ["Ridgeline<Enter>", "home<Enter>", "Mari<Enter>", _ENTER, "2010-05-31<Enter>"]
        + [_ENTER] * 2,
    ),
    "checkin-schedule": Dialog(
        f"checkin schedule {REF}",
        [
            "st<Enter>",  # student, or staff
            "<C-u>1<Enter>",
            "every w<Enter>",
            "thu<Enter>",
            "12:15<Enter>",
            "<Down><Enter>",
            "3<Enter>",  # staff, which E1 refuses at once
            "1<Enter>",
            "<Down><Down><Enter>",
            "Thursdays, at lunch.<Enter><Enter>Not in the office.<C-d>",
        ],
    ),
    "wish-add": Dialog(
        f"wish add {REF}",
        ["sch<Enter>", "nobody<Enter>", "<C-u>le<Enter>", "Not on Mondays.<Enter>.<Enter>"],
    ),
    "wish-add-plain": Dialog(
        f"wish add {REF}",
        ["sch<Enter>", "nobody<Enter>", "lee<Enter>", "Not on Mondays.<Enter>.<Enter>"],
        env="REINTEGRATE_PLAIN=1",
    ),
    "contact-set": Dialog(
        f"contact set {REF}",
        ["we<Enter>", "y<Enter>", "phone<Enter>", "555 0100<Enter>", "tue,thu<Enter>"]
        + ["3:30", "<C-u>15:30", _ENTER, "16:15<Enter>", _ENTER, "n<Enter>", *[_ENTER] * 7]
        + [_ENTER] * 3
        + ["Wait a day, then ask Mr. Lee.<C-d>", "lee<Enter>"]
        + [_ENTER] * 8,
    ),
    "release-add": Dialog(
        f"release add {REF} --partner harbor",
        ["1,2<Enter>", "<Down><Enter>", "1<Enter>", "yesterday<Enter>", "30 oct", _ENTER]
        + ["y<Enter>", "st<Enter>", *[_ENTER] * 3]
        + ["yes, for school records alone<Enter>"]
        # A parent signs as well (A2).
        + [_ENTER, "y<Enter>", "par<Enter>", "Rosa Paz<Enter>", _ENTER, _ENTER]
        + ["yesterday<Enter>"]
        + ["Not telling them, and telling them less.<C-d>", _ENTER, "lee<Enter>"]
        + [_ENTER] * 3,
    ),
    "mou-add": Dialog(
        "mou add HARBOR --specialty labor",
        [
            "today<Enter>",
            "2027-09-30",
            _ENTER,
            _ENTER,
            "Beds for students, at any hour.<C-d>",
            "<C-d>",
            "<C-d>",
            "A bed within the hour; no more than 30 nights.<C-d>",
            "The school calls Harbor at once.<C-d>",
            _ENTER,
            "Nothing without a release.<C-d>",
            "Each release is shown at the first call.<C-d>",
            "the front desk<Enter>",
            _ENTER,
            _ENTER,
        ],
    ),
}


def district(folder: Path) -> dict[str, str]:
    """Make a district in a folder, with one case; return the environment that leads to it."""
    config = folder / "district.toml"
    config.write_text('time_zone = "America/New_York"\nclosures = ["2026-10-12"]\n')
    env = {
        **os.environ,
        **{name: str(folder) for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")},
        "REINTEGRATE_VAULT": str(folder / "caseload.vault"),
        "REINTEGRATE_KEY_FILE": str(folder / "key"),
        "REINTEGRATE_CONFIG": str(config),
        "REINTEGRATE_TODAY": "2026-10-01T10:00",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    env.pop("COLUMNS", None)
    made = ["--no-keyring", "--key-file", env["REINTEGRATE_KEY_FILE"]]
    made += ["--recovery-to", str(folder / "recovery")]
    for line in (
        ["init", "--user", "okafor", *made],
        ["staff", "add", "lee", "--role", "school_counselor", "--no-input"],
        ["partner", "add", "HARBOR", "--kind", "housing", "--regime", "none", "--no-input"],
        ["case", "add", "--school", "Ridgeline", "--setting", "home", "--no-input"],
    ):
        program = [sys.executable, "-m", "reintegrate_cli"]
        subprocess.run([*program, *line], env=env, check=True, capture_output=True)
    return env


def played(name: str, settled: Callable[[Callable[[], str], int], str]) -> Iterator[str]:
    """Play a dialog; yield each of its screens with what is typed there.

    Args:
        name: the name of the dialog.
        settled: takes what reads the screen, and the number of the screen; returns the screen
            once it is drawn whole.
    """
    dialog = DIALOGS[name]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made)
        env = district(folder)
        (folder / "window").mkdir()
        listed = subprocess.run(
            [sys.executable, "-m", "reintegrate_cli", "case", "list", "--json"],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
        ref = re.findall(r'"ref": ?"(\w+)"', listed.stdout)[0]
        with window(Tmux, folder / "window", **env) as at:
            at.type(f"clear; {dialog.env} reintegrate {dialog.line.replace(REF, ref)}".strip())
            at.type("\n")
            for number, typed in enumerate(dialog.typed):
                yield f"{settled(lambda: _live(at, ref), number)}\n> {typed}\n"
                _type(at, typed)
            yield settled(lambda: _whole(at, ref), len(dialog.typed)) + "\n"


def _type(at: Window, typed: str) -> None:
    for part in re.split(r"(<[A-Za-z-]+>)", typed):
        if found := _KEYS.fullmatch(part):
            at.key(found[1])
        else:
            at.type(part)


def _live(at: Window, ref: str) -> str:
    """Return the question that is on the screen, without what stands above it."""
    lines = _plain(at, ref).splitlines()
    last = max((n for n, line in enumerate(lines) if re.match(r"\d+ of \d+  ", line)), default=0)
    return "\n".join(lines[last:])


def _whole(at: Window, ref: str) -> str:
    text = _plain(at, ref)
    return text.removesuffix(PROMPT).rstrip() if text.endswith(PROMPT) else ""


def _plain(at: Window, ref: str) -> str:
    text = at.text().replace(ref, REF).rstrip()
    if (made := re.search(r"(?m)^ref +([0-9A-Z]{4,5})$", text)) is not None:
        text = text.replace(made[1], REF)
    times = r"(?m)^(entered at +)\d{4}-\d\d-\d\d \d\d:\d\d$"
    return "\n".join(
        line.rstrip() for line in re.sub(times, r"\g<1>2026-10-01 12:00", text).splitlines()
    )


def still(read: Callable[[], str], _number: int) -> str:
    """Return a screen once it does not change any more; for a person who looks at it then."""
    begun = since = time.monotonic()
    last = ""
    while time.monotonic() < since + 1 or not (last or time.monotonic() > begun + 10):
        now = read()
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.05)
    return last


def write(names: Sequence[str]) -> None:
    """Write the files anew."""
    for name in names or DIALOGS:
        text = RULE.join(played(name, still))
        (SCREENS / f"{name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1:])
