"""Files with a key or a passphrase in them: one's own, and nobody else's to read."""

import os
from pathlib import Path
from typing import Literal, NamedTuple

from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.keys import age
from reintegrate_cli.keys.bundles import KEY_BYTES
from reintegrate_cli.keys.disk import (
    flush,
    opening,
    plain_reason,
    refuse_own_name,
    remedy,
    remove,
    sync_folder,
    write_all,
    written_beside,
)
from reintegrate_cli.keys.recovery import check_passphrase, looks_like_recovery_code

_MARK = "reintegrate-key-1"
_REMINDER_MARK = "reintegrate-reminder-key-2"
_SCHOOL_MARK = "reintegrate-school-key-1"
FileKind = Literal["file", "reminder", "recipient", "school"]
"""The kinds of slots that a secret in a file opens."""
_MARKS: dict[str, tuple[FileKind, int]] = {
    _MARK: ("file", 1),
    _REMINDER_MARK: ("reminder", 2),
    _SCHOOL_MARK: ("school", 2),
    "reintegrate-reminder-key-1": ("reminder", 1),
}
"""What a mark says, and how many keys stand behind it; the last is cron's from before it named
who signs."""
_LONGEST_KEY_FILE = 4096
_ANOTHER = "is another file meant?"
_NO_KEY = "reintegrate vault key add --key-file FILE makes one; the passphrase opens the vault too"


class KeyFile(NamedTuple):
    """What a key file holds."""

    kind: FileKind
    """What it says that it is: anyone with the secret can wrap anything in a slot of any kind."""
    secret: bytes
    """32 random bytes; or age identities as text, a line each."""
    public: bytes = b""
    """In a narrow one: the public half of the key that signs for its vault."""


def create_key_file(path: Path) -> bytes:
    """Make a key file, or read the one that is there; it is never written over.

    Args:
        path: where it is; created with mode 0600.

    Raises:
        Settings: it cannot be written, or the one there cannot be used, or is cron's: a key
            that opens everything must not end up in cron's hands.
    """
    secret = os.urandom(KEY_BYTES)
    if create_private(path, _line(_MARK, secret)):
        return secret
    file = _key_in(read_private(path, "the key file"))
    if file.kind != "file":
        raise _another_sort()
    return file.secret


def create_reminder_file(path: Path, public: bytes) -> KeyFile:
    """Make cron's key file, or read the one that is there; it is never written over.

    Args:
        path: where it is; created with mode 0600.
        public: the public half of the key that signs for the vault.

    Returns:
        What it holds; one that an older version made names nobody who signs.

    Raises:
        Settings: it cannot be written, or the one there cannot be used, or is of the other
            sort, or names somebody else who signs.
    """
    file = KeyFile("reminder", os.urandom(KEY_BYTES), public)
    if create_private(path, _line(_REMINDER_MARK, file.secret, public)):
        return file
    former = _key_in(read_private(path, "the key file"))
    if former.kind != "reminder":
        raise _another_sort()
    if former.public not in (b"", public):
        raise Settings(
            "the key file that is there names somebody else who signs, so it is another vault's",
            hint="name another file",
        )
    return former


def create_school_file(path: Path, public: bytes) -> KeyFile:
    """Make the key file of somebody at a school; one that is there is left alone.

    Raises:
        Settings: it cannot be written, or there is one.
    """
    file = KeyFile("school", os.urandom(KEY_BYTES), public)
    if not create_private(path, _line(_SCHOOL_MARK, file.secret, public)):
        raise Settings("there is a file already", hint="name another file")
    return file


def sign_reminder_file(path: Path, file: KeyFile) -> None:
    """Write into cron's key file who signs for its vault, where an older version made it.

    Raises:
        Settings: it cannot be written; the file is as it was.
    """
    line = _line(_REMINDER_MARK, file.secret, file.public).encode()
    try:
        written_beside(path, lambda to: write_all(to, line)).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _unwritten(error) from None


def _another_sort() -> Settings:
    return Settings("the key file that is there is a key of another sort", hint="name another file")


def _line(mark: str, *parts: bytes) -> str:
    import base64

    words = [base64.b64encode(part).decode() for part in parts]
    return " ".join([mark, *words, _check(*words)]) + "\n"


