"""``case reveal`` on a real terminal."""

import os
import sys
from pathlib import Path

import pexpect

from conftest import Run


def test_names_show_after_the_code_is_typed_and_are_taken_away(
    district: Run, tmp_path: Path
) -> None:
    added = district(
        "case",
        "add",
        "--school",
        "Ridgeline",
        "--setting",
        "home",
        "--json",
        given={"safe_name": "canary-safe"},
    )
    ref = added.json["ref"]
    assert district("roster", "link", ref, given={"student_number": "canary-0007"}).code == 0
    assert district("fund", "source", "CITY", "--tier", "city").code == 0
    money = ("fund", "authorize", ref, "--source", "CITY", "--amount", "600.00")
    granted = district(*money, given={"claim_number": "canary-claim-9"})
    assert granted.code == 0, granted.err
    assert district("case", "reveal", ref).code == 2
    line = ["-m", "reintegrate_cli", "case", "reveal", ref]
    wrong = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    for _ in range(3):
        wrong.expect("passphrase or recovery code")
        wrong.sendline("not the passphrase")
    wrong.expect(pexpect.EOF)
    wrong.close()
    assert wrong.exitstatus == 3
    right = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    right.expect("passphrase or recovery code")
    right.sendline((tmp_path / "recovery").read_text().strip())
    right.expect("canary-safe")
    right.expect("claim number, FU1 *canary-claim-9")
    right.expect("student number *canary-0007")
    right.sendline("")
    right.expect_exact("\x1b[?1049l")
    right.expect(pexpect.EOF)
    right.close()
    assert right.exitstatus == 0


def test_a_stop_at_a_hidden_prompt_gives_the_echo_back(district: Run, case: str) -> None:
    import signal

    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "case", "reveal", case],
        env=dict(os.environ),
        encoding="utf-8",
        timeout=20,
    )
    child.expect("passphrase or recovery code")
    assert child.waitnoecho(timeout=5)
    child.kill(signal.SIGTERM)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_what_is_typed_meanwhile_is_for_nobody_and_nothing_stops_the_clock(
    district: Run, case: str, tmp_path: Path
) -> None:
    code = (tmp_path / "recovery").read_text().strip()
    shell = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile"],
        env={**os.environ, "PS1": "ready> "},
        encoding="utf-8",
        timeout=20,
    )
    shell.expect("ready> ")
    shell.sendline(f"{sys.executable} -m reintegrate_cli case reveal {case}")
    shell.expect("passphrase or recovery code")
    shell.sendline(code)
    shell.expect("gone in 60 seconds")
    shell.send("\x1a")  # Ctrl-Z
    shell.sendline("echo canary-typed")
    shell.expect_exact("\x1b[?1049l")
    shell.expect("ready> ")
    shell.sendline("echo over")
    shell.expect("over")
    assert "canary-typed" not in shell.before
    shell.close()
