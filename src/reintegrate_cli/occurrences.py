"""What is due: worked out each time, from what was agreed and what happened.

Nothing here is stored, so that neither the order of entry nor a cron run that never came
can change it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from reintegrate_cli import calendar
from reintegrate_cli.calendar import Cadence, Calendar
from reintegrate_cli.cases import Span
from reintegrate_cli.checkins import SETTLING, CheckIn, Outcome, Schedule, Terms
from reintegrate_cli.errors import Missing, Refused
from reintegrate_cli.records import number_of
from reintegrate_cli.staff import WEEKDAYS


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a schedule, and what became of it.

    ``nominal`` is the date that follows from the terms; ``due_on`` the one it was given.
    ``outcome`` is nothing while it is unsettled and nobody tried.
    """

    nominal: date
    due_on: date
    window: int = 0
    outcome: Outcome | None = None
    happened_on: date | None = None
    settled: bool = False
    booked: bool = False
    also: tuple[date, ...] = ()
    """Other nominal dates that were moved to the same day, and are met with this one."""

    def answers_to(self, day: date) -> bool:
        """Say whether a date that followed from the terms is this one."""
        return day == self.nominal or day in self.also


@dataclass(frozen=True, slots=True)
class Ground:
    """What a schedule's dates depend on besides itself.

    Args:
        calendar: closures and the school year.
        rests: spans in which the case is paused.
        working_day: moves a date that no student chose to a day on which staff work.
    """

    calendar: Calendar
    rests: tuple[Span, ...] = ()
    working_day: Callable[[date], date] | None = None


def spans(schedule: Schedule, ground: Ground) -> tuple[Span, ...]:
    """List the days on which the schedule rests, its own pauses and the case's."""
    own = tuple(Span(pause.on, pause.until) for pause in schedule.pauses)
    return own + ground.rests


def nominal_dates(terms: Terms, contact: date | None = None) -> Iterator[date]:
    """Give the dates that follow from the terms, in order, without an end.

    Every date is computed from the anchor (start or contact), never from the date before
    it, so that the 31st comes back after February.

    Args:
        terms: the cadence and its anchor.
        contact: for terms anchored to the last contact, that contact's day; the dates
            then begin one interval after it.
    """
    cadence = calendar.parse_cadence(terms.every)
    if cadence is None:
        return
    later = calendar.parse_cadence(terms.later_every) if terms.later_every else None
    dates = _dates(terms, cadence, contact)
    if later is None or terms.later_on is None:
        yield from dates
        return
    for day in dates:
        if day >= terms.later_on:
            break
        yield day
    yield from (day for day in _dates(terms, later, contact) if day >= terms.later_on)


def _dates(terms: Terms, cadence: Cadence, contact: date | None) -> Iterator[date]:
    anchor = terms.starts if contact is None else contact
    if terms.day is not None and contact is None:
        yield from _on_days(terms.starts, cadence, terms.day)
        return
    for step in count(0 if contact is None else 1):
        yield cadence.after(anchor, step)


def _on_days(starts: date, cadence: Cadence, day: str) -> Iterator[date]:
    if day in WEEKDAYS:
        first = starts + timedelta(days=(WEEKDAYS.index(day) - starts.weekday()) % 7)
        yield from (cadence.after(first, step) for step in count())
        return
    wanted = "last" if day == "last" else int(day)
    months = (calendar.month_day(starts, step, wanted) for step in count())
    fitting = (found for found in months if found >= starts)
    first = next(fitting)
    ahead = (first.year - starts.year) * 12 + first.month - starts.month
    yield from (calendar.month_day(starts, ahead + step * cadence.n, wanted) for step in count())


def occurrences(
    schedule: Schedule, events: Iterable[CheckIn], ground: Ground, *, upto: date
) -> list[Occurrence]:
    """Derive every occurrence through ``upto``, and the first unsettled one in any case.

    The facts are laid over the dates day by day, in the order in which they happened; in
    which order they were entered makes no difference.

    Args:
        schedule: the schedule.
        events: all that happened with it.
        ground: the calendar, the pauses of the case, and staff working days.
        upto: the last day that is wanted, inclusive.
    """
    mine = sorted((event for event in events if event.schedule == schedule.id), key=_by_day)
    line = _Line(schedule, mine, ground, upto)
    for event in mine:
        if event.outcome in SETTLING:
            line.settle(event)
        elif event.outcome == "moved":
            line.move(event)
        else:
            line.remark(event)
    return line.result()


# On one day, what was met comes first, and what was agreed for later comes last.
_ORDER = {"done": 0, "declined": 1, "cancelled": 2, "attempted": 3, "missed": 4, "moved": 5}


