"""Hearings: several of one person, what is due before each, and that none is lost (PRACTICE I, J).

They are clocks of law: a hearing stays until somebody says what became of it, on its own day.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as explored
from hypothesis import settings
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core import migrations
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.records import Word
from reintegrate_cli.nouns.care import hearings
from reintegrate_cli.nouns.care.hearings import Details, Hearing

DAY = date(2026, 10, 1)


@pytest.fixture
def attorney(district: Run, case: str) -> str:
    """A case with somebody who has hearings; the start of a line about them."""
    assert district("care", "add", case, "--role", "attorney").code == 0
    return case


def set_(run: Run, case: str, *more: str, today: str = "2026-10-01", code: int = 0) -> Any:
    ended = run("care", "hearing", case, "K1", *more, "--json", today=today)
    assert ended.code == code, ended.err
    return ended.json if code == 0 else ended.error


def rows(run: Run, today: str = "2026-10-01", *more: str) -> list[tuple[str, str, str]]:
    line = ("agenda", "--kind", "hearing", *(more or ("--days", "60")), "--json")
    return [
        (one["id"].partition("/")[2], one["state"], one["command"].partition(" K1 ")[2])
        for one in run(*line, today=today).json["items"]
    ]


def test_the_next_hearing_is_on_the_agenda_until_it_is_said_what_became_of_it(
    district: Run, case: str
) -> None:
    district("care", "add", case, "--role", "pretrial_advocate", "--next-hearing", "2026-10-20")
    held = "--hearing 1 --held"
    assert rows(district) == [("K1@2026-10-20", "upcoming", held)]
    assert rows(district, "2026-10-22", "--overdue") == [("K1@2026-10-20", "overdue", held)]
    made = set_(district, case, "--held", "--on", "2026-11-09", today="2026-10-22")
    assert made["next_hearing_on"] == "2026-11-09"
    first, second = made["hearings"]
    assert (first["on"], first["held"], first["continued_to"]) == ("2026-10-20", True, 2)
    assert (second["id"], second["on"], second["held"]) == (2, "2026-11-09", None)
    assert rows(district, "2026-10-22") == [("K1.2@2026-11-09", "upcoming", "--hearing 2 --held")]
    told = district("case", "timeline", case, "--status", "hearing", "--json").json["items"]
    assert ("2026-10-20", "hearing (pretrial advocate)") in [
        (one["on"], one["what"]) for one in told
    ]


def test_several_on_one_day_are_several_rows(district: Run, attorney: str) -> None:
    for at, kind in (("09:00", "court"), ("14:30", "iep_504")):
        set_(district, attorney, "--on", "2026-10-20", "--at", at, "--kind", kind, "--place", "B12")
    assert [id_ for id_, *_ in rows(district)] == ["K1.1@2026-10-20", "K1.2@2026-10-20"]
    items = district("agenda", "--kind", "hearing", "--days", "60", "--json").json["items"]
    assert [(one["at"], one["label"]) for one in items] == [
        ("09:00", "court hearing Tue 20 Oct"),
        ("14:30", "IEP or 504 meeting Tue 20 Oct"),
    ]
    both = district("settle", f"{attorney}/K1", today="2026-10-20")
    assert both.code == 2
    assert "K1.1" in both.err
    assert "K1.2" in both.err
    which = set_(district, attorney, "--held", today="2026-10-20", code=2)
    assert which["fields"] == ["hearing"]
    assert district("settle", f"{attorney}/K1.2", today="2026-10-20").code == 0
    assert [id_ for id_, *_ in rows(district, "2026-10-20")] == ["K1.1@2026-10-20"]


def test_what_is_due_before_it_has_a_row_of_its_own(district: Run, attorney: str) -> None:
    due = ("--due", "report@2026-10-13", "--due", "statement@2026-10-13")
    made = set_(district, attorney, "--on", "2026-10-20", "--kind", "court", *due)
    assert made["hearings"][0]["due"] == [
        {"id": 2, "what": "report", "due_on": "2026-10-13", "done_on": None, "dropped_on": None},
        {"id": 3, "what": "statement", "due_on": "2026-10-13", "done_on": None, "dropped_on": None},
    ]
    ids = [id_ for id_, *_ in rows(district)]
    assert ids == ["K1.2@2026-10-13", "K1.3@2026-10-13", "K1.1@2026-10-20"]
    assert rows(district, "2026-10-14", "--overdue")[0][1:] == (
        "overdue",
        "--hearing 1 --done report",
    )
    assert district("settle", f"{attorney}/K1.2", today="2026-10-14").code == 0
    one = set_(district, attorney, "--hearing", "1", "--drop", "statement", today="2026-10-14")
    assert [each["done_on"] for each in one["hearings"][0]["due"]] == ["2026-10-14", None]
    assert [id_ for id_, *_ in rows(district, "2026-10-14")] == ["K1.1@2026-10-20"]
    assert set_(district, attorney, "--done", "brief", code=2)["fields"] == ["done"]
    late = set_(district, attorney, "--hearing", "1", "--due", "x@2026-10-21", code=2)
    assert late["fields"] == ["due"]


def test_one_that_is_continued_takes_what_is_due_along_and_stays(
    district: Run, attorney: str
) -> None:
    due = ("--due", "report@2026-10-13", "--due", "statement@2026-10-14")
    set_(district, attorney, "--on", "2026-10-20", "--at", "09:00", "--place", "B12", *due)
    set_(district, attorney, "--done", "statement", "--done-on", "2026-10-02", today="2026-10-05")
    line = ("care", "hearing", attorney, "K1", "--hearing", "1", "--on", "2026-11-03")
    ended = district(*line, today="2026-10-12")
    assert ended.code == 0
    assert "report was due Tue 13 Oct, and is due Tue 27 Oct" in ended.err
    shown = district("care", "list", "--case", attorney, "--json").json["items"][0]
    before, after = shown["hearings"]
    assert (before["on"], before["held"], before["continued_to"]) == (
        "2026-10-20",
        False,
        after["id"],
    )
    assert [each["what"] for each in before["due"]] == ["report", "statement"]
    assert (after["on"], after["at"], after["place"]) == ("2026-11-03", "09:00", "B12")
    assert [(each["what"], each["due_on"]) for each in after["due"]] == [("report", "2026-10-27")]
    number, what = after["id"], after["due"][0]["id"]
    assert [id_ for id_, *_ in rows(district, "2026-10-12")] == [
        f"K1.{what}@2026-10-27",
        f"K1.{number}@2026-11-03",
    ]
    told = district("case", "timeline", attorney, "--status", "hearing", "--json").json["items"]
    assert {one["on"] for one in told} == {"2026-10-02", "2026-10-12"}
    gone = set_(district, attorney, "--hearing", "1", "--on", "2026-12-01", code=2)
    assert gone["fields"] == ["hearing"]


def test_one_that_did_not_take_place_asks_for_nothing(district: Run, attorney: str) -> None:
    set_(district, attorney, "--on", "2026-10-20", "--due", "report@2026-10-13")
    made = set_(district, attorney, "--no-held")
    assert (made["hearings"][0]["held"], made["next_hearing_on"]) == (False, None)
    assert rows(district) == []


def test_what_was_to_be_done_before_one_that_took_place_is_still_asked_for(
    district: Run, attorney: str
) -> None:
    set_(district, attorney, "--on", "2026-10-20", "--due", "report@2026-10-13")
    ended = district("care", "hearing", attorney, "K1", "--held", today="2026-10-20")
    assert "still to do: report" in ended.err
    assert [id_ for id_, *_ in rows(district, "2026-10-20")] == ["K1.2@2026-10-13"]
    assert district("settle", f"{attorney}/K1.2", today="2026-10-20").code == 0
    assert rows(district, "2026-10-20") == []


def test_one_that_took_place_before_it_was_entered_stays_too(district: Run, attorney: str) -> None:
    assert set_(district, attorney, "--on", "2026-09-30", code=2)["fields"] == ["on", "held"]
    made = set_(district, attorney, "--on", "2026-09-30", "--held", "--kind", "medical")
    assert (made["hearings"][0]["held"], made["next_hearing_on"]) == (True, None)
    gone = set_(district, attorney, "--on", "2026-09-29", "--no-held")
    assert [one["held"] for one in gone["hearings"]] == [True, False]
    # Without --hearing it is another one, whatever is said of it beforehand.
    given = {"on": "2026-10-20", "held": False, "due": ["report@2026-10-13"]}
    made = district("care", "hearing", attorney, "K1", "--json", given=given).json
    assert [one["held"] for one in made["hearings"]] == [True, False, None]
    assert made["next_hearing_on"] == "2026-10-20"
    shown = district("case", "show", attorney).out
    assert "medical appointment Wed 30 Sep; it took place" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("more", "code", "fields"),
    [
        ((), 2, ["on"]),
        (("--held",), 2, ["on"]),
        (("--hearing", "4", "--held"), 5, []),
        (("--hearing", "0", "--held"), 2, ["hearing"]),
        (("--on", "2026-10-20", "--due", "report"), 2, ["due"]),
        (("--on", "2026-10-20", "--due", "report@blurgh"), 2, ["due"]),
        (("--on", "2026-10-20", "--due", "a long report@fri"), 4, []),
        (("--on", "2026-10-20", "--kind", "party"), 2, ["kind"]),
    ],
)
def test_what_makes_no_sense_is_said(
    district: Run, attorney: str, more: tuple[str, ...], code: int, fields: list[str]
) -> None:
    error = set_(district, attorney, *more, code=code)
    assert error["fields"] == fields or code == 4
    assert district("care", "list", "--json").json["items"][0]["hearings"] == []


def test_the_day_of_what_is_due_is_said_back_as_it_was_understood(
    district: Run, attorney: str
) -> None:
    line = ("care", "hearing", attorney, "K1", "--on", "2026-10-20", "--due", "report@fri")
    ended = district(*line)
    assert ended.code == 0
    assert "due: Fri 2 Oct 2026, tomorrow" in ended.err


def test_who_leaves_the_team_takes_no_hearing_along(district: Run, attorney: str) -> None:
    set_(district, attorney, "--on", "2026-10-20", "--due", "report@2026-10-13")
    ended = district("care", "end", attorney, "K1")
    assert "still to come: hearing, Tue 20 Oct" in ended.err
    assert "still to do: report" in ended.err
    assert [id_ for id_, *_ in rows(district)] == ["K1.2@2026-10-13", "K1.1@2026-10-20"]
    closed = district("case", "close", attorney, "--reason", "moved", "--json").json
    assert [one["kind"] for one in closed["still_open"]] == ["hearing", "hearing"]
    assert len(rows(district)) == 2  # law stays


def test_a_hearing_is_taken_back_with_all_that_it_moved(district: Run, attorney: str) -> None:
    set_(district, attorney, "--on", "2026-10-20", "--due", "report@2026-10-13")
    before = district("care", "list", "--json").json["items"]
    set_(district, attorney, "--hearing", "1", "--on", "2026-11-03")
    assert district("undo").code == 0
    after = district("care", "list", "--json").json["items"]
    assert after == before
    assert [id_ for id_, *_ in rows(district)] == ["K1.2@2026-10-13", "K1.1@2026-10-20"]


def test_hearings_of_an_older_file_are_carried_over() -> None:
    carry = migrations.carrier("care", 4)
    assert carry is not None
    old = b'{"id": "K1", "hearings": ["2026-09-01"], "next_hearing": "2026-10-20"}'
    assert carry(old).decode() == (
        '{"id":"K1","hearings":['
        '{"id":1,"on":"2026-09-01","held":true,"settled_on":"2026-09-01"},'
        '{"id":2,"on":"2026-10-20","held":null,"settled_on":null}],'
        '"next_hearing_on":"2026-10-20"}'
    )
    none = carry(b'{"id": "K1"}').decode()
    assert none == '{"id":"K1","hearings":[],"next_hearing_on":null}'


WHATS = st.sampled_from(["report", "statement", "list"])
DAYS = st.integers(-10, 60).map(lambda days: DAY + timedelta(days=days))
TURNS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.none() | DAYS,
        st.none() | st.booleans(),
        st.lists(st.tuples(WHATS, DAYS), max_size=2),
        st.lists(WHATS, max_size=1),
    ),
    max_size=10,
)


@settings(max_examples=150, deadline=None)
@explored(turns=TURNS)
def test_no_hearing_and_nothing_due_is_lost_or_doubled_by_any_turns(
    turns: list[tuple[int, date | None, bool | None, list[tuple[str, date]], list[str]]],
) -> None:
    kept: tuple[Hearing, ...] = ()
    for number, on, held, due, done in turns:
        said = Details(due=due, done=done, settled_on=DAY)
        before = kept
        try:
            if number == 0 and on is not None:
                kept = hearings.added(kept, on, said, held=held, today=DAY)
            else:
                one = hearings.chosen(kept, number or None, "HX4T/K1", lambda _: True)
                if held is None and on is None:
                    kept = hearings.with_details(kept, one, said)
                else:
                    kept = hearings.settled(
                        kept, one, held=bool(held), on=on, details=said, today=DAY
                    )
        except Problem:
            assert kept == before
            continue
        numbers = [n for one in kept for n in (one.id, *(each.id for each in one.due))]
        assert len(numbers) == len(set(numbers))
        # What was there stays there, on its own day; what moves along is open once.
        assert [(one.id, one.on) for one in before] == [(one.id, one.on) for one in kept][
            : len(before)
        ]
        for one in before:
            (now,) = (each for each in kept if each.id == one.id)
            assert {each.what for each in one.due} <= {each.what for each in now.due}
            following = next((each for each in kept if each.id == now.continued_to), None)
            for each in one.due:
                ends = {each.what for each in now.due if not each.is_open}
                moved = following is not None and each.what in {one.what for one in following.due}
                assert not each.is_open or each.what not in ends or moved or each.what in done
        assert hearings.next_on(kept) == min(
            (one.on for one in kept if one.held is None), default=None
        )
        open_ = [one for one, _ in hearings.open_due(kept)]
        assert all(one.held is not False for one in open_)
    assert Word("report") == "report"
