"""Memorandums of understanding with partners: what they say, and when they end (clause 24).

The status of an MOU follows from its dates, and is never typed. Its end is announced ninety, sixty
and thirty days before (rule J1), and stays on the agenda until it is renewed or ended; the clauses
that the checklist asks for and the paper does not have are named (J2).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Final, Literal, TypeVar, get_args

from reintegrate_cli.core.calendar import months_after
from reintegrate_cli.core.errors import Missing
from reintegrate_cli.core.extending import takes
from reintegrate_cli.core.hints import PROSE, QUIET
from reintegrate_cli.core.labels import labels
from reintegrate_cli.core.records import (
    WORK,
    Mark,
    Private,
    Public,
    Record,
    Ref,
    Slug,
    Value,
    Word,
    fields_of,
    number_of,
    row_of,
    same_slug,
)
from reintegrate_cli.core.rows import Dated, first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.partner.record import Regime, Specialty

Status = Literal["draft", "in_signature", "active", "expiring", "expired", "terminated"]
STATUSES: tuple[Status, ...] = get_args(Status)
EXPIRING_DAYS: Final = 90
"""An MOU is expiring in the last days of its term; the first alert is this long before (J1)."""
ALERT_DAYS: Final = (90, 60, 30)
TEST_MONTHS: Final = 6
"""How long a point of contact is assumed to answer, once somebody was reached there."""

NEEDED: Final = Mark("needed")
"""A clause without which no MOU is signed."""
ASKED: Final = Mark("asked")
"""A clause that every MOU should have (J1, J2; PRACTICE 2.3)."""
OTHER: Final = Mark("other")
"""A clause that an MOU may have besides."""


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


class MouTerms(Record, frozen=True, kw_only=True):
    """What lists show of an agreement with one partner: its term, and whom it covers.

    ``ends_on`` is its last day. It is signed once ``signed_on`` is known; until then
    ``target_on`` is the day by which it should be. From ``ended_on`` on it is no longer in force,
    whatever its term says. With no areas of its own, it covers those of the partner; the same
    holds for its specialties.
    """

    id: Ref[str]
    partner: Ref[Slug]
    owner: Annotated[Ref[Slug], WORK]
    effective_on: Public[date | None] = None
    ends_on: Public[date | None] = None
    target_on: Public[date | None] = None
    signed_on: Public[date | None] = None
    review_on: Public[date | None] = None
    notice_days: Public[int | None] = None
    specialties: Public[tuple[Specialty, ...]] = ()
    areas: Public[tuple[Word, ...]] = ()
    auto_renew: Public[bool] = False
    regime: Public[Regime | None] = None
    renews: Ref[str | None] = None
    renewed_by: Ref[str | None] = None
    ended_on: Public[date | None] = None


class Mou(MouTerms, frozen=True, kw_only=True):
    """An agreement with one partner, with its clauses.

    ``known_on`` is the day on which it was entered, from which the first test of its contacts
    counts. ``review_proposed_on`` is a proposed day that the district is closed on, and that
    nobody has settled yet. The forms take the clauses from here (see ``takes``).
    """

    known_on: Public[date]
    review_proposed_on: Public[date | None] = None
    gap_reason: Private[str] = ""
    ended_by: Ref[str | None] = None
    notice_on: Public[date | None] = None
    end_reason: Private[str] = ""
    tests: Public[tuple[ContactTest, ...]] = ()
    reviews: Public[tuple[MouReview, ...]] = ()
    parties: Annotated[Private[str], ASKED, "the parties, and who signs for each"] = ""
    purpose: Annotated[Private[str], NEEDED, PROSE, "what it is for"] = ""
    scope: Annotated[Private[str], ASKED, PROSE, "who is covered, and where"] = ""
    services: Annotated[Private[str], NEEDED, PROSE, "what each side gives, and its limits"] = ""
    referral_protocol: Annotated[
        Private[str], NEEDED, PROSE, "who calls, how fast, and how a student is handed over"
    ] = ""
    after_hours_contact: Annotated[Private[str], ASKED, "who to reach after hours"] = ""
    confidentiality: Annotated[Private[str], NEEDED, PROSE, "the confidentiality clause"] = ""
    release_process: Annotated[Private[str], NEEDED, PROSE, "how information is released"] = ""
    contacts: Annotated[Private[str], NEEDED, "the points of contact"] = ""
    backup_contact: Annotated[Private[str], ASKED, "who to reach when they are away"] = ""
    document: Annotated[Private[str], ASKED, "where the paper is kept"] = ""
    mandated_reports: Annotated[Private[str], OTHER, PROSE, QUIET, "who reports what"] = ""
    costs: Annotated[Private[str], OTHER, PROSE, QUIET, "who pays for what"] = ""
    language_access: Annotated[Private[str], OTHER, PROSE, QUIET, "interpreters and languages"] = ""
    nondiscrimination: Annotated[
        Private[str], OTHER, PROSE, QUIET, "that nobody is turned away"
    ] = ""
    staff_clearance: Annotated[
        Private[str], OTHER, PROSE, QUIET, "clearance and training of staff"
    ] = ""
    data_security: Annotated[
        Private[str], OTHER, PROSE, QUIET, "how data is kept and destroyed"
    ] = ""
    disputes: Annotated[Private[str], OTHER, PROSE, QUIET, "how disputes are settled"] = ""
    survivor_voice: Annotated[
        Private[str], OTHER, PROSE, QUIET, "how survivors are heard, and where they complain"
    ] = ""
    insurance: Annotated[Private[str], OTHER, PROSE, QUIET, "insurance"] = ""

    @property
    def is_over(self) -> bool:
        """Check whether it was ended, or renewed by another one."""
        return self.ended_on is not None or self.renewed_by is not None

    @property
    def term(self) -> tuple[date, date] | None:
        """Its first and its last day, once it is signed."""
        if self.signed_on is None or self.effective_on is None or self.ends_on is None:
            return None
        return self.effective_on, self.ends_on

    @property
    def is_signed(self) -> bool:
        """Check whether it was signed, with a term."""
        return self.term is not None

    @property
    def is_waiting(self) -> bool:
        """Check whether it was begun, and may still be signed."""
        return not self.is_signed and self.ended_on is None


def _clauses(*marks: Mark) -> tuple[str, ...]:
    return tuple(field.name for field in fields_of(Mou) if not set(marks).isdisjoint(field.notes))


DEMANDED: Final = _clauses(NEEDED)
ASKED_FOR: Final = _clauses(NEEDED, ASKED)
CLAUSES: Final = _clauses(NEEDED, ASKED, OTHER)


class MouRow(MouTerms, frozen=True, kw_only=True):
    """An MOU as lists show it: dates and codes, and which clauses are missing."""

    status: Public[Status]
    missing_clauses: Public[tuple[str, ...]]
    notice_by: Public[date | None]
    tested_on: Public[date | None]
    test_due_on: Public[date | None]

    dated = "ends_on"


@takes(MouRow)
class MouFile(Mou, frozen=True, kw_only=True):
    """A whole MOU, as ``mou show`` reads it."""


F = TypeVar("F", MouRow, MouFile)


def term_end(mou: Mou, day: date) -> date | None:
    """Return the last day of the term that a day falls in, or of the first one before it.

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
    return next((end for end in ends if end >= day), date.max)


