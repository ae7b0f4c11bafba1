"""Cron and a reviewer on a database: each with a login and a key that open nothing else."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from conftest import Run
from reintegrate_cli.kept import session
from reintegrate_cli.server.engine import ServerEngine
from servers import Server
from test_remind import Mailbox, by_cron, free_port, line_of

FOUND = "SELECT count(*) FROM reintegrate.record WHERE scope = 'ledger'"


@pytest.fixture
def shelf(request: pytest.FixtureRequest) -> str:
    """What the vault of these tests lies on: a server, with a pool before it or none."""
    return str(getattr(request, "param", "server"))


@pytest.fixture
def office() -> Iterator[Controller]:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def _seated(postgres: Server, database: str, login: str, seat: str) -> str:
    """Make a login with a seat; return the URL with which it finds the vault."""
    if not postgres.run("SELECT 1 FROM pg_roles WHERE rolname = %s", login):
        postgres.run(f"CREATE ROLE {login} LOGIN")
    postgres.run(f"GRANT reintegrate_member TO {login}")
    seats = "INSERT INTO reintegrate.member (login, seat) VALUES (%s, %s)"
    postgres.run(seats, login, seat, url=database)
    return ServerEngine(database).name_for(login)


@pytest.fixture
def crontab(
    district: Run,
    case: str,
    office: Controller,
    postgres: Server,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The line that ``remind setup`` prints, for a login that may do no more than cron must."""
    _seated(postgres, database, "alder_cron", "cron")
    words = {"text": "call"}
    assert district("task", "add", "--due", "2026-10-01", "--case", case, given=words).code == 0
    monkeypatch.delenv("REINTEGRATE_TODAY")
    monkeypatch.setattr(sys, "argv", [str(Path(sys.executable).with_name("reintegrate"))])
    monkeypatch.setenv("PATH", "/nowhere")
    made = district(
        *("remind", "setup", "--reminder-key", str(tmp_path / "cron key"), "--login", "alder_cron"),
        *("--host", "127.0.0.1", "--port", str(office.port), "--insecure-loopback"),
        *("--from-address", "office@alder.example", "--to", "okafor@alder.example"),
    )
    assert made.code == 0, made.err
    return line_of(made.err)


@pytest.mark.parametrize("shelf", ["server", "pool"], indirect=True)
def test_cron_mails_once_a_day_with_its_own_login_and_nothing_from_the_environment(
    crontab: str, office: Controller, postgres: Server, database: str, tmp_path: Path
) -> None:
    script = Path(crontab.split(" ", 5)[5]).read_text()
    assert "alder_cron@" in script
    assert "postgres@" not in script
    for _ in range(2):
        done = by_cron(crontab, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(office.handler.messages) == 1
    assert postgres.run(FOUND, url=database)[0][0] >= 2
    logins = "SELECT DISTINCT login FROM reintegrate.seen WHERE tabs && ARRAY[64, 65]::smallint[]"
    assert ("alder_cron",) in postgres.run(logins, url=database)


def test_what_cron_noted_is_read_and_the_vault_is_whole(
    crontab: str, district: Run, tmp_path: Path
) -> None:
    assert by_cron(crontab, tmp_path).returncode == 0
    status = district("remind", "status", "--json")
    assert [row["state"] for row in status.json["items"]][-1] == "sent"
    assert district("vault", "verify").code == 0
    assert district("staff", "add", "hale", "--role", "school_counselor").code == 0
    assert district("vault", "verify").code == 0


def test_one_run_at_a_time(crontab: str, district: Run, office: Controller, tmp_path: Path) -> None:
    with session.current.engine.remind_lock():
        done = by_cron(crontab, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert office.handler.messages == []
    assert by_cron(crontab, tmp_path).returncode == 0
    assert len(office.handler.messages) == 1


def test_cron_reads_no_record_and_writes_none(
    crontab: str, district: Run, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron key"))
    monkeypatch.setenv("REINTEGRATE_VAULT", ServerEngine(database).name_for("alder_cron"))
    assert district("remind", "preview").code == 0
    for line in (["case", "list"], ["history"], ["staff", "add", "x", "--role", "other"]):
        assert district(*line).code == 3
    narrow = district("vault", "verify")
    assert narrow.code == 0, narrow.err
    # A full key does not help a login that may do less.
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
    for line in (["case", "list"], ["staff", "add", "x", "--role", "other"]):
        assert district(*line).code in (3, 7)


def test_a_reviewer_reads_the_history_alone(
    district: Run,
    case: str,
    postgres: Server,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = tmp_path / "words"
    words.write_text("seven quiet herons walk past\n")
    words.chmod(0o600)
    made = district(
        *("vault", "key", "add", "--for", "lee", "--reviewer"), *("--passphrase-file", str(words))
    )
    assert made.code == 0, made.err
    url = _seated(postgres, database, "counsel", "auditor")
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(words))
    monkeypatch.setenv("REINTEGRATE_VAULT", url)
    looked = district("history", "--json")
    assert looked.code == 0, looked.err
    assert [row["command"] for row in looked.json["items"]][:2] == ["init", "staff add"]
    assert district("case", "list").code == 3


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (
            "postgresql://okafor@db.example/a?sslmode=verify-full",
            "c@db.example/a?sslmode=verify-full",
        ),
        ("postgresql:///a?host=/run/x&user=okafor", "c@/a?host=%2Frun%2Fx"),
        ("postgresql://h:5432,i:5433/a", "c@h:5432,i:5433/a"),
        ("postgresql://okafor@%2Ftmp%2Fx:5432/a", "c@%2Ftmp%2Fx:5432/a"),
    ],
)
def test_cron_s_login_takes_the_place_of_the_one_that_is_there(url: str, wanted: str) -> None:
    assert ServerEngine(url).name_for("c") == f"postgresql://{wanted}"


def test_a_file_has_no_logins(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    monkeypatch.setenv(
        "REINTEGRATE_VAULT", district("vault", "backup", str(copies), "--json").json["file"]
    )
    made = district("remind", "setup", "--reminder-key", str(tmp_path / "k"), "--login", "c")
    assert made.code == 2
    assert "a vault in a file has no logins" in made.err
    assert not (tmp_path / "k").exists()
