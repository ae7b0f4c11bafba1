"""Files on disk: read without following links, replaced whole and durably, one writer."""

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from reintegrate_cli.errors import Busy, Settings
from reintegrate_cli.keys.disk import (
    flush,
    flush_data,
    plain_reason,
    remedy,
    remove,
    shut,
    sync_folder,
    write_all,
)

LONGEST = 64 * 1024**3
"""A longer file is refused, and never written."""
LONGEST_READ = 1024**3
"""The most that is read into memory at once."""

Write = Callable[[int], None]

BALLAST_BYTES = 64 * 1024
"""Kept beside a vault, and given up where taking a record away meets a full disk."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_POLL = 0.03
_PIECE = 1024**2
_SYNC_FOLDERS = (
    "onedrive",
    "dropbox",
    "icloud",
    "google drive",
    "google-drive",
    "googledrive",
    "mobile documents",  # where macOS keeps iCloud Drive
    "cloudstorage",  # where macOS keeps all the others
)


def refuse_sync_folder(path: Path) -> None:
    """Refuse a folder that is copied to other machines.

    Raises:
        Settings: a part of the path, links followed, is a known sync folder.
    """
    try:
        parts = path.parent.expanduser().resolve().parts
    except (OSError, RuntimeError):
        raise Settings(
            "the folder of the vault cannot be found", hint="look at how its path is spelled"
        ) from None
    if any(part.casefold().startswith(_SYNC_FOLDERS) for part in parts):
        raise Settings(
            "the vault may not lie in a folder that is copied to the cloud",
            hint="choose a folder that stays on this machine",
        )


def open_to_read(path: Path) -> tuple[int, os.stat_result]:
    """Open a vault's file; give the descriptor and what the system says of it.

    Raises:
        Settings: it is not there, is a link, is open to others, or cannot be read.
    """
    try:
        # O_NONBLOCK: a pipe in the vault's place must not make the program wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(error) from None
    try:
        return descriptor, _checked(descriptor)
    except BaseException:
        shut(descriptor)
        raise


def _checked(descriptor: int) -> os.stat_result:
    """Look at the open file itself, so that nobody can put another in its place after."""
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        raise Settings("the vault is not a plain file", hint="name the vault itself with --vault")
    if info.st_mode & 0o077:
        raise Settings("others can read the vault", hint="make it yours alone: chmod 600")
    if info.st_size > LONGEST:
        raise _too_large()
    return info


def read_at(descriptor: int, at: int, size: int) -> bytes:
    """Read so many bytes of an open file, or as many as there are.

    Raises:
        Settings: the disk does not give them, or they are more than memory should hold.
    """
    if size > LONGEST_READ:
        raise _too_large()
    pieces = []
    try:
        while size > 0:
            piece = os.pread(descriptor, size, at)
            if not piece:
                break
            pieces.append(piece)
            at, size = at + len(piece), size - len(piece)
    except OSError as error:
        raise _unreadable(error) from None
    return b"".join(pieces)


def read(path: Path) -> bytes:
    """Read a vault's file whole.

    Raises:
        Settings: it is not there, is a link, is open to others, or cannot be read.
    """
    descriptor, info = open_to_read(path)
    try:
        return read_at(descriptor, 0, info.st_size)
    finally:
        shut(descriptor)


def _too_large() -> Settings:
    return Settings(
        "the vault is larger than this version can open", hint="a later version may open it"
    )


def _unreadable(error: OSError) -> Settings:
    if isinstance(error, FileNotFoundError):
        return Settings("there is no vault here yet", hint="reintegrate init")
    return Settings(f"the vault cannot be read: {plain_reason(error)}", hint=remedy(error))


def make_folder(path: Path) -> None:
    """Make the vault's folder, open to its owner alone.

    Raises:
        Settings: it cannot be made.
    """
    if path.is_dir():
        return
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise Settings(
            f"the folder of the vault cannot be made: {plain_reason(error)}", hint=remedy(error)
        ) from None


def write_new(path: Path, write: Write) -> None:
    """Write a file that must not be there yet.

    Args:
        path: where.
        write: writes the content to a descriptor.

    Raises:
        Settings: it is there, or cannot be written.
    """
    temporary = _written_beside(path, write)
    try:
        os.link(temporary, path)  # unlike a rename, it never replaces
    except FileExistsError:
        raise _there_already() from None
    except OSError as error:
        raise _unsaved(error) from None
    finally:
        remove(temporary)
    _sync_folder(path.parent)


def refuse_existing(path: Path) -> None:
    """Refuse early to make a vault where anything is, a link that leads nowhere included.

    Raises:
        Settings: there is something already.
    """
    if os.path.lexists(path):
        raise _there_already()


def _there_already() -> Settings:
    return Settings("there is a vault already", hint="choose another path with --vault")


def replace(path: Path, write: Write) -> None:
    """Put new bytes in the place of a file, whole or not at all, and durably.

    Args:
        path: where.
        write: writes the content to a descriptor.

    Raises:
        Settings: it could not be done, and the file is as it was; or, where the last step
            failed, it is not known whether the new bytes outlive a power cut.
    """
    temporary = _written_beside(path, write)
    try:
        temporary.replace(path)
    except OSError as error:
        remove(temporary)
        raise _unsaved(error) from None
    _sync_folder(path.parent)


def copying(source: int, size: int) -> Write:
    """Give what writes a copy of an open file, a piece at a time."""

    def write(descriptor: int) -> None:
        at = 0
        while at < size:
            piece = read_at(source, at, min(_PIECE, size - at))
            if not piece:
                raise Settings("the file became shorter while it was read", hint="try again")
            write_all(descriptor, piece)
            at += len(piece)

    return write


def _written_beside(path: Path, write: Write) -> Path:
    temporary = path.with_name(f"{path.name}.{os.urandom(6).hex()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o600)
        try:
            write(descriptor)
            flush(descriptor)
        finally:
            shut(descriptor)
    except BaseException as error:
        # Ctrl-C included: nothing half written stays behind, not even as ciphertext.
        remove(temporary)
        if isinstance(error, OSError):
            raise _unsaved(error) from None
        raise
    return temporary


def append(
    path: Path, at: int, data: bytes, known: os.stat_result, *, ballast: bool = False
) -> os.stat_result:
    """Write at the end of a file, durably, what was never acknowledged there cut off first.

    Args:
        path: the vault's file, whose lock the caller holds.
        at: the byte where what was acknowledged ends.
        data: what to write.
        known: what the system said of the file that was read.
        ballast: whether the ballast may be given up where the disk is full.

    Returns:
        What the system says of the file now.

    Raises:
        Busy: another file stands there by now.
        Settings: the disk would not take it; the file is as it was, or, where that could
            not be brought about either, it is not known.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unsaved(error) from None
    try:
        if not os.path.samestat(os.fstat(descriptor), known):
            raise moved()
        try:
            return _appended(path, descriptor, at, data)
        except OSError as error:
            _take_back(descriptor, at, error)
            if not (ballast and error.errno in _FULL and drop_ballast(path)):
                raise _unsaved(error) from None
        except BaseException as error:
            _take_back(descriptor, at, error)
            raise
        try:
            return _appended(path, descriptor, at, data)
        except BaseException as error:
            _take_back(descriptor, at, error)
            if isinstance(error, OSError):
                raise _unsaved(error) from None
            raise
    finally:
        shut(descriptor)


