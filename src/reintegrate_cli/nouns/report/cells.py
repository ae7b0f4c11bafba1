"""Small cells: which numbers of a table may be released (PRACTICE section 4).

A student can be found in a number. So a table hides every cell that a reader could otherwise pin to
fewer than k students, and enough others beside it that none can be worked out from the total; and a
later table is refused where it differs from an earlier one by so few that the difference tells.

Pure rules over numbers; a count is always one of students, never of events.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final

from reintegrate_cli.core.lean import msgspec

TOTAL: Final = "total"


class Released(msgspec.Struct, frozen=True):
    """What a reader sees of one table: its total, and each cell that is shown."""

    total: int | None
    """``None`` where fewer than k students are counted in all."""
    cells: Mapping[str, int | None]
    """Each cell by its name; ``None`` where it is hidden."""

    @property
    def has_breakdown(self) -> bool:
        """Return whether any cell is shown."""
        return any(count is not None for count in self.cells.values())

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the cells that are hidden."""
        return frozenset(name for name, count in self.cells.items() if count is None)

    @property
    def percents(self) -> Mapping[str, int | None]:
        """Each shown cell as a whole percentage of the total; none of a hidden one."""
        return {
            name: None if count is None or not self.total else _percent(count, self.total)
            for name, count in self.cells.items()
        }


def _percent(count: int, total: int) -> int:
    return (200 * count + total) // (2 * total)


def hidden_cells(counts: Sequence[int], k: int) -> frozenset[int]:
    """Return the places of the cells of a table that are not shown; all of them, if need be.

    The smallest are hidden: the fewest, at least two, whose sum is at least k while the next larger
    cell is larger than that sum. So any split of the sum over them would be hidden alike, and
    nothing tells them apart.

    Args:
        counts: the cells, zeros among them.
        k: the fewest students whom a number that is shown may stand for.
    """
    total = sum(counts)
    if all(k <= count <= total - k for count in counts):
        return frozenset()
    order = sorted(range(len(counts)), key=counts.__getitem__)
    rest = 0
    for place, (at, following) in enumerate(pairwise(order), 1):
        rest += counts[at]
        if place > 1 and rest >= k and counts[following] > rest:
            return frozenset(order[:place])
    return frozenset(order)


def released(counts: Mapping[str, int], k: int) -> Released:
    """Return what may be seen of a table."""
    total = sum(counts.values())
    if total < k:
        return Released(None, dict.fromkeys(counts))
    hidden = hidden_cells(list(counts.values()), k)
    shown = {
        name: None if at in hidden else count for at, (name, count) in enumerate(counts.items())
    }
    return Released(total, shown)


def withheld(table: Released) -> Released:
    """Return a table of which the total alone is shown."""
    return Released(table.total, dict.fromkeys(table.cells))


def beside(table: Released, earlier: Iterable[Released]) -> Released:
    """Return a table as it may be seen by somebody who has the earlier ones of its measure.

    Cells that are hidden in one and shown in another could be worked out wherever a reader takes
    the rest to be unchanged. So a breakdown follows only breakdowns that hide the same cells.
    """
    others = (other for other in earlier if other.has_breakdown)
    if table.has_breakdown and any(_tells_apart(table, other) for other in others):
        return withheld(table)
    return table


def _tells_apart(table: Released, other: Released) -> bool:
    return table.hidden != other.hidden or table.cells.keys() != other.cells.keys()


def known(table: Released) -> Iterator[tuple[str, int]]:
    """Yield every number that a reader has of a table: shown, or left over once those are taken."""
    if table.total is None:
        return
    yield TOTAL, table.total
    if not table.has_breakdown:
        return
    shown = {name: count for name, count in table.cells.items() if count is not None}
    yield from ((f"cell {name}", count) for name, count in shown.items())
    yield f"without {' '.join(sorted(shown))}", table.total - sum(shown.values())


def difference_tells(one: Released, other: Released, k: int) -> bool:
    """Return whether some number of two tables differs by fewer than k students, and not by none.

    NIST's example: of two ranges of dates, one student longer, the difference is that student.
    """
    numbers = dict(known(other))
    return any(0 < abs(count - numbers[name]) < k for name, count in known(one) if name in numbers)


def overlap_tells(halves: tuple[Released, Released], whole: Released, k: int) -> bool:
    """Return whether two halves of a year and the year itself tell of fewer than k students.

    Who was there in both halves is counted in each, and once in the year: the sum of the halves
    less the year is how many stayed.
    """
    first, second = (dict(known(half)) for half in halves)
    return any(
        0 < abs(first[name] + second[name] - count) < k
        for name, count in known(whole)
        if name in first and name in second
    )


class Period(msgspec.Struct, frozen=True):
    """A fixed period of a release: half a school year, or all of it."""

    year: int
    """The calendar year in which the school year begins."""
    part: str
    """``S1``, ``S2``, or ``Y`` for both."""


def tells(
    period: Period, table: Released, earlier: Sequence[tuple[Period, Released]], k: int
) -> bool:
    """Return whether a table, beside all that were released before, tells of fewer than k students.

    Args:
        period: its period.
        table: what would be seen of it.
        earlier: the releases of the same measure, or of the same students by another.
        k: the fewest students whom a number may stand for.
    """
    if any(difference_tells(table, other, k) for _, other in earlier):
        return True
    of_year = [(one, other) for one, other in earlier if one.year == period.year]
    for pair in combinations(of_year, 2):
        parts = {period.part: table} | {one.part: other for one, other in pair}
        if len(parts) == 3 and overlap_tells((parts["S1"], parts["S2"]), parts["Y"], k):
            return True
    return False
