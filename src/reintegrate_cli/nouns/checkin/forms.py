"""What the ``checkin`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.records import (
    Clock,
    Every,
    Form,
    Person,
    Private,
    Public,
    Ref,
    ScheduleId,
    Who,
    Word,
)
from reintegrate_cli.line.forms import ASK, CHANGE, PAST, PROSE, QUIET, VERBATIM, Option, Within
from reintegrate_cli.nouns.checkin.record import Anchor, Chooser, Mode, With

AGREED = "the student chose a way, day or hour outside of those that they said are safe"
WHO = "who asked: student, caregiver or a staff slug"


class NewSchedule(Form, kw_only=True):
    """What ``checkin schedule`` takes."""

    with_: Annotated[Public[With], "who is met"]
    who: Annotated[Ref[Who | None], "a staff or partner slug, or a care id"] = None
    every: Annotated[Public[Every | None], ASK, "how often: 3d 1w 2w 1m none"] = None
    day: Annotated[Public[Word | None], "a weekday, a day of the month, or last"] = None
    at: Annotated[Public[Clock | None], "the time of day"] = None
    mode: Annotated[Public[Mode], "how they meet"]
    chosen_by: Annotated[Public[Chooser | None], ASK, "who chose this"] = None
    chosen_on: Annotated[Public[date | None], ASK, PAST, "the day they chose it"] = None
    starts_on: Annotated[Public[date | None], Option("--starts"), "the first date"] = None
    window: Annotated[Public[Word | None], "how far from its date a contact counts: 3d"] = None
    purpose: Annotated[Public[Word | None], "what it is for, in one word"] = None
    anchor: Annotated[Public[Anchor | None], "count from the calendar or the last contact"] = None
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    words: Annotated[Private[str], PROSE, VERBATIM, "how they put it"] = ""


class EditSchedule(Form, kw_only=True):
    """What ``checkin edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    with_: Annotated[Public[With | None], QUIET, "who is met; it stays as it is"] = None
    who: Annotated[Ref[Who | None], "a staff or partner slug, or a care id"] = None
    every: Annotated[Public[Every | None], "how often: 3d 1w 2w 1m none"] = None
    day: Annotated[Public[Word | None], "a weekday, a day of the month, or last"] = None
    at: Annotated[Public[Clock | None], "the time of day"] = None
    mode: Annotated[Public[Mode | None], "how they meet"] = None
    chosen_by: Annotated[Public[Chooser | None], "who chose this"] = None
    chosen_on: Annotated[Public[date | None], PAST, "the day they chose it"] = None
    starts_on: Annotated[
        Public[date | None], Option("--starts"), "the first date under the new terms"
    ] = None
    window: Annotated[Public[Word | None], "how far from its date a contact counts: 3d"] = None
    purpose: Annotated[Public[Word | None], "what it is for, in one word"] = None
    anchor: Annotated[Public[Anchor | None], "count from the calendar or the last contact"] = None
    asked_by: Annotated[Ref[Person | None], CHANGE, "who asked for the change; you if left out"] = (
        None
    )
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    words: Annotated[Private[str], PROSE, VERBATIM, "how they put it"] = ""
    reason: Annotated[Private[str], PROSE, CHANGE, "why staff change what the student chose"] = ""


class NewCheckIn(Form, kw_only=True):
    """What ``checkin attempt``, ``miss``, ``decline`` and ``cancel`` take, and ``done`` too."""

    schedule: Annotated[Ref[ScheduleId | None], "which schedule, where there are several"] = None
    on: Annotated[Public[date | None], "the day it happened; today if left out"] = None
    due: Annotated[Public[date | None], "the date that is meant, where it is not plain"] = None
    mode: Annotated[Public[Mode | None], "how they meet"] = None
    by: Annotated[Ref[Person | None], "who it was; you if left out"] = None
    next: Annotated[Public[Word | None], "the next date, or auto"] = None
    still_safe: Annotated[Public[bool | None], "is the way of contact still safe"] = None
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    note: Annotated[Private[str], PROSE, "what to remember"] = ""


class DoneCheckIn(NewCheckIn, kw_only=True):
    """What ``checkin done`` takes: besides the rest, what staff say at a conferral (E4)."""

    academic: Annotated[
        Public[int | None], Within(1, 4), "at a conferral: how the student learns, 1 to 4"
    ] = None
    social: Annotated[
        Public[int | None], Within(1, 4), "at a conferral: how the student is among others, 1 to 4"
    ] = None
    evidence: Annotated[Private[str], PROSE, QUIET, "what was seen that says so"] = ""


class Move(Form, kw_only=True):
    """What ``checkin move`` takes."""

    schedule: Annotated[Ref[ScheduleId | None], "which schedule, where there are several"] = None
    on: Annotated[Public[date], "the date that it has"]
    to: Annotated[Public[date], "the date that it shall have"]
    at: Annotated[Public[Clock | None], "the time of day, if another"] = None
    asked_by: Annotated[Ref[Person], "who asked: student, caregiver or a staff slug"]
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    reason: Annotated[Private[str], PROSE, "why staff move what the student chose"] = ""
    note: Annotated[Private[str], PROSE, "what to remember"] = ""


class PauseSchedule(Form, kw_only=True):
    """What ``checkin pause`` takes."""

    on: Annotated[Public[date | None], PAST, "the day it began; today if left out"] = None
    until: Annotated[Public[date | None], "the day on which it resumes"] = None
    asked_by: Annotated[Ref[Person | None], ASK, WHO] = None
    reason: Annotated[Private[str], PROSE, "why, where staff asked"] = ""


class EndSchedule(Form, kw_only=True):
    """What ``checkin end`` takes."""

    on: Annotated[Public[date | None], PAST, "the last day; today if left out"] = None
    asked_by: Annotated[Ref[Person | None], ASK, WHO] = None
    reason: Annotated[Private[str], PROSE, "why, where staff asked"] = ""
