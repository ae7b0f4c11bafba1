"""``report moves``: who was moved where, how soon, why and who moved them, and the way back.

A move in haste shows in the days from identification; late discovery in those the other way
(guidance clauses 3, 4, 11 and 15). It counts what was decided here and what others did alike.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Public, Ref, Value, counted
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.narrowing import Filters, case_of, narrowed
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.case.record import Case, Setting
from reintegrate_cli.nouns.placement.looking import LOOKS_DAYS, looks_done
from reintegrate_cli.nouns.placement.record import MadeBy, Placement, Reason, WayBack

SOON_DAYS: Final = 30
"""A move within so many days of identification is counted by itself."""


class Move(Value, frozen=True, kw_only=True):
    """One move out of the home school, or on from there.

    ``days_since_identified`` are the days from identification to the move, ``lag_days`` those from
    a move to the identification that came only after it; one of the two at most is there.
    """

    case: Ref[str]
    id: Ref[str]
    from_: Public[Setting | None]
    to: Public[Setting | None]
    starts_on: Public[date | None]
    identified_on: Public[date | None]
    days_since_identified: Public[int | None]
    lag_days: Public[int | None]
    reasons: Public[tuple[Reason, ...]]
    made_by: Public[MadeBy | None]
    way_back: Public[WayBack | None]
    looks_done: Public[int]

    dated = "starts_on"


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("from", lambda row: label(row.from_), True),
    Column("to", lambda row: label(row.to), True),
    Column("on", lambda row: row.starts_on),
    Column("days", lambda row: row.days_since_identified),
    Column("lag", lambda row: row.lag_days),
    Column("reasons", lambda row: ", ".join(map(label, row.reasons)), True),
    Column("by", lambda row: row.made_by),
    Column("way back", lambda row: label(row.way_back), True),
    Column("looks", lambda row: f"{row.looks_done} of {len(LOOKS_DAYS)}", True),
)


@verb("report", "moves", is_list=True)
def moves(filters: Filters) -> None:
    """List moves to another setting: how soon after identification, why, who moved, the way back.

    Example: reintegrate report moves --since 2026-07-01
    """
    with session.reading() as store:
        ref = case_of(filters)
        placements = store.of(Placement).all(**({"case": ref} if ref else {}))
        cases = {case.ref: case for case in store.cases.all()}
        rows = [_move(each, cases[each.case]) for each in placements if _is_move(each)]
        rows.sort(key=lambda row: (row.starts_on, row.case, row.id))
        rows = narrowed(rows, filters, store)
    total = _total(rows)
    output.show(
        rows, COLUMNS, empty="no move is on record", kind=Move, what="move", more={"total": total}
    )
    if rows:
        output.say(
            f"{counted(len(rows), 'move')}: {total['soon']} within {SOON_DAYS} days of "
            f"identification, {total['before_identification']} before it"
        )


def _is_move(placement: Placement) -> bool:
    """Return whether a student left the setting they were in by it."""
    return placement.is_made and placement.leads_out and placement.came_from != placement.option


def _move(placement: Placement, case: Case) -> Move:
    starts, known = placement.starts_on, case.identified_on
    days = None if starts is None or known is None else (starts - known).days
    return Move(
        case=case.ref,
        id=placement.id,
        from_=placement.came_from,
        to=placement.option,
        starts_on=starts,
        identified_on=known,
        days_since_identified=days if days is not None and days >= 0 else None,
        lag_days=-days if days is not None and days < 0 else None,
        reasons=placement.reasons,
        made_by=placement.made_by,
        way_back=placement.way_back,
        looks_done=looks_done(placement),
    )


def _total(rows: Sequence[Move]) -> dict[str, Any]:
    """Return how many moves there are of each kind."""
    since = [row.days_since_identified for row in rows if row.days_since_identified is not None]
    return {
        "moves": len(rows),
        "soon": sum(days <= SOON_DAYS for days in since),
        "before_identification": sum(row.lag_days is not None for row in rows),
        "reasons": _tally(reason for row in rows for reason in row.reasons),
        "made_by": _tally(row.made_by for row in rows),
        "way_back": _tally(row.way_back for row in rows),
    }


def _tally(values: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(value for value in values if value is not None).items()))
