"""What the ``task`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.records import CaseRef, Form, Private, Public, Ref, Staffer, Worker
from reintegrate_cli.line.forms import PAST, Option


class NewTask(Form, kw_only=True):
    """What ``task add`` takes."""

    due_on: Annotated[Public[date], Option("--due"), "the day it is to be done by"]
    case: Annotated[Ref[CaseRef | None], "the case it belongs to"] = None
    owner: Annotated[Ref[Worker | None], "who does it; you if left out"] = None
    text: Annotated[Private[str], "what is to be done"]


class EditTask(Form, kw_only=True):
    """What ``task edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    due_on: Annotated[Public[date | None], Option("--due"), "the day it is to be done by"] = None
    case: Annotated[Ref[CaseRef | None], "the case it belongs to"] = None
    owner: Annotated[Ref[Worker | None], "who does it"] = None
    text: Annotated[Private[str], "what is to be done"] = ""


class DoneTask(Form, kw_only=True):
    """What ``task done`` takes."""

    on: Annotated[Public[date | None], PAST, "the day it was done; today if left out"] = None
    by: Annotated[Ref[Staffer | None], "who did it; you if left out"] = None
