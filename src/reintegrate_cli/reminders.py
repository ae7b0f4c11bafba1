"""Reminders: what the mail may say, and when one may go (PRACTICE section 3).

Pure rules. The mail holds a count and nothing else; at most one goes in a day; a run that
was missed is caught up by the next, since what is overdue stays overdue; a run that was
killed while a message was being handed over is reported, and never repeated.

The ledger is a list of steps, oldest first, each written before the next thing happens::

    intent -> handing -> sent       the server said yes
       |         |-----> failed     it said no: tried again at the next run
       |         |-----> unknown    nobody knows: reported, not sent again that day
       |---------------> failed     nothing was handed over

An ``intent`` that leads nowhere was a run that was killed before anything left this
machine: the next run tries again. A ``handing`` that leads nowhere is the one moment that
nobody can tell apart from success.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from reintegrate_cli.errors import Settings, Undelivered, Usage
from reintegrate_cli.records import Private, Public

SUBJECT = "Office reminder"
Security = Literal["tls", "starttls", "insecure_loopback"]
LedgerState = Literal["intent", "handing", "sent", "failed", "unknown"]
Cause = Literal[
    "connect", "timeout", "tls", "auth", "greeting",
    "refused_sender", "refused_recipient", "refused_message", "settings",
]  # fmt: skip
"""Why nothing was sent. Fixed words: a server's own text may name people and places."""

LONGEST_ADDRESS = 254
_ATOM = r"[A-Za-z0-9_+'=~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_NAME.pattern}")


class NotSent(Undelivered):
    """Nothing was handed over; the next run tries again.

    Args:
        cause: a fixed word, never what the server said.
    """

    def __init__(self, cause: Cause) -> None:
        super().__init__(
            f"the reminder could not be handed over: {cause.replace('_', ' ')}",
            hint="it is tried again at the next run; remind status shows the ledger",
        )
        self.cause = cause


class Unknown(Undelivered):
    """The message went out and no answer came back: it may have arrived, or not."""

    def __init__(self) -> None:
        super().__init__(
            "a reminder may or may not have arrived: the run ended before the answer",
            hint="it is not sent again for that day; agenda --overdue shows what is late",
        )


def address(text: str) -> str:
    """Accept exactly one mail address: ASCII, no display name, no second recipient.

    Raises:
        Usage: it is none, or could stand for more than one recipient.
    """
    if len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text):
        return text
    raise Usage("takes one plain mail address", hint="for example office@district.example")


def host(text: str) -> str:
    """Accept a host's name, or an IPv4 or IPv6 address without brackets or port.

    Raises:
        Usage: it is neither.
    """
    if _is_ip(text) or (len(text) <= 253 and _NAME.fullmatch(text)):
        return text
    raise Usage("takes the name of a host, without a port")


def check_loopback(name: str) -> None:
    """Demand that mail without TLS stays on this machine.

    Raises:
        Usage: the host is not in 127.0.0.0/8, ``::1`` or ``localhost``.
    """
    if name.lower() != "localhost" and not is_loopback(name):
        raise Usage("mail without TLS goes to this machine alone", hint="use --tls or --starttls")


def is_loopback(text: str) -> bool:
    """Say whether this is an IP address of the machine itself."""
    import ipaddress

    return _is_ip(text) and ipaddress.ip_address(text).is_loopback


