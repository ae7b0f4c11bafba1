"""Taking records out of a vault for good: out of its tables, its index and its history."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from reintegrate_cli.catalogue import BY_ID, OF_A_CASE, TABLES
from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.filing import Row
from reintegrate_cli.core.records import CaseRef, fields_of, is_form
from reintegrate_cli.kept import index, origins
from reintegrate_cli.kept.history import explained
from reintegrate_cli.kept.records import key_of
from reintegrate_cli.kept.retention import Certificate, Going, LegalHold, is_held, kept_until
from reintegrate_cli.mail.holds import record_of

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_GONE = "purged"


def purge(
    store: "Store", taken: Sequence[Going], certificate: Certificate, schedule: Mapping[str, str]
) -> Certificate:
    """Hold until the end of the unit of work that these are gone, from every frame (K2).

    The vault is then written under a new data key, so that nothing of them can be read in
    it, nor in this file with the old key. The history keeps who worked when; what it said of
    these cases reads ``purged``.

    Args:
        store: the store, in its unit of work.
        taken: what goes; nothing that a hold keeps.
        certificate: what is kept about it.
        schedule: how long each type is kept, for former values that stand in the history alone.

    Returns:
        The certificate as it is kept.
    """
    assert not any(going.held for going in taken)  # noqa: S101 - the rule stands in retention.py
    gone = _Gone(store)
    for going in taken:
        if going.type == "case":
            gone.take_case(going.id)
        elif going.type in _RETAINED:
            gone.take_record(_RETAINED[going.type], going)
    filed = store.certificates.put(certificate)
    late = _Late(schedule, certificate.on, store.legal_holds.all())
    left = _Forgetting(store, gone, {going.id for going in taken if going.type == "values"}, late)
    store.shelf.rewrite({"values": left.values, "history": left.entry, origins.TABLE: left.origin})
    return filed


_RETAINED = {table.retained: name for name, table in TABLES.items() if table.retained}


class _Gone:
    """What a purge takes: records by table and key, and never by a word that looks like a ref.

    The task ``T234`` may be anybody's where a case is called ``T234``.
    """

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._holds = store.legal_holds.all()
        self.cases: set[str] = set()
        self.records: set[str] = set()
        """By table and key, those of cases and those that went by themselves."""
        self.of_cases: set[str] = set()

    def take_case(self, ref: str) -> None:
        """Take a case with all that is its own, and its name out of what it shared."""
        shelf = self._store.shelf
        self.cases.add(ref)
        for name in OF_A_CASE:
            for row in list(shelf.rows(name, ref)):
                self._delete(name, row, of_case=True)
        for name, table in TABLES.items():
            for row in list(shelf.rows(name)) if table.case_field or table.names_case else ():
                if self._goes_with(name, row):
                    self._delete(name, row, of_case=True)
            for row in list(shelf.rows(name)) if table.shared_by else ():
                if ref in row[table.shared_by]:
                    shelf.put(name, key_of(name, row), self.without(name, row, {ref}))
        index.forget(self._store, ref)

    def take_record(self, name: str, going: Going) -> None:
        """Take one record, and what a calendar was told of it."""
        key = [going.id] if TABLES[name].key == BY_ID else [going.case or "", going.id]
        row = self._store.shelf.get(name, key)
        if row is not None:
            self._delete(name, row, of_case=False)
        for hold in list(self._store.shelf.rows("holds")):
            if hold.get("case") == going.case and record_of(hold["id"]) == going.id:
                self._delete("holds", hold, of_case=False)

    def without(self, name: str, document: Mapping[str, Any], refs: set[str]) -> dict[str, Any]:
        """Return a record as it is kept, without some of the cases that it names."""
        fields = {TABLES[name].shared_by, *_naming(self._store.kind_of(name))}
        left: dict[str, Any] = _without(document, refs, fields)
        return left

    def _delete(self, name: str, row: Mapping[str, Any], *, of_case: bool) -> None:
        key = key_of(name, row)
        self._store.shelf.delete(name, key)
        spelled = f"{name}/{'/'.join(key)}"
        self.records.add(spelled)
        if of_case:
            self.of_cases.add(spelled)

    def is_of_a_case(self, spelled: str) -> bool:
        """Return whether a record, named by table and key, belonged to a case that is taken."""
        name, _, key = spelled.partition("/")
        if name in OF_A_CASE and key.partition("/")[0] in self.cases:
            return True
        return spelled in self.of_cases

    def was_of_a_case(self, spelled: str, value: Any) -> bool:
        """Return whether a former value belonged to one, also of a record that went before."""
        name = spelled.partition("/")[0]
        theirs = isinstance(value, dict) and self._goes_with(name, value)
        if theirs and not self._stands(spelled):
            self.of_cases.add(spelled)
        return theirs or self.is_of_a_case(spelled)

    def _goes_with(self, name: str, row: Mapping[str, Any]) -> bool:
        """Check whether a record that names a case goes with it: not if its own case is held."""
        table = TABLES.get(name)
        if table is None or not table.names_case:
            field = table.case_field if table else ""
            return bool(field) and row.get(field) in self.cases
        named = row.get(table.names_case) in self.cases
        return named and not is_held(row.get("case"), self._holds)

    def _stands(self, spelled: str) -> bool:
        name, _, key = spelled.partition("/")
        try:
            return self._store.shelf.get(name, key.split("/")) is not None
        except ValueError:
            return False


def _naming(kind: type) -> Iterator[str]:
    """Yield the fields of a record, and of what is inside of it, that name cases."""
    for spec in fields_of(kind):
        for part in (spec.type, *get_args(spec.type)):
            if part is CaseRef:
                yield spec.key
            elif is_form(part):
                yield from _naming(part)


def _without(value: Any, refs: set[str], fields: Collection[str]) -> Any:
    """Return a value without some cases, in the fields that name cases."""
    if isinstance(value, list):
        return [_without(each, refs, fields) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _left_of(each, refs) if name in fields else _without(each, refs, fields)
        for name, each in value.items()
    }


def _left_of(value: Any, refs: set[str]) -> Any:
    if isinstance(value, list):
        return [each for each in value if each not in refs]
    return None if value in refs else value


class _Late:
    """Knows former values of notes and tasks that are kept no longer than those would be."""

    def __init__(
        self, schedule: Mapping[str, str], today: date, holds: Sequence[LegalHold]
    ) -> None:
        self._schedule = schedule
        self._today = today
        self._holds = holds

    def __call__(self, table: str, document: Any) -> bool:
        kind, day = (row.retained, row.retained_from) if (row := TABLES.get(table)) else ("", "")
        start = document.get(day) if isinstance(document, dict) else None
        if kind not in self._schedule or not start or is_held(document.get("case"), self._holds):
            return False
        return kept_until(date.fromisoformat(start), self._schedule[kind]) <= self._today


class _Forgetting:
    """What is left of the history, an entry at a time and in order, once records are gone."""

    def __init__(self, store: "Store", gone: _Gone, entries: set[str], late: _Late) -> None:
        self._store = store
        self._gone = gone
        self._late = late
        self._entries = entries
        self._lost_origin = False

    def entry(self, row: Row) -> Row:
        """Return what is left of an entry, bound to the one before it."""
        return self._history[row["id"]]

    @cached_property
    def _history(self) -> dict[str, Row]:
        """The entries as they are to be, the one of this purge too, each bound to the last."""
        # What was taken out before is known from its former values alone.
        for values in self._store.shelf.rows("values") if self._gone.cases else ():
            for side in ("before", "after"):
                for spelled, value in values[side].items():
                    self._gone.was_of_a_case(spelled, value)
        entries, chain = {}, ""
        for row in self._store.shelf.rows("history"):
            entries[row["id"]] = self._entry(row, chain)
            chain = row["chain"]
        return entries

    def origin(self, row: Row) -> Row:
        """Return what is left of how another vault's history ended: no digest of what is gone."""
        if self._history and self._lost_origin:
            row["last"] = os.urandom(32).hex()
        return row

    def values(self, document: Row) -> Row | None:
        """Return what is left of the values of a unit of work, or nothing."""
        document["entry"] = self._history[document["id"]]["chain"]
        if document["id"] in self._entries:
            return None
        for side in ("before", "after"):
            values = document[side].items()
            document[side] = {
                name: self._left(name, value)
                for name, value in values
                if not self._is_gone(name, value)
            }
        return document

    def _is_gone(self, name: str, value: Any) -> bool:
        if name in self._gone.records or self._gone.was_of_a_case(name, value):
            return True
        return self._late(name.partition("/")[0], value)

    def _left(self, name: str, value: Any) -> Any:
        shared = TABLES[table].shared_by if (table := name.partition("/")[0]) in TABLES else ""
        if not shared or not isinstance(value, dict):
            return value
        return self._gone.without(table, value, self._gone.cases)

    def _entry(self, document: dict[str, Any], previous: str) -> dict[str, Any]:
        refs = list(self._refs(document))
        document["refs"] = refs
        document["changed"] = [
            f"{name.partition('/')[0]}/{_GONE}" if self._gone.is_of_a_case(name) else name
            for name in document["changed"]
        ]
        if document.get("origin") and _GONE in document["refs"]:
            document["origin"] = os.urandom(32).hex()  # a digest of what is gone leads back to it
            self._lost_origin = True
        document["chain"] = chain_value(previous, document)
        return document

    def _refs(self, document: Mapping[str, Any]) -> Iterator[str]:
        for ref, changed in explained(document["refs"], document["changed"], document["command"]):
            if changed:
                is_gone = any(self._gone.is_of_a_case(name) for name in changed)
            else:
                is_gone = changed is None and ref.partition("/")[0] in self._gone.cases
            yield _GONE if is_gone else ref
