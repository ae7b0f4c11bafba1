"""Safe contact: every preference that a student states is kept to by some command (D1 to D10)."""

import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Ended, Run
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.comparing import folded
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import plain, sealed
from reintegrate_cli.kept import session
from reintegrate_cli.line.typed import verbs_of
from reintegrate_cli.nouns.contact import reaching
from reintegrate_cli.nouns.contact import record as contact
from reintegrate_cli.nouns.contact.record import Method, SafeContact
from reintegrate_cli.nouns.staff.record import WEEKDAYS, Weekday

NUMBER = "555-0142-canary"
PHONE: dict[str, Any] = {
    "kind": "phone",
    "value": NUMBER,
    "days": ["tue", "thu"],
    "from": "15:30",
    "to": "16:15",
    "voicemail": "never",
}
OPEN = "2026-10-06T15:45"
CODE_WORDS = {
    "safe_word": "canary Bluebird",
    "unsafe_word": "canary Umbrella",
    "identity_word": "canary Kite",
}
MEANS = "hang up, then ask my counselor to find me"


def told(run: Run, ref: str, *methods: dict[str, Any], today: str = "", **more: Any) -> Ended:
    """Keep what a student says; with one phone in the afternoon where nothing else is given."""
    fields = {"mode": "we_contact", "methods": list(methods or (PHONE,)), **more}
    ended = run("contact", "set", ref, "--json", given=fields, today=today or "2026-10-01T09:00")
    assert ended.code == 0, ended.err
    return ended


def planned(run: Run, ref: str, *more: str, today: str = OPEN, **keys: Any) -> Ended:
    return run("contact", "plan", ref, *more, "--json", today=today, given=keys or None)


def refused(run: Run, ref: str, *more: str, rule: str, today: str = OPEN, **keys: Any) -> Any:
    ended = planned(run, ref, *more, today=today, **keys)
    assert (ended.code, ended.error["rule"]) == (4, rule), ended.err
    assert NUMBER not in ended.err + ended.out
    return ended.error


# What may be reached, and when.


def test_only_what_the_student_listed_is_a_way(district: Run, case: str) -> None:
    refused(district, case, rule="D1")
    told(district, case)
    refused(district, case, "--method", "home-phone", rule="D1")
    refused(district, case, "--method", "text", rule="D1")
    allowed = planned(district, case, "--method", "phone").json
    assert allowed["methods"][0]["value"] == NUMBER
    shown = {key: allowed[key] for key in ("case", "mode", "window", "stale", "allowed")}
    assert shown == {
        "case": case,
        "mode": "we_contact",
        "window": "tue thu 15:30-16:15",
        "stale": False,
        "allowed": True,
    }
    assert district("contact", "plan", "ZZZZ").code == 5


def test_a_text_goes_where_the_student_allowed_texts(district: Run, case: str) -> None:
    told(district, case, {**PHONE, "text_allowed": True})
    assert planned(district, case, "--method", "text").json["methods"][0]["value"] == NUMBER


@pytest.mark.parametrize("mode", ["student_initiates", "none"])
def test_a_student_who_reaches_out_is_not_called(district: Run, case: str, mode: str) -> None:
    told(district, case, mode=mode)
    refused(district, case, rule="D2")
    refused(district, case, "--method", "phone", "--override", rule="D2", reason="it is urgent")
    assert district("agenda", "--days", "90", "--json").json["items"] == []


def test_through_staff_there_is_a_person_and_no_phone(district: Run, case: str) -> None:
    desk = {
        "kind": "in_person",
        "value": "room 12",
        "days": ["tue"],
        "any_time": True,
        "voicemail": "never",
    }
    told(district, case, PHONE, desk, mode="via_staff", via="LEE")
    made = planned(district, case).json
    assert (made["via"], made["allowed"]) == ("lee", True)
    assert [(one["kind"], one["value"]) for one in made["methods"]] == [("in_person", "room 12")]
    error = refused(district, case, "--method", "phone", rule="D2")
    assert "lee" in error["hint"]
    told(district, case, mode="via_staff")
    unnamed = planned(district, case).json
    assert (unnamed["via"], unnamed["methods"]) == ("lee", [])


