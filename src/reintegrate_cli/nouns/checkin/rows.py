"""How check-ins and schedules are shown, and how one is picked."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.records import (
    Private,
    Public,
    Ref,
    Value,
    check_case_ref,
    check_id,
    row_of,
)
from reintegrate_cli.core.world import World
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column
from reintegrate_cli.nouns.case import rights
from reintegrate_cli.nouns.checkin import agreements, occurrences
from reintegrate_cli.nouns.checkin.record import (
    WITH_THEM,
    CheckIn,
    Choice,
    Chooser,
    Mode,
    Outcome,
    Proposal,
    Schedule,
    With,
)
from reintegrate_cli.nouns.checkin.scheduled import ground_of, is_asleep, line_of

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class ScheduleRow(Value, frozen=True, kw_only=True):
    """A schedule as lists and writes show it."""

    id: Ref[str]
    case: Ref[str]
    with_: Public[With]
    who: Ref[str | None]
    every: Public[str]
    day: Public[str | None]
    at: Public[str | None]
    mode: Public[Mode]
    window: Public[int]
    chosen_by: Public[Chooser]
    chosen_on: Public[date]
    next_on: Public[date | None]
    status: Public[str]
    ends_on: Public[date | None] = None
    """The day from which nothing is due, if it ended, or will."""
    proposed: Public[Proposal | None] = None
    reason: Private[str] = ""
    asked_by: Ref[str | None] = None
    students_choice: Public[Choice | None] = None
    outside: Public[str | None] = None
    """What is outside of the ways and hours that are safe, but was chosen."""
    owner: Ref[str] = ""

    dated = "chosen_on"


class _OfSchedule(Value, frozen=True, kw_only=True):
    """Which schedule a row is about, and who is met."""

    id: Ref[str]
    schedule: Ref[str]
    case: Ref[str]
    with_: Public[With]
    who: Ref[str | None]


class CheckInRow(_OfSchedule, frozen=True, kw_only=True):
    """What a check-in command wrote, with the next date that follows."""

    outcome: Public[Outcome]
    happened_on: Public[date]
    due_on: Public[date | None]
    to: Public[date | None]
    at: Public[str | None]
    mode: Public[Mode | None]
    by: Ref[str]
    still_safe: Public[bool | None]
    academic: Private[str]
    social: Private[str]
    outside: Public[str | None] = None
    """What was outside of the ways and hours that are safe."""
    next_on: Public[date | None]


class OccurrenceRow(_OfSchedule, frozen=True, kw_only=True):
    """One date of a schedule in ``checkin list``."""

    due_on: Public[date]
    outcome: Public[Outcome | None]
    happened_on: Public[date | None]
    owner: Ref[str] = ""

    dated = "due_on"

    @property
    def status(self) -> str:
        """The outcome, or ``open``."""
        return self.outcome or "open"


AGREED = "the student chose this outside the ways and hours they call safe"


def _next(row: ScheduleRow) -> Any:
    """Return the next date; where an active schedule has none, that one is to be chosen."""
    return row.next_on or ("choose a date" if row.status == "active" else row.status)


SCHEDULE_COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("with", lambda row: f"{row.with_} {row.who or ''}".strip(), True),
    Column("every", lambda row: f"{row.every} {row.day or ''}".strip()),
    Column("at", lambda row: row.at),
    Column("mode", lambda row: row.mode),
    Column("chosen by", lambda row: row.chosen_by),
    Column("next", _next),
)
_OUTCOMES = {"unrecorded": "nothing recorded"}
COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("with", lambda row: f"{row.with_} {row.who or ''}".strip(), True),
    Column("due", lambda row: row.due_on),
    Column("outcome", lambda row: _OUTCOMES.get(row.outcome, row.outcome) or ""),
    Column("happened", lambda row: row.happened_on),
)


def schedule_row(world: World, schedule: Schedule) -> ScheduleRow:
    """Show a schedule with its next date."""
    today = session.today()
    asleep = is_asleep(world, schedule, today)
    case = world.find("cases", schedule.case)
    return row_of(
        ScheduleRow,
        schedule,
        every=schedule.terms.every,
        day=schedule.terms.day,
        window=schedule.terms.window_on(today),
        next_on=None if asleep else occurrences.next_on(line_of(world, schedule)),
        status=_status(world, schedule, asleep),
        ends_on=schedule.ended_on,
        owner=case.owner if case else "",
    )


def _status(world: World, schedule: Schedule, asleep: bool) -> str:
    if schedule.is_past(session.today()):
        return "ended"
    if any(
        session.today() in span for span in occurrences.spans(schedule, ground_of(world, schedule))
    ):
        return "paused"
    return "resting" if asleep else "active"


def event_row(event: CheckIn, schedule: Schedule, next_on: date | None) -> CheckInRow:
    """Show what was written, with the next date that follows from it."""
    return row_of(CheckInRow, event, with_=schedule.with_, who=schedule.who, next_on=next_on)


def is_with_others(store: "Store", called: Mapping[str, Any]) -> bool:
    """Return whether a command is about meetings with staff or a partner, not with the student.

    Args:
        store: the store.
        called: what the command was called with.
    """
    ref, given = check_case_ref(called["ref"]), called["given"]
    wanted = called.get("id_") or getattr(given, "schedule", None)
    if wanted is None and hasattr(given, "with_"):
        return given.with_ not in WITH_THEM
    if wanted is None:
        return pick(store, ref, None).with_ not in WITH_THEM
    # One that this command has just ended is still there.
    return store.schedules.get(ref, check_id(wanted, ref)).with_ not in WITH_THEM


def demand_reason(
    store: "Store", schedule: Schedule, asked_by: str | None, reason: str, what: str, rule: str
) -> None:
    """Require who asked, and why, where staff change what the student chose (E1, E2).

    A live wish against it is named first: its words come before the form that is missing (W1).

    Raises:
        Refused: it is not said, or a live wish is neither honored nor set aside.
    """
    rights.check_chooser(store.identities.find(schedule.case), asked_by, session.today())
    session.current.heed(store)
    agreements.check_asked(schedule, asked_by, reason, what, rule)


def check_running(schedule: Schedule, on: date | None = None) -> None:
    """Require that a schedule has not ended.

    Args:
        schedule: the schedule.
        on: by which day; today if left out.

    Raises:
        Usage: it has.
    """
    if schedule.is_past(on or session.today()):
        raise Usage(f"schedule {schedule.case}/{schedule.id} has ended")


def running(store: "Store", ref: str, on: date | None = None) -> list[Schedule]:
    """List the schedules of a case that have not ended by a day; by today, if left out."""
    day = on or session.today()
    return [schedule for schedule in store.schedules.all(case=ref) if not schedule.is_past(day)]


def pick(store: "Store", ref: str, wanted: str | None, on: date | None = None) -> Schedule:
    """Find the schedule that is meant: the named one, or the only one.

    Args:
        store: the store.
        ref: the case.
        wanted: the id of the named one.
        on: the day on which it has to run; today if left out.

    Raises:
        Missing: there is no such case or schedule.
        Usage: there are several and none was named, or the named one has ended.
    """
    store.cases.get(ref)
    if wanted is not None:
        picked = store.schedules.get(ref, check_id(wanted, ref))
        check_running(picked, on)
        return picked
    schedules = running(store, ref, on)
    if not schedules:
        raise Missing(f"case {ref} has no schedule", hint=f"reintegrate checkin schedule {ref}")
    if len(schedules) > 1:
        raise Usage(
            "there are several schedules; say which with --schedule",
            fields=["schedule"],
            hint="they are "
            + ", ".join(f"{schedule.id} ({schedule.with_})" for schedule in schedules),
        )
    return schedules[0]
