"""Files that ``age`` made, opened within bounds (https://age-encryption.org/v1).

An archive is somebody else's file. So how many stanzas of its header are tried, and how much
work and memory a passphrase may ask for, is bounded before any of it is spent, which the
library that seals does not let us say. What was changed is told from what is another key's.

::

    age-encryption.org/v1
    -> X25519 SHARE | -> scrypt SALT WORK     one stanza for each key; others are passed over
    WRAPPED FILE KEY
    --- MAC OF ALL BEFORE                     by the file key
    nonce 16 | (64 KiB sealed by the file key, with its number, and whether it is the last)*
"""

import binascii
import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reintegrate_cli.core.errors import Damaged, Locked, Settings, Usage
from reintegrate_cli.keys import age

WORDS = b"-> scrypt "
MOST_STANZAS = 32
WORK = 18
"""What is spent on the passphrase of an archive, as by ``age``: 2**18 rounds, 256 megabytes."""
MOST_WORK = 20
"""What a foreign one may ask for: four times as much."""

_LONGEST_HEADER = 1024**2
_CHUNK, _TAG = 64 * 1024, 16
_KEY_BYTES = 16
_SCRYPT, _X25519 = b"age-encryption.org/v1/scrypt", b"age-encryption.org/v1/X25519"


def _spoiled() -> Damaged:
    return Damaged(
        "the archive is damaged or was cut off; nothing was imported",
        hint="copy it again from where it was made, or export it again",
    )


def _another() -> Locked:
    # What was sealed to the key itself, and changed, looks the same.
    return Locked(
        "the archive does not open with this",
        hint="is it another archive's, or was its beginning changed?",
    )


class Stanza(NamedTuple):
    """One key's part of a header."""

    kind: str
    arguments: Sequence[str]
    body: bytes


class File(NamedTuple):
    """An age file, taken apart: its stanzas, what its MAC covers, the MAC, what is sealed."""

    stanzas: Sequence[Stanza]
    covered: bytes
    mac: bytes
    sealed: memoryview

    @property
    def has_words(self) -> bool:
        """Whether a passphrase opens it, and nothing else."""
        return [stanza.kind for stanza in self.stanzas] == ["scrypt"]


def parse(data: bytes) -> File:
    """Take an age file apart.

    Raises:
        Damaged: its header is none, or is not whole.
        Settings: it is sealed to more keys than are tried.
    """
    end = data.find(b"\n--- ", 0, _LONGEST_HEADER)
    line = data.find(b"\n", end + 1, end + 200)
    if not data.startswith(age.START) or end < 0 or line < 0:
        raise _spoiled()
    try:
        stanzas = list(_stanzas(data[len(age.START) : end].decode("ascii").split("\n")))
        mac = _unspelled(data[end + 5 : line].decode("ascii"))
    except ValueError:
        raise _spoiled() from None
    if len(data) - line - 1 < _KEY_BYTES + _TAG:
        raise _spoiled()
    return File(stanzas, data[: end + 4], mac, memoryview(data)[line + 1 :])


def _stanzas(lines: Sequence[str]) -> Iterator[Stanza]:
    count = at = 0
    while at < len(lines):
        mark, *words = lines[at].split(" ")
        if mark != "->" or not words or not all(words):
            raise ValueError
        count, body = count + 1, ""
        if count > MOST_STANZAS:
            raise Settings(
                f"the archive is sealed to more than {MOST_STANZAS} keys",
                hint="age opens it; seal it again to one key",
            )
        while True:  # lines of 64 characters; the last is shorter
            at += 1
            if at >= len(lines) or len(lines[at]) > 64:
                raise ValueError
            body += lines[at]
            if len(lines[at]) < 64:
                break
        at += 1
        yield Stanza(words[0], words[1:], _unspelled(body))


def _unspelled(text: str) -> bytes:
    """Read base64 as age spells it: no padding, and one spelling alone."""
    data = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True) if text else b""
    if _spelled(data) != text:
        raise ValueError
    return data


