"""Releases of information: who said that what may be told to whom, for what, and until when.

One agency to a release (A4), item by item (A9), with an end (A5). The student's word counts
over a parent's signature (A10), a withdrawal holds the moment it is spoken (A6), and what others
signed is suspended on the day on which rights pass to the student (C7). The status of a release
is worked out from these facts each time, and never typed.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal, NamedTuple, get_args

from reintegrate_cli.core.comparing import same_person
from reintegrate_cli.core.errors import Problem, Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import CareId, Private, Public, Record, Ref, Value, number_of
from reintegrate_cli.core.rows import Dated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.case.rights import rights_day
from reintegrate_cli.nouns.partner.record import Regime

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
"""Within this many days a spoken withdrawal is asked for in writing (A6)."""


class Signer(Value, frozen=True, kw_only=True):
    """Somebody who signed: in which role, and by which paper they may."""

    role: Annotated[Public[SignerRole], "who they are to the student"]
    name: Annotated[Private[str], "their name"] = ""
    authority_document: Annotated[Private[str], "the paper by which they may sign"] = ""
    care: Annotated[Ref[CareId | None], "their id on the care team"] = None


class ReleaseTerms(Record, frozen=True, kw_only=True):
    """What a release allows, and until when: one agency, what it may be told, what for, and how."""

    case: Ref[str]
    id: Ref[str]
    partner: Ref[str]
    records: Public[tuple[RecordType, ...]]
    purpose: Public[Purpose]
    method: Public[Method]
    signed_on: Public[date]
    effective_on: Public[date]
    expires_on: Public[date]
    signers: Public[tuple[Signer, ...]]
    assent: Public[Assent] = "yes"
    revoked_on: Public[date | None] = None
    revoked_by: Ref[str | None] = None
    revoked_how: Public[How | None] = None
    written_on: Public[date | None] = None
    """The day on which the withdrawal was received in writing."""

    dated = "signed_on"


class Release(ReleaseTerms, frozen=True, kw_only=True):
    """One signed release: its terms, and how it was talked over and signed.

    ``limits`` are the student's own words about what may not be told. ``regime`` is the rule of
    confidentiality that the agency was bound by when it was signed, if that was known.
    """

    recipient: Private[str] = ""
    regime: Public[Regime | None] = "none"
    signature: Public[Signature] = "paper"
    identity_check: Private[str] = ""
    limits: Private[str] = ""
    discussed_on: Public[date]
    alternatives_considered: Private[str]
    language: Private[str] = ""
    abuser_check_by: Ref[str]
    copy_offered: Public[bool | None] = None
    kept_where: Private[str] = ""
    why_that_long: Private[str] = ""
    words: Private[str] = ""
    """How a withdrawal was put."""

    @property
    def signed_for_the_student(self) -> bool:
        """Return whether anybody signed for the student."""
        return any(signer.role in FOR_THE_STUDENT for signer in self.signers)


class ReleaseRow(ReleaseTerms, frozen=True, kw_only=True):
    """The terms of a release, with its status on a day."""

    status: Public[Status]


class WholeRelease(Release, frozen=True, kw_only=True):
    """All of a release, with its status on a day."""

    status: Public[Status]


class Facts(NamedTuple):
    """What else decides the status of a release: the student's age, and who has been barred.

    ``rights_on`` is the day on which rights pass to the student; ``None`` if it is not known.
    ``care`` are the people around the student.
    """

    rights_on: date | None
    care: Collection[CareMember]


def status(release: Release, today: date, facts: Facts) -> Status:
    """Return the status of a release.

    It holds through the whole of its last day in the district's zone (A5).

    Args:
        release: the release.
        today: the day asked about, in the district's zone.
        facts: what else decides.
    """
    suspended = is_suspended(release, today, facts.rights_on) or is_blocked(release, facts.care)
    statuses: tuple[tuple[bool, Status], ...] = (
        (release.revoked_on is not None and release.revoked_on <= today, "revoked"),
        (release.expires_on < today, "expired"),
        (suspended, "suspended"),
        (today < release.effective_on, "future"),
        ((release.expires_on - today).days <= ALERT_DAYS[0], "expiring"),
    )
    return next((name for is_so, name in statuses if is_so), "live")


def is_suspended(release: Release, today: date, rights_on: date | None) -> bool:
    """Return whether others signed it for a student who has come of age since (C7)."""
    return (
        rights_on is not None
        and release.signed_on < rights_on <= today
        and release.signed_for_the_student
    )


def is_blocked(release: Release, care: Collection[CareMember]) -> bool:
    """Return whether somebody who signed it is barred from the student now, or may be (A3)."""
    return any(bar_of(signer, care) for signer in release.signers)


def holds_through(release: Release, rights_on: date | None) -> date:
    """Return the last day of a release: the eve of 18 if others signed and its own end is later.

    Args:
        release: the release.
        rights_on: the day on which rights pass to the student; ``None`` if it is not known.
    """
    if rights_on is not None and is_suspended(release, rights_on, rights_on):
        return min(release.expires_on, rights_on - timedelta(days=1))
    return release.expires_on


def check_items(records: Sequence[str]) -> tuple[RecordType, ...]:
    """Check that name what may be told item by item (A9), and put it into one order.

    Raises:
        Refused: the whole file was asked for.
    """
    if "all" in records:
        raise Refused(
            "name what may be told item by item",
            rule="A9",
            fields=["records"],
            hint=f"name only what is needed: {', '.join(RECORD_TYPES)}",
        )
    return tuple(each for each in RECORD_TYPES if each in records)


def bar_of(signer: Signer, care: Collection[CareMember]) -> Literal["barred", "unsaid"] | None:
    """Return whether a signer is barred from the student (A3).

    Somebody barred is known by their id on the care team, or by their name there.

    Returns:
        ``unsaid`` if somebody is barred and nothing tells them from the signer.
    """
    if signer.role in STUDENT_THEMSELVES:
        return None
    for member in care:
        if member.id == signer.care:
            return "barred" if member.barred else None
    names = [member.name for member in care if member.barred]
    if any(same_person(signer.name, name) for name in names):
        return "barred"
    return "unsaid" if any(not signer.name or not name for name in names) else None


def suspended_by(
    releases: Iterable[Release], today: date, rights_on: date | None
) -> tuple[str, ...]:
    """Return the live releases that the transfer of rights suspends or will suspend (C7)."""
    if rights_on is None:
        return ()
    day, facts = max(today, rights_on), Facts(rights_on, ())
    return tuple(each.id for each in releases if status(each, day, facts) == "suspended")


def revoke(release: Release, *, by: str, how: How, on: date, words: str) -> Release:
    """Return a release as withdrawn: at once, by word of mouth or in writing (A6).

    A withdrawal that was spoken may be entered again once it is received in writing.

    Args:
        release: the release.
        by: who withdrew it.
        how: by word of mouth, or in writing.
        on: the day on which it was withdrawn.
        words: how they put it.

    Raises:
        Usage: it was withdrawn already, or before it was signed.
    """
    if release.revoked_on is not None:
        if how != "written" or release.written_on is not None:
            raise Usage(f"release {release.case}/{release.id} was revoked already")
        return replace(release, written_on=on, words=words or release.words)
    if on < release.signed_on:
        raise Usage("--on is before the day it was signed", fields=["on"])
    return replace(
        release,
        revoked_on=on,
        revoked_by=by,
        revoked_how=how,
        written_on=on if how == "written" else None,
        words=words,
    )


def standing(releases: Iterable[Release], partner: str, today: date, facts: Facts) -> list[Release]:
    """Return the releases to an agency that hold on a day, the last to expire first."""
    live = (
        each for each in releases if each.partner == partner and status(each, today, facts) in LIVE
    )
    return sorted(live, key=lambda release: (release.expires_on, release.id), reverse=True)


def union(releases: Iterable[Release]) -> tuple[RecordType, ...]:
    """Return what several releases allow to be told together."""
    named = {records for release in releases for records in release.records}
    return tuple(records for records in RECORD_TYPES if records in named)


def refusal(
    case: str, releases: Iterable[Release], partner: str, today: date, facts: Facts
) -> Problem:
    """Return why no release to an agency holds: the rule that ended the last one."""
    theirs = [release for release in releases if release.partner == partner]
    if not theirs:
        return Refused(
            "there is no release to that agency",
            rule="B6",
            fields=["to"],
            hint=f"reintegrate release add {case} --partner {partner}, once it is signed; or"
            " --basis where the law gives another",
        )
    last = max(theirs, key=lambda release: (release.expires_on, number_of(release.id)))
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
    return Refused(message, rule=rule, fields=["to"], hint="a new signed release is needed")


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
    """Yield when a release was signed, how long it holds, and when it was withdrawn."""
    ended = min(release.expires_on, release.revoked_on or release.expires_on)
    tell = partial(event_of, release, "release")
    yield tell(
        release.signed_on,
        f"signed for {release.partner}",
        upto=max(ended, release.signed_on),
        text=release.limits,
    )
    if release.revoked_on is not None:
        yield tell(
            release.revoked_on,
            f"revoked, {release.revoked_how}",
            by=release.revoked_by,
            text=release.words,
        )
