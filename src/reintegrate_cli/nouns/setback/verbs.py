"""``setback``: an ordinary event, and the way out of it."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.setback import record as setbacks
from reintegrate_cli.nouns.setback.forms import NewSetback, Recovered
from reintegrate_cli.nouns.setback.record import Setback

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("on", lambda one: one.on),
    Column("recovered", lambda one: one.recovered_on),
)


@verb("setback", "log")
def log(ref: RefArg, given: NewSetback) -> None:
    """Note a setback; it is an ordinary event, and lowers nothing.

    Example: reintegrate setback log HX4T --on mon
    """
    ref = check_case_ref(ref)
    with session.writing("setback log") as store:
        store.cases.get(ref)
        kept = store.of(Setback)
        setback = Setback(
            case=ref,
            id=kept.next_id(ref),
            on=given.on or session.today(),
            trigger=given.trigger,
            support=given.support,
            helped=given.helped,
        )
        if given.recovered_on is not None:
            setback = setbacks.recover(setback, given.recovered_on, "", "")
        setback = kept.put(setback)
    show(setback)
    if setback.recovered_on is None:
        say("setbacks are expected; to ask for less work for a while:")
        say(f"  reintegrate adjustment add {ref}")


@verb("setback", "recover")
def recover(ref: RefArg, id_: IdArg, given: Recovered) -> None:
    """Record that the student has recovered, and what helped.

    Example: reintegrate setback recover HX4T B1
    """
    ref = check_case_ref(ref)
    with session.writing("setback recover") as store:
        store.cases.get(ref)
        setback = store.of(Setback).get(ref, check_id(id_, ref))
        on = given.on or session.today()
        setback = store.of(Setback).put(setbacks.recover(setback, on, given.helped, given.support))
    show(setback)


@verb("setback", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List setbacks by their days; what happened stands in case show.

    Example: reintegrate setback list --case HX4T
    """
    with session.reading() as store:
        found = store.of(Setback).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        found = narrowed(found, filters, store, statuses=setbacks.STATUSES)
    show(found, COLUMNS, empty="no setback is on record", kind=Setback)


def section(store: "Store", ref: str) -> Section:
    """The setbacks of one case, the latest first."""
    found = sorted(store.table("setbacks").all(case=ref), key=lambda one: one.on, reverse=True)
    return Section({"setbacks": found}, heading="setbacks", pairs=[*_told(found)])


def _told(found: list[Setback]) -> list[tuple[str, str]]:
    pairs = []
    for one in found:
        over = one.recovered_on
        head = short_date(one.on) + (f", recovered {short_date(over)}" if over else "")
        said = (("", one.trigger), ("added: ", one.support), ("helped: ", one.helped))
        words = "; ".join(name + text for name, text in said if text)
        pairs.append((one.id, f"{head}{': ' if words else ''}{words}"))
    return pairs
