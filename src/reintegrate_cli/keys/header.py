"""How a vault's file begins: its header, which is readable without a key.

A digest after it, without a key, tells damage from a wrong key. What proves who wrote the
header is the chain of frames, which begins with that digest (see ``format``).
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from reintegrate_cli.catalogue import SCHEMA
from reintegrate_cli.core.errors import Damaged, Usage, damaged, newer
from reintegrate_cli.core.lean import Silent, msgspec
from reintegrate_cli.keys.bundles import NONCE_BYTES
from reintegrate_cli.keys.slots import KINDS, Slot, kdf_is_sound, work_is_sound

MAGIC = b"RNTGVLT\n"
VERSION, OLDEST = 3, 2
MAC_BYTES = 32
LONGEST_START = 64 * 1024 + 128
"""The header and all that stands before the segments is never longer."""

_START = struct.Struct(">8sHHI")
_DIGEST = 32
_SIGNER = NONCE_BYTES + 32 + 16
_LONGEST_HEADER = 64 * 1024
_MOST_SLOTS = 64


class Header(Silent, msgspec.Struct, frozen=True, eq=False):
    """The part of a vault that is readable without a key: no names, no dates."""

    store_id: str
    epoch: int
    salt: str
    schema: int
    slots: tuple[Slot, ...]
    base: int = 0
    after: "Place | None" = None
    signer: bytes = b""
    """The key that signs, sealed under the data key; none in a file of an older version."""
    version: int = VERSION
    digest: bytes = b""
    """What the chain of frames begins with, of a header that was read or written."""

    @property
    def proven(self) -> bool:
        """Whether the file says who wrote what a narrow key opens; older versions did not."""
        return self.version == VERSION


class Place(NamedTuple):
    """A place in a vault's history: its epoch, a frame's number there, and its chain value."""

    epoch: int
    sequence: int
    mac: bytes


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
        "signer": header.signer.hex(),
        "slots": slots,
    }
    body = json.dumps(fields).encode()
    if not 1 <= len(slots) <= _MOST_SLOTS or len(body) > _LONGEST_HEADER:
        raise Usage(
            f"a vault has between one and {_MOST_SLOTS} keys",
            hint="reintegrate vault key list, then revoke those that nobody uses",
        )
    start = _START.pack(MAGIC, VERSION, 0, len(body)) + body
    return start + hashlib.sha256(start).digest()


def decode_header(data: bytes) -> tuple[Header, int]:
    """Read the start of a file; give the header, and where its digest ends.

    Raises:
        Damaged: it is no vault, or its header does not verify.
        Settings: a newer program wrote it.
    """
    if len(data) < _START.size:
        raise damaged()
    magic, version, zero, length = _START.unpack_from(data)
    if magic != MAGIC:
        raise Damaged(
            "this file is not a vault, or its first bytes are damaged",
            hint="keep the file, and look for a copy that is whole",
        )
    end = _START.size + length
    if length > _LONGEST_HEADER or len(data) < end + _DIGEST:
        raise damaged()
    digest = hashlib.sha256(data[:end]).digest()
    if digest != data[end : end + _DIGEST]:
        raise damaged()
    # Only an intact header is believed when it says that it is newer.
    if version > VERSION:
        raise newer()
    if version < OLDEST or zero:
        raise damaged()
    header = _header(data[_START.size : end], version, digest)
    return header, end + _DIGEST


def _header(body: bytes, version: int, digest: bytes) -> Header:
    """Check what the header says; an intact digest proves nothing about who wrote it."""
    try:
        fields = json.loads(body)
        # The schema first: a newer one may know kinds of slots that this program does not.
        if _whole(fields["schema"]) > SCHEMA:
            raise newer()
        slots = fields["slots"]
        if not isinstance(slots, list) or not 1 <= len(slots) <= _MOST_SLOTS:
            raise ValueError
        opens = tuple(_slot(slot) for slot in slots)
        if not work_is_sound(opens):
            raise ValueError
        return Header(
            store_id=_hex(fields["store"], 16).hex(),
            epoch=_whole(fields["epoch"]),
            salt=_hex(fields["salt"], 16).hex(),
            schema=fields["schema"],
            slots=opens,
            base=int.from_bytes(_hex(fields["base"], 8), "big"),
            after=_after(fields["after"]),
            signer=_hex(fields["signer"], _SIGNER) if version == VERSION else b"",
            version=version,
            digest=digest,
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        raise damaged() from None


def _after(value: Any) -> Place | None:
    if value is None:
        return None
    epoch, sequence, mac = value
    return Place(_whole(epoch), _whole(sequence), _hex(mac, MAC_BYTES))


def _slot(fields: Mapping[str, Any]) -> Slot:
    kind, kdf = fields["kind"], fields["kdf"]
    if kind not in KINDS or not kdf_is_sound(kind, kdf):
        raise ValueError
    return Slot(
        id=_hex(fields["id"], 4).hex(),
        kind=kind,
        nonce=_hex(fields["nonce"], NONCE_BYTES),
        wrapped=bytes.fromhex(fields["wrapped"]),
        kdf=kdf,
        back=bytes.fromhex(fields.get("back", "")),
    )


def _hex(text: str, size: int) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != size:
        raise ValueError
    return data


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise ValueError
    return value
