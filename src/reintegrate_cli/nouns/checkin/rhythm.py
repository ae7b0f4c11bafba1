"""The dates that follow from terms, each worked out from the anchor alone.

No date is worked out from the one before it: the 31st comes back after February, and the
dates around a day are found as quickly a century after the start as a week after it.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal

from reintegrate_cli.core import calendar
from reintegrate_cli.core.calendar import Cadence, Span
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.world import FARTHEST
from reintegrate_cli.nouns.checkin.record import Terms
from reintegrate_cli.nouns.staff.record import WEEKDAYS

DAY = timedelta(days=1)


class Rhythm(msgspec.Struct, frozen=True):
    """The dates of one cadence, counted from one day.

    Args:
        cadence: how often.
        anchor: the date that step 0 falls on.
        day: the day of the month that is wanted, where the cadence counts months and one is.
        first: the first day on which there may be a date.
        end: the day from which there are none.
        window: days around a date in which a contact settles it.
    """

    cadence: Cadence
    anchor: date
    day: int | Literal["last"] | None
    first: date
    end: date
    window: int

    def at(self, step: int) -> date | None:
        """Return the date of a step; nothing beyond the last year there is."""
        try:
            if self.day is not None:
                return calendar.month_day(self.anchor, step * self.cadence.n, self.day)
            return self.cadence.after(self.anchor, step)
        except Usage:
            return None

    def step(self, day: date) -> int:
        """Return the first step that is not before a day."""
        if self.cadence.unit != "m":
            return max(0, -((self.anchor - day).days // self.cadence.days))
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        step = max(0, months // self.cadence.n)
        reached = self.at(step)
        return step if reached is None or reached >= day else step + 1

    def since(self, day: date) -> Iterator[date]:
        """Yield the dates from a day on, the earliest first."""
        step = self.step(max(day, self.first))
        if self.cadence.unit != "m":
            length, end = self.cadence.days, self.end.toordinal()
            for ordinal in range(self.anchor.toordinal() + step * length, end, length):
                yield date.fromordinal(ordinal)
            return
        while (nominal := self.at(step)) is not None and nominal < self.end:
            yield nominal
            step += 1

    def until(self, day: date) -> Iterator[date]:
        """Yield the dates up to a day, the latest first."""
        if self.end <= day:
            day = self.end - DAY
        step = self.step(day)
        if self.at(step) != day:
            step -= 1
        while step >= 0 and (nominal := self.at(step)) is not None and nominal >= self.first:
            yield nominal
            step -= 1

    def has(self, day: date) -> bool:
        """Return whether a day is one of the dates."""
        return self.first <= day < self.end and self.at(self.step(day)) == day


def rhythms(
    terms: Terms, contact: date | None = None, ended_on: date | None = None
) -> tuple[Rhythm, ...]:
    """Return what the dates under some terms follow from: one cadence, or one and a later one.

    Args:
        terms: the cadence and its anchor.
        contact: for terms that count from the last contact, that contact's day; the dates
            then begin one interval after it.
        ended_on: the last day of the schedule, if it ended.
    """
    cadence = calendar.parse_cadence(terms.every)
    if cadence is None:
        return ()
    end = terms.ended_on or date.max
    if ended_on is not None:
        end = min(end, ended_on + DAY)
    later = calendar.parse_cadence(terms.later_every) if terms.later_every else None
    if later is None or terms.later_on is None:
        return (_rhythm(terms, cadence, contact, date.min, end),)
    return (
        _rhythm(terms, cadence, contact, date.min, min(terms.later_on, end)),
        _rhythm(terms, later, contact, terms.later_on, end),
    )


def _rhythm(terms: Terms, cadence: Cadence, contact: date | None, first: date, end: date) -> Rhythm:
    window = cadence.days // 2 if terms.window is None else terms.window
    if contact is not None:
        begins = contact + DAY
        return Rhythm(cadence, contact, None, max(first, begins), end, window)
    first = max(first, terms.starts)
    if terms.day is None:
        return Rhythm(cadence, terms.starts, None, first, end, window)
    if terms.day in WEEKDAYS:
        ahead = (WEEKDAYS.index(terms.day) - terms.starts.weekday()) % 7
        return Rhythm(cadence, terms.starts + timedelta(days=ahead), None, first, end, window)
    day: int | Literal["last"] = "last" if terms.day == "last" else int(terms.day)
    anchor = calendar.month_day(terms.starts, 0, day)
    if anchor < terms.starts:
        anchor = calendar.month_day(terms.starts, 1, day)
    return Rhythm(cadence, anchor, day, first, end, window)


def first_date(terms: Terms) -> date:
    """Return the first date that follows from terms; their start if there is no cadence."""
    days = (next(rhythm.since(date.min), None) for rhythm in rhythms(terms))
    return next((day for day in days if day is not None), terms.starts)


Taken = Callable[[date, date], bool]
"""Says of a nominal date and its due date whether it is open no longer."""


class Run(msgspec.Struct):
    """The dates that follow from some terms, with the day before which all of them are settled.

    Args:
        terms: the terms.
        ended_on: the last day of the schedule, if it ended.
        roll: moves a date to a day on which staff work, where staff chose it.
        rests: the days on which nothing is due.
        rhythms: what the dates follow from; another after a contact that they count from.
        floor: the first day on which one may be open.
        contact: the contact that they count from.
    """

    terms: Terms
    ended_on: date | None
    roll: Callable[[date], date] | None
    rests: tuple[Span, ...]
    rhythms: tuple[Rhythm, ...] = ()
    floor: date = date.min
    contact: date | None = None

    def __post_init__(self) -> None:
        """Begin with the start of the terms."""
        self.rhythms = self.rhythms or rhythms(self.terms, None, self.ended_on)

    def between(self, since: date, upto: date, taken: Taken) -> Iterator[tuple[date, date, int]]:
        """Yield the open dates that are due from one day through another, resting ones too.

        Yields:
            The date that follows from the terms, the one on which it is due, and its window.
        """
        since = max(since, self.floor)
        for rhythm in self.rhythms:
            for nominal in rhythm.since(self._back(since)):
                if nominal > upto:
                    break
                due = self._due(nominal)
                if since <= due <= upto and not taken(nominal, due):
                    yield nominal, due, rhythm.window

    def first_due(self, since: date, taken: Taken) -> date | None:
        """Return the earliest day from one on at which an open date is due that does not rest."""
        days = (self._first(rhythm, max(since, self.floor), taken) for rhythm in self.rhythms)
        return min((day for day in days if day is not None), default=None)

    def _first(self, rhythm: Rhythm, since: date, taken: Taken) -> date | None:
        start: date | None = self._back(since)
        while start is not None:
            dates, start = rhythm.since(start), None
            for nominal in dates:
                due = self._due(nominal)
                rest = [span.end for span in self.rests if due in span]
                if None in rest:
                    return None
                if rest:  # a long rest is left at once, however many dates lie in it
                    start = max(nominal + DAY, self._back(max(end for end in rest if end)))
                    break
                if due >= since and not taken(nominal, due):
                    return due
        return None

    def last_due(self, upto: date, taken: Taken) -> date | None:
        """Return the latest day up to one at which an open date is due that does not rest."""
        days = (self._last(rhythm, upto, taken) for rhythm in self.rhythms)
        return max((day for day in days if day is not None), default=None)

    def _last(self, rhythm: Rhythm, upto: date, taken: Taken) -> date | None:
        start: date | None = upto
        while start is not None:
            dates, start = rhythm.until(start), None
            for nominal in dates:
                due = self._due(nominal)
                if due < self.floor:
                    return None
                rest = [span.start for span in self.rests if due in span]
                if rest:
                    start = min([nominal, *rest]) - DAY
                    break
                if due <= upto and not taken(nominal, due):
                    return due
        return None

    def open_on(self, nominal: date, taken: Taken) -> date | None:
        """Return the day on which a date from the terms is due, if it is one and still open."""
        if not any(rhythm.has(nominal) for rhythm in self.rhythms):
            return None
        due = self._due(nominal)
        return None if due < self.floor or taken(nominal, due) else due

    def nearest(self, day: date, taken: Taken) -> tuple[date, date, int] | None:
        """Return the open date from the terms that lies nearest to a day, the earlier on a tie."""
        near = []
        for rhythm in self.rhythms:
            for dates in (rhythm.since(day), rhythm.until(day - DAY)):
                free = (nominal for nominal in dates if not taken(nominal, self._due(nominal)))
                near += [
                    (nominal, self._due(nominal), rhythm.window)
                    for nominal in [next(free, None)]
                    if nominal
                ]
        return min(near, key=lambda nominal: (abs(nominal[0] - day), nominal[0]), default=None)

    def count_from(self, contact: date) -> bool:
        """Count from a contact, if these dates do so and none is later; say whether they do."""
        terms = self.terms
        if terms.anchor != "last" or not self.rhythms or contact < (self.contact or date.min):
            return False
        if terms.began_on is not None and contact < terms.began_on:
            return False  # these were agreed after it, and count from their own start
        if terms.ended_on is not None and contact >= terms.ended_on:
            return False
        self.rhythms = rhythms(terms, contact, self.ended_on)
        self.contact, self.floor = contact, date.min
        return True

    def holds(self, nominal: date) -> bool:
        """Return whether a date is one of those that these terms are in force for."""
        begun, ended = self.terms.began_on or date.min, self.terms.ended_on or date.max
        return begun <= nominal < ended

    def _due(self, nominal: date) -> date:
        return nominal if self.roll is None else self.roll(nominal)

    def _back(self, day: date) -> date:
        """Return the first day whose date may be due on a day, or later."""
        rolls = self.roll is not None and day - date.min > FARTHEST
        return day - FARTHEST if rolls else day
