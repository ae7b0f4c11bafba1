"""Reaching a student: what is allowed at a moment, and what the person at the phone must know.

Everything here refuses unless the student said otherwise (rules D1 to D5, E9).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import SCHOOL_HOURS, minutes
from reintegrate_cli.core.comparing import words
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Public, row_of
from reintegrate_cli.nouns.contact.record import Method, Preferences, SafeContact
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


class Way(Method, frozen=True, kw_only=True):
    """One way to reach the student, with the hours in which it may be used now."""

    window: Public[str | None]
    from_: Public[str | None]
    to: Public[str | None]
    hours_assumed: Public[bool]
    allowed: Public[bool]


class Plan(Preferences, frozen=True, kw_only=True):
    """How contact stands at a moment; ``window`` is that of the first way in ``methods``."""

    methods: Public[tuple[Way, ...]]
    window: Public[str | None]
    stale: Public[bool]
    allowed: Public[bool]
    outside: Public[tuple[str, ...]]
    """What is agreed, and lies outside of the ways and hours that are safe."""


def kind_of(text: str) -> str:
    """Return the name of a kind in one form: ``Home-Phone`` is ``home_phone``."""
    return text.lower().replace("-", "_")


class Window(msgspec.Struct, frozen=True):
    """The days and hours in which a way may be used, by the clock in the student's zone.

    Args:
        days: the weekdays; every day if there are none.
        opens: the first minute; the day's first if none.
        closes: the minute after the last; the day's end if none.
        assumed: whether the student said no hours, so that those of a school day are taken.
    """

    days: tuple[Weekday, ...]
    opens: str | None
    closes: str | None
    assumed: bool = False

    def holds(self, day: Weekday | None, minute: int | None) -> bool:
        """Check whether a weekday, a minute of the day, or both lie in it."""
        if day is not None and self.days and day not in self.days:
            return False
        first = minutes(self.opens) if self.opens else 0
        last = minutes(self.closes) if self.closes else _MIDNIGHT
        return minute is None or first <= minute < last

    def __str__(self) -> str:
        """Spell it out: ``tue thu 15:30-16:15``; nothing if any time will do."""
        hours = f"{self.opens or '00:00'}-{self.closes or '24:00'}"
        parts = [" ".join(self.days), hours if self.opens or self.closes else ""]
        return " ".join(part for part in parts if part)


def window(method: Method, school: tuple[str, str] = SCHOOL_HOURS) -> Window:
    """Return the days and hours of a method. Every use of one passes through here (D4).

    Args:
        method: as the student said it.
        school: the hours of a school day, which are assumed if no hours were said.
    """
    if method.any_time or method.opens or method.closes:
        return Window(method.days, method.opens, method.closes)
    return Window(method.days or SCHOOL_DAYS, *school, assumed=True)


def in_force(contact: SafeContact, school: tuple[str, str] = SCHOOL_HOURS) -> SafeContact:
    """Return the preferences with the hours that are assumed filled in, for those who are told."""
    methods = [(method, window(method, school)) for method in contact.methods]
    return replace(
        contact,
        methods=tuple(
            replace(method, days=when.days, opens=when.opens, closes=when.closes)
            for method, when in methods
        ),
    )


def is_open(method: Method, local: datetime, school: tuple[str, str] = SCHOOL_HOURS) -> bool:
    """Check whether a clock in the student's zone is in a method's window (D4).

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
    """Return when a method may be used: ``tue thu 15:30-16:15``, ``any time``.

    What is assumed is named, so that nobody takes it for the student's word.
    """
    when = window(method, school)
    assumed = " (no hours were said: a school day is assumed)" if when.assumed else ""
    return (str(when) or "any time") + assumed


def check_window(opens: str | None, closes: str | None, *, any_time: bool = False) -> None:
    """Require that a window has a minute in it.

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
            hint="leave from or to out if it begins or ends with the day",
        )


def check_method(method: Method, contact: SafeContact, organizations: Iterable[str]) -> None:
    """Require that a message can be left as it is said (D5).

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
            "the words that the student agreed to are missing",
            rule="D5",
            fields=["wording"],
            hint="without agreed words, voicemail is never or vague",
        )
    message = _words(method.wording)
    names = {_words(name) for name in (*organizations, *_ORGANIZATION)} - {_NO_WORD}
    if method.voicemail == "vague" and any(name in message for name in names):
        raise Refused(
            "a vague message names no organization, and nothing that tells one",
            rule="D5",
            fields=["wording"],
        )
    unused = _words(contact.name_not_to_use)
    if unused != _NO_WORD and unused in message:
        raise Refused(
            "the message uses the name that is not to be used",
            rule="D5",
            fields=["wording", "name_not_to_use"],
        )


