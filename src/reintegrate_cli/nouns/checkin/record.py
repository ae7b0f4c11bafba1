"""Check-ins: what was agreed, what happened, and, worked out from both, what is due.

A ``Schedule`` is what somebody chose (see ``agreements``). A ``CheckIn`` is something that
happened: a contact, an attempt, a miss, a decline, a cancellation, a move to another date.
What is due is never stored: ``occurrences`` derives it each time.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from reintegrate_cli.core import calendar
from reintegrate_cli.core.calendar import Cadence
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import WORK, Private, Public, Record, Ref, Told, Value
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.staff.record import WEEKDAYS

With = Literal["student", "caregiver", "partner", "staff"]
Mode = Literal["in_person", "phone", "video", "text"]
Chooser = Literal["student", "caregiver", "staff"]
Anchor = Literal["calendar", "last"]
Outcome = Literal["done", "attempted", "declined", "missed", "moved", "cancelled", "unrecorded"]
"""``unrecorded``: a later contact passed over it, and nothing was recorded about it."""

SETTLING: tuple[Outcome, ...] = ("done", "declined", "cancelled")
WITH_THEM: tuple[With, ...] = ("student", "caregiver")
"""Whom a student's wish about the schedule is about."""
CHOSEN_BY_THEM: tuple[Chooser, ...] = ("student", "caregiver")
STAFF_DEFAULT = "2w"  # E4: staff confer about a student every 14 days
PARTNER_DEFAULT, PARTNER_LATER, PARTNER_FIRST_DAYS = "1w", "1m", 30  # E3


class Terms(Value, frozen=True, kw_only=True):
    """How often, counted from where.

    Args:
        every: a cadence such as ``2w``, or ``none``.
        day: a weekday, a day of the month as digits, ``last``, or nothing.
        anchor: ``calendar`` counts from ``starts``; ``last`` from the contact before.
        starts: the first day that counts.
        window: days around a date in which a contact settles it; half the interval if none.
        later_every: the cadence from ``later_on`` on (partners: weekly, then monthly).
        began_on: the day these took the place of others; contacts before it do not count.
        ended_on: the day from which other terms hold; nothing for those in force.
        theirs: whether the student or a caregiver chose them; as the schedule says if left out.
    """

    every: Told[Public[str]]
    day: Told[Public[str | None]] = None
    anchor: Public[Anchor] = "last"
    starts: Public[date]
    window: Public[int | None] = None
    later_every: Public[str | None] = None
    later_on: Public[date | None] = None
    began_on: Public[date | None] = None
    ended_on: Public[date | None] = None
    theirs: Public[bool | None] = None

    @property
    def meaning(self) -> "tuple[Cadence | None, Cadence | None, int | str | None]":
        """What the text of it means: the cadences, and the day that is wanted.

        Raises:
            Usage: one of them is something else.
        """
        cadences = [
            calendar.parse_cadence(text) for text in (self.every, self.later_every or "none")
        ]
        return cadences[0], cadences[1], None if self.day is None else calendar.parse_day(self.day)

    def interval(self, day: date) -> int:
        """Return the interval that holds on a day, in days; 0 if there is none."""
        later = self.later_on is not None and day >= self.later_on
        every = self.later_every if later and self.later_every else self.every
        cadence = calendar.parse_cadence(every)
        return cadence.days if cadence else 0

    def window_on(self, day: date) -> int:
        """Return how far from its date a contact still settles the occurrence of a day.

        By default half the interval, rounded down.
        """
        return self.interval(day) // 2 if self.window is None else self.window


class Pause(Value, frozen=True, kw_only=True):
    """Days in which a schedule rests, up to, not including, ``until``."""

    on: Public[date]
    until: Public[date | None] = None
    reason: Private[str | None] = None
    asked_by: Ref[str | None] = None


class Choice(Value, frozen=True, kw_only=True):
    """What was agreed before something else was, who chose it, and in which words."""

    every: Public[str]
    day: Public[str | None] = None
    at: Public[str | None] = None
    mode: Public[Mode]
    chosen_by: Public[Chooser]
    chosen_on: Public[date]
    words: Private[str] = ""
    reason: Private[str] = ""
    asked_by: Ref[str | None] = None


class Proposal(Value, frozen=True, kw_only=True):
    """A change that staff would like, waiting for the student's word (clause 31)."""

    on: Public[date]
    by: Ref[str]
    who: Ref[str | None] = None
    every: Public[str | None] = None
    day: Public[str | None] = None
    at: Public[str | None] = None
    mode: Public[Mode | None] = None
    window: Public[int | None] = None
    anchor: Public[Anchor | None] = None
    starts: Public[date | None] = None


