"""Small cells: no table tells of a few students, alone or beside those released before it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import Any

import pytest

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.report import cells
from reintegrate_cli.nouns.report.cells import Released, hidden_cells, released
from reintegrate_cli.nouns.report.record import CellRelease, days_of, read_period, to_release

Shown = tuple[int | None, ...]


def tables(cells: int, total: int) -> Iterator[tuple[int, ...]]:
    """Yield every table of so many cells with a total."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in tables(cells - 1, total - first):
            yield (first, *rest)


def seen(counts: Sequence[int], k: int) -> Shown:
    hidden = hidden_cells(counts, k)
    return tuple(None if at in hidden else count for at, count in enumerate(counts))


def leaks(cells: int, total: int, k: int, see: Any = seen) -> list[Shown]:
    """Return the outputs from which a cell that may be below k follows more narrowly than k."""
    least: dict[Shown, list[int]] = defaultdict(lambda: [total] * cells)
    most: dict[Shown, list[int]] = defaultdict(lambda: [0] * cells)
    for counts in tables(cells, total):
        output = see(counts, k)
        for at, count in enumerate(counts):
            least[output][at] = min(least[output][at], count)
            most[output][at] = max(most[output][at], count)
    return [
        output
        for output in least
        for at, shown in enumerate(output)
        if (shown is None or shown < k)
        and least[output][at] < k
        and most[output][at] - least[output][at] < k - 1
    ]


@pytest.mark.parametrize("k", [3, 4, 11])
def test_every_table_of_up_to_four_cells_keeps_small_ones_apart(k: int) -> None:
    for cells_ in (2, 3, 4):
        for total in range(k, 61):
            assert leaks(cells_, total, k) == []


def _without_the_next(counts: Sequence[int], k: int) -> Shown:
    """Hide the smallest until their sum is k, whatever the next cell: an earlier form."""
    order = sorted(range(len(counts)), key=counts.__getitem__)
    hidden: set[int] = set()
    for at in order:
        if len(hidden) > 1 and sum(counts[one] for one in hidden) >= k:
            break
        hidden.add(at)
    small = any(count < k for count in counts)
    return tuple(None if small and at in hidden else count for at, count in enumerate(counts))


def _small_alone(counts: Sequence[int], k: int) -> Shown:
    """Hide what is small and nothing beside it."""
    return tuple(None if count < k else count for count in counts)


def _zeros_shown(counts: Sequence[int], k: int) -> Shown:
    return tuple(
        0 if count == 0 else shown for count, shown in zip(counts, seen(counts, k), strict=True)
    )


@pytest.mark.parametrize("see", [_without_the_next, _small_alone, _zeros_shown])
def test_weaker_rules_are_told_by_the_same_search(see: Any) -> None:
    assert any(leaks(3, total, 4, see) for total in range(4, 30))


def test_worked_examples_of_the_rule() -> None:
    consortium = released({"home": 26, "alternative": 13, "ged": 5, "online": 3}, 11)
    assert consortium.total == 47
    assert dict(consortium.cells) == {"home": 26, "alternative": None, "ged": None, "online": None}
    assert dict(consortium.percents)["home"] == 55
    assert dict(consortium.percents)["ged"] is None
    twelve = released({"a": 7, "b": 3, "c": 1, "d": 1}, 11)
    assert (twelve.total, twelve.has_breakdown) == (12, False)
    assert not released({"a": 10, "b": 10, "c": 10}, 11).has_breakdown
    assert not released({"a": 11, "b": 11, "c": 0}, 11).has_breakdown
    assert released({"a": 5, "b": 5}, 11).total is None
    assert not released({"a": 40, "b": 5}, 11).has_breakdown
    assert dict(released({"a": 20, "b": 30}, 11).cells) == {"a": 20, "b": 30}


def test_below_twice_k_no_cell_is_ever_shown() -> None:
    for total in range(22):
        for counts in tables(3, total):
            assert not released(dict(zip("abc", counts, strict=True)), 11).has_breakdown


def release(
    earlier: Sequence[CellRelease],
    counts: dict[str, int],
    period: str = "2026-S1",
    *,
    measure: str = "setting",
    k: int = 11,
    source: Any = "vault",
) -> CellRelease:
    made = to_release(
        earlier,
        counts,
        measure=measure,
        period=period,
        source=source,
        on=date(2026, 10, 29),
        smallest=k,
    )
    return replace(made, id=made.id or f"N{len(earlier) + 1}")


FIRST = {"home": 26, "alternative": 13, "ged": 5, "online": 3}


def test_the_same_table_again_is_no_second_release() -> None:
    assert release([release([], FIRST)], FIRST).id == "N1"


@pytest.mark.parametrize(
    "counts",
    [
        {**FIRST, "home": 27},
        {**FIRST, "online": 4},
        {**FIRST, "home": 36, "alternative": 3},
        {**FIRST, "home": 37, "online": 4},
    ],
)
@pytest.mark.parametrize("period", ["2026-S1", "2026-S2", "2026-Y"])
def test_a_difference_of_a_few_students_is_refused(counts: dict[str, int], period: str) -> None:
    with pytest.raises(Refused) as refused:
        release([release([], FIRST)], counts, period)
    assert refused.value.rule == "cells"


def test_a_difference_of_many_is_released() -> None:
    later = release([release([], FIRST)], {**FIRST, "home": 40}, "2026-Y")
    assert (later.total, later.cells[0].count) == (61, 40)


def test_other_cells_hidden_than_before_hide_the_breakdown() -> None:
    other = {"home": 26, "alternative": 40, "ged": 8, "online": 6}
    assert release([], other).table.hidden == {"ged", "online"}
    later = release([release([], FIRST)], other, "2026-Y")
    assert (later.total, later.table.has_breakdown) == (80, False)


