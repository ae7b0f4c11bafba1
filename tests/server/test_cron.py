"""Cron and a reviewer on a database: each with a login and a key that open nothing else."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from aiosmtpd.controller import Controller

from conftest import Run
from reintegrate_cli.core.errors import Busy
from reintegrate_cli.kept import session
from reintegrate_cli.server import transaction
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


# Somebody who has cron's login, and no key.


def stolen(database: str) -> Any:
    """Connect with cron's login."""
    return psycopg2.connect(ServerEngine(database).name_for("alder_cron"), options="")


SPOILING = {
    "a row of nonsense": (
        "SELECT reintegrate.mailed('\\x{n:032x}', '\\x{n:032x}', {n}, 1, 'x', sha256(header))"
        " FROM reintegrate.opening()"
    ),
    "a row with nothing in it": (
        "SELECT reintegrate.mailed('\\x{n:032x}', '\\x{n:032x}', {n}, -1, '', sha256(header))"
        " FROM reintegrate.opening()"
    ),
    "a row that is there, under another name": (
        "SELECT reintegrate.mailed('\\x{n:032x}', w.part, w.at, w.turn, w.body, sha256(header))"
        " FROM reintegrate.opening(), reintegrate.whole('{{66}}') w"
    ),
    "a row far ahead": (
        "SELECT reintegrate.mailed('\\x{n:032x}', '\\x{n:032x}', 9223372036854775807 - {n},"
        " 9223372036854775807, 'x', sha256(header)) FROM reintegrate.opening()"
    ),
    "what was looked at": "SELECT * FROM reintegrate.whole('{{66, 3, -1}}')",
    "a head": "SELECT reintegrate.heads_of('{{ledger}}', '{{1}}', '{{x}}')",
    "a row like a specialist's": (
        "SELECT reintegrate.rows_of('{{66}}', '{{x}}', '{{ledger}}', '{{x}}', '{{1}}', '{{x}}', 1)"
    ),
    "the writer's lock": "SELECT reintegrate.hold()",
}
"""All that it can be tried to write."""

EVERYDAY = (
    ["agenda"],
    ["case", "list"],
    ["history"],
    ["history", "--looked"],
    ["vault", "verify"],
    ["vault", "seat"],
    ["remind", "preview"],
    ["remind", "status"],
    ["staff", "list"],
    ["vault", "key", "rotate"],
)


