"""How a person on the care team is reached, under the rules by which the student is (D4, E9)."""

from datetime import datetime

from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Private,
    Public,
    Ref,
    Secret,
    Sensitivity,
    Value,
    check_id,
    row_of,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.care.record import FAMILY, CareMember
from reintegrate_cli.nouns.case.record import Override
from reintegrate_cli.nouns.contact import reaching
from reintegrate_cli.nouns.contact.hours import ask_why, local_time, school_hours
from reintegrate_cli.nouns.contact.record import Method, SafeContact
from reintegrate_cli.nouns.staff.record import WEEKDAYS


class CarePlan(Value, frozen=True, kw_only=True):
    """How one person is reached at a moment, and what they may know."""

    case: Ref[str]
    id: Ref[str]
    role: Public[str]
    agency: Ref[str | None]
    window: Public[str | None]
    hours_assumed: Public[bool]
    allowed: Public[bool]
    name: Private[str]
    purpose: Private[str]
    may_know: Private[str]
    contact: Secret[str]


def plan_for(ref: str, id_: str, method: str | None, reason: str, *, override: bool) -> None:
    """Show how to reach a person on the care team; the history says who looked.

    Args:
        ref: the case.
        id_: the person.
        method: a way to reach the student; a person on the team has none.
        reason: why somebody reaches out outside of the safe hours.
        override: whether they do.

    Raises:
        Missing: there is no such person, or it is not on record how to reach them.
        Refused: contact with them is closed (E9), or it is outside of the hours (D4).
        Usage: a way was named.
    """
    if method:
        raise Usage(
            "--method is for ways to reach the student",
            fields=["method"],
            hint="leave it out: there is one way to reach a person on the care team",
        )
    while override and not reason and output.can_ask():
        reason = ask_why()
    with session.writing() as store:
        store.cases.get(ref)
        member = _reached(store.care.get(ref, check_id(id_, ref)))
        contact = store.contact.find(ref)
        local = local_time(contact) if contact is not None else session.current.moment
        windows = _windows(member, contact)
        store.touch(ref)
        store.touch(f"{ref}/{member.id}")
        if not _is_open(windows, local):
            _check_override(member, override, reason)
            use = Override(on=local.date(), at=f"{local:%H:%M}", by=store.by, reason=reason)
            store.care.put(replace(member, overrides=(*member.overrides, use)))
            session.went_past("--override")
            output.say("this is outside of the safe hours; your reason was saved")
    plan = row_of(
        CarePlan,
        member,
        window="; ".join(map(str, windows)) or None,
        hours_assumed=any(window.assumed for window in windows),
        allowed=True,
    )
    output.show(plan, upto=Sensitivity.SECRET)


def _reached(member: CareMember) -> CareMember:
    care.check_reached(member)
    if not member.contact:
        raise Missing(
            f"it is not on record how to reach {member.id}",
            hint=f"reintegrate care edit {member.case} {member.id}",
        )
    return member


def _windows(member: CareMember, contact: SafeContact | None) -> list[reaching.Window]:
    """Return the hours in which a person is safely reached; a professional has none.

    They are those of the ways that the student said reach this person, or a school day's if the
    student said nothing of it.
    """
    if member.role not in FAMILY:
        return []
    listed = contact.methods if contact else ()
    ways = [way for way in listed if way.whose == member.id] or [Method(kind="contact", value="")]
    return [reaching.window(way, school_hours()) for way in ways]


def _is_open(windows: list[reaching.Window], local: datetime) -> bool:
    day, minute = WEEKDAYS[local.weekday()], local.hour * 60 + local.minute
    return not windows or any(window.holds(day, minute) for window in windows)


def _check_override(member: CareMember, override: bool, reason: str) -> None:
    if not override:
        raise Refused(
            f"it is outside of the hours in which {member.id} is safely reached",
            rule="D4",
            fields=["override", "reason"],
            hint="if it cannot wait, give --override and a reason with --from",
        )
    if not reason:
        raise Refused(
            "give a reason to reach out outside of the safe hours",
            rule="D4",
            fields=["reason"],
            hint="give the key reason with --from; it is saved",
        )
