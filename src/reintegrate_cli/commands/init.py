"""``init``: make a vault that two separate keys open."""

import getpass
from pathlib import Path as FilePath
from typing import Annotated

import typer

from reintegrate_cli import keys, output, session
from reintegrate_cli.commands.verbs import verb
from reintegrate_cli.errors import Usage
from reintegrate_cli.keys import Slot
from reintegrate_cli.output import say
from reintegrate_cli.records import check_slug
from reintegrate_cli.staff import Staff


def _path(name: str, text: str) -> object:
    return typer.Option(name, metavar="FILE", help=text)


@verb("init", "init")
def init(
    user: Annotated[
        str | None, typer.Option("--user", metavar="SLUG", help="Your staff slug.")
    ] = None,
    key_file: Annotated[str | None, _path("--key-file", "Make a key file that opens it.")] = None,
    passphrase_file: Annotated[
        str | None, _path("--passphrase-file", "Read the passphrase from here.")
    ] = None,
    no_keyring: Annotated[
        bool, typer.Option("--no-keyring", help="Leave the system's keychain alone.")
    ] = False,
    recovery_to: Annotated[
        str | None, _path("--recovery-to", "Write the recovery code to here.")
    ] = None,
) -> None:
    """Make a vault; on a terminal it asks for a passphrase and shows a recovery code.

    Example: reintegrate init --user okafor
    """
    from reintegrate_cli import vault
    from reintegrate_cli.vault.storage import new_store_id

    path = session.current.path
    if path.exists() or path.is_symlink():
        from reintegrate_cli.errors import Settings

        raise Settings("there is a vault already", hint="choose another path with --vault")
    bundle = keys.new_bundle(check_slug(user or getpass.getuser()))
    store_id = new_store_id()
    slots: list[Slot] = []
    if key_file:
        secret = keys.create_key_file(FilePath(key_file))
        slots.append(keys.make_slot("file", secret, bundle, store_id))
    if passphrase_file:
        words = keys.read_passphrase_file(FilePath(passphrase_file))
        slots.append(keys.make_slot("passphrase", words.encode(), bundle, store_id))
    elif not key_file:
        slots.append(keys.make_slot("passphrase", _passphrase().encode(), bundle, store_id))
    if not no_keyring:
        slots += _in_keychain(bundle, store_id)
    if recovery_to or not (key_file and passphrase_file):
        slots.append(_recovery(bundle, store_id, recovery_to, key_file))
    vault.create(path, bundle, slots, store_id=store_id)
    session.current.__dict__["bundle"] = bundle
    with session.writing("init") as store:
        store.staff.put(Staff(slug=bundle.user, role="specialist"))  # type: ignore[arg-type]
    say(f"the vault is made, and {len(slots)} keys open it, each alone")
    say(f"hint: reintegrate staff add {bundle.user} --role specialist completes your own record")


def _in_keychain(bundle: keys.Bundle, store_id: str) -> list[Slot]:
    """Let the keychain open the vault, where this machine has one that protects."""
    import secrets

    from reintegrate_cli import keychain
    from reintegrate_cli.errors import Locked, Settings

    secret = secrets.token_bytes(keys.KEY_BYTES)
    try:
        keychain.put(store_id, secret.hex())
    except (Locked, Settings) as problem:
        say(f"{problem.message}; the vault does without it")
        return []
    return [keys.make_slot("keyring", secret, bundle, store_id)]


def _passphrase() -> str:
    if not output.can_ask():
        raise Usage("missing: --key-file or --passphrase-file", fields=["key_file"],
                    hint="on a terminal the passphrase is asked for")  # fmt: skip
    while True:
        words = output.ask("a new passphrase", hidden=True)
        try:
            keys.check_passphrase(words)
        except Usage as problem:
            say(f"{problem.message}; {problem.hint}")
            continue
        if output.ask("once more", hidden=True) == words:
            return words
        say("the two were not the same")


def _recovery(
    bundle: keys.Bundle, store_id: str, recovery_to: str | None, key_file: str | None
) -> Slot:
    """Make the recovery slot: a second way in, so that one lost key loses nothing."""
    code, secret = keys.new_recovery_code()
    where = recovery_to or (f"{key_file}.recovery" if key_file else None)
    if where:
        if not keys.create_private(FilePath(where), code + "\n"):
            raise Usage("the file for the recovery code is there already", fields=["recovery_to"],
                        hint="it is never written over; name another")  # fmt: skip
        say(f"the recovery code is in {where}; keep it somewhere else, on paper")
    else:
        _show_code(code)
    return keys.make_slot("recovery", secret, bundle, store_id)


def _show_code(code: str) -> None:
    say("write this recovery code down, and keep it away from this machine:")
    say(f"\n    {code}\n")
    last = code.rpartition("-")[2]
    while output.ask("type its last group, to be sure").strip().upper() != last:
        say("that is not its last group")
