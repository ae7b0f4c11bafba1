"""Schools, terms, courses and classes of a set, laid over what was kept before.

A row that is not taken says nothing: what it is about is neither gone nor changed. So a bad term
does not take its classes with it, and a class of which nothing was taken is still a class in
which two students may meet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from reintegrate_cli.nouns.roster.rows import Bad, Rows, day, listed, word
from reintegrate_cli.nouns.roster.snapshot import Course, Roster, School, Section, Session
from reintegrate_cli.nouns.roster.standard import ORG_TYPES, SCHOOL, FileName, Mode


class Thing(Protocol):
    """What has an id of the roster."""

    @property
    def id(self) -> str:
        """Return the id."""


T = TypeVar("T", bound=Thing)
Open = Callable[..., AbstractContextManager[Rows | None]]
"""Open a file of the set by name; None if it is absent."""


@dataclass(slots=True)
class Table(Generic[T]):
    """What one file says, over what was kept before."""

    mode: Mode
    before: Mapping[str, T]
    rows: dict[str, T] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    file: Rows | None = None

    def get(self, key: str) -> T | None:
        """Return the thing with this id, if anything is known of it."""
        if key in self.rows:
            return self.rows[key]
        if not self.exists(key):
            return None
        return self.before.get(key)

    def exists(self, key: str) -> bool:
        """Check whether something may refer to this id."""
        if self.mode == "bulk" and self.file is not None:
            return self.file.has(key)
        return key not in self.deleted

    def all(self) -> Iterator[T]:
        """Yield everything that is known, what was kept before first."""
        for key in dict.fromkeys((*self.before, *self.rows)):
            thing = self.get(key)
            if thing is not None:
                yield thing

    def read(self, rows: Rows, make: Callable[[Sequence[str], int], T]) -> None:
        """Take every row of the file that may be taken."""
        self.file = rows
        for line, values, deletes in rows:
            if deletes:
                self.deleted.add(values[0])
                continue
            try:
                self.rows[values[0]] = make(values, line)
            except Bad as problem:
                rows.reject(line, values[0], problem)

    def changes(self, used: set[str]) -> tuple[int, int]:
        """Count the rows that changed what is kept, and those that left it as it was."""
        rows = [self.rows[key] for key in used if key in self.rows]
        unchanged = sum(self.before.get(row.id) == row for row in rows)
        deleted = sum(key in self.before for key in self.deleted)
        return len(rows) - unchanged + deleted, unchanged


class Things:
    """The four files of a set that are not about people."""

    def __init__(self, open_file: Open, modes: Mapping[FileName, Mode], before: Roster) -> None:
        self._open = open_file
        self.schools = Table(modes["orgs"], _by_id(before.schools))
        self.sessions = Table(modes["academicSessions"], _by_id(before.sessions))
        self.courses = Table(modes["courses"], _by_id(before.courses))
        uncounted = (replace(section, heads=None) for section in before.sections)
        self.sections = Table(modes["classes"], _by_id(uncounted))
        self.other_orgs: dict[str, int] = {}
        """Orgs that are no schools, and where they stand in the file."""
        self.mistyped: set[str] = set()
        self._parents: set[str] = set()
        self._pool: dict[str, str] = {}

    def take_in(self) -> None:
        """Read the four files, what others refer to first."""
        tables = {
            "orgs": (self.schools, self._school),
            "academicSessions": (self.sessions, self._session),
            "courses": (self.courses, self._course),
            "classes": (self.sections, self._section),
        }
        for name, (table, make) in tables.items():
            with self._open(name) as rows:
                if rows is not None:
                    table.read(rows, make)  # type: ignore[attr-defined]

    def _school(self, values: Sequence[str], line: int) -> School:
        key, name, kind, parent, *_ = values
        if word("type", kind, ORG_TYPES) != SCHOOL:
            self.other_orgs[key] = line
        self._parents.add(parent)
        return School(id=key, name=name)

    def _session(self, values: Sequence[str], line: int) -> Session:
        key, title, first, last, *_ = values
        session = Session(
            id=key, title=title, first=day("startDate", first), last=day("endDate", last)
        )
        if session.last < session.first:
            raise Bad("endDate", "ends_before_it_starts")
        return session

    def _course(self, values: Sequence[str], line: int) -> Course:
        return Course(id=values[0], code=values[1] or None)

    def _section(self, values: Sequence[str], line: int) -> Section:
        key, course, code, school, terms, periods, *_ = values
        if not self.courses.exists(course):
            raise Bad("courseSourcedId", "nowhere")
        if not self.schools.exists(school):
            raise Bad("schoolSourcedId", "nowhere")
        self._check_school(school)
        ids = listed(terms)
        if not ids:
            raise Bad("termSourcedIds", "no_value")
        if not all(map(self.sessions.exists, ids)):
            raise Bad("termSourcedIds", "nowhere")
        return Section(
            id=key,
            code=code or None,
            course=self._pool.setdefault(course, course),
            school=self._pool.setdefault(school, school),
            terms=tuple(self._pool.setdefault(term, term) for term in ids),
            periods=self._pool.setdefault(periods, periods),
        )

    def _check_school(self, school: str) -> None:
        """Check that classes are held at a school.

        An org with schools below it is no school, and the class is wrong. One with none below is
        a school with a wrong type, as small districts have it: that is one bad row of orgs, and
        not a thousand of classes.
        """
        if school not in self.other_orgs or school in self.mistyped:
            return
        if school in self._parents:
            raise Bad("schoolSourcedId", "not_a_school")
        self.mistyped.add(school)
        if self.schools.file is not None:
            line = self.other_orgs[school]
            self.schools.file.reject(line, school, Bad("type", "not_a_school"))


def _by_id(things: "Iterator[T] | Sequence[T]") -> dict[str, T]:
    return {thing.id: thing for thing in things}