def test_nothing_that_cron_s_login_writes_without_its_key_stops_anybody(
    crontab: str, district: Run, database: str, office: Controller, tmp_path: Path
) -> None:
    assert by_cron(crontab, tmp_path).returncode == 0
    for number, statement in enumerate(SPOILING.values(), 7):
        with contextlib.suppress(psycopg2.Error), stolen(database) as connection:
            connection.cursor().execute(statement.format(n=number))
    lines = [line for line in EVERYDAY if line != ["vault", "key", "rotate"]]
    assert {tuple(line): district(*line).code for line in lines} == dict.fromkeys(
        map(tuple, lines), 0
    )
    assert district("staff", "add", "hale", "--role", "school_counselor").code == 0
    again = by_cron(crontab, tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(office.handler.messages) == 1
    assert district("vault", "backup", str(tmp_path / "copies")).code == 0
    status = district("remind", "status", "--json")
    told = [row["what"] for row in status.json["wrong"]]
    assert any("notes in the ledger: written without cron's key" in one for one in told)
    assert [row["state"] for row in status.json["items"]] == ["intent", "handing", "sent"]
    assert district("remind", "setup", "--reminder-key", str(tmp_path / "cron key")).code == 0
    after = district("remind", "status", "--json")
    assert after.json["items"] == status.json["items"]
    assert not any("without cron's key" in row["what"] for row in after.json["wrong"])
    assert district("vault", "key", "rotate").code == 0
    assert district("remind", "status", "--json").json["items"] == status.json["items"]


def test_what_cron_s_login_keeps_open_keeps_nobody_from_writing(
    crontab: str, district: Run, database: str, tmp_path: Path
) -> None:
    connection = stolen(database)
    with connection.cursor() as cursor:
        for statement in ("a row of nonsense", "what was looked at"):
            cursor.execute(SPOILING[statement].format(n=7))
        cursor.execute("SELECT reintegrate.alone()")
        assert district("staff", "add", "hale", "--role", "school_counselor").code == 0
        assert district("vault", "backup", str(tmp_path / "copies")).code == 0
        # What is written anew takes new files: that waits for all who read, and says for whom.
        held = district("vault", "key", "rotate")
        assert held.code == 6
        assert "it is the login alder_cron" in held.err
    connection.close()
    assert district("vault", "key", "rotate").code == 0


def test_a_run_of_remind_that_does_not_end_is_told(
    crontab: str, district: Run, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = stolen(database)
    connection.cursor().execute("SELECT reintegrate.alone()")
    with pytest.raises(Busy, match="another run of remind is under way"):
        session.current.engine.remind_lock().acquire()
    monkeypatch.setattr(transaction, "TOO_LONG", 0)
    assert district("remind").code == 9
    connection.close()


# A ledger that lost a step.


LOSING = {
    "its last": "DELETE FROM reintegrate.record WHERE tab = 66 AND at = 3",
    "its first": "DELETE FROM reintegrate.record WHERE tab = 66 AND at = 1",
    "one that cannot be read": "UPDATE reintegrate.record SET body = 'x' WHERE tab = 66 AND at = 2",
    "all": "DELETE FROM reintegrate.record WHERE tab = 66",
}


@pytest.mark.parametrize("lost", LOSING)
def test_a_ledger_that_lost_a_step_stops_the_mail_alone_and_begins_anew(
    crontab: str,
    district: Run,
    postgres: Server,
    database: str,
    office: Controller,
    tmp_path: Path,
    lost: str,
) -> None:
    assert by_cron(crontab, tmp_path).returncode == 0
    assert district("staff", "add", "hale", "--role", "school_counselor").code == 0
    postgres.run(LOSING[lost], url=database)
    assert by_cron(crontab, tmp_path).returncode == 7
    for line in (
        ["agenda"],
        ["case", "list"],
        ["history"],
        ["remind", "preview"],
        ["vault", "seat"],
    ):
        assert district(*line).code == 0
    assert district("staff", "add", "reyes", "--role", "registrar").code == 0
    stopped = district("remind", "status")
    assert stopped.code == 7
    assert "a part of what cron noted of its mails is missing" in stopped.err
    doctor = district("doctor", "--json")
    found = {row["check"]: row for row in doctor.json["items"]}
    assert found["mail"]["state"] == "wrong"
    assert "starts a new ledger" in found["mail"]["remedy"]
    assert "index" in found, "what comes after it is looked at, too"
    anew = district("remind", "setup", "--reminder-key", str(tmp_path / "cron key"))
    assert anew.code == 0
    assert "a mail may have gone today, so none goes" in anew.err
    assert len(office.handler.messages) == 1
    again = by_cron(crontab, tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(office.handler.messages) == 1, "no second one, and not without saying so"
    status = district("remind", "status", "--json")
    (step,) = status.json["items"]
    assert (step["state"], step["cause"]) == ("unknown", "ledger_lost")
    assert any("nobody knows whether the mail" in row["what"] for row in status.json["wrong"])
    entries = district("history", "--json").json["items"]
    (entry,) = (one for one in entries[-2:] if one["command"] == "remind setup")
    assert "ledger" in entry["refs"]
    for line in (["vault", "verify"], ["vault", "key", "rotate"], ["vault", "verify"]):
        assert district(*line).code == 0
    assert district("remind", "status", "--json").json["items"] == [step]


def test_what_this_machine_saw_of_the_ledger_is_not_taken_back(
    crontab: str, district: Run, postgres: Server, database: str, tmp_path: Path
) -> None:
    # Nobody with a full key wrote since, so that the vault itself does not say how far it was.
    assert by_cron(crontab, tmp_path).returncode == 0
    assert district("remind", "status").code == 0
    postgres.run(LOSING["its last"], url=database)
    assert district("agenda").code == 0
    assert district("remind", "status").code == 7
