"""Print what commands cost, as ratios to ``python -c pass`` of the same environment.

Run it on a quiet machine, with the program installed (not editable) in the environment that
runs it: ``python benchmarks/start.py``. Medians of one run; nothing here is a test.
"""

import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

GOALS = {
    "--version (to an empty script)": 1.15,
    "agenda --week --json, 100 items": 10,
    "agenda, a table of 20 rows": 13,
    "--help": 9,
    "a usage error": 9,
    "one TAB": 9,
}
ROUNDS = 25


def spend(line: list[str], env: dict[str, str], *, terminal: bool = False) -> float:
    start = time.perf_counter()
    if terminal:
        leader, follower = pty.openpty()
        process = subprocess.Popen(line, env=env, stdout=follower, stdin=follower, stderr=follower)
        os.close(follower)
        try:
            while os.read(leader, 65536):
                pass
        except OSError:
            pass  # the terminal's other end is closed: the program has ended
        process.wait()
        os.close(leader)
    else:
        subprocess.run(line, env=env, capture_output=True, check=False)
    return time.perf_counter() - start


def district(folder: Path, cases: int, schedules: int) -> dict[str, str]:
    """Make a vault with cases of so many weekly schedules each; give its environment."""
    from reintegrate_cli.kept import session
    from reintegrate_cli.nouns.case.record import Case
    from reintegrate_cli.nouns.checkin.record import Schedule, Terms

    env = {
        **os.environ,
        "REINTEGRATE_VAULT": str(folder / "v.vault"),
        "COLUMNS": "80",
        "REINTEGRATE_KEY_FILE": str(folder / "key"),
        "REINTEGRATE_TODAY": "2026-10-06",
        "REINTEGRATE_CONFIG": str(folder / "district.toml"),
    }
    (folder / "district.toml").write_text("")
    subprocess.run(
        [
            program(),
            "init",
            "--user",
            "okafor",
            "--no-keyring",
            "--key-file",
            str(folder / "key"),
            "--recovery-to",
            str(folder / "code"),
        ],
        env=env,
        check=True,
        capture_output=True,
    )
    os.environ.update(env)
    session.begin(None, None)
    with session.writing("seed") as store:
        for number in range(cases):
            ref = "H" + "".join("23456789"[number // 8**place % 8] for place in range(3))
            store.cases.put(
                Case(
                    ref=ref,
                    school="R",
                    setting="home",  # type: ignore[arg-type]
                    opened_on=date(2026, 9, 1),
                )
            )
            for at in range(schedules):
                terms = Terms(every="1w", day="thu", anchor="calendar", starts=date(2026, 10, 8))
                store.schedules.put(
                    Schedule(
                        case=ref,
                        id=f"S{at + 1}",
                        with_="student",
                        terms=terms,
                        mode="phone",
                        chosen_by="student",
                        chosen_on=date(2026, 9, 1),
                    )
                )
    return env


def program() -> str:
    return str(Path(sys.executable).with_name("reintegrate"))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("many", "few"):
            (folder / part).mkdir()
        many, few = district(folder / "many", 25, 4), district(folder / "few", 5, 4)
        empty = folder / "empty"
        # The same wrapper that the installer wrote for this program, with nothing behind it.
        wrapper = Path(program()).read_text()
        empty.write_text(wrapper.replace("from reintegrate_cli.cli import run", "run = int"))
        empty.chmod(0o755)
        tab = {
            **many,
            "_REINTEGRATE_COMPLETE": "complete_bash",
            "COMP_WORDS": "reintegrate ca",
            "COMP_CWORD": "1",
        }
        runs = {
            "python -c pass": ([sys.executable, "-c", "pass"], many, False),
            "an empty script": ([str(empty)], many, False),
            "--version (to an empty script)": ([program(), "--version"], many, False),
            "agenda --week --json, 100 items": (
                [program(), "agenda", "--week", "--json"],
                many,
                False,
            ),
            "agenda, a table of 20 rows": ([program(), "agenda"], few, True),
            "--help": ([program(), "--help"], many, False),
            "a usage error": ([program(), "csae"], many, False),
            "one TAB": ([program()], tab, False),
        }
        spent: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):  # interleaved, so that a busy moment falls on all alike
            for label, (line, env, terminal) in runs.items():
                spent[label].append(spend(line, env, terminal=terminal))
    medians = {label: statistics.median(times) for label, times in spent.items()}
    for label, median in medians.items():
        base = medians["an empty script" if "empty" in label else "python -c pass"]
        goal = f"   goal {GOALS[label]:g}" if label in GOALS else ""
        print(f"{label:36}{median * 1000:8.1f} ms {median / base:7.2f}{goal}")


if __name__ == "__main__":
    main()
