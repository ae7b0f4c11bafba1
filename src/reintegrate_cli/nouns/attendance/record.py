"""Attendance signals: those who see absences first say so, and barriers come before blame.

Attendance officers are often the first to notice (guidance clause 45). A signal waits on the agenda
until somebody has answered it, and is never late. It becomes a concern, or goes on, only once
somebody looked at what stands in the way (rule G2).
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Record, Ref, Told
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

if TYPE_CHECKING:
    from reintegrate_cli.nouns.attendance.forms import FlagResolved

Pattern = Literal[
    "absences", "late", "leaves_early", "one_class", "same_day", "stopped_coming", "other"
]
Barrier = Literal[
    "transport",
    "safety",
    "housing",
    "health",
    "treatment",
    "court",
    "care_of_family",
    "work",
    "schedule",
    "papers",
    "none_found",
    "other",
]
Outcome = Literal["settled", "barrier_removed", "explained", "continuing", "concern"]
Status = Literal["open", "resolved"]
STATUSES: tuple[Status, ...] = ("open", "resolved")


class Flag(Record, frozen=True, kw_only=True):
    """What somebody noticed about a student's attendance, and what stood behind it.

    ``dates`` are the days it was noticed about. ``hold_letter`` says that the automated letter
    home is to be held: who reads it there may be whom the student has to fear.
    """

    case: Ref[str]
    id: Ref[str]
    on: Told[Public[date]]
    noticed_by: Ref[str]
    pattern: Told[Public[Pattern]] = "absences"
    dates: Told[Public[tuple[date, ...]]] = ()
    barriers_checked: Public[bool] = False
    barriers: Public[tuple[Barrier, ...]] = ()
    hold_letter: Public[bool] = False
    outcome: Public[Outcome | None] = None
    resolved_on: Public[date | None] = None
    resolved_by: Ref[str | None] = None

    dated = "on"

    @property
    def status(self) -> Status:
        """Tell whether it was answered."""
        return "open" if self.resolved_on is None else "resolved"


def resolve(flag: Flag, given: "FlagResolved", by: str, today: date) -> Flag:
    """Answer a signal (rule G2).

    Raises:
        Refused: nobody looked at the barriers, and the days were not simply explained.
        Usage: it was answered already, or on a day before it was noticed.
    """
    if flag.resolved_on is not None:
        raise Usage(f"{flag.case}/{flag.id} is resolved already")
    on = given.on or today
    if on < flag.on:
        raise Usage("that is before it was noticed", fields=["on"])
    said = given.barriers_checked
    checked = flag.barriers_checked or bool(given.barriers) if said is None else said
    if not checked and given.outcome != "explained":
        raise Refused(
            "what stands in the way of coming is looked at before anything else is said",
            rule="G2",
            fields=["barriers_checked"],
            hint="transport, safety, housing, health, court, work: then give "
            "--barriers-checked yes, and --barrier for what was found",
        )
    return replace(
        flag,
        barriers_checked=checked,
        barriers=tuple(dict.fromkeys((*flag.barriers, *given.barriers))),
        hold_letter=flag.hold_letter if given.hold_letter is None else given.hold_letter,
        outcome=given.outcome,
        resolved_on=on,
        resolved_by=by,
    )


def dates(flag: Flag, world: World) -> Iterator[Dated]:
    """Give a signal that waits for an answer."""
    if flag.resolved_on is None:
        yield world.row(
            flag.case,
            flag.id,
            label="attendance: ask what stands in the way, noticed",
            command=f"reintegrate attendance resolve {flag.case} {flag.id}",
            due_on=flag.on,
            kind="attendance",
            chosen_by=flag.noticed_by,
        )


def events(flag: Flag) -> Iterator[Event]:
    """Tell when it was noticed, and how it was answered."""
    yield Event(
        on=flag.on,
        kind="attendance",
        what=flag.pattern.replace("_", " "),
        case=flag.case,
        id=flag.id,
        by=flag.noticed_by,
    )
    if flag.resolved_on is not None:
        outcome = (flag.outcome or "resolved").replace("_", " ")
        yield Event(
            on=flag.resolved_on,
            kind="attendance",
            what=outcome,
            case=flag.case,
            id=flag.id,
            by=flag.resolved_by,
        )
