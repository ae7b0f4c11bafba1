"""A server that was put back, or another one in its place, is noticed by what a machine saw."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import programs
from conftest import Run
from reintegrate_cli.kept import session
from reintegrate_cli.server.trouble import unconfirmed
from reintegrate_cli.server.wire import Wire
from servers import Server, serving

OLDER = "the vault on the server is older than was last seen here; nothing was read or written"


@pytest.fixture
def shelf() -> str:
    """What the vault of these tests lies on."""
    return "server"


def anchor_in(tmp_path: Path) -> Path:
    """Give the file in which this machine remembers the vault."""
    (file,) = (tmp_path / "xdg_state_home").rglob("anchors/at-*")
    return file


def note(run: Run, text: str = "call the agency") -> int:
    """Write something."""
    return run("task", "add", "--due", "2026-10-09", given={"text": text}).code


@contextmanager
def another_machine(patch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Work on a machine that never saw the vault."""
    with patch.context() as other:
        other.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
        yield


def put_back(server: Server, url: str, copy: str) -> None:
    """Put a database back to what it was when it was copied."""
    name = url.rpartition("/")[2]
    server.drop(url)
    server.run(f"CREATE DATABASE {name} TEMPLATE {copy}")


@pytest.fixture
def yesterday(postgres: Server, database: str, district: Run) -> Iterator[str]:
    """A copy of the database, after which something was written."""
    assert note(district) == 0
    name = database.rpartition("/")[2]
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    postgres.run(ended, name)
    url = postgres.database(template=name)
    assert note(district, "after the copy") == 0
    yield url.rpartition("/")[2]
    postgres.drop(url)


def test_what_was_seen_is_remembered_and_says_nothing_of_anybody(
    database: str, district: Run, tmp_path: Path
) -> None:
    note(district)
    file = anchor_in(tmp_path)
    before = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"okafor" not in before
    assert database.encode() not in before
    assert district("agenda").code == 0
    assert file.read_bytes() == before
    note(district)
    assert file.read_bytes() != before


@pytest.mark.parametrize(
    ("line", "code"),
    [(["agenda", "--json"], 7), (["case", "list"], 7), (["history"], 7), (["doctor", "--json"], 9)],
)
def test_a_database_put_back_to_yesterday_is_noticed(
    postgres: Server,
    database: str,
    yesterday: str,
    district: Run,
    tmp_path: Path,
    line: list[str],
    code: int,
) -> None:
    put_back(postgres, database, yesterday)
    ended = district(*line)
    assert ended.code == code
    assert OLDER in ended.out + ended.err
    assert str(anchor_in(tmp_path)) in ended.out + ended.err
    assert note(district) == 7


def test_a_person_who_put_it_back_on_purpose_goes_on(
    postgres: Server, database: str, yesterday: str, district: Run, tmp_path: Path
) -> None:
    put_back(postgres, database, yesterday)
    anchor_in(tmp_path).unlink()
    assert district("agenda").code == 0
    assert note(district) == 0


@pytest.mark.parametrize("more", [0, 1, 4])
def test_another_future_is_noticed_however_long_it_is(
    postgres: Server,
    database: str,
    yesterday: str,
    district: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: int,
) -> None:
    put_back(postgres, database, yesterday)
    with another_machine(monkeypatch, tmp_path):
        for each in range(1 + more):
            slug = f"another{each}"
            assert district("staff", "add", slug, "--role", "school_counselor").code == 0
    assert district("agenda").code == 7
    assert note(district) == 7


