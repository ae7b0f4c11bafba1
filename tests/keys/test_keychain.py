"""The keychain: a real one, and every way in which one fails or lies."""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keyring
import pytest
from keyring import errors
from keyring.backend import KeyringBackend
from keyring.backends import chainer as chainers
from keyring.backends import fail, null

from conftest import Run
from reintegrate_cli import vault
from reintegrate_cli.core.errors import Locked, Settings
from reintegrate_cli.kept import session
from reintegrate_cli.keys import keychain
from reintegrate_cli.vault import locking
from reintegrate_cli.vault.engine import FileEngine

NAME = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
BACKENDS = '''
import time
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

class Fake(KeyringBackend):
    priority = 9
    def get_password(self, service, username): return None
    def set_password(self, service, username, password): pass
    def delete_password(self, service, username): pass

class Forgetful(Fake): pass

class Raising(Fake):
    def get_password(self, service, username): raise RuntimeError("canary-quetzal")
    set_password = get_password

class Shut(Fake):
    def get_password(self, service, username): raise KeyringLocked("canary-quetzal")

class Blocking(Fake):
    def get_password(self, service, username):
        print("waiting for somebody to click", flush=True)
        time.sleep(600)

class Lingering(Fake):
    """Answers, and leaves a thread that would keep the process from ending."""
    def get_password(self, service, username):
        import threading
        threading.Thread(target=time.sleep, args=(600,)).start()
        print("this is not the answer", flush=True)
        return "kept"

class PlaintextKeyring(Fake): pass
'''

gnome = pytest.mark.needs("gnome-keyring-daemon", "dbus-run-session")


