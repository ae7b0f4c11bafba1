"""Rights pass to the student at eighteen (C7); the birth date is never shown."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Ended, Run
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.nouns.case import rights
from reintegrate_cli.nouns.case.record import Identity

BORN = date(2008, 10, 21)
DAY = date(2026, 10, 21)


def test_the_29th_of_february_counts_on_the_1st_of_march() -> None:
    assert rights.rights_on(date(2008, 2, 29)) == date(2026, 3, 1)
    assert rights.rights_on(BORN) == DAY
    assert rights.rights_on(None) is None
    assert rights.rights_on(date(9990, 1, 1)) is None


@explored(born=st.dates(date(1900, 1, 1), date(2100, 1, 1)), ahead=st.integers(-100, 100))
def test_the_day_before_is_a_minors_and_the_day_itself_is_not(born: date, ahead: int) -> None:
    day = rights.rights_on(born)
    assert day is not None
    assert (day.year - born.year, day.month) in {(18, born.month), (18, 3)}
    identity = Identity(case="HX4T", birth_date=born)
    today = day + timedelta(days=ahead)
    assert rights.transferred(identity, today) == (ahead >= 0)
    months = 12 * (day.year - today.year) + day.month - today.month
    near = ahead < 0 and months <= 2
    assert rights.days_left(identity, today) == (-ahead if near else None)
    told = rights.state(identity, today)
    assert told == ("transferred" if ahead >= 0 else "near" if near else "minor")
    first, last = rights.spoken_of(day, Calendar())
    assert first == rights.near_from(day)
    assert (first.day, 12 * (day.year - first.year) + day.month - first.month) == (1, 2)
    assert (last + timedelta(days=3)).month == day.month != last.month


def test_without_a_birth_date_nothing_is_known_and_nothing_is_taken_away() -> None:
    for identity in (None, Identity(case="HX4T")):
        assert rights.state(identity, DAY) == "unknown"
        assert not rights.transferred(identity, DAY)
        assert rights.days_left(identity, DAY) is None


@pytest.fixture
def near(district: Run) -> str:
    """B9RW of the reference month: eighteen on 21 October 2026."""
    added = district(
        "case",
        "add",
        "--school",
        "Evening-Academy",
        "--setting",
        "alternative",
        "--opened-on",
        "2026-03-02",
        "--json",
        given={"birth_date": str(BORN)},
    )
    ref: str = added.json["ref"]
    return ref


def rows(run: Run, today: str, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run(
        "agenda", *(more or ("--days", "400")), "--json", today=today
    ).json["items"]
    return [one for one in found if one["kind"] == "birthday"]


def test_it_is_one_row_from_two_months_before_that_stands_until_she_is_told(
    district: Run, near: str
) -> None:
    expected = {
        "2026-06-30": "upcoming",
        "2026-07-31": "upcoming",
        "2026-08-01": "due",
        "2026-09-30": "due",
        "2026-10-01": "overdue",
        "2027-03-01": "overdue",
    }
    for today, state in expected.items():
        late = (date.fromisoformat(today) - date(2026, 9, 30)).days
        for view in ("--day", "--week", "--month", "--next-week", "--days"):
            found = rows(district, today, *((view, "100") if view == "--days" else (view,)))
            if state == "upcoming" and view != "--days":
                assert found == []
                continue
            assert [(one["id"], one["state"], one["days_late"]) for one in found] == [
                (f"{near}/rights@2026-09-30", state, max(0, late))
            ]
    district("case", "rights", near, "--told-on", "2026-09-24", today="2026-10-02")
    assert rows(district, "2026-10-22") == []
    told = district("case", "timeline", near, "--status", "rights", "--json").json["items"]
    assert [one["on"] for one in told] == ["2026-09-24"]


def test_every_birthday_of_a_month_has_the_same_row(district: Run) -> None:
    """A month is all that it tells, to a colleague and to cron's key alike."""
    for born in ("2008-10-01", "2008-10-16", "2008-10-31"):
        district(
            "case",
            "add",
            "--school",
            "R",
            "--setting",
            "home",
            "--opened-on",
            "2026-03-02",
            given={"birth_date": born},
        )
    for today in ("2026-07-31", "2026-08-01", "2026-09-30", "2026-10-20"):
        found = rows(district, today)
        told = [{**one, "id": "", "case": "", "source": "", "command": ""} for one in found]
        assert len(found) == 3
        assert told[0] == told[1] == told[2]


def test_the_last_open_day_of_the_month_before_is_the_day(district: Run) -> None:
    # Thu 26 and Fri 27 Nov are closures, and Mon 30 Nov is open; Sat 31 and Fri 30 Oct are not.
    for born, due in (
        ("2008-12-24", "2026-11-30"),
        ("2008-11-05", "2026-10-29"),
        ("2008-02-29", "2026-02-27"),
    ):
        made = district(
            "case",
            "add",
            "--school",
            "R",
            "--setting",
            "home",
            "--json",
            "--opened-on",
            "2025-03-02",
            given={"birth_date": born},
        )
        found = [one for one in rows(district, "2026-01-02") if one["case"] == made.json["ref"]]
        assert [one["due_on"] for one in found] == [due]


