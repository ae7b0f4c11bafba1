"""Memorandums of understanding with partners: what they say, and when they end (clause 24).

How an MOU stands follows from its dates, and is never typed. Its end is announced ninety, sixty
and thirty days before (rule J1), and stays on the agenda until it is renewed or ended; what the
checklist asks for and the paper does not say is named (J2). A renewal points at what it renews,
and leaves no day between the two unless somebody says why.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

from reintegrate_cli.core.calendar import months_after
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    WORK,
    Private,
    Public,
    Record,
    Ref,
    Slug,
    Value,
    Word,
    number_of,
    same_slug,
)
from reintegrate_cli.core.rows import Dated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.partner.record import Regime, Specialty

if TYPE_CHECKING:
    from reintegrate_cli.nouns.mou.forms import EditMou, Signing

Status = Literal["draft", "in_signature", "active", "expiring", "expired", "terminated"]
STATUSES: tuple[Status, ...] = (
    "draft",
    "in_signature",
    "active",
    "expiring",
    "expired",
    "terminated",
)
EXPIRING_DAYS: Final = 90
"""An MOU is expiring in the last days of its term; the first alert is this long before (J1)."""
ALERT_DAYS: Final = (90, 60, 30)
REVIEW_MONTHS: Final = 12
TEST_MONTHS: Final = 6
"""How long a point of contact is taken to answer, once somebody was reached there."""
LONGEST_YEARS: Final = 20

DEMANDED: Final = (
    "purpose",
    "services",
    "referral_protocol",
    "confidentiality",
    "release_process",
    "contacts",
)
"""The clauses without which no MOU is signed."""
ASKED_FOR: Final = (
    "parties",
    "purpose",
    "scope",
    "services",
    "referral_protocol",
    "after_hours_contact",
    "confidentiality",
    "release_process",
    "contacts",
    "backup_contact",
    "document",
)
"""The clauses that every MOU should have (J1, J2; PRACTICE 2.3)."""
MORE_CLAUSES: Final = (
    "mandated_reports",
    "costs",
    "language_access",
    "nondiscrimination",
    "staff_clearance",
    "data_security",
    "disputes",
    "survivor_voice",
    "insurance",
)
"""What an MOU may say besides."""
CLAUSES: Final = (*ASKED_FOR, *MORE_CLAUSES)
_OF_THE_PAPER: Final = ("document",)
"""What a renewal does not take over: it is a paper of its own."""


class ContactTest(Value, frozen=True, kw_only=True):
    """One try at the points of contact: whether somebody was reached."""

    on: Public[date]
    reached: Public[bool]
    by: Ref[str]
    note: Private[str] = ""


class MouReview(Value, frozen=True, kw_only=True):
    """One look at whether the agreement does what it was made for."""

    on: Public[date]
    by: Ref[str]
    finding: Private[str]


class Mou(Record, frozen=True, kw_only=True):
    """An agreement with one partner.

    ``ends_on`` is its last day. It is signed once ``signed_on`` is known; until then
    ``target_on`` is the day by which it should be. ``ended_on`` is the day from which it
    stands no more, whatever its term says. ``known_on`` is the day on which it was entered,
    from which the first test of its contacts counts. ``review_proposed_on`` is a day that fell
    on a closed one, and that nobody has settled yet. No areas of its own means those of the
    partner; the same holds for its specialties.
    """

    id: Ref[str]
    partner: Ref[Slug]
    owner: Annotated[Ref[Slug], WORK]
    known_on: Public[date]
    effective_on: Public[date | None] = None
    ends_on: Public[date | None] = None
    target_on: Public[date | None] = None
    signed_on: Public[date | None] = None
    review_on: Public[date | None] = None
    review_proposed_on: Public[date | None] = None
    notice_days: Public[int | None] = None
    specialties: Public[tuple[Specialty, ...]] = ()
    areas: Public[tuple[Word, ...]] = ()
    auto_renew: Public[bool] = False
    regime: Public[Regime | None] = None
    renews: Ref[str | None] = None
    renewed_by: Ref[str | None] = None
    gap_reason: Private[str] = ""
    ended_on: Public[date | None] = None
    ended_by: Ref[str | None] = None
    notice_on: Public[date | None] = None
    end_reason: Private[str] = ""
    tests: Public[tuple[ContactTest, ...]] = ()
    reviews: Public[tuple[MouReview, ...]] = ()
    parties: Private[str] = ""
    purpose: Private[str] = ""
    scope: Private[str] = ""
    services: Private[str] = ""
    referral_protocol: Private[str] = ""
    after_hours_contact: Private[str] = ""
    confidentiality: Private[str] = ""
    release_process: Private[str] = ""
    contacts: Private[str] = ""
    backup_contact: Private[str] = ""
    document: Private[str] = ""
    mandated_reports: Private[str] = ""
    costs: Private[str] = ""
    language_access: Private[str] = ""
    nondiscrimination: Private[str] = ""
    staff_clearance: Private[str] = ""
    data_security: Private[str] = ""
    disputes: Private[str] = ""
    survivor_voice: Private[str] = ""
    insurance: Private[str] = ""

    @property
    def is_over(self) -> bool:
        """Say whether it was ended, or another one stands for it."""
        return self.ended_on is not None or self.renewed_by is not None

    @property
    def is_signed(self) -> bool:
        """Say whether it was signed, with a term."""
        return None not in (self.signed_on, self.effective_on, self.ends_on)


def term_end(mou: Mou, day: date) -> date | None:
    """Give the last day of the term that a day falls in, or of the first one before it.

    An MOU that renews itself runs on for terms of the same length, counted from its first
    day; one that does not has one term.
    """
    if mou.effective_on is None or mou.ends_on is None:
        return None
    first, end = mou.effective_on, mou.ends_on
    if not mou.auto_renew or day <= end or first > end:
        return end
    months = _months_of(first, end)
    if months:
        nth = ((day.year - first.year) * 12 + day.month - first.month) // months
    else:
        nth = (day - first).days // ((end - first).days + 1)
    ends = (_nth_end(first, end, months, max(1, nth) + more) for more in range(3))
    return next((one for one in ends if one >= day), date.max)


def _months_of(first: date, last: date) -> int:
    """Say of how many whole months a term is; nought where it is counted in days."""
    after = last + timedelta(days=1)
    months = (after.year - first.year) * 12 + after.month - first.month
    return months if months and months_after(first, months) == after else 0


def _nth_end(first: date, last: date, months: int, nth: int) -> date:
    try:
        if months:
            return months_after(first, months * nth) - timedelta(days=1)
        return first + nth * (last + timedelta(days=1) - first) - timedelta(days=1)
    except (ValueError, OverflowError):
        return date.max


def last_day(mou: Mou) -> date | None:
    """Give the last day on which an MOU stands, as far as is known.

    Returns:
        ``None`` where it has no end in sight, because it renews itself or is not signed.
    """
    if not mou.is_signed:
        return None
    until = None if mou.auto_renew else mou.ends_on
    if mou.ended_on is None:
        return until
    before = mou.ended_on - timedelta(days=1)
    return before if until is None else min(before, until)


def in_force(mou: Mou, day: date) -> bool:
    """Say whether an MOU stands on a day; its last day is one of them."""
    if not mou.is_signed or mou.effective_on is None or day < mou.effective_on:
        return False
    last = last_day(mou)
    return last is None or day <= last


def status(mou: Mou, today: date, former: Mou | None = None) -> Status:
    """Work out how an MOU stands (J1).

    One that is signed and begins on a day to come is ``active`` where it goes on without a gap
    from one that stands today, and ``in_signature`` otherwise: nothing is in force yet.

    Args:
        mou: the MOU.
        today: the day.
        former: what it renews.
    """
    if mou.ended_on is not None and mou.ended_on <= today:
        return "terminated"
    if not mou.is_signed:
        return "draft" if mou.target_on is None and mou.effective_on is None else "in_signature"
    if mou.effective_on is not None and today < mou.effective_on:
        goes_on = former is not None and in_force(former, today) and not gap(former, mou)
        return "active" if goes_on else "in_signature"
    if not in_force(mou, today):
        return "expired"
    end = term_end(mou, today)
    soon = end is not None and (end - today).days <= EXPIRING_DAYS
    return "expiring" if soon else "active"


def gap(former: Mou, mou: Mou) -> bool:
    """Say whether a day lies between two MOUs on which neither stands."""
    last = last_day(former)
    return (
        last is not None
        and mou.effective_on is not None
        and mou.effective_on > last + timedelta(days=1)
    )


def missing_clauses(mou: Mou) -> tuple[str, ...]:
    """Name what the checklist asks for and the MOU does not say (J2)."""
    return tuple(name for name in ASKED_FOR if not getattr(mou, name))


def pick(mous: Sequence[Mou], slug: str, today: date) -> Mou:
    """Find the MOU that is meant by a partner's slug: the one that stands, else the latest.

    Raises:
        Missing: there is none with this partner.
    """
    theirs = [one for one in mous if same_slug(one.partner, slug)]
    if not theirs:
        raise Missing(f"there is no MOU with {slug}", hint=f"reintegrate mou add {slug}")

    def fit(one: Mou) -> tuple[bool, bool, int]:
        return in_force(one, today), one.is_signed, number_of(one.id)

    return max(theirs, key=fit)


def check_term(effective_on: date, ends_on: date) -> None:
    """Demand that an MOU ends after it begins, and within a lifetime.

    Raises:
        Usage: it does not.
    """
    if ends_on < effective_on:
        raise Usage("--ends lies before the MOU begins", fields=["effective_on", "ends_on"])
    if ends_on.year - effective_on.year > LONGEST_YEARS:
        raise Usage(f"a term is at most {LONGEST_YEARS} years", fields=["ends_on"])


def proposed_review(effective_on: date, ends_on: date, today: date) -> date:
    """Give the day on which an MOU is next reviewed: each year, and at its end at the latest."""
    gone = (today.year - effective_on.year) * 12 + today.month - effective_on.month
    nth = max(1, gone // REVIEW_MONTHS)
    day = next(
        day
        for more in range(3)
        if (day := _months_on(effective_on, REVIEW_MONTHS * (nth + more))) >= today
    )
    return min(day, ends_on)


def _months_on(start: date, months: int) -> date:
    try:
        return months_after(start, months)
    except (ValueError, OverflowError):
        return date.max


def change(mou: Mou, given: "EditMou", owner: str | None) -> Mou:
    """Change what an MOU says: what is given replaces what stands."""
    said = {name: text for name in CLAUSES if (text := getattr(given, name))}
    return replace(
        mou,
        owner=owner or mou.owner,
        notice_days=mou.notice_days if given.notice_days is None else given.notice_days,
        specialties=given.specialties or mou.specialties,
        areas=given.areas or mou.areas,
        auto_renew=mou.auto_renew if given.auto_renew is None else given.auto_renew,
        regime=given.regime or mou.regime,
        **said,
    )


def check_clauses(former: Mou, mou: Mou) -> None:
    """Demand that a signed MOU keeps the clauses without which none is signed (J2).

    Raises:
        Refused: one of them was emptied.
    """
    emptied = [name for name in DEMANDED if getattr(former, name) and not getattr(mou, name)]
    if former.is_signed and emptied:
        raise Refused(
            f"a signed MOU keeps what it says of: {', '.join(emptied).replace('_', ' ')}",
            rule="J2",
            fields=emptied,
            hint="give what the paper says now",
        )


def sign(mou: Mou, given: "Signing", review: tuple[date | None, date], today: date) -> Mou:
    """Record that an MOU was signed, with its term.

    Args:
        mou: the MOU, unsigned.
        given: the term.
        review: the day of its review, or ``None`` with the day that was proposed.
        today: the day; it was signed then where nothing else is said.

    Raises:
        Usage: the dates do not fit, or it was signed or ended already.
        Refused: it lacks a clause without which no MOU is signed.
    """
    if mou.is_signed or mou.ended_on is not None:
        raise Usage(
            f"MOU {mou.id} is signed or ended already", hint=f"reintegrate mou renew {mou.id}"
        )
    assert given.effective_on is not None  # noqa: S101 - the command demands both
    assert given.ends_on is not None  # noqa: S101
    check_term(given.effective_on, given.ends_on)
    missing = [name for name in DEMANDED if not getattr(mou, name)]
    if missing:
        raise Refused(
            f"the MOU does not say: {', '.join(missing).replace('_', ' ')}",
            rule="J2",
            fields=missing,
            hint=f"give what the paper says with --from, or first with reintegrate mou edit {mou.id}",
        )
    on, proposed = review
    return replace(
        mou,
        effective_on=given.effective_on,
        ends_on=given.ends_on,
        signed_on=given.signed_on or min(today, given.effective_on),
        target_on=None,
        review_on=on,
        review_proposed_on=proposed if on is None else None,
    )


def begin_renewal(former: Mou, id_: str, today: date) -> Mou:
    """Begin the MOU that follows another: what that says is taken over, not its paper.

    Raises:
        Usage: there is nothing to renew, or it was renewed already.
    """
    if former.renewed_by is not None:
        raise Usage(
            f"MOU {former.id} was renewed by {former.renewed_by} already",
            hint=f"reintegrate mou show {former.renewed_by}",
        )
    if not former.is_signed or former.ended_on is not None:
        raise Usage(
            f"MOU {former.id} is not signed, or was ended; there is nothing to renew",
            hint=f"reintegrate mou sign {former.id}, or mou add {former.partner}",
        )
    taken_over = {name: getattr(former, name) for name in CLAUSES if name not in _OF_THE_PAPER}
    return Mou(
        id=id_,
        partner=former.partner,
        owner=former.owner,
        known_on=today,
        notice_days=former.notice_days,
        specialties=former.specialties,
        areas=former.areas,
        auto_renew=former.auto_renew,
        regime=former.regime,
        renews=former.id,
        tests=former.tests,
        **taken_over,
    )


def follow(former: Mou, mou: Mou, reason: str) -> tuple[Mou, Mou]:
    """Join a signed renewal to what it renews; no day may lie between them (J1).

    Returns:
        What is renewed, and the renewal.

    Raises:
        Refused: there is a gap, and nobody says why.
        Usage: it ends no later than what it renews, or that was renewed already.
    """
    if former.renewed_by not in (None, mou.id):
        raise Usage(f"MOU {former.id} was renewed by {former.renewed_by} already")
    last = last_day(former)
    if last is not None and mou.ends_on is not None and mou.ends_on <= last:
        raise Usage("a renewal ends after what it renews", fields=["ends_on"])
    if last is not None and gap(former, mou) and not reason:
        following = (last + timedelta(days=1)).isoformat()
        raise Refused(
            f"MOU {former.id} ends before this begins, and no agreement stands in between",
            rule="J1",
            fields=["effective_on", "reason"],
            hint=f"give --effective {following} or a day before, or a reason with --from",
        )
    return replace(former, renewed_by=mou.id), replace(mou, gap_reason=reason)


def end(mou: Mou, *, on: date, notice_on: date, by: str, reason: str) -> Mou:
    """Record that an MOU stands no more from a day on.

    Raises:
        Usage: it was ended already.
    """
    if mou.ended_on is not None:
        raise Usage(f"MOU {mou.id} was ended already")
    return replace(mou, ended_on=on, notice_on=notice_on, ended_by=by, end_reason=reason)


def renewed_no_more(former: Mou, mou: Mou) -> Mou | None:
    """Give what an MOU was to renew, renewed no more, where that was ended before it began.

    Its end is then announced again; ``None`` where nothing changes for it.
    """
    if mou.ended_on is None or mou.effective_on is None or mou.ended_on > mou.effective_on:
        return None
    return replace(former, renewed_by=None) if former.renewed_by == mou.id else None


def notice_until(mou: Mou, notice_on: date) -> date | None:
    """Give the first day that the notice which an MOU asks for allows; nothing if it asks none."""
    if not mou.notice_days:
        return None
    return notice_on + timedelta(days=mou.notice_days)


def test_due_on(mou: Mou) -> date | None:
    """Give the day by which somebody tries the points of contact again.

    Six months after somebody was last reached; where the last try reached nobody, it is due
    since that day.
    """
    if not mou.is_signed or mou.effective_on is None:
        return None
    tried = sorted(mou.tests, key=lambda one: one.on)
    if tried and not tried[-1].reached:
        return max(tried[-1].on, mou.effective_on)
    start = tried[-1].on if tried else max(mou.effective_on, mou.known_on)
    due = max(_months_on(start, TEST_MONTHS), mou.effective_on)
    last = last_day(mou)
    return due if last is None or due <= last else None


def dates(mou: Mou, world: World) -> Iterator[Dated]:
    """Give the end of an MOU, its next review, and the next test of its contacts."""

    def row(due_on: date, verb: str, label: str, announced_on: date | None = None) -> Dated:
        return Dated(
            source=mou.id,
            label=label,
            command=f"reintegrate mou {verb} {mou.id}",
            due_on=due_on,
            announced_on=announced_on,
            kind="mou",
            with_="partner",
            who=mou.partner,
            owner=mou.owner,
            origin=due_on,
        )

    if mou.ended_on is not None or mou.renewed_by is not None:
        return  # nothing is left to do; of one that was renewed the new one asks
    if not mou.is_signed:
        if mou.target_on is not None:
            yield row(mou.target_on, "sign", "MOU signed by")
        return
    if mou.auto_renew:
        day = _looked_at_by(mou)
        label = "notice on MOU by" if mou.notice_days else "MOU renews itself after"
        yield row(day, "review", label, first_alert(day, ALERT_DAYS))
    elif mou.ends_on is not None:
        yield row(mou.ends_on, "renew", "MOU ends", first_alert(mou.ends_on, ALERT_DAYS))
    review = mou.review_on or mou.review_proposed_on
    # On the day of its end, whether to renew it is the review.
    if review is not None and (mou.auto_renew or review != mou.ends_on):
        yield row(review, "review", "review MOU")
    tested = test_due_on(mou)
    if tested is not None:
        yield row(tested, "test", "test MOU contacts")


def _looked_at_by(mou: Mou) -> date:
    """Give the day by which an MOU that renews itself is looked at: while notice can be given.

    Of its terms it is the first that no review looked at since it was announced.
    """
    reviewed = max((one.on for one in mou.reviews), default=date.min)
    # No term that was over by a review was looked at after it: of terms of a day there are
    # tens of thousands before.
    day = max(mou.known_on, reviewed)
    while True:
        end = term_end(mou, day) or mou.known_on
        by = end - timedelta(days=mou.notice_days or 0)
        if first_alert(by, ALERT_DAYS) > reviewed:
            return by
        day = end + timedelta(days=1)


class MouRow(Value, frozen=True, kw_only=True):
    """An MOU as lists show it: dates and codes, and which clauses are missing."""

    id: Ref[str]
    partner: Ref[str]
    status: Public[Status]
    effective_on: Public[date | None]
    ends_on: Public[date | None]
    review_on: Public[date | None]
    missing_clauses: Public[tuple[str, ...]]
    target_on: Public[date | None]
    signed_on: Public[date | None]
    specialties: Public[tuple[Specialty, ...]]
    areas: Public[tuple[Word, ...]]
    regime: Public[Regime | None]
    notice_days: Public[int | None]
    notice_by: Public[date | None]
    auto_renew: Public[bool]
    renews: Ref[str | None]
    renewed_by: Ref[str | None]
    tested_on: Public[date | None]
    test_due_on: Public[date | None]
    ended_on: Public[date | None]
    owner: Ref[str]

    dated = "ends_on"


class MouFile(MouRow, frozen=True, kw_only=True):
    """An MOU whole, as ``mou show`` reads it."""

    parties: Private[str]
    purpose: Private[str]
    scope: Private[str]
    services: Private[str]
    referral_protocol: Private[str]
    after_hours_contact: Private[str]
    confidentiality: Private[str]
    release_process: Private[str]
    contacts: Private[str]
    backup_contact: Private[str]
    document: Private[str]
    mandated_reports: Private[str]
    costs: Private[str]
    language_access: Private[str]
    nondiscrimination: Private[str]
    staff_clearance: Private[str]
    data_security: Private[str]
    disputes: Private[str]
    survivor_voice: Private[str]
    insurance: Private[str]
    gap_reason: Private[str]
    end_reason: Private[str]
    reviews: Public[tuple[MouReview, ...]]
    tests: Public[tuple[ContactTest, ...]]


_OF_THE_FILE: Final = (*CLAUSES, "gap_reason", "end_reason", "reviews", "tests")
_AS_KEPT: Final = (
    "id",
    "partner",
    "effective_on",
    "review_on",
    "target_on",
    "signed_on",
    "specialties",
    "areas",
    "notice_days",
    "auto_renew",
    "renews",
    "renewed_by",
    "ended_on",
    "owner",
)


def row(
    mou: Mou, regime: Regime | None, former: Mou | None, today: date, *, whole: bool = False
) -> MouRow:
    """Make the row of an MOU.

    Args:
        mou: the MOU.
        regime: the partner's own confidentiality rule, where the MOU names none.
        former: what it renews.
        today: the day.
        whole: whether its clauses go with it.
    """
    ends_on = term_end(mou, today)
    days = mou.notice_days
    reached = [one.on for one in mou.tests if one.reached]
    kept = (*_AS_KEPT, *(_OF_THE_FILE if whole else ()))
    return (MouFile if whole else MouRow)(
        status=status(mou, today, former),
        ends_on=ends_on,
        missing_clauses=missing_clauses(mou),
        regime=mou.regime or regime,
        notice_by=ends_on - timedelta(days=days) if ends_on and days else None,
        tested_on=max(reached, default=None),
        test_due_on=test_due_on(mou),
        **{name: getattr(mou, name) for name in kept},
    )
