"""The choice of schedules as numbers: which sections are open to whom, and what each costs.

There is a variable for each section that a student who moves may attend for one of their
classes, the present one among them. A student attends one section of each course, and never two
classes at once.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from reintegrate_cli.nouns.roster.periods import Times, meet
from reintegrate_cli.nouns.roster.timetable import Days, Lesson, Place
from reintegrate_cli.nouns.separation.meetings import Conflict, Where, Whereabouts, conflicts, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two students who are to be kept apart, and which of them moves."""

    moves: str
    stays: str
    places: tuple[Where, ...] = ("class",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One section for another of the same course.

    ``from_`` and ``to`` are classCodes, ``heads`` how many are in the new one now.
    """

    case: str
    course: str | None
    from_: str | None
    to: str | None
    from_period: str | None
    to_period: str | None
    heads: int | None
    section: str
    to_section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Where a pair may still meet."""

    moves: str
    stays: str
    conflict: Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Changes that go together, and the meetings that they leave."""

    changes: tuple[Change, ...]
    meetings: tuple[Meeting, ...]

    @property
    def remaining(self) -> int:
        """Return how many meetings are left."""
        return len(self.meetings)


NOWHERE = Whereabouts()


@dataclass(frozen=True, slots=True)
class Option:
    """A section in which a student may be for one of their classes, the present one among them.

    ``meetings`` is how many periods there would be in it with those to be kept apart, ``moved``
    how many of its periods the student does not have now.
    """

    ref: str
    place: int
    lesson: Lesson
    meetings: int
    moved: int
    present: bool


@dataclass(frozen=True, slots=True)
class Row:
    """So many of these options at most."""

    options: tuple[int, ...]
    limit: int = 1


class Model:
    """What is open to those who move, what it costs, and what rules it out.

    In each pair one student stays, and a student who stays in any pair does not move for another:
    so the classes of those to be kept apart from a mover are fixed.
    """

    def __init__(
        self, lessons: Iterable[Lesson], students: Mapping[str, Whereabouts], pairs: Iterable[Pair]
    ) -> None:
        pairs = list(pairs)
        self._students, self._pairs = students, _joined(pairs)
        stay = {pair.stays for pair in pairs}
        movers = dict.fromkeys(pair.moves for pair in pairs if pair.moves not in stay)
        self._movers = [ref for ref in movers if ref in students and students[ref].classes]
        self._beside: dict[tuple[str | None, str | None], list[Lesson]] = {}
        for lesson in lessons:
            self._beside.setdefault((lesson.course_id, lesson.school), []).append(lesson)
        self.options = [option for ref in self._movers for option in self._options(ref)]
        choices: dict[tuple[str, int], list[int]] = {}
        for number, option in enumerate(self.options):
            choices.setdefault((option.ref, option.place), []).append(number)
        self.choices = list(choices.values())
        """For each class of each student who moves, the options of which one is taken."""
        self.rows = [row for ref in self._movers for row in self._clashes(ref)]

    @property
    def unsure(self) -> tuple[str, ...]:
        """Return the movers with a class of which the period is not known."""
        return tuple(
            ref
            for ref in self._movers
            if any(not place.lesson.times for place in self._students[ref].classes)
        )

    def _options(self, ref: str) -> Iterator[Option]:
        whereabouts = self._students[ref]
        own = {place.lesson.section for place in whereabouts.classes}
        peers = self._peers(ref)
        for number, place in enumerate(whereabouts.classes):
            met = _met(place.lesson, place, peers)
            yield Option(ref, number, place.lesson, met, 0, True)
            others = [
                other
                for other in self._others(place.lesson)
                if other.section not in own and not _busy(other, place, whereabouts)
            ]
            seen = set()
            for lesson in sorted(others, key=_preferred):
                met = _met(lesson, place, peers)
                times = frozenset((slot.period, slot.days) for slot in lesson.times)
                # Of sections that are alike in all that counts, the emptiest is enough.
                if (met, times) not in seen:
                    seen.add((met, times))
                    moved = _moved(place.lesson.times, lesson.times)
                    yield Option(ref, number, lesson, met, moved, False)

    def _peers(self, ref: str) -> list[Place]:
        """Return the classes of those from whom a mover is to be kept apart."""
        peers = [pair.stays for pair in self._pairs if pair.moves == ref and "class" in pair.places]
        return [place for peer in peers for place in self._students.get(peer, NOWHERE).classes]

    def _others(self, lesson: Lesson) -> list[Lesson]:
        """Return the other sections with the same course, school, terms and load."""
        if lesson.course_id is None:
            return []
        return [
            other
            for other in self._beside.get((lesson.course_id, lesson.school), ())
            if other.section != lesson.section
            and other.times
            and set(other.days) == set(lesson.days)
            and (not lesson.times or _load(other.times) == _load(lesson.times))
        ]

    def _clashes(self, ref: str) -> Iterator[Row]:
        """Yield what keeps a student from being in two classes at once.

        Present classes may clash, as the roster has them; a new one may clash with none.
        """
        mine = [number for number, option in enumerate(self.options) if option.ref == ref]
        split = _Moments(self.options[number] for number in mine)
        moments: dict[Hashable, list[int]] = {}
        for number in mine:
            for moment in split.of(self.options[number]):
                moments.setdefault(moment, []).append(number)
        rows: dict[Row, None] = {}
        for numbers in moments.values():
            new = tuple(number for number in numbers if not self.options[number].present)
            present = [number for number in numbers if self.options[number].present]
            for group in [(*new, number) for number in present] or [new]:
                if new and len(group) > 1:
                    rows[Row(group)] = None
        yield from rows

    def costs(self) -> list[int]:
        """Return the cost of each option; a meeting outweighs all changes, a change all moves."""
        move = 1
        change = 1 + sum(
            max(self.options[number].moved for number in choice) for choice in self.choices
        )
        meeting = change * (1 + len(self.choices))
        return [
            option.meetings * meeting + (not option.present) * change + option.moved * move
            for option in self.options
        ]

    def forbid(self, chosen: Collection[int]) -> None:
        """Take these changes out, and all that merely add to them."""
        changes = tuple(number for number in chosen if not self.options[number].present)
        self.rows.append(Row(changes, len(changes) - 1))

    def present(self) -> list[int]:
        """Return the options as they are now."""
        return [number for number, option in enumerate(self.options) if option.present]

    def suggestion(self, chosen: Collection[int]) -> Suggestion:
        """Return what this choice means."""
        after = dict(self._students)
        changes = []
        for number in sorted(chosen):
            option = self.options[number]
            if option.present:
                continue
            before = self._students[option.ref].classes[option.place]
            changes.append(_change(option, before.lesson))
            classes = list(after[option.ref].classes)
            classes[option.place] = replace(before, lesson=option.lesson)
            after[option.ref] = replace(after[option.ref], classes=tuple(classes))
        meetings = [
            Meeting(moves=pair.moves, stays=pair.stays, conflict=conflict)
            for pair in self._pairs
            for conflict in conflicts(
                after.get(pair.moves, NOWHERE), after.get(pair.stays, NOWHERE), pair.places
            )
        ]
        return Suggestion(changes=tuple(changes), meetings=tuple(meetings))


class _Moments:
    """Time cut into moments, so that two classes clash if they have one of them in common.

    Two spans of days that overlap have the later of their first days in common: first days are
    enough. The empty letter is every day that no bracket names.
    """

    def __init__(self, options: Iterable[Option]) -> None:
        self._letters: dict[str, set[str]] = {}
        firsts: set[date] = set()
        for option in options:
            for slot in option.lesson.times:
                self._letters.setdefault(slot.period, {""}).update(slot.days or ())
            firsts.update(days.first or date.min for days in option.lesson.days)
        self._firsts = sorted(firsts)

    def of(self, option: Option) -> Iterator[tuple[str, str, date]]:
        """Yield the moments of an option: period, day of the rotation, day of the year."""
        days = option.lesson.days
        firsts = [first for first in self._firsts if share(days, (Days(first, first),))]
        for slot in option.lesson.times:
            for letter in slot.days or self._letters[slot.period]:
                for first in firsts:
                    yield slot.period, letter, first


def _joined(pairs: Iterable[Pair]) -> list[Pair]:
    """Return each two students once, with every place in which they are to be kept apart."""
    joined: dict[frozenset[str], Pair] = {}
    for pair in pairs:
        first = joined.setdefault(frozenset((pair.moves, pair.stays)), pair)
        places = tuple(dict.fromkeys((*first.places, *pair.places)))
        joined[frozenset((pair.moves, pair.stays))] = replace(first, places=places)
    return list(joined.values())


def _met(lesson: Lesson, place: Place, peers: Iterable[Place]) -> int:
    """Return in how many periods of a section a student would meet others."""
    here = (peer for peer in peers if peer.lesson.section == lesson.section)
    return sum(len(lesson.periods) for peer in here if share(place.days, peer.days))


def _load(times: Times) -> tuple[int, int]:
    """Return how much a class is: periods on every day, and periods on single days."""
    return sum(slot.days is None for slot in times), sum(len(slot.days or ()) for slot in times)


def _moved(times: Times, to: Times) -> int:
    before = {(slot.period, slot.days) for slot in times}
    return sum((slot.period, slot.days) not in before for slot in to)


def _busy(lesson: Lesson, place: Place, whereabouts: Whereabouts) -> bool:
    """Check whether a typed stay with a time is in the way."""
    return any(
        stay.times and meet(stay.times, lesson.times) and share(stay.days, place.days)
        for stay in whereabouts.stays
    )


def _preferred(lesson: Lesson) -> tuple[bool, int, str, str]:
    return lesson.heads is None, lesson.heads or 0, lesson.code or "", lesson.section


def _change(option: Option, before: Lesson) -> Change:
    return Change(
        case=option.ref,
        course=before.course,
        from_=before.code,
        to=option.lesson.code,
        from_period=_text(before),
        to_period=_text(option.lesson),
        heads=option.lesson.heads,
        section=before.section,
        to_section=option.lesson.section,
    )


def _text(lesson: Lesson) -> str | None:
    return " ".join(period for period in lesson.periods if period) or None
