"""Processes killed, disks that refuse, and eight writers at once: nothing is lost or half.

``strace`` kills the process, or makes the system refuse, at every single call that has to do
with writing, one after another.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from narrow import rows
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.vault import VaultDB, VaultStorage

WRITING = (
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "flock",
    "close",
)
BEGINS, ENDS = "/the-writing-begins", "/the-writing-ends"
MARKS = "?access,?faccessat,?faccessat2"

WORKER = f"""
import os, sys
from pathlib import Path
# What is loaded late is not what is tested here.
import cryptography.hazmat.primitives.asymmetric.ed25519
import reintegrate_cli.vault.rewrite
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Problem

action, path, key = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
secret = keys.read_key_file(key).secret
bundle, store_id = keys.full_bundle(secret, "okafor"), "5a" * 16
slots = [keys.make_slot("file", secret, bundle, store_id)]
os.access({BEGINS!r}, os.F_OK)
try:
    if action == "create":
        vault.create(path, bundle, slots, store_id=store_id)
    elif action == "anew":
        with vault.lock(path):
            db = vault.VaultDB(path, bundle)
            db.vault.put("tasks", 2, {{"id": "new"}})
            db.vault.append("history", {{"id": "new"}})
            db.vault.write_anew()
    else:
        db = vault.VaultDB(path, bundle)
        with db.transaction():
            db.table("tasks").insert({{"id": "new"}})
            db.vault.append("history", {{"id": "new"}})
except Problem as problem:
    os.access({ENDS!r}, os.F_OK)
    print(problem.code, problem.message)
    sys.exit(9)
