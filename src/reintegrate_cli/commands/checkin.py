"""``checkin``: what was chosen, what happened, what is due."""

import dataclasses
from datetime import date, timedelta
from typing import TYPE_CHECKING, get_args

from reintegrate_cli import agreements, calendar, checkins, occurrences, output, session
from reintegrate_cli.agenda import World
from reintegrate_cli.checkins import (
    CheckIn,
    Chooser,
    Mode,
    Outcome,
    Pause,
    Proposal,
    Schedule,
    With,
)
from reintegrate_cli.commands.verbs import Filters, IdArg, RefArg, narrowed, verb
from reintegrate_cli.errors import Missing, Refused, Usage
from reintegrate_cli.forms.case import Pausing
from reintegrate_cli.forms.checkin import EditSchedule, EndSchedule, Move, NewCheckIn, NewSchedule
from reintegrate_cli.occurrences import Ground, Occurrence
from reintegrate_cli.output import Column, say, show
from reintegrate_cli.records import (
    Public,
    RecordId,
    Ref,
    Word,
    check_case_ref,
    check_id,
    check_slug,
)

if TYPE_CHECKING:
    from reintegrate_cli.store import Store


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ScheduleRow:
    """A schedule as lists and writes show it."""

    id: Ref[str]
    case: Ref[str]
    with_: Public[With]
    who: Ref[str | None]
    every: Public[str]
    day: Public[str | None]
    at: Public[str | None]
    mode: Public[Mode]
    window: Public[int]
    chosen_by: Public[Chooser]
    chosen_on: Public[date]
    next_on: Public[date | None]
    status: Public[str]
    proposed: Public[Proposal | None] = None
    owner: Ref[str] = ""

    dated = "chosen_on"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CheckInRow:
    """What a check-in command wrote, with the next date that follows."""

    id: Ref[str]
    schedule: Ref[str]
    case: Ref[str]
    with_: Public[With]
    who: Ref[str | None]
    outcome: Public[Outcome]
    happened_on: Public[date]
    due_on: Public[date | None]
    to: Public[date | None]
    mode: Public[Mode | None]
    by: Ref[str]
    still_safe: Public[bool | None]
    next_on: Public[date | None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class OccurrenceRow:
    """One date of a schedule in ``checkin list``."""

    id: Ref[str]
    schedule: Ref[str]
    case: Ref[str]
    with_: Public[With]
    who: Ref[str | None]
    due_on: Public[date]
    outcome: Public[Outcome | None]
    happened_on: Public[date | None]
    owner: Ref[str] = ""

    dated = "due_on"

    @property
    def status(self) -> str:
        """The outcome, or ``open``."""
        return self.outcome or "open"


SCHEDULE_COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("with", lambda row: f"{row.with_} {row.who or ''}".strip(), True),
    Column("every", lambda row: f"{row.every} {row.day or ''}".strip()),
    Column("at", lambda row: row.at),
    Column("mode", lambda row: row.mode),
    Column("chosen by", lambda row: row.chosen_by),
    Column("next", lambda row: row.next_on or row.status),
)
COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("with", lambda row: f"{row.with_} {row.who or ''}".strip(), True),
    Column("due", lambda row: row.due_on),
    Column("outcome", lambda row: row.outcome or ""),
    Column("happened", lambda row: row.happened_on),
)


def _world(store: "Store") -> World:
    return store.world(session.current.district.calendar)


def _schedule_row(world: World, schedule: Schedule) -> ScheduleRow:
    today = session.today()
    asleep = world.is_asleep(schedule, today)
    found = [] if asleep else world.occurrences(schedule, today)
    case = world.by_ref.get(schedule.case)
    return ScheduleRow(
        id=schedule.id,
        case=schedule.case,
        with_=schedule.with_,
        who=schedule.who,
        every=schedule.terms.every,
        day=schedule.terms.day,
        at=schedule.at,
        mode=schedule.mode,
        window=schedule.terms.window_on(today),
        chosen_by=schedule.chosen_by,
        chosen_on=schedule.chosen_on,
        next_on=occurrences.next_on(schedule, found, world.ground(schedule)),
        proposed=schedule.proposed,
        status=_status(world, schedule, asleep),
        owner=case.owner if case else "",
    )


def _status(world: World, schedule: Schedule, asleep: bool) -> str:
    if schedule.ended_on:
        return "ended"
    if any(session.today() in span for span in occurrences.spans(schedule, world.ground(schedule))):
        return "paused"
    return "resting" if asleep else "active"


