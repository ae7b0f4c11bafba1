"""The rare ends of the vault: each is one clear sentence, and nothing is lost.

Processes are killed and disks refuse in ``tests/faults``, in programs of their own; here the
same refusals are met in this one, each where it stands.
"""

import errno
import fcntl
import os
import runpy
import shutil
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tinydb import Query
from tinydb.table import Document

from narrow import reminder_bundle, reviewer_bundle
from reintegrate_cli import keys, vault
from reintegrate_cli.core import lean
from reintegrate_cli.core.errors import Busy, Damaged, Settings, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.keys import Bundle, disk
from reintegrate_cli.keys.header import decode_header, encode_header
from reintegrate_cli.vault import VaultDB, VaultStorage, anchor, backups, ballast, files, layout
from reintegrate_cli.vault import format as form
from reintegrate_cli.vault.engine import FileEngine

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
SECRET = b"k" * 32


@pytest.fixture
def bundle() -> Bundle:
    return keys.new_bundle("okafor")


@pytest.fixture
def path(tmp_path: Path, bundle: Bundle) -> Path:
    made = tmp_path / "folder" / "caseload.vault"
    store_id = keys.new_store_id()
    slot = keys.make_slot("file", SECRET, bundle, store_id)
    vault.create(made, bundle, [slot], store_id=store_id)
    VaultDB(made, bundle).table("tasks").insert({"id": "T1"})
    return made


