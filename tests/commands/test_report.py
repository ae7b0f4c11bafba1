"""Reports for a supervisor: the caseload, and who is trained; no name, and nothing to release."""

import io
import stat
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from conftest import Run
from reintegrate_cli.kept.sheets import Sheet, workbook
from reintegrate_cli.line.typed import verbs_of

TODAY = "2026-10-05"


@pytest.fixture
def schools(district: Run) -> list[str]:
    """Three cases at two schools: one of them closed, one of hale's, one with a contact."""
    assert district("staff", "add", "hale", "--role", "specialist", "--days", "mon,tue").code == 0
    refs = []
    for school, setting, day in (
        ("Ridgeline", "home", "2026-03-02"),
        ("Ridgeline", "home_supports", "2026-09-21"),
        ("Juniper", "home", "2026-09-22"),
    ):
        line = ("case", "add", "--school", school, "--setting", setting, "--opened-on", day)
        refs.append(district(*line, "--json", today=TODAY).json["ref"])
    assert district("case", "close", refs[1], "--reason", "moved", today=TODAY).code == 0
    assert district("case", "edit", refs[2], "--owner", "hale", today=TODAY).code == 0
    agreed = ("--with", "student", "--every", "1w", "--mode", "phone", "--chosen-by", "student")
    schedule = ("checkin", "schedule", refs[0], *agreed, "--chosen-on", "2026-09-01")
    assert district(*schedule, "--starts", "2026-09-01", today=TODAY).code == 0
    assert district("checkin", "done", refs[0], "--on", "2026-09-22", today=TODAY).code == 0
    return refs


def counted(run: Run, *more: str, code: int = 0) -> dict[str, Any]:
    ended = run("report", "caseload", *more, "--json", today=TODAY)
    assert ended.code == code, ended.err
    return {row["group"]: row for row in ended.json["items"]}


def test_each_report_is_a_file_of_its_own_and_is_found() -> None:
    assert {"caseload", "training"} <= set(verbs_of("report"))


def test_cases_are_counted_with_what_came_and_went(district: Run, schools: list[str]) -> None:
    shown = district("report", "caseload", "--per", "school", "--json", today=TODAY).json
    assert shown["as_of"] == TODAY
    assert "not for release" in shown["paper"]
    assert (shown["since"], shown["until"]) == ("2026-09-05", TODAY)
    rows = {row["group"]: row for row in shown["items"]}
    own = ("cases", "opened", "closed", "contacts", "overdue", "active", "intake")
    assert [rows["Ridgeline"][name] for name in own] == [1, 1, 1, 1, 1, 1, 0]
    assert [rows["Juniper"][name] for name in own] == [1, 1, 0, 0, 0, 0, 1]
    assert shown["total"]["cases"] == 2
    assert rows["Ridgeline"]["days"] is None


def test_they_are_counted_by_person_setting_and_status(district: Run, schools: list[str]) -> None:
    owners = counted(district)
    assert {name: row["cases"] for name, row in owners.items()} == {"hale": 1, "okafor": 1}
    assert {name: row["days"] for name, row in owners.items()} == {"hale": 2, "okafor": 5}
    assert counted(district, "--per", "setting")["home"]["cases"] == 2
    statuses = counted(district, "--per", "status")
    assert statuses["closed"]["closed"] == 1
    assert statuses["closed"]["cases"] == 0
    assert set(counted(district, "--per", "owner", "--school", "juniper")) == {"hale"}
    assert set(counted(district, "--owner", "okafor")) == {"okafor"}
    assert counted(district, "--since", "2026-01-01")["okafor"]["opened"] == 2


