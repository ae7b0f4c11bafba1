"""Funding of a case from one source: its ledger, its dates, what the student chose (clause 29).

Whether to apply is the student's own choice: a no is final until she says otherwise, and no row
asks again (rule S1). Nothing is kept of a diagnosis or of what is said in a session (I9). No row
of the agenda names a source.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, Literal

from reintegrate_cli.core.dates import explain_day
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Slug, Told, Value
from reintegrate_cli.core.rows import Dated, Undated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.fund import ledger
from reintegrate_cli.nouns.fund.ledger import CLOSING, Entry, MailTo, Standing
from reintegrate_cli.nouns.fund.source import Answer, Filing, Source, Tier, deadlines

RENEW_HALVES: Final = 16
"""Renewal papers are asked for eight sessions before the limit (I4)."""
FILING_ALERT: Final = (90, 30)
"""Days ahead on which a filing date is announced; a year of nine months is spoken of by then."""
END_ALERT: Final = (30,)
APPEAL_ALERT: Final = (30, 14)
Window = Literal["none", "unknown", "open", "passed"]
"""How the day by which to file stands; ``passed`` may be opened by good cause (I2)."""


class Fund(Record, frozen=True, kw_only=True):
    """What one source pays for one case: entries that are added to, and never changed.

    ``filing`` is the clock of the source, so that the dates follow from the case alone.
    """

    case: Ref[str]
    id: Ref[str]
    source: Told[Ref[Slug]]
    filing: Public[Filing] = Filing()
    entries: Told[Public[tuple[Entry, ...]]] = ()

    @property
    def standing(self) -> Standing:
        """Return how it stands."""
        return ledger.standing(self.entries)

    @property
    def latest(self) -> date | None:
        """Return the day of its last entry, in time."""
        return max((entry.on for entry in self.entries), default=None)


class FundRow(Value, frozen=True, kw_only=True):
    """A case and a source, with what the ledger comes to; cents, and sessions."""

    id: Ref[str]
    case: Ref[str]
    source: Ref[str]
    tier: Public[Tier | None]
    status: Public[Standing]
    eligible: Public[Answer]
    eligible_by: Public[str]
    authorized_cents: Public[int]
    used_cents: Public[int]
    remaining_cents: Public[int]
    closed_cents: Public[int]
    invoiced_cents: Public[int]
    paid_cents: Public[int]
    refunded_cents: Public[int]
    sessions_authorized: Public[float]
    sessions_used: Public[float]
    deadline_on: Public[date | None]
    file_by: Public[date | None]
    filing: Public[Window]
    good_cause_by: Public[date | None]
    appeal_by: Public[date | None]
    ends_on: Public[date | None]
    mail_to: Public[MailTo | None]
    mail_granted: Public[bool | None]
    next_source: Ref[str | None]
    entry: Public[int]
    last_on: Public[date | None]

    dated = "last_on"


class FundFile(FundRow, frozen=True, kw_only=True):
    """The same with every entry, as ``fund show`` shows it."""

    entries: Public[tuple[Entry, ...]]
    rule: Private[str] = ""
    citation: Private[str] = ""
    """The rule by which it is filed, and where it is written."""


def sessions(halves: int) -> float:
    """Return sessions of so many halves; whole ones as a whole number."""
    return halves // 2 if halves % 2 == 0 else halves / 2


def row(fund: Fund, source: Source | None, case: Any, today: date, **more: Any) -> FundRow:
    """Return a case and a source as lists show them.

    Args:
        fund: the funding.
        source: its source.
        case: its case.
        today: the day.
        more: whether the student is eligible and by which rule, who pays next, and what a row of
            another class has besides.
    """
    now, file_by_, appeal_by = ledger.balance(fund.entries), *_clocks(fund, case)
    last = _last(fund, "submitted")
    kind: type[FundRow] = more.pop("kind", FundRow)
    ends = [each.ends_on for each in fund.entries if each.kind == "authorized" and each.ends_on]
    ends_on = max(ends, default=None) if _has_left(fund) else None
    file_by, good_cause_by = deadlines(fund.filing, case)
    return kind(
        id=fund.id,
        case=fund.case,
        source=fund.source,
        tier=source.tier if source else None,
        status=fund.standing,
        authorized_cents=now.authorized,
        used_cents=now.used,
        remaining_cents=now.authorized - now.used,
        closed_cents=ledger.closed(fund.entries).cents,
        invoiced_cents=now.invoiced,
        paid_cents=now.paid,
        refunded_cents=now.refunded,
        sessions_authorized=sessions(now.halves_authorized),
        sessions_used=sessions(now.halves_used),
        deadline_on=min((day for day in (file_by_, appeal_by, ends_on) if day), default=None),
        file_by=file_by,
        filing=window(fund.filing, case, today),
        good_cause_by=good_cause_by,
        appeal_by=appeal_by,
        ends_on=ends_on,
        mail_to=last.mail_to if last else None,
        mail_granted=_granted(fund),
        entry=len(fund.entries),
        last_on=fund.latest,
        **more,
    )


def window(filing: Filing, case: Any, today: date) -> Window:
    """Return how the day by which to file for a case stands on a day."""
    if filing.file_by is None and filing.file_months is None:
        return "none"
    last, _ = deadlines(filing, case)
    return "unknown" if last is None else "open" if today <= last else "passed"


def added(fund: Fund, **more: Any) -> Fund:
    """Return a ledger with one more entry, and the totals as they then are.

    Raises:
        Refused: more would be used than authorized, or paid than invoiced, or given back than
            paid (I1).
    """
    entry = Entry(number=len(fund.entries) + 1, **more)
    fund = replace(fund, entries=(*fund.entries, entry))
    ledger.check(fund.entries)
    return fund


def check_amount(cents: int | None, halves: int | None) -> None:
    """Require an amount of money, or sessions.

    Raises:
        Usage: there is neither.
    """
    if not cents and not halves:
        raise Usage("give an --amount, --sessions, or both", fields=["amount", "sessions"])


def check_money(cents: int, what: str) -> None:
    """Require an amount of money.

    Raises:
        Usage: there is none.
    """
    if not cents:
        raise Usage(f"there is nothing to {what}", hint="give --amount", fields=["amount"])


def corrected(fund: Fund, number: int | None, cents: int, halves: int | None, **more: Any) -> Fund:
    """Return a ledger in which an entry counts with another amount; the entry itself stays.

    Args:
        fund: the funding.
        number: the entry; the last one with an amount if left out.
        cents: what it should have said.
        halves: the same for sessions; as they are if left out.
        more: the other fields of the entry.

    Raises:
        Usage: there is no such entry, it says so already, or that is before it.
        Refused: the totals would not hold (I1).
    """
    number = number or ledger.last_amount(fund.entries)
    entry, now, halves_now = ledger.amounts(fund.entries, number)
    if more["on"] < entry.on:
        raise Usage(f"that is before entry {number}, which it corrects", fields=["on"])
    more_cents = cents - now
    more_halves = 0 if halves is None else halves - halves_now
    if not more_cents and not more_halves:
        raise Usage(f"entry {number} says so already", fields=["amount"])
    return added(fund, kind="corrected", of=number, cents=more_cents, halves=more_halves, **more)


def check_filing(filing: Filing, case: Any, on: date, good_cause: str, slug: str) -> None:
    """Require good cause for what is filed after its date (I2).

    Raises:
        Refused: there is none on record.
    """
    last, opens_until = deadlines(filing, case)
    if last is None or on <= last or good_cause:
        return
    until = f", to {explain_day(opens_until)}" if opens_until is not None else ""
    raise Refused(
        f"the filing date of {slug}, {explain_day(last)}, has passed;"
        f" good cause may open it{until}",
        rule="I2",
        hint="ask counsel, then give the key good_cause with --from",
        fields=["good_cause"],
    )


def check_chosen(agreed: str, case: str, slug: str) -> None:
    """Require that the student chose to apply (S1).

    Raises:
        Refused: she said no, or not yet.
    """
    if agreed != "yes":
        raise Refused(
            "whether to apply is the student's own choice",
            rule="S1",
            hint=f"reintegrate fund choose {case} --source {slug} --student-agreed"
            f" {agreed.replace('_', '-')} keeps what the student said"
            + ("; nothing asks again" if agreed == "no" else ""),
            fields=["student_agreed"],
        )


def _last(fund: Fund, *kinds: str) -> Entry | None:
    of_kind = (entry for entry in fund.entries if entry.kind in kinds)
    return max(of_kind, key=lambda entry: entry.key, default=None)


def _granted(fund: Fund) -> bool | None:
    """Return what was answered to the last request for confidential mail, if it was."""
    last = _last(fund, "submitted", "confirmed")
    return last.granted if last is not None and last.kind == "confirmed" else None


def _has_left(fund: Fund) -> bool:
    now, closed = ledger.balance(fund.entries), ledger.closed(fund.entries)
    cents = now.authorized - now.used - closed.cents
    return cents > 0 or now.halves_authorized - now.halves_used - closed.halves > 0


def _clocks(fund: Fund, case: Any) -> tuple[date | None, date | None]:
    """Return the unsettled days by which to file, and to appeal."""
    standing = fund.standing
    file_by, _ = deadlines(fund.filing, case)
    filed = standing != "identified" or _last(fund, "submitted", "authorized", "outcome")
    last = _last(fund, "outcome", "appealed")
    appeal_by = None
    if last is not None and standing in (*CLOSING, "appealed") and last.sent_on is None:
        appeal_by = last.appeal_by
    return None if filed else file_by, appeal_by


def _near_limit(fund: Fund) -> date | None:
    """Return the day of the session that was the eighth before the limit, if it was reached."""
    now, closed = ledger.balance(fund.entries), ledger.closed(fund.entries)
    limit = now.halves_authorized - RENEW_HALVES
    if now.halves_used < max(limit, 1) or closed.halves or closed.cents:
        return None
    total = 0
    for entry in sorted(fund.entries, key=lambda entry: entry.key):
        is_use = entry.kind in ("used", "corrected", "refunded")
        total += entry.halves if is_use and entry.kind == "used" else 0
        if total >= max(limit, 1):
            return entry.on
    return fund.latest


def dates(fund: Fund, world: World) -> Iterator[Dated]:
    """Yield the days to file, to appeal and to renew, and the mail that is not answered yet."""
    case = world.find("cases", fund.case)
    if fund.standing == "declined":
        return
    row_of = partial(world.row, fund.case, fund.id, kind="funding")
    verb = f"{fund.case} --source {fund.source}"
    file_by, appeal_by = _clocks(fund, case)
    if file_by is not None:
        yield row_of(
            label=f"funding {fund.id}: the day to file",
            command=f"reintegrate fund submit {verb}",
            due_on=file_by,
            announced_on=first_alert(file_by, FILING_ALERT),
        )
    if appeal_by is not None:
        yield row_of(
            label=f"funding {fund.id}: the day to appeal",
            command=f"reintegrate fund appeal {verb} --by {appeal_by} --sent DATE",
            due_on=appeal_by,
            announced_on=first_alert(appeal_by, APPEAL_ALERT),
        )
    renew_on = _near_limit(fund)
    if renew_on is not None:
        yield row_of(
            label=f"funding {fund.id}: renewal papers now",
            command=f"reintegrate fund authorize {verb} --sessions N",
            due_on=renew_on,
            asks=True,
        )
    yield from _ends(fund, row_of, verb)
    submitted = _last(fund, "submitted", "confirmed")
    if submitted is not None and submitted.kind == "submitted" and submitted.mail_to is not None:
        yield row_of(
            label=f"funding {fund.id}: confidential mail, asked",
            command=f"reintegrate fund confirm {verb}",
            due_on=submitted.on,
            asks=True,
        )


def left_open(fund: Fund, _today: date) -> Iterator[Undated]:
    """Yield what was invoiced and is not paid, and what is left of what has no end."""
    if ledger.balance(fund.entries).unpaid > 0:
        yield Undated("unpaid invoice", f"funding {fund.id}: invoiced, not paid")
    if _last_day(fund) is None and _has_left(fund):
        yield Undated("authorization", f"funding {fund.id}: authorized, not used up")


def _ends(fund: Fund, row_of: Any, verb: str) -> Iterator[Dated]:
    """Yield the last day of the authorization that ends last, while something of it is left."""
    last = _last_day(fund)
    if last is not None and _has_left(fund):
        yield row_of(
            label=f"funding {fund.id}: authorization ends",
            command=f"reintegrate fund authorize {verb} --sessions N",
            due_on=last,
            announced_on=last - timedelta(days=max(END_ALERT)),
            asks=True,
        )


def _last_day(fund: Fund) -> date | None:
    """Return the day on which the last of what was authorized ends, if all of it does."""
    ends = [entry.ends_on for entry in fund.entries if entry.kind == "authorized"]
    known = [day for day in ends if day is not None]
    return max(known) if known and len(known) == len(ends) else None


_TOLD = {
    "chosen": "the student was asked",
    "authorized": "authorized",
    "submitted": "applied for",
    "used": "used",
    "invoiced": "invoiced",
    "paid": "paid",
    "refunded": "refunded",
    "corrected": "corrected",
    "outcome": "answered",
    "appealed": "appealed",
    "confirmed": "mail answered",
}


def events(fund: Fund) -> Iterator[Event]:
    """Yield what happened to the money, without amounts."""
    for entry in fund.entries:
        told = label(entry.outcome or entry.agreed)
        what = f"{fund.source} {_TOLD[entry.kind]}{': ' if told else ''}{told}"
        text = "\n".join(filter(None, (entry.words, entry.good_cause, entry.reason)))
        yield event_of(fund, "fund", entry.on, what, by=entry.by, text=text)
