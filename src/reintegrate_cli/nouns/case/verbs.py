"""``case``: open, show, pause, close, reopen."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Sensitivity, check_case_ref
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.clearing import cleared, is_cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, RefArg, narrowed, verb
from reintegrate_cli.nouns.case import record as cases
from reintegrate_cli.nouns.case import rights, timeline
from reintegrate_cli.nouns.case.forms import (
    Closing,
    EditCase,
    NewCase,
    NewNote,
    PausingCase,
    ToldOfRights,
    Turning,
)
from reintegrate_cli.nouns.case.record import Case, Change, ChangeKind, Identity, Note
from reintegrate_cli.nouns.contact import knowing

if TYPE_CHECKING:
    from datetime import date

    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("ref", lambda row: row.ref),
    Column("status", lambda row: row.status),
    Column("school", lambda row: row.school),
    Column("gr", lambda row: row.grade),
    Column("setting", lambda row: row.setting.replace("_", " "), True),
    Column("next", lambda row: row.next_due_on),
    Column("late", lambda row: row.overdue or ""),
    Column("last met", lambda row: row.last_contact_on),
)


def _row(store: "Store", case: Case) -> cases.CaseRow:
    from reintegrate_cli.nouns.case.listing import case_rows

    rows = case_rows(session.world(store, case.ref), session.today())
    return rows[0]


@verb("case", "add")
def add(given: NewCase) -> None:
    """Open a case; the answer is its new ref. Identity is asked for, and sealed apart.

    Example: reintegrate case add --school Ridgeline --setting home --grade 10
    """
    today = session.today()
    with session.writing("case add") as store:
        ref = cases.new_ref(store.cases.has, store.cases.count())
        owner = store.staff.get(given.owner).slug if given.owner else store.by
        case = Case(
            ref=ref,
            opened_on=given.opened_on or today,
            school=given.school,
            grade=given.grade,
            setting=given.setting,
            moved_on=given.moved_on,
            identified_on=given.identified_on,
            identified_in=given.identified_in,
            identified_known_on=today if given.identified_on else None,
            disability=given.disability,
            owner=owner,
        )
        case = store.cases.put(case)
        identity = Identity(
            case=ref,
            safe_name=given.safe_name,
            legal_name=given.legal_name,
            birth_date=given.birth_date,
            pronouns=given.pronouns,
            languages=given.languages,
        )
        store.identities.put(identity)
        row = _row(store, case)
    show(row)


@verb("case", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the caseload: refs, next dates, what is overdue, last contact.

    Example: reintegrate case list --status active
    """
    from reintegrate_cli.nouns.case.listing import case_rows

    with session.reading() as store:
        rows = case_rows(session.world(store), session.today())
        if filters.status is None:
            rows = [row for row in rows if row.status != "closed"]
        rows = narrowed(rows, filters, store, statuses=cases.STATUSES)
    show(rows, COLUMNS, empty="no case is open", kind=cases.CaseRow)


@verb("case", "show")
def show_(ref: RefArg) -> None:
    """Show one case with its notes; that it was read goes into the history.

    Example: reintegrate case show HX4T
    """
    from reintegrate_cli.nouns.case import sections as casefile

    ref = check_case_ref(ref)
    with session.writing("case show") as store:
        case = store.cases.get(ref)
        store.touch(ref)
        file = {"case": _row(store, case)}
        parts = [section(store, ref) for section in casefile.sections()]
    if output.current.as_json:
        for part in parts:
            file |= part.document
        show(file, upto=Sensitivity.PRIVATE)
        return
    # The student's own words come first.
    for part in (one for one in parts if one.first):
        part.draw()
    show(file["case"], upto=Sensitivity.PRIVATE)
    for part in (one for one in parts if not one.first):
        part.draw()


TIMELINE = (
    Column("on", lambda row: row.on),
    Column("what", lambda row: f"{row.kind}: {row.what}", True),
    Column("id", lambda row: row.id),
    Column("by", lambda row: row.by),
    Column("words", lambda row: row.text, True),
)


@verb("case", "timeline", is_list=True)
def timeline_(ref: RefArg, filters: Filters) -> None:
    """Tell what happened in one case, in order; that it was read goes into the history.

    Example: reintegrate case timeline HX4T --since som
    """
    ref = check_case_ref(ref)
    with session.writing("case timeline") as store:
        store.cases.get(ref)
        store.touch(ref)
        events = timeline.events(
            {
                name: store.table(name).decoded(documents)
                for name in timeline.TELLERS
                if (documents := list(store.documents(name, [ref])))
            }
        )
        events = narrowed(
            events, filters, store, statuses=timeline.KINDS, owners=lambda row: (row.by,)
        )
    if output.draws():
        from reintegrate_cli.line import drawing

        drawing.lanes(events, session.today())
    show(events, TIMELINE, upto=Sensitivity.PRIVATE, kind=Event, what="event")


REVEALED_SECONDS = 60


@verb("case", "reveal")
def reveal(ref: RefArg) -> None:
    """Show who the student is, for a minute, after the passphrase is asked for again.

    Example: reintegrate case reveal HX4T
    """
    from reintegrate_cli.line import terminal

    ref = check_case_ref(ref)
    with session.reading() as store:
        store.cases.get(ref)
    terminal.demand()
    session.ask_again()
    with session.writing("case reveal") as store:
        store.touch(ref)
        identity = store.identities.find(ref) or Identity(case=ref)
    terminal.for_a_while(REVEALED_SECONDS, lambda: show(identity, upto=Sensitivity.SECRET))


