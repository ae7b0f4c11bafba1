"""The agenda: everything that has a date, worked out from what is stored.

Each source of dates is a function from the ``World`` to ``Dated`` rows: those of check-ins
and tasks stand here, the others beside their nouns (see ``dated``). Nothing here is
stored, so nothing goes stale.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Annotated, Literal

from reintegrate_cli import cases as case_rules
from reintegrate_cli import occurrences as derive
from reintegrate_cli.calendar import week_of
from reintegrate_cli.cases import Case, CaseRow
from reintegrate_cli.checkins import Schedule
from reintegrate_cli.dated import SOURCES, Dated, Kind
from reintegrate_cli.records import CaseRef, Public, Ref, Slug
from reintegrate_cli.world import FOR_GOOD, World

State = Literal["overdue", "due", "upcoming"]
HORIZON_DAYS = 60
"""How far ahead the reminder key may see."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Item:
    """One row of the agenda. Codes and dates only, so that a passer-by reads nothing."""

    id: Ref[str]
    due_on: Public[date]
    state: Public[State]
    days_late: Public[int]
    case: Ref[str | None]
    kind: Public[Kind]
    with_: Public[str | None]
    who: Ref[str | None]
    mode: Public[str | None]
    at: Public[str | None]
    window: Public[int]
    chosen_by: Ref[str | None]
    owner: Ref[str]
    school: Public[str | None]
    source: Ref[str]
    command: Ref[str]
    days_left: Public[int | None] = None
    """To a day that is itself not shown."""

    @property
    def status(self) -> str:
        """The state, under the name that filters use."""
        return self.state


_KINDS: dict[str, Kind] = {
    "student": "checkin",
    "caregiver": "checkin",
    "staff": "conferral",
    "partner": "partner_checkin",
}


def from_schedules(world: World, today: date, upto: date) -> Iterator[Dated]:
    """Give the dates of every schedule that is awake.

    A date on a closed day, and a schedule with no date at all, become a ``schedule`` row
    that asks for one (E2): a next appointment is always booked, or the agenda says so.
    """
    for schedule in world.schedules:
        if world.is_asleep(schedule, today):
            continue
        ground = world.ground(schedule)
        resting = [span for span in derive.spans(schedule, ground) if today in span]
        if any(span.end is None for span in resting):
            continue
        found = [one for one in world.occurrences(schedule, upto) if not one.settled]
        several = sum(not world.is_asleep(one, today) for one in world.schedules_of[schedule.case])
        row = _schedule_row(world, schedule, several > 1)
        quiet = max((span.end for span in resting if span.end), default=None)
        for place, one in enumerate(found):
            if one.due_on > upto and place:
                break
            closed = derive.is_closed(schedule, one.due_on, ground)
            yield row(one.due_on, closed, window=one.window, first=place == 0, quiet_until=quiet,
                      origin=one.nominal)  # fmt: skip
        if not found:
            yield row(today, True, first=True, quiet_until=quiet, never_late=True)


def _schedule_row(world: World, schedule: Schedule, several: bool) -> Callable[..., Dated]:
    case = world.by_ref[schedule.case]
    pick = f" --schedule {schedule.id}" if several else ""

    def row(due: date, closed: bool, **more: object) -> Dated:
        if closed:
            asked = schedule.chosen_by if schedule.is_theirs else "SLUG"
            command = (
                f"reintegrate checkin move {schedule.case}{pick} --on {due} --to DATE"
                f" --asked-by {asked}"
            )
        else:
            command = f"reintegrate checkin done {schedule.case}{pick}"
        return Dated(
            source=f"{schedule.case}/{schedule.id}",
            command=command,
            due_on=due,
            kind="schedule" if closed else _KINDS[schedule.with_],
            case=schedule.case,
            with_=schedule.with_,
            who=schedule.who,
            mode=schedule.mode,
            at=schedule.at,
            chosen_by=schedule.chosen_by,
            owner=case.owner,
            school=case.school,
            **more,  # type: ignore[arg-type]
        )

    return row


def from_tasks(world: World, today: date, upto: date) -> Iterator[Dated]:
    """Give the plain tasks that are still open, those of a paused case left out."""
    for task in world.tasks:
        if task.done_on is not None:
            continue
        case = world.by_ref.get(task.case or "")
        rest = world.rest(task.case, today)
        if rest is FOR_GOOD:
            continue
        source = f"{task.case}/{task.id}" if task.case else task.id
        yield Dated(
            source=source,
            command=f"reintegrate task done {task.id}",
            due_on=task.due_on,
            kind="task",
            case=task.case,
            owner=task.owner,
            school=case.school if case else None,
            quiet_until=rest,
        )


def dated(world: World, today: date, upto: date) -> Iterator[Dated]:
    """Give every unsettled date there is, from every source."""
    for source in (from_schedules, from_tasks):
        yield from source(world, today, upto)
    for module, tables in SOURCES.items():
        if any(world.holds(table) for table in tables):
            yield from import_module(module).dates(world, today, upto)


