"""Files that leave the vault: 0600, whole or not at all, over nothing that is not ours."""

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reintegrate_cli.core.errors import Busy, Settings, Usage
from reintegrate_cli.keys.disk import (
    LOCK_SECONDS,
    locks,
    opening,
    plain_reason,
    refuse_own_name,
    remedy,
    remove,
    shut,
    sync_folder,
    until,
    write_all,
    written_beside,
)

LONGEST = 16 * 1024 * 1024
"""A file that is longer is none of ours, and is not read to find out."""
_NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


_STRAY = re.compile(r"[0-9a-f]{32}\.age\.[0-9a-f]{12}\.new")
"""What a packet is called until it has its name; one that is found was left by a killed program."""


@contextmanager
def in_turn(folder: Path) -> Iterator[None]:
    """Write packets into a folder one program at a time, and sweep what a killed one left.

    A folder that is not there, or that cannot be locked, is nothing to complain of yet.

    Raises:
        Busy: another program held the folder's lock the whole time.
    """
    descriptor = -1
    try:
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if until(LOCK_SECONDS, lambda: locks(descriptor) or None) is None:
                raise Busy(
                    "another program is at work in that folder",
                    hint="try again in a moment, or name another folder",
                )
            for entry in list(folder.iterdir()):
                if _STRAY.fullmatch(entry.name):
                    remove(entry)
        yield
    finally:
        if descriptor >= 0:
            shut(descriptor)


class Draft:
    """A file beside the place that it will take, once all the rest went well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside: Path | None = None
        self._replaces = False

    @property
    def name(self) -> str:
        """The name that the file will have in its folder."""
        return self._path.name

    def check_place(self, is_ours: Callable[[bytes], bool]) -> None:
        """Require that the place is free, or holds what an earlier export wrote.

        Args:
            is_ours: knows an earlier export from its bytes.

        Raises:
            Usage: somebody else's file is there.
            Settings: it is a link, a folder, or cannot be looked at.
        """
        try:
            with (
                opening(self._path, os.O_RDONLY) as descriptor,
                os.fdopen(descriptor, "rb", closefd=False) as file,
            ):
                data = file.read(LONGEST + 1)
        except FileNotFoundError:
            self._replaces = False
            return
        except OSError as error:
            raise (_not_ours() if error.errno == errno.ENXIO else _unwritten(error)) from None
        if len(data) > LONGEST or not is_ours(data):
            raise _not_ours()
        self._replaces = True

    def write(self, data: bytes | memoryview) -> None:
        """Write the whole of it beside its place, durably.

        Raises:
            Settings: the disk would not take it; nothing is left of it.
        """
        self.write_pieces([data])

    def write_pieces(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Write it a piece at a time beside its place, durably.

        Raises:
            Settings: the disk would not take it; nothing is left of it.
        """

        def write(to: int) -> None:
            for piece in pieces:
                write_all(to, piece)

        try:
            self._beside = written_beside(self._path, write)
        except OSError as error:
            raise _unwritten(error) from None

    def put_in_place(self) -> None:
        """Put the file in its place, at once and durably.

        Raises:
            Settings: the disk would not, or something was put there meanwhile.
        """
        if self._beside is None:
            return
        try:
            if self._replaces:
                self._beside.replace(self._path)
            else:
                self._put_where_nothing_is(self._beside)
            sync_folder(self._path.parent)
        except OSError as error:
            raise _unwritten(error) from None

    def _put_where_nothing_is(self, beside: Path) -> None:
        try:
            os.link(beside, self._path)  # unlike a rename, it never replaces
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS or os.path.lexists(self._path):
                raise
            beside.replace(self._path)

    def discard(self) -> None:
        """Remove what lies beside the place, if anything does."""
        if self._beside is not None:
            remove(self._beside)


@contextmanager
def drafting(path: Path) -> Iterator[Draft]:
    """Yield the draft of a file; on every way out nothing is left beside its place."""
    refuse_own_name(path.name)
    draft = Draft(path)
    try:
        yield draft
    finally:
        draft.discard()


def _not_ours() -> Usage:
    return Usage(
        "there is a file already, which you did not export or which was changed since",
        hint="name another file",
    )


def _unwritten(error: OSError) -> Settings:
    if isinstance(error, FileExistsError):
        return Settings(
            "the file cannot be written: something was put there meanwhile",
            hint="name another file",
        )
    return Settings(f"the file cannot be written: {plain_reason(error)}", hint=remedy(error))