def test_no_screen_tells_the_birth_date_or_the_day_ahead_of_it(district: Run, near: str) -> None:
    district("case", "note", near, given={"text": "x"})
    for today in ("2026-06-01", "2026-09-22", "2026-10-14", "2026-10-20", "2026-10-22"):
        for line in (
            ["agenda", "--days", "900"],
            ["case", "rights", near],
            ["case", "show", near],
            ["case", "timeline", near],
            ["case", "list"],
            ["history"],
        ):
            for form in ([], ["--json"]):
                ended = district(*line, *form, today=today)
                assert ended.code == 0
                for told in ("2008-10-21", "2026-10-21", "21 Oct 2008", "21 Oct 2026"):
                    assert told not in ended.out + ended.err, (today, line)


def test_days_are_in_case_rights_alone(district: Run, near: str) -> None:
    assert "rights at 18 " in district("agenda", today="2026-10-14").out
    for today, line in (
        ("2026-07-31", ""),
        ("2026-10-14", "soon the student's"),
        ("2026-10-21", "they are the student's"),
    ):
        shown = district("case", "show", near, today=today)
        assert (f"rights at 18  {line}" in shown.out) if line else ("rights at 18" not in shown.out)
        assert "days left" not in shown.out
    kept = district("case", "show", near, "--json", today="2026-10-14").json["rights"]
    assert (kept["state"], kept["days_left"]) == ("near", None)
    assert district("case", "rights", near, "--json", today="2026-10-14").json["days_left"] == 7


def caregiver(run: Run, ref: str) -> None:
    run("care", "add", ref, "--role", "caregiver")
    run("care", "family", ref, "K1", "--appropriate", "yes", "--decided-by", "student")


def scheduled(run: Run, ref: str, with_: str, chosen_by: str, today: str) -> Ended:
    who = ["--who", "K1"] if with_ == "caregiver" else []
    return run(
        "checkin",
        "schedule",
        ref,
        "--with",
        with_,
        *who,
        "--every",
        "1w",
        "--day",
        "thu",
        "--mode",
        "phone",
        "--chosen-by",
        chosen_by,
        "--chosen-on",
        "today",
        "--json",
        today=today,
    )


def test_on_the_day_parents_lose_access_and_what_a_caregiver_chose_for_themselves_rests(
    district: Run, near: str
) -> None:
    caregiver(district, near)
    for with_, by in (
        ("caregiver", "caregiver"),
        ("student", "caregiver"),
        ("caregiver", "student"),
    ):
        assert scheduled(district, near, with_, by, "2026-10-01").code == 0
    before = district("case", "rights", near, "--json", today="2026-10-20").json
    assert before == {
        "case": near,
        "state": "near",
        "days_left": 1,
        "told_on": None,
        "parent_access": True,
        "suspended": ["S1"],
        "to_ask": ["S2"],
    }
    after = district("case", "rights", near, "--json", today="2026-10-21").json
    assert (after["state"], after["days_left"], after["parent_access"]) == (
        "transferred",
        None,
        False,
    )
    ahead = district("agenda", "--days", "30", "--json", today="2026-10-01").json["items"]
    dates = {(one["source"][-2:], one["due_on"]) for one in ahead if one["kind"] == "checkin"}
    assert {day for source, day in dates if source == "S1"} == {
        "2026-10-01",
        "2026-10-08",
        "2026-10-15",
    }
    for goes_on in ("S2", "S3"):
        assert (goes_on, "2026-10-29") in dates
    late = district("agenda", "--overdue", "--json", today="2026-10-22").json["items"]
    assert "S1" not in {one["source"][-2:] for one in late}


def test_from_the_day_on_no_caregiver_chooses(district: Run, near: str) -> None:
    caregiver(district, near)
    for with_ in ("student", "caregiver"):
        refused = scheduled(district, near, with_, "caregiver", "2026-10-21")
        assert (refused.code, refused.error["rule"]) == (4, "C7")
        assert "2026" not in refused.err
        assert scheduled(district, near, with_, "caregiver", "2026-10-20").code == 0
        assert scheduled(district, near, with_, "student", "2026-10-21").code == 0
    edit = ("checkin", "edit", near, "S1", "--every", "2w", "--chosen-by", "caregiver", "--json")
    assert district(*edit, today="2026-10-21").error["rule"] == "C7"
    family = (
        "care",
        "family",
        near,
        "K1",
        "--appropriate",
        "yes",
        "--decided-by",
        "caregiver",
        "--json",
    )
    assert district(*family, today="2026-10-21").error["rule"] == "C7"
    assert district(*family, today="2026-10-20").code == 0


def test_a_note_no_longer_says_that_a_parent_reads(district: Run, near: str) -> None:
    first = district("case", "note", near, given={"text": "x"}, today="2026-10-21")
    assert "parent" not in first.err
    assert "the student may read it" in first.err


def test_what_is_told_too_early_settles_nothing(district: Run, near: str, case: str) -> None:
    line = ("case", "rights", near, "--told-on")
    assert district(*line, "2026-07-31", today="2026-08-02").code == 2
    assert district(*line, "2026-08-01", today="2026-08-22").code == 0
    assert district("case", "rights", case, "--told-on", "today").code == 2
    assert district("case", "rights", case, "--json").json["state"] == "unknown"
    assert district("case", "rights", "ZZZZ").code == 5


def test_who_was_of_age_when_the_case_opened_is_not_announced(district: Run) -> None:
    district(
        "case",
        "add",
        "--school",
        "R",
        "--setting",
        "home",
        "--json",
        given={"birth_date": "2008-10-01"},
    )
    assert rows(district, "2026-10-01") == []
