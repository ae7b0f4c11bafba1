"""What the verbs of ``concern`` read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.hints import ASK, PAST, PROSE, QUIET, TODAY, VERBATIM, YOU, Option
from reintegrate_cli.core.records import (
    CaseRef,
    Form,
    Policy,
    Private,
    Public,
    Ref,
    Staffer,
    Word,
    Worker,
)
from reintegrate_cli.nouns.concern.record import LONGEST_DAYS, REVIEW_DAYS, Outcome, Type


class FactGiven(Form, kw_only=True):
    """One fact; what is missing is refused as a whole (H3)."""

    on: Annotated[Public[date | None], PAST, ASK, "the day it was seen or heard"] = None
    place: Annotated[Private[str], ASK, "where"] = ""
    observed: Annotated[
        Private[str], PROSE, VERBATIM, ASK, "what was seen or heard, word for word"
    ] = ""
    observed_by: Annotated[Private[str], ASK, "who saw or heard it"] = ""
    first_hand: Annotated[Public[bool | None], ASK, "did they see or hear it themselves"] = None


class NewConcern(Form, kw_only=True):
    """What ``concern add`` takes."""

    targeted: Annotated[Ref[tuple[CaseRef, ...]], "a student who is to be protected"] = ()
    noted_on: Annotated[Public[date], PAST, TODAY, Option("--on"), "the day it was noted"]
    support_offered_on: Annotated[
        Public[date | None],
        PAST,
        QUIET,
        Option("--support-offered", "--support-offered-on"),
        "the day both students were offered support",
    ] = None
    facts: Annotated[Public[tuple[FactGiven, ...]], ASK, "a fact that somebody observed"] = ()
    alternative_explanations: Annotated[Private[str], PROSE, ASK, "what else may explain it"] = ""


class Deciding(Form, kw_only=True):
    """What ``concern decide`` takes."""

    outcome: Annotated[Public[Outcome], "what the facts come to"]
    by: Annotated[Ref[Staffer], "who decides: not who noted it, nor its only observer"]
    on: Annotated[Public[date], PAST, TODAY, "the day of the decision"]
    reason: Annotated[Private[str], PROSE, "why"]


class NewMitigation(Form, kw_only=True):
    """What ``concern mitigate`` takes."""

    type: Annotated[Public[Type], "what is done"]
    owner: Annotated[Ref[Worker], "whose task it is"]
    starts_on: Annotated[Public[date], TODAY, Option("--starts"), "its first day"]
    review_on: Annotated[
        Public[date], Option("--review"), f"the day of its review, within {REVIEW_DAYS} days"
    ]
    ends_on: Annotated[Public[date], Option("--ends"), f"its last day, within {LONGEST_DAYS} days"]
    policy: Annotated[
        Ref[Policy | None], ASK, "the policy that it follows; demanded for social_media"
    ] = None
    who_moves: Annotated[Ref[CaseRef | None], ASK, "whose schedule changes"] = None
    backup: Annotated[
        Ref[Worker | None], ASK, "who has it while the key person is away; demanded for key_staff"
    ] = None
    scope: Annotated[Private[str], PROSE, QUIET, "what is done, and how far it goes"] = ""


class NewLook(Form, kw_only=True):
    """What ``concern look`` takes: when and by whom, and never what."""

    on: Annotated[Public[date], PAST, TODAY, "the day"]
    by: Annotated[Ref[Staffer], YOU, "who looked"]
    seen: Annotated[Public[bool], "whether there was anything of concern"]


class Reviewing(Form, kw_only=True):
    """What ``concern review`` takes."""

    mitigation: Annotated[Ref[Word | None], QUIET, "one of them alone, such as MI1"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day of the review"]
    by: Annotated[Ref[Staffer], YOU, "who reviewed it"]
    facts_read: Annotated[
        Public[bool | None], ASK, "were the facts read again; --ends takes it"
    ] = None
    next_on: Annotated[
        Public[date | None], Option("--next", "--review"), "the day of the next review"
    ] = None
    ends_on: Annotated[Public[date | None], Option("--ends"), "a new last day"] = None
    finding: Annotated[Private[str], PROSE, "what it came to"] = ""


class Lifting(Form, kw_only=True):
    """What ``concern lift`` takes."""

    mitigation: Annotated[Ref[Word | None], QUIET, "one thing that is done, such as MI1"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day from which it is lifted"]
    by: Annotated[Ref[Staffer], YOU, "whose decision it was"]
    reason: Annotated[Private[str], PROSE, "why"] = ""


class Offering(Form, kw_only=True):
    """What ``concern support`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day both students were offered support"]
