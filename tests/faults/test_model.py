"""Several handles on one file, of every kind, against a dict that is always right.

Each handle remembers what it may have seen last: reading must give that, and not less or
more. Nothing is read but by the rules: to look at everything after each step would bring
every handle up to date, and so hide one that never is.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule
from tinydb import Query, TinyDB

from narrow import narrow, replace_slots
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Busy, Locked, Settings
from reintegrate_cli.vault import VaultDB, VaultStorage, files, rewrite, storage
from thoroughness import LONG

Table = dict[int, dict[str, Any]]
Model = dict[str, Table]

FULL, NARROW, GROWS = ("tasks", "staff"), ("due",), ("history", "ledger")
ALL = (*FULL, *NARROW, *GROWS)
SLOTS = 3


class Given(Exception):
    """Raised in the midst of a transaction, as a rule of practice would be."""


@dataclass(eq=False)
class Handle:
    """One way into the vault, and what it may have seen last."""

    kind: str
    db: TinyDB
    view: Model = field(default_factory=dict)

    @property
    def vault(self) -> VaultStorage:
        assert isinstance(self.db.storage, VaultStorage)
        return self.db.storage

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it opens."""
        return (*NARROW, "ledger") if self.kind == "narrow" else ALL

    @property
    def writes(self) -> tuple[str, ...]:
        """The tables that it is let write to here: cron notes its mail, and nothing else."""
        return {"narrow": ("ledger",), "keeper": ()}.get(self.kind, ALL)


documents = st.fixed_dictionaries(
    {"n": st.integers(0, 3), "text": st.text(max_size=4) | st.just("filler " * 20)}
)
places = st.integers(1, 9)
kept = st.sampled_from((*FULL, *NARROW))
changes = st.lists(
    st.tuples(st.sampled_from(ALL), places, st.none() | documents), min_size=1, max_size=5
)


