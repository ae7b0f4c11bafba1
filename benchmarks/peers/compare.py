"""Compare ``reintegrate`` with its peers, each on its own store of the same dated items.

One run, one machine: every program lists the same week, and what counts is the CPU time
(user and system) and the peak memory of the whole process, its own start and, for an
encrypted store, its unlocking included. Medians, rounds interleaved; nothing here is a test.
``benchmarks/README.md`` says how to run it.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import seed
from goals import AGENDA, DONE, NOTE, PEERS, TASK, UNLOCKED, WITH_FILE, table, verdicts
from items import IN_WEEK, OVERDUE, items
from measure import Ask, Bench, Measured, Spent, spend

import programs
from programs import Question

HERE = Path(__file__).parent
QUICK_SIZES, LONG_SIZES = (100, 10_000), (100, 10_000, 100_000)
QUICK_RECORDS, LONG_RECORDS = (1_000, 10_000), (1_000, 1_000_000)


# Our own stores


def fingerprint() -> str:
    """Name the program and the way its vaults are made: other vaults for another program."""
    found = importlib.util.find_spec("reintegrate_cli")
    if found is None or found.origin is None:
        sys.exit("reintegrate is not installed in the environment that runs this")
    files = [*sorted(Path(found.origin).parent.rglob("*.py")), HERE / "seed.py", HERE / "items.py"]
    return _digest(files)


def _digest(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()[:12]


def apart(work: Callable[[], None]) -> bool:
    """Do some work in a process of its own, so that this one stays small; say whether it did.

    The peak memory of a command is never seen below the peak of what starts it.
    """
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        work()
    except BaseException:  # noqa: BLE001 - it must not go on as a second measuring process
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def only(folder: Path) -> Path:
    """Make a folder of the cache, in place of those beside it that nothing will read again."""
    for other in folder.parent.iterdir() if folder.parent.exists() else ():
        if other != folder:
            apart(partial(shutil.rmtree, other))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def our_store(cache: Path, what: str, size: int, today: date) -> Path | None:
    """Give the folder of a vault with so many items or records, made if it is not there.

    Nothing where the program cannot keep so many.
    """
    folder = cache / f"{what}-{size}"
    if not folder.exists():
        building = cache / f"{what}-{size}.new"
        if building.exists():
            shutil.rmtree(building)
        start = time.perf_counter()
        line = [sys.executable, str(HERE / "seed.py"), what, str(building), str(size)]
        if subprocess.run([*line, today.isoformat()], check=False).returncode:
            shutil.rmtree(building, ignore_errors=True)
            return None
        building.rename(folder)
        tell(f"made our vault of {size:,} ({what}) in {time.perf_counter() - start:.0f} s")
    return folder


def tell(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)


def ours(folder: Path, today: date, *words: str, stdin: Path | None = None) -> Question:
    """Ask the program, with the key from a 0600 file."""
    env = seed.environment(folder, today)
    env = {name: env[name] for name in env if name in ("PATH", "HOME", "LANG") or "REIN" in name}
    env["REINTEGRATE_KEY_FILE"] = str(folder / "key")
    return Question([seed.program(), *words], env, 0, lambda text: 0, stdin)


def agenda(folder: Path, today: date) -> Question:
    """List the week: what is overdue, then what falls on its days."""
    question = ours(folder, today, "agenda", "--week", "--json")
    return replace(
        question, expected=OVERDUE + IN_WEEK, count=lambda text: len(json.loads(text)["items"])
    )


def unlocked(question: Question) -> Question:
    """Ask without the key file."""
    env = {name: value for name, value in question.env.items() if "KEY_FILE" not in name}
    return replace(question, env=env)


@contextlib.contextmanager
def at_rest(folder: Path, today: date) -> Iterator[bool]:
    """Let the vault's key rest in the kernel; say whether it does."""
    env = unlocked(agenda(folder, today)).env
    with_words = {**env, "REINTEGRATE_PASSPHRASE_FILE": str(folder / "passphrase")}
    try:
        subprocess.run([seed.program(), "unlock"], env=with_words, check=True, capture_output=True)
        probe = [seed.program(), "agenda", "--week", "--json"]
        tried = subprocess.run(
            probe, env=env, check=False, capture_output=True, stdin=subprocess.DEVNULL
        )
        yield tried.returncode == 0
    finally:
        subprocess.run([seed.program(), "lock"], env=env, check=False, capture_output=True)


def same(question: Question) -> Ask:
    """Ask the same in every round."""
    return lambda _: question


def recording(folder: Path, today: date) -> Ask:
    """Record a contact, each round with another schedule that waits for one."""
    due = [line.split() for line in (folder / "schedules").read_text().splitlines()]

    def ask(turn: int) -> Question:
        case, schedule = due[turn % len(due)]
        return ours(folder, today, "checkin", "done", case, "--schedule", schedule, "--json")

    return ask


# The parts of a run


Vaults = dict[int, Path | None]
CANNOT = Spent(failed="a vault of so many cannot be made")


def week(bench: Bench, vaults: Vaults, asked: dict[Measured, Ask], today: date) -> None:
    """List the week with every program, at every size."""
    group = dict(asked)
    for size, vault in vaults.items():
        if vault is None:
            bench.found[Measured(AGENDA, size)] = CANNOT
        else:
            group[Measured(AGENDA, size)] = same(agenda(vault, today))
    bench.measure(group)


