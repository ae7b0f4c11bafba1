"""Users, roles and enrollments of a set: the linked students are picked out, others are counted.

Nothing about any other person is kept, not even in memory: a user is a number of 64 bits, enough
to notice a reference to nobody, and a student in a class is one more head.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reintegrate_cli.nouns.roster.rows import Bad, Rows, day, word
from reintegrate_cli.nouns.roster.snapshot import Enrollment, Student
from reintegrate_cli.nouns.roster.standard import ROLES, STUDENT, FileName, Mode
from reintegrate_cli.nouns.roster.things import Open, Things

Refs = tuple[str, ...]


@dataclass(slots=True)
class Changes:
    """Rows of a file that changed what is kept, and rows that left it as it was."""

    kept: int = 0
    unchanged: int = 0

    def add(self, *, changed: bool) -> None:
        """Count one row."""
        if changed:
            self.kept += 1
        else:
            self.unchanged += 1


@dataclass(slots=True)
class People:
    """What a set says of the linked students.

    Args:
        open_file: opens a file of the set.
        modes: how each file is to be read.
        linked: the student number of each case.
        before: the students that were kept, by case; only of those still linked to that number.
        things: the schools and classes of the set.
        today: an enrollment that ended before it is no head in a class.
    """

    open_file: Open
    modes: Mapping[FileName, Mode]
    linked: Mapping[str, str]
    before: Mapping[str, Student]
    things: Things
    today: date
    owners: dict[str, Refs] = field(default_factory=dict)
    """The cases of each user id: more than one if two cases are linked to one number."""
    enrollments: dict[str, tuple[Refs, Enrollment]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    """Enrollments that were kept, and of which a bad row says nothing now."""
    heads: Counter[str] = field(default_factory=Counter)
    without_zeros: set[str] = field(default_factory=set)
    changes: dict[FileName, Changes] = field(default_factory=dict)
    _numbers: dict[str, Refs] = field(default_factory=dict)
    _bare: dict[str, Refs] = field(default_factory=dict)
    _owners_before: dict[str, Refs] = field(default_factory=dict)
    _enrollments_before: dict[str, Enrollment] = field(default_factory=dict)
    _users: Rows | None = None
    _uncertain: set[str] = field(default_factory=set)
    """Users of whom nothing says whether they are students: in 1.2, if there are no roles."""
    _taken: set[str] = field(default_factory=set)

    def take_in(self) -> None:
        """Read the files about people, the large one last."""
        for ref, number in self.linked.items():
            _add(self._numbers, number.strip(), ref)
            _add(self._bare, number.strip().lstrip("0"), ref)
        for ref, student in self.before.items():
            for user in student.users:
                _add(self._owners_before, user, ref)
            for enrollment in student.enrollments:
                self._enrollments_before[enrollment.id] = enrollment
        self.owners = dict(self._owners_before)
        with self.open_file(
            "users",
            concerns=lambda values: values[1] in self._numbers or values[0] in self._owners_before,
            remember=self._owners_before.__contains__,
        ) as rows:
            if rows is not None:
                self._read_users(rows)
        with self.open_file(
            "roles", concerns=lambda values: values[1] in self.owners, remember=_never
        ) as rows:
            if rows is not None:
                self._read_roles(rows)
            elif self._users is not None and "role" not in self._users.file.reads:
                self._uncertain = self._taken - self._owners_before.keys()
        self._count_users("users", Counter(self._taken))
        with self.open_file(
            "enrollments",
            concerns=lambda values: (
                values[3] in self.owners or values[0] in self._enrollments_before
            ),
            remember=self._enrollments_before.__contains__,
        ) as rows:
            if rows is not None:
                self._read_enrollments(rows)

    def _read_users(self, rows: Rows) -> None:
        self._users = rows
        deleted = 0
        for line, values, deletes in rows:
            user = values[0]
            if deletes:
                deleted += self.owners.pop(user, None) is not None
                continue
            try:
                refs = self._refs(values)
            except Bad as problem:
                rows.reject(line, user, problem)
                continue
            if refs:
                self.owners[user] = refs
                self._taken.add(user)
            elif rows.mode == "delta":
                # The number is somebody else's now, or no student's: that changes what is kept.
                deleted += self.owners.pop(user, None) is not None
        if rows.mode == "bulk":
            stay = self._taken | rows.bad_ids
            self.owners = {user: refs for user, refs in self.owners.items() if user in stay}
        self.changes["users"] = Changes(kept=deleted)

    def _refs(self, values: Sequence[str]) -> Refs:
        number = values[1]
        in_users = self._users is not None and "role" in self._users.file.reads
        if in_users and word("role", values[2], ROLES) != STUDENT:
            return ()
        refs = self._numbers.get(number, ())
        if not refs and number:
            self.without_zeros.update(self._bare.get(number.lstrip("0"), ()))
        return refs

    def _read_roles(self, rows: Rows) -> None:
        """Leave out those with a linked number who are no students: staff are numbered as well."""
        known: dict[str, set[str]] = {}
        counts: Counter[str] = Counter()
        for line, values, deletes in rows:
            user = values[1]
            role = STUDENT
            try:
                if not deletes:
                    role = self._role(values)
                if user in self.owners:
                    counts[user] += 1
            except Bad as problem:
                # The row might have said that this is a student; nobody is left out for it.
                rows.reject(line, "", problem)
            if user in self.owners and not deletes:
                known.setdefault(user, set()).add(role)
        for user, roles in known.items():
            certain = rows.mode == "bulk" or user not in self._owners_before
            if STUDENT not in roles and certain:
                del self.owners[user]
        self._count_users("roles", counts)

    def _role(self, values: Sequence[str]) -> str:
        if not self.user_exists(values[1]):
            raise Bad("userSourcedId", "nowhere")
        return word("role", values[2], ROLES)

    def _count_users(self, name: FileName, users: Mapping[str, int]) -> None:
        changes = self.changes.setdefault(name, Changes())
        for user, count in users.items():
            if user in self.owners:
                same = self._owners_before.get(user) == self.owners[user]
                changes.unchanged += count if same else 0
                changes.kept += 0 if same else count

    def user_exists(self, user: str) -> bool:
        """Check whether something may refer to this user."""
        if self._users is None or self._users.mode == "delta":
            return True
        return self._users.has(user)

    def _read_enrollments(self, rows: Rows) -> None:
        self.unclear = rows.bad_ids
        changes = self.changes["enrollments"] = Changes()
        for line, values, deletes in rows:
            before = self._enrollments_before.get(values[0])
            if deletes:
                self.removed.add(values[0])
                changes.add(changed=before is not None)
                continue
            try:
                enrollment, role = self._enrollment(values)
            except Bad as problem:
                rows.reject(line, values[0], problem)
                continue
            refs = self.owners.get(values[3])
            if values[3] in self._uncertain and role != STUDENT:
                refs = None  # staff are numbered as well
            if refs is not None:
                self.enrollments[enrollment.id] = (refs, enrollment)
                changes.add(changed=before != enrollment)
            elif before is not None and rows.mode == "delta":
                self.removed.add(enrollment.id)
                changes.add(changed=True)
            if role == STUDENT and (enrollment.last or self.today) >= self.today:
                self.heads[enrollment.section] += 1

    def _enrollment(self, values: Sequence[str]) -> tuple[Enrollment, str]:
        key, section, school, user, title, first, last, *_ = values
        if not self.things.sections.exists(section):
            raise Bad("classSourcedId", "nowhere")
        if not self.things.schools.exists(school):
            raise Bad("schoolSourcedId", "nowhere")
        if not self.user_exists(user):
            raise Bad("userSourcedId", "nowhere")
        known = self.things.sections.get(section)
        if known is not None and known.school != school:
            raise Bad("schoolSourcedId", "other_school")
        role = word("role", title, ROLES)
        enrollment = Enrollment(
            id=key,
            section=section,
            first=day("beginDate", first) if first else None,
            last=day("endDate", last) if last else None,
        )
        if enrollment.first and enrollment.last and enrollment.last < enrollment.first:
            raise Bad("endDate", "ends_before_it_starts")
        return enrollment, role


def _add(index: dict[str, Refs], key: str, ref: str) -> None:
    index[key] = (*index.get(key, ()), ref)


def _never(key: str) -> bool:
    return False