@verb("checkin", "schedule")
def schedule(ref: RefArg, given: NewSchedule) -> None:
    """Agree a cadence; for a student or caregiver it says who chose it (E1).

    Example: reintegrate checkin schedule HX4T --with student --every 1w --day tue
    --mode in_person --chosen-by student --chosen-on today
    """
    ref = check_case_ref(ref)
    if given.every is None and given.with_ in ("student", "caregiver"):
        raise Usage("missing: --every", fields=["every"],
                    hint="there is no default: the student or the caregiver says how often")  # fmt: skip
    window = agreements.window_of(given.window)
    with session.writing("checkin schedule") as store:
        world = _world(store)
        if world.status(store.cases.get(ref), session.today()) == "closed":
            raise Usage(f"case {ref} is closed", hint=f"reintegrate case reopen {ref}")
        who = _who(store, ref, given.with_, given.who)
        agreements.check_chooser(given.with_, given.chosen_by, given.chosen_on)
        made = _made(store, ref, given, who, window)
        ground = _world(store).ground(made)
        first = next(occurrences.nominal_dates(made.terms), made.terms.starts)
        if given.starts_on is not None and first >= session.today():
            occurrences.check_open(made, first, ground)
        made = store.schedules.put(made)
        if made.cadence is None and given.starts_on is not None:
            _book(store, made, given.starts_on)
        row = _schedule_row(_world(store), made)
    show(row)


def _made(
    store: "Store", ref: str, given: NewSchedule, who: str | None, window: int | None
) -> Schedule:
    today = session.today()
    later_every = later_on = None
    every: str | None = given.every
    if every is None and given.with_ == "partner":
        # E3: weekly for the first 30 days, then monthly.
        every, later_every = checkins.PARTNER_DEFAULT, checkins.PARTNER_LATER
        later_on = (given.starts_on or today) + timedelta(days=checkins.PARTNER_FIRST_DAYS)
    terms = agreements.make_terms(
        every=every or checkins.STAFF_DEFAULT,
        day=given.day,
        anchor=given.anchor,
        starts=given.starts_on,
        today=today,
        later_every=later_every,
        later_on=later_on,
        window=window,
    )
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
        chosen_on=given.chosen_on or today,
        words=given.words,
    )


def _who(store: "Store", ref: str, with_: With, who: str | None) -> str | None:
    if with_ == "caregiver":
        return _caregiver(store, ref, who)
    if who is None:
        if with_ in ("partner", "staff"):
            raise Usage("missing: --who", fields=["who"], hint="the slug of whom it is with")
        return None
    slug = check_slug(who)
    return store.partners.get(slug).slug if with_ == "partner" else store.staff.get(slug).slug


def _caregiver(store: "Store", ref: str, who: str | None) -> str:
    """Find the caregiver; contact with family stays closed until decided (E9)."""
    if who is None:
        raise Refused("it is not said which caregiver, nor that contact is appropriate", rule="E9",
                      hint=f"reintegrate care list --case {ref}, then --who K1", fields=["who"])  # fmt: skip
    member = store.care.get(ref, check_id(who, ref))
    if not member.may_be_contacted:
        raise Refused(f"contact with {member.id} is not recorded as appropriate", rule="E9",
                      hint=f"reintegrate care family {ref} {member.id} --appropriate yes "
                      "--decided-by student, once the student agrees")  # fmt: skip
    return member.id


@verb("checkin", "edit")
def edit(ref: RefArg, id_: IdArg, given: EditSchedule) -> None:
    """Change what was agreed; without the student's word or a reason it is a proposal.

    Example: reintegrate checkin edit HX4T S1 --every 2w --chosen-by student
    """
    ref = check_case_ref(ref)
    window = agreements.window_of(given.window)
    with session.writing("checkin edit") as store:
        former = _pick(store, ref, id_)
        made = agreements.amended(former, given, by=store.by, today=session.today(), window=window)
        if given.who is not None:
            made = dataclasses.replace(made, who=_who(store, ref, made.with_, given.who))
        first = next(occurrences.nominal_dates(made.terms), made.terms.starts)
        if made.terms.began_on != former.terms.began_on and first > session.today():
            occurrences.check_open(made, first, _world(store).ground(made))
        made = store.schedules.put(made)
        row = _schedule_row(_world(store), made)
    if made.proposed is not None:
        say("this is a proposal; what the student chose holds until they say otherwise")
    show(row)


