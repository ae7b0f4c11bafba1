"""What a narrow key opens of a vault, without a slot that would have to be made for it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reintegrate_cli.keys import Bundle, Slot
from reintegrate_cli.vault import VaultStorage, locking


def reminder_bundle(bundle: Bundle) -> Bundle:
    """Give cron's part of a bundle: from it nothing leads back to the rest."""
    return Bundle(
        bundle.user,
        False,
        bundle.slot,
        reminder_root=bundle.reminder_root,
        chain_key=bundle.chain_key,
        public=bundle.public,
    )


def reviewer_bundle(bundle: Bundle) -> Bundle:
    """Give a reviewer's part of a bundle: the history, and nothing that leads to the rest."""
    return Bundle(
        bundle.user,
        False,
        bundle.slot,
        chain_key=bundle.chain_key,
        history_root=bundle.history_root,
        public=bundle.public,
    )


NARROWED = {"reminder": reminder_bundle, "reviewer": reviewer_bundle}


def narrow(path: Path, bundle: Bundle, kind: str = "reminder") -> Bundle:
    """Give a narrow key's part of a full bundle, with who signs for the vault."""
    store = VaultStorage(path, bundle)
    try:
        return NARROWED[kind](store.to_share(bundle.user))
    finally:
        store.close()


def replace_slots(path: Path, bundle: Bundle, slots: Sequence[Slot]) -> None:
    """Write the vault with other key slots, and everything else as it is.

    The caller holds the lock since before it worked out the slots, so that no slot that
    somebody else adds is lost.

    Raises:
        Damaged: the vault does not verify, and so is not written over.
        Locked: the bundle is not a full one.
        Settings: the disk would not take it; the file is as it was.
    """
    bundle.demand_full("the key slots")
    with locking.holding(path):
        storage = VaultStorage(path, bundle)
        try:
            storage.renew(slots=slots)
            storage.commit()
        finally:
            storage.close()


def rows(storage: VaultStorage, table: str) -> list[dict[str, Any]]:
    """List the rows of a table, in their order."""
    return [row for _, row in storage.everything(table)]
