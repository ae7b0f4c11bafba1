"""The world of one vault: all that dates are worked out from, grouped once.

It knows tables by their names in the catalogue, and no noun by class; what a noun makes of it
stands beside the noun.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from reintegrate_cli.catalogue import BY_SLUG, TABLES
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.dates import FIRST_DAY
from reintegrate_cli.core.rows import Dated


class World:
    """All that the agenda is worked out from, as it is stored.

    Args:
        calendar: the district's.
        tables: the records of each table; one that holds none may be missing.
        on_hold: the cases that counsel has on legal hold.
    """

    since = upto = FIRST_DAY
    """The days of which a source without an end gives its later dates, too."""

    def __init__(
        self, calendar: Calendar, tables: Mapping[str, Sequence[Any]], on_hold: Collection[str] = ()
    ) -> None:
        self.calendar = calendar
        self.on_hold = on_hold
        self._tables = tables
        self._grouped: dict[tuple[str, Callable[..., Any]], Mapping[Any, list[Any]]] = {}

    def during(self, since: date, upto: date) -> "World":
        """Return this world for the dates from one day through another."""
        view = World.__new__(World)
        vars(view).update(vars(self), since=since, upto=upto)
        return view

    def put(self, table: str, record: Any) -> "World":
        """Return the world with a record in it, in place of the one with the same key."""
        key = _key(table, record)
        others = [one for one in self.records(table) if _key(table, one) != key]
        return World(self.calendar, {**self._tables, table: [*others, record]}, self.on_hold)

    def records(self, table: str) -> Sequence[Any]:
        """Return the records of a table."""
        return self._tables.get(table, ())

    def in_case(self, table: str, ref: str) -> Sequence[Any]:
        """Return the records of a table that belong to a case."""
        return self._by(table, _case).get(ref, ())

    def find(self, table: str, *key: str | None) -> Any:
        """Return the record with a key, or ``None``; slugs match in any case."""
        wanted = _folded(table, tuple(part or "" for part in key))
        return next(iter(self._by(table, _key).get(wanted, ())), None)

    def _by(self, table: str, key: Callable[[str, Any], Any]) -> Mapping[Any, list[Any]]:
        if (table, key) not in self._grouped:
            grouped: dict[Any, list[Any]] = {}
            for record in self.records(table):
                grouped.setdefault(key(table, record), []).append(record)
            self._grouped[table, key] = grouped
        return self._grouped[table, key]

    def row(self, ref: str | None, id_: str, **more: Any) -> Dated:
        """Return a row of the agenda.

        Args:
            ref: the case, if it belongs to one; then its owner's, unless another is named.
            id_: the id of what it is about, inside the case.
            more: the fields of ``Dated`` that it fills.
        """
        if ref is None:
            return Dated(source=id_, **more)
        case = self.find("cases", ref)
        more.setdefault("owner", case.owner)
        return Dated(source=f"{ref}/{id_}", case=ref, school=case.school, **more)


def _case(_table: str, record: Any) -> str:
    ref: str = record.case
    return ref


def _key(table: str, record: Any) -> tuple[str, ...]:
    return _folded(table, tuple(getattr(record, name) for name in TABLES[table].key))


def _folded(table: str, key: tuple[str, ...]) -> tuple[str, ...]:
    return (key[0].casefold(),) if TABLES[table].key == BY_SLUG else key
