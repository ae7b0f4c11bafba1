"""The index of dates: from which day on each case, and each record of no case, is looked at.

It is a cache, sealed like the rest and written in the same unit of work; what is due is
worked out from the records each time, of those cases alone whose day has come. A test holds
it equal to what follows from the records.

Three tables: ``wakes`` has a row by day for each day on which something of a unit (a case
with its tasks, or one record of no case, such as a task or an MOU) is due, is announced, or
begins or ends to rest; ``units`` says by unit which rows of it those are; ``due`` holds what cron may know
(see ``reminders``).
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from reintegrate_cli import vault
from reintegrate_cli.catalogue import BY_ID, TABLES
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.records import plain, split_id
from reintegrate_cli.core.rows import DATED_TABLES, Dated
from reintegrate_cli.due import agenda
from reintegrate_cli.due.agenda import HORIZON_DAYS
from reintegrate_cli.due.world import World

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_VERSION = 6
"""Raised when the same records would give other rows, so that the index is made anew."""
_STAMP = 0
_UNIT_BITS = 64
_ALONE = "/"
"""Begins the name of what has a date and belongs to no case, such as ``/T3``."""
_TABLE_OF = {table.id: name for name, table in TABLES.items() if table.dated and table.key == BY_ID}
"""By the letters of its id, the table of a record that has dates and belongs to no case."""
_NUMBER_BITS = 32
_TOLD = 1 << 23
"""Added to the days that count from today, whatever days an agenda shows: on which something
is announced, or begins or ends to rest. The others are days on which something is due."""
_OF_CASES = frozenset(
    name
    for name in ("cases", "schedules", "contacts", "care", "contact", *DATED_TABLES)
    if name in vault.OF_A_CASE
)


@dataclass
class Unit:
    """What the index says of one unit."""

    on: set[int] = field(default_factory=set)
    due: list[tuple[date, date]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)


def renew(store: "Store", calendar: Calendar, today: date) -> None:
    """Bring the index up to date with what this unit of work changed, and with the day.

    Args:
        store: the store, in its unit of work.
        calendar: the district's; where it changed since, everything is worked out again.
        today: the day of the agenda; rows for cron reach ``HORIZON_DAYS`` ahead of it.
    """
    stamp = store.vault.get("units", _STAMP)
    touched = _touched(store)
    if stamp is None or touched is None or not _holds(stamp, calendar, today):
        rebuild(store, calendar, today)
        return
    units = touched | _come_up(store, stamp["seen"], today.toordinal())
    if units:
        world = _world(store, calendar, units)
        _write(store, units_of(world, today), units)
    if stamp["seen"] != today.toordinal():
        store.vault.put("units", _STAMP, {**stamp, "seen": today.toordinal()})
    store.note_write(today)


def world_upto(store: "Store", calendar: Calendar, today: date, upto: date) -> World:
    """Read what the agenda of some days is worked out from, and no more than that.

    Args:
        store: the store.
        calendar: the district's.
        today: the day of the agenda.
        upto: its last day.
    """
    stamp = store.vault.get("units", _STAMP)
    if stamp is None or not _holds(stamp, calendar, today):
        return store.world(calendar)
    due = _waking(store, 0, max(today, upto).toordinal())
    return _world(store, calendar, due | _waking(store, _TOLD, _TOLD + today.toordinal()))


def _world(store: "Store", calendar: Calendar, units: Collection[str]) -> World:
    """Read the records of some units; where they are most of them, all are read at once."""
    if 2 * len(units) > store.cases.count() + store.tasks.count():
        return store.world(calendar)
    return store.world(calendar, *_split(units))


def open_tasks(store: "Store", case: str) -> list[str] | None:
    """Name the tasks of a case that are still open; nothing where the index does not know."""
    if store.vault.get("units", _STAMP) is None:
        return None
    kept = store.vault.get("units", _place(case))
    return kept["tasks"] if kept else []


def forget(store: "Store", case: str) -> None:
    """Take a case out of the index, and what cron may know of it."""
    _write_unit(store, case, Unit())


def rebuild(store: "Store", calendar: Calendar, today: date) -> None:
    """Make the whole index anew, where records came in otherwise than by commands."""
    _write(store, units_of(store.world(calendar), today), None)
    said = {"digest": _digest(calendar), "seen": today.toordinal()}
    store.vault.put("units", _STAMP, said)
    store.note_write(today)


def _holds(stamp: Mapping[str, Any], calendar: Calendar, today: date) -> bool:
    """Say whether the index was made from the same calendar, and not on a later day."""
    same: bool = stamp["digest"] == _digest(calendar)
    return same and stamp["seen"] <= today.toordinal()


def _digest(calendar: Calendar) -> str:
    said = f"{_VERSION} {plain(sorted(calendar.closures))} {plain(calendar.years)}"
    return hashlib.sha256(said.encode()).hexdigest()


def _place(unit: str) -> int:
    """Give the place of a unit: a case's, or, below all of those, that of a record of no case."""
    if not unit.startswith(_ALONE):  # T234 could be either
        return vault.place("cases", [unit])
    id_ = unit.removeprefix(_ALONE)
    name = _TABLE_OF[split_id(id_)[0]]
    return TABLES[name].number << _NUMBER_BITS | vault.place(name, [id_])


