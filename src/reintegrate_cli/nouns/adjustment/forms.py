"""What the ``adjustment`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Form, Private, Public, Ref, Word, Worker
from reintegrate_cli.line.forms import ASK, FLAG, PAST, PROSE, Option, Within
from reintegrate_cli.nouns.adjustment.record import Change, Result


class NewAdjustment(Form, kw_only=True):
    """What ``adjustment add`` takes."""

    courses: Annotated[Public[tuple[Word, ...]], ASK, Option("--course"), "a course"] = ()
    change: Annotated[Public[Change], "what changes"]
    load: Annotated[
        Public[int | None], ASK, Within(0, 100), "how much of the usual work remains, in percent"
    ] = None
    ends_on: Annotated[
        Public[date], Option("--ends-on", "--ends"), "the last day; 14 days are usual"
    ]
    agreed_by_student: Annotated[Public[bool], "whether the student agrees"]
    teachers: Annotated[
        Ref[tuple[Worker, ...]], Option("--teacher"), "a teacher who is told, by staff slug"
    ] = ()
    starts_on: Annotated[
        Public[date | None], Option("--starts-on", "--starts"), "the first day; today if left out"
    ] = None
    review_on: Annotated[
        Public[date | None], Option("--review", "--review-on"), "the day to look at it again"
    ] = None
    protect_grades: Annotated[
        Public[bool | None], FLAG, "grades are not lowered for what is left out"
    ] = None
    support: Annotated[Private[str], PROSE, "the support that is added"] = ""
    step_down: Annotated[Private[str], PROSE, "how the full load comes back"] = ""
    teacher_words: Annotated[
        Private[str], PROSE, "what the teacher is told besides, without a reason or a name"
    ] = ""
    reason: Annotated[Private[str], PROSE, "why; no teacher is told"] = ""


class AdjustmentAccepted(Form, kw_only=True):
    """What ``adjustment accept`` takes."""

    on: Annotated[Public[date | None], PAST, "the day the student agreed; today if left out"] = None


class AdjustmentExtended(Form, kw_only=True):
    """What ``adjustment extend`` takes."""

    ends_on: Annotated[Public[date], Option("--ends-on", "--ends"), "the new last day"]
    review_on: Annotated[
        Public[date | None], Option("--review", "--review-on"), "the day to look at it again"
    ] = None
    on: Annotated[Public[date | None], PAST, "the day it was agreed; today if left out"] = None
    reason: Annotated[Private[str], PROSE, "why it goes on"]


class AdjustmentReviewed(Form, kw_only=True):
    """What ``adjustment review`` takes."""

    result: Annotated[Public[Result], "whether it helps, as the student says"]
    on: Annotated[Public[date | None], PAST, "the day they were asked; today if left out"] = None
    review_on: Annotated[
        Public[date | None], ASK, Option("--review", "--review-on"), "the day to ask again"
    ] = None
    note: Annotated[Private[str], PROSE, "what they say about it"] = ""


class AdjustmentEnded(Form, kw_only=True):
    """What ``adjustment end`` takes."""

    on: Annotated[Public[date | None], PAST, "its last day; today if left out"] = None
    result: Annotated[Public[Result | None], ASK, "whether it helped"] = None


class SlipAsked(Form, kw_only=True):
    """What ``adjustment slip`` takes."""

    reveal: Annotated[
        Public[bool | None], FLAG, "show the name that is safe to use, at a terminal"
    ] = None
