"""Connections: who and what holds a student, and what a move would take away (clause 12)."""

from datetime import date
from typing import get_args

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.nouns.case.record import Setting
from reintegrate_cli.nouns.connection.record import Connection, lost_by_move

DAY = date(2026, 10, 1)


@pytest.fixture
def held(district: Run, case: str) -> str:
    """A case with a coach and a choir at school, and an aunt at home."""
    for kind, place, fields in (
        ("adult", "school", {"name": "Coach Bell", "plan": "Coach calls on Fridays"}),
        ("activity", "school", {"name": "choir"}),
        ("adult", "home", {"name": "her aunt", "note": "she cooks on Sundays"}),
    ):
        made = district("connection", "add", case, "--kind", kind, "--place", place, given=fields)
        assert made.code == 0, made.err
    return case


def test_names_stand_in_the_case_and_in_no_list(district: Run, held: str) -> None:
    listed = district("connection", "list", "--json")
    assert [row["name"] for row in listed.json["items"]] == ["[private]"] * 3
    assert [row["school"] for row in listed.json["items"]] == ["Ridgeline", "Ridgeline", None]
    assert "Bell" not in listed.out
    shown = district("case", "show", held).out
    assert "Coach Bell" in shown
    assert "Coach calls on Fridays" in shown
    kept = district("case", "show", held, "--json").json["connections"]
    assert [one["name"] for one in kept] == ["Coach Bell", "choir", "her aunt"]


def test_what_a_move_would_take_away_is_told_with_what_stands_in_its_place(
    district: Run, held: str
) -> None:
    line = ("connection", "list", "--case", held, "--moving", "ged")
    lost = district(*line, "--json").json["items"]
    assert [(row["id"], row["planned"], row["replaced_by"]) for row in lost] == [
        ("X1", True, []),
        ("X2", False, []),
    ]
    said = district(*line)
    assert "nothing is planned in place of 1" in said.err
    assert "planned" in said.out
    made = district(
        "connection",
        "add",
        held,
        "--kind",
        "activity",
        "--place",
        "community",
        "--replaces",
        "X2",
        "--json",
        given={"name": "a choir in town"},
    )
    assert made.json["replaces"] == "X2"
    after = district(*line)
    assert district(*line, "--json").json["items"][1]["replaced_by"] == ["X4"]
    assert "nothing is planned" not in after.err
    stays = district("connection", "list", "--case", held, "--moving", "home-supports")
    assert stays.err.strip() == "no connection on record would be lost"


def test_a_move_to_another_school_takes_what_lives_in_this_one(district: Run, held: str) -> None:
    line = ("connection", "list", "--case", held, "--moving")
    elsewhere = district(*line, "home", "--school", "Eastgate", "--json").json["items"]
    assert [row["id"] for row in elsewhere] == ["X1", "X2"]
    same = district(*line, "alternative", "--school", "ridgeline", "--json").json["items"]
    assert same == []
    assert district("connection", "list", "--school", "Eastgate").err == "no connection matches\n"


def test_an_ended_connection_cannot_be_lost_again(district: Run, held: str) -> None:
    ended = district("connection", "end", held, "X1", "--reason", "they-left", "--json")
    assert (ended.json["status"], ended.json["reason"]) == ("ended", "they_left")
    lost = district("connection", "list", "--case", held, "--moving", "online", "--json")
    assert [row["id"] for row in lost.json["items"]] == ["X2"]
    assert district("connection", "end", held, "X1", "--reason", "other").code == 2
    told = district("case", "timeline", held, "--status", "connection", "--json").json["items"]
    assert "adult ended: they left" in [one["what"] for one in told]


def test_a_plan_can_be_made_later(district: Run, held: str) -> None:
    made = district("connection", "edit", held, "X2", "--json", given={"plan": "a choir in town"})
    assert made.json["planned"] is True
    assert "a choir in town" in district("case", "show", held).out
    assert "a choir in town" not in made.out
    assert district("connection", "edit", held, "X2", "--replaces", "X2").code == 2
    assert district("connection", "edit", held, "X2", "--replaces", "X9").code == 5


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--kind", "adult", "--place", "home", "--school", "Ridgeline"], 2),
        (["--kind", "adult", "--place", "school", "--staff", "lee", "--care", "K1"], 2),
        (["--kind", "peer", "--place", "school", "--staff", "lee"], 2),
        (["--kind", "adult", "--place", "school", "--staff", "nobody"], 5),
        (["--kind", "adult", "--place", "school", "--care", "K1"], 5),
        (["--kind", "adult"], 2),
        (["--kind", "adult", "--place", "school", "--staff", "lee"], 0),
    ],
)
def test_what_fits_is_kept_and_nothing_else(
    district: Run, case: str, more: list[str], code: int
) -> None:
    assert district("connection", "add", case, *more).code == code
    assert len(district("connection", "list", "--json").json["items"]) == (code == 0)


CONNECTIONS = st.lists(
    st.builds(
        Connection,
        case=st.just("HX4T"),
        id=st.integers(1, 99).map("X{}".format),
        on=st.just(DAY),
        kind=st.sampled_from(["adult", "peer", "activity"]),
        place=st.sampled_from(["school", "home", "community", "online"]),
        school=st.none() | st.sampled_from(["Ridgeline", "Eastgate"]),
        ended_on=st.none() | st.just(DAY),
    ),
    max_size=8,
)
OPTIONS = st.sampled_from(get_args(Setting))


@explored(CONNECTIONS, OPTIONS, st.none() | st.sampled_from(["Ridgeline", "Eastgate"]))
def test_only_what_lives_in_a_school_today_is_lost_and_staying_loses_nothing(
    found: list[Connection], option: Setting, school: str | None
) -> None:
    lost = lost_by_move(found, option, school)
    assert all(one.place == "school" and one.status == "active" for one in lost)
    at_school = [one for one in found if one.place == "school" and one.status == "active"]
    if option in ("ged", "online", "independent", "out_of_school"):
        assert lost == at_school
    elif school is not None:
        assert [one for one in lost if one.school == school] == []
        assert all(one in lost for one in at_school if one.school not in (None, school))
    else:
        assert lost == (
            [] if option in ("home", "home_supports", "school_of_origin") else at_school
        )
