"""What the ``referral`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Agency, Form, Person, Private, Public, Ref, Word
from reintegrate_cli.line.forms import ASK, PAST, PROSE, QUIET, Option
from reintegrate_cli.nouns.referral.record import Agreed, DeclineReason, EndReason


class NewReferral(Form, kw_only=True):
    """What ``referral add`` takes."""

    partner: Annotated[Ref[Agency], "the partner's slug"]
    service: Annotated[Public[Word], "the service, in one word: counseling"]
    student_agreed: Annotated[Public[Agreed], "whether the student wants it"]
    on: Annotated[Public[date | None], PAST, "the day of the referral; today if left out"] = None
    hand_off: Annotated[Private[str], "who goes with them, or calls ahead"] = ""
    note: Annotated[Private[str], PROSE, "what is asked of the partner"] = ""


class Stepping(Form, kw_only=True):
    """What every verb takes that records a step."""

    on: Annotated[Public[date | None], PAST, "the day it happened; today if left out"] = None
    note: Annotated[Private[str], QUIET, "a short factual note"] = ""


class Agreeing(Stepping, kw_only=True):
    """What ``referral agree`` takes."""

    student_agreed: Annotated[Public[Agreed], "what the student says now"]


class Accepting(Stepping, kw_only=True):
    """What ``referral accept`` takes."""

    appointment_on: Annotated[
        Public[date | None], Option("--appointment"), "the day of the first appointment"
    ] = None


class Declining(Stepping, kw_only=True):
    """What ``referral decline`` takes."""

    reason: Annotated[Public[DeclineReason], "why the partner does not take it"]


class Visiting(Stepping, kw_only=True):
    """What ``referral visit`` takes."""

    attended: Annotated[Public[bool | None], "no where the visit did not come about"] = None


class Confirming(Stepping, kw_only=True):
    """What ``referral confirm`` takes."""

    by: Annotated[Ref[Person | None], "student, or who asked the student; you if left out"] = None
    student_says_helps: Annotated[
        Public[bool | None], ASK, "whether the student says that it helps"
    ] = None


class Ending(Stepping, kw_only=True):
    """What ``referral end`` takes."""

    reason: Annotated[Public[EndReason], "why it ends"]
