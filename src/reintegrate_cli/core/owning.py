"""Whose a row of the agenda is, beside what somebody named: the seat, and who covers for them.

Nothing is handed over: what is kept names the same people as before, and this is worked out on
each day. It knows teams and covers by their fields, and is loaded only if there are any.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

from reintegrate_cli.catalogue.seats import LED, SEATS
from reintegrate_cli.core.records import number_of, same_slug
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Find = Callable[[str], Any]
"""Returns the member of staff with a slug, or ``None``."""


def left_on(find: Find, slug: str) -> date | None:
    """Return the day on which somebody left, if they did."""
    person = find(slug)
    return None if person is None else person.ended_on


def is_here(find: Find, slug: str, day: date) -> bool:
    """Check whether somebody has not left by a day."""
    gone = left_on(find, slug)
    return gone is None or day < gone


def answering(covers: Sequence[Any], find: Find, slug: str, day: date) -> str:
    """Return who answers for somebody's rows on a day: they do, or who covers for them.

    Of several covers the one that began last holds, so that a short one inside a long one gives
    back to the long one. Who covers may be covered in turn. Where that leads back to somebody it
    came by, as when two cover each other, the rows stay at home.
    """
    passed, now = [slug], slug
    while True:
        in_force = [
            cover
            for cover in covers
            if same_slug(cover.staff, now) and cover.holds(day) and is_here(find, cover.by, day)
        ]
        if not in_force:
            return now
        now = max(in_force, key=lambda cover: (cover.starts_on, number_of(cover.id))).by
        if any(same_slug(now, each) for each in passed):
            return slug
        passed.append(now)


def first_here(covers: Sequence[Any], find: Find, slugs: Sequence[str], day: date) -> str:
    """Return the first of several people who is here on a day and not away.

    Where all of them are away, it is who covers for the last.
    """
    for slug in slugs:
        away = any(same_slug(cover.staff, slug) and cover.holds(day) for cover in covers)
        if not away and is_here(find, slug, day):
            return slug
    return answering(covers, find, slugs[-1], day)


def seated(world: World, kind: str, school: str | None, due_on: date, day: date) -> str:
    """Return who sits in the seat that a row falls to; nothing if no seat has it, or it is empty.

    The model is that of the day on which the row is due: what was due before a team changed its
    model stays with those who had it. Who left has left their seat empty.
    """
    team = team_at(world, school)
    seat = None if team is None else SEATS[team.model_on(due_on)].get(kind)
    holder: str = "" if seat is None else team.holder(seat)
    return holder if holder and is_here(staff_of(world), holder, day) else ""


def whose(
    world: World, kind: str, school: str | None, named: str, home: str, due_on: date, day: date
) -> str:
    """Return who answers on a day for a row that is due on one.

    Args:
        world: the world.
        kind: the kind of row.
        school: the school, to which a team belongs.
        named: whose it is by name, if anybody's.
        home: whose it is where nobody is named and no seat has it.
        due_on: the day on which it is due.
        day: the day on which somebody answers for it.
    """
    owner = named or seated(world, kind, school, due_on, day) or home
    covers = world.records("covers")
    return answering(covers, staff_of(world), owner, day) if covers else owner


def lead_of(world: World, row: Dated) -> str | None:
    """Return who leads, of a row that shows it where a task force does.

    A row that belongs to no school shows the lead that all task forces of the district have.
    """
    if row.kind not in LED:
        return None
    team = team_at(world, row.school)
    teams = world.records("teams") if row.school is None else [team] if team else []
    leads = {team.lead for team in teams if team.model_on(row.due_on) == "task_force"}
    return leads.pop() if len(leads) == 1 else None


def owned(world: World, row: Dated, owner: str, day: date) -> tuple[str, str | None]:
    """Return whose a row is on a day, and who leads.

    Args:
        world: the world.
        row: the row.
        owner: whose it is if there are no teams and covers.
        day: the day on which somebody answers for it.
    """
    if row.alone:
        return first_here(world.records("covers"), staff_of(world), row.alone, day), None
    answers = whose(world, row.kind, row.school, row.owner, owner, row.due_on, day)
    return answers, lead_of(world, row)


def staff_of(world: World) -> Find:
    """Return what finds the member of staff with a slug."""
    return partial(world.find, "staff")


def given_back(covers: Sequence[Any], slug: str, day: date) -> list[Any]:
    """Return the covers that end because who covers left on a day: those rows go home."""
    return [cover for cover in covers if same_slug(cover.by, slug) and not cover.is_past(day)]


def team_at(world: World, school: str | None) -> Any:
    """Return the team of a school, or ``None``."""
    wanted = (school or "").casefold()
    return next((team for team in world.records("teams") if team.school.casefold() == wanted), None)
