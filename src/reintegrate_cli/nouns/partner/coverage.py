"""Who could help a student, where: partners for sex and for labor trafficking (clauses 24, 25).

A *cell* is one specialty in one area or school. It is covered by a specialist with a live MOU;
failing that by the fallback that the guidance names, a sexual assault provider or a child
advocacy or assessment center (rule J3); failing that it is a gap. An MOU that names no areas or
specialties reaches those of its partner; a partner that names no areas reaches the whole
district.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, get_args

from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import Public, Ref, Value, number_of, same_slug
from reintegrate_cli.nouns.mou import record as mous
from reintegrate_cli.nouns.mou.record import Mou
from reintegrate_cli.nouns.partner.record import Partner, PartnerKind, Specialty
from reintegrate_cli.nouns.task.record import Task

CellStatus = Literal["specialist", "fallback", "gap"]
STATUSES: tuple[CellStatus, ...] = ("specialist", "fallback", "gap")
"""From the best to the worst."""
SPECIALTIES: tuple[Specialty, ...] = get_args(Specialty)
SPECIALIST: Final[PartnerKind] = "trafficking_specialist"
FALLBACKS: tuple[PartnerKind, ...] = (
    "sexual_assault_provider",
    "child_advocacy_center",
    "assessment_center",
)
SEARCH_DAYS: Final = 90
"""How long a search for a specialist that found none is taken to hold."""
DISTRICT: Final = "district"
"""The one area of a district in which no school and no area is named."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the coverage is for, where that is said.

    A partner that names no ages serves them all; one that names no languages is not taken to
    work in the one that is asked for.
    """

    age: int | None = None
    language: str | None = None


ANYBODY: Final = Asked()


class Cell(Value, frozen=True, kw_only=True):
    """One specialty in one area, on one day.

    ``lapses_on`` is the last day on which it stands as it does, with all that is signed by now,
    and ``opens`` what it falls to after that; both are null where no end is in sight. ``ages``
    and ``languages`` are what its partners say of themselves; ``suggested`` are partners of the
    directory that could stand in and have no live MOU.
    """

    specialty: Public[Specialty]
    area: Public[str]
    status: Public[CellStatus]
    partners: Ref[tuple[str, ...]]
    lapses_on: Public[date | None]
    opens: Public[CellStatus | None]
    mous: Ref[tuple[str, ...]]
    ages: Public[tuple[str, ...]]
    languages: Public[tuple[str, ...]]
    suggested: Ref[tuple[str, ...]]
    search_again_on: Public[date | None]


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """The MOU that ends first, and the cells that are worse from the day after."""

    mou: Mou
    last_day: date
    opens: tuple[tuple[Specialty, str, CellStatus], ...]


class Best(msgspec.Struct, frozen=True, kw_only=True):
    """The one new MOU that would close the most gaps.

    ``partner`` is one of the directory; without one, ``specialty`` is what a specialist would
    have to be found for.
    """

    partner: Partner | None
    specialty: Specialty | None
    closes: tuple[tuple[Specialty, str], ...]


@dataclass
class District:
    """All that coverage is worked out from."""

    partners: Sequence[Partner]
    mous: Sequence[Mou]
    areas: Sequence[str]
    tasks: Sequence[Task] = ()

    def __post_init__(self) -> None:
        """Find the partners by their slugs, and keep each area once."""
        self.by_slug = {one.slug.casefold(): one for one in self.partners}
        self.areas = each_once(self.areas) or [DISTRICT]

    def partner_of(self, mou: Mou) -> Partner | None:
        """Give the partner of an MOU."""
        return self.by_slug.get(mou.partner.casefold())


def each_once(areas: Iterable[str]) -> list[str]:
    """List areas in the order of the alphabet, each as it was first written."""
    found: dict[str, str] = {}
    for area in areas:
        found.setdefault(area.casefold(), area)
    return [found[key] for key in sorted(found)]


def gives(
    partner: Partner,
    specialty: Specialty,
    area: str,
    asked: Asked = ANYBODY,
    mou: Mou | None = None,
) -> CellStatus:
    """Say what a partner would be for a cell under an MOU, whenever that stands.

    Args:
        partner: the partner.
        specialty: of the cell.
        area: of the cell.
        asked: whom it is for.
        mou: the agreement; one without terms of its own where it is left out.
    """
    if partner.kind != SPECIALIST and partner.kind not in FALLBACKS:
        return "gap"
    specialties = (mou.specialties if mou else ()) or partner.specialties
    # Nobody calls a sexual assault provider a specialist: one that names no specialty is there
    # for both. A specialist has to say in what.
    if specialty not in specialties and (specialties or partner.kind == SPECIALIST):
        return "gap"
    areas = (mou.areas if mou else ()) or partner.areas
    if areas and not any(same_slug(one, area) for one in areas):
        return "gap"
    if not _serves(partner, asked):
        return "gap"
    return "specialist" if partner.kind == SPECIALIST else "fallback"


def _serves(partner: Partner, asked: Asked) -> bool:
    if asked.age is not None and partner.ages:
        youngest, _, oldest = partner.ages.partition("-")
        if not int(youngest) <= asked.age <= int(oldest):
            return False
    return asked.language is None or any(
        same_slug(one, asked.language) for one in partner.languages
    )


def covering(
    district: District, specialty: Specialty, area: str, day: date, asked: Asked = ANYBODY
) -> tuple[CellStatus, list[tuple[Partner, Mou]]]:
    """Say how a cell stands on a day, and by which partners with which MOUs."""
    found: dict[CellStatus, list[tuple[Partner, Mou]]] = {"specialist": [], "fallback": []}
    for mou in district.mous:
        partner = district.partner_of(mou)
        if partner is None or not mous.in_force(mou, day):
            continue
        if partner.ended_on is not None and partner.ended_on <= day:
            continue
        how = gives(partner, specialty, area, asked, mou)
        if how != "gap":
            found[how].append((partner, mou))
    for how in ("specialist", "fallback"):
        if found[how]:
            return how, found[how]
    return "gap", []


def cells(district: District, day: date, asked: Asked = ANYBODY) -> list[Cell]:
    """Work out every cell of the district on a day."""
    return [
        _cell(district, specialty, area, day, asked)
        for area in district.areas
        for specialty in SPECIALTIES
    ]


def _cell(district: District, specialty: Specialty, area: str, day: date, asked: Asked) -> Cell:
    status, found = covering(district, specialty, area, day, asked)
    lapses_on, opens = _lapse(district, specialty, area, day, asked)
    partners = [partner for partner, _ in found]
    return Cell(
        specialty=specialty,
        area=area,
        status=status,
        partners=tuple(dict.fromkeys(one.slug for one in partners)),
        lapses_on=lapses_on,
        opens=opens,
        mous=tuple(mou.id for _, mou in found),
        ages=tuple(sorted({one.ages for one in partners if one.ages})),
        languages=tuple(sorted({said for one in partners for said in one.languages})),
        suggested=_suggested(district, status, specialty, area, day, asked),
        search_again_on=_search_again(district.tasks, specialty, area),
    )


def _lapse(
    district: District, specialty: Specialty, area: str, day: date, asked: Asked
) -> tuple[date | None, CellStatus | None]:
    """Find the last day on which a cell stands no worse than it does, and what follows."""
    status, found = covering(district, specialty, area, day, asked)
    if status == "gap":
        return None, None
    while True:
        # Every day up to the last one of those that stand now is covered by them.
        ends = [_last(partner, mou) for partner, mou in found]
        if None in ends:
            return None, None
        last = max(end for end in ends if end is not None)
        if last == date.max:
            return None, None
        following, found = covering(district, specialty, area, last + timedelta(days=1), asked)
        if STATUSES.index(following) > STATUSES.index(status):
            return last, following


def _last(partner: Partner, mou: Mou) -> date | None:
    end = mous.last_day(mou)
    if partner.ended_on is None:
        return end
    gone = partner.ended_on - timedelta(days=1)
    return gone if end is None else min(end, gone)


def _suggested(
    district: District, status: CellStatus, specialty: Specialty, area: str, day: date, asked: Asked
) -> tuple[str, ...]:
    """Name the partners of the directory that would be better than what stands, best first."""
    better = STATUSES[: STATUSES.index(status)]
    found = [
        (STATUSES.index(how), partner.slug)
        for partner in district.partners
        if partner.ended_on is None and (how := gives(partner, specialty, area, asked)) in better
    ]
    return tuple(slug for _, slug in sorted(found))


def _search_again(tasks: Iterable[Task], specialty: Specialty, area: str) -> date | None:
    names = {about(specialty, area).casefold(), about(specialty, None).casefold()}
    return min(
        (
            task.due_on
            for task in tasks
            if task.done_on is None and (task.about or "").casefold() in names
        ),
        default=None,
    )


def about(specialty: Specialty, area: str | None) -> str:
    """Name what a search is for, as its task keeps it."""
    return specialty if area is None else f"{specialty}/{area}"


def first_lapse(district: District, day: date, asked: Asked = ANYBODY) -> Lapse | None:
    """Find the MOU that ends first of those in force, and what that opens (J3).

    One that renews itself does not end, and one that was renewed without a gap ends with its
    renewal.
    """
    renewed = {one.renews: one for one in district.mous if one.is_signed and one.renews}
    ending = []
    for mou in district.mous:
        partner = district.partner_of(mou)
        if partner is None or (partner.kind != SPECIALIST and partner.kind not in FALLBACKS):
            continue
        if mous.in_force(mou, day):
            final, last = _goes_on_to(mou, renewed)
            if last is not None and last < date.max:
                ending.append((last, number_of(final.id), final))
    if not ending:
        return None
    last, _, mou = min(ending, key=lambda one: one[:2])
    opens = []
    for area in district.areas:
        for specialty in SPECIALTIES:
            now, _ = covering(district, specialty, area, last, asked)
            then, _ = covering(district, specialty, area, last + timedelta(days=1), asked)
            if STATUSES.index(then) > STATUSES.index(now):
                opens.append((specialty, area, then))
    return Lapse(mou=mou, last_day=last, opens=tuple(opens))


def _goes_on_to(mou: Mou, renewed: Mapping[str, Mou]) -> tuple[Mou, date | None]:
    """Follow the renewals of an MOU that leave no gap, to the last one and its last day."""
    while True:
        last = mous.last_day(mou)
        after = renewed.get(mou.id)
        if last is None or last == date.max or after is None:
            return mou, last
        if not mous.in_force(after, last + timedelta(days=1)):
            return mou, last
        mou = after


def best_new(district: District, day: date, asked: Asked = ANYBODY) -> Best | None:
    """Find the one new MOU that would close the most gaps (J3).

    A partner of the directory, with the scope that it has there; of several, a specialist
    first. Where none would close any, the specialty with the most gaps is named.
    """
    gaps = [
        (cell.specialty, cell.area) for cell in cells(district, day, asked) if cell.status == "gap"
    ]
    if not gaps:
        return None
    found = []
    for partner in district.partners:
        closes = [
            gap for gap in gaps if partner.ended_on is None and gives(partner, *gap, asked) != "gap"
        ]
        if closes:
            found.append((-len(closes), partner.kind != SPECIALIST, partner.slug, partner, closes))
    if found:
        *_, partner, closes = min(found, key=lambda one: one[:3])
        return Best(partner=partner, specialty=None, closes=tuple(closes))
    most = max(SPECIALTIES, key=lambda one: sum(specialty == one for specialty, _ in gaps))
    closes = [gap for gap in gaps if gap[0] == most]
    return Best(partner=None, specialty=most, closes=tuple(closes))
