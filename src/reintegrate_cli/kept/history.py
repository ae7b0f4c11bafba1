"""The history: who did what to which records, at what real time; and what can be undone.

A unit of work is one command and one entry. Entries are chained, so that none can be taken
out or changed unseen. Undoing appends the inverse; nothing is taken out of the history.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from reintegrate_cli.catalogue import OF_A_CASE
from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.errors import Damaged, Missing, Refused
from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import Private, Public, Ref, Value, sealed
from reintegrate_cli.kept.records import decode

if TYPE_CHECKING:
    from reintegrate_cli.core.shelf import Shelf

R = TypeVar("R")
_A_FEW = 100
# These change no record, and still were the last thing done.
_FOR_GOOD = ("vault key", "vault seat", "vault purge", "vault import", "vault restore")


class Entry(Value, frozen=True, kw_only=True):
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


class Values(Value, frozen=True, kw_only=True):
    """What a unit of work found and left, kept apart from its entry and sealed otherwise.

    ``before`` holds the former value of every record that was replaced, so that nothing is
    edited in place without a trace; it goes when the record is purged.
    """

    id: Public[str]
    before: Private[dict[str, Any]] = field(default_factory=dict)
    after: Private[dict[str, Any]] = field(default_factory=dict)
    entry: Public[str] = ""
    """The chain value of its entry: a key that can write only entries cannot write this one."""


class HistoryRow(Value, frozen=True, kw_only=True):
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
    return HistoryRow(
        id=entry.id,
        at=entry.at,
        on=on,
        by=entry.by,
        command=entry.command,
        refs=entry.refs,
        changed=entry.changed,
    )


def explained(
    refs: Iterable[str], changed: Iterable[str], command: str
) -> Iterator[tuple[str, list[str] | None]]:
    """Yield each ref of an entry with the records that it names, by table and key.

    The task ``T234`` and the case ``T234`` are one word. What was changed says which it is;
    what was merely read is a case, or something of one: ``None`` then, and an empty list for
    an entry that was taken back.
    """
    by_key: dict[str, list[str]] = {}
    for name in changed:
        by_key.setdefault(name.partition("/")[2], []).append(name)
    for ref in refs:
        of_history = command == "undo" and ref.startswith("H") and ref[1:].isdigit()
        yield ref, by_key.get(ref) or ([] if of_history else None)


def cases_of(entry: HistoryRow) -> set[str]:
    """Return the cases that an entry is about."""
    return {
        ref.partition("/")[0]
        for ref, names in explained(entry.refs, entry.changed, entry.command)
        if names is None or any(name.partition("/")[0] in OF_A_CASE for name in names)
    }


def readings(entries: Iterable[Entry]) -> list[tuple[str, datetime]]:
    """Return the ids of entries and what the clock said, in the order in which it said so.

    What an archive brought was written by other clocks, and before.
    """
    return [(entry.id, datetime.fromisoformat(entry.at)) for entry in entries if not entry.origin]


def check_chain(rows: Iterable[Mapping[str, Any]]) -> None:
    """Require that every entry is bound to the one before it.

    Raises:
        Damaged: one was changed, or one is missing.
    """
    previous = ""
    for row in rows:
        if row.get("chain") != chain_value(previous, row):
            raise _broken()
        previous = row["chain"]


def _broken() -> Damaged:
    return Damaged("the history does not hold together", hint="reintegrate vault verify")


def append(
    shelf: "Shelf",
    *,
    at: str,
    by: str,
    command: str,
    refs: tuple[str, ...],
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Append the entry of a unit of work, bound to the one before it, and its values."""
    last = shelf.last_id("history")
    previous = shelf.get("history", [f"H{last}"]) if last else None
    changed = tuple(sorted(after))
    entry = Entry(id=f"H{last + 1}", at=at, by=by, command=command, refs=refs, changed=changed)
    row = sealed(entry)
    row["chain"] = chain_value(previous["chain"] if previous else "", row)
    shelf.append("history", row, last + 1)
    values = Values(id=entry.id, before=before, after=after, entry=row["chain"])
    shelf.append("values", sealed(values), last + 1)


def read(shelf: "Shelf") -> list[Entry]:
    """List the history, oldest first, after its chain was found whole.

    Raises:
        Damaged: an entry was changed or taken out.
    """
    rows = list(shelf.rows("history"))
    check_chain(rows)
    return [decode(row, Entry) for row in rows]


def lately(shelf: "Shelf") -> Iterator[Entry]:
    """Yield the history from its end, reading no more of it than is asked for."""
    last = shelf.last_id("history")
    while last > 0:
        for row in reversed(list(shelf.between("history", max(1, last - _A_FEW), last))):
            yield decode(row, Entry)
        last -= _A_FEW + 1


def former(shelf: "Shelf", table: str, kind: type[R], moment: datetime) -> dict[str, R]:
    """Return what records of a table said at a moment, by their keys, where they changed since.

    What was added since is as it was first written; what was purged since is not there.
    """
    records: dict[str, R] = {}
    for entry in lately(shelf):
        if not entry.origin and datetime.fromisoformat(entry.at) < moment:
            break
        names = [name for name in entry.changed if name.partition("/")[0] == table]
        row = shelf.get("values", [entry.id]) if names and not entry.origin else None
        before = decode(row, Values).before if row is not None else {}
        for name in names:
            if before.get(name) is not None:
                records[name.partition("/")[2]] = decode(before[name], kind)
    return records


def check(shelf: "Shelf") -> None:
    """Compare every entry with what only a full key could have written beside it.

    Raises:
        Damaged: an entry was changed, or written by a key that may only read.
    """
    rows = list(shelf.rows("history"))
    check_chain(rows)
    chains = {row["id"]: row["chain"] for row in rows}
    if any(chains.get(values["id"]) != values["entry"] for values in shelf.rows("values")):
        raise _broken()


def to_undo(
    entries: Iterable[Entry], by: str, id_: str | None, is_final: Callable[[str], bool]
) -> Entry:
    """Find the unit of work that is to be undone.

    Args:
        entries: the history, the latest first.
        by: the staff slug of who undoes it.
        id_: its id; their last one that still stands, if left out.
        is_final: whether what a command did cannot be undone.

    Raises:
        Missing: there is none.
        Refused: it is somebody else's, was undone already, or cannot be.
    """
    undone: set[str] = set()
    for entry in entries:
        mine = entry.by.casefold() == by.casefold()
        stands = entry.id not in undone
        if id_ is None:
            wanted = mine and entry.command != "undo" and not entry.origin
            wanted &= entry.command.startswith(_FOR_GOOD) or (bool(entry.changed) and stands)
        else:
            wanted = entry.id == id_
        if wanted:
            _check(entry, mine, stands, is_final)
            return entry
        if entry.command == "undo" and stands and not entry.origin:
            undone.add(entry.refs[0])
    if id_ is not None:
        raise Missing(f"there is no unit of work {id_}", hint="reintegrate history lists them")
    raise Missing(
        "there is nothing of yours to undo", hint="reintegrate history shows what was done"
    )


def _check(entry: Entry, mine: bool, stands: bool, is_final: Callable[[str], bool]) -> None:
    why = ""
    if entry.origin:
        why = "was done in another vault"
    elif not mine:
        why = "is somebody else's work; only they can undo it"
    elif is_final(entry.command):
        why = f"cannot be undone: {entry.command} is for good"
    elif not stands:
        why = "was undone already"
    elif not entry.changed:
        why = f"changed nothing: {entry.command} only reads"
    if why:
        raise Refused(f"{entry.id} {why}", rule="history", hint="reintegrate history")
