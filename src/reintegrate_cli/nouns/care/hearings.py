"""Hearings and meetings that somebody on the care team is part of, and what is due before each.

A hearing stays on record whatever becomes of it: it took place, it did not, or it goes on with
another day. What was due before one that is continued moves along to the next; what the old one
says of it stays. Hearings and what is due are numbered in one row, so that a number names one row
of the agenda. These are clocks of law: none of their days ever rolls.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.errors import Missing, Usage, raise_first
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Public, Value, Word, counted
from reintegrate_cli.core.rows import Dated

HearingKind = Literal["court", "placement", "discipline", "medical", "iep_504", "other"]
_CALLED: dict[str | None, str] = {
    "court": "court hearing",
    "placement": "placement meeting",
    "discipline": "discipline hearing",
    "medical": "medical appointment",
    "iep_504": "IEP or 504 meeting",
}
MOST = 500
"""Hearings and what is due before them, of one person."""


class Due(Value, frozen=True, kw_only=True):
    """One thing that is due before a hearing; it is done, or nobody asks for it any longer."""

    id: Public[int]
    what: Public[Word]
    due_on: Public[date]
    done_on: Public[date | None] = None
    dropped_on: Public[date | None] = None

    @property
    def is_open(self) -> bool:
        """Return whether it is still to be done."""
        return self.done_on is None and self.dropped_on is None


class Hearing(Value, frozen=True, kw_only=True):
    """One hearing; ``held`` is absent until somebody says whether it took place.

    ``place`` is a code for where it is. ``settled_on`` is the day on which it was said what became
    of it, ``continued_to`` the number of the one that goes on with it.
    """

    id: Public[int]
    kind: Public[HearingKind | None] = None
    on: Public[date]
    at: Public[str | None] = None
    place: Public[Word | None] = None
    held: Public[bool | None] = None
    due: Public[tuple[Due, ...]] = ()
    continued_to: Public[int | None] = None
    settled_on: Public[date | None] = None

    @property
    def is_open(self) -> bool:
        """Return whether nobody said yet what became of it."""
        return self.held is None

    @property
    def called(self) -> str:
        """What it is called where codes and kinds alone may stand."""
        return _CALLED.get(self.kind, "hearing")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a hearing beside its day; what is left out stays as it is."""

    kind: HearingKind | None = None
    at: str | None = None
    place: Word | None = None
    due: Sequence[tuple[str, date]] = ()
    done: Sequence[str] = ()
    dropped: Sequence[str] = ()
    settled_on: date

    @property
    def says_anything(self) -> bool:
        """Return whether anything is said at all."""
        return any((self.kind, self.at, self.place, self.due, self.done, self.dropped))


Hearings = tuple[Hearing, ...]


def next_on(hearings: Hearings) -> date | None:
    """Return the earliest day of a hearing of which nobody said what became of it."""
    return min((one.on for one in hearings if one.is_open), default=None)


def days_of(hearings: Hearings) -> set[date]:
    """Return the days of hearings that took place, or are to take place."""
    return {one.on for one in hearings if one.held is not False}


def chosen(
    hearings: Hearings, number: int | None, name: str, fits: Callable[[Hearing], bool]
) -> Hearing:
    """Return the hearing that is meant: by its number, or the only open one that fits.

    Args:
        hearings: those of one person.
        number: its number, if that was said.
        name: what a message calls the person.
        fits: whether one may be meant where none is named.

    Raises:
        Missing: there is no such hearing.
        Usage: none fits, or several do and it is not said which.
    """
    if number is not None:
        for one in hearings:
            if one.id == number:
                return one
        raise Missing(
            f"{name} has no hearing {number}",
            hint=f"reintegrate case show {name.partition('/')[0]} tells them",
        )
    fitting = [one for one in hearings if one.is_open and fits(one)]
    if len(fitting) > 1:
        told = " or ".join(f"--hearing {one.id} ({short_date(one.on)})" for one in fitting)
        raise Usage(f"{name} has several hearings; say which", hint=told, fields=["hearing"])
    if not fitting:
        raise Usage(
            "no hearing on record has taken place yet"
            if any(one.is_open for one in hearings)
            else f"{name} has no hearing that is still to come",
            hint="--on with the day of the next one",
            fields=["on"],
        )
    return fitting[0]


