"""Response teams: who sits in which seat, and how a school shares the work (clauses 43 to 45).

The model says who answers for rows to come where nobody is named, by the table in
``catalogue.seats``. It is kept with the day from which it holds, so that what was due before a
change stays with those who had it. Every team has an attendance officer (E8).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Annotated

from reintegrate_cli.catalogue.seats import REQUIRED, Model, relied_on
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.owning import left_on, staff_of
from reintegrate_cli.core.records import WORK, Public, Record, Ref, School, Slug, Value, same_slug
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.staff.record import StaffRole

STATUSES = ("whole", "missing")
LeftOn = Callable[[str], date | None]
"""Returns the day on which a member of staff left, if they did."""


class Seat(Value, frozen=True, kw_only=True):
    """A seat of a team, and who sits in it."""

    role: Public[StaffRole]
    staff: Annotated[Ref[Slug], WORK]


class Chosen(Value, frozen=True, kw_only=True):
    """A model, and the first day of the rows that it holds for."""

    on: Public[date]
    model: Public[Model]


class Team(Record, frozen=True, kw_only=True):
    """The response team of a school; ``models`` are in the order of their days."""

    id: Ref[str]
    school: Public[School]
    models: Public[tuple[Chosen, ...]]
    seats: Public[tuple[Seat, ...]] = ()
    lead: Ref[Slug | None] = None

    def model_on(self, day: date) -> Model:
        """Return the model that holds for rows of a day; before the first, a specialist."""
        return next((each.model for each in reversed(self.models) if each.on <= day), "specialist")

    @property
    def model(self) -> Model:
        """The latest model."""
        return self.models[-1].model

    def holder(self, role: str) -> str:
        """Return who sits in a seat; nothing if it is empty."""
        return next((seat.staff for seat in self.seats if seat.role == role), "")


class TeamRow(Value, frozen=True, kw_only=True):
    """A team as it is shown, with the seats that nobody fills today; or a school without one."""

    id: Ref[str | None] = None
    school: Public[School]
    model: Public[Model | None] = None
    """Absent where a school has cases and no team: everything there is the cases' owners'."""
    since: Public[date | None] = None
    seats: Public[tuple[Seat, ...]] = ()
    missing_seats: Public[tuple[StaffRole, ...]]
    lead: Ref[Slug | None] = None

    dated = "since"

    @property
    def status(self) -> str:
        """Say whether every seat that the model relies on is filled."""
        return "missing" if self.missing_seats else "whole"


def with_model(team: Team, model: Model, on: date) -> Team:
    """Return a team that works by a model from a day on; what was before that day stays."""
    before = tuple(each for each in team.models if each.on < on)
    if before and before[-1].model == model:
        return replace(team, models=before)
    return replace(team, models=(*before, Chosen(on=on, model=model)))


def with_seats(team: Team, seats: Iterable[Seat]) -> Team:
    """Return a team with some seats filled, or emptied; the other seats stay as they are.

    Raises:
        Usage: one seat is given to two people.
    """
    filled: dict[str, Seat] = {}
    for seat in seats:
        former = filled.setdefault(seat.role, seat)
        if not same_slug(former.staff, seat.staff):
            raise Usage(f"two people for the seat {seat.role}", fields=["seats"])
    others = [seat for seat in team.seats if seat.role not in filled]
    given = [seat for seat in filled.values() if seat.staff]
    both = sorted((*others, *given), key=lambda seat: seat.role)
    return replace(team, seats=tuple(both))


def missing_seats(team: Team, today: date, gone: LeftOn) -> tuple[StaffRole, ...]:
    """Return the seats that the model relies on and nobody fills (E8)."""
    empty = (role for role in relied_on(team.model) if _empty_since(team, role, gone) <= today)
    return tuple(empty)  # type: ignore[arg-type]


def _empty_since(team: Team, role: str, gone: LeftOn) -> date:
    """Return the day from which nobody fills a seat; the last day there is, if somebody does."""
    holder = team.holder(role)
    return (gone(holder) or date.max) if holder else date.min


def row(team: Team, today: date, gone: LeftOn) -> TeamRow:
    """Return a team as it is shown on a day."""
    return TeamRow(
        id=team.id,
        school=team.school,
        model=team.model,
        since=team.models[-1].on,
        seats=team.seats,
        missing_seats=missing_seats(team, today, gone),
        lead=team.lead,
    )


def without_team(teams: Iterable[Team], schools: Iterable[str]) -> list[TeamRow]:
    """Return a row for each school that has no team, of those that have cases.

    Args:
        teams: the teams.
        schools: the schools of cases, as each of them writes it.
    """
    has = {team.school.casefold() for team in teams}
    missing = {school.casefold(): school for school in schools if school.casefold() not in has}
    return [TeamRow(school=School(each), missing_seats=(REQUIRED,)) for each in missing.values()]


def dates(team: Team, world: World) -> Iterator[Dated]:
    """Ask for each seat that nobody fills."""
    gone = partial(left_on, staff_of(world))
    since = team.models[-1].on
    for nth, role in enumerate(relied_on(team.model)):
        empty_since = _empty_since(team, role, gone)
        if empty_since is not date.max:
            yield world.row(
                None,
                team.id,
                label=f"no {label(role)}",
                command=f"reintegrate team set {team.school} --model {team.model}"
                f" --seat {role.replace('_', '-')}=SLUG",
                due_on=max(since, empty_since),
                kind="team",
                asks=True,
                school=team.school,
                owner=team.entered_by,
                nth=nth,
            )
