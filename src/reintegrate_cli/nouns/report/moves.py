"""Clauses about moves, and about keeping students apart: what shows that each was kept to."""

from collections.abc import Sequence
from typing import Any

from reintegrate_cli.core.records import same_slug
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.placement.looking import LOOKS_DAYS
from reintegrate_cli.nouns.report.facts import Facts, Verdict, all_of

_HOME = ("home", "home_supports")
_FEAR = ("fear_of_recruitment", "behavior")
_GRACE, _DECIDE_DAYS = 14, 14


def _decided(facts: Facts, case: Case) -> Sequence[Any]:
    """Return the moves out of the home school that were decided here and not taken back."""
    return [one for one in _made(facts, case) if one.recorded_on is None and one.leads_out]


def _made(facts: Facts, case: Case) -> Sequence[Any]:
    return [one for one in facts.of(case, "placements") if one.is_made]


def _home(placement: Any) -> Any:
    return next((each for each in placement.alternatives if each.option in _HOME), None)


def unhurried(facts: Facts, case: Case) -> Verdict | None:
    """Clause 3: a move has days to think it over."""
    return all_of(_decided(facts, case), lambda one: one.cooling_off_on is not None)


def reasoned(facts: Facts, case: Case) -> Verdict | None:
    """Clause 4: every move has its reasons on record."""
    return all_of(_made(facts, case), lambda one: bool(one.reasons))


def offered_at_home(facts: Facts, case: Case) -> Verdict | None:
    """Clause 5: before a move it was said what the home school can give."""

    def said(placement: Any) -> bool:
        home = _home(placement)
        return home is not None and bool(home.supports)

    return all_of(_decided(facts, case), said)


def not_out_of_fear(facts: Facts, case: Case) -> Verdict | None:
    """Clause 6: fear or behavior alone moves nobody."""
    feared = [one for one in _made(facts, case) if set(one.reasons) & set(_FEAR)]
    return all_of(feared, lambda one: not one.needs_facts)


def argued(facts: Facts, case: Case) -> Verdict | None:
    """Clause 8: somebody spoke for staying."""
    return all_of(_decided(facts, case), lambda one: bool(one.argued_for_staying))


def way_back(facts: Facts, case: Case) -> Verdict | None:
    """Clause 9: a move that may be right has a way back."""
    return all_of(_decided(facts, case), lambda one: bool(one.return_criteria))


def compared(facts: Facts, case: Case) -> Verdict | None:
    """Clause 10: settings are compared by the same measures, the home school too."""

    def alike(placement: Any) -> bool:
        options = placement.alternatives
        return len(options) > 1 and all(one.ratio and one.trained_staff for one in options)

    return all_of(_decided(facts, case), alike)


def looked_at(facts: Facts, case: Case) -> Verdict | None:
    """Clause 11: after 30, 60 and 90 days somebody asked the student how it serves them."""

    def looked(placement: Any) -> bool:
        until = placement.ended_on or facts.today
        days = (until - placement.starts_on).days - _GRACE if placement.starts_on else 0
        return bool(len(placement.looks) >= sum(days >= due for due in LOOKS_DAYS))

    return all_of(_decided(facts, case), looked)


def connected(facts: Facts, case: Case) -> Verdict | None:
    """Clause 12: who leaves the company of peers and adults has a plan for others."""
    away = [one for one in _decided(facts, case) if one.option in ("ged", "independent", "online")]
    return all_of(away, lambda one: bool(one.peer_adult_plan))


def reconsidered(facts: Facts, case: Case) -> Verdict | None:
    """Clause 15: a move from before anybody knew was thought over again."""
    before = [one for one in _made(facts, case) if one.known_at_time == "no"]
    return all_of(before, lambda one: bool(one.looks) or one.ended_on is not None)


def _concerns(facts: Facts, case: Case) -> Sequence[Any]:
    return [one for one in facts.of(case, "concerns") if not one.is_past(facts.today)]


def supported_too(facts: Facts, case: Case) -> Verdict | None:
    """Clause 37: the student of a concern was offered support (H6)."""
    return all_of(_concerns(facts, case), lambda one: one.support_offered_on is not None)


def founded(facts: Facts, case: Case) -> Verdict | None:
    """Clause 38: a second person soon says what the facts come to."""
    limit = facts.ago(_DECIDE_DAYS)
    return all_of(
        _concerns(facts, case), lambda one: one.outcome is not None or one.noted_on > limit
    )


def by_a_policy(facts: Facts, case: Case) -> Verdict | None:
    """Clause 39: public posts are looked at under a written policy alone."""
    watched = [
        one
        for one in _concerns(facts, case)
        if any(each.type == "social_media" for each in one.live(facts.today))
    ]

    def allowed(concern: Any) -> bool:
        live = concern.live(facts.today)
        return all(each.policy for each in live if each.type == "social_media")

    return all_of(watched, allowed)


def with_a_key_person(facts: Facts, case: Case) -> Verdict | None:
    """Clause 40: what is done is with one key person, who has a backup."""
    live = [one for one in _concerns(facts, case) if one.live(facts.today)]

    def has(concern: Any) -> bool:
        key = concern.key(facts.today)
        return key is not None and bool(key.backup) and not same_slug(key.backup, key.owner)

    return all_of(live, has)


def kept_apart(facts: Facts, case: Case) -> Verdict | None:
    """Clause 41: who is kept apart is asked again whether it must go on."""
    live = [one for one in facts.of(case, "separations") if not facts.is_over(one)]
    return all_of(live, lambda one: one.review_on is not None and one.review_on >= facts.today)
