"""Promising a date: that it can still be promised, that it is kept, and that it is said."""

from datetime import date
from typing import TYPE_CHECKING

from reintegrate_cli.core import calendar
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import say
from reintegrate_cli.nouns.checkin import occurrences
from reintegrate_cli.nouns.checkin.occurrences import Line
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule
from reintegrate_cli.nouns.checkin.scheduled import line_of

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def next_date(text: str | None, today: date) -> date | None:
    """Read ``--next``: a date, or nothing for ``auto``."""
    if text is None or text.lower() == "auto":
        return None
    return calendar.read_date(text, today)


def book(
    store: "Store",
    schedule: Schedule,
    day: date,
    *,
    after: date | None = None,
    outside: str | None = None,
) -> None:
    """Keep a chosen next date, as moves of the dates it stands for.

    Args:
        store: the store, in its unit of work.
        schedule: the schedule.
        day: the date that was chosen.
        after: the day of the contact that the date was agreed at.
        outside: what of it is outside of the hours that are safe.
    """
    line = line_of(session.world(store, schedule.case), schedule)
    check_free(line, day, "starts_on" if after is None else "next")
    if after is not None and day <= after:
        raise Usage("--next must not be before the contact itself", fields=["next"])
    for nominal in occurrences.bookings(line, day):
        store.checkins.put(moved(store, schedule, nominal, day, by=store.by, outside=outside))


def check_free(line: Line, day: date, field: str) -> None:
    """Require that a day can still be promised: to come, not met already, and open."""
    if day < session.today():
        raise Usage(
            "that date has passed", hint="what happened is recorded with --on", fields=[field]
        )
    if any(occurrence.due_on == occurrence.happened_on for occurrence in line.settled(day, day)):
        raise Usage("that date is already settled", hint="choose a later one", fields=[field])
    ends = line.schedule.ended_on
    if ends is not None and day >= ends:
        raise Usage(
            f"the schedule ends on {ends.isoformat()}, and nothing is due from then on",
            hint=f"reintegrate checkin resume {line.schedule.case} {line.schedule.id}"
            " takes that end back",
            fields=[field],
        )
    occurrences.check_open(line, day, field, session.today())


def moved(
    store: "Store",
    schedule: Schedule,
    nominal: date | None,
    to: date,
    *,
    by: str,
    at: str | None = None,
    note: str = "",
    reason: str = "",
    outside: str | None = None,
) -> CheckIn:
    """Make the record of a moved or booked date."""
    return CheckIn(
        case=schedule.case,
        id=store.checkins.next_id(schedule.case),
        schedule=schedule.id,
        outcome="moved",
        happened_on=session.today(),
        due_on=nominal,
        to=to,
        at=at,
        by=by,
        note=note,
        reason=reason,
        outside=outside,
    )


def say_next(line: Line, *, asking: bool = False) -> None:
    """Say the next date, or that one is to be asked for (E2)."""
    first, schedule = line.first(), line.schedule
    if first is None and schedule.ended_on is not None:
        say(f"no date is left: it ends {calendar.explain_date(schedule.ended_on, session.today())}")
        return
    if first is None:
        say("no next date is booked; ask when, then give it with --next")
        return
    meant = calendar.explain_date(first.due_on, session.today())
    if not line.is_closed(first.due_on):
        say(f"next: {meant}")
        return
    offered = occurrences.offered(line, first.due_on, session.today())
    named = " or ".join(calendar.short_date(day) for day in offered)
    say(f"next: {meant}, which is a closed day; ask which day suits: {named}")
    asked_by = schedule.chosen_by if schedule.is_theirs else "SLUG"
    if not asking:
        say(
            f"hint: reintegrate checkin move {schedule.case} --schedule {schedule.id} "
            f"--on {first.due_on} --to DATE --asked-by {asked_by}"
        )
