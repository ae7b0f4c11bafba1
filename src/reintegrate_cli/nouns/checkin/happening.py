"""What happened: ``done``, ``attempt``, ``miss``, ``decline``, ``cancel``, ``move``, ``list``."""

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Annotated, get_args

from reintegrate_cli.core import calendar
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import PROSE, QUIET
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Clock,
    Form,
    Person,
    Private,
    Public,
    Ref,
    ScheduleId,
    Word,
    check_case_ref,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.verbs import Filters, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.checkin import monitoring, occurrences
from reintegrate_cli.nouns.checkin import record as checkins
from reintegrate_cli.nouns.checkin.booking import book, check_free, moved, next_date, say_next
from reintegrate_cli.nouns.checkin.occurrences import Line
from reintegrate_cli.nouns.checkin.record import CheckIn, Mode, Outcome, Schedule
from reintegrate_cli.nouns.checkin.rows import (
    AGREED,
    COLUMNS,
    OccurrenceRow,
    demand_reason,
    event_row,
    is_with_others,
    pick,
    running,
)
from reintegrate_cli.nouns.checkin.scheduled import events_of, ground_of, line_of
from reintegrate_cli.nouns.checkin.telling import check_booked, check_happened

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewCheckIn(Form, kw_only=True):
    """What ``checkin attempt``, ``miss``, ``decline`` and ``cancel`` take, and ``done`` too."""

    schedule: Annotated[Ref[ScheduleId | None], "which schedule, if there are several"] = None
    on: Annotated[Public[date | None], "the day it happened; today if left out"] = None
    due: Annotated[Public[date | None], "which date it was for, if that is not clear"] = None
    mode: Annotated[Public[Mode | None], "how they met; as agreed if left out"] = None
    by: Annotated[Ref[Person | None], "who it was; you if left out"] = None
    next: Annotated[
        Public[Word | None], "the next date; auto, the date that follows, if left out"
    ] = None
    still_safe: Annotated[Public[bool | None], "is the way of contact still safe"] = None
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    note: Annotated[Private[str], PROSE, "what to remember"] = ""


class DoneCheckIn(NewCheckIn, kw_only=True):
    """What ``checkin done`` takes: besides the rest, what staff saw, at a conferral (E4)."""

    academic: Annotated[Private[str], PROSE, QUIET, monitoring.ASKED["academic"]] = ""
    social: Annotated[Private[str], PROSE, QUIET, monitoring.ASKED["social"]] = ""


class Move(Form, kw_only=True):
    """What ``checkin move`` takes."""

    schedule: Annotated[Ref[ScheduleId | None], "which schedule, if there are several"] = None
    on: Annotated[Public[date], "the date that it has"]
    to: Annotated[Public[date], "the new date"]
    at: Annotated[Public[Clock | None], "the time of day, if another"] = None
    asked_by: Annotated[Ref[Person], "who asked: student, caregiver or a staff slug"]
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    reason: Annotated[Private[str], PROSE, QUIET, "why staff move what the student chose"] = ""
    note: Annotated[Private[str], PROSE, "what to remember"] = ""


@verb("checkin", "done", fields_about={"next": "schedule"}, spares=is_with_others)
def done(ref: RefArg, given: DoneCheckIn) -> None:
    """Record a contact; the next date follows, or is booked with --next.

    When staff confer, the keys academic and social say what they saw: words, never a number.

    Example: reintegrate checkin done HX4T --mode in_person
    """
    _record(ref, given, "done", "checkin done")


@verb("checkin", "attempt")
def attempt(ref: RefArg, given: NewCheckIn) -> None:
    """Record an attempt that reached nobody; the date stays due.

    Example: reintegrate checkin attempt HX4T --mode phone
    """
    _record(ref, given, "attempted", "checkin attempt")


@verb("checkin", "miss")
def miss(ref: RefArg, given: NewCheckIn) -> None:
    """Record that it did not happen; the student's own wish for that is shown (E6).

    Example: reintegrate checkin miss HX4T
    """
    _record(ref, given, "missed", "checkin miss")


@verb("checkin", "decline", fields_about={"next": "schedule"}, spares=is_with_others)
def decline(ref: RefArg, given: NewCheckIn) -> None:
    """Record that the student declined; it is not overdue.

    Example: reintegrate checkin decline HX4T
    """
    _record(ref, given, "declined", "checkin decline")


