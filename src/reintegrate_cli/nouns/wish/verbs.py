"""``wish``: the student's own words, and what became of them."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.hints import ASK, CHANGE, FUTURE, PAST, PROSE, TODAY, VERBATIM, YOU
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Form, Hearer, Person, Private, Public, Ref
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.wish.record import (
    OUTCOMES,
    About,
    Amendment,
    Outcome,
    Wish,
    amended,
    check_outcome,
    settle,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewWish(Form, kw_only=True):
    """What ``wish add`` takes."""

    about: Annotated[Public[About], "what it is about"]
    heard_by: Annotated[Ref[Hearer], "who heard it: a staff slug, or caregiver"]
    heard_on: Annotated[Public[date], PAST, TODAY, "the day it was said"]
    words: Annotated[Private[str], PROSE, VERBATIM, "what the student said, word for word"]


class EditWish(Form, kw_only=True):
    """What ``wish edit`` takes: what the student says now stands beside what they said."""

    asks_when_bare: ClassVar[bool] = True

    about: Annotated[Public[About | None], "what it is about"] = None
    heard_by: Annotated[Ref[Hearer], CHANGE, YOU, "who heard it: a staff slug, or caregiver"]
    heard_on: Annotated[Public[date], PAST, CHANGE, TODAY, "the day it was said"]
    decided_by: Annotated[Ref[Person | None], "whose decision the outcome was"] = None
    told_on: Annotated[Public[date | None], PAST, "the day the student was told"] = None
    revisit_on: Annotated[Public[date | None], FUTURE, "the day to look at it again"] = None
    words: Annotated[Private[str], PROSE, VERBATIM, "what the student says now, word for word"] = ""
    reason: Annotated[Private[str], PROSE, "why it was not fully honored"] = ""


class WishOutcome(Form, kw_only=True):
    """What ``wish outcome`` takes."""

    outcome: Annotated[Public[Outcome], "what became of it"]
    decided_by: Annotated[Ref[Person | None], ASK, "whose decision it was"] = None
    told_on: Annotated[Public[date | None], ASK, PAST, "the day the student was told"] = None
    revisit_on: Annotated[Public[date | None], ASK, FUTURE, "the day to look at it again"] = None
    on: Annotated[Public[date | None], PAST, "the day of the decision"] = None
    reason: Annotated[Private[str], PROSE, "why"] = ""


COLUMNS = (
    Column("case", lambda wish: wish.case),
    Column("id", lambda wish: wish.id),
    Column("about", lambda wish: wish.about, True),
    Column("heard", lambda wish: wish.heard_on),
    Column("by", lambda wish: wish.heard_by, True),
    Column("outcome", lambda wish: label(wish.outcome), True),
    Column("told", lambda wish: wish.told_on),
    Column("revisit", lambda wish: wish.revisit_on),
)


@adds("wish", then=("wish outcome {ref} {id}",))
def add(work: Work, given: NewWish) -> Wish:
    """Keep what a student wants, word for word; case show begins with it.

    Example: reintegrate wish add HX4T --about placement --heard-by lee
    """
    return work.new(Wish, given)


@changes("wish", "edit", edits=(Wish,))
def edit(work: Work, wish: Wish, given: EditWish) -> Wish:
    """Add what the student says now beside what they said, or correct what became of it.

    Example: reintegrate wish edit HX4T W1 --heard-by lee
    """
    corrected = edited(
        wish, given, heard_on=wish.heard_on, heard_by=wish.heard_by, words=wish.words
    )
    if given.words:
        amendment = Amendment(on=given.heard_on, heard_by=given.heard_by, words=given.words)
        corrected = amended(corrected, amendment)
    check_outcome(corrected)
    return corrected


@lists("wish", COLUMNS, OUTCOMES)
def list_(work: Work, wishes: list[Wish]) -> list[Wish]:
    """List wishes and what became of them; the words are in case show.

    Example: reintegrate wish list --status open
    """
    return wishes


@changes("wish", "outcome")
def outcome(work: Work, wish: Wish, given: WishOutcome) -> Wish:
    """Record what became of a wish; if not fully honored, with the reason and the day told.

    Example: reintegrate wish outcome HX4T W1 --outcome honored
    """
    return settle(
        wish,
        outcome=given.outcome,
        decided_by=given.decided_by,
        decided_on=given.on or given.told_on or work.today,
        told_on=given.told_on,
        revisit_on=given.revisit_on,
        reason=given.reason,
    )


def section(store: "Store", ref: str) -> Section:
    """The wishes of one case, the live ones first."""
    found = sorted(store.of(Wish).all(case=ref), key=lambda one: not one.is_live)
    return Section(
        {"wishes": found}, pairs=[pair for wish in found for pair in _told(wish)], first=True
    )


def _told(wish: Wish) -> Iterator[tuple[str, str]]:
    """Yield the lines of a wish: their words, what they said later, and what became of it."""
    yield _label(wish), wish.words
    for amendment in wish.amendments:
        yield f"  on {short_date(amendment.on)}", amendment.words
    if wish.reason:
        yield "  why not fully", wish.reason
    for aside in wish.set_aside:
        yield f"  set aside {short_date(aside.on)}", aside.reason


def _label(wish: Wish) -> str:
    outcome = "" if wish.outcome == "open" else f", {label(wish.outcome)}"
    return f"{wish.id} {wish.about}{outcome}, {short_date(wish.heard_on)}"
