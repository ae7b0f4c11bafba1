"""The roster of the district: which cases are linked to it, and what is kept of it.

Each linked case has its own record, with the student number and the student's classes, so that a
case that is purged or unlinked takes them along. Of the other sections of these courses there is
one record for the district, packed, in which nobody is named: a code, the terms, the periods and a
head count for each.

A student whom the last roster did not have stays linked, with the day on which they were lost;
that day is a row of the agenda (kind ``school``) until a roster has them again, the number is
corrected or removed, or the case closes.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Secret, Sensitivity, Value
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.roster.snapshot import (
    EMPTY,
    Enrollment,
    Roster,
    Student,
    digest,
    from_json,
    to_json,
)
from reintegrate_cli.nouns.roster.standard import LONGEST, Version

_LONGEST_PACKED = 64 * 1024 * 1024
"""What a packed text may hold; no roster keeps as much."""

Sealed = Annotated[Secret[str], Sensitivity.SEALED]


class Seat(Value, frozen=True, kw_only=True):
    """A student's place in a class, by the ids of the roster."""

    id: Private[str]
    section: Private[str]
    first: Private[date | None] = None
    last: Private[date | None] = None


class RosterLink(Record, frozen=True, kw_only=True):
    """A case and its student on the roster; one without a number is no longer linked.

    ``users`` are the ids that the roster has for the student: some rosters have one for each
    school. ``lost_on`` is the day of the roster that no longer had them; the classes are then the
    last that were known.
    """

    case: Ref[str]
    student_number: Secret[str] = ""
    linked_on: Public[date | None] = None
    lost_on: Public[date | None] = None
    users: Private[tuple[str, ...]] = ()
    seats: Private[tuple[Seat, ...]] = ()

    dated = "linked_on"

    @property
    def is_linked(self) -> bool:
        """Check whether it has a student number."""
        return bool(self.student_number)

    @property
    def is_found(self) -> bool:
        """Check whether the last roster had the student."""
        return self.is_linked and bool(self.users) and self.lost_on is None

    @property
    def status(self) -> str:
        """Return whether it is linked, and whether the last roster had the student."""
        if not self.is_linked:
            return "not_linked"
        return "lost" if self.lost_on else "found" if self.users else "not_found"


class Offerings(Record, frozen=True, kw_only=True):
    """What is kept of the last roster beside the students: the sections of their courses."""

    id: Ref[str]
    version: Public[Version]
    imported_on: Public[date]
    imported_at: Public[str]
    """The real time, in UTC."""
    packed: Sealed

    dated = "imported_on"


def check_number(text: str) -> str:
    """Read a student number: a string, of which case and leading zeros count.

    Raises:
        Usage: no roster can have it.
    """
    number = text.strip()
    if not number or len(number) > LONGEST or not number.isprintable():
        raise Usage(
            "that is not a student number as a roster has it",
            hint="type it as the student information system shows it, with its leading zeros",
            fields=["student_number"],
        )
    return number


def linked(link: RosterLink, number: str, on: date) -> RosterLink:
    """Return a link with another number; what was read for the former one is forgotten."""
    return RosterLink(case=link.case, student_number=number, linked_on=on)


def unlinked(link: RosterLink) -> RosterLink:
    """Return a link without a number, and without anything that was read for it."""
    return RosterLink(case=link.case)


def student_of(link: RosterLink) -> Student:
    """Return a linked student as a roster has them."""
    return Student(
        ref=link.case,
        digest=digest(link.student_number),
        users=link.users,
        enrollments=tuple(
            Enrollment(id=seat.id, section=seat.section, first=seat.first, last=seat.last)
            for seat in link.seats
        ),
        lost_on=link.lost_on,
    )


def updated(link: RosterLink, roster: Roster) -> RosterLink:
    """Return a link with what a roster says of its student."""
    student = roster.student(link.case)
    if student is None:
        return link
    seats = tuple(
        Seat(id=place.id, section=place.section, first=place.first, last=place.last)
        for place in student.enrollments
    )
    return replace(link, users=student.users, seats=seats, lost_on=student.lost_on)


def packed(roster: Roster) -> str:
    """Return the sections of a roster as one text, with no student in it."""
    text = json.dumps(to_json(replaced(roster, ())), separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def replaced(roster: Roster, students: Iterable[Student]) -> Roster:
    """Return a roster with other students."""
    names = ("offerings", "courses", "sessions", "schools", "counted_on")
    same: Mapping[str, Any] = {name: getattr(roster, name) for name in names}
    return Roster(students=tuple(students), **same)


def unpacked(text: str) -> Roster:
    """Return the sections that were packed.

    Raises:
        ValueError: it cannot be read.
    """
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(base64.b64decode(text, validate=True), _LONGEST_PACKED)
        if not reader.eof:
            raise ValueError
        return from_json(json.loads(data))
    except (zlib.error, RecursionError):
        raise ValueError from None


def roster_of(links: Iterable[RosterLink], offerings: Offerings | None) -> Roster:
    """Return all that is known of the last roster: the linked students, and the sections.

    Raises:
        ValueError: what was packed cannot be read.
    """
    known = EMPTY if offerings is None else unpacked(offerings.packed)
    return replaced(known, (student_of(link) for link in links if link.users))


def dates(link: RosterLink, world: World) -> Iterator[Dated]:
    """Yield the day on which the roster lost a student: somebody asks where they learn now."""
    if link.is_linked and link.lost_on is not None:
        yield world.row(
            link.case,
            "roster",
            label="gone from the roster: where now",
            command=f"reintegrate roster link {link.case}",
            due_on=link.lost_on,
            announced_on=link.lost_on,
            kind="school",
        )


def events(link: RosterLink) -> Iterator[Event]:
    """Yield when a case was linked, and when the roster lost the student."""
    event = partial(event_of, link, "roster")
    if link.linked_on is not None:
        yield event(link.linked_on, "linked to the roster")
    if link.lost_on is not None:
        yield event(link.lost_on, "no longer on the roster")
