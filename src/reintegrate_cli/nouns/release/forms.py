"""What the ``release`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Agency, CareId, Form, Person, Private, Public, Ref, Staffer
from reintegrate_cli.line.forms import ASK, FLAG, PAST, PROSE, QUIET, Option, Unoffered
from reintegrate_cli.nouns.release.record import (
    How,
    Method,
    Purpose,
    RecordType,
    Signature,
    SignerRole,
)


class SignerGiven(Form, kw_only=True):
    """Somebody who signed."""

    role: Annotated[Public[SignerRole], "who they are to the student"]
    name: Annotated[Private[str], "their name"] = ""
    authority_document: Annotated[Private[str], "the paper by which they may sign"] = ""
    care: Annotated[Ref[CareId | None], "their id on the care team"] = None


class NewRelease(Form, kw_only=True):
    """What ``release add`` takes."""

    partner: Annotated[Ref[tuple[Agency, ...]], "the one agency that it is for"]
    records: Annotated[
        Public[tuple[RecordType, ...]], Unoffered("all"), "what may be told; may repeat"
    ]
    purpose: Annotated[Public[Purpose], "what it is for"]
    method: Annotated[Public[Method], "how it may be told"]
    signed_on: Annotated[Public[date], PAST, "the day it was signed"]
    effective_on: Annotated[
        Public[date | None], Option("--effective"), "the day it begins; when signed if left out"
    ] = None
    expires_on: Annotated[
        Public[date | None],
        ASK,
        Option("--expires"),
        "its last day; 30 days after it was signed if left out",
    ] = None
    signers: Annotated[Public[tuple[SignerGiven, ...]], "who signed"]
    assent: Annotated[Private[str], "what the student says: yes, no, or the limits they set"]
    discussed_on: Annotated[
        Public[date], PAST, "the day on which risks, ways and consequences were talked over"
    ]
    alternatives_considered: Annotated[
        Private[str], PROSE, "what else was considered, not sharing at all among it"
    ]
    language: Annotated[Private[str], "the language of that talk, and who interpreted"] = ""
    abuser_check_by: Annotated[Ref[Staffer], "who made sure that no abuser signs"]
    recipient: Annotated[Private[str], "the person or role at the agency"] = ""
    kept_where: Annotated[Private[str], "where the paper is kept"] = ""
    copy_offered: Annotated[Public[bool | None], ASK, "was a copy offered"] = None
    signature: Annotated[Public[Signature | None], "on paper, or electronic"] = None
    identity_check: Annotated[
        Private[str], QUIET, "for an electronic signature, how the person was known"
    ] = ""
    why_that_long: Annotated[Private[str], QUIET, "why longer or shorter than 30 days"] = ""
    escalate: Annotated[Public[bool | None], FLAG, "keep a student's no in the disclosure log"] = (
        None
    )


class Revocation(Form, kw_only=True):
    """What ``release revoke`` takes; a word is enough."""

    by: Annotated[Ref[Person], "who withdrew it: student, caregiver or a staff slug"]
    how: Annotated[Public[How | None], ASK, "spoken or in writing; spoken if left out"] = None
    on: Annotated[Public[date | None], PAST, "the day it was withdrawn; today if left out"] = None
    words: Annotated[Private[str], PROSE, "how they put it"] = ""
