"""Releases of information: who said that what may be told to whom, for what, and until when.

One agency to a release (A4), item by item (A9), with an end (A5). The student's word stands
over a parent's signature (A10), a withdrawal holds the moment it is spoken (A6), and on the
day on which rights pass to the student what others signed is suspended (C7). How a release
stands is worked out from these facts each time, and never typed.
"""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from reintegrate_cli.care import CareMember
from reintegrate_cli.comparing import same_person, words
from reintegrate_cli.dated import Dated, first_alert
from reintegrate_cli.errors import Problem, Refused, Usage
from reintegrate_cli.events import Event
from reintegrate_cli.partners import Regime
from reintegrate_cli.records import Private, Public, Record, Ref, number_of
from reintegrate_cli.world import World

if TYPE_CHECKING:
    from reintegrate_cli.forms.release import NewRelease, Revocation

RecordType = Literal[
    "attendance",
    "credits",
    "schedule",
    "supports",
    "safety_plan",
    "contact",
    "goals",
    "appointments",
    "funding",
]
RECORD_TYPES: tuple[RecordType, ...] = get_args(RecordType)
Purpose = Literal["coordination", "treatment_referral", "funding", "safety", "legal"]
Method = Literal["phone", "in_person", "encrypted_file"]
SignerRole = Literal[
    "student", "parent", "guardian", "eligible_student", "surrogate", "court_appointed"
]
Assent = Literal["yes", "limits"]
Signature = Literal["paper", "electronic"]
How = Literal["oral", "written"]
Status = Literal["future", "live", "expiring", "expired", "revoked", "suspended"]
STATUSES: tuple[Status, ...] = get_args(Status)
LIVE: tuple[Status, ...] = ("live", "expiring")

FOR_THE_STUDENT: tuple[SignerRole, ...] = ("parent", "guardian", "surrogate", "court_appointed")
_BY_PAPER: tuple[SignerRole, ...] = ("surrogate", "court_appointed")
STUDENT_THEMSELVES: tuple[SignerRole, ...] = ("student", "eligible_student")
EVERYBODY = frozenset(
    {"all", "everyone", "everybody", "mdt", "multidisciplinary_team", "task_force", "taskforce"}
)
"""What stands for several agencies at once, and so for none (A4)."""
DEFAULT_DAYS, LONG_DAYS, MOST_DAYS = 30, 90, 365
"""How long a release holds by default, when that is said to be long, and at the most (A5)."""
ALERT_DAYS = (7, 1)
IN_WRITING_DAYS = 7
"""A spoken withdrawal is to be had in writing within this many days (A6)."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Signer:
    """Somebody who signed: in which role, and by which paper they may."""

    role: Public[SignerRole]
    care: Ref[str | None] = None
    name: Private[str] = ""
    authority_document: Private[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Release(Record):
    """One signed release: one agency, what it may be told, what for, how, and until when.

    ``limits`` are the student's own words about what may not be told. ``regime`` is the rule of
    confidentiality that the agency was bound by when it was signed, if that was known.
    """

    case: Ref[str]
    id: Ref[str]
    partner: Ref[str]
    recipient: Private[str] = ""
    records: Public[tuple[RecordType, ...]]
    purpose: Public[Purpose]
    method: Public[Method]
    regime: Public[Regime | None] = "none"
    signed_on: Public[date]
    effective_on: Public[date]
    expires_on: Public[date]
    signers: Public[tuple[Signer, ...]]
    signature: Public[Signature] = "paper"
    identity_check: Private[str] = ""
    assent: Public[Assent] = "yes"
    limits: Private[str] = ""
    discussed_on: Public[date]
    alternatives_considered: Private[str]
    language: Private[str] = ""
    abuser_check_by: Ref[str]
    copy_offered: Public[bool | None] = None
    kept_where: Private[str] = ""
    why_that_long: Private[str] = ""
    revoked_on: Public[date | None] = None
    revoked_by: Ref[str | None] = None
    revoked_how: Public[How | None] = None
    written_on: Public[date | None] = None
    """The day on which the withdrawal was had in writing."""
    words: Private[str] = ""

    dated = "signed_on"

    @property
    def signed_for_the_student(self) -> bool:
        """Say whether anybody signed in the student's stead."""
        return any(one.role in FOR_THE_STUDENT for one in self.signers)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ReleaseRow:
    """A release as lists and writes show it, with how it stands today."""

    id: Ref[str]
    case: Ref[str]
    partner: Ref[str]
    records: Public[tuple[RecordType, ...]]
    purpose: Public[Purpose]
    method: Public[Method]
    status: Public[Status]
    signed_on: Public[date]
    effective_on: Public[date]
    expires_on: Public[date]
    signers: Public[tuple[Signer, ...]]
    assent: Public[Assent]
    revoked_on: Public[date | None] = None
    revoked_by: Ref[str | None] = None
    revoked_how: Public[How | None] = None
    written_on: Public[date | None] = None

    dated = "signed_on"


