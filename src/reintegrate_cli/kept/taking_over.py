"""Taking over what was written with keys that write no history (``core.slips``).

Who opens a vault with a full key sees at once what waits in its tray, as if it had been taken over
already: every unit of work with an entry of its own, in the name of who left it, and the index of
dates as it is then. The next unit of work of a full key keeps all that with its own.

Whoever has a school's key and a program of their own could leave anything. So nothing here relies
on what the program there would have refused, as far as it touches others.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Damaged, Refused, Settings, Usage
from reintegrate_cli.core.filing import folded
from reintegrate_cli.core.shelf import Tray
from reintegrate_cli.core.slips import Left, Put, Slip
from reintegrate_cli.kept import doubting, history, index
from reintegrate_cli.kept.records import key_of
from reintegrate_cli.kept.store import Store

REFUSED = "vault refuse"
"""What the history calls it where something that was left cannot be taken over."""


def lay_over(store: Store, calendar: Calendar, now: str, today: date) -> Sequence[Left]:
    """Lay what waits over a vault that was just opened.

    Args:
        store: the records; nothing of this unit of work was done yet.
        calendar: the district's.
        now: the real time, in UTC, as ISO text.
        today: the day of the agenda.

    Returns:
        What could not be: it goes against a rule, or was not written with the key of a school.
    """
    tray = store.shelf.tray
    if tray is None or not tray.waiting():
        return ()
    laying = _Laying(store, tray, calendar, now, today)
    try:
        try:
            with tray.tried():
                laying.lay()
        except doubting.CANNOT:
            # Dates cannot be worked out with one of them, and stop nobody who has another.
            laying = _Laying(store, tray, calendar, now, today)
            laying.lay(one_by_one=True)
    except BaseException:
        store.shelf.close()
        raise
    tray.laid_over(laying.refused)
    return laying.refused


class _Laying:
    """Lays units of work over what is there, in the order in which they were left.

    Args:
        store: the records.
        tray: where they lie.
        calendar: the district's.
        now: the real time, in UTC, as ISO text.
        today: the day of the agenda.
    """

    def __init__(self, store: Store, tray: Tray, calendar: Calendar, now: str, today: date) -> None:
        self._store, self._tray, self._calendar = store, tray, calendar
        self._now, self._today = now, today
        last = next(history.lately(store.shelf), None)
        self._at = None if last is None else datetime.fromisoformat(last.at).astimezone(UTC)
        """When the last unit of work was entered."""
        self.refused: list[Left] = []

    def lay(self, *, one_by_one: bool = False) -> None:
        """Lay everything that waits over what is there.

        Args:
            one_by_one: whether the index of dates is brought up to date after each.
        """
        whole = self._of(self._store.by, self._now)
        for left in self._tray.waiting():
            try:
                with self._tray.tried():
                    each = self._laid(left)
                    if one_by_one:
                        index.renew(each, self._calendar, self._today)
            except (Refused, *doubting.CANNOT):
                self.refused.append(left)
                continue
            for name, (before, after) in each.changed().items():
                table, _, key = name.partition("/")
                whole.note_change(table, key.split("/"), before, after)
        if self.refused:
            self._of(self._store.by, self._now).enter(REFUSED)
        if whole.changed() and not one_by_one:
            index.renew(whole, self._calendar, self._today)

    def _of(self, by: str, at: str) -> Store:
        store = self._store
        return Store(store.shelf, store.rack, by, lambda: at, lambda: self._today)

    def _laid(self, left: Left) -> Store:
        """Lay one unit of work over what is there, in the name of who left it.

        Raises:
            Refused: it cannot be.
        """
        store, slip = self._store, left.slip
        if slip is None:
            raise doubting.no("nobody can say who wrote it")
        doubting.check_command(slip)

        def is_own(ref: str) -> bool:
            case = store.cases.find_any(ref)
            return case is not None and (case.school or "").casefold() == left.school.casefold()

        at = self._time_of(slip)
        each = self._of(slip.by, at.isoformat(timespec="seconds"))
        doubts = doubting.Doubts(each, slip, is_own, lambda table: self._tray.aside(left, table))
        for ref in doubting.refs_of(slip, is_own):
            each.touch(ref)
        for put in slip.puts:
            former = store.shelf.get(put.table, put.key) if doubting.key_is_right(put) else None
            doubts.check(put, former)
            _put(each, doubts, put, former)
        each.check()
        each.enter(slip.command)
        self._at = at
        return each

    def _time_of(self, slip: Slip) -> datetime:
        """Return when it was entered: no clock at a school takes the history ahead, or back."""
        at = doubting.time_of(slip.at)
        return min(max(at, self._at or at), datetime.fromisoformat(self._now))


def _put(each: Store, doubts: doubting.Doubts, put: Put, former: Any) -> None:
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
            raise doubting.no("it is kept under the name of another record")
        records.keep(doubts.believed(record, former))
    except (Damaged, Settings, Usage):
        raise doubting.no_form() from None
