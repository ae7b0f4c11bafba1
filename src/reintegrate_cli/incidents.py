"""Incidents: what was seen, what it was likely for, and what helped (guidance clauses 14 and 36).

Facts, exact words and whose reading it is stand apart (H2). Before anybody proposes to remove a
student, somebody looks at this incident from what the student went through (H1). A removal that
was imposed already is always recorded, and its review is due on the same day; each removal has a
review of its own. Removal days are counted within the school year; above ten, whether the behavior
came from the disability is determined within ten school days of the decision (G7), for a student
with a 504 plan too (G8). An incident before the day on which the trafficking became known is
looked at again (guidance clause 14).
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from reintegrate_cli.calendar import Calendar
from reintegrate_cli.cases import Case
from reintegrate_cli.catalogue import Sort
from reintegrate_cli.dated import Dated
from reintegrate_cli.errors import Missing, Refused, Settings, Usage
from reintegrate_cli.events import Event
from reintegrate_cli.records import Private, Public, Record, Ref, number_of
from reintegrate_cli.tasks import RETURN
from reintegrate_cli.world import World

LikelyNeed = Literal["escape", "control", "connection", "safety", "sensory"]
ReviewStatus = Literal["none", "due", "done", "revisit"]
STATUSES: tuple[ReviewStatus, ...] = ("none", "due", "done", "revisit")
Warned = Literal["near_limit", "above_limit"]
WARN_DAYS = 8
LIMIT_DAYS = 10
SCHOOL_DAYS = 10
"""How many school days a manifestation determination may take, and what follows from it (G7)."""
REVIEW_HOLDS_DAYS = 30
"""How long after a review a removal may still rest on it; later, somebody looks again."""
REVISIT_DAYS = 14
"""How long after it became known that an incident lies before the disclosure it is looked at."""
_JULY = 7


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Review:
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Removal:
    """Days out of school, in halves: imposed, or proposed and not decided yet."""

    decided_on: Public[date]
    half_days: Public[int]
    proposed: Public[bool] = False
    by: Ref[str] = ""
    tenth_school_day: Public[date | None] = None
    """The tenth school day after the decision, by the calendar of the day on which it was
    entered: a clock once set by law does not move with the next calendar (G7)."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Incident(Record):
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
        return tuple(one for one in self.removals if not one.proposed)

    @property
    def proposed(self) -> tuple[Removal, ...]:
        """The removals that wait for a decision: those after which none was made."""
        found: list[Removal] = []
        for one in self.removals:
            found = [*found, one] if one.proposed else []
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class IncidentRow:
    """An incident with the days that count, in all of its school year, and what is due.

    ``before_disclosure`` says that it lies before the day on which the trafficking became known.
    """

    id: Ref[str]
    case: Ref[str]
    on: Public[date]
    place: Public[str | None]
    removal_days: Public[float]
    proposed_days: Public[float]
    total_removal_days: Public[float]
    warning: Public[Warned | None]
    review_status: Public[ReviewStatus]
    reviewed_on: Public[date | None]
    before_disclosure: Public[bool]
    manifestation_due_on: Public[date | None]
    manifestation: Public[bool | None]
    before: Private[str]
    observed: Private[str]
    said: Private[str]
    likely_need: Private[LikelyNeed | None]
    whose_view: Private[str]
    response: Private[str]
    helped: Private[str]
    account: Private[str]
    repair: Private[str]
    reviews: Public[tuple[Review, ...]]
    removals: Public[tuple[Removal, ...]]

    dated = "on"

    @property
    def status(self) -> str:
        """How its review stands, under the name that filters use."""
        return self.review_status


def days(halves: int) -> float:
    """Give days as a person writes them: whole where they are."""
    return halves // 2 if halves % 2 == 0 else halves / 2


def school_year(day: date, calendar: Calendar) -> tuple[date, date]:
    """Give the first and last day of the school year that a day counts in.

    The district's own where it is known and holds the day; else from July through June.
    """
    known = calendar.year_of(day)
    if known is not None:
        return known
    first = day.year if day.month >= _JULY else day.year - 1
    first = min(max(first, date.min.year), date.max.year - 1)
    return date(first, _JULY, 1), date(first + 1, _JULY - 1, 30)


