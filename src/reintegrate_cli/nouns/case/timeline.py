"""The timeline of one case: what happened, in the order in which it happened.

Recovery does not follow a neat line; nothing here is a score, and nothing is left out
because it came late. A noun joins by its row in the catalogue: its module has a function
``events`` from one of its records to what happened.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from reintegrate_cli import catalogue
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.loading import load
from reintegrate_cli.nouns.case.record import Case, Note
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule
from reintegrate_cli.nouns.task.record import Task

_HERE = ("notes", "schedules", "contacts", "tasks")
TELLERS = {
    name: catalogue.rules_of(name)
    for name in catalogue.TABLES
    if catalogue.tells(name) and name not in _HERE
}
"""Each table that tells something, and the module whose ``events`` does."""
TABLES = (*_HERE, *TELLERS)
KINDS = ("case", *dict.fromkeys(kind for name in TABLES for kind in catalogue.tells(name)))
"""Every kind of event there is."""


def events(case: Case, records: Mapping[str, Sequence[Any]]) -> list[Event]:
    """Bring everything that happened in a case into one order.

    Args:
        case: the case.
        records: its records of each of ``TABLES``.
    """
    found = [
        *_of_case(case),
        *_of_notes(records["notes"]),
        *_of_schedules(records["schedules"]),
        *_of_checkins(records["contacts"]),
        *_of_tasks(case.ref, records["tasks"]),
    ]
    for table, module in TELLERS.items():
        if records[table]:
            tell = load(module).events
            found += [event for record in records[table] for event in tell(record)]
    return sorted(found, key=lambda one: (one.on, one.kind, one.id or ""))


def _of_case(case: Case) -> Iterator[Event]:
    def event(on: date, what: str, by: str | None = None, text: str | None = None) -> Event:
        return Event(on=on, kind="case", what=what, case=case.ref, id=None, by=by, text=text)

    yield event(case.opened_on, "opened")
    if case.identified_on:
        where = f" in {case.identified_in}" if case.identified_in else ""
        yield event(case.identified_on, f"identified{where}")
    if case.moved_on:
        yield event(case.moved_on, f"moved to {case.setting}")
    for change in case.changes:
        reason = f", {change.reason}" if change.reason else ""
        until = f" until {change.until.isoformat()}" if change.until else ""
        what = change.kind.replace("_", " ") + until + reason
        yield event(change.on, what, change.by or None, change.note or None)


def _of_notes(notes: Iterable[Note]) -> Iterator[Event]:
    for note in notes:
        yield Event(
            on=note.on,
            kind="note",
            what="note",
            case=note.case,
            id=note.id,
            by=note.entered_by or None,
            text=note.text,
        )


def _of_schedules(schedules: Iterable[Schedule]) -> Iterator[Event]:
    for one in schedules:
        for choice in (*one.earlier, one.choice):
            every = f"{choice.every} {choice.day or ''}".strip()
            text = "; ".join(part for part in (choice.words, choice.reason) if part)
            yield _of_schedule(
                one,
                choice.chosen_on,
                f"{one.with_}: {every}, {choice.mode}",
                choice.asked_by or choice.chosen_by,
                text,
            )
        for pause in one.pauses:
            until = f" until {pause.until.isoformat()}" if pause.until else ""
            yield _of_schedule(one, pause.on, f"paused{until}", pause.asked_by, pause.reason)
        if one.ended_on:
            yield _of_schedule(one, one.ended_on, "ended", one.ended_by, one.why_ended)


def _of_schedule(
    schedule: Schedule, on: date, what: str, by: str | None, text: str | None
) -> Event:
    return Event(
        on=on,
        kind="schedule",
        what=what,
        case=schedule.case,
        id=schedule.id,
        by=by,
        text=text or None,
    )


def _of_checkins(checkins: Iterable[CheckIn]) -> Iterator[Event]:
    for one in checkins:
        mode = f", {one.mode}" if one.mode else ""
        to = f" to {one.to.isoformat()}" if one.to else ""
        said = "".join(
            f", {name} {scale}"
            for name, scale in (("academic", one.academic), ("social", one.social))
            if scale
        )
        outside = f"; {one.outside}" if one.outside else ""
        text = "; ".join(part for part in (one.evidence, one.reason, one.note) if part)
        what = f"{one.outcome}{to}{mode}{said}{outside}"
        yield Event(
            on=one.happened_on,
            kind="checkin",
            what=what,
            case=one.case,
            id=one.id,
            by=one.by or None,
            text=text or None,
        )


def _of_tasks(case: str, tasks: Iterable[Task]) -> Iterator[Event]:
    for one in tasks:
        if one.done_on:
            yield Event(
                on=one.done_on,
                kind="task",
                what="done",
                case=case,
                id=one.id,
                by=one.done_by or None,
                text=one.text,
            )