def added(
    hearings: Hearings, on: date, details: Details, *, held: bool | None, today: date
) -> Hearings:
    """Return the hearings with one more.

    Args:
        hearings: those of one person.
        on: its day.
        details: what is said of it.
        held: whether it took place; of one that is still to come nobody can say.
        today: the day of the command.

    Raises:
        Usage: a hearing in the past is not said to have taken place; or a detail does not fit.
    """
    if on < today and held is None:
        raise Usage(
            "--on: the next hearing cannot be in the past",
            hint="--held if it took place, --no-held if it did not",
            fields=["on", "held"],
        )
    new = Hearing(id=_next_id(hearings), on=on)
    if on < today or held:
        new = replace(new, held=held, settled_on=today)
    return with_details((*hearings, new), new, details)


def settled(
    hearings: Hearings, one: Hearing, *, held: bool, on: date | None, details: Details, today: date
) -> Hearings:
    """Return the hearings after it was said what became of one, and on which day it goes on.

    Args:
        hearings: those of one person.
        one: the one.
        held: whether it took place.
        on: the day on which it is continued, if it is.
        details: what is said of the next one, or else of this one.
        today: the day of the command.

    Raises:
        Usage: it is settled already, its day has not come, or the next lies in the past.
    """
    known = f"what became of hearing {one.id} is on record"
    raise_first(
        (
            not one.is_open,
            Usage(known, hint="reintegrate undo, if that was wrong", fields=["hearing"]),
        ),
        (
            held and one.on > today,
            Usage("no hearing on record has taken place yet", fields=["held"]),
        ),
        (
            on is not None and on < today,
            Usage("--on: the next hearing cannot be in the past", fields=["on"]),
        ),
    )
    if on is None or on == one.on:
        those = _with(hearings, replace(one, held=held, settled_on=today))
        return with_details(those, one, details)
    following = _following(hearings, one, on)
    before = replace(
        one,
        held=held,
        settled_on=today,
        continued_to=following.id,
        due=tuple(replace(due, dropped_on=today) if due.is_open else due for due in one.due),
    )
    return with_details((*_with(hearings, before), following), following, details)


def _following(hearings: Hearings, one: Hearing, on: date) -> Hearing:
    """Return the hearing that goes on with one, with what is still due moved by as many days."""
    number = _next_id(hearings)
    moved = tuple(
        replace(due, id=number + place, due_on=_moved(due.due_on, on - one.on))
        for place, due in enumerate((due for due in one.due if due.is_open), 1)
    )
    return replace(one, id=number, on=on, due=moved)


def _moved(day: date, late: timedelta) -> date:
    try:
        return day + late
    except OverflowError:
        return day


def with_details(hearings: Hearings, one: Hearing, details: Details) -> Hearings:
    """Return the hearings with what is said of one.

    Raises:
        Usage: a thing is due after the hearing, or nothing of that name is due before it.
    """
    now = next(each for each in hearings if each.id == one.id)
    now = replace(
        now,
        kind=details.kind or now.kind,
        at=details.at or now.at,
        place=details.place or now.place,
    )
    for what, due_on in details.due:
        if due_on > now.on:
            raise Usage(
                f"it is due after the hearing, which is on {now.on.isoformat()}", fields=["due"]
            )
        now = replace(now, due=(*_without(now, what), _due(hearings, now, what, due_on)))
    for names, field in ((details.done, "done"), (details.dropped, "drop")):
        for what in names:
            now = _marked(now, what, field, details.settled_on)
    those = _with(hearings, now)
    if _next_id(those) > MOST:
        raise Usage(f"there are {counted(MOST, 'hearing')} and dates of one person already")
    return those


