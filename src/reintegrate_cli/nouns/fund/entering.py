"""The verbs that add an entry to a ledger; none of them changes one (I1)."""

from datetime import date
from typing import Annotated, Any

from reintegrate_cli.core.dates import explain_day
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import FLAG, PAST, PROSE, QUIET, TODAY, VERBATIM, Option, Within
from reintegrate_cli.core.records import (
    Agency,
    Cents,
    Form,
    Funder,
    Private,
    Public,
    Ref,
    Secret,
    Sessions,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.forms import missing
from reintegrate_cli.line.shapes import Work, adds
from reintegrate_cli.nouns.fund import ledger, payers
from reintegrate_cli.nouns.fund import record as rules
from reintegrate_cli.nouns.fund.around import Around, row
from reintegrate_cli.nouns.fund.ledger import CLOSING, Agreed, MailTo, Outcome
from reintegrate_cli.nouns.fund.record import Fund
from reintegrate_cli.nouns.fund.source import Source, check_claim, check_provider, eligible
from reintegrate_cli.nouns.partner.record import BINDS


class OfSource(Form, kw_only=True):
    """What every entry says: the source, and the day."""

    source: Annotated[Ref[Funder], "the source of funding"]
    on: Annotated[Public[date], PAST, TODAY, "the day it happened"]


class Overriding(OfSource, kw_only=True):
    """What an entry says that may go before a payer of lower order."""

    override: Annotated[Public[bool], FLAG, "go before one who pays first; why is kept"] = False
    reason: Annotated[Private[str], PROSE, QUIET, "why it goes before one who pays first"] = ""


class Authorizing(Overriding, kw_only=True):
    """What ``fund authorize`` takes."""

    partner: Annotated[Ref[Agency | None], "who gives the sessions"] = None
    sessions: Annotated[Public[Sessions | None], "how many sessions: 40"] = None
    amount: Annotated[Public[Cents | None], "how much money: 600.00"] = None
    ends_on: Annotated[Public[date | None], Option("--ends"), "its last day"] = None
    claim_number: Annotated[Secret[str], "the number of the claim or authorization"] = ""


class Submitting(Overriding, kw_only=True):
    """What ``fund submit`` takes."""

    student_agreed: Annotated[Public[Agreed], "whether the student chose to apply"]
    mail_to: Annotated[
        Public[MailTo | None], "who may get the payer's letters, as the student says"
    ] = None
    good_cause: Annotated[Private[str], PROSE, QUIET, "why it is filed after its date"] = ""


class Choosing(OfSource, kw_only=True):
    """What ``fund choose`` takes."""

    student_agreed: Annotated[Public[Agreed], "what the student says about applying"]
    words: Annotated[Private[str], PROSE, VERBATIM, "in the student's words"] = ""


class Using(Overriding, kw_only=True):
    """What ``fund use`` takes."""

    sessions: Annotated[Public[Sessions | None], "sessions held: 1, or 0.5 of a group"] = None
    amount: Annotated[
        Public[Cents | None], "what they cost; their share of what is left if left out"
    ] = None


class Amount(OfSource, kw_only=True):
    """What ``fund invoice`` and ``fund pay`` take."""

    amount: Annotated[Public[Cents | None], "how much; all that is open if left out"] = None


class Back(OfSource, kw_only=True):
    """What ``fund refund`` takes."""

    amount: Annotated[Public[Cents], "how much"]
    sessions: Annotated[
        Public[Sessions | None], "sessions that are given back with it, to be used again"
    ] = None
    reason: Annotated[Private[str], PROSE, "why"]


class Correcting(OfSource, kw_only=True):
    """What ``fund correct`` takes."""

    amount: Annotated[Public[Cents], "the amount that the entry should have had"]
    sessions: Annotated[
        Public[Sessions | None], "the sessions that it should have had; as they are if left out"
    ] = None
    entry: Annotated[
        Public[int | None], Within(1, 9_999), "the number of the entry; the last if left out"
    ] = None
    reason: Annotated[Private[str], PROSE, "what was wrong"]


class Answering(OfSource, kw_only=True):
    """What ``fund outcome`` takes."""

    outcome: Annotated[Public[Outcome], "what the payer answered"]
    appeal_by: Annotated[Public[date | None], "the last day to appeal"] = None
    benefits_explained_on: Annotated[
        Public[date | None], PAST, QUIET, Option("--eob"), "the day of the explanation of benefits"
    ] = None
    reason: Annotated[Private[str], PROSE, "the reason that was given; no diagnosis"] = ""


class Appealing(OfSource, kw_only=True):
    """What ``fund appeal`` takes."""

    appeal_by: Annotated[Public[date], Option("--by"), "the last day to appeal"]
    sent_on: Annotated[
        Public[date | None], PAST, Option("--sent"), "the day it was sent; leave out until it is"
    ] = None
    reason: Annotated[Private[str], PROSE, "what it rests on; no diagnosis"] = ""


class Confirming(OfSource, kw_only=True):
    """What ``fund confirm`` takes."""

    granted: Annotated[Public[bool], "whether letters go where the student said"]


def _asked(work: Work, slug: str) -> tuple[Around, Source, Fund]:
    """Return what is read before a source is asked, and say if it may not pay for the student."""
    around, source, fund = _of(work, slug)
    may, rule = eligible(source, around.lives_in(work.ref))
    if may == "no":
        work.say(f"{source.slug} pays for another {rule} than the one that is on record")
    return around, source, fund


def _say_of(work: Work, slug: str | None) -> None:
    """Say what binds who gives the sessions (I10)."""
    partner = None if slug is None else work.store.partners.get(slug)
    if partner is not None and partner.regime in BINDS:
        rule = BINDS[partner.regime]
        work.say(f"{partner.slug} is bound by {rule}: what it tells takes its own form")


def _of(work: Work, slug: str) -> tuple[Around, Source, Fund]:
    around = Around(work)
    source = work.store.of(Source).get_named(slug)
    return around, source, around.fund(source)


def _added(work: Work, fund: Fund, kind: str, given: OfSource, **more: Any) -> Fund:
    """Return a ledger with what a form says added to it."""
    return rules.added(fund, kind=kind, on=given.on, by=work.you, **more)


def _why(given: Overriding) -> dict[str, Any]:
    """Return what an override says; it always takes a reason.

    Raises:
        Usage: it has none.
    """
    if given.override and not given.reason:
        raise missing(type(given), "reason")
    if given.override:
        session.went_past("--override")
    return {"override": given.override, "reason": given.reason}


@adds("fund", "authorize", view=row, then=("fund use {ref} --source {source}",))
def authorize(work: Work, given: Authorizing) -> Fund:
    """Record what a source authorized: sessions, money, or both, and until when.

    Example: reintegrate fund authorize F9CK --source CITY --sessions 4 --amount 600.00
    """
    around, source, fund = _asked(work, given.source)
    rules.check_amount(given.amount, given.sessions)
    if given.ends_on is not None and given.ends_on < given.on:
        raise Usage("that ends before it begins", fields=["ends_on"])
    check_provider(source, given.partner, given.claim_number)
    _say_of(work, given.partner)
    more = _why(given)
    if not given.override:
        payers.check_settled(
            work.ref, source, around.sources, around.funds(work.ref), around.lives_in(work.ref)
        )
    fund = _added(
        work,
        fund,
        "authorized",
        given,
        cents=given.amount or 0,
        halves=given.sessions or 0,
        partner=given.partner,
        ends_on=given.ends_on,
        claim_number=given.claim_number,
        **more,
    )
    around.check_most(fund, source)
    return fund


@adds("fund", "submit", view=row)
def submit(work: Work, given: Submitting) -> Fund:
    """Record that a claim was sent in, as the student chose, and who may get its mail.

    Example: reintegrate fund submit F9CK --source CVC --student-agreed yes --mail-to student
    """
    around, source, fund = _asked(work, given.source)
    check_claim(source)
    rules.check_chosen(given.student_agreed, work.ref, source.slug)
    more = _why(given)
    funds, lives_in = around.funds(work.ref), around.lives_in(work.ref)
    if not given.override:
        payers.check_settled(work.ref, source, around.sources, funds, lives_in)
    case = around.case(work.ref)
    rules.check_filing(fund.filing, case, given.on, given.good_cause, source.slug)
    for other in funds.values():
        denied = [each for each in other.entries if each.outcome == "denied"]
        if source.last_resort and denied and not denied[-1].benefits_explained_on:
            work.say(f"attach the explanation of benefits of {other.source}")
    return _added(
        work,
        fund,
        "submitted",
        given,
        agreed=given.student_agreed,
        mail_to=given.mail_to,
        good_cause=given.good_cause,
        **more,
    )


@adds("fund", "choose", view=row)
def choose(work: Work, given: Choosing) -> Fund:
    """Record what the student says about applying; after a no, nothing asks again.

    Example: reintegrate fund choose F9CK --source CVC --student-agreed not-yet
    """
    _, _, fund = _of(work, given.source)
    return _added(work, fund, "chosen", given, agreed=given.student_agreed, words=given.words)


@adds("fund", "use", view=row)
def use(work: Work, given: Using) -> Fund:
    """Record sessions that were held, out of what is authorized; half for a group.

    Example: reintegrate fund use F9CK --source MEDICAID --sessions 1
    """
    around, source, fund = _of(work, given.source)
    halves = given.sessions or 0
    share = ledger.cost(fund.entries, halves, given.on)
    cents = share if given.amount is None else given.amount
    rules.check_amount(given.amount, given.sessions)
    more = _why(given)
    if not given.override:
        payers.check_used_up(
            work.ref,
            source,
            around.sources,
            around.funds(work.ref),
            around.lives_in(work.ref),
            given.on,
        )
    return _added(work, fund, "used", given, cents=cents, halves=halves, **more)


@adds("fund", "invoice", view=row)
def invoice(work: Work, given: Amount) -> Fund:
    """Record an invoice; without an amount, of all that was used and not invoiced yet.

    Example: reintegrate fund invoice F9CK --source CITY --amount 150.00
    """
    _, _, fund = _of(work, given.source)
    now = ledger.balance(fund.entries)
    cents = max(now.used - now.invoiced, 0) if given.amount is None else given.amount
    rules.check_money(cents, "invoice")
    if now.invoiced + cents > now.used:
        work.say("more is invoiced now than was used; look whether a session is not entered yet")
    return _added(work, fund, "invoiced", given, cents=cents)


@adds("fund", "pay", view=row)
def pay(work: Work, given: Amount) -> Fund:
    """Record a payment; without an amount, of all that was invoiced and is not paid yet.

    Example: reintegrate fund pay F9CK --source CITY --amount 150.00
    """
    _, _, fund = _of(work, given.source)
    now = ledger.balance(fund.entries)
    cents = now.unpaid if given.amount is None else given.amount
    rules.check_money(cents, "pay")
    return _added(work, fund, "paid", given, cents=cents)


@adds("fund", "refund", view=row)
def refund(work: Work, given: Back) -> Fund:
    """Record money that came back; with --sessions they may be used again, and it with them.

    Example: reintegrate fund refund F9CK --source CITY --amount 150.00 --sessions 1
    """
    _, _, fund = _of(work, given.source)
    rules.check_money(given.amount, "refund")
    halves = given.sessions or 0
    return _added(
        work, fund, "refunded", given, cents=given.amount, halves=halves, reason=given.reason
    )


@adds("fund", "correct", view=row)
def correct(work: Work, given: Correcting) -> Fund:
    """Correct the amount of an entry by another one; what was entered stays, with the reason.

    Example: reintegrate fund correct F9CK --source CITY --amount 140.00 --entry 3
    """
    around, source, fund = _of(work, given.source)
    fund = rules.corrected(
        fund,
        given.entry,
        given.amount,
        given.sessions,
        on=given.on,
        by=work.you,
        reason=given.reason,
    )
    around.check_most(fund, source)
    return fund


@adds("fund", "outcome", view=row)
def outcome(work: Work, given: Answering) -> Fund:
    """Record what a payer answered; a denial closes what is left, and names who pays next.

    Example: reintegrate fund outcome F9CK --source MEDICAID --outcome denied
    """
    around, source, fund = _of(work, given.source)
    if given.appeal_by is not None and given.appeal_by < given.on:
        raise Usage("the last day to appeal is before the answer", fields=["appeal_by"])
    fund = _added(
        work,
        fund,
        "outcome",
        given,
        outcome=given.outcome,
        appeal_by=given.appeal_by,
        benefits_explained_on=given.benefits_explained_on,
        reason=given.reason,
    )
    if given.outcome in CLOSING:
        now = {**around.funds(work.ref), fund.source: fund}
        following = payers.after(source, around.sources, now, around.lives_in(work.ref))
        for other in list(following)[:1]:
            work.say(f"next payer: {other.slug}; whether to apply is the student's own choice")
    return fund


@adds("fund", "appeal", view=row)
def appeal(work: Work, given: Appealing) -> Fund:
    """Record that an answer is appealed: by which day, and the day it was sent once it was.

    Example: reintegrate fund appeal F9CK --source MEDICAID --by 2026-11-16
    """
    _, _, fund = _of(work, given.source)
    answers = [entry for entry in fund.entries if entry.outcome is not None]
    if not answers or answers[-1].outcome not in CLOSING:
        raise Usage(
            f"there is no answer of {fund.source} to appeal",
            hint=f"reintegrate fund outcome {work.ref} --source {fund.source} records one",
            fields=["source"],
        )
    day = min(entry.on for entry in answers)
    if given.appeal_by < day:
        raise Usage(f"that is before the answer of {explain_day(day)}", fields=["appeal_by"])
    return _added(
        work,
        fund,
        "appealed",
        given,
        appeal_by=given.appeal_by,
        sent_on=given.sent_on,
        reason=given.reason,
    )


@adds("fund", "confirm", view=row)
def confirm(work: Work, given: Confirming) -> Fund:
    """Record the payer's answer on where its letters go; they could expose the student.

    Example: reintegrate fund confirm F9CK --source CVC --granted yes
    """
    _, _, fund = _of(work, given.source)
    if not any(entry.mail_to for entry in fund.entries):
        raise Usage(
            "nobody has said yet who may get its letters",
            hint=f"reintegrate fund submit {work.ref} --source {fund.source} --mail-to student",
            fields=["source"],
        )
    if not given.granted:
        work.say("tell the student before a letter goes out; she may choose to withdraw")
    return _added(work, fund, "confirmed", given, granted=given.granted)
