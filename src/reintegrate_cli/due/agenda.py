"""The agenda: everything that has a date, worked out from what is stored.

Each source of dates gives the ``Dated`` rows of one record, beside its noun (see ``dated``;
``scheduled`` for check-ins). What a day makes of a row is worked out here, for all of them
alike: whether it is announced, overdue, or at rest. Nothing here is stored, so nothing goes
stale.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal, NamedTuple, cast

from reintegrate_cli.catalogue import kind_of
from reintegrate_cli.core.calendar import short_date, week_of
from reintegrate_cli.core.dates import FIRST_DAY
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import (
    CaseRef,
    Form,
    Public,
    Record,
    Ref,
    Slug,
    Value,
    Word,
    check_days,
)
from reintegrate_cli.core.rows import SOURCES, Dated, Kind
from reintegrate_cli.due.world import FOR_GOOD, World
from reintegrate_cli.nouns.case import record as case_rules
from reintegrate_cli.nouns.case.record import Case, CaseRow
from reintegrate_cli.nouns.checkin import occurrences as derive
from reintegrate_cli.nouns.checkin import scheduled

State = Literal["overdue", "due", "upcoming"]
HORIZON_DAYS = 60
"""How far ahead the reminder key may see."""


class Item(Value, frozen=True, kw_only=True):
    """One row of the agenda. Codes and dates only, so that a passer-by reads nothing."""

    id: Ref[str]
    due_on: Public[date]
    state: Public[State]
    days_late: Public[int]
    case: Ref[str | None]
    kind: Public[Kind]
    label: Ref[str] = ""
    with_: Public[str | None]
    who: Ref[str | None]
    mode: Public[str | None]
    at: Public[str | None]
    window: Public[int]
    chosen_by: Ref[str | None]
    owner: Ref[str]
    was_on: Public[date | None] = None
    """The day on which it was due, where it was given another."""
    lead: Ref[str | None] = None
    school: Public[str | None]
    source: Ref[str]
    command: Ref[str]

    @property
    def status(self) -> str:
        """The state, under the name that filters use."""
        return self.state


class Unworkable(Item, frozen=True, kw_only=True):
    """What stands in for the rows of a record from which no date can be worked out."""


_DAY = timedelta(days=1)
_CANNOT = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, Problem)
"""What a record may raise from which nothing can be worked out."""


def dated(world: World, since: date, upto: date) -> Iterator[Dated]:
    """Give every unsettled date there is, from every source, those at rest included.

    Of what has dates without an end, the later ones are given from one day through another.

    A record from which nothing can be worked out becomes a row that says so: it is not lost,
    and the others are not lost with it.
    """
    for schedule in world.schedules:
        events = world.events_of(schedule)
        yield from _rows(
            world,
            "schedules",
            schedule,
            events,
            partial(scheduled.dates, schedule, world, since, upto),
        )
    for table, module in SOURCES.items():
        records = world.records(table)
        if records:
            dates = load(module).dates
            for record in records:
                yield from _rows(world, table, record, (), partial(dates, record, world))


def _rows(
    world: World,
    table: str,
    record: Record,
    events: Iterable[Record],
    dates: Callable[[], Iterable[Dated]],
) -> list[Dated]:
    """List the rows of a record, each under an id of its own."""
    try:
        for one in (record, *events):
            check_days(one)
        found = list(dates())
    except _CANNOT:
        return [_unworkable(world, table, record)]
    if len(found) > 1:
        taken: set[tuple[str, int, date]] = set()
        for place, row in enumerate(found):
            nth = row.nth
            while (row.source, nth, row.due_on) in taken:
                nth = max(nth, 1) + 1
            taken.add((row.source, nth, row.due_on))
            found[place] = row if nth == row.nth else replace(row, nth=nth)
    return found


def _unworkable(world: World, table: str, record: Record) -> Dated:
    """Say of a record that no date can be worked out from it."""
    ref: str | None = getattr(record, "case", None)
    case = world.by_ref.get(ref or "")
    kind = cast(Kind, kind_of(table))
    id_: str = getattr(record, "id", kind)
    try:
        entered = record.entered_on
    except ValueError:
        entered = None
    return Dated(
        source=f"{ref}/{id_}" if ref else id_,
        label=f"{kind.replace('_', ' ')}: its dates cannot be worked out; entered",
        command=f"reintegrate case show {ref}" if ref else f"reintegrate {kind} list",
        due_on=entered or FIRST_DAY,
        announced_on=FIRST_DAY,
        kind=kind,
        broken=True,
        case=ref,
        owner=case.owner if case else record.entered_by,
        school=case.school if case else None,
    )


def unworkable(world: World, today: date) -> set[str]:
    """Name the records from which no date can be worked out."""
    return {row.source for row in dated(world, today, today) if row.broken}


class Standing(NamedTuple):
    """A date as it stands on the day of the agenda: when it is announced, and when late."""

    row: Dated
    opens_on: date
    late_on: date | None
    """The day from which it is overdue; nothing where it merely asks."""


def standing(world: World, today: date, upto: date) -> Iterator[Standing]:
    """Give every unsettled date that does not rest for good."""
    for row in dated(world, today, upto):
        quiet = _quiet(world, row, today)
        if quiet is FOR_GOOD or (row.until is not None and row.until < today):
            continue
        late_on = None
        if row.first and not row.merely_asks:
            late_on = max(row.due_on + _DAY, quiet)
        yield Standing(row, max(row.opens_on, quiet), late_on)


def _quiet(world: World, row: Dated, today: date) -> date:
    """Say until when a row rests: it is not spoken of, and not overdue, before that."""
    spans = (*world.rests(row.case, row.falls_under), *row.rests)
    ends = [span.end or FOR_GOOD for span in spans if today in span]
    return max(ends, default=date.min)


def _item(one: Standing, today: date) -> Item:
    row = one.row
    late = one.late_on is not None and one.late_on <= today
    return (Unworkable if row.broken else Item)(
        id=f"{row.name}@{row.due_on.isoformat()}",
        due_on=row.due_on,
        state="overdue" if late else "due" if one.opens_on <= today else "upcoming",
        days_late=(today - row.due_on).days if late else 0,
        case=row.case,
        kind=row.kind,
        label=f"{row.label} {short_date(row.due_on)}",
        with_=row.with_,
        who=row.who,
        mode=row.mode,
        at=row.at,
        window=row.window,
        chosen_by=row.chosen_by,
        owner=row.owner,
        was_on=row.origin if row.origin != row.due_on else None,
        lead=None,
        school=row.school,
        source=row.source,
        command=row.command,
    )


def items(world: World, today: date, start: date, end: date) -> list[Item]:
    """List what is overdue, what is due from ``start`` through ``end``, and what is asked.

    A row that was announced is in every view until it is settled; before that it is in those
    that reach its date, unless it rests on that day. Of a schedule only the earliest unsettled date is announced: the later
    ones are on their own days alone.
    """
    found = [
        _item(one, today)
        for one in standing(world, today, end)
        if (one.row.first and one.opens_on <= today)
        or (max(today, start, one.opens_on) <= one.row.due_on <= end)
    ]
    return sorted(found, key=lambda row: _order(row, today))


def _order(row: Item, today: date) -> tuple[int, date, str, str]:
    """Put what is overdue first, and what is still asked from before last."""
    place = 0 if row.state == "overdue" else 1 if row.due_on >= today else 2
    return place, row.due_on, row.at or "99:99", row.id


def named(world: World, today: date, upto: date) -> dict[str, Item]:
    """Give every unsettled date through a day, under a name that outlives a move.

    An item's ``id`` says on which day it is due; this says which date it is, whatever day
    it was moved to.
    """
    found: dict[str, Item] = {}
    for one in standing(world, today, upto):
        row = one.row
        name = row.name if row.origin is None else f"{row.name}@{row.origin.isoformat()}"
        while name in found:  # its day was left by a move, and booked again
            name += "+"
        found[name] = _item(one, today)
    return found


class AgendaFilters(Form, kw_only=True):
    """What narrows the agenda."""

    case: Annotated[Ref[CaseRef | None], "only this case"] = None
    kind: Annotated[Public[Kind | None], "only this kind"] = None
    owner: Annotated[Ref[Slug | None], "only what this person does"] = None
    school: Annotated[Public[Word | None], "only cases of this school"] = None
    status: Annotated[Public[State | None], "overdue, due or upcoming"] = None
    since: Annotated[Public[date | None], "due from this day on"] = None
    until: Annotated[Public[date | None], "due up to this day"] = None


def narrowed(rows: Iterable[Item], filters: AgendaFilters, *, overdue: bool) -> list[Item]:
    """Keep the rows that the filters ask for."""
    owner, school = (filters.owner or "").casefold(), (filters.school or "").casefold()
    first, last = filters.since or date.min, filters.until or date.max
    return [
        row
        for row in rows
        if filters.case in (None, row.case)
        and filters.kind in (None, row.kind)
        and filters.status in (None, row.state)
        and (not owner or row.owner.casefold() == owner)
        and (not school or (row.school or "").casefold() == school)
        and (not overdue or row.state == "overdue")
        and first <= row.due_on <= last
    ]


def window(
    today: date,
    *,
    day: bool = False,
    month: bool = False,
    days: int | None = None,
    next_week: bool = False,
) -> tuple[date, date]:
    """Give the first and last day that an agenda shows; the week of today by default."""
    if day:
        return today, today
    if days is not None:
        return today, today + timedelta(days=days)
    if month:
        first = today.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return week_of(today + 7 * _DAY if next_week else today)


def overdue_by_case(world: World, today: date) -> dict[str, int]:
    """Count what is overdue in each case, worked out once for a world."""
    if today not in world.overdue:
        counts: dict[str, int] = defaultdict(int)
        for row, _, late_on in standing(world, today, today):
            if row.case and late_on is not None and late_on <= today:
                counts[row.case] += 1
        world.overdue[today] = counts
    return world.overdue[today]


def case_row(world: World, case: Case, today: date) -> CaseRow:
    """Work out how a case stands in a list: its next date, what is overdue, last contact."""
    schedules = world.schedules_of[case.ref]
    following = (
        derive.next_on(world.line(one)) for one in schedules if not world.is_asleep(one, today)
    )
    nexts = [day for day in following if day is not None]
    met = [
        event.happened_on
        for schedule in schedules
        if schedule.with_ == "student"
        for event in world.events_of(schedule)
        if event.outcome == "done"
    ]
    contact = world.contact_of.get(case.ref)
    status = world.status(case, today)
    closed = case_rules.last_change(case, "closed") if status == "closed" else None
    paused = case_rules.last_change(case, "paused") if status == "paused" else None
    return CaseRow(
        ref=case.ref,
        status=status,
        opened_on=case.opened_on,
        school=case.school,
        grade=case.grade,
        setting=case.setting,
        identified_on=case.identified_on,
        identified_in=case.identified_in,
        moved_on=case.moved_on,
        disability=case.disability,
        owner=case.owner,
        next_due_on=None if status == "paused" else min(nexts, default=None),
        overdue=overdue_by_case(world, today).get(case.ref, 0),
        last_contact_on=max(met, default=None),
        contact_mode=contact.mode if contact else None,
        closed_on=closed.on if closed else None,
        closed_reason=closed.reason if closed else None,
        paused_until=paused.until if paused else None,
    )
