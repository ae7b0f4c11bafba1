"""Who sees what of a table that is closed: those alone whom its noun names, and nobody else.

The catalogue says which tables are (``Table.closed``). The rule stands at the one place where
records are read: a list, a case, a timeline, a search, the agenda and the keys that TAB offers all
read through it. What works out rules, the index, copies and purges read everything.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from reintegrate_cli.catalogue import module_of
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.owning import Find, first_here, is_here
from reintegrate_cli.core.records import same_slug


class Seeing:
    """What somebody sees of a closed table on a day.

    Args:
        table: the table.
        by: who is at the keyboard.
        today: the day.
        case_of: finds a case by its ref.
        staff: finds a member of staff by their slug.
        covers: who covers for whom.
    """

    def __init__(
        self,
        table: str,
        *,
        by: str,
        today: date,
        case_of: Callable[[str], Any],
        staff: Find,
        covers: Sequence[Any],
    ) -> None:
        self._rules = load(module_of(table))
        self._by = by
        self._today = today
        self._case_of = case_of
        self._staff = staff
        self._covers = covers

    def may_see(self, record: Any) -> bool:
        """Return whether a record is with them, be it over or not; also while they are away."""
        case = self._case_of(record.case)
        owner = "" if case is None else case.owner or case.entered_by
        slugs = self._rules.seen_by(record, owner)
        now = first_here(self._covers, self._staff, slugs, self._today)
        first = next((each for each in slugs if is_here(self._staff, each, self._today)), now)
        return any(same_slug(each, self._by) for each in (first, now))

    def sees(self, record: Any) -> bool:
        """Return whether they see a record where things are listed; nobody does once it is over."""
        return not record.is_past(self._today) and self.may_see(record)

    def may_name(self, record: Any) -> bool:
        """Return whether they may name a record on a line: it is with them, or they had a part."""
        part = self._rules.named_by(record)
        return any(same_slug(each, self._by) for each in part) or self.may_see(record)
