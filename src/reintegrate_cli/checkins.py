"""Check-ins: what was agreed, what happened, and, worked out from both, what is due.

A ``Schedule`` is what somebody chose. A ``CheckIn`` is something that happened: a contact,
an attempt, a miss, a decline, a cancellation, a move to another date. What is due is never
stored: ``occurrences`` derives it each time, from the facts alone, so that neither the
order of entry nor a cron run that never came can change it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from reintegrate_cli import calendar
from reintegrate_cli.calendar import Cadence, Calendar
from reintegrate_cli.cases import Span
from reintegrate_cli.errors import Missing, Refused, Usage
from reintegrate_cli.records import (
    Private,
    Public,
    Record,
    Ref,
)
from reintegrate_cli.staff import WEEKDAYS

if TYPE_CHECKING:
    from reintegrate_cli.forms.checkin import EditSchedule

With = Literal["student", "caregiver", "partner", "staff"]
Mode = Literal["in_person", "phone", "video", "text"]
Chooser = Literal["student", "caregiver", "staff"]
Anchor = Literal["calendar", "last"]
Outcome = Literal["done", "attempted", "declined", "missed", "moved", "cancelled"]

SETTLING: tuple[Outcome, ...] = ("done", "declined", "cancelled")
CHOSEN_BY_THEM: tuple[Chooser, ...] = ("student", "caregiver")
STAFF_DEFAULT = "2w"  # E4: staff confer about a student every 14 days
PARTNER_DEFAULT, PARTNER_LATER, PARTNER_FIRST_DAYS = "1w", "1m", 30  # E3


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Terms:
    """How often, counted from where.

    Args:
        every: a cadence such as ``2w``, or ``none``.
        day: a weekday, a day of the month as digits, ``last``, or nothing.
        anchor: ``calendar`` counts from ``starts``; ``last`` from the contact before.
        starts: the first day that counts.
        later_every: the cadence from ``later_on`` on (partners: weekly, then monthly).
        ended_on: the day from which other terms hold; nothing for those in force.
    """

    every: Public[str]
    day: Public[str | None] = None
    anchor: Public[Anchor] = "last"
    starts: Public[date]
    later_every: Public[str | None] = None
    later_on: Public[date | None] = None
    ended_on: Public[date | None] = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Pause:
    """Days in which a schedule rests, up to, not including, ``until``."""

    on: Public[date]
    until: Public[date | None] = None
    reason: Public[str | None] = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Proposal:
    """A change that staff would like, waiting for the student's word (clause 31)."""

    on: Public[date]
    by: Ref[str]
    every: Public[str | None] = None
    day: Public[str | None] = None
    at: Public[str | None] = None
    mode: Public[Mode | None] = None
    window: Public[int | None] = None
    starts: Public[date | None] = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Schedule(Record):
    """What was agreed about regular contact, and who chose it, with their words (E1)."""

    case: Ref[str]
    id: Ref[str]
    with_: Public[With]
    who: Ref[str | None] = None
    purpose: Public[str | None] = None
    terms: Public[Terms]
    former: Public[tuple[Terms, ...]] = ()
    at: Public[str | None] = None
    mode: Public[Mode]
    window: Public[int | None] = None
    chosen_by: Public[Chooser]
    chosen_on: Public[date]
    words: Private[str] = ""
    reason: Private[str] = ""
    proposed: Public[Proposal | None] = None
    pauses: Public[tuple[Pause, ...]] = ()
    ended_on: Public[date | None] = None

    letter = "S"

    @property
    def cadence(self) -> Cadence | None:
        """The cadence in force, or nothing where it is ``none``."""
        return calendar.parse_cadence(self.terms.every)

    @property
    def is_theirs(self) -> bool:
        """Say whether the student or a caregiver chose it, so that staff may not."""
        return self.chosen_by in CHOSEN_BY_THEM

    @property
    def chosen_weekday(self) -> int | None:
        """The weekday that the student chose, open to them even at a weekend."""
        day = self.terms.day
        if self.is_theirs and day in WEEKDAYS:
            return WEEKDAYS.index(day)
        return None

    @property
    def window_days(self) -> int:
        """How far from its date a contact still settles an occurrence.

        By default half the interval, rounded down.
        """
        if self.window is not None:
            return self.window
        return self.cadence.days // 2 if self.cadence else 0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CheckIn(Record):
    """Something that happened with a schedule; ``happened_on`` is when, never when entered.

    For a move, ``due_on`` is the date that the occurrence had and ``to`` the one it has now;
    a booking of a schedule without a cadence has no ``due_on``.
    """

    case: Ref[str]
    id: Ref[str]
    schedule: Ref[str]
    outcome: Public[Outcome]
    happened_on: Public[date]
    due_on: Public[date | None] = None
    to: Public[date | None] = None
    mode: Public[Mode | None] = None
    by: Ref[str] = ""
    still_safe: Public[bool | None] = None
    note: Private[str] = ""

    dated = "happened_on"
    letter = "E"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a schedule, and what became of it.

    ``nominal`` is the date that follows from the terms; ``due_on`` the one it was given.
    ``outcome`` is nothing while it is unsettled and nobody tried.
    """

    nominal: date
    due_on: date
    outcome: Outcome | None = None
    happened_on: date | None = None
    settled: bool = False


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

    The result depends on what happened and when, not on the order in which it was entered.

    Args:
        schedule: the schedule.
        events: all that happened with it.
        ground: the calendar, the pauses of the case, and staff working days.
        upto: the last day that is wanted, inclusive.
    """
    mine = [event for event in events if event.schedule == schedule.id]
    state = _State(schedule, mine, ground, upto)
    for event in sorted(mine, key=_by_day):
        if event.outcome in SETTLING:
            state.settle(event)
        elif event.outcome in ("missed", "attempted"):
            state.remark(event)
    return state.result()


