"""A real PostgreSQL for tests: clusters in a temporary folder, reached by a socket in it.

``serving`` makes a folder and a server in it; the fixtures ``server`` and ``database`` of
conftest.py are what most tests take. A server never runs as root, and outlives nobody: run as a
script, this file is the keeper that waits for the end of the process that began it, however that
ends, and then stops what runs in the folder and removes it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import programs

PATIENCE = 60.0
"""Seconds after which a server that does not do what it was told fails the test."""

_QUICK = {"fsync": "off", "full_page_writes": "off"}
_TEXT = ("-E", "UTF8", "--locale=C.UTF-8")
_SETTINGS = {
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",  # in the folder, and removed with it
    "jit": "off",
    "lc_messages": "C",
    "listen_addresses": "",
    "log_timezone": "UTC",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "timezone": "UTC",
    "wal_level": "replica",
}


class Server:
    """A cluster and its server.

    Args:
        folder: where its data, its socket and its log are.
        name: what sets it apart from the others of the folder.
    """

    def __init__(self, folder: Path, name: str = "primary") -> None:
        self.folder = folder
        self.name = name
        self.data = folder / name
        self.port = _free_port()
        self._databases = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._standbys: list[Server] = []

    # Where it is.

    def url(self, database: str = "postgres", user: str = "postgres", **options: str) -> str:
        """Return the URL of a database, by the socket."""
        return self.joint_url([self], database, user, **options)

    @staticmethod
    def joint_url(
        servers: list[Server], database: str = "postgres", user: str = "postgres", **options: str
    ) -> str:
        """Return one URL that names several servers."""
        hosts = ",".join(f"{quote(str(one.folder), safe='')}:{one.port}" for one in servers)
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in options.items())
        return f"postgresql://{user}@{hosts}/{database}" + (f"?{query}" if query else "")

    def database(self, *, user: str = "postgres", template: str = "template1") -> str:
        """Make a new database; return its URL for a role."""
        self._databases += 1
        name = f"d{self._databases}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name, user)

    def drop(self, url: str) -> None:
        """Remove a database, whatever still is connected to it."""
        self.run(f"DROP DATABASE {_database_of(url)} WITH (FORCE)")

    def run(self, statement: str, *values: object, url: str = "") -> list[tuple[Any, ...]]:
        """Run one statement as a superuser, in the database of a URL; return its rows."""
        import psycopg2

        where = self.url(_database_of(url) if url else "postgres")
        connection = psycopg2.connect(where, options="")  # whatever the environment says
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def cut(self, pid: int) -> None:
        """End a connection, and wait until it is gone."""
        self.run("SELECT pg_terminate_backend(%s)", pid)
        asked = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
        _wait_until(lambda: not self.run(asked, pid), "the connection does not end")

    def log(self) -> str:
        """Return what the server wrote to its log."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"

    # What it is told.

    def set(self, **settings: str) -> None:
        """Change settings that need no new start."""
        for key, value in settings.items():
            self.run(f"ALTER SYSTEM SET {key} = '{value}'")
        self._read_anew()

    def admit(self, *lines: str) -> None:
        """Say who is let in how (``pg_hba.conf``); the superuser is, by the socket."""
        own = "local all postgres trust"
        _keep(self.data / "pg_hba.conf", "\n".join([own, *lines, ""]))
        self._read_anew()

    def _read_anew(self) -> None:
        """Have the server read its settings; a connection that is made afterwards has them."""
        asked = "SELECT pg_conf_load_time()"
        before = self.run(asked)
        self.run("SELECT pg_reload_conf()")
        _wait_until(lambda: self.run(asked) != before, "the settings are not read")

    def keep(self, name: str, content: bytes) -> Path:
        """Write a file that only the server may read, such as the key of its certificate."""
        path = self.data / name
        _keep(path, content.decode())
        return path

    # How it begins and ends.

    def make(self, *, is_durable: bool, settings: dict[str, str]) -> None:
        """Make the cluster."""
        _as_server("initdb", self.data, "--no-sync", "-U", "postgres", "-A", "trust", *_TEXT)
        self._write({**_SETTINGS, **({} if is_durable else _QUICK), **settings})

    def _write(self, settings: dict[str, str]) -> None:
        own = {"port": str(self.port), "unix_socket_directories": str(self.folder), **settings}
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = '{value}'\n" for key, value in own.items())

    def start(self) -> None:
        """Start the server, and wait until it can be asked."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(programs.path_of("postgres")), "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                start_new_session=True,  # Ctrl-C is for the tests alone
                **_identity(),
            )
        _wait_until(self._is_ready, f"the server does not start:\n{self.log()[-2000:]}")

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()[-2000:]
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and lines[7].strip() in ("ready", "standby")
        return False

    def stop(self) -> None:
        """Stop the server, and throw out whoever is connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None

    def kill(self) -> None:
        """Kill the server and every process of it, as if the machine were gone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)
        _kill_within(self.data)
        # What the killed one could not tidy up: a few bytes of shared memory, and its lock.
        shared = (self.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
        subprocess.run(["ipcrm", "-m", shared], check=False, capture_output=True)
        (self.data / "postmaster.pid").unlink()
        self._process = None

    def end(self) -> None:
        """Stop the server and those that follow it, and wait for none of their work."""
        for one in (self, *self._standbys):
            if one._process is not None:
                one.thaw()
                one._process.send_signal(signal.SIGQUIT)
                one._process.wait(PATIENCE)
                one._process = None

    def freeze(self) -> None:
        """Let every process of the server stand still: it is reached, and does not answer."""
        _signal_within(self.data, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the server go on."""
        _signal_within(self.data, signal.SIGCONT)

    # Another one that follows it.

    def standby(self, name: str = "standby", *, is_synchronous: bool = True) -> Server:
        """Start a server that follows this one; where it is synchronous, commits wait for it."""
        other = Server(self.folder, name)
        source = f"host={self.folder} port={self.port} user=postgres application_name={name}"
        _as_server("pg_basebackup", "-D", other.data, "-d", source, "-R", "-c", "fast", "--no-sync")
        other._write({})
        self._standbys.append(other)
        other.start()
        if is_synchronous:
            self.set(synchronous_standby_names=name)
            self.await_synchronous()
        return other

    def await_synchronous(self) -> None:
        """Wait until commits wait for the standby."""
        asked = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        _wait_until(lambda: bool(self.run(asked)), "the standby does not follow")

    def promote(self) -> None:
        """Let this standby take writes from now on, and wait for no other."""
        self.run("SELECT pg_promote()")
        self.set(synchronous_standby_names="")


