"""``report consistency``: what the cases of each school get and miss, side by side (clause 42).

A practice is a row of one table below, with the clause that asks for it. It says of a case whether
it applies, and whether the student gets it. No name of staff stands beside a miss: a school that
misses something is short of something.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from reintegrate_cli.catalogue.guidance import CLAUSES
from reintegrate_cli.commands.report.fidelity import facts_of
from reintegrate_cli.commands.report.papers import NOT_FOR_RELEASE, drawn_up
from reintegrate_cli.core.records import Form, Public, Ref, School, Value, counted
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.core.world import World
from reintegrate_cli.kept import session
from reintegrate_cli.kept.sheets import Sheet
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.verbs import Filters, narrowed, verb
from reintegrate_cli.nouns.case.listing import case_rows
from reintegrate_cli.nouns.case.record import STATUSES, Case, CaseRow
from reintegrate_cli.nouns.checkin import monitoring, occurrences
from reintegrate_cli.nouns.checkin.record import Schedule
from reintegrate_cli.nouns.checkin.scheduled import line_of
from reintegrate_cli.nouns.report import districts, plans
from reintegrate_cli.nouns.report.facts import Facts, Verdict

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class ConsistencyOptions(Form, kw_only=True):
    """What ``report consistency`` takes."""

    school: Annotated[Public[School | None], "only cases of this school"] = None
    xlsx: Annotated[Public[FilePath | None], "write it as a workbook, too"] = None


class ConsistencyRow(Value, frozen=True, kw_only=True):
    """One practice at one school: of how many cases, how many get it, and which miss it."""

    practice: Public[str]
    asks: Public[str]
    clause: Public[int]
    school: Public[str]
    cases: Public[int]
    """Those that it applies to."""
    get: Public[int]
    miss: Ref[tuple[str, ...]]


class Looked(NamedTuple):
    """One open case, with what a practice looks at."""

    facts: Facts
    case: Case
    row: CaseRow
    conferred: str | None
    more: dict[str, set[str]]
    """By table without dates, the cases that have something in it."""

    @property
    def world(self) -> World:
        """The records of the district."""
        return self.facts.world

    def kept(self, table: str) -> list[Any]:
        """Return what is kept of the case in a table with dates."""
        return [*self.world.in_case(table, self.case.ref)]

    @property
    def contact(self) -> Any:
        """How the student wants to be reached."""
        return self.world.find("contact", self.case.ref)

    @property
    def rests(self) -> bool:
        """Return whether nobody is to reach out to the student now."""
        return self.row.status == "paused" or (self.contact is not None and self.contact.is_silent)

    def schedules(self, with_: str) -> list[Schedule]:
        """Return the schedules that run with somebody."""
        return self.facts.schedules(self.case, with_)

    def follows(self, query: Callable[[Facts, Case], Verdict | None]) -> "Answer":
        """Return what ``report fidelity`` says of a clause for the case."""
        verdict = query(self.facts, self.case)
        return None if verdict is None else verdict.met


Answer = bool | None
"""Whether the student gets it; ``None`` if it does not apply to the case."""


def _chosen(one: Looked) -> Answer:
    return None if one.rests else any(each.is_theirs for each in one.schedules("student"))


def _booked(one: Looked) -> Answer:
    lines = [line_of(one.world, each) for each in one.schedules("student")]
    return None if one.rests else any(occurrences.next_on(line) is not None for line in lines)


def _reached(one: Looked) -> Answer:
    return one.contact is not None and not one.contact.is_stale(one.facts.today)


def _conferred(one: Looked) -> Answer:
    return None if one.conferred is None else one.conferred == "recent"


def _asked(one: Looked) -> Answer:
    return None if one.row.status == "paused" else one.follows(plans.followed_up)


def _needs(one: Looked) -> Answer:
    needs = [each for each in one.kept("needs") if each.ended_on is None]
    late = (each.due_on is not None and each.due_on < one.facts.today for each in needs)
    return all(each.through for each in needs) and not any(late) if needs else None


def _has_officer(one: Looked) -> Answer:
    return districts.has_officer(one.facts, one.case.school)


class Practice(NamedTuple):
    """Something that each student should get, and the clause of the guidance that asks for it."""

    name: str
    asks: str
    clause: int
    of: Callable[[Looked], Answer]


PRACTICES = (
    Practice("chosen", "check-ins they chose", 31, _chosen),
    Practice("booked", "next check-in booked", 31, _booked),
    Practice("reached", "safe ways, confirmed", 30, _reached),
    Practice("wish", "a wish heard", 22, lambda one: bool(one.kept("wishes"))),
    Practice("goal", "a goal of their own", 23, lambda one: one.case.ref in one.more["goals"]),
    Practice("safety", "a safety plan", 23, lambda one: bool(one.kept("safety"))),
    Practice(
        "connection", "people at school", 12, lambda one: one.case.ref in one.more["connections"]
    ),
    Practice("needs", "needs delivered", 2, _needs),
    Practice("care", "no referral waiting", 26, lambda one: one.follows(plans.cared_for)),
    Practice("partner", "partners asked", 27, _asked),
    Practice("conferral", "staff conferred", 32, _conferred),
    Practice("officer", "attendance officer", 45, _has_officer),
    Practice("on_time", "nothing overdue", 42, lambda one: one.row.overdue == 0),
)
"""What is compared; a practice that does not apply to a case counts neither way."""

_COLUMNS = (
    Column("what students get", lambda row: row.asks),
    Column("school", lambda row: row.school, True),
    Column("get", lambda row: f"{row.get} of {row.cases}"),
    Column("missed in", lambda row: " ".join(row.miss), True),
)


@verb("report", "consistency", is_list=True)
def consistency(filters: ConsistencyOptions) -> None:
    """Compare what the cases of each school get and miss: a working paper.

    Each practice is one that the guidance asks for; a case to which it does not apply, such as a
    paused one, counts neither way. That it was drawn up goes into the history.

    Example: reintegrate report consistency --school Ridgeline
    """
    with drawn_up(filters.xlsx) as (store, write):
        rows = [*_rows(_looked(store, filters))]
        for ref in sorted({ref for row in rows for ref in row.miss}):
            store.touch(ref)
        if filters.xlsx is not None:
            write([_sheet(rows)])
    output.say(NOT_FOR_RELEASE)
    output.show(
        rows,
        _COLUMNS,
        empty="no case is open",
        what="case",
        kind=ConsistencyRow,
        more={"paper": NOT_FOR_RELEASE},
        told_of=(Case,),
    )
    differ = uneven(rows)
    if differ:
        output.say(f"schools differ most on: {'; '.join(differ)}")


def _looked(store: "Store", filters: ConsistencyOptions) -> list[Looked]:
    """Return the open cases, with what the practices look at."""
    facts = facts_of(store)
    world, today = facts.world, facts.today
    wanted = narrowed(
        case_rows(world, today), Filters(school=filters.school), store, statuses=STATUSES
    )
    conferred = {row.case: row.status for row in monitoring.conferrals(world, today)}
    more = {
        table: {record.case for record in store.table(table).all() if not record.is_past(today)}
        for table in ("goals", "connections")
    }
    return [
        Looked(facts, world.find("cases", row.ref), row, conferred.get(row.ref), more)
        for row in wanted
        if row.status != "closed"
    ]


def _rows(cases: Sequence[Looked]) -> Iterator[ConsistencyRow]:
    """Yield each practice, school by school."""
    schools: dict[str, list[Looked]] = {}
    for one in sorted(cases, key=lambda one: (one.case.school.casefold(), one.case.ref)):
        schools.setdefault(one.case.school.casefold(), []).append(one)
    for practice in PRACTICES:
        for there in schools.values():
            answers = [(one.case.ref, practice.of(one)) for one in there]
            applies = [(ref, got) for ref, got in answers if got is not None]
            if applies:
                yield ConsistencyRow(
                    practice=practice.name,
                    asks=practice.asks,
                    clause=practice.clause,
                    school=there[0].case.school,
                    cases=len(applies),
                    get=sum(got for _, got in applies),
                    miss=tuple(ref for ref, got in applies if not got),
                )


def uneven(rows: Sequence[ConsistencyRow], most: int = 3) -> list[str]:
    """Return the practices that all cases of one school get, and fewest of another."""
    gaps = []
    for practice in PRACTICES:
        shares = [row.get / row.cases for row in rows if row.practice == practice.name]
        if len(shares) > 1 and max(shares) - min(shares) >= 0.5:
            gaps.append((max(shares) - min(shares), practice.asks))
    return [asks for _, asks in sorted(gaps, key=lambda gap: -gap[0])[:most]]


def _sheet(rows: Sequence[ConsistencyRow]) -> Sheet:
    about = f"as of {session.today().isoformat()}; {counted(len(PRACTICES), 'practice')}"
    return Sheet(
        "Consistency",
        about,
        ["clause", "what students get", "asked", "school", "cases", "get", "missed in"],
        [
            [
                row.clause,
                row.asks,
                CLAUSES[row.clause],
                row.school,
                row.cases,
                row.get,
                " ".join(row.miss),
            ]
            for row in rows
        ],
    )
