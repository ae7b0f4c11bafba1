"""Interrupted schooling: how long, what was earned, what is still needed, by which route.

One record of a case says how its schooling was interrupted and how it is to be finished; each
credit is a record of its own, with the school that it comes from (practice rule G4). Amounts are
whole numbers of hundredths of a credit; totals are worked out each time.

A birth date has no place here. How far a student is from classmates of the same age is kept as
a gap in years that a person typed, and never worked out from the date: it would change on the
birthday.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Told, Value, Word
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

if TYPE_CHECKING:
    from reintegrate_cli.nouns.credit.forms import DoneCredit, NewCredit, SchoolingGiven

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
    """Write an amount as it is typed: ``0.5``, ``24``."""
    whole, part = divmod(hundredths, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") if part else str(whole)


def credit_row(credit: Credit) -> CreditRow:
    """Show a credit with its amount as it is typed."""
    return CreditRow(
        id=credit.id,
        case=credit.case,
        status=credit.status,
        amount=None if credit.hundredths is None else amount(credit.hundredths),
        course=credit.course,
        source=credit.source,
        on=credit.on,
        due_on=credit.due_on,
        ended_on=credit.ended_on,
        reason=credit.reason,
        note=credit.note,
    )


def total(credits_: Iterable[Credit], *states: Status) -> int:
    """Add up the credits that stand in one of some states, in hundredths (G4)."""
    return sum(one.hundredths or 0 for one in credits_ if one.status in states)


def needed(schooling: Schooling | None, credits_: Iterable[Credit]) -> int | None:
    """Tell how much is still missing, in hundredths; nothing where the route's sum is not known."""
    if schooling is None or schooling.required is None:
        return None
    return max(0, schooling.required - total(credits_, *HELD))


def days_out(schooling: Schooling, today: date) -> int | None:
    """Count the days without school: after the last day attended, before the day of return.

    Days of the calendar, since those are what a student lived through; today counts until a
    return is on record.
    """
    if schooling.last_attended_on is None:
        return None
    if schooling.returned_on is not None:
        return (schooling.returned_on - schooling.last_attended_on).days - 1
    return (today - schooling.last_attended_on).days


def ledger(
    ref: str, schooling: Schooling | None, credits_: Iterable[Credit], today: date
) -> Ledger:
    """Bring together how a case's schooling stands (clause 1, G4)."""
    found = list(credits_)
    kept = schooling or Schooling(case=ref)
    missing = needed(kept, found)
    return Ledger(
        case=ref,
        last_attended_on=kept.last_attended_on,
        returned_on=kept.returned_on,
        days_out=days_out(kept, today),
        earned=amount(total(found, "earned")),
        partial=amount(total(found, "partial")),
        in_recovery=amount(total(found, "in_recovery")),
        waived=amount(total(found, "waived")),
        required=None if kept.required is None else amount(kept.required),
        needed=None if missing is None else amount(missing),
        gap_years=kept.gap_years,
        ways=kept.ways,
        route=kept.route,
        finish_by=kept.finish_by,
        note=kept.note,
    )


def told(ledger: Ledger) -> str:
    """Say the totals in one line."""
    parts = [
        f"{ledger.earned} earned",
        f"{ledger.partial} partial",
        f"{ledger.in_recovery} in recovery",
    ]
    if ledger.waived != "0":
        parts.append(f"{ledger.waived} waived")
    if ledger.needed is not None:
        parts.append(f"{ledger.needed} of {ledger.required} still needed")
    return ", ".join(parts)


def lacks_ways(schooling: Schooling) -> bool:
    """Say whether the gap to classmates is wide, and nothing yet keeps peers of the same age."""
    return (schooling.gap_years or 0) >= GAP_YEARS and not schooling.ways


