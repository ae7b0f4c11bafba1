"""``adjustment``: less work, or other work, until a day; and what a teacher is told."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Sensitivity, check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.adjustment import record as adjustments
from reintegrate_cli.nouns.adjustment.forms import (
    AdjustmentAccepted,
    AdjustmentEnded,
    AdjustmentExtended,
    AdjustmentReviewed,
    NewAdjustment,
    SlipAsked,
)
from reintegrate_cli.nouns.adjustment.record import Adjustment, AdjustmentRow, Answer, Slip
from reintegrate_cli.nouns.case.sections import Section, narrative
from reintegrate_cli.nouns.task.record import RETURN

if TYPE_CHECKING:
    from datetime import date

    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("courses", lambda row: ", ".join(row.courses), True),
    Column("change", lambda row: row.change.replace("_", " "), True),
    Column("load", lambda row: "" if row.load is None else f"{row.load}%"),
    Column("starts", lambda row: row.starts_on),
    Column("ends", lambda row: row.ends_on),
    Column("status", lambda row: row.status),
)


def _row(adjustment: Adjustment) -> AdjustmentRow:
    return adjustments.row(adjustment, session.today())


def _found(store: "Store", ref: str, id_: str) -> Adjustment:
    store.cases.get(ref)
    return store.of(Adjustment).get(ref, check_id(id_, ref))


@verb("adjustment", "add", about="adjustment")
def add(ref: RefArg, given: NewAdjustment) -> None:
    """Change a student's work for a while; an end is needed, and the agenda says so before.

    Example: reintegrate adjustment add J8KF --course algebra --change reduced_load --load 60
    --ends-on +2w --agreed-by-student yes
    """
    ref, today = check_case_ref(ref), session.today()
    adjustments.check(given, today)
    _tell_review(given.review_on)
    with session.writing("adjustment add") as store:
        store.cases.get(ref)
        teachers = tuple(store.staff.get(slug).slug for slug in given.teachers)
        made = Adjustment(
            case=ref,
            id=store.of(Adjustment).next_id(ref),
            courses=given.courses,
            change=given.change,
            load=given.load,
            support=given.support,
            agreed_by_student=given.agreed_by_student,
            agreed_on=today if given.agreed_by_student else None,
            teachers=teachers,
            starts_on=given.starts_on or today,
            ends_on=given.ends_on,
            review_on=given.review_on,
            protect_grades=bool(given.protect_grades),
            step_down=given.step_down,
            teacher_words=given.teacher_words,
            reason=given.reason,
        )
        made = store.of(Adjustment).put(made)
        _returned(store, made)
    show(_row(made))
    if not made.agreed_by_student:
        say(
            f"it is proposed until the student agrees: reintegrate adjustment accept {ref} {made.id}"
        )
    if not made.step_down:
        say("it does not say yet how the full load comes back")


def _returned(store: "Store", adjustment: Adjustment) -> None:
    """Settle the return to the placement: what the student agreed to lets them work there (G7)."""
    for task in store.tasks.all(case=adjustment.case) if adjustment.agreed_by_student else ():
        if not task.is_over and (task.about or "").partition("/")[0] == RETURN:
            store.tasks.put(replace(task, done_on=session.today(), done_by=store.by))
            say(f"{task.id}, the return to the placement, is settled by this")


def _tell_review(typed: "date | None") -> None:
    """Say so where a review was put on a closed day; it is kept as it was typed (E2)."""
    if typed is not None:
        from reintegrate_cli.line.reviewing import review_day

        review_day(typed, typed)


@verb("adjustment", "accept")
def accept(ref: RefArg, id_: IdArg, given: AdjustmentAccepted) -> None:
    """Record that the student agrees to what was proposed.

    Example: reintegrate adjustment accept J8KF A1
    """
    ref = check_case_ref(ref)
    with session.writing("adjustment accept") as store:
        one = adjustments.accept(_found(store, ref, id_), given.on or session.today())
        one = store.of(Adjustment).put(one)
        _returned(store, one)
    show(_row(one))


@verb("adjustment", "extend", about="adjustment")
def extend(ref: RefArg, id_: IdArg, given: AdjustmentExtended) -> None:
    """Give an adjustment a later end, with the reason.

    Example: reintegrate adjustment extend J8KF A1 --ends-on +1w
    """
    ref = check_case_ref(ref)
    _tell_review(given.review_on)
    with session.writing("adjustment extend") as store:
        one = adjustments.extend(_found(store, ref, id_), given, store.by, session.today())
        one = store.of(Adjustment).put(one)
    show(_row(one))


@verb("adjustment", "review")
def review(ref: RefArg, id_: IdArg, given: AdjustmentReviewed) -> None:
    """Record whether it helps, as the student says; then it is extended, or ends on its day.

    Example: reintegrate adjustment review J8KF A1 --result helped
    """
    ref = check_case_ref(ref)
    _tell_review(given.review_on)
    with session.writing("adjustment review") as store:
        made = Answer(
            on=given.on or session.today(), by=store.by, result=given.result, note=given.note
        )
        one = adjustments.review(_found(store, ref, id_), made, given.review_on)
        one = store.of(Adjustment).put(one)
    show(_row(one))
    if one.ends_on >= session.today():
        ends = explain_date(one.ends_on, session.today())
        say(f"it ends {ends}; reintegrate adjustment extend {ref} {one.id} moves that")


@verb("adjustment", "end", about="adjustment")
def end(ref: RefArg, id_: IdArg, given: AdjustmentEnded) -> None:
    """Record that the full load is back.

    Example: reintegrate adjustment end J8KF A1 --result helped
    """
    ref = check_case_ref(ref)
    with session.writing("adjustment end") as store:
        found = _found(store, ref, id_)
        one = adjustments.end(found, given.on or session.today(), given.result)
        one = store.of(Adjustment).put(one)
    show(_row(one))
    if one.step_down:
        say(f"how the full load comes back stands in: reintegrate case show {ref}")


@verb("adjustment", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List adjustments and how they stand; the reasons stand in case show.

    Example: reintegrate adjustment list --status active
    """
    with session.reading() as store:
        found = store.of(Adjustment).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        rows = narrowed([_row(one) for one in found], filters, store, statuses=adjustments.STATUSES)
    show(rows, COLUMNS, empty="no adjustment is on record", kind=AdjustmentRow)


