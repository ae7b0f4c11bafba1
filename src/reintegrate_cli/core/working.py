"""Working days: on which day a date is, when those who see to it do not work on the day it fell on.

A contact or a review that staff dated goes forward to the next day on which whose it is works; or
who covers for them, and whom a conferral is with. What a student or a caregiver chose stays, and so
does a deadline: it is announced from the last working day before, and says so.

Who has no days on record works from Monday to Friday; what falls on a weekend of theirs stays there
(E2 asks for another day), and nothing goes to one.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from reintegrate_cli.catalogue.seats import SEATS
from reintegrate_cli.core.calendar import WEEKDAYS
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.owning import staff_of, team_at, whose
from reintegrate_cli.core.rows import BEFORE_OFF, Dated
from reintegrate_cli.core.world import FARTHEST, World

DAY = timedelta(days=1)
_WEEKEND = ("sat", "sun")
Side = tuple[str, str | None, str, str]
"""What says whose something is: the kind of row, the school, by name, and where nobody is named."""


class Hands:
    """Those who see to what falls on a day: one on each side, or who covers for them then.

    Two are equal if they work on the same days, whatever else is kept of them.

    Args:
        world: the world.
        kind: the kind of row.
        school: the school, to which a team belongs.
        named: whose it is by name, if anybody's.
        home: whose it is where nobody is named and no seat has it.
        met: the member of staff that is met; nothing for anybody else.
    """

    def __init__(
        self,
        world: World,
        kind: str,
        school: str | None,
        *,
        named: str = "",
        home: str = "",
        met: str | None = None,
    ) -> None:
        self._world = world
        self._row: Side = (kind, school, named, home)
        self._met = met
        self._known: dict[tuple[date, bool], bool] = {}

    @property
    def is_part_time(self) -> bool:
        """Return whether anybody who may see to it works on some days of the week alone."""
        return any(days for _, days, _ in self._ground[0])

    def works(self, day: date, *, both: bool = True) -> bool:
        """Return whether those who see to it on a day work then.

        Args:
            day: the day.
            both: whether whose it is works, too, where they meet somebody of the staff.
        """
        if (day, both) not in self._known:
            sides: list[Side] = [] if self._met is None else [("", None, self._met, "")]
            if both or not sides:
                sides.append(self._row)
            self._known[day, both] = all(self._is_at_work(side, day) for side in sides)
        return self._known[day, both]

    def forward(self, day: date, closed: Collection[date] = ()) -> date:
        """Return the first day from a day on on which they work; the day itself if none is near.

        Two who never work on one day meet on a day of the one who is met.

        Args:
            day: the day.
            closed: later days on which it shall not fall.
        """
        last = min(FARTHEST.days, (date.max - day).days)
        for both in (True, False):
            for ahead in range(last + 1):
                other = day + ahead * DAY
                if self.works(other, both=both) and not (ahead and other in closed):
                    return other
        return day

    def last_before(self, day: date) -> date | None:
        """Return the last day before a day on which they work and nothing is closed, if near."""
        closed = self._world.calendar.closures
        last = min(FARTHEST.days, (day - date.min).days)
        days = (day - back * DAY for back in range(1, last + 1))
        return next((each for each in days if self.works(each) and each not in closed), None)

    def __eq__(self, other: object) -> bool:
        """Return whether others work on the same days."""
        return isinstance(other, Hands) and self._ground == other._ground

    __hash__ = None  # type: ignore[assignment]

    def _is_at_work(self, side: Side, day: date) -> bool:
        slug = whose(self._world, *side, day, day)
        person = self._world.find("staff", slug)
        if person is not None and person.ended_on is not None and day >= person.ended_on:
            return False
        name = WEEKDAYS[day.weekday()]
        if person is not None and person.days:
            return name in person.days
        # Of somebody who works from Monday to Friday, a weekend is no other than the Friday was:
        # what falls on it stays there, and what comes from a day before goes on to Monday.
        return name not in _WEEKEND or day == date.min or self._is_at_work(side, day - DAY)

    @cached_property
    def _ground(self) -> tuple[Any, ...]:
        """All that says on which days they work: people, covers, and who sits in the seats."""
        world, (kind, school, named, home) = self._world, self._row
        team = None if named else team_at(world, school)
        slugs = {slug.casefold() for slug in (named or home, self._met) if slug}
        roles = {seats.get(kind) for seats in SEATS.values()}
        seats = [seat for seat in (team.seats if team else ()) if seat.role in roles]
        slugs |= {seat.staff.casefold() for seat in seats}
        covers: list[Any] = []
        more = True
        while more:
            covers = [each for each in world.records("covers") if each.staff.casefold() in slugs]
            reached = {each.by.casefold() for each in covers}
            more = not reached <= slugs
            slugs |= reached
        find = staff_of(world)
        people = [
            (slug, person.days, person.ended_on)
            for slug in sorted(slugs)
            for person in [find(slug)]
            if person is not None
        ]
        if not any(days for _, days, _ in people):
            return ((),)
        away = sorted(
            (each.id, each.staff, each.by, each.starts_on, each.ends_on, str(each.ended_on))
            for each in covers
        )
        sitting = (kind, seats, team.models) if team and seats else ()
        return (people, away, sitting, named or home, self._met)


def hands_of(world: World, kind: str, school: str | None, **sides: Any) -> Hands | None:
    """Return those who see to a row; nothing if no date moves because of the days they work."""
    if not world.is_part_time:
        return None
    hands = Hands(world, kind, school, **sides)
    return hands if hands.is_part_time else None


def placed(world: World, row: Dated, home: str) -> Dated:
    """Return a row on the day on which somebody sees to it; a deadline stays, and says so.

    What a schedule promises was placed where its dates were worked out.

    Args:
        world: the world.
        row: the row.
        home: whose it is if there are no teams and covers.
    """
    if row.merely_asks or not row.first or (row.falls_under == "contact" and row.origin):
        return row
    hands = hands_of(world, row.kind, row.school, named=row.owner, home=home)
    if hands is None or hands.works(row.due_on):
        return row
    if row.rolls:
        due_on = hands.forward(row.due_on, world.calendar.closures)
        if due_on == row.due_on:
            return row
        if row.until is None or due_on <= row.until:
            return replace(row, due_on=due_on, was_on=row.due_on)
        # What ends by itself before that day stays, and says so as a deadline does.
    before = hands.last_before(row.due_on)
    if before is None or row.falls_under == "contact":
        return row
    if row.announced_on is not None and row.announced_on >= row.due_on:
        return row  # it comes up on that day: nobody knew of it before
    return replace(row, label=row.label + BEFORE_OFF, announced_on=min(row.opens_on, before))