def amended(former: Schooling | None, given: "SchoolingGiven", ref: str, today: date) -> Schooling:
    """Change the one record of a case: what is given replaces what stands.

    A last day attended that lies after the return begins another interruption; the one before
    stays in the record.

    Raises:
        Usage: the days do not fit.
    """
    kept = former or Schooling(case=ref)
    last = given.last_attended_on or kept.last_attended_on
    returned, earlier = given.returned_on or kept.returned_on, kept.former
    if kept.last_attended_on and kept.returned_on and last and last >= kept.returned_on:
        over = Interruption(last_attended_on=kept.last_attended_on, returned_on=kept.returned_on)
        returned, earlier = given.returned_on, (*earlier, over)
    if returned is not None and (last is None or returned <= last):
        raise Usage(
            "the day of return lies not after the last day attended",
            fields=["returned_on", "last_attended_on"],
        )
    if given.finish_by is not None and given.finish_by <= today:
        raise Usage("--finish-by takes a day to come", fields=["finish_by"])
    return replace(
        kept,
        last_attended_on=last,
        returned_on=returned,
        former=earlier,
        required=kept.required if given.required is None else given.required,
        gap_years=kept.gap_years if given.gap_years is None else given.gap_years,
        ways=given.ways or kept.ways,
        route=given.route or kept.route,
        finish_by=given.finish_by or kept.finish_by,
        note=given.note or kept.note,
    )


def check_new(given: "NewCredit") -> None:
    """Demand an amount, or for a credit that is asked for, the day to look for an answer.

    Raises:
        Usage: it is missing, or one that counts already is to be looked for.
    """
    if given.status == "requested":
        if given.due_on is None:
            raise Usage(
                "missing: --due",
                fields=["due_on"],
                hint="the day by which the school's answer is looked for",
            )
    elif given.due_on is not None:
        raise Usage(
            "--due is for a credit that is requested",
            fields=["due_on"],
            hint="for one that counts already, the day is --on",
        )
    elif not given.amount:
        raise Usage("missing: --amount", fields=["amount"], hint="for example --amount 0.5")


def answered(credit: Credit, given: "DoneCredit", on: date) -> Credit:
    """Record what became of a credit that was asked for, made up or partial (G4).

    Raises:
        Usage: it is earned or ended already, no amount is known, or the day does not fit.
    """
    if credit.status in ("earned", "waived", "ended"):
        raise Usage(f"credit {credit.case}/{credit.id} is {credit.status} already")
    if on < credit.on:
        raise Usage("that is before the credit was entered", fields=["on"])
    hundredths = credit.hundredths if given.amount is None else given.amount
    if not hundredths:
        raise Usage("missing: --amount", fields=["amount"], hint="for example --amount 0.5")
    former = Stage(on=credit.on, state=credit.state, hundredths=credit.hundredths)
    return replace(
        credit,
        state=given.status or "earned",
        former=(*credit.former, former),
        hundredths=hundredths,
        course=given.course or credit.course,
        on=on,
        due_on=None,
    )


def ended(credit: Credit, on: date, reason: EndReason) -> Credit:
    """Record that a credit does not count, or is looked for no more.

    Raises:
        Usage: it ended already.
    """
    if credit.ended_on is not None:
        raise Usage(f"credit {credit.case}/{credit.id} is ended already")
    return replace(credit, ended_on=on, reason=reason)


def dates(credit: Credit, world: World) -> Iterator[Dated]:
    """Give the day on which a school's answer about earlier credits is looked for (G4)."""
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
    """Tell how each credit came about, and when school was left off and taken up again."""
    return _of_credit(record) if isinstance(record, Credit) else _of_schooling(record)


def _of_credit(credit: Credit) -> Iterator[Event]:
    now = Stage(on=credit.on, state=credit.state, hundredths=credit.hundredths)
    for stage in (*credit.former, now):
        many = "" if stage.hundredths is None else f"{amount(stage.hundredths)} "
        course = f", {credit.course}" if credit.course else ""
        text = credit.note if stage is now else ""
        yield Event(
            on=stage.on,
            kind="credit",
            what=f"{many}{stage.state.replace('_', ' ')}{course}",
            case=credit.case,
            id=credit.id,
            text=text or None,
        )
    if credit.ended_on:
        reason = (credit.reason or "").replace("_", " ")
        yield Event(
            on=credit.ended_on,
            kind="credit",
            what=f"ended: {reason}",
            case=credit.case,
            id=credit.id,
        )


def _of_schooling(schooling: Schooling) -> Iterator[Event]:
    stays: list[tuple[date | None, date | None]] = [
        *((one.last_attended_on, one.returned_on) for one in schooling.former),
        (schooling.last_attended_on, schooling.returned_on),
    ]
    for last, back in stays:
        if last is not None:
            upto = back - timedelta(days=1) if back else None
            yield Event(
                on=last, upto=upto, kind="schooling", what="last attended", case=schooling.case
            )
        if back is not None:
            yield Event(on=back, kind="schooling", what="returned", case=schooling.case)
