"""``roster``: links, imports, what is kept of them, and what is said."""

import base64
import csv
import io
import json
import stat
import zlib
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conftest import Ended, Run
from nouns.roster.sets import LINKED, Set, bulk, change, delta
from reintegrate_cli.kept import session
from reintegrate_cli.nouns.roster import importing
from reintegrate_cli.nouns.roster.oneroster import read_set
from reintegrate_cli.nouns.roster.record import packed, unpacked
from reintegrate_cli.nouns.roster.snapshot import EMPTY
from test_canaries import stuff

NO_SUBJECT = "link import status show"
DAY = "2026-10-14"


@pytest.fixture
def cast(district: Run) -> dict[str, str]:
    """Three cases, and the student numbers of three of the cast."""
    refs = {}
    for name in ("D4SX", "P3RM", "V3NP"):
        made = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
        refs[name] = made.json["ref"]
    return refs


def link(run: Run, cast: dict[str, str], *names: str, today: str = DAY) -> None:
    for name in names or tuple(cast):
        given = {"student_number": LINKED[name]}
        made = run("roster", "link", cast[name], "--json", given=given, today=today)
        assert made.code == 0, made.err
        assert made.json["student_number"] == "[secret]"


def imported(run: Run, path: Path, *options: str, today: str = DAY) -> Any:
    done = run("roster", "import", str(path), *options, "--json", today=today)
    assert done.code == 0, done.err
    return done.json


def shown(run: Run, ref: str, today: str = DAY) -> list[dict[str, Any]]:
    done = run("roster", "show", ref, "--json", today=today)
    assert done.code == 0, done.err
    items: list[dict[str, Any]] = done.json["items"]
    return items


def status(run: Run, today: str = DAY) -> Any:
    return run("roster", "status", "--json", today=today).json


def rows(run: Run, today: str = DAY) -> list[tuple[str, str, str]]:
    found = run("agenda", "--kind", "school", "--json", today=today).json["items"]
    return [(row["id"], row["due_on"], row["state"]) for row in found if "/roster@" in row["id"]]


def contents() -> dict[str, list[Any]]:
    """Return everything that the vault keeps, history and all."""
    session.begin(None, DAY)
    with session.reading() as store:
        names = ("roster", "offerings", "history", "values", "wakes", "due")
        return {name: [*map(dict, store.shelf.rows(name))] for name in names}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_the_classes_of_linked_students_come_and_nobody_else(
    district: Run, cast: dict[str, str], tmp_path: Path, version: str, form: str
) -> None:
    link(district, cast)
    made = bulk(version)
    path = made.as_zip(tmp_path / "r.zip") if form == "zip" else made.as_folder(tmp_path / "r")
    answer = imported(district, path)
    assert (answer["version"], answer["errors"], answer["missing"]) == (version, [], [])
    users = next(row for row in answer["items"] if row["file"] == "users.csv")
    assert (users["mode"], users["read"], users["kept"], users["bad"]) == ("bulk", 96, 3, 0)
    classes = shown(district, cast["D4SX"])
    assert len(classes) == 8
    assert set(classes[0]) == {"period", "class", "course", "term"}
    assert {row["term"] for row in classes} == {"Fall 2026"}
    stands = status(district)
    assert (stands["linked"], stands["found"], stands["missing"]) == (3, 3, 0)
    assert stands["version"] == version
    assert stands["imported_at"]
    kept = json.dumps(contents())
    assert "canary" not in kept
    assert "Ms." not in kept


def test_the_same_set_twice_changes_nothing(
    district: Run, cast: dict[str, str], tmp_path: Path
) -> None:
    link(district, cast)
    path = bulk("1.1").as_folder(tmp_path / "r")
    imported(district, path)
    before = contents()
    again = imported(district, path)
    assert sum(row["kept"] for row in again["items"]) == 0
    assert contents() == before


def test_a_bulk_set_that_misses_many_is_refused_and_nothing_changes(
    district: Run, cast: dict[str, str], tmp_path: Path
) -> None:
    link(district, cast)
    imported(district, bulk("1.2").as_folder(tmp_path / "r"))
    before = contents()
    shrunk = bulk("1.2")
    gone(shrunk, "u0")
    path = shrunk.as_folder(tmp_path / "s")
    refused = district("roster", "import", str(path), "--json", today="2026-10-15")
    assert (refused.code, refused.error["rule"]) == (4, "roster")
    assert contents() == before
    answer = imported(district, path, "--shrink", today="2026-10-15")
    assert answer["missing"] == answer["lost"] == [cast["D4SX"]]
    assert status(district)["not_there"] == [{"case": cast["D4SX"], "since": "2026-10-15"}]
    assert len(shown(district, cast["D4SX"])) == 8
    again = imported(district, path, "--shrink", today="2026-10-16")
    assert (again["missing"], again["lost"]) == ([cast["D4SX"]], [])
    due = [(f"{cast['D4SX']}/roster@2026-10-15", "2026-10-15", "overdue")]
    assert rows(district, "2026-10-19") == due
    imported(district, bulk("1.2").as_folder(tmp_path / "t"), today="2026-10-20")
    assert rows(district, "2026-10-20") == []


