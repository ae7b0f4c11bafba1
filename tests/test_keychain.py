"""The system's keychain: a real gnome-keyring where there is one, and the bad ones too."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reintegrate_cli import keychain
from reintegrate_cli.errors import Locked, Settings


@pytest.fixture(autouse=True)
def _no_session_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_session_bus_there_is_none() -> None:
    with pytest.raises(Settings):
        keychain.get("a-store")


def test_a_back_end_that_keeps_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with pytest.raises(Settings):
        keychain.put("a-store", "secret")


BACKENDS = """
import time
from keyring.backend import KeyringBackend

class Base(KeyringBackend):
    priority = 1
    def set_password(self, service, username, password): pass
    def get_password(self, service, username): return None
    def delete_password(self, service, username): pass

class PlaintextKeyring(Base): pass
class Failing(Base):
    def get_password(self, service, username): raise RuntimeError("canary")
class Blocking(Base):
    def get_password(self, service, username): time.sleep(60)
"""


@pytest.mark.parametrize("name", ["PlaintextKeyring", "Failing", "Blocking"])
def test_a_back_end_that_does_not_protect_fails_or_hangs_is_told_apart(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strange.py").write_text(BACKENDS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"strange.{name}")
    with pytest.raises(Locked if name == "Blocking" else Settings) as caught:
        keychain.get("a-store", deadline=2)
    assert "canary" not in str(caught.value)


SESSION = """
set -eu
printf '%s' ci-pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null
export REINTEGRATE_VAULT="$1/caseload.vault"
"$2" -m reintegrate_cli init --user okafor --key-file "$1/key" --recovery-to "$1/recovery"
unset REINTEGRATE_KEY_FILE
"$2" -m reintegrate_cli staff list --json
"""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus are not installed",
)
def test_a_real_keychain_opens_the_vault(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    env = {**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(run),
           "XDG_DATA_HOME": str(tmp_path / "data")}  # fmt: skip
    line = [
        "dbus-run-session",
        "--",
        "bash",
        "-c",
        SESSION,
        "_",
        str(tmp_path / "v"),
        sys.executable,
    ]
    done = subprocess.run(line, capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert '"slug": "okafor"' in done.stdout
    assert "3 keys open it" in done.stderr
