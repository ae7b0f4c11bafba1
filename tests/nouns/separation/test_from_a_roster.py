"""From a roster to a suggestion: D4SX and P3RM are to be kept apart, and D4SX moves."""

from datetime import date
from pathlib import Path

import pytest

from nouns.roster.sets import LINKED, TODAY, Set, bulk, number
from reintegrate_cli.nouns.roster.oneroster import read_set
from reintegrate_cli.nouns.roster.snapshot import Roster
from reintegrate_cli.nouns.roster.timetable import Timetable
from reintegrate_cli.nouns.separation.choices import Pair
from reintegrate_cli.nouns.separation.meetings import Whereabouts, conflicts
from reintegrate_cli.nouns.separation.solving import suggest

DAY = date.fromisoformat(TODAY)


@pytest.fixture
def made() -> Set:
    """Return the set in which both are in ENG10-2, in period 4, and in no other class together."""
    made = bulk("1.2")
    for line in made.each("enrollments"):
        user = made.get("enrollments", line, "userSourcedId")
        section = made.get("enrollments", line, "classSourcedId")
        if user in ("u0", "u1"):
            course = int(section[1:]) // 3
            place = 1 if course == 0 else 2 if user == "u0" else 0
            made.put("enrollments", line, "classSourcedId", f"c{course * 3 + place}")
    for line in made.each("classes"):
        at = int(made.get("classes", line, "sourcedId")[1:])
        periods = {0: "9", 1: "4", 2: "10"} if at < 3 else {}
        made.put("classes", line, "periods", periods.get(at, str(at // 3 + 11)))
    return made


def kept(made: Set, folder: Path) -> Roster:
    return read_set(made.as_folder(folder / "set"), LINKED, today=DAY).roster


def whereabouts(roster: Roster) -> dict[str, Whereabouts]:
    timetable = Timetable(roster)
    return {
        ref: Whereabouts(classes=timetable.places(ref, DAY)) for ref in ("D4SX", "P3RM", "W6HB")
    }


def test_the_conflict_and_the_way_out(made: Set, tmp_path: Path) -> None:
    roster = kept(made, tmp_path)
    students = whereabouts(roster)
    (row,) = conflicts(students["D4SX"], students["P3RM"])
    assert (row.period, row.class_, row.place, row.term, row.unsure) == (
        "4",
        "ENG10-2",
        "class",
        "Fall 2026",
        False,
    )
    pair = Pair(moves="D4SX", stays="P3RM")
    answer = suggest(Timetable(roster).lessons(), students, [pair], seconds=60)
    assert answer.proven
    assert [(item.remaining, len(item.changes)) for item in answer.items] == [(0, 1), (0, 1)]
    (change,) = answer.items[0].changes
    assert (change.case, change.course, change.from_, change.from_period) == (
        "D4SX",
        "ENG10",
        "ENG10-2",
        "4",
    )
    assert {item.changes[0].to for item in answer.items} == {"ENG10-1", "ENG10-3"}
    heads = {section.code: section.heads for section in roster.sections if section.school == "s0"}
    assert change.heads == heads[change.to]


def test_a_class_of_which_the_row_is_bad_is_still_a_class_in_which_they_meet(
    made: Set, tmp_path: Path
) -> None:
    made.put("classes", made.line("classes", "sourcedId", "c1"), "termSourcedIds", "autumn")
    students = whereabouts(kept(made, tmp_path))
    (row,) = conflicts(students["D4SX"], students["P3RM"])
    assert (row.period, row.class_, row.unsure) == (None, None, True)


def test_a_student_on_no_roster_may_meet_anybody(made: Set, tmp_path: Path) -> None:
    students = whereabouts(kept(made, tmp_path))
    assert number(0) == LINKED["D4SX"]
    (row,) = conflicts(students["D4SX"], students["W6HB"])
    assert (row.period, row.class_, row.place, row.unsure) == (None, None, "class", True)


def test_after_the_last_day_of_the_term_they_no_longer_meet(made: Set, tmp_path: Path) -> None:
    timetable = Timetable(kept(made, tmp_path))
    for day, meet in ((date(2026, 12, 18), True), (date(2026, 12, 19), False)):
        mine, theirs = (Whereabouts(classes=timetable.places(ref, day)) for ref in ("D4SX", "P3RM"))
        together = [row for row in conflicts(mine, theirs) if not row.unsure]
        assert bool(together) is meet
