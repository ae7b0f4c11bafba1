"""The history: who did what to which records, at what real time; and what can be undone.

A unit of work is one command and one entry. Entries are chained, so that none can be taken
out or changed unseen. Undoing appends the inverse; nothing is taken out of the history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from reintegrate_cli.errors import Damaged, Missing, Refused
from reintegrate_cli.records import Private, Public, Ref

# What reached somebody else, or opens the vault, is not taken back by appending.
FINAL = ("init", "demo", "remind", "vault", "disclose", "release revoke", "agenda",
         "contact plan", "safety show")  # fmt: skip
# These change no record, and still were the last thing done.
_FOR_GOOD = ("vault key", "vault purge", "vault import", "vault restore")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Entry:
    """One unit of work: who did what to which records, and when; no values.

    A reviewer's key opens entries, and nothing else.
    """

    id: Public[str]
    at: Public[str]
    by: Ref[str]
    command: Public[str]
    refs: Ref[tuple[str, ...]] = ()
    changed: Ref[tuple[str, ...]] = ()
    """The records that were changed, each as its table and its key."""
    chain: Public[str] = ""
    origin: Public[str] = ""
    """Of an entry that an archive brought: its chain value in the vault that it was made in."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Values:
    """What a unit of work found and left, kept apart from its entry and sealed otherwise.

    ``before`` holds the former value of every record that was replaced, so that nothing is
    edited in place without a trace; it goes when the record is purged.
    """

    id: Public[str]
    before: Private[dict[str, Any]] = field(default_factory=dict)
    after: Private[dict[str, Any]] = field(default_factory=dict)
    entry: Public[str] = ""
    """The chain value of its entry: whoever can write entries alone cannot write this one."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class HistoryRow:
    """An entry as ``history`` shows it: no values, old or new."""

    id: Public[str]
    at: Public[str]
    on: Public[date]
    by: Ref[str]
    command: Public[str]
    refs: Ref[tuple[str, ...]]
    changed: Ref[tuple[str, ...]]

    dated = "on"

    @property
    def status(self) -> str:
        """Whether it changed something, or only read it."""
        return "changed" if self.changed else "read"


def row(entry: Entry, zone: tzinfo | None) -> HistoryRow:
    """Show an entry; its day is the one in the district's zone."""
    on = datetime.fromisoformat(entry.at).astimezone(zone).date()
    return HistoryRow(id=entry.id, at=entry.at, on=on, by=entry.by, command=entry.command,
                      refs=entry.refs, changed=entry.changed)  # fmt: skip


def cases_of(entry: HistoryRow) -> set[str]:
    """Name the cases that an entry is about."""
    return {ref.partition("/")[0] for ref in entry.refs}


def chain_value(previous: str, entry: Mapping[str, Any]) -> str:
    """Bind an entry, as it is kept, to the one before it.

    Values are not bound, since a purge takes them out; the vault's own chain covers them.
    """
    import hashlib
    import json

    said = {name: value for name, value in entry.items() if name != "chain"}
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous.encode() + body.encode()).hexdigest()


def check_chain(rows: Iterable[Mapping[str, Any]]) -> None:
    """Demand that every entry is bound to the one before it.

    Raises:
        Damaged: one was changed, or one is missing.
    """
    previous = ""
    for row in rows:
        if row.get("chain") != chain_value(previous, row):
            raise Damaged("the history does not hold together", hint="reintegrate vault verify")
        previous = row["chain"]


def last_of(entries: Iterable[Entry], by: str) -> Entry:
    """Find the last unit of work of a person that still stands.

    Args:
        entries: the history, the latest first.
        by: the staff slug.

    Raises:
        Missing: there is none.
        Refused: it cannot be undone by appending.
    """
    undone: set[str] = set()
    for entry in entries:
        if entry.by.casefold() != by.casefold():
            continue
        if entry.command == "undo":
            undone.update(ref for ref in entry.refs if ref.startswith("H"))
        elif entry.command.startswith(_FOR_GOOD) or (entry.changed and entry.id not in undone):
            if entry.command.startswith(FINAL):
                raise Refused(
                    f"{entry.command} cannot be undone", rule="history", hint="reintegrate history"
                )
            return entry
    raise Missing(
        "there is nothing of yours to undo", hint="reintegrate history shows what was done"
    )
