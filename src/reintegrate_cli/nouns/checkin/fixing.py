"""What is settled is fixed before anything is kept that could change it.

Dates follow from schedules, and from what they rest on (``scheduled.ground_of``). A record of any
of these passes through ``before`` on its way into the store, so that no verb has to remember it:
each check-in then keeps which dates it settled until now.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from reintegrate_cli.catalogue import OF_A_CASE, TABLES
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.checkin.record import CheckIn
from reintegrate_cli.nouns.checkin.scheduled import ground_of, line_of

Read = Callable[[str, str | None], Sequence[Any]]
"""Reads the records of a table: those of a case, if it is kept by cases and one is named."""
_GROUNDS = [name for name, table in TABLES.items() if table.grounds]


def before(read: Read, table: str, record: Any) -> Iterator[CheckIn]:
    """Yield the check-ins with what they settled, if a record is about to change their dates.

    Args:
        read: reads what is kept now.
        table: where the record is about to be kept.
        record: the record.
    """
    if table == "contacts" and record.outcome != "moved":
        return  # a contact settles dates, and changes none
    for ref in _cases(read, table, record):
        events: Sequence[CheckIn] = read("contacts", ref)
        if all(event.fixed is not None or event.outcome == "moved" for event in events):
            continue
        # Closures ask for another date, and settle nothing.
        world = World(Calendar(), {name: read(name, ref) for name in _GROUNDS})
        after = world.put(table, record)
        for schedule in world.records("schedules"):
            if table in ("schedules", "contacts"):
                changes = schedule.id == getattr(record, "schedule", record.id)
            else:
                changes = ground_of(world, schedule) != ground_of(after, schedule)
            if changes:
                yield from line_of(world, schedule).fixed()


def _cases(read: Read, table: str, record: Any) -> Iterable[str]:
    if table in OF_A_CASE:
        return [record.ref if table == "cases" else record.case]
    # On which days staff work, and who covers for them, moves dates in many cases.
    world = World(Calendar(), {name: read(name, None) for name in (table, "staff")})
    if not world.put(table, record).is_part_time and not world.is_part_time:
        return []
    return sorted({schedule.case for schedule in read("schedules", None)})