@verb(
    "case",
    "edit",
    edits=(Case, Identity),
    fields_about={"school": "placement", "setting": "placement"},
)
def edit(ref: RefArg, given: EditCase) -> None:
    """Change a case: what is given replaces what stands; the history keeps the former.

    Example: reintegrate case edit HX4T --setting home_supports
    """
    ref = check_case_ref(ref)
    with session.writing("case edit") as store:
        former = store.cases.get(ref)
        case = cleared(former, given)
        owner = store.staff.get(given.owner).slug if given.owner else case.owner
        if owner not in ("", former.owner):
            knowing.warn(store, ref, owner)
        case = store.cases.put(
            replace(
                case,
                school=given.school or case.school,
                setting=given.setting or case.setting,
                grade=given.grade or case.grade,
                identified_on=given.identified_on or case.identified_on,
                identified_in=given.identified_in or case.identified_in,
                identified_known_on=_known_on(case, given),
                moved_on=given.moved_on or case.moved_on,
                disability=given.disability or case.disability,
                owner=owner,
            )
        )
        _edit_identity(store, ref, given)
        row = _row(store, case)
        offer = _in_the_light_of(store, case) if given.identified_on else None
    show(row)
    if offer is not None:
        offer()


def _known_on(case: Case, given: EditCase) -> "date | None":
    """Give the day on which it was entered when the trafficking became known."""
    if is_cleared(given, "identified_on"):
        return None
    is_new = given.identified_on not in (None, case.identified_on)
    return session.today() if is_new else case.identified_known_on


def _in_the_light_of(store: "Store", case: Case) -> Callable[[], None] | None:
    """Give what offers earlier incidents for review, once the trafficking is known (clause 14)."""
    if not store.shelf.is_used("incidents"):
        return None
    from reintegrate_cli.nouns.incident import verbs as incident

    count = incident.to_revisit(store, case)
    return lambda: incident.offer(count, case.ref)


def _edit_identity(store: "Store", ref: str, given: EditCase) -> None:
    names = ("safe_name", "legal_name", "birth_date", "pronouns", "languages")
    changed = {name: getattr(given, name) for name in names if getattr(given, name)}
    if changed or any(is_cleared(given, name) for name in names):
        identity = cleared(store.identities.find(ref) or Identity(case=ref), given)
        store.identities.put(replace(identity, **changed))


@verb("case", "note")
def note(ref: RefArg, given: NewNote) -> None:
    """Add a short factual note; a parent may read it.

    Example: reintegrate case note HX4T
    """
    ref = check_case_ref(ref)
    with session.writing("case note") as store:
        store.cases.get(ref)
        first = not store.notes.all(case=ref)
        kept = Note(
            case=ref, id=store.notes.next_id(ref), on=given.on or session.today(), text=given.text
        )
        kept = store.notes.put(kept)
        of_age = first and rights.transferred(store.identities.find(ref), session.today())
    if first:
        parent = "" if of_age else ", and a parent,"
        say(f"this is an education record: the student{parent} may read it")
    show(kept)


@verb("case", "rights")
def rights_(ref: RefArg, given: ToldOfRights) -> None:
    """Tell how the transfer of rights at 18 stands, or keep that the student was told (C7).

    Example: reintegrate case rights B9RW --told-on today
    """
    ref = check_case_ref(ref)
    with session.writing("case rights") as store:
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


def _turn(ref: str, command: str, change: Change, by: str | None) -> None:
    with session.writing(command) as store:
        row = _turned(store, ref, change, by)
    show(row)


def _turned(store: "Store", ref: str, change: Change, by: str | None) -> cases.CaseRow:
    case = store.cases.get(check_case_ref(ref))
    change = replace(change, by=store.person(by) if by else store.by)
    case = store.cases.put(cases.turn(case, change, _row(store, case).status))
    return _row(store, case)


def _died(_store: "Store", called: Mapping[str, Any]) -> bool:
    given: Closing = called["given"]
    return given.reason == "died"


def _change(kind: ChangeKind, given: Turning) -> Change:
    return Change(on=given.on or session.today(), kind=kind, reason=given.reason)


@verb("case", "pause", about="schedule")
def pause(ref: RefArg, given: PausingCase) -> None:
    """Pause contact in a case until it resumes; work and clocks of law go on.

    Example: reintegrate case pause N2VF --until 2026-11-30 --reason student_wish
    """
    on = given.on or session.today()
    pausing = Change(on=on, kind="paused", until=given.until, reason=given.reason)
    _turn(ref, "case pause", pausing, given.by)


@verb("case", "resume")
def resume(ref: RefArg, given: Turning) -> None:
    """Take a paused case up again.

    Example: reintegrate case resume N2VF
    """
    _turn(ref, "case resume", _change("resumed", given), given.by)


@verb("case", "step-down", about="schedule")
def step_down(ref: RefArg, given: Turning) -> None:
    """Record that a case needs less than before.

    Example: reintegrate case step-down HX4T
    """
    _turn(ref, "case step-down", _change("stepped_down", given), given.by)


@verb("case", "close", about="schedule", spares=_died)
def close(ref: RefArg, given: Closing) -> None:
    """Close a case with its reason; what is still open is named, and clocks of law go on.

    Example: reintegrate case close HX4T --reason goals_met
    """
    from reintegrate_cli.nouns.case import closing

    on = given.on or session.today()
    change = Change(on=on, kind="closed", reason=given.reason, note=given.note)
    with session.writing("case close") as store:
        open_ = closing.still_open(store, store.cases.get(check_case_ref(ref)).ref)
        row = _turned(store, ref, change, given.by)
    for line in closing.said(open_, given.reason):
        say(line)
    show(closing.closed(row, open_))


@verb("case", "reopen")
def reopen(ref: RefArg, given: Turning) -> None:
    """Open a closed case again, with all its history.

    Example: reintegrate case reopen HX4T
    """
    _turn(ref, "case reopen", _change("reopened", given), given.by)
