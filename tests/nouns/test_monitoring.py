"""What staff who confer say: two scales with what was seen, and no score of anybody (E4)."""

import os
import sys
from datetime import date, timedelta

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.nouns.checkin import monitoring
from reintegrate_cli.nouns.checkin.record import CheckIn

START = date(2026, 1, 1)
SEEN = "there 9 days of 10; sits with two friends at lunch"


@pytest.fixture
def conferred(district: Run, case: str) -> str:
    """A case about which the counselor confers every two weeks since 1 September."""
    made = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "staff",
        "--who",
        "lee",
        "--mode",
        "in_person",
        "--starts",
        "2026-09-01",
    )
    assert made.code == 0, made.err
    return case


def done(run: Run, ref: str, *more: str, today: str = "2026-10-01", **fields: str):  # type: ignore[no-untyped-def]
    return run("checkin", "done", ref, *more, "--json", today=today, given=fields or {"note": ""})


def test_a_conferral_keeps_both_scales_with_what_was_seen(district: Run, conferred: str) -> None:
    made = done(district, conferred, "--academic", "3", "--social", "2", evidence=SEEN)
    assert (made.json["academic"], made.json["social"]) == (3, 2)
    assert "friends" not in made.out
    kept = district("case", "show", conferred, "--json").json["conferrals"]
    assert [(one["on"], one["academic"], one["social"], one["evidence"]) for one in kept] == [
        ("2026-10-01", 3, 2, SEEN)
    ]
    told = district("case", "timeline", conferred, "--status", "checkin", "--json").json["items"]
    assert (told[0]["what"], told[0]["text"]) == ("done, in_person, academic 3, social 2", SEEN)


def test_a_conferral_without_scales_is_recorded_as_ever(district: Run, conferred: str) -> None:
    made = done(district, conferred)
    assert (made.code, made.json["academic"], made.json["next_on"]) == (0, None, "2026-10-15")
    assert district("case", "show", conferred, "--json").json["conferrals"] == []


def test_nobody_scores_a_student_at_a_visit(district: Run, case: str) -> None:
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
    for line, given in (
        (["--academic", "3"], {"evidence": SEEN}),
        (["--social", "1"], {}),
        ([], {"evidence": SEEN}),
    ):
        refused = done(district, case, *line, **given)
        assert (refused.code, refused.error["rule"]) == (4, "E4")
        assert refused.error["message"] == "nobody scores a student at a visit"
        assert SEEN not in refused.err
    assert district("checkin", "list", "--status", "done", "--json").json["items"] == []


@pytest.mark.parametrize(
    ("line", "given", "code", "named"),
    [
        (["--academic", "3"], {}, 4, ["evidence"]),
        ([], {"evidence": SEEN}, 4, ["academic", "social"]),
        (["--academic", "5"], {"evidence": SEEN}, 2, ["academic"]),
        (["--social", "0"], {"evidence": SEEN}, 2, ["social"]),
        (["--social", "good"], {"evidence": SEEN}, 2, ["social"]),
    ],
)
def test_a_scale_is_one_to_four_and_says_what_was_seen(
    district: Run,
    conferred: str,
    line: list[str],
    given: dict[str, str],
    code: int,
    named: list[str],
) -> None:
    ended = done(district, conferred, *line, **given)
    assert (ended.code, ended.error["fields"]) == (code, named)
    assert district("checkin", "list", "--status", "done", "--json").json["items"] == []


def test_a_partner_gives_no_scale_either(district: Run, case: str) -> None:
    district("partner", "add", "HARBOR", "--kind", "other")
    district("checkin", "schedule", case, "--with", "partner", "--who", "HARBOR", "--mode", "phone")
    refused = done(district, case, "--social", "2", evidence=SEEN)
    assert (refused.code, refused.error["rule"]) == (4, "E4")
    assert "visit" not in refused.err


def test_what_is_wrong_on_the_line_is_said_before_who_is_missing(
    district: Run, conferred: str
) -> None:
    assert done(district, "ZZZZ", "--academic", "5").code == 2
    assert done(district, "ZZZZ", "--academic", "3").code == 5
    assert done(district, conferred, "--academic", "3", "--by", "nobody").code == 5


def test_only_what_was_done_takes_scales(district: Run, conferred: str) -> None:
    for name in ("attempt", "miss", "decline", "cancel"):
        assert district("checkin", name, conferred, "--academic", "3").code == 2
        assert "academic" not in district("schema", "checkin", name).json["properties"]


