"""``demo``: a week worth seeing, on whatever day it is made."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from conftest import Run

MONDAY = date(2026, 10, 5)


@pytest.mark.parametrize("day", range(7))
def test_its_week_has_something_overdue_and_something_to_come_on_every_day(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: int
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    today = MONDAY + timedelta(days=day)
    shown = run("demo", "--json", today=today.isoformat())
    assert shown.code == 0, shown.err
    rows = shown.json["items"]
    assert any(row["state"] == "overdue" for row in rows)
    assert any(row["due_on"] >= today.isoformat() for row in rows)
    assert len(rows) >= 7
    assert run("demo", "--remove").code == 0
