"""What people and scripts see: rows to stdout, speech and errors to stderr.

``show`` is the only way out for records, and it redacts by sensitivity class. Rich is
loaded only when stdout is a terminal; a pipe gets plain aligned columns.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, get_args, get_origin

from reintegrate_cli import catalogue, startup
from reintegrate_cli.core import records
from reintegrate_cli.core.bounds import money
from reintegrate_cli.core.cleaning import as_json, inert, line
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import Sensitivity, fields_of, plain
from reintegrate_cli.line.speech import NORMAL_WIDTH as NORMAL_WIDTH
from reintegrate_cli.line.speech import Told as Told
from reintegrate_cli.line.speech import Unprinted as Unprinted
from reintegrate_cli.line.speech import current as current
from reintegrate_cli.line.speech import drop_stdout as drop_stdout
from reintegrate_cli.line.speech import fail as fail
from reintegrate_cli.line.speech import flush_rows as flush_rows
from reintegrate_cli.line.speech import pairs as pairs
from reintegrate_cli.line.speech import print_rows as print_rows
from reintegrate_cli.line.speech import print_text as print_text
from reintegrate_cli.line.speech import printing as printing
from reintegrate_cli.line.speech import release as release
from reintegrate_cli.line.speech import reset as reset
from reintegrate_cli.line.speech import say as say
from reintegrate_cli.line.speech import tell as tell
from reintegrate_cli.line.speech import watched as watched
from reintegrate_cli.line.speech import width as width


class Column(msgspec.Struct, frozen=True):
    """One column of a table: its heading and how a row fills it."""

    heading: str
    cell: Callable[[Any], object]
    flexible: bool = False
    """Whether the column may wrap; the others keep their width."""


def show(
    value: Any,
    columns: Sequence[Column] = (),
    *,
    empty: str = "nothing to show",
    what: str = "",
    upto: Sensitivity | None = None,
    kind: type | None = None,
    more: Mapping[str, Any] | None = None,
    told_of: Iterable[type] = (),
) -> None:
    """Show a record or a list of them as JSON, CSV or a table, redacted by class.

    Args:
        value: a record, or a sequence of records of one kind.
        columns: the columns of the table; JSON and CSV take every field of the record.
        empty: what to say when there is nothing that could be listed.
        what: what a row is called; by default what the noun's records are.
        upto: the highest class shown; by default ``public`` and ``ref``.
        kind: the class of the rows, so that an empty CSV still has its headings.
        more: what the JSON of a list says beside its rows.
        told_of: other records, whose listed values the rows tell of.
    """
    level = Sensitivity.REF if upto is None else upto
    rows = list(value) if isinstance(value, list | tuple) else None
    if current.as_json:
        as_of = current.as_of() if current.as_of is not None else None
        items = value if rows is None else {"as_of": as_of, "items": rows, **(more or {})}
        # Spread out for a person; a script gets it at once, from the encoder in C.
        spread = 2 if sys.stdout.isatty() else None
        print_rows(as_json(plain(items, level), spread))
    elif current.as_csv:
        print_rows(_csv(rows if rows is not None else [value], kind, level), end="")
    elif rows is None:
        _pairs(value, level)
    elif not rows:
        say(f"no {what or catalogue.one_of(current.noun)} matches" if current.hidden else empty)
    else:
        table(rows, columns, told_of)


def _csv(rows: Sequence[Any], kind: type | None, level: Sensitivity) -> str:
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    kind = type(rows[0]) if rows else kind
    if kind is not None:
        specs = fields_of(kind)
        writer.writerow([spec.key for spec in specs])
        for row in rows:
            writer.writerow([_csv_cell(records.shown(row, spec, level)) for spec in specs])
    return buffer.getvalue()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return inert(" ".join(str(item) for item in value))
    return inert(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def draws() -> bool:
    """Return whether rows go to a person's terminal, where a drawing may go with them."""
    return not (current.as_json or current.as_csv) and sys.stdout.isatty()


_GAP = 2
"""Blanks between two columns."""