def counted(incidents: Iterable[Incident], day: date, calendar: Calendar) -> int:
    """Count the half days out of school in the school year of a day, over all incidents."""
    year = school_year(day, calendar)
    return sum(
        removal.half_days
        for incident in incidents
        for removal in incident.imposed
        if school_year(removal.decided_on, calendar) == year
    )


@dataclass(frozen=True, slots=True)
class Determination:
    """One decision that took a student above ten days, and by when it has to be looked at.

    ``number`` is the place of the removal in its incident. ``due_on`` is ``None`` where the
    calendar has too few school days to say so: a deadline in law is not guessed.
    """

    number: int
    decided_on: date
    due_on: date | None
    settled: bool


def determinations(
    incident: Incident, incidents: Iterable[Incident], case: Case, calendar: Calendar
) -> list[Determination]:
    """List the decisions of an incident after which a manifestation determination is due (G7, G8).

    It is due for every student of whom it is not known that there is no disability. A review that
    says what was determined, on the day of the decision or after it, settles it.

    Args:
        incident: the incident.
        incidents: all of the case, in the order of their ids.
        case: the case.
        calendar: the district's.
    """
    if case.disability == "none":
        return []
    counting = sorted(
        ((one.decided_on, place, number, one)
         for place, each in enumerate(incidents)
         for number, one in enumerate(each.removals, 1)
         if one.half_days and not one.proposed),
        key=lambda one: one[:3],
    )  # fmt: skip
    mine = next((place for place, each in enumerate(incidents) if each.id == incident.id), None)
    found: list[Determination] = []
    running: dict[tuple[date, date], int] = {}
    for decided_on, place, number, removal in counting:
        year = school_year(decided_on, calendar)
        running[year] = running.get(year, 0) + removal.half_days
        if running[year] <= 2 * LIMIT_DAYS or place != mine:
            continue
        settled = any(
            review.manifestation is not None and review.on >= decided_on
            for review in incident.reviews
        )
        due_on = removal.tenth_school_day or tenth_school_day(decided_on, calendar)
        found.append(Determination(number, decided_on, due_on, settled))
    return found


def tenth_school_day(decided_on: date, calendar: Calendar) -> date | None:
    """Give the day by which it is determined whether the behavior came from a disability (G7).

    Nothing where the calendar has too few school days to say so.
    """
    return _school_days_after(decided_on, SCHOOL_DAYS, calendar)


def _school_days_after(day: date, count: int, calendar: Calendar) -> date | None:
    try:
        return calendar.school_days_after(day, count)
    except Settings:
        return None


def lies_before_disclosure(incident: Incident, case: Case) -> bool:
    """Say whether an incident lies before the day the trafficking became known (clause 14)."""
    return case.identified_on is not None and incident.on < case.identified_on


def review_status(incident: Incident, case: Case) -> ReviewStatus:
    """Work out how the review of an incident stands."""
    known = case.identified_on
    if lies_before_disclosure(incident, case) and not any(
        known is not None and one.on >= known for one in incident.reviews
    ):
        return "revisit"
    if due_reviews(incident):
        return "due"
    return "done" if incident.reviews else "none"


def row(
    incident: Incident, incidents: Sequence[Incident], case: Case, calendar: Calendar
) -> IncidentRow:
    """Give an incident with the days that count, and what is due."""
    last = max((one.decided_on for one in incident.imposed), default=incident.on)
    total = counted(incidents, last, calendar)
    found = determinations(incident, incidents, case, calendar)
    waiting = [one.due_on for one in found if not one.settled and one.due_on]
    past = [one.due_on for one in found if one.due_on]
    said = [one.manifestation for one in incident.reviews if one.manifestation is not None]
    computed = {
        "removal_days": days(sum(one.half_days for one in incident.imposed)),
        "proposed_days": days(sum(one.half_days for one in incident.proposed)),
        "total_removal_days": days(total),
        "warning": warned(total),
        "review_status": review_status(incident, case),
        "reviewed_on": max((one.on for one in incident.reviews), default=None),
        "before_disclosure": lies_before_disclosure(incident, case),
        "manifestation_due_on": min(waiting, default=max(past, default=None)),
        "manifestation": said[-1] if said else None,
    }
    same = {field.name: getattr(incident, field.name)
            for field in dataclasses.fields(IncidentRow) if field.name not in computed}  # fmt: skip
    return IncidentRow(**computed, **same)  # type: ignore[arg-type]