def _due(hearings: Hearings, one: Hearing, what: str, due_on: date) -> Due:
    former = next((due for due in one.due if _is(due, what)), None)
    if former is not None:
        return replace(former, due_on=due_on, done_on=None, dropped_on=None)
    return Due(id=_next_id((*hearings, one)), what=Word(what), due_on=due_on)


def _without(one: Hearing, what: str) -> list[Due]:
    return [due for due in one.due if not _is(due, what)]


def _is(due: Due, what: str) -> bool:
    return due.what.casefold() == what.casefold()


def _marked(one: Hearing, what: str, field: str, on: date) -> Hearing:
    if not any(_is(due, what) for due in one.due):
        known = ", ".join(due.what for due in one.due)
        raise Usage(
            f"nothing of that name is due before hearing {one.id}",
            hint=f"due before it: {known}" if known else "--due WHAT@DATE says what is due",
            fields=[field],
        )
    day = {"done_on" if field == "done" else "dropped_on": on}
    return replace(
        one, due=tuple(replace(due, **day) if _is(due, what) else due for due in one.due)
    )


def _with(hearings: Hearings, one: Hearing) -> Hearings:
    return tuple(one if each.id == one.id else each for each in hearings)


def _next_id(hearings: Hearings) -> int:
    return 1 + max((number for one in hearings for number in _numbers(one)), default=0)


def _numbers(one: Hearing) -> Iterator[int]:
    yield one.id
    yield from (due.id for due in one.due)


def open_due(hearings: Hearings) -> Iterator[tuple[Hearing, Due]]:
    """Yield what is still to be done, and before which hearing.

    What was due before one that did not take place is due no longer; what was to be done before
    one that did is asked for until it is done, or dropped.
    """
    for one in hearings:
        if one.held is not False:
            yield from ((one, due) for due in one.due if due.is_open)


def dated(hearings: Hearings, command: str, row: Callable[..., Dated]) -> Iterator[Dated]:
    """Yield the day of each hearing that is to come, and of each thing that is due before one.

    Args:
        hearings: those of one person.
        command: the command that settles them, without its options.
        row: makes a row of the agenda.
    """
    several = _next_id(hearings) > 2
    for one in hearings:
        if one.is_open:
            yield row(
                nth=one.id if several else 0,
                label=one.called,
                at=one.at,
                due_on=one.on,
                command=f"{command} --hearing {one.id} --held",
            )
    for one, due in open_due(hearings):
        yield row(
            nth=due.id,
            label=f"{due.what} due, {one.called}",
            due_on=due.due_on,
            command=f"{command} --hearing {one.id} --done {due.what}",
        )


def moments(hearings: Hearings) -> Iterator[tuple[date | None, str]]:
    """Yield what the timeline tells: what took place, what did not, what was done."""
    by_number = {one.id: one for one in hearings}
    for one in hearings:
        if one.held:
            yield one.on, one.called
        following = by_number.get(one.continued_to or 0)
        if following is not None:
            yield one.settled_on, f"{one.called} of {one.on} goes on {following.on}"
        elif one.held is False:
            yield one.settled_on, f"{one.called} of {one.on} did not take place"
        for due in one.due:
            yield due.done_on, f"{due.what} done, for the {one.called} of {one.on}"


def told(one: Hearing) -> str:
    """Return a hearing as ``case show`` tells it."""
    when = short_date(one.on) + (f" at {one.at}" if one.at else "")
    place = f", {one.place}" if one.place else ""
    became = {None: "", True: "; it took place", False: "; it did not take place"}[one.held]
    if one.continued_to is not None:
        became += f"; it goes on as {one.continued_to}"
    parts = [f"{one.called} {when}{place}{became}"]
    for due in one.due:
        state = f"due {short_date(due.due_on)}"
        if due.done_on is not None:
            state = f"done {short_date(due.done_on)}"
        elif due.dropped_on is not None:
            state = "moved along" if one.continued_to is not None else "no longer due"
        parts.append(f"{due.what} {state}")
    return "; ".join(parts)
