"""Which vault, what day it is, and who is at the keyboard, for the length of one command."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from reintegrate_cli import calendar, clocks, keys, output, settings
from reintegrate_cli.errors import Busy, Damaged, Locked, Settings, Usage
from reintegrate_cli.keys import Bundle
from reintegrate_cli.keys.disk import remove
from reintegrate_cli.settings import path_of

if TYPE_CHECKING:
    from reintegrate_cli.store import Store
    from reintegrate_cli.vault import Header


class Looking(Protocol):
    """What looks up the refs and slugs of a command's line and form."""

    def before_asking(self, form: type, values: Mapping[str, Any]) -> None:
        """Check what the line names, before the first question."""

    def look_up(self, store: "Store") -> None:
        """Check all that the filled form names."""


class Heeding(Protocol):
    """What looks after the live wishes about a command's subject (W1)."""

    given: Any
    """The command's form."""

    def ask(self) -> None:
        """Ask a person how the command goes on past them."""

    def look_up(self, store: "Store") -> None:
        """Check that there is what the line names."""

    def check(self, store: "Store") -> None:
        """Demand that the wishes are heeded, and keep how."""


def now() -> datetime:
    """Give the real time."""
    return datetime.now(UTC)


@dataclass(repr=False, eq=False)
class Session:
    """What the line and the environment say about this command."""

    vault: str | None = None
    today_as: str | None = None
    committed: bool = False
    """Whether something was written, whatever may go wrong after it."""
    copy: bool = False
    """Whether the file is a copy, which may be older than what was seen here."""
    command: str = ""
    """What was typed: the noun and the verb."""
    for_reviewer: bool = False
    """Whether a reviewer's key is enough for this command."""
    looking: "Looking | None" = None
    """What this command names, and has to be there."""
    heeding: "Heeding | None" = None
    """What this command has to heed, if it has a subject that students may have wishes about."""

    def heed(self, store: "Store") -> None:
        """Check, once, that the wishes are heeded which this command has to heed (W1)."""
        heeding, self.heeding = self.heeding, None
        if heeding is not None:
            heeding.check(store)

    @cached_property
    def path(self) -> Path:
        """The vault's file."""
        return settings.vault_path(self.vault)

    @cached_property
    def district(self) -> settings.District:
        """The district's own settings."""
        return settings.district()

    @cached_property
    def zone(self) -> tzinfo | None:
        """The district's zone; ``None`` is the system's."""
        if self.district.time_zone is None:
            return None
        import zoneinfo

        return zoneinfo.ZoneInfo(self.district.time_zone)

    @cached_property
    def moment(self) -> datetime:
        """Now in the district's zone, or the day and time that the command was given."""
        given = self.today_as or os.environ.get("REINTEGRATE_TODAY")
        now_here = now().astimezone(self.zone)
        if not given:
            return now_here
        day, time = calendar.parse_moment(given)
        hour, minute = (int(part) for part in (time or now_here.strftime("%H:%M")).split(":"))
        named = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
        # Without a zone it is the system's, with the offset of that day and not of this one.
        return named if self.zone is not None else named.astimezone()

    @property
    def today(self) -> date:
        """The day of the agenda, of every rule and of the mail ledger."""
        return self.moment.date()

    @cached_property
    def bundle(self) -> Bundle:
        """What the key at hand opens.

        Raises:
            Locked: none does, or it is a reviewer's and the command shows more than history.
        """
        from reintegrate_cli import vault

        header = vault.read_header(self.path)
        bundle = unlock(header, person=True)
        if bundle.opens("history") and not self.for_reviewer:
            bundle.demand_full("the records")
        reviews = bundle.opens("history") and not bundle.full
        if not self.copy and (reviews or not header.proven):
            from reintegrate_cli import signers

            said = signers.check(header, bundle)
            if said is not None:
                output.say(said)
        self.mark = _mark(header, bundle.slot)
        return bundle

    mark: str | None = None
    """Tells the slot that was opened, with the data key in it, from what stands there later."""


current = Session()


def begin(vault: str | None, today_as: str | None) -> None:
    """Begin a command with what its line says."""
    global current
    current = Session(vault, today_as)