def _split(units: Collection[str]) -> tuple[set[str], set[str]]:
    """Tell the refs of cases from the ids of what belongs to none."""
    alone = {unit for unit in units if unit.startswith(_ALONE)}
    return set(units) - alone, {unit.removeprefix(_ALONE) for unit in alone}


def _touched(store: "Store") -> set[str] | None:
    """Name the units that a unit of work changed; ``None`` where it may be any of them."""
    found: set[str] = set()
    for name, states in store.changed().items():
        table, _, key = name.partition("/")
        if table == "staff":
            return None  # on which days they work moves dates in many cases
        if table in _OF_CASES:
            found.add(key.partition("/")[0])
        elif table == "tasks":
            found |= {state["case"] or _ALONE + key for state in states if state is not None}
        elif table == "legal_holds":
            found |= {state["case"] for state in states if state is not None and state["case"]}
        elif table in _TABLE_OF.values():
            found.add(_ALONE + key)
    return found


def _come_up(store: "Store", seen: int, now: int) -> set[str]:
    """Name the units that have to be looked at again because days went by."""
    if seen == now:
        return set()
    ahead = _waking(store, seen + HORIZON_DAYS + 1, now + HORIZON_DAYS)
    told = _waking(store, _TOLD + seen + 1, _TOLD + now)
    return ahead | told | _waking(store, seen + 1, now)


def _waking(store: "Store", first: int, last: int) -> set[str]:
    rows = store.vault.between("wakes", first << _UNIT_BITS, ((last + 1) << _UNIT_BITS) - 1)
    return {row["of"] for _, row in rows}


def units_of(world: World, today: date) -> dict[str, Unit]:
    """Work out from records what the index says of every unit in a world."""
    found: dict[str, Unit] = defaultdict(Unit)
    upto = today + timedelta(days=HORIZON_DAYS)
    for row, opens_on, late_on in agenda.standing(world, today, upto):
        unit = found[row.case or _ALONE + row.source]
        if row.first:
            unit.on.add(row.due_on.toordinal())
            if opens_on < row.due_on:
                unit.on.add(_TOLD + opens_on.toordinal())
        if late_on is not None and row.due_on <= upto and not _left_out(world, row):
            unit.due.append((row.due_on, late_on))
    for ref, day in _turns(world):
        if day > today:
            found[ref].on.add(_TOLD + day.toordinal())
    for task in world.tasks:
        if task.case is not None and task.done_on is None:
            found[task.case].tasks.append(task.id)
    return found


def _left_out(world: World, row: Dated) -> bool:
    """Say whether the mail does not count a row that is on the agenda (PRACTICE section 3).

    Nobody is reminded by mail of contact with a student who reaches out themselves, or in a case
    that counsel has on hold. What rests, as in a paused case, is no row at all; work and clocks of
    law are counted always.
    """
    if row.case is None or row.falls_under != "contact":
        return False
    contact = world.contact_of.get(row.case)
    theirs = contact is not None and contact.mode == "student_initiates"
    return theirs or row.case in world.on_hold


def _turns(world: World) -> Iterable[tuple[str, date]]:
    """Give the days on which a case, or a schedule of it, begins or ends to rest."""
    for case in world.cases:
        for change in case.changes:
            yield from ((case.ref, day) for day in (change.on, change.until) if day)
    for schedule in world.schedules:
        for pause in schedule.pauses:
            yield from ((schedule.case, day) for day in (pause.on, pause.until) if day)
        for span in world.own_rests(schedule):
            yield from ((schedule.case, day) for day in (span.start, span.end) if day)