def test_no_contact_before_the_day_that_the_student_named(district: Run, case: str) -> None:
    district(
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
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    told(district, case, pause_until="2026-10-20")
    refused(district, case, rule="D2")
    assert planned(district, case, today="2026-10-20T15:30").code == 0
    rows = district("agenda", "--days", "20", "--json").json["items"]
    assert [row["due_on"] for row in rows] == ["2026-10-20"]
    late = district("agenda", "--overdue", "--json", today="2026-10-19").json["items"]
    assert late == []
    assert (
        district(
            "contact", "set", case, given={"mode": "we_contact", "pause_until": "2026-10-01"}
        ).code
        == 2
    )


def test_what_fell_on_days_without_contact_does_not_come_back(district: Run, case: str) -> None:
    district(
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
    )
    told(district, case, pause_until="2026-10-20")
    told(district, case, pause_until="2026-10-20", today="2026-10-12")
    told(district, case, mode="student_initiates", today="2026-10-21")
    told(district, case, today="2026-11-04")
    late = district("agenda", "--overdue", "--json", today="2026-11-20").json["items"]
    assert [row["due_on"] for row in late if row["kind"] == "checkin"] == ["2026-10-20"]
    district("checkin", "done", case, today="2026-11-20")
    listed = district("checkin", "list", "--json", today="2026-11-20").json["items"]
    assert [(row["due_on"], row["outcome"]) for row in listed] == [
        ("2026-10-20", "unrecorded"),
        ("2026-11-10", "unrecorded"),
        ("2026-11-17", "done"),
        ("2026-11-24", None),
    ]


def test_a_window_is_from_its_first_minute_up_to_not_including_its_last(
    district: Run, case: str
) -> None:
    told(district, case)
    for time, code in (("15:29", 4), ("15:30", 0), ("16:14", 0), ("16:15", 4)):
        for more in ((), ("--method", "phone")):
            ended = planned(district, case, *more, today=f"2026-10-06T{time}")
            assert ended.code == code, time
    refused(district, case, rule="D4", today="2026-10-07T15:45")  # a Wednesday


@pytest.mark.parametrize("day", ["2026-11-01", "2027-03-14"])
def test_on_both_days_of_a_change_of_clocks_too(district: Run, case: str, day: str) -> None:
    told(district, case, {**PHONE, "days": []}, today=f"{day}T09:00")
    for time, code in (("15:29", 4), ("15:30", 0), ("16:14", 0), ("16:15", 4)):
        assert planned(district, case, today=f"{day}T{time}").code == code, time


def test_the_clock_is_the_students(district: Run, case: str) -> None:
    told(district, case, time_zone="America/Los_Angeles")
    refused(district, case, rule="D4", today="2026-10-06T18:29")
    assert planned(district, case, today="2026-10-06T18:30").json["time_zone"]
    # From 1 Nov 02:00 Eastern the two are two hours apart until the west turns its clocks too.
    told(
        district, case, {**PHONE, "days": []}, time_zone="America/Phoenix", today="2026-11-01T00:30"
    )
    refused(district, case, rule="D4", today="2026-11-01T17:29")
    assert planned(district, case, today="2026-11-01T17:30").code == 0
    bad = district(
        "contact", "set", case, "--json", given={"mode": "we_contact", "time_zone": "Mars/Olympus"}
    )
    assert (bad.code, bad.error["fields"]) == (2, ["time_zone"])


EASTERN = ZoneInfo("America/New_York")
TURNS = (datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2027, 3, 14, 7, tzinfo=UTC))


def reading(instant: datetime) -> datetime:
    """Tell what an Eastern clock shows around the two turns, from their hours alone."""
    summer = instant < TURNS[0] or instant >= TURNS[1]
    return instant.replace(tzinfo=None) - timedelta(hours=4 if summer else 5)


MINUTES = st.integers(0, 24 * 60 - 1)


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@explored(
    turn=st.sampled_from(TURNS),
    away=st.integers(-36 * 3600, 36 * 3600),
    first=MINUTES,
    length=st.integers(1, 24 * 60),
    days=st.sets(st.sampled_from(WEEKDAYS)),
)
def test_a_window_is_open_when_the_clock_on_the_wall_stands_in_it(
    turn: datetime, away: int, first: int, length: int, days: set[Weekday]
) -> None:
    last = min(first + length, 24 * 60 - 1)
    if last == first:
        return
    method = Method(
        kind="phone", value="x", days=tuple(days), opens=clock(first), closes=clock(last)
    )
    instant = turn + timedelta(seconds=away)
    wall = reading(instant)
    minute = wall.hour * 60 + wall.minute
    expected = first <= minute < last and (not days or WEEKDAYS[wall.weekday()] in days)
    assert reaching.is_open(method, instant.astimezone(EASTERN)) == expected