_NO_WORD = "  "


def _words(text: str) -> str:
    return f" {' '.join(words(text))} "


def find(contact: SafeContact, kind: str | None) -> list[Method]:
    """List the methods of a kind that the student listed; all of them if none is asked for.

    If contact goes through staff, only what a member of staff does in person is one.
    """
    return [
        method
        for method in contact.methods
        if (kind in (None, method.kind) or (kind == "text" and method.text_allowed))
        and (contact.mode != "via_staff" or method.kind in STAFF_WAYS)
    ]


def check_may(
    contact: SafeContact | None, ref: str, kind: str | None, *, doubted: bool, now: datetime
) -> SafeContact:
    """Require that somebody may reach out at all, and in that way (D1, D2, D3).

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
    rests = contact.pause_until is not None and now.date() < contact.pause_until
    until = f"reintegrate case show {ref} tells until when"
    who = contact.via or "the specialist of the case"
    ask = f"ask {who}; reintegrate contact plan {ref} shows how"
    unlisted = not find(contact, kind)
    by_staff = contact.mode == "via_staff"
    for applies, message, rule, hint in (
        (contact.mode == "student_initiates", "the student reaches out; nobody calls", "D2", ""),
        (contact.is_silent, "the student wants no contact; nobody calls", "D2", ""),
        (rests, "the student wants no contact for a while", "D2", until),
        (doubted, "the student said that this way of contact is no longer safe", "D3", again),
        (
            unlisted and by_staff and kind is not None,
            "contact goes through staff, and not that way",
            "D2",
            ask,
        ),
    ):
        if applies:
            raise Refused(message, rule=rule, hint=hint)
    if unlisted and not by_staff:
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
    """Return the methods that may be used now, after ``check_may`` (D4, E9).

    Args:
        contact: the student's preferences.
        ref: the case.
        kind: the way that is asked for; any of them if none is.
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
    now = [method for method in reachable if is_open(method, local, school)]
    if now or (contact.mode == "via_staff" and not reachable):
        return now, False
    _check_override(_closed(reachable, school), ref, override=override, reason=reason)
    return reachable, True


def _check_override(closed: str, ref: str, *, override: bool, reason: str) -> None:
    if not override:
        raise Refused(
            closed,
            rule="D4",
            fields=["override", "reason"],
            hint=f"reintegrate case show {ref} tells them; if it cannot wait, give "
            "--override and a reason with --from",
        )
    if not reason:
        raise Refused(
            "give a reason to reach out outside of the student's hours",
            rule="D4",
            fields=["reason"],
            hint="give the key reason with --from; it is saved",
        )


def _reachable(
    contact: SafeContact, ref: str, kind: str | None, care: "Iterable[CareMember]"
) -> list[Method]:
    """List the methods of a kind that reach the student, or somebody who may be contacted (E9)."""
    listed = find(contact, kind)
    open_to = {None, *(member.id for member in care if member.may_be_contacted)}
    reachable = [method for method in listed if method.whose in open_to]
    if listed and not reachable:
        whose = listed[0].whose or ""
        raise Refused(
            f"contact with {whose} is not recorded as appropriate",
            rule="E9",
            hint=f"reintegrate care family {ref} {whose} tells who decides",
        )
    return reachable


def _closed(methods: Iterable[Method], school: tuple[str, str]) -> str:
    """Return that no window is open; assumed hours are not attributed to the student."""
    windows = [window(method, school) for method in methods]
    if windows and all(when.assumed for when in windows):
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
    """Return what is shown of contact.

    Args:
        contact: the student's preferences.
        methods: those that are shown.
        local: the moment in the student's zone.
        school: the hours of a school day.
        allowed: whether somebody may reach out now.
        owner: who coordinates the case today, if contact goes through staff and none is named.
        outside: what is agreed, and lies outside of what is safe.
    """
    ways = tuple(_way(method, local, school) for method in methods)
    return row_of(
        Plan,
        contact,
        methods=ways,
        window=ways[0].window if ways else None,
        stale=contact.is_stale(local.date()),
        allowed=allowed,
        via=(contact.via or owner) if contact.mode == "via_staff" else None,
        outside=tuple(outside),
    )


def _way(method: Method, local: datetime, school: tuple[str, str]) -> Way:
    when = window(method, school)
    vague = method.voicemail == "vague" and not method.wording
    return row_of(
        Way,
        method,
        window=str(when) or None,
        days=when.days,
        from_=when.opens,
        to=when.closes,
        hours_assumed=when.assumed,
        allowed=is_open(method, local, school),
        wording=VAGUE if vague else method.wording,
    )
