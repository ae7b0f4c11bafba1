"""Workbooks (XLSX) that are written: made in memory, so that no draft of one lies in a folder.

A text is kept as text whatever it begins with, and one that a spreadsheet could take for a
formula is made inert besides. It is loaded by a report that writes one alone.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from reintegrate_cli.core.cleaning import inert, line

_WIDEST = 48
_FIRST = 3
"""The row of the headings: above them stand what the paper is and what it is about."""


class Sheet(NamedTuple):
    """One sheet: its name, what it is about, its headings and its rows."""

    name: str
    about: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]


def workbook(first_line: str, sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook of several sheets.

    Args:
        first_line: what each of them says first, and at the foot of each page.
        sheets: the sheets.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    formats = {
        "first": book.add_format({"bold": True}),
        "heading": book.add_format({"bold": True, "bottom": 1}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
    }
    for sheet in sheets:
        _fill(book.add_worksheet(sheet.name), first_line, sheet, formats)
    book.close()
    return stream.getvalue()


def _fill(page: Any, first_line: str, sheet: Sheet, formats: dict[str, Any]) -> None:
    page.write_string(0, 0, _text(first_line), formats["first"])
    page.write_string(1, 0, _text(sheet.about))
    for at, heading in enumerate(sheet.headings):
        page.write_string(_FIRST, at, _text(heading), formats["heading"])
    for number, row in enumerate(sheet.rows, _FIRST + 1):
        for at, value in enumerate(row):
            _write(page, number, at, value, formats["day"])
    for at, heading in enumerate(sheet.headings):
        cells = (_text(row[at]) for row in sheet.rows if row[at] is not None)
        page.set_column(at, at, min(_WIDEST, 2 + max(map(len, (heading, *cells)))))
    page.freeze_panes(_FIRST + 1, 1)
    page.autofilter(_FIRST, 0, _FIRST + len(sheet.rows), len(sheet.headings) - 1)
    page.repeat_rows(_FIRST)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_footer(f"&L{first_line}&RPage &P of &N")


def _write(page: Any, number: int, at: int, value: object, day: object) -> None:
    if value is None:
        return
    if isinstance(value, date):
        page.write_datetime(number, at, value, day)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(number, at, value)
    else:
        page.write_string(number, at, _text(value))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return inert(line(value))
