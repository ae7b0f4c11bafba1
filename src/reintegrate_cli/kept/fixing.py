"""What is settled is fixed before anything is kept that could change it.

Dates follow from schedules, and from what they rest on (``World.ground``). A record of any of
these passes through ``before`` on its way into the store, so that no verb has to remember it:
each check-in then keeps which dates it settled until now.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.due.world import World
from reintegrate_cli.nouns.case.record import Identity
from reintegrate_cli.nouns.checkin.record import Schedule

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def before(store: "Store", table: str, record: Any) -> None:
    """Fix what is settled in every schedule whose dates a record is about to change.

    Args:
        store: the store, in its unit of work.
        table: where the record is about to be kept.
        record: the record.
    """
    if table == "contacts" and record.outcome != "moved":
        return  # a contact settles dates, and changes none
    for ref in _cases(store, table, record):
        events = store.checkins.all(case=ref)
        if all(event.fixed is not None or event.outcome == "moved" for event in events):
            continue
        world = _world(store, ref)
        after = _after(world, table, record)
        for schedule in world.schedules:
            if after is None:
                changes = schedule.id == (record.id if table == "schedules" else record.schedule)
            else:
                changes = world.ground(schedule) != after.ground(schedule)
            if changes:
                _fix(store, world, schedule)


def _fix(store: "Store", world: World, schedule: Schedule) -> None:
    for event in world.line(schedule).fixed():
        store.checkins.keep(event)


def _cases(store: "Store", table: str, record: Any) -> Iterable[str]:
    if table != "staff":
        return [record.ref if table == "cases" else record.case]
    former = store.staff.find(record.slug)
    if (former.days if former else ()) == record.days:
        return []
    return sorted({schedule.case for schedule in store.schedules.all()})


def _world(store: "Store", ref: str) -> World:
    """Read what the dates of one case follow from, and no more than that."""
    return World(
        calendar=Calendar(),  # closures ask for another date, and settle nothing
        cases=[case for case in [store.cases.find(ref)] if case is not None],
        schedules=store.schedules.all(case=ref),
        events=store.checkins.all(case=ref),
        care=store.care.all(case=ref),
        contact=store.contact.all(case=ref),
        staff=store.staff.all(),
        more={"identities": store.of(Identity).all(case=ref)},
    )


def _after(world: World, table: str, record: Any) -> World | None:
    """Give the world with a record in it; nothing where the record is about one schedule."""
    if table in ("schedules", "contacts"):
        return None
    if table == "cases":
        return replace(world, cases=[record])
    if table == "contact":
        return replace(world, contact=[record])
    if table == "identities":
        return replace(world, more={"identities": [record]})
    if table == "staff":
        others = [one for one in world.staff if one.slug != record.slug]
        return replace(world, staff=[*others, record])
    return replace(world, care=[*(one for one in world.care if one.id != record.id), record])
