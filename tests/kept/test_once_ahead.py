"""A clock that was once at 2036 loses nothing, silences nothing, and is named."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import Run, standing
from reintegrate_cli.kept import retention, session
from reintegrate_cli.keys import resting

START = datetime(2026, 10, 1, 15, tzinfo=UTC)
AHEAD = datetime(2036, 1, 1, 15, tzinfo=UTC)
DAY = timedelta(days=1)
Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the machine's clock, and with it the day."""

    def put(at: datetime) -> None:
        monkeypatch.setattr(session, "now", lambda: at)
        monkeypatch.setenv("REINTEGRATE_TODAY", at.date().isoformat())

    put(START)
    return put


@pytest.fixture
def lived_in(clock: Clock, district: Run, tmp_path: Path) -> Run:
    """A vault with a year of copies, and a schedule by which everything goes in a year."""
    config = tmp_path / "district.toml"
    config.write_text(
        config.read_text()
        + 'retention = { case = "1y", note = "1y", task = "1y", values = "1y" }\n'
    )
    ref = district("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"]
    district("case", "note", ref, "--on", "2026-09-30", given={"text": "seen at lunch"})
    district("task", "add", "--due", "2026-10-02", given={"text": "x"})
    district("task", "done", "T1")
    district("case", "close", ref, "--reason", "moved")
    return district


def work(run: Run) -> None:
    made = run("task", "add", "--due", "2040-01-02", given={"text": "x"})
    assert made.code == 0, made.err


def copies(folder: Path) -> int:
    return len(list(folder.glob("*.vault")))


def checks(run: Run) -> dict[str, tuple[str, str]]:
    rows = run("doctor", "--json").json["items"]
    return {row["check"]: (row["state"], row["found"]) for row in rows}


def test_copies_outlive_it_and_go_when_their_days_are_over(
    lived_in: Run, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    for days in range(0, 70, 7):
        clock(START + days * DAY)
        assert lived_in("vault", "backup", str(folder)).code == 0
    assert copies(folder) == 10
    for hours in range(3):  # however often it is asked on the day when it is wrong
        clock(AHEAD + timedelta(hours=hours))
        made = lived_in("vault", "backup", str(folder))
        assert (made.code, copies(folder)) == (0, 11 + hours)
        assert "no copy is removed" in made.err
        assert checks(lived_in)["clock"][0] == "look"
    clock(START + 64 * DAY)
    made = lived_in("vault", "backup", str(folder))
    assert (copies(folder), "dated after today: 3 copies" in made.err) == (14, True)
    # Three weeks on, the first copies are over 90 days old, and only they go.
    for days in range(71, 106, 7):
        clock(START + days * DAY)
        lived_in("vault", "backup", str(folder))
    left = sorted(file.name for file in folder.glob("*.vault"))
    assert left[0].endswith("-20261015T150000Z.vault")
    assert sum("Z.vault" in name and "-2036" in name for name in left) == 3


def test_a_purge_waits_for_another_day_to_bear_the_clock_out(lived_in: Run, clock: Clock) -> None:
    clock(AHEAD)
    before = standing()
    for line in (["--yes"], ["--dry-run"], ["--yes", "--json"]):
        refused = lived_in("vault", "purge", *line)
        assert (refused.code, "3379 days passed" in refused.err) == (9, True), refused.err
    assert standing() == before
    # Work that is done while it is wrong bears nothing out on the same day.
    work(lived_in)
    clock(AHEAD + timedelta(hours=8))
    assert lived_in("vault", "purge", "--yes").code == 9
    # Put right, nothing is due; and where it was right all the time, the next day is enough.
    clock(START + DAY)
    assert "nothing is due to be removed" in lived_in("vault", "purge", "--yes").err
    right = START + 500 * DAY
    clock(right)
    work(lived_in)
    assert lived_in("vault", "purge", "--yes").code == 9
    clock(right + DAY)
    taken = lived_in("vault", "purge", "--yes", "--json")
    assert (taken.code, taken.json["cases"], taken.json["tasks"]) == (0, 1, 1)
    assert taken.json["copies_until"] == (right + 91 * DAY).date().isoformat()


def test_a_clock_that_was_behind_makes_no_former_value_older(lived_in: Run, clock: Clock) -> None:
    clock(datetime(1970, 1, 2, tzinfo=UTC))
    work(lived_in)
    clock(START + DAY)
    for moment in (START + DAY, START + 3 * DAY):
        clock(moment)
        assert "nothing is due to be removed" in lived_in("vault", "purge", "--yes").err
        work(lived_in)


def test_doctor_names_it_as_long_as_anything_tells_of_it(
    lived_in: Run, clock: Clock, tmp_path: Path
) -> None:
    clock(AHEAD)
    lived_in("vault", "backup", str(tmp_path / "copies"))
    clock(START + DAY)
    found = checks(lived_in)
    assert found["clock"][0] == "wrong"  # nobody knows yet which of the two was
    assert found["backup"] == ("look", "the only one is dated after today")
    work(lived_in)
    state, said = checks(lived_in)["clock"]
    assert (state, "it went back by 3378 days" in said) == ("look", True), said
    lived_in("vault", "backup", str(tmp_path / "copies"))
    assert checks(lived_in)["backup"] == ("fine", "the last is made today, read back whole")


def test_the_history_goes_on_and_can_be_undone(lived_in: Run, clock: Clock) -> None:
    clock(AHEAD)
    work(lived_in)
    clock(START + DAY)
    work(lived_in)
    assert lived_in("undo").code == 0
    assert [row["id"] for row in lived_in("task", "list", "--json").json["items"]] == ["T2"]
    listed = lived_in("history", "--json").json["items"]
    assert [row["id"] for row in listed] == [f"H{n}" for n in range(1, len(listed) + 1)]


def test_an_archive_dated_after_today_is_older_than_every_purge(clock: Clock) -> None:
    made = retention.Certificate(
        id="P1",
        on=START.date(),
        by="okafor",
        cases=1,
        notes=0,
        tasks=0,
        values=0,
        copies_until=START.date(),
        entered_at=START.isoformat(),
    )
    found = retention.purges_after(AHEAD.isoformat(), [], [made], START + 2 * DAY)
    assert [one.id for one in found] == ["P1"]
    later = (START + DAY).isoformat()
    assert retention.purges_after(later, [], [made], START + 2 * DAY) == []


@pytest.mark.skipif(resting._calls() is None, reason="this machine has no place where a key rests")
def test_a_key_that_rests_is_forgotten_after_its_minutes_whatever_the_clock_says(
    district: Run, monkeypatch: pytest.MonkeyPatch
) -> None:

    header = session.current.engine.header()
    bundle = session.current.bundle
    try:
        if not resting.put(header.store_id, bundle, "mark"):
            pytest.skip("this machine's kernel keeps no key")
        awake = resting._awake()
        assert resting.get(header.store_id) is not None
        # The kernel counts by the clock that people set; put back, it would wait for years.
        monkeypatch.setattr(resting, "_awake", lambda: awake + resting.IDLE_SECONDS - 1)
        assert resting.get(header.store_id) is not None
        monkeypatch.setattr(resting, "_awake", lambda: awake + 2 * resting.IDLE_SECONDS)
        assert resting.get(header.store_id) is None
        monkeypatch.setattr(resting, "_awake", lambda: awake)
        assert resting.get(header.store_id) is None
    finally:
        resting.drop(header.store_id)