class Handles(RuleBasedStateMachine):
    """Everything that several programs may do with one vault, one after another."""

    handles = Bundle("handles")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "caseload.vault"
        self.key = keys.new_bundle("okafor")
        self.now: Model = {name: {} for name in ALL}
        self.opened: list[Handle] = []
        self._real = (os.fsync, os.fdatasync, storage.LEAST_GROWN, rewrite.SEGMENT_BYTES)
        os.fsync = os.fdatasync = lambda descriptor: None  # the power stays on here
        storage.LEAST_GROWN, rewrite.SEGMENT_BYTES = 3000, 300
        vault.create(self.path, self.key, self._slots(), store_id="5a" * 16)

    def _slots(self) -> list[keys.Slot]:
        return [keys.make_slot("file", b"k" * 32, self.key, "5a" * 16) for _ in range(SLOTS)]

    def teardown(self) -> None:
        """See at the end that all of them, and a new one, agree."""
        try:
            self.opened.append(self._open("vault"))
            for handle in self.opened:
                if handle.kind == "keeper":
                    self._read(handle)
                handle.vault.refresh()
                handle.view = self.now
                self._read(handle)
                handle.db.close()
        finally:
            os.fsync, os.fdatasync, storage.LEAST_GROWN, rewrite.SEGMENT_BYTES = self._real
            shutil.rmtree(self.folder)

    # Ways in.

    def _open(self, kind: str) -> Handle:
        bundle = narrow(self.path, self.key) if kind == "narrow" else self.key
        if kind == "stock":
            db = TinyDB(self.path, bundle, storage=VaultStorage)
        else:
            db = VaultDB(self.path, bundle)
        return Handle(kind, db, self.now)

    @initialize(target=handles)
    def begin(self) -> Any:
        self.opened = [self._open(kind) for kind in ("vault", "vault", "stock", "narrow")]
        return multiple(*self.opened)

    @rule(target=handles, kind=st.sampled_from(["vault", "stock", "narrow", "keeper"]))
    def open_another(self, kind: str) -> Handle:
        self.opened.append(self._open(kind))
        return self.opened[-1]

    @rule(handle=handles)
    def open_again(self, handle: Handle) -> None:
        handle.db.close()
        again = self._open(handle.kind)
        handle.db, handle.view = again.db, again.view

    @rule(handle=handles)
    def refresh(self, handle: Handle) -> None:
        if handle.kind != "keeper":
            handle.vault.refresh()
            handle.view = self.now

    # Reading.

    def _read(self, handle: Handle) -> None:
        for name in handle.tables:
            found = dict(handle.vault.everything(name))
            assert found == handle.view[name]
            assert list(found) == sorted(found)

    @rule(handle=handles, name=st.sampled_from(ALL), place=places, how=st.integers(0, 4))
    def read(self, handle: Handle, name: str, place: int, how: int) -> None:
        if name not in handle.tables:
            with pytest.raises(Locked):
                handle.db.table(name).all()
            with pytest.raises(Locked):
                handle.vault.get(name, place)
            return
        if how == 0:
            if handle.kind == "stock":  # each of its reads looks at the file again
                handle.view = self.now
            found = {one.doc_id: dict(one) for one in handle.db.table(name)}
            assert found == handle.view[name]
        table = handle.view[name]
        if how == 1:
            assert handle.vault.get(name, place) == table.get(place)
        elif how == 2:
            assert handle.vault.count(name) == len(table)
        elif how == 3:
            expected = {at: one for at, one in table.items() if place <= at <= place + 3}
            assert dict(handle.vault.between(name, place, place + 3)) == expected
        elif how == 4:
            assert dict(handle.vault.everything(name)) == table

    @rule(handle=handles, n=st.integers(0, 3), name=kept)
    def query(self, handle: Handle, n: int, name: str) -> None:
        if name not in handle.tables:
            return
        if handle.kind == "stock":
            handle.view = self.now
            handle.db.table(name).clear_cache()  # its own memory, which no other handle clears
        found = handle.db.table(name).search(Query().n == n)
        assert found == [one for _, one in sorted(handle.view[name].items()) if one["n"] == n]

    # Writing.

    def _change(self, handle: Handle, work: Callable[[Model], None]) -> None:
        """Let a handle do on the vault what ``work`` does on the dict."""
        after = deepcopy(self.now)
        work(after)
        self.now = handle.view = after

    @rule(handle=handles, name=kept, document=documents)
    def insert(self, handle: Handle, name: str, document: dict[str, Any]) -> None:
        if name not in handle.writes:
            return
        try:
            place = handle.db.table(name).insert(document)
        except ValueError:  # the stock table counts by itself, and does not write over others
            assert handle.kind == "stock"
            handle.view = self.now
            return
        assert place not in self.now[name]
        self._change(handle, lambda now: now[name].update({place: document}))

    @rule(handle=handles, name=kept, n=st.integers(0, 3), to=st.integers(0, 3))
    def update(self, handle: Handle, name: str, n: int, to: int) -> None:
        if name not in handle.writes:
            return
        handle.db.table(name).update({"n": to}, Query().n == n)

        def work(now: Model) -> None:
            for one in now[name].values():
                one["n"] = to if one["n"] == n else one["n"]

        self._change(handle, work)

    @rule(handle=handles, name=kept, n=st.integers(0, 3))
    def remove(self, handle: Handle, name: str, n: int) -> None:
        if name not in handle.writes:
            return
        gone = handle.db.table(name).remove(Query().n == n)
        assert sorted(gone) == sorted(at for at, one in self.now[name].items() if one["n"] == n)
        self._change(handle, lambda now: [now[name].pop(at) for at in gone] and None)

    @rule(handle=handles, name=kept)
    def truncate(self, handle: Handle, name: str) -> None:
        if name not in handle.writes:
            return
        handle.db.table(name).truncate()
        self._change(handle, lambda now: now[name].clear())

    @rule(handle=handles, changes=changes, ends=st.sampled_from(["well", "well", "badly"]))
    def transact(self, handle: Handle, changes: Any, ends: str) -> None:
        """Change several tables at once; where it ends badly, none."""
        if not isinstance(handle.db, VaultDB) or handle.kind == "keeper":
            return
        after = deepcopy(self.now)
        try:
            with handle.db.transaction():
                handle.view = self.now
                for name, place, document in changes:
                    if name in handle.writes:
                        self._stage(handle.vault, after, name, place, document)
                        assert handle.vault.get(name, place) == after[name].get(place)
                if ends == "badly":
                    raise Given
                name = changes[0][0]
                if name in handle.tables:
                    assert dict(handle.vault.everything(name)) == after[name]
                    assert handle.vault.count(name) == len(after[name])
            self.now = handle.view = after
        except Given:
            pass

    @staticmethod
    def _stage(
        store: VaultStorage, model: Model, name: str, place: int, document: dict[str, Any] | None
    ) -> None:
        """Stage one change in a unit of work, and do the same in a dict."""
        if name in GROWS:
            row = document or {"n": place}
            assert store.append(name, row) == max(model[name], default=0) + 1
            model[name][max(model[name], default=0) + 1] = row
        elif document is None:
            store.delete(name, place)
            model[name].pop(place, None)
        else:
            store.put(name, place, document)
            model[name][place] = document

    @rule(changes=changes, other=st.none() | handles, document=documents)
    def stale_unit(self, changes: Any, other: Handle | None, document: dict[str, Any]) -> None:
        """Work something out without the lock; where others wrote since, it is refused."""
        store, after = VaultStorage(self.path, self.key), deepcopy(self.now)
        store.begin()
        for name, place, one in changes:
            self._stage(store, after, name, place, one)
        before = self.now
        if other is not None:
            self.insert(other, "due", document)
        if self.now is before:
            store.commit()
            self.now = after
        else:
            with pytest.raises(Busy):
                store.commit()
        store.close()

    @rule(handle=handles, other=handles, document=documents, name=st.sampled_from(FULL))
    def stale_stock_write(
        self, handle: Handle, other: Handle, document: dict[str, Any], name: str
    ) -> None:
        """Read all, let another write, write all: refused, and nothing of the other is lost."""
        if handle.kind != "stock":
            return
        tables = handle.db.storage.read()
        assert tables is not None
        handle.view = before = self.now
        self.insert(other, "due", document)
        changed = {**tables.get(name, {}), "77": document}
        tables[name] = changed
        if self.now is before:
            handle.db.storage.write(tables)
            self._change(handle, lambda now: now[name].update({77: document}))
        else:
            with pytest.raises(Busy):
                handle.db.storage.write(tables)
            handle.view = self.now

    # What happens to the file.

    @rule(handle=handles)
    def write_anew(self, handle: Handle) -> None:
        if handle.kind in ("keeper", "narrow"):
            return
        with vault.lock(self.path):
            handle.vault.write_anew()
        handle.view = self.now

    @rule()
    def replace_slots(self) -> None:
        with vault.lock(self.path):
            replace_slots(self.path, self.key, self._slots())
        assert len(vault.read_header(self.path).slots) == SLOTS

    @rule(size=st.integers(1, 400), how=st.sampled_from(["frame", "zero", "garbage"]))
    def tear(self, size: int, how: str) -> None:
        """Leave at the end what a writer leaves that was killed at its write."""
        data = self.path.read_bytes()
        last = len(data) - 300
        tail = {"frame": data[last : last + min(size, 299)], "zero": bytes(size)}
        with self.path.open("ab") as file:
            file.write(tail.get(how, os.urandom(size)))

    @rule(writer=handles, witness=handles, document=documents)
    def refuse(self, writer: Handle, witness: Handle, document: dict[str, Any]) -> None:
        """Let the disk refuse to flush what another handle reads just then."""
        if writer.kind != "vault" or witness.kind == "keeper" or witness is writer:
            return

        def look() -> None:
            witness.vault.refresh()
            witness.view = deepcopy(self.now)
            witness.view["due"][max(self._places(writer)) + 1] = document

        with refusing_to_flush(look) as struck, pytest.raises(Settings, match="nothing was saved"):
            writer.db.table("due").insert(document)
        assert struck == [1]
        writer.view = self.now

    @staticmethod
    def _places(handle: Handle) -> list[int]:
        return [0, handle.vault._journal.last_place("due")]


