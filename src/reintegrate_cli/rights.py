"""Rights at eighteen: on that day they pass from the parents to the student (rule C7).

The day follows from the birth date in ``Identity``, and tells it; so it is shown nowhere. What
is shown is how things stand and, within ``NEAR_DAYS``, how many days are left.
"""

from datetime import date
from typing import Literal

from reintegrate_cli.cases import Identity

OF_AGE = 18
NEAR_DAYS = 60
"""How long before the day it is spoken of."""

State = Literal["unknown", "minor", "near", "transferred"]


def rights_on(birth_date: date | None) -> date | None:
    """Give the day on which rights pass to the student: the eighteenth birthday.

    Args:
        birth_date: the day of birth; the 29th of February counts on the 1st of March. Nothing
            follows from nothing, nor from a day that no calendar reaches.
    """
    if birth_date is None:
        return None
    year = birth_date.year + OF_AGE
    if year > date.max.year:
        return None
    if (birth_date.month, birth_date.day) == (2, 29):
        return date(year, 3, 1)  # eighteen years after a leap year there is none
    return birth_date.replace(year=year)


def transferred(identity: Identity | None, today: date) -> bool:
    """Say whether the student holds the rights, and a parent no more; no while it is unknown."""
    day = rights_on(identity.birth_date) if identity else None
    return day is not None and day <= today


def days_left(identity: Identity | None, today: date) -> int | None:
    """Count the days to the transfer, within ``NEAR_DAYS`` of it alone."""
    day = rights_on(identity.birth_date) if identity else None
    left = (day - today).days if day else -1
    return left if 0 < left <= NEAR_DAYS else None


def state(identity: Identity | None, today: date) -> State:
    """Tell how things stand, without a date."""
    if identity is None or identity.birth_date is None:
        return "unknown"
    if transferred(identity, today):
        return "transferred"
    return "near" if days_left(identity, today) is not None else "minor"
