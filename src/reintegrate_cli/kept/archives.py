"""Archives: a whole vault as one JSON document, for another machine or another program.

::

    {"format": "reintegrate-archive", "version": 2, "schema": 5, "store": "...",
     "exported_at": "...", "ending": {"last": "...", "public": "...", "proof": "..."},
     "tables": {"cases": [{...}, ...], ..., "history": [{...}]}}

What is worked out from records (the index of dates, what cron may know) is not in it, and
nothing that opens a vault. An archive that comes back is somebody else's file: bounded,
checked record by record, and taken whole or not at all.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import msgspec.json

from reintegrate_cli.catalogue import RECORDS, SCHEMA, TABLES
from reintegrate_cli.core import clocks, migrations
from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.errors import Busy, Damaged, Settings, Usage
from reintegrate_cli.core.filing import Key, folded
from reintegrate_cli.core.records import check_days, counted
from reintegrate_cli.kept import engines, origins, pieces, retention
from reintegrate_cli.kept.history import Entry, Values
from reintegrate_cli.kept.records import decode, key_of
from reintegrate_cli.keys.disk import opening, plain_reason, remedy

if TYPE_CHECKING:
    from reintegrate_cli.kept.retention import Certificate
    from reintegrate_cli.kept.store import Store

FORMAT = "reintegrate-archive"
VERSION = 2
_UNSIGNED, _LAST_UNSIGNED = 1, 5
"""The version without a word of how its history ends, and the last schema that it ever had: of a
later one, somebody took that word out."""
MOST_IN_A_RECORD = 200_000
"""Values in one record; none has nearly so many."""
MOST_IN_A_UNIT = 4_000_000
"""Values in what one unit of work found and left: it may have replaced every record there is."""
MOST_ROWS = 2_000_000
LONGEST = 256 * 1024**2
"""An archive is held in memory whole, as JSON, so a longer one is refused."""


def _that(*ways: str) -> tuple[str, ...]:
    return tuple(name for name, table in TABLES.items() if table.archived in ways)


_DERIVED = _that("never")
_OF_THIS_MACHINE = _that("machine")
"""Where mail goes is never taken from somebody else's file."""
_FOR_GOOD = _that("forever")
"""An archive adds these, and never takes the place of one: a hold is released by a person."""
_CHAINED = _that("chained")
"""A log is never written over: an archive adds the entries that are missing, and no more."""

Tables = dict[str, list[bytes]]
"""Rows as JSON, which takes a tenth of the room of what is read from it."""


class Counts(NamedTuple):
    """What an archive holds."""

    records: int
    entries: int


class Archive(NamedTuple):
    """An archive that was read and has the right shape."""

    tables: Tables
    store_id: str = ""
    exported_at: str = ""
    ending: origins.Ending | None = None
    """How its history ends; an older version does not say it."""

    @property
    def records(self) -> int:
        """Count its records, the history apart."""
        return sum(len(self.tables.get(name, ())) for name in RECORDS)


class Taken(NamedTuple):
    """What of an archive was new, and what took another's place."""

    added: int
    replaced: int


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    schema: int
    store: str
    exported_at: str
    tables: msgspec.Raw
    ending: origins.Ending | None = None


# A field for each table that an archive may have: of another name not even the first is read.
_Rows = msgspec.defstruct(
    "_Rows",
    [(name, msgspec.Raw, msgspec.Raw(b"[]")) for name in TABLES if name not in _DERIVED],
    forbid_unknown_fields=True,
)


def written(store: "Store", at: str) -> tuple[bytes, Counts]:
    """Write everything that a vault holds.

    Args:
        store: the store.
        at: the real time, in UTC.
    """
    pieces = [
        f'{{"format":"{FORMAT}","version":{VERSION},"schema":{SCHEMA},'
        f'"store":"{store.shelf.store_id}","exported_at":"{at}","ending":'.encode(),
        msgspec.json.encode(origins.ending(store, at)),
        b',"tables":{',
    ]
    counts = dict.fromkeys(TABLES, 0)
    names = [name for name in TABLES if name not in (*_DERIVED, *_OF_THIS_MACHINE)]
    for nth, name in enumerate(names):
        pieces.append(b"," * (nth > 0) + f'"{name}":['.encode())
        for body in store.shelf.bodies(name):
            pieces += [b"," * (counts[name] > 0), body]
            counts[name] += 1
        pieces.append(b"]")
    pieces.append(b"}}")
    records = sum(counts[name] for name in RECORDS)
    return b"".join(pieces), Counts(records, counts["history"])


def is_too_long(plain: bytes, counts: Counts) -> bool:
    """Return whether an archive is longer than one that can be taken back in."""
    return len(plain) > LONGEST or counts.records + 2 * counts.entries > MOST_ROWS


