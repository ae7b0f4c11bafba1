"""``safety``: the student's own plan, made with them and looked at with them."""

from typing import TYPE_CHECKING, TypeVar

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.comparing import same_person
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Holder, Sensitivity, check_case_ref
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.contact import knowing
from reintegrate_cli.nouns.safety import record as safety
from reintegrate_cli.nouns.safety.forms import NewPlan, PlanFields, ReviewPlan, ShowPlan
from reintegrate_cli.nouns.safety.record import FEWEST_ADULTS, MOST_ADULTS, SafetyPlan

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

F = TypeVar("F", bound=PlanFields)


@verb("safety", "add")
def add(ref: RefArg, given: NewPlan) -> None:
    """Make a safety plan with the student; the day to look at it again follows.

    Example: reintegrate safety add D4SX --with-student yes
    """
    ref = check_case_ref(ref)
    on = given.on or session.today()
    with session.reading() as store:
        store.cases.get(ref)
    day = review_day(given.review_on, safety.proposed_on(on, given.trigger))
    with session.writing("safety add") as store:
        store.cases.get(ref)
        if store.of(SafetyPlan).has(ref):
            raise Usage(f"case {ref} has a safety plan", hint=f"reintegrate safety review {ref}")
        made = safety.made(ref, _named(store, given), on, given.trigger)
        made = store.of(SafetyPlan).put(replace(made, review_on=day))
        _warn(store, ref, made.given_to)
        _warn_of_bars(store, made)
    _adults(made)
    show(made)


@verb("safety", "review")
def review(ref: RefArg, given: ReviewPlan) -> None:
    """Look at the plan with the student; what is given replaces what stands.

    Example: reintegrate safety review Q7ZC --trigger incident
    """
    ref = check_case_ref(ref)
    on = given.on or session.today()
    with session.reading() as store:
        store.cases.get(ref)
        store.of(SafetyPlan).get(ref)
    day = review_day(given.review_on, safety.proposed_on(on, given.trigger))
    with session.writing("safety review") as store:
        store.cases.get(ref)
        former = store.of(SafetyPlan).get(ref)
        made = safety.reviewed(former, _named(store, given), on, given.trigger, store.by)
        made = store.of(SafetyPlan).put(replace(made, review_on=day))
        _warn(store, ref, tuple(one for one in made.given_to if one not in former.given_to))
        _warn_of_bars(store, made)
    _adults(made)
    show(made)


def _named(store: "Store", given: F) -> F:
    """Give the form with its slugs as they were first typed.

    Raises:
        Missing: nobody has one of them.
    """

    def known(slug: str) -> Holder:
        partner = store.partners.find(slug)
        return Holder(partner.slug if partner is not None else store.person(slug))

    to, held_by = given.given_to, given.photo_held_by
    return replace(
        given,
        given_to=None if to is None else tuple(dict.fromkeys(known(one) for one in to)),
        photo_held_by=None if held_by is None else known(held_by),
    )


@verb("safety", "show", final=True)
def show_(ref: RefArg, given: ShowPlan) -> None:
    """Show the plan; --print gives the student's own copy, once paper is said to be safe.

    Example: reintegrate safety show Q7ZC
    """
    ref = check_case_ref(ref)
    safe = _paper_is_safe(given) if given.print_ else None
    with session.writing("safety show") as store:
        store.cases.get(ref)
        plan = store.of(SafetyPlan).get(ref)
        if safe is not None:
            safety.check_paper(safe)
            to = (*plan.given_to, *(() if "student" in plan.given_to else ("student",)))
            plan = store.of(SafetyPlan).put(replace(plan, given_to=to, copied_on=session.today()))
        store.touch(ref)
    if not safe:
        show(plan, upto=Sensitivity.PRIVATE)
    elif output.current.as_json:
        show(plan)
    else:
        output.pairs(safety.copy(plan))
        say("paper is found by others: leave nothing of it in the printer")


def _paper_is_safe(given: ShowPlan) -> bool:
    if given.paper_safe is not None:
        return given.paper_safe
    if not output.can_ask():
        raise Usage(
            "missing: --paper-safe",
            fields=["paper_safe"],
            hint="ask the student whether paper is safe to have, then say yes or no",
        )
    return output.confirm("did the student say that paper is safe to have")


def _warn(store: "Store", ref: str, given_to: tuple[str, ...]) -> None:
    for slug in given_to:
        if slug not in ("student", "caregiver"):
            knowing.warn(store, ref, slug)


def _warn_of_bars(store: "Store", plan: SafetyPlan) -> None:
    """Say if somebody who is barred is among those who may pick the student up (E9)."""
    for member in store.care.all(case=plan.case):
        if member.barred and any(same_person(one.name, member.name) for one in plan.pick_up):
            say(
                f"{member.id}, who is barred, may be among those who pick the student up; look at "
                "the list again"
            )


def _adults(plan: SafetyPlan) -> None:
    if not FEWEST_ADULTS <= len(plan.trusted_adults) <= MOST_ADULTS:
        say("three or four adults whom the student trusts make a plan that holds")


def section(store: "Store", ref: str) -> Section:
    """The safety plan in short; ``safety show`` tells the whole."""
    plan = store.of(SafetyPlan).find(ref)
    if plan is None:
        return Section({"safety": None})
    day = plan.review_on or plan.proposed_on
    pairs = [
        ("safety: wants", plan.goals),
        ("safety: trusts", ", ".join(plan.trusted_adults)),
        ("safety: review", short_date(day)),
    ]
    return Section({"safety": plan}, pairs=[(name, text) for name, text in pairs if text])