def gone(made: Set, user: str) -> None:
    """Take a student out of a set."""
    for file, column in (("users", "sourcedId"), ("roles", "userSourcedId")):
        if file in made.tables:
            at = made.column(file, column)
            made.tables[file] = [row for row in made.tables[file] if row[at] != user]
    at = made.column("enrollments", "userSourcedId")
    made.tables["enrollments"] = [row for row in made.tables["enrollments"] if row[at] != user]


def test_a_delta_changes_what_it_names(district: Run, cast: dict[str, str], tmp_path: Path) -> None:
    link(district, cast)
    imported(district, bulk("1.1").as_folder(tmp_path / "r"))
    enrolled = shown(district, cast["D4SX"])
    made = delta("1.1", "enrollments")
    change(
        made,
        "enrollments",
        status="tobedeleted",
        sourcedId="e0",
        classSourcedId="c0",
        schoolSourcedId="s0",
        userSourcedId="u0",
        role="student",
    )
    answer = imported(district, made.as_folder(tmp_path / "d"), today="2026-10-15")
    (row,) = [row for row in answer["items"] if row["mode"] == "delta"]
    assert (row["file"], row["kept"], row["other"]) == ("enrollments.csv", 1, 0)
    assert len(shown(district, cast["D4SX"])) == len(enrolled) - 1


