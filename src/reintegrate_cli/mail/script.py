"""The script that cron runs: it holds the paths, and its name tells nothing."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.kept import session, settings
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.keys import disk
from reintegrate_cli.mail import timers


@contextmanager
def placed(key_file: Path | None, vault: str) -> Iterator[Path | None]:
    """Write the script that cron runs: 0700, and named without a word of what it is for.

    It takes the place of a former one only where all went well.

    Args:
        key_file: cron's key; without one there is no script.
        vault: how cron names the vault.

    Yields:
        Where it will be.

    Raises:
        Settings: the disk would not take it, or others can write where it stands.
    """
    if key_file is None:
        yield None
        return
    text = _script_text(key_file, vault)
    store_id = session.current.engine.header().store_id
    script = settings.folder_beside(timers.FOLDER) / f"run-{store_id[:8]}"

    def write(descriptor: int) -> None:
        os.fchmod(descriptor, 0o700)
        disk.write_all(descriptor, text.encode())

    with _on_disk():
        _check_own(script.parent)
        draft = disk.written_beside(script, write)
    try:
        yield script
        with _on_disk():
            draft.replace(script)
            disk.sync_folder(script.parent)
    finally:
        disk.remove(draft)


def _script_text(key_file: Path, vault: str) -> str:
    config = os.environ.get("REINTEGRATE_CONFIG")
    return timers.cron_script(
        program=shutil.which("reintegrate") or str(Path(sys.argv[0]).absolute()),
        vault=vault,
        key_file=str(key_file),
        config=str(path_of(config).absolute()) if config else None,
    )


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Settings(
            f"the script for cron cannot be written: {disk.plain_reason(error)}",
            hint=disk.remedy(error),
        ) from None


def _check_own(folder: Path) -> None:
    """Make the folder of the script, if it is not there, and look whose it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    info = folder.lstat()
    if info.st_uid != os.getuid() or info.st_mode & 0o022 or folder.is_symlink():
        raise Settings(
            "others can write into the folder of the script for cron", hint=f"chmod 700 {folder}"
        )