def test_another_future_under_other_keys_is_noticed(
    postgres: Server,
    database: str,
    yesterday: str,
    district: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert note(district, "seen here, and in no other future") == 0
    put_back(postgres, database, yesterday)
    with another_machine(monkeypatch, tmp_path):
        assert district("vault", "key", "rotate").code == 0
        for each in range(3):
            assert note(district, f"another future {each}") == 0
    assert district("agenda").code == 7


def test_what_others_write_and_new_keys_are_no_other_future(
    database: str, district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(district)
    with another_machine(monkeypatch, tmp_path):
        for each in range(3):
            assert note(district, f"by somebody else {each}") == 0
    assert district("agenda").code == 0
    with another_machine(monkeypatch, tmp_path):
        assert district("vault", "key", "rotate").code == 0
        assert note(district) == 0
        assert district("vault", "key", "rotate").code == 0
    assert district("agenda").code == 0
    assert note(district) == 0


def test_a_machine_without_a_home_remembers_nothing(
    postgres: Server, database: str, yesterday: str, district: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back(postgres, database, yesterday)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(Path, "home", classmethod(lambda _: (_ for _ in ()).throw(RuntimeError())))
    assert district("agenda").code == 0


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_commit_that_is_not_known_leaves_the_anchor_behind_and_never_ahead(
    database: str, district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_saved: bool
) -> None:
    note(district)
    before = anchor_in(tmp_path).read_bytes()
    commit = Wire.commit

    def lost(wire: Wire, entry: str) -> None:
        if not entry:
            return commit(wire, entry)
        if is_saved:
            commit(wire, entry)
        else:
            wire.rollback()
        raise unconfirmed("the connection to the database was lost", entry)

    with monkeypatch.context() as patch:
        patch.setattr(Wire, "commit", lost)
        assert note(district, "perhaps") == 6
    assert anchor_in(tmp_path).read_bytes() == before
    tasks = district("task", "list", "--json")
    assert tasks.code == 0
    assert len(tasks.json["items"]) == 1 + is_saved
    assert (anchor_in(tmp_path).read_bytes() != before) == is_saved
    assert note(district) == 0


def test_who_reads_what_was_there_a_moment_ago_is_told_of_no_damage(
    database: str, district: Run
) -> None:
    session.begin(None, "2026-10-01")
    with session.reading() as store:
        assert note(district) == 0
        assert store.shelf.count("tasks") == 0


def test_a_server_that_takes_what_is_written_and_keeps_nothing_of_it_is_noticed(
    postgres: Server, database: str, district: Run
) -> None:
    postgres.run(
        """DO $$ DECLARE f record; BEGIN
            FOR f IN SELECT oid::regprocedure::text AS name FROM pg_proc
                WHERE pronamespace = 'reintegrate'::regnamespace
                AND proname IN ('rows_of', 'gone', 'heads_of', 'turned') LOOP
                EXECUTE 'DROP FUNCTION ' || f.name;
                EXECUTE format('CREATE FUNCTION %s RETURNS void LANGUAGE sql AS %L',
                    f.name, 'SELECT');
            END LOOP;
        END $$""",
        url=database,
    )
    assert note(district) == 0
    assert district("agenda").code == 7
    assert note(district) == 7


def test_an_anchor_that_is_something_else_is_named(
    database: str, district: Run, tmp_path: Path
) -> None:
    file = anchor_in(tmp_path)
    for content in (b"", b"{", b"[]", b'{"turn": "x"}', b"x" * 9000):
        file.write_bytes(content)
        ended = district("agenda")
        assert ended.code == 9
        assert str(file) in ended.err


# Whole clusters.


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A cluster of this test's own."""
    with serving() as server:
        yield server


@pytest.fixture
def vault_named(request: pytest.FixtureRequest) -> str:
    """The vault, in a cluster of the test's own if it has one."""
    if "cluster" in request.fixturenames:
        server: Server = request.getfixturevalue("cluster")
        if "standby" in request.fixturenames:
            other: Server = request.getfixturevalue("standby")
            return server.joint_url([server, other])
        return server.url()
    return str(request.getfixturevalue("database"))


@pytest.fixture
def standby(cluster: Server) -> Server:
    """A server that follows the cluster's."""
    return cluster.standby()


@pytest.mark.needs("postgres")
def test_a_folder_of_data_put_back_is_noticed(cluster: Server, district: Run) -> None:
    note(district)
    cluster.stop()
    copy = cluster.folder / "copy"
    subprocess.run(["cp", "-a", str(cluster.data), str(copy)], check=True)
    cluster.start()
    note(district)
    cluster.stop()
    shutil.rmtree(cluster.data)
    copy.rename(cluster.data)
    cluster.start()
    ended = district("agenda")
    assert (ended.code, OLDER in ended.err) == (7, True)


@pytest.mark.needs("postgres")
def test_a_dump_loaded_into_another_cluster_is_noticed(
    cluster: Server, district: Run, tmp_path: Path
) -> None:
    note(district)
    dump = subprocess.run(
        [str(programs.path_of("pg_dumpall")), "-d", cluster.url()], capture_output=True, check=True
    ).stdout
    cluster.stop()
    other = Server(cluster.folder, "other")
    other.port = cluster.port
    other.make(is_durable=False, settings={})
    other.start()
    try:
        subprocess.run(
            [str(programs.path_of("psql")), "-q", "-d", other.url()],
            input=dump,
            capture_output=True,
            check=True,
        )
        ended = district("agenda")
        assert ended.code == 7
        assert "the vault is on another server than was last seen here" in ended.err
        anchor_in(tmp_path).unlink()
        assert district("agenda").code == 0
        assert note(district) == 0
    finally:
        other.end()


@pytest.mark.needs("postgres")
def test_a_promoted_standby_goes_on_and_the_old_primary_does_not(
    cluster: Server, standby: Server, district: Run, tmp_path: Path
) -> None:
    note(district)
    before = anchor_in(tmp_path).read_bytes()
    cluster.kill()
    standby.promote()
    assert district("agenda").code == 0
    assert anchor_in(tmp_path).read_bytes() != before
    assert note(district) == 0
    standby.stop()
    cluster.start()
    cluster.set(synchronous_standby_names="")
    ended = district("agenda")
    assert ended.code == 7
    assert "an old copy of the server came back; another took its place since" in ended.err
    assert note(district) == 7
    assert os.path.lexists(anchor_in(tmp_path))
