"""``paper``: dates of eligibility papers, and nothing that tells a story (I7, I8)."""

import pytest

from conftest import Run

NO_SUBJECT = "add edit end list"


def added(run: Run, case: str, *line: str, code: int = 0) -> dict[str, str]:
    made = run("paper", "add", case, *line, "--json")
    assert made.code == code, made.err
    return made.json if code == 0 else made.error  # type: ignore[no-any-return]


def rows(run: Run, today: str) -> list[tuple[str, str, str]]:
    found = run("agenda", "--kind", "paper", "--days", "200", "--json", today=today).json["items"]
    return [(row["label"], row["due_on"], row["state"]) for row in found]


def test_interim_assistance_of_15_july_ends_on_13_october(district: Run, case: str) -> None:
    paper = added(district, case, "--type", "interim_assistance", "--issued", "2026-07-15")
    assert paper["expires_on"] == "2026-10-13"
    assert rows(district, "2026-09-12")[0][2] == "upcoming"
    assert rows(district, "2026-09-13") == [("paper PA1 ends Tue 13 Oct", "2026-10-13", "due")]
    assert rows(district, "2026-10-14")[0][2] == "overdue"
    assert district("paper", "end", case, "PA1", today="2026-10-14").code == 0
    assert rows(district, "2026-10-14") == []


def test_what_lasts_for_years_is_announced_half_a_year_ahead(district: Run, case: str) -> None:
    line = ("--type", "t_status", "--issued", "2024-03-01", "--expires", "2027-03-01")
    added(district, case, *line)
    assert rows(district, "2026-09-02") == [("paper PA1 ends Mon 1 Mar", "2027-03-01", "due")]


def test_the_day_to_act_is_settled_by_clearing_it(district: Run, case: str) -> None:
    line = ("--type", "other", "--issued", "2026-09-20", "--act-by", "2026-10-09")
    added(district, case, *line)
    (row,) = rows(district, "2026-10-01")
    assert row == ("paper PA1: the day to act Fri 9 Oct", "2026-10-09", "due")
    assert district("settle", f"{case}/PA1").code == 0
    assert rows(district, "2026-10-01") == []


def test_no_row_says_what_a_paper_is(district: Run, case: str) -> None:
    for kind in ("interim_assistance", "eligibility", "continued_presence", "t_status"):
        line = ("--issued", "2026-09-20", "--expires", "2026-10-09")
        added(district, case, "--type", kind, *line)
    said = district("agenda", "--days", "200").out
    assert "PA4" in said
    for word in ("interim", "eligib", "presence", "status", "visa"):
        assert word not in said.replace("state ", "")


def test_the_letter_that_lasts_is_asked_for_before_eighteen(district: Run, case: str) -> None:
    edited = district("case", "edit", case, given={"birth_date": "2008-12-20"})
    assert edited.code == 0, edited.err
    line = ("--type", "interim_assistance", "--issued", "2026-09-20")
    added(district, case, *line)
    asked = [row for row in rows(district, "2026-10-01") if row[0].startswith("ask for")]
    assert [row[1:] for row in asked] == [("2026-11-30", "due")]
    added(district, case, "--type", "eligibility", "--issued", "2026-10-01")
    assert not [row for row in rows(district, "2026-10-01") if row[0].startswith("ask for")]


def test_asking_settles_what_was_to_be_asked_for_and_the_answer_may_take_its_time(
    district: Run, case: str
) -> None:
    assert district("case", "edit", case, given={"birth_date": "2008-10-21"}).code == 0
    added(district, case, "--type", "interim_assistance", "--issued", "2026-07-15")
    (row, _) = district("agenda", "--kind", "paper", "--json").json["items"]
    assert (row["label"][:7], row["state"], row["days_late"]) == ("ask for", "overdue", 1)
    line = row["command"].replace("DATE", "2026-09-24").split()[1:]
    assert district(*line, "--json").json["asked_on"] == "2026-09-24"
    assert [label for label, _, _ in rows(district, "2026-10-01")] == ["paper PA1 ends Tue 13 Oct"]
    cleared = district("paper", "edit", case, "PA1", "--clear", "asked_on", "--json")
    assert cleared.json["asked_on"] is None
    assert len(rows(district, "2026-10-01")) == 2


def test_a_letter_that_lasts_is_asked_for_beside_interim_assistance_alone(
    district: Run, case: str
) -> None:
    added(district, case, "--type", "other", "--issued", "2026-09-20")
    refused = district("paper", "edit", case, "PA1", "--asked-on", "2026-09-24", "--json")
    assert (refused.code, refused.error["fields"]) == (2, ["asked_on"])


@pytest.mark.parametrize(
    "line",
    [
        ("--expires", "2026-09-01"),
        ("--act-by", "2026-09-01"),
        ("--issued", "2026-12-01"),
        ("--holder", "NOBODY"),
    ],
    ids=" ".join,
)
def test_dates_that_do_not_hold_together_are_refused(
    district: Run, case: str, line: tuple[str, ...]
) -> None:
    whole = ("--type", "other", *(() if "--issued" in line else ("--issued", "2026-09-20")), *line)
    added(district, case, *whole, code=5 if "--holder" in line else 2)
    assert district("paper", "list", "--json").json["items"] == []


def test_a_paper_ends_once(district: Run, case: str) -> None:
    added(district, case, "--type", "other", "--issued", "2026-09-20")
    assert district("paper", "end", case, "PA1", "--on", "2026-09-01").code == 2
    assert district("paper", "end", case, "PA1").code == 0
    assert district("paper", "end", case, "PA1").code == 2
    (row,) = district("paper", "list", "--status", "ended", "--json").json["items"]
    assert row["ended_on"] == "2026-10-01"


def test_nothing_can_be_kept_but_dates_and_who_holds_it(district: Run) -> None:
    keys = district("schema", "paper", "add").json["properties"]
    assert set(keys) == {"type", "issued_on", "expires_on", "act_by", "holder"}
