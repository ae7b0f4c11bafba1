"""What the ``setback`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Form, Private, Public
from reintegrate_cli.line.forms import PAST, PROSE, Option


class NewSetback(Form, kw_only=True):
    """What ``setback log`` takes; only what is worth remembering."""

    on: Annotated[Public[date | None], PAST, "the day it was; today if left out"] = None
    trigger: Annotated[
        Private[str], PROSE, Option("--what"), "what happened, and what led to it"
    ] = ""
    support: Annotated[Private[str], PROSE, Option("--support-added"), "the support added"] = ""
    helped: Annotated[Private[str], PROSE, Option("--what-helped"), "what helped"] = ""
    recovered_on: Annotated[
        Public[date | None], PAST, "the day the student had recovered, where that is past"
    ] = None


class Recovered(Form, kw_only=True):
    """What ``setback recover`` takes."""

    on: Annotated[
        Public[date | None],
        PAST,
        Option("--on", "--recovered-on"),
        "the day the student had recovered; today if left out",
    ] = None
    helped: Annotated[Private[str], PROSE, Option("--what-helped"), "what helped"] = ""
    support: Annotated[Private[str], PROSE, Option("--support-added"), "the support added"] = ""
