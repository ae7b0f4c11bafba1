"""Adjustments: less work, or other work, for a while (guidance clause 35, rule E7).

Each has an end, since it is temporary, and says how the full load comes back. Whether one is still
running is worked out from its days and from what was recorded, never typed. The teacher is told
what changes and until when, and neither why nor, unless somebody asks for it, for whom.
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import WORK, Private, Public, Record, Ref, Slug, Told, Value, Word
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

if TYPE_CHECKING:
    from reintegrate_cli.nouns.adjustment.forms import AdjustmentExtended, NewAdjustment

Change = Literal[
    "reduced_load", "extended_time", "quiet_exit", "excused_work", "incomplete", "alternate_task"
]
Result = Literal["helped", "partly", "did_not_help", "not_used"]
Status = Literal["proposed", "active", "extended", "ended", "lapsed"]
STATUSES: tuple[Status, ...] = ("proposed", "active", "extended", "ended", "lapsed")
USUAL_DAYS = 14
"""What PRACTICE suggests; the student and the teacher say how long."""
_WHOLE = 100


class Extension(Value, frozen=True, kw_only=True):
    """One time that the end was moved: from which day to which, who, and why."""

    on: Public[date]
    by: Ref[str]
    former: Public[date]
    to: Public[date]
    reason: Private[str]


class Answer(Value, frozen=True, kw_only=True):
    """What came of asking whether an adjustment helps, while it runs."""

    on: Public[date]
    by: Ref[str]
    result: Public[Result]
    note: Private[str] = ""


class Adjustment(Record, frozen=True, kw_only=True):
    """What changes for a student in some courses, from when, and until when.

    ``load`` is how much of the usual work remains, in percent. ``step_down`` says how the full
    load comes back, ``teacher_words`` what a teacher is told besides; neither has the reason.
    """

    case: Ref[str]
    id: Ref[str]
    courses: Told[Public[tuple[Word, ...]]] = ()
    change: Told[Public[Change]]
    load: Told[Public[int | None]] = None
    support: Private[str] = ""
    agreed_by_student: Public[bool]
    agreed_on: Public[date | None] = None
    teachers: Annotated[Ref[tuple[Slug, ...]], WORK] = ()
    starts_on: Told[Public[date]]
    ends_on: Told[Public[date]]
    review_on: Public[date | None] = None
    protect_grades: Public[bool] = False
    step_down: Private[str] = ""
    teacher_words: Private[str] = ""
    reason: Private[str] = ""
    extensions: Public[tuple[Extension, ...]] = ()
    answers: Public[tuple[Answer, ...]] = ()
    ended_on: Public[date | None] = None
    result: Public[Result | None] = None

    dated = "starts_on"


class AdjustmentRow(Value, frozen=True, kw_only=True):
    """An adjustment as it stands on a day."""

    id: Ref[str]
    case: Ref[str]
    courses: Public[tuple[Word, ...]]
    change: Public[Change]
    load: Public[int | None]
    support: Private[str]
    starts_on: Public[date]
    ends_on: Public[date]
    status: Public[Status]
    agreed_by_student: Public[bool]
    agreed_on: Public[date | None]
    teachers: Ref[tuple[Slug, ...]]
    review_on: Public[date | None]
    protect_grades: Public[bool]
    step_down: Private[str]
    teacher_words: Private[str]
    reason: Private[str]
    extensions: Public[tuple[Extension, ...]]
    answers: Public[tuple[Answer, ...]]
    ended_on: Public[date | None]
    result: Public[Result | None]

    dated = "starts_on"


class Slip(Value, frozen=True, kw_only=True):
    """What a teacher needs to know: no reason, and no name."""

    case: Ref[str]
    id: Ref[str]
    courses: Public[tuple[Word, ...]]
    change: Public[Change]
    load: Public[int | None]
    starts_on: Public[date]
    ends_on: Public[date]
    protect_grades: Public[bool]
    teacher_words: Private[str]
    ask: Ref[str]
    """Whom a teacher asks: who coordinates the case."""


def check(given: "NewAdjustment", today: date) -> None:
    """Look at what was typed for a new adjustment.

    Raises:
        Usage: the days do not fit, or the load is no percentage.
    """
    starts_on = given.starts_on or today
    if given.ends_on < starts_on:
        raise Usage("--ends-on lies before the adjustment starts", fields=["ends_on"])
    if given.load is not None and given.load > _WHOLE:
        raise Usage(
            "--load takes 0 to 100: how much of the usual work remains, in percent", fields=["load"]
        )
    if given.review_on is not None and not starts_on <= given.review_on <= given.ends_on:
        raise Usage("--review takes a day between the start and the end", fields=["review_on"])


def status(adjustment: Adjustment, today: date) -> Status:
    """Work out how an adjustment stands: from its days, and from what was recorded."""
    if adjustment.ended_on is not None:
        return "ended"
    if adjustment.ends_on < today:
        return "lapsed"
    if not adjustment.agreed_by_student:
        return "proposed"
    return "extended" if adjustment.extensions else "active"


def is_live(adjustment: Adjustment, today: date) -> bool:
    """Say whether something still changes for the student."""
    return status(adjustment, today) not in ("ended", "lapsed")


def row(adjustment: Adjustment, today: date) -> AdjustmentRow:
    """Give an adjustment with how it stands on a day."""
    same = {
        name: getattr(adjustment, name)
        for name in AdjustmentRow.__struct_fields__
        if name != "status"
    }
    return AdjustmentRow(status=status(adjustment, today), **same)


def accept(adjustment: Adjustment, on: date) -> Adjustment:
    """Record that the student agrees.

    Raises:
        Usage: the student agreed already, or it has ended.
    """
    _not_over(adjustment)
    if adjustment.agreed_by_student:
        raise Usage(f"{_name(adjustment)} is agreed by the student already")
    return replace(adjustment, agreed_by_student=True, agreed_on=on)


def extend(adjustment: Adjustment, given: "AdjustmentExtended", by: str, today: date) -> Adjustment:
    """Give an adjustment a later end, with the reason; one that lapsed goes on again.

    Raises:
        Usage: it has ended, the new end is no later one, or it lies in the past.
    """
    _not_over(adjustment)
    if given.ends_on <= adjustment.ends_on:
        raise Usage(
            "--ends-on takes a later day than the present end",
            hint=f"it ends on {adjustment.ends_on.isoformat()}",
            fields=["ends_on"],
        )
    if given.ends_on < today:
        raise Usage("--ends-on lies in the past", fields=["ends_on"])
    review = given.review_on
    if review is not None and review > given.ends_on:
        raise Usage("--review lies after the new end", fields=["review_on"])
    extension = Extension(
        on=given.on or today,
        by=by,
        former=adjustment.ends_on,
        to=given.ends_on,
        reason=given.reason,
    )
    return replace(
        adjustment,
        ends_on=given.ends_on,
        review_on=review,
        extensions=(*adjustment.extensions, extension),
    )


def review(adjustment: Adjustment, made: Answer, next_on: date | None) -> Adjustment:
    """Record whether it helps, as the student says; the next review is on a day or not at all.

    Raises:
        Usage: it has ended, or the next review is not before its end.
    """
    _not_over(adjustment)
    if made.on < adjustment.starts_on:
        raise Usage("that is before the adjustment starts", fields=["on"])
    if next_on is not None and not made.on < next_on <= adjustment.ends_on:
        raise Usage(
            "--review takes a day after this one, by the end at the latest", fields=["review_on"]
        )
    return replace(adjustment, answers=(*adjustment.answers, made), review_on=next_on)


def end(adjustment: Adjustment, on: date, result: Result | None) -> Adjustment:
    """Record that the full load is back.

    Raises:
        Usage: it has ended already, or that is before it started.
    """
    _not_over(adjustment)
    if on < adjustment.starts_on:
        raise Usage("that is before the adjustment starts", fields=["on"])
    return replace(adjustment, ended_on=on, result=result)


def _not_over(adjustment: Adjustment) -> None:
    if adjustment.ended_on is not None:
        raise Usage(
            f"{_name(adjustment)} has ended",
            hint=f"reintegrate adjustment add {adjustment.case} begins another",
        )


def _name(adjustment: Adjustment) -> str:
    return f"{adjustment.case}/{adjustment.id}"


def slip(adjustment: Adjustment, owner: str, today: date) -> Slip:
    """Give what a teacher is told: what changes, and until when.

    Raises:
        Usage: nothing changes any more.
    """
    if not is_live(adjustment, today):
        raise Usage(
            f"{_name(adjustment)} is over; there is nothing to tell a teacher",
            hint=f"reintegrate adjustment extend {adjustment.case} {adjustment.id} "
            "moves the end of one that lapsed",
        )
    shared = (
        "case",
        "id",
        "courses",
        "change",
        "load",
        "starts_on",
        "ends_on",
        "protect_grades",
        "teacher_words",
    )
    return Slip(ask=owner, **{name: getattr(adjustment, name) for name in shared})


def said(slip: Slip, today: date, name: str = "") -> list[tuple[str, str]]:
    """Give a slip as a teacher reads it.

    Args:
        slip: the slip.
        today: the day of it.
        name: the name that is safe to use, where somebody asked for it to be shown.
    """
    load = "" if slip.load is None else f", {slip.load} percent of the usual work"
    return [
        ("for", name or f"the student you were told of ({slip.case})"),
        ("courses", ", ".join(slip.courses)),
        ("what changes", slip.change.replace("_", " ") + load),
        ("grades", "not lowered for what is left out" if slip.protect_grades else ""),
        ("from", explain_date(slip.starts_on, today).partition(",")[0]),
        ("until", explain_date(slip.ends_on, today).partition(",")[0]),
        ("besides", slip.teacher_words),
        ("questions", f"to {slip.ask}; please keep this between us" if slip.ask else ""),
    ]


def dates(one: Adjustment, world: World) -> Iterator[Dated]:
    """Give the review and the end of an adjustment; of one that is proposed, its answer."""
    if one.ended_on is not None:
        return
    rows = [(one.ends_on, "end", "adjustment ends", False)]
    if not one.agreed_by_student:
        rows = [(one.starts_on, "accept", "ask whether the adjustment suits", True)]
    elif one.review_on is not None and one.review_on < one.ends_on:
        rows.append((one.review_on, "review", "ask whether the adjustment helps", False))
    for day, command, label, asks in rows:
        yield world.row(
            one.case,
            one.id,
            label=label,
            command=f"reintegrate adjustment {command} {one.case} {one.id}",
            due_on=day,
            kind="adjustment",
            chosen_by="student" if one.agreed_by_student else None,
            origin=day,
            asks=asks,
        )


def events(adjustment: Adjustment) -> Iterator[Event]:
    """Tell what changed and how long, and each time that its end was moved."""
    load = "" if adjustment.load is None else f" to {adjustment.load} percent"
    what = adjustment.change.replace("_", " ") + load
    last = max(adjustment.ended_on or adjustment.ends_on, adjustment.starts_on)
    agreed = adjustment.agreed_by_student
    yield Event(
        on=adjustment.starts_on,
        upto=last if agreed else None,  # what was only proposed lasted no day
        kind="adjustment",
        what=what if agreed else f"proposed: {what}",
        case=adjustment.case,
        id=adjustment.id,
        text=adjustment.reason or None,
    )
    for one in adjustment.extensions:
        yield Event(
            on=one.on,
            kind="adjustment",
            what=f"extended until {one.to.isoformat()}",
            case=adjustment.case,
            id=adjustment.id,
            by=one.by,
            text=one.reason,
        )
    for answer in adjustment.answers:
        yield Event(
            on=answer.on,
            kind="adjustment",
            what=f"reviewed, {_worded(answer.result)}",
            case=adjustment.case,
            id=adjustment.id,
            by=answer.by,
            text=answer.note or None,
        )
    if adjustment.ended_on is not None:
        result = f", {_worded(adjustment.result)}" if adjustment.result else ""
        yield Event(
            on=adjustment.ended_on,
            kind="adjustment",
            what=f"ended{result}",
            case=adjustment.case,
            id=adjustment.id,
            text=adjustment.step_down or None,
        )


def _worded(result: Result) -> str:
    return result.replace("_", " ")
