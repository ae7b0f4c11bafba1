"""Taking records out of a vault for good: out of its tables, its index and its history."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec.json

from reintegrate_cli import vault, wakes
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.conferences import without
from reintegrate_cli.history import chain_value
from reintegrate_cli.retention import Certificate, Going, LegalHold, is_held, kept_until

if TYPE_CHECKING:
    from reintegrate_cli.store import Store

_GONE = "purged"


def purge(
    store: "Store",
    taken: Sequence[Going],
    certificate: Certificate,
    schedule: Mapping[str, str],
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
    assert not any(one.held for one in taken)  # noqa: S101 - the rule stands in retention.py
    cases = {one.id for one in taken if one.type == "case"}
    for ref in sorted(cases):
        _take_case(store, ref)
    for one in taken:
        if one.type == "note" and one.case is not None:
            store.vault.delete("notes", vault.place("notes", [one.case, one.id]))
        elif one.type == "task":
            store.vault.delete("tasks", vault.place("tasks", [one.id]))
            _take_holds(store, one.id)
    kept = store.certificates.put(certificate)
    late = _Late(schedule, certificate.on, store.legal_holds.all())
    entries = {one.id for one in taken if one.type == "values"}
    forgetting = _Forgetting(store, cases, entries, taken, late)
    store.vault.renew(reseal=True, change=forgetting.change)
    return kept


def _take_holds(store: "Store", task: str) -> None:
    """Take what a calendar was told of a task."""
    for place, document in list(store.vault.everything("holds")):
        if document["id"].partition("@")[0] == task:
            store.vault.delete("holds", place)


class _Late:
    """Knows former values of notes and tasks that are kept no longer than those would be."""

    def __init__(
        self, schedule: Mapping[str, str], today: date, holds: Sequence[LegalHold]
    ) -> None:
        self._schedule = schedule
        self._today = today
        self._holds = holds

    def __call__(self, table: str, document: Any) -> bool:
        kind, day = {"notes": ("note", "on"), "tasks": ("task", "done_on")}.get(table, ("", ""))
        start = document.get(day) if isinstance(document, dict) else None
        if kind not in self._schedule or not start or is_held(document.get("case"), self._holds):
            return False
        return kept_until(date.fromisoformat(start), self._schedule[kind]) <= self._today


def _take_case(store: "Store", ref: str) -> None:
    kept = store.vault
    for name in vault.OF_A_CASE:
        for place, _ in list(kept.between(name, *vault.span(name, ref))):
            kept.delete(name, place)
    for name, table in TABLES.items():
        if table.case_field:
            for place, document in list(kept.everything(name)):
                if document.get(table.case_field) == ref:
                    kept.delete(name, place)
    for place, document in list(kept.everything("conferences")):
        if ref in document["cases"]:
            kept.put("conferences", place, without(document, {ref}))
    wakes.forget(store, ref)


class _Forgetting:
    """What is left of the history, an entry at a time and in order, once records are gone."""

    def __init__(
        self,
        store: "Store",
        cases: set[str],
        entries: set[str],
        taken: Sequence[Going],
        late: _Late,
    ) -> None:
        self._store = store
        self._late = late
        self._cases = cases
        self._entries = entries
        self._records = {f"notes/{one.case}/{one.id}" for one in taken if one.type == "note"}
        self._records |= {f"tasks/{one.id}" for one in taken if one.type == "task"}

    def change(self, table: str, place: int, body: bytes) -> bytes | None:
        if table == "values":
            return self._values(place, body)
        if table == "history":
            return msgspec.json.encode(self._history[place])
        return body

    @cached_property
    def _history(self) -> dict[int, dict[str, Any]]:
        """The entries as they are to be, the one of this purge too, each bound to the last."""
        found, chain = {}, ""
        for place, document in self._store.vault.everything("history"):
            found[place] = self._entry(document, chain)
            chain = found[place]["chain"]
        return found

    def _values(self, place: int, body: bytes) -> bytes | None:
        document = msgspec.json.decode(body)
        document["entry"] = self._history[place]["chain"]
        if document["id"] in self._entries:
            return None
        for side in ("before", "after"):
            found = document[side].items()
            document[side] = {
                name: self._left(name, value)
                for name, value in found
                if not self._is_gone(name, value)
            }
        return msgspec.json.encode(document)

    def _is_gone(self, name: str, value: Any) -> bool:
        if name in self._records or self._of_case(name.partition("/")[2]):
            return True
        if self._late(name.partition("/")[0], value):
            return True
        return isinstance(value, dict) and value.get("case") in self._cases

    def _left(self, name: str, value: Any) -> Any:
        conference = name.startswith("conferences/") and isinstance(value, dict)
        return without(value, self._cases) if conference else value

    def _of_case(self, ref: str) -> bool:
        return ref.partition("/")[0] in self._cases

    def _entry(self, document: dict[str, Any], previous: str) -> dict[str, Any]:
        document["refs"] = list(self._named(document["refs"], whole=True))
        document["changed"] = list(self._named(document["changed"], whole=False))
        if document.get("origin") and _GONE in document["refs"]:
            document["origin"] = os.urandom(32).hex()  # a digest of what is gone leads back to it
        document["chain"] = chain_value(previous, document)
        return document

    def _named(self, names: Sequence[str], *, whole: bool) -> Iterator[str]:
        for name in names:
            table, _, ref = ("", "", name) if whole else name.partition("/")
            if self._of_case(ref):
                yield _GONE if whole else f"{table}/{_GONE}"
            else:
                yield name
