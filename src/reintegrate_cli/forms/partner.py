"""What the ``partner`` commands read."""

from dataclasses import dataclass
from typing import Annotated

from reintegrate_cli.inputs import Option
from reintegrate_cli.partners import PartnerKind, Regime, Specialty
from reintegrate_cli.records import (
    Private,
    Public,
    Word,
)


@dataclass(kw_only=True, repr=False, eq=False)
class NewPartner:
    """What ``partner add`` takes."""

    kind: Annotated[Public[PartnerKind], "what kind of agency it is"]
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
class EditPartner:
    """What ``partner edit`` takes: what is given replaces what stands."""

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
