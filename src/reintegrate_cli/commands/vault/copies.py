"""What a vault holds, whether it is whole, and copies of it."""

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

from reintegrate_cli.core import clocks
from reintegrate_cli.core.errors import Problem, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Value, counted
from reintegrate_cli.kept import engines, session, unlocking
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.keys import Bundle, Signer
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.plain import Argument, Option
from reintegrate_cli.line.verbs import verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.retention import Certificate, LegalHold
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.keys.engine import Engine
    from reintegrate_cli.mail.ledger import LedgerEntry

FileArg = Annotated[str, Argument(metavar="FILE", help="A backup.")]


class _Former(NamedTuple):
    """What stood in the vault that a backup replaces, and is not undone by it."""

    holds: "list[LegalHold]"
    purges: "list[Certificate]"
    signer: Signer
    bundle: Bundle
    """What opened it."""
    mails: "list[LedgerEntry]"
    """What became of its mails: none of them is unsent by a copy."""


def _store_id(engine: "Engine") -> str | None:
    """Return the id of the vault in a place; nothing if there is none, or none can be read."""
    try:
        return engine.header().store_id
    except Problem:
        return None


def _former(engine: "Engine", bundle: Bundle) -> _Former | None:
    """Read the holds and purges of the vault that is to be replaced, where it can be read."""
    from reintegrate_cli.kept import retention

    # The copy's data key may be an older one: a purge or a rotate came after it.
    for older in (True, False):
        try:
            own = bundle if older else unlocking.unlock(engine.header(), person=True)
            store = session.open_store(engine, own, bundle.user)
            with contextlib.closing(store.shelf):
                standing = retention.standing(store.legal_holds.all())
                purges, mails = store.certificates.all(), _mails(store)
                return _Former(standing, purges, store.rack.signer, own, mails)
        except Problem:
            continue  # also where it opens, and only what is asked for here is damaged
    return None


def _mails(store: "Store") -> "list[LedgerEntry]":
    try:
        return store.ledger()
    except Problem:
        return []  # a part of it is lost, and all else counts for more


def _check_replaced(engine: "Engine", *, other: bool, replace: bool) -> None:
    """Ask before a vault is set aside, and always where the copy is of another one.

    Raises:
        Usage: the answer is no, or there is nobody to ask.
    """
    if other:
        message = "the copy is of another vault than the one here"
        hint = "reintegrate --vault PATH vault restore FILE puts it in a place of its own"
    else:
        message = "there is a vault already"
        hint = "--replace keeps it beside, and puts the backup in its place"
    if engine.exists() and (other or not replace):
        if not output.can_ask():
            raise Usage(message, fields=["file" if other else "replace"], hint=hint)
        if not output.confirm(f"{message}; set it aside"):
            raise Usage("nothing was restored", hint=hint)


def _held_again(store: "Store", hold: "LegalHold") -> bool:
    """Let a hold stand in the restored vault, under another number where its own is taken."""
    there = store.legal_holds.find(hold.id)
    if there is not None and (there.case, there.on) == (hold.case, hold.on):
        if there.released_on is None:
            return False
        store.legal_holds.put(hold)
        return True
    free = hold if there is None else replace(hold, id=store.legal_holds.next_id())
    store.legal_holds.put(free)
    return True


def _carry_over(former: _Former | None) -> None:
    """Give the restored vault what stood in the former one, and say what the copy brings back."""
    from reintegrate_cli.kept import index

    with session.writing("vault restore") as store:
        store.touch("vault")
        if former is not None:
            store.rack.sign_with(former.signer)
            store.carry_mails(former.mails)
        carried = [_held_again(store, hold) for hold in former.holds] if former else []
        if index.doubt(store, session.current.district.calendar) == "different":
            index.make_anew(store, session.current.district.calendar, session.today())
        purges = {(purge.id, purge.entered_at) for purge in store.certificates.all()}
    if any(carried):
        say("legal holds are carried over; a backup releases none")
    if former and any((purge.id, purge.entered_at) not in purges for purge in former.purges):
        say("a purge came after this copy, and what went then is back: reintegrate vault purge")


class Report(Value, frozen=True, kw_only=True):
    """What a vault or a backup holds, in numbers."""

    whole: Public[bool]
    records: Public[int]
    entries: Public[int]
    bytes: Public[int]
    unfinished_bytes: Public[int] = 0
    keys: Public[tuple[str, ...]] = ()
    holds: Public[int | None] = None
    former: Public[int | None] = None
    """Of how many other vaults the history and the records were taken in."""
    index: Public[str | None] = None
    """Whether the index of dates follows from the records, where it was proven."""
    file: Public[str | None] = None


@verb("vault", "status")
def status() -> None:
    """Show what the vault holds, in numbers, and which kinds of key open it.

    Example: reintegrate vault status
    """
    report = _report(session.current.engine)
    with session.reading() as store:
        show(replace(report, holds=_standing(store), former=_former_vaults(store)))


def _standing(store: "Store") -> int | None:
    """Count the legal holds that stand, where the key at hand may know."""
    from reintegrate_cli.kept import retention

    full = session.current.bundle.full
    return len(retention.standing(store.legal_holds.all())) if full else None


def _former_vaults(store: "Store") -> int | None:
    full = session.current.bundle.full
    return store.shelf.count("origins") or None if full else None


