"""Hostile files of every sort, made out of bytes that Hypothesis chooses (see ``hostile``)."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hostile import TARGETS, Room, attempt, clear, new_room
from thoroughness import LONG


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    found = new_room(tmp_path_factory.mktemp("hostile"))
    yield found
    clear(found)


@pytest.mark.parametrize("name", TARGETS)
@settings(
    max_examples=5000 if LONG else 300,
    derandomize=not LONG,
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=list(HealthCheck),
)
@given(data=st.binary(max_size=400))
def test_law_11_whatever_is_made_of_it_only_a_problem_comes_of_it(
    room: Room, name: str, data: bytes
) -> None:
    attempt(room, name, data)
