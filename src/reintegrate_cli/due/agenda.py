"""The agenda: everything that has a date, worked out from what is stored.

Each source of dates gives the ``Dated`` rows of one record, beside its noun. What a day makes of
a row is worked out here, for all of them alike: whether it is announced, overdue, or at rest.
Nothing here is stored, so nothing goes stale.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from reintegrate_cli.catalogue import kind_of
from reintegrate_cli.core.calendar import FOR_GOOD, Span, short_date
from reintegrate_cli.core.dates import FIRST_DAY
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import Record, check_days
from reintegrate_cli.core.rows import SOURCES, Dated, Item, Unworkable
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case, rests

HORIZON_DAYS = 60
"""How far ahead the reminder key may see."""
_DAY = timedelta(days=1)
_CANNOT = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, Problem)
"""What a record may raise from which nothing can be worked out."""


def dated(world: World, since: date, upto: date) -> Iterator[Dated]:
    """Yield every unsettled date there is, from every source, those at rest included.

    Of what has dates without an end, the later ones are given from one day through another.

    A record from which nothing can be worked out becomes a row that says so: it is not lost,
    and the others are not lost with it.
    """
    world = world.during(since, upto)
    for table, module in SOURCES.items():
        if records := world.records(table):
            dates = load(module).dates
            for record in records:
                yield from _rows(world, table, record, dates)


def _rows(world: World, table: str, record: Record, dates: Any) -> Iterable[Dated]:
    """List the rows of a record, each under an id of its own."""
    try:
        check_days(record)
        rows = [_completed(world, record, row) for row in dates(record, world)]
    except _CANNOT:
        return [_unworkable(world, table, record)]
    if len(rows) > 1:
        taken: set[tuple[str, int, date]] = set()
        for place, row in enumerate(rows):
            nth = row.nth
            while (row.source, nth, row.due_on) in taken:
                nth = max(nth, 1) + 1
            taken.add((row.source, nth, row.due_on))
            if nth != row.nth:
                rows[place] = replace(row, nth=nth)
    return rows


def _completed(world: World, record: Record, row: Dated) -> Dated:
    """Return a row that somebody answers for, on a day on which they work if it may be moved."""
    if row.case is None and not row.owner:
        row = replace(row, owner=record.entered_by)
    if not world.is_part_time:
        return row
    from reintegrate_cli.core.working import placed

    return placed(world, row, _home(world, row))


def _unworkable(world: World, table: str, record: Record) -> Dated:
    """Return the row of a record that no date can be worked out from."""
    ref: str | None = getattr(record, "case", None) or getattr(record, "ref", None)
    case: Case | None = world.find("cases", ref)
    kind = kind_of(table)
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
        owner="" if case else record.entered_by,
        school=case.school if case else None,
    )


def unworkable(world: World, today: date) -> set[str]:
    """Return the records from which no date can be worked out."""
    return {row.source for row in dated(world, today, today) if row.broken}


Standing = tuple[Dated, date, date | None]
"""A date as it stands on the day of the agenda: the first day on which it is spoken of, and the one
from which it is overdue, if it is ever late."""


def standing(world: World, today: date, upto: date) -> Iterator[Standing]:
    """Yield every unsettled date that does not rest for good."""
    for row in dated(world, today, upto):
        spans = [span for span in rests_of(world, row) if today in span]
        quiet = max((span.end or FOR_GOOD for span in spans), default=date.min)
        if quiet is FOR_GOOD or (row.until is not None and row.until < today):
            continue
        late_on = None
        if row.first and not row.merely_asks:
            late_on = max(row.due_on + _DAY, quiet)
        yield row, max(row.opens_on, quiet), late_on


def rests_of(world: World, row: Dated) -> tuple[Span, ...]:
    """Return the days on which a row rests: it is not spoken of then, and not overdue."""
    case: Case | None = world.find("cases", row.case)
    return (*(rests(case, row.falls_under) if case else ()), *row.rests)


def _home(world: World, row: Dated) -> str:
    """Return whose a row is if there are no teams and covers: by name, or its case's owner."""
    owner = row.alone[0] if row.alone else row.owner
    if not owner and (case := world.find("cases", row.case)) is not None:
        owner = case.owner or case.entered_by
    return owner


def _owner(world: World, row: Dated, day: date) -> tuple[str, str | None]:
    """Return whose a row is, and who leads: where nobody is named, its case's owner or a seat."""
    home = _home(world, row)
    if not (row.alone or world.records("teams") or world.records("covers")):
        return home, None
    from reintegrate_cli.core.owning import owned

    return owned(world, row, home, day)


def _item(world: World, row: Dated, opens_on: date, late_on: date | None, today: date) -> Item:
    late = late_on is not None and late_on <= today
    owner, lead = _owner(world, row, today if opens_on <= today else row.due_on)
    own: dict[str, Any] = {name: getattr(row, name) for name in Item.__struct_fields__}
    own |= {
        "owner": owner,
        "lead": lead,
        "id": f"{row.name}@{row.due_on.isoformat()}",
        "state": "overdue" if late else "due" if opens_on <= today else "upcoming",
        "days_late": (today - row.due_on).days if late else 0,
        "label": f"{row.label} {short_date(row.due_on)}",
        "was_on": row.was_on or (row.origin if row.origin != row.due_on else None),
    }
    return (Unworkable if row.broken else Item)(**own)


def items(world: World, today: date, start: date, end: date) -> list[Item]:
    """List what is overdue, what is due from ``start`` through ``end``, and what is asked.

    A row that was announced is in every view until it is settled; before that it is in those
    that reach its date, unless it rests on that day. Of a schedule only the earliest unsettled
    date is announced: the later ones are on their own days alone.
    """
    rows = [
        _item(world, row, opens_on, late_on, today)
        for row, opens_on, late_on in standing(world, today, end)
        if (row.first and opens_on <= today) or max(today, start, opens_on) <= row.due_on <= end
    ]
    return sorted(rows, key=lambda row: _order(row, today))


def _order(row: Item, today: date) -> tuple[int, date, str, str]:
    """Put what is overdue first, and what is still asked from before last."""
    place = 0 if row.state == "overdue" else 1 if row.due_on >= today else 2
    return place, row.due_on, row.at or "99:99", row.id


def named(world: World, today: date, upto: date) -> dict[str, Item]:
    """Return every unsettled date through a day, under a name that outlives a move.

    An item's ``id`` says on which day it is due; this says which date it is, whatever day
    it was moved to.
    """
    rows: dict[str, Item] = {}
    for row, opens_on, late_on in standing(world, today, upto):
        name = row.name if row.origin is None else f"{row.name}@{row.origin.isoformat()}"
        while name in rows:  # its day was left by a move, and booked again
            name += "+"
        rows[name] = _item(world, row, opens_on, late_on, today)
    return rows
