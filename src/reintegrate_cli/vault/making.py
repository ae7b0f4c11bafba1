"""Making a vault, and saying what one is without opening it."""

import os
from collections.abc import Sequence
from pathlib import Path

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.keys import Bundle, Signer, Slot
from reintegrate_cli.keys.header import LONGEST_START, Header, decode_header, encode_header
from reintegrate_cli.vault import files


def read_header(path: Path) -> Header:
    """Read what a vault says of itself without a key.

    Raises:
        Settings: there is none, it cannot be read, or a newer program wrote it.
        Damaged: its header does not verify.
    """
    with files.reading(path) as (descriptor, _):
        return decode_header(files.read_at(descriptor, 0, LONGEST_START))[0]


def check_place(path: Path) -> None:
    """Check before anything is made that a new vault could stand here.

    Raises:
        Settings: there is one already, the folder is copied to the cloud, or it cannot be
            made or written to.
    """
    files.refuse_existing(path)
    check_folder(path)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise Settings(
            "the folder of the vault cannot be written to", hint="choose another with --vault"
        )


def check_folder(path: Path) -> None:
    """Require that a vault may have a name, and make its folder.

    Raises:
        Settings: the name is one of the program's own, or the folder is copied to the cloud or
            cannot be made.
    """
    files.refuse_name(path)
    files.refuse_sync_folder(path)
    files.make_folder(path.parent)


def create(path: Path, bundle: Bundle, slots: Sequence[Slot], *, store_id: str) -> None:
    """Make a new, empty vault.

    Args:
        path: where; its folder is made if it is not there.
        bundle: a full bundle.
        slots: the ways to open it.
        store_id: the random id (32 hexadecimal digits) that the slots are bound to.

    Raises:
        Settings: there is one already, the folder is copied to the cloud, or the disk
            would not take it.
        Locked: the bundle is not a full one.
    """
    from reintegrate_cli.vault.rewrite import new_header, write_base

    files.refuse_name(path)
    files.refuse_sync_folder(path)
    files.refuse_existing(path)
    bundle.demand_full("the vault")
    signer = Signer.new()
    header = new_header(store_id, 1, slots, signer.sealed(bundle, store_id))
    encode_header(header)  # says what is wrong with the slots
    files.make_folder(path.parent)
    files.write_new(path, lambda to: write_base(to, header, bundle, signer, lambda _: ()))
