"""Adjustments: less work, or other work, for a while (guidance clause 35, rule E7).

Each has an end, since it is temporary, and says how the full load comes back. Whether one is still
running is worked out from its days and from what was recorded, never typed. The teacher is told
what changes and until when, and neither why nor, unless somebody asks for it, for whom.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Annotated, Literal

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    WORK,
    Private,
    Public,
    Record,
    Ref,
    Slug,
    Told,
    Value,
    Word,
    row_of,
)
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Change = Literal[
    "reduced_load", "extended_time", "quiet_exit", "excused_work", "incomplete", "alternate_task"
]
Result = Literal["helped", "partly", "did_not_help", "not_used"]
Status = Literal["proposed", "active", "extended", "ended", "lapsed"]
STATUSES: tuple[Status, ...] = ("proposed", "active", "extended", "ended", "lapsed")
USUAL_DAYS = 14
"""What PRACTICE suggests; the student and the teacher say how long."""


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


class AdjustmentRow(Adjustment, frozen=True, kw_only=True):
    """An adjustment with its status on a day."""

    status: Public[Status]


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


def check_days(starts_on: date, ends_on: date, review_on: date | None) -> None:
    """Require that the days of a new adjustment fit each other.

    Raises:
        Usage: they do not.
    """
    if ends_on < starts_on:
        raise Usage("--ends-on must not be before the adjustment starts", fields=["ends_on"])
    if review_on is not None and not starts_on <= review_on <= ends_on:
        raise Usage("--review must be a day between the start and the end", fields=["review_on"])


def status(adjustment: Adjustment, today: date) -> Status:
    """Return the status of an adjustment: from its days, and from what was recorded."""
    if adjustment.ended_on is not None:
        return "ended"
    if adjustment.ends_on < today:
        return "lapsed"
    if not adjustment.agreed_by_student:
        return "proposed"
    return "extended" if adjustment.extensions else "active"


def is_live(adjustment: Adjustment, today: date) -> bool:
    """Return whether something still changes for the student."""
    return status(adjustment, today) not in ("ended", "lapsed")


def row(adjustment: Adjustment, today: date) -> AdjustmentRow:
    """Return an adjustment with its status on a day."""
    return row_of(AdjustmentRow, adjustment, status=status(adjustment, today))


def accept(adjustment: Adjustment, on: date) -> Adjustment:
    """Return an adjustment to which the student agrees.

    Raises:
        Usage: the student agreed already, or it has ended.
    """
    check_open(adjustment)
    if adjustment.agreed_by_student:
        raise Usage(f"{_name(adjustment)} is agreed by the student already")
    return replace(adjustment, agreed_by_student=True, agreed_on=on)


def extend(
    adjustment: Adjustment, extension: Extension, review_on: date | None, today: date
) -> Adjustment:
    """Return an adjustment with a later end, and the reason; one that lapsed goes on again.

    Raises:
        Usage: it has ended, the new end is no later one, or it lies in the past.
    """
    check_open(adjustment)
    if extension.to <= adjustment.ends_on:
        raise Usage(
            "--ends-on must be later than the present end",
            hint=f"it ends on {adjustment.ends_on.isoformat()}",
            fields=["ends_on"],
        )
    if extension.to < today:
        raise Usage("--ends-on is in the past", fields=["ends_on"])
    if review_on is not None and review_on > extension.to:
        raise Usage("--review must not be after the new end", fields=["review_on"])
    return replace(
        adjustment,
        ends_on=extension.to,
        review_on=review_on,
        extensions=(*adjustment.extensions, extension),
    )


def review(adjustment: Adjustment, answer: Answer, next_on: date | None) -> Adjustment:
    """Return an adjustment with whether it helps, as the student says, and its next review.

    Raises:
        Usage: it has ended, or the next review is not before its end.
    """
    check_open(adjustment)
    check_after(answer.on, adjustment.starts_on, "the adjustment starts")
    if next_on is not None and not answer.on < next_on <= adjustment.ends_on:
        raise Usage(
            "--review must be a day after this one, by the end at the latest", fields=["review_on"]
        )
    return replace(adjustment, answers=(*adjustment.answers, answer), review_on=next_on)


def end(adjustment: Adjustment, on: date, result: Result | None) -> Adjustment:
    """Return an adjustment that is over: the full load is back.

    Raises:
        Usage: it has ended already, or that is before it started.
    """
    check_open(adjustment)
    check_after(on, adjustment.starts_on, "the adjustment starts")
    return replace(adjustment, ended_on=on, result=result)


def check_open(adjustment: Adjustment) -> None:
    """Require an adjustment that has not ended.

    Raises:
        Usage: it has.
    """
    if adjustment.ended_on is not None:
        raise Usage(
            f"{_name(adjustment)} has ended",
            hint=f"reintegrate adjustment add {adjustment.case} begins another",
        )


def _name(adjustment: Adjustment) -> str:
    return f"{adjustment.case}/{adjustment.id}"


def slip(adjustment: Adjustment, owner: str, today: date) -> Slip:
    """Return what a teacher is told: what changes, and until when.

    Raises:
        Usage: it is over.
    """
    if not is_live(adjustment, today):
        raise Usage(
            f"{_name(adjustment)} is over; there is nothing to tell a teacher",
            hint="ask whether it helped; "
            f"reintegrate adjustment add {adjustment.case} begins another",
        )
    return row_of(Slip, adjustment, ask=owner)


def lines(slip: Slip, today: date, name: str = "") -> list[tuple[str, str]]:
    """Return a slip as a teacher reads it.

    Args:
        slip: the slip.
        today: the day of it.
        name: the name that is safe to use, if somebody asked for it to be shown.
    """
    load = "" if slip.load is None else f", {slip.load} percent of the usual work"
    return [
        ("for", name or f"the student you were told of ({slip.case})"),
        ("courses", ", ".join(slip.courses)),
        ("what changes", label(slip.change) + load),
        ("grades", "not lowered for what is left out" if slip.protect_grades else ""),
        ("from", explain_date(slip.starts_on, today).partition(",")[0]),
        ("until", explain_date(slip.ends_on, today).partition(",")[0]),
        ("besides", slip.teacher_words),
        ("questions", f"to {slip.ask}; please keep this between us" if slip.ask else ""),
    ]


def dates(adjustment: Adjustment, world: World) -> Iterator[Dated]:
    """Yield the review and the end of an adjustment; of one that is proposed, its answer."""
    if adjustment.ended_on is not None:
        return
    rows = [(adjustment.ends_on, "end", "adjustment ends", False)]
    if not adjustment.agreed_by_student:
        rows = [(adjustment.starts_on, "accept", "ask whether the adjustment suits", True)]
    elif adjustment.review_on is not None and adjustment.review_on < adjustment.ends_on:
        rows.append((adjustment.review_on, "review", "ask whether the adjustment helps", False))
    for day, command, what, asks in rows:
        yield world.row(
            adjustment.case,
            adjustment.id,
            label=what,
            command=f"reintegrate adjustment {command} {adjustment.case} {adjustment.id}",
            due_on=day,
            kind="adjustment",
            chosen_by="student" if adjustment.agreed_by_student else None,
            origin=day,
            asks=asks,
        )


def events(adjustment: Adjustment) -> Iterator[Event]:
    """Yield what changed and how long, and each time that its end was moved."""
    event = partial(event_of, adjustment, "adjustment")
    load = "" if adjustment.load is None else f" to {adjustment.load} percent"
    what = label(adjustment.change) + load
    last, starts_on = adjustment.ended_on or adjustment.ends_on, adjustment.starts_on
    if adjustment.agreed_by_student:
        yield event(starts_on, what, upto=max(last, starts_on), text=adjustment.reason)
    else:  # what was only proposed lasted no day
        yield event(starts_on, f"proposed: {what}", text=adjustment.reason)
    for extension in adjustment.extensions:
        until = f"extended until {extension.to.isoformat()}"
        yield event(extension.on, until, by=extension.by, text=extension.reason)
    for answer in adjustment.answers:
        reviewed = f"reviewed, {label(answer.result)}"
        yield event(answer.on, reviewed, by=answer.by, text=answer.note)
    if adjustment.ended_on is not None:
        result = f", {label(adjustment.result)}" if adjustment.result else ""
        yield event(adjustment.ended_on, f"ended{result}", text=adjustment.step_down)
