"""Mandated reports: their clocks, in hours, which no pause stops; and what is never made up."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import Ended, Run

NO_SUBJECT = "add oral written notify list"
SEEN = {"seen": "a new phone, paid for by others", "source": "the counselor"}
LAW = '[state.reporting]\noral = "at once"\nwritten = "48h"\ncitation = "Jefferson Code 12-34"\n'


@pytest.fixture
def jefferson(district: Run) -> Run:
    """The district with the clocks of its state, and child welfare as a partner."""
    config = Path(os.environ["REINTEGRATE_CONFIG"])
    config.write_text(config.read_text() + LAW)
    line = ("partner", "add", "CCFS", "--kind", "child_welfare", "--regime", "none")
    assert district(*line).code == 0
    return district


def report(run: Run, ref: str, *line: str, today: str = "2026-10-14T13:10", **more: Any) -> Ended:
    told = () if "--told-student" in line else ("--told-student", "yes")
    return run(
        *("mandated", "add", ref, "--agency", "ccfs", *told, *line, "--json"),
        given={**SEEN, **more},
        today=today,
    )


def test_event_44_the_written_report_is_due_48_hours_after_the_call(
    jefferson: Run, case: str
) -> None:
    made = report(jefferson, case, "--suspected-at", "12:40", "--oral-at", "13:10")
    assert made.code == 0, made.err
    row = made.json
    assert (row["id"], row["agency"], row["late"]) == ("MR1", "CCFS", False)
    assert row["suspected_at"] == "2026-10-14T12:40-04:00"
    assert row["oral_due_at"] == "2026-10-14T12:40-04:00"
    assert row["written_due_at"] == "2026-10-16T13:10-04:00"
    (due,) = jefferson("agenda", "--json", today="2026-10-14").json["items"]
    assert (due["kind"], due["due_on"], due["at"]) == ("mandated", "2026-10-16", "13:10")
    assert due["state"] == "due"  # announced at once
    late = jefferson("agenda", "--overdue", "--json", today="2026-10-17").json["items"]
    assert [each["days_late"] for each in late] == [1]


def test_event_54_it_is_written_in_time_and_settles_its_row(jefferson: Run, case: str) -> None:
    assert report(jefferson, case, "--oral-at", "13:10").code == 0
    line = ("mandated", "written", case, "MR1", "--json")
    sent = jefferson(*line, given={"reference": "R-12"}, today="2026-10-16T09:30")
    assert (sent.json["written_at"], sent.json["late"]) == ("2026-10-16T09:30-04:00", False)
    assert sent.json["reference"] == "[private]"
    assert jefferson("agenda", "--days", "60", "--json", today="2026-10-16").json["items"] == []
    assert jefferson(*line, today="2026-10-16T09:31").code == 2


@pytest.mark.parametrize(("at", "late"), [("13:10", False), ("13:11", True)])
def test_a_minute_after_its_moment_it_is_late(
    jefferson: Run, case: str, at: str, late: bool
) -> None:
    assert report(jefferson, case, "--oral-at", "13:10").code == 0
    line = ("mandated", "written", case, "MR1", "--on", "2026-10-16", "--at", at, "--json")
    assert jefferson(*line, today="2026-10-19").json["late"] == late


def test_hours_are_hours_over_the_night_in_which_the_clocks_change(
    jefferson: Run, case: str
) -> None:
    row = report(jefferson, case, "--oral-at", "09:00", today="2026-10-31T09:00").json
    begun, due = (datetime.fromisoformat(row[name]) for name in ("oral_at", "written_due_at"))
    assert due - begun == timedelta(hours=48)
    assert row["written_due_at"] == "2026-11-02T08:00-05:00"


def test_it_is_said_why_a_student_was_not_told_first(jefferson: Run, case: str) -> None:
    refused = report(jefferson, case, "--told-student", "no")
    assert (refused.code, refused.error["rule"]) == (4, "F3")
    assert refused.error["fields"] == ["why_not_told"]
    assert report(jefferson, case, "--told-student", "no", why_not_told="asleep").code == 0
    assert jefferson("mandated", "list", "--json").json["items"][0]["why_not_told"] == "[private]"


def test_nobody_is_asked_whether_it_is_true(jefferson: Run) -> None:
    keys = set(jefferson("schema", "mandated", "add").json["properties"])
    assert keys == {
        *("agency", "suspected_at", "oral_at", "told_student", "hhs"),
        *("why_not_told", "seen", "words", "source", "reference"),
    }


def test_without_the_law_of_the_state_no_moment_is_made_up(
    jefferson: Run, case: str, tmp_path: Path
) -> None:
    config = Path(os.environ["REINTEGRATE_CONFIG"])
    config.write_text(config.read_text().replace(LAW, ""))
    line = ("mandated", "add", case, "--agency", "CCFS", "--told-student", "yes")
    made = jefferson(*line, given=SEEN, today="2026-10-14T13:10")
    assert made.code == 0
    assert "district.toml does not say by when" in made.err
    assert '  [state.reporting]\n  oral = "at once"\n  written = "48h"\n' in made.err
    (row,) = jefferson("mandated", "list", "--json").json["items"]
    assert (row["written_due_at"], row["oral_due_at"], row["late"]) == (None, None, False)
    rows = jefferson("agenda", "--json", today="2026-10-14").json["items"]
    assert {each["due_on"] for each in rows} == {"2026-10-14"}
    assert any("has no clock" in each["label"] for each in rows)
    assert jefferson("mandated", "written", case, "MR1", today="2026-10-15").code == 0


@pytest.mark.parametrize(
    "law",
    [
        'state = "Jefferson"',
        '[state]\nreporting = "48h"',
        '[state.reporting]\nwritten = "48h"',
        '[state.reporting]\nwritten = "two days"\ncitation = "x"',
        '[state.reporting]\nwritten = 48\ncitation = "x"',
        '[state.reporting]\noral = "none"\ncitation = "x"',
        '[state.reporting]\nwritten_from = "tomorrow"\ncitation = "x"',
        '[state.reporting]\nspoken = "24h"\ncitation = "x"',
    ],
)
def test_a_law_that_cannot_be_read_is_a_setting_that_is_wrong(
    district: Run, case: str, law: str
) -> None:
    config = Path(os.environ["REINTEGRATE_CONFIG"])
    text = config.read_text()
    config.write_text(f"{law}\n{text}" if law.startswith("state =") else f"{text}{law}\n")
    wrong = district("mandated", "list", "--json")
    assert (wrong.code, wrong.error["fields"]) == (9, ["state"])
    assert "[state.reporting]" in wrong.error["hint"]
    assert district("crisis").code == 0


def test_a_pause_stops_no_clock_of_law(jefferson: Run, case: str) -> None:
    assert report(jefferson, case).code == 0
    assert jefferson("case", "pause", case, today="2026-10-14").code == 0
    rows = jefferson("agenda", "--json", today="2026-10-17").json["items"]
    assert {(row["kind"], row["state"]) for row in rows} == {("mandated", "overdue")}
    assert jefferson("case", "close", case, "--reason", "moved", today="2026-10-17").code == 0
    assert jefferson("agenda", "--json", today="2026-10-17").json["items"]


def test_hhs_is_told_within_24_hours_and_no_status_is_kept(jefferson: Run, case: str) -> None:
    row = report(jefferson, case, "--hhs", "yes", "--oral-at", "13:10").json
    assert row["hhs_due_at"] == "2026-10-15T13:10-04:00"
    done = jefferson("mandated", "notify", case, "MR1", "--json", today="2026-10-15T13:11")
    assert (done.json["hhs_at"], done.json["late"]) == ("2026-10-15T13:11-04:00", True)
    other = report(jefferson, case)
    assert other.json["hhs_due_at"] is None
    assert jefferson("mandated", "notify", case, "MR2", today="2026-10-15").code == 2


def test_what_is_to_come_or_came_before_is_refused(jefferson: Run, case: str) -> None:
    for option, moment in (("--oral-at", "13:11"), ("--suspected-at", "2026-10-15T08:00")):
        assert report(jefferson, case, option, moment).code == 2
    before = report(jefferson, case, "--suspected-at", "12:00", "--oral-at", "11:00")
    assert (before.code, before.error["fields"]) == (2, ["oral_at"])
    assert report(jefferson, case, "--oral-at", "soon").code == 2
    assert report(jefferson, case).code == 0
    late = jefferson("mandated", "oral", case, "MR1", "--on", "2026-10-14", today="2026-10-15")
    assert late.code == 2
    line = ("mandated", "oral", case, "MR1", "--at", "13:30", "--json")
    said = jefferson(*line, today="2026-10-14T14:00").json
    assert said["written_due_at"] == "2026-10-16T13:30-04:00"


def test_a_partner_that_may_tell_nothing_is_named(jefferson: Run, case: str) -> None:
    line = ("partner", "add", "VSAS", "--kind", "sexual_assault_provider", "--regime", "vawa_voca")
    assert jefferson(*line).code == 0
    made = jefferson(
        *("mandated", "add", case, "--agency", "VSAS", "--told-student", "yes"), given=SEEN
    )
    assert "(F4)" in made.err


def test_crisis_fits_24_lines_whatever_is_wrong(jefferson: Run, monkeypatch: Any) -> None:
    config = Path(os.environ["REINTEGRATE_CONFIG"])
    monkeypatch.setenv("REINTEGRATE_VAULT", "/nowhere/none.vault")
    for text in ("", "closures = [", '[crisis]\nsteps = ["Call Lee."]\n[state]\nreporting = 1\n'):
        config.write_text(text)
        shown = jefferson("crisis")
        assert shown.code == 0
        assert len((shown.out + shown.err).splitlines()) <= 24
        assert "911" in shown.out or "Call Lee." in shown.out
