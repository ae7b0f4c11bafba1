"""What the heads of a vault say at one moment: how much there is in each scope, and of what."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Locked, Problem
from reintegrate_cli.keys import Bundle
from reintegrate_cli.keys.header import Header, decode_header
from reintegrate_cli.server.answers import HeadRow, Opening, header_in, one, taken, value
from reintegrate_cli.server.heads import Entry, Head, Sums, damaged, digest_of, open_head, open_top
from reintegrate_cli.server.ledger import Ledger
from reintegrate_cli.server.sealing import HISTORY, REMINDER, Seals
from reintegrate_cli.server.sheets import Query, Sheets
from reintegrate_cli.server.tray import Tray

Summed = tuple[bytes, str]
"""A scope, and a name under which rows of it are summed."""

_WIDE = ("specialist", "reader")
_SEATS = {HISTORY: "auditor", REMINDER: "cron"}
"""By a head that others read as well, the narrow seat that is sent it."""

_HISTORYS = str(TABLES["history"].number)


class Said:
    """What is said of all that a vault holds, before any row of it is read.

    Args:
        query: asks the server, in one transaction.
        bundle: what the key at hand opens.

    Raises:
        Damaged: what the server gives does not hold together.
        Settings: there is no vault, or a newer program wrote it.
    """

    def __init__(self, query: Query, bundle: Bundle) -> None:
        self._ask = query
        opening = one(Opening, query("SELECT * FROM reintegrate.opening()"))
        self.start = header_in(opening)
        self.header: Header = decode_header(self.start)[0]
        self.schema, self.turn = self.header.schema, opening.turn or 0
        self.system, self.timeline = opening.system, opening.timeline
        self.seals = Seals(bundle, self.header.store_id, self.header.salt)
        self.top_body = opening.head or b""
        self.top = open_top(self.seals, self.turn, self.top_body)
        is_said = self.top.header == hashlib.sha256(self.start).hexdigest()
        if not is_said or opening.schema != self.schema:
            raise damaged()
        self.heads = self._heads()
        self.sheets = Sheets(self.seals, self.top, query)
        self.ledger = Ledger(self.seals, self.top, query, self.schema)
        self.tray = Tray(self.seals, self.top, self.turn, self.header, query).looked()
        self._sums: dict[bytes, Sums] = {}
        self._named: dict[str, list[Summed]] | None = None

    def _heads(self) -> dict[bytes, tuple[int, bytes]]:
        heads = {}
        asked = self._ask("SELECT * FROM reintegrate.heads()")
        for scope, turn, body in taken(HeadRow, asked):
            if self.top.heads.get(scope.hex()) != digest_of(body):
                raise damaged()
            heads[scope] = (turn, body)
        for scope in map(bytes.fromhex, self.top.heads):
            if scope not in heads and self.seals.opens(scope):
                raise self._kept_back(scope)
        return heads

    def _kept_back(self, scope: bytes) -> Problem:
        """Return the problem of a head that is not given, be it that the seat is too narrow."""
        if value(str, self._ask("SELECT reintegrate.my_seat()")) in (*_WIDE, _SEATS.get(scope)):
            return damaged()
        return Locked(
            "the key opens more than the seat of this login lets it read",
            hint="a specialist gives another: reintegrate vault seat give LOGIN --as SEAT",
        )

    # What is said of a scope.

    def sums(self, scope: bytes) -> Sums:
        """Return the sums of a scope."""
        if scope not in self._sums:
            head = Head()
            if scope in self.heads:
                head = open_head(self.seals, scope, *self.heads[scope])
            self._sums[scope] = Sums(self.seals, scope, head)
        return self._sums[scope]

    def _all_sums(self) -> Iterable[tuple[bytes, Sums]]:
        return [(scope, self.sums(scope)) for scope in self.heads if self.seals.opens(scope)]

    def _names_of(self, tab: int) -> list[Summed]:
        """Return all the scopes and names under which the rows of a table are summed."""
        if self._named is None:
            self._named = defaultdict(list)
            for scope, sums in self._all_sums():
                for name in sums.head.sums:
                    self._named[name.partition(":")[0]].append((scope, name))
        return self._named.get(str(tab), [])

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        names = self._names_of(TABLES[table].number)
        return sum(self.sums(scope).head.sums[name].count for scope, name in names)

    def is_used(self, table: str) -> bool:
        """Return whether anything was ever in a table."""
        number = TABLES[table].number
        return bool(self._names_of(number)) or any(
            str(number) in sums.head.last for _, sums in self._all_sums()
        )

    def entry(self) -> Entry:
        """Return the last entry of the history."""
        head = self.sums(HISTORY).head
        return Entry(head.last.get(_HISTORYS, 0), head.chain)
