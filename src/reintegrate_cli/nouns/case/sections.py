"""What ``case show`` brings together: one section for each noun that has something to say.

A section is a function from the store and a ref to a ``Section``; a noun says its place in the
catalogue, in the order in which a person should read them: the student's words, then what is
agreed, then what happened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from reintegrate_cli.catalogue import IN_CASE, NOUNS, ONE_IN_CASE, Noun, Table, verbs_of
from reintegrate_cli.core.calendar import explain_day, how_often, short_date
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import (
    Private,
    Public,
    Ref,
    Sensitivity,
    Value,
    counted,
    fields_of,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.nouns.case.answering import contact_of
from reintegrate_cli.nouns.case.record import Case, Change, Housing, Identity
from reintegrate_cli.nouns.case.transferring import first_read
from reintegrate_cli.nouns.case.transfers import Transfer
from reintegrate_cli.nouns.checkin.record import Choice, Chooser, Mode, Pause, Proposal, With

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


@dataclass
class Section:
    """One part of a case, as JSON has it and as a person reads it.

    ``document`` is what it adds to the JSON object; ``pairs`` are names with values, and
    ``rows`` with ``columns`` a table under ``heading``. ``first`` puts it before the case's own
    row.
    """

    document: Mapping[str, Any]
    pairs: Sequence[tuple[str, str]] = ()
    heading: str = ""
    rows: Sequence[Any] = ()
    columns: Sequence[Column] = ()
    first: bool = False
    chart: Sequence[str] = field(default=())
    """Lines that are drawn as they are."""

    def draw(self) -> None:
        """Show the section to a person; one with nothing in it is left out."""
        if not (self.pairs or self.rows or self.chart):
            return
        if not self.first:
            output.print_rows("")
        if self.heading:
            output.print_rows(self.heading)
        output.pairs(self.pairs, widest=output.width() // 2 - 2)
        if self.rows:
            output.table(self.rows, self.columns)
        for text in self.chart:
            output.print_rows(text)


def narrative(record: Any) -> str:
    """Return all that a record says in words, each with the name of its field."""
    texts = [
        (spec.key.replace("_", " "), getattr(record, spec.name))
        for spec in fields_of(type(record))
        if spec.sensitivity is Sensitivity.PRIVATE
    ]
    return "; ".join(f"{name}: {text}" for name, text in texts if text and isinstance(text, str))


Make = Callable[["Store", str], Section]
_LAST = 1000


def sections(*, earlier: bool = False) -> Iterator[Make]:
    """Yield what makes each section, in the order in which a person should read them.

    Args:
        earlier: whether notes that a new school does not read by itself are shown, too.
    """
    placed: list[tuple[int, Make]] = [
        (30, words),
        (70, rights),
        (72, enrolled),
        (75, agreed),
        (_LAST, partial(notes, earlier=earlier)),
    ]
    placed += [(noun.reads, partial(_of_noun, noun)) for noun in NOUNS if noun.reads]
    yield from (make for _, make in sorted(placed, key=lambda each: each[0]))


def _of_noun(noun: Noun, store: "Store", ref: str) -> Section:
    """Make a noun's section; its module loads where the case has a record of it."""
    tables = [table for table in noun.tables if table.key in (IN_CASE, ONE_IN_CASE)]
    if noun.always or any(_tells_of(store, table, ref) for table in tables):
        make: Make = load(noun.reads_in or verbs_of(noun.name)).section
        return make(store, ref)
    # Of what there is one in a case, none is null; of the others, none is an empty list.
    return Section({table.name: None if table.key == ONE_IN_CASE else [] for table in tables})


def _tells_of(store: "Store", table: Table, ref: str) -> bool:
    """Check whether a table holds anything of a case, or anything that names it."""
    if store.keeps(table.name, ref):
        return True
    field = table.names_case
    return bool(field) and any(row[field] == ref for row in store.shelf.rows(table.name))


