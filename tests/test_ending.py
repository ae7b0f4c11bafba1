"""However a command ends, it ends with one sentence: no row that went nowhere is a fault."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli import cli
from reintegrate_cli.kept import session

PROGRAM = [sys.executable, "-m", "reintegrate_cli"]
LINES = [
    ["--version"],
    ["--help"],
    ["case", "add", "--help"],
    ["case", "list", "--json"],
    ["agenda", "--csv"],
    ["schema", "case"],
    ["doctor"],
    ["staff", "list"],
]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_rows_that_nobody_takes_are_no_fault_of_the_program(
    district: Run, case: str, line: list[str]
) -> None:
    heard = subprocess.run([*PROGRAM, *line], capture_output=True, text=True, check=False)
    assert heard.returncode == 0, heard.stderr
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            [*PROGRAM, *line], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
        assert (ended.returncode, "the disk is full" in ended.stderr) == (9, True), ended.stderr
        assert "Traceback" not in ended.stderr
        # Speech that nobody hears changes no outcome.
        spoken = subprocess.run([*PROGRAM, *line], stdout=subprocess.PIPE, stderr=full, check=False)
        assert (spoken.returncode, bool(spoken.stdout)) == (0, True)
    closed = subprocess.run(["sh", "-c", '"$@" >&- 2>&-', "sh", *PROGRAM, *line], check=False)
    assert closed.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_what_was_saved_is_said_to_be_though_its_row_went_nowhere(district: Run, case: str) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            [*PROGRAM, "case", "pause", case, "--until", "2026-11-02"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ended.returncode, "it was saved" in ended.stderr) == (9, True), ended.stderr
    assert district("case", "list", "--json").json["items"][0]["status"] == "paused"


def test_a_crash_report_is_a_new_file_whatever_lies_in_its_place(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise ValueError("canary")

    monkeypatch.setattr(session, "begin", broken)
    folder = tmp_path / "xdg_state_home" / "reintegrate"
    folder.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (folder / "crash.txt").symlink_to(precious)
    ended = run("--today", "2026-10-01", "agenda")
    assert (ended.code, str(folder) in ended.err) == (1, True)
    assert precious.read_text() == "kept"
    report = folder / "crash.txt"
    assert not report.is_symlink()
    assert ("ValueError" in report.read_text(), report.stat().st_mode & 0o777) == (True, 0o600)
    assert [file.name for file in folder.iterdir()] == ["crash.txt"]
    report.unlink()
    report.mkdir()  # and where nothing can be written, the sentence stands alone
    assert "it was ValueError in" in run("--today", "2026-10-01", "agenda").err


def test_what_the_machine_refuses_is_a_sentence_not_a_fault(
    district: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "_run", no_room)
    session.begin(None, None)
    ended = district("agenda")
    assert (ended.code, "the disk is full" in ended.err) == (9, True)


HOMELESS = [
    "setpriv",
    "--reuid",
    "54321",
    "--regid",
    "54321",
    "--clear-groups",
    "--inh-caps",
    "+dac_read_search,+dac_override",
    "--ambient-caps",
    "+dac_read_search,+dac_override",
    "--",
]
may_leave = pytest.mark.skipif(
    shutil.which("setpriv") is None or os.geteuid() != 0,
    reason="setpriv is not installed, or not root",
)


def homeless(*line: str, at: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the program for an account without a home folder or an entry in passwd."""
    return subprocess.run(
        [*HOMELESS, *PROGRAM, *line],
        env={"PATH": "/usr/bin:/bin", **environment},
        cwd=at,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@may_leave
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["case", "add", "--help"], 0),
        ([], 0),
        (["schema", "case"], 0),
        (["agenda"], 9),
        (["case", "list", "--json"], 9),
        (["init", "--user", "okafor", "--key-file", "k"], 9),
        (["doctor"], 9),
        (["lock"], 9),
        (["unlock"], 9),
        (["remind"], 9),
        (["vault", "backup", "x"], 9),
        (["vault", "verify", "~nosuchaccount/x"], 9),
        (["--vault", "~nosuchaccount/x", "agenda"], 9),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_an_account_without_a_home_is_told_so(tmp_path: Path, line: list[str], code: int) -> None:
    tmp_path.chmod(0o777)
    ended = homeless(*line, at=tmp_path)
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "fault" not in ended.stderr
    assert not code or "home" in ended.stderr + ended.stdout
    assert list(tmp_path.iterdir()) == []  # not even a folder called ~


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """Give a folder that every account can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@may_leave
def test_an_account_without_a_home_works_where_all_is_named(open_to_all: Path) -> None:
    tmp_path = open_to_all
    named = {
        "REINTEGRATE_VAULT": str(tmp_path / "v" / "caseload.vault"),
        "REINTEGRATE_KEY_FILE": str(tmp_path / "key"),
    }
    line = ["init", "--key-file", "key", "--no-keyring"]
    nobody = homeless(*line, at=tmp_path, **named)
    assert (nobody.returncode, "--user" in nobody.stderr) == (2, True), nobody.stderr
    made = homeless(*line, "--user", "okafor", at=tmp_path, **named)
    assert made.returncode == 0, made.stderr
    for more in (["agenda"], ["case", "add", "--school", "R", "--setting", "home"], ["doctor"]):
        ended = homeless(*more, at=tmp_path, **named)
        assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "line",
    [
        ["--vault", "~nosuchaccount/x", "agenda"],
        ["vault", "backup", "~nosuchaccount/x"],
        ["vault", "restore", "~nosuchaccount/x"],
        [
            "vault",
            "export",
            "~nosuchaccount/x",
            "--recipient",
            "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        ],
        ["vault", "key", "add", "--key-file", "~nosuchaccount/x"],
        [
            "remind",
            "setup",
            "--host",
            "h",
            "--from-address",
            "a@b.example",
            "--to",
            "a@b.example",
            "--reminder-key",
            "~nosuchaccount/x",
        ],
        ["task", "add", "--due", "2026-10-09", "--from", "~nosuchaccount/x"],
    ],
    ids=lambda line: " ".join(line[:3]),
)
def test_the_home_of_nobody_is_one_sentence(district: Run, line: list[str]) -> None:
    ended = district(*line)
    assert (ended.code, "a home that is not there" in ended.err) == (9, True), ended.err


@pytest.mark.parametrize("path", ["/", ".", "..", "/tmp/..", "x" * 300, "a/" * 3000 + "v"])
def test_an_odd_path_is_one_sentence(run: Run, tmp_path: Path, path: str) -> None:
    key = ["--no-keyring", "--key-file", str(tmp_path / "k")]
    for line in (["agenda"], ["init", "--user", "okafor", *key], ["case", "list"], ["lock"]):
        ended = run("--vault", path, *line)
        said = ended.err.removeprefix("locked\n")
        assert (ended.code, said.count("\n"), "fault" in said) == (9, 2, False), (line, ended.err)
    assert not (tmp_path / "k").exists()