def test_bad_rows_come_back_with_the_columns_that_are_read_alone(
    district: Run, cast: dict[str, str], tmp_path: Path
) -> None:
    link(district, cast)
    made = bulk("1.1")
    line = made.line("users", "sourcedId", "u7")
    made.put("users", line, "role", "canary-role")
    made.put("enrollments", 5, "beginDate", "10/01/2026")
    path, folder = made.as_folder(tmp_path / "r"), tmp_path / "back"
    answer = imported(district, path, "--rejects", str(folder))
    assert answer["errors"] == [
        {"file": "users.csv", "line": line, "column": "role", "reason": "not_listed"},
        {"file": "enrollments.csv", "line": 5, "column": "beginDate", "reason": "not_a_date"},
    ]
    assert sorted(one.name for one in folder.iterdir()) == ["enrollments.csv", "users.csv"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    back = list(csv.reader((folder / "users.csv").read_text("utf-8-sig").splitlines()))
    assert back[0] == ["rejected_because", "line", "sourcedId", "identifier", "role"]
    assert back[1][1:3] == [str(line), "u7"]
    told = district("roster", "import", str(path), "--rejects", str(folder), today=DAY)
    assert told.code == 0
    assert f"users.csv, line {line}, role: the standard does not list this word" in told.err
    assert "canary" not in told.out + told.err


def test_a_file_of_somebody_else_is_not_written_over(
    district: Run, cast: dict[str, str], tmp_path: Path
) -> None:
    link(district, cast)
    made = bulk("1.1")
    made.put("users", 2, "role", "nonsense")
    made.put("users", 4, "role", "nonsense")
    folder = tmp_path / "back"
    folder.mkdir()
    (folder / "users.csv").write_text("mine")
    before = contents()
    path = made.as_folder(tmp_path / "r")
    ended = district("roster", "import", str(path), "--shrink", "--rejects", str(folder))
    assert ended.code == 2
    assert (folder / "users.csv").read_text() == "mine"
    assert [one.name for one in folder.iterdir()] == ["users.csv"]
    assert contents() == before


def test_null_unlinks_and_forgets(district: Run, cast: dict[str, str], tmp_path: Path) -> None:
    link(district, cast)
    imported(district, bulk("1.1").as_folder(tmp_path / "r"))
    ref = cast["P3RM"]
    for run_off in (
        lambda: district("roster", "link", ref, "--json", given={"student_number": None}),
        lambda: district("roster", "link", ref, "--clear", "student-number", "--json"),
    ):
        link(district, cast, "P3RM")
        done: Ended = run_off()
        assert done.code == 0, done.err
        assert (done.json["student_number"], done.json["status"]) == (None, "not_linked")
        assert shown(district, ref) == []
    assert status(district)["linked"] == 2


def test_another_number_begins_anew(district: Run, cast: dict[str, str], tmp_path: Path) -> None:
    link(district, cast)
    imported(district, bulk("1.1").as_folder(tmp_path / "r"))
    ref = cast["P3RM"]
    same = district("roster", "link", ref, given={"student_number": LINKED["P3RM"]})
    assert "already" in same.err
    assert len(shown(district, ref)) == 8
    twice = district("roster", "link", ref, given={"student_number": LINKED["D4SX"]})
    assert f"{cast['D4SX']} is linked to the same number" in twice.err
    assert shown(district, ref) == []


@pytest.mark.parametrize("number", ["", "  ", "4" * 300, "44\u202e00", "44\n00"])
def test_what_is_no_student_number_is_refused(district: Run, case: str, number: str) -> None:
    ended = district("roster", "link", case, "--json", given={"student_number": number})
    assert (ended.code, ended.error["fields"]) == (2, ["student_number"])


def test_a_number_that_is_missing_is_named(district: Run, case: str) -> None:
    ended = district("roster", "link", case, "--json")
    assert (ended.code, ended.error["fields"]) == (2, ["student_number"])


def test_a_student_who_is_not_on_it_is_said_with_what_may_be_wrong(
    district: Run, cast: dict[str, str], tmp_path: Path
) -> None:
    path = bulk("1.1").as_folder(tmp_path / "r")
    link(district, cast, "D4SX")
    given = {"student_number": LINKED["P3RM"].lstrip("0")}
    assert district("roster", "link", cast["P3RM"], given=given).code == 0
    told = district("roster", "import", str(path), "--shrink", today=DAY)
    assert f"{cast['P3RM']}: the roster has this number with other zeros in front" in told.err
    assert status(district)["missing"] == 1
    assert rows(district) == []  # it was never there, so that it lost nobody


def test_a_closed_case_is_not_looked_for(
    district: Run, cast: dict[str, str], tmp_path: Path
) -> None:
    link(district, cast)
    ref = cast["V3NP"]
    assert district("case", "close", ref, "--reason", "goals_met", today=DAY).code == 0
    imported(district, bulk("1.1").as_folder(tmp_path / "r"))
    assert status(district)["linked"] == 2
    assert shown(district, ref) == []


@pytest.mark.parametrize("path", ["absent", "empty"])
def test_what_is_no_set_is_refused(district: Run, tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    ended = district("roster", "import", str(tmp_path / path), "--json")
    assert ended.code == 2
    assert ended.error["hint"]


def test_what_changed_meanwhile_is_not_written_over(
    district: Run, cast: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(district, cast)
    path = bulk("1.1").as_folder(tmp_path / "r")
    read = importing.read_set

    def slow(*args: Any, **more: Any) -> Any:
        answer = read(*args, **more)
        session.begin(None, DAY)
        with session.writing("roster link") as store:
            one = store.table("roster").get(cast["D4SX"])
            store.table("roster").put(importing.updated(one, answer.roster))
            store.table("roster").put(type(one)(case=cast["D4SX"], student_number="7"))
        return answer

    monkeypatch.setattr(importing, "read_set", slow)
    ended = district("roster", "import", str(path), today=DAY)
    assert ended.code == 6
    assert contents()["offerings"] == []


def test_what_is_shown_of_a_case_has_no_number_and_no_class(
    district: Run, cast: dict[str, str], tmp_path: Path
) -> None:
    link(district, cast)
    imported(district, bulk("1.1").as_folder(tmp_path / "r"))
    for form in ([], ["--json"]):
        told = district("case", "show", cast["D4SX"], *form, today=DAY)
        assert LINKED["D4SX"] not in told.out
        assert "ENG10" not in told.out
    assert "roster show" in district("case", "show", cast["D4SX"], today=DAY).out


def test_what_is_kept_and_cannot_be_read_is_damage_and_no_crash(district: Run) -> None:
    stuff()
    for line in (["status"], ["show", "HX4T"]):
        assert district("roster", *line).code in (0, 7)
    assert district("case", "show", "HX4T").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"students": 1}',
        '{"offerings": [{"course": 1}]}',
        '{"offerings": [{"course": "k", "school": "s", "terms": [], "sections": [{"id": "c"}]}]}',
        '{"counted_on": "yesterday"}',
        "[" * 100_000,
    ],
)
def test_no_packed_text_does_more_than_be_refused(text: str) -> None:
    """An archive is somebody else's file: what it brings has the right shape, or is none."""
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    for made in (packed, packed[:-8], text):
        if (made, text) == (packed, "{}"):
            assert unpacked(made) == EMPTY
        else:
            with pytest.raises(ValueError, match=r"^"):
                unpacked(made)


def test_what_is_packed_comes_back(tmp_path: Path) -> None:
    made = read_set(bulk("1.2").as_folder(tmp_path / "r"), LINKED, today=date(2026, 10, 14)).roster
    back = unpacked(packed(made))
    assert (back.sections, back.sessions, back.courses) == (
        made.sections,
        made.sessions,
        made.courses,
    )
    assert back.counted_on == made.counted_on
    assert back.students == ()


def test_a_person_who_waits_is_told_how_far_it_is_and_a_script_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from reintegrate_cli.line import output

    for at_a_terminal in (True, False):
        output.reset()
        told = io.StringIO()
        monkeypatch.setattr(told, "isatty", lambda at=at_a_terminal: at)
        monkeypatch.setattr("sys.stderr", told)
        with closing(output.Told()) as waiting:
            waiting.rows("users.csv", 10_000)
        said = told.getvalue()
        assert ("users.csv: 10,000 rows read" in said) is at_a_terminal
        assert said.endswith("\r\x1b[K") is at_a_terminal
