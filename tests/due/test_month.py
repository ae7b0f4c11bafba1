"""The month as a calendar: what is drawn on a terminal, and nowhere else."""

import io
import os
import re
import sys
from collections.abc import Callable
from datetime import date

import pexpect
import pytest

import people
from conftest import Run
from reintegrate_cli.cli import main
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.due.agenda import items
from reintegrate_cli.due.month import Day, weeks
from reintegrate_cli.kept import index, session
from reintegrate_cli.line import drawing

TODAY = date(2026, 10, 6)
CLOSED = Calendar(frozenset([date(2026, 10, 12)]))
STYLES = re.compile(r"\x1b\[([0-9;]*)m")
Draw = Callable[..., str]


@pytest.fixture
def cast(district: Run) -> Run:
    """The people of the reference month, and the day on which it is looked at."""
    session.begin(None, None)
    with session.writing("cast") as store:
        people.arrive(store)
    return district


@pytest.fixture
def draw(cast: Run, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Run a line with a terminal for its rows, and give what stands there."""

    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    def draw_(*line: str, columns: int = 80, **environment: str) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        screen = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", screen)
            assert main(["--today", TODAY.isoformat(), *line]) == 0
        return screen.getvalue()

    return draw_


def plain(text: str) -> str:
    return STYLES.sub("", text)


def test_a_month_is_laid_out_monday_first_with_every_day_once() -> None:
    for first in (date(2026, 2, 1), date(2026, 6, 1), date(2026, 10, 1), date(2027, 1, 1)):
        found = weeks([], first, TODAY, CLOSED)
        days = [day.day for week in found for day in week if day is not None]
        assert days[0] == first
        assert days == [first.replace(day=number) for number in range(1, len(days) + 1)]
        assert (days[-1].replace(day=28).month, len(days)) == (first.month, days[-1].day)
        for week in found:
            assert len(week) == 7
            assert all(day is None or day.day.weekday() == place for place, day in enumerate(week))
            assert any(week)


def test_each_day_counts_what_is_due_and_what_is_late(cast: Run) -> None:
    with session.reading() as store:
        rows = items(index.world(store, CLOSED), TODAY, date(2026, 10, 1), date(2026, 10, 31))
    found = {
        day.day.day: day
        for week in weeks(rows, date(2026, 10, 1), TODAY, CLOSED)
        for day in week
        if day
    }
    assert found[6] == Day(TODAY, due=1, is_today=True)
    assert found[1] == Day(date(2026, 10, 1), late=1)
    assert (found[12].is_closed, found[13].is_closed, found[17].is_closed) == (True, False, True)
    in_month = [row for row in rows if row.due_on.month == 10]
    assert sum(day.due + day.late for day in found.values()) == len(in_month)
    assert len(rows) == len(in_month) + 1  # M2KD's 30 September stands in the list alone


def test_the_calendar_fits_one_screen_and_says_where_the_rows_are(draw: Draw, cast: Run) -> None:
    shown = plain(draw("agenda", "--month"))
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].strip() == "Oct 2026"
    assert re.search(r"Mon\s+│Tue\s+│Wed\s+│Thu\s+│Fri\s+│Sat\s+│Sun", shown)
    assert " 6 today" in shown
    assert "12 closed" in shown
    assert re.search(r"│1 late +│", shown)
    assert re.search(r"│1 due +│", shown)
    assert len(lines) < 24
    assert not any("settle" in line for line in lines)


def test_without_colour_it_says_the_same(draw: Draw) -> None:
    coloured = draw("agenda", "--month")
    declined = draw("agenda", "--month", NO_COLOR="1")
    assert plain(coloured) == plain(declined)

    def codes(text: str) -> set[str]:
        return {code for found in STYLES.findall(text) for code in found.split(";")}

    assert "33" in codes(coloured)
    assert not codes(declined) & {str(code) for code in [*range(30, 39), *range(90, 98)]}


@pytest.mark.parametrize("columns", [40, 60, 70, 71, 80, 200])
def test_it_follows_the_width_and_a_narrow_one_has_a_key(draw: Draw, columns: int) -> None:
    grid = plain(draw("agenda", "--month", columns=columns)).splitlines()
    assert max(map(len, grid)) <= columns
    words = columns >= 71
    assert any("today" in line and "!" in line for line in grid) is not words
    assert any("late" in line and "!" not in line for line in grid) is words
    assert not any("…" in line for line in grid)


def test_filters_narrow_the_calendar_too_and_nothing_due_still_draws_it(draw: Draw) -> None:
    grid = plain(draw("agenda", "--month", "--overdue"))
    assert "late" in grid
    assert "due" not in grid
    empty = plain(draw("agenda", "--month", "--case", "Q7ZC"))
    assert "31 closed" in empty


def test_every_other_way_gives_rows_alone(draw: Draw, cast: Run) -> None:
    for line in (["--week"], ["--month", "--csv"], ["--month", "--json"]):
        assert "│" not in draw("agenda", *line)
    piped = cast("agenda", "--month", today=TODAY.isoformat())
    assert piped.out.startswith("when ")
    assert "Oct 2026" not in piped.out


def test_a_closed_day_that_is_today_says_both() -> None:
    shown = drawing._cell(Day(TODAY, due=2, late=1, is_today=True, is_closed=True), drawing._WORDS)
    assert shown.plain == " 6 today\nclosed\n1 late\n2 due"


def test_it_is_drawn_on_a_real_terminal(cast: Run) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "--today", "2026-10-06", "agenda", "--month"],
        env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "80", "TERM": "xterm-256color"},
        encoding="utf-8",
        timeout=20,
        dimensions=(60, 80),
    )
    child.expect("Oct 2026")
    child.expect("┌─")
    child.expect("reintegrate agenda lists them by day")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
