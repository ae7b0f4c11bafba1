"""Numbers that may leave the office: the same on screen, in CSV and in JSON; each kept (section 4)."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from conftest import Run

TODAY = "2026-10-29"


def counts(tmp_path: Path, **cells: int) -> str:
    file = tmp_path / "counts.csv"
    file.write_text("cell,count\n" + "".join(f"{cell},{many}\n" for cell, many in cells.items()))
    return str(file)


def report(run: Run, *more: str, code: int = 0, today: str = TODAY) -> Any:
    ended = run("report", "deidentified", *more, "--json", today=today)
    assert ended.code == code, ended.err
    return ended.json if code == 0 else ended.error


def cells(shown: Any) -> dict[str, int | None]:
    return {row["cell"]: row["count"] for row in shown["items"]}


def opened(run: Run, many: int, *more: str, school: str = "R", on: str = "2026-08-24") -> list[str]:
    line = ("case", "add", "--school", school, "--opened-on", on, *more, "--json")
    return [run(*line, today=TODAY).json["ref"] for _ in range(many)]


def test_a_consortium_of_47_shows_the_home_school_alone(district: Run, tmp_path: Path) -> None:
    file = counts(tmp_path, home=26, alternative=13, ged=5, online=3)
    line = ("--measure", "placements", "--period", "2026-S1", "--counts", file)
    shown = report(district, *line)
    assert cells(shown) == {
        "home": 26,
        "alternative": None,
        "ged": None,
        "online": None,
        "total": 47,
    }
    assert [row["suppressed"] for row in shown["items"]] == [False, True, True, True, False]
    assert [row["percent"] for row in shown["items"]] == [55, None, None, None, 100]
    plain = district("report", "deidentified", *line, today=TODAY)
    assert [row.split() for row in plain.out.splitlines()[1:]] == [
        ["home", "26", "55%"],
        ["alternative", "-"],
        ["ged", "-"],
        ["online", "-"],
        ["total", "47", "100%"],
    ]
    told = district("report", "deidentified", *line, "--csv", today=TODAY)
    rows = list(csv.DictReader(io.StringIO(told.out)))
    assert [row["count"] for row in rows] == ["26", "", "", "", "47"]


def test_below_eleven_nothing_is_told_but_that(district: Run) -> None:
    opened(district, 3, "--setting", "home")
    shown = report(district, "--measure", "setting", "--period", "2026-S1")
    assert set(cells(shown).values()) == {None}
    assert all(row["suppressed"] for row in shown["items"])
    said = district("report", "deidentified", "--measure", "setting", "--period", "2026-Y")
    assert "fewer than 11 students" in said.err


@pytest.fixture
def many(district: Run) -> list[str]:
    """Thirty students in their home schools, twelve elsewhere, and one who was entered twice."""
    refs = opened(district, 30, "--setting", "home")
    refs += opened(district, 12, "--setting", "online", school="L")
    double = opened(district, 1, "--setting", "home")[0]
    closed = district("case", "close", double, "--reason", "duplicate", today=TODAY)
    assert closed.code == 0, closed.err
    return refs


def test_students_count_once_where_they_were(district: Run, many: list[str]) -> None:
    shown = report(district, "--measure", "setting", "--period", "2026-S1")
    told = cells(shown)
    assert told["total"] == 42
    assert told["home"] == 30
    assert told["online"] is None
    assert cells(report(district, "--measure", "school", "--period", "2026-S1"))["total"] == 42
    assert cells(report(district, "--measure", "status", "--period", "2026-S1"))["total"] == 42
    assert cells(report(district, "--measure", "mou", "--period", "2026-S1"))["total"] == 42
    days = cells(report(district, "--measure", "referral_days", "--period", "2026-S1"))
    assert days["total"] == 42
    assert days["no_referral"] is None  # it is everybody: nothing is left to hide it with


def test_one_more_student_is_not_told_by_a_second_report(district: Run, many: list[str]) -> None:
    line = ("--measure", "setting", "--period", "2026-S1")
    first = report(district, *line)
    assert report(district, *line) == first
    opened(district, 1, "--setting", "home")
    refused = report(district, *line, code=4)
    assert refused["rule"] == "cells"
    assert report(district, "--measure", "setting", "--period", "2026-Y", code=4)["rule"] == "cells"
    assert report(district, "--measure", "school", "--period", "2026-S1", code=4)["rule"] == "cells"
    opened(district, 11, "--setting", "home")
    assert cells(report(district, *line))["home"] == 42


def test_a_period_that_is_over_counts_what_was_then(district: Run) -> None:
    refs = opened(district, 20, "--setting", "home", on="2026-02-02")
    refs += opened(district, 14, "--setting", "home", school="L", on="2026-02-02")
    for ref in refs[:3]:
        moved = district("case", "edit", ref, "--school", "L", today="2026-08-03")
        assert moved.code == 0, moved.err
    shown = report(district, "--measure", "school", "--period", "2025-S2", today="2026-08-04")
    assert cells(shown) == {"L": 14, "R": 20, "total": 34}
    still = report(district, "--measure", "school", "--period", "2026-S1", code=4)
    assert still["rule"] == "cells"  # three who moved, between one half and the next


@pytest.mark.parametrize("period", ["2026-10", "2026-W44"])
def test_a_month_is_never_a_period(district: Run, period: str) -> None:
    refused = report(district, "--measure", "setting", "--period", period, code=4)
    assert refused["rule"] == "cells"
    assert "2026-S1" in refused["hint"]


@pytest.mark.parametrize(
    ("measure", "period"), [("meals", "2026-S1"), ("setting", "2026-S9"), ("setting", "2027-S1")]
)
def test_what_is_typed_wrong_is_usage(district: Run, measure: str, period: str) -> None:
    report(district, "--measure", measure, "--period", period, code=2)


@pytest.mark.parametrize(
    "text",
    [
        "cell,count\nhome,26\n",
        "cell,count\nhome,26\nhome,3\n",
        "cell,count\nhome,26\ntotal,3\n",
        "cell,count\nhome,26\nged,-3\n",
        "cell,count\nhome,26\nged,3.5\n",
        "cell,many\nhome,26\nged,3\n",
        "",
    ],
)
def test_a_file_of_counts_that_is_wrong_releases_nothing(
    district: Run, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(text)
    line = ("--measure", "meals", "--period", "2026-S1", "--counts", str(file))
    report(district, *line, code=2)


def test_exact_numbers_are_never_a_file(district: Run, many: list[str]) -> None:
    line = ("--measure", "setting", "--period", "2026-S1", "--exact")
    assert report(district, *line, code=4)["rule"] == "cells"
    assert district("report", "deidentified", *line, today=TODAY).code == 2  # no terminal


def test_a_release_is_an_entry_and_cannot_be_taken_back(district: Run, many: list[str]) -> None:
    report(district, "--measure", "setting", "--period", "2026-S1")
    last = district("history", "--json").json["items"][-1]
    assert (last["command"], last["changed"]) == ("report deidentified", ["cell_releases/NR1"])
    assert district("undo").code == 4
