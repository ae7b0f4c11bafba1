"""Plain tasks: something to do by a day, with or without a case."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from reintegrate_cli.inputs import PAST
from reintegrate_cli.records import CaseRef, Private, Public, Record, Ref, Slug


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Task(Record):
    """Something to do. What it is about is narrative, so lists show the id and the day."""

    id: Ref[str]
    case: Ref[str | None] = None
    due_on: Public[date]
    owner: Ref[Slug]
    text: Private[str]
    done_on: Public[date | None] = None
    done_by: Ref[str] = ""

    dated = "due_on"
    letter = "T"

    @property
    def status(self) -> str:
        """Tell whether it is still to be done."""
        return "done" if self.done_on else "open"


@dataclass(kw_only=True, repr=False, eq=False)
class NewTask:
    """What ``task add`` takes."""

    due: Annotated[Public[date], "the day it is to be done by"]
    case: Annotated[Ref[CaseRef | None], "the case it belongs to"] = None
    owner: Annotated[Ref[Slug | None], "who does it; you if left out"] = None
    text: Annotated[Private[str], "what is to be done"]


@dataclass(kw_only=True, repr=False, eq=False)
class DoneTask:
    """What ``task done`` takes."""

    on: Annotated[Public[date | None], PAST, "the day it was done; today if left out"] = None
    by: Annotated[Ref[Slug | None], "who did it; you if left out"] = None
