"""Rights at eighteen: on that day they pass from the parents to the student (rule C7).

The day follows from the birth date in ``Identity``, and tells it. ``case rights`` alone says how
many days are left; elsewhere a month is all that is told: what has to happen before that day is
spoken of from the first day of the second month before, and due on the last open day of the month
before.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Ref, Value
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case, Identity

if TYPE_CHECKING:
    from reintegrate_cli.nouns.checkin.record import Schedule

OF_AGE = 18
MONTHS_BEFORE = 2

State = Literal["unknown", "minor", "near", "transferred"]


def rights_on(birth_date: date | None) -> date | None:
    """Return the day on which rights pass to the student: the eighteenth birthday.

    Args:
        birth_date: the day of birth; the 29th of February counts on the 1st of March. Nothing
            follows from nothing, nor from a day that no calendar reaches.
    """
    if birth_date is None:
        return None
    year = birth_date.year + OF_AGE
    if year > date.max.year:
        return None
    if (birth_date.month, birth_date.day) == (2, 29):
        return date(year, 3, 1)  # eighteen years after a leap year there is none
    return birth_date.replace(year=year)


def rights_day(identity: Identity | None) -> date | None:
    """Return the day on which rights pass to a student, if their birth date is known."""
    return rights_on(identity.birth_date) if identity else None


def spoken_of(day: date, calendar: Calendar) -> tuple[date, date]:
    """Return the first and the last day for what has to happen before rights pass.

    Args:
        day: the day on which they do.
        calendar: the district's; the last day is an open one where the month has any.
    """
    last = day.replace(day=1) - timedelta(days=1)
    month = [last - timedelta(days=ahead) for ahead in range(last.day)]
    return near_from(day), next((each for each in month if not calendar.is_closed(each)), last)


def near_from(day: date) -> date:
    """Return the day from which the transfer is spoken of: the first of the second month before."""
    months = 12 * day.year + day.month - 1 - MONTHS_BEFORE
    return date(months // 12, months % 12 + 1, 1)


def transferred(identity: Identity | None, today: date) -> bool:
    """Return whether the rights have passed to the student; no while that is unknown."""
    day = rights_day(identity)
    return day is not None and day <= today


def days_left(identity: Identity | None, today: date) -> int | None:
    """Count the days to the transfer, from the day on which it is spoken of."""
    day = rights_day(identity)
    return (day - today).days if day is not None and near_from(day) <= today < day else None


def state(identity: Identity | None, today: date) -> State:
    """Return how things stand, without a date."""
    if identity is None or identity.birth_date is None:
        return "unknown"
    if transferred(identity, today):
        return "transferred"
    return "near" if days_left(identity, today) is not None else "minor"


class Rights(Value, frozen=True, kw_only=True):
    """How the transfer of rights stands in a case; no date that tells the birth date.

    ``parent_access`` is whether a parent may see the file; ``suspended`` names the releases that
    others signed, and what a caregiver had chosen, which end on that day;
    ``to_ask`` what goes on and is now the student's to choose.
    """

    case: Ref[str]
    state: Public[State]
    days_left: Public[int | None]
    told_on: Public[date | None]
    parent_access: Public[bool]
    suspended: Ref[tuple[str, ...]]
    to_ask: Ref[tuple[str, ...]]


def view(
    ref: str,
    identity: Identity | None,
    schedules: "Iterable[Schedule]",
    today: date,
    releases: Sequence[str] = (),
    *,
    counted: bool = True,
) -> Rights:
    """Return how the transfer stands, and what it takes away or will take away.

    Args:
        ref: the case.
        identity: who the student is.
        schedules: the schedules of the case.
        today: the day asked about.
        releases: the ids of those that others signed for the student, and that stand.
        counted: whether the days that are left are told.
    """
    theirs = [
        schedule
        for schedule in schedules
        if schedule.chosen_by == "caregiver" and not schedule.is_past(today)
    ]
    return Rights(
        case=ref,
        state=state(identity, today),
        days_left=days_left(identity, today) if counted else None,
        told_on=identity.rights_told_on if identity else None,
        parent_access=not transferred(identity, today),
        suspended=(
            *releases,
            *(schedule.id for schedule in theirs if schedule.with_ == "caregiver"),
        ),
        to_ask=tuple(schedule.id for schedule in theirs if schedule.with_ != "caregiver"),
    )


def told(identity: Identity | None, on: date) -> Identity:
    """Keep that the student was told, which settles what the agenda asks (C7).

    Raises:
        Usage: no birth date is on record, or that day was too early to speak of it.
    """
    day = rights_day(identity)
    if identity is None or day is None:
        raise Usage(
            "no birth date is on record, so no date follows from it",
            hint=f"reintegrate case edit {identity.case if identity else 'REF'} keeps it, sealed",
            fields=["told_on"],
        )
    if on < near_from(day):
        raise Usage(
            "rights are spoken of from the second month before they pass, not earlier",
            fields=["told_on"],
        )
    return replace(identity, rights_told_on=on)


def check_chooser(identity: Identity | None, chosen_by: str | None, today: date) -> None:
    """Require that from eighteen on no caregiver chooses for the student (C7).

    Raises:
        Refused: a caregiver was named.
    """
    if chosen_by == "caregiver" and transferred(identity, today):
        raise Refused(
            "the student is of age: a caregiver does not choose for them any more",
            rule="C7",
            fields=["chosen_by"],
            hint="ask the student, then say student",
        )


def dates(identity: Identity, world: World) -> Iterator[Dated]:
    """Ask that the student is told before rights pass to them (C7).

    The row tells a month and no day. Who was of age when the case opened is not told here.
    """
    day = rights_day(identity)
    case: Case = world.find("cases", identity.case)
    if day is None or identity.rights_told_on is not None or day <= case.opened_on:
        return
    announced_on, due_on = spoken_of(day, world.calendar)
    yield world.row(
        identity.case,
        "rights",
        label="tell the student of rights at 18",
        command=f"reintegrate case rights {identity.case} --told-on DATE",
        due_on=due_on,
        announced_on=announced_on,
        kind="birthday",
    )


def events(identity: Identity) -> Iterator[Event]:
    """Yield that the student was told of their rights; not the day on which they pass."""
    if identity.rights_told_on is not None:
        yield event_of(identity, "rights", identity.rights_told_on, "told about the rights at 18")