@pytest.mark.parametrize(
    ("day", "opens", "closes", "minutes"),
    [
        (date(2026, 11, 1), "01:15", "01:45", 60),  # the hour that comes twice
        (date(2026, 11, 1), "00:30", "02:30", 180),
        (date(2026, 11, 1), "15:30", "16:15", 45),
        (date(2027, 3, 14), "02:15", "02:45", 0),  # the hour that is left out
        (date(2027, 3, 14), "01:30", "03:30", 60),
        (date(2027, 3, 14), "15:30", "16:15", 45),
    ],
)
def test_how_long_a_window_is_open_on_a_day_of_a_change(
    day: date, opens: str, closes: str, minutes: int
) -> None:
    method = Method(kind="phone", value="x", opens=opens, closes=closes)
    start = datetime(day.year, day.month, day.day, tzinfo=EASTERN).astimezone(UTC)
    walked = (start + timedelta(minutes=nth) for nth in range(23 * 60))
    assert sum(reaching.is_open(method, one.astimezone(EASTERN)) for one in walked) == minutes


def test_a_window_that_closes_before_it_opens_is_usage(district: Run, case: str) -> None:
    fields = {"mode": "we_contact", "methods": [{**PHONE, "from": "16:15", "to": "15:30"}]}
    assert district("contact", "set", case, given=fields).code == 2


def test_without_hours_a_school_day_is_assumed_and_named(
    district: Run, case: str, tmp_path: Path
) -> None:
    bare = {"kind": "phone", "value": NUMBER, "voicemail": "never"}
    shown = told(district, case, bare).json["methods"][0]
    assert (shown["window"], shown["hours_assumed"]) == ("mon tue wed thu fri 08:00-15:30", True)
    assert "no hours were said" in district("case", "show", case).out
    for moment, code in (
        ("2026-10-06T03:10", 4),
        ("2026-10-06T08:00", 0),
        ("2026-10-06T15:29", 0),
        ("2026-10-06T15:30", 4),
        ("2026-10-10T10:00", 4),
    ):
        ended = planned(district, case, today=moment)
        assert (ended.code, NUMBER in ended.out) == (code, code == 0), moment
        assert ("said no hours" in ended.err) == (code == 4)
    assert "no hours were said" in district("contact", "plan", case, today="2026-10-06T08:00").out
    told(district, case, {**bare, "days": ["sat"]})
    assert planned(district, case, today="2026-10-10T10:00").code == 0
    config = tmp_path / "district.toml"
    config.write_text(config.read_text() + 'school_hours = "07:30..14:00"\n')
    told(district, case, bare)
    assert planned(district, case, today="2026-10-06T07:30").code == 0
    assert planned(district, case, today="2026-10-06T14:00").code == 4
    told(district, case, {**bare, "any_time": True})
    late = planned(district, case, today="2026-10-10T03:10").json["methods"][0]
    assert (late["window"], late["any_time"], late["hours_assumed"]) == (None, True, False)
    both = district(
        "contact",
        "set",
        case,
        "--json",
        given={"mode": "we_contact", "methods": [{**PHONE, "any_time": True}]},
    )
    assert (both.code, both.error["fields"]) == (2, ["any_time", "from", "to"])


@pytest.mark.parametrize("wrong", ['"15:30..08:00"', '"08:00"', '"8..15"', "5", "[]"])
def test_school_hours_are_a_span(district: Run, tmp_path: Path, wrong: str) -> None:
    config = tmp_path / "district.toml"
    config.write_text(config.read_text() + f"school_hours = {wrong}\n")
    ended = district("agenda", "--json")
    assert (ended.code, ended.error["fields"]) == (9, ["school_hours"])


def test_outside_of_the_window_takes_a_reason_that_is_kept(district: Run, case: str) -> None:
    told(district, case)
    late = "2026-10-06T17:00"
    refused(district, case, "--override", rule="D4", today=late)
    entries = len(district("history", "--json").json["items"])
    over = planned(district, case, "--override", today=late, reason="her father is at the exit")
    assert over.json["methods"][0]["value"] == NUMBER
    last = district("history", "--json").json["items"]
    assert len(last) == entries + 1
    named = "contact plan --override"  # who reviews the history sees which one went past the hours
    assert (last[-1]["command"], last[-1]["changed"]) == (named, [f"contact/{case}"])
    undone = district("undo", last[-1]["id"], "--json")
    assert (undone.code, undone.error["rule"]) == (4, "history")
    shown = district("case", "show", case, "--json").json["contact"]["overrides"]
    assert [(one["on"], one["at"], one["by"], one["reason"]) for one in shown] == [
        ("2026-10-06", "17:00", "okafor", "her father is at the exit")
    ]
    timeline = district("case", "timeline", case, "--status", "contact", "--json").json["items"]
    assert "outside of the window, at 17:00" in [one["what"] for one in timeline]
    # Inside of it there is nothing to override, and nothing is kept of it.
    assert planned(district, case, "--override", reason="x").code == 0
    assert len(district("case", "show", case, "--json").json["contact"]["overrides"]) == 1
    assert district("history", "--json").json["items"][-2]["command"] == "contact plan"


