"""What a vault's file holds, opened no further than is asked for.

The base, at the front of the file, is each table cut into segments by place; after it come
the units of work that were appended since. A table is what its segments say, with what the
units of work put in or took out laid over.
"""

import hashlib
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from reintegrate_cli.core.errors import Damaged, Settings, damaged
from reintegrate_cli.core.lean import Silent, msgspec
from reintegrate_cli.keys import Bundle, is_proven, is_signed
from reintegrate_cli.keys.disk import shut
from reintegrate_cli.keys.header import LONGEST_START, decode_header
from reintegrate_cli.vault import anchor, files
from reintegrate_cli.vault.format import (
    DIRECTORY,
    NOTE,
    SEGMENT,
    TXN,
    Frame,
    Sealer,
    chain_start,
    follows,
    read_frame,
    standing,
)
from reintegrate_cli.vault.layout import NARROW, NOTED, SCHEMA, TABLES, numbers
from reintegrate_cli.vault.overlay import Overlay, laid_over

_decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_HEADER_READ = 8 * 1024
_TRIES = 100
"""Times that a file is read anew at most because others wrote it anew meanwhile."""
_NOTED = {TABLES[name].number for name in NOTED}
_MOST_LOOKED_AT = 1024**2
"""How much of each table that a narrow key could have overwritten is looked at when a file is
opened; the rest is looked at where it is read."""


class Segment(NamedTuple):
    """A run of a table's documents in the base, by place."""

    first: int
    last: int
    held: int
    offset: int
    length: int
    digest: str | None
    """Of its bytes, where a narrow key could seal others; else none."""


class _Directory(msgspec.Struct, forbid_unknown_fields=True):
    start: int
    last: str
    segments: list[tuple[str, str, int, int]]
    digests: list[str] = []


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    put: dict[str, msgspec.Raw] = {}
    taken: list[str] = msgspec.field(default=[], name="del")


_decode_directory = msgspec.json.Decoder(_Directory).decode
_decode_change = msgspec.json.Decoder(_Change).decode


class _Opened(Silent, msgspec.Struct, eq=False):
    """One table, as far as it was opened."""

    segments: list[Segment]
    lasts: list[int]
    overlay: Overlay
    last: int = 0
    """The last place of the base that anything ever stood at."""
    loaded: dict[int, dict[int, bytes]] = {}


