"""The filters that every list takes, and what a list says that they emptied."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import (
    Form,
    Public,
    Ref,
    School,
    Slug,
    Word,
    check_case_ref,
    same_slug,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Filters(Form, kw_only=True):
    """What every list can be narrowed by."""

    case: Annotated[Ref[Word | None], "only this case"] = None
    owner: Annotated[Ref[Slug | None], "only what this person does"] = None
    school: Annotated[Public[School | None], "only cases of this school"] = None
    status: Annotated[Public[Word | None], "only this status"] = None
    since: Annotated[Public[date | None], "from this day on"] = None
    until: Annotated[Public[date | None], "up to this day"] = None


def case_of(filters: Filters) -> str | None:
    """Return the one case that a list is narrowed to, so that no other is read for it."""
    return None if filters.case is None else check_case_ref(filters.case)


def narrowed(
    rows: "list[Any]",
    filters: Filters,
    store: "Store",
    *,
    statuses: Sequence[str] | None = None,
    hides: str = "",
    cases: "Callable[[Any], Collection[str]] | None" = None,
    owners: "Callable[[Any], Collection[str]] | None" = None,
    covered: bool = False,
    slug: "Callable[[Any], str] | None" = None,
) -> "list[Any]":
    """Keep the rows that the filters ask for; every list takes the same ones.

    Where they leave nothing of something, the list says that nothing matches.

    Args:
        rows: the rows of one list.
        filters: what was asked for.
        store: to know a ref or a slug that does not exist from one that has no rows.
        statuses: every status that a row can have; what the verb says of itself, if left out.
        hides: the status of rows that are left out unless it is asked for.
        cases: gives the refs that a row belongs to; by default its own ``case``.
        owners: gives the slugs that answer for a row; by default its case's owner.
        covered: whether what they do is done by who covers for them, while they are away.
        slug: gives the person or the partner that a row is about: it belongs to the cases that
            name them.

    Raises:
        Missing: there is no such case or school, or nobody with that slug.
        Usage: no row can have that status.
    """
    belongs = _belonging(store, slug) if slug is not None else _within(cases)
    tests = [
        *_by_case(filters, store, belongs, owners, covered),
        *_by_school(filters, store, belongs),
        *_by_status(filters, output.current.statuses if statuses is None else statuses, hides),
        *_by_day(filters),
    ]
    kept = [row for row in rows if all(test(row) for test in tests)]
    given = any(getattr(filters, name) is not None for name in filters.__struct_fields__)
    if not kept and given:
        output.current.hidden = bool(rows) or _is_any(store)
    return kept


_Test = Callable[[Any], bool]
_Belongs = Callable[[Any, Collection[str]], bool]
"""Says whether a row belongs to one of several cases."""


def _within(cases: "Callable[[Any], Collection[str]] | None") -> _Belongs:
    def belongs(row: Any, refs: Collection[str]) -> bool:
        own = cases(row) if cases is not None else (getattr(row, "case", None),)
        return not set(refs).isdisjoint(own)

    return belongs


def _belonging(store: "Store", slug: Callable[[Any], str]) -> _Belongs:
    from reintegrate_cli.kept.naming import named_in

    named = cache(lambda ref: named_in(store, ref))
    return lambda row, refs: any(slug(row).casefold() in named(ref) for ref in refs)


def _by_case(
    filters: Filters,
    store: "Store",
    belongs: _Belongs,
    owners: "Callable[[Any], Collection[str]] | None",
    covered: bool,
) -> list[_Test]:
    tests: list[_Test] = []
    # A reviewer's key opens no table that would tell whether there is such a case or person.
    full = session.current.bundle.reads_cases
    if filters.case is not None:
        ref = check_case_ref(filters.case)
        refs = [store.cases.get(ref).ref if full else ref]
        tests.append(lambda row: belongs(row, refs))
    if filters.owner is not None:
        person = store.staff.get(filters.owner).slug if full else filters.owner.lower()
        if owners is not None:
            slugs = _looked_after(store, person) if covered else {person}
            tests.append(lambda row: not slugs.isdisjoint(owners(row)))
        else:
            looked_after = _looked_after(store, person)
            mine = [case.ref for slug in looked_after for case in store.cases.all(owner=slug)]
            tests.append(lambda row: belongs(row, mine))
    return tests


def _looked_after(store: "Store", person: str) -> set[str]:
    """Return whose work somebody does today: their own, and that of those for whom they cover."""
    slugs = {person}
    if store.shelf.is_used("covers"):
        covers = store.table("covers").all()
        away = {cover.staff for cover in covers if cover.holds(session.today())}
        slugs |= {slug for slug in away if same_slug(session.answering(store, slug), person)}
    return slugs


def _by_school(filters: Filters, store: "Store", belongs: _Belongs) -> list[_Test]:
    if filters.school is None:
        return []
    if not session.current.bundle.reads_cases:
        session.current.bundle.demand_full("the schools")
    wanted = session.current.district.school(filters.school).casefold()
    there = [case.ref for case in store.cases.all() if case.school.casefold() == wanted]
    return [
        lambda row: (
            (row.school or "").casefold() == wanted
            if hasattr(row, "school")
            else belongs(row, there)
        )
    ]


def _by_status(filters: Filters, statuses: Sequence[str], hides: str) -> list[_Test]:
    if filters.status is None:
        return [lambda row: row.status != hides] if hides else []
    wanted = filters.status.replace("-", "_").lower()
    if wanted not in statuses:
        which = f"takes one of: {', '.join(statuses)}" if statuses else "these have none"
        raise Usage(f"--status: {which}", fields=["status"])
    return [lambda row: row.status == wanted]


def _by_day(filters: Filters) -> list[_Test]:
    if filters.since is None and filters.until is None:
        return []
    first, last = filters.since or date.min, filters.until or date.max

    def lies_within(row: Any) -> bool:
        day = getattr(row, row.dated)
        return isinstance(day, date) and first <= day <= last

    return [lies_within]


def _is_any(store: "Store") -> bool:
    """Return whether anything at all is kept of the noun that is listed."""
    tables = BY_NAME[output.current.noun].tables
    return any(store.shelf.opens(one.name) and store.shelf.count(one.name) for one in tables)
