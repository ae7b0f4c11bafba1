"""Rows of one CSV file of a set: tolerant in form, and errors that never repeat a value.

A byte-order mark, the order and the case of the header, a vendor's columns, mixed line ends,
blank lines, blanks around a value and unescaped quotation marks are accepted. Anything that makes
the whole file doubtful (its encoding, a NUL byte, a missing or doubled column, a quotation mark
that swallows lines) refuses the set. Everything else is a bad row: it changes nothing, the other
rows are taken, and its place is kept in eight bytes.
"""

import csv
import io
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args, overload

from reintegrate_cli.nouns.roster.source import refuse
from reintegrate_cli.nouns.roster.standard import (
    COLUMNS,
    DELTA,
    EXTENSION,
    IDS,
    LISTS,
    LONGEST,
    LONGEST_LIST,
    NAMES,
    NOT_IN_1_2,
    File,
    Mode,
    Version,
)

LONGEST_RECORD = 1 << 20
MOST_COLUMNS = 500
YEARS = range(1900, 2200)

Reason = Literal[
    "fields",
    "quotes",
    "too_long",
    "control_character",
    "spreadsheet_number",
    "no_value",
    "not_listed",
    "not_a_date",
    "ends_before_it_starts",
    "id_again",
    "nowhere",
    "not_a_school",
    "other_school",
]
"""Why a row was not taken."""

SENTENCES: dict[Reason, str] = {
    "fields": "the row does not have as many fields as the header",
    "quotes": "its quotation marks do not match",
    "too_long": "the value is too long",
    "control_character": "the value has a control character in it",
    "spreadsheet_number": "a spreadsheet rounded the number",
    "no_value": "a value is required here",
    "not_listed": "the standard does not list this word",
    "not_a_date": "a date is written YYYY-MM-DD",
    "ends_before_it_starts": "the last day is before the first",
    "id_again": "the id is in the file already",
    "nowhere": "there is no row with the id that this refers to",
    "not_a_school": "classes are held here, and this is not a school",
    "other_school": "the class is at another school",
}
_REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class BadRow:
    """The place of a row that was not taken, and the reason; never what it says."""

    file: str
    line: int
    column: str | None
    reason: Reason


class BadRows(Sequence[BadRow]):
    """Bad rows in order of files and lines; a whole file of them needs little memory."""

    def __init__(self) -> None:
        self._packed = array("Q")

    def add(self, file: str, line: int, column: str | None, reason: Reason) -> None:
        """Remember a row."""
        place = COLUMNS.index(column) + 1 if column else 0
        packed = NAMES.index(file) << 56 | line << 16 | place << 8 | _REASONS.index(reason)
        self._packed.append(packed)

    def sort(self) -> None:
        """Put the rows in order, as the files are read and their lines follow."""
        self._packed = array("Q", sorted(self._packed))

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, place: int) -> BadRow: ...
    @overload
    def __getitem__(self, place: slice) -> list[BadRow]: ...
    def __getitem__(self, place: int | slice) -> BadRow | list[BadRow]:
        if isinstance(place, slice):
            return [_unpack(packed) for packed in self._packed[place]]
        return _unpack(self._packed[place])


def _unpack(packed: int) -> BadRow:
    column = packed >> 8 & 0xFF
    name = COLUMNS[column - 1] if column else None
    line = packed >> 16 & 0xFF_FFFF_FFFF
    return BadRow(f"{NAMES[packed >> 56]}.csv", line, name, _REASONS[packed & 0xFF])


class Bad(Exception):
    """A row is not to be taken."""

    def __init__(self, column: str | None, reason: Reason) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


class _Lines:
    """Lines of a file, none of them longer than a record may be."""

    def __init__(self, name: str, raw: io.RawIOBase) -> None:
        self.name, self.last, self.room = name, "", LONGEST_RECORD
        self._text = io.TextIOWrapper(io.BufferedReader(raw), "utf-8-sig", newline="")

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(self.room + 1)
        except UnicodeDecodeError as problem:
            hint = "export it again as UTF-8"
            raise refuse(f"{self.name} is not UTF-8", hint=hint, file=self.name) from problem
        if not line:
            raise StopIteration
        if "\0" in line:
            raise refuse(f"{self.name} has a NUL byte in it", file=self.name)
        self.room -= len(line)
        if self.room < 0:
            raise refuse(f"{self.name} has a row without an end", file=self.name)
        self.last = line
        return line


