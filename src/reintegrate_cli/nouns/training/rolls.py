"""The roll of a school: how many hold each role, and the trainings of people without a record.

A district trains bus drivers by the hundred, and keeps no record of most of them. Of each this
keeps a digest of what the file called them, made with a key of its own, and no name. All those of
one school are packed into one text, so that a file of many thousand rows costs little; what is
packed is one line for each training, in the order of the digests.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Annotated, Any

from reintegrate_cli.core.comparing import folded
from reintegrate_cli.core.dates import FIRST_DAY
from reintegrate_cli.core.records import Public, Record, Ref, Secret, Sensitivity, Value, Word
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.staff.record import StaffRole
from reintegrate_cli.nouns.training.record import RENEWAL, ROLES, Done, standing

_PIECE = 64 * 1024
_LONGEST = 64 * 1024 * 1024
"""What a packed text may hold; no district has as many people."""
_ABSENT = "-"
_UNUSED_BITS = 4
"""Of a digest: 60 bits take a third less room than 64, and tell everybody apart as well."""

Sealed = Annotated[Secret[str], Sensitivity.SEALED]


class Post(Value, frozen=True, kw_only=True):
    """How many people hold a role at a school, and the day on which that was said."""

    role: Public[StaffRole]
    people: Public[int]
    on: Public[date]


class Roll(Record, frozen=True, kw_only=True):
    """What is known of one school: its posts, and the trainings of people without a record."""

    id: Ref[str]
    school: Public[Word]
    posts: Public[tuple[Post, ...]] = ()
    key: Sealed = ""
    """Makes the digests; the same in every roll of a vault."""
    packed: Sealed = ""


def digest(key: str, person: str) -> int:
    """Return the keyed digest of a person, however their name or word was typed."""
    name = folded(person).encode("utf-8", "surrogatepass")
    made = hashlib.blake2b(name, key=key.encode(), digest_size=8)
    return int.from_bytes(made.digest()) >> _UNUSED_BITS


class Packer:
    """Packs the trainings of one school, a person at a time."""

    def __init__(self) -> None:
        self._squeezer = zlib.compressobj()
        self._pieces: list[bytes] = []

    def add(self, person: int, role: str, trainings: Iterable[Done]) -> None:
        """Add a person; they come in the order of their digests."""
        for done in sorted(trainings):
            days = (date.fromordinal(day).isoformat() for day in (done.completed, done.expires))
            hours = _ABSENT if done.hundredths is None else str(done.hundredths)
            line = f"{person:015x} {role} {done.level} {' '.join(days)} {hours}\n"
            if piece := self._squeezer.compress(line.encode()):
                self._pieces.append(piece)

    def packed(self) -> str:
        """Return the whole of it as text."""
        return base64.b64encode(b"".join((*self._pieces, self._squeezer.flush()))).decode()


def people(roll: Roll) -> Iterator[tuple[int, str, list[Done]]]:
    """Yield the people of a roll: their digest, their role, and their trainings.

    Raises:
        ValueError: it cannot be read.
    """
    for person, lines in groupby(_lines(roll.packed), key=lambda line: line[0]):
        trainings, role = [], ""
        for _, role, level, completed, expires, hours in lines:
            days = (date.fromisoformat(day).toordinal() for day in (completed, expires))
            first, last = days
            many = None if hours == _ABSENT else int(hours)
            if level not in ("basic", "intensive"):
                raise ValueError
            done: Any = (first, level, last, many, (roll.school, role))
            trainings.append(Done(*done))
        yield int(person, 16), role, trainings


def _lines(packed: str) -> Iterator[list[str]]:
    reader, rest, read = zlib.decompressobj(), "", 0
    waiting = base64.b64decode(packed, validate=True)
    while waiting:
        try:
            piece = reader.decompress(waiting, _PIECE)
        except zlib.error:
            raise ValueError from None
        waiting = reader.unconsumed_tail
        read += len(piece)
        if read > _LONGEST or (not piece and not reader.eof):
            raise ValueError
        *whole, rest = (rest + piece.decode("ascii")).split("\n")
        yield from (line.split(" ") for line in whole)


def dates(roll: Roll, world: World) -> Iterator[Dated]:
    """Give the first end of a training in each role and level that nothing renewed yet.

    Who they are nobody can tell, so all of a role have one row: that of the earliest end. A file
    that renews it settles it, and so does ``training set`` once it has passed: of how many hold the
    role it counts who is missing.
    """
    said = {post.role: post.on for post in roll.posts}
    ends: dict[tuple[str, str], int] = {}
    for _, role, trainings in people(roll):
        looked_at = said[role].toordinal() if role in said else 0
        for done in standing(trainings):
            if done.expires >= looked_at:
                named = (role, done.level)
                ends[named] = min(done.expires, ends.get(named, done.expires))
    for (role, level), end in sorted(ends.items()):
        due_on = date.fromordinal(end)
        yield world.row(
            None,
            roll.id,
            nth=_number(role, level),
            label=f"{level} training of {role} at {roll.school} ends",
            command=f"reintegrate training set {roll.school} --role {role} --people N",
            due_on=due_on,
            announced_on=max(FIRST_DAY, due_on - RENEWAL),
            kind="training",
            owner=roll.entered_by,
            school=roll.school,
        )


def _number(role: str, level: str) -> int:
    """Return which row of a roll is about a role and a level; it stays the same for good."""
    return 2 * ROLES.index(role) + 1 + (level == "intensive")
