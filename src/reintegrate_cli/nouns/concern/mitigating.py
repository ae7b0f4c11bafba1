"""What is done about a substantiated concern: its span, its owner, its reviews (rules H4, H5, H7).

Nothing is done without a first-hand fact, a second person, a review and an end.
"""

from collections.abc import Iterable
from datetime import date

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Missing, Refused, Usage, raise_first
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import same_slug
from reintegrate_cli.nouns.concern.record import (
    KEY_ROLES,
    LONGEST_DAYS,
    MONITORING,
    REVIEW_DAYS,
    Concern,
    Look,
    Mitigation,
    Review,
    Type,
    check_substantiated,
    later,
    with_changed,
)
from reintegrate_cli.nouns.protocol.record import Protocol, Version


def mitigate(concern: Concern, mitigation: Mitigation, *, role: str, today: date) -> Concern:
    """Add what is done about a substantiated concern (H4).

    Args:
        concern: the concern.
        mitigation: what is done; its policy has been looked at.
        role: the role of its owner.
        today: the day.

    Raises:
        Refused: the concern is not substantiated, or the review or the end is too late or too
            early; or a key person is no counselor or social worker, or has no backup.
        Usage: it was lifted or has ended, or has a key person already.
    """
    check_substantiated(concern, today)
    check_span(concern, mitigation, mitigation.starts_on, today)
    check_key(concern, mitigation, role, today)
    check_moves(concern, mitigation)
    return replace(concern, mitigations=(*concern.mitigations, mitigation))


def check_span(concern: Concern, mitigation: Mitigation, since: date, today: date) -> None:
    """Require a review within 14 days of the start, and an end within 90 (H4).

    Args:
        concern: the concern, with the day on which its facts were last read.
        mitigation: what is done.
        since: the day on which it starts, or was reviewed.
        today: the day.

    Raises:
        Refused: one is later, or before that day.
    """
    first = min(since, today, concern.facts_read_on)
    what = "the facts were last read" if first < since else "it starts"
    last, review_by = later(first, LONGEST_DAYS), later(since, REVIEW_DAYS)
    raise_first(
        (
            mitigation.ends_on > last,
            _wrong(
                "ends_on",
                f"it ends by {last.isoformat()}, {LONGEST_DAYS} days after {what};"
                " a review that reads the facts again renews it",
            ),
        ),
        (mitigation.ends_on < max(since, today), _wrong("ends_on", "that end has passed already")),
        (
            not since <= mitigation.next_on <= review_by,
            _wrong(
                "review_on", f"it is reviewed within {REVIEW_DAYS} days, by {review_by.isoformat()}"
            ),
        ),
    )


def _wrong(field: str, message: str) -> Refused:
    return Refused(message, rule="H4", fields=[field])


def check_policy(protocol: Protocol | None, type_: Type, today: date) -> Version | None:
    """Require that social media is looked at under a policy about it that is in force (H4, H5).

    Args:
        protocol: the policy that is named, if one is.
        type_: what is done.
        today: the day.

    Returns:
        The version that is in force.

    Raises:
        Refused: none is named for social media, or it is not in force or about something else.
    """
    needed = type_ == "social_media"
    if protocol is None:
        if needed:
            raise _no_policy("looking at social media needs a policy that is in force")
        return None
    version = next((each for each in protocol.versions if each.was_in_force(today)), None)
    if version is None:
        raise _no_policy(f"{protocol.slug} is not in force")
    if needed and protocol.topic != MONITORING:
        raise _no_policy(f"{protocol.slug} is about something else")
    return version


def _no_policy(message: str) -> Refused:
    hint = f"reintegrate protocol list --status adopted; it is about {MONITORING}"
    return Refused(message, rule="H4", fields=["policy"], hint=hint)


