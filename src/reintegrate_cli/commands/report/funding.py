"""``report funding``: what was given, used and paid, and what came and went in some days."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from reintegrate_cli.commands.report.papers import NOT_FOR_RELEASE, cases_of, drawn_up, period
from reintegrate_cli.core.bounds import money
from reintegrate_cli.core.records import Form, Public, Ref, School, Slug, Value, Word, counted
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.kept import session
from reintegrate_cli.kept.sheets import Sheet
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.case.record import STATUSES, Case, CaseRow
from reintegrate_cli.nouns.fund import ledger
from reintegrate_cli.nouns.fund.ledger import CLOSING, Entry
from reintegrate_cli.nouns.fund.record import Fund, sessions
from reintegrate_cli.nouns.fund.source import Source

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

Per = Literal["source", "tier", "owner", "school", "setting", "status"]


class FundingOptions(Form, kw_only=True):
    """What ``report funding`` takes."""

    per: Annotated[
        Public[Per], "source, tier, owner, school, setting or status; source if left out"
    ] = "source"
    owner: Annotated[Ref[Slug | None], "only what this person does"] = None
    school: Annotated[Public[School | None], "only cases of this school"] = None
    status: Annotated[Public[Word | None], "only cases of this status"] = None
    since: Annotated[Public[date | None], "the first day; 30 days before the last if left out"] = (
        None
    )
    until: Annotated[Public[date | None], "as of this day; today if left out"] = None
    xlsx: Annotated[Public[FilePath | None], "write it as a workbook, too"] = None


class FundingRow(Value, frozen=True, kw_only=True):
    """The money of one source, tier, person, school, setting or status."""

    group: Ref[str]
    cases: Public[int] = 0
    waiting: Public[int] = 0
    """How many applications have no answer yet."""
    closed: Public[int] = 0
    """How many were denied, used up, withdrawn, or not to be had."""
    authorized_cents: Public[int] = 0
    used_cents: Public[int] = 0
    left_cents: Public[int] = 0
    invoiced_cents: Public[int] = 0
    paid_cents: Public[int] = 0
    """What was paid, less what came back."""
    sessions_used: Public[float] = 0
    authorized_since_cents: Public[int] = 0
    used_since_cents: Public[int] = 0
    paid_since_cents: Public[int] = 0
    """The same, in the days that are asked about."""


_SUMS = tuple(name for name in FundingRow.__struct_fields__ if name != "group")


def _columns(per: Per) -> tuple[Column, ...]:
    return (
        Column(per, lambda row: row.group, True),
        Column("cases", lambda row: row.cases),
        Column("sessions", lambda row: f"{row.sessions_used:g}"),
        Column("authorized", lambda row: money(row.authorized_cents)),
        Column("used", lambda row: money(row.used_cents)),
        Column("left", lambda row: money(row.left_cents)),
        Column("paid", lambda row: money(row.paid_cents)),
        Column("used since", lambda row: money(row.used_since_cents)),
    )


@verb("report", "funding", is_list=True, statuses=STATUSES)
def funding(filters: FundingOptions) -> None:
    """Sum up what was authorized, used, and paid for: a working paper.

    Since is the first of the days that are asked about. That it was drawn up goes into the history.

    Example: reintegrate report funding --per school --xlsx funding.xlsx
    """
    since, until = period(filters.since, filters.until, session.today(), "money")
    with drawn_up(filters.xlsx) as (store, write):
        cases = {row.ref: row for row in cases_of(store, session.world(store), filters)}
        funds = [fund for fund in store.of(Fund).all() if fund.case in cases]
        groups = _grouped(store, funds, cases, filters.per, until)
        rows = [_row(name, some, since, until) for name, some in sorted(groups.items())]
        if filters.xlsx is not None:
            for ref in sorted({fund.case for fund in funds}):
                store.touch(ref)
            write(_sheets(rows, [*groups.values()], filters.per, (since, until)))
    total = {name: sum(getattr(row, name) for row in rows) for name in _SUMS}
    total["cases"] = len({fund.case for some in groups.values() for fund in some})
    more = {"paper": NOT_FOR_RELEASE, "since": since, "until": until, "total": total}
    output.say(NOT_FOR_RELEASE)
    output.show(
        rows,
        _columns(filters.per),
        empty="no funding is on record",
        what="funding",
        kind=FundingRow,
        more=more,
        told_of=(Case, Source),
    )
    if rows:
        output.say(_summary(total, since, until))


def _grouped(
    store: "Store", funds: Iterable[Fund], cases: dict[str, CaseRow], per: Per, until: date
) -> dict[str, list[Fund]]:
    """Return the ledgers of each group, as they were at the end of a day."""
    tiers: dict[str, str] = {source.slug: source.tier for source in store.of(Source).all()}
    groups: dict[str, list[Fund]] = {}
    for fund in funds:
        name = {"source": fund.source, "tier": tiers.get(fund.source, "")}.get(per)
        if name is None:
            name = str(getattr(cases[fund.case], per))
        if _until(fund.entries, until):
            groups.setdefault(name, []).append(fund)
    return groups


def _until(entries: Iterable[Entry], day: date) -> list[Entry]:
    return [entry for entry in entries if entry.on <= day]


def _row(group: str, funds: Sequence[Fund], since: date, until: date) -> FundingRow:
    sums: dict[str, Any] = dict.fromkeys(_SUMS, 0)
    sums["cases"] = len({fund.case for fund in funds})
    for fund in funds:
        entries = _until(fund.entries, until)
        now, closed = ledger.balance(entries), ledger.closed(entries)
        before = ledger.balance(_until(fund.entries, since - timedelta(days=1)))
        standing = ledger.standing(entries)
        sums["waiting"] += standing in ("submitted", "appealed")
        sums["closed"] += standing in CLOSING
        sums["authorized_cents"] += now.authorized
        sums["used_cents"] += now.used
        sums["left_cents"] += now.authorized - now.used - closed.cents
        sums["invoiced_cents"] += now.invoiced
        sums["paid_cents"] += now.paid - now.refunded
        sums["sessions_used"] += sessions(now.halves_used)
        sums["authorized_since_cents"] += now.authorized - before.authorized
        sums["used_since_cents"] += now.used - before.used
        paid_before = before.paid - before.refunded
        sums["paid_since_cents"] += now.paid - now.refunded - paid_before
    return FundingRow(group=group, **sums)


def _sheets(
    rows: Sequence[FundingRow],
    groups: Sequence[Sequence[Fund]],
    per: Per,
    period: tuple[date, date],
) -> list[Sheet]:
    """Return the sums, and the ledgers that they are of."""
    since, until = period
    about = f"as of {until.isoformat()}; what came and went since {since.isoformat()}; US dollars"
    funds = sorted((fund for some in groups for fund in some), key=lambda each: each.case)
    of_funds = ("case", "id", "source", "status", "authorized", "used", "left", "paid")
    ledgers = []
    for fund in funds:
        entries = _until(fund.entries, until)
        now, closed = ledger.balance(entries), ledger.closed(entries).cents
        left, paid = now.authorized - now.used - closed, now.paid - now.refunded
        amounts = [cents / 100 for cents in (now.authorized, now.used, left, paid)]
        standing = ledger.standing(entries).replace("_", " ")
        ledgers.append([fund.case, fund.id, fund.source, standing, *amounts])
    return [
        Sheet(
            "Funding",
            about,
            [per, *(name.removesuffix("_cents").replace("_", " ") for name in _SUMS)],
            [[row.group, *(_amount(row, name) for name in _SUMS)] for row in rows],
        ),
        Sheet("Ledgers", about, of_funds, ledgers),
    ]


def _amount(row: FundingRow, name: str) -> float:
    number: float = getattr(row, name)
    return number / 100 if name.endswith("_cents") else number


def _summary(total: dict[str, Any], since: date, until: date) -> str:
    return (
        f"{counted(total['cases'], 'case')}; as of {until.isoformat()}"
        f" {money(total['authorized_cents'])} authorized, {money(total['used_cents'])} used,"
        f" {money(total['left_cents'])} left; since {since.isoformat()}"
        f" {money(total['used_since_cents'])} used and {money(total['paid_since_cents'])} paid"
    )
