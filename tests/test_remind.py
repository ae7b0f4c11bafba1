"""``remind`` from the command line, against a real SMTP server."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from conftest import Run


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
    made = district("checkin", "schedule", case, "--with", "student", "--every", "1m", "--day", "30",
                    "--mode", "in_person", "--chosen-by", "student", "--chosen-on", "2026-09-01",
                    "--starts", "2026-09-30")  # fmt: skip
    assert made.code == 0, made.err
    return case


@pytest.fixture
def cron(
    district: Run, overdue: str, server: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Mail set up, and the reminder key alone at hand."""
    port = server.port
    made = district("remind", "setup", "--reminder-key", str(tmp_path / "cron-key"), "--host",
                    "127.0.0.1", "--port", str(port), "--insecure-loopback", "--from-address",
                    "office@alder.example", "--to", "okafor@alder.example")  # fmt: skip
    assert made.code == 0, made.err
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron-key"))
    return district


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
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "REINTEGRATE_TODAY": "2026-09-30"},
    )  # fmt: skip
    assert done.stdout.strip() == "0 []"


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ([], ["host", "from_address", "to"]),
        (["--host", "h"], ["from_address", "to"]),
        (["--host", "h:25", "--from-address", "a@b.example", "--to", "a@b.example"], ["host"]),
        (["--host", "h", "--from-address", "a@b.example", "--to", "x"], ["to"]),
        (["--host", "h", "--from-address", "a@b.example", "--to", "a@b.example", "--port", "0"], ["port"]),
        (["--host", "h", "--from-address", "a@b.example", "--to", "a@b.example", "--port", "smtp"], ["port"]),
        (["--host", "h", "--from-address", "a@b.example", "--to", "a@b.example", "--tls", "--starttls"], []),
    ],
)  # fmt: skip
def test_what_mail_cannot_be_set_up_with_is_named(
    district: Run, line: list[str], fields: list[str]
) -> None:
    refused = district("remind", "setup", *line, "--json")
    assert (refused.code, refused.error["fields"]) == (2, fields)


def test_mail_is_set_up_from_one_object_as_every_other_record_is(
    district: Run, tmp_path: Path
) -> None:
    ready = district("remind", "setup", "--starttls", "--json", given={
        "host": "mail.alder.example", "from_address": "a@b.example", "to": "a@b.example",
        "reminder_key": str(tmp_path / "cron")})  # fmt: skip
    assert ready.json == {"ready": True, "port": 587, "security": "starttls"}
    assert (tmp_path / "cron").stat().st_mode & 0o777 == 0o600
    assert '"host"' in district("schema", "remind", "setup").out


def test_preview_shows_the_mail_and_sends_nothing(cron: Run, server: Controller) -> None:
    shown = cron("remind", "preview", today="2026-10-01")
    assert "Subject: Office reminder" in shown.out
    assert server.handler.messages == []


def test_the_crontab_line_runs_with_nothing_from_the_environment(
    district: Run, overdue: str, server: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REINTEGRATE_TODAY")  # cron has the real day; what was due stays due
    monkeypatch.setattr(sys, "argv", [str(Path(sys.executable).with_name("reintegrate"))])
    monkeypatch.setenv("PATH", "/nowhere")
    made = district("remind", "setup", "--reminder-key", str(tmp_path / "cron key 100%"), "--host",
                    "127.0.0.1", "--port", str(server.port), "--insecure-loopback", "--from-address",
                    "office@alder.example", "--to", "okafor@alder.example")  # fmt: skip
    assert made.code == 0, made.err
    line = next(one for one in made.err.splitlines() if one.startswith("0 7-17"))
    command = line.split(" ", 5)[5].replace("\\%", "%")  # as cron hands it to the shell
    for _ in range(2):
        done = subprocess.run(["/usr/bin/env", "-i", f"HOME={tmp_path}", "/bin/sh", "-c", command],
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(server.handler.messages) == 1


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
    from reintegrate_cli import timers

    examples = Path(__file__).parent.parent / "examples"
    assert (examples / "office-reminder.timer").read_text() == timers.TIMER
    unit = timers.service_unit(
        program="/usr/local/bin/reintegrate",
        vault="/home/okafor/.local/share/reintegrate/caseload.vault",
        user="okafor",
        reminder_key="/etc/credstore.encrypted/reminder-key",
        mail_password="/etc/credstore.encrypted/mail-password",
    )
    assert (examples / "office-reminder.service").read_text() == unit
    crontab = timers.crontab_line(
        program="/home/okafor/.local/bin/reintegrate",
        vault="/home/okafor/.local/share/reintegrate/caseload.vault",
        key_file="/home/okafor/reminder.key",
    )
    assert (examples / "crontab").read_text().endswith(crontab)


def test_a_clock_that_repeats_an_hour_stays_on_its_day(
    cron: Run, server: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from reintegrate_cli import session

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
