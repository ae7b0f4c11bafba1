"""The support map: what is needed, who delivers it, and what nobody does (clause 2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.calendar import parse_cadence
from reintegrate_cli.nouns.need import record as needs
from reintegrate_cli.nouns.need.record import Delivery, Need

START = date(2026, 9, 1)


@pytest.fixture
def partners(district: Run, case: str) -> str:
    district("partner", "add", "MERID", "--kind", "mental_health")
    district("care", "add", case, "--role", "mentor")
    return case


def add(run: Run, ref: str, *more: str, **fields: object) -> dict[str, object]:
    made = run("need", "add", ref, "--area", "mental-health", *more, "--json", given=fields)
    assert made.code == 0, made.err
    row: dict[str, object] = made.json
    return row


@pytest.mark.parametrize(
    ("option", "who", "through"),
    [("--staff", "LEE", "staff"), ("--partner", "merid", "partner"), ("--care", "k1", "care")],
)
def test_a_need_says_who_delivers_it_and_how_often(
    district: Run, partners: str, option: str, who: str, through: str
) -> None:
    row = add(district, partners, option, who, "--every", "1w", what="somebody to talk to")
    assert (row["through"], row["status"], row["due_on"]) == (through, "met", "2026-10-08")
    assert str(row["who"]).casefold() == who.casefold()
    assert row["what"] == "[private]"
    assert "somebody to talk to" in district("case", "show", partners).out
    assert "somebody" not in district("need", "list", "--json").out


def test_a_need_that_nobody_delivers_is_listed_until_somebody_does(
    district: Run, partners: str
) -> None:
    said = district("need", "add", partners, "--area", "mental_health")
    assert f"need edit {partners} U1" in said.err
    add(district, partners, "--staff", "lee")
    unmet = district("need", "list", "--status", "unmet", "--json").json["items"]
    assert [row["id"] for row in unmet] == ["U1"]
    assert "nobody" in district("need", "list").out
    district("need", "edit", partners, "U1", "--partner", "MERID", "--every", "2w")
    assert district("need", "list", "--status", "unmet", "--json").json["items"] == []


def test_a_need_whose_deliverer_left_is_unmet_again(district: Run, partners: str) -> None:
    add(district, partners, "--staff", "lee", "--every", "1w")
    add(district, partners, "--care", "K1", "--every", "1w")
    district("staff", "end", "lee")
    district("care", "end", partners, "K1")
    unmet = district("need", "list", "--status", "unmet", "--json").json["items"]
    assert [row["id"] for row in unmet] == ["U1", "U2"]
    rows = district("agenda", "--kind", "need", "--days", "10", "--json").json["items"]
    assert {row["command"].split()[2] for row in rows} == {"edit"}


def test_case_show_begins_with_what_nobody_delivers(district: Run, partners: str) -> None:
    add(district, partners, "--staff", "lee")
    add(district, partners)
    shown = district("case", "show", partners).out
    assert shown.index("U2") < shown.index("U1")


def test_a_time_that_passed_without_a_delivery_is_on_the_agenda(
    district: Run, partners: str
) -> None:
    add(district, partners, "--partner", "MERID", "--every", "1w")
    late = district("agenda", "--overdue", "--json", today="2026-10-10").json["items"]
    assert [(row["kind"], row["due_on"], row["days_late"], row["who"]) for row in late] == [
        ("need", "2026-10-08", 2, "MERID")
    ]
    done = district(
        "need",
        "done",
        partners,
        "U1",
        "--on",
        "2026-10-07",
        "--json",
        today="2026-10-10",
        given={"note": "by video"},
    )
    assert (done.json["last_on"], done.json["due_on"]) == ("2026-10-07", "2026-10-14")
    assert district("agenda", "--overdue", "--json", today="2026-10-14").json["items"] == []
    # What was entered late and happened before moves nothing.
    earlier = district(
        "need", "done", partners, "U1", "--on", "2026-10-03", "--json", today="2026-10-10"
    )
    assert earlier.json["due_on"] == "2026-10-14"
    told = district("case", "timeline", partners, "--status", "need", "--json", today="2026-10-10")
    assert [one["on"] for one in told.json["items"]] == ["2026-10-01", "2026-10-03", "2026-10-07"]


def test_a_pause_hides_no_need_and_closing_does(district: Run, partners: str) -> None:
    add(district, partners, "--partner", "MERID", "--every", "1w")
    district("case", "pause", partners, "--until", "2026-11-02")
    late = district("agenda", "--overdue", "--json", today="2026-10-20").json["items"]
    assert [(row["source"], row["due_on"]) for row in late] == [(f"{partners}/U1", "2026-10-08")]
    district("case", "close", partners, "--reason", "moved")
    assert district("agenda", "--overdue", "--json", today="2026-11-03").json["items"] == []


def test_a_need_has_no_end_until_somebody_gives_it_one(district: Run, partners: str) -> None:
    add(district, partners, "--partner", "MERID", "--every", "1m")
    later = district("agenda", "--overdue", "--json", today="2027-06-01").json["items"]
    assert [row["kind"] for row in later] == ["need"]
    assert district("need", "end", partners, "U1", "--json").error["fields"] == ["reason"]
    ended = district("need", "end", partners, "U1", "--reason", "student-choice", "--json")
    assert (ended.json["status"], ended.json["due_on"]) == ("ended", None)
    assert district("agenda", "--overdue", "--json", today="2027-06-01").json["items"] == []
    assert district("need", "list", "--json").json["items"] == []
    assert len(district("need", "list", "--status", "ended", "--json").json["items"]) == 1
    for line in (
        ["need", "done", partners, "U1"],
        ["need", "edit", partners, "U1", "--every", "1w"],
        ["need", "end", partners, "U1", "--reason", "other"],
    ):
        assert district(*line).code == 2


def test_what_does_not_fit_is_said_before_anything_is_kept(district: Run, partners: str) -> None:
    line = ("need", "add", partners, "--area", "legal")
    both = district(*line, "--staff", "lee", "--partner", "MERID", "--json")
    assert (both.code, both.error["fields"]) == (2, ["staff", "partner"])
    for wrong in (["--staff", "nobody"], ["--partner", "NOBODY"], ["--care", "K9"]):
        assert district(*line, *wrong).code == 5
    assert district("need", "list", "--json").json["items"] == []
    add(district, partners)
    assert district("need", "done", partners, "U1", "--on", "2026-09-30").code == 2
    assert district("need", "done", partners, "U7").code == 5


@explored(
    st.sampled_from(["3d", "1w", "1m", "none"]),
    st.lists(st.integers(0, 200), max_size=8),
    st.permutations(range(8)),
)
def test_the_next_day_follows_from_the_last_delivery_in_whatever_order_they_came(
    every: str, days: list[int], order: list[int]
) -> None:
    need = Need(case="HX4T", id="U1", area="other", on=START, every=every)
    for at in order:
        if at < len(days):
            on = START + timedelta(days=days[at])
            need = needs.delivered(need, Delivery(on=on, by=None, entered_by="lee"))
    cadence = parse_cadence(every)
    last = START + timedelta(days=max(days, default=0))
    assert need.due_on == (cadence.after(last, 1) if cadence else None)
    assert needs.ended(need, date(2027, 9, 1), "other").due_on is None
