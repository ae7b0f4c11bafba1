"""Where records are kept: one unit of work over the vault's tables.

Nouns and commands know ``Store`` and ``Records`` alone, not what stands underneath. A unit
of work is seen whole or not at all, and leaves one entry in the history.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec
from tinydb.table import Document

from reintegrate_cli import catalogue
from reintegrate_cli.core.dates import FIRST_DAY, LAST_DAY
from reintegrate_cli.core.errors import Busy, Damaged, Missing, Refused, Settings, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import (
    CASE_REF,
    RECORD_ID,
    SLUG,
    Record,
    Slug,
    check_days,
    fields_of,
    is_family,
    sealed,
)
from reintegrate_cli.vault import OF_A_CASE, TABLES, VaultDB, VaultStorage, place, span
from reintegrate_cli.vault.tables import VaultTable

if TYPE_CHECKING:
    from reintegrate_cli.kept.history import Entry
    from reintegrate_cli.kept.retention import Certificate, LegalHold
    from reintegrate_cli.mail.holds import Hold
    from reintegrate_cli.mail.ledger import LedgerEntry
    from reintegrate_cli.mail.reminders import DueItem, LastWrite, MailSettings
    from reintegrate_cli.nouns.care.record import CareMember
    from reintegrate_cli.nouns.case.record import Case, Identity, Note
    from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule
    from reintegrate_cli.nouns.contact.record import SafeContact
    from reintegrate_cli.nouns.partner.record import Partner
    from reintegrate_cli.nouns.staff.record import Staff
    from reintegrate_cli.nouns.task.record import Task

R = TypeVar("R")
_ONLY = 1
"""The place of what there is one of."""
_WRITTEN = 0
"""The place before the rows for cron: when the records were last changed."""
_A_FEW = 100


class Records(Generic[R]):
    """The records of one kind, in one table of the vault.

    One record is found by its key, and those of a case by its ref, without the rest of the
    table being opened.
    """

    def __init__(self, store: "Store", table: str, kind: type[R], *key: str) -> None:
        self._store = store
        self._name = table
        self.kind = kind
        self._key = key
        self._names = _names(kind)

    @property
    def _table(self) -> VaultTable:
        return self._store.db.table(self._name)

    def _documents(self, case: object = None) -> Iterable[Any]:
        if case is None:
            return self._table
        try:
            return self._table.between(*span(self._name, str(case)))
        except ValueError:  # it could be no ref, or these are not kept by cases
            return [document for document in self._table if document.get("case") == case]

    def all(self, **where: object) -> list[R]:
        """List the records in the order of their keys.

        Args:
            where: values that keys must have, such as ``case="HX4T"``.
        """
        return [
            self._decode(document)
            for document in self._documents(where.get("case"))
            if all(document.get(key) == value for key, value in where.items())
        ]

    def decoded(self, documents: Iterable[Mapping[str, Any]]) -> list[R]:
        """Turn documents of the table into records."""
        return [self._decode(document) for document in documents]

    def count(self) -> int:
        """Count the records without reading them."""
        return len(self._table)

    def has(self, *key: str) -> bool:
        """Say whether there is a record with a key."""
        return self._find(key) is not None

    def find(self, *key: str) -> R | None:
        """Find a record by its key, or nothing. Slugs match in any case."""
        document = self._find(key)
        return None if document is None else self._decode(document)

    def get(self, *key: str) -> R:
        """Find a record by its key.

        Raises:
            Missing: there is no such record.
        """
        record = self.find(*key)
        if record is None:
            noun = catalogue.called(self._name)
            # Only what has the form of a ref, an id or a slug is said back.
            said = _said(self._name, key)
            raise Missing(
                f"there is no such {noun}" if not said else f"there is no {noun} {said}",
                hint=catalogue.hint_of(self._name),
            )
        return record

    def put(self, record: R) -> R:
        """Keep a record, in place of the one with the same key if there is one."""
        if TABLES[self._name].grounds:
            self._store.fix(self._name, record)
        return self.keep(self._store.stamp(record))

    def keep(self, record: R) -> R:
        """Keep a record with who entered it and when, since the command adds nothing to it.

        Raises:
            Usage: a date in it lies outside of the years that are kept.
        """
        _check_days(record)
        document = sealed(record)
        key = tuple(str(document[name]) for name in self._key)
        former = self._find(key)
        self._table.put(Document(document, place(self._name, key)))
        self._store.note_change(self._name, key, former, document)
        return record

    def put_back(self, key: tuple[str, ...], before: Any, after: Any) -> None:
        """Give a record its former value, or take it out where it had none.

        Raises:
            Busy: it is no longer as the unit of work left it.
        """
        now = self._find(key)
        if (None if now is None else dict(now)) != after:
            raise Busy(
                "the record was changed again since", hint="reintegrate history shows by whom"
            )
        at = place(self._name, key)
        if before is None:
            self._table.remove(doc_ids=[at])
        else:
            self._table.put(Document(before, at))
        self._store.note_change(self._name, key, now, before)

    def next_id(self, case: str | None = None) -> str:
        """Give the next id of this kind, in a case or in the noun; none is given twice."""
        letters = TABLES[self._name].id
        if case is None:
            return f"{letters}{self._store.vault.last_place(self._name) + 1}"
        first, last = span(self._name, case)  # the number of an id is added to the case's place
        return f"{letters}{self._store.vault.last_between(self._name, first, last) - first + 1}"

    def _find(self, key: tuple[str, ...]) -> Any:
        try:
            return self._table.get(doc_id=place(self._name, key))
        except ValueError:
            return None  # it has not the form of a key, so there is no such record

    def _decode(self, document: Mapping[str, Any]) -> R:
        return decode(document, self.kind, self._names)


def _check_days(record: object) -> None:
    try:
        check_days(record)
    except ValueError:
        raise Usage(
            f"that leads to a date outside the years {FIRST_DAY.year} to {LAST_DAY.year}",
            hint="choose a date that is nearer to today",
        ) from None


def _said(table: str, key: tuple[str, ...]) -> str:
    forms = (SLUG,) if TABLES[table].key == catalogue.BY_SLUG else (CASE_REF, RECORD_ID)
    fits = all(any(form.fullmatch(part) for form in forms) for part in key)
    return "/".join(key) if fits else ""


def decode(document: Mapping[str, Any], kind: type[R], names: Mapping[str, str]) -> R:
    """Turn a kept document into its record; a field is never dropped in silence.

    Raises:
        Settings: it has a field that this version does not know.
        Damaged: it does not have the shape of its kind.
    """
    if not names.keys() >= document.keys():
        raise Settings(
            "the vault was written by a newer version of reintegrate",
            hint="upgrade reintegrate on this machine",
        )
    try:
        return msgspec.convert(document, kind)
    except (msgspec.ValidationError, TypeError, ValueError):
        raise Damaged("a record in the vault does not have the right shape") from None


KINDS = {
    name: f"{catalogue.module_of(name)}:{table.kind}"
    for name, table in TABLES.items()
    if table.archived in ("record", "forever", "chained")
}
"""What each table keeps, by module and class; what is worked out, and what belongs to this
machine or the history, is kept otherwise."""
_TABLE_OF = {kind: table for table, kind in KINDS.items()}


class Store:
    """All the records, read once and written once.

    Args:
        db: a TinyDB over the vault.
        by: the staff slug of who is at the keyboard.
        now: gives the real time, in UTC, as ISO text.
    """

    def __init__(self, db: VaultDB, by: str, now: Callable[[], str]) -> None:
        self.db = db
        self.by = by
        self._now = now
        self._made: dict[str, Records[Any]] = {}
        self._refs: dict[str, None] = {}  # in their order, each once
        self._before: dict[str, Any] = {}
        self._after: dict[str, Any] = {}

    def of(self, kind: type[R]) -> Records[R]:
        """Give the records of one kind."""
        return cast(
            Records[R],
            self.table(_TABLE_OF[f"{kind.__module__.partition('.')[2]}:{kind.__name__}"]),
        )

    if TYPE_CHECKING:
        cases: Records[Case]
        identities: Records[Identity]
        notes: Records[Note]
        schedules: Records[Schedule]
        checkins: Records[CheckIn]
        staff: Records[Staff]
        tasks: Records[Task]
        care: Records[CareMember]
        contact: Records[SafeContact]
        partners: Records[Partner]
        holds: Records[Hold]
        legal_holds: Records[LegalHold]
        certificates: Records[Certificate]
    else:

        def __getattr__(self, name: str) -> Records[Any]:
            """Return the records of a table that is named as an attribute."""
            if name not in KINDS and name != "checkins":
                raise AttributeError(name)
            records = self.__dict__[name] = self.table("contacts" if name == "checkins" else name)
            return records

    @property
    def vault(self) -> VaultStorage:
        """The vault under the TinyDB."""
        return self.db.vault

    def stamp(self, record: R) -> R:
        """Write on a record who enters it, and when."""
        if isinstance(record, Record):
            return replace(record, entered_at=self._now(), entered_by=self.by)
        return record

    def note_change(self, table: str, key: tuple[str, ...], before: Any, after: Any) -> None:
        """Remember a change for the history entry of this unit of work."""
        name = f"{table}/{'/'.join(key)}"
        self.touch("/".join(key))
        self._before.setdefault(name, None if before is None else dict(before))
        self._after[name] = after

    def fix(self, table: str, record: Any) -> None:
        """Fix what is settled in every schedule whose dates a record is about to change."""
        from reintegrate_cli.nouns.checkin import fixing

        def read(name: str, ref: str | None) -> "list[Any]":
            return self.table(name).decoded(self.documents(name, ref and [ref]))

        for event in fixing.before(read, table, record):
            self.checkins.keep(event)

    def touch(self, ref: str) -> None:
        """Name a record in the history entry, also where it was only read."""
        self._refs[ref] = None

    def kind_of(self, name: str) -> type[Any]:
        """Give the record that a table keeps."""
        return self.table(name).kind

    def table(self, name: str) -> Records[Any]:
        """Give the records of one kind by the name of their table.

        Its module is loaded now, if it was not: a command pays for the nouns that it meets.
        """
        if name not in self._made:
            module, _, kind = KINDS[name].partition(":")
            key = TABLES[name].key
            self._made[name] = Records(self, name, getattr(load(module), kind), *key)
        return self._made[name]

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Give what this unit of work changed: by table and key, what was and what is."""
        return {name: (self._before[name], after) for name, after in self._after.items()}

    def keeps(self, name: str, case: str) -> bool:
        """Say whether a table holds anything of a case, without loading what it keeps.

        A table that is not kept by cases may.
        """
        if name not in OF_A_CASE:
            return True
        return any(True for _ in self.vault.between(name, *span(name, case)))

    def commit(self, command: str, renew: "Callable[[Store], None] | None") -> None:
        """Write the unit of work, its history entry and the index of dates, all at once.

        Args:
            command: the noun and verb, without values.
            renew: brings the index of dates up to date; ``None`` where no date changed.
        """
        if not self._refs:
            return
        if self._after and renew is not None:
            renew(self)
        self._append_history(command)
        self.vault.commit()

    def _append_history(self, command: str) -> None:
        from reintegrate_cli.core.chain import chain_value
        from reintegrate_cli.kept.history import Entry, Values

        last = self.vault.last_place("history")
        previous = self.vault.get("history", last) if last else None
        entry = Entry(
            id=f"H{last + 1}",
            at=self._now(),
            by=self.by,
            command=command,
            refs=tuple(self._refs),
            changed=tuple(sorted(self._after)),
        )
        kept = sealed(entry)
        kept["chain"] = chain_value(previous["chain"] if previous else "", kept)
        at = self.vault.append("history", kept)
        values = Values(id=entry.id, before=self._before, after=self._after, entry=kept["chain"])
        self.vault.append("values", sealed(values), at)

    def history(self) -> "list[Entry]":
        """List the history, oldest first, after its chain was found whole.

        Raises:
            Damaged: an entry was changed or taken out.
        """
        from reintegrate_cli.kept.history import Entry, check_chain

        rows = self.vault.rows("history")
        check_chain(rows)
        return [decode(row, Entry, _names(Entry)) for row in rows]

    def check_history(self) -> None:
        """Compare every entry with what only a full key could have written beside it.

        Raises:
            Damaged: an entry was changed, or written by a key that may only read.
        """
        from reintegrate_cli.kept.history import check_chain

        rows = dict(self.vault.everything("history"))
        check_chain(rows.values())
        for at, values in self.vault.everything("values"):
            if at not in rows or values["entry"] != rows[at]["chain"]:
                raise Damaged("the history does not hold together", hint="reintegrate vault verify")

    def lately(self) -> "Iterator[Entry]":
        """Give the history from its end, reading no more of it than is asked for."""
        from reintegrate_cli.kept.history import Entry

        last = self.vault.last_place("history")
        while last > 0:
            rows = list(self.vault.between("history", max(1, last - _A_FEW), last))
            for _, row in reversed(rows):
                yield decode(row, Entry, _names(Entry))
            last -= _A_FEW + 1

    def documents(
        self, name: str, refs: "Collection[str] | None" = None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield what a table keeps, as it is kept.

        Args:
            name: the table.
            refs: the cases that are wanted, of a table whose records belong to one.
        """
        field = TABLES[name].case_field
        places = [(0, sys.maxsize)]
        if refs is not None and name in OF_A_CASE:
            places = [span(name, ref) for ref in sorted(refs)]
        for first, last in places:
            for _, document in self.vault.between(name, first, last):
                if refs is None or not field or document[field] in refs:
                    yield document

    def person(self, slug: str, on: date | None = None, field: str = "") -> str:
        """Give a staff slug as first typed; ``student`` and ``caregiver`` stand for themselves.

        Raises:
            Missing: nobody on the staff has it.
            Refused: they had left before that day.
        """
        return slug.casefold() if is_family(slug) else self.staffer(slug, on, field)

    def staffer(self, slug: str, on: date | None = None, field: str = "") -> str:
        """Give the slug of a member of staff who did something, as first typed.

        Args:
            slug: the slug.
            on: the day on which they did it; any if left out.
            field: what names them, for the refusal.

        Raises:
            Missing: nobody on the staff has it.
            Refused: they had left before that day.
        """
        found = self.staff.get(slug)
        if on is not None and found.ended_on is not None and found.ended_on < on:
            raise Refused(
                f"{found.slug} left on {found.ended_on.isoformat()}, before this",
                rule="K11",
                fields=[field] if field else [],
                hint="give the day on which it happened, or say who it was",
            )
        return found.slug

    def takes_on(self, slug: str, today: date) -> Slug:
        """Give who takes on what a command makes for somebody: they do, or you if they have left."""
        return Slug(slug if slug and self.is_here(slug, today) else self.by)

    def is_here(self, slug: str, today: date) -> bool:
        """Say whether somebody is on the staff and has not left."""
        found = self.staff.find(slug)
        return found is not None and (found.ended_on is None or found.ended_on > today)

    def worker(self, slug: str, today: date, field: str = "") -> str:
        """Give the slug of a member of staff who gets something to do, as first typed.

        Raises:
            Missing: nobody on the staff has it.
            Refused: they have left.
        """
        found = self.staff.get(slug)
        if found.ended_on is not None and found.ended_on <= today:
            raise Refused(
                f"{found.slug} left on {found.ended_on.isoformat()}: nothing new goes to them",
                rule="K11",
                fields=[field] if field else [],
                hint="reintegrate staff list --status active shows who is here",
            )
        return found.slug

    # What the reminder key may open, too.

    def due(self) -> "list[DueItem]":
        """List the reminder rows."""
        from reintegrate_cli.mail.reminders import DueItem

        names = _names(DueItem)
        rows = self.vault.everything("due")
        return [decode(row, DueItem, names) for place, row in rows if place != _WRITTEN]

    def last_write(self) -> "LastWrite | None":
        """Say when somebody last changed a record, where a change has noted it."""
        from reintegrate_cli.mail.reminders import LastWrite

        kept = self.vault.get("due", _WRITTEN)
        return None if kept is None else decode(kept, LastWrite, _names(LastWrite))

    def note_write(self, today: date) -> None:
        """Note for cron that the records were changed today, if that is not noted yet."""
        row = {"day": today.isoformat(), "real_day": self._now()[:10]}
        if self.vault.get("due", _WRITTEN) != row:
            self.vault.put("due", _WRITTEN, row)

    def mail(self) -> "MailSettings | None":
        """Give the mail settings, if they were ever made."""
        from reintegrate_cli.mail.reminders import MailSettings

        kept = self.vault.get("mail", _ONLY)
        return None if kept is None else decode(kept, MailSettings, _names(MailSettings))

    def set_mail(self, settings: "MailSettings") -> None:
        """Keep the mail settings."""
        self.vault.put("mail", _ONLY, sealed(settings))
        self.touch("mail")

    def ledger(self) -> "list[LedgerEntry]":
        """List what became of each mail, oldest first."""
        from reintegrate_cli.mail.ledger import LedgerEntry

        names = _names(LedgerEntry)
        return [decode(row, LedgerEntry, names) for row in self.vault.rows("ledger")]

    def append_ledger(self, entry: "LedgerEntry") -> None:
        """Note an intent or an outcome, durably, before anything else happens."""
        self.vault.append("ledger", sealed(entry))
        self.vault.commit()


def decoded(document: Mapping[str, Any], kind: type[R]) -> R:
    """Turn a document of the vault into a record."""
    return decode(document, kind, _names(kind))


def _names(kind: type) -> dict[str, str]:
    return {spec.key: spec.name for spec in fields_of(kind)}
