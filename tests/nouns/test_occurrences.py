"""The dates of a schedule as a person meets them: asked for, met, moved, declined, rested."""

from typing import Any

import pytest

from conftest import Ended, Run

pytestmark = pytest.mark.both_shelves

THEIR_CHOICE = ("--chosen-by", "student", "--chosen-on", "2026-09-01")


def agree(run: Run, ref: str, *options: str, today: str = "") -> Ended:
    made = run(
        "checkin",
        "schedule",
        ref,
        "--with",
        "student",
        "--mode",
        "in-person",
        *THEIR_CHOICE,
        *options,
        "--json",
        today=today,
    )
    assert made.code == 0, made.err
    return made


def agenda(run: Run, *options: str, today: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = run("agenda", *options, "--json", today=today).json["items"]
    return items


def test_every_third_day_with_a_chosen_date_between(district: Run, case: str) -> None:
    made = agree(district, case, "--every", "3d", today="2026-10-06")
    assert made.json["next_on"] == "2026-10-09"
    rows = agenda(district, "--days", "7", today="2026-10-06")
    assert [(row["kind"], row["due_on"]) for row in rows] == [("checkin", "2026-10-09")]
    district("checkin", "done", case, "--by", "lee", today="2026-10-09")
    rows = agenda(district, "--days", "7", today="2026-10-09")
    assert [(row["kind"], row["due_on"]) for row in rows] == [("schedule", "2026-10-12")]
    district("undo", today="2026-10-09")
    district(
        "checkin",
        "move",
        case,
        "--on",
        "2026-10-12",
        "--to",
        "2026-10-13",
        "--asked-by",
        "student",
        today="2026-10-06",
    )
    done = district("checkin", "done", case, "--by", "lee", "--json", today="2026-10-09")
    assert done.json["next_on"] == "2026-10-13"
    done = district("checkin", "done", case, "--json", today="2026-10-13")
    assert done.json["next_on"] == "2026-10-16"


def test_nothing_is_scheduled_without_a_chooser(district: Run, case: str) -> None:
    refused = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--json",
    )
    assert refused.code == 4
    assert refused.error["rule"] == "E1"
    assert refused.error["fields"] == ["chosen_by", "chosen_on"]
    assert district("checkin", "schedules", "--json").json["items"] == []


def test_family_contact_is_closed_until_recorded_as_appropriate(district: Run, case: str) -> None:
    added = district("care", "add", case, "--role", "caregiver", "--json")
    care = added.json["id"]
    line = (
        "checkin",
        "schedule",
        case,
        "--with",
        "caregiver",
        "--who",
        care,
        "--every",
        "1m",
        "--mode",
        "phone",
        "--chosen-by",
        "caregiver",
        "--chosen-on",
        "today",
        "--json",
    )
    refused = district(*line)
    assert (refused.code, refused.error["rule"]) == (4, "E9")
    district("care", "family", case, care, "--appropriate", "yes", "--decided-by", "student")
    assert district(*line).code == 0
    assert agenda(district, "--days", "60", today="2026-10-01")
    district("care", "family", case, care, "--appropriate", "no", "--decided-by", "student")
    assert agenda(district, "--days", "60", today="2026-10-01") == []


