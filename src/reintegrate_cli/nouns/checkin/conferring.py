"""Staff who confer: ``checkin conferrals``, and what they saw in ``case show`` (E4).

It stands beside the other verbs of ``checkin`` so that ``case show`` does not load those.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.records import Public
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, show
from reintegrate_cli.line.verbs import Filters, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.checkin import monitoring
from reintegrate_cli.nouns.checkin.monitoring import ConferralRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_LATEST = 3
"""How many conferrals a case shows; the timeline has all of them."""
COLUMNS = (
    Column("case", lambda row: row.case),
    Column("status", lambda row: row.status),
    Column("last", lambda row: row.last_on or "never"),
    Column("days", lambda row: row.days),
    Column("who", lambda row: row.who, True),
)


class ConferralFilters(Filters, kw_only=True):
    """What narrows conferrals: the filters of every list, and a day without one since."""

    none_since: Annotated[Public[date | None], "only where nobody conferred since this day"] = None


@verb("checkin", "conferrals", is_list=True, statuses=monitoring.STATUSES)
def conferrals(filters: ConferralFilters) -> None:
    """List when staff last conferred about each student, never first and longest ago next.

    Example: reintegrate checkin conferrals --status late
    """
    ref, since = case_of(filters), filters.none_since
    with session.reading() as store:
        rows = monitoring.conferrals(session.world(store, ref), session.today())
        if since is not None:
            rows = [row for row in rows if row.last_on is None or row.last_on < since]
        rows = narrowed(rows, filters, store, owners=lambda row: (row.owner,))
    show(rows, COLUMNS, empty="no case is open", what="case", kind=ConferralRow)


def section(store: "Store", ref: str) -> Section:
    """What staff saw of one student's way in school: the latest few times that they conferred."""
    conferrals = monitoring.conferrals_of(store.checkins.all(case=ref))
    return Section(
        {"conferrals": conferrals},
        heading="what staff saw, when they conferred",
        pairs=[
            (f"{short_date(each.on)}, {name}", getattr(each, field))
            for each in conferrals[-_LATEST:]
            for field, name in monitoring.NAMES.items()
        ],
    )
