"""The one transaction that a unit of work reads and writes in."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from reintegrate_cli.core.errors import Busy, Problem, Settings
from reintegrate_cli.keys.disk import LOCK_SECONDS
from reintegrate_cli.server import schema
from reintegrate_cli.server.answers import one, taken, value
from reintegrate_cli.server.wire import Wire

TOO_LONG = 600
"""Seconds after which a run of ``remind`` is none that will be over soon."""

# Who waits for another lock holds none that anybody waits for. Of another login nobody is told
# since when; everybody is told which it is.
_HOLDERS = (
    "SELECT a.usename::text, l.mode::text, extract(epoch FROM now() - a.xact_start)::bigint"
    " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND l.relation = ANY (%s::text[]::regclass[]) AND NOT EXISTS"
    " (SELECT FROM pg_locks w WHERE w.pid = l.pid AND NOT w.granted)"
)
_READS = "AccessShareLock"
_PLAIN = re.compile(r"[\w.@-]{1,63}")


class Holder(NamedTuple):
    """Who has a lock on something, and for how many seconds, where that may be known."""

    login: str
    mode: str
    seconds: int | None


def overtaken() -> Busy:
    """Return the problem of a unit of work that somebody else's came before."""
    return Busy(
        "somebody else wrote to the vault in the meantime",
        hint="nothing was saved; look again, and repeat it",
    )


class _Held(NamedTuple):
    turn: int
    format: int


class Transaction:
    """A connection, and the transaction that is under way in it.

    Reading begins one by itself. While it is held, nobody else writes to the vault: what is
    read in it stays true until it is kept.

    Args:
        url: where the database is.
        spare: connections that are open and nobody's: it takes one, and leaves its own there.
            Without such a place it makes its own, and ends it.
    """

    def __init__(self, url: str, spare: list[Wire] | None = None) -> None:
        self._url = url
        self._spare = spare
        self._wire: Wire | None = None
        self._is_open = False
        self._turn: int | None = None
        self._users = 0

    @property
    def wire(self) -> Wire:
        """The connection; taken or made when it is first needed."""
        if self._wire is None:
            self._wire = self._spare.pop() if self._spare else Wire(self._url)
        return self._wire

    def query(
        self, statement: str, params: Sequence[object] = (), *, seconds: float = 0
    ) -> list[tuple[Any, ...]]:
        """Ask the server, within the transaction; ``Wire.query`` says more."""
        if not self._is_open:
            self._begin(write=False)
        try:
            return self.wire.query(statement, params, seconds=seconds)
        except BaseException as problem:
            self.give_up()
            if type(problem) is Busy:
                raise self._told(problem) from None
            raise

    def _told(self, problem: Busy) -> Busy:
        """Return the problem that somebody holds what was needed, with their login."""
        with suppress(Problem):
            found = self._holders("vault", "record", "seen", "tray", "tray_last")
            holds = [other for other in found if other.mode != _READS] or found
            logins = sorted({other.login for other in holds if _PLAIN.fullmatch(other.login)})
            if logins:
                return Busy(
                    problem.message,
                    hint=f"try again in a moment; it is the login {', '.join(logins)}, and the"
                    " administrator of the database can end its connection",
                )
        return problem

    def _holders(self, *tables: str) -> list[Holder]:
        """Find who has a lock on some tables, once this transaction is over."""
        self.wire.begin(write=False)
        try:
            named = [f"reintegrate.{table}" for table in tables]
            return taken(Holder, self.wire.query(_HOLDERS, (named,)))
        finally:
            self.wire.rollback()

    def give_up(self) -> None:
        """End the transaction without anything of it."""
        self._is_open, self._turn = False, None
        if self._wire is not None:
            self._wire.rollback()

    def hold(self, turn: int | None = None, wait: float = LOCK_SECONDS) -> bool:
        """Keep everybody else from writing until the transaction ends.

        Args:
            turn: the turn of the vault at which what is to be kept was worked out.
            wait: seconds to wait for another writer.

        Returns:
            Whether somebody else could have written until now.

        Raises:
            Busy: somebody else wrote since, or held it the whole time.
            Settings: the tables have another format than this program knows.
        """
        is_new = self._turn is None
        if is_new:
            self._end()
            self._begin(write=True, wait=wait)
            asked = "SELECT coalesce(reintegrate.hold(), 0), reintegrate.format()"
            held = one(_Held, self.query(asked))
            # Somebody may have brought the tables to a newer format since they were read.
            schema.check(held.format)
            self._turn = held.turn
        if turn is not None and self._turn != turn:
            raise overtaken()
        return is_new

    def begin_to_add(self) -> None:
        """Write from here on, whoever holds the vault: what is added stands in nobody's way."""
        if self._turn is None:
            self._end()
            self._begin(write=True)

    def hold_alone(self) -> None:
        """Be the one run of ``remind``, without keeping anybody from writing.

        Raises:
            Busy: there is another.
            Settings: there is one that began long ago.
        """
        if value(bool, self.query("SELECT reintegrate.alone()")):
            return
        self.give_up()
        for other in self._holders("running"):
            if other.mode != _READS and (other.seconds or 0) >= TOO_LONG:
                minutes = (other.seconds or 0) // 60
                raise Settings(
                    f"a run of remind has been under way for {minutes} minutes; no mail goes"
                    " until it is over",
                    hint="the administrator of the database can end the connection of its login",
                )
        raise Busy("another run of remind is under way", hint="it will be over soon")

    def _begin(self, *, write: bool, wait: float = LOCK_SECONDS) -> None:
        self.wire.begin(write=write, lock_timeout=wait)
        self._is_open = True

    def commit(self, entry: str) -> None:
        """Keep what was written.

        Raises:
            Busy: nobody knows whether it was.
        """
        try:
            self.wire.commit(entry)
        finally:
            self._is_open, self._turn = False, None

    def _end(self) -> None:
        """End a transaction that only read: the entries of what was looked at are kept."""
        if self._is_open:
            self.wire.commit("")
            self._is_open = False

    def begin_use(self) -> None:
        """Note that one more reads and writes in it."""
        self._users += 1

    def close(self) -> None:
        """Let go of the connection, once nobody reads or writes in it any more."""
        self._users -= 1
        if self._users > 0 or self._wire is None:
            return
        wire, self._wire = self._wire, None
        keeps = self._is_open and self._turn is None
        self._is_open, self._turn = False, None
        try:
            if keeps:
                wire.commit("")
        finally:
            if self._spare is None:
                wire.close()
            else:
                wire.rollback()
                self._spare.append(wire)
