"""``separation suggest``: the least disruptive changes of schedules, worked out by a solver."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import Within
from reintegrate_cli.core.records import Form, Private, Public, Ref, Sensitivity, Value, counted
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.separation.checking import OptionalId
from reintegrate_cli.nouns.separation.choices import Change, Suggestion
from reintegrate_cli.nouns.separation.record import Separation
from reintegrate_cli.nouns.separation.solving import Suggestions
from reintegrate_cli.nouns.separation.solving import suggest as solve
from reintegrate_cli.nouns.separation.whereabouts import Together, beside, pairs_of, pick

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

SECONDS = 10
MOST_SECONDS = 3600

OptionalRef = Annotated[
    str | None,
    Argument(metavar="[REF]", help="The case; every separation if left out.", finds="cases"),
]


class Suggesting(Form, kw_only=True):
    """What ``separation suggest`` takes."""

    seconds: Annotated[
        Public[int | None],
        Within(1, MOST_SECONDS),
        f"how long to look for something better (default: {SECONDS})",
    ] = None


class ChangeRow(Value, frozen=True, kw_only=True):
    """One class for another of the same course; ``in_it_now`` is its head count by the roster."""

    case: Ref[str]
    course: Private[str | None]
    from_: Private[str | None]
    to: Private[str | None]
    from_period: Private[str | None]
    to_period: Private[str | None]
    in_it_now: Private[int | None]


class SuggestionRow(Value, frozen=True, kw_only=True):
    """Changes that go together, and how many meetings are left after them."""

    changes: Private[tuple[ChangeRow, ...]]
    remaining: Public[int]


class Line(Value, frozen=True, kw_only=True):
    """One change of a suggestion, as a table shows it."""

    number: Public[int]
    case: Ref[str]
    course: Private[str | None]
    change: Private[str]
    periods: Private[str]
    in_it_now: Private[int | None]
    remaining: Public[int]


LINES = (
    Column("no.", lambda row: row.number),
    Column("case", lambda row: row.case),
    Column("course", lambda row: row.course, True),
    Column("change", lambda row: row.change, True),
    Column("period", lambda row: row.periods, True),
    Column("in it now", lambda row: row.in_it_now),
    Column("still meet", lambda row: row.remaining),
)


@verb("separation", "suggest", is_list=True)
def suggest(given: Suggesting, ref: OptionalRef = None, id_: OptionalId = None) -> None:
    """Suggest the fewest class changes after which the two no longer meet.

    Courses, terms and load stay as they are, and nobody's schedule changes but that of the student
    who moves. How many seats a room has is not known here: the room is to be asked.

    Example: reintegrate separation suggest D4SX SP1
    """
    with session.reading() as store:
        separations, one = _wanted(store, ref, id_)
        answer = solved(store, separations, given.seconds or SECONDS)
    items = [_row(item) for item in answer.items]
    if output.current.as_json:
        names = ("who_moves", "wish_of", "wish_words")
        more = {"proven": answer.proven, **{name: getattr(one, name) for name in names if one}}
        output.show(items, upto=Sensitivity.PRIVATE, more=more, kind=SuggestionRow)
        return
    if one is not None and not output.current.as_csv:
        output.pairs(
            [
                ("whose schedule moves", one.who_moves),
                (f"the wish of {one.wish_of}", one.wish_words),
            ]
        )
        output.print_rows("")
    lines = [line for number, item in enumerate(items, 1) for line in _lines(number, item)]
    output.show(
        lines,
        LINES,
        upto=Sensitivity.PRIVATE,
        kind=Line,
        empty="no class has to change"
        if not items or not items[0].remaining
        else "no change of classes keeps them apart",
    )
    for text in _said(answer, one):
        say(text)


def _wanted(
    store: "Store", ref: str | None, id_: str | None
) -> tuple[list[Separation], Separation | None]:
    """Return the separations to solve together, and the one that was named."""
    today = session.today()
    live = [each for each in store.of(Separation).all() if each.status_on(today) == "active"]
    if ref is None:
        return live, None
    one = pick(store, ref, id_, today)
    if one.status_on(today) != "active":
        raise Usage(f"{one.name} is over", hint="reintegrate separation list --status active")
    return beside(one, live), one


def solved(store: "Store", separations: list[Separation], seconds: int) -> Suggestions:
    """Work out the least disruptive changes for some separations at once.

    Raises:
        Settings: the solver is not installed.
    """
    first = max([session.today(), *(each.starts_on for each in separations[:1])])
    last = max((each.ends_on for each in separations), default=None)
    together = Together(store, first, last)
    students = {
        ref: together.whereabouts(ref, [each for each in separations if ref in each.pair])
        for each in separations
        for ref in each.pair
    }
    return solve(together.lessons(), students, pairs_of(separations), seconds=seconds)


def change_row(change: Change) -> ChangeRow:
    """Return a change as it is shown."""
    return ChangeRow(
        case=change.case,
        course=change.course,
        from_=change.from_,
        to=change.to,
        from_period=change.from_period,
        to_period=change.to_period,
        in_it_now=change.heads,
    )


def _row(item: Suggestion) -> SuggestionRow:
    return SuggestionRow(changes=tuple(map(change_row, item.changes)), remaining=item.remaining)


def _lines(number: int, item: SuggestionRow) -> Iterator[Line]:
    for change in item.changes:
        yield Line(
            number=number,
            case=change.case,
            course=change.course,
            change=f"{change.from_ or 'not known'} to {change.to or 'not known'}",
            periods=f"{change.from_period or 'not known'} to {change.to_period or 'not known'}",
            in_it_now=change.in_it_now,
            remaining=item.remaining,
        )


def _said(answer: Suggestions, one: Separation | None) -> Iterator[str]:
    """Yield what a person has to know beside the changes."""
    changes = [change for item in answer.items for change in item.changes]
    heads = {change.to: change.heads for change in changes if change.heads is not None}
    for code, now in heads.items():
        yield f"{code}: {now} now; room to be asked"
    if changes and one is not None:
        yield f"then: reintegrate separation slip {one.case} {one.id}"
    if not answer.proven:
        yield "time ran out: these are the best so far; --seconds N looks longer"
    for ref in answer.unsure:
        yield f"{ref}: a class of theirs has no known period; ask whether a change fits beside it"
    left = answer.items[0].remaining if answer.items else 0
    if left:
        yield f"they may still meet in {counted(left, 'place')}: reintegrate separation check"
