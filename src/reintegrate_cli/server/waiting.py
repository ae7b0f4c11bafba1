"""Waiting for a server: never longer than a deadline, and never for more than an answer can be.

The people who run the server, or somebody in its place, may say nothing, a byte every few seconds,
or gigabytes. The driver takes in what comes until an answer is whole; so what is bounded here is
how long that may take, for as much as came, and how much memory it may take.
"""

import fcntl
import os
import resource
import select
import sys
import termios
import time
from collections.abc import Iterator
from typing import Any

from reintegrate_cli.server import trouble
from reintegrate_cli.server.address import Host, is_local

LARGEST = 1 << 30
"""Bytes of memory that one answer may take: a vault of a million rows, read whole."""
SLOWEST = 4096
"""Bytes in a second, below which nobody waits for the rest; a modem has more."""
PAUSES = 3
"""How often an answer may pause for as long as it may be silent."""
LONGEST = 3600.0
"""Seconds for an answer, whatever comes."""
MOST_NOTICES = 50
"""The driver keeps so many, and then forgets the first."""

_POLL_OK, _POLL_READ = 0, 1
_KIBIBYTES = 1 if sys.platform == "darwin" else 1024


class Slow(TimeoutError):
    """An answer comes, and does not come to an end."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Flood(Exception):
    """There is more of an answer than there can be."""


def wait(connection: Any, patience: float, *, sent: int = 0) -> None:
    """Wait until the driver has all of an answer.

    Args:
        connection: the driver's.
        patience: seconds for which nothing may come, or nothing can be sent.
        sent: bytes that go to the server before it answers.

    Raises:
        Slow: it takes too long for what comes.
        TimeoutError: nothing came, or could be sent, for so many seconds.
        Flood: it takes too much memory, or is something else than an answer.
    """
    begun, came, memory = time.monotonic(), sent, _peak()
    while (wants := connection.poll()) != _POLL_OK:
        if _peak() - memory > LARGEST or len(connection.notices) >= MOST_NOTICES:
            raise Flood
        allowed = min(PAUSES * patience + came / SLOWEST, LONGEST)
        left = begun + allowed - time.monotonic()
        if left <= 0:
            raise Slow(allowed)
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN if wants == _POLL_READ else select.POLLOUT)
        if not poll.poll(min(patience, left) * 1000):
            raise TimeoutError if left > patience else Slow(allowed)
        came += _waiting(connection.fileno()) if wants == _POLL_READ else 0


def _waiting(descriptor: int) -> int:
    """Return how many bytes came that the driver has not taken yet."""
    asked = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    return int.from_bytes(asked, sys.byteorder)


def _peak() -> int:
    """Return the most memory that this process ever had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTES


def addresses_of(host: Host, seconds: float) -> Iterator[Host]:
    """Yield a host for each of its addresses: the driver would look them up without a deadline.

    Args:
        host: its options; of what a service names, nobody knows the name here.
        seconds: how long to wait.

    Raises:
        Settings: it was not found.
    """
    own = os.environ
    is_service = "service" in host or "PGSERVICE" in own
    name = host.get("host") or ("" if is_service else own.get("PGHOST", ""))
    if host.get("hostaddr") or "PGHOSTADDR" in own or is_local(name) or "," in name:
        yield host
        return
    import socket
    import threading

    found: list[str] = []
    ended = threading.Event()

    def look() -> None:
        try:
            every = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(one[4][0]) for one in every))
        except (OSError, UnicodeError):
            pass
        ended.set()

    threading.Thread(target=look, daemon=True).start()
    if not ended.wait(seconds):
        raise trouble.nameless(seconds)
    if not found:
        raise trouble.unreached()
    for address in found:
        yield {**host, "hostaddr": address}
