"""``report fidelity``: each clause of the guidance, and the records that show it is followed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.catalogue import RECORDS, guidance
from reintegrate_cli.commands.report.papers import NOT_FOR_RELEASE, drawn_up
from reintegrate_cli.core.hints import Within
from reintegrate_cli.core.records import Form, Public, Ref, School, Slug, Value, Word, counted
from reintegrate_cli.core.world import World
from reintegrate_cli.kept import history, session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.verbs import Filters, narrowed, verb
from reintegrate_cli.nouns.report.clauses import CLAUSES, Clause, verdicts
from reintegrate_cli.nouns.report.facts import Facts, Status

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

STATUSES: tuple[Status, ...] = ("met", "not_met", "not_applicable")


class FidelityOptions(Form, kw_only=True):
    """What narrows the report."""

    case: Annotated[Ref[Word | None], "only this case"] = None
    owner: Annotated[Ref[Slug | None], "only what this person is responsible for"] = None
    school: Annotated[Public[School | None], "only cases of this school"] = None
    status: Annotated[Public[Word | None], "met, not_met or not_applicable"] = None
    clause: Annotated[Public[int | None], Within(1, len(CLAUSES)), "only this clause"] = None


class FidelityRow(Value, frozen=True, kw_only=True):
    """One clause, for a case or for the district; ids alone as evidence."""

    clause: Public[int]
    rule: Public[str]
    case: Ref[str | None]
    status: Public[Status]
    evidence: Ref[tuple[str, ...]]
    command: Public[str]
    """What is typed to put on record what is missing."""


class ClauseLine(Value, frozen=True, kw_only=True):
    """One clause as it is drawn: for how many cases it is shown, and what it asks."""

    clause: Public[int]
    rule: Public[str]
    shown: Public[str]
    asks: Public[str]


_LINES = (
    Column("clause", lambda row: row.clause),
    Column("rule", lambda row: row.rule),
    Column("shown", lambda row: row.shown),
    Column("what it asks", lambda row: row.asks, True),
)


class _Kept(Mapping[str, Sequence[Any]]):
    """The tables of a vault, each read when a clause asks for it."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._read: dict[str, Sequence[Any]] = {}

    def __getitem__(self, table: str) -> Sequence[Any]:
        if table not in RECORDS:
            raise KeyError(table)
        if table not in self._read:
            used = self._store.shelf.is_used(table)
            self._read[table] = self._store.table(table).all() if used else ()
        return self._read[table]

    def __iter__(self) -> Iterator[str]:
        return iter(RECORDS)

    def __len__(self) -> int:
        return len(RECORDS)


def _mended(row: FidelityRow) -> str:
    return row.command.removeprefix("reintegrate ") if row.status == "not_met" else ""


_COLUMNS = (
    Column("clause", lambda row: row.clause),
    Column("rule", lambda row: row.rule),
    Column("case", lambda row: row.case or "district"),
    Column("status", lambda row: row.status.replace("_", " ")),
    Column("evidence", lambda row: " ".join(row.evidence), True),
    Column("mend with", _mended),
)


@verb("report", "fidelity", is_list=True, statuses=STATUSES)
def fidelity(filters: FidelityOptions) -> None:
    """Show which records bear out each clause of the guidance, and where none does.

    It is about what is on record, and no judgment on a student or a colleague. On a terminal each
    clause has a line; --case, --clause or --status show what is behind it.

    Example: reintegrate report fidelity --status not-met
    """
    with drawn_up(None) as (store, _):
        rows = list(_rows(facts_of(store)))
        some = Filters(
            case=filters.case, owner=filters.owner, school=filters.school, status=filters.status
        )
        shown = narrowed(rows, some, store)
    if filters.clause is not None:
        shown = [row for row in shown if row.clause == filters.clause]
    output.say(NOT_FOR_RELEASE)
    if output.draws() and len(shown) == len(rows):
        _draw(rows)
    else:
        output.show(shown, _COLUMNS, empty="no case is open", what="clause", kind=FidelityRow)


def facts_of(store: "Store") -> Facts:
    """Return the records that the clauses are held against, as they are today."""
    return Facts(
        World(session.current.district.calendar, _Kept(store)),
        session.today(),
        looked_on=_looked_on(store),
        retrieved_on=date.fromisoformat(guidance.RETRIEVED_BY),
    )


def _looked_on(store: "Store") -> date | None:
    """Return the day on which this report was last drawn up."""
    entries = history.lately(store.shelf)
    last = next((entry for entry in entries if entry.command == "report fidelity"), None)
    return None if last is None else history.row(last, session.current.zone).on


def _rows(facts: Facts) -> Iterator[FidelityRow]:
    for clause, case, verdict in verdicts(facts):
        yield FidelityRow(
            clause=clause.number,
            rule=clause.rule,
            case=case,
            status="not_applicable" if verdict is None else verdict.status,
            evidence=() if verdict is None else verdict.evidence,
            command=f"reintegrate {clause.command}",
        )


def _draw(rows: Sequence[FidelityRow]) -> None:
    """Draw a line for each clause: for how many cases it is shown, and what it asks."""
    statuses = {clause.number: Counter[str]() for clause in CLAUSES}
    for row in rows:
        statuses[row.clause][row.status] += 1
    output.table([_line(clause, statuses[clause.number]) for clause in CLAUSES], _LINES)
    short = sum(many["not_met"] for many in statuses.values())
    output.say(f"{counted(short, 'line')} with nothing on record yet that shows it")
    output.say("reintegrate report fidelity --status not-met", whole=True)


def _line(clause: Clause, statuses: Counter[str]) -> ClauseLine:
    asked = statuses["met"] + statuses["not_met"]
    return ClauseLine(
        clause=clause.number,
        rule=clause.rule,
        shown=f"{statuses['met']} of {asked}" if asked else "-",
        asks=guidance.CLAUSES[clause.number],
    )