def _by_day(event: CheckIn) -> tuple[date, int, int]:
    # Only moves look at which was entered first: the last word on a date holds.
    entered = number_of(event.id) if event.outcome == "moved" else 0
    return event.happened_on, _ORDER[event.outcome], entered


class _Line:
    """The dates of one schedule while the facts are laid over them."""

    def __init__(
        self, schedule: Schedule, events: Sequence[CheckIn], ground: Ground, upto: date
    ) -> None:
        self.schedule = schedule
        self.rests = spans(schedule, ground)
        ends = [rest.start for rest in self.rests if rest.end is None]
        self.rests_from = min(ends, default=date.max)
        self.roll = None if schedule.is_theirs else ground.working_day
        named = [
            day for event in events for day in (event.happened_on, event.due_on, event.to) if day
        ]
        widest = max(terms.window_on(upto) for terms in (*schedule.former, schedule.terms))
        self.horizon = max(upto, *named, upto) + timedelta(days=widest)
        # Each settling event may take one date from beyond the horizon.
        self.spare = 2 + len(events)
        self.past: list[Occurrence] = []
        self.open: list[Occurrence] = []
        for terms in (*schedule.former, schedule.terms):
            self.open += self._laid(terms, None)
        self._tidy()

    def _laid(self, terms: Terms, contact: date | None) -> list[Occurrence]:
        """Lay out the dates that follow from terms, counted from a contact or from their start."""
        laid: list[Occurrence] = []
        beyond = 0
        for day in nominal_dates(terms, contact):
            if terms.ended_on is not None and day >= terms.ended_on:
                break
            if self.schedule.ended_on is not None and day > self.schedule.ended_on:
                break
            due = day if self.roll is None else self.roll(day)
            laid.append(Occurrence(day, due, terms.window_on(day)))
            if day > self.horizon:
                beyond += not self._rests(due)
                if beyond >= self.spare or day >= self.rests_from:
                    break
        return laid

    def _rests(self, day: date) -> bool:
        return any(day in rest for rest in self.rests)

    def _tidy(self) -> None:
        """Put the open dates in order, and make one of those that fall on one day."""
        byday: dict[date, Occurrence] = {}
        for one in sorted(self.open, key=lambda one: (one.due_on, one.nominal)):
            first = byday.get(one.due_on)
            byday[one.due_on] = one if first is None else dataclasses.replace(
                first, also=(*first.also, one.nominal, *one.also), booked=first.booked or one.booked
            )  # fmt: skip
        settled = {one.due_on for one in self.past}
        self.open = [one for day, one in byday.items() if one.booked or day not in settled]

    def _awake(self) -> list[Occurrence]:
        return [one for one in self.open if not self._rests(one.due_on)]

    def _target(self, event: CheckIn) -> Occurrence | None:
        """Find the date that an event is about.

        The one it names; else the nearest within the window, the earlier on a tie; else
        the last one before it; else, for anything but a contact, the next.
        """
        awake = self._awake()
        day = event.happened_on
        if event.due_on is not None:
            named = [one for one in awake if one.answers_to(event.due_on)]
            if named:
                return named[0]
        near = [one for one in awake if abs((one.due_on - day).days) <= one.window]
        if near:
            return min(near, key=lambda one: (abs(one.due_on - day), one.due_on))
        before = [one for one in awake if one.due_on <= day]
        if before:
            return before[-1]
        return awake[0] if awake and event.outcome != "done" else None

    def settle(self, event: CheckIn) -> None:
        """Lay a contact, a decline or a cancellation over the open dates."""
        target = self._target(event)
        if target is not None:
            # A contact settles all before its date; what was only called off ahead of time
            # leaves alone what is still to come before that.
            last = target.due_on if event.outcome == "done" else event.happened_on
            over = [one for one in self.open
                    if one.due_on < target.due_on and one.due_on <= last]  # fmt: skip
            for one in over:
                if not self._rests(one.due_on):
                    self.past.append(dataclasses.replace(one, outcome="missed", settled=True))
            met = dataclasses.replace(
                target, outcome=event.outcome, happened_on=event.happened_on, settled=True
            )
            self.past.append(met)
            self.open = [one for one in self.open if one not in over and one != target]
        if event.outcome == "done":
            self._count_from(event.happened_on)

    def _count_from(self, contact: date) -> None:
        """Lay out again what counts from the last contact; what was booked ahead holds."""
        for terms in (*self.schedule.former, self.schedule.terms):
            if terms.anchor != "last" or terms.every == "none":
                continue
            if terms.began_on is not None and contact < terms.began_on:
                continue  # these were agreed after it, and count from their own start
            if terms.ended_on is not None and contact >= terms.ended_on:
                continue
            begun, ended = terms.began_on or date.min, terms.ended_on or date.max
            mine = [one for one in self.open if begun <= one.nominal < ended]
            fresh = self._laid(terms, contact)
            for one in mine:
                if one.booked and one.due_on > contact:
                    fresh = _booked(fresh, one)
            self.open = [one for one in self.open if one not in mine] + fresh
        self._tidy()

    def move(self, event: CheckIn) -> None:
        """Give a date another day, or book one where there is no cadence."""
        if event.to is None:
            return
        named = [one for one in self.open if event.due_on and one.answers_to(event.due_on)]
        if named:
            moved = dataclasses.replace(named[0], due_on=event.to, booked=True)
            self.open = [one for one in self.open if one != named[0]] + [moved]
        elif event.due_on is None:
            self.open.append(Occurrence(event.to, event.to, booked=True))
        elif self.schedule.terms.anchor == "last" and not any(
            one.answers_to(event.due_on) for one in self.past
        ):
            # A contact entered late shifted the dates; what was promised still holds.
            self.open = _booked(self.open, Occurrence(event.due_on, event.to))
        self._tidy()

    def remark(self, event: CheckIn) -> None:
        """Note an attempt or a miss beside its date, which stays unsettled."""
        target = self._target(event)
        if target is not None:
            noted = dataclasses.replace(
                target, outcome=event.outcome, happened_on=event.happened_on
            )
            self.open = [noted if one == target else one for one in self.open]

    def result(self) -> list[Occurrence]:
        """Give what is settled, then what is open, in the order of the dates."""
        return sorted(self.past, key=lambda one: one.due_on) + self._awake()