os.access({ENDS!r}, os.F_OK)
print("saved")
"""

strace = pytest.mark.needs("strace")


@dataclass
class Place:
    """A folder with a key, and a vault where the worker does not make it."""

    folder: Path
    action: str

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.path = self.folder / "sub" / "caseload.vault"
        self.secret = keys.create_key_file(self.folder / "key")
        self.bundle = keys.full_bundle(self.secret, "okafor")
        if self.action != "create":
            slots = [keys.make_slot("file", self.secret, self.bundle, "5a" * 16)]
            vault.create(self.path, self.bundle, slots, store_id="5a" * 16)
            write(self.path, self.bundle, "old")
        self.before = self.path.read_bytes() if self.path.exists() else None

    def run(self, *strace_options: str) -> "subprocess.CompletedProcess[str]":
        line = [
            "strace",
            "-q",
            *strace_options,
            sys.executable,
            "-c",
            WORKER,
            self.action,
            str(self.path),
            str(self.folder / "key"),
        ]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    def unchanged(self) -> bool:
        return (self.path.read_bytes() if self.path.exists() else None) == self.before

    def ids(self) -> tuple[list[str], list[str]] | None:
        """Open the vault with its key; what is in it must be whole."""
        if self.action == "create" and not self.path.exists():
            return None
        store = VaultStorage(self.path, self.bundle)
        tasks = store.table("tasks").values() if "tasks" in store.read() else []
        return [row["id"] for row in tasks], [row["id"] for row in rows(store, "history")]


OLD: dict[str, Any] = {"commit": (["old"], ["old"]), "anew": (["old"], ["old"]), "create": None}
NEW: dict[str, Any] = {"commit": (["old", "new"], ["old", "new"]), "create": ([], [])}
NEW["anew"] = NEW["commit"]


def write(path: Path, bundle: keys.Bundle, row: str) -> None:
    db = VaultDB(path, bundle)
    with db.transaction():
        db.table("tasks").insert({"id": row})
        db.vault.append("history", {"id": row})
    db.close()


def points(place: Place) -> Iterator[tuple[str, int]]:
    """Run once, and name every call between the marks by its number among its kind."""
    log = place.folder / "log"
    known = ",".join(f"?{name}" for name in WRITING)
    done = place.run("-o", str(log), "-e", f"trace={known},{MARKS}")
    assert done.stdout == "saved\n", done.stderr
    seen: Counter[str] = Counter()
    between = False
    for line in log.read_text().splitlines():
        call = re.match(r"\w+", line)
        assert call is not None
        seen[call[0]] += 1
        if BEGINS in line:
            between = True
        elif ENDS in line:
            return
        elif between and call[0] in WRITING:
            yield call[0], seen[call[0]]
    raise AssertionError("the marks were not seen")


def at_every_point(tmp_path: Path, action: str, fault: str, check: Any) -> int:
    """Run the worker once for each call, with the fault there; give how often it struck."""

    def once(number: int, call: str, nth: int) -> int:
        # The worker says how it ended with a write, too.
        more = "+" if fault.endswith("EDQUOT") and call != "write" else ""
        place = Place(tmp_path / f"{number}-{call}-{nth}", action)
        log = place.folder / "log"
        done = place.run(
            "-o",
            str(log),
            "-e",
            f"trace={call},{MARKS}",
            "-e",
            f"inject={call}:{fault}:when={nth}{more}",
        )
        what = f"{call} {nth} {fault}: {done.stdout}{done.stderr}"
        before, _, after = log.read_text().partition(BEGINS)
        struck = after.partition(ENDS)[0]
        # A fault that came too early or too late would prove nothing, and look like success.
        assert "INJECTED" not in before, what
        assert "INJECTED" in struck or "killed by SIGKILL" in struck, what
        check(place, done, what)
        return int(done.stdout != "saved\n")

    found = list(points(Place(tmp_path / "first", action)))
    assert {"openat", "write", "fsync"} <= {call for call, _ in found}
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(once, at, call, nth) for at, (call, nth) in enumerate(found)]
        return sum(run.result() for run in runs)


@strace
@pytest.mark.parametrize("action", ["commit", "anew", "create"])
def test_whenever_it_is_killed_the_old_or_the_new_is_there_whole(
    tmp_path: Path, action: str
) -> None:
    def check(place: Place, done: "subprocess.CompletedProcess[str]", what: str) -> None:
        found = place.ids()
        assert found in (OLD[action], NEW[action]), what
        assert done.stdout != "saved\n" or found == NEW[action], what
        if found is not None:  # whoever comes next finds no lock, and tidies up
            with vault.lock(place.path, wait=0):
                write(place.path, place.bundle, "next")
            assert (place.ids() or [[]])[0] == [*found[0], "next"], what
            left = {file.name for file in place.path.parent.iterdir()}
            names = {place.path.name, f"{place.path.name}.lock"}
            beside = {f"{place.path.name}.torn", f"{place.path.name}.ballast"}
            assert left - beside == names, what

    assert at_every_point(tmp_path, action, "signal=KILL", check) >= 10


@strace
@pytest.mark.parametrize("action", ["commit", "anew", "create"])
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS", "EDQUOT"])
def test_whenever_the_disk_refuses_it_is_said_plainly_and_nothing_is_lost(
    tmp_path: Path, action: str, error: str
) -> None:
    def check(place: Place, done: "subprocess.CompletedProcess[str]", what: str) -> None:
        assert "Traceback" not in done.stderr, what
        if done.stdout == "saved\n":  # the call that failed was one that does not matter
            assert place.ids() == NEW[action], what
            return
        assert re.fullmatch(r"9 [a-z -;']+\n", done.stdout), what
        if "not known" in done.stdout:
            assert place.ids() in (OLD[action], NEW[action]), what
        else:
            assert place.unchanged(), what
        # EDQUOT is injected from there on for ever, so that nothing can be removed either.
        if error != "EDQUOT" and place.path.parent.exists() and "not known" not in done.stdout:
            assert not list(place.path.parent.glob("*.new")), what

    assert at_every_point(tmp_path, action, f"error={error}", check) >= 5


@strace
@pytest.mark.parametrize(("action", "naming"), [("anew", "rename"), ("create", "link")])
def test_the_bytes_are_flushed_before_they_get_their_name_and_the_name_after(
    tmp_path: Path, action: str, naming: str
) -> None:
    calls = [call for call, _ in points(Place(tmp_path / "traced", action))]
    named = next(at for at, call in enumerate(calls) if call.startswith(naming))
    written = calls.index("write")
    assert "fsync" in calls[written:named]
    assert "fsync" in calls[named:]


@strace
def test_what_is_appended_is_flushed_and_then_the_anchor_is(tmp_path: Path) -> None:
    calls = [call for call, _ in points(Place(tmp_path / "traced", "commit"))]
    order = [call for call in calls if call in ("write", "fdatasync", "fsync")]
    # the folder, since nothing was acknowledged in this epoch; the data; the anchor
    assert order in (
        ["write", "fdatasync", "write", "fsync"],
        ["fsync", "write", "fdatasync", "write", "fsync"],
    )


WRITER = """
import sys
from pathlib import Path
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Busy

