"""What the records above see of the tray; ``core.shelf`` says what each method does."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.slips import Left, Put, Slip
from reintegrate_cli.core.values import decode
from reintegrate_cli.server.keeping import Keeping, Laid


class Slips:
    """The tray of a vault, as one unit of work sees it.

    Args:
        keeping: what the vault holds, and what keeps a unit of work in it.
    """

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._aside: dict[bytes, dict[str, list[int]]] = {}

    def waiting(self) -> Sequence[Left]:
        moment = self._keeping.moment
        if not moment.seals.bundle.full or self._keeping.laid is not None:
            return ()
        return [
            Left(number, found.code, found.lying.login, found.lying.on_time, found.slip)
            for number, found in enumerate(moment.tray.found)
        ]

    def aside(self, left: Left, table: str) -> set[int]:
        moment = self._keeping.moment
        scope = moment.tray.found[left.number].lying.scope
        if scope not in self._aside:
            sheets = moment.sheets.read([scope]) if moment.sheets.has(scope) else {}
            self._aside[scope] = sheets[scope].head.aside if sheets else {}
        return {*self._aside[scope].get(str(TABLES[table].number), [])}

    @contextmanager
    def tried(self) -> Iterator[None]:
        staged = self._keeping.staged
        before = {table: {**rows} for table, rows in staged.items()}
        try:
            yield
        except BaseException:
            staged.clear()
            staged.update(before)
            raise

    def laid_over(self, refused: Collection[Left]) -> None:
        found = self._keeping.moment.tray.found
        self._keeping.laid = Laid(
            {table: {**rows} for table, rows in self._keeping.staged.items()},
            [found[left.number].lying for left in refused],
        )

    def leave(self, *, by: str, at: str, command: str, refs: tuple[str, ...]) -> None:
        puts = [
            Put(table, key, None if body is None else decode(body))
            for table, rows in self._keeping.staged.items()
            for key, body in rows.items()
        ]
        self._keeping.slip = Slip(by, at, command, refs, tuple(puts))
