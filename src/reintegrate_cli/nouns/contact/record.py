"""Safe contact: how the student wants to be reached, or that they will reach out.

Nobody is reached by a way that the student has not said is safe (D1); ``reaching`` says what
is allowed at a moment. The three words of the student are compared and never shown: what is
saved of each is a slow salted digest, so that no copy of the vault, however it is opened, holds
the word itself (D8).
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from reintegrate_cli.core.calendar import Span
from reintegrate_cli.core.comparing import folded, words
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.hints import ASK, PROSE
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    PLANNED,
    WORK,
    CareId,
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
    to, not including, the last; ``any_time`` is the student's word that no hour is unsafe. If
    neither was said, ``reaching.window`` says what is assumed. ``whose`` is the care id of the
    person it reaches, if that is not the student.
    """

    kind: Told[Public[str]]
    value: Annotated[Told[Secret[str]], PLANNED, "the number, the address, or where"]
    days: Annotated[
        Told[Public[tuple[Weekday, ...]]], ASK, "on which days: mon,tue; any if left out"
    ] = ()
    opens: Told[Public[str | None]] = None
    closes: Told[Public[str | None]] = None
    any_time: Annotated[
        Told[Public[bool]], ASK, "did the student say that any hour of those days is safe"
    ] = False
    voicemail: Annotated[Told[Public[Voicemail]], "what may be left on voicemail"] = "never"
    wording: Annotated[Private[str], "the words that the student approved for a message"] = ""
    dropped_call: Annotated[
        Told[Public[DroppedCall]], ASK, "when the call drops; never, if left out"
    ] = "never"
    caller_id: Annotated[Public[CallerId | None], ASK, "how the call shows on their phone"] = None
    text_allowed: Annotated[Told[Public[bool]], ASK, "may it be sent a text"] = False
    whose: Annotated[Ref[CareId | None], ASK, "the care id of who it reaches, if another"] = None
    who_may_answer: Annotated[Private[str], "who may answer"] = ""
    note: Annotated[Private[str], "what else to heed"] = ""


class Preferences(Record, frozen=True, kw_only=True):
    """What the student said of contact, as far as somebody who reaches out is told.

    ``via`` is the member of staff who may approach the student, if contact goes through staff.
    """

    case: Ref[str]
    mode: Told[Public[ContactMode]]
    set_on: Public[date]
    confirmed_on: Public[date | None] = None
    time_zone: Told[Public[str | None]] = None
    via: Annotated[Ref[str | None], WORK] = None
    pause_until: Public[date | None] = None
    must_not_know: Annotated[Secret[tuple[str, ...]], PLANNED, "who must not know"] = ()
    name_to_use: Annotated[Secret[str], PLANNED, "the name to ask for"] = ""
    name_not_to_use: Annotated[Secret[str], PLANNED, "the name not to use"] = ""


class SafeContact(Preferences, frozen=True, kw_only=True):
    """How one student wants contact to go; one for each case.

    With ``student_initiates`` or ``none`` nobody calls the student, and no check-in with
    them is due or overdue (practice rule D2). ``if_missed`` is the student's own answer
    to what happens when a check-in is missed (E6). ``quiet`` are the days without contact that
    went before: what fell on them does not come back. ``set_by`` and ``confirmed_by`` are who
    entered what the student said, and who entered last that it is still safe.
    """

    set_by: Ref[str] = ""
    confirmed_by: Ref[str] = ""
    methods: Told[Public[tuple[Method, ...]]] = ()
    if_missed: Annotated[
        Private[str], PROSE, "if a check-in is missed, what does the student want"
    ] = ""
    may_know: Annotated[Private[tuple[str, ...]], "who may know: slugs, roles"] = ()
    safe_word: Annotated[
        Secret[str], Sensitivity.SEALED, "a word that says: I can speak freely"
    ] = ""
    unsafe_word: Annotated[Secret[str], Sensitivity.SEALED, "a word that says: I am not safe"] = ""
    unsafe_word_means: Annotated[
        Secret[str], PLANNED, "what the student wants done when it is said"
    ] = ""
    identity_word: Annotated[Secret[str], Sensitivity.SEALED, "a word that says: it is I"] = ""
    overrides: Public[tuple[Override, ...]] = ()
    quiet: Public[tuple[Quiet, ...]] = ()

    @property
    def rests(self) -> tuple[Span, ...]:
        """The days on which nobody is to meet the student, those gone by too (D2)."""
        past = tuple(Span(days.on, days.until) for days in self.quiet)
        if self.is_silent:
            return (*past, Span(self.set_on, None))
        if self.pause_until is not None:
            return (*past, Span(self.set_on, self.pause_until))
        return past

    @property
    def is_silent(self) -> bool:
        """Check whether the student is not to be contacted at all."""
        return self.mode in SILENT

    @property
    def safe_as_of(self) -> date:
        """The day on which the student last said that this is safe."""
        return max(self.set_on, self.confirmed_on or self.set_on)

    def is_stale(self, today: date) -> bool:
        """Check whether the student was not asked for too long (D3)."""
        return today - self.safe_as_of >= timedelta(days=STALE_DAYS)


def doubt(contact: SafeContact | None, events: "Iterable[A]") -> "A | None":
    """Return the check-in at which the student last said that contact is not safe any more.

    Args:
        contact: what is on record; ``None`` if it was never set.
        events: what happened in the case, in the order of its ids.

    Returns:
        ``None`` if the last answer to "still safe?" was yes, or contact was set anew since.
    """
    answers = [event for event in events if event.still_safe is not None]
    answers.sort(key=lambda event: event.happened_on)
    if not answers or answers[-1].still_safe:
        return None
    on = answers[-1].happened_on
    settled = contact is not None and (contact.set_on >= on or contact.safe_as_of > on)
    return None if settled else answers[-1]


