"""The vault's file as an engine; ``keys.engine`` says what each method does."""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.keys import Bundle, Slot
from reintegrate_cli.keys.disk import LOCK_SECONDS
from reintegrate_cli.keys.header import Header
from reintegrate_cli.vault import making
from reintegrate_cli.vault.locking import Lock
from reintegrate_cli.vault.shelf import VaultShelf
from reintegrate_cli.vault.storage import VaultStorage

if TYPE_CHECKING:
    from reintegrate_cli.keys.engine import Contents, Notice


class FileEngine:
    """A vault in one file, or a copy of one.

    Args:
        path: the file.
        is_copy: whether it is a copy, which may be older than what was seen on this machine.
    """

    is_served = False

    def __init__(self, path: Path, *, is_copy: bool = False) -> None:
        self.path = path
        self._is_copy = is_copy

    @property
    def name(self) -> str:
        return str(self.path.absolute())

    def name_for(self, login: str) -> str:
        raise Usage(
            "a vault in a file has no logins",
            fields=["login"],
            hint="leave --login out; it is for a vault in a database",
        )

    @property
    def place(self) -> str | None:
        if self._is_copy:
            return None
        return f"at-{hashlib.sha256(os.fsencode(self.path.absolute())).hexdigest()[:32]}"

    def exists(self) -> bool:
        return os.path.lexists(self.path)

    def header(self) -> Header:
        return making.read_header(self.path)

    def renewed(self) -> bool:
        return False

    def check_place(self) -> None:
        making.check_place(self.path)

    def create(self, bundle: Bundle, slots: Sequence[Slot], *, store_id: str) -> None:
        making.create(self.path, bundle, slots, store_id=store_id)

    def lock(self, wait: float = LOCK_SECONDS) -> Lock:
        return Lock(self.path, wait)

    def remind_lock(self) -> Lock:
        return Lock(self.path.with_name(f"{self.path.name}.remind"), 0)

    def noting_lock(self) -> Lock:
        return self.lock()

    def open(self, bundle: Bundle) -> tuple[VaultShelf, VaultStorage]:
        shelf = VaultShelf(self.path, bundle)
        return shelf, shelf.vault

    def verify(self, bundle: Bundle) -> "Contents":
        from reintegrate_cli.vault import backups

        read_whole = backups.verify_copy if self._is_copy else backups.verify
        return read_whole(self.path, bundle)

    def back_up(self, bundle: Bundle, folder: Path, now: datetime) -> "tuple[Path, Contents]":
        from reintegrate_cli.vault import backups

        return backups.back_up(self.path, bundle, folder, now)

    def copies_in(self, folder: Path) -> list[tuple[datetime, Path]]:
        from reintegrate_cli.vault import backups

        return backups.copies_in(self.path.stem, self.header().store_id, folder)

    def expire(self, folder: Path, now: datetime) -> list[Path]:
        from reintegrate_cli.vault import backups

        return backups.expire(self.path.stem, self.header().store_id, folder, now)

    def restore(
        self, copy: Path, bundle: Bundle, now: datetime, standing: Bundle | None = None
    ) -> str | None:
        from reintegrate_cli.vault import backups

        making.check_folder(self.path)
        with self.lock():
            aside = backups.restore(copy, self.path, bundle, now)
        return None if aside is None else str(aside)

    def forget_asides(self) -> int:
        from reintegrate_cli.vault import backups

        return len(backups.forget_asides(self.path))

    def replaced(self) -> None:
        """Whoever puts a copy of a file in its place is at this machine."""

    def let_go(self) -> None:
        """Nothing is kept open: a file is opened again."""

    def disk(self) -> Path | None:
        return next(place for place in (self.path, *self.path.parents) if os.path.lexists(place))

    def notices(self) -> "list[Notice]":
        from reintegrate_cli.keys.engine import Notice

        folder = self.path.parent
        if not folder.stat().st_mode & 0o077:
            return []
        found = "others can look into the vault's folder"
        return [Notice("folder", "wrong", found, f"chmod 700 {folder}")]


def copy_in(file: Path) -> FileEngine:
    """Return the engine of a copy, once it is clear that the file could be one.

    Raises:
        Settings: it is not there, or cannot be read.
        Usage: it is a folder, or an archive.
    """
    from reintegrate_cli.vault import backups

    if not os.path.lexists(file):
        raise Settings("the file is not there", hint="reintegrate vault backup FOLDER makes one")
    if file.is_dir():
        raise Usage("that is a folder, not a copy of a vault", hint="name one of the files in it")
    backups.check_sort(file)
    return FileEngine(file, is_copy=True)
