"""Plain tasks: something to do by a day, with or without a case."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from reintegrate_cli.records import WORK, Private, Public, Record, Ref, Slug


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Task(Record):
    """Something to do. What it is about is narrative, so lists show the id and the day."""

    id: Ref[str]
    case: Ref[str | None] = None
    due_on: Public[date]
    owner: Annotated[Ref[Slug], WORK]
    text: Private[str]
    done_on: Public[date | None] = None
    done_by: Ref[str] = ""
    about: Public[str | None] = None
    """What it is for, where a command made it: ``labor/Juniper`` is a search for a partner."""

    dated = "due_on"

    @property
    def status(self) -> str:
        """Tell whether it is still to be done."""
        return "done" if self.done_on else "open"
