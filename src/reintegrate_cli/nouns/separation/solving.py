"""The least disruptive schedule changes that keep students apart, found by a known solver.

Students who move get other sections of the same courses, at the same school, in the same terms
and with the same load, so that they never have two classes at once. Nobody else's schedule is
touched: a student who stays in any pair does not move for another pair (practice rule H7). Among
all such changes those come first that leave the fewest meetings, then the fewest changed
sections, then the fewest moved periods. How many seats a room has is not known here: a change
carries the head count, and the room is to be asked.

The solver is HiGHS through ``highspy``, an optional extra; it is imported where it is used.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.nouns.roster.timetable import Lesson
from reintegrate_cli.nouns.separation.choices import Model, Pair, Suggestion
from reintegrate_cli.nouns.separation.meetings import Whereabouts

EXTRA = "pip install 'reintegrate-cli[schedules]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """Suggestions, the least disruptive first.

    ``proven`` is false if time ran out: the first is then the best so far, and perhaps no best.
    ``unsure`` names students who keep a class whose period is not known: whether a change fits
    beside it is to be asked.
    """

    items: tuple[Suggestion, ...]
    proven: bool
    unsure: tuple[str, ...]


def suggest(
    lessons: Iterable[Lesson],
    students: Mapping[str, Whereabouts],
    pairs: Sequence[Pair],
    *,
    seconds: float = 10.0,
    most: int = 3,
) -> Suggestions:
    """Work out the least disruptive changes for all pairs at once.

    Args:
        lessons: every section that a student may change to.
        students: where each student of the pairs is, by ref; others are not looked at.
        pairs: all pairs that are to be kept apart, also those that are apart now.
        seconds: after which the best so far is the answer.
        most: how many suggestions; each is different in at least one change that another made.

    Raises:
        Settings: the solver is not installed.
    """
    highs = _solver()
    until = time.monotonic() + seconds
    model = Model(lessons, students, pairs)
    items: list[Suggestion] = []
    proven = True
    while len(items) < max(most, 1):
        chosen, optimal = _solve(highs, model, until - time.monotonic())
        suggestion = model.suggestion(chosen)
        if not items:
            proven = optimal
        elif not optimal or suggestion.remaining > items[0].remaining:
            break
        items.append(suggestion)
        if not optimal or not suggestion.changes:
            break
        model.forbid(chosen)
    return Suggestions(items=tuple(items), proven=proven, unsure=model.unsure)


def is_installed() -> bool:
    """Check whether there is a solver, without loading it."""
    return find_spec("highspy") is not None


def _solver() -> Any:
    try:
        return import_module("highspy")
    except ImportError as problem:
        message = "the solver that suggests schedule changes is not installed"
        raise Settings(message, hint=EXTRA) from problem


def _solve(highs: Any, model: Model, seconds: float) -> tuple[list[int], bool]:
    """Return the chosen options, and whether there are no better ones."""
    if not model.options or seconds <= 0:
        return model.present(), not model.options
    solver = highs.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", float(seconds))
    solver.setOptionValue("mip_rel_gap", 0.0)
    costs = model.costs()
    for number, cost in enumerate(costs):
        solver.addVar(0.0, 1.0)
        solver.changeColCost(number, float(cost))
        solver.changeColIntegrality(number, highs.HighsVarType.kInteger)
    for choice in model.choices:
        solver.addRow(1.0, 1.0, len(choice), choice, [1.0] * len(choice))
    for row in model.rows:
        ones = [1.0] * len(row.options)
        solver.addRow(-highs.kHighsInf, float(row.limit), len(ones), list(row.options), ones)
    solver.run()
    optimal = solver.getModelStatus() == highs.HighsModelStatus.kOptimal
    solution = solver.getSolution()
    if not solution.value_valid:
        return model.present(), False
    chosen = [number for number, value in enumerate(solution.col_value) if value > 0.5]
    # Stopped early, it may not have come as far as leaving everything as it is.
    best = min(
        chosen, model.present(), key=lambda numbers: sum(costs[number] for number in numbers)
    )
    return best, optimal