def warned(halves: int) -> Warned | None:
    """Say whether the days out of school come near ten, or above."""
    if halves > 2 * LIMIT_DAYS:
        return "above_limit"
    return "near_limit" if halves >= 2 * WARN_DAYS else None


@dataclass(frozen=True, slots=True)
class Decision:
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
    """List the removals of an incident, each with its own review (H1).

    A review that was made for a removal is that one's. One that was made before any goes to the
    first removal that may rest on it: of this incident, after it happened, and lately.
    """
    found: list[Decision] = []
    first = 1
    for number, one in enumerate(incident.removals, 1):
        is_last = number == len(incident.removals)
        if one.proposed and not is_last:
            continue
        begun = incident.removals[first - 1]
        found.append(Decision(number, first, begun.decided_on, not one.proposed, one.half_days > 0))
        first = number + 1
    free = sorted((one for one in incident.reviews if one.removal is None), key=lambda one: one.on)
    for place, each in enumerate(found):
        made = [one for one in incident.reviews
                if one.removal is not None and each.first <= one.removal <= each.number]  # fmt: skip
        fitting = [one for one in free if _may_rest(incident, each.decided_on, one)]
        late = [one for one in free if each.is_imposed and one.on > each.decided_on]
        rests_on = next(iter((*made, *fitting, *late)), None)
        if rests_on is not None:
            free = [one for one in free if one is not rests_on]
            found[place] = dataclasses.replace(each, review=rests_on)
    return found


def _may_rest(incident: Incident, decided_on: date, review: Review) -> bool:
    """Say whether a removal that was decided on a day may rest on a review made before it."""
    first = max(incident.on, _days_before(decided_on, REVIEW_HOLDS_DAYS))
    return first <= review.on <= decided_on


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days=min(days, (day - date.min).days))


def due_reviews(incident: Incident) -> list[Decision]:
    """List the imposed removals that still wait for their review."""
    return [one for one in decisions(incident) if one.is_imposed and one.days and not one.review]


def review(incident: Incident, made: Review) -> Incident:
    """Add a review, for the one removal that waits for it, or for the one that is named.

    Raises:
        Usage: it lies before the incident, or several removals wait and none is named.
        Missing: there is no such removal.
    """
    if made.on < incident.on:
        raise Usage("that is before the incident", fields=["on"])
    name = f"{incident.case}/{incident.id}"
    if made.removal is not None and not 1 <= made.removal <= len(incident.removals):
        raise Missing(f"{name} has no removal {made.removal}",
                      hint=f"reintegrate case show {incident.case} tells them")  # fmt: skip
    waiting = due_reviews(incident)
    if made.removal is None and len(waiting) > 1:
        named = " or ".join(f"{name}.{one.number}" for one in waiting)
        raise Usage(f"several removals of {name} wait for a review; say which",
                    fields=["removal"], hint=f"give {named} in place of {incident.id}")  # fmt: skip
    if made.removal is None and waiting:
        made = dataclasses.replace(made, removal=waiting[0].number)
    return dataclasses.replace(incident, reviews=(*incident.reviews, made))


def latest(incidents: Iterable[Incident], upto: date) -> Incident | None:
    """Find the latest incident on or before a day: what a removal without an id belongs to."""
    found = [one for one in incidents if one.on <= upto]
    return max(found, key=lambda one: (one.on, number_of(one.id)), default=None)


