"""The keys to a vault, from the command line: what each opens, and what is refused."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pexpect
import pyrage
import pytest

from conftest import Run, standing
from narrow import reviewer_bundle
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Locked, Settings
from reintegrate_cli.kept import session
from reintegrate_cli.keys import resting
from reintegrate_cli.line import output
from reintegrate_cli.line.verbs import Filters, narrowed
from reintegrate_cli.vault import VaultStorage
from reintegrate_cli.vault.engine import FileEngine
from test_prompts import spawn

WORDS = "four plain words hold"
SENTENCE = "it opens the history alone"


def kinds(run: Run) -> list[str]:
    return [row["kind"] for row in run("vault", "key", "list", "--json").json["items"]]


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """A file as age-keygen writes one."""
    made = pyrage.x25519.Identity.generate()
    keys.create_private(tmp_path / "identity", f"# public key: {made.to_public()}\n{made}\n")
    return tmp_path / "identity"


@pytest.fixture
def recipient(identity: Path) -> str:
    return identity.read_text().split()[3]


@pytest.fixture
def reviewer(district: Run, case: str, tmp_path: Path) -> Path:
    """A passphrase file of Hale, who looks after the history; its slot is there."""
    keys.create_private(tmp_path / "words", WORDS + "\n")
    district("staff", "add", "hale", "--role", "principal")
    added = district(
        "vault",
        "key",
        "add",
        "--reviewer",
        "--passphrase-file",
        str(tmp_path / "words"),
        "--for",
        "hale",
        "--json",
    )
    assert (added.json["kind"], added.json["for"]) == ("reviewer", "hale")
    return tmp_path / "words"


def test_an_age_identity_opens_what_was_sealed_to_its_public_half(
    district: Run, case: str, recipient: str, identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    district("staff", "add", "hale", "--role", "specialist")
    key = os.environ["REINTEGRATE_KEY_FILE"]
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(identity))
    assert district("case", "list").code == 3
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", key)
    added = district("vault", "key", "add", "--recipient", recipient, "--for", "hale", "--json")
    assert (added.json["kind"], added.json["for"]) == ("recipient", "hale")
    assert kinds(district) == ["file", "recovery", "recipient"]
    assert recipient.encode() not in standing()
    assert recipient.encode().hex() not in standing().decode("latin-1")
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(identity))
    assert district("case", "note", case, given={"text": "x"}).code == 0
    assert district("history", "--owner", "hale", "--json").json["items"]
    rows = district("vault", "key", "--json").json["items"]
    assert [row["id"] for row in rows if row["mine"]] == [added.json["id"]]
    identity.chmod(0o644)
    assert district("case", "list").code == 9
    identity.chmod(0o600)
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", key)
    assert district("vault", "key", "revoke", added.json["id"]).code == 0
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(identity))
    assert district("case", "list").code == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([], "give one of"),
        (["--key-file", "k", "--recipient", "age1"], "give one of"),
        (["--recipient", "age1"], "not an age public key"),
        (["--recipient", ""], "not an age public key"),
        (["--recipient", "age1pq1" + "q" * 2000], "post-quantum"),
        (["--recipient", "ssh-ed25519 AAAA canary"], "ssh key"),
        (["--recipient", "AGE-SECRET-KEY-1CANARY"], "secret half"),
        (["--reviewer", "--key-file", "k"], "goes with a passphrase"),
        (["--reviewer", "--passphrase-file", "words"], "missing: --for"),
        (["--passphrase-file", "weak"], "at least 12"),
        (["--passphrase-file", "absent"], "not there"),
        (["--reviewer", "--passphrase-file", "words", "--for", "nobody"], ""),
    ],
)
def test_what_cannot_be_added_is_refused_before_anything_is_written(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: Sequence[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    keys.create_private(tmp_path / "words", WORDS)
    keys.create_private(tmp_path / "weak", "weak")
    before = standing()
    refused = district("vault", "key", "add", *line)
    assert refused.code in (2, 5, 9)
    assert said in refused.err
    assert "canary" not in refused.err.lower()
    assert standing() == before
    assert not (tmp_path / "k").exists()


def test_no_two_keys_have_the_same_words(district: Run, reviewer: Path, tmp_path: Path) -> None:
    for more in (["--for", "lee"], ["--reviewer", "--for", "lee"]):
        again = district("vault", "key", "add", "--passphrase-file", str(reviewer), *more)
        assert again.code == 2
        assert "opens the vault already" in again.err
    assert kinds(district) == ["file", "recovery", "reviewer"]


def test_at_a_terminal_a_new_passphrase_is_asked_for_twice_and_hidden(
    district: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for more, kind, words in (
        (("--for", "lee"), "passphrase", "five quiet unrelated words here"),
        (("--reviewer", "--for", "lee"), "reviewer", WORDS),
    ):
        child = spawn("vault", "key", "add", *more)
        child.expect("a new passphrase")
        child.sendline("short")
        child.expect("at least 12 characters")
        child.expect("a new passphrase")
        child.sendline(words)
        child.expect("once more")
        child.sendline(words + "!")
        child.expect("not the same")
        for prompt in ("a new passphrase", "once more"):
            child.expect(prompt)
            assert child.waitnoecho(timeout=5)
            child.sendline(words)
        child.expect(kind)
        child.expect("lee")
        child.close()
    assert kinds(district) == ["file", "recovery", "passphrase", "reviewer"]
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    child = spawn("staff", "list")
    child.expect("passphrase or recovery code")
    child.sendline(WORDS)
    child.expect(SENTENCE)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3


MADE = [("key", "add", "--key-file"), ("key", "add", "--recovery-to"), ("setup",)]


@pytest.mark.parametrize("line", MADE, ids=" ".join)
@pytest.mark.parametrize("how", ["busy", "full", "stopped", "saved", "unread"])
def test_a_new_key_s_file_stays_only_where_the_vault_took_the_key(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: Sequence[str], how: str
) -> None:
    file, path = tmp_path / "new", tmp_path / "vault" / "caseload.vault"
    words = [
        "remind",
        "setup",
        "--host",
        "h",
        "--from-address",
        "a@b.example",
        "--to",
        "a@b.example",
        "--reminder-key",
    ]
    words = [*(words if line == ("setup",) else ["vault", *line]), str(file)]
    commit = VaultStorage.commit

    def ended_otherwise(storage: VaultStorage) -> None:
        if how == "saved":
            commit(storage)
        if how == "unread":
            path.write_bytes(b"no vault")
        if how in ("stopped", "saved", "unread"):
            raise KeyboardInterrupt
        raise Settings("the disk is full; nothing was saved")

    monkeypatch.setattr(FileEngine, "lock", lambda engine: vault.lock(engine.path, wait=0))
    with pytest.MonkeyPatch.context() as patched, contextlib.ExitStack() as held:
        if how == "busy":
            held.enter_context(vault.lock(path))
        else:
            patched.setattr(VaultStorage, "commit", ended_otherwise)
        ended = district(*words)
    assert ended.code == {"busy": 6, "full": 9}.get(how, 130)
    assert file.exists() is (how in ("saved", "unread"))
    if how != "busy":
        return
    if line == ("setup",):
        store = VaultStorage(path, session.current.bundle)
        keys.create_reminder_file(file, store.public)
    else:
        keys.create_key_file(file)
    before = file.read_bytes()
    with vault.lock(path):
        assert district(*words).code == (2 if "--recovery-to" in words else 6)
    assert file.read_bytes() == before  # what was there before is nobody's to remove


def test_a_stop_at_the_new_passphrase_adds_nothing(district: Run) -> None:
    child = spawn("vault", "key", "add")
    child.expect("a new passphrase")
    child.send("\x03")
    child.expect("nothing is half saved")
    child.close()
    assert child.exitstatus == 130
    assert kinds(district) == ["file", "recovery"]
    assert district("history", "--json").json["items"][-1]["command"] != "vault key add"


def test_two_keys_that_open_everything_stay_and_narrow_ones_do_not_count(
    district: Run, reviewer: Path, recipient: str, tmp_path: Path
) -> None:
    rows = district("vault", "key", "list", "--json").json["items"]
    ids = {row["kind"]: row["id"] for row in rows}
    assert district("vault", "key", "revoke", ids["recovery"]).code == 9
    assert district("vault", "key", "revoke", ids["reviewer"]).code == 0
    assert kinds(district) == ["file", "recovery"]
    district("vault", "key", "add", "--recipient", recipient)
    assert district("vault", "key", "revoke", ids["recovery"]).code == 0
    assert kinds(district) == ["file", "recipient"]
    assert district("vault", "key", "revoke", ids["file"]).code == 9
    checks = {row["check"]: row["state"] for row in district("doctor", "--json").json["items"]}
    assert checks["keys"] == "fine"


@pytest.mark.parametrize(
    "line",
    [
        "agenda",
        "today",
        "case list",
        "case show REF",
        "case edit REF --grade 9",
        "case timeline REF",
        "case close REF --reason moved",
        "care list --case REF",
        "checkin list",
        "checkin schedules",
        "checkin done REF",
        "partner list",
        "staff list",
        "staff add fay --role other",
        "task list",
        "task add --due fri",
        "find",
        "undo",
        "unlock",
        "remind",
        "remind preview",
        "remind status",
        "vault status",
        "vault verify",
        "vault verify COPY",
        "vault backup copies",
        "vault restore COPY --replace",
        "vault key list",
        "vault key add --key-file k2",
        "vault key revoke 00000000",
    ],
)
def test_a_reviewer_is_told_at_every_other_command_what_the_key_opens(
    district: Run,
    case: str,
    reviewer: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    copy = district("vault", "backup", str(tmp_path / "c"), "--json").json["file"]
    before, beside = standing(), sorted(tmp_path.rglob("*"))
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(reviewer))
    given = {"text": "xy"} if line.startswith(("find", "task add")) else None
    words = [{"REF": case, "COPY": copy}.get(word, word) for word in line.split()]
    ended = district(*words, given=given)
    assert ended.code == 3, ended.err
    assert SENTENCE in ended.err
    assert ended.out == ""
    assert standing() == before
    assert sorted(tmp_path.rglob("*")) == beside


def test_a_reviewers_opened_key_never_rests() -> None:
    store, bundle = keys.new_store_id(), keys.new_bundle("hale")
    assert not resting.put(store, reviewer_bundle(bundle), "mark")
    assert resting.get(store) is None


def test_a_reviewers_words_do_not_confirm_that_a_name_may_be_shown(
    district: Run, reviewer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "ask", lambda *_, **__: WORDS)
    with pytest.raises(Locked, match=SENTENCE):
        session.ask_again()


def test_a_reviewer_narrows_the_history_without_opening_cases_or_staff(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [SimpleNamespace(case="HX4T", by="okafor"), SimpleNamespace(case="B2KM", by="lee")]
    bundle = reviewer_bundle(keys.new_bundle("hale"))
    monkeypatch.setitem(session.current.__dict__, "bundle", bundle)
    for filters, left in (
        (Filters(case=cast(Any, "hx4t")), rows[:1]),
        (Filters(owner=cast(Any, "LEE")), rows[1:]),
        (Filters(case=cast(Any, "ZZZZ")), []),
    ):
        store = cast(Any, None)
        assert narrowed(rows, filters, store, statuses=(), owners=lambda row: (row.by,)) == left


def test_a_reviewer_sees_who_did_what_and_no_values(
    district: Run, case: str, reviewer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    district("case", "note", case, given={"text": "canary-quetzal"})
    district("case", "show", case)
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(reviewer))
    seen = district("history", "--json")
    assert seen.code == 0, seen.err
    assert [row["command"] for row in seen.json["items"]][-2:] == ["case note", "case show"]
    for narrowing in (["--case", case], ["--owner", "okafor"], ["--status", "read"]):
        found = district("history", *narrowing, "--json")
        assert found.json["items"][-1]["command"] == "case show"
        assert "canary" not in found.out + found.err
    assert district("history", "--csv").code == district("history").code == 0
    assert len(district("history", "--json").json["items"]) == len(seen.json["items"])


@pytest.mark.parametrize(
    "line",
    [
        ["init", "--user", "hale", "--no-keyring", "--recovery-to", "recovery-2"],
        ["vault", "key", "add"],
        ["vault", "key", "add", "--reviewer", "--for", "lee"],
        ["vault", "export", "a.age"],
    ],
    ids=lambda line: " ".join(line[:4]),
)
def test_no_command_takes_a_passphrase_that_is_tried_first(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = tmp_path / "words"
    keys.create_private(words, "123456789012\n")
    if line[0] == "init":
        line = ["--vault", str(tmp_path / "other" / "x.vault"), *line]
    before = sorted(tmp_path.rglob("*"))
    ended = district(*line, "--passphrase-file", str(words))
    assert (ended.code, "easy to guess" in ended.err) == (2, True), ended.err
    assert {*tmp_path.rglob("*")} - {*before} <= {tmp_path / "other"}
    words.write_text("short\n")
    ended = district(*line, "--passphrase-file", str(words))
    assert (ended.code, "at least 12" in ended.err) == (2, True), ended.err
