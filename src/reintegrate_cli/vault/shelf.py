"""The vault's file as a shelf: a key is a place in one of its tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tinydb.table import Document

from reintegrate_cli.core.filing import Change, Key, Row
from reintegrate_cli.core.values import decode, encode
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault.layout import TABLES, place, run, span
from reintegrate_cli.vault.tables import VaultDB


class VaultShelf:
    """A shelf in one encrypted file, by way of TinyDB; ``core.shelf`` says what each method does.

    Args:
        path: the vault's file.
        bundle: what the key at hand opens.

    Raises:
        Damaged: the file does not verify.
        Settings: there is none, or it cannot be read.
    """

    tray = None
    """A key that does not open everything writes no records in a file."""

    def __init__(self, path: Path, bundle: Bundle) -> None:
        self._db = VaultDB(path, bundle)
        self.vault = self._db.vault
        self.begin, self.commit, self.close = self.vault.begin, self.vault.commit, self._db.close
        self.append, self.count = self.vault.append, self.vault.count

    @property
    def store_id(self) -> str:
        return self.vault.header.store_id

    def opens(self, table: str) -> bool:
        return self.vault.bundle.opens(TABLES[table].group)

    def expect(self, cases: Collection[str] = (), **rows: Collection[str]) -> None:
        """The file is at hand: nothing has to be fetched."""

    def get(self, table: str, key: Key) -> Row | None:
        row: Row | None = self._db.table(table).get(doc_id=place(table, key))
        return row

    def rows(self, table: str, case: str | None = None) -> Iterable[Row]:
        try:
            first, last = span(table, case)
        except ValueError:  # it could be no ref, or these are not kept by cases
            return (row for row in self.rows(table) if row.get("case") == case)
        return (row for _, row in self.vault.between(table, first, last))

    def between(self, table: str, first: int, last: int) -> Iterator[Row]:
        return (row for _, row in self.vault.between(table, *run(table, first, last)))

    def bodies(self, table: str) -> Iterator[bytes]:
        return (body for _, body in self.vault.streamed(table))

    def is_used(self, table: str) -> bool:
        return self.vault.last_place(table) > 0

    def last_id(self, table: str, case: str | None = None) -> int:
        if case is None:
            return self.vault.last_place(table)
        first, last = span(table, case)  # the number of an id is added to the case's place
        return self.vault.last_between(table, first, last) - first

    def strangers(self, table: str) -> int:
        return 0  # a file is opened whole: what no key sealed is damage

    def mend(self, table: str) -> bool:
        return False

    def put(self, table: str, key: Key, row: Mapping[str, Any]) -> None:
        self._db.table(table).put(Document(row, place(table, key)))

    def delete(self, table: str, key: Key) -> None:
        self.vault.delete(table, place(table, key))

    def clear(self, table: str) -> None:
        for at, _ in list(self.vault.everything(table)):
            self.vault.delete(table, at)

    def rewrite(self, changes: Mapping[str, Change]) -> None:

        def change(table: str, _: int, body: bytes) -> bytes | None:
            if table not in changes:
                return body
            row = changes[table](decode(body))
            return None if row is None else encode(row)

        self.vault.renew(reseal=True, change=change)
