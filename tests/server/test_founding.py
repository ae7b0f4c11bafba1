"""Making a vault in a database: who may, what an administrator runs, and later formats."""

import subprocess
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest

from conftest import Run
from reintegrate_cli.core.errors import Locked, Settings
from reintegrate_cli.kept import session
from reintegrate_cli.mail.ledger import LedgerEntry
from reintegrate_cli.server import founding, schema
from reintegrate_cli.server.transaction import Transaction
from reintegrate_cli.server.wire import Wire
from servers import Server

INIT = ("init", "--user", "okafor", "--no-keyring", "--no-input", "--key-file")


@pytest.fixture
def login(postgres: Server) -> str:
    """A role that may log in, and nothing more."""
    postgres.run("DROP ROLE IF EXISTS plain_one")
    postgres.run("CREATE ROLE plain_one LOGIN")
    return "plain_one"


def of(database: str, login: str) -> str:
    return database.replace("postgres@", f"{login}@")


def made(run: Run, monkeypatch: pytest.MonkeyPatch, url: str, tmp_path: Path, name: str) -> int:
    monkeypatch.setenv("REINTEGRATE_VAULT", url)
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / name))
    return run(*INIT, str(tmp_path / name)).code


def test_an_administrator_makes_it_and_a_second_one_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str, tmp_path: Path
) -> None:
    assert made(run, monkeypatch, database, tmp_path, "key") == 0
    again = run(*INIT, str(tmp_path / "other"), "--json")
    assert again.code == 9
    assert again.error["message"] == "there is a vault in this database already"
    assert not (tmp_path / "other").exists()
    assert run("staff", "list").code == 0


def test_alone_it_says_what_is_wrong_with_a_named_vault_and_never_how_to_make_one(
    run: Run, postgres: Server, login: str, database: str, tmp_path: Path
) -> None:
    postgres.run(schema.statements(0), url=database)
    nowhere = f"postgresql://{login}@{quote(str(tmp_path), safe='')}/none"
    for url, told in {
        nowhere: "cannot be reached",
        f"{database}-none": "no database of that name",
        of(database, login): "the seat of this login",
        "mysql://host/base": "a PostgreSQL database",
    }.items():
        ended = run("--vault", url)
        assert ended.code in (3, 9), url
        assert told in ended.err
        assert not ended.out


def test_who_may_not_is_told_what_an_administrator_runs_and_it_works_to_the_letter(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    postgres: Server,
    database: str,
    login: str,
    tmp_path: Path,
) -> None:
    url = of(database, login)
    monkeypatch.setenv("REINTEGRATE_VAULT", url)
    refused = run(*INIT, str(tmp_path / "key"), "--json")
    assert refused.code == 9
    assert not (tmp_path / "key").exists()
    command = refused.error["hint"].removeprefix("they run: ")
    environment = {
        "PATH": "/usr/bin:/bin",
        "PGHOST": str(postgres.folder),
        "PGPORT": str(postgres.port),
        "PGUSER": "postgres",
    }
    subprocess.run(["sh", "-c", command], check=True, env=environment, capture_output=True)
    assert made(run, monkeypatch, url, tmp_path, "key") == 0
    assert run("staff", "list").code == 0
    owners = postgres.run(
        "SELECT count(*) FROM pg_auth_members WHERE roleid = 'reintegrate_owner'::regrole"
        " AND member = 'plain_one'::regrole"
    )
    assert owners == [(0,)]