def _write(store: "Store", units: dict[str, Unit], only: Collection[str] | None) -> None:
    """Write what the index says of some units, or of all there are."""
    kept = store.vault
    if only is None:
        known = [row["of"] for place, row in kept.everything("units") if place != _STAMP]
        only = {*units, *known}
    for name in sorted(only):
        _write_unit(store, name, units.get(name, Unit()))


def _write_unit(store: "Store", name: str, unit: Unit) -> None:
    kept, place = store.vault, _place(name)
    former = kept.get("units", place)
    said = former or {"of": name, "on": [], "due": [], "tasks": []}
    for day in said["on"]:
        if day not in unit.on:
            kept.delete("wakes", day << _UNIT_BITS | place)
    for day in unit.on - set(said["on"]):
        kept.put("wakes", day << _UNIT_BITS | place, {"of": name})
    rows = _write_due(store, said["due"], unit.due)
    now = {"of": name, "on": sorted(unit.on), "due": rows, "tasks": sorted(unit.tasks)}
    if not (unit.on or rows or unit.tasks):
        if former is not None:
            kept.delete("units", place)
    elif now != former:
        kept.put("units", place, now)


def _write_due(store: "Store", former: list[str], wanted: list[tuple[date, date]]) -> list[str]:
    """Write what cron may know of a unit; rows that say the same stay, under the same id."""
    missing = [(due.isoformat(), late.isoformat()) for due, late in wanted]
    rows = []
    for id_ in former:
        kept = store.vault.get("due", int(id_, 16))
        says = (kept["due_on"], kept["overdue_on"]) if kept else None
        if says in missing:
            missing.remove(says)
            rows.append(id_)
        elif kept:
            store.vault.delete("due", int(id_, 16))
    for due_on, overdue_on in missing:
        id_ = os.urandom(8).hex()
        row = {"id": id_, "due_on": due_on, "overdue_on": overdue_on, "kind": "item"}
        store.vault.put("due", int(id_, 16), row)
        rows.append(id_)
    return sorted(rows)


Doubt = Literal["older", "different"]
"""What can be wrong with the index: it was made from another calendar or by another version, and
is used no longer; or it does not follow from the records."""


def doubt(store: "Store", calendar: Calendar) -> Doubt | None:
    """Prove the index, and what cron may know, against the records, for the day it was made for.

    Args:
        store: the store.
        calendar: the district's.

    Returns:
        What is wrong with it; ``None`` where it is what follows from the records. Days on which a
        unit is looked at for nothing are not wrong.
    """
    kept = store.vault
    stamp = kept.get("units", _STAMP)
    if stamp is None or stamp["digest"] != _digest(calendar):
        return "older"
    units = {place: row for place, row in kept.everything("units") if place != _STAMP}
    days = {(place, row["of"]) for place, row in kept.everything("wakes")}
    named = {
        (day << _UNIT_BITS | place, row["of"]) for place, row in units.items() for day in row["on"]
    }
    told = {item.id: (item.due_on, item.overdue_on) for item in store.due()}
    owned = [id_ for row in units.values() for id_ in row["due"]]
    if days != named or sorted(told) != sorted(owned):
        return "different"
    expected = units_of(store.world(calendar), date.fromordinal(stamp["seen"]))
    found = {row["of"]: row for place, row in units.items() if place == _place(row["of"])}
    if len(found) != len(units):
        return "different"
    for name in {*expected, *found}:
        unit, row = expected.get(name, Unit()), found.get(name, {"on": [], "due": [], "tasks": []})
        follows = (
            unit.on <= set(row["on"])
            and sorted(unit.tasks) == row["tasks"]
            and sorted(unit.due) == sorted(told[id_] for id_ in row["due"])
        )
        if not follows:
            return "different"
    return None


def make_anew(store: "Store", calendar: Calendar, today: date) -> None:
    """Make the whole index anew from the records alone, whatever stands in it."""
    for name in ("wakes", "units", "due"):
        for place, _ in list(store.vault.everything(name)):
            store.vault.delete(name, place)
    rebuild(store, calendar, today)
