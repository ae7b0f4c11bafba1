"""What the verbs of ``placement`` take."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.hints import ASK, FUTURE, PAST, PROSE, QUIET, TODAY, VERBATIM, YOU, Option
from reintegrate_cli.core.records import (
    Form,
    Person,
    Policy,
    Private,
    Public,
    RecordId,
    Ref,
    Worker,
)
from reintegrate_cli.nouns.case.record import Setting
from reintegrate_cli.nouns.placement.record import (
    Alternative,
    Known,
    MadeBy,
    Reason,
    Serves,
    Settled,
    WayBack,
)


class DraftPlacement(Form, kw_only=True):
    """What ``placement draft`` takes."""

    option: Annotated[Public[Setting | None], ASK, "the setting that is thought of"] = None
    reasons: Annotated[
        Public[tuple[Reason, ...]], ASK, Option("--reason"), "what speaks for it; may repeat"
    ] = ()
    starts_on: Annotated[
        Public[date | None], Option("--starts"), "the day it begins; if it leads away, in a week"
    ] = None
    review_on: Annotated[
        Public[date | None], ASK, FUTURE, Option("--review"), "the day to look at it again"
    ] = None
    protocol: Annotated[Ref[Policy | None], "the protocol that is followed"] = None
    concern: Annotated[Ref[RecordId | None], "a substantiated concern beside the reasons"] = None
    incident: Annotated[Ref[RecordId | None], "a reviewed incident beside the reasons"] = None
    wish_words: Annotated[
        Private[str], PROSE, VERBATIM, "what the student wants, word for word (empty: their wish)"
    ] = ""
    caregiver_view: Annotated[Private[str], PROSE, QUIET, "what a caregiver thinks of it"] = ""
    alternatives: Annotated[
        Private[tuple[Alternative, ...]], "a setting to compare, the home school too"
    ] = ()
    argued_for_staying: Annotated[Private[str], PROSE, "who argued for staying, and with what"] = ""
    dissent: Annotated[Private[str], PROSE, QUIET, "who on the team sees it otherwise"] = ""
    facts: Annotated[Private[str], PROSE, QUIET, "the facts behind a safety reason"] = ""
    home_school_would_need: Annotated[
        Private[str], PROSE, "what the home school would have to provide"
    ] = ""
    peer_adult_plan: Annotated[
        Private[str], PROSE, "how the student keeps good peers and adults"
    ] = ""
    credit_plan: Annotated[Private[str], PROSE, "how credits are made up"] = ""
    return_criteria: Annotated[
        Private[str], PROSE, "what opens the way back, and how it is taken"
    ] = ""


class DecidePlacement(DraftPlacement, kw_only=True):
    """What ``placement decide`` takes: what is left out is taken from the open draft."""

    by: Annotated[Ref[Person], YOU, "whose decision it is"]
    on: Annotated[Public[date], PAST, TODAY, "the day of the decision"]


class RecordPlacement(Form, kw_only=True):
    """What ``placement record`` takes."""

    option: Annotated[Public[Setting], "the setting that the student was moved to"]
    on: Annotated[Public[date], PAST, "the day of the move"]
    made_by: Annotated[Public[MadeBy], "who moved them"]
    known_at_time: Annotated[
        Public[Known], "whether it was known then what happened to the student"
    ]
    reasons: Annotated[
        Public[tuple[Reason, ...]], Option("--reason"), "the reasons that were given; may repeat"
    ] = ()
    came_from: Annotated[
        Public[Setting | None], "the setting before; that of the case now if left out"
    ] = None
    review_on: Annotated[
        Public[date | None], FUTURE, Option("--review"), "the day to look at it again"
    ] = None


class ReviewPlacement(Form, kw_only=True):
    """What ``placement review`` takes."""

    way_back: Annotated[Public[WayBack], "what became of the way back"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was looked at"]
    next: Annotated[Public[date | None], FUTURE, "the day to look at it again"] = None
    outcome: Annotated[Public[Serves | None], "how it serves the student"] = None
    to: Annotated[Public[Setting | None], "where the student is back"] = None
    student_view: Annotated[Private[str], PROSE, VERBATIM, "how the student sees it, word for word"]


class DisputePlacement(Form, kw_only=True):
    """What ``placement dispute`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day of the dispute, or of its end"]
    liaison: Annotated[Ref[Worker | None], "the liaison who was told"] = None
    settled: Annotated[Public[Settled | None], "how an open dispute was settled"] = None
    reason: Annotated[Private[str], PROSE, "what it is about"] = ""