def test_every_look_at_a_number_is_in_the_history(district: Run, case: str) -> None:
    told(district, case)
    planned(district, case)
    refused(district, case, rule="D4", today="2026-10-06T09:00")
    read = district("history", "--status", "read", "--json").json["items"]
    assert [(one["command"], one["refs"]) for one in read] == [("contact plan", [case])]


# What a person at the phone reads first.


def test_the_number_comes_last_and_what_to_heed_before_it(district: Run, case: str) -> None:
    told(
        district,
        case,
        {
            **PHONE,
            "dropped_call": "wait",
            "caller_id": "blocked",
            "who_may_answer": "only me",
            "note": "do not say hello first",
        },
        name_to_use="Maya",
        name_not_to_use="May",
        must_not_know=["her uncle"],
    )
    shown = district("contact", "plan", case, today=OPEN)
    lines = [line.split("  ")[0] for line in shown.out.splitlines() if line]
    assert lines == [
        "case",
        "who",
        "ask for",
        "never say",
        "must not know",
        "way",
        "hours",
        "voicemail",
        "if it drops",
        "caller id",
        "texts",
        "may answer",
        "heed",
        "reach",
    ]
    for said in (
        "leave no message",
        "wait until the student calls",
        "block it",
        "only me",
        "do not say hello first",
        "Maya",
        "May",
        "her uncle",
    ):
        assert said in shown.out
    assert shown.out.splitlines()[-1].endswith(NUMBER)


def test_what_nobody_asked_about_is_the_safest(district: Run, case: str) -> None:
    told(district, case)
    shown = district("contact", "plan", case, today=OPEN).out
    for said in ("leave no message; hang up", "do not call back", "ask how the call may show"):
        assert said in shown
    missing = district(
        "contact",
        "set",
        case,
        "--json",
        given={"mode": "we_contact", "methods": [{"kind": "phone", "value": "x"}]},
    )
    assert missing.code == 2
    assert Method(kind="phone", value="x").voicemail == "never"


@pytest.mark.parametrize("wording", ["Ridgeline called", "it is the school", "HARBOR here"])
def test_a_vague_message_names_no_organization(district: Run, case: str, wording: str) -> None:
    district("partner", "add", "HARBOR", "--kind", "other")
    vague = {**PHONE, "voicemail": "vague", "wording": wording}
    ended = district(
        "contact", "set", case, "--json", given={"mode": "we_contact", "methods": [vague]}
    )
    assert (ended.code, ended.error["rule"]) == (4, "D5")
    assert wording not in ended.err
    told(district, case, {**vague, "wording": "it is Ren, back until four"})
    assert "Ren, back until four" in district("contact", "plan", case, today=OPEN).out
    told(district, case, {**vague, "wording": ""})
    assert "no organization" in district("contact", "plan", case, today=OPEN).out


def test_only_agreed_words_are_left(district: Run, case: str) -> None:
    agreed = {**PHONE, "voicemail": "agreed_words"}
    ended = district(
        "contact", "set", case, "--json", given={"mode": "we_contact", "methods": [agreed]}
    )
    assert (ended.code, ended.error["rule"]) == (4, "D5")
    agreed["wording"] = "the library has your book, May"
    named = {"mode": "we_contact", "methods": [agreed], "name_not_to_use": "May"}
    ended = district("contact", "set", case, "--json", given=named)
    assert (ended.code, ended.error["fields"]) == (4, ["wording", "name_not_to_use"])
    told(district, case, agreed)
    assert "say only: the library has" in district("contact", "plan", case, today=OPEN).out


def test_stale_after_thirty_days_is_said_before_the_number(district: Run, case: str) -> None:
    told(district, case, {**PHONE, "days": []})
    fresh = district("contact", "plan", case, today="2026-10-30T15:30")
    assert "still safe" not in fresh.err
    stale = district("contact", "plan", case, today="2026-10-31T15:30")
    assert "ask first whether this is still safe" in stale.err
    assert planned(district, case, today="2026-10-31T15:30").json["stale"] is True
    confirmed = district("contact", "confirm", case, "--json", today="2026-10-31T15:31").json
    assert (confirmed["stale"], confirmed["confirmed_on"]) == (False, "2026-10-31")
    assert confirmed["methods"][0]["value"] == "[secret]"
    assert planned(district, case, today="2026-11-29T15:30").json["stale"] is False
    assert planned(district, case, today="2026-11-30T15:30").json["stale"] is True


