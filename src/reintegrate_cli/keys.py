"""Keys: what opens a vault, and how much of it.

::

    data key (32 random bytes, in memory alone)
     |- HKDF "table/NAME"        -> the key of one table that only a full key opens
     |- HKDF "manifest"          -> the key of the list of those tables' digests
     |- HKDF "reminder"          -> the reminder root
     |    '- HKDF "table/NAME"   -> the key of a table that cron may open
     '- HKDF "chain"             -> the key of the file's trailer

HKDF goes one way: the reminder root gives neither the data key nor another table's. A slot
in the vault's header wraps a bundle: the data key, or the reminder root and the chain key,
and, sealed with it, the staff slug of the person whose slot it is.
"""

import hashlib
import hmac
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from reintegrate_cli.errors import Damaged, Locked, Settings, Usage

SlotKind = Literal["keyring", "file", "passphrase", "recovery", "reminder"]
KEY_BYTES = 32
NONCE_BYTES = 12

# Argon2id: what is spent on a new slot, and the most that a foreign file may ask for.
ARGON = {"t": 3, "m": 64 * 1024, "p": 4}
ARGON_MOST = {"t": 16, "m": 1024 * 1024, "p": 16}
SHORTEST_PASSPHRASE = 12

_FILE_MARK = {False: "reintegrate-key-1", True: "reintegrate-reminder-key-1"}
_LONGEST_KEY_FILE = 4096


def derive(key: bytes, purpose: str) -> bytes:
    """Derive a key for one purpose (HKDF-Expand with SHA-256, one block)."""
    return hmac.digest(key, purpose.encode() + b"\x01", "sha256")


@dataclass(frozen=True)
class Bundle:
    """What an opened slot gives: everything, or what cron may see.

    Secrets stay out of ``repr``.
    """

    user: str
    full: bool
    slot: str = ""
    data_key: bytes = field(default=b"", repr=False)
    reminder_root: bytes = field(default=b"", repr=False)
    chain_key: bytes = field(default=b"", repr=False)

    def table_key(self, name: str, *, reminder: bool) -> bytes:
        """Give the key of a table.

        Raises:
            Locked: this key does not open that table, and says so.
        """
        if reminder:
            return derive(self.reminder_root, f"table/{name}")
        if not self.full:
            raise Locked("this key opens the reminders alone",
                         hint="use the key of a person")  # fmt: skip
        return derive(self.data_key, f"table/{name}")

    @property
    def manifest_key(self) -> bytes:
        """The key of the manifest."""
        return derive(self.data_key, "manifest")


def full_bundle(data_key: bytes, user: str, slot: str = "") -> Bundle:
    """Derive from a data key all that it opens."""
    return Bundle(
        user, True, slot, data_key, derive(data_key, "reminder"), derive(data_key, "chain")
    )


def new_bundle(user: str) -> Bundle:
    """Make the data key of a new vault."""
    return full_bundle(os.urandom(KEY_BYTES), user)


@dataclass(frozen=True)
class Slot:
    """One way to open the vault, as it stands in the header."""

    id: str
    kind: SlotKind
    nonce: bytes
    wrapped: bytes
    kdf: dict[str, Any] = field(default_factory=dict)


class HeaderLike(Protocol):
    """What is needed of a vault's header to open it."""

    @property
    def store_id(self) -> str:
        """The vault's random id."""

    @property
    def slots(self) -> Sequence[Slot]:
        """The ways to open it."""


