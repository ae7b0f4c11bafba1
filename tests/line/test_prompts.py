"""What a person is asked at a terminal, and what a stop in the middle leaves: nothing."""

import os
import sys
from pathlib import Path

import pexpect
import pytest

from conftest import Run
from reintegrate_cli import vault
from reintegrate_cli.kept import settings
from reintegrate_cli.keys import resting


def spawn(*line: str) -> "pexpect.spawn[str]":
    return pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        env={**os.environ, "COLUMNS": "200"},
        encoding="utf-8",
        timeout=20,
    )


@pytest.fixture
def monthly(district: Run, case: str) -> str:
    """A student met on the 30th of each month; the next one falls on a closed day."""
    made = district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1m",
        "--day",
        "30",
        "--mode",
        "in_person",
        "--chosen-by",
        "student",
        "--chosen-on",
        "2026-09-01",
        "--starts",
        "2026-09-30",
    )
    assert made.code == 0
    return case


def test_event_6_and_23_done_asks_whether_contact_is_safe_and_for_a_date(
    district: Run, monthly: str
) -> None:
    child = spawn("checkin", "done", monthly)
    child.expect("what to remember")
    child.sendline(".")
    child.expect("still safe")
    child.sendline("yes")
    child.expect("closed day; ask which day suits: Thu 29 Oct or Mon 2 Nov")
    child.expect("next date")
    child.sendline("2026-11-11")
    child.expect("closed day")
    child.sendline("\x1529 oct")
    child.expect("next on +2026-10-29")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


# Ctrl-D ends a text; anywhere else it stops, as Ctrl-C does everywhere.
@pytest.mark.parametrize(
    ("prompt", "stop"),
    [
        ("what to remember", "\x03"),
        ("still safe", "\x03"),
        ("still safe", "\x04"),
        ("next date", "\x03"),
        ("next date", "\x04"),
    ],
)
def test_a_stop_at_any_prompt_is_130_and_saves_nothing(
    district: Run, monthly: str, prompt: str, stop: str
) -> None:
    child = spawn("checkin", "done", monthly)
    for asked in ("what to remember", "still safe", "next date"):
        child.expect(asked)
        if asked == prompt:
            child.send(stop)
            break
        child.sendline("." if asked == "what to remember" else "")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    listed = district("checkin", "list", "--case", monthly, "--json").json["items"]
    assert [row["outcome"] for row in listed if row["due_on"] <= "2026-10-01"] == [None]


