"""Read a OneRoster CSV set: from a folder or a zip, 1.1 or 1.2, bulk and delta.

``read_set`` is the whole of it: a pure function of the set, the linked student numbers, what was
kept before, and today. It writes nothing. Either the set is refused, and there is no result; or
there is a new ``Roster``, with counts for each file and a place for each row that was not taken.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from reintegrate_cli.nouns.roster.manifest import Manifest, read_manifest
from reintegrate_cli.nouns.roster.people import Changes, People
from reintegrate_cli.nouns.roster.rows import BadRow, BadRows, Reason, Rows, records
from reintegrate_cli.nouns.roster.snapshot import (
    EMPTY,
    Enrollment,
    Roster,
    Section,
    Student,
    digest,
    offerings,
)
from reintegrate_cli.nouns.roster.source import Files, files_of, refuse
from reintegrate_cli.nouns.roster.standard import FILES, File, FileName, Mode, Version
from reintegrate_cli.nouns.roster.things import Table, Things

MOST_BESIDE = 600_000
"""Characters of the sections beside those of the students: some 6,000 sections."""
LENGTH = 60
"""Characters of a section beside its own values."""
MOST_SESSIONS = 500
ENOUGH = 10
"""A bulk set that misses more than a tenth of the linked students is doubted."""

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What became of the rows of one file: ``read`` is the sum of the four after it.

    ``gone`` is how much of what was kept before is no longer on the roster.
    """

    file: str
    mode: Mode
    read: int = 0
    kept: int = 0
    unchanged: int = 0
    other: int = 0
    bad: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a set says, and what is to be kept of it."""

    version: Version
    roster: Roster
    items: tuple[Item, ...]
    errors: BadRows
    found: tuple[str, ...]
    missing: tuple[str, ...]
    lost: tuple[str, ...]
    """Missing, and not missing before this import."""
    without_zeros: tuple[str, ...]
    """Missing, and somebody is there whose number is the same but for zeros at its front."""
    emptied: tuple[str, ...]
    """Students who had classes before, and now have none."""
    unknown: int
    """Enrollments of linked students in a class of which nothing is known."""
    left_out: int
    """Sections that were not kept, since there were too many."""

    @property
    def shrinks(self) -> bool:
        """Check whether a bulk set misses so many that it is doubted (rule ``roster``)."""
        whole = any(item.file == "users.csv" and item.mode == "bulk" for item in self.items)
        return whole and len(self.missing) * ENOUGH > len(self.missing) + len(self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that was not taken, with the columns that this program reads and no other."""

    file: str
    line: int
    column: str | None
    reason: Reason
    values: Mapping[str, str]


def read_set(
    path: Path,
    linked: Mapping[str, str],
    *,
    today: date,
    before: Roster = EMPTY,
    progress: Progress = lambda file, rows: None,
) -> Import:
    """Read a set, and work out what is to be kept of it.

    Args:
        path: a folder, or a zip file.
        linked: the student number of each linked case, by ref.
        today: the day of the import.
        before: what was kept before.
        progress: called now and then with the name of the file and the rows read.

    Raises:
        Usage: the set is refused as a whole; ``fields`` names the file.
    """
    with files_of(path) as files:
        return _Reading(files, read_manifest(files), linked, today, before, progress).result()


def rejected_rows(path: Path, errors: Iterable[BadRow]) -> Iterator[RejectedRow]:
    """Yield the rows that were not taken, from a second look at the same set.

    Raises:
        Usage: the set was changed since it was read.
    """
    with files_of(path) as files:
        manifest = read_manifest(files)
        bad = iter(errors)
        row = next(bad, None)
        for file in FILES[manifest.version]:
            if row is None or row.file != file.csv:
                continue
            with files.open(file.csv.lower()) as raw:
                rows = records(file.csv, raw)
                header = [name.strip().casefold() for name in next(rows, (1, None))[1] or ()]
                for line, record in rows:
                    if row is None or row.file != file.csv:
                        break
                    if line == row.line:
                        yield _rejected(row, file, manifest.modes[file.name], header, record)
                        row = next(bad, None)
        if row is not None:
            raise refuse("the set changed while it was read", file=row.file)


