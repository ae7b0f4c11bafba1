"""What does not fit on the screen goes through a pager, on a terminal alone.

A pager that is named ``less`` is told to write no history, and to run nothing. The text goes to
it through a pipe, so that no file holds it.
"""

import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from reintegrate_cli.line import speech

DEFAULT = "less -FRX"
LONGEST = 8 * 60 * 60
"""Seconds after which a pager that nobody leaves is ended: a working day."""
_NO_PAGER = ("", "cat")
_CANNOT_DRAW = ("", "dumb", "unknown")


class Held(io.StringIO):
    """Rows for a terminal, held until it is known whether they fit on its screen."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__()
        self.terminal = terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the terminal."""
        return self.terminal.encoding

    def isatty(self) -> bool:
        """Return true: these are the rows of a terminal."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the terminal."""
        return self.terminal.fileno()


def hold() -> None:
    """Hold what goes to the terminal from here on, unless it is a plain one or nobody is there."""
    plain = os.environ.get("REINTEGRATE_PLAIN", "") not in ("", "0")
    if not (plain or speech.current.no_input or os.environ.get("TERM", "") in _CANNOT_DRAW):
        sys.stdout = Held(sys.stdout)


def release() -> None:
    """Let out what is held: through the pager if it is longer than the screen.

    The command goes on to hold its rows if there were none yet.
    """
    held = sys.stdout
    if not isinstance(held, Held) or not (text := held.getvalue()):
        return
    sys.stdout = held.terminal
    if not (_is_longer_than_the_screen(text, held) and _is_read_in_a_pager(text)):
        sys.stdout.write(text)


def _is_longer_than_the_screen(text: str, held: Held) -> bool:
    with suppress(OSError):
        columns, rows = os.get_terminal_size(held.fileno())
        # The shell's next prompt takes a row, too.
        taken = sum(max(1, -(-len(line) // (columns or 1))) for line in text.splitlines())
        return 0 < rows <= taken
    return False


def _is_read_in_a_pager(text: str) -> bool:
    """Show a text in the pager, and wait until the person leaves it; say whether one was there."""
    import shlex
    import signal
    import subprocess

    try:
        command = shlex.split(os.environ.get("PAGER", DEFAULT))
    except ValueError:
        command = shlex.split(DEFAULT)
    if not command or command[0] in _NO_PAGER:
        return False
    env = {**os.environ, "LESSSECURE": "1", "LESSHISTFILE": "-"}
    env.setdefault("LESS", "FRX")
    for name in ("LESSOPEN", "LESSCLOSE", "LESSSECURE_ALLOW"):
        env.pop(name, None)
    # Ctrl-C is for the pager, which ends a search with it, and not for the command.
    former = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, env=env)
        # A pager that is left early takes no more of the text, which is no error.
        child.communicate(text.encode(sys.stdout.encoding or "utf-8", "replace"), timeout=LONGEST)
    except subprocess.TimeoutExpired:
        child.terminate()
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, former)
    return True
