"""What is agreed: ``schedule``, ``edit``, ``schedules``, ``pause``, ``resume``, ``end``."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Person, Who, check_case_ref, check_id, check_slug
from reintegrate_cli.core.world import World
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared, cleared_names, is_cleared
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.care import record as care
from reintegrate_cli.nouns.case import record as cases
from reintegrate_cli.nouns.case import rights
from reintegrate_cli.nouns.checkin import agreements, occurrences
from reintegrate_cli.nouns.checkin import record as checkins
from reintegrate_cli.nouns.checkin.booking import book
from reintegrate_cli.nouns.checkin.forms import (
    EditSchedule,
    EndSchedule,
    NewSchedule,
    PauseSchedule,
)
from reintegrate_cli.nouns.checkin.record import Pause, Schedule, Terms, With
from reintegrate_cli.nouns.checkin.rows import (
    SCHEDULE_COLUMNS,
    ScheduleRow,
    demand_reason,
    is_with_others,
    pick,
    schedule_row,
)
from reintegrate_cli.nouns.checkin.scheduled import line_of, status_of
from reintegrate_cli.nouns.checkin.telling import check_agreed
from reintegrate_cli.nouns.contact import knowing

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.wish.record import About

_MODE: "dict[str, About]" = {"mode": "contact"}
"""How the student is met is a matter of contact, too."""


@verb("checkin", "schedule", about="schedule", fields_about=_MODE, spares=is_with_others)
def schedule(ref: RefArg, given: NewSchedule) -> None:
    """Agree a cadence; for a student or caregiver it says who chose it (E1).

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
        raise Usage("missing: --who", fields=["who"], hint="the slug of whom it is with")
    terms = _terms(given)
    with session.writing("checkin schedule") as store:
        world = session.world(store, ref)
        if status_of(world, store.cases.get(ref), session.today()) == "closed":
            raise Usage(f"case {ref} is closed", hint=f"reintegrate case reopen {ref}")
        who = _who(store, ref, given.with_, given.who)
        agreements.check_chooser(given.with_, given.chosen_by, given.chosen_on)
        rights.check_chooser(store.identities.find(ref), given.chosen_by, session.today())
        made = _made(store, ref, given, who, terms)
        if given.starts_on is not None:
            _check_first(world, made)
        made = replace(made, outside=check_agreed(store, made, given))
        made = store.schedules.put(made)
        if made.cadence is None and given.starts_on is not None:
            book(store, made, given.starts_on)
        row = schedule_row(session.world(store, ref), made)
    show(row)


def _check_first(world: World, made: Schedule) -> None:
    """Refuse a first date on a closed day; what has passed is not booked any more (E2)."""
    first = occurrences.first_date(made.terms)
    if first >= session.today():
        occurrences.check_open(line_of(world, made), first)


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
            "it is not said which caregiver, nor that contact is appropriate",
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
        )
    return member.id


@verb(
    "checkin",
    "edit",
    edits=(Schedule,),
    about="schedule",
    fields_about=_MODE,
    spares=is_with_others,
)
def edit(ref: RefArg, id_: IdArg, given: EditSchedule) -> None:
    """Change what was agreed; without the student's word or a reason it is a proposal.

    Example: reintegrate checkin edit HX4T S1 --every 2w --chosen-by student
    """
    ref = check_case_ref(ref)
    window = agreements.window_of(given.window)
    with session.writing("checkin edit") as store:
        former = pick(store, ref, id_)
        rights.check_chooser(store.identities.find(ref), given.chosen_by, session.today())
        if given.who is not None:
            given.who = Who(_who(store, ref, former.with_, given.who) or "")
        if given.asked_by is not None:
            given.asked_by = Person(store.person(given.asked_by))
        if is_cleared(given, "who"):
            _who(store, ref, former.with_, None)
        made = agreements.amended(
            former,
            given,
            by=store.by,
            today=session.today(),
            window=window,
            cleared=_cleared(former, given),
        )
        if made.proposed is None:
            made = replace(made, agreed_after=_agreed_after(store, ref))
            if made.terms.began_on != former.terms.began_on:
                _check_first(session.world(store, ref), made)
            if _meets_otherwise(made, former):
                made = replace(made, outside=check_agreed(store, made, given))
        made = store.schedules.put(made)
        row = schedule_row(session.world(store, ref), made)
    if made.proposed is not None:
        say("this is a proposal; what the student chose holds until they say otherwise")
    show(row)


