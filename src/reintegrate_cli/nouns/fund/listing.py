"""``fund list``, ``balance`` and ``show``: what was asked of whom, and what is left."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reintegrate_cli.core.bounds import money
from reintegrate_cli.core.dates import explain_day, short_date
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, lists, shows
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.fund.around import Around
from reintegrate_cli.nouns.fund.ledger import STANDINGS, Entry
from reintegrate_cli.nouns.fund.record import Fund, FundFile, FundRow, sessions
from reintegrate_cli.nouns.fund.sources import spoken

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def _of(used: float, authorized: float) -> str:
    return f"{used:g} of {authorized:g}" if used or authorized else ""


def _dates(row: FundRow) -> str:
    parts = []
    if row.status == "identified" and row.filing != "none":
        parts.append(f"file by: {spoken(row.filing, row.file_by)}")
    if row.appeal_by is not None:
        parts.append(f"appeal by {explain_day(row.appeal_by)}")
    if row.ends_on is not None:
        parts.append(f"ends {explain_day(row.ends_on)}")
    return "; ".join(parts)


_FIRST = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("source", lambda row: row.source),
)
COLUMNS = (
    *_FIRST,
    Column("tier", lambda row: row.tier),
    Column("status", lambda row: label(row.status), True),
    Column("may pay", lambda row: row.eligible),
    Column("sessions", lambda row: _of(row.sessions_used, row.sessions_authorized), True),
    Column("dates", _dates, True),
)
BALANCE = (
    *_FIRST,
    Column("sessions", lambda row: _of(row.sessions_used, row.sessions_authorized), True),
    Column("authorized", lambda row: money(row.authorized_cents)),
    Column("used", lambda row: money(row.used_cents)),
    Column("left", lambda row: money(row.remaining_cents - row.closed_cents)),
    Column("invoiced", lambda row: money(row.invoiced_cents)),
    Column("paid", lambda row: money(row.paid_cents - row.refunded_cents)),
)


def _rows(work: Work, funds: list[Fund]) -> list[FundRow]:
    around = Around(work)
    order = {source.slug: source.place for source in around.sources}
    ranked = sorted(funds, key=lambda fund: (fund.case, order.get(fund.source, 0)))
    return [around.row(fund) for fund in ranked]


@lists("fund", COLUMNS, STANDINGS)
def list_(work: Work, funds: list[Fund]) -> list[FundRow]:
    """List what was asked of each source, what it answered, and by when to act.

    Example: reintegrate fund list --case F9CK
    """
    return _rows(work, funds)


@lists("fund", BALANCE, STANDINGS, name="balance")
def balance(work: Work, funds: list[Fund]) -> list[FundRow]:
    """List sessions and money by case and source: authorized, used, left, invoiced, paid.

    Example: reintegrate fund balance --case F9CK
    """
    return _rows(work, funds)


@shows("fund")
def show_(work: Work, fund: Fund) -> FundFile:
    """Show one source of a case with every entry of its ledger, and why.

    Example: reintegrate fund show F9CK FU1
    """
    return _file(Around(work), fund)


def _file(around: Around, fund: Fund) -> FundFile:
    """Return one source of a case, with every entry and the rule by which it is filed."""
    row = around.row(fund, FundFile)
    assert isinstance(row, FundFile)  # noqa: S101
    source = around.source(fund.source)
    return row if source is None else replace(row, rule=source.rule, citation=source.citation)


def section(store: "Store", ref: str) -> Section:
    """Return the funding of one case: its balances, and its ledgers entry by entry."""
    work = Work(store, ref)
    funds = store.of(Fund).all(case=ref)
    around = Around(work)
    rows = [_file(around, fund) for fund in funds]
    lives_in = around.lives_in(ref)
    places = [lives_in.city, lives_in.county, lives_in.state] if lives_in is not None else []
    where = ", ".join(filter(None, places))
    pairs = [("lives in", where)] if where else []
    pairs += [pair for fund in funds for pair in _told(fund, around)]
    document = {"funding": rows, "lives_in": lives_in}
    return Section(document, pairs, "funding" if rows or pairs else "", rows, BALANCE[1:])


def _told(fund: Fund, around: Around) -> Iterator[tuple[str, str]]:
    """Yield what was said of funding in words, and the rule by which it is filed."""
    for entry in fund.entries:
        yield f"{fund.id}.{entry.number} {short_date(entry.on)}", _spoken(entry)
    source = around.source(fund.source)
    if source is not None and source.rule:
        yield f"{fund.source} filing", f"{source.rule} ({source.citation})"


def _spoken(entry: Entry) -> str:
    parts = [entry.kind if entry.of is None else f"{entry.kind} entry {entry.of}"]
    parts += [money(entry.cents)] if entry.cents else []
    many = sessions(entry.halves)
    parts += [f"{many:g} session{'' if many == 1 else 's'}"] if many else []
    parts += [label(entry.outcome or entry.agreed)]
    parts += [entry.words, entry.good_cause, entry.reason]
    return "; ".join(filter(None, parts))
