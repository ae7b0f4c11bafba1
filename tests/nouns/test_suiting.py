"""Safe hours and ways are looked at when a check-in is agreed, moved or entered (D1, D4)."""

from typing import Any

import pytest

from conftest import Ended, Run

PHONE = {
    "kind": "home-phone",
    "value": "555-0142-canary",
    "days": ["thu"],
    "from": "18:30",
    "to": "20:00",
    "voicemail": "never",
}


@pytest.fixture
def safe(district: Run, case: str) -> str:
    """A student who may be phoned on Thursdays from half past six to eight."""
    told(district, case, PHONE)
    return case


def told(run: Run, ref: str, *methods: dict[str, Any], **more: Any) -> None:
    fields = {"mode": "we_contact", "methods": list(methods), **more}
    assert run("contact", "set", ref, given=fields).code == 0


def agree(run: Run, ref: str, *options: str, by: str = "student") -> Ended:
    return run(
        "checkin",
        "schedule",
        ref,
        "--with",
        "student",
        "--every",
        "1w",
        "--chosen-by",
        by,
        "--chosen-on",
        "today",
        "--json",
        *options,
    )


OUTSIDE = [
    ("D4", "mon at 09:00", ("--mode", "phone", "--day", "mon", "--at", "09:00")),
    ("D4", "thu at 20:00", ("--mode", "phone", "--day", "thu", "--at", "20:00")),
    ("D4", "mon", ("--mode", "phone", "--day", "mon")),
    ("D4", "at 09:00", ("--mode", "phone", "--at", "09:00")),
    ("D4", "mon", ("--mode", "phone", "--starts", "2026-10-05")),
    ("D1", "text", ("--mode", "text", "--day", "thu")),
    ("D1", "video", ("--mode", "video", "--day", "thu", "--at", "18:30")),
]


@pytest.mark.parametrize(("rule", "says", "options"), OUTSIDE)
def test_outside_of_what_is_safe_is_said_and_takes_the_word_of_the_student(
    district: Run, safe: str, rule: str, says: str, options: tuple[str, ...]
) -> None:
    refused = agree(district, safe, *options, by="caregiver")
    assert (refused.code, refused.error["rule"]) == (4, rule)
    assert says in refused.error["message"]
    assert district("checkin", "schedules", "--json").json["items"] == []
    theirs = agree(district, safe, *options)
    assert theirs.code == 0
    assert theirs.json["outside"] == f"{refused.error['message']} ({rule})"
    assert "555" not in theirs.out + refused.err
    assert agree(district, safe, *options, "--student-agreed", "no").code == 4
    assert agree(district, safe, *options, "--student-agreed", "yes", by="caregiver").code == 0


