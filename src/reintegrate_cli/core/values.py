"""What may be kept, and how it turns into bytes and back without a change."""

from collections.abc import Mapping
from typing import Any

from reintegrate_cli.core.errors import Usage, damaged
from reintegrate_cli.core.lean import msgspec

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_DEEPEST = 32
"""Far from where a reader would give up, whatever the depth it is called from."""


def encode(value: Mapping[str, Any]) -> bytes:
    """Write what is to be kept as JSON.

    Raises:
        Usage: it holds NaN, an integer past 64 bits, half of a character, or what JSON has
            no word for; the writer would change these in silence, or a reader fail on them.
    """
    try:
        _check(value, 0)
        return msgspec.json.encode(value)
    except (TypeError, ValueError):
        raise Usage(
            "a value cannot be saved as it is",
            hint="numbers have at most 64 bits, and text has whole characters",
        ) from None


def _check(value: Any, depth: int) -> None:
    if value is None or isinstance(value, str | bool):
        return  # the writer itself refuses half of a character
    if depth > _DEEPEST:
        raise ValueError
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError
            _check(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, int):
        if not _SMALLEST <= value <= _LARGEST:
            raise ValueError
    elif not isinstance(value, float) or value != value or abs(value) == float("inf"):
        raise TypeError


def decode(body: bytes) -> dict[str, Any]:
    """Read what was kept.

    Raises:
        Damaged: it is no JSON object.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise damaged() from None
    if not isinstance(value, dict):
        raise damaged()
    return value
