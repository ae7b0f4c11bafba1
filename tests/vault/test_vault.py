"""The vault: whole or not at all, and readable with its own keys alone."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tinydb import Query, TinyDB
from tinydb.table import Document

from narrow import NARROWED, narrow, replace_slots, rows
from reintegrate_cli import keys, vault
from reintegrate_cli.core import migrations
from reintegrate_cli.core.errors import Busy, Damaged, Locked, Problem, Settings, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept.history import check_chain
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault import VaultDB, VaultStorage, journal, rewrite
from reintegrate_cli.vault import format as form

CANARY = "canary-quetzal"
VAULTS = Path(__file__).parents[1] / "vaults"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Bundle]:
    """A vault with a case, a reminder row and a line of history, and its full key."""
    path = tmp_path / "folder" / "caseload.vault"
    bundle, store_id = keys.new_bundle("okafor"), keys.new_store_id()
    secret = keys.create_key_file(tmp_path / "a-key")
    slots = [keys.make_slot("file", secret, bundle, store_id)]
    vault.create(path, bundle, slots, store_id=store_id)
    db = opened(path, bundle)
    with db.transaction():
        db.table("cases").insert({"ref": "HX4T", "words": [CANARY]})
        db.table("due").insert({"id": "x", "due_on": "2026-10-06"})
        storage(db).append("history", {"id": "H1", "by": CANARY})
    return path, bundle


def opened(path: Path, bundle: Bundle) -> VaultDB:
    return VaultDB(path, bundle)


def storage(db: TinyDB) -> VaultStorage:
    assert isinstance(db.storage, VaultStorage)
    return db.storage


def with_reminder_key(path: Path, bundle: Bundle) -> Bundle:
    """Give the vault a reminder slot, and open it with that."""
    header, secret = vault.read_header(path), os.urandom(32)
    store = VaultStorage(path, bundle)
    slot = keys.make_slot("reminder", secret, store.to_share("okafor"), header.store_id)
    store.close()
    with vault.lock(path):
        replace_slots(path, bundle, [*header.slots, slot])
    return keys.open_any(vault.read_header(path), ("reminder",), secret)


def test_what_was_committed_is_read_back_through_tinydb(made: tuple[Path, Bundle]) -> None:
    db = opened(*made)
    assert db.table("cases").search(Query().ref == "HX4T") == [{"ref": "HX4T", "words": [CANARY]}]
    assert rows(storage(db), "history") == [{"id": "H1", "by": CANARY}]
    assert db.tables() == {"cases", "history", "due"}


@pytest.mark.parametrize("kind", ["VaultDB", "TinyDB"])
def test_tinydb_inserts_updates_and_removes_as_ever(made: tuple[Path, Bundle], kind: str) -> None:
    path, bundle = made
    db: Any = (
        VaultDB(path, bundle) if kind == "VaultDB" else TinyDB(path, bundle, storage=VaultStorage)
    )
    tasks = db.table("tasks")
    tasks.insert_multiple({"id": f"T{n}", "done": False} for n in range(5))
    tasks.update({"done": True}, Query().id == "T3")
    tasks.remove(Query().id == "T0")
    assert tasks.count(Query().done == True) == 1  # noqa: E712 - TinyDB's own way to ask
    assert [task["id"] for task in opened(path, bundle).table("tasks")] == ["T1", "T2", "T3", "T4"]
    assert tasks.get(doc_id=4)["id"] == "T3"
    assert tasks.get(doc_id=9) is None
    assert [task.doc_id for task in tasks.get(doc_ids=[2, 9, 4])] == [2, 4]
    assert tasks.contains(doc_id=2)
    assert tasks.get(Query().id == "T2")["done"] is False
    assert tasks.upsert(Document({"id": "T2", "done": True}, doc_id=3)) == [3]
    assert tasks.remove(doc_ids=[2, 9]) == [2]
    assert len(tasks) == 3
    with pytest.raises(ValueError, match="already exists"):
        tasks.insert(Document({"id": "T9"}, doc_id=4))
    tasks.truncate()
    assert tasks.all() == []
    assert len(opened(path, bundle).table("tasks")) == 0


def test_a_transaction_is_kept_whole_or_not_at_all(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    db, before = opened(path, bundle), path.read_bytes()
    with pytest.raises(RuntimeError), db.transaction():  # noqa: PT012 - the last line raises
        db.table("tasks").insert({"id": "T1"})
        with db.transaction():
            storage(db).append("history", {"id": "H2"})
        assert len(db.table("tasks")) == 1
        raise RuntimeError
    assert path.read_bytes() == before
    assert (len(db.table("tasks")), storage(db).count("history")) == (0, 1)
    with db.transaction():
        db.table("tasks").insert({"id": "T1"})
        storage(db).append("history", {"id": "H2"})
    again = opened(path, bundle)
    assert (len(again.table("tasks")), storage(again).count("history")) == (1, 2)


def test_every_insert_outside_of_a_transaction_is_durable_at_once(
    made: tuple[Path, Bundle],
) -> None:
    path, bundle = made
    one, other = opened(path, bundle), opened(path, bundle)
    for n in range(3):
        one.table("tasks").insert({"n": 2 * n})
        other.table("tasks").insert({"n": 2 * n + 1})
    assert [row["n"] for row in opened(path, bundle).table("tasks")] == list(range(6))


def test_nothing_staged_writes_nothing(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    before = path.stat()
    db = opened(path, bundle)
    db.table("cases").all()
    storage(db).commit()
    with db.transaction():
        pass
    assert path.stat() == before


def test_a_change_to_what_was_read_or_given_is_not_written(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    db = opened(path, bundle)
    db.table("cases").all()[0]["words"].append("leak")
    given: dict[str, Any] = {"ref": "B9RW", "words": []}
    row: dict[str, Any] = {"id": "H2", "refs": []}
    with db.transaction():
        db.table("cases").insert(given)
        storage(db).append("history", row)
        given["words"].append("leak")
        row["refs"].append("leak")
        rows(storage(db), "history")[0]["by"] = "leak"
    again = opened(path, bundle)
    assert [case["words"] for case in again.table("cases")] == [[CANARY], []]
    assert rows(storage(again), "history") == [{"id": "H1", "by": CANARY}, {"id": "H2", "refs": []}]


def test_a_table_changed_in_place_is_kept_once_it_is_written(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    store = VaultStorage(path, bundle)
    tables = store.read()
    tables["cases"]["1"]["ref"] = "B9RW"
    assert store.table("cases")["1"]["ref"] == "HX4T"
    store.write(tables)
    assert store.table("cases")["1"]["ref"] == "B9RW"
    stale = store.read()
    opened(path, bundle).table("tasks").insert({"id": "T1"})
    with pytest.raises(Busy):
        store.write(stale)
    store.write({"cases": {"7": {"ref": "HX4T"}}})
    assert (store.table("cases"), store.table("tasks")) == ({"7": {"ref": "HX4T"}}, {})


def test_a_write_leaves_every_byte_that_stood_there(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    before = path.read_bytes()
    opened(path, bundle).table("tasks").insert({"id": "T1"})
    assert path.read_bytes().startswith(before)
    assert len(path.read_bytes()) < len(before) + 400


def test_a_table_that_only_grows_can_be_asked_and_not_changed(made: tuple[Path, Bundle]) -> None:
    db = opened(*made)
    assert db.table("history").search(Query().id == "H1") == [{"id": "H1", "by": CANARY}]
    with pytest.raises(Usage, match="only grows"):
        db.table("history").insert({"id": "H2"})
    with pytest.raises(Usage, match="only grows"):
        storage(db).delete("history", 1)
    with pytest.raises(Usage):
        storage(db).append("cases", {"ref": "B9RW"})
    with pytest.raises(Usage):
        storage(db).put("tasks", -1, {})


def test_a_name_that_is_not_fixed_in_the_program_holds_nothing(made: tuple[Path, Bundle]) -> None:
    db = opened(*made)
    assert db.table("elsewhere").all() == []
    with pytest.raises(Settings, match="no table"):
        db.table("elsewhere").insert({"id": "x"})


def test_no_number_of_a_table_is_used_twice() -> None:
    numbers = [table.number for table in vault.TABLES.values()]
    assert len(set(numbers)) == len(numbers)
    assert 0 not in numbers


def test_nothing_readable_stands_in_the_folder(made: tuple[Path, Bundle]) -> None:
    path, _ = made
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for file in path.parent.iterdir():
        assert CANARY.encode() not in file.read_bytes()
        assert b"okafor" not in file.read_bytes()
        assert b"2026-10" not in file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_narrow_key_appends_and_changes_nothing_that_stands_there(
    made: tuple[Path, Bundle],
) -> None:
    path, bundle = made
    db = opened(path, with_reminder_key(path, bundle))
    before = [dict(row) for row in db.table("due").all()]
    for change in (
        lambda: db.table("due").remove(doc_ids=[1]),
        lambda: db.table("due").insert({"id": "y"}),
        lambda: db.table("due").update({"id": "y"}),
        lambda: db.table("mail").insert({"host": "elsewhere"}),
        lambda: storage(db).put("due", 1, {"id": "y"}),
        lambda: storage(db).delete("due", 1),
    ):
        with pytest.raises(Locked, match="to write to it"):
            change()
    storage(db).rollback()
    assert storage(db).append("ledger", {"day": "2026-10-01"}) == 1
    storage(db).commit()
    assert [dict(row) for row in opened(path, bundle).table("due").all()] == before


def test_the_reminder_key_opens_the_reminders_and_is_told_so_elsewhere(
    made: tuple[Path, Bundle],
) -> None:
    path, bundle = made
    db = opened(path, with_reminder_key(path, bundle))
    assert [row["id"] for row in db.table("due").all()] == ["x"]
    for name in ("cases", "identities", "notes", "staff", "tasks"):
        with pytest.raises(Locked, match="does not open"):
            db.table(name).all()
        with pytest.raises(Locked, match="does not open"):
            db.table(name).insert({"ref": "B9RW"})
    for touch in (
        lambda name: rows(storage(db), name),
        storage(db).count,
        lambda name: storage(db).append(name, {}),
    ):
        with pytest.raises(Locked, match="does not open"):
            touch("history")
    assert db.tables() == {"due"}


def test_what_the_reminder_key_writes_the_full_key_reads(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    db = opened(path, with_reminder_key(path, bundle))
    with db.transaction():
        storage(db).append("ledger", {"day": "2026-10-01"})
    for attempt in (
        db.table("due").truncate,
        db.drop_tables,
        lambda: db.table("mail").insert({"to": "x"}),
    ):
        with pytest.raises(Locked, match="write"):
            attempt()
    full = opened(path, bundle)
    assert rows(storage(full), "ledger") == [{"day": "2026-10-01"}]
    assert [row["id"] for row in full.table("due")] == ["x"]
    assert full.table("cases").all()[0]["ref"] == "HX4T"


def test_no_place_is_given_twice_also_after_the_file_was_written_anew(
    made: tuple[Path, Bundle],
) -> None:
    path, bundle = made
    db = opened(path, bundle)
    tasks = db.table("tasks")
    assert tasks.insert_multiple({"n": n} for n in range(3)) == [1, 2, 3]
    tasks.remove(doc_ids=[3])
    for _ in range(2):
        with vault.lock(path):
            storage(db).write_anew()
        assert storage(opened(path, bundle)).last_place("tasks") == 3
    assert tasks.insert({"n": 4}) == 4


def test_what_was_overtaken_stays_so_until_it_is_given_up(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    stale = VaultStorage(path, bundle)
    stale.put("tasks", 1, {"id": "stale"})
    opened(path, bundle).table("tasks").insert({"id": "T1"})
    for _ in range(3):
        with pytest.raises(Busy):
            stale.commit()
    stale.rollback()
    stale.put("tasks", 2, {"id": "T2"})
    stale.commit()
    assert [row["id"] for row in opened(path, bundle).table("tasks")] == ["T1", "T2"]


def test_of_several_documents_all_are_inserted_or_none(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    db = opened(path, bundle)
    with db.transaction(), pytest.raises(Usage):
        db.table("tasks").insert_multiple([{"id": "T1"}, {"id": float("nan")}])
    assert db.table("tasks").all() == []


def test_an_older_copy_is_noticed_across_another_data_key(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    older = path.read_bytes()
    store = VaultStorage(path, bundle)
    store.renew(reseal=True)
    store.commit()
    renewed = store.bundle
    path.write_bytes(older)
    for key in (bundle, renewed):
        with pytest.raises(Damaged):
            VaultStorage(path, key)


def test_all_that_the_reminder_key_can_see_holds_no_ref_and_no_name(
    made: tuple[Path, Bundle],
) -> None:
    path, bundle = made
    narrow = with_reminder_key(path, bundle)
    store = VaultStorage(path, narrow)
    seen = repr([store.table(name) for name in store.names()])
    assert "HX4T" not in seen
    assert CANARY not in seen
    assert not narrow.data_key
    with pytest.raises(Locked):
        replace_slots(path, narrow, vault.read_header(path).slots)
    with pytest.raises(Locked):
        vault.create(path.with_name("other.vault"), narrow, [], store_id=keys.new_store_id())


def test_new_key_slots_leave_every_record_where_it_is(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    header = vault.read_header(path)
    slot = keys.make_slot("recovery", b"r" * 32, bundle, header.store_id)
    replace_slots(path, bundle, [slot])
    assert vault.read_header(path).slots == (slot,)
    again = keys.open_any(vault.read_header(path), ("recovery",), b"r" * 32)
    assert opened(path, again).table("cases").all()[0]["ref"] == "HX4T"
    with pytest.raises(Usage):
        replace_slots(path, bundle, [])


def test_a_writer_that_read_before_another_wrote_is_told(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    stale = VaultStorage(path, bundle)
    stale.put("tasks", 1, {"id": "T1"})
    opened(path, bundle).table("tasks").insert({"id": "T2"})
    with vault.lock(path), pytest.raises(Busy):
        stale.commit()
    assert [row["id"] for row in opened(path, bundle).table("tasks")] == ["T2"]


def test_a_second_process_waits_and_is_told_and_a_killed_one_holds_nothing(
    made: tuple[Path, Bundle],
) -> None:
    path, bundle = made
    hold = (
        "import sys, time, pathlib\nfrom reintegrate_cli import vault\n"
        "with vault.lock(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        with pytest.raises(Busy):
            vault.lock(path, wait=0.3).acquire()
        assert 0.3 <= time.monotonic() - began < 2
        assert opened(path, bundle).table("cases").all()  # who reads needs no lock
        holder.kill()
    with vault.lock(path, wait=0.3):
        pass


def test_a_commit_without_the_lock_waits_for_who_holds_it(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    hold = (
        "import sys, time, pathlib\nfrom reintegrate_cli import vault\n"
        "with vault.lock(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n    time.sleep(0.6)\n"
    )
    stale = VaultStorage(path, bundle)
    stale.put("tasks", 1, {"id": "T1"})
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        stale.commit()
        assert time.monotonic() - began > 0.4
    assert len(opened(path, bundle).table("tasks")) == 1


def test_a_lock_on_a_file_that_was_tidied_away_is_taken_anew(
    made: tuple[Path, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = made
    names, flock = [path.with_name(path.name + ".lock")], fcntl.flock

    def tidy_first(descriptor: int, operation: int) -> None:
        if names:  # somebody removes the file after it was opened, before it is locked
            names.pop().unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", tidy_first)
    with vault.lock(path), pytest.raises(Busy):
        vault.lock(path, wait=0).acquire()
    assert not names


def test_a_vault_is_never_written_over(made: tuple[Path, Bundle], tmp_path: Path) -> None:
    path, bundle = made
    slots = vault.read_header(path).slots
    nowhere = tmp_path / "nowhere.vault"
    nowhere.symlink_to(tmp_path / "absent")
    for there in (path, nowhere):
        with pytest.raises(Settings, match="there is a vault already"):
            vault.create(there, bundle, slots, store_id=keys.new_store_id())
    assert opened(path, bundle).table("cases").all()
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    "folder", ["Dropbox", "OneDrive - District", "iCloud Drive", "GoogleDrive"]
)
def test_a_folder_that_is_copied_to_the_cloud_is_refused(tmp_path: Path, folder: str) -> None:
    bundle, store_id = keys.new_bundle("okafor"), keys.new_store_id()
    slots = [keys.make_slot("file", b"k" * 32, bundle, store_id)]
    (tmp_path / folder).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / folder)
    for path in (tmp_path / folder / "sub" / "v.vault", tmp_path / "link" / "v.vault"):
        with pytest.raises(Settings, match="cloud"):
            vault.create(path, bundle, slots, store_id=store_id)
    assert list((tmp_path / folder).iterdir()) == []


def _link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to(path.with_name("real"))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (Path.unlink, "no vault here yet"),
        (_link, "it is a link"),
        (_folder, "not a plain file"),
        (_pipe, "not a plain file"),
        (lambda path: path.chmod(0o640), "others can read"),
    ],
)
def test_what_stands_in_the_way_of_opening_is_said(
    made: tuple[Path, Bundle], spoil: Callable[[Path], None], sentence: str
) -> None:
    path, bundle = made
    spoil(path)
    with pytest.raises(Settings, match=sentence):
        vault.read_header(path)
    with pytest.raises(Settings, match=sentence):
        VaultStorage(path, bundle)


def test_a_missing_vault_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(Settings) as problem:
        vault.read_header(tmp_path / "none.vault")
    assert problem.value.hint == "reintegrate init"


def test_a_lock_that_cannot_be_made_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "v.vault.lock").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "v.vault", tmp_path / "absent" / "v.vault"):
        with pytest.raises(Settings, match="cannot be locked"):
            vault.lock(path).acquire()


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        2**63,
        -(2**63) - 1,
        "\ud800",
        {"a": {1: 2}},
        {1, 2},
        b"bytes",
        deep(2000),
        [float("nan")],
    ],
    ids=["nan", "inf", "-inf", "2**63", "-2**63-1", "half", "key", "set", "bytes", "deep", "in"],
)
def test_what_json_would_change_in_silence_is_refused(
    made: tuple[Path, Bundle], value: object
) -> None:
    db = opened(*made)
    with pytest.raises(Usage):
        db.table("tasks").insert({"value": value})
    with pytest.raises(Usage):
        storage(db).append("history", {"value": value})
    assert db.table("tasks").all() == []


@pytest.mark.parametrize(
    "value", [2**63 - 1, -(2**63), 0.1, -0.0, "\x00\x1b", "字", None, deep(20)]
)
def test_every_other_value_comes_back_as_it_was(made: tuple[Path, Bundle], value: object) -> None:
    path, bundle = made
    db = opened(path, bundle)
    db.table("tasks").insert({"value": value})
    assert repr(opened(path, bundle).table("tasks").all()[0]["value"]) == repr(value)


def older(folder: Path, schema: int) -> tuple[Path, Bundle]:
    """Copy a vault that an earlier version wrote; give it with its key."""
    path, key = folder / f"v{schema}.vault", folder / f"v{schema}.key"
    for copy in (path, key):
        shutil.copy(VAULTS / copy.name, copy)
        copy.chmod(0o600)
    return path, keys.open_any(vault.read_header(path), ("file",), keys.read_key_file(key).secret)


def test_a_legal_hold_of_schema_3_has_letters_of_its_own_and_stands(tmp_path: Path) -> None:
    path, bundle = older(tmp_path, 3)
    written = path.read_bytes()
    for carried in (False, True):
        db = opened(path, bundle)
        assert [hold["id"] for hold in db.table("legal_holds")] == ["LH1"]
        assert db.table("legal_holds").get(doc_id=vault.place("legal_holds", ["LH1"]))["case"]
        assert (path.read_bytes() == written) is not carried
        db.table("tasks").insert({"id": "T2"})
    assert vault.read_header(path).schema == vault.SCHEMA


def test_a_file_of_the_schema_before_tables_were_added_still_opens(tmp_path: Path) -> None:
    path, bundle = older(tmp_path, 2)
    refs = {case["ref"] for case in opened(path, bundle).table("cases")}
    assert (len(refs), vault.read_header(path).schema) == (11, 2)
    db = opened(path, bundle)
    assert list(db.table("wishes")) == []
    db.table("wishes").insert({"words": "x"})
    assert vault.read_header(path).schema == vault.SCHEMA
    again = opened(path, bundle)
    assert {case["ref"] for case in again.table("cases")} == refs
    assert [row["words"] for row in again.table("wishes")] == ["x"]
    check_chain(rows(storage(again), "history"))


def test_a_narrow_key_goes_on_in_the_schema_that_it_found(
    made: tuple[Path, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, bundle = made
    found = vault.read_header(path).schema
    cron = narrow(path, bundle)
    for module in (journal, rewrite):  # a program that came later
        monkeypatch.setattr(module, "SCHEMA", found + 1)
    kept = storage(opened(path, cron))
    kept.append("ledger", {"day": "2026-10-01", "state": "sent"})
    kept.commit()
    assert vault.read_header(path).schema == found
    assert rows(storage(opened(path, bundle)), "ledger") == [{"day": "2026-10-01", "state": "sent"}]


@pytest.mark.parametrize("kind", ["reminder", "reviewer"])
def test_a_narrow_key_opens_no_file_that_does_not_say_who_wrote_it(
    tmp_path: Path, kind: str
) -> None:
    path, bundle = older(tmp_path, 3)
    before = path.read_bytes()
    former = NARROWED[kind](bundle)  # as its slot held it
    with pytest.raises(Settings, match="a person has to write to it first") as problem:
        VaultStorage(path, former)
    assert "vault backup" in problem.value.hint
    with pytest.raises(Damaged):  # made for a file that says it: this one was put in its place
        VaultStorage(path, replace(former, public=b"p" * 32))
    assert path.read_bytes() == before
    opened(path, bundle).table("tasks").insert({"id": "T2"})
    assert vault.read_header(path).proven
    with pytest.raises(Settings, match="does not say who signs"):
        VaultStorage(path, former)
    assert VaultStorage(path, narrow(path, bundle, kind)).names()


def test_a_vault_as_it_was_before_it_said_who_wrote_it_is_carried_over_with_its_keys(
    tmp_path: Path,
) -> None:
    for name in ("format2.vault", "format2.key", "format2.reminder-key"):
        shutil.copy(VAULTS / name, tmp_path / name)
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "format2.vault"
    header = vault.read_header(path)
    assert not header.proven
    assert [slot.kind for slot in header.slots] == ["file", "recovery", "reviewer", "reminder"]
    full = keys.open_any(header, ("file",), keys.read_key_file(tmp_path / "format2.key").secret)
    cron = keys.read_key_file(tmp_path / "format2.reminder-key")
    refs = {case["ref"] for case in opened(path, full).table("cases")}
    entries = rows(storage(opened(path, full)), "history")
    opened(path, full).table("tasks").insert({"id": "T9"})
    header = vault.read_header(path)
    assert header.proven
    assert {case["ref"] for case in opened(path, full).table("cases")} == refs
    assert rows(storage(opened(path, full)), "history") == entries
    signs = storage(opened(path, full)).public
    reviewer = keys.open_with_words(header, "four plain words hold")
    assert reviewer.public == signs
    assert rows(storage(opened(path, reviewer)), "history") == entries
    with pytest.raises(Settings, match="does not say yet who signs") as problem:
        keys.open_with_file(header, cron)
    assert "remind setup --reminder-key FILE" in problem.value.hint
    told = keys.open_with_file(header, cron._replace(public=signs))
    assert len(storage(opened(path, told)).table("due")) == 4  # three schedules and a task


def test_a_vault_of_schema_4_opens_and_the_next_change_brings_it_forward(tmp_path: Path) -> None:
    path, bundle = older(tmp_path, 4)
    assert vault.read_header(path).schema == 4
    cases = list(opened(path, bundle).table("cases"))
    assert len(cases) > 5
    assert list(opened(path, bundle).table("papers")) == []
    opened(path, bundle).table("tasks").insert({"id": "T99"})
    assert vault.read_header(path).schema == vault.SCHEMA
    assert list(opened(path, bundle).table("cases")) == cases
    assert list(opened(path, bundle).table("papers")) == []


def test_what_stands_in_a_base_of_an_older_schema_is_carried_over_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, bundle = older(tmp_path, 3)
    with pytest.MonkeyPatch.context() as patch:  # as the program that wrote it would tidy it up
        for module in (journal, rewrite, migrations):
            patch.setattr(module, "SCHEMA", 3)
        tables = {name: table for name, table in vault.TABLES.items() if table.since <= 3}
        patch.setattr(rewrite, "TABLES", tables)
        with vault.lock(path):
            storage(opened(path, bundle)).write_anew()
    assert (vault.read_header(path).schema, vault.read_header(path).proven) == (3, True)
    assert not storage(opened(path, bundle))._journal._changes.get(
        vault.TABLES["legal_holds"].number
    )
    assert [hold["id"] for hold in opened(path, bundle).table("legal_holds")] == ["LH1"]


def test_a_slot_that_cannot_wrap_another_data_key_is_named(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    slot = replace(vault.read_header(path).slots[0], back=b"")
    replace_slots(path, bundle, [slot])
    store = VaultStorage(path, bundle)
    with pytest.raises(Settings, match=f"the key {slot.id} was made by an older version"):
        store.renew(reseal=True)
    assert vault.read_header(path).slots == (slot,)


def test_of_a_long_table_the_newest_part_is_looked_at_at_once_and_the_rest_where_it_is_read(
    made: tuple[Path, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, bundle = made
    monkeypatch.setattr(rewrite, "SEGMENT_BYTES", 64)
    store = storage(opened(path, bundle))
    with store.unit():
        for number in range(2, 9):
            store.append("history", {"id": f"H{number}", "by": "x" * 90})
    with vault.lock(path):
        store.write_anew()
    first, *_, last = store._journal._segments("history")[0]
    data = path.read_bytes()

    def spoiled(segment: journal.Segment) -> None:
        at = segment.offset + 40
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])

    for segment in (first, last):
        spoiled(segment)
        with pytest.raises(Damaged):
            VaultStorage(path, bundle)
    monkeypatch.setattr(journal, "_MOST_LOOKED_AT", last.length)
    with pytest.raises(Damaged):
        VaultStorage(path, bundle)
    spoiled(first)
    kept = VaultStorage(path, bundle)
    assert kept.get("history", 8) is not None
    with pytest.raises(Damaged):
        kept.get("history", 1)


def test_every_problem_has_its_own_exit_code() -> None:
    kinds = Problem.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds) == len({kind.kind for kind in kinds})


def test_a_key_of_another_vault_opens_nothing(made: tuple[Path, Bundle]) -> None:
    path, _ = made
    with pytest.raises(Locked):
        keys.open_any(vault.read_header(path), ("file", "reminder"), b"k" * 32)
    with pytest.raises(Damaged):
        VaultStorage(path, keys.new_bundle("okafor"))


def test_what_stands_beside_the_vault_and_cannot_be_read_is_said(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    lock = path.with_name(path.name + ".lock")
    lock.unlink()
    lock.symlink_to(path)
    with pytest.raises(Settings, match="beside the vault"):
        VaultStorage(path, bundle)


@pytest.mark.parametrize("module", [form, keys])
def test_the_page_on_the_format_says_what_the_source_says(module: ModuleType) -> None:
    page = (Path(__file__).parents[2] / "docs" / "vault-format.md").read_text()
    lines = [line.strip() for line in str(module.__doc__).partition("::\n")[2].splitlines()]
    said = {line.strip() for line in page.splitlines()}
    assert [line for line in lines if line not in said] == []


def test_a_vault_of_schema_5_opens_and_the_next_change_brings_it_forward(tmp_path: Path) -> None:
    path, bundle = older(tmp_path, 5)
    assert vault.read_header(path).schema == 5
    cases = list(opened(path, bundle).table("cases"))
    assert len(cases) > 5
    assert list(opened(path, bundle).table("origins")) == []
    opened(path, bundle).table("tasks").insert({"id": "T99"})
    assert vault.read_header(path).schema == vault.SCHEMA
    assert list(opened(path, bundle).table("cases")) == cases
