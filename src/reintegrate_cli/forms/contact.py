"""What the ``contact`` commands read."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from reintegrate_cli.contact import ContactMode
from reintegrate_cli.forms.despite import DespiteWithReason
from reintegrate_cli.inputs import ASK, PAST, PROSE
from reintegrate_cli.records import (
    Private,
    Public,
)


@dataclass(kw_only=True, repr=False, eq=False)
class SetContact(DespiteWithReason):
    """What ``contact set`` takes."""

    mode: Annotated[
        Private[ContactMode],
        "who reaches out",
    ]
    if_missed: Annotated[
        Private[str], ASK, PROSE, "if a check-in is missed, what does the student want"
    ] = ""
    on: Annotated[Public[date | None], PAST, "the day the student said so"] = None