def make_slot(kind: SlotKind, secret: bytes, bundle: Bundle, store_id: str) -> Slot:
    """Wrap a bundle so that a secret opens it.

    Args:
        kind: what sort of secret it is.
        secret: 32 random bytes, or for ``passphrase`` its UTF-8 text.
        bundle: a full bundle; for ``reminder`` only cron's part of it is wrapped.
        store_id: binds the slot to its vault.
    """
    slot_id = os.urandom(4).hex()
    kdf = dict(ARGON, salt=os.urandom(16).hex()) if kind == "passphrase" else {}
    if kind == "reminder":
        inner = {"user": bundle.user, "root": bundle.reminder_root.hex(),
                 "chain": bundle.chain_key.hex()}  # fmt: skip
    else:
        inner = {"user": bundle.user, "dek": bundle.data_key.hex()}
    nonce = os.urandom(NONCE_BYTES)
    shell = Slot(slot_id, kind, nonce, b"", kdf)
    plain = json.dumps(inner).encode()
    wrapped = _aead(_slot_key(kind, secret, kdf, store_id)).encrypt(
        nonce, plain.ljust(-(-len(plain) // 64) * 64), _slot_place(shell, store_id)
    )
    return Slot(slot_id, kind, nonce, wrapped, kdf)


def _slot_place(slot: Slot, store_id: str) -> bytes:
    return json.dumps([store_id, slot.id, slot.kind, sorted(slot.kdf.items())]).encode()


def _slot_key(kind: SlotKind, secret: bytes, kdf: dict[str, Any], store_id: str) -> bytes:
    if kind != "passphrase":
        return derive(secret, f"slot/{kind}/{store_id}")
    _bounded(kdf)
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        secret=secret, salt=bytes.fromhex(kdf["salt"]), time_cost=kdf["t"],
        memory_cost=kdf["m"], parallelism=kdf["p"], hash_len=KEY_BYTES, type=Type.ID,
    )  # fmt: skip


def _bounded(kdf: dict[str, Any]) -> None:
    """Refuse a cost that a hostile file asks for, before it is spent."""
    for name, most in ARGON_MOST.items():
        value = kdf.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise Damaged("the vault asks for more work than a passphrase needs")
    salt = kdf.get("salt")
    if not isinstance(salt, str) or len(salt) != 32 or kdf["m"] < 8 * kdf["p"]:
        raise Damaged("a key slot of the vault does not have the right shape")


def _aead(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def open_slot(slot: Slot, secret: bytes, store_id: str) -> Bundle | None:
    """Open one slot, or give nothing where the secret is not its own."""
    from cryptography.exceptions import InvalidTag

    key = _slot_key(slot.kind, secret, slot.kdf, store_id)
    try:
        plain = _aead(key).decrypt(slot.nonce, slot.wrapped, _slot_place(slot, store_id))
    except InvalidTag:
        return None
    inner = json.loads(plain)
    if slot.kind == "reminder":
        root, chain = bytes.fromhex(inner["root"]), bytes.fromhex(inner["chain"])
        return Bundle(inner["user"], False, slot.id, b"", root, chain)
    return full_bundle(bytes.fromhex(inner["dek"]), inner["user"], slot.id)


def open_any(header: HeaderLike, kinds: Sequence[SlotKind], secret: bytes) -> Bundle:
    """Open the vault with a random secret, whichever slot of these kinds it is for.

    Raises:
        Locked: it opens none of them.
    """
    for slot in header.slots:
        if slot.kind in kinds and len(secret) == KEY_BYTES:
            bundle = open_slot(slot, secret, header.store_id)
            if bundle is not None:
                return bundle
    raise Locked("this key does not open the vault",
                 hint="is it the key of another vault, or one that was revoked?")  # fmt: skip


def open_with_words(header: HeaderLike, words: str) -> Bundle:
    """Open the vault with what a person typed: a passphrase, or the recovery code.

    Raises:
        Locked: it opens nothing.
    """
    if looks_like_recovery_code(words):
        try:
            return open_any(header, ("recovery",), parse_recovery_code(words))
        except Usage:
            pass  # a passphrase may look like a code
    for slot in header.slots:
        if slot.kind == "passphrase":
            bundle = open_slot(slot, words.encode(), header.store_id)
            if bundle is not None:
                return bundle
    raise Locked("the passphrase does not open the vault",
                 hint="the recovery code opens it too")  # fmt: skip


# Files with a key or a passphrase in them.


def create_key_file(path: Path, *, reminder: bool = False) -> bytes:
    """Make a key file, or read the one that is there; it is never written over.

    Args:
        path: where it is; created with mode 0600.
        reminder: whether it is cron's key, told apart by its first word.

    Raises:
        Settings: it cannot be written, or the one there cannot be used.
    """
    import base64

    secret = os.urandom(KEY_BYTES)
    body = base64.b64encode(secret).decode()
    if create_private(path, f"{_FILE_MARK[reminder]} {body} {_check(body)}\n"):
        return secret
    return read_key_file(path)


def create_private(path: Path, text: str) -> bool:
    """Write a new 0600 file durably; say ``False`` where one is there already.

    Raises:
        Settings: it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise Settings(f"{path.name} cannot be written: {plain_reason(error)}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Settings(f"{path.name} cannot be written: {plain_reason(error)}") from None
    return True


def read_key_file(path: Path, *, guarded: bool = False) -> bytes:
    """Read a key file: 0600, one's own, not a link.

    Args:
        path: where it is.
        guarded: its folder keeps others out, as systemd's for credentials does, where an
            access list makes the mode look wider than it is.

    Raises:
        Settings: it is missing, open to others, or no key file.
    """
    import binascii

    words = read_private(path, "the key file", guarded=guarded).split()
    try:
        mark, body, check = words
        secret = binascii.a2b_base64(body, strict_mode=True)
    except (ValueError, binascii.Error):
        raise Settings("the key file holds no key") from None
    if mark not in _FILE_MARK.values() or check != _check(body) or len(secret) != KEY_BYTES:
        raise Settings("the key file holds no key, or is damaged")
    return secret


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:8]


def read_passphrase_file(path: Path) -> str:
    """Read a passphrase from the first line of a 0600 file.

    Raises:
        Settings: it is missing, open to others, or empty.
    """
    text = read_private(path, "the passphrase file").partition("\n")[0].rstrip("\r")
    if not text:
        raise Settings("the passphrase file is empty")
    return text


def read_private(path: Path, what: str, *, guarded: bool = False) -> str:
    """Read a small file that only its owner may read.

    Raises:
        Settings: it is missing, a link, another user's, too long, or open to others.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Settings(f"{what} is not there") from None
    except OSError as error:
        raise Settings(f"{what} cannot be read: {plain_reason(error)}") from None
    info = os.fstat(descriptor)
    if stat.S_ISDIR(info.st_mode):
        os.close(descriptor)
        raise Settings(f"{what} is a folder")
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(info.st_mode):
            raise Settings(f"{what} is not a plain file")
        if info.st_mode & 0o077 and not guarded:
            raise Settings(f"others can read {what}", hint=f"chmod 600 {path}")
        # Under systemd a credential belongs to root and is still meant for this process.
        if info.st_uid not in (os.getuid(), 0):
            raise Settings(f"{what} belongs to somebody else")
        body = file.read(_LONGEST_KEY_FILE + 1)
    if len(body) > _LONGEST_KEY_FILE:
        raise Settings(f"{what} is too long to be one")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Settings(f"{what} is not text") from None


def plain_reason(error: OSError) -> str:
    """Say in plain words why the system would not do it."""
    import errno

    known = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EROFS: "the disk is read-only",
        errno.EACCES: "permission is missing",
        errno.EPERM: "permission is missing",
        errno.EIO: "the disk does not answer as it should",
        errno.ELOOP: "it is a link",
        errno.ENOTDIR: "a part of the path is no folder",
        errno.EISDIR: "it is a folder",
        errno.ENAMETOOLONG: "the path is too long",
        errno.EMFILE: "too many files are open",
        errno.ENFILE: "too many files are open",
        errno.EINTR: "it was interrupted",
    }
    return known.get(error.errno or 0, "the system refused it")


# The recovery code, printed once and kept on paper.

_CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # base32 without 0, 1, I and O
_CODE_DIGITS = 52  # 256 bits and four bits of padding
_CHECK_DIGITS = 4
_GROUP = 7


def new_recovery_code() -> tuple[str, bytes]:
    """Make a recovery code: as it is printed, and the secret it stands for."""
    secret = os.urandom(KEY_BYTES)
    return format_recovery_code(secret), secret


def format_recovery_code(secret: bytes) -> str:
    """Print a secret as a code in eight groups of seven, the last digits a checksum."""
    number = int.from_bytes(secret, "big") << 4
    digits = _digits(number, _CODE_DIGITS) + _code_check(secret)
    return "-".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def _digits(number: int, count: int) -> str:
    return "".join(_CODE_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(count)))


