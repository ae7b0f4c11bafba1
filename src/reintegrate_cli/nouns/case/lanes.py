"""The timeline as lanes: one for each kind of event, days from left to right.

Nothing is summed or scored: a mark is one day or a few on which something happened, a bar is
something that lasted.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from reintegrate_cli.core.calendar import MONTHS
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import msgspec


class Marks(NamedTuple):
    """The signs that are drawn."""

    happened: str
    several: str
    other: str
    lasted: str
    line: str
    tick: str


SIGNS = Marks("●", "◉", "○", "━", "─", "┬")
LETTERS = Marks("o", "O", ".", "=", "-", "+")
"""For a terminal that cannot show the others."""
_LEAST = 20
_NOT_MET = tuple(map(label, ("missed", "declined", "cancelled", "attempted")))


class Lane(msgspec.Struct, frozen=True):
    """One kind of event, drawn."""

    label: str
    cells: str


def lanes(
    events: Sequence[Event], today: date, columns: int, marks: Marks = SIGNS
) -> tuple[Lane, ...]:
    """Lay out events by kind, from the first day to the last, under an axis of months.

    Args:
        events: in their order.
        today: the last day, unless something reaches beyond it.
        columns: how many there are for the days.
        marks: the signs.
    """
    if not events:
        return ()
    columns = max(columns, _LEAST)
    first = min(event.on for event in events)
    last = max(today, *(event.upto or event.on for event in events))
    scale = _Scale(first, (last - first).days + 1, columns)
    kinds = dict.fromkeys(event.kind for event in events)
    drawn = [_axis(scale, last, marks)]
    drawn += [
        Lane(kind, _cells([event for event in events if event.kind == kind], scale, marks))
        for kind in kinds
    ]
    return tuple(drawn)


class _Scale(NamedTuple):
    first: date
    days: int
    columns: int

    def at(self, day: date) -> int:
        """Return the column of a day; where there is room, a day has one of its own."""
        past = (day - self.first).days
        if self.days <= self.columns:
            return past
        return min(self.columns - 1, past * self.columns // self.days)

    @property
    def width(self) -> int:
        return min(self.days, self.columns)


def _cells(events: Iterable[Event], scale: _Scale, marks: Marks) -> str:
    cells = [" "] * scale.width
    events = list(events)
    for event in events:
        if event.upto is not None:
            for at in range(scale.at(event.on), scale.at(event.upto) + 1):
                cells[at] = marks.lasted
    for event in events:
        if event.upto is not None:
            continue
        at = scale.at(event.on)
        mark = marks.other if event.what.startswith(_NOT_MET) else marks.happened
        cells[at] = marks.several if cells[at] in marks[:3] else mark
    return "".join(cells).rstrip()


def _axis(scale: _Scale, last: date, marks: Marks) -> Lane:
    months = [scale.first, *_months(scale.first, last)]
    cells = [marks.line] * scale.width
    for day in months[1:]:
        cells[scale.at(day)] = marks.tick
    names = [" "] * (scale.width + 1)
    # The first day and each new year have their names before other months take the room.
    for day in sorted(months, key=lambda each: (each is not months[0], each.month != 1, each)):
        at, name = scale.at(day), _name(day, day is months[0], scale.first.year != last.year)
        room = names[max(0, at - 1) : at + len(name) + 1]
        if at + len(name) <= scale.width and not "".join(room).strip():
            names[at : at + len(name)] = name
    return Lane("", "".join(names).rstrip() + "\n" + "".join(cells))


def _months(first: date, last: date) -> list[date]:
    months = []
    day = first.replace(day=1)
    while (day := (day + timedelta(days=32)).replace(day=1)) <= last:
        months.append(day)
    return months


def _name(day: date, is_first: bool, with_years: bool) -> str:
    name = MONTHS[day.month - 1][:3].title()
    if is_first:
        return f"{day.day} {name}" + (f" {day.year}" if with_years else "")
    return str(day.year) if day.month == 1 else name
