"""Print what reading a large roster costs: seconds, memory beyond a small one, what is kept of it.

``python benchmarks/roster.py`` makes two sets of the district of the tests (500 students and 4,000
enrollments, 50,000 and 400,000), as a folder and as a zip, and reads each in a process of its own.
Nothing here is a test.
"""

import json
import os
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

SIZES = {"small": (500, 2), "large": (50_000, 25)}
CASES = 60
GOAL_SECONDS, GOAL_MIB, GOAL_KEPT = 60, 96, 1 << 20


def read(path: Path, students: int) -> None:
    """Read a set in this process, and print the seconds and the bytes that are kept."""
    from nouns.roster.sets import number
    from reintegrate_cli.nouns.roster.oneroster import read_set
    from reintegrate_cli.nouns.roster.snapshot import to_json

    linked = {f"R{place}": number(place * (students // CASES)) for place in range(CASES)}
    start = time.perf_counter()
    answer = read_set(path, linked, today=date(2026, 10, 14))
    seconds = time.perf_counter() - start
    assert len(answer.found) == CASES
    assert not answer.errors
    print(f"{seconds} {len(json.dumps(to_json(answer.roster)).encode())}")


def measured(path: Path, students: int) -> tuple[float, int, float]:
    """Read a set in a child; return its seconds, the bytes kept, and its peak in MiB."""
    reader, writer = os.pipe()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, __file__, str(path), str(students)],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)],
    )
    os.close(writer)
    with open(reader) as out:  # noqa: PTH123 (a descriptor)
        seconds, kept = out.read().split()
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    return float(seconds), int(kept), usage.ru_maxrss / 1024


def main() -> None:
    """Make the sets, read them, and print the figures."""
    from nouns.roster.sets import District

    with tempfile.TemporaryDirectory() as name:
        for version in ("1.1", "1.2"):
            small = 0.0
            for size, (students, schools) in SIZES.items():
                folder = Path(name) / f"{size} {version}"
                District(version, students, schools, long_ids=True).write(folder)
                packed = Path(f"{folder}.zip")
                with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                    for file in sorted(folder.iterdir()):
                        archive.write(file, file.name)
                for path in (folder, packed):
                    seconds, kept, peak = measured(path, students)
                    small = small or peak
                    print(
                        f"OneRoster {version}, {students:6,} students, {'zip' if path == packed else 'folder':6}"
                        f" {seconds:6.1f} s, {peak:6.1f} MiB ({peak - small:+6.1f}),"
                        f" {kept / 1024:6.0f} KiB kept"
                    )
    print(f"goals: {GOAL_SECONDS} s, {GOAL_MIB} MiB more, {GOAL_KEPT >> 10} KiB kept")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
