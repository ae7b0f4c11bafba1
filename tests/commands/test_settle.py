"""The agenda at a glance, one line a row; and ``settle``, which runs the command of a row."""

import os
import sys
from pathlib import Path

import pexpect
import pytest

from conftest import Run
from test_incident import SEEN

WIDE = 80


def drawn(*words: str, columns: int = WIDE, today: str = "2026-10-06") -> list[str]:
    """Return the lines that a terminal shows for a command."""
    line = ["-m", "reintegrate_cli", "--today", today, *words]
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    child = pexpect.spawn(
        sys.executable, line, env=env, encoding="utf-8", dimensions=(24, columns), timeout=60
    )
    text: str = child.read()
    child.close()
    assert child.exitstatus == 0, text
    return text.replace("\r\n", "\n").splitlines()


@pytest.fixture
def week(district: Run, case: str) -> str:
    """A case with an overdue task, a check-in the student chose, and a row that merely asks."""
    line = ("checkin", "schedule", case, "--with", "student", "--who", "okafor", "--mode", "phone")
    words = {"words": "Thursdays at lunch."}
    made = district(
        *line,
        *("--every", "1w", "--day", "thu", "--at", "12:10", "--chosen-by", "student"),
        *("--chosen-on", "2026-10-01", "--starts", "2026-10-08"),
        given=words,
    )
    assert made.code == 0, made.err
    due = ("task", "add", "--case", case, "--due", "2026-10-02")
    assert district(*due, given={"text": "call the bus company"}).code == 0
    return case


def test_every_row_is_one_line_and_overdue_comes_first(week: str) -> None:
    lines = drawn("agenda")
    assert max(map(len, lines)) <= WIDE
    assert lines[0] == "Overdue"
    assert lines[1].split() == [
        week,
        "task",
        "T1",
        "2",
        "Oct,",
        "4",
        "days",
        "settle",
        f"{week}/T1",
    ]
    at = lines.index("Thu 8 Oct")
    assert lines[at - 1] == ""
    assert f"settle {week}/S1" in lines[at + 1]
    assert "student check-in, phone" in lines[at + 1]
    assert "12:10" in lines[at + 1]
    # What is about the same stands in the same column in every group.
    assert len({line.index("settle") for line in lines if "settle" in line}) == 1


def test_a_narrow_terminal_cuts_what_a_row_is_about_and_nothing_else(week: str) -> None:
    for line in drawn("agenda", columns=60):
        assert len(line) <= 60
        assert "settle" not in line or line.endswith(("/T1", "/S1"))


def test_today_is_marked_and_an_empty_agenda_says_so(week: str, district: Run) -> None:
    assert "Thu 8 Oct, today" in drawn("today", today="2026-10-08")
    assert drawn("agenda", "--kind", "mou") == ["no row matches"]


def test_settle_runs_the_command_of_the_row_with_its_options(week: str, district: Run) -> None:
    done = district("settle", f"{week.lower()}/s1", "--outcome-unknown")
    assert done.code == 2
    assert "reintegrate checkin done --help" in done.err
    done = district("settle", f"{week}/S1", "--mode", "in_person", "--json", today="2026-10-08")
    assert done.code == 0, done.err
    assert done.json["outcome"] == "done"
    assert done.json["mode"] == "in_person"
    assert district("settle", f"{week}/T1", "--json").json["done_on"] == "2026-10-01"
    gone = district("settle", f"{week}/T1")
    assert gone.code == 5
    assert gone.err.splitlines()[0] == "there is no such row on the agenda"


def test_settle_says_which_command_it_runs(week: str, district: Run) -> None:
    assert district("settle", f"{week}/T1").err.splitlines()[0] == (
        "this runs: reintegrate task done T1"
    )


def test_what_names_no_row_is_refused_by_its_kind(week: str, district: Run, tmp_path: Path) -> None:
    for words, code in (
        ((), 2),
        (("--json",), 2),
        (("HX4T and some words",), 4),
        (("ZZZZ/S1",), 5),
        ((f"{week}/S9",), 5),
        (("S1",), 5),
    ):
        assert district("settle", *words).code == code, words


def test_a_record_with_several_rows_names_them(district: Run, case: str) -> None:
    assert district("incident", "add", case, given=SEEN).code == 0
    for day in ("2026-10-05", "2026-10-07"):
        removal = district("incident", "removal", case, "I1", "--days", "1", today=day)
        assert removal.code == 0, removal.err
    several = district("settle", f"{case}/I1", today="2026-10-08")
    assert several.code == 2
    assert f"give {case}/I1.1 or {case}/I1.2" in several.err
    line = ("settle", f"{case}/I1.2", "--by", "lee")
    assert "this runs: reintegrate incident review" in district(*line, today="2026-10-08").err


def test_an_option_of_the_row_gives_way_to_one_that_is_typed(district: Run, case: str) -> None:
    line = ("checkin", "schedule", case, "--with", "staff", "--who", "okafor", "--mode", "phone")
    made = district(*line, "--every", "1w", "--day", "mon", "--starts", "2026-10-05")
    assert made.code == 0, made.err
    # Mon 12 Oct is closed: the row asks for another day, and its command waits for one.
    asked = district("agenda", "--days", "10", "--json", today="2026-10-06").json["items"]
    (row,) = [one for one in asked if one["due_on"] == "2026-10-12"]
    assert "--to DATE" in row["command"]
    moved = district(
        *("settle", row["id"], "--to", "2026-10-13", "--asked-by", "okafor", "--json"),
        today="2026-10-06",
    )
    assert moved.code in (0, 4), moved.err
    assert "DATE" not in moved.err
