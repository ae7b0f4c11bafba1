"""The recovery code, printed once and kept on paper, and what a passphrase must be."""

import os

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.keys.bundles import KEY_BYTES

SHORTEST_PASSPHRASE = 12
_LEAST_LEFT = 9
"""Characters that stay where sequences, repetitions and common passwords count as one."""
_LONGEST_LOOK = 100

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # base32 without 0, 1, I and O
_DIGITS = 52  # 256 bits and four bits of padding
_CHECK_DIGITS = 4
_GROUP = 7
_PRIME = 1_048_573  # the largest below 32**4, which the check digits can hold


def new_recovery_code() -> tuple[str, bytes]:
    """Make a recovery code: as it is printed, and the secret it stands for."""
    secret = os.urandom(KEY_BYTES)
    return format_recovery_code(secret), secret


def format_recovery_code(secret: bytes) -> str:
    """Print a secret as a code in eight groups of seven, the last four digits its check."""
    digits = _spelled(int.from_bytes(secret, "big") << 4, _DIGITS)
    digits += _spelled(_checksum(digits), _CHECK_DIGITS)
    return "-".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def _spelled(number: int, count: int) -> str:
    return "".join(_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(count)))


def _checksum(digits: str) -> int:
    """Return the remainder of the digits, read as one number, by a prime.

    The base has no factor in common with the prime, so that one wrong digit, and two
    neighbours that changed places, always give another remainder; a hash would only do so
    almost always.
    """
    remainder = 0
    for digit in digits:
        remainder = (remainder * 33 + _ALPHABET.index(digit)) % _PRIME
    return remainder


def _letters(text: str) -> str:
    return "".join(text.upper().split()).replace("-", "")


def looks_like_recovery_code(text: str) -> bool:
    """Return whether a text has the length and the letters of a recovery code."""
    letters = _letters(text)
    return len(letters) == _DIGITS + _CHECK_DIGITS and set(letters) <= set(_ALPHABET)


def parse_recovery_code(text: str) -> bytes:
    """Read a recovery code as typed: any case, with or without hyphens and blanks.

    Raises:
        Usage: it is not one, or was mistyped (its checksum tells).
    """
    if not looks_like_recovery_code(text):
        raise Usage("that is not a recovery code", hint="it has eight groups of seven characters")
    letters = _letters(text)
    digits, check = letters[:_DIGITS], letters[_DIGITS:]
    number = 0
    for digit in digits:
        number = number << 5 | _ALPHABET.index(digit)
    if number & 15 or _spelled(_checksum(digits), _CHECK_DIGITS) != check:
        raise Usage("the recovery code was mistyped", hint="check each group again")
    return (number >> 4).to_bytes(KEY_BYTES, "big")


def check_passphrase(text: str) -> None:
    """Require a passphrase that is long enough to stand against guessing, and not tried first.

    Raises:
        Usage: it is shorter than twelve characters, or little more than a sequence, something
            repeated, or a password that everybody has.
    """
    from reintegrate_cli.keys import guessing

    short = len(text) < SHORTEST_PASSPHRASE
    if short or len(set(text)) < 5 or guessing.left(text[:_LONGEST_LOOK]) < _LEAST_LEFT:
        raise Usage(
            f"a passphrase has at least {SHORTEST_PASSPHRASE} characters"
            if short
            else "that passphrase is easy to guess: a sequence, a repetition or a common password",
            hint="five or more unrelated words are easy to type and hard to guess",
        )
