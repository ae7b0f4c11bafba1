"""The operating system's keychain, asked in a child process that may not hang.

``keyring`` can block for ever behind a locked keychain, accept a secret and keep nothing, or
keep it in a plain file. So it runs in a child with a deadline, what was written is read
back, and back ends that do not protect are refused by name (K10).

The child is this module: ``python -m reintegrate_cli.keychain get|set|delete|check SERVICE
NAME``. A secret goes through its pipes and never stands on a command line, which every
account of the machine may read. It answers with one line of JSON.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import Any

from reintegrate_cli.core.errors import Locked, Problem, Settings

SERVICE = "reintegrate"
DEADLINE = 5.0
"""Seconds: a locked keychain on a machine with a screen waits until somebody clicks."""

_UNSAFE_MODULES = ("keyring.backends.null", "keyring.backends.fail", "keyrings.alt")
_UNSAFE_WORDS = ("null", "plaintext", "plain", "base64", "unencrypted", "uncrypted")
_INSTEAD = "use a passphrase or a key file instead"


def get(name: str, deadline: float = DEADLINE) -> str | None:
    """Read a secret, or nothing where none is kept.

    Args:
        name: the vault's opaque id; keychains show names to everybody.
        deadline: seconds before the keychain is given up.

    Raises:
        Locked: the keychain is locked or does not answer in time.
        Settings: there is no keychain that protects what it keeps.
    """
    secret = _ask("get", name, deadline).get("secret")
    return None if secret is None else str(secret)


def put(name: str, secret: str, deadline: float = DEADLINE) -> None:
    """Keep a secret, and read it back from another process.

    Raises:
        Locked: the keychain is locked or does not answer in time.
        Settings: there is none that keeps it.
    """
    _ask("set", name, deadline, secret)
    if get(name, deadline) != secret:
        raise Settings("the keychain took the key and did not keep it", hint=_INSTEAD)


def delete(name: str, deadline: float = DEADLINE) -> None:
    """Forget a secret; where none is kept there is nothing to do.

    Raises:
        Locked: the keychain is locked or does not answer in time.
        Settings: there is no keychain that protects what it keeps.
    """
    _ask("delete", name, deadline)


def check(deadline: float = DEADLINE) -> str:
    """Return the name of the keychain, after it has answered a read.

    Raises:
        Locked: the keychain is locked or does not answer in time.
        Settings: there is no keychain that protects what it keeps.
    """
    return str(_ask("check", "check", deadline).get("backend"))


def _ask(action: str, name: str, deadline: float, secret: str = "") -> dict[str, Any]:
    # -P: a module called keyring in the folder that somebody stands in must not be asked.
    line = [sys.executable, "-P", "-m", "reintegrate_cli.keys.keychain", action, SERVICE, name]
    try:
        child = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Without a terminal no back end can prompt there, and all that it starts can be
            # ended together.
            start_new_session=True,
        )
    except OSError:
        raise Settings("the keychain could not be asked", hint=_INSTEAD) from None
    try:
        answer, _ = child.communicate(secret.encode(), timeout=deadline)
    except subprocess.TimeoutExpired:
        raise Locked(
            f"the keychain did not answer within {deadline:g} s; it may be locked",
            hint="unlock it, or use the passphrase or a key file",
        ) from None
    finally:
        _end(child)  # Ctrl-C included
    return _understood(answer)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child with all that it started, whatever they wait for."""
    if child.poll() is None:  # else its number may be somebody else's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    child.wait()


def _understood(answer: bytes) -> dict[str, Any]:
    try:
        reply = json.loads(answer)
        outcome = reply["outcome"]
    except (KeyError, TypeError, ValueError):
        raise _problem("failed") from None
    if outcome != "done":
        raise _problem(outcome)
    return dict(reply)


def _problem(outcome: str) -> Problem:
    if outcome == "locked":
        return Locked(
            "the keychain is locked", hint="unlock it, or use the passphrase or a key file"
        )
    sentences = {
        "none": "this machine's keychain cannot be reached",
        "refused": "this machine's keychain does not protect what it keeps",
    }
    return Settings(sentences.get(outcome, "the keychain cannot be used"), hint=_INSTEAD)


# What runs in the child.


def _main(arguments: list[str]) -> None:
    """Do one thing, answer, and end at once, whatever the back end left running."""
    answer = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)  # a back end that prints must not be taken for the answer
    action, service, name = arguments
    secret = sys.stdin.buffer.read().decode() if action == "set" else ""
    outcome = _outcome(action, service, name, secret)
    os.write(answer, json.dumps(outcome).encode())
    os._exit(0)


def _outcome(action: str, service: str, name: str, secret: str) -> dict[str, Any]:
    _run_no_compiler()
    try:
        import keyring
        from keyring import errors

        backend = _safe(keyring.get_keyring())
    except Exception:  # noqa: BLE001 - a back end that is forced by name may raise anything
        return {"outcome": "failed"}
    if isinstance(backend, str):
        return {"outcome": backend}
    try:
        return {"outcome": "done", **_done(backend, action, service, name, secret)}
    except errors.KeyringLocked:
        return {"outcome": "locked"}
    except errors.NoKeyringError:
        return {"outcome": "none"}
    except Exception:  # noqa: BLE001 - back ends raise what they like, RuntimeError among it
        return {"outcome": "failed"}


def _run_no_compiler() -> None:
    """Keep a back end from looking for libraries by running ldconfig and a compiler.

    On Linux the one for macOS does so as soon as ``keyring`` lists what there is.
    """
    if sys.platform == "linux":
        import ctypes.util

        def nowhere(name: str) -> str | None:
            return None

        ctypes.util.find_library = nowhere


def _safe(backend: Any) -> Any:
    """Return a back end that protects what it keeps, or the word for why there is none."""
    if type(backend).__module__ == "keyring.backends.chainer":
        # It would try the unsafe ones too, so the first that is safe is asked by itself.
        safe = [child for child in backend.backends if _reason(child) is None]
        return safe[0] if safe else "refused" if backend.backends else "none"
    return _reason(backend) or backend


def _reason(backend: Any) -> str | None:
    kind = type(backend)
    if kind.__module__ == "keyring.backends.fail":
        return "none"
    if kind.__module__.startswith(_UNSAFE_MODULES):
        return "refused"
    names = f"{kind.__module__}.{kind.__qualname__}".lower()
    return "refused" if any(word in names for word in _UNSAFE_WORDS) else None


def _done(backend: Any, action: str, service: str, name: str, secret: str) -> dict[str, Any]:
    if action == "set":
        backend.set_password(service, name, secret)
        return {}
    value = backend.get_password(service, name)
    if action == "get":
        return {"secret": value}
    if action == "delete" and value is not None:
        backend.delete_password(service, name)
    return {"backend": str(backend.name)}


if __name__ == "__main__":
    _main(sys.argv[1:])
