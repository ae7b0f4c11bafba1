"""What the ``safety`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import Form, Holder, Private, Public, Ref, Word
from reintegrate_cli.line.forms import ASK, FLAG, PAST, PROSE, Option
from reintegrate_cli.nouns.safety.record import Trigger


class NewPickUp(Form, kw_only=True):
    """One of those who may pick the student up."""

    name: Annotated[Private[str], "who may pick the student up"]
    proof: Annotated[Private[str], "what they show to prove who they are"] = ""


class NewOrder(Form, kw_only=True):
    """One legal order."""

    type: Annotated[Public[Word], "what order it is, in one word: no-contact custody"]
    number: Annotated[Private[str], "its number"] = ""
    expires_on: Annotated[Public[date | None], ASK, "the day it ends"] = None
    copy_at: Annotated[Private[str], "where a copy is"] = ""


class PlanFields(Form, kw_only=True):
    """What a safety plan is made of, each of it optional."""

    with_student: Annotated[Public[bool | None], ASK, "was it made with the student"] = None
    how: Annotated[Private[str | None], "how it was made with them, or why not yet"] = None
    goals: Annotated[Private[str | None], PROSE, "what the student wants, in their words"] = None
    unsafe: Annotated[
        Private[tuple[str, ...] | None], "people, places and times that feel unsafe, as they say it"
    ] = None
    warning_signs: Annotated[Private[str | None], PROSE, "how they notice, in their words"] = None
    coping: Annotated[Private[str | None], PROSE, "what helps"] = None
    trusted_adults: Annotated[
        Private[tuple[str, ...] | None], "three or four adults they trust"
    ] = None
    safe_places: Annotated[Private[tuple[str, ...] | None], "places that are safe"] = None
    on_the_way: Annotated[Private[str | None], PROSE, "arriving, leaving, bus, lunch, hallways"] = (
        None
    )
    online: Annotated[Private[str | None], PROSE, "online and on devices"] = None
    pick_up: Annotated[Private[tuple[NewPickUp, ...] | None], "who may pick the student up"] = None
    if_missing: Annotated[Private[str | None], PROSE, "what staff do when they are missing"] = None
    if_unsafe_person: Annotated[
        Private[str | None], PROSE, "what staff do when an unsafe person appears"
    ] = None
    who_is_told: Annotated[Private[str | None], PROSE, "who is told what"] = None
    photo_held_by: Annotated[Ref[Holder | None], "who holds a photo or ID, if anybody does"] = None
    orders: Annotated[Private[tuple[NewOrder, ...] | None], "a legal order"] = None
    given_to: Annotated[Ref[tuple[Holder, ...] | None], ASK, "who has it: slugs, student"] = None
    triggers: Annotated[
        Public[tuple[Trigger, ...] | None], "what leads to a review before its day"
    ] = None
    trigger: Annotated[Public[Trigger | None], "what happened, where something did"] = None
    on: Annotated[Public[date | None], PAST, "the day it was done; today if left out"] = None
    review_on: Annotated[Public[date | None], Option("--review"), "the day of the next review"] = (
        None
    )


class NewPlan(PlanFields, kw_only=True):
    """What ``safety add`` takes."""

    # ``field()`` takes away the default that a review has: these are needed.
    with_student: Annotated[Public[bool], "was it made with the student"] = field()
    goals: Annotated[Private[str], PROSE, "what the student wants, in their words"] = field()


class ReviewPlan(PlanFields, kw_only=True):
    """What ``safety review`` takes: what is given replaces what stands."""


class ShowPlan(Form, kw_only=True):
    """What ``safety show`` takes."""

    print_: Annotated[Public[bool | None], FLAG, "the student's own copy, for paper"] = None
    paper_safe: Annotated[Public[bool | None], "is paper safe for the student to have"] = None
