"""``closure``: closed days are added to the file, and the appointments they move are named."""

import os
import stat
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.core.errors import Settings, Unconfirmed
from reintegrate_cli.kept.store import Store

FILE = """# The district's own settings; ask Ms. Hale before you change them.
time_zone = "America/New_York"

closures = [
  "2026-10-12",  # Indigenous Peoples' Day
  "2026-11-26..2026-11-27",
]
schools = { R = "Ridgeline Middle School", J = "Juniper High School" }
"""


@pytest.fixture
def config(district: Run, tmp_path: Path) -> Path:
    path = tmp_path / "district.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def thursdays(district: Run, config: Path) -> str:
    """A case with a check-in on Thursdays, chosen by staff, and a task."""
    ref: str = district("case", "add", "--school", "r", "--setting", "home", "--json").json["ref"]
    line = ("checkin", "schedule", ref, "--with", "staff", "--who", "okafor", "--mode", "in_person")
    made = district(*line, "--every", "1w", "--day", "thu", "--chosen-by", "staff")
    assert made.code == 0, made.err
    return ref


def test_a_closure_keeps_the_comments_and_names_what_it_moves(
    district: Run, thursdays: str, config: Path
) -> None:
    before = district("agenda", "--days", "21", "--json").json["items"]
    day = before[1]["due_on"]
    added = district("closure", "add", day, "--json")
    assert added.code == 0, added.err
    (row,) = added.json["items"]
    assert (row["case"], row["was_on"], row["chosen_by"]) == (thursdays, day, "staff")
    assert row["due_on"] is None
    assert row["command"].startswith(f"reintegrate checkin move {thursdays} --on {day} --to ")
    text = config.read_text()
    assert "# Indigenous Peoples' Day" in text
    assert "ask Ms. Hale" in text
    assert f'"{day}"' in text
    after = district("agenda", "--days", "21", "--json").json["items"]
    assert [row["kind"] for row in after if row["due_on"] == day] == ["schedule"]
    assert district("vault", "verify", "--json").json["index"] == "whole"
    assert district("closure", "add", day).code == 2
    removed = district("closure", "remove", day)
    assert removed.code == 0, removed.err
    assert district("agenda", "--days", "21", "--json").json["items"] == before
    assert district("closure", "remove", day).code == 5


def test_closures_are_listed_in_the_order_of_their_days(district: Run, config: Path) -> None:
    assert district("closure", "add", "2026-09-07").code == 0
    rows = district("closure", "list", "--json").json["items"]
    assert [row["starts_on"] for row in rows] == ["2026-09-07", "2026-10-12", "2026-11-26"]
    assert [row["days"] for row in rows] == [1, 1, 2]
    csv = district("closure", "list", "--csv").out.splitlines()
    assert csv[0] == "starts_on,ends_on,days"


def test_a_file_that_is_not_there_is_made_for_this_account_alone(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REINTEGRATE_CONFIG")
    assert district("closure", "list").err == "district.toml lists no closed days\n"
    assert district("closure", "add", "2026-11-25..2026-11-27").code == 0
    made = next(tmp_path.rglob("reintegrate/district.toml"))
    assert made.read_text() == 'closures = ["2026-11-25..2026-11-27"]\n'
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_what_a_closure_cannot_be_leaves_the_file_as_it_was(district: Run, config: Path) -> None:
    for days, code in (
        ("2026-11-27..2026-11-25", 2),
        ("someday", 2),
        ("2026-01-01..2126-01-01", 9),
        ("2026-11-26..2026-11-27", 2),
    ):
        refused = district("closure", "add", days)
        assert refused.code == code, (days, refused.err)
    assert config.read_text() == FILE
    config.chmod(0o400)
    config.parent.chmod(0o500)
    try:
        if os.geteuid() != 0:
            assert district("closure", "add", "2026-11-25").code == 9
    finally:
        config.parent.chmod(0o700)


def test_a_vault_that_takes_no_change_leaves_the_file_as_it_was(
    district: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reintegrate_cli.kept import index

    def full(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(index, "make_anew", full)
    assert district("closure", "add", "2026-11-25").code != 0
    assert config.read_text() == FILE


@pytest.mark.both_shelves
@pytest.mark.parametrize(
    ("problem", "is_new"),
    [(Settings("the disk is full", hint="x"), False), (Unconfirmed("is it", hint="x"), True)],
)
def test_a_change_that_is_not_kept_at_the_end_leaves_the_file_too_unless_nobody_knows(
    district: Run, config: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception, is_new: bool
) -> None:
    def ended(*_: object) -> None:
        raise problem

    monkeypatch.setattr(Store, "commit", ended)
    assert district("closure", "add", "2026-11-25").code == (6 if is_new else 9)
    assert (config.read_text() != FILE) == is_new


def test_no_file_named_is_no_file_edited(district: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REINTEGRATE_CONFIG", os.devnull)
    assert district("closure", "add", "2026-11-25").code == 9


def test_a_school_is_named_by_its_slug_and_the_nearest_is_offered(
    district: Run, config: Path
) -> None:
    line = ("case", "add", "--setting", "home", "--json", "--school")
    assert district(*line, "r").json["school"] == "R"
    refused = district(*line, "JJ")
    assert refused.code == 5
    assert "did you mean J" in refused.err
    assert district("agenda", "--school", "nowhere").code == 5
    assert district("case", "list", "--school", "j").code == 0
    config.write_text('schools = { "two words" = "Ridgeline" }\n')
    wrong = district("case", "list")
    assert wrong.code == 9
    assert "line 1: the slug of a school is one word" in wrong.err