@pytest.fixture
def backends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of back ends that misbehave, in the modules that they are known by."""
    folder = tmp_path / "backends"
    (folder / "keyrings" / "alt").mkdir(parents=True)
    for package in ("keyrings", "keyrings/alt"):
        (folder / package / "__init__.py").touch()
    (folder / "keyrings" / "alt" / "file.py").write_text(BACKENDS)
    (folder / "elsewhere.py").write_text(BACKENDS)
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in paths if path))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    return folder


def use(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)


def everything_raises(kind: type[Exception], match: str) -> None:
    acts: list[Callable[[], object]] = [
        lambda: keychain.get(NAME),
        lambda: keychain.put(NAME, "secret"),
        lambda: keychain.delete(NAME),
        keychain.check,
    ]
    for act in acts:
        with pytest.raises(kind, match=match) as problem:
            act()
        assert "canary" not in str(problem.value)
        assert getattr(problem.value, "hint", "")


def test_without_a_session_bus_there_is_no_keychain(
    backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, "keyring.backends.fail.Keyring")
    everything_raises(Settings, "keychain cannot be reached")


@pytest.mark.parametrize("bus", ["", "unix:path=/nonexistent/bus"])
def test_a_dead_bus_is_no_keychain(
    backends: Path, monkeypatch: pytest.MonkeyPatch, bus: str
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    shutil.rmtree(backends)
    if bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    with pytest.raises(Settings):
        keychain.get(NAME)
    use(monkeypatch, "keyring.backends.SecretService.Keyring")
    with pytest.raises(Settings):
        keychain.get(NAME)


@pytest.mark.parametrize(
    "backend",
    [
        "keyring.backends.null.Keyring",
        "keyrings.alt.file.PlaintextKeyring",
        "keyrings.alt.file.Fake",
        "elsewhere.PlaintextKeyring",
    ],
)
def test_a_back_end_that_does_not_protect_is_refused_by_name(
    backends: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    use(monkeypatch, backend)
    everything_raises(Settings, "does not protect")


def test_a_chainer_with_nothing_to_ask_is_no_keychain(
    backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(backends)
    use(monkeypatch, "keyring.backends.chainer.ChainerBackend")
    everything_raises(Settings, "keychain cannot be reached")


def test_a_back_end_that_is_not_there_or_raises_is_one_plain_sentence(
    backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for backend in ("absent.Keyring", "elsewhere.Absent", "elsewhere.Raising", "nonsense"):
        use(monkeypatch, backend)
        with pytest.raises(Settings, match="cannot be used"):
            keychain.get(NAME)


def test_a_locked_keychain_says_that_it_is_locked(
    backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, "elsewhere.Shut")
    with pytest.raises(Locked, match="is locked"):
        keychain.get(NAME)


def test_a_secret_that_was_taken_and_not_kept_is_noticed(
    backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, "elsewhere.Forgetful")
    with pytest.raises(Settings, match="did not keep it"):
        keychain.put(NAME, "secret")


def test_a_keychain_that_waits_for_ever_is_given_up(
    backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, "elsewhere.Blocking")
    began = time.monotonic()
    with pytest.raises(Locked, match="did not answer"):
        keychain.get(NAME, deadline=1.0)
    assert time.monotonic() - began < 3


def test_a_back_end_that_prints_and_lingers_changes_nothing(
    backends: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, "elsewhere.Lingering")
    began = time.monotonic()
    assert keychain.get(NAME) == "kept"
    assert time.monotonic() - began < 4


def test_a_module_in_the_folder_somebody_stands_in_is_not_asked(
    backends: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "keyring.py").write_text("raise SystemExit(open('taken', 'w').close())")
    use(monkeypatch, "elsewhere.Forgetful")
    monkeypatch.chdir(tmp_path)
    assert keychain.get(NAME) is None
    assert not (tmp_path / "taken").exists()


def test_an_interpreter_that_cannot_start_is_one_plain_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for program in ("/nonexistent/python", "/bin/true"):
        monkeypatch.setattr(sys, "executable", program)
        with pytest.raises(Settings):
            keychain.get(NAME)


# What runs in the child, in this process, where what it does with a back end can be seen.


class Backend(KeyringBackend):
    """A back end that keeps what it is given."""

    priority = 9
    name = "a safe one"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Unencrypted(Backend):
    """Its name says that it does not protect."""


def answering(monkeypatch: pytest.MonkeyPatch, backend: object) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


def test_a_back_end_is_asked_for_one_thing_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Backend())
    done = {"outcome": "done"}
    asked = [
        ("get", ""),
        ("delete", ""),
        ("set", "one"),
        ("get", ""),
        ("delete", ""),
        ("get", ""),
        ("check", ""),
    ]
    assert [keychain._outcome(action, "s", NAME, secret) for action, secret in asked] == [
        done | {"secret": None},
        done | {"backend": "a safe one"},
        done,
        done | {"secret": "one"},
        done | {"backend": "a safe one"},
        done | {"secret": None},
        done | {"backend": "a safe one"},
    ]


def test_of_several_back_ends_the_first_that_is_safe_is_asked_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unsafe, safe = Unencrypted(), Backend()
    for backends, outcome in (([unsafe, safe], "done"), ([unsafe], "refused"), ([], "none")):
        chainer = chainers.ChainerBackend()
        monkeypatch.setattr(type(chainer), "backends", backends)
        answering(monkeypatch, chainer)
        assert keychain._outcome("set", "s", NAME, "one")["outcome"] == outcome
    assert (unsafe.kept, list(safe.kept.values())) == ({}, ["one"])


def test_a_back_end_that_only_fails_is_none_and_one_that_forgets_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for backend, outcome in ((fail.Keyring(), "none"), (null.Keyring(), "refused")):
        answering(monkeypatch, backend)
        assert keychain._outcome("get", "s", NAME, "") == {"outcome": outcome}


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [(errors.KeyringLocked, "locked"), (errors.NoKeyringError, "none"), (RuntimeError, "failed")],
)
def test_whatever_a_back_end_raises_is_one_word(
    monkeypatch: pytest.MonkeyPatch, raised: type[Exception], outcome: str
) -> None:
    def refuse(*_: object) -> None:
        raise raised("canary-quetzal")

    backend = Backend()
    monkeypatch.setattr(backend, "get_password", refuse)
    answering(monkeypatch, backend)
    assert keychain._outcome("get", "s", NAME, "") == {"outcome": outcome}
    monkeypatch.setattr(keyring, "get_keyring", refuse)
    assert keychain._outcome("get", "s", NAME, "") == {"outcome": "failed"}


@pytest.mark.parametrize(("action", "given"), [("set", b"one"), ("get", b"")])
def test_the_answer_is_one_line_on_the_first_output_and_the_secret_comes_by_the_pipe(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], action: str, given: bytes
) -> None:
    class Ended(Exception):
        pass

    def end(code: int) -> None:
        raise Ended

    backend = Backend()
    answering(monkeypatch, backend)
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
    first = os.dup(1)
    try:
        with pytest.raises(Ended):
            keychain._main([action, "s", NAME])
        os.write(1, b"a back end that prints")
    finally:
        os.dup2(first, 1)
        os.close(first)
    answer = json.loads(capfd.readouterr().out)
    assert answer == {"outcome": "done"} | ({"secret": None} if action == "get" else {})
    assert list(backend.kept.values()) == ([given.decode()] if given else [])


def test_a_secret_that_reads_back_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [{"outcome": "done"}, {"outcome": "done", "secret": "one"}]
    monkeypatch.setattr(keychain, "_ask", lambda *_: answers.pop(0))
    keychain.put(NAME, "one")
    assert answers == []


# A real one.

UNLOCK = """
set -eu
printf "%s" "$0" | gnome-keyring-daemon --unlock --components=secrets >/dev/null
exec "$@"
"""
SHUT = """
set -eu
gnome-keyring-daemon --start --components=secrets >/dev/null
exec "$@"
"""
ACT = """
import json, sys
from reintegrate_cli.keys import keychain
from reintegrate_cli.core.errors import Problem
answers = []
for action, *given in json.loads(sys.argv[1]):
    try:
        answers.append(getattr(keychain, action)(*given))
    except Problem as problem:
        answers.append([problem.kind, problem.message])
