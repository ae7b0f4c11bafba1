"""``init``: make a vault that two separate keys open."""

import getpass
import os
from contextlib import suppress
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli import keys
from reintegrate_cli.core.errors import Problem, Usage
from reintegrate_cli.core.records import Public, Ref, Value, check_own_slug
from reintegrate_cli.kept import session, unlocking
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.keys import Slot
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.plain import Option
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.staff.record import Staff

if TYPE_CHECKING:
    from reintegrate_cli.keys.engine import Engine


def _path(name: str, text: str) -> object:
    return Option(name, metavar="FILE", help=text)


@verb("init", "init")
def init(
    user: Annotated[str | None, Option("--user", metavar="SLUG", help="Your staff slug.")] = None,
    key_file: Annotated[str | None, _path("--key-file", "Make a key file that opens it.")] = None,
    passphrase_file: Annotated[
        str | None, _path("--passphrase-file", "Read the passphrase from here.")
    ] = None,
    no_keyring: Annotated[
        bool, Option("--no-keyring", help="Leave the system's keychain alone.")
    ] = False,
    recovery_to: Annotated[
        str | None, _path("--recovery-to", "Write the recovery code to here.")
    ] = None,
) -> None:
    """Make a vault; on a terminal it asks for a passphrase and shows a recovery code.

    In a database that an older version made, it only brings the tables up to date.

    Example: reintegrate init --user okafor
    """
    from reintegrate_cli.kept import signers

    engine, _ = session.current.engine, session.current.district  # a fault in either makes no vault
    if _only_renewed(engine):
        return
    engine.check_place()
    bundle = keys.new_bundle(check_own_slug(user or _login()))
    files = _Files(key_file, passphrase_file, recovery_to)
    files.check()
    store_id = keys.new_store_id()
    try:
        slots = _slots(files, bundle, store_id, no_keyring)
        engine.create(bundle, slots, store_id=store_id)
    except BaseException as problem:
        if _may_be_made(engine, store_id, problem):
            say("the new keys stay; reintegrate vault status shows whether the vault is there")
        else:
            files.take_back(None if no_keyring else store_id)
        raise
    signers.put_here(engine.place, store_id)
    session.opened_with(bundle)
    with session.writing("init") as store:
        store.staff.put(Staff(slug=bundle.user, role="specialist"))  # type: ignore[arg-type]
    if files.asked:
        _rest(bundle, slots)
    _told(Made(user=bundle.user, keys=tuple(slot.kind for slot in slots)))


def _only_renewed(engine: "Engine") -> bool:
    """Bring the tables of an older database up to date, if they are not; return whether."""
    if not engine.renewed():
        return False
    say("the tables of this database are up to date now; what was in them is as it was")
    if output.current.as_json:
        show(Renewed(renewed=True))
    return True


def _told(made: "Made") -> None:
    """Say that a vault is made, and what comes next."""
    say(f"the vault is made, and {len(made.keys)} keys open it, each alone")
    say(f"hint: reintegrate staff add {made.user} --role specialist completes your own record")
    if output.current.as_json:
        show(made)


def _may_be_made(engine: "Engine", store_id: str, problem: BaseException) -> bool:
    """Return whether the vault is there, or may be: then its keys stay."""
    if session.may_be_saved(problem):
        return True
    try:
        return engine.header().store_id == store_id
    except Problem:
        return False


