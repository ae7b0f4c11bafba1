"""Incidents: what was seen, what it was likely for, and what helped (guidance clauses 14 and 36).

Facts, exact words and whose reading it is stand apart (H2). Before anybody proposes to remove a
student, a trauma-informed review of what happened stands (H1); a removal that was imposed already
is always recorded, and its review is asked for on the same day. Removal days are counted within
the school year; above ten, whether the behavior came from the disability is determined within
ten school days of the decision (G7), for a student with a 504 plan too (G8).
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from reintegrate_cli.calendar import Calendar
from reintegrate_cli.cases import Case
from reintegrate_cli.dated import Dated
from reintegrate_cli.errors import Refused, Settings, Usage
from reintegrate_cli.events import Event
from reintegrate_cli.records import Private, Public, Record, Ref, number_of
from reintegrate_cli.world import World

LikelyNeed = Literal["escape", "control", "connection", "safety", "sensory"]
ReviewStatus = Literal["none", "due", "done", "revisit"]
STATUSES: tuple[ReviewStatus, ...] = ("none", "due", "done", "revisit")
Warned = Literal["near_limit", "above_limit"]
WARN_DAYS = 8
LIMIT_DAYS = 10
SCHOOL_DAYS = 10
"""How many school days a manifestation determination may take (G7)."""
_JULY = 7


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Review:
    """One time that what happened was looked at from what the student went through.

    ``manifestation`` says what was determined, where that was the matter: whether the behavior
    came from the disability.
    """

    on: Public[date]
    by: Ref[str]
    finding: Private[str]
    manifestation: Public[bool | None] = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Removal:
    """Days out of school, in halves: imposed, or proposed and not decided yet."""

    decided_on: Public[date]
    half_days: Public[int]
    proposed: Public[bool] = False
    by: Ref[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Incident(Record):
    """What happened around a student, and what followed.

    ``said`` holds exact words alone, ``whose_view`` whose reading ``likely_need`` is. ``account``
    is what the student says about it, or that they would rather not; ``repair`` how it was made
    good. One without ``observed`` stands for a removal that came before the file knew of it.
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
    known = calendar.school_year
    if known is not None and known[0] <= day <= known[1]:
        return known
    first = day.year if day.month >= _JULY else day.year - 1
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

    ``due_on`` is ``None`` where the calendar has too few school days to say so: a deadline in law
    is not guessed.
    """

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
    decisions = sorted(
        ((one.decided_on, place, nth, one.half_days)
         for place, each in enumerate(incidents)
         for nth, one in enumerate(each.imposed)
         if one.half_days),
        key=lambda one: one[:3],
    )  # fmt: skip
    mine = {
        (place, nth)
        for place, each in enumerate(incidents)
        for nth in range(len(each.imposed))
        if each.id == incident.id
    }
    found: list[Determination] = []
    running: dict[tuple[date, date], int] = {}
    for decided_on, place, nth, halves in decisions:
        year = school_year(decided_on, calendar)
        running[year] = running.get(year, 0) + halves
        if running[year] <= 2 * LIMIT_DAYS or (place, nth) not in mine:
            continue
        settled = any(
            review.manifestation is not None and review.on >= decided_on
            for review in incident.reviews
        )
        found.append(Determination(decided_on, _deadline(decided_on, calendar), settled))
    return found


def _deadline(decided_on: date, calendar: Calendar) -> date | None:
    try:
        return calendar.school_days_after(decided_on, SCHOOL_DAYS)
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
    if incident.reviews:
        return "done"
    return "due" if incident.imposed else "none"


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


def review(incident: Incident, made: Review) -> Incident:
    """Add a review.

    Raises:
        Usage: it lies before the incident.
    """
    if made.on < incident.on:
        raise Usage("that is before the incident", fields=["on"])
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
        Refused: it is proposed, and no review of the incident stood by then.
        Usage: it is of no days, and there is no proposal to drop.
    """
    if made.proposed and not any(one.on <= made.decided_on for one in incident.reviews):
        raise Refused(
            "what happened is looked at from what the student went through before anybody "
            "proposes a removal",
            rule="H1",
            hint=f"reintegrate incident review {incident.case} {incident.id} --by SLUG",
        )
    if not made.half_days and (made.proposed or not incident.proposed):
        raise Usage("--days takes half a day or more; 0 drops what was proposed", fields=["days"])
    return dataclasses.replace(incident, removals=(*incident.removals, made))


def dates(incident: Incident, world: World) -> Iterator[Dated]:
    """Give the review that a removal calls for, and by when a determination is due (G7, G8)."""
    case = world.by_ref[incident.case]
    incidents = world.in_case("incidents", Incident, incident.case)
    for decided_on, day, label, command in _due(incident, incidents, case, world.calendar):
        yield world.row(
            incident.case,
            incident.id,
            label=label,
            command=f"reintegrate incident review {case.ref} {incident.id} --by SLUG{command}",
            due_on=day,
            kind="incident",
            sort="law",
            origin=day,
            announced_on=decided_on,
        )


def _due(
    incident: Incident, incidents: Sequence[Incident], case: Case, calendar: Calendar
) -> Iterator[tuple[date, date, str, str]]:
    served = [one.decided_on for one in incident.imposed if one.half_days]
    if served and not incident.reviews:
        yield min(served), min(served), "review of a removal", ""
    for one in determinations(incident, incidents, case, calendar):
        if not one.settled:
            label = (
                "manifestation determination"
                if one.due_on
                else ("manifestation determination, by a day that the calendar cannot tell, since")
            )
            day = one.due_on or one.decided_on
            yield one.decided_on, day, label, " --manifestation yes|no"


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
