"""Taking records out of a vault for good: out of its tables, its index and its history."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec.json

from reintegrate_cli import vault, wakes
from reintegrate_cli.history import chain_value
from reintegrate_cli.retention import Certificate, Going

if TYPE_CHECKING:
    from reintegrate_cli.store import Store

OF_A_CASE = ("cases", "identities", "notes", "schedules", "contacts", "care", "contact")
_GONE = "purged"


def purge(store: "Store", taken: Sequence[Going], certificate: Certificate) -> None:
    """Hold until the end of the unit of work that these are gone, from every frame (K2).

    The vault is then written under a new data key, so that nothing of them can be read in
    it, nor in this file with the old key. The history keeps who worked when; what it said of
    these cases reads ``purged``.

    Args:
        store: the store, in its unit of work.
        taken: what goes; nothing that a hold keeps.
        certificate: what is kept about it.
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
    store.certificates.put(certificate)
    forgetting = _Forgetting(cases, {one.id for one in taken if one.type == "values"}, taken)
    store.vault.renew(reseal=True, change=forgetting.change)


def _take_case(store: "Store", ref: str) -> None:
    kept = store.vault
    for name in OF_A_CASE:
        for place, _ in list(kept.between(name, *vault.span(name, ref))):
            kept.delete(name, place)
    for name in ("tasks", "holds", "legal_holds"):
        for place, document in list(kept.everything(name)):
            if document.get("case") == ref:
                kept.delete(name, place)
    wakes.forget(store, ref)


class _Forgetting:
    """What is left of the history, an entry at a time and in order, once records are gone."""

    def __init__(self, cases: set[str], entries: set[str], taken: Sequence[Going]) -> None:
        self._cases = cases
        self._entries = entries
        self._records = {f"notes/{one.case}/{one.id}" for one in taken if one.type == "note"}
        self._records |= {f"tasks/{one.id}" for one in taken if one.type == "task"}
        self._chain = ""

    def change(self, table: str, place: int, body: bytes) -> bytes | None:
        if table == "values":
            return self._values(body)
        if table == "history":
            return self._entry(body)
        return body

    def _values(self, body: bytes) -> bytes | None:
        document = msgspec.json.decode(body)
        if document["id"] in self._entries:
            return None
        for side in ("before", "after"):
            found = document[side].items()
            document[side] = {
                name: value for name, value in found if not self._is_gone(name, value)
            }
        return msgspec.json.encode(document)

    def _is_gone(self, name: str, value: Any) -> bool:
        if name in self._records or self._of_case(name.partition("/")[2]):
            return True
        return isinstance(value, dict) and value.get("case") in self._cases

    def _of_case(self, ref: str) -> bool:
        return ref.partition("/")[0] in self._cases

    def _entry(self, body: bytes) -> bytes:
        document = msgspec.json.decode(body)
        document["refs"] = list(self._named(document["refs"], whole=True))
        document["changed"] = list(self._named(document["changed"], whole=False))
        document["chain"] = self._chain = chain_value(self._chain, document)
        return msgspec.json.encode(document)

    def _named(self, names: Sequence[str], *, whole: bool) -> Iterator[str]:
        for name in names:
            table, _, ref = ("", "", name) if whole else name.partition("/")
            if self._of_case(ref):
                yield _GONE if whole else f"{table}/{_GONE}"
            else:
                yield name
