"""``release``: what may be told to which agency, and until when."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.core.calendar import explain_date, short_date
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.records import Sensitivity, check_case_ref, check_id, plain
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.release import record as releases
from reintegrate_cli.nouns.release import signing
from reintegrate_cli.nouns.release.forms import NewRelease, Revocation
from reintegrate_cli.nouns.release.record import Release, ReleaseRow
from reintegrate_cli.nouns.release.standing import facts_of
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("partner", lambda row: row.partner),
    Column("records", lambda row: ", ".join(row.records).replace("_", " "), True),
    Column("for", lambda row: row.purpose.replace("_", " "), True),
    Column("status", lambda row: row.status),
    Column("last day", lambda row: row.expires_on),
)


def rows_of(store: "Store", ref: str | None) -> list[ReleaseRow]:
    """Show the releases of a case, or all of them, as they stand today."""
    found = store.of(Release).all(**({"case": ref} if ref else {}))
    facts = {ref: facts_of(store, ref) for ref in {release.case for release in found}}
    return [releases.row(one, session.today(), facts[one.case]) for one in found]


@verb("release", "add", about="release")
def add(ref: RefArg, given: NewRelease) -> None:
    """Keep a signed release: one agency, item by item, with an end.

    The student's no stands over any signature. Nothing else ever depends on a release.

    Example: reintegrate release add HX4T --partner MERID --records attendance
    """
    ref = check_case_ref(ref)
    signing.term(given)
    signing.check_one_agency(given.partner)  # before it is said that there is no such partner
    try:
        row, release, come_of_age = _added(ref, given)
    except Refused as problem:
        if problem.rule == "A10" and given.escalate:
            from reintegrate_cli.nouns.disclosure.log import log_declined

            log_declined(ref, given.partner[0], given.records)
            say("the disclosure log keeps that it was asked for, and declined")
        raise
    _remark(release, come_of_age)
    show(row)


def _added(ref: str, given: NewRelease) -> tuple[ReleaseRow, Release, date | None]:
    with session.writing("release add") as store:
        case = store.cases.get(ref)
        for signer in given.signers:
            if signer.care:
                store.care.get(ref, check_id(signer.care, ref))
        checked_by = store.staff.get(given.abuser_check_by).slug
        partner = store.partners.get(signing.check_one_agency(given.partner))
        facts = facts_of(store, case.ref)
        release = signing.made(
            given,
            case=ref,
            id_=store.of(Release).next_id(ref),
            partner=partner.slug,
            regime=partner.regime,
            abuser_check_by=checked_by,
            care=facts.care,
            rights_on=facts.rights_on,
        )
        row = releases.row(store.of(Release).put(release), session.today(), facts)
    return row, release, facts.rights_on


def _remark(release: Release, come_of_age: date | None) -> None:
    """Say what is unusual about a release, and until when it holds."""
    if (release.expires_on - release.signed_on).days > signing.LONG_DAYS:
        say(f"it holds for more than {signing.LONG_DAYS} days; a shorter one can be signed again")
    if not release.recipient:
        say("it names no person or role at the agency; a named one is safer")
    if not release.language:
        say("it is not said in which language it was talked over")
    if come_of_age is None:
        say("no birth date is on record, so it is not known when the student signs alone")
    if release.copy_offered is None:
        say("offer a copy to whoever signed")
    last = releases.holds_through(release, come_of_age)
    why = "" if last == release.expires_on else f"; reintegrate case rights {release.case} says why"
    say(f"it holds through {explain_date(last, session.today())}{why}")


@verb("release", "revoke", final=True)
def revoke(ref: RefArg, id_: IdArg, given: Revocation) -> None:
    """Withdraw a release; a spoken word is enough, and it holds at once.

    Example: reintegrate release revoke HX4T L1 --by student --how oral
    """
    ref = check_case_ref(ref)
    today = session.today()
    task = None
    with session.writing("release revoke") as store:
        case = store.cases.get(ref)
        former = store.of(Release).get(ref, check_id(id_, ref))
        by = store.person(given.by)
        release = store.of(Release).put(releases.revoke(former, given, by, today))
        if release.written_on is None:
            task = store.tasks.put(
                Task(
                    id=store.tasks.next_id(),
                    case=ref,
                    due_on=today + timedelta(days=releases.IN_WRITING_DAYS),
                    owner=store.takes_on(case.owner, today),
                    text=f"ask for the withdrawal of release {ref}/{release.id} in writing; it "
                    "holds without",
                )
            )
        row = releases.row(release, today, facts_of(store, ref))
    if task is not None:
        say(f"it holds at once; {task.id}, get it in writing by {short_date(task.due_on)}")
    show(row)


@verb("release", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List releases as they stand today.

    Example: reintegrate release list --status expiring
    """
    with session.reading() as store:
        rows = narrowed(
            rows_of(store, case_of(filters)), filters, store, statuses=releases.STATUSES
        )
    show(rows, COLUMNS, empty="no release is on record", kind=ReleaseRow)


@verb("release", "show")
def show_(
    ref: RefArg,
    id_: Annotated[
        str | None,
        Argument(metavar="[ID]", help="The release, where there are several.", finds="id"),
    ] = None,
) -> None:
    """Show one release whole: who signed, what was talked over, what limits were set.

    Example: reintegrate release show HX4T L1
    """
    ref = check_case_ref(ref)
    with session.writing("release show") as store:
        store.cases.get(ref)
        release = (
            _only(store, ref) if id_ is None else store.of(Release).get(ref, check_id(id_, ref))
        )
        store.touch(f"{ref}/{release.id}")
        how = releases.status(release, session.today(), facts_of(store, ref))
    if how in releases.LIVE:
        say(f"it holds until 23:59:59 on {explain_date(release.expires_on, session.today())}")
    if output.current.as_json:
        show(_whole(release, how), upto=Sensitivity.PRIVATE)
        return
    output.pairs([("status", how)])
    show(release, upto=Sensitivity.PRIVATE)


def _whole(release: Release, how: str) -> dict[str, Any]:
    return {**plain(release, Sensitivity.PRIVATE), "status": how}


def _only(store: "Store", ref: str) -> Release:
    found = store.of(Release).all(case=ref)
    if not found:
        raise Missing(f"case {ref} has no release", hint=f"reintegrate release add {ref}")
    if len(found) > 1:
        raise Usage(
            "there are several releases; say which",
            hint="they are " + ", ".join(f"{one.id} ({one.partner})" for one in found),
        )
    return found[0]


def section(store: "Store", ref: str) -> Section:
    """Part of ``case show``: the releases of a case, as they stand."""
    kept = store.of(Release).all(case=ref)
    facts = facts_of(store, ref)
    rows = [releases.row(one, session.today(), facts) for one in kept]
    pairs = [
        (f"{one.id} {one.partner}, the student's limits", one.limits) for one in kept if one.limits
    ]
    pairs += [
        (f"{one.id} {one.partner}", "suspended: somebody who signed it is barred now, or may be")
        for one, row in zip(kept, rows, strict=True)
        if row.status == "suspended" and releases.is_blocked(one, facts.care)
    ]
    return Section(
        {"releases": [_whole(one, row.status) for one, row in zip(kept, rows, strict=True)]},
        heading="releases" if rows else "",
        pairs=pairs,
        rows=rows,
        columns=COLUMNS[1:],
    )