@verb("checkin", "schedules", is_list=True)
def schedules(filters: Filters) -> None:
    """List the schedules with their next dates.

    Example: reintegrate checkin schedules --case HX4T
    """
    with session.reading() as store:
        world = _world(store)
        rows = [_schedule_row(world, one) for one in world.schedules]
        rows = narrowed(rows, filters, store, statuses=("active", "paused", "resting", "ended"))
    show(rows, SCHEDULE_COLUMNS, empty="no schedule is agreed yet", kind=ScheduleRow)


def _pick(store: "Store", ref: str, wanted: str | None) -> Schedule:
    store.cases.get(ref)
    if wanted is not None:
        picked = store.schedules.get(ref, check_id(wanted, ref))
        if picked.ended_on is not None:
            raise Usage(f"schedule {ref}/{picked.id} has ended")
        return picked
    found = [one for one in store.schedules.all(case=ref) if one.ended_on is None]
    if not found:
        raise Missing(f"case {ref} has no schedule", hint=f"reintegrate checkin schedule {ref}")
    if len(found) > 1:
        raise Usage("there are several schedules; say which with --schedule", fields=["schedule"],
                    hint="they are " + ", ".join(f"{one.id} ({one.with_})" for one in found))  # fmt: skip
    return found[0]


def _record(ref: str, given: NewCheckIn, outcome: Outcome, command: str) -> None:
    ref = check_case_ref(ref)
    today = session.today()
    if output.can_ask():
        given = _asked(ref, given, outcome)
    on = given.on or today
    if outcome in ("done", "attempted", "missed") and on > today:
        raise Usage("--on lies in the future", fields=["on"],
                    hint="it is the day on which something happened")  # fmt: skip
    chosen = _next_date(given.next, today)
    with session.writing(command) as store:
        schedule = _pick(store, ref, given.schedule)
        named = None
        if on > today:  # called off ahead of time: --on says which date
            named = occurrences.find_due(_world(store).occurrences(schedule, on), on).nominal
        event = CheckIn(
            case=ref,
            id=store.checkins.next_id(ref),
            schedule=schedule.id,
            outcome=outcome,
            happened_on=min(on, today),
            due_on=named,
            mode=given.mode or (schedule.mode if outcome == "done" else None),
            by=store.person(given.by) if given.by else store.by,
            still_safe=given.still_safe,
            note=given.note,
        )
        event = store.checkins.put(event)
        if chosen is not None:
            _book(store, schedule, chosen, after=event.happened_on)
        world = _world(store)
        found, ground = world.occurrences(schedule, today), world.ground(schedule)
        contact = store.contact.find(ref) if outcome == "missed" else None
    if contact is not None and contact.if_missed:
        say(f"the student's own wish when a check-in is missed: {contact.if_missed}")
    row = _event_row(event, schedule, occurrences.next_on(schedule, found, ground))
    _say_next(schedule, found, ground)
    show(row)


def _asked(ref: str, given: NewCheckIn, outcome: Outcome) -> NewCheckIn:
    """Ask at the terminal which schedule, whether contact is still safe, and when next."""
    today = session.today()
    with session.reading() as store:
        if given.schedule is None:
            given = dataclasses.replace(given, schedule=_ask_which(store, ref))
        schedule = _pick(store, ref, given.schedule)
        world = _world(store)
    theirs = schedule.with_ in ("student", "caregiver")
    if outcome == "done" and theirs and given.still_safe is None:
        safe = output.ask("is this way of contact still safe (yes, no; Enter leaves it out)")
        given = dataclasses.replace(given, still_safe=_yes(safe))
    if outcome not in checkins.SETTLING or given.next is not None:
        return given
    event = CheckIn(case=ref, id="E0", schedule=schedule.id, outcome=outcome,
                    happened_on=given.on or today)  # fmt: skip
    ground = world.ground(schedule)
    events = [*world.events_of(schedule), event]
    found = occurrences.occurrences(schedule, events, ground, upto=today)
    _say_next(schedule, found, ground, asking=True)
    while True:
        answer = output.ask("next date", default="auto")
        try:
            day = _next_date(answer, today)
            if day is not None:
                say(f"next: {calendar.explain_date(day, today)}")
                occurrences.check_open(schedule, day, ground)
        except (Usage, Refused) as problem:
            say(f"{problem.message}; {problem.hint}")
            continue
        return dataclasses.replace(given, next=Word(day.isoformat() if day else "auto"))