def test_off_json_it_is_spoken_too(district: Run, safe: str) -> None:
    made = district(
        "checkin",
        "schedule",
        safe,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "text",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    assert "nobody said that text is safe (D1); it is kept, since they chose it so" in made.err


@pytest.mark.parametrize(
    "options",
    [
        ("--mode", "phone", "--day", "thu", "--at", "18:30"),
        ("--mode", "phone", "--at", "19:59"),
        ("--mode", "phone"),
        ("--mode", "in-person", "--day", "mon", "--at", "09:00"),
    ],
)
def test_inside_of_it_nothing_is_said(district: Run, safe: str, options: tuple[str, ...]) -> None:
    made = agree(district, safe, *options, by="caregiver")
    assert (made.code, made.json["outside"]) == (0, None)


def test_of_several_ways_any_will_do_and_a_place_has_hours_too(district: Run, case: str) -> None:
    desk = {
        "kind": "in_person",
        "value": "room 12",
        "days": ["mon"],
        "any_time": True,
        "voicemail": "never",
    }
    mobile = {**PHONE, "kind": "phone", "days": ["mon"], "text_allowed": True}
    told(district, case, PHONE, mobile, desk)
    for options, code in (
        (("--mode", "phone", "--day", "mon", "--at", "19:00"), 0),
        (("--mode", "text", "--day", "mon", "--at", "19:00"), 0),
        (("--mode", "text", "--day", "thu", "--at", "19:00"), 4),
        (("--mode", "in-person", "--day", "mon"), 0),
        (("--mode", "in-person", "--day", "tue"), 4),
    ):
        assert agree(district, case, *options, by="caregiver").code == code, options


def test_through_staff_nobody_phones(district: Run, case: str) -> None:
    told(district, case, mode="via_staff", via="lee")
    refused = agree(district, case, "--mode", "phone", by="caregiver")
    assert (refused.code, refused.error["rule"]) == (4, "D1")
    assert agree(district, case, "--mode", "in-person", by="caregiver").code == 0


def test_hours_that_nobody_said_are_named(district: Run, case: str) -> None:
    told(district, case, {"kind": "phone", "value": "x", "voicemail": "never"})
    refused = agree(
        district, case, "--mode", "phone", "--day", "mon", "--at", "19:00", by="caregiver"
    )
    assert "no hours were said" in refused.error["message"]
    assert (
        agree(
            district, case, "--mode", "phone", "--day", "mon", "--at", "15:29", by="caregiver"
        ).code
        == 0
    )


@pytest.fixture
def thursdays(district: Run, safe: str) -> str:
    made = agree(district, safe, "--mode", "phone", "--day", "thu", "--at", "18:30")
    assert made.code == 0, made.err
    return safe


@pytest.mark.parametrize(
    "line",
    [
        ("edit", "REF", "S1", "--day", "mon"),
        ("edit", "REF", "S1", "--at", "09:00"),
        ("edit", "REF", "S1", "--mode", "text"),
    ],
)
def test_an_edit_is_looked_at_once_it_holds(
    district: Run, thursdays: str, line: tuple[str, ...]
) -> None:
    words = ("checkin", *(word.replace("REF", thursdays) for word in line), "--json")
    assert district(*words).json["proposed"] is not None  # it waits, and is agreed by nobody
    refused = district(*words, given={"reason": "the office moves"})
    assert (refused.code, refused.error["rule"]) == (4, "D1" if "text" in line else "D4")
    taken = district(*words, "--chosen-by", "student")
    assert taken.json["outside"] == f"{refused.error['message']} ({refused.error['rule']})"
    assert "outside" in district(*words[:-1], "--chosen-by", "student").out


def test_a_date_that_is_moved_or_booked_is_looked_at(district: Run, thursdays: str) -> None:
    move = ("checkin", "move", thursdays, "--on", "2026-10-08", "--json")
    staff = {"reason": "the office moves"}
    for options in (("--to", "2026-10-09"), ("--to", "2026-10-08", "--at", "09:00")):
        refused = district(*move, *options, "--asked-by", "lee", given=staff)
        assert (refused.code, refused.error["rule"]) == (4, "D4")
        assert (
            district(
                *move, *options, "--asked-by", "lee", "--student-agreed", "yes", given=staff
            ).code
            == 0
        )
        assert district("undo").code == 0
        theirs = district(*move, *options, "--asked-by", "student")
        assert theirs.code == 0, theirs.err
        assert "(D4)" in theirs.json["outside"]
        assert "(D4)" in district("case", "timeline", thursdays).out
        assert district("undo").code == 0
    done = ("checkin", "done", thursdays, "--on", "2026-10-08", "--next", "2026-10-16", "--json")
    assert district(*done, today="2026-10-08").error["rule"] == "D4"
    assert district(*done, "--student-agreed", "yes", today="2026-10-08").code == 0


@pytest.mark.parametrize("outcome", ["done", "attempt"])
def test_another_way_than_was_agreed_is_looked_at_when_it_is_entered(
    district: Run, thursdays: str, outcome: str
) -> None:
    line = ("checkin", outcome, thursdays, "--json")
    refused = district(*line, "--mode", "text", today="2026-10-08")
    assert (refused.code, refused.error["rule"]) == (4, "D1")
    assert district("checkin", "list", "--json", "--status", "done").json["items"] == []
    for word in (("--by", "student"), ("--student-agreed", "yes"), ("--student-agreed", "no")):
        kept = district(*line, "--mode", "text", *word, today="2026-10-08")
        assert kept.code == 0, word
        assert kept.json["outside"] == "nobody said that text is safe (D1)"
    # What took place on another day is said, and never lost.
    friday = district(*line, today="2026-10-09")
    assert friday.code == 0
    assert friday.json["outside"].startswith("fri is outside of the hours")
    assert district(*line, today="2026-10-15").json["outside"] is None
    spoken = district(*line[:-1], today="2026-10-16")
    assert "fri is outside of the hours" in spoken.err


def test_a_student_who_said_nothing_yet_is_not_spoken_for(district: Run, case: str) -> None:
    assert agree(district, case, "--mode", "phone", "--day", "mon", by="caregiver").code == 0


def test_contact_that_is_set_anew_names_what_is_agreed_outside_of_it(
    district: Run, case: str
) -> None:
    agree(district, case, "--mode", "phone", "--day", "mon", "--at", "09:00")
    agree(district, case, "--mode", "in-person", "--day", "mon", "--at", "09:00")
    fields = {"mode": "we_contact", "methods": [PHONE]}
    kept = district("contact", "set", case, "--json", given=fields).json
    assert kept["outside"] == [
        "S1: mon at 09:00 is outside of the hours that are safe by phone: thu 18:30-20:00 (D4)"
    ]
    assert "agreed outside" in district("contact", "set", case, given=fields).out
    wide = {**PHONE, "days": ["mon", "thu"], "from": "09:00"}
    kept = district(
        "contact", "set", case, "--json", given={"mode": "we_contact", "methods": [wide]}
    ).json
    assert kept["outside"] == []
