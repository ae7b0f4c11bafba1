"""What the ``staff`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import Form, Private, Public, Word
from reintegrate_cli.line.forms import PAST
from reintegrate_cli.nouns.staff.record import StaffRole, Weekday


class EditStaff(Form, kw_only=True):
    """What ``staff edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    role: Annotated[Public[StaffRole | None], "what they do in the district"] = None
    school: Annotated[Public[Word | None], "the school they work at"] = None
    days: Annotated[Public[tuple[Weekday, ...]], "the weekdays they work: mon,tue"] = ()
    name: Annotated[Private[str], "their name, as colleagues know it"] = ""


class NewStaff(EditStaff, kw_only=True):
    """What ``staff add`` takes."""

    asks_when_bare: ClassVar[bool] = False

    # ``field()`` takes away the default that an edit has: this is needed.
    role: Annotated[Public[StaffRole], "what they do in the district"] = field()


class EndStaff(Form, kw_only=True):
    """What ``staff end`` takes."""

    on: Annotated[Public[date | None], PAST, "their last day; today if left out"] = None