def test_remind_setup_typed_bare_asks_for_what_it_needs(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = spawn("remind", "setup")
    for asked, answer in (
        ("the file for cron's key", str(tmp_path / "cron")),
        ("the mail server", "not a host"),
        ("without a port", "\x15mail.alder.example"),
        ("the login name", ""),
        ("the sender", "office@alder.example, b@alder.example"),
        ("one plain mail address", "\x15office@alder.example"),
        ("the one recipient", "okafor@alder.example"),
    ):
        child.expect(asked)
        child.sendline(answer)
    child.expect("the line for crontab -e")
    child.expect(r"port +465")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron"))
    assert district("remind").code == 0
    assert district("case", "list").code == 3


def test_init_asks_twice_and_checks_the_recovery_code(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    child = spawn("init", "--user", "okafor")
    child.expect("a new passphrase")
    child.sendline("short")
    child.expect("at least 12 characters")
    for prompt in ("a new passphrase", "once more"):
        child.expect(prompt)
        child.sendline("five quiet unrelated words here")
    child.expect(r"\n +(([0-9A-Z]{7}-){7}([0-9A-Z]{7}))")
    last = child.match[3]
    child.expect("type its last group")
    child.sendline("XXXXXXX")
    child.expect("type its last group")
    child.sendline(last.lower())
    child.expect("the vault is made, and 2 keys open it")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    if resting.get(vault.read_header(settings.vault_path(None)).store_id) is not None:
        assert run("staff", "list").code == 0  # the key rests where the kernel has a place for it
    assert run("lock").code == 0
    again = spawn("staff", "list")
    again.expect("passphrase or recovery code")
    again.sendline("five quiet unrelated words here")
    again.expect("okafor")
    again.close()


def test_a_needed_answer_is_asked_for_again_and_the_bad_one_is_explained(district: Run) -> None:
    child = spawn("task", "add", "--due", "fri")
    child.expect("what is to be done")
    child.sendline("")
    child.expect("this one is needed")
    child.sendline("call the registrar")
    child.expect("T1")
    child.expect(pexpect.EOF)


def test_the_vault_is_opened_before_anything_is_written_down(
    district: Run, case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    child = spawn("case", "note", case)
    child.expect("passphrase or recovery code")
    child.sendline("a slip of the finger")
    child.expect("try again")
    child.sendline((tmp_path / "recovery").read_text().strip())
    child.expect("what was seen")
    child.sendline("asked for a quiet place")
    child.sendline(".")
    child.expect("N1")
    child.expect(pexpect.EOF)


def test_a_stop_says_so(district: Run, case: str) -> None:
    child = spawn("case", "note", case)
    child.expect("what was seen")
    child.send("\x03")
    child.expect("interrupted; nothing is half saved")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_an_edit_that_names_what_it_changes_asks_nothing_more(district: Run, case: str) -> None:
    child = spawn("case", "edit", case, "--setting", "home-supports")
    child.expect("setting +home supports")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    bare = spawn("case", "edit", case)
    bare.expect("the name that is safe to use")
    bare.close()


def test_the_parts_of_one_answer_are_asked_for_one_by_one(district: Run, case: str) -> None:
    child = spawn("case", "edit", case)
    for asked, answer in (
        ("1 of 6", ""),
        ("2 of 6", ""),
        ("3 of 6", ""),
        ("4 of 6", ""),
        ("5 of 6", ""),
        ("6 of 6, 1 of 3", "Alder Creek"),
        ("6 of 6, 2 of 3", ""),
        ("6 of 6, 3 of 3", "Jefferson"),
    ):
        child.expect_exact(asked)
        child.sendline(answer)
    child.expect(pexpect.EOF)
    for slug, *where in (
        ("CITY", "--city", "alder-creek"),
        ("ELM", "--county", "Elm"),
        ("BEND", "--state", "Oregon"),
    ):
        assert district("fund", "source", slug, "--tier", "other", *where).code == 0
    sources = district("fund", "sources", "--case", case, "--json").json["items"]
    may_pay = {row["slug"]: row["eligible"] for row in sources}
    assert may_pay == {"CITY": "yes", "ELM": "ask", "BEND": "no"}


@pytest.mark.parametrize(("asked_by", "why"), [("student", False), ("lee", True)])
def test_why_a_date_moves_is_asked_of_staff_alone(
    district: Run, monthly: str, asked_by: str, why: bool
) -> None:
    line = ("--on", "2026-09-30", "--to", "2026-10-02", "--asked-by", asked_by)
    child = spawn("checkin", "move", monthly, *line)
    if why:
        child.expect("why staff move what the student chose")
        child.sendline("she is in court that day")
        child.sendline(".")
    child.expect("what to remember")
    before = str(child.before)
    child.sendline(".")
    child.expect("next on +2026-10-02")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert why or "why staff" not in before


@pytest.mark.parametrize(("told", "why"), [("yes", False), ("no", True)])
def test_why_a_student_was_not_told_is_asked_where_they_were_not(
    district: Run, case: str, told: str, why: bool
) -> None:
    assert district("partner", "add", "CCFS", "--kind", "child-welfare").code == 0
    line = ("--agency", "CCFS", "--told-student", told, "--oral-at", "2026-10-01T00:00")
    child = spawn("mandated", "add", case, *line)
    if why:
        child.expect("why the student was not told first")
        child.sendline("she was asleep")
        child.sendline(".")
    child.expect("what was seen and heard")
    before = str(child.before)
    child.send("\x03")
    child.expect(pexpect.EOF)
    assert why or "not told first" not in before
