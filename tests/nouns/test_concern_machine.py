"""The machine of a concern, explored whole: two persons, three days, and every event there is.

What is asked of it is written here anew, and not with the rules that it tries: no path reaches
anything that is done without a fact seen first-hand, a second person, a review and an end, and
with nothing written for 91 days all of it is over. Faults that are sown in the rules turn it red.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import msgspec.json
import pytest

from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.records import Slug, sealed
from reintegrate_cli.nouns.concern import mitigating, record
from reintegrate_cli.nouns.concern.forms import FactGiven
from reintegrate_cli.nouns.concern.record import Concern, Look, Mitigation, Review
from reintegrate_cli.nouns.protocol.record import Protocol, Version

DAY = timedelta(days=1)
DAYS = (date(2026, 10, 14), date(2026, 10, 28), date(2027, 1, 13))
PEOPLE = {"okafor": "specialist", "lee": "school_counselor"}
NAMES = {"okafor": "Renata Okafor", "lee": ""}
OBSERVERS = ("P3RM", "Renata  OKAFOR")
MOST_DONE, MOST_REVIEWS = 2, 1
WHOLE = 400_000

State = tuple[int, str, Concern | None]
"""Which of the days it is, how the policy is, and the concern."""


def policy(status: str) -> Protocol:
    """Return the policy about social media as it is: drafted, in force, or ended."""
    adopted = None if status == "draft" else DAYS[0] - 30 * DAY
    ended = DAYS[0] - DAY if status == "ended" else None
    version = Version(version="1", kind="policy", title="x", adopted_on=adopted, ended_on=ended)
    topic = "social_media_monitoring"
    return Protocol(
        id="PR1", slug=Slug("WATCH"), topic=topic, owner=Slug("lee"), versions=(version,)
    )  # type: ignore[arg-type]


POLICIES = {name: policy(name) for name in ("draft", "adopted", "ended")}


def added(today: date) -> Iterator[Callable[[], Concern]]:
    """Give each way in which somebody notes one, rumor and facts that are not whole among them."""
    for by in PEOPLE:
        for observer in OBSERVERS:
            for first_hand in (True, False, None):
                yield lambda by=by, observer=observer, first_hand=first_hand: Concern(  # type: ignore[misc]
                    case="D4SX",
                    id="C1",
                    noted_on=today,
                    noted_by=by,
                    facts=record.check_facts(
                        [
                            FactGiven(
                                on=today,
                                place="cafeteria",
                                observed="x",
                                observed_by=observer,
                                first_hand=first_hand,
                            )
                        ]
                    ),
                )
        yield lambda by=by: Concern(  # type: ignore[misc]
            case="D4SX", id="C1", noted_on=today, noted_by=by, facts=record.check_facts([])
        )


def decided(concern: Concern, today: date) -> Iterator[Callable[[], Concern]]:
    for by in PEOPLE:
        for outcome in ("substantiated", "insufficient"):
            yield lambda by=by, outcome=outcome: record.decide(  # type: ignore[misc]
                concern, outcome=outcome, by=by, name=NAMES[by], on=today, today=today, reason="x"
            )


def done(concern: Concern, today: date, status: str) -> Iterator[Callable[[], Concern]]:
    """Give each thing that may be done, with reviews and ends that are right and wrong."""
    for type_ in ("schedule", "key_staff", "social_media"):
        for owner in PEOPLE if type_ == "key_staff" else ("lee",):
            for review, end in ((14, 90), (14, 91), (15, 90), (14, None), (None, 90)):
                yield lambda type_=type_, owner=owner, review=review, end=end: mitigated(  # type: ignore[misc]
                    concern, today, status, type_, owner, review, end
                )


def mitigated(
    concern: Concern,
    today: date,
    status: str,
    type_: Any,
    owner: str,
    review: int | None,
    end: int | None,
) -> Concern:
    record.check_substantiated(concern, today)
    named = POLICIES[status] if type_ == "social_media" else None
    mitigating.check_policy(named, type_, today)
    return mitigating.mitigate(
        concern,
        Mitigation(
            id=f"MI{len(concern.mitigations) + 1}",
            type=type_,
            owner=Slug(owner),
            backup=Slug("okafor" if owner == "lee" else "lee"),
            starts_on=today,
            review_on=None if review is None else today + review * DAY,
            proposed_on=today + (review or 15) * DAY,
            ends_on=date(2199, 12, 31) if end is None else today + end * DAY,
            policy=None if named is None else named.slug,
        ),
        role=PEOPLE[owner],
        today=today,
    )


def reviewed(concern: Concern, today: date) -> Iterator[Callable[[], Concern]]:
    for by in ("lee",):
        for facts_read in (True, False):
            for ahead, end in ((14, None), (14, 90), (14, 91), (15, None)):
                yield lambda by=by, facts_read=facts_read, ahead=ahead, end=end: mitigating.review(  # type: ignore[misc]
                    concern,
                    concern.live(today),
                    Review(on=today, by=by, facts_read=facts_read),
                    next_on=today + ahead * DAY,
                    proposed_on=today + ahead * DAY,
                    ends_on=None if end is None else today + end * DAY,
                    today=today,
                )


def looked(concern: Concern, today: date, status: str) -> Iterator[Callable[[], Concern]]:
    for each in concern.mitigations:
        if not each.looks:
            yield lambda each=each: look(concern, each, today, status)  # type: ignore[misc]


def look(concern: Concern, each: Mitigation, today: date, status: str) -> Concern:
    record.check_substantiated(concern, today)
    mitigating.check_policy(POLICIES[status] if each.policy else None, each.type, today)
    return mitigating.looked(concern, each, Look(on=today, by="lee", seen=True))


def lifted(concern: Concern, today: date) -> Iterator[Callable[[], Concern]]:
    yield lambda: record.lift(concern, by="lee", on=today, today=today, reason="")
    for each in concern.mitigations:
        yield lambda each=each: record.lift_one(concern, each, today, today)  # type: ignore[misc]


def events(state: State) -> Iterator[Callable[[], Concern]]:
    """Give everything that somebody may try in a state."""
    at, status, concern = state
    today = DAYS[at]
    if concern is None:
        yield from added(today)
        return
    yield from decided(concern, today)
    if len(concern.mitigations) < MOST_DONE:
        yield from done(concern, today, status)
    if len(concern.reviews) < MOST_REVIEWS:
        yield from reviewed(concern, today)
    yield from looked(concern, today, status)
    yield from lifted(concern, today)


def after(state: State) -> Iterator[State]:
    """Give each state that follows: a day went by, the policy changed, or somebody did something."""
    at, status, concern = state
    if at + 1 < len(DAYS):
        yield at + 1, status, concern
    following = {"draft": "adopted", "adopted": "ended"}.get(status)
    if following is not None:
        yield at, following, concern
    for event in events(state):
        try:
            yield at, status, event()
        except Problem:
            continue  # a rule said no, and nothing was kept


def wrong(concern: Concern, before: Concern | None, at: int, status: str) -> str:
    """Say what is wrong with a concern that somebody just changed; nothing if nothing is."""
    today = DAYS[at]
    if not any(fact.first_hand and fact.observed_by and fact.place for fact in concern.facts):
        return "no fact was seen first-hand"
    if concern.outcome == "substantiated":
        seen = {" ".join(fact.observed_by.split()).casefold() for fact in concern.facts}
        names = {str(concern.decided_by), NAMES[str(concern.decided_by)].casefold()}
        if concern.decided_by == concern.noted_by or seen <= names:
            return "no second person decided"
    former = before.mitigations if before is not None else ()
    for place, each in enumerate(concern.mitigations):
        if concern.outcome != "substantiated":
            return "something is done that nobody found substantiated"
        is_new = place >= len(former)
        known = None if is_new else former[place]
        if is_new or each.ends_on != former[place].ends_on:
            if not today <= each.ends_on <= today + 90 * DAY:
                return "an end that is too late, or none"
            if known and each.ends_on > known.ends_on and not concern.reviews[-1].facts_read:
                return "renewed without the facts"
        is_dated = is_new or each.next_on != former[place].next_on
        if is_dated and not today <= each.next_on <= today + 14 * DAY:
            return "no review within 14 days"
        if is_new and each.type == "social_media" and status != "adopted":
            return "a policy that is not in force"
        if each.looks and (known is None or not known.looks) and status != "adopted":
            return "a look without a policy in force"
    keys = [each for each in concern.live(today) if each.type == "key_staff"]
    if len(keys) > 1 or any(PEOPLE[key.owner] != "school_counselor" for key in keys):
        return "not one key person, or of another role"
    left = record.status(concern, today + 91 * DAY)
    return "" if left in ("lifted", "expired") else f"still {left} 91 days later"


def explored(wanted: str = "") -> tuple[int, list[str]]:
    """Explore every state that can be reached, and say how many there are, and what is wrong.

    Args:
        wanted: the fault at which to stop.
    """
    start: State = (0, "draft", None)
    seen, waiting, faults = {key(start)}, deque([start]), set[str]()
    while waiting and len(seen) < WHOLE and wanted not in (faults - {""}):
        state = waiting.popleft()
        for following in after(state):
            name = key(following)
            if name in seen:
                continue
            seen.add(name)
            waiting.append(following)
            concern = following[2]
            if concern is not None and concern is not state[2]:
                faults.add(wrong(concern, state[2], following[0], following[1]))
    return len(seen), sorted(faults - {""})


def key(state: State) -> bytes:
    """Return what tells a state from every other."""
    at, status, concern = state
    return msgspec.json.encode([at, status, concern and sealed(concern)])


def test_no_path_reaches_anything_done_without_fact_second_person_review_and_end() -> None:
    states, faults = explored()
    assert faults == []
    assert 10_000 <= states < WHOLE  # all of them, and not as many as there was patience for


SOWN: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "the second person may be the first": (
        "no second person decided",
        lambda patch: patch.setattr(record, "check_second", lambda *_: None),
    ),
    "the only observer may decide": (
        "no second person decided",
        lambda patch: patch.setattr(record, "is_only_observer", lambda *_: False),
    ),
    "rumor passes": (
        "no fact was seen first-hand",
        lambda patch: patch.setattr(
            record,
            "check_facts",
            lambda facts: tuple(
                record.Fact(**{name: getattr(each, name) or False for name in record.FACT})
                for each in facts
            ),
        ),
    ),
    "an end after 90 days, or none": (
        "an end that is too late, or none",
        lambda patch: patch.setattr(mitigating, "LONGEST_DAYS", 40_000),
    ),
    "a review after 14 days": (
        "no review within 14 days",
        lambda patch: patch.setattr(mitigating, "REVIEW_DAYS", 15),
    ),
    "a policy in draft will do": (
        "a policy that is not in force",
        lambda patch: patch.setattr(Version, "was_in_force", lambda *_: True),
    ),
    "what nobody found substantiated will do": (
        "something is done that nobody found substantiated",
        lambda patch: (
            patch.setattr(record, "check_substantiated", lambda *_: None),
            patch.setattr(mitigating, "check_substantiated", lambda *_: None),
        )[0],
    ),
    "nothing ends by itself": (
        "still noted 91 days later",
        lambda patch: patch.setattr(record, "LONGEST_DAYS", 92),
    ),
    "renewed without the facts": (
        "renewed without the facts",
        lambda patch: (
            patch.setattr(mitigating, "check_facts_read", lambda *_: None),
            patch.setattr(Concern, "facts_read_on", property(lambda one: one.noted_on + 90 * DAY)),
        )[0],
    ),
    "a key person of any role": (
        "not one key person, or of another role",
        lambda patch: patch.setattr(mitigating, "KEY_ROLES", ("specialist", "school_counselor")),
    ),
}


@pytest.mark.parametrize("fault", SOWN)
def test_a_fault_that_is_sown_in_the_rules_turns_it_red(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    expected, sow = SOWN[fault]
    sow(monkeypatch)
    _, faults = explored(expected)
    assert expected in faults
