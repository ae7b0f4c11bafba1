"""Trainings: who completed which, the gaps by role and school, and files of many rows."""

import csv
import io
import random
import re
import resource
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Run
from conftest import standing as all_that_is_kept
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.records import sealed
from reintegrate_cli.kept import session, tables, workbooks
from reintegrate_cli.nouns.training import rolls
from reintegrate_cli.nouns.training.record import NINE, Done, judged, standing

NO_SUBJECT = "add gaps import list set show"
HEADINGS = "person,role,school,level,completed_on,expires_on,hours"
DRIVER = "bus_driver,Ridgeline,intensive,2026-09-20,,4.5"

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of trainings; its path."""

    def written(*rows: str, headings: str = HEADINGS, name: str = "people.csv") -> str:
        path = tmp_path / name
        path.write_text("\n".join((headings, *rows, "")), encoding="utf-8")
        return str(path)

    return written


def said(ended: Any) -> tuple[int, int, int]:
    """Return what came of a file: taken, unchanged, bad."""
    assert ended.code == 0, ended.err
    return ended.json["taken"], ended.json["unchanged"], ended.json["bad"]


def sent_back(file: str) -> list[list[str]]:
    """Return the rows that came back."""
    with Path(f"{file}.rejects").open(encoding="utf-8-sig", newline="") as stream:
        return [row[1:] for row in csv.reader(stream)][1:]


def gap(run: Run, role: str, *more: str, school: str = "Ridgeline", today: str = "") -> Any:
    """Return how many hold a role at a school, are trained, and missing."""
    line = ("training", "gaps", "--role", role, "--school", school, *more, "--json")
    (row,) = run(*line, today=today).json["items"]
    return row["people"], row["trained"], row["missing"]


def rows(run: Run, today: str, *more: str) -> list[tuple[str, str, str]]:
    """Return the rows of the agenda about trainings."""
    found = run("agenda", "--kind", "training", "--days", "70", "--json", *more, today=today)
    return [(row["source"], row["due_on"], row["state"]) for row in found.json["items"]]


# One person.


def test_a_training_holds_for_a_year_or_two_and_month_ends_are_clamped(district: Run) -> None:
    for level, ends in (("intensive", "2025-02-28"), ("basic", "2026-02-28")):
        line = ("training", "add", "lee", "--level", level, "--completed", "2024-02-29", "--json")
        assert district(*line).json["expires_on"] == ends


def test_one_person_level_and_day_is_one_training(district: Run) -> None:
    line = ("training", "add", "lee", "--level", "intensive", "--completed", "2026-09-20")
    assert district(*line).code == district(*line, "--hours", "4.5").code == 0
    (row,) = district("training", "list", "--json").json["items"]
    assert (row["id"], row["staff"], row["hours"], row["role"]) == (
        "TR1",
        "lee",
        "4.5",
        "school_counselor",
    )


def test_a_corrected_date_never_makes_two_in_silence(district: Run) -> None:
    line = ("training", "add", "lee", "--level", "intensive", "--completed")
    assert district(*line, "2026-09-20").code == 0
    asked = district(*line, "2026-09-21")
    assert asked.code == 2
    assert "2026-09-20" in asked.err
    assert district(*line, "2026-09-21", "--corrects", "2026-09-20").code == 0
    (row,) = district("training", "list", "--json").json["items"]
    assert (row["id"], row["completed_on"], row["expires_on"]) == (
        "TR1",
        "2026-09-21",
        "2027-09-21",
    )
    assert district(*line, "2026-09-22", "--corrects", "none").code == 0
    assert len(district("training", "list", "--json").json["items"]) == 2


def test_what_is_renewed_before_its_end_has_no_gap_day_and_one_row(district: Run) -> None:
    line = ("training", "add", "lee", "--level", "intensive", "--completed")
    assert district("staff", "edit", "lee", "--school", "Ridgeline").code == 0
    assert district(*line, "2025-11-20").code == 0
    assert rows(district, "2026-09-20") == [("TR1", "2026-11-20", "upcoming")]
    assert rows(district, "2026-09-21") == [("TR1", "2026-11-20", "due")]
    assert rows(district, "2026-12-01") == [("TR1", "2026-11-20", "overdue")]
    assert district(*line, "2026-11-10", today="2026-11-10").code == 0
    assert rows(district, "2026-11-12") == []
    for day in ("2026-11-10", "2026-11-20", "2026-11-21", "2027-11-10"):
        assert gap(district, "school_counselor", today=day) == (1, 1, 0)
    assert gap(district, "school_counselor", today="2027-11-11") == (1, 0, 1)
    states = [row["status"] for row in district("training", "list", "--json").json["items"]]
    assert states == ["renewed", "current"]


def test_an_older_one_that_is_entered_late_takes_nothing_back(district: Run) -> None:
    line = ("training", "add", "lee", "--level", "intensive", "--completed")
    assert district(*line, "2026-09-20").code == district(*line, "2025-09-20").code == 0
    assert rows(district, "2026-10-01") == []
    assert rows(district, "2027-08-01") == [("TR1", "2027-09-20", "due")]


def test_who_left_has_no_row_and_fills_no_post(district: Run) -> None:
    assert district("staff", "edit", "lee", "--school", "Ridgeline").code == 0
    assert (
        district("training", "add", "lee", "--level", "basic", "--completed", "yesterday").code == 0
    )
    assert district("staff", "end", "lee", "--on", "2026-10-01").code == 0
    assert rows(district, "2028-09-20") == []
    assert gap(district, "school_counselor", today="2026-10-02") == (0, 0, 0)
    late = district(
        "training",
        "add",
        "lee",
        "--level",
        "basic",
        "--completed",
        "2026-10-05",
        today="2026-10-06",
    )
    assert (late.code, "K11" in late.err) == (4, True)


@given(
    days=st.lists(
        st.tuples(st.integers(0, 1_500), st.sampled_from(["basic", "intensive"])), max_size=8
    )
)
@settings(max_examples=200)
def test_whatever_is_entered_in_whatever_order_what_was_taken_is_then_unchanged(
    days: list[tuple[int, Any]],
) -> None:
    first = date(2024, 1, 1).toordinal()
    kept: list[Done] = []
    taken = []
    for day, level in days:
        new = Done(first + day, level, first + day + 365, None, ("Ridgeline", "bus_driver"))
        try:
            verdict, kept = judged(kept, new)
        except tables.Usage:
            continue
        taken.append(new)
        assert verdict in ("taken", "unchanged")
    for done in taken:
        assert judged(kept, done)[0] == "unchanged"
    assert len({done.rank for done in kept}) == len(kept)
    assert len(list(standing(kept))) <= 2
    assert not kept or max(kept, key=lambda done: done.rank) in standing(kept)


# Gaps.


def test_every_school_has_a_row_for_each_of_the_nine_roles(district: Run, case: str) -> None:
    assert district("staff", "edit", "lee", "--school", "Juniper").code == 0
    assert district("training", "set", "Mesa", "--role", "teacher", "--people", "12").code == 0
    found = district("training", "gaps", "--json").json["items"]
    roles = {school: [] for school in ("Juniper", "Mesa", "Ridgeline")}  # type: ignore[var-annotated]
    for row in found:
        roles[row["school"]].append(row["role"])
        assert row["level"] == "intensive"
    assert roles["Juniper"] == roles["Ridgeline"] == list(NINE)
    assert roles["Mesa"] == [*NINE, "teacher"]
    assert gap(district, "school_counselor", school="Juniper") == (1, 0, 1)


def test_how_many_hold_a_role_is_what_was_said_and_nothing_is_below_nought(
    district: Run, write: Write
) -> None:
    assert (
        district("training", "set", "Ridgeline", "--role", "front_desk", "--people", "4").code == 0
    )
    people = [
        f"desk {number},front_desk,Ridgeline,intensive,2026-09-2{number},," for number in (1, 2)
    ]
    assert said(district("training", "import", write(*people), "--json")) == (2, 0, 0)
    assert gap(district, "front_desk") == (4, 2, 2)
    assert gap(district, "front_desk", "--level", "basic") == (4, 2, 2)
    assert (
        district("training", "set", "ridgeline", "--role", "front_desk", "--people", "1").code == 0
    )
    assert gap(district, "front_desk") == (1, 2, 0)
    basic = write("desk 3,front_desk,Ridgeline,basic,2026-09-21,,")
    assert said(district("training", "import", basic, "--json")) == (1, 0, 0)
    assert gap(district, "front_desk") == (1, 2, 0)
    assert gap(district, "front_desk", "--level", "basic") == (1, 3, 0)


def test_the_end_of_those_without_a_record_is_one_row_and_a_new_count_settles_it(
    district: Run, write: Write
) -> None:
    people = [
        f"driver {number},bus_driver,Ridgeline,intensive,2025-10-{number},," for number in (20, 25)
    ]
    assert said(district("training", "import", write(*people), "--json")) == (2, 0, 0)
    (row,) = rows(district, "2026-10-01")
    assert row == ("TS1", "2026-10-20", "due")
    renewed = write("driver 20,bus_driver,Ridgeline,intensive,2026-10-01,,")
    assert said(district("training", "import", renewed, "--json")) == (1, 0, 0)
    assert rows(district, "2026-10-01") == [("TS1", "2026-10-25", "due")]
    assert rows(district, "2026-10-28") == [("TS1", "2026-10-25", "overdue")]
    line = ("training", "set", "Ridgeline", "--role", "bus_driver", "--people", "2")
    assert district(*line, today="2026-10-28").code == 0
    assert rows(district, "2026-10-28") == []
    assert gap(district, "bus_driver", today="2026-10-28") == (2, 1, 1)


def test_who_changes_school_counts_where_they_are_now(district: Run, write: Write) -> None:
    assert said(district("training", "import", write(f"ann,{DRIVER}"), "--json")) == (1, 0, 0)
    moved = write(f"Ann,{DRIVER.replace('Ridgeline', 'Juniper')}", name="later.csv")
    assert said(district("training", "import", moved, "--json")) == (1, 0, 0)
    assert said(district("training", "import", moved, "--json")) == (0, 1, 0)
    assert gap(district, "bus_driver") == (0, 0, 0)
    assert gap(district, "bus_driver", school="Juniper") == (0, 1, 0)
    assert district("staff", "edit", "lee", "--school", "Juniper").code == 0
    assert district("training", "add", "lee", "--level", "basic", "--completed", "today").code == 0
    assert district("staff", "edit", "lee", "--school", "Mesa").code == 0
    basic = ("--level", "basic")
    assert gap(district, "school_counselor", *basic, school="Juniper") == (0, 0, 0)
    assert gap(district, "school_counselor", *basic, school="Mesa") == (1, 1, 0)


# Files.


def test_good_rows_are_taken_and_bad_ones_come_back_as_they_were(
    district: Run, write: Write
) -> None:
    headings = f"{HEADINGS},note,note"
    bad = [
        ["bo", "captain", "Ridgeline", "intensive", "2026-09-20", "", "", "=1+1", "two\nlines"],
        ["cy", "bus_driver", "Ridgeline", "expert", "2026-09-20", "", "", "'=x", " +1 "],
        ["di", "bus_driver", "Ridgeline", "basic", "2026-W39", "", "", "", "@SUM(A1)"],
        ["ed", "bus_driver", "Ridgeline", "basic", "2026-10-02", "", "-3", "", ""],
        ["fi", "bus_driver", "Ridgeline", "basic", "2026-09-31", "", "", "''", "\t-"],
        ["", "bus_driver", "Ridgeline", "basic", "2026-09-20", "", "", "", ""],
        ["gi", "bus_driver", "two words", "basic", "2026-09-20", "", "", "", ""],
        ["ha", "", "Ridgeline", "basic", "2026-09-20", "", "", "", ""],
        ["ib", "bus_driver", "Ridgeline", "basic", "2026-09-20", "2026-09-19", "", "", ""],
        ["jo", "bus_driver", "Ridgeline", "basic", "2026-09-20", "", "1e2", "", ""],
        ["ka", "bus_driver", "Ridgeline", "basic", "2026-09-20", "", "", "", "", "one too many"],
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(bad)
    file = write(f"ann,{DRIVER},a,b", text.getvalue().rstrip("\n"), headings=headings)
    for counts in ((1, 0, 11), (0, 1, 11)):
        ended = district("training", "import", file, "--json")
        assert said(ended) == counts
        assert ended.json["rejects"] == f"{file}.rejects"
        path = Path(f"{file}.rejects")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes().startswith(b"\xef\xbb\xbfrejected_because,person,role")
        shown = sent_back(file)
        assert [[tables.as_it_was(cell) for cell in row] for row in shown] == bad
        assert not any(cell.lstrip()[:1] in tuple("=+-@") for row in shown for cell in row if cell)
    # Fed back as they are, they come back once more, with no second column for the reason.
    again = district("training", "import", f"{file}.rejects", "--json")
    assert said(again) == (0, 0, 11)
    assert sent_back(f"{file}.rejects") == shown


def test_what_came_back_is_mended_and_fed_back(district: Run, write: Write) -> None:
    file = write("=ann,captain,Ridgeline,intensive,2026-09-20,,", f"bo,{DRIVER}")
    assert said(district("training", "import", file, "--json")) == (1, 0, 1)
    back = Path(f"{file}.rejects")
    back.write_text(
        back.read_text(encoding="utf-8").replace("captain", "bus driver"), encoding="utf-8"
    )
    assert said(district("training", "import", str(back), "--json")) == (1, 0, 0)
    mended = write("=ann,bus_driver,Ridgeline,intensive,2026-09-20,,", f"bo,{DRIVER}")
    assert said(district("training", "import", mended, "--json")) == (0, 2, 0)


def test_a_file_that_says_two_things_of_one_training_is_answered_the_same_each_time(
    district: Run, write: Write
) -> None:
    file = write(
        f"ann,{DRIVER}",
        f"ann,{DRIVER}",
        f"ann,{DRIVER.replace('4.5', '5')}",
        f"ann,{DRIVER.replace('2026-09-20', '2026-09-21')}",
    )
    assert said(district("training", "import", file, "--json")) == (1, 1, 2)
    assert said(district("training", "import", file, "--json")) == (0, 2, 2)
    columns = f"{HEADINGS},corrects"
    mended = write(f"ann,{DRIVER.replace('2026-09-20', '2026-09-21')},2026-09-20", headings=columns)
    assert said(district("training", "import", mended, "--json")) == (1, 0, 0)
    assert said(district("training", "import", mended, "--json")) == (0, 1, 0)
    (row,) = district("training", "list", "--json").json["items"]
    assert row["completed_on"] == "2026-09-21"


@pytest.mark.both_shelves
def test_a_dry_run_says_what_would_come_of_it_and_writes_nothing(
    district: Run, write: Write
) -> None:
    file = write(f"ann,{DRIVER}", "bo,,,,,,")
    before = all_that_is_kept()
    ended = district("training", "import", file, "--dry-run", "--json")
    assert said(ended) == (1, 0, 1)
    assert ended.json["rejects"] is None
    assert not Path(f"{file}.rejects").exists()
    assert all_that_is_kept() == before


def test_the_whole_file_is_one_unit_of_work(district: Run, write: Write) -> None:
    file = write(f"ann,{DRIVER}", f"bo,{DRIVER.replace('Ridgeline', 'Juniper')}", f"lee,{DRIVER}")
    assert said(district("training", "import", file, "--json")) == (3, 0, 0)
    assert len(district("training", "list", "--json").json["items"]) == 3
    assert district("undo").code == 0
    assert district("training", "list", "--json").json["items"] == []


def test_somebody_elses_file_is_not_written_over(district: Run, write: Write) -> None:
    file = write("bo,,,,,,")
    mine = Path(f"{file}.rejects")
    mine.write_text("mine", encoding="utf-8")
    assert district("training", "import", file).code == 2
    assert mine.read_text(encoding="utf-8") == "mine"


def test_who_has_no_record_is_a_keyed_digest_and_no_name(district: Run, write: Write) -> None:
    file = write(f"Ann Marlowe,{DRIVER}")
    assert said(district("training", "import", file, "--json")) == (1, 0, 0)
    session.begin(None, None)
    with session.reading() as store:
        kept = [
            str(sealed(record))
            for name in TABLES
            if name in ("rolls", "trainings")
            for record in store.table(name).all()
        ]
        kept += [str(entry) for entry in store.shelf.rows("values")]
        (roll,) = store.of(rolls.Roll).all()
    assert not any("marlowe" in text.lower() for text in kept)
    ((person, role, (done,)),) = rolls.people(roll)
    assert (role, done.level) == ("bus_driver", "intensive")
    assert (
        person == rolls.digest(roll.key, "  ANN  marlowe ") != rolls.digest("other", "ann marlowe")
    )
    shown = district("training", "list", "--json")
    assert shown.json["items"][0]["staff"] is None
    assert roll.key not in shown.out + district("training", "list").out


def test_who_gets_a_staff_record_later_is_one_person(district: Run, write: Write) -> None:
    file = write(f"marlowe,{DRIVER}")
    assert said(district("training", "import", file, "--json")) == (1, 0, 0)
    line = ("staff", "add", "marlowe", "--role", "bus_driver", "--school", "Ridgeline")
    assert district(*line).code == 0
    assert gap(district, "bus_driver") == (1, 1, 0)
    assert said(district("training", "import", file, "--json")) == (0, 1, 0)
    (row,) = district("training", "list", "--json").json["items"]
    assert row["staff"] == "marlowe"
    assert gap(district, "bus_driver") == (1, 1, 0)


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        (f"\ufeff{HEADINGS}\r\nann,{DRIVER}\r\n".encode(), (1, 0, 0)),
        (f"{HEADINGS}\r\nJos\u00e9,{DRIVER}\r\n".encode("latin-1"), (1, 0, 0)),
        (f"{HEADINGS}\rann,{DRIVER}\r".encode(), (1, 0, 0)),
        (f"{HEADINGS}\nann,{DRIVER}\n".encode("utf-16"), (1, 0, 0)),
        (f"{HEADINGS}\nann,{DRIVER}\n".replace(",", ";").encode(), (1, 0, 0)),
        (f"{HEADINGS}\nann,{DRIVER}".replace(",", "\t").encode(), (1, 0, 0)),
        (f'{HEADINGS}\n"two\r\nlines",{DRIVER}\n\n,,,\n'.encode(), (1, 0, 0)),
        (
            b"Person,Level,Completed On,Role,School\nann,Basic,2026-09-20,Bus-Driver,Ridgeline",
            (1, 0, 0),
        ),
        (f"{HEADINGS}\n".encode(), (0, 0, 0)),
    ],
)
def test_a_file_is_read_however_a_spreadsheet_wrote_it(
    district: Run, tmp_path: Path, data: bytes, counts: tuple[int, int, int]
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    assert said(district("training", "import", str(path), "--json")) == counts
    assert said(district("training", "import", str(path), "--json")) == (0, sum(counts), 0)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "missing columns: person, level, completed_on"),
        (b"person,level\nann,basic\n", "missing columns: completed_on"),
        (f"{HEADINGS},Person\n".encode(), "the column person is there twice"),
        (f'{HEADINGS}\n"ann,{DRIVER}\n'.encode(), "is not CSV"),
        (f"{HEADINGS}\n{'x' * 2_000_000}\n".encode(), "too long"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old format"),
        (b"PK\x03\x04" + bytes(600), "cannot be read"),
        (bytes(4096), "missing columns"),
    ],
)
def test_what_is_no_table_is_two_and_nothing_is_written(
    district: Run, tmp_path: Path, data: bytes, told: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    ended = district("training", "import", str(path))
    assert (ended.code, told in ended.err) == (2, True), ended.err
    assert not Path(f"{path}.rejects").exists()
    assert district("training", "import", str(tmp_path / "nowhere.csv")).code == 2
    assert district("training", "import", str(tmp_path)).code == 2
    assert district("training", "list", "--json").json["items"] == []


# Workbooks.


def workbook(path: Path, rows: list[list[Any]]) -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return str(path)


def test_a_workbook_is_read_with_its_dates_and_numbers_and_comes_back_as_csv(
    district: Run, tmp_path: Path
) -> None:
    file = workbook(
        tmp_path / "people.xlsx",
        [
            [*HEADINGS.split(","), "note"],
            ["ann", "bus_driver", "Ridgeline", "intensive", date(2026, 9, 20), None, 4.5, None],
            ["bo", "bus_driver", "Ridgeline", "intensive", "2026-09-20", None, 4, None],
            [None] * 8,
            ["=cy()", "captain", "Ridgeline", "basic", date(2026, 9, 20), None, None, "=1+1"],
        ],
    )
    assert said(district("training", "import", file, "--json")) == (2, 0, 1)
    assert sent_back(file) == [
        ["'=cy()", "captain", "Ridgeline", "basic", "2026-09-20", "", "", "'=1+1"]
    ]
    assert said(district("training", "import", file, "--json")) == (0, 2, 1)
    back = Path(f"{file}.rejects")
    back.write_text(
        back.read_text(encoding="utf-8").replace("captain", "teacher"), encoding="utf-8"
    )
    assert said(district("training", "import", str(back), "--json")) == (1, 0, 0)
    hours = {row["hours"] for row in district("training", "list", "--json").json["items"]}
    assert hours == {"4.5", "4", None}


def altered(path: Path, name: str, change: Callable[[bytes], bytes]) -> str:
    """Write a workbook again with one of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in parts.items():
            archive.writestr(one, data)
    return str(path)


