"""The terminal as a thing: what is shown on it for a while, and what is left unread.

A name that was shown is taken away on every way out. Not every terminal has a second screen:
GNU screen has none unless it is told to, and what is *cleared* there, as in several others,
goes into the scrollback. So lines are painted each in its own place, nothing scrolls, and they
are erased one by one. On a terminal that cannot do this nothing is shown. While something is
shown, signals wait: they end the command once it is gone.
"""

import io
import os
import re
import select
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress

from reintegrate_cli.core import signals
from reintegrate_cli.core.errors import Interrupted, Settings, Usage
from reintegrate_cli.line import keyboard, output

_ROWS = 24
_TICK = 0.2
_ARRIVING, _STILL_ARRIVING, _LONGEST = 0.05, 0.2, 3.0
"""Seconds: to wait for the first of a paste, for more of it, and in all."""


class Screen:
    """A terminal, and what its kind understands."""

    def __init__(self, terminal: int) -> None:
        self.terminal = terminal
        self.painted = 0
        self._says = _understood(terminal)

    @property
    def can_erase(self) -> bool:
        """Return whether a line that was painted can be taken away again."""
        return {"cup", "el", "clear"} <= set(self._says)

    @property
    def size(self) -> tuple[int, int]:
        """Return how many rows and columns there are."""
        try:
            columns, rows = os.get_terminal_size(self.terminal)
        except OSError:
            columns, rows = 0, 0
        return rows or _ROWS, columns or output.NORMAL_WIDTH

    def enter(self, lines: Sequence[str]) -> None:
        """Turn to the other screen, where there is one, and paint lines at its top."""
        self.painted = len(lines)
        text = "\r\n".join(lines)  # as they fit, nothing scrolls
        shown = text.encode(sys.stdout.encoding or "utf-8", "replace")
        self._write(self._said("smcup"), self._said("clear"), self._at(0), shown)
        # With the cursor at the top, a window that gets smaller drops what is below it; with
        # the cursor at the bottom it would push the first lines into the scrollback.
        self._write(self._at(0))

    def erase(self, first: int = 0) -> None:
        """Erase every line from a row on, in place."""
        rows = range(first, max(self.painted, self.size[0]))
        self._write(*(self._at(row) + self._said("el") for row in rows), self._at(first))

    def leave(self) -> None:
        """Erase every line, and turn back to the screen that was there before."""
        with suppress(OSError, termios.error):  # a terminal that was closed shows nothing
            termios.tcflow(self.terminal, termios.TCOON)
            self.erase()
            self._write(self._said("rmcup"))

    def forget_scrollback(self) -> bool:
        """Erase what scrolled off, and say whether this terminal is known to do so."""
        self._write(self._said("E3") or b"\x1b[3J")
        return bool("E3" in self._says or os.environ.get("TMUX")) and not os.environ.get("STY")

    def ask(self, label: str) -> str:
        """Ask for a line below what is painted.

        Raises:
            KeyboardInterrupt: the command is to end.
            EOFError: so said the person.
        """
        self.erase(self.painted)
        self._write(f"{label}: ".encode())
        wait(None)
        if _is_ending():
            raise KeyboardInterrupt
        typed = sys.stdin.readline()
        if not typed:
            raise EOFError
        return typed.strip()

    def _at(self, row: int) -> bytes:
        import curses

        return _unpadded(curses.tparm(self._says["cup"], row, 0))

    def _said(self, name: str) -> bytes:
        return _unpadded(self._says.get(name, b""))

    def _write(self, *parts: bytes) -> None:
        data = b"".join(parts)
        while data:
            data = data[os.write(self.terminal, data) :]


def _understood(terminal: int) -> dict[str, bytes]:
    """Look up how this kind of terminal is told to move, to erase and to turn over."""
    try:
        import curses
    except ImportError:
        return {}
    try:
        curses.setupterm(fd=terminal)
    except curses.error:  # TERM is not set, or names nothing that is known
        return {}
    names = ("cup", "el", "clear", "smcup", "rmcup", "E3")
    return {name: text for name in names if (text := curses.tigetstr(name))}


def _unpadded(text: bytes) -> bytes:
    """Leave out the pauses that a printing terminal would want."""
    return re.sub(rb"\$<[0-9.]+[*/]*>", b"", text)


