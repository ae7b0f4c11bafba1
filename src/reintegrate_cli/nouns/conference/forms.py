"""What the ``conference`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Agency, CaseRef, Form, Private, Public, Ref, Worker
from reintegrate_cli.line.forms import PAST, PROSE, Option
from reintegrate_cli.nouns.conference.record import Function


class LeadGiven(Form, kw_only=True):
    """The agency that leads in one function."""

    function: Annotated[Public[Function], "in what it leads"]
    agency: Annotated[Ref[Agency], "the agency"]


class NewConference(Form, kw_only=True):
    """What ``conference add`` takes."""

    on: Annotated[Public[date], "the day of the conference"]
    agencies: Annotated[Ref[tuple[Agency, ...]], Option("--agency"), "who attends; may repeat"]
    cases: Annotated[Ref[tuple[CaseRef, ...]], Option("--case"), "who is spoken of; may repeat"]
    lead: Annotated[Ref[Agency | None], "the agency in the chair; the district if left out"] = None
    leads: Annotated[Public[tuple[LeadGiven, ...]], "which agency leads in which function"] = ()


class Decision(Form, kw_only=True):
    """One thing that was decided, and becomes a task."""

    text: Annotated[Private[str], PROSE, "what is to be done"]
    owner: Annotated[Ref[Worker], "who of the staff does it, or sees that it is done"]
    due_on: Annotated[Public[date], Option("--due"), "the day it is to be done by"]
    case: Annotated[Ref[CaseRef | None], "the case that it is about"] = None


class ConferenceOutcome(Form, kw_only=True):
    """What ``conference outcome`` takes."""

    decisions: Annotated[Public[tuple[Decision, ...]], "what was decided"]
    on: Annotated[Public[date | None], PAST, "the day it was held; today if left out"] = None
