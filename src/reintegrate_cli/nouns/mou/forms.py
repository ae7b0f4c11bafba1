"""What the ``mou`` commands read."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import Form, Person, Private, Public, Ref, Staffer, Word, Worker
from reintegrate_cli.line.forms import FLAG, PAST, PROSE, QUIET, Option, Within
from reintegrate_cli.nouns.partner.record import Regime, Specialty


class EditMou(Form, kw_only=True):
    """What ``mou edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True

    review_on: Annotated[Public[date | None], Option("--review"), "the day of its next review"] = (
        None
    )
    notice_days: Annotated[
        Public[int | None], Within(0, 1_100), "how many days of notice end it"
    ] = None
    specialties: Annotated[
        Public[tuple[Specialty, ...]], Option("--specialty"), "sex, labor, or both"
    ] = ()
    areas: Annotated[
        Public[tuple[Word, ...]], Option("--area"), "an area or school it covers; may repeat"
    ] = ()
    auto_renew: Annotated[Public[bool | None], FLAG, "it runs on for another term by itself"] = None
    regime: Annotated[Public[Regime | None], "the confidentiality rule it names"] = None
    owner: Annotated[Ref[Worker | None], "who looks after it; you if left out"] = None
    parties: Annotated[Private[str], "the parties, and who signs for each"] = ""
    purpose: Annotated[Private[str], PROSE, "what it is for"] = ""
    scope: Annotated[Private[str], PROSE, "whom it reaches, and where"] = ""
    services: Annotated[Private[str], PROSE, "what each side gives, and its limits"] = ""
    referral_protocol: Annotated[
        Private[str], PROSE, "who calls whom, how fast, and how a student is handed over"
    ] = ""
    after_hours_contact: Annotated[Private[str], "whom to reach after hours"] = ""
    confidentiality: Annotated[Private[str], PROSE, "the confidentiality clause"] = ""
    release_process: Annotated[Private[str], PROSE, "how information is released"] = ""
    contacts: Annotated[Private[str], "the points of contact"] = ""
    backup_contact: Annotated[Private[str], "whom to reach when they are away"] = ""
    document: Annotated[Private[str], "where the paper is kept"] = ""
    mandated_reports: Annotated[Private[str], PROSE, QUIET, "who reports what"] = ""
    costs: Annotated[Private[str], PROSE, QUIET, "who pays for what"] = ""
    language_access: Annotated[Private[str], PROSE, QUIET, "interpreters and languages"] = ""
    nondiscrimination: Annotated[Private[str], PROSE, QUIET, "that nobody is turned away"] = ""
    staff_clearance: Annotated[Private[str], PROSE, QUIET, "clearance and training of staff"] = ""
    data_security: Annotated[Private[str], PROSE, QUIET, "how data is kept and destroyed"] = ""
    disputes: Annotated[Private[str], PROSE, QUIET, "how disputes are settled"] = ""
    survivor_voice: Annotated[
        Private[str], PROSE, QUIET, "how survivors are heard, and where they complain"
    ] = ""
    insurance: Annotated[Private[str], PROSE, QUIET, "insurance"] = ""


class Signing(EditMou, kw_only=True):
    """What every command takes that may record a signed MOU; its days are asked for first."""

    asked_first: ClassVar[tuple[str, ...]] = ("effective_on", "ends_on", "signed_on")

    effective_on: Annotated[Public[date | None], Option("--effective"), "its first day"] = None
    ends_on: Annotated[Public[date | None], Option("--ends"), "its last day"] = None
    signed_on: Annotated[
        Public[date | None], PAST, "the day the last party signed; today if left out"
    ] = None


class NewMou(Signing, kw_only=True):
    """What ``mou add`` takes."""

    asks_when_bare: ClassVar[bool] = False

    # ``field()`` takes away the default that an edit has: these are needed.
    effective_on: Annotated[Public[date], Option("--effective"), "its first day"] = field()
    ends_on: Annotated[Public[date], Option("--ends"), "its last day"] = field()
    purpose: Annotated[Private[str], PROSE, "what it is for"] = field()
    services: Annotated[Private[str], PROSE, "what each side gives, and its limits"] = field()
    referral_protocol: Annotated[
        Private[str], PROSE, "who calls whom, how fast, and how a student is handed over"
    ] = field()
    confidentiality: Annotated[Private[str], PROSE, "the confidentiality clause"] = field()
    release_process: Annotated[Private[str], PROSE, "how information is released"] = field()
    contacts: Annotated[Private[str], "the points of contact"] = field()


class DraftMou(EditMou, kw_only=True):
    """What ``mou draft`` takes: what is known so far."""

    target_on: Annotated[
        Public[date | None], Option("--target"), "the day by which it should be signed"
    ] = None


class SignMou(Signing, kw_only=True):
    """What ``mou sign`` takes."""

    effective_on: Annotated[Public[date], Option("--effective"), "its first day"] = field()
    ends_on: Annotated[Public[date], Option("--ends"), "its last day"] = field()
    reason: Annotated[Private[str], PROSE, QUIET, "why no MOU stands in between"] = ""


class RenewMou(Signing, kw_only=True):
    """What ``mou renew`` takes: a day by which it should be signed, or the term once it is."""

    target_on: Annotated[
        Public[date | None], Option("--target"), "the day by which it should be signed"
    ] = None
    reason: Annotated[Private[str], PROSE, QUIET, "why no MOU stands in between"] = ""


class ReviewMou(Form, kw_only=True):
    """What ``mou review`` takes."""

    on: Annotated[Public[date | None], PAST, "the day of the review; today if left out"] = None
    by: Annotated[Ref[Staffer | None], "who reviewed it; you if left out"] = None
    review_on: Annotated[Public[date | None], Option("--review"), "the day of the next one"] = None
    finding: Annotated[Private[str], PROSE, "what was found"]


class TestMou(Form, kw_only=True):
    """What ``mou test`` takes."""

    __test__: ClassVar[bool] = False  # no test of pytest's

    reached: Annotated[Public[bool], "whether somebody answered"]
    on: Annotated[Public[date | None], PAST, "the day it was tried; today if left out"] = None
    by: Annotated[Ref[Person | None], "who tried; you if left out"] = None
    note: Annotated[Private[str], QUIET, "what was found"] = ""


class EndMou(Form, kw_only=True):
    """What ``mou end`` takes."""

    on: Annotated[
        Public[date | None], "the day from which it stands no more; today if left out"
    ] = None
    notice_on: Annotated[Public[date | None], PAST, "the day notice was given"] = None
    by: Annotated[Ref[Staffer | None], "who ended it; you if left out"] = None
    reason: Annotated[Private[str], PROSE, "why"] = ""
