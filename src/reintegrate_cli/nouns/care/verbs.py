"""``care``: the people around one student."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.hints import ASK, FLAG, FUTURE, PAST, PROSE, TODAY, Option
from reintegrate_cli.core.lean import field, replace
from reintegrate_cli.core.records import Agency, Form, Person, Private, Public, Ref, Secret
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.care.record import Appropriate, CareMember, CareRole
from reintegrate_cli.nouns.case import rights
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.contact import knowing

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class CareFields(Form, kw_only=True):
    """What is kept of a person, each of it optional."""

    role: Annotated[Public[CareRole | None], "who they are to the student"] = None
    agency: Annotated[Ref[Agency | None], "the partner they work for"] = None
    next_hearing: Annotated[Public[date | None], "the next hearing they are part of"] = None
    name: Annotated[Private[str], "their name"] = ""
    contact: Annotated[Secret[str], "how to reach them"] = ""
    purpose: Annotated[Private[str], "what they do for the student"] = ""
    may_know: Annotated[Private[str], "what they may know"] = ""


class EditCare(CareFields, kw_only=True):
    """What ``care edit`` takes: what is given replaces what is on record."""

    asks_when_bare: ClassVar[bool] = True

    review_on: Annotated[
        Public[date | None], FUTURE, Option("--review"), "when contact with them is decided again"
    ] = None


class NewCare(CareFields, kw_only=True):
    """What ``care add`` takes."""

    # ``field()`` takes away the default that an edit has: this is needed.
    role: Annotated[Public[CareRole], "who they are to the student"] = field()


class EndCare(Form, kw_only=True):
    """What ``care end`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "their last day"]


class FamilyDecision(Form, kw_only=True):
    """What ``care family`` takes: whether this person may be contacted, and who decided."""

    appropriate: Annotated[Public[Appropriate], "whether contact is appropriate"]
    decided_by: Annotated[Ref[Person], "who decided: a staff slug, or student"]
    barred: Annotated[Public[bool | None], FLAG, "yes if an order or safety forbids contact"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it was decided"]
    review_on: Annotated[
        Public[date | None], FUTURE, Option("--review"), "when it is decided again"
    ] = None
    reason: Annotated[Private[str], ASK, PROSE, "why"] = ""


class NewHearing(Form, kw_only=True):
    """What ``care hearing`` takes."""

    on: Annotated[Public[date | None], ASK, "the day of the next hearing"] = None
    held: Annotated[Public[bool | None], FLAG, "the one on record took place"] = None


COLUMNS = (
    Column("case", lambda member: member.case),
    Column("id", lambda member: member.id),
    Column("role", lambda member: member.role, True),
    Column("agency", lambda member: member.agency),
    Column("contact", lambda member: "barred" if member.barred else member.appropriate),
    Column("next hearing", lambda member: member.next_hearing),
    Column("status", lambda member: member.status),
)


@adds("care")
def add(work: Work, given: NewCare) -> CareMember:
    """Add somebody to a student's care team; contact stays closed until somebody decides.

    Example: reintegrate care add HX4T --role caregiver
    """
    if given.agency:
        knowing.warn(work.store, work.ref, given.agency)
    return work.new(CareMember, given)


@changes("care", "edit", edits=(CareMember,))
def edit(work: Work, member: CareMember, given: EditCare) -> CareMember:
    """Change what is on record of a person: what is given replaces what is there.

    Example: reintegrate care edit HX4T K1 --agency MERID
    """
    if given.agency:
        knowing.warn(work.store, work.ref, given.agency)
    if given.review_on:
        review_day(given.review_on, given.review_on)
    return edited(member, given)


@lists("care", COLUMNS, ("active", "ended"))
def list_(work: Work, team: list[CareMember]) -> list[CareMember]:
    """List care teams by role; no names.

    Example: reintegrate care list --case HX4T
    """
    return team


@changes("care", "end")
def end(work: Work, member: CareMember, given: EndCare) -> CareMember:
    """Record that somebody left the team; check-ins with them close.

    Example: reintegrate care end HX4T K1
    """
    return replace(member, ended_on=given.on)


@changes("care", "family", about="contact")
def family(work: Work, member: CareMember, given: FamilyDecision) -> CareMember:
    """Record whether contact with a person is appropriate, and who decided (E9).

    Example: reintegrate care family HX4T K1 --appropriate yes --decided-by student
    """
    rights.check_chooser(work.store.identities.find(work.ref), given.decided_by, work.today)
    if given.review_on:
        review_day(given.review_on, given.review_on)
    return care.decide(
        member,
        given.appropriate,
        decided_by=given.decided_by,
        on=given.on,
        barred=given.barred,
        review_on=given.review_on,
        reason=given.reason,
    )


@changes("care", "hearing")
def hearing(work: Work, member: CareMember, given: NewHearing) -> CareMember:
    """Keep the next hearing that a person is part of; the one before stays on record.

    Example: reintegrate care hearing HX4T K1 --on 2026-11-09
    """
    return care.heard(member, given.on, bool(given.held), work.today)


def section(store: "Store", ref: str) -> Section:
    """Return the care team, with what each of them does and may know."""
    team = store.care.all(case=ref)
    pairs = [pair for member in team for pair in _pairs(member)]
    return Section({"care": team}, heading="care team", pairs=pairs)


def _pairs(member: CareMember) -> Iterator[tuple[str, str]]:
    hearing = member.next_hearing
    parts = (
        member.name,
        member.agency,
        "barred: no contact" if member.barred else f"contact: {member.appropriate}",
        member.purpose,
        f"may know: {member.may_know}" if member.may_know else "",
        f"next hearing {short_date(hearing)}" if hearing else "",
        "left the team" if member.ended_on else "",
    )
    yield f"{member.id} {member.role.replace('_', ' ')}", "; ".join(filter(None, parts))
    for override in member.overrides:
        yield f"  outside the hours {short_date(override.on)}", override.reason
