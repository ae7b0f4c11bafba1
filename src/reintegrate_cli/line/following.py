"""What usually follows a write: the next date of what was kept, and what is done about it then.

The date is worked out from what the record gives the agenda, so that a new noun is told of
without a word; what is done then is said where a verb is declared (``then``).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reintegrate_cli.catalogue import BY_NAME, NOUN_OF, ONE_IN_CASE, TABLES
from reintegrate_cli.catalogue.guidance import SAID_AT
from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.kept import session
from reintegrate_cli.line.speech import say

if TYPE_CHECKING:
    from reintegrate_cli.core.rows import Dated
    from reintegrate_cli.core.world import World
    from reintegrate_cli.kept.store import Store


class Following:
    """What is said after one run of a verb.

    Args:
        command: the noun and the verb.
        then: what is typed then, with ``{ref}``, ``{id}``, ``{slug}``... of what was kept.
    """

    def __init__(self, command: str, then: Sequence[str]) -> None:
        self._command = command
        self._noun = command.partition(" ")[0]
        self._then = then
        self._lines: list[str] = []

    def look(self, store: "Store", world: "World | None") -> None:
        """Work out what follows from what a unit of work changed of the noun.

        Args:
            store: the store, in its unit of work.
            world: what the dates of what changed are worked out from, if it has any.
        """
        kept = [
            (table, key, after)
            for name, (_, after) in store.changed().items()
            for table, _, key in [name.partition("/")]
            if after is not None and NOUN_OF[table] == self._noun and TABLES[table].searched
        ]
        first = min(_rows(world, kept), key=lambda row: row.due_on, default=None)
        self._lines = []
        if first is not None:
            told = explain_date(first.due_on, session.today())
            self._lines.append(f"next: {first.label} {told}")
        for table, _, after in kept[:1]:
            names = {name: after.get(name) for name in ("id", "slug", "partner", "source")}
            ref = after.get("case") or (after.get("ref") if table == "cases" else None)
            self._lines += [
                f"then: reintegrate {line.format(ref=ref, **names)}" for line in self._then
            ]

    def say(self) -> None:
        """Say what follows, once it is kept; and what the guidance says, where it matters."""
        for line in self._lines:
            say(line, whole=True)
        if self._command in SAID_AT:
            say(f"guidance: {SAID_AT[self._command]}")


def _rows(world: "World | None", kept: Sequence[tuple[str, str, Any]]) -> "list[Dated]":
    """List the dates to come of what was kept."""
    kept = [each for each in kept if TABLES[each[0]].dated]
    if world is None or not kept:
        return []
    from reintegrate_cli.due import agenda

    today = session.today()
    return [
        row
        for row, _, _ in agenda.standing(world, today, today)
        if row.first and row.due_on >= today and (row.until is None or row.due_on < row.until)
        if any(_is_of(row, *each[:2]) for each in kept)
    ]


def _is_of(row: "Dated", table: str, key: str) -> bool:
    """Return whether a date is one of a record."""
    if TABLES[table].key == ONE_IN_CASE:
        return row.case == key and row.kind in [one.kind for one in BY_NAME[NOUN_OF[table]].rows]
    # What belongs to no case, or may, has an id of its own.
    return (row.source if "/" in key else row.source.rpartition("/")[2]) == key
