"""The care team of a case: professionals, caregivers, and whether family may be contacted."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from reintegrate_cli.core.calendar import Span
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import PLANNED, Private, Public, Record, Ref, Secret
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.care import hearings
from reintegrate_cli.nouns.care.hearings import Hearing, Hearings
from reintegrate_cli.nouns.case.record import Override, Quiet
from reintegrate_cli.nouns.staff.record import StaffRole

CareRole = Literal[
    "probation_officer",
    "pretrial_advocate",
    "child_welfare_worker",
    "therapist",
    "attorney",
    "advocate",
    "physician",
    "mentor",
    "caregiver",
    "relative",
    "other",
    StaffRole,
]
FAMILY: tuple[CareRole, ...] = ("caregiver", "relative")
Appropriate = Literal["yes", "no", "ask"]


class CareMember(Record, frozen=True, kw_only=True):
    """Somebody in one student's life.

    ``appropriate`` says whether the person may be contacted about the student. It is ``ask``
    until somebody decides (practice rule E9: family only "if appropriate"), and ``barred`` means
    that an order or the student's safety forbids it. ``closed_on`` is the day on which contact
    was closed after it had been open; ``quiet`` are earlier closed days, and what was due on them
    does not come back.
    """

    case: Ref[str]
    id: Ref[str]
    role: Public[CareRole]
    agency: Ref[str | None] = None
    next_hearing_on: Public[date | None] = None
    """The earliest day of a hearing of which nobody said yet what became of it."""
    hearings: Public[tuple[Hearing, ...]] = ()
    """All that there were, in the order in which they were entered."""
    appropriate: Public[Appropriate] = "ask"
    decided_by: Ref[str | None] = None
    decided_on: Public[date | None] = None
    review_on: Public[date | None] = None
    barred: Public[bool] = False
    ended_on: Public[date | None] = None
    closed_on: Public[date | None] = None
    quiet: Public[tuple[Quiet, ...]] = ()
    name: Private[str] = ""
    contact: Annotated[Secret[str], PLANNED] = ""
    purpose: Private[str] = ""
    may_know: Private[str] = ""
    reason: Private[str] = ""
    overrides: Public[tuple[Override, ...]] = ()
    """When somebody reached them outside of the hours that are safe, and why."""

    @property
    def status(self) -> str:
        """Return whether this person is still on the team."""
        return "ended" if self.ended_on else "active"

    @property
    def may_be_contacted(self) -> bool:
        """Return whether check-ins with this person are open (E9)."""
        return self.appropriate == "yes" and not self.barred and self.ended_on is None

    @property
    def rests(self) -> tuple[Span, ...]:
        """Return the days on which this person was not to be contacted, after they once were."""
        past = tuple(Span(quiet.on, quiet.until) for quiet in self.quiet)
        return past if self.closed_on is None else (*past, Span(self.closed_on, None))


def check_not_barred(member: CareMember, what: str) -> None:
    """Check that no order, and not the student's safety, forbids contact with a person (E9).

    Whatever reaches a person, books with them, lets them sign, or shares with them checks this.

    Args:
        member: the person.
        what: what was to be done, such as ``contact``.

    Raises:
        Refused: they are barred.
    """
    if member.barred:
        raise Refused(
            f"{member.case}/{member.id} is barred: no {what}",
            rule="E9",
            hint="lift the bar with care family --no-barred once the order or the danger has ended",
        )


def check_reached(member: CareMember) -> None:
    """Check that a person may be reached about the student at all (E9).

    Contact with family is open once somebody decides so; a professional is reached unless they
    are barred.

    Raises:
        Refused: they are barred, or are family and nobody has said that contact is appropriate.
        Usage: they left the team.
    """
    check_not_barred(member, "contact")
    if member.ended_on is not None:
        raise Usage(f"{member.case}/{member.id} left the team")
    if member.role in FAMILY and not member.may_be_contacted:
        raise Refused(
            f"contact with {member.id} is not recorded as appropriate",
            rule="E9",
            hint=f"reintegrate care family {member.case} {member.id} --appropriate yes"
            " --decided-by student, once the student agrees",
        )


def barred_at(team: Iterable[CareMember], agency: str) -> list[CareMember]:
    """Return the barred people who work for a partner: what is shared with it may reach them.

    Args:
        team: the care team of one case.
        agency: the partner's slug.
    """
    return [member for member in team if member.barred and member.agency == agency]


def with_hearings(member: CareMember, those: Hearings) -> CareMember:
    """Return a person with their hearings, and the day of the next one."""
    return replace(member, hearings=those, next_hearing_on=hearings.next_on(those))


def dates(member: CareMember, world: World) -> Iterator[Dated]:
    """Yield hearings with what is due before them, and when contact with family is decided again.

    Who leaves the team takes no hearing along: it stands until somebody says what became of it.
    """
    name = f"{member.case} {member.id}"
    row = partial(world.row, member.case, member.id, kind="hearing")
    yield from hearings.dated(member.hearings, f"reintegrate care hearing {name}", row)
    if member.ended_on is not None:
        return
    if member.review_on is not None:
        yield world.row(
            member.case,
            f"{member.id}/family",
            label=f"ask again whether contact with {label(member.role)} suits",
            command=f"reintegrate care family {name} --appropriate {member.appropriate} "
            "--decided-by SLUG",
            due_on=member.review_on,
            kind="contact",
            chosen_by=member.decided_by,
        )


def events(member: CareMember) -> Iterator[Event]:
    """Yield hearings, and what was decided about contact with a person."""
    role = label(member.role)
    barred = ", barred" if member.barred else ""
    contact = f"contact with {role}: {member.appropriate}{barred}"
    moments = (
        *(
            (day, "hearing", f"{what} ({role})", None, "")
            for day, what in hearings.moments(member.hearings)
        ),
        (member.decided_on, "care", contact, member.decided_by, member.reason),
        *(
            (use.on, "care", f"{role} was reached outside the safe hours", use.by, use.reason)
            for use in member.overrides
        ),
        (member.ended_on, "care", f"{role} left the team", None, ""),
    )
    for on, kind, what, by, text in moments:
        if on is not None:
            yield Event(
                on=on,
                kind=kind,
                what=what,
                case=member.case,
                id=member.id,
                by=by,
                text=text or None,
            )


def decide(
    member: CareMember,
    appropriate: Appropriate,
    *,
    decided_by: str,
    on: date,
    barred: bool | None = None,
    review_on: date | None = None,
    reason: str = "",
) -> CareMember:
    """Return a person after somebody decided whether contact with them is appropriate (E9).

    Args:
        member: the person.
        appropriate: whether it is.
        decided_by: who decided.
        on: the day of the decision.
        barred: whether an order or safety forbids contact; as before if ``None``.
        review_on: the day on which it is decided again.
        reason: why; as before if left out.

    Raises:
        Refused: a barred person was to be marked appropriate.
    """
    barred = member.barred if barred is None else barred
    if barred and appropriate == "yes":
        raise Refused(
            "a barred person is not contacted",
            rule="E9",
            hint="lift the bar with --no-barred once the order or the danger has ended",
            fields=["appropriate", "barred"],
        )
    decided = replace(
        member,
        appropriate=appropriate,
        barred=barred,
        decided_by=decided_by,
        decided_on=on,
        review_on=review_on,
        reason=reason or member.reason,
    )
    return replace(decided, **_rests(member, decided, on))


def _rests(member: CareMember, decided: CareMember, on: date) -> dict[str, Any]:
    """Return the days on which contact is closed, so that nobody is late for them afterwards."""
    if not decided.may_be_contacted:
        return {"closed_on": on if member.may_be_contacted else member.closed_on}
    if member.closed_on is None or member.closed_on >= on:
        return {"closed_on": None}
    return {"closed_on": None, "quiet": (*member.quiet, Quiet(on=member.closed_on, until=on))}