class Facts(NamedTuple):
    """What else decides how a release stands: the student's age, and who is barred since.

    ``rights_on`` is the day on which rights pass to the student; ``None`` where it is not known.
    ``care`` are the people around the student.
    """

    rights_on: date | None
    care: Collection[CareMember]


def row(release: Release, today: date, facts: Facts) -> ReleaseRow:
    """Show a release as it stands on a day."""
    shared = {name: getattr(release, name) for name in ReleaseRow.__dataclass_fields__
              if name != "status"}  # fmt: skip
    return ReleaseRow(status=status(release, today, facts), **shared)


def status(release: Release, today: date, facts: Facts) -> Status:
    """Work out how a release stands.

    It holds through the whole of its last day in the district's zone (A5).

    Args:
        release: the release.
        today: the day asked about, in the district's zone.
        facts: what else decides.
    """
    if release.revoked_on is not None and release.revoked_on <= today:
        return "revoked"
    if release.expires_on < today:
        return "expired"
    if is_suspended(release, today, facts.rights_on) or is_blocked(release, facts.care):
        return "suspended"
    if today < release.effective_on:
        return "future"
    return "expiring" if (release.expires_on - today).days <= ALERT_DAYS[0] else "live"


def is_suspended(release: Release, today: date, rights_on: date | None) -> bool:
    """Say whether others signed it for a student who has come of age since (C7)."""
    return (
        rights_on is not None
        and release.signed_on < rights_on <= today
        and release.signed_for_the_student
    )


def is_blocked(release: Release, care: Collection[CareMember]) -> bool:
    """Say whether somebody who signed it is barred from the student now, or may be (A3)."""
    return any(bar_of(signer, care) for signer in release.signers)


def holds_through(release: Release, rights_on: date | None) -> date:
    """Give the last day of a release: the eve of 18 where others signed and its own end is later.

    Args:
        release: the release.
        rights_on: the day on which rights pass to the student; ``None`` where it is not known.
    """
    if rights_on is not None and is_suspended(release, rights_on, rights_on):
        return min(release.expires_on, rights_on - timedelta(days=1))
    return release.expires_on


def check_one_agency(partners: Sequence[str]) -> str:
    """Demand that a release is for one agency, by its own name (A4).

    Raises:
        Refused: several are named, or a word that stands for several.
    """
    if len(set(map(str.casefold, partners))) > 1 or any(
        name.casefold().replace("-", "_") in EVERYBODY for name in partners
    ):
        raise Refused(
            "a release is for one agency alone",
            rule="A4",
            fields=["partner"],
            hint="each agency has a form of its own: one release for each, with --partner SLUG",
        )
    return partners[0]


def check_items(records: Sequence[str]) -> tuple[RecordType, ...]:
    """Demand that what may be told is named item by item (A9), and put it into one order.

    Raises:
        Refused: the whole file was asked for.
    """
    if "all" in records:
        raise Refused(
            "what may be told is named item by item",
            rule="A9",
            fields=["records"],
            hint=f"name what is needed and no more: {', '.join(RECORD_TYPES)}",
        )
    return tuple(one for one in RECORD_TYPES if one in records)