def _spelled(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode().rstrip("=")


def open_with_identities(file: File, secrets: Sequence[bytes]) -> bytes:
    """Open a file with X25519 identities, each of 32 bytes.

    Raises:
        Locked: it is sealed to others.
        Damaged: it was changed, or cut off.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    shares = [stanza for stanza in file.stanzas if stanza.kind == "X25519"]
    for stanza in shares:
        for secret in secrets:
            own = X25519PrivateKey.from_private_bytes(secret)
            try:
                (spelled,) = stanza.arguments
                share = _unspelled(spelled)
                shared = own.exchange(X25519PublicKey.from_public_bytes(share))
            except ValueError:
                raise _spoiled() from None
            wrapping = _derived(shared, share + own.public_key().public_bytes_raw(), _X25519)
            key = _unwrapped(wrapping, stanza.body)
            if key is not None:
                return _opened(file, key)
    raise _another()


def open_with_words(file: File, words: str) -> bytes:
    """Open a file with its passphrase.

    Raises:
        Locked: it has another one.
        Damaged: it was changed, or cut off.
        Settings: it asks for more work than is spent, or than this machine has room for.
    """
    try:
        (stanza,) = file.stanzas
        salt, work = stanza.arguments
        rounds, salted = int(work), _unspelled(salt)
        if work != str(rounds) or rounds < 1 or len(salted) != _KEY_BYTES:
            raise ValueError
    except ValueError:
        raise _spoiled() from None
    if rounds > MOST_WORK:
        raise Settings(
            "the archive asks for more work than is spent on a passphrase",
            hint="age opens it; seal it again to a public key",
        )
    key = _unwrapped(_stretched(words, salted, rounds), stanza.body)
    if key is None:
        raise _another()
    return _opened(file, key)


def _stretched(words: str, salt: bytes, work: int) -> bytes:
    try:
        return hashlib.scrypt(
            words.encode("utf-8", "surrogatepass"),
            salt=_SCRYPT + salt,
            n=2**work,
            r=8,
            p=1,
            maxmem=2 ** (work + 10) + 2**20,
            dklen=32,
        )
    except (MemoryError, ValueError):
        raise Settings(
            "there is not enough memory to open the archive with a passphrase",
            hint="close other programs, and try again",
        ) from None


def seal_with_words(plain: bytes, words: str) -> bytes:
    """Seal bytes with a passphrase.

    Raises:
        Usage: there is none.
    """
    if not words:
        raise Usage("a passphrase is not empty")
    key, salt = os.urandom(_KEY_BYTES), os.urandom(_KEY_BYTES)
    wrapped = _cipher(_stretched(words, salt, WORK)).encrypt(bytes(12), key, None)
    header = age.START + WORDS + f"{_spelled(salt)} {WORK}\n{_spelled(wrapped)}\n---".encode()
    nonce = os.urandom(_KEY_BYTES)
    cipher = _cipher(_derived(key, nonce, b"payload"))
    pieces = [header, b" ", _spelled(_mac(key, header)).encode(), b"\n", nonce]
    last = max(0, (len(plain) - 1) // _CHUNK)
    for number in range(last + 1):
        chunk = plain[number * _CHUNK : (number + 1) * _CHUNK]
        pieces.append(cipher.encrypt(_place(number, last=number == last), chunk, None))
    return b"".join(pieces)


def _opened(file: File, key: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    if not hmac.compare_digest(_mac(key, file.covered), file.mac):
        raise _spoiled()
    nonce, sealed = bytes(file.sealed[:_KEY_BYTES]), file.sealed[_KEY_BYTES:]
    cipher, size = _cipher(_derived(key, nonce, b"payload")), _CHUNK + _TAG
    last = max(0, (len(sealed) - 1) // size)
    pieces = []
    try:
        for number in range(last + 1):
            chunk = sealed[number * size : (number + 1) * size]
            pieces.append(cipher.decrypt(_place(number, last=number == last), chunk, None))
    except InvalidTag:
        raise _spoiled() from None
    if last and not pieces[-1]:
        raise _spoiled()  # age writes no empty end
    return b"".join(pieces)


def _place(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _mac(key: bytes, covered: bytes) -> bytes:
    return hmac.digest(_derived(key, b"", b"header"), covered, "sha256")


def _derived(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    """Derive 32 bytes (HKDF with SHA-256)."""
    extracted = hmac.digest(salt or bytes(32), secret, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


def _cipher(key: bytes):  # type: ignore[no-untyped-def]  # cryptography loads where it is used
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key)


def _unwrapped(wrapping: bytes, body: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag

    if len(body) != _KEY_BYTES + _TAG:
        return None
    try:
        key: bytes = _cipher(wrapping).decrypt(bytes(12), body, None)
    except InvalidTag:
        return None
    return key


def seal_archive(plain: bytes, recipient: str | None, words: str | None) -> bytes:
    """Seal an archive to a public key, or with a passphrase of its own.

    Raises:
        Usage: it is no public key of the right sort, or no passphrase at all.
    """
    if recipient is not None:
        return age.seal(plain, recipient)
    return seal_with_words(plain, words or "")


def open_archive(sealed: bytes, identities: bytes) -> bytes:
    """Open an archive with an identity.

    Raises:
        Locked: it was sealed to another one, or with a passphrase.
        Damaged: it is no archive, was changed, or was cut off.
    """
    file = _parsed(sealed)
    if file.has_words:
        raise Locked(
            "the archive has a passphrase, and no identity opens it",
            hint="leave --identity-file out, or give --passphrase-file",
        )
    secrets = [age.secret_of(identity) for identity in identities.decode().split()]
    return open_with_identities(file, secrets)


def open_archive_with_words(sealed: bytes, words: str) -> bytes:
    """Open an archive with its passphrase.

    Raises:
        Locked: it has another one, or is sealed to a public key.
        Damaged: it is no archive, was changed, or was cut off.
        Settings: it asks for more work than is spent on a passphrase.
    """
    file = _parsed(sealed)
    if not file.has_words:
        raise Locked(
            "the archive is sealed to a public key, and no passphrase opens it",
            hint="give --identity-file",
        )
    return open_with_words(file, words)


def _parsed(sealed: bytes) -> File:
    """Read what a key may open, if it is an archive.

    Raises:
        Usage: it is armored, which no export is.
        Damaged: it is no archive, or its header is not whole.
        Settings: it is sealed to more keys than are tried.
    """
    if sealed.startswith(age.LOCKED.encode()):
        raise Usage(
            "the archive is written as text, and only the plain sort is taken",
            hint="age --decrypt opens it; seal it again without --armor",
        )
    if not sealed.startswith(age.START):
        raise Damaged(
            "the file is not an archive, or its first bytes are damaged",
            hint="reintegrate vault export makes one",
        )
    return parse(sealed)
