"""Case conferences: who may hear of whom, who steps out, and what was decided (A11, clause 43).

A meeting of agencies widens no consent. What an agency may hear follows, case by case, from its
own live release or another standing ground; an agency without one steps out, and is told of no
case that it may not hear of. A task force may lead in a function; the district goes on
coordinating.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from reintegrate_cli.core.errors import Usage, raise_first
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Agency, Public, Record, Ref, Value, row_of, same_slug
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.disclosure.record import STANDING, Basis, Disclosure
from reintegrate_cli.nouns.release import record as release_rules
from reintegrate_cli.nouns.release.record import Assent, Facts, RecordType, Release

Function = Literal[
    "coordination", "safety", "treatment", "legal", "schooling", "housing", "funding"
]


class Lead(Value, frozen=True, kw_only=True):
    """The agency that leads in one function."""

    function: Annotated[Public[Function], "in what it leads"]
    agency: Annotated[Ref[Agency], "the agency"]


class Conference(Record, frozen=True, kw_only=True):
    """One meeting about some cases. ``lead`` is the agency in the chair; the district if none."""

    id: Ref[str]
    on: Public[date]
    lead: Ref[str | None] = None
    agencies: Ref[tuple[str, ...]]
    cases: Ref[tuple[str, ...]]
    leads: Public[tuple[Lead, ...]] = ()
    held_on: Public[date | None] = None
    tasks: Ref[tuple[str, ...]] = ()

    dated = "on"


class Sheet(Value, frozen=True, kw_only=True):
    """What one agency may hear of one case, on which ground, and until when."""

    case: Ref[str]
    records: Public[tuple[RecordType, ...]]
    basis: Public[Basis]
    release: Ref[str | None] = None
    """The release, if it is one alone."""
    releases: Ref[tuple[str, ...]] = ()
    assent: Public[Assent | None] = None
    expires_on: Public[date | None] = None


class StepsOut(Value, frozen=True, kw_only=True):
    """Who leaves the room before a case is spoken of."""

    case: Ref[str]
    agencies: Ref[tuple[str, ...]]


class ConferenceRow(Value, frozen=True, kw_only=True):
    """A conference as lists and packets show it. ``agency`` is the one in the chair, or the one
    that a packet is for."""

    id: Ref[str]
    on: Public[date]
    agency: Ref[str | None]
    agencies: Ref[tuple[str, ...]]
    cases: Ref[tuple[str, ...]]
    steps_out: Ref[tuple[StepsOut, ...]]
    sheets: Public[tuple[Sheet, ...]] = ()
    leads: Public[tuple[Lead, ...]] = ()
    held_on: Public[date | None] = None
    tasks: Ref[tuple[str, ...]] = ()

    dated = "on"

    @property
    def status(self) -> str:
        """Return whether it was held."""
        return "held" if self.held_on else "planned"


class Ground(msgspec.Struct, frozen=True):
    """What decides what may be told of one case: its releases, its log, and the facts."""

    releases: Sequence[Release]
    log: Sequence[Disclosure]
    facts: Facts


def sheet(case: str, agency: str, ground: Ground, day: date) -> Sheet | None:
    """Return what an agency may hear of a case on a day, or nothing if it has to step out (A11).

    What was told in an emergency is no standing route (B3).
    """
    live = release_rules.standing(ground.releases, agency, day, ground.facts)
    if live:
        ids = tuple(release.id for release in live)
        return Sheet(
            case=case,
            records=release_rules.union(live),
            basis="consent",
            release=ids[0] if len(ids) == 1 else None,
            releases=ids,
            assent="limits" if any(release.assent == "limits" for release in live) else "yes",
            expires_on=min(release.expires_on for release in live),
        )
    told = [
        (entry.records, entry.basis)
        for entry in ground.log
        if entry.kind == "disclosure" and entry.to == agency and entry.basis in STANDING
    ]
    return Sheet(case=case, records=told[-1][0], basis=told[-1][1]) if told else None


def row(
    conference: Conference, grounds: Mapping[str, Ground], today: date, agency: str | None = None
) -> ConferenceRow:
    """Return a conference as the district sees it, or the part of it that one agency may see.

    The district sees every case, and who steps out of each. An agency sees the cases that it
    may hear of; the one in the chair also sees who else steps out of those.

    Args:
        conference: the conference.
        grounds: by case, what the sheets follow from.
        today: the day of the command.
        agency: the agency that it is for.
    """
    day = max(today, conference.on)
    sheets = {
        case: {each: sheet(case, each, grounds[case], day) for each in conference.agencies}
        for case in conference.cases
    }
    if agency:
        sheets = {case: each for case, each in sheets.items() if each[agency]}
    out = [
        StepsOut(case=case, agencies=tuple(slug for slug, heard in each.items() if heard is None))
        for case, each in sheets.items()
        if None in each.values() and agency in (None, conference.lead)
    ]
    return row_of(
        ConferenceRow,
        conference,
        agency=agency or conference.lead,
        cases=tuple(sheets),
        steps_out=tuple(out),
        sheets=tuple(filter(None, (each[agency] for each in sheets.values()))) if agency else (),
        tasks=() if agency else conference.tasks,
    )


def attending(conference: Conference, agency: str) -> str:
    """Return an agency that attends, as it was first typed.

    Raises:
        Usage: it does not attend.
    """
    for slug in conference.agencies:
        if same_slug(slug, agency):
            return slug
    raise Usage(
        "that agency does not attend",
        fields=["agency"],
        hint=f"those that do: {', '.join(conference.agencies)}",
    )


def held(conference: Conference, on: date, about: Collection[str | None]) -> Conference:
    """Return a conference as held.

    Args:
        conference: the conference.
        on: the day it was held.
        about: the cases that something was decided about.

    Raises:
        Usage: that day is before the conference, or a case was not on its list.
    """
    raise_first(
        (on < conference.on, Usage("--on is before the day of the conference", fields=["on"])),
        (
            not {*about} <= {None, *conference.cases},
            Usage("a decision is about a case that was not on the list", fields=["decisions"]),
        ),
    )
    return replace(conference, held_on=conference.held_on or on)


def dates(conference: Conference, world: World) -> Iterator[Dated]:
    """Yield the day of a conference whose outcome is not recorded yet."""
    if conference.held_on is None:
        yield Dated(
            source=conference.id,
            label=f"conference {conference.id}",
            command=f"reintegrate conference outcome {conference.id}",
            due_on=conference.on,
            kind="conference",
            who=conference.lead,
            owner=conference.entered_by,
        )
