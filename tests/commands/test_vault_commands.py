"""Copies of the vault, and the keys to it, from the command line."""

import shutil
from pathlib import Path

import pexpect
import pytest

from conftest import Run, standing
from reintegrate_cli import keys
from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.kept import session
from reintegrate_cli.vault import VaultStorage
from test_prompts import spawn


@pytest.fixture
def copies(district: Run, case: str, tmp_path: Path) -> Path:
    district("case", "note", case, given={"text": "canary words"})
    return tmp_path / "copies"


def test_the_drill_backup_wipe_restore_with_the_recovery_code_alone(
    district: Run, case: str, copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = district("vault", "backup", str(copies), "--json")
    assert made.code == 0, made.err
    before = district("case", "show", case, "--json").json["notes"]
    shutil.rmtree(tmp_path / "vault")
    (tmp_path / "key").unlink()
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(tmp_path / "recovery"))
    assert district("case", "list").code == 9
    back = district("vault", "restore", made.json["file"], "--json")
    assert back.code == 0, back.err
    assert district("case", "show", case, "--json").json["notes"] == before
    assert [row["command"] for row in district("history", "--json").json["items"]][-2:] == [
        "vault restore",
        "case show",
    ]


@pytest.mark.both_shelves
def test_a_copy_is_ciphertext_for_its_owner_alone(district: Run, copies: Path) -> None:
    district("vault", "backup", str(copies))
    assert copies.stat().st_mode & 0o077 == 0
    for copy in copies.iterdir():
        assert b"canary" not in copy.read_bytes()
        assert copy.stat().st_mode & 0o077 == 0


def test_a_vault_that_stands_is_set_aside_and_only_when_asked(
    district: Run, case: str, copies: Path, tmp_path: Path
) -> None:
    file = district("vault", "backup", str(copies), "--json").json["file"]
    district("case", "edit", case, "--grade", "12")
    assert district("vault", "restore", file).code == 2
    assert district("case", "list", "--json").json["items"][0]["grade"] == "12"
    assert district("vault", "restore", file, "--replace").code == 0
    assert district("case", "list", "--json").json["items"][0]["grade"] is None
    aside = next((tmp_path / "vault").glob("caseload.vault.before-*"))
    assert (
        district("--vault", str(aside), "case", "list", "--json").json["items"][0]["grade"] == "12"
    )


@pytest.mark.both_shelves
def test_a_damaged_copy_is_seven_and_touches_nothing(
    district: Run, copies: Path, tmp_path: Path
) -> None:
    file = Path(district("vault", "backup", str(copies), "--json").json["file"])
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)
    before = standing()
    assert district("vault", "verify", str(file)).code == 7
    assert district("vault", "restore", str(file), "--replace").code == 7
    assert standing() == before
    assert district("vault", "verify").code == 0


def test_a_copy_that_was_cut_off_is_seven_wherever_it_was_cut(
    district: Run, copies: Path, tmp_path: Path
) -> None:
    made = Path(district("vault", "backup", str(copies), "--json").json["file"])
    data, before = made.read_bytes(), standing()
    cut = tmp_path / "cut.vault"
    for left in (5, 40, 300, len(data) // 2, len(data) - 40, len(data) - 1):
        cut.write_bytes(data[:left])
        cut.chmod(0o600)
        for line in (["verify", str(cut)], ["restore", str(cut), "--replace"]):
            ended = district("vault", *line, "--json")
            assert (ended.code, bool(ended.error["hint"])) == (7, True), (left, ended.err)
    assert standing() == before
    # What is whole of it is not lost.
    kept = district("--vault", str(cut), "vault", "backup", str(tmp_path / "kept"), "--json")
    assert district("vault", "verify", kept.json["file"]).code == 0


def test_an_end_that_was_never_finished_is_not_copied(
    district: Run, copies: Path, tmp_path: Path
) -> None:
    path = session.current.engine.path
    with path.open("ab") as file:
        file.write(b"never finished")
    said = district("vault", "verify", "--json")
    assert (said.code, said.json["unfinished_bytes"]) == (0, 14)
    assert district("vault", "verify", str(path)).code == 0
    copy = district("vault", "backup", str(copies), "--json").json["file"]
    checked = district("vault", "verify", copy, "--json")
    assert (checked.code, checked.json["unfinished_bytes"]) == (0, 0)


def test_a_copy_of_another_vault_never_takes_the_place_of_this_one_unasked(
    district: Run, copies: Path, tmp_path: Path
) -> None:
    copy = district("vault", "backup", str(copies), "--json").json["file"]
    path = tmp_path / "elsewhere" / "caseload.vault"
    at = ["--vault", str(path)]
    made = district(
        *at,
        "init",
        "--user",
        "okafor",
        "--no-keyring",
        "--key-file",
        str(tmp_path / "key"),
        "--recovery-to",
        str(tmp_path / "r2"),
    )
    assert made.code == 0, made.err
    before = path.read_bytes()
    for more in ([], ["--replace"]):
        refused = district(*at, "vault", "restore", copy, *more, "--json")
        assert (refused.code, refused.error["fields"]) == (2, ["file"])
        assert "another vault" in refused.error["message"]
    assert path.read_bytes() == before
    own = ["--vault", str(tmp_path / "own" / "caseload.vault")]
    assert district(*own, "vault", "restore", copy).code == 0
    for answer, code in (("no", 2), ("yes", 0)):
        child = spawn(*at, "vault", "restore", copy, "--replace")
        child.expect("of another vault than the one here; set it aside")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
    asides = list(path.parent.glob("*.before-*"))
    assert [aside.read_bytes() for aside in asides] == [before]


def test_a_copy_with_another_key_is_three(
    district: Run, copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = district("vault", "backup", str(copies), "--json").json["file"]
    keys.create_key_file(tmp_path / "other")
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "other"))
    for line in (["verify", copy], ["restore", copy, "--replace"]):
        assert district("vault", *line).code == 3


