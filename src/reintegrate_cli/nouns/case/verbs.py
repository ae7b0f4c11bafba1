"""``case``: open, show, pause, close, reopen."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.hints import FLAG
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Sensitivity, check_case_ref, row_of, sealed
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.clearing import is_cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.shapes import Work, adds, changes, edited, said
from reintegrate_cli.line.verbs import Filters, RefArg, narrowed, verb
from reintegrate_cli.nouns.case import front, likeness, moving, rights, timeline, transferring
from reintegrate_cli.nouns.case import record as cases
from reintegrate_cli.nouns.case.forms import (
    CaseFields,
    Closing,
    EditCase,
    NewCase,
    NewNote,
    Pausing,
    ShowCase,
    ToldOfRights,
    Turning,
)
from reintegrate_cli.nouns.case.listing import case_rows
from reintegrate_cli.nouns.case.record import Case, Change, ChangeKind, Identity, Note
from reintegrate_cli.nouns.contact import knowing

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("ref", lambda row: row.ref),
    Column("status", lambda row: row.status),
    Column("school", lambda row: row.school),
    Column("gr", lambda row: row.grade),
    Column("setting", lambda row: label(row.setting), True),
    Column("next", lambda row: row.next_due_on),
    Column("overdue", lambda row: row.overdue or ""),
    Column("last met", lambda row: row.last_contact_on),
)


def _row(work: Work, case: Case) -> cases.CaseRow:
    return case_rows(session.world(work.store, case.ref), work.today)[0]


def _opened(work: Work, case: Case) -> cases.OpenedCase:
    identity = work.store.identities.get(case.ref)
    others = tuple(likeness.alike(work.store, identity))
    return row_of(cases.OpenedCase, _row(work, case), alike=others)


@adds(
    "case",
    view=_opened,
    warns=likeness.warnings,
    then=("contact set {ref}", "checkin schedule {ref}"),
)
def add(work: Work, given: NewCase) -> Case:
    """Open a case; the answer is its new ref. Identity is asked for, and sealed apart.

    Example: reintegrate case add --school Ridgeline --setting home --grade 10
    """
    ref = cases.new_ref(work.store.cases.has, work.store.cases.count())
    identity = work.store.identities.put(Identity(case=ref, **said(given, Identity)))
    case = Case(
        ref=ref,
        identified_known_on=work.today if given.identified_on else None,
        **{"opened_on": work.today, "owner": work.you, **said(given, Case)},
    )
    work.ref = work.store.cases.put(case).ref
    transferring.enroll(work, case, identity)
    _child_find(work, given)
    return case


def _child_find(work: Work, given: CaseFields) -> None:
    """Ask for a referral where a disability is suspected (G8)."""
    if given.disability == "suspected":
        work.say("a disability is suspected: ask whether a child-find referral is due (G8)")


@verb("case", "list", is_list=True, statuses=cases.STATUSES)
def list_(filters: Filters) -> None:
    """List the caseload: refs, next dates, what is overdue, last contact.

    Example: reintegrate case list --status active
    """
    with session.reading() as store:
        rows = case_rows(session.world(store), session.today())
        rows = narrowed(rows, filters, store, hides="closed")
    show(rows, COLUMNS, empty="no case is open", kind=cases.CaseRow)


@verb("case", "show")
def show_(ref: RefArg, how: ShowCase) -> None:
    """Show one case: how and when you meet, what is open, who helps, then all the rest.

    That it was read goes into the history.

    Example: reintegrate case show HX4T
    """
    from reintegrate_cli.nouns.case import sections as casefile

    ref = check_case_ref(ref)
    with session.writing() as store:
        case = store.cases.get(ref)
        store.touch(ref)
        world, today = session.world(store, ref), session.today()
        row = case_rows(world, today)[0]
        parts = [section(store, ref) for section in casefile.sections(earlier=how.earlier)]
        opening = [] if output.current.as_json else [*front.front(world, row, today)]
    if output.current.as_json:
        file: dict[str, Any] = {"case": row}
        for part in parts:
            file |= part.document
        show(file, upto=Sensitivity.PRIVATE)
        return
    # The student's own words come first, then what a person asks first.
    spoken = [part for part in parts if part.first and part.pairs]
    for part in spoken:
        part.draw()
    if spoken:
        output.print_rows("")
    output.pairs(opening)
    for part in (*(each for each in parts if not each.first), casefile.facts(case)):
        part.draw()


class TimelineFilters(Filters, kw_only=True):
    """What narrows a timeline: the filters of every list, and notes from before a transfer."""

    earlier: Annotated[
        Public[bool | None], FLAG, "show notes from before a transfer's school year, too"
    ] = None


TIMELINE = (
    Column("on", lambda row: row.on),
    Column("what", lambda row: f"{row.kind}: {row.what}", True),
    Column("id", lambda row: row.id),
    Column("by", lambda row: row.by),
    Column("words", lambda row: row.text, True),
)


@verb("case", "timeline", is_list=True, statuses=timeline.KINDS)
def timeline_(ref: RefArg, filters: TimelineFilters) -> None:
    """Show what happened in one case, in order; the history says that it was read.

    Example: reintegrate case timeline HX4T --since som
    """
    ref = check_case_ref(ref)
    with session.writing() as store:
        store.cases.get(ref)
        store.touch(ref)
        records = {
            name: store.table(name).decoded(documents)
            for name in timeline.TELLERS
            if (documents := store.shown(name, [ref]))
        }
        first = date.min if filters.earlier else transferring.first_read(store, ref)
        events = [
            each for each in timeline.events(records) if each.kind != "note" or each.on >= first
        ]
        events = narrowed(events, filters, store, owners=lambda row: (row.by,))
    if output.draws():
        from reintegrate_cli.line import drawing

        drawing.lanes(events, session.today())
    kinds = {type(rows[0]) for rows in records.values()}
    show(events, TIMELINE, upto=Sensitivity.PRIVATE, kind=Event, what="event", told_of=kinds)


REVEALED_SECONDS = 60


@verb("case", "reveal")
def reveal(ref: RefArg) -> None:
    """Show who the student is, for a minute, after the passphrase is asked for again.

    Example: reintegrate case reveal HX4T
    """
    from reintegrate_cli.line import terminal
    from reintegrate_cli.nouns.case import revealing

    ref = check_case_ref(ref)
    with session.reading() as store:
        store.cases.get(ref)
    terminal.demand()
    session.ask_again()
    with session.writing() as store:
        store.touch(ref)
        identity = store.identities.find(ref) or Identity(case=ref)
        others = [*revealing.secrets(store, ref)]

    def shown() -> None:
        show(identity, upto=Sensitivity.SECRET)
        output.pairs(others)

    terminal.for_a_while(REVEALED_SECONDS, shown)


@changes(
    "case",
    "edit",
    view=_row,
    edits=(Case, Identity),
    warns=likeness.warnings,
    fields_about={"school": "placement", "setting": "placement"},
)
def edit(work: Work, case: Case, given: EditCase) -> Case:
    """Change a case: what you give replaces what was there; the history keeps the former.

    Example: reintegrate case edit HX4T --setting home_supports
    """
    known_on = case.identified_known_on
    if is_cleared(given, "identified_on"):
        known_on = None
    elif given.identified_on not in (None, case.identified_on):
        known_on = work.today
    if given.setting is not None:
        session.current.heed(work.store)  # the student's wish comes first
        case = moving.moved(case, given.setting, today=work.today, on=given.moved_on)
        _came_back(work, case)
    changed = edited(case, given, identified_known_on=known_on)
    if given.school_contact is not None:
        changed = replace(changed, uncontacted_on=None)
    elif is_cleared(given, "school_contact"):
        changed = replace(changed, uncontacted_on=work.today)
    if changed.owner not in ("", case.owner):
        knowing.warn(work.store, case.ref, changed.owner)
    identity = work.store.identities.find(case.ref) or Identity(case=case.ref)
    known = edited(identity, given)
    if sealed(known) != sealed(identity):
        work.store.identities.put(known)
        transferring.enroll(work, changed, known)
    _child_find(work, given)
    if given.identified_on:
        _look_back(work, changed)
    return changed


def _came_back(work: Work, case: Case) -> None:
    """End the placements that no longer say where the student learns."""
    if work.store.keeps("placements", case.ref):
        from reintegrate_cli.nouns.placement import drafting

        drafting.returned(work, case)


def _look_back(work: Work, case: Case) -> None:
    """Offer earlier incidents for review, once the trafficking is known (clause 14)."""
    if work.store.shelf.is_used("incidents"):
        from reintegrate_cli.nouns.incident import verbs as incident

        incident.offer(incident.to_revisit(work.store, case), case.ref, say=work.say)


@adds("case", "note")
def note(work: Work, given: NewNote) -> Note:
    """Add a short factual note; a parent may read it.

    Example: reintegrate case note HX4T
    """
    if not work.store.notes.all(case=work.ref):
        of_age = rights.transferred(work.store.identities.find(work.ref), work.today)
        parent = "" if of_age else ", and a parent,"
        work.say(f"this is an education record: the student{parent} may read it")
    return work.new(Note, given)


@verb("case", "rights")
def rights_(ref: RefArg, given: ToldOfRights) -> None:
    """Show where the transfer of rights at 18 is, or record that the student was told (C7).

    Example: reintegrate case rights B9RW --told-on today
    """
    ref = check_case_ref(ref)
    with session.writing() as store:
        store.cases.get(ref)
        store.touch(ref)
        identity = store.identities.find(ref)
        if given.told_on is not None:
            identity = store.identities.put(rights.told(identity, given.told_on))
        schedules = store.schedules.all(case=ref)
        ending: tuple[str, ...] = ()
        if store.keeps("releases", ref):
            from reintegrate_cli.nouns.release.record import suspended_by

            day = rights.rights_day(identity)
            ending = suspended_by(store.table("releases").all(case=ref), session.today(), day)
        view = rights.view(ref, identity, schedules, session.today(), ending)
    show(view)


def _turned(
    work: Work, case: Case, kind: ChangeKind, given: "Turning | Pausing | Closing", **more: Any
) -> Case:
    change = Change(on=given.on, kind=kind, reason=given.reason, by=given.by or work.you, **more)
    from reintegrate_cli.nouns.checkin.scheduled import status_of

    world = session.world(work.store, case.ref)
    then = status_of(world, case, max(given.on, work.today))
    return cases.turn(case, change, then, work.today)


@changes("case", "pause", view=_row, about="schedule", then=("case resume {ref}",))
def pause(work: Work, case: Case, given: Pausing) -> Case:
    """Pause contact in a case from today or a later day on; work and clocks of law go on.

    Example: reintegrate case pause N2VF --until 2026-11-30 --reason student_wish
    """
    return _turned(work, case, "paused", given, until=given.until)


@changes("case", "resume", view=_row)
def resume(work: Work, case: Case, given: Turning) -> Case:
    """Resume a paused case, or take back a pause that has not begun.

    Example: reintegrate case resume N2VF
    """
    ahead = cases.planned(case, work.today)
    days = " and ".join(short_date(change.on) for change in ahead)
    if ahead and not cases.is_paused(case, work.today):
        work.say(f"taken back before it began: the pause from {days}")
        return _turned(work, case, "taken_back", given)
    if ahead:
        work.say(f"the pause from {days} is still to come; case resume once more takes it back")
    return _turned(work, case, "resumed", given)


@changes("case", "step-down", view=_row, about="schedule")
def step_down(work: Work, case: Case, given: Turning) -> Case:
    """Record that a case needs less than before.

    Example: reintegrate case step-down HX4T
    """
    return _turned(work, case, "stepped_down", given)


@changes("case", "reopen", view=_row)
def reopen(work: Work, case: Case, given: Turning) -> Case:
    """Open a closed case again, with all its history.

    Example: reintegrate case reopen HX4T
    """
    return _turned(work, case, "reopened", given)


def _died(_store: "Store", called: Mapping[str, Any]) -> bool:
    given: Closing = called["given"]
    return given.reason == "died"


@verb("case", "close", about="schedule", spares=_died)
def close(ref: RefArg, given: Closing) -> None:
    """Close a case with its reason; what is still open is named, and clocks of law go on.

    Example: reintegrate case close HX4T --reason goals_met
    """
    from reintegrate_cli.nouns.case import closing

    with session.writing() as store:
        case = store.cases.get(check_case_ref(ref))
        open_ = closing.still_open(store, case.ref)
        work = Work(store, case.ref)
        case = store.cases.put(_turned(work, case, "closed", given, note=given.note))
        row = _row(work, case)
    for line in closing.said(open_, given.reason):
        say(line)
    show(closing.closed(row, open_))
