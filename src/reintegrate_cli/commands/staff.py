"""``staff``: who works for the district."""

import dataclasses

from reintegrate_cli import session
from reintegrate_cli.commands.verbs import Filters, SlugArg, narrowed, verb
from reintegrate_cli.errors import Usage
from reintegrate_cli.forms.staff import EndStaff, NewStaff
from reintegrate_cli.output import Column, show
from reintegrate_cli.records import check_own_slug, check_slug
from reintegrate_cli.staff import Staff

COLUMNS = (
    Column("slug", lambda one: one.slug),
    Column("role", lambda one: one.role),
    Column("school", lambda one: one.school, True),
    Column("days", lambda one: " ".join(one.days)),
    Column("status", lambda one: one.status),
)


@verb("staff", "add")
def add(slug: SlugArg, given: NewStaff) -> None:
    """Add somebody, or complete the record that init made.

    Example: reintegrate staff add okafor --role specialist --days mon,tue,thu
    """
    slug = check_own_slug(slug)
    with session.writing("staff add") as store:
        former = store.staff.find(slug)
        if former is not None and (former.role != "specialist" or former.name or former.days):
            raise Usage(f"there is somebody with the slug {former.slug} already")
        person = Staff(
            slug=former.slug if former else slug,  # type: ignore[arg-type]
            role=given.role,
            school=given.school,
            days=given.days,
            name=given.name,
        )
        person = store.staff.put(person)
    show(person)


@verb("staff", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the staff.

    Example: reintegrate staff list
    """
    with session.reading() as store:
        world = store.world(session.current.district.calendar)
        people = narrowed(
            list(world.staff),
            filters,
            store,
            statuses=("active", "ended"),
            cases=lambda row: world.cases_of(row.slug),
            owners=lambda row: (row.slug,),
        )
    show(people, COLUMNS, empty="nobody is on the staff yet", kind=Staff)


@verb("staff", "end")
def end(slug: SlugArg, given: EndStaff) -> None:
    """Record that somebody left.

    Example: reintegrate staff end hale --on today
    """
    with session.writing("staff end") as store:
        person = store.staff.get(check_slug(slug))
        person = store.staff.put(dataclasses.replace(person, ended_on=given.on or session.today()))
    show(person)