def create_private(path: Path, text: str) -> bool:
    """Write a new 0600 file durably; say ``False`` where one is there already.

    Raises:
        Settings: it cannot be written.
    """
    refuse_own_name(path.name)
    is_new = False
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with opening(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
            is_new = True
            write_all(descriptor, text.encode())
            flush(descriptor)
        sync_folder(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        if is_new:
            remove(path)
        raise _unwritten(error) from None
    return True


def write_recovery_code(path: Path, code: str) -> None:
    """Write a recovery code to a new 0600 file.

    Raises:
        Usage: there is such a file.
        Settings: the disk does not take it.
    """
    if not create_private(path, code + "\n"):
        raise recovery_file_taken()


def recovery_file_taken() -> Usage:
    """Return what is said of a file that a recovery code would be written over."""
    return Usage(
        "the file for the recovery code is there already",
        fields=["recovery_to"],
        hint="it is never written over; name another",
    )


def _unwritten(error: OSError) -> Settings:
    return Settings(f"the file cannot be written: {plain_reason(error)}", hint=remedy(error))


def read_key_file(path: Path, *, guarded: bool = False) -> KeyFile:
    """Read a key file, cron's or a person's: 0600, one's own, not a link.

    Args:
        path: where it is.
        guarded: its folder keeps others out, as systemd's for credentials does, where an
            access list makes the mode look wider than it is.

    Raises:
        Settings: it is missing, open to others, or no key file.
    """
    return _key_in(read_private(path, "the key file", guarded=guarded))


def read_key_or_identities(path: Path) -> KeyFile:
    """Read a key file, or a file with age identities: 0600, one's own, not a link.

    Raises:
        Settings: it is missing, open to others, or holds neither.
    """
    text = read_private(path, "the key file")
    if age.looks_like_identities(text):
        return KeyFile("recipient", age.read_identities(text))
    return _key_in(text)


def read_identity_file(path: Path) -> bytes:
    """Read a file with age identities: 0600, one's own, not a link.

    Raises:
        Settings: it is missing, open to others, or holds none.
    """
    text = read_private(path, "the identity file")
    if not age.looks_like_identities(text):
        raise Settings("the file holds no age identity", hint="age-keygen makes one")
    return age.read_identities(text)


def looks_like_key(text: str) -> bool:
    """Return whether a text is meant to open a vault: key file, age identities, recovery code."""
    words = text.split()
    marked = bool(words) and words[0] in _MARKS
    spelled = any(looks_like_recovery_code(line) for line in text.splitlines())
    return marked or spelled or age.looks_like_identities(text)


def _key_in(text: str) -> KeyFile:
    import binascii  # base64 itself would load re, on every command

    if age.looks_like_identities(text):
        raise Settings(
            "the file holds an age identity, not a key of this program",
            hint="a vault is sealed to its public half: reintegrate vault key add --recipient",
        )
    try:
        mark, *words, check = text.split()
        parts = [binascii.a2b_base64(word, strict_mode=True) for word in words]
    except ValueError:
        raise Settings("the key file holds no key", hint=_NO_KEY) from None
    kind, count = _MARKS.get(mark, ("file", 0))
    if [len(part) for part in parts] != [KEY_BYTES] * count or check != _check(*words) or not count:
        raise Settings("the key file holds no key, or is damaged", hint=_NO_KEY)
    return KeyFile(kind, *parts)


def _check(*words: str) -> str:
    import hashlib

    return hashlib.sha256("".join(words).encode()).hexdigest()[:8]


def read_passphrase_file(path: Path) -> str:
    """Read a passphrase from the first line of a 0600 file.

    Raises:
        Settings: it is missing, open to others, or empty.
    """
    text = read_private(path, "the passphrase file").partition("\n")[0].rstrip("\r")
    if not text:
        raise Settings("the passphrase file is empty", hint="write it on the first line")
    return text


def read_new_passphrase(path: Path) -> str:
    """Read a passphrase that is to open something from now on.

    Raises:
        Settings: the file is missing, open to others, or empty.
        Usage: the passphrase is too short, or easy to guess.
    """
    words = read_passphrase_file(path)
    check_passphrase(words)
    return words


def read_private(path: Path, what: str, *, guarded: bool = False) -> str:
    """Read a small file that only its owner may read.

    Args:
        path: where it is; a link is refused.
        what: what to call it in a sentence, such as ``the key file``.
        guarded: whether the system guards its folder, as for ``read_key_file``.

    Raises:
        Settings: it is missing, a link, another user's, too long, or open to others.
    """
    try:
        with opening(path, os.O_RDONLY) as descriptor:
            _check_private(os.fstat(descriptor), what, guarded=guarded)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                body = file.read(_LONGEST_KEY_FILE + 1)
    except FileNotFoundError:
        raise Settings(f"{what} is not there", hint="check the path") from None
    except OSError as error:
        raise Settings(
            f"{what} cannot be read: {plain_reason(error)}", hint=remedy(error)
        ) from None
    if len(body) > _LONGEST_KEY_FILE:
        raise Settings(f"{what} is too long to be one", hint=_ANOTHER)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Settings(f"{what} is not text", hint=_ANOTHER) from None


def _check_private(info: os.stat_result, what: str, *, guarded: bool) -> None:
    if guarded:
        return
    if info.st_mode & 0o077:
        raise Settings(f"others can read {what}", hint="make it yours alone: chmod 600")
    # Root may read what belongs to others; what belongs to root was put there to be read.
    if os.geteuid() != 0 and info.st_uid not in (os.geteuid(), 0):
        raise Settings(f"{what} belongs to somebody else", hint="use a copy of your own")
