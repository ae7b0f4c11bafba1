"""``remind`` from the command line, against a real SMTP server."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller

from conftest import Run
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.kept import session
from reintegrate_cli.kept.store import Store
from test_mail import PASSWORD, RECIPIENT, SENDER, USER, Office, context, office


class Mailbox:
    """Keeps what the server was given."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.busy = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.busy:
            return "451 alder is busy"
        self.messages.append(envelope.content)
        return "250 taken"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def server() -> Iterator[Controller]:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def overdue(district: Run, case: str) -> str:
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
    assert made.code == 0, made.err
    return case


@pytest.fixture
def cron(
    district: Run, overdue: str, server: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Mail set up, and the reminder key alone at hand."""
    port = server.port
    made = district(
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "cron-key"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--insecure-loopback",
        "--from-address",
        "office@alder.example",
        "--to",
        "okafor@alder.example",
    )
    assert made.code == 0, made.err
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron-key"))
    return district


@pytest.mark.both_shelves
def test_event_1_and_41_one_mail_a_day_with_a_count_and_no_ref(
    cron: Run, server: Controller, overdue: str
) -> None:
    box = server.handler.messages
    first = cron("remind", today="2026-10-01")
    assert (first.code, first.out, first.err) == (0, "", "")
    assert len(box) == 1
    assert b"1 item past due; oldest 1 day." in box[0]
    assert overdue.encode() not in box[0]
    assert cron("remind", today="2026-10-01").code == 0
    assert len(box) == 1
    assert cron("remind", today="2026-10-03").code == 0
    assert b"oldest 3 days." in box[1]
    states = [row["state"] for row in cron("remind", "status", "--json").json["items"]]
    assert states == ["intent", "handing", "sent"] * 2


def test_event_36_nothing_overdue_means_no_mail_and_no_ledger(
    cron: Run, server: Controller
) -> None:
    assert cron("remind", today="2026-09-30").code == 0
    assert server.handler.messages == []
    assert cron("remind", "status", "--json").json["items"] == []


def test_event_98_the_repeated_hour_sends_once(cron: Run, server: Controller) -> None:
    for _ in range(2):
        assert cron("remind", today="2026-11-01T01:30").code == 0
    assert len(server.handler.messages) == 1


def test_a_failed_mail_is_eight_and_is_tried_again(cron: Run, server: Controller) -> None:
    server.handler.busy = True
    failed = cron("remind", today="2026-10-01")
    assert (failed.code, failed.out) == (8, "")
    assert "127.0.0.1" not in failed.err
    assert "alder" not in failed.err
    server.handler.busy = False
    assert cron("remind", today="2026-10-01").code == 0
    assert len(server.handler.messages) == 1
    states = [row["state"] for row in cron("remind", "status", "--json").json["items"]]
    assert states == ["intent", "handing", "failed", "intent", "handing", "sent"]


def test_the_reminder_key_opens_no_case(cron: Run, overdue: str) -> None:
    for line in (["case", "list"], ["agenda"], ["case", "show", overdue], ["task", "list"]):
        ended = cron(*line)
        assert ended.code == 3, ended.err
        assert overdue not in ended.out + ended.err


def test_with_nothing_due_cron_loads_neither_keyring_nor_rich_nor_smtplib(cron: Run) -> None:
    script = (
        "import sys\nfrom reintegrate_cli.cli import main\ncode = main(['remind'])\n"
        "print(code, [m for m in ('keyring', 'rich', 'smtplib', 'dateutil') if m in sys.modules])"
    )
    import os

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "REINTEGRATE_TODAY": "2026-09-30"},
    )
    assert done.stdout.strip() == "0 []"


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ([], ["host", "from_address", "to"]),
        (["--host", "h"], ["from_address", "to"]),
        (["--host", "h:25", "--from-address", "a@b.example", "--to", "a@b.example"], ["host"]),
        (["--host", "h", "--from-address", "a@b.example", "--to", "x"], ["to"]),
        (
            ["--host", "h", "--from-address", "a@b.example", "--to", "a@b.example", "--port", "0"],
            ["port"],
        ),
        (
            [
                "--host",
                "h",
                "--from-address",
                "a@b.example",
                "--to",
                "a@b.example",
                "--port",
                "smtp",
            ],
            ["port"],
        ),
        (
            [
                "--host",
                "h",
                "--from-address",
                "a@b.example",
                "--to",
                "a@b.example",
                "--tls",
                "--starttls",
            ],
            [],
        ),
    ],
)
def test_what_mail_cannot_be_set_up_with_is_named(
    district: Run, line: list[str], fields: list[str]
) -> None:
    refused = district("remind", "setup", *line, "--json")
    assert (refused.code, refused.error["fields"]) == (2, fields)


def test_mail_is_set_up_from_one_object_as_every_other_record_is(
    district: Run, tmp_path: Path
) -> None:
    ready = district(
        "remind",
        "setup",
        "--starttls",
        "--json",
        given={
            "host": "mail.alder.example",
            "from_address": "a@b.example",
            "to": "a@b.example",
            "reminder_key": str(tmp_path / "cron"),
        },
    )
    assert ready.json == {"ready": True, "port": 587, "security": "starttls"}
    assert (tmp_path / "cron").stat().st_mode & 0o777 == 0o600
    assert '"host"' in district("schema", "remind", "setup").out


def test_preview_shows_the_mail_and_sends_nothing(cron: Run, server: Controller) -> None:
    shown = cron("remind", "preview", today="2026-10-01")
    assert "Subject: Office reminder" in shown.out
    assert server.handler.messages == []


def line_of(said: str) -> str:
    """Give the line for cron from what ``remind setup`` said."""
    return next(one for one in said.splitlines() if one.startswith("0 7-17"))


def by_cron(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a line as cron does: up to a bare percent sign, by the shell, with hardly anything set."""
    command = line.split(" ", 5)[5].replace("\\%", "%")
    return subprocess.run(
        [
            "/usr/bin/env",
            "-i",
            f"HOME={home}",
            "LOGNAME=okafor",
            "SHELL=/bin/sh",
            "PATH=/usr/bin:/bin",
            "/bin/sh",
            "-c",
            command,
        ],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def crontab(
    district: Run, overdue: str, server: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The line that ``remind setup`` prints; cron has the real day, on which what was due stays so."""
    monkeypatch.delenv("REINTEGRATE_TODAY")
    monkeypatch.setattr(sys, "argv", [str(Path(sys.executable).with_name("reintegrate"))])
    monkeypatch.setenv("PATH", "/nowhere")
    made = district(
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "cron key 100%"),
        "--host",
        "127.0.0.1",
        "--port",
        str(server.port),
        "--insecure-loopback",
        "--from-address",
        "office@alder.example",
        "--to",
        "okafor@alder.example",
    )
    assert made.code == 0, made.err
    return line_of(made.err)


def test_the_crontab_line_runs_with_nothing_from_the_environment(
    crontab: str, server: Controller, tmp_path: Path
) -> None:
    for _ in range(2):
        done = by_cron(crontab, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(server.handler.messages) == 1


def test_the_crontab_line_is_a_script_that_only_its_owner_opens(
    crontab: str, tmp_path: Path
) -> None:
    for told in ("reintegrate", "cron key", "vault", "REMIND", "student"):
        assert told not in crontab
    script = Path(crontab.split(" ", 5)[5])
    assert script.stat().st_mode & 0o777 == 0o700
    assert script.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in script.parent.iterdir()] == [script.name]
    assert "cron key 100%" in script.read_text()


BROKEN: dict[str, tuple[int, Any]] = {
    "the vault is gone": (9, lambda at: (at / "vault" / "caseload.vault").unlink()),
    "the vault is damaged": (
        7,
        lambda at: (at / "vault" / "caseload.vault").write_bytes(b"x" * 99),
    ),
    "the key is gone": (9, lambda at: (at / "cron key 100%").unlink()),
    "the key is open to others": (9, lambda at: (at / "cron key 100%").chmod(0o644)),
    "the district's file is gone": (9, lambda at: (at / "district.toml").unlink()),
    "the district's file is wrong": (
        9,
        lambda at: (at / "district.toml").write_text("schoolz = 1"),
    ),
    "the server is busy": (8, lambda at: None),
}


@pytest.mark.parametrize("what", BROKEN)
def test_cron_s_own_mail_gives_nothing_away(
    what: str,
    crontab: str,
    overdue: str,
    server: Controller,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, breaks = BROKEN[what]
    breaks(tmp_path)
    server.handler.busy = what == "the server is busy"
    done = by_cron(crontab, tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == f"Something is wrong ({code}). Open it at your work computer.\n"
    # And by a line of somebody's own making, or in the journal of systemd.
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron key 100%"))
    for form in ([], ["--json"]):
        ended = run("remind", *form)
        assert (ended.code, ended.out) == (code, "")
        for told in ("reintegrate", str(tmp_path), "/", "caseload", "alder", "127.0.0.1", overdue):
            assert told not in ended.err
        assert ended.err


def test_a_fault_of_the_program_is_told_to_nobody_but_its_own_report(
    cron: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr("reintegrate_cli.mail.reminders.run", breaks)
    ended = cron("remind")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "something is wrong\nhint: open it at your work computer\n"


def test_another_vault_has_another_script_and_a_second_setup_the_same(
    crontab: str, district: Run, tmp_path: Path
) -> None:
    again = district(
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "second"),
        "--host",
        "h",
        "--from-address",
        "a@b.example",
        "--to",
        "a@b.example",
    )
    assert line_of(again.err) == crontab
    other = str(tmp_path / "other" / "caseload.vault")
    assert (
        district(
            "--vault",
            other,
            "init",
            "--user",
            "okafor",
            "--no-keyring",
            "--key-file",
            str(tmp_path / "key"),
            "--recovery-to",
            str(tmp_path / "r2"),
        ).code
        == 0
    )
    made = district(
        "--vault",
        other,
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "third"),
        "--host",
        "h",
        "--from-address",
        "a@b.example",
        "--to",
        "a@b.example",
    )
    assert made.code == 0, made.err
    assert line_of(made.err) != crontab


@pytest.mark.both_shelves
def test_a_setup_that_was_not_saved_leaves_the_former_script_as_it_is(
    crontab: str, district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Path(crontab.split(" ", 5)[5])
    before = script.read_text()

    def full(*_: object) -> None:
        raise Settings("the disk is full; nothing was saved")

    monkeypatch.setattr(Store, "commit", full)
    ended = district(
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "second"),
        "--host",
        "h",
        "--from-address",
        "a@b.example",
        "--to",
        "a@b.example",
    )
    assert ended.code == 9
    assert script.read_text() == before
    assert [one.name for one in script.parent.iterdir()] == [script.name]


def test_without_a_place_for_the_script_nothing_is_set_up(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flat").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "flat"))
    words = [
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "cron"),
        "--host",
        "h",
        "--from-address",
        "a@b.example",
        "--to",
        "a@b.example",
    ]
    ended = district(*words)
    assert ended.code == 9
    assert not (tmp_path / "cron").exists()
    assert "mail is not set up" in district("remind", "status").err
    open_ = tmp_path / "data" / "office-reminder"
    open_.mkdir(parents=True)
    open_.chmod(0o777)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert district(*words).code == 9
    assert list(open_.iterdir()) == []


# A server that refuses.


Setup = Callable[..., Office]


@pytest.fixture
def posted(
    district: Run, overdue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Setup]:
    """Mail set up with a login, to a server that checks it."""
    with ExitStack() as stack:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

        def setup(*more: str, password: str = PASSWORD) -> Office:
            place = stack.enter_context(
                office(starttls=context(authority, "localhost"), login=True)
            )
            (tmp_path / "password").write_text(password)
            (tmp_path / "password").chmod(0o600)
            again(place, *more)
            return place

        def again(place: Office, *more: str) -> None:
            with pytest.MonkeyPatch.context() as patched:
                patched.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
                made = district(
                    "remind",
                    "setup",
                    "--reminder-key",
                    str(tmp_path / "cron"),
                    "--host",
                    "localhost",
                    "--port",
                    str(place.port),
                    "--starttls",
                    "--ca-file",
                    str(tmp_path / "ca.pem"),
                    "--user",
                    USER,
                    "--password-file",
                    str(tmp_path / "password"),
                    "--from-address",
                    SENDER,
                    "--to",
                    RECIPIENT,
                    *more,
                )
            assert made.code == 0, made.err
            monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron"))

        setup.again = again  # type: ignore[attr-defined]
        yield setup


def test_a_wrong_password_is_tried_once_until_somebody_changes_something(
    posted: Any, district: Run, tmp_path: Path
) -> None:
    place = posted(password="canary-wrong")
    for day in ("2026-10-01", "2026-10-01", "2026-10-02", "2026-11-05", "2036-01-01", "2026-10-03"):
        ended = district("remind", today=day)
        assert (ended.code, ended.out) == (9, "")
        assert "refuses the login for good" in ended.err
        assert "canary" not in ended.err
    assert len(place.tries) == 1
    status = district("remind", "status", "--json").json
    assert [(row["state"], row["cause"], row["again"]) for row in status["items"]] == [
        ("intent", None, None),
        ("failed", "auth", "after_setup"),
    ]
    assert status["wrong"] == [
        {
            "what": "the mail server refuses the login for good (the mail for Thu 1 Oct 2026)",
            "remedy": "once the password is right: reintegrate remind setup",
        }
    ]
    # The same settings, said again: one more try.
    posted.again(place)
    assert district("remind", today="2026-10-03").code == 9
    assert district("remind", today="2026-10-03").code == 9
    assert len(place.tries) == 2
    # Another password in the file is a change as well.
    (tmp_path / "password").write_text(PASSWORD)
    assert district("remind", today="2026-10-03").code == 0
    assert (len(place.tries), len(place.taken)) == (3, 1)


@pytest.mark.parametrize(("reply", "code", "tries"), [("450 later", 8, 3), ("550 no such", 9, 1)])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_for_good_is_no_refusal_for_now(
    posted: Setup, district: Run, verb: str, reply: str, code: int, tries: int
) -> None:
    place = posted()
    place.refuse[verb] = reply
    thing = {"MAIL": "the sender", "RCPT": "the recipient", "DATA": "the message"}[verb]
    for _ in range(3):
        ended = district("remind", today="2026-10-01")
        assert (ended.code, ended.out) == (code, "")
        assert (f"refuses {thing} for good" if code == 9 else f"not take {thing} now") in ended.err
    assert len(place.tries) == tries
    rows = district("remind", "status", "--json").json["items"]
    failed = [row["again"] for row in rows if row["state"] == "failed"]
    assert failed == ["tomorrow" if code == 9 else "next_run"] * tries
    place.refuse.clear()
    # A mailbox that was made meanwhile is found the next day.
    assert district("remind", today="2026-10-02").code == 0
    assert len(place.taken) == 1


# Silence, and wrong clocks.


def texts(server: Controller) -> list[str]:
    return [mail.partition(b"\r\n\r\n")[2].decode() for mail in server.handler.messages]


NOBODY = "Nobody has written to it for {} days.\r\n"
OPEN = "Open it at your work computer.\r\n"


def test_when_nobody_writes_that_is_the_mail_once_a_week_and_never_silence(
    district: Run, server: Controller, cron_for: Callable[[], None]
) -> None:
    cron_for()
    start = date(2026, 10, 1)
    for ahead in range(100):
        assert district("remind", today=(start + timedelta(days=ahead)).isoformat()).code == 0
    assert texts(server) == [NOBODY.format(days) + OPEN for days in range(30, 100, 7)]
    server.handler.messages.clear()


def test_reading_is_no_writing_and_a_note_is(
    district: Run,
    case: str,
    server: Controller,
    cron_for: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cron_for()
    with monkeypatch.context() as patched:
        patched.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
        assert district("case", "show", case, today="2026-10-20").code == 0
        assert district("vault", "backup", str(tmp_path / "b"), today="2026-10-20").code == 0
    assert district("remind", today="2026-11-02").code == 0
    assert texts(server) == [NOBODY.format(32) + OPEN]
    with monkeypatch.context() as patched:
        patched.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
        noted = district("case", "note", case, given={"text": "seen"}, today="2026-11-03")
        assert noted.code == 0, noted.err
    assert district("remind", today="2026-12-02").code == 0
    assert len(texts(server)) == 1
    assert district("remind", today="2026-12-03").code == 0
    assert texts(server)[1:] == [NOBODY.format(30) + OPEN]


def test_past_the_end_of_its_view_cron_still_counts_what_it_knows(
    cron: Run, server: Controller
) -> None:
    assert cron("remind", today="2026-12-15").code == 0
    assert texts(server) == ["1 item past due; oldest 76 days.\r\n" + NOBODY.format(75) + OPEN]
    how = cron("remind", "status", "--json", today="2026-12-15").json
    assert (how["written_on"], how["sees_until"]) == ("2026-10-01", "2026-11-30")
    assert "nobody has changed a record for 75 days" in how["wrong"][0]["what"]
    assert "no further than Mon 30 Nov 2026" in how["wrong"][0]["what"]


def test_a_clock_once_ahead_loses_no_mail_and_is_named(
    cron: Run, server: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cron("remind", today="2036-01-01").code == 0
    assert len(texts(server)) == 1
    for day in ("2026-10-01", "2026-10-02"):
        ended = cron("remind", today=day)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert len(texts(server)) == 3
    shown = cron("remind", "status", today="2026-10-02")
    assert "the last mail went for Fri 2 Oct 2026" in shown.err
    assert "an entry for Tue 1 Jan 2036, after today" in shown.err
    monkeypatch.setenv("REINTEGRATE_TODAY", "2026-10-02")
    for key in ("cron-key", "key"):
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / key))
        found = {row["check"]: row for row in cron("doctor", "--json").json["items"]}
        assert found["mail"]["state"] == "look"
        assert "1 Jan 2036" in found["mail"]["found"]


def test_a_run_at_another_day_closes_that_day_and_the_one_before_it(
    cron: Run, server: Controller
) -> None:
    assert cron("remind", today="2026-10-10").code == 0
    for day in range(1, 12):
        assert cron("remind", today=f"2026-10-{day:02}").code == 0
    assert len(texts(server)) == 1 + 8 + 1  # the 9th and the 10th are closed


def noon(day: date) -> Callable[[], datetime]:
    return lambda: datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.mark.parametrize(("real", "weekly"), [("2026-10-01", False), ("2036-01-01", True)])
def test_a_change_under_a_wrong_clock_does_not_silence_cron(
    district: Run,
    server: Controller,
    cron_for: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    real: str,
    weekly: bool,
) -> None:
    """With another --today the real days count; with a clock that was wrong nobody can tell."""
    cron_for()
    monkeypatch.setattr(session, "now", noon(date.fromisoformat(real)))
    with monkeypatch.context() as patched:
        patched.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
        assert (
            district(
                "task", "add", "--due", "2037-01-01", today="2036-01-01", given={"text": "x"}
            ).code
            == 0
        )
    for ahead in range(40):
        day = date(2026, 10, 1) + timedelta(days=ahead)
        monkeypatch.setattr(session, "now", noon(day))
        assert district("remind", today=day.isoformat()).code == 0
    days = range(0, 40, 7) if weekly else range(30, 40, 7)
    assert texts(server) == [("" if weekly else NOBODY.format(each)) + OPEN for each in days]
    how = district("remind", "status", today="2026-10-08").err
    assert "the last change is dated Tue 1 Jan 2036, after today" in how


@pytest.fixture
def cron_for(
    district: Run, server: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Set mail up with nothing overdue, and leave the reminder key alone at hand."""

    def setup() -> None:
        made = district(
            "remind",
            "setup",
            "--reminder-key",
            str(tmp_path / "cron-key"),
            "--host",
            "127.0.0.1",
            "--port",
            str(server.port),
            "--insecure-loopback",
            "--from-address",
            "office@alder.example",
            "--to",
            "okafor@alder.example",
        )
        assert made.code == 0, made.err
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron-key"))

    return setup


def test_status_says_when_the_last_mail_went_and_how_far_cron_sees(
    cron: Run, server: Controller, tmp_path: Path
) -> None:
    before = cron("remind", "status", today="2026-10-01")
    assert "the vault knows of no mail that went" in before.err
    assert "cron sees as far as Mon 30 Nov 2026" in before.err
    assert "last changed on Thu 1 Oct 2026" in before.err
    cron("remind", today="2026-10-05")
    after = cron("remind", "status", "--json", today="2026-10-06").json
    assert (after["last_sent_on"], after["wrong"]) == ("2026-10-05", [])


def test_status_looks_at_the_files_that_cron_names_to_nobody(
    posted: Setup, district: Run, tmp_path: Path
) -> None:
    posted()
    (tmp_path / "password").chmod(0o644)
    (tmp_path / "ca.pem").unlink()
    ended = district("remind", today="2026-10-01")
    assert (ended.code, "canary" in ended.err) == (9, False)
    said = district("remind", "status", today="2026-10-01").err
    assert "the password file is open to others\nhint: give it mode 0600" in said
    assert "the file of certificates for mail is not there" in said


def test_a_systemd_credential_holds_the_key(
    cron: Run, server: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    (tmp_path / "cron-key").rename(folder / "reminder-key")
    (folder / "reminder-key").chmod(0o440)  # how an access list of systemd's shows
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert cron("remind").code == 0
    assert len(server.handler.messages) == 1
    assert cron("case", "list").code == 3


def test_the_example_units_are_the_ones_that_are_built() -> None:
    from reintegrate_cli.mail import timers

    examples = Path(__file__).parents[2] / "examples"
    assert (examples / "office-reminder.timer").read_text() == timers.TIMER
    unit = timers.service_unit(
        program="/usr/local/bin/reintegrate",
        vault="/home/okafor/.local/share/reintegrate/caseload.vault",
        user="okafor",
        reminder_key="/etc/credstore.encrypted/reminder-key",
        mail_password="/etc/credstore.encrypted/mail-password",
    )
    assert (examples / "office-reminder.service").read_text() == unit
    script = timers.cron_script(
        program="/home/okafor/.local/bin/reintegrate",
        vault="/home/okafor/.local/share/reintegrate/caseload.vault",
        key_file="/home/okafor/reminder.key",
    )
    assert (examples / "office-reminder.sh").read_text() == script
    line = timers.crontab("/home/okafor/.local/share/office-reminder/run-5a5a5a5a", ["reintegrate"])
    assert (examples / "crontab").read_text().endswith(line)


def test_a_clock_that_repeats_an_hour_stays_on_its_day(
    cron: Run, server: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REINTEGRATE_TODAY")
    for hour in (5, 6):  # 01:30 summer time and 01:30 winter time in New York
        monkeypatch.setattr(session, "now", lambda: datetime(2026, 11, 1, hour, 30, tzinfo=UTC))  # noqa: B023
        assert cron("remind").code == 0
    assert len(server.handler.messages) == 1
    # Late in the evening it is tomorrow in UTC, and still today in the district.
    monkeypatch.setattr(session, "now", lambda: datetime(2026, 11, 2, 4, 30, tzinfo=UTC))
    assert cron("remind").code == 0
    assert len(server.handler.messages) == 1
    monkeypatch.setattr(session, "now", lambda: datetime(2026, 11, 2, 5, 30, tzinfo=UTC))
    assert cron("remind").code == 0
    assert len(server.handler.messages) == 2


# Who is left out of the count.


def late_rows(run: Run, day: str) -> list[str]:
    rows = run("agenda", "--overdue", "--json", today=day).json["items"]
    return sorted(row["kind"] for row in rows)


def counted(run: Run, day: str) -> int:
    first = run("remind", "preview", today=day).out.partition("\n\n")[2].split()
    return int(first[0]) if first and first[0].isdigit() else 0


@pytest.fixture
def behind(district: Run, overdue: str) -> str:
    """A case with a check-in, a conferral, a task and a hearing that are all past on 10 Oct."""
    for line, given in (
        (
            [
                "checkin",
                "schedule",
                overdue,
                "--with",
                "staff",
                "--who",
                "lee",
                "--every",
                "1m",
                "--day",
                "5",
                "--mode",
                "in_person",
                "--chosen-by",
                "staff",
                "--starts",
                "2026-10-05",
            ],
            None,
        ),
        (["task", "add", "--case", overdue, "--due", "2026-10-06"], {"text": "x"}),
        (
            ["care", "add", overdue, "--role", "attorney", "--next-hearing", "2026-10-07"],
            {"name": "x"},
        ),
    ):
        made = district(*line, given=given)
        assert made.code == 0, (line, made.err)
    return overdue


@pytest.mark.parametrize(
    ("line", "given", "late", "count"),
    [
        ([], None, ["checkin", "conferral", "hearing", "task"], 4),
        # Contact that rests is no row at all; a clock of law and a promise go on.
        (["case", "pause", "REF"], None, ["hearing", "task"], 2),
        (
            ["case", "pause", "REF", "--until", "2026-10-09"],
            None,
            ["checkin", "hearing", "task"],
            3,
        ),
        (["case", "close", "REF", "--reason", "moved"], {}, ["hearing"], 1),
        # On the agenda, and in no mail.
        (
            ["contact", "set", "REF"],
            {"mode": "student_initiates"},
            ["conferral", "hearing", "task"],
            2,
        ),
        (
            ["vault", "hold", "add", "REF"],
            {"reason": "x"},
            ["checkin", "conferral", "hearing", "task"],
            2,
        ),
        # A hold on everything is no word about one case.
        (["vault", "hold", "add"], {"reason": "x"}, ["checkin", "conferral", "hearing", "task"], 4),
    ],
)
def test_the_mail_counts_what_is_late_less_what_practice_leaves_out(
    district: Run,
    behind: str,
    line: list[str],
    given: dict[str, Any] | None,
    late: list[str],
    count: int,
) -> None:
    if line:
        done = district(*(behind if word == "REF" else word for word in line), given=given)
        assert done.code == 0, done.err
    assert late_rows(district, "2026-10-10") == late
    assert counted(district, "2026-10-10") == count


def test_what_a_hold_left_out_is_counted_again_when_it_is_released(
    district: Run, behind: str
) -> None:
    made = district("vault", "hold", "add", behind, "--json", given={"reason": "x"})
    assert counted(district, "2026-10-10") == 2
    done = district("vault", "hold", "release", made.json["id"], given={"reason": "x"})
    assert done.code == 0, done.err
    assert counted(district, "2026-10-10") == 4
