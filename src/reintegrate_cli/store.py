"""Where records are kept: one unit of work over the vault's tables.

Nouns and commands know ``Store`` and ``Records`` alone, not what stands underneath. A unit
of work is seen whole or not at all, and leaves one entry in the history.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec
from tinydb import TinyDB
from tinydb.table import Document

from reintegrate_cli import agenda
from reintegrate_cli.calendar import Calendar
from reintegrate_cli.care import CareMember
from reintegrate_cli.cases import Case, Identity, Note
from reintegrate_cli.checkins import CheckIn, Schedule
from reintegrate_cli.contact import SafeContact
from reintegrate_cli.errors import Busy, Damaged, Missing, Settings
from reintegrate_cli.history import Entry, check_chain
from reintegrate_cli.records import (
    CASE_REF,
    RECORD_ID,
    SLUG,
    Record,
    fields_of,
    sealed,
)
from reintegrate_cli.staff import Staff
from reintegrate_cli.tasks import Task
from reintegrate_cli.vault import VaultStorage
from reintegrate_cli.world import World

if TYPE_CHECKING:
    from reintegrate_cli.holds import Hold
    from reintegrate_cli.partners import Partner
    from reintegrate_cli.reminders import DueItem, LedgerEntry, MailSettings

R = TypeVar("R")
ANY_ROW: Mapping[str, str] = {}


class Records(Generic[R]):
    """The records of one kind, in one table of the vault."""

    def __init__(self, store: "Store", table: str, kind: type[R], *key: str) -> None:
        self._store = store
        self._name = table
        self._kind = kind
        self._key = key
        self._names = {spec.key: spec.name for spec in fields_of(kind)}

    def _documents(self) -> Iterable[Any]:
        return self._store.db.table(self._name).all()

    def all(self, **where: object) -> list[R]:
        """List the records in the order they were first kept.

        Args:
            where: values that keys must have, such as ``case="HX4T"``.
        """
        return [
            self._decode(document)
            for document in self._documents()
            if all(document.get(key) == value for key, value in where.items())
        ]

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
            noun = _NOUNS.get(self._name, "record")
            # Only what has the form of a ref, an id or a slug is said back.
            said = _said(self._name, key)
            raise Missing(
                f"there is no such {noun}" if not said else f"there is no {noun} {said}",
                hint=_HINTS.get(self._name, ""),
            )
        return record

    def put(self, record: R) -> R:
        """Keep a record, in place of the one with the same key if there is one."""
        stamped = self._store.stamp(record)
        document = sealed(stamped)
        key = tuple(str(document[name]) for name in self._key)
        former = self._find(key)
        table = self._store.db.table(self._name)
        if former is None:
            table.insert(document)
        else:
            # ``upsert`` would keep keys that the new document does not have.
            table.remove(doc_ids=[former.doc_id])
            table.insert(Document(document, former.doc_id))
        self._store.note_change(self._name, key, former, document)
        return stamped

    def put_back(self, key: tuple[str, ...], before: Any, after: Any) -> None:
        """Give a record its former value, or take it out where it had none.

        Raises:
            Busy: it is no longer as the unit of work left it.
        """
        now = self._find(key)
        if now is None or dict(now) != after:
            raise Busy(
                "the record was changed again since", hint="reintegrate history shows by whom"
            )
        table = self._store.db.table(self._name)
        table.remove(doc_ids=[now.doc_id])
        if before is not None:
            table.insert(Document(before, now.doc_id))
        self._store.note_change(self._name, key, now, before)

    def next_id(self, case: str | None = None) -> str:
        """Give the next free id of this kind, in a case or in the noun."""
        letter = cast(type[Record], self._kind).letter
        taken = [
            int(document["id"][len(letter) :])
            for document in self._documents()
            if case is None or document.get("case") == case
        ]
        return f"{letter}{max(taken, default=0) + 1}"

    def _find(self, key: tuple[str, ...]) -> Any:
        wanted = tuple(part.casefold() for part in key)
        for document in self._documents():
            if tuple(str(document.get(name)).casefold() for name in self._key) == wanted:
                return document
        return None

    def _decode(self, document: Mapping[str, Any]) -> R:
        return decode(document, self._kind, self._names)


def _said(table: str, key: tuple[str, ...]) -> str:
    forms = (SLUG,) if table in ("staff", "partners") else (CASE_REF, RECORD_ID)
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
        return msgspec.convert(_attributes(document, kind), kind)
    except (msgspec.ValidationError, TypeError, ValueError):
        raise Damaged("a record in the vault does not have the right shape") from None


def _attributes(document: Mapping[str, Any], kind: type) -> dict[str, Any]:
    # Only ``with`` is spelled otherwise in Python; it never stands in a nested record.
    named = dict(document)
    if "with" in named:
        named["with_"] = named.pop("with")
    return named


_NOUNS = {
    "cases": "case",
    "schedules": "schedule",
    "care": "person on the care team",
    "staff": "member of staff",
    "partners": "partner",
    "tasks": "task",
}
_HINTS = {
    "cases": "reintegrate case list shows the refs",
    "schedules": "reintegrate checkin schedules shows them",
    "care": "reintegrate care list shows them",
    "staff": "reintegrate staff list shows them; reintegrate staff add adds one",
    "partners": "reintegrate partner list shows them; reintegrate partner add adds one",
    "tasks": "reintegrate task list shows them",
}


class Store:
    """All the records, read once and written once.

    Args:
        db: a TinyDB over the vault's storage.
        by: the staff slug of who is at the keyboard.
        now: gives the real time, in UTC, as ISO text.
    """

    def __init__(self, db: TinyDB, by: str, now: Callable[[], str]) -> None:
        self.db = db
        self.by = by
        self._now = now
        self.cases = Records(self, "cases", Case, "ref")
        self.identities = Records(self, "identities", Identity, "case")
        self.notes = Records(self, "notes", Note, "case", "id")
        self.schedules = Records(self, "schedules", Schedule, "case", "id")
        self.checkins = Records(self, "contacts", CheckIn, "case", "id")
        self.care = Records(self, "care", CareMember, "case", "id")
        self.contact = Records(self, "contact", SafeContact, "case")
        self.staff = Records(self, "staff", Staff, "slug")
        self.tasks = Records(self, "tasks", Task, "id")
        self._refs: list[str] = []
        self._before: dict[str, Any] = {}
        self._after: dict[str, Any] = {}

    @cached_property
    def partners(self) -> "Records[Partner]":
        """The partners; loaded when asked for, since the agenda has no use for them."""
        from reintegrate_cli.partners import Partner

        return Records(self, "partners", Partner, "slug")

    @cached_property
    def holds(self) -> "Records[Hold]":
        """What was exported to calendars; loaded when asked for, by an export alone."""
        from reintegrate_cli.holds import Hold

        return Records(self, "holds", Hold, "id", "by")

    @property
    def storage(self) -> VaultStorage:
        """The vault's storage under the TinyDB."""
        storage = self.db.storage
        assert isinstance(storage, VaultStorage)  # noqa: S101 - says the type to the checker
        return storage

    def stamp(self, record: R) -> R:
        """Write on a record who enters it, and when."""
        if isinstance(record, Record):
            return dataclasses.replace(record, entered_at=self._now(), entered_by=self.by)
        return record

    def note_change(self, table: str, key: tuple[str, ...], before: Any, after: Any) -> None:
        """Remember a change for the history entry of this unit of work."""
        name = f"{table}/{'/'.join(key)}"
        self.touch("/".join(key))
        self._before.setdefault(name, None if before is None else dict(before))
        self._after[name] = after

    def touch(self, ref: str) -> None:
        """Name a record in the history entry, also where it was only read."""
        if ref not in self._refs:
            self._refs.append(ref)

    def table(self, name: str) -> Records[Any]:
        """Give the records of one kind by the name of their noun."""
        tables: dict[str, Records[Any]] = {
            "staff": self.staff,
            "partners": self.partners,
            "cases": self.cases,
            "identities": self.identities,
            "notes": self.notes,
            "schedules": self.schedules,
            "contacts": self.checkins,
            "care": self.care,
            "contact": self.contact,
            "tasks": self.tasks,
        }
        return tables[name]

    def commit(self, command: str, refresh: "Callable[[Store], list[DueItem]] | None") -> None:
        """Write the unit of work, its history entry and the reminder rows, all at once.

        Args:
            command: the noun and verb, without values.
            refresh: works out the reminder rows; ``None`` where nothing dated changed.
        """
        if not self._refs:
            return
        if self._after and refresh is not None:
            self.set_due(refresh(self))
        self._append_history(command)
        self.storage.commit()

    def _append_history(self, command: str) -> None:
        count = self.storage.count("history")
        previous = self.storage.row("history", count - 1)["chain"] if count else ""
        entry = Entry(
            id=f"H{count + 1}",
            at=self._now(),
            by=self.by,
            command=command,
            refs=tuple(self._refs),
            before=self._before,
            after=self._after,
        )
        body = dataclasses.replace(entry, chain=chain_value(previous, entry))
        self.storage.append("history", sealed(body))

    def history(self) -> list[Entry]:
        """List the history, oldest first, after its chain was found whole.

        Raises:
            Damaged: an entry was changed or taken out.
        """
        names = {spec.key: spec.name for spec in fields_of(Entry)}
        rows = self.storage.rows("history")
        entries = [decode(row, Entry, names) for row in rows]
        before = ["", *(entry.chain for entry in entries)]
        check_chain(rows, map(chain_value, before, entries))
        return entries

    def revert(self, entry: Entry) -> None:
        """Put back what a unit of work changed, as a change of its own.

        Raises:
            Busy: a record was changed again since, and that would be lost.
        """
        self.touch(entry.id)
        for name, after in entry.after.items():
            table, _, key = name.partition("/")
            self.table(table).put_back(tuple(key.split("/")), entry.before[name], after)

    def world(self, calendar: Calendar) -> World:
        """Read all that the agenda is worked out from."""
        return World(
            calendar=calendar,
            cases=self.cases.all(),
            schedules=self.schedules.all(),
            events=self.checkins.all(),
            care=self.care.all(),
            contact=self.contact.all(),
            staff=self.staff.all(),
            tasks=self.tasks.all(),
        )

    def person(self, slug: str) -> str:
        """Give a staff slug as first typed; ``student`` and ``caregiver`` stand for themselves.

        Raises:
            Missing: nobody on the staff has it.
        """
        if slug in ("student", "caregiver"):
            return slug
        return self.staff.get(slug).slug

    # What the reminder key may open, too.

    def due(self) -> "list[DueItem]":
        """List the reminder rows."""
        from reintegrate_cli.reminders import DueItem

        names = {spec.key: spec.name for spec in fields_of(DueItem)}
        return [decode(row, DueItem, names) for row in self.db.table("due").all()]

    def set_due(self, rows: "Iterable[DueItem]") -> None:
        """Put the reminder rows in place of those that stand."""
        table = self.db.table("due")
        table.truncate()
        table.insert_multiple(sealed(row) for row in rows)

    def mail(self) -> "MailSettings | None":
        """Give the mail settings, if they were ever made."""
        from reintegrate_cli.reminders import MailSettings

        names = {spec.key: spec.name for spec in fields_of(MailSettings)}
        rows = self.db.table("mail").all()
        return decode(rows[0], MailSettings, names) if rows else None

    def set_mail(self, settings: "MailSettings") -> None:
        """Keep the mail settings."""
        table = self.db.table("mail")
        table.truncate()
        table.insert(sealed(settings))
        self.touch("mail")

    def ledger(self) -> "list[LedgerEntry]":
        """List what became of each mail, oldest first."""
        from reintegrate_cli.reminders import LedgerEntry

        names = {spec.key: spec.name for spec in fields_of(LedgerEntry)}
        return [decode(row, LedgerEntry, names) for row in self.storage.rows("ledger")]

    def append_ledger(self, entry: "LedgerEntry") -> None:
        """Note an intent or an outcome, durably, before anything else happens."""
        self.storage.append("ledger", sealed(entry))
        self.storage.commit()


def chain_value(previous: str, entry: Entry) -> str:
    """Bind an entry to the one before it, so that none can be taken out unseen."""
    import hashlib

    body = msgspec.json.encode(sealed(dataclasses.replace(entry, chain="")), order="sorted")
    return hashlib.sha256(previous.encode() + body).hexdigest()


def reminder_rows(store: Store, calendar: Calendar, today: date) -> "list[DueItem]":
    """Work out what cron may know from all the records."""
    import secrets

    world = store.world(calendar)
    return agenda.reminder_rows(world, today, lambda: secrets.token_hex(8))
