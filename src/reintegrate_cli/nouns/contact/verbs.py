"""``contact``: how a student wants to be reached, and reaching them."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.extending import takes
from reintegrate_cli.core.hints import ASK, FLAG, FUTURE, PAST, PROSE, QUIET, TODAY
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    CareId,
    Clock,
    Form,
    Private,
    Public,
    Ref,
    Secret,
    Sensitivity,
    Value,
    Word,
    Worker,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.shapes import Work, said
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.record import Override
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.checkin import suiting
from reintegrate_cli.nouns.contact import reaching
from reintegrate_cli.nouns.contact import record as rules
from reintegrate_cli.nouns.contact.hours import ask_why, local_time, school_hours, time_zone
from reintegrate_cli.nouns.contact.reaching import Plan, Way
from reintegrate_cli.nouns.contact.record import (
    STALE_DAYS,
    WORDS,
    ContactMode,
    Method,
    SafeContact,
    WordOf,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


@takes(Method, "voicemail", needed=True)
@takes(
    Method,
    *("value", "days", "any_time", "voicemail", "wording", "dropped_call", "caller_id"),
    *("text_allowed", "whose", "who_may_answer", "note"),
)
class NewMethod(Form, kw_only=True):
    """One of the ``methods`` that ``contact set`` reads."""

    asked_first: ClassVar[tuple[str, ...]] = ("kind", "value", "days", "from_", "to")

    kind: Annotated[Public[Word], "what it is, in one word: phone text email in_person"]
    from_: Annotated[Public[Clock | None], ASK, "from what time, in the student's zone"] = None
    to: Annotated[Public[Clock | None], ASK, "up to what time"] = None


_BEFORE_PAUSE = ("if_missed", "may_know", "must_not_know", "name_to_use", "name_not_to_use")


@takes(
    SafeContact,
    *_BEFORE_PAUSE,
    *("safe_word", "unsafe_word", "unsafe_word_means", "identity_word"),
    optional=True,
)
class SetContact(Form, kw_only=True):
    """What ``contact set`` reads; what is left out stays as it is."""

    asked_first: ClassVar = ("mode", "methods", "via", "time_zone", *_BEFORE_PAUSE)

    mode: Annotated[Private[ContactMode], "who reaches out"]
    methods: Annotated[Private[tuple[NewMethod, ...] | None], "a way that is safe"] = None
    via: Annotated[Private[Worker | None], "the staff slug of who may approach the student"] = None
    time_zone: Annotated[Private[str | None], "the student's time zone, if another"] = None
    pause_until: Annotated[Private[date | None], FUTURE, "no contact before this day"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day the student said so"]

    def __post_init__(self) -> None:
        """Check the hours and the clock that they are read by."""
        time_zone(self.time_zone)
        for method in self.methods or ():
            any_time = method.any_time  # type: ignore[attr-defined]
            reaching.check_window(method.from_, method.to, any_time=any_time)


class PlanContact(Form, kw_only=True):
    """What ``contact plan`` reads."""

    method: Annotated[Public[Word | None], "one way, such as phone"] = None
    care: Annotated[Ref[CareId | None], "a person on the care team, instead of the student"] = None
    override: Annotated[Public[bool], FLAG, "reach out outside of the hours; why is saved"] = False
    reason: Annotated[Private[str], PROSE, QUIET, "why it cannot wait"] = ""

    def __post_init__(self) -> None:
        """Bring the name of the way into one form."""
        self.method = Word(reaching.kind_of(self.method)) if self.method else None


class ConfirmContact(Form, kw_only=True):
    """What ``contact confirm`` reads."""

    on: Annotated[Public[date], PAST, TODAY, "the day the student said so"]


class SpokenWord(Form, kw_only=True):
    """What ``contact verify`` reads."""

    word: Annotated[Secret[str], Sensitivity.SEALED, "the word that was said"]


@verb("contact", "set", about="contact", then=("checkin schedule {ref}",))
def set_(ref: RefArg, given: SetContact) -> None:
    """Keep how a student wants to be reached: by what, when, and who may know.

    Example: reintegrate contact set HX4T
    """
    with session.writing() as store:
        work = Work(store, ref)
        contact = _set(work, given)
        words: dict[WordOf, str] = {name: word for name in WORDS if (word := getattr(given, name))}
        rules.check_words(contact, words)
        if contact.unsafe_word and not contact.unsafe_word_means:
            raise Refused(
                "say what the student wants done when the unsafe word is said",
                rule="D8",
                fields=["unsafe_word_means"],
            )
        organizations = list(_organizations(store, store.cases.get(ref).school))
        for method in contact.methods:
            reaching.check_method(method, contact, organizations)
        plan = _plan(store, store.contact.put(contact))
    for message in work.messages:
        say(message)
    _show_standing(plan)


def _set(work: Work, given: SetContact) -> SafeContact:
    """Return the preferences of a student, with what a form says put into those on record."""
    values = said(given, SafeContact, absent=(None,))
    if given.methods is not None:
        values["methods"] = tuple(map(_method, given.methods))
    values |= {name: rules.seal_word(values[name]) for name in WORDS if values.get(name)}
    if given.time_zone == "":
        values["time_zone"] = None
    former = work.store.contact.find(work.ref)
    if former is None:
        return SafeContact(case=work.ref, set_on=given.on, set_by=work.you, **values)
    contact = rules.set_anew(former, given.mode, given.on)
    if contact.via and not work.store.is_here(contact.via, work.today):
        contact = replace(contact, via=None)
        work.say(f"{former.via} has left: ask the student who else may approach them")
    return replace(contact, set_by=work.you, **values)


def _method(given: NewMethod) -> Method:
    hours = {"opens": given.from_, "closes": given.to}
    return Method(**{**said(given, Method), **hours, "kind": reaching.kind_of(given.kind)})


def _organizations(store: "Store", school: str) -> Iterable[str]:
    yield from (school, *session.current.district.schools)
    for partner in store.partners.all():
        yield from (partner.slug, partner.name)


def _plan(store: "Store", contact: SafeContact) -> Plan:
    """Return how contact is agreed, with every way that is listed, whatever the hour."""
    ref = contact.case
    try:
        _allowed(store, ref, PlanContact())
        allowed = True
    except Refused:
        allowed = False
    outside = [
        f"{schedule.id}: {problem.message} ({problem.rule})"
        for schedule in store.schedules.all(case=ref)
        if not schedule.is_past(session.today())
        and (problem := suiting.unsuited_schedule(contact, schedule, school_hours())) is not None
    ]
    return reaching.plan(
        contact,
        contact.methods,
        local_time(contact),
        school=school_hours(),
        allowed=allowed,
        owner=session.answering(store, store.cases.get(ref).owner),
        outside=outside,
    )


@verb("contact", "plan", final=True)
def plan(ref: RefArg, given: PlanContact) -> None:
    """Show how to reach the student safely right now; the history says who looked.

    Example: reintegrate contact plan HX4T --method phone
    """
    if given.care:
        from reintegrate_cli.nouns.care.reaching import plan_for

        plan_for(ref, given.care, given.method, given.reason, override=given.override)
        return
    reason = given.reason or _why(ref, given)
    with session.writing() as store:
        case = store.cases.get(ref)
        contact, methods, overridden = _allowed(store, ref, replace(given, reason=reason))
        store.touch(ref)
        local = local_time(contact)
        if overridden:
            at, method = f"{local:%H:%M}", given.method
            use = Override(on=local.date(), at=at, by=store.by, method=method, reason=reason)
            contact = store.contact.put(replace(contact, overrides=(*contact.overrides, use)))
            session.went_past("--override")
        owner = session.answering(store, case.owner)
        way_in = reaching.plan(
            contact, methods, local, school=school_hours(), allowed=True, owner=owner
        )
    if way_in.stale:
        say(
            f"the student was last asked on {short_date(contact.safe_as_of)}, {STALE_DAYS} days ago"
            " or more: ask first whether this is still safe"
        )
    if overridden:
        say("this is outside of the hours that the student said are safe; your reason was saved")
    if output.current.as_json:
        show(way_in, upto=Sensitivity.SECRET)
    else:
        _tell(way_in)


def _allowed(
    store: "Store", ref: str, given: PlanContact
) -> tuple[SafeContact, list[Method], bool]:
    """Return the preferences, the methods that may be used now, and whether by override."""
    contact = store.contact.find(ref)
    doubted = rules.doubt(contact, store.checkins.all(case=ref)) is not None
    now = session.current.moment
    contact = reaching.check_may(contact, ref, given.method, doubted=doubted, now=now)
    methods, overridden = reaching.check_open(
        contact,
        ref,
        given.method,
        store.care.all(case=ref),
        local_time(contact),
        school=school_hours(),
        override=given.override,
        reason=given.reason,
    )
    return contact, methods, overridden


def _why(ref: str, given: PlanContact) -> str:
    """At a terminal, ask why, if somebody reaches out outside of the window."""
    if not given.override or not output.can_ask():
        return ""
    with session.reading() as store:
        _, _, needed = _allowed(store, ref, replace(given, reason="-"))
    return ask_why() if needed else ""


_DROPPED = {
    "call_back": "call back once",
    "wait": "wait until the student calls",
    "never": "do not call back",
}
_VOICEMAIL = {
    "never": "leave no message; hang up",
    "vague": "say only: {}",
    "agreed_words": "say only: {}",
}
_CALLER_ID = {"shown": "show the number", "blocked": "block it: it tells where you work"}


def _show_standing(plan: Plan) -> None:
    """Show what is agreed after it was written: which ways and hours, and no number."""
    if output.current.as_json:
        show(plan)
        return
    ways = [f"{label(way.kind)} {_hours(way)}" for way in plan.methods]
    _pairs(
        plan,
        ("ways", "; ".join(ways)),
        ("allowed now", "yes" if plan.allowed else "no"),
        ("set on", plan.set_on.isoformat()),
        ("confirmed on", plan.confirmed_on.isoformat() if plan.confirmed_on else ""),
        ("not before", plan.pause_until.isoformat() if plan.pause_until else ""),
        ("agreed outside", "; ".join(plan.outside)),
    )


def _pairs(plan: Plan, *more: tuple[str, str]) -> None:
    who = (("case", plan.case), ("who", label(plan.mode)), ("through", plan.via or ""))
    output.pairs([*who, ("zone", plan.time_zone or ""), *more])


def _tell(plan: Plan) -> None:
    """Say what to heed first; the number comes last (D3, D5, D6, D7)."""
    _pairs(
        plan,
        ("ask for", plan.name_to_use),
        ("never say", plan.name_not_to_use),
        ("must not know", ", ".join(plan.must_not_know)),
    )
    for way in plan.methods:
        output.print_rows("")
        output.pairs(_way(way))


def _hours(way: Way) -> str:
    """Return when a way may be used; what is only assumed is named."""
    assumed = " (no hours were said: a school day is assumed)" if way.hours_assumed else ""
    return (way.window or "any time") + assumed


def _way(way: Way) -> list[tuple[str, str]]:
    by_phone = way.kind not in (*reaching.STAFF_WAYS, *reaching.WRITTEN)
    pairs = [("way", label(way.kind)), ("whose", way.whose or ""), ("hours", _hours(way))]
    if by_phone:
        pairs += [
            ("voicemail", _VOICEMAIL[way.voicemail].format(way.wording)),
            ("if it drops", _DROPPED[way.dropped_call]),
            ("caller id", _CALLER_ID.get(way.caller_id or "", "ask how the call may show")),
            ("texts", "yes" if way.text_allowed else "no"),
        ]
    return [*pairs, ("may answer", way.who_may_answer), ("heed", way.note), ("reach", way.value)]


@verb("contact", "confirm")
def confirm(ref: RefArg, given: ConfirmContact) -> None:
    """Record that the student said contact is still safe; it is asked again after 30 days.

    Example: reintegrate contact confirm HX4T
    """
    with session.writing() as store:
        contact = store.contact.find(ref)
        if contact is None:
            raise Missing("there is nothing to confirm yet", hint=f"reintegrate contact set {ref}")
        if given.on < contact.set_on:
            raise Usage("--on is before this way of contact was set", fields=["on"])
        plan = _plan(store, store.contact.put(rules.confirmed(contact, given.on, store.by)))
    _show_standing(plan)


class Verified(Value, frozen=True, kw_only=True):
    """Which of the student's words was said, and what the student wants done."""

    case: Ref[str]
    matched: Public[WordOf]
    instruction: Secret[str]


