"""Taking over what was written with keys that write no history (``core.slips``).

Who opens a vault with a full key sees at once what waits in its tray, as if it had been taken over
already: every unit of work with an entry of its own, in the name of who left it, and the index of
dates as it is then. The next unit of work of a full key keeps all that with its own.

Whoever has a school's key and a program of their own could leave anything. So nothing here relies
on what the program there would have refused, as far as it touches others.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Damaged, Refused, Settings, Usage
from reintegrate_cli.core.filing import folded
from reintegrate_cli.core.slips import Left, Put, Slip, is_of_cases
from reintegrate_cli.kept import history, index
from reintegrate_cli.kept.records import key_of
from reintegrate_cli.kept.store import Store

REFUSED = "vault refuse"
"""What the history calls it where something that was left cannot be taken over."""

_COMMAND = re.compile(r"[a-z][a-z -]{1,80}")


def lay_over(store: Store, calendar: Calendar, now: str, today: date) -> list[Left]:
    """Lay what waits over a vault that was just opened.

    Args:
        store: the records; nothing of this unit of work was done yet.
        calendar: the district's.
        now: the real time, in UTC, as ISO text.
        today: the day of the agenda.

    Returns:
        What could not be: it goes against a rule, or was not written with the key of a school.
    """
    try:
        return _lay_over(store, calendar, now, today)
    except BaseException:
        store.shelf.close()
        raise


def _lay_over(store: Store, calendar: Calendar, now: str, today: date) -> list[Left]:
    tray = store.shelf.tray
    waiting = tray.waiting() if tray is not None else ()
    if tray is None or not waiting:
        return []
    refused = []
    whole = _of(store, store.by, now, today)
    for left in waiting:
        try:
            with tray.tried():
                changed = _laid(store, left, now, today)
        except Refused:
            refused.append(left)
            continue
        for name, (before, after) in changed.items():
            table, _, key = name.partition("/")
            whole.note_change(table, key.split("/"), before, after)
    if refused:
        _of(store, store.by, now, today).enter(REFUSED)
    if whole.changed():
        index.renew(whole, calendar, today)
    tray.laid_over(refused)
    return refused


def _of(store: Store, by: str, at: str, today: date) -> Store:
    return Store(store.shelf, store.rack, by, lambda: at, lambda: today)


def _laid(store: Store, left: Left, now: str, today: date) -> dict[str, tuple[Any, Any]]:
    """Lay one unit of work over what is there, in the name of who left it; return its changes.

    Raises:
        Refused: it cannot be.
    """
    slip = left.slip
    if slip is None or not _COMMAND.fullmatch(slip.command):
        raise _no("nobody can say who wrote it")

    def is_own(ref: str) -> bool:
        case = store.cases.find_any(ref)
        return case is not None and (case.school or "").casefold() == left.school.casefold()

    each = _of(store, slip.by, _at(store, slip, now), today)
    for ref in slip.refs:
        if is_own(ref.partition("/")[0]):
            each.touch(ref)
    for put in slip.puts:
        former = store.shelf.get(put.table, put.key) if _is_key(put) else None
        _check(put, former, slip.by, is_own)
        _put(each, put, former)
    each.check()
    each.enter(slip.command)
    return each.changed()


def _is_key(put: Put) -> bool:
    try:
        return folded(put.table, put.key) == put.key
    except (KeyError, ValueError):
        raise _no("it does not have the form of a record") from None


def _check(put: Put, former: Any, by: str, is_own: Callable[[str], bool]) -> None:
    """Require that a change is of the school's own cases, and in the name of who made it.

    Raises:
        Refused: it is not.
    """
    if not is_of_cases(put, former, is_own):
        raise _no("it changes what is not of that school")
    own = {by.casefold(), str((former or {}).get("entered_by", by)).casefold()}
    if put.row is not None and str(put.row.get("entered_by", by)).casefold() not in own:
        raise _no("it names somebody else as who entered it")


def _put(each: Store, put: Put, former: Any) -> None:
    """Make one change.

    Raises:
        Refused: it is no record of its kind.
    """
    if put.row is None:
        each.shelf.delete(put.table, put.key)
        each.note_change(put.table, put.key, former, None)
        return
    records = each.table(put.table)
    try:
        (record,) = records.decoded([put.row])
        if folded(put.table, key_of(put.table, put.row)) != put.key:
            raise _no("it is kept under the name of another record")
        records.keep(record)
    except (Damaged, Settings, Usage):
        raise _no("it does not have the form of a record") from None


def _at(store: Store, slip: Slip, now: str) -> str:
    """Return when it was entered: no clock at a school takes the history ahead, or back.

    Raises:
        Refused: that is no time.
    """
    try:
        at = datetime.fromisoformat(slip.at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no("it does not have the form of a record") from None
    last = next(history.lately(store.shelf), None)
    if last is not None:
        at = max(at, datetime.fromisoformat(last.at).astimezone(UTC))
    return min(at, datetime.fromisoformat(now)).isoformat(timespec="seconds")


def _no(why: str) -> Refused:
    return Refused(why, rule="history")