def moved() -> Busy:
    """Say that somebody else wrote first."""
    return Busy("somebody else changed the vault first", hint="try again")


def _appended(path: Path, descriptor: int, at: int, data: bytes) -> os.stat_result:
    if os.fstat(descriptor).st_size > at:
        _set_aside(path, descriptor, at)
        os.ftruncate(descriptor, at)
    os.lseek(descriptor, at, os.SEEK_SET)
    write_all(descriptor, data)
    flush_data(descriptor)
    return os.fstat(descriptor)


def _take_back(descriptor: int, at: int, error: BaseException) -> None:
    """Cut off what may have been written in part; a flush that failed is believed.

    Raises:
        Settings: that failed too, and nobody knows what is there.
    """
    try:
        os.ftruncate(descriptor, at)
        flush(descriptor)
    except OSError as second:
        raise _unknown(second) from error


def keep_ballast(path: Path) -> None:
    """Keep some room on the disk, so that a record can be taken away when there is none left."""
    with contextlib.suppress(OSError):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(_ballast(path), flags, 0o600)
        try:
            # Random, so that no file system keeps it as a hole or a few bytes.
            write_all(descriptor, os.urandom(BALLAST_BYTES))
        except OSError:
            remove(_ballast(path))
        finally:
            shut(descriptor)