def test_confirming_looks_at_the_day_it_was_said(district: Run, case: str) -> None:
    assert district("contact", "confirm", case).code == 5
    told(district, case)
    line = ("contact", "confirm", case, "--json", "--on")
    assert district(*line, "2026-09-30", today="2026-10-20").code == 2
    assert district(*line, "2026-10-21", today="2026-10-20").code == 2
    assert district(*line, "2026-10-19", today="2026-10-20").json["confirmed_on"] == "2026-10-19"
    # Entered late, said earlier: the later word stays.
    assert district(*line, "2026-10-10", today="2026-10-20").json["confirmed_on"] == "2026-10-19"


def test_after_thirty_days_the_agenda_asks_and_is_never_late(district: Run, case: str) -> None:
    told(district, case)

    def rows(today: str, *more: str) -> list[tuple[str, str]]:
        found = district("agenda", *more, "--json", today=today).json["items"]
        return [(one["due_on"], one["state"]) for one in found if one["kind"] == "contact"]

    assert rows("2026-10-01", "--days", "60") == [("2026-10-31", "upcoming")]
    assert rows("2026-10-31", "--day") == [("2026-10-31", "due")]
    assert rows("2026-11-09", "--day") == [("2026-10-31", "due")]
    assert rows("2026-11-09", "--overdue") == []
    district("contact", "confirm", case, today="2026-11-09")
    assert rows("2026-11-10", "--days", "60") == [("2026-12-09", "upcoming")]


@pytest.fixture
def weekly(district: Run, case: str) -> str:
    made = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    assert made.code == 0
    return case


def test_a_check_in_says_whether_it_is_still_safe(district: Run, weekly: str) -> None:
    told(district, weekly)
    district("checkin", "done", weekly, "--still-safe", "yes", today="2026-10-08")
    kept = district("case", "show", weekly, "--json").json["contact"]
    assert (kept["set_on"], kept["confirmed_on"]) == ("2026-10-01", "2026-10-08")
    district(
        "checkin", "done", weekly, "--still-safe", "no", "--on", "2026-10-13", today="2026-10-14"
    )
    error = refused(district, weekly, rule="D3", today="2026-10-15T15:45")
    assert "contact set" in error["hint"]
    rows = district("agenda", "--json", "--kind", "contact", today="2026-10-15").json["items"]
    assert [(one["due_on"], one["command"]) for one in rows] == [
        ("2026-10-13", f"reintegrate contact set {weekly}")
    ]
    # The student says that it is safe again, or how else.
    district("contact", "confirm", weekly, today="2026-10-15")
    assert planned(district, weekly, today="2026-10-15T15:45").code == 0
    assert district("agenda", "--json", "--kind", "contact", today="2026-10-15").json["items"] == []


# The words.


def test_a_word_is_matched_and_never_shown(district: Run, case: str) -> None:
    told(district, case, **CODE_WORDS, unsafe_word_means=MEANS)
    told(district, case)  # what is left out stays
    for name, word in CODE_WORDS.items():
        said = f"  {word.upper()} "
        ended = district("contact", "verify", case, "--json", given={"word": said})
        assert ended.json["matched"] == name
        assert word.casefold() not in ended.out.casefold()
    opened = district("contact", "verify", case, given={"word": CODE_WORDS["unsafe_word"]})
    assert (opened.out, opened.err) == (MEANS + "\n", "")
    entries = len(district("history", "--json").json["items"])
    none = district("contact", "verify", case, "--json", given={"word": "canary guess"})
    assert (none.code, none.error["rule"]) == (4, "D8")
    assert "canary" not in none.err + none.out
    assert len(district("history", "--json").json["items"]) == entries
    assert district("contact", "verify", case, given={"word": " "}).code == 2


@pytest.mark.both_shelves
def test_the_words_are_in_no_output_no_file_no_record_and_no_former_value(
    district: Run, case: str, tmp_path: Path
) -> None:
    outputs = [told(district, case, **CODE_WORDS, unsafe_word_means=MEANS)]
    outputs.append(told(district, case, safe_word="canary Second", identity_word=""))
    outputs.append(district("contact", "verify", case, given={"word": CODE_WORDS["unsafe_word"]}))
    outputs += [
        district("contact", "verify", case, given={"word": word})
        for word in (CODE_WORDS["safe_word"], CODE_WORDS["identity_word"])
    ]
    assert [one.code for one in outputs] == [0, 0, 0, 4, 4]  # both were replaced
    for line in (
        ["case", "show", case],
        ["case", "timeline", case],
        ["history"],
        ["agenda"],
        ["contact", "confirm", case],
        ["schema", "contact", "set"],
    ):
        outputs += [district(*line), district(*line, "--json")]
    district("undo")
    outputs.append(district("vault", "export", "--help"))
    for ended in outputs:
        assert "canary bluebird" not in (ended.out + ended.err).casefold()
        assert not any(
            word in (ended.out + ended.err) for word in ("Bluebird", "Umbrella", "Kite", "Second")
        )
    session.begin(None, None)
    with session.reading() as store:
        everything = repr([list(store.shelf.rows(name)) for name in TABLES])
        kept = store.contact.get(case)
    for word in (*CODE_WORDS.values(), "canary Second"):
        assert word.casefold() not in everything.casefold()
        assert word.split()[-1].casefold() not in everything.casefold()
    assert everything.count("scrypt:") >= 4
    assert "bird" not in str(sealed(kept)) + str(plain(kept))
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"canary" not in file.read_bytes()


