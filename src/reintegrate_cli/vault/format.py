"""How the bytes of a vault lie in its file, version 1.

::

    file     MAGIC 8 | version u16 | 0 u16 | header length u32 | header JSON
             | SHA-256 of all before | PART* | HMAC-SHA256 of all before, chain key
    header   {store, epoch, salt, schema, slots: [{id, kind, kdf, nonce, wrapped}]}
    part     table u8 | kind u8 | length u32 | nonce 12 | AES-256-GCM of padded JSON

- The digest after the header has no key: it tells damage from a wrong key.
- A part's associated data binds store, epoch, salt, table, kind and the part's place in its
  table, so that no part can stand in another place or another vault.
- A table is one SNAPSHOT part ``{doc id: document}``, or, where it only grows, one ROW part
  for each row. Rows are copied as they are when the file is written anew.
- The MANIFEST part, which a full key seals, holds a digest of each table that only a full
  key opens. Whoever holds the reminder key can make a new trailer, and still cannot drop,
  swap or put back one of those tables without its being seen.
- Table names and numbers are fixed here. There is no catalogue in the file that a thief of
  a narrow key could empty.

Integers are big-endian. JSON is UTF-8, padded with blanks to a multiple of 64 bytes.
"""

import hashlib
import hmac
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast, get_args

from reintegrate_cli.errors import Damaged, Settings
from reintegrate_cli.keys import NONCE_BYTES, Bundle, Slot, SlotKind

MAGIC = b"RNTGVLT\n"
VERSION = 1
SCHEMA = 1
"""Raised with every change of a record's shape; an older program refuses a newer file."""

SNAPSHOT, ROW, MANIFEST = 0, 1, 2
_START = struct.Struct(">8sHHI")
_PART = struct.Struct(">BBI")
_PLACE = struct.Struct(">IBBI")
_DIGEST = 32
_TAG = 16
_LONGEST_HEADER = 64 * 1024
_MOST_SLOTS = 64
PADDING = 64


class Table(NamedTuple):
    """A table: its number in the file, who opens it, and whether it only grows."""

    number: int
    group: Literal["full", "reminder"]
    grows: bool = False


TABLES: dict[str, Table] = {
    "cases": Table(1, "full"),
    "identities": Table(2, "full"),
    "notes": Table(3, "full"),
    "schedules": Table(4, "full"),
    "contacts": Table(5, "full"),
    "care": Table(6, "full"),
    "contact": Table(7, "full"),
    "staff": Table(8, "full"),
    "partners": Table(9, "full"),
    "tasks": Table(10, "full"),
    "history": Table(11, "full", grows=True),
    "due": Table(64, "reminder"),
    "mail": Table(65, "reminder"),
    "ledger": Table(66, "reminder", grows=True),
}
NAMES = {table.number: name for name, table in TABLES.items()}


@dataclass(frozen=True)
class Header:
    """The part of a vault that is readable without a key: no names, no dates."""

    store_id: str
    epoch: int
    salt: str
    schema: int
    slots: tuple[Slot, ...]


class Part(NamedTuple):
    """One sealed part: where it belongs, and its bytes as they stand in the file."""

    table: int
    kind: int
    sealed: bytes


def damaged() -> Damaged:
    """Say that the file does not verify."""
    return Damaged(
        "the vault is damaged or was changed by something else; it was left as it is",
        hint="keep the file, and restore the last backup beside it",
    )


def encode_header(header: Header) -> bytes:
    """Write the start of the file, through the digest."""
    slots = [
        {"id": slot.id, "kind": slot.kind, "kdf": slot.kdf, "nonce": slot.nonce.hex(),
         "wrapped": slot.wrapped.hex()}
        for slot in header.slots
    ]  # fmt: skip
    body = json.dumps({"store": header.store_id, "epoch": header.epoch, "salt": header.salt,
                       "schema": header.schema, "slots": slots}).encode()  # fmt: skip
    start = _START.pack(MAGIC, VERSION, 0, len(body)) + body
    return start + hashlib.sha256(start).digest()


def decode_header(data: bytes) -> tuple[Header, int]:
    """Read the start of a file; give the header and where the parts begin.

    Raises:
        Damaged: it is no vault, or its header does not verify.
        Settings: a newer program wrote it.
    """
    if len(data) < _START.size:
        raise damaged()
    magic, version, zero, length = _START.unpack_from(data)
    if magic != MAGIC:
        raise Damaged("this file is no vault, or its first bytes are damaged")
    end = _START.size + length
    if length > _LONGEST_HEADER or len(data) < end + _DIGEST:
        raise damaged()
    if hashlib.sha256(data[:end]).digest() != data[end : end + _DIGEST]:
        raise damaged()
    # Only an intact header is believed when it says that it is newer.
    if version != VERSION or zero:
        raise _newer()
    return _header(data[_START.size : end]), end + _DIGEST


