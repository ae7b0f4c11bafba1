"""Signing a release: which signatures it needs, how long it holds, and who can say no.

One agency to a release (A4), with an end (A5). The student's word counts over a parent's signature
(A10); who signs follows from the student's age and the agency's rule (A2, A3), and nobody who is
barred from the student signs.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from reintegrate_cli.core.comparing import words
from reintegrate_cli.core.errors import Refused, Usage, raise_first
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.partner.record import Regime
from reintegrate_cli.nouns.release.record import (
    FOR_THE_STUDENT,
    STUDENT_THEMSELVES,
    Assent,
    Release,
    Signer,
    SignerRole,
    bar_of,
)

_BY_PAPER: tuple[SignerRole, ...] = ("surrogate", "court_appointed")
EVERYBODY = frozenset(
    {"all", "everyone", "everybody", "mdt", "multidisciplinary_team", "task_force", "taskforce"}
)
"""Words for several agencies at once, and so for none (A4)."""
DEFAULT_DAYS, LONG_DAYS, MOST_DAYS = 30, 90, 365
"""How long a release holds by default, when that is said to be long, and at the most (A5)."""


def check_one_agency(partners: Sequence[str]) -> str:
    """Return the one agency that a release is for, by its own name (A4).

    Raises:
        Refused: several are named, or a word that stands for several.
    """
    if len(set(map(str.casefold, partners))) > 1 or any(
        name.casefold().replace("-", "_") in EVERYBODY for name in partners
    ):
        raise Refused(
            "a release is for one agency alone",
            rule="A4",
            fields=["partner"],
            hint="each agency has a form of its own: one release for each, with --partner SLUG",
        )
    return partners[0]


def term(signed_on: date, effective_on: date | None, expires_on: date | None) -> tuple[date, date]:
    """Return the first and the last day of a release (A5).

    Raises:
        Usage: the days do not follow each other.
    """
    first = effective_on or signed_on
    last = expires_on or signed_on + timedelta(days=DEFAULT_DAYS)
    raise_first(
        (
            first < signed_on,
            Usage("--effective is before the day it was signed", fields=["effective_on"]),
        ),
        (last < first, Usage("--expires is before the day it begins", fields=["expires_on"])),
    )
    return first, last


def check_signed(release: Release, care: Collection[CareMember], rights_on: date | None) -> None:
    """Check that a release holds for a year at most, and that the right people signed it.

    Args:
        release: what was signed.
        care: the people around the student, so that nobody who is barred signs.
        rights_on: the day on which rights pass to the student.

    Raises:
        Refused: a rule of A1 to A5 says no.
    """
    if (release.expires_on - release.signed_on).days > MOST_DAYS:
        raise Refused(
            f"a release holds for at most {MOST_DAYS} days",
            rule="A5",
            fields=["expires_on"],
            hint="as long as it is needed and no longer; it can be signed again",
        )
    check_signers(release.signers, release.regime, release.signed_on, rights_on)
    for signer in release.signers:
        check_not_barred(signer, care)
    if release.signature == "electronic" and not release.identity_check:
        raise Refused(
            "for an electronic signature, say how the person was identified",
            rule="A1",
            fields=["identity_check"],
            hint="give the key identity_check",
        )


def read_assent(said: str) -> tuple[Assent | None, str]:
    """Read what the student said: yes, no (``None``), or limits in their own words (A10)."""
    answer = " ".join(words(said))
    if answer in ("no", "n"):
        return None, ""
    return ("yes", "") if answer in ("yes", "y") else ("limits", said)


def declined(case: str) -> Refused:
    """Return the refusal of a release that the student said no to (A10)."""
    return Refused(
        "the student said no, and that counts over any signature",
        rule="A10",
        fields=["assent"],
        hint=f"reintegrate release add {case} --escalate notes in the disclosure log that it was "
        "asked for and declined, for somebody to talk it over with the student",
    )


_A_PARENT = {"parent", "guardian", "surrogate"}
_ON_THEIR_OWN = {*STUDENT_THEMSELVES, "court_appointed"}
_BOTH = (
    "A3",
    "this agency needs the student's signature and that of a parent or guardian who is not the "
    "abuser",
    "signers: student, and parent, guardian or court_appointed",
)
_UNSIGNED = {
    "no paper": (
        "A2",
        "a surrogate or a court-appointed person signs with the paper that says so",
        "give authority_document beside the role",
    ),
    "for an adult": (
        "A2",
        "from 18 on only the student signs",
        "leave the others out, and let the student sign as eligible_student",
    ),
    "without the adult": ("A2", "the student's own signature is missing", "role student"),
    "too young": (
        "A2",
        "a student under 18 is not an eligible student",
        "after school, authority_document says where they study; else a parent or guardian signs "
        "too",
    ),
    "not both": _BOTH,
    "not both, as far as is known": (
        *_BOTH[:2],
        f"{_BOTH[2]}; partner edit --regime says if a rule binds it that asks for less",
    ),
    "not grown": (
        "A2",
        "under 18 a parent or guardian signs as well",
        "the role parent or guardian",
    ),
}
"""What may be wrong with signatures: the rule, the sentence, and what to try."""


def check_signers(
    signers: Sequence[Signer], regime: Regime | None, signed_on: date, rights_on: date | None
) -> None:
    """Check that the signatures are those that the student's age and the agency's rule need.

    If no birth date is on record the student is taken for a minor, unless they signed as an
    eligible student. If nobody knows the agency's rule, it is taken for the strictest.

    Raises:
        Refused: a signature is missing, or somebody may not sign (A2, A3).
    """
    roles = {signer.role for signer in signers}
    grown = roles & {*FOR_THE_STUDENT}
    of_age = rights_on is not None and signed_on >= rights_on
    minor = not of_age and not any(
        signer.role == "eligible_student" and (rights_on is None or signer.authority_document)
        for signer in signers
    )
    alone = minor and not (grown and "student" in roles)
    unsigned = {
        "no paper": any(
            signer.role in _BY_PAPER and not signer.authority_document for signer in signers
        ),
        "for an adult": of_age and roles & _A_PARENT,
        "without the adult": of_age and not roles & _ON_THEIR_OWN,
        "too young": minor and "eligible_student" in roles,
        "not both": alone and regime == "vawa_voca",
        "not both, as far as is known": alone and regime is None,
        "not grown": minor and not grown,
    }
    for name, is_so in unsigned.items():
        if is_so:
            rule, message, hint = _UNSIGNED[name]
            raise Refused(message, rule=rule, fields=["signers"], hint=hint)


_BARS = {
    "unsaid": (
        "A3",
        "somebody on the care team is barred, and it is not clear whether this is them",
        "care",
        "give the key care with the id of the person; reintegrate care list shows them",
    ),
    "barred": (
        "A3",
        "somebody who is barred from the student never signs for them",
        "signers",
        "ask the student who should; counsel says what an order allows",
    ),
}


def check_not_barred(signer: Signer, care: Collection[CareMember]) -> None:
    """Check that nobody who is barred from the student signs, or is handed records (A3).

    Raises:
        Refused: it is somebody who is barred, or may be.
    """
    bar = bar_of(signer, care)
    if bar is not None:
        rule, message, field, hint = _BARS[bar]
        raise Refused(message, rule=rule, fields=[field], hint=hint)
