"""What is kept how long, and what must not go (PRACTICE K2 to K4).

The district says in ``district.toml`` how long each type of record is kept; there is no
silent default. A legal hold keeps what it names, whatever the schedule says, and with it the
copies of the vault; while one stands nothing is exported.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from reintegrate_cli.core.errors import Missing, Refused, Settings
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Value
from reintegrate_cli.nouns.case import record as case_rules
from reintegrate_cli.nouns.case.record import Case, Note
from reintegrate_cli.nouns.task.record import Task

if TYPE_CHECKING:
    from reintegrate_cli.kept.history import Entry

RetentionType = Literal["case", "note", "task", "values", "concern"]
"""``case`` is a closed case whole; ``values`` are former values in the history; ``concern`` is one
that was not substantiated."""
TYPES: tuple[RetentionType, ...] = get_args(RetentionType)
SCHEDULED = TYPES[:-1]
"""What the district says a period for; how long a concern is kept is settled (H3)."""
SERVER_BACKUPS = "1y"
"""Assumed if ``district.toml`` says nothing of the server: rather too long."""
COPIES_DAYS = 90
"""A purged record is gone for good once the last copy that holds it is this old (K2)."""

_PERIOD = re.compile(r"([1-9][0-9]{0,3})([dwmy])")
_UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}


class LegalHold(Record, frozen=True, kw_only=True):
    """A duty to keep: a subpoena, a request for records, a matter that is open (C5, K4)."""

    id: Ref[str]
    case: Ref[str | None] = None
    """The case that it is about; every one where none is named."""
    on: Public[date]
    reason: Private[str] = ""
    released_on: Public[date | None] = None
    released_by: Ref[str | None] = None
    release_reason: Private[str] = ""

    dated = "on"

    @property
    def status(self) -> str:
        """Whether it stands."""
        return "released" if self.released_on else "standing"


class Certificate(Record, frozen=True, kw_only=True):
    """What a purge took: counts and days, and nothing that says whose it was (K3)."""

    id: Ref[str]
    on: Public[date]
    by: Ref[str]
    cases: Public[int]
    notes: Public[int]
    tasks: Public[int]
    values: Public[int]
    concerns: Public[int] = 0
    copies_until: Public[date]
    """The day on which the last copy that still holds it is removed."""
    server_until: Public[date | None] = None
    """For a vault in a database, the day on which the server's log and backups lose it."""

    dated = "on"

    @property
    def last_until(self) -> date:
        """The day on which no copy of any kind is left."""
        return max(self.copies_until, self.server_until or self.copies_until)


class Going(Value, frozen=True, kw_only=True):
    """One thing that a purge would take."""

    type: Public[RetentionType]
    id: Ref[str]
    case: Ref[str | None]
    kept_from: Public[date]
    kept_until: Public[date]
    held: Public[bool] = False

    dated = "kept_until"

    @property
    def status(self) -> str:
        """Whether it goes, or a hold keeps it."""
        return "held" if self.held else "going"


def parse_schedule(periods: Mapping[str, Any]) -> dict[RetentionType, str]:
    """Read the retention schedule of ``district.toml``, such as ``case = "7y"``.

    Raises:
        Settings: a type of record that is not known, or no period.
    """
    if periods.keys() - set(SCHEDULED):
        raise Settings(
            "district.toml: retention has a type that is not known",
            hint=f"the types are {', '.join(SCHEDULED)}",
            fields=["retention"],
        )
    for period in periods.values():
        if not isinstance(period, str) or not _PERIOD.fullmatch(period):
            raise Settings(
                "district.toml: retention takes periods",
                fields=["retention"],
                hint='for example retention = { case = "7y", note = "24m" }',
            )
    return {name: periods[name] for name in SCHEDULED if name in periods}


class OnServer(NamedTuple):
    """How long what a database's server keeps of its own stays, where the district says it."""

    backups: str | None = None
    """Its own copies."""
    looked: str | None = None
    """Who looked at what; for good if nothing is said."""


def parse_server(server: Any) -> OnServer:
    """Read ``server = { backups = "35d", looked = "3y" }``.

    Raises:
        Settings: it says something else, or that who looked at what goes within a year.
    """
    periods = server if isinstance(server, dict) else {"": None}
    if (
        not periods
        or periods.keys() - {*OnServer._fields}
        or not all(
            isinstance(period, str) and _PERIOD.fullmatch(period) for period in periods.values()
        )
    ):
        raise Settings(
            "district.toml: server takes backups and looked, each a period",
            fields=["server"],
            hint='for example server = { backups = "35d", looked = "3y" }',
        )
    said = OnServer(**periods)
    if said.looked is not None and kept_until(date(2001, 1, 1), said.looked) < date(2002, 1, 1):
        raise Settings(
            "district.toml: who looked at what is kept for a year at least",
            fields=["server"],
            hint='for example server = { looked = "3y" }',
        )
    return said


