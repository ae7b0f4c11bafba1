"""What the TAB key offers. A refusal to open the vault offers nothing and says nothing."""

from collections.abc import Callable

from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.records import (
    Addressee,
    Agency,
    CaseRef,
    Holder,
    Person,
    Slug,
    Staffer,
    Who,
    Worker,
)
from reintegrate_cli.line.forms import Input


def refs(incomplete: str) -> list[str]:
    """Offer the refs of the cases, where a key file opens the vault without asking."""
    return _starting(incomplete, lambda store: [case.ref for case in store.cases.all()])


def people(incomplete: str) -> list[str]:
    """Offer the slugs of the staff."""
    return _starting(incomplete, lambda store: [one.slug for one in store.staff.all()])


def agencies(incomplete: str) -> list[str]:
    """Offer the slugs of the partners."""
    return _starting(incomplete, lambda store: [one.slug for one in store.partners.all()])


def slugs(incomplete: str) -> list[str]:
    """Offer the slugs of staff and partners."""
    return [*people(incomplete), *agencies(incomplete)]


def _starting(incomplete: str, names: "Callable[..., list[str]]") -> list[str]:
    import os

    from reintegrate_cli.kept import session

    if not os.environ.get("REINTEGRATE_KEY_FILE"):
        return []  # the keychain is too slow for a keystroke, and a prompt has no place here
    try:
        with session.reading() as store:
            found = names(store)
    except Problem:
        return []
    return [name for name in found if name.casefold().startswith(incomplete.casefold())]


def values(item: Input) -> Callable[[str], list[str]] | None:
    """Give what completes an option's value."""
    if item.choices:
        return lambda incomplete: [one for one in item.choices if one.startswith(incomplete)]
    if item.type is bool:
        return lambda incomplete: [one for one in ("yes", "no") if one.startswith(incomplete)]
    if item.type is CaseRef:
        return refs
    if item.type in (Slug, Person, Worker, Staffer):
        return people
    if item.type in (Agency, Addressee):
        return agencies
    if item.type in (Holder, Who):
        return slugs
    return None