_MEANS = {
    "safe_word": "the safe word: the student can speak freely",
    "identity_word": "the identity word: it is the student",
}


@verb("contact", "verify")
def verify(ref: RefArg, given: SpokenWord) -> None:
    """Compare a word that was said with the student's; a match shows what they want done.

    Example: reintegrate contact verify HX4T
    """
    with session.writing() as store:
        contact = store.contact.find(ref)
        which = rules.matched(contact, given.word) if contact is not None else None
        if contact is None or which is None:
            raise Refused(
                "that is not one of the student's code words",
                rule="D8",
                hint="say nothing that you would not say to a stranger",
            )
        store.touch(ref)
        means = contact.unsafe_word_means if which == "unsafe_word" else _MEANS[which]
    if output.current.as_json:
        show(Verified(case=ref, matched=which, instruction=means), upto=Sensitivity.SECRET)
    else:
        output.print_text(means)


def section(store: "Store", ref: str) -> Section:
    """Return how the student wants to be reached: the hours, and no number."""
    contact = store.contact.find(ref)
    if contact is None:
        return Section({"contact": None, "contact_if_missed": None})
    pairs = [
        ("contact", "; ".join(_summary(contact, session.today()))),
        ("if a check-in is missed", contact.if_missed),
        ("who may know", ", ".join(contact.may_know)),
        *((f"past the hours {short_date(use.on)}", use.reason) for use in contact.overrides),
    ]
    return Section(
        {"contact": contact, "contact_if_missed": contact.if_missed or None},
        pairs=[(name, text) for name, text in pairs if text],
    )


def _summary(contact: SafeContact, today: date) -> Iterator[str]:
    yield label(contact.mode) + (f" ({contact.via})" if contact.via else "")
    if not contact.is_silent:
        for method in reaching.find(contact, None):
            yield f"{label(method.kind)} {reaching.told(method, school_hours())}"
        if contact.is_stale(today):
            yield f"not confirmed since {short_date(contact.safe_as_of)}"
    if contact.pause_until is not None and contact.pause_until > today:
        yield f"no contact until {short_date(contact.pause_until)}"
