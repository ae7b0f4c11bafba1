"""Many short processes on one vault, some of them killed; readers at the same time.

Run by ``test_soak`` as a program of its own, which loads everything once and then forks: a
writer lives for a few units of work, or until it is killed, whenever that is. It prints what
happened as JSON.
"""

import contextlib
import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinydb import TinyDB

sys.path[:0] = [str(Path(__file__).parents[1])]

from narrow import reminder_bundle, replace_slots  # noqa: E402
from reintegrate_cli import keys, vault  # noqa: E402
from reintegrate_cli.core.errors import Busy  # noqa: E402
from reintegrate_cli.vault import VaultDB, VaultStorage, storage  # noqa: E402

TABLES = ("tasks", "history", "due", "ledger")
SECRET = b"k" * 32
STORE = "5a" * 16


class Soak:
    """The vault, and the file in which every writer notes what was acknowledged.

    Args:
        folder: where both stand.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "caseload.vault"
        self.said = folder / "acknowledged"
        self.said_by_stock = folder / "acknowledged-by-stock"
        self.said.touch()
        self.said_by_stock.touch()
        self.bundle = keys.full_bundle(SECRET, "okafor")
        slots = [keys.make_slot("file", SECRET, self.bundle, STORE)]
        vault.create(self.path, self.bundle, slots, store_id=STORE)

    # What the processes do.

    def write(self, name: str, units: int | None) -> None:
        """Do units of work, each noted once it is acknowledged; for ever if not told how many."""
        done = 0
        while units is None or done < units:
            with contextlib.suppress(Busy):
                self._unit(f"{name}.{done}")
                self._more(f"{name}.{done}", done)
            done += 1

    def _say(self, word: str, said: Path) -> None:
        log = os.open(said, os.O_WRONLY | os.O_APPEND)
        os.write(log, f"{word}\n".encode())
        os.close(log)

    def _unit(self, word: str) -> None:
        db = VaultDB(self.path, self.bundle)
        with db.transaction():
            db.table("tasks").insert({"id": word})
            db.vault.append("history", {"id": word})
            db.table("due").insert({"id": word})
            db.vault.append("ledger", {"id": word})
        self._say(word, self.said)
        db.close()

    def _more(self, word: str, nth: int) -> None:
        """Do what is rarer than a unit of work."""
        if nth % 5 == 4:
            store = VaultStorage(self.path, self.bundle)
            with vault.lock(self.path):
                store.write_anew()
            store.close()
        elif nth % 7 == 6:
            with vault.lock(self.path):
                slots = vault.read_header(self.path).slots
                replace_slots(self.path, self.bundle, slots)
        elif nth % 3 == 2:
            stock = TinyDB(self.path, self.bundle, storage=VaultStorage)
            # It reads and writes without one lock, and is told where another was in between.
            with contextlib.suppress(ValueError):
                stock.table("staff").insert({"id": word})
                self._say(word, self.said_by_stock)
            stock.close()

    def read(self, name: str, units: int | None) -> None:
        """Read without a lock, again and again: nothing half, nothing older than was said."""
        bundle, tables = self.bundle, TABLES
        if name.endswith("9"):
            full = VaultStorage(self.path, self.bundle)
            bundle, tables = reminder_bundle(full.to_share("okafor")), TABLES[2:]
            full.close()
        store = None
        for turn in range(units or sys.maxsize):
            known = set(self.said.read_text().split())
            if store is None or turn % 3 == 0:
                store = VaultStorage(self.path, bundle)
            else:
                store.refresh()
            found = [[row["id"] for _, row in store.everything(table)] for table in tables]
            assert all(sorted(words) == sorted(found[0]) for words in found), "half a unit"
            assert known <= set(found[0]), "something acknowledged was not there"
            assert len(set(found[0])) == len(found[0]), "something twice"
            if turn % 3 == 2:
                store.close()
                store = None

    # The herd.

    def run(self, processes: int, seed: int) -> dict[str, Any]:
        """Let so many processes live, eight at a time, and say what became of them."""
        chance = random.Random(seed)
        waiting = [self._fate(at, chance) for at in range(processes)]
        alive: dict[int, tuple[int, str, float | None]] = {}
        ends: dict[str, int] = {"killed": 0, "well": 0}
        faults: list[str] = []
        while waiting or alive:
            while waiting and len(alive) < 8:
                work, name, units, lives = waiting.pop()
                pid, end = self._start(work, name, units)
                alive[end] = (pid, name, None if lives is None else time.monotonic() + lives)
            due = [until for _, _, until in alive.values() if until is not None]
            left = max(0.0, min(due) - time.monotonic()) if due else None
            ended, _, _ = select.select(list(alive), [], [], left)
            for end, (pid, _, until) in list(alive.items()):
                if end not in ended and until is not None and until <= time.monotonic():
                    os.kill(pid, signal.SIGKILL)
                    ended.append(end)
            for end in ended:
                pid, name, until = alive.pop(end)
                _, status = os.waitpid(pid, 0)
                told = os.read(end, 60_000).decode()
                os.close(end)
                if os.WIFSIGNALED(status) and until is not None and not told:
                    ends["killed"] += 1
                elif status == 0:
                    ends["well"] += 1
                else:
                    faults.append(f"{name}: {told or status}")
        return {**ends, "faults": faults[:5], **self._left()}

    def _fate(self, at: int, chance: random.Random) -> tuple[Any, str, int | None, float | None]:
        if at % 5 == 4:
            return self.read, f"reader{at}", chance.randint(2, 8), None
        if at % 5 in (1, 3):
            return self.write, f"writer{at}", None, chance.uniform(0.0, 0.06)
        return self.write, f"writer{at}", chance.randint(1, 4), None

    def _start(
        self, work: Callable[[str, int | None], None], name: str, units: int | None
    ) -> tuple[int, int]:
        """Begin a process; its pipe is shut when it ends, and says what was wrong before."""
        end, tell = os.pipe()
        pid = os.fork()
        if pid:
            os.close(tell)
            return pid, end
        try:
            work(name, units)
        except BaseException:  # noqa: BLE001 - told to the one who started it
            os.write(tell, traceback.format_exc()[-4000:].encode())
            os._exit(1)
        os._exit(0)

    def _left(self) -> dict[str, Any]:
        """Look at the vault when all is quiet."""
        store = VaultStorage(self.path, self.bundle)
        found = {name: [row["id"] for _, row in store.everything(name)] for name in TABLES}
        said = self.said.read_text().split()
        staff = [row["id"] for _, row in store.everything("staff")]
        by_stock = set(self.said_by_stock.read_text().split())
        return {
            "acknowledged": len(said) + len(by_stock),
            "missing": sorted({*said} - {*found["tasks"]} | by_stock - {*staff}),
            "twice": len(found["tasks"] + staff) - len({*found["tasks"]}) - len({*staff}),
            "half": [name for name in TABLES if sorted(found[name]) != sorted(found["tasks"])],
            "epoch": store.header.epoch,
        }


if __name__ == "__main__":
    storage.LEAST_GROWN = 20_000  # so that the file is written anew now and then by itself
    ended = Soak(Path(sys.argv[1])).run(int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(ended))
