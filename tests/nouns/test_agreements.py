"""What a student chose is theirs: a change by staff waits, or says who asked and why (E1, E2)."""

from typing import Any

import pytest

from conftest import Ended, Run

REASON = "canary: the bus no longer runs"
WORDS = "canary: Tuesdays, after band"


@pytest.fixture
def chosen(district: Run, case: str) -> str:
    """A case whose student chose Tuesdays, in their words."""
    made = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--day",
        "tue",
        "--at",
        "15:45",
        "--mode",
        "in-person",
        "--chosen-by",
        "student",
        "--chosen-on",
        "2026-09-01",
        "--starts",
        "2026-10-06",
        given={"words": WORDS},
    )
    assert made.code == 0, made.err
    return case


def refused(ended: Ended, rule: str, *fields: str) -> None:
    assert (ended.code, ended.error["rule"]) == (4, rule), ended.err
    assert ended.error["fields"] == list(fields)


def shown(run: Run, ref: str) -> str:
    """What both the case and its timeline show, on a terminal and as JSON."""
    outs = [
        run("case", what, ref, *more).out
        for what in ("show", "timeline")
        for more in ((), ("--json",))
    ]
    for out in outs:
        assert REASON in out
    return outs[0]


def test_a_change_by_staff_with_a_reason_keeps_the_choice_of_the_student(
    district: Run, chosen: str
) -> None:
    edited = district(
        "checkin",
        "edit",
        chosen,
        "S1",
        "--every",
        "3w",
        "--asked-by",
        "lee",
        "--json",
        given={"reason": REASON},
    )
    assert (edited.json["every"], edited.json["chosen_by"]) == ("3w", "staff")
    choice = edited.json["students_choice"]
    assert {key: choice[key] for key in ("every", "day", "at", "mode", "chosen_on", "words")} == {
        "every": "1w",
        "day": "tue",
        "at": "15:45",
        "mode": "in_person",
        "chosen_on": "2026-09-01",
        "words": "[private]",
    }
    assert edited.json["reason"] == "[private]"
    assert REASON not in district("checkin", "schedules", "--json").out
    told = shown(district, chosen)
    flat = " ".join(told.split())
    assert "every week on Tuesday, 15:45, in person, Tue 1 Sep 2026" in flat
    assert WORDS in told
    assert f"{REASON} (lee)" in told
    (agreed,) = district("case", "show", chosen, "--json").json["agreed"]
    assert (agreed["reason"], agreed["asked_by"]) == (REASON, "lee")
    assert agreed["students_choice"]["words"] == WORDS
    timeline = district("case", "timeline", chosen, "--json").json["items"]
    assert [(one["by"], one["what"]) for one in timeline if one["kind"] == "schedule"] == [
        ("student", "student: every week on Tuesday, in_person"),
        ("lee", "student: every 3 weeks on Tuesday, in_person"),
    ]
    # It stays theirs: the next change by staff waits for them, too, and they take it back.
    waiting = district("checkin", "edit", chosen, "S1", "--mode", "phone", "--json")
    assert (waiting.json["mode"], waiting.json["proposed"]["mode"]) == ("in_person", "phone")
    back = district(
        "checkin",
        "edit",
        chosen,
        "S1",
        "--every",
        "1w",
        "--mode",
        "in-person",
        "--chosen-by",
        "student",
        "--json",
    )
    assert (back.json["chosen_by"], back.json["students_choice"]) == ("student", None)
    assert REASON in district("case", "timeline", chosen).out


def test_a_change_by_staff_without_a_reason_waits(district: Run, chosen: str) -> None:
    district("staff", "add", "hale", "--role", "specialist")
    for name, value in (
        ("every", "2w"),
        ("day", "thu"),
        ("at", "16:00"),
        ("mode", "phone"),
        ("window", "2d"),
        ("who", "hale"),
    ):
        held = district("checkin", "edit", chosen, "S1", f"--{name}", value, "--json")
        assert held.code == 0, held.err
        assert held.json["proposed"][name] in (value, 2)
        assert held.json[name] != value
        assert (held.json["chosen_by"], held.json["students_choice"]) == ("student", None)
    refused(
        district(
            "checkin",
            "edit",
            chosen,
            "S1",
            "--chosen-by",
            "staff",
            "--json",
            given={"reason": REASON},
        ),
        "E1",
        "chosen_by",
    )


