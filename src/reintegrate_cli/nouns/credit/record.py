"""Interrupted schooling: how long, what was earned, what is still needed, by which route.

One record of a case says how its schooling was interrupted and how it is to be finished; each
credit is a record of its own, with the school that it comes from (practice rule G4). Amounts are
whole numbers of hundredths of a credit; totals are worked out each time.

A birth date has no place here. How far a student is from classmates of the same age is kept as
a gap in years that a person typed, and never worked out from the date: it would change on the
birthday.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Told, Value, Word, row_of
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Route = Literal["diploma", "modified_diploma", "adult_diploma", "ged", "undecided"]
AWAY: tuple[Route, ...] = ("adult_diploma", "ged")
"""Routes that lead out of the school, about which a student may have a wish (W1)."""
# What keeps a student among peers of the same age while credits are made up (clause 7).
Way = Literal[
    "class_of_own_age_with_tutoring",
    "partial_schedule",
    "online_credits",
    "credit_by_exam",
    "credit_for_earlier_work",
    "summer_term",
    "advisory_with_own_age",
    "seat_time_waived",
]
GAP_YEARS = 2
"""From this gap on, the ways to stay among peers of the same age are asked for (clause 7)."""
State = Literal["requested", "in_recovery", "partial", "earned", "waived"]
Status = Literal["requested", "in_recovery", "partial", "earned", "waived", "ended"]
STATUSES: tuple[Status, ...] = ("requested", "in_recovery", "partial", "earned", "waived", "ended")
HELD: tuple[State, ...] = ("partial", "earned", "waived")
"""What counts toward the end."""
TOTALED: tuple[State, ...] = ("earned", "partial", "in_recovery", "waived")
"""What is added up, in the order in which it is told."""
EndReason = Literal["not_accepted", "not_on_record", "counted_elsewhere", "student_choice", "other"]


class Interruption(Value, frozen=True, kw_only=True):
    """One stay out of school that is over: the last day before it, and the first day back."""

    last_attended_on: Public[date]
    returned_on: Public[date]


class Schooling(Record, frozen=True, kw_only=True):
    """How a student's schooling was interrupted, and how it is to be finished (clauses 1 and 7).

    ``required`` is what the route takes in all, in hundredths of a credit; ``gap_years`` how many
    years older the student is than the others in the grade; ``finish_by`` an estimate.
    """

    case: Ref[str]
    last_attended_on: Public[date | None] = None
    returned_on: Public[date | None] = None
    former: Public[tuple[Interruption, ...]] = ()
    required: Public[int | None] = None
    gap_years: Public[int | None] = None
    ways: Public[tuple[Way, ...]] = ()
    route: Public[Route | None] = None
    finish_by: Public[date | None] = None
    note: Private[str] = ""


class Stage(Value, frozen=True, kw_only=True):
    """How a credit stood before: from when, and how much of it."""

    on: Public[date]
    state: Public[State]
    hundredths: Public[int | None] = None


class Credit(Record, frozen=True, kw_only=True):
    """A credit, or part of one: what it is for, where it comes from, what became of it (G4).

    One that is ``requested`` was asked of the school it comes from, and ``due_on`` is the day
    by which an answer is looked for; until then it has no amount.
    """

    case: Ref[str]
    id: Ref[str]
    state: Told[Public[State]]
    hundredths: Told[Public[int | None]] = None
    course: Told[Public[Word | None]] = None
    source: Told[Public[Word | None]] = None
    on: Told[Public[date]]
    due_on: Public[date | None] = None
    former: Public[tuple[Stage, ...]] = ()
    ended_on: Public[date | None] = None
    reason: Public[EndReason | None] = None
    note: Private[str] = ""

    dated = "on"

    @property
    def status(self) -> Status:
        """How it stands; one that does not count any more has ended."""
        return "ended" if self.ended_on else self.state


class CreditRow(Value, frozen=True, kw_only=True):
    """A credit as lists and writes show it; ``amount`` reads as it is typed, ``0.5``."""

    id: Ref[str]
    case: Ref[str]
    status: Public[Status]
    amount: Public[str | None]
    course: Public[str | None]
    source: Public[str | None]
    on: Public[date]
    due_on: Public[date | None]
    ended_on: Public[date | None]
    reason: Public[EndReason | None]
    note: Private[str]

    dated = "on"


class Ledger(Value, frozen=True, kw_only=True):
    """The interruption and the totals of one case, as they stand today.

    ``days_out`` are days of the calendar, ``needed`` is what is still missing, nothing where it
    is not known what the route takes.
    """

    case: Ref[str]
    last_attended_on: Public[date | None]
    returned_on: Public[date | None]
    days_out: Public[int | None]
    earned: Public[str]
    partial: Public[str]
    in_recovery: Public[str]
    waived: Public[str]
    required: Public[str | None]
    needed: Public[str | None]
    gap_years: Public[int | None]
    ways: Public[tuple[Way, ...]]
    route: Public[Route | None]
    finish_by: Public[date | None]
    note: Private[str]


def amount(hundredths: int) -> str:
    """Return an amount as it is typed: ``0.5``, ``24``."""
    whole, part = divmod(hundredths, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") if part else str(whole)


def row(credit: Credit, today: date) -> CreditRow:
    """Return a credit with its amount as it is typed."""
    many = None if credit.hundredths is None else amount(credit.hundredths)
    return row_of(CreditRow, credit, amount=many)


def total(credits_: Iterable[Credit], *states: Status) -> int:
    """Return the sum of the credits with one of some statuses, in hundredths (G4)."""
    return sum(credit.hundredths or 0 for credit in credits_ if credit.status in states)


def needed(schooling: Schooling | None, credits_: Iterable[Credit]) -> int | None:
    """Return how much is still missing, in hundredths; nothing if the route's sum is not known."""
    if schooling is None or schooling.required is None:
        return None
    return max(0, schooling.required - total(credits_, *HELD))


