"""Reaching a student: what is allowed at a moment, and what the person at the phone must know.

Everything here refuses unless the student said otherwise (rules D1 to D5, E9).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import SCHOOL_HOURS, minutes
from reintegrate_cli.core.comparing import words
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Private, Public, Ref, Secret, Value
from reintegrate_cli.nouns.contact.record import (
    CallerId,
    DroppedCall,
    Method,
    SafeContact,
    Voicemail,
)
from reintegrate_cli.nouns.staff.record import WEEKDAYS, Weekday

if TYPE_CHECKING:
    from reintegrate_cli.nouns.care.record import CareMember

STAFF_WAYS = ("in_person", "staff")
"""The kinds that a member of staff may use where contact goes through staff; no phone."""
SCHOOL_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
WRITTEN = ("email", "text", "mail")
"""The kinds that nobody answers and no voicemail takes."""
VAGUE = "your first name, that you are returning a call, and your hours; no organization, no reason"
_ORGANIZATION = frozenset(
    (
        *("agency", "center", "centre", "clinic", "counselor", "counsellor", "court"),
        *("department", "district", "hotline", "office", "police", "probation", "program"),
        *("reintegrate", "school", "services", "shelter", "survivor", "therapist", "therapy"),
        *("trafficking", "victim"),
    )
)
_MIDNIGHT = 24 * 60


class Way(Value, frozen=True, kw_only=True):
    """One way to reach the student as a person at the phone reads it: first what to heed."""

    kind: Public[str]
    window: Public[str | None]
    days: Public[tuple[Weekday, ...]]
    from_: Public[str | None]
    to: Public[str | None]
    any_time: Public[bool]
    hours_assumed: Public[bool]
    allowed: Public[bool]
    whose: Ref[str | None]
    voicemail: Public[Voicemail]
    wording: Private[str]
    dropped_call: Public[DroppedCall]
    caller_id: Public[CallerId | None]
    text_allowed: Public[bool]
    who_may_answer: Private[str]
    note: Private[str]
    value: Secret[str]


class Plan(Value, frozen=True, kw_only=True):
    """How contact stands at a moment; ``window`` is that of the first way in ``methods``."""

    case: Ref[str]
    mode: Public[str]
    methods: Public[tuple[Way, ...]]
    window: Public[str | None]
    stale: Public[bool]
    allowed: Public[bool]
    via: Ref[str | None]
    time_zone: Public[str | None]
    set_on: Public[date]
    confirmed_on: Public[date | None]
    pause_until: Public[date | None]
    outside: Public[tuple[str, ...]]
    """What is agreed, and lies outside of the ways and hours that are safe."""
    name_to_use: Secret[str]
    name_not_to_use: Secret[str]
    must_not_know: Secret[tuple[str, ...]]


def kind_of(text: str) -> str:
    """Bring the name of a kind into one form: ``Home-Phone`` is ``home_phone``."""
    return text.lower().replace("-", "_")


class Window(msgspec.Struct, frozen=True):
    """The days and hours in which a way may be used, by the clock in the student's zone.

    Args:
        days: the weekdays; every day where there are none.
        opens: the first minute; the day's first if none.
        closes: the minute after the last; the day's end if none.
        assumed: whether the student said no hours, so that those of a school day are taken.
    """

    days: tuple[Weekday, ...]
    opens: str | None
    closes: str | None
    assumed: bool = False

    def holds(self, day: Weekday | None, minute: int | None) -> bool:
        """Say whether a weekday, a minute of the day, or both lie in it."""
        if day is not None and self.days and day not in self.days:
            return False
        first = minutes(self.opens) if self.opens else 0
        last = minutes(self.closes) if self.closes else _MIDNIGHT
        return minute is None or first <= minute < last

    def __str__(self) -> str:
        """Spell it out: ``tue thu 15:30-16:15``; nothing where any time will do."""
        hours = f"{self.opens or '00:00'}-{self.closes or '24:00'}"
        parts = [" ".join(self.days), hours if self.opens or self.closes else ""]
        return " ".join(part for part in parts if part)


def window(method: Method, school: tuple[str, str] = SCHOOL_HOURS) -> Window:
    """Give the days and hours of a method. Every use of one passes through here (D4).

    Args:
        method: as the student said it.
        school: the hours of a school day, which are assumed where no hours were said.
    """
    if method.any_time or method.opens or method.closes:
        return Window(method.days, method.opens, method.closes)
    return Window(method.days or SCHOOL_DAYS, *school, assumed=True)


def in_force(contact: SafeContact, school: tuple[str, str] = SCHOOL_HOURS) -> SafeContact:
    """Give the preferences with the hours that are assumed filled in, for those who are told."""
    methods = [(one, window(one, school)) for one in contact.methods]
    return replace(
        contact,
        methods=tuple(
            replace(one, days=when.days, opens=when.opens, closes=when.closes)
            for one, when in methods
        ),
    )


def is_open(method: Method, local: datetime, school: tuple[str, str] = SCHOOL_HOURS) -> bool:
    """Say whether a clock in the student's zone stands in a method's window (D4).

    The clock's reading decides, so that an hour which comes twice is open twice, and one that
    is left out is never open.

    Args:
        method: with its days and hours.
        local: the moment in the student's zone.
        school: the hours of a school day.
    """
    minute = local.hour * 60 + local.minute
    return window(method, school).holds(WEEKDAYS[local.weekday()], minute)


def told(method: Method, school: tuple[str, str] = SCHOOL_HOURS) -> str:
    """Tell when a method may be used: ``tue thu 15:30-16:15``, ``any time``.

    What is assumed is named, so that nobody takes it for the student's word.
    """
    when = window(method, school)
    assumed = " (no hours were said: a school day is assumed)" if when.assumed else ""
    return (str(when) or "any time") + assumed


def check_window(opens: str | None, closes: str | None, *, any_time: bool = False) -> None:
    """Demand that a window has a minute in it.

    Raises:
        Usage: it closes before it opens, or any time was said besides hours.
    """
    if any_time and (opens or closes):
        raise Usage(
            "any_time goes without from and to",
            fields=["any_time", "from", "to"],
            hint="any_time is the student's word that no hour is unsafe",
        )
    if opens and closes and minutes(opens) >= minutes(closes):
        raise Usage(
            "a window opens before it closes, on the same day",
            fields=["from", "to"],
            hint="leave from or to out where it begins or ends with the day",
        )


def check_method(method: Method, contact: SafeContact, organizations: Iterable[str]) -> None:
    """Demand that a message can be left as it is said (D5).

    Args:
        method: the method.
        contact: the preferences it belongs to.
        organizations: names that a vague message must not give: schools and partners.

    Raises:
        Refused: agreed words are missing, or a message would tell who calls, or would use the
            name that is not to be used.
    """
    if method.voicemail == "agreed_words" and not method.wording:
        raise Refused(
            "it is not said which words the student agreed to",
            rule="D5",
            fields=["wording"],
            hint="without agreed words, voicemail is never or vague",
        )
    said = _words(method.wording)
    names = {_words(name) for name in (*organizations, *_ORGANIZATION)} - {_NO_WORD}
    if method.voicemail == "vague" and any(name in said for name in names):
        raise Refused(
            "a vague message names no organization, and nothing that tells one",
            rule="D5",
            fields=["wording"],
        )
    unused = _words(contact.name_not_to_use)
    if unused != _NO_WORD and unused in said:
        raise Refused(
            "the message uses the name that is not to be used",
            rule="D5",
            fields=["wording", "name_not_to_use"],
        )


_NO_WORD = "  "


def _words(text: str) -> str:
    return f" {' '.join(words(text))} "


def find(contact: SafeContact, kind: str | None) -> list[Method]:
    """List the methods of a kind that the student listed; all of them where none is asked for.

    Where contact goes through staff, only what a member of staff does in person is one.
    """
    found = [
        one
        for one in contact.methods
        if kind is None or one.kind == kind or (kind == "text" and one.text_allowed)
    ]
    if contact.mode == "via_staff":
        found = [one for one in found if one.kind in STAFF_WAYS]
    return found


def check_may(
    contact: SafeContact | None, ref: str, kind: str | None, *, doubted: bool, now: datetime
) -> SafeContact:
    """Demand that somebody may reach out at all, and in that way (D1, D2, D3).

    Args:
        contact: the student's preferences, if there are any.
        ref: the case.
        kind: the way that is asked for.
        doubted: whether the last answer to "still safe?" was no.
        now: the moment, in the district's zone.

    Raises:
        Refused: the student reaches out, rests from contact, said that it is not safe any more,
            or never said that this way is.
    """
    again = f"reintegrate contact set {ref} keeps what the student says is safe"
    if contact is None:
        raise Refused("the student has not said how to be reached", rule="D1", hint=again)
    if contact.is_silent:
        waits = (
            "the student reaches out"
            if contact.mode == "student_initiates"
            else ("the student wants no contact")
        )
        raise Refused(f"{waits}; nobody calls", rule="D2")
    if contact.pause_until is not None and now.date() < contact.pause_until:
        raise Refused(
            "the student wants no contact for a while",
            rule="D2",
            hint=f"reintegrate case show {ref} tells until when",
        )
    if doubted:
        raise Refused(
            "the student said that this way of contact is not safe any more", rule="D3", hint=again
        )
    listed = find(contact, kind)
    if contact.mode == "via_staff":
        if kind is not None and not listed:
            who = contact.via or "the specialist of the case"
            raise Refused(
                "contact goes through staff, and not that way",
                rule="D2",
                hint=f"ask {who}; reintegrate contact plan {ref} shows how",
            )
        return contact
    if not listed:
        raise Refused(
            "the student has not said that this is safe", rule="D1", fields=["method"], hint=again
        )
    return contact


def check_open(
    contact: SafeContact,
    ref: str,
    kind: str | None,
    care: "Iterable[CareMember]",
    local: datetime,
    *,
    school: tuple[str, str] = SCHOOL_HOURS,
    override: bool,
    reason: str,
) -> tuple[list[Method], bool]:
    """Give the methods that may be used now, after ``check_may`` (D4, E9).

    Args:
        contact: the student's preferences.
        ref: the case.
        kind: the way that is asked for; any of them where nothing is.
        care: the care team, for methods that reach somebody else.
        local: the moment in the student's zone.
        school: the hours of a school day.
        override: whether somebody reaches out although no window is open.
        reason: why.

    Returns:
        The methods, and whether it took the override to use them.

    Raises:
        Refused: they reach somebody who is not to be contacted; or no window is open, and it is
            not overridden with a reason.
    """
    reachable = _reachable(contact, ref, kind, care)
    now = [one for one in reachable if is_open(one, local, school)]
    if now or (contact.mode == "via_staff" and not reachable):
        return now, False
    if not override:
        raise Refused(
            _closed(reachable, school),
            rule="D4",
            fields=["override", "reason"],
            hint=f"reintegrate case show {ref} tells them; where it cannot wait, give "
            "--override and a reason with --from",
        )
    if not reason:
        raise Refused(
            "reaching out outside of the student's hours takes a reason",
            rule="D4",
            fields=["reason"],
            hint="give the key reason with --from; it is kept",
        )
    return reachable, True


def _reachable(
    contact: SafeContact, ref: str, kind: str | None, care: "Iterable[CareMember]"
) -> list[Method]:
    """List the methods of a kind that reach the student, or somebody who may be contacted (E9)."""
    listed = find(contact, kind)
    people = {member.id: member for member in care}
    reachable = [
        one
        for one in listed
        if one.whose is None
        or ((member := people.get(one.whose)) is not None and member.may_be_contacted)
    ]
    if listed and not reachable:
        whose = listed[0].whose or ""
        raise Refused(
            f"contact with {whose} is not recorded as appropriate",
            rule="E9",
            hint=f"reintegrate care family {ref} {whose} tells who decides",
        )
    return reachable


def _closed(methods: Iterable[Method], school: tuple[str, str]) -> str:
    """Say that no window is open; hours that are only assumed are not put down to the student."""
    windows = [window(one, school) for one in methods]
    if windows and all(one.assumed for one in windows):
        return f"the student said no hours, and it is outside of a school day ({'-'.join(school)})"
    return "it is outside of the hours that the student said are safe"


def plan(
    contact: SafeContact,
    methods: Sequence[Method],
    local: datetime,
    *,
    school: tuple[str, str] = SCHOOL_HOURS,
    allowed: bool,
    owner: str,
    outside: Sequence[str] = (),
) -> Plan:
    """Bring together what is shown of contact.

    Args:
        contact: the student's preferences.
        methods: those that are shown.
        local: the moment in the student's zone.
        school: the hours of a school day.
        allowed: whether somebody may reach out now.
        owner: who coordinates the case, where contact goes through staff and none is named.
        outside: what is agreed, and lies outside of what is safe.
    """
    ways = tuple(_way(one, local, school) for one in methods)
    return Plan(
        case=contact.case,
        mode=contact.mode,
        methods=ways,
        window=ways[0].window if ways else None,
        stale=contact.is_stale(local.date()),
        allowed=allowed,
        via=(contact.via or owner) if contact.mode == "via_staff" else None,
        time_zone=contact.time_zone,
        set_on=contact.set_on,
        confirmed_on=contact.confirmed_on,
        pause_until=contact.pause_until,
        outside=tuple(outside),
        name_to_use=contact.name_to_use,
        name_not_to_use=contact.name_not_to_use,
        must_not_know=contact.must_not_know,
    )


def _way(one: Method, local: datetime, school: tuple[str, str]) -> Way:
    when = window(one, school)
    return Way(
        kind=one.kind,
        window=str(when) or None,
        days=when.days,
        from_=when.opens,
        to=when.closes,
        any_time=one.any_time,
        hours_assumed=when.assumed,
        allowed=is_open(one, local, school),
        whose=one.whose,
        voicemail=one.voicemail,
        wording=(one.wording or VAGUE) if one.voicemail == "vague" else one.wording,
        dropped_call=one.dropped_call,
        caller_id=one.caller_id,
        text_allowed=one.text_allowed,
        who_may_answer=one.who_may_answer,
        note=one.note,
        value=one.value,
    )
