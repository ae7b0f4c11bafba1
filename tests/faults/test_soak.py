"""Short processes, a quarter of them killed, and readers without a lock: nothing is lost."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from thoroughness import LONG

PROCESSES = 3000 if LONG else 320
PROGRAM = Path(__file__).parent / "soak.py"


def test_killed_writers_lose_nothing_and_no_reader_sees_half_or_is_refused(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    line = [sys.executable, str(PROGRAM), str(tmp_path), str(PROCESSES), "20261001"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout)
    for name, figure in ended.items():
        record_property(name, figure)
    assert not ended["faults"], ended["faults"][0]
    assert (ended["missing"], ended["twice"], ended["half"]) == ([], 0, [])
    assert ended["killed"] * 4 >= PROCESSES
    assert ended["killed"] + ended["well"] == PROCESSES
    assert ended["acknowledged"] > PROCESSES / 2
    assert ended["epoch"] > 10
