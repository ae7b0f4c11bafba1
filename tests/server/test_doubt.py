"""Where nobody knows whether the database kept it: what was made beside the vault stays.

A file too many harms nobody; a key that opens the vault, and is gone, does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.keys import keychain
from reintegrate_cli.server import trouble
from reintegrate_cli.server.engine import ServerEngine, ServerLock
from reintegrate_cli.server.transaction import Transaction
from reintegrate_cli.server.trouble import unconfirmed
from reintegrate_cli.server.wire import Wire

FILES = [
    ("vault", "key", "add", "--key-file"),
    ("vault", "key", "add", "--recovery-to"),
    ("vault", "key", "add", "--school", "Ridgeline", "--for", "lee", "--key-file"),
    (
        *("remind", "setup", "--host", "mail.example", "--from-address", "a@b.example"),
        *("--to", "a@b.example", "--reminder-key"),
    ),
]


@pytest.fixture
def shelf() -> str:
    """What the vault of these tests lies on."""
    return "server"


@contextmanager
def no_answer(*, is_kept: bool, spared: int = 0) -> Iterator[None]:
    """Let no answer to a commit come: of one that was kept, or of one that is not seen yet.

    Args:
        is_kept: which of the two.
        spared: how many commits are answered before.
    """
    commit, left = Wire.commit, iter(range(spared))

    def lost(wire: Wire, entry: str) -> None:
        is_answered = not wire._is_writing or next(left, None) is not None
        if is_kept or is_answered:
            commit(wire, entry)
        if not is_answered:
            wire.rollback()
            raise unconfirmed("the connection to the database was lost", entry)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wire, "commit", lost)
        yield


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("line", FILES, ids=lambda line: line[-1] + line[3])
def test_the_file_of_a_new_key_stays(
    district: Run, case: str, tmp_path: Path, line: Sequence[str], is_kept: bool
) -> None:
    with no_answer(is_kept=is_kept):
        ended = district(*line, str(tmp_path / "new"))
    assert (ended.code, "it is not known whether it was saved" in ended.err) == (6, True)
    assert (tmp_path / "new").exists()


@pytest.mark.parametrize("how", ["full", "stopped", "busy", "saved"])
@pytest.mark.parametrize("line", FILES, ids=lambda line: line[-1] + line[3])
def test_where_it_is_known_the_file_stays_only_if_the_vault_took_the_key(
    district: Run,
    case: str,
    tmp_path: Path,
    line: Sequence[str],
    how: str,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit = Wire.commit

    def ended(wire: Wire, entry: str) -> None:
        if how == "saved" or not wire._is_writing:
            commit(wire, entry)
        if wire._is_writing:
            wire.rollback()
            if how == "full":
                raise trouble.undone()
            raise KeyboardInterrupt

    other = Transaction(database)
    other.begin_use()
    with monkeypatch.context() as patch:
        if how == "busy":
            patch.setattr(ServerEngine, "lock", lambda engine: ServerLock(engine, 0.1))
            other.hold()
        else:
            patch.setattr(Wire, "commit", ended)
        told = district(*line, str(tmp_path / "new"))
        other.close()
    assert told.code == {"full": 9, "busy": 6}.get(how, 130)
    assert (tmp_path / "new").exists() == (how == "saved")


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_key_in_the_keychain_stays(
    district: Run, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    there: dict[str, str] = {}
    monkeypatch.setattr(keychain, "put", there.__setitem__)
    monkeypatch.setattr(keychain, "get", there.get)
    monkeypatch.setattr(keychain, "delete", there.pop)
    with no_answer(is_kept=is_kept):
        assert district("vault", "key", "add", "--keychain").code == 6
    assert len(there) == 1


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_keys_of_a_new_vault_stay_and_open_it_if_it_is_there(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    key, recovery = tmp_path / "key", tmp_path / "recovery"
    files = ("--no-keyring", "--key-file", str(key), "--recovery-to", str(recovery))
    with no_answer(
        is_kept=is_kept, spared=2
    ):  # of looking at the tables, and whether one could be made
        made = run("init", "--user", "okafor", *files)
    assert made.code == 6
    assert (
        "the new keys stay; reintegrate vault status shows whether the vault is there" in made.err
    )
    assert run("vault", "status").code == (0 if is_kept else 9)
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(recovery))
    assert run("vault", "status").code == (0 if is_kept else 9)
    assert key.exists()
