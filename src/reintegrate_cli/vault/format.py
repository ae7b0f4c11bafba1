"""How the bytes of a vault lie in its file, version 2.

::

    file      MAGIC 8 | version u16 | 0 u16 | header length u32 | header JSON
              | SHA-256 of all before | tag by the chain key | tag by the data key
              | SEGMENT* | DIRECTORY frame | TXN frame*
    header    {store, epoch, salt, schema, base, after: [epoch, sequence, chain value],
              slots: [{id, kind, kdf, nonce, wrapped, back}]}
    frame     length u32 | ~length u32 | sequence u64 | type u8 | parts u8
              | (table u8, length u32)* | part* | chain value 32
    part      nonce 12 | AES-256-GCM of padded JSON
    SEGMENT   a part {place: document} by place, located by the directory
    DIRECTORY for every table a part
              {"start": byte, "last": place, "segments": [[first, last, count, length]]}
    TXN       for every table that was touched a part {"put": {place: document}, "del": []}

- The digest after the header has no key: it tells damage from a wrong key. From the magic
  to that digest the layout is the same in every version, so that an old program can say
  "newer" of an intact file. The tags after it are keyed: nobody without a key changes the
  header unseen, and nobody with a narrow one without a full one noticing. ``base`` says how
  many bytes of segments follow, in 16 hexadecimal digits; ``after`` is the last place of the
  file that this one was made from.
- Every frame carries a keyed value chained over the one before, from the header's store,
  epoch, salt and schema on. No frame can be dropped from the middle, put in another order,
  or brought in from another vault, without its being seen.
- A part's associated data binds store, salt, epoch, schema, type, sequence, table, the
  numbers of all the tables in its frame, and the chain value before it. Whoever holds a narrow key can make a new chain, and still cannot
  make parts of other tables fit in it: such a thief can cut the end, and nothing else.
- The directory has a part for every table, the empty ones too: there is nothing to leave out.
- One unit of work is one TXN frame, appended and flushed. It is whole or not there.
- A file that was written anew may begin with a TXN that puts nothing: its ``del`` names the
  last places of cases that are free, so that no id is ever given to something else.

Integers are big-endian. JSON is UTF-8, padded with blanks to a multiple of 64 bytes.
"""

import hashlib
import hmac
import json
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reintegrate_cli.errors import Damaged, Settings, Usage
from reintegrate_cli.keys import KINDS, NONCE_BYTES, Bundle, Slot, derive, kdf_is_sound
from reintegrate_cli.vault.layout import NAMES, SCHEMA, TABLES

MAGIC = b"RNTGVLT\n"
VERSION = 2
SEGMENT, DIRECTORY, TXN = 0, 1, 2
MAC_BYTES = 32
LONGEST_START = 64 * 1024 + 128
"""The header and all that stands before the segments is never longer."""

_START = struct.Struct(">8sHHI")
_FRAME = struct.Struct(">IIQBB")
_PART = struct.Struct(">BI")

_DIGEST = 32
_TAG = 16
_ALL_ONES = 0xFFFF_FFFF
_LONGEST_HEADER = 64 * 1024
_MOST_SLOTS = 64
_PADDING = 64
_PIECE = 1024**2
MOST_TRIED = 32 * 1024**2
"""Bytes that are spent at most on telling damage from a tail that was never finished."""

Sealed = bytes | memoryview


@dataclass(frozen=True, repr=False, eq=False)
class Header:
    """The part of a vault that is readable without a key: no names, no dates."""

    store_id: str
    epoch: int
    salt: str
    schema: int
    slots: tuple[Slot, ...]
    base: int = 0
    after: "Place | None" = None


class Place(NamedTuple):
    """A place in a vault's history: its epoch, a frame's number there, and its chain value."""

    epoch: int
    sequence: int
    mac: bytes


class Frame(NamedTuple):
    """One frame: its parts by table, the chain value before it and its own, its end."""

    kind: int
    sequence: int
    before: bytes
    parts: dict[int, memoryview]
    mac: bytes
    end: int


