"""Making a vault in a database: who may, what an administrator runs, and later formats."""

import subprocess
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.core.errors import Settings
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
    assert made(run, monkeypatch, url, tmp_path, "key") == 0
    assert run("staff", "list").code == 0
    wire = Wire(url)
    wire.begin(write=True)
    with pytest.raises(Exception, match="right"):
        wire.query("SELECT * FROM reintegrate.record")
    wire.close()


def test_tables_of_an_older_format_are_brought_up_with_nobody_in_the_way(
    run: Run, monkeypatch: pytest.MonkeyPatch, postgres: Server, database: str, tmp_path: Path
) -> None:
    assert made(run, monkeypatch, database, tmp_path, "key") == 0
    older, idle = Transaction(database), Wire(database)
    older.begin_use()
    older.query("SELECT 1")
    idle.begin(write=False)
    idle.commit("")  # as a pool's is, once the program that had it is gone
    step = tmp_path / "0002.sql"
    step.write_text(
        "SET LOCAL ROLE reintegrate_owner;"
        "CREATE OR REPLACE FUNCTION reintegrate.format() RETURNS int"
        " LANGUAGE sql IMMUTABLE AS $$ SELECT 2 $$; RESET ROLE;"
    )
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, str(step)))
    with pytest.raises(Settings, match="older version of reintegrate is connected"):
        founding.check_place(database)
    older.give_up()
    with pytest.raises(Settings, match="there is a vault in this database already"):
        founding.check_place(database)
    assert postgres.run("SELECT reintegrate.format()", url=database) == [(2,)]
    monkeypatch.setattr(schema, "STEPS", schema.STEPS[:-1])
    with pytest.raises(Settings, match="newer version of reintegrate"):
        founding.check_place(database)
    with pytest.raises(Settings, match="newer version of reintegrate"):
        older.hold()  # whoever began with the older tables goes on no further
    older.close()
    idle.close()
