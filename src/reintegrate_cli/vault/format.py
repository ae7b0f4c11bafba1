"""How the bytes of a vault lie in its file, version 3.

::

    file      MAGIC 8 | version u16 | 0 u16 | header length u32 | header JSON
              | SHA-256 of all before
              | SEGMENT* | DIRECTORY frame | (TXN frame or NOTE frame)*
    header    {store, epoch, salt, schema, base, after: [epoch, sequence, chain value], signer,
              slots: [{id, kind, kdf, nonce, wrapped, back}]}
    frame     length u32 | ~length u32 | sequence u64 | type u8 | parts u8
              | (table u8, length u32)* | part*
              | signature 64 | proof 32 (a NOTE has neither) | chain value 32
    part      nonce 12 | AES-256-GCM of padded JSON
    SEGMENT   a part {place: document} by place, located by the directory
    DIRECTORY for every table a part
              {"start": byte, "last": place, "segments": [[first, last, count, length]],
              "digests": [SHA-256 of each segment, of a table that a narrow key opens]}
    TXN       for every table that was touched a part {"put": {place: document}, "del": []}
    NOTE      a TXN of tables that cron may append to, and nothing else

- The digest after the header has no key: it tells damage from a wrong key. From the magic
  to that digest the layout is the same in every version, so that an old program can say
  "newer" of an intact file. ``base`` says how many bytes of segments follow, in 16 hexadecimal
  digits; ``after`` is the last place of the file that this one was made from; ``signer`` is the
  key that signs, sealed under the data key.
- Every frame carries a keyed value chained over the one before, from the digest of the header
  on. No frame can be dropped from the middle, put in another order, or brought in from another
  vault, and nothing in the header be changed, without its being seen.
- The chain's key is a narrow key's too. What says that a full key wrote a frame is its proof, an
  HMAC under a key that follows from the data key, and, for narrow keys, its signature; both are
  of the chain value before the frame and all of the frame that stands before them. Whoever
  writes a frame with a full key has checked what it follows, so that the last proof vouches for
  everything up to it: a reader checks that one, and that only NOTEs come after.
- A NOTE has no proof. It appends to its tables, one row after the other, and replaces and takes
  out nothing; that is what a thief of cron's key can do, besides cutting the end.
- Segments lie outside of the chain. Only full keys can seal one of most tables; those that a
  narrow key opens are bound by their digests.
- A part's associated data binds store, salt, epoch, schema, type, sequence, table, the
  numbers of all the tables in its frame, and the chain value before it.
- The directory has a part for every table, the empty ones too: there is nothing to leave out.
- One unit of work is one TXN or NOTE frame, appended and flushed. It is whole or not there.
- A file that was written anew may begin with a TXN that puts nothing: its ``del`` names the
  last places of cases that are free, so that no id is ever given to something else.

Integers are big-endian. JSON is UTF-8, padded with blanks to a multiple of 64 bytes.
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reintegrate_cli.core.errors import Usage, damaged
from reintegrate_cli.keys import NONCE_BYTES, PROOF_BYTES, Bundle, derive
from reintegrate_cli.keys.header import MAC_BYTES, Header
from reintegrate_cli.vault.layout import NAMES, TABLES

SEGMENT, DIRECTORY, TXN, NOTE = 0, 1, 2, 3

_FRAME = struct.Struct(">IIQBB")
_PART = struct.Struct(">BI")

_SHORTEST = _FRAME.size + MAC_BYTES
_TAG = 16
_ALL_ONES = 0xFFFF_FFFF
_PADDING = 64
_PIECE = 1024**2
MOST_TRIED = 32 * 1024**2
"""Bytes that are spent at most on telling damage from a tail that was never finished."""
_PROOFS = {DIRECTORY: PROOF_BYTES, TXN: PROOF_BYTES, NOTE: 0}
"""How long the signature and the proof of each type of frame are."""
_NO_PROOFS = {DIRECTORY: 0, TXN: 0}
"""The types of frames before version 3, which had none."""

Sealed = bytes | memoryview
Prove = Callable[[bytes], bytes]
"""Gives the signature and the proof of what has a digest."""


class Frame(NamedTuple):
    """One frame: its parts by table, the chain value before it and its own, its end."""

    kind: int
    sequence: int
    before: bytes
    parts: dict[int, memoryview]
    mac: bytes
    end: int
    whole: memoryview
    """All of it."""

    @property
    def digest(self) -> bytes:
        """What its proof is of."""
        return _digest(self.before, self.whole[: -MAC_BYTES - PROOF_BYTES])

    @property
    def proof(self) -> bytes:
        """Its signature and its proof, where its type has them."""
        return bytes(self.whole[-MAC_BYTES - PROOF_BYTES : -MAC_BYTES])


def chain_start(header: Header, chain_key: bytes) -> bytes:
    """Return the value that the chain of a file begins with."""
    return hmac.digest(chain_key, b"chain" + header.digest, "sha256")


def _whose(header: Header) -> bytes:
    place = bytes.fromhex(header.store_id) + bytes.fromhex(header.salt)
    return place + struct.pack(">II", header.epoch, header.schema)


def encode_frame(
    kind: int,
    sequence: int,
    parts: Mapping[int, Sealed],
    before: bytes,
    chain_key: bytes,
    prove: Prove,
) -> bytes:
    """Put a frame together, chained to the one before it.

    Args:
        kind: ``DIRECTORY``, ``TXN`` or ``NOTE``.
        sequence: its number in the file.
        parts: its sealed parts by the numbers of their tables.
        before: the chain value before it.
        chain_key: the key of the chain.
        prove: proves that a full key wrote it; not asked where it is a note.

    Raises:
        Usage: it is longer than a frame may be.
    """
    ordered = sorted(parts.items())
    table = b"".join(_PART.pack(number, len(part)) for number, part in ordered)
    length = _FRAME.size + len(table) + sum(len(part) for _, part in ordered)
    length += _PROOFS[kind] + MAC_BYTES
    if length > _ALL_ONES:
        raise Usage(
            "this is more than a vault can take at once; nothing was saved", hint="do it in parts"
        )
    start = _FRAME.pack(length, length ^ _ALL_ONES, sequence, kind, len(ordered))
    # A frame may be long, and is copied once: the pieces are digested as they are.
    pieces = [start, table, *(part for _, part in ordered)]
    if _PROOFS[kind]:
        pieces.append(prove(_digest(before, *pieces)))
    mac = hmac.new(chain_key, before, "sha256")
    for piece in pieces:
        mac.update(piece)
    return b"".join([*pieces, mac.digest()])


def _digest(before: bytes, *frame: Sealed) -> bytes:
    digest = hashlib.sha256(before)
    for piece in frame:
        digest.update(piece)
    return digest.digest()


def read_frame(
    data: memoryview, at: int, before: bytes, chain_key: bytes, *, proven: bool = True
) -> Frame | None:
    """Read the frame that begins at a byte, or give nothing where none is whole and right.

    Args:
        data: what follows the segments.
        at: the byte.
        before: the chain value before it.
        chain_key: the key of the chain.
        proven: whether the file says who wrote it.

    Raises:
        Damaged: its chain value is right, and it has not the shape of a frame.
    """
    begun = _begun(data, at)
    if begun is None:
        return None
    end, sequence, kind, count = begun
    whole = data[at:end]
    mac = bytes(whole[-MAC_BYTES:])
    if not hmac.compare_digest(_chained(whole, before, chain_key), mac):
        return None
    proofs = _PROOFS if proven else _NO_PROOFS
    if kind not in proofs:
        raise damaged()
    parts = _parts(whole, count, len(whole) - MAC_BYTES - proofs[kind])
    return Frame(kind, sequence, before, parts, mac, end, whole)


def _begun(data: memoryview, at: int) -> tuple[int, int, int, int] | None:
    """Return the end, the number, the type and the count of parts of what may be a frame."""
    if at + _SHORTEST > len(data):
        return None
    length, inverse, sequence, kind, count = _FRAME.unpack_from(data, at)
    if length ^ inverse != _ALL_ONES or length < _SHORTEST or at + length > len(data):
        return None
    return at + length, sequence, kind, count


def _parts(whole: memoryview, count: int, last: int) -> dict[int, memoryview]:
    at, body = _FRAME.size, _FRAME.size + count * _PART.size
    parts: dict[int, memoryview] = {}
    previous = 0
    for _ in range(count):
        if body > last:
            raise damaged()
        number, length = _PART.unpack_from(whole, at)
        if number not in NAMES or number <= previous or body + length > last:
            raise damaged()
        parts[number] = whole[body : body + length]
        at, body, previous = at + _PART.size, body + length, number
    if body != last:
        raise damaged()
    return parts


def _chained(whole: memoryview, before: bytes, chain_key: bytes) -> bytes:
    return hmac.digest(chain_key, before + whole[:-MAC_BYTES], "sha256")


def follows(data: memoryview, sequence: int, before: bytes, chain_key: bytes) -> bool:
    """Return whether a right frame begins anywhere in what lies behind the last one that was read.

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
    begun = _begun(data, 0)
    if begun is not None:
        should = _chained(data[: begun[0]], before, chain_key)
        if read_frame(data, begun[0], should, chain_key) is not None:
            return True
    left = MOST_TRIED
    for place in _likely(data):
        begun = _begun(data, place)
        left -= _FRAME.size
        end, number, _, _ = begun or (0, 0, 0, 0)
        # Its number says how many came before it, and each of them took some bytes.
        if end and 0 < number - sequence <= 1 + place // _SHORTEST:
            left -= end - place
            last = before if number == sequence + 1 else bytes(data[max(0, place - 32) : place])
            if left > 0 and read_frame(data, place, last, chain_key) is not None:
                return True
        if left <= 0:
            return True
    return False


def _likely(data: memoryview) -> Iterator[int]:
    """Yield the places where a length and its inverse stand, a piece of the data at a time."""
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
    """Return where a part stands: after which chain value, and beside the parts of which tables."""
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
            body: bytes = cipher.decrypt(part[:NONCE_BYTES], part[NONCE_BYTES:], where)
        except InvalidTag:
            raise damaged() from None
        return body

    def _where(self, kind: int, sequence: int, table: int, before: bytes) -> bytes:
        return self._whose + struct.pack(">BQB", kind, sequence, table) + before

    def _cipher(self, number: int) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if number not in self._ciphers:
            name = NAMES[number]
            root = self._bundle.table_key(name, TABLES[name].group)
            self._ciphers[number] = AESGCM(derive(root, f"epoch/{self._salt}"))
        return self._ciphers[number]
