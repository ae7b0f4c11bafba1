"""What the ``vault`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.hints import PAST, PROSE, QUIET
from reintegrate_cli.core.records import CaseRef, Form, Private, Public, Ref


class NewHold(Form, kw_only=True):
    """What ``vault hold`` takes, to make one or to release it."""

    case: Annotated[Ref[CaseRef | None], "the case it is about; every one if left out"] = None
    on: Annotated[Public[date | None], PAST, "the day of it; today if left out"] = None
    reason: Annotated[Private[str], PROSE, QUIET, "the matter, and who asked"] = ""
