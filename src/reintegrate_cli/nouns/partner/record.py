"""Community partners: who they are, what they specialize in, whom they serve."""

from datetime import date
from typing import Final, Literal, get_args

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import Private, Public, Record, Ref, Slug, Word

PartnerKind = Literal[
    "trafficking_specialist",
    "sexual_assault_provider",
    "child_advocacy_center",
    "assessment_center",
    "child_welfare",
    "probation",
    "pretrial",
    "health",
    "mental_health",
    "legal",
    "housing",
    "law_enforcement",
    "other",
]
SPECIALIST: Final[PartnerKind] = "trafficking_specialist"
FALLBACKS: tuple[PartnerKind, ...] = (
    "sexual_assault_provider",
    "child_advocacy_center",
    "assessment_center",
)
"""Who is asked where there is no specialist, as the guidance names them (clause 25)."""
Specialty = Literal["sex", "labor"]
SPECIALTIES: tuple[Specialty, ...] = get_args(Specialty)
Regime = Literal["ferpa", "vawa_voca", "hipaa", "part2", "none"]
BINDS: dict[Regime, str] = {
    "hipaa": "HIPAA",
    "part2": "42 CFR Part 2",
    "vawa_voca": "VAWA and VOCA",
}
"""The rules of confidentiality under which a partner takes a form of its own (I10)."""
Status = Literal["active", "ended"]
STATUSES: tuple[Status, ...] = ("active", "ended")


class Partner(Record, frozen=True, kw_only=True):
    """An agency outside the district that a student may be referred to.

    Sex and labor trafficking are separate specialties, since a district may have one and
    lack the other. ``regime`` is the confidentiality rule the partner is bound by; until somebody
    says which, the strictest is assumed.
    ``trauma_informed`` is what ``judged_by`` found, on what ``evidence`` (guidance clause 21).
    """

    slug: Ref[Slug]
    kind: Public[PartnerKind]
    specialties: Public[tuple[Specialty, ...]] = ()
    services: Public[tuple[Word, ...]] = ()
    areas: Public[tuple[Word, ...]] = ()
    ages: Public[str | None] = None
    languages: Public[tuple[Word, ...]] = ()
    regime: Public[Regime | None] = None
    name: Private[str] = ""
    contact: Private[str] = ""
    ended_on: Public[date | None] = None
    trauma_informed: Public[bool | None] = None
    judged_by: Ref[str | None] = None
    judged_on: Public[date | None] = None
    evidence: Private[str] = ""

    @property
    def status(self) -> Status:
        """Return whether the district still works with this partner."""
        return "ended" if self.ended_on else "active"


def check_ages(text: Word | None) -> Word | None:
    """Return an age band such as ``12-21``, without zeros in front.

    Raises:
        Usage: it is not two ages in order.
    """
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if dash and first.isdecimal() and last.isdecimal() and int(first) <= int(last) < 100:
        return Word(f"{int(first)}-{int(last)}")
    raise Usage(
        "--ages needs two ages, the youngest first",
        hint="for example --ages 12-21",
        fields=["ages"],
    )
