"""``incident``: what was seen, the review that comes before a removal, and days out of school."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import explain_date, short_date
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import Filters, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.incident import discipline
from reintegrate_cli.nouns.incident import record as incidents
from reintegrate_cli.nouns.incident.discipline import IncidentRow
from reintegrate_cli.nouns.incident.forms import NewIncident, NewRemoval, NewReview
from reintegrate_cli.nouns.incident.record import Incident, Removal, Review
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from datetime import date

    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.case.record import Case

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


def _row(store: "Store", case: "Case", incident: Incident) -> IncidentRow:
    every = store.of(Incident).all(case=case.ref)
    return discipline.row(incident, every, case, session.current.district.calendar)


@verb("incident", "add")
def add(ref: RefArg, given: NewIncident) -> None:
    """Record what was seen; facts, exact words and whose reading it is stand apart.

    Example: reintegrate incident add J8KF --place cafeteria
    """
    ref = check_case_ref(ref)
    with session.writing("incident add") as store:
        case = store.cases.get(ref)
        incident = Incident(
            case=ref,
            id=store.of(Incident).next_id(ref),
            on=given.on or session.today(),
            place=given.place,
            known_on=session.today(),
            before=given.before,
            observed=given.observed,
            said=given.said,
            likely_need=given.likely_need,
            whose_view=given.whose_view,
            response=given.response,
            helped=given.helped,
            account=given.account,
            repair=given.repair,
        )
        row = _row(store, case, store.of(Incident).put(incident))
    show(row)
    if row.before_disclosure:
        say(
            "this lies before the day the trafficking became known; what followed from it may be "
            "looked at again"
        )


@verb("incident", "review")
def review(ref: RefArg, given: NewReview, id_: OptionalId = None) -> None:
    """Look at an incident from what the student went through; it comes before any removal.

    Without an ID it is of the latest incident. If several of its removals wait for a review, the
    ID says which: I1.2 is the second.

    Example: reintegrate incident review J8KF I1 --by lee
    """
    ref = check_case_ref(ref)
    with session.writing("incident review") as store:
        case = store.cases.get(ref)
        on = given.on or session.today()
        id_, number = _which(id_, given.removal)
        found = incidents.latest(store.of(Incident).all(case=ref), on) if id_ is None else None
        incident = found or store.of(Incident).get(ref, check_id(id_ or "I1", ref))
        made = Review(
            on=on,
            by=store.person(given.by),
            finding=given.finding,
            manifestation=given.manifestation,
            removal=number,
        )
        incident = store.of(Incident).put(incidents.review(incident, made))
        follow = _follow_up(store, case, incident, on) if made.manifestation else []
        row = _row(store, case, incident)
    show(row)
    for task in follow:
        say(f"{task.id}, due {explain_date(task.due_on, session.today())}: {task.text}")


def _which(id_: str | None, number: int | None) -> tuple[str | None, int | None]:
    """Split ``I1.2`` into the incident and the number of its removal."""
    head, dot, tail = (id_ or "").partition(".")
    if not dot:
        return id_, number
    if not (tail.isascii() and tail.isdigit() and len(tail) < 5) or number not in (None, int(tail)):
        raise Missing("there is no such removal", hint="I1.2 is the second removal of incident I1")
    return head, int(tail)


def _follow_up(store: "Store", case: "Case", incident: Incident, on: "date") -> list[Task]:
    """Make the tasks that follow from the disability (G7), each once."""
    there = {task.about for task in store.tasks.all(case=case.ref)}
    made = []
    for one in discipline.follow_ups(incident, on, session.current.district.calendar):
        if one.about not in there:
            task = Task(
                id=store.tasks.next_id(),
                case=case.ref,
                due_on=one.due_on,
                owner=store.takes_on(case.owner, session.today()),
                text=one.text,
                about=one.about,
            )
            made.append(store.tasks.put(task))
    return made


@verb("incident", "removal")
def removal(ref: RefArg, given: NewRemoval, id_: OptionalId = None) -> None:
    """Record days out of school; one that is only proposed needs a review first (H1).

    Without an ID it belongs to the latest incident by the day of the decision; an imposed one of
    which there is no incident makes one that holds the removal alone.

    Example: reintegrate incident removal J8KF --days 2
    """
    ref, today = check_case_ref(ref), session.today()
    made = Removal(
        decided_on=given.decision_date or today, half_days=given.days, proposed=bool(given.proposed)
    )
    with session.writing("incident removal") as store:
        case = store.cases.get(ref)
        incident = _of(store, ref, id_, made)
        made = replace(
            made,
            by=store.by,
            tenth_school_day=discipline.tenth_school_day(
                made.decided_on, session.current.district.calendar
            ),
        )
        incident = store.of(Incident).put(incidents.remove(incident, made))
        row = _row(store, case, incident)
    show(row)
    _warn(row, case)
    if made.decided_on < incident.on:
        say("that was decided before the incident; it was kept as you gave it")
    if not incident.observed:
        say(f"{ref}/{incident.id} holds the removal alone: what was seen then is not on record")
    waiting = incidents.due_reviews(incident)
    for one in waiting:
        which = f".{one.number}" if len(waiting) > 1 else ""
        by = "today" if one.decided_on == today else f"since {short_date(one.decided_on)}"
        say(
            f"its review is due {by}: reintegrate incident review {ref} {incident.id}{which} --by SLUG"
        )


def _of(store: "Store", ref: str, id_: str | None, made: Removal) -> Incident:
    kept = store.of(Incident)
    if id_ is not None:
        return kept.get(ref, check_id(id_, ref))
    found = incidents.latest(kept.all(case=ref), made.decided_on)
    if found is not None:
        return found
    if made.proposed:
        raise Refused(
            "there is no incident by then, and so no review, that a removal could be proposed after",
            rule="H1",
            hint=f"reintegrate incident add {ref}",
        )
    if not made.half_days:
        raise Usage("--days takes half a day or more", fields=["days"])
    return Incident(case=ref, id=kept.next_id(ref), on=made.decided_on, known_on=session.today())


def _warn(row: IncidentRow, case: "Case") -> None:
    """Say how many days there are, what that leads to, and whom to ask (G7, G8)."""
    total = row.total_removal_days
    if row.warning is not None:
        say(
            f"{total:g} removal days in this school year; above 10 it is determined within 10 school "
            "days of the decision whether the behavior came from the disability"
        )
    if row.proposed_days:
        say(f"{row.proposed_days:g} more are proposed: {total + row.proposed_days:g} in all")
    if row.manifestation_due_on is not None:
        by = explain_date(row.manifestation_due_on, session.today())
        say(f"the manifestation determination is due by {by}")
    elif row.warning == "above_limit" and case.disability != "none":
        say(
            "the calendar has too few school days to say by when; bring school_years in district.toml "
            "up to date"
        )
    if case.disability is None:
        say(
            f"no disability is on record: ask whether a child-find referral is due, and note it with "
            f"reintegrate case edit {case.ref} --disability suspected"
        )


@verb("incident", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List incidents with days out of school and their reviews; what happened is in case show.

    Example: reintegrate incident list --status revisit
    """
    with session.reading() as store:
        only = case_of(filters)
        found = store.of(Incident).all(**({"case": only} if only else {}))
        cases = {ref: store.cases.get(ref) for ref in {one.case for one in found}}
        by_case: dict[str, list[Incident]] = {ref: [] for ref in cases}
        for one in found:
            by_case[one.case].append(one)
        calendar = session.current.district.calendar
        rows = [discipline.row(one, by_case[one.case], cases[one.case], calendar) for one in found]
        rows = narrowed(rows, filters, store, statuses=incidents.STATUSES)
    show(rows, COLUMNS, empty="no incident is on record", kind=IncidentRow)
    if filters.status is None:
        offer(sum(row.review_status == "revisit" for row in rows))


