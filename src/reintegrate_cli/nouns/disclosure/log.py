"""Entries of the disclosure log, made from what was typed and bound to those before them."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Addressee, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.nouns.disclosure import grounds
from reintegrate_cli.nouns.disclosure import record as disclosures
from reintegrate_cli.nouns.disclosure.forms import NewDisclosure
from reintegrate_cli.nouns.disclosure.record import Basis, Disclosure, Kind
from reintegrate_cli.nouns.release.record import RECORD_TYPES, RecordType

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.partner.record import Partner


def entered(
    store: "Store", ref: str, partner: "Partner | None", given: NewDisclosure, kind: Kind
) -> Disclosure:
    """Begin an entry with what was typed."""
    basis = None if kind == "notice" and given.basis is None else ground_of(given)
    approved = store.staff.get(given.approved_by).slug if given.approved_by else store.by
    return Disclosure(
        case=ref,
        id=store.of(Disclosure).next_id(ref),
        kind=kind,
        at=session.real_time(),
        on=given.on or session.today(),
        by=store.by,
        to=partner.slug if partner is not None else given.to.casefold(),
        care=check_id(given.care, ref) if given.care else None,
        basis=basis,
        records=tuple(one for one in given.records if one in RECORD_TYPES),
        purpose=given.purpose,
        method=given.method,
        document=given.document,
        threat=given.threat,
        need_to_know=given.need_to_know,
        requester=given.requester,
        approved_by=approved if kind == "disclosure" else None,
        student_told=given.student_told,
        parent_told=given.parent_told,
        why_not_told=given.why_not_told,
        log_required=disclosures.log_required(kind, basis),
    )


def ground_of(given: NewDisclosure) -> Basis | None:
    """Read the ground that was named; None if it is not on the list."""
    try:
        return grounds.read_basis(given.basis)
    except Refused:
        return None


def log(store: "Store", entry: Disclosure, handed_at: str = "") -> Disclosure:
    """Keep an entry, bound to the one before it."""
    kept = store.of(Disclosure)
    before = kept.all(case=entry.case)
    entry = disclosures.bound(entry, before[-1] if before else None)
    return kept.put(disclosures.handed(entry, handed_at) if handed_at else entry)


def log_refusal(
    store: "Store", ref: str, partner: "Partner | None", given: NewDisclosure, rule: str
) -> None:
    """Log that it was asked for, and that a rule refused it (B1)."""
    session.current.heeding = None  # nothing is told, so nobody's wish is touched
    asked_ = log(store, entered(store, ref, partner, given, "request"))
    refusal = entered(store, ref, partner, given, "refusal")
    log(store, replace(refusal, rule=rule, answers=asked_.id))


def log_declined(ref: str, to: str, records: tuple[RecordType, ...]) -> None:
    """Keep that a release was asked for, and that the student declined (A10)."""
    asked_for = NewDisclosure(to=Addressee(to), records=records)
    with session.writing("disclose") as store:
        partner = store.partners.get(to)
        log_refusal(store, ref, partner, asked_for, "A10")