def term(given: "NewRelease") -> tuple[date, date]:
    """Give the first and the last day of a release (A5).

    Raises:
        Usage: the days do not follow each other.
    """
    effective_on = given.effective_on or given.signed_on
    expires_on = given.expires_on or given.signed_on + timedelta(days=DEFAULT_DAYS)
    if effective_on < given.signed_on:
        raise Usage("--effective lies before it was signed", fields=["effective_on"])
    if expires_on < effective_on:
        raise Usage("--expires lies before it begins", fields=["expires_on"])
    return effective_on, expires_on


def made(
    given: "NewRelease",
    *,
    case: str,
    id_: str,
    partner: str,
    regime: Regime | None,
    abuser_check_by: str,
    care: Collection[CareMember],
    rights_on: date | None,
) -> Release:
    """Make a release of what was signed, or say which rule stands against it.

    Args:
        given: what was typed.
        case: the case.
        id_: the id that it gets.
        partner: the slug of the one agency.
        regime: the rule of confidentiality that the agency is bound by; where nobody has said,
            it is taken for the strictest.
        abuser_check_by: who made sure that no abuser signs.
        care: the people around the student, so that nobody who is barred signs.
        rights_on: the day on which rights pass to the student.

    Raises:
        Refused: a rule of A1 to A10 says no.
    """
    effective_on, expires_on = term(given)
    records = check_items(given.records)
    if (expires_on - given.signed_on).days > MOST_DAYS:
        raise Refused(
            f"a release holds for {MOST_DAYS} days at the most",
            rule="A5",
            fields=["expires_on"],
            hint="as long as it is needed and no longer; it can be signed again",
        )
    signers = tuple(
        Signer(
            role=one.role,
            care=one.care.rpartition("/")[2] if one.care else None,
            name=one.name,
            authority_document=one.authority_document,
        )
        for one in given.signers
    )
    check_signers(signers, regime, given.signed_on, rights_on)
    for signer in signers:
        check_not_barred(signer, care)
    if given.signature == "electronic" and not given.identity_check:
        raise Refused(
            "an electronic signature takes how the person was known to be who they are",
            rule="A1",
            fields=["identity_check"],
            hint="give the key identity_check",
        )
    assent, limits = read_assent(given.assent)
    if assent is None:
        raise declined(case)
    return Release(
        case=case,
        id=id_,
        partner=partner,
        recipient=given.recipient,
        records=records,
        purpose=given.purpose,
        method=given.method,
        regime=regime,
        signed_on=given.signed_on,
        effective_on=effective_on,
        expires_on=expires_on,
        signers=signers,
        signature=given.signature or "paper",
        identity_check=given.identity_check,
        assent=assent,
        limits=limits,
        discussed_on=given.discussed_on,
        alternatives_considered=given.alternatives_considered,
        language=given.language,
        abuser_check_by=abuser_check_by,
        copy_offered=given.copy_offered,
        kept_where=given.kept_where,
        why_that_long=given.why_that_long,
    )


def read_assent(said: str) -> tuple[Assent | None, str]:
    """Read what the student said: yes, no (``None``), or limits in their own words (A10)."""
    plain = words(said)
    if plain in (["yes"], ["y"]):
        return "yes", ""
    if plain in (["no"], ["n"]):
        return None, ""
    return "limits", said


def declined(case: str) -> Refused:
    """Say that the student's no stands, whoever signed (A10)."""
    return Refused(
        "the student said no, and that stands whoever signed",
        rule="A10",
        fields=["assent"],
        hint=f"reintegrate release add {case} --escalate keeps in the disclosure log that it was "
        "asked for and declined, for somebody to talk it over with the student",
    )


