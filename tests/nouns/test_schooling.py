"""Interrupted schooling: credits by where they come from, totals, and the way to the end (G4)."""

import os
import sys
from datetime import date, timedelta

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.credit import record as schooling
from reintegrate_cli.nouns.credit.record import Credit, Schooling

DAY = date(2026, 10, 1)


def credit(run: Run, ref: str, status: str, amount: str = "", *more: str) -> str:
    line = ["credit", "add", ref, "--status", status, *(["--amount", amount] if amount else [])]
    made = run(*line, *more, "--json")
    assert made.code == 0, made.err
    id_: str = made.json["id"]
    return id_


def test_totals_are_kept_apart_and_say_what_is_still_needed(district: Run, case: str) -> None:
    district("credit", "set", case, "--required", "24", "--route", "diploma")
    credit(district, case, "earned", "5.5", "--source", "Lincoln")
    credit(district, case, "partial", "0.25", "--course", "Algebra-1", "--source", "Lincoln")
    credit(district, case, "in-recovery", "1")
    credit(district, case, "waived", "0.5")
    shown = district("credit", "show", case, "--json").json
    totals = [
        shown[key] for key in ("earned", "partial", "in_recovery", "waived", "required", "needed")
    ]
    assert totals == ["5.5", "0.25", "1", "0.5", "24", "17.75"]
    said = "5.5 earned, 0.25 partial, 1 in recovery, 0.5 waived, 17.75 of 24 still needed"
    assert said in district("credit", "list", "--case", case).err
    assert said in " ".join(district("case", "show", case).out.split())
    assert district("case", "show", case, "--json").json["schooling"]["needed"] == "17.75"


def test_what_was_made_up_counts_from_then_on(district: Run, case: str) -> None:
    district("credit", "set", case, "--required", "2")
    credit(district, case, "in_recovery", "1", "--course", "English-2")
    done = district("credit", "done", case, "Q1", "--json", today="2026-12-18")
    assert (done.json["status"], done.json["amount"], done.json["on"]) == (
        "earned",
        "1",
        "2026-12-18",
    )
    assert district("credit", "show", case, "--json").json["needed"] == "1"
    told = district("case", "timeline", case, "--json", today="2026-12-18").json["items"]
    assert [one["what"] for one in told if one["kind"] == "credit"] == [
        "1 in recovery, English-2",
        "1 earned, English-2",
    ]
    assert district("credit", "done", case, "Q1", today="2026-12-18").code == 2
    gone = district("credit", "end", case, "Q1", "--reason", "not_accepted", "--json")
    assert gone.json["status"] == "ended"
    assert district("credit", "show", case, "--json").json["earned"] == "0"
    assert district("credit", "end", case, "Q1", "--reason", "other").code == 2


def test_a_credit_that_was_asked_for_is_on_the_agenda_until_there_is_an_answer(
    district: Run, case: str
) -> None:
    line = ("credit", "add", case, "--status", "requested", "--source", "Jefferson")
    assert district(*line, "--json").error["fields"] == ["due_on"]
    made = district(*line, "--due", "2026-10-09", given={"note": "partial credits, seat time"})
    assert made.code == 0
    assert "seat time" not in made.out
    rows = district("agenda", "--kind", "credit", "--days", "10", "--json").json["items"]
    assert [(row["due_on"], row["source"]) for row in rows] == [("2026-10-09", f"{case}/Q1")]
    late = district("agenda", "--overdue", "--json", today="2026-10-12").json["items"]
    assert [row["days_late"] for row in late] == [3]
    bare = district("credit", "done", case, "Q1", "--json", today="2026-10-13")
    assert (bare.code, bare.error["fields"]) == (2, ["amount"])
    done = district(
        "credit",
        "done",
        case,
        "Q1",
        "--amount",
        "2.5",
        "--status",
        "partial",
        "--json",
        today="2026-10-13",
    )
    assert (done.json["status"], done.json["due_on"]) == ("partial", None)
    assert district("agenda", "--overdue", "--json", today="2026-10-20").json["items"] == []
    assert "seat time" in district("case", "show", case).out


