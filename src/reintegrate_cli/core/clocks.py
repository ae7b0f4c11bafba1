"""Ages, judged by more than one reading of the clock.

A clock that was once at 2036 must lose nothing, and silence nothing for ten years. So the age
of a mail, a copy or a record is never one reading less another: the vault's own entries, in
the order in which they were written, are witnesses of what the clock says now. What no clock
that was right can have dated is an anomaly: it is named and stepped over, it closes nothing
and expires nothing.

Pure rules over days and moments; who calls them brings the readings.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, TypeVar

A_DAY = timedelta(days=1)
UNWITNESSED = timedelta(days=7)
"""How long time is believed to have gone on while nobody wrote to the vault."""

Day = TypeVar("Day", date, datetime)


def is_anomaly(dated: Day, *, now: Day, last: Day | None = None) -> bool:
    """Return whether something carries a date that no clock that was right can have given it.

    Args:
        dated: its day, or its moment.
        now: what this machine's clock says.
        last: the vault's own last entry before this one, where it is known.
    """
    return dated > now or (last is not None and dated > last + A_DAY)


def believed(now: datetime, readings: Iterable[datetime]) -> datetime:
    """Return the moment by which ages are judged: now, as far as other readings bear it out.

    A reading that a later one contradicts says nothing. Past the last one that is sure, time
    is believed to have gone on for a week; a longer leap is believed once two readings beyond
    it lie a day apart, since a clock that was wrong once is put right within the day.

    Args:
        now: what this machine's clock says.
        readings: the moments of the vault's entries, in the order of their writing.
    """
    sound = _uncontradicted([*readings, now])
    sure, beyond = sound[0], None
    for reading in sound[1:]:
        if beyond is not None and reading - beyond >= A_DAY:
            sure, beyond = beyond, None
        if reading - sure <= UNWITNESSED:
            sure, beyond = reading, None
        elif beyond is None:
            beyond = reading
    return min(now, sure + UNWITNESSED)


def unwitnessed_days(now: datetime, readings: Iterable[datetime]) -> int:
    """Count the days since the last reading that is sure, where the clock alone says that they
    went by; nought where ages are judged by now.
    """
    judged = believed(now, readings)
    return (now - judged + UNWITNESSED).days if now - judged > A_DAY else 0


def _uncontradicted(readings: Sequence[datetime]) -> list[datetime]:
    """Keep the readings after which none lies more than a day earlier, none of them falling."""
    earliest, sound = readings[-1], []
    for reading in reversed(readings):
        if reading <= earliest + A_DAY:
            earliest = min(earliest, reading)
            sound.append(earliest)
    return sound[::-1]


class StepBack(NamedTuple):
    """A place in the order of readings where the clock went back: the clock was wrong there."""

    at: int
    """The number of the reading that is earlier than the one before it."""
    days: int


def steps_back(readings: Sequence[datetime]) -> list[StepBack]:
    """List where the clock went back by more than a day, so that it can be named."""
    return [
        StepBack(at, (former - later).days)
        for at, (former, later) in enumerate(pairwise(readings), 1)
        if former - later > A_DAY
    ]
