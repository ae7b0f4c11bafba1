"""Incidents: what was seen, what it was likely for, and what helped (guidance clauses 14 and 36).

Facts, exact words and whose reading it is stand apart (H2). Before anybody proposes to remove a
student, somebody looks at this incident from what the student went through (H1). A removal that
was imposed already is always recorded, and its review is due on the same day; each removal has a
review of its own. An incident before the day on which the trafficking became known is looked at
again (guidance clause 14). What the days out of school lead to stands in ``discipline``.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import takewhile
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Value, number_of
from reintegrate_cli.nouns.case.record import Case

LikelyNeed = Literal["escape", "control", "connection", "safety", "sensory"]
Ask = Literal["expunge", "keep"]
ReviewStatus = Literal["none", "due", "done", "revisit"]
STATUSES: tuple[ReviewStatus, ...] = ("none", "due", "done", "revisit")
REVIEW_HOLDS_DAYS = 30
"""How long after a review a removal may still rest on it; later, somebody looks again."""
REVISIT_DAYS = 14
"""How long after it became known that an incident lies before the disclosure it is looked at."""


class Review(Value, frozen=True, kw_only=True):
    """One time that what happened was looked at from what the student went through.

    ``manifestation`` says what was determined, where that was the matter: whether the behavior
    came from the disability. ``removal`` is the number of the removal that it was made for, if
    there was one already.
    """

    on: Public[date]
    by: Ref[str]
    finding: Private[str]
    manifestation: Public[bool | None] = None
    removal: Public[int | None] = None
    ask: Public[Ask | None] = None
    """What the principal is asked about the record of it, in the light of what is known now."""


class Removal(Value, frozen=True, kw_only=True):
    """Days out of school, in halves: imposed, or proposed and not decided yet."""

    decided_on: Public[date]
    half_days: Public[int]
    proposed: Public[bool] = False
    by: Ref[str] = ""
    tenth_school_day: Public[date | None] = None
    """The tenth school day after the decision, by the calendar of the day on which it was
    entered: a clock once set by law does not move with the next calendar (G7)."""

    @property
    def in_words(self) -> str:
        """What a person reads of it: ``6 days, decided 2026-09-15``."""
        days = f"{self.half_days / 2:g} day" + ("" if self.half_days == 2 else "s")
        if not self.half_days:
            days = "no removal"
        tenth = f", tenth school day {self.tenth_school_day}" if self.tenth_school_day else ""
        return f"{days}, {'proposed' if self.proposed else 'decided'} {self.decided_on}{tenth}"


class Incident(Record, frozen=True, kw_only=True):
    """What happened around a student, and what followed.

    ``said`` holds exact words alone, ``whose_view`` whose reading ``likely_need`` is. ``account``
    is what the student says about it, or that they would rather not; ``repair`` how it was made
    good. One without ``observed`` stands for a removal that came before the file knew of it.
    ``known_on`` is the day on which it was entered.
    """

    case: Ref[str]
    id: Ref[str]
    on: Public[date]
    place: Public[str | None] = None
    before: Private[str] = ""
    observed: Private[str] = ""
    said: Private[str] = ""
    likely_need: Private[LikelyNeed | None] = None
    whose_view: Private[str] = ""
    response: Private[str] = ""
    helped: Private[str] = ""
    account: Private[str] = ""
    repair: Private[str] = ""
    reviews: Public[tuple[Review, ...]] = ()
    removals: Public[tuple[Removal, ...]] = ()
    known_on: Public[date | None] = None

    dated = "on"

    @property
    def imposed(self) -> tuple[Removal, ...]:
        """The removals that were decided."""
        return tuple(removal for removal in self.removals if not removal.proposed)

    @property
    def proposed(self) -> tuple[Removal, ...]:
        """The removals that wait for a decision: those after which none was made."""
        latest_first = takewhile(lambda removal: removal.proposed, reversed(self.removals))
        return tuple(reversed(list(latest_first)))


def lies_before_disclosure(incident: Incident, case: Case) -> bool:
    """Return whether an incident lies before the day the student was identified (clause 14)."""
    return case.identified_on is not None and incident.on < case.identified_on


def review_status(incident: Incident, case: Case) -> ReviewStatus:
    """Return the status of an incident's review."""
    last = max((review.on for review in incident.reviews), default=date.min)
    if lies_before_disclosure(incident, case) and last < (case.identified_on or date.max):
        return "revisit"
    if due_reviews(incident):
        return "due"
    return "done" if incident.reviews else "none"


class Decision(msgspec.Struct, frozen=True):
    """A removal from its first proposal to what was decided, with the review that it rests on.

    ``number`` is the place of its last entry among the removals of its incident, from one.
    """

    number: int
    first: int
    decided_on: date
    is_imposed: bool
    days: bool
    """Whether it is of any days: none at all says that a proposal was dropped."""
    review: Review | None = None


