"""OneRoster sets: each damage of real exports in turn, the right answer, and never a value."""

import json
from datetime import date
from pathlib import Path

import pytest

from nouns.roster import sets
from nouns.roster.answers import FOLDER, TODAY, VERSIONS, ZIP, rows_of, take, uncounted
from nouns.roster.bad_rows import BAD
from nouns.roster.damage import REFUSED, TOLERATED, noise
from nouns.roster.sets import CAST, LINKED, bulk, number
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.nouns.roster.oneroster import Import, read_set
from reintegrate_cli.nouns.roster.rows import SENTENCES
from reintegrate_cli.nouns.roster.snapshot import to_json
from reintegrate_cli.nouns.roster.standard import COLUMNS, FILES


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Import]:
    return {version: take(bulk(version), tmp_path_factory.mktemp("whole")) for version in VERSIONS}


def test_both_versions_and_both_forms_say_the_same(
    whole: dict[str, Import], tmp_path: Path
) -> None:
    first = whole["1.1"].roster
    assert whole["1.2"].roster == first
    for version in VERSIONS:
        assert take(bulk(version), tmp_path, form=FOLDER).roster == first
        assert whole[version].found == tuple(sorted(LINKED))
        assert not whole[version].missing
        assert not whole[version].errors
        assert not whole[version].shrinks


def test_what_is_kept_is_the_linked_students_and_the_sections_beside_them(
    whole: dict[str, Import],
) -> None:
    roster = whole["1.2"].roster
    assert [student.ref for student in roster.students] == sorted(LINKED)
    for student in roster.students:
        assert student.users == (f"u{CAST[student.ref]}",)
        assert len(student.enrollments) == 8
    eng = [
        section for section in roster.sections if section.course == "k0" and section.school == "s0"
    ]
    assert [(section.code, section.periods, section.heads) for section in eng] == [
        ("ENG10-1", "1", 14),
        ("ENG10-2", "4", 13),
        ("ENG10-3", "7", 13),
    ]
    assert [session.id for session in roster.sessions] == ["fall", "spring", "y27"]
    assert [school.name for school in roster.schools] == ["Ridgeline High", "Juniper Middle"]
    assert roster.counted_on == TODAY
    kept = json.dumps(to_json(roster))
    assert not any(student_number in kept for student_number in LINKED.values())
    assert "u7" not in kept, "another student"