_ORDER = {"done": 0, "declined": 1, "cancelled": 2, "attempted": 3, "missed": 4, "moved": 5}


def _by_day(event: CheckIn) -> tuple[date, int, str, str]:
    # Nothing here knows which was entered first: two events alike in all of these do alike.
    return event.happened_on, _ORDER[event.outcome], event.mode or "", event.note


class _State:
    """The occurrences of one schedule while the facts are laid over them, day by day."""

    def __init__(
        self, schedule: Schedule, events: Sequence[CheckIn], ground: Ground, upto: date
    ) -> None:
        self.schedule = schedule
        self.ground = ground
        self.window = schedule.window_days
        self.moves = _moves(events)
        self.rests = spans(schedule, ground)
        latest = max((event.happened_on for event in events), default=upto)
        self.horizon = max(upto, latest + timedelta(days=self.window), *self._moved_days())
        self.rests_for_good = any(rest.end is None for rest in self.rests)
        self.past: list[Occurrence] = []
        self.open: list[Occurrence] = []
        self.terms_in_force = [*schedule.former, schedule.terms]
        self.lay_out(None)

    def _moved_days(self) -> list[date]:
        return [
            day for event in self.moves.values() for day in (event.due_on, event.to) if day
        ] or [date.min]

    def lay_out(self, contact: date | None) -> None:
        """Write down the open dates that follow from the terms, or from a contact."""
        nominals: list[date] = []
        for terms in self.terms_in_force:
            counted = contact if terms.anchor == "last" else None
            nominals += self._within(terms, nominal_dates(terms, counted), contact)
        moved = self._places(nominals, contact)
        bookings = [event.to for event in self.moves.values() if not event.due_on and event.to]
        taken = {one.due_on for one in self.past}
        laid = {due: nominal for nominal, due in sorted(moved.items(), reverse=True)}
        laid |= {day: day for day in bookings if day not in laid}
        self.open = [
            Occurrence(nominal, due)
            for due, nominal in sorted(laid.items())
            if due not in taken and not any(due in rest for rest in self.rests)
        ]

    def _within(self, terms: Terms, dates: Iterator[date], contact: date | None) -> Iterator[date]:
        end = terms.ended_on or self.schedule.ended_on
        beyond = 0
        for day in dates:
            # The last day of an ended schedule still counts; changed terms end before theirs.
            if end and (day > end if terms.ended_on is None else day >= end):
                return
            if contact is not None and terms.anchor == "last" and day <= contact:
                continue
            yield day
            if day > self.horizon:
                beyond += not any(self._effective(day) in rest for rest in self.rests)
                if beyond >= 2 or self.rests_for_good:
                    return

    def _effective(self, nominal: date) -> date:
        move = self.moves.get(nominal)
        if move and move.to:
            return move.to
        roll = self.ground.working_day
        return nominal if roll is None or self.schedule.is_theirs else roll(nominal)

    def _places(self, nominals: Sequence[date], contact: date | None) -> dict[date, date]:
        places = {nominal: self._effective(nominal) for nominal in nominals}
        # A booking holds even when a contact entered late shifts the dates it was made for.
        for nominal, event in sorted(self.moves.items()):
            stranded = self.schedule.terms.anchor == "last" and nominal not in places
            if stranded and event.to and contact is not None and nominal > contact and places:
                free = [day for day in nominals if day not in self.moves]
                if free:
                    nearest = min(free, key=lambda day: (abs(day - nominal), day))
                    places[nearest] = event.to
        return places

    def _target(self, day: date, *, always: bool) -> Occurrence | None:
        """Find the occurrence that something on ``day`` is about.

        The nearest within the window, the earlier on a tie; else the last one before it;
        else, where ``always``, the next one.
        """
        near = [one for one in self.open if abs((one.due_on - day).days) <= self.window]
        if near:
            return min(near, key=lambda one: (abs(one.due_on - day), one.due_on))
        before = [one for one in self.open if one.due_on <= day]
        if before:
            return before[-1]
        return self.open[0] if always and self.open else None

    def settle(self, event: CheckIn) -> None:
        """Lay a contact, a decline or a cancellation over the open dates."""
        target = self._target(event.happened_on, always=event.outcome != "done")
        if target is not None:
            for one in self.open:
                if one.due_on < target.due_on:
                    self.past.append(dataclasses.replace(
                        one, outcome="missed", settled=True))  # fmt: skip
            self.past.append(
                dataclasses.replace(
                    target, outcome=event.outcome, happened_on=event.happened_on, settled=True
                )
            )
            self.open = [one for one in self.open if one.due_on > target.due_on]
        counts_from_it = self.schedule.terms.anchor == "last" and self.schedule.cadence
        if event.outcome == "done" and counts_from_it:
            self.lay_out(event.happened_on)

    def remark(self, event: CheckIn) -> None:
        """Note an attempt or a miss beside its date, which stays unsettled."""
        target = self._target(event.happened_on, always=True)
        if target is not None:
            at = self.open.index(target)
            self.open[at] = dataclasses.replace(
                target, outcome=event.outcome, happened_on=event.happened_on
            )

    def result(self) -> list[Occurrence]:
        """Give what is settled, then what is open, in the order of the dates."""
        return sorted(self.past, key=lambda one: one.due_on) + self.open


