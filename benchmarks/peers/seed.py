"""Make the vaults that the comparison measures; all contact with the program's storage is here.

Records are kept as every command keeps them: ``session.writing`` opens a unit of work,
``Records.put`` keeps a record, the end of the ``with`` commits. Nothing below ``Store`` is
named, so that a storage that is written anew needs no change here.

It runs in a process of its own (``python seed.py dated|many FOLDER COUNT TODAY``), since a
child's peak memory is never seen below that of the process which started it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from items import Item, items, weekday_after

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

USER = "okafor"
PASSPHRASE = "seven quiet herons over the mill pond"  # noqa: S105 - of a throw-away vault
SCHEDULES_PER_CASE = 4
SCHOOLS = 20
"""How many schools the cases are of, by turns."""
UNIT = 50_000
"""How many records one unit of work keeps, where a vault of very many is made."""

# Of each hundred records in a vault of many; one case, one identity and one schedule besides.
CHECKINS, TASKS = 10, 7
BLOCK = 100
NOTE_CHARACTERS = 600
ACTIVE = 10
"""How many cases are still open, however many are kept: the others were closed long ago."""


def program() -> str:
    """Give the program of the environment that runs this."""
    return str(Path(sys.executable).with_name("reintegrate"))


def environment(folder: Path, today: date) -> dict[str, str]:
    """Give what a command needs to find the vault of a folder, without a key."""
    return {
        **{name: value for name, value in os.environ.items() if "REINTEGRATE" not in name},
        "REINTEGRATE_VAULT": str(folder / "vault" / "caseload.vault"),
        "REINTEGRATE_CONFIG": str(folder / "district.toml"),
        "REINTEGRATE_TODAY": today.isoformat(),
    }


def make(folder: Path, today: date) -> None:
    """Make an empty vault that a 0600 key file, a passphrase and a recovery code open."""
    folder.mkdir(mode=0o700, parents=True)
    (folder / "district.toml").touch()
    words = folder / "passphrase"
    words.touch(mode=0o600)
    words.write_text(PASSPHRASE + "\n")
    subprocess.run(
        [
            program(),
            "init",
            "--user",
            USER,
            "--no-keyring",
            "--key-file",
            str(folder / "key"),
            "--passphrase-file",
            str(words),
            "--recovery-to",
            str(folder / "code"),
        ],
        env=environment(folder, today),
        check=True,
        capture_output=True,
    )


@contextmanager
def unit_of_work(vault: Path | str, key_file: Path, today: date) -> "Iterator[Store]":
    """Open a vault as a command would, for one unit of work."""
    from reintegrate_cli.kept import session

    os.environ["REINTEGRATE_KEY_FILE"] = str(key_file)
    session.begin(str(vault), today.isoformat())
    with session.writing("seed") as store:
        yield store


def ref(number: int) -> str:
    """Give the ref of a case; five characters for all, so that a hundred thousand fit."""
    from reintegrate_cli.core.records import CASE_ALPHABET

    base = len(CASE_ALPHABET)
    return "".join(CASE_ALPHABET[number // base**place % base] for place in range(4, -1, -1))


def seed(vault: Path | str, key_file: Path, dated_items: int, today: date) -> None:
    """Keep the dated items in a vault, in one unit of work, and a note in another.

    By turns an item is a check-in schedule of a case, whose first date is the item's day, and
    a plain task. A schedule is monthly, so that each has one date in the week at most; four
    belong to one case.

    Args:
        vault: an empty one, a file or the URL of a database.
        key_file: what opens it.
        dated_items: how many.
        today: a Monday.
    """
    from reintegrate_cli.nouns.case.record import Note

    with unit_of_work(vault, key_file, today) as store:
        for table, record in dated(dated_items, today):
            store.table(table).put(record)
    # What comes after is bound to the entry before it: a common one, not this very long one.
    with unit_of_work(vault, key_file, today) as store:
        store.notes.put(Note(case=ref(0), id="N1", on=today, text="opened"))  # type: ignore[arg-type]


def dated(count: int, today: date) -> Iterator[tuple[str, Any]]:
    """Give the records that stand for the dated items, with the tables they belong to."""
    from reintegrate_cli.nouns.task.record import Task

    planned = 0
    for item in items(count, today):
        if item.number % 2:
            yield (
                "tasks",
                Task(
                    id=f"T{item.number // 2 + 1}",
                    due_on=item.due_on,
                    owner=USER,  # type: ignore[arg-type]
                    text=item.text,
                ),
            )
            continue
        case, place = divmod(planned, SCHEDULES_PER_CASE)
        if place == 0:
            yield from _case(case, today - timedelta(days=200))
        yield "schedules", _schedule(case, place + 1, item, today)
        planned += 1


def due_refs(count: int, today: date) -> list[tuple[str, str]]:
    """Name the schedules that are overdue or due in the week, as case and schedule id."""
    planned = [item for item in items(count, today) if item.number % 2 == 0]
    last = today + timedelta(days=6)
    return [
        (ref(at // SCHEDULES_PER_CASE), f"S{at % SCHEDULES_PER_CASE + 1}")
        for at, item in enumerate(planned)
        if item.due_on <= last
    ]


def _case(number: int, opened: date, closed: date | None = None) -> Iterator[tuple[str, Any]]:
    from reintegrate_cli.nouns.case.record import Case, Change, Identity

    change = None if closed is None else Change(on=closed, kind="closed", reason="goals_met")
    case = Case(
        ref=ref(number),
        opened_on=opened,
        school=f"School-{number % SCHOOLS + 1}",  # type: ignore[arg-type]
        grade="11",
        setting="home",
        owner=USER,
        changes=(change,) if change else (),
    )
    yield "cases", case
    yield "identities", Identity(case=case.ref, safe_name=f"Student {case.ref}")


def _schedule(case: int, place: int, item: Item, today: date, ended: date | None = None) -> Any:
    from reintegrate_cli.nouns.checkin.record import Schedule, Terms

    return Schedule(
        case=ref(case),
        id=f"S{place}",
        with_="student",
        # Without a window none is asked for ahead of its day: a week shows the same at every size.
        terms=Terms(every="1m", anchor="calendar", starts=item.due_on, window=0),
        mode="phone",
        chosen_by="student",
        chosen_on=min(today, item.due_on) - timedelta(days=9),
        ended_on=ended,
    )


def seed_many(path: Path, key_file: Path, records: int, today: date) -> None:
    """Keep what a district has after many years, in units of work of ``UNIT`` records.

    Of each hundred records 80 are notes of 600 characters, ten are check-ins that happened,
    seven are tasks that are done; a case, its identity and its schedule make it full. The
    first ten cases are open, each with one task to come; all others were closed.

    Args:
        path: an empty vault.
        key_file: what opens it.
        records: how many; a multiple of a hundred.
        today: a Monday.
    """
    waiting = many(records, today)
    for _ in range(0, records, UNIT):
        with unit_of_work(path, key_file, today) as store:
            for _, (table, record) in zip(range(UNIT), waiting, strict=False):
                store.table(table).put(record)


def many(count: int, today: date) -> Iterator[tuple[str, Any]]:
    """Give the records of a district after many years, case by case."""
    assert count % BLOCK == 0, f"a multiple of {BLOCK}"
    for number in range(count // BLOCK):
        yield from _block(number, today)


def _block(number: int, today: date) -> Iterator[tuple[str, Any]]:
    from reintegrate_cli.nouns.case.record import Note
    from reintegrate_cli.nouns.checkin.record import CheckIn
    from reintegrate_cli.nouns.task.record import Task

    is_open = number < ACTIVE
    # Open cases were met last week; the closed ones lie a week or more further back each.
    last = weekday_after(today, -1 - number % 5 - (0 if is_open else 52 * 5 + number % 1000))
    first = last - timedelta(days=30 * CHECKINS)
    ended = None if is_open else last
    yield from _case(number, first, ended)
    yield "schedules", _schedule(number, 1, Item(number, first), today, ended)
    for at in range(CHECKINS):
        met = last - timedelta(days=30 * (CHECKINS - 1 - at))
        event = CheckIn(
            case=ref(number),
            id=f"E{at + 1}",
            schedule="S1",
            outcome="done",
            happened_on=met,
            mode="phone",
            by=USER,
        )
        yield "contacts", event
    for at in range(TASKS):
        to_come = is_open and at == 0
        day = weekday_after(today, number) if to_come else last
        task = Task(
            id=f"T{number * TASKS + at + 1}",
            case=ref(number),
            due_on=day,
            owner=USER,
            text=Item(at, day).text,  # type: ignore[arg-type]
            done_on=None if to_come else day,
            done_by="" if to_come else USER,
        )
        yield "tasks", task
    for at in range(BLOCK - 3 - CHECKINS - TASKS):
        text = f"note {number}-{at} " + "what was seen, heard and done that day; " * 20
        yield "notes", Note(case=ref(number), id=f"N{at + 1}", on=last, text=text[:NOTE_CHARACTERS])


def main() -> None:
    """Make one vault in a new folder."""
    what, folder, count, day = sys.argv[1:]
    make(Path(folder), date.fromisoformat(day))
    keep = {"dated": seed, "many": seed_many}[what]
    path = Path(folder) / "vault" / "caseload.vault"
    keep(path, Path(folder) / "key", int(count), date.fromisoformat(day))
    waiting = due_refs(int(count), date.fromisoformat(day)) if what == "dated" else [(ref(0), "S1")]
    lines = (f"{case} {schedule}\n" for case, schedule in waiting)
    (Path(folder) / "schedules").write_text("".join(lines))


if __name__ == "__main__":
    main()
