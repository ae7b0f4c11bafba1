"""Recruitment concerns: facts that somebody observed, what is done about them, and its end.

Students who were trafficked do not usually recruit others (guidance clause 37). A concern is kept
only with a fact that was seen or heard first-hand (clause 38, rule H3); a second person says
whether it is substantiated; what is done about it has an owner, a review and an end, and is renewed
only by a review that reads the facts again (H4). With nothing written it ends by itself. It is with
one key person, and with nobody else (clause 40). There is no label and no score.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal, get_args

from reintegrate_cli.core.comparing import folded, same_person
from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Refused, Usage, raise_first
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    WORK,
    CaseRef,
    Private,
    Public,
    Record,
    Ref,
    Slug,
    Value,
    same_slug,
)

Outcome = Literal["substantiated", "insufficient"]
Type = Literal["schedule", "key_staff", "social_media", "other"]
Status = Literal[
    "noted", "insufficient", "substantiated", "mitigating", "review_due", "lifted", "expired"
]
STATUSES: tuple[Status, ...] = get_args(Status)
REVIEW_DAYS: Final = 14
"""Within so many days a mitigation is reviewed, the last one included (H4)."""
LONGEST_DAYS: Final = 90
"""So many days after the facts were last read all of it ends; one that was not substantiated goes
for good by then (PRACTICE section 5)."""
KEY_ROLES: Final = ("school_counselor", "social_worker")
MONITORING: Final = "social_media_monitoring"


FACT: Final = ("on", "place", "observed", "observed_by", "first_hand")
"""What a fact says, all of it."""


class Fact(Value, frozen=True, kw_only=True):
    """What was seen or heard: when, where, by whom, and whether first-hand."""

    on: Public[date]
    place: Private[str]
    observed: Private[str]
    observed_by: Private[str]
    first_hand: Public[bool]


class Look(Value, frozen=True, kw_only=True):
    """One look at public posts: when, who saw it, and whether there was anything; never what."""

    on: Public[date]
    by: Ref[str]
    seen: Public[bool]


class Mitigation(Value, frozen=True, kw_only=True):
    """What is done for a while: whose task it is, when it is reviewed, and its last day.

    ``review_on`` is ``None`` if the proposed day is closed and nobody was asked yet (E2);
    ``proposed_on`` is then the day on which the agenda asks.
    """

    id: Ref[str]
    type: Public[Type]
    owner: Annotated[Ref[Slug], WORK]
    backup: Ref[Slug | None] = None
    starts_on: Public[date]
    review_on: Public[date | None]
    proposed_on: Public[date]
    ends_on: Public[date]
    policy: Ref[Slug | None] = None
    policy_version: Public[str | None] = None
    who_moves: Ref[CaseRef | None] = None
    scope: Private[str] = ""
    looks: Public[tuple[Look, ...]] = ()
    lifted_on: Public[date | None] = None

    def is_live(self, day: date) -> bool:
        """Check whether it was not lifted, and its last day has not passed."""
        return self.lifted_on is None and day <= self.ends_on

    @property
    def next_on(self) -> date:
        """The day on which it is reviewed, or on which the agenda asks for one."""
        return self.review_on or self.proposed_on


class Review(Value, frozen=True, kw_only=True):
    """One review: whether the facts were read again, and what it came to."""

    on: Public[date]
    by: Ref[str]
    facts_read: Public[bool]
    finding: Private[str] = ""


class Concern(Record, frozen=True, kw_only=True):
    """A concern about what a student may be drawn into, with the facts behind it.

    ``case`` is the student of concern, who may well be under pressure too (H6); ``targeted`` are
    those whom it is meant to protect.
    """

    case: Ref[str]
    id: Ref[str]
    noted_on: Public[date]
    noted_by: Ref[str]
    targeted: Ref[tuple[CaseRef, ...]] = ()
    facts: Public[tuple[Fact, ...]]
    alternative_explanations: Private[str] = ""
    support_offered_on: Public[date | None] = None
    outcome: Public[Outcome | None] = None
    decided_on: Public[date | None] = None
    decided_by: Ref[str | None] = None
    reason: Private[str] = ""
    mitigations: Public[tuple[Mitigation, ...]] = ()
    reviews: Public[tuple[Review, ...]] = ()
    lifted_on: Public[date | None] = None
    lifted_by: Ref[str | None] = None
    lift_reason: Private[str] = ""

    dated = "noted_on"

    def is_past(self, day: date) -> bool:
        """Check whether nothing is left to do about it."""
        return status(self, day) in ("lifted", "expired")

    @property
    def is_over(self) -> bool:
        """Check whether it was lifted."""
        return self.lifted_on is not None

    @property
    def facts_read_on(self) -> date:
        """The day on which somebody last read the facts: noted, decided or renewed."""
        read = [review.on for review in self.reviews if review.facts_read]
        return max((self.decided_on or self.noted_on, *read))

    @property
    def lasts_until(self) -> date:
        """The last day on which it stands if nothing is written."""
        if self.outcome == "substantiated" and self.mitigations:
            ends = [each.ends_on for each in self.mitigations if each.lifted_on is None]
            return max(ends, default=later(self.facts_read_on, LONGEST_DAYS))
        return later(self.facts_read_on, LONGEST_DAYS)

    def live(self, day: date) -> tuple[Mitigation, ...]:
        """Return what is being done on a day."""
        return tuple(each for each in self.mitigations if each.is_live(day))

    def key(self, day: date | None = None) -> Mitigation | None:
        """Return the mitigation that says who the key person is; on a day, if one is live."""
        keys = [
            each
            for each in self.mitigations
            if each.type == "key_staff" and (day is None or each.is_live(day))
        ]
        return keys[-1] if keys else None


def later(day: date, days: int) -> date:
    """Return the day so many days later, or the last one there is."""
    return day + timedelta(days=min(days, (date.max - day).days))


def status(concern: Concern, day: date) -> Status:
    """Work out how a concern stands on a day; nothing of it outlasts its last day."""
    if concern.lifted_on is not None:
        return "lifted"
    if day > concern.lasts_until:
        return "expired"
    if concern.outcome != "substantiated":
        return concern.outcome or "noted"
    live = concern.live(day)
    if not live:
        return "substantiated"
    return "review_due" if any(each.next_on <= day for each in live) else "mitigating"


def seen_by(concern: Concern, owner: str) -> tuple[str, ...]:
    """Return who sees a concern: the first of them who is here and not away, and nobody else.

    That is the key person, then the backup; until there is a key person, the case's owner.

    Args:
        concern: the concern.
        owner: who coordinates its case.
    """
    key = concern.key()
    return (owner,) if key is None else tuple(filter(None, (key.owner, key.backup, owner)))


def named_by(concern: Concern) -> tuple[str, ...]:
    """Return who may name it on a line, though their lists do not show it: who had a part in it."""
    people = [concern.noted_by, concern.decided_by]
    for each in concern.mitigations:
        people += [each.owner, each.backup]
    return tuple(person for person in people if person)


def check_facts(facts: Sequence[Any]) -> tuple[Fact, ...]:
    """Require a fact that somebody saw or heard themselves (H3); return the facts.

    What others say, what a student is, and what happened to them before are no facts of this kind.

    Raises:
        Refused: there is none, or one is not whole.
    """
    missing = [name for name in FACT if any(getattr(each, name) in (None, "") for each in facts)]
    hint = (
        "give facts with --from: on, place, observed, observed_by, first_hand; what others say"
        " is a reason for training, not for a record: reintegrate training gaps"
    )
    raise_first(
        (
            not facts,
            Refused(
                "a concern needs a fact that somebody observed; nothing was kept",
                rule="H3",
                fields=["facts"],
                hint=hint,
            ),
        ),
        (
            missing,
            Refused(
                f"a fact says when, where, what was seen or heard, who saw it, and whether"
                f" first-hand; missing: {', '.join(missing)}",
                rule="H3",
                fields=["facts"],
                hint=hint,
            ),
        ),
        (
            facts and not missing and not any(each.first_hand for each in facts),
            Refused(
                "nobody saw or heard any of this themselves; nothing was kept",
                rule="H3",
                fields=["facts"],
                hint=hint,
            ),
        ),
    )
    return tuple(Fact(**{name: getattr(each, name) for name in FACT}) for each in facts)


def observers(concern: Concern) -> set[str]:
    """Return who saw or heard it themselves, each once."""
    return {folded(fact.observed_by) for fact in concern.facts if fact.first_hand}


def is_only_observer(concern: Concern, slug: str, name: str) -> bool:
    """Return whether a member of staff is the only one who saw or heard it.

    Args:
        concern: the concern.
        slug: their slug.
        name: their name, if it is known.
    """
    name = name or slug.replace("_", " ").replace("-", " ")
    return all(_is_called(seen, slug, name) for seen in observers(concern))


def _is_called(observer: str, slug: str, name: str) -> bool:
    return observer == folded(slug) or same_person(observer, name)


def decide(
    concern: Concern, *, outcome: Outcome, by: str, name: str, on: date, today: date, reason: str
) -> Concern:
    """Record what a second person makes of the facts (H3).

    Raises:
        Refused: it is who noted it, or the only one who observed it.
        Usage: it was decided already or is over, or that was before it was noted.
    """
    check_stands(concern, today)
    if concern.outcome is not None:
        raise Usage(f"{concern.case}/{concern.id} was decided already")
    check_after(on, concern.noted_on, "it was noted")
    check_second(concern, by, name)
    return replace(concern, outcome=outcome, decided_by=by, decided_on=on, reason=reason)


def check_second(concern: Concern, by: str, name: str) -> None:
    """Require a second person: neither who noted it, nor its only observer (H3).

    Raises:
        Refused: it is one of them.
    """
    why = ""
    if same_slug(by, concern.noted_by):
        why = "noted it"
    elif is_only_observer(concern, by, name):
        why = "is the only one who observed it"
    if why:
        raise Refused(
            f"a second person decides: {by} {why}",
            rule="H3",
            fields=["by"],
            hint="sit down with somebody else, show them the facts, and give --by SLUG",
        )


def check_stands(concern: Concern, today: date) -> None:
    """Require that a concern was neither lifted nor ended.

    Raises:
        Usage: it was.
    """
    now = status(concern, today)
    if now in ("lifted", "expired"):
        raise Usage(
            f"{concern.case}/{concern.id} has {'been lifted' if now == 'lifted' else 'ended'}",
            hint=f"what was observed since is another concern: reintegrate concern add"
            f" {concern.case}",
        )


def check_substantiated(concern: Concern, today: date, rule: str = "H3") -> None:
    """Require that a second person found a concern substantiated, and that it still stands.

    Raises:
        Refused: nobody did.
        Usage: it was lifted, or has ended.
    """
    if concern.outcome != "substantiated":
        raise Refused(
            f"{concern.case}/{concern.id} is not substantiated, so nothing is done about it",
            rule=rule,
            fields=["concern"],
            hint=f"a second person decides: reintegrate concern decide {concern.case} {concern.id}",
        )
    check_stands(concern, today)


def lift(concern: Concern, *, by: str, on: date, today: date, reason: str) -> Concern:
    """Record that a concern is lifted: all that was done about it ends.

    Raises:
        Usage: it is over already, or that was before it was noted.
    """
    check_stands(concern, today)
    check_after(on, concern.noted_on, "it was noted")
    return replace(concern, lifted_on=on, lifted_by=by, lift_reason=reason)


def lift_one(concern: Concern, mitigation: Mitigation, on: date, today: date) -> Concern:
    """Record that one thing is no longer done.

    Raises:
        Usage: it has ended already.
    """
    check_stands(concern, today)
    if not mitigation.is_live(on):
        raise Usage(f"{mitigation.id} has ended already")
    return with_changed(concern, replace(mitigation, lifted_on=on))


def with_changed(concern: Concern, *changed: Mitigation) -> Concern:
    """Return a concern with mitigations in place of those with the same ids."""
    by_id = {each.id: each for each in changed}
    mitigations = tuple(by_id.get(each.id, each) for each in concern.mitigations)
    return replace(concern, mitigations=mitigations)


def check_purge(concern: Concern) -> None:
    """Require that nobody found a concern substantiated.

    Raises:
        Refused: somebody did, so that it is kept with its case (K3).
    """
    if concern.outcome == "substantiated":
        raise Refused(
            f"{concern.case}/{concern.id} was substantiated, and is kept as long as its case",
            rule="K3",
            fields=["id"],
        )
