"""The tray: what somebody with a key for one school wrote, until a full key takes it over.

A unit of work of theirs would have to be chained to the history, filed in the index, counted in
sums and signed in the head over all. A school reads hardly any of that, and can sign none of it.
So a whole unit of work, a *slip*, is sealed for the school, proven with the key of that slot, and
left in the tray. Whoever reads with a full key sees it as if it had been taken over; whoever
writes with one takes it over in the same transaction, before anything of their own.

Writers take turns, those of a school too. So a slip is written on the state that it will be taken
over on, nothing else can be in between, and whatever is in the tray is of the present turn: one
that the server kept from a writer shows by a turn that went on without it. Slips are numbered by
the server and bound each to the one before; the proven head over all names the last that was taken
over, and each machine remembers the last that it saw (``anchor``).
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reintegrate_cli.core.errors import Busy
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.slips import Slip
from reintegrate_cli.keys import scope_of, tray_key, unwrap, wrap
from reintegrate_cli.keys.header import Header
from reintegrate_cli.server.answers import taken
from reintegrate_cli.server.heads import Last, Top, damaged
from reintegrate_cli.server.sealing import Name, Seals
from reintegrate_cli.server.sheets import Query, schools_of

LONGEST = 1 << 20
"""Bytes that a slip may have, sealed; the schema has the same bound."""
_TAG = 32
_PADDED = 512
_TRAY = "SELECT * FROM reintegrate.tray_of(%s)"


class Lying(NamedTuple):
    """A slip as the server has it."""

    scope: Name
    number: int
    on_time: str
    login: str
    body: bytes


class _Inside(msgspec.Struct):
    """What is sealed of a slip, besides what it says."""

    turn: int
    after: str
    slot: str
    slip: Slip


class Found(NamedTuple):
    """A slip that lies in the tray, and what it says; nothing if that cannot be relied on."""

    lying: Lying
    code: str
    """The code of its school; empty where there is no key for it any more."""
    slip: Slip | None


def lying_in(query: Query, *, refused: bool = False) -> list[Lying]:
    """Return what lies in the tray, or what was refused of it, as the server says."""
    return taken(Lying, query(_TRAY, (refused,)))


class Tray:
    """What waits in the tray at one moment.

    Args:
        seals: what opens it.
        top: what names the last of each school that was taken over.
        turn: the turn of the vault.
        header: its header, with the keys there are.
        query: asks the server.
    """

    def __init__(self, seals: Seals, top: Top, turn: int, header: Header, query: Query) -> None:
        self._seals, self._top, self._turn = seals, top, turn
        self._header, self._query = header, query
        self.last: dict[bytes, Last] = {
            bytes.fromhex(scope): last for scope, last in top.taken.items()
        }
        """By school, the last slip there is."""
        self.found: list[Found] = []
        self._lying: list[Lying] = []
        self._digests = {(scope, last.number): last.digest for scope, last in self.last.items()}

    def looked(self) -> "Tray":
        """Look at what waits, in the order in which it was left; return itself.

        Raises:
            Damaged: one is missing, or is not for this moment.
        """
        self._lying = self._asked()
        codes = self._codes()
        for lying in self._lying:
            before = self.last.get(lying.scope, Last())
            if lying.number != before.number + 1:
                raise damaged()
            code = codes.get(lying.scope, "")
            self.found.append(Found(lying, code, self._opened(lying, before, code)))
            digest = hashlib.sha256(lying.body).hexdigest()
            self.last[lying.scope] = Last(lying.number, digest)
            self._digests[lying.scope, lying.number] = digest
        self.found = _in_time(self.found)
        return self

    @property
    def own(self) -> Last:
        """The last slip of the school that the key at hand is for."""
        return self.last.get(scope_of(self._seals.bundle.school), Last())

    def follows(self, seen: Last) -> bool:
        """Return whether the last slip that was seen here is there, or was taken over since."""
        scope = scope_of(self._seals.bundle.school)
        taken = self._top.taken.get(scope.hex(), Last()).number
        return seen.number < taken or self._digests.get((scope, seen.number)) == seen.digest

    def is_overtaken(self) -> bool:
        """Return whether something was left in it since."""
        return self._asked() != self._lying

    def _asked(self) -> list[Lying]:
        bundle = self._seals.bundle
        has_schools = any(slot.kind == "school" for slot in self._header.slots)
        if not (bundle.reads_cases and (has_schools or self._top.taken)):
            return []
        own = self._seals.roots if bundle.school_root else None
        return [one for one in lying_in(self._query) if own is None or one.scope in own]

    def _codes(self) -> dict[bytes, str]:
        """Return by scope the schools whose slips a full key can open."""
        bundle = self._seals.bundle
        if not (self._lying and bundle.full):
            return {}
        schools = schools_of(self._header.slots, bundle, self._header.store_id)
        return {school.scope: school.code for school in schools}

    def _opened(self, lying: Lying, before: Last, code: str) -> Slip | None:
        """Return what a slip says; nothing if it was not written with a key for that school."""
        bundle = self._seals.bundle
        sealed, tag = lying.body[:-_TAG], lying.body[-_TAG:]
        if bundle.full and not code:
            return None
        plain = unwrap(self._seals.tray_key(lying.scope), sealed, self._place(lying))
        try:
            inside = msgspec.json.decode(plain or b"", type=_Inside)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None
        if bundle.full:
            key = tray_key(bundle, code, inside.slot, inside.slip.by)
            ours = any(s.id == inside.slot and s.kind == "school" for s in self._header.slots)
            if not (ours and hmac.compare_digest(_tag(key, self._place(lying), sealed), tag)):
                return None
        is_next = inside.after == before.digest and inside.turn == self._turn
        if not is_next and bundle.school_root:
            raise damaged()
        return inside.slip if is_next else None

    def _place(self, lying: Lying) -> bytes:
        return self._seals.tray_place(lying.scope, lying.number)

    # Writing.

    def leave(self, slip: Slip) -> Last:
        """Leave a slip in the tray, within the transaction that holds the vault.

        Raises:
            Busy: it is full, or a unit of work is too long for it.
        """
        bundle = self._seals.bundle
        scope = scope_of(bundle.school)
        before = self.last.get(scope, Last())
        number = before.number + 1
        inside = _Inside(self._turn, before.digest, bundle.slot, slip)
        plain = msgspec.json.encode(inside)
        plain = plain.ljust(-(-len(plain) // _PADDED) * _PADDED)
        place = self._seals.tray_place(scope, number)
        sealed = wrap(self._seals.tray_key(scope), plain, place)
        body = sealed + _tag(bundle.tray_key, place, sealed)
        if len(body) > LONGEST:
            raise Busy(
                "that is more than a key for one school can enter at once",
                hint="nothing was saved; enter it in parts",
            )
        self._query("SELECT reintegrate.left_in_tray(%s, %s, %s)", (scope, number, body))
        self.last[scope] = Last(number, hashlib.sha256(body).hexdigest())
        return self.last[scope]


def _in_time(found: Sequence[Found]) -> list[Found]:
    """Return slips in the order in which they were left, those of one school by their numbers."""
    latest: dict[Name, str] = {}
    times = []
    for each in found:
        scope, on_time = each.lying.scope, each.lying.on_time
        latest[scope] = max(latest.get(scope, ""), on_time)
        times.append(latest[scope])
    order = sorted(range(len(found)), key=times.__getitem__)
    return [found[place] for place in order]


def settle(query: Query, last: Mapping[bytes, Last], refused: Sequence[Lying]) -> None:
    """Take out of the tray what was taken over; what was refused is put aside."""
    query(
        "SELECT reintegrate.tray_taken(%s::bytea[], %s::bigint[], %s::bytea[], %s::bigint[])",
        (
            [*last],
            [each.number for each in last.values()],
            [one.scope for one in refused],
            [one.number for one in refused],
        ),
    )


def _tag(key: bytes, place: bytes, sealed: bytes) -> bytes:
    return hmac.digest(key, place + hashlib.sha256(sealed).digest(), "sha256")
