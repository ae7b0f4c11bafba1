"""``roster``: which classes the linked students are in, from the lists of the district."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.records import (
    Form,
    Private,
    Public,
    Ref,
    Secret,
    Sensitivity,
    Value,
    row_of,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import is_cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.roster import record as rules
from reintegrate_cli.nouns.roster.importing import import_ as import_
from reintegrate_cli.nouns.roster.knowing import kept, known
from reintegrate_cli.nouns.roster.record import Offerings, RosterLink
from reintegrate_cli.nouns.roster.timetable import Timetable

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Link(Form, kw_only=True):
    """What ``roster link`` takes."""

    student_number: Annotated[Secret[str], "the student number as the roster has it"]


class LinkRow(Value, frozen=True, kw_only=True):
    """A link as it is shown: no classes in it."""

    case: Ref[str]
    student_number: Secret[str]
    linked_on: Public[date | None]
    status: Public[str]
    lost_on: Public[date | None]


class ClassRow(Value, frozen=True, kw_only=True):
    """One class of a student in one of its periods; what is absent is not known."""

    period: Private[str | None]
    class_: Private[str | None]
    course: Private[str | None]
    term: Private[str | None]


class Lost(Value, frozen=True, kw_only=True):
    """A student whom the roster no longer has."""

    case: Ref[str]
    since: Public[date | None]


class RosterStatus(Value, frozen=True, kw_only=True):
    """How the roster stands: how many are linked, found on it, and missing from it."""

    imported_at: Public[str | None]
    version: Public[str | None]
    linked: Public[int]
    found: Public[int]
    missing: Public[int]
    not_there: Public[tuple[Lost, ...]] = ()
    """Who is missing, and since when, if the roster ever had them."""


CLASSES = (
    Column("period", lambda row: row.period or "not known"),
    Column("class", lambda row: row.class_ or "not known", True),
    Column("course", lambda row: row.course, True),
    Column("term", lambda row: row.term, True),
)


@verb("roster", "link", edits=(RosterLink,))
def link(ref: RefArg, given: Link) -> None:
    """Link a case to its student on the roster, by the student number.

    The number is shown by case reveal alone. With null, or --clear student-number, the case is no
    longer linked, and its classes are forgotten.

    Example: reintegrate roster link HX4T
    """
    with session.writing() as store:
        case = store.cases.get(ref).ref
        links = store.of(RosterLink)
        former = links.find(case) or RosterLink(case=case)
        if is_cleared(given, "student_number"):
            changed, messages = rules.unlinked(former), ["it is not linked any longer"]
        else:
            changed, messages = _linked(store, former, given.student_number)
        if changed is not former:
            links.put(changed)
    show(row_of(LinkRow, changed))
    for message in messages:
        say(message)


def _linked(store: "Store", former: RosterLink, text: str) -> tuple[RosterLink, list[str]]:
    """Return a case that is linked to a number, and what there is to say of it."""
    number = rules.check_number(text)
    same = [
        each.case
        for each in store.of(RosterLink).all(student_number=number)
        if each.case != former.case
    ]
    messages = [f"{ref} is linked to the same number: one of them is wrong" for ref in same]
    if number == former.student_number:
        return former, [*messages, "it was linked to this number already"]
    messages.append("its classes come with the next roster: reintegrate roster import PATH")
    return rules.linked(former, number, session.today()), messages


@verb("roster", "status")
def status() -> None:
    """Say which roster was read last, and who is linked, found on it, and missing from it.

    Example: reintegrate roster status
    """
    with session.reading() as store:
        links, offerings = known(store)
    missing = [each for each in links if not each.is_found] if offerings else []
    show(
        RosterStatus(
            imported_at=offerings.imported_at if offerings else None,
            version=offerings.version if offerings else None,
            linked=len(links),
            found=sum(each.is_found for each in links),
            missing=len(missing),
            not_there=tuple(Lost(case=each.case, since=each.lost_on) for each in missing),
        )
    )
    if offerings is None:
        say("no roster was read yet: reintegrate roster import PATH")


@verb("roster", "show", is_list=True)
def show_(ref: RefArg) -> None:
    """Show the classes of a linked student: one row for each class and period.

    Example: reintegrate roster show HX4T
    """
    with session.reading() as store:
        case = store.cases.get(ref).ref
        one = store.of(RosterLink).find(case)
        roster, read = kept(store)
    rows = [
        ClassRow(period=row.period, class_=row.class_, course=row.course, term=row.term)
        for row in Timetable(roster).rows(case, session.today())
    ]
    show(rows, CLASSES, upto=Sensitivity.PRIVATE, kind=ClassRow, empty=_empty(case, one, read))
    if one is not None and one.lost_on is not None:
        say(f"the roster lost the student on {one.lost_on.isoformat()}; these were the last known")


def _empty(ref: str, link: RosterLink | None, read: Offerings | None) -> str:
    """Say why there are no classes."""
    if link is None or not link.is_linked:
        return f"this case is not linked to the roster: reintegrate roster link {ref}"
    if read is None:
        return "no roster was read yet: reintegrate roster import PATH"
    return "the roster has no class for this student now"


def section(store: "Store", ref: str) -> Section:
    """Return whether a case is linked; its classes are a command of their own."""
    one = store.of(RosterLink).get(ref)
    told = {
        "found": f"linked; reintegrate roster show {ref}",
        "not_found": "linked, and not found on it yet",
        "lost": f"lost the student on {one.lost_on}",
        "not_linked": "",
    }
    return Section({"roster": row_of(LinkRow, one)}, pairs=[("roster", told[one.status])])
