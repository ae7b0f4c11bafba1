"""``agenda`` and ``today``: what is overdue and what comes."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from reintegrate_cli.core.calendar import week_of
from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.core.records import Public
from reintegrate_cli.core.rows import Item, Kind, State
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import index, session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import glance, output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Option
from reintegrate_cli.line.verbs import Filters, case_of, narrowed, verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.mail.holds import Hold


_Status = Annotated[Public[State | None], "overdue, due or upcoming"]


class AgendaFilters(Filters, kw_only=True):
    """What narrows the agenda: the filters of every list, and a kind of row."""

    kind: Annotated[Public[Kind | None], "only this kind"] = None
    status: _Status = None  # type: ignore[assignment]


def window_of(
    today: date,
    *,
    day: bool = False,
    month: bool = False,
    days: int | None = None,
    next_week: bool = False,
) -> tuple[date, date]:
    """Return the first and last day that an agenda shows; the week of today by default."""
    if day:
        return today, today
    if days is not None:
        return today, today + timedelta(days=days)
    if month:
        first = today.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return week_of(today + timedelta(days=7) if next_week else today)


COLUMNS = (
    Column("when", glance.when),
    Column("state", glance.state),
    Column("case", lambda row: row.case),
    Column("what", glance.about, True),
    Column("chosen", lambda row: row.chosen_by, True),
    Column("settle with", lambda row: row.command.removeprefix("reintegrate "), True),
)


@verb("agenda", "agenda", is_list=True)
def agenda_(
    filters: AgendaFilters,
    week: Annotated[bool, Option("--week", help="Monday to Sunday; the default.")] = False,
    day: Annotated[bool, Option("--day", help="Today alone.")] = False,
    month: Annotated[bool, Option("--month", help="The month of today, as a calendar.")] = False,
    days: Annotated[str | None, Option("--days", metavar="N", help="Today and N days on.")] = None,
    next_week: Annotated[bool, Option("--next-week", help="The week after.")] = False,
    overdue: Annotated[bool, Option("--overdue", help="Only what is overdue.")] = False,
    ics: Annotated[
        str | None,
        Option(
            "--ics", metavar="FILE", help="Write the rows to a calendar file too, as empty holds."
        ),
    ] = None,
) -> None:
    """List what is overdue, what is due in the week, and what is still asked.

    Example: reintegrate agenda --week
    """
    if sum([week, day, month, next_week, days is not None]) > 1:
        raise Usage("--week, --next-week, --day, --month and --days do not go together")
    today = session.today()
    window = window_of(today, day=day, month=month, days=_number(days), next_week=next_week)
    list_items(filters, window, month=month, overdue=overdue, file=_file(ics))


@verb("today", "today", is_list=True)
def today(filters: AgendaFilters) -> None:
    """List what is overdue and what is due today.

    Example: reintegrate today
    """
    list_items(filters, window_of(session.today(), day=True))


MOST_DAYS = 3660
"""How far ahead the agenda looks: some ten years."""


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or not 0 <= int(text) <= MOST_DAYS:
        raise Usage(
            f"--days takes a number of days, up to {MOST_DAYS}",
            hint="for example --days 14",
            fields=["days"],
        )
    return int(text)


def _file(text: str | None) -> Path | None:
    if text is None:
        return None
    if text in ("", "-") or "\0" in text:
        raise Usage(
            "--ics takes the path of a file", hint="for example --ics hold.ics", fields=["ics"]
        )
    try:
        return path_of(text)
    except Settings:
        raise Usage(
            "--ics names the home folder of an account that has none", fields=["ics"]
        ) from None


def list_items(
    filters: AgendaFilters,
    window: tuple[date, date],
    *,
    month: bool = False,
    overdue: bool = False,
    file: Path | None = None,
) -> None:
    """Show what is overdue, what is due in a window, and what is asked.

    Args:
        filters: what narrows them.
        window: the first day and the last.
        month: whether it is a month, which is also drawn.
        overdue: only what is overdue.
        file: where the rows are written as empty holds, too.
    """
    today = session.today()
    look = partial(_rows, filters, window, overdue=overdue, exports=file is not None)
    if file is not None:
        world, rows = _export(file, look)
    else:
        with session.reading() as store:
            world, rows = look(store)
    if month and output.draws():
        from reintegrate_cli.due.month import weeks
        from reintegrate_cli.line import drawing

        drawing.month(weeks(rows, window[0], today, world.calendar))
        say(glance.summary(rows))
    elif rows and output.draws():
        glance.agenda(rows, today)
    else:
        show(rows, COLUMNS, empty="nothing is due", what="row", kind=Item)


def _rows(
    filters: AgendaFilters,
    window: tuple[date, date],
    store: "Store",
    *,
    overdue: bool,
    exports: bool,
) -> tuple[World, list[Item]]:
    """Return the rows that are asked for, and the world that they were worked out from."""
    today, ref = session.today(), case_of(filters)
    if ref is not None:
        store.cases.get(ref)
    # A former export may be about any case, not about those of this window alone.
    if exports or ref is not None:
        world = session.world(store, None if exports else ref)
    else:
        world = index.world_upto(store, session.current.district.calendar, today, window[1])
    rows = agenda.items(world, today, *window)
    shown = [
        row
        for row in narrowed(
            rows, filters, store, statuses=get_args(State), owners=lambda row: (row.owner,)
        )
        if filters.kind in (None, row.kind) and (row.state == "overdue" or not overdue)
    ]
    output.current.hidden = bool(rows) and not shown
    return world, shown


def _export(
    file: Path, look: "Callable[[Store], tuple[World, list[Item]]]"
) -> tuple[World, list[Item]]:
    """Write what the agenda shows as holds, and remember which they were.

    The vault knows of a hold before its file has a name: a calendar never holds one that
    could not be taken back.
    """
    from reintegrate_cli.kept import exports, retention
    from reintegrate_cli.mail import ics

    with exports.drafting(file) as draft:
        with session.writing("agenda --ics") as store:
            retention.check_no_hold(store.legal_holds.all(), "an export")
            world, rows = look(store)
            known = {hold.uid for hold in store.holds.all()}
            draft.check_place(lambda data: ics.is_export(data, known))
            holds = _planned(store, world, rows)
            if holds:
                draft.write(ics.written(holds, session.now()))
            for row in rows:
                store.touch(row.case or row.source)
        draft.put_in_place()
    _say_exported(holds)
    return world, rows


def _planned(store: "Store", world: World, rows: list[Item]) -> "list[Hold]":
    """Work out the holds of these rows, and keep those that are new or have changed."""
    from reintegrate_cli.mail import holds, ics

    former = {hold.id: hold for hold in store.holds.all(by=store.by)}
    today = session.today()
    upto = max([today, *(row.due_on for row in rows), *(hold.due_on for hold in former.values())])
    standing = agenda.named(world, today, upto)
    wanted = {row.id for row in rows}
    planned = holds.plan(
        {name: item for name, item in standing.items() if item.id in wanted},
        standing,
        former.values(),
        by=store.by,
        today=today,
        zone=session.current.zone,
        new_uid=ics.new_uid,
    )
    for hold in planned:
        if hold is not former.get(hold.id):
            store.holds.put(hold)
    return planned


def _say_exported(holds: "list[Hold]") -> None:
    if not holds:
        say("there is nothing to hold, and no file was written")
        return
    taken_back = sum(hold.cancelled for hold in holds)
    say(f"in the file: {len(holds) - taken_back} held, {taken_back} cancelled")
    say(
        "a shared calendar, or a phone's lock screen, shows others when you are busy: import it"
        " where only you look"
    )
