"""Everybody's trainings at once: what a file is read into, and what gaps are counted from."""

import secrets
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Word, counted, sealed
from reintegrate_cli.nouns.staff.record import Staff
from reintegrate_cli.nouns.training import rolls
from reintegrate_cli.nouns.training.record import (
    ROLES,
    Done,
    Level,
    Training,
    Verdict,
    done_of,
    judged,
    linked,
)
from reintegrate_cli.nouns.training.rolls import Packer, Roll

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

MOST_SCHOOLS = 1_000
_KEY_BYTES = 16

# A training of somebody without a record is one number, of which a large file makes very many:
# the day and the level (which order them), the last day, the hours, the place, and whether the
# file named it. Of each the lowest bit.
_RANK, _EXPIRES, _HOURS, _PLACE = 57, 37, 17, 1
_DAY_BITS, _HOUR_BITS, _PLACE_BITS = 20, 20, 16


class Row(NamedTuple):
    """What one row of a file says, read and checked."""

    person: str
    level: Level
    completed_on: date
    expires_on: date
    hundredths: int | None
    role: str | None
    school: str | None
    corrects: str = ""

    def done(self, school: str | None, role: str | None) -> Done:
        """Return what is judged of it."""
        first, last = self.completed_on.toordinal(), self.expires_on.toordinal()
        return Done(first, self.level, last, self.hundredths, (school, role))