def _yes(answer: str) -> bool | None:
    folded = answer.strip().lower()
    return None if not folded else folded in ("y", "yes")


def _ask_which(store: "Store", ref: str) -> RecordId | None:
    store.cases.get(ref)
    found = [one for one in store.schedules.all(case=ref) if one.ended_on is None]
    if len(found) < 2:
        return None
    named = ", ".join(f"{one.id} {one.with_} {one.who or ''}".strip() for one in found)
    answer = output.ask(f"which schedule ({named})")
    return RecordId(answer) if answer else None


def _event_row(event: CheckIn, schedule: Schedule, next_on: date | None) -> CheckInRow:
    return CheckInRow(
        id=event.id,
        schedule=schedule.id,
        case=event.case,
        with_=schedule.with_,
        who=schedule.who,
        outcome=event.outcome,
        happened_on=event.happened_on,
        due_on=event.due_on,
        to=event.to,
        mode=event.mode,
        by=event.by,
        still_safe=event.still_safe,
        next_on=next_on,
    )


def _next_date(text: str | None, today: date) -> date | None:
    if text is None or text.lower() == "auto":
        return None
    return calendar.parse_date(text, today)


def _book(store: "Store", schedule: Schedule, day: date, *, after: date | None = None) -> None:
    """Keep a chosen next date, as moves of the dates it stands for.

    Args:
        after: the day of the contact that the date was agreed at.
    """
    world = _world(store)
    found = world.occurrences(schedule, day)
    _check_free(schedule, found, day, world.ground(schedule))
    if after is not None and day <= after:
        raise Usage("--next lies before the contact itself", fields=["next"])
    for nominal in occurrences.bookings(found, day):
        store.checkins.put(_moved(store, schedule, nominal, day, by=store.by))


def _check_free(schedule: Schedule, found: list[Occurrence], day: date, ground: Ground) -> None:
    """Demand that a day can still be promised: to come, not met already, and open."""
    if day < session.today():
        raise Usage("that date has passed", hint="what happened is recorded with --on")
    if any(one.settled and one.due_on == day == one.happened_on for one in found):
        raise Usage("that date is settled already", hint="choose a later one")
    occurrences.check_open(schedule, day, ground)


def _moved(
    store: "Store", schedule: Schedule, nominal: date | None, to: date, *, by: str, note: str = ""
) -> CheckIn:
    return CheckIn(
        case=schedule.case,
        id=store.checkins.next_id(schedule.case),
        schedule=schedule.id,
        outcome="moved",
        happened_on=session.today(),
        due_on=nominal,
        to=to,
        by=by,
        note=note,
    )


def _say_next(
    schedule: Schedule, found: list[Occurrence], ground: Ground, *, asking: bool = False
) -> None:
    first = occurrences.earliest_unsettled(found)
    if first is None:
        say("no next date is booked; ask when, then give it with --next")
        return
    meant = calendar.explain_date(first.due_on, session.today())
    if occurrences.is_closed(schedule, first.due_on, ground):
        nearest = ground.calendar.nearest_open(first.due_on, chosen_weekday=schedule.chosen_weekday)
        named = " or ".join(calendar.short_date(day) for day in nearest)
        say(f"next: {meant}, which is a closed day; ask which day suits: {named}")
        asked_by = schedule.chosen_by if schedule.is_theirs else "SLUG"
        if not asking:
            say(f"hint: reintegrate checkin move {schedule.case} --schedule {schedule.id} "
                f"--on {first.due_on} --to DATE --asked-by {asked_by}")  # fmt: skip
    else:
        say(f"next: {meant}")


@verb("checkin", "done")
def done(ref: RefArg, given: NewCheckIn) -> None:
    """Record a contact; the next date follows, or is booked with --next.

    Example: reintegrate checkin done HX4T --mode in_person
    """
    _record(ref, given, "done", "checkin done")


@verb("checkin", "attempt")
def attempt(ref: RefArg, given: NewCheckIn) -> None:
    """Record an attempt that reached nobody; the date stays due.

    Example: reintegrate checkin attempt HX4T --mode phone
    """
    _record(ref, given, "attempted", "checkin attempt")


@verb("checkin", "miss")
def miss(ref: RefArg, given: NewCheckIn) -> None:
    """Record that it did not happen; the student's own wish for that is shown (E6).

    Example: reintegrate checkin miss HX4T
    """
    _record(ref, given, "missed", "checkin miss")