def test_who_may_make_roles_makes_it_and_is_no_owner_afterwards(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    postgres: Server,
    database: str,
    login: str,
    tmp_path: Path,
) -> None:
    postgres.run(f"ALTER ROLE {login} CREATEROLE")
    postgres.run(f"GRANT CREATE ON DATABASE {database.rpartition('/')[2]} TO {login}")
    url = of(database, login)
    ((version,),) = postgres.run("SELECT current_setting('server_version_num')::int")
    there = postgres.run("SELECT 1 FROM pg_roles WHERE rolname = 'reintegrate_owner'")
    if version >= 160000 and there:  # somebody else made them, for another database
        assert made(run, monkeypatch, url, tmp_path, "key") == 9
        for role in ("reintegrate_owner", "reintegrate_member"):
            postgres.run(f"GRANT {role} TO {login} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    assert made(run, monkeypatch, url, tmp_path, "key") == 0
    assert run("staff", "list").code == 0
    wire = Wire(url)
    wire.begin(write=True)
    with pytest.raises(Locked, match="the seat of this login"):
        wire.query("SELECT * FROM reintegrate.record")
    wire.close()


def test_tables_of_an_older_format_are_brought_up_with_nobody_in_the_way(
    run: Run, monkeypatch: pytest.MonkeyPatch, postgres: Server, database: str, tmp_path: Path
) -> None:
    assert made(run, monkeypatch, database, tmp_path, "key") == 0
    latest = schema.latest()
    older, idle = Transaction(database), Wire(database)
    older.begin_use()
    older.query("SELECT 1")
    idle.begin(write=False)
    idle.commit("")  # as a pool's is, once the program that had it is gone
    step = tmp_path / "later.sql"
    step.write_text(
        "SET LOCAL ROLE reintegrate_owner;"
        "CREATE OR REPLACE FUNCTION reintegrate.format() RETURNS int"
        f" LANGUAGE sql IMMUTABLE AS $$ SELECT {latest + 1} $$; RESET ROLE;"
    )
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, str(step)))
    with pytest.raises(Settings, match="older version of reintegrate is connected"):
        founding.renewed(database)
    older.give_up()
    assert founding.renewed(database)
    assert not founding.renewed(database)
    assert postgres.run("SELECT reintegrate.format()", url=database) == [(latest + 1,)]
    monkeypatch.setattr(schema, "STEPS", schema.STEPS[:-1])
    with pytest.raises(Settings, match="newer version of reintegrate"):
        founding.renewed(database)
    with pytest.raises(Settings, match="newer version of reintegrate"):
        older.hold()  # whoever began with the older tables goes on no further
    older.close()
    idle.close()


def step_by_step(postgres: Server, former: str) -> str:
    """Make the tables of format 1, and put into them what a vault of today holds; return where."""
    url = postgres.database()
    wire = Wire(url)
    wire.begin(write=True)
    wire.query(schema.files_from(0)[0].read_text("utf-8"))
    wire.commit("")
    wire.close()
    for table, columns in {
        "vault": "schema, header, turn, head",
        "head": "scope, turn, body",
        "record": "tab, key, scope, part, at, turn, body",
    }.items():
        marks = ", ".join(["%s"] * len(columns.split(",")))
        for row in postgres.run(f"SELECT {columns} FROM reintegrate.{table}", url=former):  # noqa: S608
            more = ", ''" if table == "head" else ""
            into = f"{columns}, proof" if more else columns
            said = f"INSERT INTO reintegrate.{table} ({into}) VALUES ({marks}{more})"  # noqa: S608
            postgres.run(said, *row, url=url)
    postgres.run("INSERT INTO reintegrate.head VALUES ('ledger', 1, 'x', '')", url=url)
    postgres.run("INSERT INTO reintegrate.seen (tabs, parts) VALUES ('{3, NULL}', '{}')", url=url)
    return url


@pytest.mark.parametrize("shelf", ["server"], indirect=True)
def test_a_database_of_the_first_format_is_brought_up_and_goes_on(
    district: Run,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    postgres: Server,
    database: str,
    tmp_path: Path,
) -> None:
    step = LedgerEntry(
        day=date(2026, 10, 1), state="sent", at="2026-10-01T06:00:00+00:00", attempt=1, count=2
    )
    with session.reading() as store:
        store.append_ledger(step)
    url = step_by_step(postgres, database)
    monkeypatch.setenv("REINTEGRATE_VAULT", url)
    for line in (["case", "list"], []):  # alone, nobody is told to make a vault
        older = district(*line)
        assert older.code == 9
        assert "reintegrate init brings them up to date" in older.err
    session.begin(None, None)
    # An administrator renews it who has no seat, and so could not tell whether there is a vault.
    postgres.run("DELETE FROM reintegrate.member WHERE login = 'postgres'", url=url)
    renewed = district(*INIT, str(tmp_path / "key"), "--json")
    assert (renewed.code, renewed.json) == (0, {"renewed": True})
    postgres.run("INSERT INTO reintegrate.member VALUES ('postgres', 'specialist')", url=url)
    assert district(*INIT, str(tmp_path / "key")).code == 9  # there is a vault, and it stays
    assert postgres.run("SELECT reintegrate.format()", url=url) == [(schema.latest(),)]
    assert [row["ref"] for row in district("case", "list", "--json").json["items"]] == [case]
    assert [row["state"] for row in district("remind", "status", "--json").json["items"]] == [
        "sent"
    ]
    assert district("vault", "verify").code == 0
    words = {"text": "call"}
    assert district("task", "add", "--due", "2026-10-09", "--case", case, given=words).code == 0
    assert district("vault", "key", "rotate").code == 0
    assert district("vault", "backup", str(tmp_path / "copies")).code == 0
    assert district("history", "--looked").code == 0
    postgres.drop(url)
