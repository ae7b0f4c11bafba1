"""Which vault, what day it is, and who is at the keyboard, for the length of one command."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from reintegrate_cli.core import calendar, clocks
from reintegrate_cli.core.errors import Busy, Damaged, Problem, Settings
from reintegrate_cli.core.lean import Silent, msgspec
from reintegrate_cli.kept import engines, settings, unlocking
from reintegrate_cli.keys import Bundle, HeaderLike
from reintegrate_cli.keys.disk import remove

if TYPE_CHECKING:
    from reintegrate_cli.core.slips import Left
    from reintegrate_cli.core.world import World
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.kept.witness import Witness
    from reintegrate_cli.keys.engine import Engine


class Looking(Protocol):
    """What looks up the refs and slugs of a command's line and form."""

    def before_asking(self, form: type, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check what the line names, before the first question; return it as looked up."""

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
        """Require that the wishes are heeded, and keep how."""


class Following(Protocol):
    """What is said after a write: what usually follows."""

    def look(self, store: "Store", world: "World | None") -> None:
        """Work it out from what a unit of work changed, and what its dates are worked out from."""


def now() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)


class Rehearsed(BaseException):
    """A unit of work was gone through to its end, and nothing of it is kept."""


class Session(Silent, msgspec.Struct, dict=True, eq=False):
    """What the line and the environment say about this command."""

    vault: str | None = None
    today_as: str | None = None
    committed: bool = False
    """Whether something was written, whatever may go wrong after it."""
    command: str = ""
    """What was typed: the noun and the verb."""
    past: str = ""
    """The option with which it goes past a rule or a wish; the history names it as well."""
    for_reviewer: bool = False
    """Whether a reviewer's key is enough for this command."""
    rehearsing: bool = False
    """Whether the command is only tried, before the first question (see ``line/rehearsing``)."""
    looking: "Looking | None" = None
    """What this command names, and has to be there."""
    heeding: "Heeding | None" = None
    """What this command has to heed, if it has a subject that students may have wishes about."""

    witness: "Witness | None" = None
    """What a person has seen of the records that this command is about, once they are asked."""

    following: "Following | None" = None
    """What looks at what this command changed, and says what follows."""

    def watch(self) -> None:
        """Remember from here on what is read: a person answers by it."""
        if self.witness is None:
            from reintegrate_cli.kept.witness import Witness

            self.witness = Witness()

    def heed(self, store: "Store") -> None:
        """Check, once, that the wishes are heeded which this command has to heed (W1)."""
        heeding, self.heeding = self.heeding, None
        if heeding is not None:
            heeding.check(store)

    @cached_property
    def engine(self) -> "Engine":
        """The place of the vault."""
        return engines.named(self.vault)

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
        header = self.engine.header()
        bundle = unlocking.unlock(header, person=True)
        if bundle.opens("history") and not self.for_reviewer:
            bundle.demand_full("the records")
        unlocking.check_signer(header, bundle, self.engine.place)
        self.mark = unlocking.mark_of(header, bundle.slot)
        return bundle

    refused: "Sequence[Left]" = ()
    """What was left at schools, and cannot be taken over; it is told once."""

    mark: str | None = None
    """Tells the slot that was opened, with the data key in it, from what stands there later."""


current = Session()


def begin(vault: str | None, today_as: str | None) -> None:
    """Begin a command with what its line says."""
    global current
    if (former := current.__dict__.get("engine")) is not None:
        former.let_go()
    current = Session(vault, today_as)


def begin_on(engine: "Engine") -> None:
    """Begin the command anew, on another vault than its line names, or on a copy."""
    begin(None, current.today_as)
    current.__dict__["engine"] = engine


def _go_on_with(store: "Store") -> None:
    """After another data key took the place of the one that rests, let none of it rest."""
    bundle = store.rack.bundle
    if bundle is not current.__dict__.get("bundle"):
        if bundle.data_key != current.bundle.data_key:
            from reintegrate_cli.keys import resting

            resting.drop(store.shelf.store_id)
        opened_with(bundle)
        current.mark = unlocking.mark_of(store.rack.header, bundle.slot)


def went_past(option: str) -> None:
    """Let the history name the option with which this command goes past a rule or a wish."""
    current.past = option


def opened_with(bundle: Bundle) -> None:
    """Go on with a key that this command made or opened itself."""
    current.__dict__["bundle"] = bundle


def today() -> date:
    """Return the day of this command, in the district's zone."""
    return current.today


class Judged(msgspec.Struct, frozen=True):
    """The moment by which ages are judged, and the days for which the clock has no witness."""

    at: datetime
    alone: int


def judged_by(store: "Store") -> Judged:
    """Return the moment by which ages are judged: now, as far as the history bears it out."""
    from reintegrate_cli.kept import history

    readings = [at for _, at in history.readings(history.read(store.shelf))]
    return Judged(clocks.believed(now(), readings), clocks.unwitnessed_days(now(), readings))


def real_time() -> str:
    """Return the real time in UTC, whatever day the command was told it is."""
    return now().isoformat(timespec="seconds")


def ask_again(before: str = "a name is shown", what: str = "a name") -> None:
    """Ask for the passphrase or the recovery code once more, before a name is shown.

    Args:
        before: what comes next, in a sentence.
        what: what a reviewer's key does not open.

    Raises:
        Locked: it does not open the vault, or is a reviewer's.
    """
    header = current.engine.header()
    words = unlocking.ask_for_words(
        header, f"once more, before {before}: passphrase or recovery code"
    )
    words.demand_full(what)


@contextmanager
def reading() -> Iterator["Store"]:
    """Read from the vault, without a lock; nothing can be written."""
    store = _store()
    store.witness = current.witness
    try:
        yield store
    finally:
        store.shelf.close()


@contextmanager
def writing(command: str = "") -> Iterator["Store"]:
    """Do one unit of work: kept whole at the end, or, if anything raises, not at all.

    Where somebody else holds the vault for 5 s, the work is still gone through on what
    stands there, so that a wrong ref or a rule is named before the lock is; then it is
    ``Busy``, and nothing is written.

    Args:
        command: what the history calls it; the noun and verb that were typed, if left out.
    """
    if current.rehearsing:
        yield from _rehearsed()
    bundle = current.bundle  # the key before the lock: a person may be typing
    if current.heeding is not None:
        current.heeding.ask()
    held = current.engine.lock()
    busy: Busy | Settings | None = None
    try:
        held.acquire()
    except (Busy, Settings) as problem:
        busy = problem
    try:
        store = _store(bundle)
        base = store.rack.header
        store.shelf.begin()
        try:
            for named in (current.looking, current.heeding):
                if named is not None:
                    named.look_up(store)
            yield store
            current.heed(store)
            if busy is not None:
                raise busy
            if current.witness is not None:
                current.witness.check(store)
            _commit(store, f"{command or current.command} {current.past}".rstrip(), base)
        finally:
            store.shelf.close()
    finally:
        held.release()


def _rehearsed() -> "Iterator[Store]":
    """Go through a unit of work without the lock, and leave everything as it is.

    Raises:
        Rehearsed: it went well.
    """
    store = _store()
    store.witness = current.witness
    store.shelf.begin()
    try:
        yield store
    finally:
        store.shelf.close()
    raise Rehearsed


def _commit(store: "Store", command: str, former: HeaderLike) -> None:
    """Keep a unit of work, with the index of dates, and go on with the keys as they are then."""
    from reintegrate_cli.kept import index

    rack = store.rack
    given = (current.district.calendar, current.today) if rack.bundle.full else None
    if given and not rack.header.proven:
        # Nothing says who wrote what cron may know; from here on a signature would.
        index.make_anew(store, *given)
    following = current.following

    def renew() -> None:
        # A key for one school has no part in the index; whoever takes its work over renews it.
        calendar, day = current.district.calendar, current.today
        world = index.renew(store, calendar, day) if given else index.world(store, calendar)
        if following is not None:
            following.look(store, world)

    store.commit(command, renew)
    current.committed, current.witness = True, None
    _go_on_with(store)
    if rack.header.salt != former.salt and rack.bundle.full:
        from reintegrate_cli.kept import signers

        signers.written_anew(rack, former)


def world(store: "Store", ref: str | None = None) -> "World":
    """Read what the dates of a case, or of all of them, are worked out from."""
    from reintegrate_cli.kept import index

    refs = None if ref is None else {ref}
    return index.world(store, current.district.calendar, refs)


def answering(store: "Store", slug: str) -> str:
    """Return who answers for somebody today: they do, or who covers for them."""
    if not store.shelf.is_used("covers"):
        return slug
    from reintegrate_cli.core import owning

    return owning.answering(store.table("covers").all(), store.staff.find, slug, today())


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
    except BaseException as problem:
        if file is not None and is_new and not may_stand(slots, problem):
            remove(file)
        raise


def may_be_saved(problem: BaseException) -> bool:
    """Return whether a unit of work that ended so may be saved all the same.

    What was made beside the vault is taken back only where it is not: the server may still be
    about to keep what it did not answer to, and shows it to nobody until then.
    """
    return isinstance(problem, Problem) and not problem.is_known


def may_stand(slots: list[str], problem: BaseException) -> bool:
    """Return whether one of these slots is in the vault, or nobody can tell.

    Args:
        slots: their ids.
        problem: how the unit of work ended that was to put them there.
    """
    if may_be_saved(problem):
        return True
    try:
        return any(slot.id in slots for slot in current.engine.header().slots)
    except (Damaged, Settings):
        return True  # a file too many harms nobody; a key without one does


def _store(bundle: Bundle | None = None) -> "Store":
    bundle = bundle or current.bundle
    try:
        return _opened(bundle)
    except Damaged:
        if not _renewed_meanwhile(bundle):
            raise
    # Somebody put the vault under another data key since this one was opened.
    current.__dict__.pop("bundle", None)
    return _opened(current.bundle)


def _opened(bundle: Bundle) -> "Store":
    """Open the records, with all that waits to be taken over."""
    store = open_store(current.engine, bundle, bundle.user)
    if store.shelf.tray is not None and store.shelf.tray.waiting():
        from reintegrate_cli.kept import taking_over

        calendar = current.district.calendar
        current.refused = taking_over.lay_over(store, calendar, real_time(), today())
    return store


def open_store(engine: "Engine", bundle: Bundle, by: str) -> "Store":
    """Open the records of a vault."""
    from reintegrate_cli.kept.store import Store

    shelf, rack = engine.open(bundle)
    if (replaced := engine.replaced()) is not None:
        from reintegrate_cli.core.records import counted
        from reintegrate_cli.line.output import say

        say(
            f"{replaced.by} put a copy of the vault back at {replaced.at:%Y-%m-%d %H:%M} UTC;"
            f" {counted(replaced.entries, 'change')} made before then"
            f" {'is' if replaced.entries == 1 else 'are'} not in that copy; look at what you"
            " entered last"
        )
    return Store(shelf, rack, by, real_time, today)


def _renewed_meanwhile(bundle: Bundle) -> bool:
    return current.mark is not None and current.mark != unlocking.mark_of(
        current.engine.header(), bundle.slot
    )
