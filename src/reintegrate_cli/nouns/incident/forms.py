"""What the ``incident`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Form, HalfDays, Person, Private, Public, Ref, Word
from reintegrate_cli.line.forms import FLAG, PAST, PROSE, VERBATIM, Within
from reintegrate_cli.nouns.incident.record import LikelyNeed


class NewIncident(Form, kw_only=True):
    """What ``incident add`` takes: what was seen, what was said, and whose reading it is, apart."""

    on: Annotated[Public[date | None], PAST, "the day it happened; today if left out"] = None
    place: Annotated[Public[Word | None], "where, in one word"] = None
    before: Annotated[Private[str], PROSE, "what happened just before"] = ""
    observed: Annotated[Private[str], PROSE, "what was seen and heard, as a camera would have it"]
    said: Annotated[Private[str], PROSE, VERBATIM, "exact words, and who said them"] = ""
    likely_need: Annotated[Private[LikelyNeed], "what it was likely for"]
    whose_view: Annotated[Private[str], "whose reading that is"] = ""
    response: Annotated[Private[str], PROSE, "what the adults did"]
    helped: Annotated[Private[str], PROSE, "what helped"]
    account: Annotated[
        Private[str], PROSE, "what the student says about it, or that they would rather not"
    ] = ""
    repair: Annotated[Private[str], PROSE, "how it was made good"] = ""


class NewReview(Form, kw_only=True):
    """What ``incident review`` takes."""

    by: Annotated[Ref[Person], "who reviewed it: a staff slug"]
    on: Annotated[Public[date | None], PAST, "the day of the review; today if left out"] = None
    manifestation: Annotated[
        Public[bool | None], "whether the behavior came from the disability, where determined"
    ] = None
    removal: Annotated[
        Public[int | None],
        Within(1, 999),
        "which removal it is made for, by its number, where several wait",
    ] = None
    finding: Annotated[
        Private[str], PROSE, "what it looks like, knowing what the student went through"
    ]


class NewRemoval(Form, kw_only=True):
    """What ``incident removal`` takes."""

    days: Annotated[Public[HalfDays], "days out of school, in halves: 2 or 0.5"]
    decision_date: Annotated[
        Public[date | None], PAST, "the day it was decided; today if left out"
    ] = None
    proposed: Annotated[Public[bool | None], FLAG, "it is proposed, and not decided yet"] = None
