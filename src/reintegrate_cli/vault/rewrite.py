"""Writing a vault's file anew: its base streamed, table by table, a segment at a time."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.keys import Bundle, Signer, Slot
from reintegrate_cli.keys.disk import write_all
from reintegrate_cli.keys.header import MAC_BYTES, Header, Place, decode_header, encode_header
from reintegrate_cli.vault.format import (
    DIRECTORY,
    SEGMENT,
    TXN,
    Prove,
    Sealer,
    chain_start,
    encode_frame,
    standing,
)
from reintegrate_cli.vault.layout import NARROW, SCHEMA, TABLES

SEGMENT_BYTES = 32 * 1024
"""A segment is closed once it is this long: one record is found by opening so much."""

Source = Callable[[str], Iterable[tuple[int, bytes]]]
"""Gives the documents of a table by place, in the order of their places."""


class Written(NamedTuple):
    """What was written: its header, its last frame, where that ends, and its chain value."""

    header: Header
    sequence: int
    end: int
    mac: bytes


def new_header(
    store_id: str, epoch: int, slots: Iterable[Slot], signer: bytes, after: Place | None = None
) -> Header:
    """Make the header of a file in the present version, under a salt of its own."""
    salt = os.urandom(16).hex()
    return Header(store_id, epoch, salt, SCHEMA, tuple(slots), after=after, signer=signer)


def write_base(
    descriptor: int,
    header: Header,
    bundle: Bundle,
    signer: Signer,
    source: Source,
    last_places: Callable[[str], int] = lambda _: 0,
    never_again: Callable[[str], Sequence[int]] = lambda _: (),
) -> Written:
    """Write a whole vault into a new file.

    Args:
        descriptor: where to.
        header: its header, with an epoch and a salt that no file of it had before.
        bundle: a full bundle.
        signer: the key that signs, the one in the header.
        source: gives the documents.
        last_places: gives the last place of a table that anything ever stood at, so that no
            place is given to something else later.
        never_again: gives free places of a table for which that does not say it; they are
            said to be taken out by a first unit of work, which does nothing else.

    Raises:
        Locked: the bundle is not a full one.
        OSError: the disk would not take it.
    """
    bundle.demand_full("the vault")
    sealer, key = Sealer(header, bundle), bundle.chain_key
    # Its length does not depend on how much follows; it is written again once that is known.
    write_all(descriptor, encode_header(header))
    entries, base = _write_segments(descriptor, sealer, source, last_places)
    start = encode_header(replace(header, base=base))
    final, _ = decode_header(start)
    before = chain_start(final, key)
    directory = _sealed(sealer, DIRECTORY, 0, entries, before)
    prove: Prove = lambda digest: signer.prove(digest, bundle)  # noqa: E731
    frame = encode_frame(DIRECTORY, 0, directory, before, key, prove)
    write_all(descriptor, frame)
    taken = _taken_out(sealer, never_again, frame[-MAC_BYTES:], key, prove)
    write_all(descriptor, taken)
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, start)
    end = len(start) + base + len(frame) + len(taken)
    return Written(final, int(bool(taken)), end, (frame + taken)[-MAC_BYTES:])


def _write_segments(
    descriptor: int, sealer: Sealer, source: Source, last_places: Callable[[str], int]
) -> tuple[dict[int, dict[str, Any]], int]:
    """Write every table's segments; return what the directory says of each, and their bytes."""
    entries, base = {}, 0
    for name, table in sorted(TABLES.items(), key=lambda item: item[1].number):
        rows, digests, start = [], [], base
        for at, (first, last, count, body) in enumerate(_segments(source(name))):
            part = sealer.seal(SEGMENT, at, table.number, body)
            write_all(descriptor, part)
            rows.append((str(first), str(last), count, len(part)))
            if name in NARROW:
                digests.append(hashlib.sha256(part).hexdigest())
            base += len(part)
        last_place = str(max(last_places(name), int(rows[-1][1]) if rows else 0))
        entries[table.number] = {
            "start": start,
            "last": last_place,
            "segments": rows,
            "digests": digests,
        }
    return entries, base


def _taken_out(
    sealer: Sealer,
    never_again: Callable[[str], Sequence[int]],
    before: bytes,
    key: bytes,
    prove: Prove,
) -> bytes:
    free = {name: never_again(name) for name in TABLES}
    changes = {
        TABLES[name].number: {"put": {}, "del": [str(at) for at in places]}
        for name, places in free.items()
        if places
    }
    if not changes:
        return b""
    return encode_frame(TXN, 1, _sealed(sealer, TXN, 1, changes, before), before, key, prove)


def _sealed(
    sealer: Sealer, kind: int, sequence: int, parts: Mapping[int, Any], before: bytes
) -> dict[int, bytes]:
    """Seal the parts of a frame, by the numbers of their tables."""
    where = standing(before, parts)
    return {
        number: sealer.seal(kind, sequence, number, msgspec.json.encode(part), where)
        for number, part in parts.items()
    }


def _segments(documents: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, int, int, bytes]]:
    pieces: list[bytes] = []
    size = first = last = 0
    for place, body in documents:
        if not pieces:
            first = place
        pieces.append(b'"%d":%b' % (place, body))
        size += len(pieces[-1]) + 1
        last = place
        if size >= SEGMENT_BYTES:
            yield first, last, len(pieces), b"{" + b",".join(pieces) + b"}"
            pieces, size = [], 0
    if pieces:
        yield first, last, len(pieces), b"{" + b",".join(pieces) + b"}"