def remove(incident: Incident, made: Removal) -> Incident:
    """Add a removal to an incident (H1).

    One that was imposed is always recorded, and settles what was proposed; none at all (0 days)
    says that a proposal was dropped.

    Raises:
        Refused: it is proposed, and rests on no review of this incident that was made since it
            happened, lately, and for no other removal.
        Usage: it is of no days, and there is no proposal to drop.
    """
    with_it = dataclasses.replace(incident, removals=(*incident.removals, made))
    if made.proposed and decisions(with_it)[-1].review is None:
        last = max((one.on for one in incident.reviews), default=None)
        raise Refused(
            "before a removal is proposed, somebody looks at this incident from what the student "
            "went through",
            rule="H1",
            hint=f"reintegrate incident review {incident.case} {incident.id} --by SLUG"
            + (f"; that of {last.isoformat()} was for another removal, too long ago, or later than "
               "this decision" if last else ""),
        )  # fmt: skip
    if not made.half_days and (made.proposed or not incident.proposed):
        raise Usage("--days takes half a day or more; 0 drops what was proposed", fields=["days"])
    return with_it


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something to do after a determination that the behavior came from the disability (G7)."""

    about: str
    text: str
    due_on: date


def follow_ups(incident: Incident, on: date, calendar: Calendar) -> list[FollowUp]:
    """List what follows when the behavior came from the disability (G7).

    The student returns to the placement on the next school day; an assessment of the behavior
    and a plan follow within ten. If the calendar has too few school days to tell, each is due at
    once: a deadline in law is not guessed.
    """
    texts = (
        (RETURN, "return to the placement, unless the parents and the school agree otherwise", 1),
        ("assessment", "functional behavioral assessment (FBA)", SCHOOL_DAYS),
        ("behavior_plan", "behavior intervention plan (BIP), made or changed", SCHOOL_DAYS),
    )
    return [
        FollowUp(f"{about}/{incident.id}", text, _school_days_after(on, days_, calendar) or on)
        for about, text, days_ in texts
    ]


def revisit_on(incident: Incident, case: Case) -> date | None:
    """Give the day by which an incident before the disclosure is looked at again (clause 14).

    Returns:
        ``None`` if it lies after that day, or was looked at since.
    """
    if review_status(incident, case) != "revisit" or case.identified_on is None:
        return None
    known = [day for day in (case.identified_known_on, incident.known_on) if day is not None]
    known_on = max(known, default=case.identified_on)
    return known_on + timedelta(days=min(REVISIT_DAYS, (date.max - known_on).days))


def dates(incident: Incident, world: World) -> Iterator[Dated]:
    """Give the review of each removal, and by when a determination is due (G7, G8).

    These are clocks of law. An incident before the disclosure is looked at again, as work.
    """
    case = world.by_ref[incident.case]
    incidents = world.in_case("incidents", Incident, incident.case)
    several = len(incident.removals) > 1
    for one in _due(incident, incidents, case, world.calendar):
        which = f".{one.nth}" if several and one.nth else ""
        yield world.row(
            incident.case,
            incident.id,
            label=one.label,
            command=f"reintegrate incident review {case.ref} {incident.id}{which} --by SLUG"
            + one.option,
            due_on=one.due_on,
            kind="incident",
            sort=one.sort,
            origin=one.due_on,
            announced_on=one.announced_on,
            nth=one.nth if several else 0,
        )


class _Due(NamedTuple):
    due_on: date
    announced_on: date
    label: str
    option: str = ""
    nth: int = 0
    sort: Sort = "law"


def _due(
    incident: Incident, incidents: Sequence[Incident], case: Case, calendar: Calendar
) -> Iterator[_Due]:
    for waiting in due_reviews(incident):
        day = waiting.decided_on
        yield _Due(day, day, "review of a removal", nth=waiting.number)
    for one in determinations(incident, incidents, case, calendar):
        if not one.settled:
            label = "manifestation determination"
            if one.due_on is None:
                label += ", by a day that the calendar cannot tell, since"
            due_on = one.due_on or one.decided_on
            yield _Due(due_on, one.decided_on, label, " --manifestation yes|no", one.number)
    again_on = revisit_on(incident, case)
    if again_on is not None:
        label = "look again at an incident before the disclosure"
        yield _Due(again_on, again_on, label, sort="work")


def events(incident: Incident) -> Iterator[Event]:
    """Tell what was seen, how it was looked at, and what was decided."""
    where = f"at {incident.place}" if incident.place else "happened"
    yield Event(on=incident.on, kind="incident", what=where, case=incident.case, id=incident.id,
                by=incident.entered_by or None, text=incident.observed or None)  # fmt: skip
    for one in incident.reviews:
        said = {True: ", from the disability", False: ", not from the disability", None: ""}
        yield Event(on=one.on, kind="incident", what="reviewed" + said[one.manifestation],
                    case=incident.case, id=incident.id, by=one.by, text=one.finding)  # fmt: skip
    for each in incident.removals:
        what = "removal proposed" if each.proposed else "removed"
        told = f"{what}: {days(each.half_days):g} days" if each.half_days else "no removal"
        yield Event(on=each.decided_on, kind="incident", what=told, case=incident.case,
                    id=incident.id, by=each.by or None)  # fmt: skip
