"""``concern``: facts that somebody observed, who decides, what is done, and until when."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.core.argv import WORD, free_text
from reintegrate_cli.core.calendar import explain_date, short_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Slug, check_id, same_slug
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.plain import Option as Flag
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, adds, changes, lists, said, shows
from reintegrate_cli.line.verbs import IdArg, RefArg, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.concern import mitigating as mitigations
from reintegrate_cli.nouns.concern import record as rules
from reintegrate_cli.nouns.concern import rows
from reintegrate_cli.nouns.concern.forms import (
    Deciding,
    Lifting,
    NewConcern,
    NewLook,
    NewMitigation,
    Offering,
    Reviewing,
)
from reintegrate_cli.nouns.concern.record import (
    LONGEST_DAYS,
    REVIEW_DAYS,
    STATUSES,
    Concern,
    Look,
    Mitigation,
    Review,
    Type,
)
from reintegrate_cli.nouns.concern.rows import ConcernFile, ConcernRow
from reintegrate_cli.nouns.protocol.record import Protocol

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

STANCE = (
    "students who were trafficked do not usually recruit others; a concern is acted on only with"
    " facts that somebody saw or heard (guidance, clauses 37 and 38: reintegrate about --source)"
)


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("status", lambda row: label(row.status)),
    Column("with", lambda row: row.key_staff, True),
    Column("review", lambda row: row.review_on),
    Column("ends", lambda row: row.ends_on),
    Column("noted", lambda row: row.noted_on),
    Column("by", lambda row: row.noted_by, True),
)


def _owner(work: Work, concern: Concern) -> str:
    case = work.store.cases.get(concern.case)
    return case.owner or case.entered_by


def _row(work: Work, concern: Concern) -> ConcernRow:
    return rows.row(concern, _owner(work, concern), work.today)


@adds(
    "concern",
    view=_row,
    opens=STANCE,
    then=("concern decide {ref} {id}", "need add {ref}", "mandated add {ref}"),
)
def add(work: Work, given: NewConcern) -> Concern:
    """Note what somebody observed that makes recruitment a concern; rumor is not kept (H3).

    Students who were trafficked do not usually recruit others. The student of concern may be under
    pressure too: offer support to both, and think of a report (H6, F1).

    Example: reintegrate concern add D4SX --targeted P3RM
    """
    concern = work.new(
        Concern,
        given,
        facts=rules.check_facts(given.facts),
        noted_by=work.you,
        targeted=tuple(dict.fromkeys(given.targeted)),
    )
    owner = _owner(work, concern)
    if not same_slug(owner, work.you):
        work.say(f"it is with {owner} now, and in nobody else's lists")
    if concern.support_offered_on is None:
        work.say(
            "offer support to both students; the one of concern may be under pressure too (H6):"
            f" reintegrate concern support {concern.case} {concern.id} says that it was"
        )
    return concern


@changes("concern", "decide", view=_row, anybody=True, then=("concern mitigate {ref} {id}",))
def decide(work: Work, concern: Concern, given: Deciding) -> Concern:
    """Record what a second person makes of the facts: neither who noted it nor its only observer.

    Example: reintegrate concern decide D4SX C1 --outcome substantiated --by hale
    """
    decided = rules.decide(
        concern,
        outcome=given.outcome,
        by=given.by,
        name=work.store.staff.get(given.by).name,
        on=given.on,
        today=work.today,
        reason=given.reason,
    )
    if given.outcome == "insufficient":
        gone_on = rules.later(given.on, LONGEST_DAYS)
        work.say(f"nothing is done about it; it goes for good by {gone_on.isoformat()}")
    return decided


def _changes_no_schedule(_store: "Store", called: Mapping[str, Any]) -> bool:
    return bool(called["given"].type != "schedule")


@changes("concern", "mitigate", view=_row, about="separation", spares=_changes_no_schedule)
def mitigate(work: Work, concern: Concern, given: NewMitigation) -> Concern:
    """Add what is done about a substantiated concern, with its owner, its review and its end.

    A key person is a counselor or social worker, with a backup; from then on the concern is with
    them alone. Looking at social media needs a policy in force (H4, H5).

    Example: reintegrate concern mitigate D4SX C1 --type schedule --owner lee --review +2w --ends 1m
    """
    rules.check_substantiated(concern, work.today)
    policy, version = _policy(work, given.type, given.policy)
    mitigation = Mitigation(
        id=f"MI{len(concern.mitigations) + 1}",
        proposed_on=given.review_on,
        policy_version=version,
        **{**said(given, Mitigation), "policy": policy},
    )
    role = work.store.staff.get(given.owner).role
    changed = mitigations.mitigate(concern, mitigation, role=role, today=work.today)
    if session.current.district.calendar.is_closed(given.review_on):
        day = explain_date(given.review_on, work.today)
        work.say(f"{day} is a closed day; the review was kept as you gave it")
    if given.type == "key_staff":
        work.say(f"it is with {given.owner} now, and in nobody else's lists")
    return changed


def _policy(work: Work, type_: Type, slug: str | None) -> tuple[Slug | None, str | None]:
    """Return the policy that something follows, with its version; social media needs one (H5)."""
    protocol = None if slug is None else work.store.of(Protocol).get_named(slug)
    version = mitigations.check_policy(protocol, type_, work.today)
    named = None if protocol is None else protocol.slug
    return named, None if version is None else version.version


YesOption = Annotated[bool, Flag("--yes", help="Do not ask once more.")]
MitigationArg = Annotated[
    str, Argument(metavar="MITIGATION", help="Which thing that is done, such as MI1.")
]


@changes("concern", "look", view=_row)
def look(work: Work, concern: Concern, mitigation: MitigationArg, given: NewLook) -> Concern:
    """Keep that somebody looked at public posts: when and who, never what (H5).

    Example: reintegrate concern look D4SX C1 MI2 --seen no
    """
    rules.check_substantiated(concern, work.today)
    each = _picked(concern, mitigation)
    _policy(work, each.type, each.policy)
    return mitigations.looked(concern, each, Look(on=given.on, by=given.by, seen=given.seen))


def _picked(concern: Concern, text: str) -> Mitigation:
    """Return the mitigation that is named on a line.

    Raises:
        Missing: there is none.
        Refused: it is free text (rule ``argv``).
    """
    if not WORD.fullmatch(text):
        raise free_text()
    return mitigations.pick(concern, text)


@verb("concern", "review")
def review(ref: RefArg, id_: IdArg, given: Reviewing) -> None:
    """Review what is done; a later end takes a review that reads the facts again (H4).

    Example: reintegrate concern review D4SX C1 --facts-read yes --next 2026-11-10
    """
    with session.reading() as store:
        concern = store.of(Concern).get(ref, check_id(id_, ref))
        _reviewed(Work(store, ref), concern, given, None)
    ends = [each.ends_on for each in concern.live(session.today())]
    next_on = review_day(given.next_on, _proposed(given, ends), "--next")
    with session.writing() as store:
        work = Work(store, ref)
        former = store.of(Concern).get(ref, concern.id)
        concern = store.of(Concern).put(_reviewed(work, former, given, next_on))
        shown = _row(work, concern)
    show(shown)


def _proposed(given: Reviewing, ends: Iterable[date]) -> date:
    """Return the day that is proposed for the next review: two weeks on, or the last day."""
    return min(rules.later(given.on, REVIEW_DAYS), *ends, given.ends_on or date.max)


def _reviewed(work: Work, concern: Concern, given: Reviewing, next_on: date | None) -> Concern:
    """Return a concern with the review that a form says."""
    mitigations.check_going_on(concern, work.today)
    chosen = concern.live(work.today)
    if given.mitigation is not None:
        chosen = (_picked(concern, given.mitigation),)
    for each in chosen if given.ends_on is not None else ():
        _policy(work, each.type, each.policy)
    return mitigations.review(
        concern,
        chosen,
        Review(
            on=given.on,
            by=given.by or work.you,
            facts_read=bool(given.facts_read),
            finding=given.finding,
        ),
        next_on=next_on or given.next_on,
        proposed_on=_proposed(given, [each.ends_on for each in chosen]),
        ends_on=given.ends_on,
        today=work.today,
    )


@changes("concern", "lift", view=_row)
def lift(work: Work, concern: Concern, given: Lifting) -> Concern:
    """Lift a concern, or one thing that is done about it; nothing asks about it again.

    Example: reintegrate concern lift D4SX C1
    """
    if given.mitigation is not None:
        one = _picked(concern, given.mitigation)
        return rules.lift_one(concern, one, given.on, work.today)
    return rules.lift(concern, by=given.by, on=given.on, today=work.today, reason=given.reason)


@changes("concern", "support", view=_row)
def support(work: Work, concern: Concern, given: Offering) -> Concern:
    """Record that both students were offered support: the one of concern may need it as much (H6).

    Example: reintegrate concern support D4SX C1
    """
    return replace(concern, support_offered_on=given.on)


@lists("concern", COLUMNS, STATUSES, hides="expired")
def list_(work: Work, concerns: list[Concern]) -> list[ConcernRow]:
    """List the concerns that are with you, and who has those that you noted.

    Example: reintegrate concern list --status review_due
    """
    store = work.store
    where = {"case": work.ref} if work.ref else {}
    eyes = store.eyes("concerns")
    listed = []
    for concern in store.of(Concern).everything(**where):
        if eyes is not None and eyes.may_see(concern):
            listed.append(_row(work, concern))
        elif same_slug(concern.noted_by, work.you):
            owner = _owner(work, concern)
            listed.append(rows.told_to_who_noted_it(concern, owner, work.today))
    return listed


@shows("concern")
def show_(work: Work, concern: Concern) -> ConcernFile:
    """Show one concern with its facts, what is done, and its reviews.

    Example: reintegrate concern show D4SX C1
    """
    return rows.file(concern, _owner(work, concern), work.today)


@verb("concern", "purge", final=True)
def purge(ref: RefArg, id_: IdArg, yes: YesOption = False) -> None:
    """Purge a concern that was not substantiated, for good; there is no way back.

    Example: reintegrate concern purge D4SX C1
    """
    from reintegrate_cli.kept import purging, retention

    with session.reading() as store:
        concern = store.of(Concern).get(ref, check_id(id_, ref))
        rules.check_purge(concern)
        retention.check_may_go(concern.case, store.legal_holds.all())
    if not yes and not output.can_ask():
        raise Usage("a purge cannot be undone", fields=["yes"], hint="add --yes")
    if not yes and not output.confirm(f"{concern.case}/{concern.id} goes for good; purge"):
        raise Usage("nothing was purged")
    with session.writing() as store:
        concern = store.of(Concern).get(ref, concern.id)
        rules.check_purge(concern)
        retention.check_may_go(concern.case, store.legal_holds.all())
        until = rules.later(concern.decided_on or concern.noted_on, LONGEST_DAYS)
        going = retention.Going(
            type="concern",
            id=concern.id,
            case=concern.case,
            kept_from=concern.noted_on,
            kept_until=until,
        )
        certificate = retention.certificate(
            [going], id_=store.certificates.next_id(), by=store.by, today=session.today()
        )
        certificate = purging.purge(store, [going], certificate, {})
    say("copies in other folders are removed as they reach 90 days: reintegrate vault backup")
    show(certificate)


def section(store: "Store", ref: str) -> Section:
    """Return the concerns of one case that are with you."""
    work = Work(store, ref)
    found = [
        rows.file(concern, _owner(work, concern), work.today)
        for concern in store.of(Concern).all(case=ref)
    ]
    pairs = [
        (f"{row.id} observed {short_date(fact.on)}", f"{fact.observed} ({fact.observed_by})")
        for row in found
        for fact in row.facts
    ]
    heading = "concerns" if found else ""
    return Section({"concerns": found}, pairs, heading, found, COLUMNS[1:])
