"""``credit``: interrupted schooling, what was earned, and what is still needed."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.calendar import read_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.credit import record as schooling
from reintegrate_cli.nouns.credit.forms import DoneCredit, EndCredit, NewCredit, SchoolingGiven
from reintegrate_cli.nouns.credit.record import AWAY, Credit, CreditRow, Ledger, Schooling

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("status", lambda one: one.status.replace("_", " "), True),
    Column("amount", lambda one: one.amount),
    Column("course", lambda one: one.course, True),
    Column("source", lambda one: one.source, True),
    Column("on", lambda one: one.on),
    Column("answer by", lambda one: one.due_on),
)


@verb("credit", "add")
def add(ref: RefArg, given: NewCredit) -> None:
    """Enter a credit, or ask a former school for one and say when to look again (G4).

    Example: reintegrate credit add HX4T --status partial --amount 0.5 --source Lincoln
    """
    ref = check_case_ref(ref)
    if given.status == "requested" and given.due_on is None and output.can_ask():
        given = replace(given, due_on=_asked_day())
    schooling.check_new(given)
    with session.writing("credit add") as store:
        store.cases.get(ref)
        kept = store.of(Credit)
        credit = Credit(
            case=ref,
            id=kept.next_id(ref),
            state=given.status,
            hundredths=given.amount,
            course=given.course,
            source=given.source,
            on=given.on or session.today(),
            due_on=given.due_on,
            note=given.note,
        )
        credit = kept.put(credit)
    show(schooling.credit_row(credit))


def _asked_day() -> date:
    while True:
        try:
            return read_date(output.ask("the day to look again"), session.today())
        except Usage as problem:
            output.say(f"{problem.message}; {problem.hint}")


@verb("credit", "done")
def done(ref: RefArg, id_: IdArg, given: DoneCredit) -> None:
    """Record that a credit was made up, or that the school it comes from answered.

    Example: reintegrate credit done HX4T Q1 --amount 2.5
    """
    ref = check_case_ref(ref)
    with session.writing("credit done") as store:
        store.cases.get(ref)
        credit = store.of(Credit).get(ref, check_id(id_, ref))
        credit = schooling.answered(credit, given, given.on or session.today())
        credit = store.of(Credit).put(credit)
    show(schooling.credit_row(credit))


@verb("credit", "end")
def end(ref: RefArg, id_: IdArg, given: EndCredit) -> None:
    """Record that a credit does not count, or is looked for no more; it stays in the record.

    Example: reintegrate credit end HX4T Q1 --reason not_accepted
    """
    ref = check_case_ref(ref)
    with session.writing("credit end") as store:
        store.cases.get(ref)
        credit = store.of(Credit).get(ref, check_id(id_, ref))
        credit = schooling.ended(credit, given.on or session.today(), given.reason)
        credit = store.of(Credit).put(credit)
    show(schooling.credit_row(credit))


@verb("credit", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List credits; for one case the totals are said too.

    Example: reintegrate credit list --case HX4T
    """
    ref = case_of(filters)
    with session.reading() as store:
        found = store.of(Credit).all(**({"case": ref} if ref else {}))
        rows = [schooling.credit_row(one) for one in found]
        rows = narrowed(rows, filters, store, statuses=schooling.STATUSES)
        totals = schooling.told(_ledger(store, ref)) if ref else ""
    show(rows, COLUMNS, empty="no credit is on record", kind=CreditRow)
    if totals:
        say(f"in all: {totals}")


def _stays(_store: "Store", called: Mapping[str, Any]) -> bool:
    """Say that the route does not lead out of school."""
    given: SchoolingGiven = called["given"]
    return given.route not in AWAY


@verb("credit", "set", fields_about={"route": "placement"}, spares=_stays)
def set_(ref: RefArg, given: SchoolingGiven) -> None:
    """Say how schooling was interrupted, how far off classmates are, and the way to finish.

    Example: reintegrate credit set HX4T --last-attended 2026-03-02 --required 24
    --route diploma
    """
    ref = check_case_ref(ref)
    with session.writing("credit set") as store:
        store.cases.get(ref)
        former = store.of(Schooling).find(ref)
        kept = schooling.amended(former, given, ref, session.today())
        kept = store.of(Schooling).put(kept)
        ledger = _ledger(store, ref)
    if schooling.lacks_ways(kept):
        say(
            f"classmates are {kept.gap_years} years younger; with --way say what keeps peers of "
            "the same age near, before another setting is thought of"
        )
    show(ledger)


@verb("credit", "show")
def show_(ref: RefArg) -> None:
    """Show how long schooling was interrupted, the totals, and what is still needed.

    Example: reintegrate credit show HX4T
    """
    ref = check_case_ref(ref)
    with session.reading() as store:
        store.cases.get(ref)
        ledger = _ledger(store, ref)
    show(ledger)


def _ledger(store: "Store", ref: str) -> Ledger:
    found = store.of(Credit).all(case=ref)
    return schooling.ledger(ref, store.of(Schooling).find(ref), found, session.today())


def section(store: "Store", ref: str) -> Section:
    """The interruption of one case, its totals and its credits."""
    found = store.of(Credit).all(case=ref)
    kept = store.of(Schooling).find(ref)
    ledger = schooling.ledger(ref, kept, found, session.today())
    rows = [schooling.credit_row(one) for one in found]
    document = {"schooling": ledger, "credits": rows}
    notes = [(f"{row.id} note", row.note) for row in rows]
    return Section(
        document,
        pairs=[*_told(ledger), *notes],
        heading="schooling",
        rows=rows,
        columns=COLUMNS[1:],
    )


def _told(ledger: Ledger) -> list[tuple[str, str]]:
    out = ""
    if ledger.last_attended_on is not None:
        back = f", back on {ledger.returned_on.isoformat()}" if ledger.returned_on else ""
        out = f"{ledger.days_out} days, last there {ledger.last_attended_on.isoformat()}{back}"
    route: list[str] = [ledger.route or ""]
    if ledger.finish_by is not None:
        route.append(f"perhaps by {ledger.finish_by.isoformat()}")
    years = ledger.gap_years
    gap = "" if years is None else f"{years} year{'' if years == 1 else 's'} older than classmates"
    return [
        ("out of school", out),
        ("credits", schooling.told(ledger)),
        ("route", ", ".join(part for part in route if part).replace("_", " ")),
        ("age", gap),
        ("peers of own age", ", ".join(ledger.ways).replace("_", " ")),
        ("note", ledger.note),
    ]