def test_what_is_due_counts_for_who_has_to_do_it(district: Run, schools: list[str]) -> None:
    before = counted(district)
    assert (before["okafor"]["overdue"], before["hale"]["overdue"]) == (1, 0)
    task = ("task", "add", "--due", "2026-10-06", "--owner", "hale")
    assert district(*task, given={"text": "x"}, today=TODAY).code == 0
    assert counted(district)["hale"]["due"] == before["hale"]["due"] + 1
    away = ("--starts", "2026-10-05", "--ends", "2026-10-09")
    assert district("cover", "add", "okafor", "--by", "hale", *away, today=TODAY).code == 0
    covered = counted(district)
    assert (covered["okafor"]["overdue"], covered["hale"]["overdue"]) == (0, 1)
    assert covered["okafor"]["cases"] == 1  # nothing is handed over


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--until", "2026-10-06"), 2),
        (("--since", "2026-10-02", "--until", "2026-10-01"), 2),
        (("--per", "grade"), 2),
        (("--school", "x y"), 4),
        (("--owner", "nobody"), 5),
    ],
)
def test_what_makes_no_sense_is_said(
    district: Run, schools: list[str], more: tuple[str, ...], code: int
) -> None:
    ended = district("report", "caseload", *more, today=TODAY)
    assert (ended.code, ended.out) == (code, "")


def test_a_filter_that_leaves_nothing_says_so(district: Run, schools: list[str]) -> None:
    ended = district("report", "caseload", "--school", "Nowhere", today=TODAY)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("\nno case matches\n")


def test_it_says_first_that_it_is_not_for_release_and_is_in_the_history(
    district: Run, schools: list[str]
) -> None:
    ended = district("report", "caseload", today=TODAY)
    assert "not for release" in ended.err.splitlines()[0]
    entry = district("history", "--json", today=TODAY).json["items"][-1]
    assert (entry["command"], entry["refs"]) == ("report caseload", ["report"])
    assert district("undo", entry["id"], today=TODAY).code == 4


