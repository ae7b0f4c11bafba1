"""Hostile files made out of any bytes, most of them sealed and chained with the right keys.

Each target takes bytes as decisions and hands what it makes of them to the program, as a
thief with a key could. Whatever comes of it, only a ``Problem`` of four kinds may be raised.
``fuzz.py`` lets atheris choose the bytes, and ``test_fuzz`` Hypothesis.
"""

import contextlib
import hashlib
import hmac
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forger import (
    DIRECTORY,
    NOTE,
    SEGMENT,
    TXN,
    Piece,
    base_of,
    chain_start,
    header_of,
    header_start,
    pieces_of,
    proof_of,
    put_together,
    raw_start,
    seed_of,
    tag,
    unproven,
)
from narrow import narrow
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Damaged, Locked, Settings, Usage
from reintegrate_cli.keys import Bundle, age, slots
from reintegrate_cli.keys.header import decode_header
from reintegrate_cli.vault import VaultDB, VaultStorage, anchor
from reintegrate_cli.vault.format import Sealer
from reintegrate_cli.vault.layout import NAMES, TABLES
from test_damage import HEADER, LEDGER, having, new_vault, write_case

STORE = "5a" * 16
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1,
    2**31,
    2**32,
    2**63 - 1,
    2**63,
    2**64 - 1,
    -(2**63),
    10**30,
    0.5,
    1e308,
    "",
    "1",
    "-1",
    "x",
    "1_0",
    " 1",
    "\u0663",
    "9" * 19,
    "9" * 40,
    "9" * 5000,
    "\ud800",
    "\x00",
    [],
    {},
    [[]],
    {"": {}},
    ["1", "1", 1, 1],
    "00" * 16,
]


class Choices:
    """Any bytes, taken as decisions one after another; noughts when there are no more."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """Give so many bytes."""
        found = self._data[self._at : self._at + count]
        self._at += count
        return found.ljust(count, b"\0")

    def below(self, count: int) -> int:
        """Give a number below another, 256 at most."""
        return self.take(1)[0] % count

    def some(self) -> bytes:
        """Give a few bytes."""
        return self.take(self.below(64))

    def rest(self) -> bytes:
        """Give all that is left."""
        return self._data[self._at :]

    def number(self, bits: int) -> int:
        """Give a number of so many bits, often one at a border."""
        how = self.below(4)
        if how == 0:
            return self.below(8)
        if how == 1:
            return (1 << bits) - 1 - self.below(4)
        if how == 2:
            return (1 << self.below(bits)) - self.below(2)
        return int.from_bytes(self.take(bits // 8), "big")

    def changed(self, value: Any, depth: int = 0) -> Any:
        """Give a value with something in it put in place of something else, here and there."""
        how = self.below(24)
        if how == 1 or depth > 6:
            return ODD[self.below(len(ODD))]
        if how == 2:
            return [self.changed(value, depth + 1)]
        if isinstance(value, dict):
            found = {name: self.changed(one, depth + 1) for name, one in value.items()}
            if how == 3 and found:
                found.pop(list(found)[self.below(len(found))])
            elif how == 4:
                found[str(ODD[self.below(len(ODD))])] = ODD[self.below(len(ODD))]
            return found
        if isinstance(value, list):
            found_ = [self.changed(one, depth + 1) for one in value]
            return found_ * 2 if how == 3 else found_[: self.below(4)] if how == 4 else found_
        return value

    def text(self, value: Any) -> bytes:
        """Give JSON that is nearly a value's, or something that is hardly any."""
        how = self.below(8)
        if how == 1:
            return self.rest()[:4000]
        if how == 2:
            return b'{"put":{"1":' * self.below(2) + b"[" * (self.number(16) % 3000) + self.some()
        body = json.dumps(value if how == 0 else self.changed(value)).encode()
        if how == 3:
            at = self.number(16) % (len(body) + 1)
            return body[:at] + self.some() + body[at + self.below(3) :]
        return body


