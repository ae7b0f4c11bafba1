"""``agenda`` and ``today``: what is overdue and what comes."""

from typing import Annotated

import typer

from reintegrate_cli import agenda, output, session
from reintegrate_cli.agenda import AgendaFilters, Item
from reintegrate_cli.calendar import short_date
from reintegrate_cli.commands.verbs import verb
from reintegrate_cli.errors import Usage
from reintegrate_cli.output import Column, show


def _when(row: Item) -> str:
    return short_date(row.due_on) + (f" {row.at}" if row.at else "")


def _state(row: Item) -> str:
    return f"late {row.days_late}d" if row.days_late else row.state


def _what(row: Item) -> str:
    # With whom already says that it is a check-in; the kind is in the JSON.
    if row.kind in ("checkin", "conferral", "partner_checkin"):
        return f"{row.with_} {(row.mode or '').replace('_', ' ')}"
    if row.kind == "schedule":
        return f"{row.with_}: choose a date"
    return row.kind.replace("_", " ")


COLUMNS = (
    Column("when", _when),
    Column("state", _state),
    Column("case", lambda row: row.case),
    Column("what", _what, True),
    Column("chosen", lambda row: row.chosen_by, True),
    Column("settle with", lambda row: row.command.removeprefix("reintegrate "), True),
)


@verb("agenda", "agenda", is_list=True)
def agenda_(
    filters: AgendaFilters,
    week: Annotated[bool, typer.Option("--week", help="Monday to Sunday; the default.")] = False,
    day: Annotated[bool, typer.Option("--day", help="Today alone.")] = False,
    month: Annotated[
        bool, typer.Option("--month", help="The month of today, as a calendar.")
    ] = False,
    days: Annotated[
        str | None, typer.Option("--days", metavar="N", help="Today and N days on.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
) -> None:
    """List what is overdue, then what is due in the week.

    Example: reintegrate agenda --week
    """
    if sum([week, day, month, days is not None]) > 1:
        raise Usage("--week, --day, --month and --days do not go together")
    list_items(filters, day=day, month=month, days=_number(days), overdue=overdue)


@verb("today", "today", is_list=True)
def today(filters: AgendaFilters) -> None:
    """List what is overdue and what is due today.

    Example: reintegrate today
    """
    list_items(filters, day=True, days=None, overdue=False)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or not 0 <= int(text) <= 3660:
        raise Usage("--days takes a number of days", hint="for example --days 14", fields=["days"])
    return int(text)


def list_items(
    filters: AgendaFilters,
    *,
    day: bool = False,
    month: bool = False,
    days: int | None = None,
    overdue: bool = False,
) -> None:
    """Show the rows of a day, of some days, or of the week; a month is also drawn."""
    today = session.today()
    start, end = agenda.window(today, day=day, month=month, days=days)
    with session.reading() as store:
        if filters.case is not None:
            store.cases.get(filters.case)
        if filters.owner is not None:
            store.staff.get(filters.owner)
        world = store.world(session.current.district.calendar)
    rows = agenda.narrowed(agenda.items(world, today, start, end), filters, overdue=overdue)
    if month and output.draws():
        from reintegrate_cli import drawing
        from reintegrate_cli.month import weeks

        drawing.month(weeks(rows, start, today, world.calendar))
    show(rows, COLUMNS, empty="nothing is due", kind=Item)
