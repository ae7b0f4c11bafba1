"""Meetings beside what the student said is safe: the way, the day and the hour (D1, D4)."""

from collections.abc import Collection, Iterable
from datetime import date

from reintegrate_cli.core.calendar import SCHOOL_HOURS, minutes
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.labels import label
from reintegrate_cli.nouns.checkin.record import WITH_THEM, Mode, Schedule
from reintegrate_cli.nouns.checkin.rhythm import first_date
from reintegrate_cli.nouns.contact.reaching import STAFF_WAYS, WRITTEN, told, window
from reintegrate_cli.nouns.contact.record import Method, SafeContact
from reintegrate_cli.nouns.staff.record import WEEKDAYS, Weekday

_ASK = "ask them; --student-agreed yes says that they chose it so"
_BY_MODE = ("mode", "student_agreed")
_NOT_BY_PHONE = (*STAFF_WAYS, *WRITTEN, "video")


def serves(method: Method, mode: Mode) -> bool:
    """Return whether a check-in of a mode may use a method."""
    if mode == "in_person":
        return method.kind in STAFF_WAYS
    if mode == "text":
        return method.kind == "text" or method.text_allowed
    if mode == "phone":
        return method.kind not in _NOT_BY_PHONE
    return mode in method.kind


def unsuited(
    contact: SafeContact | None,
    mode: Mode,
    days: Collection[Weekday],
    at: str | None,
    *,
    whose: str | None = None,
    school: tuple[str, str] = SCHOOL_HOURS,
) -> Refused | None:
    """Compare how and when a check-in is to be with what the student said is safe (D1, D4).

    Meeting in person needs no way to be listed; where one is, its hours count.

    Args:
        contact: the student's preferences.
        mode: how they meet.
        days: the weekdays on which they meet, as far as they are known.
        at: the time of day, if one is said.
        whose: the care id of whom it is with, if that is not the student.
        school: the hours of a school day.

    Returns:
        What is outside of that, or nothing.
    """
    if contact is None or contact.is_silent:
        return None
    by = label(mode)
    if mode != "in_person" and contact.mode == "via_staff" and whose is None:
        return Refused(
            f"contact goes through staff, and not by {by}", rule="D1", fields=_BY_MODE, hint=_ASK
        )
    listed = [method for method in contact.methods if method.whose == whose]
    fitting = [method for method in listed if serves(method, mode)]
    if not fitting:
        if mode == "in_person" or (whose is not None and not listed):
            return None
        return Refused(f"nobody said that {by} is safe", rule="D1", fields=_BY_MODE, hint=_ASK)
    minute = minutes(at) if at else None
    windows = [window(method, school) for method in fitting]
    if all(any(each.holds(day, minute) for each in windows) for day in days or (None,)):
        return None
    safe = "; ".join(told(method, school) for method in fitting)
    return _outside(" ".join([*days, *([f"at {at}"] if at else [])]), by, safe)


def _outside(when: str, by: str, safe: str) -> Refused:
    return Refused(
        f"{when} is outside of the hours that are safe by {by}: {safe}",
        rule="D4",
        fields=["day", "at", "student_agreed"],
        hint=_ASK,
    )


def unsuited_schedule(
    contact: SafeContact | None,
    schedule: Schedule,
    school: tuple[str, str] = SCHOOL_HOURS,
    *,
    starts: bool = False,
) -> Refused | None:
    """Compare what is agreed about meeting with what the student said is safe (D1, D4).

    Args:
        contact: the student's preferences.
        schedule: what is agreed; meetings with staff and partners are no matter of theirs.
        school: the hours of a school day.
        starts: whether its first day was chosen, whatever follows from it.

    Returns:
        What is outside of that, or nothing.
    """
    cadence = schedule.cadence
    by_week = cadence is not None and cadence.unit != "m" and cadence.days % 7 == 0
    known = starts or (schedule.terms.anchor == "calendar" and by_week)
    days = [first_date(schedule.terms)] if known else []
    return unsuited_days(contact, schedule, schedule.mode, days, schedule.at, school)


def unsuited_days(
    contact: SafeContact | None,
    schedule: Schedule,
    mode: Mode,
    days: Iterable[date],
    at: str | None,
    school: tuple[str, str] = SCHOOL_HOURS,
) -> Refused | None:
    """Compare some days of a schedule with what the student said is safe (D1, D4).

    Args:
        contact: the student's preferences.
        schedule: the schedule.
        mode: how they meet.
        days: the days.
        at: the time of day, if one is said.
        school: the hours of a school day.
    """
    if schedule.with_ not in WITH_THEM:
        return None
    weekdays: list[Weekday] = [WEEKDAYS[day.weekday()] for day in days]
    whose = schedule.who if schedule.with_ == "caregiver" else None
    return unsuited(contact, mode, weekdays, at, whose=whose, school=school)
