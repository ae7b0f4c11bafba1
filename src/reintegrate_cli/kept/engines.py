"""Which engine a vault has: the one place that knows them all, and imports the one that it is."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.kept import settings

if TYPE_CHECKING:
    from reintegrate_cli.keys.engine import Engine


def named(given: str | None = None) -> "Engine":
    """Return the engine of the vault that ``--vault`` or the environment names, or the usual one.

    Raises:
        Settings: it could be no vault's name, or none is named and this account has no home.
    """
    url = _url(given)
    if url is not None:
        from reintegrate_cli.server.engine import ServerEngine

        return ServerEngine(url, _state())
    path = settings.vault_path(given)
    from reintegrate_cli.vault.engine import FileEngine

    return FileEngine(path)


def _state() -> Path | None:
    """Return the folder where this machine remembers; none for an account without a home."""
    try:
        return settings.state_path()
    except Settings:
        return None


def copy_in(file: Path) -> "Engine":
    """Return the engine of a copy, once it is clear that the file could be one.

    Raises:
        Settings: it is not there, or cannot be read.
        Usage: it is a folder, or an archive.
    """
    from reintegrate_cli.vault import engine

    return engine.copy_in(file)


def is_copy(start: bytes) -> bool:
    """Return whether a file that begins so is a copy of a vault."""
    from reintegrate_cli.keys.header import MAGIC

    return start.startswith(MAGIC)


def _url(given: str | None) -> str | None:
    """Return the URL of a vault on a server, if one is named; nothing if the vault is a file.

    Raises:
        Settings: it is the URL of something else.
    """
    named = given or os.environ.get("REINTEGRATE_VAULT") or ""
    if "://" not in named:
        return None
    if not named.startswith(("postgresql://", "postgres://")):
        raise Settings(
            "a vault is a file, or a PostgreSQL database",
            hint="give a path, or postgresql://HOST/DATABASE",
        )
    return named
