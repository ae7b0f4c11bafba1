"""What a person saw of the records while they answered, and who changed one of them since.

A unit of work reads after it has the lock, so that it never writes over what it did not see. But
who answers questions for ten minutes decides by what was read before: whatever a verb looked up
or tried by then is remembered, and a record that the work would replace, and that is another one
now, is told first.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reintegrate_cli import catalogue
from reintegrate_cli.core.errors import Busy
from reintegrate_cli.core.filing import Key, folded
from reintegrate_cli.core.records import counted
from reintegrate_cli.kept import hiding, history

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_STAMPS = ("entered_at", "entered_by")
_NAMED = 4
"""How many fields of a record are named that are others now."""


class Witness:
    """What one command read of the records before it was to change any."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, Key], Any] = {}

    def note(self, table: str, key: Key, row: Any) -> None:
        """Remember what was read, as it was read first."""
        self._rows.setdefault((table, folded(table, key)), row)

    def check(self, store: "Store") -> None:
        """Require that what a unit of work replaces is still what was read; each is told once.

        Raises:
            Busy: somebody changed one of the records since.
        """
        for name, (now, _) in store.changed().items():
            table, _, joined = name.partition("/")
            key = tuple(joined.split("/"))
            place = table, folded(table, key)
            former = self._rows.get(place, now)
            if former != now:
                self._rows[place] = now
                raise _changed(store, table, key, former, now)


def _changed(store: "Store", table: str, key: Key, former: Any, now: Any) -> Busy:
    """Return the problem of a record that somebody changed: what, who it was, and by what."""
    ref = "/".join(key)
    name = f"{table}/{ref}"
    entry = next((each for each in history.lately(store.shelf) if name in each.changed), None)
    if entry and not hiding.entries(store, [history.row(entry, None)])[0].changed:
        message = f"{entry.by} changed a record that is with somebody else while you answered"
        return Busy(message, hint="reintegrate history shows who worked when")
    by, command = (entry.by, f" with {entry.command}") if entry else ("somebody", "")
    did, fields = _difference(former, now)
    hint = catalogue.hint_of(table)
    if table in catalogue.OF_A_CASE:
        hint = f"reintegrate case show {key[0]} shows what it says now"
    called = catalogue.called(table)
    return Busy(f"{by} {did} the {called} {ref}{command} while you answered{fields}", hint=hint)


def _difference(former: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return what was done to a record, and which of its fields are others now; no values."""
    if former is None or now is None:
        return "removed" if now is None else "added", ""
    keys = sorted(
        key.replace("_", " ")
        for key in former.keys() | now.keys()
        if key not in _STAMPS and former.get(key) != now.get(key)
    )
    more = [counted(len(keys) - _NAMED, "more field")] if len(keys) > _NAMED + 1 else []
    named = keys[: _NAMED if more else None]
    return "changed", f": {', '.join([*named, *more])}" if named else ""
