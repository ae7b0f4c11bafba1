"""Opening a vault with the key at hand: a file, the keychain, a key that rests, or the person."""

import hashlib
import os
from pathlib import Path

from reintegrate_cli import keys
from reintegrate_cli.core.errors import Locked, Settings, Usage
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.keys import Bundle, HeaderLike
from reintegrate_cli.line import output


def unlock(header: HeaderLike, *, person: bool) -> Bundle:
    """Open the vault with the key at hand.

    The order: the systemd credential ``reminder-key``, a 0600 key file or one with an age
    identity, a passphrase file, a key that rests since the last command, the keychain, then
    the person.

    Args:
        header: the vault's header with its key slots.
        person: whether the passphrase may be asked for.

    Raises:
        Locked: no key at hand opens it.
        Settings: a key file cannot be used.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(credentials, "reminder-key") if credentials else None
    if credential is not None and os.path.lexists(credential):
        return keys.open_with_file(header, keys.read_key_file(credential, guarded=True))
    key_file = os.environ.get("REINTEGRATE_KEY_FILE")
    if key_file:
        return keys.open_with_file(header, keys.read_key_or_identities(path_of(key_file)))
    passphrase_file = os.environ.get("REINTEGRATE_PASSPHRASE_FILE")
    if passphrase_file:
        return keys.open_with_words(header, keys.read_passphrase_file(path_of(passphrase_file)))
    bundle = rested(header)
    if bundle is not None:
        return bundle
    bundle = _from_keychain_or_person(header, asking=person and output.can_ask())
    rest(header, bundle)
    return bundle


def _from_keychain_or_person(header: HeaderLike, *, asking: bool) -> Bundle:
    why = Locked("the vault is locked", hint="set REINTEGRATE_KEY_FILE, or open it at a terminal")
    if any(slot.kind == "keyring" for slot in header.slots):
        try:
            return from_keychain(header)
        except (Locked, Settings) as problem:
            why = Locked(problem.message, hint=problem.hint)
            if asking:
                output.say(f"{why.message}; the passphrase and the recovery code open it too")
    if not asking:
        raise why
    return ask_for_words(header, "passphrase or recovery code")


def check_signer(header: HeaderLike, bundle: Bundle, place: str | None) -> None:
    """Compare who signs for a vault with what was seen here, where the key alone does not tell.

    Args:
        header: the vault's header.
        bundle: what the key at hand opened.
        place: a name for where it is; none for a copy, which may be older than what was seen here.

    Raises:
        Damaged: the file does not say who wrote it, and was seen to.
        Settings: another vault stands there than was seen before, or somebody else signs for it.
    """
    kind = next((slot.kind for slot in header.slots if slot.id == bundle.slot), None)
    if kind in keys.SHARED_KINDS if header.proven else place is not None:
        from reintegrate_cli.kept import signers

        signers.check(header, bundle, place)


def rest(header: HeaderLike, bundle: Bundle) -> bool:
    """Let an opened key rest in the kernel until it is idle; say whether there is a place."""
    from reintegrate_cli.keys import resting

    return resting.put(header.store_id, bundle, mark_of(header, bundle.slot))


def rested(header: HeaderLike) -> Bundle | None:
    """Return the key that rests in the kernel since it was last used, if its slot still stands."""
    from reintegrate_cli.keys import resting

    resting_key = resting.get(header.store_id)
    if resting_key is None:
        return None
    bundle, mark = resting_key
    return bundle if mark and mark == mark_of(header, bundle.slot) else None


def mark_of(header: HeaderLike, slot_id: str) -> str:
    """Return what tells a slot and its data key from every other; nothing if it is gone."""
    for slot in header.slots:
        if slot.id == slot_id:
            return hashlib.sha256(slot.wrapped).hexdigest()[:16]
    return ""


class LostKey(Locked):
    """The keychain answers, and does not hold what opens the vault."""

    def __init__(self) -> None:
        super().__init__(
            "the keychain holds no key that opens this vault",
            hint="open it with the passphrase, the recovery code or a key file; then"
            " reintegrate vault key add --keychain puts one back",
        )


def from_keychain(header: HeaderLike) -> Bundle:
    """Open the vault with what the keychain holds.

    Raises:
        LostKey: it holds nothing for this vault, or nothing that opens it any more.
        Locked: it is locked, or does not answer in time.
        Settings: this machine has none that protects what it keeps.
    """
    from reintegrate_cli.keys import keychain

    secret = keychain.get(header.store_id)
    try:
        return keys.open_any(header, ("keyring",), bytes.fromhex(secret or ""))
    except (Locked, ValueError):
        raise LostKey from None


TRIES = 3


def ask_for_words(header: HeaderLike, label: str) -> Bundle:
    """Ask for the passphrase or the recovery code, and once more after a slip."""
    left = TRIES
    while True:
        try:
            return keys.open_with_words(header, output.ask(label, hidden=True, needed=True))
        except Locked as problem:
            left -= 1
            if not left:
                raise
            output.say(f"{problem.message}; try again")


def ask_new_passphrase() -> str:
    """Ask for a new passphrase, twice, until it is long enough and both are the same."""
    output.say(
        f"a passphrase has at least {keys.SHORTEST_PASSPHRASE} characters; five or more"
        " unrelated words are easy to type and hard to guess"
    )
    while True:
        words = output.ask("a new passphrase", hidden=True, needed=True)
        try:
            keys.check_passphrase(words)
        except Usage as problem:
            output.say(f"{problem.message}; {problem.hint}")
            continue
        if output.ask("once more", hidden=True, needed=True) == words:
            return words
        output.say("the two were not the same")