def set_anew(former: SafeContact, mode: ContactMode, on: date) -> SafeContact:
    """Return preferences as they are when the student says anew how they want to be reached.

    What was safe in another mode is not taken over, and days without contact that have gone by
    stay on record.
    """
    rests = former.rests[len(former.quiet) :]
    ended = [Quiet(on=rest.start, until=min(on, rest.end or on)) for rest in rests]
    quiet = (*former.quiet, *(days for days in ended if days.on < days.until))
    if former.mode != mode:
        former = replace(former, methods=(), via=None, time_zone=None)
    return replace(former, mode=mode, set_on=on, quiet=quiet)


def confirmed(contact: SafeContact, on: date, by: str) -> SafeContact:
    """Record that the student said it is still safe (D3); a later word than that stays."""
    if contact.confirmed_on is not None and contact.confirmed_on > on:
        return contact
    return replace(contact, confirmed_on=on, confirmed_by=by)


# What is compared, and never shown.

_COST = {"n": 2**14, "r": 8, "p": 1, "maxmem": 2**26}
"""16 MiB and some 50 ms a guess."""
_SALT, _DIGEST = 16, 32


def _digest(word: str, salt: bytes) -> bytes:
    return hashlib.scrypt(folded(word).encode(), salt=salt, dklen=_DIGEST, **_COST)


def seal_word(word: str) -> str:
    """Return what is saved of a word: a salted digest that takes long to make (D8)."""
    salt = os.urandom(_SALT)
    return f"scrypt:{salt.hex()}:{_digest(word, salt).hex()}"


def same_word(saved: str, typed: str) -> bool:
    """Compare what somebody said with a saved word, in a time that does not tell how near it is."""
    import hmac

    if not saved:
        return False
    _, salt, digest = saved.split(":")
    return hmac.compare_digest(_digest(typed, bytes.fromhex(salt)), bytes.fromhex(digest))


def matched(contact: SafeContact, typed: str) -> WordOf | None:
    """Return which of the student's words was said; all of them are compared, whatever matches."""
    same = [name for name in WORDS if same_word(getattr(contact, name), typed)]
    return same[0] if same else None


def check_words(contact: SafeContact, new: dict[WordOf, str]) -> None:
    """Require that the words can be told apart, and that nothing readable repeats one (D8).

    Args:
        contact: the preferences as they will be, with the digests of those not given.
        new: the words that are given now, as typed.

    Raises:
        Usage: two are the same, or a text holds one of them.
    """
    for name, word in new.items():
        if not folded(word):
            raise Usage("that is not a word that could be said", fields=[name])
        for other in WORDS:
            same = (
                folded(new[other]) == folded(word)
                if other in new
                else same_word(getattr(contact, other), word)
            )
            if other != name and same:
                raise Usage(
                    "two of the words are the same; each of them means something else",
                    fields=[name, other],
                )
        repeated = re.compile(rf"(?<!\w){re.escape(folded(word))}(?!\w)")
        for key, text in _texts(contact):
            if repeated.search(folded(text)):
                raise Usage(
                    f"{key} holds the word that {name} keeps secret; say it without",
                    fields=[key, name],
                )


def _texts(contact: SafeContact) -> Iterator[tuple[str, str]]:
    """Yield what can be read in preferences, with its key; not what is sealed."""
    for spec, value in walk(contact):
        typed = spec.sensitivity in (Sensitivity.PRIVATE, Sensitivity.SECRET)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and (typed or spec.key == "kind"):
                yield spec.key, text


# Who may know (D9).


def knows(contact: SafeContact | None, slug: str, role: str = "") -> Literal["no", "unsaid"] | None:
    """Return what the student said against letting somebody know of the case (D9).

    Args:
        contact: the student's preferences.
        slug: a member of staff or a partner.
        role: what they are, such as ``school_counselor``; lists may name either.

    Returns:
        ``no`` if they must not know, ``unsaid`` if a list of those who may leaves them out;
        ``None`` if the student said nothing against it.
    """
    if contact is None:
        return None
    if any(_names(entry, slug, role) for entry in contact.must_not_know):
        return "no"
    may_know = contact.may_know
    named = not may_know or any(_names(entry, slug, role) for entry in may_know)
    return None if named else "unsaid"


def _names(entry: str, slug: str, role: str) -> bool:
    entry_words = words(entry)
    wanted = [words(name) for name in (slug, role)]
    return any(parts and all(part in entry_words for part in parts) for parts in wanted)


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
    """Yield when the student said how they want to be reached, and what went over it."""
    tell = partial(event_of, contact, "contact")
    is_confirmed = contact.confirmed_on is not None and contact.confirmed_on != contact.set_on
    # Of older records only who wrote last is known: that is not who set it, once somebody
    # confirmed it or went over it.
    last = None if contact.overrides else contact.entered_by
    set_by = contact.set_by or (None if is_confirmed else last)
    yield tell(contact.set_on, label(contact.mode), by=set_by)
    if contact.confirmed_on is not None and is_confirmed:
        yield tell(contact.confirmed_on, "confirmed", by=contact.confirmed_by or last)
    for use in contact.overrides:
        yield tell(use.on, f"outside of the window, at {use.at}", by=use.by, text=use.reason)
