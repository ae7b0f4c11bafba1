"""Days out of school, what they lead to, and when (G7, G8).

Removal days are counted within the school year. Above ten, whether the behavior came from the
disability is determined within ten school days of the decision; if it did, the student returns to
the placement, and an assessment and a plan follow. The agenda holds the review of each removal and
these deadlines as clocks of law.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from reintegrate_cli.catalogue import Sort
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import Private, Public, Ref, Value
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.incident.record import (
    Incident,
    LikelyNeed,
    Removal,
    Review,
    ReviewStatus,
    due_reviews,
    lies_before_disclosure,
    review_status,
    revisit_on,
)
from reintegrate_cli.nouns.task.record import RETURN

Warned = Literal["near_limit", "above_limit"]
WARN_DAYS = 8
LIMIT_DAYS = 10
SCHOOL_DAYS = 10
"""How many school days a manifestation determination may take, and what follows from it (G7)."""
_JULY = 7


class IncidentRow(Value, frozen=True, kw_only=True):
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


class Determination(msgspec.Struct, frozen=True):
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
        (
            (one.decided_on, place, number, one)
            for place, each in enumerate(incidents)
            for number, one in enumerate(each.removals, 1)
            if one.half_days and not one.proposed
        ),
        key=lambda one: one[:3],
    )
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
    same = {
        name: getattr(incident, name)
        for name in IncidentRow.__struct_fields__
        if name not in computed
    }
    return IncidentRow(**computed, **same)  # type: ignore[arg-type]


def warned(halves: int) -> Warned | None:
    """Say whether the days out of school come near ten, or above."""
    if halves > 2 * LIMIT_DAYS:
        return "above_limit"
    return "near_limit" if halves >= 2 * WARN_DAYS else None


class FollowUp(msgspec.Struct, frozen=True):
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


def dates(incident: Incident, world: World) -> Iterator[Dated]:
    """Give the review of each removal, and by when a determination is due (G7, G8).

    These are clocks of law. An incident before the disclosure is looked at again, as work.
    """
    case = world.find("cases", incident.case)
    incidents = world.in_case("incidents", incident.case)
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
    yield Event(
        on=incident.on,
        kind="incident",
        what=where,
        case=incident.case,
        id=incident.id,
        by=incident.entered_by or None,
        text=incident.observed or None,
    )
    for one in incident.reviews:
        said = {True: ", from the disability", False: ", not from the disability", None: ""}
        yield Event(
            on=one.on,
            kind="incident",
            what="reviewed" + said[one.manifestation],
            case=incident.case,
            id=incident.id,
            by=one.by,
            text=one.finding,
        )
    for each in incident.removals:
        what = "removal proposed" if each.proposed else "removed"
        told = f"{what}: {days(each.half_days):g} days" if each.half_days else "no removal"
        yield Event(
            on=each.decided_on,
            kind="incident",
            what=told,
            case=incident.case,
            id=incident.id,
            by=each.by or None,
        )
