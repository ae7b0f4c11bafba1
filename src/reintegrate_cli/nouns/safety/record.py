"""The safety plan: what the student does, and wants done, to be safe (guidance clause 23).

It is the student's plan, in the student's words. There is no place in it for a dossier about
an abuser: what feels unsafe is told as the student tells it, and who holds a photo or an order
is a pointer. The code words are kept with safe contact, sealed, and not here.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.hints import ASK, PROSE
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    WORK,
    Holder,
    Private,
    Public,
    Record,
    Ref,
    Told,
    Value,
    Word,
)
from reintegrate_cli.core.rows import Dated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.care import hearings
from reintegrate_cli.nouns.case.rights import rights_day, spoken_of

Trigger = Literal[
    "incident",
    "court_date",
    "release_from_custody",
    "move",
    "new_contact",
    "new_school",
    "birthday_18",
    "other",
]
AFTER_EVENT_DAYS, OTHERWISE_DAYS = 7, 30
FEWEST_ADULTS = 3
ORDER_ALERT_DAYS = (30, 7)
CRISIS = ("911 in an emergency", "988 for a crisis", "1-888-373-7888 the trafficking hotline")


class PickUp(Value, frozen=True, kw_only=True):
    """Somebody who may pick the student up, and how they prove who they are."""

    name: Annotated[Private[str], "who may pick the student up"]
    proof: Annotated[Private[str], "what they show to prove who they are"] = ""


class LegalOrder(Value, frozen=True, kw_only=True):
    """An order of a court: its type, its number, when it ends, and where a copy is."""

    type: Annotated[Public[Word], "what order it is, in one word: no-contact custody"]
    number: Annotated[Private[str], "its number"] = ""
    expires_on: Annotated[Public[date | None], ASK, "the day it ends"] = None
    copy_at: Annotated[Private[str], "where a copy is"] = ""


class Review(Value, frozen=True, kw_only=True):
    """One time that the plan was looked at with the student, and what led to it."""

    on: Public[date]
    by: Ref[str]
    trigger: Public[Trigger | None] = None


class SafetyPlan(Record, frozen=True, kw_only=True):
    """How one student stays safe; one for each case.

    The forms take its fields from here (see ``takes``). ``review_on`` is ``None`` if the proposed
    day is closed and nobody was asked yet (E2); the agenda then asks on ``proposed_on``.
    ``given_to`` names who has the plan or a part of it.
    """

    case: Ref[str]
    made_on: Public[date]
    with_student: Annotated[Public[bool], ASK, "was it made with the student"]
    how: Annotated[Private[str], "how it was made with them, or why not yet"] = ""
    goals: Annotated[Told[Private[str]], PROSE, "what the student wants, in their words"]
    unsafe: Annotated[
        Told[Private[tuple[str, ...]]], "people, places and times that feel unsafe, as they say it"
    ] = ()
    warning_signs: Annotated[Told[Private[str]], PROSE, "how they notice, in their words"] = ""
    coping: Annotated[Told[Private[str]], PROSE, "what helps"] = ""
    trusted_adults: Annotated[Private[tuple[str, ...]], "three or four adults they trust"] = ()
    safe_places: Annotated[Told[Private[tuple[str, ...]]], "places that are safe"] = ()
    on_the_way: Annotated[Told[Private[str]], PROSE, "arriving, leaving, bus, lunch, hallways"] = ""
    online: Annotated[Told[Private[str]], PROSE, "online and on devices"] = ""
    pick_up: Annotated[Private[tuple[PickUp, ...]], "who may pick the student up"] = ()
    if_missing: Annotated[Told[Private[str]], PROSE, "what staff do when they are missing"] = ""
    if_unsafe_person: Annotated[
        Told[Private[str]], PROSE, "what staff do when an unsafe person appears"
    ] = ""
    who_is_told: Annotated[Private[str], PROSE, "who is told what"] = ""
    photo_held_by: Annotated[
        Ref[Holder | None], WORK, "who holds a photo or ID, if anybody does"
    ] = None
    orders: Annotated[Public[tuple[LegalOrder, ...]], ASK, "a legal order"] = ()
    given_to: Annotated[Ref[tuple[Holder, ...]], WORK, ASK, "who has it: slugs, student"] = ()
    triggers: Annotated[Public[tuple[Trigger, ...]], "what leads to a review before its day"] = ()
    review_on: Public[date | None] = None
    proposed_on: Public[date]
    reviews: Public[tuple[Review, ...]] = ()
    copied_on: Public[date | None] = None
    """The day on which the student last got a copy on paper."""

    dated = "made_on"

    @property
    def looked_at_on(self) -> date:
        """The day on which it was made or last reviewed."""
        return max((review.on for review in self.reviews), default=self.made_on)


def proposed_on(on: date, trigger: Trigger | None) -> date:
    """Propose the next review: a week after something happened, else a month later.

    Args:
        on: the day of this one.
        trigger: what led to it, if something did.
    """
    return on + timedelta(days=AFTER_EVENT_DAYS if trigger is not None else OTHERWISE_DAYS)


def check_made(plan: SafetyPlan) -> SafetyPlan:
    """Require that a plan was made with the student, or that it says why not; return it.

    Raises:
        Refused: it does not say why (clause 23).
    """
    if not plan.with_student and not plan.how:
        raise Refused(
            "a safety plan is made with the student; if it was not yet, say why",
            rule="clause23",
            fields=["how"],
            hint="give the key how with --from, and review it with the student soon",
        )
    return plan


def reviewed(plan: SafetyPlan, on: date, trigger: Trigger | None, by: str) -> SafetyPlan:
    """Return a plan with one more review.

    Raises:
        Usage: it was looked at later than that already.
    """
    if on < plan.looked_at_on:
        raise Usage("--on is before the last time the plan was looked at", fields=["on"])
    return replace(plan, reviews=(*plan.reviews, Review(on=on, by=by, trigger=trigger)))


def check_paper(safe: bool) -> None:
    """Require that paper is safe for the student to have.

    Raises:
        Refused: it is not.
    """
    if not safe:
        raise Refused(
            "paper is not safe for this student; nothing was printed",
            rule="paper",
            hint="go through the plan together instead, or let a trusted adult keep it",
        )


def copy(plan: SafetyPlan) -> Iterator[tuple[str, str]]:
    """Yield the student's own copy: their words, and nothing that says whose paper it is.

    It leaves out the case, the pick-up list, the orders, what staff do, and who holds what.
    """
    parts = (
        ("what I want", (plan.goals,)),
        ("what feels unsafe", plan.unsafe),
        ("how I notice", (plan.warning_signs,)),
        ("what helps me", (plan.coping,)),
        ("people I trust", plan.trusted_adults),
        ("places that are safe", plan.safe_places),
        ("on the way", (plan.on_the_way,)),
        ("online", (plan.online,)),
        ("numbers", CRISIS),
    )
    for name, texts in parts:
        for nth, text in enumerate(part for part in texts if part):
            yield ("" if nth else name), text


def dates(plan: SafetyPlan, world: World) -> Iterator[Dated]:
    """Yield the next review of a plan, the days on which its orders end, and its triggers."""

    def row(part: str, label: str, due_on: date, announced_on: date | None = None) -> Dated:
        return world.row(
            plan.case,
            f"safety{part}",
            label=label,
            command=f"reintegrate safety review {plan.case}",
            due_on=due_on,
            announced_on=announced_on,
            kind="safety",
            review=not part,
        )

    looked_at = plan.looked_at_on
    yield row("", "review safety plan", plan.review_on or plan.proposed_on)
    for nth, order in enumerate(plan.orders, 1):
        if (ends_on := order.expires_on) is not None and ends_on > looked_at:
            alert = first_alert(ends_on, ORDER_ALERT_DAYS)
            yield row(f"/order{nth}", "an order ends", ends_on, alert)
    if "court_date" in plan.triggers:
        members = world.in_case("care", plan.case)
        days = {day for each in members for day in hearings.days_of(each.hearings)}
        for day in sorted(day for day in days if day > looked_at):
            yield row("/hearing", "safety plan at a hearing", day)
    of_age = rights_day(world.find("identities", plan.case))
    if of_age is not None and "birthday_18" in plan.triggers:
        announced_on, due_on = spoken_of(of_age, world.calendar)
        reviewed = any(review.on >= announced_on for review in plan.reviews)
        if not reviewed and plan.made_on < of_age:
            yield row("/of-age", "safety plan and 18", max(due_on, plan.made_on), announced_on)


def events(plan: SafetyPlan) -> Iterator[Event]:
    """Yield when the plan was made and looked at."""
    tell = partial(event_of, plan, "safety")
    how = "made with the student" if plan.with_student else "begun without the student"
    yield tell(plan.made_on, how, text=plan.goals)
    for review in plan.reviews:
        after = f" after {label(review.trigger)}" if review.trigger else ""
        yield tell(review.on, f"reviewed{after}", by=review.by)
    if plan.copied_on is not None:
        yield tell(plan.copied_on, "copy on paper")
