"""Case conferences: who may hear of whom, who steps out, and what was decided (A11, clause 43).

A meeting of agencies widens no consent. What an agency may hear follows, case by case, from its
own live release or another standing ground; whoever has none steps out, and is told of no case
that it may not hear of. A task force may lead in a function; the district goes on coordinating.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Public, Record, Ref, Value, same_slug
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.disclosure.record import STANDING, Basis, Disclosure
from reintegrate_cli.nouns.release import record as release_rules
from reintegrate_cli.nouns.release.record import Assent, Facts, RecordType, Release

if TYPE_CHECKING:
    from reintegrate_cli.nouns.conference.forms import Decision

Function = Literal[
    "coordination", "safety", "treatment", "legal", "schooling", "housing", "funding"
]


class Lead(Value, frozen=True, kw_only=True):
    """The agency that leads in one function."""

    function: Public[Function]
    agency: Ref[str]


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
        """Whether it was held."""
        return "held" if self.held_on else "planned"


class Ground(msgspec.Struct, frozen=True):
    """What may be told of one case is worked out from: its releases, its log, and what decides."""

    releases: Sequence[Release]
    log: Sequence[Disclosure]
    facts: Facts


def sheet(case: str, agency: str, ground: Ground, day: date) -> Sheet | None:
    """Say what an agency may hear of a case on a day; nothing where it has to step out (A11).

    What was told in an emergency is no standing route (B3).
    """
    live = release_rules.standing(ground.releases, agency, day, ground.facts)
    if live:
        limits = any(one.assent == "limits" for one in live)
        return Sheet(
            case=case,
            records=release_rules.union(live),
            basis="consent",
            release=live[0].id if len(live) == 1 else None,
            releases=tuple(one.id for one in live),
            assent="limits" if limits else "yes",
            expires_on=min(one.expires_on for one in live),
        )
    told = [
        one
        for one in ground.log
        if one.kind == "disclosure" and one.to == agency and one.basis in STANDING
    ]
    if not told or told[-1].basis is None:
        return None
    return Sheet(case=case, records=told[-1].records, basis=told[-1].basis)


def row(
    conference: Conference, grounds: Mapping[str, Ground], today: date, agency: str | None = None
) -> ConferenceRow:
    """Show a conference to the district, or the part of it that one agency may see.

    The district sees every case, and who steps out of each. An agency sees the cases that it
    may hear of; the one in the chair, besides, who else steps out of those.

    Args:
        conference: the conference.
        grounds: by case, what the sheets follow from.
        today: the day of the command.
        agency: the agency that it is for.
    """
    day = max(today, conference.on)
    sheets: dict[str, dict[str, Sheet]] = {}
    for case in conference.cases:
        found = ((one, sheet(case, one, grounds[case], day)) for one in conference.agencies)
        sheets[case] = {one: made for one, made in found if made is not None}
    mine = [case for case in conference.cases if agency is None or agency in sheets[case]]
    chairs = agency in (None, conference.lead)
    out = tuple(
        StepsOut(
            case=case, agencies=tuple(one for one in conference.agencies if one not in sheets[case])
        )
        for case in mine
    )
    return ConferenceRow(
        id=conference.id,
        on=conference.on,
        agency=agency or conference.lead,
        agencies=conference.agencies,
        cases=tuple(mine),
        steps_out=tuple(one for one in out if one.agencies) if chairs else (),
        sheets=tuple(sheets[case][agency] for case in mine) if agency else (),
        leads=conference.leads,
        held_on=conference.held_on,
        tasks=conference.tasks if agency is None else (),
    )


def attending(conference: Conference, agency: str) -> str:
    """Give an agency that attends, as it was first typed.

    Raises:
        Usage: it does not attend.
    """
    for one in conference.agencies:
        if same_slug(one, agency):
            return one
    raise Usage(
        "that agency does not attend",
        fields=["agency"],
        hint=f"those that do: {', '.join(conference.agencies)}",
    )


def held(
    conference: Conference, on: date, decisions: Iterable["Decision"], tasks: Sequence[str]
) -> Conference:
    """Keep that a conference was held, and which tasks came of it.

    Raises:
        Usage: it lies ahead, or something was decided about a case that was not on the list.
    """
    if on < conference.on:
        raise Usage("--on lies before the day of the conference", fields=["on"])
    for one in decisions:
        if one.case is not None and one.case not in conference.cases:
            raise Usage("a decision is about a case that was not on the list", fields=["decisions"])
    return replace(conference, held_on=conference.held_on or on, tasks=(*conference.tasks, *tasks))


def without(document: Mapping[str, object], cases: set[str]) -> dict[str, object]:
    """Take cases out of a conference as it is kept, for a purge."""
    named = document.get("cases")
    kept = [ref for ref in named if ref not in cases] if isinstance(named, list) else named
    return {**document, "cases": kept}


def dates(one: Conference, world: World) -> Iterator[Dated]:
    """Give the day of a conference whose outcome is not recorded yet."""
    if one.held_on is None:
        yield Dated(
            source=one.id,
            label=f"conference {one.id}",
            command=f"reintegrate conference outcome {one.id}",
            due_on=one.on,
            kind="conference",
            who=one.lead,
            owner=one.entered_by,
        )
