"""What a schedule gives the agenda and the timeline: its dates, and what asks for one.

What its dates rest on besides, such as the pauses of its case, is read from the world.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.calendar import Span, how_often
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.records import has_sound_days
from reintegrate_cli.core.rows import Dated, Kind, Undated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case import record as case_rules
from reintegrate_cli.nouns.case.record import Case, Status
from reintegrate_cli.nouns.checkin import occurrences as derive
from reintegrate_cli.nouns.checkin.occurrences import Ground, Line
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule

if TYPE_CHECKING:
    from reintegrate_cli.core.working import Hands

_KINDS: dict[str, Kind] = {
    "student": "checkin",
    "caregiver": "checkin",
    "staff": "conferral",
    "partner": "partner_checkin",
}


def events_of(world: World, schedule: Schedule) -> list[CheckIn]:
    """List what happened with a schedule."""
    events: Sequence[CheckIn] = world.in_case("contacts", schedule.case)
    return [event for event in events if event.schedule == schedule.id]


def line_of(world: World, schedule: Schedule) -> Line:
    """Lay what happened over the dates of a schedule.

    What lies beyond all bounds is left out; the agenda names it.
    """
    events = [event for event in events_of(world, schedule) if has_sound_days(event)]
    return Line(schedule, events, ground_of(world, schedule))


def ground_of(world: World, schedule: Schedule) -> Ground:
    """Return what the schedule's dates depend on."""
    case: Case | None = world.find("cases", schedule.case)
    rests = case_rules.rests(case, "contact") if case else ()
    rests = (*rests, *own_rests(world, schedule))
    return Ground(world.calendar, rests, _hands(world, schedule, case))


def _hands(world: World, schedule: Schedule, case: Case | None) -> "Hands | None":
    """Return who has to work on its days; nothing if no date moves because of that."""
    if not world.is_part_time:
        return None
    from reintegrate_cli.core.working import hands_of

    return hands_of(
        world,
        _KINDS[schedule.with_],
        case.school if case else None,
        home=(case.owner or case.entered_by) if case else "",
        met=schedule.who if schedule.with_ == "staff" else None,
    )


def own_rests(world: World, schedule: Schedule) -> tuple[Span, ...]:
    """List the days on which nobody is met by a schedule, whatever was agreed.

    It ended, or will; the student wants no contact for a while (D2); or a caregiver chose for
    themselves, and from eighteen on the student does (C7).
    """
    person = _met(world, schedule)
    rests: tuple[Span, ...] = person.rests if person else ()
    if schedule.ended_on is not None:
        rests = (*rests, Span(schedule.ended_on, None))
    if schedule.with_ == "caregiver" and schedule.chosen_by == "caregiver":
        from reintegrate_cli.nouns.case.rights import rights_day

        day = rights_day(world.find("identities", schedule.case))
        if day is not None and schedule.chosen_on < day:
            return (*rests, Span(day, None))
    return rests


def _met(world: World, schedule: Schedule) -> Any:
    """Return what stands of a student's or caregiver's contact; ``None`` for anybody else."""
    if schedule.with_ == "student":
        return world.find("contact", schedule.case)
    return (
        world.find("care", schedule.case, schedule.who) if schedule.with_ == "caregiver" else None
    )


def is_over(world: World, schedule: Schedule, today: date) -> bool:
    """Return whether a schedule has no dates, until somebody writes something else.

    It ended, or contact is not open: the student reaches out themselves (D2), or a
    caregiver was not recorded as appropriate (E9).
    """
    if schedule.is_past(today):
        return True
    person = _met(world, schedule)
    if schedule.with_ == "caregiver":
        return person is None or not person.may_be_contacted
    return person is not None and person.is_silent


def status_of(world: World, case: Case, today: date) -> Status:
    """Work out how a case stands."""
    scheduled = bool(world.in_case("schedules", case.ref))
    return case_rules.status(case, today=today, scheduled=scheduled)


def is_asleep(world: World, schedule: Schedule, today: date) -> bool:
    """Return whether nothing about a schedule is due at all: it is over, or its case closed."""
    case: Case | None = world.find("cases", schedule.case)
    return (
        case is None or is_over(world, schedule, today) or status_of(world, case, today) == "closed"
    )


_AHEAD = timedelta(days=366)
"""How far after a date on a closed day the next one is looked for that is open."""


