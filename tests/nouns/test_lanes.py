"""The timeline as lanes: what happened, on its day, and nothing summed up."""

from datetime import date, timedelta

import pexpect
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.cleaning import clean
from reintegrate_cli.core.events import Event
from reintegrate_cli.nouns.case.lanes import LETTERS, SIGNS, lanes

FIRST = date(2026, 6, 2)


def event(on: date, kind: str = "checkin", what: str = "done", upto: date | None = None) -> Event:
    return Event(on=on, upto=upto, kind=kind, what=what, case="HX4T")


def test_a_summer_at_eighty_columns() -> None:
    weekly = [
        event(FIRST + timedelta(days=7 * nth), what="did not happen" if nth == 2 else "done")
        for nth in range(5)
    ]
    bar = event(date(2026, 6, 10), "adjustment", "reduced load", date(2026, 6, 20))
    drawn = lanes([*weekly, bar], date(2026, 7, 3), 68)
    assert [(lane.label, lane.cells) for lane in drawn] == [
        ("", "2 Jun                        Jul\n" + "─" * 29 + "┬──"),
        ("checkin", "●      ●      ○      ●      ●"),
        ("adjustment", " " * 8 + "━" * 11),
    ]


def test_years_are_named_where_they_change_and_letters_do_where_signs_cannot() -> None:
    drawn = lanes(
        [event(date(2025, 11, 3)), event(date(2026, 2, 2))], date(2026, 2, 2), 60, LETTERS
    )
    axis, line = drawn[0].cells.split("\n")
    assert axis.split() == ["3", "Nov", "2025", "Dec", "2026", "Feb"][:5]
    assert set(line) == {"-", "+"}
    assert drawn[1].cells[0] == "o"


def test_nothing_happened_and_nothing_is_drawn() -> None:
    assert lanes([], FIRST, 68) == ()


DAYS = st.integers(0, 1_500)


@given(
    st.lists(st.tuples(DAYS, st.none() | st.integers(0, 400)), min_size=1),
    st.integers(20, 200),
    st.integers(0, 1_600),
)
def test_every_event_is_somewhere_and_no_line_is_too_long(
    days: list[tuple[int, int | None]], columns: int, today: int
) -> None:
    on = lambda day: FIRST + timedelta(days=day)  # noqa: E731
    events = [
        event(on(day), f"kind{day % 3}", upto=None if more is None else on(day + more))
        for day, more in days
    ]
    drawn = lanes(events, on(today), columns)
    assert {lane.label for lane in drawn[1:]} == {one.kind for one in events}
    for lane in drawn:
        assert all(len(text) <= columns for text in lane.cells.split("\n"))
        assert not lane.label or set(lane.cells) & {SIGNS.happened, SIGNS.several, SIGNS.lasted}


def test_a_terminal_shows_them_above_the_rows_and_a_pipe_does_not(district: Run, case: str) -> None:
    import os
    import sys

    line = (
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    assert district(*line).code == 0
    assert "●" not in district("case", "timeline", case).out
    env = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "case", "timeline", case],
        env=env,
        encoding="utf-8",
        timeout=20,
    )
    child.expect(pexpect.EOF)
    assert "schedule  ●" in child.before
    assert all(len(clean(text)) <= 80 for text in child.before.splitlines())
