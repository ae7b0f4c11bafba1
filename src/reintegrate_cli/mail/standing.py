"""How cron's mail stands: when the last one went, how far cron sees, and what is wrong.

Pure rules, for ``remind status`` and ``doctor``. Nothing here is ever mailed.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.mail import reminders
from reintegrate_cli.mail.ledger import LedgerEntry, ahead, last_ended, last_sent, unresolved
from reintegrate_cli.mail.reminders import SILENT_DAYS, LastWrite

_CLOCK = "check this machine's date"
_SETUP = "reintegrate remind setup"
_NEXT = "it is tried again at the next run"
_REMEDIES = {
    "auth": f"once the password is right: {_SETUP}",
    "refused_sender": f"look at the sender's address: {_SETUP}",
    "refused_recipient": f"look at the recipient's address: {_SETUP}",
    "refused_message": "ask those who run the mail server",
    "greeting": "ask those who run the mail server",
    "settings": _SETUP,
}
"""What to do about a failure that is not merely one of this hour, by its cause."""
_STATUS = "reintegrate remind status"


class Trouble(NamedTuple):
    """One thing that is wrong, or worth a look, and what to do."""

    text: str
    remedy: str
    is_wrong: bool = True
    """Whether mail does not go; otherwise it is worth a look."""


class Standing(NamedTuple):
    """How mail stands, as the vault has it."""

    last_sent_on: date | None
    written_on: date | None
    sees_until: date | None
    troubles: tuple[Trouble, ...]


def standing(
    ledger: Sequence[LedgerEntry],
    written: LastWrite | None,
    *,
    today: date,
    real_day: date,
    horizon: int,
) -> Standing:
    """Work out how mail stands.

    Args:
        ledger: every step, oldest first.
        written: when somebody last changed a record.
        today: the day of the agenda.
        real_day: the real day, in UTC.
        horizon: how many days ahead of a change cron sees.
    """
    sent = last_sent(ledger, today)
    sees_until = None
    if written is not None and (written.day - today).days <= 1:
        sees_until = written.day + timedelta(days=horizon)
    troubles = (*_with_mail(ledger, today), *_with_the_view(written, sees_until, today, real_day))
    return Standing(
        last_sent_on=sent.day if sent else None,
        written_on=written.day if written else None,
        sees_until=sees_until,
        troubles=troubles,
    )


def whole_date(day: date) -> str:
    """Return a day with its year: a clock that was wrong is seen by it."""
    return f"{short_date(day)} {day.year}"


def _with_mail(ledger: Sequence[LedgerEntry], today: date) -> Iterator[Trouble]:
    for entry in unresolved(ledger):
        yield Trouble(
            f"the run that mailed for {whole_date(entry.day)} was cut off: the mail may have"
            " arrived, or not",
            "look at the agenda; the next run says so once and goes on",
        )
    ended = last_ended(ledger)
    if ended is not None and ended.state == "unknown":
        yield Trouble(f"nobody knows whether the mail for {whole_date(ended.day)} arrived", _STATUS)
    if ended is not None and ended.state == "failed":
        passing = ended.again == "next_run" and ended.cause != "settings"
        remedy = (
            _NEXT if passing else _REMEDIES.get(ended.cause or "", "it is tried again tomorrow")
        )
        what = reminders.failure(ended).message
        yield Trouble(f"{what} (the mail for {whole_date(ended.day)})", remedy)
    days = ahead(ledger, today)
    if days:
        more = f" and {len(days) - 1} more" if len(days) > 1 else ""
        yield Trouble(
            f"the ledger has an entry for {whole_date(days[0])}{more}, after today;"
            " it closes nothing",
            _CLOCK,
            is_wrong=False,
        )


def _with_the_view(
    written: LastWrite | None, sees_until: date | None, today: date, real_day: date
) -> Iterator[Trouble]:
    days = written.days_ago(today, real_day) if written else None
    if written is not None and (written.day - today).days > 1:
        yield Trouble(
            f"the last change is dated {whole_date(written.day)}, after today",
            _CLOCK,
            is_wrong=False,
        )
    if days is None:
        yield Trouble(
            "nobody can tell when a record was last changed; cron says so once a week",
            "change a record, such as a note or a task",
            is_wrong=False,
        )
    elif days >= SILENT_DAYS:
        further = ""
        if sees_until is not None and sees_until < today:
            further = f", and cron sees no further than {whole_date(sees_until)}"
        yield Trouble(
            f"nobody has changed a record for {days} days{further}; the mail says so once a week",
            "reintegrate agenda",
            is_wrong=False,
        )
