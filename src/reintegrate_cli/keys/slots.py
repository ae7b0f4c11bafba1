"""Key slots: each wraps a bundle so that one secret opens it."""

import json
import os
from collections.abc import Sequence
from typing import Any, Literal, Protocol, get_args

from reintegrate_cli.core.errors import Damaged, Locked, Settings, Usage
from reintegrate_cli.core.lean import Silent, msgspec, replace
from reintegrate_cli.keys import age
from reintegrate_cli.keys.bundles import (
    KEY_BYTES,
    NONCE_BYTES,
    Bundle,
    derive,
    full_bundle,
    school_bundle,
    unwrap,
    wrap,
)
from reintegrate_cli.keys.private import KeyFile
from reintegrate_cli.keys.recovery import looks_like_recovery_code, parse_recovery_code

SlotKind = Literal[
    "keyring", "file", "passphrase", "recovery", "recipient", "reminder", "reviewer", "school"
]
KINDS: tuple[SlotKind, ...] = get_args(SlotKind)
FULL_KINDS: tuple[SlotKind, ...] = ("keyring", "file", "passphrase", "recovery", "recipient")
"""The slots that open everything; a vault keeps two of them."""
_TYPED: tuple[SlotKind, ...] = ("passphrase", "reviewer")
SHARED_KINDS: tuple[SlotKind, ...] = (*_TYPED, "recipient")
"""The slots that somebody else could make for the same secret: a reviewer's words could open all
that a stranger wrapped for them, and anybody can seal to a public key. Who signs tells."""
# What is sealed in a slot, by its name there and in a bundle.
_FULL_PART = {"dek": "data_key"}
_PARTS: dict[SlotKind, dict[str, str]] = {
    "reminder": {"root": "reminder_root", "chain": "chain_key", "public": "public"},
    "reviewer": {"history": "history_root", "chain": "chain_key", "public": "public"},
    "school": {
        "school": "school",
        "root": "school_root",
        "common": "common_root",
        "chain": "chain_key",
        "public": "public",
        "tray": "tray_key",
    },
}
_SINCE = {"public", "tray"}
"""What a slot that an older version made does not hold."""

# Argon2id: what is spent on a new slot (m in KiB), and the most a foreign file may ask for.
ARGON = {"t": 3, "m": 64 * 1024, "p": 4}
ARGON_MOST = {"t": 16, "m": 1024 * 1024, "p": 16}


class Slot(Silent, msgspec.Struct, frozen=True):
    """One way to open the vault, as it stands in the header."""

    id: str
    kind: SlotKind
    nonce: bytes
    wrapped: bytes
    kdf: dict[str, Any] = {}
    back: bytes = b""
    """Sealed for a full key: what it takes to wrap another data key in it."""


class HeaderLike(Protocol):
    """What a vault says of itself without a key."""

    @property
    def store_id(self) -> str:
        """The vault's random id."""

    @property
    def slots(self) -> Sequence[Slot]:
        """The ways to open it."""

    @property
    def salt(self) -> str:
        """Tells it from what it was before it was written anew."""

    @property
    def signer(self) -> bytes:
        """The key that signs, sealed under the data key."""

    @property
    def proven(self) -> bool:
        """Whether it says who wrote what a narrow key opens; older versions did not."""


def make_slot(
    kind: SlotKind, secret: bytes, bundle: Bundle, store_id: str, school: str = ""
) -> Slot:
    """Wrap a bundle so that a secret opens it.

    Args:
        kind: what sort of secret it is.
        secret: 32 random bytes; for ``passphrase`` and ``reviewer`` UTF-8 text; for
            ``recipient`` an age public key, which is no secret.
        bundle: a full bundle; for ``reminder`` only cron's part of it is wrapped, and for
            ``reviewer`` only what opens the history, both with the public half of the key that
            signs for the vault.
        store_id: binds the slot to its vault.
        school: the code of the school whose part of the bundle is wrapped, for ``school``.

    Raises:
        Locked: the bundle is a narrow one, which cannot give what it does not have.
        Usage: the secret cannot be one of that kind.
    """
    if kind in FULL_KINDS or kind == "school":
        bundle.demand_full("the data key")
    else:
        bundle.demand("history" if kind == "reviewer" else "reminder", "what is to be shared")
    id_ = os.urandom(4).hex()
    inner = _inner(kind, bundle, school, id_)
    if kind == "recipient":
        return _with_back(_sealed_to(secret, inner, store_id, id_), secret, bundle, store_id)
    if not secret if kind in _TYPED else len(secret) != KEY_BYTES:
        raise Usage("a key has 32 bytes, and a passphrase is not empty")
    if kind not in FULL_KINDS and len(bundle.public) != KEY_BYTES:
        raise Usage("a narrow key is made with the public half of what signs for its vault")
    kdf = dict(ARGON, salt=os.urandom(16).hex()) if kind in _TYPED else {}
    shell = Slot(id_, kind, b"", b"", kdf)
    key = _slot_key(shell, secret, store_id)
    return _with_back(_wrapped(shell, key, inner, store_id), key, bundle, store_id, school)