def looks_from(judged: datetime, period: str) -> datetime:
    """Return the moment before which nobody asks any more who looked at what.

    Args:
        judged: the moment by which ages are judged.
        period: how long it is kept.
    """
    from dateutil.relativedelta import relativedelta

    match = _PERIOD.fullmatch(period)
    assert match is not None  # noqa: S101 - it was read by parse_server
    spans: dict[str, Any] = {_UNITS[match[2]]: int(match[1])}
    try:
        moment: datetime = judged - relativedelta(**spans)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)
    return moment


def kept_until(start: date, period: str) -> date:
    """Return the first day on which something may go.

    Args:
        start: the day from which it is kept.
        period: such as ``7y`` or ``90d``.
    """
    from dateutil.relativedelta import relativedelta

    match = _PERIOD.fullmatch(period)
    if match is None:
        raise Settings("district.toml: retention takes periods", fields=["retention"])
    spans: dict[str, Any] = {_UNITS[match[2]]: int(match[1])}
    try:
        day: date = start + relativedelta(**spans)
    except (ValueError, OverflowError):
        return date.max
    return day


def standing(holds: Iterable[LegalHold]) -> list[LegalHold]:
    """List the holds that were not released."""
    return [hold for hold in holds if hold.released_on is None]


def is_held(case: str | None, holds: Iterable[LegalHold]) -> bool:
    """Return whether a hold keeps what belongs to a case, or to none."""
    return any(hold.case is None or hold.case == case for hold in standing(holds))


def check_no_hold(holds: Iterable[LegalHold], what: str) -> None:
    """Refuse what must wait until every hold is released.

    Raises:
        Refused: a hold stands (K4).
    """
    if standing(holds):
        raise Refused(
            f"there is a legal hold, and {what} waits until it is released",
            rule="K4",
            hint="reintegrate vault hold list; counsel says when one may be released",
        )


def check_may_go(case: str, holds: Iterable[LegalHold]) -> None:
    """Refuse to take what belongs to a case that a hold keeps.

    Raises:
        Refused: one does (K4).
    """
    if is_held(case, holds):
        raise Refused(
            f"a legal hold keeps case {case}", rule="K4", hint="reintegrate vault hold list"
        )


def going(
    schedule: Mapping[RetentionType, str],
    *,
    cases: Iterable[Case],
    notes: Iterable[Note],
    tasks: Iterable[Task],
    entries: "Iterable[Entry]",
    holds: Sequence[LegalHold],
    today: date,
) -> list[Going]:
    """List what the schedule no longer keeps, and what of it a hold does (K3, K4).

    A closed case is kept from the day it was closed, a note from its own day, a task from
    the day it was done, former values from the day they were replaced. A case that is not
    closed stays, and so does what is still to be done.

    Args:
        schedule: how long each type is kept; a type that it does not name is kept.
        cases: every case.
        notes: every note.
        tasks: every task.
        entries: the history's entries that still have values.
        holds: the legal holds.
        today: the day of the purge.
    """

    def due(rows: Iterable[tuple[RetentionType, str, str | None, date | None]]) -> list[Going]:
        return [
            Going(type=kind, id=id_, case=case, kept_from=start, kept_until=until, held=held)
            for kind, id_, case, start in rows
            if kind in schedule and start is not None
            if (until := kept_until(start, schedule[kind])) <= today
            for held in [is_held(case, holds) if kind != "values" else bool(standing(holds))]
        ]

    taken = due(("case", case.ref, case.ref, closed_on(case, today)) for case in cases)
    whole = {row.case for row in taken if not row.held}
    taken += due(("note", note.id, note.case, note.on) for note in notes if note.case not in whole)
    # A case that is taken whole has a ref, so that a task of none is not among its own.
    open_ = (task for task in tasks if task.case not in whole)
    taken += due(("task", task.id, task.case, task.done_on) for task in open_)
    taken += due(("values", id_, None, day) for id_, day in _replaced_on(entries, today))
    return sorted(taken, key=lambda row: (TYPES.index(row.type), row.kept_until, row.id))


