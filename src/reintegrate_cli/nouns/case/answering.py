"""Who at the school answers for a student, in whatever setting they learn (guidance clause 16).

It is the person that the case names, or else who coordinates it. From the day on which nobody is
left, the agenda asks who it is now.
"""

from collections.abc import Iterator
from datetime import date

from reintegrate_cli.core.owning import left_on, staff_of
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case


def contact_of(case: Case) -> str:
    """Return who at the school answers for a student; empty if nobody is named."""
    return case.school_contact or ("" if case.uncontacted_on is not None else case.owner)


def missing_since(case: Case, world: World) -> date | None:
    """Return the day from which no school, or nobody at it, answers for a student."""
    if not case.school:
        return case.opened_on
    who = contact_of(case)
    return left_on(staff_of(world), who) if who else case.uncontacted_on


def dates(case: Case, world: World) -> Iterator[Dated]:
    """Yield the day from which the school, or its contact, is missing."""
    since = missing_since(case, world)
    if since is not None:
        what, option = (
            ("school contact missing", "--school-contact SLUG")
            if case.school
            else ("school missing", "--school SCHOOL")
        )
        yield world.row(
            case.ref,
            "school",
            label=what,
            command=f"reintegrate case edit {case.ref} {option}",
            due_on=since,
            kind="school",
        )