@contextmanager
def refusing_to_flush(look: Callable[[], None]) -> Iterator[list[int]]:
    """Let the next flush of data fail once it is written and ``look`` was called."""
    real, struck = os.fdatasync, []

    def fails(descriptor: int) -> None:
        struck.append(1)
        os.fdatasync = real
        look()
        raise OSError(errno.EIO, "the disk does not answer")

    os.fdatasync = fails
    try:
        yield struck
    finally:
        os.fdatasync = real


TestHandles = Handles.TestCase
TestHandles.settings = settings(
    max_examples=1000 if LONG else 50,
    stateful_step_count=60 if LONG else 40,
    deadline=None,
    derandomize=not LONG,
    # Making a failure short takes minutes: not where a person waits for the gate.
    phases=set(Phase) if LONG else set(Phase) - {Phase.shrink},
)


@pytest.fixture
def two(tmp_path: Path) -> tuple[VaultDB, VaultDB]:
    """Two handles on one vault."""
    path, bundle = tmp_path / "caseload.vault", keys.new_bundle("okafor")
    slots = [keys.make_slot("file", b"k" * 32, bundle, "5a" * 16)]
    vault.create(path, bundle, slots, store_id="5a" * 16)
    VaultDB(path, bundle).table("tasks").insert({"id": "T1"})
    return VaultDB(path, bundle), VaultDB(path, bundle)


