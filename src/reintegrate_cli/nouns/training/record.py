"""Trainings: who completed which level, until when it holds, and who is still to come (J5, J6).

Somebody with a staff record has a ``Training`` for each one that they completed. The others are
counted in the ``Roll`` of their school (see ``rolls``). The same rule judges both: one person,
level and day is one training.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from reintegrate_cli.core.dates import FIRST_DAY, LAST_DAY, months_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Slug, Value, Word
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.staff.record import StaffRole

Level = Literal["basic", "intensive"]
Status = Literal["current", "renewing", "ended", "renewed"]
STATUSES: tuple[Status, ...] = get_args(Status)
Topic = Literal[
    "indicators", "trauma_informed", "reporting", "confidentiality", "safe_contact", "this_tool"
]
ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
NINE = ROLES[:9]
"""The roles that the guidance names for intensive training (clause 19)."""
MONTHS: dict[Level, int] = {"basic": 24, "intensive": 12}
"""How long a training holds, unless its own last day is given (PRACTICE, section 5)."""
RENEWAL = timedelta(days=60)
"""The last days of a training, in which it is renewed and its end is on the agenda."""
MOST_OF_ONE = 100
"""Trainings that one person may have."""
BOTH = "none"
"""Typed where two trainings that lie close together are two, and neither corrects the other."""


class Training(Record, frozen=True, kw_only=True):
    """One training that a member of staff completed."""

    id: Ref[str]
    staff: Ref[Slug]
    level: Public[Level]
    completed_on: Public[date]
    expires_on: Public[date]
    hundredths: Public[int | None] = None
    """The hours that it took."""
    role: Public[StaffRole | None] = None
    school: Public[Word | None] = None
    """What a file said; the staff record has the first word, and this counts where it is silent."""
    topics: Public[tuple[Topic, ...]] = ()
    survivor_led: Public[bool | None] = None
    course: Private[str] = ""
    certificate: Private[str] = ""
    renewed_by: Ref[str | None] = None

    dated = "completed_on"


class TrainingRow(Value, frozen=True, kw_only=True):
    """A training as lists and writes show it, with the role and the school of today."""

    id: Ref[str]
    staff: Ref[str | None]
    role: Public[StaffRole | None]
    school: Public[str | None]
    level: Public[Level]
    completed_on: Public[date]
    expires_on: Public[date]
    hours: Public[str | None]
    status: Public[Status]
    owner: Ref[str] = ""
    """Who entered it last, and looks after its renewal."""

    dated = "completed_on"


class TrainingFile(TrainingRow, frozen=True, kw_only=True):
    """A training as it is shown alone, with what is private in it."""

    topics: Public[tuple[Topic, ...]] = ()
    survivor_led: Public[bool | None] = None
    course: Private[str] = ""
    certificate: Private[str] = ""
    renewed_by: Ref[str | None] = None


class Gap(Value, frozen=True, kw_only=True):
    """One role at one school: how many hold it, and how many of them are trained."""

    role: Public[StaffRole]
    school: Public[str]
    level: Public[Level]
    people: Public[int]
    trained: Public[int]
    missing: Public[int]

    @property
    def status(self) -> str:
        """Say whether somebody is missing."""
        return "missing" if self.missing else "covered"


class Done(NamedTuple):
    """A training as it is judged: days as numbers, and where the person was by then."""

    completed: int
    level: Level
    expires: int
    hundredths: int | None
    place: tuple[str | None, str | None]
    """The school and the role."""

    @property
    def rank(self) -> tuple[int, bool]:
        """Order the trainings of one person; the last says where they are now."""
        return self.completed, self.level == "intensive"

    def is_of(self, other: "Done") -> bool:
        """Say whether two are of one level and day: one training."""
        return self.rank == other.rank


Verdict = Literal["taken", "unchanged"]


class Conflict(Usage):
    """A training that may be the same as one on record, said otherwise."""


def last_day(completed_on: date, level: Level, expires_on: date | None) -> date:
    """Return the last day of a training.

    Raises:
        Usage: it ends before it was completed.
    """
    if expires_on is None:
        return min(months_after(completed_on, MONTHS[level]), LAST_DAY)
    if expires_on < completed_on:
        raise Usage("it ends before it was completed", fields=["expires_on"])
    return expires_on


def judged(
    former: Sequence[Done], new: Done, corrects: str = "", seen: Collection[tuple[int, bool]] = ()
) -> tuple[Verdict, list[Done]]:
    """Return what becomes of a person's trainings when one is entered.

    Args:
        former: those on record.
        new: the one that is entered.
        corrects: the day of one on record that it corrects; ``none`` if it corrects none.
        seen: those that the same file named before.

    Raises:
        Conflict: the file says two things of it, or another lies too close to be its renewal.
    """
    others = [done for done in former if not done.is_of(new)]
    same = next((done for done in former if done.is_of(new)), None)
    if same is not None:
        decides = all(other.rank < new.rank for other in others)
        told = new if decides else new._replace(place=same.place)
        if told == same:
            return "unchanged", list(former)
        if new.rank in seen:
            raise Conflict("another row of this file says otherwise of the same training")
        return "taken", [*others, told]
    if len(others) >= MOST_OF_ONE:
        raise Conflict(f"there are {MOST_OF_ONE} trainings of theirs already: look at the person")
    near = next((done for done in others if _too_close(done, new)), None)
    if near is not None and corrects != BOTH:
        on = date.fromordinal(near.completed).isoformat()
        if corrects != on:
            raise Conflict(
                f"a training of theirs of this level, completed on {on}, is on record",
                hint=f"corrects says {on} if that day was wrong, or none if both took place",
                fields=["corrects"],
            )
        others.remove(near)
    return "taken", [*others, new]


def _too_close(one: Done, other: Done) -> bool:
    """Say whether two of one level lie closer together than a renewal would."""
    if one.level != other.level:
        return False
    first, second = sorted((one, other))
    return second.completed < first.expires - RENEWAL.days


def standing(trainings: Sequence[Done]) -> Iterator[Done]:
    """Yield the trainings of one person that no later one renewed.

    An intensive one renews a basic one, too.
    """
    for one in trainings:
        later = (other for other in trainings if other.rank > one.rank)
        if not any(other.level == one.level or other.level == "intensive" for other in later):
            yield one


def counts_for(done: Done, level: Level, day: date) -> bool:
    """Say whether a training makes somebody trained on a day; who had more has the basic one."""
    fits = level in (done.level, "basic")
    return fits and done.completed <= day.toordinal() <= done.expires


def status_of(expires_on: date, is_renewed: bool, today: date) -> Status:
    """Say how a training stands on a day."""
    if is_renewed:
        return "renewed"
    if expires_on < today:
        return "ended"
    return "renewing" if expires_on - RENEWAL <= today else "current"


def done_of(training: Training) -> Done:
    """Return what is judged of a training."""
    return Done(
        training.completed_on.toordinal(),
        training.level,
        training.expires_on.toordinal(),
        training.hundredths,
        (training.school, training.role),
    )


def linked(trainings: Sequence[Training]) -> list[Training]:
    """Return one person's trainings, each with the one that renews it."""
    in_order = sorted(trainings, key=lambda training: done_of(training).rank)
    return [
        replace(
            one, renewed_by=next((later.id for later in in_order[at:] if _renews(later, one)), None)
        )
        for at, one in enumerate(in_order, 1)
    ]


def _renews(later: Training, one: Training) -> bool:
    return later.level in (one.level, "intensive")


def dates(training: Training, world: World) -> Iterator[Dated]:
    """Give the last day of a training that nothing renewed yet, of somebody who is still here."""
    person = world.find("staff", training.staff)
    if training.renewed_by is None and person is not None and person.ended_on is None:
        yield world.row(
            None,
            training.id,
            label=f"{training.level} training of {person.slug} ends",
            command=f"reintegrate training add {person.slug} --level {training.level}",
            due_on=training.expires_on,
            announced_on=max(FIRST_DAY, training.expires_on - RENEWAL),
            kind="training",
            owner=training.entered_by,
        )