def _inner(kind: SlotKind, bundle: Bundle, school: str, slot_id: str) -> dict[str, str]:
    """Return what a slot of a kind wraps of a bundle."""
    part_of = school_bundle(bundle, school, slot_id) if kind == "school" else bundle
    inner = {name: getattr(part_of, part).hex() for name, part in _parts(kind).items()}
    return {**inner, "user": bundle.user}


def _wrapped(shell: Slot, key: bytes, inner: dict[str, str], store_id: str) -> Slot:
    whole = wrap(key, _padded(inner), _slot_place(shell, store_id))
    return replace(shell, nonce=whole[:NONCE_BYTES], wrapped=whole[NONCE_BYTES:])


def _with_back(slot: Slot, key: bytes, bundle: Bundle, store_id: str, school: str = "") -> Slot:
    """Seal beside a slot what wraps a data key in it, so that the data key can be changed."""
    if not bundle.full:
        return slot
    back = {"user": bundle.user, "key": key.hex()}
    plain = _padded({**back, "school": school} if school else back)
    return replace(slot, back=wrap(_back_key(bundle), plain, _slot_place(slot, store_id)))


def _back_key(bundle: Bundle) -> bytes:
    bundle.demand_full("the key slots")
    return derive(bundle.data_key, "slots")


def _back_of(slot: Slot, bundle: Bundle, store_id: str) -> dict[str, str]:
    plain = unwrap(_back_key(bundle), slot.back, _slot_place(slot, store_id))
    back: dict[str, str] = {} if plain is None else json.loads(plain)
    return back


def user_of(slot: Slot, bundle: Bundle, store_id: str) -> str | None:
    """Return whose a slot is; nothing if the key at hand is narrow or an older version made it."""
    return _back_of(slot, bundle, store_id).get("user") if bundle.full else None


def school_of(slot: Slot, bundle: Bundle, store_id: str) -> str | None:
    """Return the code of the school that a slot is for; nothing if it is for none."""
    return _back_of(slot, bundle, store_id).get("school") if slot.kind == "school" else None


def secret_of(slot: Slot, bundle: Bundle, store_id: str) -> bytes | None:
    """Return what wraps a data key in a slot: of a recipient, the public key."""
    key = _back_of(slot, bundle, store_id).get("key") if bundle.full else None
    return bytes.fromhex(key) if key else None


def renew_slot(slot: Slot, former: Bundle, bundle: Bundle, store_id: str) -> Slot | None:
    """Wrap another data key in a slot, without the secret that opens it.

    Args:
        slot: as it stands in the header.
        former: the full bundle of the data key that it wraps.
        bundle: the full bundle of the data key to be wrapped.
        store_id: the vault's random id.

    Returns:
        The slot under the same id, or nothing where an older version made it, or somebody
        else changed it.

    Raises:
        Locked: a bundle is a narrow one.
    """
    back = _back_of(slot, former, store_id)
    if not back:
        return None
    theirs, key = replace(bundle, user=back["user"]), bytes.fromhex(back["key"])
    school = back.get("school", "")
    inner = _inner(slot.kind, theirs, school, slot.id)
    if slot.kind == "recipient":
        renewed = _sealed_to(key, inner, store_id, slot.id)
    else:
        shell = replace(slot, nonce=b"", wrapped=b"", back=b"")
        renewed = _wrapped(shell, key, inner, store_id)
    return _with_back(renewed, key, theirs, store_id, school)


