"""The vault as TinyDB sees it: ``VaultDB`` with O(1) writes and transactions.

``TinyDB(path, bundle, storage=VaultStorage)`` and ``Query`` work too, as ever, each write on
its own and each table read whole.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tinydb import TinyDB
from tinydb.table import Document, Table

from reintegrate_cli.core.values import decode, encode
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault.storage import VaultStorage

if TYPE_CHECKING:
    from tinydb.queries import QueryLike


class VaultTable(Table):
    """A TinyDB table that reads and writes single documents where it is asked for them."""

    @property
    def _vault(self) -> VaultStorage:
        return cast(VaultStorage, self._storage)

    def insert(self, document: Mapping[str, Any]) -> int:
        """Insert a document; a ``Document`` says its own place.

        Raises:
            ValueError: there is one at that place.
            Usage: a value cannot be kept.
        """
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert documents, all or none of them."""
        with self._vault.unit():
            given = {}
            following = self._vault.last_place(self.name) + 1
            for document in documents:
                if isinstance(document, Document):
                    at = document.doc_id
                    if at in given or self._vault.get(self.name, at) is not None:
                        raise ValueError(f"Document with ID {at} already exists")
                else:
                    at = following
                following = max(following, at + 1)
                given[at] = encode(document)
            for at, body in given.items():
                self._vault.put(self.name, at, decode(body))
        return list(given)

    def put(self, document: Document) -> None:
        """Keep a document at its place, whatever stood there."""
        with self._vault.unit():
            self._vault.put(self.name, document.doc_id, document)

    def get(
        self,
        cond: "QueryLike | None" = None,
        doc_id: int | None = None,
        doc_ids: list[int] | None = None,
    ) -> Any:
        """Find a document by its place without opening the table, or by a query."""
        if doc_id is not None:
            return self._at(doc_id)
        if doc_ids is not None:
            return [document for at in doc_ids if (document := self._at(at)) is not None]
        return super().get(cast("QueryLike", cond))

    def _at(self, place: int) -> Document | None:
        document = self._vault.get(self.name, place)
        return None if document is None else Document(document, place)

    def search(self, cond: "QueryLike") -> list[Document]:
        """Find what a query finds; nothing is kept of it, for somebody else may write."""
        self.clear_cache()
        return super().search(cond)

    def remove(
        self, cond: "QueryLike | None" = None, doc_ids: Iterable[int] | None = None
    ) -> list[int]:
        """Remove the documents at these places, or those that a query finds."""
        if doc_ids is None:
            return super().remove(cond)
        with self._vault.unit():
            gone = [at for at in doc_ids if self._vault.get(self.name, at) is not None]
            for at in gone:
                self._vault.delete(self.name, at)
        return gone

    def __len__(self) -> int:
        """Count the documents."""
        return self._vault.count(self.name)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return {str(at): document for at, document in self._vault.everything(self.name)}

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        with self._vault.unit():
            before = dict(self._vault.everything(self.name))
            after = dict(self._vault.everything(self.name))
            updater(cast("dict[int, Mapping[str, Any]]", after))
            for at in before.keys() - after.keys():
                self._vault.delete(self.name, at)
            for at, document in after.items():
                if before.get(at) != document:
                    self._vault.put(self.name, at, document)


class VaultDB(TinyDB):
    """A TinyDB over a vault.

    Outside of a transaction every write is kept before the call that made it comes back.

    Args:
        path: the vault's file.
        bundle: what the key at hand opens.
    """

    table_class = VaultTable

    def __init__(self, path: Path, bundle: Bundle) -> None:
        super().__init__(path, bundle, storage=VaultStorage)

    def table(self, name: str, **options: Any) -> VaultTable:
        """Return a table; its name is one of those fixed in the program."""
        return cast(VaultTable, super().table(name, **options))

    @property
    def vault(self) -> VaultStorage:
        """The storage underneath."""
        return cast(VaultStorage, self.storage)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything that is written within, in every table, whole or not at all.

        It begins with what others wrote until then, and keeps them waiting until its end.
        """
        with self.vault.unit():
            yield
