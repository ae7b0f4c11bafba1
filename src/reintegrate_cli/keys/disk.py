"""What key files and the vault both ask of the disk, and its refusals in plain words.

Every file is opened, and every lock taken, through here: no pipe that somebody put in a
file's place, no link, and nobody else's lock makes the program wait for ever.
"""

import contextlib
import errno
import fcntl
import os
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar, get_args

from reintegrate_cli.core.errors import Settings

T = TypeVar("T")

LOCK_SECONDS = 5.0
"""How long another program's lock is waited for, if nothing else is said."""
Beside = Literal["lock", "ballast", "torn"]
"""What stands beside a vault, named for it: its lock and anchor, some room, a tail cut off."""
UNFINISHED = ".new"
"""The end of a file's name until it is whole."""
_BESIDE = tuple(f".{what}" for what in get_args(Beside))

_POLL = 0.03

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is too large for the disk",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission is missing",
    errno.EPERM: "permission is missing",
    errno.EIO: "the disk does not answer as it should",
    errno.ENOENT: "there is no such file or folder",
    errno.ELOOP: "it is a link",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EISDIR: "it is a folder",
    errno.ENXIO: "it is not a plain file",
    errno.ENAMETOOLONG: "the path is too long",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.EINTR: "it was interrupted",
}


def plain_reason(error: OSError) -> str:
    """Return in plain words why the system would not do it; the path is not echoed."""
    return _REASONS.get(error.errno or 0, "the system refused it")


_REMEDIES = {
    "the disk is full": "make room on the disk, and try again",
    "the disk quota is used up": "make room within the quota, and try again",
    "the disk is read-only": "choose a place that can be written to",
    "permission is missing": "look at the rights of the file and of its folder: ls -ld",
    "the disk does not answer as it should": "copy what matters to another disk",
    "there is no such file or folder": "check the path",
    "too many files are open": "close other programs, and try again",
    "it was interrupted": "try again",
}


def remedy(error: OSError) -> str:
    """Return what to try where the system would not do it."""
    return _REMEDIES.get(plain_reason(error), "name the path of a plain file of your own")


def refuse_own_name(name: str) -> None:
    """Refuse a name that the program gives to what stands beside a vault.

    Raises:
        Settings: a file of that name would take the place of a lock, or would be tidied away.
    """
    if name.endswith(_BESIDE) or is_unfinished(name):
        raise Settings(
            "the name is one that the program gives to files of its own", hint="choose another name"
        )


def is_unfinished(name: str, whole: str = "") -> bool:
    """Return whether a file was left by a killed program, or by one that is still writing.

    Args:
        name: its name.
        whole: the name that it was to have; any if left out.
    """
    if not name.endswith(UNFINISHED) or not name.startswith(f"{whole}." if whole else ""):
        return False
    piece = name.removesuffix(UNFINISHED).rpartition(".")[2]
    return bool(piece) and set(piece) <= set("0123456789abcdef")


def beside(path: Path, what: Beside) -> Path:
    """Return the path of what stands beside a vault."""
    return path.with_name(f"{path.name}.{what}")


def opened(
    path: Path, flags: int, mode: int = 0o600, *, follow: bool = False, pipe: bool = False
) -> int:
    """Open a plain file, without waiting for anybody.

    Args:
        path: where it is.
        flags: whether to read, to write, to make it.
        mode: its rights, where it is made.
        follow: whether a link may lead there; not where it holds a secret, or is written.
        pipe: whether a pipe will do, such as a shell's ``<(...)``; one that nobody writes to is
            empty.

    Raises:
        OSError: the system would not, or it is no plain file.
    """
    # O_NONBLOCK: a pipe in its place must not make the program wait for ever.
    flags |= os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags, mode)
    try:
        kind = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(kind) or (pipe and stat.S_ISFIFO(kind))):
            number = errno.EISDIR if stat.S_ISDIR(kind) else errno.ENXIO
            raise OSError(number, os.strerror(number))
        if pipe:
            os.set_blocking(descriptor, True)
    except BaseException:
        shut(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def opening(path: Path, flags: int, *, follow: bool = False) -> Iterator[int]:
    """Open a plain file for the length of a ``with``; see ``opened``.

    Raises:
        OSError: the system would not, or it is no plain file.
    """
    descriptor = opened(path, flags, follow=follow)
    try:
        yield descriptor
    finally:
        shut(descriptor)


def until(seconds: float, attempt: Callable[[], T | None]) -> T | None:
    """Try until something comes of it, or give nothing once the time is up."""
    deadline = time.monotonic() + seconds
    while (given := attempt()) is None and time.monotonic() < deadline:
        time.sleep(_POLL)
    return given


class Taken(ABC):
    """A lock that is held for the length of a block."""

    @abstractmethod
    def acquire(self) -> None:
        """Take the lock."""

    @abstractmethod
    def release(self) -> None:
        """Let the lock go, if it is held."""

    def __enter__(self) -> Self:
        """Take the lock."""
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the lock go."""
        self.release()


def locks(descriptor: int) -> bool:
    """Take the lock of an open file, or say that somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write bytes to the last one; the system may take fewer than it was given."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def flush(descriptor: int) -> None:
    """Make what was written outlive a power cut.

    On macOS ``fsync`` leaves it in the drive's own cache; only ``F_FULLFSYNC`` does not, and
    some file systems there do not know it.
    """
    whole = getattr(fcntl, "F_FULLFSYNC", None)
    if whole is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, whole)
            return
    os.fsync(descriptor)


def flush_data(descriptor: int) -> None:
    """Make what was appended outlive a power cut: the bytes and the file's new length."""
    data_only = getattr(os, "fdatasync", None)
    if data_only is None or hasattr(fcntl, "F_FULLFSYNC"):
        flush(descriptor)
    else:
        data_only(descriptor)


def written_beside(path: Path, write: Callable[[int], object]) -> Path:
    """Write a file beside the place that it will take, durably, and give where it is.

    Args:
        path: the place.
        write: writes the content to a descriptor.

    Raises:
        OSError: the disk would not take it; nothing is left of it.
    """
    new = path.with_name(f"{path.name}.{os.urandom(6).hex()}{UNFINISHED}")
    try:
        with opening(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
            write(descriptor)
            flush(descriptor)
    except BaseException:
        # Ctrl-C included: nothing half written stays behind, not even as ciphertext.
        remove(new)
        raise
    return new


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flush(descriptor)
    finally:
        shut(descriptor)


def shut(descriptor: int) -> None:
    """Close a file that was read, or flushed already: nothing can be lost by its closing."""
    with contextlib.suppress(OSError):
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file, if it is there and the disk lets it go."""
    with contextlib.suppress(OSError):
        path.unlink()
