"""Who signs for a vault, as this machine first saw it.

Cron's key file names who signs for its vault. A reviewer has a passphrase and no file, so for
them it is the first one that was seen here, kept in the state folder; whoever writes with a key
that opens everything keeps it up to date. Once a vault was seen that says who wrote it, a file
of the same vault that does not is not believed any more, whatever key opens it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reintegrate_cli import keys, settings
from reintegrate_cli.errors import Damaged, Settings
from reintegrate_cli.keys.disk import sync_folder, write_all, written_beside

if TYPE_CHECKING:
    from reintegrate_cli.vault import Header


def check(header: "Header", bundle: keys.Bundle) -> str | None:
    """Compare a vault with what was seen of it here, before it is read.

    Args:
        header: the vault's header.
        bundle: what the key at hand opens.

    Returns:
        What to say where a reviewer's first look could not be remembered.

    Raises:
        Damaged: the file does not say who wrote it, and was seen to.
        Settings: somebody else signs for it than a reviewer saw before.
    """
    if not header.proven:
        if _seen(header.store_id) is not None:
            raise Damaged(
                "the vault has an older format than was last seen here; it was left as it is",
                hint="if a copy was put in its place by hand, use reintegrate vault restore"
                " instead",
            )
    elif bundle.history_root and not bundle.full and bundle.public:
        seen = _seen(header.store_id)
        if seen is None:
            return None if remember(header.store_id, bundle.public) else _NOT_REMEMBERED
        if seen != bundle.public:
            raise Settings(
                "somebody else signs for this vault than when it was first seen here",
                hint="ask who keeps the vault; if it was made anew, remove"
                f" {_file(header.store_id)}",
            )
    return None


_NOT_REMEMBERED = "who signs for this vault could not be remembered; the state folder is not ours"


def remember(store_id: str, public: bytes) -> bool:
    """Keep who signs for a vault; say whether it could be kept."""
    if _seen(store_id) == public:
        return True
    file, line = _file(store_id), f"{public.hex()}\n".encode()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written_beside(file, lambda to: write_all(to, line)).replace(file)
        sync_folder(file.parent)
    except OSError:
        return False
    return True


def _seen(store_id: str) -> bytes | None:
    """Give who was seen to sign for a vault; what cannot be read was seen to be somebody else."""
    file = _file(store_id)
    if not os.path.lexists(file):
        return None
    try:
        return bytes.fromhex(keys.read_private(file, "what was seen of the vault"))
    except (Settings, ValueError):
        return b""


def _file(store_id: str) -> Path:
    return settings.state_path() / "signers" / store_id