class Schedule(Record, frozen=True, kw_only=True):
    """What was agreed about regular contact, and who chose it, with their words (E1).

    ``earlier`` keeps what was agreed before, the latest last: what a student chose stays on
    record when staff change it. ``reason`` and ``asked_by`` say why, and who asked, where staff
    changed what stood. ``outside`` says what of it lies outside of the ways and hours that are
    safe, by the student's own word. ``agreed_after`` counts how often the case had been taken up
    again when this was last agreed.
    """

    case: Ref[str]
    id: Ref[str]
    with_: Public[With]
    who: Annotated[Ref[str | None], WORK] = None
    purpose: Public[str | None] = None
    terms: Told[Public[Terms]]
    former: Public[tuple[Terms, ...]] = ()
    at: Told[Public[str | None]] = None
    mode: Told[Public[Mode]]
    chosen_by: Public[Chooser]
    chosen_on: Public[date]
    words: Private[str] = ""
    reason: Private[str] = ""
    asked_by: Ref[str | None] = None
    earlier: Public[tuple[Choice, ...]] = ()
    agreed_after: Public[int] = 0
    outside: Public[str | None] = None
    proposed: Public[Proposal | None] = None
    pauses: Public[tuple[Pause, ...]] = ()
    ended_on: Public[date | None] = None
    ended_by: Ref[str | None] = None
    why_ended: Private[str] = ""

    def is_past(self, day: date) -> bool:
        """Say whether it has ended by a day; nothing is due from ``ended_on`` on."""
        return self.ended_on is not None and self.ended_on <= day

    @property
    def cadence(self) -> Cadence | None:
        """The cadence in force, or nothing if it is ``none``."""
        return calendar.parse_cadence(self.terms.every)

    @property
    def is_theirs(self) -> bool:
        """Return whether the student or a caregiver chose it, so that staff may not."""
        return self.chosen_by in CHOSEN_BY_THEM

    @property
    def students_choice(self) -> Choice | None:
        """What the student or a caregiver had chosen, where staff changed it."""
        if self.is_theirs:
            return None
        theirs = (choice for choice in reversed(self.earlier) if choice.chosen_by in CHOSEN_BY_THEM)
        return next(theirs, None)

    @property
    def is_guarded(self) -> bool:
        """Return whether a change by staff waits for the student's word, or takes a reason."""
        return self.is_theirs or self.students_choice is not None

    @property
    def choice(self) -> Choice:
        """What stands, as it is kept once something else is agreed."""
        return Choice(
            every=self.terms.every,
            day=self.terms.day,
            at=self.at,
            mode=self.mode,
            chosen_by=self.chosen_by,
            chosen_on=self.chosen_on,
            words=self.words,
            reason=self.reason,
            asked_by=self.asked_by,
        )

    @property
    def chosen_weekday(self) -> int | None:
        """The weekday that the student chose, open to them even at a weekend."""
        day = self.terms.day
        chosen = self.students_choice
        if day in WEEKDAYS and (self.is_theirs or (chosen is not None and chosen.day == day)):
            return WEEKDAYS.index(day)
        return None


def is_theirs(schedule: Schedule, terms: Terms) -> bool:
    """Return whether the student or a caregiver chose some terms of a schedule."""
    return schedule.is_theirs if terms.theirs is None else terms.theirs


class Fixed(Value, frozen=True, kw_only=True):
    """A date that a check-in settled or marked, as it was when something else was written.

    Args:
        on: the date that followed from the terms.
        due_on: the date that it was given.
        outcome: what became of it.
        happened_on: when; nothing if nothing was recorded.
        also: other dates from the terms that were met with it.
        step: days to the next, where more dates like it follow.
        times: how many dates these are.
    """

    on: Public[date]
    due_on: Public[date]
    outcome: Public[Outcome]
    happened_on: Public[date | None] = None
    also: Public[tuple[date, ...]] = ()
    step: Public[int] = 0
    times: Public[int] = 1


class CheckIn(Record, frozen=True, kw_only=True):
    """Something that happened with a schedule; ``happened_on`` is when, never when entered.

    ``due_on`` names the occurrence by the date that followed from the terms, where it was
    said: for a move, whose new date is ``to``, and for a decline or cancellation ahead of
    time. A booking of a schedule without a cadence has a ``to`` alone; ``at`` is the time of day
    that a date was moved to. ``outside`` says what was outside of the ways and hours that are
    safe. ``fixed`` says which dates it settled, once something else was
    written that could change that; nothing until then. ``academic`` and
    ``social`` are what staff who conferred saw (see ``monitoring``).
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
    at: Public[str | None] = None
    academic: Private[str] = ""
    social: Private[str] = ""
    note: Private[str] = ""
    reason: Private[str] = ""
    outside: Public[str | None] = None
    fixed: Public[tuple[Fixed, ...] | None] = None

    dated = "happened_on"


def dates(event: CheckIn, world: World) -> Iterator[Dated]:
    """Ask for another way of contact, if the last answer to "still safe?" was no (D3)."""
    if event.still_safe is not False:
        return
    from reintegrate_cli.nouns.contact.record import doubt

    if event is doubt(world.find("contact", event.case), world.in_case("contacts", event.case)):
        yield world.row(
            event.case,
            event.id,
            label="ask for another way of contact, not safe since",
            command=f"reintegrate contact set {event.case}",
            due_on=event.happened_on,
            kind="contact",
        )


def events(event: CheckIn) -> Iterator[Event]:
    """Yield what happened, and what was said about it."""
    mode = f", {event.mode}" if event.mode else ""
    to = f" to {event.to.isoformat()}" if event.to else ""
    outside = f"; {event.outside}" if event.outside else ""
    told = (event.academic, event.social, event.reason, event.note)
    text = "; ".join(part for part in told if part)
    what = f"{label(event.outcome)}{to}{mode}{outside}"
    yield event_of(event, "checkin", event.happened_on, what, by=event.by, text=text)
