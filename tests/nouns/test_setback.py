"""Setbacks: ordinary events, which lower nothing anywhere (clause 34, rule E7)."""

from datetime import date

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.nouns.setback import record as setbacks
from reintegrate_cli.nouns.setback.record import Setback

TOLD = {"trigger": "a hearing was moved", "support": "a quiet hour", "helped": "her aunt called"}


def test_a_setback_is_noted_and_recovered_from(district: Run, case: str) -> None:
    made = district("setback", "log", case, "--on", "2026-09-28", "--json", given=TOLD)
    assert {key: made.json[key] for key in ("id", "case", "on", "recovered_on", "trigger")} == {
        "id": "B1",
        "case": case,
        "on": "2026-09-28",
        "recovered_on": None,
        "trigger": "[private]",
    }
    spoken = district("setback", "log", case)
    assert f"reintegrate adjustment add {case}" in spoken.err
    assert district("setback", "recover", case, "B1", "--on", "2026-09-27").code == 2
    over = district("setback", "recover", case, "B1", "--json", given={"helped": "sleep"})
    assert over.json["recovered_on"] == "2026-10-01"
    assert district("setback", "recover", case, "B1").code == 2
    assert district("setback", "recover", case, "B9").code == 5
    open_ones = district("setback", "list", "--status", "recovering", "--json").json["items"]
    assert [one["id"] for one in open_ones] == ["B2"]
    kept = district("case", "show", case, "--json").json["setbacks"]
    assert [(one["id"], one["helped"]) for one in kept] == [("B2", None), ("B1", "sleep")]
    told = district("case", "timeline", case, "--status", "setback", "--json").json["items"]
    assert [(one["id"], one["what"], one["text"]) for one in told] == [
        ("B1", "happened", TOLD["trigger"]),
        ("B1", "recovered", "sleep"),
        ("B2", "happened", None),
    ]


def test_one_that_is_over_already_is_noted_whole(district: Run, case: str) -> None:
    whole = {**TOLD, "on": "2026-09-01", "recovered_on": "2026-09-08"}
    made = district("setback", "log", case, "--json", given=whole)
    assert made.json["recovered_on"] == "2026-09-08"
    assert district("setback", "log", case, given={**whole, "recovered_on": "2026-08-31"}).code == 2
    assert district("setback", "log", case, "--on", "2026-10-02").code == 2


def test_it_lowers_nothing_anywhere(district: Run, case: str) -> None:
    district(
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
    views = (
        ("case", "list"),
        ("agenda", "--days", "90"),
        ("checkin", "list"),
        ("adjustment", "list"),
    )
    before = [district(*line, "--json").out for line in views]
    district("setback", "log", case, given=TOLD)
    district("setback", "log", case, "--on", "2026-09-01", given={**TOLD, "recovered_on": "today"})
    assert [district(*line, "--json").out for line in views] == before


@explored(
    on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    over=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    helped=st.sampled_from(["", "sleep"]),
)
def test_recovery_comes_after_and_forgets_nothing(on: date, over: date, helped: str) -> None:
    one = Setback(case="HX4T", id="B1", on=on, trigger="t", support="s", helped="h")
    if over < on:
        with pytest.raises(Usage):
            setbacks.recover(one, over, helped, "")
        return
    done = setbacks.recover(one, over, helped, "")
    assert (done.trigger, done.support, done.helped) == ("t", "s", helped or "h")
    assert done.status == "recovered"
