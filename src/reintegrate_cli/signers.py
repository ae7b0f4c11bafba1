"""Who signs for a vault, as this machine first saw it.

Cron's key file names who signs for its vault. Whoever has a passphrase, or an age identity, has no
such file, and others can make a slot for the same words, or for a public key: for them it is the
first one that was seen here, kept in the state folder; a vault that is written anew keeps it up
to date. Once a vault was seen that says who wrote it, a file
of the same vault that does not is not believed any more, whatever key opens it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reintegrate_cli import keys, output, settings
from reintegrate_cli.errors import Damaged, Settings
from reintegrate_cli.keys.disk import sync_folder, write_all, written_beside

if TYPE_CHECKING:
    from reintegrate_cli.vault import Header, VaultStorage


def check(header: "Header", bundle: keys.Bundle) -> None:
    """Compare a vault with what was seen of it here, before it is read.

    Args:
        header: the vault's header.
        bundle: what the key at hand opens.

    Raises:
        Damaged: the file does not say who wrote it, and was seen to.
        Settings: somebody else signs for it than was seen before.
    """
    seen = _seen(header.store_id)
    public = _signs(header, bundle)
    if seen is None:
        if public and not _remember(header.store_id, public):
            output.say("who signs for this vault could not be remembered on this machine")
    elif not header.proven:
        raise Damaged(
            "the vault has an older format than was last seen here; it was left as it is",
            hint="if a copy was put in its place by hand, use reintegrate vault restore instead",
        )
    elif public not in (b"", seen):
        raise Settings(
            "somebody else signs for this vault than when it was first seen here",
            hint=f"ask who keeps the vault; if it was made anew, remove {_file(header.store_id)}",
        )


def written_anew(vault: "VaultStorage", former: "Header") -> None:
    """Keep who signs for a vault that was written anew, so that no older file is believed here.

    Args:
        vault: the vault, opened with a key that opens everything.
        former: its header before; where it said of nobody who wrote it, what cron waits for is
            said here, once.
    """
    _remember(vault.header.store_id, vault.public)
    if not former.proven and any(slot.kind == "reminder" for slot in vault.header.slots):
        output.say("the vault now says who wrote it, and cron waits until its key file does too:"
                   " reintegrate remind setup --reminder-key FILE")  # fmt: skip
        output.say("if somebody else could write to the file, say anew where mail goes: --host,"
                   " --from-address, --to")  # fmt: skip


def _signs(header: "Header", bundle: keys.Bundle) -> bytes:
    """Give the public half of what signs; nothing where the file or a slot does not say it."""
    if not header.proven:
        return b""
    if bundle.full:
        return keys.Signer.opened(header.signer, bundle, header.store_id).public
    return bundle.public


def _remember(store_id: str, public: bytes) -> bool:
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