def carry_over(
    slots: Sequence[Slot], former: Bundle, bundle: Bundle, store_id: str, *, made_by: str
) -> tuple[Slot, ...]:
    """Wrap another data key in every slot of a vault.

    Args:
        slots: as they stand in the header.
        former: the full bundle of the data key that they wrap.
        bundle: the full bundle of the data key to be wrapped.
        store_id: the vault's random id.
        made_by: who could have made one that cannot be carried over, for the refusal.

    Raises:
        Settings: one of them cannot.
        Locked: a bundle is a narrow one.
    """
    renewed = []
    for slot in slots:
        carried = renew_slot(slot, former, bundle, store_id)
        if carried is None:
            raise Settings(
                f"the key {slot.id} was made by {made_by} and cannot be carried over",
                hint=f"add it again, then reintegrate vault key revoke {slot.id}",
            )
        renewed.append(carried)
    return tuple(renewed)


def _sealed_to(recipient: bytes, inner: dict[str, str], store_id: str, slot_id: str) -> Slot:
    """Seal to a public key; where the slot belongs is said inside, age having no room beside."""
    shell = Slot(slot_id, "recipient", bytes(NONCE_BYTES), b"")
    plain = _padded({**inner, **_place_inside(shell, store_id)})
    return replace(shell, wrapped=age.seal(plain, recipient.decode("utf-8", "replace")))


def _place_inside(slot: Slot, store_id: str) -> dict[str, str]:
    return {"store": store_id, "slot": slot.id, "kind": slot.kind}


def _parts(kind: SlotKind) -> dict[str, str]:
    return _PARTS.get(kind, _FULL_PART)


