"""Days out of school, what they lead to, and when (G7, G8).

Removal days are counted within the school year. Above ten, whether the behavior came from the
disability is determined within ten school days of the decision; if it did, the student returns to
the placement, and an assessment and a plan follow. The agenda holds the review of each removal and
these deadlines as clocks of law.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Literal

from reintegrate_cli.catalogue import Sort
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import Public, row_of
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.incident.record import (
    Incident,
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


class IncidentRow(Incident, frozen=True, kw_only=True):
    """An incident with the days that count, in all of its school year, and what is due.

    ``before_disclosure`` says that it lies before the day on which the trafficking became known.
    """

    removal_days: Public[float]
    proposed_days: Public[float]
    total_removal_days: Public[float]
    warning: Public[Warned | None]
    review_status: Public[ReviewStatus]
    reviewed_on: Public[date | None]
    before_disclosure: Public[bool]
    manifestation_due_on: Public[date | None]
    manifestation: Public[bool | None]

    @property
    def status(self) -> str:
        """The status of its review, under the name that filters use."""
        return self.review_status


def days(halves: int) -> float:
    """Return days as a person writes them: whole if they are."""
    return halves // 2 if halves % 2 == 0 else halves / 2


def school_year(day: date, calendar: Calendar) -> tuple[date, date]:
    """Return the first and last day of the school year that a day counts in.

    The district's own if it is known and holds the day; else from July through June.
    """
    known = calendar.year_of(day)
    if known is not None:
        return known
    first = day.year if day.month >= _JULY else day.year - 1
    first = min(max(first, date.min.year), date.max.year - 1)
    return date(first, _JULY, 1), date(first + 1, _JULY - 1, 30)


def counted(incidents: Iterable[Incident], day: date, calendar: Calendar) -> int:
    """Return the half days out of school in the school year of a day, over all incidents."""
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
    """Return the decisions after which a manifestation determination is due (G7, G8).

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
            (removal.decided_on, place, number, removal)
            for place, each in enumerate(incidents)
            for number, removal in enumerate(each.removals, 1)
            if removal.half_days and not removal.proposed
        ),
        key=lambda counted: counted[:3],
    )
    mine = next((place for place, each in enumerate(incidents) if each.id == incident.id), None)
    settled_on = max(
        (review.on for review in incident.reviews if review.manifestation is not None),
        default=date.min,
    )
    due: list[Determination] = []
    running: dict[tuple[date, date], int] = defaultdict(int)
    for decided_on, place, number, removal in counting:
        year = school_year(decided_on, calendar)
        running[year] += removal.half_days
        if running[year] > 2 * LIMIT_DAYS and place == mine:
            due_on = removal.tenth_school_day or school_day(decided_on, calendar)
            due.append(Determination(number, decided_on, due_on, decided_on <= settled_on))
    return due


def school_day(day: date, calendar: Calendar, nth: int = SCHOOL_DAYS) -> date | None:
    """Return the nth school day after a day; nothing if the calendar has too few to say so.

    The tenth after a decision is that by which it is determined whether the behavior came from a
    disability (G7).
    """
    try:
        return calendar.school_days_after(day, nth)
    except Settings:
        return None


def row(
    incident: Incident, incidents: Sequence[Incident], case: Case, calendar: Calendar
) -> IncidentRow:
    """Return an incident with the days that count, and what is due."""
    last = max((removal.decided_on for removal in incident.imposed), default=incident.on)
    total = counted(incidents, last, calendar)
    clocks = determinations(incident, incidents, case, calendar)
    due = [each.due_on for each in clocks if each.due_on]
    waiting = [each.due_on for each in clocks if each.due_on and not each.settled]
    said = [review.manifestation for review in incident.reviews]
    return row_of(
        IncidentRow,
        incident,
        removal_days=days(sum(removal.half_days for removal in incident.imposed)),
        proposed_days=days(sum(removal.half_days for removal in incident.proposed)),
        total_removal_days=days(total),
        warning=warned(total),
        review_status=review_status(incident, case),
        reviewed_on=max((review.on for review in incident.reviews), default=None),
        before_disclosure=lies_before_disclosure(incident, case),
        manifestation_due_on=min(waiting, default=max(due, default=None)),
        manifestation=next((answer for answer in reversed(said) if answer is not None), None),
    )


def warned(halves: int) -> Warned | None:
    """Return whether the days out of school come near ten, or above."""
    if halves > 2 * LIMIT_DAYS:
        return "above_limit"
    return "near_limit" if halves >= 2 * WARN_DAYS else None


def follow_ups(incident: Incident, on: date, calendar: Calendar) -> Iterator[tuple[str, str, date]]:
    """Yield what follows when the behavior came from the disability (G7).

    Each is what it is about, the text of a task, and its day. The student returns to the placement
    on the next school day; an assessment of the behavior and a plan follow within ten. If the
    calendar has too few school days to tell, each is due at once: a deadline in law is not guessed.
    """
    for about, text, count in (
        (RETURN, "return to the placement, unless the parents and the school agree otherwise", 1),
        ("assessment", "functional behavioral assessment (FBA)", SCHOOL_DAYS),
        ("behavior_plan", "behavior intervention plan (BIP), made or changed", SCHOOL_DAYS),
    ):
        yield f"{about}/{incident.id}", text, school_day(on, calendar, count) or on


def dates(incident: Incident, world: World) -> Iterator[Dated]:
    """Yield the review of each removal, and by when a determination is due (G7, G8).

    These are clocks of law. An incident before the disclosure is looked at again, as work.
    """
    case = world.find("cases", incident.case)
    incidents = world.in_case("incidents", incident.case)
    several = len(incident.removals) > 1

    def due(
        nth: int, label: str, due_on: date, since: date, option: str = "", sort: Sort = "law"
    ) -> Dated:
        which = f".{nth}" if several and nth else ""
        command = f"reintegrate incident review {case.ref} {incident.id}{which} --by SLUG{option}"
        return world.row(
            incident.case,
            incident.id,
            label=label,
            command=command,
            due_on=due_on,
            kind="incident",
            sort=sort,
            origin=due_on,
            announced_on=since,
            nth=nth if several else 0,
        )

    for waiting in due_reviews(incident):
        yield due(waiting.number, "review of a removal", waiting.decided_on, waiting.decided_on)
    for each in determinations(incident, incidents, case, world.calendar):
        if not each.settled:
            label = "manifestation determination"
            if each.due_on is None:
                label += ", by a day that the calendar cannot tell, since"
            day, since = each.due_on or each.decided_on, each.decided_on
            yield due(each.number, label, day, since, " --manifestation yes|no")
    again_on = revisit_on(incident, case)
    if again_on is not None:
        label = "look again at an incident before the disclosure"
        yield due(0, label, again_on, again_on, sort="work")


def events(incident: Incident) -> Iterator[Event]:
    """Yield what was seen, how it was looked at, and what was decided."""
    event = partial(event_of, incident, "incident")
    where = f"at {incident.place}" if incident.place else "happened"
    yield event(incident.on, where, by=incident.entered_by, text=incident.observed)
    said = {True: ", from the disability", False: ", not from the disability", None: ""}
    for review in incident.reviews:
        what = "reviewed" + said[review.manifestation]
        yield event(review.on, what, by=review.by, text=review.finding)
    for removal in incident.removals:
        what = "removal proposed" if removal.proposed else "removed"
        told = f"{what}: {days(removal.half_days):g} days" if removal.half_days else "no removal"
        yield event(removal.decided_on, told, by=removal.by)
