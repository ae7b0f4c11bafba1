"""What is kept of a roster: the linked students, their classes, and the sections beside them.

A plain frozen value, small enough for the vault. There is no other person in it: of the other
sections of a student's courses there is a code, the terms, the periods and a head count. A
student number is not in it either; ``digest`` tells whether the case is still linked to the
number that these classes were read for.

Every id is the one of the roster, a string as it was written: case and leading zeros count.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from reintegrate_cli.core.lean import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """A school, as the roster names it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A term; its last day is one on which a class may still meet."""

    id: str
    title: str
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course, of which the sections are classes."""

    id: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A class as it is kept in an offering; see ``Section``."""

    id: str
    code: str | None = None
    periods: str
    heads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """The sections of a course at one school in the same terms, which are said once for all."""

    course: str
    school: str
    terms: tuple[str, ...]
    sections: tuple[Offered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A class: one section of a course, with everything that is kept of it.

    ``periods`` is what the roster says, word for word (see ``periods.parse``); ``heads`` how many
    students were in it at ``Roster.counted_on``, or None if nobody counted them.
    """

    id: str
    code: str | None = None
    course: str
    school: str
    terms: tuple[str, ...]
    periods: str
    heads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """A student's place in a class; its last day counts, and None is no limit."""

    id: str
    section: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A linked student on the roster.

    One student may be several users: some rosters have one for each school. ``lost_on`` is the
    day of the import in which the student was gone; the classes are then the last that were
    known. An enrollment may name a section that is not kept: nothing is known about that class.
    """

    ref: str
    digest: str
    users: tuple[str, ...]
    enrollments: tuple[Enrollment, ...] = ()
    lost_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """All that is kept of the rosters that were imported, in order of ids."""

    students: tuple[Student, ...] = ()
    offerings: tuple[Offering, ...] = ()
    courses: tuple[Course, ...] = ()
    sessions: tuple[Session, ...] = ()
    schools: tuple[School, ...] = ()
    counted_on: date | None = None

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return each section of each offering."""
        return tuple(
            Section(
                id=section.id,
                code=section.code,
                course=offering.course,
                school=offering.school,
                terms=offering.terms,
                periods=section.periods,
                heads=section.heads,
            )
            for offering in self.offerings
            for section in offering.sections
        )

    def student(self, ref: str) -> Student | None:
        """Return the linked student of a case, or None if no roster named them yet."""
        return next((student for student in self.students if student.ref == ref), None)

    def without(self, ref: str) -> "Roster":
        """Return the roster without a case that is no longer linked."""
        left = tuple(student for student in self.students if student.ref != ref)
        return replace(self, students=left)


EMPTY = Roster()


def offerings(sections: Iterable[Section]) -> tuple[Offering, ...]:
    """Return the sections as they are kept."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Offered]] = {}
    for section in sorted(sections, key=lambda section: section.id):
        offered = Offered(
            id=section.id, code=section.code, periods=section.periods, heads=section.heads
        )
        groups.setdefault((section.course, section.school, section.terms), []).append(offered)
    return tuple(
        Offering(course=course, school=school, terms=terms, sections=tuple(group))
        for (course, school, terms), group in sorted(groups.items())
    )


def digest(number: str) -> str:
    """Return what tells one student number from another, without being the number."""
    return hashlib.sha256(b"student number\0" + number.encode()).hexdigest()[:16]


def to_json(roster: Roster) -> dict[str, Any]:
    """Return the roster as plain values for JSON."""

    def plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in pairs
            if value is not None
        }

    return asdict(roster, dict_factory=plain)


def from_json(values: Mapping[str, Any]) -> Roster:
    """Return the roster that ``to_json`` gave these values for.

    Raises:
        ValueError: they have another shape.
    """
    try:
        return msgspec.convert(values, Roster)
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from None
