"""A machine that refuses: full and read-only disks, no rights, links, a clock that jumps.

Each goes through the real command line, in a process of its own, on the real thing: a small
file system that is mounted for it, rights that the kernel takes away.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.vault import VaultDB, anchor

ROOT = os.geteuid() == 0
NO_RIGHTS = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
]


@dataclass
class Machine:
    """A vault in a folder of its own, the key elsewhere, and the program in a process."""

    folder: Path
    key: Path
    before: list[str] = field(default_factory=list)
    """What stands before the program on the line, such as ``faketime``."""

    @property
    def path(self) -> Path:
        return self.folder / "vault" / "caseload.vault"

    def run(self, *args: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        own = {
            "REINTEGRATE_VAULT": str(self.path),
            "REINTEGRATE_KEY_FILE": str(self.key),
            "TMPDIR": str(self.key.parent),
            **environment,
        }
        line = [*self.before, sys.executable, "-m", "reintegrate_cli", *args]
        return subprocess.run(
            line, env={**os.environ, **own}, capture_output=True, text=True, timeout=60, check=False
        )

    def made(self) -> "Machine":
        done = self.run(
            "init",
            "--user",
            "okafor",
            "--no-keyring",
            "--key-file",
            str(self.key),
            "--recovery-to",
            str(self.key.with_name("recovery")),
        )
        assert done.returncode == 0, done.stderr
        return self

    def add(self) -> "subprocess.CompletedProcess[str]":
        return self.run("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")

    def refs(self) -> list[str]:
        done = self.run("case", "list", "--json")
        assert done.returncode == 0, done.stderr
        return sorted(row["ref"] for row in json.loads(done.stdout)["items"])

    def bundle(self) -> keys.Bundle:
        return keys.open_any(
            vault.read_header(self.path), ("file",), keys.read_key_file(self.key).secret
        )


def refused(done: "subprocess.CompletedProcess[str]", words: str) -> None:
    """Demand exit 9, one sentence of plain words, and nothing of the program's inside."""
    assert done.returncode == Settings.code, done.stdout + done.stderr
    text = done.stderr
    if text.startswith("{"):
        text = json.loads(text)["error"]["message"]
    assert words in text
    assert "Traceback" not in text
    assert "Errno" not in text


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    folder = tmp_path / "disk"
    folder.mkdir()
    return Machine(folder, tmp_path / "a-key").made()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose vault lies on a disk of 256 KiB."""
    if not ROOT or sys.platform != "linux":
        pytest.skip("only root may mount a disk, and only on Linux is it known how")
    folder = tmp_path / "disk"
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(folder)]
    mounted = subprocess.run(line, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip("this system lets nobody mount a disk")
    try:
        yield Machine(folder, tmp_path / "a-key").made()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take every byte that is left on a disk."""
    file = folder / "filler"
    with file.open("ab", buffering=0) as filler:
        for size in (4096, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                continue
    return file


def test_a_disk_that_fills_up_costs_nothing_that_was_saved(small: Machine) -> None:
    saved = []
    fill(small.folder)
    for _ in range(60):
        done = small.add()
        if done.returncode:
            break
        saved.append(json.loads(done.stdout)["ref"])
    refused(done, "the disk is full; nothing was saved")
    assert small.refs() == sorted(saved)
    verified = small.run("vault", "verify")
    assert verified.returncode == 0, verified.stderr
    assert not list(small.path.parent.glob("*.new"))
    (small.folder / "filler").unlink()
    assert small.add().returncode == 0
    assert len(small.refs()) == len(saved) + 1


def test_on_a_full_disk_records_are_refused_or_saved_one_by_one_and_never_half(
    small: Machine,
) -> None:
    bundle = small.bundle()
    db = VaultDB(small.path, bundle)
    db.table("notes").insert_multiple({"n": n, "text": "x" * 200} for n in range(40))
    filler, saved = fill(small.folder), list(range(40))
    for n in range(40, 400):
        try:
            db.table("notes").insert({"n": n, "text": "x" * 200})
        except Settings as problem:
            refusal = problem.message
            break
        saved.append(n)
    assert refusal == "the disk is full; nothing was saved"
    with vault.lock(small.path), pytest.raises(Settings, match=refusal):
        db.vault.write_anew()
    again = VaultDB(small.path, bundle)
    assert [row["n"] for row in again.table("notes")] == saved
    # Taking a record out needs room for saying so: it is done, or refused, and never half.
    try:
        while saved:
            db.table("notes").remove(doc_ids=[saved[0] + 1])
            saved.pop(0)
    except Settings as problem:
        assert problem.message == refusal  # noqa: PT017 - either way is right
    again = VaultDB(small.path, bundle)
    assert [row["n"] for row in again.table("notes")] == saved
    filler.unlink()
    db.table("notes").insert({"n": 999})
    again.vault.refresh()
    assert [row["n"] for row in again.table("notes")] == [*saved, 999]


def test_on_a_read_only_disk_lists_work_and_writing_is_refused(small: Machine) -> None:
    ref = json.loads(small.add().stdout)["ref"]
    before = small.path.read_bytes()
    line = ["mount", "-o", "remount,ro", str(small.folder)]
    subprocess.run(line, check=True)
    assert small.refs() == [ref]
    for args in (("agenda",), ("vault", "verify"), ("vault", "status"), ("today",)):
        assert small.run(*args).returncode == 0, args
    refused(small.add(), "the disk is read-only")
    refused(small.run("undo"), "the disk is read-only")
    assert small.path.read_bytes() == before


@pytest.fixture
def rightless(machine: Machine) -> Machine:
    """The same machine, for somebody whom rights hold back."""
    if ROOT:
        if shutil.which("setpriv") is None:
            pytest.skip("rights do not hold root back, and setpriv is not installed")
        machine.before = NO_RIGHTS
        if machine.run("--version").returncode:
            pytest.skip("this system lets nobody give up a right")
    return machine


def test_without_rights_to_the_folder_lists_work_and_writing_is_refused(rightless: Machine) -> None:
    ref = json.loads(rightless.add().stdout)["ref"]
    folder, lock = rightless.path.parent, anchor.file_of(rightless.path)
    lock.chmod(0o400)
    folder.chmod(0o500)
    try:
        assert rightless.refs() == [ref]
        refused(rightless.add(), "permission is missing")
        folder.chmod(0)
        refused(rightless.run("case", "list"), "permission is missing")
    finally:
        folder.chmod(0o700)
        lock.chmod(0o600)
    assert rightless.add().returncode == 0


def test_without_rights_to_the_file_it_is_read_where_that_is_allowed_and_never_written(
    rightless: Machine,
) -> None:
    ref = json.loads(rightless.add().stdout)["ref"]
    before = rightless.path.read_bytes()
    rightless.path.chmod(0o400)
    assert rightless.refs() == [ref]
    refused(rightless.add(), "permission is missing; nothing was saved")
    rightless.path.chmod(0)
    refused(rightless.run("case", "list"), "permission is missing")
    rightless.path.chmod(0o600)
    assert rightless.path.read_bytes() == before


def test_a_link_in_the_place_of_the_vault_is_refused(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.vault"
    machine.path.rename(elsewhere)
    machine.path.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    refused(machine.run("case", "list"), "it is a link")
    refused(machine.add(), "it is a link")
    assert elsewhere.read_bytes() == before


def test_a_link_in_the_place_of_the_lock_is_not_followed(machine: Machine, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("not a lock")
    lock = anchor.file_of(machine.path)
    lock.unlink()
    lock.symlink_to(victim)
    refused(machine.add(), "it is a link")
    listed = machine.run("case", "list")  # what is in the lock's place is not believed, or ignored
    if listed.returncode:
        refused(listed, "it is a link")
    lock.unlink()
    lock.symlink_to(tmp_path / "nowhere")
    refused(machine.add(), "it is a link")
    assert victim.read_text() == "not a lock"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.needs("faketime")
def test_a_clock_that_jumps_changes_nothing_of_what_is_read(machine: Machine) -> None:
    added: list[str] = []
    years = ("2026-10-01", "1999-01-01", "2099-12-31", "1999-01-01")
    for year in years:
        machine.before = ["faketime", f"{year} 12:00:00"]
        done = machine.add()
        assert done.returncode == 0, done.stderr
        added.append(json.loads(done.stdout)["ref"])
    found: list[Any] = []
    for year in years:
        machine.before = ["faketime", f"{year} 12:00:00"]
        assert machine.refs() == sorted(added)
        assert machine.run("vault", "verify").returncode == 0
        history = machine.run("history", "--json")
        assert history.returncode == 0, history.stderr
        found.append([(row["id"], row["at"]) for row in json.loads(history.stdout)["items"]])
    assert all(rows == found[0] for rows in found)
    told = [at[:4] for _, at in sorted(found[0], key=lambda row: int(row[0][1:]))][-4:]
    assert told == ["2026", "1999", "2099", "1999"]  # in the order of writing, whatever it says
