"""What the ``partner`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import CaseRef, Form, Person, Private, Public, Ref, Word, Worker
from reintegrate_cli.line.forms import ASK, PAST, PROSE, Option, Within
from reintegrate_cli.nouns.partner.coverage import CellStatus
from reintegrate_cli.nouns.partner.record import PartnerKind, Regime, Specialty


class EditPartner(Form, kw_only=True):
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
    languages: Annotated[
        Public[tuple[Word, ...]], Option("--language"), "a language it works in; may repeat"
    ] = ()
    regime: Annotated[
        Public[Regime | None], ASK, "the confidentiality rule it is bound by; ask them"
    ] = None
    name: Annotated[Private[str], "its full name"] = ""
    contact: Annotated[Private[str], "its points of contact"] = ""


class NewPartner(EditPartner, kw_only=True):
    """What ``partner add`` takes."""

    asks_when_bare: ClassVar[bool] = False

    # ``field()`` takes away the default that an edit has: these are needed.
    kind: Annotated[Public[PartnerKind], "what kind of agency it is"] = field()


class Attesting(Form, kw_only=True):
    """What ``partner attest`` takes."""

    by: Annotated[Ref[Person], "who judged it: a staff slug, or student"]
    on: Annotated[Public[date | None], PAST, "the day it was judged; today if left out"] = None
    trauma_informed: Annotated[
        Public[bool | None], "no where it was found not to be; yes if left out"
    ] = None
    evidence: Annotated[Private[str], PROSE, "on what evidence"]


class CoverageFilters(Form, kw_only=True):
    """What narrows the coverage."""

    on: Annotated[Public[date | None], "the day; today if left out"] = None
    area: Annotated[Public[Word | None], "only this area or school"] = None
    specialty: Annotated[Public[Specialty | None], "only this specialty"] = None
    age: Annotated[Public[int | None], Within(0, 99), "only partners that serve this age"] = None
    language: Annotated[Public[Word | None], "only partners that say they work in it"] = None
    case: Annotated[Ref[CaseRef | None], "only the school of this case"] = None
    status: Annotated[Public[CellStatus | None], "specialist, fallback or gap"] = None


class Searching(Form, kw_only=True):
    """What ``partner search`` takes."""

    specialty: Annotated[Public[Specialty], "sex or labor"]
    area: Annotated[Public[Word | None], "the area or school; the whole district if left out"] = (
        None
    )
    again_on: Annotated[
        Public[date | None], Option("--again"), "the day to search again; in 90 days if left out"
    ] = None
    owner: Annotated[Ref[Worker | None], "who searches; you if left out"] = None
