"""An opened key at rest in the Linux kernel's own keyring, for a few idle minutes.

Asking the keychain, or working a passphrase through Argon2id, takes a quarter of a second and
a person's patience; the kernel keeps the key of an opened vault out of files and swap, and
forgets it by itself. Where there is no such keyring (macOS, some containers), nothing rests,
and the vault is opened each time.
"""

import ctypes
import json
import os
import platform
import sys
import time
from typing import Any

from reintegrate_cli.keys import Bundle, full_bundle

IDLE_SECONDS = 300
"""How long a key rests after its last use (PRACTICE K6)."""

_USER_KEYRING = -4
_UPDATE, _SET_PERMISSION, _DESCRIBE, _SEARCH, _READ, _SET_TIMEOUT = 2, 5, 6, 10, 11, 15
_INVALIDATE = 21
# All of it for who holds the key and for this user; nothing for groups and others.
_THIS_USER = 0x3F3F0000
_LONGEST = 1024
# add_key and keyctl, by machine; the kernel's numbers never change.
_CALLS = {"x86_64": (248, 250), "aarch64": (217, 219), "riscv64": (217, 219)}


def _calls() -> tuple[int, int] | None:
    return _CALLS.get(platform.machine()) if sys.platform == "linux" else None


def _syscall(number: int, *args: Any) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    wide = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    result: int = library.syscall(ctypes.c_long(number), *wide)
    return result


_PREFIX = "reintegrate:"


def _name(store_id: str) -> bytes:
    return f"{_PREFIX}{store_id}:{os.getuid()}".encode()


def put(store_id: str, bundle: Bundle, mark: str, seconds: int = IDLE_SECONDS) -> bool:
    """Let an opened key rest; say whether there is a place for it.

    Args:
        store_id: the vault's random id.
        bundle: a full bundle.
        mark: tells the slot that it came from, which another data key makes another.
        seconds: how long, from now.
    """
    calls = _calls()
    if calls is None or not bundle.full:
        return False
    body = _body([bundle.user, bundle.slot, bundle.data_key.hex(), mark])
    key = _syscall(calls[0], b"user", _name(store_id), body, len(body), _USER_KEYRING)
    if key < 0:
        return False
    is_private = _syscall(calls[1], _SET_PERMISSION, key, _THIS_USER) >= 0
    # A key that could not be given its time must not stay for ever.
    if not is_private or _syscall(calls[1], _SET_TIMEOUT, key, seconds) < 0:
        _syscall(calls[1], _INVALIDATE, key)
        return False
    return True


def _body(opened: list[str]) -> bytes:
    return json.dumps([*opened, _awake()]).encode()


def _awake() -> float:
    """Return the seconds since this machine was started, asleep or not.

    The kernel's own timeout goes by the clock that people set: a key that was put to rest
    while it was ahead would wait for years once it is put right.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _find(store_id: str) -> tuple[int, int] | None:
    calls = _calls()
    if calls is None:
        return None
    key = _syscall(calls[1], _SEARCH, _USER_KEYRING, b"user", _name(store_id), 0)
    return (calls[1], key) if key > 0 else None


def get(store_id: str) -> tuple[Bundle, str] | None:
    """Return the key that rests and its mark, and let its time begin anew; or nothing."""
    place = _find(store_id)
    if place is None:
        return None
    keyctl, key = place
    buffer = ctypes.create_string_buffer(_LONGEST)
    size = _syscall(keyctl, _READ, key, buffer, _LONGEST)
    if not 0 < size <= _LONGEST:
        return None
    try:
        user, slot, data_key, mark, *since = json.loads(buffer.raw[:size])
        bundle = full_bundle(bytes.fromhex(data_key), user, slot)
        idle = _awake() - since[0] if since else 0
    except (ValueError, TypeError, AttributeError):
        return None
    if not 0 <= idle <= IDLE_SECONDS:
        _syscall(keyctl, _INVALIDATE, key)
        return None
    body = _body([user, slot, data_key, mark])
    # Of a key that somebody locks meanwhile nothing is put back: it cannot be updated.
    if _syscall(keyctl, _UPDATE, key, body, len(body)) >= 0:
        _syscall(keyctl, _SET_TIMEOUT, key, IDLE_SECONDS)
    return bundle, str(mark)


def drop(store_id: str) -> bool:
    """Forget the key at once; say whether one rested."""
    place = _find(store_id)
    return place is not None and _syscall(place[0], _INVALIDATE, place[1]) >= 0


def drop_all() -> int:
    """Forget every key of this program at once, whichever vault it opens; count them."""
    calls = _calls()
    if calls is None:
        return 0
    keyctl, gone = calls[1], 0
    for key in _all_keys(keyctl):
        description = ctypes.create_string_buffer(_LONGEST)
        if _syscall(keyctl, _DESCRIBE, key, description, _LONGEST) > 0:
            # The sort, the owner, the group, the rights, and then the name.
            kind, _, name = description.value.decode("ascii", "replace").partition(";")
            if kind == "user" and name.split(";", 3)[-1].startswith(_PREFIX):
                gone += _syscall(keyctl, _INVALIDATE, key) >= 0
    return gone


def _all_keys(keyctl: int) -> list[int]:
    """List the keys in this user's keyring; it holds 32-bit numbers."""
    size = _syscall(keyctl, _READ, _USER_KEYRING, None, 0)
    buffer = (ctypes.c_int32 * max(0, size // 4))()
    size_read = _syscall(keyctl, _READ, _USER_KEYRING, buffer, ctypes.sizeof(buffer))
    return list(buffer)[: max(0, size_read // 4)]
