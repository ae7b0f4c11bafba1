"""Attendance signals: those who see absences first say so, and barriers come before blame.

Attendance officers are often the first to notice (guidance clause 45). A signal waits on the agenda
until somebody has answered it, and is never late. It becomes a concern, or goes on, only once
somebody looked at what stands in the way (rule G2).
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Record, Ref, Told
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

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


TELL_CASEWORKER = (
    "tell the child welfare caseworker that the student stopped coming; what has to be done within"
    " 24 hours is their agency's duty"
)
"""What is to be done the same day for a student in care (F6)."""


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
        """Return whether it was answered."""
        return "open" if self.resolved_on is None else "resolved"


def check_open(flag: Flag) -> None:
    """Require a signal that nothing has come of yet.

    Raises:
        Usage: it is resolved.
    """
    if flag.resolved_on is not None:
        raise Usage(f"{flag.case}/{flag.id} is resolved already")


def resolve(
    flag: Flag,
    *,
    outcome: Outcome,
    by: str,
    on: date,
    barriers_checked: bool | None,
    barriers: tuple[Barrier, ...],
    hold_letter: bool | None,
) -> Flag:
    """Return a signal that was answered (rule G2).

    Args:
        flag: the signal.
        outcome: what became of it.
        by: who answered it.
        on: the day.
        barriers_checked: whether somebody looked at the barriers; ``None`` if that is left open.
        barriers: those that were found now.
        hold_letter: whether the letter home is held; ``None`` if that stays as it is.

    Raises:
        Refused: nobody looked at the barriers, and the days were not simply explained.
        Usage: it was answered already, or on a day before it was noticed.
    """
    check_open(flag)
    check_after(on, flag.on, "it was noticed")
    if barriers_checked is None:
        barriers_checked = flag.barriers_checked or bool(barriers)
    if not barriers_checked and outcome != "explained":
        raise _unchecked()
    return replace(
        flag,
        barriers_checked=barriers_checked,
        barriers=tuple(dict.fromkeys((*flag.barriers, *barriers))),
        hold_letter=flag.hold_letter if hold_letter is None else hold_letter,
        outcome=outcome,
        resolved_on=on,
        resolved_by=by,
    )


def _unchecked() -> Refused:
    return Refused(
        "ask what gets in the way of coming before you record anything else",
        rule="G2",
        fields=["barriers_checked"],
        hint="transport, safety, housing, health, court, work: then give "
        "--barriers-checked yes, and --barrier for what was found",
    )


def dates(flag: Flag, world: World) -> Iterator[Dated]:
    """Yield the date of a signal that waits for an answer."""
    if flag.resolved_on is None:
        yield world.row(
            flag.case,
            flag.id,
            label="attendance: ask what gets in the way, noticed",
            command=f"reintegrate attendance resolve {flag.case} {flag.id}",
            due_on=flag.on,
            kind="attendance",
            chosen_by=flag.noticed_by,
        )


def events(flag: Flag) -> Iterator[Event]:
    """Yield when it was noticed, and how it was answered."""
    event = partial(event_of, flag, "attendance")
    yield event(flag.on, label(flag.pattern), by=flag.noticed_by)
    if flag.resolved_on is not None:
        outcome = label(flag.outcome or "resolved")
        yield event(flag.resolved_on, outcome, by=flag.resolved_by)
