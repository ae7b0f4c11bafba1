"""The safety plan: what the student does, and wants done, to be safe (guidance clause 23).

It is the student's plan, in the student's words. There is no place in it for a dossier about
an abuser: what feels unsafe is told as the student tells it, and who holds a photo or an order
is a pointer. The code words stand with safe contact, sealed, and not here.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import WORK, Private, Public, Record, Ref, Told, Value
from reintegrate_cli.core.rows import Dated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.rights import rights_day, spoken_of

if TYPE_CHECKING:
    from reintegrate_cli.nouns.safety.forms import PlanFields

Trigger = Literal[
    "incident",
    "court_date",
    "release_of_offender",
    "move",
    "new_contact",
    "new_school",
    "birthday_18",
    "other",
]
AFTER_EVENT_DAYS, OTHERWISE_DAYS = 7, 30
FEWEST_ADULTS, MOST_ADULTS = 3, 4
ORDER_ALERT_DAYS = (30, 7)
CRISIS = ("911 in an emergency", "988 for a crisis", "1-888-373-7888 the trafficking hotline")


class PickUp(Value, frozen=True, kw_only=True):
    """Somebody who may pick the student up, and how they prove who they are."""

    name: Private[str]
    proof: Private[str] = ""


class LegalOrder(Value, frozen=True, kw_only=True):
    """An order of a court: its type, its number, when it ends, and where a copy is."""

    type: Public[str]
    number: Private[str] = ""
    expires_on: Public[date | None] = None
    copy_at: Private[str] = ""


class Review(Value, frozen=True, kw_only=True):
    """One time that the plan was looked at with the student, and what led to it."""

    on: Public[date]
    by: Ref[str]
    trigger: Public[Trigger | None] = None


class SafetyPlan(Record, frozen=True, kw_only=True):
    """How one student stays safe; one for each case.

    ``review_on`` is ``None`` where the proposed day is closed and nobody was asked yet (E2); the
    agenda then asks on ``proposed_on``. ``given_to`` names who has the plan or a part of it.
    """

    case: Ref[str]
    made_on: Public[date]
    with_student: Public[bool]
    how: Private[str] = ""
    goals: Told[Private[str]]
    unsafe: Told[Private[tuple[str, ...]]] = ()
    warning_signs: Told[Private[str]] = ""
    coping: Told[Private[str]] = ""
    trusted_adults: Private[tuple[str, ...]] = ()
    safe_places: Told[Private[tuple[str, ...]]] = ()
    on_the_way: Told[Private[str]] = ""
    online: Told[Private[str]] = ""
    pick_up: Private[tuple[PickUp, ...]] = ()
    if_missing: Told[Private[str]] = ""
    if_unsafe_person: Told[Private[str]] = ""
    who_is_told: Private[str] = ""
    photo_held_by: Annotated[Ref[str | None], WORK] = None
    orders: Public[tuple[LegalOrder, ...]] = ()
    given_to: Annotated[Ref[tuple[str, ...]], WORK] = ()
    triggers: Public[tuple[Trigger, ...]] = ()
    review_on: Public[date | None] = None
    proposed_on: Public[date]
    reviews: Public[tuple[Review, ...]] = ()
    copied_on: Public[date | None] = None
    """The day on which the student last got a copy on paper."""

    dated = "made_on"

    @property
    def looked_at_on(self) -> date:
        """The day on which it was made or last reviewed."""
        return max((one.on for one in self.reviews), default=self.made_on)


def proposed_on(on: date, trigger: Trigger | None) -> date:
    """Propose the next review: a week after something happened, else a month later.

    Args:
        on: the day of this one.
        trigger: what led to it, if something did.
    """
    return on + timedelta(days=AFTER_EVENT_DAYS if trigger is not None else OTHERWISE_DAYS)


def made(case: str, given: "PlanFields", on: date, trigger: Trigger | None) -> SafetyPlan:
    """Begin a plan.

    Raises:
        Refused: it was not made with the student, and it is not said why (clause 23).
    """
    plan = SafetyPlan(
        case=case,
        made_on=on,
        with_student=bool(given.with_student),
        goals=given.goals or "",
        proposed_on=proposed_on(on, trigger),
    )
    return laid_over(plan, given)


def laid_over(plan: SafetyPlan, given: "PlanFields") -> SafetyPlan:
    """Lay what is given over what stands; what is left out stays.

    Raises:
        Refused: it was not made with the student, and it is not said why.
    """
    names = set(SafetyPlan.__struct_fields__)
    said = {
        name: value
        for name in given.__struct_fields__
        if name in names and (value := getattr(given, name)) is not None
    }
    if given.pick_up is not None:
        said["pick_up"] = tuple(PickUp(name=one.name, proof=one.proof) for one in given.pick_up)
    if given.orders is not None:
        said["orders"] = tuple(
            LegalOrder(
                type=one.type, number=one.number, expires_on=one.expires_on, copy_at=one.copy_at
            )
            for one in given.orders
        )
    plan = replace(plan, **said)
    if not plan.with_student and not plan.how:
        raise Refused(
            "a safety plan is made with the student; where it was not yet, say why",
            rule="clause23",
            fields=["how"],
            hint="give the key how with --from, and review it with the student soon",
        )
    return plan


def reviewed(
    plan: SafetyPlan, given: "PlanFields", on: date, trigger: Trigger | None, by: str
) -> SafetyPlan:
    """Keep that the plan was looked at, with what changed.

    Raises:
        Usage: it was looked at later than that already.
        Refused: it is not made with the student, and it is not said why.
    """
    if on < plan.looked_at_on:
        raise Usage("--on lies before the last time the plan was looked at", fields=["on"])
    return replace(
        laid_over(plan, given),
        reviews=(*plan.reviews, Review(on=on, by=by, trigger=trigger)),
        proposed_on=proposed_on(on, trigger),
        review_on=None,
    )


def check_paper(safe: bool) -> None:
    """Demand that paper is safe for the student to have.

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
    """Give the student's own copy: their words, and nothing that says whose paper it is.

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
    for label, texts in parts:
        for nth, text in enumerate(part for part in texts if part):
            yield ("" if nth else label), text


def dates(plan: SafetyPlan, world: World) -> Iterator[Dated]:
    """Give the next review of a plan, the days on which its orders end, and its triggers."""

    def row(part: str, label: str, due_on: date, announced_on: date | None = None) -> Dated:
        return world.row(
            plan.case,
            f"safety{part}",
            label=label,
            command=f"reintegrate safety review {plan.case}",
            due_on=due_on,
            announced_on=announced_on,
            kind="safety",
        )

    looked_at = plan.looked_at_on
    yield row("", "review safety plan", plan.review_on or plan.proposed_on)
    for nth, order in enumerate(plan.orders, 1):
        if order.expires_on is not None and order.expires_on > looked_at:
            ends_on = order.expires_on
            yield row(
                f"/order{nth}", "an order ends", ends_on, first_alert(ends_on, ORDER_ALERT_DAYS)
            )
    if "court_date" in plan.triggers:
        members = world.in_case("care", plan.case)
        days = {day for one in members for day in (*one.hearings, one.next_hearing) if day}
        for day in sorted(day for day in days if day > looked_at):
            yield row("/hearing", "safety plan at a hearing", day)
    of_age = rights_day(world.find("identities", plan.case))
    if of_age is not None and "birthday_18" in plan.triggers:
        announced_on, due_on = spoken_of(of_age, world.calendar)
        reviewed = any(one.on >= announced_on for one in plan.reviews)
        if not reviewed and plan.made_on < of_age:
            yield row("/of-age", "safety plan and 18", max(due_on, plan.made_on), announced_on)


def events(plan: SafetyPlan) -> Iterator[Event]:
    """Tell when the plan was made and looked at."""
    how = "made with the student" if plan.with_student else "begun without the student"
    yield Event(on=plan.made_on, kind="safety", what=how, case=plan.case, text=plan.goals)
    for one in plan.reviews:
        after = f" after {one.trigger.replace('_', ' ')}" if one.trigger else ""
        yield Event(on=one.on, kind="safety", what=f"reviewed{after}", case=plan.case, by=one.by)
    if plan.copied_on is not None:
        yield Event(on=plan.copied_on, kind="safety", what="copy on paper", case=plan.case)
