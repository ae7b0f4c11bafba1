"""Who could help a student, where: partners for sex and for labor trafficking (clauses 24, 25).

A *cell* is one specialty in one area or school. It is covered by a specialist with a live MOU;
failing that by the fallback that the guidance names, a sexual assault provider or a child
advocacy or assessment center (rule J3); failing that it is a gap, unless a specialist is there
who was never asked in what: then that is to be asked. An MOU that names no areas or specialties
covers those of its partner; a partner that names no areas covers the whole district.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import Public, Ref, Value, number_of, same_slug
from reintegrate_cli.nouns.mou import record as mous
from reintegrate_cli.nouns.mou.record import Mou
from reintegrate_cli.nouns.partner.record import (
    FALLBACKS,
    SPECIALIST,
    SPECIALTIES,
    Partner,
    Specialty,
)
from reintegrate_cli.nouns.task.record import Task

CellStatus = Literal["specialist", "fallback", "ask", "gap"]
STATUSES: tuple[CellStatus, ...] = ("specialist", "fallback", "ask", "gap")
"""From the best to the worst."""
_CLOSES: tuple[CellStatus, ...] = ("specialist", "fallback")
SEARCH_DAYS: Final = 90
"""How long a search for a specialist that found none is assumed to hold."""
DISTRICT: Final = "district"
"""The one area of a district in which no school and no area is named."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the coverage is for, if that is asked.

    A partner that names no ages serves them all; one that names no languages is assumed not
    to work in the one that is asked for.
    """

    age: int | None = None
    language: str | None = None


ANYBODY: Final = Asked()


class Cell(Value, frozen=True, kw_only=True):
    """One specialty in one area, on one day.

    ``lapses_on`` is the last day on which it is covered as it is, with all that is signed by now,
    and ``opens`` what it falls to after that; both are null if no end is in sight. ``ages``
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
        self.by_slug = {partner.slug.casefold(): partner for partner in self.partners}
        self.areas = each_once(self.areas) or [DISTRICT]
        self.cells = [(specialty, area) for area in self.areas for specialty in SPECIALTIES]

    def partner_of(self, mou: Mou) -> Partner | None:
        """Return the partner of an MOU."""
        return self.by_slug.get(mou.partner.casefold())


def each_once(areas: Iterable[str]) -> list[str]:
    """List areas in the order of the alphabet, each as it was first written."""
    first = {area.casefold(): area for area in reversed(list(areas))}
    return [first[key] for key in sorted(first)]


def gives(
    partner: Partner,
    specialty: Specialty,
    area: str,
    asked: Asked = ANYBODY,
    mou: Mou | None = None,
) -> CellStatus:
    """Return what a partner would be for a cell under an MOU, whenever that is in force.

    Args:
        partner: the partner.
        specialty: of the cell.
        area: of the cell.
        asked: whom it is for.
        mou: the agreement; one without terms of its own if left out.
    """
    is_specialist = partner.kind == SPECIALIST
    specialties = (mou.specialties if mou else ()) or partner.specialties
    areas = (mou.areas if mou else ()) or partner.areas
    there = not areas or any(same_slug(name, area) for name in areas)
    if not (_counts(partner) and there and _serves(partner, asked)):
        return "gap"
    if specialties and specialty not in specialties:
        return "gap"
    if not is_specialist:
        # Nobody calls a sexual assault provider a specialist: one that names no specialty is
        # there for both.
        return "fallback"
    return "specialist" if specialties else "ask"


def _counts(partner: Partner) -> bool:
    return partner.kind == SPECIALIST or partner.kind in FALLBACKS


def _serves(partner: Partner, asked: Asked) -> bool:
    if asked.age is not None and partner.ages:
        youngest, _, oldest = partner.ages.partition("-")
        if not int(youngest) <= asked.age <= int(oldest):
            return False
    return asked.language is None or any(
        same_slug(language, asked.language) for language in partner.languages
    )


def covering(
    district: District, specialty: Specialty, area: str, day: date, asked: Asked = ANYBODY
) -> tuple[CellStatus, list[tuple[Partner, Mou]]]:
    """Return how a cell is covered on a day, and by which partners with which MOUs."""
    live = [
        (gives(partner, specialty, area, asked, mou), partner, mou)
        for mou in district.mous
        if (partner := district.partner_of(mou)) is not None
        and mous.in_force(mou, day)
        and day <= _last(partner, mou)
    ]
    best = min((status for status, *_ in live), key=STATUSES.index, default=STATUSES[-1])
    return best, [(partner, mou) for status, partner, mou in live if status == best != "gap"]


def cells(district: District, day: date, asked: Asked = ANYBODY) -> list[Cell]:
    """Work out every cell of the district on a day."""
    return [_cell(district, *cell, day, asked) for cell in district.cells]