def test_what_the_student_chose_on_a_weekend_stays_open_after_a_change_by_staff(
    district: Run, case: str
) -> None:
    district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--day",
        "sat",
        "--mode",
        "in-person",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    district("checkin", "edit", case, "S1", "--every", "2w", given={"reason": REASON})
    rows = district("agenda", "--days", "20", "--json").json["items"]
    assert {row["kind"] for row in rows} == {"checkin"}


@pytest.mark.parametrize("verb", ["end", "pause"])
def test_staff_end_and_pause_with_who_asked_and_why(district: Run, chosen: str, verb: str) -> None:
    line = ("checkin", verb, chosen, "S1", "--json")
    refused(district(*line), "E1", "asked_by", "reason")
    refused(district(*line, "--asked-by", "lee"), "E1", "reason")
    refused(district(*line, given={"reason": REASON}), "E1", "asked_by")
    assert district(*line, "--asked-by", "nobody", given={"reason": REASON}).code == 5
    assert district("checkin", "schedules", "--json").json["items"][0]["status"] == "active"
    done = district(*line, "--asked-by", "lee", given={"reason": REASON})
    assert done.code == 0, done.err
    assert f"{REASON} (lee)" in shown(district, chosen)
    told = district("case", "timeline", chosen, "--json").json["items"]
    assert [one["by"] for one in told if one["what"] in ("ended", "paused")] == ["lee"]
    assert WORDS in district("case", "show", chosen).out


@pytest.mark.parametrize("verb", ["end", "pause"])
def test_the_student_ends_and_pauses_without_saying_why(
    district: Run, chosen: str, verb: str
) -> None:
    assert district("checkin", verb, chosen, "S1", "--asked-by", "student").code == 0


def test_staff_move_a_date_with_a_reason(district: Run, chosen: str) -> None:
    line = ("checkin", "move", chosen, "--on", "2026-10-06", "--to", "2026-10-07", "--json")
    assert district(*line).code == 2
    refused(district(*line, "--asked-by", "lee"), "E2", "reason")
    moved = district(*line, "--asked-by", "lee", given={"reason": REASON})
    assert (moved.code, moved.json["next_on"]) == (0, "2026-10-07")
    assert f"{REASON} (lee)" in shown(district, chosen)
    assert district("checkin", "schedules", "--json").json["items"][0]["chosen_by"] == "student"
    back = ("checkin", "move", chosen, "--on", "2026-10-07", "--to", "2026-10-06")
    assert district(*back, "--asked-by", "student").code == 0


def test_what_staff_chose_they_change_without_more(district: Run, case: str) -> None:
    made = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "staff",
        "--who",
        "lee",
        "--mode",
        "in-person",
        "--every",
        "1w",
        "--starts",
        "2026-10-06",
    )
    assert made.code == 0, made.err
    line: list[tuple[tuple[str, ...], dict[str, Any] | None]] = [
        (("move", case, "--on", "2026-10-06", "--to", "2026-10-07", "--asked-by", "lee"), None),
        (("edit", case, "S1", "--every", "2w"), None),
        (("pause", case, "S1"), None),
        (("resume", case, "S1"), None),
        (("end", case, "S1"), None),
    ]
    for words, given in line:
        ended = district("checkin", *words, "--json", given=given)
        assert ended.code == 0, ended.err
    assert ended.json["students_choice"] is None


def test_from_eighteen_a_caregiver_asks_for_nothing_in_the_name_of_the_student(
    district: Run, chosen: str
) -> None:
    district("case", "edit", chosen, given={"birth_date": "2008-10-01"})
    for verb in ("end", "pause"):
        ended = district("checkin", verb, chosen, "S1", "--asked-by", "caregiver", "--json")
        assert (ended.code, ended.error["rule"]) == (4, "C7")


def test_whom_a_schedule_is_with_stays(district: Run, chosen: str) -> None:
    line = ("checkin", "edit", chosen, "S1", "--every", "2w", "--chosen-by", "student", "--with")
    ended = district(*line, "caregiver", "--json")
    assert (ended.code, ended.error["fields"]) == (2, ["with"])
    assert district(*line, "student").code == 0
