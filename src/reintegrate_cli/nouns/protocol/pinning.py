"""A decision that names its protocol: which version was in force, and that the case follows it.

A placement, a mitigation or any other decision keeps the slug and the version of what it followed.
The case then has that version's steps, open until each is settled, whatever is adopted later::

    followed = pinned(store, ref, given.protocol, on=work.today, by=work.you)
    decision = replace(decision, protocol=followed.protocol, protocol_version=followed.version)
"""

from datetime import date
from typing import TYPE_CHECKING

from reintegrate_cli.core.records import check_slug, same_slug
from reintegrate_cli.nouns.protocol.following import Following, followed_on
from reintegrate_cli.nouns.protocol.record import Protocol, Version

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def in_force(store: "Store", slug: str, on: date) -> tuple[Protocol, Version]:
    """Return a protocol, and its version that was in force on a day.

    Args:
        store: where it is kept.
        slug: the protocol's slug, in any case.
        on: the day.

    Raises:
        Missing: there is no such protocol.
        Usage: none of its versions was in force on that day.
    """
    protocol = store.of(Protocol).get_named(check_slug(slug))
    return protocol, followed_on(protocol, None, on)


def pinned(store: "Store", ref: str, slug: str, *, on: date, by: str) -> Following:
    """Let a case follow the version of a protocol that was in force on the day of a decision.

    A case that follows that version already goes on with the steps that are open.

    Args:
        store: where it is kept, in its unit of work.
        ref: the case.
        slug: the protocol's slug, in any case.
        on: the day of the decision.
        by: who decided.

    Raises:
        Missing: there is no such protocol.
        Usage: none of its versions was in force on that day.
    """
    protocol, version = in_force(store, slug, on)
    kept = store.of(Following)
    for former in kept.all(case=ref):
        if same_slug(former.protocol, protocol.slug) and former.version == version.version:
            return former
    return kept.put(
        Following(
            case=ref,
            id=kept.next_id(ref),
            protocol=protocol.slug,
            version=version.version,
            on=on,
            by=by,
        )
    )
