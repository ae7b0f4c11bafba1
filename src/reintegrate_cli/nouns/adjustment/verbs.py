"""``adjustment``: less work, or other work, until a day; and what a teacher is told."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.hints import ASK, FLAG, PAST, PROSE, TODAY, Option, Within
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Form,
    Private,
    Public,
    Ref,
    Sensitivity,
    Word,
    Worker,
    check_id,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.line.verbs import IdArg, RefArg, verb
from reintegrate_cli.nouns.adjustment import record as rules
from reintegrate_cli.nouns.adjustment.record import (
    STATUSES,
    Adjustment,
    AdjustmentRow,
    Answer,
    Change,
    Extension,
    Result,
    Slip,
)
from reintegrate_cli.nouns.case.sections import Section, narrative
from reintegrate_cli.nouns.task.record import RETURN

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewAdjustment(Form, kw_only=True):
    """What ``adjustment add`` takes."""

    courses: Annotated[Public[tuple[Word, ...]], ASK, Option("--course"), "a course"] = ()
    change: Annotated[Public[Change], "what changes"]
    load: Annotated[
        Public[int | None], ASK, Within(0, 100), "how much of the usual work remains, in percent"
    ] = None
    ends_on: Annotated[
        Public[date], Option("--ends-on", "--ends"), "the last day; 14 days are usual"
    ]
    agreed_by_student: Annotated[Public[bool], "whether the student agrees"]
    teachers: Annotated[
        Ref[tuple[Worker, ...]], Option("--teacher"), "a teacher who is told, by staff slug"
    ] = ()
    starts_on: Annotated[Public[date], TODAY, Option("--starts-on", "--starts"), "the first day"]
    review_on: Annotated[
        Public[date | None], Option("--review", "--review-on"), "the day to look at it again"
    ] = None
    protect_grades: Annotated[
        Public[bool | None], FLAG, "grades are not lowered for what is left out"
    ] = None
    support: Annotated[Private[str], PROSE, "the support that is added"] = ""
    step_down: Annotated[Private[str], PROSE, "how the full load comes back"] = ""
    teacher_words: Annotated[
        Private[str], PROSE, "what else the teacher is told, without a reason or a name"
    ] = ""
    reason: Annotated[Private[str], PROSE, "why; no teacher is told"] = ""

    def __post_init__(self) -> None:
        """Require that its days fit each other."""
        rules.check_days(self.starts_on, self.ends_on, self.review_on)


class AdjustmentAccepted(Form, kw_only=True):
    """What ``adjustment accept`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day the student agreed"]


class AdjustmentExtended(Form, kw_only=True):
    """What ``adjustment extend`` takes."""

    ends_on: Annotated[Public[date], Option("--ends-on", "--ends"), "the new last day"]
    review_on: Annotated[
        Public[date | None], Option("--review", "--review-on"), "the day to look at it again"
    ] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it was agreed"]
    reason: Annotated[Private[str], PROSE, "why it goes on"]


class AdjustmentReviewed(Form, kw_only=True):
    """What ``adjustment review`` takes."""

    result: Annotated[Public[Result], "whether it helps, as the student says"]
    on: Annotated[Public[date], PAST, TODAY, "the day they were asked"]
    review_on: Annotated[
        Public[date | None], ASK, Option("--review", "--review-on"), "the day to ask again"
    ] = None
    note: Annotated[Private[str], PROSE, "what they say about it"] = ""


class AdjustmentEnded(Form, kw_only=True):
    """What ``adjustment end`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "its last day"]
    result: Annotated[Public[Result | None], ASK, "whether it helped"] = None


class SlipAsked(Form, kw_only=True):
    """What ``adjustment slip`` takes."""

    reveal: Annotated[
        Public[bool | None], FLAG, "show the name that is safe to use, at a terminal"
    ] = None


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("courses", lambda row: ", ".join(row.courses), True),
    Column("change", lambda row: label(row.change), True),
    Column("load", lambda row: "" if row.load is None else f"{row.load}%"),
    Column("starts", lambda row: row.starts_on),
    Column("ends", lambda row: row.ends_on),
    Column("status", lambda row: row.status),
)


@adds("adjustment", row=rules.row, about="adjustment")
def add(work: Work, given: NewAdjustment) -> Adjustment:
    """Change a student's work for a while; an end is needed, and the agenda says so before.

    Example: reintegrate adjustment add J8KF --course algebra --change reduced_load --load 60
    --ends-on +2w --agreed-by-student yes
    """
    _name_closed_day(given.review_on)
    agreed_on = work.today if given.agreed_by_student else None
    adjustment = work.new(Adjustment, given, agreed_on=agreed_on)
    if given.agreed_by_student:
        _settle_return(work)
    else:
        work.say(
            "it is proposed until the student agrees: "
            f"reintegrate adjustment accept {adjustment.case} {adjustment.id}"
        )
    if not given.step_down:
        work.say("it does not say yet how the full load comes back")
    return adjustment


