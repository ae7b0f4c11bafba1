"""The vault: one encrypted, append-only file behind a TinyDB storage.

Everything above knows the names below, and its records by way of a shelf (``core.shelf``); not
how the bytes lie in the file.
"""

from reintegrate_cli.keys.header import MAGIC, Header
from reintegrate_cli.vault.layout import OF_A_CASE, SCHEMA, TABLES, place, span
from reintegrate_cli.vault.locking import Lock, lock
from reintegrate_cli.vault.making import check_folder, check_place, create, read_header
from reintegrate_cli.vault.shelf import VaultShelf
from reintegrate_cli.vault.storage import VaultStorage
from reintegrate_cli.vault.tables import VaultDB

__all__ = [
    "MAGIC",
    "OF_A_CASE",
    "SCHEMA",
    "TABLES",
    "Header",
    "Lock",
    "VaultDB",
    "VaultShelf",
    "VaultStorage",
    "check_folder",
    "check_place",
    "create",
    "lock",
    "place",
    "read_header",
    "span",
]
