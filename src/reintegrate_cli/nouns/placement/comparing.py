"""Settings side by side: what each gives, and what a student would keep or leave there.

What was typed stands as it was typed. What is known from the case is worked out for every setting
alike: connections that would be kept or left behind (clause 12), credits that are still needed,
and how far off classmates are (clause 7).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Private, Public, Value
from reintegrate_cli.nouns.case.moving import STAYING
from reintegrate_cli.nouns.case.record import Setting
from reintegrate_cli.nouns.placement.record import Alternative, Placement

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.connection.record import Connection


class Option(Value, frozen=True, kw_only=True):
    """One setting as it stands beside the others."""

    option: Public[Setting]
    chosen: Public[bool]
    peers_kept: Public[int]
    peers_left: Public[int]
    adults_kept: Public[int]
    adults_left: Public[int]
    credits_needed: Public[str | None]
    gap_years: Public[int | None]
    said: Public[Alternative | None]


class Known(Value, frozen=True, kw_only=True):
    """What is known of a student's schooling, whatever the setting."""

    credits_needed: Public[str | None] = None
    gap_years: Public[int | None] = None
    lacks_ways: Public[bool] = False


class Line(Value, frozen=True, kw_only=True):
    """One line of the comparison: what it is about, and what it is in each setting."""

    about: Public[str]
    cells: Private[tuple[str, ...]]


def known(store: "Store", ref: str) -> Known:
    """Return what is known of the credits and of the classmates of a student."""
    if not (store.keeps("schooling", ref) or store.keeps("credits", ref)):
        return Known()
    from reintegrate_cli.nouns.credit import record as credit

    schooling = store.of(credit.Schooling).find(ref)
    missing = credit.needed(schooling, store.of(credit.Credit).all(case=ref))
    return Known(
        credits_needed=None if missing is None else credit.amount(missing),
        gap_years=None if schooling is None else schooling.gap_years,
        lacks_ways=schooling is not None and credit.lacks_ways(schooling),
    )


def compared(store: "Store", placement: Placement) -> list[Option]:
    """Return the settings of a placement like for like, the one that is chosen first."""
    said = {each.option: each for each in placement.alternatives}
    chosen = () if placement.option is None else (placement.option,)
    options: list[Setting] = list(dict.fromkeys((*chosen, *said)))
    facts = known(store, placement.case)
    there: Sequence[Connection] = ()
    if store.keeps("connections", placement.case):
        there = store.table("connections").all(case=placement.case)
    return [
        _option(placement, each, said.get(each), facts, [one for one in there if not one.is_over])
        for each in options
    ]


def _option(
    placement: Placement,
    option: Setting,
    said: Alternative | None,
    facts: Known,
    there: "Sequence[Connection]",
) -> Option:
    left: set[str] = set()
    if there:
        from reintegrate_cli.nouns.connection.record import lost_by_move

        left = {each.id for each in lost_by_move(there, option)}

    def count(kind: str, *, gone: bool) -> int:
        return sum(each.kind == kind and (each.id in left) == gone for each in there)

    return Option(
        option=option,
        chosen=option == placement.option,
        peers_kept=count("peer", gone=False),
        peers_left=count("peer", gone=True),
        adults_kept=count("adult", gone=False),
        adults_left=count("adult", gone=True),
        credits_needed=facts.credits_needed,
        gap_years=facts.gap_years if option in STAYING else None,
        said=said,
    )


def lines(options: Sequence[Option]) -> Iterator[Line]:
    """Yield the comparison line by line, as it is drawn; what is said of none is left out."""
    for about in ("ratio", "trained_staff", "partners_on_site"):
        yield from _line(about, [_said(each, about) for each in options])
    for about in ("peers", "adults"):
        counts = [
            _counted(getattr(each, f"{about}_kept"), getattr(each, f"{about}_left"))
            for each in options
        ]
        told = [_said(each, about) for each in options]
        yield from _line(about, [_joined(*pair) for pair in zip(counts, told, strict=True)])
    needed = [f"{each.credits_needed} needed" if each.credits_needed else "" for each in options]
    told = [_said(each, "credits") for each in options]
    yield from _line("credits", [_joined(*pair) for pair in zip(needed, told, strict=True)])
    gaps = ["" if each.gap_years is None else f"{each.gap_years} years" for each in options]
    yield from _line("age gap", gaps)
    for about in ("supports", "safety", "transport", "restrictions", "argued_for", "against"):
        yield from _line(about, [_said(each, about) for each in options])


def _line(about: str, cells: Sequence[str]) -> Iterator[Line]:
    if any(cells):
        shown = tuple(cell or "not said" for cell in cells)
        yield Line(about=label(about), cells=shown)


def _said(option: Option, name: str) -> str:
    text: str | tuple[str, ...] = getattr(option.said, name) if option.said is not None else ""
    return text if isinstance(text, str) else ", ".join(text)


def _counted(kept: int, left: int) -> str:
    return f"{kept} kept, {left} left" if kept or left else ""


def _joined(first: str, second: str) -> str:
    return "; ".join(part for part in (first, second) if part)
