"""Safe contact: how the student wants to be reached, or that they will reach out."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from reintegrate_cli.records import Private, Public, Record, Ref

ContactMode = Literal["we_contact", "student_initiates", "via_staff", "none"]
SILENT: tuple[ContactMode, ...] = ("student_initiates", "none")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class SafeContact(Record):
    """How one student wants contact to go; one for each case.

    With ``student_initiates`` or ``none`` nobody calls the student, and no check-in with
    them is due or overdue (practice rule D2). ``if_missed`` is the student's own answer
    to what happens when a check-in is missed (E6).
    """

    case: Ref[str]
    mode: Public[ContactMode]
    set_on: Public[date]
    if_missed: Private[str] = ""

    @property
    def is_silent(self) -> bool:
        """Say whether the student is not to be contacted at all."""
        return self.mode in SILENT
