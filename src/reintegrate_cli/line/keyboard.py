"""The keyboard while questions are asked, and plain lines read from it.

A terminal gives a program whole lines, cut at 4,095 bytes in silence, and shows on the screen
what is typed ahead. From the first question to the last it gives keys instead, so that nothing
is cut, or seen twice. Where it cannot draw, or with ``REINTEGRATE_PLAIN`` (screen readers), a
question is one plain line, and its answer is read here.
"""

import codecs
import os
import sys
import termios
import unicodedata
from contextlib import suppress
from typing import Any

from reintegrate_cli.core.errors import Problem
from reintegrate_cli.line.pasting import TOLD, Pasting
from reintegrate_cli.line.questions import Question, Stopped, measure, shown
from reintegrate_cli.line.speech import rub_out, write

_CANNOT_DRAW = ("", "dumb", "unknown")
_ESCAPE, _FORGET, _WORD, _END = "\x1b", "\x15", "\x17", "\x04"
_RUB_OUT = "\x7f\b"

_before: list[Any] | None = None


def is_plain() -> bool:
    """Return whether questions are plain lines here."""
    asked = os.environ.get("REINTEGRATE_PLAIN", "") not in ("", "0")
    return asked or os.environ.get("TERM", "") in _CANNOT_DRAW or not sys.stderr.isatty()


def hold() -> None:
    """Take keys from here on, and not lines; nothing that is typed shows by itself."""
    global _before
    if _before is not None:
        return
    with suppress(termios.error, OSError, ValueError):
        keyboard = sys.stdin.fileno()
        before, held = termios.tcgetattr(keyboard), termios.tcgetattr(keyboard)
        held[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR)
        held[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
        held[6][termios.VMIN], held[6][termios.VTIME] = 1, 0
        _before = before
        termios.tcsetattr(keyboard, termios.TCSANOW, held)


def release() -> None:
    """Leave the keyboard as it was; what was typed and not read stays for who reads next."""
    global _before
    before, _before = _before, None
    if before is not None:
        with suppress(termios.error, OSError, ValueError):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, before)


class _Keys:
    """What is typed, key by key, as far as a plain line takes it."""

    def __init__(self) -> None:
        self._unread = ""
        self._last = ""
        self.pasting = Pasting()
        """What arrives while the question waits that is asked now."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def next(self) -> str:
        """Return the next key; arrows, and others that write nothing, are left out."""
        key = self._take()
        if key == "\n" and self._last == "\r":  # both of them end a line elsewhere
            key = self._take()
        while key == _ESCAPE:
            if self._take() in "[O":
                while not "@" <= self._take() <= "~":
                    pass
            key = self._take()
        self._last = key
        return key

    def hold(self) -> bool:
        """Return whether the Return that was read last is one inside of a paste."""
        return self.pasting.holds(self._unread)

    def _take(self) -> str:
        while not self._unread:
            self.pasting.waits()
            data = os.read(sys.stdin.fileno(), 65_536)
            if not data:
                raise EOFError
            self._unread = self._decoder.decode(data)
        key, self._unread = self._unread[0], self._unread[1:]
        return key


_keys = _Keys()


def ask(question: Question) -> str:
    """Ask a question in plain lines until the answer fits.

    Raises:
        Stopped: the person pressed Ctrl-C.
        EOFError: the person pressed Ctrl-D where nothing was typed, or went away.
    """
    problem, text = question.problem, question.text
    if text and question.choices:  # it stands in brackets, and is not typed over
        question, text = question._replace(default=text), ""
    while True:
        if problem:
            write(f"{problem}\n")
        for number, choice in enumerate(question.choices, 1):
            about = question.about.get(choice, "")
            write(f"  {number} {shown(choice)}{f', {about}' if about else ''}\n")
        helps = [question.help, "Ctrl-U clears it" if text else ""]
        told = "; ".join(filter(None, helps))
        write(question.prompt + (f" ({told})" if told else ""))
        write(":\n" if question.several else ": ")
        _keys.pasting = Pasting()
        text = _lines(text) if question.several else _line([], text, question.between)[0]
        try:
            value, understood = question.settle(text)
        except Problem as wrong:
            problem = f"{wrong.message}; {wrong.hint}" if wrong.hint else wrong.message
            text = text if question.several else ""
            continue
        except Exception:
            if question.keep is not None:
                question.keep(text)
            raise
        if understood or (question.several and value):
            write(f"  {understood or measure(value)}\n")
        return value


def _lines(text: str) -> str:
    """Read lines until Ctrl-D, or one with a single dot; a former text goes on at its end."""
    *lines, last = text.split("\n")
    write("".join(f"{line}\n" for line in lines))
    with suppress(EOFError):
        while True:
            line, is_last = _line(lines, last)
            last = ""
            if line == "." and not _keys.hold():
                break
            lines.append(line)
            if is_last:
                break
    return "\n".join(lines)


def _line(before: list[str], line: str = "", between: str = "") -> tuple[str, bool]:
    """Read a line, however long; return it, and whether Ctrl-D ended it.

    Args:
        before: the lines of the same text; Ctrl-U on an empty line takes the last of them up.
        line: what is on the line already.
        between: what stands between pasted lines, where they are to be one.

    Raises:
        Stopped: the person pressed Ctrl-C.
        EOFError: the person pressed Ctrl-D, and nothing stands on the line.
    """
    write(line)
    told = False
    try:
        while True:
            key = _keys.next()
            if key in "\r\n":
                if not (between and _keys.hold()):
                    break
                write("" if told else f"\n  {TOLD}\n{line}")
                key, told = between, True
            if key == _END:
                write("\n")
                if not line:
                    raise EOFError
                return line, True
            if key == _FORGET and not line and before:
                line = before.pop()
                write(f"\n{line}")
                continue
            edited = _edited(line, key)
            _show(line, edited)
            line = edited
    except KeyboardInterrupt as stop:
        if stop.args:  # a signal that ends the command
            raise
        write("\n")
        raise Stopped("\n".join([*before, line])) from None
    write("\n")
    return line, False


def _edited(line: str, key: str) -> str:
    """Return a line after a key: with something rubbed out, or one character more."""
    if key in _RUB_OUT:
        return line[:-1]
    if key == _FORGET:
        return ""
    if key == _WORD:
        kept = line.rstrip()
        return kept[: len(kept) - len(kept.rpartition(" ")[2])]
    return line if unicodedata.category(key) == "Cc" and key != "\t" else line + key


def _show(line: str, edited: str) -> None:
    if edited.startswith(line):
        write(edited[len(line) :])
        return
    cells = sum(map(_cells, line[len(edited) :]))
    rub_out(cells)


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