def _months_of(first: date, last: date) -> int:
    """Return how many whole months a term has; 0 if it is counted in days."""
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
    """Return the last day on which an MOU is in force, as far as is known.

    Returns:
        ``None`` if it has no end in sight, because it renews itself or is not signed.
    """
    if not mou.is_signed:
        return None
    until = None if mou.auto_renew else mou.ends_on
    if mou.ended_on is None:
        return until
    before = mou.ended_on - timedelta(days=1)
    return before if until is None else min(before, until)


def in_force(mou: Mou, day: date) -> bool:
    """Check whether an MOU is in force on a day; its last day is one of them."""
    return mou.term is not None and mou.term[0] <= day <= (last_day(mou) or date.max)


def status(mou: Mou, today: date, former: Mou | None = None) -> Status:
    """Work out the status of an MOU (J1).

    One that is signed and begins on a day to come is ``active`` if it follows without a gap on
    one that is in force today, and ``in_signature`` otherwise: nothing is in force yet.

    Args:
        mou: the MOU.
        today: the day.
        former: the MOU that it renews.
    """
    if mou.ended_on is not None and mou.ended_on <= today:
        return "terminated"
    if mou.term is None:
        return "draft" if mou.target_on is None and mou.effective_on is None else "in_signature"
    if today < mou.term[0]:
        follows = former is not None and in_force(former, today) and not gap(former, mou)
        return "active" if follows else "in_signature"
    if not in_force(mou, today):
        return "expired"
    end = term_end(mou, today)
    soon = end is not None and (end - today).days <= EXPIRING_DAYS
    return "expiring" if soon else "active"


