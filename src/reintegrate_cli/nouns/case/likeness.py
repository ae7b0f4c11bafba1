"""Whether somebody has a case already: the same birth date, and a name that may be the same.

It is worked out from what is sealed when a name and a birth date are entered, so that nothing
about it is kept, and no narrow key can read or compare anything. Only a ref is told.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.comparing import same_person
from reintegrate_cli.core.records import Form
from reintegrate_cli.kept import session
from reintegrate_cli.line.shapes import edited
from reintegrate_cli.nouns.case.record import Identity

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_TELLING = ("safe_name", "legal_name", "birth_date")
"""The fields that say who somebody is."""


def alike(store: "Store", identity: Identity) -> list[str]:
    """Return the refs of the other cases whose student has that birth date and such a name."""
    if identity.birth_date is None or not _names(identity):
        return []
    return [
        other.case
        for other in store.identities.all()
        if other.case != identity.case
        and other.birth_date == identity.birth_date
        and any(same_person(one, two) for one in _names(identity) for two in _names(other))
    ]


def _names(identity: Identity) -> list[str]:
    return [name for name in (identity.legal_name, identity.safe_name) if name]


def warnings(called: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning for each other case of somebody who is named, before it is saved."""
    given: Form = called["given"]
    if not any(getattr(given, name) for name in _TELLING):
        return
    with session.reading() as store:
        ref = called.get("ref", "")
        former = store.identities.find(ref) if ref else None
        for other in alike(store, edited(former or Identity(case=ref), given)):
            again = ""
            if store.cases.get(other).is_over:
                again = f"; it is closed: reintegrate case reopen {other}"
            yield f"case {other} has the same birth date and name{again}"
