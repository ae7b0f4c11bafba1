"""Safe contact: how the student wants to be reached, or that they will reach out.

Nobody is reached by a way that the student has not said is safe (D1); ``reaching`` says what
is allowed at a moment. The three words of the student are compared and never shown: what is
kept of each is a slow salted digest, so that no copy of the vault, however it is opened, holds
the word itself (D8).
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from reintegrate_cli.core.calendar import Span
from reintegrate_cli.core.comparing import folded, words
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    WORK,
    Private,
    Public,
    Record,
    Ref,
    Secret,
    Sensitivity,
    Told,
    Value,
    walk,
)
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Override, Quiet, after_rests
from reintegrate_cli.nouns.staff.record import Weekday

if TYPE_CHECKING:
    from typing import Protocol, TypeVar

    class Answer(Protocol):
        """What may say whether contact is still safe: a check-in."""

        @property
        def happened_on(self) -> date: ...
        @property
        def still_safe(self) -> bool | None: ...

    A = TypeVar("A", bound=Answer)

ContactMode = Literal["we_contact", "student_initiates", "via_staff", "none"]
SILENT: tuple[ContactMode, ...] = ("student_initiates", "none")
Voicemail = Literal["never", "vague", "agreed_words"]
CallerId = Literal["shown", "blocked"]
DroppedCall = Literal["call_back", "wait", "never"]
WordOf = Literal["identity_word", "safe_word", "unsafe_word"]
WORDS: tuple[WordOf, ...] = ("identity_word", "safe_word", "unsafe_word")
STALE_DAYS = 30
"""After so many days without a word that it still is, a way of contact counts as doubtful (D3)."""


class Method(Value, frozen=True, kw_only=True):
    """One way that the student said is safe, and how it is used.

    ``opens`` and ``closes`` are clock readings in the student's zone: from the first minute up
    to, not including, the last; ``any_time`` is the student's word that no hour is unsafe. Where
    neither was said, ``reaching.window`` says what is assumed. ``whose`` is the care id of the person it reaches, where that is
    not the student.
    """

    kind: Told[Public[str]]
    value: Told[Secret[str]]
    days: Told[Public[tuple[Weekday, ...]]] = ()
    opens: Told[Public[str | None]] = None
    closes: Told[Public[str | None]] = None
    any_time: Told[Public[bool]] = False
    voicemail: Told[Public[Voicemail]] = "never"
    wording: Private[str] = ""
    dropped_call: Told[Public[DroppedCall]] = "never"
    caller_id: Public[CallerId | None] = None
    text_allowed: Told[Public[bool]] = False
    whose: Ref[str | None] = None
    who_may_answer: Private[str] = ""
    note: Private[str] = ""


class SafeContact(Record, frozen=True, kw_only=True):
    """How one student wants contact to go; one for each case.

    With ``student_initiates`` or ``none`` nobody calls the student, and no check-in with
    them is due or overdue (practice rule D2). ``if_missed`` is the student's own answer
    to what happens when a check-in is missed (E6). ``via`` is the member of staff who may
    approach them, where contact goes through staff. ``quiet`` are the days without contact that
    went before: what fell on them does not come back.
    """

    case: Ref[str]
    mode: Told[Public[ContactMode]]
    set_on: Public[date]
    confirmed_on: Public[date | None] = None
    methods: Told[Public[tuple[Method, ...]]] = ()
    time_zone: Told[Public[str | None]] = None
    via: Annotated[Ref[str | None], WORK] = None
    pause_until: Public[date | None] = None
    if_missed: Private[str] = ""
    may_know: Private[tuple[str, ...]] = ()
    must_not_know: Secret[tuple[str, ...]] = ()
    name_to_use: Secret[str] = ""
    name_not_to_use: Secret[str] = ""
    safe_word: Annotated[Secret[str], Sensitivity.SEALED] = ""
    unsafe_word: Annotated[Secret[str], Sensitivity.SEALED] = ""
    unsafe_word_means: Secret[str] = ""
    identity_word: Annotated[Secret[str], Sensitivity.SEALED] = ""
    overrides: Public[tuple[Override, ...]] = ()
    quiet: Public[tuple[Quiet, ...]] = ()

    @property
    def rests(self) -> tuple[Span, ...]:
        """The days on which nobody is to meet the student, those gone by too (D2)."""
        past = tuple(Span(one.on, one.until) for one in self.quiet)
        if self.is_silent:
            return (*past, Span(self.set_on, None))
        if self.pause_until is not None:
            return (*past, Span(self.set_on, self.pause_until))
        return past

    @property
    def is_silent(self) -> bool:
        """Say whether the student is not to be contacted at all."""
        return self.mode in SILENT

    @property
    def safe_as_of(self) -> date:
        """The day on which the student last said that this is safe."""
        return max(self.set_on, self.confirmed_on or self.set_on)

    def is_stale(self, today: date) -> bool:
        """Say whether the student was not asked for too long (D3)."""
        return today - self.safe_as_of >= timedelta(days=STALE_DAYS)


def doubt(contact: SafeContact | None, events: "Iterable[A]") -> "A | None":
    """Find the check-in at which the student last said that contact is not safe any more.

    Args:
        contact: what stands; nothing where it was never set.
        events: what happened in the case, in the order of its ids.

    Returns:
        Nothing where the last answer to "still safe?" was yes, or contact was set anew since.
    """
    latest: A | None = None
    for event in events:
        if event.still_safe is not None and (
            latest is None or latest.happened_on <= event.happened_on
        ):
            latest = event
    if latest is None or latest.still_safe:
        return None
    if contact is not None:
        confirmed = contact.confirmed_on or contact.set_on
        if contact.set_on >= latest.happened_on or confirmed > latest.happened_on:
            return None
    return latest


def quiet_before(former: SafeContact, on: date) -> tuple[Quiet, ...]:
    """Give the days without contact that have gone by when contact is set anew on a day."""
    rests = former.rests[len(former.quiet) :]
    ended = (Quiet(on=rest.start, until=min(on, rest.end or on)) for rest in rests)
    return (*former.quiet, *(one for one in ended if one.on < one.until))


def confirmed(contact: SafeContact, on: date) -> SafeContact:
    """Keep that the student said it is still safe (D3); a later word than that stays."""
    return replace(contact, confirmed_on=max(on, contact.confirmed_on or on))


# What is compared, and never shown.

_COST = {"n": 2**14, "r": 8, "p": 1, "maxmem": 2**26}
"""16 MiB and some 50 ms a guess."""
_SALT, _DIGEST = 16, 32


def _digest(word: str, salt: bytes) -> bytes:
    return hashlib.scrypt(folded(word).encode(), salt=salt, dklen=_DIGEST, **_COST)


def seal_word(word: str) -> str:
    """Give what is kept of a word: a salted digest that takes long to make (D8)."""
    salt = os.urandom(_SALT)
    return f"scrypt:{salt.hex()}:{_digest(word, salt).hex()}"


def same_word(kept: str, typed: str) -> bool:
    """Compare what somebody said with what is kept, in a time that does not tell how near it is."""
    import hmac

    if not kept:
        return False
    _, salt, digest = kept.split(":")
    return hmac.compare_digest(_digest(typed, bytes.fromhex(salt)), bytes.fromhex(digest))


def matched(contact: SafeContact, typed: str) -> WordOf | None:
    """Tell which of the student's words was said; all of them are compared, whatever matches."""
    found = [name for name in WORDS if same_word(getattr(contact, name), typed)]
    return found[0] if found else None


