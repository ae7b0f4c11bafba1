"""How much there is: sums over the rows of a scope, so that none is lost or put back unseen.

The server could drop a row, or give an older one that was sealed just as well. So each scope has
a head that says, for every table (every month of the index), how many rows there are and the sum
of their marks; and one head over all names the last of each. A sum does not depend on an order,
and a writer brings it up to date without reading what it does not touch.

The sum of marks under a secret key (an HMAC each) cannot be aimed at by somebody who does not
have it. Who reads with a narrow key has all that is needed to make marks of their own: there it
is a product of hashes in a group in which no other set of rows with the same product can be found
(MuHash, with the prime of Bitcoin Core's). Who
wrote the heads is said by what names them all, which is proven: no narrow key can write it.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.keys import NONCE_BYTES, PROOF_BYTES, Signer, is_proven
from reintegrate_cli.server.sealing import (
    HISTORY,
    LABEL,
    REMINDER,
    STRETCH,
    Name,
    Sealed,
    Seals,
    bin_at,
    is_sheet,
)

_PRIME = (1 << 3072) - 1103717
_WIDE = 3072 // 8
_MARK = 16
NARROW = (REMINDER, HISTORY)
"""What a narrow key reads, and must not write."""


def damaged(first: str = "") -> Damaged:
    """Return the problem of a database that does not hold what was kept in it.

    Args:
        first: what to look at before, where there is a harmless reason besides.
    """
    what_then = "change nothing; ask who keeps the server, and look at the last backup"
    return Damaged(
        "the vault on the server is damaged or was changed by something else",
        hint=f"{first}; if they are, {what_then}" if first else what_then,
    )


class Sum(msgspec.Struct, array_like=True):
    """How many rows there are, and what their marks come to."""

    count: int = 0
    total: str = ""


class Head(msgspec.Struct):
    """What is said of one scope."""

    turn: int = 0
    sums: dict[str, Sum] = {}
    last: dict[str, int] = {}
    """By the number of a table, the last number that was given in it."""
    chain: str = ""
    """Of the history, the chain value of its last entry."""
    aside: dict[str, list[int]] = {}
    """Of a sheet, by the number of a table: the numbers that a school may give there next."""


class Last(msgspec.Struct, frozen=True, array_like=True):
    """The last slip of a school: its number, and the digest of its sealed body."""

    number: int = 0
    digest: str = ""


class Restored(msgspec.Struct):
    """That a copy took the place of the vault: for the machines that saw what was there before."""

    epoch: int
    """The epoch of the vault that was made from the copy."""
    by: str
    at: str
    entries: int = 0
    """How many entries of the history were there, and are not in the copy."""
    undone: list[str] = []
    """The names of the last of them; a purge leaves none of before."""


class Top(msgspec.Struct):
    """What is said of all: the turn, what the header is, and the last of every head."""

    turn: int = 0
    header: str = ""
    heads: dict[str, str] = {}
    noted: int = 0
    """The last number in the ledger when this was written. Cron goes on from there alone."""
    shares: bool = False
    """Whether each row of no case is in the label of its share: an older program made none."""
    begun: int = 0
    """The number before the first one in the ledger: it was begun anew after it."""
    restored: Restored | None = None
    """The last time that a copy was put here, if there was one."""
    purged: int = 0
    """The epoch of the last vault that a purge made: it bound every entry of the history anew."""
    taken: dict[str, Last] = {}
    """By school, the last slip of its tray that was taken over."""


class Entry(NamedTuple):
    """An entry of the history: its number, and its chain value."""

    number: int
    chain: str

    @property
    def name(self) -> str:
        """What names it where it is gone: nobody can aim at the name of another's."""
        return self.chain[:12]


class Mark(NamedTuple):
    """What a row adds to a sum: where it lies, and the digest of its sealed body."""

    tab: int
    key: Name
    scope: Name
    part: Name
    turn: int
    digest: bytes


def mark_of(row: Sealed) -> Mark:
    """Return what a row adds to a sum."""
    digest = hashlib.sha256(row.body).digest()
    return Mark(row.tab, row.key, row.scope, row.part, row.turn, digest)


def bin_of(row: Sealed) -> str:
    """Return the name under which a row is summed: its table, a stretch of it, some labels."""
    if row.tab == LABEL:
        return label_bin(row.part)
    if row.tab in STRETCH and row.at is not None:
        return f"{row.tab}:{row.at >> STRETCH[row.tab]}"
    return str(row.tab)


def label_bin(part: bytes) -> str:
    """Return the name under which the label of a part is summed."""
    return f"{LABEL}:{bin_at(part)}"


def number_in(name: str) -> int:
    """Return which stretch, or which of the labels, a name is for."""
    return int(name.partition(":")[2])


