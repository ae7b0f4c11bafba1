"""The vault: one encrypted, append-only file behind a TinyDB storage.

This is the seam: everything above knows the names below, and not how the bytes lie in the
file.
"""

from typing import Any

from reintegrate_cli.vault.header import MAGIC, Header
from reintegrate_cli.vault.layout import OF_A_CASE, SCHEMA, TABLES, place, span
from reintegrate_cli.vault.locking import Lock, lock
from reintegrate_cli.vault.making import (
    check_folder,
    check_place,
    create,
    new_store_id,
    read_header,
    replace_slots,
)
from reintegrate_cli.vault.storage import VaultStorage
from reintegrate_cli.vault.tables import VaultDB


def carry_over(
    found: dict[str, dict[int, dict[str, Any]]], schema: int
) -> dict[str, dict[int, dict[str, Any]]]:
    """Bring documents of an older schema into the present one; see ``migrations``."""
    from reintegrate_cli.vault import migrations

    return migrations.carry_over(found, schema)


__all__ = [
    "MAGIC",
    "OF_A_CASE",
    "SCHEMA",
    "TABLES",
    "Header",
    "Lock",
    "VaultDB",
    "VaultStorage",
    "carry_over",
    "check_folder",
    "check_place",
    "create",
    "lock",
    "new_store_id",
    "place",
    "read_header",
    "replace_slots",
    "span",
]
