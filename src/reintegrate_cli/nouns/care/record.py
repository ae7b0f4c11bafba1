"""The care team of a case: professionals, caregivers, and whether family may be contacted."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Secret
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.nouns.case.record import Override, Quiet, Span

if TYPE_CHECKING:
    from reintegrate_cli.due.world import World
    from reintegrate_cli.nouns.care.forms import FamilyDecision

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
    "front_desk",
    "bus_driver",
    "assistant_principal",
    "school_counselor",
    "social_worker",
    "attendance_officer",
    "dropout_prevention_officer",
    "special_education_teacher",
    "school_nurse",
    "specialist",
    "psychologist",
    "teacher",
    "principal",
    "registrar",
]
FAMILY: tuple[CareRole, ...] = ("caregiver", "relative")
Appropriate = Literal["yes", "no", "ask"]


class CareMember(Record, frozen=True, kw_only=True):
    """Somebody in one student's life.

    ``appropriate`` says whether the person may be contacted about the student. It stands
    at ``ask`` until somebody decides (practice rule E9: family only "if appropriate"), and
    ``barred`` means that an order or the student's safety forbids it. ``closed_on`` is the day
    from which contact, once open, is not; ``quiet`` are earlier days of that sort, and what was
    due on them does not come back.
    """

    case: Ref[str]
    id: Ref[str]
    role: Public[CareRole]
    agency: Ref[str | None] = None
    next_hearing: Public[date | None] = None
    hearings: Public[tuple[date, ...]] = ()
    """Those that took place, oldest first."""
    appropriate: Public[Appropriate] = "ask"
    decided_by: Ref[str | None] = None
    decided_on: Public[date | None] = None
    review_on: Public[date | None] = None
    barred: Public[bool] = False
    ended_on: Public[date | None] = None
    closed_on: Public[date | None] = None
    quiet: Public[tuple[Quiet, ...]] = ()
    name: Private[str] = ""
    contact: Secret[str] = ""
    purpose: Private[str] = ""
    may_know: Private[str] = ""
    reason: Private[str] = ""
    overrides: Public[tuple[Override, ...]] = ()
    """When somebody reached them outside of the hours that are safe, and why."""

    @property
    def status(self) -> str:
        """Tell whether this person is still on the team."""
        return "ended" if self.ended_on else "active"

    @property
    def may_be_contacted(self) -> bool:
        """Say whether check-ins with this person are open (E9)."""
        return self.appropriate == "yes" and not self.barred and self.ended_on is None

    @property
    def rests(self) -> tuple[Span, ...]:
        """The days on which this person was not to be contacted, after they once were."""
        past = tuple(Span(one.on, one.until) for one in self.quiet)
        return past if self.closed_on is None else (*past, Span(self.closed_on, None))


def check_not_barred(member: CareMember, what: str) -> None:
    """Demand that an order, or the student's safety, does not stand against a person (E9).

    To be asked by whatever reaches a person, books with them, lets them sign, or shares with
    them.

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
    """Demand that a person may be reached about the student at all (E9).

    Contact with family is open once somebody decided so; a professional is reached unless they
    are barred.

    Raises:
        Refused: they are barred, or are family and nobody said that contact is appropriate.
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
    """List the barred people who work for a partner: what is shared with it may reach them.

    Args:
        team: the care team of one case.
        agency: the partner's slug.
    """
    return [one for one in team if one.barred and one.agency == agency]


def heard(member: CareMember, next_on: date | None, held: bool, today: date) -> CareMember:
    """Keep the next hearing that a person is part of, and the one that took place.

    Args:
        member: the person.
        next_on: the day of the next one, if there is to be one.
        held: whether the one on record took place; it did if its day has come.
        today: the day of the command.

    Raises:
        Usage: nothing is said, or there was none that could have been held.
    """
    former = member.next_hearing
    if held and (former is None or former > today):
        raise Usage("no hearing has taken place that is on record", fields=["held"])
    if next_on is None and not held:
        raise Usage(
            "missing: --on",
            fields=["on"],
            hint="the day of the next hearing, or --held where no other is set",
        )
    if next_on is not None and next_on < today:
        raise Usage("--on takes the day of a hearing to come", fields=["on"])
    took_place = former is not None and former <= today and former != next_on
    return replace(
        member,
        next_hearing=next_on,
        hearings=(*member.hearings, former) if took_place and former else member.hearings,
    )


def dates(member: CareMember, world: "World") -> Iterator[Dated]:
    """Give the next hearing, and the day on which contact with family is decided again."""
    if member.ended_on is not None:
        return
    name = f"{member.case} {member.id}"
    if member.next_hearing is not None:
        yield world.row(
            member.case,
            member.id,
            label="hearing",
            command=f"reintegrate care hearing {name} --on DATE",
            due_on=member.next_hearing,
            kind="hearing",
        )
    if member.review_on is not None:
        yield world.row(
            member.case,
            f"{member.id}/family",
            label=f"ask again whether contact with {member.role.replace('_', ' ')} suits",
            command=f"reintegrate care family {name} --appropriate {member.appropriate} "
            "--decided-by SLUG",
            due_on=member.review_on,
            kind="contact",
            chosen_by=member.decided_by,
        )


def events(member: CareMember) -> Iterator[Event]:
    """Tell of hearings, and of what was decided about contact with a person."""
    role = member.role.replace("_", " ")
    for day in member.hearings:
        yield Event(on=day, kind="hearing", what=role, case=member.case, id=member.id)
    if member.decided_on is not None:
        barred = ", barred" if member.barred else ""
        yield Event(
            on=member.decided_on,
            kind="care",
            case=member.case,
            id=member.id,
            what=f"contact with {role}: {member.appropriate}{barred}",
            by=member.decided_by,
            text=member.reason or None,
        )
    for over in member.overrides:
        yield Event(
            on=over.on,
            kind="care",
            what=f"{role} was reached past the hours",
            case=member.case,
            id=member.id,
            by=over.by,
            text=over.reason,
        )
    if member.ended_on is not None:
        yield Event(
            on=member.ended_on,
            kind="care",
            what=f"{role} left the team",
            case=member.case,
            id=member.id,
        )


def decide(
    member: CareMember, decision: "FamilyDecision", decided_by: str, today: date
) -> CareMember:
    """Record whether contact with a person is appropriate (E9).

    Raises:
        Refused: a barred person was to be marked appropriate.
        Usage: the review lies in the past.
    """
    if decision.review_on is not None and decision.review_on <= today:
        raise Usage("--review takes a day to come", fields=["review_on"])
    barred = member.barred if decision.barred is None else decision.barred
    if barred and decision.appropriate == "yes":
        raise Refused(
            "a barred person is not contacted",
            rule="E9",
            hint="lift the bar with --no-barred once the order or the danger has ended",
        )
    decided = replace(
        member,
        appropriate=decision.appropriate,
        barred=barred,
        decided_by=decided_by,
        decided_on=decision.on or today,
        review_on=decision.review_on,
        reason=decision.reason or member.reason,
    )
    return _rested(member, decided, decision.on or today)


def _rested(member: CareMember, decided: CareMember, on: date) -> CareMember:
    """Keep on which days contact was closed, so that nobody is late for them afterwards."""
    if not decided.may_be_contacted:
        closed_on = on if member.may_be_contacted else member.closed_on
        return replace(decided, closed_on=closed_on)
    if member.closed_on is None or member.closed_on >= on:
        return replace(decided, closed_on=None)
    quiet = (*member.quiet, Quiet(on=member.closed_on, until=on))
    return replace(decided, closed_on=None, quiet=quiet)
