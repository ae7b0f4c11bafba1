"""``conference``: meetings of agencies about cases, and what each of them may hear."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import PAST, PROSE, TODAY, Option
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Agency,
    CaseRef,
    Form,
    Private,
    Public,
    RecordId,
    Ref,
    Sensitivity,
    Worker,
    check_id,
    check_slug,
    counted,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output, plain
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.line.verbs import IdArg, RefArg, verb
from reintegrate_cli.nouns.conference import preparing
from reintegrate_cli.nouns.conference import record as conferences
from reintegrate_cli.nouns.conference.preparing import Draft, Preparation
from reintegrate_cli.nouns.conference.record import Conference, ConferenceRow, Ground, Lead, Sheet
from reintegrate_cli.nouns.disclosure import packets
from reintegrate_cli.nouns.disclosure.record import NOTICE, Disclosure
from reintegrate_cli.nouns.release.record import Release
from reintegrate_cli.nouns.release.standing import facts_of
from reintegrate_cli.nouns.task.record import Task
from reintegrate_cli.nouns.wish.record import Wish


class NewConference(Form, kw_only=True):
    """What ``conference add`` takes."""

    on: Annotated[Public[date], "the day of the conference"]
    agencies: Annotated[Ref[tuple[Agency, ...]], Option("--agency"), "who attends; may repeat"]
    cases: Annotated[Ref[tuple[CaseRef, ...]], Option("--case"), "who is spoken of; may repeat"]
    lead: Annotated[Ref[Agency | None], "the agency in the chair; the district if left out"] = None
    leads: Annotated[Public[tuple[Lead, ...]], "which agency leads in which function"] = ()


class Decision(Form, kw_only=True):
    """One thing that was decided, and becomes a task."""

    text: Annotated[Private[str], PROSE, "what is to be done"]
    owner: Annotated[Ref[Worker], "who on the staff does it, or sees that it is done"]
    due_on: Annotated[Public[date], Option("--due"), "the day it is to be done by"]
    case: Annotated[Ref[CaseRef | None], "the case that it is about"] = None


class ConferenceOutcome(Form, kw_only=True):
    """What ``conference outcome`` takes."""

    decisions: Annotated[Public[tuple[Decision, ...]], "what was decided"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was held"]


COLUMNS = (
    Column("id", lambda row: row.id),
    Column("on", lambda row: row.on),
    Column("chair", lambda row: row.agency or "district"),
    Column("agencies", lambda row: " ".join(row.agencies), True),
    Column("cases", lambda row: " ".join(row.cases), True),
    Column(
        "step out",
        lambda row: "; ".join(f"{out.case}: {' '.join(out.agencies)}" for out in row.steps_out),
        True,
    ),
    Column("status", lambda row: row.status),
)
SHEET = (
    Column("case", lambda sheet: sheet.case),
    Column("may be spoken of", lambda sheet: labels(sheet.records), True),
    Column("ground", lambda sheet: label(sheet.basis), True),
    Column("limits", lambda sheet: "yes" if sheet.assent == "limits" else ""),
    Column("last day", lambda sheet: sheet.expires_on),
)
OUT = (
    Column("case", lambda out: out.case),
    Column("steps out", lambda out: " ".join(out.agencies), True),
)


def _row(work: Work, conference: Conference, agency: str | None = None) -> ConferenceRow:
    grounds = {ref: _ground(work, ref) for ref in conference.cases}
    return conferences.row(conference, grounds, work.today, agency)


def _ground(work: Work, ref: str) -> Ground:
    return Ground(
        releases=work.store.of(Release).all(case=ref),
        log=work.store.of(Disclosure).all(case=ref),
        facts=facts_of(work.store, ref),
    )


@adds("conference", about="release", view=_row)
def add(work: Work, given: NewConference) -> Conference:
    """Plan a conference: its day, who attends, who is spoken of, who chairs and leads.

    Example: reintegrate conference add --on wed --lead ACCAC --agency JPO --case P3RM
    """
    if len({lead.function for lead in given.leads}) < len(given.leads):
        raise Usage("only one agency can lead in a function", fields=["leads"])
    agencies = dict.fromkeys([given.lead, *given.agencies] if given.lead else given.agencies)
    cases = dict.fromkeys(given.cases)
    return work.new(Conference, given, agencies=tuple(agencies), cases=tuple(cases))


@lists(
    "conference",
    COLUMNS,
    ("planned", "held"),
    narrow={"cases": lambda conference: conference.cases},
)
def list_(work: Work, planned: list[Conference]) -> list[ConferenceRow]:
    """List the conferences, and who steps out of which case.

    Example: reintegrate conference list --since som
    """
    return [_row(work, conference) for conference in planned]


class Preparing(Form, kw_only=True):
    """What ``conference prepare`` takes."""

    agency: Annotated[Ref[Agency | None], "only for this one; all that attend, if left out"] = None
    conference: Annotated[
        Ref[RecordId | None], "which conference; the next one about the case, if left out"
    ] = None
    since: Annotated[
        Public[date | None], PAST, "what happened from this day on; from the last conference"
    ] = None


@verb("conference", "prepare")
def prepare(ref: RefArg, filters: Preparing) -> None:
    """Draft what may be said of a case: what happened since the last conference about it.

    For each agency, only what its live release or another ground lets it hear; who has none steps
    out. That it was read goes into the history.

    Example: reintegrate conference prepare P3RM --agency ACCAC
    """
    with session.writing() as store:
        work = Work(store, store.cases.get(ref).ref)
        made, left_out = _prepared(work, filters)
        for name in filter(None, (work.ref, made.conference)):
            store.touch(name)
    say(NOTICE)
    if output.current.as_json:
        show(made, upto=Sensitivity.PRIVATE)
        return
    _draw(made, work.today)
    if left_out:
        say(f"{counted(left_out, 'text')} named another student, and left out")


def _prepared(work: Work, filters: Preparing) -> tuple[Preparation, int]:
    """Return the drafts of one case, and how many texts were left out of them.

    Raises:
        Usage: no conference is planned about the case, and no agency is named.
        Refused: the agency that is named has to step out.
    """
    kept = work.store.of(Conference).all()
    id_ = None if filters.conference is None else check_id(filters.conference)
    agency = None if filters.agency is None else str(work.store.partners.get(filters.agency).slug)
    conference = preparing.planned(kept, work.ref, id_)
    if conference is None and agency is None:
        raise Usage(
            f"no conference about {work.ref} is planned",
            fields=["agency"],
            hint="name an --agency; or reintegrate conference add plans one",
        )
    if conference is not None and agency is not None:
        agency = conferences.attending(conference, agency)
    agencies = (agency,) if agency else conference.agencies if conference else ()
    last = preparing.last_about(kept, work.ref)
    held_on = last.held_on if last else None
    since = filters.since or held_on or work.store.cases.get(work.ref).opened_on
    day = max(work.today, conference.on) if conference else work.today
    ground = _ground(work, work.ref)
    sheets = {slug: conferences.sheet(work.ref, slug, ground, day) for slug in agencies}
    if agency is not None and sheets[agency] is None:
        raise preparing.refusal(agency, work.ref)
    drafts = [_draft(work, slug, sheet, since) for slug, sheet in sheets.items() if sheet]
    made = Preparation(
        case=work.ref,
        conference=conference.id if conference else None,
        on=day,
        since=since,
        last=last.id if last and filters.since is None else None,
        drafts=tuple(draft for draft, _ in drafts),
        steps_out=tuple(slug for slug, sheet in sheets.items() if sheet is None),
        wishes=tuple(
            wish.id
            for wish in work.store.of(Wish).all(case=work.ref)
            if wish.is_live and wish.about == "release"
        ),
    )
    return made, sum(many for _, many in drafts)


def _draft(work: Work, agency: str, sheet: Sheet, since: date) -> tuple[Draft, int]:
    types = preparing.types_of(sheet)
    tables = {
        table: [
            record
            for record in work.store.table(table).all(case=work.ref)
            if preparing.is_new(record, since, work.today)
        ]
        for type_ in types
        for table in packets.TABLES[type_]
    }
    theirs = {one.id for one in work.store.schedules.all(case=work.ref) if one.with_ == "student"}
    met = [
        event
        for event in work.store.checkins.all(case=work.ref)
        if event.outcome == "done"
        and event.schedule in theirs
        and since <= event.happened_on <= work.today
    ]
    others = {case.ref for case in work.store.cases.all()} - {work.ref}
    return preparing.draft(agency, sheet, tables, met, others)


def _draw(made: Preparation, today: date) -> None:
    about = f" (conference {made.last})" if made.last else ""
    output.pairs(
        [
            ("case", made.case),
            ("for", f"conference {made.conference}" if made.conference else ""),
            ("since", f"{explain_date(made.since, today)}{about}"),
            ("their wishes", f"{', '.join(made.wishes)}: read first" if made.wishes else ""),
        ]
    )
    for draft in made.drafts:
        rests = ", ".join(draft.releases) or label(draft.basis)
        until = f", through {explain_date(draft.expires_on, today)}" if draft.expires_on else ""
        output.print_rows("")
        output.print_rows(f"{draft.agency} may hear ({rests}{until})")
        if draft.limits:
            first = draft.releases[0]
            output.print_rows(f"  within the limits of release show {made.case} {first}")
        output.pairs(_lines(draft), margin=2)
    if made.steps_out:
        output.print_rows("")
        output.pairs([("step out first", ", ".join(made.steps_out))])


def _lines(draft: Draft) -> Iterator[tuple[str, str]]:
    for told in draft.told:
        name = label(told.records)
        for place, item in enumerate(told.items or ("nothing new",)):
            yield "" if place else name, item


@verb("conference", "packet")
def packet(
    id_: IdArg,
    agency: Annotated[
        str | None,
        plain.Option("--agency", metavar="SLUG", help="Which agency; the district if left out."),
    ] = None,
) -> None:
    """Show what one agency may hear: the cases it has a release or another ground for.

    The chair also sees who steps out of which case. A case that an agency may not hear about is
    not on its sheet, not even by its ref.

    Example: reintegrate conference packet O1 --agency JPO
    """
    if agency is not None:
        agency = check_slug(agency)
    with session.writing() as store:
        conference = store.of(Conference).get(check_id(id_))
        if agency is not None:
            agency = conferences.attending(conference, store.partners.get(agency).slug)
        row = _row(Work(store), conference, agency)
        for name in (conference.id, *row.cases):
            store.touch(name)
    say(NOTICE)
    if output.current.as_json:
        show(row)
        return
    output.pairs(
        [("conference", row.id), ("on", row.on.isoformat()), ("for", agency or "the district")]
    )
    if row.sheets:
        output.table(row.sheets, SHEET)
    elif agency is not None:
        say("it may hear of no case, and steps out of each")
    if row.steps_out:
        output.table(row.steps_out, OUT)


@changes("conference", "outcome", view=_row)
def outcome(work: Work, conference: Conference, given: ConferenceOutcome) -> Conference:
    """Record what was decided; each decision becomes a task with its owner and its day.

    Example: reintegrate conference outcome O1
    """
    about = [decision.case for decision in given.decisions]
    conference = conferences.held(conference, given.on, about)
    tasks = [work.store.tasks.put(work.new(Task, decision)).id for decision in given.decisions]
    work.say("log what an agency was told there: reintegrate disclose REF --to AGENCY --on DAY")
    return replace(conference, tasks=(*conference.tasks, *tasks))