print(json.dumps(answers))
"""


def in_session(home: Path, script: str, *acts: Sequence[str]) -> list[object]:
    """Do things with the keychain inside a session of its own, below ``home``."""
    hidden = (
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "GNOME_KEYRING_CONTROL",
        "DBUS_SESSION_BUS_ADDRESS",
        "PYTHON_KEYRING_BACKEND",
    )
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    for name, folder in (
        ("HOME", ""),
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "cfg"),
        ("XDG_CACHE_HOME", "cache"),
    ):
        (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        environment[name] = str(home / folder)
    done = subprocess.run(
        [
            "dbus-run-session",
            "--",
            "bash",
            "-c",
            script,
            "a-password",
            sys.executable,
            "-c",
            ACT,
            json.dumps(acts),
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[object] = json.loads(done.stdout)
    return found


@gnome
def test_a_real_keychain_keeps_gives_back_and_forgets(tmp_path: Path) -> None:
    home = tmp_path / "k"
    acts = [
        ["check"],
        ["get", NAME],
        ["delete", NAME],
        ["put", NAME, "one"],
        ["get", NAME],
        ["put", NAME, "two"],
        ["get", NAME],
        ["delete", NAME],
        ["get", NAME],
    ]
    name, *rest = in_session(home, UNLOCK, *acts)
    assert isinstance(name, str)
    assert "SecretService" in name.replace(" ", "")
    assert rest == [None, None, None, "one", None, "two", None, None]


@gnome
def test_a_real_keychain_holds_over_a_session_and_says_when_it_is_locked(tmp_path: Path) -> None:
    home = tmp_path / "k"
    assert in_session(home, UNLOCK, ["put", NAME, "canary-quetzal"]) == [None]
    for file in home.rglob("*"):
        assert not file.is_file() or b"canary-quetzal" not in file.read_bytes()
    shut = ["locked", "the keychain is locked"]
    assert in_session(home, SHUT, ["get", NAME], ["put", NAME, "x"], ["check"]) == [shut] * 3
    assert in_session(home, UNLOCK, ["get", NAME]) == ["canary-quetzal"]


OPENED = """
set -eu
printf '%s' ci-pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null
export REINTEGRATE_VAULT="$1/caseload.vault"
"$2" -m reintegrate_cli init --user okafor --key-file "$1/key" --recovery-to "$1/recovery"
unset REINTEGRATE_KEY_FILE
"$2" -m reintegrate_cli staff list --json
"""


def beside_a_keychain(tmp_path: Path, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a script in a session with a keychain that is open: the vault's folder, then Python."""
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    env = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(run),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    line = [
        "dbus-run-session",
        "--",
        "bash",
        "-c",
        script,
        "_",
        str(tmp_path / "v"),
        sys.executable,
    ]
    return subprocess.run(line, capture_output=True, text=True, env=env, timeout=60, check=False)


@gnome
def test_a_real_keychain_opens_the_vault(tmp_path: Path) -> None:
    done = beside_a_keychain(tmp_path, OPENED)
    assert done.returncode == 0, done.stderr
    assert '"slug": "okafor"' in done.stdout
    assert "3 keys open it" in done.stderr