def drop_ballast(path: Path) -> bool:
    """Give the room up; say whether there was any."""
    try:
        _ballast(path).unlink()
    except OSError:
        return False
    return True


def _ballast(path: Path) -> Path:
    return path.with_name(f"{path.name}.ballast")


def _set_aside(path: Path, descriptor: int, at: int) -> None:
    """Keep the tail that was never acknowledged, as the ciphertext it is; it is no one's loss."""
    tail = read_at(descriptor, at, min(LONGEST_READ, os.fstat(descriptor).st_size - at))
    aside = path.with_name(f"{path.name}.torn")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with contextlib.suppress(OSError):
        torn = os.open(aside, flags, 0o600)
        try:
            write_all(torn, tail)
        finally:
            shut(torn)


def _unsaved(error: OSError) -> Settings:
    return Settings(
        f"{plain_reason(error)}; nothing was saved", hint="what was there before is untouched"
    )


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlive a power cut; a failure here is believed."""
    try:
        sync_folder(folder)
    except OSError as error:
        raise _unknown(error) from None


def _unknown(error: OSError) -> Settings:
    return Settings(
        f"{plain_reason(error)}; it is not known whether it was saved",
        hint="look with a list command before trying again",
    )


def sweep(path: Path) -> None:
    """Remove what a killed writer left beside the vault; only the lock's holder may."""
    try:
        left = list(path.parent.iterdir())
    except OSError:
        return  # the write that follows says what is wrong with the folder
    for file in left:
        if file.name.startswith(f"{path.name}.") and file.name.endswith(".new"):
            remove(file)


# The vaults that this process holds, so that a commit knows whether its caller took the lock.
_held: set[Path] = set()


class Lock:
    """The one writer's lock: ``flock`` on a file beside the vault, which is never renamed.

    The kernel lets it go with the process that holds it, so there is none that is stale.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self._vault = path.absolute()
        self._path = path.with_name(path.name + ".lock")
        self._wait = wait
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            Busy: somebody else held it the whole time.
            Settings: the lock's file cannot be made.
        """
        deadline = time.monotonic() + self._wait
        while True:
            try:
                self._descriptor = self._attempt()
            except OSError as error:
                raise Settings(
                    f"the vault cannot be locked: {plain_reason(error)}", hint=remedy(error)
                ) from None
            if self._descriptor is not None:
                _held.add(self._vault)
                return
            if time.monotonic() >= deadline:
                raise Busy("somebody else is writing to the vault", hint="try again in a moment")
            time.sleep(_POLL)

    def _attempt(self) -> int | None:
        """Try once; give the open descriptor that holds the lock."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Somebody who tidied up may have removed the file in between: a lock on a file
            # that has no name keeps nobody out.
            if os.path.samestat(os.fstat(descriptor), self._path.lstat()):
                return descriptor
        except (BlockingIOError, FileNotFoundError):
            pass
        except BaseException:
            shut(descriptor)
            raise
        shut(descriptor)
        return None

    def release(self) -> None:
        """Let the lock go, if it is held."""
        if self._descriptor is not None:
            _held.discard(self._vault)
            with contextlib.suppress(OSError):  # the kernel drops it with the process anyway
                os.close(self._descriptor)
            self._descriptor = None

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


def lock(path: Path, wait: float = 5.0) -> Lock:
    """Give the lock of a vault, to be taken with ``with`` or ``acquire``.

    Args:
        path: the vault.
        wait: seconds to wait for another writer.
    """
    return Lock(path, wait)


def holding(path: Path) -> contextlib.AbstractContextManager[object]:
    """Give the lock for one write, or nothing to do where this process holds it already."""
    if path.absolute() in _held:
        return contextlib.nullcontext()
    return lock(path)
