"""``paper``: eligibility papers, by their dates alone."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.hints import PAST, TODAY, Option
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Agency, Form, Public, Ref
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.paper.record import (
    STATUSES,
    Paper,
    Type,
    checked,
    end,
    issued,
    takes_place_of,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class PaperDates(Form, kw_only=True):
    """When a paper ends, by when to act, and who holds it."""

    expires_on: Annotated[Public[date | None], Option("--expires", "--expires-on"), "its end"] = (
        None
    )
    act_by: Annotated[Public[date | None], "the day by which somebody has to act on it"] = None
    holder: Annotated[Ref[Agency | None], "the partner who holds it, such as an attorney"] = None


class NewPaper(PaperDates, kw_only=True):
    """What ``paper add`` takes."""

    type: Annotated[Public[Type], "what it is"]
    issued_on: Annotated[Public[date], PAST, Option("--issued", "--issued-on"), "its own date"]


class EditPaper(PaperDates, kw_only=True):
    """What ``paper edit`` takes."""

    type: Annotated[Public[Type | None], "what it is"] = None
    issued_on: Annotated[
        Public[date | None], PAST, Option("--issued", "--issued-on"), "its own date"
    ] = None
    asked_on: Annotated[
        Public[date | None], PAST, "the day the letter that lasts was asked for"
    ] = None


class EndPaper(Form, kw_only=True):
    """What ``paper end`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day it was renewed or replaced, or expired"]


COLUMNS = (
    Column("case", lambda paper: paper.case),
    Column("id", lambda paper: paper.id),
    Column("paper", lambda paper: label(paper.type), True),
    Column("issued", lambda paper: paper.issued_on),
    Column("act by", lambda paper: paper.act_by),
    Column("ends", lambda paper: paper.expires_on),
    Column("held by", lambda paper: paper.holder, True),
    Column("status", lambda paper: paper.status),
)


@adds("paper")
def add(work: Work, given: NewPaper) -> Paper:
    """Keep when a paper ends and who holds it; interim assistance ends after 90 days (I7).

    It ends, too, on the day of an eligibility letter, which lasts.

    Example: reintegrate paper add F9CK --type interim_assistance --issued 2026-07-15
    """
    paper = issued(work.new(Paper, given))
    for former in work.store.of(Paper).all(case=work.ref):
        if takes_place_of(paper, former):
            work.store.of(Paper).put(end(former, paper.issued_on))
            work.say(f"paper {former.id} ended with it: the letter that lasts takes its place")
    return paper


@changes("paper", "edit", edits=(Paper,))
def edit(work: Work, paper: Paper, given: EditPaper) -> Paper:
    """Correct a paper, clear the day to act once somebody has, or say what was asked for.

    Example: reintegrate paper edit F9CK PA1 --clear act_by
    """
    return checked(edited(paper, given))


@changes("paper", "end")
def end_(work: Work, paper: Paper, given: EndPaper) -> Paper:
    """Record that a paper was renewed, replaced or expired; nothing asks about it again.

    Example: reintegrate paper end F9CK PA1
    """
    return end(paper, given.on)


@lists("paper", COLUMNS, STATUSES)
def list_(work: Work, papers: list[Paper]) -> list[Paper]:
    """List eligibility papers, and when they end.

    Example: reintegrate paper list --status current
    """
    return papers


def section(store: "Store", ref: str) -> Section:
    """The eligibility papers of one case."""
    papers = store.of(Paper).all(case=ref)
    return Section({"papers": papers}, (), "papers" if papers else "", papers, COLUMNS[1:])
