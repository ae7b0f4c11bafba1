"""``referral``: from the student's yes to the student's word that care is given."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.checkin.scheduled import status_of
from reintegrate_cli.nouns.referral import record as referrals
from reintegrate_cli.nouns.referral.forms import (
    Accepting,
    Agreeing,
    Confirming,
    Declining,
    Ending,
    NewReferral,
    Stepping,
    Visiting,
)
from reintegrate_cli.nouns.referral.record import Referral, ReferralRow, Step, StepKind

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.partner.record import Partner

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
    return f"stale: {row.status}".replace("_", " ") if row.stale else row.status.replace("_", " ")


def _helps(row: ReferralRow) -> str:
    if row.student_says_helps is None:
        return "confirmed" if row.confirmed_on else ""
    return "yes" if row.student_says_helps else "no"


@verb("referral", "add")
def add(ref: RefArg, given: NewReferral) -> None:
    """Refer a student to a partner, once they agree; it shares nothing about them.

    Example: reintegrate referral add HX4T --partner MERID --service counseling --student-agreed yes
    """
    ref = check_case_ref(ref)
    today = session.today()
    with session.writing("referral add") as store:
        case = store.cases.get(ref)
        partner = store.partners.get(given.partner)
        referrals.check_agreed(given.student_agreed)
        world = session.world(store, ref)
        if status_of(world, case, today) == "closed":
            raise Usage(f"case {ref} is closed", hint="reintegrate case reopen takes it up again")
        kept = store.of(Referral)
        referral = Referral(
            case=ref,
            id=kept.next_id(ref),
            partner=partner.slug,
            service=given.service,
            referred_on=given.on or today,
            student_agreed=given.student_agreed,
            hand_off=given.hand_off,
            note=given.note,
        )
        referral = kept.put(referral)
        bare = not _has_mou(store, partner)
    if given.student_agreed == "not_yet":
        say("it was sent to nobody: it waits until the student agrees")
        say(f"hint: reintegrate referral agree {ref} {referral.id} --student-agreed yes")
    _say_of(partner, ref, bare)
    show(referrals.row(referral, today))


def _has_mou(store: "Store", partner: "Partner") -> bool:
    from reintegrate_cli.nouns.mou.record import Mou, in_force

    today = session.today()
    return any(in_force(one, today) for one in store.of(Mou).all(partner=partner.slug))


def _say_of(partner: "Partner", ref: str, bare: bool) -> None:
    say(
        "a referral shares nothing about the student; that takes a release: "
        f"reintegrate release add {ref} --partner {partner.slug}"
    )
    if partner.regime in ("hipaa", "part2", "vawa_voca"):
        bound = {"hipaa": "HIPAA", "part2": "42 CFR Part 2", "vawa_voca": "VAWA and VOCA"}
        say(f"{partner.slug} is bound by {bound[partner.regime]}: what it tells takes its own form")
    elif partner.regime is None:
        say(
            f"it is not said which rule of confidentiality binds {partner.slug}; ask, then "
            f"reintegrate partner edit {partner.slug} --regime RULE"
        )
    if bare:
        say(f"no MOU with {partner.slug} is in force")


def _step(
    ref: str, id_: str, kind: StepKind, given: Stepping, by: str | None = None, **more: object
) -> None:
    """Record one step of a referral, and show how it stands."""
    ref = check_case_ref(ref)
    changes = {name: more.pop(name) for name in ("student_agreed",) if name in more}
    appointment_on = more.pop("appointment_on", None)
    with session.writing(f"referral {_VERBS[kind]}") as store:
        store.cases.get(ref)
        referral = store.of(Referral).get(ref, check_id(id_, ref))
        step = Step(
            on=given.on or session.today(),
            kind=kind,
            by=store.person(by) if by else store.by,
            note=given.note,
            **more,  # type: ignore[arg-type]
        )
        never = kind == "ended" and _unconfirmed(referral)
        referral = referrals.move(referral, step, appointment_on=appointment_on)  # type: ignore[arg-type]
        referral = replace(referral, **changes)
        referral = store.of(Referral).put(referral)
    if never:
        say("care was never confirmed with the student")
    if kind == "declined":
        say(f"hint: reintegrate partner coverage --case {ref} names who else could help")
    show(referrals.row(referral, session.today()))


_VERBS: dict[StepKind, str] = {
    "sent": "agree",
    "accepted": "accept",
    "declined": "decline",
    "visited": "visit",
    "missed_visit": "visit",
    "confirmed": "confirm",
    "ended": "end",
}


def _unconfirmed(referral: Referral) -> bool:
    return referral.first_visit_on is not None and referral.latest("confirmed") is None


@verb("referral", "agree")
def agree(ref: RefArg, id_: IdArg, given: Agreeing) -> None:
    """Record the student's word on a referral that waited for it; a yes sends it.

    Example: reintegrate referral agree HX4T R1 --student-agreed yes
    """
    if given.student_agreed == "not_yet":
        raise Usage(
            "it waits already",
            fields=["student_agreed"],
            hint="say yes, or no, once the student does",
        )
    if given.student_agreed == "yes":
        _step(ref, id_, "sent", given, student_agreed="yes")
    else:
        _step(ref, id_, "ended", given, student_agreed="no", reason="student_choice")


@verb("referral", "accept")
def accept(ref: RefArg, id_: IdArg, given: Accepting) -> None:
    """Record that the partner takes the student.

    Example: reintegrate referral accept HX4T R1 --appointment 2026-10-20
    """
    _step(ref, id_, "accepted", given, appointment_on=given.appointment_on)


@verb("referral", "decline")
def decline(ref: RefArg, id_: IdArg, given: Declining) -> None:
    """Record that nothing comes of a referral, and why.

    Example: reintegrate referral decline HX4T R1 --reason waitlist
    """
    _step(ref, id_, "declined", given, reason=given.reason)


@verb("referral", "visit")
def visit(ref: RefArg, id_: IdArg, given: Visiting) -> None:
    """Record that the student was seen there; what the partner says confirms no care.

    Example: reintegrate referral visit HX4T R1 --on 2026-10-20
    """
    kind: StepKind = "missed_visit" if given.attended is False else "visited"
    _step(ref, id_, kind, given)


@verb("referral", "confirm")
def confirm(ref: RefArg, id_: IdArg, given: Confirming) -> None:
    """Record that the student has care, in their own word, and whether it helps.

    Example: reintegrate referral confirm HX4T R1 --by student --student-says-helps yes
    """
    _step(ref, id_, "confirmed", given, by=given.by, helps=given.student_says_helps)


@verb("referral", "end")
def end(ref: RefArg, id_: IdArg, given: Ending) -> None:
    """End a referral, with the reason.

    Example: reintegrate referral end HX4T R1 --reason completed
    """
    _step(ref, id_, "ended", given, reason=given.reason)


@verb("referral", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List referrals: how far each came, and which are stale.

    Example: reintegrate referral list --status referred
    """
    today = session.today()
    with session.reading() as store:
        kept = store.of(Referral).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        found = [referrals.row(one, today) for one in kept]
        found = narrowed(found, filters, store, statuses=referrals.STATUSES)
    show(found, COLUMNS, empty="no referral is on record", kind=ReferralRow)


def section(store: "Store", ref: str) -> Section:
    """The referrals of one case, with who hands the student over."""
    kept = store.of(Referral).all(case=ref)
    rows = [referrals.row(one, session.today(), whole=True) for one in kept]
    words = [(one.id, (("hand-off", one.hand_off), ("asked", one.note))) for one in kept]
    return Section(
        {"referrals": rows},
        heading="referrals" if rows else "",
        pairs=[(f"{id_} {name}", text) for id_, said in words for name, text in said if text],
        rows=rows,
        columns=COLUMNS[1:],
    )
