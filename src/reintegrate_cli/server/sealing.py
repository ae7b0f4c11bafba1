"""How rows are sealed before they leave this machine, and what the server calls them.

A row's *scope* is who may open it: the office, the cases of one school, what cron or a reviewer
reads. Every scope has a root of its own, and every table in it a key, so that one
school's root opens that school alone. What the server sees of names are keyed digests.
"""

import hashlib
import hmac
import os
from typing import Annotated, Any, NamedTuple

from reintegrate_cli.catalogue import BY_ID, IN_CASE, OF_A_CASE, TABLES
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import split_id
from reintegrate_cli.keys import (
    APPENDING,
    COMMON,
    NONCE_BYTES,
    Bundle,
    derive,
    school_name,
    scope_of,
    scope_root,
)

OFFICE = b"office"
"""What belongs to no school."""
REMINDER, HISTORY, LEDGER = b"reminder", b"history", b"ledger"
LABEL = 0
"""The number of no table: a row that says of a part what was given in it, and of what it is."""

STRETCH = {
    table.number: 5 if table.key[:1] == ("day",) else 10
    for table in TABLES.values()
    if table.key[:1] == ("day",) or (table.grows and table.group == "full")
}
"""By the number of a table that is read in stretches, of days or of numbers: how many bits of one
lie within a stretch. Each stretch is summed by itself."""

SET_ASIDE = [
    name
    for name, table in TABLES.items()
    if table.key == BY_ID and table.case_field and table.archived == "record"
    if table.group == "full" and not table.common
]
"""The tables whose records may be of a case, and are numbered all together."""

_PADDED = 64
_DIGEST, _SHEET = 16, 15
_SHARE_BITS, _NAMES_BITS = 6, 11
"""So many numbers are labeled together: 64. What has no number is, by so many bits of its name."""

Folded = tuple[str, ...]
Name = Annotated[bytes, msgspec.Meta(min_length=1, max_length=_DIGEST)]
"""What the server calls something."""


class Sealed(NamedTuple):
    """A row as the server has it."""

    tab: int
    key: Name
    scope: Name
    part: Name
    at: int | None
    turn: int
    body: bytes


