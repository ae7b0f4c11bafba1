"""What is still somebody's: derived from every field that says who has something to do."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from reintegrate_cli import catalogue
from reintegrate_cli.core.records import (
    WORK,
    Public,
    Record,
    Ref,
    Value,
    fields_of,
    is_form,
    same_slug,
    walk,
)

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Theirs(Value, frozen=True, kw_only=True):
    """Something that waits for a person: which record, and the field that names them."""

    noun: Public[str]
    case: Ref[str | None]
    id: Ref[str | None]
    field: Public[str]

    @property
    def in_words(self) -> str:
        """What a person reads: ``task T1 (owner)``, ``schedule HX4T/S1 (who)``."""
        name = "/".join(part for part in (self.case, self.id) if part)
        return f"{self.noun} {name} ({self.field.replace('_', ' ')})"


def theirs(store: "Store", slug: str, today: date) -> list[Theirs]:
    """Return what is open and waits for a member of staff, without what lies in a closed case."""
    from reintegrate_cli.kept.records import KINDS

    closed = {case.ref for case in store.cases.all() if case.is_over}
    used = [table for table in KINDS if store.shelf.is_used(table)]
    return [
        item
        for table in used
        for item in _of_table(store, table, slug, today)
        if item.case not in closed
    ]


def _of_table(store: "Store", table: str, slug: str, today: date) -> Iterator[Theirs]:
    records = store.table(table).all() if _names_work(store.kind_of(table)) else ()
    for record in records:
        case = getattr(record, "case", None) or getattr(record, "ref", None)
        for spec, value in walk(record):
            if WORK in spec.notes and not record.is_past(today) and _holds(record, value, slug):
                yield Theirs(
                    noun=catalogue.called(table),
                    case=case,
                    id=getattr(record, catalogue.TABLES[table].named or "id", None),
                    field=spec.key,
                )


def _names_work(kind: type) -> bool:
    """Return whether records of a kind, or what stands inside of them, name who has work."""
    return any(
        WORK in spec.notes
        or any(is_form(part) and _names_work(part) for part in get_args(spec.type))
        for spec in fields_of(kind)
    )


def _holds(record: Record, value: Any, slug: str) -> bool:
    if getattr(record, "with_", getattr(record, "through", None)) not in (None, "staff"):
        return False  # a partner's slug, or the id of somebody on the care team
    slugs = value if isinstance(value, tuple) else (value or "",)
    return any(same_slug(each, slug) for each in slugs)