path, name = Path(sys.argv[1]), sys.argv[3]
bundle = keys.full_bundle(keys.read_key_file(Path(sys.argv[2])).secret, "okafor")
db = vault.VaultDB(path, bundle)
for n in range(15):
    while True:
        try:
            with vault.lock(path, wait=0.05), db.transaction():
                db.table("tasks").insert({"id": f"{name}-{n}"})
                db.vault.append("history", {"id": f"{name}-{n}"})
            break
        except Busy:
            continue
"""


def test_eight_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path / "shared", "commit")
    line = [sys.executable, "-c", WRITER, str(place.path), str(place.folder / "key")]
    running = [subprocess.Popen([*line, f"writer{one}"]) for one in range(8)]
    assert [process.wait(120) for process in running] == [0] * 8
    tasks, history = place.ids() or ([], [])
    expected = {"old"} | {f"writer{one}-{n}" for one in range(8) for n in range(15)}
    assert set(tasks) == set(history) == expected
    assert len(tasks) == len(history) == 121
    assert tasks == history


def test_a_folder_without_rights_or_a_file_in_its_place_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    bundle = keys.new_bundle("okafor")
    slots = [keys.make_slot("file", b"k" * 32, bundle, "5a" * 16)]
    for path in (tmp_path / "file" / "v.vault", tmp_path / "file" / "sub" / "v.vault"):
        with pytest.raises(Settings, match=r"no folder|cannot be made"):
            vault.create(path, bundle, slots, store_id="5a" * 16)
    with pytest.raises(Settings, match="too long"):
        vault.create(tmp_path / ("v" * 300), bundle, slots, store_id="5a" * 16)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    mount = tmp_path / "disk"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", mount],
        check=False,
        capture_output=True,
    )
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


def test_on_a_full_disk_nothing_is_lost_and_a_record_can_still_be_taken_away(
    small_disk: Path,
) -> None:
    bundle = keys.new_bundle("okafor")
    slots = [keys.make_slot("file", b"k" * 32, bundle, "5a" * 16)]
    path = small_disk / "caseload.vault"
    vault.create(path, bundle, slots, store_id="5a" * 16)
    db = VaultDB(path, bundle)
    tasks = db.table("tasks")
    tasks.insert_multiple({"id": f"T{n}"} for n in range(1, 1203))
    fill = ["dd", "if=/dev/urandom", f"of={small_disk / 'filler'}", "bs=512"]
    assert subprocess.run(fill, check=False, capture_output=True).returncode == 1
    with pytest.raises(Settings, match="the disk is full; nothing was saved"):
        tasks.insert({"id": "T4", "text": "x" * 5000})
    assert len(ids_in(path, bundle)) == 1202
    # More than what is left of the block that the file ends in.
    assert len(tasks.remove(doc_ids=range(2, 1202))) == 1200
    assert ids_in(path, bundle) == ["T1", "T1202"]
    assert not path.with_name("caseload.vault.ballast").exists()
    (small_disk / "filler").unlink()
    tasks.insert({"id": "T5"})
    assert path.with_name("caseload.vault.ballast").stat().st_size == 64 * 1024
    db.close()


def ids_in(path: Path, bundle: keys.Bundle) -> list[str]:
    db = VaultDB(path, bundle)
    found = [task["id"] for task in db.table("tasks")]
    db.close()
    return found
