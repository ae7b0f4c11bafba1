"""Consistency: what the cases of each school get and miss, and no name of staff beside a miss."""

import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from conftest import Run
from reintegrate_cli.catalogue.guidance import CLAUSES
from reintegrate_cli.commands.report.consistency import PRACTICES

TODAY = "2026-10-05"


@pytest.fixture
def schools(district: Run) -> tuple[str, str, str]:
    """Two cases at Ridgeline, of which one gets much, and one at Juniper of hale's."""
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    refs = []
    for school in ("Ridgeline", "ridgeline", "Juniper"):
        line = ("case", "add", "--school", school, "--setting", "home", "--json")
        refs.append(district(*line, today="2026-09-21").json["ref"])
    assert district("case", "edit", refs[2], "--owner", "hale", today=TODAY).code == 0
    ref = refs[0]
    agreed = ("--every", "1w", "--mode", "phone", "--chosen-by", "student", "--chosen-on", TODAY)
    line = ("checkin", "schedule", ref, "--with", "student", *agreed, "--starts", "2026-10-06")
    assert district(*line, today=TODAY).code == 0
    assert district("contact", "set", ref, given={"mode": "we_contact"}, today=TODAY).code == 0
    wish = ("wish", "add", ref, "--about", "other", "--heard-by", "lee")
    assert district(*wish, given={"words": "x"}, today=TODAY).code == 0
    goal = ("goal", "add", ref, "--horizon", "short")
    assert district(*goal, given={"words": "x"}, today=TODAY).code == 0
    assert district("need", "add", refs[2], "--area", "transport", today=TODAY).code == 0
    return refs[0], refs[1], refs[2]


def found(run: Run, *more: str, today: str = TODAY) -> dict[tuple[str, str], dict[str, Any]]:
    shown = run("report", "consistency", *more, "--json", today=today).json
    assert "not for release" in shown["paper"]
    return {(row["practice"], row["school"].casefold()): row for row in shown["items"]}


def test_each_school_is_beside_the_others_with_what_it_gets_and_misses(
    district: Run, schools: tuple[str, str, str]
) -> None:
    _, other, far = schools
    rows = found(district)
    for practice in ("chosen", "booked", "reached", "wish", "goal"):
        here, there = rows[practice, "ridgeline"], rows[practice, "juniper"]
        assert (here["cases"], here["get"], here["miss"]) == (2, 1, [other]), practice
        assert (there["cases"], there["get"], there["miss"]) == (1, 0, [far]), practice
    assert ("needs", "ridgeline") not in rows  # nobody there has named a need
    assert rows["needs", "juniper"]["miss"] == [far]
    assert rows["officer", "ridgeline"]["get"] == 0
    set_ = ("team", "set", "Ridgeline", "--model", "specialist", "--seat", "attendance_officer=lee")
    assert district(*set_, today=TODAY).code == 0
    assert found(district)["officer", "ridgeline"]["get"] == 2
    assert found(district)["officer", "juniper"]["get"] == 0
    assert {school for _, school in found(district, "--school", "juniper")} == {"juniper"}


def test_what_does_not_apply_counts_neither_way(
    district: Run, schools: tuple[str, str, str]
) -> None:
    one, other, far = schools
    assert district("case", "pause", other, today=TODAY).code == 0
    assert district("case", "close", far, "--reason", "moved", today=TODAY).code == 0
    rows = found(district)
    assert {school for _, school in rows} == {"ridgeline"}
    for practice in ("chosen", "booked"):
        assert (rows[practice, "ridgeline"]["cases"], rows[practice, "ridgeline"]["miss"]) == (
            1,
            [],
        )
    line = ("referral", "add", one, "--partner", "HARBOR", "--service", "counseling")
    assert district("partner", "add", "HARBOR", "--kind", "other", "--regime", "none").code == 0
    assert district(*line, "--student-agreed", "yes", "--on", TODAY, today=TODAY).code == 0
    assert found(district)["care", "ridgeline"]["get"] == 1
    assert found(district, today="2026-12-01")["care", "ridgeline"]["miss"] == [one]


def test_a_referral_waits_in_this_report_as_in_that_on_the_guidance(
    district: Run, schools: tuple[str, str, str]
) -> None:
    one, _, _ = schools
    assert district("partner", "add", "HARBOR", "--kind", "other", "--regime", "none").code == 0
    line = ("referral", "add", one, "--partner", "HARBOR", "--service", "counseling")
    assert district(*line, "--student-agreed", "yes", "--on", TODAY, today=TODAY).code == 0
    (referral,) = district("referral", "list", "--json", today=TODAY).json["items"]
    stale_on = date.fromisoformat(referral["stale_on"])
    for day in (stale_on - timedelta(days=1), stale_on):
        today = day.isoformat()
        asked = ("report", "fidelity", "--case", one, "--clause", "26", "--json")
        (clause,) = district(*asked, today=today).json["items"]
        (listed,) = district("referral", "list", "--json", today=today).json["items"]
        missed = found(district, today=today)["care", "ridgeline"]["miss"]
        assert listed["stale"] == (day == stale_on) == (missed == [one])
        assert clause["status"] == ("not_met" if day == stale_on else "met")


def test_no_name_of_staff_stands_beside_a_miss(
    district: Run, schools: tuple[str, str, str], tmp_path: Path
) -> None:
    file = tmp_path / "paper.xlsx"
    for line in ((), ("--json",), ("--csv",), ("--xlsx", str(file))):
        shown = district("report", "consistency", *line, today=TODAY)
        assert shown.code == 0
        for slug in ("okafor", "hale", "lee"):
            assert slug not in shown.out + shown.err
    assert "schools differ most on" in district("report", "consistency", today=TODAY).err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(file)
    cells = [str(cell) for row in book.active.values for cell in row if cell is not None]
    assert "not for release" in cells[0]
    assert not {"okafor", "hale", "lee"} & {*cells}
    entry = district("history", "--json", today=TODAY).json["items"][-1]
    assert "consistency" in str(entry["command"])


def test_each_practice_names_a_clause_of_the_guidance() -> None:
    assert {practice.clause for practice in PRACTICES} <= set(CLAUSES)
    assert len({practice.name for practice in PRACTICES}) == len(PRACTICES)
    assert all(len(practice.asks) <= 20 for practice in PRACTICES)
