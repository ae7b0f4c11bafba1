"""``conference``: meetings of agencies about cases, and what each of them may hear."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import PAST, PROSE, TODAY, Option
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Agency,
    CaseRef,
    Form,
    Private,
    Public,
    Ref,
    Worker,
    check_id,
    check_slug,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output, plain
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.line.verbs import IdArg, verb
from reintegrate_cli.nouns.conference import record as conferences
from reintegrate_cli.nouns.conference.record import Conference, ConferenceRow, Ground, Lead
from reintegrate_cli.nouns.disclosure.record import NOTICE, Disclosure
from reintegrate_cli.nouns.release.record import Release
from reintegrate_cli.nouns.release.standing import facts_of
from reintegrate_cli.nouns.task.record import Task


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
    Column("may be spoken of", lambda sheet: ", ".join(sheet.records).replace("_", " "), True),
    Column("ground", lambda sheet: sheet.basis.replace("_", " "), True),
    Column("limits", lambda sheet: "yes" if sheet.assent == "limits" else ""),
    Column("last day", lambda sheet: sheet.expires_on),
)
OUT = (
    Column("case", lambda out: out.case),
    Column("steps out", lambda out: " ".join(out.agencies), True),
)


def _row(work: Work, conference: Conference, agency: str | None = None) -> ConferenceRow:
    grounds = {
        ref: Ground(
            releases=work.store.of(Release).all(case=ref),
            log=work.store.of(Disclosure).all(case=ref),
            facts=facts_of(work.store, ref),
        )
        for ref in conference.cases
    }
    return conferences.row(conference, grounds, work.today, agency)


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
