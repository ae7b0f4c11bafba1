"""The anchor: the last place in a vault's file that was acknowledged on this machine.

It stands in the lock's file, which is never renamed, in two places that are written in turn,
so that a power cut while one is written leaves the other. With it, an older file put in the
vault's place is noticed, and a tail that was cut off is told from one that never was whole.

It has no key: anyone who opens the vault must be able to read it, with an older key too, and
anyone who can write to it could remove it as well. Its digest tells a torn one.

Whoever reads without the lock reads the anchor before the file: the file may then be ahead
of it, never behind.
"""

import hashlib
import os
import struct
from pathlib import Path
from typing import NamedTuple

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.keys.disk import beside, flush, opening, plain_reason, remedy, write_all
from reintegrate_cli.keys.header import Header

_MAGIC = b"RNTGANC\n"
_BODY = struct.Struct(">8sQ16s16sIQQ32s")
_MAC = 32
_MOST = 2**63
"""No vault is written to so often; who says that it was is not believed."""
_APART = 512
"""The two places stand in sectors of their own: a torn sector spoils one of them alone."""


class Anchor(NamedTuple):
    """A place in the file: which store and epoch, the last frame, its end and chain value."""

    generation: int
    store: bytes
    salt: bytes
    epoch: int
    sequence: int
    end: int
    mac: bytes

    def is_of(self, header: Header) -> bool:
        """Return whether it belongs to this store."""
        return self.store == bytes.fromhex(header.store_id)


def file_of(path: Path) -> Path:
    """Return the file that holds the anchor and the lock of a vault."""
    return beside(path, "lock")


def read(path: Path) -> Anchor | None:
    """Read the newer of the two places that is whole; nothing where there is none.

    Raises:
        Settings: it is there and cannot be read.
    """
    try:
        with opening(file_of(path), os.O_RDONLY) as descriptor:
            data = os.read(descriptor, _APART + _BODY.size + _MAC)
    except FileNotFoundError:
        return None  # a backup, or a vault on its first day, has none
    except OSError as error:
        raise Settings(
            f"the file beside the vault cannot be read: {plain_reason(error)}", hint=remedy(error)
        ) from None
    places = [_decode(data[at : at + _BODY.size + _MAC]) for at in (0, _APART)]
    return max((place for place in places if place is not None), default=None)


def _decode(data: bytes) -> Anchor | None:
    body, digest = data[: _BODY.size], data[_BODY.size :]
    if len(body) < _BODY.size or not body.startswith(_MAGIC) or _digest(body) != digest:
        return None
    anchor = Anchor(*_BODY.unpack(body)[1:])
    return anchor if anchor.generation < _MOST else None


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def write(path: Path, header: Header, sequence: int, end: int, mac: bytes) -> None:
    """Remember a place durably; the caller holds the lock.

    Args:
        path: the vault.
        header: its header.
        sequence: the number of the last frame.
        end: the byte where it ends.
        mac: its chain value.

    Raises:
        OSError: the disk would not take it; the older place still stands.
    """
    former = read(path)
    generation = former.generation + 1 if former else 0
    store, salt = bytes.fromhex(header.store_id), bytes.fromhex(header.salt)
    body = _BODY.pack(_MAGIC, generation, store, salt, header.epoch, sequence, end, mac)
    with opening(file_of(path), os.O_WRONLY | os.O_CREAT) as descriptor:
        os.lseek(descriptor, generation % 2 * _APART, os.SEEK_SET)
        write_all(descriptor, body + _digest(body))
        flush(descriptor)


def forget(path: Path) -> None:
    """Forget what was acknowledged, where another file is put in the place on purpose.

    Raises:
        Settings: it could not be, and the file that follows would not be believed.
    """
    try:
        with opening(file_of(path), os.O_WRONLY) as descriptor:
            os.ftruncate(descriptor, 0)
            flush(descriptor)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Settings(
            f"the vault cannot be restored: {plain_reason(error)}", hint=remedy(error)
        ) from None
