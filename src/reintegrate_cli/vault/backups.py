"""Copies of a vault: made as ciphertext, read whole to be believed, put back beside first."""

import glob
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reintegrate_cli.catalogue import RECORDS
from reintegrate_cli.core.clocks import A_DAY, is_anomaly
from reintegrate_cli.core.errors import Damaged, Problem, Settings, Usage
from reintegrate_cli.keys import Bundle, is_sealed
from reintegrate_cli.keys.disk import beside
from reintegrate_cli.keys.engine import KEPT_DAYS, Contents
from reintegrate_cli.vault import anchor, files
from reintegrate_cli.vault.journal import Journal
from reintegrate_cli.vault.making import read_header
from reintegrate_cli.vault.storage import VaultStorage

_STAMP = "%Y%m%dT%H%M%SZ"


def verify(path: Path, bundle: Bundle) -> Contents:
    """Read every part of a vault or a backup.

    Raises:
        Damaged: a part of it does not verify.
        Settings: it cannot be read.
    """
    storage = VaultStorage(path, bundle)
    try:
        storage.check_proofs()
        records = entries = 0
        for name in storage.names():
            count = sum(1 for _ in storage.streamed(name))  # each of them is opened for it
            if name == "history":
                entries = count
            elif name in RECORDS:
                records += count
        size = path.stat().st_size
        return Contents(storage.header.store_id, size, records, entries, storage.torn)
    finally:
        storage.close()


def check_sort(path: Path) -> None:
    """Check that a file is no archive, before a key is looked for.

    Raises:
        Usage: it is an archive.
        Settings: it is not there, or cannot be read.
    """
    with files.reading(path) as (descriptor, _):
        start = files.read_at(descriptor, 0, 64)
    if is_sealed(start):
        raise Usage(
            "that is an archive, not a copy of a vault",
            hint="reintegrate vault import FILE takes it in",
        )


def verify_copy(path: Path, bundle: Bundle) -> Contents:
    """Read every part of a backup, and demand that it ends where a unit of work does.

    An end that is not whole is nobody's loss in a vault, whose anchor says so. A copy was
    read back whole when it was made, so that here it says that the copy was cut off.

    Raises:
        Damaged: a part of it does not verify, or it was cut off.
        Settings: it cannot be read.
    """
    contents = verify(path, bundle)
    known = anchor.read(path) if contents.torn else None
    if contents.torn and (known is None or known.store.hex() != contents.store_id):
        raise Damaged(
            "the copy was cut off in the midst of a unit of work; it was left as it is",
            hint="another copy may be whole; reintegrate --vault FILE vault backup FOLDER"
            " keeps what is whole of this one",
        )
    return contents


def back_up(path: Path, bundle: Bundle, folder: Path, now: datetime) -> tuple[Path, Contents]:
    """Copy a vault as it stands into a folder, and read the copy whole.

    What was never acknowledged at its end is left out.

    Args:
        path: the vault.
        bundle: what opens it, to read the copy.
        folder: where copies are kept; made if it is not there.
        now: the real time, which names the copy.

    Raises:
        Damaged: the vault, or the copy, does not verify; the copy is not kept.
        Settings: the disk would not take it.
    """
    verify(path, bundle)
    journal = Journal(path, bundle)
    try:
        write = files.copying(journal.descriptor, journal.end)
        return write_copy(path.stem, folder, bundle, now, write)
    finally:
        journal.close()


def write_copy(
    stem: str, folder: Path, bundle: Bundle, now: datetime, write: files.Write
) -> tuple[Path, Contents]:
    """Write a copy of a vault into a folder, and read it whole.

    Args:
        stem: what the vault is called.
        folder: where copies are kept; made if it is not there.
        bundle: what opens the copy, to read it.
        now: the real time, which names the copy.
        write: writes it.

    Raises:
        Damaged: the copy does not verify; it is not kept.
        Settings: the disk would not take it.
    """
    files.make_folder(folder)
    files.refuse_sync_folder(folder / f"{stem}.vault")
    copy = _free(lambda at: folder / f"{stem}-{stamp(at)}.vault", now)
    files.write_new(copy, write)
    try:
        return copy, verify(copy, bundle)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def stamp(at: datetime) -> str:
    """Return a moment as the name of a copy says it."""
    return at.astimezone(UTC).strftime(_STAMP)


