"""When a class meets: the periods of a roster, and the days of a rotation on which they fall.

Rosters write ``3``, ``1,4``, ``Period 3`` or ``1(A-B) 3(A)``: period 1 on days A and B, period 3
on day A. Text that makes no sense never means "does not meet": if the days make none, the period
meets every day; if the periods make none, they are unknown, and unknown means "may meet".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_SLOTS = 60
LAST_CYCLE_DAY = "L"
"""Up to here letters are days of a rotation, in order; M to Z are weekdays, which have another."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One period, and the days of the rotation on which it is held.

    Args:
        period: in the form that is compared: ``01``, ``P1`` and ``Period 1`` are one.
        days: single letters or digits; None is every day.
        text: as the roster writes it.
    """

    period: str
    days: frozenset[str] | None
    text: str

    def meets(self, other: "Slot") -> bool:
        """Check whether the two are ever at the same time."""
        if self.period != other.period:
            return False
        return self.days is None or other.days is None or not self.days.isdisjoint(other.days)


Times = tuple[Slot, ...]
"""All slots of a class; empty if nothing is known about them."""


def parse(text: str) -> Times:
    """Return the slots that a roster's ``periods`` names; none if it is blank or makes no sense."""
    slots: dict[tuple[str, frozenset[str] | None], Slot] = {}
    for piece in _pieces(text):
        match = _PIECE.fullmatch(piece)
        if match is None:
            return ()
        days = _days(match["days"]) if match["days"] is not None else None
        for period in _periods(match["name"]):
            slots.setdefault((period, days), Slot(period, days, " ".join(piece.split())))
        if len(slots) > MOST_SLOTS:
            return ()
    return tuple(slots.values())


def meet(times: Times, others: Times) -> bool:
    """Check whether two classes are ever at the same time; unknown ones may be."""
    if not times or not others:
        return True
    return any(slot.meets(other) for slot in times for other in others)


_PIECE = re.compile(r"(?P<name>[^()]*[^()\s])\s*(?:\((?P<days>[^()]*)\))?")
_NAMED = re.compile(r"(?:period|per\.?|pd\.?|p\.?)?\s*0*(\d{1,3})")
_RANGE = re.compile(r"0*(\d{1,2})\s*-\s*0*(\d{1,2})")


def _pieces(text: str) -> Iterator[str]:
    """Split at commas, and at blanks that follow a bracket or a number."""
    for part in re.split(r"[,;](?![^()]*\))", text):
        parts = re.findall(r"[^()]+\([^()]*\)|[^()]*\(.*|[^()]+|\)", part)
        for piece in filter(None, map(str.strip, parts)):
            words = piece.split()
            bare = "(" not in piece
            if bare and len(words) > 1 and all(re.search(r"\d", word) for word in words):
                yield from words
            else:
                yield piece


def _periods(name: str) -> Iterator[str]:
    folded = " ".join(name.casefold().split())
    several = _RANGE.fullmatch(folded)
    if several and int(several[1]) < int(several[2]) <= int(several[1]) + 20:
        yield from map(str, range(int(several[1]), int(several[2]) + 1))
        return
    numbered = _NAMED.fullmatch(folded)
    yield numbered[1] if numbered else folded


def _days(text: str) -> frozenset[str] | None:
    """Return the days between the brackets, or None (every day) if one is not understood."""
    days: set[str] = set()
    for part in re.split(r"[\s,;/]+", text.strip().upper()):
        first, dash, last = part.partition("-")
        if not dash and len(first) == 1 and first.isalnum():
            days.add(first)
        elif len(first) == len(last) == 1 and _in_order(first, last):
            days.update(map(chr, range(ord(first), ord(last) + 1)))
        else:
            return None
    return frozenset(days)


def _in_order(first: str, last: str) -> bool:
    digits = first.isdecimal() and last.isdecimal()
    letters = "A" <= first <= LAST_CYCLE_DAY and "A" <= last <= LAST_CYCLE_DAY
    return (digits or letters) and first <= last