def days_out(schooling: Schooling, today: date) -> int | None:
    """Return the days without school: after the last day attended, before the day of return.

    Days of the calendar, since those are what a student lived through; today counts until a
    return is on record.
    """
    if schooling.last_attended_on is None:
        return None
    if schooling.returned_on is not None:
        return (schooling.returned_on - schooling.last_attended_on).days - 1
    return (today - schooling.last_attended_on).days


def ledger(
    ref: str, schooling: Schooling | None, credits_: Sequence[Credit], today: date
) -> Ledger:
    """Return how a case's schooling stands (clause 1, G4)."""
    schooling = schooling or Schooling(case=ref)
    missing = needed(schooling, credits_)
    return row_of(
        Ledger,
        schooling,
        days_out=days_out(schooling, today),
        required=None if schooling.required is None else amount(schooling.required),
        needed=None if missing is None else amount(missing),
        **{state: amount(total(credits_, state)) for state in TOTALED},
    )


def told(ledger: Ledger) -> str:
    """Return the totals in one line."""
    totals = ((state, getattr(ledger, state)) for state in TOTALED)
    parts = [f"{many} {label(state)}" for state, many in totals if state != "waived" or many != "0"]
    if ledger.needed is not None:
        parts.append(f"{ledger.needed} of {ledger.required} still needed")
    return ", ".join(parts)


def lacks_ways(schooling: Schooling) -> bool:
    """Return whether the gap to classmates is wide, and nothing yet keeps peers of the same age."""
    return (schooling.gap_years or 0) >= GAP_YEARS and not schooling.ways


def amended(former: Schooling, now: Schooling, returned_on: date | None) -> Schooling:
    """Return the one record of a case as it is changed.

    A last day attended that lies after the return begins another interruption; the one before
    stays in the record.

    Args:
        former: how it was.
        now: how it is with what was given.
        returned_on: the day of return that was given, if there is one.

    Raises:
        Usage: the days do not fit.
    """
    last, back = former.last_attended_on, former.returned_on
    if last and back and now.last_attended_on and now.last_attended_on >= back:
        over = Interruption(last_attended_on=last, returned_on=back)
        now = replace(now, returned_on=returned_on, former=(*now.former, over))
    last, back = now.last_attended_on, now.returned_on
    if back is not None and (last is None or back <= last):
        raise Usage(
            "the return date must be after the last day attended",
            fields=["returned_on", "last_attended_on"],
        )
    return now


