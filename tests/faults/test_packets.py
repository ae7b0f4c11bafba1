"""A packet and its entry: killed, or refused by the disk, at every call that writes.

There is never a packet under its name without an entry of it, and never an entry that says
handed over without a packet. What a killed program left beside is swept by the next one.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from conftest import Run
from disks import Killed, Recorder
from reintegrate_cli.cli import main
from test_release import signed


@pytest.fixture
def ready(district: Run, case: str, tmp_path: Path) -> tuple[Run, str, Path]:
    """A case with a live release, and the agency's key."""
    assert district("partner", "add", "MERID", "--kind", "mental_health").code == 0
    made = signed(district, case, records=["goals"], method="encrypted_file")
    assert made.code == 0, made.err
    key = tmp_path / "merid.pub"
    key.write_text(f"{pyrage.x25519.Identity.generate().to_public()}\n")
    return district, case, key


def struck(folder: Path, line: list[str], how: str) -> Iterator[int]:
    """Run a command once for each of its calls that write, with the fault there."""
    before = folder.parent / "before"
    shutil.copytree(folder, before)
    for step in range(1000):
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
        recorder = Recorder(folder)
        with recorder:
            (recorder.kill_at if how == "kill" else recorder.fail_at)(step)
            code = -1
            try:
                code = main(line)
            except Killed:
                assert how == "kill"
            was_struck = recorder.revive()
        if not was_struck:
            assert code == 0
            return
        yield step
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("how", ["kill", "fail"])
def test_no_packet_without_an_entry_and_no_entry_that_says_too_much(
    ready: tuple[Run, str, Path], tmp_path: Path, how: str
) -> None:
    district, case, key = ready
    folder = tmp_path / "vault"  # beside the vault, so that one recorder sees both
    line = ["disclose", case, "--to", "MERID", "--out", str(folder), "--recipient-key", str(key)]
    seen = set()
    for step in struck(folder, line, how):
        packets = {one.name for one in folder.glob("*.age")}
        verified = district("disclosure", "verify")
        assert verified.code == 0, (step, verified.err)
        entries = district("disclosure", "list", "--json").json["items"]
        assert len(entries) <= 1
        assert packets <= {one["file"] for one in entries}, step
        assert {one["file"] for one in entries if one["handed_over"]} <= packets, step
        strays = len(list(folder.glob("*.age.*.new")))
        assert strays <= 1
        seen.add((len(packets), len(entries), strays, bool(entries and entries[0]["handed_over"])))
        again = district(*line, "--json")
        assert again.code == 0, (step, again.err)
        assert again.json["handed_over"] is True
        assert list(folder.glob("*.new")) == [], step
    assert (0, 0, 0, False) in seen  # before anything
    assert (0, 1, 1 if how == "kill" else 0, False) in seen  # logged, and not handed over
    assert (1, 1, 0, False) in seen or (1, 1, 1, False) in seen  # handed over, and not yet marked