def test_words_that_could_be_taken_for_one_another_are_refused(district: Run, case: str) -> None:
    def tried(**fields: Any) -> Ended:
        return district("contact", "set", case, "--json", given={"mode": "we_contact", **fields})

    assert tried(unsafe_word="kite").error["rule"] == "D8"  # and what shall be done
    same = tried(safe_word="Blue  bird", identity_word="blue bird")
    assert (same.code, "bird" in same.err) == (2, False)
    assert tried(safe_word="blue bird").code == 0
    assert tried(identity_word="BLUE BIRD").code == 2
    assert tried(identity_word="sun", methods=[{**PHONE, "days": ["sun"]}]).code == 0
    for readable in (
        {"unsafe_word": "kite", "unsafe_word_means": "when I say Kite, hang up"},
        {"if_missed": "a blue  bird will tell", "safe_word": "blue bird"},
        {"safe_word": "teacup", "methods": [{**PHONE, "note": "ask for a teacup"}]},
        {"safe_word": "teacup", "must_not_know": ["the man of the teacup"]},
    ):
        assert tried(**readable).code == 2


@explored(word=st.text(min_size=1).filter(str.strip))
def test_a_word_is_itself_however_it_is_cased_and_spaced(word: str) -> None:
    assert folded(f"  {word} ") == folded(word)
    assert folded(folded(word)) == folded(word)


def test_the_digest_is_salted_and_tells_nothing_by_its_length() -> None:
    once, again = contact.seal_word("kite"), contact.seal_word("kite")
    assert once != again
    assert len(once) == len(contact.seal_word("a much longer word than that"))
    assert contact.same_word(once, " KITE")
    assert not contact.same_word(once, "kites")
    assert not contact.same_word("", "")


# Who may know.


def test_whoever_the_student_did_not_name_is_warned_of(district: Run, case: str) -> None:
    district("staff", "add", "ames", "--role", "attendance_officer")
    district("staff", "add", "birch", "--role", "teacher")
    district("partner", "add", "HARBOR", "--kind", "other")
    told(district, case, may_know=["school counselor", "okafor"], must_not_know=["birch"])

    def said(*line: str, **given: str) -> str:
        ended = district(*line, given=given or None)
        assert ended.code == 0, ended.err
        return ended.err

    confer = ("checkin", "schedule", case, "--with", "staff", "--mode", "phone", "--who")
    assert "may know" not in said(*confer, "lee")  # by the role
    assert "ames may know; ask before" in said(*confer, "ames")
    assert "birch must not know" in said(*confer, "birch")
    assert "ames may know" in said("checkin", "edit", case, "S1", "--who", "ames")
    partner = ("checkin", "schedule", case, "--with", "partner", "--mode", "phone", "--who")
    assert "HARBOR may know" in said(*partner, "harbor")
    assert "ames may know" in said("case", "edit", case, "--owner", "ames")
    assert "HARBOR may know" in said(
        "care", "add", case, "--role", "therapist", "--agency", "HARBOR"
    )
    task = ("task", "add", "--due", "fri", "--case", case, "--owner")
    assert "birch must not know" in said(*task, "birch", text="x")
    assert "may know" not in said(*task, "okafor", text="x")


def test_where_the_student_said_nothing_nobody_is_warned_of(district: Run, case: str) -> None:
    told(district, case)
    ended = district("case", "edit", case, "--owner", "lee")
    assert "may know" not in ended.err


# What reaches somebody else, and what leaves the vault.


def test_a_way_that_reaches_somebody_else_is_open_as_they_are(district: Run, case: str) -> None:
    district("care", "add", case, "--role", "caregiver")
    missing = {"mode": "we_contact", "methods": [{**PHONE, "whose": "K9"}]}
    assert district("contact", "set", case, given=missing).code == 5
    told(district, case, {**PHONE, "whose": f"{case}/k1"})
    refused(district, case, rule="E9")
    decide = ("care", "family", case, "K1", "--decided-by", "student", "--appropriate")
    assert district(*decide, "yes").code == 0
    assert planned(district, case).json["methods"][0]["whose"] == "K1"
    assert district(*decide, "no", "--barred").code == 0
    refused(district, case, "--override", rule="E9", reason="x")


