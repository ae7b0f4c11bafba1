"""Staff of the district: who is at the keyboard, who checks in, who confers."""

from datetime import date
from typing import Literal

from reintegrate_cli.core.records import Private, Public, Record, Ref, Slug, Word

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# The nine roles that the guidance names for intensive training, then the others.
StaffRole = Literal[
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
    "other",
]


class Staff(Record, frozen=True, kw_only=True):
    """A member of the district's staff.

    ``days`` are the weekdays they work; none means every weekday. They move dates that a
    student did not choose, and never make a day closed.
    """

    slug: Ref[Slug]
    role: Public[StaffRole]
    school: Public[Word | None] = None
    days: Public[tuple[Weekday, ...]] = ()
    name: Private[str] = ""
    ended_on: Public[date | None] = None

    def works_on(self, day: date) -> bool:
        """Return whether this person works on that weekday."""
        return not self.days or WEEKDAYS[day.weekday()] in self.days

    @property
    def status(self) -> str:
        """Return whether this person is still with the district."""
        return "ended" if self.ended_on else "active"
