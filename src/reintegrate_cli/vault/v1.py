"""Reads a vault of version 1, which was replaced whole at each change; it is written no more.

::

    file     the start, as in every version | MANIFEST | PART* | HMAC-SHA256 of all before
    part     table u8 | kind u8 | length u32 | nonce 12 | AES-256-GCM of padded JSON

A table is one SNAPSHOT part ``{number: document}``, or, where it only grew, one ROW part for
each row. The MANIFEST, which a full key seals, holds a digest of each table that only a full
key opens.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reintegrate_cli.keys import NONCE_BYTES, Bundle, Group, derive
from reintegrate_cli.vault import migrations
from reintegrate_cli.vault.format import Header, damaged, decode_header
from reintegrate_cli.vault.values import decode, encode

SNAPSHOT, ROW, MANIFEST = 0, 1, 2
_TABLES = {
    1: "cases", 2: "identities", 3: "notes", 4: "schedules", 5: "contacts", 6: "care",
    7: "contact", 8: "staff", 9: "partners", 10: "tasks", 11: "history", 64: "due", 65: "mail",
    66: "ledger",
}  # fmt: skip
_GROW = ("history", "ledger")
_FIRST_REMINDER = 64
_TRAILER = 32
_PART = struct.Struct(">BBI")
_PLACE = struct.Struct(">IBBI")
_TAG = 16


class Part(NamedTuple):
    """One sealed part: where it belongs, and its bytes as they stand in the file."""

    table: int
    kind: int
    sealed: memoryview


def documents(data: bytes, bundle: Bundle) -> dict[str, dict[int, bytes | None]]:
    """Read all that a key opens in such a file, in the shape of the present version.

    Raises:
        Damaged: the file does not verify.
    """
    header, start = decode_header(data)
    manifest, tables = _split(data, start, bundle.chain_key)
    opener = _Opener(header, bundle)
    if bundle.full:
        said = decode(opener.open(manifest, 0))
        if said != _manifest_of(tables, header.schema):
            raise damaged()
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for name, parts in tables.items():
        if not bundle.full and parts[0].table < _FIRST_REMINDER:
            continue
        bodies = [decode(opener.open(part, at)) for at, part in enumerate(parts)]
        rows = {str(at + 1): body for at, body in enumerate(bodies)}
        try:
            found[name] = {
                int(at): row for at, row in (rows if name in _GROW else bodies[0]).items()
            }
        except ValueError:
            raise damaged() from None
    carried = migrations.carry_over(found, header.schema)
    return {
        name: {place: encode(document) for place, document in rows.items()}
        for name, rows in carried.items()
    }


def _split(data: bytes, start: int, chain_key: bytes) -> tuple[Part, dict[str, list[Part]]]:
    body = memoryview(data)[:-_TRAILER]
    trailer = data[-_TRAILER:]
    wanted = hmac.digest(chain_key, body, "sha256")
    if len(body) < start or not hmac.compare_digest(wanted, trailer):
        raise damaged()
    parts = _parts(body, start)
    manifest = next(parts, None)
    if manifest is None or (manifest.table, manifest.kind) != (0, MANIFEST):
        raise damaged()
    tables: dict[str, list[Part]] = {}
    last = 0
    for part in parts:
        name = _TABLES.get(part.table)
        if name is None or part.table < last:
            raise damaged()
        if part.kind != (ROW if name in _GROW else SNAPSHOT):
            raise damaged()
        if name in tables and name not in _GROW:
            raise damaged()
        tables.setdefault(name, []).append(part)
        last = part.table
    return manifest, tables


def _parts(body: memoryview, at: int) -> Iterator[Part]:
    while at < len(body):
        if at + _PART.size > len(body):
            raise damaged()
        table, kind, length = _PART.unpack_from(body, at)
        at += _PART.size
        if length < NONCE_BYTES + _TAG or at + length > len(body):
            raise damaged()
        yield Part(table, kind, body[at : at + length])
        at += length


def _manifest_of(tables: Mapping[str, list[Part]], schema: int) -> dict[str, Any]:
    found = {}
    for name, parts in tables.items():
        if parts[0].table < _FIRST_REMINDER:
            hasher = hashlib.sha256()
            for part in parts:
                hasher.update(_PART.pack(part.table, part.kind, len(part.sealed)))
                hasher.update(part.sealed)
            found[name] = hasher.hexdigest()
    return {"schema": schema, "tables": found}


class _Opener:
    def __init__(self, header: Header, bundle: Bundle) -> None:
        self._place = bytes.fromhex(header.store_id) + bytes.fromhex(header.salt)
        self._salt = header.salt
        self._epoch = header.epoch
        self._bundle = bundle

    def open(self, part: Part, ordinal: int) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not part.table:
            root = self._bundle.manifest_key
        else:
            group: Group = "reminder" if part.table >= _FIRST_REMINDER else "full"
            root = self._bundle.table_key(_TABLES[part.table], group)
        place = self._place + _PLACE.pack(self._epoch, part.table, part.kind, ordinal)
        cipher = AESGCM(derive(root, f"epoch/{self._salt}"))
        try:
            nonce, sealed = part.sealed[:NONCE_BYTES], part.sealed[NONCE_BYTES:]
            found: bytes = cipher.decrypt(nonce, sealed, place)
        except InvalidTag:
            raise damaged() from None
        return found