def expire(
    stem: str, store_id: str, folder: Path, now: datetime, days: int = KEPT_DAYS
) -> list[Path]:
    """Remove the copies of a vault that are older than they may be, never the newest.

    Args:
        stem: what the vault is called.
        store_id: its random id.
        folder: where its copies are.
        now: the moment by which ages are judged; see ``clocks.believed``.
        days: how old a copy may be.
    """
    # A copy that a clock made while it was ahead is not the newest, which keeps another.
    copies = copies_in(stem, store_id, folder)
    sound = [dated for dated in copies if not is_anomaly(dated[0], now=now + A_DAY)]
    old = [copy for at, copy in sound[:-1] if at < now - timedelta(days=days)]
    for copy in old:
        copy.unlink(missing_ok=True)
    return old


def copies_in(stem: str, store_id: str, folder: Path) -> list[tuple[datetime, Path]]:
    """List the copies of this very vault whose names this program gave, the oldest first."""
    copies: list[tuple[datetime, Path]] = []
    for copy in folder.glob(f"{glob.escape(stem)}-*.vault"):
        if not _is_of(copy, store_id):
            continue
        said = copy.stem.removeprefix(f"{stem}-")
        try:
            copies.append((datetime.strptime(said, _STAMP).replace(tzinfo=UTC), copy))
        except ValueError:
            continue
    return sorted(copies)


def _is_of(copy: Path, store_id: str) -> bool:
    try:
        return read_header(copy).store_id == store_id
    except Problem:
        return False


def _free(name: Callable[[datetime], Path], now: datetime) -> Path:
    """Return the first name that nothing has, a second later for each that something has."""
    while os.path.lexists(name(now)):
        now += timedelta(seconds=1)
    return name(now)


def restore(backup: Path, path: Path, bundle: Bundle, now: datetime) -> Path | None:
    """Put a backup in the place of the vault; the one that stood there is kept beside it.

    The caller holds the lock, and has asked.

    Args:
        backup: the copy.
        path: where the vault stands, or stood.
        bundle: what opens the copy.
        now: the real time, which names the vault that is set aside.

    Returns:
        Where the former vault is now, or ``None`` where there was none.

    Raises:
        Damaged: the copy does not verify; nothing was touched.
        Settings: the disk would not take it; the vault is as it was.
    """
    there = verify_copy(backup, bundle)
    aside = None
    if os.path.lexists(path):
        aside = _free(lambda at: path.with_name(f"{path.name}{files.ASIDE}{stamp(at)}"), now)
        copied(path, lambda write: files.write_new(aside, write))
        anchor.forget(path)
        copied(backup, lambda write: files.replace(path, write))
    else:
        files.make_folder(path.parent)
        anchor.forget(path)
        copied(backup, lambda write: files.write_new(path, write))
    if verify(path, bundle) != there:
        raise Settings(
            "the restored vault does not read back as it was written",
            hint=f"the former vault is {aside}" if aside else "try another copy",
        )
    return aside


def copied(source: Path, put: Callable[[files.Write], None]) -> None:
    """Copy a vault's file as it stands, without a key and a piece at a time."""
    with files.reading(source) as (descriptor, info):
        put(files.copying(descriptor, info.st_size))


def forget_asides(path: Path) -> list[Path]:
    """Remove what stands beside a vault and may still hold what was purged from it.

    Former vaults that a restore set aside, and ends that were never finished.
    """
    asides = [
        file
        for file in path.parent.glob(f"{glob.escape(path.name)}{files.ASIDE}*")
        if file.is_file() and files.is_aside(file.name)
    ]
    for file in (*asides, beside(path, "torn")):
        file.unlink(missing_ok=True)
    return asides
