"""Policies, protocols and procedures: their versions, and when each is looked at again.

A protocol (guidance clause 20) has one version in force at most. Adopting a version supersedes
the one before, which stays in the record, so that a case that follows it still finds its steps.
Each review says whether it is trauma informed and student led, and who was consulted (rule J7).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Final, Literal, get_args

from reintegrate_cli.core.calendar import months_after
from reintegrate_cli.core.dates import LAST_DAY
from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import WORK, Private, Public, Record, Ref, Slug, Value, Word
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Kind = Literal["policy", "protocol", "procedure"]
Topic = Literal[
    "identification",
    "reporting",
    "records",
    "release",
    "schedule_separation",
    "social_media_monitoring",
    "placement",
    "discipline",
    "emergency",
    "subpoena",
    "retention",
    "mou",
    "interpreter",
]
Status = Literal["draft", "adopted", "superseded", "ended"]
STATUSES: tuple[Status, ...] = get_args(Status)
LIVE: tuple[Status, ...] = ("draft", "adopted")
REVIEW_MONTHS: Final = 12
"""How long after its adoption a version is reviewed, if nobody says another day."""


class Review(Value, frozen=True, kw_only=True):
    """One look at a version: whether it is trauma informed and student led, and who was asked."""

    on: Public[date]
    by: Ref[str]
    trauma_informed: Public[bool]
    student_led: Public[bool]
    consulted: Private[str]
    changes: Private[str] = ""


class Version(Value, frozen=True, kw_only=True):
    """What a protocol says from its adoption until the next one is adopted.

    What it says is never changed: another text is another version.
    """

    version: Public[Word]
    kind: Public[Kind]
    title: Private[str]
    steps: Private[tuple[str, ...]] = ()
    legal_basis: Private[str] = ""
    location: Private[str] = ""
    adopted_on: Public[date | None] = None
    adopted_by: Ref[str | None] = None
    review_on: Public[date | None] = None
    superseded_on: Public[date | None] = None
    ended_on: Public[date | None] = None
    end_reason: Private[str] = ""
    reviews: Public[tuple[Review, ...]] = ()

    @property
    def status(self) -> Status:
        """Return whether it is drafted, in force, or no longer in force."""
        if self.ended_on is not None:
            return "ended"
        if self.superseded_on is not None:
            return "superseded"
        return "draft" if self.adopted_on is None else "adopted"

    @property
    def is_live(self) -> bool:
        """Check whether it is in force, or may still be adopted."""
        return self.status in LIVE

    def was_in_force(self, day: date) -> bool:
        """Check whether it was in force on a day."""
        ends = [last for last in (self.superseded_on, self.ended_on) if last is not None]
        adopted = self.adopted_on is not None and self.adopted_on <= day
        return adopted and all(day < last for last in ends)


class Protocol(Record, frozen=True, kw_only=True):
    """A policy, a protocol or a procedure, with all of its versions in the order of entry."""

    id: Ref[str]
    slug: Ref[Slug]
    topic: Public[Topic]
    owner: Annotated[Ref[Slug], WORK]
    versions: Public[tuple[Version, ...]] = ()

    @property
    def is_over(self) -> bool:
        """Check whether none of its versions is in force or may still be adopted."""
        return not any(version.is_live for version in self.versions)


class ProtocolRow(Value, frozen=True, kw_only=True):
    """One version of a protocol, as it is listed; ``cases`` are those that follow it."""

    id: Ref[str]
    slug: Ref[str]
    kind: Public[Kind]
    topic: Public[Topic]
    version: Public[str]
    status: Public[Status]
    adopted_on: Public[date | None]
    review_on: Public[date | None]
    superseded_on: Public[date | None]
    ended_on: Public[date | None]
    owner: Ref[str]
    reviewed_on: Public[date | None]
    trauma_informed: Public[bool | None]
    student_led: Public[bool | None]
    cases: Ref[tuple[str, ...]]

    dated = "adopted_on"


class Difference(Value, frozen=True, kw_only=True):
    """One thing that two versions say differently; absent where one of them does not say it."""

    field: Public[str]
    before: Private[str | None]
    after: Private[str | None]


class ProtocolFile(ProtocolRow, frozen=True, kw_only=True):
    """One version whole, as ``protocol show`` shows it, with what changed against another."""

    steps: Private[tuple[str, ...]]
    title: Private[str]
    legal_basis: Private[str]
    location: Private[str]
    end_reason: Private[str]
    reviews: Public[tuple[Review, ...]]
    versions: Public[tuple[str, ...]]
    against: Public[str | None]
    differences: Public[tuple[Difference, ...]]


def check_open(protocol: Protocol) -> None:
    """Require that a version is in force, or may still be adopted.

    Raises:
        Usage: none is.
    """
    if protocol.is_over:
        raise Usage(
            f"no version of {protocol.slug} is in force or drafted",
            hint=f"reintegrate protocol add {protocol.slug} begins another version",
        )


def pick(protocol: Protocol, name: str | None) -> Version:
    """Return a version by its name; the one in force, else the latest, if none is named.

    Raises:
        Missing: it has no version of that name.
    """
    if name is None:
        rank = {"adopted": 2, "draft": 1}
        return max(reversed(protocol.versions), key=lambda version: rank.get(version.status, 0))
    found = [each for each in protocol.versions if each.version.casefold() == name.casefold()]
    if not found:
        raise Missing(
            f"{protocol.slug} has no such version",
            hint=f"reintegrate protocol show {protocol.slug} names its versions",
        )
    return found[0]


def add_version(protocol: Protocol, version: Version, topic: Topic) -> Protocol:
    """Add a version; one that is adopted already takes its place in the succession.

    Raises:
        Usage: there is a version of that name, or it is about another topic.
    """
    names = [each.version.casefold() for each in protocol.versions]
    if version.version.casefold() in names:
        raise Usage(
            f"{protocol.slug} has a version of that name already",
            hint="what a version says is not changed: give another --version",
            fields=["version"],
        )
    if protocol.versions and topic != protocol.topic:
        raise Usage(
            f"{protocol.slug} is about {protocol.topic}",
            hint="choose another slug for another topic",
            fields=["topic"],
        )
    return _succeeded(protocol, version)


def adopt(protocol: Protocol, version: Version, *, on: date, by: str, review_on: date) -> Protocol:
    """Adopt a draft; the version that was in force is superseded from that day on.

    Raises:
        Usage: it is no draft, a version was adopted after that day, or it would be reviewed
            before it is adopted.
    """
    if version.status != "draft":
        raise Usage(
            f"version {version.version} of {protocol.slug} is {version.status} already",
            hint=f"reintegrate protocol add {protocol.slug} begins another version",
        )
    if any(each.adopted_on is not None and each.adopted_on > on for each in protocol.versions):
        raise Usage(f"another version of {protocol.slug} was adopted after that day", fields=["on"])
    check_review(review_on, on)
    return _succeeded(protocol, replace(version, adopted_on=on, adopted_by=by, review_on=review_on))


def check_review(review_on: date, on: date, field: str = "review_on") -> None:
    """Require that a version is reviewed after it was adopted or last reviewed.

    Raises:
        Usage: it would be reviewed no later.
    """
    if review_on <= on:
        raise Usage("the next review must come later than that day", fields=[field])


def next_review(on: date) -> date:
    """Return the day on which a version is reviewed, if nobody says another day."""
    try:
        return min(months_after(on, REVIEW_MONTHS), LAST_DAY)
    except (ValueError, OverflowError):
        return LAST_DAY


def reviewed(protocol: Protocol, version: Version, review: Review, next_on: date) -> Protocol:
    """Record that a version was looked at, and when the next look is due (rule J7).

    Raises:
        Usage: it is no longer in force, or that was before it was adopted.
    """
    if not version.is_live:
        raise Usage(f"version {version.version} of {protocol.slug} is {version.status}")
    if version.adopted_on is not None and review.on < version.adopted_on:
        raise Usage("that is before this version was adopted", fields=["on"])
    check_review(next_on, review.on, "next")
    return _put(protocol, replace(version, reviews=(*version.reviews, review), review_on=next_on))


def end(protocol: Protocol, version: Version, on: date, reason: str) -> Protocol:
    """Record that a version is no longer in force, or that a draft was given up.

    Raises:
        Usage: it is over already, or that was before it was adopted.
    """
    if not version.is_live:
        raise Usage(f"version {version.version} of {protocol.slug} is {version.status} already")
    if version.adopted_on is not None and on < version.adopted_on:
        raise Usage("that is before this version was adopted", fields=["on"])
    return _put(protocol, replace(version, ended_on=on, end_reason=reason))


def _put(protocol: Protocol, version: Version) -> Protocol:
    names = [each.version for each in protocol.versions]
    if version.version not in names:
        return replace(protocol, versions=(*protocol.versions, version))
    versions = (version if each.version == version.version else each for each in protocol.versions)
    return replace(protocol, versions=tuple(versions))


def _succeeded(protocol: Protocol, version: Version) -> Protocol:
    """Put a version in its place, and let each adopted version end where the next one begins."""
    protocol = _put(protocol, version)
    adopted = [(each.adopted_on, each) for each in protocol.versions if each.adopted_on]
    adopted.sort(key=lambda pair: pair[0])  # the sort is stable: of one day, the later entry wins
    for (_, former), (following_on, _) in pairwise(adopted):
        if former.ended_on is None or former.ended_on > following_on:
            protocol = _put(protocol, replace(former, superseded_on=following_on, ended_on=None))
    return protocol


def differences(before: Version, after: Version) -> tuple[Difference, ...]:
    """Return what two versions say differently, step by step."""
    names = ("kind", "title", "legal_basis", "location")
    texts = [(name, getattr(before, name), getattr(after, name)) for name in names]
    changed = [
        Difference(field=name, before=old or None, after=new or None)
        for name, old, new in texts
        if old != new
    ]
    return (*changed, *_steps_changed(before.steps, after.steps))


def _steps_changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    from difflib import SequenceMatcher
    from itertools import zip_longest

    for what, one, two, three, four in SequenceMatcher(a=before, b=after).get_opcodes():
        if what != "equal":
            for old, new in zip_longest(before[one:two], after[three:four]):
                yield Difference(field="step", before=old, after=new)


def dates(protocol: Protocol, world: World) -> Iterator[Dated]:
    """Yield the day on which the version in force is reviewed."""
    for version in protocol.versions:
        if version.status == "adopted" and version.review_on is not None:
            yield world.row(
                None,
                protocol.id,
                label=f"review {version.kind} {protocol.slug}",
                command=f"reintegrate protocol review {protocol.slug}",
                due_on=version.review_on,
                kind="protocol",
                owner=protocol.owner,
            )
