"""A forger: writes a vault's file with what a bundle gives, and with nothing else.

With code of its own for the layout, so that the program is tested against its description. Where
the bundle is a full one, what it writes is right in every respect; a thief of a narrow key has
the chain's key and that of some tables, and the proofs that stand in the file already.
"""

import hashlib
import hmac
import json
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.keys import Bundle

SEGMENT, DIRECTORY, TXN, NOTE = 0, 1, 2, 3
VERSION = 3
PROOF = 96
NAMES = {table.number: table.name for table in TABLES.values()}


@dataclass(frozen=True)
class Piece:
    """A frame taken apart; its proof as it was seen, or nothing where it had none."""

    kind: int
    sequence: int
    parts: dict[int, bytes]
    proof: bytes = b""


def start_of(data: bytes) -> bytes:
    """Give what stands before the segments."""
    tags = 64 if data[9] == 2 else 0
    return data[: 16 + struct.unpack_from(">I", data, 12)[0] + 32 + tags]


def header_of(data: bytes) -> dict[str, Any]:
    """Give what the header says."""
    found: dict[str, Any] = json.loads(data[16 : 16 + struct.unpack_from(">I", data, 12)[0]])
    return found


def base_of(data: bytes) -> bytes:
    """Give the segments."""
    start = len(start_of(data))
    return data[start : start + int(header_of(data)["base"], 16)]


def pieces_of(data: bytes) -> list[Piece]:
    """Take the frames apart."""
    at = len(start_of(data)) + len(base_of(data))
    found = []
    while at < len(data):
        length, inverse, sequence, kind, count = struct.unpack_from(">IIQBB", data, at)
        assert length == inverse ^ 0xFFFFFFFF
        table, body = at + 18, at + 18 + 5 * count
        parts = {}
        for _ in range(count):
            number, size = struct.unpack_from(">BI", data, table)
            parts[number] = data[body : body + size]
            table, body = table + 5, body + size
        end = at + length - 32
        assert end - body == (PROOF if data[9] == VERSION and kind != NOTE else 0)
        found.append(Piece(kind, sequence, parts, data[body:end]))
        at += length
    return found


def unproven(pieces: Iterable[Piece]) -> list[Piece]:
    """Forget the proofs that were seen."""
    return [replace(piece, proof=b"") for piece in pieces]


def whose(header: dict[str, Any]) -> bytes:
    """Give what every part's associated data begins with."""
    place = bytes.fromhex(header["store"]) + bytes.fromhex(header["salt"])
    return place + struct.pack(">II", header["epoch"], header["schema"])


def hkdf(key: bytes, purpose: bytes) -> bytes:
    """Derive a key."""
    return hmac.digest(key, purpose + b"\x01", "sha256")


def raw_start(body: bytes, version: int = VERSION, length: int | None = None) -> bytes:
    """Write the start of a file, through its digest."""
    size = len(body) if length is None else length
    start = b"RNTGVLT\n" + struct.pack(">HHI", version, 0, size) + body
    return start + hashlib.sha256(start).digest()


def header_start(header: dict[str, Any], bundle: Bundle, version: int = VERSION) -> bytes:
    """Write the start of a file that has this header; with a narrow key, as well as may be."""
    start = raw_start(json.dumps(header).encode(), version)
    if version == VERSION:
        return start
    return start + tag(bundle.chain_key, start) + tag(bundle.data_key or os.urandom(32), start)


def tag(key: bytes, start: bytes) -> bytes:
    """Give the tag of version 2."""
    return hmac.digest(hkdf(key, b"header"), start, "sha256")


def chain_start(header: dict[str, Any], start: bytes, chain_key: bytes) -> bytes:
    """Give the value that the chain begins with."""
    said = start[-32:] if start[9] == VERSION else whose(header)
    return hmac.digest(chain_key, b"chain" + said, "sha256")


def seed_of(header: dict[str, Any], bundle: Bundle) -> bytes:
    """Give the signing key's seed; whoever has no full key has one of their own."""
    if not bundle.full:
        return bytes(range(32))
    sealed = bytes.fromhex(header["signer"])
    cipher = AESGCM(hkdf(bundle.data_key, b"signer"))
    place = b"reintegrate signing key " + header["store"].encode()
    return cipher.decrypt(sealed[:12], sealed[12:], place)


