"""How MOUs are signed, reviewed, renewed and ended.

A renewal points at the MOU that it renews, and leaves no day between the two unless somebody
says why.
"""

from datetime import date, timedelta
from typing import Final

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.mou.record import (
    CLAUSES,
    DEMANDED,
    Mou,
    gap,
    last_day,
    months_on,
    spoken,
)

REVIEW_MONTHS: Final = 12
LONGEST_YEARS: Final = 20
_TAKEN_OVER: Final = (
    *("partner", "owner", "notice_days", "specialties", "areas", "auto_renew", "regime", "tests"),
    *(name for name in CLAUSES if name != "document"),
)
"""What a renewal has from the MOU that it renews: all but its paper, which is a new one."""


def check_term(effective_on: date | None, ends_on: date | None) -> tuple[date, date]:
    """Require a term that ends after it begins, and within a lifetime; return it.

    Raises:
        Usage: a day of it is missing, or they do not fit.
    """
    if effective_on is None or ends_on is None:
        raise Usage(
            "a signed MOU needs both its first and its last day",
            fields=["effective_on", "ends_on"],
            hint="give both --effective and --ends",
        )
    if ends_on < effective_on:
        raise Usage("--ends is before the MOU begins", fields=["effective_on", "ends_on"])
    if ends_on.year - effective_on.year > LONGEST_YEARS:
        raise Usage(f"a term is at most {LONGEST_YEARS} years", fields=["ends_on"])
    return effective_on, ends_on


def proposed_review(effective_on: date, ends_on: date, today: date) -> date:
    """Return the day an MOU is next reviewed: each year, and at its end at the latest."""
    gone = (today.year - effective_on.year) * 12 + today.month - effective_on.month
    nth = max(1, gone // REVIEW_MONTHS)
    days = (months_on(effective_on, REVIEW_MONTHS * (nth + more)) for more in range(3))
    return min(next(day for day in days if day >= today), ends_on)


def following_review(mou: Mou, on: date) -> date:
    """Return the day of the review after one: in a year, and by the last day of the MOU."""
    proposed, last = months_on(on, REVIEW_MONTHS), last_day(mou)
    return proposed if last is None or on >= last else min(proposed, last)


def review_next(mou: Mou, on: date | None, proposed: date | None) -> Mou:
    """Return an MOU with the day of its next review; without one, with the proposed day."""
    return replace(mou, review_on=on, review_proposed_on=proposed if on is None else None)


def check_clauses(former: Mou, mou: Mou) -> None:
    """Require that a signed MOU keeps the clauses without which none is signed (J2).

    Raises:
        Refused: one of them was emptied.
    """
    emptied = [name for name in DEMANDED if getattr(former, name) and not getattr(mou, name)]
    if former.is_signed and emptied:
        raise Refused(
            f"a signed MOU always has these clauses: {spoken(emptied)}",
            rule="J2",
            fields=emptied,
            hint="give what the paper says now",
        )


def check_waiting(mou: Mou) -> None:
    """Require that an MOU still waits for signature.

    Raises:
        Usage: it was signed or ended already.
    """
    if not mou.is_waiting:
        raise Usage(
            f"MOU {mou.id} is signed or ended already", hint=f"reintegrate mou renew {mou.id}"
        )


def sign(mou: Mou, term: tuple[date, date], *, signed_on: date | None, today: date) -> Mou:
    """Record that an MOU was signed, with its term.

    Args:
        mou: the MOU, unsigned.
        term: its first and its last day.
        signed_on: the day the last party signed; today, or its first day, if left out.
        today: the day.

    Raises:
        Usage: it was signed or ended already.
        Refused: it lacks a clause without which no MOU is signed.
    """
    check_waiting(mou)
    missing = [name for name in DEMANDED if not getattr(mou, name)]
    if missing:
        raise Refused(
            f"these clauses are missing: {spoken(missing)}",
            rule="J2",
            fields=missing,
            hint="give what the paper says with --from,"
            f" or first with reintegrate mou edit {mou.id}",
        )
    first, last = term
    signed_on = signed_on or min(today, first)
    return replace(mou, effective_on=first, ends_on=last, signed_on=signed_on, target_on=None)


def begin_renewal(former: Mou, id_: str, today: date) -> Mou:
    """Begin the MOU that follows another, with what that one says, but not its paper.

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
    taken_over = {name: getattr(former, name) for name in _TAKEN_OVER}
    return Mou(id=id_, known_on=today, renews=former.id, **taken_over)


def follow(former: Mou, mou: Mou, reason: str) -> tuple[Mou, Mou]:
    """Join a signed renewal to the MOU that it renews; no day may lie between them (J1).

    Returns:
        The former MOU, and its renewal.

    Raises:
        Refused: there is a gap, and nobody says why.
        Usage: it ends no later than the former MOU, or that was renewed already.
    """
    if former.renewed_by not in (None, mou.id):
        raise Usage(f"MOU {former.id} was renewed by {former.renewed_by} already")
    last = last_day(former)
    if last is not None and mou.ends_on is not None and mou.ends_on <= last:
        raise Usage("a renewal must end after the MOU that it renews", fields=["ends_on"])
    if last is not None and gap(former, mou) and not reason:
        following = (last + timedelta(days=1)).isoformat()
        raise Refused(
            f"MOU {former.id} ends before this begins, and no agreement is in force in between",
            rule="J1",
            fields=["effective_on", "reason"],
            hint=f"give --effective {following} or a day before, or a reason with --from",
        )
    return replace(former, renewed_by=mou.id), replace(mou, gap_reason=reason)


def end(mou: Mou, *, on: date, notice_on: date, by: str, reason: str) -> Mou:
    """Record that an MOU is no longer in force from a day on.

    Raises:
        Usage: it was ended already.
    """
    if mou.ended_on is not None:
        raise Usage(f"MOU {mou.id} was ended already")
    return replace(mou, ended_on=on, notice_on=notice_on, ended_by=by, end_reason=reason)


def unrenewed(former: Mou, mou: Mou) -> Mou | None:
    """Return the former MOU with its renewal undone, if that was ended before it took effect.

    The end of the former is then announced again; ``None`` if nothing changes for it.
    """
    if mou.ended_on is None or mou.effective_on is None or mou.ended_on > mou.effective_on:
        return None
    return replace(former, renewed_by=None) if former.renewed_by == mou.id else None