def _newer() -> Settings:
    return Settings("the vault was written by a newer version of reintegrate",
                    hint="upgrade reintegrate on this machine")  # fmt: skip


def _header(body: bytes) -> Header:
    try:
        found = json.loads(body)
        header = Header(
            store_id=_hex(found["store"], 16).hex(),
            epoch=_whole(found["epoch"]),
            salt=_hex(found["salt"], 16).hex(),
            schema=_whole(found["schema"]),
            slots=tuple(_slot(one) for one in found["slots"][:_MOST_SLOTS]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise damaged() from None
    if header.schema > SCHEMA:
        raise _newer()
    return header


def _slot(found: Mapping[str, Any]) -> Slot:
    kind = found["kind"]
    if kind not in get_args(SlotKind) or not isinstance(found["kdf"], dict):
        raise ValueError
    return Slot(
        id=_hex(found["id"], 4).hex(),
        kind=cast(SlotKind, kind),
        nonce=_hex(found["nonce"], NONCE_BYTES),
        wrapped=bytes.fromhex(found["wrapped"]),
        kdf=found["kdf"],
    )


def _hex(text: str, size: int) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != size:
        raise ValueError
    return found


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise ValueError
    return value


def split(data: bytes, start: int, chain_key: bytes) -> list[Part]:
    """Cut a file into its parts, after its trailer was found to be right.

    Raises:
        Damaged: a byte of it is not as it was written.
    """
    body, trailer = data[:-_DIGEST], data[-_DIGEST:]
    if len(body) < start or not hmac.compare_digest(
        hmac.digest(chain_key, body, "sha256"), trailer
    ):
        raise damaged()
    parts: list[Part] = []
    at = start
    while at < len(body):
        if at + _PART.size > len(body):
            raise damaged()
        table, kind, length = _PART.unpack_from(body, at)
        at += _PART.size
        if length < NONCE_BYTES + _TAG or at + length > len(body):
            raise damaged()
        parts.append(Part(table, kind, body[at : at + length]))
        at += length
    return parts


def join(header: Header, parts: Sequence[Part], chain_key: bytes) -> bytes:
    """Put a file together, with its trailer."""
    pieces = [encode_header(header)]
    for part in parts:
        pieces += [_PART.pack(part.table, part.kind, len(part.sealed)), part.sealed]
    body = b"".join(pieces)
    return body + hmac.digest(chain_key, body, "sha256")


class Sealer:
    """Seals and opens the parts of one vault with what a bundle gives."""

    def __init__(self, header: Header, bundle: Bundle) -> None:
        self._place = bytes.fromhex(header.store_id) + bytes.fromhex(header.salt)
        self._salt = header.salt
        self._epoch = header.epoch
        self._bundle = bundle

    def seal(self, table: int, kind: int, ordinal: int, body: bytes) -> Part:
        """Seal one part at its place."""
        import os

        nonce = os.urandom(NONCE_BYTES)
        padded = body.ljust(max(PADDING, -(-len(body) // PADDING) * PADDING))
        sealed = self._aead(table).encrypt(nonce, padded, self._where(table, kind, ordinal))
        return Part(table, kind, nonce + sealed)

    def open(self, part: Part, ordinal: int) -> bytes:
        """Open one part.

        Raises:
            Damaged: it was not sealed for this place.
            Locked: the bundle does not open its table.
        """
        from cryptography.exceptions import InvalidTag

        where = self._where(part.table, part.kind, ordinal)
        nonce, sealed = part.sealed[:NONCE_BYTES], part.sealed[NONCE_BYTES:]
        try:
            found: bytes = self._aead(part.table).decrypt(nonce, sealed, where)
        except InvalidTag:
            raise damaged() from None
        return found

    def _where(self, table: int, kind: int, ordinal: int) -> bytes:
        return self._place + _PLACE.pack(self._epoch, table, kind, ordinal)

    def _aead(self, number: int) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        from reintegrate_cli.keys import derive

        if number == 0:
            key = self._bundle.manifest_key
        else:
            name = NAMES[number]
            key = self._bundle.table_key(name, reminder=TABLES[name].group == "reminder")
        return AESGCM(derive(key, f"epoch/{self._salt}"))


def digests(parts: Sequence[Part]) -> dict[str, str]:
    """Give the digest of each table that only a full key opens, over its parts in order."""
    found: dict[str, Any] = {}
    for part in parts:
        name = NAMES.get(part.table)
        if name is not None and TABLES[name].group == "full":
            hasher = found.setdefault(name, hashlib.sha256())
            hasher.update(hashlib.sha256(part.sealed).digest())
    return {name: hasher.hexdigest() for name, hasher in found.items()}
