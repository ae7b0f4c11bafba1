"""``separation slip``: what the registrar is told, about the student who moves and nobody else."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import Within
from reintegrate_cli.core.records import Form, Private, Public, Ref, Sensitivity, Value
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.separation.checking import OptionalId
from reintegrate_cli.nouns.separation.meetings import Where
from reintegrate_cli.nouns.separation.record import Separation
from reintegrate_cli.nouns.separation.solving import is_installed
from reintegrate_cli.nouns.separation.suggesting import SECONDS, ChangeRow, change_row, solved
from reintegrate_cli.nouns.separation.whereabouts import Together, beside, pick

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_MOST = 3


class SlipAsked(Form, kw_only=True):
    """What ``separation slip`` takes."""

    number: Annotated[
        Public[int | None], Within(1, _MOST), "which of the suggestions (default: the first)"
    ] = None


class Move(Value, frozen=True, kw_only=True):
    """One of the student's own classes, and the one that they change to."""

    course: Private[str | None]
    from_: Private[str | None]
    to: Private[str | None]
    from_period: Private[str | None]
    to_period: Private[str | None]


class Slip(Value, frozen=True, kw_only=True):
    """What the registrar needs to know: no reason, and nobody else."""

    case: Ref[str]
    changes: Private[tuple[Move, ...]]
    not_in: Private[tuple[str, ...]]
    """Classes in which the student is not to be."""
    other_times: Public[tuple[Where, ...]]
    """Places for which the student needs another time."""
    starts_on: Public[date]
    ends_on: Public[date]
    ask: Ref[str]
    """Who is asked: the one who coordinates the student's case."""


@verb("separation", "slip")
def slip(ref: RefArg, given: SlipAsked, id_: OptionalId = None) -> None:
    """Print what the registrar is told: the student's own classes from and to, and the dates.

    It is about the student who moves. There is no reason in it, and no other student.

    Example: reintegrate separation slip D4SX SP1
    """
    today = session.today()
    with session.reading() as store:
        separation = pick(store, ref, id_, today)
        if separation.status_on(today) != "active":
            raise Usage(f"{separation.name} is over", hint="there is nothing to tell the registrar")
        together = Together.of(store, separation, today)
        found = together.conflicts(separation)
        live = [each for each in store.of(Separation).all() if each.status_on(today) == "active"]
        changes = _changes(store, separation, live, given.number or 1) if is_installed() else ()
        mover = store.cases.get(separation.who_moves)
    made = Slip(
        case=mover.ref,
        changes=tuple(map(_move, changes)),
        not_in=tuple(dict.fromkeys(each.class_ for each in found if each.class_)),
        other_times=tuple(place for place in separation.wheres if place != "class"),
        starts_on=max(separation.starts_on, today),
        ends_on=separation.ends_on,
        ask=mover.owner,
    )
    with session.writing() as store:
        store.touch(separation.name)
    if output.current.as_json:
        output.show(made, upto=Sensitivity.PRIVATE)
        return
    output.pairs(_lines(made, today))
    if not is_installed() and made.not_in:
        say("the registrar finds the other class: no solver is installed here to suggest one")
    elif made.not_in and not changes:
        say("no change of classes was found; talk with the registrar before you hand this over")


def _changes(
    store: "Store", separation: Separation, live: list[Separation], number: int
) -> tuple[ChangeRow, ...]:
    """Return the changes of one suggestion.

    Raises:
        Usage: there are not so many suggestions.
    """
    items = solved(store, beside(separation, live), SECONDS).items
    if number > len(items):
        raise Usage(
            f"there is no suggestion {number}",
            hint="reintegrate separation suggest numbers them",
            fields=["number"],
        )
    rows = map(change_row, items[number - 1].changes)
    return tuple(row for row in rows if row.case == separation.who_moves)


def _move(change: ChangeRow) -> Move:
    return Move(
        course=change.course,
        from_=change.from_,
        to=change.to,
        from_period=change.from_period,
        to_period=change.to_period,
    )


def _lines(slip: Slip, today: date) -> Iterator[tuple[str, str]]:
    """Yield a slip as a registrar reads it."""
    yield "for", f"the student you were told of ({slip.case})"
    for move in slip.changes:
        yield (
            f"change {move.course or 'the class'}",
            f"from {_named(move.from_, move.from_period)} to {_named(move.to, move.to_period)}",
        )
    for code in slip.not_in:
        yield "not in", code
    if slip.other_times:
        yield "another time for", ", ".join(slip.other_times)
    yield "from", explain_date(slip.starts_on, today).partition(",")[0]
    yield "until", explain_date(slip.ends_on, today).partition(",")[0]
    if slip.ask:
        yield "questions", f"to {slip.ask}; please keep this between us"


def _named(code: str | None, period: str | None) -> str:
    return f"{code or 'a class'}, period {period}" if period else code or "a class"
