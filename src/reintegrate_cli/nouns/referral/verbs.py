"""``referral``: from the student's yes to the student's word that care is given."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import ASK, PAST, PROSE, QUIET, TODAY, YOU, Option
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Agency, Form, Person, Private, Public, Ref, Word
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.checkin.scheduled import status_of
from reintegrate_cli.nouns.partner.record import BINDS
from reintegrate_cli.nouns.referral import record as rules
from reintegrate_cli.nouns.referral.record import (
    STATUSES,
    Agreed,
    DeclineReason,
    EndReason,
    Referral,
    ReferralFile,
    ReferralRow,
    Step,
    StepKind,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.partner.record import Partner


class NewReferral(Form, kw_only=True):
    """What ``referral add`` takes."""

    partner: Annotated[Ref[Agency], "the partner's slug"]
    service: Annotated[Public[Word], "the service, in one word: counseling"]
    student_agreed: Annotated[Public[Agreed], "whether the student wants it"]
    on: Annotated[Public[date], PAST, TODAY, "the day of the referral"]
    hand_off: Annotated[Private[str], "who goes with them, or calls ahead"] = ""
    note: Annotated[Private[str], PROSE, "what is asked of the partner"] = ""


class Stepping(Form, kw_only=True):
    """What every verb takes that records a step."""

    on: Annotated[Public[date], PAST, TODAY, "the day it happened"]
    note: Annotated[Private[str], QUIET, "a short factual note"] = ""


class Agreeing(Stepping, kw_only=True):
    """What ``referral agree`` takes."""

    student_agreed: Annotated[Public[Agreed], "what the student says now"]

    def __post_init__(self) -> None:
        """Require the student's word."""
        if self.student_agreed == "not_yet":
            raise Usage(
                "it waits already",
                fields=["student_agreed"],
                hint="say yes, or no, once the student does",
            )


class Accepting(Stepping, kw_only=True):
    """What ``referral accept`` takes."""

    appointment_on: Annotated[
        Public[date | None], Option("--appointment"), "the day of the first appointment"
    ] = None


class Declining(Stepping, kw_only=True):
    """What ``referral decline`` takes."""

    reason: Annotated[Public[DeclineReason], "why the partner does not take it"]


class Visiting(Stepping, kw_only=True):
    """What ``referral visit`` takes."""

    attended: Annotated[Public[bool | None], "no if the visit did not happen"] = None


class Confirming(Stepping, kw_only=True):
    """What ``referral confirm`` takes."""

    by: Annotated[Ref[Person], YOU, "student, or who asked the student"]
    student_says_helps: Annotated[
        Public[bool | None], ASK, "whether the student says that it helps"
    ] = None


class Ending(Stepping, kw_only=True):
    """What ``referral end`` takes."""

    reason: Annotated[Public[EndReason], "why it ends"]


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("partner", lambda row: row.partner, True),
    Column("service", lambda row: row.service, True),
    Column("status", lambda row: _status(row)),
    Column("referred", lambda row: row.referred_on),
    Column("first seen", lambda row: row.first_visit_on),
    Column("helps", lambda row: _helps(row)),
)


def _status(row: ReferralRow) -> str:
    return f"stale: {label(row.status)}" if row.stale else label(row.status)


def _helps(row: ReferralRow) -> str:
    if row.student_says_helps is None:
        return "confirmed" if row.confirmed_on else ""
    return "yes" if row.student_says_helps else "no"


@adds("referral", row=rules.row)
def add(work: Work, given: NewReferral) -> Referral:
    """Refer a student to a partner, once they agree; it shares nothing about them.

    Example: reintegrate referral add HX4T --partner MERID --service counseling --student-agreed yes
    """
    rules.check_agreed(given.student_agreed)
    case, world = work.store.cases.get(work.ref), session.world(work.store, work.ref)
    if status_of(world, case, work.today) == "closed":
        raise Usage(f"case {case.ref} is closed", hint=f"reintegrate case reopen {case.ref}")
    referral = work.new(Referral, given, referred_on=given.on)
    if given.student_agreed == "not_yet":
        work.say("it was sent to nobody: it waits until the student agrees")
        work.say(f"hint: reintegrate referral agree {case.ref} {referral.id} --student-agreed yes")
    _say_of(work, work.store.partners.get(given.partner))
    return referral


