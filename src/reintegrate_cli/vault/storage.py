"""A TinyDB storage over one encrypted, append-only file.

``TinyDB(path, bundle, storage=VaultStorage)`` and ``Query`` work as ever; ``VaultDB`` is
quicker, and has transactions. What is put or taken out within a unit of work is held in
memory until its end, and then appended as one frame.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tinydb.storages import Storage

from reintegrate_cli.catalogue import RECORDS
from reintegrate_cli.core.errors import Problem, Usage
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.values import encode
from reintegrate_cli.keys import (
    FULL_KINDS,
    Bundle,
    Signer,
    Slot,
    carry_over,
    full_bundle,
    new_data_key,
    renew_slot,
)
from reintegrate_cli.keys.disk import sync_folder
from reintegrate_cli.keys.header import Header, Place
from reintegrate_cli.vault import anchor, ballast, files, locking
from reintegrate_cli.vault.format import NOTE, TXN, encode_frame, standing
from reintegrate_cli.vault.journal import Journal
from reintegrate_cli.vault.layout import EVERYWHERE, NOTED, TABLES
from reintegrate_cli.vault.view import Tables, View

if TYPE_CHECKING:
    from reintegrate_cli.vault.rewrite import Written

Change = Callable[[str, int, bytes], bytes | None]
LEAST_GROWN = 256 * 1024
MOST_GROWN = 8 * 1024**2
"""Bytes of appended work after which the base is written anew: an eighth of it, in bounds."""

_STOPS = (KeyboardInterrupt, SystemExit, MemoryError)
"""What must not make a record that is saved look as if it were not."""


class _Anew(NamedTuple):
    """How the file is to be written anew: with which slots, sealed with what, and what is kept."""

    slots: tuple[Slot, ...]
    bundle: Bundle
    change: Change | None


class VaultStorage(View, Storage):
    """The vault: what stands in it at one moment, and one unit of work at a time.

    Args:
        path: the vault's file.
        bundle: what the key at hand opens.

    Raises:
        Damaged: the file does not verify.
        Settings: there is none, or it cannot be read.
    """

    def __init__(self, path: Path, bundle: Bundle) -> None:
        super().__init__(path, bundle)
        self._within = 0
        self._anew: _Anew | None = None
        self._overtaken = False
        self._signing: tuple[bytes, Signer] | None = None

    # What TinyDB asks for.

    def read(self) -> dict[str, dict[str, Any]]:
        """Return the tables as they stand now; each is opened when it is asked for."""
        if not self._staged:
            self.refresh()
        # TinyDB's type says dict; all that it uses is a mapping.
        return cast(dict[str, dict[str, Any]], Tables(self))

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep the tables that were changed.

        Args:
            data: what ``read`` gave, with changes; or any mapping of all the tables, whose
                content replaces everything that does not merely grow.

        Raises:
            Busy: somebody else wrote since they were read.
            Usage: a value cannot be kept.
            Locked: the key at hand does not open one of them.
        """
        with self.unit():
            if isinstance(data, Tables):
                if data.moment != self.moment():
                    raise files.moved()
                changed = data.changed()
            else:
                written = [name for name in self.names() if not TABLES[name].grows]
                changed = {**{name: {} for name in written}, **data}
            for name, documents in changed.items():
                self._replace(name, documents)

    def _replace(self, name: str, documents: Mapping[str, Any]) -> None:
        self._demand(name, grows=False)
        wanted = {int(place): encode(document) for place, document in documents.items()}
        for place, _ in list(self._bodies(name, *EVERYWHERE)):
            if place not in wanted:
                self.delete(name, place)
        for place, body in wanted.items():
            if self._body(name, place) != body:
                self._stage(name, place, body)

    def close(self) -> None:
        """Forget what was staged and not committed, and let the file go."""
        self.rollback()
        self._journal.close()

    def refresh(self) -> None:
        """See what others wrote since; what is staged must not have been worked out before."""
        if self._moved():
            former, self._journal = self._journal, Journal(self._path, self._bundle)
            former.close()

    def _moved(self) -> bool:
        try:
            now = self._path.lstat()
        except OSError:
            return True  # opening it says what is wrong
        known = self._journal.info
        same = os.path.samestat(now, known) and now.st_size == known.st_size
        # A tail that was half written when it was read may be whole by now; a unit of work
        # that was read before the disk refused it may be gone, and another one there.
        return not same or bool(self._journal.torn) or not self._journal.stands()

    # One unit of work.

    @contextlib.contextmanager
    def unit(self) -> Iterator[None]:
        """Do one unit of work: kept whole at the end, or, if anything raises, not at all.

        It begins with what others wrote until then. Within another it is a part of that.

        Raises:
            Busy: somebody else held the vault the whole time.
        """
        if self._within or self._staged:
            yield
            return
        with locking.holding(self._path):
            self.refresh()
            self._within += 1
            try:
                yield
                self.commit()
            finally:
                self._within -= 1
                self.rollback()

    def begin(self) -> None:
        """Begin a unit of work that ends with ``commit`` or ``rollback``."""
        self._within += 1

    def put(self, table: str, place: int, document: Mapping[str, Any]) -> None:
        """Hold a document for a place, whatever stands there, until ``commit``.

        Raises:
            Usage: a value cannot be kept, or the table merely grows.
            Locked: the key at hand does not open it.
        """
        self._demand(table, grows=False)
        self._stage(table, place, encode(document))

    def delete(self, table: str, place: int) -> None:
        """Hold that nothing stands at a place any more, until ``commit``."""
        self._demand(table, grows=False)
        self._stage(table, place, None)

    def append(self, table: str, row: Mapping[str, Any], at: int | None = None) -> int:
        """Hold a new row of a table that only grows until ``commit``; give its place.

        Args:
            table: the table.
            row: the document.
            at: a place after the last one; the next where it is left out.

        Raises:
            Usage: a value cannot be kept, or the table does not merely grow.
            Locked: the key at hand does not open it.
        """
        self._demand(table, grows=True)
        last = self.last_place(table)
        if at is not None and at <= last:
            raise Usage(f"the table {table} only grows")
        at = at or last + 1
        self._stage(table, at, encode(row))
        return at

    def _stage(self, table: str, place: int, body: bytes | None) -> None:
        if not (self._bundle.full or table in NOTED):
            self._bundle.demand_full(f"the table {table} to write to it")
        if place < 0:
            raise Usage("a record cannot be kept there")
        self._staged.setdefault(table, {})[place] = body

    def renew(
        self,
        *,
        slots: Sequence[Slot] | None = None,
        reseal: bool = False,
        change: Change | None = None,
    ) -> None:
        """Hold until ``commit`` that the whole file is written anew, with what is staged.

        Args:
            slots: other key slots; those that are there if left out.
            reseal: whether under a new data key; every key slot opens it as before.
            change: given a table, a place and a document's JSON, gives what is kept of it.

        Raises:
            Locked: the key at hand is a narrow one.
            Settings: an older version made a slot, which cannot wrap another data key.
        """
        self._bundle.demand_full("the vault")
        bundle = self._bundle
        renewed = tuple(self.header.slots if slots is None else slots)
        if reseal:
            bundle = full_bundle(new_data_key(), bundle.user, bundle.slot, self.public)
            renewed = carry_over(
                renewed, self._bundle, bundle, self.header.store_id, made_by="an older version"
            )
        self._anew = _Anew(renewed, bundle, change)

    seats = None
    """A key is all it takes to open a file."""

    @property
    def signer(self) -> Signer:
        """The key that signs; a new one where an older version wrote the file, which had none."""
        sealed = self.header.signer
        if self._signing is None or self._signing[0] != sealed:
            self._bundle.demand_full("the key that signs")
            opened = Signer.opened(sealed, self._bundle, self.header.store_id) if sealed else None
            self._signing = (sealed, opened or Signer.new())
        return self._signing[1]

    def sign_with(self, signer: Signer) -> None:
        """Go on with a key that signs, where an older version wrote the file, which has none."""
        if not self.header.signer:
            self._signing = (b"", signer)

    @property
    def public(self) -> bytes:
        """The public half of the key that signs for this vault."""
        return self.signer.public if self._bundle.full else self._bundle.public

    def to_share(self, user: str) -> Bundle:
        """Return what a new slot of somebody's is made from, a narrow one too.

        Raises:
            Locked: the key at hand is a narrow one.
        """
        self._bundle.demand_full("a key for somebody else")
        return full_bundle(self._bundle.data_key, user, public=self.public)

    def check_proofs(self) -> None:
        """Require every proof in the file.

        Raises:
            Damaged: somebody without a full key wrote a part of it.
        """
        self._journal.check_proofs(self.public)

    def rollback(self) -> None:
        """Forget what was staged."""
        self._staged = {}
        self._anew = None
        self._overtaken = False

    def commit(self) -> None:
        """Append what was staged as one frame, whole or not at all, and durably.

        The caller holds the lock since before it read, so that nobody else's work is in
        between; a caller that does not is served all the same, and told ``Busy`` if there
        is. What was staged stays staged where this raises.

        Raises:
            Busy: somebody else wrote since this storage read the file.
            Settings: the disk would not take it; the file is as it was.
        """
        if not self._staged and self._anew is None:
            return
        with locking.holding(self._path):
            if self._moved() and self._really_moved():
                self._overtaken = True
            if self._overtaken:
                raise files.moved()  # until what was worked out before is given up
            files.sweep(self._path)
            if not self._takes_away():
                ballast.keep(self._path)
            if self._anew is not None:
                self._write_anew(self._anew)
            elif self._journal.carried and self._bundle.full:
                self.write_anew()
            else:  # a narrow key goes on in the schema that it found: cron never waits for a person
                self._append()
            self.rollback()
            self._tidy_up()

    def _really_moved(self) -> bool:
        """Look again, where there was a tail that may have been another's unfinished work."""
        before = self.moment()
        self.refresh()
        return self.moment() != before

    def _append(self) -> None:
        journal, key = self._journal, self._bundle.chain_key
        kind = NOTE if all(name in NOTED for name in self._staged) else TXN
        parts = {}
        where = standing(journal.mac, (TABLES[name].number for name in self._staged))
        for name, overlay in self._staged.items():
            number = TABLES[name].number
            body = msgspec.json.encode(
                {
                    "put": {str(at): msgspec.Raw(raw) for at, raw in overlay.items() if raw},
                    "del": [str(at) for at, raw in overlay.items() if raw is None],
                }
            )
            parts[number] = journal.sealer.seal(kind, journal.sequence + 1, number, body, where)
        frame = encode_frame(kind, journal.sequence + 1, parts, journal.mac, key, self._prove)
        if journal.epoch_is_news:
            # The file got its name in a run that ended before it could say so.
            sync_folder(self._path.parent)
        info = files.append(
            self._path, journal.end, frame, journal.info, ballast=self._takes_away()
        )
        journal.adopt(frame, self._staged, info)
        self._anchor(journal.header, journal.sequence, journal.end, journal.mac)

    def _takes_away(self) -> bool:
        """Return whether a person takes a record away; cron's rows come and go by themselves."""
        return any(
            body is None
            for name, overlay in self._staged.items()
            if name in RECORDS
            for body in overlay.values()
        )

    def _anchor(self, header: Header, sequence: int, end: int, mac: bytes) -> None:
        # What was appended is safe by now, whatever happens, Ctrl-C included; the former
        # anchor still says nothing wrong.
        with contextlib.suppress(OSError, Problem, *_STOPS):
            anchor.write(self._path, header, sequence, end, mac)

    def _prove(self, digest: bytes) -> bytes:
        return self.signer.prove(digest, self._bundle)

    def _tidy_up(self) -> None:
        """Write the base anew where much was appended; what was saved stays saved whatever."""
        grown, base = self._journal.grown(), self._journal.header.base
        if self._bundle.full and grown > min(MOST_GROWN, max(LEAST_GROWN, base // 8)):
            with contextlib.suppress(Problem, OSError, *_STOPS):
                self.write_anew()

    def write_anew(self) -> None:
        """Write the whole file anew, a segment at a time, with what is staged in it.

        The caller holds the lock.

        Raises:
            Busy: something is staged, and somebody else wrote since this storage read the file.
            Locked: the bundle is not a full one.
            Settings: the disk would not take it; the file is as it was.
        """
        if self._moved() and self._really_moved() and self._staged:
            raise files.moved()
        self._write_anew(_Anew(self.header.slots, self._bundle, None))

    def _write_anew(self, new: "_Anew") -> None:
        from reintegrate_cli.vault.rewrite import new_header, write_base

        bundle, change, former = new.bundle, new.change, self._journal
        after = Place(former.header.epoch, former.sequence, former.mac)
        store_id, signer = former.header.store_id, self.signer
        sealed = signer.sealed(bundle, store_id)
        slots = self._told_who_signs(new.slots, bundle)
        header = new_header(store_id, former.header.epoch + 1, slots, sealed, after)

        def source(name: str) -> Iterator[tuple[int, bytes]]:
            for place, body in self.streamed(name):
                left = body if change is None else change(name, place, body)
                if left is not None:
                    yield place, left

        # What follows is only believed if it was made from what is remembered here.
        self._anchor(former.header, former.sequence, former.end, former.mac)
        written: list[Written] = []
        files.sweep(self._path)
        files.replace(
            self._path,
            lambda to: written.append(
                write_base(to, header, bundle, signer, source, self.last_place, self._never_again)
            ),
        )
        self._bundle = bundle
        done = written[0]
        self._anchor(done.header, done.sequence, done.end, done.mac)
        # It is saved by now; where it cannot be opened at once, the next unit of work will.
        with contextlib.suppress(Problem):
            self._journal = Journal(self._path, bundle)
            former.close()

    def _told_who_signs(self, slots: tuple[Slot, ...], bundle: Bundle) -> tuple[Slot, ...]:
        """Return slots that say who signs, where an older version made them and could not."""
        if self.header.proven:
            return slots
        telling = full_bundle(bundle.data_key, bundle.user, public=self.public)
        store_id = self.header.store_id
        return tuple(
            slot if slot.kind in FULL_KINDS else renew_slot(slot, bundle, telling, store_id) or slot
            for slot in slots
        )
