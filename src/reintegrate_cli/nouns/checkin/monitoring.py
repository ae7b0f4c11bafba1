"""What staff who confer saw of a student's way in school (clauses 32 and 33, rule E4).

Words alone, inside one case: nobody gives a student a number, and no list has students side by
side by how they do.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from reintegrate_cli.core.calendar import parse_cadence
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.records import Private, Public, Ref, Value, number_of
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.checkin.record import STAFF_DEFAULT, CheckIn, With
from reintegrate_cli.nouns.checkin.scheduled import events_of, status_of

ASKED = {
    "academic": "what staff saw in class, when they confer",
    "social": "what staff saw among other students, when they confer",
}
"""What is asked of staff who confer, by the field that keeps it."""
NAMES = {"academic": "in class", "social": "with others"}
"""What each is called where it is shown."""
Status = Literal["never", "late", "recent"]
STATUSES: tuple[Status, ...] = ("never", "late", "recent")


def check_conferral(with_: With, event: CheckIn) -> None:
    """Require that what staff saw was said when they conferred, at no visit, and in words (E4).

    Raises:
        Refused: the check-in is not a conferral of staff, or a number stands for what they saw.
    """
    said = [name for name in ASKED if getattr(event, name)]
    if said and with_ != "staff":
        raise Refused(
            "how a student does in school is for staff who confer to say",
            rule="E4",
            fields=said,
            hint="put what was said into the note; for a schedule with staff: reintegrate checkin"
            f" done {event.case} --schedule ID",
        )
    bare = [name for name in said if not any(map(str.isalpha, getattr(event, name)))]
    if bare:
        raise Refused(
            "what staff saw is said in words; no number says how a student is",
            rule="E4",
            fields=bare,
            hint="say what was seen, such as attendance or work handed in",
        )


class Conferral(Value, frozen=True, kw_only=True):
    """What staff saw, as they said it at one conferral."""

    on: Public[date]
    id: Ref[str]
    by: Ref[str]
    academic: Private[str]
    social: Private[str]


def conferrals_of(checkins: Iterable[CheckIn]) -> list[Conferral]:
    """List the conferrals of a case at which something was said, the latest last."""
    rows = [
        Conferral(
            on=event.happened_on,
            id=event.id,
            by=event.by,
            academic=event.academic,
            social=event.social,
        )
        for event in checkins
        if event.academic or event.social
    ]
    return sorted(rows, key=lambda event: (event.on, number_of(event.id)))


class ConferralRow(Value, frozen=True, kw_only=True):
    """When staff last conferred about a student; what they said is read in the case."""

    case: Ref[str]
    status: Public[Status]
    last_on: Public[date | None]
    days: Public[int | None]
    who: Ref[str | None]
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
        (event.happened_on, number_of(event.id), schedule)
        for schedule in staff
        for event in events_of(world, schedule)
        if event.outcome == "done" and event.happened_on <= today
    ]
    latest = max(done, key=lambda entry: entry[:2], default=None)
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
        owner=owner,
    )