class Room:
    """A vault, and what a thief with its keys needs to make others.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "caseload.vault"
        self.file = folder / "key"
        self.file.touch(0o600)
        self.bundle = keys.full_bundle(b"d" * 32, "okafor")
        self.identity = pyrage.x25519.Identity.generate()
        new_vault(self.path, self.bundle, STORE)
        self.narrow = narrow(self.path, self.bundle)
        write_case(self.path, self.bundle, "HX4T")
        db = VaultDB(self.path, self.bundle)
        with vault.lock(self.path):
            db.vault.write_anew()
        db.close()
        whole = write_case(self.path, self.bundle, "B9RW")
        self.anchor = anchor.file_of(self.path).read_bytes()
        self.header, self.base, self.pieces = header_of(whole), base_of(whole), pieces_of(whole)
        self.sealer = Sealer(vault.read_header(self.path), self.bundle)
        self.seed = seed_of(self.header, self.bundle)
        self.start = self.begun(self.header)
        self.whole = whole
        self.read(whole)

    def read(self, data: bytes, known: bytes = b"") -> None:
        """Put a file in the vault's place and read it whole, with each key."""
        self.path.write_bytes(data)
        anchor.file_of(self.path).write_bytes(known)
        for bundle in (self.bundle, self.narrow):
            try:
                self._read(bundle)
            except (Damaged, Settings, Locked, Usage):
                continue

    def _read(self, bundle: Bundle) -> None:
        store = VaultStorage(self.path, bundle)
        try:
            for name in store.names():
                try:
                    len(VaultDB.table_class(store, name))
                    store.last_place(name)
                    store.get(name, 1)
                    store.table(name)
                    list(store.streamed(name))
                except (Damaged, Settings, Locked, Usage):
                    continue
        finally:
            store.close()

    def begun(self, header: dict[str, Any], version: int = 3) -> bytes:
        """Give the value that the chain of a file with this header begins with."""
        start = header_start(header, self.bundle, version)
        return chain_start(header, start, self.bundle.chain_key)

    def forged(self, pieces: list[Piece], base: bytes | None = None) -> bytes:
        """Chain frames with the right key."""
        base = self.base if base is None else base
        header = {**self.header, "base": f"{len(base):016x}"}
        return put_together(header, base, unproven(pieces), self.bundle)


def header(room: Room, choices: Choices) -> None:
    """Any bytes as the start of a file, and nearly right ones with a right digest and tags."""
    if choices.below(3) == 0:
        body = choices.rest()
        decode_header(body)
        return
    said = choices.text({**HEADER, "slots": [dict(slot) for slot in HEADER["slots"]]})
    version = choices.below(5)
    head = raw_start(said, version, None if choices.below(8) else choices.number(32))
    if version == 2:
        head += tag(room.bundle.chain_key, head) + tag(room.bundle.data_key, head)
    room.read(head + room.whole[-choices.number(16) :])


def frame(room: Room, choices: Choices) -> None:
    """Frames of any shape whose chain values are right."""
    whole = room.forged(room.pieces[: choices.below(3)])
    before = whole[-32:] if choices.below(8) else room.start
    for _ in range(choices.below(3) + 1):
        table = b"".join(
            struct.pack(
                ">BI",
                choices.below(256),
                choices.number(32) if not choices.below(4) else choices.below(80),
            )
            for _ in range(choices.below(4))
        )
        body = table + choices.some()
        length = choices.number(32)
        if choices.below(4):
            length = 18 + len(body) + 32 + 96 * (choices.below(4) > 0)
        kind = choices.below(4)
        sequence = choices.below(4) if choices.below(4) else choices.number(64)
        count = len(table) // 5 if choices.below(4) else choices.below(256)
        start = struct.pack(">IIQBB", length, length ^ 0xFFFFFFFF, sequence, kind, count) + body
        if choices.below(4):
            start += proof_of(before, start, room.seed, room.bundle.data_key)
        before = hmac.digest(room.bundle.chain_key, before + start, "sha256")
        whole += start + before
    room.read(whole)


