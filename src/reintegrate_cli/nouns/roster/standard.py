"""OneRoster 1.1 and 1.2 CSV, as far as this program reads it: files, columns, words.

A column that is not in ``reads`` is never looked at: names, contact values, passwords and
grades stay where they are, and so do all files that are not listed here (demographics among
them). ``required`` is what a header must have, whether it is read or not; without it the set
is not what it says it is.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Version = Literal["1.1", "1.2"]
Mode = Literal["bulk", "delta", "absent"]
"""Bulk is the whole truth, delta is what changed, and an absent file is not read."""
FileName = Literal[
    "orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments"
]

DELTA = ("status", "dateLastModified")
"""Required in each row of a delta; never looked at in a bulk file, where they say nothing."""

LONGEST = 255
"""Characters in one value; the standard's ids end there."""
LONGEST_LIST = 4_000
LISTS = frozenset({"termSourcedIds", "periods"})
IDS = frozenset({"identifier", "sourcedId", "parentSourcedId", "courseSourcedId"}) | {
    "schoolSourcedId",
    "termSourcedIds",
    "userSourcedId",
    "classSourcedId",
}

SCHOOL = "school"
STUDENT = "student"
ORG_TYPES = frozenset({"department", SCHOOL, "district", "local", "state", "national"})
ROLES = frozenset(
    {
        "administrator",
        "aide",
        "counselor",
        "districtadministrator",
        "guardian",
        "parent",
        "principal",
        "proctor",
        "relative",
        "siteadministrator",
        STUDENT,
        "systemadministrator",
        "teacher",
    }
)
EXTENSION = "ext:"
"""Words that begin like this are a vendor's own, and lawful."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the set: its header, and what is read of it.

    Args:
        name: without ``.csv``.
        required: the columns that its header must have.
        reads: the columns whose values are read, the id first.
        most: how many rows are read before the set is refused.
        people: whether its rows are about people, so that most of them concern nobody here.
    """

    name: FileName
    required: tuple[str, ...]
    reads: tuple[str, ...]
    most: int = 1_000_000
    people: bool = False

    @property
    def csv(self) -> str:
        """Return the name as people know it."""
        return f"{self.name}.csv"

    def header(self, mode: Mode) -> tuple[str, ...]:
        """Return the columns that the header must have in this mode."""
        return (*self.required, *DELTA) if mode == "delta" else self.required

    def columns(self, mode: Mode) -> tuple[str, ...]:
        """Return the columns that are read in this mode, in the order of the values."""
        return (*self.reads, *DELTA) if mode == "delta" else self.reads


_ORGS = File(
    "orgs", ("sourcedId", "name", "type"), ("sourcedId", "name", "type", "parentSourcedId")
)
_SESSIONS = File(
    "academicSessions",
    ("sourcedId", "title", "type", "startDate", "endDate", "schoolYear"),
    ("sourcedId", "title", "startDate", "endDate"),
)
_COURSES = File("courses", ("sourcedId", "title", "orgSourcedId"), ("sourcedId", "courseCode"))
_CLASSES = File(
    "classes",
    ("sourcedId", "title", "courseSourcedId", "classType", "schoolSourcedId", "termSourcedIds"),
    ("sourcedId", "courseSourcedId", "classCode", "schoolSourcedId", "termSourcedIds", "periods"),
)
_USERS_1 = File(
    "users",
    ("sourcedId", "enabledUser", "orgSourcedIds", "role", "username", "givenName", "familyName"),
    ("sourcedId", "identifier", "role"),
    most=5_000_000,
    people=True,
)
_USERS_2 = File(
    "users",
    ("sourcedId", "enabledUser", "username", "givenName", "familyName"),
    ("sourcedId", "identifier"),
    most=5_000_000,
    people=True,
)
_ROLES = File(
    "roles",
    ("sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId"),
    ("sourcedId", "userSourcedId", "role"),
    most=5_000_000,
    people=True,
)
_ENROLLMENTS = File(
    "enrollments",
    ("sourcedId", "classSourcedId", "schoolSourcedId", "userSourcedId", "role"),
    (
        "sourcedId",
        "classSourcedId",
        "schoolSourcedId",
        "userSourcedId",
        "role",
        "beginDate",
        "endDate",
    ),
    most=5_000_000,
    people=True,
)

FILES: dict[Version, tuple[File, ...]] = {
    "1.1": (_ORGS, _SESSIONS, _COURSES, _CLASSES, _USERS_1, _ENROLLMENTS),
    "1.2": (_ORGS, _SESSIONS, _COURSES, _CLASSES, _USERS_2, _ROLES, _ENROLLMENTS),
}
"""In the order in which they are read: what others refer to comes first."""

NOT_IN_1_2 = ("orgSourcedIds", "role")
"""Columns of users.csv that 1.2 took out: with them the file is one of 1.1."""

NAMES: tuple[str, ...] = get_args(FileName)
COLUMNS: tuple[str, ...] = (
    *dict.fromkeys(name for files in FILES.values() for file in files for name in file.reads),
    *DELTA,
)
"""Every column that is ever read."""
