"""How the bytes of a vault lie in its file, version 1.

::

    file     MAGIC 8 | version u16 | 0 u16 | header length u32 | header JSON
             | SHA-256 of all before | MANIFEST | PART* | HMAC-SHA256 of all before
    header   {store, epoch, salt, schema, slots: [{id, kind, kdf, nonce, wrapped}]}
    part     table u8 | kind u8 | length u32 | nonce 12 | AES-256-GCM of padded JSON

- The digest after the header has no key: it tells damage from a wrong key. From the magic
  to that digest the layout is the same in every version, so that an old program can say
  "newer" of an intact file.
- The last 32 bytes are keyed with the chain key, which every slot opens.
- A part's associated data binds store, epoch, salt, table, kind and the part's place in its
  table, so that no part can stand in another place or another vault. It does not bind the
  slots: they change while the parts are copied as they are.
- A table is one SNAPSHOT part ``{doc id: document}``, or, where it only grows, one ROW part
  for each row. Rows are copied as they are when the file is written anew. Tables stand in
  the order of their numbers.
- The MANIFEST part, which a full key seals, holds the schema and a digest of each table
  that only a full key opens. Whoever holds the reminder key can make a new trailer, and
  still cannot drop, swap or put back one of those tables without its being seen.
- Table names and numbers are fixed here. There is no catalogue in the file that a thief of
  a narrow key could empty.

Integers are big-endian. JSON is UTF-8, padded with blanks to a multiple of 64 bytes.
"""

import hashlib
import hmac
import json
import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reintegrate_cli.errors import Damaged, Settings, Usage
from reintegrate_cli.keys import KINDS, NONCE_BYTES, Bundle, Group, Slot, derive, kdf_is_sound

MAGIC = b"RNTGVLT\n"
VERSION = 1
SCHEMA = 1
"""Raised with every change of a record's shape; an older program refuses a newer file."""

SNAPSHOT, ROW, MANIFEST = 0, 1, 2
TRAILER_BYTES = 32
_START = struct.Struct(">8sHHI")
_PART = struct.Struct(">BBI")
_PLACE = struct.Struct(">IBBI")
_DIGEST = 32
_TAG = 16
_LONGEST_HEADER = 64 * 1024
_LONGEST_PART = 1024**3
_MOST_SLOTS = 64
_PADDING = 64

Sealed = bytes | memoryview


class Table(NamedTuple):
    """A table: its number in the file, who opens it, and whether it only grows."""

    number: int
    group: Group
    grows: bool = False


# Numbers are never used again for another name; 13 to 63 and 67 on are free.
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
    "holds": Table(12, "full"),
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
    sealed: Sealed


class Body(NamedTuple):
    """What follows the header: the manifest, and each table's parts in their order."""

    manifest: Part
    tables: dict[str, list[Part]]


def damaged() -> Damaged:
    """Say that the file does not verify."""
    return Damaged(
        "the vault is damaged or was changed by something else; it was left as it is",
        hint="keep the file, and restore the last backup beside it",
    )


def encode_header(header: Header) -> bytes:
    """Write the start of the file, through the digest.

    Raises:
        Usage: there are no key slots, or more than a vault holds.
    """
    slots = [
        {
            "id": slot.id,
            "kind": slot.kind,
            "kdf": slot.kdf,
            "nonce": slot.nonce.hex(),
            "wrapped": slot.wrapped.hex(),
        }
        for slot in header.slots
    ]
    fields = {
        "store": header.store_id,
        "epoch": header.epoch,
        "salt": header.salt,
        "schema": header.schema,
        "slots": slots,
    }
    body = json.dumps(fields).encode()
    if not 1 <= len(slots) <= _MOST_SLOTS or len(body) > _LONGEST_HEADER:
        raise Usage(f"a vault has between one and {_MOST_SLOTS} keys")
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
    if version > VERSION:
        raise _newer()
    if version != VERSION or zero:
        raise damaged()
    return _header(data[_START.size : end]), end + _DIGEST


def _newer() -> Settings:
    return Settings(
        "the vault was written by a newer version of reintegrate",
        hint="upgrade reintegrate on this machine",
    )


