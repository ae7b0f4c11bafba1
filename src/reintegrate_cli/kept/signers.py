"""Who signs for a vault, and which vault stands where, as this machine first saw it.

Cron's key file names who signs for its vault. Whoever has a passphrase, or an age identity, has no
such file, and others can make a slot for the same words, or for a public key: for them it is the
first one that was seen here, kept in the state folder; a vault that is written anew keeps it up to
date. Once a vault was seen that says who wrote it, a file of the same vault that does not is not
believed any more, whatever key opens it.
"""

import os
from pathlib import Path

from reintegrate_cli import keys
from reintegrate_cli.core.errors import Damaged, Settings
from reintegrate_cli.kept import settings
from reintegrate_cli.keys import HeaderLike
from reintegrate_cli.keys.disk import sync_folder, write_all, written_beside
from reintegrate_cli.keys.rack import KeyRack
from reintegrate_cli.line import output


def check(header: HeaderLike, bundle: keys.Bundle, place: str | None) -> None:
    """Compare a vault with what was seen of it here, before it is read.

    Args:
        header: the vault's header.
        bundle: what the key at hand opens.
        place: a name for where it is; none for a copy, which may be anywhere.

    Raises:
        Damaged: the file does not say who wrote it, and was seen to.
        Settings: another vault stands there than was seen before, or somebody else signs for it.
    """
    signs = _signs(header, bundle)
    if not header.proven and _seen(header.store_id) is not None:
        raise Damaged(
            "the vault has an older format than was last seen here; it was left as it is",
            hint="if a copy was put in its place by hand, use reintegrate vault restore instead",
        )
    looks = {
        header.store_id: (signs, "somebody else signs for this vault than was first seen here")
    }
    if place is not None and header.proven:
        store = bytes.fromhex(header.store_id)
        looks[place] = (store, "this is another vault than was first seen here")
    for name, (value, otherwise) in looks.items():
        if value and _seen(name) not in (None, value):
            raise Settings(
                otherwise, hint=f"ask who keeps the vault; if it was rebuilt, remove {_file(name)}"
            )
    if not all(_remember(name, value) for name, (value, _) in looks.items() if value):
        output.say("who signs for this vault could not be remembered on this machine")


def put_here(place: str | None, store_id: str) -> None:
    """Keep which vault stands somewhere, where a person put it there."""
    if place is not None:
        _remember(place, bytes.fromhex(store_id))


def written_anew(rack: KeyRack, former: HeaderLike) -> None:
    """Keep who signs for a vault that was written anew, so that no older file is believed here.

    Args:
        rack: its keys, opened with one that opens everything.
        former: its header before; where it said of nobody who wrote it, what cron waits for is
            said here, once.
    """
    _remember(rack.header.store_id, rack.public)
    if not former.proven and any(slot.kind == "reminder" for slot in rack.header.slots):
        output.say(
            "the vault now says who wrote it, and cron waits until its key file does too:"
            " reintegrate remind setup --reminder-key FILE"
        )
        output.say(
            "if somebody else could write to the file, set again where mail goes: --host,"
            " --from-address, --to"
        )


def _signs(header: HeaderLike, bundle: keys.Bundle) -> bytes:
    """Return the public half of what signs; nothing where the file or a slot does not say it."""
    if not header.proven:
        return b""
    if bundle.full:
        return keys.Signer.opened(header.signer, bundle, header.store_id).public
    return bundle.public


def _remember(name: str, value: bytes) -> bool:
    """Keep what was seen; say whether it could be kept."""
    file, line = _file(name), f"{value.hex()}\n".encode()
    if file is None or _seen(name) == value:
        return file is not None
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written_beside(file, lambda to: write_all(to, line)).replace(file)
        sync_folder(file.parent)
    except OSError:
        return False
    return True


def _seen(name: str) -> bytes | None:
    """Return what was seen; what cannot be read was seen to be something else."""
    file = _file(name)
    if file is None or not os.path.lexists(file):
        return None
    try:
        return bytes.fromhex(keys.read_private(file, "what was seen of the vault"))
    except (Settings, ValueError):
        return b""


def _file(name: str) -> Path | None:
    """Return the file for a vault, by its random id, or for a place.

    Returns:
        Nothing for an account without a home, which remembers nothing.
    """
    try:
        return settings.state_path() / "signers" / name
    except Settings:
        return None
