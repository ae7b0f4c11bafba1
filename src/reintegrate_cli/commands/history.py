"""``history`` and ``undo``: what was done, and taking the last of it back."""

from reintegrate_cli import history, session
from reintegrate_cli.commands.verbs import Filters, narrowed, verb
from reintegrate_cli.history import HistoryRow
from reintegrate_cli.output import Column, say, show

COLUMNS = (
    Column("id", lambda row: row.id),
    Column("at (UTC)", lambda row: row.at[:16].replace("T", " ")),
    Column("by", lambda row: row.by),
    Column("command", lambda row: row.command),
    Column("records", lambda row: " ".join(row.refs), True),
)


@verb("history", "history", is_list=True, for_reviewer=True)
def history_(filters: Filters) -> None:
    """List who did what to which records, and who read which case; no values.

    Example: reintegrate history --case HX4T --since som
    """
    with session.reading() as store:
        rows = [history.row(entry, session.current.zone) for entry in store.history()]
        rows = narrowed(
            rows,
            filters,
            store,
            statuses=("changed", "read"),
            cases=history.cases_of,
            owners=lambda row: (row.by,),
        )
    show(rows, COLUMNS, empty="nothing was done yet", kind=HistoryRow)


@verb("undo", "undo")
def undo() -> None:
    """Take back your own last unit of work; the history keeps both.

    Example: reintegrate undo
    """
    with session.writing("undo") as store:
        entry = history.last_of(store.lately(), store.by)
        store.revert(entry)
        row = history.row(entry, session.current.zone)
    say(f"taken back: {row.command}, {', '.join(row.changed)}")
    show(row)