@pytest.mark.both_shelves
def test_copies_age_out_and_the_newest_stays(district: Run, copies: Path) -> None:
    from datetime import timedelta

    engine, bundle, now = session.current.engine, session.current.bundle, session.now()
    for days in (200, 100, 91, 89):
        engine.back_up(bundle, copies, now - timedelta(days=days))
    (copies / "somebody-else.vault").write_text("mine")
    assert len(engine.expire(copies, now)) == 3
    assert len(engine.expire(copies, now + timedelta(days=400))) == 0
    assert {one.name for one in copies.iterdir()} > {"somebody-else.vault"}
    assert len(list(copies.iterdir())) == 2


def test_a_second_person_gets_a_key_and_loses_it(
    district: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    district("staff", "add", "hale", "--role", "specialist")
    added = district(
        "vault", "key", "add", "--key-file", str(tmp_path / "hale"), "--for", "HALE", "--json"
    )
    assert added.json["for"] == "hale"
    assert district("vault", "key", "revoke", "00000000").code == 5
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "hale"))
    assert district("case", "note", case, given={"text": "x"}).code == 0
    assert district("history", "--owner", "hale", "--json").json["items"]
    assert district("vault", "key", "revoke", added.json["id"]).code == 2
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
    assert district("vault", "key", "revoke", added.json["id"]).code == 0
    kinds = [row["kind"] for row in district("vault", "key", "--json").json["items"]]
    assert kinds == ["file", "recovery"]
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "hale"))
    assert district("case", "list").code == 3


def test_two_keys_stay(district: Run) -> None:
    keys = district("vault", "key", "list", "--json").json["items"]
    other = next(row["id"] for row in keys if not row["mine"])
    refused = district("vault", "key", "revoke", other)
    assert refused.code == 9
    assert len(district("vault", "key", "list", "--json").json["items"]) == 2


def test_status_says_numbers_and_kinds_alone(district: Run, case: str) -> None:
    told = district("vault", "status", "--json")
    assert told.json["keys"] == ["file", "recovery"]
    assert told.json["whole"] is True
    assert case not in told.out


def test_a_new_data_key_leaves_every_key_and_shuts_out_whoever_kept_the_old_one(
    district: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    district("case", "note", case, given={"text": "canary words"})
    path, former = session.current.engine.path, session.current.bundle
    old = path.read_bytes()
    before = [(row["id"], row["kind"]) for row in district("vault", "key", "--json").json["items"]]
    done = district("vault", "key", "rotate", "--json")
    assert done.code == 0, done.err
    assert [(row["id"], row["kind"]) for row in done.json["items"]] == before
    with pytest.raises(Damaged):
        VaultStorage(path, former)
    assert district("case", "show", case, "--json").json["notes"][0]["text"] == "canary words"
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(tmp_path / "recovery"))
    assert district("vault", "verify").code == 0
    assert district("history", "--json").json["items"][-2]["command"] == "vault key rotate"
    assert old[200:] not in path.read_bytes()
    assert district("undo").code == 4