def check_new(state: State, due_on: date | None, hundredths: int | None) -> None:
    """Require an amount, or for a credit that is asked for, the day to look for an answer.

    Raises:
        Usage: it is missing, or one that counts already is to be looked for.
    """
    if state == "requested" and due_on is None:
        raise Usage(
            "missing: --due",
            fields=["due_on"],
            hint="the day by which the school's answer is looked for",
        )
    if state != "requested" and due_on is not None:
        raise Usage(
            "--due is for a credit that is requested",
            fields=["due_on"],
            hint="for one that counts already, the day is --on",
        )
    if state != "requested":
        _check_amount(hundredths)


def _check_amount(hundredths: int | None) -> None:
    if not hundredths:
        raise Usage("missing: --amount", fields=["amount"], hint="for example --amount 0.5")


def answered(
    credit: Credit, *, on: date, state: State, hundredths: int | None, course: Word | None
) -> Credit:
    """Return a credit with what became of it: asked for, made up or partial until now (G4).

    Args:
        credit: the credit.
        on: the day that it counts from.
        state: how it counts.
        hundredths: how much, if that is not what it was.
        course: the course, if that is not what it was.

    Raises:
        Usage: it is earned or ended already, no amount is known, or the day does not fit.
    """
    if credit.status in ("earned", "waived", "ended"):
        raise Usage(f"credit {credit.case}/{credit.id} is {credit.status} already")
    check_after(on, credit.on, "the credit was entered")
    hundredths = credit.hundredths if hundredths is None else hundredths
    _check_amount(hundredths)
    return replace(
        credit,
        state=state,
        former=(*credit.former, _stage(credit)),
        hundredths=hundredths,
        course=course or credit.course,
        on=on,
        due_on=None,
    )


def _stage(credit: Credit) -> Stage:
    return Stage(on=credit.on, state=credit.state, hundredths=credit.hundredths)


def ended(credit: Credit, on: date, reason: EndReason) -> Credit:
    """Return a credit that does not count, or is no longer looked for.

    Raises:
        Usage: it ended already.
    """
    if credit.ended_on is not None:
        raise Usage(f"credit {credit.case}/{credit.id} is ended already")
    return replace(credit, ended_on=on, reason=reason)


def dates(credit: Credit, world: World) -> Iterator[Dated]:
    """Yield the day on which a school's answer about earlier credits is looked for (G4)."""
    if credit.status == "requested" and credit.due_on is not None:
        yield world.row(
            credit.case,
            credit.id,
            label="credits asked for",
            command=f"reintegrate credit done {credit.case} {credit.id} --amount N",
            due_on=credit.due_on,
            kind="credit",
        )


def events(record: Credit | Schooling) -> Iterator[Event]:
    """Yield how each credit came about, and when school was left off and taken up again."""
    return _of_credit(record) if isinstance(record, Credit) else _of_schooling(record)


def _of_credit(credit: Credit) -> Iterator[Event]:
    event, now = partial(event_of, credit, "credit"), _stage(credit)
    for stage in (*credit.former, now):
        many = "" if stage.hundredths is None else f"{amount(stage.hundredths)} "
        course = f", {credit.course}" if credit.course else ""
        what = f"{many}{label(stage.state)}{course}"
        yield event(stage.on, what, text=credit.note if stage is now else "")
    if credit.ended_on:
        yield event(credit.ended_on, f"ended: {label(credit.reason)}")


def _of_schooling(schooling: Schooling) -> Iterator[Event]:
    event = partial(event_of, schooling, "schooling")
    stays: tuple[Interruption | Schooling, ...] = (*schooling.former, schooling)
    for stay in stays:
        last, back = stay.last_attended_on, stay.returned_on
        if last is not None:
            yield event(last, "last attended", upto=back - timedelta(days=1) if back else None)
        if back is not None:
            yield event(back, "returned")
