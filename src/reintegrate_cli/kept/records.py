"""The records of one kind, by their keys, whatever shelf they lie on."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import RECORDS, TABLES
from reintegrate_cli.core.dates import FIRST_DAY, LAST_DAY
from reintegrate_cli.core.errors import Busy, Damaged, Missing, Usage, newer
from reintegrate_cli.core.filing import Key
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import CASE_REF, RECORD_ID, SLUG, check_days, fields_of, sealed

if TYPE_CHECKING:
    from reintegrate_cli.core.shelf import Work

R = TypeVar("R")

KINDS = {name: f"{catalogue.module_of(name)}:{TABLES[name].kind}" for name in RECORDS}
"""What each table keeps, by module and class; what is worked out, and what belongs to this
machine or the history, is kept otherwise."""


class Records(Generic[R]):
    """The records of one kind, in one table of the vault.

    One record is found by its key, and those of a case by its ref, without the rest of the
    table being opened.
    """

    def __init__(self, work: "Work", table: str, kind: type[R]) -> None:
        self._work = work
        self._name = table
        self.kind = kind

    def all(self, **where: object) -> list[R]:
        """List the records in the order of their keys, those that who is at the keyboard may see.

        Args:
            where: values that keys must have, such as ``case="HX4T"``.
        """
        return self.seen(self.everything(**where))

    def seen(self, records: list[R]) -> list[R]:
        """Keep the records that who is at the keyboard sees where things are listed."""
        eyes = self._work.eyes(self._name) if records else None
        return records if eyes is None else [each for each in records if eyes.sees(each)]

    def everything(self, **where: object) -> list[R]:
        """List all records, also those that the person may not see: never for a screen."""
        case = where.get("case")
        rows = self._work.shelf.rows(self._name, None if case is None else str(case))
        fits = (row for row in rows if all(row.get(name) == where[name] for name in where))
        return self.decoded(fits)

    def decoded(self, rows: Iterable[Mapping[str, Any]]) -> list[R]:
        """Turn rows of the table into records."""
        return [decode(row, self.kind) for row in rows]

    def count(self) -> int:
        """Count the records without reading them."""
        return self._work.shelf.count(self._name)

    def has(self, *key: str) -> bool:
        """Return whether there is a record with a key."""
        return self._row(key) is not None

    def find(self, *key: str) -> R | None:
        """Find a record by its key, or nothing. Slugs match in any case.

        One that is with somebody else is not found.
        """
        record = self.find_any(*key)
        eyes = None if record is None else self._work.eyes(self._name)
        return record if eyes is None or eyes.may_name(record) else None

    def find_any(self, *key: str) -> R | None:
        """Find a record by its key, whoever may see it: for rules, and never for a screen."""
        row = self._row(key)
        return None if row is None else decode(row, self.kind)

    def get(self, *key: str, anybody: bool = False) -> R:
        """Find a record by its key; one that is with somebody else alone only if that is asked for.

        Raises:
            Missing: there is no such record.
        """
        record = self.find_any(*key) if anybody else self.find(*key)
        if record is None:
            noun = catalogue.called(self._name)
            # Only what has the form of a ref, an id or a slug is repeated.
            typed = _safe(self._name, key)
            message = f"there is no {noun} {typed}" if typed else f"there is no such {noun}"
            of_case = typed.partition("/")[0] if self._name in catalogue.OF_A_CASE else ""
            if typed and TABLES[self._name].key is catalogue.ONE_IN_CASE:
                message = f"case {typed} has no {noun}"
            raise Missing(message, hint=catalogue.hint_of(self._name, of_case))
        return record

    def find_named(self, slug: str) -> R | None:
        """Find a record by the slug that names it, in any case, or nothing."""
        field = TABLES[self._name].named
        rows = self._work.shelf.rows(self._name)
        named = [row for row in rows if str(row[field]).casefold() == slug.casefold()]
        return decode(named[0], self.kind) if named else None

    def get_named(self, slug: str) -> R:
        """Find a record by the slug that names it: its key, or the field that its table says.

        Raises:
            Missing: there is no such record.
        """
        if not TABLES[self._name].named:
            return self.get(slug)
        record = self.find_named(slug)
        if record is None:
            raise Missing(
                f"there is no {catalogue.called(self._name)} {slug}",
                hint=catalogue.hint_of(self._name),
            )
        return record

    def put(self, record: R) -> R:
        """Keep a record, in place of the one with the same key if there is one."""
        if TABLES[self._name].grounds:
            self._work.fix(self._name, record)
        return self.keep(self._work.stamp(record))

    def keep(self, record: R) -> R:
        """Keep a record with who entered it and when, since the command adds nothing to it.

        Raises:
            Usage: a date in it lies outside of the years that are kept.
        """
        try:
            check_days(record)
        except ValueError:
            raise Usage(
                f"that leads to a date outside the years {FIRST_DAY.year} to {LAST_DAY.year}",
                hint="choose a date that is nearer to today",
            ) from None
        row = sealed(record)
        self._put(key_of(self._name, row), row)
        return record

    def put_back(self, key: Key, before: Any, after: Any) -> None:
        """Restore the former value of a record, or take it out if it had none.

        Raises:
            Busy: it is no longer as the unit of work left it.
        """
        now = self._row(key)
        if now != after:
            raise Busy(
                "the record was changed again since",
                hint="reintegrate history shows who changed it",
            )
        if before is not None:
            self._put(key, before, restored=True)
        elif now is not None:
            self._work.shelf.delete(self._name, key)
            self._work.note_change(self._name, key, now, None)

    def _put(self, key: Key, row: dict[str, Any], *, restored: bool = False) -> None:
        former = self._row(key)
        self._work.shelf.put(self._name, key, row)
        self._work.note_change(self._name, key, former, row, restored=restored)

    def next_id(self, case: str | None = None) -> str:
        """Return the next id of this kind, in a case or in the noun; none is given twice."""
        return f"{TABLES[self._name].id}{self._work.shelf.last_id(self._name, case) + 1}"

    def _row(self, key: Key) -> dict[str, Any] | None:
        try:
            row = self._work.shelf.get(self._name, key)
        except ValueError:
            return None  # it does not have the form of a key, so there is no such record
        self._work.note_read(self._name, key, row)
        return row


def key_of(table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the key of a row of a table that the catalogue names a key for."""
    return tuple(str(row[name]) for name in TABLES[table].key)


def _safe(table: str, key: Key) -> str:
    forms = (SLUG,) if TABLES[table].key == catalogue.BY_SLUG else (CASE_REF, RECORD_ID)
    fits = all(any(form.fullmatch(part) for form in forms) for part in key)
    return "/".join(key) if fits else ""


def decode(row: Mapping[str, Any], kind: type[R]) -> R:
    """Turn a row into its record; a field is never dropped in silence.

    Raises:
        Settings: it has a field that this version does not know.
        Damaged: it does not have the shape of its kind.
    """
    try:
        return msgspec.convert(row, kind)
    except (msgspec.ValidationError, TypeError, ValueError):
        if row.keys() <= {spec.key for spec in fields_of(kind)}:
            raise Damaged("a record in the vault does not have the right shape") from None
    raise newer()