def table(rows: Sequence[Any], columns: Sequence[Column], told_of: Iterable[type] = ()) -> None:
    """Draw a table: with Rich on a terminal, as plain aligned columns in a pipe."""
    cells = [
        [line("" if (cell := column.cell(row)) is None else cell) for column in columns]
        for row in rows
    ]
    headings = [column.heading for column in columns]
    if sys.stdout.isatty():
        listed: dict[str, str] = {}
        for kind in (type(rows[0]), *told_of):
            listed |= listed_values(kind)
        _for_a_person([[readable(cell, listed) for cell in row] for row in cells], columns)
        return
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for row in [headings, *cells]:
        padded = (cell.ljust(size) for cell, size in zip(row, widths, strict=True))
        print_rows("  ".join(padded).rstrip())


def _for_a_person(cells: Sequence[Sequence[str]], columns: Sequence[Column]) -> None:
    """Draw a table in which no line is broken inside a word, however narrow the terminal.

    Where the columns do not fit, those that may not wrap do so too; where even their words do
    not fit side by side, each row becomes a line of its own, as text.
    """
    headings = [column.heading for column in columns]
    whole = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    words = [
        max(len(word) for cell in column for word in cell.split() or [""])
        for column in zip(headings, *cells, strict=True)
    ]
    room = width() - _GAP * len(columns)
    least = [
        word if column.flexible else size
        for word, size, column in zip(words, whole, columns, strict=True)
    ]
    if sum(least) <= room:
        _rich_table(cells, headings, _widened(least, whole, room))
    elif sum(words) <= room:
        _rich_table(cells, headings, _widened(words, whole, room))
    else:
        pairs(
            (row[0], "; ".join(f"{name} {cell}" for name, cell in rest if cell))
            for row in cells
            for rest in [list(zip(headings[1:], row[1:], strict=True))]
        )


def _widened(least: Sequence[int], whole: Sequence[int], room: int) -> list[int]:
    """Return the widths of columns: what is left of the room goes to those with the most lines."""
    widths = list(least)
    for _ in range(room - sum(least)):
        lines = [size / max(width, 1) for size, width in zip(whole, widths, strict=True)]
        if max(lines) <= 1:
            break
        widths[lines.index(max(lines))] += 1
    return widths


def _rich_table(
    cells: Sequence[Sequence[str]], headings: Sequence[str], widths: Sequence[int]
) -> None:
    with startup.functions_later("ast", "colorsys", "fractions", "pickle"):
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for heading, size in zip(headings, widths, strict=True):
        # Rich would make a column narrower than its words, and cut them.
        drawn.add_column(Text(heading), overflow="fold", width=size)
    for row in cells:
        # ``Text`` takes no markup, so a name cannot draw a link or change a color. No word in a
        # cell changes how its row looks either: what a person wrote may begin with any word.
        drawn.add_row(*map(Text, row))
    console = Console(width=width(), highlight=False, emoji=False, markup=False)
    with console.capture() as captured:
        console.print(drawn)
    print_rows(captured.get(), end="")


def _pairs(value: Any, level: Sensitivity, without: Sequence[str] = ()) -> None:
    pairs(
        (name if nth == 0 else "", text)
        for spec in fields_of(type(value))
        if spec.name not in without
        for nth, (name, text) in enumerate(_lines(value, spec, level))
    )


def draw(value: Any, without: Sequence[str]) -> None:
    """Print a record that is looked at alone, without the fields that are drawn otherwise."""
    _pairs(value, Sensitivity.PRIVATE, without)


def _named(key: str, value: object, listed: Mapping[str, str]) -> tuple[str, str]:
    """Return a key as words with its value as prose; money, and halves, as people write them."""
    if isinstance(value, int) and (key == "cents" or key.endswith("_cents")):
        return key.removesuffix("cents").replace("_", " ").strip() or "amount", money(value)
    if isinstance(value, int) and key == "halves":
        return "sessions", f"{value / 2:g}"
    return key.replace("_", " "), _prose(value, listed)


def _lines(value: Any, spec: records.FieldSpec, level: Sensitivity) -> Iterator[tuple[str, str]]:
    """Yield what a field is called and what it says; a line for each of the things inside it."""
    inner, shown = getattr(value, spec.name), records.shown(value, spec, level)
    listed = {}
    if sys.stdout.isatty():
        listed = _shown_as(_values(spec.type))
        if spec.sensitivity is Sensitivity.PUBLIC and str in (spec.type, *get_args(spec.type)):
            # A code of the program's own: what a person types has a type that says so.
            codes = shown if isinstance(shown, list) else [shown]
            listed = _shown_as(code for code in codes if isinstance(code, str) and "_" in code)
    name, text = _named(spec.key, shown, listed)
    if not (isinstance(shown, list) and inner and records.is_form(type(inner[0]))):
        yield name, text
        return
    for one, fields in zip(inner, shown, strict=True):
        yield name, getattr(one, "in_words", "") or _prose(fields, listed)


