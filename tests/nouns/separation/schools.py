"""Small schools made by chance, and the best schedule changes in them, found by trying all."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice, product
from math import prod

from reintegrate_cli.nouns.roster.periods import parse
from reintegrate_cli.nouns.roster.timetable import Days, Lesson, Place
from reintegrate_cli.nouns.separation.choices import Pair
from reintegrate_cli.nouns.separation.meetings import Whereabouts

COURSES, SECTIONS = 8, 4
MOST_WAYS = 2_000
REFS = ("D4SX", "P3RM", "V3NP", "HX4T")

Meeting = tuple[int, str]
"""A period, and a day of the rotation."""


@dataclass(frozen=True)
class Section:
    """A section as this file sees it: a set of periods and days, and one of two terms or both."""

    course: int
    number: int
    periods: tuple[tuple[int, str], ...]
    """Each period with the days on which it is held: ``A``, ``B`` or ``AB``."""
    terms: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.course}-{self.number}"

    @cached_property
    def moments(self) -> int:
        """A bit for each period, day and term in which it is held."""
        return sum(
            1 << (period * 4 + "AB".index(day) * 2 + term)
            for period, days in self.periods
            for day in days
            for term in self.terms
        )

    @property
    def load(self) -> int:
        return sum(len(days) for _, days in self.periods)


@dataclass(frozen=True)
class School:
    """Eight courses of four sections, where each student is, and who is to be kept apart."""

    sections: tuple[tuple[Section, ...], ...]
    students: dict[str, tuple[int, ...]]
    """For each student the number of the section in each course."""
    pairs: tuple[tuple[str, str], ...]
    """Who moves, and who stays."""

    @property
    def movers(self) -> list[str]:
        """Return who may move: those who do not stay in another pair."""
        stay = {stays for _, stays in self.pairs}
        return sorted({moves for moves, _ in self.pairs} - stay)

    @property
    def alike(self) -> bool:
        """Check whether two sections of a course are held at the same time."""
        return any(
            len({section.moments for section in sections}) < len(sections)
            for sections in self.sections
        )


TERMS = (Days(date(2026, 8, 17), date(2026, 12, 18)), Days(date(2027, 1, 4), date(2027, 6, 4)))


def school(seed: int) -> School:
    """Return a school: the same one for the same seed, and one of which all can be tried."""
    chance = random.Random(seed)
    while True:
        made = _school(chance)
        ways = [sum(1 for _ in _schedules(made, ref)) for ref in made.movers]
        if prod(ways) <= MOST_WAYS:
            return made


def _school(chance: random.Random) -> School:
    rotation = chance.random() < 0.4
    halves = chance.random() < 0.3
    crowded = chance.random() < 0.3
    roomy = chance.random() < 0.5
    sections = tuple(
        tuple(
            _section(chance, course, number, rotation, halves, crowded, roomy)
            for number in range(SECTIONS)
        )
        for course in range(COURSES)
    )
    refs = REFS[: chance.choice((2, 2, 3, 4))]
    students = {ref: _schedule(chance, sections) for ref in refs}
    first, second, *others = refs
    for ref in (second, *others):
        if chance.random() < 0.6:  # classes in common, as friends have them
            shared = tuple(
                mine if chance.random() < 0.4 else theirs
                for mine, theirs in zip(students[first], students[ref], strict=True)
            )
            students[ref] = shared if _fits(sections, shared) else students[ref]
    pairs = {(first, second)}
    for ref in others:
        pairs.add(chance.choice(((first, ref), (ref, second), (ref, second), (second, ref))))
    return School(sections, students, tuple(sorted(pairs)))


def _section(
    chance: random.Random,
    course: int,
    number: int,
    rotation: bool,
    halves: bool,
    crowded: bool,
    roomy: bool,
) -> Section:
    last = 9 if crowded else 10 if roomy else 8
    period = course + 1 if crowded and chance.random() < 0.7 else chance.randint(1, last)
    days = chance.choice(("A", "B", "AB", "AB")) if rotation else "AB"
    periods = [(period, days)]
    if rotation and chance.random() < 0.2:
        periods.append((period % last + 1, chance.choice(("A", "B"))))
    terms = chance.choice(((0,), (1,), (0, 1))) if halves else (0,)
    return Section(course, number, tuple(periods), terms)


def _schedule(chance: random.Random, sections: tuple[tuple[Section, ...], ...]) -> tuple[int, ...]:
    """Return a schedule that fits if there is one, as a counselor would make it; else any."""
    schedules = list(islice(_fitting(sections), MOST_WAYS))
    if schedules:
        return chance.choice(schedules)
    return tuple(chance.randrange(SECTIONS) for _ in range(COURSES))


def _fits(sections: tuple[tuple[Section, ...], ...], schedule: tuple[int, ...]) -> bool:
    seen = 0
    for course, number in enumerate(schedule):
        moments = sections[course][number].moments
        if seen & moments:
            return False
        seen |= moments
    return True


def _fitting(sections: tuple[tuple[Section, ...], ...]) -> Iterator[tuple[int, ...]]:
    def further(course: int, seen: int) -> Iterator[tuple[int, ...]]:
        if course == COURSES:
            yield ()
            return
        for section in sections[course]:
            if not seen & section.moments:
                for rest in further(course + 1, seen | section.moments):
                    yield (section.number, *rest)

    return further(0, 0)


def _allowed(school: School, now: tuple[int, ...]) -> list[list[int]]:
    """Return the sections of each course that keep the term and the load."""
    return [
        [
            other.number
            for other in sections
            if other.number == now[course]
            or (
                other.terms == sections[now[course]].terms
                and other.load == sections[now[course]].load
            )
        ]
        for course, sections in enumerate(school.sections)
    ]


def _schedules(school: School, ref: str) -> Iterator[tuple[int, ...]]:
    """Yield every schedule that this student may have: a new class clashes with none."""
    now = school.students[ref]

    def further(course: int, taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if course == COURSES:
            yield taken
            return
        for number in _allowed_now[course]:
            section = school.sections[course][number]
            clash = any(
                section.moments & school.sections[before][other].moments
                and (number != now[course] or other != now[before])
                for before, other in enumerate(taken)
            )
            if not clash:
                yield from further(course + 1, (*taken, number))

    _allowed_now = _allowed(school, now)
    return further(0, ())


def _moved(school: School, course: int, number: int, now: int) -> int:
    before = set(school.sections[course][now].periods)
    return sum(period not in before for period in school.sections[course][number].periods)


Cost = tuple[int, int, int]
"""Meetings that are left, changed sections, moved periods."""


def costs(school: School) -> list[tuple[Cost, frozenset[tuple[str, int, int]]]]:
    """Try all schedules of all who move; return what each costs, and its changes, in order."""
    movers = school.movers
    answers = []
    for chosen in product(*(list(_schedules(school, ref)) for ref in movers)):
        after = school.students | dict(zip(movers, chosen, strict=True))
        left = sum(
            len(school.sections[course][mine].periods)
            for pair in {frozenset(pair) for pair in school.pairs}
            for first, second in [sorted(pair)]
            for course, (mine, theirs) in enumerate(zip(after[first], after[second], strict=True))
            if mine == theirs
        )
        changes = frozenset(
            (ref, course, number)
            for ref, schedule in zip(movers, chosen, strict=True)
            for course, number in enumerate(schedule)
            if number != school.students[ref][course]
        )
        moved = sum(
            _moved(school, course, number, school.students[ref][course])
            for ref, course, number in changes
        )
        answers.append(((left, len(changes), moved), changes))
    return sorted(answers, key=lambda answer: answer[0])


def lesson(section: Section) -> Lesson:
    """Return a section as the program knows it."""
    text = " ".join(f"{period}({'-'.join(days)})" for period, days in section.periods)
    return Lesson(
        section=section.name,
        code=f"C{section.name}",
        course_id=f"k{section.course}",
        course=f"COURSE{section.course}",
        school="ridgeline",
        times=parse(text),
        terms=tuple(("Fall", "Spring")[term] for term in section.terms),
        days=tuple(TERMS[term] for term in section.terms),
        heads=20 + section.number,
    )


def told(school: School) -> tuple[list[Lesson], dict[str, Whereabouts], list[Pair]]:
    """Return the school as the program is told of it."""
    lessons = {
        section.name: lesson(section) for sections in school.sections for section in sections
    }
    students = {
        ref: Whereabouts(
            classes=tuple(
                Place(lesson=one, days=one.days)
                for one in (lessons[f"{course}-{number}"] for course, number in enumerate(schedule))
            )
        )
        for ref, schedule in school.students.items()
    }
    pairs = [Pair(moves=moves, stays=stays) for moves, stays in school.pairs]
    return list(lessons.values()), students, pairs