def _code_check(secret: bytes) -> str:
    found = hashlib.sha256(b"reintegrate recovery" + secret).digest()
    return _digits(int.from_bytes(found[:3], "big") >> 4, _CHECK_DIGITS)


def _code_letters(text: str) -> str:
    return "".join(text.upper().split()).replace("-", "")


def looks_like_recovery_code(text: str) -> bool:
    """Say whether a text has the length and the letters of a recovery code."""
    letters = _code_letters(text)
    return len(letters) == _CODE_DIGITS + _CHECK_DIGITS and set(letters) <= set(_CODE_ALPHABET)


def parse_recovery_code(text: str) -> bytes:
    """Read a recovery code as typed: any case, with or without hyphens and blanks.

    Raises:
        Usage: it is not one, or was mistyped (its checksum tells).
    """
    letters = _code_letters(text)
    if not looks_like_recovery_code(text):
        raise Usage("that is not a recovery code", hint="it has eight groups of seven characters")
    number = 0
    for letter in letters[:_CODE_DIGITS]:
        number = number << 5 | _CODE_ALPHABET.index(letter)
    secret = (number >> 4).to_bytes(KEY_BYTES, "big")
    if number & 15 or _code_check(secret) != letters[_CODE_DIGITS:]:
        raise Usage("the recovery code was mistyped", hint="look at each group again")
    return secret


def check_passphrase(text: str) -> None:
    """Demand a passphrase that is long enough to stand against guessing.

    Raises:
        Usage: it is shorter than twelve characters, or one character over and over.
    """
    if len(text) < SHORTEST_PASSPHRASE or len(set(text)) < 5:
        raise Usage(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters",
                    hint="five or more unrelated words are easy to type and hard to guess")  # fmt: skip