def listed_values(kind: type) -> dict[str, str]:
    """Return how listed values of a record, or inside it, are shown, if not as they are kept."""
    return _shown_as(value for spec in fields_of(kind) for value in _values(spec.type))


def _shown_as(values: Iterable[str]) -> dict[str, str]:
    return {value: shown for value in values if (shown := label(value)) != value}


def _values(kind: Any) -> Iterator[str]:
    if get_origin(kind) is Literal:
        yield from (value for value in get_args(kind) if isinstance(value, str))
    elif records.is_form(kind):
        yield from listed_values(kind)
    else:
        for part in get_args(kind):
            yield from _values(part)


def readable(text: str, listed: Mapping[str, str]) -> str:
    """Write listed values as words (``home supports``), and moments by the district's clock.

    A slug stays as its owner typed it, and so does an ordinary word that is a value elsewhere.
    """
    if "T" in text:
        text = _MOMENT.sub(_by_the_clock, text)
    if not listed or text in listed:
        return listed.get(text, text)
    if "_" not in text:
        return text
    return re.sub(r"[a-z0-9]+(?:_[a-z0-9]+)+", lambda word: listed.get(word[0], word[0]), text)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?[+-]\d\d:\d\d")


def _by_the_clock(moment: re.Match[str]) -> str:
    from datetime import datetime

    at = datetime.fromisoformat(moment[0]).astimezone(current.zone() if current.zone else None)
    return f"{at:%Y-%m-%d %H:%M}"


def _prose(value: object, listed: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        if any(isinstance(item, dict) for item in value):
            return " ".join(f"({_prose(item, listed)})" for item in value)
        return ", ".join(_prose(item, listed) for item in value)
    if isinstance(value, dict):
        return "; ".join(" ".join(_named(key, item, listed)) for key, item in value.items() if item)
    return readable(str(value), listed)


def can_ask() -> bool:
    """Return whether a person is there to answer: a terminal, and nothing forbade asking.

    What was printed before the question has gone out by then.
    """
    if current.unheard:  # it is tried as at a terminal, up to the first answer
        return True
    release()
    return not current.no_input and sys.stdin is not None and sys.stdin.isatty()


def ask(
    label: str,
    *,
    hidden: bool = False,
    default: str = "",
    several: bool = False,
    choices: Sequence[str] | Mapping[str, str] = (),
    needed: bool = False,
    check: Callable[[str], str] | None = None,
    text: str = "",
) -> str:
    """Ask for one value on the terminal; an empty answer gives ``default``.

    Args:
        label: what is asked, without punctuation.
        hidden: do not show what is typed.
        default: shown in brackets, and given for an empty answer.
        several: read several lines, until Ctrl-D or a line with a single dot.
        choices: the only values that fit, if they are listed; each may have words about it.
        needed: whether an empty answer is asked for again.
        check: takes an answer and returns how it was understood; raises what is wrong with it.
        text: what was typed before.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C; of Ctrl-D it is Interrupted.
        Usage: there is nobody to ask.
    """
    if not can_ask():
        raise Usage(f"this needs an answer at a terminal: {label}")
    from reintegrate_cli.line import asking, questions

    question = questions.Question(
        line(label),
        several=several,
        choices=tuple(choices),
        about=choices if isinstance(choices, Mapping) else {},
        default=default,
        needed=needed,
        private=several,
        check=check,
        text=text,
    )
    return asking.answer(question, hidden=hidden, kept=several)


def ask_day(label: str, today: date) -> date:
    """Ask for a day, which is said back as it was understood.

    Args:
        label: what is asked.
        today: the day from which dates count.
    """
    from reintegrate_cli.core.calendar import explain_date, read_date

    def check(answer: str) -> str:
        return explain_date(read_date(answer, today), today)

    return read_date(ask(label, needed=True, check=check), today)


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask a question that yes or no answers."""
    return ask(question, choices=("yes", "no"), default="yes" if default else "no") == "yes"
