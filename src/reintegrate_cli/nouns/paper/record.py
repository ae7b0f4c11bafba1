"""Eligibility papers: which there are, when they end, and by when to act (PRACTICE 2.7, I7, I8).

No more is kept than dates and who holds a paper: no number, no country, no story. What a paper is
stands in no row of the agenda, since it says more of a student than a colleague may know.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Record, Ref
from reintegrate_cli.core.rows import Dated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.rights import rights_day, spoken_of

Type = Literal["interim_assistance", "eligibility", "continued_presence", "t_status", "other"]
Status = Literal["current", "ended"]
STATUSES: tuple[Status, ...] = ("current", "ended")
INTERIM = timedelta(days=90)
"""How long interim assistance runs, if its letter says nothing else (I7)."""
ALERTS: dict[Type, tuple[int, ...]] = {"continued_presence": (180, 90), "t_status": (180, 90)}
"""Days ahead on which an end is announced (PRACTICE section 5); ``USUAL_ALERTS`` for the others."""
USUAL_ALERTS = (30, 14)


class Paper(Record, frozen=True, kw_only=True):
    """An eligibility paper: when it was issued, when it ends, by when to act, and who holds it."""

    case: Ref[str]
    id: Ref[str]
    type: Public[Type]
    issued_on: Public[date]
    expires_on: Public[date | None] = None
    act_by: Public[date | None] = None
    holder: Ref[str | None] = None
    asked_on: Public[date | None] = None
    """Of interim assistance: when the letter that lasts was asked for."""
    ended_on: Public[date | None] = None

    dated = "issued_on"

    @property
    def status(self) -> Status:
        """Tell whether it is still followed."""
        return "current" if self.ended_on is None else "ended"


def issued(paper: Paper) -> Paper:
    """Return a new paper; interim assistance ends after 90 days if it is not said when (I7).

    Raises:
        Usage: it ends, or is to be acted on, before it was issued.
    """
    if paper.expires_on is None and paper.type == "interim_assistance":
        paper = replace(paper, expires_on=paper.issued_on + INTERIM)
    return checked(paper)


def checked(paper: Paper) -> Paper:
    """Return a paper whose dates hold together.

    Raises:
        Usage: it ends, or is to be acted on, before it was issued; or nothing is asked for
            beside a paper of its type.
    """
    if paper.asked_on is not None and paper.type != "interim_assistance":
        raise Usage(
            "a letter that lasts is asked for beside interim assistance alone", fields=["asked_on"]
        )
    for name in ("expires_on", "act_by"):
        day: date | None = getattr(paper, name)
        if day is not None and day < paper.issued_on:
            raise Usage("that is before the paper was issued", fields=[name])
    return paper


def takes_place_of(paper: Paper, former: Paper) -> bool:
    """Return whether a paper ends another: the letter that lasts ends interim assistance."""
    lasts = paper.type == "eligibility" and former.type == "interim_assistance"
    return lasts and former.ended_on is None and former.issued_on <= paper.issued_on


def end(paper: Paper, on: date) -> Paper:
    """Record that a paper is no longer followed: it was renewed, replaced, or has run out.

    Raises:
        Usage: it has ended already, or that day is before it was issued.
    """
    if paper.ended_on is not None:
        raise Usage(f"paper {paper.case}/{paper.id} has ended already")
    check_after(on, paper.issued_on, "the paper was issued")
    return replace(paper, ended_on=on)


def dates(paper: Paper, world: World) -> Iterator[Dated]:
    """Yield the end of a paper, the day to act by, and what is asked for before 18 (I7)."""
    if paper.ended_on is not None:
        return
    row = partial(world.row, paper.case, paper.id, kind="paper")
    named = f"{paper.case} {paper.id}"
    if paper.act_by is not None:
        yield row(
            label=f"paper {paper.id}: the day to act",
            command=f"reintegrate paper edit {named} --clear act_by",
            due_on=paper.act_by,
            announced_on=first_alert(paper.act_by, USUAL_ALERTS),
        )
    if paper.expires_on is not None:
        yield row(
            label=f"paper {paper.id} ends",
            command=f"reintegrate paper end {named}",
            due_on=paper.expires_on,
            announced_on=first_alert(paper.expires_on, ALERTS.get(paper.type, USUAL_ALERTS)),
        )
    of_age = rights_day(world.find("identities", paper.case))
    asks = paper.type == "interim_assistance" and paper.asked_on is None
    if asks and of_age is not None and of_age > paper.issued_on:
        others = world.in_case("papers", paper.case)
        if not any(other.type == "eligibility" for other in others):
            announced_on, due_on = spoken_of(of_age, world.calendar)
            yield row(
                label="ask for the letter that lasts, before 18",
                command=f"reintegrate paper edit {named} --asked-on DATE",
                due_on=due_on,
                announced_on=announced_on,
            )


def events(paper: Paper) -> Iterator[Event]:
    """Yield when a paper was issued, and when it ended."""
    event = partial(event_of, paper, "paper")
    yield event(paper.issued_on, f"{label(paper.type)} issued")
    if paper.ended_on is not None:
        yield event(paper.ended_on, "ended")
