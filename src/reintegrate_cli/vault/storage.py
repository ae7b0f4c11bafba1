"""A TinyDB storage over one encrypted file.

``TinyDB(path, bundle, storage=VaultStorage)`` and ``Query`` work as ever. What TinyDB
writes is held in memory until ``commit``, which replaces the file once.
"""

import json
import os
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from tinydb.storages import Storage

from reintegrate_cli.errors import Busy, Settings, Usage
from reintegrate_cli.keys import Bundle, Slot
from reintegrate_cli.vault import files
from reintegrate_cli.vault.format import (
    MANIFEST,
    NAMES,
    ROW,
    SCHEMA,
    SNAPSHOT,
    TABLES,
    Header,
    Part,
    Sealer,
    damaged,
    decode_header,
    digests,
    join,
    split,
)

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def read_header(path: Path) -> Header:
    """Read what a vault says of itself without a key.

    Raises:
        Settings: there is none, it cannot be read, or a newer program wrote it.
        Damaged: its header does not verify.
    """
    return decode_header(files.read(path))[0]


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
    """
    files.refuse_sync_folder(path)
    files.make_folder(path.parent)
    header = Header(store_id, 1, os.urandom(16).hex(), SCHEMA, tuple(slots))
    manifest = _manifest([], Sealer(header, bundle))
    files.write_new(path, join(header, [manifest], bundle.chain_key))


def replace_slots(path: Path, bundle: Bundle, slots: Sequence[Slot]) -> None:
    """Write the vault with other key slots; the caller holds the lock.

    Raises:
        Damaged: the vault does not verify, and so is not written over.
    """
    data = files.read(path)
    header, start = decode_header(data)
    parts = split(data, start, bundle.chain_key)
    renewed = Header(header.store_id, header.epoch, header.salt, header.schema, tuple(slots))
    files.replace(path, join(renewed, parts, bundle.chain_key))


def new_store_id() -> str:
    """Make the random id of a new vault."""
    return os.urandom(16).hex()


def _manifest(parts: Sequence[Part], sealer: Sealer) -> Part:
    return sealer.seal(0, MANIFEST, 0, json.dumps(digests(parts)).encode())


class VaultStorage(Storage):
    """The vault as TinyDB sees it: read, write, close; and commit.

    Args:
        path: the vault's file.
        bundle: what the key at hand opens.

    Raises:
        Damaged: the file does not verify.
    """

    def __init__(self, path: Path, bundle: Bundle) -> None:
        self._path = path
        self._bundle = bundle
        data = files.read(path)
        self._header, start = decode_header(data)
        self._sealer = Sealer(self._header, bundle)
        self._trailer = data[-32:]
        self._parts: dict[str, list[Part]] = {}
        self._manifest: Part | None = None
        self._sort(split(data, start, bundle.chain_key))
        self._opened: dict[str, bytes] = {}
        self._staged: dict[str, bytes] = {}
        self._rows: dict[str, list[bytes]] = {}

    def _sort(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if part.table == 0:
                if self._manifest is not None or part.kind != MANIFEST:
                    raise damaged()
                self._manifest = part
                continue
            name = NAMES.get(part.table)
            if name is None or part.kind != (ROW if TABLES[name].grows else SNAPSHOT):
                raise damaged()
            self._parts.setdefault(name, []).append(part)
        if any(len(found) > 1 for name, found in self._parts.items() if not TABLES[name].grows):
            raise damaged()
        if self._bundle.full:
            self._check_manifest(parts)

    def _check_manifest(self, parts: Sequence[Part]) -> None:
        if self._manifest is None:
            raise damaged()
        if _decode(self._sealer.open(self._manifest, 0)) != digests(parts):
            raise damaged()

    # What TinyDB asks for.

    def read(self) -> "Tables":  # type: ignore[override]
        """Give the tables; each is opened when it is asked for."""
        return Tables(self)

    def write(self, data: Any) -> None:
        """Take tables back; ``Tables`` staged what was set in it."""
        if not isinstance(data, Tables):
            for name, documents in data.items():
                self.stage(name, documents)

    def close(self) -> None:
        """Forget what was staged and not committed."""
        self.rollback()

    # What the store asks for.

    def table(self, name: str) -> dict[str, Any]:
        """Open one table; each call gives values of its own.

        Raises:
            KeyError: it holds nothing yet.
            Locked: the key at hand does not open it.
        """
        return cast(dict[str, Any], _decode(self._body(name)))

    def _body(self, name: str) -> bytes:
        self._demand(name)
        if name in self._staged:
            return self._staged[name]
        if name not in self._opened:
            self._opened[name] = self._sealer.open(self._parts[name][0], 0)
        return self._opened[name]

    def _demand(self, name: str) -> None:
        if name not in TABLES:
            raise KeyError(name)
        self._bundle.table_key(name, reminder=TABLES[name].group == "reminder")

    def stage(self, name: str, documents: Any) -> None:
        """Hold a table's new content until ``commit``.

        Raises:
            Usage: a value cannot be kept.
            Locked: the key at hand does not open it.
        """
        self._demand(name)
        self._staged[name] = encode(documents)

    def append(self, name: str, row: dict[str, Any]) -> None:
        """Hold a new row of a table that only grows until ``commit``."""
        self._demand(name)
        self._rows.setdefault(name, []).append(encode(row))

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Give the rows of a table that only grows, in order, those not committed last."""
        return [self.row(name, at) for at in range(self.count(name))]

    def count(self, name: str) -> int:
        """Count the rows of a table that only grows, without opening them."""
        self._demand(name)
        return len(self._parts.get(name, ())) + len(self._rows.get(name, ()))

    def row(self, name: str, at: int) -> dict[str, Any]:
        """Open one row of a table that only grows."""
        kept = self._parts.get(name, [])
        body = (
            self._sealer.open(kept[at], at) if at < len(kept) else self._rows[name][at - len(kept)]
        )
        return cast(dict[str, Any], _decode(body))

    def commit(self) -> None:
        """Replace the file with what was staged; the caller holds the lock.

        Raises:
            Busy: somebody else wrote since this storage read the file.
            Settings: the disk would not take it; the file is as it was.
        """
        if not self._staged and not self._rows:
            return
        if files.trailer(self._path) != self._trailer:
            raise Busy("somebody else changed the vault first", hint="try again")
        files.sweep(self._path)
        renewed = self._renewed()
        data = join(self._header, [part for found in renewed.values() for part in found],
                    self._bundle.chain_key)  # fmt: skip
        files.replace(self._path, data)
        self._trailer = data[-32:]
        self._manifest = renewed.pop("", [None])[0]
        self._parts = cast(dict[str, list[Part]], renewed)
        self._opened.update(self._staged)
        self.rollback()

    def _renewed(self) -> dict[str, list[Any]]:
        renewed: dict[str, list[Any]] = {}
        for name, table in TABLES.items():
            parts = list(self._parts.get(name, ()))
            if name in self._staged:
                parts = [self._sealer.seal(table.number, SNAPSHOT, 0, self._staged[name])]
            for body in self._rows.get(name, ()):
                parts.append(self._sealer.seal(table.number, ROW, len(parts), body))
            if parts:
                renewed[name] = parts
        if self._bundle.full:
            flat = [part for found in renewed.values() for part in found]
            return {"": [_manifest(flat, self._sealer)], **renewed}
        return {"": [self._manifest], **renewed} if self._manifest else renewed

    def rollback(self) -> None:
        """Forget what was staged."""
        self._staged.clear()
        self._rows.clear()

    def names(self) -> list[str]:
        """Name the tables that hold something and that the key at hand opens."""
        return [
            name
            for name, table in TABLES.items()
            if (name in self._parts or name in self._staged)
            and not table.grows
            and (self._bundle.full or table.group == "reminder")
        ]


class Tables(MutableMapping[str, Any]):
    """The tables of a storage by name, opened one by one."""

    def __init__(self, storage: VaultStorage) -> None:
        self._storage = storage

    def __getitem__(self, name: str) -> Any:
        """Open a table."""
        return self._storage.table(name)

    def __setitem__(self, name: str, documents: Any) -> None:
        """Stage a table."""
        if name not in TABLES:
            raise Settings("the vault has no such table")
        self._storage.stage(name, documents)

    def __delitem__(self, name: str) -> None:
        """Stage an empty table in its place."""
        self._storage.stage(name, {})

    def __iter__(self) -> Iterator[str]:
        """Name the tables."""
        return iter(self._storage.names())

    def __len__(self) -> int:
        """Count the tables."""
        return len(self._storage.names())


def encode(value: Any) -> bytes:
    """Write what is to be kept as JSON.

    Raises:
        Usage: it holds NaN, an integer past 64 bits, or half of a character; the writer
            would change these in silence, or the reader fail on them.
    """
    try:
        _check(value)
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise Usage("a value cannot be kept as it is") from None


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError
    elif isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        raise ValueError


def _decode(body: bytes) -> Any:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise damaged() from None
    if not isinstance(found, dict):
        raise damaged()
    return found