def read(path: Path) -> bytes:
    """Read a sealed archive.

    Raises:
        Settings: it is not there, is no plain file, or is too long.
        Usage: it is a copy of a vault.
    """
    try:
        with opening(path, os.O_RDONLY, follow=True) as descriptor:
            if os.fstat(descriptor).st_size > LONGEST:
                raise Settings(
                    "the archive is larger than this version can take in",
                    hint=f"the most is {LONGEST // 1024**2} megabytes",
                )
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                data = file.read(LONGEST + 1)
    except OSError as error:
        raise Settings(
            f"the archive cannot be read: {plain_reason(error)}", hint=remedy(error)
        ) from None
    if engines.is_copy(data):
        raise Usage(
            "that is a copy of a vault, not an archive",
            hint="reintegrate vault restore FILE puts a copy back",
        )
    return data


def parse(plain: bytes) -> Archive:
    """Read the document of an archive a row at a time, and demand its shape.

    Raises:
        Damaged: it has not the shape of one.
        Settings: a newer version wrote it.
    """
    try:
        return _parsed(plain)
    except (
        msgspec.DecodeError,
        AttributeError,
        LookupError,
        ValueError,
        TypeError,
        RecursionError,
    ):
        raise _misshapen() from None


def _parsed(plain: bytes) -> Archive:
    document = msgspec.json.decode(plain, type=_Document)
    if document.format != FORMAT or document.version < 1 or document.schema < 1:
        raise ValueError
    if document.version > VERSION or document.schema > SCHEMA:
        raise Settings(
            "the archive was written by a newer version of reintegrate",
            hint="upgrade reintegrate on this machine",
        )
    tables = msgspec.json.decode(document.tables, type=_Rows)
    rows: Tables = {}
    for name in _Rows.__struct_fields__:
        left = MOST_ROWS - sum(map(len, rows.values()))
        rows[name] = _rows(name, memoryview(getattr(tables, name)), document.schema, left)
    is_unsigned = document.version == _UNSIGNED
    if (document.ending is None) is not is_unsigned:
        raise ValueError
    if is_unsigned and document.schema > _LAST_UNSIGNED:
        raise ValueError
    held = {name: body for name, body in rows.items() if body}
    return Archive(held, document.store, document.exported_at, document.ending)


def _rows(name: str, text: memoryview, schema: int, most_rows: int) -> list[bytes]:
    carry, rows, known = migrations.carrier(name, schema), list[bytes](), set[str]()
    most = MOST_IN_A_UNIT if name == "values" else MOST_IN_A_RECORD
    for nth, body in enumerate(pieces.objects(text, most), 1):
        if carry is not None:
            body = carry(body)
        row = _row(body)
        if name in RECORDS:
            known.add("/".join(folded(name, [row[field] for field in TABLES[name].key])))
        if nth > (len(known) if name in RECORDS else nth) or nth > most_rows:
            raise ValueError  # two rows with one key, or too many
        rows.append(body)
    return rows


def _row(body: bytes) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.json.decode(body)
    return row


def _misshapen() -> Damaged:
    return Damaged("the archive is malformed", hint="nothing of it was taken")


def purges_after(store: "Store", archive: Archive, judged: datetime) -> "list[Certificate]":
    """List the purges of this vault that an archive was made before, the latest last.

    Args:
        store: the store.
        archive: what was read.
        judged: the moment by which ages are judged.
    """
    theirs = [_row(body) for body in archive.tables.get("certificates", ())]
    known = [row["id"] for row in store.shelf.rows("certificates") if row in theirs]
    return retention.purges_after(
        archive.exported_at, known, store.certificates.all(), judged + clocks.A_DAY
    )


def take(
    store: "Store",
    archive: Archive,
    rebuild: Callable[[], object],
    unworkable: Callable[[], set[str]],
    *,
    replace: bool,
) -> Taken:
    """Hold what an archive has for the end of the unit of work; again changes nothing.

    Args:
        store: the store, in its unit of work.
        archive: what was read.
        rebuild: makes the index of dates anew.
        unworkable: names the records from which no date can be worked out.
        replace: whether the archive's record takes the place of one that differs.

    Raises:
        Busy: records differ, and nothing says whose is right.
        Damaged: a record has not the shape of its kind, or no date can be worked out from it.
    """
    known = unworkable()
    try:
        history = [_row(body) for body in archive.tables.get("history", ())]
        origins.check(history, archive.store_id, archive.exported_at, archive.ending)
        taken = _take(store, archive, replace=replace)
        rebuild()
    except (ValueError, OverflowError, TypeError, KeyError, AttributeError, Usage):
        raise _misshapen() from None
    wrong = sorted(unworkable() - known)
    if wrong:
        raise Damaged(
            f"no dates can be worked out from {counted(len(wrong), 'record')} of the archive",
            hint=f"nothing of it was taken; the first is {wrong[0]}",
        )
    return taken


