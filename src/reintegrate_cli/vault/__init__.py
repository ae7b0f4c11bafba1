"""The vault: one encrypted file, replaced whole and durably, behind a TinyDB storage.

This is the seam: everything above knows the names below, and not how the bytes lie in the
file.
"""

from reintegrate_cli.vault.files import Lock, lock
from reintegrate_cli.vault.format import TABLES, Header
from reintegrate_cli.vault.storage import (
    VaultStorage,
    check_place,
    create,
    new_store_id,
    read_header,
    replace_slots,
)

__all__ = [
    "TABLES",
    "Header",
    "Lock",
    "VaultStorage",
    "check_place",
    "create",
    "lock",
    "new_store_id",
    "read_header",
    "replace_slots",
]
