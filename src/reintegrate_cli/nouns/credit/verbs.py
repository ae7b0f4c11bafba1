"""``credit``: interrupted schooling, what was earned, and what is still needed."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from reintegrate_cli.core.calendar import explain_day
from reintegrate_cli.core.hints import ASK, FUTURE, PAST, PROSE, TODAY, Option, Within
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.records import Form, Hundredths, Private, Public, Word
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.credit import record as rules
from reintegrate_cli.nouns.credit.record import (
    AWAY,
    STATUSES,
    Credit,
    CreditRow,
    EndReason,
    Ledger,
    Route,
    Schooling,
    State,
    Way,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewCredit(Form, kw_only=True):
    """What ``credit add`` takes."""

    status: Annotated[Public[State], "its status"]
    amount: Annotated[Public[Hundredths | None], ASK, "how much: 0.5"] = None
    course: Annotated[Public[Word | None], "the course, in one word"] = None
    source: Annotated[Public[Word | None], "the school that it comes from, in one word"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it counts from"]
    due_on: Annotated[
        Public[date | None], Option("--due"), "for one that is requested: when to look again"
    ] = None
    note: Annotated[Private[str], PROSE, "what to remember, or what was asked for"] = ""


class DoneCredit(Form, kw_only=True):
    """What ``credit done`` takes."""

    amount: Annotated[Public[Hundredths | None], "how much; as it is on record if left out"] = None
    status: Annotated[
        Public[Literal["earned", "partial", "waived"] | None], "how it counts; earned if left out"
    ] = None
    course: Annotated[Public[Word | None], "the course, in one word"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it counts from"]


class EndCredit(Form, kw_only=True):
    """What ``credit end`` takes."""

    reason: Annotated[Public[EndReason], "why it does not count"]
    on: Annotated[Public[date], PAST, TODAY, "the day that became known"]


class SchoolingGiven(Form, kw_only=True):
    """What ``credit set`` takes: what is given replaces what was there."""

    asks_when_bare: ClassVar[bool] = True

    last_attended_on: Annotated[
        Public[date | None], PAST, Option("--last-attended"), "the last day attended"
    ] = None
    returned_on: Annotated[
        Public[date | None], PAST, Option("--returned"), "the first day back in school"
    ] = None
    required: Annotated[
        Public[Hundredths | None], "credits that the route to completion takes in all: 24"
    ] = None
    gap_years: Annotated[
        Public[int | None],
        Within(0, 25),
        "years older than the others in the grade; never a birth date",
    ] = None
    ways: Annotated[
        Public[tuple[Way, ...]], Option("--way"), "what keeps peers of the same age near"
    ] = ()
    route: Annotated[Public[Route | None], "the route to completion"] = None
    finish_by: Annotated[Public[date | None], FUTURE, "when it may be finished, as an estimate"] = (
        None
    )
    note: Annotated[Private[str], PROSE, "what to remember"] = ""


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("status", lambda row: label(row.status), True),
    Column("amount", lambda row: row.amount),
    Column("course", lambda row: row.course, True),
    Column("source", lambda row: row.source, True),
    Column("on", lambda row: row.on),
    Column("answer by", lambda row: row.due_on),
)


@verb("credit", "add")
def add(ref: RefArg, given: NewCredit) -> None:
    """Enter a credit, or ask a former school for one and say when to look again (G4).

    Example: reintegrate credit add HX4T --status partial --amount 0.5 --source Lincoln
    """
    if given.status == "requested" and given.due_on is None and output.can_ask():
        given.due_on = _asked_day()
    rules.check_new(given.status, given.due_on, given.amount)
    with session.writing() as store:
        store.cases.get(ref)
        work = Work(store, ref)
        credit = work.new(Credit, given, state=given.status, hundredths=given.amount)
        row = rules.row(store.of(Credit).put(credit), work.today)
    output.show(row)


def _asked_day() -> date:
    return output.ask_day("the day to look again", session.today())


@changes("credit", "done", row=rules.row)
def done(work: Work, credit: Credit, given: DoneCredit) -> Credit:
    """Record that a credit was made up, or that the school it comes from answered.

    Example: reintegrate credit done HX4T Q1 --amount 2.5
    """
    return rules.answered(
        credit,
        on=given.on,
        state=given.status or "earned",
        hundredths=given.amount,
        course=given.course,
    )


@changes("credit", "end", row=rules.row)
def end(work: Work, credit: Credit, given: EndCredit) -> Credit:
    """Record that a credit does not count, or is no longer looked for; it stays in the record.

    Example: reintegrate credit end HX4T Q1 --reason not_accepted
    """
    return rules.ended(credit, given.on, given.reason)


@lists("credit", COLUMNS, STATUSES)
def list_(work: Work, credits_: list[Credit]) -> list[CreditRow]:
    """List credits; for one case the totals are said too.

    Example: reintegrate credit list --case HX4T
    """
    if work.ref:
        work.say(f"in all: {rules.told(_ledger(work))}")
    return [rules.row(credit, work.today) for credit in credits_]


def _stays(_store: "Store", called: Mapping[str, Any]) -> bool:
    """Return whether the route does not lead out of school."""
    return called["given"].route not in AWAY


def _ledger(work: Work, schooling: Schooling | None = None) -> Ledger:
    """Return how the schooling of a case stands; its record is looked up if it is left out."""
    schooling = schooling or work.store.of(Schooling).find(work.ref)
    return rules.ledger(work.ref, schooling, work.store.of(Credit).all(case=work.ref), work.today)


@adds("credit", "set", view=_ledger, fields_about={"route": "placement"}, spares=_stays)
def set_(work: Work, given: SchoolingGiven) -> Schooling:
    """Say how schooling was interrupted, how far off classmates are, and the way to finish.

    Example: reintegrate credit set HX4T --last-attended 2026-03-02 --required 24
    --route diploma
    """
    former = work.store.of(Schooling).find(work.ref) or Schooling(case=work.ref)
    schooling = rules.amended(former, edited(former, given), given.returned_on)
    if rules.lacks_ways(schooling):
        work.say(
            f"classmates are {schooling.gap_years} years younger; with --way say what keeps peers "
            "of the same age near, before another setting is thought of"
        )
    return schooling


@verb("credit", "show")
def show_(ref: RefArg) -> None:
    """Show how long schooling was interrupted, the totals, and what is still needed.

    Example: reintegrate credit show HX4T
    """
    with session.reading() as store:
        store.cases.get(ref)
        ledger = _ledger(Work(store, ref))
    output.show(ledger)


def section(store: "Store", ref: str) -> Section:
    """Return the interruption of one case, its totals and its credits."""
    work = Work(store, ref)
    ledger = _ledger(work)
    rows = [rules.row(credit, work.today) for credit in store.of(Credit).all(case=ref)]
    return Section(
        {"schooling": ledger, "credits": rows},
        pairs=[*_told(ledger), *((f"{row.id} note", row.note) for row in rows)],
        heading="schooling",
        rows=rows,
        columns=COLUMNS[1:],
    )


def _told(ledger: Ledger) -> list[tuple[str, str]]:
    out = ""
    if ledger.last_attended_on is not None:
        back = f", back on {explain_day(ledger.returned_on)}" if ledger.returned_on else ""
        out = f"{ledger.days_out} days, last there {explain_day(ledger.last_attended_on)}{back}"
    route: list[str] = [ledger.route or ""]
    if ledger.finish_by is not None:
        route.append(f"perhaps by {explain_day(ledger.finish_by)}")
    years = ledger.gap_years
    gap = "" if years is None else f"{years} year{'' if years == 1 else 's'} older than classmates"
    return [
        ("out of school", out),
        ("credits", rules.told(ledger)),
        ("route", ", ".join(label(part) for part in route if part)),
        ("age", gap),
        ("peers of own age", labels(ledger.ways)),
        ("note", ledger.note),
    ]