class Seals:
    """What seals and opens the rows of one vault.

    Args:
        bundle: what the key at hand opens.
        store_id: the vault's random id.
        salt: tells it from what it was under a former data key.
    """

    def __init__(self, bundle: Bundle, store_id: str, salt: str) -> None:
        self.bundle = bundle
        self._where = f"{store_id}/{salt}/".encode()
        self._sealers: dict[tuple[int, bytes], Any] = {}
        self._schools: dict[str, bytes] = {}
        self.roots: dict[bytes, bytes] = {}
        """By scope, what a key for one school opens."""
        if bundle.school_root:
            self.roots = {scope_of(bundle.school): bundle.school_root, COMMON: bundle.common_root}
        self._sheets = {sheet_of(scope): scope for scope in self.roots}
        self._keys: dict[tuple[bytes, str], bytes] = {}

    # What the server calls things.

    def scope_of(self, table: str, school: str | None) -> bytes:
        """Return the scope of a row.

        Args:
            table: its table.
            school: the school of its case; nothing if it has none.
        """
        row = TABLES[table]
        if row.group in APPENDING and row.grows:
            return LEDGER
        if row.group != "full":
            return REMINDER if row.group == "reminder" else HISTORY
        if school:
            return self.school(school)
        return COMMON if row.common else OFFICE

    def school(self, code: str) -> bytes:
        """Return what the server calls a school."""
        if code not in self._schools:
            self.bundle.demand_full("the records")
            self._schools[code] = scope_of(school_name(self.bundle.data_key, code))
        return self._schools[code]

    def sheet(self, scope: bytes) -> bytes:
        """Return what the server calls the sheet of a scope."""
        self._sheets[sheet_of(scope)] = scope
        return sheet_of(scope)

    def key_of(self, table: str, key: Folded) -> bytes:
        """Return what the server calls a row of a table."""
        return _digest(self._names(table), b"key", *key)

    def part_of(self, table: str, key: Folded, at: int | None) -> bytes:
        """Return what the server calls the part of the vault that a row is read with."""
        case = case_of(table, key)
        if case is not None:
            return self.case(case)
        if TABLES[table].key[:1] == ("day",):
            return self.stretch(table, at or 0)
        return self.table(table)

    def case(self, ref: str) -> bytes:
        """Return what the server calls the rows of a case."""
        return self._name("cases", ref)

    def table(self, table: str) -> bytes:
        """Return what the server calls the rows of a table that are of no case."""
        return _digest(self._names(table), b"table")

    def stretch(self, table: str, at: int) -> bytes:
        """Return what the server calls a stretch of days in the index."""
        said = str(at >> STRETCH[TABLES[table].number])
        return _digest(self._names(table), b"month", said)

    def share(self, table: str, key: Folded) -> bytes | None:
        """Return what the server calls those with which a row of no case is labeled.

        Nothing for a row that is labeled with its case, summed in a stretch or bound in a chain.
        """
        if not is_shared(table) or case_of(table, key) is not None:
            return None
        try:  # the index calls by its id, too, what has a date and belongs to no case
            letters, number = split_id(key[-1].removeprefix("/"))
            said = f"{letters}{number >> _SHARE_BITS}"
        except ValueError:
            name = int.from_bytes(self.key_of(table, key))
            said = str(name >> (8 * _DIGEST - _NAMES_BITS))
        return _digest(self._names(table), b"share", said)

    def label(self, part: bytes) -> bytes:
        """Return what the server calls the label of a part."""
        return _digest(self._derived(self._names_root(), "labels"), part)

    def _name(self, what: str, text: str) -> bytes:
        return _digest(self._derived(self._names_root(), what), text)

    def _names(self, table: str) -> bytes:
        if TABLES[table].group == "full":
            return self._derived(self._names_root(), f"table/{table}")
        return self._derived(self.bundle.table_key(table, TABLES[table].group), "names")

    def _names_root(self) -> bytes:
        self.bundle.demand_full("the records")
        return self._derived(self.bundle.data_key, "names")

    def _derived(self, key: bytes, purpose: str) -> bytes:
        if (key, purpose) not in self._keys:
            self._keys[key, purpose] = derive(key, purpose)
        return self._keys[key, purpose]

    def reads(self, table: str) -> bool:
        """Return whether the key at hand opens a table, or what it may see of it."""
        group = TABLES[table].group
        return self.bundle.reads_cases if group == "full" else self.bundle.opens(group)

    # The rows.

    def seal(self, table: str, sealed: Sealed, key: Folded, body: bytes) -> Sealed:
        """Seal a row for its place.

        Args:
            table: its table; empty for a label.
            sealed: its place, without a body.
            key: its key, which goes inside.
            body: the row as JSON.
        """
        plain = msgspec.json.encode(key) + b"\n" + body
        plain = plain.ljust(-(-len(plain) // _PADDED) * _PADDED)
        nonce = os.urandom(NONCE_BYTES)
        sealer = self._sealer(table, sealed.scope)
        return sealed._replace(body=nonce + sealer.encrypt(nonce, plain, self._place(sealed)))

    def open(self, table: str, sealed: Sealed) -> tuple[Folded, bytes] | None:
        """Open a row; nothing if it was not sealed for this place."""
        from cryptography.exceptions import InvalidTag

        nonce, rest = sealed.body[:NONCE_BYTES], sealed.body[NONCE_BYTES:]
        try:
            plain = self._sealer(table, sealed.scope).decrypt(nonce, rest, self._place(sealed))
        except (InvalidTag, ValueError):
            return None
        key, _, body = plain.partition(b"\n")
        return tuple(msgspec.json.decode(key)), body.rstrip(b" ")

    def _sealer(self, table: str, scope: bytes) -> Any:
        tab = TABLES[table].number if table else LABEL
        if (tab, scope) not in self._sealers:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._sealers[tab, scope] = AESGCM(self._table_key(table, scope))
        return self._sealers[tab, scope]

    def _table_key(self, table: str, scope: bytes) -> bytes:
        if table and TABLES[table].group != "full":
            return self.bundle.table_key(table, TABLES[table].group)
        return self._derived(self._root(scope), f"table/{table}")

    def _root(self, scope: bytes) -> bytes:
        if scope not in self.roots:
            self.bundle.demand_full("the records")
            self.roots[scope] = scope_root(self.bundle.data_key, scope)
        return self.roots[scope]

    def _place(self, sealed: Sealed) -> bytes:
        at = "" if sealed.at is None else str(sealed.at)
        text = f"{sealed.tab}/{sealed.key.hex()}/{sealed.scope.hex()}/{sealed.part.hex()}/{at}"
        return self._where + f"{text}/{sealed.turn}".encode()

    # The heads.

    def head_key(self, scope: bytes) -> bytes:
        """Return the key of what says how much there is in a scope."""
        if scope in (REMINDER, LEDGER):
            self.bundle.demand("reminder", "what cron reads")
            return self._derived(self.bundle.reminder_root, f"head/{scope.hex()}")
        if scope == HISTORY:
            self.bundle.demand("history", "the history")
            return self._derived(self.bundle.history_root, "head")
        if scope in self._sheets:
            return self._derived(self._root(self._sheets[scope]), "sheet")
        # Not from the root: with a key for one school nobody brings the sums of its head about.
        self.bundle.demand_full("the records")
        return self._derived(self.bundle.data_key, f"head/{scope.hex()}")

    def opens(self, scope: bytes) -> bool:
        """Return whether the key at hand opens a scope."""
        if scope in (REMINDER, LEDGER):
            return self.bundle.opens("reminder")
        if is_sheet(scope):
            return not self.bundle.full and scope in self._sheets
        return self.bundle.opens("history" if scope == HISTORY else "full")

    @property
    def top_key(self) -> bytes:
        """The key of what names the last of every head; every key at hand has it."""
        return self._derived(self.bundle.chain_key, "head")

    def tray_key(self, scope: bytes) -> bytes:
        """Return the key that seals what lies in the tray of a school."""
        return self._derived(self._root(scope), "tray")

    def tray_place(self, scope: bytes, number: int) -> bytes:
        """Return where a slip belongs."""
        return self._where + f"tray/{scope.hex()}/{number}".encode()

    def head_place(self, scope: bytes, turn: int) -> bytes:
        """Return where a head belongs."""
        return self._where + f"head/{scope.hex()}/{turn}".encode()


def sheet_of(scope: bytes) -> bytes:
    """Return what the server calls the sheet of a scope; the schema derives it just so."""
    return hashlib.sha256(b"sheet" + scope).digest()[:_SHEET]


def is_sheet(scope: bytes) -> bool:
    """Return whether it is a sheet: no other name is as long."""
    return len(scope) == _SHEET


def case_of(table: str, key: Folded) -> str | None:
    """Return the case that a row is read with, if its key says one."""
    if table in OF_A_CASE:
        return key[0]
    if TABLES[table].key == ("unit",) and key[0] and not key[0].startswith("/"):
        return key[0]
    return None


def is_shared(table: str) -> bool:
    """Return whether rows of a table may be of no case, and are read one by one.

    All others are read with their case or with those of a stretch, or bound to the one before.
    """
    row = TABLES[table]
    return not (row.grows or row.key[:1] == ("day",) or table in OF_A_CASE)


def bin_at(part: bytes) -> int:
    """Return with which others the label of a part is summed, and looked for."""
    return part[0] >> 2


def at_of(table: str, key: Folded) -> int | None:
    """Return what the server may sort a row by: a day of the index, or a number that grows."""
    row = TABLES[table]
    if row.key[:1] == ("day",):
        return int(key[0])
    return number_of(table, key) if row.grows else None


def number_of(table: str, key: Folded) -> int | None:
    """Return the number in a key, if it has one."""
    row = TABLES[table]
    if not row.key:
        return int(key[0])
    return split_id(key[-1])[1] if row.key[-1] == "id" else None


def order_of(table: str, key: Folded) -> tuple[int | str, ...]:
    """Return what the rows of a table are sorted by: their keys, numbers as numbers."""
    row = TABLES[table]
    if not row.key:
        return (int(key[0]),)
    return tuple(
        split_id(part)[1] if field == "id" else int(part) if field == "day" else part
        for field, part in zip(row.key, key, strict=True)
    )


def in_cases(table: str) -> bool:
    """Return whether the numbers of a table are given for each case anew."""
    return TABLES[table].key == IN_CASE


def _digest(key: bytes, *parts: bytes | str) -> bytes:
    said = b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hmac.digest(key, said, "sha256")[:_DIGEST]