def overdue_on(row: Dated) -> date | None:
    """Give the day from which a date is overdue; nothing where it never is."""
    if row.never_late or not row.first:
        return None
    if row.due_on == date.max:
        return None
    late = row.due_on + timedelta(days=1)
    return max(late, row.quiet_until) if row.quiet_until else late


def _item(row: Dated, today: date) -> Item:
    late_on = overdue_on(row)
    late = late_on is not None and late_on <= today
    opens = row.due_on - timedelta(days=row.window)
    due_on = max(row.due_on, today) if row.never_late else row.due_on
    return Item(
        id=f"{row.source}@{due_on.isoformat()}",
        due_on=due_on,
        state="overdue" if late else "due" if opens <= today else "upcoming",
        days_late=(today - row.due_on).days if late else 0,
        case=row.case,
        kind=row.kind,
        with_=row.with_,
        who=row.who,
        mode=row.mode,
        at=row.at,
        window=row.window,
        chosen_by=row.chosen_by,
        owner=row.owner,
        school=row.school,
        source=row.source,
        command=row.command,
        days_left=(row.counts_to - today).days
        if row.counts_to is not None and row.counts_to > today
        else None,
    )


def _hidden(row: Dated, today: date) -> bool:
    return row.shown_from is not None and today < row.shown_from


def items(world: World, today: date, start: date, end: date) -> list[Item]:
    """List what is overdue, then every unsettled date from ``start`` through ``end``.

    Dates before today that are not overdue (a schedule has at most one overdue row, and
    what rests has none) are left out.
    """
    rows = [_item(row, today) for row in dated(world, today, end) if not _hidden(row, today)]
    wanted = [
        row
        for row in rows
        if row.state == "overdue" or (row.due_on >= today and start <= row.due_on <= end)
    ]
    return sorted(wanted, key=_order)


def named(world: World, today: date, upto: date) -> dict[str, Item]:
    """Give every unsettled date through a day, under a name that outlives a move.

    An item's ``id`` says on which day it is due; this says which date it is, whatever day
    it was moved to.
    """
    found: dict[str, Item] = {}
    for row in dated(world, today, upto):
        name = row.source if row.origin is None else f"{row.source}@{row.origin.isoformat()}"
        while name in found:  # its day was left by a move, and booked again
            name += "+"
        if not _hidden(row, today):
            found[name] = _item(row, today)
    return found


def _order(row: Item) -> tuple[bool, date, str, str]:
    return row.state != "overdue", row.due_on, row.at or "99:99", row.id


@dataclass(kw_only=True, repr=False, eq=False)
class AgendaFilters:
    """What narrows the agenda."""

    case: Annotated[Ref[CaseRef | None], "only this case"] = None
    kind: Annotated[Public[Kind | None], "only this kind"] = None
    owner: Annotated[Ref[Slug | None], "only what this person does"] = None
    status: Annotated[Public[State | None], "overdue, due or upcoming"] = None
    since: Annotated[Public[date | None], "due from this day on"] = None
    until: Annotated[Public[date | None], "due up to this day"] = None


def narrowed(rows: Iterable[Item], filters: AgendaFilters, *, overdue: bool) -> list[Item]:
    """Keep the rows that the filters ask for."""
    owner = (filters.owner or "").casefold()
    first, last = filters.since or date.min, filters.until or date.max
    return [
        row
        for row in rows
        if filters.case in (None, row.case)
        and filters.kind in (None, row.kind)
        and filters.status in (None, row.state)
        and (not owner or row.owner.casefold() == owner)
        and (not overdue or row.state == "overdue")
        and first <= row.due_on <= last
    ]


def window(
    today: date, *, day: bool = False, month: bool = False, days: int | None = None
) -> tuple[date, date]:
    """Give the first and last day that an agenda shows; the week of today by default."""
    if day:
        return today, today
    if days is not None:
        return today, today + timedelta(days=days)
    if month:
        first = today.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return week_of(today)


def overdue_by_case(world: World, today: date) -> dict[str, int]:
    """Count what is overdue in each case, worked out once for a world."""
    if today not in world.overdue:
        counts: dict[str, int] = defaultdict(int)
        for row in dated(world, today, today):
            late_on = overdue_on(row)
            if row.case and late_on is not None and late_on <= today:
                counts[row.case] += 1
        world.overdue[today] = counts
    return world.overdue[today]


def case_row(world: World, case: Case, today: date) -> CaseRow:
    """Work out how a case stands in a list: its next date, what is overdue, last contact."""
    schedules = world.schedules_of[case.ref]
    upto = today
    nexts: list[date] = []
    for schedule in schedules:
        if not world.is_asleep(schedule, today):
            found = world.occurrences(schedule, upto)
            following = derive.next_on(schedule, found, world.ground(schedule))
            if following is not None:
                nexts.append(following)
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
