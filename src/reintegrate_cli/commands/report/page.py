"""``report page``: one file to look at and to print: caseload, coverage, what is due, fidelity."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.catalogue import guidance
from reintegrate_cli.commands.report.fidelity import facts_of
from reintegrate_cli.commands.report.papers import NOT_FOR_RELEASE, drafted
from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Form, Public, Value
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import session
from reintegrate_cli.line import glance, output
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.case.record import STATUSES
from reintegrate_cli.nouns.checkin.scheduled import status_of
from reintegrate_cli.nouns.partner import coverage
from reintegrate_cli.nouns.partner.covering import district_of
from reintegrate_cli.nouns.partner.record import SPECIALTIES
from reintegrate_cli.nouns.report.clauses import CLAUSES, verdicts

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_DAYS_AHEAD = timedelta(days=7)
_WIDEST_BAR, _LONGEST_NAME = 360, 28
_OPEN = tuple(status for status in STATUSES if status != "closed")


class PageOptions(Form, kw_only=True):
    """What ``report page`` takes."""

    out: Annotated[Public[FilePath], "the file to write: one page of HTML"]


class Page(Value, frozen=True, kw_only=True):
    """What was written."""

    out: Public[str]
    bytes: Public[int]


@verb("report", "page")
def page(given: PageOptions) -> None:
    """Write one page to print: the caseload, coverage, what is due and the guidance.

    The file needs nothing beside it and reaches no network. It holds codes, kinds and dates alone,
    and is for the office: not for release.

    Example: reintegrate report page --out caseload.html
    """
    with drafted(given.out) as (store, write):
        html = _rendered(store).encode()
        write(html)
    output.show(Page(out=given.out, bytes=len(html)))
    output.say(NOT_FOR_RELEASE)


def _rendered(store: "Store") -> str:
    """Fill the page in; every value is escaped."""
    import jinja2

    from reintegrate_cli import __version__

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reintegrate_cli.nouns.report", ""),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    today = session.today()
    world = session.world(store)
    return environment.get_template("page.html.j2").render(
        day=today.isoformat(),
        first_line=NOT_FOR_RELEASE,
        version=__version__,
        statuses=[label(status) for status in _OPEN],
        schools=list(_schools(world)),
        specialties=[label(specialty) for specialty in SPECIALTIES],
        areas=list(_areas(store)),
        span=f"through {short_date(today + _DAYS_AHEAD)}",
        due=list(_due(world)),
        clauses=list(_clauses(store)),
    )


def _schools(world: World) -> Iterator[Mapping[str, Any]]:
    """Yield each school with an open case: how many there are of each status."""
    today = session.today()
    named = session.current.district.schools
    counts: dict[str, Counter[str]] = {}
    for case in world.records("cases"):
        status = status_of(world, case, today)
        if status != "closed":
            counts.setdefault(case.school, Counter())[status] += 1
    most = max((many.total() for many in counts.values()), default=1)
    for school, many in sorted(counts.items()):
        name = named.get(school, school)
        yield {
            "name": name,
            "short": name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…",
            "open": many.total(),
            "counts": [many[status] for status in _OPEN],
            "bar": round(_WIDEST_BAR * many.total() / most),
        }


def _areas(store: "Store") -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each area with how each specialty is covered there."""
    today = session.today()
    cells: dict[str, dict[str, str]] = {}
    for cell in coverage.cells(district_of(store), today):
        until = f"through {short_date(cell.lapses_on)}" if cell.lapses_on else ""
        parts = [cell.status, ", ".join(cell.partners), until]
        cells.setdefault(cell.area, {})[cell.specialty] = "; ".join(part for part in parts if part)
    for area, by in cells.items():
        yield area, [by.get(specialty, "") for specialty in SPECIALTIES]


def _due(world: World) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of the agenda through a week from today."""
    today = session.today()
    for item in agenda.items(world, today, today, today + _DAYS_AHEAD):
        yield {
            "when": glance.when(item),
            "late": item.state == "overdue",
            "state": glance.state(item),
            "case": item.case or "",
            "what": glance.about(item),
            "chosen": item.chosen_by or "",
        }


def _clauses(store: "Store") -> Iterator[Mapping[str, Any]]:
    """Yield each clause with where it is not shown yet."""
    found: dict[int, list[tuple[str | None, Any]]] = {}
    for clause, case, verdict in verdicts(facts_of(store)):
        if verdict is not None:
            found.setdefault(clause.number, []).append((case, verdict))
    for clause in CLAUSES:
        own = found.get(clause.number, [])
        met = sum(verdict.met for _, verdict in own)
        yield {
            "number": clause.number,
            "rule": clause.rule,
            "shown": f"{met} of {len(own)}" if own else "-",
            "asks": guidance.CLAUSES[clause.number],
            "short": ", ".join(case or "district" for case, verdict in own if not verdict.met),
        }
