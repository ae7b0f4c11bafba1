"""The first sheet of a workbook (XLSX), read a row at a time, within bounds.

A workbook is a folder of XML in a ZIP file, and a small one can be made to fill a machine: how much
it unpacks to is looked at first, entities are refused (defusedxml), and whatever the reader
stumbles over is one answer. It is loaded by an import of a workbook alone.
"""

import zipfile
from collections.abc import Generator, Iterator, Sequence
from datetime import date, datetime, time
from itertools import repeat
from typing import Any, BinaryIO

from reintegrate_cli.core.errors import Problem, Usage

MOST_ROWS = 100_000
MOST_UNPACKED = 200 * 1024 * 1024
HIGHEST_RATIO = 200
_MOST_COLUMNS = 1_000
_PIECE = 64 * 1024
_FORMULA = b"<f"


def _too_large() -> Usage:
    return Usage("the workbook is too large to be read safely", hint="save it as CSV")


def rows_of(stream: BinaryIO) -> Generator[tuple[int, list[str]], None, None]:
    """Yield the rows of the first sheet, each with its number, cells as they would be typed.

    A formula is read as the value that was saved with it, or else as it is written.

    Raises:
        Usage: it is too large, or no workbook that can be read.
    """
    try:
        _check(stream)
        yield from _rows(stream)
    except Problem:
        raise
    except Exception:  # noqa: BLE001 - what a hostile workbook sets off in its readers is any error
        raise Usage("the workbook cannot be read", hint="save it as CSV") from None


def _check(stream: BinaryIO) -> None:
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
    if sum(one.file_size for one in members) > MOST_UNPACKED:
        raise _too_large()
    if any(one.file_size > HIGHEST_RATIO * max(1, one.compress_size) for one in members):
        raise _too_large()
    stream.seek(0)


def _rows(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and the like, which nobody here looks at
        values = _sheet(stream, values=True)
        formulas = _sheet(stream, values=False) if _has_formulas(stream) else repeat(())
        # Where rows are missing the reader makes them up, so that numbers are counted here.
        for number, row in enumerate(values, 1):
            if number > MOST_ROWS + 1 or len(row) > _MOST_COLUMNS:
                raise _too_large()
            yield number, _cells(row, next(formulas, ()))


def _sheet(stream: BinaryIO, *, values: bool) -> Iterator[Sequence[Any]]:
    import openpyxl

    book = openpyxl.load_workbook(stream, read_only=True, data_only=values, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what a file says of its own size is not believed
    return iter(sheet.iter_rows(values_only=True))


def _has_formulas(stream: BinaryIO) -> bool:
    with zipfile.ZipFile(stream) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and _holds(archive, name):
                return True
    return False


def _holds(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as member:
        while piece := member.read(_PIECE):
            if _FORMULA in tail + piece:
                return True
            tail = piece[1 - len(_FORMULA) :]
    return False


def _cells(row: Sequence[Any], formulas: Sequence[Any]) -> list[str]:
    cells = [_typed(cell) for cell in row]
    for at, formula in enumerate(formulas):
        if not cells[at] and formula is not None:
            cells[at] = _typed(formula)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _typed(value: Any) -> str:
    """Return a cell as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        day = value.date().isoformat()
        return day if value.time() == time() else f"{day} {value.time().isoformat()}"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(getattr(value, "text", value))
