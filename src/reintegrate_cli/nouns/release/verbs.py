"""``release``: what may be told to which agency, and until when."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar

from reintegrate_cli.core.calendar import explain_date, short_date
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.hints import ASK, FLAG, PAST, PROSE, QUIET, TODAY, Option, Unoffered
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.records import (
    Agency,
    Form,
    Person,
    Private,
    Public,
    Ref,
    Sensitivity,
    Staffer,
    Value,
    check_id,
    row_of,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shapes import Work, changes, lists
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.release import record as releases
from reintegrate_cli.nouns.release import signing
from reintegrate_cli.nouns.release.record import (
    How,
    Method,
    Purpose,
    RecordType,
    Release,
    ReleaseRow,
    Signature,
    Signer,
    WholeRelease,
)
from reintegrate_cli.nouns.release.standing import facts_of
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

R = TypeVar("R", bound=Value)


class NewRelease(Form, kw_only=True):
    """What ``release add`` takes."""

    partner: Annotated[Ref[tuple[Agency, ...]], "the one agency that it is for"]
    records: Annotated[
        Public[tuple[RecordType, ...]], Unoffered("all"), "what may be told; may repeat"
    ]
    purpose: Annotated[Public[Purpose], "what it is for"]
    method: Annotated[Public[Method], "how it may be told"]
    signed_on: Annotated[Public[date], PAST, "the day it was signed"]
    effective_on: Annotated[
        Public[date | None], Option("--effective"), "the day it begins; when signed if left out"
    ] = None
    expires_on: Annotated[
        Public[date | None],
        ASK,
        Option("--expires"),
        "its last day; 30 days after it was signed if left out",
    ] = None
    signers: Annotated[Public[tuple[Signer, ...]], "who signed"]
    assent: Annotated[Private[str], "what the student says: yes, no, or the limits they set"]
    discussed_on: Annotated[
        Public[date], PAST, "the day on which risks, ways and consequences were talked over"
    ]
    alternatives_considered: Annotated[
        Private[str], PROSE, "what else was considered, including not sharing at all"
    ]
    language: Annotated[Private[str], "the language of that talk, and who interpreted"] = ""
    abuser_check_by: Annotated[Ref[Staffer], "who made sure that no abuser signs"]
    recipient: Annotated[Private[str], "the person or role at the agency"] = ""
    kept_where: Annotated[Private[str], "where the paper is kept"] = ""
    copy_offered: Annotated[Public[bool | None], ASK, "was a copy offered"] = None
    signature: Annotated[Public[Signature], "on paper, or electronic"] = "paper"
    identity_check: Annotated[
        Private[str], QUIET, "for an electronic signature, how the person was identified"
    ] = ""
    why_that_long: Annotated[Private[str], QUIET, "why longer or shorter than 30 days"] = ""
    escalate: Annotated[Public[bool | None], FLAG, "note a student's no in the disclosure log"] = (
        None
    )


class Revocation(Form, kw_only=True):
    """What ``release revoke`` takes; a word is enough."""

    by: Annotated[Ref[Person], "who withdrew it: student, caregiver or a staff slug"]
    how: Annotated[Public[How], ASK, "spoken or in writing; spoken if left out"] = "oral"
    on: Annotated[Public[date], PAST, TODAY, "the day it was withdrawn"]
    words: Annotated[Private[str], PROSE, "how they put it"] = ""


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("partner", lambda row: row.partner),
    Column("records", lambda row: labels(row.records), True),
    Column("for", lambda row: label(row.purpose), True),
    Column("status", lambda row: row.status),
    Column("last day", lambda row: row.expires_on),
)


def _rows(store: "Store", signed: Iterable[Release], kind: type[R]) -> list[R]:
    """Return releases with their status today, as rows of a kind."""
    facts = {ref: facts_of(store, ref) for ref in {release.case for release in signed}}
    today = session.today()
    return [
        row_of(kind, release, status=releases.status(release, today, facts[release.case]))
        for release in signed
    ]


def _row(work: Work, release: Release) -> ReleaseRow:
    return _rows(work.store, [release], ReleaseRow)[0]


@verb("release", "add", about="release", then=("disclose {ref} --to {partner}",))
def add(ref: RefArg, given: NewRelease) -> None:
    """Keep a signed release: one agency, item by item, with an end.

    The student's no counts over any signature. Nothing else ever depends on a release.

    Example: reintegrate release add HX4T --partner MERID --records attendance
    """
    signing.check_one_agency(given.partner)  # before it is said that there is no such partner
    term = signing.term(given.signed_on, given.effective_on, given.expires_on)
    try:
        with session.writing() as store:
            store.cases.get(ref)
            work = Work(store, ref)
            release = store.of(Release).put(_signed(work, given, term))
            row, comes_of_age = _row(work, release), facts_of(store, ref).rights_on
    except Refused as problem:
        if problem.rule == "A10" and given.escalate:
            from reintegrate_cli.nouns.disclosure.log import log_declined

            log_declined(ref, given.partner[0], given.records)
            say("the disclosure log notes that it was asked for, and declined")
        raise
    _remark(release, comes_of_age)
    show(row)


def _signed(work: Work, given: NewRelease, term: tuple[date, date]) -> Release:
    """Return the release that was signed, if no rule of practice is against it."""
    partner = work.store.partners.get(given.partner[0])
    facts = facts_of(work.store, work.ref)
    assent, limits = signing.read_assent(given.assent)
    release = work.new(
        Release,
        given,
        partner=partner.slug,
        regime=partner.regime,
        records=releases.check_items(given.records),
        effective_on=term[0],
        expires_on=term[1],
        assent=assent or "yes",
        limits=limits,
    )
    signing.check_signed(release, facts.care, facts.rights_on)
    if assent is None:
        raise signing.declined(work.ref)
    return release


def _remark(release: Release, comes_of_age: date | None) -> None:
    """Say what is unusual about a release, and until when it holds."""
    remarks = (
        (
            (release.expires_on - release.signed_on).days > signing.LONG_DAYS,
            f"it holds for more than {signing.LONG_DAYS} days; a shorter one can be signed again",
        ),
        (not release.recipient, "it names no person or role at the agency; a named one is safer"),
        (not release.language, "the language of the discussion is not on record"),
        (
            comes_of_age is None,
            "no birth date is on record, so it is not known when the student signs alone",
        ),
        (release.copy_offered is None, "offer a copy to everyone who signed"),
    )
    for is_so, remark in remarks:
        if is_so:
            say(remark)
    last = releases.holds_through(release, comes_of_age)
    why = "" if last == release.expires_on else f"; reintegrate case rights {release.case} says why"
    say(f"it is valid through {explain_date(last, session.today())}{why}")


@changes("release", "revoke", view=_row, final=True)
def revoke(work: Work, signed: Release, given: Revocation) -> Release:
    """Withdraw a release; a spoken word is enough, and it holds at once.

    Example: reintegrate release revoke HX4T L1 --by student --how oral
    """
    release = releases.revoke(signed, by=given.by, how=given.how, on=given.on, words=given.words)
    if release.written_on is None:
        owner = work.store.cases.get(work.ref).owner
        task = Task(
            id=work.store.tasks.next_id(),
            case=work.ref,
            due_on=work.today + timedelta(days=releases.IN_WRITING_DAYS),
            owner=work.store.takes_on(owner, work.today),
            text=f"ask for the withdrawal of release {work.ref}/{release.id} in writing; it holds "
            "without",
        )
        task = work.store.tasks.put(task)
        work.say(f"it holds at once; {task.id}, get it in writing by {short_date(task.due_on)}")
    return release


@lists("release", COLUMNS, releases.STATUSES)
def list_(work: Work, signed: list[Release]) -> list[ReleaseRow]:
    """List releases with their status today.

    Example: reintegrate release list --status expiring
    """
    return _rows(work.store, signed, ReleaseRow)


@verb("release", "show")
def show_(
    ref: RefArg,
    id_: Annotated[
        str | None, Argument(metavar="[ID]", help="The release, if there are several.", finds="id")
    ] = None,
) -> None:
    """Show one release whole: who signed, what was talked over, what limits were set.

    Example: reintegrate release show HX4T L1
    """
    with session.writing() as store:
        store.cases.get(ref)
        release = (
            _only(store, ref) if id_ is None else store.of(Release).get(ref, check_id(id_, ref))
        )
        store.touch(f"{ref}/{release.id}")
        [whole] = _rows(store, [release], WholeRelease)
    if whole.status in releases.LIVE:
        say(f"it holds until 23:59:59 on {explain_date(whole.expires_on, session.today())}")
    show(whole, upto=Sensitivity.PRIVATE)


def _only(store: "Store", ref: str) -> Release:
    signed = store.of(Release).all(case=ref)
    if not signed:
        raise Missing(f"case {ref} has no release", hint=f"reintegrate release add {ref}")
    if len(signed) > 1:
        raise Usage(
            "there are several releases; say which",
            hint="they are " + ", ".join(f"{each.id} ({each.partner})" for each in signed),
        )
    return signed[0]


def section(store: "Store", ref: str) -> Section:
    """Return the releases of a case, with their status."""
    rows = _rows(store, store.of(Release).all(case=ref), WholeRelease)
    pairs = [
        (f"{row.id} {row.partner}, the student's limits", row.limits) for row in rows if row.limits
    ]
    care = facts_of(store, ref).care
    pairs += [
        (f"{row.id} {row.partner}", "suspended: somebody who signed it is barred now, or may be")
        for row in rows
        if row.status == "suspended" and releases.is_blocked(row, care)
    ]
    return Section(
        {"releases": rows},
        heading="releases" if rows else "",
        pairs=pairs,
        rows=rows,
        columns=COLUMNS[1:],
    )