def test_contact_leaves_the_vault_by_no_other_way(district: Run, case: str, tmp_path: Path) -> None:
    assert set(verbs_of("contact")) == {"set", "plan", "confirm", "verify"}
    told(district, case)
    district("agenda", "--days", "60", "--ics", str(tmp_path / "hold.ics"))
    for verb in (("case", "show", case), ("case", "timeline", case), ("agenda", "--days", "60")):
        for form in ((), ("--json",)):
            assert NUMBER not in district(*verb, *form).out
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert NUMBER.encode() not in file.read_bytes()
    source = Path(contact.__file__).parents[2]
    for file in source.rglob("*.py"):
        text = file.read_text(encoding="utf-8").casefold()
        assert "vcard" not in text
        assert "mailto:" not in text


# Keeping.


def test_what_is_left_out_stays_and_another_mode_takes_no_way_along(
    district: Run, case: str
) -> None:
    told(district, case, if_missed="wait a day", may_know=["lee"], time_zone="America/Chicago")
    same = district("contact", "set", case, "--json", given={"mode": "we_contact"})
    assert (len(same.json["methods"]), same.json["time_zone"]) == (1, "America/Chicago")
    silent = district("contact", "set", case, "--json", given={"mode": "none"})
    assert silent.json["methods"] == []
    again = district("contact", "set", case, "--json", given={"mode": "we_contact"})
    assert again.json["methods"] == []
    refused(district, case, rule="D1")
    kept = district("case", "show", case, "--json").json["contact"]
    assert (kept["if_missed"], kept["may_know"]) == ("wait a day", ["lee"])
    cleared = {"mode": "we_contact", "if_missed": "", "may_know": []}
    district("contact", "set", case, given=cleared)
    kept = district("case", "show", case, "--json").json["contact"]
    assert (kept["if_missed"], kept["may_know"]) == (None, [])


def test_a_missed_check_in_shows_what_the_student_wants(district: Run, weekly: str) -> None:
    told(district, weekly, if_missed="my counselor finds me in period 3")
    assert "my counselor finds me" in district("checkin", "miss", weekly).err


def test_at_a_terminal_one_way_after_another_is_asked_for(district: Run, case: str) -> None:
    env = {**os.environ, "COLUMNS": "200", "REINTEGRATE_TODAY": OPEN}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "contact", "set", case],
        env=env,
        encoding="utf-8",
        timeout=20,
    )

    def answer(question: str, text: str) -> None:
        child.expect(question)
        child.sendline(text)

    answer("who reaches out", "we-contact")
    for kind, number, asked in (("phone", NUMBER, "yes"), ("email", "m@example.org", "yes")):
        answer("a way that is safe", asked)
        answer("what it is", kind)
        answer("the number", number)
        answer("on which days", "tue,wedn" if kind == "phone" else "")
        if kind == "phone":
            answer("that is not one of them", "\x15tue,thu")
        answer("from what time", "15:30" if kind == "phone" else "")
        answer("up to what time", "16:15" if kind == "phone" else "")
        answer("any hour", "" if kind == "phone" else "yes")
        answer("what may be left", "never")
        for question in (
            "the words that",
            "when the call drops",
            "how the call shows",
            "sent a text",
            "care id",
            "who may answer",
            "what else to heed",
        ):
            answer(question, "")
    answer("a way that is safe", "")
    answer("who may approach", "")
    answer("time zone", "")
    answer("if a check-in is missed", ".")
    for question in (
        "who may know",
        "who must not know",
        "name to ask for",
        "name not to use",
        "no contact before",
        "speak freely",
        "I am not safe",
        "wants done",
        "it is I",
    ):
        answer(question, "")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    assert NUMBER not in child.before
    kept = planned(district, case).json["methods"]
    assert [(one["kind"], one["window"]) for one in kept] == [
        ("phone", "tue thu 15:30-16:15"),
        ("email", None),
    ]


def test_at_a_terminal_an_override_is_asked_why(district: Run, case: str) -> None:
    told(district, case)
    line = [
        "-m",
        "reintegrate_cli",
        "--today",
        "2026-10-06T17:00",
        "contact",
        "plan",
        case,
        "--override",
    ]
    child = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    child.expect("why it cannot wait")
    child.sendline("he is at the exit")
    child.sendline(".")
    child.expect_exact(NUMBER)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    kept = district("case", "show", case, "--json").json["contact"]["overrides"]
    assert kept[0]["reason"] == "he is at the exit"