@contextlib.contextmanager
def serving(*, is_durable: bool = False, **settings: str) -> Iterator[Server]:
    """Run a server for the length of a ``with``.

    Args:
        is_durable: whether what it writes would outlive a power cut, as in life; slower.
        settings: of the server, such as ``log_statement="all"``.
    """
    with _folder() as folder:
        server = Server(folder)
        try:
            server.make(is_durable=is_durable, settings=settings)
            server.start()
            yield server
        finally:
            server.end()


class Pool:
    """pgbouncer before a server.

    Args:
        server: what it leads to.
        roles: who may come, beside the superuser.
        mode: how long a connection to the server is one client's.
        size: how many connections to the server there are for each role and database.
    """

    def __init__(self, server: Server, roles: tuple[str, ...], mode: str, size: int) -> None:
        self.port = _free_port()
        self._home = server.folder / f"pool{self.port}"
        self._home.mkdir()
        _give(self._home)
        users, config = self._home / "users", self._home / "pool.ini"
        _keep(users, "".join(f'"{role}" ""\n' for role in ("postgres", *roles)))
        _keep(
            config,
            f"[databases]\n* = host={server.folder} port={server.port}\n[pgbouncer]\n"
            f"pool_mode = {mode}\ndefault_pool_size = {size}\nunix_socket_dir = {self._home}\n"
            f"listen_port = {self.port}\nlisten_addr =\nauth_type = trust\nauth_file = {users}\n"
            f"logfile = {self._home / 'log'}\n",
        )
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def middle(self) -> str:
        """The middle part of a URL, ``USER@`` and ``/DATABASE`` off."""
        return f"{quote(str(self._home), safe='')}:{self.port}"

    def url(self, direct: str) -> str:
        """Return the URL that leads through it to where another leads."""
        user, _, rest = direct.removeprefix("postgresql://").partition("@")
        return f"postgresql://{user}@{self.middle}/{_database_of(rest)}"

    def start(self) -> None:
        """Start it, and wait until it can be reached."""
        reached = self._home / f".s.PGSQL.{self.port}"
        reached.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [str(programs.path_of("pgbouncer")), str(self._config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._home,
            start_new_session=True,
            **_identity(),
        )
        _wait_until(lambda: _takes_calls(reached), "the pool does not start")

    def kill(self) -> None:
        """Kill it, with whatever goes through it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    def end(self) -> None:
        """Stop it, and remove what it has."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(PATIENCE)
        shutil.rmtree(self._home)


@contextlib.contextmanager
def pooling(
    server: Server, *roles: str, mode: str = "transaction", size: int = 20
) -> Iterator[Pool]:
    """Run pgbouncer before a server for the length of a ``with``; see ``Pool``."""
    pool = Pool(server, roles, mode, size)
    try:
        pool.start()
        yield pool
    finally:
        pool.end()


# The folder, and who keeps it.


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder with a short path; whatever runs in it ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="rpg-", dir="/tmp"))
    folder.chmod(0o755)  # the tests reach the socket, each cluster is its server's alone
    _give(folder)
    line = [sys.executable, "-E", "-S", __file__, str(folder)]
    keeper = subprocess.Popen(line, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield folder
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        assert keeper.wait(PATIENCE) == 0


def _keep_watch(folder: Path) -> None:
    """Wait for the end of who began this process; then stop what runs there, and remove it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    for file in folder.glob("*/postmaster.pid"):
        pid = int(file.read_text().splitlines()[0])
        if pid in _within(file.parent):
            os.kill(pid, signal.SIGQUIT)
    _signal_within(folder, signal.SIGCONT)
    with contextlib.suppress(TimeoutError):
        _wait_until(lambda: not _within(folder), "", patience=5)
    _kill_within(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _within(folder: Path) -> list[int]:
    """List the processes whose working folder is this one, or below it."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
    return found


def _signal_within(folder: Path, number: int) -> None:
    for pid in _within(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _kill_within(folder: Path) -> None:
    while _within(folder):
        _signal_within(folder, signal.SIGKILL)
        time.sleep(0.01)


# Who the server is.


def _account() -> pwd.struct_passwd | None:
    """Return the account of a server where the tests are root's: it never is root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("there is no account for a server")


def _identity() -> dict[str, Any]:
    account = _account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _give(path: Path) -> None:
    account = _account()
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def _keep(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    _give(path)


def _as_server(name: str, *arguments: object) -> None:
    done = subprocess.run(
        [str(programs.path_of(name)), *map(str, arguments)],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **_identity(),
    )
    assert done.returncode == 0, done.stderr


def _database_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _takes_calls(path: Path) -> bool:
    """Return whether somebody listens at a socket, beyond its being there."""
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_until(is_so: Any, told: str, patience: float = PATIENCE) -> None:
    until = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(told)
        time.sleep(0.02)


if __name__ == "__main__":
    _keep_watch(Path(sys.argv[1]))
