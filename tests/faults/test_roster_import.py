"""The import of a roster: killed, or refused by the disk, at every call that writes.

There is always the whole of the former state or the whole of the new one, and the same set can be
imported again.
"""

from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from nouns.roster.sets import LINKED, bulk
from reintegrate_cli.kept import session
from test_packets import struck

DAY = "2026-10-14"


def kept() -> dict[str, Any]:
    """Return what is kept of rosters, without the time at which it was."""
    session.begin(None, DAY)
    with session.reading() as store:
        rows = {name: [*map(dict, store.shelf.rows(name))] for name in ("roster", "offerings")}
    times = ("entered_at", "imported_at")
    return {
        name: [{key: value for key, value in row.items() if key not in times} for row in each]
        for name, each in rows.items()
    }


@pytest.mark.parametrize("how", ["kill", "fail"])
def test_all_of_a_roster_or_nothing(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("REINTEGRATE_TODAY", DAY)
    for name in ("D4SX", "P3RM", "V3NP"):
        made = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
        given = {"student_number": LINKED[name]}
        assert district("roster", "link", made.json["ref"], given=given).code == 0
    damaged = bulk("1.2")
    damaged.put("enrollments", 5, "beginDate", "10/01/2026")
    path = damaged.as_folder(tmp_path / "set")
    back = tmp_path / "vault"  # beside the vault, so that one recorder sees both
    line = ["roster", "import", str(path), "--rejects", str(back), "--json"]
    before = kept()
    seen = []
    after: list[dict[str, Any]] = []
    for step in struck(tmp_path / "vault", line, how):
        now = kept()
        if now != before:
            after = after or [now]
            assert now == after[0], step
        seen.append(now == before)
        verified = district("vault", "verify")
        assert verified.code == 0, (step, verified.err)
        files = list(back.glob("*.csv"))
        assert not files or now != before, step  # no rejected rows of what was not taken
        again = district(*line)
        assert again.code == 0, (step, again.err)
        assert [one.name for one in back.glob("*.csv")] == ["enrollments.csv"], step
        assert not after or kept() == after[0], step
    assert True in seen
    assert False in seen
