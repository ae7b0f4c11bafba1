"""Memory that ``training import`` takes: 50,000 rows with every tenth bad, against 500 rows.

    .venv/bin/python benchmarks/training.py [ROWS]

Says the peak of each run (the resident set of a process of its own), and the difference, which is to
be at most 16 MiB; each file is imported twice, and the second run changes nothing.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

ROLES = ("bus_driver", "front_desk", "school_nurse", "social_worker", "school_counselor")
SCHOOLS = ("Ridgeline", "Juniper", "Mesa", "Alder", "Willow", "Birch")
MOST_MORE = 16 * 1024
"""KiB that the large file may take beyond the small one."""
BEGIN = "from reintegrate_cli.cli import run; run()"


def write(path: Path, rows: int) -> int:
    """Write a file in which every tenth row is bad, and return how many are."""
    chance, bad = random.Random(12), 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["person", "role", "school", "level", "completed_on", "hours", "notes"])
        for number in range(rows):
            day = date(2026, 10, 1) - timedelta(days=chance.randrange(300))
            is_bad = number % 10 == 9
            bad += is_bad
            role = "captain" if is_bad else chance.choice(ROLES)
            level = chance.choice(("basic", "intensive"))
            person = f"person {chance.getrandbits(40):010x} {number}"
            writer.writerow([person, role, chance.choice(SCHOOLS), level, day, "4.5", "as sent"])
    return bad


def imported(folder: Path, file: Path) -> tuple[dict[str, object], int]:
    """Import a file in a process of its own; return what it said, and its peak in KiB."""
    line = [sys.executable, "-c", BEGIN, "training", "import", str(file), "--json"]
    started = subprocess.Popen(line, stdout=subprocess.PIPE, env=around(folder))
    assert started.stdout is not None
    said = started.stdout.read()
    _, started.returncode, used = os.wait4(started.pid, 0)
    assert started.returncode == 0
    return json.loads(said), used.ru_maxrss


def around(folder: Path) -> dict[str, str]:
    """Return the environment of a vault of its own."""
    return {
        **os.environ,
        "REINTEGRATE_VAULT": str(folder / "caseload.vault"),
        "REINTEGRATE_KEY_FILE": str(folder / "key"),
        "REINTEGRATE_CONFIG": os.devnull,
        "REINTEGRATE_TODAY": "2026-10-22",
        "HOME": str(folder),
    }


def tried(rows: int) -> int:
    """Import so many rows twice into a new vault; return the peak of the dearer run in KiB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        init = ["init", "--user", "okafor", "--no-keyring", "--key-file", str(folder / "key")]
        line = [sys.executable, "-c", BEGIN, *init, "--recovery-to", str(folder / "recovery")]
        subprocess.run(line, check=True, capture_output=True, env=around(folder))
        bad = write(folder / "people.csv", rows)
        first, peak = imported(folder, folder / "people.csv")
        assert (first["taken"], first["unchanged"], first["bad"]) == (rows - bad, 0, bad)
        again, peak_again = imported(folder, folder / "people.csv")
        assert (again["taken"], again["unchanged"], again["bad"]) == (0, rows - bad, bad)
        print(f"{rows:>6} rows: {peak / 1024:.1f} MiB, and again {peak_again / 1024:.1f} MiB")
        return max(peak, peak_again)


if __name__ == "__main__":
    most = int(sys.argv[1]) if sys.argv[1:] else 50_000
    more = tried(most) - tried(500)
    print(f"the difference: {more / 1024:.1f} MiB, of at most {MOST_MORE // 1024}")
    sys.exit(more > MOST_MORE)
