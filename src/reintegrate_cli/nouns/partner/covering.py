"""``partner coverage`` and ``partner search``: who could help a student, where, and until when."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import MONTHS, explain_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.case import record as cases
from reintegrate_cli.nouns.mou.record import Mou
from reintegrate_cli.nouns.partner import coverage
from reintegrate_cli.nouns.partner.coverage import SPECIALIST, Asked, Cell, District
from reintegrate_cli.nouns.partner.forms import CoverageFilters, Searching
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


_MARKS = {"specialist": "[x] specialist", "fallback": "[/] fallback", "gap": "[ ] gap"}


def _parts(cell: Cell | None) -> list[str]:
    """Give what stands in a cell of the matrix: how it is covered, by whom, until when."""
    if cell is None:
        return [""]
    parts = [_MARKS[cell.status], ", ".join(cell.partners)]
    if cell.lapses_on is not None:
        parts.append(f"to {_full(cell.lapses_on)}")
    return [part for part in parts if part]


def _draw(found: Sequence[Cell], specialties: Sequence[str]) -> None:
    """Draw the matrix on a terminal; a pipe gets it as plain columns."""
    lines: dict[str, dict[str, Cell]] = {}
    for cell in found:
        lines.setdefault(cell.area, {})[cell.specialty] = cell
    if not lines:
        say("no cell stands so")
    elif output.draws():
        from reintegrate_cli.line import drawing

        drawing.matrix(
            ["area", *specialties],
            [(area, [_parts(by.get(one)) for one in specialties]) for area, by in lines.items()],
        )
    else:

        def column(specialty: str) -> Column:
            return Column(specialty, lambda line: " ".join(_parts(line[1].get(specialty))), True)

        columns = [Column("area", lambda line: line[0]), *map(column, specialties)]
        output.table(list(lines.items()), columns)


@verb("partner", "coverage", is_list=True)
def show_coverage(filters: CoverageFilters) -> None:
    """Draw who covers sex and labor trafficking in each area: specialist, fallback or gap.

    Example: reintegrate partner coverage --on 2026-11-01
    """
    day = filters.on or session.today()
    output.current.as_of = lambda: day
    asked = Asked(age=filters.age, language=filters.language)
    with session.reading() as store:
        district = _district(store, filters)
    found = [
        cell
        for cell in coverage.cells(district, day, asked)
        if filters.specialty in (None, cell.specialty) and filters.status in (None, cell.status)
    ]
    if output.current.as_json or output.current.as_csv:
        show(found, kind=Cell)
        return
    _draw(found, [filters.specialty] if filters.specialty else coverage.SPECIALTIES)
    _tell(district, found, asked, filters)


def _district(store: "Store", filters: CoverageFilters) -> District:
    """Bring together partners, MOUs and every area that anybody names."""
    partners, mous = store.partners.all(), store.of(Mou).all()
    if filters.case is not None:
        areas: Sequence[str] = [store.cases.get(filters.case).school]
    elif filters.area is not None:
        areas = [filters.area]
    else:
        schools = [one.school for one in store.cases.all() if not _closed(one)]
        named = [area for one in partners for area in one.areas]
        named += [area for one in mous for area in one.areas]
        areas = [*session.current.district.schools, *schools, *named]
    return District(partners, mous, areas, store.tasks.all())


def _closed(case: cases.Case) -> bool:
    return cases.status(case, today=session.today(), scheduled=True) == "closed"


def _tell(
    district: District, found: Sequence[Cell], asked: Asked, filters: CoverageFilters
) -> None:
    """Say what lapses first, what stands in, and what would help most."""
    day = filters.on or session.today()
    lapse = coverage.first_lapse(district, day, asked)
    if lapse is not None:
        last = f"{lapse.mou.id} ({lapse.mou.partner}) lapses first, after {_full(lapse.last_day)}"
        opens = [
            f"{specialty} in {area} falls to {_a(then)}" for specialty, area, then in lapse.opens
        ]
        say(f"{last}: {_some(opens)}" if opens else f"{last}, and opens nothing")
    without = [cell for cell in found if cell.status != "specialist"]
    if without:
        say(
            "where no specialist is, the guidance names a sexual assault provider, or a child "
            "advocacy or assessment center"
        )
    for specialty in coverage.SPECIALTIES:
        mine = [cell for cell in without if cell.specialty == specialty]
        if not mine:
            continue
        named = sorted(
            {slug for cell in mine for slug in cell.suggested},
            key=lambda slug: (district.by_slug[slug.casefold()].kind != SPECIALIST, slug),
        )
        again = min((one.search_again_on for one in mine if one.search_again_on), default=None)
        known = f"{', '.join(named)} in the directory could help" if named else "nobody is known"
        search = (
            f"search again {explain_date(again, session.today())}"
            if again
            else f"no day to search again: reintegrate partner search --specialty {specialty}"
        )
        say(f"{specialty}: {known}; {search}")
    best = coverage.best_new(district, day, asked)
    if best is not None:
        count = f"{len(best.closes)} gap{'' if len(best.closes) == 1 else 's'}"
        cells = _some([f"{specialty} in {area}" for specialty, area in best.closes])
        who = best.partner.slug if best.partner else f"a {best.specialty} trafficking specialist"
        say(f"one MOU with {who} would close {count}: {cells}")


def _full(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].title()} {day.year}"


def _a(status: str) -> str:
    return "the fallback" if status == "fallback" else "a gap"


_SOME = 4


def _some(parts: Sequence[str]) -> str:
    more = len(parts) - _SOME
    return ", ".join(parts[:_SOME]) + (f" and {more} more" if more > 0 else "")


@verb("partner", "search")
def search(given: Searching) -> None:
    """Record that a search found no specialist, and when to search again, as a task.

    Example: reintegrate partner search --specialty labor --area Juniper
    """
    again_on = given.again_on or session.today() + timedelta(days=coverage.SEARCH_DAYS)
    if again_on <= session.today():
        raise Usage("--again takes a day to come", fields=["again_on"])
    where = f" for {given.area}" if given.area else ""
    with session.writing("partner search") as store:
        owner = store.staff.get(given.owner).slug if given.owner else store.by
        task = Task(
            id=store.tasks.next_id(),
            due_on=again_on,
            owner=owner,  # type: ignore[arg-type]
            text=f"search again for a {given.specialty} trafficking specialist{where}",
            about=coverage.about(given.specialty, given.area),
        )
        task = store.tasks.put(task)
    show(task)
