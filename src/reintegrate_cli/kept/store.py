"""Where records are kept: one unit of work over the vault's tables.

Nouns and commands know ``Store`` and ``Records`` alone, not what stands underneath. A unit
of work is seen whole or not at all, and leaves one entry in the history.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar, cast

from reintegrate_cli.catalogue import OF_A_CASE, TABLES
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.filing import ALONE, Key
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import Record, Slug, is_family, sealed
from reintegrate_cli.kept.records import KINDS, Records, decode

if TYPE_CHECKING:
    from reintegrate_cli.core.filing import Row
    from reintegrate_cli.core.shelf import Eyes, Shelf, Witness
    from reintegrate_cli.kept.retention import Certificate, LegalHold
    from reintegrate_cli.keys.rack import KeyRack
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
_TABLE_OF = {kind: table for table, kind in KINDS.items()}


class Store:
    """All the records, read once and written once.

    Args:
        shelf: where they lie.
        rack: the keys to it.
        by: the staff slug of who is at the keyboard.
        now: gives the real time, in UTC, as ISO text.
        today: gives the day of the agenda; that of the real time if left out.
    """

    def __init__(
        self,
        shelf: "Shelf",
        rack: "KeyRack",
        by: str,
        now: Callable[[], str],
        today: Callable[[], date] | None = None,
    ) -> None:
        self.shelf = shelf
        self.rack = rack
        self.by = by
        self._now = now
        self._today = today or (lambda: date.fromisoformat(now()[:10]))
        self._made: dict[str, Records[Any]] = {}
        self._refs: dict[str, None] = {}  # in their order, each once
        self._before: dict[str, Any] = {}
        self._after: dict[str, Any] = {}
        self._restored: set[str] = set()
        self.witness: Witness | None = None

    def of(self, kind: type[R]) -> Records[R]:
        """Return the records of one kind."""
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

    def now(self) -> str:
        """Return the real time, in UTC, as ISO text."""
        return self._now()

    def stamp(self, record: R) -> R:
        """Write on a record who enters it, and when."""
        if isinstance(record, Record):
            return replace(record, entered_at=self._now(), entered_by=self.by)
        return record

    def eyes(self, table: str) -> "Eyes | None":
        """Return what says who sees a record of a table; nothing if everybody does."""
        if not TABLES[table].closed:
            return None
        from reintegrate_cli.kept.seeing import Seeing

        return Seeing(
            table,
            by=self.by,
            today=self._today(),
            case_of=self.cases.find,
            staff=self.staff.find,
            covers=self.table("covers").all() if self.shelf.is_used("covers") else (),
        )

    def note_read(self, table: str, key: Key, row: "Row | None") -> None:
        """Remember what a record said, if a person is about to answer by it."""
        if self.witness is not None:
            self.witness.note(table, key, row)

    def note_change(
        self, table: str, key: Key, before: Any, after: Any, *, restored: bool = False
    ) -> None:
        """Remember a change for the history entry of this unit of work.

        Args:
            table: the table.
            key: the key of the record.
            before: what was kept.
            after: what is kept now.
            restored: whether that is how it was once before.
        """
        name = f"{table}/{'/'.join(key)}"
        if restored:
            self._restored.add(name)
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
        """Note a record in the history entry, also where it was only read."""
        self._refs[ref] = None

    def kind_of(self, name: str) -> type[Any]:
        """Return the record that a table keeps."""
        return self.table(name).kind

    def table(self, name: str) -> Records[Any]:
        """Return the records of one kind by the name of their table.

        Its module is loaded now, if it was not: a command pays for the nouns that it meets.
        """
        if name not in self._made:
            module, _, kind = KINDS[name].partition(":")
            self._made[name] = Records(self, name, getattr(load(module), kind))
        return self._made[name]

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Return what this unit of work changed: by table and key, what was and what is."""
        return {name: (self._before[name], after) for name, after in self._after.items()}

    def keeps(self, name: str, case: str) -> bool:
        """Return whether a table holds anything of a case, without loading what it keeps.

        A table that is not kept by cases may.
        """
        return name not in OF_A_CASE or any(True for _ in self.shelf.rows(name, case))

    def commit(self, command: str, renew: Callable[[], None]) -> None:
        """Write the unit of work, its history entry and the index of dates, all at once.

        Args:
            command: the noun and verb, without values.
            renew: brings the index of dates up to date; called if a record changed.
        """
        if not self._refs:
            return
        if self._after:
            self.check()
            renew()
        self.enter(command)
        self.shelf.commit()

    def check(self) -> None:
        """Require what no record may go against, whatever command or archive changed it.

        Raises:
            Refused: one does.
        """
        self._check_moves()
        self._check_addresses()

    def enter(self, command: str) -> None:
        """Say in the history what this unit of work is, or where a full key will look for it."""
        if self.shelf.opens("history"):
            from reintegrate_cli.kept import history

            history.append(
                self.shelf,
                at=self._now(),
                by=self.by,
                command=command,
                refs=tuple(self._refs),
                before=self._before,
                after=self._after,
            )
        elif self._after and self.shelf.tray is not None:  # what is only read the server notes
            self.shelf.tray.leave(
                by=self.by, at=self._now(), command=command, refs=tuple(self._refs)
            )

    def _check_moves(self) -> None:
        """Require that no case leaves its home school but by a placement that leads there (G5).

        It is looked at here, once for every command and archive, whatever it did to get here.
        Undoing restores what was so before; a setting in which a case was opened needs no
        placement then.

        Raises:
            Refused: a case does.
        """
        for name, after in self._after.items():
            table, _, ref = name.partition("/")
            before = self._before[name]
            if table != "cases" or before is None or after is None:
                continue
            from reintegrate_cli.nouns.case import moving

            for setting, id_ in moving.leaving(before, after):
                placement = self.table("placements").find(ref, id_) if id_ else None
                restored = name in self._restored and after.get("moved_by") is None
                if not (restored or (placement is not None and placement.leads_to(setting))):
                    raise moving.not_decided(ref)

    def _check_addresses(self) -> None:
        """Require that nothing new tells where a student lives whom a program protects (C9).

        It is looked at here, once for every field of every noun.

        Raises:
            Refused: something does.
        """
        from reintegrate_cli.core.addresses import tells_address, texts

        for name, after in self._after.items():
            if after is None or not any(map(tells_address, texts(after))):
                continue
            known = {*texts(self._before[name] or {})}
            for key, value in after.items():
                new = [text for text in texts(value) if text not in known]
                if any(map(tells_address, new)) and any(
                    map(self._is_protected, _cases(name, after))
                ):
                    raise Refused(
                        "an address confidentiality program protects this student: no address is"
                        " kept, in whatever field",
                        rule="C9",
                        fields=[key],
                        hint="leave the address out; the program's post office box may be kept",
                    )

    def _is_protected(self, ref: str) -> bool:
        """Return whether an address confidentiality program protects the student of a case."""
        row = self.shelf.get("identities", [ref])
        return row is not None and bool(row.get("acp"))

    def documents(
        self, name: str, refs: "Collection[str] | None" = None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield what a table keeps, as it is kept.

        Args:
            name: the table.
            refs: the cases that are wanted, of a table whose records belong to one.
        """
        field = TABLES[name].case_field
        cases = sorted(refs) if refs is not None and name in OF_A_CASE else None
        self.shelf.expect(cases or ())
        for case in [None] if cases is None else cases:
            for row in self.shelf.rows(name, case):
                if refs is None or not field or row[field] in refs:
                    yield row

    def shown(self, name: str, refs: "Collection[str] | None" = None) -> list[Mapping[str, Any]]:
        """List what a table keeps, as it is kept, without what is with somebody else alone.

        Args:
            name: the table.
            refs: the cases that are wanted, of a table whose records belong to one.
        """
        documents = list(self.documents(name, refs))
        eyes = self.eyes(name) if documents else None
        if eyes is None:
            return documents
        records = self.table(name).decoded(documents)
        pairs = zip(documents, records, strict=True)
        return [document for document, record in pairs if eyes.sees(record)]

    def person(self, slug: str, on: date | None = None, field: str = "") -> str:
        """Return a staff slug as first typed; ``student`` and ``caregiver`` stand for themselves.

        Raises:
            Missing: nobody on the staff has it.
            Refused: they had left before that day.
        """
        return slug.casefold() if is_family(slug) else self.staffer(slug, on, field)

    def staffer(self, slug: str, on: date | None = None, field: str = "") -> str:
        """Return the slug of a member of staff who did something, as first typed.

        Args:
            slug: the slug.
            on: the day on which they did it; any if left out.
            field: what names them, for the refusal.

        Raises:
            Missing: nobody on the staff has it.
            Refused: they had left before that day.
        """
        person = self.staff.get(slug)
        if on is not None and person.ended_on is not None and person.ended_on < on:
            raise Refused(
                f"{person.slug} left on {person.ended_on.isoformat()}, before this",
                rule="K11",
                fields=[field] if field else [],
                hint="give the day on which it happened, or say who it was",
            )
        return person.slug

    def takes_on(self, slug: str, today: date) -> Slug:
        """Return who takes on what is made for somebody: they do, or you if they have left."""
        return Slug(slug if slug and self.is_here(slug, today) else self.by)

    def is_here(self, slug: str, today: date) -> bool:
        """Return whether somebody is on the staff and has not left."""
        person = self.staff.find(slug)
        return person is not None and (person.ended_on is None or person.ended_on > today)

    def worker(self, slug: str, today: date, field: str = "") -> str:
        """Return the slug of a member of staff who gets something to do, as first typed.

        Raises:
            Missing: nobody on the staff has it.
            Refused: they have left.
        """
        person = self.staff.get(slug)
        if person.ended_on is not None and person.ended_on <= today:
            raise Refused(
                f"{person.slug} left on {person.ended_on.isoformat()}: nothing new goes to them",
                rule="K11",
                fields=[field] if field else [],
                hint="reintegrate staff list --status active shows who is here",
            )
        return person.slug

    # What the reminder key may open, too.

    def due(self) -> "list[DueItem]":
        """List the reminder rows."""
        from reintegrate_cli.mail.reminders import DueItem

        written = self.shelf.get("due", ALONE)
        return [decode(row, DueItem) for row in self.shelf.rows("due") if row != written]

    def last_write(self) -> "LastWrite | None":
        """Return when somebody last changed a record, if a change has noted it."""
        from reintegrate_cli.mail.reminders import LastWrite

        row = self.shelf.get("due", ALONE)
        return None if row is None else decode(row, LastWrite)

    def note_write(self, today: date) -> None:
        """Note for cron that the records were changed today, if that is not noted yet."""
        row = {"day": today.isoformat(), "real_day": self._now()[:10]}
        if self.shelf.get("due", ALONE) != row:
            self.shelf.put("due", ALONE, row)

    def mail(self) -> "MailSettings | None":
        """Return the mail settings, if they were ever made."""
        from reintegrate_cli.mail.reminders import MailSettings

        row = self.shelf.get("mail", ALONE)
        return None if row is None else decode(row, MailSettings)

    def set_mail(self, settings: "MailSettings") -> None:
        """Keep the mail settings."""
        self.shelf.put("mail", ALONE, sealed(settings))
        self.touch("mail")

    def ledger(self) -> "list[LedgerEntry]":
        """List what became of each mail, oldest first."""
        from reintegrate_cli.mail.ledger import LedgerEntry

        return [decode(row, LedgerEntry) for row in self.shelf.rows("ledger")]

    def mend_ledger(self) -> bool:
        """Take out of the ledger what no key wrote; where a step is lost, begin it anew.

        What is lost may have said that today's mail went: nobody knows, and no second one goes.
        Return whether it was begun anew.
        """
        from reintegrate_cli.mail.ledger import begun_anew

        is_anew = self.shelf.mend("ledger")
        if is_anew:
            self.shelf.append("ledger", sealed(begun_anew(self._today(), self._now())))
            self.touch("ledger")
        return is_anew

    def carry_mails(self, steps: "Iterable[LedgerEntry]") -> None:
        """Add to the ledger, in this unit of work, the steps that it lacks."""
        known = self.ledger()
        for step in steps:
            if step not in known:
                self.shelf.append("ledger", sealed(step))

    def append_ledger(self, entry: "LedgerEntry") -> None:
        """Note an intent or an outcome, durably, before anything else happens."""
        self.shelf.append("ledger", sealed(entry))
        self.shelf.commit()


def _cases(name: str, document: Mapping[str, Any]) -> list[str]:
    """Return the cases that a record belongs to."""
    table, _, key = name.partition("/")
    if table in OF_A_CASE:
        return [key.partition("/")[0]]
    row = TABLES[table]
    case = document.get(row.case_field) if row.case_field else None
    shared = document.get(row.shared_by) if row.shared_by else None
    return [*([case] if case else []), *(shared or [])]
