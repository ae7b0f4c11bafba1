"""``find``: where a word stands, by code; what stands there is not shown."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.catalogue import TABLES, called
from reintegrate_cli.core.comparing import folded
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import Form, Private, Public, Ref, Sensitivity, Value, walk
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, show
from reintegrate_cli.line.verbs import verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Search(Form, kw_only=True):
    """What ``find`` takes."""

    text: Annotated[Private[str], "what to look for"]


class Found(Value, frozen=True, kw_only=True):
    """One place where the text stands."""

    noun: Public[str]
    case: Ref[str | None]
    id: Ref[str | None]
    field: Public[str]


COLUMNS = (
    Column("what", lambda row: called(row.noun), True),
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("in", lambda row: row.field.replace("_", " "), True),
)


@verb("find", "find", is_list=True)
def find(given: Search) -> None:
    """Find a word in notes, tasks, partners and the rest; names of students are left out.

    Example: reintegrate find
    """
    wanted = folded(given.text)
    if len(wanted) < 2:
        raise Usage("give two characters or more", fields=["text"])
    with session.reading() as store:
        found = list(_places(store, wanted))
    show(found, COLUMNS, empty="not found")


def _places(store: "Store", wanted: str) -> Iterator[Found]:
    # Identity is left out above all: asking for a name would tell anybody at the keyboard
    # whether that student is here. It is found under ``case reveal`` alone.
    for noun in (name for name, table in TABLES.items() if table.searched):
        if not store.shelf.is_used(noun):
            continue
        for record in store.table(noun).all():
            fields = {
                spec.key
                for spec, value in walk(record)
                if spec.sensitivity <= Sensitivity.PRIVATE
                for text in (value if isinstance(value, tuple) else (value,))
                if isinstance(text, str) and wanted in folded(text)
            }
            for field in sorted(fields):
                yield Found(noun=noun, case=_case(record), id=_id(record), field=field)


def _case(record: Any) -> str | None:
    return getattr(record, "case", None) or getattr(record, "ref", None)


def _id(record: Any) -> str | None:
    return getattr(record, "id", None) or getattr(record, "slug", None)
