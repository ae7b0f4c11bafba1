"""``protocol``: policies, protocols and procedures, by version; and what a case follows."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, TypeVar

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.hints import PAST, PROSE, QUIET, TODAY, YOU, Option, Within
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Form,
    Private,
    Public,
    Ref,
    Slug,
    Staffer,
    Word,
    Worker,
    check_slug,
    row_of,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shapes import Work, adds, changes, lists, said, shows
from reintegrate_cli.line.verbs import SlugArg
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.protocol import following as cases
from reintegrate_cli.nouns.protocol import record as rules
from reintegrate_cli.nouns.protocol.following import Following, FollowingRow, Outcome, StepDone
from reintegrate_cli.nouns.protocol.record import (
    LIVE,
    STATUSES,
    Difference,
    Kind,
    Protocol,
    ProtocolFile,
    ProtocolRow,
    Review,
    Topic,
    Version,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

P = TypeVar("P", ProtocolRow, ProtocolFile)


class NewVersion(Form, kw_only=True):
    """What ``protocol add`` reads."""

    kind: Annotated[Public[Kind], "what it is"]
    topic: Annotated[Public[Topic], "what it is about"]
    version: Annotated[Public[Word], "the name of this version, such as 1 or 2026-10"]
    adopted_on: Annotated[
        Public[date | None], PAST, Option("--adopted"), "the day it was adopted; a draft without"
    ] = None
    review_on: Annotated[
        Public[date | None], Option("--review"), "the day of its review; in a year if left out"
    ] = None
    owner: Annotated[Ref[Worker | None], "who looks after it; you if left out"] = None
    title: Annotated[Private[str], "its title"]
    steps: Annotated[Private[tuple[str, ...]], PROSE, "its steps, one a line"] = ()
    legal_basis: Annotated[Private[str], QUIET, "the law or board policy that it rests on"] = ""
    location: Annotated[Private[str], QUIET, "where the paper is kept"] = ""


class Adopting(Form, kw_only=True):
    """What ``protocol adopt`` reads."""

    version: Annotated[Public[Word | None], "which draft; the latest if left out"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it was adopted"]
    review_on: Annotated[
        Public[date | None], Option("--review"), "the day of its review; in a year if left out"
    ] = None
    owner: Annotated[Ref[Worker | None], "who looks after it from now on"] = None


class Reviewing(Form, kw_only=True):
    """What ``protocol review`` reads."""

    version: Annotated[Public[Word | None], QUIET, "which one; the one in force if left out"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it was reviewed"]
    by: Annotated[Ref[Staffer], YOU, "who reviewed it"]
    next: Annotated[Public[date], "the day of the next review"]
    trauma_informed: Annotated[Public[bool], "is it trauma informed"]
    student_led: Annotated[Public[bool], "is it student led"]
    owner: Annotated[Ref[Worker | None], QUIET, "who looks after it from now on"] = None
    consulted: Annotated[Private[str], PROSE, "who was consulted, and how; no student by name"]
    changes: Annotated[Private[str], PROSE, "what has to change"] = ""


class Showing(Form, kw_only=True):
    """What ``protocol show`` reads."""

    version: Annotated[Public[Word | None], "which one; the one in force if left out"] = None
    against: Annotated[Public[Word | None], "another version, to see what changed since"] = None


class EndVersion(Form, kw_only=True):
    """What ``protocol end`` reads."""

    version: Annotated[Public[Word | None], QUIET, "which one; the one in force if left out"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day from which it is no longer in force"]
    reason: Annotated[Private[str], PROSE, "why"] = ""


class NewFollowing(Form, kw_only=True):
    """What ``protocol follow`` reads."""

    version: Annotated[
        Public[Word | None], QUIET, "which one; the one in force on that day if left out"
    ] = None
    on: Annotated[Public[date], PAST, TODAY, "the day from which the case follows it"]
    by: Annotated[Ref[Staffer], YOU, "who decided to follow it"]


class SettleStep(Form, kw_only=True):
    """What ``protocol step`` reads."""

    step: Annotated[Public[int], Within(1, 999), "the number of the step"]
    outcome: Annotated[Public[Outcome], QUIET, "done, or not needed here"] = "done"
    on: Annotated[Public[date], PAST, TODAY, "the day it was done"]
    by: Annotated[Ref[Staffer], YOU, "who did it"]


ProtocolArg = Annotated[
    str, Argument(metavar="SLUG", help="The protocol's slug.", finds="protocols")
]
COLUMNS = (
    Column("slug", lambda row: row.slug),
    Column("version", lambda row: row.version),
    Column("kind", lambda row: row.kind),
    Column("topic", lambda row: label(row.topic), True),
    Column("status", lambda row: row.status),
    Column("adopted", lambda row: row.adopted_on),
    Column("review", lambda row: row.review_on if row.status in LIVE else None),
    Column("owner", lambda row: row.owner),
)
_UNCHECKED = "nobody has said yet whether it is trauma informed and student led"


def _as(work: Work, kind: type[P], protocol: Protocol, version: Version, **more: object) -> P:
    following = work.store.of(Following).all(protocol=protocol.slug, version=version.version)
    last = max(version.reviews, key=lambda review: review.on, default=None)
    fields = {
        "id": protocol.id,
        "slug": protocol.slug,
        "topic": protocol.topic,
        "owner": protocol.owner,
        "cases": tuple(dict.fromkeys(each.case for each in following)),
        **more,
    }
    return row_of(
        kind,
        version,
        reviewed_on=last and last.on,
        trauma_informed=last and last.trauma_informed,
        student_led=last and last.student_led,
        **fields,
    )


def _row(work: Work, protocol: Protocol) -> ProtocolRow:
    return _as(work, ProtocolRow, protocol, rules.pick(protocol, work.part))


def _told(work: Work, protocol: Protocol, version: Version) -> Protocol:
    """Return what is kept; the row that is shown is that of the version."""
    work.part = version.version
    return protocol


def _draft(protocol: Protocol, name: str | None) -> Version:
    drafts = [version for version in protocol.versions if version.status == "draft"]
    return drafts[-1] if drafts and name is None else rules.pick(protocol, name)


@adds("protocol", view=_row)
def add(work: Work, slug: SlugArg, given: NewVersion) -> Protocol:
    """Add a version of a policy, a protocol or a procedure: a draft, or adopted with --adopted.

    Example: reintegrate protocol add LUNCH --kind procedure --topic schedule_separation --version 1
    """
    slug = Slug(check_slug(slug))
    records = work.store.of(Protocol)
    protocol = records.find_named(slug)
    if protocol is None:
        protocol = Protocol(
            id=records.next_id(), slug=slug, topic=given.topic, owner=Slug(work.you)
        )
    protocol = _owned(work, protocol, given.owner)
    adopted, review_on = given.adopted_on, given.review_on
    if adopted:
        review_on = review_on or rules.next_review(adopted)
        rules.check_review(review_on, adopted)
    version = Version(
        **{**said(given, Version), "review_on": review_on, "adopted_by": adopted and work.you}
    )
    _say(work, protocol, version)
    return _told(work, rules.add_version(protocol, version, given.topic), version)


@changes("protocol", "adopt", view=_row)
def adopt(work: Work, protocol: Protocol, given: Adopting) -> Protocol:
    """Adopt a draft; from that day on it is in force, and the version before is superseded.

    Example: reintegrate protocol adopt LUNCH --on 2026-10-05
    """
    version = _draft(protocol, given.version)
    review_on = given.review_on or version.review_on or rules.next_review(given.on)
    adopted = rules.adopt(protocol, version, on=given.on, by=work.you, review_on=review_on)
    _say(work, adopted, rules.pick(adopted, version.version))
    return _told(work, _owned(work, adopted, given.owner), version)


def _owned(work: Work, protocol: Protocol, owner: Worker | None) -> Protocol:
    """Return a protocol with who looks after it: somebody else, or you if they have left."""
    owner_ = owner or work.store.takes_on(protocol.owner, work.today)
    return replace(protocol, owner=Slug(owner_))


def _say_closed(work: Work, day: date) -> None:
    if session.current.district.calendar.is_closed(day):
        work.say(f"its review, {explain_date(day, work.today)}, is on a closed day; it was kept so")


def _say(work: Work, protocol: Protocol, version: Version) -> None:
    if version.review_on is not None:
        _say_closed(work, version.review_on)
    if version.adopted_on is not None and not version.reviews:
        work.say(f"{_UNCHECKED}: reintegrate protocol review {protocol.slug}")


@changes("protocol", "review", view=_row)
def review(work: Work, protocol: Protocol, given: Reviewing) -> Protocol:
    """Record a review: is it trauma informed and student led, and who was consulted how.

    Example: reintegrate protocol review LUNCH --next 2027-10-01 --trauma-informed --student-led
    """
    version = rules.pick(protocol, given.version)
    made = Review(**said(given, Review))
    reviewed = rules.reviewed(protocol, version, made, given.next)
    _say_closed(work, given.next)
    if given.changes or not (given.trauma_informed and given.student_led):
        work.say(
            "it stays in force as it is; what has to change is another version: "
            f"reintegrate protocol add {protocol.slug}"
        )
    return _told(work, _owned(work, reviewed, given.owner), version)


@changes("protocol", "end", view=_row)
def end(work: Work, protocol: Protocol, given: EndVersion) -> Protocol:
    """End the version in force, or give up a draft; what was adopted stays in the record.

    Example: reintegrate protocol end LUNCH --on yesterday
    """
    version = rules.pick(protocol, given.version)
    return _told(work, rules.end(protocol, version, given.on, given.reason), version)


@lists(
    "protocol",
    COLUMNS,
    STATUSES,
    narrow={"cases": lambda row: row.cases, "owners": lambda row: (row.owner,)},
)
def list_(work: Work, protocols: list[Protocol]) -> list[ProtocolRow]:
    """List every version and when it is reviewed; --case lists what a case follows.

    Example: reintegrate protocol list --status adopted
    """
    return [
        _as(work, ProtocolRow, protocol, version)
        for protocol in protocols
        for version in protocol.versions
    ]


def _drawn(file: ProtocolFile) -> None:
    """Draw a version, and below it what changed: what was said before, and what is said now."""
    output.draw(file, without=("against", "differences"))
    if file.against is None:
        return
    output.print_rows(f"\nwhat changed since {file.against}")
    if not file.differences:
        output.print_rows("  nothing")
    output.pairs(_compared(file.differences), margin=2)


def _compared(differences: Sequence[Difference]) -> Iterator[tuple[str, str]]:
    for each in differences:
        name = each.field.replace("_", " ")
        if each.before is not None:
            yield name, f"- {each.before}"
            name = ""
        if each.after is not None:
            yield name, f"+ {each.after}"


@shows("protocol", drawn=_drawn)
def show_(work: Work, protocol: Protocol, given: Showing) -> ProtocolFile:
    """Show one version with its steps and reviews; --against shows what changed since another.

    Example: reintegrate protocol show LUNCH --version 2 --against 1
    """
    version = rules.pick(protocol, given.version)
    former = None if given.against is None else rules.pick(protocol, given.against)
    return _as(
        work,
        ProtocolFile,
        protocol,
        version,
        steps=version.steps,
        versions=tuple(each.version for each in protocol.versions),
        against=former and former.version,
        differences=() if former is None else rules.differences(former, version),
    )


def _followed(work: Work, following: Following) -> FollowingRow:
    return cases.row(following, work.store.of(Protocol).get_named(following.protocol))


@adds("protocol", "follow", view=_followed)
def follow(work: Work, slug: ProtocolArg, given: NewFollowing) -> Following:
    """Record which version a case follows; its steps stay with the case when the next is adopted.

    Example: reintegrate protocol follow HX4T LUNCH
    """
    protocol = work.store.of(Protocol).get_named(check_slug(slug))
    version = cases.followed_on(protocol, given.version, given.on)
    return work.new(Following, given, protocol=protocol.slug, version=version.version)


@changes("protocol", "step", view=_followed)
def step(work: Work, following: Following, given: SettleStep) -> Following:
    """Record that a step of what a case follows is done, or is not needed here.

    Example: reintegrate protocol step HX4T FP1 --step 2
    """
    protocol = work.store.of(Protocol).get_named(following.protocol)
    return cases.settle(following, protocol, StepDone(**said(given, StepDone)))


def section(store: "Store", ref: str) -> Section:
    """Return what one case follows, with the steps that are still open."""
    work = Work(store, ref)
    rows = [_followed(work, following) for following in store.of(Following).all(case=ref)]
    rows.sort(key=lambda row: row.status == "done")
    return Section({"protocols": rows}, pairs=[pair for row in rows for pair in _steps(row)])


def _steps(row: FollowingRow) -> Iterator[tuple[str, str]]:
    total = len(row.steps) + len(row.open_steps)
    progress = f"{len(row.steps)} of {total} steps settled"
    yield f"{row.id} follows {row.protocol} {row.version}", progress
    for each in row.open_steps:
        yield f"  step {each.step}", each.text
