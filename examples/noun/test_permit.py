"""Permits: asked for, received, and ended; the agenda says when to ask again."""

from conftest import Run

NO_SUBJECT = "add receive list"


def test_a_permit_waits_then_comes_then_ends(district: Run, case: str) -> None:
    added = district("permit", "add", case, "--sort", "bus_pass", given={"note": "at the depot"})
    assert added.code == 0, added.err
    (row,) = district("agenda", "--days", "60", "--json").json["items"]
    assert (row["kind"], row["due_on"], row["source"]) == ("permit", "2026-10-15", f"{case}/PM1")
    line = ("permit", "receive", case, "PM1", "--expires-on", "2026-11-20")
    assert district(*line, today="2026-10-05").code == 0
    (row,) = district("agenda", "--days", "60", "--json").json["items"]
    assert row["due_on"] == "2026-11-20"


def test_a_permit_does_not_come_before_it_was_asked_for(district: Run, case: str) -> None:
    assert district("permit", "add", case, "--sort", "bus_pass").code == 0
    early = district("permit", "receive", case, "PM1", "--on", "2026-09-01")
    assert early.code == 2
