"""When somebody looks at a placement again: 30, 60 and 90 days after, and in the light of what
became known since (clauses 11 and 14, rule G6).

Each of these is a row of the agenda until a review is entered. A review counts for every look
that was due by then or within the week after it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from reintegrate_cli.core.dates import days_after
from reintegrate_cli.core.records import row_of
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.placement.record import Placement, PlacementRow, events, status

LOOKS_DAYS: Final = (30, 60, 90)
EARLY_DAYS: Final = 7
"""How many days ahead of a look a review settles it."""
RECONSIDER_DAYS: Final = 14
"""How long after it is known that a move lies before the disclosure it is looked at (clause 14)."""
REVIEW_DAYS: Final = 30
GRADING_DAYS: Final = 63
"""The first review is proposed after 30 days, then one each grading period of nine weeks."""

__all__ = ["dates", "events"]


def looks(placement: Placement) -> list[date]:
    """Return the days on which a move is looked at; of one that was entered late, those to come."""
    if not placement.leads_out or not placement.is_made or placement.starts_on is None:
        return []
    days = [days_after(placement.starts_on, days) for days in LOOKS_DAYS]
    return [day for day in days if day >= (placement.recorded_on or day)]


def is_settled(placement: Placement, day: date) -> bool:
    """Return whether a look that is due on a day was taken."""
    return any(days_after(look.on, EARLY_DAYS) >= day for look in placement.looks)


def looks_done(placement: Placement) -> int:
    """Return how many of the looks 30, 60 and 90 days after a move were taken."""
    if not placement.leads_out or placement.starts_on is None:
        return 0
    days = (days_after(placement.starts_on, days) for days in LOOKS_DAYS)
    return sum(is_settled(placement, day) for day in days)


def lies_before_disclosure(placement: Placement, case: Case) -> bool:
    """Return whether a move was made before it was known what happened to the student (G6)."""
    if not placement.is_made or not placement.leads_out or placement.starts_on is None:
        return False
    if case.identified_on is not None:
        return placement.starts_on < case.identified_on
    return placement.known_at_time == "no"


def reconsider_on(placement: Placement, case: Case) -> date | None:
    """Return the day by which such a move is thought over again; nothing if it was since (G6)."""
    if not lies_before_disclosure(placement, case) or placement.ended_on is not None:
        return None
    known = [case.identified_known_on, placement.recorded_on, placement.decided_on]
    known_on = max(day for day in known if day is not None)
    since = case.identified_on or known_on
    if any(look.on >= since for look in placement.looks):
        return None
    return days_after(known_on, RECONSIDER_DAYS)


def dates(placement: Placement, world: World) -> Iterator[Dated]:
    """Yield the next review, the looks that are still to come, and what is to be reconsidered."""
    if not placement.is_made or placement.ended_on is not None:
        return
    case = world.find("cases", placement.case)
    view = f"reintegrate placement review {placement.case} {placement.id}"

    def due(nth: int, label: str, day: date) -> Dated:
        return world.row(
            placement.case,
            placement.id,
            label=label,
            command=view,
            due_on=day,
            kind="placement",
            origin=day,
            nth=nth,
        )

    if placement.review_on is not None:
        yield due(0, "placement review", placement.review_on)
    for nth, day in enumerate(looks(placement), 1):
        if day != placement.review_on and not is_settled(placement, day):
            yield due(nth, f"placement, {30 * nth} days on", day)
    again_on = reconsider_on(placement, case)
    if again_on is not None:
        yield due(len(LOOKS_DAYS) + 1, "reconsider a move before disclosure", again_on)


def row(placement: Placement, today: date) -> PlacementRow:
    """Return a placement as it stands on a day."""
    return row_of(
        PlacementRow,
        placement,
        status=status(placement, today),
        looks_done=looks_done(placement),
        enrolled="pending" if placement.is_disputed else None,
    )
