"""The front of ``case show``: what a person asks first of a case, in one screen.

How they meet, how often and by whose choice; when last and when next; what has a date, late
first; who is on the team. All of it follows from the schedules, the care team and the agenda,
so a noun that gives the agenda a row stands here without a word.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from reintegrate_cli.core.calendar import explain_date, explain_day, how_often, short_date
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.owning import answering, staff_of
from reintegrate_cli.core.records import RECORD_ID, counted
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.nouns.care.record import FAMILY, CareMember
from reintegrate_cli.nouns.case.record import Case, CaseRow
from reintegrate_cli.nouns.checkin.record import Schedule
from reintegrate_cli.nouns.checkin.scheduled import is_over, line_of
from reintegrate_cli.nouns.task.record import Task

Pair = tuple[str, str]

_MEETINGS = ("checkin", "conferral", "partner_checkin")
"""Rows that stand with their schedule."""
_NAMES = {"task": "to do", "hearing": "hearings", "release": "releases"}
"""What groups of dates are called, in their order; the others come after them."""
_OTHERS = "also"
_NEAR = timedelta(days=30)
"""How far ahead such others are told before they are announced."""


def front(world: World, row: CaseRow, today: date) -> Iterator[Pair]:
    """Yield names and texts, in the order in which a person asks."""
    case: Case = world.find("cases", row.ref)
    schedules = [each for each in world.in_case("schedules", row.ref) if not each.is_past(today)]
    yield row.ref, "; ".join(_standing(row))
    theirs = [each for each in schedules if each.with_ == "student"]
    for schedule in theirs:
        yield "meets", _agreed(schedule, today)
        yield from _words(schedule)
    if not theirs and row.status != "closed":
        yield "meets", f"nothing is agreed yet: checkin schedule {row.ref}"
    last = row.last_contact_on
    yield "last met", explain_date(last, today) if last else "not yet" if theirs else ""
    for schedule in theirs:
        yield "next", _next(world, schedule, row, today)
    for schedule in schedules:
        if schedule.with_ != "student":
            following = _next(world, schedule, row, today)
            yield f"with {_met(world, schedule)}", f"{_agreed(schedule, today)}; next {following}"
            yield from _words(schedule)
    yield from _dates(world, row.ref, today)
    yield "team", "; ".join(_team(case, world, today))


def _standing(row: CaseRow) -> Iterator[str]:
    """Yield how a case stands, where the student learns, and who coordinates."""
    status = label(row.status)
    if row.closed_on is not None:
        status += f" {explain_day(row.closed_on)}, {label(row.closed_reason)}"
    elif row.status == "paused":
        until = row.paused_until
        status += f" until {explain_day(until)}" if until else " until it is resumed"
    if row.pauses_on is not None:
        status += f", paused from {explain_day(row.pauses_on)} on"
    yield status
    yield f"{row.school}, grade {row.grade}" if row.grade else row.school
    yield label(row.setting)


def _agreed(schedule: Schedule, today: date) -> str:
    """Return how, how often, and by whose choice."""
    terms = schedule.terms
    how = [how_often(terms.every, terms.day), *([f"at {schedule.at}"] if schedule.at else [])]
    if terms.later_every and terms.later_on:
        how[0] += f", from {short_date(terms.later_on)} {how_often(terms.later_every, None)}"
    how.append(label(schedule.mode))
    chooser = schedule.chosen_by if schedule.chosen_by == "staff" else f"the {schedule.chosen_by}"
    text = f"{', '.join(how)} ({schedule.id}); {chooser} chose it {explain_day(schedule.chosen_on)}"
    if terms.starts > today:
        text += f", from {short_date(terms.starts)}"
    if schedule.proposed is not None:
        text += "; a change is proposed"
    if schedule.ended_on is not None:
        text += f"; ends {short_date(schedule.ended_on)}"
    for pause in schedule.pauses:
        if pause.until is None or pause.until > today:
            until = f" until {short_date(pause.until)}" if pause.until else ""
            text += f"; rests from {short_date(pause.on)}{until}"
    return text


def _words(schedule: Schedule) -> Iterator[Pair]:
    """Yield in which words it was chosen, by the student too where staff changed it."""
    for choice in (schedule.students_choice, schedule):
        if choice is not None:
            yield "in their words", choice.words


def _next(world: World, schedule: Schedule, row: CaseRow, today: date) -> str:
    """Return when next, or why no date is known."""
    if row.status in ("closed", "paused") and not row.paused_until:
        return f"none while the case is {row.status}"
    if is_over(world, schedule, today):
        return "none while contact is not open"
    line = line_of(world, schedule)
    first = line.first()
    if first is None:
        return "no date is chosen yet"
    at = f" at {first.at or schedule.at}" if first.at or schedule.at else ""
    text = f"{explain_date(first.due_on, today)}{at}"
    if line.is_closed(first.due_on):
        return f"{text}, a closed day: ask which day suits"
    return text


def _met(world: World, schedule: Schedule) -> str:
    """Return whom a schedule is with."""
    if schedule.with_ == "caregiver":
        member: CareMember | None = world.find("care", schedule.case, schedule.who)
        return label(member.role) if member else "caregiver"
    return schedule.who or schedule.with_


def _dates(world: World, ref: str, today: date) -> Iterator[Pair]:
    """Yield what else has a date: a line each, under what it is, what is late first."""
    groups: dict[str, list[tuple[bool, date, str]]] = {
        name: [] for name in (*_NAMES.values(), _OTHERS)
    }
    for row, opens_on, late_on in agenda.standing(world, today, today):
        near = row.kind in _NAMES or opens_on <= today or row.due_on <= today + _NEAR
        if row.case == ref and row.first and near and not _stands_above(row):
            late = late_on is not None and late_on <= today
            text = _dated(world, row, today, late=late)
            groups[_NAMES.get(row.kind, _OTHERS)].append((not late, row.due_on, text))
    for name, group in groups.items():
        for place, (*_, text) in enumerate(sorted(group)):
            yield "" if place else name, text


def _stands_above(row: Dated) -> bool:
    """Return whether a date is told with its schedule, as ``next``."""
    return row.kind in _MEETINGS or (row.kind == "schedule" and not row.nth)


def _dated(world: World, row: Dated, today: date, *, late: bool) -> str:
    """Return one date: the day, what it is about, and whose it is."""
    id_ = row.name.rpartition("/")[2]
    if row.kind == "release":
        return f"{row.who} through {explain_date(row.due_on, today)} ({id_})"
    when = explain_day(row.due_on) + (f" at {row.at}" if row.at else "")
    when += f", {counted((today - row.due_on).days, 'day')} late" if late else ""
    task: Task | None = world.find("tasks", id_) if row.kind == "task" else None
    if task is not None:
        return f"{when}: {task.text} ({id_}, {task.owner})"
    return f"{when}: {row.label} ({id_})" if RECORD_ID.match(id_) else f"{when}: {row.label}"


def _team(case: Case, world: World, today: date) -> Iterator[str]:
    """Yield who is on the team: who coordinates, then who else helps, and who may not."""
    if case.owner:
        answers = answering(world.records("covers"), staff_of(world), case.owner, today)
        covers = "" if answers == case.owner else f"; {answers} covers"
        yield f"{case.owner} coordinates{covers}"
    members: Sequence[CareMember] = world.in_case("care", case.ref)
    for member in members:
        if member.ended_on is None:
            parts = [f"{member.id} {label(member.role)}"]
            parts += [part for part in (member.name, member.agency) if part]
            if member.barred:
                parts.append("barred: no contact")
            elif member.role in FAMILY and member.appropriate != "yes":
                parts.append("contact not agreed")
            yield ", ".join(parts)
