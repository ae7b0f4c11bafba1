"""Each seeded fault can still be planted, and names tests that are there (see ``seeded``)."""

from pathlib import Path

import pytest

from seeded import FAULTS, ROOT, Fault, planted


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_can_be_planted_and_the_tests_that_find_it_are_there(fault: Fault) -> None:
    compile(planted(fault, ROOT), fault.file, "exec")
    assert fault.tests
    for test in fault.tests:
        file, _, name = test.partition("[")[0].partition("::")
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text or f"{name} = " in text or not name
