"""``care``: the people around one student."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import ASK, FLAG, FUTURE, PAST, PROSE, QUIET, TODAY, Option, Within
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import field, replace
from reintegrate_cli.core.records import (
    Agency,
    Clock,
    Deadline,
    Form,
    Person,
    Private,
    Public,
    Ref,
    Secret,
    Word,
)
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists
from reintegrate_cli.nouns.care import hearings
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.care.hearings import Details, HearingKind, Hearings
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
    next_hearing: Annotated[Public[date | None], "the next hearing they are part of"] = None


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


class HearingGiven(Form, kw_only=True):
    """What ``care hearing`` takes."""

    asks_when_bare: ClassVar[bool] = True

    on: Annotated[Public[date | None], ASK, "the day of the next hearing"] = None
    at: Annotated[Public[Clock | None], ASK, "at what time"] = None
    kind: Annotated[Public[HearingKind | None], ASK, "what kind of hearing or meeting it is"] = None
    place: Annotated[Public[Word | None], ASK, "a code for where it is"] = None
    due: Annotated[
        Public[tuple[Deadline, ...]], ASK, "what is due before it, and the day; may repeat"
    ] = ()
    hearing: Annotated[
        Public[int | None], Within(1, hearings.MOST), "which one of those on record, by its number"
    ] = None
    held: Annotated[Public[bool | None], FLAG, "the one on record took place; or it did not"] = None
    done: Annotated[Public[tuple[Word, ...]], "what was due before it and is done"] = ()
    drop: Annotated[Public[tuple[Word, ...]], "what is due before it no longer"] = ()
    done_on: Annotated[Public[date], PAST, TODAY, QUIET, "the day on which it was done, or dropped"]


COLUMNS = (
    Column("case", lambda member: member.case),
    Column("id", lambda member: member.id),
    Column("role", lambda member: member.role, True),
    Column("agency", lambda member: member.agency),
    Column("contact", lambda member: "barred" if member.barred else member.appropriate),
    Column("next hearing", lambda member: member.next_hearing_on),
    Column("status", lambda member: member.status),
)


@adds("care")
def add(work: Work, given: NewCare) -> CareMember:
    """Add somebody to a student's care team; contact stays closed until somebody decides.

    Example: reintegrate care add HX4T --role caregiver
    """
    if given.agency:
        knowing.warn(work.store, work.ref, given.agency)
    member = work.new(CareMember, given)
    if given.next_hearing is None:
        return member
    details = Details(settled_on=work.today)
    those = hearings.added((), given.next_hearing, details, held=None, today=work.today)
    return care.with_hearings(member, those)


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
    for one in member.hearings:
        if one.is_open:
            work.say(f"still to come: {one.called}, {short_date(one.on)} ({member.id}.{one.id})")
    for one, due in hearings.open_due(member.hearings):
        work.say(f"still to do: {due.what}, for the {one.called} ({member.id}.{due.id})")
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
def hearing(work: Work, member: CareMember, given: HearingGiven) -> CareMember:
    """Keep a hearing or meeting that a person is part of, and what is due before it.

    With --hearing it is about one on record: --on continues it on another day, --held or
    --no-held says what became of it. What was due moves along; the old one stays on record.

    Example: reintegrate care hearing HX4T K1 --on 2026-11-09 --kind court --due report@2026-11-02
    """
    said = _details(given)
    is_new = given.hearing is None and given.on is not None
    if is_new and given.on is not None and (not given.held or given.on <= work.today):
        those = hearings.added(member.hearings, given.on, said, held=given.held, today=work.today)
        return care.with_hearings(member, those)
    if given.on is None and given.held is None and not said.says_anything:
        raise Usage(
            "missing: --on",
            fields=["on"],
            hint="the day of the next hearing, or --held if no other is set",
        )
    return care.with_hearings(member, _of_one(work, member, given, said))


def _details(given: HearingGiven) -> Details:
    due = (each.rpartition("@") for each in given.due)
    return Details(
        kind=given.kind,
        at=given.at,
        place=given.place,
        due=[(what, date.fromisoformat(day)) for what, _, day in due],
        done=given.done,
        dropped=given.drop,
        settled_on=given.done_on,
    )


def _of_one(work: Work, member: CareMember, given: HearingGiven, said: Details) -> Hearings:
    """Return the hearings after something was said of one of them."""
    those, today = member.hearings, work.today
    name = f"{member.case}/{member.id}"
    one = hearings.chosen(those, given.hearing, name, lambda one: not given.held or one.on <= today)
    if given.held is None and given.on in (None, one.on):
        return hearings.with_details(those, one, said)
    held = bool(given.held)
    after = hearings.settled(those, one, held=held, on=given.on, details=said, today=today)
    left = [due for each, due in hearings.open_due(after) if each.id == one.id]
    for due in left:
        work.say(f"still to do: {due.what}; --done {due.what}, or --drop {due.what}")
    if given.on is not None:
        for due in after[-1].due:
            former = next((each for each in one.due if each.what == due.what), due)
            if former.due_on != due.due_on:
                work.say(
                    f"{due.what} was due {short_date(former.due_on)}, and is due "
                    f"{short_date(due.due_on)}; --hearing {after[-1].id} --due {due.what}@DATE "
                    "sets another day"
                )
    return after


def section(store: "Store", ref: str) -> Section:
    """Return the care team, with what each of them does and may know."""
    team = store.care.all(case=ref)
    pairs = [pair for member in team for pair in _pairs(member)]
    return Section({"care": team}, heading="care team", pairs=pairs)


def _pairs(member: CareMember) -> Iterator[tuple[str, str]]:
    parts = (
        member.name,
        member.agency,
        "barred: no contact" if member.barred else f"contact: {member.appropriate}",
        member.purpose,
        f"may know: {member.may_know}" if member.may_know else "",
        "left the team" if member.ended_on else "",
    )
    yield f"{member.id} {label(member.role)}", "; ".join(filter(None, parts))
    for one in member.hearings:
        yield f"  hearing {one.id}", hearings.told(one)
    for override in member.overrides:
        yield f"  outside the hours {short_date(override.on)}", override.reason
