"""Telling a paste from what is typed, where the terminal does not mark it.

Where a terminal has no bracketed paste, the lines of one arrive as if somebody had typed them, and
each would answer a question that was not even asked yet. Nobody types a second line in the same
moment as the first, so lines that arrive together while a question waits are one answer to it. What
was typed before it waited is typed ahead, and answers the questions to come.
"""

import fcntl
import select
import struct
import sys
import termios
import time
from contextlib import suppress

TOLD = "several lines came at once, and are one answer now; Enter takes it, Ctrl-U clears it"
_AT_ONCE = 8
"""Characters that may come together with a Return, where the line to the terminal is slow."""
_SOON, _TOGETHER = 0.015, 0.1
"""Seconds: to wait whether more comes with a Return; and within which what comes is one paste."""


class Pasting:
    """What arrives while one question waits."""

    def __init__(self) -> None:
        self._waited = False
        """Whether the question waited; what was read before that was typed ahead of it."""
        self._until = 0.0

    def waits(self) -> None:
        """Note that the question is there, once all that was typed before it is read."""
        self._waited = self._waited or not _pending(0)

    def holds(self, rest: str) -> bool:
        """Return whether a Return is one inside of a paste, and answers nothing.

        Args:
            rest: what was read together with it, and follows it.
        """
        now = time.monotonic()
        if now >= self._until:
            more = goes_on(rest) or (not rest and _pending(_SOON) > _AT_ONCE)
            if not (self._waited and more):
                return False
        self._until = now + _TOGETHER
        return True


def goes_on(rest: str) -> bool:
    """Return whether what came together with a Return, and after it, was not typed."""
    *ended, last = rest.replace("\r", "\n").split("\n")
    return any(line.strip() for line in ended) or len(last) > _AT_ONCE


def _pending(seconds: float) -> int:
    """Return how many characters are there to be read, after waiting a little for the first."""
    with suppress(OSError, ValueError, termios.error):
        keyboard = sys.stdin.fileno()
        if select.select([keyboard], [], [], seconds)[0]:
            size = fcntl.ioctl(keyboard, termios.FIONREAD, struct.pack("i", 0))
            return int(struct.unpack("i", size)[0])
    return 0