ENFORCED = {
    "mode": "test_a_student_who_reaches_out_is_not_called",
    "set_on": "test_stale_after_thirty_days_is_said_before_the_number",
    "confirmed_on": "test_after_thirty_days_the_agenda_asks_and_is_never_late",
    "methods": "test_only_what_the_student_listed_is_a_way",
    "time_zone": "test_the_clock_is_the_students",
    "via": "test_through_staff_there_is_a_person_and_no_phone",
    "quiet": "test_what_fell_on_days_without_contact_does_not_come_back",
    "pause_until": "test_no_contact_before_the_day_that_the_student_named",
    "if_missed": "test_a_missed_check_in_shows_what_the_student_wants",
    "may_know": "test_whoever_the_student_did_not_name_is_warned_of",
    "must_not_know": "test_whoever_the_student_did_not_name_is_warned_of",
    "name_to_use": "test_the_number_comes_last_and_what_to_heed_before_it",
    "name_not_to_use": "test_only_agreed_words_are_left",
    "safe_word": "test_a_word_is_matched_and_never_shown",
    "unsafe_word": "test_a_word_is_matched_and_never_shown",
    "unsafe_word_means": "test_a_word_is_matched_and_never_shown",
    "identity_word": "test_a_word_is_matched_and_never_shown",
    "methods.kind": "test_only_what_the_student_listed_is_a_way",
    "methods.value": "test_every_look_at_a_number_is_in_the_history",
    "methods.days": "test_a_window_is_from_its_first_minute_up_to_not_including_its_last",
    "methods.opens": "test_on_both_days_of_a_change_of_clocks_too",
    "methods.closes": "test_on_both_days_of_a_change_of_clocks_too",
    "methods.any_time": "test_without_hours_a_school_day_is_assumed_and_named",
    "methods.voicemail": "test_a_vague_message_names_no_organization",
    "methods.wording": "test_only_agreed_words_are_left",
    "methods.dropped_call": "test_the_number_comes_last_and_what_to_heed_before_it",
    "methods.caller_id": "test_the_number_comes_last_and_what_to_heed_before_it",
    "methods.text_allowed": "test_a_text_goes_where_the_student_allowed_texts",
    "methods.whose": "test_a_way_that_reaches_somebody_else_is_open_as_they_are",
    "methods.who_may_answer": "test_the_number_comes_last_and_what_to_heed_before_it",
    "methods.note": "test_the_number_comes_last_and_what_to_heed_before_it",
}
"""By each stored preference, the test of the command that keeps to it."""


def test_every_stored_preference_is_kept_to_by_a_command() -> None:
    own = set(SafeContact.__struct_fields__)
    nested = {f"methods.{name}" for name in Method.__struct_fields__}
    not_preferences = {"case", "entered_at", "entered_by", "set_by", "confirmed_by", "overrides"}
    assert set(ENFORCED) == (own | nested) - not_preferences
    for name in ENFORCED.values():
        assert callable(globals()[name])


def test_the_timeline_never_says_that_who_confirmed_a_rule_set_it() -> None:
    rule = SafeContact(case="HX4T", mode="we_contact", set_on=date(2026, 9, 1), entered_by="okafor")
    assert [(event.what, event.by) for event in contact.events(rule)] == [("we contact", "okafor")]
    later = replace(rule, confirmed_on=date(2026, 10, 1), entered_by="lee")
    told = [(event.what, event.by) for event in contact.events(later)]
    assert told == [("we contact", None), ("confirmed", "lee")]


def test_who_set_a_rule_and_who_confirmed_it_are_kept_apart(district: Run, case: str) -> None:
    assert district("contact", "set", case, given={"mode": "we_contact"}).code == 0
    assert district("contact", "confirm", case, today="2026-10-08").code == 0
    told = district("case", "timeline", case, "--status", "contact", "--json").json["items"]
    assert [(one["what"], one["by"]) for one in told] == [
        ("we contact", "okafor"),
        ("confirmed", "okafor"),
    ]
    rule = SafeContact(case="HX4T", mode="we_contact", set_on=date(2026, 9, 1), set_by="okafor")
    later = contact.confirmed(rule, date(2026, 10, 1), "lee")
    assert (later.set_by, later.confirmed_by) == ("okafor", "lee")
    assert contact.confirmed(later, date(2026, 9, 20), "hale") == later
    over = replace(later, entered_by="hale", overrides=())
    assert [event.by for event in contact.events(over)] == ["okafor", "lee"]
