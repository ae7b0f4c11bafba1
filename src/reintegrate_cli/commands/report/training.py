"""``report training``: who completed a training, by school, as a funder asks for it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import Form, Public, School, Value, counted
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.staff.record import StaffRole
from reintegrate_cli.nouns.training.counting import Trained, everybody, gaps
from reintegrate_cli.nouns.training.record import Done, Level, counts_for

EDUCATORS: tuple[StaffRole, ...] = (
    *("teacher", "special_education_teacher", "principal", "assistant_principal"),
)
"""Those who teach, or lead who teaches; everybody else is other staff."""


class TrainingOptions(Form, kw_only=True):
    """What ``report training`` takes."""

    level: Annotated[Public[Level | None], "only basic or intensive; either if left out"] = None
    school: Annotated[Public[School | None], "only this school"] = None
    since: Annotated[Public[date | None], "completed from this day on"] = None
    until: Annotated[Public[date | None], "completed up to this day; today if left out"] = None


class SchoolTrained(Value, frozen=True, kw_only=True):
    """One school: how many people of it completed a training; everybody counts once."""

    school: Public[str | None]
    """Where they are now; absent for those who belong to no school."""
    name: Public[str | None]
    educators: Public[int]
    other_staff: Public[int]
    basic: Public[int]
    intensive: Public[int]
    """By the highest level that they completed."""
    current: Public[int]
    """Whose training holds on the last day."""
    missing: Public[int]
    """Who of the roles that the guidance names, and of those that the school has, is to come."""


_COLUMNS = (
    Column("school", lambda row: row.school or "no school", True),
    Column("name", lambda row: row.name, True),
    Column("educators", lambda row: row.educators),
    Column("other", lambda row: row.other_staff),
    Column("basic", lambda row: row.basic),
    Column("intensive", lambda row: row.intensive),
    Column("holds", lambda row: row.current),
    Column("missing", lambda row: row.missing),
)


@verb("report", "training", is_list=True)
def training(filters: TrainingOptions) -> None:
    """Count who completed a training, by school: educators, and other staff.

    Everybody counts once, at the school where they are now. Educators are teachers, special
    education teachers, principals and assistant principals.

    Example: reintegrate report training --since 2026-07-01
    """
    today = session.today()
    until = filters.until or today
    if until > today:
        raise Usage("what was completed is counted up to today at most", fields=["until"])
    if filters.since is not None and filters.since > until:
        raise Usage("it ends before it begins", fields=["since", "until"])
    output.current.as_of = lambda: until
    with session.reading() as store:
        named = session.current.district.school(filters.school) if filters.school else None
        schools = (named,) if named else ()
        cells = gaps(store, filters.level or "intensive", until, schools=schools, say=output.say)
        people = [
            one
            for one in everybody(store, until)
            if named is None or (one.school or "").casefold() == named.casefold()
        ]
    missing: dict[str, int] = {}
    for cell in cells:
        missing[cell.school] = missing.get(cell.school, 0) + cell.missing
    rows = [*_rows(people, missing, filters, until)]
    total = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("educators", "other_staff", "basic", "intensive", "current", "missing")
    }
    schools_in = sum(bool(row.school and row.educators + row.other_staff) for row in rows)
    more = {"since": filters.since, "until": until, "schools": schools_in, "total": total}
    none = "no school is named yet; reintegrate training set names one"
    columns = [one for one in _COLUMNS if one.heading != "name" or any(row.name for row in rows)]
    output.show(rows, columns, empty=none, kind=SchoolTrained, more=more)
    if rows:
        output.say(
            f"{counted(schools_in, 'school')}: {counted(total['educators'], 'educator')} and "
            f"{total['other_staff']} other staff completed a training"
            if total["educators"] + total["other_staff"]
            else "nobody completed a training in these days"
        )


def _rows(
    people: Sequence[Trained], missing: dict[str, int], filters: TrainingOptions, until: date
) -> Iterator[SchoolTrained]:
    names = {slug.casefold(): name for slug, name in session.current.district.schools.items()}
    there: dict[str, list[Trained]] = {school.casefold(): [] for school in missing}
    spelled = {school.casefold(): school for school in missing}
    for one in people:
        if one.dones:
            there.setdefault((one.school or "").casefold(), []).append(one)
            spelled.setdefault((one.school or "").casefold(), one.school or "")
    for school, some in sorted(there.items(), key=lambda each: (not each[0], each[0])):
        slug = spelled[school] or None
        completed = [one for one in some if _levels(one.dones, filters, until)]
        intensive = sum("intensive" in _levels(one.dones, filters, until) for one in completed)
        educators = sum(one.role in EDUCATORS for one in completed)
        level = filters.level or "basic"
        if slug is None and not completed:
            continue
        yield SchoolTrained(
            school=slug,
            name=name if (name := names.get(school)) != slug else None,
            educators=educators,
            other_staff=len(completed) - educators,
            basic=len(completed) - intensive,
            intensive=intensive,
            current=sum(
                one.is_here and any(counts_for(done, level, until) for done in one.dones)
                for one in some
            ),
            missing=missing.get(spelled[school], 0),
        )


def _levels(dones: Sequence[Done], filters: TrainingOptions, until: date) -> set[Level]:
    """Return the levels that somebody completed in the days that are asked about."""
    first = (filters.since or date.min).toordinal()
    return {
        done.level
        for done in dones
        if first <= done.completed <= until.toordinal() and filters.level in (None, done.level)
    }
