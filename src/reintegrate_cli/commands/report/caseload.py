"""``report caseload``: how many cases there are, what came and went, and how much is to be done."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from reintegrate_cli.commands.report.papers import NOT_FOR_RELEASE, cases_of, drawn_up, period
from reintegrate_cli.core.records import (
    Form,
    Public,
    Ref,
    School,
    Slug,
    Value,
    Word,
    counted,
    same_slug,
)
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.core.rows import Item
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import session
from reintegrate_cli.kept.sheets import Sheet
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.case.record import STATUSES, Case, CaseRow
from reintegrate_cli.nouns.checkin.record import WITH_THEM, CheckIn, Schedule

if TYPE_CHECKING:
    pass

Per = Literal["owner", "school", "setting", "status"]
_DAYS_AHEAD = timedelta(days=7)
_WORKING_WEEK = 5


class CaseloadOptions(Form, kw_only=True):
    """What ``report caseload`` takes."""

    per: Annotated[Public[Per], "owner, school, setting or status; owner if left out"] = "owner"
    owner: Annotated[Ref[Slug | None], "only what this person does"] = None
    school: Annotated[Public[School | None], "only cases of this school"] = None
    status: Annotated[Public[Word | None], "only cases of this status"] = None
    since: Annotated[Public[date | None], "the first day; 30 days before the last if left out"] = (
        None
    )
    until: Annotated[Public[date | None], "the last day; today if left out"] = None
    xlsx: Annotated[Public[FilePath | None], "write it as a workbook, too"] = None


class CaseloadRow(Value, frozen=True, kw_only=True):
    """The cases of one person, school, setting or status, and what is to be done in them."""

    group: Ref[str]
    days: Public[int | None] = None
    """On how many days a week somebody works."""
    cases: Public[int] = 0
    """Those that are open today; by their status after it."""
    intake: Public[int] = 0
    active: Public[int] = 0
    paused: Public[int] = 0
    step_down: Public[int] = 0
    opened: Public[int] = 0
    closed: Public[int] = 0
    reopened: Public[int] = 0
    """What came and went in the days that are asked about."""
    contacts: Public[int] = 0
    """How often students and caregivers were met in those days."""
    overdue: Public[int] = 0
    due: Public[int] = 0
    """What is due today or within seven days."""


_COUNTS = tuple(name for name in CaseloadRow.__struct_fields__ if name not in ("group", "days"))


def _of_them(row: CaseloadRow) -> str:
    return ", ".join(f"{many} {status}" for status in STATUSES if (many := getattr(row, status, 0)))


def _columns(per: Per) -> tuple[Column, ...]:
    days = (Column("days", lambda row: row.days),) if per == "owner" else ()
    statuses = (Column("of them", _of_them, True),) if per != "status" else ()
    return (
        Column(per, lambda row: row.group, True),
        *days,
        Column("open", lambda row: row.cases),
        *statuses,
        Column("new", lambda row: row.opened + row.reopened),
        Column("closed", lambda row: row.closed),
        Column("met", lambda row: row.contacts),
        Column("late", lambda row: row.overdue),
        Column("due", lambda row: row.due),
    )


@verb("report", "caseload", is_list=True, statuses=STATUSES)
def caseload(filters: CaseloadOptions) -> None:
    """Count open cases, what came and went, and what is to be done: a working paper.

    New counts those that were opened or reopened, met the contacts with students and caregivers
    that took place, due what is due within seven days. That it was drawn up goes into the history.

    Example: reintegrate report caseload --per school --xlsx caseload.xlsx
    """
    since, until = period(filters.since, filters.until, session.today(), "what came and went")
    with drawn_up(filters.xlsx) as (store, write):
        world = session.world(store)
        cases = cases_of(store, world, filters)
        rows = [*_rows(world, cases, filters, (since, until))]
        if filters.xlsx is not None:
            for case in cases:
                store.touch(case.ref)
            write(_sheets(rows, cases, filters.per, (since, until)))
    total = {name: sum(getattr(row, name) for row in rows) for name in _COUNTS}
    more = {"paper": NOT_FOR_RELEASE, "since": since, "until": until, "total": total}
    output.say(NOT_FOR_RELEASE)
    output.show(
        rows,
        _columns(filters.per),
        empty="no case is open",
        what="case",
        kind=CaseloadRow,
        more=more,
        told_of=(Case,),
    )
    if rows:
        output.say(_summary(total, since, until))


def _rows(
    world: World, rows: Sequence[CaseRow], filters: CaseloadOptions, period: tuple[date, date]
) -> Iterator[CaseloadRow]:
    """Yield a row for each group in which anything is counted."""
    today = session.today()
    counts: dict[str, Counter[str]] = {}
    names: dict[str, str] = {}

    def count(group: str, *what: str) -> None:
        name = names.setdefault(group.casefold(), group)
        counts.setdefault(name, Counter()).update(what)

    groups = {row.ref: _group(world.find("cases", row.ref), row, filters.per) for row in rows}
    for row in rows:
        if row.status != "closed":
            count(groups[row.ref], "cases", row.status)
        count(groups[row.ref], *_flows(world.find("cases", row.ref), period))
    for ref in _met(world, groups.keys(), period):
        count(groups[ref], "contacts")
    for item in agenda.items(world, today, today, today + _DAYS_AHEAD):
        if item.case in groups or (item.case is None and _is_anybodys(item, filters)):
            late = item.state == "overdue"
            if late or item.due_on <= today + _DAYS_AHEAD:
                group = item.owner if filters.per == "owner" else groups[item.case or ""]
                count(group, "overdue" if late else "due")
    for group in sorted(counts, key=str.casefold):
        person = world.find("staff", group) if filters.per == "owner" else None
        days = None if person is None else len(person.days) or _WORKING_WEEK
        if counts[group]:
            yield CaseloadRow(group=group, days=days, **counts[group])


def _group(case: Case, row: CaseRow, per: Per) -> str:
    if per == "owner":
        return case.owner or case.entered_by
    return str(getattr(row, per))


def _is_anybodys(item: Item, filters: CaseloadOptions) -> bool:
    """Return whether a row of no case is counted: for a person, of whatever school and status."""
    if filters.per != "owner" or filters.school is not None or filters.status is not None:
        return False
    return filters.owner is None or same_slug(item.owner, filters.owner)


def _flows(case: Case, period: tuple[date, date]) -> Iterator[str]:
    """Yield what happened to a case within a period, each once."""
    since, until = period
    if since <= case.opened_on <= until:
        yield "opened"
    yield from {
        change.kind
        for change in case.changes
        if since <= change.on <= until and change.kind in ("closed", "reopened")
    }


def _met(world: World, refs: Collection[str], period: tuple[date, date]) -> Iterator[str]:
    """Yield the case of each contact that took place within a period."""
    since, until = period
    schedules: Sequence[Schedule] = world.records("schedules")
    theirs = {(one.case, one.id) for one in schedules if one.with_ in WITH_THEM}
    events: Sequence[CheckIn] = world.records("contacts")
    for event in events:
        took_place = event.outcome == "done" and since <= event.happened_on <= until
        if took_place and event.case in refs and (event.case, event.schedule) in theirs:
            yield event.case


def _sheets(
    rows: Sequence[CaseloadRow], cases: Sequence[CaseRow], per: Per, period: tuple[date, date]
) -> list[Sheet]:
    """Return the counts, and the cases that they are of."""
    since, until = period
    about = (
        f"as of {session.today().isoformat()}; what came and went from {since.isoformat()} to "
        f"{until.isoformat()}; due within {_DAYS_AHEAD.days} days"
    )
    names = ("group", *(("days",) if per == "owner" else ()), *_COUNTS)
    of_cases = ("ref", "status", "school", "setting", "owner", "opened_on", "last_contact_on")
    return [
        Sheet(
            "Caseload",
            about,
            [per if name == "group" else name.replace("_", " ") for name in names],
            [[getattr(row, name) for name in names] for row in rows],
        ),
        Sheet(
            "Cases",
            about,
            [name.replace("_on", "").replace("_", " ") for name in of_cases] + ["overdue"],
            [[getattr(row, name) for name in (*of_cases, "overdue")] for row in cases],
        ),
    ]


def _summary(total: dict[str, int], since: date, until: date) -> str:
    return (
        f"{counted(total['cases'], 'case')} open; from {since.isoformat()} to "
        f"{until.isoformat()}: {total['opened']} opened, {total['reopened']} reopened, "
        f"{total['closed']} closed; {total['overdue']} overdue, {total['due']} due within 7 days"
    )
