"""What staff who confer saw: words, inside one case, and no score of anybody (E4)."""

import os
import sys
from typing import get_args

import pexpect
import pytest

from conftest import Run
from reintegrate_cli.catalogue import TABLES, module_of
from reintegrate_cli.core import migrations
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import Sensitivity, fields_of

CLASS = "there 9 days of 10; handed in all of the English work"
OTHERS = "sits with two friends at lunch"


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


def test_a_conferral_keeps_what_staff_saw_in_words(district: Run, conferred: str) -> None:
    made = done(district, conferred, academic=CLASS, social=OTHERS)
    assert (made.json["academic"], made.json["social"]) == ("[private]", "[private]")
    assert "friends" not in made.out
    kept = district("case", "show", conferred, "--json").json["conferrals"]
    assert [(one["on"], one["academic"], one["social"]) for one in kept] == [
        ("2026-10-01", CLASS, OTHERS)
    ]
    told = district("case", "timeline", conferred, "--status", "checkin", "--json").json["items"]
    assert (told[0]["what"], told[0]["text"]) == ("done, in_person", f"{CLASS}; {OTHERS}")


def test_a_conferral_without_words_is_recorded_as_ever(district: Run, conferred: str) -> None:
    made = done(district, conferred)
    assert (made.code, made.json["academic"], made.json["next_on"]) == (0, None, "2026-10-15")
    assert district("case", "show", conferred, "--json").json["conferrals"] == []


@pytest.mark.parametrize("with_", ["student", "partner"])
def test_only_staff_who_confer_say_how_a_student_does(district: Run, case: str, with_: str) -> None:
    district("partner", "add", "HARBOR", "--kind", "other")
    more = {
        "student": ["--every", "1w", "--chosen-by", "student", "--chosen-on", "today"],
        "partner": ["--who", "HARBOR"],
    }[with_]
    district("checkin", "schedule", case, "--with", with_, "--mode", "phone", *more)
    for given in ({"academic": CLASS}, {"social": OTHERS}, {"academic": CLASS, "social": OTHERS}):
        refused = done(district, case, **given)
        assert (refused.code, refused.error["rule"]) == (4, "E4")
        assert refused.error["fields"] == list(given)
        assert CLASS not in refused.err
    assert district("checkin", "list", "--status", "done", "--json").json["items"] == []


@pytest.mark.parametrize("name", ["academic", "social"])
def test_no_number_says_how_a_student_is(district: Run, conferred: str, name: str) -> None:
    assert done(district, conferred, f"--{name}", "3").code != 0
    for number in ("3", "4/5", " 2 "):
        refused = done(district, conferred, **{name: number})
        assert (refused.code, refused.error["rule"], refused.error["fields"]) == (4, "E4", [name])
    assert district("checkin", "list", "--status", "done", "--json").json["items"] == []


def test_only_what_was_done_takes_them(district: Run, conferred: str) -> None:
    for name in ("attempt", "miss", "decline", "cancel"):
        assert "academic" not in district("schema", "checkin", name).json["properties"]


def test_the_case_shows_the_latest_three_in_words(district: Run, conferred: str) -> None:
    for day in ("01", "08", "15", "29"):
        made = done(district, conferred, "--on", f"2026-09-{day}", academic=f"seen {day}")
        assert made.code == 0, made.err
    shown = district("case", "show", conferred).out
    assert "what staff saw, when they conferred" in shown
    assert [day for day in ("01", "08", "15", "29") if f"seen {day}" in shown] == ["08", "15", "29"]
    assert len(district("case", "show", conferred, "--json").json["conferrals"]) == 4


def test_who_was_never_conferred_about_comes_first(district: Run, conferred: str) -> None:
    other = district("case", "add", "--school", "Juniper", "--setting", "home", "--json").json[
        "ref"
    ]
    done(district, conferred, "--on", "2026-09-15", academic=CLASS)
    rows = district("checkin", "conferrals", "--json").json["items"]
    assert [(row["case"], row["status"], row["days"], row["who"]) for row in rows] == [
        (other, "never", None, None),
        (conferred, "late", 16, "lee"),
    ]
    late = district("checkin", "conferrals", "--status", "late", "--json").json["items"]
    assert [row["case"] for row in late] == [conferred]
    for since, expected in (("2026-09-15", [other]), ("2026-09-16", [other, conferred])):
        found = district("checkin", "conferrals", "--none-since", since, "--json").json["items"]
        assert [row["case"] for row in found] == expected
    district("case", "pause", other)
    district("case", "close", conferred, "--reason", "moved")
    assert district("checkin", "conferrals", "--json").json["items"] == []


def test_at_a_terminal_they_are_asked_for_a_conferral_alone(district: Run, conferred: str) -> None:
    line = ["-m", "reintegrate_cli", "checkin", "done", conferred]
    typing = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    for asked, answers in (
        ("what to remember", ["."]),
        ("saw in class", [CLASS, "."]),
        ("saw among other", ["."]),
        ("next date", [""]),
    ):
        typing.expect(asked)
        for answer in answers:
            typing.sendline(answer)
    typing.expect(pexpect.EOF)
    typing.close()
    assert typing.exitstatus == 0
    kept = district("case", "show", conferred, "--json").json["conferrals"][0]
    assert (kept["academic"], kept["social"]) == (CLASS, None)


def test_a_file_of_an_older_schema_keeps_the_words_and_no_number() -> None:
    step = migrations._MIGRATIONS[4, "contacts"]
    old = {"id": "E1", "academic": 3, "social": None, "evidence": CLASS, "note": ""}
    assert step(old) == {"id": "E1", "academic": CLASS, "note": ""}
    assert step({"id": "E2", "academic": None, "social": None, "evidence": ""}) == {"id": "E2"}
    alone = {"id": "E3", "academic": None, "evidence": CLASS, "note": "met"}
    assert step(alone) == {"id": "E3", "note": f"met\n{CLASS}"}


NUMBERS_OF_STUDENTS = {"score", "scale", "risk", "average", "mean", "rank", "level", "rating"}


@pytest.mark.parametrize("table", [name for name, table in TABLES.items() if table.kind])
def test_no_record_of_a_case_has_a_field_for_a_score(table: str) -> None:
    if "case" not in TABLES[table].key:
        return
    kind = getattr(load(module_of(table)), TABLES[table].kind)
    for spec in fields_of(kind):
        assert not NUMBERS_OF_STUDENTS & set(spec.name.split("_"))
        if spec.sensitivity is Sensitivity.PRIVATE:
            assert int not in (spec.type, *get_args(spec.type)), spec.name
