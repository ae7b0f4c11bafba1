"""One writer at a time: the lock beside a vault."""

import contextlib
import os
from pathlib import Path

from reintegrate_cli.core.errors import Busy, Settings
from reintegrate_cli.keys.disk import (
    LOCK_SECONDS,
    Taken,
    beside,
    locks,
    opened,
    plain_reason,
    remedy,
    shut,
    until,
)
from reintegrate_cli.vault.files import refuse_name

# The vaults that this process holds, so that a commit knows whether its caller took the lock.
_held: set[Path] = set()


class Lock(Taken):
    """The one writer's lock: ``flock`` on a file beside the vault, which is never renamed.

    The kernel lets it go with the process that holds it, so there is none that is stale.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self._vault = path.absolute()
        self._path = beside(path, "lock")
        self._wait = wait
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            Busy: somebody else held it the whole time.
            Settings: the lock's file cannot be made, or the vault has a name of the program's own.
        """
        refuse_name(self._vault)
        try:
            self._descriptor = until(self._wait, self._attempt)
        except OSError as error:
            raise Settings(
                f"the vault cannot be locked: {plain_reason(error)}", hint=remedy(error)
            ) from None
        if self._descriptor is None:
            raise Busy("somebody else is writing to the vault", hint="try again in a moment")
        _held.add(self._vault)

    def _attempt(self) -> int | None:
        """Try once; give the open descriptor that holds the lock."""
        descriptor = opened(self._path, os.O_RDWR | os.O_CREAT)
        try:
            # Somebody who tidied up may have removed the file in between: a lock on a file
            # that has no name keeps nobody out.
            if locks(descriptor) and os.path.samestat(os.fstat(descriptor), self._path.lstat()):
                return descriptor
        except FileNotFoundError:
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


def lock(path: Path, wait: float = LOCK_SECONDS) -> Lock:
    """Return the lock of a vault, to be taken with ``with`` or ``acquire``.

    Args:
        path: the vault.
        wait: seconds to wait for another writer.
    """
    return Lock(path, wait)


def holding(path: Path) -> contextlib.AbstractContextManager[object]:
    """Return the lock for one write, or nothing to do where this process holds it already."""
    if path.absolute() in _held:
        return contextlib.nullcontext()
    return lock(path)