class Journal:
    """A vault's file at one moment. Whoever writes to it after, this stays what it was.

    Args:
        path: the vault's file.
        bundle: what the key at hand opens.

    Raises:
        Damaged: the file does not verify, or is older than what was acknowledged here.
        Settings: there is none, or it cannot be read.
    """

    def __init__(self, path: Path, bundle: Bundle) -> None:
        self._bundle = bundle
        left = _TRIES
        while True:
            known = anchor.read(path)  # before the file, which may grow meanwhile
            self.descriptor, self.info = files.open_to_read(path)
            try:
                self._read(known)
                return
            except Damaged:
                self.close()
                # A file that was written anew in between follows from a later anchor.
                left -= 1
                if not left or anchor.read(path) == known:
                    raise
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Let the file go."""
        if self.descriptor >= 0:
            shut(self.descriptor)
            self.descriptor = -1

    def _read(self, known: anchor.Anchor | None) -> None:
        start = files.read_at(self.descriptor, 0, _HEADER_READ)
        if len(start) == _HEADER_READ:  # most headers are shorter by far
            start += files.read_at(self.descriptor, _HEADER_READ, LONGEST_START - _HEADER_READ)
        self.header, self.base_at = decode_header(start)
        self._tables: dict[str, _Opened] = {}
        self._changes: dict[int, list[Frame]] = {}
        self.carried = not self.header.proven or self.header.schema < SCHEMA
        """Whether an older version wrote the file, which a full key's next write writes anew."""
        self.sealer = Sealer(self.header, self._bundle)
        self._read_frames(self._checked(start))
        if self.header.proven:
            self._look_at_shared()
        self.epoch_is_news = known is None or known.epoch != self.header.epoch
        """Whether nothing was acknowledged yet in this epoch of the file."""
        self._check_anchor(known)

    def _checked(self, start: bytes) -> bytes:
        """Look at who may open the file; give what its chain begins with."""
        if not self.header.proven:
            from reintegrate_cli.vault import v2

            at, self.base_at = self.base_at, self.base_at + v2.TAGS
            v2.check_start(start[:at], start[at : self.base_at], self._bundle)
            return v2.chain_start(self.header, self._bundle.chain_key)
        if not (self._bundle.full or self._bundle.public):
            raise _unpinned()
        return chain_start(self.header, self._bundle.chain_key)

    def _read_frames(self, before: bytes) -> None:
        key, at = self._bundle.chain_key, self.base_at + self.header.base
        data = memoryview(files.read_at(self.descriptor, at, max(0, self.info.st_size - at)))
        proofs = self.header.proven
        frame = read_frame(data, 0, before, key, proven=proofs)
        if frame is None or (frame.kind, frame.sequence) != (DIRECTORY, 0):
            raise damaged()
        if set(frame.parts) != numbers(self.header.schema):
            raise damaged()
        self.directory, self.macs, proven = frame, [frame.mac], frame
        while following := read_frame(data, frame.end, frame.mac, key, proven=proofs):
            frame = following
            if frame.sequence != len(self.macs):
                raise damaged()
            if frame.kind == TXN:
                proven = frame
            elif frame.kind != NOTE or not frame.parts or not frame.parts.keys() <= _NOTED:
                raise damaged()
            self.macs.append(frame.mac)
            for number in frame.parts:
                self._changes.setdefault(number, []).append(frame)
        # Its writer had checked all that it follows.
        if proofs and not is_proven(proven.digest, proven.proof, self._bundle):
            raise damaged()
        self.sequence, self.mac = frame.sequence, frame.mac
        self.end, self.torn = at + frame.end, len(data) - frame.end
        self._tail = data[frame.end :]

    def _look_at_shared(self) -> None:
        """Look at what lies outside of the proofs, where a narrow key could have put anything."""
        for name in NARROW:
            group, since = TABLES[name].group, TABLES[name].since
            if since > self.header.schema or not self._bundle.opens(group):
                continue
            if name in NOTED and any(
                frame.kind == NOTE for frame in self._changes.get(TABLES[name].number, ())
            ):
                self._open(name)
            left = _MOST_LOOKED_AT
            for segment in reversed(self._segments(name)[0]):
                left -= segment.length
                if left < 0:
                    break
                self._sealed(segment)

    def check_proofs(self, public: bytes) -> None:
        """Require every proof in the file, also those that a later one vouches for.

        Args:
            public: the public half of the key that signs.

        Raises:
            Damaged: somebody without a full key wrote a frame.
        """
        if not self.header.proven:
            return
        frames = {frame.sequence: frame for frames in self._changes.values() for frame in frames}
        for frame in [self.directory, *frames.values()]:
            if frame.kind == NOTE:
                continue
            digest, proof = frame.digest, frame.proof
            if not (is_proven(digest, proof, self._bundle) and is_signed(digest, proof, public)):
                raise damaged()

    def _check_anchor(self, known: anchor.Anchor | None) -> None:
        """Compare the file with what was acknowledged; a tail beyond that never was."""
        if known is not None and known.is_of(self.header):
            if known.epoch > self.header.epoch:
                raise _older()
            if known.epoch == self.header.epoch:
                if known.salt != bytes.fromhex(self.header.salt):
                    raise _older()
                if known.sequence > self.sequence:
                    raise damaged() if self.torn else _older()
                if self.macs[known.sequence] != known.mac:
                    raise _older()
                return
            self._check_follows(known)
        if self.torn and follows(self._tail, self.sequence, self.mac, self._bundle.chain_key):
            raise damaged()

    def _check_follows(self, known: anchor.Anchor) -> None:
        """Require that a later epoch was made from what was acknowledged here."""
        after = self.header.after
        if after != (known.epoch, known.sequence, known.mac):
            raise _older()

    def grown(self) -> int:
        """Return the bytes that were appended since the base was written."""
        return self.end - self.base_at - self.header.base

    def stands(self) -> bool:
        """Return whether the last frame that was read is still there.

        A unit of work that its writer had to take back may have been read before, and another
        one of the same length stand in its place.
        """
        last = files.read_at(self.descriptor, self.end - len(self.mac), len(self.mac))
        return last == self.mac

    def adopt(self, frame: bytes, change: dict[str, Overlay], info: os.stat_result) -> None:
        """Take in a unit of work that this process appended itself."""
        for name, overlay in change.items():
            self._open(name).overlay.update(overlay)
        self.sequence, self.mac = self.sequence + 1, frame[-len(self.mac) :]
        self.macs.append(self.mac)
        self.end, self.torn, self.info = self.end + len(frame), 0, info
        self.epoch_is_news = False

    # Tables.

    def _open(self, name: str) -> _Opened:
        if name not in self._tables:
            self._bundle.demand(TABLES[name].group, f"the table {name}")
            if self.header.schema < TABLES[name].since:
                self._tables[name] = _Opened([], [], {})
            else:
                segments, last = self._segments(name)
                lasts = [segment.last for segment in segments]
                overlay = self._overlay(TABLES[name].number, last)
                carry = self._carrier(name)
                if carry is not None:
                    overlay = {at: carry(raw) if raw else None for at, raw in overlay.items()}
                self._tables[name] = _Opened(segments, lasts, overlay, last)
        return self._tables[name]

    def _carrier(self, name: str) -> Callable[[bytes], bytes] | None:
        """Return what brings documents of an older schema into the present one."""
        if not self.carried:
            return None
        from reintegrate_cli.core import migrations

        return migrations.carrier(name, self.header.schema)

    def _segments(self, name: str) -> tuple[list[Segment], int]:
        frame, number = self.directory, TABLES[name].number
        where = standing(frame.before, frame.parts)
        body = self.sealer.open(DIRECTORY, 0, number, frame.parts[number], where)
        try:
            directory = _decode_directory(body)
            digests: list[str] | list[None] = directory.digests
            if name not in NARROW or not self.header.proven:
                digests = [None] * len(directory.segments)
            segments, at, before = [], self.base_at + directory.start, -1
            for row, digest in zip(directory.segments, digests, strict=True):
                first, last, count, length = row
                segment = Segment(int(first), int(last), count, at, length, digest)
                if not (before < segment.first <= segment.last and 0 < count <= length):
                    raise ValueError
                segments.append(segment)
                at, before = at + length, segment.last
            if directory.start < 0 or at > self.base_at + self.header.base:
                raise ValueError
            return segments, max(before, int(directory.last), 0)
        except (msgspec.DecodeError, RecursionError, ValueError):
            raise damaged() from None

    def _sealed(self, segment: Segment) -> bytes:
        """Read a segment, and look whether it is the one that was written."""
        part = files.read_at(self.descriptor, segment.offset, segment.length)
        if segment.digest is not None and hashlib.sha256(part).hexdigest() != segment.digest:
            raise damaged()
        return part

    def _overlay(self, number: int, last: int) -> Overlay:
        overlay: Overlay = {}
        for frame in self._changes.get(number, ()):
            part = frame.parts[number]
            where = standing(frame.before, frame.parts)
            body = self.sealer.open(frame.kind, frame.sequence, number, part, where)
            try:
                change = _decode_change(body)
                taken = {int(place): None for place in change.taken}
                put = {int(place): bytes(raw) for place, raw in change.put.items()}
                overlay.update(taken)
                overlay.update(put)
                if frame.kind == NOTE and (
                    taken or list(put) != list(range(last + 1, last + 1 + len(put)))
                ):
                    raise ValueError
                last = max([last, *taken, *put])
            except (msgspec.DecodeError, RecursionError, ValueError):
                raise damaged() from None
        return overlay

    def _documents(self, name: str, at: int) -> dict[int, bytes]:
        """Open one segment of a table."""
        table = self._open(name)
        if at not in table.loaded:
            segment = table.segments[at]
            body = self.sealer.open(SEGMENT, at, TABLES[name].number, self._sealed(segment))
            try:
                documents = {int(place): bytes(raw) for place, raw in _decode_raw(body).items()}
            except (msgspec.DecodeError, RecursionError, ValueError):
                raise damaged() from None
            carry = self._carrier(name)
            if carry is not None:
                documents = {place: carry(raw) for place, raw in documents.items()}
            table.loaded[at] = documents
        return table.loaded[at]

    def get(self, name: str, place: int) -> bytes | None:
        """Return the document at a place as JSON, or nothing."""
        table = self._open(name)
        if place in table.overlay:
            return table.overlay[place]
        return self._in_base(name, place)

    def scan(
        self, name: str, first: int, last: int, *, keep: bool = True
    ) -> Iterator[tuple[int, bytes]]:
        """Return the documents of a table between two places, both included, in their order.

        Args:
            name: the table.
            first: the first place.
            last: the last place.
            keep: whether what is opened stays open; not where a whole vault is gone through.
        """
        base = self._in_segments(name, first, last, keep=keep)
        return laid_over(base, self._open(name).overlay, first, last)

    def _in_segments(
        self, name: str, first: int, last: int, *, keep: bool
    ) -> Iterator[tuple[int, bytes]]:
        table = self._open(name)
        for at in range(bisect_left(table.lasts, first), len(table.segments)):
            if table.segments[at].first > last:
                break
            documents = self._documents(name, at)
            if not keep:
                del table.loaded[at]
            for place in documents:
                if first <= place <= last:
                    yield place, documents[place]

    def last_place(self, name: str) -> int:
        """Return the last place of a table that holds anything, or held it; nought for none."""
        table = self._open(name)
        return max(table.last, max(table.overlay, default=0))

    def gone(self, name: str) -> list[int]:
        """List the places that something was taken out of, as far as this file knows."""
        return [place for place, body in self._open(name).overlay.items() if body is None]

    def count(self, name: str) -> int:
        """Count the documents of a table, opening no more than was changed since the base."""
        table = self._open(name)
        total = sum(segment.held for segment in table.segments)
        for place, body in table.overlay.items():
            there = self._in_base(name, place) is not None
            total += (body is not None) - there
        return total

    def _in_base(self, name: str, place: int) -> bytes | None:
        table = self._open(name)
        at = bisect_left(table.lasts, place)
        if at == len(table.segments) or table.segments[at].first > place:
            return None
        return self._documents(name, at).get(place)

    def touched(self, name: str) -> bool:
        """Return whether a table ever held anything, as far as this key may know."""
        table = self._open(name)
        return bool(table.segments or table.overlay)


def _unpinned() -> Settings:
    return Settings(
        "this key does not say who signs for the vault",
        hint="a person with a key that opens everything makes one that does: reintegrate"
        " vault key add --reviewer, or reintegrate remind setup --reminder-key FILE",
    )


def _older() -> Damaged:
    return Damaged(
        "the vault is older than what was last saved here; it was left as it is",
        hint="if a copy was put in its place by hand, use reintegrate vault restore instead",
    )
