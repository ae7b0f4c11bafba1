"""Cron's key: its file says who signs, and one command replaces it."""

import shutil
from pathlib import Path

import pytest

from conftest import Run, standing
from narrow import narrow
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.kept import session
from reintegrate_cli.vault import VaultStorage, anchor

VAULTS = Path(__file__).parents[1] / "vaults"
MAIL = [
    "--host",
    "mail.alder.example",
    "--from-address",
    "a@alder.example",
    "--to",
    "b@alder.example",
]
WORDS = "four plain words hold"


@pytest.fixture
def cron(district: Run, case: str, tmp_path: Path) -> Path:
    """Mail set up with a key for cron; its file."""
    file = tmp_path / "cron"
    made = district("remind", "setup", "--reminder-key", str(file), *MAIL)
    assert made.code == 0, made.err
    return file


def with_key(run: Run, file: Path, *line: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REINTEGRATE_KEY_FILE", str(file))
        return run(*line).code


def slots(run: Run, kind: str) -> list[str]:
    rows = run("vault", "key", "list", "--json").json["items"]
    return [row["id"] for row in rows if row["kind"] == kind]


@pytest.mark.both_shelves
def test_cron_and_a_reviewer_go_on_after_rotate_purge_and_restore(
    district: Run, cron: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(tmp_path / "district.toml")
    config.write_text(config.read_text() + 'retention = { case = "1y", values = "1y" }\n')
    keys.create_private(tmp_path / "words", WORDS)
    district(
        "vault",
        "key",
        "add",
        "--reviewer",
        "--passphrase-file",
        str(tmp_path / "words"),
        "--for",
        "lee",
    )
    key = tmp_path / "key"

    def goes_on() -> None:
        assert with_key(district, cron, "remind") == 0
        monkeypatch.delenv("REINTEGRATE_KEY_FILE")
        monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(tmp_path / "words"))
        assert district("history").code == 0
        monkeypatch.delenv("REINTEGRATE_PASSPHRASE_FILE")
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(key))

    goes_on()
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    assert district("vault", "key", "rotate").code == 0
    goes_on()
    assert district("vault", "purge", "--yes").code == 0
    goes_on()
    assert district("vault", "restore", copy, "--replace").code == 0
    goes_on()


def test_one_command_replaces_a_key_that_was_stolen(
    district: Run, cron: Path, tmp_path: Path
) -> None:
    path, (old,) = tmp_path / "vault" / "caseload.vault", slots(district, "reminder")
    stolen = shutil.copy(cron, tmp_path / "stolen")
    thief = narrow(path, session.current.bundle)
    before = keys.read_key_file(cron)
    made = district("remind", "setup", "--reminder-key", str(tmp_path / "new"), "--revoke", old)
    assert made.code == 0, made.err
    assert f"the key {old} no longer opens the vault" in made.err
    assert "the line for crontab" in made.err
    (new,) = slots(district, "reminder")
    assert new != old
    assert with_key(district, stolen, "remind") == 3
    assert with_key(district, tmp_path / "new", "remind") == 0
    after = keys.read_key_file(tmp_path / "new")
    assert (after.secret != before.secret, after.public) == (True, before.public)
    with session.reading() as store:
        mail = store.mail()
    assert mail is not None
    assert mail.host == "mail.alder.example"  # it goes as it did
    anchor.file_of(path).unlink()
    with pytest.raises(Damaged):  # what the thief had reads nothing that came after
        VaultStorage(path, thief)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["--revoke", "OLD"], 2, "missing: --reminder-key"),
        (["--reminder-key", "NEW", "--revoke", "00000000"], 5, "no such key"),
        (["--reminder-key", "NEW", "--revoke", "FULL"], 5, "no such key"),
        (["--reminder-key", "CRON", "--revoke", "OLD"], 2, "that is to be revoked"),
        (["--reminder-key", "KEY"], 9, "of another sort"),
        (["--reminder-key", "OTHER"], 9, "another vault's"),
        ([], 2, "missing: --host"),
    ],
)
def test_what_cannot_be_replaced_is_said_and_nothing_is_written(
    district: Run, cron: Path, tmp_path: Path, line: list[str], code: int, said: str
) -> None:
    keys.create_reminder_file(tmp_path / "other", bytes(32))
    named = {
        "OLD": slots(district, "reminder")[0],
        "FULL": slots(district, "file")[0],
        "NEW": str(tmp_path / "new"),
        "CRON": str(cron),
        "KEY": str(tmp_path / "key"),
        "OTHER": str(tmp_path / "other"),
    }
    before = standing()
    refused = district("remind", "setup", *(named.get(word, word) for word in line))
    assert (refused.code, said in refused.err) == (code, True), refused.err
    assert standing() == before
    assert not (tmp_path / "new").exists()


def test_without_mail_set_up_a_key_alone_says_what_is_missing(
    district: Run, tmp_path: Path
) -> None:
    refused = district("remind", "setup", "--reminder-key", str(tmp_path / "new"), "--json")
    assert (refused.code, refused.error["fields"]) == (2, ["host", "from_address", "to"])
    assert not (tmp_path / "new").exists()


def test_a_vault_and_a_key_from_before_go_on_after_one_command(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("format2.vault", "format2.key", "format2.reminder-key"):
        shutil.copy(VAULTS / name, tmp_path / name)
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("REINTEGRATE_VAULT", str(tmp_path / "format2.vault"))
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "format2.key"))
    cron = tmp_path / "format2.reminder-key"
    assert district("agenda").code == district("vault", "verify").code == 0
    refused = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REINTEGRATE_KEY_FILE", str(cron))
        refused = district("remind")
    assert refused.code == 9
    assert "hint: remind setup --reminder-key FILE" in refused.err  # also where cron mails it
    written = district("vault", "backup", str(tmp_path / "copies"))
    assert "cron waits until its key file does too" in written.err
    assert with_key(district, cron, "remind") == 9
    ready = district("remind", "setup", "--reminder-key", str(cron))
    assert ready.code == 0, ready.err
    assert "cron waits" not in ready.err
    assert vault.read_header(tmp_path / "format2.vault").proven
    assert with_key(district, cron, "remind", "status") == 0
    assert len(slots(district, "reminder")) == 1  # the same secret, in the same slot
    assert district("remind", "setup", "--reminder-key", str(cron)).code == 0


@pytest.mark.parametrize("what", ["key", "cron", "recovery", "words", "identity"])
def test_what_opens_a_vault_is_no_password_for_mail(
    district: Run, cron: Path, tmp_path: Path, what: str
) -> None:
    keys.create_private(tmp_path / "words", WORDS + "\n")
    keys.create_private(tmp_path / "identity", "# x\nAGE-SECRET-KEY-1QQQQ\n")
    added = district("vault", "key", "add", "--passphrase-file", str(tmp_path / "words"))
    assert added.code == 0, added.err
    before = standing()
    plain = tmp_path / "mail"
    plain.write_bytes((tmp_path / what).read_bytes())
    plain.chmod(0o600)
    refused = district(
        "remind", "setup", *MAIL, "--user", "office", "--password-file", str(plain), "--json"
    )
    assert (refused.code, refused.error["fields"]) == (9, ["password_file"])
    assert standing() == before
    plain.write_text("a password of its own\n")
    assert (
        district("remind", "setup", *MAIL, "--user", "office", "--password-file", str(plain)).code
        == 0
    )