def _go_on_with(store: "Store") -> None:
    """After another data key took the place of the one that rests, let none of it rest."""
    bundle = store.vault.bundle
    if bundle is not current.__dict__.get("bundle"):
        if bundle.data_key != current.bundle.data_key:
            from reintegrate_cli import resting

            resting.drop(store.vault.header.store_id)
        opened_with(bundle)
        current.mark = _mark(store.vault.header, bundle.slot)


def opened_with(bundle: Bundle) -> None:
    """Go on with a key that this command made or opened itself."""
    current.__dict__["bundle"] = bundle


def today() -> date:
    """Give the day of this command, in the district's zone."""
    return current.today


class Judged(NamedTuple):
    """The moment by which ages are judged, and the days for which the clock has no witness."""

    at: datetime
    alone: int


def judged_by(store: "Store") -> Judged:
    """Give the moment by which ages are judged: now, as far as the history bears it out."""
    from reintegrate_cli import history

    readings = [at for _, at in history.readings(store.history())]
    return Judged(clocks.believed(now(), readings), clocks.unwitnessed_days(now(), readings))


def real_time() -> str:
    """Give the real time in UTC, whatever day the command was told it is."""
    return now().isoformat(timespec="seconds")


def unlock(header: "Header", *, person: bool) -> Bundle:
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
        return keys.open_with_file(
            header, ("reminder", "file"), keys.read_key_file(credential, guarded=True)
        )
    key_file = os.environ.get("REINTEGRATE_KEY_FILE")
    if key_file:
        file = keys.read_key_or_identities(path_of(key_file))
        return keys.open_with_file(header, ("file", "reminder", "recipient"), file)
    passphrase_file = os.environ.get("REINTEGRATE_PASSPHRASE_FILE")
    if passphrase_file:
        typed = keys.read_passphrase_file(path_of(passphrase_file))
        return keys.open_with_words(header, typed)
    rested = _rested(header)
    if rested is not None:
        return rested
    bundle, why = None, Locked("the vault is locked",
                               hint="set REINTEGRATE_KEY_FILE, or open it at a terminal")  # fmt: skip
    if any(slot.kind == "keyring" for slot in header.slots):
        try:
            bundle = from_keychain(header)
        except (Locked, Settings) as problem:
            why = Locked(problem.message, hint=problem.hint)
            output.say(
                f"{problem.message}; the passphrase and the recovery code open the vault too"
            )
    if bundle is None and person and output.can_ask():
        bundle = _ask_for_words(header, "passphrase or recovery code")
    if bundle is None:
        raise why
    rest(header, bundle)
    return bundle


def rest(header: "Header", bundle: Bundle) -> bool:
    """Let an opened key rest in the kernel until it is idle; say whether there is a place."""
    from reintegrate_cli import resting

    return resting.put(header.store_id, bundle, _mark(header, bundle.slot))


def _rested(header: "Header") -> Bundle | None:
    """Give the key that rests in the kernel since it was last used, if its slot still stands."""
    from reintegrate_cli import resting

    rested = resting.get(header.store_id)
    if rested is None:
        return None
    bundle, mark = rested
    return bundle if mark and mark == _mark(header, bundle.slot) else None


def _mark(header: "Header", slot_id: str) -> str:
    """Tell a slot, and the data key that it wraps, from every other; nothing where it is gone."""
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


def from_keychain(header: "Header") -> Bundle:
    """Open the vault with what the keychain holds.

    Raises:
        LostKey: it holds nothing for this vault, or nothing that opens it any more.
        Locked: it is locked, or does not answer in time.
        Settings: this machine has none that protects what it keeps.
    """
    from reintegrate_cli import keychain

    secret = keychain.get(header.store_id)
    try:
        return keys.open_any(header, ("keyring",), bytes.fromhex(secret or ""))
    except (Locked, ValueError):
        raise LostKey from None


TRIES = 3


def _ask_for_words(header: "Header", label: str) -> Bundle:
    """Ask for the passphrase or the recovery code, and once more after a slip."""
    for left in range(TRIES - 1, -1, -1):
        try:
            return keys.open_with_words(header, output.ask(label, hidden=True))
        except Locked as problem:
            if not left:
                raise
            output.say(f"{problem.message}; try again")
    raise Locked("the vault is locked", hint="the recovery code opens it too")


def ask_again() -> None:
    """Ask for the passphrase or the recovery code once more, before a name is shown.

    Raises:
        Locked: it does not open the vault, or is a reviewer's.
    """
    from reintegrate_cli import vault

    header = vault.read_header(current.path)
    words = _ask_for_words(header, "once more, before a name is shown: passphrase or recovery code")
    words.demand_full("a name")


