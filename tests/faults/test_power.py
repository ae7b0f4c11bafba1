"""The power is cut at every point: what was acknowledged is there, whole, and work goes on.

Every write, cut, flush and change of name is recorded; at each of them disks are rebuilt as
a machine may find them afterwards (see ``disks``). Each must open without a refusal, hold
every unit of work that was acknowledged, and none by half, and take the next one.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from disks import MIXED, PLAIN_FATES, Disk, Event, Killed, Recorder, Said
from narrow import replace_slots
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault import VaultDB, VaultStorage, storage
from thoroughness import LONG

STORE = "5a" * 16
SECRET = b"k" * 32
OLDER = Path(__file__).parent.parent / "vaults" / "v3.vault"
NAME = "caseload.vault"
TABLES = ("tasks", "history", "ledger")
MIXES = 400 if LONG else 12


@dataclass
class Series:
    """A series of units of work on a recorded disk, each named by a word."""

    recorder: Recorder
    bundle: Bundle

    @property
    def path(self) -> Path:
        return self.recorder.folder / NAME

    def unit(self, word: str, work: Callable[[], None]) -> None:
        """Do one unit of work, and note what was said of it."""
        self.recorder.say("begun", word)
        try:
            work()
        except Killed:
            return
        except Problem as problem:
            how = "unknown" if "not known" in problem.message else "refused"
            self.recorder.say(how, word)
        else:
            self.recorder.say("saved", word)

    def create(self) -> None:
        slots = [keys.make_slot("file", SECRET, self.bundle, STORE)]
        self.unit("/slots1", lambda: vault.create(self.path, self.bundle, slots, store_id=STORE))

    def add(self, word: str, size: int = 20) -> None:
        def work() -> None:
            db = VaultDB(self.path, self.bundle)
            try:
                with db.transaction():
                    db.table("tasks").insert({"word": word, "text": word * size})
                    db.vault.append("history", {"word": word})
                    db.vault.append("ledger", {"word": word})
            finally:
                db.close()

        self.unit(word, work)

    def anew(self) -> None:
        def work() -> None:
            db = VaultDB(self.path, self.bundle)
            try:
                with vault.lock(self.path):
                    db.vault.write_anew()
            finally:
                db.close()

        self.unit("/anew", work)

    def slots(self, count: int) -> None:
        def work() -> None:
            slots = [keys.make_slot("file", SECRET, self.bundle, STORE) for _ in range(count)]
            with vault.lock(self.path):
                replace_slots(self.path, self.bundle, slots)

        self.unit(f"/slots{count}", work)

    def tear(self, tail: bytes) -> None:
        """Leave what a writer leaves that was killed at its write."""
        self.recorder.by_hand(NAME, self.path.read_bytes() + tail)


@dataclass
class Told:
    """What the program had said up to a point."""

    saved: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    """Begun, and not ended, or ended without anybody knowing how."""
    slots: set[int] = field(default_factory=set)

    def take(self, event: Event) -> None:
        if not isinstance(event, Said):
            return
        if event.what.startswith("/slots"):
            count = int(event.what.removeprefix("/slots"))
            if event.how == "saved":
                self.slots = {count}
            elif event.how == "begun":
                self.slots = self.slots | {count}
            elif event.how == "refused":
                self.slots = self.slots - {count}
        if event.what.startswith("/"):
            return
        if event.how == "begun":
            self.open = self.open | {event.what}
        elif event.how in ("saved", "refused"):
            self.open = self.open - {event.what}
        if event.how == "saved":
            self.saved = [*self.saved, event.what]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A folder for the disks; in memory where there is such a place, for there are thousands."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    found = memory / f"reintegrate-{os.getpid()}-{os.urandom(4).hex()}"
    found.mkdir(mode=0o700)
    yield found
    shutil.rmtree(found)


@pytest.fixture
def series(room: Path, monkeypatch: pytest.MonkeyPatch) -> Series:
    monkeypatch.setattr(storage, "LEAST_GROWN", 12_000)
    folder = room / "recorded"
    folder.mkdir()
    return Series(Recorder(folder), keys.full_bundle(SECRET, "okafor"))


@dataclass
class Contents:
    """What a vault holds: the words of each table, what is older than they are, and the tail."""

    words: dict[str, list[str]]
    older: list[dict[str, Any]]
    torn: int


def contents(path: Path, bundle: Bundle) -> Contents:
    store = VaultStorage(path, bundle)
    try:
        rows = {name: [row for _, row in store.everything(name)] for name in store.names()}
        words = {
            name: [row["word"] for row in rows.get(name, ()) if "word" in row] for name in TABLES
        }
        older = [row for name in sorted(rows) for row in rows[name] if "word" not in row]
        return Contents(words, older, store.torn)
    finally:
        store.close()


def check(
    folder: Path, files: dict[str, bytes], told: Told, bundle: Bundle, older: list[dict[str, Any]]
) -> None:
    """Demand of one disk that nothing is lost or half, and that the next writer goes on.

    Args:
        folder: where the disk's files are put.
        files: the disk's files.
        told: what the program had said when the power went.
        bundle: the vault's key.
        older: the rows that the vault held before the first unit of work.
    """
    for file in folder.iterdir():
        file.unlink()
    for name, data in files.items():
        (folder / name).touch(0o600)
        (folder / name).write_bytes(data)
    path = folder / NAME
    if not path.exists():
        assert told.slots in (set(), {1})
        assert not told.saved
        return
    assert len(vault.read_header(path).slots) in told.slots
    found = contents(path, bundle)
    tasks = found.words["tasks"]
    assert found.words["history"] == found.words["ledger"] == tasks
    assert found.older == older
    assert [word for word in tasks if word not in told.open] == told.saved
    assert len(set(tasks)) == len(tasks)
    next_one = Series(Recorder(folder), bundle)
    next_one.add("next")
    assert next_one.recorder.events[-1] == Said("saved", "next")
    after = contents(path, bundle)
    assert after.words == {name: [*tasks, "next"] for name in TABLES}
    assert (after.older, after.torn) == (older, 0)
    assert not list(folder.glob("*.new"))


def cut_everywhere(
    series: Series,
    room: Path,
    *,
    since: int = 0,
    mixes: int = 0,
    told: Told | None = None,
    older: list[dict[str, Any]] = [],  # noqa: B006 - never changed
) -> int:
    """Cut the power after every event; give how many different disks were looked at."""
    events, random = series.recorder.events, Random(20261001)
    disk, told, looked_at = Disk(), told or Told(), 0
    folder = room / "rebuilt"
    folder.mkdir(exist_ok=True)
    with no_flush():
        for at, event in enumerate(events):
            disk.take(event)
            told.take(event)
            if at < since:
                continue
            fates = [PLAIN_FATES[0]] if disk.settled else [*PLAIN_FATES, *[MIXED] * mixes]
            seen = set()
            for fate in fates:
                files = disk.rebuilt(fate, random)
                if (key := hash(frozenset(files.items()))) in seen:
                    continue
                seen.add(key)
                try:
                    check(folder, files, told, series.bundle, older)
                except (AssertionError, Problem) as error:
                    error.add_note(f"the power went after event {at} of {len(events)}, with {fate}")
                    for one in events[max(0, at - 12) : at + 1]:
                        error.add_note(str(one)[:100])
                    raise
            looked_at += len(seen)
    in_fact = {file.name: file.read_bytes() for file in series.recorder.folder.iterdir()}
    assert disk.as_asked() == in_fact  # else a call was made that is not recorded
    return looked_at


class no_flush:  # noqa: N801 - reads as a statement
    """Let nothing wait for a real disk while the disks are made up."""

    def __enter__(self) -> None:
        self._real = os.fsync, os.fdatasync
        os.fsync = os.fdatasync = lambda descriptor: None

    def __exit__(self, *_: object) -> None:
        os.fsync, os.fdatasync = self._real


def test_after_any_power_cut_all_that_was_acknowledged_is_there(
    series: Series, room: Path, record_property: Callable[[str, object], None]
) -> None:
    with series.recorder:
        series.create()
        for word in ("one", "two", "three"):
            series.add(word)
        series.add("long", 1500)
        series.anew()
        series.add("four")
        series.slots(2)
        series.add("five")
        series.tear(os.urandom(700))
        series.add("six")
        series.tear(series.path.read_bytes()[-300:])
        series.slots(1)
        series.tear(b"\0" * 4000)
        series.add("seven", 300)
        for number in range(3):
            series.add(f"filler{number}", 400)  # after one of them it is written anew
    assert vault.read_header(series.path).epoch == 6
    assert all(event.how != "refused" for event in series.recorder.events if type(event) is Said)
    looked_at = cut_everywhere(series, room, mixes=MIXES)
    record_property("disks", looked_at)
    assert looked_at > (10_000 if LONG else 800)


def test_a_vault_of_an_older_schema_outlives_a_power_cut_while_it_is_carried_over(
    series: Series, room: Path, record_property: Callable[[str, object], None]
) -> None:
    key = room / "key"
    shutil.copy(OLDER.with_suffix(".key"), key)
    key.chmod(0o600)
    series.recorder.by_hand(NAME, OLDER.read_bytes())
    header = vault.read_header(series.path)
    series.bundle = keys.open_any(header, ("file",), keys.read_key_file(key).secret)
    series.recorder.by_hand(f"{NAME}.lock", b"")
    since = len(series.recorder.events) - 1
    told, older = Told(slots={len(header.slots)}), contents(series.path, series.bundle).older
    assert len([row for row in older if "ref" in row]) == 1
    with series.recorder:
        for word in ("one", "two"):
            series.add(word)
        series.anew()
        series.add("three")
    looked_at = cut_everywhere(series, room, since=since, mixes=MIXES, told=told, older=older)
    record_property("disks", looked_at)
    assert looked_at > (2_000 if LONG else 150)


WORK: dict[str, Callable[[Series], None]] = {
    "append": lambda series: series.add("word"),
    "append over a torn tail": lambda series: series.add("word"),
    "anew": lambda series: series.anew(),
    "slots": lambda series: series.slots(2),
}


ALSO = {**WORK, "append": lambda series: series.add("another")}


def struck_at_each_step(
    room: Path, bundle: Bundle, work: str, strike: Callable[[Recorder, int], None], mixes: int
) -> Iterator[int]:
    """Strike one unit of work at each of its calls, go on, and cut the power from there on."""
    for step in range(200):
        folder = room / "recorded"
        shutil.rmtree(folder)
        folder.mkdir()
        series = Series(Recorder(folder), bundle)
        with series.recorder:
            series.create()
            series.add("one")
            if work == "append over a torn tail":
                series.tear(os.urandom(900))
            since = len(series.recorder.events)
            strike(series.recorder, step)
            WORK[work](series)
            struck = series.recorder.revive()
            series.add("two")
            series.add("three")
            series.anew()
            series.add("four")
        if not struck:
            return
        assert [e.what for e in series.recorder.events[-1:] if type(e) is Said] == ["four"]
        yield cut_everywhere(series, room, since=since, mixes=mixes)
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("work", WORK)
def test_a_power_cut_after_a_killed_writer_loses_nothing_that_the_next_one_saved(
    series: Series, room: Path, work: str, record_property: Callable[[str, object], None]
) -> None:
    counts = list(
        struck_at_each_step(room, series.bundle, work, Recorder.kill_at, 40 if LONG else 0)
    )
    record_property("disks", sum(counts))
    assert len(counts) >= 4


@pytest.mark.parametrize("work", WORK)
def test_a_power_cut_after_a_disk_that_refused_loses_nothing_that_was_saved_since(
    series: Series, room: Path, work: str, record_property: Callable[[str, object], None]
) -> None:
    counts = list(
        struck_at_each_step(room, series.bundle, work, Recorder.fail_at, 40 if LONG else 0)
    )
    record_property("disks", sum(counts))
    assert len(counts) >= 4


@pytest.mark.parametrize("first", ["append", "anew", "slots"])
@pytest.mark.parametrize("second", ["append", "anew", "slots"])
def test_writers_that_were_killed_one_after_another_leave_a_vault_that_opens(
    series: Series, room: Path, first: str, second: str
) -> None:
    """Each may be killed between its work and its anchor, which is then two steps behind."""
    both = 0
    for step in range(60):
        for step_of_second in range(60):
            folder = room / "recorded"
            shutil.rmtree(folder)
            folder.mkdir()
            again = Series(Recorder(folder), series.bundle)
            with no_flush(), again.recorder:
                again.create()
                again.add("one")
                again.recorder.kill_at(step)
                WORK[first](again)
                struck = again.recorder.revive()
                again.recorder.kill_at(step_of_second)
                ALSO[second](again)
                struck_again = again.recorder.revive()
            told = Told()
            for event in again.recorder.events:
                told.take(event)
            files = {file.name: file.read_bytes() for file in folder.iterdir()}
            (room / "rebuilt").mkdir(exist_ok=True)
            try:
                with no_flush():
                    check(room / "rebuilt", files, told, series.bundle, [])
            except (AssertionError, Problem) as error:
                error.add_note(f"killed at step {step}, and the next one at {step_of_second}")
                raise
            both += struck and struck_again
            if not struck_again:
                break
        if not struck:
            break
    assert both >= 16


def test_the_recorder_rebuilds_what_the_rules_of_a_disk_allow(tmp_path: Path) -> None:
    folder: Any = tmp_path / "recorded"
    folder.mkdir()
    recorder = Recorder(folder)
    with recorder:
        descriptor = os.open(folder / "a", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, b"x" * 600)
        os.fsync(descriptor)
        os.write(descriptor, b"y" * 600)
        os.close(descriptor)
    disk = Disk()
    for event in recorder.events:
        disk.take(event)
    found = {frozenset(disk.rebuilt(MIXED, Random(seed)).items()) for seed in range(400)}
    files = [dict(one) for one in found]
    assert {} in files  # the folder was never flushed
    contents_ = {one["a"] for one in files if "a" in one}
    assert {len(data) for data in contents_} == {600, 1200}
    assert all(data.startswith(b"x" * 600) for data in contents_)
    assert b"x" * 600 + b"y" * 600 in contents_
    assert b"x" * 600 + bytes(600) in contents_
    assert b"x" * 600 + bytes(424) + b"y" * 176 in contents_
