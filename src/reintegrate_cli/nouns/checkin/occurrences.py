"""What is due: worked out each time, from what was agreed and what happened.

Nothing here is stored; how contacts settle dates is told in ``settling``.
"""

from collections.abc import Iterable
from datetime import date

from reintegrate_cli.core import calendar
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.nouns.checkin.facts import Ground, Occurrence, spans
from reintegrate_cli.nouns.checkin.record import CheckIn, Outcome, Schedule
from reintegrate_cli.nouns.checkin.rhythm import DAY, first_date
from reintegrate_cli.nouns.checkin.settling import Line

__all__ = ["DAY", "Ground", "Line", "Occurrence", "first_date", "spans"]


def occurrences(
    schedule: Schedule, events: Iterable[CheckIn], ground: Ground, *, upto: date
) -> list[Occurrence]:
    """List every occurrence through ``upto``, and the first unsettled one in any case.

    Args:
        schedule: the schedule.
        events: all that happened with it.
        ground: the calendar, the pauses of the case, and staff working days.
        upto: the last day that is wanted, inclusive.
    """
    return listed(Line(schedule, events, ground), upto)


def listed(line: Line, upto: date) -> list[Occurrence]:
    """List what is settled, then what is open through a day, and the first of it in any case."""
    first = line.first()
    if first is None:
        return line.settled()
    return line.settled() + (line.between(first.due_on, upto) or [first])


def next_on(line: Line) -> date | None:
    """Return the next date to show, past or not: nothing if it falls on a closed day (E2)."""
    first = line.first()
    return None if first is None or line.is_closed(first.due_on) else first.due_on


def first_promised(line: Line, upto: date, *, only: Occurrence | None = None) -> Occurrence | None:
    """Return the first open date through a day on which somebody can be met.

    Args:
        line: the dates of a schedule.
        upto: the last day that is looked at.
        only: the one date that may be it, where there are no others.
    """
    occurrence = only or line.first()
    while occurrence is not None and line.is_closed(occurrence.due_on):
        occurrence = None if only is not None else line.first(occurrence.due_on + DAY)
        if occurrence is not None and occurrence.due_on - occurrence.window * DAY > upto:
            return None
    return occurrence


def asks_from(schedule: Schedule, events: Iterable[CheckIn]) -> date:
    """Return the day from which a schedule without a date asks for one.

    That of the last contact, or of the agreement if that is later.
    """
    met = (event.happened_on for event in events if event.outcome == "done")
    return max([schedule.chosen_on, *met])


def offered(line: Line, day: date, today: date) -> tuple[date, ...]:
    """Return the open days nearest to a closed one, of those that can still be promised."""
    met = any(each.outcome == "done" and each.happened_on == today for each in line.settled())
    return line.nearest_open(day, after=today if met else today - DAY)


def check_open(line: Line, day: date, field: str, today: date) -> None:
    """Refuse to book a closed day, naming the nearest open ones, and the field that gave it.

    Raises:
        Refused: the day is closed (E2: a date is never moved silently; whom it is agreed
            with chooses another).
    """
    if line.is_closed(day):
        named = " or ".join(
            f"{calendar.short_date(each)} ({each.isoformat()})"
            for each in offered(line, day, today)
        )
        raise Refused(
            f"{calendar.short_date(day)} is a closed day",
            rule="E2",
            hint=f"the nearest open days are {named}; ask which one suits",
            fields=[field],
        )


def find_due(line: Line, day: date, outcome: Outcome) -> Occurrence:
    """Find the occurrence that has, or first had, a date, and may be given an outcome.

    Raises:
        Missing: there is none.
    """
    occurrence = line.named(day, outcome)
    if occurrence is not None:
        return occurrence
    first = line.first()
    coming = [] if first is None else line.between(first.due_on, first.due_on + 99 * DAY)[:3]
    dates = ", ".join(each.due_on.isoformat() for each in coming)
    raise Missing(
        f"nothing is due on {day.isoformat()}", hint=f"the next dates are {dates}" if dates else ""
    )


MOST_MOVED = 100


def bookings(line: Line, day: date) -> list[date | None]:
    """Return the dates that a chosen next date stands for.

    Choosing a date moves the next occurrence to it, and with it those that would have come
    before: the student asked to be met then, and not sooner. Nothing at all (one ``None``)
    for a schedule without a cadence.

    Raises:
        Usage: they are so many that most of them must have passed unnoticed.
    """
    first = line.first()
    if first is None:
        return [None]
    before = [
        occurrence.nominal for occurrence in line.between(first.due_on, day) if occurrence != first
    ]
    if len(before) > MOST_MOVED:
        raise Usage(
            "too many dates are open before that one",
            hint="record first what became of them: reintegrate checkin list",
        )
    return [first.nominal, *before]
