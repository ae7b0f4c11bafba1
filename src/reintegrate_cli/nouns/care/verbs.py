"""``care``: the people around one student."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared
from reintegrate_cli.line.output import Column, show
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, narrowed, verb
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.care.forms import EditCare, EndCare, FamilyDecision, NewCare, NewHearing
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.case import rights
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.contact import knowing

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("role", lambda one: one.role, True),
    Column("agency", lambda one: one.agency),
    Column("contact", lambda one: "barred" if one.barred else one.appropriate),
    Column("next hearing", lambda one: one.next_hearing),
    Column("status", lambda one: one.status),
)


@verb("care", "add")
def add(ref: RefArg, given: NewCare) -> None:
    """Add somebody to a student's care team; contact stays closed until decided.

    Example: reintegrate care add HX4T --role caregiver
    """
    ref = check_case_ref(ref)
    with session.writing("care add") as store:
        store.cases.get(ref)
        agency = store.partners.get(given.agency).slug if given.agency else None
        if agency is not None:
            knowing.warn(store, ref, agency)
        member = CareMember(
            case=ref,
            id=store.care.next_id(ref),
            role=given.role,
            agency=agency,
            next_hearing=given.next_hearing,
            name=given.name,
            contact=given.contact,
            purpose=given.purpose,
            may_know=given.may_know,
        )
        member = store.care.put(member)
    show(member)


@verb("care", "edit", edits=(CareMember,))
def edit(ref: RefArg, id_: IdArg, given: EditCare) -> None:
    """Change what is on record of a person: what is given replaces what stands.

    Example: reintegrate care edit HX4T K1 --agency MERID
    """
    ref = check_case_ref(ref)
    with session.writing("care edit") as store:
        store.cases.get(ref)
        member = cleared(store.care.get(ref, check_id(id_, ref)), given)
        agency = store.partners.get(given.agency).slug if given.agency else member.agency
        if given.agency and agency is not None:
            knowing.warn(store, ref, agency)
        member = replace(
            member,
            role=given.role or member.role,
            agency=agency,
            next_hearing=given.next_hearing or member.next_hearing,
            review_on=_reviewed(given, member),
            name=given.name or member.name,
            contact=given.contact or member.contact,
            purpose=given.purpose or member.purpose,
            may_know=given.may_know or member.may_know,
        )
        member = store.care.put(member)
    show(member)


def _reviewed(given: EditCare, member: CareMember) -> date | None:
    """Give the day on which contact with family is decided again."""
    if given.review_on is None:
        return member.review_on
    if given.review_on <= session.today():
        raise Usage("--review takes a day to come", fields=["review_on"])
    return review_day(given.review_on, given.review_on)


@verb("care", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List care teams by role; no names.

    Example: reintegrate care list --case HX4T
    """
    with session.reading() as store:
        members = narrowed(store.care.all(), filters, store, statuses=("active", "ended"))
    show(members, COLUMNS, kind=CareMember, empty="nobody is on a care team yet")


@verb("care", "end")
def end(ref: RefArg, id_: IdArg, given: EndCare) -> None:
    """Record that somebody left the team; check-ins with them close.

    Example: reintegrate care end HX4T K1
    """
    ref = check_case_ref(ref)
    with session.writing("care end") as store:
        store.cases.get(ref)
        member = store.care.get(ref, check_id(id_, ref))
        member = store.care.put(replace(member, ended_on=given.on or session.today()))
    show(member)


@verb("care", "family", about="contact")
def family(ref: RefArg, id_: IdArg, given: FamilyDecision) -> None:
    """Record whether contact with a person is appropriate, and who decided (E9).

    Example: reintegrate care family HX4T K1 --appropriate yes --decided-by student
    """
    ref = check_case_ref(ref)
    with session.writing("care family") as store:
        store.cases.get(ref)
        member = store.care.get(ref, check_id(id_, ref))
        decided_by = store.person(given.decided_by)
        rights.check_chooser(store.identities.find(ref), decided_by, session.today())
        if given.review_on is not None:
            review_day(given.review_on, given.review_on)
        member = store.care.put(care.decide(member, given, decided_by, session.today()))
    show(member)


@verb("care", "hearing")
def hearing(ref: RefArg, id_: IdArg, given: NewHearing) -> None:
    """Keep the next hearing that a person is part of; the one before stays on record.

    Example: reintegrate care hearing HX4T K1 --on 2026-11-09
    """
    ref = check_case_ref(ref)
    with session.writing("care hearing") as store:
        store.cases.get(ref)
        member = store.care.get(ref, check_id(id_, ref))
        member = care.heard(member, given.on, bool(given.held), session.today())
        member = store.care.put(member)
    show(member)


def section(store: "Store", ref: str) -> Section:
    """The care team, with what each of them does and may know."""
    team = store.care.all(case=ref)
    return Section({"care": team}, pairs=[pair for one in team for pair in _pairs(one)])


def _pairs(one: CareMember) -> Iterator[tuple[str, str]]:
    yield f"{one.id} {one.role.replace('_', ' ')}", _told(one)
    for over in one.overrides:
        yield f"  past the hours {over.on.isoformat()}", over.reason


def _told(one: CareMember) -> str:
    parts = [
        one.name,
        one.agency or "",
        "barred: no contact" if one.barred else f"contact: {one.appropriate}",
        one.purpose,
        f"may know: {one.may_know}" if one.may_know else "",
        f"next hearing {short_date(one.next_hearing)}" if one.next_hearing else "",
        "left the team" if one.ended_on else "",
    ]
    return "; ".join(part for part in parts if part)