def check_key(concern: Concern, mitigation: Mitigation, role: str, today: date) -> None:
    """Require that the key person is one, a counselor or social worker, with a backup (clause 40).

    Raises:
        Refused: they have another role, or there is no backup.
        Usage: there is a key person already.
    """
    if mitigation.type != "key_staff":
        return
    former = concern.key(today)
    if former is not None:
        raise Usage(
            f"{former.owner} is the key person already ({former.id})",
            fields=["type"],
            hint=f"reintegrate concern lift {concern.case} {concern.id}"
            f" --mitigation {former.id} first",
        )
    backup = mitigation.backup
    raise_first(
        (
            role not in KEY_ROLES,
            _wrong("owner", "the key person is a school counselor or a social worker"),
        ),
        (
            backup is None or same_slug(backup, mitigation.owner),
            _wrong("backup", "the key person has a backup, somebody else: give --backup SLUG"),
        ),
    )


def check_moves(concern: Concern, mitigation: Mitigation) -> None:
    """Require that who moves is one of the students whom it is about (H7).

    Raises:
        Usage: it is somebody else.
    """
    if mitigation.who_moves not in (None, concern.case, *concern.targeted):
        raise Usage(
            "--who-moves names the student of concern, or one who is targeted", fields=["who_moves"]
        )


def pick(concern: Concern, text: str) -> Mitigation:
    """Return a mitigation by its id, ``MI1``, or its number.

    Raises:
        Missing: there is none.
    """
    number = text.upper().rpartition("/")[2].rpartition(".")[2].removeprefix("MI")
    for each in concern.mitigations:
        if each.id == f"MI{number}":
            return each
    raise Missing(
        f"{concern.case}/{concern.id} has no such mitigation",
        hint=f"reintegrate concern show {concern.case} {concern.id} lists them",
    )


def looked(concern: Concern, mitigation: Mitigation, look: Look) -> Concern:
    """Keep that somebody looked at public posts; never what they saw (H5).

    Raises:
        Usage: it is no mitigation of that type, or was not in force on that day.
    """
    raise_first(
        (
            mitigation.type != "social_media",
            Usage(f"{mitigation.id} is not about social media", fields=["mitigation"]),
        ),
        (
            look.on < mitigation.starts_on or not mitigation.is_live(look.on),
            Usage(f"{mitigation.id} was not in force on that day", fields=["on"]),
        ),
    )
    return with_changed(concern, replace(mitigation, looks=(*mitigation.looks, look)))


def review(
    concern: Concern,
    mitigations: Iterable[Mitigation],
    answer: Review,
    *,
    next_on: date | None,
    proposed_on: date,
    ends_on: date | None,
    today: date,
) -> Concern:
    """Record a review of what is done; a later end takes one that reads the facts again (H4).

    Args:
        concern: the concern.
        mitigations: those that are reviewed.
        answer: the review.
        next_on: the day of the next one; ``None`` if the proposed one is closed.
        proposed_on: the day that is proposed for it.
        ends_on: the new last day, where one is given.
        today: the day.

    Raises:
        Refused: the next review or the end is too late, or the facts were not read again.
        Usage: it has ended, or nothing is being done.
    """
    check_going_on(concern, today)
    check_after(answer.on, concern.decided_on or concern.noted_on, "it was decided")
    reviewed = replace(concern, reviews=(*concern.reviews, answer))
    changed = []
    for each in mitigations:
        last = each.ends_on if ends_on is None else ends_on
        if last > each.ends_on:
            check_facts_read(concern, answer)
        moved = replace(each, review_on=next_on, proposed_on=proposed_on, ends_on=last)
        check_span(reviewed, moved, answer.on, today)
        changed.append(moved)
    return with_changed(reviewed, *changed)


def check_facts_read(concern: Concern, answer: Review) -> None:
    """Require that a review which renews something read the facts again (H4).

    Raises:
        Refused: it did not.
    """
    if not answer.facts_read:
        raise Refused(
            "it is renewed only by a review that reads the facts again",
            rule="H4",
            fields=["facts_read"],
            hint=f"reintegrate concern show {concern.case} {concern.id}; then --facts-read yes",
        )


def check_going_on(concern: Concern, today: date) -> None:
    """Require that something is being done about a concern.

    Raises:
        Refused: it is not substantiated.
        Usage: it is over, or nothing is being done.
    """
    check_substantiated(concern, today)
    if not concern.live(today):
        raise Usage(
            f"nothing is being done about {concern.case}/{concern.id}",
            hint=f"reintegrate concern mitigate {concern.case} {concern.id}",
        )