def _rejected(
    row: BadRow, file: File, mode: Mode, header: list[str], record: list[str] | None
) -> RejectedRow:
    # If the fields do not match the header, any of them may be a name.
    whole = record is not None and len(record) == len(header)
    cells = dict(zip(header, record, strict=True)) if record is not None and whole else {}
    values = {column: cells.get(column.casefold(), "").strip() for column in file.columns(mode)}
    return RejectedRow(
        file=row.file, line=row.line, column=row.column, reason=row.reason, values=values
    )


class _Reading:
    """One set while it is read."""

    def __init__(
        self,
        files: Files,
        manifest: Manifest,
        linked: Mapping[str, str],
        today: date,
        before: Roster,
        progress: Progress,
    ) -> None:
        self._files, self._manifest, self._progress = files, manifest, progress
        self._linked, self._today, self._before = linked, today, before
        self._errors = BadRows()
        self._rows: dict[FileName, Rows] = {}
        self._students = {
            student.ref: student
            for student in before.students
            if student.ref in linked and student.digest == digest(linked[student.ref].strip())
        }
        self._heads_before = {section.id: section.heads for section in before.sections}
        modes: dict[FileName, Mode] = {"roles": "absent", **manifest.modes}
        self._things = Things(self._open, modes, before)
        self._people = People(self._open, modes, linked, self._students, self._things, today)

    @contextmanager
    def _open(self, name: FileName, **hooks: Any) -> Iterator[Rows | None]:
        if self._manifest.modes.get(name, "absent") == "absent":
            yield None
            return
        file = next(file for file in FILES[self._manifest.version] if file.name == name)
        mode, version = self._manifest.modes[name], self._manifest.version
        with self._files.open(file.csv.lower()) as raw:
            rows = Rows(file, mode, version, raw, self._errors, progress=self._progress, **hooks)
            self._rows[name] = rows
            yield rows

    def result(self) -> Import:
        """Read the files and put together what is to be kept."""
        self._things.take_in()
        self._people.take_in()
        self._errors.sort()
        students = tuple(self._all_students())
        sections, left_out = self._sections(students)
        roster = self._roster(students, sections)
        found = tuple(student.ref for student in students if student.lost_on is None)
        missing = tuple(ref for ref in sorted(self._linked) if ref not in found)
        known = {section.id for section in sections}
        return Import(
            version=self._manifest.version,
            roster=roster,
            items=tuple(self._items(roster)),
            errors=self._errors,
            found=found,
            missing=missing,
            lost=tuple(ref for ref in missing if self._was_there(ref)),
            without_zeros=tuple(ref for ref in missing if ref in self._people.without_zeros),
            emptied=tuple(self._emptied(students)),
            unknown=sum(
                enrollment.section not in known
                for student in students
                for enrollment in student.enrollments
            ),
            left_out=left_out,
        )

    def _was_there(self, ref: str) -> bool:
        return ref in self._students and self._students[ref].lost_on is None

    def _emptied(self, students: Iterable[Student]) -> Iterator[str]:
        for student in students:
            before = self._students.get(student.ref)
            if before is not None and before.enrollments and not student.enrollments:
                yield student.ref

    def _all_students(self) -> Iterator[Student]:
        for ref, number in sorted(self._linked.items()):
            users = tuple(sorted(user for user, refs in self._people.owners.items() if ref in refs))
            before = self._students.get(ref)
            if users:
                yield Student(
                    ref=ref,
                    digest=digest(number.strip()),
                    users=users,
                    enrollments=self._enrollments(ref, before),
                )
            elif before is not None:
                # Gone from the roster is no deletion: the last known classes stay.
                yield replace(before, lost_on=before.lost_on or self._today)

    def _enrollments(self, ref: str, before: Student | None) -> tuple[Enrollment, ...]:
        people, mode = self._people, self._manifest.modes["enrollments"]
        places = {
            enrollment.id: enrollment
            for enrollment in (before.enrollments if before else ())
            if enrollment.id not in people.removed
            and (mode != "bulk" or enrollment.id in people.unclear)
        }
        for refs, enrollment in people.enrollments.values():
            if ref in refs:
                places[enrollment.id] = enrollment
        exists = self._things.sections.exists
        return tuple(place for _, place in sorted(places.items()) if exists(place.section))

    def _sections(self, students: Iterable[Student]) -> tuple[tuple[Section, ...], int]:
        """Return the students' classes and the sections beside them, and how many are left out."""
        table = self._things.sections
        own: dict[str, Section] = {}
        for student in students:
            for enrollment in student.enrollments:
                section = table.get(enrollment.section) or self._last_known(student, enrollment)
                if section is not None:
                    own[section.id] = section
        courses = {(section.course, section.school) for section in own.values()}
        beside = [
            section
            for section in table.all()
            if (section.course, section.school) in courses and section.id not in own
        ]
        lengths = accumulate(_length(section) for section in beside)
        few = beside[: sum(length <= MOST_BESIDE for length in lengths)]
        counted = [self._counted(section) for section in (*own.values(), *few)]
        return tuple(counted), len(beside) - len(few)

    def _last_known(self, student: Student, enrollment: Enrollment) -> Section | None:
        lost = student.lost_on is not None
        return self._things.sections.before.get(enrollment.section) if lost else None

    def _counted(self, section: Section) -> Section:
        if self._manifest.modes["enrollments"] == "bulk":
            return replace(section, heads=self._people.heads[section.id])
        return replace(section, heads=self._heads_before.get(section.id))

    def _roster(self, students: tuple[Student, ...], sections: tuple[Section, ...]) -> Roster:
        things = self._things
        bulk = self._manifest.modes["enrollments"] == "bulk"
        return Roster(
            students=students,
            offerings=offerings(sections),
            courses=_used(things.courses, {section.course for section in sections}),
            sessions=_used(things.sessions, self._terms(sections)),
            schools=_used(things.schools, {section.school for section in sections}),
            counted_on=self._today if bulk else self._before.counted_on,
        )

    def _terms(self, sections: Iterable[Section]) -> set[str]:
        """Return the terms of the sections, and all that are to come: a class may move to one."""
        used = {term for section in sections for term in section.terms}
        ahead = (term.id for term in self._things.sessions.all() if term.last >= self._today)
        return used | set(islice(ahead, MOST_SESSIONS))

    def _items(self, roster: Roster) -> Iterator[Item]:
        things = self._things
        tables: dict[FileName, tuple[Table[Any], set[str]]] = {
            "orgs": (things.schools, {school.id for school in roster.schools} - things.mistyped),
            "academicSessions": (things.sessions, {session.id for session in roster.sessions}),
            "courses": (things.courses, {course.id for course in roster.courses}),
            "classes": (things.sections, {section.id for section in roster.sections}),
        }
        gone = self._gone(roster)
        for file in FILES[self._manifest.version]:
            mode, rows = self._manifest.modes[file.name], self._rows.get(file.name)
            if rows is None:
                yield Item(file=file.csv, mode=mode)
                continue
            if file.name in tables:
                table, used = tables[file.name]
                kept, unchanged = table.changes(used)
                left = sum(not table.exists(key) for key in table.before)
            else:
                changes = self._people.changes.get(file.name, Changes())
                kept, unchanged, left = changes.kept, changes.unchanged, gone.get(file.name, 0)
            yield Item(
                file=file.csv,
                mode=mode,
                read=rows.read,
                kept=kept,
                unchanged=unchanged,
                other=rows.read - kept - unchanged - rows.bad,
                bad=rows.bad,
                gone=left,
            )

    def _gone(self, roster: Roster) -> dict[FileName, int]:
        before = [student for student in self._students.values() if student.lost_on is None]
        after = [student for student in roster.students if student.lost_on is None]
        users, places = _ids(before)
        users_now, places_now = _ids(after)
        return {"users": len(users - users_now), "enrollments": len(places - places_now)}


def _ids(students: Sequence[Student]) -> tuple[set[str], set[str]]:
    users = {user for student in students for user in student.users}
    places = {place.id for student in students for place in student.enrollments}
    return users, places


def _length(section: Section) -> int:
    return LENGTH + len(section.id) + len(section.code or "") + len(section.periods)


def _used(table: Table[Any], ids: set[str]) -> tuple[Any, ...]:
    things = map(table.get, sorted(ids))
    return tuple(thing for thing in things if thing is not None)