def check_signers(
    signers: Sequence[Signer], regime: Regime | None, signed_on: date, rights_on: date | None
) -> None:
    """Demand the signatures that the student's age and the agency's rule ask for (A2, A3).

    Where no birth date is on record the student is taken for a minor, unless they signed as an
    eligible student.

    Raises:
        Refused: a signature is missing, or somebody may not sign.
    """
    roles = {one.role for one in signers}
    for signer in signers:
        if signer.role in _BY_PAPER and not signer.authority_document:
            raise _unsigned(
                "a surrogate or somebody whom a court appointed signs with the paper that says so",
                "A2",
                "give authority_document beside the role",
            )
    if rights_on is not None and signed_on >= rights_on:
        if roles & {"parent", "guardian", "surrogate"}:
            raise _unsigned(
                "from 18 on the student signs, and nobody in their stead",
                "A2",
                "leave the others out, and let the student sign as eligible_student",
            )
        if not roles & {*STUDENT_THEMSELVES, "court_appointed"}:
            raise _unsigned("the student's own signature is missing", "A2", "role student")
        return
    postsecondary = any(
        one.role == "eligible_student" and (rights_on is None or one.authority_document)
        for one in signers
    )
    if "eligible_student" in roles and not postsecondary:
        raise _unsigned(
            "a student under 18 is no eligible student",
            "A2",
            "after school, authority_document says where they study; else a parent or guardian "
            "signs too",
        )
    grown = roles & set(FOR_THE_STUDENT)
    if regime in ("vawa_voca", None) and not postsecondary:
        if "student" not in roles or not grown:
            unsaid = "; partner edit --regime says if a rule binds it that asks for less"
            raise _unsigned(
                "this agency needs the student's signature and that of a parent or guardian who "
                "is not the abuser",
                "A3",
                "signers: student, and parent, guardian or court_appointed"
                + (unsaid if regime is None else ""),
            )
    elif not grown and not postsecondary:
        raise _unsigned(
            "under 18 a parent or guardian signs as well", "A2", "the role parent or guardian"
        )


def _unsigned(message: str, rule: str, hint: str) -> Refused:
    return Refused(message, rule=rule, fields=["signers"], hint=hint)


def bar_of(signer: Signer, care: Iterable[CareMember]) -> Literal["barred", "unsaid"] | None:
    """Say whether a signer is barred from the student (A3).

    Somebody barred is known by their id on the care team, or by the name that stands there.

    Returns:
        ``unsaid`` if somebody is barred and nothing tells them from the signer.
    """
    if signer.role in STUDENT_THEMSELVES:
        return None
    members = {one.id: one for one in care}
    known = members.get(signer.care or "")
    if known is not None:
        return "barred" if known.barred else None
    barred = [one for one in members.values() if one.barred]
    if any(same_person(signer.name, one.name) for one in barred):
        return "barred"
    unsaid = any(not signer.name or not one.name for one in barred)
    return "unsaid" if unsaid else None


def check_not_barred(signer: Signer, care: Iterable[CareMember]) -> None:
    """Demand that nobody signs, or is handed records, who is barred from the student (A3).

    Raises:
        Refused: it is somebody who is barred, or may be.
    """
    how = bar_of(signer, care)
    if how == "unsaid":
        raise Refused(
            "somebody on the care team is barred, and it is not said who this is",
            rule="A3",
            fields=["care"],
            hint="give the key care with the id of the person; reintegrate care list shows them",
        )
    if how is not None:
        raise _barred()


def _barred() -> Refused:
    return Refused(
        "somebody who is barred from the student never signs for them",
        rule="A3",
        fields=["signers"],
        hint="ask the student who should; counsel says what an order allows",
    )


def suspended_by(
    releases: Iterable[Release], today: date, rights_on: date | None
) -> tuple[str, ...]:
    """Name the releases that stand, and that the transfer of rights suspends or will (C7)."""
    if rights_on is None:
        return ()
    facts = Facts(rights_on, ())
    day = max(today, rights_on)
    return tuple(one.id for one in releases if status(one, day, facts) == "suspended")


