"""What is drawn on a terminal beyond a table of rows: a month, the lanes of a case, a matrix.

Every mark is a word or a sign; colour and weight only repeat what they say.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reintegrate_cli.core.calendar import MONTHS, WEEKDAYS
from reintegrate_cli.core.cleaning import line
from reintegrate_cli.line.output import print_rows, width

if TYPE_CHECKING:
    from datetime import date

    from rich.text import Text

    from reintegrate_cli.core.events import Event
    from reintegrate_cli.due.month import Day, Week

_WIDEST_CELL = 10
_BORDERS = 8
_LONGEST_MARK = 9
"""``31 closed``; where a cell is narrower, signs stand for the words."""


class _Marks(NamedTuple):
    today: str
    closed: str
    due: str
    late: str
    key: str = ""


_WORDS = _Marks(" today", "closed", "{} due", "{} late")
_SIGNS = _Marks("*", "x", "{}", "{}!", "* today  x closed  1 due  1! late")


def month(weeks: "Iterable[Week]") -> None:
    """Draw a month, Monday first: today marked, closed days dim, with what waits on each."""
    from rich.box import SQUARE
    from rich.console import Console
    from rich.table import Table

    weeks = list(weeks)
    cell = min(_WIDEST_CELL, (width() - _BORDERS) // 7)
    marks = _WORDS if cell >= _LONGEST_MARK else _SIGNS
    first = next(day.day for day in weeks[0] if day is not None)
    drawn = Table(
        title=f"{MONTHS[first.month - 1].title()} {first.year:04d}",
        caption=marks.key or None,
        box=SQUARE,
        padding=0,
        title_style="bold",
        caption_style="",
    )
    for name in WEEKDAYS:
        drawn.add_column(name.title(), width=cell, no_wrap=True)
    for week in weeks:
        drawn.add_row(*(_cell(day, marks) for day in week))
    Console(width=width(), highlight=False).print(drawn)


def _cell(day: "Day | None", marks: _Marks) -> "Text":
    from rich.text import Text

    if day is None:
        return Text("")
    text = Text(f"{day.day.day:>2}", style="dim" if day.is_closed else "")
    if day.is_today:
        text.append(marks.today, style="bold")
    if day.is_closed:
        # Today's own mark fills the line already.
        text.append(("\n" if day.is_today else " ") + marks.closed)
    if day.late:
        text.append("\n" + marks.late.format(day.late), style="bold yellow not dim")
    if day.due:
        text.append("\n" + marks.due.format(day.due), style="not dim")
    return text


def lanes(events: "Sequence[Event]", today: "date") -> None:
    """Draw what happened in a case: a lane for each kind, days from left to right."""
    from reintegrate_cli.nouns.case.lanes import LETTERS, SIGNS
    from reintegrate_cli.nouns.case.lanes import lanes as laid_out

    label = max((len(one.kind) for one in events), default=0) + 2
    marks = SIGNS if can_show("".join(SIGNS)) else LETTERS
    for lane in laid_out(events, today, width() - label, marks):
        for text in lane.cells.split("\n"):
            print_rows(f"{lane.label:<{label}}{text}".rstrip())
    if events:
        print_rows("")


def can_show(signs: str) -> bool:
    """Return whether the terminal has letters for some signs."""
    try:
        signs.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True


_LEFT = 22
_WEIGHTS = {"specialist": "bold green", "fallback": "yellow", "ask": "yellow", "gap": "bold red"}


def matrix(headings: Sequence[str], lines: Iterable[tuple[str, Sequence[Sequence[str]]]]) -> None:
    """Draw a matrix: a name at the left of each line, and in each cell a word with its details.

    Args:
        headings: of the first column, and of each cell's.
        lines: the name, and for each cell its parts, one below the other, the word first.
    """
    from rich.box import SQUARE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = list(lines)
    left = min(max(len(name) for name, _ in lines), _LEFT)
    cell = (width() - left - 4) // (len(headings) - 1) - 3
    # Cells of one line each need no line between the rows.
    apart = any(len(cell) > 1 for _, cells in lines for cell in cells)
    drawn = Table(box=SQUARE, show_lines=apart, padding=(0, 1))
    drawn.add_column(headings[0], overflow="fold", width=left)
    for heading in headings[1:]:
        drawn.add_column(heading, overflow="fold", width=cell)
    for name, cells in lines:
        made = []
        for word, *details in cells:
            text = Text(line(word), style=_WEIGHTS.get(word.rpartition(" ")[2], ""))
            for detail in details:
                text.append(f"\n{line(detail)}", style="not bold default")
            made.append(text)
        drawn.add_row(Text(line(name)), *made)
    Console(width=width(), highlight=False).print(drawn)
