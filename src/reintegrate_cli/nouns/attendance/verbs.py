"""``attendance``: what those notice who see absences first, and what stood in the way."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.hints import ASK, PAST, TODAY, YOU, Option
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.records import Form, Person, Public, Ref
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.nouns.attendance import record as rules
from reintegrate_cli.nouns.attendance.record import STATUSES, Barrier, Flag, Outcome, Pattern
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.task import making

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Barriers(Form, kw_only=True):
    """What was looked at before anything else, and whether a letter home is held."""

    barriers_checked: Annotated[
        Public[bool | None], ASK, "whether somebody looked at what gets in the way of coming"
    ] = None
    barriers: Annotated[
        Public[tuple[Barrier, ...]], Option("--barrier"), "what gets in the way"
    ] = ()
    hold_letter: Annotated[
        Public[bool | None], ASK, "whether the automated letter home is held"
    ] = None


class NewFlag(Barriers, kw_only=True):
    """What ``attendance flag`` takes."""

    noticed_by: Annotated[Ref[Person], YOU, "who noticed it"]
    pattern: Annotated[Public[Pattern], "what was noticed"] = "absences"
    dates: Annotated[Public[tuple[date, ...]], PAST, Option("--date"), "a day it is about"] = ()
    on: Annotated[Public[date], PAST, TODAY, "the day it was noticed"]


class FlagResolved(Barriers, kw_only=True):
    """What ``attendance resolve`` takes."""

    outcome: Annotated[Public[Outcome], ASK, "what became of it; settled if left out"] = "settled"
    by: Annotated[Ref[Person], YOU, "who resolved it"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was resolved"]


COLUMNS = (
    Column("case", lambda flag: flag.case),
    Column("id", lambda flag: flag.id),
    Column("on", lambda flag: flag.on),
    Column("noticed by", lambda flag: flag.noticed_by, True),
    Column("what", lambda flag: label(flag.pattern), True),
    Column("barriers", lambda flag: _barriers(flag), True),
    Column("letter", lambda flag: "held" if flag.hold_letter else ""),
    Column("outcome", lambda flag: label(flag.outcome or "open"), True),
)


def _barriers(flag: Flag) -> str:
    if not flag.barriers_checked:
        return "not checked yet"
    return labels(flag.barriers) or "checked"


@adds("attendance", "flag")
def flag(work: Work, given: NewFlag) -> Flag:
    """Note what somebody noticed about attendance; the agenda keeps it until it is answered.

    Example: reintegrate attendance flag HX4T --noticed-by reyes --date -1d --date -2d
    """
    checked = bool(given.barriers_checked or given.barriers)
    flag = work.new(Flag, given, barriers_checked=checked, dates=tuple(sorted(set(given.dates))))
    if not checked:
        work.say(
            "look first at what gets in the way: transport, safety, housing, health, court, work"
        )
    _speak_of_the_letter(work, flag)
    if flag.pattern == "stopped_coming" and _is_in_care(work):
        making.make(work, f"F6 {flag.id}", rules.TELL_CASEWORKER, work.today)
    return flag


def _is_in_care(work: Work) -> bool:
    """Return whether a child welfare agency answers for the student."""
    identity = work.store.identities.find(work.ref)
    workers = [one for one in work.store.care.all(case=work.ref) if one.ended_on is None]
    return bool(identity is not None and identity.foster) or any(
        one.role == "child_welfare_worker" for one in workers
    )


def _speak_of_the_letter(work: Work, flag: Flag) -> None:
    if flag.hold_letter:
        work.say(
            "ask the attendance office to hold the automated letter home; this program sends none"
        )
    elif flag.resolved_on is None:
        work.say(
            "an automated letter home may be read by others;"
            " --hold-letter yes notes that it is held"
        )


@changes("attendance", "resolve")
def resolve(work: Work, flag: Flag, given: FlagResolved) -> Flag:
    """Answer a signal, once somebody looked at what gets in the way (G2).

    Example: reintegrate attendance resolve HX4T F1 --outcome barrier_removed --barrier transport
    """
    flag = rules.resolve(
        flag,
        outcome=given.outcome,
        by=given.by,
        on=given.on,
        barriers_checked=given.barriers_checked,
        barriers=given.barriers,
        hold_letter=given.hold_letter,
    )
    _speak_of_the_letter(work, flag)
    return flag


@lists("attendance", COLUMNS, STATUSES)
def list_(work: Work, flags: list[Flag]) -> list[Flag]:
    """List attendance signals: who noticed, whether barriers were looked at, what came of it.

    Example: reintegrate attendance list --status open
    """
    return flags


def section(store: "Store", ref: str) -> Section:
    """Return the attendance signals of one case, the open ones first."""
    flags = sorted(store.of(Flag).all(case=ref), key=lambda flag: flag.resolved_on is not None)
    return Section({"attendance": flags}, heading="attendance", rows=flags, columns=COLUMNS[1:])
