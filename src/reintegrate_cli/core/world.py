"""The world of one vault: all that dates are worked out from, grouped once.

It knows tables by their names in the catalogue, and no noun by class; what a noun makes of it
stands beside the noun.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from reintegrate_cli.catalogue import BY_SLUG, TABLES
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.dates import FIRST_DAY
from reintegrate_cli.core.rows import Dated

FARTHEST = timedelta(days=28)
"""No date goes farther to a day on which somebody works; if there is none, it stays."""


class World:
    """All that the agenda is worked out from, as it is stored.

    Args:
        calendar: the district's.
        tables: the records of each table; one that holds none may be missing.
        on_hold: the cases that counsel has on legal hold.
    """

    mailed_to = ""
    """Whose mail counts what is late, if it is known."""
    since = upto = FIRST_DAY
    """The days of which a source without an end gives its later dates, too."""

    def __init__(
        self, calendar: Calendar, tables: Mapping[str, Sequence[Any]], on_hold: Collection[str] = ()
    ) -> None:
        self.calendar = calendar
        self.on_hold = on_hold
        self._tables = tables
        self._by_case: dict[str, Mapping[str, list[Any]]] = {}
        self._by_key: dict[str, Mapping[tuple[str | None, ...], Any]] = {}

    def during(self, since: date, upto: date) -> "World":
        """Return this world for the dates from one day through another."""
        view = World.__new__(World)
        vars(view).update(vars(self), since=since, upto=upto)
        return view

    def put(self, table: str, record: Any) -> "World":
        """Return the world with a record in it, in place of the one with the same key."""
        records = {_key(table, each): each for each in self.records(table)}
        records[_key(table, record)] = record
        return World(self.calendar, {**self._tables, table: [*records.values()]}, self.on_hold)

    @cached_property
    def is_part_time(self) -> bool:
        """Whether anybody of the staff works on some days of the week alone."""
        return any(person.days for person in self.records("staff"))

    def records(self, table: str) -> Sequence[Any]:
        """Return the records of a table."""
        return self._tables.get(table, ())

    def in_case(self, table: str, ref: str) -> Sequence[Any]:
        """Return the records of a table that belong to a case."""
        if table not in self._by_case:
            grouped: dict[str, list[Any]] = {}
            for record in self.records(table):
                grouped.setdefault(record.case, []).append(record)
            self._by_case[table] = grouped
        return self._by_case[table].get(ref, ())

    def find(self, table: str, *key: str | None) -> Any:
        """Return the record with a key, or ``None``; slugs match in any case."""
        if table not in self._by_key:
            self._by_key[table] = {_key(table, record): record for record in self.records(table)}
        return self._by_key[table].get(_folded(key) if TABLES[table].key is BY_SLUG else key)

    def row(self, ref: str | None, id_: str, **more: Any) -> Dated:
        """Return a row of the agenda.

        Args:
            ref: the case, if it belongs to one. Where no owner is named, the agenda works out
                whose it is.
            id_: the id of what it is about, inside the case.
            more: the fields of ``Dated`` that it fills.
        """
        if ref is None:
            return Dated(source=id_, **more)
        case = self.find("cases", ref)
        return Dated(source=f"{ref}/{id_}", case=ref, school=case.school, **more)


def _key(table: str, record: Any) -> tuple[str | None, ...]:
    row = TABLES[table]
    key = tuple(getattr(record, name) for name in row.key)
    return _folded(key) if row.key is BY_SLUG else key


def _folded(key: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return tuple(part and part.casefold() for part in key)
