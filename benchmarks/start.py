"""Print what commands cost, in CPU: to ``python -c pass``, or to a former commit in pairs.

Run it with the program installed (not editable) in the environment that runs it::

    python benchmarks/start.py
    python benchmarks/start.py --against /tmp/former/bin/python /tmp/former-tree

The second line takes the interpreter of an environment with the former commit installed, and
that commit's tree, whose own ``district`` makes its vault; it prints each goal. Nothing here is
a test.
"""

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

GOALS = {
    "agenda --week --json, 100 items": 0.90,
    "agenda, a table of 20 rows": 0.90,
    "--help": 0.70,
    "TAB on a noun": 0.38,
    "TAB on a ref": 0.55,
    "a usage error": 0.80,
}
"""The most CPU of each, to the same command of commit f84e012; medians of 31 pairs."""
PAIRS = 31
ON_A_TERMINAL = "agenda, a table of 20 rows"


def spend(line: list[str], env: dict[str, str], *, terminal: bool = False) -> float:
    """Run a command; return the seconds of CPU, user and system, that the kernel counted."""
    leader, follower = pty.openpty() if terminal else (-1, os.open(os.devnull, os.O_RDWR))
    process = subprocess.Popen(line, env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    try:
        while terminal and os.read(leader, 65536):
            pass
    except OSError:
        pass  # the terminal's other end is closed: the program has ended
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if terminal:
        os.close(leader)
    return used.ru_utime + used.ru_stime


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


def program(python: str = sys.executable) -> str:
    return str(Path(python).with_name("reintegrate"))


def lines(
    python: str, many: dict[str, str], few: dict[str, str]
) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return the commands that are measured, each with its environment."""
    run = program(python)

    def tab(*words: str) -> dict[str, str]:
        # The manner of the scripts of Typer, which both programs answer.
        return {
            **many,
            "_REINTEGRATE_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(("reintegrate", *words)),
            "COMP_CWORD": str(len(words)),
        }

    return {
        "--version": ([run, "--version"], many),
        "agenda --week --json, 100 items": ([run, "agenda", "--week", "--json"], many),
        ON_A_TERMINAL: ([run, "agenda"], few),
        "--help": ([run, "--help"], many),
        "TAB on a noun": ([run], tab("ca")),
        "TAB on a ref": ([run], tab("case", "show", "H")),
        "a usage error": ([run, "csae"], many),
    }


def former(python: str, tree: str, folder: Path, cases: int, schedules: int) -> dict[str, str]:
    """Make a vault with a former commit's own ``district``; return its environment."""
    script = (
        f"import sys; sys.path.insert(0, {str(Path(tree, 'benchmarks'))!r}); import start, json;"
        "from pathlib import Path;"
        f"print(json.dumps(start.district(Path({str(folder)!r}), {cases}, {schedules})))"
    )
    import json

    made = subprocess.run([python, "-c", script], check=True, capture_output=True, text=True)
    env: dict[str, str] = json.loads(made.stdout.splitlines()[-1])
    return env


def compare(python: str, tree: str, folder: Path) -> bool:
    """Print each command's CPU to that of a former commit; say whether every goal is met."""
    for name in ("many", "few", "former-many", "former-few"):
        (folder / name).mkdir(mode=0o700)
    own = lines(sys.executable, district(folder / "many", 25, 4), district(folder / "few", 5, 4))
    theirs = lines(
        python,
        former(python, tree, folder / "former-many", 25, 4),
        former(python, tree, folder / "former-few", 5, 4),
    )
    met = True
    for name, goal in GOALS.items():
        ratios = []
        for at in range(PAIRS + 1):
            terminal = name == ON_A_TERMINAL
            spent, before = (spend(*one[name], terminal=terminal) for one in (own, theirs))
            ratios += [spent / before] if at else []  # the first pair warms both up
        ratio = statistics.median(ratios)
        met = met and ratio <= goal
        print(f"{name:36}{ratio:6.2f}   goal {goal:.2f}   {'met' if ratio <= goal else 'missed'}")
    return met


def alone(folder: Path) -> None:
    """Print each command's CPU to that of an interpreter that does nothing."""
    for name in ("many", "few"):
        (folder / name).mkdir(mode=0o700)
    many = district(folder / "many", 25, 4)
    runs = lines(sys.executable, many, district(folder / "few", 5, 4))
    runs["python -c pass"] = ([sys.executable, "-c", "pass"], many)
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(PAIRS):  # interleaved, so that a busy moment falls on all alike
        for name, (line, env) in runs.items():
            spent[name].append(spend(line, env, terminal=name == ON_A_TERMINAL))
    medians = {name: statistics.median(times) for name, times in spent.items()}
    for name, median in medians.items():
        print(f"{name:36}{median * 1000:8.1f} ms {median / medians['python -c pass']:7.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", nargs=2, metavar=("PYTHON", "TREE"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if asked.against:
            return 0 if compare(*asked.against, Path(name)) else 1
        alone(Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
