"""Tables that come in as files: CSV, or a workbook, read a row at a time, and what is sent back.

Nothing of a file is believed: how many rows, how long a cell, in which letters. Rows that a
command cannot take go back as they were, in a file with one more column that says why; a cell that
a spreadsheet would run is made inert there, and read as it was when the file comes again.
"""

import codecs
import io
import os
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import BinaryIO, NamedTuple

from reintegrate_cli.core.cleaning import FORMULA_SIGNS, line
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.keys.disk import opened, plain_reason, remedy

REASON = "rejected_because"
"""The column that says why a row came back; it is the first, so that ragged rows stay whole."""
MOST_ROWS = 500_000
MOST_COLUMNS = 1_000
_LONGEST_LINE = 1024 * 1024
_PIECE = 64 * 1024
_DELIMITERS = ",;\t"
_ZIP, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# What a spreadsheet takes for a formula, and any such that was made inert before.
_RUNS = re.compile(f"'*[ \u3000\r\n]*[{re.escape(''.join(FORMULA_SIGNS))}]")
_INERT = re.compile("'" + _RUNS.pattern)

Cells = list[str]


class Table(NamedTuple):
    """A table that is open: its columns, and its rows."""

    headings: Cells
    columns: Mapping[str, int]
    """The columns that the command knows, by name."""
    rows: Iterator[tuple[int, Cells]]
    """Each row that holds anything, with its number in the file, the reason left out."""

    def read(self, cells: Sequence[str], name: str) -> str:
        """Return a cell of a row by the name of its column, without the blanks around it."""
        at = self.columns.get(name, len(cells))
        return cells[at].strip() if at < len(cells) else ""


@contextmanager
def reading(file: str, known: Sequence[str], demanded: Sequence[str]) -> Iterator[Table]:
    """Open a table for the length of a ``with``.

    Args:
        file: its path, as typed.
        known: the columns that the command knows.
        demanded: those that must be there.

    Raises:
        Usage: there is no such file, it is no table, or a column is missing or there twice.
    """
    try:
        descriptor = opened(path_of(file), os.O_RDONLY, follow=True)
    except OSError as error:
        raise Usage(
            f"the file cannot be read: {plain_reason(error)}", hint=remedy(error), fields=["file"]
        ) from None
    with os.fdopen(descriptor, "rb") as stream:
        start = stream.read(len(_ZIP))
        stream.seek(0)
        if start == _OLD_WORKBOOK:
            raise Usage("the workbook has an old format or a password", hint="save it as CSV")
        if start == _ZIP:
            from reintegrate_cli.kept.workbooks import rows_of

            rows = rows_of(stream)
        else:
            rows = _csv(stream, known)
        with closing(rows):
            yield _opened(rows, known, demanded)


def _opened(
    rows: Iterator[tuple[int, Cells]], known: Sequence[str], demanded: Sequence[str]
) -> Table:
    headings = next((cells for _, cells in rows if any(cells)), [])
    names = [_name(heading) for heading in headings]
    twice = next((name for name in known if names.count(name) > 1), "")
    if twice:
        raise Usage(f"the column {twice} is there twice", hint="rename one of the two")
    missing = [name for name in demanded if name not in names]
    if missing:
        raise Usage(
            f"missing columns: {', '.join(missing)}",
            hint=f"the first row names the columns: {', '.join(known)}",
            fields=missing,
        )
    back_at = names.index(REASON) if REASON in names else None
    if back_at is not None:
        del headings[back_at], names[back_at]
    columns = {name: names.index(name) for name in known if name in names}
    return Table(headings, columns, _bounded(rows, back_at))


def _name(heading: str) -> str:
    return re.sub(r"[\s_-]+", "_", heading.strip().casefold())


def _bounded(rows: Iterator[tuple[int, Cells]], back_at: int | None) -> Iterator[tuple[int, Cells]]:
    for count, (number, cells) in enumerate(rows):
        if count >= MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise Usage(
                f"the file has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns",
                hint="split it into several files",
            )
        if back_at is not None:
            cells = [as_it_was(cell) for at, cell in enumerate(cells) if at != back_at]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _csv(stream: BinaryIO, known: Sequence[str]) -> Generator[tuple[int, Cells], None, None]:
    import csv

    with io.TextIOWrapper(stream, _letters(stream), newline="") as text:
        lines = _lines(text)
        first = next(lines, "")
        reader = csv.reader(_again(first, lines), delimiter=_delimiter(first, known), strict=True)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error:
            raise Usage(
                f"line {reader.line_num} of the file is not CSV",
                hint="look for a quote that is open",
            ) from None


def _delimiter(first: str, known: Sequence[str]) -> str:
    """Return what parts the columns that are known; some countries write semicolons."""

    def count(mark: str) -> int:
        return sum(_name(heading.strip('" \r\n')) in known for heading in first.split(mark))

    return max(_DELIMITERS, key=count)


def _letters(stream: BinaryIO) -> str:
    """Return the encoding of a text: UTF-8 or UTF-16, else what old programs write."""
    start = stream.read(len(codecs.BOM_UTF16_LE))
    stream.seek(0)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        finally:
            stream.seek(0)
        return "utf-8-sig" if encoding == "utf-8" else encoding
    return "latin-1"


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    try:
        while piece := text.readline(_LONGEST_LINE):
            if len(piece) == _LONGEST_LINE:
                raise Usage("a line of the file is too long to be a row", hint="save it as CSV")
            yield piece
    except UnicodeDecodeError:
        raise Usage("the file is not text", hint="save it as CSV") from None


def _again(first: str, lines: Iterable[str]) -> Iterator[str]:
    yield first
    yield from lines


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet runs, and ``as_it_was`` turns back."""
    return "'" + cell if _RUNS.match(cell) else cell


def as_it_was(cell: str) -> str:
    """Return a cell as it was before it was made inert."""
    return cell[1:] if _INERT.match(cell) else cell


class Rejects:
    """The rows that go back, in the columns that they came in, each with its reason."""

    def __init__(self, headings: Sequence[str]) -> None:
        import csv

        self.count = 0
        self._bytes = io.BytesIO()
        self._text = io.TextIOWrapper(self._bytes, "utf-8", newline="", write_through=True)
        self._text.write(codecs.BOM_UTF8.decode("utf-8"))
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._write(REASON, headings)

    def add(self, cells: Sequence[str], reason: str) -> None:
        """Send a row back."""
        self.count += 1
        self._write(line(reason), cells)

    def _write(self, first: str, cells: Sequence[str]) -> None:
        self._writer.writerow([inert(cell) for cell in (first, *cells)])

    def data(self) -> memoryview:
        """Return the whole file."""
        return self._bytes.getbuffer()


def is_ours(data: bytes) -> bool:
    """Say whether a file is one that rows were sent back in."""
    return data.startswith(codecs.BOM_UTF8 + REASON.encode())