def words(store: "Store", ref: str) -> Section:
    """The student's own words about how they want to meet; those that hold stand in front."""
    today = session.today()
    schedules = store.schedules.all(case=ref)
    theirs = [schedule.students_choice for schedule in schedules]
    texts = [
        choice.words for choice in (*theirs, *schedules) if choice is not None and choice.words
    ]
    former = [schedule.words for schedule in schedules if schedule.is_past(today)]
    return Section(
        {"schedules": [schedule.id for schedule in schedules], "words": texts},
        pairs=[("in their words, once", text) for text in former if text],
    )


def facts(case: Case) -> Section:
    """What is known of the case itself, beyond what stands in front."""
    found = case.identified_on
    where = f", in {label(case.identified_in)}" if case.identified_in else ""
    return Section(
        {},
        heading="the case",
        pairs=[
            ("opened", explain_day(case.opened_on)),
            ("known since", explain_day(found) + where if found else ""),
            ("last move", explain_day(case.moved_on) if case.moved_on else ""),
            ("disability", {"idea": "IDEA"}.get(case.disability or "", case.disability or "")),
            *((_turned(change), change.note) for change in case.changes),
        ],
    )


def _turned(change: Change) -> str:
    """Return one turn of a case: which way, when, until when, and why."""
    until = f" until {short_date(change.until)}" if change.until else ""
    reason = f", {label(change.reason)}" if change.reason else ""
    back = f", taken back {short_date(change.taken_back_on)}" if change.taken_back_on else ""
    return f"{label(change.kind)} {explain_day(change.on)}{until}{reason}{back}"


class Agreed(Value, frozen=True, kw_only=True):
    """What was agreed about meeting, by whose choice, and what staff changed of it and why."""

    id: Ref[str]
    with_: Public[With]
    who: Ref[str | None]
    every: Public[str]
    day: Public[str | None]
    at: Public[str | None]
    mode: Public[Mode]
    chosen_by: Public[Chooser]
    chosen_on: Public[date]
    words: Private[str]
    reason: Private[str]
    asked_by: Ref[str | None]
    students_choice: Public[Choice | None]
    proposed: Public[Proposal | None]
    pauses: Public[tuple[Pause, ...]]
    ended_on: Public[date | None]
    ended_by: Ref[str | None]
    why_ended: Private[str]


class Moved(Value, frozen=True, kw_only=True):
    """A date that somebody moved, and why."""

    schedule: Ref[str]
    on: Public[date]
    to: Public[date | None]
    by: Ref[str]
    reason: Private[str]


def agreed(store: "Store", ref: str) -> Section:
    """What is agreed about meeting; where staff changed it, what the student chose, and why."""
    schedules = [
        Agreed(
            id=each.id,
            with_=each.with_,
            who=each.who,
            every=each.terms.every,
            day=each.terms.day,
            at=each.at,
            mode=each.mode,
            chosen_by=each.chosen_by,
            chosen_on=each.chosen_on,
            words=each.words,
            reason=each.reason,
            asked_by=each.asked_by,
            students_choice=each.students_choice,
            proposed=each.proposed,
            pauses=each.pauses,
            ended_on=each.ended_on,
            ended_by=each.ended_by,
            why_ended=each.why_ended,
        )
        for each in store.schedules.all(case=ref)
    ]
    pairs = [pair for each in schedules for pair in _why(each)]
    moves = [
        Moved(
            schedule=each.schedule, on=each.happened_on, to=each.to, by=each.by, reason=each.reason
        )
        for each in store.checkins.all(case=ref)
        if each.reason
    ]
    pairs += [
        (f"{each.schedule} moved {short_date(each.on)}", f"{each.reason} ({each.by})")
        for each in moves
    ]
    return Section({"agreed": schedules, "moves": moves}, pairs=pairs)