SHEET = "xl/worksheets/sheet1.xml"
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'
HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "a cell at XFD1048576": lambda data: data.replace(b"</sheetData>", FAR),
    "much that packs well": lambda data: data.replace(
        b"</sheetData>", b"</sheetData>" + b" " * 20_000_000
    ),
    "entities": lambda data: data.replace(b"<worksheet", ENTITIES, 1),
    "no end": lambda data: data[: len(data) // 2],
    "a column past the last": lambda data: data.replace(b'r="A2"', b'r="ZZZZZ2"'),
    "a row without a number": lambda data: data.replace(b'<row r="2"', b'<row r="x"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_two_and_says_to_save_it_as_csv(
    district: Run, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "people.xlsx"
    workbook(path, [HEADINGS.split(","), ["ann", *DRIVER.split(",")]])
    ended = district("training", "import", altered(path, SHEET, HOSTILE[name]))
    assert (ended.code, "save it as CSV" in ended.err) == (2, True), ended.err
    assert district("training", "list", "--json").json["items"] == []


LIMIT = 1536 * 1024 * 1024
"""Of a whole process, in bytes: what a small machine has."""


def bounded(*line: str) -> tuple[int, str]:
    """Run a command in a process of its own that may not take more than that; what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "reintegrate_cli", *line],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
    )
    return done.returncode, done.stderr


def bomb(path: Path, members: int, size: int) -> str:
    """Write a workbook that packs well: its first sheet, and members beside it."""
    workbook(path, [HEADINGS.split(","), ["ann", *DRIVER.split(",")]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(members):
            archive.writestr(f"xl/media/{number}", b"<c/>" * (size // 4))
    return str(path)


@pytest.mark.parametrize("name", ["a cell at XFD1048576", "much that packs well", "entities"])
def test_a_hostile_workbook_takes_no_more_than_a_small_machine_has(
    district: Run, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "people.xlsx"
    workbook(path, [HEADINGS.split(","), ["ann", *DRIVER.split(",")]])
    code, told = bounded("training", "import", altered(path, SHEET, HOSTILE[name]))
    assert (code, "save it as CSV" in told) == (2, True), told


def test_a_bomb_is_known_before_it_is_unpacked(district: Run, tmp_path: Path) -> None:
    for members, size in ((1, 60_000_000), (4, 60_000_000)):
        code, told = bounded("training", "import", bomb(tmp_path / "b.xlsx", members, size))
        assert (code, "too large to be read safely" in told) == (2, True), told
    # One that says less of itself than it holds is no workbook.
    path = Path(bomb(tmp_path / "lies.xlsx", 1, 60_000_000))
    data = path.read_bytes()
    path.write_bytes(data.replace((60_000_000).to_bytes(4, "little"), (60).to_bytes(4, "little")))
    code, told = bounded("training", "import", str(path))
    assert (code, "Traceback" in told) in ((0, False), (2, False)), told


def test_fifty_thousand_rows_with_every_tenth_one_bad(district: Run, write: Write) -> None:
    rows = [
        f"D{number:05},{'captain' if number % 10 == 9 else 'bus driver'},School-{number % 40},"
        f"basic,2026-09-20,,4.5,badge {number}"
        for number in range(50_000)
    ]
    file = write(*rows, headings=f"{HEADINGS},badge")
    bad = [row.split(",") for row in rows[9::10]]
    for counts in ((45_000, 0, 5_000), (0, 45_000, 5_000)):
        assert said(district("training", "import", file, "--json")) == counts
        assert sent_back(file) == bad
    back = Path(f"{file}.rejects")
    back.write_text(back.read_text(encoding="utf-8").replace("captain", "bus driver"), "utf-8")
    assert said(district("training", "import", str(back), "--json")) == (5_000, 0, 0)
    assert said(district("training", "import", str(back), "--json")) == (0, 5_000, 0)
    assert not Path(f"{back}.rejects").exists()


def test_a_workbook_of_too_many_rows_is_to_be_saved_as_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    rows = random.Random(1)
    for _ in range(workbooks.MOST_ROWS + 2):
        sheet.append([rows.random()])
    book.save(tmp_path / "large.xlsx")
    with (
        (tmp_path / "large.xlsx").open("rb") as stream,
        pytest.raises(tables.Usage, match="too large"),
    ):
        for _ in workbooks.rows_of(stream):
            pass


@given(st.text(alphabet="'=+-@\t \u3000\uff1dab1\n\r", max_size=8))
def test_a_cell_is_inert_and_read_back_as_it_was(cell: str) -> None:
    made = tables.inert(cell)
    assert tables.as_it_was(made) == cell
    assert made.lstrip(" \u3000\r\n")[:1] not in tuple("=+-@\t\uff1d\uff0b\uff0d\uff20")


def test_a_large_file_takes_little_more_than_a_small_one() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "training.py"
    line = [sys.executable, str(script), "12500"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    more = re.search(r"difference: (-?[0-9.]+) MiB", done.stdout)
    assert more is not None
    assert float(more[1]) < 8  # a record of its own for each row takes four times as much