def _replaced_on(entries: "Iterable[Entry]", today: date) -> Iterator[tuple[str, date]]:
    """Yield the day on which the former values of each entry were replaced."""
    since = date.min
    for entry in entries:
        # No entry is older than one before it, whatever a clock said that was behind.
        day = date.fromisoformat(entry.at[:10])
        since = max(since, day) if day <= today else since
        yield entry.id, max(since, day)


def closed_on(case: Case, today: date) -> date | None:
    """Return the day on which a case that is closed was closed."""
    if case_rules.status(case, today=today, scheduled=True) != "closed":
        return None
    change = case_rules.last_change(case, "closed", today)
    return change.on if change else None


def of_case(
    due: Iterable[Going], case: Case, holds: Iterable[LegalHold], today: date
) -> list[Going]:
    """Narrow a purge to one closed case.

    Raises:
        Refused: it is held, whatever else keeps it (K4); it is not closed, or still kept (K3).
        Missing: the schedule says nothing of cases.
    """
    if is_held(case.ref, holds):
        raise Refused(
            f"a legal hold keeps case {case.ref}", rule="K4", hint="reintegrate vault hold list"
        )
    if closed_on(case, today) is None:
        raise Refused(
            f"case {case.ref} is not closed",
            rule="K3",
            hint="what is still worked with is never purged",
        )
    mine = [row for row in due if row.type == "case" and row.id == case.ref]
    if not mine:
        raise Refused(
            f"the retention schedule still keeps case {case.ref}",
            rule="K3",
            hint="reintegrate vault purge --dry-run shows what it no longer keeps",
        )
    return mine


def certificate(
    taken: Sequence[Going], *, id_: str, by: str, today: date, server: str | None = None
) -> Certificate:
    """Count what a purge takes, without saying whose it was.

    Args:
        taken: what goes.
        id_: the id of the certificate.
        by: who purges.
        today: the day of the purge.
        server: how long the server of a database keeps its log and its own backups.
    """
    server_until = kept_until(today, server) if server else None
    counts = {kind: sum(row.type == kind for row in taken) for kind in TYPES}
    return Certificate(
        id=id_,
        on=today,
        by=by,
        cases=counts["case"],
        notes=counts["note"],
        tasks=counts["task"],
        values=counts["values"],
        concerns=counts["concern"],
        copies_until=today + timedelta(days=COPIES_DAYS),
        server_until=server_until,
    )


def purges_after(
    exported_at: str,
    known: Iterable[str],
    certificates: Iterable[Certificate],
    latest: datetime | None = None,
) -> list[Certificate]:
    """List the purges that an archive was made before, the latest last (K2).

    A certificate does not say what was taken, so that nothing of an older archive can be
    known not to be it. One that was made after a purge holds its certificate, or, where it
    comes from another vault, was made at a later time.

    Args:
        exported_at: when the archive says that it was made.
        known: the ids of the certificates here that the archive holds as they are.
        certificates: those of this vault.
        latest: the last moment that an archive can have been made at; what says that it was
            made later was made by a clock that was ahead, nobody knows when.
    """
    held, exported = set(known), _moment(exported_at)
    if exported is not None and latest is not None and exported > latest:
        exported = None
    dated = [(_purged_at(purge), purge) for purge in certificates if purge.id not in held]
    later = [(at, purge.id, purge) for at, purge in dated if exported is None or exported <= at]
    return [purge for _, _, purge in sorted(later, key=lambda row: row[:2])]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _purged_at(purge: Certificate) -> datetime:
    # A certificate without its real time counts to the end of its day, everywhere on earth.
    end = datetime.combine(min(purge.on, date(9000, 1, 1)), datetime.min.time(), UTC)
    return _moment(purge.entered_at) or end + timedelta(days=2)


def check_purges(later: Sequence[Certificate], despite: str | None) -> None:
    """Refuse an archive from before a purge, unless that purge is named.

    Args:
        later: what ``purges_after`` gave.
        despite: the id of the latest of them, where somebody goes on all the same.

    Raises:
        Refused: it may bring back what a purge took (K2).
    """
    if later and despite != later[-1].id:
        latest = later[-1].id
        raise Refused(
            f"the archive was made before the purge {latest}, and may bring back what went then",
            rule="K2",
            hint=f"make a new archive, or --despite {latest} takes this one in, and the next"
            " purge takes the same again",
            fields=["despite"],
        )


def release(hold: LegalHold, *, by: str, on: date, reason: str) -> LegalHold:
    """Release a hold.

    Raises:
        Missing: it was released already.
    """
    if hold.released_on is not None:
        raise Missing(f"hold {hold.id} was released already")
    return replace(hold, released_on=on, released_by=by, release_reason=reason)
