"""Wishes: kept word for word, settled with reasons, and heeded by every command (clause 22)."""

import os
import sys
from datetime import date
from pathlib import Path

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.nouns.wish import record as wishes
from reintegrate_cli.nouns.wish.record import LIVE, OUTCOMES, Wish

WORDS = "I want to stay where my friends are"
SHORT = {"decided_by": "okafor", "told_on": "2026-10-01", "revisit_on": "2026-10-15"}


def heard(run: Run, ref: str, about: str = "placement") -> str:
    made = run(
        "wish", "add", ref, "--about", about, "--heard-by", "lee", "--json", given={"words": WORDS}
    )
    assert made.code == 0, made.err
    assert made.json["words"] == "[private]"
    id_: str = made.json["id"]
    return id_


@pytest.mark.parametrize("who", ["student", "Student"])
def test_a_wish_is_heard_by_somebody_else(district: Run, case: str, who: str) -> None:
    line = ("wish", "add", case, "--about", "placement", "--json")
    refused = district(*line, "--heard-by", who, given={"words": WORDS})
    assert (refused.code, refused.error["fields"]) == (2, ["heard_by"])
    assert district(*line, "--heard-by", "caregiver", given={"words": WORDS}).code == 0
    edited = district("wish", "edit", case, "W1", "--heard-by", who, given={"words": "and more"})
    assert edited.code == 2


def test_the_words_are_kept_as_they_were_said_and_come_first(district: Run, case: str) -> None:
    assert heard(district, case) == "W1"
    shown = district("case", "show", case)
    assert shown.out.splitlines()[0].startswith("W1 placement")
    assert WORDS in shown.out.splitlines()[0]
    kept = district("case", "show", case, "--json").json["wishes"][0]
    assert (kept["words"], kept["outcome"], kept["heard_by"]) == (WORDS, "open", "lee")
    listed = district("wish", "list", "--json")
    assert WORDS not in listed.out
    assert listed.json["items"][0]["heard_on"] == "2026-10-01"


@pytest.mark.parametrize("outcome", ["partly", "deferred", "not-honored"])
def test_short_of_honored_takes_all_four(district: Run, case: str, outcome: str) -> None:
    heard(district, case)
    line = ("wish", "outcome", case, "W1", "--outcome", outcome, "--json")
    whole = {**SHORT, "reason": "no seat until spring"}
    for missing in whole:
        rest = {key: value for key, value in whole.items() if key != missing}
        refused = district(*line, given=rest)
        assert (refused.code, refused.error["rule"]) == (4, "W2")
        assert refused.error["fields"] == [missing]
    assert district("wish", "list", "--status", "open", "--json").json["items"]
    done = district(*line, given=whole)
    assert done.json["outcome"] == outcome.replace("-", "_")
    rows = district("agenda", "--days", "20", "--json").json["items"]
    assert [(row["kind"], row["due_on"], row["source"]) for row in rows] == [
        ("wish", "2026-10-15", f"{case}/W1")
    ]
    late = district("agenda", "--overdue", "--json", today="2026-10-17").json["items"]
    assert [row["days_late"] for row in late] == [2]


def test_honored_takes_nothing_more_and_leaves_nothing_to_revisit(district: Run, case: str) -> None:
    heard(district, case)
    done = district("wish", "outcome", case, "W1", "--outcome", "honored", "--json")
    assert (done.code, done.json["revisit_on"]) == (0, None)
    assert district("agenda", "--days", "90", "--json").json["items"] == []


def test_dates_that_cannot_be_are_usage(district: Run, case: str) -> None:
    heard(district, case)
    line = ("wish", "outcome", case, "W1", "--outcome", "partly")
    for wrong in (
        {"revisit_on": "2026-10-01"},
        {"told_on": "2026-09-30"},
        {"told_on": "2026-10-02"},
    ):
        assert district(*line, given={**SHORT, "reason": "x", **wrong}).code == 2


CONFLICTS = [
    ("placement", ("case", "edit", "REF", "--setting", "home_supports"), {}),
    ("contact", ("contact", "set", "REF"), {"mode": "student_initiates"}),
    (
        "schedule",
        (
            "checkin",
            "schedule",
            "REF",
            "--with",
            "student",
            "--every",
            "1w",
            "--mode",
            "phone",
            "--chosen-by",
            "caregiver",
            "--chosen-on",
            "today",
        ),
        {},
    ),
]