@verb("checkin", "decline")
def decline(ref: RefArg, given: NewCheckIn) -> None:
    """Record that the student declined; it is not overdue.

    Example: reintegrate checkin decline HX4T
    """
    _record(ref, given, "declined", "checkin decline")


@verb("checkin", "cancel")
def cancel(ref: RefArg, given: NewCheckIn) -> None:
    """Record that an appointment was cancelled.

    Example: reintegrate checkin cancel HX4T --on fri
    """
    _record(ref, given, "cancelled", "checkin cancel")


@verb("checkin", "move")
def move(ref: RefArg, given: Move) -> None:
    """Give an appointment another date; the rhythm stays as it is.

    Example: reintegrate checkin move HX4T --on tue --to thu --asked-by student
    """
    ref = check_case_ref(ref)
    with session.writing("checkin move") as store:
        schedule = _pick(store, ref, given.schedule)
        asked_by = store.person(given.asked_by)
        world = _world(store)
        found = world.occurrences(schedule, max(given.on, session.today()))
        waiting = any(not one.settled for one in found)
        # Without a cadence and without a booking there is nothing to move: this books.
        nominal = None
        if schedule.cadence or waiting:
            nominal = occurrences.find_due(found, given.on).nominal
        _check_free(schedule, found, given.to, world.ground(schedule))
        event = _moved(store, schedule, nominal, given.to, by=asked_by, note=given.note)
        event = store.checkins.put(event)
        world = _world(store)
        found = world.occurrences(schedule, session.today())
        next_on = occurrences.next_on(schedule, found, world.ground(schedule))
    show(_event_row(event, schedule, next_on))


def _change(ref: str, id_: str, command: str, **fields: object) -> None:
    ref = check_case_ref(ref)
    with session.writing(command) as store:
        changed = dataclasses.replace(_pick(store, ref, id_), **fields)  # type: ignore[arg-type]
        store.schedules.put(changed)
        row = _schedule_row(_world(store), changed)
    show(row)


@verb("checkin", "pause")
def pause(ref: RefArg, id_: IdArg, given: Pausing) -> None:
    """Let a schedule rest; it resumes on --until.

    Example: reintegrate checkin pause HX4T S1 --until 2026-11-30
    """
    on = given.on or session.today()
    if given.until is not None and given.until <= on:
        raise Usage("--until lies before the pause begins", fields=["until"])
    with session.reading() as store:
        former = _pick(store, check_case_ref(ref), id_).pauses
    rest = Pause(on=on, until=given.until, reason=given.reason)
    _change(ref, id_, "checkin pause", pauses=(*former, rest))


@verb("checkin", "resume")
def resume(ref: RefArg, id_: IdArg) -> None:
    """Take a resting schedule up again today.

    Example: reintegrate checkin resume HX4T S1
    """
    today = session.today()
    with session.reading() as store:
        former = _pick(store, check_case_ref(ref), id_).pauses
    if not any(one.until is None or one.until > today for one in former):
        raise Usage("that schedule is not paused")
    ended = tuple(
        one if one.until is not None and one.until <= today
        else dataclasses.replace(one, until=max(today, one.on))
        for one in former
    )  # fmt: skip
    _change(ref, id_, "checkin resume", pauses=ended)


@verb("checkin", "end")
def end(ref: RefArg, id_: IdArg, given: EndSchedule) -> None:
    """End a schedule; what happened stays in the record.

    Example: reintegrate checkin end HX4T S1
    """
    _change(ref, id_, "checkin end", ended_on=given.on or session.today())


@verb("checkin", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the dates of every schedule and what became of them.

    Example: reintegrate checkin list --case HX4T --since som
    """
    today = session.today()
    upto = filters.until or today
    with session.reading() as store:
        world = _world(store)
        rows = [
            OccurrenceRow(
                id=f"{one.id}@{found.due_on.isoformat()}",
                schedule=one.id,
                case=one.case,
                with_=one.with_,
                who=one.who,
                due_on=found.due_on,
                outcome=found.outcome,
                happened_on=found.happened_on,
                owner=world.by_ref[one.case].owner,
            )
            for one in world.schedules
            for found in world.occurrences(one, upto)
        ]
        rows.sort(key=lambda row: (row.due_on, row.case, row.id))
        rows = narrowed(rows, filters, store, statuses=("open", *get_args(Outcome)))
    show(rows, COLUMNS, empty="no check-in is recorded yet", kind=OccurrenceRow)