def beside(before: bytes, tables: Iterable[int]) -> bytes:
    """Say where a part stands: after which chain value, and beside which tables' parts."""
    return before + bytes(sorted(tables))


CHANGE: dict[str, Any] = {"put": {"1": {"id": "x", "n": [1, {}]}, "2": {}}, "del": ["3"]}


def change(room: Room, choices: Choices) -> None:
    """A unit of work, sealed at its place, that says anything."""
    at = len(room.pieces) - 1
    whole = room.forged(room.pieces[:at])
    number, kind = list(NAMES)[choices.below(len(NAMES))], TXN
    if choices.below(3) == 0:
        number, kind = LEDGER, NOTE
    body = choices.text(CHANGE)
    part = room.sealer.seal(kind, at, number, body, beside(whole[-32:], [number]))
    room.read(room.forged([*room.pieces[:at], Piece(kind, at, {number: part})]))


def directory(room: Room, choices: Choices) -> None:
    """A directory, sealed at its place, that says anything of the segments."""
    said: dict[str, Any] = {
        "start": 0,
        "last": "12",
        "segments": [["1", "9", 1, 92], ["10", "12", 2, 92]],
        "digests": [hashlib.sha256(room.base[:92]).hexdigest()] * choices.below(3),
    }
    if choices.below(2):
        border = [choices.number(64) - choices.number(32) for _ in range(5)]
        said["start"], said["segments"][0][2:] = border[0], border[1:3]
        said["segments"][1][choices.below(2)] = str(border[3])
        said["last"] = str(border[4])
    number = list(NAMES)[choices.below(len(NAMES))]
    where = beside(room.start, room.pieces[0].parts)
    part = room.sealer.seal(DIRECTORY, 0, number, choices.text(said), where)
    pieces = [having(room.pieces[0], **{f"t{number}": part})]
    room.read(room.forged(pieces, room.base))


def segment(room: Room, choices: Choices) -> None:
    """A segment, sealed at its place, that holds anything."""
    number = list(NAMES)[choices.below(len(NAMES))]
    body = choices.text({"1": {"id": "x"}, "2": {"n": [{}]}})
    sealer = Sealer(decode_header(room.forged([], b""))[0], room.bundle)
    part = sealer.seal(SEGMENT, 0, number, body)
    said = {"start": 0, "last": "9", "segments": [["1", "9", 2, len(part)]]}
    if TABLES[NAMES[number]].group != "full":
        said["digests"] = [hashlib.sha256(part).hexdigest()]
    none: dict[str, Any] = {"start": 0, "last": "0", "segments": []}
    header = {**room.header, "base": f"{len(part):016x}"}
    where = beside(room.begun(header), room.pieces[0].parts)
    parts = {}
    for each in room.pieces[0].parts:  # the others are empty, so that nothing else is refused
        body = json.dumps(said if each == number else none).encode()
        parts[each] = sealer.seal(DIRECTORY, 0, each, body, where)
    room.read(room.forged([Piece(DIRECTORY, 0, parts)], part))


CHEAP = {"t": 1, "m": 8, "p": 1, "salt": "00" * 16}


