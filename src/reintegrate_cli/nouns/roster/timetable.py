"""The classes of a linked student, as they are shown and compared: codes, periods, terms and days.

The last day of a term counts as one on which a class still meets. A term, a class or a student of
which nothing is known has no days and no periods here, and may meet at any time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from reintegrate_cli.nouns.roster.periods import Times, parse
from reintegrate_cli.nouns.roster.snapshot import Course, Enrollment, Roster, Section, Session


@dataclass(frozen=True, slots=True)
class Days:
    """From a first day to a last, both of them in; None is no limit."""

    first: date | None = None
    last: date | None = None

    def both(self, other: "Days") -> "Days | None":
        """Return the days that are in both, or None if there are none."""
        first = max(self.first or date.min, other.first or date.min)
        last = min(self.last or date.max, other.last or date.max)
        if first > last:
            return None
        return Days(None if first == date.min else first, None if last == date.max else last)


ALWAYS = Days()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A section with everything that it refers to.

    ``code`` and ``course`` are classCode and courseCode; ``terms`` are the titles of its terms,
    and ``days`` when these are. ``times`` is empty where the period is not known.
    """

    section: str
    code: str | None = None
    course_id: str | None = None
    course: str | None = None
    school: str | None = None
    times: Times = ()
    terms: tuple[str, ...] = ()
    days: tuple[Days, ...] = (ALWAYS,)
    heads: int | None = None

    @property
    def term(self) -> str | None:
        """Return the titles of all its terms in one text."""
        return ", ".join(self.terms) or None

    @property
    def periods(self) -> tuple[str | None, ...]:
        """Return each of its periods as the roster writes it; None alone if nothing is known."""
        return tuple(dict.fromkeys(slot.text for slot in self.times)) or (None,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A student's place in a class, and the days on which it is theirs."""

    lesson: Lesson
    days: tuple[Days, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a student's timetable: a class in one of its periods; None is not known."""

    period: str | None
    class_: str | None
    course: str | None
    term: str | None


class Timetable:
    """Everything that a roster says of classes, ready to be looked up."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._sections = {section.id: section for section in roster.sections}
        self._courses: dict[str, Course] = {course.id: course for course in roster.courses}
        self._sessions: dict[str, Session] = {session.id: session for session in roster.sessions}

    def lessons(self) -> Iterator[Lesson]:
        """Yield every section that is known."""
        return map(self._lesson, self._roster.sections)

    def places(self, ref: str, day: date, last: date | None = None) -> tuple[Place, ...]:
        """Return the classes of a student that are not over on a day; none if none are known.

        Args:
            ref: the student's case.
            day: the first day that counts.
            last: the last day that counts, if there is one.
        """
        student = self._roster.student(ref)
        enrollments = student.enrollments if student is not None else ()
        places = (self._place(enrollment, Days(day, last)) for enrollment in enrollments)
        return tuple(place for place in places if place.days)

    def rows(self, ref: str, day: date) -> list[Row]:
        """Return a student's timetable: one row for each class and period, in order."""
        rows = [
            Row(period=period, class_=lesson.code, course=lesson.course, term=lesson.term)
            for lesson in (place.lesson for place in self.places(ref, day))
            for period in lesson.periods
        ]
        return sorted(
            rows, key=lambda row: (row.period is None, _natural(row.period), row.class_ or "")
        )

    def _place(self, enrollment: Enrollment, span: Days) -> Place:
        section = self._sections.get(enrollment.section)
        lesson = self._lesson(section) if section else Lesson(section=enrollment.section)
        mine = Days(enrollment.first, enrollment.last).both(span)
        shared = (days.both(mine) for days in lesson.days) if mine else ()
        return Place(lesson=lesson, days=tuple(days for days in shared if days is not None))

    def _lesson(self, section: Section) -> Lesson:
        course = self._courses.get(section.course)
        terms = [self._sessions.get(term) for term in section.terms]
        known = [term for term in terms if term is not None]
        days = tuple(Days(term.first, term.last) for term in known)
        return Lesson(
            section=section.id,
            code=section.code,
            course_id=section.course,
            course=course.code if course else None,
            school=section.school,
            times=parse(section.periods),
            terms=tuple(term.title for term in known),
            # One term that is not known may be at any time.
            days=days if known and len(known) == len(terms) else (ALWAYS,),
            heads=section.heads,
        )


def _natural(text: str | None) -> tuple[int, str]:
    digits = "".join(char for char in (text or "").split("(")[0] if char.isdecimal())
    return int(digits[:6] or 0), text or ""