def _cell(district: District, specialty: Specialty, area: str, day: date, asked: Asked) -> Cell:
    status, pairs = covering(district, specialty, area, day, asked)
    lapses_on, opens = _lapse(district, specialty, area, day, asked)
    partners = [partner for partner, _ in pairs]
    return Cell(
        specialty=specialty,
        area=area,
        status=status,
        partners=tuple(dict.fromkeys(partner.slug for partner in partners)),
        lapses_on=lapses_on,
        opens=opens,
        mous=tuple(mou.id for _, mou in pairs),
        ages=tuple(sorted({partner.ages for partner in partners if partner.ages})),
        languages=tuple(sorted({name for partner in partners for name in partner.languages})),
        suggested=_suggested(district, status, specialty, area, asked),
        search_again_on=_search_again(district.tasks, specialty, area),
    )


def _lapse(
    district: District, specialty: Specialty, area: str, day: date, asked: Asked
) -> tuple[date | None, CellStatus | None]:
    """Return the last day on which a cell is covered no worse than it is, and what follows."""
    status, pairs = covering(district, specialty, area, day, asked)
    following = status
    while pairs:
        # Every day up to the last one of those that cover it now is covered by them.
        last = max(_last(*pair) for pair in pairs)
        if last == date.max:
            break
        following, pairs = covering(district, specialty, area, last + timedelta(days=1), asked)
        if STATUSES.index(following) > STATUSES.index(status):
            return last, following
    return None, None


def _last(partner: Partner, mou: Mou) -> date:
    """Return the last day on which a partner is there under an MOU; the last of all if none."""
    gone = partner.ended_on - timedelta(days=1) if partner.ended_on else date.max
    return min(mous.last_day(mou) or date.max, gone)


def _suggested(
    district: District, status: CellStatus, specialty: Specialty, area: str, asked: Asked
) -> tuple[str, ...]:
    """Return the partners of the directory that would be better than what is there, best first."""
    would_be = sorted(
        (STATUSES.index(gives(partner, specialty, area, asked)), partner.slug)
        for partner in district.partners
        if partner.ended_on is None
    )
    return tuple(slug for rank, slug in would_be if rank < STATUSES.index(status))


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
    """Return what a search is for, as its task says it."""
    return specialty if area is None else f"{specialty}/{area}"


def first_lapse(district: District, day: date, asked: Asked = ANYBODY) -> Lapse | None:
    """Find the MOU that ends first of those in force, and what that opens (J3).

    One that renews itself does not end, and one that was renewed without a gap ends with its
    renewal.
    """
    renewed = {mou.renews: mou for mou in district.mous if mou.is_signed and mou.renews}
    ending = []
    for mou in district.mous:
        partner = district.partner_of(mou)
        if partner is not None and _counts(partner) and mous.in_force(mou, day):
            last, final = _goes_on_to(mou, renewed)
            if last < date.max:
                ending.append((last, number_of(final.id), final))
    if not ending:
        return None
    last, _, first = min(ending, key=lambda each: each[:2])
    opens = []
    for specialty, area in district.cells:
        now, _ = covering(district, specialty, area, last, asked)
        then, _ = covering(district, specialty, area, last + timedelta(days=1), asked)
        if STATUSES.index(then) > STATUSES.index(now):
            opens.append((specialty, area, then))
    return Lapse(mou=first, last_day=last, opens=tuple(opens))


def _goes_on_to(mou: Mou, renewed: Mapping[str, Mou]) -> tuple[date, Mou]:
    """Follow the renewals of an MOU that leave no gap; return the last day, and the last one."""
    while True:
        last, after = mous.last_day(mou) or date.max, renewed.get(mou.id)
        if last == date.max or after is None or not mous.in_force(after, last + timedelta(days=1)):
            return last, mou
        mou = after


def best_new(district: District, day: date, asked: Asked = ANYBODY) -> Best | None:
    """Find the one new MOU that would close the most gaps (J3).

    A partner of the directory, with the scope that it has there; of several, a specialist
    first. If none would close any, the specialty with the most gaps is named.
    """
    gaps = [cell for cell in district.cells if covering(district, *cell, day, asked)[0] == "gap"]
    if not gaps:
        return None
    helping = []
    for partner in district.partners:
        closes = [gap for gap in gaps if gives(partner, *gap, asked) in _CLOSES]
        if closes and partner.ended_on is None:
            rank = (-len(closes), partner.kind != SPECIALIST, partner.slug)
            helping.append((rank, Best(partner=partner, specialty=None, closes=tuple(closes))))
    if helping:
        return min(helping, key=lambda each: each[0])[1]
    named = [specialty for specialty, _ in gaps]
    most = max(SPECIALTIES, key=named.count)
    closes = [gap for gap in gaps if gap[0] == most]
    return Best(partner=None, specialty=most, closes=tuple(closes))
