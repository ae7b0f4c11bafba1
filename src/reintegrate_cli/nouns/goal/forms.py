"""What the ``goal`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Form, Person, Private, Public, Ref
from reintegrate_cli.line.forms import FLAG, PAST, PROSE, Option, Within
from reintegrate_cli.nouns.goal.record import EndReason, Horizon


class NewGoal(Form, kw_only=True):
    """What ``goal add`` takes."""

    horizon: Annotated[Public[Horizon], "is it for soon, or for later"]
    heard_by: Annotated[Ref[Person | None], "who wrote it down; you if left out"] = None
    set_on: Annotated[
        Public[date | None], PAST, Option("--on"), "the day it was said; today if left out"
    ] = None
    for_safety: Annotated[Public[bool | None], FLAG, "it has to do with being safe"] = None
    words: Annotated[Private[str], PROSE, "what the student wants to reach, word for word"]
    offered: Annotated[
        Private[tuple[str, ...]], PROSE, "the options that were offered, one a line"
    ] = ()
    chosen: Annotated[Private[str], "the option that the student chose, if any were offered"] = ""
    safety: Annotated[Private[str], "how it makes the student safer"] = ""


class NewStep(Form, kw_only=True):
    """What ``goal step`` takes."""

    text: Annotated[Private[str], "the step, as the student puts it"]
    on: Annotated[Public[date | None], PAST, "the day it was agreed; today if left out"] = None


class DoneGoal(Form, kw_only=True):
    """What ``goal done`` takes."""

    step: Annotated[
        Public[int | None], Within(1, 999), "the number of a step; the whole goal if left out"
    ] = None
    on: Annotated[Public[date | None], PAST, "the day it was done; today if left out"] = None


class EndGoal(Form, kw_only=True):
    """What ``goal end`` takes."""

    reason: Annotated[Public[EndReason], "why it is laid down"]
    on: Annotated[Public[date | None], PAST, "the day it was laid down; today if left out"] = None
    words: Annotated[Private[str], PROSE, "what the student said about it"] = ""
