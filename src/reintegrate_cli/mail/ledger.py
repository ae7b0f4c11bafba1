"""The ledger of mails: the steps of each, and what may go next.

It is a list of steps, oldest first, each written before the next thing happens::

    intent -> handing -> sent       the server said yes
       |         |-----> failed     it said no; ``again`` says when it is tried again
       |         |-----> unknown    nobody knows: reported, not sent again that day
       |---------------> failed     nothing was handed over

An ``intent`` that leads nowhere was a run that was killed before anything left this
machine: the next run tries again. A ``handing`` that leads nowhere is the one moment that
nobody can tell apart from success.

An entry closes its own day, and the day before it, since a clock that is put back by an hour
passes midnight twice. What lies further ahead than that was written by a clock that was wrong,
or under another ``--today``: it is named, and closes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import Public

LedgerState = Literal["intent", "handing", "sent", "failed", "unknown"]
Again = Literal["next_run", "tomorrow", "after_setup"]
"""When what failed is tried again: a wrong password not before somebody set it right."""

A_WEEK = 7
_CLOSING = ("sent", "unknown")


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of one mail: what was about to be done, or what came of it.

    ``day`` is the day the mail is for, in the district's zone; ``at`` is the real time in
    UTC; ``attempt`` counts from 1 for each day; ``cause`` is a fixed word.
    """

    day: Public[date]
    state: Public[LedgerState]
    at: Public[str]
    attempt: Public[int]
    count: Public[int]
    cause: Public[str | None] = None
    again: Public[Again | None] = None
    tried: Public[str | None] = None
    """Tells the settings that failed from those that took their place."""


class Send(msgspec.Struct, frozen=True):
    """A mail may go; this is the day's ``attempt``, from 1."""

    attempt: int


class Already(msgspec.Struct, frozen=True):
    """No more mail: one went, or may have gone, for ``day``."""

    day: date


class Waiting(msgspec.Struct, frozen=True):
    """No mail before its time: what failed would only fail again."""

    entry: LedgerEntry


Decision = Send | Already | Waiting


def begun_anew(today: date, at: str) -> LedgerEntry:
    """Return the first step of a ledger whose steps are lost: a mail may have gone today."""
    return LedgerEntry(day=today, state="unknown", at=at, attempt=1, count=0, cause="ledger_lost")


def closes(day: date, today: date) -> bool:
    """Return whether what was done for a day is done for today."""
    return day == today or (day - today).days == 1


def ahead(ledger: Iterable[LedgerEntry], today: date) -> tuple[date, ...]:
    """List the days that lie too far ahead of today to close anything."""
    return tuple(sorted({entry.day for entry in ledger if (entry.day - today).days > 1}))


def unresolved(ledger: Iterable[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """Find what was being handed over and has no outcome, of whatever day."""
    waiting: dict[date, LedgerEntry] = {}
    for entry in ledger:
        if entry.state == "handing":
            waiting[entry.day] = entry
        elif entry.state != "intent":
            waiting.pop(entry.day, None)
    return tuple(waiting.values())


def last_sent(ledger: Iterable[LedgerEntry], today: date) -> LedgerEntry | None:
    """Return the last mail that went, as the vault has it; those dated ahead are no such mail."""
    sent = [entry for entry in ledger if entry.state == "sent" and (entry.day - today).days <= 1]
    return max(sent, key=lambda entry: entry.day, default=None)


def last_ended(ledger: Sequence[LedgerEntry]) -> LedgerEntry | None:
    """Return what the last attempt ended with, if it came to an end."""
    ended = [entry for entry in ledger if entry.state in (*_CLOSING, "failed")]
    return ended[-1] if ended else None


def decide(ledger: Sequence[LedgerEntry], today: date, *, every: int, tried: str) -> Decision:
    """Return whether a mail may go today, once nothing in the ledger is unresolved.

    Args:
        ledger: its steps, oldest first.
        today: the day of the agenda.
        every: how many days a mail is enough for, 1 or ``A_WEEK``.
        tried: what is about to be tried, as ``LedgerEntry.tried`` has it.
    """
    done = [
        entry.day
        for entry in ledger
        if entry.state in _CLOSING
        and (closes(entry.day, today) or 0 <= (today - entry.day).days < every)
    ]
    if done:
        return Already(max(done))
    for entry in reversed(ledger):
        if entry.state == "failed" and entry.tried == tried and _waits(entry, today):
            return Waiting(entry)
    return Send(1 + sum(entry.day == today and entry.state == "intent" for entry in ledger))


def _waits(entry: LedgerEntry, today: date) -> bool:
    return entry.again == "after_setup" or (entry.again == "tomorrow" and closes(entry.day, today))