def _why(schedule: Agreed) -> Iterator[tuple[str, str]]:
    """Yield what the student chose where staff changed it, and every reason that was given."""
    choice = schedule.students_choice
    if choice is not None:
        parts = [how_often(choice.every, choice.day), choice.at, label(choice.mode)]
        yield (
            f"{schedule.id} as the {choice.chosen_by} chose it",
            ", ".join(part for part in parts if part) + f", {explain_day(choice.chosen_on)}",
        )
    reasons = [(f"{schedule.id} why it changed", schedule.reason, schedule.asked_by)]
    reasons += [
        (f"{schedule.id} paused {short_date(pause.on)}", pause.reason or "", pause.asked_by)
        for pause in schedule.pauses
    ]
    reasons += [(f"{schedule.id} why it ended", schedule.why_ended, schedule.ended_by)]
    for name, reason, by in reasons:
        if reason:
            yield name, f"{reason} ({by})" if by else reason


def rights(store: "Store", ref: str) -> Section:
    """How the transfer of rights at eighteen stands, once it is near; no date, and no days."""
    from reintegrate_cli.nouns.case import rights as rules

    view = rules.view(
        ref,
        store.identities.find(ref),
        store.schedules.all(case=ref),
        session.today(),
        counted=False,
    )
    words = {"near": "soon the student's", "transferred": "they are the student's"}
    told = f"; told on {explain_day(view.told_on)}" if view.told_on else ""
    return Section(
        {"rights": view},
        pairs=[("rights at 18", words[view.state] + told)] if view.state in words else (),
    )


class Enrollment(Value, frozen=True, kw_only=True):
    """Which school answers for a student, who does there, and what their housing entitles to."""

    school: Public[str]
    school_contact: Ref[str | None]
    housing: Private[Housing | None]
    foster: Private[bool | None]
    liaison: Private[str]
    acp: Private[bool | None]
    transfers: Public[tuple[Transfer, ...]]


_RIGHTS = {
    "mckinney_vento": "may enroll at once, and stay in the school of origin (McKinney-Vento)",
    "foster": "stays in the school of origin unless that is not best; else enrolls at once",
    "acp": "an address confidentiality program: no address is kept",
}


def enrolled(store: "Store", ref: str) -> Section:
    """Which school answers for a student, what they may claim there, and their transfers."""
    case = store.cases.get(ref)
    identity = store.identities.find(ref) or Identity(case=ref)
    transfers: tuple[Transfer, ...] = ()
    if store.keeps("transfers", ref):
        transfers = tuple(store.of(Transfer).all(case=ref))
    view = Enrollment(
        school=case.school,
        school_contact=contact_of(case) or None,
        housing=identity.housing,
        foster=identity.foster,
        liaison=identity.liaison,
        acp=identity.acp,
        transfers=transfers,
    )
    pairs = [
        ("school contact", "" if case.school_contact is None else case.school_contact),
        ("housing", _RIGHTS.get(view.housing or "", "")),
        ("foster care", _RIGHTS["foster"] if view.foster else ""),
        ("liaison", view.liaison),
        ("address", _RIGHTS["acp"] if view.acp else ""),
        *((f"{each.id} to {each.school} {short_date(each.on)}", each.note) for each in transfers),
    ]
    return Section({"enrollment": view}, pairs=[pair for pair in pairs if pair[1]])


def notes(store: "Store", ref: str, *, earlier: bool = False) -> Section:
    """Return the notes, with what happened to the case itself.

    What was written about a student before the school year of their last transfer is folded away
    at the new school, so that nobody there meets them through it; ``earlier`` opens it.
    """
    records = store.notes.all(case=ref)
    first = date.min if earlier else first_read(store, ref)
    shown = [note for note in records if note.on >= first]
    pairs = [(f"{note.id} {short_date(note.on)}", note.text) for note in shown]
    folded = len(records) - len(shown)
    if folded:
        told = f"{counted(folded, 'note')} from before: reintegrate case show {ref} --earlier"
        pairs.insert(0, ("earlier", told))
    document = {"changes": store.cases.get(ref).changes, "notes": shown, "earlier_notes": folded}
    return Section(document, pairs=pairs)
