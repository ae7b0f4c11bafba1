"""``separation check``: where two students may still meet."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated

from reintegrate_cli.core.records import Private, Public, Ref, Sensitivity, Value
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.separation.meetings import Conflict, Where
from reintegrate_cli.nouns.separation.record import Separation
from reintegrate_cli.nouns.separation.whereabouts import Together, pick

OptionalId = Annotated[
    str | None,
    Argument(metavar="[ID]", help="The separation; the only one if left out.", finds="id"),
]


class ConflictRow(Value, frozen=True, kw_only=True):
    """A period and a place in which the two may meet; what is absent is not known.

    ``unsure`` is true where it rests on something that is not known.
    """

    period: Private[str | None]
    class_: Private[str | None]
    place: Public[Where]
    term: Private[str | None]
    unsure: Public[bool]


class Checked(Value, frozen=True, kw_only=True):
    """Where the two of a separation may meet, by the roster of a day."""

    case: Ref[str]
    id: Ref[str]
    other: Ref[str]
    roster_of: Public[date | None]
    conflicts: Private[tuple[ConflictRow, ...]]


CONFLICTS = (
    Column("place", lambda row: row.place),
    Column("period", lambda row: row.period or "not known"),
    Column("class", lambda row: row.class_ or ("not known" if row.place == "class" else "")),
    Column("term", lambda row: row.term, True),
)


@verb("separation", "check")
def check(ref: RefArg, id_: OptionalId = None) -> None:
    """Say where the two may meet: in classes by the roster, and in places that were typed.

    What is not known counts: they may meet there, and it is said.

    Example: reintegrate separation check D4SX SP1
    """
    today = session.today()
    with session.reading() as store:
        separation = pick(store, ref, id_, today)
        together = Together.of(store, separation, today)
        found = together.conflicts(separation)
    rows = tuple(map(_row, found))
    read = together.read
    if output.current.as_json:
        checked = Checked(
            case=separation.case,
            id=separation.id,
            other=separation.other,
            roster_of=read.imported_on if read else None,
            conflicts=rows,
        )
        output.show(checked, upto=Sensitivity.PRIVATE)
        return
    if rows:
        output.table(rows, CONFLICTS)
    for line in said(separation, together, found):
        say(line)


def _row(conflict: Conflict) -> ConflictRow:
    return ConflictRow(
        period=conflict.period,
        class_=conflict.class_,
        place=conflict.place,
        term=conflict.term,
        unsure=conflict.unsure,
    )


def said(separation: Separation, together: Together, found: Sequence[Conflict]) -> Iterator[str]:
    """Yield what there is to say of a check: what is not known, and what may be done."""
    classes = [conflict for conflict in found if conflict.place == "class"]
    for ref in (separation.case, separation.other):
        if not together.is_known(ref):
            yield f"nothing is known of the classes of {ref}, so that they may meet in any"
    for conflict in classes:
        if conflict.unsure and together.has_classes(separation):
            name = conflict.class_ or "a class"
            yield f"{name}: when it meets is not known, so that they may meet there"
    for conflict in found:
        if conflict.unsure and conflict.place != "class":
            yield f"{conflict.place}: no time is known, so that they may meet there"
    if not found:
        yield "by the roster they meet in no class"
    elif any(conflict.class_ for conflict in classes):
        yield f"then: reintegrate separation suggest {separation.case} {separation.id}"
