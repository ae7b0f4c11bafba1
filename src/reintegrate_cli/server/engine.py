"""A database as an engine; ``keys.engine`` says what each method does."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.keys import Bundle, Signer, Slot
from reintegrate_cli.keys.disk import LOCK_SECONDS
from reintegrate_cli.keys.header import Header, decode_header
from reintegrate_cli.server import founding, schema
from reintegrate_cli.server.keeping import Keeping
from reintegrate_cli.server.shelf import ServerShelf
from reintegrate_cli.server.transaction import Transaction

if TYPE_CHECKING:
    from reintegrate_cli.keys.engine import Contents, Notice


class ServerLock:
    """The one writer's lock: a row of the database, held by a transaction."""

    def __init__(self, engine: "ServerEngine", wait: float, *, alone: bool = False) -> None:
        self._engine = engine
        self._wait = wait
        self._alone = alone
        self._transaction: Transaction | None = None

    def acquire(self) -> None:
        transaction = Transaction(self._engine.url)
        transaction.begin_use()
        try:
            if self._alone:
                transaction.hold_alone()
            else:
                transaction.hold(wait=self._wait)
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

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class ServerEngine:
    """A vault in a database.

    Args:
        url: where the database is.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.held: Transaction | None = None

    @property
    def name(self) -> str:
        return self.url

    @property
    def place(self) -> str | None:
        return f"at-{hashlib.sha256(self.url.encode()).hexdigest()[:32]}"

    def exists(self) -> bool:
        try:
            self.header()
        except Settings:
            return False
        return True

    def header(self) -> Header:
        transaction = Transaction(self.url)
        transaction.begin_use()
        try:
            ((_, _, header, *_),) = transaction.query("SELECT * FROM reintegrate.opening()")
        finally:
            transaction.close()
        if header is None:
            raise schema.no_vault()
        return decode_header(bytes(header))[0]

    def check_place(self) -> None:
        founding.check_place(self.url)

    def create(self, bundle: Bundle, slots: Sequence[Slot], *, store_id: str) -> None:
        founding.found(self.url, bundle, slots, store_id, Signer.new())

    def lock(self, wait: float = LOCK_SECONDS) -> ServerLock:
        return ServerLock(self, wait)

    def remind_lock(self) -> ServerLock:
        return ServerLock(self, 0, alone=True)

    def open(self, bundle: Bundle) -> tuple[ServerShelf, Keeping]:
        transaction = self.held or Transaction(self.url)
        transaction.begin_use()
        try:
            keeping = Keeping(transaction, bundle, lambda _: None)
        except BaseException:
            transaction.close()
            raise
        return ServerShelf(keeping), keeping

    def verify(self, bundle: Bundle) -> "Contents":
        raise _not_copied()

    def back_up(self, bundle: Bundle, folder: Path, now: datetime) -> "tuple[Path, Contents]":
        raise _not_copied()

    def copies_in(self, folder: Path) -> list[tuple[datetime, Path]]:
        raise _not_copied()

    def expire(self, folder: Path, now: datetime) -> list[Path]:
        raise _not_copied()

    def restore(self, copy: Path, bundle: Bundle, now: datetime) -> str | None:
        raise _not_copied()

    def forget_asides(self) -> int:
        return 0

    def disk(self) -> Path | None:
        return None

    def notices(self) -> "list[Notice]":
        return []


def _not_copied() -> Settings:
    return Settings(
        "copies of a vault in a database are not made here yet",
        hint="reintegrate vault export FILE keeps all of it; pg_dump keeps it sealed",
    )