def gap(former: Mou, mou: Mou) -> bool:
    """Check whether a day lies between two MOUs on which neither is in force."""
    last = last_day(former)
    return (
        last is not None
        and mou.effective_on is not None
        and mou.effective_on > last + timedelta(days=1)
    )


def missing_clauses(mou: Mou) -> tuple[str, ...]:
    """Return the clauses that the checklist asks for and the MOU does not have (J2)."""
    return tuple(name for name in ASKED_FOR if not getattr(mou, name))


def spoken(clauses: Sequence[str]) -> str:
    """Return the names of clauses as a person reads them."""
    return labels(clauses)


def pick(mous: Sequence[Mou], slug: str, today: date) -> Mou:
    """Return the MOU that a partner's slug stands for: the one in force, else the latest.

    Raises:
        Missing: there is none with this partner.
    """
    theirs = [mou for mou in mous if same_slug(mou.partner, slug)]
    if not theirs:
        raise Missing(f"there is no MOU with {slug}", hint=f"reintegrate mou add {slug}")
    return max(theirs, key=lambda mou: (in_force(mou, today), mou.is_signed, number_of(mou.id)))


def months_on(start: date, months: int) -> date:
    """Return the day some months after another; the last day there is if that lies beyond it."""
    try:
        return months_after(start, months)
    except (ValueError, OverflowError):
        return date.max


def test_due_on(mou: Mou) -> date | None:
    """Return the day by which somebody tries the points of contact again.

    Six months after somebody was last reached; if the last try reached nobody, it is due
    since that day.
    """
    if mou.term is None:
        return None
    first = mou.term[0]
    tried = sorted(mou.tests, key=lambda test: test.on)
    if tried and not tried[-1].reached:
        return max(tried[-1].on, first)
    start = tried[-1].on if tried else max(first, mou.known_on)
    due = max(months_on(start, TEST_MONTHS), first)
    return due if due <= (last_day(mou) or date.max) else None


def dates(mou: Mou, world: World) -> Iterator[Dated]:
    """Yield the end of an MOU, its next review, and the next test of its contacts."""

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

    if mou.is_over:
        return  # nothing is left to do; the MOU that renewed it asks
    if mou.term is None:
        if mou.target_on is not None:
            yield row(mou.target_on, "sign", "MOU signed by")
        return
    if mou.auto_renew:
        day = _looked_at_by(mou)
        label = "notice on MOU by" if mou.notice_days else "MOU renews itself after"
        yield row(day, "review", label, first_alert(day, ALERT_DAYS))
    else:
        yield row(mou.term[1], "renew", "MOU ends", first_alert(mou.term[1], ALERT_DAYS))
    review = mou.review_on or mou.review_proposed_on
    # On the day of its end, whether to renew it is the review.
    if review is not None and (mou.auto_renew or review != mou.ends_on):
        yield row(review, "review", "review MOU")
    tested = test_due_on(mou)
    if tested is not None:
        yield row(tested, "test", "test MOU contacts")


def _looked_at_by(mou: Mou) -> date:
    """Return the day by which an MOU that renews itself is reviewed, so that notice can be given.

    It is a day of the first of its terms that no review looked at since it was announced.
    """
    reviewed = max((review.on for review in mou.reviews), default=date.min)
    # No term that was over by a review was looked at after it: of terms of a day there are
    # tens of thousands before.
    day = max(mou.known_on, reviewed)
    while True:
        end = term_end(mou, day) or mou.known_on
        by = end - timedelta(days=mou.notice_days or 0)
        if first_alert(by, ALERT_DAYS) > reviewed:
            return by
        day = end + timedelta(days=1)


def row(kind: type[F], mou: Mou, today: date, *, former: Mou | None, regime: Regime | None) -> F:
    """Return an MOU as it is shown, with what follows from its dates.

    Args:
        kind: the class of the row, or of the whole MOU.
        mou: the MOU.
        today: the day.
        former: the MOU that it renews.
        regime: the partner's own confidentiality rule, if the MOU names none.
    """
    ends_on = term_end(mou, today)
    days = mou.notice_days
    return row_of(
        kind,
        mou,
        status=status(mou, today, former),
        ends_on=ends_on,
        missing_clauses=missing_clauses(mou),
        regime=mou.regime or regime,
        notice_by=ends_on - timedelta(days=days) if ends_on and days else None,
        tested_on=max((test.on for test in mou.tests if test.reached), default=None),
        test_due_on=test_due_on(mou),
    )
