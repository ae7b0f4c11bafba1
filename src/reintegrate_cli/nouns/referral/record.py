"""Referrals to partners, and whether care came of them (guidance clause 26).

A referral is a loop that is closed by the student: the partner's own "done" is one step, and care
counts as confirmed once the student says so, or somebody who asked the student. Nothing is
referred against the student's word; where that is not given yet, the referral waits and is sent
to nobody. A referral shares nothing: that takes a release.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Final, Literal

from reintegrate_cli.core.dates import check_after, days_after
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Slug, Value, Word, row_of
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Agreed = Literal["yes", "no", "not_yet"]
StepKind = Literal["sent", "accepted", "declined", "visited", "missed_visit", "confirmed", "ended"]
Status = Literal[
    "not_sent", "referred", "accepted", "declined", "first_visit", "attending", "ended"
]
STATUSES: tuple[Status, ...] = (
    "not_sent",
    "referred",
    "accepted",
    "declined",
    "first_visit",
    "attending",
    "ended",
)
DeclineReason = Literal[
    "waitlist", "ineligible", "unsafe", "student_declined", "no_capacity", "other"
]
EndReason = Literal[
    "completed", "student_choice", "other_provider", "moved", "unsafe", "no_capacity", "other"
]
STALE_DAYS: Final = 14
"""Without a change for so long a referral is stale; care is to be confirmed so long after the
first visit."""


class Step(Value, frozen=True, kw_only=True):
    """One thing that happened to a referral."""

    on: Public[date]
    kind: Public[StepKind]
    by: Ref[str]
    reason: Public[str | None] = None
    helps: Public[bool | None] = None
    """What the student says, where care is confirmed."""
    note: Private[str] = ""


class ReferralFacts(Record, frozen=True, kw_only=True):
    """What lists show of a referral, too; ``student_agreed`` is the student's own word."""

    case: Ref[str]
    id: Ref[str]
    partner: Ref[Slug]
    service: Public[Word]
    referred_on: Public[date]
    student_agreed: Public[Agreed]
    appointment_on: Public[date | None] = None

    dated = "referred_on"


class Referral(ReferralFacts, frozen=True, kw_only=True):
    """One service of one partner, for one student.

    ``student_agreed`` is the student's own word; ``hand_off`` is who goes with them or calls
    ahead. What happened since is the list of steps; its status follows from them.
    """

    hand_off: Private[str] = ""
    note: Private[str] = ""
    steps: Public[tuple[Step, ...]] = ()

    def latest(self, *kinds: StepKind) -> Step | None:
        """Return the last step of some kinds."""
        steps = [step for step in reversed(self.steps) if step.kind in kinds]
        return max(steps, key=lambda step: step.on, default=None)  # of one day, the last entered

    @property
    def first_visit_on(self) -> date | None:
        """The first day on which the student was seen there."""
        return min((step.on for step in self.steps if step.kind == "visited"), default=None)

    @property
    def status(self) -> Status:
        """Its status, from what happened."""
        if self.latest("ended"):
            return "ended"
        visits = sum(step.kind == "visited" for step in self.steps)
        if visits > 1 or self.latest("confirmed"):
            return "attending"
        if visits:
            return "first_visit"
        last = self.latest("accepted", "declined")
        if last is not None:
            return "accepted" if last.kind == "accepted" else "declined"
        return "not_sent" if self.student_agreed == "not_yet" else "referred"

    @property
    def is_open(self) -> bool:
        """Return whether anything is still to come of it."""
        return self.status not in ("ended", "declined")

    @property
    def waits_from(self) -> date | None:
        """The day from which it waits: for an answer, a first visit, or the student's word.

        Nothing waits where it was not sent, came to an end, or care was confirmed.
        """
        if not self.is_open or self.status == "not_sent" or self.latest("confirmed"):
            return None
        if self.first_visit_on is not None:
            return self.first_visit_on
        moved = self.latest("sent", "accepted")
        since = moved.on if moved else self.referred_on
        # An appointment that is booked is an answer to wait for.
        return max(since, self.appointment_on) if self.appointment_on else since

    @property
    def stale_on(self) -> date | None:
        """The day from which it is stale."""
        return self.waits_from and days_after(self.waits_from, STALE_DAYS)

    def is_stale(self, day: date) -> bool:
        """Return whether it has waited too long on a day."""
        return self.stale_on is not None and self.stale_on <= day


