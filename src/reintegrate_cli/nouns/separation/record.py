"""Separations: two students are kept apart for a while (guidance clause 41, rule H7).

Each says under which policy, whose schedule changes, what the student it is for wishes,
in their words, when it is looked at again, and when it ends. It names no reason, and says of
neither student what they did. It belongs to one case and names another; what is shown or told of
one of the two names the other to nobody but the staff who list separations.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Refused, Usage, raise_first
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import CaseRef, Policy, Private, Public, Record, Ref, Value
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.separation.meetings import Where

Status = Literal["active", "lapsed", "ended"]
STATUSES: tuple[Status, ...] = ("active", "lapsed", "ended")


class Review(Value, frozen=True, kw_only=True):
    """One look at a separation: who, when it is looked at again, and its end from then on."""

    on: Public[date]
    by: Ref[str]
    next_on: Public[date]
    ends_on: Public[date]
    note: Private[str] = ""


class Separation(Record, frozen=True, kw_only=True):
    """Two students who are kept apart: in which places beside classes, and until when.

    ``who_moves`` is the one whose schedule changes. ``wish_words`` are what the student it is
    for wishes, and ``wish_of`` is that student: as a rule the one who keeps their schedule.
    """

    case: Ref[str]
    id: Ref[str]
    other: Ref[CaseRef]
    who_moves: Ref[CaseRef]
    policy: Ref[Policy]
    places: Public[tuple[Where, ...]] = ()
    starts_on: Public[date]
    review_on: Public[date]
    ends_on: Public[date]
    wish_of: Ref[CaseRef]
    wish_words: Private[str]
    reviews: Public[tuple[Review, ...]] = ()
    ended_on: Public[date | None] = None

    dated = "starts_on"

    @property
    def name(self) -> str:
        """Its id with its case."""
        return f"{self.case}/{self.id}"

    @property
    def stays(self) -> str:
        """The case of which the schedule stays as it is."""
        return self.other if self.who_moves == self.case else self.case

    @property
    def pair(self) -> frozenset[str]:
        """The two cases."""
        return frozenset((self.case, self.other))

    @property
    def wheres(self) -> tuple[Where, ...]:
        """Every place that is looked at: classes always, and what was typed."""
        return tuple(dict.fromkeys(("class", *self.places)))

    def status_on(self, day: date) -> Status:
        """Return whether it holds on a day, ran out, or was ended."""
        if self.ended_on is not None and self.ended_on <= day:
            return "ended"
        return "active" if day <= self.ends_on else "lapsed"

    def is_past(self, day: date) -> bool:
        """Say whether nothing more is to be done about it on a day."""
        return self.status_on(day) == "ended"


def check_pair(separation: Separation, before: Separation | None) -> None:
    """Require two students, one of whom moves, and who are not kept apart already.

    Args:
        separation: the separation.
        before: one of the same two students that still holds, if there is one.

    Raises:
        Usage: it is otherwise.
    """
    if before is not None:
        raise Usage(
            f"they are kept apart already: {before.name}",
            hint="reintegrate separation review moves its end",
            fields=["other"],
        )
    raise_first(
        (
            separation.other == separation.case,
            Usage("a separation takes two students", fields=["other"]),
        ),
        *(
            (
                getattr(separation, name) not in separation.pair,
                Usage(
                    f"--{name.replace('_', '-')} takes one of the two students",
                    hint=f"{separation.case} or {separation.other}",
                    fields=[name],
                ),
            )
            for name in ("who_moves", "wish_of")
        ),
    )


def check_new(separation: Separation, today: date, *, policy_is_over: bool) -> None:
    """Require days that fit, and a policy that has not ended.

    Args:
        separation: the separation.
        today: the day.
        policy_is_over: whether no version of its policy is in force or drafted.

    Raises:
        Usage: the days do not fit.
        Refused: its policy has ended (H4).
    """
    first = max(separation.starts_on, today)
    if separation.ends_on < first:
        raise Usage("--ends must not be before the start, or in the past", fields=["ends_on"])
    check_review(separation.review_on, first, separation.ends_on)
    if policy_is_over:
        raise Refused(
            f"{separation.policy} has ended: a separation follows a policy that holds",
            rule="H4",
            hint="reintegrate protocol list --status adopted",
            fields=["policy"],
        )


def check_review(review_on: date, first: date, ends_on: date) -> None:
    """Require that a separation is looked at again before it ends.

    Raises:
        Usage: it is not.
    """
    if not first <= review_on <= ends_on:
        raise Usage(
            "the next review must be a day from now to the end",
            hint=f"it ends on {ends_on.isoformat()}; --ends gives another day",
            fields=["review_on"],
        )


def check_open(separation: Separation) -> None:
    """Require a separation that has not ended.

    Raises:
        Usage: it has.
    """
    if separation.ended_on is not None:
        raise Usage(
            f"{separation.name} has ended",
            hint=f"reintegrate separation add {separation.case} begins another",
        )


def reviewed(separation: Separation, review: Review, words: str) -> Separation:
    """Return a separation that was looked at again, with its next review and its end.

    Args:
        separation: the separation.
        review: the review.
        words: what the student it is for wishes now; empty if they said nothing.

    Raises:
        Usage: it has ended, or the days do not fit.
    """
    check_open(separation)
    check_after(review.on, separation.starts_on, "the separation starts")
    check_review(review.next_on, review.on, review.ends_on)
    return replace(
        separation,
        review_on=review.next_on,
        ends_on=review.ends_on,
        reviews=(*separation.reviews, review),
        wish_words=words or separation.wish_words,
    )


def ended(separation: Separation, on: date) -> Separation:
    """Return a separation that is over.

    Raises:
        Usage: it has ended already, or that is before it started.
    """
    check_open(separation)
    check_after(on, separation.starts_on, "the separation starts")
    return replace(separation, ended_on=on)


def dates(separation: Separation, world: World) -> Iterator[Dated]:
    """Yield its review, and its end if that is another day."""
    if separation.ended_on is not None:
        return
    rows = {separation.review_on: ("review the separation", "review")}
    rows.setdefault(separation.ends_on, ("the separation ends", "end"))
    for due_on, (label, command) in rows.items():
        yield world.row(
            separation.case,
            separation.id,
            label=label,
            command=f"reintegrate separation {command} {separation.case} {separation.id}",
            due_on=due_on,
            kind="separation",
            review=command == "review" and due_on < separation.ends_on,
        )


def events(separation: Separation) -> Iterator[Event]:
    """Yield when two students began to be kept apart, each review, and the end; nobody's name."""
    event = partial(event_of, separation, "separation")
    last = separation.ended_on or separation.ends_on
    first = separation.starts_on
    yield event(first, "kept apart from another student", upto=max(first, last))
    for review in separation.reviews:
        what = f"reviewed, again {review.next_on.isoformat()}"
        yield event(review.on, what, by=review.by, text=review.note)
    if separation.ended_on is not None:
        yield event(separation.ended_on, "separation ended")
