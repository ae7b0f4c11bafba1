"""How many people hold a role at a school, and how many of them are trained."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from reintegrate_cli.kept import session
from reintegrate_cli.nouns.credit.record import amount
from reintegrate_cli.nouns.staff.record import Staff
from reintegrate_cli.nouns.training.book import Book
from reintegrate_cli.nouns.training.record import (
    NINE,
    ROLES,
    Done,
    Gap,
    Level,
    Training,
    TrainingRow,
    counts_for,
    done_of,
    standing,
    status_of,
)
from reintegrate_cli.nouns.training.rolls import Roll

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

Place = tuple[str, str]
"""A school, in small letters, and a role."""


def _book(store: "Store", say: Callable[[str], object]) -> Book:
    book = Book(store)
    book.adopt()
    for id_ in book.unreadable:
        say(f"what {id_} holds cannot be read: reintegrate vault verify")
    return book


def gaps(
    store: "Store",
    level: Level,
    day: date,
    *,
    schools: Sequence[str] = (),
    role: str | None = None,
    say: Callable[[str], object] = str,
) -> list[Gap]:
    """Return a row for each role and school: those of the guidance at every school.

    Args:
        store: where everything is kept.
        level: the training that is asked about.
        day: the day on which it has to hold.
        schools: only these; all that anything names, if left out.
        role: only this one.
        say: tells what cannot be read.
    """
    book = _book(store, say)
    people, trained = _staffed(book, level, day)
    rolls = store.of(Roll).all()
    said = {
        (roll.school.casefold(), post.role): post.people for roll in rolls for post in roll.posts
    }
    names: dict[str, str] = {}
    for school in schools or _schools(store, book, rolls):
        names.setdefault(school.casefold(), school)
    held = said.keys() | people.keys() | trained.keys()
    return [
        Gap(
            role=one,
            school=name,
            level=level,
            people=(many := said.get(place, people[place])),
            trained=trained[place],
            missing=max(0, many - trained[place]),
        )
        for school, name in sorted(names.items())
        for one in ROLES
        if (place := (school, one)) in held or one in NINE
        if role in (None, one)
    ]


def _staffed(book: Book, level: Level, day: date) -> tuple[Counter[Place], Counter[Place]]:
    """Count who holds each post by the staff records, and who of all people is trained."""
    people: Counter[Place] = Counter()
    trained: Counter[Place] = Counter()
    for person in _everybody(book, day):
        if person.is_here:
            place = ((person.school or "").casefold(), person.role)
            people[place] += person.has_record
            trained[place] += any(counts_for(done, level, day) for done in person.dones)
    return people, trained


class Trained(NamedTuple):
    """Somebody, where they are now, and what they completed."""

    school: str | None
    role: str
    dones: Sequence[Done]
    has_record: bool
    is_here: bool
    """Whether they have not left, as far as anything says."""


def _everybody(book: Book, day: date) -> Iterator[Trained]:
    """Yield everybody, with a staff record or without one."""
    for person, trainings in book.colleagues():
        school, role = _place(person, trainings)
        is_here = person.ended_on is None or person.ended_on > day
        yield Trained(school, role, [*map(done_of, trainings)], True, is_here)
    for _, dones in book.others():
        place, now = dones[-1].place
        yield Trained(place, now or "", dones, False, True)


def everybody(store: "Store", day: date, *, say: Callable[[str], object] = str) -> list[Trained]:
    """Return everybody and what they completed; nobody is named.

    Args:
        store: where everything is kept.
        day: the day on which somebody is here, or has left.
        say: tells what cannot be read.
    """
    return [*_everybody(_book(store, say), day)]


def _place(person: Staff, trainings: Sequence[Training]) -> tuple[str | None, str]:
    """Return where somebody is now: what the staff record says, or else the last file."""
    last = max(trainings, key=lambda one: done_of(one).rank, default=None)
    if person.school is None and last is not None and last.school is not None:
        return last.school, last.role or person.role
    return person.school, person.role


def _schools(store: "Store", book: Book, rolls: Sequence[Roll]) -> Iterator[str]:
    """Yield every school that anything names."""
    yield from session.current.district.schools
    yield from (case.school for case in store.cases.all())
    yield from (roll.school for roll in rolls)
    for person, trainings in book.colleagues():
        school, _ = _place(person, trainings)
        if school is not None:
            yield school


def rows(store: "Store", today: date, *, say: Callable[[str], object] = str) -> list[TrainingRow]:
    """Return every training as lists show it, with the role and the school of today."""
    book = _book(store, say)
    rolls = {roll.school.casefold(): roll for roll in store.of(Roll).all()}
    found = []
    for person, trainings in book.colleagues():
        place = _place(person, trainings)
        for one in trainings:
            done = done_of(one)._replace(place=place)
            found.append(_row(one.id, person.slug, done, one.renewed_by, one.entered_by, today))
    for _, dones in book.others():
        left, now = [*standing(dones)], dones[-1].place
        roll = rolls[(now[0] or "").casefold()]
        for done in dones:
            renewed = None if done in left else roll.id
            told = done._replace(place=now)
            found.append(_row(roll.id, None, told, renewed, roll.entered_by, today))
    return found


def _row(
    id_: str, slug: str | None, done: Done, renewed_by: str | None, owner: str, today: date
) -> TrainingRow:
    place: Any = done.place
    school, role = place
    expires_on = date.fromordinal(done.expires)
    return TrainingRow(
        id=id_,
        staff=slug,
        role=role,
        school=school,
        level=done.level,
        completed_on=date.fromordinal(done.completed),
        expires_on=expires_on,
        hours=None if done.hundredths is None else amount(done.hundredths),
        status=status_of(expires_on, renewed_by is not None, today),
        owner=owner,
    )