def _say_of(work: Work, partner: "Partner") -> None:
    """Say what a referral shares, and what binds the partner."""
    from reintegrate_cli.nouns.mou.record import Mou, in_force

    work.say(
        "a referral shares nothing about the student; that takes a release: "
        f"reintegrate release add {work.ref} --partner {partner.slug}"
    )
    if partner.regime in BINDS:
        rule = BINDS[partner.regime]
        work.say(f"{partner.slug} is bound by {rule}: what it tells takes its own form")
    elif partner.regime is None:
        work.say(
            f"it is not on record which rule of confidentiality binds {partner.slug}; ask, then "
            f"reintegrate partner edit {partner.slug} --regime RULE"
        )
    mous = work.store.of(Mou).all(partner=partner.slug)
    if not any(in_force(mou, work.today) for mou in mous):
        work.say(f"no MOU with {partner.slug} is in force")


def _step(
    work: Work, referral: Referral, kind: StepKind, given: Stepping, by: str = "", **more: Any
) -> Referral:
    """Return a referral with one more step, as it was typed."""
    step = Step(on=given.on, kind=kind, by=by or work.you, note=given.note, **more)
    return rules.move(referral, step)


@changes("referral", "agree", row=rules.row)
def agree(work: Work, referral: Referral, given: Agreeing) -> Referral:
    """Record the student's word on a referral that waited for it; a yes sends it.

    Example: reintegrate referral agree HX4T R1 --student-agreed yes
    """
    if given.student_agreed == "yes":
        moved = _step(work, referral, "sent", given)
    else:
        moved = _end(work, referral, given, "student_choice")
    return replace(moved, student_agreed=given.student_agreed)


@changes("referral", "accept", row=rules.row)
def accept(work: Work, referral: Referral, given: Accepting) -> Referral:
    """Record that the partner takes the student.

    Example: reintegrate referral accept HX4T R1 --appointment 2026-10-20
    """
    accepted = _step(work, referral, "accepted", given)
    return replace(accepted, appointment_on=given.appointment_on or referral.appointment_on)


@changes("referral", "decline", row=rules.row)
def decline(work: Work, referral: Referral, given: Declining) -> Referral:
    """Record that nothing comes of a referral, and why.

    Example: reintegrate referral decline HX4T R1 --reason waitlist
    """
    work.say(f"hint: reintegrate partner coverage --case {work.ref} names who else could help")
    return _step(work, referral, "declined", given, reason=given.reason)


@changes("referral", "visit", row=rules.row)
def visit(work: Work, referral: Referral, given: Visiting) -> Referral:
    """Record that the student was seen there; what the partner says confirms no care.

    Example: reintegrate referral visit HX4T R1 --on yesterday
    """
    kind: StepKind = "missed_visit" if given.attended is False else "visited"
    return _step(work, referral, kind, given)


@changes("referral", "confirm", row=rules.row)
def confirm(work: Work, referral: Referral, given: Confirming) -> Referral:
    """Record that the student has care, in their own word, and whether it helps.

    Example: reintegrate referral confirm HX4T R1 --by student --student-says-helps yes
    """
    return _step(work, referral, "confirmed", given, given.by, helps=given.student_says_helps)


@changes("referral", "end", row=rules.row)
def end(work: Work, referral: Referral, given: Ending) -> Referral:
    """End a referral, with the reason.

    Example: reintegrate referral end HX4T R1 --reason completed
    """
    return _end(work, referral, given, given.reason)


def _end(work: Work, referral: Referral, given: Stepping, reason: EndReason) -> Referral:
    """Return a referral that ends; say so if the student never confirmed that care came of it."""
    if referral.first_visit_on is not None and referral.latest("confirmed") is None:
        work.say("care was never confirmed with the student")
    return _step(work, referral, "ended", given, reason=reason)


@lists("referral", COLUMNS, STATUSES)
def list_(work: Work, referrals: list[Referral]) -> list[ReferralRow]:
    """List referrals: how far each came, and which are stale.

    Example: reintegrate referral list --status referred
    """
    return [rules.row(referral, work.today) for referral in referrals]


def section(store: "Store", ref: str) -> Section:
    """Return the referrals of one case, with who hands the student over."""
    today, referrals = session.today(), store.of(Referral).all(case=ref)
    rows = [rules.row(referral, today, ReferralFile) for referral in referrals]
    words = [
        (f"{referral.id} {name}", text)
        for referral in referrals
        for name, text in (("hand-off", referral.hand_off), ("asked", referral.note))
        if text
    ]
    return Section(
        {"referrals": rows}, heading="referrals", pairs=words, rows=rows, columns=COLUMNS[1:]
    )
