"""What real exports do to single rows: one switch for each damage, and where the bad rows are."""

from collections.abc import Callable

from nouns.roster.sets import CAST, Set, number

Place = tuple[str, int, str | None, str]
"""The file, line, column and reason of a bad row."""

BAD: dict[str, Callable[[Set], list[Place]]] = {}


def bad(change: Callable[[Set], list[Place]]) -> Callable[[Set], list[Place]]:
    BAD[change.__name__] = change
    return change


@bad
def days_as_a_spreadsheet_writes_them(made: Set) -> list[Place]:
    for line in made.each("academicSessions"):
        made.put("academicSessions", line, "startDate", "8/17/2026")
    return [("academicSessions.csv", line, "startDate", "not_a_date") for line in (2, 3, 4)]


@bad
def a_term_that_ends_before_it_starts(made: Set) -> list[Place]:
    line = made.line("academicSessions", "sourcedId", "fall")
    made.put("academicSessions", line, "endDate", "2026-08-16")
    return [("academicSessions.csv", line, "endDate", "ends_before_it_starts")]


@bad
def a_year_that_cannot_be(made: Set) -> list[Place]:
    line = made.line("academicSessions", "sourcedId", "fall")
    made.put("academicSessions", line, "startDate", "0206-08-17")
    return [("academicSessions.csv", line, "startDate", "not_a_date")]


@bad
def a_day_of_an_enrollment(made: Set) -> list[Place]:
    made.put("enrollments", 3, "beginDate", "2026-W40-4")
    made.put("enrollments", 4, "endDate", "20261218")
    return [
        ("enrollments.csv", 3, "beginDate", "not_a_date"),
        ("enrollments.csv", 4, "endDate", "not_a_date"),
    ]


@bad
def a_number_that_a_spreadsheet_rounded(made: Set) -> list[Place]:
    line = made.line("users", "identifier", number(CAST["HX4T"]))
    made.put("users", line, "identifier", "1.23457E+15")
    made.put("enrollments", 9, "sourcedId", "1.23457E+15")
    return [
        ("users.csv", line, "identifier", "spreadsheet_number"),
        ("enrollments.csv", 9, "sourcedId", "spreadsheet_number"),
    ]


@bad
def a_term_that_is_nowhere(made: Set) -> list[Place]:
    made.put("classes", 2, "termSourcedIds", "fall,autumn")
    return [("classes.csv", 2, "termSourcedIds", "nowhere")]


@bad
def a_course_that_is_nowhere(made: Set) -> list[Place]:
    made.put("classes", 2, "courseSourcedId", "K0")
    return [("classes.csv", 2, "courseSourcedId", "nowhere")]


@bad
def a_school_that_is_nowhere(made: Set) -> list[Place]:
    made.put("classes", 2, "schoolSourcedId", "s9")
    made.put("enrollments", 4, "schoolSourcedId", "s9")
    return [
        ("classes.csv", 2, "schoolSourcedId", "nowhere"),
        ("enrollments.csv", 4, "schoolSourcedId", "nowhere"),
    ]


@bad
def a_class_that_is_nowhere(made: Set) -> list[Place]:
    made.put("enrollments", 4, "classSourcedId", "c999")
    return [("enrollments.csv", 4, "classSourcedId", "nowhere")]


@bad
def a_teacher_without_a_user(made: Set) -> list[Place]:
    line = made.line("enrollments", "userSourcedId", "t3")
    made.put("enrollments", line, "userSourcedId", "t999")
    return [("enrollments.csv", line, "userSourcedId", "nowhere")]


@bad
def a_school_that_is_called_a_district(made: Set) -> list[Place]:
    line = made.line("orgs", "sourcedId", "s0")
    made.put("orgs", line, "type", "district")
    return [("orgs.csv", line, "type", "not_a_school")]


@bad
def a_class_of_the_district(made: Set) -> list[Place]:
    made.put("classes", 2, "schoolSourcedId", "alder")
    return [("classes.csv", 2, "schoolSourcedId", "not_a_school")]


@bad
def the_same_enrollment_again_with_another_class(made: Set) -> list[Place]:
    first = dict(zip(*made.tables["enrollments"][:2], strict=True))
    line = made.add("enrollments", **{**first, "classSourcedId": "c1"})
    return [("enrollments.csv", line, "sourcedId", "id_again")]


@bad
def the_same_class_again(made: Set) -> list[Place]:
    first = dict(zip(*made.tables["classes"][:2], strict=True))
    line = made.add("classes", **{**first, "periods": "8"})
    return [("classes.csv", line, "sourcedId", "id_again")]


@bad
def a_class_of_another_school(made: Set) -> list[Place]:
    made.put("enrollments", 2, "schoolSourcedId", "s1")
    return [("enrollments.csv", 2, "schoolSourcedId", "other_school")]


@bad
def words_that_nobody_lists(made: Set) -> list[Place]:
    made.put("enrollments", 2, "role", "pupil")
    made.put("orgs", 3, "type", "Schol")
    places = [("orgs.csv", 3, "type", "not_listed"), ("enrollments.csv", 2, "role", "not_listed")]
    people = "users" if made.version == "1.1" else "roles"
    made.put(people, 2, "role", "Students")
    places.insert(1, (f"{people}.csv", 2, "role", "not_listed"))
    return places  # type: ignore[return-value]


@bad
def no_value_where_one_is_required(made: Set) -> list[Place]:
    made.put("orgs", 3, "name", " ")
    made.put("academicSessions", 3, "title", "")
    made.put("courses", 2, "sourcedId", "")
    made.put("classes", 3, "termSourcedIds", " , ")
    made.put("enrollments", 2, "classSourcedId", "")
    return [
        ("orgs.csv", 3, "name", "no_value"),
        ("academicSessions.csv", 3, "title", "no_value"),
        ("courses.csv", 2, "sourcedId", "no_value"),
        # The course without an id is none, so that its classes are of a course that is nowhere.
        *(
            ("classes.csv", line, "courseSourcedId", "nowhere")
            for line in made.each("classes")
            if made.get("classes", line, "courseSourcedId") == "k0"
        ),
        ("enrollments.csv", 2, "classSourcedId", "no_value"),
    ]


@bad
def values_that_are_none(made: Set) -> list[Place]:
    made.put("classes", 2, "classCode", "x" * 256)
    made.put("classes", 3, "periods", "1\x1b]52;c;x\x07")
    made.put("courses", 2, "courseCode", "ENG\x8510")
    return [
        ("courses.csv", 2, "courseCode", "control_character"),
        ("classes.csv", 2, "classCode", "too_long"),
        ("classes.csv", 3, "periods", "control_character"),
    ]


@bad
def fields_that_do_not_match_the_header(made: Set) -> list[Place]:
    made.tables["users"][1].insert(12, "Jr.")
    made.tables["enrollments"][4].pop()
    return [("users.csv", 2, None, "fields"), ("enrollments.csv", 5, None, "fields")]


@bad
def lines_are_counted_as_an_editor_counts_them(made: Set) -> list[Place]:
    made.put("users", 2, "givenName", "Canary\nof two lines")
    made.put("users", 3, "givenName", "Canary\r\nof two lines")
    made.put("users", 9, "identifier", "9E+9")
    return [("users.csv", 11, "identifier", "spreadsheet_number")]
