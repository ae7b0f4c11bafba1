"""Print what suggestions of schedule changes cost: seconds and peak memory, many pairs at once.

``python benchmarks/separation.py`` makes schools of 2,000 students and 400 sections by chance, in
a process of its own each, and keeps 20 pairs apart at once. Nothing here is a test.
"""

import os
import random
import sys
import time
from datetime import date

from reintegrate_cli.nouns.roster.periods import meet, parse
from reintegrate_cli.nouns.roster.timetable import Days, Lesson, Place
from reintegrate_cli.nouns.separation.choices import Pair
from reintegrate_cli.nouns.separation.meetings import Whereabouts
from reintegrate_cli.nouns.separation.solving import suggest

STUDENTS, SECTIONS, PAIRS, TAKES, PERIODS = 2_000, 400, 20, 8, 8
SHAPES = {"50 courses of 8 sections": 50, "8 courses of 50 sections": 8}
ROTATIONS = ("", "(A)", "(B)", "(A-B)")
TERM = Days(date(2026, 8, 17), date(2026, 12, 18))
GOAL_SECONDS, GOAL_MIB = 10, 300


def offered(chance: random.Random, courses: int, rotation: tuple[str, ...]) -> list[list[Lesson]]:
    """Return the sections of each course, each at some time."""
    return [
        [
            Lesson(
                section=f"{course}-{number}",
                code=f"C{course}-{number}",
                course_id=str(course),
                course=f"C{course}",
                school="ridgeline",
                times=parse(f"{chance.randint(1, PERIODS)}{chance.choice(rotation)}"),
                terms=("Fall 2026",),
                days=(TERM,),
                heads=chance.randint(12, 34),
            )
            for number in range(SECTIONS // courses)
        ]
        for course in range(courses)
    ]


def schedule(
    chance: random.Random, sections: list[list[Lesson]], like: list[Lesson]
) -> list[Lesson]:
    """Return classes that fit together, half of them those of another student."""
    chosen = [lesson for lesson in like if chance.random() < 0.5]
    for course in chance.sample(sections, len(sections)):
        taken = {lesson.course_id for lesson in chosen}
        fitting = [
            lesson
            for lesson in course
            if lesson.course_id not in taken
            and not any(meet(lesson.times, other.times) for other in chosen)
        ]
        if fitting and len(chosen) < TAKES:
            chosen.append(chance.choice(fitting))
    return chosen


def solve(courses: int, seed: int) -> None:
    """Make a school and separate its pairs in this process; print what came of it."""
    chance = random.Random(seed)
    sections = offered(chance, courses, ROTATIONS if seed % 2 else ("",))
    schedules: list[list[Lesson]] = []
    for student in range(STUDENTS):
        schedules.append(schedule(chance, sections, schedules[-1] if student % 2 else []))
    students = {
        f"R{number}": Whereabouts(
            classes=tuple(Place(lesson=lesson, days=lesson.days) for lesson in classes)
        )
        for number, classes in enumerate(schedules)
    }
    pairs = [Pair(moves=f"R{place * 2}", stays=f"R{place * 2 + 1}") for place in range(PAIRS)]
    lessons = [lesson for course in sections for lesson in course]
    start = time.perf_counter()
    answer = suggest(lessons, students, pairs, seconds=GOAL_SECONDS)
    seconds = time.perf_counter() - start
    first = answer.items[0]
    print(
        f"{seconds:5.2f} s, {len(first.changes):3} changes, {first.remaining:2} meetings left, "
        f"{len(answer.items)} suggestions, {'proven' if answer.proven else 'out of time'}"
    )


def main() -> None:
    """Solve each shape of school in a child, and print its peak as well."""
    for label, courses in SHAPES.items():
        for seed in range(4):
            line = [sys.executable, __file__, str(courses), str(seed)]
            print(f"{label}: ", end="", flush=True)
            _, status, usage = os.wait4(os.posix_spawn(sys.executable, line, os.environ), 0)
            assert status == 0
            print(f"    peak {usage.ru_maxrss / 1024:.0f} MiB")
    print(f"goals: {GOAL_SECONDS} s, {GOAL_MIB} MiB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        solve(int(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
