"""An id with another noun's letters is no id of this one, in every verb that takes one (law 1)."""

import re

import pytest

from conftest import Run
from filling import DEMANDED, filled, line_of
from reintegrate_cli import catalogue
from reintegrate_cli.core.records import CareId, ConnectionId, RecordId, ScheduleId
from reintegrate_cli.kept import session
from reintegrate_cli.kept.history import read as read_history
from reintegrate_cli.line import typed
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import Verb
from test_conformance import full

__all__ = ["full"]

LETTERS = {table.id: table.name for table in catalogue.TABLES.values() if table.id}
VERBS = [verb for noun in catalogue.BY_NAME for verb in typed.verbs_of(noun).values()]


def places(verb: Verb) -> list[int]:
    """Tell which of a verb's arguments are ids."""
    said = [one.said for one in verb.parameters() if isinstance(one.said, Argument)]
    return [at for at, one in enumerate(said) if one.finds == "id" or one.metavar in ("ID", "[ID]")]


TAKERS = [verb for verb in VERBS if places(verb)]
FIELDS = [
    (verb, item)
    for verb in VERBS
    if verb.form
    for item in inputs_of(verb.form)
    if item.type in (RecordId, CareId, ConnectionId, ScheduleId) and item.is_option
]


def letter_of(verb: Verb) -> str:
    """Give the letters of a verb's own noun."""
    if verb.noun == "undo":
        return "H"
    if verb.command == "vault hold":
        return "LH"
    in_case = any(one.name == "ref" for one in verb.parameters())
    tables = catalogue.with_ids(verb.noun, in_case=in_case)
    return next((table.id for table in tables), "")


def entries(run: Run) -> int:
    with session.reading() as store:
        return len(read_history(store.shelf))


def test_law_1_letters_are_unique() -> None:
    named = [table for table in catalogue.TABLES.values() if table.id and table.name != "values"]
    assert len({table.id for table in named}) == len(named)
    assert all(re.fullmatch("[A-Z]{1,2}", table.id) for table in named)
    assert len(TAKERS) > 30


@pytest.mark.parametrize("verb", TAKERS, ids=lambda verb: verb.command)
def test_law_1_an_id_of_another_noun_is_missing(district: Run, full: str, verb: Verb) -> None:
    if verb.noun == "vault":
        pytest.skip("keys and holds are not records of a case")
    (at,) = places(verb)
    line = line_of(verb, full)
    words = len(verb.command.split())
    given = filled(verb.form, full, DEMANDED.get(verb.command, {})) if verb.form else None
    before = entries(district)
    for letters in LETTERS:
        if letters == letter_of(verb):
            continue
        wrong = [*line[: words + at], f"{letters}1", *line[words + at + 1 :]]
        for said in (wrong, [*wrong[: words + at], f"{full}/{letters}1", *wrong[words + at + 1 :]]):
            ended = district(*said, "--json", given=given)
            assert ended.code == 5, (said, ended.err)
    assert entries(district) == before


@pytest.mark.parametrize(
    ("verb", "item"), FIELDS, ids=lambda one: getattr(one, "command", getattr(one, "key", ""))
)
def test_law_1_nor_is_one_taken_in_an_option(
    district: Run, full: str, verb: Verb, item: object
) -> None:
    key = item.key  # type: ignore[attr-defined]
    line = line_of(verb, full)
    taken = set()
    for letters in LETTERS:
        keys = {**DEMANDED.get(verb.command, {}), key: f"{letters}1"}
        assert verb.form is not None
        base = filled(verb.form, full, keys)
        ended = district(*line, "--json", given=base)
        if ended.code != 5:
            taken.add(letters)
    assert len(taken) <= 1, (verb.command, key, taken)


def test_a_task_is_not_done_by_the_id_of_an_mou(district: Run, full: str) -> None:
    assert district("task", "done", "M1").code == 5
    assert district("release", "revoke", full, "W1", "--by", "student", "--how", "oral").code == 5
    (task,) = district("task", "list", "--json").json["items"]
    assert task["id"] == "T1"
    assert district("task", "done", f"{full}/T1").code == 0