def _terminal() -> int | None:
    """Find the terminal that a person looks at."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            if stream.isatty():
                return int(stream.fileno())
    return None


def demand(hint: str = "run it where TERM is set, and is not dumb") -> Screen:
    """Require a terminal from which what is shown can be taken away again.

    Args:
        hint: what to try where this one cannot.

    Raises:
        Usage: there is no terminal, or nobody is at it.
        Settings: it cannot erase what it shows.
    """
    terminal = _terminal()
    if terminal is None or not output.can_ask():
        raise Usage("names are shown at a terminal alone", hint="run it in a terminal window")
    screen = Screen(terminal)
    if not screen.can_erase:
        raise Settings(
            "this terminal cannot take away what it shows, so nothing is shown", hint=hint
        )
    return screen


@contextmanager
def shown(lines: Sequence[str], *, spare: int = 0) -> Iterator[Screen]:
    """Show lines, and take them away on every way out.

    Args:
        lines: what is shown.
        spare: how many rows are wanted below it.

    Raises:
        Usage: there is no terminal, or nobody is at it.
        Settings: it cannot erase what it shows, or is too small for it.
    """
    screen = demand()
    keyboard.release()
    rows, columns = screen.size
    painted = [part for text in lines for part in _folded(text, columns - 1)]
    if len(painted) + spare > rows:
        raise Settings(
            "the window is too small to show this and take it away again",
            hint=f"make it {len(painted) + spare} lines high",
        )
    sys.stdout.flush()
    sys.stderr.flush()
    # Stopped, the command would leave the names on the screen, with nobody to take them away.
    stops = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
    stopping = [signal.signal(number, signal.SIG_IGN) for number in stops]
    heeded = signal.pthread_sigmask(signal.SIG_BLOCK, signals.ending() | signals.faults())
    try:
        try:
            screen.enter(painted)
        except OSError:
            raise Interrupted("the terminal went away") from None
        yield screen
    finally:
        screen.leave()
        for number, handler in zip(stops, stopping, strict=True):
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, heeded)


def wait(seconds: float | None, until: Callable[[], bool] = lambda: False) -> None:
    """Wait until a line was typed, a signal arrived, the time is up or something is so."""
    # A clock that goes on while the machine sleeps: the lid may open in another room.
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    end = None if seconds is None else time.clock_gettime(clock) + seconds
    while not (_is_ending() or until()):
        if select.select([sys.stdin], [], [], _TICK)[0]:
            return
        if end is not None and time.clock_gettime(clock) >= end:
            return


def _is_ending() -> bool:
    return not signal.sigpending().isdisjoint(signals.ending() | signals.faults())


def _folded(text: str, columns: int) -> Iterator[str]:
    """Cut a line so that no part of it is wider than the window."""
    part, wide = "", 0
    for char in text:
        # No character takes more than two cells; which of them do, terminals do not agree on.
        cells = 1 if char.isascii() else 2
        if wide + cells > columns:
            yield part
            part, wide = "", 0
        part, wide = part + char, wide + cells
    yield part


class _Drawn(io.StringIO):
    """What would go to a terminal, held back until it is known that it can be taken away."""

    def isatty(self) -> bool:
        return True


def for_a_while(seconds: float, draw: Callable[[], None]) -> None:
    """Show something, and take it away at Enter, when the time is up, and on every way out.

    Args:
        seconds: for how long, at most.
        draw: prints what is to be shown.

    Raises:
        Usage: there is no terminal, or nobody is at it.
        Settings: it cannot erase what it shows, or is too small for it.
    """
    drawn = _Drawn()
    with redirect_stdout(drawn):
        draw()
    lines = [*drawn.getvalue().splitlines(), "", f"gone in {seconds:.0f} seconds, or at Enter"]
    with shown(lines) as screen, _quiet():
        size = screen.size
        wait(seconds, until=lambda: screen.size != size)
        resized = screen.size != size
    if resized:
        output.say("the window changed its size, so that was taken away")


@contextmanager
def _quiet() -> Iterator[None]:
    """Let nothing that is typed be seen, or hold the screen still."""
    keyboard = sys.stdin.fileno()
    as_before = None
    with suppress(termios.error):  # a terminal that was closed is as quiet as can be
        as_before = termios.tcgetattr(keyboard)
        quiet = termios.tcgetattr(keyboard)
        quiet[0] &= ~(termios.IXON | termios.IXOFF)  # Ctrl-S would keep the names
        quiet[3] &= ~termios.ECHO
        termios.tcsetattr(keyboard, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        with suppress(termios.error):
            # What was typed meanwhile is for nobody, least of all for the shell.
            if as_before is not None:
                termios.tcsetattr(keyboard, termios.TCSAFLUSH, as_before)


def clear() -> str:
    """Clear the screen and what scrolled off it.

    Returns:
        What could not be cleared; nothing where all was, or where there is no terminal.
    """
    terminal = _terminal()
    if terminal is None:
        return ""
    screen = Screen(terminal)
    if not screen.can_erase:
        return "the screen and what scrolled off it"
    sys.stdout.flush()
    sys.stderr.flush()
    screen.erase()
    return "" if screen.forget_scrollback() else "what scrolled off the screen"


def forget_typed(*, asked: bool) -> None:
    """Throw away what was typed and not read, and what still arrives of a paste.

    What is left would be run by the shell, and lie in its history.

    Args:
        asked: whether a person was asked for something, and may have pasted an answer.
    """
    with suppress(OSError, ValueError, AttributeError, termios.error):
        keyboard = sys.stdin.fileno()
        # Not while another program is in front: the terminal is that one's then.
        if not os.isatty(keyboard) or os.tcgetpgrp(keyboard) != os.getpgrp():
            return
        as_before = termios.tcgetattr(keyboard)
        raw = termios.tcgetattr(keyboard)
        # Half a line can be read only where lines are not waited for.
        raw[3] &= ~(termios.ICANON | termios.ECHO)
        try:
            termios.tcsetattr(keyboard, termios.TCSANOW, raw)
            still = _ARRIVING if asked else 0.0
            end = time.monotonic() + _LONGEST
            while time.monotonic() < end and select.select([keyboard], [], [], still)[0]:
                if not os.read(keyboard, 65_536):
                    break
                still = _STILL_ARRIVING
        finally:
            termios.tcsetattr(keyboard, termios.TCSAFLUSH, as_before)
