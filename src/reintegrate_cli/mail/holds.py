"""Holds: what stands of the agenda in somebody's calendar, as time that is taken.

A calendar is read by others: those it is shared with, and anyone who sees the lock screen of a
phone. A hold is a random number and a time, and nothing else. What the vault remembers of
it is whose calendar it lies in and which date it stands for, so that the next export moves
it or takes it back.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, tzinfo

from reintegrate_cli.core.calendar import minutes
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Record, Ref, Slug
from reintegrate_cli.core.rows import Item

HALF_HOUR = 30
_LAST_START = 24 * 60 - HALF_HOUR


class Hold(Record, frozen=True, kw_only=True):
    """A date that was exported, by the name that it keeps when it moves.

    Each person has holds of their own, since a cancellation must reach the calendar that
    the hold lies in.
    """

    id: Ref[str]
    by: Ref[Slug]
    case: Ref[str | None] = None
    uid: Public[str]
    due_on: Public[date]
    starts: Public[str]
    """As it was exported: a date, or a time in UTC, on the half hour."""
    sequence: Public[int] = 0
    cancelled: Public[bool] = False

    dated = "due_on"


def record_of(name: str) -> str:
    """Return the id of the record that a hold stands for, without its case, place and day."""
    return name.partition("@")[0].rstrip("+").rpartition("/")[2].partition(".")[0]


def begins(item: Item, zone: tzinfo | None) -> str:
    """Return when the hold of an item begins: to the half hour, or the whole day.

    Args:
        item: the item; one that asks for another date has a day, and no time that holds.
        zone: the district's; ``None`` is the system's.
    """
    if item.at is None or item.kind == "schedule":
        return item.due_on.isoformat()
    nearest = (minutes(item.at) + HALF_HOUR // 2) // HALF_HOUR * HALF_HOUR
    # Just before midnight the nearest half hour is another day's.
    hour, minute = divmod(min(nearest, _LAST_START), 60)
    local = datetime.combine(item.due_on, time(hour, minute), zone)
    # In UTC, because the name of a zone is a place.
    return local.astimezone(UTC).isoformat()


def plan(
    shown: Mapping[str, Item],
    standing: Mapping[str, Item],
    former: Iterable[Hold],
    *,
    by: str,
    today: date,
    zone: tzinfo | None,
    new_uid: Callable[[], str],
) -> list[Hold]:
    """Work out what an export says: the holds shown, and those that are taken back.

    A hold that was exported keeps its number, and is raised in sequence when its date moved.
    One with nothing left at its time is cancelled. What was moved or cancelled is said in every
    export until its day has passed: nobody knows which of the files was imported. One that never
    changed and is merely outside what is shown is left alone, and so is what lies in the past: it
    may well have taken place.

    Args:
        shown: what the agenda shows, by name.
        standing: every unsettled date there is, as far as any hold reaches, by name.
        former: what this person exported before.
        by: the person's slug.
        today: the day of the agenda.
        zone: the district's zone.
        new_uid: makes a random number.

    Returns:
        In the order of their times; a hold that did not change is the very one that is kept.
    """
    known = {hold.id: hold for hold in former}
    holds = [
        _held(name, item, known.get(name), begins(item, zone), by=by, new_uid=new_uid)
        for name, item in shown.items()
    ]
    for hold in known.values():
        if hold.id in shown or hold.due_on < today:
            continue
        item = standing.get(hold.id)
        if item is None or begins(item, zone) != hold.starts:
            holds.append(_cancelled(hold))
        elif hold.sequence:
            holds.append(hold)
    # By the random number where times are the same: no order tells whose they are.
    return sorted(holds, key=lambda hold: (hold.starts, hold.uid))


def _cancelled(hold: Hold) -> Hold:
    if hold.cancelled:
        return hold
    return replace(hold, cancelled=True, sequence=hold.sequence + 1)


def _held(
    name: str, item: Item, former: Hold | None, starts: str, *, by: str, new_uid: Callable[[], str]
) -> Hold:
    if former is None:
        return Hold(
            id=name, by=Slug(by), case=item.case, uid=new_uid(), due_on=item.due_on, starts=starts
        )
    if former.starts == starts and not former.cancelled:
        return former
    return replace(
        former, due_on=item.due_on, starts=starts, sequence=former.sequence + 1, cancelled=False
    )
