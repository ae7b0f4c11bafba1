"""``placement``: where a student learns, who decided that and why, and the way back."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from reintegrate_cli.core.calendar import explain_day, short_date
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.records import Public, Sensitivity, check_id, row_of
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.line.verbs import IdArg, RefArg, verb
from reintegrate_cli.nouns.case import moving
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.placement import comparing, deciding, drafting, looking
from reintegrate_cli.nouns.placement import record as rules
from reintegrate_cli.nouns.placement.forms import (
    DecidePlacement,
    DisputePlacement,
    DraftPlacement,
    RecordPlacement,
    ReviewPlacement,
)
from reintegrate_cli.nouns.placement.record import STATUSES, Dispute, Look, Placement, PlacementRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("status", lambda row: label(row.status), True),
    Column("setting", lambda row: label(row.option), True),
    Column("starts", lambda row: row.starts_on),
    Column("review", lambda row: row.review_on),
    Column("way back", lambda row: label(row.way_back), True),
)

OptionalId = Annotated[
    str | None,
    Argument(metavar="[ID]", help="The placement; the latest one if left out.", finds="id"),
]


@adds("placement", "draft", row=looking.row, about="placement", then=("placement show {ref} {id}",))
def draft(work: Work, given: DraftPlacement) -> Placement:
    """Begin a decision with what the student wants; all else may come later, and nothing moves.

    A draft that is open goes on. Their words may be those of a live wish.

    Example: reintegrate placement draft V3NP --option home_supports
    """
    drafted = drafting.drafted(work, given)
    drafting.check_wish(drafted)
    if drafted.needs_facts:
        work.say(
            "fear or behavior alone is no reason to decide on: add another reason, a "
            "substantiated concern or an incident that was reviewed"
        )
    drafting.remark(work, drafted)
    return drafted


@verb("placement", "decide", about="placement", then=("placement show {ref} {id}",))
def decide(ref: RefArg, given: DecidePlacement) -> None:
    """Decide where a student learns; it begins with what the open draft holds.

    Any setting is a valid choice, compared like for like with the home school.

    Example: reintegrate placement decide V3NP --option home_supports --reason student_wish
    --review 2026-11-20
    """
    refusal = None
    with session.writing() as store:
        work = Work(store, ref)
        drafted = drafting.drafted(work, given)
        drafting.check_complete(drafted)
        placements = store.of(Placement)
        if drafted.needs_facts:
            # What was typed is kept, so that nobody types it again; nothing moves.
            refusal = deciding.only_fear(placements.put(drafted))
        else:
            deciding.check_decision(drafted)
            known = store.cases.get(ref).identified_on is not None
            by = given.by or work.you
            placement = deciding.decided(drafted, on=given.on, by=by, known=known)
            placement = placements.put(drafting.in_force(work, placement))
            drafting.remark(work, placement)
            row = looking.row(placement, work.today)
    if refusal is not None:
        raise refusal
    output.show(row)
    for message in work.messages:
        output.say(message)


def _recorded(_store: "Store", _called: object) -> bool:
    """Say that what already happened is not stopped by a wish (W1)."""
    return True


@adds("placement", "record", row=looking.row, about="placement", spares=_recorded)
def record(work: Work, given: RecordPlacement) -> Placement:
    """Enter a move that others made, as it was; one from before disclosure is thought over again.

    Example: reintegrate placement record F9CK --option alternative --on 2026-02-02
    --made-by school --known-at-time no
    """
    now = moving.as_of(work.store.cases.get(work.ref), work.today)
    came_from = given.came_from or (now.setting if now.setting != given.option else None)
    placement = work.new(
        Placement,
        given,
        came_from=came_from,
        drafted_on=work.today,
        recorded_on=work.today,
        starts_on=given.on,
        review_on=drafting.first_review(given.on, work.today)
        if given.review_on is None
        else given.review_on,
    )
    return drafting.in_force(work, placement)


@changes("placement", "review", row=looking.row, about="placement", spares=_recorded)
def review(work: Work, placement: Placement, given: ReviewPlacement) -> Placement:
    """Look at how a placement goes, in the student's view, and whether the way back was offered.

    Example: reintegrate placement review F9CK PL1 --way-back offered
    """
    look = Look(
        on=given.on,
        by=work.you,
        student_view=given.student_view,
        way_back=given.way_back,
        outcome=given.outcome,
    )
    over = given.way_back == "taken" or given.outcome == "ended"
    next_on = None if over else drafting.next_review(placement, given.on, given.next)
    seen = rules.reviewed(placement, look, next_on)
    if seen.ended_on is not None:
        drafting.go_back(work, placement, given)
    return seen


@verb("placement", "dispute", about="placement")
def dispute(ref: RefArg, given: DisputePlacement, id_: OptionalId = None) -> None:
    """Open a dispute, or settle it; meanwhile the student stays enrolled where they are.

    Without an ID it is about the latest placement, or about where the student learns now.

    Example: reintegrate placement dispute W6HB --liaison lee
    """
    with session.writing() as store:
        work = Work(store, ref)
        placement = drafting.disputable(work, id_)
        if given.settled is None:
            opened = Dispute(on=given.on, by=work.you, liaison=given.liaison, reason=given.reason)
            placement = rules.disputed(placement, opened)
            drafting.stay_enrolled(work, placement, given.on)
        else:
            placement = rules.settled(placement, given.on, given.settled)
            drafting.go_on(work, placement, given.on)
        row = looking.row(store.of(Placement).put(placement), work.today)
    output.show(row)
    for message in work.messages:
        output.say(message)


@lists("placement", COLUMNS, STATUSES)
def list_(work: Work, placements: list[Placement]) -> list[PlacementRow]:
    """List placements: drafted, decided, and moves that others made.

    Example: reintegrate placement list --status cooling_off
    """
    return [looking.row(placement, work.today) for placement in placements]


class Shown(Placement, frozen=True, kw_only=True):
    """A placement with what follows from it, and the settings side by side."""

    status: Public[rules.Status]
    way_back: Public[rules.WayBack | None]
    enrolled: Public[Literal["pending"] | None]
    looks_done: Public[int]
    compared: Public[tuple[comparing.Option, ...]]


@verb("placement", "show")
def show(ref: RefArg, id_: IdArg) -> None:
    """Show a placement: the student's words, what was decided, and the settings side by side.

    Example: reintegrate placement show V3NP PL1
    """
    with session.reading() as store:
        store.cases.get(ref)
        placement = store.of(Placement).get(ref, check_id(id_, ref))
        options = comparing.compared(store, placement)
        row = looking.row(placement, session.today())
    if output.current.as_json:
        shown = row_of(
            Shown,
            placement,
            status=row.status,
            way_back=row.way_back,
            enrolled=row.enrolled,
            looks_done=row.looks_done,
            compared=tuple(options),
        )
        output.show(shown, upto=Sensitivity.PRIVATE)
        return
    output.pairs([("in their words", placement.wish_words), *_told(placement, row)])
    lines = list(comparing.lines(options))
    if lines:
        output.print_rows("")
        output.table(lines, _side_by_side(options))


def _side_by_side(options: Sequence[comparing.Option]) -> tuple[Column, ...]:
    """Return a column for each setting; the one that is chosen is marked."""

    def cell(place: int) -> Callable[[comparing.Line], object]:
        return lambda line: line.cells[place]

    columns = [Column("", lambda line: line.about, True)]
    for place, option in enumerate(options):
        heading = label(option.option) + (" *" if option.chosen else "")
        columns.append(Column(heading, cell(place), True))
    return tuple(columns)


def _told(placement: Placement, row: PlacementRow) -> Iterator[tuple[str, str]]:
    """Yield what a person asks first of a placement."""
    option = label(placement.option)
    yield placement.id, "; ".join(filter(None, (label(row.status), option)))
    yield "reasons", labels(placement.reasons)
    for name, day in (
        ("decided", placement.decided_on),
        ("begins", placement.starts_on),
        ("can be taken back until", placement.cooling_off_on),
        ("looked at next", placement.review_on),
        ("ended", placement.ended_on),
    ):
        yield name, explain_day(day) if day else ""
    yield "moved by", placement.made_by or "" if placement.recorded_on else ""
    yield "enrolled", "yes, while the dispute is open" if row.enrolled else ""
    yield from _words(placement)


def _words(placement: Placement) -> Iterator[tuple[str, str]]:
    """Yield what was said and planned."""
    yield "caregiver's view", placement.caregiver_view
    yield "for staying", placement.argued_for_staying
    yield "seen otherwise", placement.dissent
    yield "facts", placement.facts
    yield "home school needs", placement.home_school_would_need
    yield "peers and adults", placement.peer_adult_plan
    yield "credit plan", placement.credit_plan
    yield "way back", placement.return_criteria
    for look in placement.looks:
        back = label(look.way_back)
        yield f"view {short_date(look.on)}", f"{look.student_view} (way back: {back})"
    for dispute in placement.disputes:
        yield f"dispute {short_date(dispute.on)}", dispute.reason


def section(store: "Store", ref: str) -> Section:
    """Return the placements of one case, the latest first."""
    placements = store.of(Placement).all(case=ref)[::-1]
    rows = [looking.row(placement, session.today()) for placement in placements]
    pairs = [
        (f"{each.id} {name}", text)
        for each in placements
        for name, text in (("in their words", each.wish_words), *_words(each))
        if text
    ]
    return Section(
        {"placements": placements},
        heading="placements",
        pairs=pairs,
        rows=rows,
        columns=COLUMNS[1:],
    )
