"""Cron's key: its file, its slot, and who signs for the vault, in one command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reintegrate_cli import keys
from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import say

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def check(file: Path | None, revoke: str | None) -> None:
    """Require, before anything is opened, that a key is only revoked for another.

    Raises:
        Usage: no file for the other key was named.
    """
    if revoke is not None and file is None:
        raise Usage(
            "missing: --reminder-key",
            hint="the file for the new key; reintegrate vault key revoke ID only takes one away",
            fields=["reminder_key"],
        )


@contextmanager
def setting_up(file: Path | None, revoke: str | None) -> Iterator["Store"]:
    """Set up mail in one unit of work: cron's key opens what it must, and its file says who signs.

    Args:
        file: where the key is, or will be; ``None`` if the keys stay as they are.
        revoke: the id of the slot of a key that this one replaces, which then opens nothing.
    """
    with session.making_key(file) as made:
        with session.writing("remind setup") as store:
            yield store
            public = store.rack.public
            found = keys.create_reminder_file(file, public) if file else None
            if found is not None:
                made += _give(store, found, revoke)
        if file is not None and found is not None and not found.public:
            keys.sign_reminder_file(file, found._replace(public=public))
    if revoke is not None:
        say(f"the key {revoke} no longer opens the vault; older copies still accept it")


def _give(store: "Store", found: keys.KeyFile, revoke: str | None) -> list[str]:
    """Let a key open the reminders, in the unit of work; name the slot if it is a new one."""
    header = store.rack.header
    theirs = [slot for slot in header.slots if slot.kind == "reminder"]
    has = [slot.id for slot in theirs if keys.open_slot(slot, found.secret, header.store_id)]
    if revoke is not None:
        if revoke not in [slot.id for slot in theirs]:
            raise Missing("cron has no such key", hint="reintegrate vault key list shows the ids")
        if revoke in has:
            raise Usage(
                "that file holds the key that is to be revoked",
                hint="name a new file",
                fields=["reminder_key"],
            )
    slots = [slot for slot in header.slots if slot.id != revoke]
    made = []
    if not has:
        bundle = store.rack.to_share(store.by)
        slot = keys.make_slot("reminder", found.secret, bundle, header.store_id)
        slots.append(slot)
        made.append(slot.id)
        store.touch(slot.id)
    if revoke is not None:
        store.touch(revoke)
    if made or revoke is not None:
        store.rack.renew(slots=slots, reseal=revoke is not None)
    return made
