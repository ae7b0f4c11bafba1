"""The status of the releases of a case, by all that the vault knows of it."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.labels import labels
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import say
from reintegrate_cli.nouns.case.rights import rights_day
from reintegrate_cli.nouns.release import record as releases
from reintegrate_cli.nouns.release.record import Facts, Release

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def facts_of(store: "Store", ref: str) -> Facts:
    """Return what else decides the status of the releases of a case."""
    return Facts(rights_day(store.identities.find(ref)), store.care.all(case=ref))


def say_scope(store: "Store", ref: str, partner: str) -> None:
    """Say, beside a contact with a partner, what the student's release lets them be told (E3)."""
    facts = facts_of(store, ref)
    live = releases.standing(store.of(Release).all(case=ref), partner, session.today(), facts)
    if not live:
        say(
            f"no release to {partner} holds: nothing about this student may be told to them; "
            "they may be listened to"
        )
    for release in live:
        items = labels(release.records)
        say(
            f"release {release.id} lets {partner} be told: {items}, "
            f"through {short_date(releases.holds_through(release, facts.rights_on))}"
        )
        if release.limits:
            say(f"within the limits that the student set: {release.limits}")
