"""What the ``contact`` commands read."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.hints import ASK, FLAG, PAST, PROSE, QUIET
from reintegrate_cli.core.records import (
    CareId,
    Clock,
    Form,
    Private,
    Public,
    Ref,
    Secret,
    Sensitivity,
    Word,
    Worker,
)
from reintegrate_cli.nouns.contact.record import CallerId, ContactMode, DroppedCall, Voicemail
from reintegrate_cli.nouns.staff.record import Weekday


class NewMethod(Form, kw_only=True):
    """One of the ``methods`` that ``contact set`` takes."""

    kind: Annotated[Public[Word], "what it is, in one word: phone text email in_person"]
    value: Annotated[Secret[str], "the number, the address, or where"]
    days: Annotated[
        Public[tuple[Weekday, ...]], ASK, "on which days: mon,tue; any if left out"
    ] = ()
    from_: Annotated[Public[Clock | None], ASK, "from what time, in the student's zone"] = None
    to: Annotated[Public[Clock | None], ASK, "up to what time"] = None
    any_time: Annotated[
        Public[bool], ASK, "did the student say that any hour of those days is safe"
    ] = False
    voicemail: Annotated[Public[Voicemail], "what may be left on voicemail"]
    wording: Annotated[Private[str], "the words that the student approved for a message"] = ""
    dropped_call: Annotated[Public[DroppedCall], ASK, "when the call drops; never, if left out"] = (
        "never"
    )
    caller_id: Annotated[Public[CallerId | None], ASK, "how the call shows on their phone"] = None
    text_allowed: Annotated[Public[bool], ASK, "may it be sent a text"] = False
    whose: Annotated[Ref[CareId | None], ASK, "the care id of whom it reaches, if another"] = None
    who_may_answer: Annotated[Private[str], "who may answer"] = ""
    note: Annotated[Private[str], "what else to heed"] = ""


class SetContact(Form, kw_only=True):
    """What ``contact set`` takes; what is left out stays as it is."""

    mode: Annotated[Private[ContactMode], "who reaches out"]
    methods: Annotated[Private[tuple[NewMethod, ...] | None], "a way that is safe"] = None
    via: Annotated[Private[Worker | None], "the staff slug of who may approach the student"] = None
    time_zone: Annotated[Private[str | None], "the student's time zone, if another"] = None
    if_missed: Annotated[
        Private[str | None], PROSE, "if a check-in is missed, what does the student want"
    ] = None
    may_know: Annotated[Private[tuple[str, ...] | None], "who may know: slugs, roles"] = None
    must_not_know: Annotated[Secret[tuple[str, ...] | None], "who must not know"] = None
    name_to_use: Annotated[Secret[str | None], "the name to ask for"] = None
    name_not_to_use: Annotated[Secret[str | None], "the name not to use"] = None
    pause_until: Annotated[Private[date | None], "no contact before this day"] = None
    safe_word: Annotated[
        Secret[str | None], Sensitivity.SEALED, "a word that says: I can speak freely"
    ] = None
    unsafe_word: Annotated[
        Secret[str | None], Sensitivity.SEALED, "a word that says: I am not safe"
    ] = None
    unsafe_word_means: Annotated[
        Secret[str | None], "what the student wants done when it is said"
    ] = None
    identity_word: Annotated[
        Secret[str | None], Sensitivity.SEALED, "a word that says: it is I"
    ] = None
    on: Annotated[Public[date | None], PAST, "the day the student said so"] = None


class PlanContact(Form, kw_only=True):
    """What ``contact plan`` takes."""

    method: Annotated[Public[Word | None], "one way, such as phone"] = None
    care: Annotated[Ref[CareId | None], "a person on the care team, instead of the student"] = None
    override: Annotated[
        Public[bool | None], FLAG, "reach out outside of the hours; why is kept"
    ] = None
    reason: Annotated[Private[str], PROSE, QUIET, "why it cannot wait"] = ""


class ConfirmContact(Form, kw_only=True):
    """What ``contact confirm`` takes."""

    on: Annotated[Public[date | None], PAST, "the day the student said so; today if left out"] = (
        None
    )


class SpokenWord(Form, kw_only=True):
    """What ``contact verify`` takes."""

    word: Annotated[Secret[str], Sensitivity.SEALED, "the word that was said"]
