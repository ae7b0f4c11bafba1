"""What the ``referral`` commands read."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Agency, Person, Private, Public, Ref, Word
from reintegrate_cli.line.forms import ASK, PAST, PROSE, QUIET, Option
from reintegrate_cli.nouns.referral.record import Agreed, DeclineReason, EndReason


@dataclass(kw_only=True, repr=False, eq=False)
class NewReferral:
    """What ``referral add`` takes."""

    partner: Annotated[Ref[Agency], "the partner's slug"]
    service: Annotated[Public[Word], "the service, in one word: counseling"]
    student_agreed: Annotated[Public[Agreed], "whether the student wants it"]
    on: Annotated[Public[date | None], PAST, "the day of the referral; today if left out"] = None
    hand_off: Annotated[Private[str], "who goes with them, or calls ahead"] = ""
    note: Annotated[Private[str], PROSE, "what is asked of the partner"] = ""


@dataclass(kw_only=True, repr=False, eq=False)
class Stepping:
    """What every verb takes that records a step."""

    on: Annotated[Public[date | None], PAST, "the day it happened; today if left out"] = None
    note: Annotated[Private[str], QUIET, "a short factual note"] = ""


@dataclass(kw_only=True, repr=False, eq=False)
class Agreeing(Stepping):
    """What ``referral agree`` takes."""

    student_agreed: Annotated[Public[Agreed], "what the student says now"]


@dataclass(kw_only=True, repr=False, eq=False)
class Accepting(Stepping):
    """What ``referral accept`` takes."""

    appointment_on: Annotated[
        Public[date | None], Option("--appointment"), "the day of the first appointment"
    ] = None


@dataclass(kw_only=True, repr=False, eq=False)
class Declining(Stepping):
    """What ``referral decline`` takes."""

    reason: Annotated[Public[DeclineReason], "why the partner does not take it"]


@dataclass(kw_only=True, repr=False, eq=False)
class Visiting(Stepping):
    """What ``referral visit`` takes."""

    attended: Annotated[Public[bool | None], "no where the visit did not come about"] = None


@dataclass(kw_only=True, repr=False, eq=False)
class Confirming(Stepping):
    """What ``referral confirm`` takes."""

    by: Annotated[Ref[Person | None], "student, or who asked the student; you if left out"] = None
    student_says_helps: Annotated[
        Public[bool | None], ASK, "whether the student says that it helps"
    ] = None


@dataclass(kw_only=True, repr=False, eq=False)
class Ending(Stepping):
    """What ``referral end`` takes."""

    reason: Annotated[Public[EndReason], "why it ends"]
