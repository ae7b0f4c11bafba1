"""What the ``care`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import Agency, Form, Person, Private, Public, Ref, Secret
from reintegrate_cli.line.forms import ASK, FLAG, PAST, PROSE, Option
from reintegrate_cli.nouns.care.record import Appropriate, CareRole


class CareFields(Form, kw_only=True):
    """What is kept of a person, each of it optional."""

    role: Annotated[Public[CareRole | None], "who they are to the student"] = None
    agency: Annotated[Ref[Agency | None], "the partner they work for"] = None
    next_hearing: Annotated[Public[date | None], "the next hearing they are part of"] = None
    name: Annotated[Private[str], "their name"] = ""
    contact: Annotated[Secret[str], "how to reach them"] = ""
    purpose: Annotated[Private[str], "what they do for the student"] = ""
    may_know: Annotated[Private[str], "what they may know"] = ""


class EditCare(CareFields, kw_only=True):
    """What ``care edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    review_on: Annotated[
        Public[date | None], Option("--review"), "when contact with them is decided again"
    ] = None


class NewCare(CareFields, kw_only=True):
    """What ``care add`` takes."""

    # ``field()`` takes away the default that an edit has: this is needed.
    role: Annotated[Public[CareRole], "who they are to the student"] = field()


class EndCare(Form, kw_only=True):
    """What ``care end`` takes."""

    on: Annotated[Public[date | None], PAST, "their last day; today if left out"] = None


class FamilyDecision(Form, kw_only=True):
    """What ``care family`` takes: whether this person may be contacted, and who says so."""

    appropriate: Annotated[Public[Appropriate], "whether contact is appropriate"]
    decided_by: Annotated[Ref[Person], "who decided: a staff slug, or student"]
    barred: Annotated[Public[bool | None], FLAG, "yes where an order or safety forbids contact"] = (
        None
    )
    on: Annotated[Public[date | None], PAST, "the day it was decided; today if left out"] = None
    review_on: Annotated[Public[date | None], Option("--review"), "when it is decided again"] = None
    reason: Annotated[Private[str], ASK, PROSE, "why"] = ""


class NewHearing(Form, kw_only=True):
    """What ``care hearing`` takes."""

    on: Annotated[Public[date | None], ASK, "the day of the next hearing"] = None
    held: Annotated[Public[bool | None], FLAG, "the one on record took place"] = None
