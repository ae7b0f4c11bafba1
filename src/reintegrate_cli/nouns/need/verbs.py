"""``need``: what a student needs, who delivers it, and what nobody does."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.hints import PAST, PROSE, TODAY, Fills
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Agency, CareId, Every, Form, Private, Public, Ref, Worker
from reintegrate_cli.line.clearing import is_cleared
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.need import record as rules
from reintegrate_cli.nouns.need.record import (
    STATUSES,
    THROUGH,
    Area,
    Delivery,
    EndReason,
    Need,
    NeedRow,
    Through,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Delivering(Form, kw_only=True):
    """Who delivers a need and how often; one of the three is named, or none."""

    staff: Annotated[
        Ref[Worker | None], Fills("through", "who"), "the member of staff who delivers it"
    ] = None
    partner: Annotated[
        Ref[Agency | None], Fills("through", "who"), "the partner that delivers it"
    ] = None
    care: Annotated[
        Ref[CareId | None], Fills("through", "who"), "the person on the care team who delivers it"
    ] = None
    every: Annotated[Public[Every | None], "how often: 1w 2w 1m none"] = None

    def __post_init__(self) -> None:
        """Require that one of them is named at most."""
        _deliverer(self)


class NewNeed(Delivering, kw_only=True):
    """What ``need add`` takes."""

    area: Annotated[Public[Area], "what it has to do with"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was named"]
    what: Annotated[Private[str], PROSE, "what is needed"] = ""


class EditNeed(Delivering, kw_only=True):
    """What ``need edit`` takes: what is given replaces what was there."""

    asks_when_bare: ClassVar[bool] = True

    what: Annotated[Private[str], PROSE, "what is needed"] = ""


class DeliveredNeed(Form, kw_only=True):
    """What ``need done`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day it was delivered"]
    note: Annotated[Private[str], PROSE, "what to remember"] = ""


class EndNeed(Form, kw_only=True):
    """What ``need end`` takes."""

    reason: Annotated[Public[EndReason], "why it ends"]
    on: Annotated[Public[date], PAST, TODAY, "the last day"]


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("area", lambda row: label(row.area), True),
    Column("status", lambda row: row.status),
    Column("who", lambda row: row.who or "nobody", True),
    Column("every", lambda row: row.every),
    Column("last", lambda row: row.last_on),
    Column("next by", lambda row: row.due_on),
)


def _row(work: Work, need: Need) -> NeedRow:
    """Return the row of a need, after a look whether the one who delivers it is still there."""
    return rules.row(need, here=need.through is not None and _is_here(work, need, need.through))


def _is_here(work: Work, need: Need, noun: Through) -> bool:
    table, who = BY_NAME[noun].tables[0], need.who or ""
    key = (need.case, who) if "case" in table.key else (who,)
    deliverer = work.store.table(table.name).find(*key)
    return deliverer is not None and not deliverer.is_over


def _deliverer(given: Delivering) -> dict[str, str]:
    return rules.deliverer(staff=given.staff, partner=given.partner, care=given.care)


@adds("need", view=_row)
def add(work: Work, given: NewNeed) -> Need:
    """Name what a student needs, and who delivers it, if anybody does; it has no end of its own.

    Example: reintegrate need add HX4T --area mental_health --partner MERID --every 1w
    """
    need = work.new(Need, given, **_deliverer(given))
    if _row(work, need).status == "unmet":
        work.say(
            f"nobody delivers it yet; reintegrate need edit {need.case} {need.id} --partner SLUG, "
            "or --staff or --care, says who does"
        )
    return need


@changes("need", "edit", view=_row, edits=(Need,))
def edit(work: Work, need: Need, given: EditNeed) -> Need:
    """Say who delivers a need from now on, or how often.

    Example: reintegrate need edit HX4T U1 --staff lee --every 2w
    """
    rules.check_open(need)
    rules.check_cleared(need, [through for through in THROUGH if is_cleared(given, through)])
    return edited(need, given, **_deliverer(given))


@changes("need", "done", view=_row)
def done(work: Work, need: Need, given: DeliveredNeed) -> Need:
    """Record that a need was delivered.

    Example: reintegrate need done HX4T U1 --on yesterday
    """
    delivery = Delivery(on=given.on, by=need.who, entered_by=work.you, note=given.note)
    return rules.delivered(need, delivery)


@changes("need", "end", view=_row)
def end(work: Work, need: Need, given: EndNeed) -> Need:
    """End a need, with the reason; what was delivered stays in the record.

    Example: reintegrate need end HX4T U1 --reason student_choice
    """
    return rules.ended(need, given.on, given.reason)


@lists("need", COLUMNS, STATUSES, hides="ended")
def list_(work: Work, needs: list[Need]) -> list[NeedRow]:
    """List the support map; --status unmet lists what nobody delivers.

    Example: reintegrate need list --status unmet
    """
    return [_row(work, need) for need in needs]


def section(store: "Store", ref: str) -> Section:
    """Return the support map of one case, what nobody delivers first."""
    needs = store.of(Need).all(case=ref)
    rows = sorted(list_(Work(store, ref), needs), key=lambda row: _ORDER[row.status])
    words = [(f"{row.id} {short_date(row.on)}", row.what) for row in rows if row.what]
    return Section({"needs": needs}, pairs=words, heading="support", rows=rows, columns=COLUMNS[1:])


_ORDER = {"unmet": 0, "met": 1, "ended": 2}
