"""What the ``connection`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.records import CareId, Form, Private, Public, RecordId, Ref, Word, Worker
from reintegrate_cli.line.forms import PAST, PROSE
from reintegrate_cli.nouns.connection.record import EndReason, Kind, Place


class NewConnection(Form, kw_only=True):
    """What ``connection add`` takes."""

    kind: Annotated[Public[Kind], "an adult the student trusts, a peer, or an activity"]
    place: Annotated[Public[Place], "where it lives"]
    school: Annotated[Public[Word | None], "which school; the case's own if left out"] = None
    staff: Annotated[Ref[Worker | None], "the member of staff, for an adult"] = None
    care: Annotated[Ref[CareId | None], "the person on the care team, for an adult"] = None
    on: Annotated[Public[date | None], PAST, "the day the student named it; today if left out"] = (
        None
    )
    replaces: Annotated[Ref[RecordId | None], "the connection that it stands for"] = None
    name: Annotated[Private[str], "who or what it is, as the student calls it"] = ""
    note: Annotated[Private[str], PROSE, "what it means to the student"] = ""
    plan: Annotated[Private[str], PROSE, "what would take its place after a move"] = ""


class EndConnection(Form, kw_only=True):
    """What ``connection end`` takes."""

    reason: Annotated[Public[EndReason], "why it is no longer there"]
    on: Annotated[Public[date | None], PAST, "the last day; today if left out"] = None


class EditConnection(Form, kw_only=True):
    """What ``connection edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    replaces: Annotated[Ref[RecordId | None], "the connection that it stands for"] = None
    name: Annotated[Private[str], "who or what it is, as the student calls it"] = ""
    note: Annotated[Private[str], PROSE, "what it means to the student"] = ""
    plan: Annotated[Private[str], PROSE, "what would take its place after a move"] = ""
