"""Schedule changes: the least disruptive ones, equal to trying all, and nobody else's schedule."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nouns.separation.schools import costs, school, told
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.nouns.roster.periods import parse
from reintegrate_cli.nouns.roster.timetable import ALWAYS, Days, Lesson, Place
from reintegrate_cli.nouns.separation import solving
from reintegrate_cli.nouns.separation.choices import Pair, Suggestion
from reintegrate_cli.nouns.separation.meetings import Stay, Whereabouts, conflicts
from reintegrate_cli.nouns.separation.solving import suggest

SCHOOLS = 500


def cost(suggestion: Suggestion, lessons: dict[str, Lesson]) -> tuple[int, int, int]:
    moved = 0
    for change in suggestion.changes:
        before = {(slot.period, slot.days) for slot in lessons[change.section].times}
        after = {(slot.period, slot.days) for slot in lessons[change.to_section].times}
        moved += len(after - before)
    return suggestion.remaining, len(suggestion.changes), moved


@pytest.mark.parametrize("part", range(10))
def test_the_answer_is_as_good_as_the_best_of_all(part: int) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(part * SCHOOLS // 10, (part + 1) * SCHOOLS // 10):
        made = school(seed)
        lessons, students, pairs = told(made)
        by_id = {lesson.section: lesson for lesson in lessons}
        answers = suggest(lessons, students, pairs, seconds=60, most=3)
        every = costs(made)
        all_costs = {changes: price for price, changes in every}
        assert answers.proven
        first = answers.items[0]
        assert cost(first, by_id) == every[0][0], seed
        for item in answers.items:
            check(item, students, pairs)
            assert all_costs[changes_of(item)] == cost(item, by_id), seed
        if every[0][0][1] and not made.alike:
            assert [cost(item, by_id) for item in answers.items] == minimal(every), seed
            kinds["listed"] += 1
        kinds["unchanged" if not first.changes else "changed"] += 1
        kinds["infeasible" if every[0][0][0] else "feasible"] += 1
    assert kinds["changed"] > 10
    assert min(kinds["feasible"], kinds["infeasible"]) > 2
    assert kinds["listed"] > 0


def changes_of(suggestion: Suggestion) -> frozenset[tuple[str, int, int]]:
    return frozenset(
        (change.case, *map(int, change.to_section.split("-"))) for change in suggestion.changes
    )


def minimal(
    every: list[tuple[tuple[int, int, int], frozenset[tuple[str, int, int]]]],
) -> list[tuple[int, int, int]]:
    """List the costs of what leaves as little as the best, and does not merely add to another."""
    kept: list[frozenset[tuple[str, int, int]]] = []
    answers = []
    for price, changes in every:
        if price[0] == every[0][0][0] and not any(other <= changes for other in kept):
            kept.append(changes)
            answers.append(price)
        if len(answers) == 3:
            break
    return answers


def check(suggestion: Suggestion, students: dict[str, Whereabouts], pairs: list[Pair]) -> None:
    movers = {pair.moves for pair in pairs} - {pair.stays for pair in pairs}
    assert {change.case for change in suggestion.changes} <= movers
    for change in suggestion.changes:
        assert change.from_ != change.to
        own = [place.lesson.course for place in students[change.case].classes]
        assert own.count(change.course) == 1


FALL = Days(date(2026, 8, 17), date(2026, 12, 18))


def section(code: str, periods: str, *, heads: int | None = 27, days: Days = FALL) -> Lesson:
    course = code.split("-")[0]
    return Lesson(
        section=f"id {code}",
        code=code,
        course_id=f"id {course}",
        course=course,
        school="ridgeline",
        times=parse(periods),
        terms=("Fall 2026",),
        days=(days,),
        heads=heads,
    )


def attends(*lessons: Lesson, stays: tuple[Stay, ...] = ()) -> Whereabouts:
    return Whereabouts(
        classes=tuple(Place(lesson=lesson, days=lesson.days) for lesson in lessons), stays=stays
    )


ENG1, ENG2, ENG3 = section("ENG10-1", "1"), section("ENG10-2", "3"), section("ENG10-3", "5")
ART1, ART2 = section("ART-1", "3"), section("ART-2", "1")
PAIR = Pair(moves="D4SX", stays="P3RM")


def test_the_one_who_moves_gets_another_section_and_the_other_keeps_all() -> None:
    students = {"D4SX": attends(ENG2, ART2), "P3RM": attends(ENG2)}
    (answer, *_), proven = suggested([ENG1, ENG2, ENG3, ART1, ART2], students)
    assert proven
    (change,) = answer.changes
    assert (change.case, change.course) == ("D4SX", "ENG10")
    assert (change.from_, change.from_period) == ("ENG10-2", "3")
    assert (change.to, change.to_period) == ("ENG10-3", "5")
    assert change.heads == 27
    assert answer.remaining == 0


def suggested(
    lessons: list[Lesson], students: dict[str, Whereabouts], *pairs: Pair, most: int = 3
) -> tuple[tuple[Suggestion, ...], bool]:
    answers = suggest(lessons, students, pairs or (PAIR,), seconds=60, most=most)
    return answers.items, answers.proven


def test_two_sections_change_places_if_one_alone_cannot() -> None:
    students = {"D4SX": attends(ENG2, ART2), "P3RM": attends(ENG2)}
    (answer, *more), _ = suggested([ENG1, ENG2, ART1, ART2], students)
    assert [(change.from_, change.to) for change in answer.changes] == [
        ("ENG10-2", "ENG10-1"),
        ("ART-2", "ART-1"),
    ]
    assert not more


def test_who_stays_in_any_pair_moves_for_no_other() -> None:
    students = {"D4SX": attends(ENG2), "P3RM": attends(ENG2), "V3NP": attends(ENG2)}
    pairs = (PAIR, Pair(moves="P3RM", stays="V3NP"))
    (answer, *_), _ = suggested([ENG1, ENG2, ENG3], students, *pairs)
    assert {change.case for change in answer.changes} == {"D4SX"}
    assert [(meeting.moves, meeting.stays) for meeting in answer.meetings] == [("P3RM", "V3NP")]


def test_two_who_move_are_not_sent_to_the_same_section_if_they_are_a_pair_by_others() -> None:
    students = {"D4SX": attends(ENG2), "HX4T": attends(ENG2), "P3RM": attends(ENG2)}
    pairs = (PAIR, Pair(moves="HX4T", stays="P3RM"))
    (answer, *_), _ = suggested([ENG1, ENG2], students, *pairs)
    assert [(change.case, change.to) for change in answer.changes] == [
        ("D4SX", "ENG10-1"),
        ("HX4T", "ENG10-1"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        section("ENG10-4", ""),
        section("ENG10-4", "5(A)"),
        section("ENG10-4", "5,6"),
        section("ENG10-4", "5", days=Days(date(2027, 1, 4), date(2027, 6, 4))),
        section("ENG10-4", "1"),
        replace(section("ENG10-4", "5"), school="juniper"),
        replace(section("ENG10-4", "5"), course_id="id ENG11"),
    ],
    ids=[
        "period unknown",
        "half the load",
        "twice the load",
        "another term",
        "a clash",
        "another school",
        "another course",
    ],
)
def test_a_section_that_does_not_keep_course_term_load_and_school_is_no_way_out(
    other: Lesson,
) -> None:
    students = {"D4SX": attends(ENG2, ART2), "P3RM": attends(ENG2)}
    (answer,), proven = suggested([ENG2, ART2, other], students)
    assert (answer.changes, answer.remaining, proven) == ((), 1, True)
    assert answer.meetings[0].conflict.class_ == "ENG10-2"


def test_a_lunch_that_somebody_typed_stays_where_it_is() -> None:
    lunch = Stay(where="lunch", times=parse("5"))
    students = {"D4SX": attends(ENG2, stays=(lunch,)), "P3RM": attends(ENG2)}
    (answer,), _ = suggested([ENG2, ENG3], students)
    assert not answer.changes
    (free, *_), _ = suggested([ENG1, ENG2, ENG3], students)
    assert [change.to for change in free.changes] == ["ENG10-1"]


def test_of_sections_that_are_alike_the_one_with_fewest_heads_is_named() -> None:
    full, empty = section("ENG10-5", "5", heads=34), section("ENG10-6", "5", heads=12)
    unknown = section("ENG10-4", "5", heads=None)
    students = {"D4SX": attends(ENG2), "P3RM": attends(ENG2)}
    (answer, *more), _ = suggested([ENG2, unknown, full, empty], students)
    assert [(change.to, change.heads) for change in answer.changes] == [("ENG10-6", 12)]
    assert not more


def test_a_move_within_the_same_period_is_less_than_one_to_another() -> None:
    beside = section("ENG10-7", "3", heads=33)
    students = {"D4SX": attends(ENG2), "P3RM": attends(ENG2)}
    answers, _ = suggested([ENG1, ENG2, beside], students)
    assert [[change.to for change in answer.changes] for answer in answers] == [
        ["ENG10-7"],
        ["ENG10-1"],
    ]


def test_classes_that_clash_already_may_go_on_and_no_new_one_may_join_them() -> None:
    twice = section("BIO-1", "5")
    other = section("HIST-1", "5")
    students = {"D4SX": attends(ENG2, twice, other), "P3RM": attends(ENG2)}
    (answer,), _ = suggested([ENG2, ENG3, twice, other], students)
    assert (answer.changes, answer.remaining) == ((), 1)
    (free, *_), _ = suggested([ENG1, ENG2, ENG3, twice, other], students)
    assert [change.to for change in free.changes] == ["ENG10-1"]


def test_a_period_of_every_day_clashes_with_one_of_single_days() -> None:
    english, other = section("ENG10-2", "3(A)"), section("ENG10-3", "5(A)")
    art = section("ART-1", "5")
    students = {"D4SX": attends(english, art), "P3RM": attends(english)}
    (answer,), _ = suggested([english, other, art], students)
    assert (answer.changes, answer.remaining) == ((), 1)
    free = section("ENG10-4", "6(A)")
    (answer, *_), _ = suggested([english, other, art, free], students)
    assert [change.to for change in answer.changes] == ["ENG10-4"]


def test_of_a_class_without_a_period_no_other_without_one_is_the_way_out() -> None:
    now, other = section("ADV-1", ""), section("ADV-2", "")
    students = {"D4SX": attends(now), "P3RM": attends(now)}
    (answer,), _ = suggested([now, other], students)
    assert (answer.changes, answer.remaining) == ((), 1)
    (answer, *_), _ = suggested([now, other, section("ADV-3", "8")], students)
    assert [(change.from_period, change.to_period) for change in answer.changes] == [(None, "8")]


def test_who_left_the_class_before_the_other_came_is_met_by_nobody() -> None:
    left = Place(lesson=ENG2, days=(Days(None, date(2026, 10, 14)),))
    since = Place(lesson=ENG2, days=(Days(date(2026, 10, 15), None),))
    students = {"D4SX": Whereabouts(classes=(since,)), "P3RM": Whereabouts(classes=(left,))}
    (answer,), _ = suggested([ENG1, ENG2], students)
    assert (answer.changes, answer.remaining) == ((), 0)


def test_many_pairs_at_once_cost_what_they_cost_one_by_one() -> None:
    lessons: list[Lesson] = []
    students: dict[str, Whereabouts] = {}
    pairs: list[Pair] = []
    apart = Counter[str]()
    for seed in range(24):
        some, those, their = told(school(seed))
        by_id = {lesson.section: renamed(lesson, seed) for lesson in some}
        lessons += by_id.values()
        for ref, where in those.items():
            students[f"{ref} {seed}"] = Whereabouts(
                classes=tuple(
                    replace(place, lesson=by_id[place.lesson.section]) for place in where.classes
                )
            )
        pairs += [Pair(moves=f"{one.moves} {seed}", stays=f"{one.stays} {seed}") for one in their]
        best = suggest(some, those, their, seconds=60, most=1).items[0]
        left, changed, moved = cost(best, {lesson.section: lesson for lesson in some})
        apart.update(left=left, changed=changed, moved=moved)
    answers = suggest(lessons, students, pairs, seconds=60, most=1)
    assert answers.proven
    together = cost(answers.items[0], {lesson.section: lesson for lesson in lessons})
    assert together == (apart["left"], apart["changed"], apart["moved"])


def renamed(lesson: Lesson, seed: int) -> Lesson:
    return replace(lesson, section=f"{lesson.section} {seed}", school=f"school {seed}")


def test_a_class_without_a_period_is_said() -> None:
    advisory = section("ADV-1", "")
    students = {"D4SX": attends(ENG2, advisory), "P3RM": attends(ENG2)}
    answers = suggest([ENG1, ENG2, advisory], students, [PAIR], seconds=60)
    assert answers.unsure == ("D4SX",)
    assert [change.to for change in answers.items[0].changes] == ["ENG10-1"]


def test_a_student_whose_classes_are_not_known_may_meet_anybody() -> None:
    (answer,), proven = suggested([ENG1, ENG2], {"D4SX": attends(ENG2)})
    assert (answer.changes, answer.remaining, proven) == ((), 1, True)
    assert answer.meetings[0].conflict.unsure
    (answer,), _ = suggested([ENG1, ENG2], {"P3RM": attends(ENG2)})
    assert answer.remaining == 1


def test_pairs_that_are_apart_need_nothing_and_stay_apart() -> None:
    students = {"D4SX": attends(ENG1, ART1), "P3RM": attends(ENG2), "V3NP": attends(ENG1)}
    (answer,), _ = suggested([ENG1, ENG2, ART1], students)
    assert (answer.changes, answer.remaining) == ((), 0)
    pairs = (PAIR, Pair(moves="D4SX", stays="V3NP"))
    (answer, *_), _ = suggested([ENG1, ENG2, ENG3, ART1], students, *pairs)
    assert [change.to for change in answer.changes] == ["ENG10-3"], "not to the section of P3RM"


def test_out_of_time_the_answer_is_the_best_so_far_and_is_not_called_the_best() -> None:
    students = {"D4SX": attends(ENG2), "P3RM": attends(ENG2)}
    answers = suggest([ENG1, ENG2], students, [PAIR], seconds=0)
    assert not answers.proven
    assert (answers.items[0].changes, answers.items[0].remaining) == ((), 1)


def test_other_places_are_counted_as_left() -> None:
    students = {"D4SX": attends(ENG2), "P3RM": attends(ENG2)}
    (answer, *_), _ = suggested([ENG1, ENG2], students, replace(PAIR, places=("class", "bus")))
    assert [meeting.conflict.place for meeting in answer.meetings] == ["bus"]


def test_without_the_solver_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(Settings) as told:
        suggest([ENG1, ENG2], {"D4SX": attends(ENG2), "P3RM": attends(ENG2)}, [PAIR])
    assert "not installed" in told.value.message
    assert told.value.hint == solving.EXTRA


def test_the_solver_is_loaded_where_it_is_used_and_says_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    script = (
        "import sys\nimport reintegrate_cli.nouns.separation.solving\n"
        "print('highspy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
    suggested([ENG1, ENG2], {"D4SX": attends(ENG2), "P3RM": attends(ENG2)})
    assert capfd.readouterr() == ("", "")


def test_the_extra_that_the_hint_names_is_declared() -> None:
    import tomllib

    text = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert "highspy" in tomllib.loads(text)["project"]["optional-dependencies"]["schedules"][0]


def test_conflicts_of_a_class_are_one_for_each_period() -> None:
    block = section("BIO-1", "1(A-B) 3(A)")
    rows = conflicts(attends(block), attends(block))
    assert [(row.period, row.class_, row.place, row.term, row.unsure) for row in rows] == [
        ("1(A-B)", "BIO-1", "class", "Fall 2026", False),
        ("3(A)", "BIO-1", "class", "Fall 2026", False),
    ]


def test_what_is_not_known_may_meet_and_says_so() -> None:
    advisory = section("ADV-1", "")
    (row,) = conflicts(attends(advisory), attends(advisory))
    assert (row.period, row.class_, row.unsure) == (None, "ADV-1", True)
    whole_year = replace(ENG1, days=(ALWAYS,), terms=())
    (row,) = conflicts(attends(whole_year), attends(whole_year))
    assert (row.period, row.term, row.unsure) == ("1", None, True)
    (row,) = conflicts(attends(ENG1), Whereabouts())
    assert (row.period, row.class_, row.place, row.unsure) == (None, None, "class", True)
    nothing = Lesson(section="id of a class of which no row was taken")
    (row,) = conflicts(attends(nothing), attends(nothing))
    assert (row.class_, row.unsure) == (None, True)
    assert not conflicts(attends(nothing), attends(ENG1))


def test_the_last_day_of_one_is_still_a_day_with_the_first_of_the_other() -> None:
    until = Place(lesson=ENG1, days=(Days(None, date(2026, 10, 14)),))
    since = Place(lesson=ENG1, days=(Days(date(2026, 10, 14), None),))
    later = Place(lesson=ENG1, days=(Days(date(2026, 10, 15), None),))
    assert conflicts(Whereabouts(classes=(until,)), Whereabouts(classes=(since,)))
    assert not conflicts(Whereabouts(classes=(until,)), Whereabouts(classes=(later,)))
    assert conflicts(Whereabouts(classes=(until, later)), Whereabouts(classes=(later,)))


def test_typed_places_meet_unless_their_times_are_known_and_apart() -> None:
    early, late = Stay(where="lunch", times=parse("4(A)")), Stay(where="lunch", times=parse("4(B)"))
    everyday = Stay(where="lunch", times=parse("P4"))
    at, with_ = Whereabouts(stays=(early,)), Whereabouts(stays=(everyday,))
    assert [row.period for row in conflicts(at, with_, ("lunch",))] == ["4(A)"]
    assert not conflicts(at, Whereabouts(stays=(late,)), ("lunch",))
    untimed = Whereabouts(stays=(Stay(where="lunch"),))
    for one, other in [(at, Whereabouts()), (at, untimed), (untimed, untimed)]:
        (row,) = conflicts(one, other, ("lunch",))
        assert (row.period, row.class_, row.place, row.unsure) == (None, None, "lunch", True)
