"""Reminders: what the mail may say, and when one goes (PRACTICE section 3).

Pure rules. The mail holds a count and nothing else; at most one goes in a day; a run that
was missed is caught up by the next, since what is overdue stays overdue; a run that was
killed while a message was being handed over is reported, and never repeated (see ``ledger``).

Cron sees 60 days ahead of the last change. Where nobody has made one for a while, that is the
mail: silence would read as if nothing were due.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, cast

from reintegrate_cli.core.errors import Problem, Settings, Undelivered, Usage
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Private, Public, Ref, Value
from reintegrate_cli.mail.ledger import (
    A_WEEK,
    Again,
    LedgerEntry,
    LedgerState,
    Send,
    Waiting,
    decide,
    unresolved,
)

SUBJECT = "Office reminder"
SILENT_DAYS = 30
"""So many days without a change are told, once a week."""
Security = Literal["tls", "starttls", "insecure_loopback"]
Cause = Literal[
    "connect",
    "timeout",
    "tls",
    "auth",
    "greeting",
    "refused_sender",
    "refused_recipient",
    "refused_message",
    "settings",
]
"""Why nothing was sent. Fixed words: a server's own text may name people and places."""

_THINGS = {
    "auth": "the login",
    "greeting": "this machine",
    "refused_sender": "the sender",
    "refused_recipient": "the recipient",
    "refused_message": "the message",
}
"""What a server's refusal is about, by its cause."""
_LOOK = "remind status shows more"

LONGEST_ADDRESS = 254
_ATOM = r"[A-Za-z0-9_+'=~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_NAME.pattern}")


class NotSent(Undelivered):
    """Nothing was handed over, and it is tried again: mostly at the next run.

    Args:
        cause: a fixed word, never what the server said.
        again: when it is tried again.
        busy: whether the server said that it does not take something *now*.
    """

    def __init__(self, cause: Cause, again: Again = "next_run", *, busy: bool = False) -> None:
        why = f"the reminder could not be handed over: {cause.replace('_', ' ')}"
        if busy and cause in _THINGS:
            why = f"the mail server does not take {_THINGS[cause]} now"
        when = "tomorrow" if again == "tomorrow" else "at the next run"
        super().__init__(why, hint=f"it is tried again {when}; {_LOOK}")
        self.cause = cause
        self.again = again


class Rejected(Settings):
    """The server refused for good: trying again soon would change nothing, or lock an account.

    Args:
        cause: a fixed word, never what the server said.
        again: when it is tried again.
    """

    def __init__(self, cause: Cause, again: Again = "tomorrow") -> None:
        when = "tomorrow" if again == "tomorrow" else "after the next remind setup"
        super().__init__(
            f"the mail server refuses {_THINGS.get(cause, 'this')} for good",
            hint=f"it is tried again {when}; {_LOOK}",
        )
        self.cause = cause
        self.again = again


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
    """Require that mail without TLS stays on this machine.

    Raises:
        Usage: the host is not in 127.0.0.0/8, ``::1`` or ``localhost``.
    """
    if name.lower() != "localhost" and not is_loopback(name):
        raise Usage("mail without TLS goes to this machine alone", hint="use --tls or --starttls")


def is_loopback(text: str) -> bool:
    """Return whether this is an IP address of the machine itself."""
    import ipaddress

    return _is_ip(text) and ipaddress.ip_address(text).is_loopback