def failing(error: int, *, after: int = 0) -> Callable[..., Any]:
    """Make a call that the system refuses, from some call on."""
    left = [after]

    def refuse(*args: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(error, os.strerror(error))
        return None

    return refuse


def tasks(path: Path, bundle: Bundle) -> list[str]:
    return [task["id"] for task in VaultDB(path, bundle).table("tasks")]


def test_a_disk_that_does_not_give_what_it_holds_is_said(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pread", failing(errno.EIO))
    with pytest.raises(Settings, match="does not answer"):
        VaultStorage(path, bundle)
    monkeypatch.undo()
    monkeypatch.setattr(os, "read", failing(errno.EIO))
    with pytest.raises(Settings, match="beside the vault"):
        VaultStorage(path, bundle)


def test_a_file_that_is_too_long_is_not_read(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST_READ", 10)
    with pytest.raises(Settings, match="larger than this version"):
        VaultStorage(path, bundle)
    monkeypatch.setattr(files, "LONGEST", 10)
    with pytest.raises(Settings, match="larger than this version"), files.reading(path):
        pass


def test_a_vault_is_read_whole_as_it_stands(path: Path) -> None:
    with files.reading(path) as (descriptor, info):
        assert files.read_at(descriptor, 0, info.st_size) == path.read_bytes()


def test_a_folder_that_turns_in_a_circle_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(Settings, match="cannot be found"):
        files.refuse_sync_folder(tmp_path / "a" / "v.vault")


def test_a_name_that_was_taken_meanwhile_or_is_refused_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = lambda to: disk.write_all(to, b"x")  # noqa: E731
    (tmp_path / "there").touch()
    with pytest.raises(Settings, match="a vault already"):
        files.write_new(tmp_path / "there", write)
    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    with pytest.raises(Settings, match="nothing was saved"):
        files.write_new(tmp_path / "new", write)
    assert {file.name for file in tmp_path.iterdir()} == {"there"}


@pytest.mark.parametrize("put", [files.replace, files.write_new])
@pytest.mark.parametrize("stop", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_what_cannot_be_written_beside_leaves_nothing_there(
    tmp_path: Path, put: Callable[..., None], stop: BaseException
) -> None:
    def half(descriptor: int) -> None:
        disk.write_all(descriptor, b"half")
        raise stop

    for path in (tmp_path / "there", tmp_path / "no" / "folder"):
        with pytest.raises(
            Settings if path.name == "folder" or isinstance(stop, OSError) else KeyboardInterrupt
        ) as problem:
            put(path, half)
        if isinstance(problem.value, Settings):
            assert "nothing was saved" in problem.value.message
    assert list(tmp_path.iterdir()) == []


def test_what_was_changed_since_the_base_is_counted_with_it(path: Path, bundle: Bundle) -> None:
    table = VaultDB(path, bundle).table("tasks")
    table.insert_multiple({"id": f"T{number}"} for number in (2, 3))
    with vault.lock(path):
        VaultDB(path, bundle).vault.write_anew()
    table = VaultDB(path, bundle).table("tasks")
    table.insert({"id": "T4"})  # behind all segments
    table.remove(doc_ids=[2])
    table.upsert(Document({"id": "new"}, 3))
    assert len(VaultDB(path, bundle).table("tasks")) == 3


def test_a_source_that_became_shorter_is_said(path: Path) -> None:
    descriptor, info = files.open_to_read(path)
    with pytest.raises(Settings, match="shorter"):
        files.copying(descriptor, info.st_size + 1)(os.open(os.devnull, os.O_WRONLY))
    os.close(descriptor)


def test_another_file_in_the_place_at_the_last_moment_is_busy(path: Path, bundle: Bundle) -> None:
    known = path.stat()
    shutil.copy(path, path.with_name("other"))
    path.with_name("other").replace(path)
    with pytest.raises(Busy):
        files.append(path, known.st_size, b"x", known)
    path.unlink()
    with pytest.raises(Settings, match="nothing was saved"):
        files.append(path, known.st_size, b"x", known)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_an_interrupt_while_it_is_written_leaves_what_was_there(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    before = path.read_bytes()

    def interrupted(_descriptor: int) -> None:
        raise stop

    monkeypatch.setattr(files, "flush_data", interrupted)
    with pytest.raises(stop):
        VaultDB(path, bundle).table("tasks").insert({"id": "T2"})
    assert path.read_bytes() == before


def test_what_can_neither_be_saved_nor_taken_back_is_not_known(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "flush_data", failing(errno.EIO))
    monkeypatch.setattr(os, "ftruncate", failing(errno.EIO))
    with pytest.raises(Settings, match="not known"):
        VaultDB(path, bundle).table("tasks").insert({"id": "T2"})


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_the_ballast_is_given_up_for_a_record_that_is_taken_away(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    table, room = VaultDB(path, bundle).table("tasks"), path.with_name(f"{path.name}.ballast")
    assert room.stat().st_size == ballast.BALLAST_BYTES

    def full_while_there_is_any(_descriptor: int) -> None:
        if room.exists():
            raise OSError(error, os.strerror(error))

    monkeypatch.setattr(files, "flush_data", full_while_there_is_any)
    with pytest.raises(Settings, match="nothing was saved"):
        table.insert({"id": "T2"})
    assert room.exists()  # what is new is refused, however much room that would make
    if error == errno.EIO:
        with pytest.raises(Settings, match="nothing was saved"):
            table.remove(doc_ids=[1])
        assert (room.exists(), tasks(path, bundle)) == (True, ["T1"])
        return
    assert table.remove(doc_ids=[1]) == [1]
    assert (room.exists(), tasks(path, bundle)) == (False, [])
    monkeypatch.undo()
    table.insert({"id": "T3"})
    assert room.exists()


@pytest.mark.parametrize("second", [errno.ENOSPC, None])
def test_where_the_ballast_is_not_enough_nothing_is_saved(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch, second: int | None
) -> None:
    db = VaultDB(path, bundle)
    db.table("tasks").insert({"id": "T2"})
    calls = []

    def refuse(_descriptor: int) -> None:
        calls.append(1)
        if len(calls) == 1 or second:
            raise OSError(errno.ENOSPC, "full")
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "flush_data", refuse)
    with pytest.raises(Settings if second else KeyboardInterrupt):
        db.table("tasks").remove(doc_ids=[1])
    assert len(calls) == 2
    assert tasks(path, bundle) == ["T1", "T2"]
    with pytest.raises(Settings if second else KeyboardInterrupt):
        db.table("tasks").remove(doc_ids=[1])  # there is none left to give up


def test_a_ballast_that_does_not_fit_is_not_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballast.drop(path)
    monkeypatch.setattr(ballast, "write_all", failing(errno.ENOSPC))
    ballast.keep(path)
    assert not ballast.drop(path)


def test_a_folder_that_cannot_be_listed_keeps_nobody_from_writing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "iterdir", failing(errno.EACCES))
    files.sweep(path)


def test_a_lock_that_is_interrupted_is_not_held(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_descriptor: int, _operation: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fcntl, "flock", interrupted)
    held = vault.lock(path)
    with pytest.raises(KeyboardInterrupt):
        held.acquire()
    held.release()
    monkeypatch.undo()
    with vault.lock(path, wait=0):
        pass


def test_on_a_mac_what_is_appended_is_flushed_to_the_drive_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _descriptor, what: asked.append(what))
    with (tmp_path / "file").open("wb") as file:
        disk.flush_data(file.fileno())
    assert asked == [51]


def test_what_was_acknowledged_cannot_be_forgotten_where_it_cannot_be_written(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor.forget(tmp_path / "none.vault")
    monkeypatch.setattr(os, "ftruncate", failing(errno.EIO))
    with pytest.raises(Settings, match="cannot be restored"):
        anchor.forget(path)
    monkeypatch.undo()
    file = anchor.file_of(path)
    file.unlink()
    file.symlink_to(path)
    with pytest.raises(Settings, match="cannot be restored"):
        anchor.forget(path)


def test_a_copy_that_does_not_read_back_is_not_kept(
    path: Path, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, calls = backups.verify, []

    def second_fails(at: Path, key: Bundle) -> Any:
        calls.append(at)
        if len(calls) > 1:
            raise Damaged("it does not verify")
        return verify(at, key)

    monkeypatch.setattr(backups, "verify", second_fails)
    with pytest.raises(Damaged):
        backups.back_up(path, bundle, tmp_path / "copies", NOW)
    assert list((tmp_path / "copies").iterdir()) == []


def test_copies_have_names_of_their_own_and_others_are_left_alone(
    path: Path, bundle: Bundle, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    names = {backups.back_up(path, bundle, folder, NOW)[0].name for _ in range(3)}
    assert len(names) == 3
    other = keys.new_bundle("hale")
    elsewhere, store_id = tmp_path / "b" / path.name, keys.new_store_id()
    slot = keys.make_slot("file", SECRET, other, store_id)
    vault.create(elsewhere, other, [slot], store_id=store_id)
    theirs, _ = backups.back_up(elsewhere, other, folder, NOW.replace(year=2020))
    for name in ("caseload-20200101T000000Z.vault", "caseload-older.vault"):
        (folder / name).write_bytes(b"no vault" if "2020" in name else path.read_bytes())
        (folder / name).chmod(0o600)
    assert FileEngine(path).expire(folder, NOW.replace(year=2027)) != []
    assert theirs.exists()
    assert (folder / "caseload-20200101T000000Z.vault").exists()
    assert (folder / "caseload-older.vault").exists()


def test_a_restore_that_does_not_read_back_says_where_the_former_vault_is(
    path: Path, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, contents = backups.back_up(path, bundle, tmp_path / "copies", NOW)
    found = iter([contents, contents._replace(size=1) if hasattr(contents, "_replace") else None])
    monkeypatch.setattr(backups, "verify", lambda _path, _bundle: next(found))
    with pytest.raises(Settings, match="does not read back") as problem:
        backups.restore(copy, path, bundle, NOW)
    assert "before" in problem.value.hint


def test_a_folder_that_is_closed_to_its_owner_takes_no_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(Settings, match="cannot be written to"):
        vault.check_place(tmp_path / "v.vault")


def test_a_frame_longer_than_its_length_can_say_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "_ALL_ONES", 60)
    with pytest.raises(Usage, match="more than a vault can take"):
        form.encode_frame(form.NOTE, 1, {1: b"x" * 40}, b"", SECRET, lambda _: b"")


def test_lengths_that_agree_by_chance_make_no_frame() -> None:
    length = struct.pack(">II", 60, 60 ^ 0xFFFFFFFF)
    tail = memoryview(b"\x00" * 40 + length + b"\x00" * 80)
    assert not form.follows(tail, 0, b"", SECRET)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("staff", [""]),
        ("staff", ["x" * 32]),
        ("staff", ["ä"]),
        ("holds", ["12"]),
        ("cases", ["HX4T4X"]),
        ("cases", ["AAAA"]),
        ("tasks", ["T01"]),
        ("tasks", ["T0"]),
    ],
)
def test_what_is_no_key_has_no_place(table: str, key: list[str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever wording
        layout.place(table, key)


def test_places_keep_the_order_of_cases_and_of_ids() -> None:
    found = [
        layout.place("notes", key) for key in (("22222", "N9"), ("2222", "N2"), ("2222", "N10"))
    ]
    assert sorted(found) == [found[1], found[2], found[0]]
    first, last = layout.span("notes", "2222")
    assert first <= found[1] < found[2] <= last < found[0]
    with pytest.raises(ValueError, match="tasks"):
        layout.span("tasks", "2222")


def test_what_is_staged_is_read_and_streamed_with_the_rest(path: Path, bundle: Bundle) -> None:
    db = VaultDB(path, bundle)
    db.table("tasks").insert_multiple({"id": f"T{n}"} for n in range(2, 6))
    with vault.lock(path):
        db.vault.write_anew()
    store = VaultStorage(path, bundle)
    store.begin()
    store.put("tasks", 7, {"id": "T7"})
    store.delete("tasks", 2)
    store.put("tasks", 3, {"id": "new"})
    store.delete("tasks", 9)
    store.put("staff", 1, {"slug": "lee"})
    streamed = [place for place, _ in store.streamed("tasks")]
    assert streamed == [1, 3, 4, 5, 7]
    assert list(store.read()["tasks"]) == ["1", "3", "4", "5", "7"]
    with pytest.raises(Usage, match="only grows"):
        store.append("history", {"id": "H1"}, 0)
    store.put("tasks", 0, {"id": "T0"})
    assert next(iter(store.streamed("tasks")))[0] == 0
    store.delete("tasks", 0)
    assert next(iter(store.streamed("tasks")))[0] == 1


def test_a_table_without_a_name_holds_nothing(path: Path, bundle: Bundle) -> None:
    store = VaultStorage(path, bundle)
    with pytest.raises(KeyError):
        store.table("elsewhere")
    assert store.count("elsewhere") == 0
    tables = store.read()
    tables["tasks"] = {"4": {"id": "T4"}}
    assert (len(tables), list(tables)) == (1, ["tasks"])
    del tables["tasks"]
    store.write(tables)
    assert store.count("tasks") == 0


def test_a_vault_that_is_gone_is_said_where_it_was_open(path: Path, bundle: Bundle) -> None:
    db = VaultDB(path, bundle)
    path.unlink()
    with pytest.raises(Settings, match="no vault here"):
        db.table("tasks").insert({"id": "T2"})


def test_a_narrow_key_is_told_nothing_of_whose_a_slot_is(bundle: Bundle) -> None:
    store_id = keys.new_store_id()
    slot = keys.make_slot("file", SECRET, bundle, store_id)
    assert keys.user_of(slot, bundle, store_id) == "okafor"
    assert keys.secret_of(slot, bundle, store_id) is not None
    for narrow in (reminder_bundle(bundle), reviewer_bundle(bundle)):
        assert keys.user_of(slot, narrow, store_id) is None
        assert keys.secret_of(slot, narrow, store_id) is None


def test_a_query_over_the_vault_is_asked_anew_each_time(path: Path, bundle: Bundle) -> None:
    one, other = VaultDB(path, bundle), VaultDB(path, bundle)
    assert len(one.table("tasks").search(Query().id == "T1")) == 1
    other.table("tasks").truncate()
    one.vault.refresh()
    assert one.table("tasks").search(Query().id == "T1") == []


def test_what_a_purge_may_not_leave_beside_the_vault_is_removed(path: Path) -> None:
    for name in ("before-20261001T120000Z", "torn", "before-20261002T120000Z"):
        path.with_name(f"{path.name}.{name}").write_bytes(b"x")
    path.with_name("other.vault.torn").write_bytes(b"x")
    assert len(backups.forget_asides(path)) == 2
    left = {file.name for file in path.parent.iterdir()}
    assert left == {path.name, f"{path.name}.lock", f"{path.name}.ballast", "other.vault.torn"}


def test_a_rename_that_is_refused_leaves_what_was_there(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(Path, "replace", failing(errno.EROFS))
    with vault.lock(path), pytest.raises(Settings, match="read-only; nothing was saved"):
        VaultDB(path, bundle).vault.write_anew()
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.new"))


def test_a_name_that_may_not_outlive_a_power_cut_is_not_known(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "sync_folder", failing(errno.EIO))
    with vault.lock(path), pytest.raises(Settings, match="not known"):
        VaultDB(path, bundle).vault.write_anew()
    assert tasks(path, bundle) == ["T1"]


def test_what_a_killed_writer_left_is_swept(path: Path, bundle: Bundle) -> None:
    left = path.with_name(f"{path.name}.0123.new")
    left.write_bytes(b"half")
    VaultDB(path, bundle).table("tasks").insert({"id": "T2"})
    assert not left.exists()


def test_a_version_of_nought_is_damage(path: Path) -> None:
    import hashlib

    data = bytearray(path.read_bytes())
    data[8:10] = b"\x00\x00"
    end = 16 + struct.unpack_from(">I", data, 12)[0]
    data[end : end + 32] = hashlib.sha256(data[:end]).digest()
    path.write_bytes(data)
    with pytest.raises(Damaged):
        vault.read_header(path)


@pytest.mark.parametrize("parts", [[(1, 4000)], [(1, 8), (1, 8)], [(1, 4)], [(200, 16)]])
def test_a_frame_whose_parts_do_not_fill_it_is_damage(parts: list[tuple[int, int]]) -> None:
    import hmac

    table = b"".join(struct.pack(">BI", *part) for part in parts)
    length = 18 + len(table) + 16 + 32
    start = struct.pack(">IIQBB", length, length ^ 0xFFFFFFFF, 1, form.NOTE, len(parts)) + table
    whole = start + b"x" * 16
    frame = whole + hmac.digest(SECRET, whole, "sha256")
    with pytest.raises(Damaged):
        form.read_frame(memoryview(frame), 0, b"", SECRET)
    counted = struct.pack(">IIQBB", 60, 60 ^ 0xFFFFFFFF, 1, form.NOTE, 200) + b"x" * 10
    whole = counted + hmac.digest(SECRET, counted, "sha256")
    with pytest.raises(Damaged):
        form.read_frame(memoryview(whole), 0, b"", SECRET)
    for proven, kind in ((True, form.TXN), (True, 4), (False, form.NOTE)):
        start = struct.pack(">IIQBB", 60, 60 ^ 0xFFFFFFFF, 1, kind, 0) + b"x" * 10
        whole = start + hmac.digest(SECRET, start, "sha256")
        with pytest.raises(Damaged):
            form.read_frame(memoryview(whole), 0, b"", SECRET, proven=proven)


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"\xff", b"[" * 5000])
def test_a_document_that_is_none_is_damage(body: bytes) -> None:
    from reintegrate_cli.core import values

    with pytest.raises(Damaged):
        values.decode(body)


def test_a_file_written_anew_while_it_is_opened_is_looked_at_again(
    path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, calls = anchor.read, []

    def then_write_anew(at: Path) -> Any:
        known = read(at)
        if not calls:
            calls.append(1)
            monkeypatch.setattr(anchor, "read", read)
            VaultDB(path, bundle).table("tasks").insert({"id": "T2"})
            with vault.lock(path):
                VaultDB(path, bundle).vault.write_anew()
        return known

    monkeypatch.setattr(anchor, "read", then_write_anew)
    assert tasks(path, bundle) == ["T1", "T2"]


def test_a_storage_that_was_closed_is_closed_once(path: Path, bundle: Bundle) -> None:
    store = VaultStorage(path, bundle)
    store.close()
    store.close()


def test_one_epoch_written_twice_is_told_apart(path: Path, bundle: Bundle, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / path.name
    copy.parent.mkdir()
    shutil.copy(path, copy)
    copy.chmod(0o600)
    for each in (path, copy):
        with vault.lock(each):
            VaultDB(each, bundle).vault.write_anew()
    path.write_bytes(copy.read_bytes())
    with pytest.raises(Damaged, match="older"):
        VaultStorage(path, bundle)


@pytest.mark.parametrize("loaded", [True, False])
def test_what_msgspec_only_looks_at_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, loaded: bool
) -> None:
    name = "typing_extensions"
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    if not loaded:
        monkeypatch.delitem(sys.modules, name)
    found = runpy.run_path(lean.__file__)
    assert found["msgspec"] is lean.msgspec
    assert (name in sys.modules) is loaded


def test_a_table_keeps_the_places_that_it_was_given(path: Path, bundle: Bundle) -> None:

    table = VaultDB(path, bundle).table("tasks")
    assert table.insert_multiple([Document({"id": "T9"}, 9), {"id": "T10"}]) == [9, 10]
    uid = "12345678-1234-4234-8234-123456789012"
    assert layout.place("holds", [uid]) == int(uid.replace("-", ""), 16)


def test_a_table_is_opened_once_for_one_reading(path: Path, bundle: Bundle) -> None:
    tables = VaultStorage(path, bundle).read()
    assert tables["tasks"] is tables["tasks"]


def test_a_lock_on_a_file_that_another_took_the_place_of_is_taken_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, flock = anchor.file_of(path), fcntl.flock
    once = [1]

    def replaced_first(descriptor: int, operation: int) -> None:
        if once:
            once.pop()
            shutil.copy(file, file.with_name("new"))
            file.with_name("new").replace(file)
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", replaced_first)
    with vault.lock(path), pytest.raises(Busy):
        vault.lock(path, wait=0).acquire()


def test_a_header_whose_slots_ask_for_hours_of_work_is_refused_before_any_is_spent(
    path: Path, bundle: Bundle
) -> None:
    found = vault.read_header(path)
    dear = [
        replace(
            keys.make_slot("passphrase", b"five unrelated words", bundle, found.store_id),
            kdf={**keys.ARGON_MOST, "salt": "00" * 16},
        )
    ] * 2
    for slots, sound in ((dear[:1], True), (dear, False)):
        start = encode_header(replace(found, slots=tuple(slots)))
        if sound:
            assert len(decode_header(start)[0].slots) == 1
        else:
            with pytest.raises(Damaged):
                decode_header(start)


def test_a_file_that_is_removed_while_it_is_written_is_not_known_to_be_saved(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "flush_data", lambda _: path.unlink())
    with pytest.raises(Settings, match="not known whether it was saved"):
        files.append(path, path.stat().st_size, b"x", path.stat())
