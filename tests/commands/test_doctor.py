"""``doctor`` names what is wrong, and what mends it."""

import re
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.kept import session


def states(run: Run) -> dict[str, str]:
    return {row["check"]: row["state"] for row in run("doctor", "--json").json["items"]}


def test_a_new_vault_is_sound_and_lacks_what_it_lacks(district: Run) -> None:
    ended = district("doctor", "--json")
    assert ended.code == 0, ended.err
    found = {row["check"]: row for row in ended.json["items"]}
    assert found["vault"]["state"] == "fine"
    assert found["keys"]["found"] == "file, recovery"
    assert found["district.toml"]["state"] == "fine"
    for check in ("backup", "mail", "cron key"):
        assert found[check]["state"] == "look"
        assert found[check]["remedy"].startswith("reintegrate ")


def test_a_backup_and_mail_are_seen(district: Run, tmp_path: Path) -> None:
    district("vault", "backup", str(tmp_path / "copies"))
    district(
        "remind",
        "setup",
        "--host",
        "127.0.0.1",
        "--port",
        "9",
        "--insecure-loopback",
        "--from-address",
        "a@alder.example",
        "--to",
        "b@alder.example",
        "--reminder-key",
        str(tmp_path / "cron"),
    )
    found = states(district)
    assert (found["backup"], found["mail"]) == ("fine", "fine")
    assert found["cron key"] == "fine"


def test_a_demo_has_the_keys_that_it_needs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run("demo").code == 0
    folder = next(tmp_path.glob("reintegrate-demo-*"))
    monkeypatch.setenv("REINTEGRATE_VAULT", str(folder / "caseload.vault"))
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(folder / "key"))
    ended = run("doctor", "--json")
    assert ended.code == 0, ended.err
    found = {row["check"]: row["found"] for row in ended.json["items"]}
    assert "needs no second one" in found["keys"]
    assert found["history"] == "1 entry, bound to each other"


@pytest.mark.parametrize(
    ("days", "said", "state"),
    [
        (-1, "made today", "fine"),
        (0, "made today", "fine"),
        (1, "1 day old", "fine"),
        (8, "8 days old", "look"),
    ],
)
def test_how_old_a_backup_is_reads_as_a_person_says_it(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, said: str, state: str
) -> None:
    district("vault", "backup", str(tmp_path / "copies"))
    later = session.now() + timedelta(days=days, seconds=5)
    monkeypatch.setattr(session, "now", lambda: later)
    rows = district("doctor", "--json").json["items"]
    row = next(row for row in rows if row["check"] == "backup")
    assert (row["state"], said in row["found"]) == (state, True)


def test_what_is_wrong_is_nine(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vault").chmod(0o755)
    assert district("doctor").code == 9
    assert states(district)["folder"] == "wrong"
    (tmp_path / "vault").chmod(0o700)
    from datetime import UTC, datetime

    from reintegrate_cli.kept import session

    monkeypatch.setattr(session, "now", lambda: datetime(2001, 1, 1, tzinfo=UTC))
    assert states(district)["clock"] == "wrong"


def test_without_a_vault_it_says_how_to_begin(run: Run) -> None:
    ended = run("doctor", "--json")
    assert ended.code == 9
    row = next(row for row in ended.json["items"] if row["check"] == "vault")
    assert row["remedy"] == "reintegrate init"


def test_a_broken_district_file_is_named(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("closures = [\n")
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(broken))
    assert states(district)["district.toml"] == "wrong"


def test_a_folder_that_no_demo_made_is_left_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"reintegrate-demo-{os.getuid()}"
    folder.mkdir(mode=0o700)
    (folder / "thesis.txt").write_text("years of work")
    for line in (["demo"], ["demo", "--remove"]):
        refused = run(*line)
        assert (refused.code, "was not made by demo" in refused.err) == (9, True), refused.err
    assert (folder / "thesis.txt").read_text() == "years of work"
    (folder / "thesis.txt").unlink()
    assert run("demo").code == 0
    assert run("demo").code == 0
    assert run("demo", "--remove").code == 0
    assert not folder.exists()
    folder.symlink_to(tmp_path / "elsewhere")
    assert run("demo").code == 9


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_it_runs_no_compiler_and_nothing_but_the_keychain(district: Run, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    subprocess.run(
        [
            "strace",
            "-f",
            "-e",
            "trace=execve",
            "-o",
            str(calls),
            sys.executable,
            "-m",
            "reintegrate_cli",
            "doctor",
        ],
        capture_output=True,
        check=False,
    )
    run_ = re.findall(r'execve\("([^"]*)"', calls.read_text())
    assert set(run_) == {sys.executable}, run_
    assert len(run_) == 2


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a machine on which neither a keychain nor the disk can be seen."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr("reintegrate_cli.commands.doctor._is_encrypted", lambda _: False)


@pytest.mark.usefixtures("unseen")
def test_what_no_machine_can_tell_is_settled_by_a_person_for_a_year(district: Run) -> None:
    asked = ("disk", "keychain", "mail", "cron key")
    assert {states(district)[check] for check in asked} == {"look"}
    for thing in ("disk", "keychain", "mail"):
        ended = district("doctor", "--looked-at", thing, today="2026-10-01")
        assert ended.code == 0, ended.err
    assert {states(district)[check] for check in asked} == {"fine"}
    rows = district("doctor", "--json").json["items"]
    disk = next(row for row in rows if row["check"] == "disk")
    assert disk["found"].endswith("somebody looked at it on Thu 1 Oct 2026")
    for today, state in (("2027-09-30", "fine"), ("2027-10-01", "look"), ("2026-09-30", "look")):
        rows = district("doctor", "--json", today=today).json["items"]
        assert {row["state"] for row in rows if row["check"] in asked} == {state}, today


@pytest.mark.usefixtures("unseen")
def test_what_somebody_looked_at_is_one_machine_s_and_no_one_else_writes_it(
    district: Run, tmp_path: Path
) -> None:
    assert district("doctor", "--looked-at", "disk").code == 0
    (file,) = tmp_path.rglob("looked-at")
    assert file.read_text() == "disk 2026-10-01\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert states(district)["disk"] == "fine"
    file.write_text("disk not-a-day\nbackup 2026-10-01\n\n")
    assert states(district)["disk"] == "look"
    assert states(district)["backup"] == "look"
    file.write_text("disk 2026-10-01\n")
    file.chmod(0o644)
    assert states(district)["disk"] == "look"


def test_what_is_wrong_is_settled_by_no_word(district: Run, tmp_path: Path) -> None:
    refused = district("doctor", "--looked-at", "backup")
    assert refused.code == 2
    assert "--looked-at takes disk, keychain, mail, swap" in refused.err
    (tmp_path / "vault").chmod(0o755)
    assert district("doctor", "--looked-at", "disk").code == 9


def test_trouble_with_mail_is_settled_by_no_word(district: Run, tmp_path: Path) -> None:
    assert district("doctor", "--looked-at", "mail").code == 0
    line = ["remind", "setup", "--host", "127.0.0.1", "--port", "9", "--insecure-loopback"]
    line += ["--from-address", "a@alder.example", "--to", "b@alder.example"]
    assert district(*line, "--reminder-key", str(tmp_path / "cron")).code == 0
    assert district("task", "add", "--due", "2026-10-01", given={"text": "a list"}).code == 0
    assert district("remind", today="2026-10-05").code == 8
    rows = district("doctor", "--json", today="2026-10-05").json["items"]
    assert next(row["state"] for row in rows if row["check"] == "mail") != "fine"
