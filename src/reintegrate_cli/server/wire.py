"""The connection to a database: transactions, deadlines, and what became of a commit.

This is the one module that knows the driver. ::

    wire = Wire("postgresql://okafor@db.example.org/alder_creek")
    wire.begin(write=True, lock_timeout=5)
    rows = wire.query("SELECT header FROM reintegrate.vault WHERE only FOR UPDATE")
    wire.fill("INSERT INTO reintegrate.record (tab, key, body) VALUES %s", rows_of_values)
    wire.commit("H42")

- **Everything is in a transaction**, and nothing of a session outlives it, so that a pool
  (pgbouncer) may stand between. Nothing is prepared on the server. ``begin`` connects where need
  be, and once more where the connection of the transaction before is gone.
- **Names have their schema before them**: the search path is ``pg_catalog`` alone.
- **No wait is without a deadline**, and Ctrl-C ends each of them: the driver never blocks. Without
  an answer for 10 s the connection is given up, and so is one that answers in drops, or without
  end (``waiting``).
- **A commit is believed only if the server said COMMIT and nothing beside.** A server that was
  told to wait for its standby, and was stopped in that, reports success with a mere warning; the
  driver gives of a warning the text alone, which may be in any language. So any notice counts.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from reintegrate_cli.core.errors import Problem, Settings
from reintegrate_cli.keys.disk import LOCK_SECONDS
from reintegrate_cli.server import address, trouble
from reintegrate_cli.server.address import Host
from reintegrate_cli.server.trouble import Conflict, Strange
from reintegrate_cli.server.waiting import Flood, Slow, addresses_of, wait
from reintegrate_cli.startup import put_off

put_off("ssl")  # the driver loads it, and has TLS of its own: a third of what it costs
try:
    import psycopg2
    from psycopg2 import extensions
except ImportError:
    raise Settings(
        "a vault in a database needs a package that is not installed",
        hint="pip install 'reintegrate-cli[postgres]'",
    ) from None

__all__ = ["DEADLINE", "Conflict", "Identity", "Standing", "Strange", "Wire"]

DEADLINE = 10.0
"""Seconds without an answer after which a connection is given up."""
CONNECTING = 5.0
"""Seconds for each host to let the program in."""
GRACE = 2.0
"""Seconds that the answer to a commit still has when somebody presses Ctrl-C."""
MOST_ROWS, MOST_COLUMNS = 5_000_000, 32
"""More than any answer to a statement of ours has."""
AFTER_LOCK = 2.0
"""Seconds for an answer beyond the time to wait for a lock, where that comes near ``DEADLINE``."""
PAGE = 1000
"""Rows in one statement of ``fill``."""

_CALLED = 2
"""What libpq says of a connection that nobody has taken yet (CONNECTION_STARTED)."""
_LEFT_ALONE = 120
"""Seconds after which a server gives up a writer that vanished, and lets the vault go."""
_BEGIN = (
    "BEGIN ISOLATION LEVEL {level}; SET LOCAL client_min_messages = warning;"
    " SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL bytea_output = hex;"
    " SET LOCAL lock_timeout = {wait}"
)
# A reader leaves an entry of what it looked at, which nobody waits for.
_READ = "REPEATABLE READ, READ WRITE"
_READ_ANYWHERE = "REPEATABLE READ, READ ONLY"
_UNHURRIED = "; SET LOCAL synchronous_commit = off"
# A writer that waited for the lock has to see what the one before wrote.
_WRITE = "READ COMMITTED, READ WRITE"
# A role's own setting must not take what is acknowledged away from it.
_DURABLE = (
    f"; SET LOCAL idle_in_transaction_session_timeout = '{_LEFT_ALONE}s';"
    " SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
)

_MAY_ASK = (
    "SELECT has_function_privilege('pg_control_system()', 'EXECUTE')"
    " AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE')"
)
_IDENTITY = (
    "SELECT system_identifier, CASE WHEN pg_is_in_recovery() THEN timeline_id ELSE"
    " ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END"
    " FROM pg_control_system(), pg_control_checkpoint()"
)
_STANDING = (
    "SELECT pg_is_in_recovery(),"
    # Where nothing is written, the last thing that was replayed grows old.
    " CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
    " ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8 END,"
    " (SELECT count(*) FROM pg_stat_replication),"
    " (SELECT extract(epoch FROM max(replay_lag))::float8 FROM pg_stat_replication),"
    " (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))"
)


def _bytes(value: str | bytes | None, _cursor: object) -> bytes | None:
    return None if value is None else bytes.fromhex(str(value)[2:])


_BYTES = extensions.new_type((17,), "BYTES", _bytes)
_TYPES = (_BYTES, extensions.new_array_type((1001,), "BYTES[]", _BYTES))


class Identity(NamedTuple):
    """Which server it is, and which of its histories."""

    system: int
    """A random number that a cluster and its standbys share, for life."""
    timeline: int
    """One more after each promotion, and after each restore to an earlier moment."""


class Standing(NamedTuple):
    """What ``doctor`` tells of the server; what a role may not see is None."""

    host: str
    """The name, the address or the folder of the socket that answered."""
    port: str
    version: int
    """Such as 150018."""
    is_encrypted: bool
    is_standby: bool
    followers: int
    """How many servers follow it."""
    synchronous: int | None
    """How many of them a commit waits for."""
    behind: float | None
    """Seconds that a standby is behind, or the last of those that follow."""


class Wire:
    """A connection to the database of a vault, which is made when it is first needed.

    Args:
        url: where it is; ``address.OPTIONS`` says what may stand in it.
        any_host: whether a host that takes no writes will do, to read from and nothing else.

    Raises:
        Usage: the URL cannot be read, or has a password in it.
        Settings: it asks for less than a checked certificate.
    """

    def __init__(self, url: str, *, any_host: bool = False) -> None:
        try:
            options = extensions.parse_dsn(url)
        except psycopg2.Error:
            raise address.unreadable() from None
        self._hosts = address.hosts_of(options, os.environ, takes_writes=not any_host)
        self._reading = _READ_ANYWHERE if any_host else _READ
        self._connection: extensions.connection | None = None
        self._is_within = False
        self._is_writing = False
        self._patience = DEADLINE

    # One transaction after another.

    def begin(self, *, write: bool, lock_timeout: float = LOCK_SECONDS) -> None:
        """Begin a transaction: a snapshot to read from, or one that may write.

        Args:
            write: whether it may write; it sees what others committed before each statement.
            lock_timeout: seconds to wait for what somebody else holds.

        Raises:
            Settings: no host can be reached, lets the program in, or takes writes.
        """
        self._demand(is_within=False)
        wait = max(1, round(lock_timeout * 1000))
        opening = _BEGIN.format(level=_WRITE if write else self._reading, wait=wait)
        opening += _DURABLE if write else _UNHURRIED
        self._patience = max(DEADLINE, lock_timeout + AFTER_LOCK)
        self._is_writing = write
        if self._connection is not None:
            with suppress(Settings):  # it was left alone for too long, or takes no writes now
                self._exchange(opening)
                self._is_within = True
                return
            self._drop()
        self._connection = self._connected()
        self._exchange(opening)
        self._is_within = True

    def query(
        self, sql: str, values: Sequence[object] = (), *, seconds: float = 0
    ) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows.

        Args:
            sql: the statement, ``%s`` for each value; a ``%`` is doubled where there are values.
            values: bytes, whole numbers, strings, None, or lists of these (arrays).
            seconds: how long the server may be silent where that is more than ``DEADLINE``.

        Raises:
            Busy: somebody else held what it needs for too long.
            Conflict: somebody else changed the same rows first; nothing was saved.
            Locked: the role has not been given the right.
            Settings: the connection was lost, or there is no vault; nothing was saved.
        """
        self._demand(is_within=True)
        return self._rows(self._exchange(sql, values, seconds))

    def fill(self, sql: str, rows: Sequence[Sequence[object]]) -> list[tuple[Any, ...]]:
        """Run a statement over many rows, ``PAGE`` of them at a time; return what it returns.

        Args:
            sql: the statement, with one ``%s`` where ``VALUES`` has its rows, as it is otherwise.
            rows: the values of each; as many in each as in the first.
        """
        before, after = (part.encode() for part in sql.split("%s"))
        returned = []
        for page in range(0, len(rows), PAGE):
            listed = rows[page : page + PAGE]
            one = "({})".format(",".join(["%s"] * len(listed[0])))
            cursor = self._at_hand().cursor()
            text = b",".join(cursor.mogrify(one, row) for row in listed)
            returned += self._rows(self._exchange(before + text + after))
        return returned

    def commit(self, entry: str) -> None:
        """Keep what was written.

        Args:
            entry: the id of the history's entry that says what it was; empty if there is none.

        Raises:
            Unconfirmed: it was to be written to, and nobody can say whether it was saved.
            Settings: it was read from alone, and the connection was lost.
            Problem: the server says that it was not; or there is no connection any more.
        """
        self._demand(is_within=True)
        connection = self._at_hand()
        connection.notices.clear()
        cursor = connection.cursor()
        self._is_within = False
        doubt = self._doubt(cursor)
        if doubt:
            self._drop()
            if not self._is_writing:
                raise trouble.lost(is_writing=False)
            raise trouble.unconfirmed(doubt, entry)
        if cursor.statusmessage != "COMMIT":
            raise trouble.undone()

    def _doubt(self, cursor: extensions.cursor) -> str:
        """Send a commit; return why it is not known what became of it, if it is not.

        Raises:
            Problem: the server says that it was not saved.
        """
        connection = self._at_hand()
        try:
            cursor.execute("COMMIT")
            try:
                wait(connection, self._patience)
            except KeyboardInterrupt:
                # The answer is on its way, mostly: then it is saved, and said so.
                wait(connection, GRACE)
        except (TimeoutError, Flood, KeyboardInterrupt):
            return "the database does not say that it is saved"
        except psycopg2.Error as error:
            if trouble.is_refusal(error.pgcode) and not connection.closed:
                raise self._problem(error) from None
            return "the connection to the database was lost"
        return "the database did not wait for its copy" if connection.notices else ""

    def rollback(self) -> None:
        """Give up what was begun, if anything was; what it held is free."""
        if self._is_within and self._connection is not None:
            with suppress(Problem):
                self._exchange("ROLLBACK")
        self._is_within = False

    def close(self) -> None:
        """Give up what was begun, and end the connection."""
        self.rollback()
        self._drop()

    # What server it is.

    def identity(self) -> Identity | None:
        """Return which server it is; None where the role may not know.

        Every role may, as PostgreSQL comes; an administrator can take it away
        (``pg_control_system``, ``pg_control_checkpoint``).
        """
        if self.query(_MAY_ASK) != [(True,)]:
            return None
        return Identity(*self.query(_IDENTITY)[0])

    def standing(self) -> Standing:
        """Return how the server stands, as far as the role may see it."""
        info = self._at_hand().info
        is_standby, replayed, followers, last, synchronous = self.query(_STANDING)[0]
        return Standing(
            host=info.host,
            port=str(info.port),
            version=info.server_version,
            is_encrypted=bool(info.ssl_in_use),
            is_standby=is_standby,
            followers=followers,
            synchronous=synchronous,
            behind=replayed if is_standby else last,
        )

    # The driver.

    def _connected(self) -> extensions.connection:
        """Return a connection to the first host that lets the program in.

        Raises:
            Settings: none does.
        """
        problems = []
        for host in self._hosts:
            try:
                for found in addresses_of(host, CONNECTING):
                    try:
                        return self._reached(found)
                    except Settings as problem:
                        problems.append(problem)
            except Settings as problem:
                problems.append(problem)
        raise trouble.worst(problems)

    def _reached(self, host: Host) -> extensions.connection:
        try:
            connection = psycopg2.connect(extensions.make_dsn(**host), async_=True)
            try:
                wait(connection, CONNECTING)
            except TimeoutError:
                is_called = connection.info.status == _CALLED
                raise (trouble.unreached() if is_called else trouble.silent(CONNECTING)) from None
        except psycopg2.Error as error:
            raise trouble.connecting(str(error)) from None
        except Flood:
            raise Strange("more than anybody asked for") from None
        for one in _TYPES:
            extensions.register_type(one, connection)
        return connection

    def _exchange(
        self, sql: str | bytes, values: Sequence[object] = (), seconds: float = 0
    ) -> extensions.cursor:
        """Send a statement and wait for the whole answer.

        Raises:
            Problem: it failed, or no answer came.
        """
        connection = self._at_hand()
        cursor = connection.cursor()
        patience = max(self._patience, seconds)
        try:
            connection.notices.clear()
            cursor.execute(sql, values or None)
            wait(connection, patience, sent=len(cursor.query or b""))
        except Slow as slow:
            self._drop()
            raise trouble.slow(slow.seconds, is_writing=self._is_writing) from None
        except TimeoutError:
            self._drop()
            raise trouble.lost(is_writing=self._is_writing, seconds=patience) from None
        except Flood:
            self._drop()
            raise Strange("more than anybody asked for") from None
        except psycopg2.Error as error:
            raise self._problem(error) from None
        except BaseException:  # Ctrl-C: half an answer is on its way
            self._drop()
            raise
        return cursor

    def _rows(self, cursor: extensions.cursor) -> list[tuple[Any, ...]]:
        """Return what was answered.

        Raises:
            Strange: it is more than anybody asked for, or has values that are none.
        """
        if cursor.rowcount > MOST_ROWS or len(cursor.description or ()) > MOST_COLUMNS:
            self._drop()
            raise Strange("more than anybody asked for")
        try:
            return cursor.fetchall() if cursor.description else []
        except (ArithmeticError, TypeError, ValueError, psycopg2.Error):
            raise Strange("values that cannot be read") from None

    def _demand(self, *, is_within: bool) -> None:
        if self._is_within != is_within:
            raise RuntimeError("a transaction begins once, and all else is in it")

    def _at_hand(self) -> extensions.connection:
        """Return the connection.

        Raises:
            Settings: it was lost before.
        """
        if self._connection is None:
            raise trouble.lost(is_writing=self._is_writing)
        return self._connection

    def _problem(self, error: psycopg2.Error) -> Exception:
        """Return what to raise for what the driver raised: no word of the server's is in it."""
        if isinstance(error, psycopg2.ProgrammingError) and error.pgcode is None:
            return RuntimeError("the driver does not take the statement or a value of it")
        if error.pgcode is None or self._at_hand().closed:
            self._drop()
            return trouble.lost(is_writing=self._is_writing)
        problem = trouble.answered(error.pgcode, is_writing=self._is_writing)
        code = error.pgcode if re.fullmatch("[0-9A-Z]{5}", error.pgcode) else "that is none"
        return problem or Strange(f"SQLSTATE {code}")

    def _drop(self) -> None:
        """End the connection, whatever state it is in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
