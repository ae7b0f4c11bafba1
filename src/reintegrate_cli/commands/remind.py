"""``remind``: mail a count of what is overdue, from cron, with a key that opens nothing else."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli import keys, output, reminders, session, timers, wakes
from reintegrate_cli.commands.line import Option
from reintegrate_cli.commands.verbs import verb
from reintegrate_cli.errors import Busy, Settings, Undelivered, Usage
from reintegrate_cli.forms.remind import NewMail
from reintegrate_cli.output import Column, say, show
from reintegrate_cli.records import Public
from reintegrate_cli.reminders import LedgerEntry, MailSettings, Outcome, Security
from reintegrate_cli.settings import path_of

if TYPE_CHECKING:
    from reintegrate_cli.store import Store

_PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "insecure_loopback": 25}


@verb("remind", "remind")
def remind() -> None:
    """Send today's mail if something is overdue; made for cron, and silent when all is well.

    Example: reintegrate remind
    """
    path = session.current.path
    with session.reading() as store:
        items = store.due()
    if not reminders.past_due(items, session.today())[0]:
        return
    from reintegrate_cli import vault

    alone = vault.lock(path.with_name(path.name + ".remind"), wait=0)
    try:
        alone.acquire()
    except Busy:
        return  # another run is at it, and one mail is enough
    try:
        outcome = reminders.run(
            items,
            ledger_read=_ledger,
            ledger_append=_note,
            send=_send,
            report=_report,
            today=session.today(),
            now=session.real_time,
        )
    finally:
        alone.release()
    if outcome is Outcome.CLOCK_BACK:
        raise Settings("the clock of this machine stands before the last mail",
                       hint="look at the date of this machine")  # fmt: skip
    if outcome is Outcome.AMBIGUOUS_REPORTED:
        raise Undelivered("a mail was handed over and its answer is not known",
                          hint="it is not sent again; look at the agenda instead")  # fmt: skip


def _ledger() -> list[LedgerEntry]:
    with session.reading() as store:
        return store.ledger()


def _note(entry: LedgerEntry) -> None:
    """Write one step of the ledger durably, before the next is taken."""
    from reintegrate_cli import vault

    with vault.lock(session.current.path), session.reading() as store:
        store.append_ledger(entry)


def _send(text: str, before_handing: Callable[[], None]) -> None:
    from reintegrate_cli import mail

    with session.reading() as store:
        settings = store.mail()
    if settings is None:
        raise Settings("mail is not set up", hint="reintegrate remind setup")
    secret = mail.password(settings, keychain=_from_keychain)
    mail.deliver(settings, text, password=secret, before_handing=before_handing)


def _kept_as(name: str) -> str:
    """Name a secret in the keychain: by the vault's random id, never by a school."""
    from reintegrate_cli import vault

    return f"{vault.read_header(session.current.path).store_id}/{name}"


def _from_keychain(name: str) -> str | None:
    from reintegrate_cli import keychain

    return keychain.get(_kept_as(name))


def _keep_password() -> None:
    """Ask for the password of the mail account, and keep it in the keychain.

    Raises:
        Settings: this machine has no keychain that keeps it; a 0600 file or a systemd
            credential does as well.
    """
    from reintegrate_cli import keychain, mail

    typed = output.ask("the password for mail (Enter: a credential will hold it)", hidden=True)
    if typed:
        keychain.put(_kept_as(mail.PASSWORD), typed)


def _report(day: date) -> None:
    sys.stderr.write(f"the mail of {day.isoformat()} may or may not have arrived\n")


@verb("remind", "preview")
def preview() -> None:
    """Show the mail that would go now, and send nothing.

    Example: reintegrate remind preview
    """
    with session.reading() as store:
        count, oldest = reminders.past_due(store.due(), session.today())
    if not count:
        say("nothing is overdue; no mail would go")
        return
    output.print_rows(f"Subject: {reminders.SUBJECT}\n\n{reminders.body(count, oldest)}", end="")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Ready:
    """What ``remind setup`` answers."""

    ready: Public[bool]
    port: Public[int]
    security: Public[Security]


