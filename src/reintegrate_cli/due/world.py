"""The world of one vault: all that dates are worked out from, sorted once.

What is due, what a case's status is, and whether a schedule is asleep all ask it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.records import has_sound_days
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.nouns.case import record as case_rules
from reintegrate_cli.nouns.case.record import Case, Identity, Span, Status
from reintegrate_cli.nouns.checkin import occurrences as derive
from reintegrate_cli.nouns.checkin.occurrences import Ground, Line, Occurrence
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule

if TYPE_CHECKING:
    from typing import Required, TypedDict, Unpack

    from reintegrate_cli.catalogue import Sort
    from reintegrate_cli.core.rows import Kind
    from reintegrate_cli.nouns.care.record import CareMember
    from reintegrate_cli.nouns.contact.record import SafeContact
    from reintegrate_cli.nouns.staff.record import Staff
    from reintegrate_cli.nouns.task.record import Task

    class RowFields(TypedDict, total=False):
        """What a source says of a row beside its case; see ``Dated``."""

        label: Required[str]
        command: Required[str]
        due_on: Required[date]
        kind: Required[Kind]
        announced_on: date | None
        until: date | None
        sort: Sort | None
        asks: bool
        rests: tuple[Span, ...]
        nth: int
        with_: str | None
        who: str | None
        mode: str | None
        at: str | None
        window: int
        chosen_by: str | None
        origin: date | None
        first: bool


R = TypeVar("R")
FOR_GOOD: Final = date.max
"""The end of a rest that has none."""


@dataclass
class World:
    """All that the agenda is worked out from, as it is stored."""

    calendar: Calendar
    cases: Sequence[Case] = ()
    schedules: Sequence[Schedule] = ()
    events: Sequence[CheckIn] = ()
    care: "Sequence[CareMember]" = ()
    contact: "Sequence[SafeContact]" = ()
    staff: "Sequence[Staff]" = ()
    tasks: "Sequence[Task]" = ()
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """The records of every other noun that has dates, by the name of their table; a table that
    holds none may be missing."""
    on_hold: frozenset[str] = frozenset()
    """The cases that a legal hold names, and that stands."""
    _events: dict[str, list[CheckIn]] = field(default_factory=dict)
    _by_case: dict[str, Mapping[str, Sequence[Any]]] = field(default_factory=dict)
    overdue: dict[date, dict[str, int]] = field(default_factory=dict)
    """What is overdue in each case by day, kept by the agenda once it was worked out."""

    def __post_init__(self) -> None:
        """Sort the records by what they belong to, once."""
        self.by_ref = {case.ref: case for case in self.cases}
        self.people = {person.slug.casefold(): person for person in self.staff}
        self.contact_of = {contact.case: contact for contact in self.contact}
        self.care_of = {(member.case, member.id): member for member in self.care}
        self.identity_of = {one.case: one for one in self.of("identities", Identity)}
        grouped: dict[str, list[CheckIn]] = defaultdict(list)
        self.answers_of: dict[str, list[CheckIn]] = defaultdict(list)
        for event in self.events:
            grouped[f"{event.case}/{event.schedule}"].append(event)
            if event.still_safe is not None:
                self.answers_of[event.case].append(event)
        self._events = grouped
        self.schedules_of: dict[str, list[Schedule]] = defaultdict(list)
        for schedule in self.schedules:
            self.schedules_of[schedule.case].append(schedule)

    def events_of(self, schedule: Schedule) -> list[CheckIn]:
        """List what happened with a schedule."""
        return self._events.get(f"{schedule.case}/{schedule.id}", [])

    def status(self, case: Case, today: date) -> Status:
        """Work out how a case stands."""
        return case_rules.status(case, today=today, scheduled=bool(self.schedules_of[case.ref]))

    def records(self, table: str) -> Sequence[Any]:
        """Give the records of a table with dates.

        Beside how contact was agreed stand the answers to "still safe?" which were no.
        """
        if table == "contact":
            said = self.answers_of.values()
            return [*self.contact, *(one for each in said for one in each if not one.still_safe)]
        own: Sequence[Any] | None = self.__dict__.get(table)
        return self.more.get(table, ()) if own is None else own

    def of(self, table: str, kind: type[R]) -> Sequence[R]:
        """Give the records of another noun that has dates.

        Args:
            table: the name of their table.
            kind: their class.
        """
        return self.more.get(table, ())

    def in_case(self, table: str, kind: type[R], ref: str) -> Sequence[R]:
        """Give the records of a noun that belong to a case."""
        if table not in self._by_case:
            grouped: dict[str, list[Any]] = defaultdict(list)
            for one in self.records(table):
                grouped[one.case].append(one)
            self._by_case[table] = grouped
        return self._by_case[table].get(ref, ())

    def row(self, ref: str, id_: str, **more: "Unpack[RowFields]") -> Dated:
        """Make a row of the agenda for something in a case.

        Args:
            ref: the case.
            id_: the id of what it is about, inside the case.
            more: what else the row says.
        """
        case = self.by_ref[ref]
        return Dated(source=f"{ref}/{id_}", case=ref, owner=case.owner, school=case.school, **more)

    def rests(self, ref: str | None, sort: "Sort") -> tuple[Span, ...]:
        """List the days on which rows of a sort are silent in a case.

        A pause silences contact, closing silences contact and work; law stays, until the
        student died.
        """
        case = self.by_ref.get(ref or "")
        if case is None or not case.changes or sort == "district":
            return ()
        if sort == "law":
            return case_rules.closed(case, "died")
        closed = case_rules.closed(case)
        return closed if sort == "work" else (*closed, *case_rules.pauses(case))

    def after_rests(self, ref: str, day: date, *own: Span) -> date | None:
        """Give the first day from a day on on which contact in a case does not rest.

        Args:
            ref: the case.
            day: the day.
            own: what rests besides.

        Returns:
            ``None`` where no such day is known.
        """
        spans = sorted((*self.rests(ref, "contact"), *own), key=lambda one: one.start)
        for span in spans:
            if day in span:
                if span.end is None:
                    return None
                day = span.end
        return day

    def ground(self, schedule: Schedule) -> Ground:
        """Bring together what the schedule's dates depend on."""
        case = self.by_ref.get(schedule.case)
        rests = (*self.rests(schedule.case, "contact"), *self.own_rests(schedule))
        of = schedule.who if schedule.with_ == "staff" else case.owner if case else ""
        person = self.people.get((of or "").casefold())
        return Ground(self.calendar, rests, person.days if person else ())

    def own_rests(self, schedule: Schedule) -> tuple[Span, ...]:
        """List the days on which nobody is met by a schedule, whatever was agreed.

        The student wants no contact for a while (D2); or a caregiver chose for themselves, and
        from eighteen on the student does (C7).
        """
        if schedule.with_ == "student":
            contact = self.contact_of.get(schedule.case)
            if contact is not None:
                return contact.rests
        if schedule.with_ != "caregiver":
            return ()
        member = self.care_of.get((schedule.case, schedule.who or ""))
        rests = member.rests if member else ()
        day = self.rights_on(schedule.case) if schedule.chosen_by == "caregiver" else None
        if day is not None and schedule.chosen_on < day:
            return (*rests, Span(day, None))
        return rests

    def rights_on(self, ref: str) -> date | None:
        """Give the day on which rights pass to the student, if it is known (C7)."""
        from reintegrate_cli.nouns.case.rights import rights_on

        found = self.identity_of.get(ref)
        return rights_on(found.birth_date) if found else None

    def occurrences(self, schedule: Schedule, upto: date) -> list[Occurrence]:
        """Derive the dates of a schedule."""
        return derive.listed(self.line(schedule), upto)

    def line(self, schedule: Schedule) -> Line:
        """Lay what happened over the dates of a schedule.

        What lies beyond all bounds is left out; the agenda names it.
        """
        events = [one for one in self.events_of(schedule) if has_sound_days(one)]
        return Line(schedule, events, self.ground(schedule))

    def is_asleep(self, schedule: Schedule, today: date) -> bool:
        """Say whether nothing about a schedule is due at all: it is over, or its case closed."""
        case = self.by_ref.get(schedule.case)
        return case is None or self.is_over(schedule) or self.status(case, today) == "closed"

    def is_over(self, schedule: Schedule) -> bool:
        """Say whether a schedule has no dates, until somebody writes something else.

        It ended, or contact is not open: the student reaches out themselves (D2), or a
        caregiver was not recorded as appropriate (E9).
        """
        if schedule.ended_on is not None:
            return True
        if schedule.with_ == "student":
            contact = self.contact_of.get(schedule.case)
            return contact is not None and contact.is_silent
        if schedule.with_ == "caregiver":
            member = self.care_of.get((schedule.case, schedule.who or ""))
            return member is None or not member.may_be_contacted
        return False
