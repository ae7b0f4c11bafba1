"""The index of dates: from which day on each case, and each record of no case, is looked at.

It is a cache, sealed like the rest and written in the same unit of work; what is due is
worked out from the records each time, of those cases alone whose day has come. A test holds
it equal to what follows from the records.

Three tables: ``wakes`` has a row by day for each day on which something of a unit (a case
with its tasks, or one record of no case, such as a task or an MOU) is due, is announced, or
begins or ends to rest; ``units`` says by unit which rows of it those are; ``due`` holds what cron
may know (see ``reminders``).
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from reintegrate_cli.catalogue import BY_ID, OF_A_CASE, TABLES, Table
from reintegrate_cli.core.calendar import FOR_GOOD, Calendar
from reintegrate_cli.core.filing import ALONE, Row
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import plain, same_slug, split_id
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.due.agenda import HORIZON_DAYS
from reintegrate_cli.kept.store import Store

if TYPE_CHECKING:
    from reintegrate_cli.core.shelf import Shelf

_VERSION = 9
"""Raised when the same records would give other rows, so that the index is made anew."""
_ALONE = "/"
"""Begins the name of what has a date and belongs to no case, such as ``/T3``."""
_READ = {name: table for name, table in TABLES.items() if table.dated or table.grounds}
"""What dates are worked out from."""
_TABLE_OF = {table.id: name for name, table in _READ.items() if table.key == BY_ID}
"""By the letters of its id, the table of a record that has dates and belongs to no case."""
_TASKS = [name for name, table in _READ.items() if table.key == BY_ID and table.case_field]
"""Those of which a record may belong to a case, and is found by its id alone."""
_CLOSED = [name for name, table in _READ.items() if table.closed]
_TOLD = 1 << 23
"""Added to the days that count from today, whatever days an agenda shows: on which something
is announced, or begins or ends to rest. The others are days on which something is due."""


Rests = tuple[tuple[date, date], ...]
Due = tuple[date, date, Rests]
"""What cron may know: when something is due, from when it is late, and when it rests meanwhile."""


class Unit(msgspec.Struct):
    """What the index says of one unit."""

    on: set[int] = set()
    due: list[Due] = []
    tasks: list[str] = []


def renew(store: Store, calendar: Calendar, today: date) -> World | None:
    """Bring the index up to date with what this unit of work changed, and with the day.

    Return what it was worked out from; nothing if nothing with dates changed.

    Args:
        store: the store, in its unit of work.
        calendar: the district's; where it changed since, everything is worked out again.
        today: the day of the agenda; rows for cron reach ``HORIZON_DAYS`` ahead of it.
    """
    stamp = store.shelf.get("units", ALONE)
    changed = _touched(store)
    if stamp is None or changed is None or not _holds(store, stamp, calendar, today):
        return rebuild(store, calendar, today)
    units = changed | _come_up(store, stamp["seen"], today.toordinal())
    read = _world(store, calendar, units, whole=True) if units else None
    if read is not None:
        _write(store, units_of(read, today), units)
    if stamp["seen"] != today.toordinal():
        store.shelf.put("units", ALONE, {**stamp, "seen": today.toordinal()})
    store.note_write(today)
    return read


def world_upto(store: Store, calendar: Calendar, today: date, upto: date) -> World:
    """Read what the agenda of some days is worked out from alone.

    Args:
        store: the store.
        calendar: the district's.
        today: the day of the agenda.
        upto: its last day.
    """
    stamp = store.shelf.get("units", ALONE)
    if stamp is None or not _holds(store, stamp, calendar, today):
        return world(store, calendar)
    due = _waking(store, 0, max(today, upto).toordinal())
    due |= _waking(store, _TOLD, _TOLD + today.toordinal())
    return _world(store, calendar, due)


def _world(
    store: Store, calendar: Calendar, units: Collection[str], *, whole: bool = False
) -> World:
    """Read the records of some units; if they are most of them, all are read at once."""
    known = store.shelf.count("cases") + store.shelf.count("tasks")
    return world(store, calendar, units if 2 * len(units) <= known else None, whole=whole)


def world(
    store: Store, calendar: Calendar, units: Collection[str] | None = None, *, whole: bool = False
) -> World:
    """Read all that dates are worked out from.

    Args:
        store: the store.
        calendar: the district's.
        units: the cases that are wanted with their open tasks, and what is wanted besides and
            belongs to none; everything, if left out.
        whole: whether what is with somebody alone is in it, whoever is at the keyboard: for what is
            kept, and never for a screen.
    """
    if units is not None:
        store.shelf.expect([unit for unit in units if not unit.startswith(_ALONE)])
    records = {name: _records(store, name, table, units) for name, table in _READ.items()}
    for name in () if whole else _CLOSED:
        eyes = store.eyes(name) if records[name] else None
        if eyes is not None:
            records[name] = [each for each in records[name] if eyes.may_see(each)]
    on_hold = (row["case"] for row in store.shelf.rows("legal_holds") if not row["released_on"])
    made = World(calendar, records, frozenset(on_hold))
    made.mailed_to = _mailed_to(store)
    return made


def _mailed_to(store: Store) -> str:
    if not store.shelf.opens("mail"):
        return ""
    settings = store.shelf.get("mail", ALONE) or {}
    return str(settings.get("whose") or "")


def _records(store: Store, name: str, table: Table, units: Collection[str] | None) -> Sequence[Any]:
    """Read the records of a table; its module loads if there are any."""
    if not store.shelf.is_used(name):
        return ()
    if units is not None and name in _TASKS:
        ids = sorted(_ids(store, name, units))
        store.shelf.expect(**{name: ids})
        return [task for id_ in ids if (task := store.table(name).find(id_)) is not None]
    refs = None if units is None else [unit for unit in units if not unit.startswith(_ALONE)]
    wanted = table.dated_with
    documents = [
        document
        for document in store.documents(name, refs)
        if not wanted or document.get(wanted) is not None
    ]
    return store.table(name).decoded(documents) if documents else ()


def _ids(store: Store, name: str, units: Collection[str]) -> set[str]:
    """Return what is wanted of a table in which a record may belong to a case."""
    alone = {unit.removeprefix(_ALONE) for unit in units if unit.startswith(_ALONE)}
    ids = {id_ for id_ in alone if _TABLE_OF[split_id(id_)[0]] == name}
    field = TABLES[name].case_field
    for key, (_, state) in store.changed().items():
        if key.startswith(f"{name}/") and state is not None and state[field] in units:
            ids.add(state["id"])
    if store.shelf.get("units", ALONE) is None:
        tasks = store.table(name).decoded(store.documents(name, units))
        return ids | {task.id for task in tasks if not task.is_over}
    for unit in units:
        row = None if unit.startswith(_ALONE) else store.shelf.get("units", [unit])
        ids |= set(row["tasks"] if row else ())
    return ids


def forget(store: Store, case: str) -> None:
    """Take a case out of the index, and what cron may know of it."""
    _write(store, {}, {case})


def rebuild(store: Store, calendar: Calendar, today: date) -> World:
    """Make the whole index anew, and return what it was worked out from."""
    read = world(store, calendar, whole=True)
    _write(store, units_of(read, today), None)
    store.shelf.put("units", ALONE, {"digest": _digest(store, calendar), "seen": today.toordinal()})
    store.note_write(today)
    return read


def _holds(store: Store, stamp: Mapping[str, Any], calendar: Calendar, today: date) -> bool:
    """Return whether the index was from the same calendar, for the same mail, and not later."""
    same: bool = stamp["digest"] == _digest(store, calendar)
    return same and stamp["seen"] <= today.toordinal()


def _digest(store: Store, calendar: Calendar) -> str:
    text = f"{_VERSION} {plain(sorted(calendar.closures))} {plain(calendar.years)}"
    text += f" {_mailed_to(store)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _touched(store: Store) -> set[str] | None:
    """Return the units that a unit of work changed; ``None`` if it may be any of them."""
    units: set[str] = set()
    for name, states in store.changed().items():
        table, _, key = name.partition("/")
        row = TABLES[table]
        if table in _READ and table in OF_A_CASE:
            units.add(key.partition("/")[0])
        elif row.grounds:
            return None  # on which days staff work moves dates in many cases
        elif row.case_field and (row.dated or table == "legal_holds"):
            cases = {state[row.case_field] for state in states if state is not None}
            units |= {case or _ALONE + key for case in cases if case or row.dated}
        elif row.dated:
            units.add(_ALONE + key)
    return units


def _come_up(store: Store, seen: int, now: int) -> set[str]:
    """Return the units that have to be looked at again because days went by."""
    if seen == now:
        return set()
    ahead = _waking(store, seen + HORIZON_DAYS + 1, now + HORIZON_DAYS)
    return ahead | _waking(store, _TOLD + seen + 1, _TOLD + now) | _waking(store, seen + 1, now)


def _waking(store: Store, first: int, last: int) -> set[str]:
    return {row["of"] for row in store.shelf.between("wakes", first, last)}


def units_of(world: World, today: date) -> dict[str, Unit]:
    """Work out from records what the index says of every unit in a world."""
    units: dict[str, Unit] = defaultdict(Unit)
    upto = today + timedelta(days=HORIZON_DAYS)
    for row, opens_on, late_on in agenda.standing(world, today, upto):
        unit = units[row.case or _ALONE + row.source]
        for span in agenda.rests_of(world, row):
            days = (day.toordinal() for day in (span.start, span.end) if day and day > today)
            unit.on.update(_TOLD + day for day in days)
        if row.first:
            unit.on.add(row.due_on.toordinal())
            if opens_on < row.due_on:
                unit.on.add(_TOLD + opens_on.toordinal())
        if late_on is not None and row.due_on <= upto and not _left_out(world, row):
            unit.due.append((row.due_on, late_on, _rests(world, row, today)))
    for name in _TASKS:
        for task in world.records(name):
            if (case := getattr(task, TABLES[name].case_field)) is not None and not task.is_over:
                units[case].tasks.append(task.id)
    return units


def _rests(world: World, row: Dated, today: date) -> Rests:
    """Return the days to come on which a row rests, as far as cron may know them.

    What rests from the birthday on that hands rights over is not told: nobody reads a birth date
    out of what cron has.
    """
    from reintegrate_cli.nouns.case.rights import rights_day

    birthday = rights_day(world.find("identities", row.case)) if row.case else None
    spans = agenda.rests_of(world, row)
    days = {
        (span.start, span.end or FOR_GOOD)
        for span in spans
        if span.start > today and span.start != birthday
    }
    return tuple(sorted(days))


def _left_out(world: World, row: Dated) -> bool:
    """Return whether the mail does not count a row that is on the agenda (PRACTICE section 3).

    Nobody is reminded by mail of contact with a student who reaches out themselves, or in a case
    that counsel has on hold. What rests, as in a paused case, is no row at all; work and clocks of
    law are counted always, but for what is with somebody alone whose mail it is not.
    """
    if row.alone and not same_slug(row.alone[0], world.mailed_to):
        return True
    if row.case is None or row.falls_under != "contact":
        return False
    contact = world.find("contact", row.case)
    theirs = contact is not None and contact.mode == "student_initiates"
    return theirs or row.case in world.on_hold


def _write(store: Store, units: dict[str, Unit], only: Collection[str] | None) -> None:
    """Write what the index says of some units, or of all there are."""
    if only is None:
        stamp = store.shelf.get("units", ALONE)
        only = {*units, *(row["of"] for row in store.shelf.rows("units") if row != stamp)}
    former = {name: store.shelf.get("units", [name]) for name in sorted(only)}
    store.shelf.expect(due=[id_ for row in former.values() if row for id_ in row["due"]])
    for name, row in former.items():
        _write_unit(store.shelf, name, row, units.get(name, Unit()))


def _write_unit(shelf: "Shelf", name: str, former: Row | None, unit: Unit) -> None:
    before = former or {"of": name, "on": [], "due": [], "tasks": []}
    for day in before["on"]:
        if day not in unit.on:
            shelf.delete("wakes", [str(day), name])
    for day in unit.on - set(before["on"]):
        shelf.put("wakes", [str(day), name], {"of": name})
    rows = _write_due(shelf, before["due"], unit.due)
    now = {"of": name, "on": sorted(unit.on), "due": rows, "tasks": sorted(unit.tasks)}
    if not (unit.on or rows or unit.tasks):
        if former is not None:
            shelf.delete("units", [name])
    elif now != former:
        shelf.put("units", [name], now)


def _write_due(shelf: "Shelf", former: list[str], wanted: list[Due]) -> list[str]:
    """Write what cron may know of a unit; rows that say the same stay, under the same id."""
    missing = [
        plain({"due_on": due, "overdue_on": late, "rests": rests, "kind": "item"})
        for due, late, rests in wanted
    ]
    rows = []
    for id_ in former:
        row = shelf.get("due", [id_])
        says = {name: value for name, value in row.items() if name != "id"} if row else None
        if says in missing:
            missing.remove(says)
            rows.append(id_)
        elif row:
            shelf.delete("due", [id_])
    for says in missing:
        id_ = os.urandom(8).hex()
        shelf.put("due", [id_], {"id": id_, **says})
        rows.append(id_)
    return sorted(rows)


Doubt = Literal["older", "different"]
"""What can be wrong with the index: it was made from another calendar or by another version, and
is used no longer; or it does not follow from the records."""


def doubt(store: Store, calendar: Calendar) -> Doubt | None:
    """Prove the index, and what cron may know, against the records, for the day it was made for.

    Args:
        store: the store.
        calendar: the district's.

    Returns:
        What is wrong with it; ``None`` if it is what follows from the records. Days on which a
        unit is looked at for nothing are not wrong.
    """
    shelf = store.shelf
    stamp = shelf.get("units", ALONE)
    if stamp is None or stamp["digest"] != _digest(store, calendar):
        return "older"
    rows = [row for row in shelf.rows("units") if row != stamp]
    units = {row["of"]: row for row in rows}
    told = {item.id: (item.due_on, item.overdue_on, item.rests) for item in store.due()}
    owned = [id_ for row in rows for id_ in row["due"]]
    if len(units) != len(rows) or sorted(told) != sorted(owned) or not _is_filed(shelf, units):
        return "different"
    expected = units_of(world(store, calendar, whole=True), date.fromordinal(stamp["seen"]))
    for name in {*expected, *units}:
        unit, row = expected.get(name, Unit()), units.get(name, {"on": [], "due": [], "tasks": []})
        follows = (
            unit.on <= set(row["on"])
            and sorted(unit.tasks) == row["tasks"]
            and sorted(unit.due) == sorted(told[id_] for id_ in row["due"])
        )
        if not follows:
            return "different"
    return None


def _is_filed(shelf: "Shelf", units: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether each unit and each of its days is under its own key, and nothing else is."""
    days = [(str(day), name) for name, row in units.items() for day in row["on"]]
    return (
        shelf.count("wakes") == len(days)
        and all(shelf.get("wakes", key) == {"of": key[1]} for key in days)
        and all(shelf.get("units", [name]) == row for name, row in units.items())
    )


def make_anew(store: Store, calendar: Calendar, today: date) -> None:
    """Make the whole index anew from the records alone, whatever stands in it."""
    for name in (name for name, table in TABLES.items() if table.archived == "never"):
        store.shelf.clear(name)
    rebuild(store, calendar, today)
