"""What a schedule gives the agenda: the dates of check-ins, and what asks for one."""

from collections.abc import Iterator
from datetime import date, timedelta

from reintegrate_cli.core.rows import Dated, Kind
from reintegrate_cli.due.world import World
from reintegrate_cli.nouns.case import record as case_rules
from reintegrate_cli.nouns.case.record import Span
from reintegrate_cli.nouns.checkin import occurrences as derive
from reintegrate_cli.nouns.checkin.record import Schedule

_KINDS: dict[str, Kind] = {
    "student": "checkin",
    "caregiver": "checkin",
    "staff": "conferral",
    "partner": "partner_checkin",
}


def dates(schedule: Schedule, world: World, since: date, upto: date) -> Iterator[Dated]:
    """Give the first unsettled date of a schedule, and the later ones of some days.

    A date on a closed day, and a schedule with no date at all, become a ``schedule`` row
    that asks for one (E2): a next appointment is always booked, or the agenda says so. Of a
    schedule that counts from the last contact, the next date is the only one there is.
    """
    if world.is_over(schedule):
        return
    line = world.line(schedule)
    yield from _suits_still(schedule, world, line.rests)
    first = line.first()
    if first is None:
        if schedule.cadence is None:
            due = derive.asks_from(schedule, world.events_of(schedule))
            yield _row(schedule, world, due, True, line.rests)
        return
    follows = schedule.terms.anchor == "last" and schedule.cadence is not None
    # A date that asks for another is never late: the first that was promised is, after it.
    promised = derive.first_promised(line, upto, only=first if follows else None)
    later = [] if follows else line.between(max(since, first.due_on + timedelta(days=1)), upto)
    for one in dict.fromkeys((first, *([promised] if promised else []), *later)):
        yield _row(
            schedule,
            world,
            one.due_on,
            line.is_closed(one.due_on),
            line.rests,
            window=one.window,
            at=one.at,
            first=one in (first, promised),
            origin=one.nominal,
        )


def _suits_still(schedule: Schedule, world: World, rests: tuple[Span, ...]) -> Iterator[Dated]:
    """Ask whether a rhythm still suits, once a case is taken up again."""
    again = case_rules.reopenings(world.by_ref[schedule.case])
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
    several = sum(not world.is_over(one) for one in world.schedules_of[schedule.case])
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
