"""What ``case show`` brings together: one section for each noun that has something to say.

A section is a function from the store and a ref to a ``Section``; a noun joins by one line in
``SECTIONS``, in the order in which a person should read them: the student's words, then what
is agreed, then what happened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from reintegrate_cli import output, session
from reintegrate_cli.output import Column

if TYPE_CHECKING:
    from reintegrate_cli.store import Store

SECTIONS = (
    "wish:section",
    "goal:section:goals",
    "casefile:words",
    "contact:section",
    "care:section",
    "safety:section:safety",
    "casefile:rights",
    "conferring:section",
    "credit:section:schooling,credits",
    "need:section:needs",
    "connection:section:connections",
    "adjustment:section:adjustments",
    "setback:section:setbacks",
    "incident:section:incidents",
    "attendance:section:attendance",
    "referral:section:referrals",
    "release:section:releases",
    "disclosure:section:disclosures",
    "casefile:notes",
)
"""Module and function, below ``commands``; then the tables without which there is nothing to say,
so that the module loads where one of them holds something. Their names are the keys in JSON."""


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


def sections() -> Iterator[Make]:
    """Give what makes each section."""
    for said in SECTIONS:
        module, name, *tables = said.split(":")
        if tables:
            yield partial(_where_kept, module, name, tables[0].split(","))
        else:
            yield getattr(import_module(f"reintegrate_cli.commands.{module}"), name)


def _where_kept(module: str, name: str, tables: Sequence[str], store: "Store", ref: str) -> Section:
    if any(store.keeps(table, ref) for table in tables):
        make: Make = getattr(import_module(f"reintegrate_cli.commands.{module}"), name)
        return make(store, ref)
    from reintegrate_cli.vault import TABLES

    # Of what there is one in a case, none is null; of the others, none is an empty list.
    one = {table for table in tables if TABLES[table].key == ("case",)}
    return Section({table: None if table in one else [] for table in tables})


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
    """How the transfer of rights at eighteen stands, once it is near; no date of it."""
    from reintegrate_cli import rights as rules

    view = rules.view(ref, store.identities.find(ref), store.schedules.all(case=ref),
                      session.today())  # fmt: skip
    said = {"near": f"{view.days_left} days left", "transferred": "they are the student's"}
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