@pytest.mark.parametrize(("about", "line", "fields"), CONFLICTS)
def test_a_live_wish_is_not_gone_over_in_silence(
    district: Run, case: str, about: str, line: tuple[str, ...], fields: dict[str, str]
) -> None:
    heard(district, case, about)
    line = tuple(word.replace("REF", case) for word in line)
    entries = len(district("history", "--json").json["items"])
    refused = district(*line, "--json", given=fields)
    assert (refused.code, refused.error["rule"]) == (4, "W1")
    assert WORDS not in refused.err
    assert district(*line, "--despite", "W1", given=fields).code == 4  # no reason
    assert district(*line, "--despite", "W7", given={**fields, "reason": "x"}).code == 5
    assert len(district("history", "--json").json["items"]) == entries
    why = {**fields, "reason": "the court ordered it; she was told"}
    assert district(*line, "--despite", f"{case}/w1", given=why).code == 0
    kept = district("case", "show", case, "--json").json["wishes"][0]["set_aside"]
    assert [(one["command"], one["by"], one["reason"]) for one in kept] == [
        (f"{line[0]} {line[1]}", "okafor", why["reason"])
    ]


def test_staff_move_no_date_over_a_wish_and_the_student_may(district: Run, case: str) -> None:
    line = (
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
        "--starts",
        "2026-10-06",
    )
    assert district(*line).code == 0
    heard(district, case, "schedule")
    move = ("checkin", "move", case, "--on", "2026-10-06", "--to", "2026-10-07", "--json")
    refused = district(*move, "--asked-by", "lee")
    assert (refused.code, refused.error["rule"]) == (4, "W1")
    assert district(*move, "--asked-by", "student").code == 0


def test_a_wish_about_something_else_and_an_honored_one_stand_in_no_way(
    district: Run, case: str
) -> None:
    heard(district, case, "contact")
    heard(district, case, "placement")
    district("wish", "outcome", case, "W2", "--outcome", "honored")
    assert district("case", "edit", case, "--setting", "home_supports").code == 0
    assert district("case", "edit", case, "--grade", "11").code == 0


def test_at_a_terminal_the_words_are_shown_and_a_reason_is_asked(
    district: Run, case: str, tmp_path: Path
) -> None:
    heard(district, case)
    line = ["-m", "reintegrate_cli", "case", "edit", case, "--setting", "home_supports"]
    env = dict(os.environ)
    stopped = pexpect.spawn(sys.executable, line, env=env, encoding="utf-8", timeout=20)
    stopped.expect_exact(WORDS)
    stopped.expect("does this honor it")
    stopped.sendline("stop")
    stopped.expect(pexpect.EOF)
    stopped.close()
    assert stopped.exitstatus == 130
    going = pexpect.spawn(sys.executable, line, env=env, encoding="utf-8", timeout=20)
    going.expect("does this honor it")
    going.sendline("despite")
    going.expect("why")
    going.sendline("her own change of mind")
    going.sendline(".")
    going.expect(pexpect.EOF)
    going.close()
    assert going.exitstatus == 0
    kept = district("case", "show", case, "--json").json
    assert kept["case"]["setting"] == "home_supports"
    assert kept["wishes"][0]["set_aside"][0]["reason"] == "her own change of mind"


@explored(
    outcomes=st.lists(st.sampled_from(OUTCOMES), max_size=4),
    honored=st.sets(st.integers(1, 4)),
    against=st.sets(st.integers(1, 4)),
    reason=st.sampled_from(["", "why"]),
)
def test_nothing_goes_on_unless_every_live_wish_is_named_with_a_reason(
    outcomes: list[wishes.Outcome], honored: set[int], against: set[int], reason: str
) -> None:
    made = [
        Wish(
            case="HX4T",
            id=f"W{nth}",
            about="placement",
            heard_on=date(2026, 10, 1),
            heard_by="lee",
            words=WORDS,
            outcome=outcome,
        )
        for nth, outcome in enumerate(outcomes, 1)
    ]
    live = [one for one in made if one.is_live]
    expected = {nth for nth, outcome in enumerate(outcomes, 1) if outcome in LIVE}
    assert {int(one.id[1:]) for one in live} == expected
    honors, despite = ([f"HX4T/W{nth}" for nth in named] for named in (honored, against))
    if expected <= honored | against and (reason or not against):
        wishes.check_heeded(live, honors, despite, reason)
        return
    with pytest.raises(Refused) as refused:
        wishes.check_heeded(live, honors, despite, reason)
    assert refused.value.rule == "W1"
