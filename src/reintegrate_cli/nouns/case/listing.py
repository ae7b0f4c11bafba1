"""How cases stand in a list: the next date, what is overdue, the last contact."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.nouns.case.moving import as_of
from reintegrate_cli.nouns.case.record import Case, CaseRow, last_change, planned
from reintegrate_cli.nouns.checkin.occurrences import next_on
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule
from reintegrate_cli.nouns.checkin.scheduled import is_asleep, line_of, status_of

_SAME = [name for name in CaseRow.__struct_fields__ if name in Case.__struct_fields__]


def case_rows(world: World, today: date) -> list[CaseRow]:
    """Work out how each case of a world stands."""
    overdue = Counter(
        row.case
        for row, _, late_on in agenda.standing(world, today, today)
        if late_on is not None and late_on <= today
    )
    return [
        _row(world, as_of(case, today), today, overdue[case.ref]) for case in world.records("cases")
    ]


def _row(world: World, case: Case, today: date, overdue: int) -> CaseRow:
    schedules: Sequence[Schedule] = world.in_case("schedules", case.ref)
    events: Sequence[CheckIn] = world.in_case("contacts", case.ref)
    with_student = {schedule.id for schedule in schedules if schedule.with_ == "student"}
    status = status_of(world, case, today)
    paused = last_change(case, "paused", today) if status == "paused" else None
    closed = last_change(case, "closed", today) if status == "closed" else None
    contact = world.find("contact", case.ref)
    following = [
        day
        for schedule in schedules
        if not paused and not is_asleep(world, schedule, today)
        if (day := next_on(line_of(world, schedule))) is not None
    ]
    met = [
        event.happened_on
        for event in events
        if event.outcome == "done" and event.schedule in with_student
    ]
    return CaseRow(
        **{name: getattr(case, name) for name in _SAME},
        status=status,
        next_due_on=min(following, default=None),
        overdue=overdue,
        last_contact_on=max(met, default=None),
        contact_mode=contact.mode if contact else None,
        closed_on=closed.on if closed else None,
        closed_reason=closed.reason if closed else None,
        paused_until=paused.until if paused else None,
        pauses_on=next((change.on for change in planned(case, today)), None),
    )
