"""``staff``: who works for the district."""

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Sensitivity, check_own_slug, check_slug
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, SlugArg, StaffArg, narrowed, verb
from reintegrate_cli.nouns.staff.forms import EditStaff, EndStaff, NewStaff
from reintegrate_cli.nouns.staff.leaving import Theirs, theirs
from reintegrate_cli.nouns.staff.record import Staff

COLUMNS = (
    Column("slug", lambda one: one.slug),
    Column("role", lambda one: one.role),
    Column("school", lambda one: one.school, True),
    Column("days", lambda one: " ".join(one.days)),
    Column("status", lambda one: one.status),
)


class EndedStaff(Staff, frozen=True, kw_only=True):
    """A member of staff who left, with what is still theirs."""

    still_theirs: Public[tuple[Theirs, ...]]


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


@verb("staff", "show")
def show_(slug: StaffArg) -> None:
    """Show one member of staff, with their name.

    Example: reintegrate staff show lee
    """
    with session.reading() as store:
        person = store.staff.get(check_slug(slug))
    show(person, upto=Sensitivity.PRIVATE)


@verb("staff", "edit", edits=(Staff,))
def edit(slug: StaffArg, given: EditStaff) -> None:
    """Change what is on record of somebody: what is given replaces what stands.

    Example: reintegrate staff edit lee --days mon,tue,thu
    """
    with session.writing("staff edit") as store:
        person = cleared(store.staff.get(check_slug(slug)), given)
        person = replace(
            person,
            role=given.role or person.role,
            school=given.school or person.school,
            days=given.days or person.days,
            name=given.name or person.name,
        )
        person = store.staff.put(person)
    show(person)


@verb("staff", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the staff.

    Example: reintegrate staff list
    """
    with session.reading() as store:
        people = narrowed(
            store.staff.all(),
            filters,
            store,
            statuses=("active", "ended"),
            slug=lambda row: row.slug,
            owners=lambda row: (row.slug,),
        )
    show(people, COLUMNS, empty="nobody is on the staff yet", kind=Staff)


@verb("staff", "end")
def end(slug: StaffArg, given: EndStaff) -> None:
    """Record that somebody left; what is still theirs is named, so that it finds somebody.

    Example: reintegrate staff end hale --on today
    """
    with session.writing("staff end") as store:
        person = store.staff.get(check_slug(slug))
        person = store.staff.put(replace(person, ended_on=given.on or session.today()))
        open_ = theirs(store, person.slug)
    if open_:
        say(f"still theirs, and nobody else's: {', '.join(one.name for one in open_)}")
    say("reintegrate vault key list shows whether a key of theirs still opens the vault")
    same = {name: getattr(person, name) for name in Staff.__struct_fields__}
    show(EndedStaff(**same, still_theirs=tuple(open_)))
