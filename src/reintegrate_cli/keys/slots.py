"""Key slots: each wraps a bundle so that one secret opens it."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from reintegrate_cli.errors import Damaged, Locked, Settings, Usage
from reintegrate_cli.keys.bundles import KEY_BYTES, Bundle, derive, full_bundle
from reintegrate_cli.keys.recovery import looks_like_recovery_code, parse_recovery_code

SlotKind = Literal["keyring", "file", "passphrase", "recovery", "reminder"]
KINDS: tuple[SlotKind, ...] = get_args(SlotKind)
NONCE_BYTES = 12

# Argon2id: what is spent on a new slot (m in KiB), and the most a foreign file may ask for.
ARGON = {"t": 3, "m": 64 * 1024, "p": 4}
ARGON_MOST = {"t": 16, "m": 1024 * 1024, "p": 16}


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

    Raises:
        Locked: the bundle is the reminder key's, which cannot give what it does not have.
        Usage: the secret cannot be one of that kind.
    """
    if kind == "reminder":
        inner = {"root": bundle.reminder_root.hex(), "chain": bundle.chain_key.hex()}
    else:
        bundle.demand_full("the data key")
        inner = {"dek": bundle.data_key.hex()}
    if not secret if kind == "passphrase" else len(secret) != KEY_BYTES:
        raise Usage("a key has 32 bytes, and a passphrase is not empty")
    kdf = dict(ARGON, salt=os.urandom(16).hex()) if kind == "passphrase" else {}
    shell = Slot(os.urandom(4).hex(), kind, os.urandom(NONCE_BYTES), b"", kdf)
    plain = json.dumps({"user": bundle.user, **inner}).encode()
    wrapped = _cipher(shell, secret, store_id).encrypt(
        shell.nonce, plain.ljust(-(-len(plain) // 64) * 64), _slot_place(shell, store_id)
    )
    return Slot(shell.id, kind, shell.nonce, wrapped, kdf)


def _slot_place(slot: Slot, store_id: str) -> bytes:
    return json.dumps([store_id, slot.id, slot.kind, sorted(slot.kdf.items())]).encode()


def _cipher(slot: Slot, secret: bytes, store_id: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if slot.kind == "passphrase":
        return AESGCM(_stretched(secret, slot.kdf))
    return AESGCM(derive(secret, f"slot/{slot.kind}/{store_id}"))


def _stretched(secret: bytes, kdf: dict[str, Any]) -> bytes:
    import unicodedata

    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    if not kdf_is_sound("passphrase", kdf):
        raise Damaged("a key slot of the vault does not have the right shape")
    try:
        # The same accent is typed as one character on one system and as two on another.
        words = unicodedata.normalize("NFC", secret.decode("utf-8")).encode()
        return hash_secret_raw(
            secret=words,
            salt=bytes.fromhex(kdf["salt"]),
            time_cost=kdf["t"],
            memory_cost=kdf["m"],
            parallelism=kdf["p"],
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except UnicodeDecodeError:
        raise Usage("a passphrase is text") from None
    except HashingError:
        raise Settings("there is not enough memory to open the vault with a passphrase") from None


def kdf_is_sound(kind: SlotKind, kdf: Any) -> bool:
    """Say whether a slot asks for work within bounds, before any of it is spent."""
    if kind != "passphrase":
        return isinstance(kdf, dict) and not kdf
    if not isinstance(kdf, dict) or kdf.keys() != {*ARGON_MOST, "salt"}:
        return False
    whole = all(
        type(kdf[name]) is int and 1 <= kdf[name] <= most for name, most in ARGON_MOST.items()
    )
    salt = kdf["salt"]
    hexadecimal = isinstance(salt, str) and len(salt) == 32 and set(salt) <= set("0123456789abcdef")
    return whole and hexadecimal and bool(kdf["m"] >= 8 * kdf["p"])


def open_slot(slot: Slot, secret: bytes, store_id: str) -> Bundle | None:
    """Open one slot, or give nothing where the secret is not its own.

    Raises:
        Damaged: it was sealed with the right secret, and still holds nothing that opens.
    """
    from cryptography.exceptions import InvalidTag

    cipher = _cipher(slot, secret, store_id)
    try:
        plain = cipher.decrypt(slot.nonce, slot.wrapped, _slot_place(slot, store_id))
    except InvalidTag:
        return None
    try:
        inner = json.loads(plain)
        names = ("root", "chain") if slot.kind == "reminder" else ("dek",)
        found = [bytes.fromhex(inner[name]) for name in names]
        user = inner["user"]
        if {len(key) for key in found} != {KEY_BYTES} or not isinstance(user, str):
            raise ValueError
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Damaged("a key slot of the vault does not have the right shape") from None
    if slot.kind == "reminder":
        return Bundle(user, False, slot.id, reminder_root=found[0], chain_key=found[1])
    return full_bundle(found[0], user, slot.id)


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
    raise Locked(
        "this key does not open the vault",
        hint="is it the key of another vault, or one that was revoked?",
    )


def open_with_words(header: HeaderLike, words: str) -> Bundle:
    """Open the vault with what a person typed: a passphrase, or the recovery code.

    Raises:
        Locked: it opens nothing.
    """
    if looks_like_recovery_code(words):
        try:
            return open_any(header, ("recovery",), parse_recovery_code(words))
        except (Usage, Locked):
            pass  # a passphrase may look like a code
    typed = words.encode("utf-8", "replace")
    for slot in header.slots:
        if slot.kind == "passphrase":
            bundle = open_slot(slot, typed, header.store_id)
            if bundle is not None:
                return bundle
    raise Locked("the passphrase does not open the vault", hint="the recovery code opens it too")
