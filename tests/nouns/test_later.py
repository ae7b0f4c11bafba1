"""What begins on a day to come holds from that day on, and not before; and can be taken back."""

import pytest

from conftest import Run

CHOSEN = ("--chosen-by", "student", "--chosen-on", "2026-09-30", "--mode", "in-person")


@pytest.fixture
def met(district: Run, case: str) -> str:
    """A case with Thursdays at 12:10."""
    line = ("--with", "student", "--every", "1w", "--day", "thu", "--at", "12:10", *CHOSEN)
    assert district("checkin", "schedule", case, *line).code == 0
    return case


def days(run: Run, today: str) -> list[tuple[str, str | None]]:
    items = run("agenda", "--days", "28", "--kind", "checkin", "--json", today=today).json["items"]
    return [(row["due_on"], row["at"]) for row in items]


def test_a_pause_that_begins_later_silences_its_days_alone(district: Run, met: str) -> None:
    pause = ("checkin", "pause", met, "S1", "--on", "2026-10-13", "--until", "2026-10-23")
    made = district(*pause, "--asked-by", "student", "--json")
    assert (made.code, made.json["status"]) == (0, "active")
    left = [day for day, _ in days(district, "2026-10-01")]
    assert left == ["2026-10-01", "2026-10-08", "2026-10-29"]
    row = district("checkin", "schedules", "--json", today="2026-10-14").json["items"][0]
    assert row["status"] == "paused"
    assert district("undo").code == 0
    back = [day for day, _ in days(district, "2026-10-01")]
    assert back == ["2026-10-01", "2026-10-08", "2026-10-15", "2026-10-22", "2026-10-29"]


def test_a_pause_that_has_not_begun_is_called_off(district: Run, met: str) -> None:
    pause = ("checkin", "pause", met, "S1", "--on", "2026-10-13", "--asked-by", "student")
    assert district(*pause).code == 0
    assert "2026-10-15" not in [day for day, _ in days(district, "2026-10-01")]
    assert district("checkin", "resume", met, "S1").code == 0
    assert "2026-10-15" in [day for day, _ in days(district, "2026-10-01")]


def test_a_date_is_moved_to_another_time_of_the_same_day(district: Run, met: str) -> None:
    move = ("checkin", "move", met, "--on", "2026-10-08", "--to", "2026-10-08", "--at", "14:00")
    assert district(*move, "--asked-by", "student").code == 0
    assert days(district, "2026-10-01")[:3] == [
        ("2026-10-01", "12:10"),
        ("2026-10-08", "14:00"),
        ("2026-10-15", "12:10"),
    ]


def test_a_last_day_to_come_holds_from_that_day_on(district: Run, met: str) -> None:
    assert district("staff", "end", "lee", "--on", "2026-10-09").code == 0
    task = ("task", "add", "--owner", "lee", "--case", met)
    assert district(*task, "--due", "2026-10-08", given={"text": "x"}).code == 0
    late = district(*task, "--due", "2026-10-16", "--json", given={"text": "x"}, today="2026-10-09")
    assert (late.code, late.error["rule"]) == (4, "K11")
    for today, names in (("2026-10-08", ["okafor", "lee"]), ("2026-10-09", ["okafor"])):
        rows = district("staff", "list", "--status", "active", "--json", today=today).json["items"]
        assert sorted(row["slug"] for row in rows) == sorted(names)
