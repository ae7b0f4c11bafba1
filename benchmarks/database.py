"""Print what a vault in a database costs, to the same district in a file; each goal with a verdict.

Run it with the program installed (not editable), the extra ``postgres`` included::

    python benchmarks/database.py                       # 100 and 100,000 dated items
    python benchmarks/database.py --sizes 100 --rounds 31

It starts a PostgreSQL of its own, reached over 127.0.0.1 and as durable as in life, and makes the
district of ``peers/seed.py`` in a file and in a database. Commands take turns;
the CPU time is the command's own, the wall time has the server's work in it. Medians of pairs.
Nothing here is a test.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
# Both have a module ``programs``, of which the server needs that of the tests.
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE / "peers")]

import seed  # noqa: E402

AGENDA, DONE, TASK, NOTE = "agenda --week --json", "checkin done", "task add", "case note"
TASK_DONE = "task done"
WRITES = (DONE, TASK, TASK_DONE, NOTE)
TO_FILE = {100: 2.0, 100_000: 3.0}
"""By the number of items, what the agenda may cost, to that of the file."""
TO_OWN = 1.3
"""What a write may cost at the largest size, to the same at the smallest."""


class Spent(NamedTuple):
    """What one command cost, in seconds, and what it said."""

    cpu: float
    wall: float
    said: bytes


Ask = Callable[[int], list[str]]


class Place(NamedTuple):
    """A vault, and how a command finds it."""

    env: dict[str, str]

    def spend(self, line: list[str]) -> Spent:
        """Run a command to its end."""
        with tempfile.TemporaryFile() as out:
            start = time.perf_counter()
            process = subprocess.Popen(
                [seed.program(), *line], env=self.env, stdin=subprocess.DEVNULL, stdout=out
            )
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, line
            out.seek(0)
            return Spent(used.ru_utime + used.ru_stime, wall, out.read())


# The same district, twice.


def in_a_file(folder: Path, size: int, today: date) -> Place:
    """Make the district in a file."""
    line = [sys.executable, str(HERE / "peers" / "seed.py"), "dated", str(folder), str(size)]
    subprocess.run([*line, today.isoformat()], check=True)
    env = seed.environment(folder, today)
    return Place({**env, "REINTEGRATE_KEY_FILE": str(folder / "key"), "HOME": str(folder)})


def in_a_database(file: Place, folder: Path, url: str, size: int, today: date) -> Place:
    """Make it in a new database."""
    key_file = str(folder / "key of the database")
    place = Place({**file.env, "REINTEGRATE_VAULT": url, "REINTEGRATE_KEY_FILE": key_file})
    line = ["init", "--user", seed.USER, "--no-keyring", "--recovery-to", str(folder / "another")]
    place.spend([*line, "--key-file", key_file])
    child = os.fork()  # it grows large, and what it starts would begin as large
    if not child:
        try:
            os.environ.update(place.env)
            seed.seed(url, Path(key_file), size, today)
        except BaseException:  # noqa: BLE001 - it must not go on as a second measuring process
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return place


# What is asked.


def asked(folder: Path, today: date) -> dict[str, Ask]:
    """Return the commands that write, each round with something else to say it of."""
    due = [line.split() for line in (folder / "schedules").read_text().splitlines()]
    text = folder / "text.json"
    text.write_text(json.dumps({"text": "what was seen, heard and done that day"}))
    day = (today + timedelta(days=3)).isoformat()

    def done(turn: int) -> list[str]:
        case, schedule = due[turn % len(due)]
        return ["checkin", "done", case, "--schedule", schedule, "--json"]

    def note(turn: int) -> list[str]:
        return ["case", "note", due[turn % len(due)][0], "--from", str(text), "--json"]

    return {
        DONE: done,
        TASK: lambda _: ["task", "add", "--due", day, "--from", str(text), "--json"],
        TASK_DONE: lambda turn: ["task", "done", f"T{turn + 1}", "--json"],
        NOTE: note,
    }


@contextmanager
def served() -> Iterator[Callable[[str], str]]:
    """Run a server that keeps what it acknowledges; give what makes a database, for its URL."""
    from servers import serving

    durable = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on"}
    with serving(
        is_durable=True, listen_addresses="127.0.0.1", shared_buffers="128MB", **durable
    ) as server:

        def made(name: str) -> str:
            server.run(f"CREATE DATABASE {name}")
            return f"postgresql://postgres@127.0.0.1:{server.port}/{name}"

        yield made


Pairs = list[tuple[Spent, Spent]]


def told(what: str, pairs: Pairs, goal: float) -> bool:
    """Print the ratios of some pairs, and say whether the goal is met in CPU and in wall time."""
    ratios = [statistics.median(one[at] / other[at] for one, other in pairs) for at in (0, 1)]
    times = [statistics.median(one[at] for one, _ in pairs) * 1000 for at in (0, 1)]
    met = max(ratios) <= goal
    print(
        f"{what:52}{times[0]:8.0f}{times[1]:8.0f}{ratios[0]:7.2f}{ratios[1]:7.2f}{goal:6.1f}"
        f"   {'met' if met else 'missed'}"
    )
    return met


def measured(vaults: dict[int, tuple[Path, Place, Place]], rounds: int, today: date) -> bool:
    """Run the commands in turns, and print how they compare."""
    print(f"{'':52}{'CPU ms':>8}{'wall':>8}{'CPU x':>7}{'wall x':>7}{'goal':>6}")
    met = True
    for size, (_, file, database) in vaults.items():
        line = ["agenda", "--week", "--json"]
        pairs = [(database.spend(line), file.spend(line)) for _ in range(rounds + 1)]
        assert len({one.said for pair in pairs for one in pair}) == 1, "they tell the same week"
        goal = TO_FILE.get(size, max(TO_FILE.values()))
        met &= told(f"{AGENDA} of {size:,}, to the file's", pairs[1:], goal)
    few, many = min(vaults), max(vaults)
    for what in WRITES if few != many else ():
        ask = asked(vaults[few][0], today)[what], asked(vaults[many][0], today)[what]
        for place, name in ((2, "database"), (1, "file")):
            pairs = [
                (vaults[many][place].spend(ask[1](at)), vaults[few][place].spend(ask[0](at)))
                for at in range(rounds + 1)
            ]
            own = told(f"{what} in the {name} at {many:,}, to {few:,}", pairs[1:], TO_OWN)
            met &= own or place == 1
    return met


def main() -> int:
    """Make the districts, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="100,100000", help="numbers of dated items")
    parser.add_argument("--rounds", type=int, default=15, help="pairs of each command (15)")
    given = parser.parse_args()
    now = date.today()  # noqa: DTZ011 - the day of whoever runs it
    today = now - timedelta(days=now.weekday())
    with tempfile.TemporaryDirectory() as name, served() as made:
        vaults = {}
        for size in sorted(map(int, given.sizes.split(","))):
            folder, start = Path(name) / str(size), time.perf_counter()
            file, url = in_a_file(folder, size, today), made(f"d{size}")
            vaults[size] = (folder, file, in_a_database(file, folder, url, size, today))
            print(f"made {size:,} in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        return 0 if measured(vaults, given.rounds, today) else 1


if __name__ == "__main__":
    sys.exit(main())
