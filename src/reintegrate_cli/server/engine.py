"""A database as an engine; ``keys.engine`` says what each method does."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Damaged, Locked, NoVault, Problem
from reintegrate_cli.keys import Bundle, Signer, Slot
from reintegrate_cli.keys.disk import LOCK_SECONDS, Taken
from reintegrate_cli.keys.header import Header, decode_header
from reintegrate_cli.server import address, founding
from reintegrate_cli.server.anchor import Watch, forget
from reintegrate_cli.server.answers import Opening, header_in, one, value
from reintegrate_cli.server.keeping import Keeping
from reintegrate_cli.server.shelf import ServerShelf
from reintegrate_cli.server.transaction import Transaction
from reintegrate_cli.server.wire import Wire

if TYPE_CHECKING:
    from reintegrate_cli.keys.engine import Contents, Notice, Replaced


class ServerLock(Taken):
    """The one writer's lock: a row of the database, held by a transaction."""

    def __init__(self, engine: "ServerEngine", wait: float, *, alone: bool = False) -> None:
        self._engine = engine
        self._wait = wait
        self._alone = alone
        self._transaction: Transaction | None = None

    def acquire(self) -> None:
        transaction = self._engine.transaction()
        transaction.begin_use()
        try:
            if self._alone:
                transaction.hold_alone()
            else:
                transaction.hold(wait=self._wait)
        except Locked as problem:
            # A seat that only reads: what it looks at is noted by the server itself.
            transaction.close()
            if self._alone:
                raise
            self._engine.reads_only = problem
            return
        except BaseException:
            transaction.close()
            raise
        self._transaction = transaction
        if not self._alone:
            self._engine.held = transaction

    def release(self) -> None:
        if self._transaction is not None:
            if self._engine.held is self._transaction:
                self._engine.held = None
            self._transaction.close()
            self._transaction = None


class Unlocked(Taken):
    """What needs no lock: who merely adds stands in nobody's way."""

    def acquire(self) -> None:
        pass

    def release(self) -> None:
        pass


class ServerEngine:
    """A vault in a database.

    Args:
        url: where the database is.
        state: the folder where this machine remembers what it saw; none if it remembers nothing.
    """

    is_served = True

    def __init__(self, url: str, state: Path | None = None) -> None:
        self.url = url
        self.anchor = state / "anchors" / self.place if state is not None else None
        self.held: Transaction | None = None
        self.reads_only: Locked | None = None
        """Why nothing can be written, once that was found out."""
        self._watch = Watch(self.anchor)
        self._spare: list[Wire] = []

    def transaction(self) -> Transaction:
        """Return a transaction of its own; the connection of one that is over is used again."""
        return Transaction(self.url, self._spare)

    @property
    def name(self) -> str:
        return self.url

    def name_for(self, login: str) -> str:
        return address.with_login(self.url, login)

    @property
    def place(self) -> str:
        return f"at-{hashlib.sha256(self.url.encode()).hexdigest()[:32]}"

    def exists(self) -> bool:
        try:
            self.header()
        except NoVault:
            return False
        except Damaged:
            pass
        return True

    def header(self) -> Header:
        with self._reading() as transaction:
            return _header_in(transaction)

    def renewed(self) -> bool:
        return founding.renewed(self.url)

    def check_place(self) -> None:
        founding.check_place(self.url)

    def create(self, bundle: Bundle, slots: Sequence[Slot], *, store_id: str) -> None:
        founding.found(self.url, bundle, slots, store_id, Signer.new())

    def lock(self, wait: float = LOCK_SECONDS) -> ServerLock:
        return ServerLock(self, wait)

    def remind_lock(self) -> ServerLock:
        return ServerLock(self, 0, alone=True)

    def noting_lock(self) -> "Unlocked":
        return Unlocked()

    def open(self, bundle: Bundle) -> tuple[ServerShelf, Keeping]:
        transaction = self.held or self.transaction()
        transaction.begin_use()
        try:
            keeping = Keeping(
                transaction, bundle, self._watch, reads_only=self.reads_only is not None
            )
        except BaseException:
            transaction.close()
            raise
        return ServerShelf(keeping), keeping

    def verify(self, bundle: Bundle) -> "Contents":
        from reintegrate_cli.server import copies

        with self._opened(bundle) as keeping:
            return copies.contents(keeping.moment)

    def back_up(self, bundle: Bundle, folder: Path, now: datetime) -> "tuple[Path, Contents]":
        from reintegrate_cli.server import copies

        with self._opened(bundle) as keeping:
            return copies.back_up(keeping, folder, now)

    def copies_in(self, folder: Path) -> list[tuple[datetime, Path]]:
        from reintegrate_cli.vault import backups

        return backups.copies_in(*self._known_as(), folder)

    def expire(self, folder: Path, now: datetime) -> list[Path]:
        from reintegrate_cli.vault import backups

        return backups.expire(*self._known_as(), folder, now)

    def _known_as(self) -> tuple[str, str]:
        """Return what the copies of this vault are called, and its random id."""
        from reintegrate_cli.server import copies

        with self._reading() as transaction:
            return copies.named(transaction.query), _header_in(transaction).store_id

    def restore(
        self, copy: Path, bundle: Bundle, now: datetime, standing: Bundle | None = None
    ) -> str | None:
        from reintegrate_cli.server import copies

        try:
            aside = copies.restore(self.url, copy, bundle, now, standing)
        except Problem as problem:
            if not problem.is_known:
                forget(self.anchor)
            raise
        forget(self.anchor)
        return aside

    def forget_asides(self) -> int:
        with self._reading() as transaction:
            transaction.hold()
            count = value(int, transaction.query("SELECT reintegrate.asides_forgotten()"))
            if transaction is not self.held:
                transaction.commit("")
        return count

    @contextmanager
    def _reading(self) -> Iterator[Transaction]:
        """Read in the transaction that is under way, if one is."""
        transaction = self.held or self.transaction()
        transaction.begin_use()
        try:
            yield transaction
        finally:
            transaction.close()

    @contextmanager
    def _opened(self, bundle: Bundle) -> Iterator[Keeping]:
        """Open the vault for something that reads it and writes nothing."""
        _, keeping = self.open(bundle)
        try:
            yield keeping
        finally:
            keeping.close()

    def replaced(self) -> "Replaced | None":
        from reintegrate_cli.keys.engine import Replaced

        restored, self._watch.restored = self._watch.restored, None
        if restored is None:
            return None
        at = datetime.fromisoformat(restored.at)
        return Replaced(restored.by, at, restored.entries)

    def let_go(self) -> None:
        while self._spare:
            self._spare.pop().close()

    def disk(self) -> Path | None:
        return None

    def notices(self) -> "list[Notice]":
        from reintegrate_cli.server import standing

        with self._reading() as transaction:
            return standing.notices(transaction)


def _header_in(transaction: Transaction) -> Header:
    """Read what a vault says of itself without a key, in a transaction that is under way."""
    opening = one(Opening, transaction.query("SELECT * FROM reintegrate.opening()"))
    return decode_header(header_in(opening))[0]
