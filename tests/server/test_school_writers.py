"""A school and the office that write at once, in processes of their own, and one that is killed."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from conftest import Run
from ridgeline import Place, made
from servers import Server
from thoroughness import LONG

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.parametrize("shelf", ["server"], indirect=True),
]
UNITS = 100 if LONG else 8
PROGRAM = Path(__file__).parent / "shelf_writer.py"


@pytest.fixture
def place(
    district: Run, postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    return made(district, postgres, database, tmp_path, monkeypatch)


def begun(place: Place, name: str, key: Path, login: str) -> "subprocess.Popen[str]":
    """Begin a writer in a process of its own, on a machine of its own."""
    vault = place.url.replace("postgres@", f"{login}@")
    own = {"REINTEGRATE_KEY_FILE": str(key), "REINTEGRATE_VAULT": vault}
    own["XDG_STATE_HOME"] = str(key.parent / f"state_of_{name}")
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), name, str(UNITS), place.mine],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | own,
    )


@pytest.mark.parametrize("killed", ["school", "office"])
def test_what_is_acknowledged_is_there_once_and_in_its_order(place: Place, killed: str) -> None:
    keys = {"school": (place.own_key, "r_5d20"), "office": (place.key, "postgres")}
    writers = {name: begun(place, name, *keys[name]) for name in keys}
    short = begun(place, "short", *keys[killed])
    assert short.stdout is not None
    lines = [short.stdout.readline() for _ in range(2)]
    short.kill()
    lines += short.communicate()[0].splitlines()
    for name, process in writers.items():
        out, err = process.communicate()
        assert process.returncode == 0, (name, err)
        lines += out.splitlines()
    told = {name: ids for name, *ids in map(str.split, lines) if ids != ["busy"]}
    assert len(told) > UNITS

    # One more than was told may be there: the one in which it was killed.
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "last"}).code == 0
    assert place.truth("SELECT count(*) FROM reintegrate.tray") == [(0,)]
    shown = place.office("case", "show", place.mine, "--json").json
    tasks = place.office("task", "list", "--json").json["items"]
    notes = [row["id"] for row in shown["notes"]]
    ids = [row["id"] for row in tasks]
    assert len({*notes}) == len(notes)
    assert len({*ids}) == len(ids)
    assert {note for note, _ in told.values()} <= {*notes}
    assert {task for _, task in told.values()} <= {*ids}
    assert max(Counter(task for _, task in told.values()).values()) == 1
    assert 0 <= len(notes) - len(told) <= 1
    # Each added one to what stood there: had anybody written over another's, it would be less.
    assert shown["case"]["grade"] == str(len(notes))
    entries = place.office("history", "--json").json["items"]
    own = [row["refs"] for row in entries if row["command"] == "case note"]
    order = [ref for refs in own for ref in refs if ref.startswith(f"{place.mine}/N")]
    assert order == [f"{place.mine}/N{number}" for number in range(1, len(notes) + 1)]
    assert [row["at"] for row in entries] == sorted(row["at"] for row in entries)
    assert place.office("vault", "verify").code == 0
    for who in (place.school, place.office):
        assert who("case", "list").code == 0
