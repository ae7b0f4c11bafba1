"""What the ``wish`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.records import Form, Person, Private, Public, Ref
from reintegrate_cli.line.forms import ASK, CHANGE, PAST, PROSE, VERBATIM
from reintegrate_cli.nouns.wish.record import About, Outcome


class NewWish(Form, kw_only=True):
    """What ``wish add`` takes."""

    about: Annotated[Public[About], "what it is about"]
    heard_by: Annotated[Ref[Person], "who heard it: a staff slug, or caregiver"]
    heard_on: Annotated[Public[date | None], PAST, "the day it was said; today if left out"] = None
    words: Annotated[Private[str], PROSE, VERBATIM, "what the student said, word for word"]


class EditWish(Form, kw_only=True):
    """What ``wish edit`` takes: what the student says now stands beside what they said."""

    asks_when_bare: ClassVar[bool] = True

    about: Annotated[Public[About | None], "what it is about"] = None
    heard_by: Annotated[Ref[Person | None], CHANGE, "who heard it; you if left out"] = None
    heard_on: Annotated[
        Public[date | None], PAST, CHANGE, "the day it was said; today if left out"
    ] = None
    decided_by: Annotated[Ref[Person | None], "whose decision the outcome was"] = None
    told_on: Annotated[Public[date | None], PAST, "the day the student was told"] = None
    revisit_on: Annotated[Public[date | None], "the day to look at it again"] = None
    words: Annotated[Private[str], PROSE, VERBATIM, "what the student says now, word for word"] = ""
    reason: Annotated[Private[str], PROSE, "why it was not honored whole"] = ""


class WishOutcomeGiven(Form, kw_only=True):
    """What ``wish outcome`` takes."""

    outcome: Annotated[Public[Outcome], "what became of it"]
    decided_by: Annotated[Ref[Person | None], ASK, "whose decision it was"] = None
    told_on: Annotated[Public[date | None], ASK, PAST, "the day the student was told"] = None
    revisit_on: Annotated[Public[date | None], ASK, "the day to look at it again"] = None
    on: Annotated[Public[date | None], PAST, "the day of the decision"] = None
    reason: Annotated[Private[str], PROSE, "why"] = ""
