"""A key rests between commands, in the kernel alone, and is forgotten when told."""

import time
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli import keys, vault
from reintegrate_cli.keys import Bundle, new_store_id, resting
from test_prompts import spawn

pytestmark = pytest.mark.skipif(
    not resting.put(new_store_id(), keys.new_bundle("probe"), "mark", 1),
    reason="this kernel has no keyring that a key can rest in",
)


@pytest.fixture
def store_id(tmp_path: Path, district: Run) -> str:
    return vault.read_header(tmp_path / "vault" / "caseload.vault").store_id


def test_a_key_rests_for_its_time_and_no_longer() -> None:
    store, bundle = new_store_id(), keys.new_bundle("okafor")
    assert resting.put(store, bundle, "mark", 1)
    time.sleep(2.1)
    assert resting.get(store) is None
    assert resting.put(store, bundle, "mark")
    assert resting.get(store) == (bundle, "mark")
    assert resting.drop(store)
    assert resting.get(store) is None
    assert not resting.drop(store)


def test_the_reminder_key_never_rests() -> None:
    assert not resting.put(new_store_id(), Bundle("okafor", False), "mark")


def test_after_a_passphrase_nothing_is_asked_until_lock(
    district: Run, store_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    assert district("staff", "list").code == 3
    child = spawn("unlock")
    child.expect("passphrase or recovery code")
    child.sendline((tmp_path / "recovery").read_text().strip())
    child.expect("unlocked until 5 minutes pass")
    child.wait()
    assert district("staff", "list").code == 0
    assert district("case", "add", "--school", "R", "--setting", "home").code == 0
    shut = spawn("lock")
    shut.expect_exact("\x1b[3J")
    shut.expect("locked")
    shut.wait()
    assert district("staff", "list").code == 3


def test_a_script_is_told_whether_the_key_rests(
    district: Run, store_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = district("unlock", "--json")
    assert (opened.json, opened.err) == ({"locked": False, "idle_minutes": 5}, "")
    shut = district("lock", "--json")
    assert (shut.json, shut.err) == ({"locked": True, "idle_minutes": None}, "")
    assert resting.get(store_id) is None
    assert (district("lock").out, district("unlock").out) == ("", "")
    monkeypatch.setattr(resting, "put", lambda *_: False)
    assert district("unlock", "--json").json == {"locked": True, "idle_minutes": None}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name keys otherwise, so that what really rests on this machine goes on resting."""
    monkeypatch.setattr(resting, "_PREFIX", f"reintegrate-test-{new_store_id()}:")


@pytest.mark.parametrize("gone", ["missing", "damaged", "elsewhere"])
def test_lock_forgets_the_key_though_the_vault_is_not_there(
    district: Run, store_id: str, tmp_path: Path, gone: str, names: None
) -> None:
    path = tmp_path / "vault" / "caseload.vault"
    assert district("unlock").code == 0
    assert resting.get(store_id) is not None
    line = ["--vault", str(tmp_path / "nowhere")] if gone == "elsewhere" else []
    if gone == "missing":
        path.unlink()
    elif gone == "damaged":
        path.write_bytes(b"no vault")
    ended = district(*line, "lock")
    assert ended.code == (7 if gone == "damaged" else 9)
    assert ended.err.startswith("locked\n")
    assert resting.get(store_id) is None
    assert district(*line, "lock", "--json").json["locked"] is True


def test_every_key_of_the_program_is_forgotten_and_no_other(names: None) -> None:
    stores = [new_store_id() for _ in range(3)]
    for store in stores:
        assert resting.put(store, keys.new_bundle("okafor"), "mark")
    calls = resting._calls()
    assert calls is not None
    other = resting._syscall(calls[0], b"user", b"another program", b"x", 1, -4)
    try:
        assert resting.drop_all() == 3
        assert [resting.get(store) for store in stores] == [None] * 3
        assert other in resting._all_keys(calls[1])
    finally:
        resting._syscall(calls[1], 21, other)
    assert resting.drop_all() == 0


def test_after_init_the_passphrase_is_not_asked_for_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    child = spawn("init", "--user", "okafor", "--no-keyring", "--recovery-to", str(tmp_path / "r"))
    for prompt in ("a new passphrase", "once more"):
        child.expect(prompt)
        child.sendline("five quiet unrelated words here")
    child.expect("2 keys open it")
    child.wait()
    assert run("staff", "list").code == 0
    assert run("lock").code == 0
    assert run("staff", "list").code == 3


def test_after_an_init_for_a_machine_nothing_rests(district: Run, store_id: str) -> None:
    assert resting.get(store_id) is None


def test_a_revoked_slot_opens_nothing_although_its_key_rests(
    district: Run, store_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = district("vault", "key", "add", "--recovery-to", str(tmp_path / "r2"), "--json").json
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    child = spawn("unlock")
    child.expect("passphrase or recovery code")
    child.sendline((tmp_path / "r2").read_text().strip())
    child.wait()
    assert district("staff", "list").code == 0
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
    assert district("vault", "key", "revoke", added["id"]).code == 0
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    assert district("staff", "list").code == 3
    resting.drop(store_id)
