"""Dates of a schedule as they stand, and the facts that are kept of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import Calendar, Span
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.nouns.checkin.record import CheckIn, Fixed, Outcome, Schedule
from reintegrate_cli.nouns.checkin.rhythm import DAY, Run, Taken

if TYPE_CHECKING:
    from reintegrate_cli.core.working import Hands


class Occurrence(msgspec.Struct, frozen=True):
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
    at: str | None = None
    """The time of day, where this date was given one of its own."""
    also: tuple[date, ...] = ()
    """Other nominal dates that were moved to the same day, and are met with this one."""

    @property
    def names(self) -> tuple[date, ...]:
        """The dates from the terms that are this one."""
        return (self.nominal, *self.also)

    def answers_to(self, day: date) -> bool:
        """Return whether a date that followed from the terms is this one."""
        return day == self.nominal or day in self.also


class Ground(msgspec.Struct, frozen=True):
    """What a schedule's dates depend on besides itself.

    Args:
        calendar: closures and the school years.
        rests: spans in which nothing is due, such as those in which the case is paused or closed.
        hands: those who meet, if dates that neither the student nor a caregiver chose move to
            the days on which they work.
    """

    calendar: Calendar
    rests: tuple[Span, ...] = ()
    hands: "Hands | None" = None


def spans(schedule: Schedule, ground: Ground) -> tuple[Span, ...]:
    """List the days on which the schedule rests, its own pauses and the case's."""
    return tuple(Span(pause.on, pause.until) for pause in schedule.pauses) + ground.rests


class Stretch(msgspec.Struct, frozen=True):
    """Dates about which nothing was recorded, listed when somebody asks for them."""

    runs: tuple[Run, ...]
    before: date
    names: frozenset[date]
    """Dates from the terms that are none of these."""
    days: frozenset[date]
    """Days on which none of these is due."""
    repeated: tuple[Fixed, ...]
    """What was passed over before."""
    rests: tuple[Span, ...]

    def between(self, since: date, upto: date) -> list[Occurrence]:
        """List those that were due from one day through another."""
        occurrences = grouped(self.runs, (), since, min(upto, self.before - DAY), self.is_taken)
        return [
            replace(occurrence, outcome="unrecorded", settled=True)
            for occurrence in occurrences
            if not any(occurrence.due_on in rest for rest in self.rests)
        ]

    def is_taken(self, nominal: date, due: date) -> bool:
        """Return whether a date is none of these."""
        return nominal in self.names or due in self.days or is_among(due, self.repeated)


class Effect(msgspec.Struct, frozen=True):
    """What one check-in did to the dates.

    Args:
        target: the date that it settled, or that it only marked; absent if there was none.
        passed: other dates that it settled, each of which was marked or booked before.
        stretch: what else it settled.
    """

    target: Occurrence | None = None
    passed: tuple[Occurrence, ...] = ()
    stretch: Stretch | None = None


def grouped(
    runs: Iterable[Run], moved: Iterable[Occurrence], since: date, upto: date, taken: Taken
) -> Iterator[Occurrence]:
    """Yield the open dates of some days in order, those that fall on one day as one."""
    byday: dict[date, list[Occurrence]] = defaultdict(list)
    for run in runs:
        for nominal, due, window in run.between(since, upto, taken):
            byday[due].append(Occurrence(nominal, due, window))
    for occurrence in moved:
        if since <= occurrence.due_on <= upto:
            byday[occurrence.due_on].append(occurrence)
    for due in sorted(byday):
        first, *others = sorted(byday[due], key=lambda occurrence: occurrence.nominal)
        if others:
            first = replace(
                first,
                also=(*first.also, *(name for occurrence in others for name in occurrence.names)),
                booked=any(occurrence.booked for occurrence in (first, *others)),
                at=next((occurrence.at for occurrence in (first, *others) if occurrence.at), None),
            )
        yield first


def facts(effect: Effect) -> Iterator[Fixed]:
    """Yield what a check-in did, in a form that is kept: its own date first."""
    for occurrence in (*([effect.target] if effect.target else ()), *effect.passed):
        yield Fixed(
            on=occurrence.nominal,
            due_on=occurrence.due_on,
            outcome=occurrence.outcome or "unrecorded",
            happened_on=occurrence.happened_on,
            also=occurrence.also,
        )
    if effect.stretch is not None:
        yield from _repeated(effect.stretch.between(date.min, date.max))


def _repeated(occurrences: Sequence[Occurrence]) -> Iterator[Fixed]:
    """Yield dates that lie equally far apart, however many they are."""
    place = 0
    while place < len(occurrences):
        first, times = occurrences[place], 1
        step = (
            (occurrences[place + 1].due_on - first.due_on).days
            if place + 1 < len(occurrences)
            else 0
        )
        while (
            place + times < len(occurrences)
            and _is_plain(first)
            and _is_plain(occurrences[place + times])
            and (occurrences[place + times].due_on - occurrences[place + times - 1].due_on).days
            == step
        ):
            times += 1
        yield Fixed(
            on=first.nominal,
            due_on=first.due_on,
            outcome="unrecorded",
            also=first.also,
            step=step if times > 1 else 0,
            times=times,
        )
        place += times


def days_of(fact: Fixed, since: date, upto: date) -> Iterator[date]:
    """List the dates of some days that a fact stands for."""
    first, step = fact.due_on.toordinal(), fact.step
    end = min(upto.toordinal() + 1, first + step * fact.times)
    skipped = max(0, -((first - since.toordinal()) // step))
    yield from map(date.fromordinal, range(first + skipped * step, end, step))


def is_among(day: date, repeated: Iterable[Fixed]) -> bool:
    """Return whether a day is one of dates that lie equally far apart."""
    for fact in repeated:
        step, rest = divmod((day - fact.due_on).days, fact.step)
        if not rest and 0 <= step < fact.times:
            return True
    return False


def _is_plain(occurrence: Occurrence) -> bool:
    return occurrence.nominal == occurrence.due_on and not occurrence.also


def settled_before(event: CheckIn, due_on: date) -> date:
    """Return the day before which a check-in settles everything.

    A contact does so up to its date; what was called off ahead of time leaves alone what is
    still to come before that.
    """
    return due_on if event.outcome == "done" else min(due_on, event.happened_on + DAY)


def days_from(day: date, days: int) -> date:
    """Count days, and stop where dates end."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))