def _is_ip(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a scope is the name of a network card


class MailSettings(Value, frozen=True, kw_only=True):
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
    whose: Ref[str] = ""
    """Who set it up: what is with somebody else alone is not counted in their mail."""
    setup_id: Private[str] = ""
    """Tells one ``remind setup`` from the next, also where both say the same."""

    def __post_init__(self) -> None:
        host(self.host)
        address(self.from_address)
        address(self.to)
        if not 1 <= self.port <= 65535:
            raise Usage("a port is a number from 1 to 65535", fields=["port"])
        if self.security == "insecure_loopback":
            check_loopback(self.host)


class DueItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What cron may know of one dated thing: a random id, and when it becomes overdue.

    ``rests`` are the days to come on which it is not, such as a pause that begins later: from
    the first of each up to, not including, the last.
    """

    id: Public[str]
    due_on: Public[date]
    overdue_on: Public[date]
    kind: Public[str]
    rests: Public[tuple[tuple[date, date], ...]] = ()

    def is_late(self, day: date) -> bool:
        """Return whether it is overdue on a day."""
        resting = any(first <= day < end for first, end in self.rests)
        return self.overdue_on <= day and not resting


class LastWrite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When somebody last changed a record: from then on cron sees 60 days ahead.

    ``day`` is the day of the agenda; ``real_day`` is the real one, in UTC.
    """

    day: Public[date]
    real_day: Public[date]

    def days_ago(self, today: date, real_day: date) -> int | None:
        """Return how many days ago that was; nothing if the clock was wrong then, or is now.

        Args:
            today: the day of the agenda.
            real_day: the real day, by which a change under another ``--today`` is judged.
        """
        for then, now in ((self.day, today), (self.real_day, real_day)):
            days = (now - then).days
            if days >= -1:
                return max(0, days)
        return None


def past_due(items: Iterable[DueItem], today: date) -> tuple[int, int]:
    """Count what is overdue, and say how many days late the oldest is.

    The first day of being overdue is one day late, whatever window came before it.
    """
    days = [(today - item.overdue_on).days + 1 for item in items if item.is_late(today)]
    return len(days), max(days, default=0)


class News(msgspec.Struct, frozen=True):
    """What there is to say on a day; ``silent_days`` are those that nobody changed anything."""

    count: int
    oldest_days: int
    silent_days: int | None = 0
    """``None`` where nobody can tell."""

    @property
    def every(self) -> int:
        """For how many days one mail is enough; nought where there is nothing to say."""
        if self.count:
            return 1
        return A_WEEK if self.silent_days is None or self.silent_days >= SILENT_DAYS else 0


def news(items: Iterable[DueItem], written: LastWrite | None, today: date, real_day: date) -> News:
    """Work out what there is to say.

    Args:
        items: the rows that cron may know.
        written: when somebody last changed a record.
        today: the day of the agenda.
        real_day: the real day, in UTC.
    """
    silent = None if written is None else written.days_ago(today, real_day)
    return News(*past_due(items, today), silent)


def body(count: int, oldest_days: int, silent_days: int | None = 0) -> str:
    """Write the whole text of the mail (PRACTICE section 3, level ``count``)."""
    lines = []
    if count:
        items = f"{count} item{'' if count == 1 else 's'} past due"
        lines.append(f"{items}; oldest {oldest_days} day{'' if oldest_days == 1 else 's'}.")
    if silent_days is not None and silent_days >= SILENT_DAYS:
        lines.append(f"Nobody has written to it for {silent_days} days.")
    lines.append("Open it at your work computer.")
    return "".join(f"{line}\n" for line in lines)


class Outcome(StrEnum):
    """How a run ended, where it did not raise."""

    NOTHING_DUE = "nothing_due"
    ALREADY = "already"
    SENT = "sent"
    AMBIGUOUS_REPORTED = "ambiguous_reported"


@dataclass(slots=True)
class _Notes:
    """Writes the steps of one attempt, and knows whether a handing was noted."""

    append: Callable[[LedgerEntry], None]
    now: Callable[[], str]
    day: date
    attempt: int
    count: int
    tried: str
    handed: bool = False

    def write(
        self, state: LedgerState, cause: str | None = None, again: Again | None = None
    ) -> None:
        self.append(
            LedgerEntry(
                day=self.day,
                state=state,
                at=self.now(),
                attempt=self.attempt,
                count=self.count,
                cause=cause,
                again=again,
                tried=self.tried if again else None,
            )
        )

    def handing(self) -> None:
        self.write("handing")
        self.handed = True


def run(
    told: News,
    *,
    ledger_read: Callable[[], list[LedgerEntry]],
    ledger_append: Callable[[LedgerEntry], None],
    tried: Callable[[], str],
    send: Callable[[str, Callable[[], None]], None],
    report: Callable[[date], None],
    today: date,
    now: Callable[[], str],
) -> Outcome:
    """Send today's mail if one is called for, noting each step before the next is taken.

    The caller holds the one lock for reminders from before this to after it; without that,
    two runs could read the same ledger. With nothing to say the ledger is not even read.

    Args:
        told: what there is to say.
        ledger_read: gives the ledger, oldest first.
        ledger_append: writes one entry durably, or raises.
        tried: tells the settings that are about to be tried from all others.
        send: hands over a text; calls its second argument just before the message goes out.
        report: tells the person that the mail of that day may or may not have arrived. It
            is called *before* that is noted, so that a kill repeats it and never hides it.
        today: the day of the agenda.
        now: the real time in UTC.

    Raises:
        NotSent: nothing was handed over; noted as ``failed``, and when it is tried again.
        Rejected: the same, for good.
        Settings: ``send`` lacks something; noted as ``failed`` too.
    """
    if not told.every:
        return Outcome.NOTHING_DUE
    ledger = list(ledger_read())
    stranded = _tell_stranded(ledger, report, ledger_append, now)
    about, outcome = tried(), Outcome.ALREADY
    decision = decide(ledger, today, every=told.every, tried=about)
    if isinstance(decision, Waiting):
        raise failure(decision.entry)
    if isinstance(decision, Send):
        notes = _Notes(ledger_append, now, today, decision.attempt, told.count, about)
        outcome = _attempt(notes, send, report, told)
    return Outcome.AMBIGUOUS_REPORTED if stranded else outcome


def _tell_stranded(
    ledger: list[LedgerEntry],
    report: Callable[[date], None],
    append: Callable[[LedgerEntry], None],
    now: Callable[[], str],
) -> bool:
    """Report each mail that may or may not have gone, then note it; say if there was any."""
    stranded = unresolved(ledger)
    for entry in stranded:
        report(entry.day)
        ledger.append(replace(entry, state="unknown", at=now(), cause="interrupted"))
        append(ledger[-1])
    return bool(stranded)


def failure(entry: LedgerEntry) -> Problem:
    """Return once more what an attempt ended with."""
    cause = cast("Cause", entry.cause)
    kind = Rejected if cause in _THINGS else NotSent
    return kind(cause, entry.again or "next_run")


def _attempt(
    notes: _Notes,
    send: Callable[[str, Callable[[], None]], None],
    report: Callable[[date], None],
    told: News,
) -> Outcome:
    notes.write("intent")
    try:
        send(body(told.count, told.oldest_days, told.silent_days), notes.handing)
    except (NotSent, Rejected) as failure:
        notes.write("failed", failure.cause, failure.again)
        raise
    except Unknown:
        report(notes.day)
        notes.write("unknown", "no_answer")
        return Outcome.AMBIGUOUS_REPORTED
    except Settings:
        if not notes.handed:
            notes.write("failed", "settings", "next_run")
        raise
    # Anything else that is raised leaves the ledger as it is, which is what a kill does:
    # before the handing it is safe to try again, after it nobody can tell.
    notes.write("sent")
    return Outcome.SENT