def _padded(inner: dict[str, str]) -> bytes:
    plain = json.dumps(inner).encode()
    return plain.ljust(-(-len(plain) // 64) * 64)


def _slot_place(slot: Slot, store_id: str) -> bytes:
    return json.dumps([store_id, slot.id, slot.kind, sorted(slot.kdf.items())]).encode()


def _slot_key(slot: Slot, secret: bytes, store_id: str) -> bytes:
    """Return the key that a slot's secret stands for."""
    if slot.kind in _TYPED:
        return _stretched(secret, slot.kdf)
    return derive(secret, f"slot/{slot.kind}/{store_id}")


def _stretched(secret: bytes, kdf: dict[str, Any]) -> bytes:
    import unicodedata

    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    if not kdf_is_sound("passphrase", kdf):
        raise _misshapen()
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
        raise Usage("a passphrase is text", hint="type it as letters and blanks") from None
    except HashingError:
        raise Settings(
            "there is not enough memory to open the vault with a passphrase",
            hint="close other programs, or use a key file or the recovery code",
        ) from None


def kdf_is_sound(kind: SlotKind, kdf: Any) -> bool:
    """Return whether a slot asks for work within bounds, before any of it is spent."""
    if kind not in _TYPED:
        return isinstance(kdf, dict) and not kdf
    if not isinstance(kdf, dict) or kdf.keys() != {*ARGON_MOST, "salt"}:
        return False
    whole = all(
        type(kdf[name]) is int and 1 <= kdf[name] <= most for name, most in ARGON_MOST.items()
    )
    salt = kdf["salt"]
    hexadecimal = isinstance(salt, str) and len(salt) == 32 and set(salt) <= set("0123456789abcdef")
    return whole and hexadecimal and bool(kdf["m"] >= 8 * kdf["p"])


def work_is_sound(slots: Sequence[Slot]) -> bool:
    """Return whether typed words are tried on all slots together within what one may ask for."""
    asked = sum(slot.kdf["t"] * slot.kdf["m"] for slot in slots if slot.kind in _TYPED)
    return bool(asked <= ARGON_MOST["t"] * ARGON_MOST["m"])


def _misshapen() -> Damaged:
    return Damaged(
        "a key slot of the vault does not have the right shape",
        hint="another key may still open it; keep the file as it is",
    )


def open_slot(slot: Slot, secret: bytes, store_id: str) -> Bundle | None:
    """Open one slot, or give nothing where the secret is not its own.

    Raises:
        Damaged: it was sealed with the right secret, and still holds nothing that opens.
    """
    plain = _unsealed(slot, secret, store_id)
    if plain is None:
        return None
    try:
        inner = json.loads(plain)
        if slot.kind == "recipient":
            place = _place_inside(slot, store_id)
            if {name: inner[name] for name in place} != place:
                return None
        parts = {
            part: bytes.fromhex(inner[name])
            for name, part in _parts(slot.kind).items()
            if name in inner or name not in _SINCE
        }
        user = inner["user"]
        if {len(key) for key in parts.values()} != {KEY_BYTES} or not _is_name(user):
            raise ValueError
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _misshapen() from None
    if slot.kind in FULL_KINDS:
        return full_bundle(parts["data_key"], user, slot.id)
    return Bundle(user, False, slot.id, **parts)


def _unsealed(slot: Slot, secret: bytes, store_id: str) -> bytes | None:
    if slot.kind == "recipient":
        return age.unseal(slot.wrapped, secret)
    place = _slot_place(slot, store_id)
    return unwrap(_slot_key(slot, secret, store_id), slot.nonce + slot.wrapped, place)


def _is_name(user: object) -> bool:
    """Return whether it can be somebody's slug; anybody can seal to a public key."""
    return isinstance(user, str) and len(user) <= 64 and user.isascii() and user.isprintable()


def open_any(header: HeaderLike, kinds: Sequence[SlotKind], secret: bytes) -> Bundle:
    """Open the vault with a secret out of a file, whichever slot of these kinds it is for.

    Args:
        header: the vault's header.
        kinds: the kinds of slots that are tried.
        secret: 32 random bytes, or age identities as ``read_key_or_identities`` gives them.

    Raises:
        Locked: it opens none of them.
    """
    for slot in header.slots:
        fits = (len(secret) == KEY_BYTES) is (slot.kind != "recipient")
        if slot.kind in kinds and fits:
            bundle = open_slot(slot, secret, header.store_id)
            if bundle is not None:
                return bundle
    raise Locked(
        "this key does not open the vault",
        hint="is it the key of another vault, or one that was revoked?",
    )


def open_with_file(header: HeaderLike, file: KeyFile) -> Bundle:
    """Open the vault with a key file; that of a narrow key says who signs what it may read.

    Whoever has the secret of a slot can wrap any bundle in it, another public half too, and make
    a slot of another kind with it: so what counts is what the file says that it is, and whom it
    names.

    Raises:
        Locked: it opens no slot of its kind.
        Settings: it is a narrow key, and its file names nobody, or somebody else than the slot.
    """
    bundle = open_any(header, (file.kind,), file.secret)
    if bundle.full or (file.public and file.public == bundle.public):
        return bundle
    if file.kind == "school":
        raise Settings(
            "the vault is signed by somebody else than this key file names",
            hint="ask a specialist to look: reintegrate vault verify",
        )
    if file.public:
        raise Settings(
            "the vault is signed by somebody else than cron's key file names",
            hint="reintegrate vault verify, with a key that opens everything, looks first; if it is"
            " a new vault, reintegrate remind setup --reminder-key FILE makes another key",
        )
    raise Settings(
        "cron's key file does not say yet who signs for the vault",
        hint="reintegrate remind setup --reminder-key FILE, with a key that opens everything",
    )


def open_with_words(header: HeaderLike, words: str) -> Bundle:
    """Open the vault with what a person typed: a passphrase, or the recovery code.

    The words of a reviewer are tried last, so that nobody's key is narrower than it could be.

    Raises:
        Locked: it opens nothing.
    """
    if looks_like_recovery_code(words):
        try:
            return open_any(header, ("recovery",), parse_recovery_code(words))
        except (Usage, Locked):
            pass  # a passphrase may look like a code
    typed = words.encode("utf-8", "replace")
    for kind in _TYPED:
        for slot in header.slots:
            bundle = open_slot(slot, typed, header.store_id) if slot.kind == kind else None
            if bundle is not None:
                return bundle
    raise Locked("the passphrase does not open the vault", hint="the recovery code opens it too")
