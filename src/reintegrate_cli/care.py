"""The care team of a case: professionals, caregivers, and whether family may be contacted."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.errors import Refused
from reintegrate_cli.records import Private, Public, Record, Ref, Secret

if TYPE_CHECKING:
    from reintegrate_cli.forms.care import FamilyDecision

CareRole = Literal[
    "probation_officer",
    "pretrial_advocate",
    "child_welfare_worker",
    "therapist",
    "attorney",
    "advocate",
    "physician",
    "mentor",
    "caregiver",
    "relative",
    "other",
    "front_desk",
    "bus_driver",
    "assistant_principal",
    "school_counselor",
    "social_worker",
    "attendance_officer",
    "dropout_prevention_officer",
    "special_education_teacher",
    "school_nurse",
    "specialist",
    "psychologist",
    "teacher",
    "principal",
    "registrar",
]
FAMILY: tuple[CareRole, ...] = ("caregiver", "relative")
Appropriate = Literal["yes", "no", "ask"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CareMember(Record):
    """Somebody in one student's life.

    ``appropriate`` says whether the person may be contacted about the student. It stands
    at ``ask`` until somebody decides (practice rule E9: family only "if appropriate"), and
    ``barred`` means that an order or the student's safety forbids it.
    """

    case: Ref[str]
    id: Ref[str]
    role: Public[CareRole]
    agency: Ref[str | None] = None
    next_hearing: Public[date | None] = None
    appropriate: Public[Appropriate] = "ask"
    decided_by: Ref[str | None] = None
    decided_on: Public[date | None] = None
    barred: Public[bool] = False
    ended_on: Public[date | None] = None
    name: Private[str] = ""
    contact: Secret[str] = ""
    purpose: Private[str] = ""
    may_know: Private[str] = ""
    reason: Private[str] = ""

    letter = "K"

    @property
    def status(self) -> str:
        """Tell whether this person is still on the team."""
        return "ended" if self.ended_on else "active"

    @property
    def may_be_contacted(self) -> bool:
        """Say whether check-ins with this person are open (E9)."""
        return self.appropriate == "yes" and not self.barred and self.ended_on is None


def decide(
    member: CareMember, decision: "FamilyDecision", decided_by: str, today: date
) -> CareMember:
    """Record whether contact with a person is appropriate (E9).

    Raises:
        Refused: a barred person was to be marked appropriate.
    """
    barred = member.barred if decision.barred is None else decision.barred
    if barred and decision.appropriate == "yes":
        raise Refused(
            "a barred person is not contacted",
            rule="E9",
            hint="lift the bar with --no-barred once the order or the danger has ended",
        )
    return dataclasses.replace(
        member,
        appropriate=decision.appropriate,
        barred=barred,
        decided_by=decided_by,
        decided_on=decision.on or today,
        reason=decision.reason or member.reason,
    )