def _booked(laid: list[Occurrence], booking: Occurrence) -> list[Occurrence]:
    """Let a booking take the place of the nearest date that is not booked itself."""
    free = [one for one in laid if not one.booked]
    if not free:
        return laid
    nearest = min(free, key=lambda one: (abs(one.nominal - booking.nominal), one.nominal))
    taken = dataclasses.replace(nearest, due_on=booking.due_on, booked=True)
    return [taken if one == nearest else one for one in laid]


def earliest_unsettled(found: Iterable[Occurrence]) -> Occurrence | None:
    """Give the first date that nothing settled yet, past or not."""
    return next((one for one in found if not one.settled), None)


def is_closed(schedule: Schedule, day: date, ground: Ground) -> bool:
    """Say whether nobody can be met on a day: a weekend or a closure (E2)."""
    return ground.calendar.is_closed(day, chosen_weekday=schedule.chosen_weekday)


def next_on(schedule: Schedule, found: Iterable[Occurrence], ground: Ground) -> date | None:
    """Give the next date to show: nothing where it falls on a closed day (E2)."""
    first = earliest_unsettled(found)
    if first is None or is_closed(schedule, first.due_on, ground):
        return None
    return first.due_on


def check_open(schedule: Schedule, day: date, ground: Ground) -> None:
    """Refuse to book a closed day, naming the nearest open ones.

    Raises:
        Refused: the day is closed (E2: a date is never moved silently; whom it is agreed
            with chooses another).
    """
    if is_closed(schedule, day, ground):
        nearest = ground.calendar.nearest_open(day, chosen_weekday=schedule.chosen_weekday)
        named = " or ".join(f"{calendar.short_date(one)} ({one.isoformat()})" for one in nearest)
        raise Refused(
            f"{calendar.short_date(day)} is a closed day",
            rule="E2",
            hint=f"the nearest open days are {named}; ask which one suits",
        )


def find_due(found: Iterable[Occurrence], day: date) -> Occurrence:
    """Find the unsettled occurrence that has, or first had, a date.

    Raises:
        Missing: there is none.
    """
    open_ones = [one for one in found if not one.settled]
    for one in open_ones:
        if day == one.due_on or one.answers_to(day):
            return one
    dates = ", ".join(one.due_on.isoformat() for one in open_ones[:3])
    raise Missing(f"nothing is due on {day.isoformat()}",
                  hint=f"the next dates are {dates}" if dates else "")  # fmt: skip


def bookings(found: Iterable[Occurrence], day: date) -> list[date | None]:
    """Name the dates that a chosen next date stands for.

    Choosing a date moves the next occurrence to it, and with it those that would have come
    before: the student asked to be met then, and not sooner. Nothing at all (one ``None``)
    for a schedule without a cadence.
    """
    upcoming = [one for one in found if not one.settled]
    if not upcoming:
        return [None]
    return [upcoming[0].nominal, *(one.nominal for one in upcoming[1:] if one.due_on <= day)]
