"""How many students a measure counts: each once, as things were at the end of the period."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, Literal, get_args

from reintegrate_cli.core.world import World
from reintegrate_cli.kept import history
from reintegrate_cli.nouns.case.moving import as_of
from reintegrate_cli.nouns.case.record import STATUSES, Case, Setting, closed
from reintegrate_cli.nouns.checkin.scheduled import status_of
from reintegrate_cli.nouns.mou.record import Mou, in_force
from reintegrate_cli.nouns.referral.record import Referral

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

Measure = Literal["setting", "school", "status", "referral_days", "mou"]
MEASURES: Final[tuple[str, ...]] = get_args(Measure)
BANDS: Final = ((7, "within_7"), (14, "days_8_to_14"), (30, "days_15_to_30"), (None, "over_30"))
"""Days from a student's first referral of the period to a first visit, and the names of cells."""
NO_VISIT, NO_REFERRAL = "no_visit_yet", "no_referral"
WITH_MOU, WITHOUT_MOU, NO_PARTNER = "with_mou", "without_mou", "no_partner"


class Days:
    """The days that are counted: of a period, as far as it has gone.

    Args:
        first: the first day of the period.
        last: its last day.
        today: the day up to which it is counted, if it still runs.
        zone: the district's zone.
    """

    def __init__(self, first: date, last: date, today: date, zone: tzinfo | None) -> None:
        self.first = first
        self.last = min(last, today)
        self.over_at: datetime | None = None
        """The moment at which the period ended, if it has."""
        if last < today:
            self.over_at = datetime.combine(last + timedelta(days=1), time(), zone).astimezone()


def counts(
    measure: str, store: "Store", world: World, days: Days, schools: Iterable[str]
) -> dict[str, int]:
    """Count the students of a period in the cells of a measure, empty cells among them.

    Args:
        measure: which.
        store: the records, and the history of what they said before.
        world: the records from which statuses are worked out.
        days: the days of the period.
        schools: those of the district; an empty one is a cell like others.
    """
    cases = list(_open(_as_they_were(store, days.over_at), days))
    if measure == "setting":
        return _tally(get_args(Setting), (as_of(case, days.last).setting for case in cases))
    if measure == "school":
        named = {case.school for case in cases} | set(schools)
        return _tally(sorted(named), (case.school for case in cases))
    if measure == "status":
        return _tally(STATUSES, (status_of(world, case, days.last) for case in cases))
    referrals = store.of(Referral).all()
    of_case = {case.ref: [one for one in referrals if one.case == case.ref] for case in cases}
    if measure == "referral_days":
        names = (*(name for _, name in BANDS), NO_VISIT, NO_REFERRAL)
        return _tally(names, (_band(own, days) for own in of_case.values()))
    mous = store.of(Mou).all()
    partners = {str(mou.partner) for mou in mous if in_force(mou, days.last)}
    names = (WITH_MOU, WITHOUT_MOU, NO_PARTNER)
    return _tally(names, (_partner(own, days, partners) for own in of_case.values()))


def _tally(names: Sequence[str], each: Iterable[str]) -> dict[str, int]:
    cells = dict.fromkeys(names, 0)
    for name in each:
        cells[name] += 1
    return cells


def _open(cases: Iterable[Case], days: Days) -> Iterator[Case]:
    """Yield each case that was open on any day; one that was a double counts its student twice."""
    for case in cases:
        first = max(days.first, case.opened_on)
        spans = sorted(closed(case), key=lambda span: span.start)
        while (span := next((span for span in spans if first in span), None)) is not None:
            first = span.end or date.max
        if first <= days.last and not closed(case, "duplicate"):
            yield case


def _as_they_were(store: "Store", over_at: datetime | None) -> list[Case]:
    """Return the cases as the vault had them when a period ended; later ones as they began."""
    cases = store.cases.all()
    if over_at is None:
        return cases
    former = history.former(store.shelf, "cases", Case, over_at)
    return [former.get(case.ref, case) for case in cases]


def _band(referrals: Sequence[Referral], days: Days) -> str:
    sent = [
        one
        for one in referrals
        if days.first <= one.referred_on <= days.last and one.student_agreed == "yes"
    ]
    if not sent:
        return NO_REFERRAL
    first = min(sent, key=lambda one: one.referred_on)
    visit = first.first_visit_on
    if visit is None or visit > days.last:
        return NO_VISIT
    took = (visit - first.referred_on).days
    return next(name for most, name in BANDS if most is None or took <= most)


def _partner(referrals: Sequence[Referral], days: Days, under_mou: set[str]) -> str:
    own = {str(one.partner) for one in referrals if _runs(one, days)}
    if not own:
        return NO_PARTNER
    return WITH_MOU if own & under_mou else WITHOUT_MOU


def _runs(referral: Referral, days: Days) -> bool:
    over = referral.latest("ended", "declined")
    return (
        referral.student_agreed == "yes"
        and referral.referred_on <= days.last
        and (over is None or over.on >= days.first)
    )