def _is_ip(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a scope is the name of a network card


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MailSettings:
    """Where the mail goes and how. Kept where the reminder key opens it; its repr is empty.

    Raises:
        Usage: an address, the host or the port is none, or mail without TLS would leave
            this machine. Checked here too, so that no stored row can get round it.
    """

    host: Private[str]
    port: Public[int]
    security: Public[Security]
    user: Private[str | None] = None
    from_address: Private[str]
    to: Private[str]
    password_file: Private[str | None] = None
    ca_file: Private[str | None] = None

    def __post_init__(self) -> None:
        host(self.host)
        address(self.from_address)
        address(self.to)
        if not 1 <= self.port <= 65535:
            raise Usage("a port is a number from 1 to 65535", fields=["port"])
        if self.security == "insecure_loopback":
            check_loopback(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """What cron may know of one dated thing: a random id, and when it becomes overdue."""

    id: Public[str]
    due_on: Public[date]
    overdue_on: Public[date]
    kind: Public[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
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


def past_due(items: Iterable[DueItem], today: date) -> tuple[int, int]:
    """Count what is overdue, and say how many days late the oldest is.

    The first day of being overdue is one day late, whatever window came before it.
    """
    days = [(today - item.overdue_on).days + 1 for item in items if item.overdue_on <= today]
    return len(days), max(days, default=0)


def body(count: int, oldest_days: int) -> str:
    """Write the whole text of the mail (PRACTICE section 3, level ``count``)."""
    items = f"{count} item{'' if count == 1 else 's'} past due"
    oldest = f"oldest {oldest_days} day{'' if oldest_days == 1 else 's'}"
    return f"{items}; {oldest}.\nOpen it at your work computer.\n"


@dataclass(frozen=True, slots=True)
class Send:
    """A mail may go; this is the day's ``attempt``, from 1."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Already:
    """No more mail: one went, or may have gone, for ``day``, which is today or later."""

    day: date


@dataclass(frozen=True, slots=True)
class Stranded:
    """Mails that were being handed over when their run ended, of whatever day."""

    entries: tuple[LedgerEntry, ...]


Decision = Send | Already | Stranded


def unresolved(ledger: Iterable[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """Find what was being handed over and has no outcome; ``remind status`` shows it too."""
    waiting: dict[date, LedgerEntry] = {}
    for entry in ledger:
        if entry.state == "handing":
            waiting[entry.day] = entry
        elif entry.state != "intent":
            waiting.pop(entry.day, None)
    return tuple(waiting.values())


def decide(ledger: Sequence[LedgerEntry], today: date) -> Decision:
    """Say whether a mail may go today.

    What a stranded run left behind comes first, of any day. Then a mail for today *or for a
    later day* forbids another: a ledger from the future means that the clock was put back,
    and the mail it tells of may have gone minutes ago. A later day's failure forbids nothing.
    """
    stranded = unresolved(ledger)
    if stranded:
        return Stranded(stranded)
    settled = [entry.day for entry in ledger
               if entry.day >= today and entry.state in ("sent", "unknown")]  # fmt: skip
    if settled:
        return Already(min(settled))
    return Send(1 + sum(entry.day == today and entry.state == "intent" for entry in ledger))


class Outcome(StrEnum):
    """How a run ended, where it did not raise."""

    NOTHING_DUE = "nothing_due"
    ALREADY = "already"
    SENT = "sent"
    AMBIGUOUS_REPORTED = "ambiguous_reported"
    CLOCK_BACK = "clock_back"
    """The ledger is two days or more ahead, so nothing will go for days: say so."""


@dataclass(slots=True)
class _Notes:
    """Writes the steps of one attempt, and knows whether a handing was noted."""

    append: Callable[[LedgerEntry], None]
    now: Callable[[], str]
    day: date
    attempt: int
    count: int
    handed: bool = False

    def write(self, state: LedgerState, cause: str | None = None) -> None:
        self.append(LedgerEntry(day=self.day, state=state, at=self.now(), attempt=self.attempt,
                                count=self.count, cause=cause))  # fmt: skip

    def handing(self) -> None:
        self.write("handing")
        self.handed = True


def run(
    items: Iterable[DueItem],
    *,
    ledger_read: Callable[[], list[LedgerEntry]],
    ledger_append: Callable[[LedgerEntry], None],
    send: Callable[[str, Callable[[], None]], None],
    report: Callable[[date], None],
    today: date,
    now: Callable[[], str],
) -> Outcome:
    """Send today's mail if one is called for, noting each step before the next is taken.

    The caller holds the one lock for reminders from before this to after it; without that,
    two runs could read the same ledger. With nothing due the ledger is not even read.

    Args:
        items: the reminder rows.
        ledger_read: gives the ledger, oldest first.
        ledger_append: writes one entry durably, or raises.
        send: hands over a text; calls its second argument just before the message goes out.
        report: tells the person that the mail of that day may or may not have arrived. It
            is called *before* that is noted, so that a kill repeats it and never hides it.
        today: the day of the agenda.
        now: the real time in UTC.

    Raises:
        NotSent: nothing was handed over; noted as ``failed``, tried again at the next run.
        Settings: ``send`` lacks something; noted as ``failed`` too.
    """
    count, oldest_days = past_due(items, today)
    if not count:
        return Outcome.NOTHING_DUE
    ledger = list(ledger_read())
    decision = decide(ledger, today)
    told = isinstance(decision, Stranded)
    if isinstance(decision, Stranded):
        for entry in decision.entries:
            report(entry.day)
            ledger.append(replace(entry, state="unknown", at=now(), cause="interrupted"))
            ledger_append(ledger[-1])
        decision = decide(ledger, today)
    outcome = Outcome.ALREADY
    if isinstance(decision, Send):
        notes = _Notes(ledger_append, now, today, decision.attempt, count)
        outcome = _attempt(notes, send, report, body(count, oldest_days))
    elif isinstance(decision, Already) and decision.day > today + timedelta(days=1):
        # One day ahead is a clock that crossed midnight twice; more is a wrong clock.
        outcome = Outcome.CLOCK_BACK
    return Outcome.AMBIGUOUS_REPORTED if told else outcome


def _attempt(
    notes: _Notes,
    send: Callable[[str, Callable[[], None]], None],
    report: Callable[[date], None],
    text: str,
) -> Outcome:
    notes.write("intent")
    try:
        send(text, notes.handing)
    except NotSent as failure:
        notes.write("failed", failure.cause)
        raise
    except Unknown:
        report(notes.day)
        notes.write("unknown", "no_answer")
        return Outcome.AMBIGUOUS_REPORTED
    except Settings:
        if not notes.handed:
            notes.write("failed", "settings")
        raise
    # Anything else that is raised leaves the ledger as it is, which is what a kill does:
    # before the handing it is safe to try again, after it nobody can tell.
    notes.write("sent")
    return Outcome.SENT
