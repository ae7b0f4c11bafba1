"""``closure``: days on which schools are closed, and the appointments that they touch."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import Calendar, explain_date
from reintegrate_cli.core.records import Public, Ref, Value, counted
from reintegrate_cli.core.rows import Item
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import closures, index, session
from reintegrate_cli.kept.settings import District, district_text, parse_district
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

DaysArg = Annotated[
    str, Argument(metavar="DATE|RANGE", help="A day, or FIRST..LAST, both included.")
]
_WEEKS_AFTER = timedelta(weeks=5)
"""How far after a closure the dates are compared that it may have moved."""


class Touched(Value, frozen=True, kw_only=True):
    """A row of the agenda that a closure touches, and how to settle it now."""

    case: Ref[str | None]
    source: Ref[str]
    label: Ref[str]
    was_on: Public[date]
    due_on: Public[date | None]
    """The day it is due now; none if it falls on a closed day, and another day is to be chosen."""
    chosen_by: Ref[str | None]
    command: Ref[str]


class ClosureRow(Value, frozen=True, kw_only=True):
    """Days in a row on which schools are closed."""

    starts_on: Public[date]
    ends_on: Public[date]
    days: Public[int]


TOUCHED = (
    Column("case", lambda row: row.case),
    Column("what", lambda row: row.label, True),
    Column("was", lambda row: row.was_on),
    Column("now", lambda row: row.due_on or "choose a day"),
    Column("chosen", lambda row: row.chosen_by, True),
    Column("settle with", lambda row: row.command.removeprefix("reintegrate "), True),
)
CLOSURES = (
    Column("first", lambda row: row.starts_on),
    Column("last", lambda row: row.ends_on),
    Column("days", lambda row: row.days),
)


@verb("closure", "add", is_list=True)
def add(days: DaysArg) -> None:
    """Add closed days to district.toml, and list the appointments that they move.

    Example: reintegrate closure add 2026-11-25..2026-11-27
    """
    _change(days, "closure add", closures.with_span, "closed")


@verb("closure", "remove", is_list=True)
def remove(days: DaysArg) -> None:
    """Remove closed days from district.toml, and list the appointments that move back.

    Example: reintegrate closure remove 2026-11-25..2026-11-27
    """
    _change(days, "closure remove", closures.without_span, "open again")


@verb("closure", "list", is_list=True)
def list_() -> None:
    """List the closed days of district.toml.

    Example: reintegrate closure list
    """
    rows = [
        ClosureRow(starts_on=first, ends_on=last, days=(last - first).days + 1)
        for first, last in closures.spans(district_text())
    ]
    show(rows, CLOSURES, empty="district.toml lists no closed days", kind=ClosureRow)


def _change(days: str, command: str, edit: Callable[[bytes, date, date], bytes], now: str) -> None:
    """Edit district.toml, and work out anew what cron sees.

    The file is written first, and put back if the vault does not take the change.
    """
    start, end = closures.parse_span(days, session.today())
    former = district_text()
    text = edit(former, start, end)
    district = parse_district(text)
    is_saved = False
    try:
        with session.writing(command) as store:
            rows = _touched(store, district, end)
            closures.save(text)
            is_saved = True
            index.make_anew(store, district.calendar, session.today())
            session.current.__dict__["district"] = district
            store.touch("district.toml")
    except BaseException as problem:
        if is_saved and not session.may_be_saved(problem):
            closures.save(former)
        raise
    span = explain_date(start, session.today())
    if end != start:
        span += f" to {explain_date(end, session.today())}"
    say(f"{now}: {span}")
    if rows:
        say(f"touched: {counted(len(rows), 'appointment')}; tell the people concerned")
    show(rows, TOUCHED, empty="no appointment is touched", kind=Touched)


def _touched(store: "Store", district: District, end: date) -> list[Touched]:
    """List the rows of the agenda that have another date under the new calendar."""
    until = max(end, session.today()) + _WEEKS_AFTER

    def rows(calendar: Calendar) -> dict[str, Item]:
        return agenda.named(index.world(store, calendar), session.today(), until)

    before, after = rows(session.current.district.calendar), rows(district.calendar)
    touched = [_row(row, after.get(name)) for name, row in before.items()]
    return sorted(filter(None, touched), key=lambda row: (row.was_on, row.case or "", row.source))


def _row(before: Item, after: Item | None) -> Touched | None:
    """Return what the change makes of a row; nothing if it stays as it was."""
    now = after or before
    if after is not None and (before.due_on, before.kind) == (after.due_on, after.kind):
        return None
    asks = after is None or (after.kind == "schedule" and after.due_on == before.due_on)
    return Touched(
        case=before.case,
        source=before.source,
        label=before.label,
        was_on=before.due_on,
        due_on=None if asks else now.due_on,
        chosen_by=before.chosen_by,
        command=now.command,
    )