def test_a_student_who_initiates_is_never_due(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--starts", "2026-09-01")
    assert agenda(district, "--overdue", today="2026-10-01")
    district("contact", "set", case, given={"mode": "student_initiates"})
    assert agenda(district, "--days", "60", today="2026-10-01") == []
    assert district("case", "list", "--json").json["items"][0]["overdue"] == 0


def test_a_paused_case_rests_and_resumes_on_its_day(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    paused = district("case", "pause", case, "--until", "2026-10-19", "--json", today="2026-10-05")
    assert paused.json["status"] == "paused"
    assert agenda(district, "--overdue", today="2026-10-14") == []
    shown = agenda(district, "--days", "7", today="2026-10-19")
    assert [row["due_on"] for row in shown] == ["2026-10-20"]


def test_closing_takes_a_reason_and_names_what_is_open_and_reopening_keeps_history(
    district: Run, case: str
) -> None:
    agree(district, case, "--every", "1w", "--starts", "2026-10-06")
    assert district("case", "close", case).code == 2
    closed = district("case", "close", case, "--reason", "student_stopped")
    assert closed.code == 0
    assert "1 check-in schedule" in closed.err
    assert agenda(district, "--days", "60", today="2026-10-01") == []
    assert district("case", "reopen", case, "--json").json["status"] == "active"
    changes = district("case", "show", case, "--json").json["changes"]
    assert [change["kind"] for change in changes] == ["closed", "reopened"]


def test_closed_time_rests_and_reopening_asks_whether_the_rhythm_still_suits(
    district: Run, case: str
) -> None:
    agree(district, case, "--every", "1w", "--day", "fri", "--starts", "2026-11-06")
    done(district, case, today="2026-11-06")
    district("case", "close", case, "--reason", "moved", today="2026-11-06")
    district("case", "reopen", case, today="2026-11-19")
    rows = agenda(district, "--day", today="2026-11-19")
    assert [(row["kind"], row["due_on"], row["state"], row["days_late"]) for row in rows] == [
        ("schedule", "2026-11-19", "due", 0),
        ("checkin", "2026-11-20", "due", 0),
    ]
    assert agenda(district, "--day", today="2026-11-25")[-1]["id"] == f"{case}/S1.1@2026-11-19"
    line = rows[0]["command"].split()[1:]
    assert district(*line, "--json", today="2026-11-19").json["every"] == "1w"
    rows = agenda(district, "--day", today="2026-11-19")
    assert [row["kind"] for row in rows] == ["checkin"]
    late = agenda(district, "--overdue", today="2026-11-25")
    assert [row["due_on"] for row in late] == ["2026-11-20"]


def test_a_start_on_a_closed_day_is_refused_with_the_nearest_open_days(
    district: Run, case: str
) -> None:
    refused = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        *THEIR_CHOICE,
        "--starts",
        "2026-10-12",
        "--json",
    )
    assert (refused.code, refused.error["rule"]) == (4, "E2")
    assert "2026-10-09" in refused.error["hint"]
    assert "2026-10-13" in refused.error["hint"]


def test_a_change_by_staff_of_what_the_student_chose_is_a_proposal_or_takes_a_reason(
    district: Run, case: str
) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    held = district("checkin", "edit", case, "S1", "--every", "2w", "--json")
    assert (held.json["every"], held.json["proposed"]["every"]) == ("1w", "2w")
    taken = district("checkin", "edit", case, "S1", "--chosen-by", "student", "--json")
    assert (taken.json["every"], taken.json["day"], taken.json["proposed"]) == ("2w", "tue", None)
    reasoned = district(
        "checkin",
        "edit",
        case,
        "S1",
        "--json",
        given={"every": "3w", "reason": "the bus no longer runs"},
    )
    assert (reasoned.json["every"], reasoned.json["proposed"]) == ("3w", None)


def test_an_edit_leaves_past_dates_as_they_were(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    district(
        "checkin",
        "edit",
        case,
        "S1",
        "--every",
        "1w",
        "--day",
        "thu",
        "--chosen-by",
        "student",
        today="2026-10-14",
    )
    listed = district("checkin", "list", "--until", "2026-10-22", "--json", today="2026-10-14")
    assert [row["due_on"] for row in listed.json["items"]] == [
        "2026-10-06",
        "2026-10-13",
        "2026-10-15",
        "2026-10-22",
    ]


def test_the_timeline_tells_what_happened_in_the_order_in_which_it_happened(
    district: Run, case: str
) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-09-29")
    district("checkin", "done", case, "--on", "2026-09-29", today="2026-10-05")
    district("case", "note", case, "--on", "2026-09-20", given={"text": "canary words"})
    told = district("case", "timeline", case, "--json")
    kinds = [(row["on"], row["kind"]) for row in told.json["items"]]
    assert kinds == [
        ("2026-09-01", "schedule"),
        ("2026-09-20", "note"),
        ("2026-09-29", "checkin"),
        ("2026-10-01", "case"),
    ]
    assert "canary words" in told.out
    some = district("case", "timeline", case, "--since", "2026-09-25", "--json")
    assert len(some.json["items"]) == 2


def done(run: Run, ref: str, *options: str, today: str) -> Any:
    ended = run("checkin", "done", ref, *options, "--json", today=today)
    assert ended.code == 0, ended.err
    return ended.json["next_on"]


def moved(run: Run, ref: str, on: str, to: str, today: str) -> Any:
    ended = run(
        "checkin",
        "move",
        ref,
        "--on",
        on,
        "--to",
        to,
        "--asked-by",
        "student",
        "--json",
        today=today,
    )
    assert ended.code == 0, ended.err
    return ended.json["next_on"]


def test_a_contact_does_not_meet_the_date_that_is_booked_at_it(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-20")
    assert done(district, case, "--next", "2026-10-23", today="2026-10-22") == "2026-10-23"


def test_a_date_booked_past_others_can_be_moved_again(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    assert done(district, case, "--next", "2026-10-22", today="2026-10-06") == "2026-10-22"
    assert moved(district, case, "2026-10-22", "2026-10-23", "2026-10-06") == "2026-10-23"
    assert agenda(district, "--overdue", today="2026-10-23") == []


def test_a_booking_without_a_cadence_can_be_moved_and_followed(district: Run, case: str) -> None:
    agree(district, case, "--every", "none", "--starts", "2026-10-08")
    assert moved(district, case, "2026-10-08", "2026-10-09", "2026-10-06") == "2026-10-09"
    assert done(district, case, today="2026-10-09") is None
    row = agenda(district, "--day", today="2026-10-09")[0]
    assert (row["kind"], row["state"]) == ("schedule", "due")
    line = row["command"].replace("DATE", "2026-10-15").split()[1:]
    ended = district(*line, "--json", today="2026-10-09")
    assert ended.json["next_on"] == "2026-10-15"


def test_a_booked_date_that_is_met_early_leaves_the_next_one(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--starts", "2026-10-01")
    assert done(district, case, "--next", "2026-10-09", today="2026-10-01") == "2026-10-09"
    assert done(district, case, today="2026-10-07") == "2026-10-14"


def test_new_terms_count_from_their_own_start(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--starts", "2026-10-01")
    done(district, case, today="2026-10-01")
    edited = district(
        "checkin",
        "edit",
        case,
        "S1",
        "--starts",
        "2026-10-20",
        "--chosen-by",
        "student",
        "--json",
        today="2026-10-09",
    )
    assert edited.json["next_on"] == "2026-10-08"  # still unsettled under the former terms
    assert done(district, case, today="2026-10-09") == "2026-10-16"


def test_a_date_called_off_ahead_leaves_what_comes_before_it(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    ended = district("checkin", "cancel", case, "--on", "2026-10-13", "--json", today="2026-10-05")
    assert ended.json["next_on"] == "2026-10-06"
    assert done(district, case, today="2026-10-06") == "2026-10-20"
    missing = district("checkin", "cancel", case, "--on", "2026-10-14", today="2026-10-05")
    assert missing.code == 5


def test_declining_again_and_again_never_uses_up_the_dates(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    for _ in range(4):
        ended = district("checkin", "decline", case, "--json", today="2026-10-06")
        assert ended.json["next_on"] == "2026-10-13"


def test_a_date_that_passed_or_was_met_cannot_be_promised(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    done(district, case, today="2026-10-06")
    for to in ("2026-10-06", "2026-10-05"):
        ended = district(
            "checkin",
            "move",
            case,
            "--on",
            "2026-10-13",
            "--to",
            to,
            "--asked-by",
            "student",
            today="2026-10-06",
        )
        assert ended.code == 2
    assert district("checkin", "done", case, "--next", "2026-10-02", today="2026-10-06").code == 2


def test_staff_cannot_be_named_as_choosers_for_a_student(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    refused = district(
        "checkin", "edit", case, "S1", "--chosen-by", "staff", "--purpose", "x", "--json"
    )
    assert (refused.code, refused.error["rule"]) == (4, "E1")
    held = district("checkin", "edit", case, "S1", "--anchor", "calendar", "--json")
    assert held.json["proposed"]["anchor"] == "calendar"


def test_stepping_down_ends_a_pause_and_resuming_ends_a_step_down(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    district("case", "pause", case, today="2026-10-01")
    stepped = district("case", "step-down", case, "--json", today="2026-10-02")
    assert (stepped.json["status"], stepped.json["next_due_on"]) == ("step_down", "2026-10-06")
    assert district("case", "resume", case, "--json", today="2026-10-03").json["status"] == "active"


def test_an_edit_does_not_reopen_what_was_settled(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    done(district, case, today="2026-10-06")
    done(district, case, "--on", "2026-10-11", today="2026-10-13")
    district(
        "checkin",
        "edit",
        case,
        "S1",
        "--every",
        "none",
        "--chosen-by",
        "student",
        today="2026-10-14",
    )
    assert agenda(district, "--overdue", today="2026-10-14") == []


def test_former_terms_hold_until_the_new_ones_begin(district: Run, case: str) -> None:
    agree(district, case, "--every", "1w", "--day", "tue", "--starts", "2026-10-06")
    done(district, case, today="2026-10-06")
    district(
        "checkin",
        "edit",
        case,
        "S1",
        "--day",
        "wed",
        "--starts",
        "2026-10-26",
        "--chosen-by",
        "student",
        today="2026-10-07",
    )
    rows = agenda(district, "--days", "25", today="2026-10-07")
    assert [row["due_on"] for row in rows] == ["2026-10-13", "2026-10-20", "2026-10-28"]


def test_a_day_that_was_met_already_is_not_offered_in_place_of_a_closed_one(
    district: Run, case: str
) -> None:
    agree(district, case, "--every", "3d", "--starts", "2026-10-29", today="2026-10-26")
    met = district("checkin", "done", case, today="2026-10-29")
    assert "ask which day suits: Mon 2 Nov\n" in met.err
    line = ("--on", "2026-11-01", "--to", "2026-10-29", "--asked-by", "student")
    assert district("checkin", "move", case, *line, today="2026-10-29").code == 2
    assert moved(district, case, "2026-11-01", "2026-11-02", "2026-10-29") == "2026-11-02"


def test_a_date_that_came_and_went_while_closed_is_replaced_by_one_that_is_to_come(
    district: Run, case: str
) -> None:
    agree(district, case, "--every", "1m", "--day", "30", "--starts", "2026-09-30")
    assert done(district, case, "--on", "2026-09-30", today="2026-11-03") is None
    asked = district("checkin", "attempt", case, today="2026-11-04")
    assert "ask which day suits: Wed 4 Nov\n" in asked.err, asked.err
