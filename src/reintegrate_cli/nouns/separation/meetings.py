"""Where two students may meet, from their classes and from what was typed about other places.

What is not known counts as "may meet", and says so: a class whose period the roster does not
give, a place without a time, a student without classes on the roster.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from reintegrate_cli.nouns.roster.periods import Slot, Times, meet
from reintegrate_cli.nouns.roster.timetable import ALWAYS, Days, Lesson, Place

Where = Literal["class", "lunch", "bus", "hallway", "activity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A place other than a class at which a student is, as somebody typed it.

    ``times`` is empty where no time was typed.
    """

    where: Where
    times: Times = ()
    days: tuple[Days, ...] = (ALWAYS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a student is: the classes of the roster, and what was typed.

    Without a class nothing is known of the student's day: so it is before a first roster, and
    for a student that the roster lost.
    """

    classes: tuple[Place, ...] = ()
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A period and a place in which two students may meet; what is None is not known.

    ``class_`` is a classCode. ``unsure`` is true where the answer rests on something that is not
    known: the period, the days, or the whole schedule.
    """

    period: str | None = None
    class_: str | None = None
    place: Where
    term: str | None = None
    unsure: bool = False


def share(days: Sequence[Days], others: Sequence[Days]) -> bool:
    """Check whether there is a day on which both are there; a last day counts."""
    return any(mine.both(theirs) is not None for mine in days for theirs in others)


CLASSES: tuple[Where, ...] = ("class",)


def conflicts(
    student: Whereabouts, other: Whereabouts, places: Collection[Where] = CLASSES
) -> list[Conflict]:
    """List where the two may meet, in the places that are asked about: classes first."""
    rows: list[Conflict] = []
    if "class" in places:
        rows += _in_class(student, other)
    for where in (place for place in dict.fromkeys(places) if place != "class"):
        rows += dict.fromkeys(_elsewhere(where, student, other))
    return rows


def _in_class(student: Whereabouts, other: Whereabouts) -> Iterator[Conflict]:
    if not student.classes or not other.classes:
        yield Conflict(place="class", unsure=True)
        return
    mine = _by_section(student.classes)
    theirs = _by_section(other.classes)
    for section in (section for section in mine if section in theirs):
        lesson, days = mine[section]
        if not share(days, theirs[section][1]):
            continue
        unsure = not lesson.times or ALWAYS in lesson.days
        for period in lesson.periods:
            yield Conflict(
                period=period, class_=lesson.code, place="class", term=lesson.term, unsure=unsure
            )


def _by_section(places: Sequence[Place]) -> dict[str, tuple[Lesson, tuple[Days, ...]]]:
    """Join the places of one section: some students dropped a class and are back."""
    sections: dict[str, tuple[Lesson, tuple[Days, ...]]] = {}
    for place in places:
        key = place.lesson.section
        before = sections[key][1] if key in sections else ()
        sections[key] = (place.lesson, (*before, *place.days))
    return sections


def _elsewhere(where: Where, student: Whereabouts, other: Whereabouts) -> Iterator[Conflict]:
    mine = [stay for stay in student.stays if stay.where == where]
    theirs = [stay for stay in other.stays if stay.where == where]
    if not mine or not theirs:
        yield Conflict(place=where, unsure=True)
    for stay in mine:
        for others in theirs:
            if share(stay.days, others.days) and meet(stay.times, others.times):
                known = _together(stay.times, others.times)
                for slot in known:
                    yield Conflict(period=slot.text, place=where)
                if not known:
                    yield Conflict(place=where, unsure=True)


def _together(times: Times, others: Times) -> list[Slot]:
    return [slot for slot in times if any(slot.meets(other) for other in others)]
