"""The peers: how each is had, given its store, and asked for the week.

A store is written in the program's own file format where that says the same as its import,
and what the program keeps beside it (a cache, a database) is warmed by the program itself,
as it would stand for somebody who uses it daily.
"""

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO

from items import IN_WEEK, OVERDUE, WEEK_DAYS, Item

WARM_SECONDS = 3600


class Absent(Exception):
    """A peer is not to be had here; it is said to be missing, and nothing stands in for it."""


@dataclass(frozen=True)
class Question:
    """One command line, what it reads, and how many items its answer must have."""

    line: list[str]
    env: dict[str, str]
    expected: int
    count: Callable[[str], int]
    stdin: Path | None = None


@dataclass
class Peer:
    """A program to compare with."""

    name: str
    fill: "Callable[[Peer, Path, Iterable[Item]], None]"
    ask: "Callable[[Peer, Path, date], Question]"
    pip: str = ""
    """What pip installs, or nothing for a program of the system."""
    command: str = ""
    wanted: str = ""
    """How the version must begin."""
    hurried: dict[str, str] = field(default_factory=dict)
    """Settings in its environment with which it is faster than as installed, if there are any."""
    path: str = field(default="", init=False)
    version: str = field(default="", init=False)

    def find(self, cache: Path) -> None:
        """Find the program, or install it in an environment of its own.

        Raises:
            Absent: it is not there, or in another version.
        """
        if self.pip:
            home = cache / "venvs" / self.name
            found = home / "bin" / self.command
            if not found.exists():
                _install(home, self.pip)
            self.path = str(found)
        else:
            self.path = shutil.which(self.command) or ""
        if not self.path:
            raise Absent("it is not installed")
        self.version = self._version()
        if not self.version.startswith(self.wanted):
            raise Absent(f"{self.wanted} is compared with, here is {self.version or 'another'}")

    def _version(self) -> str:
        flag = "-h" if self.name == "remind" else "--version"
        found = subprocess.run(
            [self.path, flag], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        words = (found.stdout + found.stderr).replace(",", " ").split()
        numbers = [word.lstrip("v") for word in words if word.lstrip("v")[:1].isdigit()]
        if self.name == "remind":  # "REMIND 04.02.03 Copyright (C) 1992-2023 ..."
            numbers = [one for one in numbers if one.count(".") == 2]
        return numbers[0] if numbers else ""

    def store(self, folder: Path, items: Iterable[Item], today: date) -> None:
        """Give it its store, and let it warm what it keeps beside that."""
        building = folder.with_name(folder.name + ".new")
        if building.exists():
            shutil.rmtree(building)
        building.mkdir(parents=True)
        self.fill(self, building, items)
        building.rename(folder)  # caches hold the path, so they are warmed at the last one
        try:
            _warm(self.ask(self, folder, today))
        except BaseException:
            shutil.rmtree(folder)
            raise


def _install(home: Path, wanted: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, capture_output=True)
    done = subprocess.run(
        [str(home / "bin" / "pip"), "install", "--quiet", wanted], check=False, capture_output=True
    )
    if done.returncode:
        shutil.rmtree(home)
        raise Absent("pip cannot install it")


def _warm(question: Question) -> None:
    for _ in range(2):
        with open_or_nothing(question.stdin) as given:
            subprocess.run(
                question.line,
                env=question.env,
                stdin=given,
                capture_output=True,
                check=True,
                timeout=WARM_SECONDS,
                start_new_session=True,
            )


def open_or_nothing(path: Path | None) -> IO[bytes]:
    """Open what a command reads on its standard input."""
    return (path or Path("/dev/null")).open("rb")


def _plain(folder: Path) -> dict[str, str]:
    """Give an environment in which only the store's own settings count."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
    }


def _lines(text: str) -> int:
    return sum("item " in line for line in text.splitlines())


# taskwarrior: pending.data, a line a task


def _fill_taskwarrior(_: Peer, folder: Path, items: Iterable[Item]) -> None:
    (folder / "taskrc").write_text("confirmation=off\n")
    with (folder / "pending.data").open("w") as file:
        for item in items:
            due = _epoch(item.due_on)
            name = uuid.uuid5(uuid.NAMESPACE_OID, item.text)
            file.write(
                f'[description:"{item.text}" due:"{due}" entry:"{due - 864000}"'
                f' modified:"{due - 864000}" status:"pending" uuid:"{name}"]\n'
            )
    for other in ("completed.data", "undo.data", "backlog.data"):
        (folder / other).touch()


def _epoch(day: date) -> int:
    return int(datetime.combine(day, time(12), UTC).timestamp())


def _ask_taskwarrior(peer: Peer, folder: Path, today: date) -> Question:
    env = {**_plain(folder), "TASKRC": str(folder / "taskrc"), "TASKDATA": str(folder)}
    end = today + timedelta(days=WEEK_DAYS)
    line = [peer.path, "status:pending", f"due.before:{end}", "export"]
    return Question(line, env, OVERDUE + IN_WEEK, lambda text: len(json.loads(text)))


# remind: one file, a line a reminder


def _fill_remind(_: Peer, folder: Path, items: Iterable[Item]) -> None:
    with (folder / "district.rem").open("w") as file:
        for item in items:
            file.write(f"REM {item.due_on} MSG {item.text}\n")


def _ask_remind(peer: Peer, folder: Path, today: date) -> Question:
    line = [peer.path, "-m", "-s+1", str(folder / "district.rem"), today.isoformat()]
    return Question(line, _plain(folder), IN_WEEK, _lines)


# khal and todoman: a folder with a file an item, and a database that each keeps beside it


def _ics(kind: str, item: Item) -> str:
    stamp = "DTSTAMP:20260101T000000Z"
    if kind == "VEVENT":
        after = item.due_on + timedelta(days=1)
        days = f"DTSTART;VALUE=DATE:{item.due_on:%Y%m%d}\r\nDTEND;VALUE=DATE:{after:%Y%m%d}"
    else:
        days = f"DUE;VALUE=DATE:{item.due_on:%Y%m%d}\r\nSTATUS:NEEDS-ACTION"
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//reintegrate//peers//EN\r\nBEGIN:{kind}\r\n"
        f"UID:item-{item.number:06d}\r\n{stamp}\r\n{days}\r\nSUMMARY:{item.text}\r\n"
        f"END:{kind}\r\nEND:VCALENDAR\r\n"
    )


def _write_ics(kind: str, folder: Path, items: Iterable[Item]) -> None:
    (folder / "district").mkdir()
    for item in items:
        (folder / "district" / f"item-{item.number:06d}.ics").write_text(_ics(kind, item))


def _fill_khal(_: Peer, folder: Path, items: Iterable[Item]) -> None:
    _write_ics("VEVENT", folder, items)


def _ask_khal(peer: Peer, folder: Path, today: date) -> Question:
    settings = folder / "khal.conf"  # written when asked, since it names the folder
    settings.write_text(
        f"[calendars]\n[[district]]\npath = {folder / 'district'}\n"
        f"[sqlite]\npath = {folder / 'khal.db'}\n"
        "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\n"
        "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    line = [
        peer.path,
        "-c",
        str(settings),
        "list",
        "--json",
        "start-date",
        "--json",
        "title",
        today.isoformat(),
        f"{WEEK_DAYS}d",
    ]
    return Question(line, _plain(folder), IN_WEEK, lambda text: text.count('"title"'))


def _fill_todoman(_: Peer, folder: Path, items: Iterable[Item]) -> None:
    _write_ics("VTODO", folder, items)


def _ask_todoman(peer: Peer, folder: Path, today: date) -> Question:
    settings = folder / "todoman.py"
    settings.write_text(
        f"path = {str(folder / 'district')!r}\ncache_path = {str(folder / 'todoman.db')!r}\n"
        "date_format = '%Y-%m-%d'\ntime_format = '%H:%M'\ndefault_list = 'district'\n"
    )
    end = datetime.combine(today + timedelta(days=WEEK_DAYS - 1), time(12), UTC)
    hours = int((end - datetime.now(UTC)).total_seconds() // 3600)
    line = [peer.path, "--config", str(settings), "--porcelain", "list", "--due", str(hours)]
    return Question(line, _plain(folder), OVERDUE + IN_WEEK, lambda text: len(json.loads(text)))


# jrnl: one encrypted file; it fills and seals it itself. As installed it looks for the system's
# keychain before it reads the password from standard input; told that there is none, it is faster.

NO_KEYCHAIN = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}

JRNL_PASSWORD = "seven quiet herons"  # noqa: S105 - of a throw-away journal


def _jrnl_settings(peer: Peer, folder: Path, encrypt: str) -> Path:
    settings = folder / "jrnl.yaml"
    settings.write_text(
        f"journals:\n  default:\n    journal: {folder / 'journal.txt'}\nversion: v{peer.version}\n"
        f"encrypt: {encrypt}\neditor: ''\ntemplate: false\ntagsymbols: '@'\ndefault_hour: 9\n"
        "default_minute: 0\ntimeformat: '%Y-%m-%d %H:%M'\nhighlight: false\nlinewrap: 79\n"
        "indent_character: '|'\ndisplay_format: short\n"
        "colors: {body: none, date: none, tags: none, title: none}\n"
    )
    return settings


def _fill_jrnl(peer: Peer, folder: Path, items: Iterable[Item]) -> None:
    (folder / "journal.txt").touch()
    given = folder / "entries.txt"
    with given.open("w") as file:
        for item in items:
            file.write(f"[{item.due_on} 09:00] {item.text}.\n")
    line = [peer.path, "--config-file", str(_jrnl_settings(peer, folder, "false"))]
    env = _plain(folder)
    subprocess.run(
        [*line, "--import", "--file", str(given)],
        env=env,
        check=True,
        capture_output=True,
        start_new_session=True,
        input=b"",
    )
    given.unlink()
    # The password, the same again, and no to the keychain.
    answers = f"{JRNL_PASSWORD}\n{JRNL_PASSWORD}\nn\n".encode()
    subprocess.run(
        [*line, "--encrypt"],
        env=env,
        check=True,
        capture_output=True,
        start_new_session=True,
        input=answers,
    )
    assert (folder / "journal.txt").read_bytes().startswith(b"JRNLv3"), "it is not encrypted"


def _ask_jrnl(peer: Peer, folder: Path, today: date) -> Question:
    """Ask with the password on standard input, as a script gives it."""
    words = folder / "password"
    words.touch(mode=0o600)
    words.write_text(JRNL_PASSWORD + "\n")
    end = today + timedelta(days=WEEK_DAYS - 1)
    line = [
        peer.path,
        "--config-file",
        str(_jrnl_settings(peer, folder, "true")),
        "-from",
        today.isoformat(),
        "-to",
        end.isoformat(),
        "--format",
        "short",
    ]
    return Question(line, _plain(folder), IN_WEEK, _lines, words)


def peers() -> list[Peer]:
    """List the peers."""
    return [
        Peer("khal", _fill_khal, _ask_khal, pip="khal", command="khal"),
        Peer("remind", _fill_remind, _ask_remind, command="remind"),
        Peer("taskwarrior", _fill_taskwarrior, _ask_taskwarrior, command="task", wanted="2.6"),
        Peer("todoman", _fill_todoman, _ask_todoman, pip="todoman", command="todo"),
        Peer(
            "jrnl",
            _fill_jrnl,
            _ask_jrnl,
            pip="jrnl>=4,<5",
            command="jrnl",
            wanted="4.",
            hurried=NO_KEYCHAIN,
        ),
    ]
