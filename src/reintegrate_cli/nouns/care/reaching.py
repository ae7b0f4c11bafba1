"""How a person on the care team is reached, under the rules by which the student is (D4, E9)."""

from datetime import datetime

from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Ref, Secret, Sensitivity, Value, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.care.record import FAMILY, CareMember
from reintegrate_cli.nouns.case.record import Override
from reintegrate_cli.nouns.contact import reaching
from reintegrate_cli.nouns.contact.forms import PlanContact
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
    allowed: Public[bool] = True
    name: Private[str] = ""
    purpose: Private[str] = ""
    may_know: Private[str] = ""
    contact: Secret[str] = ""


def plan_for(ref: str, id_: str, given: PlanContact) -> None:
    """Show how to reach a person on the care team; the history says who looked.

    Raises:
        Missing: there is no such person, or nobody said how to reach them.
        Refused: contact with them is closed (E9), or it is outside of the hours (D4).
    """
    if given.method:
        raise Usage(
            "--method is a way of the student's",
            fields=["method"],
            hint="leave it out: there is one way to reach a person on the care team",
        )
    reason = given.reason
    if given.override and not reason and output.can_ask():
        while not reason:
            reason = ask_why()
    with session.writing("contact plan") as store:
        store.cases.get(ref)
        member = store.care.get(ref, check_id(id_, ref))
        care.check_reached(member)
        if not member.contact:
            raise Missing(
                f"it is not on record how {member.id} is reached",
                hint=f"reintegrate care edit {ref} {member.id}",
            )
        contact = store.contact.find(ref)
        local = local_time(contact) if contact is not None else session.current.moment
        windows = _windows(member, contact)
        overridden = not _is_open(windows, local)
        store.touch(ref)
        store.touch(f"{ref}/{member.id}")
        if overridden:
            _check_override(member, bool(given.override), reason)
            over = Override(on=local.date(), at=f"{local:%H:%M}", by=store.by, reason=reason)
            member = store.care.put(replace(member, overrides=(*member.overrides, over)))
    if overridden:
        say("this is outside of the hours that are safe; why was kept")
    made = CarePlan(
        case=ref,
        id=member.id,
        role=member.role,
        agency=member.agency,
        window="; ".join(map(str, windows)) or None,
        hours_assumed=any(one.assumed for one in windows),
        name=member.name,
        purpose=member.purpose,
        may_know=member.may_know,
        contact=member.contact,
    )
    show(made, upto=Sensitivity.SECRET)


def _windows(member: CareMember, contact: SafeContact | None) -> list[reaching.Window]:
    """Give the hours in which a person is safely reached; a professional has none.

    They are those of the ways that the student said reach this person, and a school day's where
    the student said nothing of it.
    """
    if member.role not in FAMILY:
        return []
    said = [one for one in contact.methods if one.whose == member.id] if contact else []
    ways = said or [Method(kind="contact", value="")]
    return [reaching.window(one, school_hours()) for one in ways]


def _is_open(windows: list[reaching.Window], local: datetime) -> bool:
    day = WEEKDAYS[local.weekday()]
    return not windows or any(one.holds(day, local.hour * 60 + local.minute) for one in windows)


def _check_override(member: CareMember, override: bool, reason: str) -> None:
    if not override:
        raise Refused(
            f"it is outside of the hours in which {member.id} is safely reached",
            rule="D4",
            fields=["override", "reason"],
            hint="where it cannot wait, give --override and a reason with --from",
        )
    if not reason:
        raise Refused(
            "reaching out outside of the hours that are safe takes a reason",
            rule="D4",
            fields=["reason"],
            hint="give the key reason with --from; it is kept",
        )
