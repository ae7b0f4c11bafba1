"""Signing a release: which signatures it takes, for how long it holds, and whose no stands.

One agency to a release (A4), with an end (A5). The student's word stands over a parent's signature
(A10); who signs follows from the student's age and the agency's rule (A2, A3), and nobody does who
is barred from the student.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reintegrate_cli.core.comparing import words
from reintegrate_cli.core.errors import Refused, Usage
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
    check_items,
)

if TYPE_CHECKING:
    from reintegrate_cli.nouns.release.forms import NewRelease

_BY_PAPER: tuple[SignerRole, ...] = ("surrogate", "court_appointed")
EVERYBODY = frozenset(
    {"all", "everyone", "everybody", "mdt", "multidisciplinary_team", "task_force", "taskforce"}
)
"""What stands for several agencies at once, and so for none (A4)."""
DEFAULT_DAYS, LONG_DAYS, MOST_DAYS = 30, 90, 365
"""How long a release holds by default, when that is said to be long, and at the most (A5)."""


def check_one_agency(partners: Sequence[str]) -> str:
    """Demand that a release is for one agency, by its own name (A4).

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


def term(given: "NewRelease") -> tuple[date, date]:
    """Give the first and the last day of a release (A5).

    Raises:
        Usage: the days do not follow each other.
    """
    effective_on = given.effective_on or given.signed_on
    expires_on = given.expires_on or given.signed_on + timedelta(days=DEFAULT_DAYS)
    if effective_on < given.signed_on:
        raise Usage("--effective lies before it was signed", fields=["effective_on"])
    if expires_on < effective_on:
        raise Usage("--expires lies before it begins", fields=["expires_on"])
    return effective_on, expires_on


def made(
    given: "NewRelease",
    *,
    case: str,
    id_: str,
    partner: str,
    regime: Regime | None,
    abuser_check_by: str,
    care: Collection[CareMember],
    rights_on: date | None,
) -> Release:
    """Make a release of what was signed, or say which rule stands against it.

    Args:
        given: what was typed.
        case: the case.
        id_: the id that it gets.
        partner: the slug of the one agency.
        regime: the rule of confidentiality that the agency is bound by; where nobody has said,
            it is taken for the strictest.
        abuser_check_by: who made sure that no abuser signs.
        care: the people around the student, so that nobody who is barred signs.
        rights_on: the day on which rights pass to the student.

    Raises:
        Refused: a rule of A1 to A10 says no.
    """
    effective_on, expires_on = term(given)
    records = check_items(given.records)
    if (expires_on - given.signed_on).days > MOST_DAYS:
        raise Refused(
            f"a release holds for {MOST_DAYS} days at the most",
            rule="A5",
            fields=["expires_on"],
            hint="as long as it is needed and no longer; it can be signed again",
        )
    signers = tuple(
        Signer(
            role=one.role,
            care=one.care.rpartition("/")[2] if one.care else None,
            name=one.name,
            authority_document=one.authority_document,
        )
        for one in given.signers
    )
    check_signers(signers, regime, given.signed_on, rights_on)
    for signer in signers:
        check_not_barred(signer, care)
    if given.signature == "electronic" and not given.identity_check:
        raise Refused(
            "an electronic signature takes how the person was known to be who they are",
            rule="A1",
            fields=["identity_check"],
            hint="give the key identity_check",
        )
    assent, limits = read_assent(given.assent)
    if assent is None:
        raise declined(case)
    return Release(
        case=case,
        id=id_,
        partner=partner,
        recipient=given.recipient,
        records=records,
        purpose=given.purpose,
        method=given.method,
        regime=regime,
        signed_on=given.signed_on,
        effective_on=effective_on,
        expires_on=expires_on,
        signers=signers,
        signature=given.signature or "paper",
        identity_check=given.identity_check,
        assent=assent,
        limits=limits,
        discussed_on=given.discussed_on,
        alternatives_considered=given.alternatives_considered,
        language=given.language,
        abuser_check_by=abuser_check_by,
        copy_offered=given.copy_offered,
        kept_where=given.kept_where,
        why_that_long=given.why_that_long,
    )


def read_assent(said: str) -> tuple[Assent | None, str]:
    """Read what the student said: yes, no (``None``), or limits in their own words (A10)."""
    plain = words(said)
    if plain in (["yes"], ["y"]):
        return "yes", ""
    if plain in (["no"], ["n"]):
        return None, ""
    return "limits", said


def declined(case: str) -> Refused:
    """Say that the student's no stands, whoever signed (A10)."""
    return Refused(
        "the student said no, and that stands whoever signed",
        rule="A10",
        fields=["assent"],
        hint=f"reintegrate release add {case} --escalate keeps in the disclosure log that it was "
        "asked for and declined, for somebody to talk it over with the student",
    )


def check_signers(
    signers: Sequence[Signer], regime: Regime | None, signed_on: date, rights_on: date | None
) -> None:
    """Demand the signatures that the student's age and the agency's rule ask for (A2, A3).

    Where no birth date is on record the student is taken for a minor, unless they signed as an
    eligible student.

    Raises:
        Refused: a signature is missing, or somebody may not sign.
    """
    roles = {one.role for one in signers}
    for signer in signers:
        if signer.role in _BY_PAPER and not signer.authority_document:
            raise _unsigned(
                "a surrogate or somebody whom a court appointed signs with the paper that says so",
                "A2",
                "give authority_document beside the role",
            )
    if rights_on is not None and signed_on >= rights_on:
        if roles & {"parent", "guardian", "surrogate"}:
            raise _unsigned(
                "from 18 on the student signs, and nobody in their stead",
                "A2",
                "leave the others out, and let the student sign as eligible_student",
            )
        if not roles & {*STUDENT_THEMSELVES, "court_appointed"}:
            raise _unsigned("the student's own signature is missing", "A2", "role student")
        return
    postsecondary = any(
        one.role == "eligible_student" and (rights_on is None or one.authority_document)
        for one in signers
    )
    if "eligible_student" in roles and not postsecondary:
        raise _unsigned(
            "a student under 18 is no eligible student",
            "A2",
            "after school, authority_document says where they study; else a parent or guardian "
            "signs too",
        )
    grown = roles & set(FOR_THE_STUDENT)
    if regime in ("vawa_voca", None) and not postsecondary:
        if "student" not in roles or not grown:
            unsaid = "; partner edit --regime says if a rule binds it that asks for less"
            raise _unsigned(
                "this agency needs the student's signature and that of a parent or guardian who "
                "is not the abuser",
                "A3",
                "signers: student, and parent, guardian or court_appointed"
                + (unsaid if regime is None else ""),
            )
    elif not grown and not postsecondary:
        raise _unsigned(
            "under 18 a parent or guardian signs as well", "A2", "the role parent or guardian"
        )


def _unsigned(message: str, rule: str, hint: str) -> Refused:
    return Refused(message, rule=rule, fields=["signers"], hint=hint)


def check_not_barred(signer: Signer, care: Iterable[CareMember]) -> None:
    """Demand that nobody signs, or is handed records, who is barred from the student (A3).

    Raises:
        Refused: it is somebody who is barred, or may be.
    """
    how = bar_of(signer, care)
    if how == "unsaid":
        raise Refused(
            "somebody on the care team is barred, and it is not said who this is",
            rule="A3",
            fields=["care"],
            hint="give the key care with the id of the person; reintegrate care list shows them",
        )
    if how is not None:
        raise _barred()


def _barred() -> Refused:
    return Refused(
        "somebody who is barred from the student never signs for them",
        rule="A3",
        fields=["signers"],
        hint="ask the student who should; counsel says what an order allows",
    )