def public_of(seed: bytes) -> bytes:
    """Give the public half of a signing key."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def proof_of(before: bytes, frame: bytes, seed: bytes, data_key: bytes) -> bytes:
    """Prove a frame with a signing key and a data key."""
    digest = hashlib.sha256(before + frame).digest()
    key = Ed25519PrivateKey.from_private_bytes(seed)
    signature = key.sign(b"reintegrate frame 3\n" + digest)
    return signature + hmac.digest(hkdf(data_key, b"proof"), digest + signature, "sha256")


def sealed(
    header: dict[str, Any],
    bundle: Bundle,
    where: tuple[int, int, int],
    body: bytes,
    before: bytes = b"",
) -> bytes:
    """Seal a part at a place: a type of frame, a sequence and a table's number."""
    kind, sequence, table = where
    name = NAMES[table]
    key = hkdf(bundle.table_key(name, TABLES[name].group), f"epoch/{header['salt']}".encode())
    padded = body.ljust(max(64, -(-len(body) // 64) * 64))
    nonce = os.urandom(12)
    place = whose(header) + struct.pack(">BQB", kind, sequence, table) + before
    return nonce + AESGCM(key).encrypt(nonce, padded, place)


def opened(
    header: dict[str, Any],
    bundle: Bundle,
    where: tuple[int, int, int],
    part: bytes,
    before: bytes = b"",
) -> bytes:
    """Open a part at its place."""
    kind, sequence, table = where
    name = NAMES[table]
    key = hkdf(bundle.table_key(name, TABLES[name].group), f"epoch/{header['salt']}".encode())
    place = whose(header) + struct.pack(">BQB", kind, sequence, table) + before
    return AESGCM(key).decrypt(part[:12], part[12:], place)


def put_together(
    header: dict[str, Any],
    base: bytes,
    pieces: Iterable[Piece],
    bundle: Bundle,
    version: int = VERSION,
) -> bytes:
    """Write a file as whoever holds a bundle could.

    A piece keeps the proof that was seen. One that has none gets the right one with a full key,
    and with a narrow key one that is signed with a key of the thief's own.
    """
    start = header_start(header, bundle, version)
    seed = seed_of(header, bundle) if version == VERSION else b""
    whole, before = start + base, chain_start(header, start, bundle.chain_key)
    for piece in pieces:
        table = b"".join(struct.pack(">BI", n, len(part)) for n, part in piece.parts.items())
        body = b"".join(piece.parts.values())
        proven = PROOF if version == VERSION and piece.kind != NOTE else 0
        length = 18 + len(table) + len(body) + proven + 32
        frame = struct.pack(
            ">IIQBB", length, length ^ 0xFFFFFFFF, piece.sequence, piece.kind, len(piece.parts)
        )
        frame += table + body
        if proven:
            key = bundle.data_key or os.urandom(32)
            frame += piece.proof or proof_of(before, frame, seed, key)
        before = hmac.digest(bundle.chain_key, before + frame, "sha256")
        whole += frame + before
    return whole


class Forger:
    """Whoever holds a bundle, and a file that they may write to.

    Args:
        data: the file.
        bundle: all that they have.
        number: the table that they are after.
    """

    def __init__(self, data: bytes, bundle: Bundle, number: int) -> None:
        self.header, self.base, self.pieces = header_of(data), base_of(data), pieces_of(data)
        self.bundle, self.number = bundle, number
        self._start = chain_start(self.header, start_of(data), bundle.chain_key)
        self._data = data

    def directory(self) -> dict[str, Any]:
        """Give what the directory says of the table."""
        where = self._start + bytes(sorted(self.pieces[0].parts))
        part = self.pieces[0].parts[self.number]
        body = opened(self.header, self.bundle, (DIRECTORY, 0, self.number), part, where)
        found: dict[str, Any] = json.loads(body)
        return found

    def documents(self) -> dict[str, Any]:
        """Give what stands in the table's first segment."""
        return self._segment(self._first())

    def _first(self) -> bytes:
        said = self.directory()
        return self.base[said["start"] : said["start"] + said["segments"][0][3]]

    def _segment(self, part: bytes) -> dict[str, Any]:
        body = opened(self.header, self.bundle, (SEGMENT, 0, self.number), part)
        found: dict[str, Any] = json.loads(body)
        return found

    def appended(self, change: dict[str, Any], kind: int = TXN, proof: bytes = b"") -> bytes:
        """Append a frame that puts something into the table, or takes it out."""
        at = len(self.pieces)
        where = self._data[-32:] + bytes([self.number])
        body = json.dumps({"put": {}, "del": [], **change}).encode()
        part = sealed(self.header, self.bundle, (kind, at, self.number), body, where)
        piece = Piece(kind, at, {self.number: part}, proof)
        return put_together(self.header, self.base, [*self.pieces, piece], self.bundle)

    def directed(self, said: dict[str, Any]) -> bytes:
        """Let the directory say something else of the table; what came after is cut off."""
        first = self.pieces[0]
        where = self._start + bytes(sorted(first.parts))
        body = json.dumps(said).encode()
        part = sealed(self.header, self.bundle, (DIRECTORY, 0, self.number), body, where)
        proof = b"" if self.bundle.full else first.proof
        piece = Piece(DIRECTORY, 0, {**first.parts, self.number: part}, proof)
        return put_together(self.header, self.base, [piece], self.bundle)

    def overwritten(self, documents: dict[str, Any]) -> bytes:
        """Put other documents in the place of the table's first segment, in as many bytes."""
        old = self._first()
        body = json.dumps(documents, separators=(",", ":")).encode().ljust(len(old) - 28)
        part = sealed(self.header, self.bundle, (SEGMENT, 0, self.number), body)
        assert len(part) == len(old)
        base = self.base.replace(old, part)
        if not self.bundle.full:
            return put_together(self.header, base, self.pieces, self.bundle)
        said = {**self.directory(), "digests": [hashlib.sha256(part).hexdigest()]}
        self.base = base
        return self.directed(said)

    def made_anew(self, header: dict[str, Any], version: int = VERSION) -> bytes:
        """Write a whole file under another header: what they open as it was, the rest as it lies."""
        start = header_start(header, self.bundle, version)
        before = chain_start(header, start, self.bundle.chain_key)
        pieces = []
        for name, table in TABLES.items():
            if table.number in self.pieces[0].parts and self.bundle.opens(table.group):
                pieces.append(table.number)
                assert name
        where = before + bytes(sorted(self.pieces[0].parts))
        parts = dict(self.pieces[0].parts)
        old = self._start + bytes(sorted(parts))
        for number in pieces:
            body = opened(self.header, self.bundle, (DIRECTORY, 0, number), parts[number], old)
            if version != VERSION:
                said = json.loads(body)
                said.pop("digests")
                body = json.dumps(said).encode()
            parts[number] = sealed(header, self.bundle, (DIRECTORY, 0, number), body, where)
        piece = Piece(DIRECTORY, 0, parts)
        return put_together(header, self.base, [piece], self.bundle, version)