def offer(count: int, case: str = "", say: Callable[[str], None] = say) -> None:
    """Offer what lies before the day the trafficking became known for review (clause 14)."""
    if count:
        one = "1 incident lies" if count == 1 else f"{count} incidents lie"
        only = f" --case {case}" if case else ""
        say(f"{one} before the day the trafficking became known, and may be looked at again:")
        say(f"  reintegrate incident list --status revisit{only}")


def to_revisit(store: "Store", case: "Case") -> int:
    """Count the incidents of a case that may be looked at again in the light of disclosure."""
    found = store.of(Incident).all(case=case.ref)
    return sum(incidents.review_status(one, case) == "revisit" for one in found)


def section(store: "Store", ref: str) -> Section:
    """The incidents of one case, the latest first, with what helped before what happened."""
    case = store.cases.get(ref)
    every = store.table("incidents").all(case=ref)
    calendar = session.current.district.calendar
    rows = [discipline.row(one, every, case, calendar) for one in every]
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
    said = (
        ("helped", row.helped),
        ("before", row.before),
        ("seen", row.observed),
        ("said", row.said),
        ("likely for", need),
        ("response", row.response),
        ("the student's account", row.account),
        ("repair", row.repair),
    )
    pairs = [(f"{row.id} {name}", text) for name, text in said if text]
    return [*pairs, *((f"{row.id} review", one.finding) for one in row.reviews)]