class Sums:
    """The sums of one scope while a unit of work brings them up to date."""

    def __init__(self, seals: Seals, scope: bytes, head: Head) -> None:
        self._narrow = scope in NARROW or is_sheet(scope)
        self._key = seals.head_key(scope)
        self.head = head
        self._over: dict[str, int] = {}

    def change(self, name: str, gone: Mark | None, come: Mark | None) -> None:
        """Count a row that goes, and one that comes."""
        former = self.head.sums.get(name, Sum())
        total, under = _number(former.total, narrow=self._narrow), self._over.get(name, 1)
        if come is not None:
            total = self._with(total, self._mark(come))
        if gone is not None and self._narrow:
            self._over[name] = self._with(under, self._mark(gone))
        elif gone is not None:
            total = (total - self._mark(gone)) % (1 << 8 * _MARK)
        count = former.count + (come is not None) - (gone is not None)
        self.head.sums[name] = Sum(count, _text(total, narrow=self._narrow))

    def settle(self) -> None:
        """Divide out what went: once for a unit of work, since that takes the longest."""
        for name, under in self._over.items():
            former = self.head.sums[name]
            total = _number(former.total, narrow=True) * pow(under, -1, _PRIME) % _PRIME
            self.head.sums[name] = Sum(former.count, _text(total, narrow=True))
        self._over = {}

    def agree(self, name: str, rows: Iterable[Mark]) -> bool:
        """Return whether these are all the rows under a name, and none is another."""
        total, count = int(self._narrow), 0
        for row in rows:
            total, count = self._with(total, self._mark(row)), count + 1
        said = self.head.sums.get(name, Sum())
        return (count, total) == (said.count, _number(said.total, narrow=self._narrow))

    def told(self, row: Mark) -> str:
        """Return the mark of one row, for who keeps it by itself."""
        return _text(self._mark(row), narrow=self._narrow)

    def _with(self, total: int, mark: int) -> int:
        if self._narrow:
            return total * mark % _PRIME
        return (total + mark) % (1 << 8 * _MARK)

    def _mark(self, row: Mark) -> int:
        said = b"%d/%b/%b/%d/%b/" % (row.tab, row.key, row.part, row.turn, row.scope)
        if self._narrow:
            return int.from_bytes(hashlib.shake_256(said + row.digest).digest(_WIDE)) % _PRIME or 1
        return int.from_bytes(hmac.digest(self._key, said + row.digest, "sha256")[:_MARK])


def _number(text: str, *, narrow: bool) -> int:
    return int.from_bytes(base64.b64decode(text)) if text else int(narrow)


def _text(number: int, *, narrow: bool) -> str:
    return base64.b64encode(number.to_bytes(_WIDE if narrow else _MARK)).decode()


def seal_head(seals: Seals, scope: bytes, head: Head) -> bytes:
    """Seal the head of a scope for its turn."""
    return _sealed(seals.head_key(scope), head, seals.head_place(scope, head.turn))


def open_head(seals: Seals, scope: bytes, turn: int, body: bytes) -> Head:
    """Open the head of a scope.

    Raises:
        Damaged: it was not sealed for this place and turn.
    """
    head: Head = _opened(seals.head_key(scope), body, seals.head_place(scope, turn), Head)
    if head.turn != turn:
        raise damaged()
    return head


def seal_top(seals: Seals, top: Top, signer: Signer) -> bytes:
    """Seal what is said of all heads, and prove who says so: every key at hand could seal it."""
    body = _sealed(seals.top_key, top, seals.head_place(b"", top.turn))
    return body + signer.prove(_signed_digest(seals, top.turn, body), seals.bundle)


def open_top(seals: Seals, turn: int, body: bytes) -> Top:
    """Open what is said of all heads.

    Raises:
        Damaged: it was not sealed for this turn, or by a key that may not say so.
    """
    body, proof = body[:-PROOF_BYTES], body[-PROOF_BYTES:]
    top: Top = _opened(seals.top_key, body, seals.head_place(b"", turn), Top)
    is_theirs = is_proven(_signed_digest(seals, turn, body), proof, seals.bundle)
    if top.turn != turn or not is_theirs:
        raise damaged()
    return top


def digest_of(body: bytes) -> str:
    """Return what names one sealed head among all that there ever were."""
    return hashlib.sha256(body).hexdigest()[:32]


def _signed_digest(seals: Seals, turn: int, body: bytes) -> bytes:
    return hashlib.sha256(seals.head_place(b"", turn) + body).digest()


def _sealed(key: bytes, what: Any, place: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain = msgspec.json.encode(what)
    plain = plain.ljust(-(-len(plain) // 512) * 512)
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def _opened(key: bytes, body: bytes, place: bytes, kind: Any) -> Any:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        plain = AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], place)
        return msgspec.json.decode(plain, type=kind)
    except (InvalidTag, ValueError, msgspec.DecodeError):
        raise damaged() from None
