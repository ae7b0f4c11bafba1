"""Referrals: sent with the student's yes, and closed by the student's word (clause 26)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Ended, Run
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.nouns.referral import record as referrals
from reintegrate_cli.nouns.referral.record import STATUSES, Referral, Step

ON = date(2026, 10, 1)


def sent(**more: Any) -> Referral:
    base: dict[str, Any] = {
        "case": "HX4T",
        "id": "R1",
        "partner": "MERID",
        "service": "counseling",
        "referred_on": ON,
        "student_agreed": "yes",
    }
    return Referral(**{**base, **more})


def step(kind: str, days: int = 0, **more: Any) -> Step:
    return Step(on=ON + timedelta(days=days), kind=kind, by="lee", **more)  # type: ignore[arg-type]


@pytest.fixture
def merid(district: Run, case: str) -> Run:
    made = district("partner", "add", "MERID", "--kind", "mental_health", "--regime", "hipaa")
    assert made.code == 0
    return district


def refer(run: Run, ref: str, agreed: str = "yes", **given: str) -> Ended:
    return run(
        "referral",
        "add",
        ref,
        "--partner",
        "merid",
        "--service",
        "counseling",
        "--student-agreed",
        agreed,
        "--json",
        given=given,
    )


def kept(run: Run, ref: str, today: str = "") -> Any:
    return run("referral", "list", "--case", ref, "--json", today=today).json["items"][0]


def rows(run: Run, today: str, *more: str) -> list[tuple[str, str, str]]:
    found = run("agenda", "--kind", "referral", *more, "--json", today=today).json["items"]
    return [(row["due_on"], row["state"], row["command"].split()[2]) for row in found]


# The rules.


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([], "referred"),
        ([step("accepted", 2)], "accepted"),
        ([step("declined", 2, reason="waitlist")], "declined"),
        ([step("declined", 2), step("accepted", 2)], "accepted"),
        ([step("accepted", 1), step("visited", 5)], "first_visit"),
        ([step("accepted", 1), step("missed_visit", 5)], "accepted"),
        ([step("visited", 5), step("visited", 9)], "attending"),
        ([step("visited", 5), step("confirmed", 6)], "attending"),
        ([step("confirmed", 6)], "attending"),
        ([step("visited", 5), step("ended", 6)], "ended"),
    ],
)
def test_how_it_stands_follows_from_what_happened(steps: list[Step], status: str) -> None:
    assert sent(steps=tuple(steps)).status == status


def test_it_is_stale_fourteen_days_after_the_last_change_and_not_a_day_before() -> None:
    for days, stale in ((13, False), (14, True), (400, True)):
        assert referrals.row(sent(), ON + timedelta(days=days)).stale is stale
    moved = sent(steps=(step("accepted", 10),))
    assert referrals.row(moved, ON + timedelta(days=23)).stale is False
    assert referrals.row(moved, ON + timedelta(days=24)).stale is True
    booked = sent(steps=(step("accepted", 2),), appointment_on=ON + timedelta(days=30))
    assert booked.stale_on == ON + timedelta(days=44)


def test_visits_confirm_nothing_and_the_students_word_does() -> None:
    seen = sent(steps=(step("accepted", 1), step("visited", 5), step("visited", 12)))
    assert seen.stale_on == ON + timedelta(days=19)
    said = referrals.move(seen, step("confirmed", 20, helps=True))
    assert said.stale_on is None
    assert referrals.row(said, ON + timedelta(days=300)).student_says_helps is True


def test_what_waits_for_the_student_is_never_stale() -> None:
    waiting = sent(student_agreed="not_yet")
    assert waiting.status == "not_sent"
    assert referrals.row(waiting, ON + timedelta(days=500)).stale is False


KINDS = st.sampled_from(
    ["sent", "accepted", "declined", "visited", "missed_visit", "confirmed", "ended"]
)


@explored(
    agreed=st.sampled_from(["yes", "not_yet"]), steps=st.lists(st.tuples(KINDS, st.integers(0, 60)))
)
def test_care_counts_as_confirmed_by_nothing_but_a_confirmation(
    agreed: str, steps: list[tuple[str, int]]
) -> None:
    referral = sent(student_agreed=agreed)
    for kind, days in steps:
        before = referral.status
        try:
            referral = referrals.move(referral, step(kind, days))
        except Problem:
            assert referral.status == before
            continue
        assert referral.status in STATUSES
    row = referrals.row(referral, ON)
    kinds = [one.kind for one in referral.steps]
    assert (row.confirmed_on is not None) == ("confirmed" in kinds)
    if agreed == "not_yet" and "sent" not in kinds:
        assert set(kinds) <= {"ended"}
    if referral.is_open and referral.status != "not_sent" and "confirmed" not in kinds:
        assert referral.stale_on is not None  # nothing is forgotten
    if kinds.count("ended"):
        assert kinds[-1] == "ended"


# At the keyboard.


def test_nothing_is_referred_against_the_students_word(merid: Run, case: str) -> None:
    refused = refer(merid, case, "no", note="canary")
    assert (refused.code, refused.error["rule"]) == (4, "A10")
    assert "canary" not in refused.err
    assert merid("referral", "list", "--json").json["items"] == []
    assert merid("history", "--json").json["items"][-1]["command"] != "referral add"


def test_not_yet_is_kept_sent_to_nobody_and_goes_with_a_yes(merid: Run, case: str) -> None:
    made = refer(merid, case, "not-yet")
    assert (made.json["status"], made.json["stale"]) == ("not_sent", False)
    assert rows(merid, "2026-12-01", "--days", "60") == []
    early = merid("referral", "accept", case, "R1", "--json")
    assert (early.code, early.error["rule"]) == (4, "A10")
    assert merid("referral", "agree", case, "R1", "--student-agreed", "not_yet").code == 2
    gone = merid(
        "referral", "agree", case, "R1", "--student-agreed", "yes", "--json", today="2026-10-05"
    )
    assert (gone.json["status"], gone.json["stale_on"]) == ("referred", "2026-10-19")


def test_a_no_that_comes_later_ends_it(merid: Run, case: str) -> None:
    refer(merid, case, "not-yet")
    ended = merid("referral", "agree", case, "R1", "--student-agreed", "no", "--json")
    said = (ended.json["status"], ended.json["reason"], ended.json["student_agreed"])
    assert said == ("ended", "student_choice", "no")


@pytest.mark.parametrize("missing", ["partner", "service", "student_agreed"])
def test_what_is_starred_is_demanded(merid: Run, case: str, missing: str) -> None:
    whole = {"partner": "MERID", "service": "counseling", "student_agreed": "yes"}
    del whole[missing]
    refused = merid("referral", "add", case, "--json", given=whole)
    assert (refused.code, refused.error["fields"]) == (2, [missing])


def test_from_the_students_yes_to_the_students_word(merid: Run, case: str) -> None:
    made = merid(
        "referral",
        "add",
        case,
        "--partner",
        "MERID",
        "--service",
        "counseling",
        "--student-agreed",
        "yes",
        given={"hand_off": "canary lee walks over"},
    )
    assert "reintegrate release add" in made.err  # it shares nothing
    assert "HIPAA" in made.err
    assert "no MOU with MERID" in made.err
    assert "canary" not in made.out + made.err
    assert rows(merid, "2026-10-15") == [("2026-10-15", "due", "accept")]
    assert rows(merid, "2026-10-17", "--overdue") == [("2026-10-15", "overdue", "accept")]
    took = merid(
        "referral",
        "accept",
        case,
        "R1",
        "--appointment",
        "2026-10-20",
        "--json",
        today="2026-10-17",
    )
    assert (took.json["status"], took.json["stale"]) == ("accepted", False)
    assert rows(merid, "2026-11-03") == [("2026-11-03", "due", "visit")]
    seen = merid("referral", "visit", case, "R1", "--json", today="2026-10-20")
    assert (seen.json["status"], seen.json["first_visit_on"]) == ("first_visit", "2026-10-20")
    # The partner says it is done; care is not confirmed.
    assert rows(merid, "2026-11-05", "--overdue") == [("2026-11-03", "overdue", "confirm")]
    assert kept(merid, case, "2026-11-05")["stale"] is True
    word = merid("referral", "confirm", case, "R1", "--by", "MERID", today="2026-11-05")
    assert word.code == 5  # a partner's word is nobody's on the staff
    line = ("referral", "confirm", case, "R1", "--student-says-helps", "no", "--json")
    told = merid(*line, "--by", "student", today="2026-11-05")
    assert told.json["student_says_helps"] is False
    assert told.json["confirmed_by"] == "student"
    again = merid(*line[:-2], "yes", "--json", today="2026-11-20")
    assert (again.json["student_says_helps"], again.json["confirmed_by"]) == (True, "okafor")
    assert rows(merid, "2026-12-20", "--days", "90") == []
    shown = merid("case", "show", case, "--json").json["referrals"][0]
    assert shown["hand_off"] == "canary lee walks over"
    assert "canary lee" in merid("case", "show", case).out
    told = merid("case", "timeline", case, "--status", "referral").out
    for what in ("counseling at MERID", "accepted", "visited", "it does not help", "it helps"):
        assert what in told


def test_a_decline_has_a_reason_and_a_waiting_list_may_open(merid: Run, case: str) -> None:
    refer(merid, case)
    assert merid("referral", "decline", case, "R1", "--json").error["fields"] == ["reason"]
    assert merid("referral", "decline", case, "R1", "--reason", "busy").code == 2
    declined = merid("referral", "decline", case, "R1", "--reason", "waitlist", "--json")
    assert (declined.json["status"], declined.json["reason"]) == ("declined", "waitlist")
    assert rows(merid, "2026-10-20", "--days", "60") == []
    taken = merid("referral", "accept", case, f"{case}/R1", "--json", today="2026-10-20")
    assert (taken.json["status"], taken.json["reason"]) == ("accepted", None)


def test_an_end_before_anybody_asked_the_student_says_so(merid: Run, case: str) -> None:
    refer(merid, case)
    merid("referral", "visit", case, "R1")
    ended = merid("referral", "end", case, "R1", "--reason", "completed")
    assert "care was never confirmed" in ended.err
    assert merid("referral", "visit", case, "R1").code == 2
    assert merid("referral", "visit", case, "R7").code == 5


def test_dates_that_cannot_be_are_usage(merid: Run, case: str) -> None:
    refer(merid, case)
    for wrong in ("2026-09-30", "2026-10-02"):
        assert merid("referral", "visit", case, "R1", "--on", wrong).code == 2
    missed = merid("referral", "visit", case, "R1", "--attended", "no", "--json")
    assert (missed.json["status"], missed.json["first_visit_on"]) == ("referred", None)


def test_closing_a_case_names_what_is_open_and_nothing_of_it_is_due(merid: Run, case: str) -> None:
    for _ in range(2):
        refer(merid, case)
    merid("referral", "decline", case, "R2", "--reason", "ineligible")
    assert "still open: 1 referral" in merid("case", "close", case, "--reason", "moved").err
    assert rows(merid, "2026-11-20", "--days", "60") == []
    assert refer(merid, case).code == 2


def test_a_partner_is_listed_for_the_case_that_is_referred_to_it(merid: Run, case: str) -> None:
    assert merid("partner", "list", "--case", case, "--json").json["items"] == []
    refer(merid, case)
    found = merid("partner", "list", "--case", case, "--json").json["items"]
    assert [one["slug"] for one in found] == ["MERID"]
