"""What the ``disclose`` command reads."""

from datetime import date
from typing import Annotated, Literal

from reintegrate_cli.core.records import (
    Addressee,
    CareId,
    Form,
    Path,
    Private,
    Public,
    Ref,
    Staffer,
    Word,
)
from reintegrate_cli.line.forms import FLAG, PAST, PROSE, QUIET, Unoffered
from reintegrate_cli.nouns.disclosure.record import Format, NameGiven
from reintegrate_cli.nouns.release.record import Method, RecordType


class NewDisclosure(Form, kw_only=True):
    """What ``disclose`` takes. What a ground asks for is asked by the command itself."""

    to: Annotated[Ref[Addressee], "the partner; or student, or caregiver"]
    records: Annotated[
        Public[tuple[RecordType, ...]],
        Unoffered("all"),
        "no more than this of what may be told; may repeat",
    ] = ()
    basis: Annotated[
        Public[Word | None], "the ground: consent if left out, or health_safety court_order ..."
    ] = None
    kind: Annotated[
        Public[Literal["request", "notice"] | None],
        "log a request that came, or that somebody was told of one; nothing is handed over",
    ] = None
    method: Annotated[Public[Method | None], "how it is told; as the release says"] = None
    out: Annotated[Public[Path | None], "the folder that the sealed packet goes into"] = None
    format: Annotated[Public[Format | None], "what is inside of it; md if left out"] = None
    recipient_key: Annotated[Public[Path | None], "the file with the agency's age public key"] = (
        None
    )
    name: Annotated[
        Public[NameGiven | None], "put that name of the student into it; the ref alone if not"
    ] = None
    care: Annotated[Ref[CareId | None], "which caregiver, by their id on the care team"] = None
    approved_by: Annotated[Ref[Staffer | None], "whose decision it was; yours if left out"] = None
    on: Annotated[Public[date | None], PAST, "the day it was told; today if left out"] = None
    within_limits: Annotated[
        Public[bool | None], FLAG, "it keeps to the limits that the student set"
    ] = None
    told: Annotated[Public[bool | None], FLAG, "they were told that it may not be passed on"] = None
    student_told: Annotated[Public[bool | None], FLAG, "the student was told of it"] = None
    parent_told: Annotated[Public[bool | None], FLAG, "a parent was told of it"] = None
    threat: Annotated[Private[str], PROSE, QUIET, "what the threat is, as you understand it"] = ""
    need_to_know: Annotated[Private[str], PROSE, QUIET, "why they need to know"] = ""
    purpose: Annotated[Private[str], PROSE, QUIET, "what they need it for"] = ""
    document: Annotated[
        Private[str], QUIET, "the document it rests on: an order, a letter, a clause of the MOU"
    ] = ""
    requester: Annotated[Private[str], QUIET, "who asked, by name or role"] = ""
    why_not_told: Annotated[Private[str], PROSE, QUIET, "why the student was not told"] = ""

    @property
    def wants_file(self) -> bool:
        """Say whether a packet is asked for."""
        return any((self.out, self.format, self.recipient_key, self.name))
