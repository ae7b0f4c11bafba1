"""Disclosures: what was told to whom, on which ground, and what was refused.

Nothing is told without a live release or another ground of a closed list (B6), each with its own
demands. Whatever is asked, told or refused leaves an entry (B1), bound to the one before it in
its case, so that none can be changed or taken out unseen (B5).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Literal, get_args

from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    CareId,
    Private,
    Public,
    Record,
    Ref,
    Value,
    number_of,
    sealed,
)
from reintegrate_cli.nouns.release.record import Method, Purpose, RecordType

Kind = Literal["request", "disclosure", "refusal", "notice"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Basis = Literal[
    "consent",
    "school_official",
    "enrolling_school",
    "child_welfare_legally_responsible",
    "court_order",
    "subpoena",
    "health_safety",
    "mandated_report",
    "rights_holder",
    "dependent_parent",
]
BASES: tuple[Basis, ...] = get_args(Basis)
NameGiven = Literal["safe", "legal"]
Format = Literal["md", "json", "pdf"]

STANDING: tuple[Basis, ...] = ("school_official", "child_welfare_legally_responsible")
"""Grounds beside a release that let an agency go on hearing of a student."""
FAMILY = ("student", "caregiver")
_EXEMPT: tuple[Basis, ...] = ("consent", "school_official", "rights_holder")
"""Grounds whose disclosures the law does not ask to be logged (B2); they are logged anyway."""
NOTICE = (
    "This is information from a student's education record. It was given to you for the purpose "
    "named here. Use it for that alone, and do not pass it on to anybody without the consent "
    "that the law asks for (34 CFR 99.33). Destroy it once the purpose is served."
)
"""What everyone who is told must know (B4)."""


class Content(Value, frozen=True, kw_only=True):
    """How many items of one type of records were in a packet; none if none was on record."""

    records: Public[RecordType]
    items: Public[int]


class DisclosureRow(Record, frozen=True, kw_only=True):
    """What lists and writes show of an entry: all but its words and its chain."""

    id: Ref[str]
    case: Ref[str]
    kind: Public[Kind]
    to: Ref[str]
    basis: Public[Basis | None] = None
    records: Public[tuple[RecordType, ...]] = ()
    withheld: Public[tuple[RecordType, ...]] = ()
    method: Public[Method | None] = None
    release: Ref[str | None] = None
    releases: Ref[tuple[str, ...]] = ()
    contents: Public[tuple[Content, ...]] = ()
    rule: Public[str | None] = None
    log_required: Public[bool]
    notice_given: Public[bool] = False
    handed_over: Public[bool | None] = None
    file: Public[str | None] = None
    at: Public[str]
    on: Public[date]
    by: Ref[str]

    dated = "on"

    @property
    def status(self) -> str:
        """Return the kind, under the name that filters use."""
        return self.kind


class Disclosure(DisclosureRow, frozen=True, kw_only=True):
    """One entry of a case's disclosure log.

    ``at`` is the real time; ``on`` the day on which it happened. ``rule`` is what refused.
    ``chain`` binds what it says to ``previous``, the chain value of the entry before. Whether a
    packet reached its place is known a moment later: ``handed_over`` is bound by ``mark``, and is
    absent if there was nothing to hand over. ``release`` is the one that it rests on, ``releases``
    all of them if there are several; ``contents`` says what was in a packet.
    """

    care: Ref[CareId | None] = None
    aim: Public[Purpose | None] = None
    purpose: Private[str] = ""
    format: Public[Format | None] = None
    name: Public[NameGiven | None] = None
    document: Private[str] = ""
    threat: Private[str] = ""
    need_to_know: Private[str] = ""
    requester: Private[str] = ""
    approved_by: Ref[str | None] = None
    answers: Ref[str | None] = None
    student_told: Public[bool | None] = None
    parent_told: Public[bool | None] = None
    why_not_told: Private[str] = ""
    previous: Public[str] = ""
    chain: Public[str] = ""
    handed_at: Public[str] = ""
    mark: Public[str] = ""


_BOUND_IF_SAID = frozenset({"releases", "contents"})
"""Fields that came later: an entry that holds nothing in them is bound as it always was."""
_UNBOUND = frozenset({"chain", "handed_over", "handed_at", "mark", "entered_at", "entered_by"})


def log_required(kind: Kind, basis: Basis | None) -> bool:
    """Return whether the law itself asks for an entry (B2); there is one in any case.

    What was refused for want of consent was asked by somebody without it, so it counts.
    """
    exempt = _EXEMPT if kind == "disclosure" else ("school_official", "rights_holder")
    return kind != "notice" and basis not in exempt


def bound(entry: Disclosure, before: Disclosure | None) -> Disclosure:
    """Return an entry bound to the one before it (B5)."""
    entry = replace(entry, previous=before.chain if before is not None else "")
    return replace(entry, chain=_chain(entry))


def handed(entry: Disclosure, at: str) -> Disclosure:
    """Return an entry marked as handed over."""
    return replace(entry, handed_over=True, handed_at=at, mark=_mark(entry.chain, at))


def _chain(entry: Disclosure) -> str:
    said = {
        key: value
        for key, value in sealed(entry).items()
        if key not in _UNBOUND and (value or key not in _BOUND_IF_SAID)
    }
    return chain_value(entry.previous, said)


def _mark(chain: str, at: str) -> str:
    return chain_value(chain, {"handed_at": at})


def broken(entries: Sequence[Disclosure], named: Collection[str]) -> list[str]:
    """Return the entries of one case that were changed, or are missing.

    Args:
        entries: the log of the case, in the order of its ids.
        named: the ids that the history says there are.
    """
    pairs = zip(entries, ("", *(entry.chain for entry in entries)), strict=False)
    changed = [entry.id for entry, previous in pairs if not _is_whole(entry, previous)]
    return [*changed, *sorted(set(named) - {entry.id for entry in entries}, key=number_of)]


def _is_whole(entry: Disclosure, previous: str) -> bool:
    """Return whether an entry is as it was bound, and marked if it was handed over."""
    mark = _mark(entry.chain, entry.handed_at) if entry.handed_over else ""
    is_bound = (entry.previous, entry.chain, entry.mark) == (previous, _chain(entry), mark)
    return is_bound and bool(entry.handed_over or not entry.handed_at)


_EVENTS: dict[Kind, str] = {
    "request": "asked for by",
    "disclosure": "told to",
    "refusal": "refused to",
    "notice": "notice to",
}


def events(entry: Disclosure) -> Iterable[Event]:
    """Yield what was asked, told or refused."""
    records = labels(entry.records)
    ground = f", {label(entry.basis)}" if entry.basis else ""
    rule = f", {entry.rule}" if entry.rule else ""
    what = f"{_EVENTS[entry.kind]} {entry.to}{ground}{rule}" + (f": {records}" if records else "")
    words = entry.threat or entry.purpose
    yield event_of(entry, "disclosure", entry.on, what, by=entry.by, text=words)
