"""What happened in a case since the last conference about it, as far as an agency may hear it.

A draft holds what a packet for the same agency would, and of that only what is new: the records
of the types that its live releases or another standing ground name, the marked fields of each, and
nothing that names another student (A9, A11, C2). How the student is reached is never read out at a
table: it goes in a sealed packet.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.records import Private, Public, Record, Ref, Value, walk
from reintegrate_cli.nouns.checkin.record import CheckIn
from reintegrate_cli.nouns.conference.record import Conference, Sheet
from reintegrate_cli.nouns.disclosure import packets
from reintegrate_cli.nouns.disclosure.record import Basis
from reintegrate_cli.nouns.release.record import RecordType

NEVER_READ_OUT: tuple[RecordType, ...] = ("contact",)


class Told(Value, frozen=True, kw_only=True):
    """What is new of one type of records."""

    records: Public[RecordType]
    items: Private[tuple[str, ...]]


class Draft(Value, frozen=True, kw_only=True):
    """What one agency may hear of what is new, on which ground, and until when."""

    agency: Ref[str]
    basis: Public[Basis]
    releases: Ref[tuple[str, ...]]
    expires_on: Public[date | None]
    limits: Public[bool]
    """Whether the student set limits to a release that it rests on."""
    told: Public[tuple[Told, ...]]


class Preparation(Value, frozen=True, kw_only=True):
    """The drafts of one case for the agencies that meet, and who steps out of it."""

    case: Ref[str]
    conference: Ref[str | None]
    on: Public[date]
    since: Public[date]
    last: Ref[str | None]
    """The conference since which it is; absent if it is since the case was opened."""
    drafts: Public[tuple[Draft, ...]]
    steps_out: Ref[tuple[str, ...]]
    wishes: Ref[tuple[str, ...]]
    """What the student wants about what is told, and is read before anything is."""


def planned(conferences: Iterable[Conference], ref: str, id_: str | None) -> Conference | None:
    """Return the conference that is prepared: the one that is named, or the next about a case.

    Raises:
        Usage: the one that is named is not about the case, or was held.
    """
    about = [each for each in conferences if ref in each.cases]
    if id_ is None:
        waiting = (each for each in about if each.held_on is None)
        return min(waiting, key=lambda each: each.on, default=None)
    for each in about:
        if each.id == id_ and each.held_on is None:
            return each
    raise Usage(
        f"{id_} is no coming conference about {ref}",
        hint=f"reintegrate conference list --case {ref} --status planned",
        fields=["conference"],
    )


def last_about(conferences: Iterable[Conference], ref: str) -> Conference | None:
    """Return the conference about a case that was held last."""
    held = (each for each in conferences if ref in each.cases and each.held_on is not None)
    return max(held, key=lambda each: each.held_on or each.on, default=None)


def is_new(record: Record, since: date, today: date) -> bool:
    """Return whether a record says that something happened since a day."""
    values = (value for _, value in walk(record))
    days = (
        day
        for value in values
        for day in (value if isinstance(value, tuple) else (value,))
        if isinstance(day, date)
    )
    return any(since <= day <= today for day in days)


def types_of(sheet: Sheet) -> tuple[RecordType, ...]:
    """Return the types of records that may be read out before an agency."""
    return tuple(each for each in sheet.records if each not in NEVER_READ_OUT)


def draft(
    agency: str,
    sheet: Sheet,
    tables: Mapping[str, Sequence[Any]],
    met: Sequence[CheckIn],
    others: Collection[str],
) -> tuple[Draft, int]:
    """Return what an agency may hear of what is new, and how many texts were left out of it.

    Args:
        agency: the agency.
        sheet: what it may hear of the case.
        tables: what is new in the case, by table.
        met: the contacts with the student that took place.
        others: the refs of every other case.
    """
    records = types_of(sheet)
    items, left_out = packets.items_of(records, tables, [each.happened_on for each in met], others)
    told = (
        Told(records=type_, items=tuple(map(packets.line_of, items[type_]))) for type_ in records
    )
    made = Draft(
        agency=agency,
        basis=sheet.basis,
        releases=sheet.releases,
        expires_on=sheet.expires_on,
        limits=sheet.assent == "limits",
        told=tuple(told),
    )
    return made, left_out


def refusal(agency: str, ref: str) -> Refused:
    """Return why nothing is drafted for an agency: it steps out."""
    return Refused(
        f"{agency} may hear nothing of {ref}, and steps out before it is spoken of",
        rule="A11",
        fields=["agency"],
        hint=f"reintegrate release list --case {ref} shows what the student allows",
    )