def damaged() -> Damaged:
    """Say that the file does not verify."""
    return Damaged(
        "the vault is damaged or was changed by something else; it was left as it is",
        hint="keep the file, and restore the last backup beside it",
    )


def newer() -> Settings:
    """Say that the file is of a later version."""
    return Settings(
        "the vault was written by a newer version of reintegrate",
        hint="upgrade reintegrate on this machine",
    )


# The header.


def encode_header(header: Header, bundle: Bundle) -> bytes:
    """Write the start of the file, through the keyed tags.

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
            "back": slot.back.hex(),
        }
        for slot in header.slots
    ]
    fields = {
        "store": header.store_id,
        "epoch": header.epoch,
        "salt": header.salt,
        "schema": header.schema,
        "base": f"{header.base:016x}",
        "after": [*header.after[:2], header.after.mac.hex()] if header.after else None,
        "slots": slots,
    }
    body = json.dumps(fields).encode()
    if not 1 <= len(slots) <= _MOST_SLOTS or len(body) > _LONGEST_HEADER:
        raise Usage(
            f"a vault has between one and {_MOST_SLOTS} keys",
            hint="reintegrate vault key list, then revoke those that nobody uses",
        )
    start = _START.pack(MAGIC, VERSION, 0, len(body)) + body
    start += hashlib.sha256(start).digest()
    return start + _chain_tag(bundle, start) + _full_tag(bundle, start)


def _chain_tag(bundle: Bundle, start: Sealed) -> bytes:
    return hmac.digest(derive(bundle.chain_key, "header"), start, "sha256")


def _full_tag(bundle: Bundle, start: Sealed) -> bytes:
    bundle.demand_full("the header of the vault")
    return hmac.digest(derive(bundle.data_key, "header"), start, "sha256")


def decode_header(data: bytes) -> tuple[Header, int]:
    """Read the start of a file; give the header and where it ends, its keyed tags before that.

    Raises:
        Damaged: it is no vault, or its header does not verify.
        Settings: a newer program wrote it.
    """
    if len(data) < _START.size:
        raise damaged()
    magic, version, zero, length = _START.unpack_from(data)
    if magic != MAGIC:
        raise Damaged("this file is no vault, or its first bytes are damaged",
                      hint="keep the file, and look for a copy that is whole")  # fmt: skip
    end = _START.size + length
    if length > _LONGEST_HEADER or len(data) < end + _DIGEST:
        raise damaged()
    if hashlib.sha256(data[:end]).digest() != data[end : end + _DIGEST]:
        raise damaged()
    # Only an intact header is believed when it says that it is newer.
    if version > VERSION:
        raise newer()
    if version != VERSION or zero:
        raise damaged()
    return _header(data[_START.size : end]), end + _DIGEST + 2 * MAC_BYTES


def check_header(data: bytes, end: int, bundle: Bundle) -> None:
    """Demand the keyed tags at the end of the header, as far as a key can know them.

    Raises:
        Damaged: one is not there, or somebody without that key wrote the header.
    """
    if len(data) < end:
        raise damaged()
    start = data[: end - 2 * MAC_BYTES]
    tags = data[end - 2 * MAC_BYTES : end]
    wanted = _chain_tag(bundle, start) + (_full_tag(bundle, start) if bundle.full else b"")
    if not hmac.compare_digest(wanted, tags[: len(wanted)]):
        raise damaged()


def _header(body: bytes) -> Header:
    """Check what the header says; an intact digest proves nothing about who wrote it."""
    try:
        found = json.loads(body)
        # The schema first: a newer one may know kinds of slots that this program does not.
        if _whole(found["schema"]) > SCHEMA:
            raise newer()
        slots = found["slots"]
        if not isinstance(slots, list) or not 1 <= len(slots) <= _MOST_SLOTS:
            raise ValueError
        return Header(
            store_id=_hex(found["store"], 16).hex(),
            epoch=_whole(found["epoch"]),
            salt=_hex(found["salt"], 16).hex(),
            schema=found["schema"],
            slots=tuple(_slot(one) for one in slots),
            base=int.from_bytes(_hex(found["base"], 8), "big"),
            after=_after(found["after"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        raise damaged() from None


def _after(found: Any) -> Place | None:
    if found is None:
        return None
    epoch, sequence, mac = found
    return Place(_whole(epoch), _whole(sequence), _hex(mac, MAC_BYTES))


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
        back=bytes.fromhex(found.get("back", "")),
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


# Frames.


def chain_start(header: Header, chain_key: bytes) -> bytes:
    """Give the value that the chain of a file begins with."""
    return hmac.digest(chain_key, b"chain" + _whose(header), "sha256")


def _whose(header: Header) -> bytes:
    place = bytes.fromhex(header.store_id) + bytes.fromhex(header.salt)
    return place + struct.pack(">II", header.epoch, header.schema)


def encode_frame(
    kind: int, sequence: int, parts: Mapping[int, Sealed], before: bytes, chain_key: bytes
) -> bytes:
    """Put a frame together, chained to the one before it."""
    ordered = sorted(parts.items())
    table = b"".join(_PART.pack(number, len(part)) for number, part in ordered)
    length = _FRAME.size + len(table) + sum(len(part) for _, part in ordered) + MAC_BYTES
    if length > _ALL_ONES:
        raise Usage(
            "this is more than a vault can take at once; nothing was saved",
            hint="do it in parts",
        )
    start = _FRAME.pack(length, length ^ _ALL_ONES, sequence, kind, len(ordered))
    whole = b"".join([start, table, *(part for _, part in ordered)])
    return whole + hmac.digest(chain_key, before + whole, "sha256")


def read_frame(data: memoryview, at: int, before: bytes, chain_key: bytes) -> Frame | None:
    """Read the frame that begins at a byte, or give nothing where none is whole and right.

    Raises:
        Damaged: its chain value is right, and it has not the shape of a frame.
    """
    end = _frame_end(data, at)
    if end is None:
        return None
    mac = bytes(data[end - MAC_BYTES : end])
    if not hmac.compare_digest(_chained(data, at, end, before, chain_key), mac):
        return None
    _, _, sequence, kind, count = _FRAME.unpack_from(data, at)
    return Frame(kind, sequence, before, _parts(data, at + _FRAME.size, count, end), mac, end)


def _frame_end(data: memoryview, at: int) -> int | None:
    if at + _FRAME.size + MAC_BYTES > len(data):
        return None
    length, inverse, _, _, _ = _FRAME.unpack_from(data, at)
    if length ^ inverse != _ALL_ONES or length < _FRAME.size + MAC_BYTES:
        return None
    return at + length if at + length <= len(data) else None


def _parts(data: memoryview, at: int, count: int, end: int) -> dict[int, memoryview]:
    body = at + count * _PART.size
    last = end - MAC_BYTES
    found: dict[int, memoryview] = {}
    previous = 0
    for place in range(count):
        if body > last:
            raise damaged()
        number, length = _PART.unpack_from(data, at + place * _PART.size)
        if number not in NAMES or number <= previous or body + length > last:
            raise damaged()
        found[number] = data[body : body + length]
        body += length
        previous = number
    if body != last:
        raise damaged()
    return found


def _chained(data: memoryview, at: int, end: int, before: bytes, chain_key: bytes) -> bytes:
    mac = hmac.new(chain_key, before, "sha256")
    mac.update(data[at : end - MAC_BYTES])
    return mac.digest()


def follows(data: memoryview, sequence: int, before: bytes, chain_key: bytes) -> bool:
    """Say whether a right frame begins anywhere in what lies behind the last one that was read.

    The chain value that stands before a frame, or should stand there, is all that is needed
    to know it for one; so damage in the midst of what was acknowledged is told from a tail
    that never was. Of what was made to look like frames so much is tried and no more; then it
    is taken for damage, which is left as it is.

    Args:
        data: what lies behind the last frame.
        sequence: the number of that frame.
        before: its chain value.
        chain_key: the key of the chain.
    """
    end = _frame_end(data, 0)
    if end is not None:
        should = _chained(data, 0, end, before, chain_key)
        if read_frame(data, end, should, chain_key) is not None:
            return True
    left = MOST_TRIED
    for place in _likely(data):
        end, number = _frame_end(data, place), _FRAME.unpack_from(data, place)[2]
        left -= _FRAME.size
        # Its number says how many came before it, and each of them took some bytes.
        if end is not None and 0 < number - sequence <= 1 + place // (_FRAME.size + MAC_BYTES):
            left -= end - place
            last = before if number == sequence + 1 else bytes(data[max(0, place - 32) : place])
            if left > 0 and read_frame(data, place, last, chain_key) is not None:
                return True
        if left <= 0:
            return True
    return False


def _likely(data: memoryview) -> Iterator[int]:
    """Give the places where a length and its inverse stand, a piece of the data at a time."""
    for start in range(0, len(data), _PIECE):
        piece = data[start : start + _PIECE + 8]
        if len(piece) < 8:
            return
        first, second = (int.from_bytes(part, "big") for part in (piece[:-4], piece[4:]))
        marks, at = (first ^ second).to_bytes(len(piece) - 4, "big"), -1
        while (at := marks.find(b"\xff\xff\xff\xff", at + 1)) >= 0:
            if at < _PIECE and start + at + _FRAME.size <= len(data):
                yield start + at


def standing(before: bytes, tables: Iterable[int]) -> bytes:
    """Say where a part stands: after which chain value, and beside the parts of which tables."""
    return before + bytes(sorted(tables))


class Sealer:
    """Seals and opens the parts of one vault with what a bundle gives."""

    def __init__(self, header: Header, bundle: Bundle) -> None:
        self._whose = _whose(header)
        self._salt = header.salt
        self._bundle = bundle
        self._ciphers: dict[int, Any] = {}

    def seal(self, kind: int, sequence: int, table: int, body: bytes, before: bytes = b"") -> bytes:
        """Seal one part at its place.

        Args:
            kind: ``SEGMENT``, ``DIRECTORY`` or ``TXN``.
            sequence: the frame's, or the segment's number among those of its table.
            table: the table's number.
            body: the JSON text.
            before: where it stands in its frame, from ``standing``; none for a segment.

        Raises:
            Locked: the bundle does not open the table.
        """
        padded = body.ljust(max(_PADDING, -(-len(body) // _PADDING) * _PADDING))
        nonce = os.urandom(NONCE_BYTES)
        where = self._where(kind, sequence, table, before)
        sealed: bytes = self._cipher(table).encrypt(nonce, padded, where)
        return nonce + sealed

    def open(
        self, kind: int, sequence: int, table: int, part: Sealed, before: bytes = b""
    ) -> bytes:
        """Open one part.

        Raises:
            Damaged: it was not sealed for this place.
            Locked: the bundle does not open its table.
        """
        from cryptography.exceptions import InvalidTag

        cipher = self._cipher(table)
        if len(part) < NONCE_BYTES + _TAG:
            raise damaged()
        where = self._where(kind, sequence, table, before)
        try:
            found: bytes = cipher.decrypt(part[:NONCE_BYTES], part[NONCE_BYTES:], where)
        except InvalidTag:
            raise damaged() from None
        return found

    def _where(self, kind: int, sequence: int, table: int, before: bytes) -> bytes:
        return self._whose + struct.pack(">BQB", kind, sequence, table) + before

    def _cipher(self, number: int) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if number not in self._ciphers:
            name = NAMES[number]
            root = self._bundle.table_key(name, TABLES[name].group)
            self._ciphers[number] = AESGCM(derive(root, f"epoch/{self._salt}"))
        return self._ciphers[number]