def test_who_writes_the_file_anew_has_seen_what_others_wrote_until_then(
    two: tuple[VaultDB, VaultDB],
) -> None:
    stale, other = two
    other.table("tasks").insert({"id": "T2"})
    with vault.lock(stale.vault._path):
        stale.vault.write_anew()
    other.vault.refresh()
    assert [task["id"] for task in other.table("tasks")] == ["T1", "T2"]


def test_what_is_staged_on_an_older_file_is_not_written_into_a_new_one(
    two: tuple[VaultDB, VaultDB],
) -> None:
    stale, other = two
    stale.vault.begin()
    stale.vault.put("tasks", 2, {"id": "mine"})
    other.table("tasks").insert({"id": "T2"})
    with vault.lock(stale.vault._path), pytest.raises(Busy):
        stale.vault.write_anew()
    other.vault.refresh()
    assert [task["id"] for task in other.table("tasks")] == ["T1", "T2"]


def test_what_a_query_finds_is_looked_for_again_each_time(two: tuple[VaultDB, VaultDB]) -> None:
    one, other = two
    there = Query().id.exists()
    assert len(one.table("tasks").search(there)) == 1
    one.table("tasks").search(there)[0]["id"] = "changed"
    one.table("tasks").insert({"id": "T2"})
    assert [task["id"] for task in one.table("tasks").search(there)] == ["T1", "T2"]
    other.table("tasks").insert({"id": "T3"})
    one.vault.refresh()
    assert [task["id"] for task in one.table("tasks").search(there)] == ["T1", "T2", "T3"]


def test_a_unit_that_was_read_and_then_taken_back_is_not_taken_for_its_successor(
    two: tuple[VaultDB, VaultDB],
) -> None:
    witness, other = two
    tasks, path = other.table("tasks"), other.vault._path
    with refusing_to_flush(witness.vault.refresh), pytest.raises(Settings, match="nothing was"):
        tasks.insert({"id": "T2"})
    tasks.insert({"id": "T3"})  # as long as the one that was refused, at the same place
    witness.table("tasks").insert({"id": "T4"})
    again = VaultDB(path, other.vault._bundle)
    assert [task["id"] for task in again.table("tasks")] == ["T1", "T3", "T4"]


@pytest.mark.parametrize("moment", ["open_to_read", "read_at"])
@pytest.mark.parametrize("anew", [False, True])
def test_who_writes_while_a_reader_opens_the_file_does_not_make_it_refuse(
    two: tuple[VaultDB, VaultDB], monkeypatch: pytest.MonkeyPatch, moment: str, anew: bool
) -> None:
    one, other = two
    real = getattr(files, moment)
    written: list[int] = []

    def meanwhile(*args: Any) -> Any:
        found = real(*args)
        if not written:
            written.append(1)
            other.table("tasks").insert({"id": "T2"})
            if anew:
                with vault.lock(other.vault._path):
                    other.vault.write_anew()
        return found

    monkeypatch.setattr(files, moment, meanwhile)
    store = VaultStorage(one.vault._path, one.vault._bundle)
    seen = [task["id"] for _, task in store.everything("tasks")]
    assert seen in (["T1"], ["T1", "T2"])
    store.refresh()
    assert [task["id"] for _, task in store.everything("tasks")] == ["T1", "T2"]
