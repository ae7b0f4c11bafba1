"""``report deidentified``: counts for somebody outside, small cells hidden (PRACTICE 4)."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.commands.report.papers import NOT_FOR_RELEASE
from reintegrate_cli.core.bounds import read_number
from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.hints import FLAG
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import WORD, Form, Public, Value, Word
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.kept import session, tables
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.report import counting
from reintegrate_cli.nouns.report.cells import TOTAL, Period, Released
from reintegrate_cli.nouns.report.record import (
    CellRelease,
    days_of,
    read_period,
    to_release,
    written,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_FEWEST_CELLS, _MOST_CELLS = 2, 200
_EXACT_SECONDS = 60


class Deidentified(Form, kw_only=True):
    """What ``report deidentified`` takes."""

    measure: Annotated[
        Public[Word], "setting, school, status, referral_days or mou; with --counts any word"
    ]
    period: Annotated[Public[Word], "2026-S1 (July to December), 2026-S2, or 2026-Y for both"]
    counts: Annotated[
        Public[FilePath | None], "count what a file says: the columns cell and count"
    ] = None
    exact: Annotated[
        Public[bool | None], FLAG, "every number, on this screen alone: not for release"
    ] = None


class CellRow(Value, frozen=True, kw_only=True):
    """One cell of a table that may be released; nothing stands in one that is hidden."""

    cell: Public[str]
    count: Public[int | None]
    percent: Public[int | None]
    suppressed: Public[bool]


_COLUMNS = (
    Column("cell", lambda row: row.cell.replace("_", " "), True),
    Column("students", lambda row: "-" if row.suppressed else row.count),
    Column("percent", lambda row: "" if row.percent is None else f"{row.percent}%"),
)


@verb("report", "deidentified", is_list=True, final=True)
def deidentified(filters: Deidentified) -> None:
    """Count students for somebody outside, so that no number tells of a few of them.

    Small cells are hidden, and others with them; what differs too little from an earlier release is
    refused. Everything released is kept in a ledger. A person still has to approve it: what a
    reader knows from elsewhere is not known here.

    Example: reintegrate report deidentified --measure setting --period 2026-S1
    """
    period = read_period(filters.period)
    first, last = days_of(period)
    if first > session.today():
        raise Usage("that period has not begun", hint=f"it begins {short_date(first)}")
    days = counting.Days(first, last, session.today(), session.current.zone)
    if filters.exact:
        _show_exact(filters, days)
        return
    k = session.current.district.smallest_cell
    with session.writing() as store:
        store.touch("report")
        releases = store.of(CellRelease)
        counts = _counts(store, filters, days)
        release = to_release(
            releases.all(),
            counts,
            measure=Word(_measure(filters)),
            period=Word(written(period)),
            source="vault" if filters.counts is None else "counts",
            on=session.today(),
            smallest=k,
        )
        if not release.id:
            releases.put(replace(release, id=releases.next_id()))
    table = release.table
    output.show(list(_rows(table)), _COLUMNS, kind=CellRow, more={"period": written(period)})
    _say(table, period, days, k)


def _measure(filters: Deidentified) -> str:
    """Return what is counted.

    Raises:
        Usage: this program does not count it.
    """
    word = filters.measure.lower().replace("-", "_")
    if filters.counts is None and word not in counting.MEASURES:
        raise Usage(
            "that is not a measure",
            hint=f"{', '.join(counting.MEASURES)}; any word with --counts FILE",
            fields=["measure"],
        )
    return word


def _counts(store: "Store", filters: Deidentified, days: counting.Days) -> dict[str, int]:
    measure = _measure(filters)
    if filters.counts is not None:
        return dict(_of_file(filters.counts))
    schools = session.current.district.schools
    return counting.counts(measure, store, session.world(store), days, schools)


def _of_file(file: str) -> Mapping[str, int]:
    """Read the cells of a file.

    Raises:
        Usage: a cell is not a word or there twice, or a count is not a number.
    """
    cells: dict[str, int] = {}
    with tables.reading(file, ("cell", "count"), ("cell", "count")) as table:
        for number, row in table.rows:
            cell = table.read(row, "cell")
            if not WORD.fullmatch(cell) or cell.lower() == TOTAL or cell in cells:
                raise _bad(number, "cell is one word, there once, and not total")
            try:
                cells[cell] = read_number(int, table.read(row, "count"), None)
            except Usage:
                raise _bad(number, "count is a whole number of students, at most 9999") from None
            if len(cells) > _MOST_CELLS:
                raise _bad(number, f"a table has at most {_MOST_CELLS} cells")
    if len(cells) < _FEWEST_CELLS:
        raise Usage("the file has fewer than two cells", hint="a row for each: cell,count")
    return cells


def _bad(number: int, why: str) -> Usage:
    return Usage(f"line {number} of the file: {why}", fields=["counts"])


def _rows(table: Released) -> Iterator[CellRow]:
    percents = table.percents
    for cell, count in table.cells.items():
        yield CellRow(cell=cell, count=count, percent=percents[cell], suppressed=count is None)
    whole = None if table.total is None else 100
    yield CellRow(cell=TOTAL, count=table.total, percent=whole, suppressed=table.total is None)


def _say(table: Released, period: Period, days: counting.Days, k: int) -> None:
    """Say what is hidden, and who has to look at it before it goes out."""
    if table.total is None:
        output.say(f"fewer than {k} students")
    elif not table.has_breakdown:
        output.say(f"total {table.total}; breakdown withheld")
    elif table.hidden:
        output.say("- is a count hidden because it could tell of a few students")
    if days.last < days_of(period)[1]:
        output.say(f"{written(period)} still runs: it is counted through {short_date(days.last)}")
    output.say("a person has to approve it: outside knowledge is not covered")


def _show_exact(filters: Deidentified, days: counting.Days) -> None:
    """Show every number for a minute, after the passphrase is asked for again.

    Raises:
        Refused: it would become a file.
        Usage: there is no terminal.
    """
    from reintegrate_cli.line import terminal

    if output.current.as_json or output.current.as_csv:
        raise Refused(
            "exact numbers are shown on a terminal alone, and are never a file",
            rule="cells",
            fields=["exact"],
        )
    terminal.demand()
    session.ask_again("exact numbers are shown", "exact numbers")
    with session.writing() as store:
        store.touch("report")
        store.touch("exact")
        counts = _counts(store, filters, days)
    counts[TOTAL] = sum(counts.values())
    rows = [
        CellRow(cell=cell, count=count, percent=None, suppressed=False)
        for cell, count in counts.items()
    ]

    def draw() -> None:
        output.print_rows(NOT_FOR_RELEASE)
        output.table(rows, _COLUMNS[:2])

    terminal.for_a_while(_EXACT_SECONDS, draw)
