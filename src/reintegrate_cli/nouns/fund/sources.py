"""``fund source`` and ``fund sources``: who pays, and whether they may pay for a student."""

from datetime import date
from typing import Annotated, Any

from reintegrate_cli.core.bounds import money
from reintegrate_cli.core.compensation import CountedFrom
from reintegrate_cli.core.dates import explain_day
from reintegrate_cli.core.hints import FLAG, PAST, PROSE, QUIET, Fills, Option, Within
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Cents,
    Form,
    Private,
    Public,
    Ref,
    Slug,
    Value,
    Word,
    check_slug,
    row_of,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.clearing import is_cleared
from reintegrate_cli.line.narrowing import Filters, case_of, narrowed
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, edited
from reintegrate_cli.line.verbs import SlugArg, verb
from reintegrate_cli.nouns.fund import ledger, record
from reintegrate_cli.nouns.fund.around import Around
from reintegrate_cli.nouns.fund.record import Fund, Window
from reintegrate_cli.nouns.fund.source import (
    STATUSES,
    Answer,
    Filing,
    Source,
    Status,
    Tier,
    checked,
    deadlines,
    eligible,
    in_order,
)


class SourceGiven(Form, kw_only=True):
    """What ``fund source`` takes; what is given replaces what is on record."""

    tier: Annotated[Public[Tier], "what kind of source it is"]
    order: Annotated[
        Public[int | None], Within(1, 99), "its place among those who pay; 1 pays first"
    ] = None
    cap: Annotated[Public[Cents | None], Fills("cap_cents"), "the most for one case: 4000.00"] = (
        None
    )
    pool: Annotated[
        Public[Cents | None], Fills("pool_cents"), "the most for all cases: 25000.00"
    ] = None
    last_resort: Annotated[Public[bool | None], FLAG, "it pays only what no other pays"] = None
    city: Annotated[Public[Word | None], "only for who lives in this city: Alder-Creek"] = None
    county: Annotated[Public[Word | None], "only for who lives in this county"] = None
    state: Annotated[Public[Word | None], "only for who lives in this state"] = None
    file_by: Annotated[Public[date | None], "the day by which all file"] = None
    file_months: Annotated[
        Public[int | None], Within(1, 600), "or the months in which a case files: 36"
    ] = None
    counted_from: Annotated[Public[CountedFrom | None], "the day from which those months count"] = (
        None
    )
    good_cause_months: Annotated[
        Public[int | None], Within(1, 600), "the months to which good cause extends them: 60"
    ] = None
    verified_on: Annotated[
        Public[date | None], PAST, Option("--verified"), "the day the rule was looked up"
    ] = None
    ended_on: Annotated[
        Public[date | None], PAST, QUIET, Option("--ended"), "the day from which it pays no longer"
    ] = None
    rule: Annotated[Private[str], PROSE, "the rule on filing, as it is written"] = ""
    citation: Annotated[Private[str], "where the rule is found: the statute, or the page"] = ""


class SourceRow(Value, frozen=True, kw_only=True):
    """A source as it is listed; with ``--case``, whether it may pay for that student."""

    id: Ref[str]
    slug: Ref[str]
    tier: Public[Tier]
    status: Public[Status]
    order: Public[int | None]
    last_resort: Public[bool]
    cap_cents: Public[int | None]
    pool_cents: Public[int | None]
    pool_left_cents: Public[int | None]
    city: Public[str | None]
    county: Public[str | None]
    state: Public[str | None]
    rule: Private[str]
    citation: Private[str]
    verified_on: Public[date | None]
    case: Ref[str | None] = None
    eligible: Public[Answer | None] = None
    eligible_by: Public[str | None] = None
    filing: Public[Window | None] = None
    file_by: Public[date | None] = None
    good_cause_by: Public[date | None] = None

    dated = "verified_on"


def spoken(filing: Window | None, file_by: date | None) -> str:
    """Return how a day by which to file reads; one that went by may be opened still (I2)."""
    if filing == "passed" and file_by is not None:
        return f"{explain_day(file_by)} has passed; good cause may open it, ask counsel"
    unknown = "not known, since its first day is not on record; ask counsel"
    return unknown if filing == "unknown" else explain_day(file_by) if file_by else ""


def _amount(cents: int | None) -> str:
    return "" if cents is None else money(cents)


def _pays(row: SourceRow) -> str:
    parts = [getattr(row, name) or "" for name in ("city", "county", "state")]
    return ", ".join(filter(None, parts))


