"""What the ``credit`` commands read."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from reintegrate_cli.core.records import Form, Hundredths, Private, Public, Word
from reintegrate_cli.line.forms import ASK, PAST, PROSE, Option, Within
from reintegrate_cli.nouns.credit.record import EndReason, Route, State, Way


class NewCredit(Form, kw_only=True):
    """What ``credit add`` takes."""

    status: Annotated[Public[State], "how it stands"]
    amount: Annotated[Public[Hundredths | None], ASK, "how much: 0.5"] = None
    course: Annotated[Public[Word | None], "the course, in one word"] = None
    source: Annotated[Public[Word | None], "the school that it comes from, in one word"] = None
    on: Annotated[Public[date | None], PAST, "the day it counts from; today if left out"] = None
    due_on: Annotated[
        Public[date | None], Option("--due"), "for one that is requested: when to look again"
    ] = None
    note: Annotated[Private[str], PROSE, "what to remember, or what was asked for"] = ""


class DoneCredit(Form, kw_only=True):
    """What ``credit done`` takes."""

    amount: Annotated[Public[Hundredths | None], "how much; as it stands if left out"] = None
    status: Annotated[
        Public[Literal["earned", "partial", "waived"] | None], "how it counts; earned if left out"
    ] = None
    course: Annotated[Public[Word | None], "the course, in one word"] = None
    on: Annotated[Public[date | None], PAST, "the day it counts from; today if left out"] = None


class EndCredit(Form, kw_only=True):
    """What ``credit end`` takes."""

    reason: Annotated[Public[EndReason], "why it does not count"]
    on: Annotated[Public[date | None], PAST, "the day that became known; today if left out"] = None


class SchoolingGiven(Form, kw_only=True):
    """What ``credit set`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    last_attended_on: Annotated[
        Public[date | None], PAST, Option("--last-attended"), "the last day attended"
    ] = None
    returned_on: Annotated[
        Public[date | None], PAST, Option("--returned"), "the first day back in school"
    ] = None
    required: Annotated[
        Public[Hundredths | None], "credits that the route to completion takes in all: 24"
    ] = None
    gap_years: Annotated[
        Public[int | None],
        Within(0, 25),
        "years older than the others in the grade; never a birth date",
    ] = None
    ways: Annotated[
        Public[tuple[Way, ...]], Option("--way"), "what keeps peers of the same age near"
    ] = ()
    route: Annotated[Public[Route | None], "the route to completion"] = None
    finish_by: Annotated[Public[date | None], "when it may be finished, as an estimate"] = None
    note: Annotated[Private[str], PROSE, "what to remember"] = ""
