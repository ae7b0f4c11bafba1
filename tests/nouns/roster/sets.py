"""OneRoster sets of Alder Creek Unified, 1.1 and 1.2; ``damage`` has the switches.

``District`` yields the rows of each file, small or large, always the same people and ids. ``Set``
holds a small one in memory, to be damaged and written as a folder or a zip. Everything that no
reader may look at says ``canary``.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEADERS_1_1 = {
    "academicSessions": (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear"
    ),
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "courses": (
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,"
        "orgSourcedId,subjects,subjectCodes"
    ),
    "classes": (
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
        "location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods"
    ),
    "enrollments": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
        "primary,beginDate,endDate"
    ),
    "users": (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
        "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
        "password"
    ),
}
HEADERS_1_2 = {
    **HEADERS_1_1,
    "users": (
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
        "userMasterIdentifier,resourceSourcedId,preferredGivenName,preferredMiddleName,"
        "preferredFamilyName,primaryOrgSourcedId,pronouns"
    ),
    "roles": (
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
        "orgSourcedId,userProfileSourcedId"
    ),
}
HEADERS = {"1.1": HEADERS_1_1, "1.2": HEADERS_1_2}
OTHER_FILES = {
    "1.1": [
        "categories",
        "classResources",
        "courseResources",
        "demographics",
        "lineItems",
        "resources",
        "results",
    ],
    "1.2": [
        "categories",
        "classResources",
        "courseResources",
        "demographics",
        "lineItems",
        "resources",
        "results",
        "userProfiles",
        "userResources",
        "scoreScales",
        "lineItemScoreScales",
        "lineItemLearningObjectiveIds",
        "resultLearningObjectiveIds",
    ],
}
COURSES = ("ENG10", "ALG1", "BIO", "WHIST", "SPAN1", "ART1", "PE", "ADV")
SECTIONS = 3
TODAY = "2026-10-14"

CAST = {"D4SX": 0, "P3RM": 1, "V3NP": 2, "HX4T": 3, "Q7ZC": 41}
"""Five students of the reference story, by their place among the students; Q7ZC is at Juniper."""


def number(student: int) -> str:
    """Return the student number: a string of seven digits, of which the first are zeros."""
    return f"{4400 + student:07d}"


LINKED = {ref: number(student) for ref, student in CAST.items()}


@dataclass(frozen=True)
class District:
    """A district of so many students in so many schools; each takes the eight courses."""

    version: str = "1.1"
    students: int = 80
    schools: int = 2
    long_ids: bool = False
    linked: int = 0
    """If more than none: every student up to here may be linked."""

    def id(self, kind: str, place: int) -> str:
        """Return the id of the roster for the thing with this place among its kind."""
        if self.long_ids:
            return f"{place:08x}-{ord(kind[0]):04x}-4000-8000-{place * 7919 % 16**12:012x}"
        return f"{kind}{place}"

    @property
    def sections(self) -> int:
        """Return how many sections each course has at each school."""
        return max(SECTIONS, self.students // self.schools // 28)

    def school(self, student: int) -> int:
        """Return the school of a student."""
        return student * self.schools // self.students

    def section(self, student: int, course: int) -> int:
        """Return the class of a student in a course, by its place among all classes."""
        chosen = (student + student // 5 * course) % self.sections
        return (self.school(student) * len(COURSES) + course) * self.sections + chosen

    def rows(self, file: str) -> Iterator[dict[str, str]]:
        """Yield the rows of a file, with what they say; what is left out is blank."""
        yield from {
            "orgs": self._orgs,
            "academicSessions": self._sessions,
            "courses": self._courses,
            "classes": self._classes,
            "users": self._users,
            "roles": self._roles,
            "enrollments": self._enrollments,
        }[file]()

    def _orgs(self) -> Iterator[dict[str, str]]:
        yield {"sourcedId": "alder", "name": "Alder Creek Unified", "type": "district"}
        for school in range(self.schools):
            name = {0: "Ridgeline High", 1: "Juniper Middle"}.get(school, f"School {school}")
            yield {
                "sourcedId": self.id("s", school),
                "name": name,
                "type": "school",
                "parentSourcedId": "alder",
            }

    def _sessions(self) -> Iterator[dict[str, str]]:
        for key, title, kind, first, last in (
            ("y27", "2026-27", "schoolYear", "2026-08-17", "2027-06-04"),
            ("fall", "Fall 2026", "semester", "2026-08-17", "2026-12-18"),
            ("spring", "Spring 2027", "semester", "2027-01-04", "2027-06-04"),
        ):
            yield {
                "sourcedId": key,
                "title": title,
                "type": kind,
                "startDate": first,
                "endDate": last,
                "parentSourcedId": "" if key == "y27" else "y27",
                "schoolYear": "2027",
            }

    def _courses(self) -> Iterator[dict[str, str]]:
        for place, code in enumerate(COURSES):
            yield {
                "sourcedId": self.id("k", place),
                "title": f"{code} canary",
                "courseCode": code,
                "orgSourcedId": "alder",
            }

    def _classes(self) -> Iterator[dict[str, str]]:
        for school in range(self.schools):
            for course, code in enumerate(COURSES):
                for section in range(self.sections):
                    place = (school * len(COURSES) + course) * self.sections + section
                    yield {
                        "sourcedId": self.id("c", place),
                        "title": f"{code} with Ms. Canary",
                        "courseSourcedId": self.id("k", course),
                        "classCode": f"{code}-{section + 1}",
                        "classType": "scheduled",
                        "location": "room canary",
                        "schoolSourcedId": self.id("s", school),
                        "termSourcedIds": "fall",
                        "periods": str((course + section * 3) % 8 + 1),
                    }

    def _people(self) -> Iterator[tuple[str, str, str, int]]:
        for student in range(self.students):
            yield self.id("u", student), "student", number(student), self.school(student)
        for place in range(self.schools * len(COURSES)):
            # Staff are numbered as well, some of them like a student.
            same = number(place) if place < 3 else f"T{place}"
            yield self.id("t", place), "teacher", same, place // len(COURSES)

    def _users(self) -> Iterator[dict[str, str]]:
        for user, role, identifier, school in self._people():
            yield {
                "sourcedId": user,
                "enabledUser": "true",
                "orgSourcedIds": self.id("s", school),
                "role": role,
                "username": f"canary.{user}",
                "givenName": "Canary",
                "familyName": "Canary",
                "identifier": identifier,
                "email": "canary@example.org",
                "phone": "555-canary",
                "grades": "10",
                "password": "canary",
                "pronouns": "canary",
            }

    def _roles(self) -> Iterator[dict[str, str]]:
        for user, role, _, school in self._people():
            yield {
                "sourcedId": f"r{user}",
                "userSourcedId": user,
                "roleType": "primary",
                "role": role,
                "orgSourcedId": self.id("s", school),
            }

    def _enrollments(self) -> Iterator[dict[str, str]]:
        place = 0
        for student in range(self.students):
            for course in range(len(COURSES)):
                yield self._enrollment(
                    place, self.section(student, course), self.id("u", student), "student"
                )
                place += 1
        for section in range(self.schools * len(COURSES) * self.sections):
            yield self._enrollment(
                place, section, self.id("t", section // self.sections), "teacher"
            )
            place += 1

    def _enrollment(self, place: int, section: int, user: str, role: str) -> dict[str, str]:
        school = section // self.sections // len(COURSES)
        return {
            "sourcedId": self.id("e", place),
            "classSourcedId": self.id("c", section),
            "schoolSourcedId": self.id("s", school),
            "userSourcedId": user,
            "role": role,
            "primary": "true" if role == "teacher" else "",
        }

    def write(self, folder: Path) -> None:
        """Write the set row by row, however large it is."""
        folder.mkdir(parents=True)
        headers = HEADERS[self.version]
        for file, header in headers.items():
            with (folder / f"{file}.csv").open("w", newline="") as out:
                writer = csv.DictWriter(out, header.split(","), restval="", extrasaction="ignore")
                writer.writeheader()
                writer.writerows(self.rows(file))
        modes = dict.fromkeys(headers, "bulk") | dict.fromkeys(OTHER_FILES[self.version], "absent")
        (folder / "manifest.csv").write_text(manifest(self.version, modes))


def manifest(version: str, modes: dict[str, str]) -> str:
    """Return the text of a manifest."""
    lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    lines += [f"file.{file},{mode}" for file, mode in modes.items()]
    return "\n".join([*lines, "source.systemName,Canary SIS", ""])


Table = list[list[str]]


@dataclass
class Set:
    """A set in memory: each file a table with its header first."""

    version: str
    modes: dict[str, str]
    tables: dict[str, Table]
    raw: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    """What happens to the bytes of a file before they are written."""
    extra: dict[str, bytes] = field(default_factory=dict)
    folder: str = ""

    def column(self, file: str, name: str) -> int:
        """Return the place of a column."""
        return self.tables[file][0].index(name)

    def line(self, file: str, name: str, value: str) -> int:
        """Return the line of the first row that says this."""
        place = self.column(file, name)
        return next(
            at for at, row in enumerate(self.tables[file], 1) if at > 1 and row[place] == value
        )

    def put(self, file: str, line: int, name: str, value: str) -> None:
        """Change a value."""
        self.tables[file][line - 1][self.column(file, name)] = value

    def get(self, file: str, line: int, name: str) -> str:
        """Return a value."""
        return self.tables[file][line - 1][self.column(file, name)]

    def add(self, file: str, **values: str) -> int:
        """Add a row; return its line."""
        self.tables[file].append([values.get(name, "") for name in self.tables[file][0]])
        return len(self.tables[file])

    def each(self, file: str) -> range:
        """Return the lines of all rows."""
        return range(2, len(self.tables[file]) + 1)

    def files(self) -> dict[str, bytes]:
        """Return the bytes of each file, the manifest among them."""
        files = {"manifest.csv": manifest(self.version, self.modes).encode()}
        for name, table in self.tables.items():
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(table)
            files[f"{name}.csv"] = text.getvalue().encode()
        for name, change in self.raw.items():
            files[name] = change(files[name])
        named = {f"{self.folder}{name}": data for name, data in files.items()}
        return named | self.extra

    def as_folder(self, folder: Path) -> Path:
        """Write the set as a folder."""
        for name, data in self.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    def as_zip(self, path: Path) -> Path:
        """Write the set as a zip."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files().items():
                archive.writestr(name, data)
        return path


def bulk(version: str, district: District | None = None) -> Set:
    """Return the whole truth about a small district."""
    district = district or District(version)
    headers = {file: header.split(",") for file, header in HEADERS[version].items()}
    tables: dict[str, Table] = {
        file: [header, *([row.get(name, "") for name in header] for row in district.rows(file))]
        for file, header in headers.items()
    }
    modes = dict.fromkeys(headers, "bulk") | dict.fromkeys(OTHER_FILES[version], "absent")
    return Set(version, modes, tables)


def delta(version: str, *files: str) -> Set:
    """Return a set in which nothing has changed yet; the files named are deltas, others absent."""
    made = bulk(version)
    for file in made.tables:
        made.modes[file] = "delta" if file in files else "absent"
        del made.tables[file][1:]
    made.tables = {file: table for file, table in made.tables.items() if file in files}
    return made


MODIFIED = "2026-10-13T21:00:00.000Z"


def change(made: Set, file: str, *, status: str = "active", **values: str) -> int:
    """Add a row to a delta; return its line."""
    return made.add(file, status=status, dateLastModified=MODIFIED, **values)
