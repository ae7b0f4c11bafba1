"""The agenda on a terminal: one line a row, what is overdue first, then day by day.

Each row says what it is about and how to settle it; the codes and kinds are all that somebody
who looks over a shoulder reads.
"""

from collections.abc import Sequence
from datetime import date
from itertools import chain

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import counted
from reintegrate_cli.core.rows import BEFORE_OFF, Item, Unworkable
from reintegrate_cli.line.speech import print_rows, width

_GAP = "  "
_ABOUT = 1
"""The column with what a row is about: it is cut so that the row stays one line."""
_SHORTEST = 12


def agenda(rows: Sequence[Item], today: date) -> None:
    """Draw the rows in groups: overdue, each day with its date, and what merely asks."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        heading, when = _place(row, today)
        cells: tuple[str, ...] = (
            row.case or "",
            about(row).replace(BEFORE_OFF, "", 1),
            row.chosen_by or "",
            when,
            settled_by(row),
        )
        groups.setdefault(heading, []).append(cells)
    sizes = [max(map(len, column)) for column in zip(*chain(*groups.values()), strict=True)]
    # A column that is empty in every row takes no room.
    others = sum(size + len(_GAP) for place, size in enumerate(sizes) if size and place != _ABOUT)
    sizes[_ABOUT] = max(_SHORTEST, min(sizes[_ABOUT], width() - len(_GAP) - others))
    for place, (heading, entries) in enumerate(groups.items()):
        print_rows(f"\n{heading}" if place else heading)
        for entry in entries:
            parts = [_fitted(cell, size) for cell, size in zip(entry, sizes, strict=True) if size]
            print_rows(f"{_GAP}{_GAP.join(parts)}".rstrip())


def _place(row: Item, today: date) -> tuple[str, str]:
    """Return the heading that a row stands under, and what is said of its time there."""
    day = short_date(row.due_on)
    if row.state == "overdue":
        return "Overdue", f"{day.partition(' ')[2]}, {counted(row.days_late, 'day')}"
    if row.due_on < today:
        return "To ask when it suits", f"since {day.partition(' ')[2]}"
    # What is cut where the line is full is what a row is about, and never this.
    off = BEFORE_OFF.strip(", ") if BEFORE_OFF in row.label else ""
    return f"{day}, today" if row.due_on == today else day, row.at or off


def _fitted(cell: str, size: int) -> str:
    """Fill a cell up, or cut it behind a word."""
    if len(cell) <= size:
        return cell.ljust(size)
    cut = cell[:size].rpartition(" ")[0] or cell[: size - 1]
    return f"{cut.rstrip(' ,;:')}…".ljust(size)


def summary(rows: Sequence[Item]) -> str:
    """Return in one line how many rows a month has, and where they are listed."""
    overdue = sum(row.state == "overdue" for row in rows)
    coming = counted(len(rows) - overdue, "row")
    return f"{overdue} overdue, {coming} to come; reintegrate agenda lists them by day"


def settled_by(row: Item) -> str:
    """Return what a person types to settle a row, without the program's name."""
    if isinstance(row, Unworkable):
        return row.command.partition(" ")[2]
    return f"settle {row.id.partition('@')[0]}"


def when(row: Item) -> str:
    """Return the day of a row, and its time of day if it has one."""
    return short_date(row.due_on) + (f" {row.at}" if row.at else "")


def state(row: Item) -> str:
    """Return how a row stands, and by how many days it is late."""
    return f"late {row.days_late}d" if row.days_late else row.state


def about(row: Item) -> str:
    """Return what a row is about; its heading says the date."""
    if isinstance(row, Unworkable):
        return row.label.partition(";")[0]
    text = row.label.removesuffix(short_date(row.due_on)).rstrip()
    if row.state == "overdue":
        text = text.removesuffix(BEFORE_OFF)  # that day is over
    if row.who and row.mode is None and row.who not in text:
        text += f", {row.who}"
    if row.mode and row.kind != "schedule":
        text += f", {label(row.mode)}"
    if row.was_on is not None:
        text += f", was {short_date(row.was_on)}"
    return text
