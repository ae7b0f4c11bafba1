"""What the ``attendance`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Form, Person, Public, Ref
from reintegrate_cli.line.forms import ASK, PAST, Option
from reintegrate_cli.nouns.attendance.record import Barrier, Outcome, Pattern


class Barriers(Form, kw_only=True):
    """What was looked at before anything else, and whether a letter home is held."""

    barriers_checked: Annotated[
        Public[bool | None], ASK, "whether somebody looked at what stands in the way of coming"
    ] = None
    barriers: Annotated[
        Public[tuple[Barrier, ...]], Option("--barrier"), "what stands in the way"
    ] = ()
    hold_letter: Annotated[
        Public[bool | None], ASK, "whether the automated letter home is held"
    ] = None


class NewFlag(Barriers, kw_only=True):
    """What ``attendance flag`` takes."""

    noticed_by: Annotated[Ref[Person | None], "who noticed it; you if left out"] = None
    pattern: Annotated[Public[Pattern], "what was noticed"] = "absences"
    dates: Annotated[Public[tuple[date, ...]], PAST, Option("--date"), "a day it is about"] = ()
    on: Annotated[Public[date | None], PAST, "the day it was noticed; today if left out"] = None


class FlagResolved(Barriers, kw_only=True):
    """What ``attendance resolve`` takes."""

    outcome: Annotated[Public[Outcome], ASK, "what became of it; settled if left out"] = "settled"
    by: Annotated[Ref[Person | None], "who resolved it; you if left out"] = None
    on: Annotated[Public[date | None], PAST, "the day it was resolved; today if left out"] = None
