"""The front of ``case show``: what a person asks first, in plain words, at 80 columns."""

import re
import sys

import pexpect
import pytest

from conftest import Run
from test_canaries import REF, stuff

ROWS, COLUMNS = 24, 80
CHOSEN = ("--chosen-by", "student", "--chosen-on", "2026-09-30")
UNREADABLE = (
    (r"\d\d:\d\d:\d\d", "a time with seconds"),
    (r"\bNone\b", "a Python word"),
    (r"\b[a-z]+_[a-z_]+\b", "a word of the program"),
    (r"\d\d\d\d-\d\d-\d\dT", "a moment in ISO"),
)


def screen(*line: str, columns: int = COLUMNS) -> list[str]:
    """Type a line at a real terminal; what it shows."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        dimensions=(ROWS, columns),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    return [line.rstrip() for line in str(child.before).splitlines()]


@pytest.fixture
def met(district: Run, case: str) -> str:
    """A case with Thursdays at lunch, a task that is late, a hearing, and somebody on the team."""
    agreed = ("--with", "student", "--every", "1w", "--day", "thu", "--at", "12:10")
    words = {"words": "in the library, at lunch"}
    line = ("checkin", "schedule", case, *agreed, "--mode", "in-person", *CHOSEN)
    assert district(*line, given=words).code == 0
    assert district("checkin", "done", case).code == 0
    due = ("task", "add", "--due", "2026-10-02", "--case", case)
    assert district(*due, given={"text": "ask about the bus"}).code == 0
    team = ("care", "add", case, "--role", "probation-officer", "--next-hearing", "2026-10-20")
    assert district(*team, given={"name": "A. Rivera"}).code == 0
    return case


def test_the_first_questions_are_answered_first(district: Run, met: str) -> None:
    shown = district("case", "show", met, today="2026-10-05").out
    assert [" ".join(line.split()) for line in shown.splitlines()[:9]] == [
        f"{met} active; Ridgeline; home",
        "meets every week on Thursday, at 12:10, in person (S1); the student",
        "chose it Wed 30 Sep 2026",
        "in their words in the library, at lunch",
        "last met Thu 1 Oct 2026, 4 days ago",
        "next Thu 8 Oct 2026, in 3 days at 12:10",
        "to do Fri 2 Oct 2026, 3 days late: ask about the bus (T1, okafor)",
        "hearings Tue 20 Oct 2026: hearing (K1)",
        "team okafor coordinates; K1 probation officer, A. Rivera",
    ]


def test_all_keys_of_the_json_stay(district: Run, met: str) -> None:
    file = district("case", "show", met, "--json").json
    assert {"case", "wishes", "goals", "schedules", "words", "agreed", "care", "notes"} <= set(file)
    assert file["case"]["ref"] == met
    assert file["words"] == ["in the library, at lunch"]


def test_a_date_on_a_closed_day_asks_which_day_suits(district: Run, case: str) -> None:
    line = ("--with", "student", "--every", "1m", "--day", "30", "--mode", "phone", *CHOSEN)
    assert district("checkin", "schedule", case, *line, "--starts", "2026-09-30").code == 0
    assert district("checkin", "done", case).code == 0
    shown = district("case", "show", case).out
    assert "Fri 30 Oct 2026, in 29 days, a closed day: ask which day suits" in shown


def test_a_case_that_rests_or_is_closed_says_so(district: Run, met: str) -> None:
    pause = ("case", "pause", met, "--until", "2026-11-30")
    assert district(*pause, "--reason", "student-wish").code == 0
    shown = district("case", "show", met).out
    assert "paused until Mon 30 Nov 2026" in shown
    assert district("case", "close", met, "--reason", "goals-met").code == 0
    shown = district("case", "show", met).out
    assert "closed Thu 1 Oct 2026, goals met" in shown
    assert "none while the case is closed" in shown


def test_what_is_known_of_the_day_of_rights_is_not_told_early(district: Run) -> None:
    ref = district(
        "case",
        "add",
        "--school",
        "Ridgeline",
        "--setting",
        "home",
        "--json",
        given={"birth_date": "2009-10-21"},
    ).json["ref"]
    assert "rights" not in district("case", "show", ref, today="2027-06-30").out
    assert "rights" in district("case", "show", ref, today="2027-08-02").out


@pytest.mark.parametrize("columns", [80, 100])
def test_a_screen_is_calm_whatever_is_on_record(district: Run, columns: int) -> None:
    stuff()
    lines = screen("case", "show", REF, columns=columns)
    assert max(map(len, lines)) <= columns
    words = set(re.findall(r"canary-private-[a-z_-]+", district("case", "show", REF, "--json").out))
    text = "\n".join(lines)
    assert words
    whole = re.sub(r"canary-[a-z_-]+", "", text)
    for pattern, name in UNREADABLE:
        assert not re.search(pattern, whole), f"{name}: {re.search(pattern, whole)}"


def test_no_word_is_broken_in_a_table(district: Run, case: str) -> None:
    for course in ("English-Language-Arts-2", "Environmental-Science-and-Society-1"):
        line = ("credit", "add", case, "--course", course, "--source", "Jefferson-Virtual-Academy")
        made = district(*line, "--status", "requested", "--due", "2026-10-15", "--amount", "0.5")
        assert made.code == 0, made.err
    for columns in (80, 60, 44):
        text = "\n".join(screen("case", "show", case, columns=columns))
        for word in ("English-Language-Arts-2", "Environmental-Science-and-Society-1"):
            assert word in text
        assert "Jefferson-Virtual-Academy" in text