def _login() -> str:
    """Return the login name of this account; in some containers it has none.

    Raises:
        Usage: nobody can tell, and so it has to be typed.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Usage(
            "missing: --user", hint="this account has no login name", fields=["user"]
        ) from None


def _rest(bundle: keys.Bundle, slots: list[Slot]) -> None:
    """Let the key rest as after any other unlock: the passphrase was typed a moment ago."""
    typed = next(slot for slot in slots if slot.kind == "passphrase")
    opened = keys.full_bundle(bundle.data_key, bundle.user, typed.id)
    unlocking.rest(session.current.engine.header(), opened)


class Made(Value, frozen=True, kw_only=True):
    """What ``init`` answers a script."""

    user: Ref[str]
    keys: Public[tuple[str, ...]]


class Renewed(Value, frozen=True, kw_only=True):
    """What ``init`` answers a script where it brought the tables of a database up to date."""

    renewed: Public[bool]


class _Files:
    """The files that a new vault's keys are kept in; taken back where no vault came of it."""

    def __init__(
        self, key_file: str | None, passphrase_file: str | None, recovery_to: str | None
    ) -> None:
        self.key = path_of(key_file) if key_file else None
        self.passphrase = path_of(passphrase_file) if passphrase_file else None
        beside = path_of(f"{key_file}.recovery") if key_file and not passphrase_file else None
        self.recovery = path_of(recovery_to) if recovery_to else beside
        self._made: list[FilePath] = []

    @property
    def asked(self) -> bool:
        """Whether a person types the passphrase, and no file opens the vault instead."""
        return not (self.key or self.passphrase)

    def check(self) -> None:
        """Check that the files can be written, before anything is."""
        named = [one for one in (self.key, self.passphrase, self.recovery) if one]
        if len({one.absolute() for one in named}) < len(named):
            raise Usage(
                "two of the files are the same",
                fields=["recovery_to"],
                hint="each key has a file of its own",
            )
        if self.recovery and os.path.lexists(self.recovery):
            raise keys.recovery_file_taken()
        self._check_terminal()

    def _check_terminal(self) -> None:
        """Where the recovery code is to be shown, demand that it can be taken away again."""
        if output.can_ask() and not (self.recovery or self.key):
            from reintegrate_cli.line import terminal

            terminal.demand(hint="--recovery-to FILE writes the recovery code to a file instead")

    def make_key(self) -> bytes:
        """Make the key file, or use the one that is there."""
        assert self.key is not None  # noqa: S101 - the caller asked for one
        if not os.path.lexists(self.key):
            self._made.append(self.key)
        return keys.create_key_file(self.key)

    def write_recovery(self, code: str) -> None:
        """Write the recovery code to its file."""
        assert self.recovery is not None  # noqa: S101 - the caller asked for one
        keys.write_recovery_code(self.recovery, code)
        self._made.append(self.recovery)

    def take_back(self, store_id: str | None) -> None:
        """Remove what this run made, so that the next try stands where this one did.

        Args:
            store_id: the vault whose key the keychain may hold; none if it was left alone.
        """
        for one in self._made:
            with suppress(OSError):
                one.unlink(missing_ok=True)
        if store_id is not None:
            _forget(store_id)


def _slots(files: _Files, bundle: keys.Bundle, store_id: str, no_keyring: bool) -> list[Slot]:
    slots: list[Slot] = []
    if files.key:
        slots.append(keys.make_slot("file", files.make_key(), bundle, store_id))
    if files.passphrase or not files.key:
        words = keys.read_new_passphrase(files.passphrase) if files.passphrase else _passphrase()
        slots.append(keys.make_slot("passphrase", words.encode(), bundle, store_id))
    if not no_keyring:
        slots += _in_keychain(bundle, store_id)
    if files.recovery or len(slots) < 2 or not files.key:
        code, secret = keys.new_recovery_code()
        if files.recovery:
            files.write_recovery(code)
            say(f"the recovery code is in {files.recovery}")
            say("keep it somewhere else, on paper")
        else:
            _show_code(code)
        slots.append(keys.make_slot("recovery", secret, bundle, store_id))
    return slots


def _in_keychain(bundle: keys.Bundle, store_id: str) -> list[Slot]:
    """Let the keychain open the vault, where this machine has one that protects."""
    import secrets

    from reintegrate_cli.core.errors import Locked, Settings
    from reintegrate_cli.keys import keychain

    secret = secrets.token_bytes(keys.KEY_BYTES)
    try:
        keychain.put(store_id, secret.hex())
    except (Locked, Settings) as problem:
        say(f"{problem.message}; the vault does without it")
        return []
    return [keys.make_slot("keyring", secret, bundle, store_id)]


def _forget(store_id: str) -> None:
    """Leave nothing in the keychain of a vault that was not made."""
    from reintegrate_cli.keys import keychain

    with suppress(Problem):
        keychain.delete(store_id)


def _passphrase() -> str:
    if not output.can_ask():
        raise Usage(
            "missing: --key-file or --passphrase-file",
            fields=["key_file"],
            hint="on a terminal the passphrase is asked for",
        )
    return unlocking.ask_new_passphrase()


def _show_code(code: str) -> None:
    """Show the recovery code on the terminal's other screen, and ask for a part of it."""
    if not output.can_ask():
        raise Usage(
            "missing: --recovery-to",
            fields=["recovery_to"],
            hint="on a terminal the recovery code is shown",
        )
    from reintegrate_cli.line import terminal

    last = code.rpartition("-")[2]
    said = "write this recovery code down, and keep it away from this machine:"
    with terminal.shown([said, "", f"    {code}", ""], spare=3) as screen:
        again = ""
        while screen.ask(f"{again}type its last group, to be sure").upper() != last:
            again = "that is not its last group; "