@verb("remind", "setup")
def setup(
    given: NewMail,
    tls: Annotated[bool, Option("--tls", help="TLS from the start; the default.")] = False,
    starttls: Annotated[bool, Option("--starttls", help="STARTTLS.")] = False,
    insecure_loopback: Annotated[
        bool, Option("--insecure-loopback", help="No TLS, to this machine alone.")
    ] = False,
) -> None:
    """Keep where the mail goes, make cron's key, and print the crontab line.

    Example: reintegrate remind setup --reminder-key ~/reminder.key --host mail.example.org
    --from-address office@example.org --to office@example.org
    """
    security = _security(tls, starttls, insecure_loopback)
    settings = MailSettings(
        host=given.host,
        port=_PORTS[security] if given.port is None else given.port,
        security=security,
        user=given.user,
        from_address=given.from_address,
        to=given.to,
        password_file=_absolute(given.password_file),
        ca_file=_absolute(given.ca_file),
    )
    if given.user is not None and given.password_file is None and output.can_ask():
        _keep_password()
    for file in (settings.password_file, settings.ca_file):
        if file is not None and not Path(file).is_file():
            raise Settings("a file that mail needs is not there",
                           fields=["password_file", "ca_file"],
                           hint="look at how its path is spelled")  # fmt: skip
    key_file = path_of(given.reminder_key).absolute() if given.reminder_key else None
    with session.making_key(key_file) as made:
        secret = keys.create_key_file(key_file, reminder=True) if key_file else None
        with session.writing("remind setup") as store:
            store.set_mail(settings)
            wakes.renew(store, session.current.district.calendar, session.today())
            if secret is not None:
                made += _add_slot(store, secret)
    if key_file is not None:
        _print_line(key_file)
    show(Ready(ready=True, port=settings.port, security=settings.security))


def _absolute(file: str | None) -> str | None:
    return str(path_of(file).absolute()) if file else None


def _security(tls: bool, starttls: bool, insecure_loopback: bool) -> Security:
    if tls + starttls + insecure_loopback > 1:
        raise Usage("--tls, --starttls and --insecure-loopback do not go together", hint="give one")
    if insecure_loopback:
        return "insecure_loopback"
    return "starttls" if starttls else "tls"


def _add_slot(store: "Store", secret: bytes) -> list[str]:
    """Let a key open the reminders, in the unit of work; name the slot if it is a new one."""
    header = store.vault.header
    if any(
        slot.kind == "reminder" and keys.open_slot(slot, secret, header.store_id)
        for slot in header.slots
    ):
        return []
    slot = keys.make_slot("reminder", secret, store.vault.bundle, header.store_id)
    store.touch(slot.id)
    store.vault.renew(slots=[*header.slots, slot])
    return [slot.id]


def _print_line(key_file: Path) -> None:
    """Print the line that cron runs, on one line however long, to be copied."""
    path = session.current.path
    config = os.environ.get("REINTEGRATE_CONFIG")
    program = shutil.which("reintegrate") or str(Path(sys.argv[0]).absolute())
    line = timers.crontab_line(
        program=program,
        vault=str(path.absolute()),
        key_file=str(key_file),
        config=str(path_of(config).absolute()) if config else None,
    )
    say("the line for crontab -e:")
    say(line, whole=True)


LEDGER = (
    Column("day", lambda row: row.day),
    Column("state", lambda row: row.state),
    Column("try", lambda row: row.attempt),
    Column("items", lambda row: row.count),
    Column("cause", lambda row: row.cause),
)


@verb("remind", "status", is_list=True)
def status() -> None:
    """Show what became of each mail, the latest last.

    Example: reintegrate remind status
    """
    with session.reading() as store:
        ledger, settings = store.ledger(), store.mail()
    if settings is None:
        say("mail is not set up; reintegrate remind setup does it")
    show(ledger, LEDGER, empty="no mail was tried yet")