def revoke(release: Release, given: "Revocation", by: str, today: date) -> Release:
    """Withdraw a release: at once, by word of mouth or in writing (A6).

    A withdrawal that was spoken may be told again once it was had in writing.

    Raises:
        Usage: it was withdrawn already, or before it was signed.
    """
    on = given.on or today
    if release.revoked_on is not None:
        if given.how != "written" or release.written_on is not None:
            raise Usage(f"release {release.case}/{release.id} was revoked already")
        return dataclasses.replace(release, written_on=on, words=given.words or release.words)
    if on < release.signed_on:
        raise Usage("--on lies before it was signed", fields=["on"])
    how: How = given.how or "oral"
    return dataclasses.replace(
        release,
        revoked_on=on,
        revoked_by=by,
        revoked_how=how,
        written_on=on if how == "written" else None,
        words=given.words,
    )


def standing(releases: Iterable[Release], partner: str, today: date, facts: Facts) -> list[Release]:
    """List the releases to an agency that hold on a day, the last to expire first."""
    found = [
        one for one in releases if one.partner == partner and status(one, today, facts) in LIVE
    ]
    return sorted(found, key=lambda one: (one.expires_on, one.id), reverse=True)


def union(releases: Iterable[Release]) -> tuple[RecordType, ...]:
    """Give what several releases let be told together."""
    named = {record for one in releases for record in one.records}
    return tuple(one for one in RECORD_TYPES if one in named)


def refusal(releases: Iterable[Release], partner: str, today: date, facts: Facts) -> Problem:
    """Say why no release to an agency holds: the rule that ended the last one."""
    mine = [one for one in releases if one.partner == partner]
    if not mine:
        return Refused(
            "there is no release to that agency",
            rule="B6",
            fields=["to"],
            hint="reintegrate release add REF --partner SLUG, once it is signed; or --basis where "
            "the law gives another",
        )
    last = max(mine, key=lambda one: (one.expires_on, number_of(one.id)))
    name = f"release {last.case}/{last.id}"
    how: str = status(last, today, facts)
    if how == "suspended" and not is_suspended(last, today, facts.rights_on):
        how = "blocked"
    message, rule = {
        "revoked": (f"{name} was revoked", "A6"),
        "suspended": (f"{name} is suspended: the student is 18 and has not signed it", "C7"),
        "blocked": (f"{name} is suspended: somebody who signed it is barred now, or may be", "A3"),
        "future": (f"{name} holds from {last.effective_on.isoformat()} on", "A5"),
    }.get(how, (f"{name} expired on {last.expires_on.isoformat()}", "A5"))
    return Refused(
        message, rule=rule, fields=["to"], hint="it takes a release that was signed anew"
    )


def dates(release: Release, world: World) -> Iterator[Dated]:
    """Announce the end of a release. Its end settles it, and so does what ends it before."""
    care = world.in_case("care", CareMember, release.case)
    if release.revoked_on is not None or is_blocked(release, care):
        return
    yield world.row(
        release.case,
        release.id,
        label=f"release to {release.partner} ends",
        command=f"reintegrate release show {release.case} {release.id}",
        due_on=release.expires_on,
        announced_on=first_alert(release.expires_on, ALERT_DAYS),
        until=holds_through(release, world.rights_on(release.case)),
        kind="release",
        who=release.partner,
    )


def events(release: Release) -> Iterator[Event]:
    """Tell when a release was signed, how long it holds, and when it was withdrawn."""
    ended = min(release.expires_on, release.revoked_on or release.expires_on)
    yield Event(on=release.signed_on, upto=max(ended, release.signed_on), kind="release",
                what=f"signed for {release.partner}", case=release.case, id=release.id,
                text=release.limits or None)  # fmt: skip
    if release.revoked_on is not None:
        yield Event(on=release.revoked_on, kind="release", what=f"revoked, {release.revoked_how}",
                    case=release.case, id=release.id, by=release.revoked_by,
                    text=release.words or None)  # fmt: skip
