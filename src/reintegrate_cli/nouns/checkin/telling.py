"""What is agreed or entered, beside what the student said is safe (D1, D4).

A way, a day or an hour outside of that is said at once, and takes the student's word: they may
choose it all the same, and nobody else does for them.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.errors import Refused
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import say
from reintegrate_cli.nouns.checkin import suiting
from reintegrate_cli.nouns.checkin.record import CheckIn, Mode, Schedule

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_SAID_BY = ("chosen_by", "asked_by", "by")
"""The fields that say whose word it is."""


def check_agreed(store: "Store", schedule: Schedule, given: Any) -> str | None:
    """Compare how, when and at what time a schedule meets with what is safe.

    Args:
        store: the store, in its unit of work.
        schedule: as it will be kept.
        given: the form of the command.

    Returns:
        What is outside of that, by the student's word; nothing if all is inside.

    Raises:
        Refused: it is outside of that, and not the student's word.
    """
    problem = suiting.unsuited_schedule(
        store.contact.find(schedule.case),
        schedule,
        session.current.district.school_hours,
        starts=given.starts_on is not None,
    )
    return _by_their_word(problem, schedule, given)


def check_booked(
    store: "Store", schedule: Schedule, day: date, at: str | None, given: Any
) -> str | None:
    """Compare a date that is promised with what is safe.

    Returns:
        What is outside of that, by the student's word; nothing if all is inside.

    Raises:
        Refused: it is outside of that, and not the student's word.
    """
    return _by_their_word(_problem(store, schedule, schedule.mode, day, at), schedule, given)


def check_happened(store: "Store", schedule: Schedule, event: CheckIn, given: Any) -> str | None:
    """Compare how somebody met, or tried to, with what is safe.

    Returns:
        What was outside of that; nothing if all was inside, or as agreed.

    Raises:
        Refused: it was another way than what was agreed, and nothing says that the student
            chose it, or did not.
    """
    if event.outcome not in ("done", "attempted"):
        return None
    mode = event.mode or schedule.mode
    problem = _problem(store, schedule, mode, event.happened_on, None)
    if problem is None:
        return None
    if mode != schedule.mode and given.student_agreed is None:
        return _by_their_word(problem, schedule, given)
    if mode == schedule.mode and _was_agreed(store, schedule, event.happened_on):
        return None
    message = f"{problem.message} ({problem.rule})"
    say(message)
    return message


def _was_agreed(store: "Store", schedule: Schedule, day: date) -> bool:
    from reintegrate_cli.nouns.checkin.scheduled import line_of

    return bool(line_of(session.world(store, schedule.case), schedule).between(day, day))


def _problem(
    store: "Store", schedule: Schedule, mode: Mode, day: date, at: str | None
) -> Refused | None:
    contact = store.contact.find(schedule.case)
    hours = session.current.district.school_hours
    return suiting.unsuited_days(contact, schedule, mode, [day], at, hours)


def _by_their_word(problem: Refused | None, schedule: Schedule, given: Any) -> str | None:
    if problem is None:
        return None
    people = {str(getattr(given, name, "")).casefold() for name in _SAID_BY}
    theirs = people & {"student", schedule.with_} & {"student", "caregiver"}
    if not given.student_agreed and (given.student_agreed is not None or not theirs):
        raise problem
    told = f"{problem.message} ({problem.rule})"
    say(f"{told}; it is kept, since they chose it so")
    return told