def _settle_return(work: Work) -> None:
    """Settle the return to the placement: what the student agreed to lets them work there (G7)."""
    for task in work.store.tasks.all(case=work.ref):
        if not task.is_over and (task.about or "").partition("/")[0] == RETURN:
            work.store.tasks.put(replace(task, done_on=work.today, done_by=work.you))
            work.say(f"{task.id}, the return to the placement, is settled by this")


def _name_closed_day(review_on: date | None) -> None:
    """Say so if a review was put on a closed day; it is kept as it was typed (E2)."""
    if review_on is not None:
        review_day(review_on, review_on)


@changes("adjustment", "accept", row=rules.row)
def accept(work: Work, adjustment: Adjustment, given: AdjustmentAccepted) -> Adjustment:
    """Record that the student agrees to what was proposed.

    Example: reintegrate adjustment accept J8KF A1
    """
    accepted = rules.accept(adjustment, given.on)
    _settle_return(work)
    return accepted


@changes("adjustment", "extend", row=rules.row, about="adjustment")
def extend(work: Work, adjustment: Adjustment, given: AdjustmentExtended) -> Adjustment:
    """Give an adjustment a later end, with the reason.

    Example: reintegrate adjustment extend J8KF A1 --ends-on +1w
    """
    _name_closed_day(given.review_on)
    extension = Extension(
        on=given.on, by=work.you, former=adjustment.ends_on, to=given.ends_on, reason=given.reason
    )
    return rules.extend(adjustment, extension, given.review_on, work.today)


@changes("adjustment", "review", row=rules.row)
def review(work: Work, adjustment: Adjustment, given: AdjustmentReviewed) -> Adjustment:
    """Record whether it helps, as the student says; then it is extended, or ends on its day.

    Example: reintegrate adjustment review J8KF A1 --result helped
    """
    _name_closed_day(given.review_on)
    if adjustment.ends_on >= work.today:
        work.say(
            f"it ends {explain_date(adjustment.ends_on, work.today)}; "
            f"reintegrate adjustment extend {adjustment.case} {adjustment.id} moves that"
        )
    answer = Answer(on=given.on, by=work.you, result=given.result, note=given.note)
    return rules.review(adjustment, answer, given.review_on)


@changes("adjustment", "end", row=rules.row, about="adjustment")
def end(work: Work, adjustment: Adjustment, given: AdjustmentEnded) -> Adjustment:
    """Record that the full load is back.

    Example: reintegrate adjustment end J8KF A1 --result helped
    """
    if adjustment.step_down:
        work.say(f"reintegrate case show {adjustment.case} tells how the full load comes back")
    return rules.end(adjustment, given.on, given.result)


@lists("adjustment", COLUMNS, STATUSES)
def list_(work: Work, adjustments: list[Adjustment]) -> list[AdjustmentRow]:
    """List adjustments and their statuses; case show tells the reasons.

    Example: reintegrate adjustment list --status active
    """
    return [rules.row(adjustment, work.today) for adjustment in adjustments]


@verb("adjustment", "slip")
def slip(ref: RefArg, id_: IdArg, given: SlipAsked) -> None:
    """Print what a teacher is told: what changes and until when; no reason, and no name.

    Example: reintegrate adjustment slip J8KF A1
    """
    if given.reveal:
        _reveal(ref, id_)
        return
    with session.writing() as store:
        slip, is_agreed = _slip(store, ref, id_)
    if not is_agreed:
        say("the student has not agreed to this yet")
    if output.current.as_json:
        show(slip, upto=Sensitivity.PRIVATE)
    else:
        output.pairs(rules.lines(slip, session.today()))


def _slip(store: "Store", ref: str, id_: str) -> tuple[Slip, bool]:
    """Return a slip, and whether the student agreed to what it says."""
    owner = store.cases.get(ref).owner
    adjustment = store.of(Adjustment).get(ref, check_id(id_, ref))
    store.touch(f"{ref}/{adjustment.id}")
    return rules.slip(adjustment, owner, session.today()), adjustment.agreed_by_student


def _reveal(ref: str, id_: str) -> None:
    from reintegrate_cli.line import terminal
    from reintegrate_cli.nouns.case.record import Identity
    from reintegrate_cli.nouns.case.verbs import REVEALED_SECONDS

    with session.reading() as store:
        _slip(store, ref, id_)
    terminal.demand()
    session.ask_again()
    with session.writing("adjustment slip --reveal") as store:
        slip, _ = _slip(store, ref, id_)
        identity = store.identities.find(ref) or Identity(case=ref)
    lines = rules.lines(slip, session.today(), identity.safe_name)
    terminal.for_a_while(REVEALED_SECONDS, lambda: output.pairs(lines))


def section(store: "Store", ref: str) -> Section:
    """Return the adjustments of one case, those that still run first."""
    rows = list_(Work(store, ref), store.of(Adjustment).all(case=ref))
    rows.sort(key=lambda row: row.status in ("ended", "lapsed"))
    words = [(row.id, narrative(row)) for row in rows]
    return Section(
        {"adjustments": rows}, heading="adjustments", pairs=words, rows=rows, columns=COLUMNS[1:]
    )
