"""Files on disk: read without following links, appended to, replaced whole and durably."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from reintegrate_cli.core.errors import Busy, NoVault, Settings, Unknown
from reintegrate_cli.keys.disk import (
    UNFINISHED,
    beside,
    flush,
    flush_data,
    is_unfinished,
    opened,
    opening,
    plain_reason,
    refuse_own_name,
    remedy,
    remove,
    shut,
    sync_folder,
    write_all,
    written_beside,
)
from reintegrate_cli.vault import ballast as room

LONGEST = 64 * 1024**3
"""A longer file is refused, and never written."""
ASIDE = ".before-"
"""In the name of a former vault that a restore set aside, before its time; a purge removes it."""
LONGEST_READ = 1024**3
"""The most that is read into memory at once."""

Write = Callable[[int], object]

_PIECE = 1024**2
_LONGEST_NAME = 255 - len(".before-20261001T120000Z")
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


def refuse_name(path: Path) -> None:
    """Refuse a name that the program itself gives to what stands beside a vault.

    Raises:
        Settings: a vault of that name would take the place of another one's lock, or would go
            where a purge or the next writer tidies up; or no name of what stands beside it fits.
    """
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise Settings("the name of the vault is too long", hint="choose another name with --vault")
    if path.name.endswith(UNFINISHED) or is_aside(path.name):
        raise Settings(
            "the name is one that the program gives to files of its own", hint="choose another name"
        )
    refuse_own_name(path.name)


def is_aside(name: str) -> bool:
    """Return whether a restore gave a file its name."""
    _, mark, stamp = name.rpartition(ASIDE)
    day, _, time = stamp.removesuffix("Z").partition("T")
    return bool(mark) and stamp.endswith("Z") and day.isdigit() and time.isdigit()


def refuse_sync_folder(path: Path) -> None:
    """Refuse a folder that is copied to other machines.

    Raises:
        Settings: a part of the path, links followed, is a known sync folder.
    """
    try:
        parts = path.parent.resolve().parts
    except (OSError, RuntimeError):
        raise Settings("the folder of the vault cannot be found", hint="check the path") from None
    if any(part.casefold().startswith(_SYNC_FOLDERS) for part in parts):
        raise Settings(
            "the vault must not be in a folder that is copied to the cloud",
            hint="choose a folder that stays on this machine",
        )


def open_to_read(path: Path) -> tuple[int, os.stat_result]:
    """Open a vault's file; give the descriptor and what the system says of it.

    Raises:
        Settings: it is not there, is a link, is open to others, or cannot be read.
    """
    try:
        descriptor = opened(path, os.O_RDONLY)
    except OSError as error:
        raise _unreadable(error) from None
    try:
        return descriptor, _checked(path, descriptor)
    except BaseException:
        shut(descriptor)
        raise


def _checked(path: Path, descriptor: int) -> os.stat_result:
    """Look at the open file itself, so that nobody can put another in its place after."""
    info = os.fstat(descriptor)
    if info.st_nlink > 1 and _has_another_name(path, info):
        raise Settings(
            "the vault has a second name (a hard link), and each name would have a lock of its own",
            hint="keep one name; cp makes a separate copy",
        )
    if info.st_mode & 0o077:
        raise Settings("others can read the vault", hint="make it yours alone: chmod 600")
    if info.st_size > LONGEST:
        raise _too_large()
    return info


def _has_another_name(path: Path, info: os.stat_result) -> bool:
    """Return whether a file has more names than its own, and those of a maker that was killed."""
    unfinished = 0
    with contextlib.suppress(OSError):
        for file in _unfinished(path):
            unfinished += os.path.samestat(file.lstat(), info)
    return info.st_nlink > 1 + unfinished


def _unfinished(path: Path) -> list[Path]:
    """List what makers of this file that were killed left beside it."""
    return [file for file in path.parent.iterdir() if is_unfinished(file.name, path.name)]


@contextlib.contextmanager
def reading(path: Path) -> Iterator[tuple[int, os.stat_result]]:
    """Open a vault's file for the length of a ``with``; see ``open_to_read``."""
    descriptor, info = open_to_read(path)
    try:
        yield descriptor, info
    finally:
        shut(descriptor)


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


def _too_large() -> Settings:
    return Settings(
        "the vault is larger than this version can open", hint="a later version may open it"
    )


def _unreadable(error: OSError) -> Settings:
    if isinstance(error, FileNotFoundError):
        return NoVault("there is no vault here yet", hint="reintegrate init")
    if error.errno in (errno.EISDIR, errno.ENXIO):
        return Settings("the vault is not a plain file", hint="name the vault itself with --vault")
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
    temporary, held = _written_beside(path, write), -1
    try:
        held = opened(temporary, os.O_RDONLY)
        temporary.replace(path)
        _sync_folder(path.parent)
        _demand_there(path, held)
    except OSError as error:
        remove(temporary)
        raise _unsaved(error) from None
    finally:
        shut(held)


def _demand_there(path: Path, descriptor: int) -> None:
    """Look once more, when all is flushed, whether the path names the file that was written.

    It is open meanwhile, so that no other file can have its number.

    Raises:
        Unknown: somebody moved, removed or replaced it meanwhile.
    """
    try:
        if os.path.samestat(path.lstat(), os.fstat(descriptor)):
            return
    except OSError:
        pass
    raise Unknown(
        "the vault was moved, removed or replaced meanwhile; it is not known whether it was saved",
        hint="look with a list command before trying again",
    )


def copying(source: int, size: int) -> Write:
    """Return what writes a copy of an open file, a piece at a time."""

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
    try:
        return written_beside(path, write)
    except OSError as error:
        raise _unsaved(error) from None


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
            not be brought about either, or the path names another file by now, it is not known.
    """
    try:
        descriptor = opened(path, os.O_RDWR)
    except OSError as error:
        raise _unsaved(error) from None
    try:
        if not os.path.samestat(os.fstat(descriptor), known):
            raise moved()
        while True:
            try:
                info = _appended(path, descriptor, at, data)
                break
            except BaseException as error:
                _take_back(descriptor, at, error)
                if not isinstance(error, OSError):
                    raise
                # Once: then there is none any more.
                if not (ballast and room.helps(error) and room.drop(path)):
                    raise _unsaved(error) from None
        _demand_there(path, descriptor)
        return info
    finally:
        shut(descriptor)


def moved() -> Busy:
    """Return the problem that somebody else wrote first."""
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


def _set_aside(path: Path, descriptor: int, at: int) -> None:
    """Keep the tail that was never acknowledged, as the ciphertext it is; it is no one's loss."""
    tail = read_at(descriptor, at, min(LONGEST_READ, os.fstat(descriptor).st_size - at))
    torn, anew = beside(path, "torn"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with contextlib.suppress(OSError), opening(torn, anew) as aside:
        write_all(aside, tail)


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


def _unknown(error: OSError) -> Unknown:
    return Unknown(
        f"{plain_reason(error)}; it is not known whether it was saved",
        hint="look with a list command before trying again",
    )


def sweep(path: Path) -> None:
    """Remove what a killed writer left beside the vault; only the lock's holder may."""
    with contextlib.suppress(OSError):  # the write that follows says what is wrong with the folder
        for file in _unfinished(path):
            remove(file)