def ask_new_passphrase() -> str:
    """Ask for a new passphrase, twice, until it is long enough and both are the same."""
    output.say(f"a passphrase has at least {keys.SHORTEST_PASSPHRASE} characters; five or more"
               " unrelated words are easy to type and hard to guess")  # fmt: skip
    while True:
        words = output.ask("a new passphrase", hidden=True)
        try:
            keys.check_passphrase(words)
        except Usage as problem:
            output.say(f"{problem.message}; {problem.hint}")
            continue
        if output.ask("once more", hidden=True) == words:
            return words
        output.say("the two were not the same")


@contextmanager
def reading() -> Iterator["Store"]:
    """Read from the vault, without a lock; nothing can be written."""
    store = _store()
    try:
        yield store
    finally:
        store.vault.close()


@contextmanager
def writing(command: str) -> Iterator["Store"]:
    """Do one unit of work: kept whole at the end, or, if anything raises, not at all.

    Where somebody else holds the vault for 5 s, the work is still gone through on what
    stands there, so that a wrong ref or a rule is named before the lock is; then it is
    ``Busy``, and nothing is written.

    Args:
        command: the noun and verb, for the history.
    """
    from reintegrate_cli import vault, wakes

    bundle = current.bundle  # the key before the lock: a person may be typing
    if current.heeding is not None:
        current.heeding.ask()
    held = vault.lock(current.path)
    busy: Busy | Settings | None = None
    try:
        held.acquire()
    except (Busy, Settings) as problem:
        busy = problem
    try:
        store = _store(bundle)
        base = store.vault.header.salt
        store.vault.begin()
        try:
            for named in (current.looking, current.heeding):
                if named is not None:
                    named.look_up(store)
            yield store
            current.heed(store)
            if busy is not None:
                raise busy
            if store.vault.bundle.full and not store.vault.header.proven:
                # Nothing says who wrote what cron may know; from here on a signature would.
                wakes.make_anew(store, current.district.calendar, current.today)
            renew = None
            if store.vault.bundle.full:
                renew = lambda kept: wakes.renew(  # noqa: E731
                    kept, current.district.calendar, current.today
                )
            store.commit(command, renew)
            current.committed = True
            _go_on_with(store)
            if store.vault.header.salt != base:
                _remember_signer(store)
        finally:
            store.vault.close()
    finally:
        held.release()


def _remember_signer(store: "Store") -> None:
    """Keep who signs for a vault that was written anew, so that no older file is believed here."""
    from reintegrate_cli import signers

    if store.vault.bundle.full:
        signers.remember(store.vault.header.store_id, store.vault.public)


@contextmanager
def making_key(file: Path | None) -> Iterator[list[str]]:
    """Make the file of a new key; it is taken back where the vault did not take the key.

    Args:
        file: where the key will be, if in a file; one that is there already stays.

    Yields:
        A list for the id of the new slot, as soon as there is one.
    """
    is_new = file is not None and not os.path.lexists(file)
    slots: list[str] = []
    try:
        yield slots
    except BaseException:
        if file is not None and is_new and not may_stand(slots):
            remove(file)
        raise


def may_stand(slots: list[str]) -> bool:
    """Say whether one of these slots is in the vault, or nobody can tell."""
    from reintegrate_cli import vault

    try:
        return any(slot.id in slots for slot in vault.read_header(current.path).slots)
    except (Damaged, Settings):
        return True  # a file too many harms nobody; a key without one does


def _store(bundle: Bundle | None = None) -> "Store":
    from reintegrate_cli.vault import VaultDB

    bundle = bundle or current.bundle
    # After the vault, which loads what both need with less around it.
    from reintegrate_cli.store import Store

    try:
        return Store(VaultDB(current.path, bundle), bundle.user, real_time)
    except Damaged:
        if not _renewed_meanwhile(bundle):
            raise
    # Somebody put the vault under another data key since this one was opened.
    current.__dict__.pop("bundle", None)
    bundle = current.bundle
    return Store(VaultDB(current.path, bundle), bundle.user, real_time)


def _renewed_meanwhile(bundle: Bundle) -> bool:
    from reintegrate_cli import vault

    return current.mark is not None and current.mark != _mark(
        vault.read_header(current.path), bundle.slot
    )