def test_at_a_terminal_the_day_to_look_again_is_asked(district: Run, case: str) -> None:
    line = ["-m", "reintegrate_cli", "credit", "add", case, "--status", "requested"]
    typing = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    for asked, answer in (
        ("how much", ""),
        ("what to remember", "."),
        ("look again", "someday"),
        ("in 2 weeks", "\x152026-10-09"),
    ):
        typing.expect(asked)
        typing.sendline(answer)
    typing.expect(pexpect.EOF)
    typing.close()
    assert typing.exitstatus == 0
    assert district("credit", "list", "--json").json["items"][0]["due_on"] == "2026-10-09"


def test_a_request_that_is_looked_for_no_more_leaves_the_agenda(district: Run, case: str) -> None:
    credit(district, case, "requested", "", "--due", "2026-10-09")
    district("credit", "end", case, "Q1", "--reason", "not_on_record")
    assert district("agenda", "--days", "20", "--json").json["items"] == []


@pytest.mark.parametrize("typed", ["0.125", "-1", "1,5", ".5", "1e3", "many", "0"])
def test_an_amount_is_a_number_with_at_most_two_decimals(
    district: Run, case: str, typed: str
) -> None:
    ended = district("credit", "add", case, "--status", "earned", f"--amount={typed}", "--json")
    assert (ended.code, ended.error["fields"]) == (2, ["amount"])
    assert typed == "0" or typed not in ended.error["message"]


def test_an_amount_may_be_a_number_in_json_and_a_day_is_for_what_is_asked(
    district: Run, case: str
) -> None:
    made = district("credit", "add", case, "--json", given={"status": "earned", "amount": 0.5})
    assert made.json["amount"] == "0.5"
    for wrong in (True, [1], 1e400):
        given = {"status": "earned", "amount": wrong}
        assert district("credit", "add", case, given=given).code == 2
    ended = district(
        "credit", "add", case, "--status", "earned", "--amount", "1", "--due", "fri", "--json"
    )
    assert (ended.code, ended.error["fields"]) == (2, ["due_on"])


def test_days_out_are_counted_to_today_and_then_to_the_return(district: Run, case: str) -> None:
    district("credit", "set", case, "--last-attended", "2026-09-25")
    shown = lambda day: district("credit", "show", case, "--json", today=day).json  # noqa: E731
    assert [shown(day)["days_out"] for day in ("2026-10-01", "2026-10-05")] == [6, 10]
    district("credit", "set", case, "--returned", "2026-10-05", today="2026-10-05")
    assert shown("2026-11-01")["days_out"] == 9
    wrong = district("credit", "set", case, "--returned", "2026-09-25", "--json")
    assert (wrong.code, wrong.error["fields"]) == (2, ["returned_on", "last_attended_on"])
    assert district("credit", "set", case, "--finish-by", "2026-09-25").code == 2


def test_a_second_interruption_leaves_the_first_in_the_record(district: Run, case: str) -> None:
    district("credit", "set", case, "--last-attended", "2026-03-02", "--returned", "2026-09-08")
    district("credit", "set", case, "--last-attended", "2026-09-25")
    shown = district("credit", "show", case, "--json").json
    assert (shown["returned_on"], shown["days_out"]) == (None, 6)
    told = district("case", "timeline", case, "--status", "schooling", "--json").json["items"]
    assert [(one["on"], one["upto"], one["what"]) for one in told] == [
        ("2026-03-02", "2026-09-07", "last attended"),
        ("2026-09-08", None, "returned"),
        ("2026-09-25", None, "last attended"),
    ]


def test_a_wide_gap_asks_for_what_keeps_peers_of_the_same_age(district: Run, case: str) -> None:
    narrow = district("credit", "set", case, "--gap-years", "1")
    assert "--way" not in narrow.err
    wide = district("credit", "set", case, "--gap-years", "2")
    assert (wide.code, "--way" in wide.err) == (0, True)
    kept = district("credit", "set", case, "--way", "partial-schedule", "--way", "online_credits")
    assert "--way" not in kept.err
    assert district("credit", "show", case, "--json").json["ways"] == [
        "partial_schedule",
        "online_credits",
    ]


