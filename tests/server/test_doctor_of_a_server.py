"""What ``doctor`` says of a vault in a database."""

from typing import Any

import pytest

from conftest import Run
from reintegrate_cli.kept import session
from reintegrate_cli.server.standing import notices
from reintegrate_cli.server.wire import Standing
from servers import Server

HOST = Standing(
    host="db.alder.example",
    port="5432",
    version=150018,
    is_encrypted=True,
    is_standby=False,
    followers=2,
    synchronous=1,
    behind=0.2,
)


@pytest.fixture
def vault_named(database: str) -> str:
    return database


def _checks(run: Run) -> dict[str, Any]:
    looked = run("doctor", "--json")
    assert looked.out, looked.err
    return {row["check"]: row for row in looked.json["items"]}


def test_doctor_says_where_it_is_and_what_the_login_may_do(
    district: Run, case: str, postgres: Server, database: str
) -> None:
    checks = _checks(district)
    assert checks["vault"]["state"] == "fine"
    assert checks["server"]["found"].startswith("PostgreSQL ")
    assert f"on this machine, port {postgres.port}" in checks["server"]["found"]
    assert checks["standby"]["state"] == "look"
    assert checks["connection"] == {
        "check": "connection",
        "state": "fine",
        "found": "stays on this machine",
        "remedy": None,
    }
    assert (
        "postgres has the seat specialist: reads and writes all of it" in checks["login"]["found"]
    )
    assert checks["login"]["state"] == "look"
    assert "superuser" in checks["login"]["found"]


def test_what_is_a_file_s_alone_is_not_looked_at(district: Run) -> None:
    checks = _checks(district)
    assert not checks.keys() & {"disk", "folder"}
    assert not any("vault's file" in row["found"] for row in checks.values())


@pytest.mark.parametrize(
    ("change", "check", "state", "found"),
    [
        ({}, "server", "fine", "PostgreSQL 15.18 on db.alder.example, port 5432"),
        ({}, "standby", "fine", "2 servers follow, at most 0 s behind; a commit waits for 1"),
        ({"followers": 1, "synchronous": 0}, "standby", "look", "1 server follows"),
        ({"behind": 300.0}, "standby", "look", "at most 300 s behind"),
        ({"is_standby": True, "behind": 4.0}, "server", "look", "takes no writes, 4 s behind"),
        ({}, "connection", "fine", "encrypted, and the server's certificate was checked"),
        ({"is_encrypted": False}, "connection", "wrong", "not encrypted"),
        ({"is_encrypted": False, "host": "127.0.0.1"}, "connection", "fine", "on this machine"),
    ],
)
def test_how_a_server_stands_is_said(
    district: Run,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    check: str,
    state: str,
    found: str,
) -> None:
    engine = session.current.engine
    transaction = engine.transaction()
    transaction.begin_use()
    transaction.query("SELECT 1")
    monkeypatch.setattr(type(transaction.wire), "standing", lambda _: HOST._replace(**change))
    (one,) = [notice for notice in notices(transaction) if notice.check == check]
    transaction.close()
    assert one.state == state
    assert found in one.found


def test_a_reader_is_told_their_seat(district: Run, postgres: Server, database: str) -> None:
    from reintegrate_cli.server.engine import ServerEngine

    if not postgres.run("SELECT 1 FROM pg_roles WHERE rolname = 'alder_reader'"):
        postgres.run("CREATE ROLE alder_reader LOGIN")
    postgres.run("GRANT reintegrate_member TO alder_reader")
    seat = "INSERT INTO reintegrate.member (login, seat) VALUES ('alder_reader', 'reader')"
    postgres.run(seat, url=database)
    url = ServerEngine(database).name_for("alder_reader")
    looked = district("--vault", url, "doctor", "--json")
    rows = {row["check"]: row for row in looked.json["items"]}
    assert rows["login"]["found"] == "alder_reader has the seat reader: reads all of it"
    assert rows["login"]["state"] == "fine"