def _cleared(former: Schedule, given: EditSchedule) -> dict[str, Any]:
    """Give what is to be without a value, each with what stands for none."""
    empty = cleared(former, given)
    return {
        name: getattr(empty if hasattr(empty, name) else empty.terms, name)
        for name in cleared_names(given)
    }


def _meets_otherwise(made: Schedule, former: Schedule) -> bool:
    said = ("every", "day", "starts")
    return (made.mode, made.at, made.who, *(getattr(made.terms, name) for name in said)) != (
        former.mode,
        former.at,
        former.who,
        *(getattr(former.terms, name) for name in said),
    )


@verb("checkin", "schedules", is_list=True)
def schedules(filters: Filters) -> None:
    """List the schedules with their next dates.

    Example: reintegrate checkin schedules --case HX4T
    """
    with session.reading() as store:
        world = session.world(store, case_of(filters))
        rows = [schedule_row(world, one) for one in world.records("schedules")]
        rows = narrowed(rows, filters, store, statuses=("active", "paused", "resting", "ended"))
    show(rows, SCHEDULE_COLUMNS, empty="no schedule is agreed yet", kind=ScheduleRow)


def _change(
    ref: str, id_: str, command: str, change: "Callable[[Store, Schedule], Schedule]"
) -> None:
    ref = check_case_ref(ref)
    with session.writing(command) as store:
        changed = store.schedules.put(change(store, pick(store, ref, id_)))
        row = schedule_row(session.world(store, ref), changed)
    show(row)


def _asked_by(
    store: "Store", schedule: Schedule, given: PauseSchedule | EndSchedule, what: str
) -> str | None:
    """Say who asked for what changes; where staff did, what the student chose takes a reason."""
    asked_by = store.person(given.asked_by) if given.asked_by else None
    demand_reason(store, schedule, asked_by, given.reason, what, "E1")
    return asked_by


@verb("checkin", "pause", about="schedule", spares=is_with_others)
def pause(ref: RefArg, id_: IdArg, given: PauseSchedule) -> None:
    """Let a schedule rest; it resumes on --until.

    Example: reintegrate checkin pause HX4T S1 --until 2026-11-30 --asked-by student
    """
    on = given.on or session.today()
    if given.until is not None and given.until <= on:
        raise Usage("--until lies before the pause begins", fields=["until"])

    def paused(store: "Store", schedule: Schedule) -> Schedule:
        asked_by = _asked_by(store, schedule, given, "pause")
        rest = Pause(on=on, until=given.until, reason=given.reason or None, asked_by=asked_by)
        return replace(schedule, pauses=(*schedule.pauses, rest))

    _change(ref, id_, "checkin pause", paused)


@verb("checkin", "resume")
def resume(ref: RefArg, id_: IdArg) -> None:
    """Take a resting schedule up again today.

    Example: reintegrate checkin resume HX4T S1
    """
    _change(ref, id_, "checkin resume", lambda _, one: agreements.resumed(one, session.today()))


@verb("checkin", "end", about="schedule", spares=is_with_others)
def end(ref: RefArg, id_: IdArg, given: EndSchedule) -> None:
    """End a schedule; what happened stays in the record.

    Example: reintegrate checkin end HX4T S1 --asked-by student
    """
    on = given.on or session.today()

    def ended(store: "Store", schedule: Schedule) -> Schedule:
        asked_by = _asked_by(store, schedule, given, "end")
        return replace(schedule, ended_on=on, ended_by=asked_by, why_ended=given.reason)

    _change(ref, id_, "checkin end", ended)
