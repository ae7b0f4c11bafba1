"""``wish``: the student's own words, and what became of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reintegrate_cli.core.calendar import short_date
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import check_case_ref, check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared
from reintegrate_cli.line.output import Column, show
from reintegrate_cli.line.verbs import Filters, IdArg, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.wish import record as wishes
from reintegrate_cli.nouns.wish.forms import EditWish, NewWish, WishOutcomeGiven
from reintegrate_cli.nouns.wish.record import Amendment, Wish

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

COLUMNS = (
    Column("case", lambda one: one.case),
    Column("id", lambda one: one.id),
    Column("about", lambda one: one.about, True),
    Column("heard", lambda one: one.heard_on),
    Column("by", lambda one: one.heard_by, True),
    Column("outcome", lambda one: one.outcome.replace("_", " "), True),
    Column("told", lambda one: one.told_on),
    Column("revisit", lambda one: one.revisit_on),
)


@verb("wish", "add")
def add(ref: RefArg, given: NewWish) -> None:
    """Keep what a student wants, word for word; case show begins with it.

    Example: reintegrate wish add HX4T --about placement --heard-by lee
    """
    ref = check_case_ref(ref)
    with session.writing("wish add") as store:
        store.cases.get(ref)
        kept = store.of(Wish)
        wish = Wish(
            case=ref,
            id=kept.next_id(ref),
            about=given.about,
            heard_on=given.heard_on or session.today(),
            heard_by=store.person(given.heard_by),
            words=given.words,
        )
        wish = kept.put(wish)
    show(wish)


@verb("wish", "edit", edits=(Wish,))
def edit(ref: RefArg, id_: IdArg, given: EditWish) -> None:
    """Put what the student says now beside what they said, or correct what became of it.

    Example: reintegrate wish edit HX4T W1 --heard-by lee
    """
    ref = check_case_ref(ref)
    with session.writing("wish edit") as store:
        store.cases.get(ref)
        former = store.of(Wish).get(ref, check_id(id_, ref))
        amendment = None
        if given.words:
            heard_by = store.person(given.heard_by) if given.heard_by else store.by
            on = given.heard_on or session.today()
            amendment = Amendment(on=on, heard_by=heard_by, words=given.words)
        wish = cleared(former, given)
        wish = replace(
            wish,
            about=given.about or wish.about,
            decided_by=store.person(given.decided_by) if given.decided_by else wish.decided_by,
            told_on=given.told_on or wish.told_on,
            revisit_on=given.revisit_on or wish.revisit_on,
            reason=given.reason or wish.reason,
        )
        wish = store.of(Wish).put(wishes.amended(wish, former, amendment, session.today()))
    show(wish)


@verb("wish", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List wishes and what became of them; the words stand in case show.

    Example: reintegrate wish list --status open
    """
    with session.reading() as store:
        found = store.of(Wish).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        found = narrowed(found, filters, store, statuses=wishes.OUTCOMES)
    show(found, COLUMNS, empty="no wish is on record", kind=Wish)


@verb("wish", "outcome")
def outcome(ref: RefArg, id_: IdArg, given: WishOutcomeGiven) -> None:
    """Record what became of a wish; short of honored, with the reason and the day told.

    Example: reintegrate wish outcome HX4T W1 --outcome honored
    """
    ref = check_case_ref(ref)
    with session.writing("wish outcome") as store:
        store.cases.get(ref)
        wish = store.of(Wish).get(ref, check_id(id_, ref))
        decided_by = store.person(given.decided_by) if given.decided_by else None
        wish = store.of(Wish).put(wishes.settle(wish, given, decided_by, session.today()))
    show(wish)


def section(store: "Store", ref: str) -> Section:
    """The wishes of one case, the live ones first."""
    found = sorted(store.of(Wish).all(case=ref), key=lambda one: not one.is_live)
    return Section(
        {"wishes": found}, pairs=[pair for wish in found for pair in _told(wish)], first=True
    )


def _told(wish: Wish) -> Iterator[tuple[str, str]]:
    """Tell a wish: their words, what they said later, and what became of it."""
    yield _label(wish), wish.words
    for one in wish.amendments:
        yield f"  on {short_date(one.on)}", one.words
    if wish.reason:
        yield "  why not whole", wish.reason
    for aside in wish.set_aside:
        yield f"  set aside {short_date(aside.on)}", aside.reason


def _label(wish: Wish) -> str:
    outcome = "" if wish.outcome == "open" else f", {wish.outcome.replace('_', ' ')}"
    return f"{wish.id} {wish.about}{outcome}, {short_date(wish.heard_on)}"