def decisions(incident: Incident) -> list[Decision]:
    """Return the removals of an incident, each with its own review (H1).

    A review that was made for a removal is that one's. One that was made before any goes to the
    first removal that may rest on it: of this incident, after it happened, and lately.
    """
    unnamed = [review for review in incident.reviews if review.removal is None]
    free = sorted(unnamed, key=lambda review: review.on)
    decided: list[Decision] = []
    first = 1
    for number, removal in enumerate(incident.removals, 1):
        if removal.proposed and number < len(incident.removals):
            continue
        begun_on, is_imposed = incident.removals[first - 1].decided_on, not removal.proposed
        own = [each for each in incident.reviews if first <= (each.removal or 0) <= number]
        fitting = [each for each in free if _may_rest(incident, begun_on, each)]
        late = [each for each in free if is_imposed and each.on > begun_on]
        review = next(iter((*own, *fitting, *late)), None)
        free = [each for each in free if each is not review]
        days = removal.half_days > 0
        decided.append(Decision(number, first, begun_on, is_imposed, days, review))
        first = number + 1
    return decided


def _may_rest(incident: Incident, decided_on: date, review: Review) -> bool:
    """Return whether a removal that was decided on a day may rest on a review made before it."""
    first = max(incident.on, _days_before(decided_on, REVIEW_HOLDS_DAYS))
    return first <= review.on <= decided_on


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days=min(days, (day - date.min).days))


def due_reviews(incident: Incident) -> list[Decision]:
    """Return the imposed removals that still wait for their review."""
    return [
        each for each in decisions(incident) if each.is_imposed and each.days and not each.review
    ]


def review(incident: Incident, answer: Review) -> Incident:
    """Return an incident with a review, for the one removal that waits, or the one it names.

    Raises:
        Usage: it lies before the incident, or several removals wait and none is named.
        Missing: there is no such removal.
    """
    check_after(answer.on, incident.on, "the incident")
    name = f"{incident.case}/{incident.id}"
    if answer.removal is not None and not 1 <= answer.removal <= len(incident.removals):
        raise Missing(
            f"{name} has no removal {answer.removal}",
            hint=f"reintegrate case show {incident.case} tells them",
        )
    waiting = due_reviews(incident)
    if answer.removal is None and len(waiting) > 1:
        names = " or ".join(f"{name}.{decision.number}" for decision in waiting)
        raise Usage(
            f"several removals of {name} wait for a review; say which",
            fields=["removal"],
            hint=f"give {names} in place of {incident.id}",
        )
    if answer.removal is None and waiting:
        answer = replace(answer, removal=waiting[0].number)
    return replace(incident, reviews=(*incident.reviews, answer))


def latest(incidents: Iterable[Incident], upto: date) -> Incident | None:
    """Return the latest incident on or before a day: what a removal without an id belongs to."""
    return max(
        (incident for incident in incidents if incident.on <= upto),
        key=lambda incident: (incident.on, number_of(incident.id)),
        default=None,
    )


def remove(incident: Incident, removal: Removal) -> Incident:
    """Return an incident with one more removal (H1).

    One that was imposed is always recorded, and settles what was proposed; none at all (0 days)
    says that a proposal was dropped.

    Raises:
        Refused: it is proposed, and rests on no review of this incident that was made since it
            happened, lately, and for no other removal.
        Usage: it is of no days, and there is no proposal to drop.
    """
    removed = replace(incident, removals=(*incident.removals, removal))
    if removal.proposed and decisions(removed)[-1].review is None:
        hint = f"reintegrate incident review {incident.case} {incident.id} --by SLUG"
        if incident.reviews:
            last = max(review.on for review in incident.reviews)
            hint += (
                f"; that of {last.isoformat()} was for another removal, too long ago, or later "
                "than this decision"
            )
        raise Refused(
            "before a removal is proposed, somebody looks at this incident from what the student "
            "went through",
            rule="H1",
            hint=hint,
            fields=["proposed"],
        )
    if not removal.half_days and (removal.proposed or not incident.proposed):
        raise Usage("--days takes half a day or more; 0 drops what was proposed", fields=["days"])
    return removed


def revisit_on(incident: Incident, case: Case) -> date | None:
    """Return the day by which an incident before the disclosure is looked at again (clause 14).

    Returns:
        ``None`` if it lies after that day, or was looked at since.
    """
    if review_status(incident, case) != "revisit" or case.identified_on is None:
        return None
    known = [day for day in (case.identified_known_on, incident.known_on) if day is not None]
    known_on = max(known, default=case.identified_on)
    return known_on + timedelta(days=min(REVISIT_DAYS, (date.max - known_on).days))
