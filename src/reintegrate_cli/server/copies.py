"""Copies of a vault in a database: each is a file, which opens with the same keys where it is lost.

A copy is an ordinary vault file with the store's id, its slots and the key that signs, so that all
that is done with the copy of a file is done with this one.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from reintegrate_cli.catalogue import OF_A_CASE, RECORDS, TABLES
from reintegrate_cli.core.errors import Busy, Damaged, Problem, Settings, damaged
from reintegrate_cli.core.filing import folded
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.values import decode
from reintegrate_cli.keys import Bundle
from reintegrate_cli.keys.engine import Contents
from reintegrate_cli.keys.header import Header, Place, decode_header
from reintegrate_cli.server import founding
from reintegrate_cli.server.answers import Opening, one, value
from reintegrate_cli.server.heads import Entry, Restored
from reintegrate_cli.server.keeping import Keeping
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sealing import Folded, Seals, in_cases, number_of
from reintegrate_cli.server.sending import Past, Whole, call, rename_looks, write_anew
from reintegrate_cli.server.sheets import Query
from reintegrate_cli.server.transaction import Transaction
from reintegrate_cli.server.working_out import Staged
from reintegrate_cli.vault import VaultStorage, backups
from reintegrate_cli.vault.layout import of_case, place
from reintegrate_cli.vault.making import read_header
from reintegrate_cli.vault.rewrite import new_header, write_base

_UNSAFE = re.compile(r"[^\w.-]", re.ASCII)
_DAY_BITS = 64
_REMEMBERED = 256
"""How many entries that a copy lacks are named: whoever last looked before those asks somebody."""


def contents(moment: Moment) -> Contents:
    """Read everything that the key at hand opens; count it.

    Raises:
        Damaged: a row, a sum, a label or a signature is not what was kept.
    """
    rows = moment.all_rows()
    size = sum(len(row.body) for own in rows.values() for row, _ in own.values())
    records = sum(len(rows[name]) for name in RECORDS if name in rows)
    entries = len(rows["history"])
    return Contents(moment.header.store_id, size, records, entries)


def named(query: Query) -> str:
    """Return what the copies of a database are called after it."""
    return _UNSAFE.sub("_", value(str, query("SELECT current_database()")))


def back_up(keeping: Keeping, folder: Path, now: datetime) -> tuple[Path, Contents]:
    """Write a copy of a vault as it is at one moment, and read it whole.

    Raises:
        Busy: a school's work waits, and would not be in the copy.
        Damaged: the vault, or the copy, does not verify; the copy is not kept.
        Settings: the disk would not take it.
    """
    moment, bundle, signer = keeping.moment, keeping.bundle, keeping.signer
    if moment.tray.found:
        raise Busy(
            "something that was entered at a school is not taken over yet",
            hint="the next change by a specialist takes it over; then make the copy",
        )
    there = contents(moment)
    store_id = moment.header.store_id
    sealed = signer.sealed(bundle, store_id)
    header = new_header(store_id, moment.header.epoch, moment.header.slots, sealed)
    tables = _Placed(moment)
    copy, made = backups.write_copy(
        named(keeping.query),
        folder,
        bundle,
        now,
        lambda to: write_base(
            to, header, bundle, signer, tables.rows, tables.last, tables.never_again
        ),
    )
    if (made.records, made.entries) != (there.records, there.entries):
        copy.unlink(missing_ok=True)
        raise damaged()
    return copy, made


class _Placed:
    """The tables of a database as a file has them: by places.

    Args:
        moment: what the vault holds; it was read whole.
    """

    def __init__(self, moment: Moment) -> None:
        self._rows = moment.all_rows()
        self._last = {name: n for own in moment.last_numbers().values() for name, n in own.items()}
        self._given = moment.all_given()

    def rows(self, table: str) -> Iterator[tuple[int, bytes]]:
        """Yield the rows of a table by their places, in their order."""
        rows = self._rows[table].items()
        placed = [(_place(table, key), body) for key, (_, body) in rows]
        return iter(sorted(placed))

    def last(self, table: str) -> int:
        """Return the last number that was given in a table of no case."""
        return self._last.get(str(TABLES[table].number), 0)

    def never_again(self, table: str) -> list[int]:
        """List the places that were given last in the cases there are, and are free."""
        if not in_cases(table):
            return []
        name, letters = str(TABLES[table].number), TABLES[table].id
        taken: dict[str, int] = defaultdict(int)
        for key in self._rows[table]:
            taken[key[0]] = max(taken[key[0]], number_of(table, key) or 0)
        return [
            place(table, [case, f"{letters}{given[name]}"])
            for case, given in self._given.items()
            if given.get(name, 0) > taken[case]
        ]


def _place(table: str, key: Folded) -> int:
    return place(table, key) if TABLES[table].key else int(key[0])


def restore(
    url: str, copy: Path, bundle: Bundle, now: datetime, standing: Bundle | None = None
) -> str | None:
    """Put the content of a copy into a database, in one transaction; what is there is set aside.

    Whether what is there can be read does not matter; where it can, by ``standing``, the vault
    says from then on what it came after: a machine that saw that knows it for no older one.

    Returns:
        What is set aside is called so; nothing if there was no vault.

    Raises:
        Damaged: the copy does not verify; nothing was touched.
        Settings: it could not be written; the vault is as it was.
    """
    there = backups.verify_copy(copy, bundle)
    founding.prepare(url)
    transaction = Transaction(url)
    transaction.begin_use()
    try:
        transaction.hold()
        stood, turn = _standing(transaction.query)
        # Two in one second are set aside under two names.
        aside = None if stood is None else f"before-{backups.stamp(now)}-{turn}"
        former = _header(copy, stood)
        storage = VaultStorage(copy, bundle)
        try:
            seals = Seals(bundle, former.store_id, former.salt)
            whole, signer = _read(storage, seals), storage.signer
        finally:
            storage.close()
        restored = Restored(former.epoch + 1, bundle.user, now.isoformat(timespec="minutes"))
        past = _past(transaction.query, standing, whole, restored)
        args = (transaction.query, former, bundle, signer, turn, whole)
        if stood is not None:
            call(transaction.query, "stilled()")
        rename_looks(transaction.query, standing or bundle, bundle, whole.rows["cases"])
        write_anew(*args, past=past, aside=aside)
        now_there = contents(Moment(transaction.query, bundle))
        if (now_there.records, now_there.entries) != (there.records, there.entries):
            raise Settings("the copy does not read back as it was written; nothing was restored")
        transaction.commit("")
    finally:
        transaction.close()
    return aside


def _past(query: Query, standing: Bundle | None, whole: Whole, restored: Restored) -> Past:
    """Return what stands there, with what of it a copy lacks; neither, if it cannot be read."""
    if standing is None:
        return Past(None, restored)
    try:
        moment = Moment(query, standing)
        there, kept = _chains(moment.whole("history")), _chains(whole.rows["history"])
    except Damaged:
        return Past(None, restored)
    before = moment.top.restored or Restored(0, "", "")
    known = {*kept}
    gone = [Entry(0, chain).name for chain in there if chain not in known]
    restored.entries = before.entries + max(0, len(there) - len(kept))
    restored.undone = [*before.undone, *gone][-_REMEMBERED:]
    digest = hashlib.sha256(moment.top_body).digest()
    place = Place(moment.header.epoch, moment.turn, digest)
    return Past(place, restored, moment.top.purged)


def _chains(history: Mapping[Folded, bytes | None]) -> list[str]:
    """List the chain values of a history, in the order of its entries."""
    rows = sorted((number_of("history", key) or 0, body) for key, body in history.items() if body)
    return [decode(body)["chain"] for _, body in rows]


def _standing(query: Query) -> tuple[bytes | None, int]:
    """Return the header that is in the database, and its turn; nothing where there is none."""
    opening = one(Opening, query("SELECT * FROM reintegrate.opening()"))
    return opening.header, (opening.turn or 0) if opening.header is not None else 0


def _header(copy: Path, stood: bytes | None) -> Header:
    """Return the header of a copy, with an epoch that comes after that of what is there."""
    header = read_header(copy)
    try:
        epoch = decode_header(stood)[0].epoch if stood is not None else 0
    except Problem:
        epoch = 0
    return replace(header, epoch=max(epoch, header.epoch))


def _read(storage: VaultStorage, seals: Seals) -> Whole:
    """Read all of a copy, by keys."""
    rows: Staged = {}
    last: dict[bytes, dict[str, int]] = defaultdict(dict)
    for name, table in TABLES.items():
        rows[name] = {_key(name, at, body): body for at, body in storage.streamed(name)}
        if table.grows or (table.key == ("id",) and not in_cases(name)):
            number = storage.last_place(name)
            last[seals.scope_of(name, None)][str(table.number)] = number
    return Whole(rows, last, _given(storage))


def _given(storage: VaultStorage) -> dict[str, dict[str, int]]:
    """Return by case the last numbers that are free by now; its rows say the others."""
    cases = {at: str(row["ref"]).upper() for at, row in storage.everything("cases")}
    given: dict[str, dict[str, int]] = defaultdict(dict)
    for name in OF_A_CASE:
        number = str(TABLES[name].number)
        for at in storage.gone(name) if in_cases(name) else ():
            first, _ = of_case(at)
            if first in cases:
                own = given[cases[first]]
                own[number] = max(own.get(number, 0), at - first)
    return given


def _key(table: str, at: int, body: bytes) -> Folded:
    """Return the key of a row that is at a place of a file."""
    fields = TABLES[table].key
    if not fields:
        return (str(at),)
    row: Mapping[str, Any] = decode(body)
    return folded(
        table, [_PARTS[field](at, row) if field in _PARTS else str(row[field]) for field in fields]
    )


_PARTS: dict[str, Callable[[int, Mapping[str, Any]], str]] = {
    "day": lambda at, _: str(at >> _DAY_BITS),
    "unit": lambda _, row: str(row.get("of", "")),
    "item": lambda _, row: str(row.get("id", "")),
    "only": lambda _, __: "",
}
"""The parts of keys that the program makes for itself, which no row has under that name."""