@verb("checkin", "cancel")
def cancel(ref: RefArg, given: NewCheckIn) -> None:
    """Record that an appointment was cancelled.

    Example: reintegrate checkin cancel HX4T --on yesterday
    """
    _record(ref, given, "cancelled", "checkin cancel")


@verb("checkin", "move", about="schedule", spares=is_with_others)
def move(ref: RefArg, given: Move) -> None:
    """Give an appointment another date; the rhythm stays as it is.

    Example: reintegrate checkin move HX4T --on tue --to thu --asked-by student
    """
    ref = check_case_ref(ref)
    with session.writing() as store:
        schedule = pick(store, ref, given.schedule)
        asked_by = store.person(given.asked_by)
        line = line_of(session.world(store, ref), schedule)
        # Without a cadence and without a booking there is nothing to move: this books.
        nominal = None
        if schedule.cadence or line.first() is not None:
            nominal = occurrences.find_due(line, given.on, "moved").nominal
        check_free(line, given.to, "to")
        demand_reason(store, schedule, asked_by, given.reason, "move", "E2")
        outside = check_booked(store, schedule, given.to, given.at or schedule.at, given)
        event = store.checkins.put(
            moved(
                store,
                schedule,
                nominal,
                given.to,
                by=asked_by,
                at=given.at,
                note=given.note,
                reason=given.reason,
                outside=outside,
            )
        )
        line = line_of(session.world(store, ref), schedule)
    show(event_row(event, schedule, occurrences.next_on(line)))


@verb("checkin", "list", is_list=True, statuses=("open", *get_args(Outcome)))
def list_(filters: Filters) -> None:
    """List the dates of every schedule and what became of them.

    Example: reintegrate checkin list --case HX4T --since som
    """
    today = session.today()
    upto = filters.until or today
    with session.reading() as store:
        world = session.world(store, case_of(filters))
        times: Counter[tuple[str, str, date]] = Counter()
        rows = [
            OccurrenceRow(
                id=_id(schedule, occurrence.due_on, times),
                schedule=schedule.id,
                case=schedule.case,
                with_=schedule.with_,
                who=schedule.who,
                due_on=occurrence.due_on,
                outcome=occurrence.outcome,
                happened_on=occurrence.happened_on,
                owner=world.find("cases", schedule.case).owner,
            )
            for schedule in world.records("schedules")
            for occurrence in occurrences.listed(line_of(world, schedule), upto)
        ]
        rows.sort(key=lambda row: (row.due_on, row.case, row.id))
        rows = narrowed(rows, filters, store)
    show(rows, COLUMNS, empty="no check-in is recorded yet", what="check-in", kind=OccurrenceRow)


def _id(schedule: Schedule, day: date, times: Counter[tuple[str, str, date]]) -> str:
    """Return the id of a date; if it was booked for a day settled before, with a number."""
    key = (schedule.case, schedule.id, day)
    times[key] += 1
    nth = f".{times[key]}" if times[key] > 1 else ""
    return f"{schedule.id}{nth}@{day.isoformat()}"


def _record(ref: str, given: NewCheckIn, outcome: Outcome, command: str) -> None:
    ref = check_case_ref(ref)
    today = session.today()
    _check_days(given, outcome, today)
    if output.can_ask():
        given = _asked(ref, given, outcome)
        if session.current.heeding is not None:
            session.current.heeding.given = given
    chosen = next_date(given.next, today)
    with session.writing(command) as store:
        schedule = pick(store, ref, given.schedule, _happened(given))
        event = _event(store, schedule, given, outcome)
        outside = check_happened(store, schedule, event, given)
        event = replace(event, outside=outside)
        monitoring.check_conferral(schedule.with_, event)
        event = store.checkins.put(event)
        line = line_of(session.world(store, ref), schedule)
        met = line.effects[event.id].target
        if event.still_safe:
            _still_safe(store, event)
        if chosen is not None:
            outside = check_booked(store, schedule, chosen, schedule.at, given)
            book(store, schedule, chosen, after=event.happened_on, outside=outside)
            line = line_of(session.world(store, ref), schedule)
        contact = store.contact.find(ref) if outcome == "missed" else None
        if outcome == "done" and schedule.with_ == "partner":
            from reintegrate_cli.nouns.release.standing import say_scope

            say_scope(store, ref, schedule.who or "")
    if contact is not None and contact.if_missed:
        say(f"the student's own wish when a check-in is missed: {contact.if_missed}")
    if met is None and (schedule.cadence or line.first() is not None):
        _say_settles_nothing(outcome)
    say_next(line)
    show(event_row(event, schedule, occurrences.next_on(line)))


