"""``cover``: who answers for somebody's rows while they are away."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.hints import TODAY, Option
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Form, Public, Ref, Slug, Worker, row_of, same_slug
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.line.verbs import StaffArg
from reintegrate_cli.nouns.contact import knowing
from reintegrate_cli.nouns.cover import record as rules
from reintegrate_cli.nouns.cover.record import STATUSES, Cover, CoverRow


class NewCover(Form, kw_only=True):
    """What ``cover add`` takes."""

    by: Annotated[Ref[Worker], "who covers meanwhile"]
    starts_on: Annotated[Public[date], Option("--starts"), "the first day"]
    ends_on: Annotated[Public[date], Option("--ends"), "the last day"]


class EndCover(Form, kw_only=True):
    """What ``cover end`` takes."""

    on: Annotated[Public[date], TODAY, "the day from which their rows are theirs again"]


COLUMNS = (
    Column("id", lambda cover: cover.id),
    Column("away", lambda cover: cover.staff, True),
    Column("covered by", lambda cover: cover.by, True),
    Column("from", lambda cover: cover.starts_on),
    Column("through", lambda cover: cover.ends_on),
    Column("ended", lambda cover: cover.ended_on),
    Column("status", lambda cover: label(cover.status)),
)


def _row(cover: Cover, today: date) -> CoverRow:
    return row_of(CoverRow, cover, status=rules.status(cover, today))


@adds("cover", row=_row)
def add(work: Work, staff: StaffArg, given: NewCover) -> Cover:
    """Let somebody's rows show to who covers for them, from a day through another.

    Nothing is handed over: what is kept still names the same people, and no key opens more.

    Example: reintegrate cover add okafor --by hale --starts 2026-10-12 --ends 2026-10-23
    """
    cover = rules.check(work.new(Cover, given, staff=Slug(work.store.staff.get(staff).slug)))
    substitute = work.store.staff.get(cover.by)
    if substitute.days:
        days = ", ".join(substitute.days)
        work.say(f"{cover.by} works on {days}: what staff dated falls on those days meanwhile")
    cases = [case for case in work.store.cases.all(owner=cover.staff) if not case.is_over]
    knowing.warn_of(work.store, [case.ref for case in cases], cover.by)
    for other in work.store.of(Cover).all():
        if not rules.meet(cover, other):
            continue
        if same_slug(other.staff, cover.staff):
            last = short_date(other.ends_on)
            work.say(f"{other.by} covers too, through {last} ({other.id}); the later start holds")
        elif same_slug(other.staff, cover.by):
            work.say(f"{cover.by} is away then, too: {other.by} covers for them ({other.id})")
    return cover


@changes("cover", "end", row=_row)
def end(work: Work, cover: Cover, given: EndCover) -> Cover:
    """End a cover before its last day; their rows are their own again from that day on.

    Example: reintegrate cover end CV1 --on today
    """
    return replace(cover, ended_on=given.on)


@lists(
    "cover",
    COLUMNS,
    STATUSES,
    narrow={"slug": lambda cover: cover.staff, "owners": lambda cover: (cover.staff, cover.by)},
)
def list_(work: Work, covers: list[Cover]) -> list[CoverRow]:
    """List covers: who is away, who covers for them, and when.

    Example: reintegrate cover list --status in_force
    """
    return [_row(cover, work.today) for cover in covers]
