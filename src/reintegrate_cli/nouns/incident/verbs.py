"""``incident``: what was seen, the review that comes before a removal, and days out of school."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import explain_date, short_date
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.hints import FLAG, PAST, PROSE, TODAY, VERBATIM, Within
from reintegrate_cli.core.records import (
    Form,
    HalfDays,
    Person,
    Private,
    Public,
    Ref,
    Word,
    check_id,
    same_slug,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.narrowing import Filters, case_of, narrowed
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shapes import Work, adds
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.incident import discipline
from reintegrate_cli.nouns.incident import record as rules
from reintegrate_cli.nouns.incident.discipline import IncidentRow
from reintegrate_cli.nouns.incident.record import (
    STATUSES,
    Ask,
    Incident,
    LikelyNeed,
    Removal,
    Review,
)
from reintegrate_cli.nouns.task import making

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.case.record import Case


class NewIncident(Form, kw_only=True):
    """What ``incident add`` takes: what was seen, what was said, and whose reading it is, apart."""

    on: Annotated[Public[date], PAST, TODAY, "the day it happened"]
    place: Annotated[Public[Word | None], "where, in one word"] = None
    before: Annotated[Private[str], PROSE, "what happened just before"] = ""
    observed: Annotated[Private[str], PROSE, "what was seen and heard, as a camera would have it"]
    said: Annotated[Private[str], PROSE, VERBATIM, "exact words, and who said them"] = ""
    likely_need: Annotated[Private[LikelyNeed], "what it was likely for"]
    whose_view: Annotated[Private[str], "whose reading that is"] = ""
    response: Annotated[Private[str], PROSE, "what the adults did"]
    helped: Annotated[Private[str], PROSE, "what helped"]
    account: Annotated[
        Private[str], PROSE, "what the student says about it, or that they would rather not"
    ] = ""
    repair: Annotated[Private[str], PROSE, "how it was repaired"] = ""


class NewReview(Form, kw_only=True):
    """What ``incident review`` takes."""

    by: Annotated[Ref[Person], "who reviewed it: a staff slug"]
    on: Annotated[Public[date], PAST, TODAY, "the day of the review"]
    manifestation: Annotated[
        Public[bool | None], "whether it came from the disability, if that was determined"
    ] = None
    removal: Annotated[
        Public[int | None],
        Within(1, 999),
        "which removal it is made for, by its number, if several wait",
    ] = None
    ask: Annotated[Public[Ask | None], "what to ask the principal about the record of it"] = None
    finding: Annotated[
        Private[str], PROSE, "what it looks like, knowing what the student went through"
    ]


class NewRemoval(Form, kw_only=True):
    """What ``incident removal`` takes."""

    days: Annotated[Public[HalfDays], "days out of school, in halves: 2 or 0.5"]
    decision_date: Annotated[Public[date], PAST, TODAY, "the day it was decided"]
    proposed: Annotated[Public[bool | None], FLAG, "it is proposed, and not decided yet"] = None


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("on", lambda row: row.on),
    Column("place", lambda row: row.place, True),
    Column("out", lambda row: f"{row.removal_days:g}" if row.removal_days else ""),
    Column("year", lambda row: f"{row.total_removal_days:g}" if row.total_removal_days else ""),
    Column("review", lambda row: row.review_status if row.review_status != "none" else ""),
    Column("determine by", lambda row: row.manifestation_due_on),
)

OptionalId = Annotated[
    str | None,
    Argument(metavar="[ID]", help="The incident; the latest one if left out.", finds="id"),
]


def _rows(store: "Store", incidents: list[Incident]) -> list[IncidentRow]:
    """Return the rows of incidents, which are all that their cases have."""
    by_case: dict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        by_case[incident.case].append(incident)
    cases = {ref: store.cases.get(ref) for ref in by_case}
    calendar = session.current.district.calendar
    return [
        discipline.row(incident, by_case[incident.case], cases[incident.case], calendar)
        for incident in incidents
    ]


def _row(work: Work, incident: Incident) -> IncidentRow:
    rows = _rows(work.store, work.store.of(Incident).all(case=incident.case))
    return next(row for row in rows if row.id == incident.id)


@adds("incident", view=_row, then=("incident review {ref} {id}",))
def add(work: Work, given: NewIncident) -> Incident:
    """Record what was seen; facts, exact words and whose reading it is are kept apart.

    Example: reintegrate incident add J8KF --place cafeteria
    """
    incident = work.new(Incident, given, known_on=work.today)
    if rules.lies_before_disclosure(incident, work.store.cases.get(work.ref)):
        work.say(
            "this was before the student was identified; what followed from it may be reviewed"
        )
    return incident


@verb("incident", "review")
def review(ref: RefArg, given: NewReview, id_: OptionalId = None) -> None:
    """Look at an incident from what the student went through; it comes before any removal.

    Without an ID it is of the latest incident. If several of its removals wait for a review, the
    ID says which: I1.2 is the second.

    Example: reintegrate incident review J8KF I1 --by lee
    """
    with session.writing() as store:
        work = Work(store, ref)
        id_, number = _which(id_, given.removal)
        incident = _latest(store, ref, id_, given.on) or store.of(Incident).get(ref, "I1")
        answer = Review(
            on=given.on,
            by=given.by,
            finding=given.finding,
            manifestation=given.manifestation,
            removal=number,
            ask=given.ask,
        )
        incident = store.of(Incident).put(rules.review(incident, answer))
        if answer.manifestation:
            _follow_up(work, incident, given.on)
        if answer.ask is not None:
            _ask_principal(work, incident, answer.ask)
        row = _row(work, incident)
    show(row)
    for message in work.messages:
        say(message)


def _which(id_: str | None, number: int | None) -> tuple[str | None, int | None]:
    """Return from ``I1.2`` the incident and the number of its removal."""
    head, dot, tail = (id_ or "").partition(".")
    if not dot:
        return id_, number
    if not (tail.isascii() and tail.isdigit() and len(tail) < 5) or number not in (None, int(tail)):
        raise Missing("there is no such removal", hint="I1.2 is the second removal of incident I1")
    return head, int(tail)


def _latest(store: "Store", ref: str, id_: str | None, upto: date) -> Incident | None:
    """Return the incident that is named, or the latest by a day, if there is one."""
    incidents = store.of(Incident)
    if id_ is not None:
        return incidents.get(ref, check_id(id_, ref))
    return rules.latest(incidents.all(case=ref), upto)


def _follow_up(work: Work, incident: Incident, on: date) -> None:
    """Add the tasks that follow from the disability (G7), each once."""
    calendar = session.current.district.calendar
    for about, text, due_on in discipline.follow_ups(incident, on, calendar):
        making.make(work, about, text, due_on)


_ASKED: dict[Ask, str] = {
    "expunge": "decide whether the record of {} is expunged, in the light of its review",
    "keep": "confirm that the record of {} is kept, with its review beside it",
}


def _ask_principal(work: Work, incident: Incident, ask: Ask) -> None:
    """Add a task for the principal of the student's school (clause 14); for the owner without one.

    A question that is asked the other way later is another task.
    """
    case, store = work.store.cases.get(work.ref), work.store
    principals = [
        person.slug
        for person in store.staff.all()
        if person.role == "principal"
        and same_slug(person.school or "", case.school)
        and store.is_here(person.slug, work.today)
    ]
    calendar = session.current.district.calendar
    due_on = discipline.school_day(work.today, calendar) or work.today
    owner = next(iter(principals), "")
    if not owner:
        work.say(f"no principal of {case.school} is on the staff; the task is with the case")
    about = f"{ask}/{incident.id}"
    making.make(work, about, _ASKED[ask].format(f"{work.ref}/{incident.id}"), due_on, owner)


@verb("incident", "removal")
def removal(ref: RefArg, given: NewRemoval, id_: OptionalId = None) -> None:
    """Record days out of school; one that is only proposed needs a review first (H1).

    Without an ID it belongs to the latest incident by the day of the decision; an imposed one of
    which there is no incident makes one that holds the removal alone.

    Example: reintegrate incident removal J8KF --days 2
    """
    on = given.decision_date
    with session.writing() as store:
        work, case = Work(store, ref), store.cases.get(ref)
        removal = Removal(
            decided_on=on,
            half_days=given.days,
            proposed=bool(given.proposed),
            by=work.you,
            tenth_school_day=discipline.school_day(on, session.current.district.calendar),
        )
        incident = _latest(store, ref, id_, on) or _bare(work, removal)
        incident = store.of(Incident).put(rules.remove(incident, removal))
        row = _row(work, incident)
    show(row)
    _warn(row, case)
    if on < incident.on:
        say("that was decided before the incident; it was kept as you gave it")
    if not incident.observed:
        say(f"{ref}/{incident.id} holds the removal alone: what was seen then is not on record")
    waiting = rules.due_reviews(incident)
    for each in waiting:
        which = f".{each.number}" if len(waiting) > 1 else ""
        by = "today" if each.decided_on == work.today else f"since {short_date(each.decided_on)}"
        say(
            f"its review is due {by}:"
            f" reintegrate incident review {ref} {incident.id}{which} --by SLUG"
        )


def _bare(work: Work, removal: Removal) -> Incident:
    """Return an incident that stands for a removal alone.

    Raises:
        Refused: the removal is only proposed, so that it needs a review (H1).
        Usage: it is of no days.
    """
    if removal.proposed:
        raise Refused(
            "there is no incident by then, and so no review, that a removal could be"
            " proposed after",
            rule="H1",
            hint=f"reintegrate incident add {work.ref}",
            fields=["proposed"],
        )
    if not removal.half_days:
        raise Usage("--days takes half a day or more", fields=["days"])
    id_ = work.store.of(Incident).next_id(work.ref)
    return Incident(case=work.ref, id=id_, on=removal.decided_on, known_on=work.today)


def _warn(row: IncidentRow, case: "Case") -> None:
    """Say how many days there are, what that leads to, and whom to ask (G7, G8)."""
    total = row.total_removal_days
    if row.warning is not None:
        say(
            f"{total:g} removal days in this school year; above 10 it is determined within 10"
            " school days of the decision whether the behavior came from the disability"
        )
    if row.proposed_days:
        say(f"{row.proposed_days:g} more are proposed: {total + row.proposed_days:g} in all")
    if row.manifestation_due_on is not None:
        by = explain_date(row.manifestation_due_on, session.today())
        say(f"the manifestation determination is due by {by}")
    elif row.warning == "above_limit" and case.disability != "none":
        say(
            "the calendar has too few school days to say by when; bring school_years in"
            " district.toml up to date"
        )
    if case.disability is None:
        say(
            "no disability is on record: ask whether a child-find referral is due, and note it with"
            f" reintegrate case edit {case.ref} --disability suspected"
        )


@verb("incident", "list", is_list=True, statuses=STATUSES)
def list_(filters: Filters) -> None:
    """List incidents with days out of school and their reviews; what happened is in case show.

    Example: reintegrate incident list --status revisit
    """
    only = case_of(filters)
    with session.reading() as store:
        incidents = store.of(Incident).all(**({"case": only} if only else {}))
        rows = narrowed(_rows(store, incidents), filters, store)
    show(rows, COLUMNS, empty="no incident is on record", kind=IncidentRow)
    if filters.status is None:
        offer(sum(row.review_status == "revisit" for row in rows))


def offer(count: int, case: str = "", say: Callable[[str], None] = say) -> None:
    """Offer what lies before the day the student was identified for review (clause 14)."""
    if count:
        one = "1 incident was" if count == 1 else f"{count} incidents were"
        only = f" --case {case}" if case else ""
        say(f"{one} before the student was identified, and may be reviewed:")
        say(f"  reintegrate incident list --status revisit{only}")


def to_revisit(store: "Store", case: "Case") -> int:
    """Return how many incidents of a case may be looked at again in the light of disclosure."""
    incidents = store.of(Incident).all(case=case.ref)
    return sum(rules.review_status(incident, case) == "revisit" for incident in incidents)


def section(store: "Store", ref: str) -> Section:
    """Return the incidents of one case, the latest first, with what helped before what happened."""
    rows = _rows(store, store.of(Incident).all(case=ref))
    rows.sort(key=lambda row: row.on, reverse=True)
    return Section(
        {"incidents": rows},
        heading="incidents",
        pairs=[pair for row in rows for pair in _told(row)],
        rows=rows,
        columns=COLUMNS[1:],
    )


def _told(row: IncidentRow) -> list[tuple[str, str]]:
    need = (row.likely_need or "") + (f", as {row.whose_view} sees it" if row.whose_view else "")
    parts = (
        ("helped", row.helped),
        ("before", row.before),
        ("seen", row.observed),
        ("said", row.said),
        ("likely for", need),
        ("response", row.response),
        ("the student's account", row.account),
        ("repair", row.repair),
    )
    pairs = [(f"{row.id} {name}", text) for name, text in parts if text]
    return [*pairs, *((f"{row.id} review", review.finding) for review in row.reviews)]
