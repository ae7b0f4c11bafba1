"""A case that goes to another school in a database: all of it is sealed anew for that school."""

import pytest

from conftest import Run
from reintegrate_cli.catalogue import TABLES
from servers import Server

pytestmark = pytest.mark.needs("postgres")
FEW = 5


@pytest.fixture
def vault_named(database: str) -> str:
    return database


def test_nothing_of_a_case_stays_with_the_school_that_it_leaves(
    district: Run, case: str, database: str, postgres: Server
) -> None:
    words = {"text": "call the counselor"}
    for number in range(FEW):
        due = f"2026-10-{10 + number}"
        assert district("task", "add", "--due", due, "--case", case, given=words).code == 0
        assert district("task", "add", "--due", due, given=words).code == 0
    assert district("task", "done", "T1").code == 0
    planned = ("checkin", "schedule", case, "--with", "student", "--every", "1w", "--day", "thu")
    chosen = ("--chosen-by", "student", "--chosen-on", "today")
    made = district(*planned, "--mode", "phone", *chosen, "--no-input")
    assert made.code == 0, made.err
    assert district("case", "note", case, given=words).code == 0
    of_cases = "SELECT scope FROM reintegrate.record WHERE tab = %s"
    ((left,),) = postgres.run(of_cases, TABLES["cases"].number, url=database)
    tabs = "SELECT DISTINCT tab FROM reintegrate.record WHERE scope = %s ORDER BY 1"
    before = postgres.run(tabs, left, url=database)
    assert {TABLES[name].number for name in ("cases", "tasks", "wakes", "units", "notes")} <= {
        tab for (tab,) in before
    }
    agenda = [item["id"] for item in district("agenda", "--json").json["items"]]
    assert district("case", "edit", case, "--school", "Cascade").code == 0
    assert postgres.run(tabs, left, url=database) == []
    ((come,),) = postgres.run(of_cases, TABLES["cases"].number, url=database)
    assert postgres.run(tabs, come, url=database) == before
    assert [item["id"] for item in district("agenda", "--json").json["items"]] == agenda
    assert district("vault", "verify").code == 0
