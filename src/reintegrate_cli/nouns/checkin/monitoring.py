"""How a student fares at school, as staff who confer say it (clauses 32 and 33, rule E4).

Two ordinary scales, academic and social, each with what was seen. Nothing is added up or
averaged, and nobody scores a student at a visit.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

from reintegrate_cli.core.calendar import parse_cadence, short_date
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.records import Private, Public, Ref, Value, number_of
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.checkin.record import STAFF_DEFAULT, CheckIn, With
from reintegrate_cli.nouns.checkin.scheduled import events_of, status_of

WORDS = ("not yet", "now and then", "mostly", "steadily")
"""What 1 to 4 stand for: on track not yet, now and then, mostly, steadily."""
MARKS = "▁▃▅▇"
NO_MARKS = "    "
"""For a terminal that cannot show the others; the numbers say the same."""
_COLUMN = 8
_NAMES = ("academic", "social")
Status = Literal["never", "late", "recent"]
STATUSES: tuple[Status, ...] = ("never", "late", "recent")


def check_conferral(with_: With, event: CheckIn) -> None:
    """Require that scales come from a conferral of staff, and say what was seen (E4).

    Raises:
        Refused: the check-in is not a conferral, there is a scale without evidence, or evidence
            without a scale.
    """
    scales = [name for name in _NAMES if getattr(event, name) is not None]
    if not scales and not event.evidence:
        return
    if with_ != "staff":
        raise Refused(
            "nobody scores a student at a visit"
            if with_ == "student"
            else "the scales are for staff who confer about the student",
            rule="E4",
            fields=[*scales, *(["evidence"] if event.evidence else [])],
            hint="what was said goes into the note; how school goes, reintegrate checkin done"
            f" {event.case} --schedule ID records for a schedule with staff",
        )
    if not event.evidence:
        raise Refused(
            "a scale needs a line on what was seen",
            rule="E4",
            fields=["evidence"],
            hint="give the key evidence with --from, such as attendance or work handed in",
        )
    if not scales:
        raise Refused(
            "evidence needs the scale that it is about",
            rule="E4",
            fields=list(_NAMES),
            hint="give --academic, --social, or both",
        )


def legend() -> str:
    """Return what the numbers stand for."""
    return "on track: " + ", ".join(f"{number} {word}" for number, word in enumerate(WORDS, 1))


class Reading(Value, frozen=True, kw_only=True):
    """What staff said at one conferral."""

    on: Public[date]
    id: Ref[str]
    by: Ref[str]
    academic: Public[int | None]
    social: Public[int | None]
    evidence: Private[str]


def readings(checkins: Iterable[CheckIn]) -> list[Reading]:
    """List the conferrals of a case that have a scale, in the order in which they happened."""
    rows = [
        Reading(
            on=event.happened_on,
            id=event.id,
            by=event.by,
            academic=event.academic,
            social=event.social,
            evidence=event.evidence,
        )
        for event in checkins
        if event.academic is not None or event.social is not None
    ]
    return sorted(rows, key=lambda event: (event.on, number_of(event.id)))


def chart(rows: Sequence[Reading], width: int, marks: str = MARKS) -> list[str]:
    """Draw the latest readings: a line for each scale, the dates under them, what they mean.

    Args:
        rows: the readings, the oldest first.
        width: how many columns there are.
        marks: the signs of 1 to 4.
    """
    if not rows:
        return []
    margin = max(map(len, _NAMES)) + 2
    shown = rows[-max(1, (width - margin) // _COLUMN) :]
    lines = [
        name.ljust(margin) + "".join(_cell(getattr(reading, name), marks) for reading in shown)
        for name in _NAMES
    ]
    days = "".join(short_date(reading.on)[4:].ljust(_COLUMN) for reading in shown)
    return [*(line.rstrip() for line in lines), (" " * margin + days).rstrip(), legend()]


def _cell(scale: int | None, marks: str) -> str:
    return ("" if scale is None else f"{marks[scale - 1]} {scale}").ljust(_COLUMN)


class ConferralRow(Value, frozen=True, kw_only=True):
    """When staff last conferred about a student, and what they said."""

    case: Ref[str]
    status: Public[Status]
    last_on: Public[date | None]
    days: Public[int | None]
    who: Ref[str | None]
    academic: Public[int | None]
    social: Public[int | None]
    owner: Ref[str]

    dated = "last_on"


def conferrals(world: World, today: date) -> list[ConferralRow]:
    """List the cases by how long nobody conferred about them, never first (clause 32, E4).

    A case is late once more days went by than its staff agreed on, the shortest cadence where
    there are several, or than ``STAFF_DEFAULT``. Paused and closed cases are left out.
    """
    rows = [
        _conferral(world, case.ref, case.owner, today)
        for case in world.records("cases")
        if status_of(world, case, today) not in ("paused", "closed")
    ]
    return sorted(rows, key=lambda row: (row.last_on or date.min, row.case))


def _conferral(world: World, ref: str, owner: str, today: date) -> ConferralRow:
    staff = [schedule for schedule in world.in_case("schedules", ref) if schedule.with_ == "staff"]
    done = [
        (event.happened_on, number_of(event.id), schedule, event)
        for schedule in staff
        for event in events_of(world, schedule)
        if event.outcome == "done" and event.happened_on <= today
    ]
    latest = max(done, key=lambda entry: entry[:2], default=None)
    told = readings(event for _, _, _, event in done)
    agreed = [
        schedule.cadence.days
        for schedule in staff
        if schedule.cadence and not schedule.is_past(today)
    ]
    default = parse_cadence(STAFF_DEFAULT)
    within = timedelta(days=min(agreed, default=default.days if default else 0))
    last = latest[0] if latest else None
    status: Status = "never" if last is None else "late" if today - last > within else "recent"
    return ConferralRow(
        case=ref,
        status=status,
        last_on=last,
        days=(today - last).days if last else None,
        who=latest[2].who if latest else None,
        academic=told[-1].academic if told else None,
        social=told[-1].social if told else None,
        owner=owner,
    )