def check_words(contact: SafeContact, new: dict[WordOf, str]) -> None:
    """Demand that the words can be told apart, and that nothing readable repeats one (D8).

    Args:
        contact: the preferences as they will stand, with the digests of those not given.
        new: the words that are given now, as typed.

    Raises:
        Usage: two are the same, or a text holds one of them.
    """
    for name, word in new.items():
        if not folded(word):
            raise Usage("that is no word that could be said", fields=[name])
        for other in WORDS:
            same = (
                folded(new[other]) == folded(word)
                if other in new
                else (same_word(getattr(contact, other), word))
            )
            if other != name and same:
                raise Usage(
                    "two of the words are the same; each of them means something else",
                    fields=[name, other],
                )
        told = re.compile(rf"(?<!\w){re.escape(folded(word))}(?!\w)")
        for spec, value in walk(contact):
            texts = value if isinstance(value, tuple) else (value,)
            typed = spec.sensitivity in (Sensitivity.PRIVATE, Sensitivity.SECRET)
            if (typed or spec.key == "kind") and any(
                isinstance(text, str) and told.search(folded(text)) for text in texts
            ):
                raise Usage(
                    f"{spec.key} holds the word that {name} keeps secret; say it without",
                    fields=[spec.key, name],
                )


# Who may know (D9).


def knows(contact: SafeContact | None, slug: str, role: str = "") -> Literal["no", "unsaid"] | None:
    """Say what the student said against letting somebody know of the case (D9).

    Args:
        contact: the student's preferences.
        slug: a member of staff or a partner.
        role: what they are, such as ``school_counselor``; lists may name either.

    Returns:
        ``no`` where they must not know, ``unsaid`` where a list of those who may leaves them
        out; nothing where nothing stands against it.
    """
    if contact is None:
        return None
    if any(_names(entry, slug, role) for entry in contact.must_not_know):
        return "no"
    if contact.may_know and not any(_names(entry, slug, role) for entry in contact.may_know):
        return "unsaid"
    return None


def _names(entry: str, slug: str, role: str) -> bool:
    said = words(entry)
    wanted = [words(name) for name in (slug, role)]
    return any(parts and all(part in said for part in parts) for parts in wanted)


# What has a date, and what happened.


def dates(contact: SafeContact, world: World) -> Iterator[Dated]:
    """Ask whether contact is still safe after 30 days, unless the last answer was no (D3)."""
    if contact.is_silent or doubt(contact, world.in_case("contacts", contact.case)):
        return
    asked_for = contact.pause_until
    own = (Span(contact.set_on, asked_for),) if asked_for else ()
    stale_on = contact.safe_as_of + timedelta(days=STALE_DAYS)
    due = after_rests(world.find("cases", contact.case), stale_on, *own)
    if due is not None:
        yield world.row(
            contact.case,
            "contact",
            label="ask whether contact is still safe",
            command=f"reintegrate contact confirm {contact.case}",
            due_on=due,
            kind="contact",
            rests=own,
        )


def events(contact: SafeContact) -> Iterator[Event]:
    """Tell when the student said how they want to be reached, and what went over it."""
    yield Event(
        on=contact.set_on,
        kind="contact",
        what=contact.mode.replace("_", " "),
        case=contact.case,
        by=contact.entered_by or None,
    )
    if contact.confirmed_on is not None and contact.confirmed_on != contact.set_on:
        yield Event(on=contact.confirmed_on, kind="contact", what="confirmed", case=contact.case)
    for one in contact.overrides:
        yield Event(
            on=one.on,
            kind="contact",
            what=f"outside of the window, at {one.at}",
            case=contact.case,
            by=one.by,
            text=one.reason,
        )
