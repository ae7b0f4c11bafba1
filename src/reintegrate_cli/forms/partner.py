"""What the ``partner`` commands read."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from reintegrate_cli.inputs import Option
from reintegrate_cli.partners import PartnerKind, Regime, Specialty
from reintegrate_cli.records import (
    Private,
    Public,
    Word,
)


@dataclass(kw_only=True, repr=False, eq=False)
class EditPartner:
    """What ``partner edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    kind: Annotated[Public[PartnerKind | None], "what kind of agency it is"] = None
    specialties: Annotated[
        Public[tuple[Specialty, ...]], Option("--specialty"), "sex, labor, or both"
    ] = ()
    services: Annotated[
        Public[tuple[Word, ...]], Option("--service"), "a service it gives; may repeat"
    ] = ()
    areas: Annotated[
        Public[tuple[Word, ...]], Option("--area"), "an area or school it covers; may repeat"
    ] = ()
    ages: Annotated[Public[Word | None], "the ages it serves: 12-21"] = None
    regime: Annotated[Public[Regime | None], "the confidentiality rule it is bound by"] = None
    name: Annotated[Private[str], "its full name"] = ""
    contact: Annotated[Private[str], "its points of contact"] = ""


@dataclass(kw_only=True, repr=False, eq=False)
class NewPartner(EditPartner):
    """What ``partner add`` takes."""

    asks_when_bare: ClassVar[bool] = False

    # ``field()`` takes away the default that an edit has: these are needed.
    kind: Annotated[Public[PartnerKind], "what kind of agency it is"] = field()
