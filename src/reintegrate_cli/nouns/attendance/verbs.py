"""``attendance``: what those notice who see absences first, and what stood in the way."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.attendance import record as attendance
from reintegrate_cli.nouns.attendance.forms import FlagResolved, NewFlag
from reintegrate_cli.nouns.attendance.record import Flag
from reintegrate_cli.nouns.case.sections import Section

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("on", lambda one: one.on),
    Column("noticed by", lambda one: one.noticed_by, True),
    Column("what", lambda one: one.pattern.replace("_", " "), True),
    Column("barriers", lambda one: _barriers(one), True),
    Column("letter", lambda one: "held" if one.hold_letter else ""),
    Column("outcome", lambda one: (one.outcome or "open").replace("_", " "), True),
)


def _barriers(flag: Flag) -> str:
    if not flag.barriers_checked:
        return "not checked yet"
    return ", ".join(one.replace("_", " ") for one in flag.barriers) or "checked"


@verb("attendance", "flag")
def flag(ref: RefArg, given: NewFlag) -> None:
    """Note what somebody noticed about attendance; the agenda keeps it until it is answered.

    Example: reintegrate attendance flag HX4T --noticed-by reyes --date mon --date tue
    """
    ref = check_case_ref(ref)
    with session.writing("attendance flag") as store:
        store.cases.get(ref)
        kept = store.of(Flag)
        made = Flag(
            case=ref,
            id=kept.next_id(ref),
            on=given.on or session.today(),
            noticed_by=store.person(given.noticed_by) if given.noticed_by else store.by,
            pattern=given.pattern,
            dates=tuple(sorted(set(given.dates))),
            barriers_checked=bool(given.barriers_checked or given.barriers),
            barriers=given.barriers,
            hold_letter=bool(given.hold_letter),
        )
        made = kept.put(made)
    show(made)
    if not made.barriers_checked:
        say("look first at what stands in the way: transport, safety, housing, health, court, work")
    _letter(made)


def _letter(flag: Flag) -> None:
    if flag.hold_letter:
        say("ask the attendance office to hold the automated letter home; this program sends none")
    elif flag.resolved_on is None:
        say(
            "an automated letter home may be read by others; --hold-letter yes notes that it is held"
        )


@verb("attendance", "resolve")
def resolve(ref: RefArg, id_: IdArg, given: FlagResolved) -> None:
    """Answer a signal, once somebody looked at what stands in the way (G2).

    Example: reintegrate attendance resolve HX4T F1 --outcome barrier_removed --barrier transport
    """
    ref = check_case_ref(ref)
    with session.writing("attendance resolve") as store:
        store.cases.get(ref)
        found = store.of(Flag).get(ref, check_id(id_, ref))
        by = store.person(given.by) if given.by else store.by
        found = store.of(Flag).put(attendance.resolve(found, given, by, session.today()))
    show(found)
    _letter(found)


@verb("attendance", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List attendance signals: who noticed, whether barriers were looked at, what came of it.

    Example: reintegrate attendance list --status open
    """
    with session.reading() as store:
        found = store.of(Flag).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        found = narrowed(found, filters, store, statuses=attendance.STATUSES)
    show(found, COLUMNS, empty="no attendance signal is on record", kind=Flag)


def section(store: "Store", ref: str) -> Section:
    """The attendance signals of one case, the open ones first."""
    found = sorted(
        store.table("attendance").all(case=ref), key=lambda one: one.resolved_on is not None
    )
    return Section({"attendance": found}, heading="attendance", rows=found, columns=COLUMNS[1:])
