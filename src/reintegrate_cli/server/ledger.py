"""The ledger of a vault in a database: the steps of mails, which cron adds with a login of its own.

Its rows have the numbers from 1 on, without a gap, and none is ever changed or taken out. So they
are whole by themselves, and have no head: who goes on from the last number of which somebody with
a full key said that it was there (``Top.noted``), or that was seen on this machine, misses none.

Whoever has cron's login, and not its key, can add rows that nobody can open. They are left out,
and counted. So nothing that such a login writes keeps anybody from anything.
"""

from collections.abc import Iterable
from typing import Any

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.migrations import carrier
from reintegrate_cli.server.answers import taken
from reintegrate_cli.server.heads import Top, damaged
from reintegrate_cli.server.sealing import Folded, Sealed, Seals, number_of
from reintegrate_cli.server.sheets import Query

NAME = "ledger"
TAB = TABLES[NAME].number
_APART = 1000
"""How far from the last number that is known a ledger is begun anew: what was lost had some."""


class Ledger:
    """The ledger as one transaction sees it, read when it is asked for.

    Args:
        seals: what opens its rows.
        top: what says how far it was, and where it began.
        query: asks the server.
        schema: the schema of its rows.
    """

    def __init__(self, seals: Seals, top: Top, query: Query, schema: int) -> None:
        self._seals, self._ask = seals, query
        self._carry = carrier(NAME, schema)
        self.begun = top.begun
        """The number before the first."""
        self._noted = top.noted
        self._at_least = top.noted
        self._known: dict[int, tuple[Sealed, bytes]] | None = None
        self.strangers = 0
        """How many rows there are that no key sealed, once it was read."""
        self.is_mended = False
        """Whether all that is there is to be taken out, and put back as it is known here."""

    def must_have(self, number: int) -> None:
        """Require a number that was seen on this machine."""
        self._at_least = max(self._at_least, number)

    @property
    def seen(self) -> int:
        """The last number, as far as that is known without asking for it."""
        return max(self._noted, *self._known) if self._known else self._noted

    @property
    def is_read(self) -> bool:
        """Whether it was asked for, and found whole."""
        return self._known is not None and not self.is_mended

    def read_again(self) -> None:
        """Ask for it once more: nobody adds to it from here on."""
        if not self.is_mended:
            self._known = None

    def rows(self) -> dict[Folded, tuple[Sealed, bytes]]:
        """Return all of it.

        Raises:
            Damaged: a row is missing.
        """
        return {(str(number),): row for number, row in self._whole().items()}

    def last(self) -> int:
        """Return the last number.

        Raises:
            Damaged: a row is missing.
        """
        return max(self._whole(), default=self.begun)

    def _whole(self) -> dict[int, tuple[Sealed, bytes]]:
        if self._known is None:
            every = self._read()
            known = {number: row for number, row in every.items() if number > self.begun}
            self.strangers += len(every) - len(known)
            last = max(known, default=self.begun)
            if last < self._at_least or len(known) != last - self.begun:
                raise _lost()
            self._known = known
        return self._known

    def _read(self) -> dict[int, tuple[Sealed, bytes]]:
        asked = self._ask("SELECT * FROM reintegrate.whole(%s::smallint[])", ([TAB],))
        rows = taken(Sealed, asked)
        opened = self._opened(rows)
        self.strangers = len(rows) - len(opened)
        return opened

    def noted(self) -> int:
        """Return the last number that follows on what is said of all, without reading the rest."""
        if self._known is not None:
            return self.last()
        number, until = self._noted, -1
        while until < number:
            until = number
            asked = self._ask("SELECT * FROM reintegrate.mailed_since(%s)", (number,))
            found = self._opened(taken(Sealed, asked))
            while number + 1 in found:
                number += 1
        return number

    def mend(self) -> bool:
        """Take out what no key sealed; where more is wrong, begin anew, and return that it was."""
        try:
            self._whole()
        except Damaged:
            begun = max(self._at_least, *self._read(), 0) + _APART
            self._known, self.begun, self.is_mended = {}, begun, True
            return True
        self.is_mended = self.strangers > 0
        return False

    def _opened(self, rows: Iterable[Sealed]) -> dict[int, tuple[Sealed, bytes]]:
        """Return by their numbers the rows that a key sealed for their place."""
        found = {}
        for row in rows:
            if row.tab != TAB:
                raise damaged()
            opened = _opened(self._seals, row)
            if opened is not None:
                number, body = opened
                found[number] = (row, self._carry(body) if self._carry is not None else body)
        return found


def _opened(seals: Seals, row: Sealed) -> tuple[int, bytes] | None:
    try:
        opened = seals.open(NAME, row)
        number: Any = None if opened is None else number_of(NAME, opened[0])
    except (msgspec.DecodeError, LookupError, TypeError, ValueError):
        return None  # by somebody who has the key, and not the program
    if opened is None or row.at != number or row.key != seals.key_of(NAME, opened[0]):
        return None
    return number, opened[1]


def _lost() -> Damaged:
    return Damaged(
        "a part of what cron noted of its mails is missing",
        hint="ask who keeps the server;"
        " reintegrate remind setup --reminder-key FILE starts a new ledger",
    )