def slot(room: Room, choices: Choices) -> None:
    """A key slot, sealed with the right secret, that holds anything."""
    kind = keys.KINDS[choices.below(len(keys.KINDS))]
    typed = kind in ("passphrase", "reviewer")
    shell = keys.Slot("00" * 4, kind, bytes(12), b"", dict(CHEAP) if typed else {})
    inner = {
        "user": "okafor",
        "dek": "00" * 32,
        "root": "00" * 32,
        "chain": "00" * 32,
        "history": "00" * 32,
        "store": STORE,
        "slot": shell.id,
        "kind": kind,
    }
    plain, how = choices.text(inner), choices.below(4)
    secret = str(room.identity).encode() if kind == "recipient" else b"k" * 32
    if how == 0:
        wrapped = plain
    elif kind == "recipient":
        wrapped = age.seal(plain, str(room.identity.to_public()))
        if how == 1:
            at = choices.number(16) % len(wrapped)
            wrapped = wrapped[:at] + choices.some() + wrapped[at + choices.below(9) :]
    else:
        place = slots._slot_place(shell, STORE)
        cipher = AESGCM(slots._slot_key(shell, secret, STORE))
        wrapped = cipher.encrypt(shell.nonce, plain, place)
    hostile = keys.Slot(shell.id, kind, shell.nonce, wrapped, shell.kdf)
    keys.open_slot(hostile, secret, STORE)


def key_file(room: Room, choices: Choices) -> None:
    """A key file, one with age identities, or one with a passphrase, of any bytes."""
    start = (
        b"",
        b"reintegrate-key-1 ",
        b"AGE-SECRET-KEY-1",
        str(room.identity).encode() + b"\n",
        b"# x\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\n",
    )[choices.below(6)]
    room.file.write_bytes(start + choices.rest())
    readers: list[Callable[[Path], object]] = [
        keys.read_key_file,
        keys.read_key_or_identities,
        keys.read_passphrase_file,
    ]
    for read in readers:
        try:
            read(room.file)
        except (Settings, Locked, Usage):
            continue


def recovery(room: Room, choices: Choices) -> None:
    """Anything typed for a passphrase, a recovery code or a public key."""
    typed = choices.rest().decode("utf-8", "surrogateescape")
    for parse in (keys.parse_recovery_code, keys.check_recipient, keys.check_passphrase):
        try:
            parse(typed)  # type: ignore[operator]
        except (Settings, Usage):
            continue
    keys.looks_like_recovery_code(typed)


def anchored(room: Room, choices: Choices) -> None:
    """An anchor of any bytes, or one with a right digest that says anything."""
    if choices.below(3) == 0:
        room.read(room.whole, choices.rest())
        return
    body = struct.pack(
        ">8sQ16s16sIQQ32s",
        b"RNTGANC\n" if choices.below(8) else choices.take(8),
        choices.number(64),
        bytes.fromhex(STORE) if choices.below(4) else choices.take(16),
        bytes.fromhex(room.header["salt"]) if choices.below(4) else choices.take(16),
        room.header["epoch"] if choices.below(4) else choices.number(32),
        choices.number(64),
        choices.number(64),
        choices.take(32),
    )
    intact = body + hashlib.sha256(body).digest()
    room.read(room.whole[: -choices.below(4) or None], bytes(512 * choices.below(2)) + intact)
    db = VaultDB(room.path, room.bundle)
    try:
        db.table("tasks").insert({"id": "next"})
    finally:
        db.close()


Target = Callable[[Room, Choices], None]
TARGETS: dict[str, Target] = {
    "header": header,
    "frame": frame,
    "change": change,
    "directory": directory,
    "segment": segment,
    "slot": slot,
    "key_file": key_file,
    "recovery": recovery,
    "anchor": anchored,
}


def attempt(room: Room, name: str, data: bytes) -> None:
    """Let a target make of bytes what it will; any error but those four comes through."""
    with contextlib.suppress(Damaged, Settings, Locked, Usage):
        TARGETS[name](room, Choices(data))


def new_room(near: Path) -> Room:
    """Make a room, in memory where there is such a place."""
    memory = Path("/dev/shm")
    folder = (memory if os.access(memory, os.W_OK) else near) / f"hostile-{os.urandom(6).hex()}"
    folder.mkdir(mode=0o700)
    return Room(folder)


def clear(room: Room) -> None:
    """Remove a room."""
    shutil.rmtree(room.path.parent)