@verb("vault", "verify")
def verify(
    file: Annotated[
        str | None, Argument(metavar="FILE", help="A backup; the vault if left out.")
    ] = None,
) -> None:
    """Read every part of the vault or of a backup, who wrote it, and the chain of its history.

    What was worked out from the records, for the agenda and for cron, is worked out again; where
    it differs, it is rebuilt.

    Example: reintegrate vault verify
    """
    from reintegrate_cli.kept import history, proving

    engine = session.current.engine if file is None else engines.copy_in(path_of(file))
    session.begin_on(engine)
    report = _report(engine)
    if session.current.bundle.full:
        with session.reading() as store:
            history.check(store.shelf)
        doubt = proving.index("vault verify", copy=file is not None)
        report = replace(report, index=doubt or "whole")
        say("every part of it reads as it was written")
    else:
        say("what this key opens reads as it was written; the rest was not read")
    if report.unfinished_bytes:
        say(
            "its end was never finished, and so never said to be saved; the next change cuts it off"
        )
    show(report)


def _report(engine: "Engine") -> Report:
    contents = engine.verify(session.current.bundle)
    kinds = tuple(slot.kind for slot in engine.header().slots)
    return Report(
        whole=True,
        records=contents.records,
        entries=contents.entries,
        bytes=contents.size,
        unfinished_bytes=contents.torn,
        keys=kinds,
    )


def _settled() -> "Engine":
    """Return the place of the vault, once nothing that was entered at a school waits any more."""
    session.current.bundle.demand_full("a copy of everything")
    engine = session.current.engine
    if engine.is_served:
        with session.writing() as store:
            store.shelf.commit()
    return engine


@verb("vault", "backup")
def backup(
    folder: Annotated[str, Argument(metavar="FOLDER", help="Where copies are kept.")],
) -> None:
    """Copy the vault, as ciphertext, read the copy whole, and remove copies of over 90 days.

    With a database, who looked at what goes as well once district.toml says so, such as
    server = { looked = "3y" }. While there is a legal hold, nothing is removed.

    Example: reintegrate vault backup /media/okafor/backup
    """
    where, now = path_of(folder), session.now()
    engine = _settled()
    copy, contents = engine.back_up(session.current.bundle, where, now)
    with session.writing("vault backup") as store:
        store.touch("vault")
        held, judged = _standing(store), session.judged_by(store)
        looks = 0 if held or judged.alone else _forget_looks(store, judged.at)
    old = [] if held else engine.expire(where, judged.at)
    if judged.alone:
        say(
            f"by this machine's clock {judged.alone} days passed without a change; until the clock"
            " is confirmed on another day, no copy is removed"
        )
    ahead = [at for at, _ in engine.copies_in(where) if at > now + clocks.A_DAY]
    if ahead:
        say(
            f"dated after today: {counted(len(ahead), 'copy', 'copies')}; a clock was ahead, and"
            " they stay"
        )
    if held:
        say("there is a legal hold, so older copies stay until it is released")
    _tell_of_what_went(len(old), looks)
    say("the copy was read back whole")
    show(
        Report(
            whole=True,
            records=contents.records,
            entries=contents.entries,
            bytes=contents.size,
            file=str(copy),
        )
    )


def _tell_of_what_went(copies: int, looks: int) -> None:
    from reintegrate_cli.keys.engine import KEPT_DAYS

    if copies:
        older = counted(copies, "copy", "copies")
        say(f"{older} older than {KEPT_DAYS} days: removed")
    if looks:
        notes = counted(looks, "note")
        say(f"{notes} of who looked at what, older than district.toml keeps them: removed")


def _forget_looks(store: "Store", judged: datetime) -> int:
    """Remove who looked at what, where a server noted it, once the district keeps it no longer."""
    from reintegrate_cli.kept import retention

    period, seats = session.current.district.server_looked, store.rack.seats
    if period is None or seats is None:
        return 0
    count = seats.forget_looks(retention.looks_from(judged, period))
    if count:
        store.touch("looked")
    return count


@verb("vault", "restore")
def restore(
    file: FileArg,
    replace: Annotated[
        bool, Option("--replace", help="Put it in place of the vault that is there.")
    ] = False,
) -> None:
    """Put a backup back; the vault that is there is kept beside it.

    A copy of another vault never takes its place unasked.

    Example: reintegrate vault restore /media/okafor/backup/caseload-20261001T120000Z.vault
    """
    from reintegrate_cli.kept import signers

    engine = session.current.engine
    _ = session.current.district  # what is wrong there is said before anything is put in place
    copy = engines.copy_in(path_of(file))
    bundle = unlocking.unlock(copy.header(), person=True)
    bundle.demand_full("a backup")
    unlocking.check_signer(copy.header(), bundle, copy.place)
    stood = _store_id(engine)
    other = stood is not None and stood != _store_id(copy)
    _check_replaced(engine, other=other, replace=replace)
    copy.verify(bundle)
    former = _former(engine, bundle) if stood is not None and not other else None
    standing = former.bundle if former else None
    aside = engine.restore(path_of(file), bundle, session.now(), standing)
    signers.put_here(engine.place, engine.header().store_id)
    if aside is not None:
        say(f"the vault that stood there is now {aside}")
    session.begin_on(engine)
    session.opened_with(bundle)
    _carry_over(former)
    if aside is not None and former is None and not other:
        say("what stood there cannot be read, and so its legal holds are not carried over")
    say("if the machine it stood on was lost: reintegrate vault key list, then revoke and rotate")
    show(_report(engine))