def _take(store: "Store", archive: Archive, *, replace: bool) -> Taken:
    added = replaced = 0
    differing = []
    for name in RECORDS:
        for key, row in _checked(store, name, archive.tables.get(name, ())):
            former = store.shelf.get(name, key)
            if former == row:
                continue
            if former is None:
                added += 1
            elif name in _FOR_GOOD:
                continue
            elif name in _CHAINED:
                raise Busy(
                    "the disclosure log here differs from the archive's",
                    hint="a log is never written over; compare both with a person who "
                    "knows the case",
                )
            elif replace or _is_bare(name, former):
                replaced += 1
                store.note_change(name, key, former, row)
            else:
                differing.append("/".join(key))
                continue
            store.shelf.put(name, key, row)
    if differing:
        differ = "differs" if len(differing) == 1 else "differ"
        raise Busy(
            f"{counted(len(differing), 'record')} here {differ} from the archive's",
            hint=f"--replace takes the archive's; the first is {differing[0]}",
        )
    added += _take_history(store, archive.tables)
    return Taken(added, replaced)


def differing(store: "Store", archive: Archive) -> list[str]:
    """List what does not read as an archive has it, once that was taken in, by table and key."""
    found = [
        f"{name}/{'/'.join(key_of(name, row))}"
        for name in RECORDS
        if name not in _FOR_GOOD
        for row in map(_row, archive.tables.get(name, ()))
        if store.shelf.get(name, key_of(name, row)) != row
    ]
    known = {row.get("origin") or row["chain"] for row in store.shelf.rows("history")}
    known |= {row["chain"] for row in store.shelf.rows("history")}
    entries = map(_row, archive.tables.get("history", ()))
    missing = [row["id"] for row in entries if (row.get("origin") or row["chain"]) not in known]
    return found + [f"history/{id_}" for id_ in missing]


def _is_bare(name: str, document: Mapping[str, Any]) -> bool:
    """Return whether a member of staff is what ``init`` made, and nobody completed."""
    return name == "staff" and not document.get("name")


def _checked(
    store: "Store", name: str, rows: Iterable[bytes]
) -> Iterator[tuple[Key, dict[str, Any]]]:
    for body in rows:
        row = _row(body)
        check_days(decode(row, store.kind_of(name)))
        yield key_of(name, row), row


def _take_history(store: "Store", tables: Tables) -> int:
    """Append the entries that are not here yet, in their order, under numbers of their own."""
    known = set()
    for row in store.shelf.rows("history"):
        known |= {row["chain"], row.get("origin")}
    values = {_row(body).get("id"): body for body in tables.get("values", ())}
    last = store.shelf.last_id("history")
    previous = store.shelf.get("history", [f"H{last}"]) if last else None
    chain = previous["chain"] if previous else ""
    added = 0
    for body in tables.get("history", ()):
        row = _row(body)
        _check_entry(decode(row, Entry))
        origin = row.get("origin") or row["chain"]
        if origin in known:
            continue
        last += 1
        entry = {**row, "id": f"H{last}", "origin": origin}
        entry["chain"] = chain = chain_value(chain, entry)
        store.shelf.append("history", entry, last)
        theirs = values.get(row["id"])
        if theirs is not None:
            former = _row(theirs)
            _check_values(store, decode(former, Values))
            store.shelf.append("values", {**former, "id": entry["id"], "entry": chain}, last)
        _never_again(store, row["changed"])
        added += 1
    return added


def _never_again(store: "Store", changed: Iterable[str]) -> None:
    """Let no id that the history speaks of, and that is free by now, be given to another."""
    for name in changed:
        table, _, key = name.partition("/")
        if table not in RECORDS or TABLES[table].key[-1] != "id":
            continue
        with contextlib.suppress(ValueError):  # what was purged has no place
            if store.shelf.get(table, key.split("/")) is None:
                store.shelf.delete(table, key.split("/"))


def _check_entry(entry: Entry) -> None:
    """Require what every command that reads the history takes for granted."""
    if not entry.chain or datetime.fromisoformat(entry.at).tzinfo is None:
        raise ValueError


def _check_values(store: "Store", values: Values) -> None:
    if values.before.keys() != values.after.keys():
        raise ValueError
    for side in (values.before, values.after):
        for name, document in side.items():
            table, _, key = name.partition("/")
            if table not in RECORDS or not key:
                raise ValueError
            if document is not None:
                decode(document, store.kind_of(table))
                folded(table, key.split("/"))
