"""The history: who did what to which records, at what real time; and what can be undone.

A unit of work is one command and one entry. Entries are chained, so that none can be taken
out or changed unseen. Undoing appends the inverse; nothing is taken out of the history.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from reintegrate_cli.errors import Damaged, Missing, Refused
from reintegrate_cli.records import Private, Public, Ref

# What reached somebody else, or opens the vault, is not taken back by appending.
FINAL = ("init", "demo", "remind", "vault", "disclose", "release revoke", "agenda")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Entry:
    """One unit of work.

    ``before`` holds the former value of every record that was replaced, so that nothing is
    edited in place without a trace; it goes when the record is purged.
    """

    id: Public[str]
    at: Public[str]
    by: Ref[str]
    command: Public[str]
    refs: Ref[tuple[str, ...]] = ()
    before: Private[dict[str, Any]] = field(default_factory=dict)
    after: Private[dict[str, Any]] = field(default_factory=dict)
    chain: Public[str] = ""


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
                      refs=entry.refs, changed=tuple(sorted(entry.after)))  # fmt: skip


def cases_of(entry: HistoryRow) -> set[str]:
    """Name the cases that an entry is about."""
    return {ref.partition("/")[0] for ref in entry.refs}


def check_chain(rows: Sequence[dict[str, Any]], expected: Iterable[str]) -> None:
    """Demand that every entry is bound to the one before it.

    Raises:
        Damaged: one was changed, or one is missing.
    """
    for found, wanted in zip(rows, expected, strict=True):
        if found["chain"] != wanted:
            raise Damaged("the history does not hold together", hint="reintegrate vault verify")


def last_of(entries: Sequence[Entry], by: str) -> Entry:
    """Find the last unit of work of a person that still stands.

    Raises:
        Missing: there is none.
        Refused: it cannot be undone by appending.
    """
    undone: set[str] = set()
    for entry in reversed(entries):
        if entry.by.casefold() != by.casefold():
            continue
        if entry.command == "undo":
            undone.update(ref for ref in entry.refs if ref.startswith("H"))
        elif entry.after and entry.id not in undone:
            if entry.command.startswith(FINAL):
                raise Refused(
                    f"{entry.command} cannot be undone", rule="history", hint="reintegrate history"
                )
            return entry
    raise Missing(
        "there is nothing of yours to undo", hint="reintegrate history shows what was done"
    )
