"""``mandated``: reports that the law demands, and their clocks."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import explain_date, parse_time
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import ASK, PAST, PROSE, QUIET, TODAY, VERBATIM
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Agency, Clock, Form, Moment, Private, Public, Ref, row_of
from reintegrate_cli.core.reporting import EXAMPLE, kept, moment
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.mandated import record as rules
from reintegrate_cli.nouns.mandated.record import STATUSES, Report, ReportRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_NO_CLOCK = (
    "district.toml does not say by when the law of your state wants this in writing, so no moment"
    " is worked out; ask counsel, then add:\n  " + "\n  ".join(EXAMPLE)
)


class NewReport(Form, kw_only=True):
    """What ``mandated add`` takes: what was seen and heard, not whether it is true."""

    agency: Annotated[Ref[Agency], "who it goes to: a partner's slug"]
    suspected_at: Annotated[
        Public[Moment | None], "when it came to somebody's notice; now if left out"
    ] = None
    oral_at: Annotated[Public[Moment | None], ASK, "when the agency was told by phone"] = None
    told_student: Annotated[Public[bool], "was the student told before the report was made"]
    hhs: Annotated[
        Public[bool | None], QUIET, "a minor from abroad: HHS is told within 24 hours, too"
    ] = None
    why_not_told: Annotated[Private[str], PROSE, QUIET, "why the student was not told first"] = ""
    seen: Annotated[Private[str], PROSE, "what was seen and heard"]
    words: Annotated[Private[str], PROSE, VERBATIM, "exact words, and who said them"] = ""
    source: Annotated[Private[str], "who saw or heard it"]
    reference: Annotated[Private[str], "the number that the agency gave the report"] = ""


class Sending(Form, kw_only=True):
    """What takes a leg of a report that was done."""

    on: Annotated[Public[date], PAST, TODAY, "the day"]
    at: Annotated[Public[Clock | None], ASK, "the time; now if left out, of today"] = None
    reference: Annotated[Private[str], "the number that the agency gave the report"] = ""


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("to", lambda row: row.agency, True),
    Column("suspected", lambda row: _told(row.suspected_at)),
    Column("phone", lambda row: _told(row.oral_at)),
    Column("written by", lambda row: _told(row.written_due_at)),
    Column("written", lambda row: _told(row.written_at)),
    Column("late", lambda row: "late" if row.late else ""),
)


def _told(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else ""


def _row(work: Work, report: Report) -> ReportRow:
    late = rules.is_late(report, session.current.moment)
    return row_of(ReportRow, report, late=late, status=report.status)


def _clocked(work: Work, report: Report) -> Report:
    """Return a report with its clocks, and say by when, or what is missing."""
    current = session.current
    report = rules.clocked(report, current.district.reporting, current.zone)
    if not report.is_known:
        work.say(_NO_CLOCK)
    elif report.waits and report.written_due_at is not None:
        due = datetime.fromisoformat(report.written_due_at)
        day = explain_date(due.date(), work.today)
        work.say(f"the written report is due by {due:%H:%M}, {day} ({report.citation})")
    return report


def _moment(text: str | None) -> str | None:
    """Return a moment as it is kept, if one was typed; never one that is still to come.

    Raises:
        Usage: it is.
    """
    if text is None:
        return None
    current = session.current
    at = moment(text, current.zone)
    if at > current.moment:
        raise Usage("that is in the future", hint="it is when something happened")
    return kept(at)


@adds("mandated", view=_row, then=("mandated written {ref} {id}",))
def add(work: Work, given: NewReport) -> Report:
    """Record a report: what was seen, in exact words, who was told, and by when the rest is due.

    Nobody has to prove anything, or to ask the student (F2). The moments follow from [state] in
    district.toml; a pause stops none of them.

    Example: reintegrate mandated add P3RM --agency CCFS --told-student yes --oral-at 13:10
    """
    rules.check_told(given.told_student, given.why_not_told)
    now = kept(session.current.moment.astimezone(session.current.zone))
    report = work.new(
        Report,
        given,
        told_student=given.told_student,
        suspected_at=_moment(given.suspected_at) or _moment(given.oral_at) or now,
        oral_at=_moment(given.oral_at),
        hhs=bool(given.hhs),
    )
    if report.oral_at is None:
        work.say(f"call {report.agency} first; mandated oral {work.ref} {report.id} says when")
    partner = work.store.partners.get(report.agency)
    if partner.regime == "vawa_voca":
        work.say(
            f"{report.agency} may be free to tell you nothing: what it knows stays with it (F4)"
        )
    return _clocked(work, report)


def _done_at(given: Sending) -> str:
    """Return when a leg was done.

    Raises:
        Usage: it was on another day than today, and the time is missing; or is to come.
    """
    if given.at is None:
        if given.on != session.today():
            raise Usage("missing: --at", fields=["at"], hint="hours count: give the time, too")
        return kept(session.current.moment.astimezone(session.current.zone))
    at = _moment(f"{given.on.isoformat()}T{parse_time(given.at)}")
    assert at is not None  # noqa: S101 - a moment that was typed
    return at


def _sent(work: Work, report: Report, given: Sending, leg: str) -> Report:
    if getattr(report, leg) is not None:
        raise Usage(f"that is on record for {report.case}/{report.id} already", fields=["on"])
    done: dict[str, str] = {leg: _done_at(given)}
    if given.reference:
        done["reference"] = given.reference
    sent = replace(report, **done)
    if leg == "oral_at" and report.written_at is None:
        return _clocked(work, sent)
    return rules.clocked(sent, None, session.current.zone)


@changes("mandated", "oral", view=_row)
def oral(work: Work, report: Report, given: Sending) -> Report:
    """Record that the agency was told by phone.

    Example: reintegrate mandated oral P3RM MR1 --at 13:10
    """
    return _sent(work, report, given, "oral_at")


@changes("mandated", "written", view=_row)
def written(work: Work, report: Report, given: Sending) -> Report:
    """Record that the written report went out, and when.

    Example: reintegrate mandated written P3RM MR1
    """
    return _sent(work, report, given, "written_at")


@changes("mandated", "notify", view=_row)
def notify(work: Work, report: Report, given: Sending) -> Report:
    """Record that HHS was told of a minor from abroad (F5).

    Example: reintegrate mandated notify P3RM MR1
    """
    if not report.hhs:
        raise Usage(f"{report.case}/{report.id} is not told to HHS", fields=["hhs"])
    return _sent(work, report, given, "hhs_at")


@lists("mandated", COLUMNS, STATUSES)
def list_(work: Work, reports: list[Report]) -> list[ReportRow]:
    """List reports, by when the written one is due, and what came late.

    Example: reintegrate mandated list --status open
    """
    return [_row(work, report) for report in reports]


def section(store: "Store", ref: str) -> Section:
    """The reports of one case."""
    work = Work(store, ref)
    found = [_row(work, report) for report in store.of(Report).all(case=ref)]
    pairs = [
        (f"{row.id} {name}", text)
        for row in found
        for name, text in (
            ("seen", row.seen),
            ("words", row.words),
            ("source", row.source),
            ("why not told first", row.why_not_told),
            ("reference", row.reference),
        )
        if text
    ]
    heading = "reports" if found else ""
    return Section({"mandated": found}, pairs, heading, found, COLUMNS[1:])