def dates(schedule: Schedule, world: World) -> Iterator[Dated]:
    """Yield the first unsettled date of a schedule, and the later ones of the days asked about.

    A date on a closed day, and a schedule with no date at all, become a ``schedule`` row
    that asks for one (E2): a next appointment is always booked, or the agenda says so. Of a
    schedule that counts from the last contact, the next date is the only one there is.
    """
    if is_over(world, schedule, world.since):
        return
    line = line_of(world, schedule)
    yield from _suits_still(schedule, world, line.rests)
    first = line.first()
    if first is None:
        if schedule.cadence is None:
            due = derive.asks_from(schedule, events_of(world, schedule))
            yield _row(schedule, world, due, True, line.rests)
        return
    follows = schedule.terms.anchor == "last" and schedule.cadence is not None
    # A date that asks for another is never late: the first that was promised is, after it. How far
    # ahead that one is looked for does not depend on the days that are asked about.
    promised = derive.first_promised(line, first.due_on + _AHEAD, only=first if follows else None)
    later = (
        []
        if follows
        else line.between(max(world.since, first.due_on + timedelta(days=1)), world.upto)
    )
    for occurrence in dict.fromkeys((first, *([promised] if promised else []), *later)):
        yield _row(
            schedule,
            world,
            occurrence.due_on,
            line.is_closed(occurrence.due_on),
            line.rests,
            window=occurrence.window,
            at=occurrence.at,
            first=occurrence in (first, promised),
            origin=occurrence.nominal,
        )


def _suits_still(schedule: Schedule, world: World, rests: tuple[Span, ...]) -> Iterator[Dated]:
    """Ask whether a rhythm still suits, once a case is taken up again."""
    again = case_rules.reopenings(world.find("cases", schedule.case))
    if len(again) > schedule.agreed_after:
        chosen_by = (schedule.students_choice or schedule).chosen_by
        yield world.row(
            schedule.case,
            schedule.id,
            label=f"{schedule.with_}: does the rhythm still suit, asked",
            command=f"reintegrate checkin edit {schedule.case} {schedule.id}"
            f" --chosen-by {chosen_by}",
            due_on=again[-1],
            kind="schedule",
            with_=schedule.with_,
            who=schedule.who,
            mode=schedule.mode,
            chosen_by=schedule.chosen_by,
            rests=rests,
            nth=len(again),
        )


def _row(
    schedule: Schedule,
    world: World,
    due: date,
    closed: bool,
    rests: tuple[Span, ...],
    *,
    window: int = 0,
    at: str | None = None,
    first: bool = True,
    origin: date | None = None,
) -> Dated:
    schedules = world.in_case("schedules", schedule.case)
    several = sum(not is_over(world, each, world.since) for each in schedules)
    pick = f" --schedule {schedule.id}" if several > 1 else ""
    if closed:
        chosen_by = (schedule.students_choice or schedule).chosen_by
        asked = chosen_by if schedule.is_guarded else "SLUG"
        command = (
            f"reintegrate checkin move {schedule.case}{pick} --on {due} --to DATE"
            f" --asked-by {asked}"
        )
    else:
        command = f"reintegrate checkin done {schedule.case}{pick}"
    return world.row(
        schedule.case,
        schedule.id,
        label=f"{schedule.with_}: choose a date" if closed else f"{schedule.with_} check-in",
        command=command,
        due_on=due,
        kind="schedule" if closed else _KINDS[schedule.with_],
        with_=schedule.with_,
        who=schedule.who,
        mode=schedule.mode,
        at=at or schedule.at,
        window=window,
        chosen_by=schedule.chosen_by,
        rests=rests,
        first=first,
        origin=origin,
    )


def left_open(schedule: Schedule, today: date) -> Iterator[Undated]:
    """Yield a schedule that runs on, whether it has a date or not."""
    if not schedule.is_past(today):
        yield Undated("check-in schedule", f"{schedule.with_} check-in")


def events(schedule: Schedule) -> Iterator[Event]:
    """Yield each time that something was agreed, each pause, and the end."""
    tell = partial(event_of, schedule, "schedule")
    for choice in (*schedule.earlier, schedule.choice):
        text = "; ".join(part for part in (choice.words, choice.reason) if part)
        what = f"{schedule.with_}: {how_often(choice.every, choice.day)}, {choice.mode}"
        by = choice.asked_by or choice.chosen_by
        yield tell(choice.chosen_on, what, by=by, text=text)
    for pause in schedule.pauses:
        until = f" until {pause.until.isoformat()}" if pause.until else ""
        yield tell(pause.on, f"paused{until}", by=pause.asked_by, text=pause.reason)
    if schedule.ended_on:
        who, why = schedule.ended_by, schedule.why_ended
        yield tell(schedule.ended_on, "ended", by=who, text=why)
