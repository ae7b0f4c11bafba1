"""Print what importing a large roster costs: seconds, memory beyond a small one, how the vault grows.

``python benchmarks/roster.py`` makes two sets of the district of the tests (500 students and 4,000
enrollments, 50,000 and 400,000), as a folder and as a zip, and imports each into a vault with
sixty linked cases, by the command and in a process of its own. Nothing here is a test.
"""

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
DAY = date(2026, 10, 14)
CASE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def prepared(folder: Path, students: int) -> dict[str, str]:
    """Make a vault with linked cases; return the environment in which commands find it."""
    from nouns.roster.sets import number
    from reintegrate_cli.cli import main as reintegrate
    from reintegrate_cli.kept import session
    from reintegrate_cli.nouns.case.record import Case
    from reintegrate_cli.nouns.roster.record import RosterLink

    folder.mkdir()
    environment = {
        "REINTEGRATE_VAULT": str(folder / "caseload.vault"),
        "REINTEGRATE_KEY_FILE": str(folder / "key"),
        "REINTEGRATE_TODAY": DAY.isoformat(),
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    os.environ.update(environment)
    line = ("init", "--user", "okafor", "--no-keyring", "--key-file", str(folder / "key"))
    assert reintegrate([*line, "--json"]) == 0
    session.begin(None, None)
    with session.writing("case add") as store:
        for place in range(CASES):
            ref = "".join(CASE_ALPHABET[place // 27**digit % 27] for digit in range(4))
            case = Case(ref=ref, school="Ridgeline", setting="home", opened_on=DAY)
            store.cases.put(case)
            digits = number(place * (students // CASES))
            store.of(RosterLink).put(RosterLink(case=ref, student_number=digits, linked_on=DAY))
    return environment


def measured(path: Path, students: int) -> tuple[float, int, float]:
    """Import a set; return the seconds, by how much the vault grew, and the peak in MiB."""
    with tempfile.TemporaryDirectory() as name:
        environment = prepared(Path(name) / "home", students)
        vault = Path(environment["REINTEGRATE_VAULT"])
        before = vault.stat().st_size
        start = time.perf_counter()
        program = str(Path(sys.executable).with_name("reintegrate"))
        child = os.posix_spawn(
            program,
            [program, "roster", "import", str(path), "--json"],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        )
        _, status, usage = os.wait4(child, 0)
        assert status == 0
        seconds = time.perf_counter() - start
        return seconds, vault.stat().st_size - before, usage.ru_maxrss / 1024


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
                        f" {kept / 1024:6.0f} KiB more vault"
                    )
    print(f"goals: {GOAL_SECONDS} s, {GOAL_MIB} MiB more, {GOAL_KEPT >> 10} KiB more vault")


if __name__ == "__main__":
    main()