def test_its_workbook_is_for_its_owner_alone(
    district: Run, schools: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "caseload.xlsx"
    line = ("report", "caseload", "--per", "setting", "--xlsx", str(file))
    assert district(*line, today=TODAY).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Caseload", "Cases"]
    for sheet in book:
        assert "not for release" in str(sheet["A1"].value)
    counts = [[cell.value for cell in row] for row in book["Caseload"].iter_rows(min_row=4)]
    assert counts[0][:3] == ["setting", "cases", "intake"]
    assert ["home", 2, 1] in [row[:3] for row in counts]
    refs = [row[0].value for row in book["Cases"].iter_rows(min_row=5)]
    assert sorted(map(str, refs)) == sorted(schools)
    entry = district("history", "--json", today=TODAY).json["items"][-1]
    assert set(schools) <= set(entry["refs"])


def test_its_workbook_takes_no_other_files_place(
    district: Run, schools: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "mine.xlsx"
    file.write_text("mine")
    ended = district("report", "caseload", "--xlsx", str(file), today=TODAY)
    assert ended.code == 2
    assert file.read_text() == "mine"
    nowhere = district("report", "caseload", "--xlsx", str(tmp_path / "no" / "x"), today=TODAY)
    assert nowhere.code == 9
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix == ".new") == []


def test_no_cell_of_a_workbook_runs_or_links() -> None:
    hostile = ['=HYPERLINK("http://x")', "+1", "@x", "-1", "\x1b[31mred", "http://example.org"]
    data = workbook("first", [Sheet("One", "about", ["=heading"], [[cell] for cell in hostile])])
    sheet = openpyxl.load_workbook(io.BytesIO(data))["One"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type in ("s", "n") and cell.hyperlink is None for cell in cells)
    shown = [str(cell.value) for cell in cells if cell.value is not None]
    assert not [text for text in shown if text[0] in "=+-@" or "\x1b" in text]


def test_who_completed_a_training_is_counted_by_school(district: Run, tmp_path: Path) -> None:
    for slug, role, school in (
        ("ada", "teacher", "Ridgeline"),
        ("ben", "social_worker", "Ridgeline"),
        ("cid", "principal", "Juniper"),
    ):
        assert district("staff", "add", slug, "--role", role, "--school", school).code == 0
    for slug, level, day in (
        ("ada", "basic", "2026-09-01"),
        ("ada", "intensive", "2026-09-20"),
        ("ben", "basic", "2023-09-01"),
    ):
        line = ("training", "add", slug, "--level", level, "--completed", day)
        assert district(*line, today=TODAY).code == 0
    drivers = tmp_path / "drivers.csv"
    drivers.write_text(
        "person,role,school,level,completed_on\n"
        "D1,bus_driver,Juniper,basic,2026-09-03\n"
        "D2,bus_driver,Ridgeline,basic,2026-09-30\n"
    )
    assert district("training", "import", str(drivers), today=TODAY).code == 0
    shown = district("report", "training", "--json", today=TODAY).json
    rows = {row["school"]: row for row in shown["items"]}
    own = ("educators", "other_staff", "basic", "intensive", "current")
    assert [rows["Ridgeline"][name] for name in own] == [1, 2, 2, 1, 2]
    assert [rows["Juniper"][name] for name in own] == [0, 1, 1, 0, 1]
    assert shown["schools"] == 2
    assert shown["total"]["educators"] == 1
    assert rows["Ridgeline"]["missing"] == 1  # ben, whose role the guidance names
    since = district("report", "training", "--since", "2026-09-10", "--json", today=TODAY).json
    rows = {row["school"]: row for row in since["items"]}
    assert [rows["Ridgeline"][name] for name in own] == [1, 1, 1, 1, 2]
    assert [rows["Juniper"][name] for name in own] == [0, 0, 0, 0, 1]
    told = district("report", "training", today=TODAY)
    assert "ada" not in told.out
    assert "D1" not in told.out
    assert "2 schools: 1 educator and 3 other staff" in told.err


def test_somebody_who_changed_schools_counts_where_they_are_now(
    district: Run, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    heading = "person,role,school,level,completed_on\n"
    first.write_text(heading + "D1,bus_driver,Juniper,basic,2024-09-03\n")
    second.write_text(heading + "D1,teacher,Ridgeline,basic,2026-09-03\n")
    for file in (first, second):
        assert district("training", "import", str(file), today=TODAY).code == 0
    rows = district("report", "training", "--json", today=TODAY).json["items"]
    assert [(row["school"], row["educators"], row["other_staff"]) for row in rows] == [
        ("Juniper", 0, 0),
        ("Ridgeline", 1, 0),
    ]
    only = district("report", "training", "--school", "Juniper", "--json", today=TODAY).json
    assert [row["educators"] + row["other_staff"] for row in only["items"]] == [0]
    assert district("report", "training", "--until", "2026-10-06", today=TODAY).code == 2


@pytest.fixture
def money(district: Run, schools: list[str]) -> list[str]:
    """What two sources gave two cases, and what was used of it."""
    first, _, third = schools
    for line, day in (
        (("source", "MEDICAID", "--tier", "medicaid", "--order", "1"), TODAY),
        (("source", "CITY", "--tier", "city", "--order", "2"), TODAY),
        (("authorize", first, "--sessions", "40", "--amount", "4000.00"), "2026-08-03"),
        (("use", first, "--sessions", "30"), "2026-09-01"),
        (("use", first, "--sessions", "1"), "2026-10-01"),
        (("invoice", first, "--amount", "3000.00"), "2026-09-02"),
        (("pay", first, "--amount", "1000.00"), "2026-09-30"),
        (("authorize", third, "--amount", "600.00"), "2026-10-02"),
        (("outcome", third, "--outcome", "denied"), "2026-10-05"),
    ):
        source = {first: "MEDICAID", third: "CITY"}.get(line[1])
        of = () if source is None else ("--source", source)
        ended = district("fund", *line, *of, today=day)
        assert ended.code == 0, ended.err
    return schools


def summed(run: Run, *more: str, today: str = TODAY) -> Any:
    ended = run("report", "funding", *more, "--json", today=today)
    assert ended.code == 0, ended.err
    return ended.json


def test_money_is_summed_up_by_source_to_the_cent(district: Run, money: list[str]) -> None:
    shown = summed(district)
    assert "not for release" in shown["paper"]
    rows = {row["group"]: row for row in shown["items"]}
    own = ("cases", "authorized_cents", "used_cents", "left_cents", "paid_cents", "closed")
    assert [rows["MEDICAID"][name] for name in own] == [1, 400_000, 310_000, 90_000, 100_000, 0]
    assert [rows["CITY"][name] for name in own] == [1, 60_000, 0, 0, 0, 1]
    since = ("authorized_since_cents", "used_since_cents", "paid_since_cents")
    assert [rows["MEDICAID"][name] for name in since] == [0, 10_000, 100_000]
    assert [rows["CITY"][name] for name in since] == [60_000, 0, 0]
    assert shown["total"]["authorized_cents"] == 460_000
    assert (shown["total"]["cases"], rows["MEDICAID"]["sessions_used"]) == (2, 31)


def test_money_is_summed_up_by_school_owner_and_day(district: Run, money: list[str]) -> None:
    by_school = {
        row["group"]: row["used_cents"] for row in summed(district, "--per", "school")["items"]
    }
    assert by_school == {"Ridgeline": 310_000, "Juniper": 0}
    assert {row["group"] for row in summed(district, "--per", "tier")["items"]} == {
        "city",
        "medicaid",
    }
    assert [row["group"] for row in summed(district, "--owner", "hale")["items"]] == ["CITY"]
    (row,) = summed(district, "--until", "2026-09-15")["items"]
    assert (row["used_cents"], row["paid_cents"], row["left_cents"]) == (300_000, 0, 100_000)
    for wrong in (("--until", "2026-10-06"), ("--since", "2026-10-02", "--until", "2026-10-01")):
        assert district("report", "funding", *wrong, today=TODAY).code == 2


def test_the_workbook_of_money_is_for_its_owner_alone(
    district: Run, money: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "funding.xlsx"
    line = ("report", "funding", "--xlsx", str(file))
    ended = district(*line, today=TODAY)
    assert (ended.code, "not for release" in ended.err.splitlines()[0]) == (0, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Funding", "Ledgers"]
    for sheet in book:
        assert "not for release" in str(sheet["A1"].value)
    rows = [[cell.value for cell in row] for row in book["Ledgers"].iter_rows(min_row=5)]
    assert sorted(map(str, (row[0] for row in rows))) == sorted([money[0], money[2]])
    assert [row[4:7] for row in rows if row[0] == money[0]] == [[4000, 3100, 900]]
    entry = district("history", "--json", today=TODAY).json["items"][-1]
    assert entry["command"] == "report funding"
    assert {money[0], money[2]} <= set(entry["refs"])


FILES = {
    name: option
    for name, verb in verbs_of("report").items()
    for option in ("--xlsx", "--out")
    if any(option in one.names for one in verb.parameters())
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_paper_that_is_written_is_its_owners_and_says_first_what_it_is(
    district: Run, schools: list[str], tmp_path: Path, name: str
) -> None:
    file = tmp_path / f"paper.{'xlsx' if FILES[name] == '--xlsx' else 'html'}"
    ended = district("report", name, FILES[name], str(file), today=TODAY)
    assert ended.code == 0, ended.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    if FILES[name] == "--xlsx":
        text = " ".join(str(sheet["A1"].value) for sheet in openpyxl.load_workbook(file))
    else:
        text = file.read_text(encoding="utf-8")
    assert "not for release" in text
    entry = district("history", "--json", today=TODAY).json["items"][-1]
    assert entry["command"] == f"report {name}"
    # It never takes the place of what is there.
    again = district("report", name, FILES[name], str(file), today=TODAY)
    assert again.code in (0, 2), again.err
    file.write_text("mine")
    assert district("report", name, FILES[name], str(file), today=TODAY).code == 2
    assert file.read_text() == "mine"


def test_some_papers_are_written_to_a_file() -> None:
    assert FILES.keys() >= {"caseload", "funding"}