def _moves(events: Iterable[CheckIn]) -> dict[date, CheckIn]:
    """Find the last word on each moved date; one day's later entry wins over its earlier."""
    moves: dict[date, CheckIn] = {}
    moved = [event for event in events if event.outcome == "moved" and event.to]
    for event in sorted(moved, key=lambda one: (one.happened_on, int(one.id[1:] or 0))):
        moves[event.due_on or event.to or event.happened_on] = event
    return moves


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
        if day in (one.due_on, one.nominal):
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


def make_terms(
    *,
    every: str,
    day: str | None,
    anchor: Anchor | None,
    starts: date | None,
    today: date,
    later_every: str | None = None,
    later_on: date | None = None,
) -> Terms:
    """Bring the terms of a schedule together.

    Without ``starts``, a calendar schedule begins today and one that counts from the last
    contact begins one interval from today.

    Raises:
        Usage: a day that does not go with the cadence.
    """
    cadence = calendar.parse_cadence(every)
    wanted = None if day is None else str(calendar.parse_day(day))
    if wanted is not None and cadence is not None:
        by_week = wanted in WEEKDAYS
        if (by_week and cadence.unit != "w") or (not by_week and cadence.unit != "m"):
            raise Usage("--day: a weekday goes with weeks, a day of the month with months",
                        fields=["day", "every"],
                        hint="for example --every 1w --day tue, or --every 1m --day 30")  # fmt: skip
    chosen = anchor or ("calendar" if wanted is not None else "last")
    if chosen == "last" and wanted is not None:
        raise Usage("--anchor last counts from the contact before, so it takes no --day",
                    fields=["anchor", "day"])  # fmt: skip
    if starts is None:
        steps_from_today = chosen == "last" and cadence is not None
        starts = cadence.after(today, 1) if steps_from_today and cadence else today
    return Terms(every=every, day=wanted, anchor=chosen, starts=starts,
                 later_every=later_every, later_on=later_on)  # fmt: skip


