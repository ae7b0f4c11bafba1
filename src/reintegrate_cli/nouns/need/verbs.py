"""``need``: what a student needs, who delivers it, and what nobody does."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared, is_cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.need import record as needs
from reintegrate_cli.nouns.need.forms import DeliveredNeed, Delivering, EditNeed, EndNeed, NewNeed
from reintegrate_cli.nouns.need.record import Delivery, Need, NeedRow, Through

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.care.record import CareMember
    from reintegrate_cli.nouns.partner.record import Partner
    from reintegrate_cli.nouns.staff.record import Staff

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("area", lambda one: one.area.replace("_", " "), True),
    Column("status", lambda one: one.status),
    Column("who", lambda one: one.who or "nobody", True),
    Column("every", lambda one: one.every),
    Column("last", lambda one: one.last_on),
    Column("next by", lambda one: one.due_on),
)


@verb("need", "add")
def add(ref: RefArg, given: NewNeed) -> None:
    """Name what a student needs, and who delivers it, if anybody does; it has no end of its own.

    Example: reintegrate need add HX4T --area mental_health --partner MERID --every 1w
    """
    ref = check_case_ref(ref)
    needs.check_one(given.staff, given.partner, given.care)
    with session.writing("need add") as store:
        store.cases.get(ref)
        kept = store.of(Need)
        through, who = _who(store, ref, given)
        need = Need(
            case=ref,
            id=kept.next_id(ref),
            area=given.area,
            on=given.on or session.today(),
            through=through,
            who=who,
            every=given.every or "none",
            what=given.what,
        )
        need = kept.put(need)
        row = _row(store, need)
    if row.status == "unmet":
        say(
            f"nobody delivers it yet; reintegrate need edit {ref} {row.id} --partner SLUG, "
            "or --staff or --care, says who does"
        )
    show(row)


@verb("need", "edit", edits=(Need,))
def edit(ref: RefArg, id_: IdArg, given: EditNeed) -> None:
    """Say who delivers a need from now on, or how often.

    Example: reintegrate need edit HX4T U1 --staff lee --every 2w
    """
    ref = check_case_ref(ref)
    needs.check_one(given.staff, given.partner, given.care)
    with session.writing("need edit") as store:
        store.cases.get(ref)
        need = store.of(Need).get(ref, check_id(id_, ref))
        through, who = _who(store, ref, given)
        needs.check_open(need)
        needs.check_cleared(need, [one for one in needs.THROUGH if is_cleared(given, one)])
        need = cleared(need, given)
        need = store.of(Need).put(
            replace(
                need,
                through=through or need.through,
                who=who or need.who,
                every=given.every or need.every,
                what=given.what or need.what,
            )
        )
        row = _row(store, need)
    show(row)


@verb("need", "done")
def done(ref: RefArg, id_: IdArg, given: DeliveredNeed) -> None:
    """Record that a need was delivered.

    Example: reintegrate need done HX4T U1 --on yesterday
    """
    ref = check_case_ref(ref)
    with session.writing("need done") as store:
        store.cases.get(ref)
        need = store.of(Need).get(ref, check_id(id_, ref))
        delivery = Delivery(
            on=given.on or session.today(), by=need.who, entered_by=store.by, note=given.note
        )
        need = store.of(Need).put(needs.delivered(need, delivery))
        row = _row(store, need)
    show(row)


@verb("need", "end")
def end(ref: RefArg, id_: IdArg, given: EndNeed) -> None:
    """End a need, with the reason; what was delivered stays in the record.

    Example: reintegrate need end HX4T U1 --reason student_choice
    """
    ref = check_case_ref(ref)
    with session.writing("need end") as store:
        store.cases.get(ref)
        need = store.of(Need).get(ref, check_id(id_, ref))
        need = needs.ended(need, given.on or session.today(), given.reason)
        need = store.of(Need).put(need)
        row = _row(store, need)
    show(row)


@verb("need", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the support map; --status unmet lists what nobody delivers.

    Example: reintegrate need list --status unmet
    """
    with session.reading() as store:
        found = store.of(Need).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        rows = [_row(store, one) for one in found]
        if filters.status is None:
            rows = [one for one in rows if one.status != "ended"]
        rows = narrowed(rows, filters, store, statuses=needs.STATUSES)
    show(rows, COLUMNS, empty="no need is on record", kind=NeedRow)


def _who(store: "Store", ref: str, given: Delivering) -> tuple[Through | None, str | None]:
    """Find who is named as delivering."""
    if given.staff:
        return "staff", store.staff.get(given.staff).slug
    if given.partner:
        return "partner", store.partners.get(given.partner).slug
    if given.care:
        return "care", store.care.get(ref, check_id(given.care, ref)).id
    return None, None


def _row(store: "Store", need: Need) -> NeedRow:
    """Show a need, having looked whether the one who delivers it is still there."""
    who = need.who or ""
    one: CareMember | Partner | Staff | None
    if need.through == "care":
        one = store.care.find(need.case, who)
    else:
        one = store.partners.find(who) if need.through == "partner" else store.staff.find(who)
    return needs.row(need, here=one is not None and one.ended_on is None)


def section(store: "Store", ref: str) -> Section:
    """The support map of one case, what nobody delivers first."""
    found = store.of(Need).all(case=ref)
    rows = sorted((_row(store, one) for one in found), key=lambda one: _ORDER[one.status])
    words = [(f"{one.id} {short_date(one.on)}", one.what) for one in rows if one.what]
    return Section({"needs": found}, pairs=words, heading="support", rows=rows, columns=COLUMNS[1:])


_ORDER = {"unmet": 0, "met": 1, "ended": 2}