def resting(bench: Bench, vault: Path, today: date) -> None:
    """List the week with the key file, and with the key that rests."""
    with at_rest(vault, today) as rests:
        if not rests:
            tell("the kernel keeps no key here: nothing is measured of an unlocked vault")
            return
        question = agenda(vault, today)
        bench.measure(
            {
                Measured(WITH_FILE, 100): same(question),
                Measured(UNLOCKED, 100): same(unlocked(question)),
            }
        )


def contacts(bench: Bench, vaults: Vaults, scratch: Path, today: date) -> None:
    """Record contacts at every size, in copies of the vaults."""
    group = {}
    for size, vault in vaults.items():
        if vault is None:
            bench.found[Measured(DONE, size)] = CANNOT
            continue
        copy = scratch / f"dated-{size}"
        shutil.copytree(vault, copy)
        group[Measured(DONE, size)] = recording(copy, today)
    bench.measure(group)


def additions(bench: Bench, vaults: Vaults, scratch: Path, today: date) -> None:
    """Add one record, to few and to very many, in copies of the vaults."""
    text = scratch / "text.json"
    text.write_text(json.dumps({"text": "what was seen, heard and done that day"}))
    due = (today + timedelta(days=3)).isoformat()
    group = {}
    for size, vault in vaults.items():
        if vault is None:
            bench.found[Measured(TASK, size)] = bench.found[Measured(NOTE, size)] = CANNOT
            continue
        copy = scratch / f"many-{size}"
        shutil.copytree(vault, copy)
        task = ours(copy, today, "task", "add", "--due", due, "--from", str(text), "--json")
        case = (copy / "schedules").read_text().split()[0]
        note = ours(copy, today, "case", "note", case, "--from", str(text), "--json")
        group[Measured(TASK, size)] = same(task)
        group[Measured(NOTE, size)] = same(note)
    bench.measure(group)


def their_questions(
    cache: Path, names: list[str], sizes: list[int], today: date
) -> dict[Measured, Ask]:
    """Find the peers and give them their stores; one that is not to be had is left out."""
    code = _digest([HERE / "programs.py", HERE / "items.py"])
    stores = only(cache / "stores" / f"{today}-{code}")
    asked = {}
    for peer in programs.peers():
        if peer.name not in names:
            continue
        try:
            peer.find(cache)
        except programs.Absent as reason:
            print(f"{peer.name} is missing: {reason}")
            continue
        print(f"{peer.name} {peer.version}")
        for size in sizes:
            start = time.perf_counter()
            folder = stores / f"{peer.name}-{peer.version}-{size}"
            made = not folder.exists()
            if made and not apart(partial(peer.store, folder, items(size, today), today)):
                print(f"{peer.name} cannot be given {size:,}")
                continue
            if made:
                tell(f"made its store of {size:,} in {time.perf_counter() - start:.0f} s")
            question = peer.ask(peer, folder, today)
            asked[Measured(peer.name, size)] = same(question)
            if peer.hurried:
                faster = replace(question, env=question.env | peer.hurried)
                asked[Measured(f"{peer.name}, hurried", size)] = same(faster)
    return asked


def numbers(text: str) -> list[int]:
    """Read sizes such as ``100,10000``; nothing at all where the text is empty."""
    return sorted(int(part) for part in text.split(",") if part)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--cache",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="where the peers and the stores are kept for the next run",
    )
    parser.add_argument(
        "--long", action="store_true", help="also 100,000 dated items, and 1,000,000 records"
    )
    parser.add_argument("--sizes", type=numbers, metavar="N,N", help="other numbers of dated items")
    parser.add_argument("--records", type=numbers, metavar="N,N", help="other numbers of records")
    parser.add_argument(
        "--peers",
        default=",".join(PEERS),
        metavar="NAME,NAME",
        help="only these peers; an empty text for none",
    )
    parser.add_argument("--rounds", type=int, default=15, help="runs of each command (15)")
    parser.add_argument(
        "--seconds",
        type=float,
        default=60,
        help="no further run of a command that has taken so long (60)",
    )
    given = parser.parse_args()
    if given.sizes is None:
        given.sizes = list(LONG_SIZES if given.long else QUICK_SIZES)
    if given.records is None:
        given.records = list(LONG_RECORDS if given.long else QUICK_RECORDS)
    given.cache = given.cache.expanduser().absolute()
    return given


def main() -> None:
    """Make what is not there yet, measure, print."""
    given = options()
    now = date.today()  # noqa: DTZ011 - the day of whoever runs it
    today = now - timedelta(days=now.weekday())
    asked = their_questions(given.cache, given.peers.split(","), given.sizes, today)
    mine = only(given.cache / "vaults" / f"{today}-{fingerprint()}")
    dated = {size: our_store(mine, "dated", size, today) for size in given.sizes}
    many = {size: our_store(mine, "many", size, today) for size in given.records}
    bench = Bench(given.rounds, given.seconds)
    floor = spend(Question(["/bin/true"], {}, 0, lambda _: 0))[2]
    with tempfile.TemporaryDirectory(dir=given.cache) as name:
        scratch = Path(name)
        week(bench, dated, asked, today)
        smallest = dated.get(100)
        if smallest is not None:
            resting(bench, smallest, today)
        contacts(bench, dated, scratch, today)
        additions(bench, many, scratch, today)
    table(bench.found)
    print(f"(a peak below {floor:.1f} MiB, that of what starts the commands, is not seen)")
    sys.exit(0 if verdicts(bench.found) else 1)


if __name__ == "__main__":
    main()
