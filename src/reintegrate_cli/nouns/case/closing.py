"""What a closing leaves open: every unsettled date of a case, and the clocks of law that go on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reintegrate_cli.catalogue import BY_NAME, NOUN_OF, TABLES, Sort, rules_of
from reintegrate_cli.catalogue.shape import WORK, Row
from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import Public, Ref, Value, counted
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import session
from reintegrate_cli.nouns.case.record import CaseRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_SCHEDULE = "check-in schedule"
_CALLED = {
    "checkin": _SCHEDULE,
    "conferral": _SCHEDULE,
    "partner_checkin": _SCHEDULE,
    "schedule": _SCHEDULE,
    "release": "unexpired release",
    "contact": "contact to confirm",
    "safety": "safety plan",
}
"""What a row's kind is called, if not by itself."""
_LEAVES = tuple(name for name, table in TABLES.items() if table.leaves)


class StillOpen(Value, frozen=True, kw_only=True):
    """Something that was not settled when a case closed; of ``law`` is what goes on."""

    id: Ref[str]
    kind: Public[str]
    called: Public[str]
    """What one of its kind is called."""
    label: Ref[str]
    due_on: Public[date | None]
    sort: Public[Sort]

    @property
    def in_words(self) -> str:
        """What a person reads of it: ``court hearing, 2026-12-10 (HX4T/K1)``."""
        when = f", {self.due_on}" if self.due_on else ""
        return f"{self.label}{when} ({self.id})"


class ClosedRow(CaseRow, frozen=True, kw_only=True):
    """A case that was closed, with what is still open in it."""

    still_open: Public[tuple[StillOpen, ...]]


def still_open(store: "Store", ref: str) -> list[StillOpen]:
    """List what is open in a case: what has an unsettled date, and what is open without one."""
    today = session.today()
    world = session.world(store, ref)
    rows: dict[tuple[str, date | None], StillOpen] = {}
    for row in agenda.dated(world, today, today + timedelta(days=agenda.HORIZON_DAYS)):
        if row.case == ref and row.first and (row.until is None or row.until >= today):
            rows[row.name, row.due_on] = StillOpen(
                id=row.name,
                kind=row.kind,
                called=_CALLED.get(row.kind, row.kind.replace("_", " ")),
                label=row.label,
                due_on=row.due_on,
                sort=row.falls_under,
            )
    given = {(row.id, row.called) for row in rows.values()}
    undated = (row for row in _undated(store, ref, today) if (row.id, row.called) not in given)
    return [*rows.values(), *undated]


def _undated(store: "Store", ref: str, today: date) -> Iterator[StillOpen]:
    """Yield what is open in a case by what its nouns say themselves, whatever has a date."""
    for table in _LEAVES:
        if not store.keeps(table, ref):
            continue
        row = next(iter(BY_NAME[NOUN_OF[table]].rows), Row(NOUN_OF[table], WORK))
        for record in store.table(table).all(case=ref):
            for left in load(rules_of(table)).left_open(record, today):
                yield StillOpen(
                    id=f"{ref}/{record.id}",
                    kind=row.kind,
                    called=left.called,
                    label=left.label,
                    due_on=None,
                    sort=row.sort,
                )


def closed(row: CaseRow, open_: Iterable[StillOpen]) -> ClosedRow:
    """Show a case with what its closing leaves open."""
    same = {name: getattr(row, name) for name in CaseRow.__struct_fields__}
    return ClosedRow(**same, still_open=tuple(open_))


_MISSING = (
    "if a child welfare agency answers for the student, tell their caseworker today: what has to be"
    " done within 24 hours is that agency's duty"
)


def said(open_: Sequence[StillOpen], reason: str | None) -> list[str]:
    """Return what is open, in lines: counted by kind, and each clock of law with its day.

    Args:
        open_: what is open.
        reason: why the case closed; once the student died no clock goes on.
    """
    sources = {(each.id, each.called) for each in open_}
    counts = Counter(name for _, name in sorted(sources))
    lines = []
    if counts:
        parts = [counted(count, name) for name, count in counts.items()]
        lines.append(f"still open: {', '.join(parts)}")
    law = [each for each in open_ if each.sort == "law" and reason != "died"]
    if law:
        clocks = ", ".join(
            f"{each.label} {short_date(each.due_on)} ({each.id})" for each in law if each.due_on
        )
        lines.append(f"clocks of law go on: {clocks}")
    if reason == "missing":
        lines.append(_MISSING)
    return lines
