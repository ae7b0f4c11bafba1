"""The ledger of every number that was released, so that no later one gives it away (section 4)."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Record, Ref, Value, Word
from reintegrate_cli.nouns.report import cells
from reintegrate_cli.nouns.report.cells import Period, Released

Source = Literal["vault", "counts"]
_PERIOD = re.compile(r"(\d{4})-(S1|S2|Y)", re.IGNORECASE)
_SHORTER = re.compile(r"\d{4}(-\d\d?|-?W\d\d?|-?Q\d|-\d\d-\d\d)?|[a-z]{3,9}", re.IGNORECASE)


class ShownCell(Value, frozen=True, kw_only=True):
    """A cell as it was released; ``count`` is absent where it was hidden."""

    cell: Public[Word]
    count: Public[int | None] = None


class CellRelease(Record, frozen=True, kw_only=True):
    """A table that was released, with only what a reader was shown of it."""

    id: Ref[str]
    measure: Public[Word]
    period: Public[Word]
    source: Public[Source]
    on: Public[date]
    smallest: Public[int]
    """The fewest students whom a number in it may stand for."""
    total: Public[int | None] = None
    cells: Public[tuple[ShownCell, ...]] = ()

    dated = "on"

    @property
    def table(self) -> Released:
        """What a reader has of it."""
        return Released(self.total, {shown.cell: shown.count for shown in self.cells})


def read_period(text: str) -> Period:
    """Read a fixed period: ``2026-S1``, ``2026-S2`` or ``2026-Y``.

    Raises:
        Refused: it is another length of time; two that differ by a day tell of one student.
        Usage: it is no period.
    """
    match = _PERIOD.fullmatch(text)
    if match is not None and 1900 <= int(match[1]) <= 2199:
        return Period(int(match[1]), match[2].upper())
    hint = "2026-S1 is July to December 2026, 2026-S2 January to June 2027, 2026-Y both"
    if _SHORTER.fullmatch(text):
        raise Refused(
            "only half a school year, or a whole one, is released: shorter periods side by side"
            " can tell of one student",
            rule="cells",
            hint=hint,
            fields=["period"],
        )
    raise Usage("that is not a period", hint=hint, fields=["period"])


def days_of(period: Period) -> tuple[date, date]:
    """Return the first and the last day of a period."""
    first = date(period.year, 7, 1), date(period.year, 12, 31)
    second = date(period.year + 1, 1, 1), date(period.year + 1, 6, 30)
    halves = {"S1": (first, first), "S2": (second, second), "Y": (first, second)}
    begins, ends = halves[period.part]
    return begins[0], ends[1]


def written(period: Period) -> str:
    """Return a period as it is typed."""
    return f"{period.year}-{period.part}"


def same(release: CellRelease, other: CellRelease) -> bool:
    """Check whether two releases say the same of the same period."""
    return all(
        getattr(release, name) == getattr(other, name)
        for name in ("measure", "period", "source", "table")
    )


def to_release(earlier: Iterable[CellRelease], counts: dict[str, int], **known: Any) -> CellRelease:
    """Return a table as it may be released beside all that were released before.

    Args:
        earlier: every release before it.
        counts: the students in each cell.
        known: its measure, period, source, day and smallest number.

    Returns:
        A new release, without an id; or the earlier one that says just the same.

    Raises:
        Refused: a difference would tell of a few students.
    """
    release = CellRelease(id="", **known)
    ledger = [other for other in earlier if _compares(release, other)]
    k = max([release.smallest, *(other.smallest for other in ledger)])
    of_measure = [other.table for other in ledger if other.measure == release.measure]
    table = cells.beside(cells.released(counts, k), of_measure)
    release = _with(release, table, smallest=k)
    again = next((other for other in ledger if same(release, other)), None)
    if again is not None:
        return again
    before = [
        (
            read_period(other.period),
            other.table if other.measure == release.measure else cells.withheld(other.table),
        )
        for other in ledger
    ]
    if cells.tells(read_period(release.period), table, before, k):
        raise Refused(
            f"this differs from what was released before by fewer than {k} students, and the"
            " difference would tell who they are",
            rule="cells",
            hint="the earlier release holds; give that one again, or wait for the next period",
            fields=["period"],
        )
    return release


def _compares(release: CellRelease, other: CellRelease) -> bool:
    """Check whether two releases count the same students, by one measure or by two."""
    same_students = release.source == other.source == "vault"
    return same_students or release.measure == other.measure


def _with(release: CellRelease, table: Released, **more: Any) -> CellRelease:
    shown = tuple(ShownCell(cell=Word(name), count=count) for name, count in table.cells.items())
    return replace(release, total=table.total, cells=shown, **more)
