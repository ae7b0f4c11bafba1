"""The support map: what a student needs, who delivers it, and how often (clause 2).

Support is ongoing, so no need has an end until somebody gives it one. A need that nobody
delivers is told as unmet for as long as that is so; one whose time passed without a delivery
is on the agenda.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Literal

from reintegrate_cli.core.calendar import parse_cadence
from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import WORK, Private, Public, Record, Ref, Told, Value, row_of
from reintegrate_cli.core.rows import Dated, Undated
from reintegrate_cli.core.world import World

Area = Literal[
    "mental_health",
    "social_emotional",
    "tutoring",
    "special_education",
    "language",
    "health",
    "housing",
    "food_and_clothing",
    "transport",
    "child_care",
    "legal",
    "mentoring",
    "safety",
    "work",
    "other",
]
Through = Literal["staff", "partner", "care"]
THROUGH: tuple[Through, ...] = ("staff", "partner", "care")
Status = Literal["met", "unmet", "ended"]
STATUSES: tuple[Status, ...] = ("met", "unmet", "ended")
EndReason = Literal["student_choice", "needed_no_more", "another_need", "moved", "other"]


class Delivery(Value, frozen=True, kw_only=True):
    """One time that a need was delivered, by whom; ``entered_by`` wrote it down."""

    on: Public[date]
    by: Ref[str | None]
    entered_by: Ref[str]
    note: Private[str] = ""


class NeedTerms(Record, frozen=True, kw_only=True):
    """What a student needs, and who delivers it: one of the staff, a partner, or the care team.

    ``every`` is how often, ``none`` if it is not regular.
    """

    case: Ref[str]
    id: Ref[str]
    area: Told[Public[Area]]
    on: Public[date]
    through: Public[Through | None] = None
    who: Annotated[Ref[str | None], WORK] = None
    every: Told[Public[str]] = "none"
    what: Private[str] = ""
    ended_on: Public[date | None] = None
    reason: Public[EndReason | None] = None

    dated = "on"


class Need(NeedTerms, frozen=True, kw_only=True):
    """What a student needs, who delivers it, and every time that it was delivered.

    ``every`` is how often, ``none`` if it is not regular; it counts from ``on``, the day the need
    was named, until there is a first delivery.
    """

    deliveries: Public[tuple[Delivery, ...]] = ()

    @property
    def last_on(self) -> date | None:
        """The day of the last delivery, in whatever order they were entered."""
        return max((delivery.on for delivery in self.deliveries), default=None)

    @property
    def due_on(self) -> date | None:
        """The day by which it is delivered next; nothing where it is not regular."""
        cadence = parse_cadence(self.every)
        if cadence is None or self.ended_on is not None:
            return None
        return cadence.after(self.last_on or self.on, 1)


class NeedRow(NeedTerms, frozen=True, kw_only=True):
    """A need as lists and writes show it."""

    status: Public[Status]
    last_on: Public[date | None]
    due_on: Public[date | None]


def row(need: Need, *, here: bool) -> NeedRow:
    """Return a need with its status; one whose deliverer has left is unmet again.

    Args:
        need: the need.
        here: whether somebody delivers it, and is still there.
    """
    return row_of(NeedRow, need, status="ended" if need.ended_on else "met" if here else "unmet")


def deliverer(**named: str | None) -> dict[str, str]:
    """Return who delivers a need, by the names of its fields; nothing if nobody is named.

    Args:
        named: who, by how they deliver: ``staff``, ``partner``, or ``care``.

    Raises:
        Usage: two were named.
    """
    given = {through: who for through, who in named.items() if who}
    if len(given) > 1:
        raise Usage(
            "one need is delivered by one of them",
            fields=list(given),
            hint="name one; for another, add a need of its own",
        )
    return next(({"through": through, "who": who} for through, who in given.items()), {})


def delivered(need: Need, delivery: Delivery) -> Need:
    """Return a need with one more delivery.

    Raises:
        Usage: the need has ended, or that was before it was named.
    """
    check_open(need)
    check_after(delivery.on, need.on, "the need was named")
    return replace(need, deliveries=(*need.deliveries, delivery))


def ended(need: Need, on: date, reason: EndReason) -> Need:
    """Return a need that ends, with the reason.

    Raises:
        Usage: it has ended already, or that was before it was named.
    """
    check_open(need)
    check_after(on, need.on, "the need was named")
    return replace(need, ended_on=on, reason=reason)


def check_cleared(need: Need, through: Sequence[Through]) -> None:
    """Require that nobody is taken away who does not deliver it.

    Raises:
        Usage: somebody else delivers it, or nobody does.
    """
    if through and need.through not in through:
        raise Usage(f"need {need.case}/{need.id} is not delivered by {through[0]}")


def check_open(need: Need) -> None:
    """Require that a need has not ended.

    Raises:
        Usage: it has.
    """
    if need.ended_on is not None:
        raise Usage(
            f"need {need.case}/{need.id} has ended",
            hint="add a need that is there again as a new one; the old one stays",
        )


def left_open(need: Need, _today: date) -> Iterator[Undated]:
    """Yield a need that has not ended, delivered or not."""
    if need.ended_on is None:
        yield Undated("need", f"need {label(need.area)}")


def dates(need: Need, world: World) -> Iterator[Dated]:
    """Yield the day by which a regular need is delivered next (clause 2)."""
    due = need.due_on
    if due is not None:
        verb = "done" if need.who and _is_here(world, need) else "edit"
        yield world.row(
            need.case,
            need.id,
            label=f"need {label(need.area)}",
            command=f"reintegrate need {verb} {need.case} {need.id}",
            due_on=due,
            kind="need",
            with_=need.through,
            who=need.who,
        )


def _is_here(world: World, need: Need) -> bool:
    """Return whether the one who delivers is still there; the agenda reads no partners."""
    if need.through == "staff":
        person = world.find("staff", need.who)
        return person is not None and person.ended_on is None
    if need.through == "care":
        member = world.find("care", need.case, need.who)
        return member is not None and member.ended_on is None
    return True


def events(need: Need) -> Iterator[Event]:
    """Yield when a need was named, each delivery, and its end."""
    event, area = partial(event_of, need, "need"), label(need.area)
    yield event(need.on, area, by=need.who, text=need.what)
    for delivery in need.deliveries:
        yield event(delivery.on, f"{area} delivered", by=delivery.by, text=delivery.note)
    if need.ended_on:
        yield event(need.ended_on, f"{area} ended: {label(need.reason)}")
