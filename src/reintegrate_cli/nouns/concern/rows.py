"""How a concern stands, as rows show it: its dates, what happened, and who it is with."""

from collections.abc import Iterator
from datetime import date
from functools import partial

from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Private, Public, Ref, Value, row_of
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.concern.record import (
    LONGEST_DAYS,
    REVIEW_DAYS,
    Concern,
    Fact,
    Mitigation,
    Review,
    Status,
    later,
    seen_by,
    status,
)

ACT, SUPPORT, PURGE = 97, 98, 99
"""Which rows these are of a concern; those of mitigations have their numbers."""


class ConcernRow(Value, frozen=True, kw_only=True):
    """A concern as it is listed, and as what is written prints it."""

    id: Ref[str]
    case: Ref[str]
    status: Public[Status]
    key_staff: Ref[str]
    backup: Ref[str | None]
    review_on: Public[date | None]
    ends_on: Public[date | None]
    noted_on: Public[date]
    noted_by: Ref[str]
    decided_on: Public[date | None]
    decided_by: Ref[str | None]
    targeted: Ref[tuple[str, ...]]
    support_offered_on: Public[date | None]
    mitigations: Public[tuple[Mitigation, ...]]

    dated = "noted_on"


class ConcernFile(ConcernRow, frozen=True, kw_only=True):
    """A concern whole, with its facts, as ``concern show`` shows it."""

    facts: Public[tuple[Fact, ...]]
    alternative_explanations: Private[str]
    reason: Private[str]
    reviews: Public[tuple[Review, ...]]
    lifted_on: Public[date | None]
    lifted_by: Ref[str | None]
    lift_reason: Private[str]


def row(concern: Concern, owner: str, day: date) -> ConcernRow:
    """Return a concern as it stands on a day.

    Args:
        concern: the concern.
        owner: who coordinates its case, and has the concern until there is a key person.
        day: the day.
    """
    return row_of(ConcernRow, concern, **_standing(concern, owner, day))


def file(concern: Concern, owner: str, day: date) -> ConcernFile:
    """Return a concern whole, as it stands on a day."""
    return row_of(ConcernFile, concern, **_standing(concern, owner, day))


def _standing(concern: Concern, owner: str, day: date) -> dict[str, object]:
    key, live = concern.key(), concern.live(day)
    ends = [each.ends_on for each in live]
    return {
        "status": status(concern, day),
        "key_staff": owner if key is None else key.owner,
        "backup": key and key.backup,
        "review_on": min((each.review_on for each in live if each.review_on), default=None),
        "ends_on": max(ends, default=None),
    }


def told_to_who_noted_it(concern: Concern, owner: str, day: date) -> ConcernRow:
    """Return what who noted a concern sees of it once it is with somebody else: that it is."""
    whole = row(concern, owner, day)
    return row_of(
        ConcernRow,
        whole,
        backup=None,
        review_on=None,
        ends_on=None,
        decided_on=None,
        decided_by=None,
        support_offered_on=None,
        mitigations=(),
    )


def dates(concern: Concern, world: World) -> Iterator[Dated]:
    """Yield what is due about a concern: a decision, reviews, support, and its end.

    All of it is told to the key person alone, and ends by itself with the concern.
    """
    if concern.lifted_on is not None:
        return
    case = world.find("cases", concern.case)
    make = partial(
        world.row,
        concern.case,
        concern.id,
        alone=seen_by(concern, case.owner or case.entered_by),
        kind="concern",
    )
    named = f"{concern.case} {concern.id}"
    if concern.outcome != "substantiated":
        yield from _undecided(concern, make, named)
    elif not concern.mitigations:
        yield make(
            label=f"concern {concern.id}: what is done about it",
            command=f"reintegrate concern mitigate {named}",
            due_on=concern.decided_on,
            until=concern.lasts_until,
            asks=True,
            nth=ACT,
        )
    if concern.support_offered_on is None:
        yield make(
            label=f"concern {concern.id}: offer support to both students",
            command=f"reintegrate concern support {named}",
            due_on=concern.noted_on,
            until=concern.lasts_until,
            asks=True,
            nth=SUPPORT,
        )
    for nth, each in enumerate(concern.mitigations, 1):
        if each.lifted_on is None:
            yield _review(each, partial(make, nth=nth), named)


def _undecided(concern: Concern, make: "partial[Dated]", named: str) -> Iterator[Dated]:
    """Yield the decision of a second person, and the day by which it goes for good."""
    if concern.outcome is None:
        yield make(
            label=f"concern {concern.id}: a second person decides",
            command=f"reintegrate concern decide {named} --by SLUG",
            due_on=later(concern.noted_on, REVIEW_DAYS),
            announced_on=concern.noted_on,
            until=concern.lasts_until,
        )
    yield make(
        label=f"concern {concern.id} is purged",
        command=f"reintegrate concern purge {named}",
        due_on=later(concern.decided_on or concern.noted_on, LONGEST_DAYS),
        nth=PURGE,
    )


def _review(mitigation: Mitigation, make: "partial[Dated]", named: str) -> Dated:
    """Return the review of one thing that is done."""
    return make(
        label=f"review {mitigation.id} of concern {named.partition(' ')[2]}",
        command=f"reintegrate concern review {named} --mitigation {mitigation.id}",
        due_on=mitigation.next_on,
        until=mitigation.ends_on,
        kind="mitigation",
    )


def events(concern: Concern) -> Iterator[Event]:
    """Yield when a concern was noted, decided, mitigated, reviewed and lifted."""
    tell = partial(event_of, concern, "concern")
    yield tell(concern.noted_on, "noted", by=concern.noted_by)
    for fact in concern.facts:
        yield tell(fact.on, "observed", text=f"{fact.observed} ({fact.observed_by}, {fact.place})")
    if concern.decided_on is not None:
        yield tell(
            concern.decided_on, str(concern.outcome), by=concern.decided_by, text=concern.reason
        )
    for each in concern.mitigations:
        what = f"{each.id} {label(each.type)}"
        upto = each.lifted_on or each.ends_on
        yield tell(each.starts_on, what, by=each.owner, upto=upto)
        for look in each.looks:
            seen = "something seen" if look.seen else "nothing seen"
            yield tell(look.on, f"{each.id} looked: {seen}", by=look.by)
    for review in concern.reviews:
        yield tell(review.on, "reviewed", by=review.by, text=review.finding)
    if concern.lifted_on is not None:
        yield tell(concern.lifted_on, "lifted", by=concern.lifted_by, text=concern.lift_reason)
