"""A server that answers as it should until it is asked a certain thing, and then as it likes.

It stands before a real one: what is let in, and every statement but that one, is the real one's.
"""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from servers import Server

ASKED = b"SELECT 'what is asked'"
"""A statement that is answered otherwise."""

Answer = Iterator[bytes]


def message(kind: bytes, content: bytes = b"") -> bytes:
    """Give a message of the protocol."""
    return kind + struct.pack("!i", len(content) + 4) + content


DONE = message(b"C", b"SELECT 1\0")
READY = message(b"Z", b"T")
NOTICE = message(b"N", b"SWARNING\0VWARNING\0C01000\0Mcorrect-horse\0\0")
NOTIFIED = message(b"A", struct.pack("!i", 1) + b"channel\0correct-horse\0")


def row(*values: bytes) -> bytes:
    """Give a row of an answer."""
    said = b"".join(struct.pack("!i", len(value)) + value for value in values)
    return message(b"D", struct.pack("!h", len(values)) + said)


def columns(count: int = 1) -> bytes:
    """Say that rows have so many columns."""
    one = b"x\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0)
    return message(b"T", struct.pack("!h", count) + one * count)


@contextlib.contextmanager
def lying(
    server: Server, folder: Path, answer: Callable[[], Answer], asked: bytes = ASKED
) -> Iterator[Callable[[str], str]]:
    """Run the liar before a server; give what makes its URL of one of the server's.

    Args:
        server: the real one.
        folder: where its socket is to be.
        answer: gives the bytes with which it answers, a piece after the other.
        asked: a part of what is answered so.
    """
    port = next(_PORTS)
    path = folder / f".s.PGSQL.{port}"
    ended = threading.Event()
    with socket.socket(socket.AF_UNIX) as ear, ThreadPoolExecutor() as threads:
        ear.bind(str(path))
        ear.listen()
        ear.settimeout(0.05)

        def listen() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    heard, _ = ear.accept()
                    threads.submit(_serve, server, heard, answer, asked, ended)

        threads.submit(listen)
        try:
            yield (
                lambda url: (
                    f"postgresql://postgres@{quote(str(folder), safe='')}:{port}"
                    f"/{url.rpartition('/')[2]}"
                )
            )
        finally:
            ended.set()
    path.unlink()


_PORTS = itertools.count(6000)


def _serve(
    server: Server,
    heard: socket.socket,
    answer: Callable[[], Answer],
    asked: bytes,
    ended: threading.Event,
) -> None:
    """Be a server to one connection: pass on what is said, until it is asked the certain thing."""
    with heard, socket.socket(socket.AF_UNIX) as real, contextlib.suppress(OSError):
        real.connect(str(server.folder / f".s.PGSQL.{server.port}"))
        while not ended.is_set():
            ready, _, _ = select.select([heard, real], [], [], 0.05)
            for one in ready:
                said = one.recv(65536)
                if not said:
                    return
                if one is heard and asked in said:
                    _lie(heard, answer, ended)
                    return
                (real if one is heard else heard).sendall(said)


def _lie(heard: socket.socket, answer: Callable[[], Answer], ended: threading.Event) -> None:
    """Answer as it likes, and then say nothing more until the other side goes."""
    heard.settimeout(0.05)
    for piece in answer():
        left = memoryview(piece)
        while left and not ended.is_set():
            with contextlib.suppress(TimeoutError):
                left = left[heard.send(left) :]
        if ended.is_set():
            return
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            if not heard.recv(65536):
                return
