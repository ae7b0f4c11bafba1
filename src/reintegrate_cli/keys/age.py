"""Sealing to an age public key, and opening with the identity that belongs to it.

X25519 keys alone, the sort that ``age-keygen`` makes: ``age1...`` is public, and
``AGE-SECRET-KEY-1...`` opens. Whoever knows the public key can seal something to it, so that
what was sealed says nothing about who sealed it.
"""

from reintegrate_cli.core.errors import Settings, Usage

START = b"age-encryption.org/v1\n"
"""How every age file begins."""

LONGEST_SEALED = 4096
"""What a slot holds is far shorter; more than this is not even looked at."""

_PUBLIC, _SECRET = "age1", "AGE-SECRET-KEY-1"  # the marks of the two; neither is a key
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_DIGITS = 58  # 256 bits, four of padding, six digits of checksum
LOCKED = "-----BEGIN AGE ENCRYPTED FILE-----"
"""How one begins that is written as text, or an identity that is itself locked."""
_MOST_IDENTITIES = 16
_MOST_STANZAS = 4
"""A slot is sealed to one key; the library adds a stanza for nobody."""


def check_recipient(text: str) -> str:
    """Require an age X25519 public key, and give it back.

    Raises:
        Usage: it is another sort of key, was mistyped, or would keep nothing secret.
    """
    if text.upper().startswith("AGE-SECRET-KEY-"):
        raise Usage(
            "that is the secret half of an age key; the public half is wanted",
            hint="others may have seen it on the command line: make a new one",
            fields=["recipient"],
        )
    if not _is_spelled(text, _PUBLIC, _LETTERS):
        raise _no_recipient(_other_sort(text))
    import pyrage

    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise Usage(
            "the age public key was mistyped",
            hint="copy it whole; its checksum is wrong",
            fields=["recipient"],
        ) from None
    if _is_degenerate(text):
        raise _no_recipient("that age public key is too weak to keep anything secret")
    return text


def _no_recipient(message: str) -> Usage:
    return Usage(
        message,
        hint="one that age-keygen makes is one word of 62 characters and begins with age1",
        fields=["recipient"],
    )


def _other_sort(text: str) -> str:
    if text.startswith("age1pq1"):
        return "a post-quantum age key is not taken here"
    if text.startswith(_PUBLIC) and "1" in text[len(_PUBLIC) :]:
        return "the key of an age plugin is not taken here"
    if text.startswith("ssh-"):
        return "an ssh key is not taken here"
    return "that is not an age public key"


def _is_spelled(text: str, mark: str, letters: str) -> bool:
    body = text.removeprefix(mark)
    return body != text and len(body) == _DIGITS and set(body) <= set(letters)


def _is_degenerate(recipient: str) -> bool:
    """Return whether the point is one of the few that share the same secret with everybody.

    ``pyrage`` would end the program on one of them, past every ``except Exception``.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    number = 0
    for letter in recipient[len(_PUBLIC) : -6]:
        number = number << 5 | _LETTERS.index(letter)
    point = X25519PublicKey.from_public_bytes((number >> 4).to_bytes(32, "big"))
    try:
        X25519PrivateKey.generate().exchange(point)
    except ValueError:
        return True
    return False


def seal(plain: bytes, recipient: str) -> bytes:
    """Seal bytes to a public key, as the program ``age`` does.

    Raises:
        Usage: it is no public key of the right sort.
    """
    import pyrage

    check_recipient(recipient)
    return pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(recipient)])


def unseal(sealed: bytes, identities: bytes) -> bytes | None:
    """Open what was sealed, or give nothing where no identity is the right one.

    Args:
        sealed: bytes from anywhere.
        identities: what ``read_identities`` gave.
    """
    # An armored file is another way to write the same; none was ever written that way here.
    if len(sealed) > LONGEST_SEALED or not sealed.startswith(START):
        return None
    if sealed.count(b"\n->") > _MOST_STANZAS:
        return None
    import pyrage

    try:
        secrets = [
            pyrage.x25519.Identity.from_str(identity) for identity in identities.decode().split()
        ]
        return pyrage.decrypt(sealed, secrets)
    except (pyrage.IdentityError, pyrage.DecryptError, UnicodeDecodeError):
        return None


def is_sealed(start: bytes) -> bool:
    """Return whether a file begins as one that was sealed with age does."""
    return start.startswith((START, LOCKED.encode()))


def secret_of(identity: str) -> bytes:
    """Read the 32 bytes of an identity that ``read_identities`` found to be one."""
    number = 0
    for letter in identity.removeprefix(_SECRET)[:-6].lower():
        number = number << 5 | _LETTERS.index(letter)
    return (number >> 4).to_bytes(32, "big")


def looks_like_identities(text: str) -> bool:
    """Return whether a text is meant as a file with age identities."""
    return any(line.startswith(("AGE-", LOCKED)) for line in _lines(text))


def read_identities(text: str) -> bytes:
    """Read the identities out of the text of a file that ``age-keygen`` wrote.

    Returns:
        The secret that opens a recipient slot: the identities, a line each.

    Raises:
        Settings: a line is none, or is one of another sort.
    """
    lines = _lines(text)
    if lines[:1] == [LOCKED]:
        raise Settings(
            "the age identity is itself locked with a passphrase",
            hint="a 0600 file with the open identity is what can be read",
        )
    if len(lines) > _MOST_IDENTITIES:
        raise Settings("the key file holds too many age identities", hint="the most is sixteen")
    import pyrage

    for line in lines:
        if line.startswith(("AGE-SECRET-KEY-PQ-", "AGE-PLUGIN-")):
            raise Settings(
                "the key file holds an age identity of a sort that opens no vault",
                hint=f"one that does begins with {_SECRET}",
            )
        try:
            if not _is_spelled(line, _SECRET, _LETTERS.upper()):
                raise pyrage.IdentityError
            pyrage.x25519.Identity.from_str(line)
        except pyrage.IdentityError:
            raise Settings(
                "the key file holds no age identity, or is damaged", hint="age-keygen makes one"
            ) from None
    return "\n".join(lines).encode()


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
