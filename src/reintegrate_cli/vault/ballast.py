"""Some room kept beside a vault, given up where taking a record away meets a full disk."""

import contextlib
import errno
import os
from pathlib import Path

from reintegrate_cli.keys.disk import beside, opening, remove, write_all

BALLAST_BYTES = 64 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


def helps(error: OSError) -> bool:
    """Return whether the disk refused for want of room."""
    return error.errno in _FULL


def keep(path: Path) -> None:
    """Keep some room on the disk, so that a record can be taken away when there is none left."""
    room, new = beside(path, "ballast"), os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with contextlib.suppress(OSError), opening(room, new) as descriptor:
        try:
            # Random, so that no file system keeps it as a hole or a few bytes.
            write_all(descriptor, os.urandom(BALLAST_BYTES))
        except OSError:
            remove(room)


def drop(path: Path) -> bool:
    """Delete it to make room; return whether there was any."""
    try:
        beside(path, "ballast").unlink()
    except OSError:
        return False
    return True