COLUMNS = (
    Column("order", lambda row: row.order),
    Column("source", lambda row: row.slug),
    Column("tier", lambda row: f"{row.tier}, last resort" if row.last_resort else row.tier, True),
    Column("one case", lambda row: _amount(row.cap_cents)),
    Column("left for all", lambda row: _amount(row.pool_left_cents)),
    Column("lives in", _pays, True),
    Column("file by", lambda row: spoken(row.filing, row.file_by), True),
)
FOR_A_CASE = (
    *COLUMNS[:2],
    Column("may pay", lambda row: f"{row.eligible} ({row.eligible_by})", True),
    *COLUMNS[3:5],
    COLUMNS[-1],
)


def _row(work: Work, source: Source) -> SourceRow:
    given = (
        ledger.balance(fund.entries).authorized
        for fund in work.store.of(Fund).all(source=source.slug)
    )
    left = None if source.pool_cents is None else source.pool_cents - sum(given)
    return row_of(
        SourceRow,
        source,
        pool_left_cents=left,
        case=None,
        eligible=None,
        eligible_by=None,
        filing=None,
        file_by=source.filing.file_by,
        good_cause_by=None,
    )


def _filing(former: Filing, given: SourceGiven) -> Filing:
    names = Filing.__struct_fields__
    more = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    emptied = {name: getattr(Filing(), name) for name in names if is_cleared(given, name)}
    return replace(former, **{**more, **emptied})


def _new(work: Work, id_: str, slug: Slug, given: SourceGiven) -> Source:
    """Return a source that is not on record yet; of a state's, the clock of ``district.toml``."""
    source = Source(id=id_, slug=slug, tier=given.tier)
    law = session.current.district.compensation
    if law is None or given.tier != "state" or given.file_by or given.file_months:
        return source
    work.say("the day by which to file follows from district.toml; its citation is kept with it")
    names = set(law.__struct_fields__)
    filing = {name: getattr(law, name) for name in names & set(Filing.__struct_fields__)}
    more = {name: getattr(law, name) for name in names - set(filing)}
    return replace(source, filing=Filing(**filing), **more)


@adds("fund", "source", view=_row, edits=(Source, Filing), then=("fund sources",))
def source_(work: Work, slug: SlugArg, given: SourceGiven) -> Source:
    """Enter who pays, or change it: what you give replaces what is on record.

    What the law of a state says of it is entered with its citation, and the day it was looked up.

    Example: reintegrate fund source CITY --tier city --order 4 --cap 600.00 --city Alder-Creek
    """
    slug = Slug(check_slug(slug))
    records = work.store.of(Source)
    former = records.find_named(slug) or _new(work, records.next_id(), slug, given)
    more: dict[str, Any] = {"filing": _filing(former.filing, given)}
    for key, name in (("cap", "cap_cents"), ("pool", "pool_cents")):
        if getattr(given, key) is not None:
            more[name] = getattr(given, key)
    source = checked(edited(former, given, **more))
    around = Around(work)
    for fund in work.store.of(Fund).all(source=source.slug):
        around.check_most(fund, source)
        if fund.filing != source.filing:
            work.store.of(Fund).put(replace(fund, filing=source.filing))
    if source.has_clock and source.verified_on is None:
        work.say("nobody has said when its rule was looked up: --verified DATE, and ask counsel")
    return source


@verb("fund", "sources", is_list=True, statuses=STATUSES)
def sources(filters: Filters) -> None:
    """List who pays, in their order; --case says whether each may pay for that student.

    That follows from the city, the county and the state that case edit keeps; what is not on record
    there reads "ask".

    Example: reintegrate fund sources --case F9CK
    """
    ref = case_of(filters)
    with session.reading() as store:
        work = Work(store, ref or "")
        if ref is not None:
            store.cases.get(ref)
        funds = store.of(Fund).all()
        rows = [_row(work, source) for source in in_order(store.of(Source).all())]
        if ref is not None:
            rows = [_for_case(work, row) for row in rows]
        cases = {row.slug: [fund.case for fund in funds if fund.source == row.slug] for row in rows}
        shown = narrowed(
            rows,
            filters,
            store,
            cases=lambda row: cases[row.slug] if row.case is None else (row.case,),
        )
    if any(row.eligible == "ask" for row in shown):
        output.say(
            f"it depends on where the student lives: reintegrate case edit {ref} asks for the city,"
            " the county and the state, or takes them with --from as lives_in"
        )
    output.show(
        shown,
        COLUMNS if ref is None else FOR_A_CASE,
        empty="no source of funding is on record",
        what="source of funding",
        kind=SourceRow,
    )


def _for_case(work: Work, row: SourceRow) -> SourceRow:
    around = Around(work)
    source, case = work.store.of(Source).get(row.id), around.case(work.ref)
    answer = eligible(source, around.lives_in(work.ref))
    last, good_cause_by = deadlines(source.filing, case)
    return replace(
        row,
        case=work.ref,
        eligible=answer.answer,
        eligible_by=answer.rule,
        filing=record.window(source.filing, case, work.today),
        file_by=last,
        good_cause_by=good_cause_by,
    )