def test_the_gap_is_typed_and_never_follows_from_the_birth_date(district: Run, case: str) -> None:
    district("case", "edit", case, "--grade", "9", given={"birth_date": "2008-10-02"})
    district("credit", "set", case, "--required", "24")
    for today in ("2026-10-01", "2026-10-02"):
        for line in (["credit", "show", case], ["case", "show", case], ["case", "timeline", case]):
            shown = district(*line, "--json", today=today)
            assert "2008" not in shown.out
            assert "gap_years" not in shown.out or '"gap_years": null' in shown.out


def test_a_route_that_leads_out_of_school_heeds_a_wish_about_placement(
    district: Run, case: str
) -> None:
    district(
        "wish", "add", case, "--about", "placement", "--heard-by", "lee", given={"words": "stay"}
    )
    assert district("credit", "set", case, "--route", "diploma").code == 0
    refused = district("credit", "set", case, "--route", "ged", "--json")
    assert (refused.code, refused.error["rule"]) == (4, "W1")
    assert district("credit", "show", case, "--json").json["route"] == "diploma"
    gone_on = district(
        "credit",
        "set",
        case,
        "--route",
        "ged",
        "--despite",
        "W1",
        given={"reason": "she asked for it herself today"},
    )
    assert gone_on.code == 0
    aside = district("case", "show", case, "--json").json["wishes"][0]["set_aside"]
    assert [one["command"] for one in aside] == ["credit set"]


AMOUNTS = st.integers(0, 10_000)
CREDITS = st.lists(
    st.tuples(
        st.sampled_from(["requested", "in_recovery", "partial", "earned", "waived"]),
        st.none() | AMOUNTS,
        st.booleans(),
    ),
    max_size=12,
)


@explored(CREDITS, st.none() | AMOUNTS)
def test_every_hundredth_is_in_one_total_and_no_other(
    made: list[tuple[schooling.State, int | None, bool]], required: int | None
) -> None:
    found = [
        Credit(
            case="HX4T",
            id=f"Q{nth}",
            state=state,
            hundredths=amount,
            on=DAY,
            ended_on=DAY if over else None,
        )
        for nth, (state, amount, over) in enumerate(made, 1)
    ]
    parts = {state: schooling.total(found, state) for state in schooling.STATUSES}
    assert sum(parts.values()) == sum(amount or 0 for _, amount, _ in made)
    missing = schooling.needed(Schooling(case="HX4T", required=required), found)
    if required is None:
        assert missing is None
    else:
        held = parts["earned"] + parts["partial"] + parts["waived"]
        assert missing == max(0, required - held)


@explored(AMOUNTS)
def test_an_amount_reads_as_it_is_typed(hundredths: int) -> None:
    from reintegrate_cli.line.reading import read
    from reintegrate_cli.nouns.credit.verbs import NewCredit

    typed = {"status": "earned", "amount": schooling.amount(hundredths)}
    form, _ = read(NewCredit, typed, None, today=DAY)
    assert form.amount == hundredths
    assert not schooling.amount(hundredths).endswith(".")


@explored(
    st.lists(st.tuples(st.none() | st.integers(0, 60), st.none() | st.integers(0, 60)), max_size=6)
)
def test_no_stay_out_of_school_is_ever_lost(said: list[tuple[int | None, int | None]]) -> None:
    kept = Schooling(case="HX4T")
    seen: set[tuple[date, date]] = set()
    for last, back in said:
        days = {"last_attended_on": last, "returned_on": back}
        given = {name: DAY + timedelta(days=day) for name, day in days.items() if day is not None}
        try:
            kept = schooling.amended(kept, replace(kept, **given), given.get("returned_on"))
        except Usage:
            continue
        stays = {(one.last_attended_on, one.returned_on) for one in kept.former}
        assert seen <= stays
        seen = stays
        out = schooling.days_out(kept, DAY + timedelta(days=99))
        assert (out is None) == (kept.last_attended_on is None)
        assert out is None or out >= 0
