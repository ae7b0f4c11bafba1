"""The vault: one encrypted file, replaced whole and durably, behind a TinyDB storage.

This is the seam: everything above knows ``VaultStorage``, ``create``, ``read_header``,
``replace_slots`` and ``lock``, and not how the bytes lie in the file.
"""

from reintegrate_cli.vault.files import Lock, lock
from reintegrate_cli.vault.format import TABLES, Header
from reintegrate_cli.vault.storage import VaultStorage, create, read_header, replace_slots

__all__ = ["TABLES", "Header", "Lock", "VaultStorage", "create", "lock", "read_header",
           "replace_slots"]  # fmt: skip
