"""A TinyDB storage over one encrypted file.

``TinyDB(path, bundle, storage=VaultStorage)`` and ``Query`` work as ever. What TinyDB
writes is held in memory until ``commit``, which replaces the file once.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, cast

from tinydb.storages import Storage

from reintegrate_cli.errors import Busy, Settings, Usage
from reintegrate_cli.keys import Bundle, Slot
from reintegrate_cli.vault import files
from reintegrate_cli.vault.format import (
    MANIFEST,
    SCHEMA,
    TABLES,
    TRAILER_BYTES,
    Body,
    Header,
    Part,
    Sealer,
    damaged,
    decode_header,
    join,
    kind_of,
    manifest_of,
    split,
)
from reintegrate_cli.vault.values import decode, encode


def read_header(path: Path) -> Header:
    """Read what a vault says of itself without a key.

    Raises:
        Settings: there is none, it cannot be read, or a newer program wrote it.
        Damaged: its header does not verify.
    """
    return decode_header(files.read(path))[0]


def check_place(path: Path) -> None:
    """Say before anything is made why a new vault could not stand here.

    Raises:
        Settings: there is one already, the folder is copied to the cloud, or it cannot be
            made or written to.
    """
    files.refuse_sync_folder(path)
    files.refuse_existing(path)
    files.make_folder(path.parent)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise Settings("the folder of the vault cannot be written to")


def create(path: Path, bundle: Bundle, slots: Sequence[Slot], *, store_id: str) -> None:
    """Make a new, empty vault.

    Args:
        path: where; its folder is made if it is not there.
        bundle: a full bundle.
        slots: the ways to open it.
        store_id: the random id (32 hexadecimal digits) that the slots are bound to.

    Raises:
        Settings: there is one already, the folder is copied to the cloud, or the disk
            would not take it.
        Locked: the bundle is not a full one.
    """
    files.refuse_sync_folder(path)
    files.refuse_existing(path)
    header = Header(store_id, 1, os.urandom(16).hex(), SCHEMA, tuple(slots))
    body = Body(_manifest({}, header, Sealer(header, bundle)), {})
    data = join(header, body, bundle.chain_key)
    files.make_folder(path.parent)
    files.write_new(path, data)


def replace_slots(path: Path, bundle: Bundle, slots: Sequence[Slot]) -> None:
    """Write the vault with other key slots, and everything else as it is.

    The caller holds the lock since before it worked out the slots, so that no slot that
    somebody else adds is lost.

    Raises:
        Damaged: the vault does not verify, and so is not written over.
        Locked: the bundle is not a full one.
        Settings: the disk would not take it; the file is as it was.
    """
    bundle.demand_full("the key slots")
    with files.holding(path):
        header, body = _verified(files.read(path), bundle)
        renewed = Header(header.store_id, header.epoch, header.salt, header.schema, tuple(slots))
        data = join(renewed, body, bundle.chain_key)
        files.sweep(path)
        files.replace(path, data)


def new_store_id() -> str:
    """Make the random id of a new vault."""
    return os.urandom(16).hex()


def _manifest(tables: Mapping[str, Sequence[Part]], header: Header, sealer: Sealer) -> Part:
    return sealer.seal(0, MANIFEST, 0, encode(manifest_of(tables, header.schema)))


def _verified(data: bytes, bundle: Bundle) -> tuple[Header, Body]:
    """Cut a file into its parts; with a full key, compare them with the manifest."""
    header, start = decode_header(data)
    body = split(data, start, bundle.chain_key)
    if bundle.full:
        said = decode(Sealer(header, bundle).open(body.manifest, 0))
        if said != manifest_of(body.tables, header.schema):
            raise damaged()
    return header, body


class VaultStorage(Storage):
    """The vault as TinyDB sees it: read, write, close; and commit.

    Every value given out is a copy of its own: what a caller does to it changes nothing
    here. A ``TinyDB`` keeps ids and queries of its own in memory, so after ``rollback`` or
    ``Busy`` open a new one.

    Args:
        path: the vault's file.
        bundle: what the key at hand opens.

    Raises:
        Damaged: the file does not verify.
        Settings: there is none, or it cannot be read.
    """

    def __init__(self, path: Path, bundle: Bundle) -> None:
        self._path = Path(path)
        self._bundle = bundle
        data = files.read(self._path)
        self._header, self._body = _verified(data, bundle)
        self._sealer = Sealer(self._header, bundle)
        self._trailer = data[-TRAILER_BYTES:]
        self._opened: dict[str, bytes] = {}
        self._staged: dict[str, bytes] = {}
        self._rows: dict[str, list[bytes]] = {}

    # What TinyDB asks for.

    def read(self) -> dict[str, dict[str, Any]]:
        """Give the tables; each is opened when it is asked for."""
        # TinyDB's type says dict; all that it uses is a mapping.
        return cast(dict[str, dict[str, Any]], Tables(self))

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Hold the tables that were changed until ``commit``.

        Args:
            data: what ``read`` gave, with changes; or any mapping of all the tables, whose
                content replaces everything that does not merely grow.

        Raises:
            Usage: a value cannot be kept.
            Locked: the key at hand does not open one of them.
        """
        changed = data.changed() if isinstance(data, Tables) else dict(data)
        if not isinstance(data, Tables):
            kept = [name for name in self.names() if not TABLES[name].grows]
            changed = {**{name: {} for name in kept}, **changed}
        for name, documents in changed.items():
            self._stage(name, documents)

    def close(self) -> None:
        """Forget what was staged and not committed."""
        self.rollback()

    # What the store asks for.

    def table(self, name: str) -> dict[str, Any]:
        """Open one table; each call gives values of its own.

        A table that only grows reads as its rows by number, so that ``Query`` works on it.

        Raises:
            KeyError: it holds nothing yet, which TinyDB takes for an empty table.
            Locked: the key at hand does not open it.
        """
        if name not in TABLES:
            raise KeyError(name)
        if TABLES[name].grows:
            return {str(at + 1): row for at, row in enumerate(self.rows(name))}
        self._demand(name)
        return decode(self._staged[name] if name in self._staged else self._kept(name))

    def _kept(self, name: str) -> bytes:
        """Open a table as it stands in the file."""
        if name not in self._opened:
            self._opened[name] = self._sealer.open(self._body.tables[name][0], 0)
        return self._opened[name]

    def _demand(self, name: str, *, grows: bool | None = None) -> None:
        if name not in TABLES:
            raise Settings(f"the vault has no table {name}")
        self._bundle.table_key(name, TABLES[name].group)
        if grows is not None and TABLES[name].grows is not grows:
            can = "only grows" if TABLES[name].grows else "has no rows of its own"
            raise Usage(f"the table {name} {can}")

    def _stage(self, name: str, documents: Mapping[str, Any]) -> None:
        self._demand(name, grows=False)
        self._staged[name] = encode(documents)

    def append(self, table: str, row: Mapping[str, Any]) -> None:
        """Hold a new row of a table that only grows until ``commit``.

        Raises:
            Usage: a value cannot be kept, or the table does not merely grow.
            Locked: the key at hand does not open it.
        """
        self._demand(table, grows=True)
        self._rows.setdefault(table, []).append(encode(row))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Give the rows of a table that only grows, in order, those not committed last."""
        return [self.row(table, at) for at in range(self.count(table))]

    def count(self, table: str) -> int:
        """Count the rows of a table that only grows, without opening them.

        Raises:
            Locked: the key at hand does not open it.
        """
        self._demand(table, grows=True)
        return len(self._body.tables.get(table, ())) + len(self._rows.get(table, ()))

    def row(self, table: str, at: int) -> dict[str, Any]:
        """Open one row of a table that only grows, counted from nought."""
        self._demand(table, grows=True)
        kept = self._body.tables.get(table, [])
        if at < len(kept):
            return decode(self._sealer.open(kept[at], at))
        return decode(self._rows[table][at - len(kept)])

    def commit(self) -> None:
        """Replace the file with what was staged, whole or not at all, and durably.

        The caller holds the lock since before it read, so that nobody else's work is in
        between; a caller that does not is served all the same, and told ``Busy`` if there
        is. What was staged stays staged where this raises.

        Raises:
            Busy: somebody else wrote since this storage read the file.
            Settings: the disk would not take it; the file is as it was.
        """
        if not self._staged and not self._rows:
            return
        with files.holding(self._path):
            if files.trailer(self._path) != self._trailer:
                raise Busy("somebody else changed the vault first", hint="try again")
            body = self._renewed()
            data = join(self._header, body, self._bundle.chain_key)
            files.sweep(self._path)
            files.replace(self._path, data)
        self._body, self._trailer = body, data[-TRAILER_BYTES:]
        self._opened.update(self._staged)
        self.rollback()

    def _renewed(self) -> Body:
        tables = dict(self._body.tables)
        for name, documents in self._staged.items():
            tables[name] = [self._sealer.seal(TABLES[name].number, kind_of(name), 0, documents)]
        for name, added in self._rows.items():
            kept = tables.get(name, [])
            tables[name] = kept + [
                self._sealer.seal(TABLES[name].number, kind_of(name), len(kept) + at, row)
                for at, row in enumerate(added)
            ]
        if not self._bundle.full:
            return Body(self._body.manifest, tables)
        return Body(_manifest(tables, self._header, self._sealer), tables)

    def rollback(self) -> None:
        """Forget what was staged."""
        self._staged.clear()
        self._rows.clear()

    def names(self) -> list[str]:
        """Name the tables that hold something and that the key at hand opens."""
        return [
            name
            for name, table in TABLES.items()
            if (name in self._body.tables or name in self._staged or name in self._rows)
            and self._bundle.opens(table.group)
        ]


class Tables(MutableMapping[str, Any]):
    """The tables of a storage by name, opened one by one; changes wait for ``write``."""

    def __init__(self, storage: VaultStorage) -> None:
        self._storage = storage
        self._given: dict[str, Any] = {}
        self._set: set[str] = set()

    def changed(self) -> dict[str, Any]:
        """Give the tables that were set, or changed in place after they were given out."""
        return {
            name: documents
            for name, documents in self._given.items()
            if name in self._set or documents != self._storage.table(name)
        }

    def __getitem__(self, name: str) -> Any:
        """Open a table."""
        if name not in self._given:
            self._given[name] = self._storage.table(name)
        return self._given[name]

    def __setitem__(self, name: str, documents: Any) -> None:
        """Put other content in place of a table's."""
        self._given[name] = documents
        self._set.add(name)

    def __delitem__(self, name: str) -> None:
        """Empty a table; its name is fixed."""
        self[name] = {}

    def __iter__(self) -> Iterator[str]:
        """Name the tables."""
        return iter({**dict.fromkeys(self._storage.names()), **dict.fromkeys(self._set)})

    def __len__(self) -> int:
        """Count the tables."""
        return len(list(iter(self)))
