"""What a narrow key opens of a vault, without a slot that would have to be made for it."""

from pathlib import Path

from reintegrate_cli import keys
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault import VaultStorage

NARROWED = {"reminder": keys.reminder_bundle, "reviewer": keys.reviewer_bundle}


def narrow(path: Path, bundle: Bundle, kind: str = "reminder") -> Bundle:
    """Give a narrow key's part of a full bundle, with who signs for the vault."""
    store = VaultStorage(path, bundle)
    try:
        return NARROWED[kind](store.to_share(bundle.user))
    finally:
        store.close()
