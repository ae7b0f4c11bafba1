"""Goals: the student's own, with what was offered, told by their steps and never scored."""

import os
import sys
from datetime import date, timedelta

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.nouns.goal import record as goals
from reintegrate_cli.nouns.goal.record import Goal

WORDS = "I want to finish with my own year"
START = date(2026, 9, 1)


def added(run: Run, ref: str, *more: str, **fields: object) -> str:
    made = run(
        "goal", "add", ref, "--horizon", "long", *more, "--json", given={"words": WORDS, **fields}
    )
    assert made.code == 0, made.err
    id_: str = made.json["id"]
    return id_


def test_a_goal_is_in_the_students_words_and_stands_under_their_wishes(
    district: Run, case: str
) -> None:
    district("wish", "add", case, "--about", "other", "--heard-by", "lee", given={"words": "w"})
    added(
        district,
        case,
        "--heard-by",
        "lee",
        offered=["a GED by spring", "evening credits"],
        chosen="evening credits",
        safety="home before dark",
    )
    lines = district("case", "show", case).out.splitlines()
    assert lines[0].startswith("W1 ")
    goals = lines[lines.index("goals") + 1 :]
    assert [goals[0].partition(" ")[0], goals[0].endswith(WORDS)] == ["G1", True]
    assert "a GED by spring; evening credits" in goals[1]
    kept = district("case", "show", case, "--json").json["goals"][0]
    assert (kept["words"], kept["chosen"], kept["for_safety"]) == (WORDS, "evening credits", True)
    listed = district("goal", "list", "--json")
    assert listed.json["items"][0]["words"] == "[private]"
    assert "evening" not in listed.out


def test_a_goal_is_nobody_elses(district: Run, case: str) -> None:
    properties = district("schema", "goal", "add").json["properties"]
    assert not {"owner", "by", "set_by", "chosen_by"} & set(properties)
    assert district("goal", "add", case, "--horizon", "long", "--json").error["fields"] == ["words"]
    refused = district("goal", "add", case, "--horizon", "long", "--words", "x")
    assert refused.code == 4


def test_options_without_the_one_chosen_are_refused_and_nothing_is_kept(
    district: Run, case: str
) -> None:
    ended = district(
        "goal",
        "add",
        case,
        "--horizon",
        "short",
        "--json",
        given={"words": WORDS, "offered": ["one", "two"]},
    )
    assert (ended.code, ended.error["fields"]) == (2, ["chosen"])
    assert district("goal", "list", "--json").json["items"] == []


def test_steps_are_told_one_by_one(district: Run, case: str) -> None:
    added(district, case)
    for text in ("ask for the packet", "go on Tuesday"):
        made = district("goal", "step", case, "g1", "--json", given={"text": text})
        assert made.code == 0, made.err
    assert (made.json["steps"], made.json["steps_done"]) == (2, 0)
    done = district("goal", "done", case, f"{case}/G1", "--step", "2", "--json", today="2026-10-05")
    assert (done.json["steps_done"], done.json["last_step_on"]) == (1, "2026-10-05")
    assert done.json["status"] == "open"
    shown = district("case", "show", case).out
    assert "step 2, done Mon 5 Oct" in shown
    told = district("case", "timeline", case, "--json").json["items"]
    assert [(one["what"], one["text"]) for one in told if one["kind"] == "goal"] == [
        ("set, long term", WORDS),
        ("step 2 done", "go on Tuesday"),
    ]
    assert district("goal", "done", case, "G1", "--step", "2").code == 2
    assert district("goal", "done", case, "G1", "--step", "3").code == 5
    assert district("goal", "done", case, "G7").code == 5


def test_a_goal_is_reached_or_laid_down_once_and_stays_on_record(district: Run, case: str) -> None:
    added(district, case)
    assert district("goal", "end", case, "G1", "--json").error["fields"] == ["reason"]
    ended = district(
        "goal",
        "end",
        case,
        "G1",
        "--reason",
        "not-now",
        "--json",
        given={"words": "first the baby"},
    )
    assert (ended.json["status"], ended.json["reason"]) == ("ended", "not_now")
    for line in (["goal", "done", case, "G1"], ["goal", "end", case, "G1", "--reason", "other"]):
        assert district(*line).code == 2
    assert district("goal", "step", case, "G1", given={"text": "x"}).code == 2
    assert "first the baby" in district("case", "show", case).out
    added(district, case)
    assert district("goal", "done", case, "G2", "--json").json["reached_on"] == "2026-10-01"
    assert [one["status"] for one in district("goal", "list", "--json").json["items"]] == [
        "ended",
        "reached",
    ]


def test_nothing_happens_before_the_goal_was_set(district: Run, case: str) -> None:
    added(district, case)
    for line in (["goal", "done", case, "G1"], ["goal", "end", case, "G1", "--reason", "other"]):
        assert district(*line, "--on", "2026-09-30").code == 2
    assert district("goal", "done", case, "G1", "--on", "2026-10-02").code == 2  # still to come


def test_at_a_terminal_options_are_typed_one_a_line(district: Run, case: str) -> None:
    line = ["-m", "reintegrate_cli", "goal", "add", case, "--horizon", "short"]
    typing = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    for asked, answers in (
        ("word for word", [WORDS, "."]),
        ("one a line", ["stay, with tutoring", "evening school", "."]),
        ("if any were offered", ["stay, with tutoring"]),
        ("safer", ["."]),
    ):
        typing.expect(asked)
        for answer in answers:
            typing.sendline(answer)
    typing.expect(pexpect.EOF)
    typing.close()
    assert typing.exitstatus == 0
    kept = district("case", "show", case, "--json").json["goals"][0]
    assert kept["offered"] == ["stay, with tutoring", "evening school"]


@explored(
    st.lists(
        st.one_of(
            st.tuples(st.just("step"), st.integers(-2, 40)),
            st.tuples(st.just("done"), st.integers(-2, 40), st.integers(0, 6)),
            st.tuples(st.just("reached"), st.integers(-2, 40)),
            st.tuples(st.just("ended"), st.integers(-2, 40)),
        ),
        max_size=12,
    )
)
def test_a_goal_only_ever_grows_and_what_was_done_stays_done(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    goal = Goal(case="HX4T", id="G1", horizon="long", set_on=START, heard_by="lee", words="w")
    for what, ahead, *rest in steps:
        on = START + timedelta(days=ahead)
        former = goal
        may = former.status == "open" and on >= START
        try:
            if what == "step":
                goal = goals.with_step(goal, "x", on=on, by="lee")
            elif what == "done":
                goal = goals.step_done(goal, rest[0], on)
            elif what == "reached":
                goal = goals.reached(goal, on)
            else:
                goal = goals.ended(goal, on, "other", "")
        except (Usage, Missing):
            open_ones = {one.number for one in former.steps if one.done_on is None}
            assert not may or (what == "done" and rest[0] not in open_ones)
            continue
        assert may
        assert [one.number for one in goal.steps] == list(range(1, len(goal.steps) + 1))
        now = {one.number: one.done_on for one in goal.steps}
        assert all(now[one.number] == one.done_on for one in former.steps if one.done_on)
        shown = goals.row(goal, START)
        assert shown.steps_done == sum(day is not None for day in now.values())
        assert shown.status == goal.status


@pytest.mark.parametrize("reason", goals.EndReason.__args__)  # type: ignore[attr-defined]
def test_no_reason_blames(reason: str) -> None:
    assert not set(reason.split("_")) & {"failed", "refused", "quit", "lazy", "gave", "unable"}
