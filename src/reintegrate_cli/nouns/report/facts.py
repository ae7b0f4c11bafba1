"""What the clauses of the guidance are held against: the records of a district, on one day."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.checkin.record import Schedule
from reintegrate_cli.nouns.checkin.scheduled import is_over, status_of

Status = Literal["met", "not_met", "not_applicable"]
Scope = Literal["case", "district"]


class Verdict(NamedTuple):
    """Whether a clause is followed, and the records that show it, or that fall short of it."""

    met: bool
    evidence: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """Say it in the words of the report."""
        return "met" if self.met else "not_met"


class Facts:
    """The records of a district on one day.

    Args:
        world: the records.
        today: the day.
        looked_on: the day on which the report was last drawn up; ``None`` if it never was.
        retrieved_on: the day on which the guidance was last read at its source.
    """

    def __init__(
        self, world: World, today: date, *, looked_on: date | None, retrieved_on: date
    ) -> None:
        self.world = world
        self.today = today
        self.looked_on = looked_on
        self.retrieved_on = retrieved_on

    @property
    def cases(self) -> Sequence[Case]:
        """Every case, closed ones too."""
        return self.world.records("cases")

    def is_open(self, case: Case) -> bool:
        """Check whether a case is open today."""
        return status_of(self.world, case, self.today) != "closed"

    @property
    def schools(self) -> list[str]:
        """The schools of open cases, each once, as it is written first."""
        names = {case.school.casefold(): case.school for case in self.cases if self.is_open(case)}
        return sorted(names.values())

    def of(self, case: Case, table: str) -> Sequence[Any]:
        """Return the records of a case in a table."""
        return self.world.in_case(table, case.ref)

    def ago(self, days: int) -> date:
        """Return the day so many days before today."""
        return self.today - timedelta(days=days)

    def schedules(self, case: Case, with_: str) -> list[Schedule]:
        """Return the schedules of a case with somebody that run."""
        return [
            schedule
            for schedule in self.of(case, "schedules")
            if schedule.with_ == with_ and not is_over(self.world, schedule, self.today)
        ]

    def is_over(self, record: Any) -> bool:
        """Check whether a record ended by today."""
        return record.ended_on is not None and record.ended_on <= self.today

    def member(self, slug: str | None) -> Any:
        """Return a member of staff who is still there, or ``None``."""
        person = self.world.find("staff", slug) if slug else None
        return None if person is None or self.is_over(person) else person


def ids(records: Iterable[Any]) -> tuple[str, ...]:
    """Return how records are named: by their case, if they belong to one, and their id."""
    return tuple(
        f"{record.case}/{record.id}" if getattr(record, "case", None) else record.id
        for record in records
    )


def all_of(records: Sequence[Any], fine: Any) -> Verdict | None:
    """Judge records of a kind: every one of them is as it should be.

    Args:
        records: those that the clause is about; without any it does not apply.
        fine: checks one of them.

    Returns:
        With the ids of those that fall short, or of all of them.
    """
    if not records:
        return None
    short = [record for record in records if not fine(record)]
    return Verdict(not short, ids(short or records))
