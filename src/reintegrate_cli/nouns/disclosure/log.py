"""Entries of the disclosure log, bound to those before them."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept import session
from reintegrate_cli.nouns.disclosure import record as disclosures
from reintegrate_cli.nouns.disclosure.record import Disclosure
from reintegrate_cli.nouns.release.record import RecordType

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def log(store: "Store", entry: Disclosure, handed_at: str = "") -> Disclosure:
    """Keep an entry, bound to the one before it, and return it."""
    entries = store.of(Disclosure)
    before = entries.all(case=entry.case)
    entry = disclosures.bound(entry, before[-1] if before else None)
    return entries.put(disclosures.handed(entry, handed_at) if handed_at else entry)


def log_refusal(store: "Store", asked: Disclosure, rule: str) -> None:
    """Log a request, and that a rule refused it (B1)."""
    session.current.heeding = None  # nothing is told, so nobody's wish is touched
    request = log(store, asked)
    id_ = store.of(Disclosure).next_id(asked.case)
    log(store, replace(asked, id=id_, kind="refusal", rule=rule, answers=request.id))


def log_declined(ref: str, to: str, records: tuple[RecordType, ...]) -> None:
    """Keep that a release was asked for, and that the student declined (A10)."""
    with session.writing("disclose") as store:
        request = Disclosure(
            case=ref,
            id=store.of(Disclosure).next_id(ref),
            kind="request",
            at=session.real_time(),
            on=session.today(),
            by=store.by,
            to=store.partners.get(to).slug,
            basis="consent",
            records=records,
            log_required=disclosures.log_required("request", "consent"),
        )
        log_refusal(store, request, "A10")