LOST = """
set -u
printf '%s' ci-pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null
export REINTEGRATE_VAULT="$1/caseload.vault"
unset REINTEGRATE_KEY_FILE
program() { "$2" -m reintegrate_cli "${@:3}"; echo "exit $?"; }
alone() { program "$@"; "$2" -m reintegrate_cli lock; } 2>&1
alone "$1" "$2" init --user okafor --key-file "$1/key" --recovery-to "$1/recovery"
"$2" - "$REINTEGRATE_VAULT" <<'END'
import sys
from pathlib import Path
from reintegrate_cli.keys import keychain; from reintegrate_cli import vault
keychain.delete(vault.read_header(Path(sys.argv[1])).store_id)
END
echo "== lost"; alone "$1" "$2" staff list
echo "== doctor"; REINTEGRATE_KEY_FILE="$1/key" program "$1" "$2" doctor --csv
echo "== back"; REINTEGRATE_KEY_FILE="$1/key" program "$1" "$2" vault key add --keychain 2>&1
echo "== opens"; alone "$1" "$2" staff list --csv
echo "== doctor again"; alone "$1" "$2" doctor --csv
echo "== twice"; alone "$1" "$2" vault key add --keychain
"""


@gnome
def test_a_key_that_a_real_keychain_lost_is_said_to_be_and_put_back(tmp_path: Path) -> None:
    done = beside_a_keychain(tmp_path, LOST)
    said = dict(part.split("\n", 1) for part in done.stdout.split("== ")[1:])
    assert "the keychain holds no key that opens this vault" in said["lost"], done
    assert "vault key add --keychain" in said["lost"]
    assert "exit 3" in said["lost"]
    row = next(line for line in said["doctor"].splitlines() if line.startswith("keychain,"))
    assert row.startswith("keychain,wrong,the keychain holds no key")
    assert row.endswith("reintegrate vault key add --keychain")
    assert "exit 0" in said["back"], said["back"]
    assert "vault key revoke" in said["back"]
    assert "okafor" in said["opens"], said["opens"]
    assert "keychain,fine,opens the vault" in said["doctor again"]
    assert "exit 2" in said["twice"]
    assert "opens the vault already" in said["twice"]


def test_a_key_for_the_keychain_is_ones_own_and_is_taken_back_where_the_vault_is_not_written(
    district: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr(keychain, "get", kept.get)
    monkeypatch.setattr(keychain, "put", kept.__setitem__)
    monkeypatch.setattr(keychain, "delete", lambda name: kept.pop(name, None))
    theirs = district("vault", "key", "add", "--keychain", "--for", "lee")
    assert (theirs.code, kept) == (2, {})
    both = district("vault", "key", "add", "--keychain", "--key-file", "x")
    assert (both.code, kept) == (2, {})
    reviewer = district("vault", "key", "add", "--keychain", "--reviewer", "--for", "lee")
    assert (reviewer.code, kept) == (2, {})
    with vault.lock(session.current.engine.path):
        monkeypatch.setattr(FileEngine, "lock", lambda engine: locking.lock(engine.path, wait=0))
        assert district("vault", "key", "add", "--keychain").code == 6
    assert kept == {}


SOUND = """
set -eu
printf '%s' ci-pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null
export REINTEGRATE_VAULT="$1/caseload.vault" REINTEGRATE_CONFIG="${1%/v}/district.toml"
unset REINTEGRATE_KEY_FILE
program() { "$python" -m reintegrate_cli "$@"; }
python=$2
program init --user okafor --key-file "$1/key" --recovery-to "$1/recovery" >/dev/null
echo '{"name": "Ada Okafor"}' | program staff add okafor --role specialist --from - >/dev/null
program closure add 2026-11-26..2026-11-27 >/dev/null
program vault backup "$1/copies" >/dev/null
program remind setup --reminder-key "$1/cron" --host 127.0.0.1 --port 9 --insecure-loopback \\
    --from-address a@alder.example --to b@alder.example --no-input >/dev/null
program doctor --looked-at swap --json >/dev/null
program doctor --looked-at disk --json
"""


@gnome
def test_on_a_machine_that_is_set_up_well_the_doctor_finds_all_fine(tmp_path: Path) -> None:
    (tmp_path / "district.toml").write_text('time_zone = "America/New_York"\n')
    done = beside_a_keychain(tmp_path, SOUND)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["items"]
    assert {row["state"] for row in rows} == {"fine"}, rows
    found = {row["check"]: row["found"] for row in rows}
    assert found["keychain"] == "opens the vault"
    assert found["backup"] == "the last is made today, read back whole"
