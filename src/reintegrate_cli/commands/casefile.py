"""What ``case show`` brings together: one section for each noun that has something to say.

A section is a function from the store and a ref to a ``Section``; a noun says its place in the
catalogue, in the order in which a person should read them: the student's words, then what is
agreed, then what happened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from reintegrate_cli import output, session
from reintegrate_cli.catalogue import IN_CASE, NOUNS, ONE_IN_CASE, Noun
from reintegrate_cli.output import Column

if TYPE_CHECKING:
    from reintegrate_cli.store import Store


@dataclass
class Section:
    """One part of a case, as JSON has it and as a person reads it.

    ``document`` is what it adds to the JSON object; ``pairs`` are names with values, and
    ``rows`` with ``columns`` a table under ``heading``. ``first`` puts it before the case's own row.
    """

    document: Mapping[str, Any]
    pairs: Sequence[tuple[str, str]] = ()
    heading: str = ""
    rows: Sequence[Any] = ()
    columns: Sequence[Column] = ()
    first: bool = False
    chart: Sequence[str] = field(default=())
    """Lines that are drawn as they are."""

    def draw(self) -> None:
        """Show the section to a person; one with nothing in it is left out."""
        if not (self.pairs or self.rows or self.chart):
            return
        if self.heading:
            output.print_rows(f"\n{self.heading}")
        output.pairs(self.pairs)
        if self.rows:
            output.table(self.rows, self.columns)
        for text in self.chart:
            output.print_rows(text)


Make = Callable[["Store", str], Section]
_LAST = 1000


def sections() -> Iterator[Make]:
    """Yield what makes each section, in the order in which a person should read them."""
    placed: list[tuple[int, Make]] = [(30, words), (70, rights), (_LAST, notes)]
    placed += [(noun.reads, partial(_of_noun, noun)) for noun in NOUNS if noun.reads]
    yield from (make for _, make in sorted(placed, key=lambda one: one[0]))


def _of_noun(noun: Noun, store: "Store", ref: str) -> Section:
    """Make a noun's section; its module loads where the case has a record of it."""
    tables = [table for table in noun.tables if table.key in (IN_CASE, ONE_IN_CASE)]
    if noun.always or any(store.keeps(table.name, ref) for table in tables):
        module = noun.reads_in or noun.verbs or noun.name
        make: Make = import_module(f"reintegrate_cli.commands.{module}").section
        return make(store, ref)
    # Of what there is one in a case, none is null; of the others, none is an empty list.
    return Section({table.name: None if table.key == ONE_IN_CASE else [] for table in tables})


def words(store: "Store", ref: str) -> Section:
    """The student's own words about how they want to meet."""
    schedules = store.schedules.all(case=ref)
    said = [one.words for one in schedules if one.words]
    return Section(
        {"schedules": [one.id for one in schedules], "words": said},
        pairs=[("in their words", text) for text in said],
        first=True,
    )


def rights(store: "Store", ref: str) -> Section:
    """How the transfer of rights at eighteen stands, once it is near; no date, and no days."""
    from reintegrate_cli import rights as rules

    view = rules.view(ref, store.identities.find(ref), store.schedules.all(case=ref),
                      session.today(), counted=False)  # fmt: skip
    said = {"near": "soon the student's", "transferred": "they are the student's"}
    told = f"; told on {view.told_on.isoformat()}" if view.told_on else ""
    return Section(
        {"rights": view},
        pairs=[("rights at 18", said[view.state] + told)] if view.state in said else (),
    )


def notes(store: "Store", ref: str) -> Section:
    """The notes, with what happened to the case itself."""
    kept = store.notes.all(case=ref)
    return Section(
        {"changes": store.cases.get(ref).changes, "notes": kept},
        pairs=[(f"{note.id} {note.on.isoformat()}", note.text) for note in kept],
    )
