"""Disclosures: what was told to whom, on which ground, and what was refused.

Nothing is told without a live release or another ground of a closed list (B6), each with what
it takes. Whatever is asked, told or refused leaves an entry (B1), bound to the one before it
in its case, so that none can be changed or taken out unseen (B5).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, get_args

from reintegrate_cli.core.chain import chain_value
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Value, number_of, sealed
from reintegrate_cli.nouns.release.record import Method, Purpose, RecordType

if TYPE_CHECKING:
    from reintegrate_cli.nouns.disclosure.forms import NewDisclosure

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
"""Grounds whose disclosures the law does not ask to be logged (B2); they are all the same."""
NOTICE = (
    "This is information from a student's education record. It was given to you for the purpose "
    "named here. Use it for that alone, and do not pass it on to anybody without the consent "
    "that the law asks for (34 CFR 99.33). Destroy it once the purpose is served."
)
"""What whoever is told must know (B4)."""


class Content(Value, frozen=True, kw_only=True):
    """How much of one type of records was in a packet; nothing of it was on record where none."""

    records: Public[RecordType]
    items: Public[int]


class Disclosure(Record, frozen=True, kw_only=True):
    """One entry of a case's disclosure log.

    ``at`` is the real time; ``on`` the day on which it happened. ``rule`` is what refused.
    ``chain`` binds what it says to ``previous``, the chain value of the entry before. Whether a
    packet reached its place is known a moment later: ``handed_over`` is bound by ``mark``, and is
    nothing where there was nothing to hand over. ``release`` is the one that it rests on,
    ``releases`` all of them where there are several; ``contents`` says what was in a packet.
    """

    case: Ref[str]
    id: Ref[str]
    kind: Public[Kind]
    at: Public[str]
    on: Public[date]
    by: Ref[str]
    to: Ref[str]
    care: Ref[str | None] = None
    basis: Public[Basis | None] = None
    records: Public[tuple[RecordType, ...]] = ()
    withheld: Public[tuple[RecordType, ...]] = ()
    aim: Public[Purpose | None] = None
    purpose: Private[str] = ""
    method: Public[Method | None] = None
    format: Public[Format | None] = None
    name: Public[NameGiven | None] = None
    release: Ref[str | None] = None
    document: Private[str] = ""
    threat: Private[str] = ""
    need_to_know: Private[str] = ""
    requester: Private[str] = ""
    approved_by: Ref[str | None] = None
    rule: Public[str | None] = None
    answers: Ref[str | None] = None
    notice_given: Public[bool] = False
    student_told: Public[bool | None] = None
    parent_told: Public[bool | None] = None
    why_not_told: Private[str] = ""
    log_required: Public[bool]
    file: Public[str | None] = None
    previous: Public[str] = ""
    chain: Public[str] = ""
    handed_over: Public[bool | None] = None
    handed_at: Public[str] = ""
    mark: Public[str] = ""
    releases: Ref[tuple[str, ...]] = ()
    contents: Public[tuple[Content, ...]] = ()

    dated = "on"


_BOUND_IF_SAID = frozenset({"releases", "contents"})
"""Fields that came later: an entry that holds nothing in them is bound as it always was."""
_UNBOUND = frozenset({"chain", "handed_over", "handed_at", "mark", "entered_at", "entered_by"})


class DisclosureRow(Value, frozen=True, kw_only=True):
    """An entry as lists and writes show it."""

    id: Ref[str]
    case: Ref[str]
    kind: Public[Kind]
    to: Ref[str]
    basis: Public[Basis | None]
    records: Public[tuple[RecordType, ...]]
    withheld: Public[tuple[RecordType, ...]]
    method: Public[Method | None]
    release: Ref[str | None]
    releases: Ref[tuple[str, ...]]
    contents: Public[tuple[Content, ...]]
    rule: Public[str | None]
    log_required: Public[bool]
    notice_given: Public[bool]
    handed_over: Public[bool | None]
    file: Public[str | None]
    at: Public[str]
    on: Public[date]
    by: Ref[str]

    dated = "on"

    @property
    def status(self) -> str:
        """The kind, under the name that filters use."""
        return self.kind


def row(entry: Disclosure) -> DisclosureRow:
    """Show an entry without its words and its chain."""
    return DisclosureRow(**{name: getattr(entry, name) for name in DisclosureRow.__struct_fields__})


def log_required(kind: Kind, basis: Basis | None) -> bool:
    """Say whether the law itself asks for an entry (B2). There is one all the same.

    What was refused for want of consent was asked by somebody without it, so it counts.
    """
    if kind == "notice":
        return False
    if kind == "disclosure":
        return basis not in _EXEMPT
    return basis not in ("school_official", "rights_holder")


def bound(entry: Disclosure, before: Disclosure | None) -> Disclosure:
    """Bind an entry to the one before it (B5)."""
    previous = before.chain if before is not None else ""
    entry = replace(entry, previous=previous)
    return replace(entry, chain=_chain(entry))


def handed(entry: Disclosure, at: str) -> Disclosure:
    """Mark that what was told is handed over."""
    mark = _mark(entry.chain, at)
    return replace(entry, handed_over=True, handed_at=at, mark=mark)


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
    """List the entries of one case that were changed, or are missing.

    Args:
        entries: the log of the case, in the order of its ids.
        named: the ids that the history says there are.
    """
    found, previous = [], ""
    for entry in entries:
        whole = entry.previous == previous and entry.chain == _chain(entry)
        if entry.handed_over:
            whole = whole and entry.mark == _mark(entry.chain, entry.handed_at)
        elif entry.mark or entry.handed_at:
            whole = False
        if not whole:
            found.append(entry.id)
        previous = entry.chain
    missing = set(named) - {entry.id for entry in entries}
    return [*found, *sorted(missing, key=number_of)]


def check_line(given: "NewDisclosure", today: date) -> None:
    """Demand that what was typed fits together, whatever the rules say.

    Raises:
        Usage: it does not.
    """
    if given.kind is not None and given.wants_file:
        raise Usage("a request or a notice hands nothing over", fields=["kind"])
    if given.wants_file and given.on not in (None, today):
        raise Usage("a packet is made today; --on is for what was told before", fields=["on"])
    if given.wants_file and given.method not in (None, "encrypted_file"):
        raise Usage("--method says that no file is handed over", fields=["method"])


_EVENTS: dict[Kind, str] = {
    "request": "asked for by",
    "disclosure": "told to",
    "refusal": "refused to",
    "notice": "notice to",
}


def events(entry: Disclosure) -> Iterable[Event]:
    """Tell what was asked, told or refused."""
    records = ", ".join(entry.records).replace("_", " ")
    ground = f", {entry.basis.replace('_', ' ')}" if entry.basis else ""
    rule = f", {entry.rule}" if entry.rule else ""
    what = f"{_EVENTS[entry.kind]} {entry.to}{ground}{rule}" + (f": {records}" if records else "")
    text = entry.threat or entry.purpose or None
    yield Event(
        on=entry.on,
        kind="disclosure",
        what=what,
        case=entry.case,
        id=entry.id,
        by=entry.by,
        text=text,
    )
