"""What is gone from a roster, what is back, and what changed since the last one."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nouns.roster import sets
from nouns.roster.answers import TODAY, VERSIONS, rows_of, take, uncounted
from nouns.roster.sets import CAST, LINKED, Set, bulk, change, delta, number
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.nouns.roster.oneroster import Import, read_set
from reintegrate_cli.nouns.roster.snapshot import digest


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Import]:
    return {version: take(bulk(version), tmp_path_factory.mktemp("whole")) for version in VERSIONS}


# What is gone, and what is back.


@pytest.mark.parametrize("version", VERSIONS)
def test_a_student_who_is_gone_is_lost_and_not_deleted_and_may_be_back(
    version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk(version)
    for file, column in (
        ("users", "sourcedId"),
        ("roles", "userSourcedId"),
        ("enrollments", "userSourcedId"),
    ):
        if file in made.tables:
            place = made.column(file, column)
            made.tables[file] = [row for row in made.tables[file] if row[place] != "u0"]
    gone = take(made, tmp_path, whole[version].roster)
    assert gone.missing == gone.lost == ("D4SX",)
    student = gone.roster.student("D4SX")
    assert student is not None
    assert student.lost_on == TODAY
    assert len(rows_of(gone)) == 8, "the last known classes"
    assert not gone.errors
    later = read_set(
        made.as_folder(tmp_path / "later"), LINKED, today=date(2026, 11, 2), before=gone.roster
    )
    assert later.missing == ("D4SX",)
    assert not later.lost
    assert replace(later.roster, counted_on=TODAY) == gone.roster
    back = take(bulk(version), tmp_path, later.roster)
    assert back.roster == whole[version].roster


def test_the_last_known_classes_stay_though_they_are_gone_as_well(
    whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk("1.1")
    for file, column, key in (
        ("users", "sourcedId", "u0"),
        ("classes", "sourcedId", "c0"),
        ("enrollments", "classSourcedId", "c0"),
        ("enrollments", "userSourcedId", "u0"),
    ):
        place = made.column(file, column)
        made.tables[file] = [row for row in made.tables[file] if row[place] != key]
    before = rows_of(whole["1.1"])
    gone = take(made, tmp_path, whole["1.1"].roster)
    assert rows_of(gone) == before
    again = take(made, tmp_path, gone.roster)
    assert rows_of(again) == before
    assert again.roster == gone.roster


def test_a_class_with_a_term_that_is_not_known_may_meet_on_any_day(
    whole: dict[str, Import], tmp_path: Path
) -> None:
    made = delta("1.1", "classes")
    change(
        made,
        "classes",
        sourcedId="c0",
        title="x",
        courseSourcedId="k0",
        classCode="ENG10-1",
        classType="scheduled",
        schoolSourcedId="s0",
        termSourcedIds="fall,summer",
        periods="1",
    )
    answer = take(made, tmp_path, whole["1.1"].roster)
    assert not answer.errors
    assert rows_of(answer, day=date(2027, 7, 1)) == [("1", "ENG10-1", "ENG10", "Fall 2026")]


@pytest.mark.parametrize(
    ("gone", "linked", "shrinks"), [(1, 10, False), (2, 10, True), (1, 9, True), (0, 9, False)]
)
def test_more_than_a_tenth_is_doubted(
    gone: int, linked: int, shrinks: bool, tmp_path: Path
) -> None:
    made = bulk("1.1")
    numbers = {f"R{place}": number(place) for place in range(linked)}
    for place in range(gone):
        made.put("users", made.line("users", "sourcedId", f"u{place}"), "identifier", "0")
    assert take(made, tmp_path, linked=numbers).shrinks is shrinks


def test_a_case_that_is_linked_to_another_number_begins_anew(
    whole: dict[str, Import], tmp_path: Path
) -> None:
    linked = LINKED | {"D4SX": number(9)}
    answer = take(bulk("1.1"), tmp_path, whole["1.1"].roster, linked=linked)
    student = answer.roster.student("D4SX")
    assert student is not None
    assert (student.users, student.digest) == (("u9",), digest(number(9)))
    absent = take(delta("1.1", "enrollments"), tmp_path, whole["1.1"].roster, linked=linked)
    assert absent.missing == ("D4SX",)
    assert absent.roster.student("D4SX") is None
    less = take(bulk("1.1"), tmp_path, whole["1.1"].roster, linked={"P3RM": LINKED["P3RM"]})
    assert [one.ref for one in less.roster.students] == ["P3RM"]
    assert whole["1.1"].roster.without("D4SX").student("D4SX") is None


# Deltas.


@pytest.mark.parametrize("version", VERSIONS)
def test_a_delta_changes_what_it_says_and_nothing_else(
    version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = delta(version, "enrollments")
    change(made, "enrollments", sourcedId="e0", status="tobedeleted")
    change(
        made,
        "enrollments",
        sourcedId="new",
        classSourcedId="c1",
        schoolSourcedId="s0",
        userSourcedId="u0",
        role="student",
    )
    change(
        made,
        "enrollments",
        sourcedId="e20",
        classSourcedId="c1",
        schoolSourcedId="s0",
        userSourcedId="u9",
        role="student",
    )
    made.add("enrollments", sourcedId="e600", userSourcedId="u77", role="nobody", status="perhaps")
    answer = take(made, tmp_path, whole[version].roster)
    (item,) = (item for item in answer.items if item.file == "enrollments.csv")
    assert (item.mode, item.read, item.kept, item.other, item.bad, item.gone) == (
        "delta",
        4,
        3,
        1,
        0,
        2,
    )
    before = whole[version].roster.student("D4SX")
    after = answer.roster.student("D4SX")
    assert before is not None
    assert after is not None
    assert {place.section for place in after.enrollments} == {
        place.section for place in before.enrollments if place.id != "e0"
    } | {"c1"}
    assert len(answer.roster.student("V3NP").enrollments) == 7  # type: ignore[union-attr]
    again = take(made, tmp_path, answer.roster)
    assert again.roster == answer.roster
    assert sum(item.kept + item.gone for item in again.items) == 0


@pytest.mark.parametrize(
    ("values", "column", "reason"),
    [
        ({"status": ""}, "status", "no_value"),
        ({"status": "gone"}, "status", "not_listed"),
        ({"dateLastModified": ""}, "dateLastModified", "no_value"),
        ({"dateLastModified": "10/13/2026"}, "dateLastModified", "not_a_date"),
        ({"classSourcedId": ""}, "classSourcedId", "no_value"),
        ({"role": "pupil"}, "role", "not_listed"),
        ({"beginDate": "8/17/2026"}, "beginDate", "not_a_date"),
        ({"beginDate": "2026-11-01", "endDate": "2026-10-31"}, "endDate", "ends_before_it_starts"),
        ({"schoolSourcedId": "s1"}, "schoolSourcedId", "other_school"),
    ],
)
def test_a_bad_row_of_a_delta_about_a_student(
    values: dict[str, str], column: str, reason: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = delta("1.2", "enrollments")
    row = {
        "sourcedId": "e0",
        "status": "active",
        "dateLastModified": sets.MODIFIED,
        "classSourcedId": "c1",
        "schoolSourcedId": "s0",
        "userSourcedId": "u0",
        "role": "student",
    }
    made.add("enrollments", **{**row, **values})
    made.add("enrollments", **{**row, **values, "sourcedId": "e99", "userSourcedId": "u66"})
    answer = take(made, tmp_path, whole["1.2"].roster)
    assert [(one.line, one.column, one.reason) for one in answer.errors] == [(2, column, reason)]
    assert answer.roster == whole["1.2"].roster


@pytest.mark.parametrize("column", ["status", "dateLastModified"])
def test_a_delta_without_its_columns_is_refused(column: str, tmp_path: Path) -> None:
    made = delta("1.1", "users")
    made.tables["users"][0].remove(column)
    with pytest.raises(Usage, match=f"users.csv has no column {column}"):
        take(made, tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_delta_takes_a_student_out_and_in(
    version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = delta(version, "users")
    change(made, "users", sourcedId="u0", status="tobedeleted")
    change(made, "users", sourcedId="u50", status="tobedeleted")
    out = take(made, tmp_path, whole[version].roster)
    assert out.lost == out.missing == ("D4SX",)
    assert not out.shrinks, "a delta names those who are gone"
    files = ("users", "roles") if version == "1.2" else ("users",)
    made = delta(version, *files)
    change(
        made,
        "users",
        sourcedId="u0",
        identifier=LINKED["D4SX"],
        enabledUser="true",
        username="x",
        givenName="Canary",
        familyName="Canary",
        **({"role": "student", "orgSourcedIds": "s0"} if version == "1.1" else {}),
    )
    if version == "1.2":
        change(
            made,
            "roles",
            sourcedId="r0",
            userSourcedId="u0",
            roleType="primary",
            role="student",
            orgSourcedId="s0",
        )
    back = take(made, tmp_path, out.roster)
    assert back.found == whole[version].found
    assert not back.errors


def test_a_number_that_is_somebody_else_s_now(whole: dict[str, Import], tmp_path: Path) -> None:
    made = delta("1.2", "users")
    row = {"enabledUser": "true", "username": "x", "givenName": "x", "familyName": "x"}
    change(made, "users", sourcedId="u0", identifier="0009999", **row)
    answer = take(made, tmp_path, whole["1.2"].roster)
    assert answer.lost == ("D4SX",)


def test_a_delta_about_a_class_that_was_never_kept_is_a_class_that_is_not_known(
    whole: dict[str, Import], tmp_path: Path
) -> None:
    made = delta("1.1", "enrollments")
    change(
        made,
        "enrollments",
        sourcedId="new",
        classSourcedId="far",
        schoolSourcedId="s0",
        userSourcedId="u0",
        role="student",
    )
    answer = take(made, tmp_path, whole["1.1"].roster)
    assert not answer.errors
    assert answer.unknown == 1
    assert rows_of(answer)[-1] == (None, None, None, None)
    made = delta("1.1", "classes")
    change(
        made,
        "classes",
        sourcedId="far",
        title="x",
        courseSourcedId="k1",
        classCode="ALG1-9",
        classType="scheduled",
        schoolSourcedId="s0",
        termSourcedIds="fall",
        periods="6",
    )
    known = take(made, tmp_path, answer.roster)
    assert known.unknown == 0
    assert ("6", "ALG1-9", "ALG1", "Fall 2026") in rows_of(known)
    change(made, "classes", sourcedId="c1", status="tobedeleted")
    made.tables["classes"][1][1] = "tobedeleted"
    deleted = take(made, tmp_path, known.roster)
    assert rows_of(deleted) == rows_of(whole["1.1"])


def test_head_counts_are_of_the_last_whole_count(whole: dict[str, Import], tmp_path: Path) -> None:
    made = delta("1.1", "enrollments", "classes")
    change(made, "enrollments", sourcedId="e1", status="tobedeleted")
    change(
        made,
        "classes",
        sourcedId="c1",
        title="x",
        courseSourcedId="k0",
        classCode="ENG10-2",
        classType="scheduled",
        schoolSourcedId="s0",
        termSourcedIds="fall",
        periods="6",
    )
    path = made.as_folder(tmp_path / "delta")
    answer = read_set(path, LINKED, today=date(2026, 11, 2), before=whole["1.1"].roster)
    assert answer.roster.counted_on == TODAY
    (section,) = (section for section in answer.roster.sections if section.id == "c1")
    assert (section.periods, section.heads) == ("6", 13)


def test_a_mixed_set_is_lawful(whole: dict[str, Import], tmp_path: Path) -> None:
    made = bulk("1.1")
    for file in ("orgs", "academicSessions", "courses"):
        made.modes[file] = "absent"
        del made.tables[file]
    made.modes["classes"] = "delta"
    del made.tables["classes"][1:]
    answer = take(made, tmp_path, whole["1.1"].roster)
    assert answer.roster == whole["1.1"].roster
    alone = take(made, tmp_path)
    assert alone.found == tuple(sorted(LINKED))
    assert alone.unknown == 40
    assert not alone.errors


@pytest.mark.parametrize("seed", range(40))
def test_a_delta_and_a_bulk_set_of_the_same_day_say_the_same(
    seed: int, whole: dict[str, Import], tmp_path: Path
) -> None:
    version = VERSIONS[seed % 2]
    before, after = bulk(version), bulk(version)
    edit(random.Random(seed), after)
    small = delta(version, *after.tables)
    for file, table in after.tables.items():
        old = {row[0]: row for row in before.tables[file][1:]}
        new = {row[0]: row for row in table[1:]}
        for key in old.keys() | new.keys():
            if old.get(key) != new.get(key):
                row = list(new.get(key, old.get(key, [])))
                row[1:3] = ["active" if key in new else "tobedeleted", sets.MODIFIED]
                small.tables[file].append(row)
    by_delta = take(small, tmp_path, whole[version].roster)
    by_bulk = take(after, tmp_path, whole[version].roster)
    assert not by_delta.errors
    assert not by_bulk.errors
    assert uncounted(by_delta.roster) == uncounted(by_bulk.roster)
    assert (by_delta.found, by_delta.missing, by_delta.lost) == (
        by_bulk.found,
        by_bulk.missing,
        by_bulk.lost,
    )
    assert [item.gone for item in by_delta.items] == [item.gone for item in by_bulk.items]


def edit(chance: random.Random, made: Set) -> None:
    """Change a school as a week in October changes it: nothing that others refer to goes alone."""
    for _ in range(chance.randint(1, 12)):
        student = chance.choice([f"u{place}" for place in CAST.values()] * 3 + ["u20"])
        lines = {
            file: [at for at in made.each(file) if made.get(file, at, column) == student]
            for file, column in PERSON.items()
            if file in made.tables
        }
        kind = chance.choice(["place", "place", "class", "other", "number", "leave"])
        if kind == "place":
            edit_place(chance, made, student, lines["enrollments"])
        elif kind == "class":
            edit_class(chance, made, chance.choice(lines["enrollments"]))
        elif kind == "other":
            made.put("courses", chance.choice(made.each("courses")), "courseCode", "NEW")
            made.put("orgs", 3, "name", "Ridgeline Senior High")
            made.put("academicSessions", 3, "endDate", "2026-12-17")
        elif chance.random() < 0.5:
            if kind == "number":
                made.put("users", lines["users"][0], "identifier", "77")
            else:
                for file, places in lines.items():
                    for at in reversed(places):
                        del made.tables[file][at - 1]
            return


PERSON = {"enrollments": "userSourcedId", "roles": "userSourcedId", "users": "sourcedId"}


def edit_place(chance: random.Random, made: Set, student: str, mine: list[int]) -> None:
    line = chance.choice(mine)
    school = made.get("enrollments", line, "schoolSourcedId")
    beside = [
        made.get("classes", at, "sourcedId")
        for at in made.each("classes")
        if made.get("classes", at, "schoolSourcedId") == school
    ]
    kind = chance.choice(["drop", "move", "add"])
    if kind == "drop" and len(mine) > 4:
        del made.tables["enrollments"][line - 1]
    elif kind == "move":
        made.put("enrollments", line, "classSourcedId", chance.choice(beside))
    else:
        key = f"x{chance.random()}"
        made.add(
            "enrollments",
            sourcedId=key,
            classSourcedId=chance.choice(beside),
            schoolSourcedId=school,
            userSourcedId=student,
            role="student",
            beginDate="2026-10-12",
        )


def edit_class(chance: random.Random, made: Set, place: int) -> None:
    section = made.get("enrollments", place, "classSourcedId")
    line = made.line("classes", "sourcedId", section)
    column, value = chance.choice(
        [
            ("periods", ""),
            ("periods", "1(A)"),
            ("periods", "2,4"),
            ("termSourcedIds", "spring"),
            ("termSourcedIds", "fall,spring"),
            ("termSourcedIds", "y27"),
            ("classCode", ""),
        ]
    )
    made.put("classes", line, column, value)
