"""``partner coverage`` and ``partner search``: who could help a student, where, and until when."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import MONTHS, explain_date
from reintegrate_cli.core.hints import FUTURE, TODAY, YOU, Option, Within
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import CaseRef, Form, Public, Ref, Slug, Word, Worker, counted
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.case import record as cases
from reintegrate_cli.nouns.mou.record import Mou
from reintegrate_cli.nouns.partner import coverage
from reintegrate_cli.nouns.partner.coverage import Asked, Cell, CellStatus, District
from reintegrate_cli.nouns.partner.record import SPECIALIST, SPECIALTIES, Specialty
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class CoverageFilters(Form, kw_only=True):
    """What narrows the coverage."""

    on: Annotated[Public[date], TODAY, "the day"]
    area: Annotated[Public[Word | None], "only this area or school"] = None
    specialty: Annotated[Public[Specialty | None], "only this specialty"] = None
    age: Annotated[Public[int | None], Within(0, 99), "only partners that serve this age"] = None
    language: Annotated[Public[Word | None], "only partners that say they work in it"] = None
    case: Annotated[Ref[CaseRef | None], "only the school of this case"] = None
    status: Annotated[Public[CellStatus | None], "how it is covered"] = None


class Searching(Form, kw_only=True):
    """What ``partner search`` reads."""

    specialty: Annotated[Public[Specialty], "sex or labor"]
    area: Annotated[Public[Word | None], "the area or school; the whole district if left out"] = (
        None
    )
    again_on: Annotated[
        Public[date | None],
        FUTURE,
        Option("--again"),
        f"the day to search again; in {coverage.SEARCH_DAYS} days if left out",
    ] = None
    owner: Annotated[Ref[Worker], YOU, "who searches"]


_MARKS = {
    "specialist": "[x] specialist",
    "fallback": "[/] fallback",
    "ask": "[?] ask",
    "gap": "[ ] gap",
}


def _parts(cell: Cell | None) -> list[str]:
    """Return what is shown in a cell of the matrix: how it is covered, by whom, until when."""
    if cell is None:
        return [""]
    until = f"to {_full(cell.lapses_on)}" if cell.lapses_on else ""
    return [part for part in (_MARKS[cell.status], ", ".join(cell.partners), until) if part]


def _draw(cells: Sequence[Cell], specialties: Sequence[str]) -> None:
    """Draw the matrix on a terminal; a pipe gets it as plain columns."""
    lines: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        lines.setdefault(cell.area, {})[cell.specialty] = cell
    rows = [(area, [_parts(by.get(name)) for name in specialties]) for area, by in lines.items()]
    if not rows:
        say("no cell matches")
    elif output.draws():
        from reintegrate_cli.line import drawing

        drawing.matrix(["area", *map(label, specialties)], rows)
    else:

        def column(at: int, specialty: str) -> Column:
            return Column(specialty, lambda row: " ".join(row[1][at]), True)

        columns = (column(at, specialty) for at, specialty in enumerate(specialties))
        output.table(rows, [Column("area", lambda row: row[0]), *columns])


@verb("partner", "coverage", is_list=True)
def show_coverage(filters: CoverageFilters) -> None:
    """Draw who covers each specialty in each area: specialist, fallback or gap.

    On the screen S and L are the specialties sex and labor; "ask" is a specialist who was never
    asked in what.

    Example: reintegrate partner coverage --on 2026-11-01
    """
    output.current.as_of = lambda: filters.on
    asked = Asked(age=filters.age, language=filters.language)
    with session.reading() as store:
        district = _district(store, filters)
    found = [
        cell
        for cell in coverage.cells(district, filters.on, asked)
        if filters.specialty in (None, cell.specialty) and filters.status in (None, cell.status)
    ]
    if output.current.as_json or output.current.as_csv:
        show(found, kind=Cell)
        return
    _draw(found, [filters.specialty] if filters.specialty else SPECIALTIES)
    _tell(district, found, asked, filters.on)


def _district(store: "Store", filters: CoverageFilters) -> District:
    """Bring together what is asked about: one area, the school of a case, or everything."""
    if filters.case is not None:
        return district_of(store, [store.cases.get(filters.case).school])
    return district_of(store, None if filters.area is None else [filters.area])


def district_of(store: "Store", areas: Sequence[str] | None = None) -> District:
    """Bring together partners and MOUs.

    Args:
        store: the records.
        areas: those that are looked at; every one that anybody names, if left out.
    """
    partners, mous = store.partners.all(), store.of(Mou).all()
    if areas is None:
        named = [*session.current.district.schools]
        named += [case.school for case in store.cases.all() if not _closed(case)]
        named += [area for partner in partners for area in partner.areas]
        named += [area for mou in mous for area in mou.areas]
        areas = named
    return District(partners, mous, areas, store.tasks.all())


def _closed(case: cases.Case) -> bool:
    return cases.status(case, today=session.today(), scheduled=True) == "closed"


def _tell(district: District, cells: Sequence[Cell], asked: Asked, day: date) -> None:
    """Say what lapses first, what stands in, and what would help most."""
    lapse = coverage.first_lapse(district, day, asked)
    if lapse is not None:
        last = f"{lapse.mou.id} ({lapse.mou.partner}) lapses first, after {_full(lapse.last_day)}"
        opens = [f"{label(name)} in {area} falls to {_a(then)}" for name, area, then in lapse.opens]
        say(f"{last}: {_some(opens)}" if opens else f"{last}, and opens nothing")
    for slug in dict.fromkeys(
        slug for cell in cells if cell.status == "ask" for slug in cell.partners
    ):
        say(f"ask {slug} in what it specializes: reintegrate partner edit {slug} --specialty WORD")
    without = [cell for cell in cells if cell.status != "specialist"]
    if without:
        say("if there is no specialist, a fallback is asked; reintegrate guide partner tells which")
    for specialty in SPECIALTIES:
        theirs = [cell for cell in without if cell.specialty == specialty]
        if theirs:
            say(f"{label(specialty)}: {'; '.join(_help(district, specialty, theirs))}")
    best = coverage.best_new(district, day, asked)
    if best is not None:
        closes = _some([f"{label(specialty)} in {area}" for specialty, area in best.closes])
        who = best.partner.slug if best.partner else f"a specialist ({label(best.specialty)})"
        say(f"one MOU with {who} would close {counted(len(best.closes), 'gap')}: {closes}")


def _help(district: District, specialty: Specialty, cells: Sequence[Cell]) -> Iterator[str]:
    """Yield who could help if there is no specialist, and when somebody searches for one again."""
    slugs = {slug for cell in cells for slug in cell.suggested}
    helping = [partner for partner in district.partners if partner.slug in slugs]
    helping.sort(key=lambda partner: (partner.kind != SPECIALIST, partner.slug))
    named = [partner.slug for partner in helping]
    yield f"{', '.join(named)} in the directory could help" if named else "nobody is known"
    days = [cell.search_again_on for cell in cells if cell.search_again_on]
    if days:
        yield f"search again {explain_date(min(days), session.today())}"
    else:
        yield f"no day to search again: reintegrate partner search --specialty {specialty}"


def _full(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].title()} {day.year}"


def _a(status: str) -> str:
    return {"fallback": "the fallback", "ask": "a specialist to be asked"}.get(status, "a gap")


_SOME = 4


def _some(parts: Sequence[str]) -> str:
    more = len(parts) - _SOME
    return ", ".join(parts[:_SOME]) + (f" and {more} more" if more > 0 else "")


@verb("partner", "search")
def search(given: Searching) -> None:
    """Record that a search found no specialist, and when to search again, as a task.

    Example: reintegrate partner search --specialty labor --area Juniper
    """
    where = f" for {given.area}" if given.area else ""
    with session.writing() as store:
        task = Task(
            id=store.tasks.next_id(),
            due_on=given.again_on or session.today() + timedelta(days=coverage.SEARCH_DAYS),
            owner=Slug(given.owner),
            text=f"search again for a specialist ({label(given.specialty)}){where}",
            about=coverage.about(given.specialty, given.area),
        )
        task = store.tasks.put(task)
    show(task)