def test_the_same_set_twice_changes_nothing(whole: dict[str, Import], tmp_path: Path) -> None:
    for version in VERSIONS:
        again = take(bulk(version), tmp_path, whole[version].roster)
        assert again.roster == whole[version].roster
        assert sum(item.kept + item.gone for item in again.items) == 0
        first = {item.file: item.kept for item in whole[version].items}
        assert {item.file: item.unchanged for item in again.items} == first


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("damage", TOLERATED)
def test_form_makes_no_difference(
    damage: str, version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk(version)
    TOLERATED[damage](made)
    for form in (ZIP, FOLDER):
        answer = take(made, tmp_path, form=form)
        assert answer.roster == whole[version].roster
        assert answer.items == whole[version].items
        assert not answer.errors


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("damage", REFUSED)
def test_what_makes_the_set_doubtful_refuses_it_whole_and_names_the_file(
    damage: str, version: str, tmp_path: Path
) -> None:
    file, harm = REFUSED[damage]
    made = bulk(version)
    harm(made)
    for form in (ZIP, FOLDER):
        with pytest.raises(Usage) as told:
            take(made, tmp_path, form=form)
        assert told.value.code == 2
        assert file in told.value.message
        assert told.value.fields == (file,)
        assert "anary" not in told.value.message + told.value.hint


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("file", list(sets.HEADERS_1_2))
def test_each_required_column_is_required(file: str, version: str, tmp_path: Path) -> None:
    required = next((known.required for known in FILES[version] if known.name == file), ())
    for name in required:
        made = bulk(version)
        place = made.column(file, name)
        made.tables[file] = [row[:place] + row[place + 1 :] for row in made.tables[file]]
        with pytest.raises(Usage, match=rf"^{file}.csv has no column {name}$"):
            take(made, tmp_path)
    assert len(required) > 2 or (file, version) == ("roles", "1.1")


@pytest.mark.parametrize("column", ["role", "orgSourcedIds"])
def test_a_set_that_says_1_2_and_has_columns_of_1_1_is_refused(column: str, tmp_path: Path) -> None:
    made = bulk("1.2")
    for at, row in enumerate(made.tables["users"]):
        row.append(column if at == 0 else "student")
    with pytest.raises(Usage, match=r"^users.csv has the column \w+ of 1.1"):
        take(made, tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("damage", BAD)
def test_a_bad_row_has_its_place_and_the_others_are_taken(
    damage: str, version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk(version)
    places = BAD[damage](made)
    answer = take(made, tmp_path)
    assert [(row.file, row.line, row.column, row.reason) for row in answer.errors] == places
    clean = whole[version]
    assert len(answer.found) >= len(clean.found) - 1
    told = {place.id for student in answer.roster.students for place in student.enrollments}
    every = {place.id for student in clean.roster.students for place in student.enrollments}
    assert len(every - told) <= 9
    assert {section.id for section in answer.roster.sections} <= {
        section.id for section in clean.roster.sections
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("damage", BAD)
def test_a_bad_row_says_nothing_so_that_what_was_kept_stays(
    damage: str, version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk(version)
    BAD[damage](made)
    answer = take(made, tmp_path, whole[version].roster)
    if damage in LOST_IDS:
        return
    assert uncounted(answer.roster) == uncounted(whole[version].roster)
    assert not answer.missing


LOST_IDS = {"no_value_where_one_is_required", "a_number_that_a_spreadsheet_rounded"}
"""Where the id itself is damaged nobody can say whose row it is."""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_school_with_a_wrong_type_is_one_bad_row_and_its_classes_are_taken(
    version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk(version)
    BAD["a_school_that_is_called_a_district"](made)
    answer = take(made, tmp_path)
    (orgs,) = (item for item in answer.items if item.file == "orgs.csv")
    assert (orgs.read, orgs.kept, orgs.other, orgs.bad) == (3, 1, 1, 1)
    assert answer.roster == whole[version].roster


def test_every_reason_has_a_sentence_and_a_test() -> None:
    reasons = {place[3] for damage in BAD.values() for place in damage(bulk("1.2"))}
    assert reasons | {"quotes"} == set(SENTENCES)
    assert all(sentence[0].islower() and sentence[-1] != "." for sentence in SENTENCES.values())


def test_a_row_whose_quotation_marks_do_not_match_is_bad(tmp_path: Path) -> None:
    made = bulk("1.1")
    made.put("users", 9, "givenName", "LONG")
    made.raw["users.csv"] = lambda data: data.replace(b"LONG", b'"' + noise(200_000) + b'"y"z"')
    answer = take(made, tmp_path)
    first, *others = answer.errors
    assert (first.file, first.line, first.column, first.reason) == ("users.csv", 9, None, "quotes")
    # Whose row it was is not known, so that the enrollments of u7 are of nobody.
    assert {(row.file, row.column, row.reason) for row in others} == {
        ("enrollments.csv", "userSourcedId", "nowhere")
    }
    assert len(others) == 8


@pytest.mark.parametrize("version", VERSIONS)
def test_a_header_alone_is_a_file_of_no_rows(
    version: str, whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk(version)
    del made.tables["enrollments"][1:]
    answer = take(made, tmp_path, whole[version].roster)
    assert not answer.errors
    assert answer.found == whole[version].found
    assert answer.emptied == answer.found
    assert not any(student.enrollments for student in answer.roster.students)
    del made.tables["users"][1:]
    gone = take(made, tmp_path, whole[version].roster)
    assert gone.missing == gone.lost == whole[version].found
    assert gone.shrinks


def test_every_row_of_a_large_file_may_be_bad(tmp_path: Path) -> None:
    made = bulk("1.1")
    for line in made.each("enrollments"):
        made.put("enrollments", line, "role", "pupil")
    answer = take(made, tmp_path)
    assert len(answer.errors) == len(made.each("enrollments"))
    assert [row.line for row in answer.errors] == list(made.each("enrollments"))
    assert answer.errors[1:3] == [answer.errors[1], answer.errors[2]]


# Periods, terms and schools as they are.


@pytest.mark.parametrize("version", VERSIONS)
def test_a_student_s_timetable_is_one_row_for_each_class_and_period(
    version: str, tmp_path: Path
) -> None:
    made = bulk(version)
    for line, periods in ((2, "1(A-B) 3(A)"), (5, ""), (8, "2,08")):
        made.put("classes", line, "periods", periods)
    made.put("classes", 5, "termSourcedIds", "fall, spring")
    rows = rows_of(take(made, tmp_path))
    assert rows[0] == ("1(A-B)", "ENG10-1", "ENG10", "Fall 2026")
    assert ("3(A)", "ENG10-1", "ENG10", "Fall 2026") in rows
    assert [row for row in rows if row[1] == "BIO-1"] == [
        ("2", "BIO-1", "BIO", "Fall 2026"),
        ("08", "BIO-1", "BIO", "Fall 2026"),
    ]
    assert rows[-1] == (None, "ALG1-1", "ALG1", "Fall 2026, Spring 2027")


def test_a_class_meets_on_the_last_day_of_its_term_and_not_after(whole: dict[str, Import]) -> None:
    assert len(rows_of(whole["1.1"], day=date(2026, 12, 18))) == 8
    assert rows_of(whole["1.1"], day=date(2026, 12, 19)) == []


def test_an_enrollment_that_ended_is_no_class_and_no_head(
    whole: dict[str, Import], tmp_path: Path
) -> None:
    made = bulk("1.1")
    made.put("enrollments", 2, "endDate", "2026-10-13")
    made.put("enrollments", 3, "endDate", sets.TODAY)
    answer = take(made, tmp_path)
    assert len(rows_of(answer)) == 7
    heads = {
        section.code: section.heads for section in answer.roster.sections if section.school == "s0"
    }
    before = {
        section.code: section.heads
        for section in whole["1.1"].roster.sections
        if section.school == "s0"
    }
    assert heads == before | {"ENG10-1": 13}


@pytest.mark.parametrize("version", VERSIONS)
def test_one_student_in_two_schools_is_one_student(version: str, tmp_path: Path) -> None:
    made = bulk(version)
    school = {"orgSourcedIds": "s1"} if version == "1.1" else {}
    made.add(
        "users",
        sourcedId="again",
        identifier=LINKED["D4SX"],
        role="student",
        enabledUser="false",
        **school,
    )
    if version == "1.2":
        made.add(
            "roles",
            sourcedId="ragain",
            userSourcedId="again",
            role="student",
            roleType="secondary",
            orgSourcedId="s1",
        )
    made.add(
        "enrollments",
        sourcedId="eagain",
        classSourcedId="c24",
        schoolSourcedId="s1",
        userSourcedId="again",
        role="student",
    )
    (student,) = (one for one in take(made, tmp_path).roster.students if one.ref == "D4SX")
    assert student.users == ("again", "u0")
    assert len(student.enrollments) == 9


@pytest.mark.parametrize("version", VERSIONS)
def test_a_member_of_the_staff_with_a_student_s_number_is_not_the_student(
    version: str, tmp_path: Path
) -> None:
    made = bulk(version)
    answer = take(made, tmp_path)
    assert made.get("users", made.line("users", "sourcedId", "t0"), "identifier") == LINKED["D4SX"]
    assert [one.users for one in answer.roster.students if one.ref == "D4SX"] == [("u0",)]


def test_zeros_that_a_spreadsheet_took_are_said_and_not_guessed(tmp_path: Path) -> None:
    made = bulk("1.1")
    line = made.line("users", "sourcedId", "u0")
    made.put("users", line, "identifier", LINKED["D4SX"].lstrip("0"))
    answer = take(made, tmp_path)
    assert answer.missing == answer.without_zeros == ("D4SX",)
    assert not answer.lost
    assert answer.shrinks


def test_ids_keep_their_case_and_their_zeros(tmp_path: Path) -> None:
    made = bulk("1.1")
    for key in ("01", "1", "Ab", "aB"):
        made.add(
            "classes",
            sourcedId=key,
            title="x",
            courseSourcedId="k0",
            classCode=f"X{key}",
            classType="scheduled",
            schoolSourcedId="s0",
            termSourcedIds="fall",
        )
    answer = take(made, tmp_path)
    assert not answer.errors
    assert {"01", "1", "Ab", "aB"} <= {section.id for section in answer.roster.sections}
    made.put("enrollments", 2, "classSourcedId", "ab")
    assert [row.reason for row in take(made, tmp_path).errors] == ["nowhere"]


def test_progress_is_told(tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    district = sets.District("1.2", students=1_300)
    district.write(tmp_path / "set")
    read_set(
        tmp_path / "set",
        LINKED,
        today=TODAY,
        progress=lambda file, rows: heard.append((file, rows)),
    )
    assert heard == [("enrollments.csv", 10_000)]


def test_no_column_is_read_that_tells_who_somebody_is() -> None:
    told = {
        "givenName",
        "familyName",
        "middleName",
        "email",
        "sms",
        "phone",
        "password",
        "username",
        "userIds",
        "grades",
        "preferredGivenName",
        "pronouns",
        "agentSourcedIds",
        "location",
        "enabledUser",
    }
    assert not told & set(COLUMNS)
    read = {
        (file.name, column) for files in FILES.values() for file in files for column in file.reads
    }
    assert {file for file, column in read if column in ("name", "title")} == {
        "orgs",
        "academicSessions",
    }


def test_what_is_kept_is_small(tmp_path: Path) -> None:
    district = sets.District("1.2", students=6_000, schools=4, long_ids=True)
    district.write(tmp_path / "set")
    linked = {f"R{place}": number(place * 60) for place in range(100)}
    answer = read_set(tmp_path / "set", linked, today=TODAY)
    assert len(answer.found) == 100
    assert len(json.dumps(to_json(answer.roster)).encode()) < 1 << 20


def test_sections_are_not_without_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Each of them is some 70 characters.
    monkeypatch.setattr("reintegrate_cli.nouns.roster.oneroster.MOST_BESIDE", 390)
    answer = take(bulk("1.1"), tmp_path)
    assert answer.left_out == 48 - 5 - len(own_sections(answer))
    assert own_sections(answer) <= {section.id for section in answer.roster.sections}
    assert len(answer.roster.sections) == len(own_sections(answer)) + 5


def own_sections(answer: Import) -> set[str]:
    return {place.section for student in answer.roster.students for place in student.enrollments}


def test_without_roles_what_a_teacher_teaches_is_not_what_a_student_attends(tmp_path: Path) -> None:
    made = bulk("1.2")
    made.modes["roles"] = "absent"
    answer = take(made, tmp_path)
    assert answer.found == tuple(sorted(LINKED))
    assert [len(student.enrollments) for student in answer.roster.students] == [8] * 5
