"""Transfers to another school: what the student agreed to, and what becomes of all the rest.

The setting stays as it is (G5). The new school is told what the student agreed to, in a note; until
it has had that, a row of the agenda says so (guidance clause 16).
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Missing
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, School, Value
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World

Becomes = Literal["goes_along", "stays", "ends"]


class Transfer(Record, frozen=True, kw_only=True):
    """A transfer from one school to another, with what the student agreed to be told there."""

    case: Ref[str]
    id: Ref[str]
    on: Public[date]
    from_school: Public[School]
    school: Public[School]
    contact: Ref[str | None] = None
    note: Private[str] = ""
    handed_over_on: Public[date | None] = None
    handed_over_by: Ref[str] = ""

    dated = "on"

    @property
    def is_over(self) -> bool:
        """Return whether the new school has had the note."""
        return self.handed_over_on is not None


class Carried(Value, frozen=True, kw_only=True):
    """Something of a case, and whether it goes along, stays with the former school, or ends."""

    kind: Public[str]
    id: Ref[str]
    becomes: Public[Becomes]
    why: Public[str]


class TransferRow(Transfer, frozen=True, kw_only=True):
    """A transfer with what becomes of all that is open."""

    carried: Public[tuple[Carried, ...]]


def handed_over(transfers: list[Transfer], ref: str, on: date, by: str, note: str) -> Transfer:
    """Return the transfer whose note the new school has had.

    Raises:
        Missing: no handover is open.
        Usage: the day lies before the transfer.
    """
    open_ = [transfer for transfer in transfers if not transfer.is_over]
    if not open_:
        raise Missing(
            f"no handover of case {ref} is open",
            hint=f"reintegrate case transfer {ref} --school SCHOOL begins one",
        )
    check_after(on, open_[0].on, "the transfer")
    return replace(open_[0], handed_over_on=on, handed_over_by=by, note=note or open_[0].note)


def dates(transfer: Transfer, world: World) -> Iterator[Dated]:
    """Yield the day from which the new school waits for what the student agreed to."""
    if not transfer.is_over:
        yield world.row(
            transfer.case,
            transfer.id,
            label="handover to the new school",
            command=f"reintegrate case handover {transfer.case}",
            due_on=transfer.on,
            kind="school",
        )


def events(transfer: Transfer) -> Iterator[Event]:
    """Yield when a student changed schools, and when the new school had the note."""
    to = f"transferred to {transfer.school}"
    yield event_of(transfer, "case", transfer.on, to, text=transfer.note)
    if transfer.handed_over_on is not None:
        yield event_of(
            transfer, "case", transfer.handed_over_on, "handed over", by=transfer.handed_over_by
        )
