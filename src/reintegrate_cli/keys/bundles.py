"""What an opened slot gives, and the one-way derivations under it."""

import hmac
import os
from typing import Literal

from reintegrate_cli.core.errors import Locked
from reintegrate_cli.core.lean import msgspec

KEY_BYTES, NONCE_BYTES = 32, 12
Group = Literal["full", "history", "reminder"]
"""Who opens a table: a person; besides a reviewer; besides cron."""
APPENDING: tuple[Group, ...] = ("reminder",)
"""Whose narrow key may append to what grows: cron notes what it did, and a reviewer only reads."""


def derive(key: bytes, purpose: str) -> bytes:
    """Derive a key for one purpose (HKDF-Expand with SHA-256, one block)."""
    return hmac.digest(key, purpose.encode() + b"\x01", "sha256")


def wrap(key: bytes, plain: bytes, where: bytes) -> bytes:
    """Encrypt bytes for one place (AES-256-GCM), the random nonce before them."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, where)


def unwrap(key: bytes, wrapped: bytes, where: bytes) -> bytes | None:
    """Decrypt what ``wrap`` gave, or return nothing if the key or the place is another."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], where)
    except (InvalidTag, ValueError):  # a nonce that is too short is no nonce
        return None


class Bundle(msgspec.Struct, frozen=True):
    """What an opened slot gives: everything, or what cron or a reviewer may see.

    Secrets hide in ``repr``.
    """

    user: str
    full: bool
    slot: str = ""
    data_key: bytes = b""
    reminder_root: bytes = b""
    chain_key: bytes = b""
    history_root: bytes = b""
    public: bytes = b""
    """The public half of the key that signs what narrow keys read; empty where it is not known."""
    school: bytes = b""
    """Of a key for one school: its name (``school_name``)."""
    school_root: bytes = b""
    common_root: bytes = b""
    """What opens what everybody needs who reads a case, such as the staff."""
    tray_key: bytes = b""
    """What proves who wrote with it; empty where an older version made the key."""

    def __repr__(self) -> str:
        """Show whose it is, and nothing that opens anything."""
        return f"Bundle(user={self.user!r}, full={self.full}, slot={self.slot!r}, keys=***)"

    @property
    def reads_cases(self) -> bool:
        """Whether it opens cases, be they those of one school alone."""
        return self.full or bool(self.school_root)

    def opens(self, group: Group) -> bool:
        """Return whether the tables of a group open with this."""
        return self.full or bool(self._roots[group])

    @property
    def _roots(self) -> dict[Group, bytes]:
        return {"full": self.data_key, "history": self.history_root, "reminder": self.reminder_root}

    def table_key(self, name: str, group: Group) -> bytes:
        """Return the key of a table.

        Raises:
            Locked: this key does not open that table, and says so.
        """
        self.demand(group, f"the table {name}")
        return derive(self._roots[group], f"table/{name}")

    def demand_full(self, what: str) -> None:
        """Refuse to go on with cron's key, or a reviewer's.

        Raises:
            Locked: this bundle opens the reminders alone, or the history alone.
        """
        self.demand("full", what)

    def demand(self, group: Group, what: str) -> None:
        """Refuse to go on with a key that does not open a group, and say what it opens.

        Args:
            group: whose tables are asked for.
            what: what to call it in a sentence, such as ``the records``.

        Raises:
            Locked: this bundle does not open it.
        """
        if self.opens(group):
            return
        if self.history_root:
            opens = "the history alone"
        elif self.school_root:
            opens = "the cases of one school, in a database"
        else:
            opens = "the reminders alone" if self.reminder_root else "nothing"
        raise Locked(
            f"this key does not open {what}; it opens {opens}",
            hint="use a key that opens everything",
        )


def new_store_id() -> str:
    """Make the random id of a new vault."""
    return os.urandom(16).hex()


def new_data_key() -> bytes:
    """Make the random key that everything in a vault hangs under."""
    return os.urandom(KEY_BYTES)


def full_bundle(data_key: bytes, user: str, slot: str = "", public: bytes = b"") -> Bundle:
    """Derive from a data key all that it opens.

    Args:
        data_key: 32 random bytes.
        user: the staff slug of the person.
        slot: the id of the slot that it came from.
        public: the public half of the vault's signing key, where a narrow key is to be made.
    """
    return Bundle(
        user,
        True,
        slot,
        data_key,
        reminder_root=derive(data_key, "reminder"),
        chain_key=derive(data_key, "chain"),
        history_root=derive(data_key, "history"),
        public=public,
    )


def new_bundle(user: str) -> Bundle:
    """Make the data key of a new vault, for the person who makes it."""
    return full_bundle(new_data_key(), user)


# A school: its part of a vault in a database. A scope is who may open a row there.

COMMON = b"common"
"""The scope of what everybody needs who reads a case, and what belongs to none."""


def school_name(data_key: bytes, code: str) -> bytes:
    """Return a name for a school that says nothing of it without the data key."""
    named = derive(derive(data_key, "names"), "schools")
    return hmac.digest(named, code.casefold().encode(), "sha256")


def scope_of(name: bytes) -> bytes:
    """Return the scope of a school's cases from its name: what a server calls it."""
    return name[:16]


def scope_root(data_key: bytes, scope: bytes) -> bytes:
    """Return what the keys of the tables of a scope are derived from."""
    return derive(data_key, f"school/{scope.hex()}")


def tray_key(full: Bundle, code: str, slot: str, user: str) -> bytes:
    """Return what proves that somebody wrote with their key for a school."""
    return derive(full.data_key, f"tray/{slot}/{user}/{code.casefold()}")


def school_bundle(full: Bundle, code: str, slot: str) -> Bundle:
    """Give a school's part of a full bundle: from it nothing leads to the rest.

    Args:
        full: a full bundle; its user is whose the part will be.
        code: the code of the school.
        slot: the id of the slot that it goes in.

    Raises:
        Locked: the bundle is a narrow one.
    """
    full.demand_full("what is to be shared")
    name = school_name(full.data_key, code)
    return Bundle(
        full.user,
        False,
        slot,
        chain_key=full.chain_key,
        public=full.public,
        school=name,
        school_root=scope_root(full.data_key, scope_of(name)),
        common_root=scope_root(full.data_key, COMMON),
        tray_key=tray_key(full, code, slot, full.user),
    )
