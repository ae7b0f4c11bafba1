"""Files on disk: read without following links, replaced whole and durably, one writer."""

import contextlib
import fcntl
import os
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from reintegrate_cli.errors import Busy, Settings
from reintegrate_cli.keys.disk import flush, plain_reason, remove, sync_folder, write_all

LONGEST = 1024**3
"""A vault is read into memory whole, so a longer file is refused, and never written."""

_POLL = 0.03
_TRAILER = 32
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
        raise Settings("the folder of the vault cannot be found") from None
    if any(part.casefold().startswith(_SYNC_FOLDERS) for part in parts):
        raise Settings(
            "the vault may not lie in a folder that is copied to the cloud",
            hint="choose a folder that stays on this machine",
        )


def read(path: Path) -> bytes:
    """Read a vault's file whole.

    Raises:
        Settings: it is not there, is a link, is open to others, or cannot be read.
    """
    return _last_bytes(path, LONGEST)


def trailer(path: Path) -> bytes:
    """Read the last bytes of a vault's file, which tell two versions of it apart.

    Raises:
        Settings: it is not there, is a link, is open to others, or cannot be read.
    """
    return _last_bytes(path, _TRAILER)


def _last_bytes(path: Path, most: int) -> bytes:
    try:
        # O_NONBLOCK: a pipe in the vault's place must not make the program wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            size = _checked_size(descriptor)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                file.seek(max(0, size - most))
                return file.read(min(size, most))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(error) from None


def _checked_size(descriptor: int) -> int:
    """Look at the open file itself, so that nobody can put another in its place after."""
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        raise Settings("the vault is not a plain file")
    if info.st_mode & 0o077:
        raise Settings("others can read the vault", hint="make it yours alone: chmod 600")
    if info.st_size > LONGEST:
        raise Settings("the vault is larger than this version can open")
    return info.st_size


def _unreadable(error: OSError) -> Settings:
    if isinstance(error, FileNotFoundError):
        return Settings("there is no vault here yet", hint="reintegrate init")
    return Settings(f"the vault cannot be read: {plain_reason(error)}")


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
        raise Settings(f"the folder of the vault cannot be made: {plain_reason(error)}") from None


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not be there yet.

    Raises:
        Settings: it is there, or cannot be written.
    """
    temporary = _written_beside(path, data)
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


def replace(path: Path, data: bytes) -> None:
    """Put new bytes in the place of a file, whole or not at all, and durably.

    Raises:
        Settings: it could not be done, and the file is as it was; or, where the last step
            failed, it is not known whether the new bytes outlive a power cut.
    """
    temporary = _written_beside(path, data)
    try:
        temporary.replace(path)
    except OSError as error:
        remove(temporary)
        raise _unsaved(error) from None
    _sync_folder(path.parent)


def _written_beside(path: Path, data: bytes) -> Path:
    if len(data) > LONGEST:
        raise Settings("the vault has grown larger than this version can hold; nothing was saved")
    temporary = path.with_name(f"{path.name}.{os.urandom(6).hex()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o600)
        try:
            write_all(descriptor, data)
            flush(descriptor)
        finally:
            os.close(descriptor)
    except BaseException as error:
        # Ctrl-C included: nothing half written stays behind, not even as ciphertext.
        remove(temporary)
        if isinstance(error, OSError):
            raise _unsaved(error) from None
        raise
    return temporary


def _unsaved(error: OSError) -> Settings:
    return Settings(
        f"{plain_reason(error)}; nothing was saved", hint="what was there before is untouched"
    )


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlive a power cut; a failure here is believed."""
    try:
        sync_folder(folder)
    except OSError as error:
        raise Settings(
            f"{plain_reason(error)}; it is not known whether it was saved",
            hint="look with a list command before trying again",
        ) from None


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
                raise Settings(f"the vault cannot be locked: {plain_reason(error)}") from None
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
            os.close(descriptor)
            raise
        os.close(descriptor)
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
