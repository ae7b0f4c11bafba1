"""Rights at eighteen: on that day they pass from the parents to the student (rule C7).

The day follows from the birth date in ``Identity``, and tells it; so it is shown nowhere. What
is shown is how things stand and, within ``NEAR_DAYS``, how many days are left.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.cases import Identity
from reintegrate_cli.dated import Dated, alerts
from reintegrate_cli.errors import Refused, Usage
from reintegrate_cli.events import Event
from reintegrate_cli.records import Public, Ref

if TYPE_CHECKING:
    from reintegrate_cli.checkins import Schedule
    from reintegrate_cli.world import World

OF_AGE = 18
NEAR_DAYS = 60
"""How long before the day it is spoken of."""
ALERT_DAYS = (60, 30, 7)

State = Literal["unknown", "minor", "near", "transferred"]


def rights_on(birth_date: date | None) -> date | None:
    """Give the day on which rights pass to the student: the eighteenth birthday.

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


def transferred(identity: Identity | None, today: date) -> bool:
    """Say whether the student holds the rights, and a parent no more; no while it is unknown."""
    day = rights_on(identity.birth_date) if identity else None
    return day is not None and day <= today


def days_left(identity: Identity | None, today: date) -> int | None:
    """Count the days to the transfer, within ``NEAR_DAYS`` of it alone."""
    day = rights_on(identity.birth_date) if identity else None
    left = (day - today).days if day else -1
    return left if 0 < left <= NEAR_DAYS else None


def state(identity: Identity | None, today: date) -> State:
    """Tell how things stand, without a date."""
    if identity is None or identity.birth_date is None:
        return "unknown"
    if transferred(identity, today):
        return "transferred"
    return "near" if days_left(identity, today) is not None else "minor"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Rights:
    """How the transfer of rights stands in a case; no date that tells the birth date.

    ``parent_access`` is whether a parent may see the file; ``suspended`` names the releases that
    others signed, and what a caregiver had chosen, which hold no more from that day on;
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
) -> Rights:
    """Tell how the transfer stands, and what it takes away or will take away.

    Args:
        ref: the case.
        identity: who the student is.
        schedules: the schedules of the case.
        today: the day asked about.
        releases: the ids of those that others signed for the student, and that stand.
    """
    theirs = [one for one in schedules if one.chosen_by == "caregiver" and one.ended_on is None]
    return Rights(
        case=ref,
        state=state(identity, today),
        days_left=days_left(identity, today),
        told_on=identity.rights_told_on if identity else None,
        parent_access=not transferred(identity, today),
        suspended=(*releases, *(one.id for one in theirs if one.with_ == "caregiver")),
        to_ask=tuple(one.id for one in theirs if one.with_ != "caregiver"),
    )


def told(identity: Identity | None, on: date) -> Identity:
    """Keep that the student was told, which settles what the agenda asks (C7).

    Raises:
        Usage: no birth date is on record, or that day was too early to speak of it.
    """
    day = rights_on(identity.birth_date) if identity else None
    if identity is None or day is None:
        raise Usage("no birth date is on record, so nothing follows from it",
                    hint="reintegrate case edit keeps it, sealed", fields=["told_on"])  # fmt: skip
    if (day - on).days > NEAR_DAYS:
        raise Usage(f"rights are spoken of from {NEAR_DAYS} days before they pass, not earlier",
                    fields=["told_on"])  # fmt: skip
    return dataclasses.replace(identity, rights_told_on=on)


def check_chooser(identity: Identity | None, chosen_by: str | None, today: date) -> None:
    """Demand that from eighteen on no caregiver chooses for the student (C7).

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


def dates(world: "World", today: date, upto: date) -> Iterator[Dated]:
    """Announce the transfer, and ask on its day that the student is told (C7).

    Each row appears on its own day and not before, and shows no other: what is to come would
    tell the birth date. A student who was of age when the case opened is not told here.
    """
    for identity in world.of("identities", Identity):
        day = rights_on(identity.birth_date)
        found = world.awake(identity.case, today) if day is not None else None
        if found is None or day is None or identity.rights_told_on is not None:
            continue
        case, quiet = found
        if day <= case.opened_on:
            continue
        rest = quiet or date.min
        coming = [max(due_on, rest) for due_on in (*alerts(day, ALERT_DAYS, today), day)]
        for due_on in dict.fromkeys(coming):
            yield Dated(
                source=f"{identity.case}/rights",
                command=f"reintegrate case rights {identity.case} --told-on DATE",
                due_on=due_on,
                kind="birthday",
                case=identity.case,
                owner=case.owner,
                school=case.school,
                never_late=True,
                counts_to=day,
                shown_from=due_on,
            )


def events(identity: Identity) -> Iterator[Event]:
    """Tell that the student was told of their rights; not the day on which they pass."""
    if identity.rights_told_on is not None:
        yield Event(on=identity.rights_told_on, kind="rights", what="told about the rights at 18",
                    case=identity.case)  # fmt: skip
