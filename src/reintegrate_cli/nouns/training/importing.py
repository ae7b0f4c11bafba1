"""``training import``: a file of trainings, good rows taken and bad ones sent back."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

from reintegrate_cli.core.bounds import read_number
from reintegrate_cli.core.dates import within
from reintegrate_cli.core.errors import Missing, Problem, Usage
from reintegrate_cli.core.hints import FLAG
from reintegrate_cli.core.records import WORD, Form, Hundredths, Public, Value, counted
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.kept import exports, session, tables
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.training.book import Book, Row
from reintegrate_cli.nouns.training.record import BOTH, ROLES, Level, last_day

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = ("person", "role", "school", "level", "completed_on", "expires_on", "hours", "corrects")
DEMANDED = ("person", "level", "completed_on")
_LONGEST_PERSON = 200


class Importing(Form, kw_only=True):
    """What ``training import`` takes."""

    rejects: Annotated[
        Public[FilePath | None], "the file for bad rows (default: the file's name with .rejects)"
    ] = None
    dry_run: Annotated[Public[bool | None], FLAG, "only say what would come of it"] = None


class Imported(Value, frozen=True, kw_only=True):
    """What came of a file."""

    taken: Public[int]
    unchanged: Public[int]
    bad: Public[int]
    rejects: Public[str | None]
    """The file with the bad rows; absent if there are no bad rows, or it was not written."""


@verb("training", "import")
def import_(
    file: Annotated[str, Argument(metavar="FILE", help="A CSV file, or a workbook (XLSX).")],
    given: Importing,
) -> None:
    """Take in the trainings that a file lists; bad rows come back with the reason.

    Its first row names the columns: person role school level completed_on expires_on hours. Who has
    no staff record is kept as a digest alone. Mend the rows that came back, and import that file.

    Example: reintegrate training import drivers.csv
    """
    path = Path(given.rejects or f"{file}.rejects")
    with exports.drafting(path_of(str(path))) as draft:
        if given.dry_run:
            with session.reading() as store:
                counts, rejects = _read(store, file, save=False)
        else:
            draft.check_place(tables.is_ours)
            with session.writing() as store:
                counts, rejects = _read(store, file, save=True)
                if rejects.count:
                    draft.write(rejects.data())
            draft.put_in_place()
    written = str(path) if rejects.count and not given.dry_run else None
    output.show(Imported(**counts, bad=rejects.count, rejects=written))
    if given.dry_run:
        output.say("nothing was written")
    elif written:
        output.say(
            f"mend what came back, and import it: {counted(rejects.count, 'row')}, each with the "
            "reason in the first column"
        )
        output.say(f"reintegrate training import {written}", whole=True)


def _read(store: "Store", file: str, *, save: bool) -> "tuple[Mapping[str, int], tables.Rejects]":
    """Read a file into the book, and keep what changed."""
    counts = {"taken": 0, "unchanged": 0}
    book = Book(store, session.current.district.school)
    book.adopt()
    with tables.reading(file, COLUMNS, DEMANDED) as table:
        rejects = tables.Rejects(table.headings)
        for _, cells in output.watched(table.rows, "row"):
            try:
                counts[book.add(row_of(table, cells, session.today()))] += 1
            except (Usage, Missing) as problem:
                why = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
                rejects.add(cells, why)
    if save:
        book.save()
    return counts, rejects


def row_of(table: tables.Table, cells: list[str], today: date) -> Row:
    """Read a row of a file.

    Raises:
        Usage: something in it is missing, or not understood.
    """
    if len(cells) > len(table.headings):
        raise Usage("it has more cells than there are columns")
    said = {name: table.read(cells, name) for name in COLUMNS}
    for name in DEMANDED:
        if not said[name]:
            raise Usage(f"missing: {name}", fields=[name])
    if len(said["person"]) > _LONGEST_PERSON:
        raise Usage(f"person takes at most {_LONGEST_PERSON} characters")
    level: Any = _listed("level", said["level"], get_args(Level), "basic or intensive")
    completed_on = _day("completed_on", said["completed_on"], today)
    if completed_on > today:
        raise Usage("completed_on is after today", fields=["completed_on"])
    expires_on = _day("expires_on", said["expires_on"], today) if said["expires_on"] else None
    if said["school"] and not WORD.fullmatch(said["school"]):
        raise Usage("school takes one word, as district.toml lists it", fields=["school"])
    corrects = said["corrects"].lower()
    if corrects and corrects != BOTH:
        corrects = _day("corrects", corrects, today).isoformat()
    return Row(
        person=said["person"],
        level=level,
        completed_on=completed_on,
        expires_on=last_day(completed_on, level, expires_on),
        hundredths=_hours(said["hours"]) if said["hours"] else None,
        role=_listed("role", said["role"], ROLES, "a role that is known, such as front_desk")
        if said["role"]
        else None,
        school=said["school"] or None,
        corrects=corrects,
    )


def _listed(name: str, value: str, listed: tuple[str, ...], what: str) -> str:
    word = "_".join(value.lower().replace("-", " ").replace("_", " ").split())
    if word not in listed:
        raise Usage(f"{name} is not {what}", fields=[name])
    return word


def _day(name: str, value: str, today: date) -> date:
    # A word such as "today" would be another day each time that the file is read.
    try:
        return within(date.fromisoformat(value)) if len(value) == len("2026-10-22") else _no_day()
    except (ValueError, Usage):
        raise Usage(f"{name} takes a date such as 2026-10-22", fields=[name]) from None


def _no_day() -> date:
    raise ValueError


def _hours(value: str) -> int:
    try:
        return read_number(Hundredths, value, None)
    except Problem as problem:
        raise Usage(f"hours {problem.message}", fields=["hours"]) from None
