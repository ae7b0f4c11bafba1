"""Mandated reports: what was seen, who was told and when, and by when the rest is due (F1 to F5).

Staff report what they saw and heard, in exact words, and ask nobody whether it is true (F2). A
pause stops none of these clocks. What the law of the state asks for is in ``district.toml``; where
it is not, the report is kept all the same, and says that its clock is not known.
"""

from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Literal

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Agency, Private, Public, Record, Ref
from reintegrate_cli.core.reporting import HHS_HOURS, Reporting, after, kept, moment
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Status = Literal["open", "done"]
STATUSES: tuple[Status, ...] = ("open", "done")
ORAL, HHS = 2, 3
"""Which rows of a report these are; the written report is the first."""


class Report(Record, frozen=True, kw_only=True):
    """A report to an agency: each leg with its moment, and by when it is due.

    A moment is local time with its offset. ``due`` is ``None`` where the state asks for no such
    leg; ``is_known`` says whether ``district.toml`` told the clocks at all.
    """

    case: Ref[str]
    id: Ref[str]
    agency: Ref[Agency]
    suspected_at: Public[str]
    oral_at: Public[str | None] = None
    oral_due_at: Public[str | None] = None
    written_at: Public[str | None] = None
    written_due_at: Public[str | None] = None
    is_known: Public[bool] = False
    citation: Public[str] = ""
    hhs: Public[bool] = False
    hhs_due_at: Public[str | None] = None
    hhs_at: Public[str | None] = None
    told_student: Public[bool]
    why_not_told: Private[str] = ""
    seen: Private[str]
    words: Private[str] = ""
    source: Private[str]
    reference: Private[str] = ""

    dated = "suspected_on"

    @property
    def suspected_on(self) -> date:
        """The day on which it was suspected."""
        return date.fromisoformat(self.suspected_at[:10])

    @property
    def waits(self) -> bool:
        """Check whether a written report is still to come, as far as that is known."""
        wanted = self.written_due_at is not None or not self.is_known
        return wanted and self.written_at is None

    @property
    def is_over(self) -> bool:
        """Check whether every leg is done."""
        oral, hhs = self.oral_at is not None, not self.hhs or self.hhs_at is not None
        return oral and hhs and not self.waits

    @property
    def status(self) -> Status:
        """Tell whether anything of it is still to be done."""
        return "done" if self.is_over else "open"


class ReportRow(Report, frozen=True, kw_only=True):
    """A report as lists show it."""

    late: Public[bool]
    status: Public[Status]


def is_late(report: Report, now: datetime) -> bool:
    """Return whether a leg came, or is still to come, after its moment; at once is no moment."""
    at_once = report.oral_due_at == report.suspected_at
    legs = (
        (None if at_once else report.oral_due_at, report.oral_at),
        (report.written_due_at, report.written_at),
        (report.hhs_due_at, report.hhs_at),
    )
    return any(
        datetime.fromisoformat(due) < (datetime.fromisoformat(done) if done else now)
        for due, done in legs
        if due is not None
    )


def check_told(told: bool, why_not: str) -> None:
    """Require that it is said why the student was not told first (F3).

    Raises:
        Refused: it is not.
    """
    if not told and not why_not:
        raise Refused(
            "a student is told of a report before it is made; if not, say why",
            rule="F3",
            fields=["why_not_told"],
            hint="give the key why_not_told with --from",
        )


def clocked(report: Report, clocks: Reporting | None, zone: tzinfo | None) -> Report:
    """Return a report with by when each of its legs is due (F1, F5).

    Args:
        report: the report.
        clocks: what the law of the state says; nothing if that is not known.
        zone: the district's.

    Raises:
        Usage: a leg was done before anything was suspected.
    """
    suspected = moment(report.suspected_at, zone)
    for name in ("oral_at", "written_at", "hhs_at"):
        at: str | None = getattr(report, name)
        if at is not None and moment(at, zone) < suspected:
            raise Usage("that is before it was suspected", fields=[name])
    if report.hhs:
        report = replace(report, hhs_due_at=kept(after(suspected, HHS_HOURS, zone)))
    if clocks is None:
        return report
    begins = suspected
    if clocks.written_from == "oral" and report.oral_at is not None:
        begins = moment(report.oral_at, zone)
    written = clocks.written_hours
    return replace(
        report,
        is_known=True,
        citation=clocks.citation,
        oral_due_at=kept(after(suspected, clocks.oral_hours, zone)),
        written_due_at=None if written is None else kept(after(begins, written, zone)),
    )


def dates(report: Report, world: World) -> Iterator[Dated]:
    """Yield each leg of a report that is still to come, announced at once; these are clocks of law.

    Where the clock of the state is not known, the row says so.
    """
    named = f"{report.case} {report.id}"
    make = partial(
        world.row, report.case, report.id, kind="mandated", announced_on=report.suspected_on
    )

    def leg(label: str, verb: str, due_at: str | None, nth: int = 0) -> Dated:
        at = due_at or report.suspected_at
        return make(
            label=label,
            command=f"reintegrate mandated {verb} {named}",
            due_on=date.fromisoformat(at[:10]),
            at=at[11:16],
            nth=nth,
        )

    if report.oral_at is None:
        yield leg(f"report {report.id} by phone", "oral", report.oral_due_at, ORAL)
    if report.waits:
        label = f"written report {report.id}"
        if report.written_due_at is None:
            label += " has no clock yet"
        yield leg(label, "written", report.written_due_at)
    if report.hhs and report.hhs_at is None:
        yield leg(f"report {report.id}: tell HHS", "notify", report.hhs_due_at, HHS)


def events(report: Report) -> Iterator[Event]:
    """Yield when it was suspected, and when each leg was done."""
    tell = partial(event_of, report, "mandated")
    yield tell(report.suspected_on, "suspected", text=report.seen)
    for at, what in (
        (report.oral_at, f"{report.agency} told by phone"),
        (report.written_at, f"written report to {report.agency}"),
        (report.hhs_at, "HHS told"),
    ):
        if at is not None:
            yield tell(date.fromisoformat(at[:10]), what)
