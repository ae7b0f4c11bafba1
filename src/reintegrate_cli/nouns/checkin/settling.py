"""What happened, laid over the dates of a schedule.

Contacts are laid over the dates day by day, so that among those with nothing else written between
them the order of entry makes no difference. A move, and whatever else changes the dates, first
*fixes* what is settled: from then on each check-in says itself which dates it settled
(``CheckIn.fixed``), and nothing written later changes that. The open dates are never listed from
their start on: a ``Line`` finds those around a day.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.checkin.facts import (
    Effect,
    Ground,
    Occurrence,
    Stretch,
    days_from,
    days_of,
    facts,
    grouped,
    is_among,
    settled_before,
    spans,
)
from reintegrate_cli.nouns.checkin.record import (
    SETTLING,
    CheckIn,
    Fixed,
    Outcome,
    Schedule,
    is_theirs,
)
from reintegrate_cli.nouns.checkin.rhythm import Run

# On one day, what was met comes first.
_ORDER = {"done": 0, "declined": 1, "cancelled": 2, "attempted": 3, "missed": 4}


def _entered(event: CheckIn) -> int:
    return int(event.id[1:])  # E12; its number alone, without the cost of reading it as an id


def _by_day(event: CheckIn) -> tuple[date, int, date]:
    return event.happened_on, _ORDER[event.outcome], event.due_on or date.max


class Line:
    """The dates of one schedule, with what happened laid over them.

    Args:
        schedule: the schedule.
        events: all that happened with it, in any order.
        ground: the calendar, the days on which it rests, and staff working days.
    """

    def __init__(self, schedule: Schedule, events: Iterable[CheckIn], ground: Ground) -> None:
        self.schedule = schedule
        self._calendar = ground.calendar
        self.rests = spans(schedule, ground)
        self._last = schedule.ended_on or date.max
        self._runs: list[Run] = []
        for terms in (*schedule.former, schedule.terms):
            hands = None if is_theirs(schedule, terms) else ground.hands
            self._runs.append(
                Run(terms, schedule.ended_on, hands.forward if hands else None, self.rests)
            )
        self._kept: list[Occurrence] = []
        """Open dates that were given another day, or that somebody named."""
        self._held: set[date] = set()
        """Those that a check-in names: no other takes them or passes over them."""
        self._names: set[date] = set()
        self._days: set[date] = set()
        """What was settled: the dates from the terms, and those on which they were due."""
        self._marks: dict[date, tuple[Outcome, date]] = {}
        self._settled: list[Occurrence] = []
        self._stretches: list[Stretch] = []
        self._repeated: list[Fixed] = []
        self.effects: dict[str, Effect] = {}
        """What each check-in did that is not fixed yet, by its id."""
        self._lay([event for event in events if event.schedule == schedule.id])

    # What is open, and what is settled.

    def is_closed(self, day: date) -> bool:
        """Return whether nobody can be met on a day: a weekend or a closure (E2)."""
        return self._calendar.is_closed(day, chosen_weekday=self.schedule.chosen_weekday)

    def nearest_open(self, day: date, after: date) -> tuple[date, ...]:
        """Offer the nearest open days before and after a closed one; all of them after another."""
        return self._calendar.nearest_open(day, after, chosen_weekday=self.schedule.chosen_weekday)

    def between(self, since: date, upto: date, *, resting: bool = False) -> list[Occurrence]:
        """List the open dates that are due from one day through another.

        Args:
            since: the first day.
            upto: the last day.
            resting: whether those that rest are wanted, too.
        """
        upto = min(upto, self._last)
        return [
            self._marked(occurrence)
            for occurrence in grouped(self._runs, self._kept, since, upto, self._is_taken)
            if resting or not self._rests(occurrence.due_on)
        ]

    def first(self, since: date = date.min) -> Occurrence | None:
        """Return the earliest open date from a day on, past or not."""
        days = [run.first_due(since, self._is_taken) for run in self._runs]
        days += [each.due_on for each in self._awake() if each.due_on >= since]
        day = min((each for each in days if each is not None), default=None)
        return None if day is None else self.between(day, day)[0]

    def settled(self, since: date = date.min, upto: date = date.max) -> list[Occurrence]:
        """List what is settled, in the order of the dates."""
        occurrences = [
            occurrence for occurrence in self._settled if since <= occurrence.due_on <= upto
        ]
        for stretch in self._stretches:
            occurrences += stretch.between(since, upto)
        occurrences += [
            Occurrence(day, day, outcome=fact.outcome, settled=True)
            for fact in self._repeated
            for day in days_of(fact, since, upto)
        ]
        return sorted(occurrences, key=lambda occurrence: (occurrence.due_on, occurrence.nominal))

    def named(self, day: date, outcome: Outcome) -> Occurrence | None:
        """Find the date that somebody means who says a day with an outcome.

        An open one; or one that was only passed over, or met without being named, as long as
        that is not fixed: which of two entries comes first makes no difference. Only an open
        one can be moved.
        """
        open_ = next(iter(self.between(day, day)), None) or self._find(day)
        if open_ is not None or outcome == "moved":
            return open_
        for id_, effect in self.effects.items():
            target, event = effect.target, self._laid[id_]
            if (
                target is not None
                and outcome in SETTLING
                and event.due_on is None
                and (
                    (target.due_on == day or target.answers_to(day))
                    and event.outcome in SETTLING
                    and _ORDER[outcome] <= _ORDER[event.outcome]
                )
            ):
                return target
            passed = [
                occurrence
                for occurrence in effect.passed
                if occurrence.due_on == day or occurrence.answers_to(day)
            ]
            if effect.stretch is not None:
                passed += effect.stretch.between(day, day)
            if passed:
                return passed[0]
        return None

    def fixed(self) -> list[CheckIn]:
        """Return the check-ins that nothing fixed yet, each with the dates that it settled."""
        return [
            replace(self._laid[id_], fixed=tuple(facts(effect)))
            for id_, effect in self.effects.items()
        ]

    def _awake(self) -> list[Occurrence]:
        return [
            occurrence
            for occurrence in self._kept
            if occurrence.due_on <= self._last and not self._rests(occurrence.due_on)
        ]

    def _rests(self, day: date) -> bool:
        return any(day in rest for rest in self.rests)

    def _is_taken(self, nominal: date, due: date) -> bool:
        return (
            nominal in self._names
            or due in self._days
            or is_among(due, self._repeated)
            or any(occurrence.answers_to(nominal) for occurrence in self._kept)
        )

    def _marked(self, occurrence: Occurrence) -> Occurrence:
        marks = [self._marks[name] for name in occurrence.names if name in self._marks]
        if not marks:
            return occurrence
        outcome, day = max(marks, key=lambda mark: mark[1])
        return replace(occurrence, outcome=outcome, happened_on=day)

    def _find(self, name: date, *, resting: bool = False) -> Occurrence | None:
        """Find the open date that answers to one from the terms."""
        moved = (occurrence.due_on for occurrence in self._kept if occurrence.answers_to(name))
        days = (run.open_on(name, self._is_taken) for run in self._runs)
        due = next((day for day in (*moved, *days) if day is not None), None)
        those = self.between(due, due, resting=resting) if due is not None else []
        return next((occurrence for occurrence in those if occurrence.answers_to(name)), None)

    # Laying what happened over the dates.

    def _lay(self, events: Sequence[CheckIn]) -> None:
        """Go through what happened in the order of entry, contacts between two moves by day."""
        self._laid = {event.id: event for event in events}
        batch: list[CheckIn] = []
        for event in sorted(events, key=_entered):
            if event.outcome != "moved" and event.fixed is None:
                batch.append(event)
                continue
            self._lay_by_day(batch)
            batch = []
            if event.outcome == "moved":
                self._move(event)
            else:
                self._keep_to(event, event.fixed or ())
        self._lay_by_day(batch)

    def _lay_by_day(self, batch: Sequence[CheckIn]) -> None:
        for event in batch:
            occurrence = self._find(event.due_on) if event.due_on is not None else None
            if occurrence is not None and event.outcome in SETTLING:
                self._take(occurrence.names)
                self._kept.append(occurrence)
                self._held.update(occurrence.names)
            elif occurrence is not None:
                self._mark(event, occurrence)
        for event in sorted(batch, key=_by_day):
            if event.outcome in SETTLING:
                self._settle(event)
            elif event.id not in self.effects:
                self._mark(event, self._target(event))
        self._held.clear()

    def _take(self, names: Sequence[date]) -> None:
        """Take open dates out of those that are kept apart."""
        self._kept = [
            occurrence
            for occurrence in self._kept
            if not any(name in names for name in occurrence.names)
        ]

    def _target(self, event: CheckIn) -> Occurrence | None:
        """Find the date that a check-in is about.

        The one that it names; else the nearest within the window, the earlier on a tie; else,
        for a contact, the last one before it. A miss is about no date to come.
        """
        day = event.happened_on
        if event.due_on is not None:
            named = self._find(event.due_on)
            return named if named is not None else self._near(event.due_on, free=False)
        near = self._near(day, upto=day if event.outcome == "missed" else date.max)
        if near is not None or event.outcome != "done":
            return near
        days = [run.last_due(day, self._is_taken) for run in self._runs]
        days += [
            each.due_on for each in self._awake() if each.due_on <= day and self._is_free(each)
        ]
        last = max((each for each in days if each is not None), default=None)
        return None if last is None else self.between(last, last)[0]

    def _near(self, day: date, *, upto: date = date.max, free: bool = True) -> Occurrence | None:
        widest = max(
            [rhythm.window for run in self._runs for rhythm in run.rhythms]
            + [occurrence.window for occurrence in self._kept],
            default=0,
        )
        near = [
            occurrence
            for occurrence in self.between(
                days_from(day, -widest), min(days_from(day, widest), upto)
            )
            if abs((occurrence.due_on - day).days) <= occurrence.window
            and (not free or self._is_free(occurrence))
        ]
        return min(
            near,
            key=lambda occurrence: (abs(occurrence.due_on - day), occurrence.due_on),
            default=None,
        )

    def _is_free(self, occurrence: Occurrence) -> bool:
        return not any(name in self._held for name in occurrence.names)

    def _settle(self, event: CheckIn) -> None:
        """Lay a contact, a decline or a cancellation over the open dates."""
        target = self._target(event)
        effect = Effect()
        if target is not None:
            self._take(target.names)
            self._held.difference_update(target.names)
            met = replace(
                target, outcome=event.outcome, happened_on=event.happened_on, settled=True
            )
            self._close(met)
            passed, stretch = self._pass_over(settled_before(event, target.due_on))
            effect = Effect(met, passed, stretch)
        self.effects[event.id] = effect
        if event.outcome == "done":
            self._count_from(event.happened_on)

    def _close(self, occurrence: Occurrence) -> None:
        self._settled.append(occurrence)
        self._names.update(occurrence.names)
        self._days.add(occurrence.due_on)
        for name in occurrence.names:
            self._marks.pop(name, None)

    def _pass_over(self, before: date) -> tuple[tuple[Occurrence, ...], Stretch | None]:
        """Settle what is due before a day, apart from what other check-ins name."""
        moved = [
            each
            for occurrence in self._kept
            for each in self.between(occurrence.due_on, occurrence.due_on)
        ]
        marked = [self._find(name) for name in self._marks]
        passed = []
        for occurrence in dict.fromkeys((*moved, *marked)):
            if occurrence is not None and occurrence.due_on < before and self._is_free(occurrence):
                over = replace(occurrence, outcome=occurrence.outcome or "unrecorded", settled=True)
                self._close(over)
                passed.append(over)
        self._drop_before(before)
        stretch = self._stretch(before)
        for run in self._runs:
            run.floor = max(run.floor, before)
        return tuple(passed), stretch

    def _drop_before(self, before: date) -> None:
        self._kept = [
            occurrence
            for occurrence in self._kept
            if occurrence.due_on >= before or not self._is_free(occurrence)
        ]

    def _stretch(self, before: date) -> Stretch | None:
        """Hold what is still open before a day as passed over."""
        first = (run.first_due(date.min, self._is_taken) for run in self._runs)
        if not any(day is not None and day < before for day in first):
            return None
        held = {name for occurrence in self._kept for name in occurrence.names}
        runs = tuple(replace(run) for run in self._runs)
        names, days = frozenset(self._names | held), frozenset(self._days)
        stretch = Stretch(runs, before, names, days, tuple(self._repeated), self.rests)
        self._stretches.append(stretch)
        return stretch

    def _count_from(self, contact: date) -> None:
        """Count again from a contact; what was booked for later holds."""
        for run in self._runs:
            if not run.count_from(contact):
                continue
            for occurrence in sorted(self._kept, key=lambda occurrence: occurrence.due_on):
                if occurrence.due_on <= contact or not run.holds(occurrence.nominal):
                    continue
                self._take(occurrence.names)
                self._kept.append(self._beside(run, occurrence) or occurrence)

    def _beside(self, run: Run, occurrence: Occurrence) -> Occurrence | None:
        """Let a date that is kept apart take the place of the nearest that follows now."""
        nearest = run.nearest(occurrence.nominal, self._is_taken)
        if nearest is None:
            return None
        nominal, due, window = nearest
        if not self._is_free(occurrence):
            self._held.add(nominal)
        return replace(
            occurrence,
            nominal=nominal,
            also=tuple(name for name in occurrence.names if name != nominal),
            due_on=occurrence.due_on if occurrence.booked else due,
            window=window,
        )

    def _move(self, event: CheckIn) -> None:
        """Return a date another day, or book one if there is no cadence."""
        if event.to is None:
            return
        if event.due_on is None:
            window = self.schedule.terms.window or 0
            occurrence: Occurrence | None = Occurrence(event.to, event.to, window)
        else:
            occurrence = self._find(event.due_on, resting=True) or self._gone(
                event.due_on, event.to
            )
        if occurrence is None:
            return
        if event.due_on is not None:
            self._take(occurrence.names)
        moved = replace(occurrence, due_on=event.to, booked=True, at=event.at or occurrence.at)
        same = [each for each in self._kept if each.due_on == event.to and each.booked]
        if same and event.due_on is not None:  # several dates were left for the one that was chosen
            self._take([name for each in same for name in each.names])
            names = sorted({name for each in (moved, *same) for name in each.names})
            moved = replace(moved, nominal=names[0], also=tuple(names[1:]))
        self._kept.append(moved)

    def _gone(self, name: date, to: date) -> Occurrence | None:
        """Find what stands in for a date that a contact, entered late, took away."""
        run = self._runs[-1]
        if run.terms.anchor != "last" or name in self._names or to <= (run.contact or date.min):
            return None
        return self._beside(run, Occurrence(name, to, booked=True))

    def _mark(self, event: CheckIn, target: Occurrence | None) -> None:
        """Note an attempt or a miss beside its date, which stays unsettled."""
        if target is not None:
            self._note(target.nominal, event)
            target = self._marked(target)
        self.effects[event.id] = Effect(target)

    def _note(self, name: date, event: CheckIn) -> None:
        """Keep what was tried last at a date, whichever was entered last."""
        outcome, day = self._marks.get(name, (event.outcome, date.min))
        if (day, _ORDER[outcome]) <= (event.happened_on, _ORDER[event.outcome]):
            self._marks[name] = (event.outcome, event.happened_on)

    def _keep_to(self, event: CheckIn, fixed: Sequence[Fixed]) -> None:
        """Take what a check-in settled as it was fixed."""
        for fact in fixed:
            names = (fact.on, *fact.also)
            if event.outcome not in SETTLING:
                if fact.on not in self._names:
                    self._note(fact.on, event)
            elif fact.times > 1 and fact.step > 0:
                self._repeated.append(fact)
            else:
                self._take(names)
                self._close(
                    Occurrence(
                        fact.on,
                        fact.due_on,
                        0,
                        fact.outcome,
                        fact.happened_on,
                        True,
                        also=fact.also,
                    )
                )
        if fixed and event.outcome in SETTLING:
            before = settled_before(event, fixed[0].due_on)
            self._drop_before(before)
            for run in self._runs:
                run.floor = max(run.floor, before)
        if event.outcome == "done":
            self._count_from(event.happened_on)
