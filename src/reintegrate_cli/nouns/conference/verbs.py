"""``conference``: meetings of agencies about cases, and what each of them may hear."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import check_id, check_slug
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Option
from reintegrate_cli.line.verbs import Filters, IdArg, narrowed, verb
from reintegrate_cli.nouns.conference import record as conferences
from reintegrate_cli.nouns.conference.forms import ConferenceOutcome, NewConference
from reintegrate_cli.nouns.conference.record import Conference, ConferenceRow, Ground, Lead
from reintegrate_cli.nouns.disclosure.record import NOTICE, Disclosure
from reintegrate_cli.nouns.release.record import Release
from reintegrate_cli.nouns.release.standing import facts_of
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("id", lambda row: row.id),
    Column("on", lambda row: row.on),
    Column("chair", lambda row: row.agency or "district"),
    Column("agencies", lambda row: " ".join(row.agencies), True),
    Column("cases", lambda row: " ".join(row.cases), True),
    Column(
        "step out",
        lambda row: "; ".join(f"{one.case}: {' '.join(one.agencies)}" for one in row.steps_out),
        True,
    ),
    Column("status", lambda row: row.status),
)
SHEET = (
    Column("case", lambda one: one.case),
    Column("may be spoken of", lambda one: ", ".join(one.records).replace("_", " "), True),
    Column("ground", lambda one: one.basis.replace("_", " "), True),
    Column("limits", lambda one: "yes" if one.assent == "limits" else ""),
    Column("last day", lambda one: one.expires_on),
)
OUT = (
    Column("case", lambda one: one.case),
    Column("steps out", lambda one: " ".join(one.agencies), True),
)


def _grounds(store: "Store", cases: Iterable[str]) -> dict[str, Ground]:
    return {
        ref: Ground(
            releases=store.of(Release).all(case=ref),
            log=store.of(Disclosure).all(case=ref),
            facts=facts_of(store, ref),
        )
        for ref in cases
    }


def _row(store: "Store", one: Conference, agency: str | None = None) -> ConferenceRow:
    return conferences.row(one, _grounds(store, one.cases), session.today(), agency)


@verb("conference", "add", about="release")
def add(given: NewConference) -> None:
    """Plan a conference: its day, who attends, who is spoken of, who chairs and leads.

    Example: reintegrate conference add --on wed --lead ACCAC --agency JPO --case P3RM
    """
    with session.writing("conference add") as store:
        named = [*([given.lead] if given.lead else []), *given.agencies]
        agencies = tuple(dict.fromkeys(store.partners.get(slug).slug for slug in named))
        cases = tuple(dict.fromkeys(store.cases.get(ref).ref for ref in given.cases))
        leads = tuple(
            Lead(function=one.function, agency=store.partners.get(one.agency).slug)
            for one in given.leads
        )
        if len({one.function for one in leads}) < len(leads):
            raise Usage("one agency leads in a function", fields=["leads"])
        kept = store.of(Conference)
        one = Conference(
            id=kept.next_id(),
            on=given.on,
            lead=agencies[0] if given.lead else None,
            agencies=agencies,
            cases=cases,
            leads=leads,
        )
        one = kept.put(one)
        row = _row(store, one)
    show(row)


@verb("conference", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the conferences, and who steps out of which case.

    Example: reintegrate conference list --since som
    """
    with session.reading() as store:
        rows = [_row(store, one) for one in store.of(Conference).all()]
        rows = narrowed(
            rows, filters, store, statuses=("planned", "held"), cases=lambda row: row.cases
        )
    show(rows, COLUMNS, empty="no conference is planned", kind=ConferenceRow)


@verb("conference", "packet")
def packet(
    id_: IdArg,
    agency: Annotated[
        str | None, Option("--agency", metavar="SLUG", help="For whom; the district if left out.")
    ] = None,
) -> None:
    """Show what one agency may hear: the cases it has a release or another ground for.

    The chair sees besides who steps out of which case. A case that an agency may not hear of is
    not on its sheet, by its ref either.

    Example: reintegrate conference packet O1 --agency JPO
    """
    if agency is not None:
        agency = check_slug(agency)
    with session.writing("conference packet") as store:
        one = store.of(Conference).get(check_id(id_))
        if agency is not None:
            agency = conferences.attending(one, store.partners.get(agency).slug)
        row = _row(store, one, agency)
        store.touch(one.id)
        for ref in row.cases:
            store.touch(ref)
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


@verb("conference", "outcome")
def outcome(id_: IdArg, given: ConferenceOutcome) -> None:
    """Record what was decided; each decision becomes a task with its owner and its day.

    Example: reintegrate conference outcome O1
    """
    today = session.today()
    with session.writing("conference outcome") as store:
        one = store.of(Conference).get(check_id(id_))
        owners = [store.staff.get(decision.owner).slug for decision in given.decisions]
        for decision in given.decisions:
            if decision.case is not None:
                store.cases.get(decision.case)
        tasks = []
        for decision, owner in zip(given.decisions, owners, strict=True):
            task = Task(
                id=store.tasks.next_id(),
                case=decision.case,
                due_on=decision.due_on,
                owner=owner,
                text=decision.text,
            )
            tasks.append(store.tasks.put(task).id)
        one = conferences.held(one, given.on or today, given.decisions, tasks)
        row = _row(store, store.of(Conference).put(one))
    say(
        "what an agency was told there belongs into the log: "
        "reintegrate disclose REF --to AGENCY --on DAY"
    )
    show(row)
