"""``safety``: the student's own plan, made with them and looked at with them."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.comparing import same_person
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.extending import takes
from reintegrate_cli.core.hints import FLAG, PAST, TODAY, Option
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Form, Holder, Public, Sensitivity, is_family
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, said
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.contact import knowing
from reintegrate_cli.nouns.safety import record as rules
from reintegrate_cli.nouns.safety.record import FEWEST_ADULTS, SafetyPlan, Trigger

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


@takes(
    SafetyPlan,
    *("with_student", "how", "goals", "unsafe", "warning_signs", "coping", "trusted_adults"),
    *("safe_places", "on_the_way", "online", "pick_up", "if_missing", "if_unsafe_person"),
    *("who_is_told", "photo_held_by", "orders", "given_to", "triggers"),
    optional=True,
)
class ReviewPlan(Form, kw_only=True):
    """What ``safety review`` reads: what is given replaces what is on record."""

    trigger: Annotated[Public[Trigger | None], "what happened, if something did"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it was done"]
    review_on: Annotated[Public[date | None], Option("--review"), "the day of the next review"] = (
        None
    )


@takes(SafetyPlan, "with_student", "goals", needed=True)
class NewPlan(ReviewPlan, kw_only=True):
    """What ``safety add`` reads."""


class ShowPlan(Form, kw_only=True):
    """What ``safety show`` reads."""

    print_: Annotated[Public[bool | None], FLAG, "the student's own copy, for paper"] = None
    paper_safe: Annotated[Public[bool | None], "is paper safe for the student to have"] = None


@verb("safety", "add")
def add(ref: RefArg, given: NewPlan) -> None:
    """Make a safety plan with the student; the day to look at it again follows.

    Example: reintegrate safety add D4SX --with-student yes
    """

    def begin(work: Work) -> SafetyPlan:
        if work.store.of(SafetyPlan).has(ref):
            raise Usage(f"case {ref} has a safety plan", hint=f"reintegrate safety review {ref}")
        return SafetyPlan(
            case=ref, made_on=given.on, proposed_on=given.on, with_student=False, goals=""
        )

    _put("safety add", ref, given, begin)


@verb("safety", "review")
def review(ref: RefArg, given: ReviewPlan) -> None:
    """Look at the plan with the student; what is given replaces what is on record.

    Example: reintegrate safety review Q7ZC --trigger incident
    """

    def begin(work: Work) -> SafetyPlan:
        return rules.reviewed(work.store.of(SafetyPlan).get(ref), given.on, given.trigger, work.you)

    _put("safety review", ref, given, begin)


def _put(command: str, ref: str, given: ReviewPlan, begin: Callable[[Work], SafetyPlan]) -> None:
    """Put what a form says into a plan, in a unit of work.

    The day of its review may be asked for, so it is settled before, once nothing else is wrong.

    Args:
        command: the noun and verb.
        ref: the case.
        given: what was typed.
        begin: returns the plan, without what the form says.
    """
    proposed = rules.proposed_on(given.on, given.trigger)

    def changed(plan: SafetyPlan, review_on: date | None) -> SafetyPlan:
        values = said(given, SafetyPlan, absent=(None,))
        if "given_to" in values:
            values["given_to"] = tuple(dict.fromkeys(values["given_to"]))
        more = {**values, "review_on": review_on, "proposed_on": proposed}
        return rules.check_made(replace(plan, **more))

    with session.reading() as store:
        store.cases.get(ref)
        changed(begin(Work(store, ref)), None)
    review_on = review_day(given.review_on, proposed)
    with session.writing(command) as store:
        former = begin(Work(store, ref))
        plan = store.of(SafetyPlan).put(changed(former, review_on))
        for slug in plan.given_to:
            if slug not in former.given_to and not is_family(slug):
                knowing.warn(store, ref, slug)
        _warn_of_bars(store, plan)
    if len(plan.trusted_adults) < FEWEST_ADULTS:
        say("ask the student which other adults they trust: three or four make a stronger plan")
    show(plan)


def _warn_of_bars(store: "Store", plan: SafetyPlan) -> None:
    """Say if somebody who is barred is among those who may pick the student up (E9)."""
    for member in store.care.all(case=plan.case):
        if member.barred and any(same_person(each.name, member.name) for each in plan.pick_up):
            say(
                f"{member.id}, who is barred, may be among those who pick the student up; look at "
                "the list again"
            )


@verb("safety", "show", final=True)
def show_(ref: RefArg, given: ShowPlan) -> None:
    """Show the plan; --print gives the student's own copy, once paper is said to be safe.

    Example: reintegrate safety show Q7ZC
    """
    on_paper = given.print_ and _paper_is_safe(given)
    with session.writing() as store:
        store.cases.get(ref)
        plan = store.of(SafetyPlan).get(ref)
        if given.print_:
            rules.check_paper(bool(on_paper))
            to = tuple(dict.fromkeys((*plan.given_to, Holder("student"))))
            plan = store.of(SafetyPlan).put(replace(plan, given_to=to, copied_on=session.today()))
        store.touch(ref)
    if not on_paper:
        show(plan, upto=Sensitivity.PRIVATE)
    elif output.current.as_json:
        show(plan)
    else:
        output.pairs(rules.copy(plan))
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


def section(store: "Store", ref: str) -> Section:
    """Return the safety plan in short; ``safety show`` tells the whole."""
    plan = store.of(SafetyPlan).find(ref)
    if plan is None:
        return Section({"safety": None})
    pairs = [
        ("safety: wants", plan.goals),
        ("safety: trusts", ", ".join(plan.trusted_adults)),
        ("safety: review", short_date(plan.review_on or plan.proposed_on)),
    ]
    return Section({"safety": plan}, pairs=[(name, text) for name, text in pairs if text])
