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
        assert (refused.code, "no demo made it" in refused.err) == (9, True), refused.err
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