def _happened(given: NewCheckIn) -> date:
    """Return the day on which a schedule has to run for what is entered; never one to come."""
    return min(given.on or session.today(), session.today())


def _check_days(given: NewCheckIn, outcome: Outcome, today: date) -> None:
    """Require that what happened has happened; what is called off may be still to come."""
    on = given.on or today
    if on > today and (outcome not in ("declined", "cancelled") or given.due is not None):
        raise Usage(
            "--on is in the future", fields=["on"], hint="it is the day on which something happened"
        )
    if outcome == "missed" and given.due is not None and given.due > on:
        raise Usage(
            "--due is still to come",
            fields=["due"],
            hint="checkin decline or cancel calls a date off ahead of time",
        )


def _event(store: "Store", schedule: Schedule, given: NewCheckIn, outcome: Outcome) -> CheckIn:
    today = session.today()
    on = given.on or today
    named = given.due or (on if on > today else None)  # called off ahead: --on says which date
    if named is not None:
        line = line_of(session.world(store, schedule.case), schedule)
        named = occurrences.find_due(line, named, outcome).nominal
    conferral = given if isinstance(given, DoneCheckIn) else DoneCheckIn()
    return CheckIn(
        case=schedule.case,
        id=store.checkins.next_id(schedule.case),
        schedule=schedule.id,
        outcome=outcome,
        happened_on=min(on, today),
        due_on=named,
        mode=given.mode or (schedule.mode if outcome == "done" else None),
        by=store.person(given.by) if given.by else store.by,
        still_safe=given.still_safe,
        academic=conferral.academic,
        social=conferral.social,
        note=given.note,
    )


def _say_settles_nothing(outcome: Outcome) -> None:
    """Say that what was entered is kept, and meets no date (INTERFACE: Check-ins, exactly)."""
    does = "settles" if outcome in checkins.SETTLING else "is noted at"
    why = "none was due yet" if outcome == "done" else "none is near enough to that day"
    say(f"it is kept, and {does} no date: {why}; --due DATE names one")


def _asked_what_was_seen(given: DoneCheckIn) -> DoneCheckIn:
    """Ask what staff who confer saw, if the line does not say it (E4)."""
    if given.academic or given.social:
        return given
    seen = {name: output.ask(asked, several=True) for name, asked in monitoring.ASKED.items()}
    return replace(given, **seen)


def _still_safe(store: "Store", event: CheckIn) -> None:
    """Keep that contact is still safe; it is asked again after 30 days (D3)."""
    from reintegrate_cli.nouns.contact.record import confirmed

    contact = store.contact.find(event.case)
    if contact is not None and contact.safe_as_of < event.happened_on:
        store.contact.put(confirmed(contact, event.happened_on, event.by))


def _asked(ref: str, given: NewCheckIn, outcome: Outcome) -> NewCheckIn:
    """Ask at the terminal which schedule, whether contact is still safe, and when next."""
    today = session.today()
    with session.reading() as store:
        if given.schedule is None:
            given = replace(given, schedule=_ask_which(store, ref, _happened(given)))
        schedule = pick(store, ref, given.schedule, _happened(given))
        event, world = _event(store, schedule, given, outcome), session.world(store, ref)
    theirs = schedule.with_ in ("student", "caregiver")
    if outcome == "done" and theirs and given.still_safe is None:
        safe = output.ask("is this way of contact still safe", choices=("yes", "no"))
        given = replace(given, still_safe=safe == "yes" if safe else None)
    if isinstance(given, DoneCheckIn) and schedule.with_ == "staff":
        given = _asked_what_was_seen(given)
    if outcome not in checkins.SETTLING or given.next is not None:
        return given
    line = Line(schedule, [*events_of(world, schedule), event], ground_of(world, schedule))
    say_next(line, asking=True)

    def check(answer: str) -> str:
        day = next_date(answer, today)
        if day is None:
            return ""
        occurrences.check_open(line, day, "next", session.today())
        return calendar.explain_date(day, today)

    day = next_date(output.ask("next date", default="auto", check=check), today)
    return replace(given, next=Word(day.isoformat() if day else "auto"))


def _ask_which(store: "Store", ref: str, on: date) -> ScheduleId | None:
    store.cases.get(ref)
    schedules = running(store, ref, on)
    if len(schedules) < 2:
        return None
    named = {one.id: f"{one.with_} {one.who or ''}".strip() for one in schedules}
    answer = output.ask("which schedule", choices=named)
    return ScheduleId(answer) if answer else None
