"""What a closing leaves open is named, clocks of law among it, on the line and in JSON."""

import pytest

from conftest import Run
from test_incident import FOUND, SEEN
from test_release import signed


def test_closing_lists_what_is_open_and_which_clocks_go_on(district: Run, case: str) -> None:
    assert district("partner", "add", "MERID", "--kind", "other", "--regime", "none").code == 0
    for line in (
        [
            "checkin",
            "schedule",
            case,
            "--with",
            "student",
            "--every",
            "1w",
            "--day",
            "tue",
            "--mode",
            "in_person",
            "--chosen-by",
            "student",
            "--chosen-on",
            "today",
            "--starts",
            "2026-10-06",
        ],
        ["checkin", "schedule", case, "--with", "staff", "--who", "lee", "--mode", "in_person"],
        ["care", "add", case, "--role", "attorney", "--next-hearing", "2026-11-09"],
        [
            "adjustment",
            "add",
            case,
            "--change",
            "quiet_exit",
            "--ends-on",
            "+2w",
            "--agreed-by-student",
            "yes",
        ],
    ):
        assert district(*line).code == 0, line
    assert signed(district, case).code == 0
    for text in ("one", "two"):
        assert (
            district("task", "add", "--due", "fri", "--case", case, given={"text": text}).code == 0
        )
    assert district("task", "done", "T2").code == 0
    assert district("incident", "add", case, given=SEEN, today="2026-10-08").code == 0
    assert district("incident", "removal", case, "--days", "11", today="2026-10-08").code == 0
    listed = district("case", "close", case, "--reason", "moved", "--json", today="2026-10-08")
    assert listed.code == 0, listed.err
    assert (listed.json["ref"], listed.json["status"]) == (case, "closed")
    found = {
        (one["id"].removeprefix(f"{case}/"), one["kind"], one["due_on"], one["sort"])
        for one in listed.json["still_open"]
    }
    assert found == {
        ("S1", "checkin", "2026-10-06", "contact"),
        ("S2", "conferral", "2026-10-15", "contact"),
        ("K1", "hearing", "2026-11-09", "law"),
        ("A1", "adjustment", "2026-10-15", "work"),
        ("L1", "release", "2026-10-31", "law"),
        ("T1", "task", "2026-10-02", "work"),
        ("I1", "incident", "2026-10-08", "law"),
        ("I1", "incident", "2026-10-23", "law"),
    }
    left = district("agenda", "--days", "60", "--case", case, "--json", today="2026-10-08")
    assert {row["source"] for row in left.json["items"]} == {
        f"{case}/{id_}" for id_ in ("K1", "L1", "I1")
    }


def test_it_is_said_in_two_lines_and_no_clock_goes_on_once_the_student_died(
    district: Run, case: str
) -> None:
    assert district("incident", "add", case, given=SEEN, today="2026-10-08").code == 0
    assert district("incident", "removal", case, "--days", "1", today="2026-10-08").code == 0
    assert district("task", "add", "--due", "fri", "--case", case, given={"text": "x"}).code == 0
    told = district("case", "close", case, "--reason", "moved", today="2026-10-08").err
    assert told.splitlines() == [
        "still open: 1 incident, 1 task",
        f"clocks of law go on: review of a removal Thu 8 Oct ({case}/I1)",
    ]
    assert district("case", "reopen", case, today="2026-10-08").code == 0
    told = district("case", "close", case, "--reason", "died", today="2026-10-08").err
    assert told.splitlines() == ["still open: 1 incident, 1 task"]


def test_what_is_settled_is_not_open(district: Run, case: str) -> None:
    assert district("incident", "add", case, given=SEEN).code == 0
    assert district("incident", "removal", case, "--days", "1").code == 0
    assert district("incident", "review", case, "--by", "lee", given=FOUND).code == 0
    closed = district("case", "close", case, "--reason", "goals_met", "--json")
    assert closed.json["still_open"] == []
    assert district("case", "list", "--status", "closed", "--json").json["items"][0]["ref"] == case


def test_an_invoice_that_is_not_paid_is_still_open(district: Run, case: str) -> None:
    city = ("--source", "CITY", "--amount")
    assert district("fund", "source", "CITY", "--tier", "city").code == 0
    for line in (("authorize", "300.00"), ("use", "300.00"), ("invoice", "300.00")):
        assert district("fund", line[0], case, *city, line[1]).code == 0
    assert district("fund", "pay", case, *city, "299.99").code == 0
    closed = district("case", "close", case, "--reason", "moved")
    assert closed.err.splitlines()[0] == "still open: 1 unpaid invoice"
    assert district("case", "reopen", case).code == 0
    assert district("fund", "pay", case, *city, "0.01").code == 0
    assert district("case", "close", case, "--reason", "moved", "--json").json["still_open"] == []


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ([()], "1 authorization"),
        ([("--ends", "2026-12-31"), ()], "1 authorization"),
        ([("--ends", "2026-12-31")], "1 funding"),
        ([("--ends", "2029-12-31")], "1 funding"),
        ([], ""),
    ],
)
def test_an_authorization_with_something_left_is_still_open_whether_it_ends_or_not(
    district: Run, case: str, given: list[tuple[str, ...]], called: str
) -> None:
    city = ("--source", "CITY", "--amount")
    assert district("fund", "source", "CITY", "--tier", "city").code == 0
    for ends in given:
        assert district("fund", "authorize", case, *city, "100.00", *ends).code == 0
    closed = district("case", "close", case, "--reason", "moved")
    assert (f"still open: {called}" in closed.err.splitlines()) == bool(called)
    assert district("case", "reopen", case).code == 0
    if given:
        assert district("fund", "use", case, *city, f"{len(given)}00.00").code == 0
    done = district("case", "close", case, "--reason", "moved", "--json")
    assert done.json["still_open"] == []


def test_what_has_no_date_is_named_too_and_once(district: Run, case: str) -> None:
    for _ in range(2):
        wish = ("wish", "add", case, "--about", "other", "--heard-by", "lee")
        assert district(*wish, given={"words": "x"}).code == 0
    goal = ("goal", "add", case, "--horizon", "short")
    assert district(*goal, given={"words": "x"}).code == 0
    assert district("need", "add", case, "--area", "transport").code == 0
    assert district("need", "add", case, "--area", "work", "--every", "1w").code == 0
    told = district("case", "close", case, "--reason", "moved").err
    (line,) = (one for one in told.splitlines() if one.startswith("still open: "))
    counts = set(line.removeprefix("still open: ").split(", "))
    assert counts == {"2 wishes", "1 goal", "2 needs"}
    assert district("case", "reopen", case).code == 0
    assert district("goal", "done", case, "G1").code == 0
    assert "goal" not in district("case", "close", case, "--reason", "moved").err


def test_who_closes_for_a_missing_student_is_told_whose_duty_it_is(
    district: Run, case: str
) -> None:
    closed = district("case", "close", case, "--reason", "missing")
    assert closed.code == 0, closed.err
    assert "tell their caseworker today" in closed.err
