"""What is agreed: ``schedule``, ``edit``, ``schedules``, ``pause``, ``resume``, ``end``."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from reintegrate_cli.core.calendar import explain_date, short_date
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.hints import ASK, CHANGE, PAST, PROSE, QUIET, TODAY, VERBATIM, Option
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Clock,
    Every,
    Form,
    Person,
    Private,
    Public,
    Ref,
    Who,
    Word,
    check_case_ref,
    check_id,
    check_slug,
)
from reintegrate_cli.core.world import World
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared, cleared_names, is_cleared
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.shapes import Work, changes
from reintegrate_cli.line.verbs import Filters, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.case import record as cases
from reintegrate_cli.nouns.case import rights
from reintegrate_cli.nouns.checkin import agreements, occurrences
from reintegrate_cli.nouns.checkin import record as checkins
from reintegrate_cli.nouns.checkin.booking import book
from reintegrate_cli.nouns.checkin.record import Anchor, Chooser, Mode, Pause, Schedule, Terms, With
from reintegrate_cli.nouns.checkin.rows import (
    AGREED,
    SCHEDULE_COLUMNS,
    ScheduleRow,
    check_running,
    demand_reason,
    is_with_others,
    schedule_row,
)
from reintegrate_cli.nouns.checkin.scheduled import line_of, status_of
from reintegrate_cli.nouns.checkin.telling import check_agreed
from reintegrate_cli.nouns.contact import knowing

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.wish.record import About

_WHO = "who asked: student, caregiver or a staff slug"
_MODE: "dict[str, About]" = {"mode": "contact"}
"""How the student is met is a matter of contact, too."""


class NewSchedule(Form, kw_only=True):
    """What ``checkin schedule`` takes."""

    with_: Annotated[Public[With], "who is met"]
    who: Annotated[Ref[Who | None], "a staff or partner slug, or a care id"] = None
    every: Annotated[Public[Every | None], ASK, "how often: 3d 1w 2w 1m none"] = None
    day: Annotated[Public[Word | None], ASK, "which day: a weekday, 1 to 31, or last"] = None
    at: Annotated[Public[Clock | None], ASK, "the time of day, such as 12:15"] = None
    mode: Annotated[Public[Mode], "how they meet"]
    chosen_by: Annotated[Public[Chooser | None], ASK, "who chose this"] = None
    chosen_on: Annotated[Public[date | None], ASK, PAST, "the day they chose it"] = None
    starts_on: Annotated[Public[date | None], Option("--starts"), "the first date"] = None
    window: Annotated[
        Public[Word | None], "how far from its date it counts: 3d; half the interval if left out"
    ] = None
    purpose: Annotated[Public[Word | None], "what it is for, in one word"] = None
    anchor: Annotated[
        Public[Anchor | None], "count from the calendar (usual with --day) or the last contact"
    ] = None
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    words: Annotated[Private[str], PROSE, VERBATIM, "how they put it"] = ""


class EditSchedule(Form, kw_only=True):
    """What ``checkin edit`` takes: what is given replaces what was there."""

    asks_when_bare: ClassVar[bool] = True

    with_: Annotated[Public[With | None], QUIET, "who is met; it stays as it is"] = None
    who: Annotated[Ref[Who | None], "a staff or partner slug, or a care id"] = None
    every: Annotated[Public[Every | None], "how often: 3d 1w 2w 1m none"] = None
    day: Annotated[Public[Word | None], "a weekday, a day of the month, or last"] = None
    at: Annotated[Public[Clock | None], "the time of day"] = None
    mode: Annotated[Public[Mode | None], "how they meet"] = None
    chosen_by: Annotated[Public[Chooser | None], "who chose this"] = None
    chosen_on: Annotated[Public[date | None], PAST, "the day they chose it"] = None
    starts_on: Annotated[
        Public[date | None], Option("--starts"), "the first date under the new terms"
    ] = None
    window: Annotated[Public[Word | None], "how far from its date a contact counts: 3d"] = None
    purpose: Annotated[Public[Word | None], "what it is for, in one word"] = None
    anchor: Annotated[Public[Anchor | None], "count from the calendar or the last contact"] = None
    asked_by: Annotated[Ref[Person | None], CHANGE, "who asked for the change; you if left out"] = (
        None
    )
    student_agreed: Annotated[Public[bool | None], AGREED] = None
    words: Annotated[Private[str], PROSE, VERBATIM, "how they put it"] = ""
    reason: Annotated[Private[str], PROSE, CHANGE, "why staff change what the student chose"] = ""


class PauseSchedule(Form, kw_only=True):
    """What ``checkin pause`` takes."""

    on: Annotated[Public[date], TODAY, "the day it begins"]
    until: Annotated[Public[date | None], "the day on which it resumes"] = None
    asked_by: Annotated[Ref[Person | None], ASK, _WHO] = None
    reason: Annotated[Private[str], PROSE, QUIET, "why, if staff asked"] = ""


class EndSchedule(Form, kw_only=True):
    """What ``checkin end`` takes."""

    on: Annotated[Public[date], TODAY, "the day from which nothing is due"]
    asked_by: Annotated[Ref[Person | None], ASK, _WHO] = None
    reason: Annotated[Private[str], PROSE, QUIET, "why, if staff asked"] = ""


def _check_case(store: "Store", line: Mapping[str, Any]) -> None:
    """Require that the case is open; of a caregiver, that contact is recorded as appropriate.

    Raises:
        Usage: it is closed.
        Refused: it is not (E9).
    """
    ref, form = check_case_ref(line["ref"]), line.get("form", {})
    if status_of(session.world(store, ref), store.cases.get(ref), session.today()) == "closed":
        raise Usage(f"case {ref} is closed", hint=f"reintegrate case reopen {ref}")
    if form.get("with_") == "caregiver" and form.get("who"):
        _caregiver(store, ref, form["who"])


@verb(
    "checkin",
    "schedule",
    first=_check_case,
    about="schedule",
    fields_about=_MODE,
    spares=is_with_others,
)
def schedule(ref: RefArg, given: NewSchedule) -> None:
    """Agree on how often to meet, and say who chose it (E1).

    Example: reintegrate checkin schedule HX4T --with student --every 1w --day tue
    --mode in_person --chosen-by student --chosen-on today
    """
    ref = check_case_ref(ref)
    if given.every is None and given.with_ in ("student", "caregiver"):
        raise Usage(
            "missing: --every",
            fields=["every"],
            hint="there is no default: the student or the caregiver says how often",
        )
    if given.who is None and given.with_ in ("partner", "staff"):
        raise Usage("missing: --who", fields=["who"], hint="the slug of who it is with")
    terms = _terms(given)
    with session.writing() as store:
        world = session.world(store, ref)
        _check_case(store, {"ref": ref})
        who = _who(store, ref, given.with_, given.who)
        agreements.check_chooser(given.with_, given.chosen_by, given.chosen_on)
        rights.check_chooser(store.identities.find(ref), given.chosen_by, session.today())
        agreed = _made(store, ref, given, who, terms)
        if given.starts_on is not None:
            _check_first(world, agreed)
        agreed = replace(agreed, outside=check_agreed(store, agreed, given))
        agreed = store.schedules.put(agreed)
        if agreed.cadence is None and given.starts_on is not None:
            book(store, agreed, given.starts_on)
        row = schedule_row(session.world(store, ref), agreed)
    show(row)


def _row(work: Work, schedule: Schedule) -> ScheduleRow:
    return schedule_row(session.world(work.store, work.ref), schedule)


def _check_first(world: World, agreed: Schedule) -> None:
    """Refuse a first date on a closed day; a date that has passed is not booked (E2)."""
    first = occurrences.first_date(agreed.terms)
    if first >= session.today():
        occurrences.check_open(line_of(world, agreed), first, "starts_on", session.today())


def _agreed_after(store: "Store", ref: str) -> int:
    return len(cases.reopenings(store.cases.get(ref)))


def _terms(given: NewSchedule) -> Terms:
    today = session.today()
    later_every = later_on = None
    every: str | None = given.every
    if every is None and given.with_ == "partner":
        # E3: weekly for the first 30 days, then monthly.
        every, later_every = checkins.PARTNER_DEFAULT, checkins.PARTNER_LATER
        later_on = (given.starts_on or today) + timedelta(days=checkins.PARTNER_FIRST_DAYS)
    return agreements.make_terms(
        every=every or checkins.STAFF_DEFAULT,
        day=given.day,
        anchor=given.anchor,
        starts=given.starts_on,
        today=today,
        later_every=later_every,
        later_on=later_on,
        window=agreements.window_of(given.window),
    )


def _made(store: "Store", ref: str, given: NewSchedule, who: str | None, terms: Terms) -> Schedule:
    return Schedule(
        case=ref,
        id=store.schedules.next_id(ref),
        with_=given.with_,
        who=who,
        purpose=given.purpose,
        terms=terms,
        at=given.at,
        mode=given.mode,
        chosen_by=given.chosen_by or "staff",
        chosen_on=given.chosen_on or session.today(),
        words=given.words,
        agreed_after=_agreed_after(store, ref),
    )


def _who(store: "Store", ref: str, with_: With, who: str | None) -> str | None:
    if with_ == "caregiver":
        return _caregiver(store, ref, who)
    if who is None:
        return None
    slug = check_slug(who)
    known: str = store.partners.get(slug).slug if with_ == "partner" else store.staff.get(slug).slug
    knowing.warn(store, ref, known)
    for member in care.barred_at(store.care.all(case=ref), known):
        say(f"{member.id}, who is barred, works there: what is shared may reach them")
    return known


def _caregiver(store: "Store", ref: str, who: str | None) -> str:
    """Find the caregiver; contact with family stays closed until decided (E9)."""
    if who is None:
        raise Refused(
            "say which caregiver, and that contact is appropriate",
            rule="E9",
            hint=f"reintegrate care list --case {ref}, then --who K1",
            fields=["who"],
        )
    member = store.care.get(ref, check_id(who, ref))
    care.check_not_barred(member, "check-ins")
    if not member.may_be_contacted:
        raise Refused(
            f"contact with {member.id} is not recorded as appropriate",
            rule="E9",
            hint=f"reintegrate care family {ref} {member.id} --appropriate yes "
            "--decided-by student, once the student agrees",
            fields=["who"],
        )
    return member.id


@changes(
    "checkin",
    "edit",
    view=_row,
    edits=(Schedule,),
    about="schedule",
    fields_about=_MODE,
    spares=is_with_others,
)
def edit(work: Work, former: Schedule, given: EditSchedule) -> Schedule:
    """Change what was agreed; without the student's word or a reason it is a proposal.

    Example: reintegrate checkin edit HX4T S1 --every 2w --chosen-by student
    """
    store, ref = work.store, work.ref
    check_running(former)
    rights.check_chooser(store.identities.find(ref), given.chosen_by, work.today)
    if given.who is not None or is_cleared(given, "who"):
        given.who = Who(_who(store, ref, former.with_, given.who) or "")
    schedule = agreements.amended(
        former, _told(given), by=work.you, today=work.today, cleared=_cleared(former, given)
    )
    if schedule.proposed is not None:
        work.say("this is a proposal; what the student chose holds until they say otherwise")
        return schedule
    schedule = replace(schedule, agreed_after=_agreed_after(store, ref))
    if schedule.terms.began_on != former.terms.began_on:
        _check_first(session.world(store, ref), schedule)
    if _meets_otherwise(schedule, former):
        schedule = replace(schedule, outside=check_agreed(store, schedule, given))
    return schedule


def _told(given: EditSchedule) -> dict[str, Any]:
    """Return what a form says, with the window in days."""
    told = {name: getattr(given, name) for name in given.__struct_fields__}
    told["window"] = agreements.window_of(given.window)
    return {name: value for name, value in told.items() if value not in (None, "")}


def _cleared(former: Schedule, given: EditSchedule) -> dict[str, Any]:
    """Return what is to be without a value, each with what stands for none."""
    empty = cleared(former, given)
    return {
        name: getattr(empty if hasattr(empty, name) else empty.terms, name)
        for name in cleared_names(given)
    }


def _meets_otherwise(agreed: Schedule, former: Schedule) -> bool:
    names = ("every", "day", "starts")
    return (
        agreed.mode,
        agreed.at,
        agreed.who,
        *(getattr(agreed.terms, name) for name in names),
    ) != (former.mode, former.at, former.who, *(getattr(former.terms, name) for name in names))


@verb("checkin", "schedules", is_list=True, statuses=("active", "paused", "resting", "ended"))
def schedules(filters: Filters) -> None:
    """List the schedules with their next dates.

    Example: reintegrate checkin schedules --case HX4T
    """
    with session.reading() as store:
        world = session.world(store, case_of(filters))
        rows = [schedule_row(world, each) for each in world.records("schedules")]
        rows = narrowed(rows, filters, store)
    show(rows, SCHEDULE_COLUMNS, empty="no schedule is agreed yet", kind=ScheduleRow)


def _asked_by(
    work: Work, schedule: Schedule, given: PauseSchedule | EndSchedule, what: str
) -> str | None:
    """Return who asked for what changes; if staff did, what the student chose takes a reason."""
    check_running(schedule)
    demand_reason(work.store, schedule, given.asked_by, given.reason, what, "E1")
    return given.asked_by


@changes(
    "checkin",
    "pause",
    view=_row,
    about="schedule",
    spares=is_with_others,
    then=("checkin resume {ref} {id}",),
)
def pause(work: Work, schedule: Schedule, given: PauseSchedule) -> Schedule:
    """Pause a schedule from today or a later day on; it resumes on --until.

    Example: reintegrate checkin pause HX4T S1 --until 2026-11-30 --asked-by student
    """
    if given.until is not None and given.until <= given.on:
        raise Usage("--until must not be before the pause begins", fields=["until"])
    asked_by = _asked_by(work, schedule, given, "pause")
    rest = Pause(on=given.on, until=given.until, reason=given.reason or None, asked_by=asked_by)
    return replace(schedule, pauses=(*schedule.pauses, rest))


@changes("checkin", "resume", view=_row)
def resume(work: Work, schedule: Schedule) -> Schedule:
    """Resume a paused schedule today, or take back an end or a pause to come.

    Example: reintegrate checkin resume HX4T S1
    """
    check_running(schedule)
    if schedule.ended_on is not None:
        work.say(f"taken back before it came: the end on {short_date(schedule.ended_on)}")
        return replace(schedule, ended_on=None, ended_by=None, why_ended="")
    return agreements.resumed(schedule, work.today)


@changes("checkin", "end", view=_row, about="schedule", spares=is_with_others)
def end(work: Work, schedule: Schedule, given: EndSchedule) -> Schedule:
    """End a schedule today or on a later day; what happened stays in the record.

    Example: reintegrate checkin end HX4T S1 --asked-by student
    """
    asked_by = _asked_by(work, schedule, given, "end")
    if given.on > work.today:
        day = explain_date(given.on, work.today)
        work.say(f"until then nothing changes; from {day} on, nothing is due")
    return replace(schedule, ended_on=given.on, ended_by=asked_by, why_ended=given.reason)