@verb("adjustment", "slip")
def slip(ref: RefArg, id_: IdArg, given: SlipAsked) -> None:
    """Print what a teacher is told: what changes and until when; no reason, and no name.

    Example: reintegrate adjustment slip J8KF A1
    """
    ref = check_case_ref(ref)
    if given.reveal:
        _revealed(ref, id_)
        return
    with session.writing("adjustment slip") as store:
        told, agreed = _slip(store, ref, id_)
    if not agreed:
        say("the student has not agreed to this yet")
    if output.current.as_json:
        show(told, upto=Sensitivity.PRIVATE)
    else:
        output.pairs(adjustments.said(told, session.today()))


def _slip(store: "Store", ref: str, id_: str) -> tuple[Slip, bool]:
    found = _found(store, ref, id_)
    store.touch(f"{ref}/{found.id}")
    slip = adjustments.slip(found, store.cases.get(ref).owner, session.today())
    return slip, found.agreed_by_student


def _revealed(ref: str, id_: str) -> None:
    from reintegrate_cli.line import terminal
    from reintegrate_cli.nouns.case.record import Identity
    from reintegrate_cli.nouns.case.verbs import REVEALED_SECONDS

    with session.reading() as store:
        _slip(store, ref, id_)
    terminal.demand()
    session.ask_again()
    with session.writing("adjustment slip --reveal") as store:
        told, _ = _slip(store, ref, id_)
        identity = store.identities.find(ref) or Identity(case=ref)
    said = adjustments.said(told, session.today(), identity.safe_name)
    terminal.for_a_while(REVEALED_SECONDS, lambda: output.pairs(said))


def section(store: "Store", ref: str) -> Section:
    """The adjustments of one case, those that still run first."""
    rows = [_row(one) for one in store.table("adjustments").all(case=ref)]
    rows.sort(key=lambda row: row.status in ("ended", "lapsed"))
    words = []
    for row in rows:
        words.append((row.id, narrative(row)))
    return Section(
        {"adjustments": rows}, heading="adjustments", pairs=words, rows=rows, columns=COLUMNS[1:]
    )