def window_of(text: str | None) -> int | None:
    """Read ``--window``: a number of days such as ``3d``, or ``1w``.

    Raises:
        Usage: it is something else.
    """
    if text is None:
        return None
    if text in ("0", "0d"):
        return 0
    cadence = calendar.parse_cadence(text)
    if cadence is None or cadence.unit == "m":
        raise Usage("--window takes a number of days, such as 3d", fields=["window"])
    return cadence.days


def check_chooser(with_: With, chosen_by: str | None, chosen_on: date | None) -> None:
    """Demand that a check-in with a student or caregiver says who chose it (E1).

    Raises:
        Refused: it does not say, or staff chose for them.
    """
    if with_ not in ("student", "caregiver"):
        return
    missing = [name for name, value in (("chosen_by", chosen_by), ("chosen_on", chosen_on))
               if value is None]  # fmt: skip
    if missing:
        named = " and ".join("--" + name.replace("_", "-") for name in missing)
        raise Refused(f"who chose this, and when, is not said: {named}", rule="E1", fields=missing,
                      hint="the student or the caregiver sets how often; "
                      "for example --chosen-by student --chosen-on today")  # fmt: skip
    if chosen_by == "staff":
        raise Refused("staff do not choose how often a student or caregiver is met", rule="E1",
                      fields=["chosen_by"],
                      hint="ask them, then say --chosen-by student or caregiver")  # fmt: skip


def amended(
    schedule: Schedule, given: "EditSchedule", *, by: str, today: date, window: int | None
) -> Schedule:
    """Change what was agreed, or hold a change by staff as a proposal (clause 31).

    What the student or a caregiver chose is theirs: without their word, or a reason, a
    change waits as ``proposed``. With their word it is taken up, and a waiting proposal too.

    Raises:
        Usage: nothing is to change, or the day does not go with the cadence.
    """
    asked = {name: getattr(given, name) for name in ("every", "day", "at", "mode")}
    asked["starts"] = given.starts_on
    theirs = given.chosen_by in CHOSEN_BY_THEM
    if schedule.proposed is not None and theirs:
        waiting = schedule.proposed
        asked = {name: value or getattr(waiting, name) for name, value in asked.items()}
        window = waiting.window if window is None else window
    wanted = {name: value for name, value in asked.items() if value is not None}
    if not wanted and window is None and not (theirs or given.who or given.purpose or given.words):
        raise Usage("nothing is to change", hint="for example --every 2w --chosen-by student")
    if schedule.is_theirs and not theirs and not given.reason and (wanted or window is not None):
        proposal = Proposal(on=today, by=by, window=window, **wanted)
        return dataclasses.replace(schedule, proposed=proposal)
    return dataclasses.replace(
        schedule,
        terms=_new_terms(schedule, given, wanted, today),
        former=_former(schedule, wanted, today),
        at=wanted.get("at", schedule.at),
        mode=wanted.get("mode", schedule.mode),
        window=schedule.window if window is None else window,
        purpose=given.purpose or schedule.purpose,
        words=given.words or schedule.words,
        reason=given.reason or schedule.reason,
        chosen_by=given.chosen_by or schedule.chosen_by,
        chosen_on=given.chosen_on or (today if given.chosen_by else schedule.chosen_on),
        proposed=None,
    )


_RHYTHM = ("every", "day", "starts")


def _new_terms(
    schedule: Schedule, given: "EditSchedule", wanted: dict[str, Any], today: date
) -> Terms:
    if not any(name in wanted for name in _RHYTHM) and given.anchor is None:
        return schedule.terms
    every = wanted.get("every", schedule.terms.every)
    same_unit = every[-1:] == schedule.terms.every[-1:]
    day = wanted.get("day", schedule.terms.day if same_unit else None)
    return make_terms(
        every=every, day=day, anchor=given.anchor, starts=wanted.get("starts"), today=today
    )


def _former(schedule: Schedule, wanted: dict[str, Any], today: date) -> tuple[Terms, ...]:
    """Keep the terms that held until now, so that past dates stay what they were."""
    if not any(name in wanted for name in _RHYTHM):
        return schedule.former
    end = min(wanted.get("starts") or today, today)
    return (*schedule.former, dataclasses.replace(schedule.terms, ended_on=end))