def check_agreed(agreed: Agreed) -> None:
    """Refuse to send a referral that the student does not want (A10, clause 22).

    Raises:
        Refused: the student said no.
    """
    if agreed == "no":
        raise Refused(
            "the student does not want this, and nothing is referred against their word",
            rule="A10",
            fields=["student_agreed"],
            hint="reintegrate wish add keeps what they want instead",
        )


_AFTER: dict[StepKind, tuple[Status, ...]] = {
    "sent": ("not_sent",),
    "accepted": ("referred", "declined"),
    "declined": ("referred", "accepted"),
    "visited": ("referred", "accepted", "first_visit", "attending"),
    "missed_visit": ("referred", "accepted", "first_visit", "attending"),
    # The student may say so before the partner ever does.
    "confirmed": ("referred", "accepted", "first_visit", "attending"),
    "ended": ("not_sent", "referred", "accepted", "declined", "first_visit", "attending"),
}


def move(referral: Referral, step: Step) -> Referral:
    """Return a referral with one more step; nothing that happened before is lost.

    Raises:
        Refused: the student has not agreed yet (A10).
        Usage: its status does not allow this, or the day lies before the referral.
    """
    name = f"{referral.case}/{referral.id}"
    if referral.status == "not_sent" and step.kind not in ("sent", "ended"):
        raise Refused(
            f"referral {name} was sent to nobody: the student has not agreed yet",
            rule="A10",
            hint=f"reintegrate referral agree {referral.case} {referral.id} --student-agreed yes, "
            "once they do",
        )
    if referral.status not in _AFTER[step.kind]:
        raise Usage(
            f"referral {name} cannot be {label(step.kind)} now: it is {label(referral.status)}",
            hint=f"reintegrate referral list --case {referral.case}",
        )
    check_after(step.on, referral.referred_on, "the referral")
    return replace(referral, steps=(*referral.steps, step))


def dates(referral: Referral, world: World) -> Iterator[Dated]:
    """Yield the day on which a referral has waited long enough.

    It waits for an answer, or for the student's word that care is given.
    """
    if referral.stale_on is None:
        return
    verb = "visit" if referral.status == "accepted" else "accept"
    if referral.first_visit_on is not None:
        verb = "confirm"
    yield world.row(
        referral.case,
        referral.id,
        label=f"referral to {referral.partner} waits",
        command=f"reintegrate referral {verb} {referral.case} {referral.id}",
        due_on=referral.stale_on,
        kind="referral",
        with_="partner",
        who=referral.partner,
    )


def events(referral: Referral) -> Iterator[Event]:
    """Yield when a student was referred, and what came of it."""
    event = partial(event_of, referral, "referral")
    agreed = "" if referral.student_agreed == "yes" else ", not sent yet"
    first = f"{referral.service} at {referral.partner}{agreed}"
    yield event(referral.referred_on, first, by=referral.entered_by, text=referral.note)
    helps = {True: ", the student says it helps", False: ", and it does not help", None: ""}
    for step in referral.steps:
        what = label(step.kind) + (f", {label(step.reason)}" if step.reason else "")
        yield event(step.on, what + helps[step.helps], by=step.by, text=step.note)


class ReferralRow(ReferralFacts, frozen=True, kw_only=True):
    """A referral as lists show it."""

    status: Public[Status]
    first_visit_on: Public[date | None]
    last_visit_on: Public[date | None]
    confirmed_on: Public[date | None]
    confirmed_by: Ref[str | None]
    student_says_helps: Public[bool | None]
    stale: Public[bool]
    stale_on: Public[date | None]
    reason: Public[str | None]


class ReferralFile(ReferralRow, frozen=True, kw_only=True):
    """A referral whole, as ``case show`` reads it."""

    hand_off: Private[str]
    note: Private[str]
    steps: Public[tuple[Step, ...]]


def row(referral: Referral, today: date, kind: type[ReferralRow] = ReferralRow) -> ReferralRow:
    """Return the row of a referral; a ``ReferralFile`` has its words and steps, too."""
    confirmed, visited = referral.latest("confirmed"), referral.latest("visited")
    # A refusal that was taken back is no reason.
    is_over = referral.status in ("ended", "declined")
    over = (referral.latest("ended") or referral.latest("declined")) if is_over else None
    return row_of(
        kind,
        referral,
        last_visit_on=visited.on if visited else None,
        confirmed_on=confirmed.on if confirmed else None,
        confirmed_by=confirmed.by if confirmed else None,
        student_says_helps=confirmed.helps if confirmed else None,
        stale=referral.is_stale(today),
        reason=over.reason if over else None,
    )
