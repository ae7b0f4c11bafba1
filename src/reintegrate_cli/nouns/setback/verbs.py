"""``setback``: an ordinary event, and the way out of it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.hints import PAST, PROSE, TODAY, Option
from reintegrate_cli.core.records import Form, Private, Public
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.setback import record as setbacks
from reintegrate_cli.nouns.setback.record import STATUSES, Setback

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewSetback(Form, kw_only=True):
    """What ``setback log`` takes; only what is worth remembering."""

    on: Annotated[Public[date], PAST, TODAY, "the day it was"]
    trigger: Annotated[
        Private[str], PROSE, Option("--what"), "what happened, and what led to it"
    ] = ""
    support: Annotated[Private[str], PROSE, Option("--support-added"), "the support added"] = ""
    helped: Annotated[Private[str], PROSE, Option("--what-helped"), "what helped"] = ""
    recovered_on: Annotated[
        Public[date | None], PAST, "the day the student had recovered, if that is past"
    ] = None


class Recovered(Form, kw_only=True):
    """What ``setback recover`` takes."""

    on: Annotated[
        Public[date],
        PAST,
        TODAY,
        Option("--on", "--recovered-on"),
        "the day the student had recovered",
    ]
    helped: Annotated[Private[str], PROSE, Option("--what-helped"), "what helped"] = ""
    support: Annotated[Private[str], PROSE, Option("--support-added"), "the support added"] = ""


COLUMNS = (
    Column("case", lambda setback: setback.case),
    Column("id", lambda setback: setback.id),
    Column("on", lambda setback: setback.on),
    Column("recovered", lambda setback: setback.recovered_on),
)


@adds("setback", "log", then=("setback recover {ref} {id}",))
def log(work: Work, given: NewSetback) -> Setback:
    """Note a setback; it is an ordinary event, and lowers nothing.

    Example: reintegrate setback log HX4T --on yesterday
    """
    setback = work.new(Setback, given, recovered_on=None)
    if given.recovered_on is not None:
        return setbacks.recover(setback, given.recovered_on, "", "")
    work.say("setbacks are expected; to ask for less work for a while:")
    work.say(f"  reintegrate adjustment add {work.ref}")
    return setback


@changes("setback", "recover")
def recover(work: Work, setback: Setback, given: Recovered) -> Setback:
    """Record that the student has recovered, and what helped.

    Example: reintegrate setback recover HX4T B1
    """
    return setbacks.recover(setback, given.on, given.helped, given.support)


@lists("setback", COLUMNS, STATUSES)
def list_(work: Work, records: list[Setback]) -> list[Setback]:
    """List setbacks by their days; what happened is in case show.

    Example: reintegrate setback list --case HX4T
    """
    return records


def section(store: "Store", ref: str) -> Section:
    """The setbacks of one case, the latest first."""
    latest_first = sorted(store.of(Setback).all(case=ref), key=lambda one: one.on, reverse=True)
    pairs = [(setback.id, _told(setback)) for setback in latest_first]
    return Section({"setbacks": latest_first}, heading="setbacks", pairs=pairs)


def _told(setback: Setback) -> str:
    over = setback.recovered_on
    head = short_date(setback.on) + (f", recovered {short_date(over)}" if over else "")
    parts = (("", setback.trigger), ("added: ", setback.support), ("helped: ", setback.helped))
    words = "; ".join(name + text for name, text in parts if text)
    return f"{head}: {words}" if words else head