def test_another_measure_of_the_same_students_tells_by_its_total() -> None:
    first = release([], FIRST)
    with pytest.raises(Refused):
        release([first], {"R": 30, "L": 19}, measure="school")
    assert release([first], {"R": 28, "L": 19}, measure="school").total == 47
    assert release([first], {"R": 30, "L": 19}, measure="meals", source="counts").total == 49


def test_who_stayed_through_both_halves_is_told_by_no_year() -> None:
    halves = [release([], {"a": 30, "b": 30}), release([], {"a": 50, "b": 50}, "2026-S2")]
    with pytest.raises(Refused):
        release(halves, {"a": 78, "b": 78}, "2026-Y")  # two of each were there in both
    assert release(halves, {"a": 65, "b": 65}, "2026-Y").total == 130


def test_a_higher_number_of_an_earlier_release_holds() -> None:
    first = release([], {"a": 40, "b": 60}, k=30)
    with pytest.raises(Refused):
        release([first], {"a": 55, "b": 60})  # fifteen are fewer than thirty


@pytest.mark.parametrize(
    "text", ["2026-10", "2026-W41", "2026-Q4", "2026", "2026-10-29", "october"]
)
def test_a_shorter_period_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_period(text)
    assert refused.value.rule == "cells"


@pytest.mark.parametrize("text", ["2026-S3", "S1", "1026-Y", "2026-S1-", "half"])
def test_what_is_no_period_is_refused_as_typed_wrong(text: str) -> None:
    with pytest.raises((Usage, Refused)):
        read_period(text)


def test_the_days_of_a_period() -> None:
    assert days_of(read_period("2026-s1")) == (date(2026, 7, 1), date(2026, 12, 31))
    assert days_of(read_period("2026-S2")) == (date(2027, 1, 1), date(2027, 6, 30))
    assert days_of(read_period("2026-Y")) == (date(2026, 7, 1), date(2027, 6, 30))


def _ranges(sequence: Sequence[Released], rising: bool) -> Iterator[tuple[int, str, float, float]]:
    """Yield the least and the most that each unseen cell of a sequence may be, by a solver.

    The reader knows what was shown, and takes it that cells only rise, or only fall.
    """
    highspy = pytest.importorskip("highspy")
    names = list(sequence[0].cells)
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    top = 10_000.0
    for table in sequence:
        for name in names:
            shown = table.cells[name]
            model.addVar(*((0.0, top) if shown is None else (float(shown), float(shown))))
    width = len(names)
    for at, table in enumerate(sequence):
        own = [at * width + place for place in range(width)]
        if table.total is not None:
            model.addRow(float(table.total), float(table.total), width, own, [1.0] * width)
        else:
            model.addRow(0.0, 10.0, width, own, [1.0] * width)
        for place in range(width) if at else ():
            pair = [own[place], own[place] - width]
            signs = [1.0, -1.0] if rising else [-1.0, 1.0]
            model.addRow(0.0, top, 2, pair, signs)
    for at, table in enumerate(sequence):
        for place, name in enumerate(names):
            if table.cells[name] is None:
                bounds = []
                for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
                    column = at * width + place
                    model.changeColCost(column, 1.0)
                    model.changeObjectiveSense(sense)
                    model.run()
                    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                        return  # what was shown both rose and fell: the reader is wrong
                    bounds.append(model.getInfo().objective_function_value)
                    model.changeColCost(column, 0.0)
                yield at, name, bounds[0], bounds[1]


@pytest.mark.parametrize("seed", range(12))
def test_sequences_of_six_releases_tell_of_no_few_students(seed: int) -> None:
    random = Random(seed)
    k = 11
    for _ in range(6):
        ledger: list[CellRelease] = []
        counts = {name: random.choice([0, 3, 8, 15, 30, 60]) for name in "abcd"}
        for period in random.sample(["2026-S1", "2026-S2", "2026-Y", "2027-S1", "2027-Y"] * 2, 10):
            counts = {
                name: count + random.choice([0, 0, 0, 1, 4, k, 2 * k])
                for name, count in counts.items()
            }
            try:
                made = release(ledger, counts, period)
            except Refused:
                continue
            ledger += [made] if made.id == f"N{len(ledger) + 1}" else []
        sequence = [one.table for one in ledger[:6]]
        for at, name, least, most in _ranges(sequence, rising=True) if sequence else ():
            if least < k and sequence[at].total is not None:
                assert most - least >= k - 1 - 1e-6, (seed, at, name, sequence)


def test_a_ledger_that_compares_nothing_is_told_by_the_solver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cells, "tells", lambda *_: False)
    monkeypatch.setattr(cells, "beside", lambda table, _: table)
    first = {"a": 20, "b": 40, "c": 12, "d": 2, "e": 9}  # c is shown, d and e are not
    ledger = [release([], first)]
    ledger.append(release(ledger, {**first, "e": 30}, "2026-Y"))  # now e is shown, c and d are not
    sequence = [one.table for one in ledger]
    narrow = [most - least for _, _, least, most in _ranges(sequence, rising=True) if least < 11]
    assert min(narrow) < 10


def test_many_random_tables_hide_sums_that_split_any_way() -> None:
    random = Random(2026)
    for _ in range(5_000):
        k = random.choice([3, 4, 10, 11, 15])
        counts = [
            random.choice([0, 1, k - 1, k, random.randrange(90)])
            for _ in range(random.randint(2, 9))
        ]
        hidden = hidden_cells(counts, k)
        shown = [count for at, count in enumerate(counts) if at not in hidden]
        rest = sum(counts) - sum(shown)
        if hidden and shown:
            assert len(hidden) > 1
            assert k <= rest < min(shown)
        for count in shown:
            assert count >= k
            assert sum(counts) - count >= k
