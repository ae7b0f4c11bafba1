"""Releases of information: who said that what may be told to whom, for what, and until when.

One agency to a release (A4), item by item (A9), with an end (A5). The student's word stands
over a parent's signature (A10), a withdrawal holds the moment it is spoken (A6), and on the
day on which rights pass to the student what others signed is suspended (C7). How a release
stands is worked out from these facts each time, and never typed.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from reintegrate_cli.core.comparing import same_person
from reintegrate_cli.core.errors import Problem, Refused, Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Value, number_of
from reintegrate_cli.core.rows import Dated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.case.rights import rights_day
from reintegrate_cli.nouns.partner.record import Regime

if TYPE_CHECKING:
    from reintegrate_cli.nouns.release.forms import Revocation

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
STUDENT_THEMSELVES: tuple[SignerRole, ...] = ("student", "eligible_student")
ALERT_DAYS = (7, 1)
IN_WRITING_DAYS = 7
"""A spoken withdrawal is to be had in writing within this many days (A6)."""


class Signer(Value, frozen=True, kw_only=True):
    """Somebody who signed: in which role, and by which paper they may."""

    role: Public[SignerRole]
    care: Ref[str | None] = None
    name: Private[str] = ""
    authority_document: Private[str] = ""


class Release(Record, frozen=True, kw_only=True):
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


class ReleaseRow(Value, frozen=True, kw_only=True):
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
    shared = {
        name: getattr(release, name) for name in ReleaseRow.__struct_fields__ if name != "status"
    }
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
        return replace(release, written_on=on, words=given.words or release.words)
    if on < release.signed_on:
        raise Usage("--on lies before it was signed", fields=["on"])
    how: How = given.how or "oral"
    return replace(
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
    care = world.in_case("care", release.case)
    if release.revoked_on is not None or is_blocked(release, care):
        return
    yield world.row(
        release.case,
        release.id,
        label=f"release to {release.partner} ends",
        command=f"reintegrate release show {release.case} {release.id}",
        due_on=release.expires_on,
        announced_on=first_alert(release.expires_on, ALERT_DAYS),
        until=holds_through(release, rights_day(world.find("identities", release.case))),
        kind="release",
        who=release.partner,
    )


def events(release: Release) -> Iterator[Event]:
    """Tell when a release was signed, how long it holds, and when it was withdrawn."""
    ended = min(release.expires_on, release.revoked_on or release.expires_on)
    yield Event(
        on=release.signed_on,
        upto=max(ended, release.signed_on),
        kind="release",
        what=f"signed for {release.partner}",
        case=release.case,
        id=release.id,
        text=release.limits or None,
    )
    if release.revoked_on is not None:
        yield Event(
            on=release.revoked_on,
            kind="release",
            what=f"revoked, {release.revoked_how}",
            case=release.case,
            id=release.id,
            by=release.revoked_by,
            text=release.words or None,
        )
