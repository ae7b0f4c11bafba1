"""Files on disk: read without following links, replaced whole and durably, one writer."""

import fcntl
import os
import stat
import time
from pathlib import Path
from types import TracebackType

from reintegrate_cli.errors import Busy, Settings
from reintegrate_cli.keys import plain_reason

LONGEST = 4 * 1024**3
_POLL = 0.03
_SYNC_FOLDERS = ("onedrive", "dropbox", "icloud", "google drive", "googledrive", "mobile documents")


def refuse_sync_folder(path: Path) -> None:
    """Refuse a folder that is copied to other machines.

    Raises:
        Settings: a part of the path is a known sync folder.
    """
    for part in path.expanduser().resolve().parts:
        if any(part.casefold().startswith(name) for name in _SYNC_FOLDERS):
            raise Settings("the vault may not lie in a folder that is copied to the cloud",
                           hint="choose a folder that stays on this machine")  # fmt: skip


def read(path: Path) -> bytes:
    """Read a vault's file whole.

    Raises:
        Settings: it is not there, is a link, is open to others, or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Settings("there is no vault here yet", hint="reintegrate init makes one") from None
    except OSError as error:
        raise Settings(f"the vault cannot be read: {plain_reason(error)}") from None
    info = os.fstat(descriptor)
    if stat.S_ISDIR(info.st_mode):
        os.close(descriptor)
        raise Settings("the vault is not a plain file")
    try:
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(info.st_mode) or info.st_size > LONGEST:
                raise Settings("the vault is not a plain file")
            if info.st_mode & 0o077:
                raise Settings("others can read the vault", hint=f"chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise Settings(f"the vault cannot be read: {plain_reason(error)}") from None


def trailer(path: Path) -> bytes:
    """Read the last bytes of a file, which tell two versions of it apart."""
    try:
        with path.open("rb") as file:
            file.seek(-32, os.SEEK_END)
            return file.read()
    except OSError as error:
        raise Settings(f"the vault cannot be read: {plain_reason(error)}") from None


def make_folder(path: Path) -> None:
    """Make the vault's folder, open to its owner alone.

    Raises:
        Settings: it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        raise Settings(
            "there is a vault already", hint="choose another path with --vault"
        ) from None
    except OSError as error:
        raise _unsaved(error) from None
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path)


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
        temporary.unlink(missing_ok=True)
        raise _unsaved(error) from None
    _sync_folder(path)


def _written_beside(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f"{path.name}.{os.urandom(6).hex()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o600)
    except OSError as error:
        raise _unsaved(error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        # Ctrl-C included: nothing half written stays behind, not even as ciphertext.
        _remove(temporary)
        if isinstance(error, OSError):
            raise _unsaved(error) from None
        raise
    return temporary


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the disk that would not take it may not let it go either


def _unsaved(error: OSError) -> Settings:
    return Settings(f"{plain_reason(error)}; nothing was saved",
                    hint="what was there before is untouched")  # fmt: skip


def _sync_folder(path: Path) -> None:
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Settings(f"{plain_reason(error)}; it is not known whether it was saved",
                       hint="look with a list command before trying again") from None  # fmt: skip


def sweep(path: Path) -> None:
    """Remove what a killed writer left beside the vault; only the lock's holder may."""
    for left in path.parent.glob(f"{path.name}.*.new"):
        _remove(left)


class Lock:
    """The one writer's lock: ``flock`` on a file beside the vault, which is never renamed.

    The kernel lets it go with the process that holds it, so there is none that is stale.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._wait = wait
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            Busy: somebody else held it the whole time.
            Settings: the lock's file cannot be made.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise Settings(f"the vault cannot be locked: {plain_reason(error)}") from None
        deadline = time.monotonic() + self._wait
        try:
            while not _try_lock(descriptor):
                if time.monotonic() >= deadline:
                    raise Busy("somebody else is writing to the vault",
                               hint="try again in a moment")  # fmt: skip
                time.sleep(_POLL)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the lock go, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "Lock":
        """Take the lock."""
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Let the lock go."""
        self.release()


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise Settings(f"the vault cannot be locked: {plain_reason(error)}") from None
    return True


def lock(path: Path, wait: float = 5.0) -> Lock:
    """Give the lock of a vault.

    Args:
        path: the vault.
        wait: seconds to wait for another writer.
    """
    return Lock(path, wait)
