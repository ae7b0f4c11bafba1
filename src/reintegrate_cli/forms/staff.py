"""What the ``staff`` commands read."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from reintegrate_cli.inputs import PAST
from reintegrate_cli.records import Private, Public, Word
from reintegrate_cli.staff import StaffRole, Weekday


@dataclass(kw_only=True, repr=False, eq=False)
class NewStaff:
    """What ``staff add`` takes."""

    role: Annotated[Public[StaffRole], "what they do in the district"]
    school: Annotated[Public[Word | None], "the school they work at"] = None
    days: Annotated[Public[tuple[Weekday, ...]], "the weekdays they work: mon,tue"] = ()
    name: Annotated[Private[str], "their name, as colleagues know it"] = ""


@dataclass(kw_only=True, repr=False, eq=False)
class EndStaff:
    """What ``staff end`` takes."""

    on: Annotated[Public[date | None], PAST, "their last day; today if left out"] = None