def records(name: str, raw: io.RawIOBase) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each record with the line on which it begins, the header first.

    A record whose quotation marks do not match is None if it is one line; blank lines are left
    out.

    Raises:
        Usage: the file is not what it says, so that no row of it can be trusted.
    """
    lines = _Lines(name, raw)
    reader = csv.reader(lines, strict=True)
    width = 0
    while True:
        first = reader.line_num + 1
        lines.room = LONGEST_RECORD
        record: list[str] | None
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            record = _leniently(lines.last)
            if reader.line_num > first:
                raise _swallowed(name, first) from None
        if record is not None and width and reader.line_num > first:
            _check_lines(name, first, record, width)
        if record is not None and len(record) != width:
            while len(record) > width and not record[-1].strip():
                record.pop()
        if record is None or any(map(str.strip, record)):
            width = width or len(record or ())
            yield first, record


def _check_lines(name: str, first: int, record: list[str], width: int) -> None:
    """Check that a record of several lines is one row, and not several in quotation marks."""
    if len(record) != width or any(
        "\n" in field and field.count(",") >= width - 1 for field in record
    ):
        raise _swallowed(name, first)


def _leniently(line: str) -> list[str] | None:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return None


def _swallowed(name: str, line: int) -> Exception:
    return refuse(f"{name} has a quotation mark in line {line} that is not closed", file=name)


def _places(header: list[str], file: File, mode: Mode, version: Version) -> list[int]:
    """Return where the columns are that are read, or refuse the header."""
    names = [name.strip().casefold() for name in header]
    named = [name for name in names if name]
    if len(names) > MOST_COLUMNS:
        raise refuse(f"{file.csv} has more than {MOST_COLUMNS} columns", file=file.csv)
    if version == "1.2" and file.name == "users":
        for column in NOT_IN_1_2:
            if column.casefold() in names:
                message = f"{file.csv} has the column {column} of 1.1, and the manifest says 1.2"
                raise refuse(message, file=file.csv)
    for column in (*file.header(mode), *file.columns(mode)):
        if names.count(column.casefold()) > 1:
            raise refuse(f"{file.csv} has the column {column} twice", file=file.csv)
    if len(set(named)) < len(named):
        raise refuse(f"{file.csv} has a column twice", file=file.csv)
    for column in file.header(mode):
        if column.casefold() not in names:
            raise refuse(f"{file.csv} has no column {column}", file=file.csv)
    here = {name: place for place, name in enumerate(names)}
    return [here.get(column.casefold(), -1) for column in file.columns(mode)]


class Rows:
    """The rows of one file that may be taken, and what became of the others.

    Args:
        file: the file.
        mode: bulk or delta.
        version: of the set.
        raw: its bytes.
        bad: where bad rows are remembered.
        concerns: in a delta about people, whether a row is about somebody here; others are
            not even looked at.
        remember: which ids of bad rows to keep, since such a row is neither gone nor changed.
        progress: called now and then with the file and the rows so far.
    """

    def __init__(
        self,
        file: File,
        mode: Mode,
        version: Version,
        raw: io.RawIOBase,
        bad: BadRows,
        *,
        concerns: Callable[[Sequence[str]], bool] = lambda values: True,
        remember: Callable[[str], bool] = lambda key: True,
        progress: Callable[[str, int], None] = lambda file, rows: None,
    ) -> None:
        self.file, self.mode = file, mode
        self.read = self.bad = 0
        self.bad_ids: set[str] = set()
        self._columns = file.columns(mode)
        self._records = records(file.csv, raw)
        _, header = next(self._records, (1, []))
        self._places = _places(header or [], file, mode, version)
        self._width = len(header or [])
        self._bad, self._concerns = bad, concerns
        self._remember, self._progress = remember, progress
        # A number of 64 bits for each id, so that 400,000 of them take little memory.
        self._seen: set[int] = set()

    def __iter__(self) -> Iterator[tuple[int, Sequence[str], bool]]:
        """Yield each row: its line, the values that are read, and whether it deletes."""
        delta = self.mode == "delta"
        for line, record in self._records:
            self._count()
            values: Sequence[str] = ()
            try:
                if record is None:
                    raise Bad(None, "quotes")
                if len(record) != self._width:
                    values = self._begins(record)
                    raise Bad(None, "fields")
                values = self._pick(record)
                if delta and self.file.people and not self._concerns(values):
                    continue
                deletes = self._check(values)
            except Bad as problem:
                self.reject(line, values[0] if values else "", problem)
                continue
            yield line, values, deletes

    def has(self, key: str) -> bool:
        """Check whether a row with this id was in the file, taken or not."""
        return hash(key) in self._seen

    def reject(self, line: int, key: str, problem: Bad) -> None:
        """Remember that a row was not taken."""
        self.bad += 1
        self._bad.add(self.file.name, line, problem.column, problem.reason)
        if key and self._remember(key):
            self.bad_ids.add(key)

    def _count(self) -> None:
        self.read += 1
        if self.read > self.file.most:
            raise refuse(
                f"{self.file.csv} has more than {self.file.most:,} rows", file=self.file.csv
            )
        if self.read % 10_000 == 0:
            self._progress(self.file.csv, self.read)

    def _pick(self, record: list[str]) -> list[str]:
        return [record[place].strip() if place >= 0 else "" for place in self._places]

    def _begins(self, record: list[str]) -> list[str]:
        """Return the id of a row with too many fields or too few, if it has come so far."""
        place = self._places[0]
        key = record[place].strip() if place < len(record) else ""
        self._seen.add(hash(key))
        return [key]

    def _check(self, values: Sequence[str]) -> bool:
        """Check what every row of every file must say; return whether it deletes."""
        if not values[0]:
            raise Bad("sourcedId", "no_value")
        seen = hash(values[0])
        if seen in self._seen:
            raise Bad("sourcedId", "id_again")
        self._seen.add(seen)
        joined = "".join(values)
        if len(joined) > LONGEST or not joined.isprintable() or "E+" in joined or "e+" in joined:
            for column, value in zip(self._columns, values, strict=True):
                _check_value(column, value)
        deletes = self.mode == "delta" and _deletes(values[-2], values[-1])
        if not deletes:
            for column, value in zip(self.file.reads, values, strict=False):
                if not value and column in self.file.required:
                    raise Bad(column, "no_value")
        return deletes


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


def _check_value(column: str, value: str) -> None:
    if len(value) > (LONGEST_LIST if column in LISTS else LONGEST):
        raise Bad(column, "too_long")
    if _CONTROL.search(value):
        raise Bad(column, "control_character")
    if column in IDS and any(map(_ROUNDED.fullmatch, listed(value))):
        raise Bad(column, "spreadsheet_number")


def _deletes(status: str, modified: str) -> bool:
    for column, value in zip(DELTA, (status, modified), strict=True):
        if not value:
            raise Bad(column, "no_value")
    try:
        datetime.fromisoformat(modified)
    except ValueError:
        raise Bad("dateLastModified", "not_a_date") from None
    word = status.casefold()
    if word not in ("active", "tobedeleted"):
        raise Bad("status", "not_listed")
    return word == "tobedeleted"


def listed(value: str) -> tuple[str, ...]:
    """Return the ids of a list, which are parted by commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def word(column: str, value: str, words: frozenset[str]) -> str:
    """Return a word in lower case, if it is among those that the standard lists."""
    lower = value.casefold()
    if lower not in words and not lower.startswith(EXTENSION):
        raise Bad(column, "not_listed")
    return lower


def day(column: str, value: str) -> date:
    """Return the date of a value."""
    # date.fromisoformat also reads 20261001 and 2026-W40-4, which this standard does not.
    if len(value) == 10 and value[4] == value[7] == "-":
        try:
            read = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            if read.year in YEARS:
                return read
    raise Bad(column, "not_a_date")
