"""Cover: who answers for somebody's rows while they are away (guidance clause 42).

Nothing is handed over, and nobody is told or may open anything because of it: the rows show to who
covers meanwhile, and then go home by themselves.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.owning import left_on, staff_of
from reintegrate_cli.core.records import WORK, Public, Record, Ref, Slug, same_slug
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Status = Literal["to_come", "in_force", "over"]
STATUSES: tuple[Status, ...] = ("to_come", "in_force", "over")


class Cover(Record, frozen=True, kw_only=True):
    """Who covers for somebody, from a first day through a last one.

    ``ended_on`` is the first day on which it no longer holds, where it was ended before.
    """

    id: Ref[str]
    staff: Ref[Slug]
    by: Annotated[Ref[Slug], WORK]
    starts_on: Public[date]
    ends_on: Public[date]
    ended_on: Public[date | None] = None

    dated = "starts_on"

    def holds(self, day: date) -> bool:
        """Check whether it is in force on a day."""
        return self.starts_on <= day <= self.ends_on and not self.is_past(day)

    def is_past(self, day: date) -> bool:
        """Check whether it is over on a day."""
        return day > self.ends_on or (self.ended_on is not None and day >= self.ended_on)


class CoverRow(Cover, frozen=True, kw_only=True):
    """A cover as lists show it."""

    status: Public[Status]


def check(cover: Cover) -> Cover:
    """Check what a new cover says, and return it.

    Raises:
        Usage: it ends before it starts, or somebody would cover for themselves.
    """
    if same_slug(cover.staff, cover.by):
        raise Usage("nobody covers for themselves; --by names somebody else", fields=["by"])
    if cover.ends_on < cover.starts_on:
        raise Usage("--ends is before --starts", fields=["ends_on"])
    return cover


def check_open(cover: Cover) -> None:
    """Require that a cover was not ended already.

    Raises:
        Usage: it was.
    """
    if cover.ended_on is not None:
        raise Usage(f"{cover.id} was ended on {cover.ended_on} already")


def meet(cover: Cover, other: Cover) -> bool:
    """Check whether two covers are in force on some day together."""
    first = max(cover.starts_on, other.starts_on)
    return cover.holds(first) and other.holds(first)


def status(cover: Cover, today: date) -> Status:
    """Work out how a cover stands on a day."""
    if cover.is_past(today):
        return "over"
    return "in_force" if cover.holds(today) else "to_come"


def dates(cover: Cover, world: World) -> Iterator[Dated]:
    """Tell the last day of a cover; or, if who covers left before that, that rows went home."""
    if cover.ended_on is not None:
        return
    gone = left_on(staff_of(world), cover.by)
    left = gone is not None and gone <= cover.ends_on
    yield world.row(
        None,
        cover.id,
        label=f"{cover.by}, who covers for {cover.staff}, left"
        if left
        else f"{cover.by} covers for {cover.staff}, until",
        command=f"reintegrate cover end {cover.id}",
        due_on=max(gone, cover.starts_on) if left and gone else cover.ends_on,
        kind="cover",
        asks=True,
        who=cover.staff,
        owner=cover.entered_by,
        until=None if left else cover.ends_on,
    )
