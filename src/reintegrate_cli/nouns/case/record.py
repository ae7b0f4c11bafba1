"""Cases: opening, pausing, stepping down, closing, reopening; identity sealed apart.

Recovery does not follow a neat line, so a case is never final: what happened to it is a
list of changes, and its status today is worked out from them.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Annotated, Literal, get_args

from reintegrate_cli.catalogue import Sort
from reintegrate_cli.core.calendar import Span
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import (
    CASE_ALPHABET,
    RECORD_ID,
    WORK,
    Private,
    Public,
    Record,
    Ref,
    School,
    Secret,
    Value,
)
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Setting = Literal[
    "home",
    "home_supports",
    "school_of_origin",
    "alternative",
    "independent",
    "online",
    "ged",
    "out_of_district",
    "out_of_school",
]
Status = Literal["intake", "active", "paused", "step_down", "closed"]
STATUSES: tuple[Status, ...] = get_args(Status)
Disability = Literal["idea", "504", "suspected", "none"]
Housing = Literal["stable", "mckinney_vento", "unknown"]
ClosingReason = Literal[  # the student's choice and our lack of capacity are never one
    "goals_met",
    "student_stopped",
    "no_capacity",
    "moved",
    "transferred",
    "graduated",
    "missing",
    "died",
    "duplicate",
    "other",
]
ChangeKind = Literal["paused", "resumed", "stepped_down", "closed", "reopened", "taken_back"]


class Change(Value, frozen=True, kw_only=True):
    """One turn in the life of a case: when, which way, why.

    A pause that was to begin later may be taken back before it does: ``taken_back_on``.
    """

    on: Public[date]
    kind: Public[ChangeKind]
    until: Public[date | None] = None
    reason: Public[str | None] = None
    by: Ref[str] = ""
    note: Private[str] = ""
    taken_back_on: Public[date | None] = None


class Coming(Value, frozen=True, kw_only=True):
    """A setting in which the student learns from a later day on, and the placement that says so."""

    setting: Public[Setting]
    on: Public[date]
    placement: Ref[str]


class Case(Record, frozen=True, kw_only=True):
    """A student's case. Who the student is stands in ``Identity``, sealed apart.

    ``identified_on`` and ``identified_in`` (the setting or school the student was in when
    the trafficking became known) are kept apart from ``moved_on``, the day of the last
    move: a history is often discovered only after the move. ``moving`` alone changes ``setting``.
    """

    ref: Ref[str]
    opened_on: Public[date]
    school: Public[School]
    grade: Public[str | None] = None
    setting: Public[Setting]
    moved_on: Public[date | None] = None
    moved_by: Ref[str | None] = None
    """The placement that led to the setting, if one did."""
    coming: Public[Coming | None] = None
    identified_on: Public[date | None] = None
    identified_in: Public[str | None] = None
    identified_known_on: Public[date | None] = None
    """The day on which ``identified_on`` was entered."""
    disability: Public[Disability | None] = None
    owner: Annotated[Ref[str], WORK] = ""
    school_contact: Annotated[Ref[str | None], WORK] = None
    """Who at the school answers for the student; the owner, until somebody else is named."""
    uncontacted_on: Public[date | None] = None
    changes: Public[tuple[Change, ...]] = ()

    dated = "opened_on"

    @property
    def turns(self) -> tuple[Change, ...]:
        """The changes that hold, or will, in the order of their days."""
        held = (
            change
            for change in self.changes
            if change.kind != "taken_back" and change.taken_back_on is None
        )
        return tuple(sorted(held, key=lambda change: change.on))

    @property
    def is_over(self) -> bool:
        """Return whether it is closed."""
        return bool(self.changes) and self.changes[-1].kind == "closed"


class LivesIn(Value, frozen=True, kw_only=True):
    """Where a student lives, as far as a source of funding asks; never an address."""

    city: Annotated[Private[str], "the city where the student lives; never an address"] = ""
    county: Annotated[Private[str], "the county"] = ""
    state: Annotated[Private[str], "the state"] = ""


class Identity(Record, frozen=True, kw_only=True):
    """Who the student is. Shown under ``case reveal`` alone."""

    case: Ref[str]
    safe_name: Secret[str] = ""
    legal_name: Secret[str] = ""
    birth_date: Secret[date | None] = None
    pronouns: Secret[str] = ""
    languages: Secret[str] = ""
    lives_in: Private[LivesIn | None] = None
    housing: Private[Housing | None] = None
    foster: Private[bool | None] = None
    liaison: Private[str] = ""
    acp: Private[bool | None] = None
    rights_told_on: Public[date | None] = None
    """The day on which the student was told that rights are theirs at eighteen (C7)."""


class Override(Value, frozen=True, kw_only=True):
    """One time that somebody reached out outside of the window: who, when, and why (D4)."""

    on: Public[date]
    at: Public[str]
    by: Ref[str]
    method: Public[str | None] = None
    reason: Private[str]


class Note(Record, frozen=True, kw_only=True):
    """A short factual entry. A parent may read the whole file, and it says so (C6)."""

    case: Ref[str]
    id: Ref[str]
    on: Public[date]
    text: Private[str]

    dated = "on"


# Combinations without a vowel that a person would still read as a word or a name of one.
_READ_AS_WORDS = frozenset({"PFFT", "PSST", "TSKS", "HMMM", "BRRR", "NTHS", "CWMS", "GRRR", "SHHH"})


def new_ref(
    taken: Callable[[str], bool], count: int, choose: Callable[[str], str] | None = None
) -> str:
    """Make the ref of a new case: random, so that it reveals nothing (K13).

    Args:
        taken: says whether a ref is given already.
        count: how many cases there are; past 5,000 a ref has five characters.
        choose: picks one character of an alphabet; at random if left out.
    """
    import secrets

    choose = choose or secrets.choice
    length = 5 if count > 5_000 else 4
    while True:
        ref = "".join(choose(CASE_ALPHABET) for _ in range(length))
        # T234 could be a task: in the history, in a calendar, over a telephone.
        if not (taken(ref) or ref in _READ_AS_WORDS or RECORD_ID.fullmatch(ref)):
            return ref


def status(case: Case, *, today: date, scheduled: bool) -> Status:
    """Work out how a case stands today.

    Args:
        case: the case with its changes.
        today: the day asked about.
        scheduled: whether a check-in schedule was ever agreed; until then it is intake.
    """
    now: Status = "active" if scheduled else "intake"
    resting: Status = now
    for change in case.turns:
        if change.on > today:
            break
        if change.kind == "closed":
            now = "closed"
        elif change.kind == "reopened" or (change.kind == "resumed" and now == "step_down"):
            now = resting = "active" if scheduled else "intake"
        elif change.kind == "resumed":
            now = resting
        elif change.kind == "stepped_down":
            now = resting = "step_down"
        elif now != "closed":
            now = resting if change.until is not None and change.until <= today else "paused"
    return now


class Quiet(Value, frozen=True, kw_only=True):
    """Days without contact that went by, up to, not including, ``until``."""

    on: Public[date]
    until: Public[date]


def pauses(case: Case) -> tuple[Span, ...]:
    """List the spans in which the case was paused; a paused day has nothing due."""
    spans: list[Span] = []
    for change in case.turns:
        if change.kind == "paused":
            spans.append(Span(change.on, change.until))
        elif spans:
            last = spans[-1]
            if last.end is None or change.on < last.end:
                spans[-1] = Span(last.start, max(change.on, last.start))
    return tuple(spans)


def is_paused(case: Case, today: date) -> bool:
    """Return whether a case rests on a day because it is paused."""
    return any(today in span for span in pauses(case))


def planned(case: Case, today: date) -> list[Change]:
    """List the pauses that begin after a day, the first of them first."""
    return [change for change in case.turns if change.kind == "paused" and change.on > today]


def taken_back(case: Case, on: date, today: date) -> Case:
    """Return a case in which no pause is planned any more.

    Args:
        case: the case.
        on: the day on which that was decided.
        today: the day of the command; what began by then is not taken back.
    """
    ahead = planned(case, today)
    changes = (
        replace(change, taken_back_on=on) if change in ahead else change for change in case.changes
    )
    return replace(case, changes=tuple(changes)) if ahead else case


def closed(case: Case, reason: ClosingReason | None = None) -> tuple[Span, ...]:
    """List the spans in which the case was closed.

    Args:
        case: the case.
        reason: only those with this reason; with any if left out.
    """
    spans: list[Span] = []
    since: Change | None = None
    for change in case.turns:
        if change.kind == "closed":
            since = since or change
        elif change.kind == "reopened" and since is not None:
            spans += [Span(since.on, change.on)] if reason in (None, since.reason) else []
            since = None
    if since is not None and reason in (None, since.reason):
        spans.append(Span(since.on, None))
    return tuple(spans)


def rests(case: Case, sort: Sort) -> tuple[Span, ...]:
    """List the days on which rows of a sort are silent in a case.

    A pause silences contact, closing silences contact and work; law stays, until the
    student died.
    """
    if not case.changes or sort == "district":
        return ()
    if sort == "law":
        return closed(case, "died")
    return closed(case) if sort == "work" else (*closed(case), *pauses(case))


def after_rests(case: Case, day: date, *own: Span) -> date | None:
    """Return the first day from a day on on which contact in a case does not rest.

    Args:
        case: the case.
        day: the day.
        own: what rests besides.

    Returns:
        ``None`` if no such day is known.
    """
    for span in sorted((*rests(case, "contact"), *own), key=lambda span: span.start):
        if day in span:
            if span.end is None:
                return None
            day = span.end
    return day


def reopenings(case: Case) -> tuple[date, ...]:
    """List the days on which the case was taken up again after it had been closed."""
    return tuple(change.on for change in case.changes if change.kind == "reopened")


_ALLOWED: dict[ChangeKind, tuple[Status, ...]] = {
    "paused": ("intake", "active", "step_down"),
    "resumed": ("paused", "step_down"),
    "stepped_down": ("intake", "active", "paused"),
    "closed": STATUSES[:-1],
    "reopened": ("closed",),
    "taken_back": STATUSES,
}
_NEXT = {
    "closed": "it is closed; reintegrate case reopen {ref} opens it again, with its history",
    "paused": "it is paused; reintegrate case resume {ref} resumes it",
    "active": "it is active",
    "intake": "it is in intake until a check-in schedule is agreed",
    "step_down": "it is stepping down; reintegrate case resume {ref} resumes it",
}


def turn(case: Case, change: Change, now: Status, today: date) -> Case:
    """Add a change to a case; nothing that happened before is lost.

    Args:
        case: the case.
        change: what is to change.
        now: how the case stands then.
        today: the day of the command; pauses that begin later do not stand in the way.

    Raises:
        Usage: the case does not stand so that this can happen, or the dates do not fit.
    """
    if now not in _ALLOWED[change.kind]:
        what = f"case {case.ref} cannot be {label(change.kind)} now"
        raise Usage(what, hint=_NEXT[now].format(ref=case.ref))
    if change.on < case.opened_on:
        raise Usage("that is before the case opened", fields=["on"])
    if change.until is not None and change.until <= change.on:
        raise Usage("--until must not be before the pause begins", fields=["until"])
    latest = max((each.on for each in case.turns if each.on <= today), default=change.on)
    if change.on < latest:
        raise Usage(
            f"the case changed again on {latest.isoformat()}; give that day or a later one",
            fields=["on"],
        )
    if change.kind == "paused":
        _check_apart(change, planned(case, today))
    if change.kind in ("closed", "taken_back"):
        case = taken_back(case, change.on, today)
    return replace(case, changes=(*case.changes, change))


def _check_apart(pause: Change, others: Iterable[Change]) -> None:
    """Require that a pause is over before a planned one begins, or begins once that is over.

    Raises:
        Usage: they meet.
    """
    for other in others:
        before = pause.until is not None and pause.until <= other.on
        after = other.until is not None and other.until <= pause.on
        if not (before or after):
            raise Usage(
                f"another pause begins on {other.on.isoformat()}",
                hint="give an --until up to that day; or case resume takes that pause back",
                fields=["until", "on"],
            )


def last_change(case: Case, kind: ChangeKind, today: date) -> Change | None:
    """Find the latest change of one kind up to a day."""
    made = (change for change in reversed(case.turns) if change.kind == kind and change.on <= today)
    return next(made, None)


class CaseRow(Value, frozen=True, kw_only=True):
    """A case as lists show it: codes and dates, nothing that says who the student is."""

    ref: Ref[str]
    status: Public[Status]
    opened_on: Public[date]
    school: Public[str]
    grade: Public[str | None]
    setting: Public[Setting]
    identified_on: Public[date | None]
    identified_in: Public[str | None]
    moved_on: Public[date | None]
    disability: Public[Disability | None]
    owner: Ref[str]
    school_contact: Ref[str | None] = None
    next_due_on: Public[date | None]
    overdue: Public[int]
    last_contact_on: Public[date | None]
    contact_mode: Public[str | None] = None
    closed_on: Public[date | None] = None
    closed_reason: Public[str | None] = None
    paused_until: Public[date | None] = None
    pauses_on: Public[date | None] = None
    """The day on which the next pause begins, if one is planned."""

    dated = "opened_on"

    @property
    def case(self) -> str:
        """The ref under the name that filters use."""
        return self.ref


class OpenedCase(CaseRow, frozen=True, kw_only=True):
    """A case that was opened, with the other cases of what may be the same student."""

    alike: Ref[tuple[str, ...]] = ()


def dates(case: Case, world: World) -> Iterator[Dated]:
    """Yield the day from which nobody at a school answers for the student."""
    yield from load("nouns.case.answering").dates(case, world)


def events(record: Case | Note) -> Iterator[Event]:
    """Yield how a case opened, moved and turned; or what a note says."""
    yield from load("nouns.case.telling").events(record)
