"""The vault: whole or not at all, readable with its own keys alone."""

import subprocess
import sys
from pathlib import Path

import pytest
from tinydb import Query, TinyDB

from reintegrate_cli import keys, vault
from reintegrate_cli.errors import Busy, Damaged, Locked, Problem, Settings, Usage
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault.storage import VaultStorage, new_store_id

CANARY = "canary-quetzal"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Bundle]:
    path = tmp_path / "folder" / "caseload.vault"
    bundle, store_id = keys.new_bundle("okafor"), new_store_id()
    secret = keys.create_key_file(tmp_path / "a-key")
    slots = [keys.make_slot("file", secret, bundle, store_id)]
    vault.create(path, bundle, slots, store_id=store_id)
    with vault.lock(path):
        db = TinyDB(path, bundle, storage=VaultStorage)
        db.table("cases").insert({"ref": "HX4T", "words": [CANARY]})
        db.table("due").insert({"id": "x", "due_on": "2026-10-06"})
        db.storage.append("history", {"id": "H1", "by": CANARY})
        db.storage.commit()
    return path, bundle


def test_what_was_committed_is_read_back_through_tinydb(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    db = TinyDB(path, bundle, storage=VaultStorage)
    found = db.table("cases").search(Query().ref == "HX4T")
    assert found == [{"ref": "HX4T", "words": [CANARY]}]
    assert db.storage.rows("history") == [{"id": "H1", "by": CANARY}]


def test_what_was_not_committed_is_gone(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    before = path.read_bytes()
    TinyDB(path, bundle, storage=VaultStorage).table("cases").insert({"ref": "B9RW"})
    assert path.read_bytes() == before


def test_a_change_to_what_was_read_is_not_written(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    db = TinyDB(path, bundle, storage=VaultStorage)
    db.table("cases").all()[0]["words"].append("leak")
    db.table("cases").insert({"ref": "B9RW"})
    with vault.lock(path):
        db.storage.commit()
    again = TinyDB(path, bundle, storage=VaultStorage)
    assert again.table("cases").all()[0]["words"] == [CANARY]


def test_nothing_readable_stands_in_the_file(made: tuple[Path, Bundle]) -> None:
    path, _ = made
    for file in path.parent.iterdir():
        assert CANARY.encode() not in file.read_bytes()
        assert b"okafor" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_every_flipped_byte_and_every_truncation_is_refused(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    whole = path.read_bytes()
    damaged = [whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
               for at in range(len(whole))]  # fmt: skip
    damaged += [whole[:at] for at in range(0, len(whole), 3)]
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(Damaged):
            TinyDB(path, bundle, storage=VaultStorage)
    path.write_bytes(whole)
    TinyDB(path, bundle, storage=VaultStorage)


def test_the_reminder_key_opens_the_reminders_and_is_told_so_elsewhere(
    made: tuple[Path, Bundle], tmp_path: Path
) -> None:
    path, bundle = made
    header = vault.read_header(path)
    secret = keys.create_key_file(tmp_path / "cron-key", reminder=True)
    slot = keys.make_slot("reminder", secret, bundle, header.store_id)
    with vault.lock(path):
        vault.replace_slots(path, bundle, [*header.slots, slot])
    narrow = keys.open_any(vault.read_header(path), ("reminder",), secret)
    db = TinyDB(path, narrow, storage=VaultStorage)
    assert [row["id"] for row in db.table("due").all()] == ["x"]
    with pytest.raises(Locked):
        db.table("cases").all()
    with pytest.raises(Locked):
        db.table("cases").insert({"ref": "B9RW"})
    with pytest.raises(Locked):
        db.storage.rows("history")
    db.storage.append("ledger", {"day": "2026-10-01"})
    with vault.lock(path):
        db.storage.commit()
    full = TinyDB(path, bundle, storage=VaultStorage)
    assert full.table("cases").all()
    assert full.storage.rows("ledger") == [{"day": "2026-10-01"}]


def test_a_thief_of_the_reminder_key_cannot_put_back_an_older_table(
    made: tuple[Path, Bundle],
) -> None:
    from reintegrate_cli.vault.format import decode_header, join, split

    path, bundle = made
    older = path.read_bytes()
    db = TinyDB(path, bundle, storage=VaultStorage)
    db.table("cases").insert({"ref": "B9RW"})
    with vault.lock(path):
        db.storage.commit()
    header, start = decode_header(path.read_bytes())
    now = split(path.read_bytes(), start, bundle.chain_key)
    before = split(older, start, bundle.chain_key)
    mixed = [next(old for old in before if old.table == 1) if part.table == 1 else part
             for part in now]  # fmt: skip
    for forged in (mixed, [part for part in now if part.table != 1], now[1:]):
        path.write_bytes(join(header, forged, bundle.chain_key))
        with pytest.raises(Damaged):
            TinyDB(path, bundle, storage=VaultStorage)


def test_a_second_writer_waits_and_is_told(made: tuple[Path, Bundle]) -> None:
    path, bundle = made
    with vault.lock(path), pytest.raises(Busy):
        vault.lock(path, wait=0.1).acquire()
    stale = TinyDB(path, bundle, storage=VaultStorage)
    stale.table("tasks").insert({"id": "T1"})
    fresh = TinyDB(path, bundle, storage=VaultStorage)
    fresh.table("tasks").insert({"id": "T2"})
    with vault.lock(path):
        fresh.storage.commit()
        with pytest.raises(Busy):
            stale.storage.commit()


def test_a_vault_is_never_written_over_and_a_link_is_not_followed(
    made: tuple[Path, Bundle], tmp_path: Path
) -> None:
    path, bundle = made
    with pytest.raises(Settings):
        vault.create(path, bundle, [], store_id=new_store_id())
    link = tmp_path / "link.vault"
    link.symlink_to(path)
    with pytest.raises(Settings):
        vault.read_header(link)
    path.chmod(0o644)
    with pytest.raises(Settings):
        vault.read_header(path)


def test_a_folder_that_is_copied_to_the_cloud_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Settings):
        vault.create(tmp_path / "Dropbox" / "v", keys.new_bundle("x"), [], store_id=new_store_id())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**63, "\ud800"])
def test_what_json_would_change_in_silence_is_refused(
    made: tuple[Path, Bundle], value: object
) -> None:
    path, bundle = made
    with pytest.raises(Usage):
        TinyDB(path, bundle, storage=VaultStorage).table("tasks").insert({"value": value})


def test_a_hostile_passphrase_cost_is_refused_before_it_is_spent(tmp_path: Path) -> None:
    bundle = keys.new_bundle("okafor")
    slot = keys.make_slot("passphrase", b"five unrelated words here now", bundle, "00" * 16)
    assert keys.open_slot(slot, b"five unrelated words here now", "00" * 16) is not None
    assert keys.open_slot(slot, b"another passphrase", "00" * 16) is None
    greedy = keys.Slot(slot.id, slot.kind, slot.nonce, slot.wrapped, dict(slot.kdf, m=2**31))
    with pytest.raises(Damaged):
        keys.open_slot(greedy, b"x", "00" * 16)


def test_a_recovery_code_survives_how_people_type_and_no_slip_passes() -> None:
    code, secret = keys.new_recovery_code()
    assert keys.parse_recovery_code(code.lower().replace("-", " ")) == secret
    letters = [at for at, letter in enumerate(code) if letter != "-"]
    for at in letters:
        slip = code[:at] + ("2" if code[at] != "2" else "3") + code[at + 1 :]
        with pytest.raises(Usage):
            keys.parse_recovery_code(slip)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    secret = keys.create_key_file(path)
    assert keys.create_key_file(path) == secret
    for mode in (0o604, 0o640, 0o666):
        path.chmod(mode)
        with pytest.raises(Settings):
            keys.read_key_file(path)


def test_secrets_stay_out_of_repr() -> None:
    bundle = keys.new_bundle("okafor")
    assert bundle.data_key.hex() not in repr(bundle)
    assert "data_key" not in repr(bundle)


def test_eight_processes_lose_nothing(made: tuple[Path, Bundle], tmp_path: Path) -> None:
    path, bundle = made
    worker = (
        "import sys\nfrom pathlib import Path\nfrom tinydb import TinyDB\n"
        "from reintegrate_cli import keys, vault\n"
        "path = Path(sys.argv[1])\n"
        "bundle = keys.open_any(vault.read_header(path), ('file',),"
        " keys.read_key_file(Path(sys.argv[2])))\n"
        "for n in range(5):\n"
        "    with vault.lock(path, wait=60):\n"
        "        db = TinyDB(path, bundle, storage=vault.VaultStorage)\n"
        "        db.table('tasks').insert({'id': sys.argv[3] + str(n)})\n"
        "        db.storage.commit()\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", worker, str(path), str(tmp_path / "a-key"), f"{w}-"]
        )
        for w in range(8)
    ]
    assert [process.wait(120) for process in running] == [0] * 8
    kept = TinyDB(path, bundle, storage=VaultStorage).table("tasks").all()
    assert len({row["id"] for row in kept}) == 40


def test_every_problem_has_its_own_exit_code() -> None:
    kinds = Problem.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds) == len({kind.kind for kind in kinds})


def test_a_folder_in_the_place_of_a_file_is_a_setting_and_no_fault(tmp_path: Path) -> None:
    with pytest.raises(Settings):
        vault.read_header(tmp_path)
    with pytest.raises(Settings):
        keys.read_key_file(tmp_path)