def _header(body: bytes) -> Header:
    """Check what the header says; an intact digest proves nothing about who wrote it."""
    try:
        found = json.loads(body)
        # The schema first: a newer one may know kinds of slots that this program does not.
        if _whole(found["schema"]) > SCHEMA:
            raise _newer()
        slots = found["slots"]
        if not isinstance(slots, list) or not 1 <= len(slots) <= _MOST_SLOTS:
            raise ValueError
        return Header(
            store_id=_hex(found["store"], 16).hex(),
            epoch=_whole(found["epoch"]),
            salt=_hex(found["salt"], 16).hex(),
            schema=found["schema"],
            slots=tuple(_slot(one) for one in slots),
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        raise damaged() from None


def _slot(found: Mapping[str, Any]) -> Slot:
    kind, kdf = found["kind"], found["kdf"]
    if kind not in KINDS or not kdf_is_sound(kind, kdf):
        raise ValueError
    return Slot(
        id=_hex(found["id"], 4).hex(),
        kind=kind,
        nonce=_hex(found["nonce"], NONCE_BYTES),
        wrapped=bytes.fromhex(found["wrapped"]),
        kdf=kdf,
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


def split(data: bytes, start: int, chain_key: bytes) -> Body:
    """Cut a file into its parts, after its trailer was found to be right.

    Raises:
        Damaged: a byte of it is not as it was written, or a part is where none belongs.
    """
    body = memoryview(data)[:-TRAILER_BYTES]
    trailer = data[-TRAILER_BYTES:]
    if len(body) < start or not hmac.compare_digest(_mac(chain_key, body), trailer):
        raise damaged()
    parts = _parts(body, start)
    manifest = next(parts, None)
    if manifest is None or (manifest.table, manifest.kind) != (0, MANIFEST):
        raise damaged()
    tables: dict[str, list[Part]] = {}
    last = 0
    for part in parts:
        name = NAMES.get(part.table)
        if name is None or part.table < last or part.kind != kind_of(name):
            raise damaged()
        if name in tables and not TABLES[name].grows:
            raise damaged()
        tables.setdefault(name, []).append(part)
        last = part.table
    return Body(manifest, tables)


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


def join(header: Header, body: Body, chain_key: bytes) -> bytes:
    """Put a file together, with its trailer."""
    pieces: list[Sealed] = [encode_header(header)]
    ordered = sorted(body.tables, key=lambda name: TABLES[name].number)
    for part in (body.manifest, *(part for name in ordered for part in body.tables[name])):
        pieces += [_PART.pack(part.table, part.kind, len(part.sealed)), part.sealed]
    whole = b"".join(pieces)
    return whole + _mac(chain_key, whole)


def _mac(chain_key: bytes, body: Sealed) -> bytes:
    return hmac.digest(chain_key, body, "sha256")


def kind_of(name: str) -> int:
    """Give the kind of part that a table is made of."""
    return ROW if TABLES[name].grows else SNAPSHOT


def manifest_of(tables: Mapping[str, Sequence[Part]], schema: int) -> dict[str, Any]:
    """Give what the manifest says: the schema, and a digest of each table of the full key.

    The schema is in it because a new trailer can be made with the reminder key: records must
    not be read as if they had another version's shape.
    """
    return {
        "schema": schema,
        "tables": {
            name: _digest(parts) for name, parts in tables.items() if TABLES[name].group == "full"
        },
    }


def _digest(parts: Iterable[Part]) -> str:
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(_PART.pack(part.table, part.kind, len(part.sealed)))
        hasher.update(part.sealed)
    return hasher.hexdigest()


class Sealer:
    """Seals and opens the parts of one vault with what a bundle gives."""

    def __init__(self, header: Header, bundle: Bundle) -> None:
        self._place = bytes.fromhex(header.store_id) + bytes.fromhex(header.salt)
        self._salt = header.salt
        self._epoch = header.epoch
        self._bundle = bundle
        self._ciphers: dict[int, Any] = {}

    def seal(self, table: int, kind: int, ordinal: int, body: bytes) -> Part:
        """Seal one part at its place.

        Raises:
            Locked: the bundle does not open its table.
            Usage: it is larger than a part may be.
        """
        padded = body.ljust(max(_PADDING, -(-len(body) // _PADDING) * _PADDING))
        if len(padded) > _LONGEST_PART:
            raise Usage("a table has grown larger than a vault can hold")
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher(table).encrypt(nonce, padded, self._where(table, kind, ordinal))
        return Part(table, kind, nonce + sealed)

    def open(self, part: Part, ordinal: int) -> bytes:
        """Open one part.

        Raises:
            Damaged: it was not sealed for this place.
            Locked: the bundle does not open its table.
        """
        from cryptography.exceptions import InvalidTag

        cipher = self._cipher(part.table)
        nonce, sealed = part.sealed[:NONCE_BYTES], part.sealed[NONCE_BYTES:]
        try:
            found: bytes = cipher.decrypt(
                nonce, sealed, self._where(part.table, part.kind, ordinal)
            )
        except InvalidTag:
            raise damaged() from None
        return found

    def _where(self, table: int, kind: int, ordinal: int) -> bytes:
        return self._place + _PLACE.pack(self._epoch, table, kind, ordinal)

    def _cipher(self, number: int) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if number not in self._ciphers:
            name = NAMES.get(number, "")
            root = (
                self._bundle.table_key(name, TABLES[name].group)
                if name
                else self._bundle.manifest_key
            )
            self._ciphers[number] = AESGCM(derive(root, f"epoch/{self._salt}"))
        return self._ciphers[number]
