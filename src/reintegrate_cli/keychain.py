"""The operating system's keychain, asked in a child process that may not hang.

``keyring`` can block for ever behind a locked keychain, accept a secret and keep nothing, or
keep it in a plain file. So it runs in a child with a deadline, what was written is read
back, and back ends that do not protect are refused by name (K10).
"""

import subprocess
import sys

from reintegrate_cli.errors import Locked, Settings

SERVICE = "reintegrate"
DEADLINE = 5.0
_REFUSED, _LOCKED, _FAILED, _ABSENT = 3, 4, 5, 6
_UNSAFE = ("null", "fail", "keyrings.alt", "plaintext", "base64", "uncrypted")


def get(name: str, deadline: float = DEADLINE) -> str | None:
    """Read a secret, or nothing where none is kept.

    Raises:
        Locked: the keychain is locked or does not answer in time.
        Settings: there is no keychain that protects what it keeps.
    """
    return _ask(["get", name], None, deadline)


def put(name: str, secret: str, deadline: float = DEADLINE) -> None:
    """Keep a secret, and read it back.

    Raises:
        Locked: the keychain is locked or does not answer in time.
        Settings: there is none that keeps it.
    """
    _ask(["set", name], secret, deadline)
    if get(name, deadline) != secret:
        raise Settings("the keychain took the secret and did not keep it",
                       hint="use a passphrase or a key file instead")  # fmt: skip


def _ask(command: list[str], secret: str | None, deadline: float) -> str | None:
    line = [sys.executable, "-m", "reintegrate_cli.keychain", *command]
    try:
        done = subprocess.run(line, input=(secret or "").encode(), capture_output=True,
                              timeout=deadline, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Locked("the keychain does not answer; it may be locked",
                     hint="unlock it, or use the passphrase") from None  # fmt: skip
    if done.returncode == _ABSENT:
        return None
    if done.returncode == _LOCKED:
        raise Locked("the keychain is locked", hint="unlock it, or use the passphrase")
    if done.returncode == _REFUSED:
        raise Settings("this machine's keychain does not protect what it keeps",
                       hint="use a passphrase or a key file instead")  # fmt: skip
    if done.returncode != 0:
        raise Settings("there is no keychain here", hint="use a passphrase or a key file instead")
    return done.stdout.decode()


def _child(action: str, name: str) -> int:
    import keyring
    from keyring.errors import KeyringLocked

    try:
        backend = keyring.get_keyring()
        where = f"{type(backend).__module__}.{type(backend).__name__}".lower()
        children = list(getattr(backend, "backends", [backend]))
        if any(word in where for word in _UNSAFE) or not children:
            return _REFUSED
        if action == "set":
            backend.set_password(SERVICE, name, sys.stdin.read())
            return 0
        found = backend.get_password(SERVICE, name)
    except KeyringLocked:
        return _LOCKED
    except Exception:  # noqa: BLE001 - back ends raise what they like, RuntimeError among it
        return _FAILED
    if found is None:
        return _ABSENT
    sys.stdout.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(_child(sys.argv[1], sys.argv[2]))
