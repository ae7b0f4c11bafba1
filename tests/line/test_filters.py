"""Every list takes the same filters; one that they emptied says so, and never that there is none."""

import pytest

from conftest import Run
from reintegrate_cli import catalogue
from reintegrate_cli.line import typed
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.narrowing import Filters
from reintegrate_cli.line.plain import Argument
from test_conformance import full

__all__ = ["full"]

KEYS = {item.name for item in inputs_of(Filters)}
LISTS = [
    verb.command
    for noun in catalogue.BY_NAME
    for verb in typed.verbs_of(noun).values()
    if verb.is_list
    and any({item.name for item in inputs_of(form)} >= KEYS for form in verb.forms.values())
    and not any(isinstance(one.said, Argument) and one.required for one in verb.parameters())
]
NEVER = {"vault purge"}  # without a schedule there is nothing to list
OF_NO_CASE = {"agenda", "today", "history", "staff list", "case list", *NEVER}


def test_law_5_every_list_of_a_noun_that_keeps_records_takes_them() -> None:
    listing = {
        f"{noun.name} list"
        for noun in catalogue.NOUNS
        if noun.tables and "list" in typed.verbs_of(noun.name)
    }
    assert listing <= set(LISTS)
    assert len(LISTS) > 20
    assert {"agenda", "today", "history", "checkin schedules", "checkin conferrals"} <= set(LISTS)


@pytest.mark.parametrize("command", [one for one in LISTS if one not in NEVER])
@pytest.mark.parametrize(
    "narrowing",
    [["--since", "2199-01-01"], ["--school", "Nowhere"], ["--owner", "lee"]],
    ids=["since", "school", "owner"],
)
def test_law_5_what_a_filter_hides_is_not_called_nothing(
    district: Run, full: str, command: str, narrowing: list[str]
) -> None:
    line = command.split()
    if command == "report moves":  # the case of everything stays where it is
        moved = ("--option", "alternative", "--on", "2026-09-01", "--made-by", "school")
        known = ("--known-at-time", "no", "--reason", "behavior")
        assert district("placement", "record", full, *moved, *known).code == 0
    assert district(*line, "--json").json["items"], command
    ended = district(*line, *narrowing)
    if district(*line, *narrowing, "--json").json["items"]:
        assert narrowing[0] == "--owner"  # lee is on the staff, and has a task of their own
        return
    assert ended.out == ""
    assert ended.err.splitlines()[-1].startswith("no ")
    assert ended.err.splitlines()[-1].endswith(" matches"), ended.err


@pytest.mark.parametrize("command", [one for one in LISTS if one not in OF_NO_CASE])
def test_law_5_where_there_is_nothing_no_filter_is_blamed(
    district: Run, case: str, command: str
) -> None:
    line = command.split()
    plain = district(*line)
    if plain.out:  # the case itself
        return
    for narrowing in ([], ["--case", case], ["--until", "1999-01-01"], ["--school", "Nowhere"]):
        ended = district(*line, *narrowing)
        assert ended.code == 0
        assert plain.err.splitlines()[-1] in ended.err.splitlines()
        assert "matches" not in ended.err


def test_a_case_without_any_does_not_say_that_there_is_none(district: Run, full: str) -> None:
    other = district("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"]
    for noun, called in (
        ("wish", "wish"),
        ("goal", "goal"),
        ("need", "need"),
        ("release", "release"),
        ("attendance", "attendance signal"),
    ):
        assert district(noun, "list", "--case", other).err == f"no {called} matches\n"
    assert district("case", "list", "--status", "closed").err == "no case matches\n"
    assert district("task", "list", "--status", "done").err == "no task matches\n"


def test_a_list_is_narrowed_to_a_school(district: Run, full: str) -> None:
    for noun in ("case", "wish", "task", "checkin"):
        for school, some in (("ridgeline", True), ("Nowhere", False)):
            found = district(noun, "list", "--school", school, "--json").json["items"]
            assert bool(found) == some, noun
    assert district("partner", "list", "--school", "Ridgeline", "--json").json["items"]
    added = district("staff", "add", "ruiz", "--role", "school_nurse", "--school", "Juniper")
    assert added.code == 0
    (ruiz,) = district("staff", "list", "--school", "juniper", "--json").json["items"]
    assert ruiz["slug"] == "ruiz"


def test_a_school_that_the_district_does_not_list_is_missing(
    district: Run, full: str, tmp_path: object
) -> None:
    from pathlib import Path

    with (Path(str(tmp_path)) / "district.toml").open("a") as config:
        config.write('schools = ["Ridgeline"]\n')
    assert district("case", "list", "--school", "ridgeline").code == 0
    assert district("case", "list", "--school", "Nowhere").code == 5


def test_a_partner_who_delivers_a_need_has_to_do_with_the_case(district: Run, case: str) -> None:
    for slug in ("HARBOR", "MERID", "NSTAR"):
        assert district("partner", "add", slug, "--kind", "legal", "--regime", "none").code == 0
    need = ("need", "add", case, "--area", "legal", "--partner", "HARBOR")
    made = district(*need)
    assert made.code == 0, made.err
    line = ("partner", "list", "--case", case, "--json")
    assert [row["slug"] for row in district(*line).json["items"]] == ["HARBOR"]
    conference = ("conference", "add", "--on", "fri", "--agency", "MERID", "--case", case)
    assert district(*conference).code == 0
    assert [row["slug"] for row in district(*line).json["items"]] == ["HARBOR", "MERID"]
    other = district("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"]
    assert district("partner", "list", "--case", other).err == "no partner matches\n"


def test_history_and_agenda_are_told_apart_too(district: Run, full: str) -> None:
    assert district("history", "--until", "1999-01-01").err.endswith("\nno entry matches\n")
    assert district("agenda", "--kind", "mou").err == "no row matches\n"
    assert district("agenda", "--kind", "mou", today="2026-12-24").code == 0
