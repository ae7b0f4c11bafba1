"""What begins on a day to come holds from that day on, and not before; and can be taken back."""

from datetime import date

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


def test_a_case_s_pause_that_begins_later_silences_its_days_alone(district: Run, met: str) -> None:
    pause = ("case", "pause", met, "--on", "2026-10-13", "--until", "2026-10-23", "--json")
    made = district(*pause, "--reason", "treatment")
    assert (made.code, made.json["status"], made.json["pauses_on"]) == (0, "active", "2026-10-13")
    assert made.json["next_due_on"] == "2026-10-01"
    assert [day for day, _ in days(district, "2026-10-01")] == [
        "2026-10-01",
        "2026-10-08",
        "2026-10-29",
    ]
    for today, status in (
        ("2026-10-12", "active"),
        ("2026-10-13", "paused"),
        ("2026-10-22", "paused"),
        ("2026-10-23", "active"),
    ):
        row = district("case", "list", "--json", today=today).json["items"][0]
        assert (row["status"], row["overdue"]) == (status, int(status == "active"))
    shown = district("case", "show", met, "--json").json
    assert shown["case"]["pauses_on"] == "2026-10-13"
    assert district("undo").code == 0
    assert "2026-10-15" in [day for day, _ in days(district, "2026-10-01")]


def test_a_case_s_pause_is_taken_back_before_it_begins(district: Run, met: str) -> None:
    assert district("case", "pause", met, "--on", "2026-10-13").code == 0
    assert "2026-10-15" not in [day for day, _ in days(district, "2026-10-01")]
    resumed = district("case", "resume", met, "--json", "--reason", "travel", today="2026-10-05")
    assert (resumed.code, resumed.json["status"], resumed.json["pauses_on"]) == (0, "active", None)
    assert "2026-10-15" in [day for day, _ in days(district, "2026-10-05")]
    told = district("case", "timeline", met, "--json").json["items"]
    assert ("2026-10-05", "taken back, travel") in [(one["on"], one["what"]) for one in told]
    wrong = district("case", "resume", met, "--json", today="2026-10-05")
    assert (wrong.code, wrong.error["kind"]) == (2, "usage")


def test_what_else_turns_before_a_planned_pause(district: Run, met: str) -> None:
    """Stepping down leaves it; closing takes it back; two pauses never meet."""
    pause = ("case", "pause", met, "--json")
    assert district(*pause, "--on", "2026-10-13", "--until", "2026-10-23").code == 0
    for meets in (("2026-10-02", None), ("2026-10-12", "2026-10-14"), ("2026-10-20", None)):
        until = () if meets[1] is None else ("--until", meets[1])
        assert district(*pause, "--on", meets[0], *until).code == 2, meets
    assert district(*pause, "--on", "2026-10-05", "--until", "2026-10-07").code == 0
    assert district(*pause, "--on", "2026-11-02").code == 0
    stepped = district("case", "step-down", met, "--json", today="2026-10-08")
    assert (stepped.code, stepped.json["pauses_on"]) == (0, "2026-10-13")
    rows = district("case", "list", "--json", today="2026-10-14").json["items"]
    assert rows[0]["status"] == "paused"
    again = district("case", "resume", met, "--json", today="2026-10-14")
    assert (again.json["status"], again.json["pauses_on"]) == ("step_down", "2026-11-02")
    closed = district("case", "close", met, "--reason", "moved", "--json", today="2026-10-15")
    assert (closed.json["status"], closed.json["pauses_on"]) == ("closed", None)
    opened = district("case", "reopen", met, "--json", today="2026-10-16")
    assert opened.code == 0
    rows = district("case", "list", "--json", today="2026-11-03").json["items"]
    assert rows[0]["status"] == "active"


def test_cron_counts_nothing_that_rests_meanwhile(
    district: Run, met: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a date that is late by then, once the pause begins and until it is over."""
    from reintegrate_cli.kept import session
    from reintegrate_cli.mail.reminders import past_due

    pause = ("--on", "2026-10-06", "--until", "2026-10-20")
    assert district("case", "pause", met, *pause).code == 0
    session.begin(None, None)
    with session.reading() as store:
        rows = store.due()
    counts = {day: past_due(rows, date(2026, 10, day))[0] for day in (1, 2, 5, 6, 19, 20)}
    assert counts == {1: 0, 2: 1, 5: 1, 6: 0, 19: 0, 20: 1}
    for day, count in counts.items():
        late = district("agenda", "--overdue", "--json", today=f"2026-10-{day:02}").json["items"]
        assert len(late) == count


def test_a_schedule_ends_on_a_day_to_come(district: Run, met: str) -> None:
    end = ("checkin", "end", met, "S1", "--on", "2026-10-22", "--asked-by", "student")
    made = district(*end, "--json")
    assert (made.code, made.json["status"], made.json["ends_on"]) == (0, "active", "2026-10-22")
    left = ["2026-10-01", "2026-10-08", "2026-10-15"]
    assert [day for day, _ in days(district, "2026-10-01")] == left
    for today in ("2026-10-21", "2026-10-22"):
        rows = district("checkin", "schedules", "--json", today=today).json["items"]
        assert rows[0]["status"] == ("active" if today < "2026-10-22" else "ended")
    assert district("agenda", "--overdue", "--json", today="2026-10-22").json["items"] == []
    # What happened before it ended is entered later, and what happened after it is not.
    done = ("checkin", "done", met, "--json")
    met_then = district(*done, "--on", "2026-10-15", today="2026-10-26")
    assert (met_then.code, met_then.json["next_on"]) == (0, None)
    assert district(*done, "--on", "2026-10-22", today="2026-10-26").code in (2, 5)


def test_nothing_is_booked_for_after_the_end_and_the_end_is_taken_back(
    district: Run, met: str
) -> None:
    end = ("checkin", "end", met, "S1", "--on", "2026-10-22", "--asked-by", "student")
    assert district(*end).code == 0
    move = ("checkin", "move", met, "--on", "2026-10-15", "--to", "2026-10-23", "--json")
    wrong = district(*move, "--asked-by", "student")
    assert (wrong.code, wrong.error["fields"]) == (2, ["to"])
    assert district("checkin", "resume", met, "S1", today="2026-10-05").code == 0
    assert "2026-10-22" in [day for day, _ in days(district, "2026-10-05")]
    assert district(*move, "--asked-by", "student").code == 0
