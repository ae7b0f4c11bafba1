"""The servers of the tests: what they leave behind is nothing, and a standby has what it should."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from servers import Server, serving

pytestmark = pytest.mark.needs("postgres")

KILLED = """
import os, signal
from servers import serving
with serving() as server:
    server.standby().freeze()
    print(server.folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_new_database_is_empty_and_is_removed_while_somebody_is_in_it(server: Server) -> None:
    url = server.database()
    server.run("CREATE TABLE marbles (color text)", url=url)
    assert server.run("SELECT * FROM marbles", url=url) == []
    psql = ["psql", "-X", "-c", "SELECT pg_sleep(60)", url]
    with subprocess.Popen(psql, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as inside:
        while not server.run("SELECT 1 FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'"):
            assert inside.poll() is None
            time.sleep(0.01)
        server.drop(url)
    assert (url.rpartition("/")[2],) not in server.run("SELECT datname FROM pg_database")


def test_a_server_is_no_process_of_roots_and_its_data_are_its_own(server: Server) -> None:
    owner = (server.data / "PG_VERSION").stat().st_uid
    assert owner != 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_what_is_acknowledged_is_on_a_synchronous_standby_when_the_primary_is_killed() -> None:
    with serving(is_durable=True) as primary:
        assert primary.run("SHOW fsync") == [("on",)]
        standby = primary.standby()
        primary.run("CREATE TABLE marbles (color text)")
        primary.run("INSERT INTO marbles VALUES (%s)", "green")
        primary.kill()
        standby.promote()
        standby.run("INSERT INTO marbles VALUES (%s)", "blue")
        assert standby.run("SELECT * FROM marbles") == [("green",), ("blue",)]
        folder = primary.folder
    assert not folder.exists()


def test_a_server_ends_with_the_process_that_began_it_however_that_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    folder = Path(done.stdout.strip())
    assert folder.name.startswith("rpg-")
    until = time.monotonic() + 30
    while folder.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
