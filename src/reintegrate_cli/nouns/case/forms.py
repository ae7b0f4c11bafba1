"""What the verbs of ``case`` take."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from reintegrate_cli.core.hints import ASK, FLAG, PAST, PROSE, QUIET, SCHOOL_LIFE, TODAY
from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import (
    Form,
    Person,
    Private,
    Public,
    Ref,
    School,
    Secret,
    Word,
    Worker,
)
from reintegrate_cli.nouns.case.record import ClosingReason, Disability, Housing, LivesIn, Setting

PauseReason = Literal["student_wish", "safety", "treatment", "court", "travel", "other"]


class CaseFields(Form, kw_only=True):
    """What a case is made of, each of it optional."""

    school: Annotated[Public[School | None], "the school that answers for the student"] = None
    setting: Annotated[Public[Setting | None], "where the student learns now"] = None
    grade: Annotated[Public[Word | None], "the grade"] = None
    identified_on: Annotated[Public[date | None], PAST, "the day the student was identified"] = None
    identified_in: Annotated[
        Public[Word | None], "the setting or school the student was in then"
    ] = None
    moved_on: Annotated[Public[date | None], PAST, "the day of the last move"] = None
    disability: Annotated[Public[Disability | None], "whether a disability is known"] = None
    school_contact: Annotated[
        Ref[Worker | None], "who at the school answers for the student; else the owner"
    ] = None
    owner: Annotated[Ref[Worker | None], "who coordinates"] = None
    safe_name: Annotated[Secret[str], "the name that is safe to use"] = ""
    legal_name: Annotated[Secret[str], "the legal name"] = ""
    birth_date: Annotated[Secret[date | None], PAST, SCHOOL_LIFE, "the birth date (2010-05-31)"] = (
        None
    )
    pronouns: Annotated[Secret[str], "pronouns"] = ""
    languages: Annotated[Secret[str], "languages"] = ""
    lives_in: Annotated[Private[LivesIn | None], "the city, county and state; no address"] = None
    housing: Annotated[
        Private[Housing | None], QUIET, "stable, or the rights of McKinney-Vento apply"
    ] = None
    foster: Annotated[Private[bool | None], QUIET, "whether the student is in foster care"] = None
    liaison: Annotated[
        Private[str], QUIET, "the liaison, or the agency's point of contact, by name"
    ] = ""
    acp: Annotated[
        Private[bool | None], QUIET, "whether an address confidentiality program protects them"
    ] = None


class EditCase(CaseFields, kw_only=True):
    """What ``case edit`` takes: what is given replaces what stands."""

    asks_when_bare: ClassVar[bool] = True


class NewCase(CaseFields, kw_only=True):
    """What ``case add`` takes."""

    # ``field()`` takes away the default that an edit has: these are needed.
    school: Annotated[Public[School], "the school that answers for the student"] = field()
    setting: Annotated[Public[Setting], "where the student learns now"] = field()
    owner: Annotated[Ref[Worker | None], "who coordinates; you if left out"] = None
    opened_on: Annotated[
        Public[date | None], PAST, "the day the case opened; today if left out"
    ] = None
    # A first meeting is not about money: ``case edit`` asks for it.
    lives_in: Annotated[Private[LivesIn | None], QUIET, "the city, county and state"] = None


class ShowCase(Form, kw_only=True):
    """What ``case show`` takes."""

    earlier: Annotated[
        Public[bool], FLAG, "show notes from before a transfer's school year, too"
    ] = False


class NewNote(Form, kw_only=True):
    """What ``case note`` takes."""

    text: Annotated[Private[str], PROSE, "what was seen, heard or done"]
    on: Annotated[Public[date], PAST, TODAY, "the day it happened"]


class ToldOfRights(Form, kw_only=True):
    """What ``case rights`` takes."""

    told_on: Annotated[
        Public[date | None], PAST, "the day the student was told that the rights are theirs"
    ] = None


class Closing(Form, kw_only=True):
    """What ``case close`` takes."""

    reason: Annotated[Public[ClosingReason], "why the case closes"]
    on: Annotated[Public[date], PAST, TODAY, "the day it closed"]
    by: Annotated[Ref[Person | None], "whose decision it was"] = None
    note: Annotated[Private[str], PROSE, "what should be remembered"] = ""


class Pausing(Form, kw_only=True):
    """What ``case pause`` takes."""

    until: Annotated[Public[date | None], ASK, "the day it resumes; leave out if not known"] = None
    reason: Annotated[Public[PauseReason | None], "why"] = None
    on: Annotated[Public[date], TODAY, "the day it begins"]
    by: Annotated[Ref[Person | None], "whose decision it was"] = None


class Turning(Form, kw_only=True):
    """What ``case resume``, ``step-down`` and ``reopen`` take."""

    reason: Annotated[Public[Word | None], "why, in one word"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it happened"]
    by: Annotated[Ref[Person | None], "whose decision it was"] = None