class Book:
    """The trainings of everybody.

    Args:
        store: where they are kept.
        school: returns the slug of a school as the district lists it.
    """

    def __init__(self, store: "Store", school: Callable[[str], str] = str) -> None:
        self._store = store
        self._school = school
        self.unreadable: list[str] = []
        """The rolls that cannot be read; none of them is written over."""
        self._rolls: dict[str, Roll] = {}
        self._schools: list[str] = []
        self._at: dict[str, int] = {}
        self._people: dict[int, int | tuple[int, ...]] = {}
        # Most people have one training, and a tuple of one would cost twice as much.
        self.staff: dict[str, Staff] = {one.slug.casefold(): one for one in store.staff.all()}
        self._trainings: dict[str, list[Training]] = {}
        self._changed: set[str] = set()
        self._seen: dict[str, set[tuple[int, bool]]] = {}
        for training in store.of(Training).all():
            self._trainings.setdefault(training.staff.casefold(), []).append(training)
        for roll in store.of(Roll).all():
            self._open(roll)
        keys = (roll.key for roll in self._rolls.values() if roll.key)
        self._key = next(keys, "") or secrets.token_hex(_KEY_BYTES)

    def _open(self, roll: Roll) -> None:
        self._rolls[roll.school.casefold()] = roll
        self._number_of(roll.school)
        try:
            for person, role, trainings in rolls.people(roll):
                self._keep(person, [done._replace(place=(roll.school, role)) for done in trainings])
        except ValueError:
            self.unreadable.append(roll.id)

    # Those with a staff record.

    def colleagues(self) -> Iterator[tuple[Staff, list[Training]]]:
        """Yield everybody with a staff record, and their trainings."""
        for slug, person in self.staff.items():
            yield person, self._trainings.get(slug, [])

    def _add_to_colleague(self, person: Staff, row: Row) -> Verdict:
        slug = person.slug.casefold()
        trainings = self._trainings.setdefault(slug, [])
        school = None if person.school else row.school
        new = row.done(school, None if school is None else row.role)
        seen = self._seen.setdefault(slug, set())
        verdict, dones = judged([done_of(one) for one in trainings], new, row.corrects, seen)
        seen.add(new.rank)
        if verdict == "taken":
            self._trainings[slug] = _with(trainings, dones, person, row)
            self._changed.add(slug)
        return verdict

    # Those without one.

    def others(self) -> Iterator[tuple[int, list[Done]]]:
        """Yield everybody without a staff record, and their trainings, the last one last."""
        for person in self._people:
            yield person, self._dones(self._numbers(person))

    def digest(self, person: str) -> int:
        """Return the digest of a person, as the rolls know them."""
        return rolls.digest(self._key, person)

    def _add_to_other(self, row: Row) -> Verdict:
        person = self.digest(row.person)
        numbers = self._numbers(person)
        former = self._dones(numbers)
        seen = [done.rank for done, number in zip(former, numbers, strict=True) if number & 1]
        new = row.done(self._school_of(row.school or ""), row.role)
        verdict, dones = judged(former, new, row.corrects, seen)
        self._keep(person, dones, {*seen, new.rank})
        return verdict

    def _school_of(self, typed: str) -> str:
        """Return a school as it was first typed.

        Raises:
            Missing: the district lists its schools, and it is none of them.
            Usage: there are too many of them for one district.
        """
        school = self._school(typed)
        at = self._at.get(school.casefold())
        if at is None and len(self._schools) >= MOST_SCHOOLS:
            raise Usage(f"there are {counted(MOST_SCHOOLS, 'school')} already: look at the school")
        return school if at is None else self._schools[at]

    def _number_of(self, school: str) -> int:
        at = self._at.setdefault(school.casefold(), len(self._schools))
        if at == len(self._schools):
            self._schools.append(school)
        return at

    def _keep(
        self, person: int, dones: list[Done], seen: "set[tuple[int, bool]] | None" = None
    ) -> None:
        numbers = tuple(
            self._number(done, seen is not None and done.rank in seen) for done in sorted(dones)
        )
        self._people[person] = numbers[0] if len(numbers) == 1 else numbers

    def _numbers(self, person: int) -> tuple[int, ...]:
        numbers = self._people.get(person, ())
        return numbers if isinstance(numbers, tuple) else (numbers,)

    def _number(self, done: Done, is_seen: bool) -> int:
        school, role = done.place
        place = self._number_of(school or "") * len(ROLES) + ROLES.index(role)
        hours = 0 if done.hundredths is None else done.hundredths + 1
        rank = 2 * done.completed + (done.level == "intensive")
        return (
            rank << _RANK | done.expires << _EXPIRES | hours << _HOURS | place << _PLACE | is_seen
        )

    def _dones(self, numbers: tuple[int, ...]) -> list[Done]:
        return [self._done(number) for number in numbers]

    def _done(self, number: int) -> Done:
        rank = number >> _RANK
        hours = number >> _HOURS & (1 << _HOUR_BITS) - 1
        school, role = divmod(number >> _PLACE & (1 << _PLACE_BITS) - 1, len(ROLES))
        return Done(
            rank // 2,
            "intensive" if rank % 2 else "basic",
            number >> _EXPIRES & (1 << _DAY_BITS) - 1,
            hours - 1 if hours else None,
            (self._schools[school], ROLES[role]),
        )

    # Both.

    def add(self, row: Row) -> Verdict:
        """Take in what a row of a file says.

        Raises:
            Conflict: it may be the same training as another, said otherwise.
            Missing: the district does not list its school.
            Usage: who has no staff record needs a role and a school.
        """
        if row.school is not None:
            row = row._replace(school=self._school(row.school))
        person = self.staff.get(row.person.casefold())
        if person is not None:
            return self._add_to_colleague(person, row)
        for value, name in ((row.role, "role"), (row.school, "school")):
            if value is None:
                raise Usage(f"who has no staff record needs a {name}", fields=[name])
        return self._add_to_other(row)

    def adopt(self) -> None:
        """Give those who got a staff record since what the rolls know of them."""
        for slug, person in self.staff.items():
            known = self._numbers(self.digest(person.slug))
            self._people.pop(self.digest(person.slug), None)
            for done in self._dones(known):
                school, role = done.place
                first, last = date.fromordinal(done.completed), date.fromordinal(done.expires)
                self._add_to_colleague(
                    person,
                    Row(slug, done.level, first, last, done.hundredths, role, school, "none"),
                )
        self._seen.clear()

    def save(self) -> None:
        """Keep what changed, in the unit of work that the store is in."""
        kept = self._store.of(Training)
        for slug in sorted(self._changed):
            trainings = [
                one if one.id else kept.put(replace(one, id=kept.next_id()))
                for one in self._trainings[slug]
            ]
            for one in linked(trainings):
                former = kept.find(one.id)
                if former is None or sealed(former) != sealed(one):
                    kept.put(one)
        self._save_rolls()

    def _save_rolls(self) -> None:
        if self.unreadable:
            raise Usage(
                f"what {self.unreadable[0]} holds cannot be read", hint="reintegrate vault verify"
            )
        kept = self._store.of(Roll)
        for school, packed in self._packed():
            roll = self._rolls.get(school.casefold())
            if roll is None:
                kept.put(Roll(id=kept.next_id(), school=Word(school), key=self._key, packed=packed))
            elif roll.packed != packed:
                kept.put(replace(roll, key=self._key, packed=packed))

    def _packed(self) -> Iterator[tuple[str, str]]:
        """Yield each school with what its roll holds, everybody where they are now."""
        now: dict[int, list[int]] = {}
        for person in sorted(self._people):
            place = max(self._numbers(person)) >> _PLACE & (1 << _PLACE_BITS) - 1
            now.setdefault(place // len(ROLES), []).append(person)
        left = {one.school.casefold(): one.school for one in self._rolls.values() if one.packed}
        for at, there in sorted(now.items()):
            packer = Packer()
            for person in there:
                dones = self._dones(self._numbers(person))
                packer.add(person, dones[-1].place[1] or "", dones)
            left.pop(self._schools[at].casefold(), None)
            yield self._schools[at], packer.packed()
        yield from ((school, "") for school in left.values())


def _with(former: list[Training], dones: list[Done], person: Staff, row: Row) -> list[Training]:
    """Return somebody's trainings as they were judged; one that is new has no id yet."""
    by_rank = {done_of(one).rank: one for one in former}
    gone = [one for one in former if all(done_of(one).rank != done.rank for done in dones)]
    trainings = []
    for done in dones:
        training = by_rank.get(done.rank)
        if training is not None and done_of(training) == done:
            trainings.append(training)
            continue
        school, role = done.place
        said = {
            "completed_on": date.fromordinal(done.completed),
            "expires_on": date.fromordinal(done.expires),
            "hundredths": done.hundredths,
            "role": role,
            "school": school,
        }
        base = training or (gone[0] if gone else None)
        if base is not None:
            trainings.append(replace(base, **said))
        else:
            new: Any = Training
            trainings.append(new(id="", staff=person.slug, level=row.level, **said))
    return trainings