def test_the_chart_has_a_line_for_each_scale_with_the_dates_under_them(
    district: Run, conferred: str
) -> None:
    for day, academic, social in (
        ("2026-09-01", "1", "2"),
        ("2026-09-15", "2", "2"),
        ("2026-09-29", "3", "1"),
    ):
        made = done(
            district,
            conferred,
            "--academic",
            academic,
            "--social",
            social,
            "--on",
            day,
            evidence=SEEN,
        )
        assert made.code == 0, made.err
    lines = district("case", "show", conferred).out.splitlines()
    at = next(nth for nth, line in enumerate(lines) if line.startswith("academic"))
    assert lines[at].split() == ["academic", "▁", "1", "▃", "2", "▅", "3"]
    assert lines[at + 1].split() == ["social", "▃", "2", "▃", "2", "▁", "1"]
    assert lines[at + 2].split() == ["1", "Sep", "15", "Sep", "29", "Sep"]
    assert "3 mostly" in lines[at + 3]


def test_who_was_never_conferred_about_comes_first(district: Run, conferred: str) -> None:
    other = district("case", "add", "--school", "Juniper", "--setting", "home", "--json").json[
        "ref"
    ]
    done(district, conferred, "--academic", "2", "--on", "2026-09-15", evidence=SEEN)
    rows = district("checkin", "conferrals", "--json").json["items"]
    assert [
        (row["case"], row["status"], row["days"], row["who"], row["academic"]) for row in rows
    ] == [(other, "never", None, None, None), (conferred, "late", 16, "lee", 2)]
    late = district("checkin", "conferrals", "--status", "late", "--json").json["items"]
    assert [row["case"] for row in late] == [conferred]
    for since, expected in (("2026-09-15", [other]), ("2026-09-16", [other, conferred])):
        found = district("checkin", "conferrals", "--none-since", since, "--json").json["items"]
        assert [row["case"] for row in found] == expected
    district("case", "pause", other)
    district("case", "close", conferred, "--reason", "moved")
    assert district("checkin", "conferrals", "--json").json["items"] == []


def test_at_a_terminal_the_scales_are_asked_for_a_conferral_alone(
    district: Run, conferred: str
) -> None:
    line = ["-m", "reintegrate_cli", "checkin", "done", conferred]
    typing = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    for asked, answers in (
        ("what to remember", ["."]),
        ("academic", ["5", "\x153"]),
        ("social", [""]),
        ("what was seen", [SEEN, "."]),
        ("next date", [""]),
    ):
        typing.expect(asked)
        for answer in answers:
            typing.sendline(answer)
    typing.expect(pexpect.EOF)
    typing.close()
    assert typing.exitstatus == 0
    kept = district("case", "show", conferred, "--json").json["conferrals"][0]
    assert (kept["academic"], kept["social"], kept["evidence"]) == (3, None, SEEN)


SCALES = st.none() | st.integers(1, 4)


@explored(
    st.lists(st.tuples(st.integers(0, 700), SCALES, SCALES), max_size=40), st.integers(40, 200)
)
def test_a_chart_shows_the_latest_as_they_were_said_and_fits(
    said: list[tuple[int, int | None, int | None]], width: int
) -> None:
    found = monitoring.readings(
        CheckIn(
            case="HX4T",
            id=f"E{nth}",
            schedule="S1",
            outcome="done",
            happened_on=START + timedelta(days=on),
            academic=academic,
            social=social,
        )
        for nth, (on, academic, social) in enumerate(said, 1)
    )
    with_scale = sorted(on for on, academic, social in said if academic or social)
    assert [(one.on - START).days for one in found] == with_scale
    lines = monitoring.chart(found, width)
    if not found:
        assert lines == []
        return
    academic, social, days, _ = lines
    assert max(map(len, lines[:3])) <= width
    count = len(days.split()) // 2
    latest = found[-count:]
    for line, name in ((academic, "academic"), (social, "social")):
        wanted = [str(scale) for one in latest if (scale := getattr(one, name)) is not None]
        assert [word for word in line.split() if word.isdigit()] == wanted


def test_there_is_no_field_for_a_score() -> None:
    for kind in (monitoring.Reading, monitoring.ConferralRow):
        names = set(kind.__struct_fields__)
        assert not {
            name for name in names if {"score", "risk", "average", "mean"} & set(name.split("_"))
        }
