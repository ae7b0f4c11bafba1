"""The care team: what family may hear, and that a bar holds everywhere (E5, E9)."""

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Word
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.checkin.record import Schedule, Terms
from reintegrate_cli.nouns.checkin.scheduled import is_asleep

DAY = date(2026, 10, 1)


def member(**more: object) -> CareMember:
    return CareMember(case="HX4T", id="K1", role="attorney", **more)  # type: ignore[arg-type]


def rows(run: Run, kind: str, today: str, *more: str) -> list[tuple[str, str, str]]:
    found = run("agenda", "--kind", kind, *(more or ("--days", "60")), "--json", today=today).json
    return [(one["due_on"], one["state"], one["command"]) for one in found["items"]]


def test_family_is_decided_again_on_the_day_that_was_named(district: Run, case: str) -> None:
    district("care", "add", case, "--role", "caregiver")
    line = (
        "care",
        "family",
        case,
        "K1",
        "--appropriate",
        "yes",
        "--decided-by",
        "student",
        "--json",
    )
    for verb in (line, ("care", "edit", case, "K1", "--json")):
        wrong = district(*verb, "--review", "2026-10-01")
        assert (wrong.code, wrong.error["fields"]) == (2, ["review_on"])
        assert wrong.error["message"] == "--review must be a day after today"
    made = district(*line, "--review", "2026-11-11")
    assert made.json["review_on"] == "2026-11-11"  # a closed day, kept as it was typed
    assert "closed day" in district(*line[:-1], "--review", "2026-11-11").err
    due = rows(district, "contact", "2026-10-01")
    assert [one[0] for one in due] == ["2026-11-11"]
    assert due[0][2].startswith(f"reintegrate care family {case} K1 --appropriate yes")
    district(*line, "--review", "2026-12-01", today="2026-11-12")
    assert [one[0] for one in rows(district, "contact", "2026-11-12")] == ["2026-12-01"]


def test_what_they_do_and_may_know_stands_in_the_case(district: Run, case: str) -> None:
    district(
        "care",
        "add",
        case,
        "--role",
        "therapist",
        "--next-hearing",
        "2026-10-20",
        given={
            "name": "Ines",
            "purpose": "weekly sessions",
            "may_know": "attendance",
            "contact": "canary-phone",
        },
    )
    for form in ((), ("--json",)):
        shown = district("case", "show", case, *form).out
        for said in ("Ines", "weekly sessions", "attendance"):
            assert said in shown
        assert "canary" not in shown
    assert "Ines" not in district("care", "list").out


def test_a_barred_person_is_not_met_not_reached_and_not_shared_with(
    district: Run, case: str
) -> None:
    district("partner", "add", "JPO", "--kind", "probation")
    district("care", "add", case, "--role", "relative", "--agency", "JPO")
    bar = ("care", "family", case, "K1", "--decided-by", "okafor", "--appropriate")
    assert district(*bar, "no", "--barred").code == 0
    meet = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "caregiver",
        "--who",
        "K1",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
        "--json",
    )
    assert (meet.code, meet.error["rule"]) == (4, "E9")
    assert "barred" in meet.error["message"]
    theirs = district(
        "checkin", "schedule", case, "--with", "partner", "--who", "JPO", "--mode", "phone"
    )
    assert "K1, who is barred, works there" in theirs.err


def test_others_ask_the_same_rule() -> None:
    care.check_not_barred(member(), "release")
    with pytest.raises(Refused) as refused:
        care.check_not_barred(member(barred=True), "release")
    assert refused.value.rule == "E9"
    team = [member(barred=True, agency="JPO"), member(agency="JPO"), member(barred=True)]
    assert care.barred_at(team, "JPO") == team[:1]


TURNS = st.one_of(
    st.tuples(st.sampled_from(["yes", "no", "ask"]), st.none() | st.booleans()), st.just("left")
)


@explored(turns=st.lists(TURNS, max_size=6))
def test_family_contact_is_open_only_while_the_last_word_said_yes(
    turns: list[tuple[care.Appropriate, bool | None] | str],
) -> None:
    mother = CareMember(case="HX4T", id="K1", role="caregiver")
    calls = Schedule(
        case="HX4T",
        id="S1",
        with_="caregiver",
        who="K1",
        mode="phone",
        terms=Terms(every="1w", starts=DAY),
        chosen_by="caregiver",
        chosen_on=DAY,
    )
    said, barred, left = "ask", False, False
    for turn in turns:
        if isinstance(turn, str):
            left, mother = True, replace(mother, ended_on=DAY)
        else:
            decide = partial(
                care.decide, appropriate=turn[0], barred=turn[1], decided_by="student", on=DAY
            )
            bars = barred if turn[1] is None else turn[1]
            if bars and turn[0] == "yes":
                with pytest.raises(Refused) as refused:
                    decide(mother)
                assert refused.value.rule == "E9"
                continue
            mother = decide(mother)
            said, barred = turn[0], bars
        open_ = said == "yes" and not barred and not left
        assert mother.may_be_contacted is open_
        case = Case(ref="HX4T", opened_on=DAY, school=Word("Ridgeline"), setting="home")
        world = World(Calendar(), {"cases": [case], "schedules": [calls], "care": [mother]})
        assert is_asleep(world, calls, DAY) is not open_
        due = [
            row
            for row in agenda.items(world, DAY, DAY, DAY + timedelta(days=30))
            if row.with_ == "caregiver"
        ]
        assert bool(due) is open_
