"""The keys to a vault: listed, added, taken away, and what they all open changed."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli import keys
from reintegrate_cli.core.errors import Locked, Missing, Problem, Settings, Usage
from reintegrate_cli.core.records import Public, Ref, Value, free_text
from reintegrate_cli.kept import session, unlocking
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument, Option
from reintegrate_cli.line.verbs import verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.keys.rack import KeyRack


class KeyRow(Value, frozen=True, kw_only=True):
    """One way to open the vault, and whose it is."""

    id: Public[str]
    kind: Public[str]
    for_: Ref[str | None]
    mine: Public[bool]
    school: Public[str | None] = None
    """Of a key for one school: which."""


KEYS = (
    Column("id", lambda row: row.id),
    Column("kind", lambda row: f"{row.kind} {row.school}" if row.school else row.kind),
    Column("for", lambda row: row.for_),
    Column("opened it now", lambda row: "yes" if row.mine else ""),
)


FileOption = Annotated[str | None, Option("--key-file", metavar="FILE", help="Add a key file.")]
SchoolOption = Annotated[
    str | None,
    Option("--school", metavar="CODE", help="The key file opens this school's cases alone."),
]


@verb("vault", "key", is_list=True)
def key(
    action: Annotated[str, Argument(metavar="add|list|revoke|rotate", help="What to do.")] = "list",
    id_: Annotated[str | None, Argument(metavar="ID", help="Which key.")] = None,
    key_file: FileOption = None,
    passphrase_file: Annotated[
        str | None, Option("--passphrase-file", metavar="FILE", help="Add a passphrase.")
    ] = None,
    recovery_to: Annotated[
        str | None, Option("--recovery-to", metavar="FILE", help="Add a recovery code.")
    ] = None,
    recipient: Annotated[
        str | None, Option("--recipient", metavar="AGE1...", help="Add an age public key.")
    ] = None,
    keychain: Annotated[
        bool, Option("--keychain", help="Add a key that this machine's keychain holds.")
    ] = False,
    reviewer: Annotated[
        bool, Option("--reviewer", help="The passphrase opens the history alone.")
    ] = False,
    school: SchoolOption = None,
    for_: Annotated[
        str | None, Option("--for", metavar="SLUG", help="The person whose key it is.")
    ] = None,
) -> None:
    """Show which keys open the vault; add one, take one away, or rotate what they all open.

    On a terminal, add without an option asks for a new passphrase. Rotate writes the vault
    under a new data key: someone with an old copy and its key can read nothing newer.

    Example: reintegrate vault key add --key-file hale.key --for hale
    """
    new = _NewKey(key_file, passphrase_file, recovery_to, recipient, keychain, reviewer, school)
    acts = {
        "list": _list_keys,
        "add": lambda: _add_key(new, for_),
        "revoke": lambda: _revoke_key(id_),
        "rotate": _rotate,
    }
    if id_ is not None and action != "revoke":
        raise free_text()
    if action not in acts:
        raise Usage(
            "vault key takes add, list, revoke or rotate", hint="reintegrate vault key --help"
        )
    acts[action]()


def _list_keys() -> None:
    header, bundle = session.current.engine.header(), session.current.bundle
    rows = [
        KeyRow(
            id=slot.id,
            kind=slot.kind,
            for_=keys.user_of(slot, bundle, header.store_id),
            mine=slot.id == bundle.slot,
            school=keys.school_of(slot, bundle, header.store_id),
        )
        for slot in header.slots
    ]
    show(rows, KEYS, kind=KeyRow)


class KeyAdded(Value, frozen=True, kw_only=True):
    """A new key to the vault."""

    id: Public[str]
    kind: Public[str]
    for_: Ref[str]


@dataclass(frozen=True)
class _NewKey:
    """Which key is to be added: one of five, or the passphrase that is asked for."""

    key_file: str | None
    passphrase_file: str | None
    recovery_to: str | None
    recipient: str | None
    keychain: bool
    reviewer: bool
    school: str | None

    def check(self) -> keys.SlotKind:
        """Return what kind it is, before anything is opened or asked.

        Raises:
            Usage: the options do not go together, or a public key cannot be sealed to.
        """
        given = {
            "file": self.key_file,
            "passphrase": self.passphrase_file,
            "recovery": self.recovery_to,
            "recipient": self.recipient,
            "keyring": self.keychain or None,
        }
        named: list[Any] = [kind for kind, value in given.items() if value is not None]
        if len(named) > 1 or not (named or output.can_ask()):
            raise Usage(
                "give one of --key-file, --passphrase-file, --recovery-to, --recipient and"
                " --keychain",
                hint="on a terminal, without one of them, a passphrase is asked for",
                fields=["key_file", "passphrase_file", "recovery_to", "recipient", "keychain"],
            )
        kind: keys.SlotKind = named[0] if named else "passphrase"
        if self.recipient is not None:
            keys.check_recipient(self.recipient)
        if self.school is not None:
            return self._for_school(kind)
        if not self.reviewer:
            return kind
        if kind != "passphrase":
            raise Usage(
                "--reviewer goes with a passphrase",
                fields=["reviewer"],
                hint="give --passphrase-file, or no other option at a terminal",
            )
        return "reviewer"

    def _for_school(self, kind: keys.SlotKind) -> keys.SlotKind:
        if kind != "file" or self.reviewer:
            raise Usage(
                "--school goes with a key file",
                fields=["school"],
                hint="give --key-file FILE, which is made",
            )
        if not session.current.engine.is_served:
            raise Usage(
                "a vault in a file is opened whole; a key for one school is for one in a database",
                fields=["school"],
                hint="reintegrate help vault says how to move there",
            )
        return "school"

    def words(self, header: keys.HeaderLike) -> str:
        """Read the new passphrase, or ask for it.

        Raises:
            Usage: it is too weak, or opens the vault already, perhaps wider than meant.
        """
        if self.passphrase_file is None:
            words = unlocking.ask_new_passphrase()
        else:
            words = keys.read_new_passphrase(path_of(self.passphrase_file))
        try:
            keys.open_with_words(header, words)
        except Locked:
            return words
        raise Usage(
            "that passphrase opens the vault already",
            hint="each key has its own",
            fields=["passphrase_file"],
        )

    @property
    def file(self) -> Path | None:
        """The file that the key is kept in, where it is one."""
        named = self.key_file or self.recovery_to
        return path_of(named) if named is not None else None

    def secret(self, rack: "KeyRack") -> bytes:
        """Return the secret of a key that is no passphrase; its file is made here."""
        header = rack.header
        if self.file is None:
            return str(self.recipient).encode()
        if self.school is not None:
            return keys.create_school_file(self.file, rack.public).secret
        if self.key_file is not None:
            file_secret = keys.create_key_file(self.file)
            try:
                keys.open_any(header, ("file",), file_secret)
            except Locked:
                return file_secret
            raise Usage(
                "that key file opens the vault already",
                hint="each key has its own",
                fields=["key_file"],
            )
        code, secret = keys.new_recovery_code()
        keys.write_recovery_code(self.file, code)
        return secret

    def is_known(self, header: keys.HeaderLike, bundle: keys.Bundle) -> bool:
        """Return whether the vault is sealed to the public key already."""
        wanted = str(self.recipient).encode()
        return any(
            keys.secret_of(slot, bundle, header.store_id) == wanted
            for slot in header.slots
            if slot.kind == "recipient"
        )


def _add_key(new: _NewKey, for_: str | None) -> None:
    kind = new.check()
    if kind in ("reviewer", "school") and for_ is None:
        raise Usage("missing: --for", hint="the person whose key it is", fields=["for"])
    bundle = session.current.bundle
    bundle.demand_full("a key for somebody else")
    if kind == "keyring":
        _add_to_keychain(bundle, for_)
        return
    words = None
    if kind in ("passphrase", "reviewer"):
        words = new.words(session.current.engine.header()).encode()
    with session.making_key(new.file) as added, session.writing("vault key add") as store:
        slug = store.worker(for_, session.today(), "for") if for_ else bundle.user
        theirs = store.rack.to_share(slug)
        secret = new.secret(store.rack) if words is None else words
        header = store.rack.header
        school = _spelled(store, new.school) if new.school else ""
        slot = keys.make_slot(kind, secret, theirs, header.store_id, school)
        added.append(slot.id)
        if kind == "recipient" and new.is_known(header, bundle):
            raise Usage(
                "the vault is sealed to that public key already",
                fields=["recipient"],
                hint="reintegrate vault key list shows whose it is",
            )
        store.touch("vault")
        store.touch(slug)
        store.touch(slot.id)
        store.rack.renew(slots=[*header.slots, slot])
    show(KeyAdded(id=slot.id, kind=kind, for_=slug))


def _spelled(store: "Store", school: str) -> str:
    """Return the code of a school as its cases spell it; say so where it has none."""
    code = session.current.district.school(school)
    for case in store.cases.all():
        if case.school.casefold() == code.casefold():
            return case.school
    say("no case is at that school yet; if it is misspelled, revoke this key")
    return code


def _add_to_keychain(bundle: keys.Bundle, for_: str | None) -> None:
    """Let this machine's keychain open the vault, also where it lost the key that it held.

    Raises:
        Usage: it opens the vault already, or another person is named.
        Locked: it is locked, or does not answer in time.
        Settings: this machine has none that keeps it.
    """
    from reintegrate_cli.keys import keychain

    if for_ is not None and for_.casefold() != bundle.user.casefold():
        raise Usage(
            "the keychain of this account is your own",
            fields=["for"],
            hint="the other person adds theirs, on their own account",
        )
    header = session.current.engine.header()
    try:
        unlocking.from_keychain(header)
    except unlocking.LostKey:
        pass
    else:
        raise Usage(
            "the keychain opens the vault already", hint="each key has its own", fields=["keychain"]
        )
    # Before the lock: a keychain may wait for somebody to click.
    secret = os.urandom(keys.KEY_BYTES)
    slot = keys.make_slot("keyring", secret, bundle, header.store_id)
    keychain.put(header.store_id, secret.hex())
    try:
        with session.writing("vault key add") as store:
            former = [id_.id for id_ in store.rack.header.slots if id_.kind == "keyring"]
            for name in ("vault", bundle.user, slot.id):
                store.touch(name)
            store.rack.renew(slots=[*store.rack.header.slots, slot])
    except BaseException as problem:
        if not session.may_stand([slot.id], problem):
            with contextlib.suppress(Problem):
                keychain.delete(header.store_id)
        raise
    for id_ in former:
        say(f"if no other machine holds it: reintegrate vault key revoke {id_}", whole=True)
    show(KeyAdded(id=slot.id, kind="keyring", for_=bundle.user))


def _revoke_key(id_: str | None) -> None:
    if id_ is None:
        raise Usage("missing: ID", hint="reintegrate vault key list", fields=["id"])
    bundle = session.current.bundle
    bundle.demand_full("taking a key away")
    with session.writing("vault key revoke") as store:
        slots = store.rack.header.slots
        if id_ not in [slot.id for slot in slots]:
            raise Missing("there is no such key", hint="reintegrate vault key list")
        full = [slot.id for slot in slots if slot.kind in keys.FULL_KINDS]
        if id_ in full and len(full) <= 2:
            raise Settings(
                "fewer than two keys would be left",
                hint="add another first; one lost key must not lose the vault",
            )
        if id_ == bundle.slot:
            raise Usage("that is the key that opened the vault now", hint="open it with another")
        store.touch("vault")
        store.touch(id_)
        _renew_without(store, [slot for slot in slots if slot.id != id_])
    say("this key no longer opens the vault; older copies still accept it")
    _list_keys()


def _renew_without(store: "Store", slots: list[keys.Slot]) -> None:
    """Leave a slot out under a new data key: who had the old one can put nothing back."""
    try:
        store.rack.renew(slots=slots, reseal=True)
    except Settings:
        store.rack.renew(slots=slots)
        say("another key was made by an older version, so the data key stays the same")


def _rotate() -> None:
    session.current.bundle.demand_full("the data key")
    with session.writing("vault key rotate") as store:
        store.touch("vault")
        store.rack.renew(reseal=True)
    say("the vault is sealed under a new data key; every key opens it as before")
    _list_keys()
