"""``district.toml``: what is wrong in it is named with its line, and stops no way to mend it."""

import codecs
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from conftest import Run, standing
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.kept import session
from reintegrate_cli.kept.settings import LONGEST_FILE, parse_district


def test_a_byte_order_mark_is_nothing(district: Run, tmp_path: Path) -> None:
    config = tmp_path / "district.toml"
    config.write_bytes(codecs.BOM_UTF8 + config.read_bytes())
    assert district("agenda").code == 0
    assert date(2026, 10, 12) in parse_district(config.read_bytes()).calendar.closures
    assert parse_district(codecs.BOM_UTF8).schools == {}


MALFORMED = [
    (b'time_zone = "America/New_York"\n\nclosures = [\n', 3),
    (b"# one\ntime_zone = America\n", 2),
    (b'time_zone = "UTC"\ntime_zone = "UTC"\n', 2),
    (b'schools = ["R"]\nnosuch = 1\n', 2),
    (b'schools = ["R"]\n\n[nosuch]\na = 1\n', 3),
    (b'schools = ["R"]\n"nosuch".a = 1\n', 2),
    (b'# closures\nclosures = "2026-10-12"\n', 2),
    (b'schools = []\nclosures = [\n"2026-10-12",\n"x"]\n', 2),
    (b"\n\nschools = 3\n", 3),
    (b'time_zone = "Nowhere/Atall"\n', 1),
    (b'schools = ["R"]\nschool_year = "2027..2026"\n', 2),
    (b"schools = []\n[retention]\nstudent = '7y'\n", 2),
    (b"\n[language]\nwrong = 1\n", 2),
    (b'schools = ["R"]\n# caf\xe9\n', 2),
    ("schools = []\n".encode("utf-16"), 1),
    (b"schools = [\0]\n", 1),
    (b"a = " + b"[" * 5000, 1),
]


@pytest.mark.parametrize(("text", "line"), MALFORMED)
def test_what_is_wrong_is_one_sentence_with_its_line(text: bytes, line: int) -> None:
    with pytest.raises(Settings) as raised:
        parse_district(text)
    nested = text.count(b"[") > 100
    place = "district.toml is nested" if nested else f"district.toml, line {line}: "
    assert raised.value.message.startswith(place), raised.value.message


@pytest.mark.parametrize(
    "text",
    [
        'school_years = "2026-08-24..2027-06-11"',
        "school_years = [2026]",
        'school_years = ["2027-06-11..2026-08-24"]',
        'school_year = ["2026-08-24..2027-06-11"]',
    ],
)
def test_school_years_are_ranges(text: str) -> None:
    with pytest.raises(Settings, match=r"line 1: school_years? is not a"):
        parse_district(text.encode())
    both = 'school_year = "2026-08-24..2027-06-11"\nschool_years = ["2025-08-25..2026-06-11"]'
    assert len(parse_district(both.encode()).calendar.years) == 2


@pytest.mark.parametrize(("day", "hours"), [("2026-10-31", -4), ("2026-11-02", -5)])
@pytest.mark.parametrize("zone", ["", 'time_zone = "America/New_York"\n'])
def test_a_day_that_is_named_has_its_own_offset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, day: str, hours: int
) -> None:
    """Whatever the machine's offset is now: the clocks change on 1 Nov."""
    config = tmp_path / "district.toml"
    config.write_text(zone)
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(config))
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        session.begin(None, f"{day}T15:30")
        moment = session.current.moment
        assert (moment.isoformat()[:16], moment.utcoffset()) == (
            f"{day}T15:30",
            timedelta(hours=hours),
        )
        assert session.today() == date.fromisoformat(day)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_file_that_is_too_long_is_none() -> None:
    with pytest.raises(Settings, match="longer than"):
        parse_district(b"#" * (LONGEST_FILE + 1))


@pytest.mark.parametrize("text", [b"closures = [\n", b"nosuch = 1\n", b'schools = ["\xff"]\n'])
def test_a_malformed_file_stops_work_and_no_way_to_mend_it(
    district: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    (tmp_path / "district.toml").write_bytes(text)
    for line in (["--help"], ["case", "add", "--help"], ["lock"], ["schema", "case"]):
        assert district(*line).code == 0, line
    rows = {row["check"]: row["state"] for row in district("doctor", "--json").json["items"]}
    assert (rows["district.toml"], rows["vault"]) == ("wrong", "fine")
    before = standing()
    for line in (["agenda"], ["case", "pause", case], ["vault", "restore", copy, "--replace"]):
        ended = district(*line)
        assert (ended.code, "district.toml, line 1: " in ended.err) == (9, True), ended.err
    assert standing() == before
    # Nothing is half made: a vault without the staff record of who made it would be.
    other = tmp_path / "other" / "caseload.vault"
    made = district(
        "--vault",
        str(other),
        "init",
        "--user",
        "hale",
        "--no-keyring",
        "--key-file",
        str(tmp_path / "k"),
    )
    assert (made.code, other.exists(), (tmp_path / "k").exists()) == (9, False, False)


@pytest.mark.parametrize("what", ["folder", "absent", "dangling"])
def test_a_file_that_is_named_and_cannot_be_read_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    named = tmp_path / "named.toml"
    if what == "folder":
        named.mkdir()
    elif what == "dangling":
        named.symlink_to(tmp_path / "gone")
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(named))
    ended = run("--today", "tomorrow", "agenda")
    assert ended.code == 9, ended.err
    assert "fault" not in ended.err


def test_no_settings_at_all_are_said_by_naming_nothing(
    district: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REINTEGRATE_CONFIG", "/dev/null")
    assert district("agenda").code == 0


@pytest.mark.both_shelves
def test_a_vault_that_is_named_and_not_there_is_told_by_what_names_it(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vault_named: str
) -> None:
    typed = district("--vault", str(tmp_path / "caselaod.vault"), "agenda", "--json")
    assert typed.code == 9
    assert typed.error["message"] == "there is no vault under the name that --vault gives"
    assert typed.error["hint"] == f"check the name; without --vault it is {vault_named}"
    monkeypatch.setenv("REINTEGRATE_VAULT", str(tmp_path / "caselaod.vault"))
    there = district("agenda", "--json")
    assert there.error["message"] == "there is no vault under the name in REINTEGRATE_VAULT"
    monkeypatch.delenv("REINTEGRATE_VAULT")
    usual = district("agenda", "--json")
    assert (usual.code, usual.error["hint"]) == (9, "reintegrate init")
