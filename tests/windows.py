"""Terminals that really behave: tmux and GNU screen, each with a bash in it, and their scrollback."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROMPT = "ready>"


def patiently(what: Callable[[], bool], seconds: float = 30) -> bool:
    """Look again and again until something is so; how long that takes is not what is tested."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return what()


class Window:
    """One window of a multiplexer, with a bash in it."""

    programs: tuple[str, ...] = ()

    def __init__(self, folder: Path, env: dict[str, str], size: tuple[int, int]) -> None:
        self.folder = folder
        self.rows, self.columns = size
        self.name = f"r{os.getpid()}"
        self.env = {
            **env,
            "PS1": f"{PROMPT} ",
            "SCREENDIR": str(folder / "sockets"),
            "TMUX_TMPDIR": str(folder),
        }
        self.env.pop("TMUX", None)
        self.env.pop("STY", None)

    def start(self) -> None:
        raise NotImplementedError

    def type(self, text: str) -> None:
        """Type something; ``\\n`` is Enter."""
        raise NotImplementedError

    def paste(self, text: str, *, brackets: bool = False) -> None:
        """Paste all at once: as a terminal does that knows no brackets, or in them."""
        raise NotImplementedError

    def text(self) -> str:
        """Give all that the window holds: the screen, and what scrolled off it."""
        raise NotImplementedError

    def resize(self, rows: int, columns: int) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def key(self, *names: str) -> None:
        """Press keys by their names: ``Down``, ``C-c``."""
        raise NotImplementedError

    def shows(self, text: str) -> bool:
        return patiently(lambda: text in self.text())

    def is_rid_of(self, text: str) -> bool:
        return patiently(lambda: text not in self.text())

    def is_ready(self) -> bool:
        """Say whether the shell asks for its next command at the end of the screen."""
        return patiently(lambda: self.text().rstrip().endswith(PROMPT))

    def _run(self, *line: str) -> str:
        return subprocess.run(line, env=self.env, check=True, capture_output=True, text=True).stdout


class Tmux(Window):
    programs = ("tmux",)
    command: tuple[str, ...] = ("bash", "--norc", "--noprofile")

    def start(self) -> None:
        size = ("-x", str(self.columns), "-y", str(self.rows))
        self.tmux("new-session", "-d", *size, *self.command)
        assert patiently(lambda: PROMPT in Tmux.text(self))

    def type(self, text: str) -> None:
        *whole, last = text.split("\n")
        for part in whole:
            self.stuff(part)
            self.tmux("send-keys", "Enter")
        self.stuff(last)

    def stuff(self, text: str) -> None:
        if text:
            self.tmux("send-keys", "-l", text)

    def key(self, *names: str) -> None:
        self.tmux("send-keys", *names)

    def paste(self, text: str, *, brackets: bool = False) -> None:
        pasted = self.folder / "pasted"
        pasted.write_bytes(text.encode())  # a line of the shell could not hold it all
        self.tmux("load-buffer", str(pasted))
        self.tmux("paste-buffer", "-r", *(["-p"] if brackets else []))

    def text(self) -> str:
        return self.tmux("capture-pane", "-p", "-S", "-")

    def resize(self, rows: int, columns: int) -> None:
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        line = ["tmux", "-L", self.name, "kill-server"]
        subprocess.run(line, env=self.env, check=False, capture_output=True)

    def tmux(self, *line: str) -> str:
        return self._run("tmux", "-f", "/dev/null", "-L", self.name, *line)


class GnuScreen(Tmux):
    """GNU screen, in a terminal that can get smaller: one of tmux."""

    programs = ("screen", "tmux")
    settings = ""

    def start(self) -> None:
        (self.folder / "sockets").mkdir(mode=0o700)
        rc = self.folder / "screenrc"
        rc.write_text(f"defscrollback 1000\nstartup_message off\n{self.settings}")
        self.command = (
            "env",
            "-u",
            "TMUX",
            "-u",
            "TMUX_PANE",
            "screen",
            "-c",
            str(rc),
            "-S",
            self.name,
            *Tmux.command,
        )
        super().start()

    def text(self) -> str:
        copy = self.folder / "copy"
        copy.unlink(missing_ok=True)
        line = ["screen", "-S", self.name, "-p", "0", "-X", "hardcopy", "-h", str(copy)]
        subprocess.run(line, env=self.env, check=False, capture_output=True)
        patiently(copy.exists, 5)
        return copy.read_text(errors="replace") if copy.exists() else ""

    def close(self) -> None:
        subprocess.run(
            ["screen", "-S", self.name, "-X", "quit"],
            env=self.env,
            check=False,
            capture_output=True,
        )
        super().close()


class GnuScreenWithAnother(GnuScreen):
    """GNU screen that was told to have another screen."""

    settings = "altscreen on\n"


@contextmanager
def window(
    kind: type[Window], folder: Path, size: tuple[int, int] = (24, 80), **env: str
) -> Iterator[Window]:
    """Open a window, and close it; the test is skipped where its program is not there."""
    missing = [program for program in kind.programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)}: not installed")
    made = kind(folder, {**os.environ, **env}, size)
    try:
        made.start()
        yield made
    finally:
        made.close()
