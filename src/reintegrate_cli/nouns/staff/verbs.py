"""``staff``: who works for the district."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import TODAY
from reintegrate_cli.core.lean import field, replace
from reintegrate_cli.core.owning import given_back
from reintegrate_cli.core.records import (
    Form,
    Private,
    Public,
    Word,
    check_own_slug,
    counted,
    row_of,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, show
from reintegrate_cli.line.shapes import Work, changes, edited, lists, said, shows
from reintegrate_cli.line.verbs import SlugArg, verb
from reintegrate_cli.nouns.staff.leaving import Theirs, theirs
from reintegrate_cli.nouns.staff.record import Staff, StaffRole, Weekday


class EditStaff(Form, kw_only=True):
    """What ``staff edit`` takes: what is given replaces what was there."""

    asks_when_bare: ClassVar[bool] = True

    role: Annotated[Public[StaffRole | None], "what they do in the district"] = None
    school: Annotated[Public[Word | None], "the school they work at"] = None
    days: Annotated[Public[tuple[Weekday, ...]], "the weekdays they work: mon,tue"] = ()
    name: Annotated[Private[str], "their name, as colleagues know it"] = ""


class NewStaff(EditStaff, kw_only=True):
    """What ``staff add`` takes."""

    asks_when_bare: ClassVar[bool] = False

    # ``field()`` takes away the default that an edit has: this is needed.
    role: Annotated[Public[StaffRole], "what they do in the district"] = field()


class EndStaff(Form, kw_only=True):
    """What ``staff end`` takes."""

    on: Annotated[Public[date], TODAY, "their last day; it may be still to come"]


COLUMNS = (
    Column("slug", lambda person: person.slug),
    Column("role", lambda person: person.role),
    Column("school", lambda person: person.school, True),
    Column("days", lambda person: " ".join(person.days)),
    Column("status", lambda person: person.status),
)


class ListedStaff(Staff, frozen=True, kw_only=True):
    """A member of staff as the list shows them, on the day that it is."""

    @property
    def status(self) -> str:
        """Return whether this person is with the district today."""
        left = self.ended_on is not None and self.ended_on <= session.today()
        return "ended" if left else "active"


class EndedStaff(Staff, frozen=True, kw_only=True):
    """A member of staff who left, with what is still theirs."""

    still_theirs: Public[tuple[Theirs, ...]]


@verb("staff", "add")
def add(slug: SlugArg, given: NewStaff) -> None:
    """Add somebody, or complete the record that init made.

    Example: reintegrate staff add okafor --role specialist --days mon,tue,thu
    """
    slug = check_own_slug(slug)
    with session.writing() as store:
        former = store.staff.find(slug)
        if former is not None and (former.role != "specialist" or former.name or former.days):
            raise Usage(
                f"there is somebody with the slug {former.slug} already",
                hint=f"reintegrate staff edit {former.slug}",
            )
        slug = former.slug if former else slug
        person = store.staff.put(Staff(slug=slug, **said(given, Staff)))  # type: ignore[arg-type]
    show(person)


@shows("staff")
def show_(work: Work, person: Staff) -> Staff:
    """Show one member of staff, with their name.

    Example: reintegrate staff show lee
    """
    return person


@changes("staff", "edit", edits=(Staff,))
def edit(work: Work, person: Staff, given: EditStaff) -> Staff:
    """Change what is on record of somebody: what is given replaces what was there.

    Example: reintegrate staff edit lee --days mon,tue,thu
    """
    return edited(person, given)


@lists(
    "staff",
    COLUMNS,
    ("active", "ended"),
    narrow={"slug": lambda person: person.slug, "owners": lambda person: (person.slug,)},
)
def list_(work: Work, people: list[Staff]) -> list[ListedStaff]:
    """List the staff.

    Example: reintegrate staff list
    """
    return [row_of(ListedStaff, person) for person in people]


def _leaving(work: Work, person: Staff) -> EndedStaff:
    """Return somebody who left, and name what is still theirs."""
    still_theirs = tuple(theirs(work.store, person.slug, work.today))
    count = sum(item.noun != "cover" for item in still_theirs)
    if count:
        counts = counted(count, "thing is", "things are")
        work.say(f"{counts} still theirs, and nobody else's yet: give each to somebody")
    covers = work.store.table("covers").all() if work.store.shelf.is_used("covers") else ()
    left_on = person.ended_on or work.today
    for cover in given_back(covers, person.slug, left_on):
        first, last = max(left_on, cover.starts_on), short_date(cover.ends_on)
        work.say(
            f"they were to cover for {cover.staff} through {last} ({cover.id}); from"
            f" {short_date(first)} on those rows are {cover.staff}'s again"
        )
    work.say("reintegrate vault key list shows whether a key of theirs still opens the vault")
    return row_of(EndedStaff, person, still_theirs=still_theirs)


@changes("staff", "end", view=_leaving)
def end(work: Work, person: Staff, given: EndStaff) -> Staff:
    """Record that somebody left; what is still theirs is named, so that it finds somebody.

    Example: reintegrate staff end hale --on today
    """
    return replace(person, ended_on=given.on)
