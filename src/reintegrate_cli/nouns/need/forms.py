"""What the ``need`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.records import Agency, CareId, Every, Form, Private, Public, Ref, Worker
from reintegrate_cli.line.forms import PAST, PROSE, Fills
from reintegrate_cli.nouns.need.record import Area, EndReason


class Delivering(Form, kw_only=True):
    """Who delivers a need and how often; one of the three is named, or none."""

    staff: Annotated[
        Ref[Worker | None], Fills("through", "who"), "the member of staff who delivers it"
    ] = None
    partner: Annotated[
        Ref[Agency | None], Fills("through", "who"), "the partner that delivers it"
    ] = None
    care: Annotated[
        Ref[CareId | None], Fills("through", "who"), "the person on the care team who delivers it"
    ] = None
    every: Annotated[Public[Every | None], "how often: 1w 2w 1m none"] = None


class NewNeed(Delivering, kw_only=True):
    """What ``need add`` takes."""

    area: Annotated[Public[Area], "what it has to do with"]
    on: Annotated[Public[date | None], PAST, "the day it was named; today if left out"] = None
    what: Annotated[Private[str], PROSE, "what is needed"] = ""


class EditNeed(Delivering, kw_only=True):
    """What ``need edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    what: Annotated[Private[str], PROSE, "what is needed"] = ""


class DeliveredNeed(Form, kw_only=True):
    """What ``need done`` takes."""

    on: Annotated[Public[date | None], PAST, "the day it was delivered; today if left out"] = None
    note: Annotated[Private[str], PROSE, "what to remember"] = ""


class EndNeed(Form, kw_only=True):
    """What ``need end`` takes."""

    reason: Annotated[Public[EndReason], "why it ends"]
    on: Annotated[Public[date | None], PAST, "the last day; today if left out"] = None
