"""``contact``: how a student wants contact to go, and how to reach them safely now."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Public,
    Ref,
    Secret,
    Sensitivity,
    Value,
    check_case_ref,
    check_id,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.record import Override
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.checkin import suiting
from reintegrate_cli.nouns.contact import reaching
from reintegrate_cli.nouns.contact import record as rules
from reintegrate_cli.nouns.contact.forms import (
    ConfirmContact,
    NewMethod,
    PlanContact,
    SetContact,
    SpokenWord,
)
from reintegrate_cli.nouns.contact.hours import ask_why, local_time, school_hours, time_zone
from reintegrate_cli.nouns.contact.reaching import Plan, Way
from reintegrate_cli.nouns.contact.record import STALE_DAYS, WORDS, Method, SafeContact, WordOf

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_KEPT = (
    "if_missed",
    "may_know",
    "must_not_know",
    "name_to_use",
    "name_not_to_use",
    "pause_until",
    "unsafe_word_means",
)
"""What stays as it is where it is left out."""


@verb("contact", "set", about="contact")
def set_(ref: RefArg, given: SetContact) -> None:
    """Keep how a student wants to be reached: by what, when, and who may know.

    Example: reintegrate contact set HX4T
    """
    ref = check_case_ref(ref)
    time_zone(given.time_zone)
    for one in given.methods or ():
        reaching.check_window(one.from_, one.to, any_time=one.any_time)
    if given.pause_until is not None and given.pause_until <= session.today():
        raise Usage("pause_until takes a day to come", fields=["pause_until"])
    with session.writing("contact set") as store:
        case = store.cases.get(ref)
        made = _made(store, ref, given)
        rules.check_words(made, _words(given))
        if made.unsafe_word and not made.unsafe_word_means:
            raise Refused(
                "it is not said what the student wants done when the unsafe word is said",
                rule="D8",
                fields=["unsafe_word_means"],
            )
        for method in made.methods:
            reaching.check_method(method, made, _organizations(store, case.school))
        made = store.contact.put(made)
        plan = _stands(store, made)
    _show_standing(plan)


def _words(given: SetContact) -> dict[WordOf, str]:
    return {name: word for name in WORDS if (word := getattr(given, name))}


def _made(store: "Store", ref: str, given: SetContact) -> SafeContact:
    """Lay what is given over what stands; ways that were safe in another mode are not kept."""
    today = session.today()
    former = store.contact.find(ref)
    stands: dict[str, Any] = {}
    if former is not None:
        stands = {
            name: getattr(former, name) for name in (*_KEPT, *WORDS, "overrides", "confirmed_on")
        }
        stands["quiet"] = rules.quiet_before(former, given.on or today)
        if former.mode == given.mode:
            stands |= {name: getattr(former, name) for name in ("methods", "via", "time_zone")}
            if former.via and not store.is_here(former.via, today):
                stands["via"] = None
                say(f"{former.via} has left: ask the student who else may approach them")
    said: dict[str, Any] = {
        name: value for name in (*_KEPT, "time_zone") if (value := getattr(given, name)) is not None
    }
    if given.time_zone == "":
        said["time_zone"] = None
    if given.via is not None:
        said["via"] = store.staff.get(given.via).slug
    if given.methods is not None:
        said["methods"] = tuple(_method(store, ref, one) for one in given.methods)
    said |= {
        name: rules.seal_word(word) if word else ""
        for name in WORDS
        if (word := getattr(given, name)) is not None
    }
    return SafeContact(case=ref, mode=given.mode, set_on=given.on or today, **(stands | said))


def _method(store: "Store", ref: str, given: NewMethod) -> Method:
    whose = store.care.get(ref, check_id(given.whose, ref)).id if given.whose else None
    return Method(
        kind=reaching.kind_of(given.kind),
        value=given.value,
        days=given.days,
        opens=given.from_,
        closes=given.to,
        any_time=given.any_time,
        voicemail=given.voicemail,
        wording=given.wording,
        dropped_call=given.dropped_call,
        caller_id=given.caller_id,
        text_allowed=given.text_allowed,
        whose=whose,
        who_may_answer=given.who_may_answer,
        note=given.note,
    )


def _organizations(store: "Store", school: str) -> Iterable[str]:
    yield from (school, *session.current.district.schools)
    for partner in store.partners.all():
        yield from (partner.slug, partner.name)


def _hours(way: Way) -> str:
    """Tell when a way may be used; what is only assumed is named."""
    assumed = " (no hours were said: a school day is assumed)" if way.hours_assumed else ""
    return (way.window or "any time") + assumed


def _doubted(store: "Store", contact: SafeContact | None, ref: str) -> bool:
    return rules.doubt(contact, store.checkins.all(case=ref)) is not None


def _stands(store: "Store", contact: SafeContact) -> Plan:
    """Show how contact stands, with every way that is listed, whatever the hour."""
    ref, local = contact.case, local_time(contact)
    try:
        reaching.check_may(
            contact, ref, None, doubted=_doubted(store, contact, ref), now=session.current.moment
        )
        reaching.check_open(
            contact,
            ref,
            None,
            store.care.all(case=ref),
            local,
            school=school_hours(),
            override=False,
            reason="",
        )
        allowed = True
    except Refused:
        allowed = False
    owner = store.cases.get(ref).owner
    outside = [
        f"{one.id}: {problem.message} ({problem.rule})"
        for one in store.schedules.all(case=ref)
        if one.ended_on is None
        and (problem := suiting.unsuited_schedule(contact, one, school_hours())) is not None
    ]
    return reaching.plan(
        contact,
        contact.methods,
        local,
        school=school_hours(),
        allowed=allowed,
        owner=owner,
        outside=outside,
    )


@verb("contact", "plan", final=True)
def plan(ref: RefArg, given: PlanContact) -> None:
    """Show how to reach the student safely right now; the history says who looked.

    Example: reintegrate contact plan HX4T --method phone
    """
    ref = check_case_ref(ref)
    if given.care:
        from reintegrate_cli.nouns.care.reaching import plan_for

        plan_for(ref, given.care, given.method, given.reason, override=bool(given.override))
        return
    kind = reaching.kind_of(given.method) if given.method else None
    given = _reasoned(ref, given, kind)
    with session.writing("contact plan") as store:
        case = store.cases.get(ref)
        contact, methods, overridden = _allowed(store, ref, given, kind)
        store.touch(ref)
        local = local_time(contact)
        if overridden:
            over = Override(
                on=local.date(), at=f"{local:%H:%M}", by=store.by, method=kind, reason=given.reason
            )
            contact = store.contact.put(replace(contact, overrides=(*contact.overrides, over)))
        made = reaching.plan(
            contact, methods, local, school=school_hours(), allowed=True, owner=case.owner
        )
    if made.stale:
        say(
            f"the student was last asked on {short_date(contact.safe_as_of)}, {STALE_DAYS} days ago"
            " or more: ask first whether this is still safe"
        )
    if overridden:
        say("this is outside of the hours that the student said are safe; why was kept")
    if output.current.as_json:
        show(made, upto=Sensitivity.SECRET)
        return
    _tell(made)


def _allowed(
    store: "Store", ref: str, given: PlanContact, kind: str | None
) -> tuple[SafeContact, list[Method], bool]:
    found = store.contact.find(ref)
    contact = reaching.check_may(
        found, ref, kind, doubted=_doubted(store, found, ref), now=session.current.moment
    )
    methods, overridden = reaching.check_open(
        contact,
        ref,
        kind,
        store.care.all(case=ref),
        local_time(contact),
        school=school_hours(),
        override=bool(given.override),
        reason=given.reason,
    )
    return contact, methods, overridden


def _reasoned(ref: str, given: PlanContact, kind: str | None) -> PlanContact:
    """At a terminal, ask why, where somebody reaches out outside of the window."""
    if not given.override or given.reason or not output.can_ask():
        return given
    reason = ""
    with session.reading() as store:
        store.cases.get(ref)
        _, _, needed = _allowed(store, ref, replace(given, reason="-"), kind)
    while needed and not reason:
        reason = ask_why()
    return replace(given, reason=reason)


_DROPPED = {
    "call_back": "call back once",
    "wait": "wait until the student calls",
    "never": "do not call back",
}
_VOICEMAIL = {
    "never": "leave no message; hang up",
    "vague": "say no more than: {}",
    "agreed_words": "say only: {}",
}
_CALLER_ID = {"shown": "show the number", "blocked": "block it: it tells where you work"}


def _show_standing(made: Plan) -> None:
    """Show what stands after it was written: which ways and hours, and no number."""
    if output.current.as_json:
        show(made)
        return
    ways = [f"{one.kind.replace('_', ' ')} {_hours(one)}" for one in made.methods]
    output.pairs(
        [
            *_heads(made),
            ("ways", "; ".join(ways)),
            ("allowed now", "yes" if made.allowed else "no"),
            ("set on", made.set_on.isoformat()),
            ("confirmed on", made.confirmed_on.isoformat() if made.confirmed_on else ""),
            ("not before", made.pause_until.isoformat() if made.pause_until else ""),
            ("agreed outside", "; ".join(made.outside)),
        ]
    )


def _heads(made: Plan) -> list[tuple[str, str]]:
    return [
        ("case", made.case),
        ("who", made.mode.replace("_", " ")),
        ("through", made.via or ""),
        ("zone", made.time_zone or ""),
    ]


def _tell(made: Plan) -> None:
    """Say what to heed first; the number comes last (D3, D5, D6, D7)."""
    output.pairs(
        [
            *_heads(made),
            ("ask for", made.name_to_use),
            ("never say", made.name_not_to_use),
            ("must not know", ", ".join(made.must_not_know)),
        ]
    )
    for way in made.methods:
        output.print_rows("")
        output.pairs(_way(way))


def _way(way: Way) -> list[tuple[str, str]]:
    by_phone = way.kind not in (*reaching.STAFF_WAYS, *reaching.WRITTEN)
    told = [("way", way.kind.replace("_", " ")), ("whose", way.whose or ""), ("hours", _hours(way))]
    if by_phone:
        told += [
            ("voicemail", _VOICEMAIL[way.voicemail].format(way.wording)),
            ("if it drops", _DROPPED[way.dropped_call]),
            ("caller id", _CALLER_ID.get(way.caller_id or "", "ask how the call may show")),
            ("texts", "yes" if way.text_allowed else "no"),
        ]
    return [*told, ("may answer", way.who_may_answer), ("heed", way.note), ("reach", way.value)]


@verb("contact", "confirm")
def confirm(ref: RefArg, given: ConfirmContact) -> None:
    """Keep that the student said contact is still safe; it is asked again after 30 days.

    Example: reintegrate contact confirm HX4T
    """
    ref = check_case_ref(ref)
    with session.writing("contact confirm") as store:
        store.cases.get(ref)
        found = store.contact.find(ref)
        if found is None:
            raise Missing("there is nothing to confirm yet", hint=f"reintegrate contact set {ref}")
        on = given.on or session.today()
        if on < found.set_on:
            raise Usage("--on lies before this way of contact was set", fields=["on"])
        made = store.contact.put(rules.confirmed(found, on))
        plan = _stands(store, made)
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
    ref = check_case_ref(ref)
    with session.writing("contact verify") as store:
        store.cases.get(ref)
        found = store.contact.find(ref)
        which = rules.matched(found, given.word) if found is not None else None
        if found is None or which is None:
            raise Refused(
                "that is none of the student's words",
                rule="D8",
                hint="say nothing that you would not say to a stranger",
            )
        store.touch(ref)
        means = found.unsafe_word_means if which == "unsafe_word" else _MEANS[which]
    if output.current.as_json:
        show(Verified(case=ref, matched=which, instruction=means), upto=Sensitivity.SECRET)
        return
    output.print_rows(means)


def section(store: "Store", ref: str) -> Section:
    """How the student wants to be reached: the hours, and no number."""
    kept = store.contact.find(ref)
    if kept is None:
        return Section({"contact": None, "contact_if_missed": None})
    pairs = [("contact", _summary(store, kept)), ("if a check-in is missed", kept.if_missed)]
    pairs += [("who may know", ", ".join(kept.may_know))]
    pairs += [(f"past the hours {one.on.isoformat()}", one.reason) for one in kept.overrides]
    return Section(
        {"contact": kept, "contact_if_missed": kept.if_missed or None},
        pairs=[(name, text) for name, text in pairs if text],
    )


def _summary(store: "Store", kept: SafeContact) -> str:
    parts = [kept.mode.replace("_", " ") + (f" ({kept.via})" if kept.via else "")]
    if not kept.is_silent:
        parts += [
            f"{one.kind.replace('_', ' ')} {reaching.told(one, school_hours())}"
            for one in reaching.find(kept, None)
        ]
        if kept.is_stale(session.today()):
            parts.append(f"not confirmed since {short_date(kept.safe_as_of)}")
    if kept.pause_until is not None and kept.pause_until > session.today():
        parts.append(f"no contact until {short_date(kept.pause_until)}")
    return "; ".join(parts)
