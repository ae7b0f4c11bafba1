"""``case transfer`` and ``handover``, and the tasks that come with a right to enroll at once."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli import catalogue
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import PAST, PROSE, TODAY
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import (
    Form,
    Private,
    Public,
    Ref,
    School,
    Worker,
    row_of,
    same_slug,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import show
from reintegrate_cli.line.shapes import Work, adds
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.record import Case, Identity
from reintegrate_cli.nouns.case.transfers import (
    Becomes,
    Carried,
    Transfer,
    TransferRow,
    handed_over,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.release.record import Release


class NewTransfer(Form, kw_only=True):
    """What ``case transfer`` takes."""

    school: Annotated[Public[School], "the school that answers for the student from now on"]
    on: Annotated[Public[date], PAST, TODAY, "the day of the transfer"]
    contact: Annotated[Ref[Worker | None], "who answers for the student there"] = None
    note: Annotated[Private[str], PROSE, "what the student agreed that the new school is told"] = ""


class Handover(Form, kw_only=True):
    """What ``case handover`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day on which the new school had the note"]
    note: Annotated[
        Private[str], PROSE, "what it was told, if not what the student agreed to before"
    ] = ""


def _row(work: Work, transfer: Transfer) -> TransferRow:
    case = work.store.cases.get(transfer.case)
    return row_of(TransferRow, transfer, carried=tuple(carried(work, case, transfer)))


@adds("case", "transfer", view=_row, about="placement", then=("case handover {ref}",))
def transfer(work: Work, given: NewTransfer) -> Transfer:
    """Move a case to another school, with what the student agreed to; the setting stays.

    It says of each release, wish, concern and of the owner whether it goes along, stays or ends.

    Example: reintegrate case transfer W6HB --school Juniper --contact lee
    """
    case = work.store.cases.get(work.ref)
    if same_slug(case.school, given.school):
        raise Usage("that is the school of the case already", fields=["school"])
    moved = replace(
        case,
        school=given.school,
        school_contact=given.contact,
        uncontacted_on=None if given.contact else given.on,
    )
    work.store.cases.put(moved)
    identity = work.store.identities.find(work.ref)
    enroll(work, moved, identity)
    made = work.new(Transfer, given, from_school=case.school)
    for each in carried(work, moved, made):
        work.say(f"{each.kind} {each.id} {label(each.becomes)}: {each.why}")
    if given.contact is None:
        work.say(f"nobody at {given.school} is named; --school-contact of case edit says who")
    return made


@verb("case", "handover")
def handover(ref: RefArg, given: Handover) -> None:
    """Record that the new school has had what the student agreed to.

    Example: reintegrate case handover W6HB
    """
    with session.writing() as store:
        work = Work(store, ref)
        transfers = store.of(Transfer)
        done = handed_over(transfers.all(case=ref), ref, given.on, work.you, given.note)
        row = _row(work, transfers.put(done))
    show(row)


def carried(work: Work, case: Case, transfer: Transfer) -> Iterator[Carried]:
    """Yield what is open in a case, and what becomes of it at the new school."""
    yield _owner(work, case, transfer)
    if work.store.keeps("releases", case.ref):
        for release in _live_releases(work):
            why = f"it names {release.partner}, and no school"
            yield Carried(kind="release", id=release.id, becomes="goes_along", why=why)
    if work.store.keeps("wishes", case.ref):
        for wish in work.store.table("wishes").all(case=case.ref):
            if wish.is_live:
                why = "it is the student's; ask whether it still holds there"
                yield Carried(kind="wish", id=wish.id, becomes="goes_along", why=why)
    yield from _concerns(work, case)


def _owner(work: Work, case: Case, transfer: Transfer) -> Carried:
    person = work.store.staff.find(case.owner)
    theirs = None if person is None else person.school
    if theirs is not None and not same_slug(theirs, transfer.school):
        why = f"they work at {theirs}; reintegrate case edit {case.ref} --owner SLUG names another"
        return Carried(kind="owner", id=case.owner, becomes="stays", why=why)
    return Carried(kind="owner", id=case.owner, becomes="goes_along", why="they go on coordinating")


def _live_releases(work: Work) -> "Iterator[Release]":
    from reintegrate_cli.nouns.release.record import Release, status
    from reintegrate_cli.nouns.release.standing import facts_of

    facts = facts_of(work.store, work.ref)
    for release in work.store.of(Release).all(case=work.ref):
        if status(release, work.today, facts) in ("future", "live", "expiring"):
            yield release


def _concerns(work: Work, case: Case) -> Iterator[Carried]:
    """Yield what becomes of concerns: nothing follows a student to a school where nobody saw it."""
    if "concern" not in catalogue.BY_NAME:
        return
    (table, *_) = catalogue.with_ids("concern", in_case=True)
    if not work.store.keeps(table.name, case.ref):
        return
    module = load(catalogue.module_of(table.name))
    for concern in work.store.table(table.name).all(case=case.ref):
        status = module.status(concern, work.today)
        if status in ("lifted", "expired"):
            continue
        why = "it was about the former school; lift it, or review it with new facts"
        becomes: Becomes = "ends" if status in ("noted", "insufficient") else "stays"
        yield Carried(kind="concern", id=concern.id, becomes=becomes, why=why)


def enroll(work: Work, case: Case, identity: Identity | None) -> None:
    """Add the four tasks of a student who may enroll at once (G1, G3), once for each school."""
    if identity is None or not (identity.housing == "mckinney_vento" or identity.foster):
        return
    from reintegrate_cli.nouns.incident.discipline import school_day
    from reintegrate_cli.nouns.task import making

    tomorrow = school_day(work.today, session.current.district.calendar, 1) or work.today
    point = "the agency's point of contact" if identity.foster else "the district's liaison"
    for about, text, due_on in (
        ("enroll", "enroll the student today, with papers or without", work.today),
        ("liaison", f"tell {point}", work.today),
        ("records", "ask the former school for records", tomorrow),
        ("transport", "arrange the way to school", tomorrow),
    ):
        making.make(work, f"{about}/{case.school}", text, due_on)


def first_read(store: "Store", ref: str) -> date:
    """Return the day from which notes are read at the school that answers for a student now."""
    if not store.keeps("transfers", ref):
        return date.min
    from reintegrate_cli.nouns.incident.discipline import school_year

    last = max(transfer.on for transfer in store.of(Transfer).all(case=ref))
    return school_year(last, session.current.district.calendar)[0]
